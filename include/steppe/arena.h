/* SPDX-License-Identifier: MIT */
/*
 * steppe/arena.h - memory that is taken piece by piece and given back all at once.
 *
 *     steppe_arena *arena = steppe_arena_new(STEPPE_TIB, NULL);
 *     struct node *node = steppe_arena_make(arena, struct node, 1);
 *     steppe_arena_mark mark = steppe_arena_here(arena);
 *     char *text = steppe_arena_take(arena, length, 1);
 *     ...
 *     steppe_arena_return(arena, mark);                 (text is gone, node is not)
 *     steppe_arena_reset(arena, STEPPE_MIB);            (all is gone; 1 MiB stays committed)
 *     steppe_arena_free(arena);
 *
 *     |<-- taken -->|<-- committed ahead -->|<-- reserved only ------------------------------->|
 *     0            here                                                                       max
 *
 * Growing commits ahead as steppe_array does; nothing ever moves. What is taken reads zero: what
 * was used before is cleared when it is taken again, pieces of 64 MiB and more by giving their
 * pages back and committing them again.
 *
 * AddressSanitizer and Valgrind know what is taken: touching anything else is reported, the gap
 * that alignment leaves included (AddressSanitizer looks by 8 bytes, and passes over a gap in front
 * of a piece that shares its 8).
 *
 * Take it for the nodes of a parse, of a frame, of a request: things that die together. Take malloc
 * for those that die one by one.
 *
 * Threads: one at a time; give each thread an arena of its own. Signal handlers: none of the calls.
 */
#ifndef STEPPE_ARENA_H
#define STEPPE_ARENA_H

#include <steppe/region.h>

STEPPE_BEGIN_DECLS

typedef struct steppe_arena steppe_arena;

/* Make an empty arena of at most max_bytes, rounded up to a page.
 *
 * options: of its reservation (NULL: all defaults): budget, limit, name, tag, mechanism, huge_pages
 * ...; on_fault must be STEPPE_RAISE, protection STEPPE_READ_WRITE. They are copied; a budget must
 * live as long. One page more is reserved, and committed at once: limits count it.
 * Ownership: the caller's until steppe_arena_free. Threads: any.
 * Returns NULL with STEPPE_E_SIZE (zero, or more than the address space), STEPPE_E_OPTION, or one
 * of steppe_reserve and steppe_commit; nothing is left behind. Like mmap of the whole with
 * MAP_NORESERVE. */
STEPPE_API steppe_arena *steppe_arena_new(size_t max_bytes, const steppe_options *options);

/* End it; every pointer into it is dead. NULL is fine. Errors: STEPPE_E_NOT_CONTAINER; those of
 * steppe_release. */
STEPPE_API steppe_status steppe_arena_free(steppe_arena *arena);

/* Take size_bytes, zeroed, at a multiple of alignment_bytes (a power of two up to the arena's page;
 * 0: that of max_align_t). A piece of no bytes has an address too, which the next one may share.
 * Returns NULL with STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, STEPPE_E_OPTION (alignment),
 * STEPPE_E_OUTSIDE (beyond max), or an error of steppe_commit: nothing has changed. (But after the
 * refusal of a piece of 64 MiB or more, fewer bytes may be committed ahead than before.) Like
 * malloc without free. */
STEPPE_API void *steppe_arena_take(steppe_arena *arena, size_t size_bytes, size_t alignment_bytes);

/* Take room for count objects of a type, none is fine. Returns NULL as steppe_arena_take, and with
 * STEPPE_E_SIZE when their bytes are more than a size_t holds. */
STEPPE_API void *steppe_arena_take_array(steppe_arena *arena, size_t size_bytes,
                                         size_t alignment_bytes, size_t count);
#define steppe_arena_make(arena, type, count)                                                      \
    ((type *)steppe_arena_take_array((arena), sizeof(type), STEPPE_ALIGN_OF(type), (count)))

typedef struct steppe_arena_mark {
    size_t taken_bytes;
} steppe_arena_mark;

/* The state of the arena, to return to; the empty one for what is no living arena. */
STEPPE_API steppe_arena_mark steppe_arena_here(const steppe_arena *arena);

/* Give back what was taken since the mark. Pages stay committed, for what is taken next.
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, STEPPE_E_OUTSIDE (the mark lies ahead of what is
 * taken; nothing has changed). A mark of another arena, or of before a return to an earlier one,
 * may lie ahead, or not: then nobody finds out. */
STEPPE_API steppe_status steppe_arena_return(steppe_arena *arena, steppe_arena_mark mark);

/* Give back everything; pages beyond the first keep_bytes are decommitted (0: all, SIZE_MAX: none).
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, those of steppe_decommit: everything has been
 * given back, but the pages stay committed. */
STEPPE_API steppe_status steppe_arena_reset(steppe_arena *arena, size_t keep_bytes);

/* Where the first byte lies that can be taken, for as long as the arena is there: what is taken is
 * an offset from it, which stays true in a copy, or a file. NULL for what is no living arena. */
STEPPE_API void *steppe_arena_base(const steppe_arena *arena);

/* Bytes taken, gaps included; bytes committed for them and ahead, without the arena's own page. 0
 * for what is no living arena. */
STEPPE_API size_t steppe_arena_taken_bytes(const steppe_arena *arena);
STEPPE_API size_t steppe_arena_committed_bytes(const steppe_arena *arena);

STEPPE_END_DECLS
#endif
