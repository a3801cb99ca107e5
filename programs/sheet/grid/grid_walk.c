/* SPDX-License-Identifier: MIT */
/*
 * grid_walk.c - used cells one after the other, and the first and the last of them: see grid.h.
 *
 * A walk goes from tile to tile (next_...), and in a tile from run to run (next_open, next_packed);
 * grid_walk_next takes the run's cells without a call. By rows:
 *
 *    row of blocks --> band (tiles side by side) --> strip (64 rows of them) --> row --> tile
 *
 * and at each step it is known from bits what there is below: which bands have tiles, which tiles a
 * band has, which rows of a strip are used. By columns:
 *
 *    tile column --> column --> block --> tile
 */
#include <string.h>

#include "sheet/grid/grid_inside.h"

enum {
    STRIP_ROWS = TILE_ROWS < 64 ? TILE_ROWS : 64, /* rows that are bits of a word */
    STRIPS = TILE_ROWS / STRIP_ROWS,
    ACROSS_WORDS = TILES_ACROSS / 64,
    /* Cells from one to its neighbour in the row: in its tile, or in the tile beside it. */
    STEP_ACROSS = TILE_COLUMNS > 1 ? TILE_ROWS : BLOCK_TILES *GRID_TILE_CELLS
};

_Static_assert(TILE_ROWS % STRIP_ROWS == 0, "strips have no rows of two tiles");

static const struct cell no_cell;

/* ---- parts of a tile ------------------------------------------------------------------------ */

/* What an area has in a tile, in rows and columns of the tile. */
static struct area part_of(struct area area, uint64_t tile)
{
    uint32_t row = row_of(tile), column = column_of(tile);
    return (struct area){
        {area.first.row > row ? area.first.row - row : 0,
         area.first.column > column ? area.first.column - column : 0},
        {area.last.row - row < TILE_ROWS ? area.last.row - row : TILE_ROWS - 1,
         area.last.column - column < TILE_COLUMNS ? area.last.column - column : TILE_COLUMNS - 1}};
}

/* Bits from first to last. */
static uint64_t bits_between(uint32_t first, uint32_t last)
{
    return UINT64_MAX << first & UINT64_MAX >> (63 - last);
}

/* Keep what of a part is in a strip; false: nothing. */
static bool clip_to_strip(struct area *part, uint32_t strip)
{
    uint32_t first = strip * STRIP_ROWS, last = first + STRIP_ROWS - 1;
    if (part->first.row > last || part->last.row < first)
        return false;
    part->first.row = part->first.row > first ? part->first.row : first;
    part->last.row = part->last.row < last ? part->last.row : last;
    return true;
}

static uint64_t used_rows_packed(struct packed_tile *packed, const struct area *part)
{
    const struct cell *cells = packed_cells(packed);
    uint64_t rows = 0;
    uint32_t i = packed_search(packed, packed_first_in(part));
    for (; i < packed_count(packed) && packed->places[i] <= packed_last_in(part); i++)
        if (packed_is_in(part, packed->places[i]))
            rows |= (uint64_t)cell_is_used(&cells[i]) << packed->places[i] % STRIP_ROWS;
    return rows;
}

/* Rows of a strip of a tile's part with a used cell, as bits. */
static uint64_t used_rows(const struct grid *grid, uint64_t tile, struct area part, uint32_t strip)
{
    uint64_t rows = 0;
    if (!clip_to_strip(&part, strip))
        return 0;
    if (!bits_has(&grid->open, tile))
        return used_rows_packed(packed_find(&grid->packed, tile), &part);
    uint32_t first = part.first.row % STRIP_ROWS, last = part.last.row % STRIP_ROWS;
    uint64_t all = bits_between(first, last);
    for (uint32_t column = part.first.column; column <= part.last.column && rows != all; column++) {
        const struct cell *cells = cells_of(grid, tile) + column * TILE_ROWS + strip * STRIP_ROWS;
        for (uint32_t row = first; row <= last; row++)
            rows |= (uint64_t)cell_is_used(&cells[row]) << row;
    }
    return rows;
}

/* ---- tiles side by side --------------------------------------------------------------------- */

/* Sets of tile columns are kept like bits.h's, with one level of summary. A word that the summary
 * does not tell of is not to be read: so nothing needs clearing but the summary. One that it tells
 * of is not 0. */

static void add_word(uint64_t *tiles, uint64_t *words, uint32_t word, uint64_t bits)
{
    uint64_t bit = UINT64_C(1) << word % 64;
    tiles[word] = words[word / 64] & bit ? tiles[word] | bits : bits;
    words[word / 64] |= bit;
}

/* The next word that is told of; ACROSS_WORDS: none. */
static uint32_t next_word(const uint64_t *words, uint32_t word)
{
    for (uint32_t i = word / 64; i < GRID_ACROSS_SUMMARY; i++) {
        uint64_t told = words[i];
        if (i == word / 64)
            told &= UINT64_MAX << word % 64;
        if (told)
            return i * 64 + (unsigned)__builtin_ctzll(told);
    }
    return ACROSS_WORDS;
}

/* The next tile column; false: that was the last one. */
static bool next_across(struct grid_walk *walk, uint32_t *across)
{
    if (!walk->word_rest) {
        uint32_t word = next_word(walk->words, walk->word + 1);
        if (word == ACROSS_WORDS)
            return false;
        walk->word = word;
        walk->word_rest = walk->tiles[word];
    }
    *across = walk->word * 64 + (unsigned)__builtin_ctzll(walk->word_rest);
    walk->word_rest &= walk->word_rest - 1;
    return true;
}

/* Start before the first one. */
static void start_across(struct grid_walk *walk)
{
    walk->word = UINT32_MAX;
    walk->word_rest = 0;
}

static bool has_across(const struct grid_walk *walk, uint32_t across)
{
    uint32_t word = across / 64;
    return walk->words[word / 64] >> word % 64 & 1 && walk->tiles[word] >> across % 64 & 1;
}

/* 64 blocks of a row of blocks from number word * 64 on: those that are in the area and present. */
static uint64_t blocks_in(const struct grid_walk *walk, uint32_t down, uint32_t word)
{
    uint64_t blocks = bits_word_at(&walk->grid->present, 1, block_of(down, 0) / 64 + word);
    if (word == walk->first_across / 64)
        blocks &= UINT64_MAX << walk->first_across % 64;
    if (word == walk->last_across / 64)
        blocks &= UINT64_MAX >> (63 - walk->last_across % 64);
    return blocks;
}

/* The next of such words that is not 0; false: it has none. */
static bool next_blocks(const struct grid_walk *walk, uint32_t down, uint32_t *word,
                        uint64_t *blocks)
{
    uint64_t start = block_of(down, 0) / 64;
    uint64_t next = bits_next_at(&walk->grid->present, 2, start + *word);
    if (next > start + walk->last_across / 64)
        return false;
    *word = (uint32_t)(next - start);
    *blocks = blocks_in(walk, down, *word);
    return true;
}

/* Which tiles lie in a band. */
static void enter_band(struct grid_walk *walk, uint32_t band)
{
    const struct bits *present = &walk->grid->present;
    uint32_t down = band / BLOCK_TILES;
    uint64_t blocks;
    walk->band = band;
    walk->strip = 0;
    memset(walk->band_words, 0, sizeof walk->band_words);
    for (uint32_t word = walk->first_across / 64; next_blocks(walk, down, &word, &blocks); word++)
        for (; blocks; blocks &= blocks - 1) {
            uint32_t across = word * 64 + (unsigned)__builtin_ctzll(blocks);
            if (bits_word(present, block_of(down, across)) >> band % BLOCK_TILES & 1)
                add_word(walk->band_tiles, walk->band_words, word, blocks & -blocks);
        }
}

/* Which rows of a strip of the band are used, and which tiles may have cells of them. */
static void enter_strip(struct grid_walk *walk, uint32_t strip)
{
    uint64_t first = block_of(walk->band / BLOCK_TILES, 0) * BLOCK_TILES + walk->band % BLOCK_TILES;
    walk->rows = 0;
    memset(walk->words, 0, sizeof walk->words);
    for (uint32_t word = next_word(walk->band_words, 0); word < ACROSS_WORDS;
         word = next_word(walk->band_words, word + 1))
        for (uint64_t tiles = walk->band_tiles[word]; tiles; tiles &= tiles - 1) {
            uint64_t across = word * 64 + (unsigned)__builtin_ctzll(tiles);
            uint64_t tile = first + across * BLOCK_TILES, rows = walk->rows;
            if (rows != UINT64_MAX)
                rows = used_rows(walk->grid, tile, part_of(walk->area, tile), strip);
            if (!rows)
                continue;
            walk->rows |= rows;
            add_word(walk->tiles, walk->words, word, tiles & -tiles);
        }
}

/* ---- from tile to tile ---------------------------------------------------------------------- */

/* Which tiles of a row of blocks are in the area's rows, as bits of a word. */
static uint64_t bands_in(const struct grid_walk *walk, uint32_t down)
{
    uint64_t bands = UINT64_MAX;
    if (down == walk->area.first.row / BLOCK_ROWS)
        bands &= UINT64_MAX << walk->area.first.row / TILE_ROWS % BLOCK_TILES;
    if (down == walk->area.last.row / BLOCK_ROWS)
        bands &= UINT64_MAX >> (63 - walk->area.last.row / TILE_ROWS % BLOCK_TILES);
    return bands;
}

/* Which of them are present anywhere in the area. */
static uint64_t bands_of(const struct grid_walk *walk, uint32_t down)
{
    uint64_t bands = 0, blocks;
    for (uint32_t word = walk->first_across / 64; next_blocks(walk, down, &word, &blocks); word++)
        for (; blocks; blocks &= blocks - 1) {
            uint32_t across = word * 64 + (unsigned)__builtin_ctzll(blocks);
            bands |= bits_word(&walk->grid->present, block_of(down, across));
        }
    return bands & bands_in(walk, down);
}

static bool next_by_rows(struct grid_walk *walk)
{
    uint32_t across;
    while (!next_across(walk, &across)) {
        if (walk->rows) {
            walk->row = (walk->strip - 1) * STRIP_ROWS + (unsigned)__builtin_ctzll(walk->rows);
            walk->rows &= walk->rows - 1;
            start_across(walk);
        } else if (walk->strip < STRIPS) {
            enter_strip(walk, walk->strip++);
            walk->word = ACROSS_WORDS - 1; /* no row of it yet */
        } else if (walk->bands) {
            enter_band(walk,
                       (walk->down - 1) * BLOCK_TILES + (unsigned)__builtin_ctzll(walk->bands));
            walk->bands &= walk->bands - 1;
        } else {
            uint64_t block = bits_next_at(&walk->grid->present, 1, block_of(walk->down, 0));
            if (block > block_of(walk->area.last.row / BLOCK_ROWS, TILES_ACROSS - 1))
                return false;
            walk->down = (uint32_t)(block / TILES_ACROSS) + 1;
            walk->bands = bands_of(walk, walk->down - 1);
        }
    }
    walk->tile =
        block_of(walk->band / BLOCK_TILES, across) * BLOCK_TILES + walk->band % BLOCK_TILES;
    bool is_first = across == walk->first_across, is_last = across == walk->last_across;
    walk->part = (struct area){
        {walk->row, is_first ? walk->area.first.column % TILE_COLUMNS : 0},
        {walk->row, is_last ? walk->area.last.column % TILE_COLUMNS : TILE_COLUMNS - 1}};
    return true;
}

/* The next row of blocks that has any; false: there is none. */
static bool enter_blocks(struct grid_walk *walk)
{
    if (walk->down == TILES_DOWN / BLOCK_TILES - 1)
        return false;
    uint64_t block =
        bits_next_at(&walk->grid->present, 1, block_of(walk->down + 1, walk->first_across));
    if (block > block_of(walk->area.last.row / BLOCK_ROWS, walk->last_across))
        return false;
    walk->down = (uint32_t)(block / TILES_ACROSS);
    walk->word = walk->first_across / 64 - 1;
    return true;
}

/* The next block with tiles in the area. */
static bool next_block(struct grid_walk *walk)
{
    for (;;) {
        uint32_t word = walk->word + 1;
        for (; walk->word_rest; walk->word_rest &= walk->word_rest - 1) {
            uint32_t across = walk->word * 64 + (unsigned)__builtin_ctzll(walk->word_rest);
            walk->block = block_of(walk->down, across);
            walk->bands = bits_word(&walk->grid->present, walk->block) & bands_in(walk, walk->down);
            if (walk->bands) {
                walk->word_rest &= walk->word_rest - 1;
                return true;
            }
        }
        if (next_blocks(walk, walk->down, &word, &walk->word_rest))
            walk->word = word;
        else if (!enter_blocks(walk))
            return false;
    }
}

/* The next tile in the area, in order of numbers. */
bool grid_walk_next_tile(struct grid_walk *walk)
{
    if (!walk->bands && !next_block(walk))
        return false;
    walk->tile = walk->block * BLOCK_TILES + (unsigned)__builtin_ctzll(walk->bands);
    walk->bands &= walk->bands - 1;
    walk->part = part_of(walk->area, walk->tile);
    return true;
}

/* Which tile columns, and which rows of blocks, have tiles in the area's blocks. */
static void survey(struct grid_walk *walk)
{
    uint32_t last_down = walk->area.last.row / BLOCK_ROWS;
    uint64_t blocks;
    memset(walk->words, 0, sizeof walk->words);
    memset(walk->blocks, 0, sizeof walk->blocks);
    for (uint32_t down = walk->down; down <= last_down; down++)
        for (uint32_t word = walk->first_across / 64; next_blocks(walk, down, &word, &blocks);
             word++) {
            if (!blocks)
                continue; /* all of them are beside the area */
            add_word(walk->tiles, walk->words, word, blocks);
            walk->blocks[down / 64] |= UINT64_C(1) << down % 64;
        }
}

/* The next block of the column. */
static bool next_down(struct grid_walk *walk)
{
    for (uint32_t word = walk->down / 64; word < sizeof walk->blocks / 8; word++) {
        uint64_t blocks = walk->blocks[word];
        if (word == walk->down / 64)
            blocks &= UINT64_MAX << walk->down % 64;
        for (; blocks; blocks &= blocks - 1) {
            uint32_t down = word * 64 + (unsigned)__builtin_ctzll(blocks);
            walk->bands =
                bits_word(&walk->grid->present, block_of(down, walk->column / TILE_COLUMNS)) &
                bands_in(walk, down);
            walk->down = down + 1;
            if (walk->bands)
                return true;
        }
    }
    return false;
}

/* A column down through its tiles, then the next one: of the same tiles, or of the next ones. */
static bool next_by_columns(struct grid_walk *walk)
{
    while (!walk->bands && !next_down(walk)) {
        uint32_t across;
        if (walk->column >= walk->area.last.column)
            return false;
        if (++walk->column % TILE_COLUMNS == 0) {
            if (!next_across(walk, &across))
                return false;
            walk->column = across * TILE_COLUMNS;
        }
        walk->down = walk->area.first.row / BLOCK_ROWS;
    }
    walk->tile = block_of(walk->down - 1, walk->column / TILE_COLUMNS) * BLOCK_TILES +
                 (unsigned)__builtin_ctzll(walk->bands);
    walk->bands &= walk->bands - 1;
    walk->part = part_of(walk->area, walk->tile);
    walk->part.first.column = walk->part.last.column = walk->column % TILE_COLUMNS;
    return true;
}

static bool next_tile(struct grid_walk *walk)
{
    switch (walk->order) {
    case GRID_BY_ROWS:
        return next_by_rows(walk);
    case GRID_BY_COLUMNS:
        return next_by_columns(walk);
    case GRID_AS_THEY_LIE:
        break;
    }
    return grid_walk_next_tile(walk);
}

/* How many cells of a packed tile's part are one below the other from one on. */
static uint32_t run_of(const struct grid_walk *walk, uint32_t index)
{
    const uint8_t *places = walk->packed->places + index;
    uint32_t max = walk->part.last.row - places[0] % TILE_ROWS + 1, count = 1;
    if (max > packed_count(walk->packed) - index)
        max = packed_count(walk->packed) - index;
    while (count < max && places[count] == places[0] + count)
        count++;
    return count;
}

/* The next cells of a packed tile's part. */
static bool next_packed(struct grid_walk *walk)
{
    struct packed_tile *packed = walk->packed;
    if (walk->index == 0)
        walk->index = packed_search(packed, packed_first_in(&walk->part));
    for (; walk->index < packed_count(packed); walk->index++) {
        uint32_t place = packed->places[walk->index];
        if (place > packed_last_in(&walk->part))
            return false;
        if (!packed_is_in(&walk->part, place))
            continue;
        walk->next = packed_cells(packed) + walk->index;
        walk->left = run_of(walk, walk->index);
        walk->index += walk->left;
        walk->position =
            (struct position){row_of(walk->tile) + place % TILE_ROWS - walk->row_step,
                              column_of(walk->tile) + place / TILE_ROWS - walk->column_step};
        return true;
    }
    return false;
}

/* Open tiles to the right of an open one of a single column: their cells of a row lie at equal
 * distances (STEP_ACROSS), and are one run. */
static void add_tiles_across(struct grid_walk *walk)
{
    uint32_t across = across_of(walk->tile);
    uint64_t tile = walk->tile;
    for (; walk->word_rest; walk->word_rest &= walk->word_rest - 1) {
        across++;
        tile += BLOCK_TILES;
        if (walk->word * 64 + (unsigned)__builtin_ctzll(walk->word_rest) != across ||
            !bits_has(&walk->grid->open, tile))
            return;
        walk->left++;
    }
}

/* The next column of an open tile's part; along a row that is one row, and taken at once. */
static bool next_open(struct grid_walk *walk)
{
    const struct area *part = &walk->part;
    if (walk->index > part->last.column)
        return false;
    walk->next = cells_of(walk->grid, walk->tile) + walk->index * TILE_ROWS + part->first.row;
    walk->position = (struct position){row_of(walk->tile) + part->first.row - walk->row_step,
                                       column_of(walk->tile) + walk->index - walk->column_step};
    if (walk->column_step) {
        walk->left = part->last.column - part->first.column + 1;
        walk->index = UINT32_MAX;
        if (TILE_COLUMNS == 1)
            add_tiles_across(walk);
    } else {
        walk->left = part->last.row - part->first.row + 1;
        walk->index++;
    }
    return true;
}

bool grid_walk_go_on(struct grid_walk *walk)
{
    for (;;) {
        if (walk->packed ? next_packed(walk) : next_open(walk))
            return true;
        if (!next_tile(walk))
            return false;
        bool is_open = bits_has(&walk->grid->open, walk->tile);
        walk->packed = is_open ? NULL : packed_find(&walk->grid->packed, walk->tile);
        walk->index = is_open ? walk->part.first.column : 0;
    }
}

void grid_walk_begin(struct grid_walk *walk, const struct grid *grid, struct area area,
                     enum grid_order order)
{
    bool is_row = area.first.row == area.last.row && area.first.column != area.last.column;
    if (is_row || area.first.column == area.last.column)
        order = GRID_AS_THEY_LIE; /* which is the same, and asks less */
    bool is_across = is_row || order == GRID_BY_ROWS;
    walk->position = area.first;
    walk->next = &no_cell;
    walk->left = 0;
    walk->step = is_across ? STEP_ACROSS : 1;
    walk->row_step = is_across ? 0 : 1;
    walk->column_step = is_across ? 1 : 0;
    walk->grid = grid;
    walk->order = order;
    walk->area = area;
    walk->part = area_of_one((struct position){0, 0});
    walk->tile = walk->block = 0;
    walk->packed = NULL;
    walk->index = UINT32_MAX;
    walk->first_across = area.first.column / TILE_COLUMNS;
    walk->last_across = area.last.column / TILE_COLUMNS;
    walk->down = area.first.row / BLOCK_ROWS;
    walk->column = area.first.column;
    walk->bands = walk->rows = 0;
    walk->strip = STRIPS;
    memset(walk->words, 0, sizeof walk->words);
    walk->word = order == GRID_AS_THEY_LIE ? walk->first_across / 64 - 1 : ACROSS_WORDS - 1;
    walk->word_rest = 0;
    if (order != GRID_BY_COLUMNS)
        return;
    survey(walk);
    start_across(walk);
    uint32_t across; /* the one that the first column is in */
    if (has_across(walk, walk->first_across))
        (void)next_across(walk, &across);
}

/* ---- looking for cells ----------------------------------------------------------------------- */

uint64_t grid_count(const struct grid *grid, struct area area)
{
    struct grid_walk walk;
    uint64_t count = 0;
    grid_walk_begin(&walk, grid, area, GRID_AS_THEY_LIE);
    while (grid_walk_next(&walk))
        count++;
    return count;
}

static bool find_first(const struct grid *grid, struct area area, enum grid_order order,
                       struct position *found)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, grid, area, order);
    if (!grid_walk_next(&walk))
        return false;
    *found = walk.position;
    return true;
}

/* The last row of the area with a used cell in a tile. */
static bool last_row_of(const struct grid *grid, uint64_t tile, struct area area, uint32_t *row)
{
    for (uint32_t strip = STRIPS; strip-- > 0;) {
        uint64_t rows = used_rows(grid, tile, part_of(area, tile), strip);
        if (rows) {
            *row = row_of(tile) + strip * STRIP_ROWS + 63 - (unsigned)__builtin_clzll(rows);
            return true;
        }
    }
    return false;
}

/* The last used cell of an area one column wide. */
static bool find_last_in_column(const struct grid *grid, struct area area, struct position *found)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, grid, area, GRID_AS_THEY_LIE);
    for (uint32_t down = area.last.row / BLOCK_ROWS + 1; down-- > walk.down;) {
        uint64_t block = block_of(down, walk.first_across);
        uint64_t bands = bits_word(&grid->present, block) & bands_in(&walk, down), band;
        for (; bands; bands ^= UINT64_C(1) << band) {
            band = 63 - (unsigned)__builtin_clzll(bands);
            uint32_t row;
            if (last_row_of(grid, block * BLOCK_TILES + band, area, &row)) {
                *found = (struct position){row, area.first.column};
                return true;
            }
        }
    }
    return false;
}

/* The last used cell of an area one row high. */
static bool find_last_in_row(const struct grid *grid, struct area area, struct position *found)
{
    uint64_t first = tile_of(area.first) / BLOCK_TILES, block = tile_of(area.last) / BLOCK_TILES;
    for (block = bits_previous_at(&grid->present, 1, block); block != BITS_NONE && block >= first;
         block = bits_previous_at(&grid->present, 1, block - 1)) {
        uint64_t tile = block * BLOCK_TILES + area.first.row / TILE_ROWS % BLOCK_TILES;
        struct area part = part_of(area, tile);
        uint32_t column = part.last.column + 1;
        while (bits_has(&grid->present, tile) && column-- > part.first.column) {
            *found = (struct position){area.first.row, column_of(tile) + column};
            if (cell_is_used(grid_at(grid, *found)))
                return true;
        }
        if (block == 0)
            break;
    }
    return false;
}

bool grid_next_used(const struct grid *grid, struct position start, int row_step, int column_step,
                    struct position *found)
{
    struct area area = area_of_one(start);
    if (row_step > 0 && start.row < ROWS - 1) {
        area.first.row++;
        area.last.row = ROWS - 1;
        return find_first(grid, area, GRID_BY_COLUMNS, found);
    }
    if (column_step > 0 && start.column < COLUMNS - 1) {
        area.first.column++;
        area.last.column = COLUMNS - 1;
        return find_first(grid, area, GRID_BY_ROWS, found);
    }
    if (row_step < 0 && start.row > 0) {
        area.first.row = 0;
        area.last.row--;
        return find_last_in_column(grid, area, found);
    }
    if (column_step < 0 && start.column > 0) {
        area.first.column = 0;
        area.last.column--;
        return find_last_in_row(grid, area, found);
    }
    return false;
}

/* The last column with a used cell. Of its tiles each column is looked at by itself: often the
 * first cell will do. */
static uint32_t last_column(const struct grid *grid)
{
    struct grid_walk walk;
    struct area area = area_of_all();
    struct position found;
    grid_walk_begin(&walk, grid, area, GRID_BY_COLUMNS);
    for (uint32_t column = COLUMNS; column-- > 0;) {
        uint32_t across = column / TILE_COLUMNS;
        area.first.column = area.last.column = column;
        if (!has_across(&walk, across))
            column = across * TILE_COLUMNS;
        else if (find_first(grid, area, GRID_AS_THEY_LIE, &found))
            return column;
    }
    return 0;
}

static uint32_t last_row(const struct grid *grid)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, grid, area_of_all(), GRID_BY_ROWS);
    uint64_t tile = bits_previous(&grid->present, TILE_COUNT - 1);
    for (uint32_t down = tile == BITS_NONE ? 0 : down_of(tile) + 1; down-- > 0;) {
        for (uint64_t bands = bands_of(&walk, down), band; bands; bands ^= UINT64_C(1) << band) {
            band = 63 - (unsigned)__builtin_clzll(bands);
            enter_band(&walk, down * BLOCK_TILES + (uint32_t)band);
            for (uint32_t strip = STRIPS; strip-- > 0;) {
                enter_strip(&walk, strip);
                if (walk.rows)
                    return walk.band * TILE_ROWS + strip * STRIP_ROWS + 63 -
                           (unsigned)__builtin_clzll(walk.rows);
            }
        }
    }
    return 0;
}

bool grid_extent(const struct grid *grid, struct area *extent)
{
    struct position top, left;
    if (!find_first(grid, area_of_all(), GRID_BY_COLUMNS, &left) ||
        !find_first(grid, area_of_all(), GRID_BY_ROWS, &top))
        return false;
    *extent = (struct area){{top.row, left.column}, {last_row(grid), last_column(grid)}};
    return true;
}
