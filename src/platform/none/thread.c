/* SPDX-License-Identifier: MIT */
/*
 * none/thread.c - waiting without a scheduler's help.
 */
#include "platform/platform.h"

#include <errno.h>

/* Porter: sleep in the kernel (futex, WaitOnAddress, os_sync_wait_on_address). Returning at once is
 * allowed ("may wake for no reason") and makes the locks above spin: correct, but slow. */
void stp_platform_wait(uint32_t *word, uint32_t expected)
{
    (void)word;
    (void)expected;
}

/* Porter: the same, with an end. */
void stp_platform_wait_for(uint32_t *word, uint32_t expected, uint32_t timeout_ms)
{
    (void)word;
    (void)expected;
    (void)timeout_ms;
}

/* Porter: nothing to do while stp_platform_wait never sleeps. */
void stp_platform_wake(uint32_t *word, int count)
{
    (void)word;
    (void)count;
}

/* Porter: without asynchronous signals in the system, leave both empty. Otherwise block all signals
 * but those of the faults themselves, by the system call where the C library's wrapper is not safe
 * in a handler. */
void stp_platform_signals_block(struct stp_signal_mask *before)
{
    *before = (struct stp_signal_mask){0};
}

void stp_platform_signals_restore(const struct stp_signal_mask *before)
{
    (void)before;
}

/* Porter: any number will do where processes cannot fork. */
uint32_t stp_platform_process(void)
{
    return 1;
}

/* Porter: succeed without doing anything where processes cannot fork. */
int stp_platform_at_fork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void))
{
    (void)before;
    (void)in_parent;
    (void)in_child;
    return ENOSYS;
}

/* Porter: needed by threads of the library's own only; without those they may stand still. */
uint64_t stp_platform_now_ns(void)
{
    return 0;
}

uint64_t stp_platform_worked_ns(void)
{
    return 0;
}

/* Porter: an error is fine: the collector is then told to be unsupported, and the rest works. */
int stp_platform_thread_start(struct stp_platform_thread *thread)
{
    (void)thread;
    return ENOSYS;
}

void stp_platform_thread_join(struct stp_platform_thread *thread)
{
    (void)thread;
}

/* Porter: the lowest priority there is. */
bool stp_platform_thread_be_idle(void)
{
    return false;
}
