/* SPDX-License-Identifier: MIT */
/*
 * typed.h - what somebody typed into a cell, or a file of text says, as a value and the format it
 * wants: "12" 12; "12%" 0.12 with 0%; "1,234.50" with #,##0.00; "$5", "5 €"; "1/2" a date, "0 1/2"
 * a half; "2024-01-31", "31.1.2024", "1/31/2024", "Jan 31, 2024", "31-Jan-24", "12:30", "2024-01-31
 * 12:30:15"; "TRUE"; "#N/A"; "'12" the text 12. All else is text.
 */
#ifndef STEPPE_SHEET_TYPED_H
#define STEPPE_SHEET_TYPED_H

#include "sheet/values/value.h"

enum typed_rules {
    TYPED_ALL,    /* as typed by a person */
    TYPED_CAREFUL /* as found in files: only what reads back the same is taken for a number or a
                     date: ISO dates, no leading zeros ("007" is text), no "+" in front, no
                     fractions, no whole numbers of more than 15 digits, no "2E5" (2E+05 is one) */
};

struct typed {
    struct value value; /* text points into what was given */
    const char *format; /* a constant format code, or NULL: none is wanted */
};

/* Does not look for formulas: a text with = in front is the caller's. */
struct typed typed_read(const char *text, size_t text_bytes, enum typed_rules rules);

/* As functions take text for a number (VALUE, "5"+1): numbers, percent, currency, dates and times,
 * without "'", booleans, and dates with points. */
bool typed_number(const char *text, size_t text_bytes, double *number);
/* The same with dates as numbers of the workbook's system. */
bool typed_number_in(const char *text, size_t text_bytes, bool is_1904, double *number);

/* In which order three numbers are a date: "31.12.2024", "12/24/2024". TYPED_DATES_ISO: none is. */
enum typed_dates { TYPED_DATES_ISO, TYPED_DATES_DMY, TYPED_DATES_MDY, TYPED_DATES_YMD };
/* A day alone, as files have it: with '.', '/' or '-' and without spaces in it, years of two or
 * four digits, and what reads back the same. false: it is none. */
bool typed_date(const char *text, size_t text_bytes, enum typed_dates dates, struct typed *typed);

#endif
