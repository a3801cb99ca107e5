/* SPDX-License-Identifier: MIT */
/* thread.h - what every thread has of its own. */
#ifndef W32_THREAD_H
#define W32_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include <windows.h>

/* The exception that a function's block of __except handles; the function by its stack pointer. */
struct w32_code {
    uintptr_t stack;
    DWORD code;
};

enum { W32_CODES_MAX = 16384 };

/* The frame whose body came to its end, so that its __finally is next, or NULL: only its address,
 * it is out of scope. And what was here before, if that was in a signal handler. */
struct w32_ended {
    const struct steppe_seh_frame_ *frame, *before;
};

struct w32_question;

struct w32_thread {
    DWORD last_error;
    bool is_prepared;
    uintptr_t stack_first, stack_end; /* equal: not known */

    struct steppe_seh_frame_ *frames; /* innermost __try that is open */
    struct w32_question *questions;   /* that frames are answering just now, innermost first */
    struct w32_question *unread;      /* that the next entry into a function answers; or NULL */
    EXCEPTION_POINTERS *exception;    /* that a filter is asked about */
    struct w32_ended ended;
    struct w32_code *codes; /* inner functions last; NULL: no memory */
    int code_count;
};

/* There from the thread's start: the dynamic kind would call malloc where an exception happened. */
extern _Thread_local __attribute__((tls_model("initial-exec"))) struct w32_thread w32_thread;

/* Learn the thread's stack and give it an alternate one for signals, the first time. */
void w32_thread_prepare(void);

#endif
