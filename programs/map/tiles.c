/* SPDX-License-Identifier: MIT */
/* tiles.c - units as cells: see tiles.h. */
#include "map/tiles.h"

#include <assert.h>

enum { ZOOM_MAX = 63 };

bool tiles_is_valid(const struct tiles *tiles)
{
    uint64_t each = tiles->units_per_cell;
    return each != 0 && (each & (each - 1)) == 0 && tiles->first % each == 0 &&
           (tiles->unit_count == 0 || tiles->first < tiles->unit_count);
}

static uint64_t cell_count(const struct tiles *tiles)
{
    return (uint64_t)tiles->columns * (uint64_t)tiles->rows;
}

static uint64_t cells_for(const struct tiles *tiles, uint64_t each)
{
    return tiles->unit_count / each + (tiles->unit_count % each != 0);
}

/* The smallest power of two with which all units find a cell. */
static uint64_t fitting(const struct tiles *tiles)
{
    uint64_t each = 1, room = cell_count(tiles);
    if (room == 0)
        return 1;
    while (each < UINT64_C(1) << ZOOM_MAX && cells_for(tiles, each) > room)
        each *= 2;
    return each;
}

/* The last line of units stays on the screen, and no emptiness stands before the first. */
static void settle(struct tiles *tiles)
{
    uint64_t each = tiles->units_per_cell, columns = (uint64_t)tiles->columns;
    uint64_t cells = cells_for(tiles, each), room = cell_count(tiles);
    uint64_t lines = columns ? cells / columns + (cells % columns != 0) : 0;
    uint64_t last = cells <= room || room == 0 ? 0 : (lines - (uint64_t)tiles->rows) * columns;
    uint64_t first = tiles->first / each;
    tiles->first = (first < last ? first : last) * each;
    assert(tiles_is_valid(tiles));
}

void tiles_fit(struct tiles *tiles)
{
    tiles->is_fitted = true;
    tiles->first = 0;
    tiles->units_per_cell = fitting(tiles);
}

void tiles_resize(struct tiles *tiles, uint64_t unit_count, int columns, int rows)
{
    tiles->unit_count = unit_count;
    tiles->columns = columns > 0 ? columns : 0;
    tiles->rows = rows > 0 ? rows : 0;
    if (tiles->units_per_cell == 0 || tiles->is_fitted) {
        tiles_fit(tiles);
        return;
    }
    settle(tiles);
}

void tiles_zoom(struct tiles *tiles, int steps, uint64_t unit)
{
    uint64_t farthest = fitting(tiles), each = tiles->units_per_cell;
    uint64_t before = unit >= tiles->first ? (unit - tiles->first) / each : 0;
    if (before >= cell_count(tiles))
        before = 0;
    for (; steps > 0 && each > 1; steps--)
        each /= 2;
    for (; steps < 0 && each < farthest; steps++)
        each *= 2;
    tiles->is_fitted = each == farthest;
    tiles->units_per_cell = each;
    uint64_t cell = unit / each;
    tiles->first = (cell > before ? cell - before : 0) * each;
    settle(tiles);
}

void tiles_scroll(struct tiles *tiles, int64_t rows)
{
    uint64_t each = tiles->units_per_cell, first = tiles->first / each;
    uint64_t most = cells_for(tiles, each), far = rows < 0 ? 0 - (uint64_t)rows : (uint64_t)rows;
    uint64_t cells;
    if (__builtin_mul_overflow(far, (uint64_t)tiles->columns, &cells) || cells > most)
        cells = most;
    if (rows < 0)
        first = first > cells ? first - cells : 0;
    else
        first += cells; /* both are at most 2^64 / each units, and settle has the last word */
    tiles->first = (first < most ? first : most) * each;
    settle(tiles);
}

void tiles_reveal(struct tiles *tiles, uint64_t unit)
{
    int column, row;
    uint64_t each = tiles->units_per_cell, columns = (uint64_t)tiles->columns;
    if (columns == 0 || unit >= tiles->unit_count || tiles_find(tiles, unit, &column, &row))
        return;
    uint64_t above = unit < tiles->first ? 0 : (uint64_t)(tiles->rows > 0 ? tiles->rows - 1 : 0);
    uint64_t line = unit / each / columns;
    tiles->first = (line > above ? line - above : 0) * columns * each;
    settle(tiles);
}

struct tiles_span tiles_span_at(const struct tiles *tiles, int column, int row)
{
    struct tiles_span none = {TILES_NONE, 0};
    if (column < 0 || row < 0 || column >= tiles->columns || row >= tiles->rows)
        return none;
    uint64_t each = tiles->units_per_cell;
    uint64_t cell = (uint64_t)row * (uint64_t)tiles->columns + (uint64_t)column, behind;
    if (__builtin_mul_overflow(cell, each, &behind) || behind >= tiles->unit_count - tiles->first)
        return none;
    uint64_t first = tiles->first + behind, left = tiles->unit_count - first;
    return (struct tiles_span){first, left < each ? left : each};
}

bool tiles_find(const struct tiles *tiles, uint64_t unit, int *column, int *row)
{
    if (unit < tiles->first || unit >= tiles->unit_count || tiles->columns == 0)
        return false;
    uint64_t cell = (unit - tiles->first) / tiles->units_per_cell;
    if (cell >= cell_count(tiles))
        return false;
    *column = (int)(cell % (uint64_t)tiles->columns);
    *row = (int)(cell / (uint64_t)tiles->columns);
    return true;
}
