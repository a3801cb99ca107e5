/* SPDX-License-Identifier: MIT */
/*
 * function_subtotal.c - SUBTOTAL: one of eleven functions over cells that are not subtotals
 * themselves, and not hidden: by a filter, or with numbers from 101 on by hand, too.
 */
#include <math.h>

#include "sheet/evaluation.h"

enum { HIDDEN_LEFT_OUT = 100 };

struct subtotal {
    uint64_t count, used_count; /* of numbers; of what is not blank */
    struct sum sum;
    double product, least, most;
    double mean, squares; /* Welford: of differences from the mean */
};

static void add_number(struct subtotal *subtotal, double number)
{
    double difference = number - subtotal->mean;
    sum_add(&subtotal->sum, number);
    subtotal->product = subtotal->count ? subtotal->product * number : number;
    subtotal->least = subtotal->count ? fmin(subtotal->least, number) : number;
    subtotal->most = subtotal->count ? fmax(subtotal->most, number) : number;
    subtotal->count++;
    subtotal->mean += difference / (double)subtotal->count;
    subtotal->squares += difference * (number - subtotal->mean);
}

static bool is_subtotal(const struct book *book, const struct cell *cell)
{
    size_t count;
    if (!cell || !cell->formula)
        return false;
    int subtotal = function_find("SUBTOTAL", 8);
    const struct token *tokens = formula_tokens(book->formulas, cell->formula, &count);
    for (size_t i = 0; i < count; i++)
        if (tokens[i].kind == TOKEN_CALL && (int)tokens[i].function == subtotal)
            return true;
    return false;
}

/* Of rows hidden one by one nobody says by whom: those in a filter's area are taken for its. */
static bool is_left_out(const struct walk *walk, bool all_hidden)
{
    const struct sheet *sheet = walk->sheet;
    if (!sheet || !sheet->rows.count)
        return false;
    uint32_t row = walk->reference.area.first.row + walk->row;
    const struct line_span *span = line_span_at(&sheet->rows, row);
    if (!span || !span->is_hidden)
        return false;
    return all_hidden ||
           (sheet->has_filter && row > sheet->filter.first.row && row <= sheet->filter.last.row);
}

static bool counts_only(int number)
{
    return number == 2 || number == 3;
}

/* false: an error stands there. */
static bool add_area(struct call *call, unsigned i, int number, bool all_hidden,
                     struct subtotal *subtotal, struct value *error)
{
    struct walk walk;
    walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_ANY);
    while (walk_next(&walk)) {
        if (is_left_out(&walk, all_hidden) ||
            is_subtotal(evaluation_book(call->evaluation), walk.cell))
            continue;
        subtotal->used_count++;
        if (walk.value.kind == VALUE_NUMBER)
            add_number(subtotal, walk.value.number);
        if (walk.value.kind != VALUE_ERROR || counts_only(number))
            continue;
        *error = walk.value;
        return false;
    }
    return true;
}

static struct operand mean_of(const struct subtotal *subtotal)
{
    if (!subtotal->count)
        return operand_error(ERROR_DIV0);
    return operand_number(sum_result(&subtotal->sum) / (double)subtotal->count);
}

static struct operand variance_of(const struct subtotal *subtotal, uint64_t less, bool is_root)
{
    if (subtotal->count <= less)
        return operand_error(ERROR_DIV0);
    double variance = subtotal->squares / (double)(subtotal->count - less);
    return operand_number(is_root ? sqrt(variance) : variance);
}

static struct operand result_of(const struct subtotal *subtotal, int number)
{
    switch (number) {
    case 1:
        return mean_of(subtotal);
    case 2:
        return operand_number((double)subtotal->count);
    case 3:
        return operand_number((double)subtotal->used_count);
    case 4:
        return operand_number(subtotal->most);
    case 5:
        return operand_number(subtotal->least);
    case 6:
        return operand_number(subtotal->product);
    case 7:
        return variance_of(subtotal, 1, true);
    case 8:
        return variance_of(subtotal, 0, true);
    case 9:
        return operand_number(sum_result(&subtotal->sum));
    case 10:
        return variance_of(subtotal, 1, false);
    default:
        return variance_of(subtotal, 0, false);
    }
}

static struct operand do_subtotal(struct call *call)
{
    struct subtotal subtotal = {0};
    struct value error;
    int64_t number;
    if (!call_whole(call, 0, 1, HIDDEN_LEFT_OUT + 11, &number) ||
        (number > 11 && number <= HIDDEN_LEFT_OUT))
        return operand_error(ERROR_VALUE);
    bool all_hidden = number > HIDDEN_LEFT_OUT;
    int which = (int)(all_hidden ? number - HIDDEN_LEFT_OUT : number);
    for (unsigned i = 1; i < call->argument_count; i++) {
        if (call->arguments[i].kind != OPERAND_REFERENCE)
            return operand_error(ERROR_VALUE);
        if (!add_area(call, i, which, all_hidden, &subtotal, &error))
            return operand_of(error);
    }
    return result_of(&subtotal, which);
}

static const struct function functions[] = {
    {"SUBTOTAL", 2, 255, "irr*", do_subtotal, 0, "SUBTOTAL(which, area, ...)",
     "9: the sum, 1: the mean ... of what is shown, without other subtotals"},
};

const struct function_list function_subtotal = {functions, sizeof functions / sizeof *functions};
