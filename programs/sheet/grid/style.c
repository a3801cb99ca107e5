/* SPDX-License-Identifier: MIT */
/*
 * style.c - ways to look, each kept once: see style.h.
 *
 * A pool (pool.h) of runs of one style, of which nobody ever lets go. The default is its first, and
 * the pool's numbers begin with 1: so a style's number is the pool's less one.
 */
#include "sheet/grid/style.h"

#include <stdlib.h>
#include <string.h>

#include "sheet/grid/pool.h"

enum { STYLES_MAX = 65535 };

struct style_pool {
    struct pool pool;
    struct text_pool *texts;
};

static const struct style plain;

_Static_assert(sizeof(struct style) == 16, "no gaps between the fields, nor at the end");

/* Two that look alike are the same bytes: colours that do not count are 0. */
static struct style canonical(const struct style *style)
{
    struct style same = {.format = style->format, .flags = style->flags, .align = style->align};
    if (style->flags & STYLE_HAS_INK)
        same.ink = style->ink & 0xFFFFFF;
    if (style->flags & STYLE_HAS_PAPER)
        same.paper = style->paper & 0xFFFFFF;
    return same;
}

struct style_pool *style_pool_new(struct text_pool *texts, steppe_budget *budget)
{
    struct pool_options options = {.name = "styles",
                                   .unit_bytes = sizeof(struct style),
                                   .units_max = STYLES_MAX,
                                   .runs_max = STYLES_MAX,
                                   .budget = budget};
    struct style_pool *pool = calloc(1, sizeof *pool);
    style_id first;
    if (!pool)
        return NULL;
    pool->texts = texts;
    if (pool_open(&pool->pool, &options)) {
        if (style_keep(pool, &plain, &first))
            return pool;
        pool_close(&pool->pool);
    }
    free(pool);
    return NULL;
}

void style_pool_free(struct style_pool *pool)
{
    if (!pool)
        return;
    pool_close(&pool->pool);
    free(pool);
}

bool style_keep(struct style_pool *pool, const struct style *style, style_id *id)
{
    struct style same = canonical(style);
    bool is_new;
    uint32_t number = pool_keep(&pool->pool, &same, 1, 0, &is_new);
    if (!number)
        return false;
    if (is_new)
        text_hold(pool->texts, same.format);
    *id = (style_id)(number - 1);
    return true;
}

const struct style *style_of(const struct style_pool *pool, style_id id)
{
    size_t one;
    uint32_t number = (uint32_t)id + 1;
    return pool_has(&pool->pool, number) ? pool_units(&pool->pool, number, &one) : &plain;
}

/* General in any case is kept as none. */
static bool is_general(const char *code)
{
    static const char general[] = "General";
    size_t at = 0;
    while (code[at] && at < sizeof general - 1 && (code[at] | 32) == (general[at] | 32))
        at++;
    return !code[at] && (at == 0 || at == sizeof general - 1);
}

bool style_with_format(struct style_pool *pool, style_id id, const char *code, style_id *changed)
{
    struct style style = *style_of(pool, id);
    style.format = 0;
    if (is_general(code))
        return style_keep(pool, &style, changed);
    style.format = text_keep(pool->texts, code, strnlen(code, TEXT_BYTES_MAX));
    if (!style.format)
        return false;
    bool is_kept = style_keep(pool, &style, changed);
    text_drop(pool->texts, style.format); /* the style has a hold of its own */
    return is_kept;
}

const char *style_format(const struct style_pool *pool, style_id id)
{
    text_id format = style_of(pool, id)->format;
    return format ? text_bytes(pool->texts, format, NULL) : "General";
}

size_t style_count(const struct style_pool *pool)
{
    return pool->pool.run_count;
}
