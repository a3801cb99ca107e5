/* SPDX-License-Identifier: MIT */
/* warden.c - a process that ends a process group: see warden.h. */
#include "map/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DESCRIPTORS_CLOSED = 1024 }; /* where the kernel cannot close all at once: before 5.9 */

/* Its copies of our descriptors would keep pipes open that somebody waits for the end of. */
static void close_others(void)
{
    if (syscall(SYS_close_range, 1, ~0U, 0) == 0)
        return;
    for (int i = 1; i < DESCRIPTORS_CLOSED; i++)
        (void)close(i); /* most are not open */
}

/* In the new process, where only what a signal handler may do is sound. */
static _Noreturn void stand_by(int watched_fd, pid_t group)
{
    char byte;
    ssize_t got;
    if (setpgid(0, group) != 0 || dup2(watched_fd, STDIN_FILENO) < 0)
        _exit(1);
    (void)prctl(PR_SET_NAME, "steppe-map-end"); /* only what ps shows */
    close_others();
    do
        got = read(STDIN_FILENO, &byte, 1);
    while (got < 0 && errno == EINTR);
    (void)kill(0, SIGKILL); /* this process as well */
    _exit(0);
}

int warden_start(struct warden *warden, pid_t group)
{
    int ends[2];
    *warden = (struct warden){.held_fd = -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    pid_t pid = fork();
    int error = pid < 0 ? errno : 0;
    if (pid == 0)
        stand_by(ends[0], group);
    (void)close(ends[0]);
    if (error) {
        (void)close(ends[1]);
        return error;
    }
    (void)setpgid(pid, group); /* whoever of both is first; too late is benign */
    *warden = (struct warden){pid, ends[1]};
    return 0;
}

void warden_end(struct warden *warden)
{
    if (warden->pid == 0)
        return;
    (void)kill(warden->pid, SIGKILL); /* ours, and not waited for yet */
    while (waitpid(warden->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    (void)close(warden->held_fd);
    *warden = (struct warden){.held_fd = -1};
}
