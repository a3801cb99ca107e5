/* SPDX-License-Identifier: MIT */
/*
 * exceptions.c - What does it cost to commit a page on the fault it raised, by who decides about
 * it; and what does a __try cost that nothing happens in?
 *
 * Contenders take turns within every round, in one process; each touches one byte a page of 64 MiB
 * that is reserved only, every fault commits one page. Printed: the median over the rounds of each
 * contender's time divided by that of the strict native policy in the same round, with the smallest
 * and the largest ratio. The kernel's own first touch stands beside them.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <steppe/steppe.h>

#include <windows.h>

enum { ROUNDS = 9, PAGES = 16384, PAGE_BYTES = 4096, TRIES = 1000000 };

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void die(const char *what)
{
    fprintf(stderr, "bench-exceptions: %s\n", what);
    exit(1);
}

static void touch_all(volatile char *memory)
{
    for (size_t i = 0; i < PAGES; i++)
        memory[i * PAGE_BYTES] = 1;
}

static double time_of_touching(volatile char *memory)
{
    double start = now_s();
    touch_all(memory);
    return now_s() - start;
}

/* ---- who decides ------------------------------------------------------------------------------
 */

static double by_kernel(void)
{
    size_t size_bytes = (size_t)PAGES * PAGE_BYTES;
    void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || madvise(memory, size_bytes, MADV_NOHUGEPAGE) != 0)
        die("mmap");
    double seconds = time_of_touching(memory);
    (void)munmap(memory, size_bytes);
    return seconds;
}

static double by_native(const steppe_options *options)
{
    void *memory = steppe_reserve((size_t)PAGES * PAGE_BYTES, options);
    if (!memory)
        die(steppe_last_message());
    double seconds = time_of_touching(memory);
    (void)steppe_release(memory);
    return seconds;
}

static double by_policy(void)
{
    return by_native(&(steppe_options){.on_fault = STEPPE_COMMIT, .strict = true});
}

static steppe_answer commit_page(const steppe_fault *fault, void *context)
{
    (void)context;
    return steppe_commit(fault->address, 1) == STEPPE_OK ? STEPPE_RESUME : STEPPE_PASS_ON;
}

static double by_filter(void)
{
    return by_native(&(steppe_options){.on_fault = STEPPE_ASK, .filter = commit_page});
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

static char *reserve(void)
{
    char *memory = VirtualAlloc(NULL, (SIZE_T)PAGES * PAGE_BYTES, MEM_RESERVE, PAGE_READWRITE);
    if (!memory)
        die("VirtualAlloc");
    return memory;
}

static double by_vectored_handler(void)
{
    char *memory = reserve();
    PVOID handle = AddVectoredExceptionHandler(1, vectored);
    double seconds = time_of_touching(memory);
    (void)RemoveVectoredExceptionHandler(handle);
    (void)VirtualFree(memory, 0, MEM_RELEASE);
    return seconds;
}

static double by_except(void)
{
    char *memory = reserve();
    volatile double seconds = 0;
    __try {
        seconds = time_of_touching(memory);
    } __except (commit_where(GetExceptionInformation())) {
        die("__except");
    }
    (void)VirtualFree(memory, 0, MEM_RELEASE);
    return seconds;
}

/* As the first program one writes does it. */
static double by_except_around_every_access(void)
{
    volatile char *memory = reserve();
    double start = now_s();
    for (size_t i = 0; i < PAGES; i++) {
        __try {
            memory[i * PAGE_BYTES] = 1;
        } __except (commit_where(GetExceptionInformation())) {
            die("__except");
        }
    }
    double seconds = now_s() - start;
    (void)VirtualFree((void *)memory, 0, MEM_RELEASE);
    return seconds;
}

static double by_unwinding(void)
{
    volatile char *memory = reserve();
    double start = now_s();
    for (size_t i = 0; i < PAGES; i++) {
        __try {
            memory[i * PAGE_BYTES] = 1;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            if (!VirtualAlloc((void *)&memory[i * PAGE_BYTES], 1, MEM_COMMIT, PAGE_READWRITE))
                die("VirtualAlloc");
            memory[i * PAGE_BYTES] = 1;
        }
    }
    double seconds = now_s() - start;
    (void)VirtualFree((void *)memory, 0, MEM_RELEASE);
    return seconds;
}

static const struct {
    const char *name;
    double (*touch)(void);
} contenders[] = {
    {"native policy, strict", by_policy},
    {"the kernel's own first touch", by_kernel},
    {"native filter that commits", by_filter},
    {"vectored handler", by_vectored_handler},
    {"__except that resumes", by_except},
    {"the same, __try round each access", by_except_around_every_access},
    {"__except that unwinds", by_unwinding},
};

enum { CONTENDERS = sizeof contenders / sizeof *contenders };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_ratios(const char *name, double *ratios)
{
    qsort(ratios, ROUNDS, sizeof *ratios, by_value);
    printf("  %-36s %6.2f   (%.2f .. %.2f)\n", name, ratios[ROUNDS / 2], ratios[0],
           ratios[ROUNDS - 1]);
}

static void compare_deciders(void)
{
    double ratios[CONTENDERS][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double native = contenders[0].touch();
        for (int i = 0; i < CONTENDERS; i++)
            ratios[i][round] = (i ? contenders[i].touch() : native) / native;
    }
    char *memory = reserve();
    const char *mechanism = steppe_mechanism_name(steppe_reservation_of(memory).mechanism);
    (void)VirtualFree(memory, 0, MEM_RELEASE);
    printf("A page committed on its fault, %s (strict native policy = 1.00; median of %d rounds, "
           "lowest .. highest)\n",
           mechanism, ROUNDS);
    for (int i = 1; i < CONTENDERS; i++)
        print_ratios(contenders[i].name, ratios[i]);
}

/* ---- a quiet __try ----------------------------------------------------------------------------
 */

static volatile int sink;

static double of_setjmp(void)
{
    jmp_buf jump;
    double start = now_s();
    for (volatile int i = 0; i < TRIES; i++)
        if (setjmp(jump) == 0)
            sink = i;
    return now_s() - start;
}

static double of_steppe_try(void)
{
    steppe_fault fault;
    double start = now_s();
    for (volatile int i = 0; i < TRIES; i++) {
        STEPPE_TRY(&fault)
        {
            sink = i;
        }
        STEPPE_CAUGHT
        {
            sink = -1;
        }
    }
    return now_s() - start;
}

static double of_except(void)
{
    double start = now_s();
    for (volatile int i = 0; i < TRIES; i++) {
        __try {
            sink = i;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            sink = -1;
        }
    }
    return now_s() - start;
}

static double of_finally(void)
{
    double start = now_s();
    for (volatile int i = 0; i < TRIES; i++) {
        __try {
            sink = i;
        } __finally {
            sink = -1;
        }
    }
    return now_s() - start;
}

static void compare_quiet_tries(void)
{
    double steppe_try[ROUNDS], except[ROUNDS], finally[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double plain = of_setjmp();
        steppe_try[round] = of_steppe_try() / plain;
        except[round] = of_except() / plain;
        finally[round] = of_finally() / plain;
    }
    printf("A body in which nothing happens (a setjmp = 1.00)\n");
    print_ratios("STEPPE_TRY", steppe_try);
    print_ratios("__try, __except", except);
    print_ratios("__try, __finally", finally);
}

int main(void)
{
    compare_deciders();
    compare_quiet_tries();
    return 0;
}
