/* SPDX-License-Identifier: MIT */
/*
 * sim/thread.c - waiting that finds locks nobody will ever release.
 */
#include "platform/sim/state.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

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

/* It comes to an end, so it need not mean that a lock was lost. */
void stp_platform_wait_for(uint32_t *word, uint32_t expected, uint32_t timeout_ms)
{
    const struct timespec moment = {.tv_nsec = 100000};
    if (timeout_ms && __atomic_load_n(word, __ATOMIC_SEQ_CST) == expected)
        (void)nanosleep(&moment, NULL);
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

uint32_t stp_platform_process(void)
{
    return (uint32_t)getpid();
}

int stp_platform_at_fork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void))
{
    int error = stp_sim_begin("at_fork", 0, 0, -1);
    if (error)
        return stp_sim_end(error);
    return stp_sim_end(pthread_atfork(before, in_parent, in_child));
}

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t stp_platform_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t stp_platform_worked_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static void *run_body(void *argument)
{
    struct stp_platform_thread *thread = argument;
    stp_sim_blocked = true;
    thread->body(thread->context);
    return NULL;
}

/* A machine of one thread has no others. */
int stp_platform_thread_start(struct stp_platform_thread *thread)
{
    pthread_t handle;
    int error = stp_sim_begin("thread_start", 0, 0, -1);
    if (!error)
        error = stp_sim.allows_threads ? pthread_create(&handle, NULL, run_body, thread) : ENOSYS;
    if (!error)
        thread->handle = (uintptr_t)handle;
    return stp_sim_end(error);
}

void stp_platform_thread_join(struct stp_platform_thread *thread)
{
    (void)pthread_join((pthread_t)(uintptr_t)thread->handle, NULL);
}

bool stp_platform_thread_be_idle(void)
{
    return true;
}
