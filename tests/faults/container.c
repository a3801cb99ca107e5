/* SPDX-License-Identifier: MIT */
#include "container.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

const struct machine container_machines[] = {
    {.name = "guard", .mechanism = STEPPE_MECHANISM_GUARD, .enforces = true},
    {.name = "uffd", .mechanism = STEPPE_MECHANISM_UFFD, .has_traps = true, .enforces = true},
    {.name = "mprotect",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .lacks_markers = true,
     .enforces = true},
    {.name = "guard, accounts",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .accounts_commit = true,
     .enforces = true},
    {.name = "mprotect, accounts",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .lacks_markers = true,
     .accounts_commit = true,
     .enforces = true},
    {.name = "best of all", .has_traps = true, .accounts_commit = true, .enforces = true},
};
const size_t container_machine_count = array_count(container_machines);

static const struct {
    const char *name;
    struct campaign campaign;
} campaigns[] = {
    {"once", {.injection = FAIL_ONCE}},
    {"for good", {.injection = FAIL_FOR_GOOD}},
    {"torn", {.injection = FAIL_ONCE, .tears = true}},
    {"other error", {.injection = FAIL_ONCE, .os_error = EIO}},
    {"mappings", {.injection = LIMIT_MAPPINGS}},
    {"torn for good", {.injection = FAIL_FOR_GOOD, .tears = true}},
    {"mappings, torn", {.injection = LIMIT_MAPPINGS, .tears = true}},
    {"charge", {.injection = LIMIT_CHARGE}},
    {"traps lost", {.injection = FAIL_ONCE, .os_error = EPERM}},
    {"descriptor closed", {.injection = FAIL_ONCE, .os_error = EBADF}},
    {"traps forbidden", {.injection = LOSE_TRAPS}},
    {"traps gone", {.injection = FORGET_TRAPS}},
    {"traps gone and forbidden", {.injection = FORGET_AND_LOSE_TRAPS}},
};

struct trial {
    const struct machine *machine;
    const struct container_call *call;
    const struct campaign *campaign;
    void *subject;
};

/* What is left when nothing fails: the library's own tables. Shared with the copies. */
static struct left *wanted;

static bool is_limit(const struct campaign *campaign)
{
    return campaign->injection == LIMIT_MAPPINGS || campaign->injection == LIMIT_CHARGE;
}

/* Calls that do without what a limit refuses are not told from those that did not come to it. */
static bool was_reached(const struct campaign *campaign, uint64_t n, uint64_t failures_before,
                        steppe_status status)
{
    enum { LIMITS_TRIED = 6 };
    if (is_limit(campaign))
        return status != STEPPE_OK || n <= LIMITS_TRIED;
    if (campaign->injection >= LOSE_TRAPS)
        return n == 1;
    return stp_sim_failure_count() > failures_before;
}

static bool is_undone(const struct trial *trial)
{
    return trial->campaign->injection != FAIL_FOR_GOOD;
}

static void check_left(const struct trial *trial)
{
    struct left left = left_now();
    must(!stp_sim_signals_blocked());
    if (trial->call->releases && !is_undone(trial))
        return;
    must(left.charged == wanted->charged, "%llu bytes, not %llu", (unsigned long long)left.charged,
         (unsigned long long)wanted->charged);
    must(left.count == wanted->count, "%zu reservations, not %zu", left.count, wanted->count);
    if (strcmp(stp_sim_failed_call(), "release") == 0)
        return;
    must(left.reservations == wanted->reservations, "%llu of the platform, not %llu",
         (unsigned long long)left.reservations, (unsigned long long)wanted->reservations);
}

/* Calls fail for another reason than want of memory or mappings. */
static bool tells_more(const struct campaign *campaign)
{
    return campaign->os_error || campaign->injection >= LOSE_TRAPS;
}

static void check_words(const struct trial *trial, steppe_status status)
{
    const struct container_call *call = trial->call;
    size_t length = strlen(call->function);
    must(call->refusals >> status & 1, "%s is not documented: %s", steppe_status_name(status),
         steppe_last_message());
    must(status != STEPPE_E_SYSTEM || tells_more(trial->campaign), "what failed was no memory");
    must(steppe_last_status() == status, "%s", steppe_status_name(status));
    must(strncmp(steppe_last_message(), call->function, length) == 0 &&
             strncmp(steppe_last_message() + length, ": ", 2) == 0,
         "not told as %s's", call->function);
}

static void run_to_success(const struct trial *trial)
{
    steppe_status status = trial->call->run(trial->subject);
    must(status == STEPPE_OK, "once more: %s", steppe_status_name(status));
}

static enum attempt attempt(void *context, uint64_t n)
{
    const struct trial *trial = context;
    const struct container_call *call = trial->call;
    char words[512];
    if (call->clears_what_stays && !is_undone(trial) && n > 1)
        return ATTEMPT_ENDED_BEFORE;
    if (call->prepare)
        call->prepare(trial->subject);
    snprintf(words, sizeof words, "%s", steppe_last_message());
    uint64_t failures_before = stp_sim_failure_count();

    campaign_arm(trial->campaign, n);
    steppe_status status = call->run(trial->subject);
    campaign_disarm(trial->machine);
    bool is_reached = was_reached(trial->campaign, n, failures_before, status);
    must(!stp_sim_signals_blocked());
    if (status == STEPPE_OK) {
        must(strncmp(words, steppe_last_message(), sizeof words - 1) == 0, "a success tells");
    } else {
        must(is_reached, "%s without a failure", steppe_status_name(status));
        check_words(trial, status);
        if (call->model_failed)
            call->model_failed(trial->subject, is_undone(trial));
        call->check(trial->subject, is_undone(trial));
        run_to_success(trial);
    }
    call->model(trial->subject);
    call->check(trial->subject, is_undone(trial));
    if (!is_undone(trial) && call->mend) {
        call->mend(trial->subject);
        call->check(trial->subject, true);
    }
    call->end(trial->subject);
    check_left(trial);
    return is_reached ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

static enum attempt learn(void *context, uint64_t n)
{
    const struct trial *trial = context;
    const struct container_call *call = trial->call;
    (void)n;
    if (call->prepare)
        call->prepare(trial->subject);
    call->check(trial->subject, true);
    run_to_success(trial);
    call->model(trial->subject);
    call->check(trial->subject, true);
    call->end(trial->subject);
    *wanted = left_now();
    return ATTEMPT_ENDED_BEFORE;
}

static bool applies(const struct machine *machine, const struct container_call *call,
                    const struct campaign *campaign)
{
    bool is_about_traps = campaign->injection >= LOSE_TRAPS || campaign->os_error == EPERM ||
                          campaign->os_error == EBADF;
    if (campaign->injection == FAIL_FOR_GOOD && campaign->tears && call->clears_what_stays)
        return false;
    if (campaign->injection == LIMIT_CHARGE)
        return machine->accounts_commit;
    return machine->has_traps || !is_about_traps;
}

void container_try(const struct machine *machine, const struct container_call *call, void *subject,
                   size_t turn)
{
    struct trial trial = {machine, call, &campaigns[0].campaign, subject};
    char what[200];
    unsigned failed_count = 0;
    if (!wanted)
        wanted =
            mmap(NULL, sizeof *wanted, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(wanted != MAP_FAILED);
    snprintf(what, sizeof what, "%s, %s", machine->name, call->what);
    require_equal(try_each(what, learn, &trial), 0);
    size_t every = campaign_stride(trial.campaign);
    for (size_t i = turn % every; i < array_count(campaigns); i += every) {
        trial.campaign = &campaigns[i].campaign;
        if (!applies(machine, call, trial.campaign))
            continue;
        snprintf(what, sizeof what, "%s, %s, %s", machine->name, call->what, campaigns[i].name);
        failed_count += try_each(what, attempt, &trial);
    }
    require(failed_count == 0, "%u attempts broke the contract, see above", failed_count);
}
