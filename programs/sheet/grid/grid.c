/* SPDX-License-Identifier: MIT */
/*
 * grid.c - all cells of a sheet as one array: see grid.h.
 *
 * Invariants: a tile is present if it is open, and else if and only if it is packed. Its page is
 * committed if and only if it is open, however that came about: touches of the array go through the
 * reservation's filter, which puts the tile into the sets. So the reservation is strict: a page
 * that the library committed ahead would be one that no walk knows of. What is committed ahead is
 * so here, and known.
 *
 * A tile is opened by a fault (some 5 us), or on the occasion of another's (1 us); to put a cell
 * into a packed tile takes 0.1 us. So tiles are packed at first, unless the cell above says that
 * this one will be filled.
 */
#include "sheet/grid/grid.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/fault.h>
#include <steppe/region.h>

#include "sheet/grid/grid_inside.h"

enum {
    BATCH_RANGES = 64,               /* given back with one call */
    PACKED_FEW = GRID_TILE_CELLS / 4 /* cells: with more a tile is opened */
};

_Static_assert((PACKED_FEW & (PACKED_FEW - 1)) == 0, "a tile with so many fills its room");

static const struct cell no_cell;

/* ---- where cells are ------------------------------------------------------------------------ */

uint64_t grid_index(struct position position)
{
    return tile_of(position) * GRID_TILE_CELLS + place_of(position);
}

struct position grid_position(uint64_t index)
{
    uint64_t tile = index / GRID_TILE_CELLS, place = index % GRID_TILE_CELLS;
    return (struct position){row_of(tile) + (uint32_t)place % TILE_ROWS,
                             column_of(tile) + (uint32_t)place / TILE_ROWS};
}

struct cell *grid_cells(const struct grid *grid)
{
    return grid->cells;
}

/* ---- states of a tile ----------------------------------------------------------------------- */

/* How many tiles one touch opens: behind a run of open ones half as many more, down to the end of
 * the block. So a sheet filled downwards takes ten faults for the first 64 tiles and two for each
 * further 64, and at most a third of the tiles are opened in vain. */
static uint32_t ahead(const struct grid *grid, uint64_t tile)
{
    uint64_t block = tile / BLOCK_TILES, place = tile % BLOCK_TILES, run = 0;
    uint64_t above = place ? ~bits_word(&grid->open, block) << (BLOCK_TILES - place) : 0;
    run = place ? (above ? (unsigned)__builtin_clzll(above) : place) : 0;
    if (run == place && block >= TILES_ACROSS &&
        bits_word(&grid->open, block - TILES_ACROSS) == UINT64_MAX)
        run += BLOCK_TILES;
    uint64_t below = bits_word(&grid->present, block) >> place >> 1;
    uint64_t free = below ? (unsigned)__builtin_ctzll(below) : BLOCK_TILES - 1 - place;
    return (uint32_t)(run / 2 < free ? run / 2 : free) + 1;
}

static bool commit_tiles(struct grid *grid, uint64_t tile, uint32_t count)
{
    return steppe_commit(cells_of(grid, tile), (size_t)count * GRID_TILE_BYTES) == STEPPE_OK;
}

static void add_open(struct grid *grid, uint64_t tile)
{
    bits_add(&grid->present, tile);
    bits_add(&grid->open, tile);
    grid->open_tiles++;
}

/* From absent to open. */
static bool open_absent(struct grid *grid, uint64_t tile)
{
    uint32_t count = ahead(grid, tile);
    if (!bits_prepare(&grid->present, tile) || !bits_prepare(&grid->open, tile))
        return false;
    if (!commit_tiles(grid, tile, count)) {
        if (count == 1 || !commit_tiles(grid, tile, 1))
            return false;
        count = 1;
    }
    for (uint32_t i = 0; i < count; i++)
        add_open(grid, tile + i);
    return true;
}

/* From packed to open. */
static bool open_packed(struct grid *grid, uint64_t tile)
{
    if (!bits_prepare(&grid->open, tile) || !commit_tiles(grid, tile, 1))
        return false;
    struct packed_tile *packed = packed_find(&grid->packed, tile);
    struct cell *cells = cells_of(grid, tile), *from = packed_cells(packed);
    for (uint32_t i = 0; i < packed_count(packed); i++)
        cells[packed->places[i]] = from[i];
    packed_remove(&grid->packed, tile);
    add_open(grid, tile);
    return true;
}

static bool open_tile(struct grid *grid, uint64_t tile)
{
    return bits_has(&grid->present, tile) ? open_packed(grid, tile) : open_absent(grid, tile);
}

/* The reservation's filter: a page was touched that is not committed. */
static steppe_answer on_touch(const steppe_fault *fault, void *context)
{
    struct grid *grid = context;
    if (fault->reason != STEPPE_E_NOT_COMMITTED ||
        !open_tile(grid, fault->offset_bytes / GRID_TILE_BYTES))
        return STEPPE_UNWIND;
    grid->fault_count++;
    return STEPPE_RESUME;
}

/* Touch a cell's page, as for writing: one that was only read would fault a second time, in the
 * kernel. What it holds stays. */
static __attribute__((noinline)) bool touch(struct cell *cell)
{
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        (void)__atomic_fetch_or(&cell->flags, 0, __ATOMIC_RELAXED);
        return true;
    }
    STEPPE_CAUGHT
    {
        return false;
    }
}

/* ---- giving back ---------------------------------------------------------------------------- */

/* Tiles whose pages are to go, until there are enough of them for a call. */
struct batch {
    struct grid *grid;
    steppe_range ranges[BATCH_RANGES];
    size_t count;
    uint64_t gone;  /* tiles */
    bool is_packed; /* they have been packed; else nothing is in them any more */
};

/* The page of an open tile is gone. */
static void on_gone(struct batch *batch, uint64_t tile)
{
    bits_remove(&batch->grid->open, tile);
    if (!batch->is_packed)
        bits_remove(&batch->grid->present, tile);
    batch->grid->open_tiles--;
    batch->gone++;
}

/* The system did not take it: it stays open. */
static void on_kept(struct batch *batch, uint64_t tile)
{
    if (batch->is_packed)
        packed_remove(&batch->grid->packed, tile);
    else
        memset(cells_of(batch->grid, tile), 0, GRID_TILE_BYTES);
}

static void on_range(struct batch *batch, const steppe_range *range,
                     void (*on_tile)(struct batch *batch, uint64_t tile))
{
    size_t start = (size_t)((char *)range->address - (char *)batch->grid->cells);
    for (size_t done = 0; done < range->size_bytes; done += GRID_TILE_BYTES)
        on_tile(batch, (start + done) / GRID_TILE_BYTES);
}

static void flush(struct batch *batch)
{
    steppe_status status = STEPPE_OK;
    for (size_t next = 0, done; next < batch->count; next += done) {
        if (status != STEPPE_OK) {
            on_range(batch, &batch->ranges[next], on_kept);
            next++;
        }
        status = steppe_decommit_all(batch->ranges + next, batch->count - next, &done);
        for (size_t i = 0; i < done; i++)
            on_range(batch, &batch->ranges[next + i], on_gone);
    }
    batch->count = 0;
}

static void give_back(struct batch *batch, uint64_t tile)
{
    struct cell *cells = cells_of(batch->grid, tile);
    steppe_range *last = batch->count ? &batch->ranges[batch->count - 1] : NULL;
    if (last && (char *)last->address + last->size_bytes == (char *)cells) {
        last->size_bytes += GRID_TILE_BYTES;
        return;
    }
    if (batch->count == BATCH_RANGES)
        flush(batch);
    batch->ranges[batch->count++] = (steppe_range){cells, GRID_TILE_BYTES};
}

/* How many cells of an open tile are used; no more are counted than asked for. */
static uint32_t used_count(const struct grid *grid, uint64_t tile, uint32_t enough)
{
    const struct cell *cells = cells_of(grid, tile);
    uint32_t count = 0;
    for (uint32_t i = 0; i < GRID_TILE_CELLS && count < enough; i++)
        count += cell_is_used(&cells[i]);
    return count;
}

/* Parts of a packed tile; NULL: all of it, then only what is not used goes. */
static void clear_packed(struct grid *grid, uint64_t tile, const struct area *part)
{
    if (!packed_clear(&grid->packed, packed_find(&grid->packed, tile), part))
        bits_remove(&grid->present, tile);
}

static uint64_t collect(struct grid *grid)
{
    struct batch batch = {.grid = grid};
    for (uint64_t tile = bits_next(&grid->present, 0); tile != BITS_NONE;
         tile = bits_next(&grid->present, tile + 1)) {
        if (!bits_has(&grid->open, tile))
            clear_packed(grid, tile, NULL);
        else if (used_count(grid, tile, 1) == 0)
            give_back(&batch, tile);
    }
    flush(&batch);
    packed_collect(&grid->packed);
    (void)(bits_collect(&grid->present) + bits_collect(&grid->open));
    return batch.gone;
}

uint64_t grid_collect(struct grid *grid)
{
    grid->open_max = UINT64_MAX; /* there may be mappings again */
    return collect(grid);
}

static bool pack_tile(struct batch *batch, uint64_t tile)
{
    struct grid *grid = batch->grid;
    if (!packed_add(&grid->packed, tile, cells_of(grid, tile)))
        return false;
    give_back(batch, tile);
    return true;
}

void grid_pack(struct grid *grid, uint64_t open_bytes_max)
{
    struct batch batch = {.grid = grid, .is_packed = true};
    uint64_t may_stay = open_bytes_max / GRID_TILE_BYTES;
    for (uint64_t tile = bits_next(&grid->open, 0); tile != BITS_NONE;
         tile = bits_next(&grid->open, tile + 1)) {
        uint32_t count = used_count(grid, tile, PACKED_FEW + 1);
        if (count == 0 || count > PACKED_FEW)
            continue;
        if (may_stay > 0)
            may_stay--;
        else if (!pack_tile(&batch, tile))
            break;
    }
    flush(&batch);
}

static bool is_apart(const struct grid *grid, uint64_t tile)
{
    return (tile == 0 || !bits_has(&grid->open, tile - 1)) &&
           (tile == TILE_COUNT - 1 || !bits_has(&grid->open, tile + 1));
}

/* Under mprotect each page without neighbours costs two mappings of the kernel's, and all of them
 * are taken. Have an eighth of the tiles fewer from now on: the bits and the packed cells need some
 * as well. */
static void spare_mappings(struct grid *grid)
{
    struct batch batch = {.grid = grid, .is_packed = true};
    uint64_t too_many = grid->open_tiles / 8 + 1;
    grid->open_max = grid->open_tiles - (grid->open_tiles / 8);
    for (uint64_t tile = bits_next(&grid->open, 0); tile != BITS_NONE && too_many > 0;
         tile = bits_next(&grid->open, tile + 1)) {
        if (!is_apart(grid, tile) || used_count(grid, tile, 1) == 0)
            continue;
        if (!pack_tile(&batch, tile))
            break;
        too_many--;
    }
    flush(&batch);
}

/* Memory was refused: give back what is to be had. */
static bool make_room(struct grid *grid)
{
    bool is_short_of_mappings = steppe_last_status() == STEPPE_E_MAP_COUNT;
    uint64_t before = grid->open_tiles;
    (void)collect(grid);
    grid_pack(grid, 0);
    if (is_short_of_mappings)
        spare_mappings(grid);
    return grid->open_tiles < before;
}

/* ---- one cell ------------------------------------------------------------------------------- */

const struct cell *grid_at(const struct grid *grid, struct position position)
{
    uint64_t tile = tile_of(position);
    if (bits_has(&grid->open, tile))
        return cells_of(grid, tile) + place_of(position);
    struct packed_tile *packed = packed_find(&grid->packed, tile);
    const struct cell *cell = packed ? packed_at(packed, place_of(position)) : NULL;
    return cell ? cell : &no_cell;
}

/* Cells come one below the other: the tile will be filled, as the one above is. */
static bool will_be_filled(const struct grid *grid, struct position position)
{
    uint32_t row = position.row - position.row % TILE_ROWS;
    struct position above = {row - 1, position.column};
    return row > 0 && bits_has(&grid->open, tile_of(above)) && cell_is_used(grid_at(grid, above));
}

/* Time to open a packed tile; where that was refused it is time again when there are twice as many
 * cells. */
static bool is_crowded(const struct packed_tile *packed)
{
    uint32_t count = packed_count(packed);
    return count >= PACKED_FEW && (count & (count - 1)) == 0;
}

static struct cell *use_open(struct grid *grid, uint64_t tile, uint32_t place)
{
    struct cell *cell = cells_of(grid, tile) + place;
    /* A touch that is refused says why to nobody: ask again, aloud. */
    return touch(cell) || open_tile(grid, tile) ? cell : NULL;
}

static struct cell *use_packed(struct grid *grid, uint64_t tile, uint32_t place)
{
    struct cell *cell =
        bits_prepare(&grid->present, tile) ? packed_use(&grid->packed, tile, place) : NULL;
    if (cell)
        bits_add(&grid->present, tile);
    return cell;
}

static struct cell *use_new(struct grid *grid, struct position position)
{
    uint64_t tile = tile_of(position);
    uint32_t place = place_of(position);
    struct packed_tile *packed = packed_find(&grid->packed, tile);
    struct cell *cell;
    bool is_open = packed ? is_crowded(packed) : will_be_filled(grid, position);
    if (grid->open_tiles >= grid->open_max)
        is_open = false;
    packed_tidy(&grid->packed);
    cell = is_open ? use_open(grid, tile, place) : NULL;
    if (is_open && !cell && steppe_last_status() == STEPPE_E_MAP_COUNT)
        spare_mappings(grid);
    /* Where pages are refused, cells are packed as long as that is possible. */
    return cell ? cell : use_packed(grid, tile, place);
}

struct cell *grid_use(struct grid *grid, struct position position)
{
    uint64_t tile = tile_of(position);
    if (bits_has(&grid->open, tile))
        return cells_of(grid, tile) + place_of(position);
    struct packed_tile *packed = packed_find(&grid->packed, tile);
    struct cell *cell = packed ? packed_at(packed, place_of(position)) : NULL;
    if (!cell)
        cell = use_new(grid, position);
    if (!cell && make_room(grid))
        cell = use_new(grid, position);
    return cell;
}

/* ---- clearing ------------------------------------------------------------------------------- */

static bool is_whole(struct area part)
{
    return part.first.row == 0 && part.first.column == 0 && part.last.row == TILE_ROWS - 1 &&
           part.last.column == TILE_COLUMNS - 1;
}

static void clear_part(struct grid *grid, uint64_t tile, struct area part)
{
    size_t rows = part.last.row - part.first.row + 1;
    for (uint32_t column = part.first.column; column <= part.last.column; column++)
        memset(cells_of(grid, tile) + column * TILE_ROWS + part.first.row, 0,
               rows * sizeof(struct cell));
}

void grid_clear(struct grid *grid, struct area area)
{
    struct batch batch = {.grid = grid};
    struct grid_walk walk;
    grid_walk_begin(&walk, grid, area, GRID_AS_THEY_LIE);
    while (grid_walk_next_tile(&walk)) {
        if (!bits_has(&grid->open, walk.tile))
            clear_packed(grid, walk.tile, &walk.part);
        else if (is_whole(walk.part))
            give_back(&batch, walk.tile);
        else
            clear_part(grid, walk.tile, walk.part);
    }
    flush(&batch);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool make_sets(struct grid *grid, const steppe_options *options)
{
    return bits_make(&grid->present, TILE_COUNT, options) &&
           bits_make(&grid->open, TILE_COUNT, options);
}

struct grid *grid_new(const char *name, steppe_budget *budget)
{
    struct grid *grid = calloc(1, sizeof *grid);
    if (!grid)
        return NULL;
    grid->open_max = UINT64_MAX;
    packed_make(&grid->packed, name, budget);
    steppe_options options = {.name = name, .budget = budget, .strict = true};
    bool is_made = make_sets(grid, &options);
    options.on_fault = STEPPE_ASK;
    options.filter = on_touch;
    options.filter_context = grid;
    options.page_bytes = GRID_TILE_BYTES;
    if (is_made)
        grid->cells = steppe_reserve(TILE_COUNT * GRID_TILE_BYTES, &options);
    if (grid->cells)
        return grid;
    grid_free(grid);
    return NULL;
}

void grid_free(struct grid *grid)
{
    if (!grid)
        return;
    if (grid->cells)
        (void)steppe_release(grid->cells); /* there is nobody to tell */
    bits_end(&grid->present);
    bits_end(&grid->open);
    packed_end(&grid->packed);
    free(grid);
}

struct grid_statistics grid_statistics_of(const struct grid *grid)
{
    return (struct grid_statistics){
        .open_tiles = grid->open_tiles,
        .packed_tiles = grid->packed.tile_count,
        .packed_cells = grid->packed.cell_count,
        .reserved_bytes = TILE_COUNT * GRID_TILE_BYTES,
        .cell_bytes = grid->open_tiles * GRID_TILE_BYTES,
        .bookkeeping_bytes = bits_committed_bytes(&grid->present) +
                             bits_committed_bytes(&grid->open) +
                             packed_committed_bytes(&grid->packed),
        .fault_count = grid->fault_count,
    };
}

/* Committed pages are those of open tiles. */
static bool pages_are_valid(const struct grid *grid)
{
    uint64_t bytes = 0;
    for (steppe_run run = steppe_first_run(grid->cells); run.size_bytes;
         run = steppe_next_run(run)) {
        if (run.state != STEPPE_COMMITTED)
            continue;
        uint64_t first = (uint64_t)((char *)run.base - (char *)grid->cells) / GRID_TILE_BYTES;
        for (uint64_t i = 0; i < run.size_bytes / GRID_TILE_BYTES; i++)
            if (!bits_has(&grid->open, first + i))
                return false;
        bytes += run.size_bytes;
    }
    return bytes == grid->open_tiles * GRID_TILE_BYTES &&
           steppe_reservation_of(grid->cells).committed_bytes == bytes;
}

static bool sets_are_valid(const struct grid *grid)
{
    uint64_t open = 0, packed = 0;
    for (uint64_t tile = bits_next(&grid->open, 0); tile != BITS_NONE;
         tile = bits_next(&grid->open, tile + 1), open++)
        if (!bits_has(&grid->present, tile) || packed_find(&grid->packed, tile))
            return false;
    for (uint64_t tile = bits_next(&grid->present, 0); tile != BITS_NONE;
         tile = bits_next(&grid->present, tile + 1)) {
        bool is_open = bits_has(&grid->open, tile);
        packed += !is_open;
        if (!is_open && !packed_find(&grid->packed, tile))
            return false;
    }
    return open == grid->open_tiles && packed == grid->packed.tile_count;
}

bool grid_is_valid(const struct grid *grid)
{
    return bits_is_valid(&grid->present) && bits_is_valid(&grid->open) &&
           packed_is_valid(&grid->packed) && sets_are_valid(grid) && pages_are_valid(grid);
}
