/* SPDX-License-Identifier: MIT */
/*
 * exception.c - the way of an exception, whoever raised it:
 *
 *   vectored handlers --> filters of the open __try --> the unhandled filter --> nobody
 *          |                    |         |                   |          |
 *       continue             continue   unwind             continue    end
 */
#include "exception.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/signals.h"
#include "linux/output.h"
#include "thread.h"
#include "try_frame.h"
#include "vectored.h"

static LPTOP_LEVEL_EXCEPTION_FILTER unhandled_filter;

/* ---- unhandled --------------------------------------------------------------------------------
 */

LPTOP_LEVEL_EXCEPTION_FILTER WINAPI SetUnhandledExceptionFilter(LPTOP_LEVEL_EXCEPTION_FILTER filter)
{
    (void)w32_signals_install(); /* refused: signals end the process, as they would without */
    w32_thread_prepare();
    return __atomic_exchange_n(&unhandled_filter, filter, __ATOMIC_ACQ_REL);
}

static const struct {
    DWORD code;
    const char *name;
} names[] = {
#define W32_NAME(name)                                                                             \
    {                                                                                              \
        name, #name                                                                                \
    }
    W32_NAME(EXCEPTION_ACCESS_VIOLATION),      W32_NAME(EXCEPTION_GUARD_PAGE),
    W32_NAME(EXCEPTION_STACK_OVERFLOW),        W32_NAME(EXCEPTION_IN_PAGE_ERROR),
    W32_NAME(EXCEPTION_DATATYPE_MISALIGNMENT), W32_NAME(EXCEPTION_BREAKPOINT),
    W32_NAME(EXCEPTION_SINGLE_STEP),           W32_NAME(EXCEPTION_ILLEGAL_INSTRUCTION),
    W32_NAME(EXCEPTION_PRIV_INSTRUCTION),      W32_NAME(EXCEPTION_NONCONTINUABLE_EXCEPTION),
    W32_NAME(EXCEPTION_INVALID_DISPOSITION),   W32_NAME(EXCEPTION_ARRAY_BOUNDS_EXCEEDED),
    W32_NAME(EXCEPTION_INT_DIVIDE_BY_ZERO),    W32_NAME(EXCEPTION_INT_OVERFLOW),
    W32_NAME(EXCEPTION_FLT_DENORMAL_OPERAND),  W32_NAME(EXCEPTION_FLT_DIVIDE_BY_ZERO),
    W32_NAME(EXCEPTION_FLT_INEXACT_RESULT),    W32_NAME(EXCEPTION_FLT_INVALID_OPERATION),
    W32_NAME(EXCEPTION_FLT_OVERFLOW),          W32_NAME(EXCEPTION_FLT_STACK_CHECK),
    W32_NAME(EXCEPTION_FLT_UNDERFLOW),
#undef W32_NAME
};

/* NULL for a code that is not Windows' own. */
static const char *name_of(DWORD code)
{
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        if (names[i].code == code)
            return names[i].name;
    return NULL;
}

/* ": write to 0x10000", where the record tells an access. */
static void format_access(char *text, size_t size_bytes, const EXCEPTION_RECORD *record)
{
    static const char *const kinds[] = {": read of", ": write to", ": fetch of code at"};
    bool has_access = record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION ||
                      record->ExceptionCode == EXCEPTION_GUARD_PAGE ||
                      record->ExceptionCode == EXCEPTION_IN_PAGE_ERROR;
    text[0] = '\0';
    if (!has_access || record->NumberParameters < 2)
        return;
    ULONG_PTR kind = record->ExceptionInformation[0];
    (void)snprintf(text, size_bytes, "%s 0x%llx", kinds[kind == 8 ? 2 : kind == 1],
                   (unsigned long long)record->ExceptionInformation[1]);
}

/* One write, from a buffer on the stack: the exception may have happened inside printf. */
static void print_unhandled(const EXCEPTION_RECORD *record)
{
    char text[256], access[64];
    const char *name = name_of(record->ExceptionCode);
    format_access(access, sizeof access, record);
    int length = snprintf(text, sizeof text, "unhandled exception 0x%08X%s%s at 0x%llx%s\n",
                          record->ExceptionCode, name ? " " : "", name ? name : "",
                          (unsigned long long)(ULONG_PTR)record->ExceptionAddress, access);
    if (length > 0)
        w32_output_error(text, (size_t)length);
}

static LONG ask_unhandled_filter(PEXCEPTION_POINTERS exception)
{
    LPTOP_LEVEL_EXCEPTION_FILTER filter = __atomic_load_n(&unhandled_filter, __ATOMIC_ACQUIRE);
    return filter ? filter(exception) : EXCEPTION_CONTINUE_SEARCH;
}

LONG WINAPI UnhandledExceptionFilter(PEXCEPTION_POINTERS exception)
{
    LONG answer = ask_unhandled_filter(exception);
    if (answer == EXCEPTION_CONTINUE_SEARCH)
        print_unhandled(exception->ExceptionRecord);
    return answer;
}

/* Nothing is printed for a signal that belongs to somebody else: a handler that was there first may
 * well settle it. */
static enum w32_verdict unhandled(EXCEPTION_POINTERS *exception)
{
    bool has_owner = w32_signals_have_owner(exception->ExceptionRecord->ExceptionCode);
    LONG answer = has_owner ? ask_unhandled_filter(exception) : UnhandledExceptionFilter(exception);
    if (answer == EXCEPTION_CONTINUE_EXECUTION)
        return W32_CONTINUE;
    return answer == EXCEPTION_EXECUTE_HANDLER ? W32_END : W32_NOBODY;
}

void w32_exception_end(DWORD code)
{
    (void)fflush(NULL);
    _Exit((int)(code & 0xff) ? (int)(code & 0xff) : 1);
}

/* ---- dispatch ---------------------------------------------------------------------------------
 */

/* One that says "continue" to this, too, would be asked for ever. */
static void raise_noncontinuable(EXCEPTION_POINTERS *exception)
{
    if (exception->ExceptionRecord->ExceptionCode == EXCEPTION_NONCONTINUABLE_EXCEPTION)
        w32_signals_end(exception->ExceptionRecord->ExceptionCode);

    EXCEPTION_RECORD record = {
        .ExceptionCode = EXCEPTION_NONCONTINUABLE_EXCEPTION,
        .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
        .ExceptionRecord = exception->ExceptionRecord,
        .ExceptionAddress = exception->ExceptionRecord->ExceptionAddress,
    };
    EXCEPTION_POINTERS pointers = {&record, exception->ContextRecord};
    if (w32_exception_dispatch(&pointers) == W32_END)
        w32_exception_end(record.ExceptionCode);
    w32_signals_end(record.ExceptionCode);
}

enum w32_verdict w32_exception_dispatch(EXCEPTION_POINTERS *exception)
{
    enum w32_verdict verdict = W32_CONTINUE;
    if (!w32_vectored_continue(exception) && !w32_frames_continue(exception))
        verdict = unhandled(exception);
    if (verdict == W32_CONTINUE &&
        exception->ExceptionRecord->ExceptionFlags & EXCEPTION_NONCONTINUABLE)
        raise_noncontinuable(exception);
    return verdict;
}

/* Called by RaiseException, which has stored the registers of its caller. */
void w32_raise(DWORD code, DWORD flags, DWORD argument_count, const ULONG_PTR *arguments,
               CONTEXT *context)
{
    EXCEPTION_RECORD record = {
        .ExceptionCode = code,
        .ExceptionFlags = flags & EXCEPTION_NONCONTINUABLE,
        .ExceptionAddress = (PVOID)(ULONG_PTR)context->Rip,
    };
    EXCEPTION_POINTERS exception = {&record, context};
    if (arguments && argument_count) {
        record.NumberParameters = min(argument_count, EXCEPTION_MAXIMUM_PARAMETERS);
        memcpy(record.ExceptionInformation, arguments, record.NumberParameters * sizeof *arguments);
    }
    w32_thread_prepare();
    switch (w32_exception_dispatch(&exception)) {
    case W32_CONTINUE:
        return;
    case W32_END:
        w32_exception_end(code);
    case W32_NOBODY:
        w32_signals_end(code);
    }
}
