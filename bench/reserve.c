/* SPDX-License-Identifier: MIT */
/*
 * reserve.c - What do reserving one terabyte and releasing it cost, in time and in memory?
 */
#include "harness.h"

#include <sys/mman.h>

/* The first table's turns are each the first use of the library in their process. */
enum measure { FIRST, SECOND, TABLES };

static const size_t size_bytes = STEPPE_TIB;

static char *take(const bench_contender *self, bench_turn *turn)
{
    if (self->way == BENCH_STEPPE)
        return bench_take(self, turn, size_bytes);
    char *memory =
        mmap(NULL, size_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED)
        return memory;
    bench_refuse_errno(turn, "mmap");
    return NULL;
}

static bool is_available(const bench_contender *self, bench_turn *turn)
{
    if (self->way != BENCH_STEPPE || steppe_mechanism_is_available(self->options.mechanism))
        return true;
    bench_refuse(turn, "not available here");
    return false;
}

/* Asking what is available is part of the library's first use, and counted. */
static void count_bytes(const bench_contender *self, bench_turn *turn)
{
    bench_usage before = bench_usage_now();
    if (!is_available(self, turn))
        return;
    char *first = take(self, turn);
    if (!first)
        return;
    bench_usage between = bench_usage_now();
    char *second = take(self, turn);
    bench_usage after = bench_usage_now();
    turn->values[FIRST] = (double)(between.anonymous_bytes - before.anonymous_bytes);
    turn->values[SECOND] = (double)(after.anonymous_bytes - between.anonymous_bytes);
    turn->values[TABLES] = (double)(between.page_table_bytes - before.page_table_bytes);
    if (second)
        bench_give_back(self, second, size_bytes);
    bench_give_back(self, first, size_bytes);
}

static void reserve_and_release(const bench_contender *self, bench_turn *turn)
{
    if (!is_available(self, turn))
        return;
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++) {
        char *memory = self->way == BENCH_STEPPE ? steppe_reserve(size_bytes, &self->options)
                                                 : take(self, turn);
        if (!memory) {
            if (self->way == BENCH_STEPPE)
                bench_refuse_steppe(turn);
            return;
        }
        bench_give_back(self, memory, size_bytes);
    }
    turn->values[0] = bench_now_s() - start;
}

#define UNDER(label, function, mechanism_)                                                         \
    {                                                                                              \
        .name = "Steppe " label, .run = (function), .way = BENCH_STEPPE,                           \
        .alone = (function) == count_bytes, .options = {                                           \
            .mechanism = (mechanism_),                                                             \
            .on_fault = STEPPE_COMMIT                                                              \
        }                                                                                          \
    }

#define ALL(function)                                                                              \
    {.name = "mmap and munmap", .run = (function), .alone = (function) == count_bytes},            \
        UNDER("guard", function, STEPPE_MECHANISM_GUARD),                                          \
        UNDER("mprotect", function, STEPPE_MECHANISM_MPROTECT),                                    \
        UNDER("uffd", function, STEPPE_MECHANISM_UFFD),                                            \
        UNDER("best", function, STEPPE_MECHANISM_BEST)

static const bench_contender for_bytes[] = {ALL(count_bytes)};
static const bench_contender for_time[] = {ALL(reserve_and_release)};

static const bench_measure bytes[] = {
    [FIRST] = {.title = "resident bytes added by a process's first reservation",
               .unit = "bytes",
               .kind = BENCH_VALUE,
               .chart = "memory"},
    [SECOND] = {.title = "resident bytes added by the second",
                .unit = "bytes",
                .kind = BENCH_VALUE},
    [TABLES] = {.title = "page tables added by the first", .unit = "bytes", .kind = BENCH_VALUE},
};

static const bench_target targets_bytes[] = {
    {.what = "resident bytes added by a first reservation of 1 TiB",
     .measure = FIRST,
     .contender = "Steppe best",
     .at_least = 65536},
};

static const bench_target targets_time[] = {
    {.what = "reserve and release 1 TiB, against mmap and munmap",
     .contender = "Steppe best",
     .at_least = 3,
     .aim = 1.5},
};

static const bench_table tables[] = {
    {.title = "One terabyte reserved",
     BENCH_LIST(measure, bytes),
     BENCH_LIST(contender, for_bytes),
     BENCH_LIST(target, targets_bytes)},
    {.title = "One terabyte reserved and released, over and over",
     BENCH_SIZE(10000),
     BENCH_TIME(""),
     BENCH_LIST(contender, for_time),
     BENCH_LIST(target, targets_time)},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "reserve",
                                        .text = "What do reserving one terabyte and releasing it "
                                                "cost, in time and in memory?",
                                        BENCH_LIST(table, tables)});
}
