/* SPDX-License-Identifier: MIT */
/*
 * isolated_vs_sigsegv.c - What do isolated pages cost beside the way everybody else goes, a handler
 * of SIGSEGV that calls mprotect, for as many pages as that way survives?
 *
 * Every turn has a process of its own: libsigsegv replaces the process's handlers. The last table
 * says where that way ends.
 */
#include "harness.h"

static const size_t range_bytes = 64 * STEPPE_GIB;

static void touch(const bench_contender *self, bench_turn *turn)
{
    const uint32_t *pages = bench_random_pages(turn->size, range_bytes / steppe_page_bytes());
    char *memory = bench_take(self, turn, range_bytes);
    if (!memory)
        return;
    turn->values[0] = bench_touch_at(turn, memory, pages);
    bench_give_back(self, memory, range_bytes);
}

#define UNDER(label, mechanism_)                                                                   \
    {                                                                                              \
        .name = "Steppe " label, .run = touch, .way = BENCH_STEPPE, .alone = true, .options = {    \
            .mechanism = (mechanism_),                                                             \
            .on_fault = STEPPE_COMMIT                                                              \
        }                                                                                          \
    }

static const bench_contender contenders[] = {
    {.name = "GNU libsigsegv and mprotect", .run = touch, .way = BENCH_LIBSIGSEGV, .alone = true},
    {.name = "SIGSEGV and mprotect by hand", .run = touch, .way = BENCH_SIGSEGV, .alone = true},
    {.name = "kernel, 4 KiB pages", .run = touch, .way = BENCH_KERNEL, .alone = true},
    UNDER("guard", STEPPE_MECHANISM_GUARD),
    UNDER("mprotect", STEPPE_MECHANISM_MPROTECT),
    UNDER("uffd", STEPPE_MECHANISM_UFFD),
    UNDER("best", STEPPE_MECHANISM_BEST),
};

static const bench_target targets[] = {
    {.what = "30,000 pages at random by faults, against libsigsegv and mprotect",
     .contender = "Steppe best",
     .at_least = 0.6,
     .aim = 0.45},
};

static const bench_measure time_ratio[] = {{.title = "time", .unit = "s", .chart = ""}};
static const bench_measure time_only[] = {{.title = "time", .unit = "s", .kind = BENCH_VALUE}};

static const bench_table tables[] = {
    {
        .title = "Pages at random in 64 GiB, touched",
        BENCH_SIZE(30000),
        .measures = time_ratio,
        .measure_count = 1,
        BENCH_LIST(contender, contenders),
        BENCH_LIST(target, targets),
    },
    {
        .title = "The same with more pages than vm.max_map_count allows runs of pages",
        BENCH_SIZE(100000),
        .measures = time_only,
        .measure_count = 1,
        BENCH_LIST(contender, contenders),
    },
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "isolated_vs_sigsegv",
                                        .text = "What do isolated pages cost beside a handler of "
                                                "SIGSEGV that calls mprotect?",
                                        .warm_page_bytes = 9 * STEPPE_KIB,
                                        BENCH_LIST(table, tables)});
}
