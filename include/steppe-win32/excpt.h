/* SPDX-License-Identifier: MIT */
/*
 * excpt.h - structured exceptions in C: __try, __except, __finally, __leave.
 *
 *     __try { *page = 1; }
 *     __except (filter(GetExceptionCode(), GetExceptionInformation())) { puts("refused"); }
 *
 * The filter runs where the exception happened, with everything below it on the stack still in
 * place, and says what is to be done:
 *
 *   EXCEPTION_CONTINUE_EXECUTION   go on: the instruction runs again, with all registers, floating
 *                                  point and vectors included, as they were, or as the filter
 *                                  left them in ContextRecord
 *   EXCEPTION_EXECUTE_HANDLER      leave the body, run the block of __except
 *   EXCEPTION_CONTINUE_SEARCH      ask the next __except outward
 *
 * Any negative value counts as the first, any positive one as the second. Filters are expressions,
 * of any cost; they see the variables of the function they stand in.
 * __finally runs its block however its body is left: at its end, by __leave, return, goto, break
 * or continue, or by an exception that a __except farther out takes. AbnormalTermination() in it is
 * FALSE only for the first two. Blocks nest, across function calls too, in every thread.
 *
 * What differs from a compiler that knows these words:
 *  - A local variable that is changed inside a body and read outside of it after an exception, or
 *    after return, goto, break or continue left the body, must be volatile: in the filter, in the
 *    block of __except or __finally, and behind them. (What the filter changes is seen.) So
 *
 *        char *volatile buffer = NULL;
 *        __try { buffer = malloc(size); use(buffer); }
 *        __finally { free(buffer); }
 *
 *    gcc -O1 -Wextra warns of many such variables (-Wclobbered), and of some for nothing; clang of
 *    none. Compiled with -O0 all is as on Windows.
 *  - To the compiler an access is no call: one whose value is not used may be left out, plain
 *    stores near the one that faulted may be done already or not yet, a division whose result is
 *    used later may be done later, and 1/z needs no division. A fault made on purpose needs a
 *    volatile pointer, or volatile operands.
 *  - A __try with its __finally is two statements: put braces around them in a loop or under an if.
 *    (In a loop without braces the program ends with a message; before else it does not compile.)
 *    Variables that the block changes must be volatile if the body may be left by goto, break or
 *    continue and they are needed behind.
 *  - break and continue in the block of __finally end that block only; goto out of it costs stack
 *    until the function returns. (Microsoft's compiler warns of all three.) return is fine.
 *  - GetExceptionCode() in the block of an __except names the exception this function handled
 *    last: read it before another __try inside that block.
 *  - longjmp out of a body is allowed, but does not run its __finally. The setjmp must have been
 *    compiled with this header, or lie farther out than every __try that follows. C++ exceptions
 *    through a body, pthread_exit and cancellation in it do not run __finally either.
 *  - The body may be left for good by switching stacks only if the thread never comes back.
 *  - They are words of C only, not of C++ (the C++ library uses __try itself); and not under
 *    platforms other than Linux on x86-64.
 *
 * Cost without an exception: about that of a setjmp, and no system call.
 * Stack: a thread whose first __try runs gets an alternate signal stack of 64 KiB, unless it has
 * one, so that filters for EXCEPTION_STACK_OVERFLOW have room; it is freed when the thread ends. A
 * thread that has run none (nor AddVectoredExceptionHandler, nor RaiseException) dies of a stack
 * overflow, without any handler being asked. Afterwards nothing has to be reset.
 * Signal handlers may contain __try. Only signals that the instruction itself raised become
 * exceptions; kill(2) and raise(3) do not.
 */
#ifndef STEPPE_WIN32_EXCPT_H
#define STEPPE_WIN32_EXCPT_H

/* The words are made with means of the compilers that -Wpedantic and -Wshadow tell of. */
#pragma GCC system_header

#include <setjmp.h>

#include <steppe/base.h>

#include <steppe_win32_types.h>

STEPPE_BEGIN_DECLS

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

struct _EXCEPTION_POINTERS;

/* In a filter, or in the block of an __except: the exception's code. */
#define GetExceptionCode steppe_seh_code_
#define _exception_code steppe_seh_code_
STEPPE_API DWORD steppe_seh_code_(void);

/* In a filter: record and registers of the exception, which may be changed; NULL elsewhere. */
#define GetExceptionInformation steppe_seh_information_
#define _exception_info steppe_seh_information_
STEPPE_API struct _EXCEPTION_POINTERS *steppe_seh_information_(void);

/* In the block of a __finally: whether its body was left otherwise than through its end. */
#define AbnormalTermination() (steppe_seh_finally_.is_abnormal)
#define _abnormal_termination AbnormalTermination

/* ---- private from here on: how the words are made ------------------------------------------- */

/*
 * steppe_seh_enter_ returns 0 for the body, and again, like setjmp: 0 for a question to the frame
 * (steppe_seh_is_asked_: what the filter's value is, or which word follows), and 1 to run the block
 * behind the body. Questions are answered in this function, but on a deeper part of the stack,
 * below the exception, and the answer is another jump. That needs this function to find its
 * variables without the stack pointer: a compiler must do so in any function that calls alloca with
 * a size it does not know, even if that call is never reached.
 *
 * Jumps that are never taken tell the compiler what it must bear in mind. From behind the filter to
 * the body: nothing that a resumed body still needs may be overwritten. From there to
 * steppe_seh_enter_: what the filter changes is seen in the block. And the filter's expression is
 * compiled as a function of its own, with its own part of the stack, which sees this function's
 * variables where they are: as part of this one its variables would share the body's places.
 *
 * The block of __finally is simply what follows when the body came to its end. Otherwise, and that
 * is a jump with 1, it runs before the leaving goes on.
 */
struct steppe_seh_frame_ {
    uintptr_t registers[8];
    struct steppe_seh_frame_ *outer;
    void *questions, *unread, *exception, *tries;
    struct steppe_seh_frame_ *ended[2];
    int end;
};

struct steppe_seh_finally_ {
    int is_running;
    int is_abnormal;
};

#if !defined(__cplusplus)
/* One call stays one call: a copy for the first turn of a loop would know too much. */
#if defined(__clang__)
#define STEPPE_SEH_ONCE_ __attribute__((noduplicate))
#else
#define STEPPE_SEH_ONCE_
#endif
STEPPE_API int steppe_seh_enter_(struct steppe_seh_frame_ *frame)
    __attribute__((returns_twice)) STEPPE_SEH_ONCE_;
STEPPE_API struct steppe_seh_frame_ *steppe_seh_open_(void);
STEPPE_API void steppe_seh_close_(struct steppe_seh_frame_ **frame);
STEPPE_API void steppe_seh_end_(int word);
STEPPE_API int steppe_seh_is_asked_(void);
STEPPE_API void steppe_seh_word_(int word);
STEPPE_API void steppe_seh_answer_(int answer);
STEPPE_API struct steppe_seh_finally_ steppe_seh_finally_begin_(void);
STEPPE_API int steppe_seh_finally_end_(int is_abnormal);
STEPPE_API void steppe_seh_finally_left_(struct steppe_seh_finally_ *finally);
STEPPE_API void steppe_seh_keep_(void *memory);
STEPPE_API int steppe_seh_apart_(void) __attribute__((returns_twice));

/* A function that calls one that returns twice is never made part of another. */
#if defined(__clang__)
#define STEPPE_SEH_FILTER_(...)                                                                    \
    _Pragma("clang __debug captured")                                                              \
    {                                                                                              \
        (void)steppe_seh_apart_();                                                                 \
        steppe_seh_answer_((__VA_ARGS__));                                                         \
    }
#else
#define STEPPE_SEH_FILTER_(...)                                                                    \
    __extension__ __attribute__((noipa)) void steppe_seh_filter_(void)                             \
    {                                                                                              \
        steppe_seh_answer_((__VA_ARGS__));                                                         \
    }                                                                                              \
    steppe_seh_filter_();
#endif

#define STEPPE_SEH_EXCEPT_ 1
#define STEPPE_SEH_FINALLY_ 2

/* clang-format off: it takes these for keywords. */
#define STEPPE_SEH_TRY_(guard)                                                                     \
    if (1) {                                                                                       \
        __label__ steppe_seh_again_, steppe_seh_ask_, steppe_seh_body_, steppe_seh_leave_,         \
            steppe_seh_block_;                                                                     \
        struct steppe_seh_frame_ steppe_seh_frame_;                                                \
    steppe_seh_again_:                                                                             \
    __attribute__((unused));                                                                       \
        if (steppe_seh_enter_(&steppe_seh_frame_) != 0)                                            \
            goto steppe_seh_block_;                                                                \
        {                                                                                          \
            __attribute__((cleanup(steppe_seh_close_), unused)) struct steppe_seh_frame_ *guard =  \
                steppe_seh_open_();                                                                \
            if ((uintptr_t)guard & 1)                                                              \
                steppe_seh_keep_(__builtin_alloca((uintptr_t)guard));                              \
            if (steppe_seh_is_asked_())                                                            \
                goto steppe_seh_ask_;                                                              \
        steppe_seh_body_:
#define STEPPE_SEH_END_(word)                                                                      \
        steppe_seh_leave_:                                                                         \
        __attribute__((unused));                                                                   \
            steppe_seh_end_(word);                                                                 \
            if (0) {                                                                               \
            steppe_seh_ask_:                                                                       \
                steppe_seh_word_(word);
#define STEPPE_SEH_BACK_                                                                           \
                if (steppe_seh_is_asked_())                                                        \
                    goto steppe_seh_again_;                                                        \
                goto steppe_seh_body_;                                                             \
            }                                                                                      \
        }
#define STEPPE_SEH_EXCEPT_BLOCK_(number) STEPPE_SEH_EXCEPT_BLOCK_1_(number)
#define STEPPE_SEH_EXCEPT_BLOCK_1_(number)                                                         \
        if (0) {                                                                                   \
        steppe_seh_block_:                                                                         \
            goto steppe_seh_except_##number##_;                                                    \
        }                                                                                          \
    } else                                                                                         \
    steppe_seh_except_##number##_:
#define STEPPE_SEH_NAME_(number) STEPPE_SEH_NAME_1_(number)
#define STEPPE_SEH_NAME_1_(number) steppe_seh_guard_##number##_

#define __try STEPPE_SEH_TRY_(STEPPE_SEH_NAME_(__COUNTER__))
#define __leave goto steppe_seh_leave_
#define __except(...)                                                                              \
    STEPPE_SEH_END_(STEPPE_SEH_EXCEPT_)                                                            \
    STEPPE_SEH_FILTER_(__VA_ARGS__)                                                                \
    STEPPE_SEH_BACK_                                                                               \
    STEPPE_SEH_EXCEPT_BLOCK_(__COUNTER__)
#define __finally                                                                                  \
    STEPPE_SEH_END_(STEPPE_SEH_FINALLY_)                                                           \
    STEPPE_SEH_BACK_                                                                               \
    steppe_seh_block_:;                                                                            \
    }                                                                                              \
    for (__attribute__((cleanup(steppe_seh_finally_left_))) struct steppe_seh_finally_             \
             steppe_seh_finally_ = steppe_seh_finally_begin_();                                    \
         steppe_seh_finally_.is_running;                                                           \
         steppe_seh_finally_.is_running =                                                          \
             steppe_seh_finally_end_(steppe_seh_finally_.is_abnormal))
/* clang-format on */

/* A longjmp leaves bodies: what was open at the setjmp is open again. Behind the signal mask that
 * the kernel knows a jmp_buf has room to spare. */
STEPPE_API struct __jmp_buf_tag *steppe_seh_note_(struct __jmp_buf_tag *jump);
STEPPE_API int steppe_seh_jumped_(int value, struct __jmp_buf_tag *jump);
#undef setjmp
#undef _setjmp
#undef sigsetjmp
#define setjmp(jump) steppe_seh_jumped_((_setjmp)(steppe_seh_note_(jump)), (jump))
#define _setjmp(jump) setjmp(jump)
#define sigsetjmp(jump, mask)                                                                      \
    steppe_seh_jumped_((__sigsetjmp)(steppe_seh_note_(jump), (mask)), (jump))
#endif

STEPPE_END_DECLS
#endif
