/* SPDX-License-Identifier: MIT */
/*
 * grid_inside.h - what grid.c and grid_walk.c have in common: where tiles lie, and what is known of
 * them. For nobody else.
 *
 * What is known about tiles lies in two sets (bits.h): tiles that are present, which is open or
 * packed, and tiles that are open. 64 tiles one below the other, a word of these sets, are a block.
 * Blocks are numbered along the rows:
 *
 *    tile  =  (row of blocks * GRID_TILES_ACROSS + tile column) * 64 + tile in the block
 *
 * So does the memory lie: 2 MiB of it, one page of the kernel's page tables, are 8 blocks side by
 * side. Numbered straight down the columns a single row would cost as much in page tables, and in
 * bits, as in cells.
 */
#ifndef STEPPE_SHEET_GRID_INSIDE_H
#define STEPPE_SHEET_GRID_INSIDE_H

#include "sheet/grid/bits.h"
#include "sheet/grid/grid.h"
#include "sheet/grid/packed.h"

enum {
    TILE_ROWS = GRID_TILE_ROWS,
    TILE_COLUMNS = GRID_TILE_COLUMNS,
    TILES_DOWN = GRID_TILES_DOWN,
    TILES_ACROSS = GRID_TILES_ACROSS,
    BLOCK_TILES = GRID_BLOCK_TILES,
    BLOCK_ROWS = TILE_ROWS * BLOCK_TILES
};

#define TILE_COUNT ((uint64_t)TILES_DOWN * TILES_ACROSS)

_Static_assert(sizeof(struct cell) == GRID_CELL_BYTES, "a cell has the size that was chosen");
_Static_assert(GRID_TILE_CELLS == TILE_ROWS * TILE_COLUMNS, "a tile is a page");
_Static_assert(TILES_DOWN % BLOCK_TILES == 0, "no block has tiles of two columns");

struct grid {
    struct cell *cells;
    struct bits present, open;
    struct packed packed;
    uint64_t open_tiles;
    uint64_t open_max; /* grid_use opens no more: the kernel had no mappings left for them */
    uint64_t fault_count;
};

static inline uint64_t tile_of(struct position position)
{
    uint64_t block =
        (uint64_t)(position.row / BLOCK_ROWS) * TILES_ACROSS + position.column / TILE_COLUMNS;
    return block * BLOCK_TILES + position.row / TILE_ROWS % BLOCK_TILES;
}

static inline uint32_t place_of(struct position position)
{
    return position.column % TILE_COLUMNS * TILE_ROWS + position.row % TILE_ROWS;
}

/* Of a tile: its row of blocks, tile column, and first row and column of cells. */
static inline uint32_t down_of(uint64_t tile)
{
    return (uint32_t)(tile / BLOCK_TILES / TILES_ACROSS);
}

static inline uint32_t across_of(uint64_t tile)
{
    return (uint32_t)(tile / BLOCK_TILES % TILES_ACROSS);
}

static inline uint32_t row_of(uint64_t tile)
{
    return down_of(tile) * BLOCK_ROWS + (uint32_t)(tile % BLOCK_TILES) * TILE_ROWS;
}

static inline uint32_t column_of(uint64_t tile)
{
    return across_of(tile) * TILE_COLUMNS;
}

static inline uint64_t block_of(uint32_t down, uint32_t across)
{
    return (uint64_t)down * TILES_ACROSS + across;
}

static inline struct cell *cells_of(const struct grid *grid, uint64_t tile)
{
    return grid->cells + tile * GRID_TILE_CELLS;
}

/* The next tile of a walk in the order they lie, and what of it is to be visited (walk->part). */
bool grid_walk_next_tile(struct grid_walk *walk);

#endif
