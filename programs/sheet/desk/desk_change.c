/* SPDX-License-Identifier: MIT */
/* desk_change.c - see desk_change.h. */
#include "sheet/desk/desk_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "sheet/desk/desk_clipboard.h"
#include "sheet/desk/desk_typing.h"
#include "sheet/values/number_format.h"

enum { NAME_BYTES = 4 * SHEET_NAME_CHARACTERS_MAX + 1 };

#define WIDTH_DEFAULT 10.0 /* as the screen has it */

static struct area_text chosen(const struct desk *desk)
{
    return area_name(desk_selection(desk));
}

static struct area columns_of(const struct desk *desk)
{
    struct area area = desk_selection(desk);
    area.first.row = 0;
    area.last.row = ROWS - 1;
    return area;
}

static struct area rows_of(const struct desk *desk)
{
    struct area area = desk_selection(desk);
    area.first.column = 0;
    area.last.column = COLUMNS - 1;
    return area;
}

/* Whole lines are written as such: not as one cell, when there is just one. */
static struct area_text lines_text(struct area area, bool is_columns)
{
    struct area_text text;
    if (is_columns)
        snprintf(text.text, sizeof text.text, "%s:%s", column_name(area.first.column).text,
                 column_name(area.last.column).text);
    else
        snprintf(text.text, sizeof text.text, "%u:%u", area.first.row + 1, area.last.row + 1);
    return text;
}

struct area_text desk_change_columns(const struct desk *desk)
{
    return lines_text(columns_of(desk), true);
}

struct area_text desk_change_rows(const struct desk *desk)
{
    return lines_text(rows_of(desk), false);
}

/* ---- copying -------------------------------------------------------------------------------- */

static void remember(struct desk *desk, bool is_cut)
{
    desk->clip.is_there = true;
    desk->clip.is_cut = is_cut;
    desk->clip.sheet = desk_sheet(desk)->id;
    desk->clip.area = desk_selection(desk);
    desk_clipboard_offer(desk);
    desk_say(desk, false, "%s %s", area_name(desk->clip.area).text,
             is_cut ? "will be moved to where it is pasted" : "is copied");
}

void desk_change_copy(struct desk *desk)
{
    remember(desk, false);
}

void desk_change_cut(struct desk *desk)
{
    remember(desk, true);
}

/* A corner stands for as much as was copied; lines that were copied whole begin at the edge. */
static struct area target_of(const struct desk *desk)
{
    struct area from = desk->clip.area, to = desk_selection(desk);
    uint32_t rows = area_rows(from), columns = area_columns(from);
    bool repeats =
        !desk->clip.is_cut && area_rows(to) % rows == 0 && area_columns(to) % columns == 0;
    if (repeats)
        return to;
    to.last.row = ROWS - to.first.row < rows ? ROWS - 1 : to.first.row + rows - 1;
    to.last.column =
        COLUMNS - to.first.column < columns ? COLUMNS - 1 : to.first.column + columns - 1;
    return to;
}

static void paste(struct desk *desk, enum copy_what what)
{
    char from[NAME_BYTES], to[NAME_BYTES];
    const struct sheet *source =
        desk->clip.is_there ? book_sheet(desk->book, desk->clip.sheet) : NULL;
    if (!source) {
        desk_say(desk, true, "nothing was copied yet");
        return;
    }
    snprintf(from, sizeof from, "%s", sheet_name(desk->book, source));
    snprintf(to, sizeof to, "%s", desk_sheet_name(desk));
    struct command command = {.kind = desk->clip.is_cut ? COMMAND_MOVE : COMMAND_COPY,
                              .sheet = from,
                              .to_sheet = to,
                              .area = desk->clip.area,
                              .to = target_of(desk),
                              .copy = what};
    if (desk->clip.is_cut)
        command.to = area_of_one(command.to.first);
    if (!desk_do(desk, &command))
        return;
    struct area target = target_of(desk);
    desk_select(desk, target, desk_look(desk)->span);
    if (desk->clip.is_cut)
        desk->clip.is_there = false;
}

void desk_change_paste(struct desk *desk)
{
    paste(desk, COPY_ALL);
}

static void take_paste(struct desk *desk, int id)
{
    if (id >= 0)
        paste(desk, (enum copy_what)id);
}

void desk_change_paste_as(struct desk *desk)
{
    desk_list_begin(&desk->list, "Paste what was copied as", take_paste);
    desk->list.can_repeat = true;
    (void)desk_list_add(&desk->list, COPY_VALUES, "Values", "");
    (void)desk_list_add(&desk->list, COPY_FORMULAS, "Formulas, without formats", "");
    (void)desk_list_add(&desk->list, COPY_FORMATS, "Formats alone", "");
    (void)desk_list_add(&desk->list, COPY_ALL, "Everything", "");
    desk_list_show(desk);
}

void desk_change_clear(struct desk *desk)
{
    (void)desk_do_line(desk, "clear %s contents", chosen(desk).text);
}

void desk_change_clear_formats(struct desk *desk)
{
    (void)desk_do_line(desk, "clear %s formats", chosen(desk).text);
}

void desk_change_clear_all(struct desk *desk)
{
    (void)desk_do_line(desk, "clear %s all", chosen(desk).text);
}

/* ---- filling -------------------------------------------------------------------------------- */

/* The first line over the others; of one line alone, the line before it over it. */
static void fill(struct desk *desk, bool goes_right)
{
    struct area to = desk_selection_used(desk), from;
    bool is_one = goes_right ? area_columns(to) == 1 : area_rows(to) == 1;
    uint32_t first = goes_right ? to.first.column : to.first.row;
    if (is_one && first == 0) {
        desk_say(desk, true, "there is nothing in front of it");
        return;
    }
    from = to;
    if (goes_right) {
        from.first.column = from.last.column = first - is_one;
        to.first.column = first + !is_one;
    } else {
        from.first.row = from.last.row = first - is_one;
        to.first.row = first + !is_one;
    }
    (void)desk_do_line(desk, "copy %s %s", area_name(from).text, area_name(to).text);
}

void desk_change_fill_down(struct desk *desk)
{
    fill(desk, false);
}

void desk_change_fill_right(struct desk *desk)
{
    fill(desk, true);
}

/* The series is what stands at the beginning of the area. */
void desk_change_fill_series(struct desk *desk)
{
    struct area to = desk_selection_used(desk), from = to;
    bool goes_right = area_rows(to) < area_columns(to);
    uint32_t count = goes_right ? area_columns(to) : area_rows(to), given = 0;
    const struct grid *grid = desk_sheet(desk)->grid;
    if (count == 1) {
        desk_say(desk, true, "choose the beginning of the series and the cells it goes on in");
        return;
    }
    for (struct position at = to.first; given < count; given++) {
        const struct cell *cell = grid_at(grid, at);
        if (cell->kind == VALUE_BLANK && !cell->formula)
            break;
        goes_right ? at.column++ : at.row++;
    }
    if (given == 0 || given == count)
        given = 1;
    if (goes_right)
        from.last.column = from.first.column + given - 1;
    else
        from.last.row = from.first.row + given - 1;
    (void)desk_do_line(desk, "fill %s %s", area_name(from).text, area_name(to).text);
}

/* ---- undo ----------------------------------------------------------------------------------- */

static void take_back(struct desk *desk, const char *doing,
                      bool (*step)(struct edit *, const struct progress *, struct place *,
                                   struct problem *))
{
    struct problem problem = {0};
    struct place where = {0};
    const struct progress *progress = desk_begin_work(desk, doing);
    bool is_done = step(desk->edit, progress, &where, &problem);
    desk_end_work(desk);
    if (problem.text[0])
        desk_say(desk, true, "%s", problem.text);
    desk_changed(desk);
    const struct sheet *sheet = is_done ? book_sheet(desk->book, where.sheet) : NULL;
    if (!sheet)
        return;
    desk_go_to_sheet(desk, book_place_of(desk->book, sheet));
    desk_go_to(desk, where.position, false);
    if (!problem.text[0])
        desk_say(desk, false, "%zu step%s to undo, %zu to do again", edit_undo_count(desk->edit),
                 edit_undo_count(desk->edit) == 1 ? "" : "s", edit_redo_count(desk->edit));
}

void desk_change_undo(struct desk *desk)
{
    take_back(desk, "undoing", edit_undo);
}

void desk_change_redo(struct desk *desk)
{
    take_back(desk, "redoing", edit_redo);
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* Whole columns are all rows: nobody means those. */
static void change_lines(struct desk *desk, const char *verb, bool is_columns)
{
    if (desk_look(desk)->span == (is_columns ? DESK_ROWS : DESK_COLUMNS)) {
        desk_say(desk, true, "whole %s are chosen here", is_columns ? "rows" : "columns");
        return;
    }
    (void)desk_do_line(desk, "%s %s", verb,
                       is_columns ? desk_change_columns(desk).text : desk_change_rows(desk).text);
}

void desk_change_insert_rows(struct desk *desk)
{
    change_lines(desk, "insert", false);
}

void desk_change_insert_columns(struct desk *desk)
{
    change_lines(desk, "insert", true);
}

void desk_change_delete_rows(struct desk *desk)
{
    change_lines(desk, "delete", false);
}

void desk_change_delete_columns(struct desk *desk)
{
    change_lines(desk, "delete", true);
}

static void take_lines(struct desk *desk, int id)
{
    static void (*const changes[])(struct desk *) = {
        desk_change_insert_rows, desk_change_insert_columns, desk_change_delete_rows,
        desk_change_delete_columns};
    if (id >= 0)
        changes[id](desk);
}

void desk_change_lines(struct desk *desk)
{
    enum desk_span span = desk_look(desk)->span;
    if (span == DESK_ROWS || span == DESK_COLUMNS) { /* it is plain what is meant */
        take_lines(desk, span == DESK_COLUMNS);
        return;
    }
    desk_list_begin(&desk->list, "Rows and columns", take_lines);
    desk->list.can_repeat = true;
    (void)desk_list_add(&desk->list, 0, "Insert rows above", desk_change_rows(desk).text);
    (void)desk_list_add(&desk->list, 1, "Insert columns to the left",
                        desk_change_columns(desk).text);
    (void)desk_list_add(&desk->list, 2, "Delete rows", desk_change_rows(desk).text);
    (void)desk_list_add(&desk->list, 3, "Delete columns", desk_change_columns(desk).text);
    desk_list_show(desk);
}

void desk_change_delete_lines(struct desk *desk)
{
    enum desk_span span = desk_look(desk)->span;
    if (span == DESK_ROWS || span == DESK_COLUMNS) {
        take_lines(desk, 2 + (span == DESK_COLUMNS));
        return;
    }
    desk_list_begin(&desk->list, "Delete rows or columns", take_lines);
    desk->list.can_repeat = true;
    (void)desk_list_add(&desk->list, 2, "Delete rows", desk_change_rows(desk).text);
    (void)desk_list_add(&desk->list, 3, "Delete columns", desk_change_columns(desk).text);
    desk_list_show(desk);
}

void desk_change_hide_rows(struct desk *desk)
{
    change_lines(desk, "hide", false);
}

void desk_change_hide_columns(struct desk *desk)
{
    change_lines(desk, "hide", true);
}

void desk_change_unhide(struct desk *desk)
{
    desk_begin_step(desk);
    if (desk_do_line(desk, "unhide %s", desk_change_rows(desk).text))
        (void)desk_do_line(desk, "unhide %s", desk_change_columns(desk).text);
    (void)desk_end_step(desk); /* it says what is not computed */
}

static void change_width(struct desk *desk, double change)
{
    const struct line_span *span =
        line_span_at(&desk_sheet(desk)->columns, desk_cursor(desk).column);
    double width = (span && span->size > 0 ? span->size : WIDTH_DEFAULT) + change;
    (void)desk_do_line(desk, "width %s %.2f", desk_change_columns(desk).text,
                       width < 1 ? 1 : width);
}

void desk_change_wider(struct desk *desk)
{
    change_width(desk, 1);
}

void desk_change_narrower(struct desk *desk)
{
    change_width(desk, -1);
}

/* ---- merging, freezing ---------------------------------------------------------------------- */

void desk_change_merge(struct desk *desk)
{
    (void)desk_do_line(desk, "merge %s", chosen(desk).text);
}

void desk_change_unmerge(struct desk *desk)
{
    (void)desk_do_line(desk, "unmerge %s", chosen(desk).text);
}

void desk_change_freeze(struct desk *desk)
{
    struct position frozen = desk_sheet(desk)->frozen, cursor = desk_cursor(desk);
    bool is_frozen = frozen.row > 0 || frozen.column > 0;
    bool is_first = position_is(cursor, (struct position){0, 0});
    if (is_frozen)
        cursor = (struct position){0, 0};
    else if (is_first)
        cursor.row = 1; /* nothing is above and left of it: the titles are meant */
    if (!desk_do_line(desk, "freeze %s", position_name(cursor, 0).text))
        return;
    struct desk_look *look = desk_look(desk);
    if (is_frozen)
        look->top = (struct position){0, 0};
    desk_reveal(desk, look->cursor);
    desk_say(desk, false,
             is_frozen  ? "nothing is frozen any more"
             : is_first ? "row 1 is frozen"
                        : "rows above and columns left of here are frozen");
}

/* ---- sheets, computing ---------------------------------------------------------------------- */

static void take_remove(struct desk *desk, int id)
{
    char word[DESK_WORD_BYTES];
    if (id == 1)
        (void)desk_do_line(desk, "remove-sheet %s", desk_quoted(desk_sheet_name(desk), word));
}

void desk_change_remove_sheet(struct desk *desk)
{
    char title[DESK_TITLE_BYTES];
    snprintf(title, sizeof title, "Remove the sheet %s? Undo brings it back.",
             desk_sheet_name(desk));
    desk_list_begin(&desk->list, title, take_remove);
    (void)desk_list_add(&desk->list, 0, "Keep it", "");
    (void)desk_list_add(&desk->list, 1, "Remove it", "");
    desk_list_show(desk);
}

void desk_change_calculate(struct desk *desk)
{
    if (desk_do_line(desk, "calculate") && !desk->message[0])
        desk_say(desk, false, "computed");
}

void desk_change_manual(struct desk *desk)
{
    desk->book->is_manual = !desk->book->is_manual;
    desk_say(desk, false,
             desk->book->is_manual ? "formulas are computed when F9 is pressed"
                                   : "formulas are computed with every change");
    if (!desk->book->is_manual)
        desk_change_calculate(desk);
}
