/* SPDX-License-Identifier: MIT */
/*
 * frame.S - the jumps behind __try, for x86-64.
 *
 * registers: rbx 0, rbp 8, r12 16, r13 24, r14 32, r15 40, rsp after the return 48, place 56.
 */
    .text

.macro function name
    .globl \name
    .hidden \name
    .type \name, @function
    .balign 16
\name:
    .cfi_startproc
.endm

.macro end name
    .cfi_endproc
    .size \name, . - \name
.endm

.macro save_to at
    mov %rbx, 0(\at)
    mov %rbp, 8(\at)
    mov %r12, 16(\at)
    mov %r13, 24(\at)
    mov %r14, 32(\at)
    mov %r15, 40(\at)
    lea 8(%rsp), %rax
    mov %rax, 48(\at)
    mov (%rsp), %rax
    mov %rax, 56(\at)
.endm

.macro restore_from at
    mov 0(\at), %rbx
    mov 8(\at), %rbp
    mov 16(\at), %r12
    mov 24(\at), %r13
    mov 32(\at), %r14
    mov 40(\at), %r15
.endm

/* int steppe_seh_enter_(struct steppe_seh_frame_ *frame) */
    .globl steppe_seh_enter_
    .type steppe_seh_enter_, @function
    .balign 16
steppe_seh_enter_:
    .cfi_startproc
    save_to %rdi
    jmp w32_frame_entered
end steppe_seh_enter_

/* int w32_frame_ask(const uintptr_t *registers, uintptr_t *back, int value)
 *
 * The gap: a compiler may keep room for the arguments of the function's calls at the end of its
 * frame, above the stack pointer. */
function w32_frame_ask
    save_to %rsi
    sub $1024, %rsp
    and $-16, %rsp
    restore_from %rdi
    mov %edx, %eax
    jmp *56(%rdi)
end w32_frame_ask

/* void w32_frame_jump(const uintptr_t *registers, int value) */
function w32_frame_jump
    restore_from %rdi
    mov 48(%rdi), %rsp
    mov %esi, %eax
    jmp *56(%rdi)
end w32_frame_jump

/* void w32_call_on_stack(void *stack_end, void (*function)(void *), void *argument) */
function w32_call_on_stack
    .cfi_undefined rip
    mov %rdi, %rsp
    xor %ebp, %ebp
    mov %rdx, %rdi
    call *%rsi
    ud2
end w32_call_on_stack

    .section .note.GNU-stack, "", @progbits
