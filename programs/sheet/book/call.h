/* SPDX-License-Identifier: MIT */
/* call.h - the calls of formulas, for evaluate.c. */
#ifndef STEPPE_SHEET_CALL_H
#define STEPPE_SHEET_CALL_H

#include "sheet/book/evaluate.h"

/* Take the arguments from the stack, push the result. at: where the token stands in the frame. */
void call_do(struct evaluation *evaluation, const struct token *token, uint32_t at);
void call_do_unknown(struct evaluation *evaluation, const struct token *token);

#endif
