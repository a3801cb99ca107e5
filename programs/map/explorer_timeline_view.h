/* SPDX-License-Identifier: MIT */
/* explorer_timeline_view.h - totals over time as rows of bars. */
#ifndef STEPPE_MAP_EXPLORER_TIMELINE_VIEW_H
#define STEPPE_MAP_EXPLORER_TIMELINE_VIEW_H

#include "map/timeline.h"
#include "screen/grid.h"

/* All there is, from the beginning. Three rows: a curve each, with its latest and its highest
 * value; fewer: all curves side by side in the first. */
void explorer_timeline_view_draw(const struct timeline *timeline, struct screen_grid *grid,
                                 struct screen_area area);

#endif
