/* SPDX-License-Identifier: MIT */
/*
 * function_rounding.c - whole numbers, digits and multiples.
 *
 * Digits are decimal ones: 2.675 is a half in its third digit although the double is a little less,
 * so ROUND(2.675,2) is 2.68, and ROUNDDOWN(1.13,2) is 1.13 although 1.13*100 is not 113. What lies
 * within the last bits of a half, or of a whole number, counts as one: INT((0.1+0.7)*10) is 8, as
 * in LibreOffice. Only ROUND to no digits at all takes its number at its word.
 */
#include <math.h>

#include "sheet/book/function.h"

enum { DIGITS_MAX = 320 }; /* beyond, no double has any */

typedef double rounder(double scaled);

static double near_whole(double number)
{
    double whole = rint(number);
    return fabs(number - whole) <= fabs(number) * 0x1p-50 ? whole : number;
}

static double round_half_up(double scaled)
{
    return round(near_whole(2 * scaled) / 2);
}

static double round_behind_point(double size, double digits, rounder *to_whole)
{
    /* In two steps where the power alone is not a double any more. */
    double first = fmin(digits, 300), power = pow(10, first), rest = pow(10, digits - first);
    double scaled = size * power * rest;
    if (!(scaled < 0x1p52))
        return size; /* it has no such digits */
    return to_whole(near_whole(scaled)) / power / rest;
}

static double round_before_point(double size, double digits, rounder *to_whole)
{
    double power = pow(10, digits);
    double scaled = to_whole(near_whole(size / power));
    return scaled == 0 ? 0 : scaled * power; /* 0 times infinite is no number */
}

/* Rounding of what is not negative; the sign comes back afterwards. */
static double round_digits(double number, double digits, rounder *to_whole)
{
    double size = fabs(number), result;
    if (digits > DIGITS_MAX || size == 0)
        return number;
    if (digits < -DIGITS_MAX)
        digits = -DIGITS_MAX;
    if (digits == 0)
        result = to_whole == round_half_up ? round(size) : to_whole(near_whole(size));
    else if (digits > 0)
        result = round_behind_point(size, digits, to_whole);
    else
        result = round_before_point(size, -digits, to_whole);
    return copysign(result, number);
}

static struct operand rounded(struct call *call, rounder *to_whole)
{
    double digits = call_has(call, 1) ? trunc(call_number(call, 1)) : 0;
    double result = round_digits(call_number(call, 0), digits, to_whole);
    return operand_number(result == 0 ? 0 : result);
}

static struct operand do_round(struct call *call)
{
    return rounded(call, round_half_up);
}

static struct operand do_roundup(struct call *call)
{
    return rounded(call, ceil);
}

static struct operand do_rounddown(struct call *call)
{
    return rounded(call, floor);
}

static struct operand do_int(struct call *call)
{
    double result = floor(near_whole(call_number(call, 0)));
    return operand_number(result == 0 ? 0 : result);
}

/* Away from 0 to the next whole number of a kind: offset + 2n. */
static struct operand to_parity(double number, double offset)
{
    double size = fabs(number);
    double result = 2 * ceil((size - offset) / 2) + offset;
    return operand_number(size == 0 && offset == 0 ? 0 : copysign(fabs(result), number));
}

static struct operand do_even(struct call *call)
{
    return to_parity(call_number(call, 0), 0);
}

static struct operand do_odd(struct call *call)
{
    return to_parity(call_number(call, 0), 1);
}

/* ---- multiples ----------------------------------------------------------------------------------
 */

static double to_multiple(double number, double step, rounder *to_whole)
{
    double result = to_whole(near_whole(number / step)) * step;
    return result == 0 ? 0 : result;
}

static struct operand do_mround(struct call *call)
{
    double number = call_number(call, 0), step = call_number(call, 1);
    if (number == 0 || step == 0)
        return operand_number(0);
    if ((number < 0) != (step < 0))
        return operand_error(ERROR_NUM);
    return operand_number(to_multiple(number, step, round_half_up));
}

static struct operand do_ceiling(struct call *call)
{
    double number = call_number(call, 0), step = call_number(call, 1);
    if (number == 0 || step == 0)
        return operand_number(0);
    if (number > 0 && step < 0)
        return operand_error(ERROR_NUM);
    return operand_number(to_multiple(number, step, ceil));
}

static struct operand do_floor(struct call *call)
{
    double number = call_number(call, 0), step = call_number(call, 1);
    if (number == 0)
        return operand_number(0);
    if (step == 0)
        return operand_error(ERROR_DIV0);
    if (number > 0 && step < 0)
        return operand_error(ERROR_NUM);
    return operand_number(to_multiple(number, step, floor));
}

/* The step's sign does not count, and written empty it is 1; mode: which way negative numbers go.
 */
static struct operand mathematical(struct call *call, rounder *to_whole, rounder *other)
{
    struct value step = value_number(1);
    double number = call_number(call, 0);
    bool is_turned = number < 0 && call_number_or(call, 2, 0) != 0;
    if (call_has(call, 1))
        step = evaluation_number(call->evaluation, call->arguments[1].value);
    if (step.kind == VALUE_ERROR)
        return operand_of(step);
    if (number == 0 || step.number == 0)
        return operand_number(0);
    return operand_number(to_multiple(number, fabs(step.number), is_turned ? other : to_whole));
}

static struct operand do_ceiling_math(struct call *call)
{
    return mathematical(call, ceil, floor);
}

static struct operand do_floor_math(struct call *call)
{
    return mathematical(call, floor, ceil);
}

static const struct function functions[] = {
    {"CEILING", 2, 2, "nn", do_ceiling, 0, "CEILING(number, step)",
     "up to a multiple of the step, away from 0"},
    {"CEILING.MATH", 1, 3, "nvn", do_ceiling_math, FUNCTION_IS_LATER,
     "CEILING.MATH(number, step, mode)", "up to a multiple of the step"},
    {"CEILING.PRECISE", 1, 2, "nv", do_ceiling_math, FUNCTION_IS_LATER,
     "CEILING.PRECISE(number, step)", "up to a multiple of the step"},
    {"EVEN", 1, 1, "n", do_even, 0, "EVEN(number)", "away from 0 to an even number"},
    {"FLOOR", 2, 2, "nn", do_floor, 0, "FLOOR(number, step)",
     "down to a multiple of the step, towards 0"},
    {"FLOOR.MATH", 1, 3, "nvn", do_floor_math, FUNCTION_IS_LATER, "FLOOR.MATH(number, step, mode)",
     "down to a multiple of the step"},
    {"FLOOR.PRECISE", 1, 2, "nv", do_floor_math, FUNCTION_IS_LATER, "FLOOR.PRECISE(number, step)",
     "down to a multiple of the step"},
    {"INT", 1, 1, "n", do_int, 0, "INT(number)", "down to a whole number"},
    {"ISO.CEILING", 1, 2, "nv", do_ceiling_math, 0, "ISO.CEILING(number, step)",
     "up to a multiple of the step"},
    {"MROUND", 2, 2, "nn", do_mround, 0, "MROUND(number, step)", "to the nearest multiple"},
    {"ODD", 1, 1, "n", do_odd, 0, "ODD(number)", "away from 0 to an odd number"},
    {"ROUND", 2, 2, "nn", do_round, 0, "ROUND(number, digits)",
     "to the nearest, halves away from 0"},
    {"ROUNDDOWN", 2, 2, "nn", do_rounddown, 0, "ROUNDDOWN(number, digits)", "towards 0"},
    {"ROUNDUP", 2, 2, "nn", do_roundup, 0, "ROUNDUP(number, digits)", "away from 0"},
    {"TRUNC", 1, 2, "nn", do_rounddown, 0, "TRUNC(number, digits)", "towards 0"},
};

const struct function_list function_rounding = {functions, sizeof functions / sizeof *functions};
