/* SPDX-License-Identifier: MIT */
/*
 * sheet_run.c SECONDS PROGRAM [ARGUMENT...] - runs a program and prints, on descriptor 3, what it
 * took: seconds, seconds of processor, peak memory in KiB, exit status (-1: killed or too long).
 *
 * A process's peak includes that of what forked it: Python's, if Python did it itself.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void give_up(int signal_number)
{
    (void)signal_number;
    (void)kill(-child, SIGKILL); /* with all that it has started */
}

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time); /* there always is one */
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;
    if (argc < 3)
        return 2;
    double start = now();
    child = fork();
    if (child < 0)
        return 3;
    if (child == 0) {
        (void)setpgid(0, 0); /* a new process can */
        (void)close(3);
        (void)execvp(argv[2], argv + 2);
        _exit(127);
    }
    (void)signal(SIGALRM, give_up); /* a valid number */
    (void)alarm((unsigned)atoi(argv[1]));
    while (wait4(child, &status, 0, &usage) != child)
        ;
    (void)dprintf(3, "%.6f %.6f %ld %d\n", now() - start,
                  seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
                  WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
