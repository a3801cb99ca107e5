/* SPDX-License-Identifier: MIT */
/* xlsx_sheet.h - one sheet of an XLSX file, from xl/worksheets/sheet1.xml. */
#ifndef STEPPE_SHEET_XLSX_SHEET_H
#define STEPPE_SHEET_XLSX_SHEET_H

#include "sheet/book/arrival.h"
#include "sheet/files/archive.h"
#include "sheet/files/xlsx_cells.h"

/* Into an empty sheet of the workbook. false with a sentence. */
bool xlsx_sheet_read(const struct xlsx_cells_options *options, struct archive *archive,
                     const char *part);

#endif
