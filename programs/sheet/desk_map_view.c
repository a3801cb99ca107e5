/* SPDX-License-Identifier: MIT */
/*
 * desk_map_view.c - a picture of the grid's pages: see desk_map_view.h.
 *
 * Asked of the library, not of the grid: steppe_query says of an address in the array whether a
 * page is there. Looking touches nothing, so no page comes by it.
 */
#include "sheet/desk_map_view.h"

#include <stdio.h>

#include <steppe/region.h>

#include "common/human.h"
#include "sheet/desk_paint.h"

enum {
    OPEN = 0x2588,  /* a page, with cells */
    EMPTY = 0x2593, /* a page, and no cell is used: collecting gives it back */
    PACKED = 0x2592,
    ABSENT = 0xB7,
    WHOLE_COLUMNS_MAX = 64,
    WHOLE_ROWS_MAX = 32,
    RUNS_MAX = 20000,
    PAGES_MAX = 300000,
    FIGURE_ROWS = 5,
    KEPT_FREE = 3
};

static bool has_cells(const struct sheet *sheet, struct area area)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    return grid_walk_next(&walk) != NULL;
}

static struct area area_of_tile(uint32_t down, uint32_t across)
{
    struct position first = {down * GRID_TILE_ROWS, across * GRID_TILE_COLUMNS};
    struct position last = {first.row + GRID_TILE_ROWS - 1, first.column + GRID_TILE_COLUMNS - 1};
    return area_of(first, last);
}

static uint32_t look_of_tile(const struct sheet *sheet, uint32_t down, uint32_t across)
{
    struct area area = area_of_tile(down, across);
    steppe_run run;
    bool is_used = has_cells(sheet, area);
    bool has_page =
        steppe_query(grid_cells(sheet->grid) + grid_index(area.first), &run) == STEPPE_OK &&
        run.state == STEPPE_COMMITTED;
    if (has_page)
        return is_used ? OPEN : EMPTY;
    return is_used ? PACKED : ABSENT;
}

/* ---- around the cursor ---------------------------------------------------------------------- */

static uint32_t first_tile(uint32_t at, int shown, uint32_t limit)
{
    uint32_t half = (uint32_t)shown / 2, room = (uint32_t)shown;
    uint32_t first = at > half ? at - half : 0;
    return first + room > limit ? (limit > room ? limit - room : 0) : first;
}

static void draw_surroundings(const struct desk *desk, struct screen_grid *grid,
                              struct screen_area area)
{
    const struct sheet *sheet = desk_sheet(desk);
    struct position cursor = desk_cursor(desk);
    uint32_t down = cursor.row / GRID_TILE_ROWS, across = cursor.column / GRID_TILE_COLUMNS;
    struct screen_area inside = {area.column + 1, area.row + 1, area.columns - 2, area.rows - 2};
    uint32_t first_down = first_tile(down, inside.rows, GRID_TILES_DOWN);
    uint32_t first_across = first_tile(across, inside.columns, GRID_TILES_ACROSS);
    char title[96];
    snprintf(title, sizeof title, "around %s: a character is a page",
             area_name(area_of_tile(down, across)).text);
    screen_frame(grid, area, desk_dim, title);
    for (int i = 0; i < inside.rows && first_down + (uint32_t)i < GRID_TILES_DOWN; i++)
        for (int j = 0; j < inside.columns && first_across + (uint32_t)j < GRID_TILES_ACROSS; j++) {
            uint32_t tile_down = first_down + (uint32_t)i, tile_across = first_across + (uint32_t)j;
            uint32_t glyph = look_of_tile(sheet, tile_down, tile_across);
            bool is_cursor = tile_down == down && tile_across == across;
            struct screen_style style = is_cursor         ? desk_cursor_style
                                        : glyph == OPEN   ? desk_good
                                        : glyph == EMPTY  ? (struct screen_style){.ink = SCREEN_RED}
                                        : glyph == PACKED ? (struct screen_style){.ink = SCREEN_SKY}
                                                          : desk_dim;
            screen_put(grid, inside.column + j, inside.row + i, glyph, style);
        }
}

/* ---- the whole sheet ------------------------------------------------------------------------ */

struct whole {
    int columns, rows;
    bool has_page[WHOLE_ROWS_MAX][WHOLE_COLUMNS_MAX];
    bool is_partial; /* there were too many pages to look at all */
};

static void mark_page(struct whole *whole, uint64_t index)
{
    struct position position = grid_position(index);
    size_t row = (size_t)((uint64_t)position.row * (uint64_t)whole->rows / ROWS);
    size_t column = (size_t)((uint64_t)position.column * (uint64_t)whole->columns / COLUMNS);
    whole->has_page[row][column] = true;
}

static void mark_pages(struct whole *whole, const struct sheet *sheet)
{
    char *base = (char *)grid_cells(sheet->grid);
    size_t run_count = 0, page_count = 0;
    for (steppe_run run = steppe_first_run(base); run.size_bytes; run = steppe_next_run(run)) {
        if (++run_count > RUNS_MAX || page_count > PAGES_MAX) {
            whole->is_partial = true;
            return;
        }
        if (run.state != STEPPE_COMMITTED)
            continue;
        uint64_t first = (uint64_t)((char *)run.base - base) / GRID_TILE_BYTES;
        uint64_t count = run.size_bytes / GRID_TILE_BYTES;
        for (uint64_t i = 0; i < count && page_count <= PAGES_MAX; i++, page_count++)
            mark_page(whole, (first + i) * GRID_TILE_CELLS);
    }
}

/* The part of the sheet that one character stands for. */
static struct area part_of(const struct whole *whole, int row, int column)
{
    uint64_t rows = (uint64_t)whole->rows, columns = (uint64_t)whole->columns;
    struct position first = {(uint32_t)(((uint64_t)row * ROWS + rows - 1) / rows),
                             (uint32_t)(((uint64_t)column * COLUMNS + columns - 1) / columns)};
    struct position last = {(uint32_t)((((uint64_t)row + 1) * ROWS - 1) / rows),
                            (uint32_t)((((uint64_t)column + 1) * COLUMNS - 1) / columns)};
    return area_of(first, last);
}

static void draw_whole(const struct desk *desk, struct screen_grid *grid, struct screen_area area)
{
    const struct sheet *sheet = desk_sheet(desk);
    struct whole whole = {.columns = area.columns - 2, .rows = area.rows - 2};
    if (whole.columns > WHOLE_COLUMNS_MAX)
        whole.columns = WHOLE_COLUMNS_MAX;
    if (whole.rows > WHOLE_ROWS_MAX)
        whole.rows = WHOLE_ROWS_MAX;
    area.columns = whole.columns + 2;
    area.rows = whole.rows + 2;
    mark_pages(&whole, sheet);
    screen_frame(grid, area, desk_dim,
                 whole.is_partial ? "the sheet (first pages)" : "the whole sheet");
    for (int i = 0; i < whole.rows; i++)
        for (int j = 0; j < whole.columns; j++) {
            struct area part = part_of(&whole, i, j);
            bool is_used = has_cells(sheet, part), has_page = whole.has_page[i][j];
            uint32_t glyph = has_page ? is_used ? OPEN : EMPTY : is_used ? PACKED : ABSENT;
            struct screen_style style = area_has(part, desk_cursor(desk)) ? desk_cursor_style
                                        : has_page                        ? desk_good
                                                                          : desk_dim;
            screen_put(grid, area.column + 1 + j, area.row + 1 + i, glyph, style);
        }
}

/* ---- figures -------------------------------------------------------------------------------- */

static void draw_figures(const struct desk *desk, struct screen_grid *grid, struct screen_area area)
{
    struct grid_statistics figures = grid_statistics_of(desk_sheet(desk)->grid);
    uint64_t charged = steppe_budget_charged_bytes(desk->book->budget);
    int row = area.row, width = area.columns;
    screen_format(grid, area.column, row++, width, desk_plain,
                  "%s reserved for %s cells, %s committed: %s pages",
                  human_bytes(figures.reserved_bytes).text,
                  human_count((uint64_t)ROWS * COLUMNS).text, human_bytes(figures.cell_bytes).text,
                  human_count(figures.cell_bytes / GRID_TILE_BYTES).text);
    screen_format(grid, area.column, row++, width, desk_plain,
                  "open %s  packed %s, with %s cells  bookkeeping %s  faults %s",
                  human_count(figures.open_tiles).text, human_count(figures.packed_tiles).text,
                  human_count(figures.packed_cells).text,
                  human_bytes(figures.bookkeeping_bytes).text,
                  human_count(figures.fault_count).text);
    screen_format(grid, area.column, row++, width, desk_plain,
                  "the workbook: %s committed in all, %s for undo; resident %s",
                  human_bytes(charged).text, human_bytes(edit_committed_bytes(desk->edit)).text,
                  human_bytes(desk->resident_bytes).text);
    int at = area.column;
    static const struct {
        uint32_t glyph;
        const char *meaning;
    } legend[] = {{OPEN, "page with cells"},
                  {EMPTY, "page without"},
                  {PACKED, "packed"},
                  {ABSENT, "nothing"}};
    for (size_t i = 0; i < sizeof legend / sizeof *legend; i++) {
        screen_put(grid, at, row, legend[i].glyph, desk_plain);
        at += 2 + screen_text(grid, at + 2, row, width - at, desk_dim, legend[i].meaning) + 2;
    }
}

void desk_map_view_draw(const struct desk *desk, struct screen_grid *grid,
                        const struct desk_layout *layout)
{
    struct screen_area all = {0, 1, layout->columns, layout->tabs_row - 1};
    screen_fill(grid, all, ' ', desk_plain);
    draw_figures(desk, grid, (struct screen_area){1, 1, all.columns - 2, FIGURE_ROWS});
    int top = 1 + FIGURE_ROWS - 1, rows = layout->tabs_row - top, half = layout->columns / 2;
    if (rows < KEPT_FREE)
        return;
    draw_surroundings(desk, grid, (struct screen_area){0, top, half, rows});
    draw_whole(desk, grid, (struct screen_area){half, top, layout->columns - half, rows});
}
