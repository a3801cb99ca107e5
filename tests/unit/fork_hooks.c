/* SPDX-License-Identifier: MIT */
/* fork_hooks.c - hooks of fork are set once, by whom it may be, and act once in each fork. */
#include "region/fork_hooks.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static uint32_t word;
static _Thread_local unsigned depth;
static unsigned before_count, parent_count, child_count;

static void before(void)
{
    before_count += !stp_fork_is_nested(&depth, true);
}

static void in_parent(void)
{
    parent_count += !stp_fork_is_nested(&depth, false);
}

static void in_child(void)
{
    child_count += !stp_fork_is_nested(&depth, false);
}

static const struct stp_fork_hooks hooks = {before, in_parent, in_child};

static int check_child(void *context)
{
    (void)context;
    return before_count == 1 && parent_count == 0 && child_count == 1 && depth == 0 ? 0 : 1;
}

static void require_one_of_each(void)
{
    before_count = parent_count = child_count = 0;
    require_exits(run_child(check_child, NULL), 0);
    require(before_count == 1 && parent_count == 1 && child_count == 0 && depth == 0);
}

START_TEST(set_once)
{
    require_equal(stp_fork_hooks_set(&word, &hooks), 0);
    require_equal(word, STP_FORK_HOOKS_REGISTERED);
    require_equal(stp_fork_hooks_set(&word, &hooks), 0);
    require_one_of_each();
}
END_TEST

/* As in the child of a fork while a thread was at it, which may have come to its end or not. */
START_TEST(begun_by_a_thread_that_stayed_in_the_parent)
{
    require_equal(stp_fork_hooks_set(&word, &hooks), 0);
    word = (uint32_t)getppid();
    require_equal(stp_fork_hooks_set(&word, &hooks), 0);
    require_equal(word, STP_FORK_HOOKS_REGISTERED);
    require_one_of_each();
}
END_TEST

/* A hook that was registered during a fork may be called behind it, and was not before. */
START_TEST(called_behind_a_fork_only)
{
    in_parent();
    in_child();
    require(parent_count == 0 && child_count == 0 && depth == 0);
}
END_TEST

static void *set_in_thread(void *context)
{
    (void)context;
    return (void *)(intptr_t)stp_fork_hooks_set(&word, &hooks);
}

START_TEST(begun_by_another_thread)
{
    pthread_t thread;
    void *error;
    word = stp_platform_process();
    require(pthread_create(&thread, NULL, set_in_thread, NULL) == 0);
    usleep(20000);
    require_equal(word, stp_platform_process());
    __atomic_store_n(&word, 0, __ATOMIC_RELEASE); /* that one failed: the next one tries */
    stp_platform_wake(&word, 1);
    require(pthread_join(thread, &error) == 0);
    require(!error && word == STP_FORK_HOOKS_REGISTERED);
    require_one_of_each();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fork_hooks");
    TCase *tests = test_case(suite, "set");
    tcase_add_test(tests, set_once);
    tcase_add_test(tests, begun_by_a_thread_that_stayed_in_the_parent);
    tcase_add_test(tests, called_behind_a_fork_only);
    tcase_add_test(tests, begun_by_another_thread);
    return test_main(suite);
}
