/* SPDX-License-Identifier: MIT */
/*
 * region.c - the public verbs: reserve, commit, decommit, release, protect, reset, ready.
 *
 * Each one checks its arguments, finds and pins the reservation, locks the units of the range,
 * acts, and remembers a failure with its figures. What the states of a page are is told in
 * steppe/region.h.
 */
#include <steppe/region.h>

#include <string.h>

#include "base/align.h"
#include "base/check.h"
#include "base/status.h"
#include "region/commit.h"
#include "region/hooks.h"
#include "region/protection.h"
#include "region/published.h"
#include "region/region_internal.h"
#include "region/reservation.h"

/* ---- arguments ------------------------------------------------------------------------------ */

static const char wrong_protection[] =
    "protection is not one of the six values, or is no-access with a guard";

/* A range of a pinned and, once begun, locked reservation. */
struct range {
    const char *function;
    uintptr_t address;
    size_t size_bytes;
    struct stp_reservation *reservation;
    size_t first, end; /* pages */
    uint32_t stripes;
    struct stp_signal_mask signals;
};

static steppe_status fail(const struct range *range, steppe_status status, int os_error,
                          const char *note)
{
    return stp_status_fail(&(struct stp_failure){
        .function = range->function,
        .status = status,
        .os_error = os_error,
        .address = range->address,
        .has_size = range->size_bytes != 0 || status == STEPPE_E_SIZE,
        .size_bytes = range->size_bytes,
        .note = note,
    });
}

static const char *how_to_need_fewer_mappings(const struct stp_reservation *r)
{
    return stp_reservation_mechanism(r)->maps_runs && !r->whole_chunks
               ? "that is three quarters of vm.max_map_count; raise it, decommit, or see "
                 "options.whole_chunks and options.mechanism"
               : "that is three quarters of vm.max_map_count; raise it, decommit, or have fewer "
                 "runs of different protection";
}

/* note: what to do. */
static steppe_status fail_map_count_noting(const struct range *range, const char *note)
{
    return stp_status_fail(&(struct stp_failure){
        .function = range->function,
        .status = STEPPE_E_MAP_COUNT,
        .address = range->address,
        .has_size = true,
        .size_bytes = range->size_bytes,
        .mapping_count = stp_mappings_count(),
        .mapping_limit = stp_mappings_limit(),
        .note = note,
    });
}

static steppe_status fail_map_count(const struct range *range)
{
    return fail_map_count_noting(range, how_to_need_fewer_mappings(range->reservation));
}

static steppe_status fail_with(const struct range *range, int error)
{
    return error == STP_ERROR_MAPPINGS ? fail_map_count(range)
                                       : fail(range, stp_platform_diagnose(error, 0), error, NULL);
}

static steppe_status fail_refused(const struct range *range, const struct stp_refusal *refusal)
{
    if (refusal->status == STEPPE_E_MAP_COUNT && !refusal->os_error)
        return fail_map_count(range);
    if (refusal->status != STEPPE_E_BUDGET)
        return fail(range, refusal->status, refusal->os_error, NULL);
    const struct stp_charge *charge =
        refusal->budget ? &refusal->budget->charge : &range->reservation->charge;
    return stp_status_fail(&(struct stp_failure){
        .function = range->function,
        .status = STEPPE_E_BUDGET,
        .address = range->address,
        .has_size = true,
        .size_bytes = range->size_bytes,
        .has_limit = true,
        .limit_bytes = stp_charge_limit(charge),
        .charged_bytes = stp_charge_bytes(charge),
        .note = refusal->budget == steppe_process_budget() ? "the process's budget"
                : refusal->budget                          ? "the reservation's shared budget"
                                                           : "the reservation's own limit",
    });
}

/* Pin the reservation that holds the range, and find its pages, rounded outward. */
static steppe_status find_range(struct range *range)
{
    uintptr_t end;
    if (!range->size_bytes)
        return fail(range, STEPPE_E_SIZE, 0, "the size is zero");
    if (!stp_add(range->address, range->size_bytes, &end))
        return fail(range, STEPPE_E_SIZE, 0, "address plus size wraps around");
    struct stp_reservation *r = stp_reservation_pin(range->address);
    if (!r)
        return fail(range, STEPPE_E_NOT_RESERVED, 0, NULL);
    if (end > r->end) {
        stp_reservation_unpin(r, range->address);
        return fail(range, STEPPE_E_OUTSIDE, 0, NULL);
    }
    range->reservation = r;
    range->first = stp_reservation_page(r, range->address);
    range->end = stp_reservation_page(r, end - 1) + 1;
    return STEPPE_OK;
}

static void drop_range(struct range *range)
{
    stp_reservation_unpin(range->reservation, range->address);
}

static void lock_range(struct range *range)
{
    stp_reservation_touch_stack();
    stp_platform_signals_block(&range->signals);
    range->stripes = stp_reservation_lock(range->reservation, range->first, range->end);
}

static void unlock_range(struct range *range)
{
    stp_reservation_unlock(range->reservation, range->stripes);
    stp_platform_signals_restore(&range->signals);
}

/* A mechanism that is lost (stp_mechanism_is_lost) is mended, the range unlocked meanwhile. False
 * when it cannot be; *error is why. */
static bool repair_and_lock(struct range *range, int *error)
{
    stp_reservation_unlock(range->reservation, range->stripes);
    int repair_error = stp_reservation_repair(range->reservation);
    range->stripes = stp_reservation_lock(range->reservation, range->first, range->end);
    if (repair_error > 0 || repair_error == STP_ERROR_MAPPINGS) /* why it cannot be mended */
        *error = repair_error;
    return !repair_error;
}

static struct range range_of(const char *function, const void *address, size_t size_bytes)
{
    return (struct range){
        .function = function, .address = (uintptr_t)address, .size_bytes = size_bytes};
}

/* Guard pages need the handler, whatever the policy: somebody must take the guard off. */
static steppe_status arm_for(const struct range *range, steppe_protection protection)
{
    if (!(protection & STEPPE_GUARD))
        return STEPPE_OK;
    int error = stp_reservation_arm();
    return error ? fail(range, stp_platform_diagnose(error, 0), error, "faults cannot be caught")
                 : STEPPE_OK;
}

/* ---- reserve -------------------------------------------------------------------------------- */

static const char *wrong_option(const steppe_options *options, size_t page_bytes)
{
    if ((unsigned)options->on_fault > STEPPE_ASK)
        return "on_fault is not a policy";
    if (options->on_fault == STEPPE_ASK && !options->filter)
        return "STEPPE_ASK needs a filter";
    if (options->on_fault == STEPPE_RAISE && options->filter)
        return "a filter is never asked under STEPPE_RAISE";
    if ((unsigned)options->huge_pages > STEPPE_HUGE_ALWAYS)
        return "huge_pages is not a policy";
    if (options->write_watch && stp_watch_wrong_setting())
        return stp_watch_wrong_setting();
    if (!stp_protection_is_valid(options->protection))
        return wrong_protection;
    if (!stp_is_power_of_two(page_bytes) || page_bytes < stp_platform_facts()->page_bytes ||
        page_bytes > 2 * STEPPE_MIB)
        return "page_bytes is not a power of two from the system's page to 2 MiB";
    return NULL;
}

/* Round what was asked for; the address space is checked here, so that sums fit from now on. */
static steppe_status round_request(const struct range *range,
                                   struct stp_reservation_request *request)
{
    const struct stp_platform_facts *facts = stp_platform_facts();
    size_t page_bytes = (size_t)1 << request->page_shift;
    uintptr_t asked_end, end;
    request->address = stp_round_down(range->address, stp_max(STP_GRANULE_BYTES, page_bytes));
    if (!range->size_bytes)
        return fail(range, STEPPE_E_SIZE, 0, "the size is zero");
    if (!stp_add(range->address, range->size_bytes, &asked_end) ||
        !stp_round_up(asked_end, page_bytes, &end) ||
        range->size_bytes > facts->address_end - facts->address_first)
        return fail(range, STEPPE_E_SIZE, 0, "more than the address space");
    uintptr_t last_granule = stp_round_down(end - 1, STP_GRANULE_BYTES);
    if (range->address && (request->address < facts->address_first ||
                           last_granule > facts->address_end - STP_GRANULE_BYTES))
        return fail(range, STEPPE_E_ADDRESS, 0, NULL);
    request->size_bytes = end - request->address;
    return STEPPE_OK;
}

static steppe_status make_reservation(const struct range *range, size_t lent_bytes,
                                      const steppe_options *options, uintptr_t *base)
{
    const struct stp_platform_facts *facts = stp_platform_facts();
    size_t page_bytes = options->page_bytes ? options->page_bytes : facts->page_bytes;
    struct stp_reservation_request request = {.lent_bytes = lent_bytes, .options = options};
    if (!facts->has_memory)
        return fail(range, STEPPE_E_UNSUPPORTED, 0, NULL);
    const char *wrong = wrong_option(options, page_bytes);
    if (wrong)
        return fail(range, STEPPE_E_OPTION, 0, wrong);
    request.page_shift = stp_log2(page_bytes);
    steppe_status status = round_request(range, &request);
    if (status != STEPPE_OK)
        return status;
    request.mechanism = stp_mechanism_choose(options, request.size_bytes, &request.why);
    if (!request.mechanism)
        return fail(range, STEPPE_E_MECHANISM, 0, request.why);
    bool needs_handler = options->on_fault != STEPPE_RAISE || options->write_watch ||
                         request.mechanism == &stp_mechanism_uffd;
    status = arm_for(range, needs_handler ? STEPPE_GUARD : options->protection);
    if (status != STEPPE_OK)
        return status;
    int os_error;
    status = stp_reservation_create(&request, base, &os_error);
    return status == STEPPE_OK ? status : fail(range, status, os_error, NULL);
}

void *stp_region_reserve(size_t size_bytes, size_t lent_bytes, const steppe_options *options)
{
    /* Copies, name included: the caller's may lie in memory that faults, and no lock bears that. */
    steppe_options wanted = {0};
    char name[STP_NAME_BYTES] = "";
    uintptr_t base;
    if (options)
        wanted = *options;
    if (wanted.name)
        strncpy(name, wanted.name, sizeof name - 1);
    wanted.name = name;
    if (wanted.budget == steppe_process_budget()) /* charged to it anyway, and once */
        wanted.budget = NULL;
    struct range range = range_of("steppe_reserve", wanted.address, size_bytes);
    return make_reservation(&range, lent_bytes, &wanted, &base) == STEPPE_OK ? (void *)base : NULL;
}

void *steppe_reserve(size_t size_bytes, const steppe_options *options)
{
    return stp_region_reserve(size_bytes, 0, options);
}

steppe_status steppe_release(void *address)
{
    struct range range = range_of("steppe_release", address, 0);
    int os_error;
    if (!address)
        return fail(&range, STEPPE_E_NULL, 0, NULL);
    struct stp_reservation *r = stp_reservation_pin(range.address);
    if (!r)
        return fail(&range, STEPPE_E_NOT_RESERVED, 0, NULL);
    if (range.address - r->base >= stp_reservation_page_bytes(r)) {
        stp_reservation_unpin(r, range.address);
        return fail(&range, STEPPE_E_NOT_BASE, 0, NULL);
    }
    steppe_status status = stp_reservation_destroy(r, range.address, &os_error);
    return status == STEPPE_OK ? status : fail(&range, status, os_error, NULL);
}

/* ---- commit and decommit -------------------------------------------------------------------- */

/* A locked range; once more after a repair. */
static void commit_locked(struct range *range, const struct stp_commit *commit,
                          struct stp_refusal *refusal)
{
    (void)stp_commit_pages(commit, refusal);
    if (!refusal->may_be_repaired)
        return;
    if (repair_and_lock(range, &refusal->os_error))
        (void)stp_commit_pages(commit, refusal);
    else if (refusal->os_error == STP_ERROR_MAPPINGS)
        *refusal = (struct stp_refusal){.status = STEPPE_E_MAP_COUNT};
}

static void lock_and_commit(struct range *range, const struct stp_commit *commit,
                            struct stp_refusal *refusal)
{
    lock_range(range);
    commit_locked(range, commit, refusal);
    unlock_range(range);
}

static steppe_status commit_range(struct range *range, steppe_protection protection)
{
    struct stp_reservation *r = range->reservation;
    struct stp_refusal refusal = {.status = STEPPE_OK};
    struct stp_commit commit = {.reservation = r,
                                .first = range->first,
                                .end = range->end,
                                .attribute = (uint8_t)protection,
                                .want = STP_WANT_ADDRESS};
    if (!stp_commit_is_done(r, range->first, range->end, commit.attribute))
        lock_and_commit(range, &commit, &refusal);
    if (refusal.status != STEPPE_OK)
        return fail_refused(range, &refusal);
    stp_reservation_count(r, range->first, STP_COUNT_COMMIT, 1);
    return STEPPE_OK;
}

steppe_status steppe_commit(void *address, size_t size_bytes)
{
    struct range range = range_of("steppe_commit", address, size_bytes);
    steppe_status status = find_range(&range);
    if (status != STEPPE_OK)
        return status;
    status = commit_range(&range, range.reservation->protection);
    drop_range(&range);
    return status;
}

steppe_status steppe_commit_as(void *address, size_t size_bytes, steppe_protection protection)
{
    struct range range = range_of("steppe_commit_as", address, size_bytes);
    if (!stp_protection_is_valid(protection))
        return fail(&range, STEPPE_E_OPTION, 0, wrong_protection);
    steppe_status status = find_range(&range);
    if (status != STEPPE_OK)
        return status;
    status = arm_for(&range, protection);
    if (status == STEPPE_OK)
        status = commit_range(&range, protection);
    drop_range(&range);
    return status;
}

static void forget_ranges(struct stp_reservation *r, const struct stp_pages *ranges,
                          size_t range_count)
{
    uint64_t pages = 0;
    for (size_t i = 0; i < range_count; i++) {
        pages += stp_bit_tree_count(&r->map.committed, ranges[i].first, ranges[i].end);
        stp_reservation_forget(r, ranges[i].first, ranges[i].end);
    }
    stp_budget_return(&r->charge, r->budget, pages << r->page_shift);
    if (__atomic_load_n(&r->published, __ATOMIC_RELAXED))
        stp_published_figures(r);
}

/* One by one, each is forgotten before the next, which may overlap it: a mechanism must not be told
 * that pages are committed which it has just taken away. */
static int decommit_ranges(struct stp_reservation *r, const struct stp_pages *ranges,
                           size_t range_count, size_t *done_count)
{
    const struct stp_mechanism *mechanism = stp_reservation_mechanism(r);
    int error = 0;
    *done_count = 0;
    bool have_mappings = stp_mappings_have_room_for((int64_t)range_count * 2);
    if (mechanism->decommit_all && range_count > 1 && have_mappings) {
        error = mechanism->decommit_all(r, ranges, range_count, done_count);
        forget_ranges(r, ranges, *done_count);
        return error;
    }
    for (; *done_count < range_count && !error; *done_count += !error) {
        const struct stp_pages *range = &ranges[*done_count];
        error = stp_reservation_may_decommit(r, range->first, range->end)
                    ? mechanism->decommit(r, range->first, range->end)
                    : STP_ERROR_MAPPINGS;
        if (!error)
            forget_ranges(r, range, 1);
    }
    return error;
}

/* Ranges of a locked reservation, upward or not; those without a committed page are done already.
 */
static int decommit_locked(struct stp_reservation *r, const struct stp_pages *ranges,
                           size_t range_count, size_t *done_count)
{
    for (size_t i = 0; i < range_count; i++)
        stp_watch_keep(r, ranges[i].first, ranges[i].end);
    return decommit_ranges(r, ranges, range_count, done_count);
}

static steppe_status decommit_range(struct range *range)
{
    struct stp_reservation *r = range->reservation;
    struct stp_pages pages = {range->first, range->end};
    size_t done;
    if (stp_bit_tree_next(&r->map.committed, range->first, range->end) == range->end)
        return STEPPE_OK;
    int error = decommit_locked(r, &pages, 1, &done);
    if (stp_mechanism_is_lost(r, error) && repair_and_lock(range, &error))
        error = decommit_locked(r, &pages, 1, &done);
    return error ? fail_with(range, error) : STEPPE_OK;
}

steppe_status steppe_decommit(void *address, size_t size_bytes)
{
    struct range range = range_of("steppe_decommit", address, size_bytes);
    steppe_status status = find_range(&range);
    if (status != STEPPE_OK)
        return status;
    lock_range(&range);
    status = decommit_range(&range);
    unlock_range(&range);
    if (status == STEPPE_OK)
        stp_reservation_count(range.reservation, range.first, STP_COUNT_DECOMMIT, 1);
    drop_range(&range);
    return status;
}

/* Neighbouring ranges of a list, in one reservation, as pages. */
struct batch {
    struct range range; /* the first one */
    struct bounds {
        uintptr_t base, end, origin;
        unsigned page_shift;
    } bounds; /* its reservation's */
    struct stp_pages pages[STP_BATCH];
    size_t list_ends[STP_BATCH]; /* how far in the list each of them reaches */
    size_t page_range_count;
};

static bool joins(const struct batch *batch, size_t first)
{
    return batch->page_range_count && batch->pages[batch->page_range_count - 1].end == first;
}

/* Take the list's range at index in; false when it belongs to the next batch. Ranges with nothing
 * to give back only count as done. */
static bool take_in(struct batch *batch, const steppe_range *next, size_t index)
{
    const struct bounds *bounds = &batch->bounds;
    uintptr_t address = (uintptr_t)next->address, size_bytes = next->size_bytes, end;
    if (!size_bytes || !stp_add(address, size_bytes, &end) || address < bounds->base ||
        end > bounds->end)
        return false;
    struct stp_pages pages = {(address - bounds->origin) >> bounds->page_shift,
                              ((end - 1 - bounds->origin) >> bounds->page_shift) + 1};
    bool is_joined = joins(batch, pages.first);
    if (!is_joined && batch->page_range_count == STP_BATCH)
        return false;
    if (!is_joined)
        batch->pages[batch->page_range_count++] = pages;
    batch->pages[batch->page_range_count - 1].end = pages.end;
    batch->list_ends[batch->page_range_count - 1] = index + 1;
    return true;
}

static void cover_batch(struct batch *batch)
{
    struct range *range = &batch->range;
    range->first = batch->pages[0].first;
    range->end = batch->pages[0].end;
    for (size_t i = 1; i < batch->page_range_count; i++) {
        range->first = stp_min(range->first, batch->pages[i].first);
        range->end = stp_max(range->end, batch->pages[i].end);
    }
}

static struct bounds bounds_of(const struct stp_reservation *r)
{
    return (struct bounds){r->base, r->end, r->origin, r->page_shift};
}

static bool has_bounds(const struct stp_reservation *r, const struct bounds *bounds)
{
    return r->base == bounds->base && r->end == bounds->end && r->page_shift == bounds->page_shift;
}

/* Nothing is pinned while the list is read: it may fault, and be unwound from there. false when
 * another reservation has taken the place meanwhile. */
static bool gather(struct batch *batch, const steppe_range *ranges, size_t range_count,
                   size_t index, steppe_status *status)
{
    batch->bounds = bounds_of(batch->range.reservation);
    drop_range(&batch->range);
    for (size_t next = index; next < range_count; next++)
        if (!take_in(batch, &ranges[next], next))
            break;
    *status = find_range(&batch->range);
    if (*status != STEPPE_OK ||
        (batch->page_range_count && has_bounds(batch->range.reservation, &batch->bounds)))
        return true;
    drop_range(&batch->range);
    return false;
}

/* One batch, from *index on; *index moves behind what was done. */
static steppe_status decommit_batch(const steppe_range *ranges, size_t range_count, size_t *index)
{
    struct batch batch = {.range = range_of("steppe_decommit_all", ranges[*index].address,
                                            ranges[*index].size_bytes)};
    struct range *range = &batch.range;
    steppe_status status = find_range(range);
    if (status != STEPPE_OK)
        return status;
    if (!gather(&batch, ranges, range_count, *index, &status) || status != STEPPE_OK)
        return status; /* STEPPE_OK: once more */
    cover_batch(&batch);
    size_t done;
    lock_range(range);
    int error = decommit_locked(range->reservation, batch.pages, batch.page_range_count, &done);
    if (stp_mechanism_is_lost(range->reservation, error) && repair_and_lock(range, &error)) {
        size_t done_again; /* what is done is not done twice: others may have committed it since */
        error = decommit_locked(range->reservation, batch.pages + done,
                                batch.page_range_count - done, &done_again);
        done += done_again;
    }
    unlock_range(range);
    if (done) {
        stp_reservation_count(range->reservation, range->first, STP_COUNT_DECOMMIT,
                              batch.list_ends[done - 1] - *index);
        *index = batch.list_ends[done - 1];
    }
    drop_range(range);
    return error ? fail_with(range, error) : STEPPE_OK;
}

steppe_status steppe_decommit_all(const steppe_range *ranges, size_t range_count,
                                  size_t *done_count)
{
    struct range none = range_of("steppe_decommit_all", NULL, 0);
    size_t index = 0;
    steppe_status status = STEPPE_OK;
    if (!ranges && range_count)
        status = fail(&none, STEPPE_E_NULL, 0, NULL);
    while (status == STEPPE_OK && index < range_count)
        status = decommit_batch(ranges, range_count, &index);
    if (done_count)
        *done_count = index;
    return status;
}

/* ---- protect, reset, ready ------------------------------------------------------------------ */

/* *old is the caller's only later: a pointer into the reservation itself would fault under its
 * lock. */
static steppe_status protect_range(struct range *range, uint8_t attribute, steppe_protection *old)
{
    struct stp_reservation *r = range->reservation;
    uint32_t os_calls = 0;
    if (stp_bit_tree_next_gap(&r->map.committed, range->first, range->end) != range->end)
        return fail(range, STEPPE_E_NOT_COMMITTED, 0, NULL);
    uint8_t before = stp_protection_given(stp_page_map_attribute(&r->map, range->first));
    uint8_t watched = stp_watch_attribute(r, attribute, false);
    int error = 0;
    if (!stp_commit_is_done(r, range->first, range->end, attribute)) {
        error = stp_page_map_prepare(&r->map, range->first, range->end, watched, &os_calls);
        stp_reservation_count(r, range->first, STP_COUNT_OS_CALL, os_calls);
        if (!error && !stp_reservation_may_protect(r, range->first, range->end,
                                                   stp_protection_enforced(watched)))
            error = STP_ERROR_MAPPINGS;
        if (!error)
            error = stp_reservation_mechanism(r)->protect(r, range->first, range->end, watched);
        if (!error)
            stp_reservation_record(r, range->first, range->end, watched);
    }
    if (error)
        return fail_with(range, error);
    *old = before;
    return STEPPE_OK;
}

steppe_status steppe_protect(void *address, size_t size_bytes, steppe_protection protection,
                             steppe_protection *old)
{
    struct range range = range_of("steppe_protect", address, size_bytes);
    if (!stp_protection_is_valid(protection))
        return fail(&range, STEPPE_E_OPTION, 0, wrong_protection);
    steppe_status status = find_range(&range);
    if (status != STEPPE_OK)
        return status;
    steppe_protection before = protection;
    status = arm_for(&range, protection);
    if (status == STEPPE_OK) {
        lock_range(&range);
        status = protect_range(&range, (uint8_t)protection, &before);
        unlock_range(&range);
    }
    drop_range(&range);
    if (status == STEPPE_OK && old)
        *old = before;
    return status;
}

/* From outward to inward rounding; false when no whole page is left. */
static bool round_inward(struct range *range)
{
    struct stp_reservation *r = range->reservation;
    if (stp_reservation_address(r, range->first) < range->address)
        range->first++;
    if (stp_reservation_address(r, range->end) > range->address + range->size_bytes)
        range->end--;
    return range->first < range->end;
}

steppe_status steppe_reset(void *address, size_t size_bytes)
{
    struct range range = range_of("steppe_reset", address, size_bytes);
    steppe_status status = find_range(&range);
    if (status != STEPPE_OK)
        return status;
    if (round_inward(&range)) {
        lock_range(&range);
        struct stp_reservation *r = range.reservation;
        stp_watch_keep(r, range.first, range.end);
        int error = stp_reservation_mechanism(r)->reset(r, range.first, range.end);
        if (stp_mechanism_is_lost(r, error) && repair_and_lock(&range, &error))
            error = stp_reservation_mechanism(r)->reset(r, range.first, range.end);
        unlock_range(&range);
        if (error)
            status = fail(&range, STEPPE_E_SYSTEM, error, NULL);
    }
    drop_range(&range);
    return status;
}

/* May the kernel do the access on a page with this protection? */
static steppe_status allows(steppe_protection protection, steppe_access access)
{
    if (protection & STEPPE_GUARD)
        return STEPPE_E_GUARD;
    return stp_protection_permits(protection, access) ? STEPPE_OK : STEPPE_E_PROTECTION;
}

static steppe_status allows_all(const struct range *range, steppe_access access)
{
    const struct stp_reservation *r = range->reservation;
    for (size_t page = range->first; page < range->end;) {
        steppe_status status =
            allows(stp_page_map_is_committed(&r->map, page)
                       ? stp_protection_given(stp_page_map_attribute(&r->map, page))
                       : r->protection,
                   access);
        if (status != STEPPE_OK)
            return status;
        page = stp_page_map_run_end(&r->map, page, range->end);
    }
    return STEPPE_OK;
}

static steppe_status ready_range(struct range *range, steppe_access access)
{
    struct stp_reservation *r = range->reservation;
    struct stp_refusal refusal;
    struct stp_commit commit = {.reservation = r,
                                .first = range->first,
                                .end = range->end,
                                .attribute = (uint8_t)r->protection,
                                .want = access == STEPPE_ACCESS_WRITE ? STP_WANT_MEMORY
                                                                      : STP_WANT_ADDRESS,
                                .gaps_only = true,
                                .make_present = true,
                                .access = access};
    steppe_status status = allows_all(range, access);
    if (status != STEPPE_OK)
        return fail(range, status, 0, NULL);
    commit_locked(range, &commit, &refusal);
    return refusal.status == STEPPE_OK ? STEPPE_OK : fail_refused(range, &refusal);
}

steppe_status steppe_ready(void *address, size_t size_bytes, steppe_access access)
{
    struct range range = range_of("steppe_ready", address, size_bytes);
    if (access != STEPPE_ACCESS_READ && access != STEPPE_ACCESS_WRITE)
        return fail(&range, STEPPE_E_OPTION, 0, "access is neither read nor write");
    steppe_status status = find_range(&range);
    if (status != STEPPE_OK)
        return status;
    lock_range(&range);
    status = ready_range(&range, access);
    unlock_range(&range);
    drop_range(&range);
    return status;
}

/* ---- lent space ----------------------------------------------------------------------------- */

steppe_status stp_region_map_file(const void *base, void *address, size_t size_bytes,
                                  const struct stp_platform_file *file, uint64_t offset_bytes)
{
    struct range range = range_of("mapping a file", address, size_bytes);
    struct stp_reservation *r = stp_reservation_pin((uintptr_t)base);
    STP_ASSERT(r && range.address >= r->mapped_end && size_bytes <= r->lent_end - range.address);
    int error = STP_ERROR_MAPPINGS;
    if (stp_mappings_have_room_for(STP_REGION_FILE_MAPPINGS)) {
        error = stp_platform_file_map(file, offset_bytes, range.address, size_bytes);
        stp_reservation_count(r, r->map.first, STP_COUNT_OS_CALL, 1);
        stp_mappings_add(&r->lent_mappings, error ? 0 : STP_REGION_FILE_MAPPINGS);
    }
    stp_reservation_unpin(r, (uintptr_t)base);
    if (error == STP_ERROR_MAPPINGS)
        return fail_map_count_noting(
            &range, "that is three quarters of vm.max_map_count; raise it, or load the file");
    return error ? fail(&range, stp_platform_diagnose(error, size_bytes), error, NULL) : STEPPE_OK;
}

/* ---- limits and names ----------------------------------------------------------------------- */

steppe_status steppe_set_limit(const void *address, uint64_t limit_bytes)
{
    struct range range = range_of("steppe_set_limit", address, 0);
    struct stp_reservation *r = stp_reservation_pin(range.address);
    if (!r)
        return fail(&range, STEPPE_E_NOT_RESERVED, 0, NULL);
    stp_charge_set_limit(&r->charge, limit_bytes);
    if (__atomic_load_n(&r->published, __ATOMIC_SEQ_CST))
        stp_published_figures(r);
    stp_reservation_unpin(r, range.address);
    return STEPPE_OK;
}

size_t steppe_page_bytes(void)
{
    return stp_platform_facts()->page_bytes;
}

size_t steppe_granularity_bytes(void)
{
    return STP_GRANULE_BYTES;
}

const char *steppe_state_name(steppe_state state)
{
    static const char *const names[] = {"free", "reserved", "committed"};
    return (unsigned)state < sizeof names / sizeof *names ? names[state] : "?";
}

const char *steppe_protection_name(steppe_protection protection)
{
    static const char *const names[] = {"read-write", "read-only",    "no-access",
                                        "execute",    "execute-read", "execute-read-write"};
    static const char *const guarded[] = {"read-write+guard",   "read-only+guard",
                                          "no-access+guard",    "execute+guard",
                                          "execute-read+guard", "execute-read-write+guard"};
    steppe_protection base = protection & ~(steppe_protection)STEPPE_GUARD;
    if (base >= sizeof names / sizeof *names)
        return "?";
    return protection & STEPPE_GUARD ? guarded[base] : names[base];
}
