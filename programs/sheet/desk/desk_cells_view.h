/* SPDX-License-Identifier: MIT */
/* desk_cells_view.h - drawing the cells of a sheet, and the letters and numbers around them. */
#ifndef STEPPE_SHEET_DESK_CELLS_VIEW_H
#define STEPPE_SHEET_DESK_CELLS_VIEW_H

#include "sheet/desk/desk_layout.h"

void desk_cells_view_draw(const struct desk *desk, struct screen_grid *grid,
                          const struct desk_layout *layout);

/* How many columns a cell would like to have; for the automatic width. */
int desk_cells_view_wish(const struct book *book, const struct sheet *sheet,
                         struct position position);

#endif
