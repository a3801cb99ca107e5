/* SPDX-License-Identifier: MIT */
/*
 * sheet_merge.c - merged areas: see book.h.
 *
 * So that nobody has to look at all of them: the sheet is parted into blocks of 2^i rows and 2^j
 * columns, for each i and j that is in use; a merge is entered in those of the smallest size that
 * its rows and its columns fit into, four at the most. Merges do not meet, so few of a size have
 * room in one block, and a look at a position looks at a few entries for each size.
 *
 * Entry 4 * m + k is that of merge m in its k-th block. Chains hold what has the same hash: an area
 * is asked itself whether it is meant.
 */
#include <stdlib.h>
#include <string.h>

#include <steppe/array.h>

#include "sheet/book/book.h"

enum { ROW_SIZES = 21, COLUMN_SIZES = 15, BLOCKS_OF_ONE = 4, HEADS_FIRST = 256 };

struct merge_index {
    uint32_t *heads;                          /* the first entry of a chain, plus one */
    uint32_t *nexts;                          /* of each entry the next, plus one */
    uint32_t counts[ROW_SIZES][COLUMN_SIZES]; /* merges of a size */
};

/* ---- blocks ---------------------------------------------------------------------------------- */

struct size {
    unsigned rows, columns; /* as powers of two */
};

/* Blocks of a size, as an area of them. */
struct blocks {
    struct size size;
    struct area area;
};

static unsigned power_for(uint32_t lines)
{
    unsigned power = 0;
    while ((UINT32_C(1) << power) < lines)
        power++;
    return power;
}

static struct blocks blocks_of(struct area area, struct size size)
{
    return (struct blocks){
        .size = size,
        .area = {{area.first.row >> size.rows, area.first.column >> size.columns},
                 {area.last.row >> size.rows, area.last.column >> size.columns}}};
}

/* Those a merge is entered in. */
static struct blocks blocks_of_merge(struct area area)
{
    struct size size = {power_for(area_rows(area)), power_for(area_columns(area))};
    return blocks_of(area, size);
}

static uint32_t *head_of(const struct merge_index *index, struct size size, uint32_t row,
                         uint32_t column)
{
    uint64_t key = (uint64_t)row << 32 | column << 12 | size.rows << 6 | size.columns;
    key = (key ^ key >> 29) * UINT64_C(0x9E3779B97F4A7C15);
    key = (key ^ key >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return &index->heads[(key >> 32) % steppe_array_count(index->heads)];
}

/* ---- the index ------------------------------------------------------------------------------- */

static void link_merge(struct merge_index *index, const struct area *merges, uint32_t merge)
{
    struct blocks blocks = blocks_of_merge(merges[merge]);
    uint32_t entry = merge * BLOCKS_OF_ONE;
    for (uint32_t row = blocks.area.first.row; row <= blocks.area.last.row; row++)
        for (uint32_t column = blocks.area.first.column; column <= blocks.area.last.column;
             column++) {
            uint32_t *head = head_of(index, blocks.size, row, column);
            index->nexts[entry] = *head;
            *head = ++entry;
        }
    index->counts[blocks.size.rows][blocks.size.columns]++;
}

static void unlink_entry(struct merge_index *index, uint32_t *head, uint32_t entry)
{
    while (*head != entry + 1)
        head = &index->nexts[*head - 1];
    *head = index->nexts[entry];
}

static void unlink_merge(struct merge_index *index, const struct area *merges, uint32_t merge)
{
    struct blocks blocks = blocks_of_merge(merges[merge]);
    uint32_t entry = merge * BLOCKS_OF_ONE;
    for (uint32_t row = blocks.area.first.row; row <= blocks.area.last.row; row++)
        for (uint32_t column = blocks.area.first.column; column <= blocks.area.last.column;
             column++)
            unlink_entry(index, head_of(index, blocks.size, row, column), entry++);
    index->counts[blocks.size.rows][blocks.size.columns]--;
}

/* Longer chains for a refusal, and no more. */
static void grow_heads(struct merge_index *index, const struct area *merges, size_t merge_count)
{
    uint64_t head_count = steppe_array_count(index->heads);
    if (merge_count < head_count || steppe_array_resize(index->heads, head_count * 4) != STEPPE_OK)
        return;
    memset(index->heads, 0, head_count * sizeof *index->heads);
    memset(index->counts, 0, sizeof index->counts);
    for (uint32_t merge = 0; merge < merge_count; merge++)
        link_merge(index, merges, merge);
}

static void free_index(struct merge_index *index)
{
    if (!index)
        return;
    (void)steppe_array_free(index->heads); /* they are some, or null */
    (void)steppe_array_free(index->nexts);
    free(index);
}

static struct merge_index *new_index(steppe_budget *budget)
{
    steppe_options memory = {.budget = budget, .name = "merges"};
    struct merge_index *index = calloc(1, sizeof *index);
    if (!index)
        return NULL;
    index->heads = steppe_array_new(uint32_t, 4 * MERGES_MAX, &memory);
    if (index->heads)
        index->nexts = steppe_array_new(uint32_t, (uint64_t)BLOCKS_OF_ONE * MERGES_MAX, &memory);
    if (index->nexts && steppe_array_resize(index->heads, HEADS_FIRST) == STEPPE_OK)
        return index;
    free_index(index);
    return NULL;
}

static bool open_merges(struct sheet *sheet)
{
    steppe_budget *budget = sheet->columns.budget;
    steppe_options memory = {.budget = budget, .name = "merges"};
    if (!sheet->merges)
        sheet->merges = steppe_array_new(struct area, MERGES_MAX, &memory);
    if (sheet->merges && !sheet->private_.merge_index)
        sheet->private_.merge_index = new_index(budget);
    return sheet->merges && sheet->private_.merge_index;
}

void sheet_free_merges(struct sheet *sheet)
{
    free_index(sheet->private_.merge_index);
    (void)steppe_array_free(sheet->merges); /* it is one, or null */
    sheet->private_.merge_index = NULL;
    sheet->merges = NULL;
    sheet->merge_count = 0;
}

/* ---- looking --------------------------------------------------------------------------------- */

static const struct area *meets_in_chain(const struct sheet *sheet, uint32_t entry,
                                         struct area area)
{
    const struct merge_index *index = sheet->private_.merge_index;
    struct area common;
    for (; entry; entry = index->nexts[entry - 1]) {
        const struct area *merge = &sheet->merges[(entry - 1) / BLOCKS_OF_ONE];
        if (area_meet(*merge, area, &common))
            return merge;
    }
    return NULL;
}

static const struct area *meets_among_all(const struct sheet *sheet, struct area area)
{
    struct area common;
    for (size_t i = 0; i < sheet->merge_count; i++)
        if (area_meet(sheet->merges[i], area, &common))
            return &sheet->merges[i];
    return NULL;
}

static const struct area *meets_in_blocks(const struct sheet *sheet, struct blocks blocks,
                                          struct area area)
{
    for (uint32_t row = blocks.area.first.row; row <= blocks.area.last.row; row++)
        for (uint32_t column = blocks.area.first.column; column <= blocks.area.last.column;
             column++) {
            uint32_t *head = head_of(sheet->private_.merge_index, blocks.size, row, column);
            const struct area *merge = meets_in_chain(sheet, *head, area);
            if (merge)
                return merge;
        }
    return NULL;
}

/* Any that meets the area: by the blocks of each size in use, or by looking at all, when that is
 * less. */
static const struct area *find(const struct sheet *sheet, struct area area)
{
    for (unsigned i = 0; sheet->merge_count && i < ROW_SIZES * COLUMN_SIZES; i++) {
        struct size size = {i / COLUMN_SIZES, i % COLUMN_SIZES};
        if (!sheet->private_.merge_index->counts[size.rows][size.columns])
            continue;
        struct blocks blocks = blocks_of(area, size);
        if (area_cells(blocks.area) > sheet->merge_count)
            return meets_among_all(sheet, area);
        const struct area *merge = meets_in_blocks(sheet, blocks, area);
        if (merge)
            return merge;
    }
    return NULL;
}

const struct area *sheet_merge_at(const struct sheet *sheet, struct position position)
{
    return find(sheet, area_of_one(position));
}

bool sheet_meets_merge(const struct sheet *sheet, struct area area)
{
    return find(sheet, area) != NULL;
}

/* ---- changing -------------------------------------------------------------------------------- */

bool sheet_merge(struct sheet *sheet, struct area area)
{
    if (area_is_one(area) || !open_merges(sheet) || sheet_meets_merge(sheet, area))
        return false;
    struct merge_index *index = sheet->private_.merge_index;
    uint64_t entry_count = steppe_array_count(index->nexts);
    if (!steppe_array_append(index->nexts, BLOCKS_OF_ONE))
        return false;
    struct area *merge = steppe_array_push(sheet->merges);
    if (!merge) {
        (void)steppe_array_resize(index->nexts, entry_count); /* fewer are never refused */
        return false;
    }
    *merge = area;
    link_merge(index, sheet->merges, (uint32_t)sheet->merge_count++);
    grow_heads(index, sheet->merges, sheet->merge_count);
    return true;
}

/* The last one takes its place. */
static void take_out(struct sheet *sheet, uint32_t merge)
{
    struct merge_index *index = sheet->private_.merge_index;
    uint32_t last = (uint32_t)sheet->merge_count - 1;
    unlink_merge(index, sheet->merges, merge);
    if (merge != last) {
        unlink_merge(index, sheet->merges, last);
        sheet->merges[merge] = sheet->merges[last];
        link_merge(index, sheet->merges, merge);
    }
    sheet->merge_count = last;
    /* Fewer are never refused. */
    (void)steppe_array_resize(sheet->merges, last);
    (void)steppe_array_resize(index->nexts, (uint64_t)last * BLOCKS_OF_ONE);
}

bool sheet_unmerge(struct sheet *sheet, struct area area)
{
    size_t before = sheet->merge_count;
    struct area common;
    /* From the end, so that what takes a place has been looked at. */
    for (size_t merge = before; merge--;)
        if (area_meet(sheet->merges[merge], area, &common))
            take_out(sheet, (uint32_t)merge);
    return sheet->merge_count < before;
}
