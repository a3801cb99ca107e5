/* SPDX-License-Identifier: MIT */
/* smaps.h - what the kernel says of one mapping in /proc/PID/smaps. */
#ifndef STEPPE_MAP_SMAPS_H
#define STEPPE_MAP_SMAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/problem.h"

/* In bytes; FIGURE_UNKNOWN: not in this kernel's list. */
struct smaps {
    uint64_t start, end; /* of the mapping, which may be a part of a region */
    uint64_t size_bytes, rss_bytes, pss_bytes;
    uint64_t shared_clean_bytes, shared_dirty_bytes, private_clean_bytes, private_dirty_bytes;
    uint64_t referenced_bytes, anonymous_bytes, lazy_free_bytes, anonymous_huge_bytes;
    uint64_t swap_bytes, swap_pss_bytes, locked_bytes;
    char flags[160]; /* "rd wr mr mw me ac" */
};

/* X(MEMBER, "title in smaps"), for showing them too. */
#define SMAPS_LIST(X)                                                                              \
    X(size_bytes, "Size")                                                                          \
    X(rss_bytes, "Rss")                                                                            \
    X(pss_bytes, "Pss")                                                                            \
    X(shared_clean_bytes, "Shared_Clean")                                                          \
    X(shared_dirty_bytes, "Shared_Dirty")                                                          \
    X(private_clean_bytes, "Private_Clean")                                                        \
    X(private_dirty_bytes, "Private_Dirty")                                                        \
    X(referenced_bytes, "Referenced")                                                              \
    X(anonymous_bytes, "Anonymous")                                                                \
    X(lazy_free_bytes, "LazyFree")                                                                 \
    X(anonymous_huge_bytes, "AnonHugePages")                                                       \
    X(swap_bytes, "Swap")                                                                          \
    X(swap_pss_bytes, "SwapPss")                                                                   \
    X(locked_bytes, "Locked")

/* All mappings, one after the other: take gets each, good during the call only. False with a
 * sentence: the text cannot be read. */
bool smaps_read_all(FILE *text, void (*take)(void *context, const struct smaps *smaps),
                    void *context, struct problem *problem);

/* Is a flag, two letters, among the mapping's? "nr": mapped with MAP_NORESERVE. */
bool smaps_has_flag(const struct smaps *smaps, const char *flag);

/* The mapping that has an address, from the text of smaps. False with a sentence: it has none, or
 * the text cannot be read. */
bool smaps_read(FILE *text, uint64_t address, struct smaps *smaps, struct problem *problem);

#endif
