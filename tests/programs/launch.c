/* SPDX-License-Identifier: MIT */
/* launch.c - commands are started, end, and are ended; what they say is kept. */
#include "map/launch.h"

#include <signal.h>
#include <stdlib.h>
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

static char *output(void)
{
    char *text = NULL;
    size_t size_bytes;
    FILE *stream = open_memstream(&text, &size_bytes);
    require(stream);
    launch_show_output(&launch, stream);
    require(fclose(stream) == 0);
    return text;
}

static bool is_silent(void)
{
    char *text = output();
    bool is_empty = !*text;
    free(text);
    return is_empty;
}

START_TEST(output_is_kept)
{
    char *words[] = {"sh", "-c", "echo said; echo complained >&2; exit 3", NULL};
    require(!launch_start(&launch, words, true));
    wait_for_end();
    launch_end(&launch);
    require(WIFEXITED(launch.status) && WEXITSTATUS(launch.status) == 3);
    require_equal(launch.output_fd, -1);
    char *text = output();
    ck_assert_str_eq(text, "said\ncomplained\n");
    free(text);
}
END_TEST

START_TEST(last_words_are_kept)
{
    char *words[] = {"sh", "-c", "trap 'echo last; exit' TERM; echo first; while :; do :; done",
                     NULL};
    require(!launch_start(&launch, words, true));
    char *text = NULL;
    for (int i = 0; i < 3000 && !(text && *text); i++) { /* the trap is set then */
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
        launch_poll(&launch);
        free(text);
        text = output();
    }
    ck_assert_str_eq(text, "first\n");
    free(text);
    launch_end(&launch);
    text = output();
    ck_assert_str_eq(text, "first\nlast\n");
    free(text);
}
END_TEST

START_TEST(the_end_of_much_output)
{
    char *words[] = {"sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo the end", NULL};
    const char *sentence = "(1951432 bytes before this are not shown)\n";
    require(!launch_start(&launch, words, true));
    wait_for_end();
    launch_end(&launch);
    char *text = output();
    require_equal(strlen(text), strlen(sentence) + LAUNCH_KEPT_BYTES);
    require(strncmp(text, sentence, strlen(sentence)) == 0);
    require_equal(strspn(text + strlen(sentence), "x"), LAUNCH_KEPT_BYTES - 8);
    ck_assert_str_eq(text + strlen(text) - 8, "the end\n");
    free(text);
}
END_TEST

/* What is left of the group once its leader has ended. */
START_TEST(the_rest_is_ended)
{
    char *words[] = {"sh", "-c", "trap '' TERM; sleep 100 & exit", NULL};
    require(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    require(!launch_start(&launch, words, true));
    pid_t group = launch.pid;
    wait_for_end();
    require(kill(-group, 0) == 0);
    launch_end(&launch);
    while (waitpid(-group, NULL, 0) > 0)
        continue;
    require(kill(-group, 0) == -1);
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

/* Nothing can be done at SIGKILL: another process has to do it. */
START_TEST(killed_ourselves_all_of_it_ends)
{
    char *words[] = {"sh", "-c", "trap '' TERM HUP; sleep 1000 & sleep 1000 & echo; wait", NULL};
    int told[2];
    pid_t group;
    require(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    require_equal(pipe(told), 0);
    pid_t starter = fork();
    require(starter >= 0);
    if (starter == 0) {
        child_require(!launch_start(&launch, words, true));
        while (launch_poll(&launch), is_silent())
            nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
        child_require(write(told[1], &launch.pid, sizeof launch.pid) == sizeof launch.pid);
        for (;;)
            (void)pause();
    }
    require_equal(read(told[0], &group, sizeof group), sizeof group);
    require(kill(-group, 0) == 0);
    require_equal(kill(starter, SIGKILL), 0);
    require_equal(waitpid(starter, NULL, 0), starter);
    /* They are ours now: the shell, what it started, and who ended them. */
    int status, count = 0;
    for (; waitpid(-group, &status, 0) > 0; count++)
        require(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    require_equal(count, 4);
    (void)close(told[0]);
    (void)close(told[1]);
}
END_TEST

START_TEST(nobody_stays_behind)
{
    char *words[] = {"true", NULL};
    require(!launch_start(&launch, words, true));
    wait_for_end();
    pid_t warden = launch.warden.pid;
    require(warden > 0 && kill(warden, 0) == 0);
    launch_end(&launch);
    require_equal(launch.warden.pid, 0);
    require(kill(warden, 0) == -1);
    require(waitpid(-1, NULL, 0) == -1);
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
    tcase_add_test(plain, last_words_are_kept);
    tcase_add_test(plain, the_end_of_much_output);
    tcase_add_test(plain, the_rest_is_ended);
    tcase_add_test(plain, ended_with_all_it_started);
    tcase_add_test(plain, killed_ourselves_all_of_it_ends);
    tcase_add_test(plain, nobody_stays_behind);
    tcase_add_test(plain, deaf_ones_are_killed);
    tcase_add_test(plain, what_cannot_be_started);
    return test_main(suite);
}
