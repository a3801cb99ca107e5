/* SPDX-License-Identifier: MIT */
/*
 * indirect.h - references that texts name, for INDIRECT: B7, $B$2:C9, A:C, Sheet1!A1,
 * 'My sheet'!A1, a defined name that stands for cells; or in the other notation R2C3, R[-1]C,
 * R1C1:R5C2, C3.
 *
 * Not the parser of formulas: that one takes names that do not exist yet into the workbook, and a
 * formula may ask for any number of them.
 */
#ifndef STEPPE_SHEET_INDIRECT_H
#define STEPPE_SHEET_INDIRECT_H

#include "sheet/book/evaluate.h"

/* false: it names no cells, or those of another workbook. */
bool indirect_read(struct evaluation *evaluation, const char *text, size_t text_bytes, bool is_r1c1,
                   struct reference *reference);
/* Must a sheet's name stand in quotes in front of a '!'? */
bool indirect_needs_quotes(const char *name, size_t name_bytes);

#endif
