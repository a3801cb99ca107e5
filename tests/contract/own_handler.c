/* SPDX-License-Identifier: MIT */
/*
 * own_handler.c - steppe_take_fault: a program that owns SIGSEGV, with its handler installed before
 * the library's (behind it) or after it (in front).
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <setjmp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
}

static struct {
    volatile int calls, settled;
    steppe_fault fault;
} seen;
static sigjmp_buf way_out;
static struct sigaction before;

static void on_signal(int number, siginfo_t *info, void *context)
{
    seen.calls++;
    if (steppe_take_fault(number, info, context, &seen.fault) == STEPPE_RESUME) {
        seen.settled++;
        return;
    }
    siglongjmp(way_out, 1);
}

static void calling_the_one_before(int number, siginfo_t *info, void *context)
{
    seen.calls++;
    require(steppe_take_fault(number, info, context, &seen.fault) == STEPPE_PASS_ON);
    before.sa_sigaction(number, info, context);
}

static void install(void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigfillset(&action.sa_mask);
    sigdelset(&action.sa_mask, SIGSEGV);
    sigdelset(&action.sa_mask, SIGBUS);
    require(sigaction(SIGSEGV, &action, &before) == 0);
    require(sigaction(SIGBUS, &action, NULL) == 0);
}

static uint8_t *armed(void)
{
    return reserve(64 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
}

/* order 0: the program's handler was there first; 1: it came last. */
static uint8_t *install_in_order(int order)
{
    if (order == 0)
        install(on_signal);
    uint8_t *base = armed();
    if (order == 1)
        install(on_signal);
    return base;
}

START_TEST(faults_are_settled)
{
    uint8_t *base = install_in_order(_i);
    store(base + 3 * page, 7);
    require_equal(load(base + 3 * page), 7);
    require_equal(seen.settled, _i); /* in front: ours to settle; behind: never called */
    require_run(base + 3 * page, base + 3 * page, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(a_raised_fault_is_described)
{
    uint8_t *ask = install_in_order(_i);
    uint8_t *base = reserve(8 * page, NULL);
    if (sigsetjmp(way_out, 1) == 0)
        store(base + 2 * page + 5, 1);
    require_equal(seen.calls, 1);
    require(seen.fault.reservation == base && seen.fault.address == base + 2 * page + 5);
    require_equal(seen.fault.offset_bytes, 2 * page + 5);
    require_equal(seen.fault.reason, STEPPE_E_NOT_COMMITTED);
    require_equal(seen.fault.access, STEPPE_ACCESS_WRITE);
    require(seen.fault.instruction && !seen.fault.budget);

    require_ok(steppe_commit_as(base, page, STEPPE_READ_ONLY));
    if (sigsetjmp(way_out, 1) == 0)
        store(base, 1);
    require_equal(seen.fault.reason, STEPPE_E_PROTECTION);
    require_ok(steppe_release(base));
    require_ok(steppe_release(ask));
}
END_TEST

START_TEST(a_guard_is_told_and_off)
{
    uint8_t *ask = install_in_order(_i);
    uint8_t *base = reserve(8 * page, NULL);
    for (int times = 1; times <= 3; times++) {
        require_ok(steppe_commit_as(base, page, STEPPE_READ_WRITE | STEPPE_GUARD));
        if (sigsetjmp(way_out, 1) == 0)
            (void)load(base + 9);
        require_equal(seen.calls, times);
        require_equal(seen.fault.reason, STEPPE_E_GUARD);
        require_equal(seen.fault.access, STEPPE_ACCESS_READ);
        require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
        require_equal(load(base + 9), 0);
    }
    require_ok(steppe_release(base));
    require_ok(steppe_release(ask));
}
END_TEST

START_TEST(foreign_memory_is_described)
{
    uint8_t *base = install_in_order(_i);
    uint8_t *foreign = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sigsetjmp(way_out, 1) == 0)
        store(foreign, 1);
    require(!seen.fault.reservation && seen.fault.address == foreign);
    require_equal(seen.fault.reason, STEPPE_E_PROTECTION);
    munmap(foreign, page);
    if (sigsetjmp(way_out, 1) == 0)
        store(foreign, 1);
    require_equal(seen.fault.reason, STEPPE_E_UNMAPPED);
    require_equal(seen.fault.offset_bytes, 0);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(signals_of_others_are_no_access)
{
    uint8_t *base = install_in_order(_i);
    if (sigsetjmp(way_out, 1) == 0)
        raise(SIGSEGV);
    require_equal(seen.calls, 1);
    require_equal(seen.fault.reason, STEPPE_E_UNSUPPORTED);
    require(!seen.fault.address && !seen.fault.reservation && !seen.fault.instruction);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(tries_and_probes_work)
{
    uint8_t *base = install_in_order(_i);
    require_ok(steppe_set_limit(base, 0));
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
    require(caught && fault.reason == STEPPE_E_BUDGET);
    uint8_t byte;
    require_fails(steppe_probe_read((void *)page, &byte, 1, NULL), STEPPE_E_UNMAPPED);
    require_ok(steppe_release(base));
}
END_TEST

static int calls_of_filter;

static steppe_answer count_and_pass_on(const steppe_fault *fault, void *context)
{
    (void)fault;
    (void)context;
    calls_of_filter++;
    return STEPPE_PASS_ON;
}

START_TEST(the_filter_is_asked_once)
{
    install(on_signal);
    uint8_t *base = reserve(8 * page, options(.on_fault = STEPPE_ASK, .filter = count_and_pass_on));
    if (_i == 1)
        install(on_signal);
    if (sigsetjmp(way_out, 1) == 0)
        store(base, 1);
    require_equal(calls_of_filter, 1);
    require_equal(seen.calls, 1);
    require_ok(steppe_release(base));
}
END_TEST

/* The handler in front takes, is told to pass on, and calls ours: which must not ask again, for the
 * guard is off and the fault would look settled. */
static int touch_a_guard(void *context)
{
    uint8_t *ask = armed();
    uint8_t *base = reserve(page, NULL);
    (void)context;
    (void)ask;
    install(calling_the_one_before);
    child_require(steppe_commit_as(base, page, STEPPE_READ_WRITE | STEPPE_GUARD) == STEPPE_OK);
    (void)load(base);
    return 0;
}

START_TEST(passing_on_to_ours_passes_on)
{
    require_killed(run_child(touch_a_guard, NULL), SIGSEGV);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("own_handler");
    TCase *tests = test_case(suite, "take");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_loop_test(tests, faults_are_settled, 0, 2);
    tcase_add_loop_test(tests, a_raised_fault_is_described, 0, 2);
    tcase_add_loop_test(tests, a_guard_is_told_and_off, 0, 2);
    tcase_add_loop_test(tests, foreign_memory_is_described, 0, 2);
    tcase_add_loop_test(tests, signals_of_others_are_no_access, 0, 2);
    tcase_add_loop_test(tests, tries_and_probes_work, 0, 2);
    tcase_add_loop_test(tests, the_filter_is_asked_once, 0, 2);
    tcase_add_test(tests, passing_on_to_ours_passes_on);
    return test_main(suite);
}
