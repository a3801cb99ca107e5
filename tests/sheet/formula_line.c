/* SPDX-License-Identifier: MIT */
/* formula_line.c - a line that is being typed, key by key. */
#include "sheet/desk/formula_line.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "screen/terminal.h"
#include "support.h"

static struct formula_line line;

static void begin(const char *text)
{
    formula_line_begin(&line, text);
}

static void press(uint32_t key)
{
    require(formula_line_press(&line, key), "key %#x", key);
}

static void type(const char *text)
{
    for (; *text; text++)
        press((unsigned char)*text);
}

#define require_text(text_)                                                                        \
    require(strcmp(line.text, text_) == 0 && line.length == strlen(text_), "it is '%s'", line.text)

START_TEST(characters_come_and_go)
{
    begin("");
    type("ab");
    press(0xE4);
    press(0x1F600);
    require_text("ab\u00E4\U0001F600");
    press(SCREEN_KEY_BACKSPACE);
    press(SCREEN_KEY_BACKSPACE);
    require_text("ab");
    press(SCREEN_KEY_LEFT);
    type("x");
    require_text("axb");
    press(SCREEN_KEY_DELETE);
    require_text("ax");
    press(SCREEN_KEY_DELETE); /* there is nothing behind it */
    press(SCREEN_KEY_HOME);
    press(SCREEN_KEY_BACKSPACE); /* nor before */
    require_text("ax");
    press(SCREEN_KEY_END);
    press(SCREEN_KEY_ALT | SCREEN_KEY_ENTER);
    type("y");
    require_text("ax\ny");
    require(!formula_line_press(&line, SCREEN_KEY_F1));
    require(!formula_line_press(&line, SCREEN_KEY_UP));
    require(!formula_line_press(&line, SCREEN_KEY_ESCAPE));
}
END_TEST

START_TEST(words_and_ends)
{
    begin("=SUM(A1,B22)+x");
    press(SCREEN_KEY_CTRL | SCREEN_KEY_LEFT);
    require_equal(line.cursor, 13);
    press(SCREEN_KEY_CTRL | SCREEN_KEY_LEFT);
    require_equal(line.cursor, 8);
    press(SCREEN_KEY_CTRL | SCREEN_KEY_RIGHT);
    require_equal(line.cursor, 13);
    press('W' - '@');
    require_text("=SUM(A1,x");
    press('K' - '@');
    require_text("=SUM(A1,");
    press('U' - '@');
    require_text("");
}
END_TEST

START_TEST(columns_of_wide_characters)
{
    begin("a\u4E2Db");
    formula_line_go_to_column(&line, 0);
    require_equal(line.cursor, 0);
    formula_line_go_to_column(&line, 2); /* its second half */
    require_equal(line.cursor, 1);
    formula_line_go_to_column(&line, 3);
    require_equal(line.cursor, 4);
    formula_line_go_to_column(&line, 100);
    require_equal(line.cursor, 5);
}
END_TEST

/* A text as long as a cell takes, and not a byte more. */
START_TEST(what_does_not_fit_is_left_out)
{
    char *text = malloc(FORMULA_LINE_BYTES + 10);
    require(text);
    memset(text, 'a', FORMULA_LINE_BYTES + 9);
    text[FORMULA_LINE_BYTES + 9] = 0;
    begin(text);
    require_equal(line.length, FORMULA_LINE_BYTES - 1);
    press('b');
    require(line.is_refused);
    require_equal(line.length, FORMULA_LINE_BYTES - 1);
    press(SCREEN_KEY_BACKSPACE);
    press(0xE4); /* two bytes */
    require(line.is_refused);
    press('b');
    require(!line.is_refused);
    require_equal(line.text[line.length - 1], 'b');
    free(text);
}
END_TEST

/* ---- references ----------------------------------------------------------------------------- */

static const struct {
    const char *text, *found; /* "text=area ..." */
} references[] = {
    {"A1", ""},
    {"=A1", "A1=A1"},
    {"=a1+$B$2", "a1=A1 $B$2=B2"},
    {"=SUM(A1:B2,C3)", "A1:B2=A1:B2 C3=C3"},
    {"=SUM(B2:A1)", "B2:A1=A1:B2"},
    {"=A:C+3:5", "A:C=A:C 3:5=3:5"},
    {"=$A:$C", "$A:$C=A:C"},
    {"=Sheet2!A1", "Sheet2!A1=A1"},
    {"='My ''data'!A1:A9", "'My ''data'!A1:A9=A1:A9"},
    {"=LOG10(A1)", "A1=A1"},
    {"=A1B+XFE1+A1048577", ""},
    {"=XFD1048576", "XFD1048576=XFD1048576"},
    {"=\"A1\"&B1", "B1=B1"},
    {"=\"a\"\"A1\"&B1", "B1=B1"},
    {"=\"A1", ""},
    {"='A1", ""},
    {"=12+3.5E3", ""},
    {"=A1:", "A1=A1"},
    {"=A1:B", "A1=A1"},
    {"=0:5", ""},
    {"=1:1048577", ""},
    {"{=A1:A3*2}", "A1:A3=A1:A3"},
    {"=Total+A1", "A1=A1"},
    {"=\u00E4A1+A1", "A1=A1"},
    {"=$", ""},
    {"=!A1", "A1=A1"},
    {"=Sheet1!", ""},
};

START_TEST(references_are_found)
{
    struct formula_reference found[FORMULA_REFERENCES_MAX];
    begin(references[_i].text);
    char text[512] = "";
    size_t count = formula_line_references(&line, found);
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%.*s=%s", i > 0 ? " " : "",
                 (int)(found[i].end - found[i].start), line.text + found[i].start,
                 area_name(found[i].area).text);
    }
    require(strcmp(text, references[_i].found) == 0, "%s: %s", references[_i].text, text);
}
END_TEST

START_TEST(more_references_than_there_is_room_for)
{
    struct formula_reference found[FORMULA_REFERENCES_MAX];
    begin("=");
    for (int i = 0; i < 2 * FORMULA_REFERENCES_MAX; i++)
        type("+A1");
    require_equal(formula_line_references(&line, found), FORMULA_REFERENCES_MAX);
}
END_TEST

START_TEST(dollars_go_round)
{
    begin("=A1:B2+1");
    require(!formula_line_fix(&line)); /* the cursor is behind the 1 */
    formula_line_go_to_column(&line, 3);
    static const char *const cycle[] = {"=$A$1:$B$2+1", "=A$1:B$2+1", "=$A1:$B2+1", "=A1:B2+1"};
    for (size_t i = 0; i < array_count(cycle); i++) {
        require(formula_line_fix(&line));
        require_text(cycle[i]);
    }
    begin("=Sheet2!C3");
    require(formula_line_fix(&line));
    require_text("=Sheet2!$C$3");
    begin("=A:C");
    require(formula_line_fix(&line));
    require_text("=$A:$C");
    require(formula_line_fix(&line));
    require_text("=A:C");
    begin("=3:5");
    require(formula_line_fix(&line));
    require_text("=$3:$5");
    begin("A1");
    require(!formula_line_fix(&line));
}
END_TEST

START_TEST(pointing_replaces_what_was_pointed_to)
{
    begin("=");
    require(formula_line_can_point(&line));
    formula_line_point(&line, "A1");
    require_text("=A1");
    formula_line_point(&line, "A2:B9");
    require_text("=A2:B9");
    require(formula_line_can_point(&line)); /* again another one */
    require(formula_line_fix(&line));
    require_text("=$A$2:$B$9");
    formula_line_point(&line, "C3");
    require_text("=C3");
    type("+");
    formula_line_point(&line, "D4");
    require_text("=C3+D4");
    type("1");
    require(!formula_line_can_point(&line));
    begin("text");
    require(!formula_line_can_point(&line));
    begin("=\"a+");
    require(!formula_line_can_point(&line));
    begin("=SUM(");
    require(formula_line_can_point(&line));
    begin("=SUM( ");
    require(formula_line_can_point(&line));
    begin("=+A1");
    formula_line_go_to_column(&line, 2); /* before a reference that is there */
    require(!formula_line_can_point(&line));
}
END_TEST

/* ---- functions ------------------------------------------------------------------------------ */

START_TEST(functions_are_offered)
{
    begin("=1+sumi");
    formula_line_find_choices(&line, NULL);
    require_equal(line.choice_count, 2);
    require(strcmp(line.choices[0].name, "SUMIF") == 0);
    require(strcmp(line.choices[1].name, "SUMIFS") == 0);
    formula_line_choose(&line, 1);
    require_equal(line.choice, 1);
    formula_line_choose(&line, 1);
    require_equal(line.choice, 0);
    formula_line_choose(&line, -1);
    require_equal(line.choice, 1);
    formula_line_take_choice(&line);
    require_text("=1+SUMIFS(");
    require_equal(line.choice_count, 0);

    static const char *const none[] = {"sumi", "=",   "=\"sumi",   "=zzzz",
                                       "=A1+", "=12", "=Sheet1!su"};
    for (size_t i = 0; i < array_count(none); i++) {
        begin(none[i]);
        formula_line_find_choices(&line, NULL);
        require_equal(line.choice_count, 0);
    }
    begin("=su(");
    press(SCREEN_KEY_LEFT);
    formula_line_find_choices(&line, NULL);
    require_equal(line.choice_count, 0);
}
END_TEST

static const struct {
    const char *text, *function;
    unsigned argument;
} arounds[] = {
    {"=SUM(", "SUM", 0},
    {"=SUM(1,", "SUM", 1},
    {"=ROUND(SUM(1,2),", "ROUND", 1},
    {"=ROUND(SUM(1,2", "SUM", 1},
    {"=ROUND((1+2", "ROUND", 0},
    {"=ROUND({1,2,3},", "ROUND", 1},
    {"=ROUND(\",(\",", "ROUND", 1},
    {"=ROUND('a,(b'!A1,", "ROUND", 1},
    {"=SUM(1)", NULL, 0},
    {"=nobody(", NULL, 0},
    {"=(", NULL, 0},
    {"SUM(", NULL, 0},
    {"=)))SUM(", "SUM", 0},
};

START_TEST(the_function_around_the_cursor)
{
    unsigned argument = 99;
    begin(arounds[_i].text);
    const struct function *function = formula_line_function(&line, &argument);
    if (!arounds[_i].function) {
        require(!function, "%s: %s", arounds[_i].text, function ? function->name : "");
        return;
    }
    require(function && strcmp(function->name, arounds[_i].function) == 0, "%s", arounds[_i].text);
    require_equal(argument, arounds[_i].argument);
}
END_TEST

/* Whatever is pressed, in whatever text: the cursor stays between characters. */
START_TEST(random_keys)
{
    static const char *const texts[] = {"=", "+A1",     "'", "\"", "$", "\u00E4\u4E2D", "(", ")",
                                        ",", "Sheet1!", ":", "12", " ", "SUM"};
    static const uint32_t keys[] = {SCREEN_KEY_LEFT,
                                    SCREEN_KEY_RIGHT,
                                    SCREEN_KEY_HOME,
                                    SCREEN_KEY_END,
                                    SCREEN_KEY_BACKSPACE,
                                    SCREEN_KEY_DELETE,
                                    SCREEN_KEY_CTRL | SCREEN_KEY_LEFT,
                                    SCREEN_KEY_CTRL | SCREEN_KEY_RIGHT,
                                    'W' - '@'};
    struct formula_reference found[FORMULA_REFERENCES_MAX];
    uint64_t seed = 7, random = seed;
    unsigned argument;
    begin("=");
    for (int i = 0; i < 20000; i++) {
        switch (random_below(&random, 6)) {
        case 0:
        case 1:
            formula_line_insert(&line, texts[random_below(&random, array_count(texts))]);
            break;
        case 2:
            if (formula_line_can_point(&line))
                formula_line_point(&line, "Sheet2!$B$7:C9");
            break;
        case 3:
            (void)formula_line_fix(&line); /* there may be nothing to fix */
            break;
        default:
            press(keys[random_below(&random, array_count(keys))]);
        }
        formula_line_find_choices(&line, NULL);
        (void)formula_line_function(&line, &argument); /* there may be none */
        size_t count = formula_line_references(&line, found);
        for (size_t j = 0; j < count; j++)
            require(found[j].start < found[j].end && found[j].end <= line.length,
                    "seed %llu, step %d", (unsigned long long)seed, i);
        bool is_between = ((unsigned char)line.text[line.cursor] & 0xC0) != 0x80;
        require(line.cursor <= line.length && line.text[line.length] == 0 && is_between,
                "seed %llu, step %d: %s", (unsigned long long)seed, i, line.text);
        if (line.length > 400)
            begin("=");
    }
}
END_TEST

int main(void)
{
    require(setlocale(LC_CTYPE, "C.UTF-8")); /* for characters of two columns */
    Suite *suite = suite_create("formula_line");
    TCase *plain = test_case(suite, "typing");
    tcase_add_test(plain, characters_come_and_go);
    tcase_add_test(plain, words_and_ends);
    tcase_add_test(plain, columns_of_wide_characters);
    tcase_add_test(plain, what_does_not_fit_is_left_out);
    tcase_add_test(plain, random_keys);
    TCase *formulas = test_case(suite, "formulas");
    tcase_add_loop_test(formulas, references_are_found, 0, (int)array_count(references));
    tcase_add_test(formulas, more_references_than_there_is_room_for);
    tcase_add_test(formulas, dollars_go_round);
    tcase_add_test(formulas, pointing_replaces_what_was_pointed_to);
    tcase_add_test(formulas, functions_are_offered);
    tcase_add_loop_test(formulas, the_function_around_the_cursor, 0, (int)array_count(arounds));
    return test_main(suite);
}
