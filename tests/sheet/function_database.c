/* SPDX-License-Identifier: MIT */
/* function_database.c - records that fulfil conditions. */
#include "formulas.h"

/*       A      B       C    D      E            G      H       I
 *   1   Tree   Height  Age  Yield  Profit       Tree   Height  Height
 *   2   Apple  18      20   14     105          =Apple >10     <16
 *   3   Pear   12      12   10     96           =Pear
 *   4   Cherry 13      14   9      105          app
 *   5   Apple  14      15   10     75
 *   6   Pear   9       8    8      77
 *   7   Apple  8       9    6      45
 *   8   Applet         x
 */
static void fill(void)
{
    static const char *const rows[][9] = {
        {"\"Tree\"", "\"Height\"", "\"Age\"", "\"Yield\"", "\"Profit\"", "", "\"Tree\"",
         "\"Height\"", "\"Height\""},
        {"\"Apple\"", "18", "20", "14", "105", "", "\"=Apple\"", "\">10\"", "\"<16\""},
        {"\"Pear\"", "12", "12", "10", "96", "", "\"=Pear\"", "", ""},
        {"\"Cherry\"", "13", "14", "9", "105", "", "\"app\"", "", ""},
        {"\"Apple\"", "14", "15", "10", "75", "", "", "", ""},
        {"\"Pear\"", "9", "8", "8", "77", "", "", "", ""},
        {"\"Apple\"", "8", "9", "6", "45", "", "", "", ""},
        {"\"Applet\"", "", "\"x\"", "", "", "", "", "", ""},
    };
    char name[8];
    for (unsigned i = 0; i < array_count(rows); i++) {
        (void)snprintf(name, sizeof name, "A%u", i + 1);
        put_row(name, 9, rows[i]);
    }
    put("K1", "\"Yield\"");
    put("K2", "#N/A");
    put("K3", "3");
}

START_TEST(conditions)
{
    static const struct formula_case cases[] = {
        {"DCOUNT(A1:E8,\"Age\",G1:I2)", "1"},
        {"DCOUNT(A1:E8,\"age\",G1:G2)", "3"},
        {"DCOUNT(A1:E8,3,G1:G3)", "5"},
        {"DCOUNT(A1:E8,,G1:G2)", "3"},
        {"DCOUNTA(A1:E8,\"Tree\",G1:G4)", "6"},
        {"DCOUNTA(A1:E8,,G1:G2)", "3"},
        {"DCOUNTA(A1:E8,\"Age\",G1:G5)", "7"},
        {"DCOUNT(A1:E8,\"Age\",G1:G5)", "6"},
        {"DCOUNT(A1:E8,\"Age\",H1:I2)", "3"},
        {"DCOUNTA(A1:E8,\"Tree\",{\"Tree\";\"app\"})", "4"},
        {"DCOUNTA(A1:E8,\"Tree\",{\"Tree\";\"=app\"})", "0"},
        {"DCOUNTA(A1:E8,\"Tree\",{\"Tree\";\"<>Apple\"})", "4"},
        {"DCOUNTA(A1:E8,\"Tree\",{\"Tree\";\"*e*r*\"})", "3"},
        {"DCOUNTA(A1:E8,\"Tree\",{\"Height\";\">=12\"})", "4"},
        {"DCOUNTA(A1:E8,\"Tree\",{\"Height\";9})", "1"},
        {"DCOUNTA(A1:E8,\"Tree\",{\"Height\";\"=\"})", "1"},
        {"DCOUNTA(A:E,\"Tree\",G1:G2)", "3"},
        {"DCOUNT(A1:E8,\"None\",G1:G2)", "#VALUE!"},
        {"DCOUNT(A1:E8,0,G1:G2)", "#VALUE!"},
        {"DCOUNT(A1:E8,6,G1:G2)", "#VALUE!"},
        {"DCOUNT(A1:E8,\"Age\",G1)", "#VALUE!"},
        {"DCOUNT(1,\"Age\",G1:G2)", "#VALUE!"},
        {"DCOUNT(A1:E8,#N/A,G1:G2)", "#N/A"},
        {"DCOUNT(#REF!,\"Age\",G1:G2)", "#REF!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(results)
{
    static const struct formula_case cases[] = {
        {"DSUM(A1:E8,\"Profit\",G1:G2)", "225"},
        {"DSUM(A1:E8,\"Profit\",G1:G3)", "398"},
        {"DSUM(A1:E8,5,G1:I2)", "75"},
        {"DAVERAGE(A1:E8,\"Yield\",G1:H2)", "12"},
        {"DAVERAGE(A1:E8,3,A1:E8)", "13"},
        {"DMAX(A1:E8,\"Profit\",G1:G3)", "105"},
        {"DMIN(A1:E8,\"Profit\",G1:H2)", "75"},
        {"DPRODUCT(A1:E8,\"Yield\",G1:H2)", "140"},
        {"DGET(A1:E8,\"Yield\",G1:I2)", "10"},
        {"DGET(A1:E8,\"Yield\",G1:G2)", "#NUM!"},
        {"DGET(A1:E8,\"Yield\",{\"Tree\";\"Plum\"})", "#VALUE!"},
        {"ROUND(DSTDEV(A1:E8,\"Yield\",G1:G3),8)", "2.96647939"},
        {"ROUND(DSTDEVP(A1:E8,\"Yield\",G1:G3),8)", "2.65329983"},
        {"DVAR(A1:E8,\"Yield\",G1:G3)", "8.8"},
        {"DVARP(A1:E8,\"Yield\",G1:G3)", "7.04"},
        {"DSUM(A1:E8,\"Profit\",{\"Tree\";\"Plum\"})", "0"},
        {"DMAX(A1:E8,\"Profit\",{\"Tree\";\"Plum\"})", "0"},
        {"DAVERAGE(A1:E8,\"Profit\",{\"Tree\";\"Plum\"})", "#DIV/0!"},
        {"DVAR(A1:E8,\"Yield\",G1:I2)", "#DIV/0!"},
        {"DSUM(A1:E8,,G1:G2)", "#VALUE!"},
        {"DSUM(K1:K3,1,{\"Yield\";\">0\"})", "3"},
        {"DSUM(K1:K3,1,{\"Yield\";\"<>0\"})", "#N/A"},
        {"DCOUNT(K1:K3,1,{\"Yield\";\"<>0\"})", "1"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_database");
    TCase *test = test_case(suite, "function_database");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, conditions);
    tcase_add_test(test, results);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
