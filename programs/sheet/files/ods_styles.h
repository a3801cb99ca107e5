/* SPDX-License-Identifier: MIT */
/*
 * ods_styles.h - the styles of an OpenDocument file: of cells, columns, rows, tables, and number
 * formats, by their names.
 *
 *   reading (ods_styles_on_...) -> ods_styles_settle -> finding
 */
#ifndef STEPPE_SHEET_ODS_STYLES_H
#define STEPPE_SHEET_ODS_STYLES_H

#include "sheet/book/arrival.h"

enum ods_family { ODS_FORMAT, ODS_CELL, ODS_COLUMN, ODS_ROW, ODS_TABLE };

enum ods_style_loss {
    ODS_LOSES_BORDER = 1,
    ODS_LOSES_FONT = 2,
    ODS_LOSES_PLACE = 4,
    ODS_LOSES_CONDITION = 8
};
enum { ODS_STYLE_LOSSES = 4 };
const char *ods_style_loss_name(unsigned bit); /* by its place, from 0 */

/* What a name comes to. */
struct ods_look {
    style_id style;  /* of cells */
    unsigned losses; /* likewise */
    double size;     /* columns: characters; rows: points; 0: the default */
    bool is_hidden;  /* tables */
};

struct ods_styles;

/* NULL with a sentence. */
struct ods_styles *ods_styles_new(struct arrival *arrival);
void ods_styles_free(struct ods_styles *styles);

/* For each element and text within <office:styles> and <office:automatic-styles>; a style that is
 * there twice means what it was the last time. */
bool ods_styles_on_start(struct ods_styles *styles, const char *name,
                         const char *const *attributes);
bool ods_styles_on_end(struct ods_styles *styles, const char *name);
void ods_styles_on_text(struct ods_styles *styles, const char *text, size_t text_bytes);

/* When all have been read: they are joined with what they are made of. false with a sentence. */
bool ods_styles_settle(struct ods_styles *styles);
/* NULL or unknown: the default. */
struct ods_look ods_styles_find(struct ods_styles *styles, enum ods_family family,
                                const char *name);

/* "2.258cm", "12pt", "0.5in": in pixels of 1/96 inch; 0: it is none. */
double ods_pixels(const char *text);

#endif
