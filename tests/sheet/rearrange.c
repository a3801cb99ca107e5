/* SPDX-License-Identifier: MIT */
/* rearrange.c - lines that come in and go, areas that move, sorting, copying: what is where then.
 */
#include "sheet/edits/rearrange.h"

#include "editing.h"

static void has_merges(const char *const *names, size_t count)
{
    const struct sheet *sheet = sheet_called("Sheet1");
    require_equal(sheet->merge_count, count);
    for (size_t i = 0; i < count; i++) {
        struct area area;
        require(area_parse(names[i], &area));
        const struct area *merge = sheet_merge_at(sheet, area.first);
        require(merge && position_is(merge->first, area.first) &&
                    position_is(merge->last, area.last),
                "%s is no merge", names[i]);
    }
}
#define MERGES(...)                                                                                \
    has_merges((const char *const[]){__VA_ARGS__},                                                 \
               array_count(((const char *const[]){__VA_ARGS__})))

static void is_frozen(const char *name)
{
    require(position_is(sheet_called("Sheet1")->frozen, at(name)));
}

static double row_size(const char *name)
{
    const struct line_span *span = line_span_at(&sheet_called("Sheet1")->rows, at(name).row);
    return span ? span->size : 0;
}

START_TEST(lines)
{
    open_book();
    DO("type A1 1", "type A2 2", "type A3 =SUM(A1:A2)", "type B1 =A3", "name Total =Sheet1!$A$3",
       "name First =B1", "type C1 =Total", "height 2:2 30", "merge D2:D3", "merge F1:G5",
       "freeze B2", "filter A1:C3");
    DO("insert 2:3");
    source("A5", "=SUM(A1:A4)");
    source("B1", "=A5");
    shows("C1", "3");
    require(row_size("A4") == 30 && row_size("A2") == 0);
    MERGES("D4:D5", "F1:G7");
    is_frozen("B2");
    require_equal(sheet_called("Sheet1")->filter.last.row, 4);
    DO("insert 1:1");
    is_frozen("B3");
    DO("type A9 =First"); /* what is relative in a name stays so */
    shows("A9", "0");
    DO("delete 1:4");
    source("A2", "=SUM(A1:A1)");
    shows("A2", "2");
    is_frozen("B1");
    MERGES("D1:D2", "F1:G4");
    DO("delete 2:2"); /* the lower half of a merge, whose rest is one cell */
    MERGES("F1:G3");
    source("A1", "2");
    shows("C1", "");
    undo();
    undo();
    undo();
    undo();
    undo();
    source("A3", "=SUM(A1:A2)");
    MERGES("D2:D3", "F1:G5");
    shows("C1", "3");
    close_book();
}
END_TEST

START_TEST(edges)
{
    open_book();
    DO("type A1048576 x", "type B1048575 =A1048576");
    refused("insert 5:5", "row 1048576 is in use");
    DO("clear A1048576", "insert 5:5");
    source("B1048576", "=#REF!");
    refused("insert 5:5", "row 1048576 is in use");
    DO("delete 7:8", "insert 7:8");
    DO("type XFD1 y");
    refused("insert B:C", "column XFD is in use");
    DO("clear XFD1", "merge XFC5:XFD5");
    refused("insert B:B", "the merged area XFC5:XFD5 would be pushed");
    DO("unmerge XFC5:XFD5", "format XFD1 0%", "insert B:B"); /* a format alone may go */
    DO("delete A:XFD", "undo", "delete 1:1048576", "undo");
    source("B1048576", "");
    source("C1048576", "=#REF!");
    close_book();
}
END_TEST

START_TEST(areas)
{
    open_book();
    DO("type A1 1", "type A2 =A1", "type B1 =SUM(A1:A2)", "type C9 =A2", "type D4 over");
    DO("move A1:A2 D4");
    source("D5", "=D4");
    source("B1", "=SUM(D4:D5)");
    source("C9", "=D5");
    source("A1", "");
    undo();
    shows("D4", "over");
    DO("add-sheet Other", "move A1:A2 Other!A1");
    source("B1", "=SUM(Other!A1:A2)");
    undo();
    DO("merge E1:F2", "move E1:F2 F2"); /* over itself */
    MERGES("F2:G3");
    refused("move F1:F2 H1", "F2:G3 would be cut");
    refused("move A1:B2 G3", "F2:G3, where it would come to lie");
    refused("move A1:B2 XFD5", "not enough room");
    DO("move A1:A2 A1");
    close_book();
}
END_TEST

START_TEST(copies)
{
    open_book();
    DO("type A1 1", "type B1 =A1*2", "style B1 +bold", "copy A1:B1 A3:D6");
    line_shows("A6", true, "1|2|1|2");
    source("D6", "=C6*2");
    undo();
    source("A3", "");
    DO("copy B1 C5 values", "copy B1 C6 formulas", "copy B1 C7 formats", "type B6 4");
    source("C5", "2");
    source("C6", "=B6*2");
    source("C7", "");
    require(grid_at(sheet_called("Sheet1")->grid, at("C7"))->style);
    require(!grid_at(sheet_called("Sheet1")->grid, at("C6"))->style);
    DO("type A1 1", "type A2 2", "type A3 3", "copy A1:A3 A2"); /* over itself */
    line_shows("A1", false, "1|1|2|3");
    DO("copy A1:A4 A2:A9");
    line_shows("A1", false, "1|1|1|2|3|1|1|2|3|");
    DO("merge F1:G1", "copy F1:G1 F3:I4");
    MERGES("F1:G1", "F3:G3", "H3:I3", "F4:G4", "H4:I4");
    refused("copy A1 F1", "a merged area, F1:G1");
    refused("copy A1:A9 A1048570", "not enough room");
    refused("copy A1 K1:XFD1048576", "more than");
    DO("add-sheet Other", "copy A1:B1 Other!A1", "copy A:A C:C", "copy Z1 A1");
    source("A1", "");
    close_book();
}
END_TEST

START_TEST(sorts)
{
    open_book();
    DO("type A1 Name", "type A2 b", "type A3 10", "type A4 TRUE", "type A5 #N/A", "type A7 a",
       "type A8 9", "type B2 =A2", "type B8 =A8&\"!\"");
    DO("sort A1:B8 +A header");
    line_shows("A1", false, "Name|9|10|a|b|TRUE|#N/A||");
    source("B2", "=A2&\"!\"");
    source("B5", "=A5");
    DO("sort A1:B8 -A header");
    line_shows("A1", false, "Name|#N/A|TRUE|b|a|10|9||");
    undo();
    undo();
    line_shows("A1", false, "Name|b|10|TRUE|#N/A||a|9");
    redo();
    line_shows("A1", false, "Name|9|10|a|b|TRUE|#N/A||");
    DO("type D1 2", "type D2 1", "type D3 2", "type D4 1", "type E1 a", "type E2 b", "type E3 c",
       "type E4 d", "sort D1:E4 +D");
    line_shows("E1", false, "b|d|a|c"); /* equal ones keep their order */
    DO("sort D1:E4 +D -E");
    line_shows("E1", false, "d|b|c|a");
    DO("type H1 3", "type I1 1", "type J1 2", "type H2 x", "type I2 y", "sort H1:J2 +1");
    line_shows("H1", true, "1|2|3");
    line_shows("H2", true, "y||x");
    undo();
    line_shows("H1", true, "3|1|2");
    refused("sort D1:E4 +F", "column F is not in");
    refused("sort D1:E4 +9", "row 9 is not in");
    DO("merge D2:E2");
    refused("sort D1:E4 +D", "merged cells");
    DO("sort Z1:Z9 +Z");
    close_book();
}
END_TEST

/* As many lines as there may be pieces of, in whatever order, against counting. */
START_TEST(long_sort)
{
    char line[100];
    open_book();
    struct sheet *sheet = sheet_called("Sheet1");
    uint32_t count = is_slow() ? 2000 : 100003;
    for (uint32_t row = 0; row < count; row++) {
        require(cell_set_value(book, sheet, (struct position){row, 0},
                               value_number((double)((uint64_t)row * 7919 % count / 2))));
        require(cell_set_value(book, sheet, (struct position){row, 1}, value_number(row)));
    }
    snprintf(line, sizeof line, "sort A1:B%u +A", count);
    does(line);
    for (uint32_t row = 1; row < count; row++) {
        double above = grid_at(sheet->grid, (struct position){row - 1, 0})->number;
        double here = grid_at(sheet->grid, (struct position){row, 0})->number;
        require(above <= here);
        require(above < here || grid_at(sheet->grid, (struct position){row - 1, 1})->number <
                                    grid_at(sheet->grid, (struct position){row, 1})->number);
    }
    undo();
    for (uint32_t row = 0; row < count; row++)
        require(grid_at(sheet->grid, (struct position){row, 1})->number == row);
    close_book();
}
END_TEST

START_TEST(sheets)
{
    open_book();
    DO("type A1 5", "add-sheet Other", "type Other!A1 =Sheet1!A1+A2", "type Other!A2 3",
       "type B1 =Other!A2+1", "name Total =Sheet1!$A$1", "name There =Other!$A$2",
       "type C1 =Total+There");
    shows("C1", "8");
    DO("remove-sheet Other");
    source("B1", "=#REF!+1");
    shows("C1", "#REF!");
    refused("remove-sheet Sheet1", "the last sheet");
    refused("remove-sheet Other", "no sheet called Other");
    undo();
    source("B1", "=Other!A2+1");
    shows("C1", "8");
    DO("rename-sheet Other Data");
    source("B1", "=Data!A2+1");
    refused("rename-sheet Data Sheet1", "already");
    refused("add-sheet a/b", "cannot have");
    DO("move-sheet Data 1");
    require(book->sheets[0] == sheet_called("Data"));
    undo();
    undo();
    require(book->sheets[1] == sheet_called("Other"));
    close_book();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rearrange");
    TCase *tests = test_case(suite, "rearrange");
    tcase_add_test(tests, lines);
    tcase_add_test(tests, edges);
    tcase_add_test(tests, areas);
    tcase_add_test(tests, copies);
    tcase_add_test(tests, sorts);
    tcase_add_test(tests, long_sort);
    tcase_add_test(tests, sheets);
    return test_main(suite);
}
