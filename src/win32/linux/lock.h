/* SPDX-License-Identifier: MIT */
/*
 * lock.h - a lock that exception and fault handlers may take.
 *
 * Held with all asynchronous signals of the thread blocked, and only for a few statements, so that
 * nothing that wants it can interrupt its holder; waiting is spinning and yielding. A lock that
 * another thread held when this process was forked off is free in it; what it protects must bear
 * that.
 */
#ifndef W32_LOCK_H
#define W32_LOCK_H

#include <signal.h>
#include <stdint.h>

/*
 * holder: 0 free; OFFERED (lock.c) free for those who wait already; else the generation of the
 * process in which it was taken. It is offered where somebody waits, so that a thread that takes it
 * again and again leaves turns to others.
 */
typedef struct w32_lock {
    uint32_t holder;
    uint32_t waiters;
} w32_lock;

struct w32_signal_mask {
    sigset_t set;
};

/* Once, before a fork in which a lock may be held. 0, or an errno value. */
int w32_lock_bear_forks(void);

void w32_lock_take(w32_lock *lock, struct w32_signal_mask *before);
void w32_lock_give(w32_lock *lock, const struct w32_signal_mask *before);

#endif
