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

static void take_back_run(const struct stp_commit *commit, size_t page, size_t end)
{
    struct stp_reservation *r = commit->reservation;
    enum change change = change_of(commit, page);
    if (change == GRANT)
        r->mechanism->take_back(r, page, end, commit->attribute);
    if (change == RECOLOUR) /* benign when it fails: less access than recorded */
        (void)r->mechanism->protect(r, page, end, stp_page_map_attribute(&r->map, page));
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
    switch (change_of(commit, page)) {
    case GRANT:
        return r->mechanism->commit(r, page, end, commit->attribute);
    case RECOLOUR:
        return r->mechanism->protect(r, page, end, commit->attribute);
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
    stp_reservation_count(r, commit->first, STP_COUNT_OS_CALL, 1);
    return stp_platform_populate(first, stp_reservation_address(r, commit->end) - first,
                                 commit->access);
}

static int grant(const struct stp_commit *commit)
{
    size_t page = commit->first;
    int error = 0;
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
    struct stp_page_map *map = &commit->reservation->map;
    if (!commit->gaps_only) {
        stp_page_map_set(map, commit->first, commit->end, commit->attribute);
        return;
    }
    for (size_t page = commit->first; page < commit->end;) {
        size_t end = run_end(commit, page, commit->end);
        if (change_of(commit, page) == GRANT)
            stp_page_map_set(map, page, end, commit->attribute);
        page = end;
    }
}

static steppe_status refuse(struct stp_refusal *refusal, int os_error, size_t size_bytes)
{
    refusal->os_error = os_error;
    refusal->status = stp_platform_diagnose(os_error, size_bytes);
    return refusal->status;
}

steppe_status stp_commit_pages(const struct stp_commit *commit, struct stp_refusal *refusal)
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
        return refuse(refusal, error, new_bytes);
    }
    record(commit);
    return STEPPE_OK;
}
