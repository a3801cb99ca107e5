/* SPDX-License-Identifier: MIT */
/*
 * refresh_cost.c - what a refresh of a process with many regions costs, in processor time:
 *
 *     tests/refresh_cost [regions] [pages]
 *
 * A child makes so many regions (50,000), neighbours that differ in what they allow, with one page
 * touched in every second one; `pages` reads pagemap rather than to scan it.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "map/process.h"

enum { REFRESHES = 20 };

static _Noreturn void make_regions(size_t count, int ready)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, count * page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        _exit(1);
    for (size_t i = 0; i < count; i += 2) {
        memory[i * page] = 1;
        if (i + 1 < count && mprotect(memory + (i + 1) * page, page, PROT_NONE) != 0)
            _exit(1);
    }
    if (write(ready, "r", 1) != 1)
        _exit(1);
    for (;;)
        (void)pause();
}

static int measure(pid_t child, const struct process_options *options)
{
    struct problem problem;
    struct process *process = process_open(child, options, &problem);
    if (!process) {
        (void)fprintf(stderr, "%s\n", problem.text);
        return 1;
    }
    for (int i = 0; i < REFRESHES; i++) {
        const struct capture *seen = process_capture(process);
        (void)printf(
            "%2d: %zu regions, %zu runs: %6.2f ms of processor time "
            "(regions %.2f, pages %.2f, the rest %.2f)\n",
            i, seen->region_count, seen->run_count, (double)seen->cost.cpu_ns / 1e6,
            (double)seen->cost.regions_cpu_ns / 1e6, (double)seen->cost.pages_cpu_ns / 1e6,
            (double)(seen->cost.cpu_ns - seen->cost.regions_cpu_ns - seen->cost.pages_cpu_ns) /
                1e6);
        if (!process_refresh(process, &problem)) {
            (void)fprintf(stderr, "%s\n", problem.text);
            break;
        }
    }
    process_close(process);
    return 0;
}

int main(int argument_count, char **arguments)
{
    size_t count = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 50000;
    struct process_options options = {.no_pagemap_scan =
                                          argument_count > 2 && !strcmp(arguments[2], "pages")};
    int ready[2];
    char byte;
    if (count == 0 || pipe(ready) != 0)
        return 2;
    pid_t child = fork();
    if (child < 0)
        return 2;
    if (child == 0)
        make_regions(count, ready[1]);
    (void)close(ready[1]); /* then a child that fails is seen */
    int failed = read(ready[0], &byte, 1) == 1 ? measure(child, &options) : 2;
    (void)kill(child, SIGKILL); /* ours */
    (void)waitpid(child, NULL, 0);
    return failed;
}
