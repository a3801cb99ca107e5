/* SPDX-License-Identifier: MIT */
/*
 * proc.h - the files of a process in /proc, and of one thread of it.
 *
 * A folder that is held open shows the process (or thread) it was opened for and never a later one
 * of the same number: when that has ended, its files cannot be opened any more.
 */
#ifndef STEPPE_MAP_PROC_H
#define STEPPE_MAP_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/problem.h"

/* Whose files, and how sentences call it. */
struct proc {
    int folder; /* /proc/PID, or /proc/PID/task/TID: -1: none is open */
    pid_t pid;
    char name[64];
};

/* Open a file below the folder to read it; -1 with errno. */
int proc_open(const struct proc *proc, const char *file);

/* read(), again when a signal came. */
ssize_t proc_read_some(int file, void *bytes, size_t byte_count);

/* A file as far as it fits, with a NUL behind it. Returns the bytes before the NUL, or -1 with
 * errno. */
ssize_t proc_read(const struct proc *proc, const char *file, char *text, size_t capacity);

/* That a file of it cannot be read, why, and what to do. Always false. */
bool proc_say_unreadable(const struct proc *proc, const char *file, int error,
                         struct problem *problem);

/* ---- stat ---- */

struct proc_stat {
    char name[64];
    char state; /* as in ps; '?': no letter */
    pid_t parent;
    uint64_t flags, minor_faults, major_faults, thread_count, start_ticks;
    uint64_t stack_start; /* the address where its first stack began; 0: not told */
};

enum { PROC_STAT_BYTES = 2048 };

/* False: it is not there any more, or no stat. folder: as in struct proc. */
bool proc_read_stat(const struct proc *proc, struct proc_stat *stat);
bool proc_parse_stat(const char *text, struct proc_stat *stat);

/* A state of one that has ended: it has no memory any more. */
bool proc_has_died(char state);

#endif
