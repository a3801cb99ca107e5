/* SPDX-License-Identifier: MIT */
/* function_engineering.c - bits, steps, units. */
#include "formulas.h"

START_TEST(bits)
{
    static const struct formula_case cases[] = {
        {"BITAND(13,25)", "9"},
        {"BITOR(23,10)", "31"},
        {"BITXOR(5,3)", "6"},
        {"BITLSHIFT(4,2)", "16"},
        {"BITRSHIFT(13,2)", "3"},
        {"BITLSHIFT(4,-1)", "2"},
        {"BITAND(-1,1)", "#NUM!"},
        {"BITAND(1.5,1)", "#NUM!"},
        {"BITAND(281474976710656,1)", "#NUM!"},
        {"BITLSHIFT(1,48)", "#NUM!"},
        {"BITLSHIFT(1,54)", "#NUM!"},
        {"BITAND(\"x\",1)", "#VALUE!"},
        {"DELTA(5,4)", "0"},
        {"DELTA(5,5)", "1"},
        {"DELTA(0)", "1"},
        {"GESTEP(5,4)", "1"},
        {"GESTEP(-4,-5)", "1"},
        {"GESTEP(-1)", "0"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(units)
{
    static const struct formula_case cases[] = {
        {"CONVERT(1,\"lbm\",\"kg\")", "0.45359237"},
        {"CONVERT(68,\"F\",\"C\")", "20"},
        {"CONVERT(2.5,\"ft\",\"sec\")", "#N/A"},
        {"ROUND(CONVERT(CONVERT(100,\"ft\",\"m\"),\"ft\",\"m\"),8)", "9.290304"},
        {"CONVERT(1,\"km\",\"m\")", "1000"},
        {"CONVERT(1,\"KM\",\"m\")", "#N/A"},
        {"CONVERT(1,\"mi\",\"ft\")", "5280"},
        {"CONVERT(0,\"C\",\"K\")", "273.15"},
        {"CONVERT(100,\"C\",\"F\")", "212"},
        {"CONVERT(80,\"Reau\",\"C\")", "100"},
        {"CONVERT(1,\"m2\",\"cm2\")", "10000"},
        {"ROUND(CONVERT(1,\"dm3\",\"l\"),12)", "1"},
        {"CONVERT(1,\"kibyte\",\"bit\")", "8192"},
        {"CONVERT(1,\"kbyte\",\"bit\")", "8000"},
        {"CONVERT(1,\"kibit\",\"g\")", "#N/A"},
        {"CONVERT(1,\"hr\",\"mn\")", "60"},
        {"CONVERT(1,\"gal\",\"qt\")", "4"},
        {"CONVERT(1,\"yr\",\"day\")", "365.25"},
        {"CONVERT(\"x\",\"m\",\"ft\")", "#VALUE!"},
        {"CONVERT(5,\"x\",\"x\")", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_engineering");
    TCase *test = test_case(suite, "function_engineering");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, bits);
    tcase_add_test(test, units);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
