/* SPDX-License-Identifier: MIT */
/* explorer_help.h - the list of keys over everything else; it is scrolled where it does not fit. */
#ifndef STEPPE_MAP_EXPLORER_HELP_H
#define STEPPE_MAP_EXPLORER_HELP_H

#include "map/explorer.h"

/* From explorer->help_top on. */
void explorer_help_draw(const struct explorer *explorer, struct screen_grid *grid);

/* Does a key scroll help on a screen of so many rows? Then it has. */
bool explorer_help_scroll(struct explorer *explorer, uint32_t key, int rows);

#endif
