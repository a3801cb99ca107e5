/* SPDX-License-Identifier: MIT */
/* explorer_list_view.h - the list of regions, or of a difference's. */
#ifndef STEPPE_MAP_EXPLORER_LIST_VIEW_H
#define STEPPE_MAP_EXPLORER_LIST_VIEW_H

#include "map/explorer_layout.h"

/* The list is scrolled so that the line chosen is seen. */
void explorer_list_view_draw(struct explorer *explorer, struct screen_grid *grid,
                             const struct explorer_layout *layout);

#endif
