/* SPDX-License-Identifier: MIT */
/*
 * computation.h - computing a stale cell, and before it all that it needs, with a stack of our own.
 *
 * A cell's formula is evaluated; when it comes upon stale cells, these are put above it on the
 * stack, and it is evaluated again when they are done. CELL_ON_STACK is in the cells that have been
 * evaluated and are waiting for others: they are the path. A cell that is needed while it is on the
 * path stands in a circle; so do all from there up, and they get #CYCLE!. What was not needed for a
 * branch not taken does not count: IF(FALSE, itself, 1) is 1.
 *
 * Only cells that are there already are written to: nothing is committed in grids.
 */
#ifndef STEPPE_SHEET_COMPUTATION_H
#define STEPPE_SHEET_COMPUTATION_H

#include "sheet/book/book.h"
#include "sheet/book/evaluate.h"

struct computation;

struct computation *computation_new(struct book *book, steppe_budget *budget);
void computation_free(struct computation *computation);

enum computation_outcome { COMPUTATION_DONE, COMPUTATION_STOPPED, COMPUTATION_REFUSED };

/* How far it is goes to progress, which may be NULL: computed of total. The count begins at 0. */
void computation_begin(struct computation *computation, const struct progress *progress,
                       uint64_t total);
/* The value of a cell that is stale, or not any more. STOPPED, REFUSED (memory): what could not be
 * computed is still stale. */
enum computation_outcome computation_of(struct computation *computation, struct place place);
uint64_t computation_count(const struct computation *computation);

#endif
