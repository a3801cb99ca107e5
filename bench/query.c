/* SPDX-License-Identifier: MIT */
/*
 * query.c - What does it cost to ask what lies at an address, with a million runs of pages?
 *
 * Others ask the kernel, through the text of /proc/self/maps or its PROCMAP_QUERY. No process can
 * have a million mappings under the default vm.max_map_count, so those stand on 30,000 of them.
 */
#include "harness.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPPINGS = 30000, READS = 3, CALLS = 200000 };

enum measure { ONE_QUERY, SPEED, WALK, RUNS };

/* The contenders' memories live from begin to end: the runs of each take long to make. */
static char *mappings, *spans[STEPPE_MECHANISM_UFFD + 1];
static size_t mapping_count;

/* ---- the kernel's map -------------------------------------------------------------------------
 */

static size_t mappings_bytes(void)
{
    return mapping_count * steppe_page_bytes();
}

/* Every other page without access: a mapping each. */
static void make_mappings(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    size_t page_bytes = steppe_page_bytes();
    mapping_count = bench_is_quick() ? 300 : MAPPINGS;
    mappings = mmap(NULL, mappings_bytes(), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mappings == MAP_FAILED)
        bench_die("mmap");
    for (size_t i = 0; i < mapping_count; i += 2)
        if (mprotect(mappings + i * page_bytes, page_bytes, PROT_NONE) != 0)
            bench_refuse_errno(turn, "mprotect");
}

static void end_mappings(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    (void)turn;
    if (munmap(mappings, mappings_bytes()) != 0)
        bench_die("munmap");
}

/* Reads lines until one holds the address, as programs do that want to know one thing. */
static bool find_in_maps(uintptr_t address)
{
    char line[512];
    bool is_found = false;
    FILE *file = fopen("/proc/self/maps", "re");
    while (file && !is_found && fgets(line, sizeof line, file)) {
        uintptr_t from, to;
        is_found = sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2 && from <= address &&
                   address < to;
    }
    if (file)
        (void)fclose(file);
    return is_found;
}

static void parse_maps(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    uint64_t state = 1;
    double start = bench_now_s();
    for (int i = 0; i < READS; i++)
        if (!find_in_maps((uintptr_t)mappings + bench_random(&state) % mappings_bytes()))
            bench_refuse(turn, "/proc/self/maps does not say");
    turn->values[ONE_QUERY] = (bench_now_s() - start) / READS * 1e9;
    start = bench_now_s();
    if (find_in_maps(1))
        bench_die("an address nobody has was found");
    turn->values[WALK] = (bench_now_s() - start) / (double)mapping_count * 1e9;
    turn->values[SPEED] = turn->values[ONE_QUERY];
    turn->values[RUNS] = (double)mapping_count;
}

/* struct procmap_query of Linux 6.11. */
struct map_query {
    uint64_t size, flags, address, vma_start, vma_end, vma_flags, page_size, offset, inode;
    uint32_t major, minor, name_size, build_id_size;
    uint64_t name_address, build_id_address;
};

#define MAP_QUERY _IOWR('f', 17, struct map_query)
enum { COVERING_OR_NEXT = 0x10 };

static void ask_kernel(const bench_contender *self, bench_turn *turn)
{
    (void)self;
    uint64_t state = 1;
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        bench_die("/proc/self/maps");
    double start = bench_now_s();
    for (turn->done = 0; turn->done < CALLS; turn->done++) {
        struct map_query query = {.size = sizeof query,
                                  .flags = COVERING_OR_NEXT,
                                  .address = (uintptr_t)mappings +
                                             bench_random(&state) % mappings_bytes()};
        if (ioctl(file, MAP_QUERY, &query) != 0) {
            bench_refuse_errno(turn, "PROCMAP_QUERY");
            break;
        }
    }
    turn->values[ONE_QUERY] = (bench_now_s() - start) / CALLS * 1e9;
    turn->values[SPEED] = turn->values[ONE_QUERY];
    turn->values[RUNS] = (double)mapping_count;
    (void)close(file);
}

/* ---- the library ------------------------------------------------------------------------------
 */

static size_t span_bytes(const bench_turn *turn)
{
    return turn->size * steppe_page_bytes();
}

/* Every other page committed: a run each. */
static void make_runs(const bench_contender *self, bench_turn *turn)
{
    size_t page_bytes = steppe_page_bytes();
    char *memory = bench_take(self, turn, span_bytes(turn));
    spans[self->options.mechanism] = memory;
    for (size_t i = 0; memory && i < turn->size; i += 2)
        if (steppe_commit(memory + i * page_bytes, 1) != STEPPE_OK) {
            bench_refuse(turn, "refused after %zu runs: %s", i,
                         steppe_status_text(steppe_last_status()));
            return;
        }
}

static void end_runs(const bench_contender *self, bench_turn *turn)
{
    char *memory = spans[self->options.mechanism];
    if (memory)
        bench_give_back(self, memory, span_bytes(turn));
}

static void query_at_random(bench_turn *turn, const char *memory)
{
    uint64_t state = 1;
    steppe_run run;
    double start = bench_now_s();
    for (turn->done = 0; turn->done < CALLS; turn->done++)
        if (steppe_query(memory + bench_random(&state) % span_bytes(turn), &run) != STEPPE_OK) {
            bench_refuse_steppe(turn);
            return;
        }
    turn->values[ONE_QUERY] = (bench_now_s() - start) / CALLS * 1e9;
    turn->values[SPEED] = turn->values[ONE_QUERY];
}

static void ask_library(const bench_contender *self, bench_turn *turn)
{
    const char *memory = spans[self->options.mechanism];
    size_t run_count = 0;
    query_at_random(turn, memory);
    double start = bench_now_s();
    for (steppe_run run = steppe_first_run(memory); run.size_bytes; run = steppe_next_run(run))
        run_count++;
    turn->values[WALK] = (bench_now_s() - start) / (double)run_count * 1e9;
    turn->values[RUNS] = (double)run_count;
}

#define UNDER(label, mechanism_)                                                                   \
    {                                                                                              \
        .name = "Steppe " label, .run = ask_library, .begin = make_runs, .end = end_runs,          \
        .way = BENCH_STEPPE, .options = {                                                          \
            .mechanism = (mechanism_)                                                              \
        }                                                                                          \
    }

static const bench_contender contenders[] = {
    {.name = "parsing /proc/self/maps",
     .run = parse_maps,
     .begin = make_mappings,
     .end = end_mappings},
    {.name = "PROCMAP_QUERY of Linux 6.11", .run = ask_kernel},
    UNDER("guard", STEPPE_MECHANISM_GUARD),
    UNDER("uffd", STEPPE_MECHANISM_UFFD),
    UNDER("best", STEPPE_MECHANISM_BEST),
};

static const bench_target targets[] = {
    {.what = "one query with 1,000,000 runs",
     .measure = ONE_QUERY,
     .contender = "Steppe best",
     .at_least = 1000,
     .aim = 200,
     .unit = " ns"},
    {.what = "one query, times faster than parsing /proc/self/maps with 30,000 mappings",
     .measure = SPEED,
     .contender = "Steppe best",
     .at_least = 1000,
     .more_is_better = true},
    {.what = "each run of a whole walk",
     .measure = WALK,
     .contender = "Steppe best",
     .unit = " ns"},
};

static const bench_measure measures[] = {
    [ONE_QUERY] = {.title = "one query at random", .unit = "ns", .kind = BENCH_VALUE, .chart = ""},
    [SPEED] = {.title = "the same, times faster", .unit = "ns", .kind = BENCH_SPEEDUP},
    [WALK] = {.title = "the whole walk, each run",
              .unit = "ns",
              .kind = BENCH_VALUE,
              .chart = "walk"},
    [RUNS] = {.title = "runs there were", .unit = "", .kind = BENCH_VALUE},
};

static const bench_table table = {
    .title = "What lies at an address",
    .remark = "A query asks the page map, never the kernel; under mprotect no more runs than "
              "vm.max_map_count can be.",
    BENCH_SIZE(1000000),
    BENCH_LIST(measure, measures),
    BENCH_LIST(contender, contenders),
    BENCH_LIST(target, targets),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "query",
                                        .text = "What does it cost to ask what lies at an address, "
                                                "with a million runs of pages?",
                                        .tables = &table,
                                        .table_count = 1});
}
