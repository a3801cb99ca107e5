/* SPDX-License-Identifier: MIT */
/*
 * value.h - what a cell shows and a formula works with: nothing, a number, text, true or false, or
 * an error. Dates are numbers (date.h).
 *
 * A value of text points to bytes of somebody else: an interned text (text.h), or the evaluation's
 * own (evaluate.h). Text is UTF-8 without a 0 byte in it; a 0 may or may not stand behind it.
 */
#ifndef STEPPE_SHEET_VALUE_H
#define STEPPE_SHEET_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind { VALUE_BLANK, VALUE_NUMBER, VALUE_TEXT, VALUE_BOOLEAN, VALUE_ERROR };

/* Excel's seven, in the order of ERROR.TYPE, and one of ours: a cell that depends on itself, which
 * files know as #REF!. */
enum value_error {
    ERROR_NULL = 1, /* #NULL! */
    ERROR_DIV0,     /* #DIV/0! */
    ERROR_VALUE,    /* #VALUE! */
    ERROR_REF,      /* #REF! */
    ERROR_NAME,     /* #NAME? */
    ERROR_NUM,      /* #NUM! */
    ERROR_NA,       /* #N/A */
    ERROR_CYCLE,    /* #CYCLE! */
    ERROR_COUNT = ERROR_CYCLE
};

enum { TEXT_CHARACTERS_MAX = 32767, TEXT_BYTES_MAX = 4 * TEXT_CHARACTERS_MAX };

struct value {
    enum value_kind kind;
    enum value_error error; /* VALUE_ERROR */
    bool boolean;           /* VALUE_BOOLEAN */
    uint32_t text_bytes;    /* VALUE_TEXT: at most TEXT_BYTES_MAX */
    union {
        double number;    /* VALUE_NUMBER: never infinite, never NaN */
        const char *text; /* VALUE_TEXT */
    };
};

struct value value_blank(void);
/* Infinite and NaN become #NUM!. */
struct value value_number(double number);
struct value value_boolean(bool boolean);
struct value value_error(enum value_error error);
struct value value_text(const char *text, size_t text_bytes);
struct value value_string(const char *string); /* up to its 0 */

/* "#DIV/0!"; and back: the whole text, of either case. */
const char *value_error_name(enum value_error error);
bool value_error_parse(const char *text, size_t text_bytes, enum value_error *error);

/* A number as Excel's General format writes it where there is room: up to 15 digits, "0.1",
 * "1E+21", "123456789012". Always with a point. Returns the length. */
enum { VALUE_NUMBER_BYTES = 32 };
size_t value_print_number(double number, char text[VALUE_NUMBER_BYTES]);
/* The same in no more than so many columns, for a narrow cell; 0: it does not fit in. */
size_t value_print_narrow(double number, size_t columns, char text[VALUE_NUMBER_BYTES]);

/* Text that is a plain number ("12", " -1.5e3 "): the whole of it, spaces around it allowed.
 * Percent, currency, dates: typed.h. */
bool value_parse_number(const char *text, size_t text_bytes, double *number);

/* As operators and functions take a value that must be a number, text, a truth:
 * blank is 0, "" and false; text that reads as a number (typed.h) is one; booleans are 1 and 0. An
 * error is returned as it is, what cannot be converted as #VALUE!. */
struct value value_to_number(struct value value);
struct value value_to_boolean(struct value value);
/* Numbers and booleans are written into buffer, which must live as long as the result. */
struct value value_to_text(struct value value, char buffer[VALUE_NUMBER_BYTES]);

/* Order of Excel's comparisons and sorting: numbers < text < booleans < errors; text without regard
 * to case. Blank compares as the other's zero, "" or false. Returns < 0, 0, > 0. */
int value_compare(struct value a, struct value b);
/* Of text alone, by UTF-8 characters folded to one case. */
int value_compare_text(const char *a, size_t a_bytes, const char *b, size_t b_bytes);
/* The same kind and content; case counts. */
bool value_is(struct value a, struct value b);

#endif
