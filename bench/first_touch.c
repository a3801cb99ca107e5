/* SPDX-License-Identifier: MIT */
/*
 * first_touch.c - What does the first touch of a page cost, against the kernel's own?
 *
 * Contenders take turns within every round, in one process; each touches one byte a page of fresh
 * memory. Printed: the median over the rounds of each contender's time divided by the kernel's in
 * the same round, with the smallest and the largest ratio. The last lines count the kernel mappings
 * that 30,000 isolated pages need, a figure without noise.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <steppe/steppe.h>

enum { ROUNDS = 9, PAGES = 16384, STRIDE_ISOLATED = 3, ISOLATED_FOR_COUNT = 30000 };

enum how { KERNEL, STRICT, AROUND, EXPLICIT, HOWS };

static const char *const how_names[] = {"kernel's own first touch", "fault, strict",
                                        "fault, fault-around", "explicit commit, then touch"};

struct contender {
    enum how how;
    steppe_mechanism mechanism;
};

static void die(const char *what)
{
    fprintf(stderr, "bench-first-touch: %s: %s\n", what, steppe_last_message());
    exit(1);
}

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static char *take(const struct contender *contender, size_t size_bytes)
{
    if (contender->how == KERNEL) {
        void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED || madvise(memory, size_bytes, MADV_NOHUGEPAGE) != 0)
            die("mmap");
        return memory;
    }
    char *memory = steppe_reserve(
        size_bytes,
        &(steppe_options){.on_fault = contender->how == EXPLICIT ? STEPPE_RAISE : STEPPE_COMMIT,
                          .strict = contender->how == STRICT,
                          .mechanism = contender->mechanism});
    if (!memory)
        die("reserve");
    return memory;
}

static void give_back(const struct contender *contender, char *memory, size_t size_bytes)
{
    if (contender->how != KERNEL)
        (void)steppe_release(memory);
    else if (munmap(memory, size_bytes) != 0)
        die("munmap");
}

/* Seconds to touch PAGES pages, stride pages apart. */
static double touch(const struct contender *contender, size_t stride)
{
    size_t page_bytes = steppe_page_bytes(), size_bytes = PAGES * stride * page_bytes;
    volatile char *memory = take(contender, size_bytes);
    double start = now_s();
    for (size_t page = 0; page < PAGES * stride; page += stride) {
        volatile char *byte = memory + page * page_bytes;
        if (contender->how == EXPLICIT && steppe_commit((void *)byte, 1) != STEPPE_OK)
            die("commit");
        *byte = 1;
    }
    double seconds = now_s() - start;
    give_back(contender, (char *)memory, size_bytes);
    return seconds;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_ratios(const char *name, const char *mechanism, double *ratios)
{
    qsort(ratios, ROUNDS, sizeof *ratios, by_value);
    printf("  %-28s %-9s %6.2f   (%.2f .. %.2f)\n", name, mechanism, ratios[ROUNDS / 2], ratios[0],
           ratios[ROUNDS - 1]);
}

static void compare(const char *title, size_t stride)
{
    double ratios[HOWS][STEPPE_MECHANISM_MPROTECT + 1][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double kernel = touch(&(struct contender){.how = KERNEL}, stride);
        for (enum how how = STRICT; how < HOWS; how++)
            for (steppe_mechanism m = STEPPE_MECHANISM_GUARD; m <= STEPPE_MECHANISM_MPROTECT; m++)
                if (steppe_mechanism_is_available(m))
                    ratios[how][m][round] = touch(&(struct contender){how, m}, stride) / kernel;
    }
    printf("%s (kernel's own first touch = 1.00; median of %d rounds, lowest .. highest)\n", title,
           ROUNDS);
    for (enum how how = STRICT; how < HOWS; how++)
        for (steppe_mechanism m = STEPPE_MECHANISM_GUARD; m <= STEPPE_MECHANISM_MPROTECT; m++)
            if (steppe_mechanism_is_available(m))
                print_ratios(how_names[how], steppe_mechanism_name(m), ratios[how][m]);
}

/* How far isolated pages come, and what they cost in mappings. */
static void count_mappings(steppe_mechanism mechanism)
{
    size_t stride = 8 * steppe_page_bytes(), count = 0;
    steppe_statistics statistics;
    char *memory = steppe_reserve(STEPPE_TIB, &(steppe_options){.mechanism = mechanism});
    if (!memory || steppe_statistics_of(memory, &statistics) != STEPPE_OK)
        die("reserve");
    uint64_t bookkeeping = statistics.bookkeeping_bytes;
    while (count < ISOLATED_FOR_COUNT && steppe_commit(memory + count * stride, 1) == STEPPE_OK)
        count++;
    if (steppe_statistics_of(memory, &statistics) != STEPPE_OK)
        die("statistics");
    printf("  %-9s %zu of %d commits, %" PRIu64
           " mappings; bookkeeping of the reservation: %" PRIu64 " bytes before, %" PRIu64
           " after\n",
           steppe_mechanism_name(mechanism), count, ISOLATED_FOR_COUNT, statistics.vma_count,
           bookkeeping, statistics.bookkeeping_bytes);
    (void)steppe_release(memory);
}

int main(void)
{
    compare("Sequential: every page of 64 MiB", 1);
    compare("Isolated: every third page of 192 MiB", STRIDE_ISOLATED);
    printf("Kernel mappings for isolated commits in 1 TiB\n");
    for (steppe_mechanism m = STEPPE_MECHANISM_GUARD; m <= STEPPE_MECHANISM_MPROTECT; m++)
        if (steppe_mechanism_is_available(m))
            count_mappings(m);
    return 0;
}
