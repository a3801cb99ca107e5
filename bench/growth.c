/* SPDX-License-Identifier: MIT */
/*
 * growth.c - How do the costs of isolated pages grow from a thousand pages to a million?
 */
#include "harness.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static const size_t range_bytes = 64 * STEPPE_GIB;

enum { QUERIES = 100000 };

enum measure { FAULT, QUERY, DECOMMIT };

static double us_a_page(double seconds, const bench_turn *turn)
{
    return seconds / (double)turn->size * 1e6;
}

static double give_pages(const bench_contender *self, bench_turn *turn, char *memory,
                         const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes();
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++) {
        char *page = memory + pages[turn->done] * page_bytes;
        bool is_done = self->way == BENCH_STEPPE ? steppe_decommit(page, page_bytes) == STEPPE_OK
                                                 : madvise(page, page_bytes, MADV_DONTNEED) == 0;
        if (!is_done) {
            bench_refuse(turn, "decommit refused after %zu", turn->done);
            break;
        }
    }
    return bench_now_s() - start;
}

static double query_pages(bench_turn *turn, char *memory, const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes();
    steppe_run run;
    double start = bench_now_s();
    for (size_t i = 0; i < QUERIES; i++)
        if (steppe_query(memory + pages[i % turn->size] * page_bytes, &run) != STEPPE_OK)
            bench_refuse_steppe(turn);
    return bench_now_s() - start;
}

static void touch_query_give(const bench_contender *self, bench_turn *turn)
{
    const uint32_t *pages = bench_random_pages(turn->size, range_bytes / steppe_page_bytes());
    char *memory = bench_take(self, turn, range_bytes);
    if (!memory)
        return;
    turn->values[FAULT] = us_a_page(bench_touch_at(turn, memory, pages), turn);
    if (!turn->reason[0] && self->way == BENCH_STEPPE)
        turn->values[QUERY] = query_pages(turn, memory, pages) / QUERIES * 1e9;
    if (!turn->reason[0])
        turn->values[DECOMMIT] = us_a_page(give_pages(self, turn, memory, pages), turn);
    bench_give_back(self, memory, range_bytes);
}

static void commit(const bench_contender *self, bench_turn *turn)
{
    const uint32_t *pages = bench_random_pages(turn->size, range_bytes / steppe_page_bytes());
    char *memory = bench_take(self, turn, range_bytes);
    if (!memory)
        return;
    turn->values[0] = us_a_page(bench_commit_at(turn, memory, pages), turn);
    bench_give_back(self, memory, range_bytes);
}

static double open_pages(bench_turn *turn, char *memory, const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes();
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++)
        if (mprotect(memory + pages[turn->done] * page_bytes, page_bytes, PROT_READ | PROT_WRITE) !=
            0) {
            bench_refuse(turn, "refused after %zu: %s", turn->done, strerror(errno));
            break;
        }
    return bench_now_s() - start;
}

static void commit_by_mprotect(const bench_contender *self, bench_turn *turn)
{
    const uint32_t *pages = bench_random_pages(turn->size, range_bytes / steppe_page_bytes());
    char *memory = bench_take(self, turn, range_bytes);
    if (!memory)
        return;
    if (mprotect(memory, range_bytes, PROT_NONE) != 0)
        bench_die("mprotect");
    turn->values[0] = us_a_page(open_pages(turn, memory, pages), turn);
    bench_give_back(self, memory, range_bytes);
}

#define UNDER(label, function, mechanism, on_fault_)                                               \
    BENCH_STEPPE_UNDER(label, mechanism, function, .on_fault = (on_fault_))

#define ALL(function, on_fault)                                                                    \
    UNDER("guard", function, STEPPE_MECHANISM_GUARD, on_fault),                                    \
        UNDER("mprotect", function, STEPPE_MECHANISM_MPROTECT, on_fault),                          \
        UNDER("uffd", function, STEPPE_MECHANISM_UFFD, on_fault)

static const bench_contender touched[] = {
    {.name = "kernel", .run = touch_query_give, .way = BENCH_KERNEL},
    ALL(touch_query_give, STEPPE_COMMIT),
};

static const bench_contender committed[] = {
    {.name = "bare mprotect", .run = commit_by_mprotect, .way = BENCH_KERNEL},
    ALL(commit, STEPPE_RAISE),
};

static const bench_measure measures[] = {
    [FAULT] = {.title = "first touch",
               .unit = "us a page",
               .kind = BENCH_VALUE,
               .chart = "isolated"},
    [QUERY] = {.title = "query at random", .unit = "ns", .kind = BENCH_VALUE, .chart = "query"},
    [DECOMMIT] = {.title = "decommit (kernel: madvise(DONTNEED))",
                  .unit = "us a page",
                  .kind = BENCH_VALUE,
                  .chart = "decommit"},
};

static const size_t sizes[] = {1000, 10000, 100000, 1000000};

static const bench_table tables[] = {
    {.title = "Pages at random in 64 GiB: touched, asked about, given back",
     .remark = "What bounds them. Touch: the signal and one or two system calls, the same for each "
               "page; few pages\n  also pay for page tables and chunks that no other shares; "
               "mprotect ends at vm.max_map_count.\n  Query: cache misses in the page map, which "
               "grows with what is touched; a run's end is found in\n  O(log64 pages). Decommit: "
               "one system call a page and the kernel's flush of the processor's\n  "
               "translations.",
     BENCH_LIST(size, sizes),
     BENCH_LIST(measure, measures),
     BENCH_LIST(contender, touched)},
    {.title = "Pages at random in 64 GiB: committed one by one",
     .remark = "What bounds it: one system call a page, which under uffd also puts the page in "
               "place; mprotect\n  must split a mapping, and ends at vm.max_map_count.",
     BENCH_LIST(size, sizes),
     .measures =
         (const bench_measure[]){
             {.title = "commit", .unit = "us a page", .kind = BENCH_VALUE, .chart = "commit"}},
     .measure_count = 1,
     BENCH_LIST(contender, committed)},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "growth",
                                        .text = "How do the costs of isolated pages grow from a "
                                                "thousand pages to a million?",
                                        .rounds = 2,
                                        .warm_page_bytes = 5 * STEPPE_KIB,
                                        .without_warm_round = true,
                                        BENCH_LIST(table, tables)});
}
