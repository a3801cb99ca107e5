/* SPDX-License-Identifier: MIT */
/*
 * number_format.h - numbers as a format code of ECMA-376 (18.8.31) writes them: "#,##0.00",
 * "0.0%", "yyyy-mm-dd hh:mm", "[Red]-0.00;[h]:mm;\"none\";@", "# ?/?", "0.00E+00".
 *
 * Codes come from files: none may harm, whatever it says; one that cannot be understood writes as
 * General does.
 */
#ifndef STEPPE_SHEET_NUMBER_FORMAT_H
#define STEPPE_SHEET_NUMBER_FORMAT_H

#include "sheet/values/value.h"

enum { FORMAT_TEXT_BYTES = 512 };

enum format_color {
    FORMAT_NO_COLOR,
    FORMAT_BLACK,
    FORMAT_BLUE,
    FORMAT_CYAN,
    FORMAT_GREEN,
    FORMAT_MAGENTA,
    FORMAT_RED,
    FORMAT_WHITE,
    FORMAT_YELLOW
};

struct formatted {
    char text[FORMAT_TEXT_BYTES]; /* with its 0; cut at a character where it is too long */
    size_t text_bytes;
    enum format_color color;
    bool fills;      /* numbers: right-aligned. false: text, left-aligned */
    bool is_refused; /* a date below 0, but of 1904: to be shown as #### */
};

/* Errors by their names, booleans likewise but in a text's section, blank as "". columns: how much
 * room there is, for General, which takes 11 and a sign at the most, and what "*x" fills; 0: as
 * much as it wants, and nothing is filled. is_1904: days count from then (date.h). */
void number_format(struct formatted *result, struct value value, const char *code, size_t columns,
                   bool is_1904);

enum format_kind {
    FORMAT_GENERAL,
    FORMAT_NUMBER,
    FORMAT_CURRENCY,
    FORMAT_PERCENT,
    FORMAT_FRACTION,
    FORMAT_SCIENTIFIC,
    FORMAT_DATE,
    FORMAT_TIME,
    FORMAT_DATE_TIME,
    FORMAT_TEXT
};
/* Of the first section that is of a date or time, else of the first. */
enum format_kind number_format_kind(const char *code);
bool number_format_is_valid(const char *code);

/* The code of a built-in number (0 General, 14 a date ...), NULL: there is none; and back, -1: it
 * is none. */
const char *number_format_builtin(unsigned number);
int number_format_builtin_of(const char *code);

/* One decimal more or less; false: nothing to change. */
bool number_format_decimals(const char *code, int by, char changed[FORMAT_TEXT_BYTES]);

#endif
