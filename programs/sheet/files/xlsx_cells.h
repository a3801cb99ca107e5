/* SPDX-License-Identifier: MIT */
/*
 * xlsx_cells.h - the rows and cells of an XLSX sheet: what stands in <sheetData>.
 *
 * To be called for each element and text within it, not for itself.
 */
#ifndef STEPPE_SHEET_XLSX_CELLS_H
#define STEPPE_SHEET_XLSX_CELLS_H

#include "sheet/book/arrival.h"
#include "sheet/files/xlsx_strings.h"
#include "sheet/files/xlsx_styles.h"
#include "sheet/files/xlsx_tables.h"

struct xlsx_cells;

struct xlsx_cells_options {
    struct arrival *arrival;
    const struct xlsx_strings *strings;
    const struct xlsx_style_list *styles;
    const struct xlsx_tables *tables;
    struct sheet *sheet;
};

/* NULL with a sentence. */
struct xlsx_cells *xlsx_cells_new(const struct xlsx_cells_options *options);
/* Tells the losses, and frees it. */
void xlsx_cells_end(struct xlsx_cells *cells);

bool xlsx_cells_on_start(struct xlsx_cells *cells, const char *name, const char *const *attributes);
bool xlsx_cells_on_end(struct xlsx_cells *cells);
void xlsx_cells_on_text(struct xlsx_cells *cells, const char *text, size_t text_bytes);

#endif
