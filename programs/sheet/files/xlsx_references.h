/* SPDX-License-Identifier: MIT */
/*
 * xlsx_references.h - references in formulas of XLSX which our workbooks have not, by others that
 * mean the same cells: those to tables (xlsx_tables.h), and those through several sheets:
 * SUM(Jan:Mar!B2) becomes SUM((Jan!B2,Feb!B2,Mar!B2)). Sheets that come in between later are not in
 * it, so these are losses.
 */
#ifndef STEPPE_SHEET_XLSX_REFERENCES_H
#define STEPPE_SHEET_XLSX_REFERENCES_H

#include "sheet/files/xlsx_tables.h"

/* The formula with these; the caller's to free. *resolved NULL: there is nothing to change. Parsing
 * is not done here: what cannot be read stays as it is. false with a sentence: out of memory. */
bool xlsx_references_resolve(struct arrival *arrival, const struct xlsx_tables *tables,
                             const struct xlsx_tables_place *place, struct value formula,
                             char **resolved);

#endif
