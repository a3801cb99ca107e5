/* SPDX-License-Identifier: MIT */
/*
 * fork.c - after a fork parent and child have a working library each, and neither sees what the
 * other does, whatever other threads were doing at that moment.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

struct shared {
    uint8_t *base, *plain, *asking;
    steppe_budget *budget;
    size_t reservation_count;
    uint64_t charge;
};

static steppe_answer commit_and_resume(const steppe_fault *fault, void *context)
{
    ++*(int *)context;
    return steppe_commit(fault->address, 1) == STEPPE_OK ? STEPPE_RESUME : STEPPE_UNWIND;
}

static struct shared make_shared(int *filter_calls)
{
    struct shared shared = {.budget = steppe_budget_new(64 * page)};
    shared.base = reserve(
        32 * page, options(.on_fault = STEPPE_COMMIT, .strict = true, .budget = shared.budget));
    shared.plain = reserve(32 * page, NULL);
    shared.asking = reserve(32 * page, options(.on_fault = STEPPE_ASK, .filter = commit_and_resume,
                                               .filter_context = filter_calls));
    store(shared.base, 0x11);
    store(shared.base + page, 0x12);
    require_ok(steppe_commit(shared.plain, 4 * page));
    memset(shared.plain, 0x13, 4 * page);
    require_ok(steppe_protect(shared.plain + page, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_commit_as(shared.plain + 2 * page, page, STEPPE_READ_WRITE | STEPPE_GUARD));
    shared.reservation_count = reservation_count();
    shared.charge = process_charge();
    return shared;
}

/* ---- the child works --------------------------------------------------------------------------
 */

static bool caught_over_limit(struct shared *shared)
{
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        for (size_t i = 0; i < 32; i++)
            store(shared->base + i * page, 1);
    }
    STEPPE_CAUGHT
    {
        return fault.reason == STEPPE_E_BUDGET && fault.budget == shared->budget;
    }
    return false;
}

static int use_everything(void *context)
{
    struct shared *shared = context;
    steppe_run run;
    child_require(load(shared->base) == 0x11 && load(shared->base + page) == 0x12);
    child_require(load(shared->plain + page) == 0x13);
    child_require(process_charge() == shared->charge);
    child_require(reservation_count() == shared->reservation_count);
    child_require(charge_by_runs(shared->plain) == 4 * page);
    /* Faults, both ways; the guard; explicit calls; budgets. */
    store(shared->base + 9 * page, 0x21);
    store(shared->asking + 3 * page, 0x22);
    child_require(load(shared->asking + 3 * page) == 0x22);
    uint8_t byte = 0;
    child_require(steppe_probe_read(shared->plain + 2 * page, &byte, 1, NULL) == STEPPE_E_GUARD);
    child_require(steppe_probe_read(shared->plain + 2 * page, &byte, 1, NULL) == STEPPE_OK);
    child_require(byte == 0x13);
    child_require(steppe_commit(shared->plain + 8 * page, 3 * page) == STEPPE_OK);
    child_require(steppe_decommit(shared->plain, page) == STEPPE_OK);
    child_require(steppe_commit(shared->plain, page) == STEPPE_OK && load(shared->plain) == 0);
    child_require(steppe_query(shared->plain + 8 * page, &run) == STEPPE_OK);
    child_require(run.size_bytes == 3 * page && run.state == STEPPE_COMMITTED);
    child_require(steppe_budget_charged_bytes(shared->budget) == 3 * page);
    child_require(steppe_budget_set_limit(shared->budget, 5 * page) == STEPPE_OK);
    child_require(caught_over_limit(shared));
    child_require(steppe_budget_charged_bytes(shared->budget) == 5 * page);
    /* Reservations of its own, and the end of inherited ones. */
    uint8_t *fresh = steppe_reserve(STEPPE_GIB, options(.on_fault = STEPPE_COMMIT));
    child_require(fresh);
    store(fresh + STEPPE_MIB, 1);
    child_require(steppe_release(fresh) == STEPPE_OK);
    child_require(steppe_release(shared->base) == STEPPE_OK);
    child_require(steppe_release(shared->base) == STEPPE_E_NOT_RESERVED);
    child_require(steppe_budget_free(shared->budget) == STEPPE_OK);
    child_require(steppe_release(shared->plain) == STEPPE_OK);
    child_require(steppe_release(shared->asking) == STEPPE_OK);
    child_require(process_charge() == 0 && reservation_count() == shared->reservation_count - 3);
    return 0;
}

START_TEST(child_has_a_working_library_of_its_own)
{
    int filter_calls = 0;
    struct shared shared = make_shared(&filter_calls);
    struct snapshot before = snapshot_take();
    require_exits(run_child(use_everything, &shared), 0);
    require_same(&before);
    require_equal(filter_calls, 0);
    require(load(shared.base) == 0x11);
    require_bytes(shared.plain, page, 0x13);
    require_equal(steppe_budget_limit_bytes(shared.budget), 64 * page);
    /* The guard went in the child only. */
    uint8_t byte;
    require_fails(steppe_probe_read(shared.plain + 2 * page, &byte, 1, NULL), STEPPE_E_GUARD);
}
END_TEST

static int grandchild(void *context)
{
    return use_everything(context);
}

static int fork_again(void *context)
{
    int status = run_child(grandchild, context);
    child_require(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return use_everything(context);
}

START_TEST(grandchildren_too)
{
    int filter_calls = 0;
    struct shared shared = make_shared(&filter_calls);
    require_exits(run_child(fork_again, &shared), 0);
}
END_TEST

/* ---- the parent goes on beside the child ------------------------------------------------------
 */

struct pipes {
    struct shared shared;
    int to_child[2], to_parent[2];
};

static void tell(int *ends)
{
    char byte = 1;
    if (write(ends[1], &byte, 1) != 1)
        abort();
}

static void wait_for(int *ends)
{
    char byte;
    if (read(ends[0], &byte, 1) != 1)
        abort();
}

static int look_after_the_parent_changed(void *context)
{
    struct pipes *pipes = context;
    struct shared *shared = &pipes->shared;
    wait_for(pipes->to_child);
    /* The parent has by now released, decommitted, overwritten and committed. */
    child_require(load(shared->base) == 0x11 && load(shared->base + page) == 0x12);
    child_require(load(shared->plain) == 0x13 && load(shared->plain + 3 * page) == 0x13);
    child_require(process_charge() == shared->charge);
    steppe_run run;
    child_require(steppe_query(shared->plain + 20 * page, &run) == STEPPE_OK);
    child_require(run.state == STEPPE_RESERVED);
    store(shared->base + 5 * page, 1);
    child_require(steppe_decommit(shared->plain, 32 * page) == STEPPE_OK);
    tell(pipes->to_parent);
    return 0;
}

START_TEST(parent_does_not_disturb_the_child)
{
    int filter_calls = 0;
    struct pipes pipes = {.shared = make_shared(&filter_calls)};
    require(pipe(pipes.to_child) == 0 && pipe(pipes.to_parent) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(look_after_the_parent_changed(&pipes));
    require_ok(steppe_release(pipes.shared.base));
    require_ok(steppe_decommit(pipes.shared.plain, page));
    store(pipes.shared.plain + 3 * page, 0x77);
    require_ok(steppe_commit(pipes.shared.plain + 20 * page, page));
    tell(pipes.to_child);
    wait_for(pipes.to_parent);
    require(load(pipes.shared.plain + 3 * page) == 0x77);
    require_equal(charge_of(pipes.shared.plain), 4 * page);
    int status = 0;
    waitpid(child, &status, 0);
    require_exits(status, 0);
}
END_TEST

/* ---- while other threads work -----------------------------------------------------------------
 */

enum { HAMMER_COUNT = 3 };

struct hammer {
    uint8_t *base;
    atomic_bool *stop;
    uint64_t random;
    size_t page_count;
};

/* Every kind of lock of the library is held by somebody at any moment. */
static void *hammer(void *context)
{
    struct hammer *hammer = context;
    while (!atomic_load(hammer->stop)) {
        size_t first = random_below(&hammer->random, hammer->page_count - 8);
        uint8_t *address = hammer->base + first * page;
        switch (random_below(&hammer->random, 6)) {
        case 0:
            steppe_commit(address, (1 + first % 8) * page);
            break;
        case 1:
            steppe_decommit(address, (1 + first % 8) * page);
            break;
        case 2:
            steppe_probe_write(address, "x", 1, NULL);
            break;
        case 3:
            steppe_commit_as(address, page, STEPPE_READ_ONLY);
            break;
        case 4: {
            uint8_t *own = steppe_reserve(GRANULE, options(.on_fault = STEPPE_COMMIT));
            steppe_budget *budget = steppe_budget_new(page);
            if (own)
                store(own, 1), steppe_release(own);
            steppe_budget_free(budget);
            break;
        }
        default: {
            steppe_run run;
            steppe_query(address, &run);
            break;
        }
        }
    }
    return NULL;
}

static int use_while_hammered(void *context)
{
    uint8_t *base = context;
    /* The hammers do not exist here, so nobody else can let go of a lock. */
    child_require(steppe_commit(base, 8 * page) == STEPPE_OK);
    store(base, 1);
    child_require(steppe_decommit(base, 8 * page) == STEPPE_OK);
    store(base + 3 * page, 0x31);
    child_require(load(base + 3 * page) == 0x31);
    child_require(charge_of(base) == charge_by_runs(base));
    uint64_t sum = 0;
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r)) {
        child_require(r.committed_bytes == charge_by_runs(r.base));
        sum += r.committed_bytes;
    }
    child_require(sum == process_charge());
    uint8_t *fresh = steppe_reserve(STEPPE_MIB, options(.on_fault = STEPPE_COMMIT));
    child_require(fresh);
    store(fresh + 9 * page, 1);
    child_require(steppe_release(fresh) == STEPPE_OK);
    child_require(steppe_release(base) == STEPPE_OK);
    return 0;
}

START_TEST(fork_while_others_commit_and_fault)
{
    int rounds = is_slow() ? 20 : 300;
    atomic_bool stop = false;
    struct hammer hammers[HAMMER_COUNT];
    pthread_t threads[HAMMER_COUNT];
    uint8_t *contended = reserve(8 * STEPPE_MIB, options(.on_fault = STEPPE_COMMIT));
    for (size_t i = 0; i < HAMMER_COUNT; i++) {
        /* Two on one reservation, one on its own. */
        hammers[i] =
            (struct hammer){.stop = &stop, .random = i + 1, .page_count = 8 * STEPPE_MIB / page};
        hammers[i].base =
            i < 2 ? contended : reserve(8 * STEPPE_MIB, options(.on_fault = STEPPE_COMMIT));
        require(pthread_create(&threads[i], NULL, hammer, &hammers[i]) == 0);
    }
    uint8_t *base = reserve(64 * page, options(.on_fault = STEPPE_COMMIT));
    for (int i = 0; i < rounds; i++)
        require_exits(run_child(use_while_hammered, i % 2 ? base : contended), 0);
    atomic_store(&stop, true);
    for (size_t i = 0; i < HAMMER_COUNT; i++)
        pthread_join(threads[i], NULL);
    require_equal(charge_of(base), 0);
    require_equal(charge_by_runs(contended), charge_of(contended));
}
END_TEST

/* ---- the very first reservation ---------------------------------------------------------------
 */

static int use_briefly(void *context)
{
    (void)context;
    uint8_t *base = steppe_reserve(64 * page, options(.on_fault = STEPPE_COMMIT));
    child_require(base);
    store(base, 1);
    child_require(steppe_release(base) == STEPPE_OK);
    return 0;
}

static void *use_in_thread(void *context)
{
    return (void *)(intptr_t)use_briefly(context);
}

static int fork_while_another_begins(void *context)
{
    pthread_t thread;
    void *result;
    child_require(pthread_create(&thread, NULL, use_in_thread, NULL) == 0);
    for (volatile int i = *(const int *)context % 50 * 100; i > 0; i--)
        continue;
    child_require(run_child(use_briefly, NULL) == 0);
    child_require(pthread_join(thread, &result) == 0 && !result);
    return use_briefly(NULL);
}

/* The child may not wait for the parent's thread to finish what it begins. */
START_TEST(fork_while_another_makes_the_first_reservation)
{
    int rounds = is_slow() ? 20 : 300;
    require_equal(reservation_count(), 0);
    for (int i = 0; i < rounds; i++)
        require_exits(run_child(fork_while_another_begins, &i), 0);
}
END_TEST

/* ---- on a stack in a reservation --------------------------------------------------------------
 */

enum { FORK_STACK_BYTES = 1024 * 1024, DEPTH_STEP_BYTES = 208, DEPTH_MAX_BYTES = 4400 };

static ucontext_t fork_return, fork_entry;
static volatile size_t fork_depth_bytes;
static volatile int fork_failures;

static void fork_at_depth(void)
{
    volatile char *deep = alloca(fork_depth_bytes + 16);
    deep[0] = 1;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    int status = -1;
    fork_failures += child < 0 || waitpid(child, &status, 0) != child || status != 0;
}

/* The handlers of fork run on that stack with every lock taken: a page of it missing then would be
 * waited for for ever, in the child. A page of depths, so that each place in a page is met. */
START_TEST(a_stack_in_a_reservation_does_not_fault_in_fork)
{
    if (TEST_UNDER_ASAN || TEST_UNDER_TSAN)
        skip_test("the tool does not know of other stacks");
    stack_t alternate = {.ss_sp = malloc(128 * 1024), .ss_size = 128 * 1024};
    require(sigaltstack(&alternate, NULL) == 0);
    uint8_t *stack = reserve(FORK_STACK_BYTES, options(.on_fault = STEPPE_COMMIT, .strict = true));
    for (size_t depth = 0; depth < DEPTH_MAX_BYTES; depth += DEPTH_STEP_BYTES) {
        fork_depth_bytes = depth;
        require_ok(steppe_decommit(stack, FORK_STACK_BYTES));
        require(getcontext(&fork_entry) == 0);
        fork_entry.uc_stack.ss_sp = stack;
        fork_entry.uc_stack.ss_size = FORK_STACK_BYTES;
        fork_entry.uc_link = &fork_return;
        makecontext(&fork_entry, fork_at_depth, 0);
        require(swapcontext(&fork_return, &fork_entry) == 0);
    }
    require_equal(fork_failures, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fork");
    TCase *tests = test_case(suite, "fork");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, child_has_a_working_library_of_its_own);
    tcase_add_test(tests, grandchildren_too);
    tcase_add_test(tests, parent_does_not_disturb_the_child);
    tcase_add_test(tests, fork_while_others_commit_and_fault);
    tcase_add_test(tests, fork_while_another_makes_the_first_reservation);
    tcase_add_test(tests, a_stack_in_a_reservation_does_not_fault_in_fork);
    return test_main(suite);
}
