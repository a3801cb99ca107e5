/* SPDX-License-Identifier: MIT */
/* desk_command.c - events to what they mean in each mode: see desk_command.h. */
#include "sheet/desk/desk_command.h"

#include "sheet/desk/desk_action.h"
#include "sheet/desk/desk_answer.h"
#include "sheet/desk/desk_clipboard.h"
#include "sheet/desk/desk_fit.h"
#include "sheet/desk/desk_help.h"
#include "sheet/desk/desk_layout.h"
#include "sheet/desk/desk_move.h"
#include "sheet/desk/desk_repeat.h"
#include "sheet/desk/desk_typing.h"

enum { WHEEL_ROWS = 3, WHEEL_COLUMNS = 2 };

/* ---- keys ----------------------------------------------------------------------------------- */

static bool is_character(uint32_t key)
{
    return key >= ' ' && key < SCREEN_KEY_UP && key != SCREEN_KEY_BACKSPACE;
}

static void forget(struct desk *desk)
{
    struct desk_look *look = desk_look(desk);
    desk->clip.is_there = false;
    desk->extends = false;
    look->anchor = look->end = look->cursor;
    look->span = DESK_CELLS;
}

static void move(struct desk *desk, const struct desk_motion *motion)
{
    const struct desk_look *look = desk_look(desk);
    bool extends = motion->extends || desk->extends;
    struct position start = extends ? look->end : look->cursor;
    desk->has_home = false;
    desk_go_to(desk, desk_move_from(desk, start, motion), extends);
}

static bool press_sheet_number(struct desk *desk, uint32_t key)
{
    if (key < (SCREEN_KEY_ALT | '1') || key > (SCREEN_KEY_ALT | '9'))
        return false;
    size_t place = key - (SCREEN_KEY_ALT | '1');
    if (place >= desk->book->sheet_count)
        desk_say(desk, true,
                 desk->book->sheet_count == 1 ? "there is %zu sheet" : "there are %zu sheets",
                 desk->book->sheet_count);
    desk_go_to_sheet(desk, place);
    return true;
}

static void press_ready(struct desk *desk, uint32_t key)
{
    struct desk_motion motion;
    const struct desk_action *action = desk_action_for(key);
    char text[SCREEN_UTF8_BYTES_MAX + 1] = {0};
    if (desk_move_read(key, &motion)) {
        move(desk, &motion);
    } else if (action) {
        desk_repeat_begin(desk);
        action->run(desk);
        desk_repeat_note_action(desk, action);
    } else if (press_sheet_number(desk, key)) {
        return;
    } else if (key == SCREEN_KEY_ESCAPE) {
        forget(desk);
    } else if (key == SCREEN_KEY_ENTER) {
        desk_move_on(desk, 1, 0, desk_cursor(desk).column);
    } else if (key == (SCREEN_KEY_SHIFT | SCREEN_KEY_ENTER)) {
        desk_move_on(desk, -1, 0, desk_cursor(desk).column);
    } else if (key == SCREEN_KEY_TAB || key == SCREEN_KEY_BACK_TAB) {
        desk_move_on(desk, 0, key == SCREEN_KEY_TAB ? 1 : -1, desk_cursor(desk).column);
    } else if (key == SCREEN_KEY_BACKSPACE) {
        desk_typing_begin(desk, DESK_ENTERS, "");
    } else if (is_character(key)) {
        (void)screen_encode(key, text);
        desk_typing_begin(desk, DESK_ENTERS, text);
        formula_line_find_choices(&desk->line, desk->book);
    }
}

/* Arrows go from tile to tile. */
static void press_map(struct desk *desk, uint32_t key)
{
    struct position at = desk_look(desk)->cursor;
    switch (key) {
    case SCREEN_KEY_UP:
        at.row -= at.row < GRID_TILE_ROWS ? at.row : GRID_TILE_ROWS;
        break;
    case SCREEN_KEY_DOWN:
        at.row += ROWS - 1 - at.row < GRID_TILE_ROWS ? ROWS - 1 - at.row : GRID_TILE_ROWS;
        break;
    case SCREEN_KEY_LEFT:
        at.column -= at.column < GRID_TILE_COLUMNS ? at.column : GRID_TILE_COLUMNS;
        break;
    case SCREEN_KEY_RIGHT:
        at.column += COLUMNS - 1 - at.column < GRID_TILE_COLUMNS ? COLUMNS - 1 - at.column
                                                                 : GRID_TILE_COLUMNS;
        break;
    case 'c':
    case 'C':
        desk->collects = true;
        return;
    default:
        desk->mode = DESK_READY;
        return;
    }
    desk_go_to(desk, at, false);
}

/* Where these mean nothing else. */
static uint32_t plain_key(uint32_t key)
{
    switch (key) {
    case SCREEN_KEY_SHIFT | ' ':
        return ' ';
    case SCREEN_KEY_SHIFT | SCREEN_KEY_BACKSPACE:
        return SCREEN_KEY_BACKSPACE;
    case SCREEN_KEY_CTRL | SCREEN_KEY_BACKSPACE:
        return 'W' - '@';
    default:
        return key;
    }
}

/* Saving and leaving take what is typed with them; help comes back to it. */
static void press_typing(struct desk *desk, uint32_t key)
{
    bool ends = key == 'S' - '@' || key == 'Q' - '@' || key == SCREEN_KEY_F12;
    if (key == SCREEN_KEY_F1)
        desk_action_for(key)->run(desk);
    else if (!ends)
        desk_typing_press(desk, key);
    else if (desk_typing_end(desk))
        press_ready(desk, key);
}

static void press(struct desk *desk, uint32_t key, const struct desk_layout *layout)
{
    desk->message[0] = 0;
    if (desk->mode != DESK_READY)
        key = plain_key(key);
    switch (desk->mode) {
    case DESK_READY:
        press_ready(desk, key);
        break;
    case DESK_ENTERS:
    case DESK_EDITS:
        press_typing(desk, key);
        break;
    case DESK_ASKS:
        desk_answer_press(desk, key);
        break;
    case DESK_LISTS:
        desk_list_press(desk, key, desk_layout_list_rows(layout, desk));
        break;
    case DESK_HELPS:
        if (!desk_help_scroll(desk, key, layout))
            desk->mode = desk->mode_behind;
        break;
    case DESK_MAPS:
        press_map(desk, key);
        break;
    }
}

/* ---- the mouse ------------------------------------------------------------------------------ */

static bool is_typing(const struct desk *desk)
{
    return desk->mode == DESK_ENTERS || desk->mode == DESK_EDITS;
}

/* A click elsewhere ends typing. false: what was typed cannot be taken. */
static bool end_typing(struct desk *desk)
{
    return !is_typing(desk) || desk_typing_end(desk);
}

static void click_cell(struct desk *desk, struct position position, bool is_double, bool extends)
{
    if (is_typing(desk) && desk_typing_point(desk, position, false)) {
        desk->drags = true;
        desk->drag_span = DESK_CELLS;
        return;
    }
    bool is_edited = is_typing(desk) && desk->edited.sheet == desk_sheet(desk)->id &&
                     position_is(desk->edited.position, position);
    if (is_edited || !end_typing(desk))
        return;
    desk_go_to(desk, position, extends || desk->extends);
    desk->has_home = false;
    desk->drags = true;
    desk->drag_span = DESK_CELLS;
    if (is_double)
        desk_typing_begin(desk, DESK_EDITS, NULL);
}

static void click_header(struct desk *desk, int line, enum desk_span span)
{
    struct position position = desk_cursor(desk);
    if (line < 0 || !end_typing(desk))
        return;
    if (span == DESK_COLUMNS)
        position.column = (uint32_t)line;
    else
        position.row = (uint32_t)line;
    struct desk_look *look = desk_look(desk);
    look->cursor = look->anchor = look->end = position;
    look->span = span;
    desk->drags = true;
    desk->drag_span = span;
}

/* The last column of a letter's place is the column's edge. -1: none. */
static int edge_at(const struct desk_layout *layout, int column)
{
    for (int i = 0; i < layout->across_count; i++)
        if (layout->across[i].size > 2 &&
            column == layout->across[i].at + layout->across[i].size - 1)
            return i;
    return -1;
}

static void click_letters(struct desk *desk, const struct desk_layout *layout, int column,
                          bool is_double)
{
    int edge = edge_at(layout, column);
    if (edge < 0) {
        click_header(desk, desk_layout_across_at(layout, column), DESK_COLUMNS);
        return;
    }
    if (!end_typing(desk))
        return;
    struct position_text name = column_name(layout->across[edge].line);
    desk->resizes.is_on = !is_double;
    desk->resizes.column = layout->across[edge].line;
    desk->resizes.at = layout->across[edge].at;
    desk->resizes.width = 0;
    if (is_double)
        desk_fit_column(desk, desk->resizes.column);
    else
        desk_say(desk, false, "drag: the width of column %s; click twice: as wide as its contents",
                 name.text);
}

/* While the button is held only the figure is shown: a step to undo for each cell would be many. */
static void drag_edge(struct desk *desk, int column)
{
    int width = column - desk->resizes.at;
    desk->resizes.width = width < 1 ? 1 : width;
    desk_say(desk, false, "width %d", desk->resizes.width);
}

static void drop_edge(struct desk *desk)
{
    struct position_text name = column_name(desk->resizes.column);
    desk->resizes.is_on = false;
    if (desk->resizes.width > 0)
        (void)desk_do_line(desk, "width %s:%s %d", name.text, name.text, desk->resizes.width);
}

static void click_tab(struct desk *desk, const struct desk_layout *layout, int column)
{
    for (int i = 0; i < layout->tab_count; i++) {
        if (column < layout->tabs[i].at || column >= layout->tabs[i].at + layout->tabs[i].size)
            continue;
        bool points = is_typing(desk) && formula_line_can_point(&desk->line);
        if (points || end_typing(desk))
            desk_go_to_sheet(desk, layout->tabs[i].place);
        return;
    }
}

static void click_hint(struct desk *desk, const struct desk_layout *layout, int column)
{
    for (int i = 0; i < layout->hint_count; i++)
        if (column >= layout->hints[i].at && column < layout->hints[i].at + layout->hints[i].size &&
            desk->mode == DESK_READY)
            desk_action_of(layout->hints[i].action)->run(desk);
}

static void click_input(struct desk *desk, const struct desk_layout *layout, int column)
{
    if (!is_typing(desk))
        desk_typing_begin(desk, DESK_EDITS, NULL);
    if (column >= layout->input.column)
        formula_line_go_to_column(&desk->line, column - layout->input.column);
}

static void click(struct desk *desk, const struct desk_layout *layout,
                  const struct screen_event *event, bool is_double)
{
    struct position position;
    if (event->row == 0)
        click_input(desk, layout, event->column);
    else if (event->row == layout->tabs_row)
        click_tab(desk, layout, event->column);
    else if (event->row == layout->hints_row)
        click_hint(desk, layout, event->column);
    else if (event->row == 1 && event->column < layout->numbers.columns) {
        if (end_typing(desk))
            desk_select(desk, area_of_all(), DESK_SHEET);
    } else if (event->row == 1)
        click_letters(desk, layout, event->column, is_double);
    else if (screen_area_has(layout->numbers, event->column, event->row))
        click_header(desk, desk_layout_down_at(layout, event->row), DESK_ROWS);
    else if (desk_layout_cell_at(layout, event->column, event->row, &position))
        click_cell(desk, position, is_double, event->modifiers & SCREEN_KEY_SHIFT);
}

/* The menu is about what is chosen, if it is clicked on; else about the cell, or the line. */
static void click_right(struct desk *desk, const struct desk_layout *layout,
                        const struct screen_event *event)
{
    struct position position;
    if (desk->mode != DESK_READY)
        return;
    bool is_header = event->row == 1 || screen_area_has(layout->numbers, event->column, event->row);
    if (is_header)
        click(desk, layout, event, false);
    else if (!desk_layout_cell_at(layout, event->column, event->row, &position))
        return;
    else if (!area_has(desk_selection(desk), position))
        desk_go_to(desk, position, false);
    desk->drags = desk->resizes.is_on = false;
    desk_action_show_menu(desk);
}

/* Beyond the last row or column the sheet scrolls. */
static struct position dragged_to(const struct desk *desk, const struct desk_layout *layout,
                                  const struct screen_event *event)
{
    const struct desk_look *look = desk_look_at(desk);
    int across = desk_layout_across_at(layout, event->column);
    int down = desk_layout_down_at(layout, event->row);
    struct position position = is_typing(desk) ? desk->pointed.cursor : look->end;
    if (across >= 0)
        position.column = (uint32_t)across;
    if (down >= 0)
        position.row = (uint32_t)down;
    if (event->row >= layout->tabs_row)
        position = desk_step(desk, position, 1, 0);
    else if (event->row <= 1)
        position = desk_step(desk, position, -1, 0);
    if (event->column >= layout->columns - 1)
        position = desk_step(desk, position, 0, 1);
    else if (event->column < layout->numbers.columns && desk->drag_span == DESK_CELLS)
        position = desk_step(desk, position, 0, -1);
    return position;
}

static void drag(struct desk *desk, const struct desk_layout *layout,
                 const struct screen_event *event)
{
    if (!desk->drags)
        return;
    struct position position = dragged_to(desk, layout, event);
    if (is_typing(desk)) {
        (void)desk_typing_point(desk, position, true); /* it made sense when it began */
        return;
    }
    if (desk->drag_span == DESK_COLUMNS)
        position.row = desk_cursor(desk).row;
    if (desk->drag_span == DESK_ROWS)
        position.column = desk_cursor(desk).column;
    desk_go_to(desk, position, true);
}

static void mouse_in_list(struct desk *desk, const struct desk_layout *layout,
                          const struct screen_event *event)
{
    struct desk_list *list = &desk->list;
    int rows = desk_layout_list_rows(layout, desk);
    int first = layout->list.row + 2 + desk_layout_title_rows(layout, desk);
    bool is_left = event->button == SCREEN_BUTTON_LEFT || event->button == SCREEN_BUTTON_DOUBLE;
    if (event->button == SCREEN_WHEEL_UP || event->button == SCREEN_WHEEL_DOWN)
        desk_list_press(desk, event->button == SCREEN_WHEEL_UP ? SCREEN_KEY_UP : SCREEN_KEY_DOWN,
                        rows);
    else if (is_left && event->row >= first && event->row < first + rows &&
             event->column > layout->list.column &&
             event->column < layout->list.column + layout->list.columns - 1)
        desk_list_click(desk, list->top + (size_t)(event->row - first), true);
    else if (is_left && !screen_area_has(layout->list, event->column, event->row))
        desk_list_press(desk, SCREEN_KEY_ESCAPE, rows);
}

static void turn_wheel(struct desk *desk, const struct screen_event *event)
{
    int step = event->button == SCREEN_WHEEL_UP ? -1 : 1;
    if (event->modifiers & SCREEN_KEY_SHIFT)
        desk_scroll(desk, 0, step * WHEEL_COLUMNS);
    else
        desk_scroll(desk, step * WHEEL_ROWS, 0);
}

static void use_mouse(struct desk *desk, const struct desk_layout *layout,
                      const struct screen_event *event)
{
    if (desk->mode == DESK_LISTS) {
        mouse_in_list(desk, layout, event);
        return;
    }
    if (desk->mode == DESK_HELPS &&
        (event->button == SCREEN_WHEEL_UP || event->button == SCREEN_WHEEL_DOWN)) {
        (void)desk_help_scroll(
            desk, event->button == SCREEN_WHEEL_UP ? SCREEN_KEY_UP : SCREEN_KEY_DOWN, layout);
        return;
    }
    switch (event->button) {
    case SCREEN_BUTTON_LEFT:
    case SCREEN_BUTTON_DOUBLE:
        desk->message[0] = 0;
        if (desk->mode == DESK_HELPS)
            desk->mode = desk->mode_behind;
        else if (desk->mode == DESK_MAPS || desk->mode == DESK_ASKS)
            desk->mode = DESK_READY;
        else
            click(desk, layout, event, event->button == SCREEN_BUTTON_DOUBLE);
        break;
    case SCREEN_DRAG:
        if (desk->resizes.is_on)
            drag_edge(desk, event->column);
        else
            drag(desk, layout, event);
        break;
    case SCREEN_BUTTON_UP:
        desk->drags = false;
        if (desk->resizes.is_on)
            drop_edge(desk);
        break;
    case SCREEN_BUTTON_RIGHT:
        desk->message[0] = 0;
        click_right(desk, layout, event);
        break;
    case SCREEN_WHEEL_UP:
    case SCREEN_WHEEL_DOWN:
        turn_wheel(desk, event);
        break;
    default:
        break;
    }
}

void desk_command_do(struct desk *desk, const struct screen_event *event, int columns, int rows)
{
    struct desk_layout layout;
    desk->columns = columns;
    desk->rows = rows;
    (void)desk_look(desk); /* it is known from here on */
    desk_layout_make(&layout, desk, columns, rows);
    if (event->kind == SCREEN_RESIZE)
        desk_reveal(desk, desk_cursor(desk));
    else if (event->kind == SCREEN_KEY)
        press(desk, event->key, &layout);
    else if (event->kind == SCREEN_PASTE)
        desk_clipboard_paste(desk, screen_pasted());
    else if (event->kind == SCREEN_MOUSE && !layout.is_too_small)
        use_mouse(desk, &layout, event);
    else if (event->kind == SCREEN_GONE)
        desk->is_gone = desk->ends = true;
}
