/* SPDX-License-Identifier: MIT */
/*
 * xlsx_tables.h - tables of an XLSX workbook, as far as formulas refer to them: "Sales[Price]",
 * "Sales[[#This Row],[Price]]", "Sales[[#Totals],[Price]:[Tax]]".
 *
 * There are no tables in our workbooks: a reference to one becomes a reference to its cells while
 * the file is read, and follows them from then on.
 */
#ifndef STEPPE_SHEET_XLSX_TABLES_H
#define STEPPE_SHEET_XLSX_TABLES_H

#include <stdio.h>

#include "sheet/book/arrival.h"
#include "sheet/files/archive.h"

struct xlsx_tables;

/* NULL with a sentence. */
struct xlsx_tables *xlsx_tables_new(struct arrival *arrival);
void xlsx_tables_free(struct xlsx_tables *tables);

/* Those of a sheet, whose file is part; the sheet gets the area of a table's filter, if one hides
 * rows. A table that cannot be read is none. false with a sentence: memory was refused. */
bool xlsx_tables_read(struct xlsx_tables *tables, struct archive *archive, const char *part,
                      struct sheet *sheet);

uint64_t xlsx_tables_count(const struct xlsx_tables *tables);

/* Where a formula is; sheet NULL: it is that of a name of the workbook. */
struct xlsx_tables_place {
    const struct sheet *sheet;
    struct position cell;
};
/* A word of a formula, which may be a table's name ("": that of the table in which it stands), and
 * what stands behind it. */
struct xlsx_tables_text {
    const char *name;
    size_t name_bytes;
    const char *at, *end;
};
/* Put the cells it means into a stream, and go behind it. false: it is none, or cannot be read. */
bool xlsx_tables_put(const struct xlsx_tables *tables, const struct xlsx_tables_place *place,
                     struct xlsx_tables_text *text, FILE *stream);

#endif
