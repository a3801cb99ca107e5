/* SPDX-License-Identifier: MIT */
/* machine.h - the registers a signal interrupted, as Windows' CONTEXT and back. */
#ifndef W32_MACHINE_H
#define W32_MACHINE_H

#include <ucontext.h>

#include <windows.h>

/* The registers, floating point included, of the machine context; and the changed ones back. */
void w32_machine_to_context(const ucontext_t *machine, CONTEXT *context);
void w32_machine_from_context(ucontext_t *machine, const CONTEXT *context);

/* The bytes of the extended state that the machine context points to. */
size_t w32_machine_state_bytes(const ucontext_t *machine);

/* Copy what the kernel needs to resume; state: room for the extended state, at a multiple of 64. */
void w32_machine_copy(ucontext_t *to, const ucontext_t *from, void *state);

/* Rounding and masks of floating point as the interrupted code had them; the kernel starts a
 * handler with the standard ones. */
void w32_machine_use_modes(const ucontext_t *machine);

/* Resume, with a copy as well. Does not return; see frame.h. */
void w32_machine_resume(ucontext_t *machine);

#endif
