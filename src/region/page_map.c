/* SPDX-License-Identifier: MIT */
#include "region/page_map.h"

#include "base/align.h"
#include "base/check.h"
#include "platform/platform.h"

int stp_page_map_create(struct stp_page_map *map, size_t first, size_t end, unsigned chunk_shift,
                        uint32_t *os_call_count)
{
    size_t chunk_count = ((end - 1) >> chunk_shift) + 1;
    size_t bytes_of_chunks = stp_round_down(2 * chunk_count + 7, 8);
    size_t head = stp_table_reserve_bytes(bytes_of_chunks + stp_bit_tree_upper_bytes(end));
    size_t leaves = stp_table_reserve_bytes(stp_bit_tree_leaf_bytes(end));
    size_t attributes = stp_table_reserve_bytes(end);
    uintptr_t base;
    bool in_use;
    int error =
        stp_platform_reserve(0, head + leaves + attributes, stp_platform_facts()->page_bytes,
                             STP_RESERVE_TOP_DOWN | STP_RESERVE_DUMP | STP_RESERVE_SPARSE, &base,
                             &in_use, os_call_count);
    if (error)
        return error;
    ++*os_call_count;
    error = stp_platform_protect(base, head, STEPPE_READ_WRITE);
    if (error) {
        ++*os_call_count;
        (void)stp_platform_release(base, head + leaves + attributes); /* benign: address space */
        return error;
    }
    *map = (struct stp_page_map){
        .first = first,
        .end = end,
        .chunk_shift = chunk_shift,
        .chunk_count = chunk_count,
        .chunk_attributes = (uint8_t *)base,
        .chunk_marks = (uint8_t *)base + chunk_count,
        .memory = base,
        .memory_bytes = head + leaves + attributes,
    };
    stp_table_init(&map->leaves, base + head, stp_bit_tree_leaf_bytes(end));
    stp_table_init(&map->page_attributes, base + head + leaves, end);
    stp_bit_tree_init(&map->committed, end, (void *)(base + head),
                      (void *)(base + bytes_of_chunks));
    return 0;
}

void stp_page_map_destroy(struct stp_page_map *map, uint32_t *os_call_count)
{
    ++*os_call_count;
    (void)stp_platform_release(map->memory, map->memory_bytes); /* benign: address space only */
}

size_t stp_page_map_chunk_first(const struct stp_page_map *map, size_t chunk)
{
    return stp_max(chunk << map->chunk_shift, map->first);
}

size_t stp_page_map_chunk_end(const struct stp_page_map *map, size_t chunk)
{
    return stp_min((chunk + 1) << map->chunk_shift, map->end);
}

bool stp_page_map_is_committed(const struct stp_page_map *map, size_t page)
{
    return stp_bit_tree_has(&map->committed, page);
}

static uint8_t load(const uint8_t *attribute)
{
    return __atomic_load_n(attribute, __ATOMIC_ACQUIRE);
}

static uint8_t *page_attribute(const struct stp_page_map *map, size_t page)
{
    return (uint8_t *)map->page_attributes.base + page;
}

/* Atomic byte by byte: queries read them meanwhile. */
static void fill(const struct stp_page_map *map, size_t first, size_t end, uint8_t attribute)
{
    for (size_t page = first; page < end; page++)
        __atomic_store_n(page_attribute(map, page), attribute, __ATOMIC_RELAXED);
}

uint8_t stp_page_map_attribute(const struct stp_page_map *map, size_t page)
{
    uint8_t attribute = load(&map->chunk_attributes[page >> map->chunk_shift]);
    return attribute == STP_MIXED ? load(page_attribute(map, page)) : attribute;
}

/* First page of [page, limit), all in one chunk and committed, whose attribute is another one. */
static size_t alike_in_chunk(const struct stp_page_map *map, size_t page, size_t limit,
                             uint8_t attribute)
{
    uint8_t shared = load(&map->chunk_attributes[page >> map->chunk_shift]);
    if (shared != STP_MIXED)
        return shared == attribute ? limit : page;
    while (page < limit && load(page_attribute(map, page)) == attribute)
        page++;
    return page;
}

static size_t alike_until(const struct stp_page_map *map, size_t page, size_t limit,
                          uint8_t attribute)
{
    limit = stp_bit_tree_next_gap(&map->committed, page, limit);
    while (page < limit) {
        size_t chunk_end = stp_min(limit, stp_page_map_chunk_end(map, page >> map->chunk_shift));
        size_t alike = alike_in_chunk(map, page, chunk_end, attribute);
        if (alike < chunk_end)
            return alike;
        page = chunk_end;
    }
    return limit;
}

/* The state of the first page is read once: read again it may be another, and the run empty. */
struct stp_page_run stp_page_map_run(const struct stp_page_map *map, size_t page, size_t limit)
{
    struct stp_page_run run = {.is_committed = stp_page_map_is_committed(map, page),
                               .end = page + 1};
    if (run.is_committed)
        run.attribute = stp_page_map_attribute(map, page);
    if (run.end >= limit)
        return run;
    if (run.is_committed) {
        run.end = alike_until(map, page + 1, limit, run.attribute);
    } else {
        run.end = stp_bit_tree_next(&map->committed, page + 1, limit);
    }
    return run;
}

size_t stp_page_map_run_end(const struct stp_page_map *map, size_t page, size_t limit)
{
    return stp_page_map_run(map, page, limit).end;
}

/* Will the committed pages of a chunk still share one attribute when [first, end) of it gets this
 * one? */
static bool stays_uniform(const struct stp_page_map *map, size_t chunk, size_t first, size_t end,
                          uint8_t attribute)
{
    if (load(&map->chunk_attributes[chunk]) == attribute)
        return true;
    size_t chunk_first = stp_page_map_chunk_first(map, chunk);
    size_t chunk_end = stp_page_map_chunk_end(map, chunk);
    return stp_bit_tree_next(&map->committed, chunk_first, first) == first &&
           stp_bit_tree_next(&map->committed, end, chunk_end) == chunk_end;
}

int stp_page_map_prepare(struct stp_page_map *map, size_t first, size_t end, uint8_t attribute,
                         uint32_t *os_call_count)
{
    STP_CHECK(map->first <= first && first < end && end <= map->end);
    size_t first_word = first / 64, last_word = (end - 1) / 64;
    int error = stp_table_prepare(&map->leaves, first_word * 8, (last_word - first_word + 1) * 8,
                                  os_call_count);
    for (size_t page = first; page < end && !error;) {
        size_t chunk = page >> map->chunk_shift;
        size_t stop = stp_min(end, stp_page_map_chunk_end(map, chunk));
        size_t chunk_first = stp_page_map_chunk_first(map, chunk);
        if (!stays_uniform(map, chunk, page, stop, attribute))
            error =
                stp_table_prepare(&map->page_attributes, chunk_first,
                                  stp_page_map_chunk_end(map, chunk) - chunk_first, os_call_count);
        page = stop;
    }
    return error;
}

static void set_in_chunk(struct stp_page_map *map, size_t chunk, size_t first, size_t end,
                         uint8_t attribute)
{
    uint8_t *shared = &map->chunk_attributes[chunk];
    uint8_t now = load(shared);
    if (now == attribute)
        return;
    if (stays_uniform(map, chunk, first, end, attribute)) {
        __atomic_store_n(shared, attribute, __ATOMIC_RELEASE);
        return;
    }
    if (now != STP_MIXED)
        fill(map, stp_page_map_chunk_first(map, chunk), stp_page_map_chunk_end(map, chunk), now);
    fill(map, first, end, attribute);
    __atomic_store_n(shared, STP_MIXED, __ATOMIC_RELEASE);
}

void stp_page_map_set(struct stp_page_map *map, size_t first, size_t end, uint8_t attribute)
{
    STP_CHECK(map->first <= first && first < end && end <= map->end);
    for (size_t page = first; page < end;) {
        size_t chunk = page >> map->chunk_shift;
        size_t stop = stp_min(end, stp_page_map_chunk_end(map, chunk));
        set_in_chunk(map, chunk, page, stop, attribute);
        page = stop;
    }
    stp_bit_tree_insert(&map->committed, first, end);
}

void stp_page_map_clear(struct stp_page_map *map, size_t first, size_t end)
{
    STP_CHECK(map->first <= first && first < end && end <= map->end);
    stp_bit_tree_remove(&map->committed, first, end);
}

bool stp_page_map_is_valid(const struct stp_page_map *map)
{
    return stp_bit_tree_is_valid(&map->committed) &&
           stp_bit_tree_count(&map->committed, 0, map->first) == 0;
}
