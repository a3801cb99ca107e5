/* SPDX-License-Identifier: MIT */
/* explorer_words_view.h - the region and the page under the cursor, in words. */
#ifndef STEPPE_MAP_EXPLORER_WORDS_VIEW_H
#define STEPPE_MAP_EXPLORER_WORDS_VIEW_H

#include "map/explorer.h"

/* The region's name and place; its figures, or what is asked of it; the page. In two rows the last
 * one is of what has the focus. */
void explorer_words_view_draw(const struct explorer *explorer, struct screen_grid *grid,
                              struct screen_area area);

#endif
