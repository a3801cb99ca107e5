/* SPDX-License-Identifier: MIT */
/* desk_move.h - keys that move, whether the cursor or what a formula points to. */
#ifndef STEPPE_SHEET_DESK_MOVE_H
#define STEPPE_SHEET_DESK_MOVE_H

#include "screen/terminal.h"
#include "sheet/desk/desk_model.h"

struct desk_motion {
    uint32_t key; /* without Shift */
    bool extends;
};

/* false: the key does not move. */
bool desk_move_read(uint32_t key, struct desk_motion *motion);
struct position desk_move_from(const struct desk *desk, struct position start,
                               const struct desk_motion *motion);
/* After Enter and Tab: column is where it was typed. Enter goes back to where Tabs began. Within
 * what is chosen both go round. */
void desk_move_on(struct desk *desk, int rows, int columns, uint32_t column);

#endif
