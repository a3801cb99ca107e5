/* SPDX-License-Identifier: MIT */
/*
 * dependents.h - which formulas refer to a cell.
 *
 * Formulas are kept relative to their cells, so a column filled down with one formula is one
 * formula in many cells: a run of them is entered once, whatever its length. For each reference of
 * the formula, a link says which cells the run's cells mean by it all together, a rectangle; and
 * which of them mean a given cell is arithmetic.
 *
 * The grid is parted into blocks, of 1, 4, 16 ... rows and, independently, of 1, 4, 16 ... columns.
 * A link is entered in the blocks of the smallest height and width of which its rectangle touches
 * no more than two by two. So a change of a cell looks up one block of each shape that is in use,
 * and what it finds there covers a good part of the block, be it a cell, a row or a column.
 *
 * Nothing is taken out when a formula goes: whoever follows a link finds another formula in the
 * cell. dependents_wants_renewal tells when too much of that has come together.
 */
#ifndef STEPPE_SHEET_DEPENDENTS_H
#define STEPPE_SHEET_DEPENDENTS_H

#include <steppe/budget.h>

#include "sheet/book/evaluate.h"

struct dependents;

/* NULL with the library's last status. The book's pools must be there. */
struct dependents *dependents_new(struct book *book, steppe_budget *budget);
void dependents_free(struct dependents *dependents);

/* Enter a formula, which stands in its cell already; twice does no harm. false: memory was refused;
 * what was entered until then stays. */
bool dependents_add(struct dependents *dependents, sheet_id sheet, struct position cell);
/* Forget everything. */
void dependents_clear(struct dependents *dependents);
/* Have runs come together that may be of the past? Then everything is worth entering anew, after
 * which to say so. */
bool dependents_wants_renewal(const struct dependents *dependents);
void dependents_renewed(struct dependents *dependents);

/* Cells of a column: those of them that have this formula refer to what was asked for. */
struct dependents_hit {
    sheet_id sheet;
    uint32_t column, first_row, last_row;
    formula_id formula;
};
typedef void dependents_visitor(void *context, const struct dependents_hit *hit);
/* Call back for all that refers to any cell of the area, each at least once. */
void dependents_visit(const struct dependents *dependents, sheet_id sheet, struct area area,
                      dependents_visitor *visit, void *context);
/* Formulas that use names; and those of which it is not known what they refer to until they are
 * evaluated (volatile ones, and such as A1:INDEX(...)). Both are found through their references as
 * well; those of names are what the names meant when the formula was entered. */
void dependents_visit_volatile(const struct dependents *dependents, dependents_visitor *visit,
                               void *context);
void dependents_visit_names(const struct dependents *dependents, dependents_visitor *visit,
                            void *context);

struct dependents_statistics {
    uint64_t run_count, link_count, entry_count;
    uint64_t committed_bytes;
};
struct dependents_statistics dependents_statistics_of(const struct dependents *dependents);
uint64_t dependents_bytes(const struct dependents *dependents);

#endif
