/* SPDX-License-Identifier: MIT */
/*
 * signals.c - SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGTRAP become exceptions.
 *
 *   signal --> not of an instruction (kill) --------------------------> earlier owner, here
 *      |-----> the library settles it (commit on fault, write watch) -> return
 *      v
 *   the signal's frame is copied below the stack pointer of the code that raised it, and we go on
 *   there, as ordinary code of the thread with its own signal mask: dispatch
 *      |
 *      +--> a filter chose its __except: a jump; nothing of this is needed any more
 *      +--> resume: give the copied frame to the kernel, which restores every register
 *      +--> nobody: the earlier owner is called with the original information; the default action
 *           strikes at the original instruction
 *
 * Leaving a signal handler without returning from it is no trick: to the kernel a thread is in a
 * handler only as far as its mask and its stack pointer say so. On the alternate stack we stay only
 * when the thread's own has no room, which is what a stack overflow means, or is not known.
 */
#include "signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <steppe/fault.h>

#include "../exception.h"
#include "../thread.h"
#include "frame.h"
#include "instruction.h"
#include "lock.h"
#include "machine.h"
#include "sanitizer.h"

enum {
    KERNEL_MASK_BYTES = 8,
    RED_ZONE_BYTES = 128, /* below the stack pointer, yet in use */
    ROOM_BYTES = 32 * 1024,
    GUARD_BYTES = 64 * 1024, /* below a stack: where an overflow strikes */
    FIRST_PAGE_BYTES = 4096,
    INT3 = 0xcc,
    TRAP_FLAG = 0x100
};

/* Everything about one signal; outlives the handler. */
struct raised {
    int signal, saved_errno;
    siginfo_t info;
    ucontext_t *machine;
    EXCEPTION_RECORD record;
    /* From here on it is filled in where it is used, and costs nothing before. */
    CONTEXT context;
    ucontext_t copy;
};

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
static struct sigaction owners[ARRAYSIZE(signals)];
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static int install_error;

/* ---- the earlier owner ------------------------------------------------------------------------
 */

static struct sigaction *owner_of(int signal)
{
    size_t i = 0;
    while (signals[i] != signal)
        i++;
    return &owners[i];
}

static bool is_handler(const struct sigaction *action)
{
    return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

static void set_mask(int how, const void *mask)
{
    (void)syscall(SYS_rt_sigprocmask, how, mask, NULL, KERNEL_MASK_BYTES);
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

static void call_owner(struct raised *raised)
{
    struct sigaction action = *owner_of(raised->signal);
    uint64_t mask = first_word(&raised->machine->uc_sigmask) | first_word(&action.sa_mask);
    if (!(action.sa_flags & SA_NODEFER))
        mask |= bit_of(raised->signal);
    if (action.sa_flags & (int)SA_RESETHAND)
        owner_of(raised->signal)->sa_handler = SIG_DFL;
    set_mask(SIG_SETMASK, &mask);
    if (action.sa_flags & SA_SIGINFO)
        action.sa_sigaction(raised->signal, &raised->info, raised->machine);
    else
        action.sa_handler(raised->signal);
}

/* Put the default action back and send the signal once more as it was; held back until the thread
 * resumes, it strikes at the original instruction before that runs. */
static void take_default_action(struct raised *raised)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    uint64_t mask = bit_of(raised->signal);
    set_mask(SIG_BLOCK, &mask);
    if (sigaction(raised->signal, &standard, NULL) != 0 ||
        syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), raised->signal,
                &raised->info) != 0)
        _exit(128 + raised->signal);
}

/* The kernel does not let an instruction's signal be ignored, but a sent one. */
static void pass_on(struct raised *raised)
{
    const struct sigaction *owner = owner_of(raised->signal);
    if (is_handler(owner))
        call_owner(raised);
    else if (owner->sa_handler == SIG_DFL || raised->info.si_code > 0)
        take_default_action(raised);
}

/* ---- which exception --------------------------------------------------------------------------
 */

static const struct {
    DWORD code;
    int signal;
} signals_of_codes[] = {
    {EXCEPTION_ACCESS_VIOLATION, SIGSEGV},     {EXCEPTION_GUARD_PAGE, SIGSEGV},
    {EXCEPTION_STACK_OVERFLOW, SIGSEGV},       {EXCEPTION_PRIV_INSTRUCTION, SIGSEGV},
    {EXCEPTION_IN_PAGE_ERROR, SIGBUS},         {EXCEPTION_DATATYPE_MISALIGNMENT, SIGBUS},
    {EXCEPTION_INT_DIVIDE_BY_ZERO, SIGFPE},    {EXCEPTION_INT_OVERFLOW, SIGFPE},
    {EXCEPTION_FLT_DIVIDE_BY_ZERO, SIGFPE},    {EXCEPTION_FLT_OVERFLOW, SIGFPE},
    {EXCEPTION_FLT_UNDERFLOW, SIGFPE},         {EXCEPTION_FLT_INEXACT_RESULT, SIGFPE},
    {EXCEPTION_FLT_INVALID_OPERATION, SIGFPE}, {EXCEPTION_ILLEGAL_INSTRUCTION, SIGILL},
    {EXCEPTION_BREAKPOINT, SIGTRAP},           {EXCEPTION_SINGLE_STEP, SIGTRAP},
};

static int signal_of(DWORD code)
{
    for (size_t i = 0; i < ARRAYSIZE(signals_of_codes); i++)
        if (signals_of_codes[i].code == code)
            return signals_of_codes[i].signal;
    return SIGABRT;
}

static DWORD code_of_division(const struct raised *raised)
{
    switch (raised->info.si_code) {
    case FPE_INTDIV:
        return w32_division_overflows(raised->machine) ? EXCEPTION_INT_OVERFLOW
                                                       : EXCEPTION_INT_DIVIDE_BY_ZERO;
    case FPE_INTOVF:
        return EXCEPTION_INT_OVERFLOW;
    case FPE_FLTDIV:
        return EXCEPTION_FLT_DIVIDE_BY_ZERO;
    case FPE_FLTOVF:
        return EXCEPTION_FLT_OVERFLOW;
    case FPE_FLTUND:
        return EXCEPTION_FLT_UNDERFLOW;
    case FPE_FLTRES:
        return EXCEPTION_FLT_INEXACT_RESULT;
    default:
        return EXCEPTION_FLT_INVALID_OPERATION;
    }
}

static bool is_in_guard(uintptr_t address)
{
    uintptr_t first = w32_thread.stack_first - GUARD_BYTES;
    return w32_thread.stack_end && address - first < GUARD_BYTES + FIRST_PAGE_BYTES;
}

/* An access that touches the guard of the stack, or a stack pointer that has come there. */
static bool is_stack_overflow(const struct raised *raised)
{
    return raised->signal == SIGSEGV &&
           (is_in_guard((uintptr_t)raised->info.si_addr) ||
            is_in_guard((uintptr_t)raised->machine->uc_mcontext.gregs[REG_RSP]));
}

static void add_parameter(EXCEPTION_RECORD *record, ULONG_PTR value)
{
    record->ExceptionInformation[record->NumberParameters++] = value;
}

static void describe_access(struct raised *raised, const steppe_fault *fault)
{
    static const ULONG_PTR kinds[] = {0, 1, 8};
    EXCEPTION_RECORD *record = &raised->record;
    if (is_stack_overflow(raised))
        record->ExceptionCode = EXCEPTION_STACK_OVERFLOW;
    else if (fault->reason == STEPPE_E_GUARD)
        record->ExceptionCode = EXCEPTION_GUARD_PAGE;
    else
        record->ExceptionCode =
            raised->signal == SIGBUS ? EXCEPTION_IN_PAGE_ERROR : EXCEPTION_ACCESS_VIOLATION;
    add_parameter(record, kinds[fault->access]);
    add_parameter(record, (ULONG_PTR)fault->address);
    if (record->ExceptionCode == EXCEPTION_IN_PAGE_ERROR)
        add_parameter(record, STATUS_IN_PAGE_ERROR);
}

/* Not an access to a page: a privileged instruction, an alignment check, or an address that no
 * processor forms, which Windows reports as a read of the last one. */
static void describe_protection(struct raised *raised)
{
    EXCEPTION_RECORD *record = &raised->record;
    if (raised->signal == SIGBUS) {
        record->ExceptionCode = raised->info.si_code == BUS_ADRALN ? EXCEPTION_DATATYPE_MISALIGNMENT
                                                                   : EXCEPTION_IN_PAGE_ERROR;
    } else if (w32_instruction_is_privileged(raised->machine)) {
        record->ExceptionCode = EXCEPTION_PRIV_INSTRUCTION;
    } else {
        record->ExceptionCode = EXCEPTION_ACCESS_VIOLATION;
        add_parameter(record, 0);
        bool is_told = raised->info.si_code != SI_KERNEL;
        add_parameter(record, is_told ? (ULONG_PTR)raised->info.si_addr : (ULONG_PTR)-1);
    }
}

static void describe(struct raised *raised, const steppe_fault *fault)
{
    EXCEPTION_RECORD *record = &raised->record;
    *record = (EXCEPTION_RECORD){
        .ExceptionAddress = (PVOID)raised->machine->uc_mcontext.gregs[REG_RIP],
    };
    if (raised->signal == SIGTRAP)
        record->ExceptionCode =
            raised->info.si_code == TRAP_TRACE ? EXCEPTION_SINGLE_STEP : EXCEPTION_BREAKPOINT;
    else if (raised->signal == SIGFPE)
        record->ExceptionCode = code_of_division(raised);
    else if (raised->signal == SIGILL)
        record->ExceptionCode = EXCEPTION_ILLEGAL_INSTRUCTION;
    else if (fault->reason != STEPPE_E_UNSUPPORTED)
        describe_access(raised, fault);
    else
        describe_protection(raised);
}

/* Windows tells the place of int3, not the one behind it, and takes the trap flag off. */
static void correct_trap(struct raised *raised)
{
    const uint8_t *behind = (const uint8_t *)(uintptr_t)raised->context.Rip;
    raised->context.EFlags &= ~(DWORD)TRAP_FLAG;
    if (raised->record.ExceptionCode == EXCEPTION_BREAKPOINT && behind[-1] == INT3) {
        raised->context.Rip--;
        raised->record.ExceptionAddress = (PVOID)(uintptr_t)raised->context.Rip;
    }
}

/* ---- delivery ---------------------------------------------------------------------------------
 */

static uintptr_t stack_pointer_of(const struct raised *raised)
{
    return (uintptr_t)raised->machine->uc_mcontext.gregs[REG_RSP];
}

/* Ordinary code again. */
static void deliver(void *argument)
{
    struct raised *raised = argument;
    EXCEPTION_POINTERS exception = {&raised->record, &raised->context};
    set_mask(SIG_SETMASK, &raised->machine->uc_sigmask);
    w32_machine_use_modes(raised->machine);
    w32_machine_to_context(raised->machine, &raised->context);
    if (raised->signal == SIGTRAP)
        correct_trap(raised);
    switch (w32_exception_dispatch(&exception)) {
    case W32_CONTINUE:
        w32_machine_from_context(raised->machine, &raised->context);
        break;
    case W32_END:
        w32_exception_end(raised->record.ExceptionCode);
    case W32_NOBODY:
        pass_on(raised);
    }
    bool is_copied = raised->machine == &raised->copy;
    W32_LEAVE_STACK_UP_TO(is_copied ? stack_pointer_of(raised) : (uintptr_t)raised->machine);
    errno = raised->saved_errno;
    w32_machine_resume(raised->machine);
}

static bool is_on_alternate_stack(const ucontext_t *machine)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return here - (uintptr_t)machine->uc_stack.ss_sp < machine->uc_stack.ss_size;
}

static bool has_room(uintptr_t stack_pointer)
{
    return stack_pointer - w32_thread.stack_first < w32_thread.stack_end - w32_thread.stack_first &&
           stack_pointer - w32_thread.stack_first >= ROOM_BYTES;
}

/* Copy everything to the thread's own stack and go on there. */
static void deliver_on_own_stack(const struct raised *found)
{
    uintptr_t at = stack_pointer_of(found) - RED_ZONE_BYTES;
    at = (at - w32_machine_state_bytes(found->machine)) & ~(uintptr_t)63;
    void *state = (void *)at;
    at = (at - sizeof *found) & ~(uintptr_t)63;
    struct raised *raised = (struct raised *)at;
    memcpy(raised, found, offsetof(struct raised, context));
    w32_machine_copy(&raised->copy, found->machine, state);
    raised->machine = &raised->copy;
    W32_LEAVE_STACK_UP_TO(found->machine);
    w32_call_on_stack(raised, deliver, raised);
}

/* userfaultfd has a signal of its own for a page that is not there; what it means is what SIGSEGV
 * means under every other mechanism. */
static void tell_as_refused(struct raised *raised)
{
    raised->signal = SIGSEGV;
    raised->info.si_signo = SIGSEGV;
    raised->info.si_code = SEGV_ACCERR;
}

static void on_signal(int signal, siginfo_t *info, void *machine)
{
    steppe_fault fault = {.reason = STEPPE_E_UNSUPPORTED};
    struct raised raised;
    raised.signal = signal;
    raised.saved_errno = errno;
    raised.info = *info;
    raised.machine = machine;
    bool is_of_memory = signal == SIGSEGV || signal == SIGBUS;
    if (is_of_memory && steppe_take_fault(signal, info, machine, &fault) == STEPPE_RESUME)
        return;
    if (info->si_code <= 0) {
        pass_on(&raised);
        errno = raised.saved_errno;
        return;
    }
    if (signal == SIGBUS && fault.reservation)
        tell_as_refused(&raised);
    describe(&raised, &fault);
    if (is_on_alternate_stack(machine) && !is_stack_overflow(&raised) &&
        has_room(stack_pointer_of(&raised)))
        deliver_on_own_stack(&raised);
    deliver(&raised);
}

static int install_for(int signal, struct sigaction *owner)
{
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    struct sigaction replaced;
    sigfillset(&action.sa_mask); /* the library takes locks that a signal's handler might want */
    for (size_t i = 0; i < ARRAYSIZE(signals); i++)
        sigdelset(&action.sa_mask, signals[i]);
    sigdelset(&action.sa_mask, SIGSYS);
    sigdelset(&action.sa_mask, SIGABRT);
    if (sigaction(signal, NULL, owner) != 0 || sigaction(signal, &action, &replaced) != 0)
        return errno;
    if (replaced.sa_sigaction != owner->sa_sigaction)
        *owner = replaced;
    return 0;
}

static void install(void)
{
    install_error = w32_lock_bear_forks();
    for (size_t i = 0; i < ARRAYSIZE(signals) && !install_error; i++)
        install_error = install_for(signals[i], &owners[i]);
}

int w32_signals_install(void)
{
    (void)pthread_once(&installed, install); /* cannot fail with these arguments */
    return install_error;
}

/* ---- exceptions that no signal brought --------------------------------------------------------
 */

int w32_signals_have_owner(DWORD code)
{
    int signal = signal_of(code);
    if (signal == SIGABRT || w32_signals_install() != 0)
        return false;
    const struct sigaction *owner = owner_of(signal);
    const void *handler = (const void *)(uintptr_t)owner->sa_sigaction;
    return is_handler(owner) && !steppe_handler_is_last_(signal, handler);
}

void w32_signals_end(DWORD code)
{
    (void)raise(signal_of(code));
    abort();
}
