/* SPDX-License-Identifier: MIT */
/*
 * packed.h - cells of tiles that hold few, side by side: 24 bytes for a tile of one cell, where a
 * page would be 4096.
 *
 *    slots: a hash table          units of 8 bytes
 *    +------+-----------+         +-------------------------+--------+--------+----+
 *    | tile | reference | ------> | tile, count, places ... | cell   | cell   | .. |
 *    +------+-----------+         +-------------------------+--------+--------+----+
 *
 * Places are the cells' numbers in the tile, and in order. A tile has room for 1, 2, 4 ... cells;
 * when it wants more it moves into another room, and what it leaves is used again, or closed up by
 * packed_collect. Tiles do not move else, and cells only when one is put in before them.
 *
 * Both are arrays of the library, charged to the budget, and there from the first tile on.
 * packed_remove and what looks only may be called in a fault's filter.
 */
#ifndef STEPPE_SHEET_PACKED_H
#define STEPPE_SHEET_PACKED_H

#include <steppe/region.h>

#include "sheet/grid/grid.h"

struct packed_tile {
    uint32_t tile;
    uint8_t room;     /* for 1 << room cells */
    uint8_t last;     /* of its cells: there is at least one */
    uint8_t places[]; /* as many as it has room for; then the cells */
};

struct packed_slot {
    uint32_t tile;      /* and 1: 0 is a free slot */
    uint32_t reference; /* units from the start */
};

enum { PACKED_ROOMS = 9 }; /* 1 to 256 cells */

struct packed {
    uint64_t *units;
    struct packed_slot *slots;
    unsigned slot_bits;          /* there are 1 << slot_bits slots */
    uint32_t left[PACKED_ROOMS]; /* rooms that tiles have left, one list for each size; 0: none */
    uint64_t left_units;
    uint64_t tile_count, cell_count;
    steppe_budget *budget;
    char name[64];
};

void packed_make(struct packed *packed, const char *name, steppe_budget *budget);
void packed_end(struct packed *packed);

/* NULL: it is not here. */
struct packed_tile *packed_find(const struct packed *packed, uint64_t tile);

/* The cell of a place, zero if it is new. NULL: refused, see steppe_last_status; nothing has
 * changed. One that is here already moves nothing, and is never refused. */
struct cell *packed_use(struct packed *packed, uint64_t tile, uint32_t place);
/* All used cells of an open tile (there must be one), which is not here yet. false: refused. */
bool packed_add(struct packed *packed, uint64_t tile, const struct cell *cells);
/* Take it out. */
void packed_remove(struct packed *packed, uint64_t tile);
/* Take out cells of a part of a tile, and those that are not used. false: it has none left, and is
 * gone. */
bool packed_clear(struct packed *packed, struct packed_tile *tile, const struct area *part);

/* packed_collect, if much was left: tiles and cells move. */
void packed_tidy(struct packed *packed);
/* Close up what tiles have left, and give memory back. */
void packed_collect(struct packed *packed);
uint64_t packed_committed_bytes(const struct packed *packed);
bool packed_is_valid(const struct packed *packed);

static inline uint32_t packed_count(const struct packed_tile *tile)
{
    return (uint32_t)tile->last + 1;
}

static inline struct cell *packed_cells(struct packed_tile *tile)
{
    size_t header_bytes = sizeof *tile + ((size_t)1 << tile->room);
    return (struct cell *)((char *)tile + (header_bytes + 7) / 8 * 8);
}

static inline bool packed_is_in(const struct area *part, uint32_t place)
{
    uint32_t row = place % GRID_TILE_ROWS, column = place / GRID_TILE_ROWS;
    return row >= part->first.row && row <= part->last.row && column >= part->first.column &&
           column <= part->last.column;
}

/* No place before the first or behind the last is in the part. */
static inline uint32_t packed_first_in(const struct area *part)
{
    return part->first.column * GRID_TILE_ROWS + part->first.row;
}

static inline uint32_t packed_last_in(const struct area *part)
{
    return part->last.column * GRID_TILE_ROWS + part->last.row;
}

/* The number of the cell at a place, or of the first one behind it. Mostly that is the end: cells
 * come from above. */
static inline uint32_t packed_search(const struct packed_tile *tile, uint32_t place)
{
    uint32_t first = 0, end = packed_count(tile);
    if (tile->places[tile->last] < place)
        return end;
    while (first < end) {
        uint32_t middle = (first + end) / 2;
        if (tile->places[middle] < place)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* NULL: there is none. */
static inline struct cell *packed_at(struct packed_tile *tile, uint32_t place)
{
    uint32_t i = packed_search(tile, place);
    return i < packed_count(tile) && tile->places[i] == place ? packed_cells(tile) + i : NULL;
}

#endif
