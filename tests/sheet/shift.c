/* SPDX-License-Identifier: MIT */
/* shift.c - what becomes of references, as texts before and after; and of cells, at random. */
#include "sheet/book/shift.h"

#include <stdlib.h>
#include <string.h>

#include "sheet/book/book.h"
#include "sheet/book/parse.h"
#include "sheet/book/print.h"
#include "support.h"

static struct book *book;
static struct sheet *one, *two;
static struct problem problem;
static struct parsed parsed;

static void open_book(void)
{
    book = book_new(STEPPE_NO_LIMIT, &problem);
    one = book ? book_add_sheet(book, "One", SIZE_MAX, &problem) : NULL;
    two = one ? book_add_sheet(book, "Two", SIZE_MAX, &problem) : NULL;
    require(two, "%s", problem.text);
}

static struct position at(const char *name)
{
    struct position position;
    require_equal(position_read(name, &position, NULL), strlen(name));
    return position;
}

static struct area area_at(const char *name)
{
    struct area area;
    require(area_parse(name, &area));
    return area;
}

/* A formula in D4 of a sheet, after the shift, which may move it. */
static void check_in(const struct sheet *sheet, const struct shift *shift, const char *before,
                     const char *after)
{
    struct position cell = at("D4"), moved = cell;
    struct parse_options options = {.book = book, .sheet = sheet->id, .cell = cell};
    struct print_options print = {.book = book, .sheet = sheet->id};
    require(parse_formula(&parsed, before, strlen(before), &options), "%s: %s", before,
            parsed.error_text);
    if (sheet->id == shift->sheet && shift_position(shift, cell, &moved) &&
        shift->kind == SHIFT_MOVE && area_has(shift->area, cell))
        print.sheet = shift->to_sheet;
    print.cell = moved;
    struct token old[8];
    require(parsed.token_count <= array_count(old));
    memcpy(old, parsed.tokens, parsed.token_count * sizeof *old);
    bool has_changed =
        shift_tokens(shift, parsed.tokens, parsed.token_count, sheet->id, cell, print.sheet, moved);
    require(has_changed == (memcmp(old, parsed.tokens, parsed.token_count * sizeof *old) != 0));
    char *text = print_formula(parsed.tokens, parsed.token_count, &print);
    require(text && !strcmp(text, after), "%s becomes %s, not %s", before, text, after);
    free(text);
    parse_drop(&parsed, book);
}

static void check(const struct shift *shift, const char *before, const char *after)
{
    check_in(one, shift, before, after);
}

static struct shift lines(enum shift_kind kind, uint32_t first, uint32_t count)
{
    return (struct shift){.kind = kind, .sheet = one->id, .first = first, .count = count};
}

START_TEST(rows_come_in)
{
    open_book();
    struct shift shift = lines(SHIFT_INSERT_ROWS, 4, 2); /* in front of row 5 */
    check(&shift, "A4", "A4");
    check(&shift, "A5", "A7");
    check(&shift, "$A$5", "$A$7");
    check(&shift, "A$5+$A4", "A$7+$A4");
    check(&shift, "A1:A4", "A1:A4");
    check(&shift, "A1:A5", "A1:A7");
    check(&shift, "A5:B6", "A7:B8");
    check(&shift, "A$1:A$9", "A$1:A$11");
    check(&shift, "A:C", "A:C");
    check(&shift, "4:5", "4:7");
    check(&shift, "$5:$5", "$7:$7");
    check(&shift, "A1048576", "#REF!");
    check(&shift, "A1048574", "A1048576");
    check(&shift, "A9:A1048576", "A11:A1048576");
    check(&shift, "Two!A5", "Two!A5");
    check_in(two, &shift, "A5+One!A5", "A5+One!A7");
    shift = lines(SHIFT_INSERT_ROWS, 0, 3); /* the formula moves as well */
    check(&shift, "D3+$D$3+D5", "D6+$D$6+D8");
    check(&shift, "Two!D3", "Two!D3");
    book_free(book);
}
END_TEST

START_TEST(rows_go)
{
    open_book();
    struct shift shift = lines(SHIFT_DELETE_ROWS, 4, 3); /* 5 to 7 */
    check(&shift, "A4", "A4");
    check(&shift, "A5", "#REF!");
    check(&shift, "A7", "#REF!");
    check(&shift, "A8", "A5");
    check(&shift, "A5:B7", "#REF!");
    check(&shift, "A4:A6", "A4:A4");
    check(&shift, "A6:A9", "A5:A6");
    check(&shift, "A1:A9", "A1:A6");
    check(&shift, "$A$6:A$8", "$A$5:A$5");
    check(&shift, "A:C", "A:C");
    check(&shift, "6:6", "#REF!");
    check(&shift, "6:8", "5:5");
    check(&shift, "A8:A1048576", "A5:A1048573");
    check(&shift, "SUM(A5,B1)", "SUM(#REF!,B1)");
    check_in(two, &shift, "One!B6", "#REF!");
    check_in(two, &shift, "B6", "B6");
    shift = lines(SHIFT_DELETE_ROWS, 0, 2);
    check(&shift, "D3+D9", "D1+D7");
    book_free(book);
}
END_TEST

START_TEST(columns)
{
    open_book();
    struct shift shift = lines(SHIFT_INSERT_COLUMNS, 1, 1);
    check(&shift, "A1+B1+$C1", "A1+C1+$D1");
    check(&shift, "A1:B9", "A1:C9");
    check(&shift, "A:B", "A:C");
    check(&shift, "B:C", "C:D");
    check(&shift, "3:4", "3:4");
    check(&shift, "XFD1", "#REF!");
    shift = lines(SHIFT_DELETE_COLUMNS, 1, 1);
    check(&shift, "A1+B1+$C1", "A1+#REF!+$B1");
    check(&shift, "A:B", "A:A");
    check(&shift, "B:B", "#REF!");
    check(&shift, "3:4", "3:4");
    check(&shift, "A1:XFD1", "A1:XFC1");
    book_free(book);
}
END_TEST

START_TEST(areas_move)
{
    open_book();
    struct shift shift = {.kind = SHIFT_MOVE,
                          .sheet = one->id,
                          .area = area_at("A1:B2"),
                          .to_sheet = one->id,
                          .to = at("F6")};
    check(&shift, "A1+$B$2+C3", "F6+$G$7+C3");
    check(&shift, "A1:B2", "F6:G7");
    check(&shift, "A1:B1", "F6:G6");
    check(&shift, "A1:C2", "A1:C2"); /* a part of it */
    check(&shift, "F6", "#REF!");    /* laid over */
    check(&shift, "F6:G8", "F6:G8");
    check(&shift, "Two!A1", "Two!A1");
    check_in(two, &shift, "One!A1+A1", "One!F6+A1");
    shift.to_sheet = two->id;
    check(&shift, "A1+C3", "Two!F6+C3");
    check_in(two, &shift, "One!A1+A1+F6", "Two!F6+A1+#REF!");
    shift.area = area_at("D4:D5"); /* the formula itself */
    check(&shift, "A1+D4+D5", "One!A1+F6+F7");
    check(&shift, "Two!A1", "Two!A1");
    shift.to_sheet = one->id;
    shift.to = at("D5"); /* over itself */
    check(&shift, "D4+D5+D6+$D$6", "D5+D6+#REF!+#REF!");
    book_free(book);
}
END_TEST

START_TEST(sheets_go)
{
    open_book();
    struct shift shift = {.kind = SHIFT_DELETE_SHEET, .sheet = two->id};
    check(&shift, "A1+Two!A1+SUM(Two!A:B)", "A1+#REF!+SUM(#REF!)");
    book_free(book);
}
END_TEST

/* Cells, line by line, against a list in which lines come in and go. */
START_TEST(positions_as_in_a_list)
{
    enum { LIST = 64 };
    uint64_t chance = (uint64_t)_i + 1;
    for (int turn = 0; turn < 2000; turn++) {
        uint32_t first = (uint32_t)random_below(&chance, LIST);
        uint32_t count = 1 + (uint32_t)random_below(&chance, LIST);
        bool inserts = random_below(&chance, 2), rows = random_below(&chance, 2);
        struct shift shift = {.kind = rows      ? inserts ? SHIFT_INSERT_ROWS : SHIFT_DELETE_ROWS
                                      : inserts ? SHIFT_INSERT_COLUMNS
                                                : SHIFT_DELETE_COLUMNS,
                              .sheet = 1,
                              .first = first,
                              .count = count};
        for (uint32_t line = 0; line < LIST; line++) {
            struct position position = {rows ? line : 7, rows ? 7 : line}, moved;
            bool stays = shift_position(&shift, position, &moved);
            bool expected = inserts || line < first || line >= first + count;
            uint32_t goal = line < first ? line : inserts ? line + count : line - count;
            require(stays == expected);
            require(!stays || ((rows ? moved.row : moved.column) == goal &&
                               (rows ? moved.column : moved.row) == 7));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shift");
    TCase *tests = test_case(suite, "shift");
    tcase_add_test(tests, rows_come_in);
    tcase_add_test(tests, rows_go);
    tcase_add_test(tests, columns);
    tcase_add_test(tests, areas_move);
    tcase_add_test(tests, sheets_go);
    tcase_add_loop_test(tests, positions_as_in_a_list, 0, 3);
    return test_main(suite);
}
