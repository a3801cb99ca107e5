/* SPDX-License-Identifier: MIT */
/*
 * function_matrix.c - MMULT and its like; lines through points by several xs: LINEST, LOGEST,
 * TREND, GROWTH.
 */
#include <math.h>

#include "sheet/book/evaluation.h"
#include "sheet/functions/matrix.h"

static struct operand do_mmult(struct call *call)
{
    struct matrix a, b, product;
    struct value error;
    if (!matrix_read(&a, call->evaluation, &call->arguments[0], &error) ||
        !matrix_read(&b, call->evaluation, &call->arguments[1], &error))
        return operand_of(error);
    if (a.columns != b.rows)
        return operand_error(ERROR_VALUE);
    if (!matrix_new(&product, call->evaluation, a.rows, b.columns))
        return operand_error(ERROR_NUM);
    for (uint32_t row = 0; row < a.rows; row++) {
        if (evaluation_is_stopped(call->evaluation, (uint64_t)a.columns * b.columns))
            break;
        for (uint32_t column = 0; column < b.columns; column++) {
            struct sum sum = {0, 0};
            for (uint32_t i = 0; i < a.columns; i++)
                sum_add(&sum, *matrix_at(&a, row, i) * *matrix_at(&b, i, column));
            *matrix_at(&product, row, column) = sum_result(&sum);
        }
    }
    return matrix_result(&product, call->evaluation);
}

static bool read_square(struct matrix *matrix, struct call *call, struct value *error)
{
    if (!matrix_read(matrix, call->evaluation, &call->arguments[0], error))
        return false;
    *error = value_error(ERROR_VALUE);
    return matrix->rows == matrix->columns;
}

static struct operand do_mdeterm(struct call *call)
{
    struct matrix matrix;
    struct value error;
    if (!read_square(&matrix, call, &error))
        return operand_of(error);
    return operand_number(matrix_determinant(&matrix, call->evaluation));
}

static bool make_unit(struct matrix *matrix, struct evaluation *evaluation, uint32_t size)
{
    if (!matrix_new(matrix, evaluation, size, size))
        return false;
    for (uint32_t i = 0; i < size; i++)
        *matrix_at(matrix, i, i) = 1;
    return true;
}

static struct operand do_minverse(struct call *call)
{
    struct matrix matrix, inverse;
    struct value error;
    if (!read_square(&matrix, call, &error))
        return operand_of(error);
    if (!make_unit(&inverse, call->evaluation, matrix.rows) ||
        !matrix_invert(&matrix, &inverse, call->evaluation))
        return operand_error(ERROR_NUM);
    return matrix_result(&inverse, call->evaluation);
}

static struct operand do_munit(struct call *call)
{
    struct matrix unit;
    int64_t size;
    if (!call_whole(call, 0, 1, UINT16_MAX, &size) ||
        !make_unit(&unit, call->evaluation, (uint32_t)size))
        return operand_error(ERROR_VALUE);
    return matrix_result(&unit, call->evaluation);
}

/* ---- lines through points -----------------------------------------------------------------------
 *
 * ys: the first argument, xs the second: as many columns (or rows) of them as there are factors.
 * Left out, xs are 1, 2, 3 ...
 */

struct points {
    struct matrix xs, ys; /* a point a row */
    bool lie_in_row;
};

static void turn(struct matrix *matrix, const struct matrix *from)
{
    for (uint32_t row = 0; row < from->rows; row++)
        for (uint32_t column = 0; column < from->columns; column++)
            *matrix_at(matrix, column, row) = *matrix_at(from, row, column);
}

static bool read_turned(struct matrix *matrix, struct evaluation *evaluation,
                        const struct operand *operand, bool is_turned, struct value *error)
{
    struct matrix read;
    if (!matrix_read(&read, evaluation, operand, error))
        return false;
    *matrix = read;
    if (!is_turned)
        return true;
    *error = value_error(ERROR_NUM);
    if (!matrix_new(matrix, evaluation, read.columns, read.rows))
        return false;
    turn(matrix, &read);
    return true;
}

static bool count_up(struct matrix *xs, struct evaluation *evaluation, uint32_t count)
{
    if (!matrix_new(xs, evaluation, count, 1))
        return false;
    for (uint32_t i = 0; i < count; i++)
        xs->numbers[i] = i + 1.0;
    return true;
}

static bool read_points(struct points *points, struct call *call, struct value *error)
{
    uint32_t rows, columns, x_rows, x_columns;
    if (!matrix_read(&points->ys, call->evaluation, &call->arguments[0], error))
        return false;
    rows = points->ys.rows;
    columns = points->ys.columns;
    points->lie_in_row = rows == 1 && columns > 1;
    points->ys.rows = rows * columns;
    points->ys.columns = 1;
    *error = value_error(ERROR_NUM);
    if (!call_has(call, 1))
        return count_up(&points->xs, call->evaluation, points->ys.rows);
    const struct operand *xs = &call->arguments[1];
    *error = value_error(ERROR_REF);
    if (!operand_size(xs, &x_rows, &x_columns))
        return false;
    bool is_alike = x_rows == rows && x_columns == columns;
    if (!is_alike && (points->lie_in_row ? x_columns != columns : x_rows != rows || columns != 1))
        return false;
    if (!read_turned(&points->xs, call->evaluation, xs, points->lie_in_row, error))
        return false;
    if (is_alike && !points->lie_in_row) {
        points->xs.rows = rows * columns; /* a table of ys has one of xs */
        points->xs.columns = 1;
    }
    return true;
}

/* Of GROWTH and LOGEST the logarithms of ys lie on the line. */
static bool take_logarithms(struct matrix *ys)
{
    for (uint32_t i = 0; i < ys->rows; i++) {
        if (!(ys->numbers[i] > 0))
            return false;
        ys->numbers[i] = log(ys->numbers[i]);
    }
    return true;
}

static bool truth_of(struct call *call, unsigned i, bool otherwise, bool *truth,
                     struct value *error)
{
    *truth = otherwise;
    if (!call_has(call, i))
        return true;
    struct value value = value_to_boolean(operand_value(call->evaluation, &call->arguments[i]));
    *error = value;
    *truth = value.boolean;
    return value.kind != VALUE_ERROR;
}

static void set(struct operand *result, uint32_t row, uint32_t column, double number)
{
    result->array[(size_t)row * result->columns + column] = value_number(number);
}

static void set_statistics(struct operand *result, const struct fit *fit, bool has_constant)
{
    uint32_t count = fit->column_count;
    double all = fit->squares + fit->rest_squares;
    for (uint32_t row = 2; row < 5; row++)
        for (uint32_t column = 2; column <= count; column++)
            result->array[(size_t)row * result->columns + column] = value_error(ERROR_NA);
    for (uint32_t i = 0; i < count; i++)
        set(result, 1, count - 1 - i, fit->errors[i]);
    if (has_constant)
        set(result, 1, count, fit->constant_error);
    else
        result->array[(size_t)result->columns + count] = value_error(ERROR_NA);
    double variance = fit->freedom > 0 ? fit->rest_squares / fit->freedom : 0;
    set(result, 2, 0, all > 0 ? fit->squares / all : 1);
    set(result, 2, 1, sqrt(variance));
    set(result, 3, 0, variance > 0 ? fit->squares / fit->used_count / variance : NAN);
    set(result, 3, 1, fit->freedom);
    set(result, 4, 0, fit->squares);
    set(result, 4, 1, fit->rest_squares);
}

/* A row of factors, the last one first, and the constant; below it what they are worth. */
static struct operand estimate(struct call *call, bool is_growth)
{
    struct points points;
    struct fit fit;
    struct value error;
    bool has_constant, has_statistics;
    if (!read_points(&points, call, &error) || !truth_of(call, 2, true, &has_constant, &error) ||
        !truth_of(call, 3, false, &has_statistics, &error))
        return operand_of(error);
    if (is_growth && !take_logarithms(&points.ys))
        return operand_error(ERROR_NUM);
    if (!matrix_fit(&fit, &points.xs, &points.ys, has_constant, call->evaluation))
        return operand_error(ERROR_NUM);
    struct operand result =
        operand_of_array(call->evaluation, has_statistics ? 5 : 1, fit.column_count + 1);
    if (result.kind != OPERAND_ARRAY)
        return result;
    for (uint32_t i = 0; i < fit.column_count; i++)
        set(&result, 0, fit.column_count - 1 - i, is_growth ? exp(fit.factors[i]) : fit.factors[i]);
    set(&result, 0, fit.column_count, is_growth ? exp(fit.constant) : fit.constant);
    if (has_statistics)
        set_statistics(&result, &fit, has_constant);
    return result;
}

static struct operand do_linest(struct call *call)
{
    return estimate(call, false);
}

static struct operand do_logest(struct call *call)
{
    return estimate(call, true);
}

static double value_at(const struct fit *fit, const struct matrix *xs, uint32_t row)
{
    struct sum sum = {fit->constant, 0};
    for (uint32_t i = 0; i < fit->column_count; i++)
        sum_add(&sum, fit->factors[i] * *matrix_at(xs, row, i));
    return sum_result(&sum);
}

/* Where the line is wanted: points that lie as the known ones do, or, of one factor, anyhow. */
static bool read_wanted(struct matrix *wanted, const struct points *points, struct call *call,
                        uint32_t *rows, uint32_t *columns, struct value *error)
{
    uint32_t count = points->xs.columns;
    bool is_turned = points->lie_in_row && count > 1;
    const struct operand *xs = call_has(call, 2)   ? &call->arguments[2]
                               : call_has(call, 1) ? &call->arguments[1]
                                                   : NULL;
    *error = value_error(ERROR_NUM);
    if (!xs) {
        *rows = points->lie_in_row ? 1 : points->xs.rows;
        *columns = points->lie_in_row ? points->xs.rows : 1;
        return count_up(wanted, call->evaluation, points->xs.rows);
    }
    if (!read_turned(wanted, call->evaluation, xs, is_turned, error))
        return false;
    *rows = is_turned ? 1 : wanted->rows;
    *columns = is_turned ? wanted->rows : count > 1 ? 1 : wanted->columns;
    if (count == 1) {
        wanted->rows *= wanted->columns;
        wanted->columns = 1;
    }
    *error = value_error(ERROR_REF);
    return wanted->columns == count;
}

static struct operand predict(struct call *call, bool is_growth)
{
    struct points points;
    struct matrix wanted;
    struct fit fit;
    struct value error;
    bool has_constant;
    uint32_t rows, columns;
    if (!read_points(&points, call, &error) || !truth_of(call, 3, true, &has_constant, &error) ||
        !read_wanted(&wanted, &points, call, &rows, &columns, &error))
        return operand_of(error);
    if ((is_growth && !take_logarithms(&points.ys)) ||
        !matrix_fit(&fit, &points.xs, &points.ys, has_constant, call->evaluation))
        return operand_error(ERROR_NUM);
    struct operand result = operand_of_array(call->evaluation, rows, columns);
    if (result.kind != OPERAND_ARRAY)
        return result;
    for (uint32_t i = 0; i < wanted.rows; i++) {
        double y = value_at(&fit, &wanted, i);
        result.array[i] = value_number(is_growth ? exp(y) : y);
    }
    return result;
}

static struct operand do_trend(struct call *call)
{
    return predict(call, false);
}

static struct operand do_growth(struct call *call)
{
    return predict(call, true);
}

static const struct function functions[] = {
    {"GROWTH", 1, 4, "rrrr", do_growth, FUNCTION_TAKES_ARRAYS, "GROWTH(ys, xs, wanted, constant)",
     "ys on the curve through points that grows by a rate"},
    {"LINEST", 1, 4, "rrrr", do_linest, FUNCTION_TAKES_ARRAYS,
     "LINEST(ys, xs, constant, statistics)", "the factors of the line through points"},
    {"LOGEST", 1, 4, "rrrr", do_logest, FUNCTION_TAKES_ARRAYS,
     "LOGEST(ys, xs, constant, statistics)", "the factors of the curve that grows by a rate"},
    {"MDETERM", 1, 1, "r", do_mdeterm, FUNCTION_TAKES_ARRAYS, "MDETERM(matrix)",
     "the determinant of a matrix"},
    {"MINVERSE", 1, 1, "r", do_minverse, FUNCTION_TAKES_ARRAYS, "MINVERSE(matrix)",
     "the inverse of a matrix"},
    {"MMULT", 2, 2, "rr", do_mmult, FUNCTION_TAKES_ARRAYS, "MMULT(matrix, other)",
     "the product of two matrices"},
    {"MUNIT", 1, 1, "i", do_munit, FUNCTION_IS_LATER, "MUNIT(size)", "the unit matrix"},
    {"TREND", 1, 4, "rrrr", do_trend, FUNCTION_TAKES_ARRAYS, "TREND(ys, xs, wanted, constant)",
     "ys on the line through points"},
};

const struct function_list function_matrix = {functions, sizeof functions / sizeof *functions};
