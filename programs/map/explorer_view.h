/* SPDX-License-Identifier: MIT */
/*
 * explorer_view.h - an explorer as a grid of cells. A pure function, but that the explorer's map
 * and list learn how much room they have.
 */
#ifndef STEPPE_MAP_EXPLORER_VIEW_H
#define STEPPE_MAP_EXPLORER_VIEW_H

#include "map/explorer.h"

/* Draw everything. The cursor of a prompt is at *cursor_column, *cursor_row; no prompt: -1. */
void explorer_view_draw(struct explorer *explorer, struct screen_grid *grid, int *cursor_column,
                        int *cursor_row);

#endif
