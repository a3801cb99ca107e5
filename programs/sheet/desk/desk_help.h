/* SPDX-License-Identifier: MIT */
/* desk_help.h - the help: keys for moving, and those of desk_action.h's table. */
#ifndef STEPPE_SHEET_DESK_HELP_H
#define STEPPE_SHEET_DESK_HELP_H

#include "sheet/desk/desk_layout.h"

void desk_help_draw(const struct desk *desk, struct screen_grid *grid,
                    const struct desk_layout *layout);
/* false: the key leaves. */
bool desk_help_scroll(struct desk *desk, uint32_t key, const struct desk_layout *layout);

#endif
