/* SPDX-License-Identifier: MIT */
/*
 * frames.h - the tries and probes of a thread that are open, innermost first.
 *
 * A frame is the caller's steppe_fault, linked by outer_. A probe is a try that also catches faults
 * nobody else would take, as long as they lie in the range it touches (catches_first_ and _size_).
 */
#ifndef STP_FRAMES_H
#define STP_FRAMES_H

#include <steppe/fault.h>

#include "platform/platform.h"

/* The innermost open frame of this thread that a fault at the address may unwind to: a try, or a
 * probe whose range holds it; NULL when there is none. */
steppe_fault *stp_frames_catching(uintptr_t address);

/* The same, if it is a probe. */
steppe_fault *stp_frames_probe_at(uintptr_t address);

void stp_frames_push(steppe_fault *frame);

/* Close frame and all that are still open inside it. */
void stp_frames_pop(steppe_fault *frame);

/* Describe the fault in the frame, close it, and jump there. */
_Noreturn void stp_frames_unwind(steppe_fault *frame, const steppe_fault *description,
                                 const struct stp_platform_fault *fault);

#endif
