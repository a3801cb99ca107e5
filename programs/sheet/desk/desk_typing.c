/* SPDX-License-Identifier: MIT */
/* desk_typing.c - typing into a cell: see desk_typing.h. */
#include "sheet/desk/desk_typing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sheet/desk/desk_move.h"

void desk_typing_begin(struct desk *desk, enum desk_mode mode, const char *text)
{
    const struct sheet *sheet = desk_sheet(desk);
    desk->edited = (struct place){.sheet = sheet->id, .position = desk_look(desk)->cursor};
    char *source = text ? NULL : cell_source(desk->book, sheet, desk->edited.position);
    if (!text && !source) {
        desk_say(desk, true, "out of memory");
        return;
    }
    formula_line_begin(&desk->line, text ? text : source);
    free(source);
    desk->pointed.sheet = 0;
    desk->mode = mode;
}

static void go_back(struct desk *desk)
{
    const struct sheet *sheet = book_sheet(desk->book, desk->edited.sheet);
    desk->mode = DESK_READY;
    desk->pointed.sheet = 0;
    if (!sheet)
        return;
    desk_go_to_sheet(desk, book_place_of(desk->book, sheet));
    desk_reveal(desk, desk_look(desk)->cursor);
}

void desk_typing_leave(struct desk *desk)
{
    go_back(desk);
}

/* A new line in a text is one that can be seen. */
static bool wants_wrap(const struct desk *desk, const struct sheet *sheet)
{
    style_id style = desk_style_at(sheet, desk->edited.position);
    return strchr(desk->line.text, '\n') && !formula_line_is_formula(&desk->line) &&
           !(style_of(desk->book->styles, style)->flags & STYLE_WRAP);
}

/* Into the cell, and over the area, if there is one. */
static bool put_in_as_it_is(struct desk *desk, const struct sheet *sheet, const struct area *area)
{
    char name[4 * SHEET_NAME_CHARACTERS_MAX + 1];
    struct problem problem = {0};
    bool wraps = wants_wrap(desk, sheet);
    snprintf(name, sizeof name, "%s", sheet_name(desk->book, sheet));
    struct command command = {.kind = COMMAND_TYPE,
                              .sheet = name,
                              .text = desk->line.text,
                              .area = area_of_one(desk->edited.position)};
    const struct progress *progress = desk_begin_work(desk, "computing");
    uint64_t before = edit_state(desk->edit);
    if (wraps || area)
        desk_begin_step(desk);
    bool is_done = edit_do(desk->edit, &command, progress, &desk->changed_count, &problem);
    struct command more = {.kind = COMMAND_STYLE,
                           .sheet = name,
                           .area = command.area,
                           .style = {.set = STYLE_WRAP,
                                     .align = -1,
                                     .ink = COMMAND_COLOR_SAME,
                                     .paper = COMMAND_COLOR_SAME}};
    if (is_done && wraps)
        is_done = edit_do(desk->edit, &more, progress, NULL, &problem);
    more = (struct command){.kind = COMMAND_COPY,
                            .sheet = name,
                            .to_sheet = name,
                            .area = command.area,
                            .copy = COPY_FORMULAS};
    if (is_done && area) {
        more.to = *area;
        is_done = edit_do(desk->edit, &more, progress, &desk->changed_count, &problem);
    }
    desk_end_work(desk);
    if (wraps || area)
        (void)desk_end_step(desk);                    /* it says what is not computed */
    if (!is_done && edit_state(desk->edit) != before) /* all or nothing; what was there has room */
        (void)edit_undo(desk->edit, NULL, NULL, NULL);
    if (problem.text[0])
        desk_say(desk, true, "%s", problem.text);
    return is_done;
}

/* Parentheses that are still open are closed, as everybody means it; when it is wrong all the same
 * they go again. */
static bool put_in(struct desk *desk, const struct sheet *sheet, const struct area *area)
{
    size_t cursor = desk->line.cursor, added = formula_line_close(&desk->line);
    if (put_in_as_it_is(desk, sheet, area))
        return true;
    desk->line.length -= added;
    desk->line.text[desk->line.length] = 0;
    desk->line.cursor = cursor;
    return false;
}

bool desk_typing_end(struct desk *desk)
{
    const struct sheet *sheet = book_sheet(desk->book, desk->edited.sheet);
    if (!sheet) {
        go_back(desk);
        return true;
    }
    char *before = cell_source(desk->book, sheet, desk->edited.position);
    bool is_same = before && strcmp(before, desk->line.text) == 0;
    free(before);
    if (is_same) { /* no step to undo for nothing */
        go_back(desk);
        return true;
    }
    if (!put_in(desk, sheet, NULL))
        return false;
    go_back(desk);
    desk_changed(desk);
    return true;
}

/* Ctrl+Enter: into all that is chosen; the cursor stays. */
static void end_in_all(struct desk *desk)
{
    const struct sheet *sheet = book_sheet(desk->book, desk->edited.sheet);
    size_t place = sheet ? book_place_of(desk->book, sheet) : 0;
    if (!sheet || place == desk->book->active) {
        struct area area = desk_selection_used(desk);
        bool is_many = !area_is_one(area) && area_has(area, desk->edited.position);
        if (!sheet || put_in(desk, sheet, is_many ? &area : NULL))
            go_back(desk);
        desk_changed(desk);
    } else
        (void)desk_typing_end(desk); /* what is chosen there cannot be seen; it says why not */
}

void desk_typing_put_now(struct desk *desk, bool is_time)
{
    char text[32];
    struct tm parts;
    time_t now = time(NULL);
    if (!localtime_r(&now, &parts) ||
        strftime(text, sizeof text, is_time ? "%H:%M" : "%Y-%m-%d", &parts) == 0)
        return;
    if (desk->mode == DESK_ENTERS || desk->mode == DESK_EDITS)
        formula_line_insert(&desk->line, text);
    else
        desk_typing_begin(desk, DESK_ENTERS, text);
}

/* ---- pointing ------------------------------------------------------------------------------- */

bool desk_typing_point(struct desk *desk, struct position position, bool extend)
{
    char text[DESK_WORD_BYTES + AREA_TEXT_BYTES], prefix[DESK_WORD_BYTES] = "";
    const struct sheet *sheet = desk_sheet(desk);
    if (!formula_line_can_point(&desk->line))
        return false;
    bool goes_on = extend && desk->pointed.sheet == sheet->id;
    desk->pointed.sheet = sheet->id;
    desk->pointed.cursor = position;
    if (!goes_on)
        desk->pointed.anchor = position;
    struct area area = area_of(desk->pointed.anchor, position);
    if (sheet->id != desk->edited.sheet)
        (void)desk_sheet_prefix(desk, sheet, prefix);
    snprintf(text, sizeof text, "%s%s", prefix, area_name(area).text);
    formula_line_point(&desk->line, text);
    desk_reveal(desk, position);
    return true;
}

/* Where an arrow starts from: the cell pointed to; on another sheet, that one's cursor. */
static bool point_by_key(struct desk *desk, uint32_t key)
{
    struct desk_motion motion;
    bool is_open =
        desk->mode == DESK_ENTERS || desk->pointed.sheet || desk->line.cursor == desk->line.length;
    if (!is_open || !formula_line_can_point(&desk->line) || !desk_move_read(key, &motion))
        return false;
    struct position start = desk->pointed.sheet == desk_sheet(desk)->id  ? desk->pointed.cursor
                            : desk->edited.sheet == desk_sheet(desk)->id ? desk->edited.position
                                                                         : desk_cursor(desk);
    return desk_typing_point(desk, desk_move_from(desk, start, &motion), motion.extends);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void end_and_move(struct desk *desk, int rows, int columns)
{
    uint32_t column = desk->edited.position.column;
    if (!desk_typing_end(desk))
        return;
    desk_move_on(desk, rows, columns, column);
}

/* Arrows end what was begun by typing, and move on. */
static bool end_by_arrow(struct desk *desk, uint32_t key)
{
    struct desk_motion motion;
    if (desk->mode != DESK_ENTERS || !desk_move_read(key, &motion) || key == SCREEN_KEY_HOME ||
        key == SCREEN_KEY_END)
        return false;
    if (desk_typing_end(desk)) {
        desk->has_home = false;
        desk_go_to(desk, desk_move_from(desk, desk_cursor(desk), &motion), motion.extends);
    }
    return true;
}

static bool choose(struct desk *desk, uint32_t key)
{
    if (desk->line.choice_count == 0)
        return false;
    if (key == SCREEN_KEY_UP || key == SCREEN_KEY_DOWN)
        formula_line_choose(&desk->line, key == SCREEN_KEY_UP ? -1 : 1);
    else if (key == SCREEN_KEY_TAB)
        formula_line_take_choice(&desk->line);
    else
        return false;
    return true;
}

static void go_to_other_sheet(struct desk *desk, int step)
{
    size_t count = desk->book->sheet_count;
    if (formula_line_can_point(&desk->line))
        desk_go_to_sheet(desk,
                         (desk->book->active + count + (size_t)(step < 0 ? count - 1 : 1)) % count);
}

static void press_text(struct desk *desk, uint32_t key)
{
    if (!formula_line_press(&desk->line, key))
        return;
    desk->pointed.sheet = 0;
    if (desk->line.is_refused)
        desk_say(desk, true, "a cell takes no more than %d characters", TEXT_CHARACTERS_MAX);
    formula_line_find_choices(&desk->line, desk->book);
}

void desk_typing_press(struct desk *desk, uint32_t key)
{
    if (choose(desk, key))
        return;
    switch (key) {
    case SCREEN_KEY_ESCAPE:
    case 'C' - '@':
        desk_typing_leave(desk);
        return;
    case SCREEN_KEY_ENTER:
        end_and_move(desk, 1, 0);
        return;
    case SCREEN_KEY_SHIFT | SCREEN_KEY_ENTER:
        end_and_move(desk, -1, 0);
        return;
    case SCREEN_KEY_CTRL | SCREEN_KEY_ENTER:
        end_in_all(desk);
        return;
    case SCREEN_KEY_CTRL | ';':
    case SCREEN_KEY_ALT | ';':
        desk_typing_put_now(desk, false);
        return;
    case SCREEN_KEY_CTRL | SCREEN_KEY_SHIFT | ';':
    case SCREEN_KEY_CTRL | SCREEN_KEY_SHIFT | ':':
    case SCREEN_KEY_ALT | 't':
        desk_typing_put_now(desk, true);
        return;
    case SCREEN_KEY_TAB:
        end_and_move(desk, 0, 1);
        return;
    case SCREEN_KEY_BACK_TAB:
        end_and_move(desk, 0, -1);
        return;
    case SCREEN_KEY_F1 + 1:
        desk->mode = desk->mode == DESK_ENTERS ? DESK_EDITS : DESK_ENTERS;
        return;
    case SCREEN_KEY_F1 + 3:
        if (!formula_line_fix(&desk->line))
            desk_say(desk, true, "there is no reference at the cursor");
        return;
    case SCREEN_KEY_CTRL | SCREEN_KEY_PAGE_UP:
        go_to_other_sheet(desk, -1);
        return;
    case SCREEN_KEY_CTRL | SCREEN_KEY_PAGE_DOWN:
        go_to_other_sheet(desk, 1);
        return;
    default:
        break;
    }
    if (!point_by_key(desk, key) && !end_by_arrow(desk, key))
        press_text(desk, key);
}
