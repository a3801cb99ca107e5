/* SPDX-License-Identifier: MIT */
/*
 * watch.c - What does it cost to learn which 10,000 of 1,000,000 pages were written, against the
 * way by hand: everything read-only, and a handler of SIGSEGV that notes the page and opens it?
 *
 * Who watches pays twice: at the first write to each page, and when collecting, which closes the
 * pages again. Both parts are measured.
 */
#include "harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <steppe/watch.h>

enum { ONE_PAGE_IN = 100, REPEATS = 3 };

enum how { CLOSE_WHOLE, CLOSE_EACH };

enum measure { COLLECT, BOTH, COLLECT_MS, WRITE_US };

static size_t written_count(const bench_turn *turn)
{
    return turn->size / ONE_PAGE_IN ? turn->size / ONE_PAGE_IN : 1;
}

/* ---- by hand ----------------------------------------------------------------------------------
 */

/* What the handler needs; one memory at a time. */
static struct {
    char *memory;
    size_t size_bytes;
    uint64_t *notes; /* a bit a page */
} watched;

static void note_page(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    size_t page_bytes = steppe_page_bytes();
    size_t offset_bytes = (size_t)((char *)information->si_addr - watched.memory);
    size_t page = offset_bytes / page_bytes;
    if (offset_bytes >= watched.size_bytes ||
        mprotect(watched.memory + page * page_bytes, page_bytes, PROT_READ | PROT_WRITE) != 0)
        _exit(1);
    watched.notes[page / 64] |= UINT64_C(1) << page % 64;
}

static bool close_pages(const bench_contender *self, void *const *pages, size_t count)
{
    if (self->how == CLOSE_WHOLE)
        return mprotect(watched.memory, watched.size_bytes, PROT_READ) == 0;
    for (size_t i = 0; i < count; i++)
        if (mprotect(pages[i], steppe_page_bytes(), PROT_READ) != 0)
            return false;
    return true;
}

static size_t collect_notes(void **pages)
{
    size_t page_bytes = steppe_page_bytes(), count = 0;
    size_t word_count = (watched.size_bytes / page_bytes + 63) / 64;
    for (size_t i = 0; i < word_count; i++) {
        for (uint64_t left = watched.notes[i]; left; left &= left - 1)
            pages[count++] = watched.memory + (i * 64 + (size_t)__builtin_ctzll(left)) * page_bytes;
        watched.notes[i] = 0;
    }
    return count;
}

/* ---- either way -------------------------------------------------------------------------------
 */

static size_t collect(const bench_contender *self, bench_turn *turn, void **pages)
{
    size_t count = written_count(turn) + 1;
    if (self->way != BENCH_STEPPE) {
        count = collect_notes(pages);
        if (!close_pages(self, pages, count))
            bench_refuse_errno(turn, "mprotect");
        return count;
    }
    size_t size_bytes = turn->size * steppe_page_bytes();
    if (steppe_watch_collect(watched.memory, size_bytes, pages, &count) != STEPPE_OK)
        bench_refuse_steppe(turn);
    return count;
}

static double write_pages(bench_turn *turn, const uint32_t *numbers)
{
    size_t page_bytes = steppe_page_bytes();
    double start = bench_now_s();
    for (turn->done = 0; turn->done < written_count(turn); turn->done++)
        *(volatile char *)(watched.memory + numbers[turn->done] * page_bytes) = 2;
    return bench_now_s() - start;
}

static void write_and_collect(const bench_contender *self, bench_turn *turn, void **pages)
{
    const uint32_t *numbers = bench_random_pages(written_count(turn), turn->size);
    double write_s = 0, collect_s = 0;
    for (int i = 0; i < REPEATS && !turn->reason[0]; i++) {
        write_s += write_pages(turn, numbers);
        double start = bench_now_s();
        size_t count = collect(self, turn, pages);
        collect_s += bench_now_s() - start;
        if (!turn->reason[0] && count != written_count(turn))
            bench_refuse(turn, "told %zu pages, but %zu were written", count, written_count(turn));
    }
    turn->values[COLLECT] = collect_s / REPEATS;
    turn->values[BOTH] = (write_s + collect_s) / REPEATS;
    turn->values[COLLECT_MS] = turn->values[COLLECT] * 1e3;
    turn->values[WRITE_US] = write_s / REPEATS / (double)written_count(turn) * 1e6;
}

/* Every page is there and has contents, and none counts as written. */
static void begin_to_watch(const bench_contender *self, bench_turn *turn)
{
    struct sigaction action = {.sa_sigaction = note_page, .sa_flags = SA_SIGINFO};
    if (self->way == BENCH_STEPPE && steppe_commit(watched.memory, watched.size_bytes) != STEPPE_OK)
        bench_refuse_steppe(turn);
    if (!turn->reason[0])
        (void)bench_touch_in_order(turn, watched.memory);
    if (self->way != BENCH_STEPPE &&
        (mprotect(watched.memory, watched.size_bytes, PROT_READ) != 0 ||
         sigaction(SIGSEGV, &action, NULL) != 0))
        bench_die("mprotect or sigaction");
    if (self->way == BENCH_STEPPE && !turn->reason[0] &&
        steppe_watch_clear(watched.memory, watched.size_bytes) != STEPPE_OK)
        bench_refuse_steppe(turn);
}

static void watch(const bench_contender *self, bench_turn *turn)
{
    size_t size_bytes = turn->size * steppe_page_bytes();
    void **pages = calloc(turn->size, sizeof *pages);
    uint64_t *notes = calloc(turn->size / 64 + 1, sizeof *notes);
    char *memory = bench_take(self, turn, size_bytes);
    if (!pages || !notes)
        bench_die("calloc");
    if (!memory)
        return;
    watched.memory = memory;
    watched.size_bytes = size_bytes;
    watched.notes = notes;
    begin_to_watch(self, turn);
    if (!turn->reason[0])
        write_and_collect(self, turn, pages);
    bench_give_back(self, memory, size_bytes);
    free(pages);
    free(notes);
}

/* In processes of their own, for the handlers. */
#define UNDER(label, mechanism_)                                                                   \
    {                                                                                              \
        .name = "Steppe " label, .run = watch, .way = BENCH_STEPPE, .alone = true, .options = {    \
            .mechanism = (mechanism_),                                                             \
            .huge_pages = STEPPE_HUGE_NEVER,                                                       \
            .write_watch = true                                                                    \
        }                                                                                          \
    }

static const bench_contender contenders[] = {
    {.name = "mprotect by hand, closed in one call",
     .run = watch,
     .way = BENCH_KERNEL,
     .how = CLOSE_WHOLE,
     .alone = true},
    {.name = "mprotect by hand, closed page by page",
     .run = watch,
     .way = BENCH_KERNEL,
     .how = CLOSE_EACH,
     .alone = true},
    UNDER("guard", STEPPE_MECHANISM_GUARD),
    UNDER("mprotect", STEPPE_MECHANISM_MPROTECT),
    UNDER("uffd", STEPPE_MECHANISM_UFFD),
    UNDER("best", STEPPE_MECHANISM_BEST),
};

static const bench_target targets[] = {
    {.what = "collecting 10,000 written pages of 1,000,000, times faster than mprotect by hand",
     .measure = COLLECT,
     .contender = "Steppe best",
     .at_least = 5,
     .more_is_better = true},
    {.what = "the same with the writes",
     .measure = BOTH,
     .contender = "Steppe best",
     .at_least = 5,
     .more_is_better = true},
};

static const bench_measure measures[] = {
    [COLLECT] = {.title = "collecting", .unit = "s", .kind = BENCH_SPEEDUP, .chart = "collect"},
    [BOTH] = {.title = "first writes and collecting",
              .unit = "s",
              .kind = BENCH_SPEEDUP,
              .chart = ""},
    [COLLECT_MS] = {.title = "collecting", .unit = "ms", .kind = BENCH_VALUE},
    [WRITE_US] = {.title = "a first write", .unit = "us", .kind = BENCH_VALUE},
};

static const bench_table table = {
    .title = "One page in a hundred written, and told",
    BENCH_SIZE(1000000),
    BENCH_LIST(measure, measures),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "watch",
                                        .text = "What does it cost to learn which 10,000 of "
                                                "1,000,000 pages were written?",
                                        .rounds = 3,
                                        .warm_page_bytes = 5 * STEPPE_KIB,
                                        .without_warm_round = true,
                                        .tables = &table,
                                        .table_count = 1});
}
