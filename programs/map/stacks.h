/* SPDX-License-Identifier: MIT */
/* stacks.h - which regions are stacks of threads: by the stack pointers of those that wait. */
#ifndef STEPPE_MAP_STACKS_H
#define STEPPE_MAP_STACKS_H

#include "map/capture.h"
#include "map/proc.h"

/* Where the last look came to. {0}: there was none. */
struct stacks {
    long last_thread;
};

/* Ask some threads, in turn, and make the anonymous regions their pointers lie in stacks. What a
 * region is once found to be, its identity keeps (process.c). A thread that runs shows nothing.
 * proc is the process, not one of its threads. */
void stacks_find(struct stacks *stacks, const struct proc *proc, uint64_t thread_count,
                 struct capture *capture);

#endif
