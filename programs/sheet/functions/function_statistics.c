/* SPDX-License-Identifier: MIT */
/* function_statistics.c - counting, averages, spread, order, and lines through points. */
#include <math.h>

#include "sheet/book/function.h"
#include "sheet/functions/numbers.h"
#include "sheet/grid/sum.h"

/* ---- counting -----------------------------------------------------------------------------------
 */

static struct operand do_count(struct call *call)
{
    struct walk walk;
    uint64_t count = 0;
    for (unsigned i = 0; i < call->argument_count; i++) {
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_ANY);
        while (walk_next(&walk)) {
            if (walk.value.kind == VALUE_NUMBER)
                count++;
            else if (!walk.is_from_cell)
                count += evaluation_number(call->evaluation, walk.value).kind == VALUE_NUMBER;
        }
    }
    return operand_number((double)count);
}

static struct operand do_counta(struct call *call)
{
    struct walk walk;
    uint64_t count = 0;
    for (unsigned i = 0; i < call->argument_count; i++) {
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_ANY);
        while (walk_next(&walk))
            count++;
    }
    return operand_number((double)count);
}

static struct operand do_countblank(struct call *call)
{
    const struct operand *area = &call->arguments[0];
    struct walk walk;
    uint32_t rows, columns;
    uint64_t filled = 0;
    if (area->kind == OPERAND_VALUE && area->value.kind == VALUE_ERROR)
        return *area;
    bool has_cells = area->kind == OPERAND_REFERENCE || area->kind == OPERAND_ARRAY;
    if (!has_cells || !operand_size(area, &rows, &columns))
        return operand_error(ERROR_VALUE);
    walk_begin(&walk, call->evaluation, area, WALK_ANY);
    while (walk_next(&walk))
        filled += walk.value.kind != VALUE_TEXT || walk.value.text_bytes != 0;
    return operand_number((double)((uint64_t)rows * columns - filled));
}

/* ---- average, spread ----------------------------------------------------------------------------
 */

/* Of the numbers in all arguments. */
struct moments {
    uint64_t count;
    double mean;
    double squares;     /* the sum of the squares of what is beside the mean */
    double differences; /* ... of what is beside it, either way */
    struct value error;
};

static void add_up(struct moments *moments, struct call *call, unsigned rules)
{
    struct total total = {.count = 0};
    struct numbers numbers;
    if (rules == 0) {
        /* As SUM does it, and as fast. */
        for (unsigned i = 0; i < call->argument_count; i++)
            if (!operand_total(call->evaluation, &call->arguments[i], &total))
                break;
    } else {
        numbers_begin(&numbers, call, 0, call->argument_count, rules);
        for (; numbers_next(&numbers); total.count++)
            sum_add(&total.sum, numbers.number);
        total.error = numbers.error;
    }
    moments->count = total.count;
    moments->error = total.error;
    moments->mean = total.count ? sum_result(&total.sum) / (double)total.count : 0;
}

/* In a second look: squares of large numbers with a small spread would lose it. */
static void spread(struct moments *moments, struct call *call, unsigned rules)
{
    struct numbers numbers;
    struct sum squares = {0, 0}, differences = {0, 0}, rest = {0, 0};
    add_up(moments, call, rules);
    if (!moments->count || moments->error.kind == VALUE_ERROR)
        return;
    numbers_begin(&numbers, call, 0, call->argument_count, rules);
    while (numbers_next(&numbers)) {
        double difference = numbers.number - moments->mean;
        sum_add(&squares, difference * difference);
        sum_add(&differences, fabs(difference));
        sum_add(&rest, difference);
    }
    /* The mean was rounded: differences do not quite add up to nothing. */
    double bias = sum_result(&rest);
    moments->squares = fmax(sum_result(&squares) - bias * bias / (double)moments->count, 0);
    moments->differences = sum_result(&differences);
}

static struct operand average(struct call *call, unsigned rules)
{
    struct moments moments;
    add_up(&moments, call, rules);
    if (moments.error.kind == VALUE_ERROR)
        return operand_of(moments.error);
    return moments.count ? operand_number(moments.mean) : operand_error(ERROR_DIV0);
}

static struct operand do_average(struct call *call)
{
    return average(call, 0);
}

static struct operand do_averagea(struct call *call)
{
    return average(call, NUMBERS_TEXT_IS_0);
}

/* Of a sample one is taken off the count, of everything none. */
static struct operand variance(struct call *call, unsigned rules, unsigned taken_off,
                               bool takes_root)
{
    struct moments moments;
    spread(&moments, call, rules);
    if (moments.error.kind == VALUE_ERROR)
        return operand_of(moments.error);
    if (moments.count <= taken_off)
        return operand_error(ERROR_DIV0);
    double result = moments.squares / (double)(moments.count - taken_off);
    return operand_number(takes_root ? sqrt(result) : result);
}

static struct operand do_var(struct call *call)
{
    return variance(call, 0, 1, false);
}

static struct operand do_varp(struct call *call)
{
    return variance(call, 0, 0, false);
}

static struct operand do_vara(struct call *call)
{
    return variance(call, NUMBERS_TEXT_IS_0, 1, false);
}

static struct operand do_varpa(struct call *call)
{
    return variance(call, NUMBERS_TEXT_IS_0, 0, false);
}

static struct operand do_stdev(struct call *call)
{
    return variance(call, 0, 1, true);
}

static struct operand do_stdevp(struct call *call)
{
    return variance(call, 0, 0, true);
}

static struct operand do_stdeva(struct call *call)
{
    return variance(call, NUMBERS_TEXT_IS_0, 1, true);
}

static struct operand do_stdevpa(struct call *call)
{
    return variance(call, NUMBERS_TEXT_IS_0, 0, true);
}

static struct operand do_avedev(struct call *call)
{
    struct moments moments;
    spread(&moments, call, 0);
    if (moments.error.kind == VALUE_ERROR)
        return operand_of(moments.error);
    if (!moments.count)
        return operand_error(ERROR_NUM);
    return operand_number(moments.differences / (double)moments.count);
}

static struct operand do_devsq(struct call *call)
{
    struct moments moments;
    spread(&moments, call, 0);
    if (moments.error.kind == VALUE_ERROR)
        return operand_of(moments.error);
    return moments.count ? operand_number(moments.squares) : operand_error(ERROR_NUM);
}

/* A product of numbers above 0, which may be larger than any number: factor * 2^exponent. */
struct product {
    double factor;
    int64_t exponent;
};

static void multiply(struct product *product, double number)
{
    int exponent;
    product->factor = frexp(product->factor * number, &exponent);
    product->exponent += exponent;
}

static double root_of(const struct product *product, uint64_t degree)
{
    int64_t count = (int64_t)degree;
    int64_t whole = product->exponent / count, rest = product->exponent % count;
    double root = exp2((log2(product->factor) + (double)rest) / (double)count);
    return ldexp(root, (int)whole);
}

/* Both means are of numbers above 0 only. */
static struct operand do_geomean(struct call *call)
{
    struct numbers numbers;
    struct product product = {.factor = 1};
    uint64_t count = 0;
    bool is_good = true;
    numbers_begin(&numbers, call, 0, call->argument_count, 0);
    for (; numbers_next(&numbers); count++) {
        is_good &= numbers.number > 0;
        multiply(&product, numbers.number);
    }
    if (numbers.error.kind == VALUE_ERROR)
        return operand_of(numbers.error);
    return count && is_good ? operand_number(root_of(&product, count)) : operand_error(ERROR_NUM);
}

static struct operand do_harmean(struct call *call)
{
    struct numbers numbers;
    struct sum sum = {0, 0};
    uint64_t count = 0;
    bool is_good = true;
    numbers_begin(&numbers, call, 0, call->argument_count, 0);
    for (; numbers_next(&numbers); count++) {
        is_good &= numbers.number > 0;
        sum_add(&sum, 1 / numbers.number);
    }
    if (numbers.error.kind == VALUE_ERROR)
        return operand_of(numbers.error);
    return count && is_good ? operand_number((double)count / sum_result(&sum))
                            : operand_error(ERROR_NUM);
}

/* ---- the smallest, the largest ------------------------------------------------------------------
 */

/* side: 1 for the largest, -1 for the smallest. Of none it is 0. */
static struct operand utmost(struct call *call, unsigned rules, int side)
{
    struct numbers numbers;
    double found = -INFINITY;
    numbers_begin(&numbers, call, 0, call->argument_count, rules);
    while (numbers_next(&numbers)) {
        double number = numbers.number * side;
        if (number > found)
            found = number;
    }
    if (numbers.error.kind == VALUE_ERROR)
        return operand_of(numbers.error);
    return operand_number(isinf(found) ? 0 : found * side);
}

static struct operand do_min(struct call *call)
{
    return utmost(call, 0, -1);
}

static struct operand do_max(struct call *call)
{
    return utmost(call, 0, 1);
}

static struct operand do_mina(struct call *call)
{
    return utmost(call, NUMBERS_TEXT_IS_0, -1);
}

static struct operand do_maxa(struct call *call)
{
    return utmost(call, NUMBERS_TEXT_IS_0, 1);
}

/* ---- order --------------------------------------------------------------------------------------
 */

static struct operand do_median(struct call *call)
{
    struct number_list list = numbers_take(call, 0, call->argument_count, 0);
    if (list.error.kind == VALUE_ERROR)
        return operand_of(list.error);
    if (!list.count)
        return operand_error(ERROR_NUM);
    return operand_number(numbers_at_place(call->evaluation, &list, (double)(list.count - 1) / 2));
}

/* from_top: the largest is the first. */
static struct operand in_order(struct call *call, bool from_top)
{
    struct number_list list = numbers_take(call, 0, 1, 0);
    double place = ceil(call_number(call, 1));
    if (list.error.kind == VALUE_ERROR)
        return operand_of(list.error);
    if (!(call_number(call, 1) >= 1 && place <= (double)list.count))
        return operand_error(ERROR_NUM);
    size_t index = from_top ? list.count - (size_t)place : (size_t)place - 1;
    return operand_number(numbers_select(call->evaluation, list.numbers, list.count, index));
}

static struct operand do_large(struct call *call)
{
    return in_order(call, true);
}

static struct operand do_small(struct call *call)
{
    return in_order(call, false);
}

/* A part of 0 to 1 of the way from the first to the last; or, without the ends, from before the
 * first to behind the last one. */
static struct operand percentile(struct call *call, double part, bool has_ends)
{
    struct number_list list = numbers_take(call, 0, 1, 0);
    if (list.error.kind == VALUE_ERROR)
        return operand_of(list.error);
    double count = (double)list.count;
    double place = has_ends ? part * (count - 1) : part * (count + 1) - 1;
    bool is_there = list.count && part >= 0 && part <= 1 && place >= 0 && place <= count - 1;
    return is_there ? operand_number(numbers_at_place(call->evaluation, &list, place))
                    : operand_error(ERROR_NUM);
}

static struct operand do_percentile(struct call *call)
{
    return percentile(call, call_number(call, 1), true);
}

static struct operand do_percentile_exc(struct call *call)
{
    return percentile(call, call_number(call, 1), false);
}

static struct operand do_quartile(struct call *call)
{
    return percentile(call, call_number(call, 1) / 4, true);
}

static struct operand do_quartile_exc(struct call *call)
{
    return percentile(call, call_number(call, 1) / 4, false);
}

struct rank {
    uint64_t before, equal;
    struct value error;
};

static struct rank rank_of(struct call *call)
{
    struct numbers numbers;
    struct rank rank = {.before = 0};
    double number = call_number(call, 0);
    bool from_below = call_number_or(call, 2, 0) != 0;
    numbers_begin(&numbers, call, 1, 2, 0);
    while (numbers_next(&numbers)) {
        rank.equal += numbers.number == number;
        rank.before += from_below ? numbers.number < number : numbers.number > number;
    }
    rank.error = numbers.error;
    if (!rank.equal && rank.error.kind != VALUE_ERROR)
        rank.error = value_error(ERROR_NA);
    return rank;
}

static struct operand do_rank(struct call *call)
{
    struct rank rank = rank_of(call);
    return rank.error.kind == VALUE_ERROR ? operand_of(rank.error)
                                          : operand_number((double)rank.before + 1);
}

static struct operand do_rank_avg(struct call *call)
{
    struct rank rank = rank_of(call);
    return rank.error.kind == VALUE_ERROR
               ? operand_of(rank.error)
               : operand_number((double)rank.before + (double)(rank.equal + 1) / 2);
}

/* What is given to MODE singly, directly or as one cell, must be a number: no text that reads as
 * one, no empty cell. */
static struct value find_no_number(struct call *call)
{
    for (unsigned i = 0; i < call->argument_count; i++) {
        uint32_t rows, columns;
        const struct operand *argument = &call->arguments[i];
        if (argument->kind == OPERAND_ARRAY || argument->kind == OPERAND_MISSING ||
            !operand_size(argument, &rows, &columns) || rows != 1 || columns != 1)
            continue;
        struct value value = operand_at(call->evaluation, argument, 0, 0);
        if (value.kind != VALUE_NUMBER)
            return value.kind == VALUE_ERROR ? value : value_error(ERROR_VALUE);
    }
    return value_blank();
}

/* Of those that are there most often the one that comes first. */
static struct operand do_mode(struct call *call)
{
    struct value bad = find_no_number(call);
    if (bad.kind == VALUE_ERROR)
        return operand_of(bad);
    struct number_list list = numbers_take(call, 0, call->argument_count, NUMBERS_BY_ROWS);
    return list.error.kind == VALUE_ERROR ? operand_of(list.error)
                                          : numbers_mode(call->evaluation, &list);
}

static struct operand do_frequency(struct call *call)
{
    struct number_list data = numbers_take(call, 0, 1, 0);
    struct number_list limits = numbers_take(call, 1, 2, NUMBERS_BY_ROWS);
    struct number_list sorted = numbers_take(call, 1, 2, 0);
    if (data.error.kind == VALUE_ERROR || limits.error.kind == VALUE_ERROR)
        return operand_of(data.error.kind == VALUE_ERROR ? data.error : limits.error);
    if (limits.count >= ARRAY_CELLS_MAX)
        return operand_error(ERROR_NUM);
    uint64_t *counts = evaluation_take(call->evaluation, (limits.count + 1) * sizeof *counts);
    struct operand result = operand_of_array(call->evaluation, (uint32_t)limits.count + 1, 1);
    if (!counts || result.kind != OPERAND_ARRAY)
        return operand_error(ERROR_NUM);
    numbers_sort(call->evaluation, sorted.numbers, sorted.count);
    for (size_t i = 0; i < data.count; i++)
        counts[numbers_lower_bound(sorted.numbers, sorted.count, data.numbers[i])]++;
    for (size_t i = 0; i < limits.count; i++) {
        /* A limit given twice has nothing left for the second time. */
        uint64_t *count =
            &counts[numbers_lower_bound(sorted.numbers, sorted.count, limits.numbers[i])];
        result.array[i] = value_number((double)*count);
        *count = 0;
    }
    result.array[limits.count] = value_number((double)counts[limits.count]);
    return result;
}

/* ---- two by two ---------------------------------------------------------------------------------
 */

/* Points of which both are numbers; others are passed over. */
struct pairs {
    struct evaluation *evaluation;
    const struct operand *a, *b;
    uint32_t a_columns, b_columns;
    struct walk walk;
    double x, y;
    struct value error;
};

/* As many numbers in one as in the other; which way they lie does not matter. */
static bool pairs_begin(struct pairs *pairs, struct call *call, unsigned a, unsigned b)
{
    uint32_t a_rows, b_rows;
    pairs->evaluation = call->evaluation;
    pairs->a = &call->arguments[a];
    pairs->b = &call->arguments[b];
    pairs->error = value_blank();
    for (unsigned i = 0; i < 2; i++) {
        const struct operand *operand = i ? pairs->b : pairs->a;
        if (operand->kind == OPERAND_VALUE && operand->value.kind == VALUE_ERROR)
            pairs->error = operand->value;
        if (pairs->error.kind == VALUE_ERROR)
            return false;
    }
    pairs->error = value_error(ERROR_VALUE);
    if (!operand_size(pairs->a, &a_rows, &pairs->a_columns) ||
        !operand_size(pairs->b, &b_rows, &pairs->b_columns))
        return false;
    pairs->error = value_error(ERROR_NA);
    if ((uint64_t)a_rows * pairs->a_columns != (uint64_t)b_rows * pairs->b_columns)
        return false;
    pairs->error = value_blank();
    walk_begin(&pairs->walk, pairs->evaluation, pairs->a, WALK_ANY);
    return true;
}

static struct value other_of(struct pairs *pairs)
{
    uint64_t index = (uint64_t)pairs->walk.row * pairs->a_columns + pairs->walk.column;
    return operand_at(pairs->evaluation, pairs->b, (uint32_t)(index / pairs->b_columns),
                      (uint32_t)(index % pairs->b_columns));
}

static bool pairs_next(struct pairs *pairs)
{
    while (walk_next(&pairs->walk)) {
        if (pairs->walk.value.kind == VALUE_ERROR) {
            pairs->error = pairs->walk.value;
            return false;
        }
        struct value other = other_of(pairs);
        if (other.kind == VALUE_ERROR) {
            pairs->error = other;
            return false;
        }
        if (pairs->walk.value.kind != VALUE_NUMBER || other.kind != VALUE_NUMBER)
            continue;
        pairs->x = pairs->walk.value.number;
        pairs->y = other.number;
        return true;
    }
    return false;
}

/* Errors beside what is empty count too. */
static void look_for_error(struct pairs *pairs)
{
    struct walk walk;
    walk_begin(&walk, pairs->evaluation, pairs->b, WALK_ANY);
    while (pairs->error.kind != VALUE_ERROR && walk_next(&walk))
        if (walk.value.kind == VALUE_ERROR)
            pairs->error = walk.value;
}

struct line {
    uint64_t count;
    double mean_x, mean_y, xx, yy, xy; /* sums of products of what is beside the means */
    struct value error;
};

static void find_means(struct line *line, struct pairs *pairs)
{
    struct sum x = {0, 0}, y = {0, 0};
    for (; pairs_next(pairs); line->count++) {
        sum_add(&x, pairs->x);
        sum_add(&y, pairs->y);
    }
    if (!line->count)
        return;
    line->mean_x = sum_result(&x) / (double)line->count;
    line->mean_y = sum_result(&y) / (double)line->count;
}

/* x: the number of the argument with the xs. */
static struct line line_through(struct call *call, unsigned x, unsigned y)
{
    struct line line = {.count = 0};
    struct pairs pairs;
    struct sum xx = {0, 0}, yy = {0, 0}, xy = {0, 0};
    if (pairs_begin(&pairs, call, x, y)) {
        find_means(&line, &pairs);
        look_for_error(&pairs);
    }
    line.error = pairs.error;
    if (line.error.kind == VALUE_ERROR)
        return line;
    walk_begin(&pairs.walk, call->evaluation, pairs.a, WALK_ANY);
    while (pairs_next(&pairs)) {
        double dx = pairs.x - line.mean_x, dy = pairs.y - line.mean_y;
        sum_add(&xx, dx * dx);
        sum_add(&yy, dy * dy);
        sum_add(&xy, dx * dy);
    }
    line.xx = sum_result(&xx);
    line.yy = sum_result(&yy);
    line.xy = sum_result(&xy);
    return line;
}

/* Two sums divided, where there are points enough and they lie apart. */
static struct operand quotient(const struct line *line, double dividend, double divisor)
{
    if (line->error.kind == VALUE_ERROR)
        return operand_of(line->error);
    if (!line->count || divisor == 0)
        return operand_error(ERROR_DIV0);
    return operand_number(dividend / divisor);
}

static struct operand do_correl(struct call *call)
{
    struct line line = line_through(call, 0, 1);
    return quotient(&line, line.xy, sqrt(line.xx) * sqrt(line.yy));
}

static struct operand do_rsq(struct call *call)
{
    struct line line = line_through(call, 1, 0);
    return quotient(&line, line.xy * line.xy, line.xx * line.yy);
}

static struct operand do_covariance_p(struct call *call)
{
    struct line line = line_through(call, 0, 1);
    return quotient(&line, line.xy, (double)line.count);
}

static struct operand do_covariance_s(struct call *call)
{
    struct line line = line_through(call, 0, 1);
    return quotient(&line, line.xy, (double)line.count - 1);
}

static struct operand do_slope(struct call *call)
{
    struct line line = line_through(call, 1, 0);
    return quotient(&line, line.xy, line.xx);
}

static struct operand do_intercept(struct call *call)
{
    struct line line = line_through(call, 1, 0);
    struct operand slope = quotient(&line, line.xy, line.xx);
    if (slope.value.kind == VALUE_ERROR)
        return slope;
    return operand_number(line.mean_y - slope.value.number * line.mean_x);
}

static struct operand do_forecast(struct call *call)
{
    struct line line = line_through(call, 2, 1);
    struct operand slope = quotient(&line, line.xy, line.xx);
    if (slope.value.kind == VALUE_ERROR)
        return slope;
    return operand_number(line.mean_y + slope.value.number * (call_number(call, 0) - line.mean_x));
}

static struct operand do_steyx(struct call *call)
{
    struct line line = line_through(call, 1, 0);
    struct operand taken = quotient(&line, line.xy * line.xy, line.xx);
    if (taken.value.kind == VALUE_ERROR)
        return taken;
    if (line.count < 3)
        return operand_error(ERROR_DIV0);
    double left = fmax(line.yy - taken.value.number, 0);
    return operand_number(sqrt(left / (double)(line.count - 2)));
}

#define NUMBERS "(number, ...)"
static const struct function functions[] = {
    {"AVEDEV", 1, 255, "r*", do_avedev, 0, "AVEDEV" NUMBERS,
     "how far numbers are from their average, on average"},
    {"AVERAGE", 1, 255, "r*", do_average, 0, "AVERAGE" NUMBERS, "the average"},
    {"AVERAGEA", 1, 255, "r*", do_averagea, 0, "AVERAGEA" NUMBERS,
     "the average, text counting as 0"},
    {"CORREL", 2, 2, "rr", do_correl, 0, "CORREL(numbers, others)",
     "how much two go together, from -1 to 1"},
    {"COUNT", 1, 255, "r*", do_count, 0, "COUNT(value, ...)", "how many numbers there are"},
    {"COUNTA", 1, 255, "r*", do_counta, 0, "COUNTA(value, ...)", "how many values there are"},
    {"COUNTBLANK", 1, 1, "r", do_countblank, 0, "COUNTBLANK(area)", "how many cells are empty"},
    {"COVAR", 2, 2, "rr", do_covariance_p, 0, "COVAR(numbers, others)",
     "the covariance of everything"},
    {"COVARIANCE.P", 2, 2, "rr", do_covariance_p, FUNCTION_IS_LATER,
     "COVARIANCE.P(numbers, others)", "the covariance of everything"},
    {"COVARIANCE.S", 2, 2, "rr", do_covariance_s, FUNCTION_IS_LATER,
     "COVARIANCE.S(numbers, others)", "the covariance of a sample"},
    {"DEVSQ", 1, 255, "r*", do_devsq, 0, "DEVSQ" NUMBERS,
     "the sum of the squares of differences from the average"},
    {"FORECAST", 3, 3, "nrr", do_forecast, 0, "FORECAST(x, ys, xs)",
     "y at x on the line through points"},
    {"FORECAST.LINEAR", 3, 3, "nrr", do_forecast, FUNCTION_IS_LATER, "FORECAST.LINEAR(x, ys, xs)",
     "y at x on the line through points"},
    {"FREQUENCY", 2, 2, "rr", do_frequency, FUNCTION_TAKES_ARRAYS, "FREQUENCY(numbers, limits)",
     "how many numbers there are up to each limit"},
    {"GEOMEAN", 1, 255, "r*", do_geomean, 0, "GEOMEAN" NUMBERS, "the geometric mean"},
    {"HARMEAN", 1, 255, "r*", do_harmean, 0, "HARMEAN" NUMBERS, "the harmonic mean"},
    {"INTERCEPT", 2, 2, "rr", do_intercept, 0, "INTERCEPT(ys, xs)",
     "y at 0 on the line through points"},
    {"LARGE", 2, 2, "rn", do_large, 0, "LARGE(numbers, place)", "the second largest and so on"},
    {"MAX", 1, 255, "r*", do_max, 0, "MAX" NUMBERS, "the largest number"},
    {"MAXA", 1, 255, "r*", do_maxa, 0, "MAXA" NUMBERS, "the largest number, text counting as 0"},
    {"MEDIAN", 1, 255, "r*", do_median, 0, "MEDIAN" NUMBERS, "the number in the middle"},
    {"MIN", 1, 255, "r*", do_min, 0, "MIN" NUMBERS, "the smallest number"},
    {"MINA", 1, 255, "r*", do_mina, 0, "MINA" NUMBERS, "the smallest number, text counting as 0"},
    {"MODE", 1, 255, "r*", do_mode, 0, "MODE" NUMBERS, "the number that is there most often"},
    {"MODE.SNGL", 1, 255, "r*", do_mode, FUNCTION_IS_LATER, "MODE.SNGL" NUMBERS,
     "the number that is there most often"},
    {"PEARSON", 2, 2, "rr", do_correl, 0, "PEARSON(numbers, others)",
     "how much two go together, from -1 to 1"},
    {"PERCENTILE", 2, 2, "rn", do_percentile, 0, "PERCENTILE(numbers, part)",
     "the number below which a part of them is"},
    {"PERCENTILE.EXC", 2, 2, "rn", do_percentile_exc, FUNCTION_IS_LATER,
     "PERCENTILE.EXC(numbers, part)", "the number below which a part of them is, without the ends"},
    {"PERCENTILE.INC", 2, 2, "rn", do_percentile, FUNCTION_IS_LATER,
     "PERCENTILE.INC(numbers, part)", "the number below which a part of them is"},
    {"QUARTILE", 2, 2, "ri", do_quartile, 0, "QUARTILE(numbers, quarter)",
     "the number below which so many quarters are"},
    {"QUARTILE.EXC", 2, 2, "ri", do_quartile_exc, FUNCTION_IS_LATER,
     "QUARTILE.EXC(numbers, quarter)", "the number below which so many quarters are"},
    {"QUARTILE.INC", 2, 2, "ri", do_quartile, FUNCTION_IS_LATER, "QUARTILE.INC(numbers, quarter)",
     "the number below which so many quarters are"},
    {"RANK", 2, 3, "nrn", do_rank, 0, "RANK(number, numbers, upwards)",
     "the place of a number among others"},
    {"RANK.AVG", 2, 3, "nrn", do_rank_avg, FUNCTION_IS_LATER, "RANK.AVG(number, numbers, upwards)",
     "the place of a number; equal ones share theirs"},
    {"RANK.EQ", 2, 3, "nrn", do_rank, FUNCTION_IS_LATER, "RANK.EQ(number, numbers, upwards)",
     "the place of a number among others"},
    {"RSQ", 2, 2, "rr", do_rsq, 0, "RSQ(ys, xs)", "the square of the correlation"},
    {"SLOPE", 2, 2, "rr", do_slope, 0, "SLOPE(ys, xs)", "how steep the line through points is"},
    {"SMALL", 2, 2, "rn", do_small, 0, "SMALL(numbers, place)", "the second smallest and so on"},
    {"STDEV", 1, 255, "r*", do_stdev, 0, "STDEV" NUMBERS, "the standard deviation of a sample"},
    {"STDEV.P", 1, 255, "r*", do_stdevp, FUNCTION_IS_LATER, "STDEV.P" NUMBERS,
     "the standard deviation of everything"},
    {"STDEV.S", 1, 255, "r*", do_stdev, FUNCTION_IS_LATER, "STDEV.S" NUMBERS,
     "the standard deviation of a sample"},
    {"STDEVA", 1, 255, "r*", do_stdeva, 0, "STDEVA" NUMBERS,
     "the standard deviation of a sample, text counting as 0"},
    {"STDEVP", 1, 255, "r*", do_stdevp, 0, "STDEVP" NUMBERS,
     "the standard deviation of everything"},
    {"STDEVPA", 1, 255, "r*", do_stdevpa, 0, "STDEVPA" NUMBERS,
     "the standard deviation of everything, text counting as 0"},
    {"STEYX", 2, 2, "rr", do_steyx, 0, "STEYX(ys, xs)", "how far points are from their line"},
    {"VAR", 1, 255, "r*", do_var, 0, "VAR" NUMBERS, "the variance of a sample"},
    {"VAR.P", 1, 255, "r*", do_varp, FUNCTION_IS_LATER, "VAR.P" NUMBERS,
     "the variance of everything"},
    {"VAR.S", 1, 255, "r*", do_var, FUNCTION_IS_LATER, "VAR.S" NUMBERS, "the variance of a sample"},
    {"VARA", 1, 255, "r*", do_vara, 0, "VARA" NUMBERS,
     "the variance of a sample, text counting as 0"},
    {"VARP", 1, 255, "r*", do_varp, 0, "VARP" NUMBERS, "the variance of everything"},
    {"VARPA", 1, 255, "r*", do_varpa, 0, "VARPA" NUMBERS,
     "the variance of everything, text counting as 0"},
};

const struct function_list function_statistics = {functions, sizeof functions / sizeof *functions};
