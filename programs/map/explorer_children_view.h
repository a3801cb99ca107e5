/* SPDX-License-Identifier: MIT */
/* explorer_children_view.h - the list of children to choose from, and the row that tells them. */
#ifndef STEPPE_MAP_EXPLORER_CHILDREN_VIEW_H
#define STEPPE_MAP_EXPLORER_CHILDREN_VIEW_H

#include "map/explorer.h"

/* The list, over everything else. */
void explorer_children_view_draw(const struct explorer *explorer, struct screen_grid *grid);

/* The way back, and children whose memory is in no figure. */
void explorer_children_view_draw_row(const struct explorer *explorer, struct screen_grid *grid,
                                     struct screen_area area);

#endif
