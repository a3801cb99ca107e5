/* SPDX-License-Identifier: MIT */
/* children.c - children and theirs, as the kernel lists them and by their parents. */
#define _GNU_SOURCE 1 /* nftw */

#include "map/children.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "map/region.h"
#include "support.h"

static struct children children;

/* ---- real ones ------------------------------------------------------------------------------- */

static void wait_until_killed(void)
{
    for (;;)
        (void)pause();
}

/* A child with two of its own; all end with it. Its number, and theirs. */
static pid_t start_family(pid_t theirs[2])
{
    int told[2];
    require_equal(pipe(told), 0);
    pid_t pid = fork();
    require(pid >= 0);
    if (pid == 0) {
        child_require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        for (int i = 0; i < 2; i++) {
            pid_t grandchild = fork();
            child_require(grandchild >= 0);
            if (grandchild == 0) {
                child_require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
                child_require(prctl(PR_SET_NAME, i ? "second one" : "first\n") == 0);
                pid_t self = getpid();
                child_require(write(told[1], &self, sizeof self) == sizeof self);
                wait_until_killed();
            }
        }
        wait_until_killed();
    }
    for (int i = 0; i < 2; i++)
        require_equal(read(told[0], &theirs[i], sizeof theirs[i]), sizeof theirs[i]);
    (void)close(told[0]);
    (void)close(told[1]);
    return pid;
}

static const struct child_process *find(pid_t pid)
{
    for (size_t i = 0; i < children.count; i++)
        if (children.list[i].pid == pid)
            return &children.list[i];
    return NULL;
}

START_TEST(a_family)
{
    pid_t theirs[2];
    char text[CHILDREN_TEXT_BYTES];
    pid_t pid = start_family(theirs);
    children_find(&children, "/proc", getpid());
    const struct child_process *child = find(pid);
    require(child && child->parent == getpid() && child->depth == 1);
    require(child == &children.list[0]);
    for (int i = 0; i < 2; i++) {
        const struct child_process *one = find(theirs[i]);
        require(one && one->parent == pid && one->depth == 2);
        require(figure_is_known(one->resident_bytes) && one->resident_bytes > 0);
    }
    require_equal(children.count, 3);
    require(!children.is_cut);
    children_text(&children, text);
    require(strncmp(text, "3 children: ", 12) == 0, "%s", text);
    require(strstr(text, " second one (") && strstr(text, " first? ("), "%s", text);
    require_equal(kill(pid, SIGKILL), 0);
    siginfo_t ended;
    require_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    children_find(&children, "/proc", getpid());
    require_equal(children.count, 1);
    require_equal(children.list[0].state, 'Z');
    children_text(&children, text);
    require(strstr(text, "(ended)") && strncmp(text, "1 child: ", 9) == 0, "%s", text);
    require_equal(waitpid(pid, NULL, 0), pid);
    children_find(&children, "/proc", getpid());
    require_equal(children.count, 0);
    children_text(&children, text);
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(of_nobody)
{
    children_find(&children, "/proc", INT32_MAX);
    require_equal(children.count, 0);
    children_find(&children, "/nowhere", 1);
    require_equal(children.count, 0);
}
END_TEST

/* ---- a /proc of the test's own, of a kernel without lists ------------------------------------ */

enum { PROCESSES = 100 };

static char folder[] = "/tmp/steppe-children-XXXXXX";

static void write_stat(int pid, int parent)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%d", folder, pid);
    require(mkdir(path, 0700) == 0 || errno == EEXIST);
    (void)snprintf(path, sizeof path, "%s/%d/stat", folder, pid);
    FILE *stream = fopen(path, "w");
    require(stream);
    require(fprintf(stream, "%d (p %d) S %d 1 1 0 -1 0 1 0 2 0 1 1 0 0 20 0 1 0 5 1 1\n", pid, pid,
                    parent) > 0);
    require_equal(fclose(stream), 0);
}

static void make_folder(void)
{
    require(mkdtemp(folder));
}

static void remove_folder(void)
{
    char path[256];
    for (int pid = 1; pid <= PROCESSES; pid++) {
        (void)snprintf(path, sizeof path, "%s/%d/stat", folder, pid);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s/%d", folder, pid);
        (void)rmdir(path);
    }
    (void)rmdir(folder);
}

START_TEST(by_their_parents)
{
    write_stat(1, 0);
    write_stat(9, 1);
    write_stat(5, 1);
    write_stat(7, 5);
    write_stat(8, 7);
    write_stat(6, 2);
    children_find(&children, folder, 1);
    static const int expected[] = {5, 9, 7, 8};
    static const unsigned depths[] = {1, 1, 2, 3};
    require_equal(children.count, array_count(expected));
    for (size_t i = 0; i < children.count; i++) {
        require_equal(children.list[i].pid, expected[i]);
        require_equal(children.list[i].depth, depths[i]);
        require(!figure_is_known(children.list[i].resident_bytes));
    }
    require(strcmp(children.list[0].name, "p 5") == 0);
}
END_TEST

START_TEST(a_ring_of_parents_ends)
{
    write_stat(1, 3);
    write_stat(2, 1);
    write_stat(3, 2);
    children_find(&children, folder, 1);
    require(children.count > 0 && children.count <= CHILDREN_MAX);
    require(children.is_cut);
}
END_TEST

START_TEST(too_many)
{
    char text[CHILDREN_TEXT_BYTES];
    write_stat(1, 0);
    for (int pid = 2; pid <= PROCESSES; pid++)
        write_stat(pid, 1);
    children_find(&children, folder, 1);
    require_equal(children.count, CHILDREN_MAX);
    require(children.is_cut);
    children_text(&children, text);
    require(strncmp(text, "64 or more children: ", 21) == 0, "%s", text);
    require(strlen(text) < sizeof text && strcmp(text + strlen(text) - 5, ", ...") == 0, "%s",
            text);
}
END_TEST

/* A parent whose children have 200 threads each, of a kernel with lists. */
static void write_list(int pid, int thread, const char *list)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%d/task", folder, pid);
    require(mkdir(path, 0700) == 0 || errno == EEXIST);
    (void)snprintf(path, sizeof path, "%s/%d/task/%d", folder, pid, thread);
    require_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/%d/task/%d/children", folder, pid, thread);
    FILE *stream = fopen(path, "w");
    require(stream && fputs(list, stream) >= 0 && fclose(stream) == 0);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

/* Looking for children is a part of every look: it must not cost more than all the rest. */
START_TEST(of_very_many_threads)
{
    enum { THREADS = 200, PARENTS = 8 };
    write_stat(1, 0);
    write_list(1, 1, "2 3 4 5 6 7 8 9 ");
    for (int pid = 2; pid < 2 + PARENTS; pid++) {
        write_stat(pid, 1);
        for (int thread = 0; thread < THREADS; thread++)
            write_list(pid, pid * 1000 + thread, "");
    }
    children_find(&children, folder, 1);
    require_equal(children.count, PARENTS);
    require(children.is_cut);
    children_find(&children, folder, 3);
    require(children.count == 0 && !children.is_cut);
    require_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("children");
    TCase *real = test_case(suite, "real");
    tcase_add_test(real, a_family);
    tcase_add_test(real, of_nobody);
    TCase *own = test_case(suite, "a /proc of its own");
    tcase_add_checked_fixture(own, make_folder, remove_folder);
    tcase_add_test(own, by_their_parents);
    tcase_add_test(own, a_ring_of_parents_ends);
    tcase_add_test(own, too_many);
    tcase_add_test(own, of_very_many_threads);
    return test_main(suite);
}
