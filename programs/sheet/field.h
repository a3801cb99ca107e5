/* SPDX-License-Identifier: MIT */
/*
 * field.h - cells as fields of lines of text, for get and diff: numbers that read back the same,
 * dates as ISO dates, and quotes only where a field has a separator, a quote or a line's end in it.
 */
#ifndef STEPPE_SHEET_FIELD_H
#define STEPPE_SHEET_FIELD_H

#include "sheet/book.h"
#include "sheet/sink.h"

struct field_options {
    const struct book *book;
    char separator, quote;
    bool shown;    /* as it is shown: formatted */
    bool formulas; /* "=A1+1" instead of its value */
};

void field_put_text(struct sink *sink, const struct field_options *options, const char *text,
                    size_t text_bytes);
/* style: what says whether a number is a date. */
void field_put_value(struct sink *sink, const struct field_options *options, struct value value,
                     style_id style);
/* false: out of memory. */
bool field_put_cell(struct sink *sink, const struct field_options *options,
                    const struct sheet *sheet, const struct cell *cell, struct position position);

/* "=A1+1", "{=A1:A3*2}"; the caller's to free; NULL: out of memory. */
char *field_formula(const struct book *book, const struct sheet *sheet, formula_id formula,
                    struct position position);

#endif
