/* SPDX-License-Identifier: MIT */
/*
 * position.h - where a cell is, and rectangles of cells; as people write them: B7, $B$7, B2:C9,
 * A:C, 3:5.
 *
 * Rows and columns count from 0 in the program, and from 1 and A in text. Both ends of an area
 * belong to it, and first is never right of or below last.
 */
#ifndef STEPPE_SHEET_POSITION_H
#define STEPPE_SHEET_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROWS = 1048576,           /* 2^20 */
    COLUMNS = 16384,          /* 2^14: the last one is XFD */
    POSITION_TEXT_BYTES = 16, /* "$XFD$1048576" and its 0 */
    AREA_TEXT_BYTES = 32
};

struct position {
    uint32_t row, column;
};

struct area {
    struct position first, last;
};

/* What stands in front of a row or column with a $: it stays when a formula is copied. */
enum position_fixed { POSITION_FIXED_ROW = 1, POSITION_FIXED_COLUMN = 2 };

struct position_text {
    char text[POSITION_TEXT_BYTES];
};
struct area_text {
    char text[AREA_TEXT_BYTES];
};

/* "B7"; fixed (of position_fixed, or 0) puts in dollars. By value, to stand among arguments. */
struct position_text position_name(struct position position, unsigned fixed);
/* "A", "XFD". */
struct position_text column_name(uint32_t column);
/* "B7" for one cell, "B2:C9", "A:C" for whole columns, "3:5" for whole rows. */
struct area_text area_name(struct area area);

/* Read a position at the start of text, of either case. Returns how many bytes it took; 0: there is
 * none, it lies outside the grid, or a letter, digit, '_', '.' or '$' follows. fixed may be NULL.
 */
size_t position_read(const char *text, struct position *position, unsigned *fixed);
/* Letters of a column alone ("XFD"), not checked for what follows; 0: none, or beyond the last. */
size_t column_read(const char *text, uint32_t *column);
/* A position, two with a colon between, whole columns or whole rows, in any order of corners; the
 * whole text. false: it is none. */
bool area_parse(const char *text, struct area *area);

struct area area_of(struct position a, struct position b); /* corners in any order */
struct area area_of_one(struct position position);
struct area area_of_all(void);
bool area_has(struct area area, struct position position);
/* What two have in common; false: nothing. */
bool area_meet(struct area a, struct area b, struct area *common);
bool area_is_one(struct area area);
uint64_t area_cells(struct area area);
uint32_t area_rows(struct area area);
uint32_t area_columns(struct area area);
bool position_is(struct position a, struct position b);

#endif
