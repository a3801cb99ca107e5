/* SPDX-License-Identifier: MIT */
/*
 * desk_repeat.h - what was done last, to be done once more where the cursor is now: F4.
 *
 *     desk_repeat_begin --> something is done --> desk_repeat_note_*: only what changed the
 * workbook takes the place of what there was
 */
#ifndef STEPPE_SHEET_DESK_REPEAT_H
#define STEPPE_SHEET_DESK_REPEAT_H

#include "sheet/desk/desk_model.h"

struct desk_action;

/* In front of what may change something. */
void desk_repeat_begin(struct desk *desk);
/* Behind it: an action, one of a list, an answer. */
void desk_repeat_note_action(struct desk *desk, const struct desk_action *action);
void desk_repeat_note_choice(struct desk *desk, desk_list_taker *take, int id);
void desk_repeat_note_answer(struct desk *desk, enum desk_question question, const char *text);

void desk_repeat(struct desk *desk);

#endif
