/* SPDX-License-Identifier: MIT */
/* function_sample.c - shapes, places and tests of samples. */
#include "formulas.h"

START_TEST(shape)
{
    static const struct formula_case cases[] = {
        {"ROUND(SKEW(3,4,5,2,3,4,5,6,4,7),9)", "0.359543071"},
        {"ROUND(SKEW.P(3,4,5,2,3,4,5,6,4,7),9)", "0.303193339"},
        {"SKEW(1,2)", "#DIV/0!"},
        {"SKEW(2,2,2)", "#DIV/0!"},
        {"SKEW(1,#N/A,2)", "#N/A"},
        {"ROUND(KURT(3,4,5,2,3,4,5,6,4,7),9)", "-0.151799637"},
        {"KURT(1,2,3)", "#DIV/0!"},
        {"KURT(\"x\",1)", "#VALUE!"},
        {"TRIMMEAN({4,5,6,7,2,3,4,5,1,2,3},0.2)", "3.77777777777778"},
        {"TRIMMEAN({1,2},1)", "#NUM!"},
        {"TRIMMEAN({1,2,9},0)", "4"},
        {"SUM(MODE.MULT(1,2,3,4,3,2,1,2,3,5,6,1)*{1;10;100})", "321"},
        {"MODE.MULT(1,2)", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(places)
{
    static const struct formula_case cases[] = {
        {"PERCENTRANK.INC({13,12,11,8,4,3,2,1,1,1},2)", "0.333"},
        {"PERCENTRANK({13,12,11,8,4,3,2,1,1,1},4)", "0.555"},
        {"PERCENTRANK({13,12,11,8,4,3,2,1,1,1},8)", "0.666"},
        {"PERCENTRANK({13,12,11,8,4,3,2,1,1,1},5)", "0.583"},
        {"PERCENTRANK({1,2},3)", "#N/A"},
        {"PERCENTRANK({1,2},1,0)", "#NUM!"},
        {"PERCENTRANK({13,12,11,8,4,3,2,1,1,1},5,6)", "0.583333"},
        {"PERCENTRANK.EXC({1,2,3,6,6,6,7,8,9},7)", "0.7"},
        {"PERCENTRANK.EXC({1,2,3,6,6,6,7,8,9},5.43)", "0.381"},
        {"PERCENTRANK.EXC({1,2,3,6,6,6,7,8,9},5.43,1)", "0.3"},
        {"PROB({0;1;2;3},{0.2;0.3;0.1;0.4},2)", "0.1"},
        {"PROB({0;1;2;3},{0.2;0.3;0.1;0.4},1,3)", "0.8"},
        {"PROB({0;1},{0.2;0.3},1)", "#NUM!"},
        {"PROB({0;1},{1},1)", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(tests)
{
    static const struct formula_case cases[] = {
        {"ROUND(T.TEST({3;4;5;8;9;1;2;4;5},{6;19;3;2;14;4;5;17;1},2,1),9)", "0.196015785"},
        {"ROUND(TTEST({3;4;5;8;9;1;2;4;5},{6;19;3;2;14;4;5;17;1},2,2),6)", "0.191996"},
        {"ROUND(T.TEST({3;4;5;8;9;1;2;4;5},{6;19;3;2;14;4;5;17;1},2,3),6)", "0.202294"},
        {"T.TEST({1;2;3},{1;2},2,1)", "#N/A"},
        {"T.TEST({1;2},{1;2},3,1)", "#NUM!"},
        {"T.TEST({1;2},{1;2},2,4)", "#NUM!"},
        {"T.TEST({1},{1;2},2,2)", "#DIV/0!"},
        {"ROUND(F.TEST({6;7;9;15;21},{20;28;31;38;40}),9)", "0.648317847"},
        {"FTEST({1},{1;2})", "#DIV/0!"},
        {"ROUND(Z.TEST({3;6;7;8;6;5;4;2;1;9},4),9)", "0.090574197"},
        {"ROUND(ZTEST({3;6;7;8;6;5;4;2;1;9},6),9)", "0.863043389"},
        {"ZTEST({1;2},1,0)", "#NUM!"},
        {"ROUND(CHISQ.TEST({58,35;11,25;10,23},{45.35,47.65;17.56,18.44;16.09,16.91}),9)",
         "0.000308192"},
        {"CHITEST({1,2},{1,0})", "#DIV/0!"},
        {"CHITEST({1,2},{-1,0})", "#DIV/0!"},
        {"CHITEST({1,2},{-1,1})", "#NUM!"},
        {"CHITEST({1,#N/A},{-1,0})", "#N/A"},
        {"CHITEST({1,2},{1,2,3})", "#N/A"},
        {"CHITEST({1},{1})", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_sample");
    TCase *test = test_case(suite, "function_sample");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, shape);
    tcase_add_test(test, places);
    tcase_add_test(test, tests);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
