/* SPDX-License-Identifier: MIT */
/* sheet_references.h - what refers to a sheet, when the sheet goes. */
#ifndef STEPPE_SHEET_SHEET_REFERENCES_H
#define STEPPE_SHEET_SHEET_REFERENCES_H

#include "sheet/book/book.h"

/* What a change did to formulas that stay in their cells, so that it can be taken back: told for
 * each formula changed, with what it was (held until the call returns). */
struct reference_notes {
    void (*formula)(void *context, sheet_id sheet, struct position position, formula_id old);
    void (*name)(void *context, name_id name, formula_id old);
    void *context;
};

/* References to the sheet in formulas of other sheets, and in names, become #REF!; the sheet's own
 * names go. The cells are stale afterwards. notes: of each formula that changed, or NULL. false:
 * memory was refused, and nothing has changed. */
bool sheet_references_end(struct book *book, const struct sheet *sheet,
                          const struct reference_notes *notes);

#endif
