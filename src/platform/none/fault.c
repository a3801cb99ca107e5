/* SPDX-License-Identifier: MIT */
/*
 * none/fault.c - faults are not delivered here.
 */
#include "platform/platform.h"

#include <errno.h>
#include <stdlib.h>

/* Porter: find the exact byte and the kind of access from what the system hands to the handler,
 * keep errno, hold back asynchronous signals, and forward what is passed on exactly once, with its
 * original information. */
int stp_platform_faults_install(stp_platform_fault_handler handler)
{
    (void)handler;
    return ENOSYS;
}

/* Porter: what the installed handler does, but for forwarding. */
enum stp_verdict stp_platform_fault_take(stp_platform_fault_handler handler, int signal,
                                         const void *information, void *machine)
{
    (void)handler;
    (void)signal;
    (void)information;
    (void)machine;
    return STP_VERDICT_PASS_ON;
}

/* Porter: look at what was replaced. */
bool stp_platform_handler_is_last(int signal, const void *handler)
{
    (void)signal;
    (void)handler;
    return false;
}

/* Porter: keep the active handlers of a thread in a chain; this is its inner end. */
const void *stp_platform_fault_place(void)
{
    return NULL;
}

/* Porter: restore the signal mask that the outermost handler being left found, then
 * longjmp(*jump, 1). */
_Noreturn void stp_platform_fault_leave(const struct stp_platform_fault *fault, const void *place,
                                        jmp_buf *jump)
{
    /* No fault was ever delivered, so there is none to leave. */
    (void)fault;
    (void)place;
    (void)jump;
    abort();
}
