/* SPDX-License-Identifier: MIT */
/* filter.c - what a filter may answer and what it leaves alone; the two sides of a probe. */
#include <string.h>
#include <sys/wait.h>

#include "support.h"

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

/* ---- commit and resume ------------------------------------------------------------------------
 */

struct log {
    int count;
    steppe_status reasons[8];
    steppe_answer first, later;
    steppe_budget *raise;
};

static steppe_answer answer_and_log(const steppe_fault *fault, void *context)
{
    struct log *log = context;
    log->reasons[log->count % 8] = fault->reason;
    log->count++;
    if (fault->reason == STEPPE_E_BUDGET && log->raise)
        (void)steppe_budget_set_limit(log->raise, STEPPE_NO_LIMIT);
    return log->count == 1 ? log->first : log->later;
}

START_TEST(commit_and_resume_commits_as_the_policy_would)
{
    struct log log = {.first = STEPPE_COMMIT_AND_RESUME, .later = STEPPE_COMMIT_AND_RESUME};
    uint8_t *base =
        reserve(64 * page, options(.on_fault = STEPPE_ASK, .filter = answer_and_log,
                                   .filter_context = &log, .protection = STEPPE_READ_WRITE));
    for (size_t i = 0; i < 16; i++)
        store(base + i * page, (uint8_t)i);
    require_equal(log.reasons[0], STEPPE_E_NOT_COMMITTED);
    require(log.count < 16, "no fault-around: asked %d times", log.count);
    require_equal(statistics_of(base).fault_commit_count, log.count);
    require_equal(load(base + 15 * page), 15);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(commit_and_resume_tells_the_filter_of_a_refusal)
{
    steppe_budget *budget = steppe_budget_new(0);
    struct log log = {.first = STEPPE_COMMIT_AND_RESUME, .later = STEPPE_UNWIND};
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_ASK, .filter = answer_and_log,
                                              .filter_context = &log, .budget = budget));
    steppe_fault fault;
    volatile bool caught = false;
    STEPPE_TRY(&fault)
    {
        store(base, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught && fault.reason == STEPPE_E_BUDGET && fault.budget == budget);
    require_equal(log.count, 2);
    require_equal(log.reasons[0], STEPPE_E_NOT_COMMITTED);
    require_equal(log.reasons[1], STEPPE_E_BUDGET);
    require_equal(charge_of(base), 0);

    log = (struct log){
        .first = STEPPE_COMMIT_AND_RESUME, .later = STEPPE_COMMIT_AND_RESUME, .raise = budget};
    store(base, 1);
    require_equal(log.count, 2);
    require_equal(charge_of(base), page);
    require_ok(steppe_release(base));
    require_ok(steppe_budget_free(budget));
}
END_TEST

/* On a page that is committed there is nothing to commit: the access runs again, and faults again.
 */
START_TEST(commit_and_resume_does_not_touch_a_protection)
{
    struct log log = {.first = STEPPE_COMMIT_AND_RESUME, .later = STEPPE_UNWIND};
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_ASK, .filter = answer_and_log,
                                              .filter_context = &log));
    steppe_fault fault;
    volatile bool caught = false;
    require_ok(steppe_commit_as(base, page, STEPPE_READ_ONLY));
    STEPPE_TRY(&fault)
    {
        store(base, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught && fault.reason == STEPPE_E_PROTECTION);
    require_equal(log.count, 2);
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_ok(steppe_release(base));
}
END_TEST

/* ---- what a filter leaves alone ---------------------------------------------------------------
 */

static steppe_answer fail_inside(const steppe_fault *fault, void *context)
{
    (void)context;
    (void)steppe_decommit(NULL, 1);
    return steppe_last_status() == STEPPE_E_NOT_RESERVED && fault ? STEPPE_COMMIT_AND_RESUME
                                                                  : STEPPE_PASS_ON;
}

START_TEST(last_status_is_kept)
{
    char before[512];
    uint8_t *base = reserve(page, options(.on_fault = STEPPE_ASK, .filter = fail_inside));
    require_fails(steppe_commit(base, 0), STEPPE_E_SIZE);
    snprintf(before, sizeof before, "%s", steppe_last_message());
    store(base, 1);
    require_equal(steppe_last_status(), STEPPE_E_SIZE);
    require(!strcmp(before, steppe_last_message()), "%s", steppe_last_message());
    require_ok(steppe_release(base));
}
END_TEST

/* ---- fault-around -----------------------------------------------------------------------------
 */

START_TEST(fault_around_has_a_limit)
{
    uint8_t *base =
        reserve(1024 * page, options(.on_fault = STEPPE_COMMIT, .fault_around_bytes = 4 * page));
    uint64_t before = 0;
    for (size_t i = 0; i < 256; i++) {
        store(base + i * page, 1);
        uint64_t now = charge_of(base);
        require(now - before <= 4 * page, "one fault committed %llu bytes",
                (unsigned long long)(now - before));
        before = now;
    }
    require(statistics_of(base).fault_commit_count <= 256 / 4 + 4);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(fault_around_of_less_than_two_pages_is_strict)
{
    uint8_t *base = reserve(64 * page, options(.on_fault = STEPPE_COMMIT, .fault_around_bytes = 1));
    for (size_t i = 0; i < 16; i++)
        store(base + i * page, 1);
    require_equal(charge_of(base), 16 * page);
    require_ok(steppe_release(base));
}
END_TEST

/* ---- places that are easily forgotten ---------------------------------------------------------
 */

static steppe_answer fault_inside(const steppe_fault *fault, void *context)
{
    (void)fault;
    store(context, 1); /* in a reservation that refuses: unwound to the program's try */
    return STEPPE_PASS_ON;
}

/* The mask is the one the program had at the try, not the filter's, in which signals wait. */
START_TEST(unwinding_out_of_a_filter_restores_the_mask)
{
    uint8_t *refusing = reserve(page, options(.on_fault = STEPPE_COMMIT, .limit_bytes = page - 1));
    uint8_t *base = reserve(
        page, options(.on_fault = STEPPE_ASK, .filter = fault_inside, .filter_context = refusing));
    steppe_fault fault;
    sigset_t before, after;
    volatile bool caught = false;
    require(sigprocmask(SIG_BLOCK, NULL, &before) == 0);
    STEPPE_TRY(&fault)
    {
        store(base, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught && fault.reservation == refusing);
    require(sigprocmask(SIG_BLOCK, NULL, &after) == 0);
    for (int signal = 1; signal < 65; signal++)
        require_equal(sigismember(&before, signal), sigismember(&after, signal));
}
END_TEST

static steppe_answer catch_inside(const steppe_fault *fault, void *context)
{
    steppe_fault inner;
    volatile bool caught = false;
    sigset_t mask;
    STEPPE_TRY(&inner)
    {
        store(context, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    sigprocmask(SIG_BLOCK, NULL, &mask);
    return caught && sigismember(&mask, SIGUSR1) ? STEPPE_COMMIT_AND_RESUME
                                                 : (fault ? STEPPE_PASS_ON : STEPPE_UNWIND);
}

/* A try inside the filter catches the filter's fault, and the filter goes on with signals held
 * back. */
START_TEST(a_try_inside_a_filter_keeps_the_filters_mask)
{
    uint8_t *refusing = reserve(page, options(.on_fault = STEPPE_COMMIT, .limit_bytes = page - 1));
    uint8_t *base = reserve(
        page, options(.on_fault = STEPPE_ASK, .filter = catch_inside, .filter_context = refusing));
    store(base, 9);
    require_equal(load(base), 9);
}
END_TEST

START_TEST(results_may_be_wanted_in_the_reservation_itself)
{
    uint8_t *base = reserve(16 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    require_ok(steppe_commit(base, page));
    require_ok(steppe_protect(base, page, STEPPE_READ_ONLY,
                              (steppe_protection *)(void *)(base + 2 * page)));
    require_equal(load(base + 2 * page), STEPPE_READ_WRITE);
    require_ok(steppe_query(base, (steppe_run *)(void *)(base + 4 * page)));
    require_ok(steppe_statistics_of(base, (steppe_statistics *)(void *)(base + 6 * page)));
    require_ok(steppe_release(base));
}
END_TEST

/* Taking the guard off settles the access; the program must die of it all the same. */
static int touch_guard(void *context)
{
    uint8_t *base = context;
    signal(SIGSEGV, SIG_DFL);
    base = steppe_reserve(page, options(.protection = STEPPE_READ_WRITE | STEPPE_GUARD));
    child_require(base && steppe_commit(base, page) == STEPPE_OK);
    store(base, 1);
    return 0;
}

START_TEST(a_guard_under_raise_kills_where_nobody_handles_it)
{
    int status = run_child(touch_guard, NULL);
    require_killed(status, SIGSEGV);
}
END_TEST

/* ---- the two sides of a probe -----------------------------------------------------------------
 */

/* The buffer is the program's own memory: its fault goes to the program's own try, and says where.
 */
START_TEST(probe_leaves_faults_of_the_buffer_alone)
{
    uint8_t *buffer =
        reserve(8 * page, options(.on_fault = STEPPE_COMMIT, .limit_bytes = 2 * page));
    static uint8_t source[8 * 65536];
    steppe_fault fault;
    volatile bool caught = false;
    volatile size_t size = 6 * page;
    size_t done = 77;
    STEPPE_TRY(&fault)
    {
        (void)steppe_probe_read(source + 500, buffer, size, &done);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught && fault.reason == STEPPE_E_BUDGET);
    require(fault.reservation == buffer && fault.address == buffer + 2 * page);

    /* The try of the probe is gone with it. */
    caught = false;
    STEPPE_TRY(&fault)
    {
        store(buffer + 5 * page, 1);
    }
    STEPPE_CAUGHT
    {
        caught = true;
    }
    require(caught);
    require_ok(steppe_release(buffer));
}
END_TEST

/* Both sides cross pages at different places: what is reported done is done, and nothing beyond. */
START_TEST(probe_counts_what_it_wrote)
{
    uint8_t *to = reserve(8 * page, NULL);
    static uint8_t source[4 * 65536];
    size_t done;
    memset(source, 0xab, sizeof source);
    require_ok(steppe_commit(to, 2 * page));
    steppe_status status = steppe_probe_write(to + 100, source + 7, 3 * page, &done);
    require_equal(status, STEPPE_E_NOT_COMMITTED);
    require_equal(done, 2 * page - 100);
    require_bytes(to, 100, 0);
    require_bytes(to + 100, done, 0xab);
    require_ok(steppe_release(to));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("filter");
    TCase *tests = test_case_catching(suite, "filter");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, commit_and_resume_commits_as_the_policy_would);
    tcase_add_test(tests, commit_and_resume_tells_the_filter_of_a_refusal);
    tcase_add_test(tests, commit_and_resume_does_not_touch_a_protection);
    tcase_add_test(tests, last_status_is_kept);
    tcase_add_test(tests, fault_around_has_a_limit);
    tcase_add_test(tests, fault_around_of_less_than_two_pages_is_strict);
    tcase_add_test(tests, probe_leaves_faults_of_the_buffer_alone);
    tcase_add_test(tests, probe_counts_what_it_wrote);
    tcase_add_test(tests, unwinding_out_of_a_filter_restores_the_mask);
    tcase_add_test(tests, a_try_inside_a_filter_keeps_the_filters_mask);
    tcase_add_test(tests, results_may_be_wanted_in_the_reservation_itself);
    TCase *bare = test_case(suite, "bare");
    tcase_add_checked_fixture(bare, setup, NULL);
    tcase_add_test(bare, a_guard_under_raise_kills_where_nobody_handles_it);
    return test_main(suite);
}
