/* SPDX-License-Identifier: MIT */
/* desk_answer.h - questions that are answered in one line, and what is done with the answer. */
#ifndef STEPPE_SHEET_DESK_ANSWER_H
#define STEPPE_SHEET_DESK_ANSWER_H

#include "sheet/desk/desk_model.h"

/* A key while something is asked. */
void desk_answer_press(struct desk *desk, uint32_t key);
/* What the answer says. */
void desk_answer_do(struct desk *desk, enum desk_question question, const char *text);
/* Look for what was sought before, from the cursor on. */
void desk_answer_find_next(struct desk *desk, bool backward);
/* The width, format and so on that there is now. */
void desk_answer_ask_width(struct desk *desk);
void desk_answer_ask_name(struct desk *desk);

#endif
