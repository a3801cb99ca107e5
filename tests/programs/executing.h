/* SPDX-License-Identifier: MIT */
/* executing.h - a process that becomes another program when it is told to. */
#ifndef STEPPE_TESTS_EXECUTING_H
#define STEPPE_TESTS_EXECUTING_H

#include <sys/prctl.h>
#include <unistd.h>

#include "support.h"

/* It is called "first", and `sleep 1000` when a byte is written to *go. It ends with us. */
static inline pid_t start_executing(int *go)
{
    int pipes[2];
    char byte;
    require_equal(pipe(pipes), 0);
    pid_t pid = fork();
    require(pid >= 0);
    if (pid == 0) {
        child_require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        child_require(prctl(PR_SET_NAME, "first") == 0);
        child_require(read(pipes[0], &byte, 1) == 1);
        (void)execlp("sleep", "sleep", "1000", (char *)NULL);
        _exit(1);
    }
    (void)close(pipes[0]);
    *go = pipes[1];
    return pid;
}

#endif
