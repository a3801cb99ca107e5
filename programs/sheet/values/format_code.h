/* SPDX-License-Identifier: MIT */
/*
 * format_code.h - a format code taken apart: up to four sections of tokens, each of one kind. What
 * they write is number_format.c's.
 */
#ifndef STEPPE_SHEET_FORMAT_CODE_H
#define STEPPE_SHEET_FORMAT_CODE_H

#include "sheet/values/number_format.h"

enum { FORMAT_SECTIONS_MAX = 4, FORMAT_TOKENS_MAX = 256 };

enum format_token_kind {
    FORMAT_LITERAL, /* text */
    FORMAT_ROOM,    /* "_x": as wide as x, here a space */
    FORMAT_FILL,    /* "*x": text is x */
    FORMAT_DIGIT,   /* 0 # ?: letter */
    FORMAT_POINT,
    FORMAT_PERCENT_SIGN,
    FORMAT_EXPONENT, /* letter: '+' or '-' */
    FORMAT_SLASH,    /* of a fraction */
    FORMAT_FIXED,    /* the digits of a denominator: text */
    FORMAT_AS_TEXT,  /* @ */
    FORMAT_AS_GENERAL,
    FORMAT_YEAR, /* from here on of dates; count letters */
    FORMAT_BUDDHIST_YEAR,
    FORMAT_MONTH,
    FORMAT_DAY,
    FORMAT_HOUR,
    FORMAT_MINUTE,
    FORMAT_SECOND,
    FORMAT_SECOND_PART, /* ".000": count digits */
    FORMAT_HALF_DAY,    /* text: AM/PM, A/P */
    FORMAT_ELAPSED      /* letter h, m or s */
};

struct format_token {
    uint8_t kind, letter;
    uint16_t count;
    uint16_t text_bytes;
    const char *text; /* in the code */
};

enum format_relation {
    FORMAT_NO_CONDITION,
    FORMAT_LESS,
    FORMAT_LESS_EQUAL,
    FORMAT_EQUAL,
    FORMAT_NOT_EQUAL,
    FORMAT_GREATER_EQUAL,
    FORMAT_GREATER
};

struct format_section {
    const struct format_token *tokens;
    unsigned token_count;
    enum format_relation relation;
    double limit;
    enum format_color color;
    enum format_kind kind;
    bool has_as_text, has_groups, has_half_day, has_currency;
    unsigned whole_places, decimal_places, exponent_places;
    unsigned percents, thousands; /* times 100 each, by 1000 each */
    /* Of a fraction: its numerator's first token, its denominator's, places of each; fixed: the
     * denominator, or 0. */
    unsigned numerator, denominator, numerator_places, denominator_places;
    uint32_t fixed;
    unsigned second_places; /* digits behind the second */
};

struct format_code {
    struct format_token tokens[FORMAT_TOKENS_MAX];
    unsigned token_count;
    struct format_section sections[FORMAT_SECTIONS_MAX];
    unsigned section_count; /* for numbers */
    bool has_text_section;  /* it stands behind those */
};

/* The code must stay. false: it cannot be understood. */
bool format_code_parse(struct format_code *parsed, const char *code);

#endif
