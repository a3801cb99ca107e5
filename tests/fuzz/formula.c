/* SPDX-License-Identifier: MIT */
/*
 * formula.c - whatever stands in a formula: what is understood reads the same when it is written
 * and read again, and is computed to an end; what is not is told with a place in it.
 *
 * An input is a letter and the formula: 'e' as in Excel, 'o' as in OpenDocument, in capitals as an
 * array formula; 'f' is as in a file, where sheets may be named before they are there.
 */
#include <string.h>

#include "sheet/book/evaluate.h"
#include "sheet/book/parse.h"
#include "sheet/book/print.h"
#include "workbook.h"

enum { WORK_MAX = 2000000, STEPS = 1000 };

static struct parsed first, second; /* large */

static void put(struct book *book, const char *name, struct value value)
{
    struct position position;
    must(position_read(name, &position, NULL) > 0);
    must(cell_set_value(book, book->sheets[0], position, value));
}

static struct book *some_book(void)
{
    struct book *book = workbook_new();
    struct problem problem;
    must(book_add_sheet(book, "Sheet1", SIZE_MAX, &problem));
    must(book_add_sheet(book, "It's", SIZE_MAX, &problem));
    put(book, "A1", value_number(1));
    put(book, "A2", value_number(-2.5));
    put(book, "A3", value_string("text"));
    put(book, "B1", value_string("12"));
    put(book, "B2", value_boolean(true));
    put(book, "B3", value_error(ERROR_NA));
    put(book, "C1000000", value_number(45000));
    return book;
}

static bool are_same(const struct token *a, const struct token *b)
{
    return a->kind == b->kind && a->flags == b->flags && a->sheet == b->sheet &&
           a->count == b->count && a->bits == b->bits;
}

/* Take out what another dialect needs elsewhere: parentheses, and so the way jumps have to go. */
static void reduce(struct parsed *parsed)
{
    size_t count = 0;
    for (size_t i = 0; i < parsed->token_count; i++) {
        struct token token = parsed->tokens[i];
        if (token.kind >= TOKEN_WHEN)
            token.extent = 0;
        if (token.kind != TOKEN_PARENTHESES)
            parsed->tokens[count++] = token;
    }
    parsed->token_count = count;
}

/* Printed for people and for files: the same tokens come back. */
static void check_print(const struct parse_options *options, formula_id formula, bool for_file)
{
    size_t token_count;
    const struct token *tokens = formula_tokens(options->book->formulas, formula, &token_count);
    struct print_options print = {options->book, options->sheet, options->cell, for_file};
    struct parse_options again = *options;
    again.dialect = PARSE_EXCEL;
    char *text = print_formula(tokens, token_count, &print);
    must(text);
    if (strlen(text) > FORMULA_TEXT_MAX) {
        free(text); /* another dialect's, or names that were shorter: it cannot be typed */
        return;
    }
    bool is_parsed = parse_formula(&second, text, strlen(text), &again);
    if (is_parsed && options->dialect != PARSE_EXCEL)
        reduce(&second);
    if (!is_parsed || second.token_count != first.token_count)
        (void)fprintf(stderr, "%s: %s\n", text, is_parsed ? "other tokens" : second.error_text);
    must(is_parsed && second.token_count == first.token_count);
    for (size_t i = 0; i < first.token_count; i++) {
        bool is_same = are_same(&first.tokens[i], &second.tokens[i]);
        if (!is_same)
            (void)fprintf(stderr, "%s: token %zu\n", text, i);
        must(is_same);
    }
    parse_drop(&second, options->book);
    free(text);
}

static void check_value(struct book *book, formula_id formula, const struct parse_options *options)
{
    struct patience patience;
    struct value value;
    struct evaluation *evaluation = evaluation_new(book);
    must(evaluation);
    patience_begin(&patience, STEPS);
    evaluation_set_progress(evaluation, &patience.progress);
    evaluation_set_limit(evaluation, WORK_MAX);
    enum evaluate_outcome outcome =
        evaluate(evaluation, formula, options->sheet, options->cell, &value);
    must(outcome != EVALUATE_NEEDS); /* no other is stale */
    if (outcome == EVALUATE_DONE) {  /* in a cell it is looked at, if there is memory for it */
        must(value.kind != VALUE_BLANK);
        if (cell_set_value(book, book->sheets[0], options->cell, value))
            workbook_check(book);
    }
    evaluation_free(evaluation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || !input_is_text(data + 1, size - 1))
        return 0; /* callers see to that */
    struct book *book = some_book();
    struct parse_options options = {.book = book, .sheet = book->sheets[0]->id, .cell = {6, 3}};
    options.sheets_may_come = data[0] == 'f';
    bool is_array = data[0] == 'E' || data[0] == 'O';
    options.dialect = data[0] == 'o' || data[0] == 'O' ? PARSE_OPEN_FORMULA : PARSE_EXCEL;
    if (!parse_formula(&first, (const char *)data + 1, size - 1, &options)) {
        must(first.error_offset <= size - 1);
        must(first.error_text[0] && strlen(first.error_text) < sizeof first.error_text);
        book_free(book);
        return 0;
    }
    must(formula_is_valid(first.tokens, first.token_count));
    formula_id formula = formula_keep(book->formulas, first.tokens, first.token_count);
    must(formula);
    if (options.dialect != PARSE_EXCEL)
        reduce(&first);
    if (!options.sheets_may_come) { /* else they are #REF! as yet */
        check_print(&options, formula, false);
        check_print(&options, formula, true);
    }
    parse_drop(&first, book);
    if (is_array)
        must(formula = formula_as_array(book->formulas, formula));
    check_value(book, formula, &options);
    if (cell_set_formula(book, book->sheets[0], options.cell, formula, NULL))
        workbook_compute(book);
    formula_drop(book->formulas, formula);
    book_free(book);
    return 0;
}
