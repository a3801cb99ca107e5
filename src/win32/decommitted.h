/* SPDX-License-Identifier: MIT */
/* decommitted.h - the protections that decommitted pages had. */
#ifndef W32_DECOMMITTED_H
#define W32_DECOMMITTED_H

#include <stdint.h>

#include <steppe/region.h>

/* A number for a new reservation's tag. */
uint32_t w32_decommitted_number(void);

/* Remember the protections of the pages that are to be decommitted: before that is done. A range
 * that is not all in the reservation is left alone. */
void w32_decommitted_note(const steppe_reservation *reservation, void *address, size_t size_bytes);

/* Shorten a run of reserved pages to those that had the same protection. */
void w32_decommitted_shorten(steppe_run *run);

/* After the reservation was released. */
void w32_decommitted_forget(const steppe_reservation *reservation);

#endif
