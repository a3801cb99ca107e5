/* SPDX-License-Identifier: MIT */
/*
 * children.h - the processes that a process started, and those that they started: what a shell or a
 * build tool is told to do, others do.
 *
 * From /proc/PID/task/TID/children where the kernel has it (CONFIG_PROC_CHILDREN), else from the
 * parents of all processes. A child whose parent has ended belongs to somebody else and is not
 * found. Numbers are read one after the other, so a list may have one that has just ended, or miss
 * one that has just begun.
 */
#ifndef STEPPE_MAP_CHILDREN_H
#define STEPPE_MAP_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CHILDREN_MAX = 64 };

struct child_process {
    pid_t pid, parent;
    char name[64];           /* as the kernel knows it; any bytes */
    char state;              /* as in ps */
    unsigned depth;          /* 1: a child, 2: a child of one... */
    uint64_t resident_bytes; /* or FIGURE_UNKNOWN; 0: it has ended */
};

/* Parents stand before their children, each generation by number. */
struct children {
    struct child_process list[CHILDREN_MAX];
    size_t count;
    bool is_cut; /* there are more, or too many threads to ask all */
};

/* Those of a process. root is "/proc". What cannot be read is left out. */
void children_find(struct children *children, const char *root, pid_t pid);

/* "2 children: 12 make (3.0 MiB), 13 cc (24.0 MiB)", the first eight; *text is "" when there are
 * none. Control characters of names become question marks. */
enum { CHILDREN_TEXT_BYTES = 512 };
void children_text(const struct children *children, char text[CHILDREN_TEXT_BYTES]);

#endif
