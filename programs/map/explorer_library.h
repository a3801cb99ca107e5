/* SPDX-License-Identifier: MIT */
/*
 * explorer_library.h - what the library published of the whole process: sums that no reservation
 * tells, because they count released ones as well.
 */
#ifndef STEPPE_MAP_EXPLORER_LIBRARY_H
#define STEPPE_MAP_EXPLORER_LIBRARY_H

#include "map/reservation.h"

/* Figures may be FIGURE_UNKNOWN. */
struct explorer_library {
    bool is_published;          /* else all others are 0 */
    bool is_silent;             /* it is mapped, and publishes nothing; set by the explorer */
    uint64_t reservation_count; /* those that could not be described included */
    uint64_t reserved_bytes;    /* of those that are described */
    uint64_t committed_bytes, committed_peak_bytes;
    uint64_t limit_bytes; /* of the process's budget; unknown: it has none */
    uint64_t fault_count, commit_count, decommit_count, refused_count, os_call_count;
    uint64_t slot_count, slot_max; /* of all slots that are described; slot_max 0: there are none */
    uint64_t left_out_count;       /* reservations that are not described, or could not be read */
    bool is_partial; /* runs or bits are missing: what is drawn of pages may be too little */
};

/* From member "steppe" of a capture (NULL: nothing is published) and what was read of it. */
struct explorer_library explorer_library_read(const struct json_t *steppe,
                                              const struct reservation_list *list);

#endif
