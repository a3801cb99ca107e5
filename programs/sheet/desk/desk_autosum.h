/* SPDX-License-Identifier: MIT */
/* desk_autosum.h - =SUM() of what lies above or left of the cursor, or of the columns chosen. */
#ifndef STEPPE_SHEET_DESK_AUTOSUM_H
#define STEPPE_SHEET_DESK_AUTOSUM_H

#include "sheet/desk/desk_model.h"

/* One cell: the formula is proposed, to be ended with Enter. An area: a sum for each column, in its
 * last row if that is empty, else below it. */
void desk_autosum(struct desk *desk);

#endif
