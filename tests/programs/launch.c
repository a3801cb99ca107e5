/* SPDX-License-Identifier: MIT */
/* launch.c - commands are started, end, and are ended; what they say is kept. */
#include "map/launch.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

static struct launch launch;

static void wait_for_end(void)
{
    for (int i = 0; i < 3000 && !launch.has_ended; i++) {
        launch_poll(&launch);
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    require(launch.has_ended);
}

START_TEST(output_is_kept)
{
    char *words[] = {"sh", "-c", "echo said; echo complained >&2; exit 3", NULL};
    char text[100] = {0};
    require(!launch_start(&launch, words, true));
    wait_for_end();
    require(WIFEXITED(launch.status) && WEXITSTATUS(launch.status) == 3);
    require(pread(launch.output_fd, text, sizeof text - 1, 0) > 0);
    ck_assert_str_eq(text, "said\ncomplained\n");
    launch_end(&launch);
    require_equal(launch.output_fd, -1);
}
END_TEST

START_TEST(ended_with_all_it_started)
{
    char *words[] = {"sh", "-c", "sleep 100 & wait", NULL};
    require(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0); /* a container's init may not wait for it */
    require(!launch_start(&launch, words, true));
    pid_t group = launch.pid;
    require(group > 0);
    launch_end(&launch);
    require(launch.has_ended && WIFSIGNALED(launch.status));
    while (waitpid(-group, NULL, 0) > 0)
        continue;
    require(kill(-group, 0) == -1);
}
END_TEST

START_TEST(deaf_ones_are_killed)
{
    char *words[] = {"sh", "-c", "trap '' TERM; while :; do sleep 1; done", NULL};
    require(!launch_start(&launch, words, true));
    nanosleep(&(struct timespec){.tv_nsec = 200 * 1000 * 1000}, NULL); /* let it set the trap */
    launch_end(&launch);
    require(launch.has_ended && WIFSIGNALED(launch.status));
}
END_TEST

START_TEST(what_cannot_be_started)
{
    char *words[] = {"/nowhere/to/be/found", NULL};
    const char *why = launch_start(&launch, words, false);
    require(why && strstr(why, "'/nowhere/to/be/found'") && strstr(why, "No such file"));
    require_equal(launch.pid, 0);
    launch_poll(&launch);
    launch_end(&launch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("launch");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, output_is_kept);
    tcase_add_test(plain, ended_with_all_it_started);
    tcase_add_test(plain, deaf_ones_are_killed);
    tcase_add_test(plain, what_cannot_be_started);
    return test_main(suite);
}
