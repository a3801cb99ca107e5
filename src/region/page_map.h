/* SPDX-License-Identifier: MIT */
/*
 * page_map.h - the state of every page of one reservation, in memory that grows with what is
 * touched.
 *
 * Pages are numbered from the reservation's origin: its base rounded down to what one page table
 * spans, so that chunk borders are page-table borders. Pages below map->first do not exist.
 *
 *   committed        a bit tree: which pages are committed
 *   chunk_attributes one byte a chunk: the attribute all its committed pages share, or STP_MIXED
 *   page_attributes  one byte a page, used only in chunks that are STP_MIXED
 *   chunk_marks      one byte a chunk, the mechanism's own
 *
 * An attribute is a steppe_protection, which may carry STP_CLEAN (protection.h). Most chunks have
 * one attribute throughout, so most commits write a bit and nothing else. Attributes of pages that
 * are not committed mean nothing.
 *
 * Threads: as the tree. Changes are made under the locks of all units the range touches
 * (reservation.h); a unit is a multiple of both a chunk and a block of the tree. Reading needs no
 * lock.
 */
#ifndef STP_PAGE_MAP_H
#define STP_PAGE_MAP_H

#include "region/bit_tree.h"
#include "region/table.h"

enum { STP_MIXED = 0xff };

struct stp_page_map {
    size_t first, end; /* the reservation's pages */
    unsigned chunk_shift;
    size_t chunk_count;
    uint8_t *chunk_attributes;
    uint8_t *chunk_marks;
    struct stp_bit_tree committed;
    struct stp_table leaves; /* the tree's level 0 */
    struct stp_table page_attributes;
    uintptr_t memory;
    size_t memory_bytes;
};

/* Make a map in which nothing is committed; 0 or an OS error, and nothing left behind. */
int stp_page_map_create(struct stp_page_map *map, size_t first, size_t end, unsigned chunk_shift,
                        uint32_t *os_call_count);
void stp_page_map_destroy(struct stp_page_map *map, uint32_t *os_call_count);

/* The pages of a chunk that exist. */
size_t stp_page_map_chunk_first(const struct stp_page_map *map, size_t chunk);
size_t stp_page_map_chunk_end(const struct stp_page_map *map, size_t chunk);

bool stp_page_map_is_committed(const struct stp_page_map *map, size_t page);

/* Of a committed page. */
uint8_t stp_page_map_attribute(const struct stp_page_map *map, size_t page);

/* The run of pages, from page up to limit, that are alike in state and attribute. While others
 * change the pages it tells of each what it was before or after, and always holds the first. */
struct stp_page_run {
    bool is_committed;
    uint8_t attribute; /* of committed pages */
    size_t end;
};
struct stp_page_run stp_page_map_run(const struct stp_page_map *map, size_t page, size_t limit);
size_t stp_page_map_run_end(const struct stp_page_map *map, size_t page, size_t limit);

/* Have the memory that stp_page_map_set(first, end, attribute) will write; only this can fail. */
int stp_page_map_prepare(struct stp_page_map *map, size_t first, size_t end, uint8_t attribute,
                         uint32_t *os_call_count);

/* Make pages committed with an attribute, whatever they were; make them not committed. */
void stp_page_map_set(struct stp_page_map *map, size_t first, size_t end, uint8_t attribute);
void stp_page_map_clear(struct stp_page_map *map, size_t first, size_t end);

bool stp_page_map_is_valid(const struct stp_page_map *map);

#endif
