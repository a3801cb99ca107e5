/* SPDX-License-Identifier: MIT */
/* arch.h - what a fault's machine context says, on x86-64. */
#ifndef STP_ARCH_H
#define STP_ARCH_H

#include <ucontext.h>

#include <steppe/fault.h>

enum { STP_X86_PAGE_FAULT = 14, STP_X86_WRITE = 2, STP_X86_FETCH = 16 };

static inline steppe_access stp_arch_access(const ucontext_t *context)
{
    const greg_t *registers = context->uc_mcontext.gregs;
    if (registers[REG_TRAPNO] != STP_X86_PAGE_FAULT)
        return STEPPE_ACCESS_READ;
    if (registers[REG_ERR] & STP_X86_FETCH)
        return STEPPE_ACCESS_EXECUTE;
    return registers[REG_ERR] & STP_X86_WRITE ? STEPPE_ACCESS_WRITE : STEPPE_ACCESS_READ;
}

static inline const void *stp_arch_instruction(const ucontext_t *context)
{
    return (const void *)context->uc_mcontext.gregs[REG_RIP];
}

#endif
