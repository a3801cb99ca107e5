/* SPDX-License-Identifier: MIT */
/*
 * try_frame.c - __try, __except, __finally.
 *
 * A frame is a record in the function that holds the __try; the open ones of a thread form a list,
 * innermost first.
 *
 *     open --the body comes to its end (steppe_seh_end_)--> ended, as __except or as __finally
 *          --the body is left otherwise: return, goto, exception--> which word follows is not known
 *
 * What the frame is to do then is a question. To ask one is to run a part of its function, from the
 * place where steppe_seh_enter_ returned, on a deeper part of the stack: what lies between is still
 * needed, by an exception that may be resumed, or by the function itself, whose return is under
 * way. An answer is a jump back to where w32_frame_ask stands.
 *
 *                             __except answers                      __finally answers
 *     WORD    which are you   EXCEPT                                FINALLY
 *     FILTER  your value      steppe_seh_answer_: what the filter   NO_FILTER
 *                             said
 *     LEAVE   run your block  (is not asked)                        steppe_seh_finally_end_: did so
 *
 * To take an exception is no question: a jump to the block of __except on the function's own stack.
 *
 * A filter may raise exceptions itself. Those go to the __try it opens and to those around the one
 * it belongs to. The frames in between are passed over, but not forgotten: an unwinding must run
 * their __finally.
 *
 * Frames and questions lie on the stack of functions that may be left without our knowing. A
 * longjmp to a setjmp of this header puts back what was open there; of one elsewhere we know
 * nothing, and drop what lies deeper than the stack pointer as soon as somebody looks.
 *
 * Signal handlers may come between any two statements here, raise exceptions and unwind to a __try
 * of their own: what they change they put back.
 */
#include "try_frame.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include <steppe/fault.h>

#include "linux/frame.h"
#include "linux/output.h"
#include "linux/sanitizer.h"
#include "linux/signals.h"
#include "thread.h"

enum want { ASK_WORD, ASK_FILTER, ASK_LEAVE };
enum { NO_FILTER = -1, ANSWERED = 0 };

struct w32_question {
    enum want want;
    int value; /* of the filter */
    struct steppe_seh_frame_ *innermost, *asked;
    uintptr_t back[W32_FRAME_REGISTERS];
    struct w32_question *outer;
};

/* What a setjmp keeps, at the end of its jmp_buf, behind the eight bytes of mask it may use. */
struct kept {
    struct steppe_seh_frame_ *frames;
    struct w32_ended ended;
    struct w32_question *questions;
    EXCEPTION_POINTERS *exception;
    int code_count;
};

static_assert(sizeof(struct kept) <= 64, "fits behind the mask, and what else the C library adds");
static_assert(sizeof(struct w32_ended) == sizeof(((struct steppe_seh_frame_ *)NULL)->ended), "");
static_assert(sizeof(((struct __jmp_buf_tag *)NULL)->__saved_mask) == 128, "the C library's mask");

/* ---- the list -------------------------------------------------------------------------------- */

static bool is_on_stack(uintptr_t address)
{
    return address - w32_thread.stack_first < w32_thread.stack_end - w32_thread.stack_first;
}

/* What code at this stack pointer can no longer come back to. On the thread's own stack that is all
 * that lies deeper, and everything on other stacks (the alternate one, where a signal's handler has
 * returned from); there nothing is known. */
static bool is_dead(uintptr_t record, uintptr_t stack_pointer)
{
    return is_on_stack(stack_pointer) && (record < stack_pointer || !is_on_stack(record));
}

static void drop_dead(uintptr_t stack_pointer)
{
    while (w32_thread.frames && is_dead((uintptr_t)w32_thread.frames, stack_pointer))
        w32_thread.frames = w32_thread.frames->outer;
    while (w32_thread.questions && is_dead((uintptr_t)w32_thread.questions, stack_pointer))
        w32_thread.questions = w32_thread.questions->outer;
}

/* ---- codes ----------------------------------------------------------------------------------- */

/* Other stacks than the thread's own are the alternate one, and always further in. */
static bool is_deeper(uintptr_t address, uintptr_t than)
{
    return is_on_stack(address) == is_on_stack(than) ? address < than : !is_on_stack(address);
}

/* How many belong to functions that are still there. Reads only: those lie before what a signal's
 * handler, which runs deeper, may write meanwhile. */
static int living_codes(uintptr_t stack_pointer)
{
    int count = w32_thread.code_count;
    while (count && is_deeper(w32_thread.codes[count - 1].stack, stack_pointer))
        count--;
    return count;
}

/* One for each function: the last it handled. Written again once it is counted, and counted again
 * then: a signal's handler in between may have had its own entry there, or left one behind it. */
static void push_code(uintptr_t stack, DWORD code)
{
    int place = living_codes(stack + 1);
    if (!w32_thread.codes)
        return;
    if (place == W32_CODES_MAX)
        place--;
    for (int time = 0; time < 2; time++) {
        w32_thread.codes[place] = (struct w32_code){stack, code};
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        w32_thread.code_count = place + 1;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
    }
}

/* The caller's stack pointer after the call. */
#define CALLERS_STACK ((uintptr_t)__builtin_frame_address(0) + 2 * sizeof(void *))

/* A block of __except in a function that a filter called asks for its own; the filter itself for
 * that of its exception. */
DWORD steppe_seh_code_(void)
{
    int count = living_codes(CALLERS_STACK);
    const struct w32_code *code = count ? &w32_thread.codes[count - 1] : NULL;
    const struct w32_question *question = w32_thread.questions;
    while (question && question->want != ASK_FILTER)
        question = question->outer;
    if (question && !(code && is_deeper(code->stack, (uintptr_t)question)))
        return w32_thread.exception->ExceptionRecord->ExceptionCode;
    return code ? code->code : 0;
}

EXCEPTION_POINTERS *steppe_seh_information_(void)
{
    return w32_thread.exception;
}

/* The body was entered anew before the block of its __finally had its turn. */
static void complain_about_braces(void)
{
    static const char text[] = "steppe-win32: __try with __finally is two statements: "
                               "put braces around them in this loop\n";
    w32_output_error(text, sizeof text - 1);
    abort();
}

int w32_frame_entered(struct steppe_seh_frame_ *frame)
{
    if (!w32_thread.is_prepared) {
        w32_thread_prepare();
        (void)w32_signals_install(); /* refused: signals end the process, as they would without */
    }
    drop_dead(frame->registers[W32_FRAME_STACK]);
    if (w32_thread.ended.frame == frame)
        complain_about_braces();
    frame->end = 0;
    frame->outer = w32_thread.frames;
    memcpy(frame->ended, &w32_thread.ended, sizeof frame->ended);
    frame->unread = w32_thread.unread;
    frame->questions = w32_thread.questions;
    frame->exception = w32_thread.exception;
    frame->tries = steppe_try_innermost_();
    w32_thread.ended = (struct w32_ended){.frame = NULL};
    w32_thread.unread = NULL;
    w32_thread.frames = frame;
    return 0;
}

void steppe_seh_end_(int end)
{
    w32_thread.frames->end = end;
}

/* Only the compiler needs these two. */
int steppe_seh_apart_(void)
{
    return 0;
}

void steppe_seh_keep_(void *memory)
{
    (void)memory;
}

/* What a signal's handler, whose frame this may be, found half done is half done again. */
static void pop(struct steppe_seh_frame_ *frame)
{
    w32_thread.frames = frame->outer;
    memcpy(&w32_thread.ended, frame->ended, sizeof frame->ended);
    w32_thread.unread = frame->unread;
}

/* ---- longjmp --------------------------------------------------------------------------------- */

static struct kept *kept_in(struct __jmp_buf_tag *jump)
{
    return (struct kept *)(void *)(jump + 1) - 1;
}

struct __jmp_buf_tag *steppe_seh_note_(struct __jmp_buf_tag *jump)
{
    *kept_in(jump) = (struct kept){
        .frames = w32_thread.frames,
        .ended = w32_thread.ended,
        .questions = w32_thread.questions,
        .exception = w32_thread.exception,
        .code_count = w32_thread.code_count,
    };
    return jump;
}

int steppe_seh_jumped_(int value, struct __jmp_buf_tag *jump)
{
    const struct kept *kept = kept_in(jump);
    if (!value)
        return 0;
    w32_thread.frames = kept->frames;
    w32_thread.ended = kept->ended;
    w32_thread.unread = NULL;
    w32_thread.questions = kept->questions;
    w32_thread.exception = kept->exception;
    if (w32_thread.code_count > kept->code_count)
        w32_thread.code_count = kept->code_count;
    return value;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* From here to the function's steppe_seh_is_asked_ or _finally_begin_ the question is unread. */
static int ask(struct steppe_seh_frame_ *frame, struct w32_question *question)
{
    question->innermost = w32_thread.frames;
    question->asked = frame;
    question->outer = w32_thread.questions;
    w32_thread.questions = question;
    w32_thread.unread = question;
    int how = w32_frame_ask(frame->registers, question->back, question->want == ASK_LEAVE);
    w32_thread.questions = question->outer;
    return how;
}

static void answer(int how)
{
    W32_LEAVE_STACK_UP_TO(w32_thread.questions);
    w32_frame_jump(w32_thread.questions->back, how);
}

struct steppe_seh_frame_ *steppe_seh_open_(void)
{
    return w32_thread.unread ? w32_thread.unread->asked : w32_thread.frames;
}

int steppe_seh_is_asked_(void)
{
    bool is_asked = w32_thread.unread != NULL;
    w32_thread.unread = NULL;
    return is_asked;
}

/* Answers what needs no more than the word; returns for the filter. */
void steppe_seh_word_(int word)
{
    if (w32_thread.questions->want == ASK_WORD)
        answer(word);
    if (word == STEPPE_SEH_FINALLY_)
        answer(NO_FILTER);
}

/* Never returns; the compiler is not told, see excpt.h. */
void steppe_seh_answer_(int value)
{
    w32_thread.questions->value = value;
    answer(ANSWERED);
}

/* ---- the block of __finally ------------------------------------------------------------------ */

/* Neither asked for, nor behind a body that came to its end: the statement was jumped over. */
struct steppe_seh_finally_ steppe_seh_finally_begin_(void)
{
    if (w32_thread.unread) {
        w32_thread.unread = NULL;
        return (struct steppe_seh_finally_){.is_running = true, .is_abnormal = true};
    }
    if (!w32_thread.ended.frame)
        return (struct steppe_seh_finally_){.is_running = false};
    w32_thread.ended = (struct w32_ended){.frame = w32_thread.ended.before};
    return (struct steppe_seh_finally_){.is_running = true};
}

int steppe_seh_finally_end_(int is_abnormal)
{
    if (is_abnormal)
        answer(ANSWERED);
    return false;
}

/* By return, goto or break: nobody waits for the end any more. */
void steppe_seh_finally_left_(struct steppe_seh_finally_ *finally)
{
    if (!finally->is_running || !finally->is_abnormal)
        return;
    w32_thread.questions = w32_thread.questions->outer;
    w32_leave_all_stack();
}

/* The frame is closed already: what happens in the block is not its business. */
static void leave(struct steppe_seh_frame_ *frame)
{
    struct w32_question word = {.want = ASK_WORD}, block = {.want = ASK_LEAVE};
    pop(frame);
    if (ask(frame, &word) == STEPPE_SEH_FINALLY_)
        (void)ask(frame, &block);
}

void steppe_seh_close_(struct steppe_seh_frame_ **guard)
{
    struct steppe_seh_frame_ *frame = *guard;
    if (frame->end != STEPPE_SEH_EXCEPT_ && frame->end != STEPPE_SEH_FINALLY_) {
        leave(frame);
        return;
    }
    pop(frame);
    if (frame->end == STEPPE_SEH_FINALLY_)
        w32_thread.ended = (struct w32_ended){frame, w32_thread.ended.frame};
}

/* ---- exceptions ------------------------------------------------------------------------------ */

static void unwind_to(struct steppe_seh_frame_ *frame, DWORD code)
{
    while (w32_thread.frames != frame)
        leave(w32_thread.frames);
    pop(frame);
    w32_thread.questions = frame->questions;
    w32_thread.exception = frame->exception;
    steppe_try_return_(frame->tries);
    push_code(frame->registers[W32_FRAME_STACK], code);
    w32_leave_all_stack();
    w32_frame_jump(frame->registers, 1);
}

static int value_of_filter(struct steppe_seh_frame_ *frame, EXCEPTION_POINTERS *exception)
{
    EXCEPTION_POINTERS *outer_exception = w32_thread.exception;
    struct w32_question question = {.want = ASK_FILTER};
    w32_thread.exception = exception;
    int how = ask(frame, &question);
    w32_thread.exception = outer_exception;
    return how == ANSWERED ? question.value : EXCEPTION_CONTINUE_SEARCH;
}

bool w32_frames_continue(EXCEPTION_POINTERS *exception)
{
    uintptr_t stack_pointer = (uintptr_t)exception->ContextRecord->Rsp;
    drop_dead(stack_pointer);
    w32_thread.code_count = living_codes(stack_pointer); /* here, deeper, they would seem alive */
    struct w32_question *asking = w32_thread.questions;
    struct steppe_seh_frame_ *frame = w32_thread.frames;
    while (frame) {
        while (asking && asking->want != ASK_FILTER)
            asking = asking->outer;
        if (asking && asking->innermost == frame) {
            frame = asking->asked->outer;
            asking = asking->outer;
            continue;
        }
        int value = value_of_filter(frame, exception);
        if (value < 0)
            return true;
        if (value > 0)
            unwind_to(frame, exception->ExceptionRecord->ExceptionCode);
        frame = frame->outer;
    }
    return false;
}
