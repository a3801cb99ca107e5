/* SPDX-License-Identifier: MIT */
/* thread.c - futex, signal masks, fork. System calls are made directly: the C library's wrappers
 * may not be used in fault handlers, or mask less than asked. */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/platform.h"

enum { KERNEL_MASK_BYTES = 8 };

void stp_platform_wait(uint32_t *word, uint32_t expected)
{
    /* Woken, interrupted, or the word had changed: the caller looks again either way. */
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

void stp_platform_wake(uint32_t *word, int count)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static uint64_t bit(int signal)
{
    return (uint64_t)1 << (signal - 1);
}

/* All but those that our own instructions or calls may raise: blocked, they kill. */
static uint64_t asynchronous_signals(void)
{
    return ~(bit(SIGSEGV) | bit(SIGBUS) | bit(SIGSYS));
}

void stp_platform_signals_block(struct stp_signal_mask *before)
{
    uint64_t mask = asynchronous_signals();
    (void)syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, &before->words[0], KERNEL_MASK_BYTES);
}

void stp_platform_signals_restore(const struct stp_signal_mask *before)
{
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before->words[0], NULL, KERNEL_MASK_BYTES);
}

int stp_platform_at_fork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void))
{
    return pthread_atfork(before, in_parent, in_child);
}
