/* SPDX-License-Identifier: MIT */
/* desk_view.h - the whole screen: a function from the model to a grid of any size. */
#ifndef STEPPE_SHEET_DESK_VIEW_H
#define STEPPE_SHEET_DESK_VIEW_H

#include "sheet/desk/desk_layout.h"

/* Also where the terminal's cursor belongs; a column of -1: hidden. */
void desk_view_draw(const struct desk *desk, struct screen_grid *grid, int *cursor_column,
                    int *cursor_row);

/* Only the line that says what takes long: while cells are being changed they are not looked at. */
void desk_view_draw_progress(const struct desk *desk, struct screen_grid *grid);

#endif
