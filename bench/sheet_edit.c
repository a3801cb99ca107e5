/* SPDX-License-Identifier: MIT */
/*
 * sheet_edit.c - What do an edit, a look-up, a screenful and emptying cost, however large a sheet
 * is?
 *
 * Edits are steps as a person does them, with undo, but without a journal: what a disk takes is
 * another question. Rows of 100 formulas each refer to the row's first cell, which is typed into,
 * one row after another by chance; the 100 results are looked at each time. The ways in which they
 * refer to it differ. One more cell adds up a column of as many numbers as there are formulas, one
 * of which is typed into: what is in one formula has to be looked at, and that is what it costs.
 *
 * Look-ups are of cells in use, by chance. The array beside them has the same cells in rows, and
 * nothing else to find out; what a larger one costs is the processor's caches. A screenful is the
 * text of 40 x 12 cells from a place on, as the screen asks for it; one that has few cells or none
 * in it takes less.
 *
 * Emptying: half of a table of 10 columns goes in different ways; what was committed, and what is
 * afterwards. Half of each page in use gives nothing back.
 */
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sheet/book/book.h"
#include "sheet/book/recalculate.h"
#include "sheet/edits/edit.h"
#include "sheet/values/number_format.h"

enum {
    DEPENDENTS = 100,
    EDITS = 31,
    TABLE_COLUMNS = 10,
    LOOKS = 1000000,
    SCREENS = 200,
    SCREEN_ROWS = 40,
    SCREEN_COLUMNS = 12
};

static const uint64_t seed = 88172645463325252u;

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* ---- a workbook ------------------------------------------------------------------------------ */

static struct book *new_book(void)
{
    struct problem problem;
    struct book *book = book_new(STEPPE_NO_LIMIT, &problem);
    if (!book || !book_add_sheet(book, "Sheet1", SIZE_MAX, &problem))
        bench_die(problem.text);
    return book;
}

static void put_number(struct book *book, struct position at, double number)
{
    if (!cell_set_value(book, book->sheets[0], at, value_number(number)))
        bench_die(steppe_last_message());
}

static void put_text(struct book *book, struct position at, const char *text)
{
    struct problem problem;
    if (!cell_type(book, book->sheets[0], at, text, &problem))
        bench_die(problem.text);
}

static double number_at(const struct book *book, struct position at)
{
    return grid_at(book->sheets[0]->grid, at)->number;
}

/* The formula of one cell in all cells of an area, as filling does it. */
static void fill_formula(struct book *book, struct position from, struct area area)
{
    formula_id formula = grid_at(book->sheets[0]->grid, from)->formula;
    for (uint32_t column = area.first.column; column <= area.last.column; column++)
        for (uint32_t row = area.first.row; row <= area.last.row; row++) {
            struct position at = {row, column};
            if (!position_is(at, from) &&
                !cell_set_formula(book, book->sheets[0], at, formula, NULL))
                bench_die(steppe_last_message());
        }
}

static void recalculate(struct book *book)
{
    struct problem problem;
    if (!book_recalculate(book, NULL, NULL, &problem))
        bench_die(problem.text);
}

/* ---- one edit -------------------------------------------------------------------------------- */

enum edit_measure { EDIT_MS, SLOWEST_MS };

enum relation { DIRECT, DIFFERENT, CHAIN, SUMS, NOBODY, TOTAL };

/* Formulas in columns B to CW of a row that mean its first cell. */
static void put_row_formulas(struct book *book, enum relation relation, uint32_t rows)
{
    static const char *const texts[] = {
        [DIRECT] = "=$A1*2", [CHAIN] = "=A1+1", [SUMS] = "=SUM($A1:A1)", [NOBODY] = "=$CZ1*2"};
    struct area all = {{0, 1}, {rows - 1, DEPENDENTS}};
    put_text(book, all.first, texts[relation]);
    fill_formula(book, all.first, all);
}

/* No two cells have the same formula. */
static void put_different_formulas(struct book *book, uint32_t rows)
{
    char text[64];
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 1; column <= DEPENDENTS; column++) {
            (void)snprintf(text, sizeof text, "=$A%u*2+%u", row + 1, row * DEPENDENTS + column);
            put_text(book, (struct position){row, column}, text);
        }
}

static struct book *book_to_edit(enum relation relation, size_t formulas)
{
    struct book *book = new_book();
    uint32_t rows = (uint32_t)(relation == TOTAL ? formulas : formulas / DEPENDENTS);
    rows = rows ? rows : 1;
    recalculation_suspend(book->recalculation);
    for (uint32_t row = 0; row < rows; row++)
        put_number(book, (struct position){row, 0}, row);
    if (relation == TOTAL)
        put_text(book, (struct position){0, 1}, "=SUM(A:A)");
    else if (relation == DIFFERENT)
        put_different_formulas(book, rows);
    else
        put_row_formulas(book, relation, rows);
    if (!recalculation_resume(book->recalculation))
        bench_die(steppe_last_message());
    recalculate(book);
    return book;
}

/* What the last formula of the row is to be; total: what was the sum of the other rows. */
static bool is_right(const struct book *book, enum relation relation, uint32_t row, double number,
                     double total)
{
    double found = number_at(book, (struct position){row, DEPENDENTS});
    switch (relation) {
    case DIRECT:
        return found == 2 * number;
    case DIFFERENT:
        return found == 2 * number + (double)row * DEPENDENTS + DEPENDENTS;
    case CHAIN:
        return found == number + DEPENDENTS;
    case SUMS:
        return found == ldexp(number, DEPENDENTS - 1);
    case TOTAL:
        return number_at(book, (struct position){0, 1}) == total + number;
    default:
        return true;
    }
}

static double edit_once(struct book *book, struct edit *edit, enum relation relation, uint32_t row,
                        double number)
{
    char line[64];
    struct problem problem;
    double total =
        number_at(book, (struct position){0, 1}) - number_at(book, (struct position){row, 0});
    (void)snprintf(line, sizeof line, "type A%u %.0f", row + 1, number);
    double start = bench_now_s();
    if (!edit_line(edit, line, "Sheet1", NULL, &problem))
        bench_die(problem.text);
    double seconds = bench_now_s() - start;
    if (!is_right(book, relation, row, number, total))
        bench_die("a result is wrong");
    return seconds;
}

static void run_edit(const bench_contender *self, bench_turn *turn)
{
    enum relation relation = (enum relation)self->how;
    struct book *book = book_to_edit(relation, turn->size);
    struct edit *edit = edit_new(book, NULL);
    uint64_t random = seed;
    double seconds[EDITS];
    if (!edit)
        bench_die(steppe_last_message());
    uint32_t rows = (uint32_t)(relation == TOTAL ? turn->size : turn->size / DEPENDENTS);
    for (int i = 0; i < EDITS; i++)
        seconds[i] = edit_once(book, edit, relation,
                               rows ? (uint32_t)((bench_random(&random) >> 20) % rows) : 0, i + 7);
    qsort(seconds, EDITS, sizeof *seconds, by_value);
    turn->values[EDIT_MS] = seconds[EDITS / 2] * 1e3;
    turn->values[SLOWEST_MS] = seconds[EDITS - 1] * 1e3;
    edit_free(edit);
    book_free(book);
}

static const bench_contender edit_contenders[] = {
    {.name = "nobody refers to it", .run = run_edit, .how = NOBODY},
    {.name = "100 refer to it, filled", .run = run_edit, .how = DIRECT},
    {.name = "100 refer to it, all different", .run = run_edit, .how = DIFFERENT},
    {.name = "a chain of 100", .run = run_edit, .how = CHAIN},
    {.name = "100 sums, each of those before", .run = run_edit, .how = SUMS},
    {.name = "one sum of as many numbers", .run = run_edit, .how = TOTAL},
};

static const bench_measure edit_measures[] = {
    [EDIT_MS] = {.title = "half of the edits are faster than",
                 .unit = "ms",
                 .kind = BENCH_VALUE,
                 .chart = "edit"},
    [SLOWEST_MS] = {.title = "the slowest of 31", .unit = "ms", .kind = BENCH_VALUE},
};

#define EDIT_TARGET(contender_)                                                                    \
    {                                                                                              \
        .what = "an edit among 1,000,000 formulas: " contender_, .measure = EDIT_MS,               \
        .contender = (contender_), .at_least = 50, .unit = " ms"                                   \
    }
static const bench_target edit_targets[] = {
    EDIT_TARGET("100 refer to it, filled"),
    EDIT_TARGET("100 refer to it, all different"),
    EDIT_TARGET("a chain of 100"),
    EDIT_TARGET("100 sums, each of those before"),
};

/* ---- looking --------------------------------------------------------------------------------- */

enum look_measure { LOOK_NS, SCREEN_US };

enum where { ARRAY, TABLE, SCATTERED };

static struct position place_of(enum where where, size_t index, uint64_t *random)
{
    if (where != SCATTERED)
        return (struct position){(uint32_t)(index / TABLE_COLUMNS),
                                 (uint32_t)(index % TABLE_COLUMNS)};
    return (struct position){(uint32_t)(bench_random(random) >> 20) % ROWS,
                             (uint32_t)(bench_random(random) >> 20) % COLUMNS};
}

static struct position *places_of(enum where where, size_t count)
{
    uint64_t random = seed;
    struct position *places = malloc(count * sizeof *places);
    if (!places)
        bench_die("malloc");
    for (size_t i = 0; i < count; i++)
        places[i] = place_of(where, i, &random);
    return places;
}

/* The compiler may not leave out what nobody looks at. */
static volatile double seen;

/* So many of count numbers by chance: a list that is read in order, so that it costs nothing beside
 * what is looked for. */
static uint32_t *choose(size_t count)
{
    uint64_t random = seed;
    uint32_t *chosen = malloc(LOOKS * sizeof *chosen);
    if (!chosen)
        bench_die("malloc");
    for (size_t i = 0; i < LOOKS; i++)
        chosen[i] = (uint32_t)((bench_random(&random) >> 20) % count);
    return chosen;
}

static void look_into_array(bench_turn *turn)
{
    struct cell *cells = calloc(turn->size, sizeof *cells);
    uint32_t *chosen = choose(turn->size);
    double all = 0;
    if (!cells)
        bench_die("calloc");
    for (size_t i = 0; i < turn->size; i++)
        cells[i] = (struct cell){.number = (double)i, .kind = VALUE_NUMBER};
    double start = bench_now_s();
    for (size_t i = 0; i < LOOKS; i++)
        all += cells[chosen[i]].number;
    turn->values[LOOK_NS] = (bench_now_s() - start) / LOOKS * 1e9;
    seen = all;
    free(chosen);
    free(cells);
}

static double look_up(const struct book *book, const struct position *places, size_t count)
{
    const struct grid *grid = book->sheets[0]->grid;
    uint32_t *chosen = choose(count);
    struct position *wanted = malloc(LOOKS * sizeof *wanted);
    double all = 0;
    if (!wanted)
        bench_die("malloc");
    for (size_t i = 0; i < LOOKS; i++)
        wanted[i] = places[chosen[i]];
    double start = bench_now_s();
    for (size_t i = 0; i < LOOKS; i++)
        all += grid_at(grid, wanted[i])->number;
    double seconds = bench_now_s() - start;
    seen = all;
    free(wanted);
    free(chosen);
    return seconds;
}

static void show(const struct book *book, struct position from)
{
    struct formatted shown;
    for (uint32_t row = from.row; row < from.row + SCREEN_ROWS && row < ROWS; row++)
        for (uint32_t column = from.column;
             column < from.column + SCREEN_COLUMNS && column < COLUMNS; column++) {
            cell_show(book, book->sheets[0], (struct position){row, column}, 10, &shown);
            seen = (double)shown.text_bytes;
        }
}

static void run_look(const bench_contender *self, bench_turn *turn)
{
    enum where where = (enum where)self->how;
    if (where == ARRAY) {
        look_into_array(turn);
        return;
    }
    struct book *book = new_book();
    struct position *places = places_of(where, turn->size);
    uint64_t random = seed;
    for (size_t i = 0; i < turn->size; i++)
        put_number(book, places[i], (double)(i % 100000) + 0.25);
    turn->values[LOOK_NS] = look_up(book, places, turn->size) / LOOKS * 1e9;
    double start = bench_now_s();
    for (size_t i = 0; i < SCREENS; i++) {
        struct position from = places[(bench_random(&random) >> 20) % turn->size];
        show(book, where == TABLE ? (struct position){from.row, 0} : from);
    }
    turn->values[SCREEN_US] = (bench_now_s() - start) / SCREENS * 1e6;
    free(places);
    book_free(book);
}

static const bench_contender look_contenders[] = {
    {.name = "array", .run = run_look, .how = ARRAY},
    {.name = "table of 10 columns", .run = run_look, .how = TABLE},
    {.name = "scattered", .run = run_look, .how = SCATTERED},
};

static const bench_measure look_measures[] = {
    [LOOK_NS] = {.title = "a look-up", .unit = "ns", .kind = BENCH_VALUE, .chart = ""},
    [SCREEN_US] = {.title = "a screenful", .unit = "us", .kind = BENCH_VALUE, .chart = "screen"},
};

/* ---- emptying -------------------------------------------------------------------------------- */

enum empty_measure { BEFORE_MIB, BACK_PERCENT, RESIDENT_BACK_PERCENT, CLEAR_MS, COLLECT_MS };

enum half { LOWER_HALF, OTHER_COLUMNS, OTHER_ROWS, SCATTERED_HALF };

static double clear(struct book *book, struct area area)
{
    double start = bench_now_s();
    if (!cells_clear(book, book->sheets[0], area, true))
        bench_die(steppe_last_message());
    return bench_now_s() - start;
}

static double clear_half(struct book *book, enum half half, const struct position *places,
                         size_t count)
{
    uint32_t rows = (uint32_t)(count / TABLE_COLUMNS);
    double seconds = 0;
    if (half == LOWER_HALF)
        return clear(book, (struct area){{rows / 2, 0}, {ROWS - 1, COLUMNS - 1}});
    for (uint32_t column = 0; half == OTHER_COLUMNS && column < TABLE_COLUMNS; column += 2)
        seconds += clear(book, (struct area){{0, column}, {ROWS - 1, column}});
    for (uint32_t row = 0; half == OTHER_ROWS && row < rows; row += 2)
        seconds += clear(book, (struct area){{row, 0}, {row, COLUMNS - 1}});
    for (size_t i = 0; half == SCATTERED_HALF && i < count; i += 2)
        seconds += clear(book, area_of_one(places[i]));
    return seconds;
}

static double percent_back(uint64_t before, uint64_t full, uint64_t after)
{
    return full > before ? 100 * ((double)full - (double)after) / (double)(full - before) : 0;
}

static void run_empty(const bench_contender *self, bench_turn *turn)
{
    enum half half = (enum half)self->how;
    struct book *book = new_book();
    struct position *places = places_of(half == SCATTERED_HALF ? SCATTERED : TABLE, turn->size);
    uint64_t before = steppe_budget_charged_bytes(book->budget);
    uint64_t resident_before = bench_usage_now().anonymous_bytes;
    for (size_t i = 0; i < turn->size; i++)
        put_number(book, places[i], (double)i);
    uint64_t full = steppe_budget_charged_bytes(book->budget);
    uint64_t resident_full = bench_usage_now().anonymous_bytes;
    turn->values[BEFORE_MIB] = (double)(full - before) / STEPPE_MIB;
    turn->values[CLEAR_MS] = clear_half(book, half, places, turn->size) * 1e3;
    double start = bench_now_s();
    (void)book_collect(book); /* how much that was is measured */
    turn->values[COLLECT_MS] = (bench_now_s() - start) * 1e3;
    turn->values[BACK_PERCENT] =
        percent_back(before, full, steppe_budget_charged_bytes(book->budget));
    turn->values[RESIDENT_BACK_PERCENT] =
        percent_back(resident_before, resident_full, bench_usage_now().anonymous_bytes);
    free(places);
    book_free(book);
}

/* In processes of their own: what others have given back is not to be counted. */
static const bench_contender empty_contenders[] = {
    {.name = "the lower half", .run = run_empty, .how = LOWER_HALF, .alone = true},
    {.name = "every other column", .run = run_empty, .how = OTHER_COLUMNS, .alone = true},
    {.name = "every other row", .run = run_empty, .how = OTHER_ROWS, .alone = true},
    {.name = "every other scattered cell", .run = run_empty, .how = SCATTERED_HALF, .alone = true},
};

static const bench_measure empty_measures[] = {
    [BEFORE_MIB] = {.title = "committed for it", .unit = "MiB", .kind = BENCH_VALUE},
    [BACK_PERCENT] = {.title = "given back of that", .unit = "%", .kind = BENCH_VALUE},
    [RESIDENT_BACK_PERCENT] = {.title = "of resident memory", .unit = "%", .kind = BENCH_VALUE},
    [CLEAR_MS] = {.title = "clearing", .unit = "ms", .kind = BENCH_VALUE},
    [COLLECT_MS] = {.title = "collecting", .unit = "ms", .kind = BENCH_VALUE},
};

/* ---- tables ---------------------------------------------------------------------------------- */

#define PARTS(name)                                                                                \
    .measures = name##_measures, .measure_count = BENCH_COUNT(name##_measures),                    \
    .contenders = name##_contenders, .contender_count = BENCH_COUNT(name##_contenders)

static const bench_table tables[] = {
    {.title = "Typing into a cell among so many formulas",
     .sizes = (const size_t[]){1000, 10000, 100000, 1000000},
     .size_count = 4,
     .targets = edit_targets,
     .target_count = BENCH_COUNT(edit_targets),
     PARTS(edit)},
    {.title = "Looking at cells of a sheet of so many",
     .sizes = (const size_t[]){1000, 10000, 100000, 1000000, 10000000},
     .size_count = 5,
     PARTS(look)},
    {.title = "Emptying half of so many cells",
     .sizes = (const size_t[]){2000000},
     .size_count = 1,
     PARTS(empty)},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv,
                      &(bench_question){.name = "sheet_edit",
                                        .text = "What do an edit, a look-up, a screenful and "
                                                "emptying cost, however large a sheet is?",
                                        .rounds = 5,
                                        .without_warm_round = true,
                                        .tables = tables,
                                        .table_count = BENCH_COUNT(tables)});
}
