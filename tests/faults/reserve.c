/* SPDX-License-Identifier: MIT */
/*
 * steppe_reserve, and what makes or ends other objects, with every platform call failing in turn:
 * the first time in a process, when the library sets itself up, and later.
 */
#include "world.h"

#include <errno.h>
#include <string.h>

static steppe_answer pass_on(const steppe_fault *fault, void *context)
{
    (void)fault;
    (void)context;
    return STEPPE_PASS_ON;
}

struct kind {
    const char *name;
    size_t size_bytes;
    steppe_options options;
    bool accounts_commit, lacks_markers, has_traps, with_budget;
    uint64_t mapping_count_max;
};

static const struct kind kinds[] = {
    {.name = "defaults", .size_bytes = STEPPE_MIB},
    {.name = "one byte", .size_bytes = 1},
    {.name = "a terabyte", .size_bytes = STEPPE_TIB},
    {.name = "at an address",
     .size_bytes = 3 * STEPPE_MIB,
     .options = {.address = (void *)0x300000031234}},
    {.name = "top down", .size_bytes = 5 * STEPPE_MIB, .options = {.top_down = true}},
    {.name = "commit on fault", .size_bytes = STEPPE_GIB, .options = {.on_fault = STEPPE_COMMIT}},
    {.name = "strict, dumped",
     .size_bytes = STEPPE_GIB,
     .options = {.on_fault = STEPPE_COMMIT, .strict = true, .dump = true}},
    {.name = "asks",
     .size_bytes = STEPPE_GIB,
     .options = {.on_fault = STEPPE_ASK, .filter = pass_on, .name = "asks", .tag = 7}},
    {.name = "guard pages",
     .size_bytes = STEPPE_MIB,
     .options = {.protection = STEPPE_READ_WRITE | STEPPE_GUARD}},
    {.name = "mprotect",
     .size_bytes = STEPPE_GIB,
     .options = {.mechanism = STEPPE_MECHANISM_MPROTECT}},
    {.name = "no markers", .size_bytes = STEPPE_GIB, .lacks_markers = true},
    {.name = "uffd, a terabyte",
     .size_bytes = STEPPE_TIB,
     .options = {.mechanism = STEPPE_MECHANISM_UFFD},
     .has_traps = true},
    {.name = "no markers but traps, commit on fault",
     .size_bytes = STEPPE_GIB,
     .options = {.on_fault = STEPPE_COMMIT},
     .lacks_markers = true,
     .has_traps = true},
    {.name = "uffd, raises, dumped",
     .size_bytes = STEPPE_MIB,
     .options = {.mechanism = STEPPE_MECHANISM_UFFD, .dump = true},
     .has_traps = true},
    {.name = "kernel accounts", .size_bytes = STEPPE_GIB, .accounts_commit = true},
    {.name = "large pages",
     .size_bytes = STEPPE_GIB,
     .options = {.page_bytes = 2 * STEPPE_MIB, .protection = STEPPE_READ_ONLY}},
    {.name = "budget and limit",
     .size_bytes = STEPPE_GIB,
     .options = {.limit_bytes = STEPPE_MIB},
     .with_budget = true},
    {.name = "few mappings", .size_bytes = 64 * STEPPE_GIB, .mapping_count_max = 1000},
};

static void set_machine(const struct kind *kind)
{
    stp_sim_reset();
    stp_sim_enforce(true);
    stp_sim_facts()->accounts_commit = kind->accounts_commit;
    stp_sim_facts()->has_guard_markers = !kind->lacks_markers;
    stp_sim_facts()->has_traps = kind->has_traps;
    if (kind->mapping_count_max)
        stp_sim_facts()->mapping_count_max = kind->mapping_count_max;
}

/* Which statuses the comment of steppe_reserve lists for a refusal by the system. */
static bool is_documented(steppe_status status)
{
    return status == STEPPE_E_ADDRESS_SPACE || status == STEPPE_E_MEMORY ||
           status == STEPPE_E_MAP_COUNT || status == STEPPE_E_SYSTEM;
}

static size_t wanted_size(const struct kind *kind, const steppe_options *wanted)
{
    size_t page = wanted->page_bytes ? wanted->page_bytes : 4096;
    size_t moved = (uintptr_t)wanted->address % GRANULE;
    return (kind->size_bytes + moved + page - 1) & ~(page - 1);
}

/* A working reservation of its kind: commits, keeps bytes, gives them back. */
static void use(const struct kind *kind, const steppe_options *wanted, uint8_t *base)
{
    steppe_reservation found;
    must(find_reservation(base, &found));
    must(found.size_bytes == wanted_size(kind, wanted) && found.committed_bytes == 0);
    must((uintptr_t)base % GRANULE == 0);
    must(steppe_commit_as(base + found.size_bytes - 1, 1, STEPPE_READ_WRITE) == STEPPE_OK);
    base[found.size_bytes - 1] = 9;
    must(process_charge() >= found.page_bytes);
    must(steppe_decommit(base, found.size_bytes) == STEPPE_OK);
    must(stp_sim_allowed(base) == 0 && stp_sim_allowed(base + found.size_bytes - 1) == 0);
}

struct reserving {
    const struct kind *kind;
    enum injection injection;
    int os_error;
    bool is_warm; /* another reservation lives */
};

static steppe_options options_of(const struct kind *kind, steppe_budget *budget)
{
    steppe_options wanted = kind->options;
    wanted.budget = budget;
    return wanted;
}

static void *reserve_failing(const struct reserving *reserving, const steppe_options *wanted,
                             uint64_t n)
{
    const struct kind *kind = reserving->kind;
    stp_sim_set_error(reserving->os_error ? reserving->os_error : ENOMEM);
    if (reserving->injection == LIMIT_MAPPINGS)
        stp_sim_facts()->mapping_count_max = stp_sim_mapping_count() + n - 1;
    else if (reserving->injection == FAIL_FOR_GOOD)
        stp_sim_fail_every_after(n);
    else
        stp_sim_fail_call(n);
    void *base = steppe_reserve(kind->size_bytes, wanted);
    stp_sim_fail_call(0);
    stp_sim_fail_every_after(0);
    stp_sim_facts()->mapping_count_max =
        kind->mapping_count_max ? kind->mapping_count_max : UINT64_MAX;
    return base;
}

static void check_nothing_left(const struct reserving *reserving, struct left before)
{
    struct left after = left_now();
    must(is_documented(steppe_last_status()), "%s", steppe_status_name(steppe_last_status()));
    must(strncmp(steppe_last_message(), "steppe_reserve: ", 16) == 0);
    must(after.count == before.count && after.charged == before.charged);
    must(!stp_sim_signals_blocked());
    if (reserving->is_warm)
        must(after.reservations == before.reservations ||
                 reserving->injection == FAIL_FOR_GOOD, /* giving back failed too */
             "%llu platform reservations, not %llu", (unsigned long long)after.reservations,
             (unsigned long long)before.reservations);
}

static enum attempt reserve_once(void *context, uint64_t n)
{
    const struct reserving *reserving = context;
    const struct kind *kind = reserving->kind;
    steppe_budget *budget = kind->with_budget ? steppe_budget_new(STEPPE_GIB) : NULL;
    steppe_options wanted = options_of(kind, budget);
    struct left before = left_now();
    uint64_t failures = stp_sim_failure_count();

    uint8_t *base = reserve_failing(reserving, &wanted, n);
    bool was_reached =
        reserving->injection == LIMIT_MAPPINGS ? base == NULL : stp_sim_failure_count() > failures;
    must(!was_reached || !base, "the failure was swallowed");
    must(was_reached || base, "%s", steppe_last_message());
    if (!base) {
        check_nothing_left(reserving, before);
        if (budget)
            must(steppe_budget_free(budget) == STEPPE_OK, "the budget is still in use");
        budget = kind->with_budget ? steppe_budget_new(STEPPE_GIB) : NULL;
        wanted = options_of(kind, budget);
        /* What could not be given back is still in the way. */
        if (reserving->injection == FAIL_FOR_GOOD)
            wanted.address = NULL;
        base = steppe_reserve(kind->size_bytes, &wanted);
        must(base, "once more: %s", steppe_last_message());
    }
    use(kind, &wanted, base);
    must(steppe_release(base) == STEPPE_OK);
    must(!budget || steppe_budget_free(budget) == STEPPE_OK);
    struct left first = left_now();

    /* The second time costs nothing that stays. */
    wanted.budget = NULL;
    base = steppe_reserve(kind->size_bytes, &wanted);
    must(base && steppe_release(base) == STEPPE_OK);
    struct left second = left_now();
    must(memcmp(&first, &second, sizeof first) == 0, "%llu reservations left, then %llu",
         (unsigned long long)first.reservations, (unsigned long long)second.reservations);
    return was_reached ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

static void reserve_failing_at_each(size_t index, enum injection injection, int os_error,
                                    bool is_warm)
{
    const struct kind *kind = &kinds[index];
    struct reserving reserving = {kind, injection, os_error, is_warm};
    set_machine(kind);
    if (is_warm) {
        steppe_options wanted = options_of(kind, NULL);
        wanted.address = NULL;
        uint8_t *other = reserve(kind->size_bytes, &wanted);
        require_ok(steppe_commit_as(other, 1, STEPPE_READ_WRITE));
        /* Also the tables that the reservation to come will need stay from here on. */
        void *same = steppe_reserve(kind->size_bytes, &kind->options);
        require(same);
        require_ok(steppe_release(same));
    }
    require_equal(try_each(kind->name, reserve_once, &reserving), 0);
}

START_TEST(first_reserve)
{
    reserve_failing_at_each((size_t)_i, FAIL_ONCE, 0, false);
}
END_TEST

START_TEST(later_reserve)
{
    reserve_failing_at_each((size_t)_i, FAIL_ONCE, 0, true);
}
END_TEST

START_TEST(first_reserve_unexpected)
{
    reserve_failing_at_each((size_t)_i, FAIL_ONCE, EPERM, false);
}
END_TEST

START_TEST(first_reserve_for_good)
{
    reserve_failing_at_each((size_t)_i, FAIL_FOR_GOOD, 0, false);
}
END_TEST

START_TEST(later_reserve_for_good)
{
    reserve_failing_at_each((size_t)_i, FAIL_FOR_GOOD, 0, true);
}
END_TEST

START_TEST(no_mappings)
{
    reserve_failing_at_each((size_t)_i, LIMIT_MAPPINGS, 0, true);
}
END_TEST

/* ---- budgets --------------------------------------------------------------------------------- */

static enum attempt make_budgets(void *context, uint64_t n)
{
    enum { COUNT = 3000 }; /* more than one piece of the library's memory holds */
    static steppe_budget *budgets[COUNT];
    uint64_t failures = stp_sim_failure_count();
    (void)context;

    stp_sim_fail_call(n);
    for (size_t i = 0; i < COUNT; i++) {
        budgets[i] = steppe_budget_new(i * 4096);
        if (budgets[i])
            continue;
        must(stp_sim_failure_count() > failures);
        must(steppe_last_status() == STEPPE_E_MEMORY, "%s",
             steppe_status_name(steppe_last_status()));
        budgets[i] = steppe_budget_new(i * 4096);
        must(budgets[i], "once more");
    }
    stp_sim_fail_call(0);
    for (size_t i = 0; i < COUNT; i++) {
        must(steppe_budget_limit_bytes(budgets[i]) == i * 4096);
        must(steppe_budget_charged_bytes(budgets[i]) == 0);
        must(steppe_budget_free(budgets[i]) == STEPPE_OK);
        must(steppe_budget_free(budgets[i]) == STEPPE_E_NO_BUDGET);
    }
    return stp_sim_failure_count() > failures ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

START_TEST(budgets)
{
    stp_sim_reset();
    stp_sim_enforce(true);
    require_equal(try_each("budgets", make_budgets, NULL), 0);
}
END_TEST

/* ---- asking the system ----------------------------------------------------------------------- */

/* Where the kernel cannot be asked, statistics say so and go on; queries of others' memory fail. */
START_TEST(asking)
{
    stp_sim_reset();
    uint8_t *base = reserve(STEPPE_MIB, options(0));
    require_ok(steppe_commit(base, 3 * 4096));

    steppe_statistics statistics;
    stp_sim_fail_every_after(1);
    require_ok(steppe_statistics_of(base, &statistics));
    require_equal(statistics.committed_bytes, 3 * 4096);
    require_equal(statistics.resident_bytes, UINT64_MAX);
    require_equal(statistics.vma_count, UINT64_MAX);
    require_ok(steppe_statistics_process(&statistics));

    steppe_run run = {.tag = 77};
    require_ok(steppe_query(base, &run));
    require_equal(run.size_bytes, 3 * 4096);
    run.tag = 77;
    require_fails(steppe_query(base + 2 * STEPPE_MIB, &run), STEPPE_E_SYSTEM);
    require_equal(run.tag, 77);
    stp_sim_fail_every_after(0);

    require_ok(steppe_query(base + 2 * STEPPE_MIB, &run));
    require_equal(run.state, STEPPE_FREE);
    require_ok(steppe_statistics_of(base, &statistics));
    require(statistics.vma_count != UINT64_MAX && statistics.vma_count > 0);
}
END_TEST

/* Reading only: none of these may call the platform, so they cannot fail. */
START_TEST(reading_makes_no_calls)
{
    stp_sim_reset();
    uint8_t *base = reserve(STEPPE_MIB, options(0));
    require_ok(steppe_commit(base, 3 * 4096));
    uint64_t calls = stp_sim_call_count();
    steppe_run run;
    require_ok(steppe_query(base + 5 * 4096, &run));
    require(charge_by_runs(base) == 3 * 4096 && charge_of(base) == 3 * 4096);
    require_equal(process_charge(), 3 * 4096);
    require_equal(stp_sim_call_count(), calls);
}
END_TEST

int main(void)
{
    const int all = (int)array_count(kinds);
    Suite *suite = suite_create("reserve");
    tcase_add_loop_test(test_case(suite, "first"), first_reserve, 0, all);
    tcase_add_loop_test(test_case(suite, "later"), later_reserve, 0, all);
    tcase_add_loop_test(test_case(suite, "unexpected error"), first_reserve_unexpected, 0, all);
    tcase_add_loop_test(test_case(suite, "first, for good"), first_reserve_for_good, 0, all);
    tcase_add_loop_test(test_case(suite, "later, for good"), later_reserve_for_good, 0, all);
    tcase_add_loop_test(test_case(suite, "mappings"), no_mappings, 0, all);
    tcase_add_test(test_case(suite, "budgets"), budgets);
    TCase *asking_case = test_case(suite, "asking");
    tcase_add_test(asking_case, asking);
    tcase_add_test(asking_case, reading_makes_no_calls);
    return test_main(suite);
}
