/* SPDX-License-Identifier: MIT */
/*
 * steppe/statistics.h - what it costs and what happened.
 *
 * Counters are kept per reservation and summed for the process; those of released reservations stay
 * in the process's sums. They are always on, cost a few instructions beside a system call, and are
 * read without a lock: exact when nothing is under way.
 */
#ifndef STEPPE_STATISTICS_H
#define STEPPE_STATISTICS_H

#include <steppe/region.h>

STEPPE_BEGIN_DECLS

typedef struct steppe_statistics {
    uint64_t reservation_count;    /* 1 for a reservation */
    uint64_t reserved_bytes;       /* page-rounded sizes */
    uint64_t committed_bytes;      /* the commit charge */
    uint64_t committed_peak_bytes; /* the highest it was */
    uint64_t resident_bytes;       /* physical memory behind committed pages, without the shared
                                      page of zeros that reading maps; asks the kernel */
    uint64_t bookkeeping_bytes;    /* the library's own memory for it, as far as touched */
    uint64_t vma_count;            /* kernel mappings in use for the memory; asks the kernel */
    uint64_t os_call_count;        /* system calls made for it since it was reserved */
    uint64_t fault_count;          /* faults seen in it, the sum of the following */
    uint64_t fault_commit_count;   /* ... answered by committing */
    uint64_t fault_resume_count;   /* ... a filter said resume */
    uint64_t fault_unwind_count;   /* ... unwound to a try or a probe */
    uint64_t fault_pass_count;     /* ... passed on to the previous handler */
    uint64_t fault_race_count;     /* ... found settled by another thread */
    uint64_t fault_note_count;     /* ... a first write that was noted (steppe/watch.h); none where
                                      the kernel notes them */
    uint64_t fault_page_count;     /* pages committed by faults; those beyond fault_commit_count
                                      came by fault-around */
    uint64_t commit_count;         /* explicit commits that succeeded */
    uint64_t decommit_count;       /* ranges given back by decommits that succeeded */
    uint64_t refused_count;        /* commits refused by a budget, explicit or by fault */
    steppe_mechanism mechanism;    /* STEPPE_MECHANISM_BEST in the process's sums */
    const char *why;               /* why that mechanism, one constant sentence; NULL in the sums */
    size_t chunk_bytes;            /* unit in which the mechanism prepares memory; 0 in the sums */
} steppe_statistics;

/* The figures of one reservation; address: anywhere in it.
 *
 * resident_bytes and vma_count are asked of the kernel and cost time in proportion to the touched
 * memory and to the mappings; all others are counters.
 * Threads: any. Signal handlers: no.
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_RESERVED; *statistics is untouched then. Where the kernel
 * cannot be asked (no /proc), both figures are UINT64_MAX and the call succeeds. */
STEPPE_API steppe_status steppe_statistics_of(const void *address, steppe_statistics *statistics);

/* The sums over all reservations of the process, released ones included for what only counts
 * events. Threads: any. Signal handlers: no. Errors: STEPPE_E_NULL. */
STEPPE_API steppe_status steppe_statistics_process(steppe_statistics *statistics);

STEPPE_END_DECLS
#endif
