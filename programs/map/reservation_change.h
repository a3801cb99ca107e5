/* SPDX-License-Identifier: MIT */
/*
 * reservation_change.h - what the library published before and after: reservations that came, went
 * or changed, by the figures that only the library knows.
 */
#ifndef STEPPE_MAP_RESERVATION_CHANGE_H
#define STEPPE_MAP_RESERVATION_CHANGE_H

#include "map/difference.h"
#include "map/reservation.h"

/* DO(member of struct reservation, name in JSON, title, is it bytes?) */
#define RESERVATION_FIGURES(DO)                                                                    \
    DO(committed_bytes, "committed_bytes", "committed", true)                                      \
    DO(slot_count, "slot_count", "slots", false)                                                   \
    DO(fault_count, "fault_count", "faults", false)                                                \
    DO(refused_count, "refused_count", "refused", false)

struct reservation_figures {
#define MEMBER(member, name, title, is_bytes) uint64_t member;
    RESERVATION_FIGURES(MEMBER)
#undef MEMBER
};

struct reservation_change {
    enum difference_change change;
    const struct reservation *before, *after; /* NULL for what came, or went */
};

struct reservation_changes {
    bool is_known; /* one of both was published; else there are no changes to be told */
    struct reservation_change *changes; /* by address; those without a change are left out */
    size_t count;
    struct reservation_list before, after;
};

/* Two are the same where they begin at one address and have one kind and name. changes is {0}
 * before; both captures must outlive it. False: out of memory, and it is {0}. */
bool reservation_changes_make(struct reservation_changes *changes, const struct capture *before,
                              const struct capture *after);
void reservation_changes_free(struct reservation_changes *changes);

/* The one to name it by: as it is after, or was before it went. */
const struct reservation *reservation_change_shown(const struct reservation_change *change);

/* Its figures before and after: where it was not there 0, or unknown where the other is. */
struct reservation_figures reservation_change_before(const struct reservation_change *change);
struct reservation_figures reservation_change_after(const struct reservation_change *change);

#endif
