/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include <pthread.h>

static void block_asynchronous(sigset_t *before)
{
    static const int raised_by_instructions[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    sigset_t mask;
    sigfillset(&mask);
    for (size_t i = 0; i < sizeof raised_by_instructions / sizeof(int); i++)
        sigdelset(&mask, raised_by_instructions[i]);
    (void)pthread_sigmask(SIG_SETMASK, &mask, before); /* cannot fail with these arguments */
}

void w32_lock_take(w32_lock *lock, struct w32_signal_mask *before)
{
    block_asynchronous(&before->set);
    while (__atomic_exchange_n(lock, true, __ATOMIC_ACQUIRE))
        (void)sched_yield();
}

void w32_lock_give(w32_lock *lock, const struct w32_signal_mask *before)
{
    __atomic_store_n(lock, false, __ATOMIC_RELEASE);
    if (before)
        (void)pthread_sigmask(SIG_SETMASK, &before->set, NULL);
}
