/* SPDX-License-Identifier: MIT */
/*
 * operator.h - what the operators of formulas do with values; and, element by element, with arrays.
 *
 * Numbers are binary, people count in tens: 0.5-0.4-0.1 is not 0 for the machine. As other
 * spreadsheets, + and - give 0 where the result is smaller than the 15th digit of what went in, and
 * comparisons take numbers for equal that differ by no more; whole numbers are left alone.
 */
#ifndef STEPPE_SHEET_OPERATOR_H
#define STEPPE_SHEET_OPERATOR_H

#include "sheet/book/evaluate.h"

/* An error of a goes before one of b. The text of JOIN is the evaluation's. */
struct value operator_unary(const struct evaluation *evaluation, enum token_kind kind,
                            struct value a);
struct value operator_binary(struct evaluation *evaluation, enum token_kind kind, struct value a,
                             struct value b);

/* The same of what lies on the stack: values, cells, arrays. For evaluate.c. */
void operator_do_unary(struct evaluation *evaluation, enum token_kind kind);
void operator_do_binary(struct evaluation *evaluation, enum token_kind kind);

double operator_add(double a, double b);
/* As ^ and POWER have it: 0^0 is #NUM!, 0^-1 #DIV/0!, (-8)^(1/3) is -2, (-8)^0.4 #NUM!. */
struct value operator_power(double base, double exponent);
/* < 0, 0, > 0; neither is an error. */
int operator_compare(struct value a, struct value b);

#endif
