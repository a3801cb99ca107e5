/* SPDX-License-Identifier: MIT */
/*
 * exceptions.c - What does it cost to commit a page on the fault it raised, by who decides about
 * it; and what does a __try cost that nothing happens in?
 *
 * Each contender touches one byte a page of memory that is reserved only; every fault commits one
 * page. The kernel's own first touch stands beside them.
 */
#include "harness.h"

#include <setjmp.h>

#include <windows.h>

static double time_of_touching(bench_turn *turn, volatile char *memory)
{
    size_t page_bytes = steppe_page_bytes();
    double start = bench_now_s();
    for (size_t i = 0; i < turn->size; i++)
        memory[i * page_bytes] = 1;
    return bench_now_s() - start;
}

/* ---- who decides ------------------------------------------------------------------------------
 */

static void by_touching(const bench_contender *self, bench_turn *turn)
{
    size_t size_bytes = turn->size * steppe_page_bytes();
    char *memory = bench_take(self, turn, size_bytes);
    if (!memory)
        return;
    turn->values[0] = time_of_touching(turn, memory);
    bench_give_back(self, memory, size_bytes);
}

static steppe_answer commit_page(const steppe_fault *fault, void *context)
{
    (void)context;
    return steppe_commit(fault->address, 1) == STEPPE_OK ? STEPPE_RESUME : STEPPE_PASS_ON;
}

static LONG commit_where(const EXCEPTION_POINTERS *exception)
{
    PVOID address = (PVOID)exception->ExceptionRecord->ExceptionInformation[1];
    return VirtualAlloc(address, 1, MEM_COMMIT, PAGE_READWRITE) ? EXCEPTION_CONTINUE_EXECUTION
                                                                : EXCEPTION_CONTINUE_SEARCH;
}

static LONG CALLBACK vectored(PEXCEPTION_POINTERS exception)
{
    return commit_where(exception);
}

static char *reserve(const bench_turn *turn)
{
    char *memory =
        VirtualAlloc(NULL, turn->size * steppe_page_bytes(), MEM_RESERVE, PAGE_READWRITE);
    if (!memory)
        bench_die("VirtualAlloc");
    return memory;
}

static void release(volatile char *memory)
{
    if (!VirtualFree((void *)memory, 0, MEM_RELEASE))
        bench_die("VirtualFree");
}

static void by_vectored_handler(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    char *memory = reserve(turn);
    PVOID handle = AddVectoredExceptionHandler(1, vectored);
    turn->values[0] = time_of_touching(turn, memory);
    (void)RemoveVectoredExceptionHandler(handle);
    release(memory);
}

static void by_except(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    char *memory = reserve(turn);
    __try {
        turn->values[0] = time_of_touching(turn, memory);
    } __except (commit_where(GetExceptionInformation())) {
        bench_die("__except");
    }
    release(memory);
}

/* As the first program one writes does it. */
static void by_except_around_every_access(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    size_t page_bytes = steppe_page_bytes();
    volatile char *memory = reserve(turn);
    double start = bench_now_s();
    for (size_t i = 0; i < turn->size; i++) {
        __try {
            memory[i * page_bytes] = 1;
        } __except (commit_where(GetExceptionInformation())) {
            bench_die("__except");
        }
    }
    turn->values[0] = bench_now_s() - start;
    release(memory);
}

static void by_unwinding(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    size_t page_bytes = steppe_page_bytes();
    volatile char *memory = reserve(turn);
    double start = bench_now_s();
    for (size_t i = 0; i < turn->size; i++) {
        __try {
            memory[i * page_bytes] = 1;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            if (!VirtualAlloc((void *)&memory[i * page_bytes], 1, MEM_COMMIT, PAGE_READWRITE))
                bench_die("VirtualAlloc");
            memory[i * page_bytes] = 1;
        }
    }
    turn->values[0] = bench_now_s() - start;
    release(memory);
}

static const bench_contender deciders[] = {
    {.name = "native policy, strict",
     .run = by_touching,
     .way = BENCH_STEPPE,
     .options = {.on_fault = STEPPE_COMMIT, .strict = true}},
    {.name = "kernel, 4 KiB pages", .run = by_touching, .way = BENCH_KERNEL},
    {.name = "native filter that commits",
     .run = by_touching,
     .way = BENCH_STEPPE,
     .options = {.on_fault = STEPPE_ASK, .filter = commit_page}},
    {.name = "vectored handler", .run = by_vectored_handler},
    {.name = "__except that resumes", .run = by_except},
    {.name = "the same, __try round each access", .run = by_except_around_every_access},
    {.name = "__except that unwinds", .run = by_unwinding},
};

/* ---- a quiet __try ----------------------------------------------------------------------------
 */

static volatile int sink;

static void of_setjmp(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    jmp_buf jump;
    double start = bench_now_s();
    for (volatile size_t i = 0; i < turn->size; i++)
        if (setjmp(jump) == 0)
            sink = (int)i;
    turn->values[0] = bench_now_s() - start;
}

static void of_steppe_try(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    steppe_fault fault;
    double start = bench_now_s();
    for (volatile size_t i = 0; i < turn->size; i++) {
        STEPPE_TRY(&fault)
        {
            sink = (int)i;
        }
        STEPPE_CAUGHT
        {
            sink = -1;
        }
    }
    turn->values[0] = bench_now_s() - start;
}

static void of_except(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    double start = bench_now_s();
    for (volatile size_t i = 0; i < turn->size; i++) {
        __try {
            sink = (int)i;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            sink = -1;
        }
    }
    turn->values[0] = bench_now_s() - start;
}

static void of_finally(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    double start = bench_now_s();
    for (volatile size_t i = 0; i < turn->size; i++) {
        __try {
            sink = (int)i;
        } __finally {
            sink = -1;
        }
    }
    turn->values[0] = bench_now_s() - start;
}

static const bench_contender tries[] = {
    {.name = "setjmp", .run = of_setjmp},
    {.name = "STEPPE_TRY", .run = of_steppe_try},
    {.name = "__try, __except", .run = of_except},
    {.name = "__try, __finally", .run = of_finally},
};

static const bench_table tables[] = {
    {.title = "A page committed on its fault, by who decides",
     BENCH_SIZE(16384),
     BENCH_TIME(""),
     BENCH_LIST(contender, deciders)},
    {.title = "A body in which nothing happens",
     BENCH_SIZE(1000000),
     BENCH_TIME("quiet"),
     BENCH_LIST(contender, tries)},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "exceptions",
                                        .text = "What does it cost to commit a page on the fault "
                                                "it raised, by who decides, and what does a quiet "
                                                "__try cost?",
                                        BENCH_LIST(table, tables)});
}
