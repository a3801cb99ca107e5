/* SPDX-License-Identifier: MIT */
/* filter.c - what a filter may answer and what it leaves alone; the two sides of a probe. */
#include <string.h>

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
    return test_main(suite);
}
