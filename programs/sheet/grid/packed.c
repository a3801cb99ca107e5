/* SPDX-License-Identifier: MIT */
/*
 * packed.c - cells of tiles that hold few: see packed.h.
 *
 * Invariants: units are rooms without gaps from unit 1 on; each belongs to a tile that a slot
 * refers to, or is left (its tile is NO_TILE) and in the list of its size. Unit 0 is nobody's, so
 * that a reference of 0 is none. At most three quarters of the slots are taken, and between a
 * tile's own slot and where it lies no slot is free.
 */
#include "sheet/grid/packed.h"

#include <stdio.h>
#include <string.h>

#include <steppe/array.h>

#define NO_TILE UINT32_MAX
#define UNITS_MAX (UINT64_C(1) << 32)
#define SLOTS_MAX (UINT64_C(1) << 30)

enum { SLOT_BITS_FIRST = 9, UNIT_BYTES = 8, LEFT_UNITS_MIN = 131072 /* 1 MiB */ };

_Static_assert(GRID_TILE_CELLS <= 256, "a place is a byte");

/* ---- rooms ---------------------------------------------------------------------------------- */

static struct packed_tile *tile_at(const struct packed *packed, uint32_t reference)
{
    return (struct packed_tile *)(packed->units + reference);
}

static uint32_t reference_of(const struct packed *packed, const struct packed_tile *tile)
{
    return (uint32_t)((const uint64_t *)(const void *)tile - packed->units);
}

static uint32_t units_of(unsigned room)
{
    size_t cells = (size_t)1 << room;
    size_t header_bytes = (sizeof(struct packed_tile) + cells + UNIT_BYTES - 1) / UNIT_BYTES;
    return (uint32_t)(header_bytes + cells * sizeof(struct cell) / UNIT_BYTES);
}

static steppe_options options_of(const struct packed *packed)
{
    return (steppe_options){
        .name = packed->name, .budget = packed->budget, .huge_pages = STEPPE_HUGE_NEVER};
}

/* A list's next is kept behind the header. */
static uint32_t *next_left(struct packed_tile *tile)
{
    return (uint32_t *)(void *)tile + UNIT_BYTES / sizeof(uint32_t);
}

static void leave(struct packed *packed, struct packed_tile *tile)
{
    tile->tile = NO_TILE;
    *next_left(tile) = packed->left[tile->room];
    packed->left[tile->room] = reference_of(packed, tile);
    packed->left_units += units_of(tile->room);
}

static struct packed_tile *enter(struct packed *packed, unsigned room)
{
    uint32_t reference = packed->left[room];
    struct packed_tile *tile;
    if (reference) {
        tile = tile_at(packed, reference);
        packed->left[room] = *next_left(tile);
        packed->left_units -= units_of(room);
        return tile;
    }
    tile = (struct packed_tile *)steppe_array_append(packed->units, units_of(room));
    if (tile)
        tile->room = (uint8_t)room;
    return tile;
}

/* ---- slots ---------------------------------------------------------------------------------- */

static size_t slot_count(const struct packed *packed)
{
    return (size_t)1 << packed->slot_bits;
}

static size_t home_of(const struct packed *packed, uint64_t tile)
{
    return (size_t)(tile * UINT64_C(0x9e3779b97f4a7c15) >> (64 - packed->slot_bits));
}

/* Where a tile is, or would be. */
static struct packed_slot *slot_of(const struct packed *packed, uint64_t tile)
{
    size_t mask = slot_count(packed) - 1, i = home_of(packed, tile);
    while (packed->slots[i].tile && packed->slots[i].tile != tile + 1)
        i = (i + 1) & mask;
    return &packed->slots[i];
}

/* Make a slot free, and move those behind it up that could not lie where they wanted. */
static void free_slot(struct packed *packed, struct packed_slot *slot)
{
    size_t mask = slot_count(packed) - 1, gap = (size_t)(slot - packed->slots);
    for (size_t i = (gap + 1) & mask; packed->slots[i].tile; i = (i + 1) & mask) {
        size_t home = home_of(packed, packed->slots[i].tile - 1);
        if (((i - home) & mask) < ((i - gap) & mask))
            continue;
        packed->slots[gap] = packed->slots[i];
        gap = i;
    }
    packed->slots[gap] = (struct packed_slot){0, 0};
}

static bool take_slots(struct packed *packed, unsigned slot_bits)
{
    steppe_options options = options_of(packed);
    struct packed_slot *slots = steppe_array_new(struct packed_slot, SLOTS_MAX, &options);
    struct packed before = *packed;
    if (!slots)
        return false;
    if (steppe_array_resize(slots, UINT64_C(1) << slot_bits) != STEPPE_OK) {
        (void)steppe_array_free(slots); /* it is new: nothing speaks against it */
        return false;
    }
    packed->slots = slots;
    packed->slot_bits = slot_bits;
    for (size_t i = 0; before.slots && i < slot_count(&before); i++)
        if (before.slots[i].tile)
            *slot_of(packed, before.slots[i].tile - 1) = before.slots[i];
    (void)steppe_array_free(before.slots); /* there is nobody to tell */
    return true;
}

/* Room for one tile more. */
static bool prepare(struct packed *packed)
{
    if (!packed->units) {
        steppe_options options = options_of(packed);
        packed->units = steppe_array_new(uint64_t, UNITS_MAX, &options);
        if (!packed->units)
            return false;
    }
    if (steppe_array_count(packed->units) == 0 && !steppe_array_push(packed->units))
        return false;
    if (!packed->slots)
        return take_slots(packed, SLOT_BITS_FIRST);
    if (packed->tile_count < slot_count(packed) / 4 * 3)
        return true;
    return take_slots(packed, packed->slot_bits + 1) ||
           packed->tile_count < slot_count(packed) / 16 * 15;
}

struct packed_tile *packed_find(const struct packed *packed, uint64_t tile)
{
    if (!packed->tile_count)
        return NULL;
    const struct packed_slot *slot = slot_of(packed, tile);
    return slot->tile ? tile_at(packed, slot->reference) : NULL;
}

/* ---- cells ---------------------------------------------------------------------------------- */

static struct packed_tile *add_tile(struct packed *packed, uint64_t tile, unsigned room)
{
    struct packed_tile *entered = prepare(packed) ? enter(packed, room) : NULL;
    if (!entered)
        return NULL;
    entered->tile = (uint32_t)tile;
    *slot_of(packed, tile) = (struct packed_slot){entered->tile + 1, reference_of(packed, entered)};
    packed->tile_count++;
    return entered;
}

static struct cell *use_first(struct packed *packed, uint64_t tile, uint32_t place)
{
    struct packed_tile *entered = add_tile(packed, tile, 0);
    if (!entered)
        return NULL;
    entered->last = 0;
    entered->places[0] = (uint8_t)place;
    packed->cell_count++;
    struct cell *cell = packed_cells(entered);
    *cell = (struct cell){0};
    return cell;
}

static bool is_full(const struct packed_tile *tile)
{
    return packed_count(tile) == UINT32_C(1) << tile->room;
}

/* Move a tile into a room twice as large. */
static struct packed_tile *grow(struct packed *packed, struct packed_tile *tile)
{
    struct packed_tile *larger = enter(packed, tile->room + 1u);
    if (!larger)
        return NULL;
    larger->tile = tile->tile;
    larger->last = tile->last;
    memcpy(larger->places, tile->places, packed_count(tile));
    memcpy(packed_cells(larger), packed_cells(tile), packed_count(tile) * sizeof(struct cell));
    slot_of(packed, tile->tile)->reference = reference_of(packed, larger);
    leave(packed, tile);
    return larger;
}

struct cell *packed_use(struct packed *packed, uint64_t tile, uint32_t place)
{
    struct packed_tile *found = packed_find(packed, tile);
    if (!found)
        return use_first(packed, tile, place);
    struct cell *cell = packed_at(found, place);
    if (cell)
        return cell;
    if (is_full(found) && !packed_clear(packed, found, NULL))
        return use_first(packed, tile, place); /* into the room it has just left */
    if (is_full(found))
        found = grow(packed, found);
    if (!found)
        return NULL;
    uint32_t i = packed_search(found, place), behind = packed_count(found) - i;
    cell = packed_cells(found) + i;
    memmove(found->places + i + 1, found->places + i, behind);
    memmove(cell + 1, cell, behind * sizeof *cell);
    found->places[i] = (uint8_t)place;
    found->last++;
    packed->cell_count++;
    *cell = (struct cell){0};
    return cell;
}

bool packed_add(struct packed *packed, uint64_t tile, const struct cell *cells)
{
    uint32_t count = 0;
    for (uint32_t place = 0; place < GRID_TILE_CELLS; place++)
        count += cell_is_used(&cells[place]);
    unsigned room = count > 1 ? 32u - (unsigned)__builtin_clz(count - 1) : 0;
    struct packed_tile *entered = add_tile(packed, tile, room);
    if (!entered)
        return false;
    entered->last = (uint8_t)(count - 1);
    packed->cell_count += count;
    struct cell *to = packed_cells(entered);
    for (uint32_t place = 0, i = 0; place < GRID_TILE_CELLS; place++)
        if (cell_is_used(&cells[place])) {
            entered->places[i] = (uint8_t)place;
            to[i++] = cells[place];
        }
    return true;
}

void packed_remove(struct packed *packed, uint64_t tile)
{
    struct packed_slot *slot = slot_of(packed, tile);
    struct packed_tile *found = tile_at(packed, slot->reference);
    packed->tile_count--;
    packed->cell_count -= packed_count(found);
    leave(packed, found);
    free_slot(packed, slot);
}

bool packed_clear(struct packed *packed, struct packed_tile *tile, const struct area *part)
{
    struct cell *cells = packed_cells(tile);
    uint32_t kept = 0, count = packed_count(tile);
    for (uint32_t i = 0; i < count; i++) {
        if ((part && packed_is_in(part, tile->places[i])) || !cell_is_used(&cells[i]))
            continue;
        tile->places[kept] = tile->places[i];
        cells[kept++] = cells[i];
    }
    if (kept == 0) {
        packed_remove(packed, tile->tile);
        return false;
    }
    tile->last = (uint8_t)(kept - 1);
    packed->cell_count -= count - kept;
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------ */

void packed_make(struct packed *packed, const char *name, steppe_budget *budget)
{
    *packed = (struct packed){.budget = budget};
    (void)snprintf(packed->name, sizeof packed->name, "%s", name ? name : ""); /* cut: fine */
}

void packed_end(struct packed *packed)
{
    (void)steppe_array_free(packed->units); /* there is nobody to tell */
    (void)steppe_array_free(packed->slots);
    *packed = (struct packed){0};
}

/* Tiles move down over what was left. A room that is too large for its tile stays so. */
static void close_up(struct packed *packed)
{
    uint32_t from = 1, to = 1, end = (uint32_t)steppe_array_count(packed->units);
    while (from < end) {
        struct packed_tile *tile = tile_at(packed, from);
        uint32_t units = units_of(tile->room);
        if (tile->tile != NO_TILE) {
            slot_of(packed, tile->tile)->reference = to;
            memmove(packed->units + to, packed->units + from, (size_t)units * UNIT_BYTES);
            to += units;
        }
        from += units;
    }
    memset(packed->left, 0, sizeof packed->left);
    packed->left_units = 0;
    /* Shrinking is never refused; what it does not give back is used again. */
    (void)steppe_array_resize(packed->units, to);
    (void)steppe_array_trim(packed->units);
}

void packed_collect(struct packed *packed)
{
    if (!packed->tile_count) {
        struct packed before = *packed;
        packed_end(packed);
        packed_make(packed, before.name, before.budget);
        return;
    }
    if (packed->left_units)
        close_up(packed);
    unsigned slot_bits = packed->slot_bits;
    while (slot_bits > SLOT_BITS_FIRST && packed->tile_count < UINT64_C(1) << slot_bits >> 3)
        slot_bits--;
    if (slot_bits < packed->slot_bits)
        (void)take_slots(packed, slot_bits); /* refused: it stays as it is */
}

/* What was left is at least as much as what is kept: so each unit is moved once for one left. */
void packed_tidy(struct packed *packed)
{
    if (packed->left_units > LEFT_UNITS_MIN &&
        packed->left_units > steppe_array_count(packed->units) / 2)
        packed_collect(packed);
}

uint64_t packed_committed_bytes(const struct packed *packed)
{
    uint64_t bytes = packed->units ? steppe_reservation_of(packed->units).committed_bytes : 0;
    return bytes + (packed->slots ? steppe_reservation_of(packed->slots).committed_bytes : 0);
}

static bool tile_is_valid(const struct packed *packed, struct packed_tile *tile)
{
    for (uint32_t i = 1; i < packed_count(tile); i++)
        if (tile->places[i - 1] >= tile->places[i])
            return false;
    return packed_count(tile) <= UINT32_C(1) << tile->room &&
           packed_find(packed, tile->tile) == tile;
}

static bool lists_are_valid(const struct packed *packed)
{
    uint64_t units = 0;
    for (unsigned room = 0; room < PACKED_ROOMS; room++)
        for (uint32_t next = packed->left[room]; next;) {
            struct packed_tile *tile = tile_at(packed, next);
            if (tile->tile != NO_TILE || tile->room != room || units > packed->left_units)
                return false;
            units += units_of(room);
            next = *next_left(tile);
        }
    return units == packed->left_units;
}

bool packed_is_valid(const struct packed *packed)
{
    uint64_t tiles = 0, cells = 0, slots = 0;
    uint64_t unit = 1, end = steppe_array_count(packed->units);
    while (unit < end) {
        struct packed_tile *tile = tile_at(packed, (uint32_t)unit);
        if (tile->room >= PACKED_ROOMS)
            return false;
        unit += units_of(tile->room);
        if (tile->tile == NO_TILE)
            continue;
        if (!tile_is_valid(packed, tile))
            return false;
        tiles++;
        cells += packed_count(tile);
    }
    for (size_t i = 0; packed->slots && i < slot_count(packed); i++)
        slots += packed->slots[i].tile != 0;
    return (unit == end || end == 0) && tiles == packed->tile_count && slots == tiles &&
           cells == packed->cell_count && lists_are_valid(packed);
}
