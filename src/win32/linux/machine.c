/* SPDX-License-Identifier: MIT */
/* machine.c - the kernel's signal frame on x86-64. */
#include "machine.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* What context.S has in numbers. */
static_assert(sizeof(CONTEXT) == 1232, "CONTEXT_BYTES");
static_assert(offsetof(CONTEXT, ContextFlags) == 0x30 && offsetof(CONTEXT, EFlags) == 0x44, "");
static_assert(offsetof(CONTEXT, Rax) == 0x78 && offsetof(CONTEXT, Rip) == 0xf8, "");
static_assert(offsetof(CONTEXT, FltSave) == 0x100, "FLT_SAVE");

enum {
    LEGACY_STATE_BYTES = 512,
    SOFTWARE_BYTES_AT = 464, /* in the legacy state: whether more follows, and how much */
    EXTENDED_MAGIC = 0x46505853,
    STATES_PRESENT_AT = 512,
    X87_AND_SSE = 3
};

struct software_bytes {
    uint32_t magic, extended_bytes;
};

static const struct {
    int machine;
    size_t context;
} registers[] = {
    {REG_RAX, offsetof(CONTEXT, Rax)}, {REG_RCX, offsetof(CONTEXT, Rcx)},
    {REG_RDX, offsetof(CONTEXT, Rdx)}, {REG_RBX, offsetof(CONTEXT, Rbx)},
    {REG_RSP, offsetof(CONTEXT, Rsp)}, {REG_RBP, offsetof(CONTEXT, Rbp)},
    {REG_RSI, offsetof(CONTEXT, Rsi)}, {REG_RDI, offsetof(CONTEXT, Rdi)},
    {REG_R8, offsetof(CONTEXT, R8)},   {REG_R9, offsetof(CONTEXT, R9)},
    {REG_R10, offsetof(CONTEXT, R10)}, {REG_R11, offsetof(CONTEXT, R11)},
    {REG_R12, offsetof(CONTEXT, R12)}, {REG_R13, offsetof(CONTEXT, R13)},
    {REG_R14, offsetof(CONTEXT, R14)}, {REG_R15, offsetof(CONTEXT, R15)},
    {REG_RIP, offsetof(CONTEXT, Rip)},
};

void w32_machine_to_context(const ucontext_t *machine, CONTEXT *context)
{
    const greg_t *values = machine->uc_mcontext.gregs;
    uint64_t segments = (uint64_t)values[REG_CSGSFS];
    memset(context, 0, sizeof *context);
    for (size_t i = 0; i < ARRAYSIZE(registers); i++)
        memcpy((char *)context + registers[i].context, &values[registers[i].machine],
               sizeof(DWORD64));
    context->ContextFlags = CONTEXT_FULL | CONTEXT_SEGMENTS;
    context->EFlags = (DWORD)values[REG_EFL];
    context->SegCs = (WORD)segments;
    context->SegGs = (WORD)(segments >> 16);
    context->SegFs = (WORD)(segments >> 32);
    context->SegSs = (WORD)(segments >> 48);
    if (machine->uc_mcontext.fpregs)
        memcpy(&context->FltSave, machine->uc_mcontext.fpregs, LEGACY_STATE_BYTES);
    context->MxCsr = context->FltSave.MxCsr;
}

void w32_machine_use_modes(const ucontext_t *machine)
{
    const XMM_SAVE_AREA32 *state = (const void *)machine->uc_mcontext.fpregs;
    if (!state)
        return;
    uint32_t mx_csr = state->MxCsr & ~UINT32_C(0x3f); /* but not what happened so far */
    uint16_t control = state->ControlWord;
    __asm__ volatile("ldmxcsr %0\n\tfnclex\n\tfldcw %1" : : "m"(mx_csr), "m"(control));
}

static const struct software_bytes *software_bytes(const ucontext_t *machine)
{
    return (const void *)((const char *)machine->uc_mcontext.fpregs + SOFTWARE_BYTES_AT);
}

size_t w32_machine_state_bytes(const ucontext_t *machine)
{
    if (!machine->uc_mcontext.fpregs)
        return 0;
    return software_bytes(machine)->magic == EXTENDED_MAGIC
               ? software_bytes(machine)->extended_bytes
               : LEGACY_STATE_BYTES;
}

/* The processor restores a component only if its bit says that it is there. */
static void state_from_context(ucontext_t *machine, const CONTEXT *context)
{
    char *state = (char *)machine->uc_mcontext.fpregs;
    XMM_SAVE_AREA32 wanted = context->FltSave;
    uint64_t present;
    if (!state)
        return;
    if (context->MxCsr != ((const XMM_SAVE_AREA32 *)state)->MxCsr)
        wanted.MxCsr = context->MxCsr;
    wanted.MxCsr &= wanted.MxCsr_Mask ? wanted.MxCsr_Mask : 0xffbf;
    if (memcmp(state, &wanted, SOFTWARE_BYTES_AT) == 0)
        return;
    memcpy(state, &wanted, SOFTWARE_BYTES_AT); /* what follows is the kernel's */
    if (software_bytes(machine)->magic != EXTENDED_MAGIC)
        return;
    memcpy(&present, state + STATES_PRESENT_AT, sizeof present);
    present |= X87_AND_SSE;
    memcpy(state + STATES_PRESENT_AT, &present, sizeof present);
}

void w32_machine_from_context(ucontext_t *machine, const CONTEXT *context)
{
    greg_t *values = machine->uc_mcontext.gregs;
    for (size_t i = 0; i < ARRAYSIZE(registers); i++)
        memcpy(&values[registers[i].machine], (const char *)context + registers[i].context,
               sizeof(DWORD64));
    values[REG_EFL] = (greg_t)context->EFlags;
    state_from_context(machine, context);
}

/* The kernel's frame ends with its own signal mask, of eight bytes; the C library's type is
 * longer. */
void w32_machine_copy(ucontext_t *to, const ucontext_t *from, void *state)
{
    memcpy(to, from, offsetof(ucontext_t, uc_sigmask) + 8);
    if (!from->uc_mcontext.fpregs)
        return;
    memcpy(state, from->uc_mcontext.fpregs, w32_machine_state_bytes(from));
    to->uc_mcontext.fpregs = state;
}
