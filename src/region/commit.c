/* SPDX-License-Identifier: MIT */
#include "region/commit.h"

#include "base/check.h"
#include "region/protection.h"
#include "region/published.h"

bool stp_commit_is_done(const struct stp_reservation *r, size_t first, size_t end,
                        uint8_t attribute)
{
    struct stp_page_run run = {.end = first};
    do
        run = stp_page_map_run(&r->map, run.end, end);
    while (run.is_committed && stp_protection_given(run.attribute) == attribute && run.end < end);
    return run.is_committed && stp_protection_given(run.attribute) == attribute;
}

/* What a commit does to one run of like pages. */
enum change { NOTHING, GRANT, RECOLOUR };

/* A guard that is still to be put on stands in the way of it; what has one already was refused. */
static bool is_about_to_write(const struct stp_commit *commit)
{
    return commit->want == STP_WANT_MEMORY &&
           (commit->gaps_only || !(commit->attribute & STEPPE_GUARD));
}

/* What a page becomes. Pages that need not change keep their STP_CLEAN, or are without. */
static uint8_t attribute_for(const struct stp_commit *commit, size_t page)
{
    const struct stp_page_map *map = &commit->reservation->map;
    if (!stp_page_map_is_committed(map, page))
        return commit->attribute;
    uint8_t now = stp_page_map_attribute(map, page), given = stp_protection_given(now);
    if (commit->gaps_only)
        return is_about_to_write(commit) ? given : now;
    return given == stp_protection_given(commit->attribute) ? now : commit->attribute;
}

static enum change change_of(const struct stp_commit *commit, size_t page)
{
    const struct stp_page_map *map = &commit->reservation->map;
    if (!stp_page_map_is_committed(map, page))
        return GRANT;
    bool stays = attribute_for(commit, page) == stp_page_map_attribute(map, page);
    return stays ? NOTHING : RECOLOUR;
}

/* Every step walks the runs of the range; the page map tells what each was until the last step. */
static size_t run_end(const struct stp_commit *commit, size_t page, size_t limit)
{
    return stp_page_map_run_end(&commit->reservation->map, page, limit);
}

/* Do all pages get one attribute, and is nothing else to be known of any? Then they are prepared
 * and recorded in one. */
static bool is_whole(const struct stp_commit *commit)
{
    return !commit->gaps_only && !commit->reservation->write_watch;
}

static int prepare(const struct stp_commit *commit, uint32_t *os_calls)
{
    struct stp_reservation *r = commit->reservation;
    int error = 0;
    if (is_whole(commit))
        return stp_page_map_prepare(&r->map, commit->first, commit->end, commit->attribute,
                                    os_calls);
    if (r->write_watch)
        error = stp_watch_prepare(r, commit->first, commit->end, os_calls);
    for (size_t page = commit->first; page < commit->end && !error;) {
        size_t end = run_end(commit, page, commit->end);
        if (change_of(commit, page) != NOTHING)
            error = stp_page_map_prepare(&r->map, page, end, attribute_for(commit, page), os_calls);
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
    enum change change = change_of(commit, page);
    uint8_t attribute = attribute_for(commit, page);
    if (change == NOTHING)
        return 0;
    if (!stp_reservation_may_protect(r, page, end, stp_protection_enforced(attribute)))
        return STP_ERROR_MAPPINGS;
    return change == GRANT ? mechanism->commit(r, &grant)
                           : mechanism->protect(r, page, end, attribute);
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
    bool has_traps = mechanism == &stp_mechanism_uffd || r->traps_may_remain;
    if (!error || !has_traps || !stp_platform_page_is_missing(error))
        return error;
    int revive_error = mechanism->revive(r, commit->first, commit->end, &commit->attribute);
    if (revive_error)
        return stp_mechanism_is_lost(r, revive_error) ? revive_error : error;
    stp_reservation_count(r, commit->first, STP_COUNT_OS_CALL, 1);
    return stp_platform_populate(first, size_bytes, commit->access);
}

/* One that cannot be opened has mostly been replaced by another. */
static int open_mechanism(struct stp_reservation *r)
{
    for (;;) {
        const struct stp_mechanism *mechanism = stp_reservation_mechanism(r);
        int error = mechanism->open ? mechanism->open(r) : 0;
        if (!error || mechanism == stp_reservation_mechanism(r))
            return error;
    }
}

static int grant(const struct stp_commit *commit)
{
    size_t page = commit->first;
    int error = open_mechanism(commit->reservation);
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

static void record_run(const struct stp_commit *commit, size_t page, size_t end)
{
    struct stp_reservation *r = commit->reservation;
    if (change_of(commit, page) == NOTHING)
        return;
    stp_reservation_record(r, page, end, attribute_for(commit, page));
    if (r->write_watch && is_about_to_write(commit))
        stp_watch_note(r, page, end);
}

static void record(const struct stp_commit *commit)
{
    struct stp_reservation *r = commit->reservation;
    if (is_whole(commit)) {
        stp_reservation_record(r, commit->first, commit->end, commit->attribute);
        return;
    }
    for (size_t page = commit->first; page < commit->end;) {
        size_t end = run_end(commit, page, commit->end);
        record_run(commit, page, end);
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

static size_t new_pages(const struct stp_commit *commit)
{
    const struct stp_page_map *map = &commit->reservation->map;
    if (commit->end - commit->first == 1)
        return !stp_page_map_is_committed(map, commit->first);
    return commit->end - commit->first -
           stp_bit_tree_count(&map->committed, commit->first, commit->end);
}

static void publish_figures(const struct stp_reservation *r)
{
    if (__atomic_load_n(&r->published, __ATOMIC_RELAXED))
        stp_published_figures(r);
}

static steppe_status commit_pages(const struct stp_commit *commit, struct stp_refusal *refusal)
{
    struct stp_reservation *r = commit->reservation;
    size_t pages = new_pages(commit);
    uint64_t new_bytes = (uint64_t)pages << r->page_shift;
    uint32_t os_calls = 0;
    *refusal = (struct stp_refusal){.status = STEPPE_OK};

    int error = prepare(commit, &os_calls);
    if (os_calls)
        stp_reservation_count(r, commit->first, STP_COUNT_OS_CALL, os_calls);
    if (error)
        return refuse(refusal, error, new_bytes);
    if (!stp_budget_charge(&r->charge, r->budget, new_bytes, &refusal->budget)) {
        stp_reservation_count(r, commit->first, STP_COUNT_REFUSED, 1);
        publish_figures(r); /* some were charged, and given back */
        refusal->status = STEPPE_E_BUDGET;
        return STEPPE_E_BUDGET;
    }
    error = grant(commit);
    if (error) {
        stp_budget_return(&r->charge, r->budget, new_bytes);
        publish_figures(r);
        refusal->may_be_repaired = stp_mechanism_is_lost(r, error);
        return refuse(refusal, error, new_bytes);
    }
    record(commit);
    publish_figures(r);
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
    size_t group = stp_mechanism_group_pages(r);
    struct stp_commit whole = *commit;
    whole.gaps_only = true;
    whole.make_present = false;
    whole.want = STP_WANT_ADDRESS;
    whole.attribute = stp_watch_attribute(r, (uint8_t)r->protection, false);
    whole.first = stp_max(stp_round_down(commit->first, group), r->map.first);
    whole.end = stp_min(stp_round_down(commit->end - 1, group) + group, r->map.end);
    if (stp_budget_room(&r->charge, r->budget) >> r->page_shift >= whole.end - whole.first)
        (void)commit_pages(&whole, &unheard);
}

steppe_status stp_commit_pages(const struct stp_commit *commit, struct stp_refusal *refusal)
{
    struct stp_commit watched = *commit;
    watched.attribute =
        stp_watch_attribute(commit->reservation, commit->attribute, is_about_to_write(commit));
    commit_group(&watched);
    steppe_status status = commit_pages(&watched, refusal);
    bool may_join_group = status == STEPPE_E_MAP_COUNT && !refusal->os_error &&
                          commit->reservation->whole_chunks && is_about_to_write(commit);
    if (!may_join_group)
        return status;
    /* Then as its neighbours are, with a write that is still to be noted. */
    uint8_t attribute = watched.attribute;
    watched.attribute = stp_watch_attribute(commit->reservation, commit->attribute, false);
    return watched.attribute == attribute ? status : commit_pages(&watched, refusal);
}
