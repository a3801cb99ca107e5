/* SPDX-License-Identifier: MIT */
/* signals.h - exceptions come from signals. */
#ifndef W32_SIGNALS_H
#define W32_SIGNALS_H

#include <windows.h>

/* Have the processor's signals delivered as exceptions, from the first call on. 0, or an errno
 * value. */
int w32_signals_install(void);

/* Whether what no exception handler takes goes to a handler that was there before us, rather than
 * ending the process. */
int w32_signals_have_owner(DWORD code);

/* End the process by the signal that belongs to the code, or give it to that signal's owner. */
void w32_signals_end(DWORD code) __attribute__((noreturn));

#endif
