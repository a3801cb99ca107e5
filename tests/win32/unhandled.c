/* SPDX-License-Identifier: MIT */
/*
 * unhandled.c - what becomes of exceptions that nobody takes: the message, the signal the process
 * dies of, the unhandled filter, and the handlers that owned the signals before us.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <windows.h>

enum { CODE_A = (int)0xE0001234 };

static const size_t page = 4096;
static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};

static void setup(void)
{
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    for (size_t i = 0; i < array_count(numbers); i++)
        signal(numbers[i], SIG_DFL); /* not a sanitizer's */
}

/* ---- children ---------------------------------------------------------------------------------
 */

struct ending {
    int status;
    char text[2048]; /* its standard error */
};

static struct ending ending_of(void (*body)(void))
{
    struct ending ending = {.status = 0};
    int ends[2];
    fflush(NULL);
    require(pipe(ends) == 0);
    pid_t child = fork();
    require(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        alarm(30);
        body();
        _exit(77);
    }
    close(ends[1]);
    size_t length = 0;
    for (;;) {
        ssize_t got = read(ends[0], ending.text + length, sizeof ending.text - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    close(ends[0]);
    while (waitpid(child, &ending.status, 0) < 0)
        require(errno == EINTR);
    return ending;
}

#define require_ending(ending, signal_, words)                                                     \
    do {                                                                                           \
        const struct ending *ending_ = &(ending);                                                  \
        require(WIFSIGNALED(ending_->status) && WTERMSIG(ending_->status) == (signal_),            \
                "status %#x, said: %s", (unsigned)ending_->status, ending_->text);                 \
        require(strstr(ending_->text, (words)), "said: %s", ending_->text);                        \
        require(!*(words) ||                                                                       \
                    strchr(ending_->text, '\n') == ending_->text + strlen(ending_->text) - 1,      \
                "said: %s", ending_->text);                                                        \
    } while (0)

#define require_end(ending, code)                                                                  \
    do {                                                                                           \
        const struct ending *ending_ = &(ending);                                                  \
        require(WIFEXITED(ending_->status) && WEXITSTATUS(ending_->status) == (code),              \
                "status %#x, said: %s", (unsigned)ending_->status, ending_->text);                 \
    } while (0)

static void install(void)
{
    __try {
        (void)getpid();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
    }
}

/* ---- nobody -----------------------------------------------------------------------------------
 */

static void write_wild(void)
{
    install();
    store((void *)0x123450, 1);
}

static void write_wild_in_try(void)
{
    __try {
        __try {
            store((void *)0x123450, 1);
        } __finally {
            (void)!write(STDERR_FILENO, "finally\n", 8);
        }
    } __except (EXCEPTION_CONTINUE_SEARCH) {
        _exit(1);
    }
}

static void write_wild_native_first(void)
{
    store(reserve(page, options(.on_fault = STEPPE_COMMIT)), 1);
    write_wild();
}

static void write_wild_facade_first(void)
{
    install();
    store(reserve(page, options(.on_fault = STEPPE_COMMIT)), 1);
    write_wild();
}

static void fetch_wild(void)
{
    install();
    call_code(NULL);
}

static void touch_guard(void)
{
    uint8_t *base = VirtualAlloc(NULL, page, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
    install();
    store(base, 1);
}

static void touch_guard_facade_first(void)
{
    install();
    touch_guard();
}

static NO_SANITIZER void divide_by_zero(void)
{
    volatile int one = 1, zero = 0;
    install();
    one = one / zero;
}

static void illegal(void)
{
    install();
    __asm__ volatile("ud2");
}

static void privileged(void)
{
    install();
    __asm__ volatile("hlt");
}

static void raise_own(void)
{
    RaiseException((DWORD)CODE_A, 0, 0, NULL);
}

static void raise_violation(void)
{
    RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
}

static void raise_division(void)
{
    RaiseException(EXCEPTION_INT_DIVIDE_BY_ZERO, 0, 0, NULL);
}

static void short_file(void)
{
    char path[] = "/tmp/steppe-unhandled-XXXXXX";
    int file = mkstemp(path);
    unlink(path);
    uint8_t *mapping = mmap(NULL, page, PROT_READ, MAP_SHARED, file, 0);
    install();
    (void)load(mapping);
}

START_TEST(nobody_takes_it)
{
    static const struct {
        void (*body)(void);
        int signal;
        const char *words;
    } cases[] = {
        {write_wild, SIGSEGV, "unhandled exception 0xC0000005 EXCEPTION_ACCESS_VIOLATION at 0x"},
        {write_wild, SIGSEGV, ": write to 0x123450\n"},
        {write_wild_in_try, SIGSEGV, ": write to 0x123450\n"},
        {write_wild_native_first, SIGSEGV, ": write to 0x123450\n"},
        {write_wild_facade_first, SIGSEGV, ": write to 0x123450\n"},
        {fetch_wild, SIGSEGV, ": fetch of code at 0x0\n"},
        {touch_guard, SIGSEGV, "0x80000001 EXCEPTION_GUARD_PAGE"},
        {touch_guard_facade_first, SIGSEGV, "0x80000001 EXCEPTION_GUARD_PAGE"},
        {divide_by_zero, SIGFPE, "0xC0000094 EXCEPTION_INT_DIVIDE_BY_ZERO"},
        {illegal, SIGILL, "0xC000001D EXCEPTION_ILLEGAL_INSTRUCTION"},
        {privileged, SIGSEGV, "0xC0000096 EXCEPTION_PRIV_INSTRUCTION"},
        {raise_own, SIGABRT, "unhandled exception 0xE0001234 at 0x"},
        {raise_violation, SIGSEGV, "EXCEPTION_ACCESS_VIOLATION"},
        {raise_division, SIGFPE, "EXCEPTION_INT_DIVIDE_BY_ZERO"},
        {short_file, SIGBUS, "0xC0000006 EXCEPTION_IN_PAGE_ERROR"},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        struct ending ending = ending_of(cases[i].body);
        require(WIFSIGNALED(ending.status), "case %zu: status %#x, said: %s", i,
                (unsigned)ending.status, ending.text);
        require_ending(ending, cases[i].signal, cases[i].words);
    }
}
END_TEST

static volatile bool recursion_ends;

static DECLSPEC_NOINLINE NO_SANITIZER int recurse_for_ever(volatile char *above)
{
    volatile char room[1000];
    room[0] = *above;
    int below = recursion_ends ? 0 : recurse_for_ever(room);
    return below + room[0] + room[999];
}

static void overflow_stack(void)
{
    volatile char top = 0;
    install();
    (void)recurse_for_ever(&top);
}

START_TEST(nobody_takes_a_stack_overflow)
{
    if (TEST_UNDER_ASAN)
        skip_test("AddressSanitizer's stack cannot overflow and go on");
    struct ending ending = ending_of(overflow_stack);
    require_ending(ending, SIGSEGV, "0xC00000FD EXCEPTION_STACK_OVERFLOW");
}
END_TEST

static void raise_noncontinuable(void)
{
    RaiseException((DWORD)CODE_A, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

START_TEST(nobody_takes_what_cannot_be_continued)
{
    struct ending ending = ending_of(raise_noncontinuable);
    require_ending(ending, SIGABRT, "unhandled exception 0xE0001234");
}
END_TEST

/* ---- the unhandled filter ---------------------------------------------------------------------
 */

static volatile LONG filter_answer;
static volatile int filter_calls;
static uint8_t *volatile missing_page;

static LONG WINAPI unhandled_filter(PEXCEPTION_POINTERS exception)
{
    filter_calls = filter_calls + 1;
    (void)!write(STDERR_FILENO, "filter\n", 7);
    if (filter_answer == EXCEPTION_CONTINUE_EXECUTION && missing_page)
        child_require(VirtualAlloc(missing_page, page, MEM_COMMIT, PAGE_READWRITE));
    child_require(exception->ExceptionRecord && exception->ContextRecord);
    return filter_answer;
}

static void filtered_write(void)
{
    SetUnhandledExceptionFilter(unhandled_filter);
    store((void *)0x123450, 1);
}

static void filtered_raise(void)
{
    SetUnhandledExceptionFilter(unhandled_filter);
    RaiseException((DWORD)CODE_A, 0, 0, NULL);
    _exit(filter_calls == 1 ? 55 : 56);
}

static void filtered_resume(void)
{
    missing_page = VirtualAlloc(NULL, page, MEM_RESERVE, PAGE_READWRITE);
    SetUnhandledExceptionFilter(unhandled_filter);
    store(missing_page + 7, 9);
    _exit(load(missing_page + 7) == 9 && filter_calls == 1 ? 55 : 56);
}

static void filtered_guard(void)
{
    SetUnhandledExceptionFilter(unhandled_filter);
    touch_guard();
    _exit(filter_calls == 1 ? 55 : 56);
}

static void filtered_handled(void)
{
    SetUnhandledExceptionFilter(unhandled_filter);
    __try {
        store((void *)0x123450, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        _exit(filter_calls == 0 ? 55 : 56);
    }
}

START_TEST(the_filters_answers)
{
    filter_answer = EXCEPTION_CONTINUE_SEARCH;
    struct ending ending = ending_of(filtered_write);
    require(strncmp(ending.text, "filter\nunhandled exception 0xC0000005", 37) == 0, "%s",
            ending.text);
    require(WIFSIGNALED(ending.status) && WTERMSIG(ending.status) == SIGSEGV);
    ending = ending_of(filtered_raise);
    require(strncmp(ending.text, "filter\nunhandled exception 0xE0001234", 37) == 0, "%s",
            ending.text);
    require(WIFSIGNALED(ending.status) && WTERMSIG(ending.status) == SIGABRT);

    filter_answer = EXCEPTION_EXECUTE_HANDLER;
    ending = ending_of(filtered_write);
    require_end(ending, 0x05);
    require(strcmp(ending.text, "filter\n") == 0, "%s", ending.text);
    ending = ending_of(filtered_raise);
    require_end(ending, 0x34);
    require(strcmp(ending.text, "filter\n") == 0, "%s", ending.text);

    filter_answer = EXCEPTION_CONTINUE_EXECUTION;
    ending = ending_of(filtered_raise);
    require_end(ending, 55);
    ending = ending_of(filtered_resume);
    require_end(ending, 55);
    ending = ending_of(filtered_guard);
    require_end(ending, 55);
    ending = ending_of(filtered_handled);
    require_end(ending, 55);
}
END_TEST

static LONG WINAPI other_filter(PEXCEPTION_POINTERS exception)
{
    (void)exception;
    return EXCEPTION_CONTINUE_SEARCH;
}

START_TEST(setting_the_filter_returns_the_one_before)
{
    require(SetUnhandledExceptionFilter(unhandled_filter) == NULL);
    require(SetUnhandledExceptionFilter(other_filter) == unhandled_filter);
    require(SetUnhandledExceptionFilter(NULL) == other_filter);
    require(SetUnhandledExceptionFilter(NULL) == NULL);
}
END_TEST

static void raising_twice(void)
{
    RaiseException((DWORD)CODE_A, 0, 0, NULL);
}

static LONG WINAPI raising_filter(PEXCEPTION_POINTERS exception)
{
    if (exception->ExceptionRecord->ExceptionCode != (DWORD)CODE_A)
        raising_twice();
    return EXCEPTION_EXECUTE_HANDLER;
}

static void filter_that_raises(void)
{
    SetUnhandledExceptionFilter(raising_filter);
    store((void *)0x123450, 1);
}

START_TEST(a_filter_that_raises_itself)
{
    struct ending ending = ending_of(filter_that_raises);
    require_end(ending, 0x34);
}
END_TEST

static void call_in_filter(void)
{
    __try {
        store((void *)0x123450, 1);
    } __except (UnhandledExceptionFilter(GetExceptionInformation()) == EXCEPTION_CONTINUE_SEARCH) {
        _exit(44);
    }
}

static void call_in_filter_with_own(void)
{
    SetUnhandledExceptionFilter(unhandled_filter);
    __try {
        store((void *)0x123450, 1);
    } __except (UnhandledExceptionFilter(GetExceptionInformation())) {
        _exit(45);
    }
}

START_TEST(the_unhandled_filter_called_in_a_filter)
{
    struct ending ending = ending_of(call_in_filter);
    require_end(ending, 44);
    require(strstr(ending.text, "EXCEPTION_ACCESS_VIOLATION"), "%s", ending.text);
    filter_answer = EXCEPTION_EXECUTE_HANDLER;
    ending = ending_of(call_in_filter_with_own);
    require_end(ending, 45);
    require(strcmp(ending.text, "filter\n") == 0, "%s", ending.text);
}
END_TEST

/* ---- the signals' earlier owners --------------------------------------------------------------
 */

static volatile struct {
    int calls, number, code;
    void *address;
    bool usr1_blocked, own_blocked;
} seen;

static uint8_t *volatile fixable;
static volatile bool leaves;
static sigjmp_buf way_out;

static void settle(int number)
{
    sigset_t mask;
    seen.calls++;
    seen.number = number;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    seen.usr1_blocked = sigismember(&mask, SIGUSR1) == 1;
    seen.own_blocked = sigismember(&mask, number) == 1;
    if (fixable)
        mprotect(fixable, page, PROT_READ | PROT_WRITE);
    if (leaves)
        siglongjmp(way_out, 1);
    if (!fixable)
        _exit(66);
}

static void owner(int number, siginfo_t *info, void *context)
{
    (void)context;
    seen.code = info->si_code;
    seen.address = info->si_addr;
    settle(number);
}

static void own(int number, int flags)
{
    struct sigaction action = {.sa_flags = flags};
    if (flags & SA_SIGINFO)
        action.sa_sigaction = owner;
    else
        action.sa_handler = settle;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR1);
    require(sigaction(number, &action, NULL) == 0);
}

static uint8_t *read_only_page(void)
{
    uint8_t *mapping = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(mapping != MAP_FAILED);
    return mapping;
}

START_TEST(an_owner_may_settle_it)
{
    own(SIGSEGV, SA_SIGINFO);
    install();
    fixable = read_only_page();
    errno = 88;
    store(fixable + 9, 5);
    require_equal(errno, 88);
    require_equal(load(fixable + 9), 5);
    require_equal(seen.calls, 1);
    require_equal(seen.number, SIGSEGV);
    require_equal(seen.code, SEGV_ACCERR);
    require(seen.address == fixable + 9);
    require(seen.usr1_blocked && seen.own_blocked);
    settle(SIGSEGV);
    require(!seen.usr1_blocked && !seen.own_blocked, "the owner's mask stays");
}
END_TEST

START_TEST(an_owner_may_jump_away)
{
    own(SIGSEGV, SA_SIGINFO | SA_NODEFER);
    install();
    leaves = true;
    for (volatile int i = 0; i < 100; i++) {
        if (sigsetjmp(way_out, 1) == 0) {
            store((void *)0x123450, 1);
            require(false);
        }
        require_equal(seen.calls, i + 1);
        require(seen.address == (void *)0x123450);
        require(!seen.own_blocked);
    }
    volatile int handled = 0;
    __try {
        store((void *)0x123450, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        handled = 1;
    }
    require(handled == 1 && seen.calls == 100);
}
END_TEST

START_TEST(an_owner_without_information)
{
    own(SIGSEGV, 0);
    install();
    fixable = read_only_page();
    store(fixable, 1);
    require_equal(seen.calls, 1);
    require(seen.own_blocked && seen.usr1_blocked);
}
END_TEST

START_TEST(owners_of_the_other_signals)
{
    own(SIGFPE, SA_SIGINFO);
    own(SIGILL, SA_SIGINFO);
    install();
    leaves = true;
    if (sigsetjmp(way_out, 1) == 0)
        divide_by_zero();
    require_equal(seen.number, SIGFPE);
    require_equal(seen.code, FPE_INTDIV);
    if (sigsetjmp(way_out, 1) == 0)
        illegal();
    require_equal(seen.number, SIGILL);
    require_equal(seen.code, ILL_ILLOPN);
    require_equal(seen.calls, 2);
}
END_TEST

static void reset_owner(void)
{
    install();
    fixable = read_only_page();
    store(fixable, 1);
    if (seen.calls != 1)
        _exit(1);
    store(read_only_page(), 1);
    _exit(2);
}

START_TEST(an_owner_for_one_time)
{
    own(SIGSEGV, SA_SIGINFO | (int)SA_RESETHAND);
    struct ending ending = ending_of(reset_owner);
    require_ending(ending, SIGSEGV, "EXCEPTION_ACCESS_VIOLATION");
}
END_TEST

static void quiet_owner(void)
{
    own(SIGSEGV, SA_SIGINFO);
    install();
    store((void *)0x123450, 1);
}

/* The owner may settle it, so nothing is said; the unhandled filter is asked before. */
START_TEST(nothing_is_said_of_what_has_an_owner)
{
    struct ending ending = ending_of(quiet_owner);
    require_end(ending, 66);
    require(!*ending.text, "%s", ending.text);
}
END_TEST

static void ignored(void)
{
    for (size_t i = 0; i < array_count(numbers); i++)
        signal(numbers[i], SIG_IGN);
    install();
    for (size_t i = 0; i < array_count(numbers); i++) {
        raise(numbers[i]);
        kill(getpid(), numbers[i]);
    }
    (void)!write(STDERR_FILENO, "-", 1);
    store((void *)0x123450, 1);
}

START_TEST(ignored_signals)
{
    struct ending ending = ending_of(ignored);
    require(ending.text[0] == '-', "status %#x", (unsigned)ending.status);
    require_ending(ending, SIGSEGV, "EXCEPTION_ACCESS_VIOLATION");
}
END_TEST

/* Owners of exceptions that somebody takes are not asked. */
START_TEST(owners_are_last)
{
    own(SIGSEGV, SA_SIGINFO);
    install();
    volatile int handled = 0;
    for (volatile int i = 0; i < 10; i++)
        __try {
            store((void *)0x123450, 1);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            handled = handled + 1;
        }
    require_equal(handled, 10);
    require_equal(seen.calls, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unhandled");
    TCase *tests = test_case(suite, "unhandled");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, nobody_takes_it);
    tcase_add_test(tests, nobody_takes_a_stack_overflow);
    tcase_add_test(tests, nobody_takes_what_cannot_be_continued);
    tcase_add_test(tests, the_filters_answers);
    tcase_add_test(tests, setting_the_filter_returns_the_one_before);
    tcase_add_test(tests, a_filter_that_raises_itself);
    tcase_add_test(tests, the_unhandled_filter_called_in_a_filter);
    tcase_add_test(tests, an_owner_may_settle_it);
    tcase_add_test(tests, an_owner_may_jump_away);
    tcase_add_test(tests, an_owner_without_information);
    tcase_add_test(tests, owners_of_the_other_signals);
    tcase_add_test(tests, an_owner_for_one_time);
    tcase_add_test(tests, nothing_is_said_of_what_has_an_owner);
    tcase_add_test(tests, ignored_signals);
    tcase_add_test(tests, owners_are_last);
    return test_main(suite);
}
