/* SPDX-License-Identifier: MIT */
/* function_split.c - texts taken apart. */
#include "formulas.h"

START_TEST(parts)
{
    static const struct formula_case cases[] = {
        {"TEXTBEFORE(\"a-b-c\",\"-\")", "\"a\""},
        {"TEXTBEFORE(\"a-b-c\",\"-\",2)", "\"a-b\""},
        {"TEXTBEFORE(\"a-b-c\",\"-\",-1)", "\"a-b\""},
        {"TEXTBEFORE(\"a-b-c\",\"-\",3)", "#N/A"},
        {"TEXTBEFORE(\"a-b-c\",\"-\",0)", "#VALUE!"},
        {"TEXTBEFORE(\"abc\",\"x\",1,0,1)", "\"abc\""},
        {"TEXTBEFORE(\"abc\",\"x\",1,0,0,\"none\")", "\"none\""},
        {"TEXTBEFORE(\"aXb\",\"x\")", "#N/A"},
        {"TEXTBEFORE(\"aXb\",\"x\",1,1)", "\"a\""},
        {"TEXTBEFORE(\"a.b-c\",{\"-\",\".\"})", "\"a\""},
        {"TEXTBEFORE(\"abc\",\"\")", "\"\""},
        {"TEXTAFTER(\"a-b-c\",\"-\")", "\"b-c\""},
        {"TEXTAFTER(\"a-b-c\",\"-\",-1)", "\"c\""},
        {"TEXTAFTER(\"a-b-c\",\"-\",2)", "\"c\""},
        {"TEXTAFTER(\"a-b-c\",\"-\",-3)", "#N/A"},
        {"TEXTAFTER(\"Grüße\",CHAR(252))", "\"ße\""},
        {"TEXTAFTER(\"abc\",\"x\")", "#N/A"},
        {"TEXTAFTER(\"abc\",\"\")", "\"abc\""},
        {"TEXTAFTER(#REF!,\"x\")", "#REF!"},
        {"TEXTAFTER(\"ab\",{\"a\",\"ab\"})", "\"\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(pieces)
{
    static const struct formula_case cases[] = {
        {"INDEX(TEXTSPLIT(\"a,b;c\",\",\",\";\"),1,2)", "\"b\""},
        {"INDEX(TEXTSPLIT(\"a,b;c\",\",\",\";\"),2,2)", "#N/A"},
        {"INDEX(TEXTSPLIT(\"a,b;c\",\",\",\";\",FALSE,0,\"-\"),2,2)", "\"-\""},
        {"COLUMNS(TEXTSPLIT(\"a,,b\",\",\"))", "3"},
        {"COLUMNS(TEXTSPLIT(\"a,,b\",\",\",,TRUE))", "2"},
        {"ROWS(TEXTSPLIT(\"a b c\",,\" \"))", "3"},
        {"COLUMNS(TEXTSPLIT(\"1.2-3\",{\".\",\"-\"}))", "3"},
        {"TEXTSPLIT(\"abc\",\"\")", "#VALUE!"},
        {"TEXTSPLIT(\"abc\",)", "#VALUE!"},
        {"COLUMNS(TEXTSPLIT(\"aXbxc\",\"x\",,,1))", "3"},
        {"TEXTSPLIT(12,\",\")", "\"12\""},
        {"TEXTJOIN(\"+\",TRUE,TEXTSPLIT(\"c b a\",\" \"))", "\"c+b+a\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_split");
    TCase *test = test_case(suite, "function_split");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, parts);
    tcase_add_test(test, pieces);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
