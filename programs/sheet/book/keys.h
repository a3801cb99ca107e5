/* SPDX-License-Identifier: MIT */
/*
 * keys.h - where values stand in rows and columns that are looked through again and again: for a
 * sheet in which 100,000 formulas look into the same 100,000 cells (VLOOKUP, COUNTIF), which would
 * be a day's work cell by cell.
 *
 *   asked a few times          more often                              keys_forget
 *   ------------------> count ------------> table, if no cell is stale ------------> (nothing)
 *                         ^                     | some are
 *                         +-- twice as often ---+
 *
 * A table is good for as long as the cells stay as they are. Nobody tells it when they do not: so
 * keys are for the time of one recalculation, in which cells that are not stale do not change, and
 * are forgotten at the beginning of the next.
 *
 * Memory: 16 to 24 bytes a cell, charged to the workbook's budget; when it is refused, or very
 * much, there is no table.
 */
#ifndef STEPPE_SHEET_KEYS_H
#define STEPPE_SHEET_KEYS_H

#include "sheet/book/book.h"
#include "sheet/book/evaluate.h"

struct keys;

enum { KEYS_NOWHERE = UINT32_MAX };

/* NULL: out of memory. */
struct keys *keys_new(const struct book *book);
void keys_free(struct keys *keys); /* NULL is fine */
void keys_forget(struct keys *keys);

/* Places of a value in an area of one row or one column, from 0. */
struct key_places {
    uint32_t place;        /* the first one; KEYS_NOWHERE */
    bool has_number_texts; /* there are texts in the area that read as numbers */
    /* The rest is keys.c's. */
    const struct key *keys;
    uint32_t next;
};
/* Where a value just like it is, text but for case; nothing blank, no error. false: it is not
 * known, look through the cells. */
bool keys_find(struct keys *keys, const struct reference *line, const struct value *wanted,
               struct key_places *places);
/* On to another place of the same value, in no order; false: there is none more. */
bool keys_next(struct key_places *places);

#endif
