/* SPDX-License-Identifier: MIT */
/* arch.h - what a fault's machine context says, on 64-bit ARM. */
#ifndef STP_ARCH_H
#define STP_ARCH_H

#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include <asm/sigcontext.h>
#include <steppe/fault.h>

enum {
    STP_ARM_CLASS_SHIFT = 26, /* of the syndrome register: the kind of exception */
    STP_ARM_FETCH_LOWER = 0x20,
    STP_ARM_FETCH_SAME = 0x21,
    STP_ARM_DATA_SAME = 0x25,
    STP_ARM_WRITE = 1 << 6
};

/* The syndrome is one of the records the kernel appends to the context; 0 when it is not there. */
static inline uint64_t stp_arch_syndrome(const ucontext_t *context)
{
    const unsigned char *record = context->uc_mcontext.__reserved;
    const unsigned char *end = record + sizeof context->uc_mcontext.__reserved;
    while (record + sizeof(struct _aarch64_ctx) <= end) {
        const struct _aarch64_ctx *head = (const struct _aarch64_ctx *)record;
        if (head->magic == ESR_MAGIC)
            return ((const struct esr_context *)record)->esr;
        if (!head->magic || !head->size)
            return 0;
        record += head->size;
    }
    return 0;
}

static inline steppe_access stp_arch_access(const ucontext_t *context)
{
    uint64_t syndrome = stp_arch_syndrome(context);
    uint64_t kind = syndrome >> STP_ARM_CLASS_SHIFT;
    if (kind == STP_ARM_FETCH_LOWER || kind == STP_ARM_FETCH_SAME)
        return STEPPE_ACCESS_EXECUTE;
    if (kind > STP_ARM_FETCH_SAME && kind <= STP_ARM_DATA_SAME && syndrome & STP_ARM_WRITE)
        return STEPPE_ACCESS_WRITE;
    return STEPPE_ACCESS_READ;
}

static inline const void *stp_arch_instruction(const ucontext_t *context)
{
    return (const void *)context->uc_mcontext.pc;
}

#endif
