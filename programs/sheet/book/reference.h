/* SPDX-License-Identifier: MIT */
/*
 * reference.h - the operators that make references of references: ':' (the area from one to the
 * other), ',' (both), ' ' (what they have in common).
 */
#ifndef STEPPE_SHEET_REFERENCE_H
#define STEPPE_SHEET_REFERENCE_H

#include "sheet/book/evaluate.h"

/* RANGE, UNITE or MEET of the two uppermost operands on the stack. For evaluate.c. */
void reference_do(struct evaluation *evaluation, enum token_kind kind);

#endif
