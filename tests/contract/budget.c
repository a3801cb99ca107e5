/* SPDX-License-Identifier: MIT */
/*
 * budget.c - limits are exact: the last byte that fits is given, the next one refused, explicitly
 * and at the faulting instruction alike, for a reservation, a shared budget and the process.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <stdlib.h>
#include <string.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

static bool store_refused(uint8_t *address, steppe_fault *fault)
{
    STEPPE_TRY(fault)
    {
        store(address, 1);
    }
    STEPPE_CAUGHT
    {
        return true;
    }
    return false;
}

/* ---- the three limits -------------------------------------------------------------------------
 */

enum which { OF_RESERVATION, OF_BUDGET, OF_PROCESS };

struct limited {
    enum which which;
    uint8_t *base;
    steppe_budget *budget;
};

static struct limited reserve_limited(enum which which, size_t limit_bytes, bool strict)
{
    struct limited limited = {.which = which};
    if (which == OF_BUDGET)
        limited.budget = steppe_budget_new(limit_bytes);
    if (which == OF_PROCESS)
        limited.budget = steppe_process_budget();
    limited.base =
        reserve(64 * page, options(.on_fault = STEPPE_COMMIT, .strict = strict,
                                   .budget = which == OF_BUDGET ? limited.budget : NULL,
                                   .limit_bytes = which == OF_RESERVATION ? limit_bytes : 0));
    if (which == OF_PROCESS)
        require_ok(steppe_budget_set_limit(limited.budget, limit_bytes));
    return limited;
}

static void move_limit(const struct limited *limited, uint64_t limit_bytes)
{
    if (limited->which == OF_RESERVATION)
        require_ok(steppe_set_limit(limited->base + 3 * page, limit_bytes));
    else
        require_ok(steppe_budget_set_limit(limited->budget, limit_bytes));
}

static void require_charge(const struct limited *limited, uint64_t charge)
{
    require_equal(charge_of(limited->base), charge);
    require_equal(charge_by_runs(limited->base), charge);
    require_equal(process_charge(), charge);
    if (limited->budget)
        require_equal(steppe_budget_charged_bytes(limited->budget), charge);
}

static void end_limited(struct limited *limited)
{
    require_ok(steppe_release(limited->base));
    require_equal(process_charge(), 0);
    if (limited->which == OF_BUDGET)
        require_ok(steppe_budget_free(limited->budget));
    if (limited->which == OF_PROCESS)
        require_ok(steppe_budget_set_limit(limited->budget, STEPPE_NO_LIMIT));
}

START_TEST(explicit_commits_are_refused_at_the_exact_byte)
{
    for (enum which which = OF_RESERVATION; which <= OF_PROCESS; which++) {
        for (int over = -1; over <= 1; over++) {
            struct limited it = reserve_limited(which, (size_t)((int)(8 * page) + over), true);
            require_ok(steppe_commit(it.base, 7 * page));
            require_charge(&it, 7 * page);
            require_fails(steppe_commit(it.base + 7 * page, 2 * page), STEPPE_E_BUDGET);
            require_charge(&it, 7 * page);
            if (over < 0)
                require_fails(steppe_commit(it.base + 7 * page, 1), STEPPE_E_BUDGET);
            else
                require_ok(steppe_commit(it.base + 7 * page, 1));
            require_charge(&it, over < 0 ? 7 * page : 8 * page);
            require_fails(steppe_commit(it.base + 40 * page, 1), STEPPE_E_BUDGET);
            /* What is committed already costs nothing, also in a range with new pages. */
            require_ok(steppe_commit(it.base, 7 * page));
            require_ok(steppe_commit_as(it.base, 7 * page, STEPPE_READ_ONLY));
            require_fails(steppe_commit(it.base, 9 * page), STEPPE_E_BUDGET);
            require_run(it.base, it.base, 7 * page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
            require_fails(steppe_ready(it.base + 30 * page, page + 1, STEPPE_ACCESS_WRITE),
                          STEPPE_E_BUDGET);
            end_limited(&it);
        }
    }
}
END_TEST

START_TEST(faults_are_refused_at_the_exact_byte)
{
    for (enum which which = OF_RESERVATION; which <= OF_PROCESS; which++) {
        struct limited it = reserve_limited(which, 5 * page, true);
        steppe_fault fault;
        for (size_t i = 0; i < 5; i++)
            require(!store_refused(it.base + 2 * i * page, &fault), "page %zu", i);
        require_charge(&it, 5 * page);
        for (size_t i = 0; i < 3; i++) {
            uint8_t *address = it.base + (21 + i) * page + 7;
            require(store_refused(address, &fault));
            require(fault.reason == STEPPE_E_BUDGET && fault.address == address &&
                    fault.reservation == it.base && fault.access == STEPPE_ACCESS_WRITE);
            require(fault.budget == it.budget, "%p, not %p", (void *)fault.budget,
                    (void *)it.budget);
            require_charge(&it, 5 * page);
        }
        require_equal(statistics_of(it.base).refused_count, 3);
        end_limited(&it);
    }
}
END_TEST

START_TEST(limits_move_while_in_use)
{
    for (enum which which = OF_RESERVATION; which <= OF_PROCESS; which++) {
        struct limited it = reserve_limited(which, 4 * page, true);
        steppe_fault fault;
        require_ok(steppe_commit(it.base, 4 * page));
        require(store_refused(it.base + 4 * page, &fault));
        move_limit(&it, 6 * page);
        require(!store_refused(it.base + 4 * page, &fault));
        require_ok(steppe_commit(it.base + 5 * page, 1));
        require(store_refused(it.base + 6 * page, &fault));
        /* Below the charge: nothing is taken away, and nothing more is given. */
        move_limit(&it, 2 * page);
        require_charge(&it, 6 * page);
        require(!store_refused(it.base + 5 * page, &fault));
        require_ok(steppe_decommit(it.base, 4 * page));
        require(store_refused(it.base, &fault));
        require_fails(steppe_commit(it.base, 1), STEPPE_E_BUDGET);
        require_ok(steppe_decommit(it.base + 4 * page, page));
        require(!store_refused(it.base, &fault));
        require(store_refused(it.base + page, &fault));
        require_charge(&it, 2 * page);
        move_limit(&it, 0);
        require_ok(steppe_decommit(it.base, 64 * page));
        require(store_refused(it.base, &fault));
        require_fails(steppe_commit(it.base, 1), STEPPE_E_BUDGET);
        move_limit(&it, STEPPE_NO_LIMIT);
        require_ok(steppe_commit(it.base, 64 * page));
        require_charge(&it, 64 * page);
        end_limited(&it);
    }
}
END_TEST

START_TEST(fault_around_takes_what_the_limit_leaves)
{
    for (enum which which = OF_RESERVATION; which <= OF_PROCESS; which++) {
        struct limited it = reserve_limited(which, 13 * page, false);
        steppe_fault fault;
        size_t stored = 0;
        while (stored < 64 && !store_refused(it.base + stored * page, &fault))
            stored++;
        /* A run that wants more pages ahead than are left still gets its last one. */
        require_equal(stored, 13);
        require_charge(&it, 13 * page);
        require(fault.reason == STEPPE_E_BUDGET && fault.address == it.base + 13 * page);
        end_limited(&it);
    }
}
END_TEST

/* ---- sharing ----------------------------------------------------------------------------------
 */

START_TEST(reservations_share_a_budget)
{
    enum { COUNT = 5 };
    steppe_budget *budget = steppe_budget_new(10 * page);
    uint8_t *bases[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        bases[i] = reserve(16 * page,
                           options(.budget = budget, .on_fault = STEPPE_COMMIT, .strict = true));
        require_ok(steppe_commit(bases[i], 2 * page));
    }
    uint8_t *outsider = reserve(16 * page, NULL);
    require_ok(steppe_commit(outsider, 16 * page));
    require_equal(steppe_budget_charged_bytes(budget), 10 * page);
    require_equal(process_charge(), 26 * page);
    steppe_fault fault;
    for (size_t i = 0; i < COUNT; i++) {
        require(store_refused(bases[i] + 2 * page, &fault) && fault.budget == budget);
        require_fails(steppe_commit(bases[i] + 2 * page, 1), STEPPE_E_BUDGET);
    }
    /* What one gives back another may have. */
    require_ok(steppe_decommit(bases[0], 1));
    require(!store_refused(bases[4] + 5 * page, &fault));
    require(store_refused(bases[3] + 5 * page, &fault));
    require_ok(steppe_release(bases[1]));
    require_equal(steppe_budget_charged_bytes(budget), 8 * page);
    require_ok(steppe_commit(bases[2] + 8 * page, 2 * page));
    require_fails(steppe_commit(bases[2] + 10 * page, 1), STEPPE_E_BUDGET);
    require_equal(process_charge(), 26 * page);
}
END_TEST

START_TEST(the_tightest_limit_refuses)
{
    steppe_budget *budget = steppe_budget_new(6 * page);
    uint8_t *base = reserve(16 * page, options(.budget = budget, .limit_bytes = 4 * page,
                                               .on_fault = STEPPE_COMMIT, .strict = true));
    steppe_fault fault;
    require_ok(steppe_commit(base, 4 * page));
    require(store_refused(base + 4 * page, &fault) && !fault.budget);
    require_ok(steppe_set_limit(base, STEPPE_NO_LIMIT));
    require_ok(steppe_commit(base, 6 * page));
    require(store_refused(base + 6 * page, &fault) && fault.budget == budget);
    require_ok(steppe_budget_set_limit(budget, STEPPE_NO_LIMIT));
    require_ok(steppe_budget_set_limit(steppe_process_budget(), 7 * page));
    require_ok(steppe_commit(base, 7 * page));
    require(store_refused(base + 7 * page, &fault) && fault.budget == steppe_process_budget());
    /* A refusal by one leaves no charge on the others. */
    require_equal(charge_of(base), 7 * page);
    require_equal(steppe_budget_charged_bytes(budget), 7 * page);
    require_equal(process_charge(), 7 * page);
}
END_TEST

START_TEST(the_process_budget_is_charged_once)
{
    /* Naming it is allowed or refused; either way a page counts once. */
    uint8_t *base = steppe_reserve(4 * page, options(.budget = steppe_process_budget()));
    if (!base) {
        require(steppe_last_status() == STEPPE_E_OPTION ||
                steppe_last_status() == STEPPE_E_NO_BUDGET);
        return;
    }
    require_ok(steppe_commit(base, 3 * page));
    require_equal(process_charge(), 3 * page);
    require_ok(steppe_release(base));
    require_equal(process_charge(), 0);
}
END_TEST

START_TEST(release_and_decommit_return_the_charge)
{
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    uint8_t *base = reserve(16 * page, options(.budget = budget));
    require_ok(steppe_commit(base, 16 * page));
    require_ok(steppe_decommit(base + 3 * page + 1, page));
    require_equal(steppe_budget_charged_bytes(budget), 14 * page);
    require_ok(steppe_decommit(base + 3 * page, 4 * page));
    require_equal(steppe_budget_charged_bytes(budget), 12 * page);
    require_ok(steppe_reset(base, 16 * page));
    require_equal(steppe_budget_charged_bytes(budget), 12 * page);
    require_ok(steppe_protect(base, page, STEPPE_NO_ACCESS, NULL));
    require_equal(steppe_budget_charged_bytes(budget), 12 * page);
    require_ok(steppe_release(base));
    require_equal(steppe_budget_charged_bytes(budget), 0);
    require_equal(process_charge(), 0);
    require_ok(steppe_budget_free(budget));
}
END_TEST

START_TEST(larger_pages_are_charged_whole)
{
    steppe_budget *budget = steppe_budget_new(3 * GRANULE - 1);
    uint8_t *base = reserve(
        8 * GRANULE, options(.budget = budget, .page_bytes = GRANULE, .on_fault = STEPPE_COMMIT));
    steppe_fault fault;
    require(!store_refused(base, &fault));
    require_equal(steppe_budget_charged_bytes(budget), GRANULE);
    require_ok(steppe_commit(base + 4 * GRANULE, 1));
    require(store_refused(base + 6 * GRANULE, &fault));
    require_fails(steppe_commit(base + 6 * GRANULE, 1), STEPPE_E_BUDGET);
    require_equal(steppe_budget_charged_bytes(budget), 2 * GRANULE);
}
END_TEST

/* ---- lives of budgets -------------------------------------------------------------------------
 */

START_TEST(budgets_live_until_nobody_is_charged_to_them)
{
    steppe_budget *budget = steppe_budget_new(8 * page);
    uint8_t *first = reserve(page, options(.budget = budget));
    uint8_t *second = reserve(page, options(.budget = budget));
    /* In use by being given, whether anything is committed or not. */
    require_fails(steppe_budget_free(budget), STEPPE_E_IN_USE);
    require_ok(steppe_release(first));
    require_fails(steppe_budget_free(budget), STEPPE_E_IN_USE);
    require_ok(steppe_commit(second, page));
    require_equal(steppe_budget_charged_bytes(budget), page);
    require_ok(steppe_release(second));
    require_ok(steppe_budget_free(budget));
    require_fails(steppe_budget_free(budget), STEPPE_E_NO_BUDGET);
}
END_TEST

START_TEST(figures_of_budgets)
{
    steppe_budget *budget = steppe_budget_new(12345);
    require_equal(steppe_budget_limit_bytes(budget), 12345);
    require_equal(steppe_budget_charged_bytes(budget), 0);
    require_ok(steppe_budget_set_limit(budget, 54321));
    require_equal(steppe_budget_limit_bytes(budget), 54321);
    require_ok(steppe_budget_set_limit(budget, STEPPE_NO_LIMIT));
    require_equal(steppe_budget_limit_bytes(budget), STEPPE_NO_LIMIT);
    require_equal(steppe_budget_limit_bytes(steppe_process_budget()), STEPPE_NO_LIMIT);
    require(steppe_process_budget() == steppe_process_budget());
    require_ok(steppe_budget_free(budget));
    uint8_t *base = reserve(page, options(.limit_bytes = 4711));
    steppe_reservation r;
    require(find_reservation(base, &r));
    require_equal(r.limit_bytes, 4711);
    require_ok(steppe_set_limit(base, 42));
    require(find_reservation(base, &r));
    require_equal(r.limit_bytes, 42);
}
END_TEST

START_TEST(budget_of_nothing_refuses_everything)
{
    steppe_budget *budget = steppe_budget_new(0);
    uint8_t *base = reserve(page, options(.budget = budget, .on_fault = STEPPE_COMMIT));
    steppe_fault fault;
    require_fails(steppe_commit(base, 1), STEPPE_E_BUDGET);
    require(store_refused(base, &fault) && fault.budget == budget);
    require_equal(steppe_budget_charged_bytes(budget), 0);
}
END_TEST

START_TEST(many_budgets)
{
    enum { COUNT = 1000 };
    static steppe_budget *budgets[COUNT];
    uint8_t *bases[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        budgets[i] = steppe_budget_new(page);
        bases[i] = reserve(2 * page, options(.budget = budgets[i]));
        require_ok(steppe_commit(bases[i], page));
        require_fails(steppe_commit(bases[i], 2 * page), STEPPE_E_BUDGET);
    }
    for (size_t i = 0; i < COUNT; i++) {
        require_equal(steppe_budget_charged_bytes(budgets[i]), page);
        require_ok(steppe_release(bases[i]));
        require_ok(steppe_budget_free(budgets[i]));
    }
    for (size_t i = 0; i < COUNT; i++)
        require_fails(steppe_budget_free(budgets[i]), STEPPE_E_NO_BUDGET);
}
END_TEST

START_TEST(message_of_a_refusal_holds_the_figures)
{
    char figure[32];
    steppe_budget *budget = steppe_budget_new(3 * page);
    uint8_t *base = reserve(64 * page, options(.budget = budget));
    require_fails(steppe_commit(base + 16 * page, 7 * page), STEPPE_E_BUDGET);
    snprintf(figure, sizeof figure, "0x%llx", (unsigned long long)(uintptr_t)(base + 16 * page));
    require(strstr(steppe_last_message(), figure), "no %s", figure);
    snprintf(figure, sizeof figure, "%zu", 7 * page);
    require(strstr(steppe_last_message(), figure), "no size %s", figure);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("budget");
    TCase *tests = test_case_catching(suite, "budget");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, explicit_commits_are_refused_at_the_exact_byte);
    tcase_add_test(tests, faults_are_refused_at_the_exact_byte);
    tcase_add_test(tests, limits_move_while_in_use);
    tcase_add_test(tests, fault_around_takes_what_the_limit_leaves);
    tcase_add_test(tests, reservations_share_a_budget);
    tcase_add_test(tests, the_tightest_limit_refuses);
    tcase_add_test(tests, the_process_budget_is_charged_once);
    tcase_add_test(tests, release_and_decommit_return_the_charge);
    tcase_add_test(tests, larger_pages_are_charged_whole);
    tcase_add_test(tests, budgets_live_until_nobody_is_charged_to_them);
    tcase_add_test(tests, figures_of_budgets);
    tcase_add_test(tests, budget_of_nothing_refuses_everything);
    tcase_add_test(tests, many_budgets);
    tcase_add_test(tests, message_of_a_refusal_holds_the_figures);
    return test_main(suite);
}
