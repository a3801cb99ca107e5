/* SPDX-License-Identifier: MIT */
/* desk_command.h - what keys and the mouse do. */
#ifndef STEPPE_SHEET_DESK_COMMAND_H
#define STEPPE_SHEET_DESK_COMMAND_H

#include "screen/terminal.h"
#include "sheet/desk/desk_model.h"

/* One event, on a screen of this size. desk->ends says when it is over. */
void desk_command_do(struct desk *desk, const struct screen_event *event, int columns, int rows);

#endif
