/* SPDX-License-Identifier: MIT */
/*
 * inherit.h - lines that came in look like the line in front of them: the row above, the column to
 * the left. Styles of cells and of the line; not sizes, nor what is hidden.
 */
#ifndef STEPPE_SHEET_INHERIT_H
#define STEPPE_SHEET_INHERIT_H

#include "sheet/book/book.h"
#include "sheet/book/shift.h"

struct history;

/* More cells than these would be a lot of memory for looks: then only the line's style is
 * inherited. */
enum { INHERITED_CELLS_MAX = 1 << 20 };

/* After the shift, an insertion, was done. In front of the first line there is none: nothing
 * happens. Time goes with the cells of that line that have a style of their own. false: refused or
 * stopped, and some may be there (history.h). */
bool inherit_styles(struct history *history, struct sheet *sheet, const struct shift *shift);

#endif
