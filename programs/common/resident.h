/* SPDX-License-Identifier: MIT */
/* resident.h - physical memory of this process. */
#ifndef STEPPE_COMMON_RESIDENT_H
#define STEPPE_COMMON_RESIDENT_H

#include <stdint.h>

/* With the pages of the program and its libraries; 0: the system does not say. */
uint64_t resident_bytes(void);

#endif
