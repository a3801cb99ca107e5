/* SPDX-License-Identifier: MIT */
/*
 * try_on_mingw.h - __try and __except for gcc's C compiler on 64-bit Windows, which has neither.
 *
 * Just enough for the examples here: one thread, no __finally, no __leave. The filter is a nested
 * function, so that it sees the variables of the function around it, and is called by a vectored
 * exception handler, on top of the stack of the exception.
 */
#ifndef TRY_ON_MINGW_H
#define TRY_ON_MINGW_H

#include <stdlib.h>
#include <windows.h>

#undef GetExceptionCode
#undef GetExceptionInformation
#define GetExceptionCode() (try_information->ExceptionRecord->ExceptionCode)
#define GetExceptionInformation() (try_information)

#define TRY_DEPTH_MAX 16

/* Volatile, as everything here: to the compiler a body without calls cannot see what changed. */
static struct try_frame {
    void *jump[5]; /* of __builtin_setjmp */
    int (*volatile filter)(EXCEPTION_POINTERS *exception);
} try_frames[TRY_DEPTH_MAX];
static volatile int try_depth;

/* Runs instead of the instruction that faulted. */
static void try_land(void)
{
    __builtin_longjmp(try_frames[try_depth].jump, 1);
}

static LONG CALLBACK try_handle(EXCEPTION_POINTERS *exception)
{
    int depth = try_depth;
    while (try_depth > 0) {
        int answer = try_frames[--try_depth].filter(exception);
        if (answer == EXCEPTION_CONTINUE_SEARCH)
            continue;
        if (answer == EXCEPTION_CONTINUE_EXECUTION) {
            try_depth = depth;
            return EXCEPTION_CONTINUE_EXECUTION;
        }
        /* As if called: eight bytes off a multiple of sixteen. */
        exception->ContextRecord->Rip = (DWORD64)try_land;
        exception->ContextRecord->Rsp = (exception->ContextRecord->Rsp & ~(DWORD64)15) - 8;
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    try_depth = depth;
    return EXCEPTION_CONTINUE_SEARCH;
}

static struct try_frame *try_open(int (*filter)(EXCEPTION_POINTERS *exception))
{
    static PVOID handler;
    if (!handler)
        handler = AddVectoredExceptionHandler(1, try_handle);
    struct try_frame *frame = &try_frames[try_depth];
    frame->filter = filter;
    try_depth++;
    __asm__ volatile("" ::: "memory");
    return frame;
}

static void try_close(struct try_frame **frame)
{
    __asm__ volatile("" ::: "memory");
    try_depth = (int)(*frame - try_frames);
}

static void **try_next_jump(void)
{
    if (try_depth == TRY_DEPTH_MAX)
        abort();
    return try_frames[try_depth].jump;
}

/* clang-format off */
#define __try                                                                                      \
    if (__builtin_setjmp(try_next_jump()) == 0) {                                                  \
        auto int try_filter(EXCEPTION_POINTERS *);                                                 \
        __attribute__((cleanup(try_close), unused)) struct try_frame *try_this =                   \
            try_open(try_filter);
#define __except(expression)                                                                       \
        int try_filter(EXCEPTION_POINTERS *try_information)                                        \
        {                                                                                          \
            (void)try_information;                                                                 \
            return (expression);                                                                   \
        }                                                                                          \
    } else
/* clang-format on */

#endif
