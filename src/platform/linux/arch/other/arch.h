/* SPDX-License-Identifier: MIT */
/* arch.h - for a processor whose machine context we cannot read: every access counts as a read, so
 * a write to a read-only page is told as a read. A port adds a folder beside this one. */
#ifndef STP_ARCH_H
#define STP_ARCH_H

#include <ucontext.h>

#include <steppe/fault.h>

static inline steppe_access stp_arch_access(const ucontext_t *context)
{
    (void)context;
    return STEPPE_ACCESS_READ;
}

static inline const void *stp_arch_instruction(const ucontext_t *context)
{
    (void)context;
    return NULL;
}

#endif
