/* SPDX-License-Identifier: MIT */
/*
 * sparse.c - What do records of 128 bytes cost by number, to find and to keep, in slots, hash
 * tables, a list, a sorted array and a plain array?
 *
 * A million records: numbered without gaps, in clusters of 32 (a page) among 2^34 numbers, or, a
 * tenth of them, each on a page of its own. Found at random, all of which are there. Memory is what
 * the kernel counts for the process, page tables included. Slots pay by pages: scattered records
 * are their bad case.
 */
#include "sparse.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <steppe/slots.h>

#include "harness.h"

#ifdef BENCH_HAS_UTHASH
#include <uthash.h>
#endif

enum place { DENSE, CLUSTERED, SCATTERED };

enum { CLUSTER = 32, LOOKUPS = 1000000, LIST_LOOKUPS = 20 };

enum measure { FIND, FIND_NS, INSERT_NS, BYTES };

static const uint64_t key_max = UINT64_C(1) << 34;

/* ---- keys -------------------------------------------------------------------------------------
 */

static uint64_t key_of(enum place place, size_t index, size_t count)
{
    size_t cluster = place == SCATTERED ? 1 : CLUSTER;
    uint64_t step = key_max / ((count + cluster - 1) / cluster) / CLUSTER * CLUSTER;
    return place == DENSE ? index : index / cluster * step + index % cluster;
}

/* ---- contenders -------------------------------------------------------------------------------
 */

static void *make_slots(uint64_t max)
{
    return steppe_slots_new(bench_record, max, NULL);
}

static bool insert_in_slots(void *container, uint64_t key)
{
    bench_record *record = steppe_slots_use((bench_record *)container, key);
    if (record)
        record->key = key;
    return record;
}

static const bench_record *find_in_slots(void *container, uint64_t key)
{
    return steppe_slots_get((bench_record *)container, key);
}

static void end_slots(void *container)
{
    if (steppe_slots_free(container) != STEPPE_OK)
        bench_die(steppe_last_message());
}

static const bench_sparse slots = {make_slots, insert_in_slots, find_in_slots, end_slots};

/* Records and a bit for each: what a program does that has the address space, and never gives
 * anything back. */
struct plain {
    bench_record *records;
    uint64_t *bits;
    uint64_t max;
};

static void *map(size_t size_bytes)
{
    void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        bench_die("mmap");
    (void)madvise(memory, size_bytes, MADV_NOHUGEPAGE);
    return memory;
}

static void *make_plain(uint64_t max)
{
    struct plain *plain = malloc(sizeof *plain);
    if (!plain)
        bench_die("malloc");
    *plain = (struct plain){map(max * sizeof(bench_record)), map(max / 8 + 8), max};
    return plain;
}

static bool insert_in_plain(void *container, uint64_t key)
{
    struct plain *plain = container;
    plain->bits[key / 64] |= UINT64_C(1) << key % 64;
    plain->records[key].key = key;
    return true;
}

static const bench_record *find_in_plain(void *container, uint64_t key)
{
    const struct plain *plain = container;
    return key < plain->max && plain->bits[key / 64] >> key % 64 & 1 ? &plain->records[key] : NULL;
}

static void end_plain(void *container)
{
    struct plain *plain = container;
    if (munmap(plain->records, plain->max * sizeof(bench_record)) != 0 ||
        munmap(plain->bits, plain->max / 8 + 8) != 0)
        bench_die("munmap");
    free(plain);
}

static const bench_sparse plain_array = {make_plain, insert_in_plain, find_in_plain, end_plain};

struct node {
    bench_record record;
    struct node *next;
};

static void *make_list(uint64_t max)
{
    (void)max;
    struct node **head = calloc(1, sizeof(struct node *));
    if (!head)
        bench_die("calloc");
    return head;
}

static bool insert_in_list(void *container, uint64_t key)
{
    struct node **head = container, *node = calloc(1, sizeof *node);
    if (!node)
        return false;
    node->record.key = key;
    node->next = *head;
    *head = node;
    return true;
}

static const bench_record *find_in_list(void *container, uint64_t key)
{
    for (const struct node *node = *(struct node **)container; node; node = node->next)
        if (node->record.key == key)
            return &node->record;
    return NULL;
}

static void end_list(void *container)
{
    struct node **head = container;
    for (struct node *node = *head, *next; node; node = next) {
        next = node->next;
        free(node);
    }
    free(head);
}

static const bench_sparse list = {make_list, insert_in_list, find_in_list, end_list};

#ifdef BENCH_HAS_UTHASH
struct entry {
    bench_record record;
    UT_hash_handle hh;
};

static bool insert_in_hash(void *container, uint64_t key)
{
    struct entry **table = container, *entry = calloc(1, sizeof *entry);
    if (!entry)
        return false;
    entry->record.key = key;
    HASH_ADD(hh, *table, record.key, sizeof entry->record.key, entry);
    return true;
}

static const bench_record *find_in_hash(void *container, uint64_t key)
{
    struct entry *found;
    HASH_FIND(hh, *(struct entry **)container, &key, sizeof key, found);
    return found ? &found->record : NULL;
}

static void end_hash(void *container)
{
    struct entry **table = container, *entry, *next;
    HASH_ITER(hh, *table, entry, next)
    {
        HASH_DEL(*table, entry);
        free(entry);
    }
    free(table);
}

static const bench_sparse hash = {make_list, insert_in_hash, find_in_hash, end_hash};
#endif

static const bench_sparse *const sparse[] = {
#ifdef BENCH_HAS_UTHASH
    [1] = &hash,
#endif
#ifdef BENCH_HAS_CXX
    [2] = &bench_unordered_map,
    [3] = &bench_vector,
#endif
    [4] = &list,
    [5] = &plain_array,
    [6] = &slots,
};

/* ---- turns ------------------------------------------------------------------------------------
 */

static uint64_t bytes_now(void)
{
    bench_usage usage = bench_usage_now();
    return usage.anonymous_bytes + usage.page_table_bytes;
}

static void fill(const bench_sparse *way, void *container, enum place place, bench_turn *turn)
{
    uint64_t before = bytes_now();
    double start = bench_now_s();
    for (turn->done = 0; turn->done < turn->size; turn->done++)
        if (!way->insert(container, key_of(place, turn->done, turn->size))) {
            bench_refuse(turn, "refused after %zu", turn->done);
            return;
        }
    turn->values[INSERT_NS] = (bench_now_s() - start) / (double)turn->size * 1e9;
    (void)way->find(container, 0); /* what is sorted is sorted now */
    turn->values[BYTES] = (double)(bytes_now() - before) / (double)turn->size;
}

static void find(const bench_sparse *way, void *container, enum place place, bench_turn *turn)
{
    uint64_t random = 88172645463325252u, sum = 0, wanted = 0;
    size_t lookups = way == &list ? LIST_LOOKUPS : LOOKUPS;
    double start = bench_now_s();
    for (size_t i = 0; i < lookups; i++) {
        uint64_t key = key_of(place, bench_random(&random) % turn->size, turn->size);
        const bench_record *record = way->find(container, key);
        sum += record ? record->key : 1;
        wanted += key;
    }
    turn->values[FIND] = (bench_now_s() - start) / (double)lookups;
    turn->values[FIND_NS] = turn->values[FIND] * 1e9;
    if (sum != wanted)
        bench_refuse(turn, "found something else");
}

static void run(const bench_contender *self, bench_turn *turn, enum place place)
{
    const bench_sparse *way = (size_t)self->how < BENCH_COUNT(sparse) ? sparse[self->how] : NULL;
    if (!way) {
        bench_refuse(turn, "not built in: uthash-dev, or a C++ compiler, is missing");
        return;
    }
    void *container = way->make(key_max);
    if (!container) {
        bench_refuse_steppe(turn);
        return;
    }
    fill(way, container, place, turn);
    if (!turn->reason[0])
        find(way, container, place, turn);
    way->end(container);
}

static void run_dense(const bench_contender *self, bench_turn *turn)
{
    run(self, turn, DENSE);
}

static void run_clustered(const bench_contender *self, bench_turn *turn)
{
    run(self, turn, CLUSTERED);
}

static void run_scattered(const bench_contender *self, bench_turn *turn)
{
    run(self, turn, SCATTERED);
}

#define CONTENDERS(place)                                                                          \
    static const bench_contender place##_contenders[] = {                                          \
        {.name = "uthash", .run = run_##place, .how = 1, .alone = true},                           \
        {.name = "std::unordered_map", .run = run_##place, .how = 2, .alone = true},               \
        {.name = "std::vector, sorted", .run = run_##place, .how = 3, .alone = true},              \
        {.name = "linked list", .run = run_##place, .how = 4, .alone = true},                      \
        {.name = "plain array and bits", .run = run_##place, .how = 5, .alone = true},             \
        {.name = "Steppe slots", .run = run_##place, .how = 6, .alone = true},                     \
    };

CONTENDERS(dense)
CONTENDERS(clustered)
CONTENDERS(scattered)

#define MEASURES(place, end)                                                                       \
    static const bench_measure place##_measures[] = {                                              \
        [FIND] = {.title = "finding one",                                                          \
                  .unit = "times as fast",                                                         \
                  .kind = BENCH_SPEEDUP,                                                           \
                  .chart = end},                                                                   \
        [FIND_NS] = {.title = "finding one", .unit = "ns", .kind = BENCH_VALUE},                   \
        [INSERT_NS] = {.title = "putting one in", .unit = "ns", .kind = BENCH_VALUE},              \
        [BYTES] = {.title = "memory", .unit = "bytes a record", .kind = BENCH_VALUE},              \
    };

MEASURES(dense, "dense")
MEASURES(clustered, "")
MEASURES(scattered, "scattered")

static const bench_target dense_targets[] = {
    {.what = "memory of a slot of 128 bytes in use, without gaps",
     .measure = BYTES,
     .contender = "Steppe slots",
     .at_least = 1.1 * BENCH_RECORD_BYTES,
     .unit = " bytes"},
    {.what = "finding one, without gaps, against a plain array with a bit for each",
     .measure = FIND_NS,
     .contender = "Steppe slots",
     .against = "plain array and bits",
     .at_least = 1.1},
};

static const bench_target clustered_targets[] = {
    {.what = "finding one of a million in clusters of 32, times as fast as uthash",
     .measure = FIND,
     .contender = "Steppe slots",
     .at_least = 5,
     .more_is_better = true},
    {.what = "the same, against a plain array with a bit for each",
     .measure = FIND_NS,
     .contender = "Steppe slots",
     .against = "plain array and bits",
     .at_least = 1.1},
};

#define TABLE(place, title_, count)                                                                \
    .title = (title_), BENCH_SIZE(count), .measures = place##_measures,                            \
    .measure_count = BENCH_COUNT(place##_measures), .contenders = place##_contenders,              \
    .contender_count = BENCH_COUNT(place##_contenders)

static const bench_table tables[] = {
    {TABLE(dense, "Without gaps", 1000000), BENCH_LIST(target, dense_targets)},
    {TABLE(clustered, "In clusters of 32, a page each, among 2^34 numbers", 1000000),
     BENCH_LIST(target, clustered_targets)},
    {TABLE(scattered, "Each on a page of its own", 100000)},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "sparse",
                                        .text = "What do records cost by number, to find and to "
                                                "keep?",
                                        .rounds = 5,
                                        BENCH_LIST(table, tables)});
}
