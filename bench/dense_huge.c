/* SPDX-License-Identifier: MIT */
/*
 * dense_huge.c - What does it cost to touch 1 GiB for the first time from one end to the other,
 * when huge pages are allowed?
 */
#include "dense.h"

#define UNDER(label, mechanism, ...)                                                               \
    BENCH_STEPPE_UNDER(label, mechanism, touch_in_order, .on_fault = STEPPE_COMMIT, __VA_ARGS__)

static const bench_contender contenders[] = {
    {.name = "kernel, 4 KiB pages", .run = touch_in_order, .way = BENCH_KERNEL},
    {.name = "kernel, huge pages", .run = touch_in_order, .way = BENCH_KERNEL_HUGE},
    {.name = "MAP_NORESERVE, as it comes", .run = touch_in_order, .way = BENCH_NORESERVE},
    {.name = "calloc", .run = touch_in_order, .way = BENCH_CALLOC},
    UNDER("guard", STEPPE_MECHANISM_GUARD),
    UNDER("mprotect", STEPPE_MECHANISM_MPROTECT),
    UNDER("uffd", STEPPE_MECHANISM_UFFD),
    UNDER("best", STEPPE_MECHANISM_BEST),
    UNDER("best, huge pages always", STEPPE_MECHANISM_BEST, .huge_pages = STEPPE_HUGE_ALWAYS),
};

static const bench_target targets[] = {
    {.what = "first touch of 1 GiB in order, against the kernel's 4 KiB pages",
     .contender = "Steppe best",
     .at_least = 0.20,
     .aim = 0.13},
    {.what = "the same, against the kernel's huge pages",
     .contender = "Steppe best",
     .against = "kernel, huge pages",
     .aim = 1.05},
};

static const bench_table table = {
    .title = "Pages touched in order, one byte each, huge pages allowed",
    BENCH_SIZE(STEPPE_GIB / 4096),
    BENCH_TIME(""),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "dense_huge",
                                        .text = "What does it cost to touch 1 GiB for the first "
                                                "time in order, with huge pages allowed?",
                                        .warm_page_bytes = 5 * STEPPE_KIB,
                                        .tables = &table,
                                        .table_count = 1});
}
