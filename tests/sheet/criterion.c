/* SPDX-License-Identifier: MIT */
/* criterion.c - conditions on values, and wildcards. */
#include "sheet/functions/criterion.h"

#include <string.h>

#include "support.h"

/* ---- wildcards: against the plainest matching there is ----------------------------------------
 */

static bool naive_prefix(const char *pattern, const char *text, bool whole)
{
    if (!*pattern)
        return !whole || !*text;
    if (*pattern == '*')
        return naive_prefix(pattern + 1, text, whole) ||
               (*text && naive_prefix(pattern, text + 1, whole));
    if (!*text)
        return false;
    if (*pattern == '?')
        return naive_prefix(pattern + 1, text + 1, whole);
    if (*pattern == '~' && pattern[1] && strchr("*?~", pattern[1]))
        pattern++;
    return (*pattern | 32) == (*text | 32) && naive_prefix(pattern + 1, text + 1, whole);
}

static size_t naive_find(const char *pattern, const char *text, size_t start)
{
    for (size_t at = start; at <= strlen(text); at++)
        if (naive_prefix(pattern, text + at, false))
            return at;
    return SIZE_MAX;
}

static void chance_text(char *text, size_t room, const char *letters, uint64_t *random)
{
    size_t count = random_below(random, room);
    for (size_t i = 0; i < count; i++)
        text[i] = letters[random_below(random, strlen(letters))];
    text[count] = '\0';
}

START_TEST(wildcards_by_chance)
{
    uint64_t random = 4711;
    char pattern[8], text[12];
    for (int round = 0; round < (is_slow() ? 3000 : 300000); round++) {
        chance_text(pattern, sizeof pattern, "abA*?~", &random);
        chance_text(text, sizeof text, "abBA", &random);
        bool matches = wildcard_matches(pattern, strlen(pattern), text, strlen(text));
        require(matches == naive_prefix(pattern, text, true), "%s in %s", pattern, text);
        size_t start = random_below(&random, strlen(text) + 1);
        size_t found = wildcard_find(pattern, strlen(pattern), text, strlen(text), start);
        require(found == naive_find(pattern, text, start), "%s in %s from %zu: %zu", pattern, text,
                start, found);
    }
}
END_TEST

static bool matches(const char *pattern, const char *text)
{
    return wildcard_matches(pattern, strlen(pattern), text, strlen(text));
}

START_TEST(wildcards)
{
    require(matches("", "") && !matches("", "a") && matches("*", "") && matches("**", "ab"));
    require(matches("a~*b", "a*b") && !matches("a~*b", "axb"));
    require(matches("a~?", "A?") && matches("~~", "~") && matches("~", "~"));
    require(matches("~a", "~A") && !matches("~a", "a")); /* it takes nothing else as it is */
    require(matches("?", "\u00e4") && !matches("?", "ab") && matches("\u00c4?", "\u00e4\u20ac"));
    require(matches("*\u00d6", "stra\u00dfe \u00f6") && !matches("?", ""));
    require_equal(wildcard_find("b?", 2, "abcbd", 5, 2), 3);
    require_equal(wildcard_find("", 0, "abc", 3, 3), 3);
    require_equal(wildcard_find("", 0, "abc", 3, 4), SIZE_MAX);
    require_equal(wildcard_find("~*", 2, "ab*", 3, 0), 2);
}
END_TEST

/* A pattern made to try everything: this returns at all. */
START_TEST(no_explosion)
{
    static char text[20000], pattern[400];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    pattern[sizeof pattern - 1] = 'b';
    require(!wildcard_matches(pattern, sizeof pattern, text, sizeof text));
    require(wildcard_find(pattern, sizeof pattern, text, sizeof text, 0) == SIZE_MAX);
}
END_TEST

/* ---- conditions ---------------------------------------------------------------------------------
 */

/* 'n' number, 't' text, 'b' truth, 'e' error, ' ' blank. */
struct short_value {
    char kind;
    double number;
    const char *text;
};

static struct value value_of(struct short_value given)
{
    switch (given.kind) {
    case 'n':
        return value_number(given.number);
    case 't':
        return value_string(given.text);
    case 'b':
        return value_boolean(given.number != 0);
    case 'e':
        return value_error((enum value_error)given.number);
    default:
        return value_blank();
    }
}

static const struct {
    struct short_value criterion, value;
    bool holds;
} conditions[] = {
    /* A value as it is. */
    {{'n', 5, 0}, {'n', 5, 0}, true},
    {{'n', 5, 0}, {'n', 5.5, 0}, false},
    {{'n', 5, 0}, {'t', 0, "5"}, true},
    {{'n', 5, 0}, {'t', 0, " 5.0 "}, true},
    {{'n', 1, 0}, {'b', 1, 0}, false},
    {{'n', 0, 0}, {' ', 0, 0}, false},
    {{'b', 1, 0}, {'b', 1, 0}, true},
    {{'b', 1, 0}, {'n', 1, 0}, false},
    {{'e', ERROR_NA, 0}, {'e', ERROR_NA, 0}, true},
    {{'e', ERROR_NA, 0}, {'e', ERROR_DIV0, 0}, false},
    {{' ', 0, 0}, {'n', 0, 0}, true},
    {{' ', 0, 0}, {' ', 0, 0}, false},
    /* Text. */
    {{'t', 0, "5"}, {'n', 5, 0}, true},
    {{'t', 0, "=5"}, {'n', 5, 0}, true},
    {{'t', 0, "50%"}, {'n', .5, 0}, true},
    {{'t', 0, "2024-01-31"}, {'n', 45322, 0}, true},
    {{'t', 0, "apple"}, {'t', 0, "APPLE"}, true},
    {{'t', 0, "apple"}, {'t', 0, "apples"}, false},
    {{'t', 0, "apple"}, {' ', 0, 0}, false},
    {{'t', 0, "=apple"}, {'t', 0, "Apple"}, true},
    {{'t', 0, "a*"}, {'t', 0, "apples"}, true},
    {{'t', 0, "a*"}, {'n', 1, 0}, false},
    {{'t', 0, "*"}, {'t', 0, ""}, true},
    {{'t', 0, "*"}, {' ', 0, 0}, false},
    {{'t', 0, "a~*"}, {'t', 0, "a*"}, true},
    {{'t', 0, "a~*"}, {'t', 0, "ab"}, false},
    {{'t', 0, "??"}, {'t', 0, "ab"}, true},
    {{'t', 0, "true"}, {'b', 1, 0}, true},
    {{'t', 0, "#N/A"}, {'e', ERROR_NA, 0}, true},
    {{'t', 0, "=="}, {'t', 0, "="}, true},
    /* Nothing. */
    {{'t', 0, ""}, {' ', 0, 0}, true},
    {{'t', 0, ""}, {'t', 0, ""}, true},
    {{'t', 0, ""}, {'n', 0, 0}, false},
    {{'t', 0, "="}, {' ', 0, 0}, true},
    {{'t', 0, "="}, {'t', 0, ""}, false},
    {{'t', 0, "="}, {'n', 0, 0}, false},
    {{'t', 0, "<>"}, {' ', 0, 0}, false},
    {{'t', 0, "<>"}, {'t', 0, ""}, true},
    {{'t', 0, "<>"}, {'n', 0, 0}, true},
    {{'t', 0, "<>"}, {'e', ERROR_NA, 0}, true},
    /* Not. */
    {{'t', 0, "<>5"}, {'n', 5, 0}, false},
    {{'t', 0, "<>5"}, {'t', 0, "5"}, false},
    {{'t', 0, "<>5"}, {'t', 0, "x"}, true},
    {{'t', 0, "<>5"}, {' ', 0, 0}, true},
    {{'t', 0, "<>5"}, {'e', ERROR_NA, 0}, true},
    {{'t', 0, "<>a*"}, {'t', 0, "apple"}, false},
    {{'t', 0, "<>a*"}, {'t', 0, "pear"}, true},
    {{'t', 0, "<>a*"}, {' ', 0, 0}, true},
    /* Orders. */
    {{'t', 0, ">5"}, {'n', 6, 0}, true},
    {{'t', 0, ">5"}, {'n', 5, 0}, false},
    {{'t', 0, ">=5"}, {'n', 5, 0}, true},
    {{'t', 0, "<5"}, {'n', 4, 0}, true},
    {{'t', 0, "<5"}, {' ', 0, 0}, false},
    {{'t', 0, "<=5"}, {'n', 5.1, 0}, false},
    {{'t', 0, ">5"}, {'t', 0, "6"}, false},
    {{'t', 0, ">5"}, {'t', 0, "x"}, false},
    {{'t', 0, ">5"}, {'b', 1, 0}, false},
    {{'t', 0, ">5"}, {'e', ERROR_NUM, 0}, false},
    {{'t', 0, "> 5"}, {'n', 6, 0}, true},
    {{'t', 0, ">-1"}, {'n', 0, 0}, true},
    {{'t', 0, ">b"}, {'t', 0, "C"}, true},
    {{'t', 0, ">b"}, {'t', 0, "a"}, false},
    {{'t', 0, ">=b*"}, {'t', 0, "b*"}, true},
    {{'t', 0, "<b"}, {'n', 1, 0}, false},
    {{'t', 0, ">FALSE"}, {'b', 1, 0}, true},
    {{'t', 0, ">#N/A"}, {'e', ERROR_CYCLE, 0}, false},
};

START_TEST(conditions_hold)
{
    for (size_t i = 0; i < array_count(conditions); i++) {
        struct criterion criterion = criterion_of(value_of(conditions[i].criterion));
        bool holds = criterion_holds(&criterion, value_of(conditions[i].value));
        require(holds == conditions[i].holds, "case %zu: %c %g %s", i, conditions[i].criterion.kind,
                conditions[i].criterion.number,
                conditions[i].criterion.text ? conditions[i].criterion.text : "");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet/criterion");
    TCase *marks = test_case(suite, "wildcards");
    tcase_add_test(marks, wildcards);
    tcase_add_test(marks, wildcards_by_chance);
    tcase_add_test(marks, no_explosion);
    TCase *cases = test_case(suite, "conditions");
    tcase_add_test(cases, conditions_hold);
    return test_main(suite);
}
