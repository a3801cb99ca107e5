/* SPDX-License-Identifier: MIT */
/* instruction.h - what the processor's report leaves open, read from the instruction. */
#ifndef W32_INSTRUCTION_H
#define W32_INSTRUCTION_H

#include <stdbool.h>
#include <ucontext.h>

/* The processor reports one error for dividing by zero and for a quotient that does not fit: was
 * it the second? */
bool w32_division_overflows(const ucontext_t *machine);

/* An instruction that only an operating system may use? */
bool w32_instruction_is_privileged(const ucontext_t *machine);

#endif
