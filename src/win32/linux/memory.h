/* SPDX-License-Identifier: MIT */
/* memory.h - memory for bookkeeping, and what else is asked of the kernel about memory. */
#ifndef W32_MEMORY_H
#define W32_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed, not charged to any budget, paid for by touching it; NULL when the kernel has none. */
void *w32_memory_map(size_t size_bytes);
void w32_memory_unmap(void *memory, size_t size_bytes);

/* Keep pages in physical memory, let them go. as_they_are: pages present, without making memory for
 * those that were only read; else that happens as if they were written. 0, or an errno value. */
int w32_memory_lock(void *address, size_t size_bytes, bool as_they_are);
int w32_memory_unlock(void *address, size_t size_bytes);

/* Whether all pages of the range are kept. 0, or an errno value. Like /proc/self/smaps. */
int w32_memory_is_locked(uintptr_t first, uintptr_t end, bool *is_locked);

#endif
