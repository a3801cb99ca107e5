/* SPDX-License-Identifier: MIT */
/*
 * criterion.h - conditions on values as SUMIF, COUNTIFS and filters have them: 5, "x", ">=10",
 * "<>", "a*b?", "~*"; and the wildcards alone, for SEARCH, MATCH and XLOOKUP.
 */
#ifndef STEPPE_SHEET_CRITERION_H
#define STEPPE_SHEET_CRITERION_H

#include "sheet/values/value.h"

enum criterion_operator {
    CRITERION_EQUAL,
    CRITERION_NOT_EQUAL,
    CRITERION_LESS,
    CRITERION_LESS_EQUAL,
    CRITERION_GREATER,
    CRITERION_GREATER_EQUAL
};

struct criterion {
    enum criterion_operator relation;
    struct value value; /* text points into what was given */
    bool has_wildcards;
    bool takes_blank; /* cells that are empty fulfil it */
};

/* The meaning of a value as a condition. Text that reads as a number (typed.h) asks for the number,
 * and cells fulfil an equality with it by text that reads as this number, too; other orders hold
 * between values of one kind alone. Numbers are equal when they are the same double. An empty cell
 * as a condition asks for 0. */
struct criterion criterion_of(struct value value);
bool criterion_holds(const struct criterion *criterion, struct value value);
/* How much work that is, in looks at values: with wildcards and long texts it is many. */
static inline uint64_t criterion_work(const struct criterion *criterion, struct value value)
{
    enum { STEPS_OF_A_LOOK = 64 };
    if (!criterion->has_wildcards || value.kind != VALUE_TEXT)
        return 1;
    return 1 + (uint64_t)value.text_bytes * criterion->value.text_bytes / STEPS_OF_A_LOOK;
}

/* '?' one character, '*' any, '~' takes a '?', '*' or '~' behind it as it is; case does not count;
 * the whole text. Time goes with the product of the lengths at the worst. */
bool wildcard_matches(const char *pattern, size_t pattern_bytes, const char *text,
                      size_t text_bytes);
/* Where the pattern first fits in at or behind a byte; SIZE_MAX: nowhere. */
size_t wildcard_find(const char *pattern, size_t pattern_bytes, const char *text, size_t text_bytes,
                     size_t start);

#endif
