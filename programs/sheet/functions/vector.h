/* SPDX-License-Identifier: MIT */
/*
 * vector.h - one row or one column that something is looked up in: MATCH, VLOOKUP, XLOOKUP.
 *
 * A value is found among those of its own kind only: the text "1" is not the number 1, and nothing
 * else is between numbers when they are in order. Text is compared without regard to case. A blank
 * is never found but by vector_find_gap: who means 0 says 0.
 *
 * Only used cells are looked at, so the whole of a column costs what it holds.
 */
#ifndef STEPPE_SHEET_VECTOR_H
#define STEPPE_SHEET_VECTOR_H

#include "sheet/book/evaluate.h"

enum { VECTOR_NOWHERE = UINT32_MAX };

struct vector {
    struct evaluation *evaluation;
    struct operand operand; /* a reference to just these cells, or an array or value ... */
    uint32_t line;          /* ... of which it is this row or column */
    uint32_t count;
    bool is_row;
};

/* An operand that is one row or one column (a single cell: a column). false: it is neither. */
bool vector_of(struct vector *vector, struct evaluation *evaluation, const struct operand *operand);
/* A row or column of a larger one, which is there. false: of several areas. */
bool vector_of_line(struct vector *vector, struct evaluation *evaluation,
                    const struct operand *operand, bool is_row, uint32_t line);

/* Element index, from 0; #N/A beyond the end. */
struct value vector_at(const struct vector *vector, uint32_t index);

enum vector_flag {
    VECTOR_WILDCARDS = 1, /* in text that is wanted (criterion.h) */
    VECTOR_LAST = 2,      /* of several the last one, not the first */
    VECTOR_SMALLER = 4,   /* vector_find_nearest: else larger */
    VECTOR_DESCENDING = 8 /* vector_find_sorted */
};

/* The place of a value just like it; VECTOR_NOWHERE. */
uint32_t vector_find(const struct vector *vector, struct value wanted, unsigned flags);
/* A value just like it, or else the nearest smaller or larger one, in whatever order they are. */
uint32_t vector_find_nearest(const struct vector *vector, struct value wanted, unsigned flags);
/* The last of those not larger than it in a vector that is in order (descending: not smaller, or
 * the first that is equal), by halving: what is in no order gives what halving finds, step by step
 * as in Excel. So one that is larger than all finds the last value of its kind. */
uint32_t vector_find_sorted(const struct vector *vector, struct value wanted, unsigned flags);
/* The first or last place where nothing is. */
uint32_t vector_find_gap(const struct vector *vector, unsigned flags);

#endif
