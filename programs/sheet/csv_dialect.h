/* SPDX-License-Identifier: MIT */
/* csv_dialect.h - how a table that is a file already is written: it keeps its separators. */
#ifndef STEPPE_SHEET_CSV_DIALECT_H
#define STEPPE_SHEET_CSV_DIALECT_H

#include "sheet/workfile.h"

/* The separator and the quote of a file, from its beginning, where csv does not say them. What
 * cannot be read leaves it as it is. */
void csv_dialect_of_file(const char *path, struct csv_options *csv);

#endif
