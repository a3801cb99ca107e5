/* SPDX-License-Identifier: MIT */
/*
 * strict.c - What does a first touch in order cost when every fault commits exactly one page?
 *
 * A signal and a system call for every page cost more than the kernel's whole first touch; the
 * bare signal and mprotect by hand show how much more.
 */
#include "dense.h"

#define UNDER(label, mechanism)                                                                    \
    BENCH_STEPPE_UNDER(label, mechanism, touch_in_order, .on_fault = STEPPE_COMMIT, .strict = true)

static const bench_contender contenders[] = {
    {.name = "kernel, 4 KiB pages", .run = touch_in_order, .way = BENCH_KERNEL},
    {.name = "SIGSEGV and mprotect by hand",
     .run = touch_in_order,
     .way = BENCH_SIGSEGV,
     .alone = true},
    {.name = "userfaultfd by hand", .run = touch_in_order, .way = BENCH_UFFD, .alone = true},
    {.name = "GNU libsigsegv and mprotect",
     .run = touch_in_order,
     .way = BENCH_LIBSIGSEGV,
     .alone = true},
    UNDER("guard, strict", STEPPE_MECHANISM_GUARD),
    UNDER("mprotect, strict", STEPPE_MECHANISM_MPROTECT),
    UNDER("uffd, strict", STEPPE_MECHANISM_UFFD),
    UNDER("best, strict", STEPPE_MECHANISM_BEST),
};

static const bench_target targets[] = {
    {.what = "first touch in order, one page a fault, against the kernel's",
     .contender = "Steppe best, strict",
     .at_least = 3.5,
     .aim = 2.7},
};

static const bench_table table = {
    .title = "Pages touched in order, one fault each",
    BENCH_SIZE(256 * STEPPE_MIB / 4096),
    BENCH_TIME(""),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "strict",
                                        .text = "What does a first touch in order cost when every "
                                                "fault commits exactly one page?",
                                        .warm_page_bytes = 6 * STEPPE_KIB,
                                        .tables = &table,
                                        .table_count = 1});
}
