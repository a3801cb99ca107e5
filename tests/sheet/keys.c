/* SPDX-License-Identifier: MIT */
/* keys.c - tables of values against looking at each cell. */
#include "sheet/book/keys.h"

#include "formulas.h"

enum { LINE_LENGTH = 400, ASKED_ENOUGH = 9 };

static struct position at_place(bool is_row, uint32_t place)
{
    return is_row ? (struct position){7, place + 3} : (struct position){place + 3, 7};
}

static struct reference line_of(bool is_row)
{
    struct position last = at_place(is_row, LINE_LENGTH - 1);
    return (struct reference){.sheet = book->sheets[0]->id,
                              .area = area_of(at_place(is_row, 0), last)};
}

static struct value random_value(uint64_t *seed)
{
    static const char *const texts[] = {"", "a", "A", "b", "Äpfel", "äPFEL", "1", "\xc3", "true"};
    switch (random_below(seed, 6)) {
    case 0:
        return value_blank();
    case 1:
        return value_boolean(random_below(seed, 2));
    case 2:
        return value_error(ERROR_NA);
    case 3:
        return value_string(texts[random_below(seed, array_count(texts))]);
    default:
        return value_number((double)random_below(seed, 300) / 4 - 2);
    }
}

static uint32_t look(const struct value *line, struct value wanted)
{
    for (uint32_t i = 0; i < LINE_LENGTH; i++)
        if (line[i].kind == wanted.kind && value_compare(line[i], wanted) == 0)
            return i;
    return KEYS_NOWHERE;
}

/* The first one first, then each of the others once. */
static void compare(struct key_places *places, const struct value *line, struct value wanted)
{
    bool is_found[LINE_LENGTH] = {false};
    uint32_t count = 0, expected = 0;
    require(places->place == look(line, wanted), "%u, not %u", places->place, look(line, wanted));
    bool has_number_texts = false;
    for (uint32_t i = 0; i < LINE_LENGTH; i++)
        has_number_texts |= line[i].kind == VALUE_TEXT && value_is(line[i], value_string("1"));
    require(places->has_number_texts == has_number_texts);
    for (uint32_t i = 0; i < LINE_LENGTH; i++)
        expected += line[i].kind == wanted.kind && value_compare(line[i], wanted) == 0;
    if (places->place != KEYS_NOWHERE)
        do {
            require(!is_found[places->place]);
            is_found[places->place] = true;
            count++;
        } while (keys_next(places));
    require_equal(count, expected);
}

static void ask_often(struct keys *keys, const struct reference *reference)
{
    struct value wanted = value_number(1e9);
    struct key_places places;
    for (int i = 0; i < ASKED_ENOUGH; i++)
        (void)keys_find(keys, reference, &wanted, &places); /* whether it does or not */
}

START_TEST(as_cell_by_cell)
{
    enum { ROUNDS = 20, ASKED = 200 };
    uint64_t seed = 99;
    struct keys *keys = keys_new(book);
    require(keys);
    for (int round = 0; round < ROUNDS; round++) {
        struct value line[LINE_LENGTH];
        bool is_row = round % 2;
        struct reference reference = line_of(is_row);
        for (uint32_t i = 0; i < LINE_LENGTH; i++) {
            line[i] = random_value(&seed);
            require(cell_set_value(book, book->sheets[0], at_place(is_row, i), line[i]));
        }
        keys_forget(keys);
        ask_often(keys, &reference);
        for (int i = 0; i < ASKED; i++) {
            struct value wanted = random_value(&seed);
            struct key_places places;
            bool is_known = keys_find(keys, &reference, &wanted, &places);
            bool is_key = wanted.kind != VALUE_BLANK && wanted.kind != VALUE_ERROR;
            require(is_known == is_key, "seed 99, round %d", round);
            if (is_known)
                compare(&places, line, wanted);
        }
    }
    keys_free(keys);
}
END_TEST

/* What is stale may become anything. */
START_TEST(not_while_a_cell_is_stale)
{
    struct reference reference = line_of(false);
    struct value wanted = value_number(5);
    struct key_places places;
    struct keys *keys = keys_new(book);
    require(keys);
    for (uint32_t i = 0; i < LINE_LENGTH; i++)
        require(cell_set_value(book, book->sheets[0], at_place(false, i), value_number(i)));
    put_on(book->sheets[0], at_place(false, 4), "=2+3");
    for (int i = 0; i < 3; i++)
        ask_often(keys, &reference);
    require(!keys_find(keys, &reference, &wanted, &places));
    struct problem problem;
    require(book_recalculate(book, NULL, NULL, &problem), "%s", problem.text);
    for (int i = 0; i < 10; i++)
        ask_often(keys, &reference);
    require(keys_find(keys, &reference, &wanted, &places) && places.place == 4);
    /* Another line, of which nobody has asked; and one that is short. */
    reference.area.last.row--;
    require(!keys_find(keys, &reference, &wanted, &places));
    reference.area.last.row = reference.area.first.row + 20;
    for (int i = 0; i < 3; i++)
        ask_often(keys, &reference);
    require(!keys_find(keys, &reference, &wanted, &places));
    keys_free(keys);
}
END_TEST

/* No room for a table is no error. */
START_TEST(refused)
{
    struct reference reference = line_of(false);
    struct value wanted = value_number(5);
    struct key_places places;
    struct keys *keys = keys_new(book);
    require(keys);
    for (uint32_t i = 0; i < LINE_LENGTH; i++)
        require(cell_set_value(book, book->sheets[0], at_place(false, i), value_number(i)));
    uint64_t charged = steppe_budget_charged_bytes(book->budget);
    require_ok(steppe_budget_set_limit(book->budget, charged));
    for (int i = 0; i < 3; i++)
        ask_often(keys, &reference);
    require(!keys_find(keys, &reference, &wanted, &places));
    require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
    keys_forget(keys);
    ask_often(keys, &reference);
    require(keys_find(keys, &reference, &wanted, &places) && places.place == 5);
    require(steppe_budget_charged_bytes(book->budget) > charged);
    keys_free(keys);
    require_equal(steppe_budget_charged_bytes(book->budget), charged);
}
END_TEST

/* More lines than are remembered: the one in use stays. */
START_TEST(many_lines)
{
    struct reference reference = line_of(false), other = reference;
    struct value wanted = value_number(5);
    struct key_places places;
    struct keys *keys = keys_new(book);
    require(keys);
    for (uint32_t i = 0; i < LINE_LENGTH; i++)
        require(cell_set_value(book, book->sheets[0], at_place(false, i), value_number(i)));
    ask_often(keys, &reference);
    for (uint32_t i = 0; i < 1000; i++) {
        other.area.first.column = other.area.last.column = 100 + i;
        (void)keys_find(keys, &other, &wanted, &places); /* none of them is known */
        if (i % 10 == 0)
            require(keys_find(keys, &reference, &wanted, &places) && places.place == 5);
    }
    keys_free(keys);
}
END_TEST

static double result_at(uint32_t row)
{
    const struct cell *cell = grid_at(book->sheets[0]->grid, (struct position){row, 1});
    return cell->kind == VALUE_NUMBER ? cell->number : -1;
}

/* Formulas in the whole of a workbook find what is there by now, edit after edit; also where what
 * they look in is computed. */
START_TEST(after_edits)
{
    enum { LENGTH = 300, EDITS = 40 };
    uint64_t seed = 3;
    double keys[LENGTH];
    char formula[64];
    struct problem problem;
    for (uint32_t row = 0; row < LENGTH; row++) {
        keys[row] = row;
        (void)snprintf(formula, sizeof formula, "=D%u+0", row + 1);
        put_on(book->sheets[0], (struct position){row, 0}, formula);
        require(cell_set_value(book, book->sheets[0], (struct position){row, 3},
                               value_number(keys[row])));
        (void)snprintf(formula, sizeof formula, "=MATCH(C%u,$A$1:$A$300,0)", row + 1);
        put_on(book->sheets[0], (struct position){row, 1}, formula);
        require(cell_set_value(book, book->sheets[0], (struct position){row, 2},
                               value_number(LENGTH - row)));
    }
    for (int edit = 0; edit < EDITS; edit++) {
        uint32_t changed = (uint32_t)random_below(&seed, LENGTH);
        keys[changed] = (double)random_below(&seed, LENGTH);
        require(cell_set_value(book, book->sheets[0], (struct position){changed, 3},
                               value_number(keys[changed])));
        require(book_recalculate(book, NULL, NULL, &problem), "%s", problem.text);
        for (uint32_t row = 0; row < LENGTH; row++) {
            double expected = -1;
            for (uint32_t i = 0; i < LENGTH && expected < 0; i++)
                if (keys[i] == LENGTH - row)
                    expected = i + 1;
            require(result_at(row) == expected, "seed 3, edit %d, row %u: %g, not %g", edit, row,
                    result_at(row), expected);
        }
    }
}
END_TEST

/* The same results with tables and without. */
START_TEST(functions)
{
    enum { ROUNDS = 8, LENGTH = 150, ASKED = 12 };
    static const char *const formulas[] = {
        "MATCH(%s,A1:A150,0)",         "VLOOKUP(%s,A:C,3,FALSE)",    "COUNTIF(A1:A150,%s)",
        "SUMIF(A:A,%s,C:C)",           "SUMIF(A1:A150,%s,C1048500)", "AVERAGEIF(A1:A150,%s,B1)",
        "COUNTIFS(B:B,\">1\",A:A,%s)", "SUMIFS(B:B,A:A,%s,C:C,2)",   "XLOOKUP(%s,A:A,B:B)",
        "MAXIFS(C:C,A:A,%s,B:B,1)",    "COUNTIF(A1:B150,%s)",        "SUMIF(B1:B150,%s)",
    };
    static const char *const wanted[] = {"1", "\"1\"", "\"a\"", "\"A*\"", "TRUE", "7", "\"\""};
    uint64_t seed = 12;
    char formula[128];
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < 3 * LENGTH; i++) {
            struct value value = random_value(&seed);
            /* With texts that read as numbers, and without; C without errors, mostly.
             */
            bool is_small = random_below(&seed, 3) || (i >= 2 * LENGTH && round % 4);
            if (value.kind == VALUE_ERROR || (round % 2 && value.kind == VALUE_TEXT) || is_small)
                value = value_number((double)random_below(&seed, 4));
            require(cell_set_value(book, book->sheets[0], (struct position){i % LENGTH, i / LENGTH},
                                   value));
        }
        for (size_t i = 0; i < array_count(formulas) * array_count(wanted); i++) {
            (void)snprintf(formula, sizeof formula, formulas[i / array_count(wanted)],
                           wanted[i % array_count(wanted)]);
            evaluation_free(evaluation);
            evaluation = evaluation_new(book);
            require(evaluation);
            struct formula_result expected = result_in(formula, place_of("Z99"));
            evaluation_renew_keys(evaluation);
            for (int k = 0; k < ASKED; k++) {
                struct formula_result result = result_in(formula, place_of("Z99"));
                require(strcmp(result.text, expected.text) == 0,
                        "seed 12, round %d: %s is %s, not %s", round, formula, result.text,
                        expected.text);
            }
        }
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("keys");
    TCase *test = test_case(suite, "keys");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, as_cell_by_cell);
    tcase_add_test(test, not_while_a_cell_is_stale);
    tcase_add_test(test, refused);
    tcase_add_test(test, many_lines);
    tcase_add_test(test, after_edits);
    tcase_add_test(test, functions);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
