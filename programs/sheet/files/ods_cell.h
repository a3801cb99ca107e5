/* SPDX-License-Identifier: MIT */
/*
 * ods_cell.h - one cell of an OpenDocument table, put together from its attributes and paragraphs.
 *
 * <table:table-cell office:value-type="float" office:value="3" table:formula="of:=[.A1]*2">
 *   <text:p>3</text:p>
 */
#ifndef STEPPE_SHEET_ODS_CELL_H
#define STEPPE_SHEET_ODS_CELL_H

#include "sheet/book/gather.h"
#include "sheet/book/parse.h"

enum ods_cell_type {
    ODS_NOTHING,
    ODS_NUMBER,
    ODS_PERCENTAGE,
    ODS_DATE,
    ODS_TIME,
    ODS_TRUTH,
    ODS_STRING
};

struct ods_cell {
    enum ods_cell_type type;
    bool has_value; /* of the type's own attribute; otherwise the paragraphs count */
    bool is_error, has_formula;
    double number; /* of what is no string; truths are 0 and 1 */
    enum parse_dialect dialect;
    unsigned paragraph_depth; /* within a paragraph: how deep, from 1 */
    uint32_t paragraph_count;
    unsigned spoken_depth; /* of a text within that is not to be seen; 0: there is none */
    uint32_t space_count;  /* in front of what comes next ... */
    bool has_line_end;     /* ... and among them the file has begun a new line */
    bool has_text;         /* the paragraph has some already */
    bool has_formats;
    struct gather text, formula;
};

void ods_cell_begin(struct ods_cell *cell, const char *const *attributes, bool is_1904);
/* For elements and text in it. A paragraph begins when the depth is 0 and the element is one: true.
 * Within one all belong to it, until ods_cell_on_end has been called for each of them. */
bool ods_cell_on_start(struct ods_cell *cell, const char *name, const char *const *attributes);
void ods_cell_on_end(struct ods_cell *cell);
void ods_cell_on_text(struct ods_cell *cell, const char *text, size_t text_bytes);

bool ods_cell_has_contents(const struct ods_cell *cell);
/* What it says; of an unknown error #VALUE!. Text points into the cell. Blank: a formula without a
 * result. */
struct value ods_cell_value(struct ods_cell *cell);
/* A format code for cells that have none; NULL: none is needed. */
const char *ods_cell_format(const struct ods_cell *cell);

#endif
