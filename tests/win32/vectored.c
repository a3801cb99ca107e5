/* SPDX-License-Identifier: MIT */
/* vectored.c - vectored exception handlers: order, coming and going, and what they may change. */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <windows.h>

enum { CODE_A = 0x20000001, CODE_B = 0x20000002 };

static const size_t page = 4096;

/* Who ran, in order. */
static char trail[256];
static volatile size_t trail_length;

static void mark(char letter)
{
    trail[trail_length] = letter;
    trail_length = trail_length + 1;
    trail[trail_length] = 0;
}

#define require_trail(wanted)                                                                      \
    do {                                                                                           \
        require(strcmp(trail, (wanted)) == 0, "%s instead of %s", trail, (wanted));                \
        trail_length = 0;                                                                          \
        trail[0] = 0;                                                                              \
    } while (0)

static void raise_taken(void)
{
    __try {
        RaiseException(CODE_A, 0, 0, NULL);
        mark('-');
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        mark('h');
    }
}

#define MARKING_HANDLER(letter)                                                                    \
    static LONG CALLBACK handler_##letter(PEXCEPTION_POINTERS exception)                           \
    {                                                                                              \
        (void)exception;                                                                           \
        mark(#letter[0]);                                                                          \
        return EXCEPTION_CONTINUE_SEARCH;                                                          \
    }
MARKING_HANDLER(a)
MARKING_HANDLER(b)
MARKING_HANDLER(c)
MARKING_HANDLER(d)

static LONG CALLBACK handler_continue(PEXCEPTION_POINTERS exception)
{
    (void)exception;
    mark('.');
    return EXCEPTION_CONTINUE_EXECUTION;
}

START_TEST(first_and_last)
{
    PVOID a = AddVectoredExceptionHandler(0, handler_a);
    PVOID b = AddVectoredExceptionHandler(0, handler_b);
    PVOID c = AddVectoredExceptionHandler(1, handler_c);
    PVOID d = AddVectoredExceptionHandler(77, handler_d);
    require(a && b && c && d);
    raise_taken();
    require_trail("dcabh");
    require(RemoveVectoredExceptionHandler(c));
    raise_taken();
    require_trail("dabh");
    require(RemoveVectoredExceptionHandler(d) && RemoveVectoredExceptionHandler(b));
    raise_taken();
    require_trail("ah");
    PVOID again = AddVectoredExceptionHandler(1, handler_a);
    require(again && again != a);
    raise_taken();
    require_trail("aah");
    require(RemoveVectoredExceptionHandler(again) && RemoveVectoredExceptionHandler(a));
    raise_taken();
    require_trail("h");
}
END_TEST

START_TEST(wrong_handles_and_handlers)
{
    int local;
    PVOID a = AddVectoredExceptionHandler(0, handler_a);
    SetLastError(5);
    require_equal(RemoveVectoredExceptionHandler(NULL), 0);
    require_equal(RemoveVectoredExceptionHandler(&local), 0);
    require_equal(RemoveVectoredExceptionHandler((PVOID)1), 0);
    require_equal(RemoveVectoredExceptionHandler((PVOID)(uintptr_t)handler_a), 0);
    require(RemoveVectoredExceptionHandler(a));
    require_equal(RemoveVectoredExceptionHandler(a), 0);
    SetLastError(5);
    require(!AddVectoredExceptionHandler(0, NULL));
    require_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    raise_taken();
    require_trail("h");
}
END_TEST

START_TEST(continuing_ends_the_search)
{
    AddVectoredExceptionHandler(0, handler_a);
    AddVectoredExceptionHandler(0, handler_continue);
    AddVectoredExceptionHandler(0, handler_b);
    raise_taken();
    require_trail("a.-");
}
END_TEST

/* ---- coming and going -------------------------------------------------------------------------
 */

static PVOID handles[8];

static LONG CALLBACK remove_itself(PEXCEPTION_POINTERS exception)
{
    (void)exception;
    mark('s');
    require_equal(RemoveVectoredExceptionHandler(handles[0]), 1);
    require_equal(RemoveVectoredExceptionHandler(handles[0]), 0);
    return EXCEPTION_CONTINUE_SEARCH;
}

START_TEST(a_handler_removes_itself)
{
    handles[0] = AddVectoredExceptionHandler(0, remove_itself);
    AddVectoredExceptionHandler(0, handler_a);
    raise_taken();
    require_trail("sah");
    raise_taken();
    require_trail("ah");
}
END_TEST

static LONG CALLBACK remove_others(PEXCEPTION_POINTERS exception)
{
    (void)exception;
    mark('r');
    for (int i = 0; i < 4; i++)
        (void)RemoveVectoredExceptionHandler(handles[i]);
    return EXCEPTION_CONTINUE_SEARCH;
}

START_TEST(a_handler_removes_its_neighbours)
{
    handles[0] = AddVectoredExceptionHandler(0, handler_a);
    handles[1] = AddVectoredExceptionHandler(0, handler_b);
    AddVectoredExceptionHandler(0, remove_others);
    handles[2] = AddVectoredExceptionHandler(0, handler_c);
    handles[3] = AddVectoredExceptionHandler(0, handler_d);
    AddVectoredExceptionHandler(0, handler_a);
    raise_taken();
    require_trail("abrah");
    raise_taken();
    require_trail("rah");
}
END_TEST

static LONG CALLBACK add_others(PEXCEPTION_POINTERS exception)
{
    (void)exception;
    mark('+');
    if (!handles[5]) {
        handles[5] = AddVectoredExceptionHandler(1, handler_b);
        handles[6] = AddVectoredExceptionHandler(0, handler_c);
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

START_TEST(a_handler_adds_others)
{
    AddVectoredExceptionHandler(0, add_others);
    raise_taken();
    require(trail[0] == '+', "%s", trail);
    trail_length = 0;
    raise_taken();
    require_trail("b+ch");
}
END_TEST

/* All gone and back again while one runs: the walk must not go into free memory. */
static LONG CALLBACK replace_all(PEXCEPTION_POINTERS exception)
{
    (void)exception;
    mark('*');
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 8; i++)
            (void)RemoveVectoredExceptionHandler(handles[i]);
        for (int i = 0; i < 8; i++)
            handles[i] = AddVectoredExceptionHandler(1, handler_a);
    }
    for (int i = 0; i < 8; i++)
        (void)RemoveVectoredExceptionHandler(handles[i]);
    return EXCEPTION_CONTINUE_SEARCH;
}

START_TEST(a_handler_replaces_all)
{
    for (int i = 0; i < 8; i++)
        handles[i] = i == 4 ? AddVectoredExceptionHandler(0, replace_all)
                            : AddVectoredExceptionHandler(0, handler_b);
    raise_taken();
    require_trail("bbbb*h");
    raise_taken();
    require_trail("h");
}
END_TEST

/* ---- what handlers may do ---------------------------------------------------------------------
 */

static LONG CALLBACK handle_inside(PEXCEPTION_POINTERS exception)
{
    volatile int handled = 0;
    if (exception->ExceptionRecord->ExceptionCode == CODE_B)
        return EXCEPTION_CONTINUE_SEARCH;
    mark('(');
    __try {
        RaiseException(CODE_B, 0, 0, NULL);
    } __except (GetExceptionCode() == CODE_B) {
        handled = 1;
    }
    require(handled == 1);
    mark(')');
    return EXCEPTION_CONTINUE_SEARCH;
}

START_TEST(a_handler_with_an_exception_of_its_own)
{
    AddVectoredExceptionHandler(0, handle_inside);
    AddVectoredExceptionHandler(0, handler_a);
    raise_taken();
    require_trail("(a)ah");
}
END_TEST

/* The handler's exception is taken by a __try outside of both; the handler is removed all the same.
 */
static LONG CALLBACK raise_outward(PEXCEPTION_POINTERS exception)
{
    if (exception->ExceptionRecord->ExceptionCode != CODE_A)
        return EXCEPTION_CONTINUE_SEARCH;
    mark('o');
    RaiseException(CODE_B, 0, 0, NULL);
    return EXCEPTION_CONTINUE_SEARCH;
}

START_TEST(a_handler_left_by_an_exception)
{
    PVOID handle = AddVectoredExceptionHandler(0, raise_outward);
    for (int i = 0; i < 10; i++)
        raise_taken();
    require_trail("ohohohohohohohohohoh");
    require(RemoveVectoredExceptionHandler(handle));
    raise_taken();
    require_trail("h");
}
END_TEST

static LONG CALLBACK commit_page(PEXCEPTION_POINTERS exception)
{
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    mark(record->ExceptionCode == EXCEPTION_GUARD_PAGE ? 'g' : 'v');
    if (record->ExceptionCode == EXCEPTION_GUARD_PAGE)
        return EXCEPTION_CONTINUE_EXECUTION;
    return VirtualAlloc((LPVOID)record->ExceptionInformation[1], 1, MEM_COMMIT, PAGE_READWRITE)
               ? EXCEPTION_CONTINUE_EXECUTION
               : EXCEPTION_CONTINUE_SEARCH;
}

START_TEST(handlers_come_before_filters)
{
    uint8_t *base = VirtualAlloc(NULL, 4 * page, MEM_RESERVE, PAGE_READWRITE);
    DWORD old;
    AddVectoredExceptionHandler(0, commit_page);
    store(base, 1); /* without any __try */
    __try {
        store(base + page, 2);
    } __except (mark('!'), 1) {
    }
    require_trail("vv");
    require(VirtualProtect(base, page, PAGE_READWRITE | PAGE_GUARD, &old));
    require_equal(load(base), 1);
    require_trail("g");
    require(VirtualProtect(base, page, PAGE_READONLY, &old));
    __try {
        store((void *)0x123450, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        mark('h');
    }
    require_trail("vh");
}
END_TEST

static DECLSPEC_NOINLINE NO_SANITIZER uint64_t load_from(const void *address)
{
    uint64_t value;
    __asm__ volatile("movq (%1), %0" : "=a"(value) : "D"(address)); /* of three bytes */
    return value;
}

static LONG CALLBACK skip_load(PEXCEPTION_POINTERS exception)
{
    exception->ContextRecord->Rip += 3;
    exception->ContextRecord->Rax = 4711;
    exception->ContextRecord->Rcx = 1;
    return EXCEPTION_CONTINUE_EXECUTION;
}

START_TEST(a_handler_changes_registers)
{
    AddVectoredExceptionHandler(0, skip_load);
    require_equal(load_from((void *)0x123450), 4711);
    require_equal(load_from(NULL), 4711);
}
END_TEST

static void new_place(void)
{
    _exit(55);
}

static uint8_t new_stack[65536] __attribute__((aligned(64)));

static LONG CALLBACK go_elsewhere(PEXCEPTION_POINTERS exception)
{
    exception->ContextRecord->Rip = (uintptr_t)new_place;
    exception->ContextRecord->Rsp = (uintptr_t)(new_stack + sizeof new_stack) - 8;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static int leave_by_fault(void *context)
{
    (void)context;
    AddVectoredExceptionHandler(0, go_elsewhere);
    store((void *)0x123450, 1);
    return 1;
}

static int leave_by_raise(void *context)
{
    (void)context;
    AddVectoredExceptionHandler(0, go_elsewhere);
    RaiseException(CODE_A, 0, 0, NULL);
    return 1;
}

START_TEST(a_handler_goes_on_elsewhere)
{
    require_exits(run_child(leave_by_fault, NULL), 55);
    require_exits(run_child(leave_by_raise, NULL), 55);
}
END_TEST

/* A thread that never opened a __try. */
static void *fault_in_thread(void *context)
{
    uint8_t *base = context;
    for (size_t i = 0; i < 64; i++)
        store(base + i * page, 1);
    return NULL;
}

START_TEST(handlers_serve_every_thread)
{
    uint8_t *base = VirtualAlloc(NULL, 64 * page, MEM_RESERVE, PAGE_READWRITE);
    pthread_t thread;
    AddVectoredExceptionHandler(0, commit_page);
    require(pthread_create(&thread, NULL, fault_in_thread, base) == 0);
    pthread_join(thread, NULL);
    require_equal(trail_length, 64);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vectored");
    TCase *tests = test_case(suite, "vectored");
    tcase_add_test(tests, first_and_last);
    tcase_add_test(tests, wrong_handles_and_handlers);
    tcase_add_test(tests, continuing_ends_the_search);
    tcase_add_test(tests, a_handler_removes_itself);
    tcase_add_test(tests, a_handler_removes_its_neighbours);
    tcase_add_test(tests, a_handler_adds_others);
    tcase_add_test(tests, a_handler_replaces_all);
    tcase_add_test(tests, a_handler_with_an_exception_of_its_own);
    tcase_add_test(tests, a_handler_left_by_an_exception);
    tcase_add_test(tests, handlers_come_before_filters);
    tcase_add_test(tests, a_handler_changes_registers);
    tcase_add_test(tests, a_handler_goes_on_elsewhere);
    tcase_add_test(tests, handlers_serve_every_thread);
    return test_main(suite);
}
