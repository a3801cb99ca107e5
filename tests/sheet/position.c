/* SPDX-License-Identifier: MIT */
/* position.c - names of cells and areas, read and written. */
#include "sheet/values/position.h"

#include <string.h>

#include "support.h"

static void require_position(uint32_t row, uint32_t column, unsigned fixed, const char *text)
{
    struct position position = {row, column}, read = {1, 1};
    struct position_text name = position_name(position, fixed);
    unsigned dollars = 99;
    require(!strcmp(name.text, text), "%s, not %s", name.text, text);
    require_equal(position_read(text, &read, &dollars), strlen(text));
    require(position_is(read, position) && dollars == fixed, "%s", text);
}

START_TEST(positions)
{
    require_position(0, 0, 0, "A1");
    require_position(6, 1, POSITION_FIXED_ROW, "B$7");
    require_position(6, 1, POSITION_FIXED_COLUMN, "$B7");
    require_position(6, 1, POSITION_FIXED_ROW | POSITION_FIXED_COLUMN, "$B$7");
    require_position(99, 25, 0, "Z100");
    require_position(99, 26, 0, "AA100");
    require_position(9, 701, 0, "ZZ10");
    require_position(9, 702, 0, "AAA10");
    require_position(ROWS - 1, COLUMNS - 1, 0, "XFD1048576");
    require_position(ROWS - 1, COLUMNS - 1, 3, "$XFD$1048576");
}
END_TEST

/* Every column there is, by counting up in letters. */
START_TEST(columns)
{
    char expected[4] = {'A', 0, 0, 0};
    for (uint32_t column = 0; column < COLUMNS; column++) {
        uint32_t read = UINT32_MAX;
        struct position_text name = column_name(column);
        require(!strcmp(name.text, expected), "%u: %s, not %s", column, name.text, expected);
        require_equal(column_read(expected, &read), strlen(expected));
        require_equal(read, column);
        size_t at = strlen(expected);
        while (at && expected[at - 1] == 'Z')
            expected[--at] = 'A';
        if (at)
            expected[at - 1]++;
        else
            strcat(expected, "A");
    }
    uint32_t beyond;
    require_equal(column_read("XFE", &beyond), 0);
    require_equal(column_read("AAAA", &beyond), 0);
    require_equal(column_read("AAAAAAAAAAAAAAAAAAAAAAAAAAAA", &beyond), 0);
    require_equal(column_read("", &beyond), 0);
    require_equal(column_read("1", &beyond), 0);
    require_equal(column_read("xfd9", &beyond), 3);
    require_equal(beyond, COLUMNS - 1);
}
END_TEST

START_TEST(no_positions)
{
    static const char *const wrong[] = {
        "",
        "A",
        "1",
        "$",
        "$A",
        "$A$",
        "A0",
        "A01",
        "XFE1",
        "A1048577",
        "A99999999999999999999",
        "A1B",
        "A1_",
        "A1.",
        "A1$",
        "A1\xc3\xa9",
        "A 1",
        " A1",
        "-1",
        "A-1",
        "$$A1",
        "A$$1",
        "\xc3\x84",
        "\303\2441",
        "AAAAAAAAAAAAAAAAAAAAAAAAAA1",
        "A1a",
    };
    struct position position = {5, 6};
    unsigned fixed = 7;
    for (size_t i = 0; i < array_count(wrong); i++)
        require(!position_read(wrong[i], &position, &fixed), "%s", wrong[i]);
    require(position.row == 5 && position.column == 6 && fixed == 7, "nothing was written");
    /* What else may follow is somebody else's. */
    require_equal(position_read("b2:C3", &position, NULL), 2);
    require_equal(position_read("B2)", &position, NULL), 2);
    require_equal(position_read("B2 C3", &position, NULL), 2);
    require_equal(position_read("B2!", &position, NULL), 2);
}
END_TEST

static void require_area(const char *text, struct area expected, const char *name)
{
    struct area area;
    require(area_parse(text, &area), "%s", text);
    require(position_is(area.first, expected.first) && position_is(area.last, expected.last), "%s",
            text);
    struct area_text written = area_name(area);
    require(!strcmp(written.text, name), "%s, not %s", written.text, name);
}

START_TEST(areas)
{
    require_area("B2", (struct area){{1, 1}, {1, 1}}, "B2");
    require_area("b2:c9", (struct area){{1, 1}, {8, 2}}, "B2:C9");
    require_area("C9:B2", (struct area){{1, 1}, {8, 2}}, "B2:C9");
    require_area("$C2:B$9", (struct area){{1, 1}, {8, 2}}, "B2:C9");
    require_area("A1:A1", (struct area){{0, 0}, {0, 0}}, "A1");
    require_area("A:C", (struct area){{0, 0}, {ROWS - 1, 2}}, "A:C");
    require_area("$C:$A", (struct area){{0, 0}, {ROWS - 1, 2}}, "A:C");
    require_area("3:5", (struct area){{2, 0}, {4, COLUMNS - 1}}, "3:5");
    require_area("$5:3", (struct area){{2, 0}, {4, COLUMNS - 1}}, "3:5");
    require_area("A1:XFD1048576", area_of_all(), "A:XFD");
    require_area("1:1048576", area_of_all(), "A:XFD");
    static const char *const wrong[] = {"",      ":",         "A1:",      ":A1",   "A1:B", "A:1",
                                        "A:B:C", "A1:B2 ",    "A",        "7",     "0:1",  "1:0",
                                        "A:XFE", "1:1048577", "A1:B2:C3", "A1,B2", "$:$",  "A:$"};
    struct area area;
    for (size_t i = 0; i < array_count(wrong); i++)
        require(!area_parse(wrong[i], &area), "%s", wrong[i]);
}
END_TEST

START_TEST(names_do_not_run_over)
{
    struct position nowhere = {UINT32_MAX, UINT32_MAX};
    require(!strcmp(position_name(nowhere, 3).text, "$XFD$1048576"));
    require(!strcmp(column_name(UINT32_MAX).text, "XFD"));
    require(!strcmp(area_name((struct area){nowhere, nowhere}).text, "XFD1048576"));
    struct area longest = {{ROWS - 2, COLUMNS - 2}, {ROWS - 1, COLUMNS - 1}};
    require(!strcmp(area_name(longest).text, "XFC1048575:XFD1048576"));
}
END_TEST

/* Rectangles in a small corner, against counting cells. */
START_TEST(rectangles)
{
    uint64_t chance = 11;
    for (int round = 0; round < 2000; round++) {
        struct position at[4];
        for (size_t i = 0; i < array_count(at); i++)
            at[i] = (struct position){(uint32_t)random_below(&chance, 6),
                                      (uint32_t)random_below(&chance, 6)};
        struct area a = area_of(at[0], at[1]), b = area_of(at[2], at[3]), common;
        bool meets = area_meet(a, b, &common);
        uint64_t count = 0;
        bool any = false;
        for (uint32_t row = 0; row < 6; row++)
            for (uint32_t column = 0; column < 6; column++) {
                struct position here = {row, column};
                bool both = area_has(a, here) && area_has(b, here);
                count += area_has(a, here);
                any |= both;
                require(both == (meets && area_has(common, here)));
            }
        require(any == meets);
        require_equal(area_cells(a), count);
        require_equal(area_cells(a), (uint64_t)area_rows(a) * area_columns(a));
        require(area_is_one(a) == (count == 1));
        require(area_has(a, at[0]) && area_has(a, at[1]));
    }
    require_equal(area_cells(area_of_all()), UINT64_C(1) << 34);
    require(area_is_one(area_of_one((struct position){3, 4})));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("position");
    TCase *names = test_case(suite, "names");
    tcase_add_test(names, positions);
    tcase_add_test(names, columns);
    tcase_add_test(names, no_positions);
    tcase_add_test(names, areas);
    tcase_add_test(names, names_do_not_run_over);
    TCase *shapes = test_case(suite, "rectangles");
    tcase_add_test(shapes, rectangles);
    return test_main(suite);
}
