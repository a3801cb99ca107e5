/* SPDX-License-Identifier: MIT */
/*
 * reservation.h - a reservation of Steppe as it was published: member "steppe" of a capture
 * (docs/map-format.md), taken to pieces for the screen. It comes from another process or from a
 * file: what does not fit together is left out.
 */
#ifndef STEPPE_MAP_RESERVATION_H
#define STEPPE_MAP_RESERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/region.h"

struct json_t;

struct reservation_run {
    uint64_t first, count;
};

struct reservation {
    const char *name, *kind, *mechanism, *policy; /* owned by the JSON; never NULL */
    uint64_t start, size_bytes, page_bytes;
    uint64_t committed_bytes, committed_peak_bytes, limit_bytes; /* or FIGURE_UNKNOWN */
    uint64_t charged_bytes, budget_limit_bytes;                  /* of its budget; the same */
    uint64_t fault_count, commit_count, decommit_count, refused_count, os_call_count;
    uint64_t bits_refused_count; /* of slots: refusals of their bookkeeping, which is a reservation
                                    of its own; 0 also where nobody can tell which that is */
    struct reservation_run *committed; /* pages, in order */
    size_t committed_count;
    bool has_slots;
    uint64_t slots_start, slot_bytes, slot_max, slot_count;
    struct reservation_run *in_use; /* slots, in order */
    size_t in_use_count;
};

struct reservation_list {
    struct reservation *reservations; /* by address */
    size_t count;
};

/* From the JSON, which must outlive it (NULL: none). list is {0} before. False: out of memory. */
bool reservation_list_read(struct reservation_list *list, const struct json_t *steppe);
void reservation_list_free(struct reservation_list *list);

/* The one that has an address; NULL: none. */
const struct reservation *reservation_at(const struct reservation_list *list, uint64_t address);

/* How many bytes of [start, end) are committed, and how many bytes of slots in use lie there. Time
 * goes with the runs there, and the logarithm of all. */
uint64_t reservation_committed_in(const struct reservation *reservation, uint64_t start,
                                  uint64_t end);
uint64_t reservation_used_in(const struct reservation *reservation, uint64_t start, uint64_t end);

/* The first and the last slot that lie in [start, end), in use or not; false: no slot does. */
bool reservation_slots_in(const struct reservation *reservation, uint64_t start, uint64_t end,
                          uint64_t *first, uint64_t *last);

#endif
