/* SPDX-License-Identifier: MIT */
/*
 * committed.h - how much of a region the system must find memory for when all of it is used.
 *
 * Private memory that may be written counts as a whole, as the kernel counts it against its commit
 * limit. It does not where it was mapped with MAP_NORESERVE: then only what is there is committed.
 * But that is told by smaps only, which nobody reads unasked: until then it counts as a whole as
 * well, and the figure is an upper bound. region->is_committed_exact says which.
 */
#ifndef STEPPE_MAP_COMMITTED_H
#define STEPPE_MAP_COMMITTED_H

#include "map/capture.h"
#include "map/listing.h"

/* Do mappings of a kind and a protection ("rw-p") count as a whole? */
bool committed_rule(enum region_kind kind, const char *protection);

/* reserved_bytes, committed_bytes and is_committed_exact of all regions, whose other figures are
 * known by now. What the library says of a reservation counts where a region is a whole one. */
void committed_settle(struct capture *capture, const struct listing *listing);

/* The same of one region that is no reservation, when its charge became known. */
void committed_settle_region(struct region *region);

#endif
