/* SPDX-License-Identifier: MIT */
/*
 * mechanism_guard.c - chunks that nobody touched are PROT_NONE; inside the others, guard markers
 * hold the single pages.
 *
 * A marker lives in the page table, not in the list of mappings: an isolated page costs no mapping
 * and about a microsecond. It costs 8 bytes of page table, 2 GiB for a whole terabyte, and 20
 * nanoseconds: that is why untouched chunks have none.
 *
 * States of a chunk (map->chunk_marks):
 *
 *   SEALED   PROT_NONE, no markers, no contents; no page committed
 *   OPEN     base protection, a marker on every page that is not committed. A committed page has
 *            no marker, and the protection of its attribute, which is mostly the base
 *   PATCHED  as OPEN, except that pages not committed may also be shut by PROT_NONE, with or
 *            without a marker: what remains after the kernel refused a marker
 *
 *   SEALED  -> OPEN    open_around: some pages of it are committed; its whole group of chunks with
 *                      it, when mappings run short (mappings.h)
 *   SEALED  -> OPEN    open_whole: all of it is committed, no markers are made at all
 *   OPEN    -> SEALED  seal: a decommit covers all of it, and mappings are not short
 *   OPEN    -> PATCHED shut_and_empty, when installing markers or mapping afresh fails;
 *                      cover_chunks, when protections cannot be levelled
 *   any     -> PATCHED unmark_sealed, when markers made in vain cannot be taken off again; reopen
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

static size_t chunk_of(const struct stp_reservation *r, size_t page)
{
    return stp_mechanism_chunk(r, page);
}

static uint8_t mark_of(const struct stp_reservation *r, size_t chunk)
{
    return stp_mechanism_mark(r, chunk);
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
    return attribute != stp_mechanism_base(r);
}

/* ---- commit --------------------------------------------------------------------------------- */

/* Undo the making of markers in sealed chunks; when even that fails the markers stay, and the
 * chunks are marked so that the next commit clears them away. */
static void unmark_sealed(struct stp_reservation *r, size_t first_chunk, size_t end_chunk)
{
    size_t first = chunk_first(r, first_chunk), end = chunk_end(r, end_chunk - 1);
    if (stp_mechanism_call_protect(r, first, end, STEPPE_NO_ACCESS) != 0 ||
        stp_mechanism_call_remove(r, first, end) != 0)
        stp_mechanism_set_marks(r, first_chunk, end_chunk, PATCHED);
}

/* Sealed chunks are shut and empty anyway. In the others the gaps stay shut, whatever becomes of
 * it.
 */
static int shut_and_empty(struct stp_reservation *r, size_t first, size_t end)
{
    size_t chunk = chunk_of(r, first), end_chunk = chunk_of(r, end - 1) + 1;
    for (size_t like; chunk < end_chunk; chunk = like) {
        like = stp_mechanism_alike_until(r, chunk, end_chunk);
        if (mark_of(r, chunk) == OPEN)
            stp_mechanism_set_marks(r, chunk, like, PATCHED);
    }
    return stp_mechanism_shut_and_empty(r, first, end);
}

static int install_if_any(struct stp_reservation *r, size_t first, size_t end)
{
    return first < end ? stp_mechanism_call_install(r, first, end) : 0;
}

static bool may_open(const struct stp_reservation *r, size_t first_chunk, size_t end_chunk)
{
    return stp_mappings_have_room() || stp_mechanism_growth(r, first_chunk, end_chunk, SEALED) <= 0;
}

/* Sealed chunks: markers on all pages but [first, end), then the base protection on all. */
static int open_sealed(struct stp_reservation *r, size_t first_chunk, size_t end_chunk,
                       size_t first, size_t end)
{
    size_t all_first = chunk_first(r, first_chunk), all_end = chunk_end(r, end_chunk - 1);
    if (!may_open(r, first_chunk, end_chunk))
        return STP_ERROR_MAPPINGS;
    int error = install_if_any(r, all_first, first);
    if (!error)
        error = install_if_any(r, end, all_end);
    if (!error)
        error = stp_mechanism_call_protect(r, all_first, all_end, stp_mechanism_base(r));
    if (error)
        unmark_sealed(r, first_chunk, end_chunk);
    else
        stp_mechanism_become(r, first_chunk, end_chunk, OPEN);
    return error;
}

/* The other sealed chunks of a group, as far as they can be had: nobody waits for them. */
static void open_rest_of_group(struct stp_reservation *r, size_t chunk)
{
    size_t group = stp_mechanism_group_pages(r) >> r->map.chunk_shift;
    size_t at = stp_max(stp_round_down(chunk, group), chunk_of(r, r->map.first));
    size_t end = stp_min(stp_round_down(chunk, group) + group, r->map.chunk_count);
    while (at < end) {
        size_t like = stp_mechanism_alike_until(r, at, end);
        if (mark_of(r, at) == SEALED &&
            open_sealed(r, at, like, chunk_end(r, like - 1), chunk_end(r, like - 1)) != 0)
            return;
        at = like;
    }
}

static int open_around(struct stp_reservation *r, size_t chunk, size_t first, size_t end)
{
    int error = open_sealed(r, chunk, chunk + 1, first, end);
    if (!error && stp_mappings_are_short())
        open_rest_of_group(r, chunk);
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
        (void)stp_mechanism_call_protect(
            r, first, end, patched ? (uint8_t)STEPPE_NO_ACCESS : stp_mechanism_base(r));
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
    if (!may_open(r, chunk_of(r, first), chunk_of(r, end - 1) + 1))
        return STP_ERROR_MAPPINGS;
    int error = stp_mechanism_call_protect(r, first, end, stp_mechanism_base(r));
    if (error) /* it may have come half way */
        (void)stp_mechanism_shut_and_empty(r, first, end);
    else
        stp_mechanism_become(r, chunk_of(r, first), chunk_of(r, end - 1) + 1, OPEN);
    return error;
}

static void close_in_chunk(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    size_t chunk = chunk_of(r, first);
    bool is_whole = first == chunk_first(r, chunk) && end == chunk_end(r, chunk);
    if (is_whole && stp_mechanism_call_renew(r, first, end) == 0) {
        stp_mechanism_become(r, chunk, chunk + 1, SEALED);
        return;
    }
    if (is_odd(r, attribute) || mark_of(r, chunk) == PATCHED)
        (void)stp_mechanism_call_protect(r, first, end, stp_mechanism_base(r));
    if (stp_mechanism_call_install(r, first, end) != 0)
        (void)shut_and_empty(r, first, end);
}

static void take_back(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    for (size_t page = first; page < end;) {
        size_t stop = stp_min(end, chunk_end(r, chunk_of(r, page)));
        close_in_chunk(r, page, stop, attribute);
        page = stop;
    }
}

static void guard_take_back(struct stp_reservation *r, const struct stp_grant *grant)
{
    take_back(r, grant->first, grant->end, grant->attribute);
}

static int guard_commit(struct stp_reservation *r, const struct stp_grant *grant)
{
    bool is_sealed = mark_of(r, chunk_of(r, grant->first)) == SEALED; /* it is shut again so */
    int error = is_sealed ? stp_mechanism_make_root(r, grant) : 0;
    if (error)
        return error;
    for (size_t page = grant->first; page < grant->end;) {
        size_t stop = is_odd(r, grant->attribute) ? page : sealed_until(r, page, grant->end);
        if (stop > page) {
            error = open_whole(r, page, stop);
        } else {
            stop = stp_min(grant->end, chunk_end(r, chunk_of(r, page)));
            error = commit_in_chunk(r, page, stop, grant->attribute);
        }
        if (error) {
            take_back(r, grant->first, page, grant->attribute);
            return error;
        }
        page = stop;
    }
    return 0;
}

/* ---- decommit ------------------------------------------------------------------------------- */

/* Markers on the committed pages of open chunks, levelled. */
static int cover(struct stp_reservation *r, size_t first, size_t end)
{
    first = stp_bit_tree_next(&r->map.committed, first, stp_max(first, end));
    return install_if_any(r, first, end);
}

/* A sealed chunk amid open ones costs mappings. While they are short chunks are covered, not
 * sealed, unless a neighbour is sealed anyway. So they are where the kernel notes writes. */
static bool may_seal(const struct stp_reservation *r, size_t first_chunk, size_t end_chunk)
{
    return !r->notes_writes && (!stp_mappings_are_short() ||
                                stp_mechanism_growth(r, first_chunk, end_chunk, OPEN) <= 0);
}

/* Markers need no mapping, and no protection beneath them where that is known to differ. */
static int cover_chunks(struct stp_reservation *r, size_t first_chunk, size_t end_chunk)
{
    size_t first = chunk_first(r, first_chunk), end = chunk_end(r, end_chunk - 1);
    if (stp_mechanism_level(r, first, end) != 0)
        stp_mechanism_set_marks(r, first_chunk, end_chunk, PATCHED);
    return stp_mechanism_call_install(r, first, end);
}

/* Whole chunks alike in their marks: markers come last, for they are known to work. */
static int seal_alike(struct stp_reservation *r, size_t first_chunk, size_t end_chunk)
{
    size_t first = chunk_first(r, first_chunk), end = chunk_end(r, end_chunk - 1);
    if (mark_of(r, first_chunk) == SEALED)
        return 0;
    if (mark_of(r, first_chunk) == OPEN && !may_seal(r, first_chunk, end_chunk) &&
        cover_chunks(r, first_chunk, end_chunk) == 0)
        return 0;
    if (stp_mechanism_call_renew(r, first, end) == 0) {
        stp_mechanism_become(r, first_chunk, end_chunk, SEALED);
        return 0;
    }
    if (shut_and_empty(r, first, end) == 0)
        return 0;
    return cover_chunks(r, first_chunk, end_chunk);
}

/* Whole chunks. In one call when all of them may be sealed; those sealed already are no harm.
 * Otherwise in several, and not before it is known that markers can be made. */
static int seal(struct stp_reservation *r, size_t first, size_t end, bool markers_work)
{
    size_t chunk = chunk_of(r, first), end_chunk = chunk_of(r, end - 1) + 1;
    int error = 0;
    if (!stp_mappings_are_short() && stp_mechanism_call_renew(r, first, end) == 0) {
        for (size_t like; chunk < end_chunk; chunk = like) {
            like = stp_mechanism_alike_until(r, chunk, end_chunk);
            if (mark_of(r, chunk) != SEALED)
                stp_mechanism_become(r, chunk, like, SEALED);
        }
        return 0;
    }
    if (!markers_work)
        error = stp_mechanism_call_install(r, first, first + 1);
    for (size_t like; chunk < end_chunk && !error; chunk = like) {
        like = stp_mechanism_alike_until(r, chunk, end_chunk);
        error = seal_alike(r, chunk, like);
    }
    return error;
}

/* By markers and fresh mappings. The first of them that empties anything shows that they work, and
 * until then nothing has happened. */
static int cover_and_seal(struct stp_reservation *r, size_t first, size_t end)
{
    struct stp_pages whole = stp_mechanism_whole_chunks(r, first, end);
    const struct stp_bit_tree *committed = &r->map.committed;
    bool has_edges = stp_bit_tree_next(committed, first, whole.first) < whole.first ||
                     stp_bit_tree_next(committed, whole.end, end) < end;
    int error = stp_mechanism_level(r, first, whole.first);
    if (!error)
        error = stp_mechanism_level(r, whole.end, end);
    if (!error)
        error = cover(r, first, whole.first);
    if (!error)
        error = cover(r, whole.end, end);
    size_t touched = stp_bit_tree_next(committed, whole.first, whole.end);
    if (!error && touched < whole.end)
        error = seal(r, chunk_first(r, chunk_of(r, touched)), whole.end, has_edges);
    return error;
}

/* What was taken away and could not all be: accessible again, if perhaps without contents. */
static void reopen(struct stp_reservation *r, size_t first, size_t end)
{
    const struct stp_bit_tree *committed = &r->map.committed;
    size_t page = stp_bit_tree_next(committed, first, end);
    while (page < end) {
        size_t run_end = stp_min(stp_bit_tree_next_gap(committed, page, end), end);
        stp_mechanism_set_marks(r, chunk_of(r, page), chunk_of(r, run_end - 1) + 1, PATCHED);
        (void)stp_mechanism_call_remove(r, page, run_end); /* benign: mostly there are none */
        page = stp_bit_tree_next(committed, run_end, end);
    }
    stp_mechanism_restore(r, first, end);
}

/* Pages that are all committed take no more mappings in the end than before, and few on the way:
 * like most others first, then what shares a mapping with its neighbours at the end, then the rest.
 * What is refused in between goes with reopen, when all others are joined. */
static void restore_full(struct stp_reservation *r, size_t first, size_t end)
{
    size_t last = first;
    for (size_t page = first; page < end; page = stp_page_map_run_end(&r->map, page, end))
        last = page;
    (void)stp_mechanism_call_protect(r, first, end, stp_mechanism_base(r));
    (void)stp_mechanism_call_protect(r, last, end, stp_page_map_attribute(&r->map, last));
    stp_mechanism_restore(r, first, end);
}

/* All at once: shut, which can be undone, then emptied in one call. Gaps that were shut with the
 * rest would stay so, and take mappings: where there is one, it tells first whether emptying works.
 */
static int shut_all(struct stp_reservation *r, size_t first, size_t end)
{
    size_t gap = stp_bit_tree_next_gap(&r->map.committed, first, end);
    int error = gap < end ? stp_mechanism_call_discard(r, gap, gap + 1) : 0;
    if (error)
        return error;
    error = shut_and_empty(r, first, end);
    if (error && gap >= end)
        restore_full(r, first, end);
    return error;
}

/* First comes what can be undone, then what can fail but shows by its first step whether it will,
 * and where that fails all is shut at once, which can be undone too, and emptied in one call. */
static int guard_decommit(struct stp_reservation *r, size_t first, size_t end)
{
    first = stp_bit_tree_next(&r->map.committed, first, end);
    if (first >= end)
        return 0;
    if (cover_and_seal(r, first, end) == 0)
        return 0;
    int error = shut_all(r, first, end);
    if (error)
        reopen(r, first, end);
    return error;
}

/* ---- taking over ---------------------------------------------------------------------------- */

/* How many empty chunks in a row are worth two mappings, if such rows were everywhere: together
 * they may take a third of what reservations may. */
static size_t row_worth_sealing(const struct stp_reservation *r)
{
    size_t row = 1;
    while (r->map.chunk_count / (row + 1) > stp_mappings_limit() / 6)
        row *= 2;
    return row;
}

/* Chunks without a committed page, in a row, or one that has some. */
struct row {
    size_t chunk, end_chunk;
    bool is_used, seals;
};

static struct row row_at(const struct stp_reservation *r, size_t chunk, size_t worth)
{
    size_t page = stp_bit_tree_next(&r->map.committed, chunk_first(r, chunk), r->map.end);
    size_t used = page < r->map.end ? chunk_of(r, page) : r->map.chunk_count;
    if (used == chunk)
        return (struct row){chunk, chunk + 1, .is_used = true};
    return (struct row){chunk, used, .seals = used - chunk >= worth};
}

static int adopt_row(struct stp_reservation *r, struct row row)
{
    size_t first = chunk_first(r, row.chunk), end = chunk_end(r, row.end_chunk - 1);
    if (row.is_used)
        return stp_mechanism_for_gaps(r, first, end, stp_mechanism_call_install);
    return row.seals ? stp_mechanism_call_protect(r, first, end, STEPPE_NO_ACCESS)
                     : stp_mechanism_call_install(r, first, end);
}

/* As it was. Benign when it fails: then pages are shut that were trapped. */
static int abandon_row(struct stp_reservation *r, struct row row)
{
    if (row.seals)
        (void)stp_mechanism_call_protect(r, chunk_first(r, row.chunk),
                                         chunk_end(r, row.end_chunk - 1), stp_mechanism_base(r));
    return 0;
}

static int mark_row(struct stp_reservation *r, struct row row)
{
    stp_mechanism_set_marks(r, row.chunk, row.end_chunk, row.seals ? SEALED : OPEN);
    stp_mappings_add(&r->mappings, row.seals ? 2 : 0);
    return 0;
}

static int for_rows(struct stp_reservation *r, size_t worth,
                    int (*act)(struct stp_reservation *r, struct row row))
{
    int error = 0;
    for (size_t chunk = chunk_of(r, r->map.first); chunk < r->map.chunk_count && !error;) {
        struct row row = row_at(r, chunk, worth);
        error = act(r, row);
        chunk = row.end_chunk;
    }
    return error;
}

/* All that can fail comes first, and can be undone: marks still say what traps hold. */
int stp_mechanism_guard_adopt(struct stp_reservation *r)
{
    size_t worth = row_worth_sealing(r);
    int error = for_rows(r, worth, adopt_row);
    if (error) {
        (void)stp_mechanism_call_remove(r, r->map.first, r->map.end);
        (void)for_rows(r, worth, abandon_row);
        return error;
    }
    stp_mappings_add(&r->mappings, 1 + stp_reservation_edge_count(r) - r->mappings.count);
    return for_rows(r, worth, mark_row);
}

void stp_mechanism_guard_renew_sealed(struct stp_reservation *r)
{
    for (size_t chunk = chunk_of(r, r->map.first), like; chunk < r->map.chunk_count; chunk = like) {
        like = stp_mechanism_alike_until(r, chunk, r->map.chunk_count);
        if (mark_of(r, chunk) == SEALED)
            (void)stp_mechanism_call_renew(r, chunk_first(r, chunk), chunk_end(r, like - 1));
    }
}

const struct stp_mechanism stp_mechanism_guard = {
    .id = STEPPE_MECHANISM_GUARD,
    .commit = guard_commit,
    .take_back = guard_take_back,
    .decommit = guard_decommit,
    .protect = stp_mechanism_protect_all,
    .reset = stp_mechanism_reset,
    .revive = stp_mechanism_revive,
};
