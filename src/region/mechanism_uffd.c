/* SPDX-License-Identifier: MIT */
/*
 * mechanism_uffd.c - all of a reservation is writable, and missing pages are trapped: a page is
 * accessible when somebody has put it there, and only we do.
 *
 * A page costs no mapping and no preparation: no page table is made before a page of it is
 * committed. Filling many pages at once is faster than the kernel's own first touch of each. The
 * price: what is committed must be present, if only as the shared page of zeros, for the kernel
 * makes no page here by itself, not even for a system call.
 *
 * States of a reservation (uffd_is_open):
 *
 *   CLOSED   PROT_NONE, no traps; nothing committed
 *   OPEN     base protection but where committed pages have another; trapped, but in chunks that
 *            are WHOLE
 *
 *   CLOSED -> OPEN                 uffd_open: the first commit
 *   CLOSED -> another mechanism    give_up: traps were refused
 *   OPEN   -> another mechanism    fall: traps are lost and cannot be set again. All reservations
 *                                  with traps go over together, for then the descriptor is closed
 *                                  (stp_reservation_repair)
 *
 * States of a chunk (map->chunk_marks):
 *
 *   TRAPPED  a page is present when and only when it is committed (a committed page that is not
 *            is put there when it is touched: uffd_revive)
 *   WHOLE    no traps: all its pages are committed, and made by the kernel when they are touched
 *   HUGE     the same, with huge pages allowed. Nowhere else are they: a missing page that might
 *            be part of a huge one costs the kernel a huge page, before it finds the trap
 *
 *   TRAPPED -> WHOLE, HUGE   untrap: a commit covers all of it
 *   WHOLE, HUGE -> TRAPPED   retrap: before a decommit of some of it
 */
#include "region/mechanism.h"

#include <string.h>

#include "base/align.h"
#include "base/check.h"
#include "region/lock.h"
#include "region/protection.h"
#include "region/published.h"
#include "region/reservation.h"

enum { TRAPPED = 0, WHOLE = 1, HUGE = 2 };

static size_t chunk_of(const struct stp_reservation *r, size_t page)
{
    return stp_mechanism_chunk(r, page);
}

static size_t chunk_first(const struct stp_reservation *r, size_t chunk)
{
    return stp_page_map_chunk_first(&r->map, chunk);
}

static size_t chunk_end(const struct stp_reservation *r, size_t chunk)
{
    return stp_page_map_chunk_end(&r->map, chunk);
}

static void advise_huge(struct stp_reservation *r, size_t first, size_t end, bool on)
{
    if (!stp_platform_facts()->has_huge_pages)
        return;
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    uintptr_t base = stp_reservation_address(r, first);
    stp_platform_huge_pages(base, stp_reservation_address(r, end) - base, on);
}

/* ---- open ----------------------------------------------------------------------------------- */

static void replace_by(struct stp_reservation *r, const struct stp_mechanism *mechanism,
                       const char *why)
{
    __atomic_store_n(&r->why, why, __ATOMIC_RELAXED);
    __atomic_store_n(&r->mechanism, mechanism, __ATOMIC_RELEASE);
    if (__atomic_load_n(&r->published, __ATOMIC_SEQ_CST))
        stp_published_figures(r);
}

static void give_up(struct stp_reservation *r)
{
    replace_by(r, stp_mechanism_without_traps(),
               "userfaultfd was refused when it was needed (a sandbox, or a limit)");
}

/* As stp_mechanism_make_root: a page that is shut is filled, and goes again. */
static int make_root(struct stp_reservation *r)
{
    size_t page = r->map.first;
    if (r->end - r->base <= stp_platform_facts()->table_span_bytes)
        return 0;
    int error = stp_mechanism_call_fill(r, page, page + 1, STP_FILL_MEMORY);
    return error ? error : stp_mechanism_call_discard(r, page, page + 1);
}

/* Traps before access: no moment in which a touch would make a page. */
static int open_locked(struct stp_reservation *r)
{
    size_t first = r->map.first, end = r->map.end;
    uint32_t age =
        stp_platform_traps_age(); /* before: another thread may end all traps meanwhile */
    int error = stp_mechanism_call_trap(r, first, end);
    if (error)
        return error;
    advise_huge(r, first, end, false);
    error = make_root(r);
    if (error)
        return error;
    r->traps_age = age;
    return stp_mechanism_call_protect(r, first, end, stp_mechanism_base(r));
}

/* Another mechanism must not find traps: pages it makes accessible would be missing for ever. */
static bool is_clear_of_traps(struct stp_reservation *r)
{
    return stp_mechanism_call_renew(r, r->map.first, r->map.end) == 0 ||
           stp_mechanism_call_untrap(r, r->map.first, r->map.end) == 0;
}

static int uffd_open(struct stp_reservation *r)
{
    int error = 0;
    if (__atomic_load_n(&r->uffd_is_open, __ATOMIC_ACQUIRE))
        return 0;
    stp_lock_take(&r->uffd_lock);
    if (stp_reservation_mechanism(r) != &stp_mechanism_uffd)
        error = STP_ERROR_LOST; /* another thread has given up */
    else if (!r->uffd_is_open)
        error = open_locked(r);
    if (!error)
        __atomic_store_n(&r->uffd_is_open, true, __ATOMIC_SEQ_CST);
    /* Whoever ends all traps says so before he looks who has some. */
    if (!error && stp_reservation_traps_are_ending()) {
        r->uffd_is_open = false;
        error = STP_ERROR_ENDING;
    }
    if (error && error != STP_ERROR_LOST && is_clear_of_traps(r))
        give_up(r);
    stp_lock_give(&r->uffd_lock);
    return error;
}

/* ---- chunks --------------------------------------------------------------------------------- */

/* The touch that led here has left an empty page table, and under one there is no room for a huge
 * page: discarding nothing frees it (Linux 6.14; before, that chunk gets small pages). */
static int untrap(struct stp_reservation *r, size_t first, size_t end, bool huge)
{
    /* While nobody can have written there: unless somebody closed our descriptor, and touches made
     * pages that are nobody's. */
    (void)stp_mechanism_call_discard(r, first, end);
    int error = stp_mechanism_call_untrap(r, first, end);
    if (error)
        return error;
    if (huge)
        advise_huge(r, first, end, true);
    stp_mechanism_become(r, chunk_of(r, first), chunk_of(r, end - 1) + 1, huge ? HUGE : WHOLE);
    return 0;
}

static bool is_readable(const struct stp_page_run *run)
{
    return !(run->attribute & STEPPE_GUARD) &&
           stp_protection_permits(run->attribute, STEPPE_ACCESS_READ);
}

/* So that system calls still find what is committed, once it is trapped: what the kernel can read
 * before, the rest after. Pages for which this fails are put there when somebody touches them. */
static void make_readable_present(struct stp_reservation *r, size_t first, size_t end)
{
    for (size_t page = first; page < end;) {
        struct stp_page_run run = stp_page_map_run(&r->map, page, end);
        uintptr_t base = stp_reservation_address(r, page);
        if (is_readable(&run)) {
            stp_reservation_count(r, page, STP_COUNT_OS_CALL, 1);
            (void)stp_platform_populate(base, stp_reservation_address(r, run.end) - base,
                                        STEPPE_ACCESS_READ);
        }
        page = run.end;
    }
}

static void make_others_present(struct stp_reservation *r, size_t first, size_t end)
{
    for (size_t page = first; page < end;) {
        struct stp_page_run run = stp_page_map_run(&r->map, page, end);
        if (!is_readable(&run))
            (void)stp_mechanism_call_fill(r, page, run.end, STP_FILL_ZEROS);
        page = run.end;
    }
}

static int retrap_alike(struct stp_reservation *r, size_t first_chunk, size_t end_chunk,
                        bool keeps_contents)
{
    size_t first = chunk_first(r, first_chunk), end = chunk_end(r, end_chunk - 1);
    uint8_t mark = stp_mechanism_mark(r, first_chunk);
    if (mark == TRAPPED)
        return 0;
    if (keeps_contents)
        make_readable_present(r, first, end);
    int error = stp_mechanism_call_trap(r, first, end);
    if (error && error != STP_ERROR_LOST) /* which are set here, and lost elsewhere */
        return error;
    if (keeps_contents)
        make_others_present(r, first, end);
    if (mark == HUGE)
        advise_huge(r, first, end, false);
    stp_mechanism_become(r, first_chunk, end_chunk, TRAPPED);
    return error;
}

static int retrap(struct stp_reservation *r, size_t first_chunk, size_t end_chunk,
                  bool keeps_contents)
{
    int error = 0;
    for (size_t chunk = first_chunk, like; chunk < end_chunk && !error; chunk = like) {
        like = stp_mechanism_alike_until(r, chunk, end_chunk);
        error = retrap_alike(r, chunk, like, keeps_contents);
    }
    return error;
}

/* ---- commit --------------------------------------------------------------------------------- */

static void shut(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    if (attribute != stp_mechanism_base(r))
        (void)stp_mechanism_call_protect(r, first, end, stp_mechanism_base(r));
    (void)stp_mechanism_call_discard(r, first, end);
}

static void uffd_take_back(struct stp_reservation *r, const struct stp_grant *grant)
{
    (void)retrap(r, chunk_of(r, grant->first), chunk_of(r, grant->end - 1) + 1, false);
    shut(r, grant->first, grant->end, grant->attribute);
}

static int fill(struct stp_reservation *r, size_t first, size_t end, enum stp_fill fill)
{
    return first < end ? stp_mechanism_call_fill(r, first, end, fill) : 0;
}

/* Pages that are committed one by one or by a few are mostly written at once, and one filled with
 * memory costs half of one filled with zeros and written: that write takes a fault of the kernel's,
 * in which all processors that run the program must forget the page of zeros. */
static enum stp_fill fill_of(const struct stp_reservation *r, const struct stp_grant *grant)
{
    size_t size_bytes = (grant->end - grant->first) << r->page_shift;
    bool is_small =
        !r->notes_writes && grant->want == STP_WANT_ADDRESS && size_bytes <= STP_GRANULE_BYTES;
    return is_small || grant->want >= STP_WANT_MEMORY ? STP_FILL_MEMORY : STP_FILL_ZEROS;
}

/* Whole chunks need no filling when the kernel may make their pages. Those about to be written are
 * better filled, unless it makes huge ones. A watched reservation keeps its traps. */
static bool may_be_whole(const struct stp_reservation *r, const struct stp_grant *grant)
{
    bool is_cheap = grant->want < STP_WANT_MEMORY || (grant->want == STP_WANT_HUGE && r->huge);
    return is_cheap && !r->notes_writes && !stp_mappings_are_short();
}

static bool wants_huge(const struct stp_reservation *r, const struct stp_grant *grant)
{
    return r->huge && (grant->want == STP_WANT_HUGE || r->huge_always);
}

static int make_accessible(struct stp_reservation *r, const struct stp_grant *grant)
{
    size_t first = grant->first, end = grant->end;
    struct stp_pages whole = stp_mechanism_whole_chunks(r, first, end);
    if (whole.first >= whole.end || !may_be_whole(r, grant))
        return fill(r, first, end, fill_of(r, grant));

    int error = fill(r, first, whole.first, fill_of(r, grant));
    if (!error)
        error = fill(r, whole.end, end, fill_of(r, grant));
    if (error)
        return error;
    error = untrap(r, whole.first, whole.end, wants_huge(r, grant));
    if (error && error != STP_ERROR_LOST) /* traps may not be taken off: it goes without */
        error = fill(r, whole.first, whole.end, fill_of(r, grant));
    return error;
}

/* Protection first, while the traps still shut the pages. */
static int uffd_commit(struct stp_reservation *r, const struct stp_grant *grant)
{
    int error = 0;
    if (grant->attribute != stp_mechanism_base(r))
        error = stp_mechanism_call_protect(r, grant->first, grant->end, grant->attribute);
    if (!error)
        error = make_accessible(r, grant);
    if (error) /* either may have come half way */
        shut(r, grant->first, grant->end, grant->attribute);
    return error;
}

/* ---- decommit, reset, revive ---------------------------------------------------------------- */

static bool is_part(const struct stp_reservation *r, size_t chunk, size_t first, size_t end)
{
    return first > chunk_first(r, chunk) || end < chunk_end(r, chunk);
}

/* All that can be undone; a failure leaves the pages as they were. */
static int prepare_decommit(struct stp_reservation *r, size_t first, size_t end)
{
    size_t head = chunk_of(r, first), tail = chunk_of(r, end - 1);
    int error = retrap(r, head, head + 1, is_part(r, head, first, end));
    if (!error && tail > head)
        error = retrap(r, tail, tail + 1, is_part(r, tail, first, end));
    if (!error && tail > head + 1)
        error = retrap(r, head + 1, tail, false);
    if (!error)
        error = stp_mechanism_level(r, first, end);
    if (error)
        stp_mechanism_restore(r, first, end);
    return error;
}

/* Emptying comes last: it alone cannot be undone, and it hardly ever fails. */
static int uffd_decommit(struct stp_reservation *r, size_t first, size_t end)
{
    int error = prepare_decommit(r, first, end);
    if (error)
        return error;
    error = stp_mechanism_discard_committed(r, first, end);
    if (error)
        stp_mechanism_restore(r, first, end);
    return error;
}

static int uffd_decommit_all(struct stp_reservation *r, const struct stp_pages *ranges,
                             size_t range_count, size_t *done_count)
{
    struct stp_platform_range list[STP_BATCH];
    uint32_t os_calls = 0;
    size_t ready = 0;
    int error = 0, late_error;
    for (; ready < range_count && !error; ready += !error) {
        uintptr_t base = stp_reservation_address(r, ranges[ready].first);
        list[ready] =
            (struct stp_platform_range){base, stp_reservation_address(r, ranges[ready].end) - base};
        error = prepare_decommit(r, ranges[ready].first, ranges[ready].end);
    }
    *done_count = 0;
    if (!ready)
        return error;
    late_error = stp_platform_discard_all(list, ready, done_count, &os_calls);
    stp_reservation_count(r, ranges[0].first, STP_COUNT_OS_CALL, os_calls);
    for (size_t i = *done_count; i < ready; i++)
        stp_mechanism_restore(r, ranges[i].first, ranges[i].end);
    return late_error ? late_error : error;
}

/* Whether fills still work, asked by one that changes nothing. */
static int try_fill(struct stp_reservation *r, size_t first, size_t end)
{
    size_t page = stp_bit_tree_next(&r->map.committed, first, end);
    bool is_trapped = page < end && stp_mechanism_mark(r, chunk_of(r, page)) == TRAPPED;
    return is_trapped ? fill(r, page, page + 1, STP_FILL_ZEROS) : 0;
}

/* What was present must be so again, as zeros: what nobody could put back is not discarded. */
static int uffd_reset(struct stp_reservation *r, size_t first, size_t end)
{
    const struct stp_bit_tree *committed = &r->map.committed;
    int error = try_fill(r, first, end);
    if (!error)
        error = stp_mechanism_discard_committed(r, first, end);
    size_t page = stp_bit_tree_next(committed, first, end);
    while (page < end && !error) {
        size_t chunk = chunk_of(r, page);
        size_t stop = stp_min(stp_bit_tree_next_gap(committed, page, end), chunk_end(r, chunk));
        if (stp_mechanism_mark(r, chunk) == TRAPPED)
            error = fill(r, page, stop, STP_FILL_ZEROS);
        page = stp_bit_tree_next(committed, stop, end);
    }
    return error;
}

/* Somebody has discarded it behind our back, or it never came to be present. */
static int uffd_revive(struct stp_reservation *r, size_t first, size_t end, const uint8_t *granted)
{
    (void)granted; /* all of the range, in the page map or not */
    int error = 0;
    for (size_t page = first, stop; page < end && !error; page = stop) {
        stop = stp_min(end, chunk_end(r, chunk_of(r, page)));
        if (stp_mechanism_mark(r, chunk_of(r, page)) == TRAPPED)
            error = fill(r, page, stop, STP_FILL_MEMORY);
    }
    return error;
}

const struct stp_mechanism stp_mechanism_uffd = {
    .id = STEPPE_MECHANISM_UFFD,
    .open = uffd_open,
    .commit = uffd_commit,
    .take_back = uffd_take_back,
    .decommit = uffd_decommit,
    .decommit_all = uffd_decommit_all,
    .protect = stp_mechanism_protect_all,
    .reset = uffd_reset,
    .revive = uffd_revive,
};

/* ---- lost traps ----------------------------------------------------------------------------- */

static int trap_chunks(struct stp_reservation *r)
{
    int error = 0;
    size_t chunk = chunk_of(r, r->map.first);
    for (size_t like; chunk < r->map.chunk_count && !error; chunk = like) {
        like = stp_mechanism_alike_until(r, chunk, r->map.chunk_count);
        if (stp_mechanism_mark(r, chunk) == TRAPPED)
            error = stp_mechanism_call_trap(r, chunk_first(r, chunk), chunk_end(r, like - 1));
    }
    return error;
}

/* Where no chunk is trapped nothing shows whether traps work, until one is. That loses nothing. */
static int trap_one(struct stp_reservation *r)
{
    size_t chunk = chunk_of(r, r->map.first);
    for (size_t at = chunk; at < r->map.chunk_count; at++)
        if (stp_mechanism_mark(r, at) == TRAPPED)
            return 0;
    int error = retrap(r, chunk, chunk + 1, true);
    return error == STP_ERROR_LOST ? 0 : error;
}

/* Once more when that itself found the descriptor closed. */
static int trap_again(struct stp_reservation *r)
{
    int error = STP_ERROR_LOST;
    for (int try = 0; try < 2 && error == STP_ERROR_LOST; try++) {
        r->traps_age = stp_platform_traps_age();
        error = trap_chunks(r);
    }
    return error;
}

/* Traps that can be set, and pages that cannot be put there, are worth nothing. Tried on one page,
 * which is shut meanwhile unless it is committed. */
static int try_fills(struct stp_reservation *r)
{
    size_t chunk = chunk_of(r, r->map.first);
    while (chunk < r->map.chunk_count && stp_mechanism_mark(r, chunk) != TRAPPED)
        chunk++;
    if (chunk == r->map.chunk_count)
        return 0;
    size_t page = chunk_first(r, chunk);
    bool is_committed = stp_page_map_is_committed(&r->map, page);
    int error = is_committed ? 0 : stp_mechanism_call_protect(r, page, page + 1, STEPPE_NO_ACCESS);
    if (!error)
        error = fill(r, page, page + 1, STP_FILL_MEMORY);
    if (!error && !is_committed)
        error = stp_mechanism_call_discard(r, page, page + 1);
    if (!error)
        error = fill(r, page, page + 1, STP_FILL_ZEROS);
    if (!is_committed) {
        (void)stp_mechanism_call_discard(r, page, page + 1);
        (void)stp_mechanism_call_protect(r, page, page + 1, stp_mechanism_base(r));
    }
    return error;
}

static int for_gaps(struct stp_reservation *r, stp_mechanism_act *act)
{
    return stp_mechanism_for_gaps(r, r->map.first, r->map.end, act);
}

static int shut_gap(struct stp_reservation *r, size_t first, size_t end)
{
    return stp_mechanism_call_protect(r, first, end, STEPPE_NO_ACCESS);
}

static int open_gap(struct stp_reservation *r, size_t first, size_t end)
{
    (void)stp_mechanism_call_protect(r, first, end, stp_mechanism_base(r)); /* benign: stays shut */
    return 0;
}

/* What is not committed is mapped afresh, one mapping for each run, if they fit. Shut first: that
 * makes all the mappings there will be, and can be undone. */
static int fall_to_mprotect(struct stp_reservation *r, uint64_t limit)
{
    int64_t runs = stp_reservation_run_count(r, r->map.first, r->map.end);
    int64_t wanted = (int64_t)stp_mappings_count() - r->mappings.count + runs;
    if (wanted > 0 && (uint64_t)wanted > limit)
        return STP_ERROR_MAPPINGS;
    int error = for_gaps(r, shut_gap);
    if (error) {
        (void)for_gaps(r, open_gap);
        return error;
    }
    (void)for_gaps(r, stp_mechanism_call_renew); /* benign: traps stay beneath (revive) */
    stp_mappings_add(&r->mappings, runs - r->mappings.count);
    return 0;
}

/* Traps know of no markers: a page covered and uncovered again is missing, for as long as they are
 * in force. Then it is mapped afresh when it is touched (stp_mechanism_revive). */
static int fall(struct stp_reservation *r, bool traps_are_gone)
{
    const struct stp_mechanism *next = stp_mechanism_without_traps();
    /* A child that cannot keep its pages shut must not live. */
    uint64_t limit =
        traps_are_gone ? stp_platform_facts()->mapping_count_max : stp_mappings_limit();
    int error = STP_ERROR_MAPPINGS;
    if (r->notes_writes)
        stp_watch_give_up(r);
    if (next == &stp_mechanism_guard)
        error = stp_mechanism_guard_adopt(r);
    if (error) {
        next = &stp_mechanism_mprotect;
        error = fall_to_mprotect(r, limit);
    }
    if (error)
        return error;
    r->traps_may_remain = !traps_are_gone;
    r->reserve_flags |= STP_RESERVE_SMALL; /* as all of it was: else mappings do not join */
    r->has_root = true;
    replace_by(r, next, "userfaultfd worked at first, and was forbidden or taken away later");
    return 0;
}

static bool has_traps(const struct stp_reservation *r)
{
    return stp_reservation_mechanism(r) == &stp_mechanism_uffd && r->uffd_is_open;
}

int stp_mechanism_leave_traps(struct stp_reservation *r)
{
    if (has_traps(r))
        return fall(r, false);
    if (r->notes_writes)
        stp_watch_give_up(r);
    return 0;
}

int stp_mechanism_leave_lost_traps(struct stp_reservation *r)
{
    bool has_new_ones = has_traps(r) && r->traps_age == stp_platform_traps_age();
    return has_new_ones ? 0 : stp_mechanism_leave_traps(r);
}

int stp_mechanism_forget_traps(struct stp_reservation *r)
{
    if (!has_traps(r))
        r->traps_may_remain = false;
    return 0;
}

int stp_mechanism_repair(struct stp_reservation *r)
{
    bool had_traps = has_traps(r);
    if (had_traps && (trap_one(r) != 0 || trap_again(r) != 0 || try_fills(r) != 0))
        return stp_mechanism_without_traps() == &stp_mechanism_guard ? STP_ERROR_FORBIDDEN
                                                                     : fall(r, false);
    if (r->notes_writes)
        stp_watch_repair(r);
    if (!had_traps)
        return 0;
    /* Between the loss and now a touch may have made pages that nobody paid for. */
    return for_gaps(r, stp_mechanism_call_discard);
}

void stp_mechanism_after_fork(void)
{
    (void)stp_platform_traps_after_fork(); /* where it fails, setting traps will */
}

/* What is mapped afresh does not join what has a root of the parent's. So what is not committed is
 * mapped afresh once, and joins what is mapped afresh later. Benign when it fails: mappings that
 * stay apart. */
static void leave_parents_root(struct stp_reservation *r)
{
    const struct stp_mechanism *mechanism = stp_reservation_mechanism(r);
    if (!r->has_root || mechanism == &stp_mechanism_uffd)
        return;
    if (mechanism == &stp_mechanism_guard)
        stp_mechanism_guard_renew_sealed(r);
    else
        (void)for_gaps(r, stp_mechanism_call_renew);
    r->has_root = false;
}

/* A child in which neither traps nor mappings can be had would see pages that nobody committed. */
void stp_mechanism_after_fork_in(struct stp_reservation *r)
{
    bool had_traps = has_traps(r);
    bool was_lost = had_traps && r->traps_age != stp_platform_traps_age();
    if (had_traps && trap_again(r) != 0 && fall(r, true) != 0)
        stp_check_failed("a child of fork can keep its reservations shut", __FILE__, __LINE__);
    if (was_lost && stp_reservation_mechanism(r) == &stp_mechanism_uffd)
        (void)for_gaps(r, stp_mechanism_call_discard); /* benign: memory that nobody paid for */
    if (r->notes_writes)
        stp_watch_repair(r);
    leave_parents_root(r);
}
