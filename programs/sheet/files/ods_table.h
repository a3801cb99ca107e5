/* SPDX-License-Identifier: MIT */
/*
 * ods_table.h - the tables of an OpenDocument file, with what stands in <office:spreadsheet> beside
 * them: names, filters, how days are counted.
 *
 * Cells and rows may be repeated, up to the whole grid by a few bytes. What is empty, or only looks
 * in some way, is not repeated beyond what people see; values are, as often as the file says, but
 * not more than ODS_REPEATED_CELLS_MAX in all.
 */
#ifndef STEPPE_SHEET_ODS_TABLE_H
#define STEPPE_SHEET_ODS_TABLE_H

#include "sheet/book/arrival.h"
#include "sheet/files/ods_styles.h"

enum { ODS_REPEATED_CELLS_MAX = 1 << 26, ODS_REPEATED_LOOKS_MAX = 1 << 14 };

struct ods_tables;

/* NULL with a sentence. */
struct ods_tables *ods_tables_new(struct arrival *arrival, struct ods_styles *styles);
/* Tells the losses that are counted, and frees it. */
void ods_tables_end(struct ods_tables *tables);

/* For each element and text within <office:spreadsheet>. false with a sentence. */
bool ods_tables_on_start(struct ods_tables *tables, const char *name,
                         const char *const *attributes);
bool ods_tables_on_end(struct ods_tables *tables, const char *name);
void ods_tables_on_text(struct ods_tables *tables, const char *text, size_t text_bytes);

#endif
