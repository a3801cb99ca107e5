/* SPDX-License-Identifier: MIT */
/*
 * carry.h - moving used cells about in grids: lines that come in or go, an area
 * to another place, lines put into another order. Cells as they are: formulas
 * keep their words, nobody is told.
 *
 * What is moved goes in pieces of bounded size, so that the memory it takes
 * beside the grid does not go with the sheet. Each call does all of it or,
 * refused or stopped, nothing: what was moved already is moved back, for which
 * the budget's limit is lifted; it was there before.
 */
#ifndef STEPPE_SHEET_CARRY_H
#define STEPPE_SHEET_CARRY_H

#include "sheet/book/book.h"

/* false: memory was refused (steppe_last_status), or progress said to stop.
 * progress may be NULL. */

/* The area's cells to where its first corner comes to lie in to, over which it
 * must be inside the grid. Cells used there must be of the area itself. */
bool carry_area(struct book *book, struct sheet *from, struct area area, struct sheet *to,
                struct position corner, const struct progress *progress);

/* Put an area's rows (columns) into another order: its i-th becomes what its
 * order[i]-th was; with inverse, that taken back. order has all numbers below
 * count once, and lines behind stay. */
struct carry_order {
    struct area area;
    const uint32_t *order;
    uint32_t count;
    bool by_columns, is_inverse;
};
bool carry_in_order(struct book *book, struct sheet *sheet, const struct carry_order *order,
                    const struct progress *progress);

/* Take the limit off the workbook's budget, to take back what was half done;
 * then put it back. */
uint64_t carry_lift_limit(struct book *book);
void carry_set_limit(struct book *book, uint64_t limit_bytes);

#endif
