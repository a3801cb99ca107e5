/* SPDX-License-Identifier: MIT */
/* xlsx_styles.h - the ways to look that an XLSX file has, by number (cellXfs). */
#ifndef STEPPE_SHEET_XLSX_STYLES_H
#define STEPPE_SHEET_XLSX_STYLES_H

#include "sheet/book/arrival.h"
#include "sheet/files/archive.h"
#include "sheet/files/xlsx_colors.h"

/* What a style has that is not kept. */
enum xlsx_style_loss {
    XLSX_LOSES_BORDER = 1,
    XLSX_LOSES_FONT = 2,
    XLSX_LOSES_PLACE = 4, /* vertical, turned, indented ... */
    XLSX_LOSES_PATTERN = 8
};
enum { XLSX_STYLE_LOSSES = 4 };
const char *xlsx_style_loss_name(unsigned bit); /* by its place, from 0: "cells with borders" */

struct xlsx_style {
    style_id style;
    uint16_t losses;
};

struct xlsx_style_list {
    struct xlsx_style *styles; /* an array of steppe/array.h, or NULL */
    uint64_t count;
};

/* false with a sentence. */
bool xlsx_style_list_read(struct xlsx_style_list *styles, const struct xlsx_colors *theme,
                          struct arrival *arrival, struct archive *archive, const char *part);
void xlsx_style_list_free(struct xlsx_style_list *styles);

#endif
