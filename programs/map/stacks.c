/* SPDX-License-Identifier: MIT */
/* stacks.c - which regions are stacks of threads: see stacks.h. */
#include "map/stacks.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS_ASKED = 32 }; /* in one refresh */

/* A thread that waits in the kernel shows its stack pointer: "7 0x1 ... 0x7ffd 0x7f00", the last
 * but one. */
static uint64_t stack_pointer_of(const struct proc *proc, const char *thread)
{
    char name[64], text[512];
    if (snprintf(name, sizeof name, "task/%s/syscall", thread) >= (int)sizeof name ||
        proc_read(proc, name, text, sizeof text) <= 0)
        return 0;
    char *last = strrchr(text, ' ');
    if (!last)
        return 0;
    *last = '\0';
    char *before = strrchr(text, ' ');
    return before ? strtoull(before + 1, NULL, 16) : 0;
}

static void mark_stack(struct capture *capture, uint64_t pointer)
{
    size_t index = region_at(capture->regions, capture->region_count, pointer);
    if (pointer == 0 || index == capture->region_count)
        return;
    struct region *region = &capture->regions[index];
    if (region->kind == REGION_ANONYMOUS && region->protection[1] == 'w')
        region->kind = REGION_STACK;
}

static int by_number(const void *left, const void *right)
{
    long l = *(const long *)left, r = *(const long *)right;
    return (l > r) - (l < r);
}

/* The threads with the lowest numbers behind the last one asked. */
static size_t list_threads(const struct stacks *stacks, pid_t first, DIR *tasks, long *threads)
{
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(tasks))) {
        long thread = strtol(entry->d_name, NULL, 10);
        if (thread <= stacks->last_thread || thread == first)
            continue;
        if (count < THREADS_ASKED) {
            threads[count++] = thread;
            qsort(threads, count, sizeof *threads, by_number);
        } else if (thread < threads[count - 1]) {
            threads[count - 1] = thread;
            qsort(threads, count, sizeof *threads, by_number);
        }
    }
    return count;
}

void stacks_find(struct stacks *stacks, const struct proc *proc, uint64_t thread_count,
                 struct capture *capture)
{
    long threads[THREADS_ASKED];
    int folder = thread_count > 1 ? proc_open(proc, "task") : -1;
    DIR *tasks = folder >= 0 ? fdopendir(folder) : NULL;
    if (!tasks) {
        if (folder >= 0)
            (void)close(folder); /* only read */
        return;
    }
    size_t count = list_threads(stacks, proc->pid, tasks, threads);
    (void)closedir(tasks); /* only read */
    for (size_t i = 0; i < count; i++) {
        char number[32];
        (void)snprintf(number, sizeof number, "%ld", threads[i]); /* 20 digits at the most */
        mark_stack(capture, stack_pointer_of(proc, number));
    }
    stacks->last_thread = count == THREADS_ASKED ? threads[count - 1] : 0;
}
