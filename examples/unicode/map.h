/* SPDX-License-Identifier: MIT */
/*
 * map.h - a picture of all pages of a table: two lines for a plane of Unicode that holds anything,
 * one for a plane that was never touched.
 */
#ifndef UNICODE_MAP_H
#define UNICODE_MAP_H

#include <stdint.h>

#include "ranges.h"
#include "table.h"

enum {
    MAP_PLANE_COUNT = 17,
    MAP_COLUMNS = 64,
    MAP_LINES = 2,
    MAP_CELLS = MAP_LINES * 2 * MAP_COLUMNS, /* per plane: half blocks give a line two rows */
    MAP_CELL_CODE_POINTS = 0x10000 / MAP_CELLS,
    MAP_CELL_COUNT = MAP_PLANE_COUNT * MAP_CELLS
};

struct map {
    uint64_t earlier_bytes[MAP_CELL_COUNT]; /* committed when remembered */
};

/* Keep what is committed now, so that a later picture shows what was given back. */
void map_remember(struct map *map, const struct table *table);

/* Print the picture with its legend; compares its sums with the table's. */
void map_print(const struct map *map, const struct table *table, const struct ranges *scripts);

#endif
