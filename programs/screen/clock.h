/* SPDX-License-Identifier: MIT */
/*
 * clock.h - time that only goes forward.
 */
#ifndef STEPPE_SCREEN_CLOCK_H
#define STEPPE_SCREEN_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment before the program began, which nobody who sets the time of day
 * moves. */
int64_t screen_clock_ms(void);

#endif
