/* SPDX-License-Identifier: MIT */
/* explorer_children_view.c - children in words and as a list: see explorer_children_view.h. */
#include "map/explorer_children_view.h"

#include <stdio.h>

#include "map/explorer_children.h"
#include "map/explorer_look.h"

/* ---- the row -------------------------------------------------------------------------------- */

void explorer_children_view_draw_row(const struct explorer *explorer, struct screen_grid *grid,
                                     struct screen_area area)
{
    const struct capture *origin = explorer_children_origin(explorer);
    char text[CHILDREN_TEXT_BYTES];
    int at = area.column + 1, end = area.column + area.columns;
    if (area.rows == 0)
        return;
    if (origin) {
        at += screen_text(grid, at, area.row, end - at, explorer_good, "Backspace: ");
        at += screen_format(grid, at, area.row, end - at, explorer_plain, "to %ld %s  ",
                            (long)origin->pid, origin->name);
    }
    if (explorer_children_count(explorer) == 0) {
        screen_text(grid, at, area.row, end - at, explorer_dim, "no children");
        return;
    }
    children_text(target_capture(&explorer->target)->children, text);
    at += screen_text(grid, at, area.row, end - at, explorer_dim, "not counted here: ");
    screen_text(grid, at, area.row, end - at, explorer_plain, text);
}

/* ---- the list ------------------------------------------------------------------------------- */

/* Where columns begin; figures end one column before the next. */
enum { PARENT_AT = 11, DEPTH_AT = 22, STATE_AT = 29, RESIDENT_AT = 39, NAME_AT = 51 };

static const char *state_text(char state)
{
    static const struct {
        char state;
        const char *text;
    } states[] = {
        {'R', "running"}, {'S', "sleeping"}, {'D', "waiting"}, {'T', "stopped"},
        {'t', "traced"},  {'I', "idle"},     {'Z', "ended"},   {'X', "ended"},
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (states[i].state == state)
            return states[i].text;
    return "?";
}

static void draw_titles(struct screen_grid *grid, struct screen_area area)
{
    struct screen_style style = {.ink = SCREEN_GRAY, .flags = SCREEN_UNDERLINE};
    int end = area.column + area.columns;
    screen_fill(grid, area, ' ', style);
    screen_text_right(grid, area.column + PARENT_AT - 2, area.row, style, "process");
    screen_text_right(grid, area.column + DEPTH_AT - 2, area.row, style, "parent");
    screen_text_right(grid, area.column + STATE_AT - 2, area.row, style, "depth");
    screen_text(grid, area.column + STATE_AT, area.row, RESIDENT_AT - STATE_AT, style, "state");
    screen_text_right(grid, area.column + NAME_AT - 2, area.row, style, "resident");
    screen_text(grid, area.column + NAME_AT, area.row, end - area.column - NAME_AT, style, "name");
}

static void draw_number(struct screen_grid *grid, int last_column, int row, long number)
{
    char text[32];
    snprintf(text, sizeof text, "%ld", number);
    screen_text_right(grid, last_column, row, explorer_plain, text);
}

static void draw_child(const struct child_process *child, struct screen_grid *grid,
                       struct screen_area line)
{
    struct human_text room;
    int at = line.column, row = line.row;
    draw_number(grid, at + PARENT_AT - 2, row, child->pid);
    draw_number(grid, at + DEPTH_AT - 2, row, child->parent);
    draw_number(grid, at + STATE_AT - 2, row, (long)child->depth);
    screen_text(grid, at + STATE_AT, row, RESIDENT_AT - STATE_AT, explorer_plain,
                state_text(child->state));
    screen_text_right(grid, at + NAME_AT - 2, row, explorer_plain,
                      figure_bytes_text(child->resident_bytes, &room));
    screen_text(grid, at + NAME_AT, row, line.columns - NAME_AT, explorer_plain, child->name);
}

static void draw_way_back(const struct capture *origin, struct screen_grid *grid,
                          struct screen_area line)
{
    screen_format(grid, line.column, line.row, line.columns, explorer_plain, ".. %ld %s",
                  (long)origin->pid, origin->name);
}

static void mark(struct screen_grid *grid, struct screen_area line)
{
    for (int column = line.column; column < line.column + line.columns; column++)
        screen_put(grid, column, line.row, grid->cells[line.row * grid->columns + column].glyph,
                   (struct screen_style){.flags = SCREEN_REVERSE});
}

static void draw_entry(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area line, size_t entry)
{
    const struct child_process *child = explorer_children_entry(explorer, entry);
    if (child)
        draw_child(child, grid, line);
    else
        draw_way_back(explorer_children_origin(explorer), grid, line);
    if (entry == explorer_children_chosen(explorer))
        mark(grid, line);
}

/* The frame tells how many there are and what can be done. */
static void draw_frame(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area frame)
{
    const struct capture *capture = target_capture(&explorer->target);
    bool is_cut = capture->children && capture->children->is_cut;
    char title[EXPLORER_TEXT_BYTES];
    snprintf(title, sizeof title, "children of %ld %s: %zu%s", (long)capture->pid, capture->name,
             explorer_children_count(explorer), is_cut ? " or more" : "");
    screen_fill(grid, frame, ' ', explorer_plain);
    screen_frame(grid, frame, explorer_bold, title);
    screen_text(grid, frame.column + 2, frame.row + frame.rows - 1, frame.columns - 4,
                explorer_bold,
                !explorer->target.process ? " of a snapshot: none can be looked at; Esc: close "
                : explorer->trail_count   ? " Enter: look at it; Backspace: back; Esc: close "
                                          : " Enter: look at it; Esc: close ");
}

void explorer_children_view_draw(const struct explorer *explorer, struct screen_grid *grid)
{
    struct explorer_children_layout layout =
        explorer_children_layout(explorer, grid->columns, grid->rows);
    size_t count = explorer_children_entry_count(explorer);
    draw_frame(explorer, grid, layout.frame);
    draw_titles(grid, layout.titles);
    if (count == 0)
        screen_text(grid, layout.entries.column, layout.entries.row, layout.entries.columns,
                    explorer_dim, "all have ended");
    for (size_t i = 0; i < (size_t)layout.entries.rows && layout.top + i < count; i++) {
        struct screen_area line = layout.entries;
        line.row += (int)i;
        line.rows = 1;
        draw_entry(explorer, grid, line, layout.top + i);
    }
}
