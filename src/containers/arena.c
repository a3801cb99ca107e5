/* SPDX-License-Identifier: MIT */
/*
 * arena.c - memory that is taken piece by piece and given back all at once.
 *
 *     |<-- taken -->|<-- may be old -->|<-- reads zero -->|
 *     0           taken              dirty            committed          (in bytes)
 *
 * Between calls: taken <= committed <= max; bytes from taken and from dirty on, whichever is more,
 * read zero as soon as they are committed. What is handed out is cleared up to dirty.
 *
 * Under AddressSanitizer or Valgrind exactly these bytes are poisoned: the gaps among those taken,
 * and what is committed behind them. Decommitted memory is not: whoever reserves the place next
 * finds it clean, and until then it faults anyway.
 */
#include <steppe/arena.h>

#include <string.h>

#include "base/align.h"
#include "base/check.h"
#include "containers/growth.h"
#include "containers/poison.h"

enum { RENEW_BYTES = 64 << 20 };

struct steppe_arena {
    struct stp_growth memory; /* first: that is how it is recognised */
    size_t taken_bytes, dirty_bytes;
    bool is_watched; /* by one that wants to be told what is poisoned */
};

/* ---- finding it ----------------------------------------------------------------------------- */

static bool is_arena(const steppe_arena *arena)
{
    return stp_growth_is(arena, STP_GROWTH_ARENA);
}

static steppe_status check(const char *function, const steppe_arena *arena)
{
    return is_arena(arena) ? STEPPE_OK : stp_growth_fail_pointer(function, arena);
}

/* ---- poison --------------------------------------------------------------------------------- */

static void poison(const steppe_arena *arena, size_t first_bytes, size_t end_bytes)
{
    if (arena->is_watched && first_bytes < end_bytes)
        stp_poison(arena->memory.bytes + first_bytes, end_bytes - first_bytes);
}

static void end_poison(const steppe_arena *arena, size_t first_bytes, size_t end_bytes)
{
    if (arena->is_watched && first_bytes < end_bytes)
        stp_poison_end(arena->memory.bytes + first_bytes, end_bytes - first_bytes);
}

/* What is committed has changed. */
static void follow_with_poison(const steppe_arena *arena, size_t before_bytes)
{
    poison(arena, before_bytes, arena->memory.committed_bytes);
    end_poison(arena, arena->memory.committed_bytes, before_bytes);
}

/* ---- life ----------------------------------------------------------------------------------- */

steppe_arena *steppe_arena_new(size_t max_bytes, const steppe_options *options)
{
    static const char function[] = "steppe_arena_new";
    struct stp_growth memory;
    if (!max_bytes) {
        (void)stp_growth_fail(function, STEPPE_E_SIZE, NULL, "the size is zero");
        return NULL;
    }
    if (stp_growth_open(function, STP_GROWTH_ARENA, max_bytes, options, &memory) != STEPPE_OK)
        return NULL;
    steppe_arena *arena = (steppe_arena *)(void *)memory.base;
    *arena = (steppe_arena){.memory = memory, .is_watched = stp_poison_is_watched()};
    arena->memory.self = &arena->memory;
    return arena;
}

steppe_status steppe_arena_free(steppe_arena *arena)
{
    static const char function[] = "steppe_arena_free";
    if (!arena)
        return STEPPE_OK;
    steppe_status status = check(function, arena);
    if (status != STEPPE_OK)
        return status;
    /* Before it is gone: the place may be another's at once. */
    size_t committed_bytes = arena->memory.committed_bytes;
    end_poison(arena, 0, committed_bytes);
    status = stp_growth_close(function, &arena->memory);
    if (status != STEPPE_OK) /* gaps are forgotten */
        poison(arena, arena->taken_bytes, committed_bytes);
    return status;
}

/* ---- taking --------------------------------------------------------------------------------- */

static const char no_alignment[] = "the alignment is not a power of two up to the arena's page";

static steppe_status extend(const char *function, steppe_arena *arena, size_t end_bytes)
{
    size_t before_bytes = arena->memory.committed_bytes;
    steppe_status status = stp_growth_extend(function, &arena->memory, end_bytes);
    follow_with_poison(arena, before_bytes);
    return status;
}

/* Drop what is committed from a page on, and commit anew up to end_bytes or ahead of it; false when
 * all is as it was. To the very end: a second decommit, after a refused commit, could be refused as
 * well, and pages would stay charged that nobody knows of. */
static bool renew(const char *function, steppe_arena *arena, size_t first_bytes, size_t end_bytes,
                  steppe_status *status)
{
    size_t before_bytes = arena->memory.committed_bytes;
    struct stp_failure before = stp_status_last();
    if (stp_growth_cut(function, &arena->memory, first_bytes) != STEPPE_OK) {
        stp_status_put_back(&before);
        return false;
    }
    /* Refused when the charge has become somebody else's, or a limit was lowered. */
    *status = stp_growth_extend(function, &arena->memory, end_bytes);
    follow_with_poison(arena, before_bytes);
    poison(arena, end_bytes, arena->memory.committed_bytes);
    return true;
}

/* Make committed bytes read zero. By hand up to RENEW_BYTES: that is cheaper than new pages, and
 * cannot fail; but a large piece may never have been touched, and would all be given memory. */
static steppe_status clear(const char *function, steppe_arena *arena, size_t first_bytes,
                           size_t end_bytes)
{
    size_t page_bytes = arena->memory.page_bytes;
    size_t first_page = stp_round_down(first_bytes + page_bytes - 1, page_bytes);
    size_t old_end_bytes = stp_min(end_bytes, arena->dirty_bytes);
    uint8_t *bytes = arena->memory.bytes;
    steppe_status status = STEPPE_OK;
    if (old_end_bytes - first_bytes >= RENEW_BYTES &&
        renew(function, arena, first_page, end_bytes, &status))
        old_end_bytes = first_page;
    if (status == STEPPE_OK)
        memset(bytes + first_bytes, 0, old_end_bytes - first_bytes);
    return status;
}

/* Make committed bytes fit to be handed out. */
static steppe_status prepare(const char *function, steppe_arena *arena, size_t first_bytes,
                             size_t end_bytes)
{
    steppe_status status = STEPPE_OK;
    end_poison(arena, first_bytes, end_bytes);
    if (first_bytes < arena->dirty_bytes)
        status = clear(function, arena, first_bytes, end_bytes);
    if (status == STEPPE_OK) {
        end_poison(arena, first_bytes, end_bytes); /* of pages that are new */
        return STEPPE_OK;
    }
    poison(arena, first_bytes, stp_min(end_bytes, arena->memory.committed_bytes));
    return status;
}

static void *take(const char *function, steppe_arena *arena, size_t size_bytes,
                  size_t alignment_bytes)
{
    size_t end_bytes;
    /* Both are at most the arena's, so the sum fits. */
    size_t first_bytes = stp_round_down(arena->taken_bytes + alignment_bytes - 1, alignment_bytes);
    if (!stp_add(first_bytes, size_bytes, &end_bytes) || end_bytes > arena->memory.max_bytes) {
        (void)stp_growth_fail_request(function, STEPPE_E_OUTSIDE, arena, size_bytes,
                                      arena->memory.max_bytes - arena->taken_bytes,
                                      "more bytes than the arena has left");
        return NULL;
    }
    if (end_bytes > arena->memory.committed_bytes &&
        extend(function, arena, end_bytes) != STEPPE_OK)
        return NULL;
    if ((first_bytes < arena->dirty_bytes || arena->is_watched) &&
        prepare(function, arena, first_bytes, end_bytes) != STEPPE_OK)
        return NULL;
    arena->taken_bytes = end_bytes;
    return arena->memory.bytes + first_bytes;
}

/* NULL with the failure remembered. */
static void *take_checked(const char *function, steppe_arena *arena, size_t size_bytes,
                          size_t alignment_bytes)
{
    if (!alignment_bytes)
        alignment_bytes = _Alignof(max_align_t);
    if (!is_arena(arena))
        (void)stp_growth_fail_pointer(function, arena);
    else if (!stp_is_power_of_two(alignment_bytes) || alignment_bytes > arena->memory.page_bytes)
        (void)stp_growth_fail_request(function, STEPPE_E_OPTION, arena, alignment_bytes,
                                      arena->memory.page_bytes, no_alignment);
    else
        return take(function, arena, size_bytes, alignment_bytes);
    return NULL;
}

void *steppe_arena_take(steppe_arena *arena, size_t size_bytes, size_t alignment_bytes)
{
    return take_checked("steppe_arena_take", arena, size_bytes, alignment_bytes);
}

void *steppe_arena_take_array(steppe_arena *arena, size_t size_bytes, size_t alignment_bytes,
                              size_t count)
{
    static const char function[] = "steppe_arena_make";
    size_t whole_bytes;
    if (!__builtin_mul_overflow(size_bytes, count, &whole_bytes))
        return take_checked(function, arena, whole_bytes, alignment_bytes);
    if (check(function, arena) == STEPPE_OK)
        (void)stp_growth_fail(function, STEPPE_E_SIZE, NULL, "size times count overflows");
    return NULL;
}

/* ---- giving back ---------------------------------------------------------------------------- */

static void take_back(steppe_arena *arena, size_t taken_bytes)
{
    size_t before_bytes = arena->taken_bytes;
    arena->dirty_bytes = stp_max(arena->dirty_bytes, before_bytes);
    arena->taken_bytes = taken_bytes;
    poison(arena, taken_bytes, before_bytes);
}

steppe_arena_mark steppe_arena_here(const steppe_arena *arena)
{
    return (steppe_arena_mark){steppe_arena_taken_bytes(arena)};
}

steppe_status steppe_arena_return(steppe_arena *arena, steppe_arena_mark mark)
{
    static const char function[] = "steppe_arena_return";
    steppe_status status = check(function, arena);
    if (status != STEPPE_OK)
        return status;
    if (mark.taken_bytes > arena->taken_bytes)
        return stp_growth_fail_request(function, STEPPE_E_OUTSIDE, arena, mark.taken_bytes,
                                       arena->taken_bytes, "the mark lies ahead");
    take_back(arena, mark.taken_bytes);
    return STEPPE_OK;
}

steppe_status steppe_arena_reset(steppe_arena *arena, size_t keep_bytes)
{
    static const char function[] = "steppe_arena_reset";
    steppe_status status = check(function, arena);
    if (status != STEPPE_OK)
        return status;
    take_back(arena, 0);
    size_t before_bytes = arena->memory.committed_bytes;
    status = stp_growth_cut(function, &arena->memory, keep_bytes);
    if (status != STEPPE_OK)
        return status;
    follow_with_poison(arena, before_bytes);
    arena->dirty_bytes = stp_min(arena->dirty_bytes, arena->memory.committed_bytes);
    return STEPPE_OK;
}

/* ---- figures -------------------------------------------------------------------------------- */

void *steppe_arena_base(const steppe_arena *arena)
{
    return is_arena(arena) ? arena->memory.bytes : NULL;
}

size_t steppe_arena_taken_bytes(const steppe_arena *arena)
{
    return is_arena(arena) ? arena->taken_bytes : 0;
}

size_t steppe_arena_committed_bytes(const steppe_arena *arena)
{
    return is_arena(arena) ? arena->memory.committed_bytes : 0;
}
