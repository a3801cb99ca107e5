/* SPDX-License-Identifier: MIT */
/* function_array.c - arrays made, chosen, sorted, joined. */
#include "formulas.h"

START_TEST(made)
{
    static const struct formula_case cases[] = {
        {"SUM(SEQUENCE(4,5))", "210"},
        {"INDEX(SEQUENCE(2,3,10,-2),2,1)", "4"},
        {"SEQUENCE(3)", "1"},
        {"SEQUENCE(0)", "#VALUE!"},
        {"SEQUENCE(2,2,\"x\")", "#VALUE!"},
        {"COUNT(RANDARRAY(2,3))", "6"},
        {"SUM(RANDARRAY(5,1,7,7,TRUE))", "35"},
        {"RANDARRAY(1,1,2,1)", "#VALUE!"},
        {"AND(RANDARRAY(50)<1,RANDARRAY(50)>=0)", "TRUE"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(chosen)
{
    static const struct formula_case cases[] = {
        {"SUM(FILTER({1;2;3;4},{1;0;1;0}))", "4"},
        {"FILTER({1;2},{0;0},\"none\")", "\"none\""},
        {"FILTER({1;2},{0;0})", "#VALUE!"},
        {"FILTER({1;2},{1;1;1})", "#VALUE!"},
        {"INDEX(FILTER({1,2,3;4,5,6},{0,1,1}),2,2)", "6"},
        {"FILTER({1;2},{1;#N/A})", "#N/A"},
        {"SUM(FILTER({1,2,3,4},{1,2,3,4}>2))", "7"},
        {"SUM(TAKE({1;2;3;4},2))", "3"},
        {"SUM(TAKE({1;2;3;4},-1))", "4"},
        {"SUM(TAKE({1,2;3,4},,1))", "4"},
        {"TAKE({1;2},0)", "#VALUE!"},
        {"SUM(TAKE({1;2},9))", "3"},
        {"SUM(DROP({1;2;3;4},1))", "9"},
        {"SUM(DROP({1;2;3;4},-3))", "1"},
        {"DROP({1;2},2)", "#VALUE!"},
        {"SUM(CHOOSEROWS({1;2;4;8},1,-1))", "9"},
        {"SUM(CHOOSECOLS({1,2,4,8},{2,3}))", "6"},
        {"CHOOSEROWS({1;2},3)", "#VALUE!"},
        {"CHOOSEROWS({1;2},0)", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(sorted)
{
    static const struct formula_case cases[] = {
        {"SUM(SORT({3;1;2})*{1;10;100})", "321"},
        {"SUM(SORT({3;1;2},1,-1)*{1;10;100})", "123"},
        {"INDEX(SORT({\"b\",2;\"a\",1}),1,2)", "1"},
        {"INDEX(SORT({\"x\";2;TRUE;1}),4)", "TRUE"},
        {"INDEX(SORT({\"x\";2;TRUE;1}),3)", "\"x\""},
        {"SUM(SORT({3,1,2},1,1,TRUE)*{1,10,100})", "321"},
        {"SORT({1;2},2)", "#VALUE!"},
        {"SORT({1;2},1,2)", "#VALUE!"},
        {"INDEX(SORTBY({\"a\";\"b\";\"c\"},{3;1;2}),1)", "\"b\""},
        {"INDEX(SORTBY({\"a\";\"b\";\"c\"},{1;1;2},-1,{2;1;0},1),2)", "\"b\""},
        {"SORTBY({1;2},{1;2;3})", "#VALUE!"},
        {"ROWS(UNIQUE({1;2;1;\"A\";\"a\"}))", "3"},
        {"SUM(UNIQUE({1;2;1;3},FALSE,TRUE))", "5"},
        {"UNIQUE({1;1},FALSE,TRUE)", "#VALUE!"},
        {"COLUMNS(UNIQUE({1,2,1},TRUE))", "2"},
        {"ROWS(UNIQUE({1,2;1,3;1,2}))", "2"},
        {"SUM(UNIQUE({3;1;3;2})*{1;10;100})", "213"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(joined)
{
    static const struct formula_case cases[] = {
        {"INDEX(VSTACK({1,2},{3}),2,2)", "#N/A"},
        {"INDEX(VSTACK({1,2},{3}),2,1)", "3"},
        {"SUM(HSTACK({1;2},{3;4}))", "10"},
        {"COLUMNS(HSTACK(1,2,3))", "3"},
        {"INDEX(TOCOL({1,2;3,4}),2)", "2"},
        {"INDEX(TOCOL({1,2;3,4},0,TRUE),2)", "3"},
        {"SUM(TOROW({1,#N/A;3,4},2))", "8"},
        {"TOCOL({1},4)", "#VALUE!"},
        {"INDEX(WRAPROWS({1,2,3,4,5},2),2,1)", "3"},
        {"INDEX(WRAPROWS({1,2,3},2),2,2)", "#N/A"},
        {"INDEX(WRAPROWS({1,2,3},2,0),2,2)", "0"},
        {"INDEX(WRAPCOLS({1;2;3;4},2),1,2)", "3"},
        {"WRAPROWS({1,2;3,4},2)", "#VALUE!"},
        {"INDEX(EXPAND({1,2},2,3,\"-\"),2,3)", "\"-\""},
        {"INDEX(EXPAND({1,2},2),2,1)", "#N/A"},
        {"EXPAND({1,2},1,1)", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_array");
    TCase *test = test_case(suite, "function_array");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, made);
    tcase_add_test(test, chosen);
    tcase_add_test(test, sorted);
    tcase_add_test(test, joined);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
