/* SPDX-License-Identifier: MIT */
/* explorer_map_view.c - the map and its legend: see explorer_map_view.h. */
#include "map/explorer_map_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "map/explorer_look.h"

enum { FULL_GLYPH = 0x2588, CURSOR_GLYPH = 0x25C6, EMPTY_CURSOR_GLYPH = 0xD7 };

/* What a cell is said to be: the first of these that any of its pages is. */
enum tile_sort {
    TILE_CAME,
    TILE_WENT,
    TILE_SWAPPED,
    TILE_USED, /* a slot in use is there */
    TILE_DIRTY,
    TILE_RESIDENT,
    TILE_COMMITTED,
    TILE_ZERO,
    TILE_EMPTY,
    TILE_SORTS
};

static const struct {
    uint8_t ink;
    char letter;
    const char *name;
} tile_looks[TILE_SORTS] = {
    [TILE_CAME] = {SCREEN_GREEN, '+', "came"},
    [TILE_WENT] = {SCREEN_RED, '-', "went"},
    [TILE_SWAPPED] = {SCREEN_PURPLE, 's', "swapped"},
    [TILE_USED] = {SCREEN_YELLOW, 'u', "slots in use"},
    [TILE_DIRTY] = {SCREEN_ORANGE, 'd', "dirty"},
    [TILE_RESIDENT] = {SCREEN_GREEN, 'r', "resident"},
    [TILE_COMMITTED] = {SCREEN_SKY, 'c', "committed"},
    [TILE_ZERO] = {SCREEN_GRAY, 'z', "zeros"},
    [TILE_EMPTY] = {SCREEN_DARK, '.', "nothing"},
};

struct tile {
    enum tile_sort sort;
    uint64_t part, of; /* pages of that sort */
};

/* Pages of the runs [first, first + count) that lie in a cell; runs are in order. */
static uint64_t pages_of_runs(const struct difference_run *runs, size_t first, size_t count,
                              uint64_t start, uint64_t end, size_t page_bytes)
{
    uint64_t sum = 0;
    size_t low = first, high = first + count; /* the first run that ends behind start */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].address + runs[middle].page_count * page_bytes <= start)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < first + count && runs[i].address < end; i++) {
        uint64_t last = runs[i].address + runs[i].page_count * page_bytes;
        uint64_t from = runs[i].address > start ? runs[i].address : start;
        sum += ((last < end ? last : end) - from) / page_bytes;
    }
    return sum;
}

static void tell_change(const struct explorer *explorer, uint64_t start, uint64_t end,
                        struct tile *tile)
{
    const struct difference *difference = &explorer->difference;
    const struct difference_region *change = explorer_change(explorer);
    size_t page_bytes = explorer_map_capture(explorer)->page_bytes;
    if (!change || explorer->shows_all)
        return;
    uint64_t came = pages_of_runs(difference->came, change->first_came, change->came_count, start,
                                  end, page_bytes);
    uint64_t went = pages_of_runs(difference->went, change->first_went, change->went_count, start,
                                  end, page_bytes);
    if (came)
        *tile = (struct tile){TILE_CAME, came, tile->of};
    else if (went)
        *tile = (struct tile){TILE_WENT, went, tile->of};
}

static void tell_reservation(const struct explorer *explorer, uint64_t start, uint64_t end,
                             struct tile *tile)
{
    const struct reservation *reservation = reservation_at(&explorer->reservations, start);
    uint64_t page_bytes = explorer_map_capture(explorer)->page_bytes;
    if (!reservation)
        return;
    uint64_t used_bytes = reservation_used_in(reservation, start, end);
    uint64_t bytes = reservation_committed_in(reservation, start, end);
    if (used_bytes && tile->sort > TILE_USED)
        *tile = (struct tile){TILE_USED, (used_bytes + page_bytes - 1) / page_bytes, tile->of};
    else if (bytes && tile->sort > TILE_COMMITTED)
        *tile = (struct tile){TILE_COMMITTED, (bytes + page_bytes - 1) / page_bytes, tile->of};
}

static struct tile tile_of(const struct page_cell *cell)
{
    struct tile tile = {.sort = TILE_EMPTY, .of = cell->page_count};
    if (cell->swapped)
        tile.sort = TILE_SWAPPED, tile.part = cell->swapped;
    else if (cell->dirty)
        tile.sort = TILE_DIRTY, tile.part = cell->resident;
    else if (cell->resident)
        tile.sort = TILE_RESIDENT, tile.part = cell->resident;
    else if (cell->zero)
        tile.sort = TILE_ZERO, tile.part = cell->zero;
    return tile;
}

static uint32_t glyph_of(const struct tile *tile, bool has_letters)
{
    char letter = tile_looks[tile->sort].letter;
    if (has_letters || tile->sort == TILE_CAME || tile->sort == TILE_WENT)
        return (uint32_t)(tile->part == tile->of && letter >= 'a' ? letter - 'a' + 'A' : letter);
    if (tile->sort == TILE_EMPTY)
        return 0xB7;
    if (tile->part >= tile->of)
        return FULL_GLYPH;
    return tile->part >= tile->of / 2 ? 0x2593 : tile->part >= tile->of / 8 ? 0x2592 : 0x2591;
}

static struct screen_style style_of_tile(const struct explorer *explorer, const struct tile *tile,
                                         const struct page_cell *cell)
{
    struct screen_style style = {.ink = tile_looks[tile->sort].ink};
    const struct capture *capture = explorer_map_capture(explorer);
    if (explorer->shows_all && tile->sort == TILE_EMPTY &&
        cell->region_index < capture->region_count)
        style.ink = explorer_look_of_kind(capture->regions[cell->region_index].kind).ink;
    return style;
}

/* The cell keeps its glyph: it may be the only one with something in it. A full block reversed
 * would look like a hole, and a dot reversed like something, so these two become others. */
static uint32_t mark_cursor(uint32_t glyph, bool has_focus, struct screen_style *style)
{
    bool is_full = glyph == FULL_GLYPH, is_empty = glyph == 0xB7;
    if (has_focus || (!is_full && !is_empty))
        style->flags |= SCREEN_REVERSE;
    style->flags |= has_focus ? SCREEN_BOLD : 0;
    return is_full ? CURSOR_GLYPH : is_empty ? EMPTY_CURSOR_GLYPH : glyph;
}

static void draw_cell(const struct explorer *explorer, struct screen_grid *grid,
                      struct screen_area area, const struct page_cell *cell, int column, int row)
{
    const struct capture *capture = explorer_map_capture(explorer);
    struct tiles_span span = tiles_span_at(&explorer->tiles, column, row);
    uint64_t base = explorer_map_base(explorer);
    uint64_t start = capture_address_of_place(capture, base + span.first);
    uint64_t end =
        capture_address_of_place(capture, base + span.first + span.count - 1) + capture->page_bytes;
    struct tile tile = tile_of(cell);
    if (explorer->reservations.count)
        tell_reservation(explorer, start, end, &tile);
    if (explorer->shows_difference)
        tell_change(explorer, start, end, &tile);
    uint32_t glyph = glyph_of(&tile, explorer->shows_letters);
    struct screen_style style = style_of_tile(explorer, &tile, cell);
    if (explorer->page >= span.first && explorer->page - span.first < span.count)
        glyph = mark_cursor(glyph, explorer->focus == EXPLORER_MAP, &style);
    screen_put(grid, area.column + column, area.row + row, glyph, style);
}

static void draw_cells(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area area)
{
    const struct tiles *tiles = &explorer->tiles;
    size_t count = (size_t)area.columns * (size_t)area.rows;
    uint64_t base = explorer_map_base(explorer);
    struct page_cell *cells = calloc(count, sizeof *cells);
    if (!cells) {
        screen_text(grid, area.column, area.row, area.columns, explorer_bad, "out of memory");
        return;
    }
    capture_fill_cells(explorer_map_capture(explorer), base + tiles->first, tiles->units_per_cell,
                       base + tiles->unit_count, cells, count);
    for (int row = 0; row < area.rows; row++)
        for (int column = 0; column < area.columns; column++) {
            const struct page_cell *cell = &cells[row * area.columns + column];
            if (cell->page_count)
                draw_cell(explorer, grid, area, cell, column, row);
        }
    free(cells);
}

static void draw_legend(const struct explorer *explorer, struct screen_grid *grid,
                        struct screen_area frame)
{
    int at = frame.column + 2, row = frame.row + frame.rows - 1;
    for (int sort = 0; sort < TILE_SORTS; sort++) {
        bool is_change = sort == TILE_CAME || sort == TILE_WENT;
        if (is_change != explorer->shows_difference && is_change)
            continue;
        bool is_steppe = sort == TILE_COMMITTED || sort == TILE_USED;
        if (is_steppe && !explorer->reservations.count)
            continue;
        char text[EXPLORER_TEXT_BYTES];
        struct tile whole = {.sort = (enum tile_sort)sort, .part = 1, .of = 1};
        int room = frame.column + frame.columns - 1 - at;
        snprintf(text, sizeof text, " %s ", tile_looks[sort].name);
        if (screen_columns_of(text) + 1 > room)
            break;
        screen_put(grid, at, row, glyph_of(&whole, explorer->shows_letters),
                   (struct screen_style){.ink = tile_looks[sort].ink});
        at += 1 + screen_text(grid, at + 1, row, room - 1, explorer_dim, text);
    }
}

/* "this region: 516 pages, 4.0 KiB a cell", and which of them, where not all have room. */
static void write_title(const struct explorer *explorer, char *title, size_t bytes)
{
    const struct tiles *tiles = &explorer->tiles;
    uint64_t each = tiles->units_per_cell, cells = (uint64_t)tiles->columns * (uint64_t)tiles->rows;
    uint64_t left = tiles->unit_count - tiles->first, shown = left;
    struct human_text room;
    if (tiles->unit_count == 0) {
        snprintf(title, bytes, "no region");
        return;
    }
    if (left / each >= cells)
        shown = cells * each;
    int used = snprintf(
        title, bytes, "%s: %s %s, %s a cell", explorer->shows_all ? "all regions" : "this region",
        human_count(tiles->unit_count).text, tiles->unit_count == 1 ? "page" : "pages",
        each == 1 ? "one"
                  : figure_bytes_text(each * explorer_map_capture(explorer)->page_bytes, &room));
    if (shown < tiles->unit_count && shown > 0)
        snprintf(title + used, bytes - (size_t)used, "; %s-%s here", human_count(tiles->first).text,
                 human_count(tiles->first + shown - 1).text);
}

void explorer_map_view_draw(struct explorer *explorer, struct screen_grid *grid,
                            struct screen_area area)
{
    struct screen_area frame = {area.column - 1, area.row - 1, area.columns + 2, area.rows + 2};
    const struct capture *capture = explorer_map_capture(explorer);
    char title[EXPLORER_TEXT_BYTES];
    tiles_resize(&explorer->tiles, explorer->tiles.unit_count, area.columns, area.rows);
    write_title(explorer, title, sizeof title);
    screen_frame(grid, frame, explorer->focus == EXPLORER_MAP ? explorer_bold : explorer_dim,
                 title);
    if (capture->cost.why_no_pages)
        screen_text(grid, area.column, area.row, area.columns, explorer_dim,
                    capture->cost.why_no_pages);
    else if (explorer->tiles.unit_count)
        draw_cells(explorer, grid, area);
    draw_legend(explorer, grid, frame);
}
