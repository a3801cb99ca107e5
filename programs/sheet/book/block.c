/* SPDX-License-Identifier: MIT */
/*
 * block.c - an open hash table of blocks, each with the first of a chain of entries.
 *
 * Slots are found by linear probing from the key's hash; the table is at most five eighths full. A
 * larger one is made before the smaller one is given back, so a refusal changes nothing.
 */
#include "sheet/book/block.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/array.h>

enum { SLOTS_LEAST = 256, LEVEL_BITS = 2 };
static const uint64_t slots_max = UINT64_C(1) << 33;

struct slot {
    uint64_t key; /* 0: empty; sheets are counted from 1 */
    uint32_t first;
    uint32_t room_;
};

struct entry {
    uint32_t number, next;
};

struct block_index {
    steppe_budget *budget;
    struct slot *slots; /* a steppe_array, of a power of two */
    uint64_t slot_mask, used_count;
    struct entry *entries; /* a steppe_array; the first is nobody's */
    uint64_t shapes[SHEET_IDS_MAX][(BLOCK_SHAPES + 63) / 64];
};

/* ---- shapes -------------------------------------------------------------------------------------
 */

static uint8_t level_of(uint32_t first, uint32_t last)
{
    uint8_t level = 0;
    while ((last >> LEVEL_BITS * level) - (first >> LEVEL_BITS * level) > 1)
        level++;
    return level;
}

struct block_span block_span_at(struct area area, uint8_t height, uint8_t width)
{
    unsigned rows = LEVEL_BITS * height, columns = LEVEL_BITS * width;
    return (struct block_span){.height = height,
                               .width = width,
                               .blocks = {{area.first.row >> rows, area.first.column >> columns},
                                          {area.last.row >> rows, area.last.column >> columns}}};
}

struct block_span block_span_of(struct area area)
{
    return block_span_at(area, level_of(area.first.row, area.last.row),
                         level_of(area.first.column, area.last.column));
}

static uint64_t key_of(sheet_id sheet, uint8_t height, uint8_t width, struct position block)
{
    return (uint64_t)sheet << 44 | (uint64_t)height << 40 | (uint64_t)width << 36 |
           (uint64_t)block.column << 20 | block.row;
}
_Static_assert(ROWS <= 1 << 20 && COLUMNS <= 1 << 14, "rows and columns have their bits in a key");

static uint64_t hash_of(uint64_t key)
{
    key = (key ^ key >> 32) * UINT64_C(0xd6e8feb86659fd93);
    key = (key ^ key >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return key ^ key >> 32;
}

/* ---- the table ----------------------------------------------------------------------------------
 */

static struct slot *new_slots(steppe_budget *budget, uint64_t count)
{
    struct slot *slots = steppe_array_new(
        struct slot, slots_max, &(steppe_options){.budget = budget, .name = "dependents: blocks"});
    if (slots && !steppe_array_append(slots, count)) {
        (void)steppe_array_free(slots); /* ours: nothing can fail */
        return NULL;
    }
    return slots;
}

static struct entry *new_entries(steppe_budget *budget)
{
    struct entry *entries =
        steppe_array_new(struct entry, UINT32_MAX,
                         &(steppe_options){.budget = budget, .name = "dependents: entries"});
    if (entries && !steppe_array_push(entries)) {
        (void)steppe_array_free(entries);
        return NULL;
    }
    return entries;
}

struct block_index *block_index_new(steppe_budget *budget)
{
    struct block_index *index = calloc(1, sizeof *index);
    if (!index)
        return NULL;
    index->budget = budget;
    index->slot_mask = SLOTS_LEAST - 1;
    index->slots = new_slots(budget, SLOTS_LEAST);
    index->entries = new_entries(budget);
    if (index->slots && index->entries)
        return index;
    block_index_free(index);
    return NULL;
}

void block_index_free(struct block_index *index)
{
    if (!index)
        return;
    (void)steppe_array_free(index->slots); /* NULL is fine; else ours: nothing can fail */
    (void)steppe_array_free(index->entries);
    free(index);
}

void block_index_clear(struct block_index *index)
{
    /* Getting smaller cannot be refused. */
    (void)steppe_array_resize(index->slots, SLOTS_LEAST);
    (void)steppe_array_resize(index->entries, 1);
    memset(index->slots, 0, SLOTS_LEAST * sizeof *index->slots);
    index->slot_mask = SLOTS_LEAST - 1;
    index->used_count = 0;
    memset(index->shapes, 0, sizeof index->shapes);
}

static struct slot *slot_of(const struct block_index *index, uint64_t key)
{
    uint64_t at = hash_of(key) & index->slot_mask;
    while (index->slots[at].key && index->slots[at].key != key)
        at = (at + 1) & index->slot_mask;
    return &index->slots[at];
}

static bool make_room(struct block_index *index)
{
    uint64_t count = index->slot_mask + 1;
    if (index->used_count + 1 <= count / 8 * 5)
        return true;
    struct block_index larger = {.slots = new_slots(index->budget, 2 * count),
                                 .slot_mask = 2 * count - 1};
    if (!larger.slots)
        return false;
    for (uint64_t at = 0; at < count; at++)
        if (index->slots[at].key)
            *slot_of(&larger, index->slots[at].key) = index->slots[at];
    (void)steppe_array_free(index->slots); /* ours: nothing can fail */
    index->slots = larger.slots;
    index->slot_mask = larger.slot_mask;
    return true;
}

static void note_shape(struct block_index *index, sheet_id sheet, unsigned shape)
{
    index->shapes[sheet][shape / 64] |= UINT64_C(1) << shape % 64;
}

unsigned block_index_next_shape(const struct block_index *index, sheet_id sheet, unsigned shape)
{
    while (sheet < SHEET_IDS_MAX && shape < BLOCK_SHAPES) {
        uint64_t rest = index->shapes[sheet][shape / 64] >> shape % 64;
        if (rest)
            return shape + (unsigned)__builtin_ctzll(rest);
        shape = (shape / 64 + 1) * 64;
    }
    return BLOCK_SHAPES;
}

bool block_index_add(struct block_index *index, sheet_id sheet, uint8_t height, uint8_t width,
                     struct position block, uint32_t number)
{
    uint64_t key = key_of(sheet, height, width, block);
    if (sheet >= SHEET_IDS_MAX || !make_room(index))
        return false;
    uint64_t at = steppe_array_count(index->entries);
    struct entry *entry = steppe_array_push(index->entries);
    if (!entry)
        return false;
    struct slot *slot = slot_of(index, key);
    *entry = (struct entry){.number = number, .next = slot->first};
    index->used_count += !slot->key;
    slot->key = key;
    slot->first = (uint32_t)at;
    note_shape(index, sheet, (unsigned)height * BLOCK_WIDTHS + width);
    return true;
}

uint32_t block_index_first(const struct block_index *index, sheet_id sheet, uint8_t height,
                           uint8_t width, struct position block)
{
    return slot_of(index, key_of(sheet, height, width, block))->first;
}

uint32_t block_index_next(const struct block_index *index, uint32_t entry)
{
    return index->entries[entry].next;
}

uint32_t block_index_number(const struct block_index *index, uint32_t entry)
{
    return index->entries[entry].number;
}

uint64_t block_index_count(const struct block_index *index)
{
    return steppe_array_count(index->entries) - 1;
}

uint64_t block_index_bytes(const struct block_index *index)
{
    return steppe_array_capacity(index->slots) * sizeof(struct slot) +
           steppe_array_capacity(index->entries) * sizeof(struct entry);
}
