/* SPDX-License-Identifier: MIT */
/*
 * steady.c - What does access to memory cost once it is committed, against a raw array?
 *
 * It is a plain pointer either way; what could differ is how the kernel laid out the pages. Every
 * turn makes its memory afresh, so that the luck of one layout is not taken for a property.
 */
#include "harness.h"

enum how { IN_ORDER, AT_RANDOM };

enum { PASSES = 40, WORDS_A_PAGE = 4096 / sizeof(uint64_t) };

static volatile uint64_t sink;

static double read_in_order(const uint64_t *words, size_t count)
{
    uint64_t sum = 0;
    double start = bench_now_s();
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t i = 0; i < count; i++)
            sum += words[i];
        sink = sum;
    }
    return bench_now_s() - start;
}

/* Each place depends on what was read before, so that nothing overlaps. */
static double read_at_random(const uint64_t *words, size_t count)
{
    uint64_t state = 1, place = 0;
    double start = bench_now_s();
    for (size_t i = 0; i < count / 8; i++)
        place = words[(bench_random(&state) + place) % count];
    sink = place;
    return bench_now_s() - start;
}

static void read_all(const bench_contender *self, bench_turn *turn)
{
    size_t size_bytes = turn->size * steppe_page_bytes();
    char *memory = bench_take(self, turn, size_bytes);
    if (!memory)
        return;
    if (self->way == BENCH_STEPPE && steppe_commit(memory, size_bytes) != STEPPE_OK)
        bench_refuse_steppe(turn);
    (void)bench_touch_in_order(turn, memory);
    if (!turn->reason[0])
        turn->values[0] = (self->how == IN_ORDER ? read_in_order : read_at_random)(
            (const uint64_t *)(void *)memory, turn->size * WORDS_A_PAGE);
    bench_give_back(self, memory, size_bytes);
}

#define UNDER(label, how_, mechanism_)                                                             \
    {                                                                                              \
        .name = "Steppe " label, .run = read_all, .way = BENCH_STEPPE, .how = (how_), .options = { \
            .mechanism = (mechanism_),                                                             \
            .huge_pages = STEPPE_HUGE_NEVER                                                        \
        }                                                                                          \
    }

#define ALL(how_)                                                                                  \
    {.name = "raw array", .run = read_all, .way = BENCH_KERNEL, .how = (how_)},                    \
        {.name = "raw array once more", .run = read_all, .way = BENCH_KERNEL, .how = (how_)},      \
        UNDER("guard", how_, STEPPE_MECHANISM_GUARD),                                              \
        UNDER("mprotect", how_, STEPPE_MECHANISM_MPROTECT),                                        \
        UNDER("uffd", how_, STEPPE_MECHANISM_UFFD), UNDER("best", how_, STEPPE_MECHANISM_BEST)

static const bench_contender in_order[] = {ALL(IN_ORDER)};
static const bench_contender at_random[] = {ALL(AT_RANDOM)};

static const bench_target target_in_order = {.what = "access in order, against a raw array",
                                             .contender = "Steppe best",
                                             .at_least = 1.02,
                                             .aim = 1.00};
static const bench_target target_at_random = {.what = "access at random, against a raw array",
                                              .contender = "Steppe best",
                                              .at_least = 1.02,
                                              .aim = 1.00};

static const size_t page_count[] = {64 * STEPPE_MIB / 4096};

static const bench_table tables[] = {
    {.title = "64 MiB read in order",
     .remark = "The raw array stands there twice: their difference is the noise.",
     .sizes = page_count,
     .size_count = 1,
     BENCH_TIME(""),
     BENCH_LIST(contender, in_order),
     .targets = &target_in_order,
     .target_count = 1},
    {.title = "64 MiB read at random, each place known only after the one before",
     .sizes = page_count,
     .size_count = 1,
     BENCH_TIME("random"),
     BENCH_LIST(contender, at_random),
     .targets = &target_at_random,
     .target_count = 1},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "steady",
                                        .text = "What does access to memory cost once it is "
                                                "committed, against a raw array?",
                                        .warm_page_bytes = 8 * STEPPE_KIB,
                                        BENCH_LIST(table, tables)});
}
