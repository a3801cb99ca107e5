/* SPDX-License-Identifier: MIT */
/* exception.h - finding somebody who takes an exception. */
#ifndef W32_EXCEPTION_H
#define W32_EXCEPTION_H

#include <stdbool.h>

#include <windows.h>

enum w32_verdict {
    W32_CONTINUE, /* resume with what the context holds now */
    W32_END,      /* the unhandled filter said: end the process, quietly */
    W32_NOBODY    /* the earlier owner of the signal is next */
};

/*
 * Ask the vectored handlers, the filters of the open __try, innermost first, and the unhandled
 * filter. Does not return when a filter chose its handler.
 *
 * Runs as ordinary code of the thread, on its stack below the exception, or, when there is no room,
 * on the alternate stack.
 */
enum w32_verdict w32_exception_dispatch(EXCEPTION_POINTERS *exception);

/* What RaiseException does when it has stored the registers of its caller; returns to resume with
 * them, changed or not. */
void w32_raise(DWORD code, DWORD flags, DWORD argument_count, const ULONG_PTR *arguments,
               CONTEXT *context);

/* End the process the way EXCEPTION_EXECUTE_HANDLER of the unhandled filter does. */
void w32_exception_end(DWORD code) __attribute__((noreturn));

#endif
