/* SPDX-License-Identifier: MIT */
#include "sheet/book/operator.h"

#include <math.h>
#include <string.h>

#include "sheet/book/evaluation.h"

/* 2^-50 is a little less than one in the 15th digit: two numbers typed with 15 digits stay
 * different. */
static const double SAME_DIGITS = 0x1p-50;

static bool is_whole(double number)
{
    return number == rint(number) && fabs(number) <= 0x1p53;
}

static bool are_nearly_equal(double a, double b)
{
    double difference = fabs(a - b);
    if (difference == 0)
        return true;
    if (!(difference < fabs(a) * SAME_DIGITS && difference < fabs(b) * SAME_DIGITS))
        return false;
    return !(is_whole(a) && is_whole(b));
}

double operator_add(double a, double b)
{
    double sum = a + b;
    /* Near 0 only where one takes the other away. */
    if (fabs(sum) < fabs(a) * SAME_DIGITS && are_nearly_equal(a, -b))
        return 0;
    return sum;
}

static struct value power_of_negative(double base, double exponent)
{
    double inverse = 1 / exponent;
    double root = rint(inverse);
    if (fabs(root) <= 0x1p52 && are_nearly_equal(inverse, root) && fmod(root, 2) != 0)
        return value_number(-pow(-base, exponent));
    return value_error(ERROR_NUM);
}

struct value operator_power(double base, double exponent)
{
    if (base == 0 && exponent == 0)
        return value_error(ERROR_NUM);
    if (base == 0 && exponent < 0)
        return value_error(ERROR_DIV0);
    if (base < 0 && exponent != rint(exponent))
        return power_of_negative(base, exponent);
    return value_number(pow(base, exponent));
}

int operator_compare(struct value a, struct value b)
{
    if (a.kind == VALUE_NUMBER && b.kind == VALUE_NUMBER) {
        if (are_nearly_equal(a.number, b.number))
            return 0;
        return a.number < b.number ? -1 : 1;
    }
    return value_compare(a, b);
}

struct value operator_unary(const struct evaluation *evaluation, enum token_kind kind,
                            struct value a)
{
    if (kind == TOKEN_PLUS) /* not even text becomes a number, but what is empty is none any more */
        return a.kind == VALUE_BLANK ? value_number(0) : a;
    a = evaluation_number(evaluation, a);
    if (a.kind == VALUE_ERROR)
        return a;
    if (kind == TOKEN_PERCENT)
        return value_number(a.number / 100);
    return value_number(a.number == 0 ? 0 : -a.number); /* there is no -0 in a cell */
}

static struct value join(struct evaluation *evaluation, struct value a, struct value b)
{
    char a_buffer[VALUE_NUMBER_BYTES], b_buffer[VALUE_NUMBER_BYTES];
    a = value_to_text(a, a_buffer);
    if (a.kind == VALUE_ERROR)
        return a;
    b = value_to_text(b, b_buffer);
    if (b.kind == VALUE_ERROR)
        return b;
    size_t size_bytes = (size_t)a.text_bytes + b.text_bytes;
    if (size_bytes > TEXT_BYTES_MAX)
        return value_error(ERROR_VALUE);
    char *joined = evaluation_take(evaluation, size_bytes + 1);
    if (!joined)
        return value_error(ERROR_NUM);
    memcpy(joined, a.text, a.text_bytes);
    memcpy(joined + a.text_bytes, b.text, b.text_bytes);
    return evaluation_own_text(joined, size_bytes);
}

static struct value compare(enum token_kind kind, struct value a, struct value b)
{
    if (a.kind == VALUE_ERROR)
        return a;
    if (b.kind == VALUE_ERROR)
        return b;
    int order = operator_compare(a, b);
    switch (kind) {
    case TOKEN_LESS:
        return value_boolean(order < 0);
    case TOKEN_LESS_EQUAL:
        return value_boolean(order <= 0);
    case TOKEN_EQUAL:
        return value_boolean(order == 0);
    case TOKEN_GREATER_EQUAL:
        return value_boolean(order >= 0);
    case TOKEN_GREATER:
        return value_boolean(order > 0);
    default:
        return value_boolean(order != 0);
    }
}

static struct value calculate(enum token_kind kind, double a, double b)
{
    switch (kind) {
    case TOKEN_ADD:
        return value_number(operator_add(a, b));
    case TOKEN_SUBTRACT:
        return value_number(operator_add(a, -b));
    case TOKEN_MULTIPLY:
        return value_number(a * b);
    case TOKEN_DIVIDE:
        return b == 0 ? value_error(ERROR_DIV0) : value_number(a / b);
    default:
        return operator_power(a, b);
    }
}

struct value operator_binary(struct evaluation *evaluation, enum token_kind kind, struct value a,
                             struct value b)
{
    if (kind >= TOKEN_LESS && kind <= TOKEN_NOT_EQUAL)
        return compare(kind, a, b);
    if (kind == TOKEN_JOIN)
        return join(evaluation, a, b);
    a = evaluation_number(evaluation, a);
    if (a.kind == VALUE_ERROR)
        return a;
    b = evaluation_number(evaluation, b);
    if (b.kind == VALUE_ERROR)
        return b;
    return calculate(kind, a.number, b.number);
}

/* ---- on the stack -------------------------------------------------------------------------------
 */

/* An operand that is taken element by element; cells are read. */
static struct operand settle(struct evaluation *evaluation, const struct operand *operand)
{
    if (operand_is_many(operand, evaluation->in_array))
        return operand_to_array(evaluation, operand);
    return operand_of(operand_value(evaluation, operand));
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static struct operand combine(struct evaluation *evaluation, enum token_kind kind,
                              const struct operand *a, const struct operand *b)
{
    uint32_t rows = larger(a->rows, b->rows);
    uint32_t stored_rows = operand_stored_rows(b, rows, operand_stored_rows(a, rows, 0));
    struct operand result =
        operand_of_long_array(evaluation, rows, larger(a->columns, b->columns), stored_rows);
    if (result.kind != OPERAND_ARRAY)
        return result;
    struct value *value = result.array;
    for (uint32_t row = 0; row < operand_kept_rows(&result); row++) {
        if (evaluation_is_stopped(evaluation, result.columns))
            break;
        for (uint32_t column = 0; column < result.columns; column++)
            *value++ = operator_binary(evaluation, kind, operand_element(a, row, column),
                                       operand_element(b, row, column));
    }
    return result;
}

void operator_do_binary(struct evaluation *evaluation, enum token_kind kind)
{
    struct operand *pair = evaluation_operands(evaluation, 2);
    if (!pair)
        return;
    struct operand a = settle(evaluation, &pair[0]), b = settle(evaluation, &pair[1]);
    if (a.kind == OPERAND_VALUE && b.kind == OPERAND_VALUE)
        evaluation_replace(evaluation, 2,
                           operand_of(operator_binary(evaluation, kind, a.value, b.value)));
    else
        evaluation_replace(evaluation, 2, combine(evaluation, kind, &a, &b));
}

void operator_do_unary(struct evaluation *evaluation, enum token_kind kind)
{
    struct operand *one = evaluation_operands(evaluation, 1);
    if (!one)
        return;
    struct operand a = settle(evaluation, one);
    if (a.kind == OPERAND_VALUE) {
        evaluation_replace(evaluation, 1, operand_of(operator_unary(evaluation, kind, a.value)));
        return;
    }
    struct operand result = operand_of_long_array(evaluation, a.rows, a.columns, a.stored_rows);
    size_t count = result.kind == OPERAND_ARRAY ? (size_t)operand_kept_rows(&a) * a.columns : 0;
    for (size_t i = 0; i < count; i++)
        result.array[i] = operator_unary(evaluation, kind, a.array[i]);
    evaluation_replace(evaluation, 1, result);
}
