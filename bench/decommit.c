/* SPDX-License-Identifier: MIT */
/*
 * decommit.c - What does it cost to give back 100,000 scattered pages, against the bare system
 * calls that would do?
 *
 * madvise(MADV_DONTNEED) alone gives the memory back, but the page does not fault afterwards; with
 * a guard marker, or a mapping without access over it, it does, as after a decommit.
 */
#include "harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static const size_t range_bytes = 64 * STEPPE_GIB;

enum how { DONTNEED, GUARD_INSTALL, MAP_FIXED_NONE, DONTNEED_BATCHED, EACH_PAGE, BATCHED };

enum { BATCH = 1024 }; /* the kernel takes no more vectors at once */

static bool give_page(enum how how, char *page, size_t page_bytes)
{
    if (how == DONTNEED)
        return madvise(page, page_bytes, MADV_DONTNEED) == 0;
    if (how == GUARD_INSTALL)
        return madvise(page, page_bytes, MADV_GUARD_INSTALL) == 0;
    if (how == MAP_FIXED_NONE)
        return mmap(page, page_bytes, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == page;
    return steppe_decommit(page, page_bytes) == STEPPE_OK;
}

static void refuse(bench_turn *turn, enum how how)
{
    if (how >= EACH_PAGE)
        bench_refuse_steppe(turn);
    else
        bench_refuse(turn, "refused after %zu: %s", turn->done, strerror(errno));
}

static double give_pages(enum how how, bench_turn *turn, char *memory, const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes();
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++)
        if (!give_page(how, memory + pages[turn->done] * page_bytes, page_bytes)) {
            refuse(turn, how);
            break;
        }
    return bench_now_s() - start;
}

/* The bare way to give back many pages with one system call, since Linux 6.13 for oneself. */
static double give_vectors(bench_turn *turn, char *memory, const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes(), count = turn->size;
    struct iovec vectors[BATCH];
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    double start = bench_now_s();
    for (turn->done = 0; turn->done < count && !turn->reason[0]; turn->done += BATCH) {
        size_t some = count - turn->done < BATCH ? count - turn->done : BATCH;
        for (size_t i = 0; i < some; i++)
            vectors[i] = (struct iovec){memory + pages[turn->done + i] * page_bytes, page_bytes};
        long done_bytes = syscall(SYS_process_madvise, self, vectors, some, MADV_DONTNEED, 0);
        if (done_bytes != (long)(some * page_bytes))
            bench_refuse_errno(turn, "process_madvise");
    }
    double seconds = bench_now_s() - start;
    (void)close(self);
    return seconds;
}

static double give_ranges(bench_turn *turn, char *memory, const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes(), done_count = 0;
    steppe_range *ranges = malloc(turn->size * sizeof *ranges);
    if (!ranges)
        bench_die("malloc");
    for (size_t i = 0; i < turn->size; i++)
        ranges[i] = (steppe_range){memory + pages[i] * page_bytes, page_bytes};
    double start = bench_now_s();
    steppe_status status = steppe_decommit_all(ranges, turn->size, &done_count);
    double seconds = bench_now_s() - start;
    turn->done = done_count;
    if (status != STEPPE_OK)
        bench_refuse_steppe(turn);
    free(ranges);
    return seconds;
}

static double give_as_told(enum how how, bench_turn *turn, char *memory, const uint32_t *pages)
{
    if (how == DONTNEED_BATCHED)
        return give_vectors(turn, memory, pages);
    if (how == BATCHED)
        return give_ranges(turn, memory, pages);
    return give_pages(how, turn, memory, pages);
}

static void give(const bench_contender *self, bench_turn *turn)
{
    const uint32_t *pages = bench_random_pages(turn->size, range_bytes / steppe_page_bytes());
    char *memory = bench_take(self, turn, range_bytes);
    if (!memory)
        return;
    if (self->way == BENCH_STEPPE)
        (void)bench_commit_at(turn, memory, pages);
    if (!turn->reason[0])
        (void)bench_touch_at(turn, memory, pages);
    if (!turn->reason[0])
        turn->values[0] = give_as_told((enum how)self->how, turn, memory, pages);
    bench_give_back(self, memory, range_bytes);
}

#define UNDER(label, mechanism_, how_)                                                             \
    {                                                                                              \
        .name = "Steppe " label, .run = give, .way = BENCH_STEPPE, .how = (how_), .options = {     \
            .mechanism = (mechanism_)                                                              \
        }                                                                                          \
    }

#define BARE(label, how_)                                                                          \
    {                                                                                              \
        .name = (label), .run = give, .way = BENCH_KERNEL, .how = (how_)                           \
    }

static const bench_contender contenders[] = {
    BARE("madvise(DONTNEED), no fault after", DONTNEED),
    BARE("madvise(GUARD_INSTALL)", GUARD_INSTALL),
    BARE("mmap(MAP_FIXED, PROT_NONE)", MAP_FIXED_NONE),
    BARE("process_madvise(DONTNEED), 1,024 at once", DONTNEED_BATCHED),
    UNDER("guard", STEPPE_MECHANISM_GUARD, EACH_PAGE),
    UNDER("mprotect", STEPPE_MECHANISM_MPROTECT, EACH_PAGE),
    UNDER("uffd", STEPPE_MECHANISM_UFFD, EACH_PAGE),
    UNDER("best", STEPPE_MECHANISM_BEST, EACH_PAGE),
    UNDER("guard, all in one call", STEPPE_MECHANISM_GUARD, BATCHED),
    UNDER("mprotect, all in one call", STEPPE_MECHANISM_MPROTECT, BATCHED),
    UNDER("uffd, all in one call", STEPPE_MECHANISM_UFFD, BATCHED),
    UNDER("best, all in one call", STEPPE_MECHANISM_BEST, BATCHED),
};

static const bench_target targets[] = {
    {.what = "100,000 scattered pages given back one by one, against madvise(MADV_DONTNEED)",
     .contender = "Steppe best",
     .at_least = 1.3,
     .aim = 1.05},
    {.what = "the same in one call",
     .contender = "Steppe best, all in one call",
     .at_least = 1.3,
     .aim = 1.05},
    {.what = "one by one under guard, against madvise(MADV_GUARD_INSTALL)",
     .contender = "Steppe guard",
     .against = "madvise(GUARD_INSTALL)"},
};

static const bench_table tables[] = {
    {.title = "Pages at random in 64 GiB, given back",
     BENCH_SIZE(100000),
     BENCH_TIME(""),
     BENCH_LIST(contender, contenders),
     BENCH_LIST(target, targets)},
    {.title = "The same with as many as one mapping a page allows",
     BENCH_SIZE(20000),
     BENCH_TIME("few"),
     BENCH_LIST(contender, contenders)},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "decommit",
                                        .text = "What does it cost to give back 100,000 scattered "
                                                "pages?",
                                        .warm_page_bytes = 7 * STEPPE_KIB,
                                        BENCH_LIST(table, tables)});
}
