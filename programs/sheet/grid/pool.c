/* SPDX-License-Identifier: MIT */
/*
 * pool.c - runs of units, each kept once: see pool.h.
 *
 * Between calls:
 *  - the stored runs of all records that are not free fill units from first to last;
 *  - each of them has one slot, which is found from its hash on without passing an empty one;
 *  - run_count <= run_limit < slots; no number is beyond number_mask.
 *
 * Collecting needs to know whose run is the next one, in the order in which they lie. Nobody pays
 * for that before: the number is written over the run's first bytes, which wait in the record in
 * place of the hash, and the hash is made again. So a run takes at least as many bytes as a number.
 */
#include "sheet/grid/pool.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <xxhash.h>

enum { SLOTS_FIRST = 1024, STORED_BYTES_LEAST = sizeof(uint32_t) };

#define FIRST_MASK ((UINT64_C(1) << 42) - 1)
#define COUNT_MASK ((UINT64_C(1) << 18) - 1)

/* ---- small things ---------------------------------------------------------------------------- */

/* How many units a run takes. */
static uint64_t stored(const struct pool *pool, uint64_t unit_count)
{
    uint64_t unit_bytes = pool->options.unit_bytes, count = unit_count;
    uint64_t least = (STORED_BYTES_LEAST + unit_bytes - 1) / unit_bytes;
    count += pool->options.ends_with_zero;
    return count > least ? count : least;
}

static unsigned char *run_at(const struct pool *pool, uint64_t first)
{
    return pool->units + first * pool->options.unit_bytes;
}

static uint32_t hash_of(const struct pool *pool, const void *units, size_t unit_count, unsigned tag)
{
    return (uint32_t)(XXH3_64bits_withSeed(units, unit_count * pool->options.unit_bytes,
                                           pool->seed + tag) >>
                      32);
}

/* Files may be made to meet in one slot; not where they do not know the hash. */
static uint64_t chance(const struct pool *pool)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        return seed;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* the address alone will do */
    return (uint64_t)(uintptr_t)pool ^ (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
}

/* ---- life ------------------------------------------------------------------------------------ */

static uint32_t limit_of(uint64_t slot_count)
{
    uint64_t limit = slot_count - slot_count / 8;
    return limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

static uint32_t mask_of(uint64_t number_max)
{
    uint32_t mask = 1;
    while (mask < number_max)
        mask = mask << 1 | 1;
    return mask;
}

/* As many as there may be runs, and half as many again each time they grow: never twice as many. */
static uint64_t slots_max(uint32_t runs_max)
{
    uint64_t wanted = 2 * (uint64_t)runs_max;
    return wanted > SLOTS_FIRST ? wanted : SLOTS_FIRST;
}

bool pool_open(struct pool *pool, const struct pool_options *options)
{
    steppe_options memory = {.budget = options->budget, .name = options->name};
    *pool = (struct pool){.options = *options};
    pool->units = steppe_array_make(options->unit_bytes, options->units_max, &memory);
    if (pool->units)
        pool->records =
            steppe_array_new(struct pool_record, (uint64_t)options->runs_max + 1, &memory);
    if (pool->records)
        pool->slots = steppe_array_new(uint32_t, slots_max(options->runs_max), &memory);
    if (!pool->slots || !steppe_array_push(pool->records) ||
        steppe_array_resize(pool->slots, SLOTS_FIRST) != STEPPE_OK) {
        pool_close(pool);
        return false;
    }
    pool->records[0].count = POOL_FREE & COUNT_MASK;
    pool->seed = chance(pool);
    pool->run_limit = limit_of(SLOTS_FIRST);
    pool->number_mask = mask_of(pool->run_limit);
    return true;
}

void pool_close(struct pool *pool)
{
    /* They fail for what is no array only. */
    (void)steppe_array_free(pool->slots);
    (void)steppe_array_free(pool->records);
    (void)steppe_array_free(pool->units);
    *pool = (struct pool){0};
}

/* ---- the table ------------------------------------------------------------------------------- */

/* By the lower half of the hash first. A slot has bits of the upper one: were they what brings runs
 * to a slot, all that are there would have the same, and each would have to be looked at. */
static uint64_t home_of(uint64_t slot_count, uint32_t hash)
{
    uint32_t turned = hash << 16 | hash >> 16;
    return (uint64_t)turned * slot_count >> 32;
}

/* Where a slot for the hash is empty. */
static uint64_t empty_slot(const struct pool *pool, uint32_t hash)
{
    uint64_t slot_count = steppe_array_count(pool->slots), at = home_of(slot_count, hash);
    while (pool->slots[at])
        if (++at == slot_count)
            at = 0;
    return at;
}

static void enter(struct pool *pool, uint32_t number, uint32_t hash)
{
    pool->slots[empty_slot(pool, hash)] = (hash & ~pool->number_mask) | number;
}

/* Enter all runs anew. */
static void enter_all(struct pool *pool)
{
    enum { AHEAD = 16 };
    uint64_t slot_count = steppe_array_count(pool->slots);
    uint64_t record_count = steppe_array_count(pool->records);
    uint32_t limit = limit_of(slot_count);
    pool->run_limit = limit;
    pool->number_mask = mask_of(limit > record_count ? limit : record_count);
    memset(pool->slots, 0, slot_count * sizeof *pool->slots);
    for (uint64_t number = 1; number < record_count; number++) {
        const struct pool_record *record = &pool->records[number];
        if (number + AHEAD < record_count)
            __builtin_prefetch(&pool->slots[home_of(slot_count, record[AHEAD].hash)], 1);
        if (record->count != POOL_FREE)
            enter(pool, (uint32_t)number, record->hash);
    }
}

static bool grow_table(struct pool *pool)
{
    uint64_t slot_count = steppe_array_count(pool->slots);
    if (steppe_array_resize(pool->slots, slot_count + slot_count / 2) != STEPPE_OK)
        return false;
    enter_all(pool);
    return true;
}

/* Smaller, when half of it would do. */
static void shrink_table(struct pool *pool)
{
    uint64_t slot_count = steppe_array_count(pool->slots);
    uint64_t wanted = (uint64_t)pool->run_count + pool->run_count / 2 + SLOTS_FIRST;
    if (wanted < slot_count / 2)
        (void)steppe_array_resize(pool->slots, wanted); /* smaller is never refused */
}

static bool is_run(const struct pool *pool, uint32_t number, const void *units, size_t unit_count,
                   unsigned tag, uint32_t hash)
{
    const struct pool_record *record = &pool->records[number];
    return record->hash == hash && record->count == unit_count && record->tag == tag &&
           !memcmp(run_at(pool, record->first), units, unit_count * pool->options.unit_bytes);
}

/* 0: it is not there. */
static uint32_t find(const struct pool *pool, const void *units, size_t unit_count, unsigned tag,
                     uint32_t hash)
{
    uint64_t slot_count = steppe_array_count(pool->slots), at = home_of(slot_count, hash);
    for (uint32_t slot; (slot = pool->slots[at]) != 0;) {
        if (!((slot ^ hash) & ~pool->number_mask) &&
            is_run(pool, slot & pool->number_mask, units, unit_count, tag, hash))
            return slot & pool->number_mask;
        if (++at == slot_count)
            at = 0;
    }
    return 0;
}

/* ---- keeping --------------------------------------------------------------------------------- */

static void take_hold(struct pool *pool, struct pool_record *record)
{
    if (record->holders == UINT32_MAX)
        return;
    pool->holder_count++;
    if (record->holders++)
        return;
    uint64_t stored_units = stored(pool, record->count);
    pool->held_count++;
    pool->held_units += stored_units;
    pool->dead_units -= stored_units;
}

/* A record for a run more; 0: refused. It is taken by writing to it. */
static uint32_t next_number(struct pool *pool)
{
    if (pool->free)
        return pool->free;
    if (!steppe_array_push(pool->records))
        return 0;
    return (uint32_t)(steppe_array_count(pool->records) - 1);
}

static uint32_t add(struct pool *pool, const void *units, size_t unit_count, unsigned tag,
                    uint32_t hash)
{
    uint64_t first = steppe_array_count(pool->units), stored_units = stored(pool, unit_count);
    if (pool->run_count == pool->run_limit && !grow_table(pool))
        return 0;
    unsigned char *run = steppe_array_append(pool->units, stored_units);
    if (!run)
        return 0;
    uint32_t number = next_number(pool);
    if (!number) {
        (void)steppe_array_resize(pool->units, first); /* smaller is never refused */
        return 0;
    }
    struct pool_record *record = &pool->records[number];
    if (number == pool->free)
        pool->free = (uint32_t)record->first;
    memcpy(run, units, unit_count * pool->options.unit_bytes);
    *record = (struct pool_record){.first = first & FIRST_MASK,
                                   .count = unit_count & COUNT_MASK,
                                   .tag = tag & POOL_TAG_MAX,
                                   .hash = hash};
    enter(pool, number, hash);
    pool->run_count++;
    pool->dead_units += stored_units; /* until take_hold */
    return number;
}

uint32_t pool_keep(struct pool *pool, const void *units, size_t unit_count, unsigned tag,
                   bool *is_new)
{
    if (is_new)
        *is_new = false;
    if (unit_count > POOL_RUN_UNITS_MAX)
        return 0;
    uint32_t hash = hash_of(pool, units, unit_count, tag);
    uint32_t number = find(pool, units, unit_count, tag, hash);
    if (!number) {
        number = add(pool, units, unit_count, tag, hash);
        if (!number)
            return 0;
        if (is_new)
            *is_new = true;
    }
    take_hold(pool, &pool->records[number]);
    return number;
}

uint32_t pool_find(const struct pool *pool, const void *units, size_t unit_count, unsigned tag)
{
    if (unit_count > POOL_RUN_UNITS_MAX)
        return 0;
    return find(pool, units, unit_count, tag, hash_of(pool, units, unit_count, tag));
}

void pool_hold(struct pool *pool, uint32_t number)
{
    if (pool_has(pool, number))
        take_hold(pool, &pool->records[number]);
}

void pool_drop(struct pool *pool, uint32_t number)
{
    if (!pool_has(pool, number))
        return;
    struct pool_record *record = &pool->records[number];
    if (!record->holders || record->holders == UINT32_MAX)
        return;
    pool->holder_count--;
    if (--record->holders)
        return;
    uint64_t stored_units = stored(pool, record->count);
    pool->held_count--;
    pool->held_units -= stored_units;
    pool->dead_units += stored_units;
}

/* ---- collecting ------------------------------------------------------------------------------ */

/* Write every run's number over its first bytes, which go into its record. */
static void put_numbers(struct pool *pool)
{
    uint64_t record_count = steppe_array_count(pool->records);
    for (uint64_t at = 1; at < record_count; at++) {
        struct pool_record *record = &pool->records[at];
        uint32_t number = (uint32_t)at;
        if (record->count == POOL_FREE)
            continue;
        unsigned char *run = run_at(pool, record->first);
        memcpy(&record->hash, run, sizeof record->hash);
        memcpy(run, &number, sizeof number);
    }
}

static void end_run(struct pool *pool, struct pool_record *record, const unsigned char *run)
{
    if (pool->options.on_end)
        pool->options.on_end(pool->options.context, run, record->count);
    record->count = POOL_FREE & COUNT_MASK;
    pool->run_count--;
}

/* Move held runs together; dead ones end. */
static void move_together(struct pool *pool)
{
    uint64_t end = steppe_array_count(pool->units), to = 0;
    for (uint64_t from = 0; from < end;) {
        unsigned char *run = run_at(pool, from);
        uint32_t number;
        memcpy(&number, run, sizeof number);
        struct pool_record *record = &pool->records[number];
        uint64_t stored_units = stored(pool, record->count);
        memcpy(run, &record->hash, sizeof record->hash);
        from += stored_units;
        if (!record->holders) {
            end_run(pool, record, run);
            continue;
        }
        record->hash = hash_of(pool, run, record->count, record->tag);
        record->first = to & FIRST_MASK;
        memmove(run_at(pool, to), run, stored_units * pool->options.unit_bytes);
        to += stored_units;
    }
    pool->dead_units = 0;
    (void)steppe_array_resize(pool->units, to); /* smaller is never refused */
}

/* Free records at the end go, the others are chained, the lowest number first. */
static void chain_free(struct pool *pool)
{
    uint64_t record_count = steppe_array_count(pool->records);
    while (record_count > 1 && pool->records[record_count - 1].count == POOL_FREE)
        record_count--;
    (void)steppe_array_resize(pool->records, record_count); /* smaller is never refused */
    pool->free = 0;
    for (uint64_t at = record_count - 1; at; at--) {
        struct pool_record *record = &pool->records[at];
        if (record->count != POOL_FREE)
            continue;
        record->first = pool->free;
        pool->free = (uint32_t)at;
    }
}

uint64_t pool_collect(struct pool *pool)
{
    uint64_t before_bytes = pool_committed_bytes(pool);
    if (pool->dead_units) {
        put_numbers(pool);
        move_together(pool);
        chain_free(pool);
        shrink_table(pool);
        enter_all(pool);
    }
    /* What cannot be given back now stays for growing. */
    (void)steppe_array_trim(pool->units);
    (void)steppe_array_trim(pool->records);
    (void)steppe_array_trim(pool->slots);
    uint64_t after_bytes = pool_committed_bytes(pool);
    return before_bytes > after_bytes ? before_bytes - after_bytes : 0;
}

/* ---- figures --------------------------------------------------------------------------------- */

static uint64_t committed_of(const void *array, size_t element_bytes)
{
    uint64_t page_bytes = steppe_page_bytes();
    uint64_t bytes = steppe_array_capacity(array) * element_bytes;
    return page_bytes + (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

uint64_t pool_committed_bytes(const struct pool *pool)
{
    return committed_of(pool->units, pool->options.unit_bytes) +
           committed_of(pool->records, sizeof *pool->records) +
           committed_of(pool->slots, sizeof *pool->slots);
}

static bool record_is_valid(const struct pool *pool, uint32_t number)
{
    const struct pool_record *record = &pool->records[number];
    const unsigned char *run = run_at(pool, record->first);
    uint64_t end = record->first + stored(pool, record->count);
    if (end > steppe_array_count(pool->units))
        return false;
    if (record->hash != hash_of(pool, run, record->count, record->tag))
        return false;
    for (uint64_t at = record->first + record->count; at < end; at++)
        for (size_t byte = 0; byte < pool->options.unit_bytes; byte++)
            if (run_at(pool, at)[byte])
                return false;
    return find(pool, run, record->count, record->tag, record->hash) == number;
}

static uint64_t slots_in_use(const struct pool *pool)
{
    uint64_t count = 0;
    for (const uint32_t *slot = pool->slots; slot != steppe_array_end(pool->slots); slot++)
        count += *slot != 0;
    return count;
}

static uint64_t chain_length(const struct pool *pool)
{
    uint64_t record_count = steppe_array_count(pool->records), count = 0;
    for (uint32_t at = pool->free; at; at = (uint32_t)pool->records[at].first)
        if (at >= record_count || pool->records[at].count != POOL_FREE || ++count > record_count)
            return UINT64_MAX;
    return count;
}

bool pool_is_valid(const struct pool *pool)
{
    struct pool seen = {0};
    uint64_t record_count = steppe_array_count(pool->records), free_count = 0;
    for (uint32_t number = 1; number < record_count; number++) {
        const struct pool_record *record = &pool->records[number];
        if (record->count == POOL_FREE) {
            free_count++;
            continue;
        }
        if (number > pool->number_mask || !record_is_valid(pool, number))
            return false;
        uint64_t stored_units = stored(pool, record->count);
        seen.run_count++;
        seen.held_count += record->holders != 0;
        seen.holder_count += record->holders;
        *(record->holders ? &seen.held_units : &seen.dead_units) += stored_units;
    }
    return seen.run_count == pool->run_count && seen.held_count == pool->held_count &&
           seen.holder_count == pool->holder_count && seen.held_units == pool->held_units &&
           seen.dead_units == pool->dead_units &&
           seen.held_units + seen.dead_units == steppe_array_count(pool->units) &&
           slots_in_use(pool) == pool->run_count && chain_length(pool) == free_count &&
           pool->run_count <= pool->run_limit && pool->run_limit < steppe_array_count(pool->slots);
}
