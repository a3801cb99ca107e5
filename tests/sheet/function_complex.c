/* SPDX-License-Identifier: MIT */
/* function_complex.c - complex numbers as texts. */
#include "formulas.h"

START_TEST(texts)
{
    static const struct formula_case cases[] = {
        {"COMPLEX(3,4)", "\"3+4i\""},
        {"COMPLEX(3,4,\"j\")", "\"3+4j\""},
        {"COMPLEX(0,1)", "\"i\""},
        {"COMPLEX(1,0)", "\"1\""},
        {"COMPLEX(0,0)", "\"0\""},
        {"COMPLEX(1,-1)", "\"1-i\""},
        {"COMPLEX(-0.5,2.25)", "\"-0.5+2.25i\""},
        {"COMPLEX(1,1,\"k\")", "#VALUE!"},
        {"COMPLEX(1,1,\"I\")", "#VALUE!"},
        {"COMPLEX(\"x\",1)", "#VALUE!"},
        {"IMREAL(\"6-9i\")", "6"},
        {"IMAGINARY(\"6-9i\")", "-9"},
        {"IMAGINARY(\"i\")", "1"},
        {"IMAGINARY(\"-j\")", "-1"},
        {"IMREAL(\"1E-5+2E+3i\")", "0.00001"},
        {"IMAGINARY(\"1E-5+2E+3i\")", "2000"},
        {"IMREAL(7)", "7"},
        {"IMREAL(TRUE)", "#VALUE!"},
        {"IMREAL(\"x\")", "#NUM!"},
        {"IMREAL(\"\")", "#NUM!"},
        {"IMREAL(\"1+2k\")", "#NUM!"},
        {"IMREAL(\"1 + 2i\")", "#NUM!"},
        {"IMREAL(\"1+2i3\")", "#NUM!"},
        {"IMREAL(\"++i\")", "#NUM!"},
        {"IMREAL(#N/A)", "#N/A"},
        {"IMREAL(A1)", "0"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(functions)
{
    static const struct formula_case cases[] = {
        {"IMSUM(\"3+4i\",\"5-3i\")", "\"8+i\""},
        {"IMSUM({\"3+4i\",\"5-3i\"},1)", "\"9+i\""},
        {"IMSUM(\"1+i\",\"j\")", "#VALUE!"},
        {"IMSUB(\"13+4i\",\"5+3i\")", "\"8+i\""},
        {"IMPRODUCT(\"3+4i\",\"5-3i\")", "\"27+11i\""},
        {"IMPRODUCT(\"1+2i\",30)", "\"30+60i\""},
        {"IMDIV(\"-238+240i\",\"10+24i\")", "\"5+12i\""},
        {"IMDIV(\"1+i\",0)", "#NUM!"},
        {"IMPOWER(\"2+3i\",3)", "\"-46+9i\""},
        {"IMPOWER(\"2+3i\",-1)", "\"0.153846153846154-0.230769230769231i\""},
        {"IMPOWER(0,0)", "#NUM!"},
        {"IMPOWER(\"i\",0.5)", "\"0.707106781186548+0.707106781186547i\""},
        {"IMABS(\"5+12i\")", "13"},
        {"ROUND(IMARGUMENT(\"3+4i\"),9)", "0.927295218"},
        {"IMARGUMENT(0)", "#DIV/0!"},
        {"IMCONJUGATE(\"3+4i\")", "\"3-4i\""},
        {"IMSQRT(\"3+4i\")", "\"2+i\""},
        {"IMSQRT(-4)", "\"2i\""},
        {"IMEXP(\"1+i\")", "\"1.46869393991589+2.28735528717884i\""},
        {"IMLN(\"3+4i\")", "\"1.6094379124341+0.927295218001612i\""},
        {"IMLN(0)", "#NUM!"},
        {"IMLOG10(\"3+4i\")", "\"0.698970004336019+0.402719196273373i\""},
        {"IMLOG2(\"3+4i\")", "\"2.32192809488736+1.33780421245098i\""},
        {"IMCOS(\"1+i\")", "\"0.833730025131149-0.988897705762865i\""},
        {"IMSIN(\"3+4i\")", "\"3.85373803791938-27.0168132580039i\""},
        {"IMTAN(\"4+3i\")", "\"0.00490825806749606+1.00070953606723i\""},
        {"IMCOSH(\"4+3i\")", "\"-27.0349456030742+3.85115333481178i\""},
        {"IMSINH(\"4+3i\")", "\"-27.0168132580039+3.85373803791938i\""},
        {"IMSEC(\"4+3i\")", "\"-0.065294027857947-0.0752249603027732i\""},
        {"IMSECH(\"4+3i\")", "\"-0.0362534969158689-0.00516434460775318i\""},
        {"IMCSC(\"4+3i\")", "\"-0.0754898329158637+0.0648774713706355i\""},
        {"IMCSCH(\"4+3i\")", "\"-0.036275889628626-0.0051744731840194i\""},
        {"IMCOT(\"4+3i\")", "\"0.00490118239430447-0.999266927805902i\""},
        {"IMCOT(0)", "#NUM!"},
        {"IMCOT(1E-10)", "\"10000000000\""},
        {"IMCOT(\"1+400i\")", "\"-i\""},
        {"IMEXP(1000)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_complex");
    TCase *test = test_case(suite, "function_complex");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, texts);
    tcase_add_test(test, functions);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
