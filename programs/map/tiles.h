/* SPDX-License-Identifier: MIT */
/*
 * tiles.h - a long row of units (pages, bytes of address space) laid out as cells of a screen,
 * line after line, zoomed. What the units are and how a cell looks is not known here.
 *
 * Invariants (tiles_is_valid): units_per_cell is a power of two; first is a multiple of it, and
 * below unit_count unless that is 0. Starts as {0}; tiles_resize comes first.
 */
#ifndef STEPPE_MAP_TILES_H
#define STEPPE_MAP_TILES_H

#include <stdbool.h>
#include <stdint.h>

#define TILES_NONE UINT64_MAX

struct tiles {
    uint64_t unit_count;
    uint64_t first;          /* the unit in the upper left cell begins here */
    uint64_t units_per_cell; /* 1: as near as it goes */
    int columns, rows;
    bool is_fitted; /* all units are shown, whatever the size: until somebody zooms */
};

struct tiles_span {
    uint64_t first, count; /* count 0: no units there */
};

bool tiles_is_valid(const struct tiles *tiles);

/* Show so many units in so many cells: all of them while is_fitted, else as near
 * as before. */
void tiles_resize(struct tiles *tiles, uint64_t unit_count, int columns, int rows);

/* All units, as near as that goes. */
void tiles_fit(struct tiles *tiles);

/* Nearer by so many powers of two (farther when negative), with a unit kept where it is seen. */
void tiles_zoom(struct tiles *tiles, int steps, uint64_t unit);

/* By so many rows; and as far as is necessary to see a unit. */
void tiles_scroll(struct tiles *tiles, int64_t rows);
void tiles_reveal(struct tiles *tiles, uint64_t unit);

/* The units of a cell, counted from the upper left one. */
struct tiles_span tiles_span_at(const struct tiles *tiles, int column, int row);

/* The cell of a unit; false: it is not on the screen. */
bool tiles_find(const struct tiles *tiles, uint64_t unit, int *column, int *row);

#endif
