/* SPDX-License-Identifier: MIT */
/*
 * sheet_sums.c - What do functions over many cells cost, down columns and along rows?
 *
 * The array beside steppe-sheet holds the same numbers as doubles, in the order in which they are
 * added up, and is added up with the same care (sum.h). A cell of steppe-sheet is twice as large,
 * may be empty, text or an error, and lies among 255 others of its column: so down columns a sum is
 * to cost little more than the array's, and along rows it loses. Long full rows are what this
 * order of cells is worst at: each cell has a page of its own from the 65th row on.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "sheet/book/book.h"
#include "sheet/book/recalculate.h"
#include "sheet/grid/sum.h"

enum { TABLE_COLUMNS = 10, LONG_COLUMNS = 4096 };

/* ---- a workbook of numbers and one of formulas ----------------------------------------------- */

static double number_of(size_t index)
{
    return (double)((index * 7919 + 17) % 1000003) / 100;
}

static struct book *new_book(void)
{
    struct problem problem;
    struct book *book = book_new(STEPPE_NO_LIMIT, &problem);
    if (!book || !book_add_sheet(book, "Sheet1", SIZE_MAX, &problem) ||
        !book_add_sheet(book, "Sheet2", SIZE_MAX, &problem))
        bench_die(problem.text);
    return book;
}

/* Row by row, as files come. */
static void fill(struct book *book, uint32_t rows, uint32_t columns)
{
    recalculation_suspend(book->recalculation);
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 0; column < columns; column++) {
            double number = number_of((size_t)row * columns + column);
            if (!cell_set_value(book, book->sheets[0], (struct position){row, column},
                                value_number(number)))
                bench_die(steppe_last_message());
        }
    if (!recalculation_resume(book->recalculation))
        bench_die(steppe_last_message());
}

/* The formula in so many cells of the second sheet, down or to the right; then what computing takes
 * and, in *total, the sum of the results. */
static double compute(struct book *book, const char *text, uint32_t count, bool is_down,
                      double *total)
{
    struct sheet *sheet = book->sheets[1];
    struct problem problem;
    struct position first = {0, 0};
    if (!cell_type(book, sheet, first, text, &problem))
        bench_die(problem.text);
    formula_id formula = grid_at(sheet->grid, first)->formula;
    for (uint32_t i = 1; i < count; i++)
        if (!cell_set_formula(book, sheet, (struct position){is_down ? i : 0, is_down ? 0 : i},
                              formula, NULL))
            bench_die(steppe_last_message());
    double start = bench_now_s();
    if (!book_recalculate(book, NULL, NULL, &problem))
        bench_die(problem.text);
    double seconds = bench_now_s() - start;
    *total = 0;
    for (uint32_t i = 0; i < count; i++)
        *total += grid_at(sheet->grid, (struct position){is_down ? i : 0, is_down ? 0 : i})->number;
    if (!cells_clear(book, sheet, area_of_all(), true))
        bench_die(steppe_last_message());
    return seconds;
}

/* ---- functions down a column ----------------------------------------------------------------- */

enum column_measure { RATIO, COLUMN_NS };

static const char *const functions[] = {
    "",
    "=SUM(Sheet1!A:A)",
    "=AVERAGE(Sheet1!A:A)",
    "=COUNT(Sheet1!A:A)",
    "=MAX(Sheet1!A:A)",
    "=COUNTIF(Sheet1!A:A,\">5000\")",
    "=SUMIF(Sheet1!A:A,\">5000\")",
    "=SUMPRODUCT(Sheet1!A:A,Sheet1!A:A)",
    "=COUNT(MATCH(-1,Sheet1!A:A,0))",
    "=COUNT(VLOOKUP(-1,Sheet1!A:A,1,FALSE))",
};

static void tell_column(bench_turn *turn, double seconds)
{
    turn->values[RATIO] = seconds;
    turn->values[COLUMN_NS] = seconds / (double)turn->size * 1e9;
}

static double *new_numbers(size_t count)
{
    double *numbers = malloc(count * sizeof *numbers);
    if (!numbers)
        bench_die("malloc");
    for (size_t i = 0; i < count; i++)
        numbers[i] = number_of(i);
    return numbers;
}

/* The compiler may not leave out what nobody looks at. */
static volatile double seen;

static double sum_stepped(const double *numbers, size_t count, size_t step)
{
    struct sum sum = {0, 0};
    for (size_t i = 0; i < count; i++)
        sum_add(&sum, numbers[i * step]);
    return sum_result(&sum);
}

static void run_column(const bench_contender *self, bench_turn *turn)
{
    if (self->how == 0) {
        double *numbers = new_numbers(turn->size);
        double start = bench_now_s();
        seen = sum_stepped(numbers, turn->size, 1);
        tell_column(turn, bench_now_s() - start);
        free(numbers);
        return;
    }
    struct book *book = new_book();
    double total;
    fill(book, (uint32_t)turn->size, 1);
    tell_column(turn, compute(book, functions[self->how], 1, true, &total));
    book_free(book);
}

static const bench_contender column_contenders[] = {
    {.name = "array, added up", .run = run_column, .how = 0},
    {.name = "SUM", .run = run_column, .how = 1},
    {.name = "AVERAGE", .run = run_column, .how = 2},
    {.name = "COUNT", .run = run_column, .how = 3},
    {.name = "MAX", .run = run_column, .how = 4},
    {.name = "COUNTIF", .run = run_column, .how = 5},
    {.name = "SUMIF", .run = run_column, .how = 6},
    {.name = "SUMPRODUCT", .run = run_column, .how = 7},
    {.name = "MATCH, exact, of none", .run = run_column, .how = 8},
    {.name = "VLOOKUP, exact, of none", .run = run_column, .how = 9},
};

static const bench_measure column_measures[] = {
    [RATIO] = {.title = "time", .unit = "s", .chart = ""},
    [COLUMN_NS] = {.title = "time", .unit = "ns a number", .kind = BENCH_VALUE},
};

/* ---- rows and columns of rectangles ---------------------------------------------------------- */

enum area_measure { BY_ROW, BY_COLUMN, BY_ROW_NS, BY_COLUMN_NS, FILL_NS, CELL_BYTES };

static void tell_area(bench_turn *turn, double by_row, double by_column, size_t cells)
{
    turn->values[BY_ROW] = by_row;
    turn->values[BY_COLUMN] = by_column;
    turn->values[BY_ROW_NS] = by_row / (double)cells * 1e9;
    turn->values[BY_COLUMN_NS] = by_column / (double)cells * 1e9;
}

static void run_area_of_array(bench_turn *turn, size_t rows, size_t columns)
{
    double *numbers = new_numbers(rows * columns), all = 0;
    double start = bench_now_s();
    for (size_t row = 0; row < rows; row++)
        all += sum_stepped(numbers + row * columns, columns, 1);
    double by_row = bench_now_s();
    for (size_t column = 0; column < columns; column++)
        all += sum_stepped(numbers + column, rows, columns);
    tell_area(turn, by_row - start, bench_now_s() - by_row, rows * columns);
    turn->values[CELL_BYTES] = sizeof *numbers;
    seen = all;
    free(numbers);
}

static void run_area_of_sheet(bench_turn *turn, uint32_t rows, uint32_t columns)
{
    char by_row_text[64], by_column_text[64];
    double row_total, column_total, cells = (double)rows * columns;
    struct book *book = new_book();
    (void)snprintf(by_row_text, sizeof by_row_text, "=SUM(Sheet1!A1:%s1)",
                   column_name(columns - 1).text);
    (void)snprintf(by_column_text, sizeof by_column_text, "=SUM(Sheet1!A1:A%u)", rows);
    double start = bench_now_s();
    fill(book, rows, columns);
    turn->values[FILL_NS] = (bench_now_s() - start) / cells * 1e9;
    struct grid_statistics grid = grid_statistics_of(book->sheets[0]->grid);
    turn->values[CELL_BYTES] = (double)(grid.cell_bytes + grid.bookkeeping_bytes) / cells;
    double by_row = compute(book, by_row_text, rows, true, &row_total);
    double by_column = compute(book, by_column_text, columns, false, &column_total);
    tell_area(turn, by_row, by_column, (size_t)rows * columns);
    double difference = row_total - column_total;
    if (difference > 1e-9 * row_total || -difference > 1e-9 * row_total)
        bench_refuse(turn, "the sums differ");
    book_free(book);
}

static void run_area(const bench_contender *self, bench_turn *turn)
{
    size_t columns = (size_t)self->how & 0xFFFF;
    if (self->how >> 16)
        run_area_of_sheet(turn, (uint32_t)turn->size, (uint32_t)columns);
    else
        run_area_of_array(turn, turn->size, columns);
}

#define SHEET(columns) (1 << 16 | (columns))

static const bench_contender table_contenders[] = {
    {.name = "array, by rows", .run = run_area, .how = TABLE_COLUMNS},
    {.name = "steppe-sheet", .run = run_area, .how = SHEET(TABLE_COLUMNS)},
};

static const bench_contender long_contenders[] = {
    {.name = "array, by rows", .run = run_area, .how = LONG_COLUMNS},
    {.name = "steppe-sheet", .run = run_area, .how = SHEET(LONG_COLUMNS)},
};

static const bench_measure area_measures[] = {
    [BY_ROW] = {.title = "a sum of each row", .unit = "s", .chart = "rows"},
    [BY_COLUMN] = {.title = "a sum of each column", .unit = "s"},
    [BY_ROW_NS] = {.title = "a sum of each row", .unit = "ns a cell", .kind = BENCH_VALUE},
    [BY_COLUMN_NS] = {.title = "a sum of each column", .unit = "ns a cell", .kind = BENCH_VALUE},
    [FILL_NS] = {.title = "filling", .unit = "ns a cell", .kind = BENCH_VALUE},
    [CELL_BYTES] = {.title = "memory", .unit = "bytes a cell", .kind = BENCH_VALUE},
};

/* Charts are of the last table: one name, one file. */
static const bench_measure uncharted_area_measures[] = {
    [BY_ROW] = {.title = "a sum of each row", .unit = "s"},
    [BY_COLUMN] = {.title = "a sum of each column", .unit = "s"},
    [BY_ROW_NS] = {.title = "a sum of each row", .unit = "ns a cell", .kind = BENCH_VALUE},
    [BY_COLUMN_NS] = {.title = "a sum of each column", .unit = "ns a cell", .kind = BENCH_VALUE},
    [FILL_NS] = {.title = "filling", .unit = "ns a cell", .kind = BENCH_VALUE},
    [CELL_BYTES] = {.title = "memory", .unit = "bytes a cell", .kind = BENCH_VALUE},
};

/* ---- tables ---------------------------------------------------------------------------------- */

static const bench_table tables[] = {
    {.title = "A function over one column of so many numbers",
     .sizes = (const size_t[]){1000000},
     .size_count = 1,
     .measures = column_measures,
     .measure_count = BENCH_COUNT(column_measures),
     .contenders = column_contenders,
     .contender_count = BENCH_COUNT(column_contenders)},
    {.title = "Sums of a table of 10 columns and so many rows",
     .sizes = (const size_t[]){200000},
     .size_count = 1,
     .measures = uncharted_area_measures,
     .measure_count = BENCH_COUNT(uncharted_area_measures),
     .contenders = table_contenders,
     .contender_count = BENCH_COUNT(table_contenders)},
    {.title = "So many full rows of 4,096 columns",
     .sizes = (const size_t[]){1, 16, 64, 65, 128, 256},
     .size_count = 6,
     .measures = area_measures,
     .measure_count = BENCH_COUNT(area_measures),
     .contenders = long_contenders,
     .contender_count = BENCH_COUNT(long_contenders)},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "sheet_sums",
                                        .text = "What do functions over many cells cost, down "
                                                "columns and along rows?",
                                        .rounds = 5,
                                        .tables = tables,
                                        .table_count = BENCH_COUNT(tables)});
}
