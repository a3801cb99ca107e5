/* SPDX-License-Identifier: MIT */
/*
 * field.h - cells as fields of lines of text: numbers that read back the same, dates as ISO dates,
 * and, for get and diff, quotes only where a field has a separator, a quote or a line's end in it.
 */
#ifndef STEPPE_SHEET_FIELD_H
#define STEPPE_SHEET_FIELD_H

#include "sheet/book/book.h"
#include "sheet/files/sink.h"
#include "sheet/values/number_format.h"
#include "sheet/values/typed.h"

enum { FIELD_NUMBER_BYTES = 64 };

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

/* How numbers with a format code are written. */
enum field_kind {
    FIELD_NUMBER,
    FIELD_DATE,
    FIELD_DATE_TIME,
    FIELD_DATE_T_TIME, /* 2024-01-31T12:30:00, where the format has the T, too */
    FIELD_TIME
};
enum field_kind field_kind_of(const char *code);
/* What a number is as a field; decimal: ',' in place of the point. Returns the length. */
size_t field_print_number(char text[FIELD_NUMBER_BYTES], double number, enum field_kind kind,
                          bool is_1904, char decimal);
/* What a field of CSV says: typed.h's careful rules, and zeros at the end of decimals ("12.50")
 * want a format that shows them. */
struct typed field_read(const char *text, size_t text_bytes);
/* A number as it looks: "12.50", "1,000", "5%", where just this would be read from such a field. 0:
 * it would not. */
size_t field_print_look(char text[FIELD_NUMBER_BYTES], double number, const char *code,
                        char decimal, enum typed_dates dates);

/* A cell as it is shown, as text: in formatted, or a text of the cell's own that is too long for
 * that. */
struct value field_shown(const struct book *book, const struct cell *cell,
                         struct formatted *formatted);

/* "=A1+1", "{=A1:A3*2}"; the caller's to free; NULL: out of memory. */
char *field_formula(const struct book *book, const struct sheet *sheet, formula_id formula,
                    struct position position);

#endif
