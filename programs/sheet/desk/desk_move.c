/* SPDX-License-Identifier: MIT */
/* desk_move.c - keys that move: see desk_move.h. */
#include "sheet/desk/desk_move.h"

#include "sheet/desk/desk_layout.h"

/* Shift and an arrow has a code of its own; all others have a bit for it. */
static uint32_t without_shift(uint32_t key, bool *extends)
{
    *extends = true;
    switch (key) {
    case SCREEN_KEY_SHIFT_UP:
        return SCREEN_KEY_UP;
    case SCREEN_KEY_SHIFT_DOWN:
        return SCREEN_KEY_DOWN;
    case SCREEN_KEY_SHIFT_LEFT:
        return SCREEN_KEY_LEFT;
    case SCREEN_KEY_SHIFT_RIGHT:
        return SCREEN_KEY_RIGHT;
    default:
        *extends = key & SCREEN_KEY_SHIFT;
        return key & ~(uint32_t)SCREEN_KEY_SHIFT;
    }
}

/* For terminals that keep Ctrl+arrows; as in vi, with Alt. */
static uint32_t without_letters(uint32_t key, bool *extends)
{
    static const struct {
        char letter;
        uint32_t key;
    } letters[] = {{'h', SCREEN_KEY_LEFT},
                   {'j', SCREEN_KEY_DOWN},
                   {'k', SCREEN_KEY_UP},
                   {'l', SCREEN_KEY_RIGHT}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        uint32_t letter = (unsigned char)letters[i].letter;
        if (key == (SCREEN_KEY_ALT | letter) || key == (SCREEN_KEY_ALT | (letter - 'a' + 'A'))) {
            *extends = key == (SCREEN_KEY_ALT | (letter - 'a' + 'A'));
            return SCREEN_KEY_CTRL | letters[i].key;
        }
    }
    return key;
}

bool desk_move_read(uint32_t key, struct desk_motion *motion)
{
    bool extends, extends_too = false;
    key = without_shift(key, &extends);
    key = without_letters(key, &extends_too);
    *motion = (struct desk_motion){.key = key, .extends = extends || extends_too};
    switch (key & ~(uint32_t)SCREEN_KEY_CTRL) {
    case SCREEN_KEY_UP:
    case SCREEN_KEY_DOWN:
    case SCREEN_KEY_LEFT:
    case SCREEN_KEY_RIGHT:
    case SCREEN_KEY_HOME:
    case SCREEN_KEY_END:
        return true;
    case SCREEN_KEY_PAGE_UP:
    case SCREEN_KEY_PAGE_DOWN:
        return !(key & SCREEN_KEY_CTRL);
    case SCREEN_KEY_ALT | SCREEN_KEY_PAGE_UP:
    case SCREEN_KEY_ALT | SCREEN_KEY_PAGE_DOWN:
        return !(key & SCREEN_KEY_CTRL);
    default:
        return false;
    }
}

static int rows_of_page(const struct desk *desk)
{
    struct desk_layout layout;
    int rows = 0;
    desk_layout_make(&layout, desk, desk->columns, desk->rows);
    for (int i = 0; i < layout.down_count; i++)
        rows += !layout.down[i].is_frozen;
    return rows > 1 ? rows - 1 : 1;
}

static int columns_of_page(const struct desk *desk)
{
    struct desk_layout layout;
    int columns = 0;
    desk_layout_make(&layout, desk, desk->columns, desk->rows);
    for (int i = 0; i < layout.across_count; i++)
        columns += !layout.across[i].is_frozen;
    return columns > 1 ? columns - 1 : 1;
}

/* The last cell of the row that is in use; the last of the sheet. */
static struct position last_of_row(const struct desk *desk, struct position start)
{
    struct position end = {start.row, COLUMNS - 1}, found;
    const struct grid *grid = desk_sheet(desk)->grid;
    if (cell_is_used(grid_at(grid, end)))
        return end;
    if (!grid_next_used(grid, end, 0, -1, &found))
        return (struct position){start.row, 0};
    return found;
}

static struct position last_of_sheet(const struct desk *desk)
{
    struct area extent;
    if (!grid_extent(desk_sheet(desk)->grid, &extent))
        return (struct position){0, 0};
    return extent.last;
}

struct position desk_move_from(const struct desk *desk, struct position start,
                               const struct desk_motion *motion)
{
    struct position frozen = desk_sheet(desk)->frozen;
    switch (motion->key) {
    case SCREEN_KEY_UP:
        return desk_step(desk, start, -1, 0);
    case SCREEN_KEY_DOWN:
        return desk_step(desk, start, 1, 0);
    case SCREEN_KEY_LEFT:
        return desk_step(desk, start, 0, -1);
    case SCREEN_KEY_RIGHT:
        return desk_step(desk, start, 0, 1);
    case SCREEN_KEY_PAGE_UP:
        return desk_step(desk, start, -rows_of_page(desk), 0);
    case SCREEN_KEY_PAGE_DOWN:
        return desk_step(desk, start, rows_of_page(desk), 0);
    case SCREEN_KEY_ALT | SCREEN_KEY_PAGE_UP:
        return desk_step(desk, start, 0, -columns_of_page(desk));
    case SCREEN_KEY_ALT | SCREEN_KEY_PAGE_DOWN:
        return desk_step(desk, start, 0, columns_of_page(desk));
    case SCREEN_KEY_HOME:
        return (struct position){start.row, start.column > frozen.column ? frozen.column : 0};
    case SCREEN_KEY_END:
        return last_of_row(desk, start);
    case SCREEN_KEY_CTRL | SCREEN_KEY_HOME:
        return position_is(start, frozen) ? (struct position){0, 0} : frozen;
    case SCREEN_KEY_CTRL | SCREEN_KEY_END:
        return last_of_sheet(desk);
    case SCREEN_KEY_CTRL | SCREEN_KEY_UP:
        return desk_edge(desk, start, -1, 0);
    case SCREEN_KEY_CTRL | SCREEN_KEY_DOWN:
        return desk_edge(desk, start, 1, 0);
    case SCREEN_KEY_CTRL | SCREEN_KEY_LEFT:
        return desk_edge(desk, start, 0, -1);
    case SCREEN_KEY_CTRL | SCREEN_KEY_RIGHT:
        return desk_edge(desk, start, 0, 1);
    default:
        return start;
    }
}

/* The one line of what is chosen that comes next; from its last to its first. */
static uint32_t next_line(const struct line_spans *spans, uint32_t line, int step, uint32_t first,
                          uint32_t last)
{
    uint32_t limit = last + 1, next;
    if (step > 0) {
        next = desk_layout_visible(spans, line + 1, limit, false);
        return next < limit ? next : desk_layout_visible(spans, first, limit, false);
    }
    next = line > first ? desk_layout_visible(spans, line - 1, limit, true) : limit;
    return next < limit && next >= first ? next : desk_layout_visible(spans, last, limit, true);
}

/* Down a column, then down the next one; or along rows. */
static struct position next_within(const struct desk *desk, struct area area, int rows, int columns)
{
    const struct sheet *sheet = desk_sheet(desk);
    struct position cursor = desk_cursor(desk), at = desk_step(desk, cursor, rows, columns);
    if (area_has(area, at) && !position_is(at, cursor))
        return at;
    if (rows == 0) {
        at.column =
            next_line(&sheet->columns, cursor.column, columns, area.first.column, area.last.column);
        at.row = next_line(&sheet->rows, cursor.row, columns, area.first.row, area.last.row);
    } else {
        at.row = next_line(&sheet->rows, cursor.row, rows, area.first.row, area.last.row);
        at.column =
            next_line(&sheet->columns, cursor.column, rows, area.first.column, area.last.column);
    }
    return area_has(area, at) ? at : cursor;
}

/* Several cells are chosen, and not just those of one that is merged. */
static bool is_choice(const struct desk *desk, struct area area)
{
    const struct area *merge = sheet_merge_at(desk_sheet(desk), area.first);
    bool is_merge =
        merge && position_is(merge->first, area.first) && position_is(merge->last, area.last);
    return !area_is_one(area) && !is_merge && area_has(area, desk_cursor(desk));
}

void desk_move_on(struct desk *desk, int rows, int columns, uint32_t column)
{
    struct area area = desk_selection(desk);
    if (is_choice(desk, area)) {
        desk_go_within(desk, next_within(desk, area, rows, columns));
        return;
    }
    if (columns != 0 && !desk->has_home) {
        desk->home_column = column;
        desk->has_home = true;
    }
    if (rows != 0 && desk->has_home) {
        struct position home = desk_cursor(desk);
        home.column = desk->home_column;
        desk->has_home = false;
        desk_go_to(desk, home, false);
    }
    desk_move(desk, rows, columns);
}
