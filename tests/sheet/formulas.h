/* SPDX-License-Identifier: MIT */
/*
 * formulas.h - a workbook to try formulas in, for tests of evaluation and functions.
 *
 *     static const struct formula_case cases[] = {{"1+1", "2"}, {"\"a\"&1", "\"a1\""}, ...};
 *     check_formulas(cases, array_count(cases));
 *
 * Results are written as in formulas: 2, "text", TRUE, #N/A.
 */
#ifndef STEPPE_TESTS_FORMULAS_H
#define STEPPE_TESTS_FORMULAS_H

#include <stdio.h>
#include <string.h>

#include "sheet/book/book.h"
#include "sheet/book/evaluate.h"
#include "sheet/book/parse.h"
#include "support.h"

static struct book *book;
static struct evaluation *evaluation;

__attribute__((unused)) static void formulas_begin(void)
{
    struct problem problem;
    book = book_new(STEPPE_NO_LIMIT, &problem);
    require(book, "%s", problem.text);
    require(book_add_sheet(book, "Sheet1", SIZE_MAX, &problem), "%s", problem.text);
    require(book_add_sheet(book, "Other", SIZE_MAX, &problem), "%s", problem.text);
    evaluation = evaluation_new(book);
    require(evaluation);
}

__attribute__((unused)) static void formulas_end(void)
{
    evaluation_free(evaluation);
    book_free(book);
}

__attribute__((unused)) static struct position place_of(const char *name)
{
    struct position position;
    require(position_read(name, &position, NULL) == strlen(name), "%s", name);
    return position;
}

__attribute__((unused)) static formula_id keep_formula(const char *text, struct position cell)
{
    struct parse_options options = {.book = book, .sheet = book->sheets[0]->id, .cell = cell};
    struct parse_error error;
    formula_id formula = parse_and_keep(text, strlen(text), &options, &error);
    require(formula, "%s: %s at %zu", text, error.text, error.offset);
    return formula;
}

/* put("B7", "=A1+1"), put("B7", "12"), put("B7", "\"text\""): whatever a formula can say; without
 * '=' its value now, with braces around it an array formula. */
__attribute__((unused)) static void put_on(struct sheet *sheet, struct position cell,
                                           const char *text)
{
    bool is_array = text[0] == '{', is_formula = text[0] == '=' || is_array;
    char copy[1024];
    (void)snprintf(copy, sizeof copy, "%.*s", (int)strlen(text) - (is_array ? 2 : 0),
                   text + is_array);
    formula_id formula = keep_formula(copy, cell);
    if (is_array)
        formula = formula_as_array(book->formulas, formula);
    if (is_formula) {
        require(cell_set_formula(book, sheet, cell, formula, NULL));
    } else {
        struct value value;
        require(evaluate(evaluation, formula, sheet->id, cell, &value) == EVALUATE_DONE);
        require(cell_set_value(book, sheet, cell, value));
    }
    formula_drop(book->formulas, formula);
}

__attribute__((unused)) static void put(const char *name, const char *text)
{
    put_on(book->sheets[0], place_of(name), text);
}

/* From a cell on to the right. */
__attribute__((unused)) static void put_row(const char *name, size_t count,
                                            const char *const *texts)
{
    struct position cell = place_of(name);
    for (size_t i = 0; i < count; i++, cell.column++)
        if (texts[i][0])
            put_on(book->sheets[0], cell, texts[i]);
}

struct formula_result {
    char text[512];
};

__attribute__((unused)) static struct formula_result write_value(struct value value)
{
    struct formula_result result = {""};
    switch (value.kind) {
    case VALUE_BLANK:
        break;
    case VALUE_NUMBER:
        (void)value_print_number(value.number, result.text);
        break;
    case VALUE_TEXT:
        (void)snprintf(result.text, sizeof result.text, "\"%.*s\"", (int)value.text_bytes,
                       value.text);
        break;
    case VALUE_BOOLEAN:
        (void)snprintf(result.text, sizeof result.text, value.boolean ? "TRUE" : "FALSE");
        break;
    case VALUE_ERROR:
        (void)snprintf(result.text, sizeof result.text, "%s", value_error_name(value.error));
    }
    return result;
}

/* What a formula is in a cell, of the first sheet; in braces: as an array formula. */
__attribute__((unused)) static struct formula_result result_in(const char *text,
                                                               struct position cell)
{
    bool is_array = text[0] == '{' && strchr(text, '=') == text + 1;
    char copy[FORMULA_TEXT_MAX];
    struct value value;
    (void)snprintf(copy, sizeof copy, "%.*s", (int)strlen(text) - (is_array ? 2 : 0),
                   text + is_array);
    formula_id formula = keep_formula(copy, cell);
    if (is_array)
        formula = formula_as_array(book->formulas, formula);
    enum evaluate_outcome outcome =
        evaluate(evaluation, formula, book->sheets[0]->id, cell, &value);
    require(outcome == EVALUATE_DONE, "%s", text);
    struct formula_result result = write_value(value);
    formula_drop(book->formulas, formula);
    return result;
}

struct formula_case {
    const char *formula, *result;
};

/* In a cell far from all others: ZZ1000. */
__attribute__((unused)) static void check_formulas(const struct formula_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct formula_result result = result_in(cases[i].formula, (struct position){999, 701});
        require(strcmp(result.text, cases[i].result) == 0, "%s is %s, not %s", cases[i].formula,
                result.text, cases[i].result);
    }
}

#endif
