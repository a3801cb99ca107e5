/* SPDX-License-Identifier: MIT */
/*
 * pool.h - runs of units (bytes of a text, tokens of a formula), each kept once and known by a
 * number; what text.h, formula.h and style.h have in common.
 *
 *               pool_keep, first          pool_drop, last
 *   (nowhere) -----------------> held -----------------------> dead -- pool_collect --> (nowhere)
 *                  ^  |             ^                            |
 *                  +--+ keep, drop  +--------- pool_keep --------+
 *
 * Three arrays, each a reservation of the library charged to the budget:
 *
 *   units    the runs, one behind the other, without gaps: every unit is of one run, held or dead
 *   records  16 bytes for each number: where its run is, how many hold it, a part of its hash
 *   slots    the hash table, 4 bytes each, open, at most seven eighths full: a number, and in the
 *            bits that numbers do not need a part of the hash, so that a look at something else's
 *            slot seldom costs one at its record
 *
 * A run found dead is held again. Numbers of collected runs are given to new ones. A call that is
 * refused memory has changed nothing that can be seen. One thread at a time.
 */
#ifndef STEPPE_SHEET_POOL_H
#define STEPPE_SHEET_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <steppe/array.h>

enum {
    POOL_RUN_UNITS_MAX = (1 << 18) - 2,
    POOL_TAG_MAX = 15 /* what else is of a run's identity */
};

struct pool_options {
    const char *name;
    size_t unit_bytes;
    uint64_t units_max;    /* below 2^42 */
    uint32_t runs_max;     /* numbers go from 1 to this */
    bool ends_with_zero;   /* a unit of zeros behind each run */
    steppe_budget *budget; /* or NULL */
    /* Called for each run that is collected, before its units are gone; may be NULL. It must not
     * use this pool. */
    void (*on_end)(void *context, const void *units, size_t unit_count);
    void *context;
};

struct pool_record {
    uint64_t first : 42, count : 18, tag : 4; /* count POOL_FREE: free, first is the next of them */
    uint32_t holders;
    uint32_t hash;
};

/* To be looked at by pool.c alone, but for the inline functions below. */
struct pool {
    unsigned char *units;
    struct pool_record *records; /* [0] is nobody's */
    uint32_t *slots;
    struct pool_options options;
    uint64_t seed;
    uint32_t run_count;   /* held and dead: the slots in use */
    uint32_t run_limit;   /* ... for which there are slots enough */
    uint32_t number_mask; /* of a slot: the bits of its number */
    uint32_t free;        /* the first free record, 0: none */
    uint32_t held_count;
    uint64_t held_units, dead_units; /* as they are stored */
    uint64_t holder_count;
};

/* false with the library's last status, and nothing is left behind. */
bool pool_open(struct pool *pool, const struct pool_options *options);
/* End it; without on_end. One that was never opened, all zeros, is fine. */
void pool_close(struct pool *pool);

/* Hold a run. Units may lie in the pool itself. 0: memory was refused, or numbers have run out
 * (STEPPE_E_OUTSIDE). is_new (may be NULL): nobody held it, nor was it dead. */
uint32_t pool_keep(struct pool *pool, const void *units, size_t unit_count, unsigned tag,
                   bool *is_new);
/* Its number, held or dead, without holding it; 0: there is none. */
uint32_t pool_find(const struct pool *pool, const void *units, size_t unit_count, unsigned tag);
/* One holder more or less of a run that is held; 0 is fine. What has 2^32 - 1 holders stays for
 * ever. */
void pool_hold(struct pool *pool, uint32_t number);
void pool_drop(struct pool *pool, uint32_t number);

/* Give back the memory of dead runs, and what was committed ahead. All pointers to units end.
 * Returns the bytes given back. It needs no memory. */
uint64_t pool_collect(struct pool *pool);

uint64_t pool_committed_bytes(const struct pool *pool);
bool pool_is_valid(const struct pool *pool); /* for tests: every invariant; it takes time */

enum { POOL_FREE = POOL_RUN_UNITS_MAX + 1 };

/* A number that stands for a run. */
static inline bool pool_has(const struct pool *pool, uint32_t number)
{
    return number && number < steppe_array_count(pool->records) &&
           pool->records[number].count != POOL_FREE;
}

/* The units of a run that pool_has. */
static inline const void *pool_units(const struct pool *pool, uint32_t number, size_t *unit_count)
{
    const struct pool_record *record = &pool->records[number];
    *unit_count = record->count;
    return pool->units + record->first * pool->options.unit_bytes;
}

static inline unsigned pool_tag(const struct pool *pool, uint32_t number)
{
    return pool->records[number].tag;
}

#endif
