/* SPDX-License-Identifier: MIT */
/*
 * steppe/fault.h - what happens when a page is touched that cannot be.
 *
 * Every reservation has a fault policy:
 *
 *   STEPPE_RAISE   the fault is the program's own bug: it goes to the signal handler that was there
 *                  before ours, or to the default action, with the original information, once.
 *   STEPPE_COMMIT  a page that is not committed is committed, and the access goes on. With
 *                  fault-around (unless options.strict) pages ahead are committed too, as many as
 *                  lie committed on the other side, so a lone fault commits one page and a
 *                  sequential run doubles, up to options.fault_around_bytes; never beyond the
 *                  reservation or what its budgets allow. These pages are charged like those that
 *                  were touched, and stay when those are decommitted: where every byte of a budget
 *                  counts, be strict, or give back whole runs of the walk. What a commit does not
 *                  settle (it is refused, a protection, a guard) goes to the filter if there is
 *                  one, else it is unwound. Without a STEPPE_TRY around it the access then ends
 *                  like any wild one: by SIGSEGV. steppe_last_status is left alone in any case.
 *   STEPPE_ASK     the filter decides.
 *
 *   fault --> in a reservation? --no--> previous handler
 *               | yes
 *               v
 *             guard page: take the guard off, reason STEPPE_E_GUARD
 *             protection forbids it: reason STEPPE_E_PROTECTION
 *             not committed: reason STEPPE_E_NOT_COMMITTED; commit it if that is the policy
 *               |            or the answer; refused: reason is the refusal, else access goes on
 *               v
 *             RAISE ---> previous handler
 *             COMMIT without a filter ---> UNWIND
 *             COMMIT with a filter, ASK ---> filter ---> COMMIT_AND_RESUME, RESUME, UNWIND, PASS_ON
 *
 *   UNWIND goes to the nearest STEPPE_TRY of the thread, to the previous handler when there is
 * none.
 *
 * A fault in memory that is not ours, or under STEPPE_RAISE, is never caught by a STEPPE_TRY: no
 * wild pointer is hidden. Only steppe_probe_read and steppe_probe_write catch those.
 *
 * On Linux the handler takes SIGSEGV and SIGBUS with SA_SIGINFO | SA_ONSTACK | SA_NODEFER, keeps
 * errno, uses no lock of the C library, no allocation and no dynamic thread-local storage. It is
 * installed by the first reservation or probe that needs it and never removed. Handlers installed
 * before it are called for what is not ours; one installed later must call the one it replaced, and
 * needs SA_SIGINFO and a full sa_mask for that (but SIGSEGV and SIGBUS). In gdb say "handle SIGSEGV
 * SIGBUS nostop noprint pass". With an alternate signal stack, give it 64 KiB or more; a thread
 * whose own stack lies in a reservation must have one. userfaultfd (STEPPE_MECHANISM_UFFD) raises
 * SIGBUS for a page that is not committed; handlers that stood before ours are told SIGSEGV, as
 * everywhere, and a program that owns the signals must take both to steppe_take_fault. A thread
 * that blocks SIGSEGV or SIGBUS, also by sigfillset in a handler's sa_mask, is killed by its first
 * fault: nobody can catch that.
 */
#ifndef STEPPE_FAULT_H
#define STEPPE_FAULT_H

#include <setjmp.h>
#include <steppe/base.h>

STEPPE_BEGIN_DECLS

struct steppe_budget;

typedef enum steppe_on_fault {
    STEPPE_RAISE = 0,
    STEPPE_COMMIT = 1,
    STEPPE_ASK = 2
} steppe_on_fault;

typedef enum steppe_access {
    STEPPE_ACCESS_READ = 0,
    STEPPE_ACCESS_WRITE = 1,
    STEPPE_ACCESS_EXECUTE = 2
} steppe_access;

typedef enum steppe_answer {
    STEPPE_RESUME = 1,  /* run the access again; where nothing was changed it faults for ever */
    STEPPE_UNWIND = 2,  /* leave the body of the nearest STEPPE_TRY of this thread */
    STEPPE_PASS_ON = 3, /* hand the fault to the previous handler or the default action */
    STEPPE_COMMIT_AND_RESUME = 4 /* commit the page as STEPPE_COMMIT would, and run the access
                                    again; when that is refused the filter is asked once more, with
                                    why. Where the page is committed already: as STEPPE_RESUME.
                                    Better than steppe_commit in the filter, which would overwrite a
                                    protection that another thread set meanwhile */
} steppe_answer;

/* A fault, as a filter sees it and as a STEPPE_TRY catches it. */
typedef struct steppe_fault {
    void *reservation;    /* base of the reservation; NULL for memory that is not ours */
    void *address;        /* the exact byte the processor refused */
    size_t offset_bytes;  /* address - reservation */
    steppe_access access; /* what the processor was about to do */
    steppe_status reason; /* STEPPE_E_NOT_COMMITTED, _PROTECTION, _GUARD, or why a commit was
                             refused: _BUDGET, _MEMORY, _MAP_COUNT, _SYSTEM */
    struct steppe_budget *budget; /* with STEPPE_E_BUDGET: which refused; NULL: the reservation's
                                     own limit */
    const void *instruction;      /* where the access stands in the code */
    /* Private: storage of STEPPE_TRY. */
    struct steppe_fault *outer_;
    const void *place_;
    uintptr_t catches_first_, catches_size_;
    jmp_buf jump_;
} steppe_fault;

/* A filter decides about a fault. It runs on the faulting thread, in a signal handler, but at a
 * known place: the access itself. So it may do whatever that place allows (only functions that are
 * not already active below it: no malloc if malloc was writing to the reservation), and it may
 * commit, decommit, protect, query, move limits, and touch other reservations, nested faults
 * included. It may not release the reservation. Other signals wait while it runs; errno and
 * steppe_last_status are kept.
 * fault lives until the filter returns. An answer not listed counts as STEPPE_PASS_ON. */
typedef steppe_answer (*steppe_filter)(const steppe_fault *fault, void *context);

/* Run a body; when a fault inside it is to be unwound, leave it and run the other block:
 *
 *     steppe_fault fault;
 *     STEPPE_TRY (&fault) { load(table, file); }
 *     STEPPE_CAUGHT { fprintf(stderr, "stopped: %s\n", steppe_status_text(fault.reason)); }
 *
 * Both blocks need braces, and there is no STEPPE_TRY without a STEPPE_CAUGHT; under an if, put
 * braces around the whole. break, continue, return, goto and C++ exceptions out of the body do what
 * they say (there is no hidden loop). longjmp out of it must not, nor may a coroutine be left for
 * another inside it: the try would stay behind.
 * fault_pointer is evaluated twice. A try catches faults of its own thread, in the functions it
 * calls too; the innermost try wins; faults in the STEPPE_CAUGHT block go to the next outer one.
 * fault is written only when caught, must live as long as the body runs, and may be used again by a
 * later try, but not by one inside the body (that aborts). As after longjmp: locals changed inside
 * the body are indeterminate afterwards unless volatile, and functions left by the unwinding do not
 * clean up (no C++ destructors, no unlocking). And to the compiler an access is no call: plain
 * stores near the one that faulted may be done already or not yet; what must be known afterwards,
 * such as how far a loop came, belongs into a volatile. A signal handler that may fault should have
 * a try of its own: unwinding from it to a try outside leaves whatever it interrupted, a call of
 * this library included, as longjmp would. Cost without a fault: one setjmp, which does not save
 * the signal mask. */
#define STEPPE_TRY(fault_pointer)                                                                  \
    if (setjmp((fault_pointer)->jump_) == 0) {                                                     \
        __attribute__((cleanup(steppe_try_close_), unused)) steppe_fault *STEPPE_TRY_NAME_ =       \
            steppe_try_open_(fault_pointer);
#define STEPPE_CAUGHT                                                                              \
    }                                                                                              \
    else

#define STEPPE_TRY_NAME_ STEPPE_TRY_NAME_1_(__COUNTER__)
#define STEPPE_TRY_NAME_1_(number) STEPPE_TRY_NAME_2_(number)
#define STEPPE_TRY_NAME_2_(number) steppe_try_##number##_
STEPPE_API steppe_fault *steppe_try_open_(steppe_fault *fault);
STEPPE_API void steppe_try_close_(steppe_fault **fault);
/* For others that unwind: the innermost open try, and making it the innermost again. */
STEPPE_API steppe_fault *steppe_try_innermost_(void);
STEPPE_API void steppe_try_return_(steppe_fault *fault);
/* Whether a signal's handler is the library's own, and behind it stands the default action only. */
STEPPE_API bool steppe_handler_is_last_(int signal, const void *handler);

/* Copy size_bytes from an address that may not be there to buffer; from bytes to one that may not
 * be there. An ordinary access, so fault policies apply: a page of a STEPPE_COMMIT reservation is
 * committed by it, a filter is asked. Where the program would have crashed, or a try would have
 * caught it, the call returns why. Memory of anybody is allowed.
 *
 * done_bytes may be NULL; otherwise it receives how many bytes were copied before the end or the
 * fault: whole pages, of either side. Nothing beyond them was written.
 * buffer and bytes are the program's own memory: a fault there is none of the probe's business and
 * goes its ordinary way.
 * Threads: any. Signal handlers: yes. The first call installs the fault handler.
 * Errors: STEPPE_E_NULL (buffer or bytes), STEPPE_E_SIZE (address plus size wraps; size 0
 * succeeds), STEPPE_E_UNMAPPED (no memory there, null included, or past the end of a mapped file),
 * STEPPE_E_PROTECTION, STEPPE_E_NOT_COMMITTED, STEPPE_E_GUARD (the guard is off afterwards),
 * STEPPE_E_BUDGET, STEPPE_E_MEMORY, STEPPE_E_MAP_COUNT, STEPPE_E_UNSUPPORTED, STEPPE_E_SYSTEM. Like
 * ReadProcessMemory on oneself; like process_vm_readv, but under the policies. */
STEPPE_API steppe_status steppe_probe_read(const void *address, void *buffer, size_t size_bytes,
                                           size_t *done_bytes);
STEPPE_API steppe_status steppe_probe_write(void *address, const void *bytes, size_t size_bytes,
                                            size_t *done_bytes);

/* For programs that handle SIGSEGV themselves (language runtimes, emulators, crash reporters): what
 * the library's own handler would do with a fault, done in yours, which then knows the rest.
 *
 *     static void on_signal(int signal, siginfo_t *information, void *context)
 *     {
 *         steppe_fault fault;
 *         if (steppe_take_fault(signal, information, context, &fault) == STEPPE_RESUME)
 *             return;
 *         ...                                    the program's own bug; fault says what it was
 *     }
 *
 * Call it once for a signal, with the arguments of a handler that has SA_SIGINFO, whether your
 * handler was installed before the library's or after it; filters are asked once. signal may be
 * any.
 * Returns STEPPE_RESUME: settled, return from the handler and the access runs again; or
 * STEPPE_PASS_ON: *fault, which may not be NULL, describes it (of its private part nothing is set).
 * Faults that are to be unwound do not return. A guard page has lost its guard by then: return from
 * the handler without more ado, and the access succeeds.
 * Look at fault->reason first: with STEPPE_E_UNSUPPORTED the signal was no access that the page
 * tables refused (kill(2), SIGFPE, an address that no processor forms), and the rest is zero.
 * After STEPPE_PASS_ON a fault that is not yours either goes to the handler that sigaction gave
 * you, the library's or another's; steppe-win32 raises its exceptions there. Instead you may leave
 * your handler by siglongjmp, unless the access was a library call's; what it reads, such as the
 * place to jump to, must be volatile, for to the compiler an access is no call.
 * Threads: any. Signal handlers: only there. Nearest: sigsegv_dispatch of libsigsegv. */
STEPPE_API steppe_answer steppe_take_fault(int signal, const void *information, void *context,
                                           steppe_fault *fault);

/* "read", "write", "execute"; "?" for another value. Constant strings; any thread, signal handlers
 * included. */
STEPPE_API const char *steppe_access_name(steppe_access access);

STEPPE_END_DECLS
#endif
