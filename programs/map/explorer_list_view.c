/* SPDX-License-Identifier: MIT */
/* explorer_list_view.c - titles and lines, column by column: see explorer_list_view.h. */
#include "map/explorer_list_view.h"

#include <inttypes.h>
#include <stdio.h>

#include "map/explorer_look.h"

/* ---- titles --------------------------------------------------------------------------------- */

/* The last column of a text that ends at the right: the one behind it is free. */
static int right_end(const struct explorer_column *column)
{
    return column->area.column + column->area.columns - 2;
}

static int order_of_list(const struct explorer *explorer)
{
    return explorer->shows_difference ? (int)explorer->difference_order
                                      : (int)explorer->choice.order;
}

/* Figures begin with the largest. */
static bool is_falling(const struct explorer *explorer, const struct explorer_column *column)
{
    bool is_reversed = explorer->shows_difference ? explorer->is_difference_reversed
                                                  : explorer->choice.is_reversed;
    return column->is_right != is_reversed;
}

/* The title of what the list is sorted by is reversed, with a mark behind it. */
static void draw_title(const struct explorer *explorer, struct screen_grid *grid,
                       const struct explorer_column *column)
{
    struct screen_style style = {.ink = SCREEN_GRAY, .flags = SCREEN_UNDERLINE};
    int row = column->area.row, columns = screen_columns_of(column->title);
    int at = column->is_right ? right_end(column) + 1 - columns : column->area.column;
    bool is_sorted = column->order == order_of_list(explorer);
    screen_fill(grid, column->area, ' ', style);
    style.flags |= is_sorted ? SCREEN_REVERSE : 0;
    screen_text(grid, at, row, columns, style, column->title);
    if (is_sorted)
        screen_put(grid, at + columns, row, is_falling(explorer, column) ? 'v' : '^', style);
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void draw_bytes(struct screen_grid *grid, const struct explorer_column *column, int row,
                       uint64_t bytes)
{
    struct human_text room;
    screen_text_right(grid, right_end(column), row, bytes == 0 ? explorer_dim : explorer_plain,
                      figure_bytes_text(bytes, &room));
}

static void draw_delta(struct screen_grid *grid, const struct explorer_column *column, int row,
                       uint64_t before, uint64_t after)
{
    struct human_text room;
    screen_text_right(grid, right_end(column), row, before == after ? explorer_dim : explorer_plain,
                      difference_bytes_text(before, after, &room));
}

static void draw_change(const struct difference_region *change, struct screen_grid *grid,
                        const struct explorer_column *column, int row)
{
    static const uint8_t inks[] = {SCREEN_GREEN, SCREEN_ORANGE, SCREEN_SKY};
    struct figures before = difference_figures_before(change);
    struct figures after = difference_figures_after(change);
    struct screen_style style = {.ink = inks[change->change], .flags = SCREEN_BOLD};
    if (column->what == EXPLORER_COLUMN_RESIDENT_CHANGE)
        draw_delta(grid, column, row, before.resident_bytes, after.resident_bytes);
    else if (column->what == EXPLORER_COLUMN_COMMITTED_CHANGE)
        draw_delta(grid, column, row, before.committed_bytes, after.committed_bytes);
    else
        screen_text(grid, column->area.column, row, column->area.columns - 1, style,
                    difference_change_name(change->change));
}

static void draw_name(const struct capture *capture, const struct region *region,
                      struct screen_grid *grid, const struct explorer_column *column, int row)
{
    char text[EXPLORER_TEXT_BYTES];
    explorer_look_short_name(grid, column->area.column, row, column->area.columns,
                             *region->name ? explorer_plain : explorer_dim,
                             explorer_look_region_name(capture, region, text));
}

/* The few that are longer than the column keep their end. */
static void draw_address(uint64_t address, struct screen_grid *grid,
                         const struct explorer_column *column, int row)
{
    char text[32];
    snprintf(text, sizeof text, "%012" PRIx64, address);
    explorer_look_name(grid, column->area.column, row, column->area.columns - 1, explorer_plain,
                       text);
}

static void draw_region(const struct capture *capture, const struct region *region,
                        struct screen_grid *grid, const struct explorer_column *column, int row)
{
    const struct figures *figures = &region->figures;
    int at = column->area.column, columns = column->area.columns - 1;
    if (column->what == EXPLORER_COLUMN_ADDRESS)
        draw_address(region->start, grid, column, row);
    else if (column->what == EXPLORER_COLUMN_ACCESS)
        screen_text(grid, at, row, columns, explorer_dim, region->protection);
    else if (column->what == EXPLORER_COLUMN_SIZE)
        draw_bytes(grid, column, row, region_size_bytes(region));
    else if (column->what == EXPLORER_COLUMN_RESIDENT)
        draw_bytes(grid, column, row, figures->resident_bytes);
    else if (column->what == EXPLORER_COLUMN_COMMITTED)
        draw_bytes(grid, column, row, figures->committed_bytes);
    else if (column->what == EXPLORER_COLUMN_DIRTY)
        draw_bytes(grid, column, row, figures->dirty_bytes);
    else if (column->what == EXPLORER_COLUMN_SWAPPED)
        draw_bytes(grid, column, row, figures->swapped_bytes);
    else if (column->what == EXPLORER_COLUMN_NAME)
        draw_name(capture, region, grid, column, row);
}

static void draw_line(const struct explorer *explorer, struct screen_grid *grid,
                      const struct explorer_layout *layout, size_t line, int row)
{
    const struct difference_region *change =
        explorer->shows_difference ? &explorer->difference.regions[line] : NULL;
    const struct capture *now = target_capture(&explorer->target);
    const struct capture *capture = change && !change->after ? &explorer->baseline : now;
    const struct region *region =
        change ? difference_shown(change) : &now->regions[explorer->chosen[line]];
    screen_put(grid, layout->list.column, row, (unsigned char)explorer_look_letter(region->kind),
               explorer_look_of_kind(region->kind));
    for (size_t i = 0; i < layout->column_count; i++) {
        const struct explorer_column *column = &layout->columns[i];
        bool is_of_change = column->what == EXPLORER_COLUMN_CHANGE ||
                            column->what == EXPLORER_COLUMN_RESIDENT_CHANGE ||
                            column->what == EXPLORER_COLUMN_COMMITTED_CHANGE;
        if (change && is_of_change)
            draw_change(change, grid, column, row);
        else
            draw_region(capture, region, grid, column, row);
    }
}

/* One look for the whole line: reversed colours would be a patchwork. */
static void mark_line(const struct explorer *explorer, struct screen_grid *grid,
                      struct screen_area area, int row)
{
    bool has_focus = explorer->focus == EXPLORER_LIST;
    struct screen_style style = {.flags = has_focus ? SCREEN_REVERSE : SCREEN_UNDERLINE};
    for (int column = area.column; column < area.column + area.columns; column++)
        grid->cells[row * grid->columns + column].style = style;
}

static void scroll_list(struct explorer *explorer, size_t rows)
{
    if (explorer->line < explorer->top_line)
        explorer->top_line = explorer->line;
    if (explorer->line >= explorer->top_line + rows)
        explorer->top_line = explorer->line - rows + 1;
    if (explorer->top_line + rows > explorer->line_count)
        explorer->top_line = explorer->line_count > rows ? explorer->line_count - rows : 0;
}

void explorer_list_view_draw(struct explorer *explorer, struct screen_grid *grid,
                             const struct explorer_layout *layout)
{
    struct screen_area area = layout->list;
    size_t rows = (size_t)(area.rows - 1);
    scroll_list(explorer, rows);
    for (size_t i = 0; i < layout->column_count; i++)
        draw_title(explorer, grid, &layout->columns[i]);
    if (explorer->line_count == 0)
        screen_text(grid, area.column + 2, area.row + 1, area.columns - 2, explorer_dim,
                    explorer->shows_difference
                        ? "nothing came, went or changed"
                        : "no region is so (f: filter, k: kinds, r: resident)");
    for (size_t i = 0; i < rows && explorer->top_line + i < explorer->line_count; i++) {
        int row = area.row + 1 + (int)i;
        draw_line(explorer, grid, layout, explorer->top_line + i, row);
        if (explorer->top_line + i == explorer->line)
            mark_line(explorer, grid, area, row);
    }
}
