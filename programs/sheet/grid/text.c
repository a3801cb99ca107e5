/* SPDX-License-Identifier: MIT */
/* text.c - texts kept once: see text.h. pool.c does the work. */
#include "sheet/grid/text.h"

#include <stdlib.h>

#include "sheet/grid/pool.h"

enum { COLLECTION_BYTES_LEAST = 1 << 20 };

struct text_pool {
    struct pool pool;
};

struct text_pool *text_pool_new(steppe_budget *budget)
{
    struct pool_options options = {.name = "texts",
                                   .unit_bytes = 1,
                                   .units_max = UINT64_C(1) << 35,
                                   .runs_max = UINT32_C(1) << 29,
                                   .ends_with_zero = true,
                                   .budget = budget};
    struct text_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    if (pool_open(&pool->pool, &options))
        return pool;
    free(pool);
    return NULL;
}

void text_pool_free(struct text_pool *pool)
{
    if (!pool)
        return;
    pool_close(&pool->pool);
    free(pool);
}

steppe_budget *text_pool_budget(const struct text_pool *pool)
{
    return pool->pool.options.budget;
}

text_id text_keep(struct text_pool *pool, const char *text, size_t text_bytes)
{
    return pool_keep(&pool->pool, text_bytes ? text : "", text_bytes, 0, NULL);
}

void text_hold(struct text_pool *pool, text_id text)
{
    pool_hold(&pool->pool, text);
}

void text_drop(struct text_pool *pool, text_id text)
{
    pool_drop(&pool->pool, text);
}

const char *text_bytes(const struct text_pool *pool, text_id text, size_t *size_bytes)
{
    size_t ignored, *bytes = size_bytes ? size_bytes : &ignored;
    if (pool_has(&pool->pool, text))
        return pool_units(&pool->pool, text, bytes);
    *bytes = 0;
    return "";
}

struct value text_value(const struct text_pool *pool, text_id text)
{
    size_t size_bytes;
    const char *bytes = text_bytes(pool, text, &size_bytes);
    return (struct value){.kind = VALUE_TEXT, .text = bytes, .text_bytes = (uint32_t)size_bytes};
}

uint64_t text_collect(struct text_pool *pool)
{
    return pool_collect(&pool->pool);
}

bool text_wants_collection(const struct text_pool *pool)
{
    return pool->pool.dead_units > COLLECTION_BYTES_LEAST &&
           pool->pool.dead_units > pool->pool.held_units;
}

struct text_statistics text_statistics_of(const struct text_pool *pool)
{
    return (struct text_statistics){.held_count = pool->pool.held_count,
                                    .held_bytes = pool->pool.held_units,
                                    .dead_bytes = pool->pool.dead_units,
                                    .committed_bytes = pool_committed_bytes(&pool->pool)};
}

bool text_is_valid(const struct text_pool *pool)
{
    return pool_is_valid(&pool->pool);
}
