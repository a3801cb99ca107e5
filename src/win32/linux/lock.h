/* SPDX-License-Identifier: MIT */
/*
 * lock.h - a lock that exception and fault handlers may take.
 *
 * Held with all asynchronous signals of the thread blocked, and only for a few statements, so that
 * nothing that wants it can interrupt its holder; waiting is spinning and yielding. A lock that
 * another thread held when this process was forked off is free in it; what it protects must bear
 * that, or be guarded by w32_at_fork.
 */
#ifndef W32_LOCK_H
#define W32_LOCK_H

#include <signal.h>
#include <stdint.h>

/* 0: free; else the generation of the process in which it was taken. */
typedef uint32_t w32_lock;

struct w32_signal_mask {
    sigset_t set;
};

void w32_lock_take(w32_lock *lock, struct w32_signal_mask *before);
/* before: NULL leaves the signals blocked, for one of several locks. */
void w32_lock_give(w32_lock *lock, const struct w32_signal_mask *before);

#endif
