/* SPDX-License-Identifier: MIT */
/* explorer_help.c - help: see explorer_help.h. */
#include "map/explorer_help.h"

#include "map/explorer_look.h"
#include "screen/terminal.h"
#include "screen/scroll.h"

static const char *const lines[] = {
    "up down PgUp PgDn Home End   move in the list, or in the map",
    "Tab, Enter                   between list and map",
    "+ - 0                        nearer, farther, fit",
    "a                            map of all, or of this one",
    "l                            letters instead of shades",
    ". ,                          next, previous used pages",
    "/ n                          find address or name; next",
    "f k K r                      filter, kinds, back, resident",
    "s S                          sort by next column, reverse",
    "b d                          baseline; difference from it",
    "w h                          save a snapshot; HTML report",
    "m                            smaps (slow): exact committed",
    "c Backspace                  look at a child; go back",
    "p                            pause, and go on",
    "q                            quit",
    "mouse: a title               sort by it; again: reverse",
    "mouse: a kind above          filter by it; again: no more",
    "mouse: the wheel             scroll the list, zoom the map",
    "",
    "reserved: addresses. committed: the kernel must back it;",
    "with <= before it no more than this: m knows exactly.",
    "resident: in memory. dirty: private copies.",
};

enum { LINES = sizeof lines / sizeof *lines, WIDTH = 66, FRAME = 2 };

static int rows_for_lines(int rows)
{
    int room = rows - FRAME;
    return room < 0 ? 0 : room < LINES ? room : LINES;
}

/* The highest first line with which no row stays empty. */
static int last_top(int rows)
{
    return LINES - rows_for_lines(rows);
}

static int top_within(int top, int rows)
{
    int last = last_top(rows);
    return top < 0 ? 0 : top > last ? last : top;
}

/* In the lower line of the frame, where it is on any screen. */
static void draw_foot(struct screen_grid *grid, struct screen_area frame, int top)
{
    int row = frame.row + frame.rows - 1, below = last_top(grid->rows) - top;
    const char *foot = last_top(grid->rows) == 0 ? " any key: back "
                       : below > 0               ? " down: more; any other key: back "
                                                 : " up: more; any other key: back ";
    screen_text(grid, frame.column + 2, row, frame.columns - 4, explorer_bold, foot);
}

void explorer_help_draw(const struct explorer *explorer, struct screen_grid *grid)
{
    int columns = grid->columns < WIDTH + 4 ? grid->columns : WIDTH + 4;
    int shown = rows_for_lines(grid->rows), top = top_within(explorer->help_top, grid->rows);
    int rows = shown + FRAME;
    struct screen_area area = {(grid->columns - columns) / 2, (grid->rows - rows) / 2, columns,
                               rows};
    screen_fill(grid, area, ' ', explorer_plain);
    screen_frame(grid, area, explorer_bold, "keys");
    for (int i = 0; i < shown; i++)
        screen_text(grid, area.column + 2, area.row + 1 + i, columns - 4, explorer_plain,
                    lines[top + i]);
    draw_foot(grid, area, top);
}

bool explorer_help_scroll(struct explorer *explorer, uint32_t key, int rows)
{
    int page = rows_for_lines(rows) - 1, top = top_within(explorer->help_top, rows);
    if (last_top(rows) == 0)
        return false;
    if (!screen_scroll(key, page, LINES, &top))
        return false;
    explorer->help_top = top_within(top, rows);
    return true;
}
