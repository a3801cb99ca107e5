/* SPDX-License-Identifier: MIT */
/*
 * parse.h - the text of a formula to tokens.
 *
 * Operators from the strongest: ':' ' ' ',' (references), '-' '+' in front, '%' behind, '^',
 * '*' '/', '+' '-', '&', comparisons. All of one strength go from left to right, '^' too; a '-' in
 * front binds more than '^' (=-2^2 is 4), as in Excel. A ',' between arguments is no operator; in
 * parentheses of its own it unites. Function names may carry "_xlfn." in front.
 *
 * Time goes with the length, and memory with the depth: neither can be made to explode.
 */
#ifndef STEPPE_SHEET_PARSE_H
#define STEPPE_SHEET_PARSE_H

#include "common/problem.h"
#include "sheet/book/formula.h"

struct book;

enum parse_dialect {
    PARSE_EXCEL,        /* A1, ',' between arguments, Sheet!A1 */
    PARSE_OPEN_FORMULA, /* ODS: [.A1], [Sheet.A1:.B2], ';' between arguments, '~' unites, '!' meets,
                           "of:=" or "oooc:=" in front */
};

struct parse_options {
    struct book *book; /* texts, names, sheets */
    sheet_id sheet;    /* where the formula stands */
    struct position cell;
    enum parse_dialect dialect;
    bool
        sheets_may_come; /* in a file that is being read: a sheet may be named before it is there */
};

struct parsed {
    struct token tokens[FORMULA_TOKENS_MAX];
    size_t token_count;
    size_t error_offset;  /* where in the text, when it failed */
    char error_text[160]; /* "expected ')' ...": a sentence without a full stop */
    bool lacks_memory;    /* that is why */
};

/* text may begin with '='. true: tokens are well-formed, and the texts in them are held: either
 * call formula_keep and then parse_drop, or parse_drop alone. false: error_*; nothing is held. */
bool parse_formula(struct parsed *parsed, const char *text, size_t text_bytes,
                   const struct parse_options *options);
void parse_drop(struct parsed *parsed, struct book *book);

/* parse, keep, drop: what most callers want. 0: error is filled, or memory was refused (error_text
 * says so). error may be NULL. */
struct parse_error {
    size_t offset;
    char text[160];
    bool lacks_memory;
};
formula_id parse_and_keep(const char *text, size_t text_bytes, const struct parse_options *options,
                          struct parse_error *error);
/* "character 6: expected ...", of a text that has so many bytes in front. Always false. */
bool parse_say(struct problem *problem, const struct parse_error *error, size_t bytes_before);

#endif
