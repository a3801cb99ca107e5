/* SPDX-License-Identifier: MIT */
/* find.h - looking for text in cells, and putting other text in its place. */
#ifndef STEPPE_SHEET_FIND_H
#define STEPPE_SHEET_FIND_H

#include "sheet/book/book.h"
#include "sheet/book/evaluate.h"

struct history;

struct find {
    const char *text; /* of at least one character */
    bool match_case, match_whole;
    bool in_formulas; /* look at what is typed, not at what is shown */
};

/* Is it in the cell? */
bool find_is_in(const struct book *book, const struct sheet *sheet, struct position position,
                const struct find *find);
/* The next cell with it, by rows, on this sheet and those behind it, then from
 * the first sheet on, and at last the start itself. backward: the one before.
 * false: it is nowhere, or was stopped. */
bool find_next(const struct book *book, const struct find *find, struct place start, bool backward,
               const struct progress *progress, struct place *found);
/* How many cells of an area have it. */
uint64_t find_count(const struct book *book, const struct sheet *sheet, struct area area,
                    const struct find *find);

/* Put replacement in the place of all that is found in what was typed into the
 * cells of an area (history.h), and type it anew. Formulas are left alone
 * unless in_formulas. count: cells changed. false: a sentence; what has been
 * done stands in the open step. */
bool find_replace(struct history *history, struct sheet *sheet, struct area area,
                  const struct find *find, const char *replacement, uint64_t *count,
                  struct problem *problem);

#endif
