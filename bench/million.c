/* SPDX-License-Identifier: MIT */
/*
 * million.c - Can a million isolated pages lie in one terabyte, and what do they cost?
 *
 * Under the default vm.max_map_count a mapping for each page ends at some 32,700 of them. A round
 * takes minutes, so there is one, and its counts are without noise; --full asks for four millions,
 * which takes 18 GiB.
 */
#include "harness.h"

static const size_t range_bytes = STEPPE_TIB;

enum how { BY_FAULTS, BY_COMMIT };

enum measure { TIME, MAPPINGS, BOOKKEEPING, PAGE_TABLES, RELEASE };

static void note_statistics(bench_turn *turn, const char *memory)
{
    steppe_statistics statistics;
    if (steppe_statistics_of(memory, &statistics) != STEPPE_OK) {
        bench_refuse_steppe(turn);
        return;
    }
    turn->values[MAPPINGS] = (double)statistics.vma_count;
    turn->values[BOOKKEEPING] = (double)statistics.bookkeeping_bytes / (double)turn->size;
}

static void touch(const bench_contender *self, bench_turn *turn)
{
    const uint32_t *pages = bench_random_pages(turn->size, range_bytes / steppe_page_bytes());
    uint64_t tables_bytes = bench_usage_now().page_table_bytes;
    char *memory = bench_take(self, turn, range_bytes);
    if (!memory)
        return;
    double seconds = self->how == BY_COMMIT ? bench_commit_at(turn, memory, pages) : 0;
    if (!turn->reason[0])
        turn->values[TIME] = seconds + bench_touch_at(turn, memory, pages);
    turn->values[PAGE_TABLES] =
        (double)(bench_usage_now().page_table_bytes - tables_bytes) / (double)turn->size;
    if (self->way == BENCH_STEPPE && !turn->reason[0])
        note_statistics(turn, memory);
    double start = bench_now_s();
    bench_give_back(self, memory, range_bytes);
    turn->values[RELEASE] = bench_now_s() - start;
}

/* In processes of their own: page tables of one are no concern of the next. */
#define UNDER(label, how_, mechanism_, on_fault_)                                                  \
    {                                                                                              \
        .name = "Steppe " label, .run = touch, .way = BENCH_STEPPE, .how = (how_), .alone = true,  \
        .options = {                                                                               \
            .mechanism = (mechanism_),                                                             \
            .on_fault = (on_fault_)                                                                \
        }                                                                                          \
    }

static const bench_contender contenders[] = {
    {.name = "kernel, 4 KiB pages", .run = touch, .way = BENCH_KERNEL, .alone = true},
    UNDER("guard, by faults", BY_FAULTS, STEPPE_MECHANISM_GUARD, STEPPE_COMMIT),
    UNDER("mprotect, by faults", BY_FAULTS, STEPPE_MECHANISM_MPROTECT, STEPPE_COMMIT),
    UNDER("uffd, by faults", BY_FAULTS, STEPPE_MECHANISM_UFFD, STEPPE_COMMIT),
    UNDER("guard, committed", BY_COMMIT, STEPPE_MECHANISM_GUARD, STEPPE_RAISE),
    UNDER("mprotect, committed", BY_COMMIT, STEPPE_MECHANISM_MPROTECT, STEPPE_RAISE),
    UNDER("uffd, committed", BY_COMMIT, STEPPE_MECHANISM_UFFD, STEPPE_RAISE),
};

#define FEW_MAPPINGS(what_, contender_)                                                            \
    {                                                                                              \
        .what = (what_), .measure = MAPPINGS, .contender = (contender_), .at_least = 32000         \
    }

static const bench_target targets[] = {
    FEW_MAPPINGS("kernel mappings for isolated pages in 1 TiB, by faults, uffd",
                 "Steppe uffd, by faults"),
    FEW_MAPPINGS("the same, guard", "Steppe guard, by faults"),
    FEW_MAPPINGS("the same, committed explicitly, uffd", "Steppe uffd, committed"),
    FEW_MAPPINGS("the same, guard", "Steppe guard, committed"),
    {.what = "bookkeeping for each page, uffd",
     .measure = BOOKKEEPING,
     .contender = "Steppe uffd, by faults",
     .aim = 16,
     .unit = " bytes"},
    {.what = "bookkeeping for each page, guard",
     .measure = BOOKKEEPING,
     .contender = "Steppe guard, by faults",
     .aim = 16,
     .unit = " bytes"},
    {.what = "time by faults, against the kernel's first touch, uffd",
     .measure = TIME,
     .contender = "Steppe uffd, by faults"},
};

static const bench_measure measures[] = {
    [TIME] = {.title = "time to the last page written", .unit = "s", .chart = ""},
    [MAPPINGS] = {.title = "kernel mappings", .unit = "", .kind = BENCH_VALUE, .chart = "mappings"},
    [BOOKKEEPING] = {.title = "the library's bookkeeping",
                     .unit = "bytes a page",
                     .kind = BENCH_VALUE},
    [PAGE_TABLES] = {.title = "the kernel's page tables",
                     .unit = "bytes a page",
                     .kind = BENCH_VALUE},
    [RELEASE] = {.title = "release of the whole", .unit = "s", .kind = BENCH_VALUE},
};

static const bench_table table = {
    .title = "Pages at random in 1 TiB",
    .remark = "A page alone in its 2 MiB needs a page table of its own, 4,096 bytes, whoever asks.",
    BENCH_SIZE(1000000),
    .full_factor = 4,
    BENCH_LIST(measure, measures),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "million",
                                        .text = "Can a million isolated pages lie in one terabyte, "
                                                "and what do they cost?",
                                        .rounds = 1,
                                        .warm_page_bytes = 6 * STEPPE_KIB,
                                        .without_warm_round = true,
                                        .tables = &table,
                                        .table_count = 1});
}
