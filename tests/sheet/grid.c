/* SPDX-License-Identifier: MIT */
/* grid.c - the grid of a sheet, against a plain table of what was put in. */
#include "sheet/grid/grid.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <steppe/fault.h>

#include "random.h"
#include "sheet/grid/bits.h"
#include "support.h"

/* ---- the model ------------------------------------------------------------------------------ */

enum { KEYS_MAX = 1 << 14, KEYS_FEW = KEYS_MAX / 4 };

/* Every position that was ever used, and what is there: 0: nothing. */
static struct model_cell {
    struct position position;
    uint32_t number;
    bool is_known;
} model[KEYS_MAX];
static size_t known_count;

static struct grid *grid;
static steppe_budget *budget;

static uint64_t key_of(struct position position)
{
    return (uint64_t)position.row * COLUMNS + position.column;
}

static struct model_cell *model_at(struct position position)
{
    uint64_t state = key_of(position);
    size_t i = random_next(&state) % KEYS_MAX;
    while (model[i].is_known && !position_is(model[i].position, position))
        i = (i + 1) % KEYS_MAX;
    return &model[i];
}

static uint32_t model_get(struct position position)
{
    return model_at(position)->number;
}

static void model_put(struct position position, uint32_t number)
{
    struct model_cell *cell = model_at(position);
    known_count += !cell->is_known;
    *cell = (struct model_cell){position, number, true};
}

static size_t model_count(struct area area)
{
    size_t count = 0;
    for (size_t i = 0; i < KEYS_MAX; i++)
        count += model[i].number && area_has(area, model[i].position);
    return count;
}

static bool model_extent(struct area *extent)
{
    *extent = (struct area){{ROWS, COLUMNS}, {0, 0}};
    for (size_t i = 0; i < KEYS_MAX; i++) {
        struct position at = model[i].position;
        if (!model[i].number)
            continue;
        extent->first.row = at.row < extent->first.row ? at.row : extent->first.row;
        extent->last.row = at.row > extent->last.row ? at.row : extent->last.row;
        extent->first.column = at.column < extent->first.column ? at.column : extent->first.column;
        extent->last.column = at.column > extent->last.column ? at.column : extent->last.column;
    }
    return extent->first.row < ROWS;
}

/* ---- chance --------------------------------------------------------------------------------- */

static struct position some_position(void)
{
    static const uint32_t rows[] = {0,  1,   15,  16,  31,   32,   63,    64,
                                    65, 255, 256, 257, 4095, 4096, 16384, ROWS - 1};
    static const uint32_t columns[] = {0, 1, 3, 4, 5, 15, 16, 63, 64, 255, 256, COLUMNS - 1};
    struct position at;
    switch (below(8)) {
    case 0: /* edges */
        return (struct position){pick(rows), pick(columns)};
    case 1: /* anywhere */
        return (struct position){(uint32_t)below(ROWS), (uint32_t)below(COLUMNS)};
    case 2: /* one of few columns, one of few rows */
        return (struct position){(uint32_t)below(ROWS), (uint32_t)below(3) * 5000};
    case 3:
        return (struct position){(uint32_t)below(3) * 300000, (uint32_t)below(COLUMNS)};
    case 4: /* what is there */
    case 5:
        for (int i = 0; i < 10; i++) {
            const struct model_cell *cell = &model[below(KEYS_MAX)];
            if (cell->is_known)
                return cell->position;
        }
        /* fall through */
    case 6: /* one of few places, with neighbours */
        at = (struct position){(uint32_t)below(8) * 130000, (uint32_t)below(8) * 2000};
        return (struct position){at.row + (uint32_t)below(20), at.column + (uint32_t)below(7)};
    default: /* a table */
        return (struct position){(uint32_t)below(300), (uint32_t)below(12)};
    }
}

static struct area some_area(void)
{
    struct position a = some_position(), b = some_position();
    switch (below(6)) {
    case 0:
        return area_of((struct position){0, a.column},
                       (struct position){ROWS - 1, (a.column + (uint32_t)below(3)) % COLUMNS});
    case 1:
        return area_of((struct position){a.row, 0},
                       (struct position){(a.row + (uint32_t)below(3)) % ROWS, COLUMNS - 1});
    case 2:
        return area_of_one(a);
    case 3:
        b = (struct position){(a.row + (uint32_t)below(200)) % ROWS,
                              (a.column + (uint32_t)below(10)) % COLUMNS};
        return area_of(a, b);
    case 4:
        return one_in(3) ? area_of_all() : area_of_one(b);
    default:
        return area_of(a, b);
    }
}

/* ---- operations ----------------------------------------------------------------------------- */

static void require_cell(const struct cell *cell, uint32_t number)
{
    if (number)
        agree(cell->kind == VALUE_NUMBER && cell->number == number, "%g", cell->number);
    else
        agree(!cell_is_used(cell), "%g", cell->number);
}

static struct cell some_cell(uint32_t number)
{
    return (struct cell){.number = number, .kind = VALUE_NUMBER, .formula = number};
}

static void do_use(void)
{
    struct position at = some_position();
    uint32_t number = 1 + (uint32_t)below(1000000);
    remember("use %s", position_name(at, 0).text);
    struct cell *cell = grid_use(grid, at);
    if (!cell) {
        agree(!model_get(at));
        agree_equal(steppe_last_status(), STEPPE_E_BUDGET);
        require_cell(grid_at(grid, at), 0);
        return;
    }
    require_cell(cell, model_get(at));
    agree(grid_at(grid, at) == cell);
    *cell = some_cell(number);
    model_put(at, number);
}

static void do_end(void)
{
    struct position at = some_position();
    remember("end %s", position_name(at, 0).text);
    if (!model_get(at))
        return;
    const struct cell *before = grid_at(grid, at);
    struct cell *cell = grid_use(grid, at);
    agree(cell == before); /* one that is used is not moved, nor refused */
    *cell = (struct cell){0};
    model_put(at, 0);
}

static void do_touch(void)
{
    struct position at = some_position();
    uint64_t index = grid_index(at);
    bool is_write = one_in(2);
    uint32_t number = 1 + (uint32_t)below(1000000);
    steppe_fault fault;
    remember("touch %s", position_name(at, 0).text);
    agree(position_is(grid_position(index), at));
    STEPPE_TRY(&fault)
    {
        require_cell(&grid_cells(grid)[index], model_get(at));
        if (is_write) {
            grid_cells(grid)[index] = some_cell(number);
            model_put(at, number);
        }
        agree(grid_at(grid, at) == &grid_cells(grid)[index]);
    }
    STEPPE_CAUGHT
    {
        require_cell(grid_at(grid, at), model_get(at));
        agree(steppe_budget_limit_bytes(budget) != STEPPE_NO_LIMIT);
    }
}

static void do_clear(void)
{
    struct area area = some_area();
    if (!one_in(4))
        area = area_of(area.first, area.first);
    remember("clear %s", area_name(area).text);
    grid_clear(grid, area);
    for (size_t i = 0; i < KEYS_MAX; i++)
        if (area_has(area, model[i].position))
            model[i].number = 0;
}

static void do_collect(void)
{
    remember("collect");
    uint64_t before = grid_statistics_of(grid).cell_bytes;
    uint64_t count = grid_collect(grid);
    agree_equal(before - grid_statistics_of(grid).cell_bytes, count * GRID_TILE_BYTES);
    agree_equal(grid_collect(grid), 0);
}

static void do_pack(void)
{
    remember("pack");
    grid_pack(grid, below(4) * 16 * GRID_TILE_BYTES);
}

static void do_limit(void)
{
    remember("limit");
    uint64_t limit = steppe_budget_charged_bytes(budget) + below(20) * 4096;
    agree(steppe_budget_set_limit(budget, one_in(2) ? STEPPE_NO_LIMIT : limit) == STEPPE_OK);
}

static bool is_before(struct position a, struct position b, enum grid_order order)
{
    if (order == GRID_BY_ROWS)
        return a.row < b.row || (a.row == b.row && a.column < b.column);
    if (order == GRID_BY_COLUMNS)
        return a.column < b.column || (a.column == b.column && a.row < b.row);
    return grid_index(a) < grid_index(b);
}

static void walk(struct area area, enum grid_order order)
{
    struct grid_walk walk;
    struct position last = {0, 0};
    size_t count = 0;
    grid_walk_begin(&walk, grid, area, order);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)); count++) {
        agree(area_has(area, walk.position));
        agree(count == 0 || is_before(last, walk.position, order));
        agree(model_get(walk.position));
        require_cell(cell, model_get(walk.position));
        last = walk.position;
    }
    agree(!grid_walk_next(&walk));
    agree_equal(count, model_count(area));
}

/* The same cells, in the same order. */
static void walk_runs(struct area area, enum grid_order order)
{
    struct grid_walk walk;
    struct grid_run run;
    struct position last = {0, 0};
    size_t count = 0;
    grid_walk_begin(&walk, grid, area, order);
    while (grid_walk_next_run(&walk, &run)) {
        agree(run.count > 0);
        for (uint32_t i = 0; i < run.count; i++) {
            const struct cell *cell = &run.cells[(size_t)i * run.step];
            struct position at = {run.first.row + i * run.row_step,
                                  run.first.column + i * run.column_step};
            agree(area_has(area, at));
            require_cell(cell, model_get(at));
            if (!cell_is_used(cell))
                continue;
            agree(count == 0 || is_before(last, at, order));
            last = at;
            count++;
        }
    }
    agree_equal(count, model_count(area));
}

static void do_walk(void)
{
    struct area area = some_area();
    enum grid_order order = (enum grid_order)below(3);
    remember("walk %s in order %d", area_name(area).text, (int)order);
    walk(area, order);
    walk_runs(area, order);
    agree_equal(grid_count(grid, area), model_count(area));
}

static void do_next(void)
{
    static const int steps[][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    const int *step = pick(steps);
    struct position at = some_position(), found, best = at;
    remember("next of %s by %d %d", position_name(at, 0).text, step[0], step[1]);
    bool is_there = false;
    for (size_t i = 0; i < KEYS_MAX; i++) {
        struct position p = model[i].position;
        int64_t down = (int64_t)p.row - at.row, right = (int64_t)p.column - at.column;
        int64_t distance = down * step[0] + right * step[1];
        int64_t best_distance =
            ((int64_t)best.row - at.row) * step[0] + ((int64_t)best.column - at.column) * step[1];
        if (!model[i].number || distance <= 0 || (step[0] ? right : down) != 0)
            continue;
        if (!is_there || distance < best_distance)
            best = p;
        is_there = true;
    }
    agree_equal(grid_next_used(grid, at, step[0], step[1], &found), is_there);
    if (is_there)
        agree(position_is(found, best), "%s", position_name(found, 0).text);
}

static void do_extent(void)
{
    struct area expected, extent;
    bool is_there = model_extent(&expected);
    remember("extent");
    agree_equal(grid_extent(grid, &extent), is_there);
    if (is_there)
        agree(position_is(extent.first, expected.first) && position_is(extent.last, expected.last),
              "%s, not %s", area_name(extent).text, area_name(expected).text);
}

/* ---- the test ------------------------------------------------------------------------------- */

/* Unless the environment names a mechanism, each grid has the next one. */
static void new_grid(void)
{
    static const char *const names[] = {"guard", "mprotect", "uffd"};
    static unsigned next;
    static bool is_ours;
    if (is_ours || !getenv("STEPPE_MECHANISM")) {
        is_ours = true;
        next = (next + 1) % array_count(names);
        while (!steppe_mechanism_is_available((steppe_mechanism)(next + 1)))
            next = (next + 1) % array_count(names);
        agree(setenv("STEPPE_MECHANISM", names[next], 1) == 0);
    }
    grid = grid_new("test", budget);
    agree(grid);
}

static void end_grid(void)
{
    grid_clear(grid, area_of_all());
    agree_equal(grid_count(grid, area_of_all()), 0);
    (void)grid_collect(grid);
    agree_equal(grid_statistics_of(grid).cell_bytes, 0);
    agree_equal(grid_statistics_of(grid).packed_tiles, 0);
    agree(grid_is_valid(grid));
    grid_free(grid);
    agree_equal(steppe_budget_charged_bytes(budget), 0);
    memset(model, 0, sizeof model);
    known_count = 0;
}

static void forget_all(void)
{
    remember("forget all");
    end_grid();
    agree(steppe_budget_set_limit(budget, STEPPE_NO_LIMIT) == STEPPE_OK);
    new_grid();
}

static void start(void)
{
    memset(model, 0, sizeof model);
    known_count = 0;
    budget = steppe_budget_new(STEPPE_NO_LIMIT);
    agree(budget);
    new_grid();
}

static void operate(void)
{
    static void (*const operations[])(void) = {
        do_use,   do_use,   do_use,  do_use,  do_use,  do_use,    do_use,   do_use,
        do_use,   do_use,   do_use,  do_use,  do_end,  do_end,    do_end,   do_touch,
        do_touch, do_clear, do_walk, do_next, do_next, do_extent, do_limit,
    };
    static void (*const rare[])(void) = {do_collect, do_pack, do_pack};
    if (known_count > KEYS_FEW)
        forget_all();
    else if (one_in(50))
        pick(rare)();
    else
        pick(operations)();
}

static void compare(void)
{
    agree(grid_is_valid(grid));
    struct grid_statistics statistics = grid_statistics_of(grid);
    agree_equal(steppe_budget_charged_bytes(budget),
                statistics.cell_bytes + statistics.bookkeeping_bytes);
    for (size_t i = 0; i < KEYS_MAX; i++)
        if (model[i].is_known)
            require_cell(grid_at(grid, model[i].position), model[i].number);
    walk(area_of_all(), GRID_AS_THEY_LIE);
    walk(area_of_all(), GRID_BY_ROWS);
    walk(area_of_all(), GRID_BY_COLUMNS);
}

static void finish(void)
{
    compare();
    end_grid();
    agree(steppe_budget_free(budget) == STEPPE_OK);
}

/* ---- one thing at a time -------------------------------------------------------------------- */

static void put(uint32_t row, uint32_t column, double number)
{
    struct cell *cell = grid_use(grid, (struct position){row, column});
    require(cell, "%s", steppe_last_message());
    cell->kind = VALUE_NUMBER;
    cell->number = number;
}

static double get(uint32_t row, uint32_t column)
{
    return grid_at(grid, (struct position){row, column})->number;
}

static void require_statistics(uint64_t open_tiles, uint64_t packed_tiles, uint64_t packed_cells)
{
    struct grid_statistics statistics = grid_statistics_of(grid);
    require_equal(statistics.open_tiles, open_tiles);
    require_equal(statistics.packed_tiles, packed_tiles);
    require_equal(statistics.packed_cells, packed_cells);
    require(grid_is_valid(grid));
}

static void make(void)
{
    budget = steppe_budget_new(STEPPE_NO_LIMIT);
    grid = budget ? grid_new("test", budget) : NULL;
    require(grid, "%s", steppe_last_message());
}

static void end(void)
{
    require(grid_is_valid(grid));
    grid_free(grid);
    require_equal(steppe_budget_charged_bytes(budget), 0);
    require_ok(steppe_budget_free(budget));
}

START_TEST(nothing)
{
    struct area extent;
    struct position found;
    make();
    for (int order = 0; order < 3; order++) {
        struct grid_walk walk;
        grid_walk_begin(&walk, grid, area_of_all(), (enum grid_order)order);
        require(!grid_walk_next(&walk) && !grid_walk_next(&walk));
    }
    require(!grid_extent(grid, &extent));
    require(!grid_next_used(grid, (struct position){5, 5}, 1, 0, &found));
    require(!grid_next_used(grid, (struct position){0, 0}, -1, 0, &found));
    require(!grid_next_used(grid, (struct position){ROWS - 1, COLUMNS - 1}, 0, 1, &found));
    require(!cell_is_used(grid_at(grid, (struct position){ROWS - 1, COLUMNS - 1})));
    grid_clear(grid, area_of_all());
    grid_pack(grid, 0);
    require_equal(grid_collect(grid), 0);
    require_statistics(0, 0, 0);
    end();
}
END_TEST

START_TEST(no_memory_for_a_grid)
{
    uint64_t page = steppe_page_bytes();
    budget = steppe_budget_new(0);
    for (uint64_t limit = 0; limit < 2 * page; limit += page) {
        require_ok(steppe_budget_set_limit(budget, limit));
        require(!grid_new("test", budget));
        require_equal(steppe_last_status(), STEPPE_E_BUDGET);
        require_equal(steppe_budget_charged_bytes(budget), 0);
    }
    require_ok(steppe_budget_free(budget));
}
END_TEST

START_TEST(a_table_is_open)
{
    make();
    for (uint32_t row = 0; row < 50 * GRID_TILE_ROWS; row++)
        for (uint32_t column = 0; column < GRID_TILE_COLUMNS; column++)
            put(row, column, row);
    /* The first tile was packed until it had too many cells. Some of the last are ahead. */
    uint64_t open_tiles = grid_statistics_of(grid).open_tiles;
    require(open_tiles >= 50 && open_tiles <= 64);
    require(grid_statistics_of(grid).fault_count < 20);
    require_equal(grid_collect(grid), open_tiles - 50);
    require_statistics(50, 0, 0);
    grid_clear(grid, (struct area){{1, 0}, {48 * GRID_TILE_ROWS - 1, COLUMNS - 1}});
    require_statistics(3, 0, 0);
    grid_pack(grid, 0);
    require_statistics(2, 1, GRID_TILE_COLUMNS);
    end();
}
END_TEST

START_TEST(a_touch_puts_packed_cells_back)
{
    struct position at = {70, 70}, beside = {71, 70}, far = {500000, 9000};
    make();
    put(70, 70, 1);
    put(71, 70, 2);
    require_statistics(0, 1, 2);
    struct cell *cells = grid_cells(grid);
    require(cells[grid_index(at)].number == 1 && cells[grid_index(beside)].number == 2);
    require_statistics(1, 0, 0);
    require(cells[grid_index(far)].kind == VALUE_BLANK);
    require_statistics(2, 0, 0);
    require_equal(grid_statistics_of(grid).fault_count, 2);
    cells[grid_index(far)] = (struct cell){.number = 3, .kind = VALUE_NUMBER};
    grid_pack(grid, GRID_TILE_BYTES);
    require_statistics(1, 1, 1);
    grid_pack(grid, 0);
    require_statistics(0, 2, 3);
    require(get(70, 70) == 1 && get(71, 70) == 2 && get(500000, 9000) == 3);
    require_equal(grid_count(grid, area_of_all()), 3);
    end();
}
END_TEST

START_TEST(scattered_cells_take_no_pages)
{
    uint64_t random = 1, first = random, count = is_slow() ? 1000 : 100000;
    make();
    for (uint64_t i = 0; i < count; i++) {
        uint32_t row = (uint32_t)random_below(&random, ROWS);
        put(row, (uint32_t)random_below(&random, COLUMNS), 1);
    }
    require_equal(grid_statistics_of(grid).cell_bytes, 0);
    if (GRID_CELL_BYTES == 16)
        require(grid_statistics_of(grid).bookkeeping_bytes < 20 * STEPPE_MIB);
    for (uint64_t i = 0; i < count; i++) {
        uint32_t row = (uint32_t)random_below(&first, ROWS);
        require(get(row, (uint32_t)random_below(&first, COLUMNS)) == 1);
    }
    grid_clear(grid, area_of_all());
    require_equal(grid_collect(grid), 0);
    require_statistics(0, 0, 0);
    require(grid_statistics_of(grid).bookkeeping_bytes < STEPPE_MIB);
    end();
}
END_TEST

static size_t run_count(struct area area, enum grid_order order)
{
    struct grid_walk walk;
    struct grid_run run;
    size_t count = 0;
    grid_walk_begin(&walk, grid, area, order);
    while (grid_walk_next_run(&walk, &run))
        count++;
    return count;
}

/* Neighbours come together, in a column and in a row. */
START_TEST(runs_are_long)
{
    enum { FULL_ROWS = 2 * GRID_TILE_ROWS, FULL_COLUMNS = 128 };
    struct area all = {{0, 0}, {FULL_ROWS - 1, FULL_COLUMNS - 1}};
    struct area row = {{7, 0}, {7, FULL_COLUMNS - 1}}, column = {{0, 5}, {FULL_ROWS - 1, 5}};
    make();
    for (uint32_t at = 0; at < FULL_ROWS * FULL_COLUMNS; at++)
        put(at / FULL_COLUMNS, at % FULL_COLUMNS, at);
    require_equal(run_count(column, GRID_BY_ROWS), 2);
    require_equal(run_count(all, GRID_BY_COLUMNS), 2 * FULL_COLUMNS);
    if (GRID_TILE_COLUMNS == 1) {
        require_equal(run_count(row, GRID_AS_THEY_LIE), 2);
        require_equal(run_count(all, GRID_BY_ROWS), 2 * FULL_ROWS);
    }
    /* Packed ones as well, down the column. */
    for (uint32_t i = 0; i < 8; i++)
        put(ROWS - 100 + i * 5 / 4, 9000, i);
    column = (struct area){{ROWS - 200, 9000}, {ROWS - 1, 9000}};
    require_equal(run_count(column, GRID_AS_THEY_LIE), 2);
    end();
}
END_TEST

/* More than mprotect can have mappings for. */
START_TEST(tiles_apart_from_each_other)
{
    static const char *const names[] = {"guard", "mprotect", "uffd"};
    uint32_t tiles = is_slow() ? 100 : 30000, rows = GRID_TILE_CELLS / 4 + 4;
    uint32_t down = GRID_TILES_DOWN / 2;
    if (!steppe_mechanism_is_available((steppe_mechanism)(_i + 1)))
        skip_test("%s is not available", names[_i]);
    require_equal(setenv("STEPPE_MECHANISM", names[_i], 1), 0);
    make();
    for (uint32_t i = 0; i < tiles; i++)
        for (uint32_t row = 0; row < rows; row++)
            put(i % down * 2 * GRID_TILE_ROWS + row, i / down * GRID_TILE_COLUMNS, i);
    for (uint32_t i = 0; i < tiles; i++)
        for (uint32_t row = 0; row < rows; row++)
            require(get(i % down * 2 * GRID_TILE_ROWS + row, i / down * GRID_TILE_COLUMNS) == i);
    require_equal(grid_count(grid, area_of_all()), rows * tiles);
    require(grid_is_valid(grid));
    /* There is room for others. */
    struct grid *other = grid_new("other", budget);
    require(other && grid_use(other, (struct position){5, 5}));
    grid_free(other);
    end();
}
END_TEST

START_TEST(what_is_refused_changes_nothing)
{
    uint32_t row = 0;
    make();
    put(0, 0, 1);
    require_ok(steppe_budget_set_limit(budget, steppe_budget_charged_bytes(budget) + 65536));
    for (struct cell *cell; (cell = grid_use(grid, (struct position){row, 0})); row++)
        *cell = (struct cell){.number = row, .kind = VALUE_NUMBER};
    require_equal(steppe_last_status(), STEPPE_E_BUDGET);
    require(row > 65536 / GRID_CELL_BYTES / 8);
    require(grid_is_valid(grid));
    require_equal(grid_count(grid, area_of_all()), row);
    for (uint32_t i = 0; i < row; i++)
        require(get(i, 0) == i);
    /* Emptied, by writing alone: that is enough for others. */
    for (uint32_t i = 0; i < row; i++)
        *grid_use(grid, (struct position){i, 0}) = (struct cell){0};
    put(row, 0, row);
    require_equal(grid_count(grid, area_of_all()), 1);
    require_ok(steppe_budget_set_limit(budget, STEPPE_NO_LIMIT));
    end();
}
END_TEST

/* The kernel gives no page back any more, however it is asked. false: this cannot be had here. */
static bool forbid_giving_back(void)
{
    enum { NUMBER = offsetof(struct seccomp_data, nr), LOW = BYTE_ORDER == BIG_ENDIAN ? 4 : 0 };
    enum { ADVICE = offsetof(struct seccomp_data, args) + 2 * 8 + LOW };
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_madvise, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ADVICE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_DONTNEED, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 102 /* MADV_GUARD_INSTALL */, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
    };
    struct sock_fprog program = {.len = array_count(code), .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* What is to go is gone for everybody, even if its pages stay. */
START_TEST(pages_that_stay)
{
    enum { LINES = 4 * GRID_TILE_ROWS };
    make();
    for (uint32_t row = 0; row < LINES; row++)
        put(row, 0, row + 1);
    for (uint32_t tile = 0; tile < 8; tile++)
        put(tile * 2 * GRID_TILE_ROWS, 9, tile + 1);
    uint64_t open_tiles = grid_statistics_of(grid).open_tiles;
    if (getenv("CK_FORK") || !forbid_giving_back())
        return; /* it would hold for the tests behind this one */
    grid_pack(grid, 0);
    require(grid_is_valid(grid));
    for (uint32_t tile = 0; tile < 8; tile++)
        require(get(tile * 2 * GRID_TILE_ROWS, 9) == tile + 1);
    require_equal(grid_statistics_of(grid).open_tiles, open_tiles);
    grid_clear(grid, area_of_one((struct position){5, 0}));
    grid_clear(grid, (struct area){{0, 0}, {ROWS - 1, 0}});
    require(grid_is_valid(grid));
    require_equal(grid_count(grid, area_of_all()), 8);
    for (uint32_t row = 0; row < LINES; row++)
        require(!cell_is_used(grid_at(grid, (struct position){row, 0})));
    require_equal(grid_collect(grid), 0);
    require_equal(grid_statistics_of(grid).open_tiles, open_tiles);
    put(7, 0, 70);
    require(get(7, 0) == 70 && grid_is_valid(grid));
    require_equal(grid_count(grid, area_of_all()), 9);
}
END_TEST

START_TEST(numbers_of_bits)
{
    struct bits bits;
    uint64_t random = 7, size = 300000;
    bool *is_member = calloc(size, sizeof *is_member);
    require(is_member);
    require(bits_make(&bits, size, options(.name = "bits")));
    for (int i = 0; i < 3000; i++) {
        uint64_t number = random_below(&random, i % 2 ? size : 700), next = number, last = number;
        bool is_in = random_below(&random, 3) != 0;
        require(bits_prepare(&bits, number));
        (is_in ? bits_add : bits_remove)(&bits, number);
        is_member[number] = is_in;
        require_equal(bits_has(&bits, number), is_in);
        number = random_below(&random, size);
        for (next = number; next < size && !is_member[next]; next++)
            ;
        for (last = number; last < size && !is_member[last]; last--)
            ;
        require_equal(bits_next(&bits, number), next == size ? BITS_NONE : next);
        require_equal(bits_previous(&bits, number), last > size ? BITS_NONE : last);
        if (i % 500 == 0) {
            (void)bits_collect(&bits);
            require(bits_is_valid(&bits));
        }
    }
    for (uint64_t number = 0; number < size; number++)
        bits_remove(&bits, number);
    uint64_t before = bits_committed_bytes(&bits);
    require_equal(before - bits_collect(&bits) * steppe_page_bytes(), bits_committed_bytes(&bits));
    require(bits_is_valid(&bits) && bits_next(&bits, 0) == BITS_NONE);
    bits_end(&bits);
    free(is_member);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("grid");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, numbers_of_bits);
    if (is_valgrind()) /* which has no 256 GiB of address space */
        return suite;
    tcase_add_test(plain, nothing);
    tcase_add_test(plain, no_memory_for_a_grid);
    tcase_add_test(plain, a_table_is_open);
    tcase_add_test(plain, a_touch_puts_packed_cells_back);
    tcase_add_test(plain, scattered_cells_take_no_pages);
    tcase_add_test(plain, runs_are_long);
    tcase_add_loop_test(plain, tiles_apart_from_each_other, 0, 3);
    tcase_add_test(plain, what_is_refused_changes_nothing);
    tcase_add_test(plain, pages_that_stay);
    return suite;
}

int main(int argc, char **argv)
{
    static const struct random_test test = {.name = "grid of a sheet",
                                            .operation_count = 20000,
                                            .compare_every = 500,
                                            .start = start,
                                            .operate = operate,
                                            .compare = compare,
                                            .finish = finish};
    if (is_valgrind())
        return test_main(make_suite());
    return random_main(argc, argv, &test, make_suite);
}
