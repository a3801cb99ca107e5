/* SPDX-License-Identifier: MIT */
/*
 * mechanism_guard.c - chunks that nobody touched are PROT_NONE; inside the others, guard markers
 * hold the single pages.
 *
 * A marker lives in the page table, not in the list of mappings: an isolated page costs no mapping
 * and about a microsecond. It costs 8 bytes of page table, 2 GiB for a whole terabyte: that is why
 * untouched chunks have none.
 *
 * States of a chunk (map->chunk_marks):
 *
 *   SEALED   PROT_NONE, no markers, no contents; no page committed
 *   OPEN+b   protection b (the base), a marker on every page that is not committed. A committed
 * page has no marker, and the protection of its attribute, which is mostly the base PATCHED  as
 * OPEN, except that pages not committed may also be shut by PROT_NONE, with or without a marker:
 * what remains after the kernel refused a marker
 *
 *   SEALED  -> OPEN    open_around: some pages of it are committed
 *   SEALED  -> OPEN    open_whole: all of it is committed, no markers are made at all
 *   OPEN    -> SEALED  seal: a decommit covers all of it
 *   any     -> PATCHED shut_and_empty, when installing markers or mapping afresh fails;
 *                      unmark_sealed, when markers made in vain cannot be taken off again
 *   PATCHED -> SEALED  seal
 *
 * Order matters, because other threads may touch the pages at any moment: markers come before the
 * protection that makes them needed, and go last.
 */
#include "region/mechanism.h"

#include "base/align.h"
#include "base/check.h"
#include "region/reservation.h"

enum { SEALED = 0, OPEN = 1, PATCHED = 0xff };

/* The protection under the markers. A guard or no-access base would be fine too, but then
 * committing an ordinary page would always split the mapping. */
static uint8_t base_of(const struct stp_reservation *r)
{
    return (uint8_t)(r->protection & ~(steppe_protection)STEPPE_GUARD);
}

static uint8_t mark_of(const struct stp_reservation *r, size_t chunk)
{
    return r->map.chunk_marks[chunk];
}

static void set_marks(struct stp_reservation *r, size_t first_chunk, size_t end_chunk, uint8_t mark)
{
    for (size_t chunk = first_chunk; chunk < end_chunk; chunk++)
        r->map.chunk_marks[chunk] = mark;
}

static size_t chunk_of(const struct stp_reservation *r, size_t page)
{
    return page >> r->map.chunk_shift;
}

static size_t chunk_first(const struct stp_reservation *r, size_t chunk)
{
    return stp_page_map_chunk_first(&r->map, chunk);
}

static size_t chunk_end(const struct stp_reservation *r, size_t chunk)
{
    return stp_page_map_chunk_end(&r->map, chunk);
}

static bool is_odd(const struct stp_reservation *r, uint8_t attribute)
{
    return attribute != base_of(r);
}

/* ---- commit --------------------------------------------------------------------------------- */

/* Undo the making of markers in a sealed chunk; when even that fails the markers stay, and the
 * chunk is marked so that the next commit clears them away. */
static void unmark_sealed(struct stp_reservation *r, size_t chunk)
{
    if (stp_mechanism_call_protect(r, chunk_first(r, chunk), chunk_end(r, chunk),
                                   STEPPE_NO_ACCESS) != 0 ||
        stp_mechanism_call_remove(r, chunk_first(r, chunk), chunk_end(r, chunk)) != 0)
        set_marks(r, chunk, chunk + 1, PATCHED);
}

static int install_if_any(struct stp_reservation *r, size_t first, size_t end)
{
    return first < end ? stp_mechanism_call_install(r, first, end) : 0;
}

/* Markers on [chunk's first, first) and [end, chunk's end), then the base protection on all. */
static int open_around(struct stp_reservation *r, size_t chunk, size_t first, size_t end)
{
    int error = install_if_any(r, chunk_first(r, chunk), first);
    if (!error)
        error = install_if_any(r, end, chunk_end(r, chunk));
    if (!error)
        error =
            stp_mechanism_call_protect(r, chunk_first(r, chunk), chunk_end(r, chunk), base_of(r));
    if (error)
        unmark_sealed(r, chunk);
    else
        set_marks(r, chunk, chunk + 1, OPEN);
    return error;
}

/* Pages of a chunk that is open: their own protection first, while markers still shut them. */
static int uncover(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    bool patched = mark_of(r, chunk_of(r, first)) == PATCHED;
    if (patched || is_odd(r, attribute)) {
        int error = stp_mechanism_call_protect(r, first, end, attribute);
        if (error)
            return error;
    }
    int error = stp_mechanism_call_remove(r, first, end);
    if (error) /* it may have come half way */
        (void)stp_mechanism_call_install(r, first, end);
    if (error && (patched || is_odd(r, attribute)))
        (void)stp_mechanism_call_protect(r, first, end,
                                         patched ? (uint8_t)STEPPE_NO_ACCESS : base_of(r));
    return error;
}

static int commit_in_chunk(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    size_t chunk = chunk_of(r, first);
    if (mark_of(r, chunk) != SEALED)
        return uncover(r, first, end, attribute);
    if (!is_odd(r, attribute))
        return open_around(r, chunk, first, end);
    int error = open_around(r, chunk, chunk_end(r, chunk), chunk_end(r, chunk));
    return error ? error : uncover(r, first, end, attribute);
}

/* Whole sealed chunks from page on, as far as end: where they stop. */
static size_t sealed_until(const struct stp_reservation *r, size_t page, size_t end)
{
    size_t chunk = chunk_of(r, page);
    if (page != chunk_first(r, chunk))
        return page;
    while (page < end && mark_of(r, chunk) == SEALED && chunk_end(r, chunk) <= end) {
        page = chunk_end(r, chunk);
        chunk++;
    }
    return page;
}

static int open_whole(struct stp_reservation *r, size_t first, size_t end)
{
    int error = stp_mechanism_call_protect(r, first, end, base_of(r));
    if (!error)
        set_marks(r, chunk_of(r, first), chunk_of(r, end - 1) + 1, OPEN);
    return error;
}

static void close_in_chunk(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    size_t chunk = chunk_of(r, first);
    bool is_whole = first == chunk_first(r, chunk) && end == chunk_end(r, chunk);
    if (is_whole && stp_mechanism_call_renew(r, first, end) == 0) {
        set_marks(r, chunk, chunk + 1, SEALED);
        return;
    }
    if (is_odd(r, attribute) || mark_of(r, chunk) == PATCHED)
        (void)stp_mechanism_call_protect(r, first, end, base_of(r));
    (void)stp_mechanism_call_install(r, first, end);
}

static void guard_take_back(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    for (size_t page = first; page < end;) {
        size_t stop = stp_min(end, chunk_end(r, chunk_of(r, page)));
        close_in_chunk(r, page, stop, attribute);
        page = stop;
    }
}

static int guard_commit(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    int error = 0;
    for (size_t page = first; page < end;) {
        size_t stop = is_odd(r, attribute) ? page : sealed_until(r, page, end);
        if (stop > page) {
            error = open_whole(r, page, stop);
        } else {
            stop = stp_min(end, chunk_end(r, chunk_of(r, page)));
            error = commit_in_chunk(r, page, stop, attribute);
        }
        if (error) {
            guard_take_back(r, first, page, attribute);
            return error;
        }
        page = stop;
    }
    return 0;
}

/* ---- decommit ------------------------------------------------------------------------------- */

static int shut_and_empty(struct stp_reservation *r, size_t first, size_t end)
{
    int error = stp_mechanism_shut_and_empty(r, first, end);
    if (!error)
        set_marks(r, chunk_of(r, first), chunk_of(r, end - 1) + 1, PATCHED);
    return error;
}

/* Whole chunks. */
static int seal(struct stp_reservation *r, size_t first, size_t end)
{
    if (first >= end)
        return 0;
    if (stp_mechanism_call_renew(r, first, end) != 0)
        return shut_and_empty(r, first, end);
    set_marks(r, chunk_of(r, first), chunk_of(r, end - 1) + 1, SEALED);
    return 0;
}

/* Give the base protection back to committed pages that have another, before they are covered. Only
 * to those: others may be shut by their protection alone (PATCHED). */
static int level(struct stp_reservation *r, size_t first, size_t end)
{
    const struct stp_page_map *map = &r->map;
    int error = 0;
    size_t page = stp_bit_tree_next(&map->committed, first, stp_max(first, end));
    while (page < end && !error) {
        size_t run_end = stp_page_map_run_end(map, page, end);
        if (is_odd(r, stp_page_map_attribute(map, page)))
            error = stp_mechanism_call_protect(r, page, run_end, base_of(r));
        page = stp_bit_tree_next(&map->committed, run_end, end);
    }
    return error;
}

/* Part of an open chunk, levelled. */
static int cover(struct stp_reservation *r, size_t first, size_t end)
{
    first = stp_bit_tree_next(&r->map.committed, first, end);
    if (first >= end || stp_mechanism_call_install(r, first, end) == 0)
        return 0;
    return shut_and_empty(r, first, end);
}

/* The whole chunks of a range lie between two parts of chunks. First comes what can be undone, then
 * what most likely fails, and markers, which hardly ever do, last. */
static int guard_decommit(struct stp_reservation *r, size_t first, size_t end)
{
    size_t head_chunk = chunk_of(r, first), tail_chunk = chunk_of(r, end - 1);
    bool head_is_whole = first == chunk_first(r, head_chunk) && end >= chunk_end(r, head_chunk);
    bool tail_is_whole = end == chunk_end(r, tail_chunk) && first <= chunk_first(r, tail_chunk);
    size_t whole_first = head_is_whole ? first : stp_min(end, chunk_end(r, head_chunk));
    size_t whole_end = tail_is_whole ? end : stp_max(whole_first, chunk_first(r, tail_chunk));

    int error = level(r, first, whole_first);
    if (!error)
        error = level(r, whole_end, end);
    size_t touched = stp_bit_tree_next(&r->map.committed, whole_first, whole_end);
    if (!error && touched < whole_end)
        error = seal(r, chunk_first(r, chunk_of(r, touched)), whole_end);
    if (error) {
        stp_mechanism_restore(r, first, end);
        return error;
    }
    error = cover(r, first, whole_first);
    return error ? error : cover(r, whole_end, end);
}

const struct stp_mechanism stp_mechanism_guard = {
    .id = STEPPE_MECHANISM_GUARD,
    .commit = guard_commit,
    .take_back = guard_take_back,
    .decommit = guard_decommit,
    .protect = stp_mechanism_protect_all,
};
