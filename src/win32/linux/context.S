/* SPDX-License-Identifier: MIT */
/*
 * context.S - the registers of the caller, and resuming with them, for x86-64.
 *
 * Offsets are those of CONTEXT; context.c asserts them.
 */
#define CONTEXT_BYTES 1232
#define FLAGS 0x30
#define MX_CSR 0x34
#define SEG_CS 0x38
#define SEG_SS 0x42
#define EFLAGS 0x44
#define RAX 0x78
#define RCX 0x80
#define RDX 0x88
#define RBX 0x90
#define RSP 0x98
#define RBP 0xa0
#define RSI 0xa8
#define RDI 0xb0
#define R8 0xb8
#define R9 0xc0
#define R10 0xc8
#define R11 0xd0
#define R12 0xd8
#define R13 0xe0
#define R14 0xe8
#define R15 0xf0
#define RIP 0xf8
#define FLT_SAVE 0x100

#define CONTEXT_ALL_BUT_DEBUG 0x10000f

    .text

/* The caller's registers to the CONTEXT at \at. The return address is
 * \above bytes above the stack pointer. Destroys rax. */
.macro capture at, above
    mov %rax, RAX(\at)
    mov %rcx, RCX(\at)
    mov %rdx, RDX(\at)
    mov %rbx, RBX(\at)
    mov %rbp, RBP(\at)
    mov %rsi, RSI(\at)
    mov %rdi, RDI(\at)
    mov %r8, R8(\at)
    mov %r9, R9(\at)
    mov %r10, R10(\at)
    mov %r11, R11(\at)
    mov %r12, R12(\at)
    mov %r13, R13(\at)
    mov %r14, R14(\at)
    mov %r15, R15(\at)
    mov \above(%rsp), %rax
    mov %rax, RIP(\at)
    lea \above+8(%rsp), %rax
    mov %rax, RSP(\at)
    mov %cs, SEG_CS(\at)
    mov %ds, SEG_CS+2(\at)
    mov %es, SEG_CS+4(\at)
    mov %fs, SEG_CS+6(\at)
    mov %gs, SEG_CS+8(\at)
    mov %ss, SEG_SS(\at)
    stmxcsr MX_CSR(\at)
    fxsave64 FLT_SAVE(\at)
    movl $CONTEXT_ALL_BUT_DEBUG, FLAGS(\at)
.endm

/* void RtlCaptureContext(PCONTEXT context) */
    .globl RtlCaptureContext
    .type RtlCaptureContext, @function
    .balign 16
RtlCaptureContext:
    .cfi_startproc
    pushfq
    .cfi_adjust_cfa_offset 8
    pop %rax
    .cfi_adjust_cfa_offset -8
    mov %eax, EFLAGS(%rdi)
    xor %eax, %eax
    capture %rdi, 0
    ret
    .cfi_endproc
    .size RtlCaptureContext, . - RtlCaptureContext

/* void RaiseException(DWORD code, DWORD flags, DWORD argument_count, const ULONG_PTR *arguments)
 *
 * Returns by loading the context, which a handler may have changed. */
    .globl RaiseException
    .type RaiseException, @function
    .balign 16
RaiseException:
    .cfi_startproc
    pushfq
    .cfi_adjust_cfa_offset 8
    sub $CONTEXT_BYTES, %rsp
    .cfi_adjust_cfa_offset CONTEXT_BYTES
    mov CONTEXT_BYTES(%rsp), %rax
    mov %eax, EFLAGS(%rsp)
    xor %eax, %eax
    capture %rsp, CONTEXT_BYTES+8
    mov %rsp, %r8
    call w32_raise
    mov %rsp, %rdi
    jmp w32_context_load
    .cfi_endproc
    .size RaiseException, . - RaiseException

/* void w32_context_load(const CONTEXT *context)
 *
 * iretq alone sets place, flags and stack pointer at once. Its frame lies below this stack's
 * pointer, which is at or below the context. */
    .globl w32_context_load
    .hidden w32_context_load
    .type w32_context_load, @function
    .balign 16
w32_context_load:
    .cfi_startproc
    .cfi_undefined rip
    fxrstor64 FLT_SAVE(%rdi)
    ldmxcsr MX_CSR(%rdi)
    movzwl SEG_SS(%rdi), %eax
    push %rax
    push RSP(%rdi)
    mov EFLAGS(%rdi), %eax
    push %rax
    movzwl SEG_CS(%rdi), %eax
    push %rax
    push RIP(%rdi)
    mov RAX(%rdi), %rax
    mov RCX(%rdi), %rcx
    mov RDX(%rdi), %rdx
    mov RBX(%rdi), %rbx
    mov RBP(%rdi), %rbp
    mov RSI(%rdi), %rsi
    mov R8(%rdi), %r8
    mov R9(%rdi), %r9
    mov R10(%rdi), %r10
    mov R11(%rdi), %r11
    mov R12(%rdi), %r12
    mov R13(%rdi), %r13
    mov R14(%rdi), %r14
    mov R15(%rdi), %r15
    mov RDI(%rdi), %rdi
    iretq
    .cfi_endproc
    .size w32_context_load, . - w32_context_load

/* void w32_machine_resume(ucontext_t *machine): what a signal handler's return does, with a frame
 * of our own. 15 is rt_sigreturn. */
    .globl w32_machine_resume
    .hidden w32_machine_resume
    .type w32_machine_resume, @function
    .balign 16
w32_machine_resume:
    .cfi_startproc
    .cfi_undefined rip
    mov %rdi, %rsp
    mov $15, %eax
    syscall
    ud2
    .cfi_endproc
    .size w32_machine_resume, . - w32_machine_resume

    .section .note.GNU-stack, "", @progbits
