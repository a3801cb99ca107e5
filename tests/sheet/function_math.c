/* SPDX-License-Identifier: MIT */
/* function_math.c, function_rounding.c, function_subtotal.c - against known results. */
#include <math.h>
#include <stdlib.h>

#include "formulas.h"
#include "sheet/book/recalculate.h"

START_TEST(sums)
{
    static const char *const row[] = {"1", "2", "\"3\"", "TRUE", "", "4.5"};
    put_row("A1", array_count(row), row);
    put("A2", "#NUM!");
    put("A3", "\"x\"");
    static const struct formula_case cases[] = {
        {"SUM(A1:F1)", "7.5"},
        {"SUM(A1:F1,\"3\",TRUE)", "11.5"},
        {"SUM(\"x\")", "#VALUE!"},
        {"SUM(A3)", "0"},
        {"SUM(A1:A3)", "#NUM!"},
        {"SUM(1,,2)", "3"},
        {"SUM({1,2;3,\"4\"},{TRUE})", "6"},
        {"SUM({1,#DIV/0!})", "#DIV/0!"},
        {"SUM(A1:B1,A1)", "4"},
        {"SUM((A1:B1,A1:A1))", "4"},
        {"SUM(1:1)", "7.5"},
        {"SUM(A:A)", "#NUM!"},
        {"SUM(Z:Z)", "0"},
        {"SUM(B:F)", "6.5"},
        {"SUM(1E308,1E308)", "#NUM!"},
        {"SUM(1E16,1,-1E16)", "1"},
        {"PRODUCT(A1:F1)", "9"},
        {"PRODUCT(A1:F1,\"2\",TRUE)", "18"},
        {"PRODUCT(Z1:Z9)", "0"},
        {"PRODUCT(A2,2)", "#NUM!"},
        {"PRODUCT(1E200,1E200)", "#NUM!"},
        {"SUMSQ(3,4)", "25"},
        {"SUMSQ(A1:F1)", "25.25"},
        {"SUMSQ(\"a\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(products_of_arrays)
{
    static const char *const first[] = {"1", "2", "3"}, *const second[] = {"4", "\"x\"", "6"},
                             *const third[] = {"1", "", "0"};
    put_row("A1", 3, first);
    put_row("A2", 3, second);
    put_row("A3", 3, third);
    put("E1", "#N/A");
    static const struct formula_case cases[] = {
        {"SUMPRODUCT(A1:C1,A2:C2)", "22"},
        {"SUMPRODUCT(A1:C1)", "6"},
        {"SUMPRODUCT(A1:C1,A2:C2,A3:C3)", "4"},
        {"SUMPRODUCT(A1:C1,A1:A3)", "#VALUE!"},
        {"SUMPRODUCT(A1:C1,{1,1})", "#VALUE!"},
        {"SUMPRODUCT(A1:C1,{1,1,1})", "6"},
        {"SUMPRODUCT(2,3)", "6"},
        {"SUMPRODUCT(A3:C3,C1:E1)", "#N/A"},
        {"SUMPRODUCT((A1:C1>1)*A1:C1)", "5"},
        {"SUMPRODUCT(--(A1:C1>1))", "2"},
        {"SUMPRODUCT((A1:C1>1)+0,A1:C1)", "5"},
        {"SUMPRODUCT(A1:C1>1)", "0"},
        {"SUMPRODUCT(A1:C1*A2:C2)", "#VALUE!"},
        {"SUMPRODUCT(A1:C1*TRANSPOSED)", "#NAME?"},
        {"SUMPRODUCT((A1:C1=A1:C1)*(A1:C1={1;2}))", "2"},
        {"SUMPRODUCT(ABS(-A1:C1))", "6"},
        {"SUMPRODUCT(IF(A1:C1>1,A1:C1,10))", "15"},
        {"SUMPRODUCT(IF(A1:C1>1,1))", "2"},
        {"SUMPRODUCT(IFERROR(A1:C1/A3:C3,100))", "201"},
        {"SUMPRODUCT(IFERROR(A2:C2*1,0))", "10"},
        {"SUMPRODUCT(IF(A1:C1>1,IF(TRUE,5,6),10))", "20"},
        {"SUMPRODUCT(IF(A1:C1>1,10,IF(FALSE,5,6)))", "26"},
        {"SUMPRODUCT(IF(A1:C1>1,IF(A1:C1>2,100,10),1))", "111"},
        {"SUMPRODUCT(IF(TRUE,IF(A1:C1>2,100,10),1))", "120"},
        {"SUMPRODUCT(IF(A1:C1>1,IFERROR(1/0,5),CHOOSE(2,3,4)))", "14"},
        {"SUMPRODUCT(CHOOSE(A1:C1,10,20,IF(TRUE,30,1)))", "60"},
        {"SUMPRODUCT(CHOOSE(2,A1:C1,A3:C3))", "1"},
        {"SUMPRODUCT(A1:C1,ROUND(A1:C1/2,0))", "9"},
        {"1+SUMPRODUCT(A1:C1*2)+SUM(A1:C1)", "19"},
        {"SUMPRODUCT(1*(A:A>0))", "3"},
        {"SUMPRODUCT(1*(A1:C1<>\"\"),N(+A1:C1))", "#VALUE!"},
        {"SUMX2MY2(A1:C1,A2:C2)", "-42"},
        {"SUMX2PY2(A1:C1,A2:C2)", "62"},
        {"SUMXMY2(A1:C1,A2:C2)", "18"},
        {"SUMXMY2(A1:C1,A2:B2)", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

/* Of whole columns only what is in use is kept; the rest counts all the same. */
START_TEST(whole_columns)
{
    static const char *const row[] = {"1", "\"x\"", "3"};
    put_row("A1", 3, row);
    put("A2", "5");
    put("A4", "7");
    static const struct formula_case cases[] = {
        {"SUMPRODUCT(--(A:A=\"\"))", "1048573"},
        {"SUMPRODUCT(--(A:B=\"\"))", "2097148"},
        {"SUMPRODUCT((A:A>0)*A:A)", "13"},
        {"SUMPRODUCT((A:A>0)*1,A:A)", "13"},
        {"SUMPRODUCT(A:A,(A:A>1)+0)", "12"},
        {"SUMPRODUCT((A:C={1,\"x\",3})*1)", "3"},
        {"SUMPRODUCT((A:C={0,\"\",9})+0)", "2097148"},
        {"SUMPRODUCT(--ISBLANK(A:A))", "1048573"},
        {"SUMPRODUCT(--(LEN_LIKE(A:A)=0))", "#NAME?"},
        {"SUMPRODUCT(IF(A:A=\"\",2,0))", "2097146"},
        {"SUMPRODUCT(IF(A:A>0,A:A))", "13"},
        {"SUMPRODUCT(--(A:A=A1:A4))", "#N/A"},
        {"SUMPRODUCT(--ISNA(A:A=A1:A4))", "1048572"},
        {"SUMPRODUCT(--ISNA(A:A=A1:A2000))", "1046576"},
        {"SUMPRODUCT(--(A1:A1048576=5),-A:A)", "-5"},
        {"SUMPRODUCT(1/(A:A+1))", "1048573.79166667"},
        {"SUMPRODUCT(1/A:A)", "#DIV/0!"},
        {"SUMPRODUCT(--(Y:Y=0))", "1048576"},
        {"{=SUM(A:A*2)}", "26"},
        {"{=SUM(IF(A:A=\"\",1))}", "1048573"},
        {"{=SUM(-(A:A=0))}", "-1048573"},
        {"{=AND(A:A<9)}", "TRUE"},
        {"{=AND(A2000:A1048576=0)}", "TRUE"},
        {"{=OR(A:A=7)}", "TRUE"},
        {"{=PRODUCT(IF(A:A>0,A:A,1))}", "35"},
        {"{=SUMSQ(A:A+0)}", "75"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(numbers)
{
    static const struct formula_case cases[] = {
        {"ABS(-2)", "2"},
        {"ABS(\"-2\")", "2"},
        {"ABS(\"x\")", "#VALUE!"},
        {"ABS(#N/A)", "#N/A"},
        {"ABS(A1)", "0"},
        {"ABS(TRUE)", "1"},
        {"SIGN(-3)", "-1"},
        {"SIGN(0)", "0"},
        {"SIGN(1E-9)", "1"},
        {"SQRT(16)", "4"},
        {"SQRT(-1)", "#NUM!"},
        {"SQRTPI(1)", "1.77245385090552"},
        {"SQRTPI(-1)", "#NUM!"},
        {"POWER(2,10)", "1024"},
        {"POWER(0,0)", "#NUM!"},
        {"POWER(0,-2)", "#DIV/0!"},
        {"POWER(-2,0.5)", "#NUM!"},
        {"EXP(0)", "1"},
        {"EXP(1000)", "#NUM!"},
        {"LN(1)", "0"},
        {"LN(0)", "#NUM!"},
        {"LN(-1)", "#NUM!"},
        {"LOG(1000)", "3"},
        {"LOG(8,2)", "3"},
        {"LOG(8,1)", "#DIV/0!"},
        {"LOG(8,0)", "#NUM!"},
        {"LOG(0)", "#NUM!"},
        {"LOG10(0.001)", "-3"},
        {"LOG10(0)", "#NUM!"},
        {"PI()", "3.14159265358979"},
        {"MOD(7,3)", "1"},
        {"MOD(-7,3)", "2"},
        {"MOD(7,-3)", "-2"},
        {"MOD(-7,-3)", "-1"},
        {"MOD(6,3)", "0"},
        {"MOD(1,0.1)", "0"},
        {"MOD(5.5,2)", "1.5"},
        {"MOD(1,0)", "#DIV/0!"},
        {"MOD(1E300,3)", "#NUM!"},
        {"MOD(0,5)", "0"},
        {"QUOTIENT(7,2)", "3"},
        {"QUOTIENT(-7,2)", "-3"},
        {"QUOTIENT(7,0)", "#DIV/0!"},
        {"FACT(5)", "120"},
        {"FACT(0)", "1"},
        {"FACT(5.9)", "120"},
        {"FACT(-1)", "#NUM!"},
        {"FACT(170)>7E306", "TRUE"},
        {"FACT(171)", "#NUM!"},
        {"FACTDOUBLE(7)", "105"},
        {"FACTDOUBLE(-1)", "1"},
        {"FACTDOUBLE(-2)", "#NUM!"},
        {"COMBIN(49,6)", "13983816"},
        {"COMBIN(5,0)", "1"},
        {"COMBIN(5,6)", "#NUM!"},
        {"COMBIN(-1,1)", "#NUM!"},
        {"COMBIN(5.9,2.9)", "10"},
        {"COMBIN(1E9,5E8)", "#NUM!"},
        {"COMBIN(60,30)", "118264581564861000"},
        {"COMBINA(4,3)", "20"},
        {"COMBINA(0,0)", "1"},
        {"GCD(24,36)", "12"},
        {"GCD(5,0)", "5"},
        {"GCD(0)", "0"},
        {"GCD(7.9,14)", "7"},
        {"GCD(-1)", "#NUM!"},
        {"GCD(\"x\")", "#VALUE!"},
        {"LCM(4,6,10)", "60"},
        {"LCM(5,0)", "0"},
        {"LCM(0,0)", "0"},
        {"LCM(-1)", "#NUM!"},
        {"LCM(9007199254740991,9007199254740990)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(angles)
{
    static const struct formula_case cases[] = {
        {"SIN(0)", "0"},
        {"SIN(PI()/2)", "1"},
        {"COS(0)", "1"},
        {"ROUND(TAN(PI()/4),12)", "1"},
        {"ASIN(1)*2", "3.14159265358979"},
        {"ASIN(2)", "#NUM!"},
        {"ACOS(-1)", "3.14159265358979"},
        {"ACOS(-1.1)", "#NUM!"},
        {"ATAN(1)*4", "3.14159265358979"},
        {"ATAN2(1,1)*4", "3.14159265358979"},
        {"ATAN2(-1,0)", "3.14159265358979"},
        {"ATAN2(0,0)", "#DIV/0!"},
        {"SINH(0)", "0"},
        {"SINH(1000)", "#NUM!"},
        {"COSH(0)", "1"},
        {"TANH(1000)", "1"},
        {"ASINH(0)", "0"},
        {"ACOSH(1)", "0"},
        {"ACOSH(0.5)", "#NUM!"},
        {"ATANH(0)", "0"},
        {"ATANH(1)", "#NUM!"},
        {"COT(0)", "#DIV/0!"},
        {"COT(1)*TAN(1)", "1"},
        {"CSC(0)", "#DIV/0!"},
        {"SEC(0)", "1"},
        {"COTH(0)", "#DIV/0!"},
        {"CSCH(0)", "#DIV/0!"},
        {"SECH(0)", "1"},
        {"ACOT(0)*2", "3.14159265358979"},
        {"ACOTH(1)", "#NUM!"},
        {"ROUND(ACOTH(2),12)", "0.549306144334"},
        {"DEGREES(PI())", "180"},
        {"RADIANS(180)", "3.14159265358979"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(rounding)
{
    static const struct formula_case cases[] = {
        {"ROUND(2.5,0)", "3"},
        {"ROUND(-2.5,0)", "-3"},
        {"ROUND(2.675,2)", "2.68"},
        {"ROUND(1.005,2)", "1.01"},
        {"ROUND(-1.005,2)", "-1.01"},
        {"ROUND(2.4999999999,0)", "2"},
        {"ROUND(0.49999999999999994,0)", "0"},
        {"ROUND(1234.567,-2)", "1200"},
        {"ROUND(1250,-2)", "1300"},
        {"ROUND(49,-2)", "0"},
        {"ROUND(1.1,400)", "1.1"},
        {"ROUND(1E300,-400)", "0"},
        {"ROUND(1E20,2)", "100000000000000000000"},
        {"ROUND(1E-310,315)=1E-310", "TRUE"},
        {"ROUND(0.1+0.2,1)=0.3", "TRUE"},
        {"ROUND(5.015,2)", "5.02"},
        {"ROUND(\"x\",2)", "#VALUE!"},
        {"ROUND(-0.4,0)", "0"},
        {"ROUND(3.7,)", "4"},
        {"ROUNDUP(1.01,1)", "1.1"},
        {"ROUNDUP(1.1,1)", "1.1"},
        {"ROUNDUP(-1.01,1)", "-1.1"},
        {"ROUNDUP(1.13,2)", "1.13"},
        {"ROUNDUP(101,-2)", "200"},
        {"ROUNDUP(0,2)", "0"},
        {"ROUNDDOWN(1.13,2)", "1.13"},
        {"ROUNDDOWN(1.139,2)", "1.13"},
        {"ROUNDDOWN(-1.139,2)", "-1.13"},
        {"ROUNDDOWN(199,-2)", "100"},
        {"INT(2.9)", "2"},
        {"INT(-2.1)", "-3"},
        {"INT((0.1+0.7)*10)", "8"},
        {"INT(7.9999999999)", "7"},
        {"TRUNC((0.1+0.7)*10)", "8"},
        {"ROUNDUP((0.1+0.2)*10,0)", "3"},
        {"INT(-0.5)", "-1"},
        {"TRUNC(-2.9)", "-2"},
        {"TRUNC(2.987,2)", "2.98"},
        {"EVEN(3)", "4"},
        {"EVEN(-1)", "-2"},
        {"EVEN(2)", "2"},
        {"EVEN(0)", "0"},
        {"EVEN(1.5)", "2"},
        {"ODD(1.5)", "3"},
        {"ODD(0)", "1"},
        {"ODD(-2)", "-3"},
        {"ODD(3)", "3"},
        {"MROUND(10,3)", "9"},
        {"MROUND(7.5,5)", "10"},
        {"MROUND(-10,-3)", "-9"},
        {"MROUND(5,-2)", "#NUM!"},
        {"MROUND(5,0)", "0"},
        {"CEILING(2.1,1)", "3"},
        {"CEILING(0.6,0.2)", "0.6"},
        {"CEILING(-2.5,2)", "-2"},
        {"CEILING(-2.5,-2)", "-4"},
        {"CEILING(2.5,-2)", "#NUM!"},
        {"CEILING(2.5,0)", "0"},
        {"FLOOR(2.9,1)", "2"},
        {"FLOOR(0.6,0.2)", "0.6"},
        {"FLOOR(-2.5,2)", "-4"},
        {"FLOOR(-2.5,-2)", "-2"},
        {"FLOOR(2.5,-2)", "#NUM!"},
        {"FLOOR(2.5,0)", "#DIV/0!"},
        {"FLOOR(0,0)", "0"},
        {"CEILING.MATH(-5.5)", "-5"},
        {"CEILING.MATH(-5.5,2)", "-4"},
        {"CEILING.MATH(-5.5,2,-1)", "-6"},
        {"CEILING.MATH(5.5,-2)", "6"},
        {"FLOOR.MATH(-5.5,2)", "-6"},
        {"FLOOR.MATH(-5.5,2,-1)", "-4"},
        {"FLOOR.MATH(5.5)", "5"},
        {"FLOOR.MATH(5.5,0)", "0"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(chance)
{
    double last = -1;
    unsigned same_count = 0;
    for (int i = 0; i < 1000; i++) {
        double number = strtod(result_in("RAND()", place_of("A1")).text, NULL);
        require(number >= 0 && number < 1);
        same_count += number == last;
        last = number;
        number = strtod(result_in("RANDBETWEEN(-1.5,2.5)", place_of("A1")).text, NULL);
        require(number >= -1 && number <= 2 && number == floor(number));
    }
    require(same_count < 10);
    static const struct formula_case cases[] = {
        {"RANDBETWEEN(3,3)", "3"},
        {"RANDBETWEEN(2,1)", "#NUM!"},
        {"RANDBETWEEN(1.1,1.9)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(subtotals)
{
    put("A1", "1");
    put("A2", "2");
    put("A3", "\"text\"");
    put("A4", "=SUBTOTAL(9,A1:A2)");
    put("A5", "6");
    put("B1", "1/0");
    require(book_recalculate(book, NULL, NULL, NULL));
    static const struct formula_case cases[] = {
        {"SUBTOTAL(9,A1:A5)", "9"},       {"SUBTOTAL(1,A1:A5)", "3"},
        {"SUBTOTAL(2,A1:A5)", "3"},       {"SUBTOTAL(3,A1:A5)", "4"},
        {"SUBTOTAL(4,A1:A5)", "6"},       {"SUBTOTAL(5,A1:A5)", "1"},
        {"SUBTOTAL(6,A1:A5)", "12"},      {"SUBTOTAL(7,A1:A5)^2", "7"},
        {"SUBTOTAL(10,A1:A5)", "7"},      {"SUBTOTAL(11,A1:A5)*3", "14"},
        {"SUBTOTAL(8,A1:A5)^2*3", "14"},  {"SUBTOTAL(109,A1:A2,A5)", "9"},
        {"SUBTOTAL(1,Z1:Z9)", "#DIV/0!"}, {"SUBTOTAL(4,Z1:Z9)", "0"},
        {"SUBTOTAL(7,A1)", "#DIV/0!"},    {"SUBTOTAL(9,B1)", "#DIV/0!"},
        {"SUBTOTAL(3,B1)", "1"},          {"SUBTOTAL(2,B1)", "0"},
        {"SUBTOTAL(0,A1)", "#VALUE!"},    {"SUBTOTAL(12,A1)", "#VALUE!"},
        {"SUBTOTAL(50,A1)", "#VALUE!"},   {"SUBTOTAL(112,A1)", "#VALUE!"},
        {"SUBTOTAL(9,{1,2})", "#VALUE!"}, {"SUM(A1:A5)", "12"},
    };
    check_formulas(cases, array_count(cases));
    struct sheet *sheet = book->sheets[0];
    require(
        line_span_set(&sheet->rows, &(struct line_span){.first = 4, .last = 4, .is_hidden = true}));
    require(strcmp(result_in("AGGREGATE(9,4,A1:A5)", place_of("D1")).text, "12") == 0);
    require(strcmp(result_in("AGGREGATE(9,5,A1:A5)", place_of("D1")).text, "6") == 0);
    require(strcmp(result_in("AGGREGATE(9,1,A1:A5)", place_of("D1")).text, "3") == 0);
    require(strcmp(result_in("SUBTOTAL(9,A1:A5)", place_of("D1")).text, "9") == 0);
    require(strcmp(result_in("SUBTOTAL(109,A1:A5)", place_of("D1")).text, "3") == 0);
    sheet->has_filter = true;
    sheet->filter = area_of(place_of("A1"), place_of("A5"));
    require(strcmp(result_in("SUBTOTAL(9,A1:A5)", place_of("D1")).text, "3") == 0);
}
END_TEST

START_TEST(aggregates)
{
    static const char *const row[] = {"3", "#N/A", "1", "\"text\"", "3", "8", "TRUE"};
    put_row("A1", array_count(row), row);
    put("A2", "=AGGREGATE(9,6,A1:G1)");
    require(book_recalculate(book, NULL, NULL, NULL));
    static const struct formula_case cases[] = {
        {"AGGREGATE(9,6,A1:G1)", "15"},
        {"AGGREGATE(9,4,A1:G1)", "#N/A"},
        {"AGGREGATE(9,,A1:G1)", "#N/A"},
        {"AGGREGATE(2,4,A1:G1)", "4"},
        {"AGGREGATE(3,6,A1:G1)", "6"},
        {"AGGREGATE(3,4,A1:G1)", "7"},
        {"AGGREGATE(9,6,A1:G2)", "30"},
        {"AGGREGATE(9,2,A1:G2)", "15"},
        {"AGGREGATE(12,6,A1:G1)", "3"},
        {"AGGREGATE(13,6,A1:G1)", "3"},
        {"AGGREGATE(13,6,C1:D1)", "#N/A"},
        {"AGGREGATE(14,6,A1:G1,1)", "8"},
        {"AGGREGATE(14,6,A1:G1,4)", "1"},
        {"AGGREGATE(14,6,A1:G1,5)", "#NUM!"},
        {"AGGREGATE(14,6,A1:G1,0)", "#NUM!"},
        {"AGGREGATE(15,6,A1:G1,2)", "3"},
        {"AGGREGATE(15,6,A1:G1)", "#VALUE!"},
        {"AGGREGATE(15,6,A1:G1/(A1:G1>2),1)", "1"},
        {"AGGREGATE(15,6,{5,#DIV/0!,4},1)", "4"},
        {"AGGREGATE(16,6,A1:G1,0.5)", "3"},
        {"AGGREGATE(16,6,A1:G1,1.1)", "#NUM!"},
        {"AGGREGATE(17,6,A1:G1,4)", "8"},
        {"AGGREGATE(17,6,A1:G1,5)", "#NUM!"},
        {"AGGREGATE(18,6,A1:G1,0.5)", "3"},
        {"AGGREGATE(18,6,A1:G1,0.1)", "#NUM!"},
        {"AGGREGATE(19,6,A1:G1,1)", "1.5"},
        {"AGGREGATE(9,6,{1,2})", "#VALUE!"},
        {"AGGREGATE(12,6,{1,2})", "#VALUE!"},
        {"AGGREGATE(20,6,A1:G1)", "#VALUE!"},
        {"AGGREGATE(9,8,A1:G1)", "#VALUE!"},
        {"AGGREGATE(9,-1,A1:G1)", "#VALUE!"},
        {"AGGREGATE(\"x\",6,A1:G1)", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(whole_numbers_and_series)
{
    static const struct formula_case cases[] = {
        {"PERMUT(100,3)", "970200"},
        {"PERMUT(3,2)", "6"},
        {"PERMUT(3,0)", "1"},
        {"PERMUT(3,4)", "#NUM!"},
        {"PERMUT(-1,0)", "#NUM!"},
        {"PERMUT(1E9,1E9)", "#NUM!"},
        {"PERMUTATIONA(3,2)", "9"},
        {"PERMUTATIONA(0,1)", "#NUM!"},
        {"PERMUTATIONA(0,0)", "1"},
        {"MULTINOMIAL(2,3,4)", "1260"},
        {"MULTINOMIAL({2,3},4)", "1260"},
        {"MULTINOMIAL(-1)", "#NUM!"},
        {"MULTINOMIAL(\"x\")", "#VALUE!"},
        {"ROUND(SERIESSUM(PI()/4,0,2,{1;-0.5;0.0416666667;-0.0013888889}),6)", "0.707103"},
        {"SERIESSUM(2,1,1,{1,\"x\"})", "#VALUE!"},
        {"SERIESSUM(2,1,1,{1,#N/A})", "#N/A"},
        {"SUMX2MY2({1;2},{3,4})", "-20"},
        {"SUMX2PY2({1,2;3,4},{1;2;3;4})", "60"},
        {"SUMXMY2({1,\"x\"},{2,3})", "1"},
        {"SUMXMY2({\"x\"},{1})", "#DIV/0!"},
        {"SUMX2MY2(ZY1:ZY3,ZZ1:ZZ3)", "#DIV/0!"},
        {"SUMXMY2({1,2},{1,2,3})", "#N/A"},
        {"SUMPRODUCT(\"4\",2)", "#VALUE!"},
        {"SUMPRODUCT({\"4\"},{2})", "#VALUE!"},
        {"SUMPRODUCT({\"4\",1},{2,2})", "2"},
        {"SIN(134217727)>-2", "TRUE"},
        {"SIN(134217728)", "#NUM!"},
        {"COS(-1E+10)", "#NUM!"},
        {"TAN(1E+10)", "#NUM!"},
        {"COT(1E+10)", "#NUM!"},
        {"CSC(1E+10)", "#NUM!"},
        {"SEC(1E+10)", "#NUM!"},
        {"CEILING.MATH(-2.1,,1)", "-3"},
        {"FLOOR.MATH(-2.6,,1)", "-2"},
        {"ISO.CEILING(-2.1,)", "-2"},
        {"CEILING.MATH(2.1,0)", "0"},
        {"CEILING.MATH(2.1,\"x\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(formulas_and_sheets)
{
    put("A1", "=SUM(B1:B2)*2");
    put("A2", "{=B1:B2+1}");
    put("A3", "5");
    static const struct formula_case cases[] = {
        {"FORMULATEXT(A1)", "\"=SUM(B1:B2)*2\""},
        {"FORMULATEXT(A1:A2)", "\"=SUM(B1:B2)*2\""},
        {"FORMULATEXT(A2)", "\"{=B1:B2+1}\""},
        {"FORMULATEXT(A3)", "#N/A"},
        {"FORMULATEXT(5)", "#VALUE!"},
        {"ISBLANK(+Z9)", "FALSE"},
        {"ISBLANK(Z9)", "TRUE"},
        {"SHEET()", "1"},
        {"SHEET(Other!A1)", "2"},
        {"SHEET(\"Other\")", "2"},
        {"SHEET(\"None\")", "#N/A"},
        {"SHEET(#REF!)", "#REF!"},
        {"SHEETS()", "2"},
        {"SHEETS(A1:B2)", "1"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(information)
{
    put("A1", "1");
    put("A2", "\"x\"");
    put("A3", "TRUE");
    put("A4", "#N/A");
    put("A5", "#REF!");
    put("A6", "=1+1");
    put("A7", "\"\"");
    require(book_recalculate(book, NULL, NULL, NULL));
    static const struct formula_case cases[] = {
        {"ISBLANK(A9)", "TRUE"},
        {"ISBLANK(A7)", "FALSE"},
        {"ISBLANK(\"\")", "FALSE"},
        {"ISERR(A4)", "FALSE"},
        {"ISERR(A5)", "TRUE"},
        {"ISERR(1)", "FALSE"},
        {"ISERROR(A4)", "TRUE"},
        {"ISERROR(1/0)", "TRUE"},
        {"ISERROR(A1)", "FALSE"},
        {"ISNA(A4)", "TRUE"},
        {"ISNA(A5)", "FALSE"},
        {"ISNUMBER(A1)", "TRUE"},
        {"ISNUMBER(\"1\")", "FALSE"},
        {"ISNUMBER(A9)", "FALSE"},
        {"ISTEXT(A2)", "TRUE"},
        {"ISTEXT(A7)", "TRUE"},
        {"ISTEXT(A9)", "FALSE"},
        {"ISNONTEXT(A9)", "TRUE"},
        {"ISNONTEXT(A2)", "FALSE"},
        {"ISLOGICAL(A3)", "TRUE"},
        {"ISLOGICAL(1)", "FALSE"},
        {"ISREF(A1)", "TRUE"},
        {"ISREF(A1:B9)", "TRUE"},
        {"ISREF(1)", "FALSE"},
        {"ISREF(A1+1)", "FALSE"},
        {"ISEVEN(2.9)", "TRUE"},
        {"ISEVEN(-1)", "FALSE"},
        {"ISEVEN(A9)", "TRUE"},
        {"ISEVEN(\"x\")", "#VALUE!"},
        {"ISEVEN(TRUE)", "#VALUE!"},
        {"ISODD(3)", "TRUE"},
        {"ISODD(\"3\")", "TRUE"},
        {"ISODD(A4)", "#N/A"},
        {"ISFORMULA(A6)", "TRUE"},
        {"ISFORMULA(A1)", "FALSE"},
        {"ISFORMULA(1)", "#VALUE!"},
        {"NA()", "#N/A"},
        {"N(A1)", "1"},
        {"N(A2)", "0"},
        {"N(TRUE)", "1"},
        {"N(A5)", "#REF!"},
        {"N(A1:A3)", "1"},
        {"T(A2)", "\"x\""},
        {"T(A1)", "\"\""},
        {"T(A4)", "#N/A"},
        {"TYPE(A1)", "1"},
        {"TYPE(A2)", "2"},
        {"TYPE(A3)", "4"},
        {"TYPE(A4)", "16"},
        {"TYPE({1,2})", "64"},
        {"TYPE(A9)", "1"},
        {"ERROR.TYPE(A4)", "7"},
        {"ERROR.TYPE(A5)", "4"},
        {"ERROR.TYPE(1)", "#N/A"},
        {"ERROR.TYPE(#NULL!)", "1"},
        {"ERROR.TYPE(1/0)", "2"},
        {"ERROR.TYPE(\"x\"+1)", "3"},
        {"SUMPRODUCT(--ISNUMBER(A1:A7))", "2"},
        {"SUMPRODUCT(--ISERROR(A1:A7))", "2"},
        {"SUM(N(ISTEXT({1,\"a\"})))", "0"},
        {"OR(ISTEXT({1,\"a\"}))", "TRUE"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

/* A million numbers in a column, and those that cannot be. */
START_TEST(large_sums)
{
    uint32_t count = is_slow() ? 10000 : 200000;
    for (uint32_t row = 0; row < count; row++)
        require(
            cell_set_value(book, book->sheets[0], (struct position){row, 1}, value_number(0.1)));
    double sum = strtod(result_in("SUM(B:B)", place_of("D1")).text, NULL);
    require(sum == count / 10.0, "%.17g", sum);
    require(strcmp(result_in("SUM(B:B)=SUMPRODUCT(B:B)", place_of("D1")).text, "TRUE") == 0);
    require(strcmp(result_in("SUM(1:1048576)=SUM(B1:B1048576)", place_of("D1")).text, "TRUE") == 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_math");
    TCase *test = test_case(suite, "function_math");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, sums);
    tcase_add_test(test, products_of_arrays);
    tcase_add_test(test, whole_columns);
    tcase_add_test(test, numbers);
    tcase_add_test(test, angles);
    tcase_add_test(test, rounding);
    tcase_add_test(test, chance);
    tcase_add_test(test, subtotals);
    tcase_add_test(test, aggregates);
    tcase_add_test(test, whole_numbers_and_series);
    tcase_add_test(test, formulas_and_sheets);
    tcase_add_test(test, information);
    tcase_add_test(test, large_sums);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
