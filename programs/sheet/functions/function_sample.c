/* SPDX-License-Identifier: MIT */
/*
 * function_sample.c - the shape of samples (SKEW, KURT), places in them (PERCENTRANK, TRIMMEAN),
 * and whether they may come from the same (T.TEST and its like).
 */
#include <math.h>

#include "sheet/functions/distribution.h"
#include "sheet/functions/numbers.h"
#include "sheet/grid/sum.h"

/* ---- shape --------------------------------------------------------------------------------------
 */

/* Sums of powers of what is beside the mean. */
struct shape {
    double count, mean, squares, cubes, fourths;
    struct value error;
};

static double mean_of(const struct number_list *list)
{
    struct sum sum = {0, 0};
    for (size_t i = 0; i < list->count; i++)
        sum_add(&sum, list->numbers[i]);
    return sum_result(&sum) / (double)list->count;
}

static struct shape shape_of_list(const struct number_list *list)
{
    struct shape shape = {.count = (double)list->count, .error = list->error};
    struct sum squares = {0, 0}, cubes = {0, 0}, fourths = {0, 0};
    if (!list->count || list->error.kind == VALUE_ERROR)
        return shape;
    shape.mean = mean_of(list);
    for (size_t i = 0; i < list->count; i++) {
        double difference = list->numbers[i] - shape.mean, square = difference * difference;
        sum_add(&squares, square);
        sum_add(&cubes, square * difference);
        sum_add(&fourths, square * square);
    }
    shape.squares = sum_result(&squares);
    shape.cubes = sum_result(&cubes);
    shape.fourths = sum_result(&fourths);
    return shape;
}

static struct shape shape_of(struct call *call, unsigned first, unsigned end)
{
    struct number_list list = numbers_take(call, first, end, 0);
    return shape_of_list(&list);
}

static struct operand quotient_of(const struct shape *shape, double count_min, double quotient)
{
    if (shape->error.kind == VALUE_ERROR)
        return operand_of(shape->error);
    if (shape->count < count_min || shape->squares == 0)
        return operand_error(ERROR_DIV0);
    return operand_number(quotient);
}

static struct operand do_skew(struct call *call)
{
    struct shape shape = shape_of(call, 0, call->argument_count);
    double n = shape.count, deviation = sqrt(shape.squares / (n - 1));
    return quotient_of(&shape, 3, shape.cubes / pow(deviation, 3) * n / ((n - 1) * (n - 2)));
}

static struct operand do_skew_p(struct call *call)
{
    struct shape shape = shape_of(call, 0, call->argument_count);
    double n = shape.count;
    return quotient_of(&shape, 3, shape.cubes / n / pow(shape.squares / n, 1.5));
}

static struct operand do_kurt(struct call *call)
{
    struct shape shape = shape_of(call, 0, call->argument_count);
    double n = shape.count, variance = shape.squares / (n - 1);
    double fourths = shape.fourths / variance / variance;
    return quotient_of(&shape, 4,
                       fourths * n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) -
                           3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3)));
}

/* ---- places -------------------------------------------------------------------------------------
 */

/* Cut, not rounded, to so many digits behind the point; what is a little less than one of them for
 * the machine alone counts as it. */
static double cut_to(double number, double digits)
{
    double power = pow(10, digits), scaled = number * power, whole = rint(scaled);
    bool is_whole = fabs(scaled - whole) <= fabs(scaled) * 0x1p-48;
    return digits > 15 ? number : (is_whole ? whole : floor(scaled)) / power;
}

/* Which part of the numbers lies below one; between two in proportion. */
static struct operand percent_rank(struct call *call, bool has_ends)
{
    struct number_list list = numbers_take(call, 0, 1, 0);
    double x = call_number(call, 1), digits = call_number_or(call, 2, 3);
    if (list.error.kind == VALUE_ERROR)
        return operand_of(list.error);
    if (!list.count || digits < 1)
        return operand_error(ERROR_NUM);
    numbers_sort(call->evaluation, list.numbers, list.count);
    const double *numbers = list.numbers;
    if (!(x >= numbers[0] && x <= numbers[list.count - 1]))
        return operand_error(ERROR_NA);
    size_t above = numbers_lower_bound(numbers, list.count, x);
    double place = (double)above;
    if (numbers[above] != x)
        place -= (numbers[above] - x) / (numbers[above] - numbers[above - 1]);
    double count = (double)list.count;
    if (has_ends && list.count == 1)
        return operand_number(1);
    return operand_number(
        cut_to(has_ends ? place / (count - 1) : (place + 1) / (count + 1), digits));
}

static struct operand do_percentrank(struct call *call)
{
    return percent_rank(call, true);
}

static struct operand do_percentrank_exc(struct call *call)
{
    return percent_rank(call, false);
}

static struct operand do_trimmean(struct call *call)
{
    struct number_list list = numbers_take(call, 0, 1, 0);
    double part = call_number(call, 1);
    if (list.error.kind == VALUE_ERROR)
        return operand_of(list.error);
    if (!(part >= 0 && part < 1) || !list.count)
        return operand_error(ERROR_NUM);
    size_t each_side = (size_t)((double)list.count * part / 2 * (1 + 0x1p-50));
    numbers_sort(call->evaluation, list.numbers, list.count);
    list.numbers += each_side;
    list.count -= 2 * each_side;
    return operand_number(mean_of(&list));
}

static bool is_there(const double *numbers, size_t count, double number)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

/* All that are there most often, in the order in which they come. */
static struct operand do_mode_mult(struct call *call)
{
    struct number_list list = numbers_take(call, 0, call->argument_count, NUMBERS_BY_ROWS);
    if (list.error.kind == VALUE_ERROR)
        return operand_of(list.error);
    struct operand first = numbers_mode(call->evaluation, &list);
    if (first.value.kind == VALUE_ERROR)
        return first;
    size_t size_bytes = list.count * sizeof(double), mode_count = 0, longest = 0;
    double *sorted = evaluation_take(call->evaluation, size_bytes);
    double *modes = evaluation_take(call->evaluation, size_bytes);
    if (!sorted || !modes)
        return operand_error(ERROR_NUM);
    for (size_t i = 0; i < list.count; i++) {
        sorted[i] = list.numbers[i];
        longest += list.numbers[i] == first.value.number;
    }
    numbers_sort(call->evaluation, sorted, list.count);
    for (size_t i = 0; i < list.count; i++) {
        size_t last = numbers_lower_bound(sorted, list.count, list.numbers[i]) + longest - 1;
        bool is_mode = last < list.count && sorted[last] == list.numbers[i];
        if (evaluation_is_stopped(call->evaluation, mode_count + 1))
            break;
        if (is_mode && !is_there(modes, mode_count, list.numbers[i]))
            modes[mode_count++] = list.numbers[i];
    }
    struct operand result = operand_of_array(call->evaluation, (uint32_t)mode_count, 1);
    for (size_t i = 0; result.kind == OPERAND_ARRAY && i < mode_count; i++)
        result.array[i] = value_number(modes[i]);
    return result;
}

/* ---- pairs --------------------------------------------------------------------------------------
 */

/* Two arguments of as many elements, both in the order of their rows. */
struct pairs {
    struct evaluation *evaluation;
    const struct operand *a, *b;
    uint32_t a_rows, a_columns, b_rows, b_columns;
    uint64_t next;
};

static bool pairs_begin(struct pairs *pairs, struct call *call)
{
    *pairs = (struct pairs){
        .evaluation = call->evaluation, .a = &call->arguments[0], .b = &call->arguments[1]};
    return operand_size(pairs->a, &pairs->a_rows, &pairs->a_columns) &&
           operand_size(pairs->b, &pairs->b_rows, &pairs->b_columns) &&
           (uint64_t)pairs->a_rows * pairs->a_columns == (uint64_t)pairs->b_rows * pairs->b_columns;
}

/* false: they are at their end. */
static bool pairs_next(struct pairs *pairs, struct value *a, struct value *b)
{
    if (pairs->next == (uint64_t)pairs->a_rows * pairs->a_columns ||
        evaluation_is_stopped(pairs->evaluation, 1))
        return false;
    uint64_t at = pairs->next++;
    *a = operand_at(pairs->evaluation, pairs->a, (uint32_t)(at / pairs->a_columns),
                    (uint32_t)(at % pairs->a_columns));
    *b = operand_at(pairs->evaluation, pairs->b, (uint32_t)(at / pairs->b_columns),
                    (uint32_t)(at % pairs->b_columns));
    return true;
}

static bool find_error(struct value a, struct value b, struct value *error)
{
    if (a.kind != VALUE_ERROR && b.kind != VALUE_ERROR)
        return false;
    *error = a.kind == VALUE_ERROR ? a : b;
    return true;
}

static struct operand do_prob(struct call *call)
{
    struct pairs pairs;
    struct value x, p, error;
    struct sum all = {0, 0}, wanted = {0, 0};
    double low = call_number(call, 2), high = call_number_or(call, 3, low);
    if (!pairs_begin(&pairs, call))
        return operand_error(ERROR_NA);
    while (pairs_next(&pairs, &x, &p)) {
        if (find_error(x, p, &error))
            return operand_of(error);
        if (x.kind != VALUE_NUMBER || p.kind != VALUE_NUMBER)
            continue;
        if (!(p.number >= 0 && p.number <= 1))
            return operand_error(ERROR_NUM);
        sum_add(&all, p.number);
        if (x.number >= low && x.number <= high)
            sum_add(&wanted, p.number);
    }
    if (fabs(sum_result(&all) - 1) > 1e-7)
        return operand_error(ERROR_NUM);
    return operand_number(sum_result(&wanted));
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static struct operand do_ztest(struct call *call)
{
    struct shape shape = shape_of(call, 0, 1);
    if (shape.error.kind == VALUE_ERROR)
        return operand_of(shape.error);
    if (shape.count == 0)
        return operand_error(ERROR_NA);
    double deviation = call_number_or(call, 2, sqrt(shape.squares / (shape.count - 1)));
    if (call_has(call, 2) && deviation <= 0)
        return operand_error(ERROR_NUM);
    if (!(deviation > 0))
        return operand_error(ERROR_DIV0);
    double z = (shape.mean - call_number(call, 1)) / (deviation / sqrt(shape.count));
    return operand_number(distribution_normal(z).upper);
}

static struct operand do_ftest(struct call *call)
{
    struct shape a = shape_of(call, 0, 1), b = shape_of(call, 1, 2);
    if (a.error.kind == VALUE_ERROR || b.error.kind == VALUE_ERROR)
        return operand_of(a.error.kind == VALUE_ERROR ? a.error : b.error);
    if (a.count < 2 || b.count < 2 || a.squares == 0 || b.squares == 0)
        return operand_error(ERROR_DIV0);
    double f = a.squares / (a.count - 1) / (b.squares / (b.count - 1));
    struct tails tails = distribution_f(f, a.count - 1, b.count - 1);
    return operand_number(2 * fmin(tails.lower, tails.upper));
}

static struct operand t_result(double t, double freedom, double sides)
{
    return operand_number(sides * distribution_t(fabs(t), freedom).upper);
}

static struct operand t_of_pairs(struct call *call, double sides)
{
    struct pairs pairs;
    struct value a, b, error;
    struct number_list list = {.error = value_blank()};
    if (!pairs_begin(&pairs, call))
        return operand_error(ERROR_NA);
    uint64_t count = (uint64_t)pairs.a_rows * pairs.a_columns;
    if (count > ARRAY_CELLS_MAX)
        return operand_error(ERROR_NUM);
    list.numbers = evaluation_take(call->evaluation, (size_t)count * sizeof *list.numbers);
    if (!list.numbers)
        return operand_error(ERROR_NUM);
    while (pairs_next(&pairs, &a, &b)) {
        if (find_error(a, b, &error))
            return operand_of(error);
        if (a.kind == VALUE_NUMBER && b.kind == VALUE_NUMBER)
            list.numbers[list.count++] = a.number - b.number;
    }
    struct shape shape = shape_of_list(&list);
    if (shape.count < 2 || shape.squares == 0)
        return operand_error(ERROR_DIV0);
    double deviation = sqrt(shape.squares / (shape.count - 1));
    return t_result(shape.mean / (deviation / sqrt(shape.count)), shape.count - 1, sides);
}

/* Two samples, of which variances are the same, or not (Welch). */
static struct operand t_of_samples(struct call *call, double sides, bool is_same)
{
    struct shape a = shape_of(call, 0, 1), b = shape_of(call, 1, 2);
    if (a.error.kind == VALUE_ERROR || b.error.kind == VALUE_ERROR)
        return operand_of(a.error.kind == VALUE_ERROR ? a.error : b.error);
    if (a.count < 2 || b.count < 2 || a.squares + b.squares == 0)
        return operand_error(ERROR_DIV0);
    double difference = a.mean - b.mean, freedom = a.count + b.count - 2;
    if (is_same) {
        double variance = (a.squares + b.squares) / freedom * (1 / a.count + 1 / b.count);
        return t_result(difference / sqrt(variance), freedom, sides);
    }
    double a_part = a.squares / (a.count - 1) / a.count;
    double b_part = b.squares / (b.count - 1) / b.count, both = a_part + b_part;
    freedom = both * both / (a_part * a_part / (a.count - 1) + b_part * b_part / (b.count - 1));
    return t_result(difference / sqrt(both), freedom, sides);
}

static struct operand do_ttest(struct call *call)
{
    double sides = call_number(call, 2), kind = call_number(call, 3);
    if ((sides != 1 && sides != 2) || !(kind >= 1 && kind <= 3))
        return operand_error(ERROR_NUM);
    return kind == 1 ? t_of_pairs(call, sides) : t_of_samples(call, sides, kind == 2);
}

static struct operand do_chitest(struct call *call)
{
    struct pairs pairs;
    struct value found, expected, error;
    struct sum sum = {0, 0};
    if (!pairs_begin(&pairs, call))
        return operand_error(ERROR_NA);
    if (pairs.next + 1 == (uint64_t)pairs.a_rows * pairs.a_columns)
        return operand_error(ERROR_NA);
    bool has_zero = false, has_negative = false;
    while (pairs_next(&pairs, &found, &expected)) {
        if (find_error(found, expected, &error))
            return operand_of(error);
        if (found.kind != VALUE_NUMBER || expected.kind != VALUE_NUMBER)
            continue;
        has_zero |= expected.number == 0;
        has_negative |= expected.number < 0;
        double difference = found.number - expected.number;
        sum_add(&sum, difference * difference / expected.number);
    }
    if (has_zero || has_negative)
        return operand_error(has_zero ? ERROR_DIV0 : ERROR_NUM);
    double rows = pairs.a_rows, columns = pairs.a_columns;
    double freedom = rows > 1 && columns > 1 ? (rows - 1) * (columns - 1) : rows * columns - 1;
    return operand_number(distribution_gamma(freedom / 2, sum_result(&sum) / 2).upper);
}

static const struct function functions[] = {
    {"CHISQ.TEST", 2, 2, "rr", do_chitest, FUNCTION_IS_LATER, "CHISQ.TEST(found, expected)",
     "how probable it is that what was found is by chance"},
    {"CHITEST", 2, 2, "rr", do_chitest, 0, "CHITEST(found, expected)",
     "how probable it is that what was found is by chance"},
    {"F.TEST", 2, 2, "rr", do_ftest, FUNCTION_IS_LATER, "F.TEST(sample, other)",
     "how probable it is that variances are the same"},
    {"FTEST", 2, 2, "rr", do_ftest, 0, "FTEST(sample, other)",
     "how probable it is that variances are the same"},
    {"KURT", 1, 255, "r*", do_kurt, 0, "KURT(number, ...)", "how peaked or flat numbers lie"},
    {"MODE.MULT", 1, 255, "r*", do_mode_mult, FUNCTION_IS_LATER, "MODE.MULT(number, ...)",
     "all numbers that are there most often"},
    {"PERCENTRANK", 2, 3, "rni", do_percentrank, 0, "PERCENTRANK(numbers, x, digits)",
     "the part of numbers that lies below one"},
    {"PERCENTRANK.EXC", 2, 3, "rni", do_percentrank_exc, FUNCTION_IS_LATER,
     "PERCENTRANK.EXC(numbers, x, digits)", "the same, without the ends"},
    {"PERCENTRANK.INC", 2, 3, "rni", do_percentrank, FUNCTION_IS_LATER,
     "PERCENTRANK.INC(numbers, x, digits)", "the part of numbers that lies below one"},
    {"PROB", 3, 4, "rrnn", do_prob, FUNCTION_TAKES_ARRAYS, "PROB(xs, probabilities, from, to)",
     "how probable values between two are"},
    {"SKEW", 1, 255, "r*", do_skew, 0, "SKEW(number, ...)", "how far numbers lean to one side"},
    {"SKEW.P", 1, 255, "r*", do_skew_p, FUNCTION_IS_LATER, "SKEW.P(number, ...)",
     "the same, of everything"},
    {"T.TEST", 4, 4, "rrii", do_ttest, FUNCTION_IS_LATER, "T.TEST(sample, other, sides, kind)",
     "how probable it is that means are the same"},
    {"TRIMMEAN", 2, 2, "rn", do_trimmean, 0, "TRIMMEAN(numbers, part)",
     "the average without the ends"},
    {"TTEST", 4, 4, "rrii", do_ttest, 0, "TTEST(sample, other, sides, kind)",
     "how probable it is that means are the same"},
    {"Z.TEST", 2, 3, "rnn", do_ztest, FUNCTION_IS_LATER, "Z.TEST(sample, mean, deviation)",
     "how probable a larger mean is"},
    {"ZTEST", 2, 3, "rnn", do_ztest, 0, "ZTEST(sample, mean, deviation)",
     "how probable a larger mean is"},
};

const struct function_list function_sample = {functions, sizeof functions / sizeof *functions};
