/* SPDX-License-Identifier: MIT */
/*
 * desk_map_view.h - the grid's own pages: which tiles around the cursor have one, which are packed,
 * the whole sheet, and figures.
 */
#ifndef STEPPE_SHEET_DESK_MAP_VIEW_H
#define STEPPE_SHEET_DESK_MAP_VIEW_H

#include "sheet/desk/desk_layout.h"

void desk_map_view_draw(const struct desk *desk, struct screen_grid *grid,
                        const struct desk_layout *layout);

#endif
