/* SPDX-License-Identifier: MIT */
/* find.c - the next cell with a text, and other text in its place. */
#include "sheet/edits/find.h"

#include "editing.h"

static struct place place_at(const char *sheet, const char *name)
{
    return (struct place){.sheet = sheet_called(sheet)->id, .position = at(name)};
}

/* From a cell of Sheet1 to one of a sheet. */
static void goes(const struct find *find, const char *from, bool backward, const char *sheet,
                 const char *to)
{
    struct place found, expected = place_at(sheet, to);
    require(find_next(book, find, place_at("Sheet1", from), backward, NULL, &found));
    require(found.sheet == expected.sheet && position_is(found.position, expected.position),
            "from %s to %s, not %s", from, position_name(found.position, 0).text, to);
}

START_TEST(next_and_last)
{
    open_book();
    DO("add-sheet Other", "type B2 Apple", "type D2 pineapple", "type A3 =B2&\"s\"",
       "type Other!C3 an apple", "type C9 12", "format C9 0.00");
    struct find find = {.text = "apple"};
    goes(&find, "A1", false, "Sheet1", "B2");
    goes(&find, "B2", false, "Sheet1", "D2");
    goes(&find, "D2", false, "Sheet1", "A3");
    goes(&find, "A3", false, "Other", "C3");
    goes(&find, "A3", true, "Sheet1", "D2");
    goes(&find, "C2", true, "Sheet1", "B2");
    goes(&find, "B2", true, "Other", "C3");
    find.match_case = true;
    goes(&find, "A1", false, "Sheet1", "D2");
    find.match_whole = true;
    struct place found;
    require(!find_next(book, &find, place_at("Sheet1", "A1"), false, NULL, &found));
    find = (struct find){.text = "APPLE", .match_whole = true};
    goes(&find, "B2", false, "Sheet1", "B2"); /* round to itself */
    goes(&(struct find){.text = "12.0"}, "A1", false, "Sheet1", "C9");
    goes(&(struct find){.text = "&", .in_formulas = true}, "A1", false, "Sheet1", "A3");
    require(!find_next(book, &(struct find){.text = "&"}, place_at("Sheet1", "A1"), false, NULL,
                       &found));
    require(!find_next(book, &(struct find){.text = ""}, place_at("Sheet1", "A1"), false, NULL,
                       &found));
    require_equal(
        find_count(book, sheet_called("Sheet1"), area_of_all(), &(struct find){.text = "apple"}),
        3);
    close_book();
}
END_TEST

static bool stop(void *context, const char *doing, uint64_t done, uint64_t total)
{
    (void)context, (void)doing, (void)done, (void)total;
    return false;
}

START_TEST(stopped)
{
    struct progress progress = {.step = stop};
    struct place found;
    open_book();
    DO("type A1 1", "fill A1 A1:A9000", "type A9001 x");
    require(!find_next(book, &(struct find){.text = "x"}, place_at("Sheet1", "B1"), false,
                       &progress, &found));
    close_book();
}
END_TEST

START_TEST(replaced)
{
    uint64_t changed;
    struct command command;
    open_book();
    DO("type A1 one two one", "type A2 '10", "type A3 10", "type A4 =SUM(A3,10)",
       "type A5 \xC3\x84one", "replace A:A one 1");
    source("A1", "1 two 1");
    source("A5", "\xC3\x84"
                 "1");
    DO("replace A:A 10 20");
    source("A2", "'20");
    source("A3", "20");
    source("A4", "=SUM(A3,10)");
    DO("replace A:A sum max formulas");
    source("A4", "=MAX(A3,10)");
    DO("replace A1 two \"\" case", "replace A2:A3 20 x whole");
    source("A1", "1  1");
    source("A3", "x");
    undo();
    source("A3", "20");
    source("A2", "'20");
    refused("replace A4 \"(\" \"\" formulas", "A4, which would be =MAXA3,10)");
    source("A4", "=MAX(A3,10)");
    refused("replace A4 \"\" x", "nothing to look for");
    DO("replace A5 \"\xC3\xA4\" b");
    source("A5", "b1");
    require(command_parse(&command, "replace A1:A9 1 11", "Sheet1", &problem));
    require(edit_do(edit, &command, NULL, &changed, &problem));
    command_free(&command);
    require_equal(changed, 2);
    close_book();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("find");
    TCase *tests = test_case(suite, "find");
    tcase_add_test(tests, next_and_last);
    tcase_add_test(tests, stopped);
    tcase_add_test(tests, replaced);
    return test_main(suite);
}
