/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

static uint32_t generation = 1;
static pthread_once_t watches_forks = PTHREAD_ONCE_INIT;

static void begin_generation(void)
{
    generation++;
}

static void watch_forks(void)
{
    (void)pthread_atfork(NULL, NULL, begin_generation); /* refused: as any lock over a fork */
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

static bool try_to_take(w32_lock *lock)
{
    uint32_t seen = __atomic_load_n(lock, __ATOMIC_RELAXED);
    return seen != generation && __atomic_compare_exchange_n(lock, &seen, generation, false,
                                                             __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void w32_lock_take(w32_lock *lock, struct w32_signal_mask *before)
{
    (void)pthread_once(&watches_forks, watch_forks); /* cannot fail with these arguments */
    block_asynchronous(&before->set);
    while (!try_to_take(lock))
        (void)sched_yield();
}

void w32_lock_give(w32_lock *lock, const struct w32_signal_mask *before)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    if (before)
        (void)pthread_sigmask(SIG_SETMASK, &before->set, NULL);
}
