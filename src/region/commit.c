/* SPDX-License-Identifier: MIT */
#include "region/commit.h"

#include "base/check.h"

bool stp_commit_is_done(const struct stp_reservation *r, size_t first, size_t end,
                        uint8_t attribute)
{
    struct stp_page_run run = stp_page_map_run(&r->map, first, end);
    return run.is_committed && run.attribute == attribute && run.end == end;
}

/* What a commit does to one run of like pages. */
enum change { NOTHING, GRANT, RECOLOUR };

static enum change change_of(const struct stp_commit *commit, size_t page)
{
    const struct stp_page_map *map = &commit->reservation->map;
    if (!stp_page_map_is_committed(map, page))
        return GRANT;
    if (commit->gaps_only || stp_page_map_attribute(map, page) == commit->attribute)
        return NOTHING;
    return RECOLOUR;
}

/* Every step walks the runs of the range; the page map tells what each was until the last step. */
static size_t run_end(const struct stp_commit *commit, size_t page, size_t limit)
{
    return stp_page_map_run_end(&commit->reservation->map, page, limit);
}

static int prepare(const struct stp_commit *commit, uint32_t *os_calls)
{
    struct stp_page_map *map = &commit->reservation->map;
    int error = 0;
    if (!commit->gaps_only)
        return stp_page_map_prepare(map, commit->first, commit->end, commit->attribute, os_calls);
    for (size_t page = commit->first; page < commit->end && !error;) {
        size_t end = run_end(commit, page, commit->end);
        if (change_of(commit, page) == GRANT)
            error = stp_page_map_prepare(map, page, end, commit->attribute, os_calls);
        page = end;
    }
    return error;
}

static struct stp_grant grant_of(const struct stp_commit *commit, size_t page, size_t end)
{
    return (struct stp_grant){
        .first = page, .end = end, .attribute = commit->attribute, .want = commit->want};
}

static void take_back_run(const struct stp_commit *commit, size_t page, size_t end)
{
    struct stp_reservation *r = commit->reservation;
    const struct stp_mechanism *mechanism = stp_reservation_mechanism(r);
    struct stp_grant grant = grant_of(commit, page, end);
    enum change change = change_of(commit, page);
    if (change == GRANT)
        mechanism->take_back(r, &grant);
    if (change == RECOLOUR) /* benign when it fails: less access than recorded */
        (void)mechanism->protect(r, page, end, stp_page_map_attribute(&r->map, page));
}

static void take_back(const struct stp_commit *commit, size_t limit)
{
    for (size_t page = commit->first; page < limit;) {
        size_t end = run_end(commit, page, limit);
        take_back_run(commit, page, end);
        page = end;
    }
}

static int grant_run(const struct stp_commit *commit, size_t page, size_t end)
{
    struct stp_reservation *r = commit->reservation;
    const struct stp_mechanism *mechanism = stp_reservation_mechanism(r);
    struct stp_grant grant = grant_of(commit, page, end);
    switch (change_of(commit, page)) {
    case GRANT:
        return mechanism->commit(r, &grant);
    case RECOLOUR:
        return mechanism->protect(r, page, end, commit->attribute);
    default:
        return 0;
    }
}

static int make_present(const struct stp_commit *commit)
{
    struct stp_reservation *r = commit->reservation;
    uintptr_t first = stp_reservation_address(r, commit->first);
    if (!commit->make_present)
        return 0;
    size_t size_bytes = stp_reservation_address(r, commit->end) - first;
    stp_reservation_count(r, commit->first, STP_COUNT_OS_CALL, 1);
    int error = stp_platform_populate(first, size_bytes, commit->access);
    const struct stp_mechanism *mechanism = stp_reservation_mechanism(r);
    bool may_be_missing = error && stp_platform_diagnose(error, 0) == STEPPE_E_SYSTEM;
    if (!may_be_missing || !mechanism->revive ||
        mechanism->revive(r, commit->first, commit->end) != 0)
        return error;
    stp_reservation_count(r, commit->first, STP_COUNT_OS_CALL, 1);
    return stp_platform_populate(first, size_bytes, commit->access);
}

/* A mechanism that cannot be opened has been replaced by another. */
static void open_mechanism(struct stp_reservation *r)
{
    const struct stp_mechanism *mechanism;
    do
        mechanism = stp_reservation_mechanism(r);
    while (mechanism->open && mechanism->open(r) != 0);
}

static int grant(const struct stp_commit *commit)
{
    size_t page = commit->first;
    int error = 0;
    open_mechanism(commit->reservation);
    while (page < commit->end && !error) {
        size_t end = run_end(commit, page, commit->end);
        error = grant_run(commit, page, end);
        page = error ? page : end;
    }
    if (!error)
        error = make_present(commit);
    if (error)
        take_back(commit, page);
    return error;
}

static void record(const struct stp_commit *commit)
{
    struct stp_reservation *r = commit->reservation;
    if (!commit->gaps_only) {
        stp_reservation_record(r, commit->first, commit->end, commit->attribute);
        return;
    }
    for (size_t page = commit->first; page < commit->end;) {
        size_t end = run_end(commit, page, commit->end);
        if (change_of(commit, page) == GRANT)
            stp_reservation_record(r, page, end, commit->attribute);
        page = end;
    }
}

static steppe_status refuse(struct stp_refusal *refusal, int os_error, size_t size_bytes)
{
    if (os_error == STP_ERROR_MAPPINGS) {
        refusal->status = STEPPE_E_MAP_COUNT;
        return refusal->status;
    }
    refusal->os_error = os_error;
    refusal->status = stp_platform_diagnose(os_error, size_bytes);
    return refusal->status;
}

static steppe_status commit_pages(const struct stp_commit *commit, struct stp_refusal *refusal)
{
    struct stp_reservation *r = commit->reservation;
    size_t pages = commit->end - commit->first;
    pages -= stp_bit_tree_count(&r->map.committed, commit->first, commit->end);
    uint64_t new_bytes = (uint64_t)pages << r->page_shift;
    uint32_t os_calls = 0;
    *refusal = (struct stp_refusal){.status = STEPPE_OK};

    int error = prepare(commit, &os_calls);
    stp_reservation_count(r, commit->first, STP_COUNT_OS_CALL, os_calls);
    if (error)
        return refuse(refusal, error, new_bytes);
    if (!stp_budget_charge(&r->charge, r->budget, new_bytes, &refusal->budget)) {
        stp_reservation_count(r, commit->first, STP_COUNT_REFUSED, 1);
        refusal->status = STEPPE_E_BUDGET;
        return STEPPE_E_BUDGET;
    }
    error = grant(commit);
    if (error) {
        stp_budget_return(&r->charge, r->budget, new_bytes);
        refusal->may_be_repaired = stp_mechanism_is_lost(r, error);
        return refuse(refusal, error, new_bytes);
    }
    record(commit);
    return STEPPE_OK;
}

/* Where every run of pages costs mappings and they are short: the whole group of chunks around, if
 * the reservation wants that and the budgets allow it. Nobody waits for it, so it may fail. */
static void commit_group(const struct stp_commit *commit)
{
    struct stp_reservation *r = commit->reservation;
    struct stp_refusal unheard;
    if (!r->whole_chunks || !stp_mappings_are_short() || !stp_reservation_mechanism(r)->maps_runs)
        return;
    size_t unit_bytes = (size_t)1 << (r->unit_shift + r->page_shift);
    size_t chunk_bytes = (size_t)1 << (r->map.chunk_shift + r->page_shift);
    size_t group = stp_mappings_group_bytes(chunk_bytes, unit_bytes) >> r->page_shift;
    struct stp_commit whole = *commit;
    whole.gaps_only = true;
    whole.make_present = false;
    whole.want = STP_WANT_ADDRESS;
    whole.attribute = (uint8_t)r->protection;
    whole.first = stp_max(stp_round_down(commit->first, group), r->map.first);
    whole.end = stp_min(stp_round_down(commit->end - 1, group) + group, r->map.end);
    if (stp_budget_room(&r->charge, r->budget) >> r->page_shift >= whole.end - whole.first)
        (void)commit_pages(&whole, &unheard);
}

steppe_status stp_commit_pages(const struct stp_commit *commit, struct stp_refusal *refusal)
{
    commit_group(commit);
    return commit_pages(commit, refusal);
}
