/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

static uint32_t generation = 1; /* never reaches OFFERED */

static void begin_generation(void)
{
    generation++;
}

int w32_lock_bear_forks(void)
{
    return pthread_atfork(NULL, NULL, begin_generation);
}

static void block_asynchronous(sigset_t *before)
{
    static const int raised_by_instructions[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
    sigset_t mask;
    sigfillset(&mask);
    for (size_t i = 0; i < sizeof raised_by_instructions / sizeof(int); i++)
        sigdelset(&mask, raised_by_instructions[i]);
    (void)pthread_sigmask(SIG_SETMASK, &mask, before); /* cannot fail with these arguments */
}

enum { OFFERED = UINT32_MAX };

static bool is_free(uint32_t holder, bool has_waited)
{
    return holder == 0 || (holder == OFFERED ? has_waited : holder != generation);
}

static bool try_to_take(w32_lock *lock, bool has_waited)
{
    uint32_t seen = __atomic_load_n(&lock->holder, __ATOMIC_RELAXED);
    return is_free(seen, has_waited) &&
           __atomic_compare_exchange_n(&lock->holder, &seen, generation, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static void wait_for(w32_lock *lock)
{
    __atomic_fetch_add(&lock->waiters, 1, __ATOMIC_RELAXED);
    do
        (void)sched_yield();
    while (!try_to_take(lock, true));
    __atomic_fetch_sub(&lock->waiters, 1, __ATOMIC_RELAXED);
}

void w32_lock_take(w32_lock *lock, struct w32_signal_mask *before)
{
    block_asynchronous(&before->set);
    if (!try_to_take(lock, false))
        wait_for(lock);
}

void w32_lock_give(w32_lock *lock, const struct w32_signal_mask *before)
{
    bool is_wanted = __atomic_load_n(&lock->waiters, __ATOMIC_RELAXED) != 0;
    __atomic_store_n(&lock->holder, is_wanted ? OFFERED : 0, __ATOMIC_RELEASE);
    (void)pthread_sigmask(SIG_SETMASK, &before->set, NULL);
}
