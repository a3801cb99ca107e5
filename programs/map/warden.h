/* SPDX-License-Identifier: MIT */
/*
 * warden.h - a process that ends a process group should we be killed by a signal nobody can handle.
 *
 * It waits for the end of a pipe whose other end only we hold: the kernel closes it however we end.
 * It is in the group itself. So it needs no number that might belong to somebody else by then, and
 * what kills the group kills it as well. Whoever leaves the group escapes it.
 */
#ifndef STEPPE_MAP_WARDEN_H
#define STEPPE_MAP_WARDEN_H

#include <sys/types.h>

struct warden {
    pid_t pid;   /* 0: there is none */
    int held_fd; /* our end */
};

/* Put one into a group of a child of ours. 0, or an error number, and there is none. All signals
 * have to be blocked: the new process keeps it so. */
int warden_start(struct warden *warden, pid_t group);

/* When the group has been killed, or is not to be: it is gone afterwards. */
void warden_end(struct warden *warden);

#endif
