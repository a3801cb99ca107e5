/* SPDX-License-Identifier: MIT */
/*
 * batch_measure.h - two lines that only scripts of run have, beside those of command.h:
 *
 *     stat [WORDS]    one line to standard output: cells, pages, memory, formulas computed so far
 *     collect         forget what could be undone, and give back what nobody uses
 *
 * With --json each prints an object on a line of its own: docs/sheet-json.md.
 */
#ifndef STEPPE_SHEET_BATCH_MEASURE_H
#define STEPPE_SHEET_BATCH_MEASURE_H

#include "sheet/batch/batch.h"

/* Does the line begin with one of these words? */
bool batch_is_measure(const char *line);
/* Do it. Not BATCH_DONE: with a sentence. */
enum batch_status batch_measure(struct batch *batch, struct edit *edit, struct book *book,
                                const char *line);

#endif
