/* SPDX-License-Identifier: MIT */
/* Formulas to tokens and back. */
#include "sheet/book/parse.h"

#include <stdlib.h>

#include <string.h>

#include "sheet/book/book.h"
#include "sheet/book/function.h"
#include "sheet/book/print.h"
#include "support.h"

static struct book *book;
static struct parsed parsed;

static void set_up(void)
{
    struct problem problem;
    book = book_new(STEPPE_NO_LIMIT, &problem);
    require(book != NULL);
    require(book_add_sheet(book, "Sheet1", SIZE_MAX, &problem) != NULL);
    require(book_add_sheet(book, "My sheet", SIZE_MAX, &problem) != NULL);
    require(book_add_sheet(book, "It's", SIZE_MAX, &problem) != NULL);
    require(book_add_sheet(book, "28Fri", SIZE_MAX, &problem) != NULL);
}

static void tear_down(void)
{
    book_free(book);
}

static struct parse_options options_at(struct position cell, enum parse_dialect dialect)
{
    return (struct parse_options){
        .book = book, .sheet = book->sheets[0]->id, .cell = cell, .dialect = dialect};
}

static char *print_at(struct position cell)
{
    struct print_options options = {.book = book, .sheet = book->sheets[0]->id, .cell = cell};
    char *text = print_formula(parsed.tokens, parsed.token_count, &options);
    require(text != NULL);
    return text;
}

/* Parsed in C5, text prints as expected; and what is printed parses to the same tokens. */
static void check_print(const char *text, const char *expected, enum parse_dialect dialect)
{
    struct position cell = {4, 2};
    struct parse_options options = options_at(cell, dialect);
    bool is_parsed = parse_formula(&parsed, text, strlen(text), &options);
    if (!is_parsed)
        ck_abort_msg("%s: %s (at %zu)", text, parsed.error_text, parsed.error_offset);
    char *printed = print_at(cell);
    ck_assert_str_eq(printed, expected);
    /* Kept, they are compared without what no token of their kinds says. */
    formula_id first = formula_keep(book->formulas, parsed.tokens, parsed.token_count);
    require(first);
    struct parsed *again = malloc(sizeof *again);
    require(again != NULL);
    options.dialect = PARSE_EXCEL;
    require(parse_formula(again, printed, strlen(printed), &options));
    require_equal(formula_keep(book->formulas, again->tokens, again->token_count), first);
    formula_drop(book->formulas, first);
    formula_drop(book->formulas, first);
    parse_drop(again, book);
    free(again);
    free(printed);
    parse_drop(&parsed, book);
}

static void check_same(const char *text)
{
    check_print(text, text, PARSE_EXCEL);
}

START_TEST(what_is_written_comes_back)
{
    static const char *const texts[] = {"1",
                                        "1.5",
                                        "1E+30",
                                        "0.1",
                                        "\"a\"\"b\"",
                                        "TRUE",
                                        "FALSE",
                                        "#N/A",
                                        "#REF!",
                                        "A1",
                                        "$A$1",
                                        "A$1",
                                        "$A1",
                                        "A1:B2",
                                        "$A$1:B$2",
                                        "A:C",
                                        "$A:C",
                                        "3:5",
                                        "$3:$5",
                                        "XFD1048576",
                                        "Sheet1!A1",
                                        "'My sheet'!A1:B2",
                                        "'It''s'!$C:$D",
                                        "rate",
                                        "Sheet1!rate",
                                        "'It''s'!rate+rate",
                                        "1+2*3",
                                        "(1+2)*3",
                                        "-A1",
                                        "--A1",
                                        "-2^2",
                                        "2^-2",
                                        "50%",
                                        "-5%%",
                                        "\"a\"&\"b\"",
                                        "1<2",
                                        "1<=2",
                                        "1=2",
                                        "1>=2",
                                        "1>2",
                                        "1<>2",
                                        "A1:B2 B1:C3",
                                        "(A1,B2)",
                                        "SUM(A1,B2:C3)",
                                        "SUM((A1,B2),C3)",
                                        "PI()",
                                        "IF(A1,1,2)",
                                        "IF(A1,1)",
                                        "IF(A1,,2)",
                                        "IF(A1,IF(B1,1,2),IFERROR(C1,3))",
                                        "IFNA(A1,\"-\")",
                                        "CHOOSE(A1,1,2,3)",
                                        "ROUND(1.5,)",
                                        "NOSUCH(1,\"x\")",
                                        "NOSUCH()",
                                        "{1,2;3,4}",
                                        "{-1,\"a\";TRUE,#N/A}",
                                        "Total+1",
                                        "SUM(INDEX(A1:B2,1,1):C3)",
                                        "Sheet1!Total",
                                        "A1:B2:C3",
                                        "1-2-3",
                                        "2^3^2",
                                        "IF(1,2,3)+IF(4,5,6)",
                                        "_x.y*2",
                                        "STDEV.S(A1:A3)"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_same(texts[i]);
}
END_TEST

START_TEST(what_is_written_differently)
{
    static const struct {
        const char *text, *printed;
    } cases[] = {{"= 1 + 2 ", "1+2"},
                 {"=sum( a1 , b2 )", "SUM(A1,B2)"},
                 {"=B2:A1", "A1:B2"},
                 {"=$B1:A$2", "A1:$B$2"},
                 {"=C:A", "A:C"},
                 {"=SUM( A1 : B2 ,$3 :5)", "SUM(A1:B2,$3:5)"},
                 {"=L:\ty", "L:Y"},
                 {"=true", "TRUE"},
                 {"=#n/a", "#N/A"},
                 {"=_xlfn.STDEV.S(1,2)", "STDEV.S(1,2)"},
                 {"=_xlfn._xlws.SORT(A1:A2)", "SORT(A1:A2)"},
                 {"=1e3", "1000"},
                 {"='Sheet1'!A1", "Sheet1!A1"},
                 {"=@A1:A3", "A1:A3"},
                 {"=.5", "0.5"},
                 {"=#REF!A1+1", "#REF!+1"},
                 {"=\tA1\n", "A1"},
                 {"=28Fri!$A$1:B2+28", "'28Fri'!$A$1:B2+28"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_print(cases[i].text, cases[i].printed, PARSE_EXCEL);
}
END_TEST

START_TEST(open_formula)
{
    static const struct {
        const char *text, *printed;
    } cases[] = {{"of:=SUM([.A1:.B2];3)", "SUM(A1:B2,3)"},
                 {"of:=[.$A$1]+[Sheet1.B2]", "$A$1+Sheet1!B2"},
                 {"of:=['My sheet'.A1:.B2]", "'My sheet'!A1:B2"},
                 {"of:=[$'It''s'.A1]", "'It''s'!A1"},
                 {"oooc:=[.A1]", "A1"},
                 {"of:=[.A:.C]", "A:C"},
                 {"of:=[.$3:.5]", "$3:5"},
                 {"of:=SUM([.A1]~[.B2])", "SUM((A1,B2))"},
                 {"of:=[.A1]~[.B2]~[.C3]", "(A1,B2,C3)"},
                 {"of:=SUM(([.A1]~[.B2]);1)", "SUM((A1,B2),1)"},
                 {"of:=[.A1:.B2]![.B1:.C3]", "A1:B2 B1:C3"},
                 {"of:={1;2|3;4}", "{1,2;3,4}"},
                 {"of:=[.#REF!]", "#REF!"},
                 {"of:=COM.MICROSOFT.CONCAT(\"a\";\"b\")", "CONCAT(\"a\",\"b\")"},
                 {"of:=CEILING([.A1];2)", "CEILING.MATH(A1,2)"},
                 {"of:=COM.MICROSOFT.CEILING([.A1];2)", "CEILING(A1,2)"},
                 {"of:=LEGACY.CHIDIST(1;2)", "CHIDIST(1,2)"},
                 {"of:=FINV(1;2;3)", "F.INV(1,2,3)"},
                 {"oooc:=com.sun.star.sheet.addin.Analysis.getEdate([.A1];2)", "EDATE(A1,2)"},
                 {"of:=IF([.A1]=1;\"x\";)", "IF(A1=1,\"x\",)"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_print(cases[i].text, cases[i].printed, PARSE_OPEN_FORMULA);
    }
}
END_TEST

/* Relative words make filled formulas the same. */
START_TEST(filled_formulas_are_one)
{
    struct parse_options first = options_at((struct position){1, 0}, PARSE_EXCEL);
    struct parse_options second = options_at((struct position){9, 5}, PARSE_EXCEL);
    formula_id a = parse_and_keep("=A1+$B$1", 8, &first, NULL);
    formula_id b = parse_and_keep("=F9+$B$1", 8, &second, NULL);
    require(a != 0);
    require_equal(a, b);
    require_equal(formula_statistics_of(book->formulas).held_count, 1);
}
END_TEST

START_TEST(mistakes_are_told)
{
    static const struct {
        const char *text, *says;
        size_t offset;
    } cases[] = {{"=", "ends where an operand", 1},
                 {"=1+", "ends where an operand", 3},
                 {"=(1", "expected ')'", 3},
                 {"=1)", "no '('", 2},
                 {"=\"a", "no closing \"", 1},
                 {"='a", "no closing '", 1},
                 {"=1 2", "an operator is expected", 3},
                 {"=Nope!A1", "there is no sheet 'Nope'", 1},
                 {"='[b.xlsx]S'!A1", "other workbooks", 1},
                 {"=[1]S!A1", "other workbooks", 1},
                 {"=SUM(1", "expected ')' or another argument", 6},
                 {"=SUM(1;2)", "arguments stand apart by commas", 6},
                 {"=ROUND()", "ROUND has too few", 1},
                 {"=#WHAT", "an error is expected", 1},
                 {"={1,2;3}", "of one length", 7},
                 {"={A1}", "constants only", 2},
                 {"=T[a]", "tables", 2},
                 {"=ROUND(1.:05,2)", "join references only", 9},
                 {"=A1:\"x\"", "join references only", 7},
                 {"=1E999", "too large", 1},
                 {"=\x01", "is expected here", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct parse_error error = {0};
        struct parse_options options = options_at((struct position){0, 0}, PARSE_EXCEL);
        formula_id formula = parse_and_keep(cases[i].text, strlen(cases[i].text), &options, &error);
        if (formula || !strstr(error.text, cases[i].says) || error.offset != cases[i].offset)
            ck_abort_msg("%s: '%s' at %zu", cases[i].text, error.text, error.offset);
    }
    require_equal(text_statistics_of(book->texts).held_count, book->sheet_count);
}
END_TEST

/* A text repeated count times between others. */
static char *repeated(const char *before, const char *text, size_t count, const char *behind)
{
    size_t size_bytes = strlen(before) + count * strlen(text) + strlen(behind) + 1;
    char *result = malloc(size_bytes);
    require(result != NULL);
    (void)strcpy(result, before);
    for (size_t i = 0, at = strlen(before); i < count; i++, at += strlen(text))
        (void)strcpy(result + at, text);
    (void)strcat(result, behind);
    return result;
}

static void check_refused(char *text)
{
    struct parse_error error = {0};
    struct parse_options options = options_at((struct position){0, 0}, PARSE_EXCEL);
    require_equal(parse_and_keep(text, strlen(text), &options, &error), 0);
    require(error.text[0] != '\0');
    free(text);
}

START_TEST(nothing_explodes)
{
    check_refused(repeated("=", "(", 8000, "1"));
    check_refused(repeated("=", "-", 8000, "1"));
    check_refused(repeated("=", "SUM(", 2000, "1"));
    check_refused(repeated("=", "IF(1,", 1600, "1"));
    check_refused(repeated("=1", "+1", 5000, ""));
    check_refused(repeated("={1", ",1", 4090, "}+{"));
    char *chain = repeated("=1", "+1", 4000, "");
    check_print(chain, chain + 1, PARSE_EXCEL);
    free(chain);
    char *deep = repeated("=", "(", 200, "1");
    char *closed = repeated(deep, ")", 200, "");
    check_print(closed, closed + 1, PARSE_EXCEL);
    free(deep);
    free(closed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parse");
    TCase *tests = test_case(suite, "parse");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_is_written_comes_back);
    tcase_add_test(tests, what_is_written_differently);
    tcase_add_test(tests, open_formula);
    tcase_add_test(tests, filled_formulas_are_one);
    tcase_add_test(tests, mistakes_are_told);
    tcase_add_test(tests, nothing_explodes);
    return test_main(suite);
}
