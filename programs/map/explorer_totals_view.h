/* SPDX-License-Identifier: MIT */
/* explorer_totals_view.h - what is told of the whole process: title, totals, library, kinds. */
#ifndef STEPPE_MAP_EXPLORER_TOTALS_VIEW_H
#define STEPPE_MAP_EXPLORER_TOTALS_VIEW_H

#include "map/explorer_layout.h"

void explorer_totals_view_draw(const struct explorer *explorer, struct screen_grid *grid,
                               const struct explorer_layout *layout);

#endif
