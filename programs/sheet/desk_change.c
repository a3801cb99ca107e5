/* SPDX-License-Identifier: MIT */
/* desk_change.c - see desk_change.h. */
#include "sheet/desk_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "sheet/desk_cells_view.h"
#include "sheet/number_format.h"

enum { NAME_BYTES = 4 * SHEET_NAME_CHARACTERS_MAX + 1, FIT_STEPS = 4096 };

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

static void take_back(struct desk *desk,
                      bool (*step)(struct edit *, struct place *, struct problem *))
{
    struct problem problem = {0};
    struct place where = {0};
    bool is_done = step(desk->edit, &where, &problem);
    if (problem.text[0])
        desk_say(desk, true, "%s", problem.text);
    desk_changed(desk);
    const struct sheet *sheet = is_done ? book_sheet(desk->book, where.sheet) : NULL;
    if (!sheet)
        return;
    desk_go_to_sheet(desk, book_place_of(desk->book, sheet));
    desk_go_to(desk, where.position, false);
    if (!problem.text[0])
        desk_say(desk, false, "%zu steps to undo, %zu to do again", edit_undo_count(desk->edit),
                 edit_redo_count(desk->edit));
}

void desk_change_undo(struct desk *desk)
{
    take_back(desk, edit_undo);
}

void desk_change_redo(struct desk *desk)
{
    take_back(desk, edit_redo);
}

/* ---- lines ---------------------------------------------------------------------------------- */

void desk_change_insert_rows(struct desk *desk)
{
    (void)desk_do_line(desk, "insert %s", desk_change_rows(desk).text);
}

void desk_change_insert_columns(struct desk *desk)
{
    (void)desk_do_line(desk, "insert %s", desk_change_columns(desk).text);
}

void desk_change_delete_rows(struct desk *desk)
{
    (void)desk_do_line(desk, "delete %s", desk_change_rows(desk).text);
}

void desk_change_delete_columns(struct desk *desk)
{
    (void)desk_do_line(desk, "delete %s", desk_change_columns(desk).text);
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
    desk_list_begin(&desk->list, "Rows and columns", take_lines);
    (void)desk_list_add(&desk->list, 0, "Insert rows above", desk_change_rows(desk).text);
    (void)desk_list_add(&desk->list, 1, "Insert columns to the left",
                        desk_change_columns(desk).text);
    (void)desk_list_add(&desk->list, 2, "Delete rows", desk_change_rows(desk).text);
    (void)desk_list_add(&desk->list, 3, "Delete columns", desk_change_columns(desk).text);
    desk_list_show(desk);
}

void desk_change_hide_rows(struct desk *desk)
{
    (void)desk_do_line(desk, "hide %s", desk_change_rows(desk).text);
}

void desk_change_hide_columns(struct desk *desk)
{
    (void)desk_do_line(desk, "hide %s", desk_change_columns(desk).text);
}

void desk_change_unhide(struct desk *desk)
{
    edit_begin(desk->edit);
    if (desk_do_line(desk, "unhide %s", desk_change_rows(desk).text))
        (void)desk_do_line(desk, "unhide %s", desk_change_columns(desk).text);
    edit_end(desk->edit);
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

/* false: stopped. */
static bool find_width(struct desk *desk, uint32_t column, const struct progress *progress,
                       int *width)
{
    const struct sheet *sheet = desk_sheet(desk);
    struct area area = {{0, column}, {ROWS - 1, column}};
    struct grid_walk walk;
    uint64_t looked = 0;
    *width = 0;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    while (grid_walk_next(&walk)) {
        if (++looked % FIT_STEPS == 0 && !progress_step(progress, "measuring", looked, 0))
            return false;
        if (sheet_merge_at(sheet, walk.position))
            continue;
        int wish = desk_cells_view_wish(desk->book, sheet, walk.position);
        *width = wish > *width ? wish : *width;
    }
    return true;
}

void desk_change_fit(struct desk *desk)
{
    struct area area = desk_selection_used(desk);
    edit_begin(desk->edit);
    for (uint32_t column = area.first.column; column <= area.last.column; column++) {
        int width;
        const struct progress *progress = desk_begin_work(desk, "measuring");
        bool goes_on = find_width(desk, column, progress, &width);
        desk_end_work(desk);
        struct area line = {{0, column}, {0, column}};
        if (!goes_on ||
            (width > 0 && !desk_do_line(desk, "width %s %d", lines_text(line, true).text, width)))
            break;
    }
    edit_end(desk->edit);
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
    if (is_frozen)
        cursor = (struct position){0, 0};
    else if (position_is(cursor, (struct position){0, 0})) {
        desk_say(desk, true, "what is above and left of the cursor is frozen: go to another cell");
        return;
    }
    if (!desk_do_line(desk, "freeze %s", position_name(cursor, 0).text))
        return;
    struct desk_look *look = desk_look(desk);
    if (is_frozen)
        look->top = (struct position){0, 0};
    desk_reveal(desk, look->cursor);
    desk_say(desk, false,
             is_frozen ? "nothing is frozen any more"
                       : "rows above and columns left of here are frozen");
}

/* ---- sorting, filtering --------------------------------------------------------------------- */

static struct area area_to_sort(const struct desk *desk)
{
    struct area area = desk_selection_used(desk);
    return area_is_one(area) ? desk_region(desk) : area;
}

/* Titles: text all over the first row, and something else below it. */
static bool has_titles(const struct desk *desk, struct area area)
{
    bool has_other = false;
    if (area_rows(area) < 2)
        return false;
    for (struct position at = area.first; at.column <= area.last.column; at.column++) {
        struct position below = {at.row + 1, at.column};
        if (grid_at(desk_sheet(desk)->grid, at)->kind != VALUE_TEXT)
            return false;
        has_other |= grid_at(desk_sheet(desk)->grid, below)->kind != VALUE_TEXT;
    }
    return has_other;
}

static void sort(struct desk *desk, bool descends)
{
    struct area area = area_to_sort(desk);
    bool has_header = has_titles(desk, area);
    if (desk_do_line(desk, "sort %s %c%s%s", area_name(area).text, descends ? '-' : '+',
                     column_name(desk_cursor(desk).column).text, has_header ? " header" : ""))
        desk_say(desk, false, "%s is sorted by %s%s", area_name(area).text,
                 column_name(desk_cursor(desk).column).text,
                 has_header ? "; the first row has titles, and stays" : "");
}

void desk_change_sort_up(struct desk *desk)
{
    sort(desk, false);
}

void desk_change_sort_down(struct desk *desk)
{
    sort(desk, true);
}

void desk_change_sort_by(struct desk *desk, const char *keys)
{
    struct area area = area_to_sort(desk);
    if (desk_do_line(desk, "sort %s %s", area_name(area).text, keys))
        desk_say(desk, false, "%s is sorted", area_name(area).text);
}

/* What is filtered, or would be: the cursor's part of the sheet. */
static struct area area_to_filter(const struct desk *desk)
{
    const struct sheet *sheet = desk_sheet(desk);
    if (sheet->has_filter && area_has(sheet->filter, desk_cursor(desk)))
        return sheet->filter;
    return area_to_sort(desk);
}

static void show_all_rows(struct desk *desk, struct area area)
{
    area.first.column = 0;
    area.last.column = COLUMNS - 1;
    (void)desk_do_line(desk, "unhide %s", lines_text(area, false).text);
}

void desk_change_filter(struct desk *desk)
{
    const struct sheet *sheet = desk_sheet(desk);
    if (!sheet->has_filter) {
        struct area area = area_to_filter(desk);
        if (desk_do_line(desk, "filter %s", area_name(area).text))
            desk_say(desk, false, "%s can be filtered now: by value, or by a condition",
                     area_name(area).text);
        return;
    }
    struct area area = sheet->filter;
    desk->condition_count = 0;
    edit_begin(desk->edit);
    show_all_rows(desk, area);
    (void)desk_do_line(desk, "unfilter %s", position_name(area.first, 0).text);
    edit_end(desk->edit);
}

static uint64_t visible_rows(const struct desk *desk, struct area area)
{
    const struct line_spans *spans = &desk_sheet(desk)->rows;
    uint64_t hidden = 0;
    for (size_t i = 0; i < spans->count; i++) {
        uint32_t first = spans->spans[i].first, last = spans->spans[i].last;
        first = first < area.first.row ? area.first.row : first;
        last = last > area.last.row ? area.last.row : last;
        if (spans->spans[i].is_hidden && first <= last)
            hidden += last - first + 1;
    }
    return area_rows(area) - hidden;
}

/* A column's condition goes in the place of one it had before. false: there are too many. */
static bool keep_condition(struct desk *desk, struct area area, uint32_t column,
                           const char *condition)
{
    size_t i = 0;
    if (desk->filtered_sheet != desk_sheet(desk)->id ||
        !position_is(desk->filtered_corner, area.first))
        desk->condition_count = 0;
    desk->filtered_sheet = desk_sheet(desk)->id;
    desk->filtered_corner = area.first;
    while (i < desk->condition_count && desk->conditions[i].column != column)
        i++;
    if (i == DESK_CONDITIONS_MAX || strlen(condition) >= DESK_CONDITION_BYTES) {
        desk_say(desk, true, "that is too long, or too many columns have a condition already");
        return false;
    }
    desk->conditions[i].column = column;
    snprintf(desk->conditions[i].text, sizeof desk->conditions[i].text, "%s", condition);
    desk->condition_count += i == desk->condition_count;
    return true;
}

/* All conditions anew: hiding more is all that a condition does. */
static void show_rows(struct desk *desk, struct area area, uint32_t column, const char *condition)
{
    char word[DESK_WORD_BYTES];
    if (!keep_condition(desk, area, column, condition))
        return;
    edit_begin(desk->edit);
    bool is_done =
        desk_sheet(desk)->has_filter || desk_do_line(desk, "filter %s", area_name(area).text);
    if (is_done)
        show_all_rows(desk, area);
    for (size_t i = 0; is_done && i < desk->condition_count; i++)
        is_done = desk_do_line(desk, "show %s %s %s", area_name(area).text,
                               column_name(desk->conditions[i].column).text,
                               desk_quoted(desk->conditions[i].text, word));
    edit_end(desk->edit);
    if (is_done)
        desk_say(desk, false, "%s rows are shown", human_count(visible_rows(desk, area) - 1).text);
    else
        desk->condition_count = 0;
    desk_reveal(desk, desk_cursor(desk));
}

void desk_change_show_rows(struct desk *desk, const char *condition)
{
    show_rows(desk, area_to_filter(desk), desk_cursor(desk).column, condition);
}

/* ---- filtering by value --------------------------------------------------------------------- */

enum { BUCKETS = 4096, ALL_ROWS = DESK_ENTRIES_MAX };

struct value_table {
    struct desk *desk;
    uint16_t buckets[BUCKETS]; /* place + 1 */
    size_t count;
    uint64_t left_out;
};

static void count_value(struct value_table *table, enum value_kind kind, uint64_t bits)
{
    uint64_t hash = (bits + (uint64_t)kind) * UINT64_C(0x9E3779B97F4A7C15);
    size_t bucket = hash >> 52;
    for (; table->buckets[bucket]; bucket = (bucket + 1) % BUCKETS) {
        struct desk_value *value = &table->desk->values[table->buckets[bucket] - 1];
        if (value->kind == kind && value->bits == bits) {
            value->count++;
            return;
        }
    }
    if (table->count == DESK_ENTRIES_MAX - 1) { /* one for "all rows" */
        table->left_out++;
        return;
    }
    table->desk->values[table->count++] =
        (struct desk_value){.kind = kind, .bits = bits, .count = 1};
    table->buckets[bucket] = (uint16_t)table->count;
}

static struct cell cell_of(const struct desk_value *value)
{
    struct cell cell = {.bits = value->bits};
    cell.kind = (uint8_t)value->kind;
    return cell;
}

static int compare_values(const void *a, const void *b, void *context)
{
    const struct desk *desk = context;
    struct cell left = cell_of(a), right = cell_of(b);
    int order = value_compare(cell_value(desk->book, &left), cell_value(desk->book, &right));
    bool is_left_blank = left.kind == VALUE_BLANK, is_right_blank = right.kind == VALUE_BLANK;
    return is_left_blank != is_right_blank ? is_left_blank - is_right_blank : order;
}

/* Each '*', '?' and '~' is one of those, and no wildcard. What is very long is known by its
 * beginning. */
static void condition_of_text(struct value value, char condition[DESK_CONDITION_BYTES])
{
    size_t used = 0;
    condition[used++] = '=';
    for (uint32_t i = 0; i < value.text_bytes; i++) {
        unsigned char c = (unsigned char)value.text[i];
        bool is_start = (c & 0xC0) != 0x80;
        if (used + 8 > DESK_CONDITION_BYTES && is_start) {
            condition[used++] = '*';
            break;
        }
        if (c == '*' || c == '?' || c == '~')
            condition[used++] = '~';
        condition[used++] = (char)c;
    }
    condition[used] = 0;
}

static void take_value(struct desk *desk, int id)
{
    char condition[DESK_CONDITION_BYTES];
    if (id < 0)
        return;
    if (id == ALL_ROWS) {
        desk->condition_count = 0;
        show_all_rows(desk, desk->filter_area);
        return;
    }
    struct cell cell = cell_of(&desk->values[id]);
    struct value value = cell_value(desk->book, &cell);
    switch (value.kind) {
    case VALUE_NUMBER:
        snprintf(condition, sizeof condition, "=%.17g", value.number);
        break;
    case VALUE_TEXT:
        condition_of_text(value, condition);
        break;
    case VALUE_BOOLEAN:
        snprintf(condition, sizeof condition, "=%s", value.boolean ? "TRUE" : "FALSE");
        break;
    case VALUE_ERROR:
        snprintf(condition, sizeof condition, "=%s", value_error_name(value.error));
        break;
    default:
        snprintf(condition, sizeof condition, "=");
    }
    show_rows(desk, desk->filter_area, desk_cursor(desk).column, condition);
}

/* Numbers as the cells below the titles show them: a date as a date. */
static void add_value(struct desk *desk, size_t place, const char *code)
{
    struct cell cell = cell_of(&desk->values[place]);
    struct formatted shown;
    number_format(&shown, cell_value(desk->book, &cell), code, 0, desk->book->is_1904);
    for (char *at = shown.text; *at; at++)
        if (*at == '\n' || *at == '\t')
            *at = ' ';
    (void)desk_list_add(&desk->list, (int)place, cell.kind == VALUE_BLANK ? "(blank)" : shown.text,
                        human_count(desk->values[place].count).text);
}

void desk_change_filter_values(struct desk *desk)
{
    char title[DESK_TITLE_BYTES];
    struct area area = area_to_filter(desk), column = area, extent;
    struct value_table table = {.desk = desk};
    struct grid_walk walk;
    uint64_t found = 0;
    const struct sheet *sheet = desk_sheet(desk);
    column.first.column = column.last.column = desk_cursor(desk).column;
    if (area_rows(area) < 2 || !grid_extent(sheet->grid, &extent)) {
        desk_say(desk, true, "there is nothing to filter here");
        return;
    }
    column.first.row++;
    if (column.last.row > extent.last.row)
        column.last.row = extent.last.row;
    desk->filter_area = area;
    grid_walk_begin(&walk, sheet->grid, column, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        if (cell->kind != VALUE_BLANK) {
            count_value(&table, (enum value_kind)cell->kind, cell->bits);
            found++;
        }
    if (column.last.row >= column.first.row && found < area_rows(column)) {
        size_t before = table.count;
        count_value(&table, VALUE_BLANK, 0);
        if (table.count > before)
            desk->values[before].count = area_rows(column) - found;
    }
    qsort_r(desk->values, table.count, sizeof *desk->values, compare_values, desk);
    snprintf(title, sizeof title, "Rows of %s where column %s is%s", area_name(area).text,
             column_name(column.first.column).text,
             table.left_out ? " (more than are listed)" : "");
    desk_list_begin(&desk->list, title, take_value);
    (void)desk_list_add(&desk->list, ALL_ROWS, "(whatever it is: show all rows)", "");
    style_id style = desk_style_at(sheet, column.first);
    for (size_t i = 0; i < table.count; i++)
        add_value(desk, i, style_format(desk->book->styles, style));
    desk_list_show(desk);
}

/* ---- formats -------------------------------------------------------------------------------- */

static const struct {
    const char *name, *code;
} formats[] = {
    {"General", "General"},
    {"Whole number", "0"},
    {"Two decimals", "0.00"},
    {"Thousands", "#,##0"},
    {"Thousands, two decimals", "#,##0.00"},
    {"Negative in red", "#,##0.00;[Red]-#,##0.00"},
    {"Percent", "0%"},
    {"Percent, two decimals", "0.00%"},
    {"Scientific", "0.00E+00"},
    {"Fraction", "# ?\?/?\?"},
    {"Dollars", "$#,##0.00"},
    {"Euros", "#,##0.00 [$\u20AC-407]"},
    {"Pounds", "[$\u00A3-809]#,##0.00"},
    {"Date", "yyyy-mm-dd"},
    {"Date, day first", "dd/mm/yyyy"},
    {"Date, month first", "mm/dd/yyyy"},
    {"Date with month's name", "d mmm yyyy"},
    {"Weekday", "dddd"},
    {"Time", "hh:mm"},
    {"Time with seconds", "hh:mm:ss"},
    {"Time, AM or PM", "h:mm AM/PM"},
    {"Hours over a day", "[h]:mm:ss"},
    {"Date and time", "yyyy-mm-dd hh:mm"},
    {"Text as it is", "@"},
};
enum { FORMATS = sizeof formats / sizeof *formats };

static void take_format(struct desk *desk, int id)
{
    if (id == FORMATS)
        desk_ask(
            desk, DESK_ASKS_FORMAT,
            style_format(desk->book->styles, desk_style_at(desk_sheet(desk), desk_cursor(desk))));
    else if (id >= 0)
        (void)desk_do_line(desk, "format %s %s", chosen(desk).text, formats[id].code);
}

void desk_change_formats(struct desk *desk)
{
    const struct cell *cell = grid_at(desk_sheet(desk)->grid, desk_cursor(desk));
    struct value value = cell_value(desk->book, cell);
    if (value.kind == VALUE_BLANK)
        value = value_number(1234.5);
    desk_list_begin(&desk->list, "Number format of what is chosen", take_format);
    for (int i = 0; i < FORMATS; i++) {
        struct formatted shown;
        char text[DESK_ENTRY_BYTES];
        number_format(&shown, value, formats[i].code, 0, desk->book->is_1904);
        snprintf(text, sizeof text, "%-24s %s", formats[i].name, formats[i].code);
        (void)desk_list_add(&desk->list, i, text, shown.text);
    }
    (void)desk_list_add(&desk->list, FORMATS, "Another code ...", "");
    desk_list_show(desk);
}

static void change_decimals(struct desk *desk, int change)
{
    char code[FORMAT_TEXT_BYTES];
    const char *before =
        style_format(desk->book->styles, desk_style_at(desk_sheet(desk), desk_cursor(desk)));
    if (!number_format_decimals(before, change, code)) {
        desk_say(desk, true, "this format has no decimals to change");
        return;
    }
    (void)desk_do_line(desk, "format %s %s", chosen(desk).text, code);
}

void desk_change_more_decimals(struct desk *desk)
{
    change_decimals(desk, 1);
}

void desk_change_fewer_decimals(struct desk *desk)
{
    change_decimals(desk, -1);
}

static void toggle(struct desk *desk, enum style_flag flag, const char *name)
{
    const struct style *style =
        style_of(desk->book->styles, desk_style_at(desk_sheet(desk), desk_cursor(desk)));
    (void)desk_do_line(desk, "style %s %c%s", chosen(desk).text, style->flags & flag ? '-' : '+',
                       name);
}

void desk_change_bold(struct desk *desk)
{
    toggle(desk, STYLE_BOLD, "bold");
}

void desk_change_italic(struct desk *desk)
{
    toggle(desk, STYLE_ITALIC, "italic");
}

void desk_change_underline(struct desk *desk)
{
    toggle(desk, STYLE_UNDERLINE, "underline");
}

void desk_change_strike(struct desk *desk)
{
    toggle(desk, STYLE_STRIKE, "strike");
}

void desk_change_wrap(struct desk *desk)
{
    toggle(desk, STYLE_WRAP, "wrap");
}

static const char *const aligns[] = {"general", "left", "center", "right"};

static void take_align(struct desk *desk, int id)
{
    if (id >= 0)
        (void)desk_do_line(desk, "style %s align=%s", chosen(desk).text, aligns[id]);
}

void desk_change_align(struct desk *desk)
{
    static const char *const names[] = {"As the value wants", "Left", "Centre", "Right"};
    desk_list_begin(&desk->list, "Align what is chosen", take_align);
    for (int i = 0; i < 4; i++)
        (void)desk_list_add(&desk->list, i, names[i], "");
    desk_list_show(desk);
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
