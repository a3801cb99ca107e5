/* SPDX-License-Identifier: MIT */
/* function_statistics.c - counting, averages, spread, order, and lines through points. */
#include <stdlib.h>

#include "formulas.h"
#include "sheet/functions/numbers.h"

/*        A   B      C      D     E     F
 *   1    3   2      TRUE   1     10
 *   2    5   4      text   2     20
 *   3    3   8      ""     3     40    #DIV/0!
 *   4    7   16     9      4     40
 *   5    9   32            5     70
 */
static void fill(void)
{
    static const char *const rows[][6] = {
        {"3", "2", "TRUE", "1", "10", ""},    {"5", "4", "\"text\"", "2", "20", ""},
        {"3", "8", "\"\"", "3", "40", "1/0"}, {"7", "16", "9", "4", "40", ""},
        {"9", "32", "", "5", "70", ""},
    };
    char name[8];
    for (unsigned i = 0; i < array_count(rows); i++) {
        (void)snprintf(name, sizeof name, "A%u", i + 1);
        put_row(name, 6, rows[i]);
    }
}

START_TEST(counting)
{
    static const struct formula_case cases[] = {
        {"COUNT(A1:F5)", "21"},
        {"COUNT(C1:C5)", "1"},
        {"COUNT(A:A)", "5"},
        {"COUNT(1,\"2\",TRUE,\"x\",#N/A)", "3"},
        {"COUNT(1,)", "2"},
        {"COUNT({1,\"2\",TRUE,#N/A})", "1"},
        {"COUNT(G1:G9)", "0"},
        {"COUNT((A1:A2,B1:B2))", "4"},
        {"COUNTA(A1:F5)", "25"},
        {"COUNTA(C1:C5)", "4"},
        {"COUNTA(F:F)", "1"},
        {"COUNTA(1,\"\",TRUE,#N/A)", "4"},
        {"COUNTA(1,)", "2"},
        {"COUNTA(G1:G9)", "0"},
        {"COUNTBLANK(C1:C5)", "2"},
        {"COUNTBLANK(F1:F5)", "4"},
        {"COUNTBLANK(A1:A5)", "0"},
        {"COUNTBLANK(A:A)", "1048571"},
        {"COUNTBLANK(A:XFD)", "17179869160"},
        {"COUNTBLANK(G1)", "1"},
        {"COUNTBLANK(5)", "#VALUE!"},
        {"COUNTBLANK(#REF!)", "#REF!"},
        {"COUNTBLANK((A1,A2))", "#VALUE!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(averages)
{
    static const struct formula_case cases[] = {
        {"AVERAGE(A1:A5)", "5.4"},
        {"AVERAGE(A:A)", "5.4"},
        {"AVERAGE(C1:C5)", "9"},
        {"AVERAGE(A1:A5,10)", "6.16666666666667"},
        {"AVERAGE(1,\"2\",TRUE)", "1.33333333333333"},
        {"AVERAGE(1,\"x\")", "#VALUE!"},
        {"AVERAGE(1,)", "0.5"},
        {"AVERAGE(G1:G9)", "#DIV/0!"},
        {"AVERAGE(F1:F5)", "#DIV/0!"},
        {"AVERAGE(\"x\",F1:F5)", "#VALUE!"},
        {"AVERAGE(#N/A,F1:F5)", "#N/A"},
        {"AVERAGE(0.1,0.2,0.3)", "0.2"},
        {"AVERAGE(1E+308,1E+308)", "#NUM!"},
        {"AVERAGE(1E+16,1,-1E+16)", "0.333333333333333"},
        {"AVERAGEA(C1:C5)", "2.5"},
        {"AVERAGEA(A1:A5)", "5.4"},
        {"AVERAGEA(C1:C1)", "1"},
        {"AVERAGEA(C2)", "0"},
        {"AVERAGEA(1,TRUE,\"4\")", "2"},
        {"AVERAGEA(\"x\")", "#VALUE!"},
        {"AVERAGEA(G1:G9)", "#DIV/0!"},
        {"AVERAGEA(F1:F5)", "#DIV/0!"},
        {"GEOMEAN(B1:B5)", "8"},
        {"GEOMEAN(4,9)", "6"},
        {"GEOMEAN(1,0)", "#NUM!"},
        {"GEOMEAN(1,-1)", "#NUM!"},
        {"GEOMEAN(G1:G9)", "#NUM!"},
        {"GEOMEAN(F1:F5)", "#DIV/0!"},
        {"GEOMEAN(-1,#N/A)", "#N/A"},
        {"GEOMEAN(1E+300,1E+300)", "1E+300"},
        {"HARMEAN(1,2,4)", "1.71428571428571"},
        {"HARMEAN(A1:A5)", "4.46175637393768"},
        {"HARMEAN(1,0)", "#NUM!"},
        {"HARMEAN(2,-3)", "#NUM!"},
        {"HARMEAN(G1:G9)", "#NUM!"},
        {"HARMEAN(F1:F5)", "#DIV/0!"},
        {"HARMEAN(\"x\")", "#VALUE!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(smallest_and_largest)
{
    static const struct formula_case cases[] = {
        {"MIN(A1:A5)", "3"},         {"MIN(A1:B5,-1)", "-1"},    {"MIN(C1:C5)", "9"},
        {"MIN(G1:G9)", "0"},         {"MIN(\"5\",7)", "5"},      {"MIN(\"x\",7)", "#VALUE!"},
        {"MIN(F1:F5,1)", "#DIV/0!"}, {"MIN(5,)", "0"},           {"MIN({4,\"1\",TRUE})", "4"},
        {"MAX(A1:A5)", "9"},         {"MAX(A:B)", "32"},         {"MAX(-5,-3)", "-3"},
        {"MAX(C1:C3)", "0"},         {"MAX(TRUE,-1)", "1"},      {"MAX(G1:G9)", "0"},
        {"MAX(-1,)", "0"},           {"MAX(F3,1)", "#DIV/0!"},   {"MINA(C1:C5)", "0"},
        {"MINA(C1)", "1"},           {"MINA(A1:A5)", "3"},       {"MINA(C4:C5)", "9"},
        {"MINA(G1:G9)", "0"},        {"MINA(\"x\")", "#VALUE!"}, {"MINA(F1:F5)", "#DIV/0!"},
        {"MAXA(C1:C3)", "1"},        {"MAXA(C1:C5)", "9"},       {"MAXA(-5,C2)", "0"},
        {"MAXA(-5,TRUE)", "1"},      {"MAXA(G1:G9)", "0"},       {"MAXA(F1:F5)", "#DIV/0!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(spread)
{
    static const struct formula_case cases[] = {
        {"VAR(A1:A5)", "6.8"},
        {"VAR.S(A1:A5)", "6.8"},
        {"VAR(1,2,3,4)", "1.66666666666667"},
        {"VAR(5)", "#DIV/0!"},
        {"VAR(G1:G9)", "#DIV/0!"},
        {"VAR(F1:F5)", "#DIV/0!"},
        {"VAR(\"x\",1,2)", "#VALUE!"},
        {"VAR.S(A1:A5,#N/A)", "#N/A"},
        {"VAR.S(5)", "#DIV/0!"},
        {"VAR.S(TRUE,3)", "2"},
        {"VAR.S(C1:C5,4)", "12.5"},
        {"VAR.S(1000000001,1000000002,1000000003)", "1"},
        {"VARP(A1:A5)", "5.44"},
        {"VAR.P(A1:A5)", "5.44"},
        {"VARP(5)", "0"},
        {"VARP(G1:G9)", "#DIV/0!"},
        {"VARP(F3)", "#DIV/0!"},
        {"VARP(1,3)", "1"},
        {"VAR.P(0.1,0.1,0.1)", "0"},
        {"VAR.P(G1)", "#DIV/0!"},
        {"VAR.P(\"x\")", "#VALUE!"},
        {"VAR.P(1,3,)", "1.55555555555556"},
        {"VARA(C1:C5)", "19"},
        {"VARA(1,3)", "2"},
        {"VARPA(C1:C5)", "14.25"},
        {"VARPA(1,3)", "1"},
        {"STDEV(A1:A5)", "2.60768096208106"},
        {"STDEV.S(A1:A5)", "2.60768096208106"},
        {"STDEV(1,3)", "1.4142135623731"},
        {"STDEV(1)", "#DIV/0!"},
        {"STDEV(G1:G9)", "#DIV/0!"},
        {"STDEV(\"x\",1)", "#VALUE!"},
        {"STDEV(F1:F5,A1)", "#DIV/0!"},
        {"STDEV.S({1,3,\"5\"})", "1.4142135623731"},
        {"STDEV.S(#NUM!)", "#NUM!"},
        {"STDEV.S(7)", "#DIV/0!"},
        {"STDEV.S(A:A)", "2.60768096208106"},
        {"STDEV.S(2,2,2)", "0"},
        {"STDEVP(A1:A5)", "2.33238075793812"},
        {"STDEV.P(A1:A5)", "2.33238075793812"},
        {"STDEVP(1)", "0"},
        {"STDEVP(G1)", "#DIV/0!"},
        {"STDEVP(1,3,5,7)", "2.23606797749979"},
        {"STDEVP(\"x\")", "#VALUE!"},
        {"STDEV.P(G1)", "#DIV/0!"},
        {"STDEV.P(1,\"3\")", "1"},
        {"STDEV.P(F3)", "#DIV/0!"},
        {"STDEV.P(-1,1)", "1"},
        {"STDEVA(C1:C5)", "4.35889894354067"},
        {"STDEVPA(C1:C5)", "3.77491721763537"},
        {"AVEDEV(A1:A5)", "2.08"},
        {"AVEDEV(1,3)", "1"},
        {"AVEDEV(5)", "0"},
        {"AVEDEV(G1:G9)", "#NUM!"},
        {"AVEDEV(F1:F5)", "#DIV/0!"},
        {"AVEDEV(\"x\")", "#VALUE!"},
        {"AVEDEV(4,5,6,7,5,4,3)", "1.02040816326531"},
        {"DEVSQ(A1:A5)", "27.2"},
        {"DEVSQ(4,5,8,7,11,4,3)", "48"},
        {"DEVSQ(5)", "0"},
        {"DEVSQ(G1)", "#NUM!"},
        {"DEVSQ(#N/A)", "#N/A"},
        {"DEVSQ(\"x\")", "#VALUE!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(order)
{
    static const struct formula_case cases[] = {
        {"MEDIAN(A1:A5)", "5"},
        {"MEDIAN(A1:A4)", "4"},
        {"MEDIAN(1,\"2\",TRUE,5)", "1.5"},
        {"MEDIAN(G1:G9)", "#NUM!"},
        {"MEDIAN(F1:F5)", "#DIV/0!"},
        {"MEDIAN(\"x\")", "#VALUE!"},
        {"MEDIAN(C1:C5)", "9"},
        {"MODE(A1:A5)", "3"},
        {"MODE(E1:E5)", "40"},
        {"MODE(1,2,2,1)", "1"},
        {"MODE({2,1;1,2})", "2"},
        {"MODE(B1:B5)", "#N/A"},
        {"MODE(G1:G9)", "#N/A"},
        {"MODE(F1:F5)", "#DIV/0!"},
        {"MODE(\"x\",1,1)", "#VALUE!"},
        {"MODE.SNGL(A1:A5,9,9)", "9"},
        {"MODE.SNGL(A1:B5)", "3"},
        {"MODE.SNGL(5)", "#N/A"},
        {"MODE.SNGL(#NUM!)", "#NUM!"},
        {"MODE.SNGL(1,\"1\")", "#VALUE!"},
        {"MODE.SNGL(4,4,5,5,5)", "5"},
        {"LARGE(A1:A5,1)", "9"},
        {"LARGE(A1:A5,2)", "7"},
        {"LARGE(A1:A5,5)", "3"},
        {"LARGE(A1:A5,6)", "#NUM!"},
        {"LARGE(A1:A5,0)", "#NUM!"},
        {"LARGE(A1:A5,-1)", "#NUM!"},
        {"LARGE(A1:A5,1.5)", "7"},
        {"LARGE(A1:A5,0.99)", "#NUM!"},
        {"SMALL(A1:A5,0.99)", "#NUM!"},
        {"LARGE(G1:G9,1)", "#NUM!"},
        {"LARGE(F1:F5,1)", "#DIV/0!"},
        {"LARGE(A1:A5,\"x\")", "#VALUE!"},
        {"SUM(LARGE(A1:A5,{1,2,3}))", "21"},
        {"SMALL(A1:A5,1)", "3"},
        {"SMALL(A1:A5,2)", "3"},
        {"SMALL(A1:A5,3)", "5"},
        {"SMALL(A1:A5,6)", "#NUM!"},
        {"SMALL(A1:A5,2.5)", "5"},
        {"SMALL(A1:A5,0)", "#NUM!"},
        {"SMALL({5,\"1\",3},1)", "3"},
        {"SMALL(A1:A5,#N/A)", "#N/A"},
        {"SMALL(F1:F5,1)", "#DIV/0!"},
        {"RANK(7,A1:A5)", "2"},
        {"RANK(3,A1:A5)", "4"},
        {"RANK(3,A1:A5,1)", "1"},
        {"RANK(9,A1:A5,TRUE)", "5"},
        {"RANK(4,A1:A5)", "#N/A"},
        {"RANK(3,G1:G9)", "#N/A"},
        {"RANK(3,F1:F5)", "#DIV/0!"},
        {"RANK(\"x\",A1:A5)", "#VALUE!"},
        {"RANK.EQ(5,A1:A5)", "3"},
        {"RANK.EQ(5,A1:A5,0)", "3"},
        {"RANK.EQ(5,A1:A5,1)", "3"},
        {"RANK.EQ(\"5\",A1:A5,1)", "3"},
        {"RANK.EQ(1,A1:A5)", "#N/A"},
        {"RANK.EQ(#NUM!,A1:A5)", "#NUM!"},
        {"RANK.AVG(3,A1:A5)", "4.5"},
        {"RANK.AVG(3,A1:A5,1)", "1.5"},
        {"RANK.AVG(9,A1:A5)", "1"},
        {"RANK.AVG(40,E1:E5)", "2.5"},
        {"RANK.AVG(4,A1:A5)", "#N/A"},
        {"RANK.AVG(4,#REF!)", "#REF!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(percentiles)
{
    static const struct formula_case cases[] = {
        {"PERCENTILE(B1:B5,0)", "2"},
        {"PERCENTILE(B1:B5,1)", "32"},
        {"PERCENTILE(B1:B5,0.5)", "8"},
        {"PERCENTILE(B1:B5,0.3)", "4.8"},
        {"PERCENTILE(B1:B5,-0.1)", "#NUM!"},
        {"PERCENTILE(B1:B5,1.1)", "#NUM!"},
        {"PERCENTILE(G1:G9,0.5)", "#NUM!"},
        {"PERCENTILE(F1:F5,0.5)", "#DIV/0!"},
        {"PERCENTILE(B1:B5,\"x\")", "#VALUE!"},
        {"PERCENTILE.INC(B1:B5,0.9)", "25.6"},
        {"PERCENTILE.INC(B1:B5,0.25)", "4"},
        {"PERCENTILE.INC(B1:B5,2)", "#NUM!"},
        {"PERCENTILE.INC({1,2,3,4},0.4)", "2.2"},
        {"PERCENTILE.INC(7,0.4)", "7"},
        {"PERCENTILE.INC(B1:B5,#N/A)", "#N/A"},
        {"PERCENTILE.EXC(B1:B5,0.5)", "8"},
        {"PERCENTILE.EXC(B1:B5,0.25)", "3"},
        {"PERCENTILE.EXC(B1:B5,0.1)", "#NUM!"},
        {"PERCENTILE.EXC(B1:B5,0.9)", "#NUM!"},
        {"PERCENTILE.EXC(B1:B5,0)", "#NUM!"},
        {"PERCENTILE.EXC(B1:B5,1)", "#NUM!"},
        {"PERCENTILE.EXC(G1,0.5)", "#NUM!"},
        {"PERCENTILE.EXC({6,7,15,36,39,40,41,42,43,47,49},0.2)", "10.2"},
        {"QUARTILE(B1:B5,0)", "2"},
        {"QUARTILE(B1:B5,1)", "4"},
        {"QUARTILE(B1:B5,2)", "8"},
        {"QUARTILE(B1:B5,3)", "16"},
        {"QUARTILE(B1:B5,4)", "32"},
        {"QUARTILE(B1:B5,5)", "#NUM!"},
        {"QUARTILE(B1:B5,-1)", "#NUM!"},
        {"QUARTILE(B1:B5,1.9)", "4"},
        {"QUARTILE(G1:G9,1)", "#NUM!"},
        {"QUARTILE.INC(A1:A4,1)", "3"},
        {"QUARTILE.INC(A1:A4,3)", "5.5"},
        {"QUARTILE.INC({1,2,3,4,5,6},1)", "2.25"},
        {"QUARTILE.INC(A1:A4,\"x\")", "#VALUE!"},
        {"QUARTILE.INC(F1:F5,1)", "#DIV/0!"},
        {"QUARTILE.INC(A1:A4,5)", "#NUM!"},
        {"QUARTILE.EXC(B1:B5,1)", "3"},
        {"QUARTILE.EXC(B1:B5,2)", "8"},
        {"QUARTILE.EXC(B1:B5,3)", "24"},
        {"QUARTILE.EXC(B1:B5,0)", "#NUM!"},
        {"QUARTILE.EXC(B1:B5,4)", "#NUM!"},
        {"QUARTILE.EXC({1,2},1)", "#NUM!"},
        {"QUARTILE.EXC({6,7,15,36,39,40,41,42,43,47,49},1)", "15"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(points)
{
    static const struct formula_case cases[] = {
        {"CORREL(D1:D5,E1:E5)", "0.961523947640823"},
        {"CORREL(D1:D5,D1:D5)", "1"},
        {"CORREL(D1:D5,{5;4;3;2;1})", "-1"},
        {"CORREL(D1:D5,{5,4,3,2,1})", "-1"},
        {"CORREL(D1:D5,E1:E4)", "#N/A"},
        {"CORREL(D1:D5,{1;1;1;1;1})", "#DIV/0!"},
        {"CORREL(D1:D5,C1:C5)", "#DIV/0!"},
        {"CORREL(D1:D5,F1:F5)", "#DIV/0!"},
        {"CORREL(G1:G5,F1:F5)", "#DIV/0!"},
        {"CORREL(#N/A,F1:F5)", "#N/A"},
        {"CORREL(D:D,E:E)", "0.961523947640823"},
        {"PEARSON(D1:D5,E1:E5)", "0.961523947640823"},
        {"PEARSON(D1:D5,E1:E4)", "#N/A"},
        {"RSQ(D1:D5,E1:E5)", "0.924528301886792"},
        {"RSQ(D1:D5,{1;1;1;1;1})", "#DIV/0!"},
        {"COVAR(D1:D5,E1:E5)", "28"},
        {"COVAR(1,2)", "0"},
        {"COVAR(G1:G5,F1:F2)", "#N/A"},
        {"COVARIANCE.P(D1:D5,E1:E5)", "28"},
        {"COVARIANCE.S(D1:D5,E1:E5)", "35"},
        {"COVARIANCE.S(D1,E1)", "#DIV/0!"},
        {"SLOPE(E1:E5,D1:D5)", "14"},
        {"SLOPE(E1:E5,D1:D4)", "#N/A"},
        {"SLOPE(E1:E5,{2;2;2;2;2})", "#DIV/0!"},
        {"SLOPE(E1,D1)", "#DIV/0!"},
        {"SLOPE(F1:F5,D1:D5)", "#DIV/0!"},
        {"SLOPE(#NUM!,D1:D5)", "#NUM!"},
        {"SLOPE({2,3,9,1,8,7,5},{6,5,11,7,5,4,4})", "0.305555555555556"},
        {"INTERCEPT(E1:E5,D1:D5)", "-6"},
        {"INTERCEPT(E1:E5,D1:D4)", "#N/A"},
        {"INTERCEPT(E1,D1)", "#DIV/0!"},
        {"INTERCEPT(G1:G5,D1:D5)", "#DIV/0!"},
        {"INTERCEPT(E1:E5,#NAME?)", "#NAME?"},
        {"ROUND(INTERCEPT({2,3,9,1,8},{6,5,11,7,5}),12)", "0.048387096774"},
        {"FORECAST(6,E1:E5,D1:D5)", "78"},
        {"FORECAST(30,{6,7,9,15,21},{20,28,31,38,40})", "10.6072530864198"},
        {"FORECAST(\"x\",E1:E5,D1:D5)", "#VALUE!"},
        {"FORECAST(6,E1:E5,D1:D4)", "#N/A"},
        {"FORECAST(6,E1:E5,{1;1;1;1;1})", "#DIV/0!"},
        {"FORECAST.LINEAR(0,E1:E5,D1:D5)", "-6"},
        {"STEYX(E1:E5,D1:D5)", "7.30296743340222"},
        {"STEYX({2,3,9,1,8,7,5},{6,5,11,7,5,4,4})", "3.30571895021004"},
        {"STEYX({1,2},{1,2})", "#DIV/0!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(frequency)
{
    static const struct formula_case cases[] = {
        {"INDEX(FREQUENCY(B1:B5,{4,16}),1)", "2"},
        {"INDEX(FREQUENCY(B1:B5,{4,16}),2)", "2"},
        {"INDEX(FREQUENCY(B1:B5,{4,16}),3)", "1"},
        {"ROWS(FREQUENCY(B1:B5,{4,16}))", "3"},
        {"INDEX(FREQUENCY(B1:B5,{16;4}),1)", "2"},
        {"INDEX(FREQUENCY(B1:B5,{4,4}),2)", "0"},
        {"INDEX(FREQUENCY(B1:B5,G1:G5),1)", "5"},
        {"SUM(FREQUENCY(C1:C5,{1,2}))", "1"},
        {"FREQUENCY(F1:F5,{1,2})", "#DIV/0!"},
        {"FREQUENCY(B1:B5,#N/A)", "#N/A"},
        {"SUM(--(FREQUENCY(A1:A5,A1:A5)>0))", "4"},
        {"SUMPRODUCT(--(FREQUENCY(A1:A5,A1:A5)>0))", "4"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Against the C library's order, with many equal ones and few. */
START_TEST(sorting)
{
    enum { NUMBERS_MAX = 3000, ROUNDS = 200 };
    static double numbers[NUMBERS_MAX], sorted[NUMBERS_MAX], expected[NUMBERS_MAX];
    uint64_t seed = 4711;
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = 1 + random_below(&seed, NUMBERS_MAX);
        uint64_t different = 1 + random_below(&seed, round % 2 ? 5 : 1000000);
        for (size_t i = 0; i < count; i++)
            numbers[i] = (double)random_below(&seed, different) - 2;
        memcpy(expected, numbers, count * sizeof *numbers);
        memcpy(sorted, numbers, count * sizeof *numbers);
        qsort(expected, count, sizeof *expected, compare_doubles);
        size_t index = random_below(&seed, count);
        require(numbers_select(evaluation, numbers, count, index) == expected[index],
                "seed 4711, round %d: %zu of %zu", round, index, count);
        numbers_sort(evaluation, sorted, count);
        require(memcmp(sorted, expected, count * sizeof *sorted) == 0, "seed 4711, round %d",
                round);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_statistics");
    TCase *test = test_case(suite, "function_statistics");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, counting);
    tcase_add_test(test, averages);
    tcase_add_test(test, smallest_and_largest);
    tcase_add_test(test, spread);
    tcase_add_test(test, order);
    tcase_add_test(test, percentiles);
    tcase_add_test(test, points);
    tcase_add_test(test, frequency);
    tcase_add_test(test, sorting);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
