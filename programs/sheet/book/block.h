/* SPDX-License-Identifier: MIT */
/*
 * block.h - blocks of the grid by shape and place, and lists of numbers entered in them: an index
 * for rectangles (dependents.h).
 *
 * Heights are 4^0 to 4^10 rows, widths 4^0 to 4^7 columns.
 */
#ifndef STEPPE_SHEET_BLOCK_H
#define STEPPE_SHEET_BLOCK_H

#include <steppe/budget.h>

#include "sheet/book/formula.h"

enum { BLOCK_HEIGHTS = 11, BLOCK_WIDTHS = 8, BLOCK_SHAPES = BLOCK_HEIGHTS * BLOCK_WIDTHS };

/* Blocks of one shape that an area touches: rows first.row to last.row of blocks, and columns. */
struct block_span {
    uint8_t height, width; /* levels */
    struct area blocks;
};
/* The smallest blocks of which it is two by two at the most; of given levels. */
struct block_span block_span_of(struct area area);
struct block_span block_span_at(struct area area, uint8_t height, uint8_t width);

struct block_index;

struct block_index *block_index_new(steppe_budget *budget);
void block_index_free(struct block_index *index);
void block_index_clear(struct block_index *index);

/* Enter a number into a block of a sheet. false: memory was refused, nothing has changed. */
bool block_index_add(struct block_index *index, sheet_id sheet, uint8_t height, uint8_t width,
                     struct position block, uint32_t number);
/* Shapes of which any block of a sheet has been entered: the first one at or behind a number,
 * height * BLOCK_WIDTHS + width; BLOCK_SHAPES: there is none. */
unsigned block_index_next_shape(const struct block_index *index, sheet_id sheet, unsigned shape);
/* The entries of a block: an entry's number until 0.
 *
 *     for (uint32_t entry = block_index_first(...); entry; entry = block_index_next(index, entry))
 *         use(block_index_number(index, entry));
 */
uint32_t block_index_first(const struct block_index *index, sheet_id sheet, uint8_t height,
                           uint8_t width, struct position block);
uint32_t block_index_next(const struct block_index *index, uint32_t entry);
uint32_t block_index_number(const struct block_index *index, uint32_t entry);

uint64_t block_index_count(const struct block_index *index); /* of entries */
uint64_t block_index_bytes(const struct block_index *index);

#endif
