/* SPDX-License-Identifier: MIT */
/*
 * strategies.c - What does a write to a sparse array cost by each of the four ways to commit?
 *
 * A spreadsheet's cells of 128 bytes: a small sheet of 200 x 256, all of which is written, and one
 * of 1,000,000 x 10,000 of which 200,000 cells are: side by side in rows, in clusters of 32 (a
 * page), or each on a page of its own. A write is steppe_slots_use and a store into the slot; who
 * has a plain array only stores.
 */
#include "harness.h"

#include <stdlib.h>

#include <steppe/slots.h>

struct cell {
    char text[120];
    double value;
};

enum { SMALL_ROWS = 200, SMALL_COLUMNS = 256, CLUSTER = 32 };

#define LARGE_CELLS (UINT64_C(1000000) * 10000)

enum how { DENSE, CLUSTERED, SCATTERED };

enum measure { TIME, WRITE_NS };

/* Every cell once: those of a cluster one after the other, clusters at random. Both are drawn from
 * different parts of the sheet, so none is met twice. */
static const uint64_t *cells_of(enum how how, size_t count, uint64_t cell_count)
{
    static uint64_t *cells;
    size_t cluster = how == SCATTERED ? 1 : CLUSTER;
    size_t cluster_count = (count + cluster - 1) / cluster;
    uint64_t random = 88172645463325252u, step = cell_count / cluster_count;
    free(cells);
    cells = calloc(cluster_count * cluster, sizeof *cells);
    if (!cells)
        bench_die("calloc");
    for (size_t i = 0; i < cluster_count; i++) {
        uint64_t first = i * step + (how == DENSE ? 0 : bench_random(&random) % (step - cluster));
        first -= first % CLUSTER;
        for (size_t j = 0; j < cluster; j++)
            cells[i * cluster + j] = how == DENSE ? i * cluster + j : first + j;
    }
    for (size_t i = cluster_count; how != DENSE && i > 1; i--) {
        size_t other = bench_random(&random) % i;
        for (size_t j = 0; j < cluster; j++) {
            uint64_t kept = cells[(i - 1) * cluster + j];
            cells[(i - 1) * cluster + j] = cells[other * cluster + j];
            cells[other * cluster + j] = kept;
        }
    }
    return cells;
}

static void tell(bench_turn *turn, double seconds)
{
    turn->values[TIME] = seconds;
    turn->values[WRITE_NS] = seconds / (double)turn->size * 1e9;
}

static void write_slots(bench_turn *turn, struct cell *sheet, const uint64_t *cells)
{
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++) {
        struct cell *cell = steppe_slots_use(sheet, cells[turn->done]);
        if (!cell) {
            bench_refuse_steppe(turn);
            return;
        }
        cell->value = 1;
    }
    tell(turn, bench_now_s() - start);
}

static void by_slots(const bench_contender *self, bench_turn *turn, enum how how,
                     uint64_t cell_count)
{
    const uint64_t *cells = cells_of(how, turn->size, cell_count);
    struct cell *sheet =
        steppe_slots_new(struct cell, cell_count,
                         &(steppe_slots_options){.commit = (steppe_slots_commit)self->how,
                                                 .memory = &self->options});
    if (!sheet) {
        bench_refuse_steppe(turn);
        return;
    }
    write_slots(turn, sheet, cells);
    if (steppe_slots_free(sheet) != STEPPE_OK)
        bench_die(steppe_last_message());
}

static void by_pointer(const bench_contender *self, bench_turn *turn, enum how how,
                       uint64_t cell_count)
{
    const uint64_t *cells = cells_of(how, turn->size, cell_count);
    size_t size_bytes = (size_t)cell_count * sizeof(struct cell);
    struct cell *sheet = (struct cell *)bench_take(self, turn, size_bytes);
    if (!sheet)
        return;
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++)
        ((volatile struct cell *)sheet)[cells[turn->done]].value = 1;
    tell(turn, bench_now_s() - start);
    bench_give_back(self, (char *)sheet, size_bytes);
}

#define RUNS(place, how, cell_count)                                                               \
    static void slots_##place(const bench_contender *self, bench_turn *turn)                       \
    {                                                                                              \
        by_slots(self, turn, how, cell_count);                                                     \
    }                                                                                              \
    static void pointer_##place(const bench_contender *self, bench_turn *turn)                     \
    {                                                                                              \
        by_pointer(self, turn, how, cell_count);                                                   \
    }

RUNS(small, DENSE, (uint64_t)SMALL_ROWS *SMALL_COLUMNS)
RUNS(dense, DENSE, LARGE_CELLS)
RUNS(clustered, CLUSTERED, LARGE_CELLS)
RUNS(scattered, SCATTERED, LARGE_CELLS)

#define CONTENDERS(place)                                                                          \
    static const bench_contender place##_contenders[] = {                                          \
        {.name = "kernel's first touch, plain stores",                                             \
         .run = pointer_##place,                                                                   \
         .way = BENCH_KERNEL},                                                                     \
        {.name = "Steppe, plain stores on fault",                                                  \
         .run = pointer_##place,                                                                   \
         .way = BENCH_STEPPE,                                                                      \
         .options = {.on_fault = STEPPE_COMMIT}},                                                  \
        {.name = "slots by fault", .run = slots_##place, .how = STEPPE_SLOTS_BY_FAULT},            \
        {.name = "slots, always commit", .run = slots_##place, .how = STEPPE_SLOTS_ALWAYS},        \
        {.name = "slots, query first", .run = slots_##place, .how = STEPPE_SLOTS_AFTER_QUERY},     \
        {.name = "slots, own record", .run = slots_##place, .how = STEPPE_SLOTS_BY_RECORD},        \
    };

CONTENDERS(small)
CONTENDERS(dense)
CONTENDERS(clustered)
CONTENDERS(scattered)

#define MEASURES(place, end)                                                                       \
    static const bench_measure place##_measures[] = {                                              \
        [TIME] = {.title = "time", .unit = "s", .chart = end},                                     \
        [WRITE_NS] = {.title = "a write", .unit = "ns", .kind = BENCH_VALUE},                      \
    };

MEASURES(small, "")
MEASURES(dense, "dense")
MEASURES(clustered, "clustered")
MEASURES(scattered, "scattered")

#define TABLE(place, title_, count)                                                                \
    {                                                                                              \
        .title = title_, BENCH_SIZE(count), .measures = place##_measures,                          \
        .measure_count = BENCH_COUNT(place##_measures), .contenders = place##_contenders,          \
        .contender_count = BENCH_COUNT(place##_contenders)                                         \
    }

static const bench_table tables[] = {
    TABLE(small, "All cells of a sheet of 200 x 256, in order", SMALL_ROWS *SMALL_COLUMNS),
    TABLE(dense, "Cells of a sheet of 1,000,000 x 10,000, in order", 200000),
    TABLE(clustered, "The same, in clusters of 32 at random", 200000),
    TABLE(scattered, "The same, each on a page of its own, at random", 50000),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "strategies",
                                        .text = "What does a write to a sparse array cost by each "
                                                "of the four ways to commit?",
                                        .warm_page_bytes = 8 * STEPPE_KIB,
                                        BENCH_LIST(table, tables)});
}
