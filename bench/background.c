/* SPDX-License-Identifier: MIT */
/*
 * background.c - What does a collector in the background add to the latency of a writer?
 *
 * The writer uses, writes and clears slots of 128 bytes at random among a million, three tenths of
 * which are in use at any time, and times each step. So hardly a page of these is ever without a
 * slot in use; one that goes and comes back costs a fault, whoever gave it back. Between its steps,
 * unmeasured, it fills and clears slots elsewhere in the same array: what nobody gives back, or a
 * collector does, every 10 ms or every millisecond.
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/collector.h>

struct item {
    char bytes[128];
};

enum { SLOTS = 1000000, LIVE = SLOTS / 10 * 3, GARBAGE = 4096, STEPS_BETWEEN = 5000 };

enum measure { P50, P99, P999, P99_NS, PAGES };

enum how { NOBODY, EVERY_10_MS, ALWAYS };

static int by_value(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* Use one slot and clear another: those in use are a ring of numbers. */
static bool step(struct item *items, uint64_t *live, size_t at, uint64_t *random)
{
    if (live[at] && steppe_slots_clear(items, live[at] - 1) != STEPPE_OK)
        return false;
    uint64_t number = bench_random(random) % SLOTS;
    while (steppe_slots_in_use(items, number))
        number = bench_random(random) % SLOTS;
    struct item *item = steppe_slots_use(items, number);
    if (!item)
        return false;
    memset(item->bytes, (int)at | 1, sizeof item->bytes);
    live[at] = number + 1;
    return true;
}

/* Pages for the collector: behind the slots of the steps. */
static bool leave_garbage(struct item *items, size_t round)
{
    uint64_t first = SLOTS + round % 16 * GARBAGE;
    for (uint64_t i = first; i < first + GARBAGE; i++) {
        struct item *item = steppe_slots_use(items, i);
        if (!item)
            return false;
        item->bytes[0] = 1;
    }
    return steppe_slots_clear_range(items, first, GARBAGE) == STEPPE_OK;
}

static void write_steps(bench_turn *turn, struct item *items, uint64_t *live, uint32_t *ns)
{
    uint64_t random = 88172645463325252u;
    for (size_t i = 0; i < 2 * LIVE; i++) /* until the ring is full, and some was cleared */
        if (!step(items, live, i % LIVE, &random))
            bench_refuse_steppe(turn);
    for (turn->done = 0; turn->done < turn->size && !turn->reason[0]; turn->done++) {
        if (turn->done % STEPS_BETWEEN == 0 && !leave_garbage(items, turn->done / STEPS_BETWEEN))
            bench_refuse_steppe(turn);
        double start = bench_now_s();
        if (!step(items, live, turn->done % LIVE, &random))
            bench_refuse_steppe(turn);
        ns[turn->done] = (uint32_t)((bench_now_s() - start) * 1e9);
    }
}

static void tell(bench_turn *turn, uint32_t *ns)
{
    size_t count = turn->size;
    qsort(ns, count, sizeof *ns, by_value);
    turn->values[P50] = ns[count / 2] * 1e-9;
    turn->values[P99] = ns[count - 1 - count / 100] * 1e-9;
    turn->values[P999] = ns[count - 1 - count / 1000] * 1e-9;
    turn->values[P99_NS] = ns[count - 1 - count / 100];
}

static steppe_collector *start(enum how how, struct item *items)
{
    if (how == NOBODY)
        return NULL;
    steppe_collector *collector =
        steppe_collector_start(&(steppe_collector_options){.interval_ms = how == ALWAYS ? 1 : 10});
    if (!collector || steppe_collector_add(collector, items) != STEPPE_OK)
        bench_die(steppe_last_message());
    return collector;
}

static void stop(bench_turn *turn, steppe_collector *collector)
{
    steppe_collector_statistics figures = {0};
    if (collector && (steppe_collector_statistics_of(collector, &figures) != STEPPE_OK ||
                      steppe_collector_stop(collector) != STEPPE_OK))
        bench_die(steppe_last_message());
    turn->values[PAGES] = (double)figures.page_count;
}

static void run(const bench_contender *self, bench_turn *turn)
{
    uint64_t *live = calloc(LIVE, sizeof *live);
    uint32_t *ns = calloc(turn->size, sizeof *ns);
    struct item *items =
        steppe_slots_new(struct item, SLOTS + 16 * GARBAGE,
                         &(steppe_slots_options){.give_back = STEPPE_SLOTS_COLLECTED});
    if (!live || !ns || !items) {
        bench_refuse_steppe(turn);
        return;
    }
    steppe_collector *collector = start((enum how)self->how, items);
    write_steps(turn, items, live, ns);
    stop(turn, collector);
    tell(turn, ns);
    free(live);
    free(ns);
    if (steppe_slots_free(items) != STEPPE_OK)
        bench_die(steppe_last_message());
}

static const bench_contender contenders[] = {
    {.name = "nobody collects", .run = run, .how = NOBODY},
    {.name = "a collector, every 10 ms", .run = run, .how = EVERY_10_MS},
    {.name = "a collector, every millisecond", .run = run, .how = ALWAYS},
};

static const bench_measure measures[] = {
    [P50] = {.title = "half of the steps are faster than", .unit = "s"},
    [P99] = {.title = "99 of 100 steps are faster than", .unit = "s", .chart = ""},
    [P999] = {.title = "999 of 1,000 steps are faster than", .unit = "s"},
    [P99_NS] = {.title = "99 of 100", .unit = "ns", .kind = BENCH_VALUE},
    [PAGES] = {.title = "pages given back meanwhile", .unit = "", .kind = BENCH_VALUE},
};

static const bench_target targets[] = {
    {.what = "99th percentile of a writer, with a collector on the other core, against none",
     .measure = P99,
     .contender = "a collector, every 10 ms",
     .at_least = 1.05},
};

static const bench_table table = {
    .title = "Steps of a writer",
    BENCH_SIZE(2000000),
    BENCH_LIST(measure, measures),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "background",
                                        .text = "What does a collector in the background add to "
                                                "the latency of a writer?",
                                        .rounds = 5,
                                        .tables = &table,
                                        .table_count = 1});
}
