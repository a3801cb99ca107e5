/* SPDX-License-Identifier: MIT */
/*
 * steppe/watch.h - which pages were written?
 *
 * A reservation made with options.write_watch notes the first write to each of its pages. The marks
 * are looked at, and cleared, with the calls below:
 *
 *                      a write
 *     not written  ----------------->  written
 *                 <-----------------
 *                  steppe_watch_collect, steppe_watch_clear
 *
 * Garbage collectors, checkpoints and undo logs ask what changed since they last looked:
 *
 *     void *pages[512];
 *     for (char *at = base; at < base + size_bytes;) {
 *         size_t count = 512;
 *         if (steppe_watch_collect(at, base + size_bytes - at, pages, &count) != STEPPE_OK)
 *             return save_everything();
 *         save(pages, count);        (one may have been given back since: ask steppe_query)
 *         at = count < 512 ? base + size_bytes : (char *)pages[511] + page_bytes;
 *     }
 *
 * What counts as a write:
 *  - Every store of the program to a committed page, that of a value which was there already too.
 *    The unit is the reservation's page, options.page_bytes.
 *  - steppe_ready with STEPPE_ACCESS_WRITE, for all its pages. It makes the marks of system calls
 *    that write there afterwards: before one that does, call it again if the marks were cleared
 *    since (else the call may fail with EFAULT, as on a page that is write-protected).
 *  - Committing is none: a new page counts as not written until it is written.
 *
 * Marks belong to addresses, and stay until they are cleared: changing the protection, steppe_reset
 * and steppe_decommit keep them, as on Windows. So a page told may be reserved only, or forbid to
 * be read; who does not want to hear of pages given back clears them before or after. Nor do they
 * make marks, although they leave zeros: a checkpoint must note what it decommits and resets.
 * Release ends the marks with the reservation. A first access to a guard page takes the guard off
 * and is no write; the write that follows is.
 *
 * Two ways to note a write, chosen when memory is reserved:
 *
 *   by the kernel   Linux >= 6.7, mechanisms guard and uffd: userfaultfd's asynchronous
 *                   write-protection and PAGEMAP_SCAN. A first write costs a microsecond or two,
 *                   and no mapping.
 *   by faults       everywhere: pages not written are write-protected, and the fault of the first
 *                   write takes that off. It costs some ten microseconds, and up to two kernel
 *                   mappings for each isolated page written. When vm.max_map_count allows no more,
 *                   neighbouring pages count as written as well.
 *
 * The environment variable STEPPE_WRITE_WATCH=fault|kernel|best chooses, for tests and for
 * comparison; "kernel" and "best" take the kernel's way where there is one. steppe_reserve refuses
 * other values with STEPPE_E_OPTION.
 *
 * Marks are never lost. But a page may be told that was not written:
 *  - by faults, when mappings run out;
 *  - by the kernel's way, after it was locked (mlock), for that writes to it;
 *  - by the kernel's way, in the child of a fork: there every page with contents counts as written.
 *    The parent's marks stay as they are;
 *  - by the kernel's way, when it is forbidden to the running program, or somebody closes its
 *    descriptor: all committed pages count as written, once.
 */
#ifndef STEPPE_WATCH_H
#define STEPPE_WATCH_H

#include <steppe/base.h>

STEPPE_BEGIN_DECLS

/* Tell the pages of a range that were written since their marks were last cleared, lowest first.
 *
 * Rounding: start down, end up, to pages. All must lie in one reservation; committed or not.
 * *page_count: in, how many fit into pages; out, how many were told, each as the address of its
 * first byte. Fewer than fit: those are all. As many as fit: ask again from behind the last one.
 * pages and page_count are the caller's, and may lie in the range itself. When the call fails both
 * mean nothing: pages may have been overwritten, *page_count is as it was.
 * Time goes with what is told, and by the kernel's way with the page tables of the range.
 * Threads: any. Signal handlers: yes. What others write meanwhile is told now or next time.
 * Errors: STEPPE_E_NULL (pages or page_count), STEPPE_E_SIZE (size zero, or address plus size
 * wraps; no room for a page), STEPPE_E_NOT_RESERVED, STEPPE_E_OUTSIDE, STEPPE_E_OPTION (the
 * reservation was made without write_watch).
 * Like GetWriteWatch(0); like ioctl(PAGEMAP_SCAN). */
STEPPE_API steppe_status steppe_watch_look(void *address, size_t size_bytes, void **pages,
                                           size_t *page_count);

/* The same, and each page told counts as not written from a moment before the call returns: a write
 * that comes in between is told now or next time, never lost. Pages that were not told, because
 * pages was full or the call failed, keep their marks.
 * Rounding, ownership, threads and signal handlers: as steppe_watch_look.
 * Errors: as steppe_watch_look, and STEPPE_E_MEMORY, STEPPE_E_MAP_COUNT, STEPPE_E_SYSTEM (a page
 * could not be protected again).
 * Like GetWriteWatch(WRITE_WATCH_FLAG_RESET); like ioctl(PAGEMAP_SCAN, PM_SCAN_WP_MATCHING). */
STEPPE_API steppe_status steppe_watch_collect(void *address, size_t size_bytes, void **pages,
                                              size_t *page_count);

/* Count all pages of a range as not written. What others write during the call may be forgotten.
 *
 * Rounding: start down, end up, to pages. All must lie in one reservation; committed or not.
 * Threads: any. Signal handlers: yes.
 * Errors: as steppe_watch_collect but for STEPPE_E_NULL. When it fails some marks are cleared.
 * Like ResetWriteWatch. */
STEPPE_API steppe_status steppe_watch_clear(void *address, size_t size_bytes);

STEPPE_END_DECLS
#endif
