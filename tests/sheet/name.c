/* SPDX-License-Identifier: MIT */
/* name.c - defined names: what may be one, whose they are, and their numbers. */
#include "sheet/book/name.h"

#include <string.h>

#include "support.h"

static struct text_pool *texts;
static struct formula_pool *formulas;
static struct name_table *names;
static formula_id one, two;

static formula_id number_formula(double number)
{
    struct token token = {.kind = TOKEN_NUMBER, .number = number};
    formula_id formula = formula_keep(formulas, &token, 1);
    require(formula);
    return formula;
}

static void open_all(void)
{
    texts = text_pool_new(NULL);
    require(texts);
    formulas = formula_pool_new(texts, NULL);
    require(formulas);
    names = name_table_new(texts, formulas);
    require(names);
    one = number_formula(1);
    two = number_formula(2);
}

static void close_all(void)
{
    name_table_free(names);
    name_table_free(NULL);
    formula_pool_free(formulas);
    text_pool_free(texts);
}

static name_id number(const char *text, sheet_id sheet)
{
    name_id name = name_number(names, text, strlen(text), sheet);
    require(name);
    return name;
}

static name_id find(const char *text, sheet_id sheet)
{
    return name_find(names, text, strlen(text), sheet);
}

static name_id define(const char *text, sheet_id sheet, formula_id formula)
{
    formula_hold(formulas, formula);
    return name_define(names, text, strlen(text), sheet, formula);
}

START_TEST(allowed)
{
    static const char *const right[] = {"a",    "Sales",   "_x",    "\\",       "a.b?c", "XFE1",
                                        "A0",   "Ünicode", "Größe", "名前",     "TRUE1", "R1C1x",
                                        "rate", "CC",      "A1B",   "tax_2024", "\\x"};
    static const char *const wrong[] = {"",     "1a",    "A1",   "a1",  "XFD1048576", "$A$1",
                                        "R",    "c",     "R1C1", "rc",  "R7",         "C12",
                                        "TRUE", "false", "a b",  "a-b", "a!b",        "?a",
                                        ".a",   "'a",    "a'",   "(",   "\xff",       "€"};
    for (size_t i = 0; i < array_count(right); i++)
        require(name_is_allowed(right[i], strlen(right[i])), "%s", right[i]);
    for (size_t i = 0; i < array_count(wrong); i++)
        require(!name_is_allowed(wrong[i], strlen(wrong[i])), "%s", wrong[i]);
    char text[4 * NAME_CHARACTERS_MAX + 8];
    memset(text, 'x', sizeof text);
    require(name_is_allowed(text, NAME_CHARACTERS_MAX));
    require(!name_is_allowed(text, NAME_CHARACTERS_MAX + 1));
    require(!name_is_allowed(text, sizeof text));
}
END_TEST

START_TEST(defined_later)
{
    name_id name = number("rate", 1);
    require_equal(number("RATE", 2), name);
    require_equal(find("rate", SHEET_OWN), 0);
    require(!name_meaning(names, name, 1));
    require(name_of(names, name) && !name_of(names, name)->formula);
    require_equal(define("Rate", SHEET_OWN, one), name);
    require_equal(find("rAtE", SHEET_OWN), name);
    require_equal(name_meaning(names, name, 1)->formula, one);
    require(!strcmp(text_bytes(texts, name_of(names, name)->text, NULL), "Rate"));
    require_equal(define("rate", SHEET_OWN, two), name);
    require_equal(name_meaning(names, name, 0)->formula, two);
    require_equal(define("rate", SHEET_OWN, 0), name);
    require(!name_meaning(names, name, 1));
    require_equal(number("rate", 1), name);
    require_equal(define("nothing", SHEET_OWN, 0), 0);
    require_equal(name_count(names), 1);
    require(!name_of(names, 0) && !name_of(names, 2) && !name_meaning(names, 77, 1));
}
END_TEST

START_TEST(own_ones_first)
{
    name_id all = define("tax", SHEET_OWN, one), own = define("TAX", 2, two);
    require(all && own && all != own);
    require_equal(number("tax", 1), all);
    require_equal(number("tax", 2), own);
    require_equal(find("tax", 1), 0);
    require_equal(name_meaning(names, all, 1)->formula, one);
    require_equal(name_meaning(names, all, 2)->formula, two);
    require_equal(name_meaning(names, own, 1)->formula, two); /* Sheet2!tax elsewhere */
    require_equal(define("tax", 2, 0), own);
    require_equal(name_meaning(names, all, 2)->formula, one);
    require_equal(name_meaning(names, own, 2)->formula, one);
    require_equal(number("tax", 2), all);
    require_equal(define("tax", SHEET_OWN, 0), all);
    require(!name_meaning(names, own, 2));
}
END_TEST

START_TEST(holds)
{
    formula_id formula = number_formula(3);
    name_id name = name_define(names, "three", 5, SHEET_OWN, formula); /* takes our hold */
    require(name);
    (void)formula_collect(formulas);
    size_t token_count;
    require(formula_tokens(formulas, formula, &token_count) && token_count == 1);
    require_equal(name_define(names, "three", 5, SHEET_OWN, 0), name);
    (void)formula_collect(formulas);
    require(!formula_tokens(formulas, formula, &token_count));
    require_equal(name_define(names, "three", 5, SHEET_OWN, 0), name);
}
END_TEST

START_TEST(hidden)
{
    name_id name = define("_XLNM.Print_Area", 1, one), plain = define("plain", 1, one);
    require(name_of(names, name)->is_hidden && !name_of(names, plain)->is_hidden);
    name_hide(names, plain, true);
    name_hide(names, 99, true);
    require(name_of(names, plain)->is_hidden);
}
END_TEST

START_TEST(too_many)
{
    char text[32];
    for (unsigned i = 1; i <= NAMES_MAX; i++) {
        require(snprintf(text, sizeof text, "name_%u", i) > 0);
        require_equal(number(text, 1), i);
    }
    require(!name_number(names, "more", 4, 1));
    formula_hold(formulas, one);
    require(!name_define(names, "more", 4, SHEET_OWN, one));
    require_equal(name_count(names), NAMES_MAX);
    require_equal(define("name_7", SHEET_OWN, one), 7);
    static char longest[100000];
    memset(longest, 'x', sizeof longest);
    require(!name_number(names, longest, sizeof longest, 1));
}
END_TEST

START_TEST(refused)
{
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    struct text_pool *limited_texts = text_pool_new(budget);
    require(limited_texts);
    uint64_t least_bytes = steppe_budget_charged_bytes(budget);
    for (uint64_t pages = 0; pages < 30; pages++) {
        require_ok(steppe_budget_set_limit(budget, least_bytes + pages * steppe_page_bytes()));
        struct name_table *table = name_table_new(limited_texts, formulas);
        if (!table) {
            require_equal(steppe_last_status(), STEPPE_E_BUDGET);
            continue;
        }
        unsigned made = 0;
        char text[32];
        for (; made < NAMES_MAX; made++) {
            require(snprintf(text, sizeof text, "name_%u", made) > 0);
            if (!name_number(table, text, strlen(text), 1))
                break;
        }
        require(made < NAMES_MAX);
        require_equal(steppe_last_status(), STEPPE_E_BUDGET);
        require_equal(name_count(table), made);
        for (unsigned i = 0; i < made; i++) {
            require(snprintf(text, sizeof text, "NAME_%u", i) > 0);
            require_equal(name_number(table, text, strlen(text), 1), i + 1);
            text_drop(limited_texts, name_of(table, i + 1)->text);
        }
        name_table_free(table);
        (void)text_collect(limited_texts);
    }
    text_pool_free(limited_texts);
    require_ok(steppe_budget_free(budget));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("name");
    TCase *plain = test_case(suite, "plain");
    tcase_add_checked_fixture(plain, open_all, close_all);
    tcase_add_test(plain, allowed);
    tcase_add_test(plain, defined_later);
    tcase_add_test(plain, own_ones_first);
    tcase_add_test(plain, holds);
    tcase_add_test(plain, hidden);
    tcase_add_test(plain, too_many);
    tcase_add_test(plain, refused);
    return test_main(suite);
}
