/* SPDX-License-Identifier: MIT */
/*
 * formula_line.h - one line that is being typed: text with a cursor; and when it is a formula, what
 * helps to write it: its references, functions and names that go on as it does, what the function
 * around the cursor wants, and putting in a reference that somebody points to.
 *
 *            formula_line_point             any other key
 *    typing --------------------> pointing ---------------> typing
 *                                  |  ^ formula_line_point: the reference is put in anew
 *                                  +--+
 *
 * Invariant: cursor <= length, both between characters; point_start <= point_end <= length.
 */
#ifndef STEPPE_SHEET_FORMULA_LINE_H
#define STEPPE_SHEET_FORMULA_LINE_H

#include "sheet/book/book.h"
#include "sheet/book/function.h"

enum {
    FORMULA_LINE_BYTES = TEXT_BYTES_MAX + 1,
    FORMULA_CHOICES_MAX = 8,
    FORMULA_CHOICE_BYTES = 64,
    FORMULA_REFERENCES_MAX = 64
};

struct formula_choice {
    char name[FORMULA_CHOICE_BYTES];
    const struct function *function; /* NULL: a defined name */
};

struct formula_line {
    char text[FORMULA_LINE_BYTES]; /* with its 0 */
    size_t length, cursor;
    size_t point_start, point_end; /* the reference pointed to; alike: none */
    struct formula_choice choices[FORMULA_CHOICES_MAX];
    size_t choice_count, choice; /* what the word at the cursor may become */
    size_t word_start;
    bool is_refused; /* the last text did not fit in */
};

/* Begin with a text, the cursor behind it. */
void formula_line_begin(struct formula_line *line, const char *text);
bool formula_line_is_formula(const struct formula_line *line);

/* A key as of terminal.h: characters, arrows, Home, End, Backspace, Delete; Ctrl+arrows by words,
 * Ctrl+U and Ctrl+K up to the beginning and the end, Ctrl+W a word. false: not one of ours. */
bool formula_line_press(struct formula_line *line, uint32_t key);
/* Text at the cursor. What does not fit in is left out. */
void formula_line_insert(struct formula_line *line, const char *text);
/* Put the cursor at a column of the text as it is shown (formula_line_show). */
void formula_line_go_to_column(struct formula_line *line, int column);

/* Put the parentheses behind it that a formula lacks. Returns how many. */
size_t formula_line_close(struct formula_line *line);

/* ---- references ----------------------------------------------------------------------------- */

struct formula_reference {
    size_t start, end;             /* in the text, with the sheet's name */
    size_t sheet_start, sheet_end; /* its name, with its quotes; alike: none */
    size_t area_start;
    struct area area;
};

/* Those in the text, in order. Returns how many. */
size_t formula_line_references(const struct formula_line *line,
                               struct formula_reference references[FORMULA_REFERENCES_MAX]);
/* $ at the reference at the cursor: A1, $A$1, A$1, $A1, A1. false: there is none. */
bool formula_line_fix(struct formula_line *line);
/* Would a reference make sense at the cursor: behind an operator, '(', ',' or one pointed to? */
bool formula_line_can_point(const struct formula_line *line);
/* Put one in at the cursor, or in place of the one pointed to just before. */
void formula_line_point(struct formula_line *line, const char *reference);
/* What is typed next comes behind it. */
void formula_line_end_point(struct formula_line *line);

/* ---- functions and names -------------------------------------------------------------------- */

/* Find what the word at the cursor may become; book may be NULL: functions alone. */
void formula_line_find_choices(struct formula_line *line, const struct book *book);
void formula_line_drop_choices(struct formula_line *line);
/* Another choice, this one: "SUM(" in place of "su". */
void formula_line_choose(struct formula_line *line, int step);
void formula_line_take_choice(struct formula_line *line);
/* The function whose arguments the cursor is among; NULL: none. argument: which one, from 0. */
const struct function *formula_line_function(const struct formula_line *line, unsigned *argument);

#endif
