/* SPDX-License-Identifier: MIT */
/*
 * numbers.h - the numbers among a function's arguments, for AVERAGE, MEDIAN, IRR and their like.
 *
 * In cells and arrays only numbers are numbers: text, truths and what is empty is passed over.
 * Given directly a truth is one, and text that reads as a number; other text is #VALUE!. The first
 * error met is the result.
 *
 *     struct numbers numbers;
 *     numbers_begin(&numbers, call, 0, call->argument_count, 0);
 *     while (numbers_next(&numbers))
 *         sum += numbers.number;
 *     if (numbers.error.kind == VALUE_ERROR)
 *         return operand_of(numbers.error);
 */
#ifndef STEPPE_SHEET_NUMBERS_H
#define STEPPE_SHEET_NUMBERS_H

#include "sheet/book/function.h"

enum numbers_rule {
    NUMBERS_TEXT_IS_0 = 1, /* in cells, and truths there are 1 and 0: AVERAGEA */
    NUMBERS_BY_ROWS = 2    /* in an order that people can tell; else as they lie */
};

struct numbers {
    double number;
    struct value error; /* VALUE_BLANK: none so far */
    /* The rest is numbers.c's. */
    struct call *call;
    unsigned next, end, rules;
    bool is_open;
    struct walk walk;
};

/* Of the arguments from first to end - 1, which stay where they are. */
void numbers_begin(struct numbers *numbers, struct call *call, unsigned first, unsigned end,
                   unsigned rules);
bool numbers_next(struct numbers *numbers);

/* All of them, in the evaluation's memory; or an error. */
struct number_list {
    double *numbers; /* NULL when there are none */
    size_t count;
    struct value error;
};
struct number_list numbers_take(struct call *call, unsigned first, unsigned end, unsigned rules);

/* In order. Both change the places of numbers, and end early when the evaluation is stopped. */
void numbers_sort(struct evaluation *evaluation, double *numbers, size_t count);
/* The one that would be at index if they were in order, which is there. */
double numbers_select(struct evaluation *evaluation, double *numbers, size_t count, size_t index);
/* In a list in order the first one that is not smaller. */
size_t numbers_lower_bound(const double *numbers, size_t count, double number);
/* What would stand at a place from 0 to count - 1, between two in proportion. Changes places. */
double numbers_at_place(struct evaluation *evaluation, struct number_list *list, double place);
/* Of those that are there most often, and more than once, the one that comes first; #N/A. */
struct operand numbers_mode(struct evaluation *evaluation, const struct number_list *list);

#endif
