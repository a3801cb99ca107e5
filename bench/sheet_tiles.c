/* SPDX-License-Identifier: MIT */
/*
 * sheet_tiles.c - In what order should the cells of a sheet lie, so that what people keep in sheets
 * touches few pages and is summed fast?
 *
 * All 2^34 cells of a sheet are one reservation, which faults commit page by page. A page is a tile
 * of some shape, or the cells lie in plain rows or columns. A table, a column, a row, scattered
 * cells and a diagonal are filled row by row, as files come, and then summed column by column and
 * row by row. Where the cells are is known beforehand and costs nothing, so what differs is memory
 * alone. The last one is the grid of steppe-sheet itself, which finds them by itself, keeps tiles
 * of few cells packed, and commits ahead.
 *
 * Tiles are numbered 64 downwards, then to the right, then down again, for the sake of page tables.
 * Who needs more than 3 GiB is refused.
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "sheet/grid/grid.h"

enum measure { PAGES, FILL, BY_COLUMN, BY_ROW, PAGE_COUNT, FILL_NS };

enum data { TABLE, COLUMN, ROW, SCATTERED, DIAGONAL, DATA_COUNT };

enum { TABLE_COLUMNS = 10, ROWS_LOG2 = 20, COLUMNS_LOG2 = 14, BLOCK_LOG2 = 6 };

static const uint64_t limit_bytes = 3 * (uint64_t)STEPPE_GIB;

/* ---- where cells lie --------------------------------------------------------------------------
 */

enum layout { TILES, TILES_BY_ROWS, PLAIN_ROWS, PLAIN_COLUMNS, STEPPE_SHEET };

struct shape {
    enum layout layout;
    unsigned rows_log2, columns_log2; /* of a tile */
};

enum { GRID_SHAPE = 9 };

static const struct shape shapes_16[] = {
    {TILES, 8, 0},         {TILES, 7, 1},
    {TILES, 6, 2},         {TILES, 5, 3},
    {TILES, 4, 4},         {TILES, 0, 8},
    {TILES_BY_ROWS, 6, 2}, {PLAIN_ROWS, 0, 0},
    {PLAIN_COLUMNS, 0, 0}, [GRID_SHAPE] = {STEPPE_SHEET, 0, 0},
};

static const struct shape shapes_128[] = {
    {TILES, 5, 0}, {TILES, 4, 1},         {TILES, 3, 2},      {TILES, 2, 3},         {TILES, 1, 4},
    {TILES, 0, 5}, {TILES_BY_ROWS, 3, 2}, {PLAIN_ROWS, 0, 0}, {PLAIN_COLUMNS, 0, 0},
};

static uint64_t index_in_tiles(const struct shape *shape, struct position at, bool by_rows)
{
    uint64_t down = at.row >> shape->rows_log2, across = at.column >> shape->columns_log2;
    uint64_t row = at.row & ((1u << shape->rows_log2) - 1);
    uint64_t column = at.column & ((1u << shape->columns_log2) - 1);
    uint64_t block = (down >> BLOCK_LOG2 << (COLUMNS_LOG2 - shape->columns_log2)) + across;
    uint64_t tile = block << BLOCK_LOG2 | (down & ((1u << BLOCK_LOG2) - 1));
    uint64_t place =
        by_rows ? row << shape->columns_log2 | column : column << shape->rows_log2 | row;
    return tile << (shape->rows_log2 + shape->columns_log2) | place;
}

static uint64_t index_of(const struct shape *shape, struct position at)
{
    switch (shape->layout) {
    case PLAIN_ROWS:
        return (uint64_t)at.row << COLUMNS_LOG2 | at.column;
    case PLAIN_COLUMNS:
        return (uint64_t)at.column << ROWS_LOG2 | at.row;
    case TILES_BY_ROWS:
        return index_in_tiles(shape, at, true);
    default:
        return index_in_tiles(shape, at, false);
    }
}

/* ---- what is kept in a sheet ------------------------------------------------------------------
 */

static struct position position_of(enum data data, size_t index, uint64_t *random)
{
    switch (data) {
    case TABLE:
        return (struct position){(uint32_t)(index / TABLE_COLUMNS),
                                 (uint32_t)(index % TABLE_COLUMNS)};
    case COLUMN:
        return (struct position){(uint32_t)index, 1};
    case ROW:
        return (struct position){5, (uint32_t)index};
    case SCATTERED:
        return (struct position){(uint32_t)(bench_random(random) >> 20) % ROWS,
                                 (uint32_t)(bench_random(random) >> 20) % COLUMNS};
    default:
        return (struct position){(uint32_t)index * 64, (uint32_t)index};
    }
}

static int compare_by_rows(const void *left, const void *right)
{
    const struct position *a = left, *b = right;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

static int compare_by_columns(const void *left, const void *right)
{
    const struct position *a = left, *b = right;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* The same data for all contenders; kept until other data are asked for. */
static struct cells {
    enum data data;
    size_t count;
    struct position *by_rows, *by_columns;
} cells = {.data = DATA_COUNT};

static void make_cells(enum data data, size_t count)
{
    uint64_t random = 88172645463325252u;
    if (cells.data == data && cells.count == count)
        return;
    free(cells.by_rows);
    free(cells.by_columns);
    cells = (struct cells){data, count, malloc(count * sizeof *cells.by_rows),
                           malloc(count * sizeof *cells.by_columns)};
    if (!cells.by_rows || !cells.by_columns)
        bench_die("malloc");
    for (size_t i = 0; i < count; i++)
        cells.by_rows[i] = position_of(data, i, &random);
    qsort(cells.by_rows, count, sizeof *cells.by_rows, compare_by_rows);
    memcpy(cells.by_columns, cells.by_rows, count * sizeof *cells.by_rows);
    qsort(cells.by_columns, count, sizeof *cells.by_columns, compare_by_columns);
}

/* ---- plain arrays -----------------------------------------------------------------------------
 */

static void fill(bench_turn *turn, char *memory, const struct shape *shape, size_t cell_bytes)
{
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        for (turn->done = 0; turn->done < cells.count; turn->done++) {
            double *cell =
                (double *)(memory + index_of(shape, cells.by_rows[turn->done]) * cell_bytes);
            *cell = 1;
        }
    }
    STEPPE_CAUGHT
    {
        bench_refuse(turn, "more than 3 GiB: refused after %zu cells of %zu", turn->done,
                     cells.count);
    }
}

static double sum(const char *memory, const struct shape *shape, size_t cell_bytes,
                  const struct position *positions)
{
    double all = 0;
    for (size_t i = 0; i < cells.count; i++)
        all += *(const double *)(memory + index_of(shape, positions[i]) * cell_bytes);
    return all;
}

static void run_array(bench_turn *turn, const struct shape *shape, size_t cell_bytes)
{
    char *memory = steppe_reserve(
        ((size_t)1 << (ROWS_LOG2 + COLUMNS_LOG2)) * cell_bytes,
        &(steppe_options){.on_fault = STEPPE_COMMIT, .strict = true, .limit_bytes = limit_bytes});
    if (!memory) {
        bench_refuse_steppe(turn);
        return;
    }
    double start = bench_now_s();
    fill(turn, memory, shape, cell_bytes);
    double filled = bench_now_s(), by_column = 0, by_row = 0, columns_done = filled;
    if (!turn->reason[0]) {
        by_column = sum(memory, shape, cell_bytes, cells.by_columns);
        columns_done = bench_now_s();
        by_row = sum(memory, shape, cell_bytes, cells.by_rows);
    }
    turn->values[BY_ROW] = bench_now_s() - columns_done;
    turn->values[BY_COLUMN] = columns_done - filled;
    turn->values[FILL] = filled - start;
    turn->values[PAGES] =
        (double)steppe_reservation_of(memory).committed_bytes / (double)steppe_page_bytes();
    if (!turn->reason[0] && by_column != by_row)
        bench_refuse(turn, "the sums differ");
    if (steppe_release(memory) != STEPPE_OK)
        bench_die(steppe_last_message());
}

/* ---- the grid of steppe-sheet -----------------------------------------------------------------
 */

static double walk(const struct grid *grid, enum grid_order order)
{
    struct grid_walk walk;
    double all = 0;
    grid_walk_begin(&walk, grid, (struct area){{0, 0}, {ROWS - 1, COLUMNS - 1}}, order);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        all += cell->number;
    return all;
}

static void run_grid(bench_turn *turn)
{
    struct grid *grid = grid_new("sheet", NULL);
    if (!grid) {
        bench_refuse_steppe(turn);
        return;
    }
    double start = bench_now_s();
    for (turn->done = 0; turn->done < cells.count; turn->done++) {
        struct cell *cell = grid_use(grid, cells.by_rows[turn->done]);
        if (!cell) {
            bench_refuse_steppe(turn);
            break;
        }
        cell->kind = VALUE_NUMBER;
        cell->number = 1;
    }
    double filled = bench_now_s();
    double by_column = walk(grid, GRID_BY_COLUMNS), columns_done = bench_now_s();
    double by_row = walk(grid, GRID_BY_ROWS);
    turn->values[BY_ROW] = bench_now_s() - columns_done;
    turn->values[BY_COLUMN] = columns_done - filled;
    turn->values[FILL] = filled - start;
    struct grid_statistics statistics = grid_statistics_of(grid);
    turn->values[PAGES] = (double)(statistics.cell_bytes + statistics.bookkeeping_bytes) /
                          (double)steppe_page_bytes();
    if (by_column != by_row)
        bench_refuse(turn, "the sums differ");
    grid_free(grid);
}

/* ---- tables -----------------------------------------------------------------------------------
 */

/* contender.how */
#define HOW(data, cell_bytes, shape) ((data) << 16 | (cell_bytes) << 8 | (shape))

static void run(const bench_contender *self, bench_turn *turn)
{
    enum data data = (enum data)(self->how >> 16);
    size_t cell_bytes = (size_t)self->how >> 8 & 255, shape = (size_t)self->how & 255;
    make_cells(data, turn->size);
    if (shape == GRID_SHAPE)
        run_grid(turn);
    else
        run_array(turn, cell_bytes == 16 ? &shapes_16[shape] : &shapes_128[shape], cell_bytes);
    turn->values[PAGE_COUNT] = turn->values[PAGES];
    turn->values[FILL_NS] = turn->values[FILL] / (double)turn->size * 1e9;
}

#define SHAPE(data, cell_bytes, shape, label)                                                      \
    {                                                                                              \
        .name = (label), .run = run, .how = HOW(data, cell_bytes, shape)                           \
    }

#define CONTENDERS(data)                                                                           \
    static const bench_contender data##_16[] = {                                                   \
        SHAPE(data, 16, 0, "256 x 1"),                                                             \
        SHAPE(data, 16, 1, "128 x 2"),                                                             \
        SHAPE(data, 16, 2, "64 x 4"),                                                              \
        SHAPE(data, 16, 3, "32 x 8"),                                                              \
        SHAPE(data, 16, 4, "16 x 16"),                                                             \
        SHAPE(data, 16, 5, "1 x 256"),                                                             \
        SHAPE(data, 16, 6, "64 x 4, rows inside"),                                                 \
        SHAPE(data, 16, 7, "plain rows"),                                                          \
        SHAPE(data, 16, 8, "plain columns"),                                                       \
        SHAPE(data, 16, GRID_SHAPE, "steppe-sheet"),                                               \
    };                                                                                             \
    static const bench_contender data##_128[] = {                                                  \
        SHAPE(data, 128, 0, "32 x 1"),                                                             \
        SHAPE(data, 128, 1, "16 x 2"),                                                             \
        SHAPE(data, 128, 2, "8 x 4"),                                                              \
        SHAPE(data, 128, 3, "4 x 8"),                                                              \
        SHAPE(data, 128, 4, "2 x 16"),                                                             \
        SHAPE(data, 128, 5, "1 x 32"),                                                             \
        SHAPE(data, 128, 6, "8 x 4, rows inside"),                                                 \
        SHAPE(data, 128, 7, "plain rows"),                                                         \
        SHAPE(data, 128, 8, "plain columns"),                                                      \
    };

CONTENDERS(TABLE)
CONTENDERS(COLUMN)
CONTENDERS(ROW)
CONTENDERS(SCATTERED)
CONTENDERS(DIAGONAL)

/* One chart for all: of what people have most, a table. */
#define MEASURES(chart_)                                                                           \
    {                                                                                              \
        [PAGES] = {.title = "pages", .unit = "pages", .kind = BENCH_RATIO},                        \
        [FILL] = {.title = "filling", .unit = "s", .kind = BENCH_RATIO, .chart = (chart_)},        \
        [BY_COLUMN] = {.title = "summing by column", .unit = "s", .kind = BENCH_RATIO},            \
        [BY_ROW] = {.title = "summing by row", .unit = "s", .kind = BENCH_RATIO},                  \
        [PAGE_COUNT] = {.title = "pages", .unit = "pages", .kind = BENCH_VALUE},                   \
        [FILL_NS] = {.title = "filling", .unit = "ns a cell", .kind = BENCH_VALUE},                \
    }
static const bench_measure measures[] = MEASURES(NULL), charted[] = MEASURES("");

#define TABLE_WITH(measures_, contenders_, title_, count)                                          \
    {                                                                                              \
        .title = (title_), .sizes = (const size_t[]){count}, .size_count = 1,                      \
        .measures = (measures_), .measure_count = BENCH_COUNT(measures_),                          \
        .contenders = (contenders_), .contender_count = BENCH_COUNT(contenders_)                   \
    }

#define TABLE_OF(contenders_, title_, count) TABLE_WITH(measures, contenders_, title_, count)

static const bench_table tables[] = {
    TABLE_WITH(charted, TABLE_16, "Cells of 16 bytes, a table of 200,000 rows and 10 columns",
               2000000),
    TABLE_OF(COLUMN_16, "Cells of 16 bytes, one column of 1,000,000", 1000000),
    TABLE_OF(ROW_16, "Cells of 16 bytes, one row of 16,384", COLUMNS),
    TABLE_OF(SCATTERED_16, "Cells of 16 bytes, 100,000 scattered over the whole sheet", 100000),
    TABLE_OF(DIAGONAL_16, "Cells of 16 bytes, a diagonal of 16,384", COLUMNS),
    TABLE_OF(TABLE_128, "Cells of 128 bytes, a table of 200,000 rows and 10 columns", 2000000),
    TABLE_OF(COLUMN_128, "Cells of 128 bytes, one column of 1,000,000", 1000000),
    TABLE_OF(ROW_128, "Cells of 128 bytes, one row of 16,384", COLUMNS),
    TABLE_OF(SCATTERED_128, "Cells of 128 bytes, 100,000 scattered over the whole sheet", 100000),
    TABLE_OF(DIAGONAL_128, "Cells of 128 bytes, a diagonal of 16,384", COLUMNS),
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "sheet_tiles",
                                        .text = "In what order should the cells of a sheet lie?",
                                        .rounds = 5,
                                        .tables = tables,
                                        .table_count = BENCH_COUNT(tables)});
}
