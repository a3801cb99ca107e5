/* SPDX-License-Identifier: MIT */
/*
 * desk_map_view.c - a picture of the grid's pages: see desk_map_view.h.
 *
 * Asked of the library, not of the grid: steppe_query says of an address in the array whether a
 * page is there. Looking touches nothing, so no page comes by it.
 */
#include "sheet/desk/desk_map_view.h"

#include <stdio.h>

#include <steppe/region.h>

#include "common/human.h"
#include "sheet/desk/desk_paint.h"

enum {
    OPEN = 0x2588,  /* a page, with cells */
    EMPTY = 0x2593, /* a page, and no cell is used: collecting gives it back */
    PACKED = 0x2592,
    ABSENT = 0xB7,
    CURSOR = 0x25C6, /* what is under it stands in the title */
    WHOLE_COLUMNS_MAX = 64,
    WHOLE_ROWS_MAX = 32,
    RUNS_MAX = 20000,
    PAGES_MAX = 300000,
    FIGURE_LINES = 4,
    FIGURE_BYTES = 192,
    MAP_ROWS_MIN = 5
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

static struct screen_style style_of_look(uint32_t glyph)
{
    static const struct screen_style empty = {.ink = SCREEN_RED}, packed = {.ink = SCREEN_SKY};
    return glyph == OPEN ? desk_good : glyph == EMPTY ? empty : glyph == PACKED ? packed : desk_dim;
}

/* "A1:A256: a page, 200 cells in use" */
static void name_tile(const struct sheet *sheet, uint32_t down, uint32_t across, char *text,
                      size_t size_bytes)
{
    struct area area = area_of_tile(down, across);
    uint32_t look = look_of_tile(sheet, down, across);
    struct human_text count = human_count(grid_count(sheet->grid, area));
    if (look == OPEN || look == PACKED)
        snprintf(text, size_bytes, "%s: %s%s cells", area_name(area).text,
                 look == OPEN ? "a page, " : "packed, ", count.text);
    else
        snprintf(text, size_bytes, "%s: %s", area_name(area).text,
                 look == EMPTY ? "a page gone empty" : "nothing");
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
    name_tile(sheet, down, across, title, sizeof title);
    screen_frame(grid, area, desk_dim, title);
    for (int i = 0; i < inside.rows && first_down + (uint32_t)i < GRID_TILES_DOWN; i++)
        for (int j = 0; j < inside.columns && first_across + (uint32_t)j < GRID_TILES_ACROSS; j++) {
            uint32_t tile_down = first_down + (uint32_t)i, tile_across = first_across + (uint32_t)j;
            uint32_t glyph = look_of_tile(sheet, tile_down, tile_across);
            bool is_cursor = tile_down == down && tile_across == across;
            screen_put(grid, inside.column + j, inside.row + i, is_cursor ? CURSOR : glyph,
                       is_cursor ? desk_cursor_style : style_of_look(glyph));
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
                 whole.is_partial ? "the whole sheet (its first pages)" : "the whole sheet");
    for (int i = 0; i < whole.rows; i++)
        for (int j = 0; j < whole.columns; j++) {
            struct area part = part_of(&whole, i, j);
            bool is_used = has_cells(sheet, part), has_page = whole.has_page[i][j];
            uint32_t glyph = has_page ? is_used ? OPEN : EMPTY : is_used ? PACKED : ABSENT;
            bool is_cursor = area_has(part, desk_cursor(desk));
            screen_put(grid, area.column + 1 + j, area.row + 1 + i, is_cursor ? CURSOR : glyph,
                       is_cursor ? desk_cursor_style : style_of_look(glyph));
        }
}

/* ---- figures -------------------------------------------------------------------------------- */

static void draw_legend(struct screen_grid *grid, struct screen_area area)
{
    static const struct {
        uint32_t glyph;
        const char *meaning;
    } legend[] = {{OPEN, "a page: 256 cells of a column"},
                  {PACKED, "few cells, packed"},
                  {EMPTY, "a page gone empty"},
                  {ABSENT, "nothing"},
                  {CURSOR, "the cursor"}};
    int at = area.column, end = area.column + area.columns;
    for (size_t i = 0; i < sizeof legend / sizeof *legend; i++) {
        int wide = screen_columns_of(legend[i].meaning);
        if (at + 2 + wide > end)
            break;
        screen_put(grid, at, area.row, legend[i].glyph, style_of_look(legend[i].glyph));
        at += 2 + screen_text(grid, at + 2, area.row, wide, desk_plain, legend[i].meaning) + 3;
    }
}

/* From the most important on, as many lines as there is room for. */
static void draw_figures(const struct desk *desk, struct screen_grid *grid, struct screen_area area)
{
    struct grid_statistics figures = grid_statistics_of(desk_sheet(desk)->grid);
    uint64_t charged = steppe_budget_charged_bytes(desk->book->budget);
    char lines[FIGURE_LINES][FIGURE_BYTES];
    snprintf(lines[0], FIGURE_BYTES, "memory in use: %s pages, %s, for %s cells of this sheet",
             human_count(figures.cell_bytes / GRID_TILE_BYTES).text,
             human_bytes(figures.cell_bytes).text, human_count(desk->counts.used).text);
    snprintf(lines[1], FIGURE_BYTES, "reserved: %s of addresses for %s cells; that costs nothing",
             human_bytes(figures.reserved_bytes).text, human_count((uint64_t)ROWS * COLUMNS).text);
    snprintf(lines[2], FIGURE_BYTES,
             "packed: %s cells in %s places; bookkeeping %s; %s page faults",
             human_count(figures.packed_cells).text, human_count(figures.packed_tiles).text,
             human_bytes(figures.bookkeeping_bytes).text, human_count(figures.fault_count).text);
    snprintf(lines[3], FIGURE_BYTES, "the workbook: %s in all, %s of it for undo; resident %s",
             human_bytes(charged).text, human_bytes(edit_committed_bytes(desk->edit)).text,
             human_bytes(desk->resident_bytes).text);
    for (int i = 0; i < FIGURE_LINES && i + 1 < area.rows; i++)
        screen_text(grid, area.column, area.row++, area.columns, desk_plain, lines[i]);
    draw_legend(grid, area);
}

/* On a low screen the maps are more important than the figures. */
void desk_map_view_draw(const struct desk *desk, struct screen_grid *grid,
                        const struct desk_layout *layout)
{
    struct screen_area all = {0, 1, layout->columns, layout->tabs_row - 1};
    int figure_rows = FIGURE_LINES + 1;
    if (all.rows - figure_rows < MAP_ROWS_MIN)
        figure_rows = all.rows - MAP_ROWS_MIN < 1 ? 1 : all.rows - MAP_ROWS_MIN;
    screen_fill(grid, all, ' ', desk_plain);
    draw_figures(desk, grid, (struct screen_area){1, 1, all.columns - 2, figure_rows});
    int top = all.row + figure_rows, rows = layout->tabs_row - top, half = layout->columns / 2;
    if (rows < 3)
        return;
    draw_surroundings(desk, grid, (struct screen_area){0, top, half, rows});
    draw_whole(desk, grid, (struct screen_area){half, top, layout->columns - half, rows});
}
