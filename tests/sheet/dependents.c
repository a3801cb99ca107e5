/* SPDX-License-Identifier: MIT */
/* dependents.c and block.c - against looking at every formula. */
#include "sheet/book/dependents.h"

#include <stdlib.h>

#include "formulas.h"
#include "random.h"
#include "sheet/book/block.h"

static struct dependents *dependents;

/* ---- blocks -------------------------------------------------------------------------------------
 */

START_TEST(spans)
{
    struct block_span span = block_span_of(area_of_one(place_of("C7")));
    require(span.height == 0 && span.width == 0 && area_is_one(span.blocks));
    require(position_is(span.blocks.first, place_of("C7")));
    span = block_span_of(area_of(place_of("A2"), place_of("A3")));
    require(span.height == 0 && area_cells(span.blocks) == 2);
    span = block_span_of(area_of(place_of("A1"), place_of("A3")));
    require(span.height == 1 && area_is_one(span.blocks));
    span = block_span_of(area_of(place_of("A1"), place_of("A1048576")));
    require(span.height == 10 && span.width == 0);
    span = block_span_of(area_of_all());
    require(area_cells(span.blocks) <= 4 && span.height == 10 && span.width == 7);
}
END_TEST

START_TEST(entries)
{
    struct block_index *index = block_index_new(NULL);
    uint32_t count = is_slow() ? 2000 : 20000;
    require(index);
    require_equal(block_index_next_shape(index, 1, 0), BLOCK_SHAPES);
    for (uint32_t i = 0; i < count; i++)
        require(
            block_index_add(index, 1, (uint8_t)(i % 3), 1, (struct position){i / 6, i % 2}, i + 1));
    require_equal(block_index_count(index), count);
    require_equal(block_index_next_shape(index, 1, 0), 1);
    require_equal(block_index_next_shape(index, 1, 2), BLOCK_WIDTHS + 1);
    require_equal(block_index_next_shape(index, 1, 2 * BLOCK_WIDTHS + 2), BLOCK_SHAPES);
    require_equal(block_index_next_shape(index, 2, 0), BLOCK_SHAPES);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t entry =
            block_index_first(index, 1, (uint8_t)(i % 3), 1, (struct position){i / 6, i % 2});
        while (entry && block_index_number(index, entry) != i + 1)
            entry = block_index_next(index, entry);
        require(entry, "number %u is lost", i);
    }
    require(!block_index_first(index, 1, 0, 2, (struct position){0, 0}));
    block_index_clear(index);
    require_equal(block_index_count(index), 0);
    require(!block_index_first(index, 1, 0, 1, (struct position){0, 0}));
    block_index_free(index);
}
END_TEST

/* ---- visiting -----------------------------------------------------------------------------------
 */

static void begin(void)
{
    formulas_begin();
    dependents = dependents_new(book, book->budget);
    require(dependents);
}

static void end(void)
{
    dependents_free(dependents);
    formulas_end();
}

/* Cells found, with their formulas still there. */
struct found {
    uint64_t count, range_count;
    struct place places[4096];
};

static void note(void *context, const struct dependents_hit *hit)
{
    struct found *found = context;
    struct place place = {.sheet = hit->sheet, .position.column = hit->column};
    found->range_count++;
    for (uint32_t row = hit->first_row; row <= hit->last_row; row++) {
        place.position.row = row;
        const struct sheet *sheet = book_sheet(book, hit->sheet);
        if (grid_at(sheet->grid, place.position)->formula != hit->formula)
            continue;
        agree(found->count < array_count(found->places));
        found->places[found->count++] = place;
    }
}

static struct found found;

static void visit(sheet_id sheet, struct area area)
{
    found.count = found.range_count = 0;
    dependents_visit(dependents, sheet, area, note, &found);
}

static void add(const char *name, const char *formula)
{
    put(name, formula);
    require(dependents_add(dependents, book->sheets[0]->id, place_of(name)));
}

static uint64_t count_at(const char *first, const char *last)
{
    visit(book->sheets[0]->id, area_of(place_of(first), place_of(last)));
    return found.count;
}

START_TEST(runs)
{
    char name[16], formula[32];
    for (int row = 1; row <= 1000; row++) {
        (void)snprintf(name, sizeof name, "C%d", row);
        (void)snprintf(formula, sizeof formula, "=A%d*2+$Z$1", row);
        add(name, formula);
    }
    struct dependents_statistics statistics = dependents_statistics_of(dependents);
    require_equal(statistics.run_count, 1);
    require_equal(statistics.link_count, 2);
    require(statistics.entry_count < 40);
    require_equal(count_at("A500", "A500"), 1);
    require(found.places[0].position.row == 499 && found.range_count == 1);
    require_equal(count_at("Z1", "Z1"), 1000);
    require_equal(found.range_count, 1);
    require_equal(count_at("Z2", "Z2"), 0);
    require_equal(count_at("B1", "B1000"), 0);
    require_equal(count_at("A10", "A19"), 10);
    require_equal(count_at("A1001", "A1048576"), 0);
    require_equal(count_at("A1", "XFD1048576"), 2000); /* by either of the references */
    /* What goes is found no more. */
    put("C500", "7");
    require_equal(count_at("A500", "A500"), 0);
    require_equal(count_at("Z1", "Z1"), 999);
    dependents_clear(dependents);
    require_equal(count_at("Z1", "Z1"), 0);
    require_equal(dependents_statistics_of(dependents).run_count, 0);
}
END_TEST

START_TEST(areas)
{
    add("C1", "=SUM(A1:A10)");
    add("C2", "=SUM(A:A)");
    add("C3", "=SUM(5:5)");
    add("C4", "=SUM(A$1:A4)");
    add("C5", "=SUM(A$1:A5)");
    add("C6", "=Other!A1");
    require_equal(count_at("A1", "A1"), 4);
    require_equal(count_at("A5", "A5"), 4);
    require_equal(count_at("A6", "A6"), 2);
    require_equal(count_at("A1048576", "A1048576"), 1);
    require_equal(count_at("XFD5", "XFD5"), 1);
    require_equal(count_at("B1", "B4"), 0);
    visit(book->sheets[1]->id, area_of_one(place_of("A1")));
    require_equal(found.count, 1);
}
END_TEST

static void define(const char *name, const char *meaning)
{
    require(name_define(book->names, name, strlen(name), SHEET_OWN,
                        keep_formula(meaning, place_of("A1"))));
}

START_TEST(lists)
{
    define("Keys", "$A$1:$A$9");
    define("Sums", "$B$1:$B$9");
    define("Short", "$B$1:$B$2");
    define("Rate", "Other!$B$2");
    define("Chance", "RAND()");
    add("C1", "=RAND()");
    add("D1", "=Rate*2");
    add("E1", "=SUM(A1:INDEX(B1:B9,2))");
    add("F1", "=SUMIF(A1:A9,1,B1)");
    add("G1", "=SUMIF(A1:A9,1,B1:B9)");
    add("H1", "=Chance");
    add("I1", "=SUMIF(A1:A9,1)");
    /* Areas by their names are areas; those that are not alike read beyond them. */
    add("J1", "=SUMIF(Keys,1,Sums)");
    add("K1", "=SUMIF(Keys,1,Short)");
    add("L1", "=SUMIF(Keys,1,Undefined)");
    add("M1", "=SUMIF(Keys,1,B1:B9)");
    found.count = 0;
    dependents_visit_volatile(dependents, note, &found);
    require_equal(found.count, 6); /* C1, E1, F1, H1, K1, L1 */
    for (uint64_t i = 0; i < found.count; i++)
        require(strchr("CEFHKL", (int)('A' + found.places[i].position.column)));
    found.count = 0;
    dependents_visit_names(dependents, note, &found);
    require_equal(found.count, 6);
    /* What a name means is referred to. */
    visit(book->sheets[1]->id, area_of_one(place_of("B2")));
    require(found.count == 1 && position_is(found.places[0].position, place_of("D1")));
}
END_TEST

START_TEST(refusals)
{
    char name[16], formula[32];
    bool is_refused = false;
    require_ok(steppe_budget_set_limit(book->budget,
                                       steppe_budget_charged_bytes(book->budget) + 256 * 1024));
    for (int row = 1; row <= 100000 && !is_refused; row++) {
        (void)snprintf(name, sizeof name, "C%d", row);
        (void)snprintf(formula, sizeof formula, "A%d+%d", row, row);
        struct parse_options options = {
            .book = book, .sheet = book->sheets[0]->id, .cell = place_of(name)};
        formula_id kept = parse_and_keep(formula, strlen(formula), &options, NULL);
        is_refused = !kept ||
                     !cell_set_formula(book, book->sheets[0], place_of(name), kept, NULL) ||
                     !dependents_add(dependents, book->sheets[0]->id, place_of(name));
    }
    require(is_refused);
    require_equal(count_at("A1", "A1"), 1);
    require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
    require(dependents_add(dependents, book->sheets[0]->id, place_of("C1")));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("dependents");
    TCase *test = test_case(suite, "dependents");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, spans);
    tcase_add_test(test, entries);
    tcase_add_test(test, runs);
    tcase_add_test(test, areas);
    tcase_add_test(test, lists);
    tcase_add_test(test, refusals);
    return suite;
}

/* ---- at random ----------------------------------------------------------------------------------
 */

/* Where cells are: at the corners of the grid, where references come in again, and in its middle.
 */
static struct position any_place(void)
{
    static const uint32_t rows[] = {0, 1000, ROWS - 24}, columns[] = {0, 100, COLUMNS - 6};
    return (struct position){pick(rows) + (uint32_t)below(24), pick(columns) + (uint32_t)below(6)};
}

static struct sheet *any_sheet(void)
{
    return book->sheets[below(2)];
}

static uint32_t any_word(uint32_t limit)
{
    switch (below(4)) {
    case 0:
        return (uint32_t)below(limit);
    case 1:
        return limit - 1 - (uint32_t)below(40);
    default:
        return (uint32_t)below(40);
    }
}

static struct token any_reference(void)
{
    struct token token = {.kind = one_in(2) ? TOKEN_CELL : TOKEN_AREA};
    token.flags = (uint8_t)below(16);
    token.sheet = one_in(3) ? any_sheet()->id : SHEET_OWN;
    token.row = any_word(ROWS);
    token.column = (uint16_t)any_word(COLUMNS);
    if (token.kind == TOKEN_CELL) {
        token.flags &= TOKEN_FIXED_ROW | TOKEN_FIXED_COLUMN;
        return token;
    }
    token.last_row = any_word(ROWS);
    token.last_column = (uint16_t)any_word(COLUMNS);
    return token;
}

/* Few different ones, so that runs come about. */
static formula_id formulas[24];

static formula_id any_formula(void)
{
    formula_id *kept = &pick(formulas);
    if (*kept && !one_in(20))
        return *kept;
    struct token tokens[5] = {any_reference(), any_reference(), {.kind = TOKEN_ADD}};
    formula_drop(book->formulas, *kept);
    *kept = formula_keep(book->formulas, tokens, 3);
    agree(*kept);
    return *kept;
}

static void operate(void)
{
    struct sheet *sheet = any_sheet();
    struct position cell = any_place();
    if (one_in(400)) {
        remember("clear");
        dependents_clear(dependents);
        for (size_t i = 0; i < book->sheet_count; i++)
            grid_clear(book->sheets[i]->grid, area_of_all());
        return;
    }
    uint32_t count = one_in(3) ? 1 + (uint32_t)below(20) : 1;
    formula_id formula = one_in(8) ? 0 : any_formula();
    remember("formula %u in %u cells from %s", formula, count, position_name(cell, 0).text);
    for (uint32_t i = 0; i < count && cell.row < ROWS; i++, cell.row++) {
        struct cell *used = grid_use(sheet->grid, cell);
        agree(used);
        used->formula = formula;
        used->kind = formula ? VALUE_NUMBER : VALUE_BLANK;
        if (formula)
            agree(dependents_add(dependents, sheet->id, cell));
    }
}

static bool refers(formula_id formula, sheet_id own, struct position cell, sheet_id sheet,
                   struct area area)
{
    size_t count;
    const struct token *tokens = formula_tokens(book->formulas, formula, &count);
    for (size_t i = 0; i < count; i++) {
        struct area common;
        if (tokens[i].kind != TOKEN_CELL && tokens[i].kind != TOKEN_AREA)
            continue;
        if ((tokens[i].sheet ? tokens[i].sheet : own) == sheet &&
            area_meet(token_area(&tokens[i], cell), area, &common))
            return true;
    }
    return false;
}

static bool is_found(sheet_id sheet, struct position cell)
{
    for (uint64_t i = 0; i < found.count; i++)
        if (found.places[i].sheet == sheet && position_is(found.places[i].position, cell))
            return true;
    return false;
}

static void compare_area(sheet_id sheet, struct area area)
{
    visit(sheet, area);
    for (uint64_t i = 0; i < found.count; i++) {
        const struct place *place = &found.places[i];
        formula_id formula =
            grid_at(book_sheet(book, place->sheet)->grid, place->position)->formula;
        agree(refers(formula, place->sheet, place->position, sheet, area), "%s is found for %s",
              position_name(place->position, 0).text, area_name(area).text);
    }
    for (size_t i = 0; i < book->sheet_count; i++) {
        struct grid_walk walk;
        grid_walk_begin(&walk, book->sheets[i]->grid, area_of_all(), GRID_AS_THEY_LIE);
        for (const struct cell *cell; (cell = grid_walk_next(&walk));)
            if (cell->formula &&
                refers(cell->formula, book->sheets[i]->id, walk.position, sheet, area))
                agree(is_found(book->sheets[i]->id, walk.position), "%s is not found for %s",
                      position_name(walk.position, 0).text, area_name(area).text);
    }
}

static void compare(void)
{
    for (int i = 0; i < 4; i++) {
        struct position a = any_place(), b = any_place();
        compare_area(any_sheet()->id, one_in(2) ? area_of_one(a) : area_of(a, b));
    }
}

static void finish(void)
{
    compare();
    memset(formulas, 0, sizeof formulas);
    end();
}

int main(int argc, char **argv)
{
    static const struct random_test test = {.name = "dependents against all formulas",
                                            .operation_count = 3000,
                                            .compare_every = 5,
                                            .start = begin,
                                            .operate = operate,
                                            .compare = compare,
                                            .finish = finish};
    return random_main(argc, argv, &test, make_suite);
}
