/* SPDX-License-Identifier: MIT */
/* explorer_screen.h - process mode on the terminal: draw, wait for an event or the time, again. */
#ifndef STEPPE_MAP_EXPLORER_SCREEN_H
#define STEPPE_MAP_EXPLORER_SCREEN_H

#include "map/options.h"
#include "common/problem.h"

/* Until somebody quits. False with a sentence: it could not begin. */
bool explorer_screen_run(const struct options *options, struct problem *problem);

#endif
