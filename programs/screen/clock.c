/* SPDX-License-Identifier: MIT */
/* clock.c - time that only goes forward: see clock.h. */
#include "screen/clock.h"

#include <time.h>

enum { MS_PER_SECOND = 1000, NS_PER_MS = 1000000 };

int64_t screen_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* every Linux has this one: cannot fail */
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}
