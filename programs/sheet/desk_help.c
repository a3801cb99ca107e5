/* SPDX-License-Identifier: MIT */
/* desk_help.c - help: see desk_help.h. */
#include "sheet/desk_help.h"

#include <stdio.h>
#include <string.h>

#include "screen/terminal.h"
#include "screen/scroll.h"
#include "sheet/desk_action.h"
#include "sheet/desk_paint.h"

/* What is in no table. */
static const struct {
    const char *keys, *meaning;
} moving[] = {
    {"arrows, PgUp, PgDn", "move; with Shift: choose an area"},
    {"Ctrl+arrows, Alt+H J K L", "to the edge of data; with Shift: choose"},
    {"Home, End", "first column, last cell of the row"},
    {"Ctrl+Home, Ctrl+End", "first cell; last cell of the sheet"},
    {"Enter, Tab", "down, right; Enter goes back to where Tabs began"},
    {"typing", "begins a cell anew; = a formula (for ?: F2 first)"},
    {"Enter, Tab, arrows", "end typing; Esc: as it was"},
    {"in a formula", "arrows or mouse behind an operator point to cells"},
    {"", "F4: $ at a reference; Tab: take what is offered"},
    {"", "Up, Down: the next one offered"},
    {"Alt+Enter", "a new line in a cell"},
    {"Alt+1 ... Alt+9", "sheet 1 ... 9"},
    {"Esc", "stops what takes long; forgets what was copied"},
    {"mouse", "click: choose; drag: an area; twice: edit"},
    {"", "letters, numbers: whole lines; wheel: scroll"},
    {"", "tabs, and the words in the last line: click"},
};

enum { MOVING = sizeof moving / sizeof *moving, KEYS_COLUMNS = 25, FRAME = 2 };

static int line_count(void)
{
    int count = MOVING;
    const char *group = "";
    for (int i = 0; i < desk_action_count(); i++) {
        const struct desk_action *action = desk_action_of(i);
        count += strcmp(group, action->group) != 0 ? 3 : 1;
        group = action->group;
    }
    return count;
}

/* The same walk as line_count's, to a line. */
static void draw_line(struct screen_grid *grid, int wanted, struct screen_area place)
{
    const char *group = "";
    int line = MOVING, room = place.columns - KEYS_COLUMNS;
    if (wanted < MOVING) {
        screen_text(grid, place.column, place.row, KEYS_COLUMNS - 1, desk_bold,
                    moving[wanted].keys);
        screen_text(grid, place.column + KEYS_COLUMNS, place.row, room, desk_plain,
                    moving[wanted].meaning);
        return;
    }
    for (int i = 0; i < desk_action_count(); i++) {
        const struct desk_action *action = desk_action_of(i);
        if (strcmp(group, action->group) != 0) {
            if (line + 1 == wanted)
                screen_text(grid, place.column, place.row, place.columns, desk_dim, action->group);
            line += 2;
            group = action->group;
        }
        if (line++ != wanted)
            continue;
        screen_text(grid, place.column, place.row, KEYS_COLUMNS - 1, desk_bold, action->keys);
        screen_text(grid, place.column + KEYS_COLUMNS, place.row, room, desk_plain, action->name);
        return;
    }
}

static int rows_for_lines(const struct desk_layout *layout)
{
    return layout->list.rows - FRAME;
}

static int top_within(int top, const struct desk_layout *layout)
{
    int last = line_count() - rows_for_lines(layout);
    return top < 0 || last < 0 ? 0 : top > last ? last : top;
}

void desk_help_draw(const struct desk *desk, struct screen_grid *grid,
                    const struct desk_layout *layout)
{
    struct screen_area frame = layout->list;
    int top = top_within(desk->help_top, layout), rows = rows_for_lines(layout);
    screen_fill(grid, frame, ' ', desk_plain);
    screen_frame(grid, frame, desk_bold, "keys and commands");
    for (int i = 0; i < rows && top + i < line_count(); i++)
        draw_line(grid, top + i,
                  (struct screen_area){frame.column + 2, frame.row + 1 + i, frame.columns - 4, 1});
    bool has_more = top + rows < line_count();
    screen_text(grid, frame.column + 2, frame.row + frame.rows - 1, frame.columns - 4, desk_bold,
                has_more ? " Down, PgDn: more; any other key: back "
                         : " Up, PgUp: more; any other key: back ");
}

bool desk_help_scroll(struct desk *desk, uint32_t key, const struct desk_layout *layout)
{
    int page = rows_for_lines(layout) - 1, top = top_within(desk->help_top, layout);
    if (!screen_scroll(key, page, line_count(), &top))
        return false;
    desk->help_top = top_within(top, layout);
    return true;
}
