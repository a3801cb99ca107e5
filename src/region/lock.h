/* SPDX-License-Identifier: MIT */
/*
 * lock.h - a lock that may be taken in a fault handler.
 *
 * Rule for all locks of the library: hold them only with asynchronous signals blocked
 * (stp_platform_signals_block, or inside a fault handler) and touch no user memory meanwhile. So a
 * thread that holds one can never be interrupted by code that wants it, and a mutex of the C
 * library, which forbids use in handlers, is not needed.
 *
 * States: 0 free, 1 taken, 2 taken and someone may sleep.
 */
#ifndef STP_LOCK_H
#define STP_LOCK_H

#include "base/check.h"
#include "platform/platform.h"

enum { STP_LOCK_SPINS = 100 }; /* about one system call's time: most holders are done by then */

static inline void stp_lock_take(uint32_t *lock)
{
    uint32_t seen;
    for (int spin = 0; spin < STP_LOCK_SPINS; spin++) {
        seen = 0;
        if (__atomic_compare_exchange_n(lock, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return;
    }
    while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0)
        stp_platform_wait(lock, 2);
}

static inline void stp_lock_give(uint32_t *lock)
{
    uint32_t was = __atomic_exchange_n(lock, 0, __ATOMIC_RELEASE);
    STP_ASSERT(was != 0);
    if (was == 2)
        stp_platform_wake(lock, 1);
}

#endif
