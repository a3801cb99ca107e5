/* SPDX-License-Identifier: MIT */
/* explorer_map_view.h - the map of pages, its frame with a title, and its legend. */
#ifndef STEPPE_MAP_EXPLORER_MAP_VIEW_H
#define STEPPE_MAP_EXPLORER_MAP_VIEW_H

#include "map/explorer.h"

/* Into the frame around an area, which becomes the size of the explorer's map. */
void explorer_map_view_draw(struct explorer *explorer, struct screen_grid *grid,
                            struct screen_area area);

#endif
