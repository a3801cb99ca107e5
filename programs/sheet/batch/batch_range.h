/* SPDX-License-Identifier: MIT */
/*
 * batch_range.h - what a word of the command line means in a workbook: B2:C9, A:A, 'My sheet'!B7,
 * Sheet2! (all of it), a defined name, Sheet2!name, or a formula, '=SUM(A:A)'.
 */
#ifndef STEPPE_SHEET_BATCH_RANGE_H
#define STEPPE_SHEET_BATCH_RANGE_H

#include "sheet/batch/batch.h"

/* sheet: where none is named. The operand is good for as long as nothing else is evaluated. */
enum batch_status batch_range(struct batch *batch, struct evaluation *evaluation,
                              const struct sheet *sheet, const char *word, struct operand *operand);
/* Likewise, one cell: no formula, and no area. */
enum batch_status batch_cell(struct batch *batch, struct evaluation *evaluation,
                             const struct sheet *sheet, const char *word, struct place *place);

#endif
