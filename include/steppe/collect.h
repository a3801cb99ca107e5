/* SPDX-License-Identifier: MIT */
/*
 * steppe/collect.h - give back the pages of an array of structures on which none is in use.
 *
 * For any array in a reservation of the program's own; containers give back their pages themselves,
 * and who wants bits kept for him takes steppe_slots. A structure says itself whether it is in use:
 *
 *     struct item { bool in_use; char text[2043]; };
 *     steppe_collection items = {
 *         .base = base, .structure_bytes = sizeof(struct item), .count = 50,
 *         .flag_offset_bytes = offsetof(struct item, in_use), .flag_bytes = sizeof(bool) };
 *     steppe_collect(&items, 0, &page_count);
 *
 * or a function says so, and the collection what that reads:
 *
 *     static bool is_in_use(const void *item, size_t index, void *context)
 *     {
 *         return ((const struct item *)item)->text[0] != 0;
 *     }
 *     ... .is_in_use = is_in_use, .look_offset_bytes = offsetof(struct item, text), .look_bytes = 1
 *
 *     page   |      0      |      1      |      2      |      3      |
 *     items  | clear |    clear    | in use |   clear     | clear    |
 *            ^ goes        ^ stays: a part of the third   ^ goes
 *                            item lies on it
 *
 * A page goes when no structure in use overlaps it. Structures may be smaller than a page, larger,
 * and lie across pages; a page is what the reservation takes for one (options.page_bytes). Nothing
 * is committed by looking: a structure whose flag is not committed is not in use, and runs that are
 * not committed are passed over without a look at any of their structures. Where the flag cannot be
 * read (no-access, a guard) the structure counts as in use.
 *
 * What goes reads zero when it is committed again: a flag of zero must mean not in use.
 *
 * Threads: during the call nobody else may put structures of the array to use, decommit or protect
 * its pages, or collect it; using structures that are in use already is fine, and so is clearing
 * them by an atomic store (release) to an aligned flag. Signal handlers and filters: yes, but not
 * on an array whose collection they may have interrupted, and unless a callback forbids it.
 */
#ifndef STEPPE_COLLECT_H
#define STEPPE_COLLECT_H

#include <steppe/region.h>

STEPPE_BEGIN_DECLS

/* Is the structure in use? It may read the bytes told by look_offset_bytes and look_bytes, which
 * are committed, and no others: those may not be. Where only some of these are committed it is not
 * asked: the structure then counts as clear if all of them that are committed are zero, else as in
 * use. So tell as few bytes as decide: with all of a structure, one across a border that is clear
 * but not zero, and half of which has gone, would keep its other page for ever. */
typedef bool steppe_is_in_use(const void *structure, size_t index, void *context);

typedef struct steppe_collection {
    void *base; /* of structure 0; anywhere in a reservation, which holds all of them */
    size_t structure_bytes;
    size_t count;
    size_t flag_offset_bytes; /* of a flag: in use when it is not zero */
    size_t flag_bytes;        /* 1, 2, 4 or 8, of any alignment; 0: there is a callback */
    steppe_is_in_use *is_in_use;
    void *context;            /* handed to it as it is */
    size_t look_offset_bytes; /* what the callback reads of each structure ... */
    size_t look_bytes;        /* at least 1 */
    size_t next_page; /* where a limited collection goes on: pages behind the first whole one;
                         starts as 0, kept by the call */
} steppe_collection;

/* Decommit the pages on which no structure is in use, page_max at most (0: all). *page_count (may
 * be NULL) says how many went. A limited call goes on where the one before stopped, behind the last
 * page at the first one: when fewer went than were allowed, it has been all the way round.
 *
 * Rounding: pages that lie partly before the first structure or behind the last one stay, for they
 * may hold something else. An array of no structures has no pages.
 * Errors: STEPPE_E_NULL (collection, base), STEPPE_E_SIZE (a structure of no bytes, count times
 * size past the address space), STEPPE_E_OPTION (flag_bytes; the flag, or what is looked at, is not
 * inside the structure; both a flag and a callback, or neither), STEPPE_E_NOT_RESERVED,
 * STEPPE_E_OUTSIDE, STEPPE_E_IN_USE (the memory of a steppe_array, steppe_slots or steppe_arena);
 * those of steppe_decommit_all: what went before stays so, and is counted, and a limited call goes
 * on with what could not go. */
STEPPE_API steppe_status steppe_collect(steppe_collection *collection, size_t page_max,
                                        size_t *page_count);

STEPPE_END_DECLS
#endif
