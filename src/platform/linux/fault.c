/* SPDX-License-Identifier: MIT */
/*
 * fault.c - SIGSEGV and SIGBUS: delivery to Steppe, and forwarding of what is not for it.
 *
 * Forwarding means: what would have happened without us, once. The previous handler runs with the
 * original siginfo and context and the mask it asked for; the default action strikes at the
 * original instruction, so that a core dump shows the program's bug and not this file.
 *
 * Handlers nest: a filter may fault. The contexts of a thread's active handlers form a chain, inner
 * to outer; a jump out of some of them leaves with the mask that the outermost of these found.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch.h"
#include "base/status.h"
#include "platform/platform.h"

enum { KERNEL_MASK_BYTES = 8 };

static stp_platform_fault_handler deliver;
static struct sigaction previous_segv, previous_bus;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static int install_error;

/* The port's own part of a struct stp_platform_fault. */
struct context {
    ucontext_t *machine;
    int saved_errno;
    struct context *outer;
};

static STP_THREAD_LOCAL struct context *innermost;

/* ---- forwarding ----------------------------------------------------------------------------- */

static struct sigaction *previous_of(int signal)
{
    return signal == SIGBUS ? &previous_bus : &previous_segv;
}

/* Was it an instruction, rather than kill() or raise()? */
static bool is_from_the_processor(const siginfo_t *info)
{
    return info->si_code > 0;
}

/* All that the kernel has of a mask, and all there is of one in a signal's frame. */
static uint64_t first_word(const sigset_t *mask)
{
    uint64_t word;
    memcpy(&word, mask, sizeof word);
    return word;
}

static uint64_t bit_of(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

/* Put the default action back and send the signal once more as it was, held back until this handler
 * has returned: it then strikes at the original instruction, before that runs. Running the
 * instruction again instead would be wrong: what made it fault may be settled, a guard is off. */
static void take_default_action(int signal, siginfo_t *info)
{
    struct sigaction standard;
    uint64_t mask = bit_of(signal);
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    (void)syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, KERNEL_MASK_BYTES);
    if (sigaction(signal, &standard, NULL) != 0 ||
        syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), signal, info) != 0)
        _exit(128 + signal);
}

/* The mask a handler installed with this action would find. */
static void set_mask_for(const struct sigaction *action, int signal, const ucontext_t *machine)
{
    uint64_t mask = first_word(&machine->uc_sigmask) | first_word(&action->sa_mask);
    if (!(action->sa_flags & SA_NODEFER))
        mask |= bit_of(signal);
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, KERNEL_MASK_BYTES);
}

static void call_previous(struct sigaction action, int signal, siginfo_t *info, ucontext_t *machine)
{
    if (action.sa_flags & (int)SA_RESETHAND)
        previous_of(signal)->sa_handler = SIG_DFL;
    set_mask_for(&action, signal, machine);
    if (action.sa_flags & SA_SIGINFO)
        action.sa_sigaction(signal, info, machine);
    else
        action.sa_handler(signal);
}

static void forward(int signal, siginfo_t *info, ucontext_t *machine)
{
    struct sigaction action = *previous_of(signal);
    if (action.sa_handler == SIG_IGN && !is_from_the_processor(info))
        return;
    if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) /* the kernel, too, does not
                                                   let an instruction's signal be ignored */
        take_default_action(signal, info);
    else
        call_previous(action, signal, info, machine);
}

/* ---- delivery ------------------------------------------------------------------------------- */

/* An access that the page tables refused. Others (a poisoned page, a protection key, an address
 * that no processor can form) say nothing about our pages. */
static bool is_refused_access(int signal, const siginfo_t *info)
{
    if (signal == SIGSEGV)
        return info->si_code == SEGV_MAPERR || info->si_code == SEGV_ACCERR;
    return signal == SIGBUS && info->si_code == BUS_ADRERR;
}

static enum stp_verdict ask(stp_platform_fault_handler handler, bool is_taken, int signal,
                            const siginfo_t *info, ucontext_t *machine)
{
    if (!is_refused_access(signal, info))
        return STP_VERDICT_PASS_ON;
    struct context context = {.machine = machine, .saved_errno = errno, .outer = innermost};
    struct stp_platform_fault fault = {
        .address = (uintptr_t)info->si_addr,
        .access = stp_arch_access(machine),
        .is_mapped = signal == SIGSEGV && info->si_code == SEGV_ACCERR,
        .instruction = stp_arch_instruction(machine),
        .is_taken = is_taken,
        .context = &context,
    };
    innermost = &context;
    enum stp_verdict verdict = handler(&fault);
    innermost = context.outer; /* before forwarding: the previous handler may jump away */
    errno = context.saved_errno;
    return verdict;
}

/* A missing page that userfaultfd traps is told by SIGBUS; everywhere else a page that is not
 * committed is told by SIGSEGV, and so it is to those behind us. */
static void forward_refused(siginfo_t *info, ucontext_t *machine)
{
    siginfo_t refused = *info;
    refused.si_signo = SIGSEGV;
    refused.si_code = SEGV_ACCERR;
    forward(SIGSEGV, &refused, machine);
}

static void on_signal(int signal, siginfo_t *info, void *machine)
{
    stp_platform_fault_handler handler = __atomic_load_n(&deliver, __ATOMIC_ACQUIRE);
    int saved_errno = errno;
    enum stp_verdict verdict = ask(handler, false, signal, info, machine);
    if (verdict == STP_VERDICT_PASS_ON_REFUSED && signal == SIGBUS)
        forward_refused(info, machine);
    else if (verdict != STP_VERDICT_RESUME)
        forward(signal, info, machine);
    errno = saved_errno;
}

enum stp_verdict stp_platform_fault_take(stp_platform_fault_handler handler, int signal,
                                         const void *information, void *machine)
{
    return ask(handler, true, signal, information, machine);
}

bool stp_platform_handler_is_last(int signal, const void *handler)
{
    bool is_ours = handler == (const void *)(uintptr_t)on_signal;
    const struct sigaction *previous = previous_of(signal);
    return is_ours && (previous->sa_handler == SIG_DFL || previous->sa_handler == SIG_IGN);
}

const void *stp_platform_fault_place(void)
{
    return innermost;
}

_Noreturn void stp_platform_fault_leave(const struct stp_platform_fault *fault, const void *place,
                                        jmp_buf *jump)
{
    const struct context *left = fault->context;
    while (left->outer && left->outer != place)
        left = left->outer;
    innermost = left->outer;
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &left->machine->uc_sigmask, NULL,
                  KERNEL_MASK_BYTES);
    errno = left->saved_errno;
    longjmp(*jump, 1);
}

/* What was there is read before ours replaces it, so that a fault of another thread in between
 * finds it; and taken from the replacement again, should it have changed. Ours is there already in
 * the child of a fork at this very moment. */
static int install_for(int signal, struct sigaction *previous)
{
    struct sigaction action, replaced, found;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigfillset(&action.sa_mask);
    static const int raised_by_instructions[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL,
                                                 SIGTRAP, SIGSYS, SIGABRT};
    for (size_t i = 0; i < sizeof raised_by_instructions / sizeof(int); i++)
        sigdelset(&action.sa_mask, raised_by_instructions[i]);
    if (sigaction(signal, NULL, &found) != 0)
        return errno;
    if ((found.sa_flags & SA_SIGINFO) && found.sa_sigaction == on_signal)
        return 0;
    *previous = found;
    if (sigaction(signal, &action, &replaced) != 0)
        return errno;
    if (replaced.sa_sigaction != previous->sa_sigaction)
        *previous = replaced;
    return 0;
}

static void install(void)
{
    install_error = install_for(SIGSEGV, &previous_segv);
    if (!install_error)
        install_error = install_for(SIGBUS, &previous_bus);
}

int stp_platform_faults_install(stp_platform_fault_handler handler)
{
    __atomic_store_n(&deliver, handler, __ATOMIC_RELEASE);
    (void)pthread_once(&installed, install); /* cannot fail with these arguments */
    return install_error;
}
