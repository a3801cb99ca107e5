/* SPDX-License-Identifier: MIT */
/* recalculate.c and computation.c - what is computed after which change, and in circles. */
#include "sheet/book/recalculate.h"

#include <stdlib.h>

#include "formulas.h"
#include "random.h"

static struct sheet *sheet;

static void begin(void)
{
    formulas_begin();
    sheet = book->sheets[0];
}

static void end(void)
{
    formulas_end();
}

static uint64_t recalculate(void)
{
    struct problem problem;
    uint64_t computed = 0;
    require(book_recalculate(book, NULL, &computed, &problem), "%s", problem.text);
    require_equal(recalculation_stale_count(book->recalculation), 0);
    return computed;
}

static struct formula_result shown(const char *name)
{
    return write_value(cell_value(book, grid_at(sheet->grid, place_of(name))));
}

#define require_shown(name, text_)                                                                 \
    do {                                                                                           \
        struct formula_result shown_ = shown(name);                                                \
        require(strcmp(shown_.text, (text_)) == 0, "%s is %s, not %s", (name), shown_.text,        \
                (text_));                                                                          \
    } while (0)

/* A formula with a value that came with it. */
static void put_known(const char *name, const char *formula, double number)
{
    struct value value = value_number(number);
    formula_id kept = keep_formula(formula, place_of(name));
    require(cell_set_formula(book, sheet, place_of(name), kept, &value));
    formula_drop(book->formulas, kept);
}

START_TEST(only_dependents)
{
    put("A1", "1");
    put("A2", "2");
    put("B1", "=A1*10");
    put("B2", "=A2*10");
    put("C1", "=B1+B2");
    put("D1", "=A9&\"x\"");
    require_equal(recalculate(), 4);
    require_shown("C1", "30");
    require_shown("D1", "\"x\"");
    require_equal(recalculate(), 0);
    put("A2", "5");
    require_equal(recalculation_stale_count(book->recalculation), 2);
    require_equal(recalculate(), 2);
    require_shown("C1", "60");
    put("A9", "\"ab\"");
    require_equal(recalculate(), 1);
    require_shown("D1", "\"abx\"");
    put("B2", "7");
    require_equal(recalculate(), 1);
    require_shown("C1", "17");
    put("A2", "6");
    require_equal(recalculate(), 0);
    recalculation_all(book->recalculation);
    require_equal(recalculate(), 3);
    require_shown("C1", "17");
}
END_TEST

START_TEST(areas)
{
    put("C1", "=SUM(A:A)");
    put("C2", "=SUM(A1:A5)");
    put("C3", "=SUM(Other!1:1)");
    recalculate();
    put("A3", "3");
    require_equal(recalculate(), 2);
    put("A6", "6");
    require_equal(recalculate(), 1);
    put_on(book->sheets[1], place_of("Q1"), "7");
    require_equal(recalculate(), 1);
    require_shown("C1", "9");
    require_shown("C2", "3");
    require_shown("C3", "7");
    require(cells_clear(book, sheet, area_of(place_of("A1"), place_of("A9")), true));
    require_equal(recalculate(), 2);
    require_shown("C1", "0");
}
END_TEST

/* A chain in both directions, long enough to end any stack of calls. */
START_TEST(chains)
{
    uint32_t count = is_slow() ? 5000 : 300000;
    formula_id down = keep_formula("A1+1", place_of("A2"));
    formula_id up = keep_formula("B2+1", place_of("B1"));
    for (uint32_t row = 1; row < count; row++) {
        require(cell_set_formula(book, sheet, (struct position){row, 0}, down, NULL));
        require(cell_set_formula(book, sheet, (struct position){row - 1, 1}, up, NULL));
    }
    put("A1", "1");
    require(cell_set_value(book, sheet, (struct position){count - 1, 1}, value_number(1)));
    for (int i = 0; i < 3; i++) {
        require_equal(recalculate(), 2 * (count - 1));
        require(grid_at(sheet->grid, (struct position){count - 1, 0})->number == count + i);
        require(grid_at(sheet->grid, (struct position){0, 1})->number == count + i);
        /* By their dependents, and then all. */
        struct value next = value_number(2 + i);
        require(cell_set_value(book, sheet, (struct position){0, 0}, next));
        require(cell_set_value(book, sheet, (struct position){count - 1, 1}, next));
        if (i == 1)
            recalculation_all(book->recalculation);
    }
    /* All of them depend on all above. */
    formula_drop(book->formulas, down);
    formula_drop(book->formulas, up);
}
END_TEST

/* Sums of all above, or of all below: every cell needs all the others of one side. */
START_TEST(triangles)
{
    uint32_t count = is_slow() ? 300 : 3000;
    formula_id above = keep_formula("SUM(A$1:A1)", place_of("A2"));
    formula_id below_it = keep_formula("SUM(B2:B$3001)", place_of("B1"));
    put("A1", "1E-300");
    put("B3001", "1E-300");
    for (uint32_t row = 1; row < count; row++) {
        require(cell_set_formula(book, sheet, (struct position){row, 0}, above, NULL));
        require(cell_set_formula(book, sheet, (struct position){3000 - row, 1}, below_it, NULL));
    }
    require_equal(recalculate(), 2 * (count - 1));
    recalculation_all(book->recalculation);
    require_equal(recalculate(), 2 * (count - 1));
    require_shown("A4", "4E-300");
    require_shown("B2998", "4E-300");
    put("A1", "1");
    require_equal(recalculate(), count - 1);
    require_shown("A4", "4");
    formula_drop(book->formulas, above);
    formula_drop(book->formulas, below_it);
}
END_TEST

START_TEST(circles)
{
    put("A1", "=A1");
    put("B1", "=B2+1");
    put("B2", "=B3+1");
    put("B3", "=B1+1");
    put("B4", "=B3+1"); /* needs a circle */
    put("C1", "=IFERROR(B1,\"around\")");
    put("D1", "=SUM(D1:D9)");
    put("E1", "=IF(FALSE,E1,7)");
    put("E2", "=IF(E3=1,E2,8)");
    put("F1", "=ROW_OF");
    recalculate();
    require_shown("A1", "#CYCLE!");
    require_shown("B1", "#CYCLE!");
    require_shown("B2", "#CYCLE!");
    require_shown("B3", "#CYCLE!");
    require_shown("B4", "#CYCLE!");
    require_shown("C1", "\"around\"");
    require_shown("D1", "#CYCLE!");
    require_shown("E1", "7");
    require_shown("E2", "8");
    require_shown("F1", "#NAME?");
    put("E3", "1");
    recalculate();
    require_shown("E2", "#CYCLE!");
    put("E3", "2");
    recalculate();
    require_shown("E2", "8");
    put("B3", "1");
    recalculate();
    require_shown("B1", "3");
    require_shown("B4", "2");
    require_shown("C1", "3");
}
END_TEST

/* What a formula would read by a value that is not known yet does not count. Each has a cell of its
 * own to need, which is computed only when it is. */
START_TEST(no_circles)
{
    static const struct {
        const char *cell, *formula, *needed, *by, *result;
    } cases[] = {
        {"F1", "=INDEX(F1:F3,Z1)+1", "Z1", "=1+1", "21"},
        {"H1", "=IF(Z2,H1+0,5)", "Z2", "=1>2", "5"},
        {"H2", "=IF(Z3,5,H2+0)", "Z3", "=1<2", "5"},
        {"H3", "=IF(Z4=2,F2,H3)", "Z4", "=1+1", "20"},
        {"H4", "=IF(Z5+0=1,H4,6)", "Z5", "=1+1", "6"},
        {"H5", "=IFERROR(Z6,H5+0)", "Z6", "=1+1", "2"},
        {"H6", "=CHOOSE(Z7,H6+0,7)", "Z7", "=1+1", "7"},
        {"H7", "=SUM(Z8+1,CHOOSE(Z8,H7,4))", "Z8", "=1+1", "7"},
        {"H8", "=IF(Z9,IF(Z9,H8+0,1),3)", "Z9", "=1>2", "3"},
    };
    put("F2", "20");
    for (size_t i = 0; i < array_count(cases); i++)
        put(cases[i].cell, cases[i].formula);
    for (size_t i = 0; i < array_count(cases); i++)
        put(cases[i].needed, cases[i].by);
    for (int round = 0; round < 2; round++) {
        recalculate();
        for (size_t i = 0; i < array_count(cases); i++)
            require_shown(cases[i].cell, cases[i].result);
        recalculation_all(book->recalculation);
    }
}
END_TEST

START_TEST(volatile_ones)
{
    put("A1", "=RAND()");
    put("A2", "=A1*0+1");
    put("A3", "=1+1");
    recalculate();
    double first = grid_at(sheet->grid, place_of("A1"))->number;
    require_equal(recalculate(), 2);
    require(grid_at(sheet->grid, place_of("A1"))->number != first);
    put("A1", "5");
    require_equal(recalculate(), 1);
    require_equal(recalculate(), 0);
}
END_TEST

START_TEST(names_change)
{
    put("A1", "10");
    put("B1", "=Rate*2");
    put("B2", "=1+1");
    recalculate();
    require_shown("B1", "#NAME?");
    require(name_define(book->names, "Rate", 4, SHEET_OWN,
                        keep_formula("Sheet1!$A$1", place_of("A1"))));
    require(recalculation_names_changed(book->recalculation));
    require_equal(recalculate(), 1);
    require_shown("B1", "20");
    put("A1", "11");
    require_equal(recalculate(), 1);
    require_shown("B1", "22");
}
END_TEST

/* Another sheet's name is that sheet's, also when it is defined after the formula is there. */
START_TEST(names_of_other_sheets)
{
    sheet_id other = book->sheets[1]->id;
    put("A1", "10");
    put("B1", "=Rate+Other!Rate");
    require(name_define(book->names, "Rate", 4, SHEET_OWN,
                        keep_formula("Sheet1!$A$1", place_of("A1"))));
    require(recalculation_names_changed(book->recalculation));
    recalculate();
    require_shown("B1", "20");
    require(name_define(book->names, "Rate", 4, other,
                        keep_formula("Sheet1!$A$2*100", place_of("A1"))));
    require(recalculation_names_changed(book->recalculation));
    recalculate();
    require_shown("B1", "10");
    put("A2", "2");
    require_equal(recalculate(), 1);
    require_shown("B1", "210");
}
END_TEST

START_TEST(known_values)
{
    put("A1", "1");
    put_known("B1", "A1+1", 100);
    put("B2", "=B1");
    put_known("B3", "NOSUCH(A1)+1", 55);
    require_equal(recalculate(), 1);
    require_shown("B2", "100");
    put("A1", "2");
    recalculate();
    require_shown("B1", "3");
    require_shown("B2", "3");
    require_shown("B3", "55"); /* cannot be computed here */
}
END_TEST

START_TEST(loading)
{
    recalculation_suspend(book->recalculation);
    require(!book_recalculate(book, NULL, NULL, NULL));
    put("A1", "1");
    put_known("B1", "A1+1", 100);
    put("B2", "=A1+5");
    put_known("B3", "B2+1", 101);
    put("B4", "=RAND()*0+B3");
    require(recalculation_resume(book->recalculation));
    require_equal(recalculation_stale_count(book->recalculation), 3);
    require_equal(recalculate(), 3);
    require_shown("B1", "100");
    require_shown("B3", "7");
    require_shown("B4", "7");
    put("A1", "2");
    require_equal(recalculate(), 4);
    require_shown("B1", "3");
}
END_TEST

static bool stop_at(void *context, const char *doing, uint64_t done, uint64_t total)
{
    (void)doing;
    require(done <= total);
    return done < *(uint64_t *)context;
}

START_TEST(stopping)
{
    uint32_t count = 20000;
    uint64_t limit = 6000, computed, sum = 0;
    struct progress progress = {.step = stop_at, .context = &limit};
    struct problem problem;
    formula_id up = keep_formula("A2+1", place_of("A1"));
    for (uint32_t row = 0; row < count; row++)
        require(cell_set_formula(book, sheet, (struct position){row, 0}, up, NULL));
    for (int i = 0; i < 2; i++) {
        require(!book_recalculate(book, &progress, &computed, &problem));
        require(computed < count && problem.text[0]);
        sum += computed;
        /* Nothing is left as if it were being computed. */
        for (uint32_t row = 0; row < count; row++)
            require(!(grid_at(sheet->grid, (struct position){row, 0})->flags & CELL_ON_STACK));
    }
    limit = UINT64_MAX;
    require(book_recalculate(book, &progress, &computed, &problem));
    require_equal(sum + computed, count);
    require_shown("A1", "20000");
    formula_drop(book->formulas, up);
}
END_TEST

/* Memory is refused somewhere; with more of it everything is as it should be. */
START_TEST(refusals)
{
    uint32_t count = is_slow() ? 200 : 1000, refused_count = 0;
    formula_id longer = keep_formula("A1&\"x\"", place_of("A2"));
    for (uint32_t row = 1; row < count; row++)
        require(cell_set_formula(book, sheet, (struct position){row, 0}, longer, NULL));
    for (uint64_t room = 0; room < 64 * 4096; room += 3 * 4096) {
        char first[32];
        struct problem problem = {0};
        (void)snprintf(first, sizeof first, "\"%u\"", (unsigned)(room / 4096 + 10));
        put("A1", first);
        require_ok(steppe_budget_set_limit(book->budget,
                                           steppe_budget_charged_bytes(book->budget) + room));
        bool is_done = book_recalculate(book, NULL, NULL, &problem);
        refused_count += !is_done;
        require(is_done || strstr(problem.text, "budget"), "%s", problem.text);
        require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
        recalculate();
        struct value last = cell_value(book, grid_at(sheet->grid, (struct position){count - 1, 0}));
        require(last.kind == VALUE_TEXT && last.text_bytes == count + 1);
        require(memcmp(last.text, first + 1, 2) == 0);
        (void)book_collect(book); /* so that texts want memory again */
    }
    require(refused_count > 0);
    formula_drop(book->formulas, longer);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("recalculate");
    TCase *test = test_case(suite, "recalculate");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, only_dependents);
    tcase_add_test(test, areas);
    tcase_add_test(test, chains);
    tcase_add_test(test, triangles);
    tcase_add_test(test, circles);
    tcase_add_test(test, no_circles);
    tcase_add_test(test, volatile_ones);
    tcase_add_test(test, names_change);
    tcase_add_test(test, names_of_other_sheets);
    tcase_add_test(test, known_values);
    tcase_add_test(test, loading);
    tcase_add_test(test, stopping);
    tcase_add_test(test, refusals);
    return suite;
}

/* ---- at random: what is computed after changes, against computing everything ------------------
 */

enum { SIDE = 12 };

static struct position any_cell(void)
{
    return (struct position){(uint32_t)below(SIDE), (uint32_t)below(SIDE)};
}

static void write_reference(char *text, size_t room)
{
    struct position cell = any_cell();
    const char *of = one_in(4) ? "Other!" : "";
    if (one_in(2))
        (void)snprintf(text, room, "%s%s", of, position_name(cell, (unsigned)below(4)).text);
    else
        (void)snprintf(text, room, "SUM(%s%s:%s)", of, position_name(cell, (unsigned)below(4)).text,
                       position_name(any_cell(), (unsigned)below(4)).text);
}

static void write_formula(char *text, size_t room)
{
    char a[64], b[64], c[64];
    write_reference(a, sizeof a);
    write_reference(b, sizeof b);
    write_reference(c, sizeof c);
    switch (below(6)) {
    case 0:
        (void)snprintf(text, room, "%s+%s", a, b);
        break;
    case 1:
        (void)snprintf(text, room, "IF(%s>3,%s,%s)", a, b, c);
        break;
    case 2:
        (void)snprintf(text, room, "%s-2", a);
        break;
    case 3:
        (void)snprintf(text, room, "SUM(Corner:%s)", position_name(any_cell(), 0).text);
        break;
    case 4:
        (void)snprintf(text, room, "Some+%s", a);
        break;
    default:
        (void)snprintf(text, room, "AND(%s>1,%s<9)", a, b);
    }
}

static void start(void)
{
    begin();
    agree(name_define(book->names, "Corner", 6, SHEET_OWN,
                      keep_formula("Sheet1!$B$2", place_of("A1"))));
    agree(
        name_define(book->names, "Some", 4, SHEET_OWN, keep_formula("Other!$C$3", place_of("A1"))));
}

static void define_anew(void)
{
    char text[64];
    (void)snprintf(text, sizeof text, "Other!%s", position_name(any_cell(), 3).text);
    remember("Some is %s", text);
    agree(name_define(book->names, "Some", 4, SHEET_OWN, keep_formula(text, place_of("A1"))));
    agree(recalculation_names_changed(book->recalculation));
}

static void put_formula(struct sheet *where)
{
    char text[256];
    struct position cell = any_cell();
    uint32_t count = one_in(3) ? 1 + (uint32_t)below(SIDE) : 1;
    write_formula(text, sizeof text);
    formula_id formula = keep_formula(text, cell);
    remember("%s in %s, %u times", text, position_name(cell, 0).text, count);
    for (uint32_t i = 0; i < count && cell.row < SIDE; i++, cell.row++)
        agree(cell_set_formula(book, where, cell, formula, NULL));
    formula_drop(book->formulas, formula);
}

static void operate(void)
{
    struct sheet *where = book->sheets[below(2)];
    struct position cell = any_cell();
    switch (below(12)) {
    case 0:
        remember("clear");
        agree(cells_clear(book, where, area_of(cell, any_cell()), true));
        break;
    case 1 ... 3:
        put_formula(where);
        break;
    case 4:
        define_anew();
        break;
    case 5:
        remember("suspended");
        recalculation_suspend(book->recalculation);
        put_formula(where);
        agree(recalculation_resume(book->recalculation));
        break;
    case 6:
        remember("all, forget");
        if (one_in(2))
            recalculation_all(book->recalculation);
        recalculation_forget(book->recalculation);
        break;
    case 7:
        remember("compute");
        agree(book_recalculate(book, NULL, NULL, NULL));
        break;
    default: {
        double number = (double)below(10);
        remember("%g in %s", number, position_name(cell, 0).text);
        agree(cell_set_value(book, where, cell, value_number(number)));
    }
    }
}

static struct value values[2][SIDE][SIDE];

static void take_values(void)
{
    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t row = 0; row < SIDE; row++)
            for (uint32_t column = 0; column < SIDE; column++)
                values[i][row][column] = cell_value(
                    book, grid_at(book->sheets[i]->grid, (struct position){row, column}));
}

/* In a circle with other errors about, which error a cell has depends on where one begins. */
static bool is_same(struct value a, struct value b)
{
    return (a.kind == VALUE_ERROR && b.kind == VALUE_ERROR) || value_is(a, b);
}

static void compare(void)
{
    agree(book_recalculate(book, NULL, NULL, NULL));
    agree_equal(recalculation_stale_count(book->recalculation), 0);
    take_values();
    recalculation_all(book->recalculation);
    agree(book_recalculate(book, NULL, NULL, NULL));
    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t row = 0; row < SIDE; row++)
            for (uint32_t column = 0; column < SIDE; column++) {
                struct position cell = {row, column};
                const struct cell *now = grid_at(book->sheets[i]->grid, cell);
                agree(!(now->flags & (CELL_STALE | CELL_ON_STACK)));
                agree(is_same(cell_value(book, now), values[i][row][column]),
                      "%s of sheet %u is %s, was %s", position_name(cell, 0).text, i,
                      write_value(cell_value(book, now)).text,
                      write_value(values[i][row][column]).text);
            }
}

static void finish(void)
{
    compare();
    end();
}

int main(int argc, char **argv)
{
    static const struct random_test test = {.name = "changes against computing everything",
                                            .operation_count = 20000,
                                            .compare_every = 4,
                                            .start = start,
                                            .operate = operate,
                                            .compare = compare,
                                            .finish = finish};
    return random_main(argc, argv, &test, make_suite);
}
