/* SPDX-License-Identifier: MIT */
/*
 * keys.c - tables of values: open addressing. A slot holds the number of a key + 1, 0 is none; keys
 * are places in the line, and those of equal values a list: the first one, which is in the slot,
 * then the others from the last. The values themselves are read from the cells.
 */
#include "sheet/book/keys.h"

#include <stdlib.h>
#include <sys/random.h>

#include <steppe/arena.h>
#include <utf8proc.h>

#include "sheet/values/typed.h"

enum {
    LINES_MAX = 64,     /* the one not asked for the longest time makes room */
    ASKED_FIRST = 8,    /* a table costs as much as so many looks, or a few less */
    CELLS_MIN = 64,     /* it is not worth while for fewer */
    CELLS_MAX = 1 << 22 /* of one table */
};
static const size_t arena_bytes_max = (size_t)256 << 20;

struct key {
    uint32_t place, next; /* of the next key, + 1 */
};

struct line {
    struct reference reference; /* .sheet is 0: none */
    uint64_t asked_at;
    uint32_t asked, patience;
    uint32_t *slots; /* NULL: no table */
    uint32_t mask;
    struct key *keys;
    bool has_number_texts;
};

struct keys {
    const struct book *book;
    steppe_arena *arena; /* NULL until it is needed */
    uint64_t now;
    uint64_t seed; /* so that no file can be made whose values all get the same slot */
    struct line lines[LINES_MAX];
};

struct keys *keys_new(const struct book *book)
{
    struct keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return NULL;
    keys->book = book;
    if (getrandom(&keys->seed, sizeof keys->seed, GRND_NONBLOCK) != (ssize_t)sizeof keys->seed)
        keys->seed = (uintptr_t)keys;
    return keys;
}

void keys_free(struct keys *keys)
{
    if (!keys)
        return;
    if (keys->arena)
        (void)steppe_arena_free(keys->arena); /* ours: nothing can fail */
    free(keys);
}

void keys_forget(struct keys *keys)
{
    for (size_t i = 0; i < LINES_MAX; i++)
        keys->lines[i] = (struct line){.slots = NULL};
    if (keys->arena)
        (void)steppe_arena_reset(keys->arena, 0); /* kept pages do no harm */
}

/* ---- values -------------------------------------------------------------------------------------
 */

static uint64_t mix(uint64_t hash)
{
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
    return hash ^ (hash >> 31);
}

/* The same for texts that value_compare_text takes for equal. */
static uint64_t hash_text(const char *text, size_t text_bytes, uint64_t seed)
{
    const char *end = text + text_bytes;
    uint64_t hash = seed;
    while (text < end) {
        utf8proc_int32_t character = (unsigned char)*text;
        utf8proc_ssize_t size = 1;
        if (character >= 0x80)
            size = utf8proc_iterate((const utf8proc_uint8_t *)text, end - text, &character);
        if (size <= 0) {
            character = (unsigned char)*text;
            size = 1;
        } else {
            character = utf8proc_tolower(character);
        }
        text += size;
        hash = (hash ^ (uint64_t)character) * UINT64_C(0x100000001b3);
    }
    return mix(hash);
}

static uint64_t hash_value(const struct value *value, uint64_t seed)
{
    union {
        double number;
        uint64_t bits;
    } both;
    if (value->kind == VALUE_TEXT)
        return hash_text(value->text, value->text_bytes, seed);
    if (value->kind == VALUE_BOOLEAN)
        return mix(seed + value->boolean);
    both.number = value->number == 0 ? 0 : value->number; /* -0 is 0 */
    return mix(both.bits ^ seed);
}

static bool is_same(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == VALUE_NUMBER ? a->number == b->number : value_compare(*a, *b) == 0;
}

static bool is_key(enum value_kind kind)
{
    return kind == VALUE_NUMBER || kind == VALUE_TEXT || kind == VALUE_BOOLEAN;
}

/* ---- tables -------------------------------------------------------------------------------------
 */

static bool is_row(struct area area)
{
    return area.first.row == area.last.row && area.first.column != area.last.column;
}

static struct value value_at(const struct keys *keys, const struct grid *grid, struct area area,
                             uint32_t place)
{
    struct position position = area.first;
    if (is_row(area))
        position.column += place;
    else
        position.row += place;
    return cell_value(keys->book, grid_at(grid, position));
}

/* The slot of a value like it, or where it would be. */
static uint32_t *find_slot(const struct keys *keys, const struct grid *grid,
                           const struct line *line, const struct value *wanted)
{
    uint64_t at = hash_value(wanted, keys->seed);
    for (;; at++) {
        uint32_t *slot = &line->slots[at & line->mask];
        if (*slot == 0)
            return slot;
        struct value value =
            value_at(keys, grid, line->reference.area, line->keys[*slot - 1].place);
        if (is_same(&value, wanted))
            return slot;
    }
}

/* How many keys there are; false: a cell is stale, and may become anything. */
static bool count_keys(const struct grid *grid, struct area area, uint32_t *count)
{
    struct grid_walk walk;
    *count = 0;
    grid_walk_begin(&walk, grid, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));) {
        if (cell->flags & CELL_STALE)
            return false;
        *count += is_key((enum value_kind)cell->kind);
    }
    return true;
}

static bool need_arena(struct keys *keys)
{
    if (!keys->arena)
        keys->arena = steppe_arena_new(
            arena_bytes_max, &(steppe_options){.budget = keys->book->budget, .name = "keys"});
    return keys->arena != NULL;
}

/* Slots for so many keys, at most half of them in use. false: refused, or it is not worth it. */
static bool take_slots(struct keys *keys, struct line *line, uint32_t count)
{
    uint32_t slot_count = 2 * CELLS_MIN;
    if (count < CELLS_MIN || count > CELLS_MAX || !need_arena(keys))
        return false;
    while (slot_count < 2 * count)
        slot_count *= 2;
    line->keys = steppe_arena_make(keys->arena, struct key, count);
    if (!line->keys)
        return false;
    line->slots = steppe_arena_make(keys->arena, uint32_t, slot_count);
    line->mask = slot_count - 1;
    return line->slots != NULL;
}

static bool is_number_text(const struct value *value)
{
    double number;
    return value->kind == VALUE_TEXT && typed_number(value->text, value->text_bytes, &number);
}

/* One key more, which is number count. */
static void add_key(const struct keys *keys, struct line *line, const struct grid *grid,
                    const struct value *value, uint32_t count)
{
    uint32_t *slot = find_slot(keys, grid, line, value);
    if (*slot == 0) {
        line->has_number_texts |= is_number_text(value);
        *slot = count + 1;
        return;
    }
    struct key *first = &line->keys[*slot - 1];
    line->keys[count].next = first->next;
    first->next = count + 1;
}

static void make_table(struct keys *keys, struct line *line, const struct grid *grid)
{
    struct area area = line->reference.area;
    struct grid_walk walk;
    uint32_t count;
    line->asked = 0;
    line->patience *= 2;
    if (!count_keys(grid, area, &count) || !take_slots(keys, line, count))
        return;
    count = 0;
    grid_walk_begin(&walk, grid, area, is_row(area) ? GRID_BY_ROWS : GRID_BY_COLUMNS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));) {
        if (!is_key((enum value_kind)cell->kind))
            continue;
        struct value value = cell_value(keys->book, cell);
        line->keys[count].place = is_row(area) ? walk.position.column - area.first.column
                                               : walk.position.row - area.first.row;
        add_key(keys, line, grid, &value, count++);
    }
}

/* ---- lines --------------------------------------------------------------------------------------
 */

static bool is_line(const struct line *line, const struct reference *reference)
{
    return line->reference.sheet == reference->sheet &&
           position_is(line->reference.area.first, reference->area.first) &&
           position_is(line->reference.area.last, reference->area.last);
}

static struct line *find_line(struct keys *keys, const struct reference *reference)
{
    struct line *oldest = &keys->lines[0];
    for (size_t i = 0; i < LINES_MAX; i++) {
        struct line *line = &keys->lines[i];
        if (is_line(line, reference))
            return line;
        if (line->asked_at < oldest->asked_at)
            oldest = line;
    }
    *oldest = (struct line){.reference = *reference, .patience = ASKED_FIRST};
    return oldest;
}

bool keys_find(struct keys *keys, const struct reference *line_reference,
               const struct value *wanted, struct key_places *places)
{
    const struct sheet *sheet = book_sheet(keys->book, line_reference->sheet);
    if (!sheet || !is_key(wanted->kind) || area_cells(line_reference->area) < CELLS_MIN)
        return false;
    struct line *line = find_line(keys, line_reference);
    line->asked_at = ++keys->now;
    if (!line->slots && ++line->asked > line->patience)
        make_table(keys, line, sheet->grid);
    if (!line->slots)
        return false;
    uint32_t slot = *find_slot(keys, sheet->grid, line, wanted);
    *places = (struct key_places){
        .place = KEYS_NOWHERE, .has_number_texts = line->has_number_texts, .keys = line->keys};
    if (slot) {
        places->place = line->keys[slot - 1].place;
        places->next = line->keys[slot - 1].next;
    }
    return true;
}

bool keys_next(struct key_places *places)
{
    if (!places->next)
        return false;
    const struct key *key = &places->keys[places->next - 1];
    places->place = key->place;
    places->next = key->next;
    return true;
}
