/* SPDX-License-Identifier: MIT */
/*
 * commit_isolated.c - What does an explicit commit of an isolated page cost against a bare
 * mprotect of that page?
 *
 * The commit alone flatters those that put the page in place at the first write, so commit and
 * first write together are measured as well. Pages at random in 64 GiB need a page table each;
 * every other page of one range shares them, and Steppe then prefers guard markers.
 */
#include "harness.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Where the pages lie. */
struct place {
    size_t range_bytes;
    const uint32_t *(*pages)(size_t count, size_t page_count);
};

static const uint32_t *every_other(size_t count, size_t page_count)
{
    static uint32_t *pages;
    (void)page_count;
    free(pages);
    pages = calloc(count, sizeof *pages);
    if (!pages)
        bench_die("calloc");
    for (size_t i = 0; i < count; i++)
        pages[i] = (uint32_t)(2 * i);
    return pages;
}

static const struct place at_random = {64 * STEPPE_GIB, bench_random_pages};
static const struct place in_a_row = {STEPPE_GIB, every_other};

enum measure { COMMIT, COMMIT_AND_WRITE };

static double open_by_mprotect(bench_turn *turn, char *memory, const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes();
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++)
        if (mprotect(memory + pages[turn->done] * page_bytes, page_bytes, PROT_READ | PROT_WRITE) !=
            0) {
            bench_refuse_errno(turn, "mprotect");
            break;
        }
    return bench_now_s() - start;
}

static void by_mprotect(const struct place *place, bench_turn *turn)
{
    size_t range_bytes = place->range_bytes;
    const uint32_t *pages = place->pages(turn->size, range_bytes / steppe_page_bytes());
    char *memory =
        mmap(NULL, range_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        bench_refuse_errno(turn, "mmap");
        return;
    }
    turn->values[COMMIT] = open_by_mprotect(turn, memory, pages);
    if (!turn->reason[0])
        turn->values[COMMIT_AND_WRITE] = turn->values[COMMIT] + bench_touch_at(turn, memory, pages);
    if (munmap(memory, range_bytes) != 0)
        bench_die("munmap");
}

static void by_steppe(const bench_contender *self, const struct place *place, bench_turn *turn)
{
    size_t range_bytes = place->range_bytes;
    const uint32_t *pages = place->pages(turn->size, range_bytes / steppe_page_bytes());
    char *memory = bench_take(self, turn, range_bytes);
    if (!memory)
        return;
    turn->values[COMMIT] = bench_commit_at(turn, memory, pages);
    if (!turn->reason[0])
        turn->values[COMMIT_AND_WRITE] = turn->values[COMMIT] + bench_touch_at(turn, memory, pages);
    bench_give_back(self, memory, range_bytes);
}

static void mprotect_at_random(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    by_mprotect(&at_random, turn);
}

static void steppe_at_random(const bench_contender *self, bench_turn *turn)
{
    by_steppe(self, &at_random, turn);
}

static void mprotect_in_a_row(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    by_mprotect(&in_a_row, turn);
}

static void steppe_in_a_row(const bench_contender *self, bench_turn *turn)
{
    by_steppe(self, &in_a_row, turn);
}

#define CONTENDERS(by_hand, by_steppe)                                                             \
    {                                                                                              \
        {.name = "mprotect", .run = by_hand},                                                      \
            BENCH_STEPPE_UNDER("guard", STEPPE_MECHANISM_GUARD, by_steppe),                        \
            BENCH_STEPPE_UNDER("mprotect", STEPPE_MECHANISM_MPROTECT, by_steppe),                  \
            BENCH_STEPPE_UNDER("uffd", STEPPE_MECHANISM_UFFD, by_steppe),                          \
            BENCH_STEPPE_UNDER("best", STEPPE_MECHANISM_BEST, by_steppe),                          \
    }

static const bench_contender random_contenders[] = CONTENDERS(mprotect_at_random, steppe_at_random);
static const bench_contender row_contenders[] = CONTENDERS(mprotect_in_a_row, steppe_in_a_row);

static const bench_target random_targets[] = {
    {.what = "explicit commit of pages at random in 64 GiB, against bare mprotect",
     .contender = "Steppe best",
     .at_least = 0.35,
     .aim = 0.2},
    {.what = "the same with the first write",
     .measure = COMMIT_AND_WRITE,
     .contender = "Steppe best"},
};

static const bench_target row_targets[] = {
    {.what = "explicit commit of every other page, against bare mprotect",
     .contender = "Steppe best",
     .at_least = 0.35,
     .aim = 0.2},
    {.what = "the same with the first write",
     .measure = COMMIT_AND_WRITE,
     .contender = "Steppe best"},
};

static const bench_measure random_measures[] = {
    [COMMIT] = {.title = "commit alone", .unit = "s", .chart = ""},
    [COMMIT_AND_WRITE] = {.title = "commit and first write", .unit = "s", .chart = "write"},
};

static const bench_measure row_measures[] = {
    [COMMIT] = {.title = "commit alone", .unit = "s", .chart = "row"},
    [COMMIT_AND_WRITE] = {.title = "commit and first write", .unit = "s", .chart = "row-write"},
};

static const size_t sizes[] = {20000};

static const bench_table tables[] = {
    {.title = "Pages at random in 64 GiB, committed one by one",
     .sizes = sizes,
     .size_count = 1,
     BENCH_LIST(measure, random_measures),
     BENCH_LIST(contender, random_contenders),
     BENCH_LIST(target, random_targets)},
    {.title = "Every other page of a range, committed one by one",
     .sizes = sizes,
     .size_count = 1,
     BENCH_LIST(measure, row_measures),
     BENCH_LIST(contender, row_contenders),
     BENCH_LIST(target, row_targets)},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "commit_isolated",
                                        .text = "What does an explicit commit of an isolated page "
                                                "cost against a bare mprotect?",
                                        .warm_page_bytes = 9 * STEPPE_KIB,
                                        BENCH_LIST(table, tables)});
}
