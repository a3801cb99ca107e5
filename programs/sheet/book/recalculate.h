/* SPDX-License-Identifier: MIT */
/*
 * recalculate.h - which formulas are stale, and computing them in an order in which each finds what
 * it needs.
 *
 *              ..._changed          ..._run           evaluated, or in a circle
 *   computed --------------> stale ----------> waiting ---------------------------> computed
 *                                               ^   |
 *                                               +---+ needs others first
 *
 * Stale cells have CELL_STALE; which they are stands in a list of pieces of columns, too. Whatever
 * refers to a stale cell is stale itself, so nothing has to be followed twice.
 *
 * What the list or the entries in dependents.h have no memory for is not lost: then everything is
 * stale, and the entries are made anew, at the next run.
 */
#ifndef STEPPE_SHEET_RECALCULATE_H
#define STEPPE_SHEET_RECALCULATE_H

#include "sheet/book/book.h"

struct recalculation;
struct recalculation *recalculation_new(struct book *book, steppe_budget *budget);
void recalculation_free(struct recalculation *recalculation);

/* Cells of an area have got other contents: all formulas that refer to them, and so on, are
 * stale (the cells themselves are not touched). false: memory was refused; then everything is taken
 * for stale at the next run, so nothing is wrong later. */
bool recalculation_changed(struct recalculation *recalculation, sheet_id sheet, struct area area);
/* A formula came into a cell, where it stands by now: what it refers to is entered in dependents.h,
 * and it will be computed, unless the cell has a value already and no CELL_STALE. Cells that refer
 * to it are another matter: recalculation_changed. false as there. */
bool recalculation_add(struct recalculation *recalculation, sheet_id sheet, struct position cell);
/* Names were defined, taken away or given another meaning: formulas that use any are stale. */
bool recalculation_names_changed(struct recalculation *recalculation);
/* During a load: added and changed cost nothing, and changes are not followed; everything is found
 * out at the end, by looking at all formulas. Not to be nested. Afterwards formulas that were set
 * without a value (CELL_STALE) are stale, and what depends on them; but those that came with values
 * keep them. Whoever changes by this what formulas stood on before, says so afterwards:
 * recalculation_changed of all of it. */
void recalculation_suspend(struct recalculation *recalculation);
bool recalculation_resume(struct recalculation *recalculation);
/* Everything is stale. forget: formulas have moved (lines came in or went, a sheet went): what
 * refers to what is found out anew. */
void recalculation_all(struct recalculation *recalculation);
void recalculation_forget(struct recalculation *recalculation);

bool recalculation_run(struct recalculation *recalculation, const struct progress *progress,
                       uint64_t *computed, struct problem *problem);
uint64_t recalculation_stale_count(const struct recalculation *recalculation);
/* Formulas computed by all runs so far. */
uint64_t recalculation_computed_count(const struct recalculation *recalculation);

#endif
