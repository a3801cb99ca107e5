/* SPDX-License-Identifier: MIT */
/* desk_help.c - help: see desk_help.h. */
#include "sheet/desk/desk_help.h"

#include <stdio.h>
#include <string.h>

#include "screen/scroll.h"
#include "screen/terminal.h"
#include "sheet/desk/desk_action.h"
#include "sheet/desk/desk_paint.h"

/* What is in no table; lines are as long as a screen of 80 columns has room for. */
static const struct {
    const char *keys, *meaning;
} moving[] = {
    {"Ctrl+Q", "leave; what is not saved is asked about"},
    {"F10, Ctrl+P", "all commands, to be searched by typing"},
    {"", ""},
    {"arrows, PgUp, PgDn", "move; with Shift: choose an area"},
    {"Ctrl+arrows, Alt+H J K L", "to the edge of data; with Shift: choose"},
    {"Home, End", "first column, last cell of the row"},
    {"Ctrl+Home, Ctrl+End", "first cell; last cell of the sheet"},
    {"Alt+PgUp, Alt+PgDn", "a screen to the left, to the right"},
    {"Enter, Tab", "down, right; with Shift: up, left;"},
    {"", "within what is chosen round and round"},
    {"Alt+1 ... Alt+9", "sheet 1 ... 9"},
    {"", ""},
    {"typing", "begins a cell anew; = a formula; F2: as it is"},
    {"Enter, Tab, arrows", "end typing; Esc: as it was"},
    {"Ctrl+Enter", "into all cells that are chosen"},
    {"Alt+Enter", "a new line in the cell"},
    {"in a formula", "behind an operator arrows, mouse point to cells"},
    {"", "F4: $ at a reference; Tab: take what is offered"},
    {"", "Up, Down: the next one offered"},
    {"", ""},
    {"Esc, Ctrl+C", "stop what takes long"},
    {"Tab, Insert", "complete a file's name; mark values (filter)"},
    {"mouse", "click: go there; drag: choose; twice: edit"},
    {"", "right button: what can be done; wheel: scroll"},
    {"", "letters, numbers: whole lines; the edge of a"},
    {"", "letter: width, twice: as wide as its contents"},
    {"", "sheets and the words in the last line: click"},
    {"terminal's own paste", "a table comes into as many cells"},
    {"", ""},
    {"Ctrl+; and the like", "few terminals tell them: there is another key"},
    {"", "or F10. ? is Help: text begins with it after F2"},
};

enum {
    MOVING = sizeof moving / sizeof *moving,
    KEYS_COLUMNS = 25,
    KEYS_COLUMNS_NARROW = 17,
    NARROW_COLUMNS = 60,
    FRAME = 2
};

static int columns_of_keys(int columns)
{
    return columns < NARROW_COLUMNS ? KEYS_COLUMNS_NARROW : KEYS_COLUMNS;
}

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
    int keys = columns_of_keys(place.columns), line = MOVING, room = place.columns - keys;
    if (wanted < MOVING) {
        screen_text(grid, place.column, place.row, keys - 1, desk_bold, moving[wanted].keys);
        screen_text(grid, place.column + keys, place.row, room, desk_plain, moving[wanted].meaning);
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
        screen_text(grid, place.column, place.row, keys - 1, desk_bold, action->keys);
        screen_text(grid, place.column + keys, place.row, room, desk_plain, action->name);
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
