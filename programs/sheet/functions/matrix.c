/* SPDX-License-Identifier: MIT */
#include "sheet/functions/matrix.h"

#include <math.h>
#include <string.h>

#include "sheet/grid/sum.h"

/* What is left of a column when all that others say is taken off, beside it itself: less than this
 * is nothing new. */
static const double nothing_new = 1e-10;

bool matrix_new(struct matrix *matrix, struct evaluation *evaluation, uint32_t rows,
                uint32_t columns)
{
    *matrix = (struct matrix){.rows = rows, .columns = columns};
    if ((uint64_t)rows * columns > ARRAY_CELLS_MAX)
        return false;
    matrix->numbers =
        evaluation_take(evaluation, ((size_t)rows * columns + 1) * sizeof *matrix->numbers);
    return matrix->numbers != NULL;
}

bool matrix_read(struct matrix *matrix, struct evaluation *evaluation,
                 const struct operand *operand, struct value *error)
{
    uint32_t rows, columns;
    uint64_t count = 0;
    struct walk walk;
    *error = value_error(ERROR_VALUE);
    if (operand->kind == OPERAND_MISSING || !operand_size(operand, &rows, &columns))
        return false;
    *error = value_error(ERROR_NUM);
    if (!matrix_new(matrix, evaluation, rows, columns))
        return false;
    walk_begin(&walk, evaluation, operand, WALK_ANY);
    for (; walk_next(&walk); count++) {
        if (walk.value.kind != VALUE_NUMBER) {
            *error = walk.value.kind == VALUE_ERROR ? walk.value : value_error(ERROR_VALUE);
            return false;
        }
        *matrix_at(matrix, walk.row, walk.column) = walk.value.number;
    }
    *error = value_error(ERROR_VALUE);
    return count == (uint64_t)rows * columns;
}

struct operand matrix_result(const struct matrix *matrix, struct evaluation *evaluation)
{
    struct operand result = operand_of_array(evaluation, matrix->rows, matrix->columns);
    size_t count = result.kind == OPERAND_ARRAY ? (size_t)matrix->rows * matrix->columns : 0;
    for (size_t i = 0; i < count; i++)
        result.array[i] = value_number(matrix->numbers[i]);
    return result;
}

/* ---- elimination --------------------------------------------------------------------------------
 */

static void swap_rows(struct matrix *matrix, uint32_t a, uint32_t b)
{
    for (uint32_t column = 0; a != b && column < matrix->columns; column++) {
        double held = *matrix_at(matrix, a, column);
        *matrix_at(matrix, a, column) = *matrix_at(matrix, b, column);
        *matrix_at(matrix, b, column) = held;
    }
}

static uint32_t largest_below(const struct matrix *matrix, uint32_t row, uint32_t column)
{
    uint32_t largest = row;
    for (uint32_t other = row + 1; other < matrix->rows; other++)
        if (fabs(*matrix_at(matrix, other, column)) > fabs(*matrix_at(matrix, largest, column)))
            largest = other;
    return largest;
}

/* row -= factor * other, from a column on. */
static void take_off(struct matrix *matrix, uint32_t row, uint32_t other, double factor,
                     uint32_t column)
{
    for (; column < matrix->columns; column++)
        *matrix_at(matrix, row, column) -= factor * *matrix_at(matrix, other, column);
}

double matrix_determinant(struct matrix *matrix, struct evaluation *evaluation)
{
    double determinant = 1;
    for (uint32_t at = 0; at < matrix->rows && determinant != 0; at++) {
        uint32_t pivot = largest_below(matrix, at, at);
        double number = *matrix_at(matrix, pivot, at);
        determinant *= pivot == at ? number : -number;
        swap_rows(matrix, at, pivot);
        for (uint32_t row = at + 1; number != 0 && row < matrix->rows; row++)
            take_off(matrix, row, at, *matrix_at(matrix, row, at) / number, at);
        if (evaluation_is_stopped(evaluation, (uint64_t)matrix->rows * matrix->columns))
            break;
    }
    return determinant;
}

bool matrix_invert(struct matrix *matrix, struct matrix *inverse, struct evaluation *evaluation)
{
    for (uint32_t at = 0; at < matrix->rows; at++) {
        uint32_t pivot = largest_below(matrix, at, at);
        double number = *matrix_at(matrix, pivot, at);
        if (number == 0 || evaluation_is_stopped(evaluation, (uint64_t)matrix->rows * matrix->rows))
            return false;
        swap_rows(matrix, at, pivot);
        swap_rows(inverse, at, pivot);
        for (uint32_t column = 0; column < matrix->columns; column++) {
            *matrix_at(matrix, at, column) /= number;
            *matrix_at(inverse, at, column) /= number;
        }
        for (uint32_t row = 0; row < matrix->rows; row++) {
            double factor = *matrix_at(matrix, row, at);
            if (row == at || factor == 0)
                continue;
            take_off(matrix, row, at, factor, 0);
            take_off(inverse, row, at, factor, 0);
        }
    }
    return true;
}

/* ---- least squares ------------------------------------------------------------------------------
 *
 * Columns, less their means where there is a constant, are made square to each other one by one
 * (Gram and Schmidt, each twice, so that rounding leaves nothing): xs becomes Q, and triangle R.
 * Where is_new is false, the column had nothing left.
 */

struct square {
    struct matrix *xs, triangle;
    double *means;
    bool *is_new;
};

static double product_of(const struct matrix *a, uint32_t i, const struct matrix *b, uint32_t k)
{
    struct sum sum = {0, 0};
    for (uint32_t row = 0; row < a->rows; row++)
        sum_add(&sum, *matrix_at(a, row, i) * *matrix_at(b, row, k));
    return sum_result(&sum);
}

static double take_mean_off(struct matrix *matrix, uint32_t column)
{
    struct sum sum = {0, 0};
    for (uint32_t row = 0; row < matrix->rows; row++)
        sum_add(&sum, *matrix_at(matrix, row, column));
    double mean = sum_result(&sum) / matrix->rows;
    for (uint32_t row = 0; row < matrix->rows; row++)
        *matrix_at(matrix, row, column) -= mean;
    return mean;
}

static void make_square_to(struct square *square, uint32_t column, uint32_t other)
{
    struct matrix *xs = square->xs;
    double part = product_of(xs, other, xs, column);
    *matrix_at(&square->triangle, other, column) += part;
    for (uint32_t row = 0; row < xs->rows; row++)
        *matrix_at(xs, row, column) -= part * *matrix_at(xs, row, other);
}

static void make_square(struct square *square, uint32_t column)
{
    struct matrix *xs = square->xs;
    double size_before = sqrt(product_of(xs, column, xs, column));
    for (int twice = 0; twice < 2; twice++)
        for (uint32_t other = 0; other < column; other++)
            if (square->is_new[other])
                make_square_to(square, column, other);
    double size = sqrt(product_of(xs, column, xs, column));
    square->is_new[column] = size > size_before * nothing_new;
    if (!square->is_new[column])
        return;
    *matrix_at(&square->triangle, column, column) = size;
    for (uint32_t row = 0; row < xs->rows; row++)
        *matrix_at(xs, row, column) /= size;
}

/* R factors = right side, from the last one up; that side is changed into the factors. */
static void solve(const struct square *square, double *side)
{
    const struct matrix *triangle = &square->triangle;
    for (uint32_t i = triangle->rows; i-- > 0;) {
        if (!square->is_new[i]) {
            side[i] = 0;
            continue;
        }
        for (uint32_t k = i + 1; k < triangle->columns; k++)
            side[i] -= *matrix_at(triangle, i, k) * side[k];
        side[i] /= *matrix_at(triangle, i, i);
    }
}

/* Variances of factors are sums over the columns of R's inverse. */
static void find_errors(struct fit *fit, const struct square *square, double variance,
                        double point_count, double *side)
{
    struct sum constant = {1 / point_count, 0};
    for (uint32_t column = 0; column < fit->column_count; column++) {
        double means = 0;
        memset(side, 0, fit->column_count * sizeof *side);
        side[column] = square->is_new[column];
        solve(square, side);
        for (uint32_t i = 0; i < fit->column_count; i++) {
            fit->errors[i] += side[i] * side[i];
            means += side[i] * square->means[i];
        }
        sum_add(&constant, means * means);
    }
    for (uint32_t i = 0; i < fit->column_count; i++)
        fit->errors[i] = sqrt(fit->errors[i] * variance);
    fit->constant_error = sqrt(sum_result(&constant) * variance);
}

static bool take_room(struct fit *fit, struct square *square, double **side,
                      struct evaluation *evaluation)
{
    size_t size_bytes = (fit->column_count + (size_t)1) * sizeof(double);
    fit->factors = evaluation_take(evaluation, size_bytes);
    fit->errors = evaluation_take(evaluation, size_bytes);
    square->means = evaluation_take(evaluation, size_bytes);
    square->is_new = evaluation_take(evaluation, fit->column_count + (size_t)1);
    *side = evaluation_take(evaluation, size_bytes);
    return fit->factors && fit->errors && square->means && square->is_new && *side &&
           matrix_new(&square->triangle, evaluation, fit->column_count, fit->column_count);
}

bool matrix_fit(struct fit *fit, struct matrix *xs, struct matrix *ys, bool has_constant,
                struct evaluation *evaluation)
{
    struct square square = {.xs = xs};
    double *side, y_mean = has_constant ? take_mean_off(ys, 0) : 0;
    *fit = (struct fit){.column_count = xs->columns};
    if (!take_room(fit, &square, &side, evaluation))
        return false;
    fit->freedom = (double)xs->rows - has_constant;
    double all_squares = product_of(ys, 0, ys, 0);
    for (uint32_t column = 0; column < xs->columns; column++) {
        if (evaluation_is_stopped(evaluation, (uint64_t)xs->rows * (column + 1)))
            return false;
        if (has_constant)
            square.means[column] = take_mean_off(xs, column);
        make_square(&square, column);
        if (!square.is_new[column])
            continue;
        fit->freedom--;
        fit->used_count++;
        fit->factors[column] = product_of(xs, column, ys, 0);
        for (uint32_t row = 0; row < xs->rows; row++)
            *matrix_at(ys, row, 0) -= fit->factors[column] * *matrix_at(xs, row, column);
    }
    solve(&square, fit->factors);
    fit->rest_squares = product_of(ys, 0, ys, 0);
    fit->squares = fmax(all_squares - fit->rest_squares, 0);
    fit->constant = y_mean;
    for (uint32_t i = 0; i < fit->column_count; i++)
        fit->constant -= fit->factors[i] * square.means[i];
    double variance = fit->freedom > 0 ? fit->rest_squares / fit->freedom : 0;
    find_errors(fit, &square, variance, xs->rows, side);
    return true;
}
