/* SPDX-License-Identifier: MIT */
/* jump.h - the jumps of lazy functions (formula.h), for evaluate.c and call.c. */
#ifndef STEPPE_SHEET_JUMP_H
#define STEPPE_SHEET_JUMP_H

#include "sheet/book/evaluate.h"

bool jump_is(unsigned kind); /* WHEN, OTHERWISE, ENSURE, PICK */
/* Do the one that stands at a place of the uppermost frame. */
void jump_do(struct evaluation *evaluation, const struct token *token, uint32_t at);
/* The CALL at a place is reached: whether it was pending or not, it is no longer. */
void jump_end(struct evaluation *evaluation, uint32_t call);

#endif
