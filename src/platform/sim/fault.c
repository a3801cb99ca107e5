/* SPDX-License-Identifier: MIT */
/*
 * sim/fault.c - faults without a processor: stp_sim_touch looks at the table and calls the handler.
 *
 * Where stp_sim_enforce is on, real faults of plain accesses take the same way.
 */
#include "platform/sim/state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

static struct sigaction previous;
static _Thread_local const struct sim_delivery *innermost;

static bool is_mapped(uintptr_t address)
{
    return stp_sim_page((const void *)address).is_reserved;
}

/* The handler runs with signals held back and without our lock: it calls the platform. */
static enum stp_verdict deliver(uintptr_t address, steppe_access access, const void *instruction)
{
    struct sim_delivery delivery = {stp_sim_blocked, errno, innermost};
    struct stp_platform_fault fault = {
        .address = address,
        .access = access,
        .is_mapped = is_mapped(address),
        .instruction = instruction,
        .context = &delivery,
    };

    stp_sim.fault_count++;
    stp_sim_blocked = true;
    innermost = &delivery;
    enum stp_verdict verdict = stp_sim.handler(&fault);
    if (!stp_sim_blocked)
        stp_sim_violation("the fault handler let signals in");
    innermost = delivery.outer;
    stp_sim_blocked = delivery.was_blocked;
    errno = delivery.saved_errno;
    return verdict;
}

/* Programs of the simulation own no signals. */
enum stp_verdict stp_platform_fault_take(stp_platform_fault_handler handler, int signal,
                                         const void *information, void *machine)
{
    (void)handler;
    (void)signal;
    (void)information;
    (void)machine;
    return STP_VERDICT_PASS_ON;
}

bool stp_platform_handler_is_last(int signal, const void *handler)
{
    (void)signal;
    (void)handler;
    return false;
}

const void *stp_platform_fault_place(void)
{
    return innermost;
}

_Noreturn void stp_platform_fault_leave(const struct stp_platform_fault *fault, const void *place,
                                        jmp_buf *jump)
{
    const struct sim_delivery *delivery = fault->context;

    while (delivery->outer && delivery->outer != place)
        delivery = delivery->outer;
    innermost = delivery->outer;
    stp_sim.unwind_count++;
    stp_sim_blocked = delivery->was_blocked;
    errno = delivery->saved_errno;
    longjmp(*jump, 1);
}

/* The access itself, once the table allows it. */
static bool access_byte(volatile unsigned char *byte, steppe_access access)
{
    stp_sim_lock();
    struct sim_reservation *here = stp_sim_find((uintptr_t)byte);
    size_t index = ((uintptr_t)byte - here->base) / SIM_PAGE_BYTES;
    bool has_memory = stp_sim_make_present(here, index, access == STEPPE_ACCESS_WRITE);
    stp_sim_unlock();

    if (has_memory && access != STEPPE_ACCESS_EXECUTE) {
        unsigned char value = *byte;
        if (access == STEPPE_ACCESS_WRITE)
            *byte = value;
    }
    return has_memory;
}

enum stp_sim_outcome stp_sim_touch(const void *address, steppe_access access)
{
    for (int tries = 0; tries < SIM_RESUME_MAX; tries++) {
        if (stp_sim_allowed(address) >> access & 1) {
            return access_byte((volatile unsigned char *)address, access) ? STP_SIM_DONE
                                                                          : STP_SIM_NO_MEMORY;
        }
        if (!stp_sim.handler)
            return STP_SIM_UNHANDLED;
        if (deliver((uintptr_t)address, access, __builtin_return_address(0)) != STP_VERDICT_RESUME)
            return STP_SIM_PASSED_ON;
    }
    return STP_SIM_LOOP;
}

uint64_t stp_sim_fault_count(void)
{
    return stp_sim.fault_count;
}

uint64_t stp_sim_unwind_count(void)
{
    return stp_sim.unwind_count;
}

/* ---- real faults, where protections are enforced --------------------------------------------- */

static steppe_access access_of(const siginfo_t *info, const ucontext_t *context)
{
#if defined(__x86_64__)
    (void)info;
    unsigned long error = (unsigned long)context->uc_mcontext.gregs[REG_ERR];
    if (error & 0x10)
        return STEPPE_ACCESS_EXECUTE;
    return error & 2 ? STEPPE_ACCESS_WRITE : STEPPE_ACCESS_READ;
#else
    /* Good enough for tests: what is refused although reading is allowed was a write. */
    (void)context;
    return stp_sim_allowed(info->si_addr) & 1U << STEPPE_ACCESS_READ ? STEPPE_ACCESS_WRITE
                                                                     : STEPPE_ACCESS_READ;
#endif
}

static void pass_on(int signal_number, siginfo_t *info, void *context)
{
    if (previous.sa_flags & SA_SIGINFO)
        previous.sa_sigaction(signal_number, info, context);
    else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
        previous.sa_handler(signal_number);
    else
        signal(signal_number, SIG_DFL);
}

/* A write that the table allows was refused by real memory because writes are noted there: note it,
 * as the kernel would, and nobody hears of it. */
static bool note_write(uintptr_t address, steppe_access access)
{
    bool is_noted = false;

    stp_sim_lock();
    struct sim_reservation *here = stp_sim_find(address);
    if (here && access == STEPPE_ACCESS_WRITE) {
        size_t index = (address - here->base) / SIM_PAGE_BYTES;
        uint16_t page = stp_sim_bits(here, index);
        is_noted = page & SIM_NOTED && !(page & SIM_WRITTEN) && stp_sim_page_allows(page, access);
        if (is_noted && !stp_sim_make_present(here, index, true))
            stp_sim_violation("no physical page left for a plain write at 0x%zx", address);
    }
    stp_sim_unlock();
    return is_noted;
}

static void on_signal(int signal_number, siginfo_t *info, void *context)
{
    static _Thread_local void *last_address;
    static _Thread_local uint64_t last_call;
    static _Thread_local int repeats;

    /* Coming back is fine as long as something was done in between. */
    bool is_same = last_address == info->si_addr && last_call == stp_sim.call_count;
    repeats = is_same ? repeats + 1 : 0;
    last_address = info->si_addr;
    last_call = stp_sim.call_count;
    if (repeats > SIM_RESUME_MAX)
        stp_sim_violation("the fault at %p comes again and again", info->si_addr);
    steppe_access access = access_of(info, context);
    if (note_write((uintptr_t)info->si_addr, access))
        return;
    if (deliver((uintptr_t)info->si_addr, access, NULL) != STP_VERDICT_RESUME)
        pass_on(signal_number, info, context);
}

int stp_platform_faults_install(stp_platform_fault_handler handler)
{
    int error = stp_sim_begin("faults_install", 0, 0, -1);
    if (error || stp_sim.handler)
        return stp_sim_end(error);
    if (stp_sim.enforces) {
        struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
        action.sa_sigaction = on_signal;
        error = sigaction(SIGSEGV, &action, &previous) ? errno : 0;
    }
    if (!error)
        stp_sim.handler = handler;
    return stp_sim_end(error);
}
