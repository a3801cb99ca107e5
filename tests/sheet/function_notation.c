/* SPDX-License-Identifier: MIT */
/* function_notation.c - other bases, and Roman letters. */
#include "formulas.h"

START_TEST(bases)
{
    static const struct formula_case cases[] = {
        {"BIN2DEC(1100100)", "100"},
        {"BIN2DEC(\"1111111111\")", "-1"},
        {"BIN2DEC(2)", "#NUM!"},
        {"BIN2DEC(\"10000000000\")", "#NUM!"},
        {"BIN2DEC(\"\")", "0"},
        {"BIN2DEC(TRUE)", "#VALUE!"},
        {"BIN2DEC(#N/A)", "#N/A"},
        {"BIN2HEX(11111011,4)", "\"00FB\""},
        {"BIN2HEX(1111111111)", "\"FFFFFFFFFF\""},
        {"BIN2OCT(1001,3)", "\"011\""},
        {"DEC2BIN(9,4)", "\"1001\""},
        {"DEC2BIN(-100)", "\"1110011100\""},
        {"DEC2BIN(-100,3)", "\"1110011100\""},
        {"DEC2BIN(512)", "#NUM!"},
        {"DEC2BIN(-513)", "#NUM!"},
        {"DEC2BIN(9,3)", "#NUM!"},
        {"DEC2BIN(9,11)", "#NUM!"},
        {"DEC2BIN(0)", "\"0\""},
        {"DEC2BIN(9.9)", "\"1001\""},
        {"DEC2BIN(\"x\")", "#VALUE!"},
        {"DEC2HEX(100,4)", "\"0064\""},
        {"DEC2HEX(-54)", "\"FFFFFFFFCA\""},
        {"DEC2HEX(549755813888)", "#NUM!"},
        {"DEC2OCT(58,3)", "\"072\""},
        {"DEC2OCT(-100)", "\"7777777634\""},
        {"HEX2BIN(\"F\",8)", "\"00001111\""},
        {"HEX2BIN(\"FFFFFFFFFF\")", "\"1111111111\""},
        {"HEX2BIN(\"200\")", "#NUM!"},
        {"HEX2DEC(\"A5\")", "165"},
        {"HEX2DEC(\"FFFFFFFF5B\")", "-165"},
        {"HEX2DEC(\"3da408b9\")", "1034160313"},
        {"HEX2DEC(\"g\")", "#NUM!"},
        {"HEX2OCT(\"3B4E\")", "\"35516\""},
        {"OCT2BIN(\"7777777000\")", "\"1000000000\""},
        {"OCT2DEC(54)", "44"},
        {"OCT2DEC(\"7777777533\")", "-165"},
        {"OCT2DEC(8)", "#NUM!"},
        {"OCT2HEX(\"7777777533\")", "\"FFFFFFFF5B\""},
        {"BASE(7,2)", "\"111\""},
        {"BASE(100,16)", "\"64\""},
        {"BASE(15,2,10)", "\"0000001111\""},
        {"BASE(0,2)", "\"0\""},
        {"BASE(-1,2)", "#NUM!"},
        {"BASE(1,37)", "#NUM!"},
        {"BASE(1,2,256)", "#NUM!"},
        {"DECIMAL(\"FF\",16)", "255"},
        {"DECIMAL(\"zap\",36)", "45745"},
        {"DECIMAL(\"2\",2)", "#NUM!"},
        {"DECIMAL(\"1\",1)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(roman)
{
    static const struct formula_case cases[] = {
        {"ROMAN(499)", "\"CDXCIX\""},
        {"ROMAN(499,0)", "\"CDXCIX\""},
        {"ROMAN(499,1)", "\"LDVLIV\""},
        {"ROMAN(499,2)", "\"XDIX\""},
        {"ROMAN(499,3)", "\"VDIV\""},
        {"ROMAN(499,4)", "\"ID\""},
        {"ROMAN(499,FALSE)", "\"ID\""},
        {"ROMAN(1999,TRUE)", "\"MCMXCIX\""},
        {"ROMAN(3999)", "\"MMMCMXCIX\""},
        {"ROMAN(0)", "\"\""},
        {"ROMAN(4000)", "#VALUE!"},
        {"ROMAN(-1)", "#VALUE!"},
        {"ROMAN(1,5)", "#VALUE!"},
        {"ROMAN(45,1)", "\"VL\""},
        {"ARABIC(\"LVII\")", "57"},
        {"ARABIC(\"mcmxii\")", "1912"},
        {"ARABIC(\"\")", "0"},
        {"ARABIC(\"-X\")", "-10"},
        {"ARABIC(\" IV \")", "4"},
        {"ARABIC(\"IX1\")", "#VALUE!"},
        {"SUMPRODUCT(--(ARABIC(ROMAN(ROW(1:3999)))=ROW(1:3999)))", "3999"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_notation");
    TCase *test = test_case(suite, "function_notation");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, bases);
    tcase_add_test(test, roman);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
