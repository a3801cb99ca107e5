/* SPDX-License-Identifier: MIT */
/*
 * steppe/file.h - slots and arrays in files: what is in use, and nothing else.
 *
 *     steppe_slots_save(orders, "orders.steppe");
 *     ...
 *     struct order *orders = steppe_slots_load(struct order, "orders.steppe", NULL);
 *     const struct order *view = steppe_slots_map(struct order, "orders.steppe");
 *
 * A file holds one container: which elements are in use, and their bytes as they lie in memory.
 * Pointers among them mean nothing after loading: store indices. It takes as much room on the disk
 * as the pages of memory that hold elements in use, however far apart those are; what is zero takes
 * none. docs/file-format.md describes every byte.
 *
 * Saving replaces the file as a whole or not at all: it is written beside it, under the same name
 * with a number and ".new" behind, flushed to the disk, and then renamed. A program killed in the
 * middle leaves that second file. Loading believes nothing: every byte of a file is checked before
 * the caller sees any of it. So a file from a stranger can be refused, or be another content than
 * expected, but not harm; checksums are against accidents, not against forgery.
 *
 * Threads: calls on different containers, and loads, may run at the same time. Saves of the same
 * path at the same time are fine too: one of them wins. Signal handlers: none of the calls.
 * pthread_cancel is deferred, as everywhere.
 */
#ifndef STEPPE_FILE_H
#define STEPPE_FILE_H

#include <steppe/array.h>
#include <steppe/slots.h>

STEPPE_BEGIN_DECLS

/* Write slots to a file, in place of the one that is there.
 *
 * path: a regular file, or none yet; through a symbolic link the file it leads to is replaced. The
 * folder must be writable, and names have room for 21 characters more. An old file's permissions
 * (rwx) are kept, its owner is not.
 * Commits nothing: parts of slots in use that are not committed count as zero.
 * Threads: nobody may use, clear or write slots meanwhile; collecting and reading is fine. Slots
 * used or cleared meanwhile all the same are told with STEPPE_E_IN_USE, if they are found out.
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, STEPPE_E_PROTECTION (memory in use that cannot be
 * read), STEPPE_E_FILE (with the system's error: no permission, no room, not a regular file ...),
 * STEPPE_E_IN_USE; STEPPE_E_ADDRESS_SPACE, STEPPE_E_MEMORY, STEPPE_E_MAP_COUNT, STEPPE_E_SYSTEM or
 * STEPPE_E_UNSUPPORTED (1.25 MiB for buffers, charged to no budget). The old file is there
 * unchanged then, and no other is left behind unless removing it was refused, too. Like write,
 * fsync and rename. */
STEPPE_API steppe_status steppe_slots_save(const void *slots, const char *path);

/* Make slots from a file: steppe_slots_load(struct order, path, options). As many slots as those
 * saved had, the same in use, with the same bytes.
 *
 * The file's list of what is in use is read twice, all else once. Pages that are
 * zero throughout are not committed if options.commit is STEPPE_SLOTS_BY_FAULT.
 * Ownership, options, threads: as steppe_slots_new.
 * Returns slot 0, or NULL with STEPPE_E_NULL (path), STEPPE_E_FILE (with the system's error, or
 * not a regular file), STEPPE_E_FOREIGN (not such a file, of a later version or the other byte
 * order, an array, or slots of another size), STEPPE_E_DAMAGED (cut off, too long, or a byte that
 * is not what was written; also when somebody changes it meanwhile), or one of steppe_slots_new,
 * steppe_slots_use and steppe_commit: budgets apply, but not to 1.25 MiB for buffers. Nothing is
 * left behind. Like fread of the whole. */
#define steppe_slots_load(type, path, ...)                                                         \
    ((type *)steppe_slots_load_from(sizeof(type), (path), __VA_ARGS__))

/* steppe_slots_load by the size of a slot. */
STEPPE_API void *steppe_slots_load_from(size_t slot_bytes, const char *path,
                                        const steppe_slots_options *options);

/* Look at the slots of a file where they are, without reading it in:
 *
 *     const struct order *orders = steppe_slots_map(struct order, "orders.steppe");
 *     if (orders && steppe_slots_verify(orders) == STEPPE_OK)
 *         ... steppe_slots_get, _in_use, _next, _previous, _next_run, _count, _max, orders[i] ...
 *     steppe_slots_unmap(orders);
 *
 * The file's pages are mapped at the places of their slots, and come from the disk when they are
 * touched. No budget is charged for them, only for the bits that say what is in use (slots.h) and a
 * page. The header and the list of what is in use are checked at once, the slots' bytes are not:
 * steppe_slots_verify does that. All calls that look work, and so does steppe_slots_save; those
 * that would change something fail with STEPPE_E_PROTECTION, steppe_slots_free and
 * steppe_collector_add among them. Slots of a view are no pages of a reservation: steppe_commit and
 * its like say STEPPE_E_NOT_RESERVED, and steppe_query says STEPPE_OWNER_FILE, committed and
 * read-only; reserved where nothing is in use. Arrays cannot be mapped: load them.
 *
 * Writing a slot, and touching a page on which none is in use, is an ordinary SIGSEGV, with the
 * address; as other faults outside reservations it is caught by probes, and by no STEPPE_TRY.
 * The file must stay as it is: what is written into it in place may show, and touching what is cut
 * off it raises SIGBUS, in steppe_slots_verify and steppe_slots_save as well; that goes to the
 * program's own handler, past every STEPPE_TRY. steppe_slots_save to the same path is fine: the
 * view keeps the old file. After a fork both processes have the view, and each ends its own.
 *
 * Every run of pages apart from the next takes two mappings of the kernel, and a view may have a
 * quarter of vm.max_map_count: some 8,000 runs as a rule.
 *
 * Ownership: the caller's until steppe_slots_unmap; releasing the reservation that its head lies in
 * leaves a dead view, as with all containers. Threads: any. Signal handlers: no.
 * Returns slot 0, or NULL with the errors of steppe_slots_load (STEPPE_E_DAMAGED as far as it was
 * looked), STEPPE_E_MAP_COUNT (too many runs: load it), or STEPPE_E_UNSUPPORTED (it was written
 * where pages are smaller: load it). Nothing is left behind. Like mmap(PROT_READ, MAP_PRIVATE). */
#define steppe_slots_map(type, path) ((const type *)steppe_slots_map_from(sizeof(type), (path)))

/* steppe_slots_map by the size of a slot. */
STEPPE_API const void *steppe_slots_map_from(size_t slot_bytes, const char *path);

/* Compare the bytes of a view's slots with the checksums in its file, all of which is read for it;
 * bytes between slots in use are not looked at.
 * Threads: any. Signal handlers: no.
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER (not a living view), STEPPE_E_DAMAGED. */
STEPPE_API steppe_status steppe_slots_verify(const void *view);

/* End a view. NULL is fine.
 * Threads: no other call on it may run or follow. Signal handlers: no.
 * Errors: STEPPE_E_NOT_CONTAINER (not a living view); those of steppe_release: the view is as it
 * was, or only the bits that say what is in use are left. Like munmap. */
STEPPE_API steppe_status steppe_slots_unmap(const void *view);

/* As steppe_slots_save for an array: the elements below its count, and its max.
 * Threads: saving reads as any reader does. Errors: those of steppe_slots_save, but for
 * STEPPE_E_IN_USE. */
STEPPE_API steppe_status steppe_array_save(const void *array, const char *path);

/* steppe_array_load(struct event, path, options): as steppe_slots_load, with the options and errors
 * of steppe_array_new and steppe_array_append. */
#define steppe_array_load(type, path, ...)                                                         \
    ((type *)steppe_array_load_from(STEPPE_ARRAY_ELEMENT_BYTES_(type), (path), __VA_ARGS__))

/* steppe_array_load by the size of an element. */
STEPPE_API void *steppe_array_load_from(size_t element_bytes, const char *path,
                                        const steppe_options *options);

STEPPE_END_DECLS
#endif
