/* SPDX-License-Identifier: MIT */
/*
 * isolated.c - What does it cost to touch 100,000 pages that lie at random in 64 GiB?
 *
 * Nothing can be guessed here: a fault serves one page. Beside those that have memory at every
 * address, a hash table keeps as many records without a page each: the other way to have sparse
 * data, faster and smaller where records are small and need not lie where their number says.
 */
#include "harness.h"

#include <stdlib.h>

#ifdef BENCH_HAS_UTHASH
#include <uthash.h>
#endif

static const size_t range_bytes = 64 * STEPPE_GIB;

enum measure { TIME, BYTES };

static uint64_t used_bytes(void)
{
    bench_usage usage = bench_usage_now();
    return usage.anonymous_bytes + usage.page_table_bytes;
}

static void touch(const bench_contender *self, bench_turn *turn)
{
    const uint32_t *pages = bench_random_pages(turn->size, range_bytes / steppe_page_bytes());
    uint64_t before_bytes = used_bytes();
    char *memory = bench_take(self, turn, range_bytes);
    if (!memory)
        return;
    turn->values[TIME] = bench_touch_at(turn, memory, pages);
    turn->values[BYTES] = (double)(used_bytes() - before_bytes) / (double)turn->size;
    bench_give_back(self, memory, range_bytes);
}

#ifdef BENCH_HAS_UTHASH
struct record {
    uint32_t number;
    char payload[60];
    UT_hash_handle hh;
};

static void free_records(struct record *records)
{
    struct record *record, *next;
    HASH_ITER(hh, records, record, next)
    {
        HASH_DEL(records, record);
        free(record);
    }
}

static void store_in_hash(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    const uint32_t *numbers = bench_random_pages(turn->size, range_bytes / steppe_page_bytes());
    struct record *records = NULL;
    uint64_t before_bytes = used_bytes();
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++) {
        struct record *record = calloc(1, sizeof *record);
        if (!record) {
            bench_refuse_errno(turn, "calloc");
            break;
        }
        record->number = numbers[turn->done];
        record->payload[0] = 1;
        HASH_ADD(hh, records, number, sizeof record->number, record);
    }
    turn->values[TIME] = bench_now_s() - start;
    turn->values[BYTES] = (double)(used_bytes() - before_bytes) / (double)turn->size;
    free_records(records);
}
#else
static void store_in_hash(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    bench_refuse(turn, "not built in: uthash-dev is missing");
}
#endif

#define UNDER(label, mechanism, ...)                                                               \
    BENCH_STEPPE_UNDER(label, mechanism, touch, .on_fault = STEPPE_COMMIT, __VA_ARGS__)

static const bench_contender contenders[] = {
    {.name = "kernel, 4 KiB pages", .run = touch, .way = BENCH_KERNEL},
    {.name = "MAP_NORESERVE, as it comes", .run = touch, .way = BENCH_NORESERVE},
    {.name = "calloc of the whole", .run = touch, .way = BENCH_CALLOC},
    {.name = "hash table (uthash), 64-byte records", .run = store_in_hash, .alone = true},
    {.name = "SIGSEGV and mprotect by hand", .run = touch, .way = BENCH_SIGSEGV, .alone = true},
    {.name = "GNU libsigsegv and mprotect", .run = touch, .way = BENCH_LIBSIGSEGV, .alone = true},
    {.name = "userfaultfd by hand", .run = touch, .way = BENCH_UFFD, .alone = true},
    UNDER("guard", STEPPE_MECHANISM_GUARD),
    UNDER("mprotect", STEPPE_MECHANISM_MPROTECT),
    UNDER("mprotect, whole chunks, 2 GiB", STEPPE_MECHANISM_MPROTECT, .whole_chunks = true,
          .limit_bytes = 2 * STEPPE_GIB),
    UNDER("uffd", STEPPE_MECHANISM_UFFD),
    UNDER("best", STEPPE_MECHANISM_BEST),
    UNDER("best, strict", STEPPE_MECHANISM_BEST, .strict = true),
};

static const bench_target targets[] = {
    {.what = "100,000 pages at random in 64 GiB by faults, against the kernel's first touch",
     .contender = "Steppe best",
     .at_least = 2.8,
     .aim = 2.2},
};

static const bench_measure measures[] = {
    [TIME] = {.title = "time", .unit = "s", .chart = ""},
    [BYTES] = {.title = "memory and page tables",
               .unit = "bytes a page",
               .kind = BENCH_VALUE,
               .chart = "memory"},
};

static const bench_table table = {
    .title = "Pages at random in 64 GiB, touched",
    .remark = "Huge pages are no contender: each touch would take 2 MiB, 60 GiB in all.",
    BENCH_SIZE(100000),
    BENCH_LIST(measure, measures),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "isolated",
                                        .text = "What does it cost to touch 100,000 pages at "
                                                "random in 64 GiB?",
                                        .warm_page_bytes = 7 * STEPPE_KIB,
                                        .tables = &table,
                                        .table_count = 1});
}
