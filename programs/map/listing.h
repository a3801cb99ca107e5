/* SPDX-License-Identifier: MIT */
/*
 * listing.h - the regions of a process, from its list of mappings (/proc/PID/maps).
 *
 * Mostly a line is a region. Lines are cut where a reservation of Steppe begins or ends, and where
 * the variables of a library do (images.h); neighbours in one reservation become one region,
 * and so do the parts of the file in which Steppe publishes.
 */
#ifndef STEPPE_MAP_LISTING_H
#define STEPPE_MAP_LISTING_H

#include "map/capture.h"
#include "map/images.h"
#include "map/proc.h"

/* Where a reservation of Steppe lies, as the library published it (or as the lab knows it). What is
 * mapped inside one becomes one region of kind "steppe". A list of this comes from another process
 * and may be wrong or hostile: empty, overlapping or unmapped ones are left out. */
struct process_reservation {
    uint64_t start, size_bytes;
    uint64_t committed_bytes; /* FIGURE_UNKNOWN: then it is counted as for other memory */
    const char *name;         /* NULL or "": "(no name), 1.0 GiB". Copied */
};

/* What is kept from one reading to the next. {0}: nothing. */
struct listing {
    struct process_reservation *reservations; /* by address, and sound */
    size_t reservation_count;
    struct images images;
    char *text; /* part of the list while it is read */
};

/* From the next reading on. False: out of memory, and the list is as before. */
bool listing_set_reservations(struct listing *listing,
                              const struct process_reservation *reservations, size_t count);

/* Append the regions to a capture that has been cleared and has its page_bytes. Their figures are
 * left, but for what listing_read knows of committed_bytes: the sizes of the mappings that
 * committed_rule counts. False with a sentence. */
bool listing_read(struct listing *listing, const struct proc *proc, struct capture *capture,
                  struct problem *problem);
void listing_free(struct listing *listing);

#endif
