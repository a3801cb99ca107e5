/* SPDX-License-Identifier: MIT */
/*
 * lab_screen.h - the lab on a terminal.
 */
#ifndef STEPPE_MAP_LAB_SCREEN_H
#define STEPPE_MAP_LAB_SCREEN_H

#include "map/lab_command.h"

/* Until somebody quits. NULL, or why it ended otherwise: a sentence. The terminal is given back. */
const char *lab_screen_run(struct lab_session *session, const struct screen_options *options);

#endif
