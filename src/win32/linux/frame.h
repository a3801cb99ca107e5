/* SPDX-License-Identifier: MIT */
/* frame.h - the jumps behind __try (frame.S). */
#ifndef W32_FRAME_H
#define W32_FRAME_H

#include <windows.h>

/*
 * Jumps do not come back, yet they are not declared noreturn: AddressSanitizer takes
 * that for the end of all that lies on the stack, and looks for the stack's borders in the kernel's
 * map, before every one. Where it is the end, unwind_to tells it.
 */

/* What a jump restores: rbx, rbp, r12..r15, the stack pointer and the place. */
enum { W32_FRAME_STACK = 6, W32_FRAME_REGISTERS = 8 };

/* steppe_seh_enter_ has stored the registers and goes on here; what it returns the first time. */
int w32_frame_entered(struct steppe_seh_frame_ *frame);

/* Return from steppe_seh_enter_ with value once more, but on the present stack. Returns when
 * somebody jumps back, with the value of that jump. */
int w32_frame_ask(const uintptr_t *registers, uintptr_t *back, int value);

void w32_frame_jump(const uintptr_t *registers, int value);

/* Call a function that does not return, with the stack ending at a 16-byte boundary. */
void w32_call_on_stack(void *stack_end, void (*function)(void *argument), void *argument);

#endif
