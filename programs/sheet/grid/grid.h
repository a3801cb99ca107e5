/* SPDX-License-Identifier: MIT */
/*
 * grid.h - all 17,179,869,184 cells of a sheet as one array, of which memory holds what is used.
 *
 * The array is a reservation of the library: 256 GiB of address space for cells of 16 bytes, 2 TiB
 * for those of 128 (GRID_CELL_BYTES). A page of it is a tile, a rectangle of GRID_TILE_ROWS x
 * GRID_TILE_COLUMNS cells, so that tables and columns lie close together:
 *
 *    cell (row, column)  =  cells[tile number * GRID_TILE_CELLS + place in the tile]
 *
 * Places are numbered down the tile's columns. Tiles are numbered down as well, but only 64 of them
 * (a block); then comes the block to the right, and behind the last of these the blocks below.
 *
 * A page is committed when it is first touched, and given back by grid_collect when no cell on it
 * is used any more. Beside the array stand bits, one a tile, with summaries above them (bits.h):
 * does it hold cells? Who looks for used cells looks at the bits, and at tiles that have one: never
 * at what is empty, and never at the bytes of a tile that is not there.
 *
 * States of a tile:
 *
 *                                  a touch of the array, or grid_use below a cell
 *              grid_use            that is used, in an open tile
 *      +---- absent ------------------------------------------------+
 *      |      ^   ^                                                 |
 *      |      |   +------------ grid_collect, grid_clear ---------+ |
 *      |      |                                                   | v
 *      +--> packed ----------------------------------------------> open
 *             ^       grid_use of the 65th cell, or a touch         |
 *             |       of the array: the fault's filter puts         |
 *             |       the cells back                                |
 *             +-----------------------------------------------------+
 *               grid_pack, before grid_use is refused: few cells
 *
 * A packed tile's cells lie side by side in a store of their own (packed.h), from 24 bytes each on,
 * and its page is not committed: so cells scattered over the whole grid do not cost a page each.
 * Nobody outside of grid.c can tell open from packed but by the figures. Where pages are refused,
 * for the kernel has no mappings left (the mprotect mechanism), tiles stay packed with more cells.
 *
 * The grid owns no texts, formulas or styles: who puts their numbers in sees to it that they are
 * held and dropped (sheet.h).
 */
#ifndef STEPPE_SHEET_GRID_H
#define STEPPE_SHEET_GRID_H

#include <steppe/budget.h>

#include "sheet/values/position.h"
#include "sheet/values/value.h"

#ifndef GRID_CELL_BYTES
#define GRID_CELL_BYTES 16 /* or 128, as in the sample this is the answer to: for a benchmark */
#endif

/* The shape of a tile: powers of two, and together a page. In a tile cells lie one below the other:
 * a column's are neighbours. Of the shapes tried (bench/sheet_tiles.c) a single column takes the
 * fewest pages for tables and columns and is summed fastest, also row by row; what it is bad at, a
 * few long rows, is packed. */
#ifndef GRID_TILE_COLUMNS
#define GRID_TILE_COLUMNS 1
#endif
enum {
    GRID_TILE_BYTES = 4096,
    GRID_TILE_CELLS = GRID_TILE_BYTES / GRID_CELL_BYTES,
    GRID_TILE_ROWS = GRID_TILE_CELLS / GRID_TILE_COLUMNS,
    GRID_BLOCK_TILES = 64, /* one below the other */
    GRID_TILES_DOWN = ROWS / GRID_TILE_ROWS,
    GRID_TILES_ACROSS = COLUMNS / GRID_TILE_COLUMNS,
    GRID_ACROSS_SUMMARY = (GRID_TILES_ACROSS / 64 + 63) / 64
};

enum cell_flag {
    CELL_STALE = 1,     /* its formula must be computed again */
    CELL_ON_STACK = 2,  /* ... and is being computed now */
    CELL_KEPT_VALUE = 4 /* its formula cannot be computed here: the value is the file's */
};

struct cell {
    union {
        double number;  /* VALUE_NUMBER */
        uint64_t bits;  /* all of it; 0 for a blank */
        uint32_t text;  /* VALUE_TEXT: text_id. The upper half is 0 */
        uint32_t truth; /* VALUE_BOOLEAN: 0 or 1 */
        uint32_t error; /* VALUE_ERROR: value_error */
    };
    uint32_t formula; /* formula_id; 0: a constant */
    uint16_t style;   /* style_id; 0: the default */
    uint8_t kind;     /* value_kind */
    uint8_t flags;    /* cell_flag */
#if GRID_CELL_BYTES > 16
    char room[GRID_CELL_BYTES - 16];
#endif
};

/* All bytes zero: not used. */
static inline bool cell_is_used(const struct cell *cell)
{
    return cell->kind != VALUE_BLANK || cell->formula || cell->style;
}

struct grid;
struct packed_tile;

/* NULL with the library's last status. The budget may be NULL; else it must outlive the grid. */
struct grid *grid_new(const char *name, steppe_budget *budget);
void grid_free(struct grid *grid);

/* A cell to look at; never NULL: an empty one for what is not used. Good until the grid is changed.
 * Commits nothing. */
const struct cell *grid_at(const struct grid *grid, struct position position);

/* A cell to write to, zero if it is new. Whoever makes one used, or ends its use, may do so by
 * writing to it alone. Good until the next call that is not grid_at or a walk, and until the array
 * is touched at a cell beside it. For a cell that is used already nothing moves, and nothing is
 * refused. NULL: memory was refused, though all was given back that nobody needs;
 * steppe_last_status says why, and no cell has changed. */
struct cell *grid_use(struct grid *grid, struct position position);

/* Make the cells of an area zero; tiles that are wholly inside lose their pages at once. */
void grid_clear(struct grid *grid, struct area area);

/* The array itself, and where in it a cell is: for those who want to touch it, and see. A touch
 * that is refused memory unwinds to the nearest STEPPE_TRY. */
struct cell *grid_cells(const struct grid *grid);
uint64_t grid_index(struct position position);
struct position grid_position(uint64_t index);

/* Used cells of an area, each once; by rows from left to right, by columns from the top, or as they
 * lie, which is fastest. Time goes with the tiles that hold cells of the area's rows and columns,
 * not with the area. During a walk cells found may be written to, others must not be used anew.
 * What is found one after the other in a column, or in a row of a tile, costs no call. A walk is 4
 * KiB large, for the sake of GRID_BY_ROWS: one that has to wait may as well be begun anew.
 *
 *     struct grid_walk walk;
 *     grid_walk_begin(&walk, grid, area, GRID_BY_ROWS);
 *     for (const struct cell *cell; (cell = grid_walk_next(&walk));)
 *         print(walk.position, cell);
 */
enum grid_order { GRID_AS_THEY_LIE, GRID_BY_ROWS, GRID_BY_COLUMNS };
struct grid_walk {
    struct position position; /* of the cell just returned */
    /* The rest is grid.c's. Cells to be looked at: */
    const struct cell *next;
    uint32_t left, step;
    uint32_t row_step, column_step;
    /* The tile they are in and its block, what part of it is to be visited, and its next column. */
    const struct grid *grid;
    enum grid_order order;
    struct area area, part;
    uint64_t tile, block;
    struct packed_tile *packed; /* the tile, if it is packed */
    uint32_t index;             /* its next cell, else its next column */
    uint32_t row, column;
    /* The next row of blocks, tiles of it, the next strip of these, rows of that: as bits. */
    uint32_t first_across, last_across, down, band, strip, word;
    uint64_t bands, rows, word_rest;
    uint64_t band_words[GRID_ACROSS_SUMMARY], band_tiles[GRID_TILES_ACROSS / 64];
    uint64_t words[GRID_ACROSS_SUMMARY], tiles[GRID_TILES_ACROSS / 64];
    uint64_t blocks[GRID_TILES_DOWN / GRID_BLOCK_TILES / 64]; /* one below the other */
};
void grid_walk_begin(struct grid_walk *walk, const struct grid *grid, struct area area,
                     enum grid_order order);
bool grid_walk_go_on(struct grid_walk *walk); /* for grid_walk_next alone */
static inline const struct cell *grid_walk_next(struct grid_walk *walk)
{
    do {
        while (walk->left > 0) {
            const struct cell *cell = walk->next;
            walk->left--;
            walk->next += walk->step;
            walk->position.row += walk->row_step;
            walk->position.column += walk->column_step;
            if (cell_is_used(cell))
                return cell;
        }
    } while (grid_walk_go_on(walk));
    return NULL;
}

/* The same walk, many cells at once, for those to whom a cell is a few instructions. Cell i is
 * cells[i * step], at row first.row + i * row_step and column first.column + i * column_step: they
 * are neighbours in a column or in a row. Used or not: look. */
struct grid_run {
    const struct cell *cells;
    uint32_t count, step;
    struct position first;
    uint32_t row_step, column_step;
};
static inline bool grid_walk_next_run(struct grid_walk *walk, struct grid_run *run)
{
    if (walk->left == 0 && !grid_walk_go_on(walk))
        return false;
    *run = (struct grid_run){
        .cells = walk->next,
        .count = walk->left,
        .step = walk->step,
        .first = {walk->position.row + walk->row_step, walk->position.column + walk->column_step},
        .row_step = walk->row_step,
        .column_step = walk->column_step};
    walk->next += (size_t)walk->left * walk->step;
    walk->position.row += walk->left * walk->row_step;
    walk->position.column += walk->left * walk->column_step;
    walk->left = 0;
    return true;
}

/* The smallest area with all used cells in it; false: there are none. */
bool grid_extent(const struct grid *grid, struct area *extent);
/* How many cells of an area are used: by looking. */
uint64_t grid_count(const struct grid *grid, struct area area);
/* The next used cell in a direction (row_step, column_step: one of them is 1 or -1, the other 0),
 * not counting the start; false: there is none. For Ctrl+arrow. */
bool grid_next_used(const struct grid *grid, struct position start, int row_step, int column_step,
                    struct position *found);

/* Give back the pages of tiles without a used cell. Returns how many. */
uint64_t grid_collect(struct grid *grid);
/* Pack open tiles that hold few cells, but for so many bytes of them. For those that were touched
 * in the array, or have lost cells: grid_use opens none that holds few. */
void grid_pack(struct grid *grid, uint64_t open_bytes_max);

struct grid_statistics {
    uint64_t open_tiles, packed_tiles, packed_cells;
    uint64_t reserved_bytes;
    uint64_t cell_bytes;        /* committed, of the array */
    uint64_t bookkeeping_bytes; /* committed, of the rest */
    uint64_t fault_count;       /* touches that committed, one tile or several */
};
struct grid_statistics grid_statistics_of(const struct grid *grid);
bool grid_is_valid(const struct grid *grid); /* for tests: every invariant */

#endif
