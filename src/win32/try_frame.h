/* SPDX-License-Identifier: MIT */
/* try_frame.h - asking the open __try of a thread, and unwinding to one. */
#ifndef W32_TRY_FRAME_H
#define W32_TRY_FRAME_H

#include <stdbool.h>

#include <windows.h>

/* Ask the filters outward. Returns when one says to continue execution (true) or all have declined
 * (false); does not return when one chose its handler. */
bool w32_frames_continue(EXCEPTION_POINTERS *exception);

#endif
