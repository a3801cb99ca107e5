/* SPDX-License-Identifier: MIT */
/* thread.c - futex, signal masks, fork, threads and their clocks. System calls are made directly:
 * the C library's wrappers may not be used in fault handlers, or mask less than asked. */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "platform/platform.h"

enum { KERNEL_MASK_BYTES = 8 };

void stp_platform_wait(uint32_t *word, uint32_t expected)
{
    /* Woken, interrupted, or the word had changed: the caller looks again either way. */
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

void stp_platform_wait_for(uint32_t *word, uint32_t expected, uint32_t timeout_ms)
{
    struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                               .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &timeout, NULL, 0);
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

uint32_t stp_platform_process(void)
{
    return (uint32_t)getpid();
}

int stp_platform_at_fork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void))
{
    return pthread_atfork(before, in_parent, in_child);
}

/* ---- threads of our own --------------------------------------------------------------------- */

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now); /* cannot fail with these two clocks */
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

/* The mask is set anew: whoever started us may have blocked what our own faults raise. */
static void *run_body(void *argument)
{
    struct stp_platform_thread *thread = argument;
    uint64_t mask = asynchronous_signals();
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, KERNEL_MASK_BYTES);
    (void)prctl(PR_SET_NAME, thread->name); /* benign: it would be nameless */
    thread->body(thread->context);
    return NULL;
}

/* Blocked by the starter already: no handler of the program runs on the new thread before. */
int stp_platform_thread_start(struct stp_platform_thread *thread)
{
    struct stp_signal_mask before;
    pthread_t handle;
    stp_platform_signals_block(&before);
    int error = pthread_create(&handle, NULL, run_body, thread);
    stp_platform_signals_restore(&before);
    if (!error)
        thread->handle = (uintptr_t)handle;
    return error;
}

void stp_platform_thread_join(struct stp_platform_thread *thread)
{
    (void)pthread_join((pthread_t)(uintptr_t)thread->handle,
                       NULL); /* fails only for what is no thread */
}

bool stp_platform_thread_be_idle(void)
{
    struct sched_param none = {0};
    return sched_setscheduler(0, SCHED_IDLE, &none) == 0; /* of the calling thread, on Linux */
}
