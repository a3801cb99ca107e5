/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - what Linux itself says about memory: the witness who is not Steppe.
 *
 * Three sources of different make: /proc/self/smaps sums whole mappings, /proc/self/pagemap has one
 * entry per page, and the PAGEMAP_SCAN ioctl (Linux 6.7) lists present pages of any range, however
 * large, without an entry for each absent one.
 */
#ifndef UNICODE_KERNEL_H
#define UNICODE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The mappings that touch a range, from smaps. */
struct kernel_mappings {
    uint64_t count;
    uint64_t resident_bytes; /* Rss: without the shared page of zeros */
    uint64_t swapped_bytes;
};

/* The pages of a range, from PAGEMAP_SCAN. */
struct kernel_pages {
    uint64_t present_bytes;
    uint64_t zero_bytes; /* of these: the kernel's one page of zeros, which costs nothing */
};

/* The whole process. */
struct kernel_process {
    uint64_t address_space_bytes;
    uint64_t resident_bytes;   /* exact, from smaps_rollup; VmRSS may lag behind */
    uint64_t page_table_bytes; /* what the kernel needs to keep track */
    uint64_t mapping_count;
    uint64_t fault_count; /* page faults the kernel resolved; those it turned into signals are not
                             among them */
};

/* All return false when the kernel does not offer that view (no /proc, or an older kernel). */
bool kernel_mappings_of(const void *base, size_t size_bytes, struct kernel_mappings *mappings);
bool kernel_pages_of(const void *base, size_t size_bytes, struct kernel_pages *pages);
bool kernel_present_bytes(const void *base, size_t size_bytes, uint64_t *present_bytes);
bool kernel_process_now(struct kernel_process *process);

/* Seconds on a clock that is never set back. */
double kernel_seconds(void);

#endif
