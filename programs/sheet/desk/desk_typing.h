/* SPDX-License-Identifier: MIT */
/* desk_typing.h - typing into a cell: beginning, keys, pointing to cells, and the end. */
#ifndef STEPPE_SHEET_DESK_TYPING_H
#define STEPPE_SHEET_DESK_TYPING_H

#include "sheet/desk/desk_model.h"

/* mode: DESK_ENTERS or DESK_EDITS; text NULL: what the cell holds. */
void desk_typing_begin(struct desk *desk, enum desk_mode mode, const char *text);
void desk_typing_press(struct desk *desk, uint32_t key);
/* The date, or the time, as it is typed: into a new text, or into the one there is. */
void desk_typing_put_now(struct desk *desk, bool is_time);
/* What was typed goes into the cell. false: it could not, and typing goes on with a message. */
bool desk_typing_end(struct desk *desk);
/* Nothing has changed. */
void desk_typing_leave(struct desk *desk);
/* A reference to this cell, or from the one pointed to before up to it; false: none makes sense
 * at the cursor. */
bool desk_typing_point(struct desk *desk, struct position position, bool extend);

#endif
