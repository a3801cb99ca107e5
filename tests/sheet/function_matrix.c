/* SPDX-License-Identifier: MIT */
/* function_matrix.c - matrices, and lines through points. */
#include "formulas.h"

START_TEST(matrices)
{
    static const struct formula_case cases[] = {
        {"SUM(MMULT({1,2;3,4},{5,6;7,8})*{1,10;100,1000})", "54539"},
        {"MMULT({1,2},{3;4})", "11"},
        {"MMULT({1,2},{3,4})", "#VALUE!"},
        {"MMULT({1,\"2\"},{3;4})", "#VALUE!"},
        {"MMULT(A1:B1,{3;4})", "#VALUE!"},
        {"MMULT({1,#N/A},{3;4})", "#N/A"},
        {"MDETERM({1,2;3,4})", "-2"},
        {"MDETERM({1,3,8,5;1,3,6,1;1,1,1,0;7,3,10,2})", "88"},
        {"MDETERM({3,6;1,2})", "0"},
        {"MDETERM({1,2,3;4,5,6})", "#VALUE!"},
        {"MDETERM(7)", "7"},
        {"ROUND(INDEX(MINVERSE({4,-1;2,0}),2,1),12)", "-1"},
        {"INDEX(MINVERSE({4,-1;2,0}),2,2)", "2"},
        {"MINVERSE({3,6;1,2})", "#NUM!"},
        {"MINVERSE({1,2})", "#VALUE!"},
        {"SUM(ABS(MMULT(MINVERSE({2,1,7;0,3,1;5,1,1}),{2,1,7;0,3,1;5,1,1})-MUNIT(3)))<1E-14",
         "TRUE"},
        {"SUM(MUNIT(4))", "4"},
        {"INDEX(MUNIT(3),2,2)", "1"},
        {"MUNIT(0)", "#VALUE!"},
        {"MUNIT(\"x\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(lines)
{
    static const struct formula_case cases[] = {
        {"LINEST({1;9;5;7},{0;4;2;3})", "2"},
        {"INDEX(LINEST({1;9;5;7},{0;4;2;3}),2)", "1"},
        {"INDEX(LINEST({1,9,5,7},{0,4,2,3}),2)", "1"},
        {"INDEX(LINEST({2,4,6}),1)", "2"},
        {"ROUND(INDEX(LINEST({1;2;4;4},{1;2;3;4},TRUE,TRUE),2,1),10)", "0.2645751311"},
        {"ROUND(INDEX(LINEST({1;2;4;4},{1;2;3;4},TRUE,TRUE),2,2),10)", "0.7245688373"},
        {"ROUND(INDEX(LINEST({1;2;4;4},{1;2;3;4},TRUE,TRUE),3,1),10)", "0.8962962963"},
        {"INDEX(LINEST({1;2;4;4},{1;2;3;4},TRUE,TRUE),4,2)", "2"},
        {"ROUND(INDEX(LINEST({1;2;4;4},{1;2;3;4},TRUE,TRUE),5,1),10)", "6.05"},
        {"ROUND(INDEX(LINEST({1;2;4;4},{1;2;3;4},TRUE,TRUE),5,2),10)", "0.7"},
        {"ROUND(INDEX(LINEST({1;2;4;4},{1;2;3;4},TRUE,TRUE),4,1),8)", "17.28571429"},
        {"ROUND(INDEX(LINEST({1;2;4;4},{1;2;3;4},FALSE),1),10)", "1.1"},
        {"INDEX(LINEST({1;2;4;4},{1;2;3;4},FALSE),2)", "0"},
        {"INDEX(LINEST({1;2;4;4},{1;2;3;4},FALSE,TRUE),2,2)", "#N/A"},
        {"INDEX(LINEST({1;2;4;4},{1;2;3;4},FALSE,TRUE),4,2)", "3"},
        {"ROUND(INDEX(LINEST({6;8;9;11;12},{1,1;2,1;3,0;4,2;5,1}),1),10)", "0.2631578947"},
        {"ROUND(INDEX(LINEST({6;8;9;11;12},{1,1;2,1;3,0;4,2;5,1}),2),10)", "1.4736842105"},
        {"INDEX(LINEST({1;2;3},{1,2;2,4;3,6}),1)", "0"},
        {"INDEX(LINEST({1;2;3},{1,2;2,4;3,6}),2)", "1"},
        {"LINEST({1;2;3},{1;2})", "#REF!"},
        {"LINEST({1;\"x\"},{1;2})", "#VALUE!"},
        {"ROUND(LOGEST({33100;47300;69000;102000;150000;220000},{11;12;13;14;15;16}),10)",
         "1.4632756281"},
        {"ROUND(INDEX(LOGEST({33100;47300;69000;102000;150000;220000},{11;12;13;14;15;16}),2),7)",
         "495.3047702"},
        {"LOGEST({1;0},{1;2})", "#NUM!"},
        {"TREND({1;9;5;7},{0;4;2;3},{5})", "11"},
        {"SUM(TREND({1;9;5;7},{0;4;2;3},{5;6}))", "24"},
        {"TREND({1;9;5;7},{0;4;2;3})", "1"},
        {"INDEX(TREND({2,4,6},,{4,5}),2)", "10"},
        {"ROUND(TREND({6;8;9;11;12},{1,1;2,1;3,0;4,2;5,1},{1,1}),8)", "6.25263158"},
        {"TREND({1;2},{1;2},{1,2;3,4})", "1"},
        {"TREND({6;8;9},{1,1;2,1;3,0},{1})", "#REF!"},
        {"ROUND(INDEX(GROWTH({33100;47300;69000;102000;150000;220000},{11;12;13;14;15;16},{17;18}),"
         "2),2)",
         "468536.05"},
        {"GROWTH({1;-1},{1;2})", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_matrix");
    TCase *test = test_case(suite, "function_matrix");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, matrices);
    tcase_add_test(test, lines);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
