/* SPDX-License-Identifier: MIT */
/* sheet_references.h - what refers to a sheet, when the sheet goes. */
#ifndef STEPPE_SHEET_SHEET_REFERENCES_H
#define STEPPE_SHEET_SHEET_REFERENCES_H

#include "sheet/book.h"
#include "sheet/rearrange.h"

/* References to the sheet in formulas of other sheets, and in names, become #REF!; the sheet's own
 * names go. The cells are stale afterwards. notes: of each formula that changed, or NULL. false:
 * memory was refused, and nothing has changed. */
bool sheet_references_end(struct book *book, const struct sheet *sheet,
                          const struct rearrange_notes *notes);

#endif
