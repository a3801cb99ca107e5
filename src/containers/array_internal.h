/* SPDX-License-Identifier: MIT */
/* array_internal.h - what others of this layer ask about arrays. */
#ifndef STP_ARRAY_INTERNAL_H
#define STP_ARRAY_INTERNAL_H

#include <stdbool.h>

/* Is it what steppe_array_make returned, and alive? Any pointer will do. */
bool stp_array_is(const void *elements);

#endif
