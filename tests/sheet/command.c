/* SPDX-License-Identifier: MIT */
/* command.c - lines to commands and back. */
#include "sheet/edits/command.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

/* A line, and what it is printed as; and that is printed as itself. */
static void check_line(const char *line, const char *expected)
{
    struct problem problem = {0};
    struct command command;
    for (int turn = 0; turn < 2; turn++) {
        if (!command_parse(&command, turn ? expected : line, "Sheet1", &problem))
            ck_abort_msg("%s: %s", line, problem.text);
        char *printed = command_print(&command);
        require(printed != NULL);
        ck_assert_str_eq(printed, expected);
        free(printed);
        command_free(&command);
    }
}

START_TEST(every_command_comes_back)
{
    static const char *const lines[] = {
        "type Sheet1!B7 =SUM(B1:B6)",
        "type 'My sheet'!B7 it's \"this\" way",
        "type Sheet1!A1 \" two\\nlines\\\\ \"",
        "type Sheet1!A1 ",
        "clear Sheet1!A1:C9 contents",
        "clear Sheet1!A1:C9 all",
        "clear Sheet1!A:C formats",
        "copy Sheet1!A1:B2 Sheet2!D4:D9 all",
        "copy Sheet1!A1 'It''s'!D4 values",
        "move Sheet1!A1:B2 Sheet1!D4",
        "fill Sheet1!A1:A2 Sheet1!A1:A20",
        "insert Sheet1!3:4",
        "insert Sheet1!C:C",
        "delete Sheet1!1:1048575",
        "format Sheet1!A1:B2 0.00%",
        "format Sheet1!A1 \"\"\"x\"\" 0 \"",
        "style Sheet1!A1:B2 +bold -italic ink=FF0000 paper=none align=center",
        "width Sheet1!C:E 12.5",
        "height Sheet1!3:5 0",
        "hide Sheet1!3:5",
        "unhide Sheet1!A:A",
        "merge Sheet1!A1:C1",
        "unmerge Sheet1!A1:C1",
        "freeze Sheet1!B2",
        "sort Sheet1!A2:D99 +B -C",
        "sort Sheet1!A2:D99 +XFD header",
        "sort Sheet1!A2:D99 +2 -3",
        "filter Sheet1!A1:D99",
        "unfilter Sheet1!A1",
        "show Sheet1!A1:D99 B >=10",
        "show Sheet1!A1:D99 B \"a b\"",
        "replace Sheet1!A1:D99 old new",
        "replace Sheet1!A1:D99 \"o \"\"d\" \"\" case whole formulas",
        "add-sheet Name",
        "add-sheet \"My sheet\" 2",
        "remove-sheet Name",
        "rename-sheet Old \"New one\"",
        "move-sheet Name 3",
        "name Total =Sheet1!$B$7",
        "name Total ",
        "calculate"};
    for (size_t i = 0; i < array_count(lines); i++)
        check_line(lines[i], lines[i]);
}
END_TEST

START_TEST(written_in_other_ways)
{
    check_line("  type   B7    12", "type Sheet1!B7 12");
    check_line("clear A1", "clear Sheet1!A1 contents");
    check_line("copy B2:A1 D4", "copy Sheet1!A1:B2 Sheet1!D4 all");
    check_line("type 'Sheet1'!a1 x", "type Sheet1!A1 x");
    check_line("sort A1:B9 header -a", "sort Sheet1!A1:B9 -A header");
    check_line("style A1 align=left +wrap", "style Sheet1!A1 +wrap align=left");
    check_line("insert 4:3", "insert Sheet1!3:4");
    check_line("name Total", "name Total ");
    check_line("type A1 \"x\"", "type Sheet1!A1 x");
}
END_TEST

START_TEST(mistakes_are_told)
{
    static const struct {
        const char *line, *says;
    } cases[] = {{"", "is no command"},
                 {"typo A1 2", "'typo' is no command"},
                 {"type", "expected a reference"},
                 {"type A1:B2 3", "one cell is expected"},
                 {"type XFE1 3", "XFE1 is no reference"},
                 {"type Sheet1! 3", "is no reference"},
                 {"type A1 \"open", "no closing"},
                 {"type A1 \"x\" y", "too much behind type"},
                 {"clear A1 some", "'some' is not known here; there are contents, formats, all"},
                 {"copy A1", "expected a reference"},
                 {"insert A1:B2", "whole rows (3:5) or columns"},
                 {"format A1", "expected something"},
                 {"style A1", "expected a style"},
                 {"style A1 +fat", "there are bold"},
                 {"style A1 ink=red", "six digits"},
                 {"style A1 ink=FF00001", "six digits"},
                 {"style A1 ink=-FF000", "six digits"},
                 {"style A1 ink=0xFF00", "six digits"},
                 {"style A1 align=top", "align is general"},
                 {"width C:E", "a size from 0"},
                 {"width C:E -1", "a size from 0"},
                 {"width C:E wide", "a size from 0"},
                 {"sort A1:B2", "by what?"},
                 {"sort A1:B2 B", "expected +B, -C or header"},
                 {"sort A1:B2 +0", "expected +B or -3"},
                 {"sort A1:B2 +B +3", "not both"},
                 {"show A1:B2", "letters of a column"},
                 {"show A1:B2 B", "expected another word"},
                 {"replace A1 old", "expected another word"},
                 {"replace A1 old new often", "expected case, whole or formulas"},
                 {"move-sheet A", "a place among the sheets"},
                 {"move-sheet A 0", "a place among the sheets"},
                 {"add-sheet A 300", "a place among the sheets"},
                 {"calculate now", "'now' is too much behind calculate"},
                 {"type A1 caf\xe9", "no UTF-8"}};
    for (size_t i = 0; i < array_count(cases); i++) {
        struct problem problem = {0};
        struct command command;
        require(!command_parse(&command, cases[i].line, "Sheet1", &problem));
        if (!strstr(problem.text, cases[i].says))
            ck_abort_msg("%s: %s", cases[i].line, problem.text);
    }
}
END_TEST

/* Whatever somebody types, and whatever a sheet is called. */
START_TEST(any_text_comes_back)
{
    static const char *const signs[] = {"a", "B", "1", " ", "\t", "\n", "\"", "\\",
                                        "'", "!", "=", "#", ";",  "$",  "%",  "\u00E9"};
    uint64_t chance = (uint64_t)_i + 1;
    struct problem problem = {0};
    for (int turn = 0; turn < 5000; turn++) {
        char text[32] = "", sheet[12] = "S";
        for (size_t i = random_below(&chance, 12); i > 0; i--)
            (void)strcat(text, signs[random_below(&chance, array_count(signs))]);
        for (size_t i = random_below(&chance, sizeof sheet - 1); i > 0; i--)
            sheet[i] = "aB1 '!"[random_below(&chance, 6)];
        struct command command = {
            .kind = COMMAND_TYPE, .sheet = sheet, .text = text, .area = {{6, 1}, {6, 1}}};
        struct command again;
        char *line = command_print(&command);
        require(line && !strchr(line, '\n'));
        require(command_parse(&again, line, NULL, &problem), "%s: %s", line, problem.text);
        ck_assert_str_eq(again.text, text);
        ck_assert_str_eq(again.sheet, sheet);
        command_free(&again);
        free(line);
    }
}
END_TEST

START_TEST(without_a_sheet)
{
    struct problem problem = {0};
    struct command command;
    require(!command_parse(&command, "clear A1", NULL, &problem));
    require(strstr(problem.text, "which sheet? Write Sheet1!A1") != NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    TCase *tests = test_case(suite, "command");
    tcase_add_test(tests, every_command_comes_back);
    tcase_add_test(tests, written_in_other_ways);
    tcase_add_test(tests, mistakes_are_told);
    tcase_add_loop_test(tests, any_text_comes_back, 0, 4);
    tcase_add_test(tests, without_a_sheet);
    return test_main(suite);
}
