/* SPDX-License-Identifier: MIT */
/*
 * fault.c - deciding about a fault: the picture in steppe/fault.h, box by box.
 *
 * All of it runs in the platform's fault handler, on the faulting thread. So: no allocation, no
 * lock but those of region/lock.h, and none at all while a filter runs.
 *
 *   settle     look the page up under its unit's lock; commit it if that is the policy
 *   decide     who answers for a fault that could not be settled: nobody, the filter, or the try
 *   carry out  resume, unwind, or pass on
 */
#include <steppe/fault.h>

#include "base/check.h"
#include "base/status.h"
#include "fault/frames.h"
#include "region/commit.h"
#include "region/hooks.h"
#include "region/protection.h"

enum {
    COMMITS_MAX = 2, /* tries of one fault: the filter's first word, and one more after a refusal */
    RACES_MAX = 1000 /* found settled so often in a row: it is not settled at all, somebody changed
                        the mapping behind our back */
};

/* CROWDED: a first write, and no mapping to be had for the page alone. */
enum outcome { NOT_OURS, SETTLED, COMMITTED, NOTED, CROWDED, UNDECIDED };

/* An undecided fault, with what its reservation says about it; copied, for nothing is pinned any
 * more when a filter runs. */
struct question {
    steppe_fault fault;
    steppe_on_fault on_fault;
    steppe_filter filter;
    void *filter_context;
};

/*
 * What this thread passed on last. A handler of the program's that owns the signal may stand behind
 * ours or in front of it:
 *
 *   ours delivers, passes on, and the program's handler takes: it is told what we found
 *   the program's handler takes, is told to pass on, and calls ours: passed on at once
 *
 * Asking a second time would be wrong: a guard is off by then, and the fault would look settled.
 */
static STP_THREAD_LOCAL struct {
    uintptr_t address;
    const void *instruction;
    void *reservation;
    struct steppe_budget *budget;
    steppe_access access;
    steppe_status reason;
    bool was_taken, is_fresh;
    bool is_access; /* false: no refused access at all, so nothing above was set */
} passed;

static STP_THREAD_LOCAL uintptr_t race_address;
static STP_THREAD_LOCAL unsigned race_count;

/* ---- settle --------------------------------------------------------------------------------- */

/* One-shot: the flag goes off this page before anybody is told. */
static steppe_status take_guard_off(struct stp_reservation *r, size_t page, uint8_t attribute)
{
    uint8_t plain = (uint8_t)(attribute & ~(unsigned)STEPPE_GUARD);
    uint32_t os_calls = 0;
    int error = stp_page_map_prepare(&r->map, page, page + 1, plain, &os_calls);
    stp_reservation_count(r, page, STP_COUNT_OS_CALL, os_calls);
    if (!error && !stp_reservation_may_protect(r, page, page + 1, stp_protection_enforced(plain)))
        return STEPPE_E_MAP_COUNT;
    if (!error)
        error = stp_reservation_mechanism(r)->protect(r, page, page + 1, plain);
    if (error)
        return stp_platform_diagnose(error, 0);
    stp_reservation_record(r, page, page + 1, plain);
    return STEPPE_E_GUARD;
}

/* How many pages a run of committed ones reaches towards: as many as it has, and from a whole chunk
 * on no further than it can go in whole chunks, for those are the cheapest. */
static size_t reach_up(const struct stp_reservation *r, size_t page, size_t wanted)
{
    size_t chunk = (size_t)1 << r->map.chunk_shift;
    size_t limit = stp_min(page + wanted, stp_reservation_unit_end(r, page));
    size_t end = stp_bit_tree_next(&r->map.committed, page, limit);
    if (wanted < chunk || end == r->map.end || stp_round_down(end, chunk) <= page)
        return end;
    return stp_round_down(end, chunk);
}

static size_t reach_down(const struct stp_reservation *r, size_t page, size_t wanted)
{
    size_t chunk = (size_t)1 << r->map.chunk_shift;
    size_t lowest = stp_reservation_unit_first(r, page);
    size_t limit = page + 1 - stp_min(wanted, page + 1 - lowest);
    size_t first = page - stp_bit_tree_gap_before(&r->map.committed, page, page - limit);
    size_t whole = stp_round_down(first + chunk - 1, chunk);
    return wanted < chunk || first == r->map.first || whole > page ? first : whole;
}

/* The pages a fault commits: as many more as lie committed before it (a run upward) or behind it (a
 * run downward), inside its unit, up to the next committed page, and as the budgets allow. So a
 * lone touch commits one page, a run doubles, and any number of runs are told apart without
 * remembering anything. */
static void reach(const struct stp_reservation *r, struct stp_commit *commit)
{
    size_t page = commit->first, most = r->fault_around_bytes >> r->page_shift;
    if (most < 2)
        return;
    size_t before = stp_bit_tree_run_before(&r->map.committed, page, most);
    size_t behind =
        page + 1 < r->map.end ? stp_bit_tree_run_from(&r->map.committed, page + 1, most) : 0;
    size_t wanted = stp_max(before, behind);
    if (wanted < 2)
        return;
    uint64_t room = stp_budget_room(&r->charge, r->budget) >> r->page_shift;
    wanted = wanted > room ? (size_t)room : wanted;
    if (wanted < 2)
        return;
    if (before >= behind)
        commit->end = reach_up(r, page, wanted);
    else
        commit->first = reach_down(r, page, wanted);
    if (wanted >> r->map.chunk_shift)
        commit->want = STP_WANT_HUGE;
}

static steppe_status commit_around(struct stp_reservation *r, size_t page, steppe_access access,
                                   struct stp_refusal *refusal)
{
    bool comes_true = !(r->protection & STEPPE_GUARD) &&
                      stp_protection_permits(r->protection, access); /* once it is committed */
    enum stp_want want =
        comes_true && access == STEPPE_ACCESS_WRITE ? STP_WANT_MEMORY : STP_WANT_ZEROS;
    struct stp_commit one = {.reservation = r,
                             .first = page,
                             .end = page + 1,
                             .attribute = (uint8_t)r->protection,
                             .want = want};
    struct stp_commit commit = one;
    reach(r, &commit);
    steppe_status status = stp_commit_pages(&commit, refusal);
    if (status != STEPPE_OK && commit.end - commit.first > 1) {
        commit = one;
        status = stp_commit_pages(&commit, refusal);
    }
    if (status == STEPPE_OK)
        stp_reservation_count(r, page, STP_COUNT_FAULT_PAGE, commit.end - commit.first);
    return status;
}

/* Found committed and allowed: mostly another thread was faster. */
static enum outcome revive(struct stp_reservation *r, size_t page, steppe_fault *fault,
                           struct stp_refusal *refusal)
{
    const struct stp_mechanism *mechanism = stp_reservation_mechanism(r);
    int error = mechanism->revive ? mechanism->revive(r, page, page + 1, NULL) : 0;
    if (!error)
        return SETTLED;
    refusal->may_be_repaired = stp_mechanism_is_lost(r, error);
    fault->reason = stp_platform_diagnose(error, 0);
    return UNDECIDED;
}

/* The first write to a page of a watched reservation. */
static enum outcome note_write(struct stp_reservation *r, size_t page, steppe_fault *fault)
{
    int error = stp_watch_write(r, page);
    bool is_crowded = error == STP_ERROR_MAPPINGS;
    if (!error)
        return NOTED;
    fault->reason = is_crowded ? STEPPE_E_MAP_COUNT : stp_platform_diagnose(error, 0);
    return is_crowded ? CROWDED : UNDECIDED;
}

static enum outcome settle_page(struct stp_reservation *r, size_t page, bool may_commit,
                                steppe_fault *fault, struct stp_refusal *refusal)
{
    if (!stp_page_map_is_committed(&r->map, page)) {
        fault->reason = STEPPE_E_NOT_COMMITTED;
        if (!may_commit)
            return UNDECIDED;
        fault->reason = commit_around(r, page, fault->access, refusal);
        fault->budget = refusal->budget;
        return fault->reason == STEPPE_OK ? COMMITTED : UNDECIDED;
    }
    uint8_t attribute = stp_page_map_attribute(&r->map, page);
    if (attribute & STEPPE_GUARD) {
        fault->reason = take_guard_off(r, page, attribute);
        return UNDECIDED;
    }
    if (attribute & STP_CLEAN && fault->access == STEPPE_ACCESS_WRITE)
        return note_write(r, page, fault);
    if (stp_protection_permits(stp_protection_given(attribute), fault->access))
        return revive(r, page, fault, refusal);
    fault->reason = STEPPE_E_PROTECTION;
    return UNDECIDED;
}

/* Under the lock of the page's unit; once more when the mechanism was lost and has been mended. */
static enum outcome settle_locked(struct stp_reservation *r, size_t page, bool may_commit,
                                  steppe_fault *fault)
{
    for (bool is_mended = false;; is_mended = true) {
        struct stp_refusal refusal = {.may_be_repaired = false};
        uint32_t stripes = stp_reservation_lock(r, page, page + 1);
        enum outcome outcome = settle_page(r, page, may_commit, fault, &refusal);
        stp_reservation_unlock(r, stripes);
        if (is_mended || !refusal.may_be_repaired)
            return outcome;
        int error = stp_reservation_repair(r);
        if (error == STP_ERROR_MAPPINGS)
            fault->reason = STEPPE_E_MAP_COUNT;
        if (error)
            return outcome;
    }
}

/* Memory of others refuses by its protection; what nobody has, the tail of a granule included, is
 * not there. */
static steppe_status why_foreign(const struct stp_platform_fault *fault)
{
    bool is_foreign =
        fault->is_mapped && stp_reservation_skip_tail(fault->address) == fault->address;
    return is_foreign ? STEPPE_E_PROTECTION : STEPPE_E_UNMAPPED;
}

static enum outcome settle(const struct stp_platform_fault *fault, bool is_told_to_commit,
                           struct question *question)
{
    question->fault = (steppe_fault){
        .address = (void *)fault->address,
        .access = fault->access,
        .instruction = fault->instruction,
    };
    question->on_fault = STEPPE_RAISE;
    struct stp_reservation *r = stp_reservation_pin(fault->address);
    if (!r) {
        question->fault.reason = why_foreign(fault);
        return NOT_OURS;
    }
    question->fault.reservation = (void *)r->base;
    question->fault.offset_bytes = fault->address - r->base;
    question->on_fault = r->on_fault;
    question->filter = r->filter;
    question->filter_context = r->filter_context;

    size_t page = stp_reservation_page(r, fault->address);
    bool may_commit = is_told_to_commit || r->on_fault == STEPPE_COMMIT;
    enum outcome outcome = settle_locked(r, page, may_commit, &question->fault);
    if (outcome == CROWDED)
        outcome = stp_watch_write_around(r, page) == 0 ? NOTED : UNDECIDED;
    if (outcome == COMMITTED || outcome == NOTED)
        stp_reservation_count(r, page,
                              outcome == NOTED ? STP_COUNT_FAULT_NOTE : STP_COUNT_FAULT_COMMIT, 1);
    stp_reservation_unpin(r, fault->address);
    return outcome;
}

/* ---- decide and carry out ------------------------------------------------------------------- */

/* The reservation may be gone since: then there is nothing to count in. */
static void count(const struct stp_platform_fault *fault, enum stp_count what)
{
    struct stp_reservation *r = stp_reservation_pin(fault->address);
    if (!r)
        return;
    stp_reservation_count(r, stp_reservation_page(r, fault->address), what, 1);
    stp_reservation_unpin(r, fault->address);
}

static steppe_answer ask(const struct question *question)
{
    struct stp_failure before = stp_status_last();
    steppe_answer answer = question->filter(&question->fault, question->filter_context);
    stp_status_put_back(&before);
    return answer;
}

static steppe_answer decide(const struct question *question)
{
    if (question->on_fault == STEPPE_RAISE)
        return STEPPE_PASS_ON;
    return question->filter ? ask(question) : STEPPE_UNWIND;
}

static enum stp_verdict pass_on(const struct stp_platform_fault *fault,
                                const struct question *question)
{
    steppe_fault *probe = stp_frames_probe_at(fault->address);
    count(fault, probe ? STP_COUNT_FAULT_UNWIND : STP_COUNT_FAULT_PASS);
    if (probe)
        stp_frames_unwind(probe, &question->fault, fault);
    passed.address = fault->address;
    passed.instruction = fault->instruction;
    passed.reservation = question->fault.reservation;
    passed.budget = question->fault.budget;
    passed.access = fault->access;
    passed.reason = question->fault.reason;
    passed.was_taken = fault->is_taken;
    passed.is_fresh = true;
    passed.is_access = true;
    return question->fault.reservation ? STP_VERDICT_PASS_ON_REFUSED : STP_VERDICT_PASS_ON;
}

/* Passed on already, and this is the other handler's turn? */
static bool is_passed_on(const struct stp_platform_fault *fault)
{
    bool is_same = passed.is_fresh && passed.was_taken != fault->is_taken &&
                   passed.address == fault->address && passed.instruction == fault->instruction;
    passed.is_fresh = is_same;
    passed.is_access = is_same;
    return is_same;
}

static enum stp_verdict carry_out(steppe_answer answer, const struct stp_platform_fault *fault,
                                  const struct question *question)
{
    steppe_fault *frame = stp_frames_catching(fault->address);
    if (answer == STEPPE_RESUME) {
        count(fault, STP_COUNT_FAULT_RESUME);
        return STP_VERDICT_RESUME;
    }
    if (answer == STEPPE_UNWIND && frame) {
        count(fault, STP_COUNT_FAULT_UNWIND);
        stp_frames_unwind(frame, &question->fault, fault);
    }
    return pass_on(fault, question);
}

/* Found allowed: another thread was faster, and the access succeeds now. Unless it never does. */
static enum stp_verdict race(const struct stp_platform_fault *fault, struct question *question)
{
    race_count = race_address == fault->address ? race_count + 1 : 1;
    race_address = fault->address;
    if (race_count > RACES_MAX) {
        race_count = 0;
        question->fault.reason = STEPPE_E_SYSTEM;
        return pass_on(fault, question);
    }
    count(fault, STP_COUNT_FAULT_RACE);
    return STP_VERDICT_RESUME;
}

static bool is_about_a_commit(const struct question *question)
{
    return question->fault.reason != STEPPE_E_PROTECTION &&
           question->fault.reason != STEPPE_E_GUARD;
}

/* A refused commit is told to the filter, which may have moved a limit when it says "commit it"
 * again. A filter that always says so must not hold the thread here, where signals wait: after
 * COMMITS_MAX the access runs, and faults, anew. */
static enum stp_verdict handle(const struct stp_platform_fault *fault)
{
    struct question question = {.filter = NULL};
    steppe_answer answer = STEPPE_PASS_ON;
    if (is_passed_on(fault))
        return STP_VERDICT_PASS_ON;
    for (int commits = 0; commits <= COMMITS_MAX; commits++) {
        switch (settle(fault, commits > 0, &question)) {
        case NOT_OURS:
            return pass_on(fault, &question);
        case SETTLED:
            return race(fault, &question);
        case COMMITTED:
        case NOTED:
            race_count = 0;
            return STP_VERDICT_RESUME;
        case CROWDED:
        case UNDECIDED:
            race_count = 0;
            answer = decide(&question);
        }
        if (answer != STEPPE_COMMIT_AND_RESUME || !is_about_a_commit(&question))
            break;
    }
    return carry_out(answer == STEPPE_COMMIT_AND_RESUME ? STEPPE_RESUME : answer, fault, &question);
}

int stp_fault_arm(void)
{
    return stp_platform_faults_install(handle);
}

steppe_answer steppe_take_fault(int signal, const void *information, void *context,
                                steppe_fault *fault)
{
    passed.is_access = false;
    if (stp_platform_fault_take(handle, signal, information, context) == STP_VERDICT_RESUME)
        return STEPPE_RESUME;
    bool is_access = passed.is_access;
    fault->reservation = is_access ? passed.reservation : NULL;
    fault->address = is_access ? (void *)passed.address : NULL;
    fault->offset_bytes = fault->reservation ? passed.address - (uintptr_t)passed.reservation : 0;
    fault->access = is_access ? passed.access : STEPPE_ACCESS_READ;
    fault->reason = is_access ? passed.reason : STEPPE_E_UNSUPPORTED;
    fault->budget = is_access ? passed.budget : NULL;
    fault->instruction = is_access ? passed.instruction : NULL;
    return STEPPE_PASS_ON;
}

bool steppe_handler_is_last_(int signal, const void *handler)
{
    return stp_platform_handler_is_last(signal, handler);
}

const char *steppe_access_name(steppe_access access)
{
    static const char *const names[] = {"read", "write", "execute"};
    return (unsigned)access < sizeof names / sizeof *names ? names[access] : "?";
}
