/* SPDX-License-Identifier: MIT */
/*
 * sim/thread.c - waiting that finds locks nobody will ever release.
 */
#include "platform/sim/state.h"

#include <pthread.h>
#include <sched.h>

_Thread_local bool stp_sim_blocked;

/* With one thread nobody else can change the word: whoever waits has kept a lock, or lost one. */
void stp_platform_wait(uint32_t *word, uint32_t expected)
{
    if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != expected)
        return;
    if (!stp_sim.allows_threads) {
        stp_sim_violation("waiting for ever: the word at %p is %u and no other thread runs",
                          (void *)word, (unsigned)expected);
    }
    sched_yield();
}

void stp_platform_wake(uint32_t *word, int count)
{
    (void)word;
    (void)count;
}

void stp_platform_signals_block(struct stp_signal_mask *before)
{
    *before = (struct stp_signal_mask){{stp_sim_blocked, 0}};
    stp_sim_blocked = true;
}

void stp_platform_signals_restore(const struct stp_signal_mask *before)
{
    if (before->words[0] > 1 || before->words[1] != 0)
        stp_sim_violation("the signal mask to restore was never given");
    stp_sim_blocked = before->words[0];
}

bool stp_sim_signals_blocked(void)
{
    return stp_sim_blocked;
}

int stp_platform_at_fork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void))
{
    int error = stp_sim_begin("at_fork", 0, 0, -1);
    if (error)
        return stp_sim_end(error);
    return stp_sim_end(pthread_atfork(before, in_parent, in_child));
}
