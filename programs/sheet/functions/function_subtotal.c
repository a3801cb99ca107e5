/* SPDX-License-Identifier: MIT */
/*
 * function_subtotal.c - SUBTOTAL and AGGREGATE: one of several functions over cells, without those
 * that are subtotals themselves, are hidden, or are errors.
 *
 *   SUBTOTAL   1 to 11: without subtotals and what a filter hides; from 101 on: nor what is hidden
 *              by hand
 *   AGGREGATE  1 to 19; its options say what is left out: subtotals (0 to 3), errors (2, 3, 6, 7),
 *              hidden rows (1, 3, 5, 7)
 *
 * From 14 on AGGREGATE has a place as its last argument, and takes arrays as well as cells.
 */
#include <math.h>

#include "sheet/book/evaluation.h"
#include "sheet/functions/digest.h"
#include "sheet/functions/numbers.h"

enum { HIDDEN_LEFT_OUT = 100 };

struct omissions {
    bool subtotals, filtered, hidden, errors;
};

static bool is_total(const struct token *token)
{
    const struct function *function =
        token->kind == TOKEN_CALL ? function_of(token->function) : NULL;
    return function && (function->flags & FUNCTION_IS_TOTAL);
}

static bool has_total(const struct book *book, const struct cell *cell)
{
    size_t count;
    if (!cell || !cell->formula)
        return false;
    const struct token *tokens = formula_tokens(book->formulas, cell->formula, &count);
    for (size_t i = 0; i < count; i++)
        if (is_total(&tokens[i]))
            return true;
    return false;
}

/* Of rows hidden one by one nobody says by whom: those in a filter's area are taken for its. */
static bool is_in_hidden_row(const struct walk *walk, const struct omissions *omissions)
{
    const struct sheet *sheet = walk->cell ? walk->sheet : NULL;
    if (!sheet || !sheet->rows.count)
        return false;
    uint32_t row = walk->reference.area.first.row + walk->row;
    const struct line_span *span = line_span_at(&sheet->rows, row);
    if (!span || !span->is_hidden)
        return false;
    return omissions->hidden || (omissions->filtered && sheet->has_filter &&
                                 row > sheet->filter.first.row && row <= sheet->filter.last.row);
}

static bool is_left_out(const struct call *call, const struct walk *walk,
                        const struct omissions *omissions)
{
    if (omissions->errors && walk->value.kind == VALUE_ERROR)
        return true;
    return is_in_hidden_row(walk, omissions) ||
           (omissions->subtotals && has_total(evaluation_book(call->evaluation), walk->cell));
}

static bool counts_only(int kind)
{
    return kind == DIGEST_COUNT || kind == DIGEST_COUNT_USED;
}

/* Arguments from i on, which are references. */
static struct operand digest_areas(struct call *call, unsigned i, enum digest_kind kind,
                                   const struct omissions *omissions)
{
    struct digest digest = {0};
    struct walk walk;
    for (; i < call->argument_count; i++) {
        if (call->arguments[i].kind != OPERAND_REFERENCE)
            return operand_error(ERROR_VALUE);
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_ANY);
        while (walk_next(&walk)) {
            if (is_left_out(call, &walk, omissions))
                continue;
            if (walk.value.kind == VALUE_ERROR && !counts_only(kind))
                return operand_of(walk.value);
            digest_add(&digest, walk.value);
        }
    }
    return digest_result(&digest, kind);
}

static struct operand do_subtotal(struct call *call)
{
    int64_t number;
    if (!call_whole(call, 0, 1, HIDDEN_LEFT_OUT + 11, &number) ||
        (number > 11 && number <= HIDDEN_LEFT_OUT))
        return operand_error(ERROR_VALUE);
    struct omissions omissions = {
        .subtotals = true, .filtered = true, .hidden = number > HIDDEN_LEFT_OUT};
    if (omissions.hidden)
        number -= HIDDEN_LEFT_OUT;
    return digest_areas(call, 1, (enum digest_kind)number, &omissions);
}

/* ---- AGGREGATE beyond 11 ------------------------------------------------------------------------
 */

enum aggregate {
    AGGREGATE_MEDIAN = 12,
    AGGREGATE_MODE = 13,
    AGGREGATE_LARGE = 14,
    AGGREGATE_SMALL = 15,
    AGGREGATE_PERCENTILE = 16,
    AGGREGATE_QUARTILE = 17,
    AGGREGATE_PERCENTILE_INSIDE = 18,
    AGGREGATE_QUARTILE_INSIDE = 19,
    OPTIONS_MAX = 7
};

/* Of what is given directly: as in a cell, for there is nothing else here. */
static size_t collect(struct call *call, unsigned first, unsigned end,
                      const struct omissions *omissions, double *numbers, struct value *error)
{
    struct walk walk;
    size_t count = 0;
    for (unsigned i = first; i < end; i++) {
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_BY_ROWS);
        while (walk_next(&walk)) {
            if (is_left_out(call, &walk, omissions))
                continue;
            if (walk.value.kind == VALUE_ERROR) {
                *error = walk.value;
                return 0;
            }
            if (walk.value.kind != VALUE_NUMBER)
                continue;
            if (numbers)
                numbers[count] = walk.value.number;
            count++;
        }
    }
    return count;
}

static struct number_list collect_list(struct call *call, unsigned first, unsigned end,
                                       const struct omissions *omissions)
{
    struct number_list list = {.error = value_blank()};
    size_t count = collect(call, first, end, omissions, NULL, &list.error);
    if (!count || list.error.kind == VALUE_ERROR)
        return list;
    list.numbers = evaluation_take(call->evaluation, count * sizeof *list.numbers);
    if (list.numbers)
        list.count = collect(call, first, end, omissions, list.numbers, &list.error);
    else
        list.error = value_error(ERROR_NUM);
    return list;
}

/* Where in the order the number wanted is, from 0; below 0: nowhere. */
static double place_of(enum aggregate which, double count, double argument)
{
    switch (which) {
    case AGGREGATE_MEDIAN:
        return (count - 1) / 2;
    case AGGREGATE_LARGE:
        return argument >= 1 ? count - ceil(argument) : -1;
    case AGGREGATE_SMALL:
        return argument >= 1 ? ceil(argument) - 1 : -1;
    case AGGREGATE_PERCENTILE:
        return argument <= 1 ? argument * (count - 1) : -1;
    case AGGREGATE_QUARTILE:
        return argument < 5 ? trunc(argument) / 4 * (count - 1) : -1;
    case AGGREGATE_PERCENTILE_INSIDE:
        return argument * (count + 1) - 1;
    default:
        return trunc(argument) / 4 * (count + 1) - 1;
    }
}

static struct operand order_of(struct call *call, enum aggregate which,
                               const struct omissions *omissions)
{
    bool has_place = which >= AGGREGATE_LARGE;
    struct value argument = value_number(0);
    unsigned end = call->argument_count;
    if (has_place) {
        if (call->argument_count != 4)
            return operand_error(ERROR_VALUE);
        argument = evaluation_number(call->evaluation,
                                     operand_value(call->evaluation, &call->arguments[3]));
        end = 3;
    }
    for (unsigned i = 2; i < end && !has_place; i++)
        if (call->arguments[i].kind != OPERAND_REFERENCE)
            return operand_error(ERROR_VALUE);
    struct number_list list = collect_list(call, 2, end, omissions);
    if (list.error.kind == VALUE_ERROR || argument.kind == VALUE_ERROR)
        return operand_of(list.error.kind == VALUE_ERROR ? list.error : argument);
    if (which == AGGREGATE_MODE)
        return numbers_mode(call->evaluation, &list);
    double place = place_of(which, (double)list.count, argument.number);
    if (!(place >= 0 && place <= (double)list.count - 1))
        return operand_error(ERROR_NUM);
    return operand_number(numbers_at_place(call->evaluation, &list, place));
}

static struct operand do_aggregate(struct call *call)
{
    int64_t which, options = 0;
    if (!call_whole(call, 0, 1, AGGREGATE_QUARTILE_INSIDE, &which) ||
        !call_whole(call, 1, 0, OPTIONS_MAX, &options))
        return operand_error(ERROR_VALUE);
    struct omissions omissions = {
        .subtotals = options < 4, .hidden = options & 1, .errors = options & 2};
    if (which < AGGREGATE_MEDIAN)
        return digest_areas(call, 2, (enum digest_kind)which, &omissions);
    return order_of(call, (enum aggregate)which, &omissions);
}

static const struct function functions[] = {
    {"AGGREGATE", 3, 255, "iirr*", do_aggregate,
     FUNCTION_IS_LATER | FUNCTION_IS_TOTAL | FUNCTION_TAKES_ARRAYS,
     "AGGREGATE(which, options, area, ...)",
     "9: the sum, 14: the largest ... without errors, hidden cells or other totals"},
    {"SUBTOTAL", 2, 255, "irr*", do_subtotal, FUNCTION_IS_TOTAL, "SUBTOTAL(which, area, ...)",
     "9: the sum, 1: the mean ... of what is shown, without other subtotals"},
};

const struct function_list function_subtotal = {functions, sizeof functions / sizeof *functions};
