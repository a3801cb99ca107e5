/* SPDX-License-Identifier: MIT */
/*
 * collect.c - What does it cost to give back the pages of an array on which nothing is in use, by
 * each way to do it?
 *
 * A gibibyte of structures of 128 bytes, none of which is in use any more, against one decommit of
 * all their pages: what looking adds. And a million slots, all used once, of which none, half or 99
 * of 100 at random stay in use: clearing them and giving back what can be, at once, in batches, by
 * one collection, or page by page where every slot has pages of its own.
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <steppe/collect.h>
#include <steppe/slots.h>

struct item {
    uint64_t in_use;
    char rest[120];
};

struct page_item {
    char bytes[4096];
};

/* ---- all dead ---------------------------------------------------------------------------------
 */

static void fill(struct item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        items[i].rest[0] = 1;
}

static struct item *reserve_filled(bench_turn *turn, const steppe_options *options)
{
    struct item *items = steppe_reserve(turn->size * sizeof *items, options);
    if (!items || steppe_commit(items, turn->size * sizeof *items) != STEPPE_OK) {
        bench_refuse_steppe(turn);
        return NULL;
    }
    fill(items, turn->size);
    return items;
}

enum how { DECOMMIT, DISCARD, COLLECT_FLAGS };

static void give_back(enum how how, bench_turn *turn, struct item *items)
{
    size_t size_bytes = turn->size * sizeof *items;
    steppe_collection all = {.base = items,
                             .structure_bytes = sizeof *items,
                             .count = turn->size,
                             .flag_offset_bytes = offsetof(struct item, in_use),
                             .flag_bytes = sizeof items->in_use};
    if (how == DISCARD ? madvise(items, size_bytes, MADV_DONTNEED) != 0
                       : (how == DECOMMIT ? steppe_decommit(items, size_bytes)
                                          : steppe_collect(&all, 0, NULL)) != STEPPE_OK)
        bench_refuse_steppe(turn);
}

static void dead_array(const bench_contender *self, bench_turn *turn)
{
    struct item *items = reserve_filled(turn, &self->options);
    if (!items)
        return;
    double start = bench_now_s();
    give_back((enum how)self->how, turn, items);
    turn->values[0] = bench_now_s() - start;
    if (steppe_release(items) != STEPPE_OK)
        bench_die(steppe_last_message());
}

static void dead_slots(const bench_contender *self, bench_turn *turn)
{
    struct item *items = steppe_slots_new(
        struct item, turn->size,
        &(steppe_slots_options){.give_back = STEPPE_SLOTS_COLLECTED, .memory = &self->options});
    for (size_t i = 0; items && i < turn->size; i++)
        if (!steppe_slots_use(items, i)) {
            bench_refuse_steppe(turn);
            break;
        }
    if (!items || turn->reason[0]) {
        bench_refuse_steppe(turn);
        return;
    }
    fill(items, turn->size);
    if (steppe_slots_clear_range(items, 0, turn->size) != STEPPE_OK)
        bench_refuse_steppe(turn);
    double start = bench_now_s();
    if (steppe_slots_collect(items, 0, NULL) != STEPPE_OK)
        bench_refuse_steppe(turn);
    turn->values[0] = bench_now_s() - start;
    if (steppe_slots_free(items) != STEPPE_OK)
        bench_die(steppe_last_message());
}

/* The same pages for all of them: small ones. */
#define SMALL .options = {.huge_pages = STEPPE_HUGE_NEVER}

static const bench_contender dead_contenders[] = {
    {.name = "steppe_decommit of all", .run = dead_array, .how = DECOMMIT, SMALL},
    {.name = "madvise(MADV_DONTNEED) of all", .run = dead_array, .how = DISCARD, SMALL},
    {.name = "steppe_collect, by flags", .run = dead_array, .how = COLLECT_FLAGS, SMALL},
    {.name = "steppe_slots_collect", .run = dead_slots, SMALL},
};

/* ---- some stay --------------------------------------------------------------------------------
 */

enum measure { ALL_TIME, SLOT_NS };

static const unsigned char *who_stays(size_t count, unsigned percent)
{
    static unsigned char *stays;
    uint64_t random = 88172645463325252u;
    free(stays);
    stays = calloc(count, 1);
    if (!stays)
        bench_die("calloc");
    for (size_t i = 0; i < count; i++)
        stays[i] = bench_random(&random) % 100 < percent;
    return stays;
}

static bool use_all(bench_turn *turn, char *slots, size_t slot_bytes)
{
    for (size_t i = 0; i < turn->size; i++) {
        if (!steppe_slots_use_at(slots, i)) {
            bench_refuse_steppe(turn);
            return false;
        }
        slots[i * slot_bytes] = 1;
    }
    return true;
}

static double clear_others(bench_turn *turn, void *slots, const unsigned char *stays,
                           steppe_slots_give_back give_back)
{
    double start = bench_now_s();
    for (size_t i = 0; i < turn->size; i++)
        if (!stays[i] && steppe_slots_clear(slots, i) != STEPPE_OK)
            bench_refuse_steppe(turn);
    if (give_back != STEPPE_SLOTS_AT_ONCE && steppe_slots_collect(slots, 0, NULL) != STEPPE_OK)
        bench_refuse_steppe(turn);
    return bench_now_s() - start;
}

static void some_stay(const bench_contender *self, bench_turn *turn, unsigned percent)
{
    bool own_pages = self->how >= 10;
    steppe_slots_give_back give_back = (steppe_slots_give_back)(self->how % 10);
    size_t slot_bytes = own_pages ? sizeof(struct page_item) : sizeof(struct item);
    const unsigned char *stays = who_stays(turn->size, percent);
    char *slots =
        steppe_slots_make(slot_bytes, turn->size, &(steppe_slots_options){.give_back = give_back});
    if (!slots) {
        bench_refuse_steppe(turn);
        return;
    }
    if (use_all(turn, slots, slot_bytes)) {
        turn->values[ALL_TIME] = clear_others(turn, slots, stays, give_back);
        turn->values[SLOT_NS] = turn->values[ALL_TIME] / (double)turn->size * 1e9;
    }
    if (steppe_slots_free(slots) != STEPPE_OK)
        bench_die(steppe_last_message());
}

#define STAY(percent)                                                                              \
    static void stay_##percent(const bench_contender *self, bench_turn *turn)                      \
    {                                                                                              \
        some_stay(self, turn, percent);                                                            \
    }                                                                                              \
    static const bench_contender stay_##percent##_contenders[] = {                                 \
        {.name = "one collection", .run = stay_##percent, .how = STEPPE_SLOTS_COLLECTED},          \
        {.name = "in batches", .run = stay_##percent, .how = STEPPE_SLOTS_BATCHED},                \
        {.name = "at once, by the bits", .run = stay_##percent, .how = STEPPE_SLOTS_AT_ONCE},      \
        {.name = "at once, slots of a page",                                                       \
         .run = stay_##percent,                                                                    \
         .how = 10 + STEPPE_SLOTS_AT_ONCE},                                                        \
    };

STAY(0)
STAY(50)
STAY(99)

static const bench_measure dead_measures[] = {{.title = "time", .unit = "s", .chart = ""}};

#define STAY_MEASURES(percent)                                                                     \
    static const bench_measure stay_##percent##_measures[] = {                                     \
        [ALL_TIME] = {.title = "time", .unit = "s", .chart = #percent},                            \
        [SLOT_NS] = {.title = "a slot", .unit = "ns", .kind = BENCH_VALUE},                        \
    };

STAY_MEASURES(0)
STAY_MEASURES(50)
STAY_MEASURES(99)

static const bench_target dead_targets[] = {
    {.what = "collecting 1 GiB of slots that are all dead, against one decommit",
     .contender = "steppe_slots_collect",
     .at_least = 1.2},
    {.what = "the same by flags in the structures", .contender = "steppe_collect, by flags"},
};

#define STAY_TABLE(percent, title_)                                                                \
    {                                                                                              \
        .title = (title_), BENCH_SIZE(1000000), .measures = stay_##percent##_measures,             \
        .measure_count = BENCH_COUNT(stay_##percent##_measures),                                   \
        .contenders = stay_##percent##_contenders,                                                 \
        .contender_count = BENCH_COUNT(stay_##percent##_contenders)                                \
    }

static const bench_table tables[] = {
    {.title = "Structures of 128 bytes, none in use",
     BENCH_SIZE(STEPPE_GIB / sizeof(struct item)),
     BENCH_LIST(measure, dead_measures),
     BENCH_LIST(contender, dead_contenders),
     BENCH_LIST(target, dead_targets)},
    STAY_TABLE(0, "Slots used, then all cleared"),
    STAY_TABLE(50, "Slots used, then half of them cleared"),
    STAY_TABLE(99, "Slots used, then one in a hundred cleared"),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "collect",
                                        .text = "What does it cost to give back the pages on which "
                                                "nothing is in use?",
                                        .rounds = 5,
                                        .warm_page_bytes = 160, /* for a structure */
                                        BENCH_LIST(table, tables)});
}
