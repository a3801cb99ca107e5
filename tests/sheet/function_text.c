/* SPDX-License-Identifier: MIT */
/*
 * function_text.c - LEFT, FIND, TEXT and their like: what Excel documents, checked with Gnumeric
 * and LibreOffice where they agree with it.
 */
#include "formulas.h"

START_TEST(left_)
{
    static const struct formula_case cases[] = {
        {"LEFT(\"😀x\",1)", "\"😀\""},       {"LEFT(\"abc\",)", "\"\""},
        {"LEFT(\"abc\",-1)", "#VALUE!"},   {"LEFT(\"abc\",10)", "\"abc\""},
        {"LEFT(\"abc\",1.9)", "\"a\""},    {"LEFT(12345,2)", "\"12\""},
        {"LEFT(\"abc\")", "\"a\""},        {"LEFT(\"\",3)", "\"\""},
        {"LEFT(\"Grüße\",3)", "\"Grü\""},  {"LEFT(#DIV/0!,1)", "#DIV/0!"},
        {"LEFT(\"abc\",#N/A)", "#N/A"},    {"LEFT(\"abc\",\"x\")", "#VALUE!"},
        {"LEFT(\"abc\",\"2\")", "\"ab\""}, {"LEFT(\"abc\",1E+300)", "\"abc\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(right_)
{
    static const struct formula_case cases[] = {
        {"RIGHT(\"abc\",0)", "\"\""},     {"RIGHT(TRUE,2)", "\"UE\""},
        {"RIGHT(\"abc\")", "\"c\""},      {"RIGHT(\"Grüße\",3)", "\"üße\""},
        {"RIGHT(\"abc\",10)", "\"abc\""}, {"RIGHT(\"abc\",-1)", "#VALUE!"},
        {"RIGHT(\"\",2)", "\"\""},        {"RIGHT(#REF!)", "#REF!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(mid_)
{
    static const struct formula_case cases[] = {
        {"MID(\"abc\",0,1)", "#VALUE!"},     {"MID(\"abc\",2,-1)", "#VALUE!"},
        {"MID(\"abc\",4,1)&\"|\"", "\"|\""}, {"MID(\"abc\",2,100)", "\"bc\""},
        {"MID(\"Grüße\",3,2)", "\"üß\""},    {"MID(\"\",1,1)", "\"\""},
        {"MID(\"abc\",2,0)", "\"\""},        {"MID(\"abc\",#N/A,1)", "#N/A"},
        {"MID(12345,2,3)", "\"234\""},       {"MID(\"abc\",,1)", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(len_)
{
    static const struct formula_case cases[] = {
        {"LEN(\"😀\")", "1"}, {"LEN(1.5)", "3"},      {"LEN(TRUE)", "4"},
        {"LEN(\"\")", "0"},  {"LEN(\"abc\")", "3"},  {"LEN(#N/A)", "#N/A"},
        {"LEN(Z99)", "0"},   {"LEN(\"a b \")", "4"}, {"SUM(LEN({\"a\",\"bb\";\"ccc\",\"\"}))", "6"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(find_)
{
    static const struct formula_case cases[] = {
        {"FIND(\"\",\"abc\")", "1"},           {"FIND(\"\",\"abc\",4)", "4"},
        {"FIND(\"\",\"abc\",5)", "#VALUE!"},   {"FIND(\"c\",\"abc\",0)", "#VALUE!"},
        {"FIND(\"B\",\"abc\")", "#VALUE!"},    {"FIND(1,2123)", "2"},
        {"FIND(\"ä\",\"xä\")", "2"},           {"FIND(\"b\",\"abcb\",3)", "4"},
        {"FIND(\"x\",\"abc\")", "#VALUE!"},    {"FIND(\"ß\",\"Grüße\")", "4"},
        {"FIND(\"*\",\"a*\")", "2"},           {"FIND(\"a\",#N/A)", "#N/A"},
        {"FIND(\"b\",\"abc\",-1)", "#VALUE!"}, {"FIND(\"b\",\"abc\",10)", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(search_)
{
    static const struct formula_case cases[] = {
        {"SEARCH(\"B?\",\"abc\")", "2"},        {"SEARCH(\"\",\"abc\",4)", "4"},
        {"SEARCH(\"*c\",\"abc\",2)", "2"},      {"SEARCH(\"~?\",\"ab?\")", "3"},
        {"SEARCH(\"Ä\",\"xä\")", "2"},          {"SEARCH(\"B\",\"abc\")", "2"},
        {"SEARCH(\"x\",\"abc\")", "#VALUE!"},   {"SEARCH(\"e*g\",\"abcdefg\")", "5"},
        {"SEARCH(\"ß\",\"GRÜßE\")", "4"},       {"SEARCH(\"a\",#N/A)", "#N/A"},
        {"SEARCH(\"a\",\"abc\",0)", "#VALUE!"}, {"SEARCH(REPT(\"a\",256),\"a\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(substitute_)
{
    static const struct formula_case cases[] = {
        {"SUBSTITUTE(\"aaa\",\"a\",\"b\",2)", "\"aba\""},
        {"SUBSTITUTE(\"aaa\",\"\",\"b\")", "\"aaa\""},
        {"SUBSTITUTE(\"aaa\",\"a\",\"b\",0)", "#VALUE!"},
        {"SUBSTITUTE(\"aaa\",\"aa\",\"b\")", "\"ba\""},
        {"SUBSTITUTE(\"aaa\",\"a\",\"\")", "\"\""},
        {"SUBSTITUTE(\"a-b-c\",\"-\",\"+\")", "\"a+b+c\""},
        {"SUBSTITUTE(\"a-b-c\",\"-\",\"+\",2)", "\"a-b+c\""},
        {"SUBSTITUTE(\"a-b-c\",\"-\",\"+\",5)", "\"a-b-c\""},
        {"SUBSTITUTE(\"aAa\",\"A\",\"x\")", "\"axa\""},
        {"SUBSTITUTE(#N/A,\"a\",\"b\")", "#N/A"},
        {"SUBSTITUTE(\"Grüße\",\"ü\",\"ue\")", "\"Grueße\""},
        {"SUBSTITUTE(121,1,2)", "\"222\""},
        {"SUBSTITUTE(REPT(\"a\",20000),\"a\",\"bb\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(replace_)
{
    static const struct formula_case cases[] = {
        {"REPLACE(\"abc\",2,1,\"xx\")", "\"axxc\""},
        {"REPLACE(\"abc\",10,1,\"xx\")", "\"abcxx\""},
        {"REPLACE(\"abc\",1,0,\"xx\")", "\"xxabc\""},
        {"REPLACE(\"abc\",0,1,\"x\")", "#VALUE!"},
        {"REPLACE(\"Grüße\",3,1,\"u\")", "\"Gruße\""},
        {"REPLACE(\"\",1,5,\"x\")", "\"x\""},
        {"REPLACE(\"abc\",1,99,\"\")", "\"\""},
        {"REPLACE(\"abc\",1,-1,\"x\")", "#VALUE!"},
        {"REPLACE(\"abc\",#N/A,1,\"x\")", "#N/A"},
        {"REPLACE(12345,2,2,\"x\")", "\"1x45\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(trim_)
{
    static const struct formula_case cases[] = {
        {"TRIM(\"  a   b \")", "\"a b\""}, {"TRIM(\"\")", "\"\""},        {"TRIM(\"   \")", "\"\""},
        {"TRIM(\"a\")", "\"a\""},          {"TRIM(\" a b\")", "\"a b\""}, {"TRIM(#N/A)", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(upper_)
{
    static const struct formula_case cases[] = {
        {"UPPER(\"straße\")", "\"STRAẞE\""}, {"UPPER(1)", "\"1\""},
        {"UPPER(\"abc1\")", "\"ABC1\""},     {"UPPER(\"\")", "\"\""},
        {"UPPER(\"éñ\")", "\"ÉÑ\""},         {"UPPER(#N/A)", "#N/A"},
        {"UPPER(TRUE)", "\"TRUE\""},         {"UPPER(\"ǆ\")", "\"Ǆ\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(lower_)
{
    static const struct formula_case cases[] = {
        {"LOWER(\"STRAẞE\")", "\"straße\""},
        {"LOWER(\"ÄÖ\")", "\"äö\""},
        {"LOWER(\"ABC1\")", "\"abc1\""},
        {"LOWER(\"ÉÑ\")", "\"éñ\""},
        {"LOWER(\"\")", "\"\""},
        {"LOWER(#N/A)", "#N/A"},
        {"LOWER(1.5)", "\"1.5\""},
        {"LOWER(\"AbC\")", "\"abc\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(proper_)
{
    static const struct formula_case cases[] = {
        {"PROPER(\"it's a 2-way street 76BudGet éa\")", "\"It'S A 2-Way Street 76Budget Éa\""},
        {"PROPER(\"hello world\")", "\"Hello World\""},
        {"PROPER(\"HELLO\")", "\"Hello\""},
        {"PROPER(\"o'neil-smith\")", "\"O'Neil-Smith\""},
        {"PROPER(\"\")", "\"\""},
        {"PROPER(#N/A)", "#N/A"},
        {"PROPER(\"élan vital\")", "\"Élan Vital\""},
        {"PROPER(\"a1b c\")", "\"A1B C\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(concatenate_)
{
    static const struct formula_case cases[] = {
        {"CONCATENATE(\"a\",1,TRUE)", "\"a1TRUE\""},
        {"CONCATENATE(\"a\",\"b\",\"c\")", "\"abc\""},
        {"CONCATENATE(\"x\")", "\"x\""},
        {"CONCATENATE(\"a\",#N/A)", "#N/A"},
        {"CONCATENATE(1.5,TRUE,\"\")", "\"1.5TRUE\""},
        {"CONCATENATE(\"a\",)", "\"a\""},
        {"CONCATENATE(REPT(\"a\",20000),REPT(\"b\",20000))", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(concat_)
{
    static const struct formula_case cases[] = {
        {"CONCAT(\"a\",{1,2;3,4})", "\"a1234\""},
        {"CONCAT(\"a\",\"b\")", "\"ab\""},
        {"CONCAT(1,TRUE,\"x\")", "\"1TRUEx\""},
        {"CONCAT(\"a\",#N/A)", "#N/A"},
        {"CONCAT(REPT(\"a\",20000),REPT(\"b\",20000))", "#VALUE!"},
        {"CONCAT(\"\")", "\"\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(textjoin_)
{
    static const struct formula_case cases[] = {
        {"TEXTJOIN(\"-\",TRUE,\"a\",\"\",{1,2;3,4})", "\"a-1-2-3-4\""},
        {"TEXTJOIN(\"-\",FALSE,\"a\",\"\",{1,2;3,4})", "\"a--1-2-3-4\""},
        {"TEXTJOIN({\"-\",\"/\"},TRUE,1,2,3,4)", "\"1-2/3-4\""},
        {"TEXTJOIN(,TRUE,\"a\",\"b\")", "\"ab\""},
        {"TEXTJOIN(\",\",TRUE,\"a\",,\"b\")", "\"a,b\""},
        {"TEXTJOIN(\",\",FALSE,\"a\",,\"b\")", "\"a,,b\""},
        {"TEXTJOIN(\",\",TRUE,#N/A)", "#N/A"},
        {"TEXTJOIN(#N/A,TRUE,\"a\",\"b\")", "#N/A"},
        {"TEXTJOIN(1,TRUE,1,2)", "\"112\""},
        {"TEXTJOIN(\"-\",TRUE,\"\")", "\"\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(text_)
{
    static const struct formula_case cases[] = {
        {"TEXT(1/3,\"0.00\")", "\"0.33\""},
        {"TEXT(\"abc\",\"@@\")", "\"abcabc\""},
        {"TEXT(\"5\",\"0.00\")", "\"5.00\""},
        {"TEXT(\"\",\"0\")&\"|\"", "\"|\""},
        {"TEXT(,\"0\")", "\"0\""},
        {"TEXT(5,)&\"|\"", "\"|\""},
        {"TEXT(1234.5,\"#,##0.00\")", "\"1,234.50\""},
        {"TEXT(45322,\"yyyy-mm-dd\")", "\"2024-01-31\""},
        {"TEXT(-1,\"yyyy\")", "#VALUE!"},
        {"TEXT(1,\"0 km\")", "#VALUE!"},
        {"TEXT(#N/A,\"0\")", "#N/A"},
        {"TEXT(1,#N/A)", "#N/A"},
        {"TEXT(TRUE,\"0\")", "\"TRUE\""},
        {"TEXT(Z99,\"0.0\")", "\"0.0\""},
        {"TEXT(\"x\",\"0;0;0;[@]\")", "#VALUE!"},
        {"TEXT(\"x\",\"0;0;0;\"\"[\"\"@\"\"]\"\"\")", "\"[x]\""},
        {"TEXT(5,\"\")", "\"\""},
        {"TEXT(\"2024-01-31\",\"d.m.yyyy\")", "\"31.1.2024\""},
        {"TEXT(0.5,\"# ?/?\")", "\" 1/2\""},
        {"TEXT(0.25,\"h:mm AM/PM\")", "\"6:00 AM\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(value_)
{
    static const struct formula_case cases[] = {
        {"VALUE(TRUE)", "#VALUE!"},
        {"VALUE(\"1:30\")", "0.0625"},
        {"VALUE(\"12.5\")", "12.5"},
        {"VALUE(\"$1,000\")", "1000"},
        {"VALUE(\"12%\")", "0.12"},
        {"VALUE(\"x\")", "#VALUE!"},
        {"VALUE(\"\")", "#VALUE!"},
        {"VALUE(#N/A)", "#N/A"},
        {"VALUE(Z99)", "0"},
        {"VALUE(5)", "5"},
        {"VALUE(\"2024-01-31\")", "45322"},
        {"SUM(VALUE({\"1\",\"2\"}))", "3"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(exact_)
{
    static const struct formula_case cases[] = {
        {"EXACT(\"a\",\"A\")", "FALSE"}, {"EXACT(1,\"1\")", "TRUE"},
        {"EXACT(\"a\",\"a\")", "TRUE"},  {"EXACT(\"\",\"\")", "TRUE"},
        {"EXACT(\"ä\",\"Ä\")", "FALSE"}, {"EXACT(TRUE,\"TRUE\")", "TRUE"},
        {"EXACT(#N/A,1)", "#N/A"},       {"EXACT(Z99,\"\")", "TRUE"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(rept_)
{
    static const struct formula_case cases[] = {
        {"REPT(\"ab\",2.9)", "\"abab\""},
        {"REPT(\"ab\",-1)", "#VALUE!"},
        {"REPT(\"ab\",0)&\"|\"", "\"|\""},
        {"LEN(REPT(\"a\",32767))", "32767"},
        {"LEN(REPT(\"a\",32768))", "#VALUE!"},
        {"REPT(\"ab\",3)", "\"ababab\""},
        {"REPT(\"\",1E+100)", "\"\""},
        {"REPT(\"a\",1E+100)", "#VALUE!"},
        {"REPT(#N/A,2)", "#N/A"},
        {"REPT(1,3)", "\"111\""},
        {"REPT(\"ä\",2)", "\"ää\""},
        {"LEN(REPT(\"ä\",32767))", "32767"},
        {"REPT(\"ä\",32768)", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(char_)
{
    static const struct formula_case cases[] = {
        {"CHAR(128)", "\"€\""},  {"CHAR(256)", "#VALUE!"}, {"CHAR(0)", "#VALUE!"},
        {"CHAR(65.9)", "\"A\""}, {"CHAR(65)", "\"A\""},    {"CHAR(228)", "\"ä\""},
        {"CHAR(-1)", "#VALUE!"}, {"CHAR(#N/A)", "#N/A"},   {"CHAR(\"66\")", "\"B\""},
        {"CHAR(153)", "\"™\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(code_)
{
    static const struct formula_case cases[] = {
        {"CODE(\"€\")", "128"},    {"CODE(\"ä\")", "228"}, {"CODE(\"中\")", "63"},
        {"CODE(\"\")", "#VALUE!"}, {"CODE(\"A\")", "65"},  {"CODE(\"Abc\")", "65"},
        {"CODE(\"™\")", "153"},    {"CODE(5)", "53"},      {"CODE(#N/A)", "#N/A"},
        {"CODE(Z99)", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(unichar_)
{
    static const struct formula_case cases[] = {
        {"UNICHAR(8364)", "\"€\""}, {"UNICHAR(55296)", "#N/A"},   {"UNICHAR(0)", "#VALUE!"},
        {"UNICHAR(65)", "\"A\""},   {"UNICHAR(128512)", "\"😀\""}, {"UNICHAR(1114112)", "#VALUE!"},
        {"UNICHAR(-1)", "#VALUE!"}, {"UNICHAR(#N/A)", "#N/A"},    {"UNICHAR(228)", "\"ä\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(unicode_)
{
    static const struct formula_case cases[] = {
        {"UNICODE(\"€\")", "8364"}, {"UNICODE(\"\")", "#VALUE!"}, {"UNICODE(\"😀x\")", "128512"},
        {"UNICODE(\"A\")", "65"},   {"UNICODE(5)", "53"},         {"UNICODE(#N/A)", "#N/A"},
        {"UNICODE(\"ä\")", "228"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(clean_)
{
    static const struct formula_case cases[] = {
        {"CLEAN(\"a\"&CHAR(7)&\"b\"&CHAR(127))", "\"ab\""},
        {"CLEAN(\"a\"&CHAR(10)&\"b\"&CHAR(9))", "\"ab\""},
        {"CLEAN(\"\")", "\"\""},
        {"CLEAN(\"abc\")", "\"abc\""},
        {"CLEAN(CHAR(31))", "\"\""},
        {"CLEAN(#N/A)", "#N/A"},
        {"CLEAN(\"ä\"&CHAR(1))", "\"ä\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(codes_of_addresses)
{
    static const struct formula_case cases[] = {
        {"ENCODEURL(\"a b/c\")", "\"a%20b%2Fc\""},
        {"ENCODEURL(\"ü~-_.9\")", "\"%C3%BC~-_.9\""},
        {"ENCODEURL(#N/A)", "#N/A"},
        {"LENB(\"abc\")", "3"},
        {"LEFTB(\"abc\",2)", "\"ab\""},
        {"FINDB(\"c\",\"abc\")", "3"},
        {"MIDB(\"abc\",2,1)", "\"b\""},
        {"RIGHTB(\"abc\")", "\"c\""},
        {"REPLACEB(\"abc\",1,1,\"x\")", "\"xbc\""},
        {"SEARCHB(\"C\",\"abc\")", "3"},
        {"TEXT(\"abc\",\"\")", "\"abc\""},
        {"TEXT(5,\"\")", "\"\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(fixed_)
{
    static const struct formula_case cases[] = {
        {"FIXED(1234.567)", "\"1,234.57\""},
        {"FIXED(1234.567,1)", "\"1,234.6\""},
        {"FIXED(1234.567,-2)", "\"1,200\""},
        {"FIXED(-1234.567,1,TRUE)", "\"-1234.6\""},
        {"FIXED(0.5,0)", "\"1\""},
        {"FIXED(1234.567,128)", "#VALUE!"},
        {"LEN(FIXED(1,127))", "129"},
        {"FIXED(0)", "\"0.00\""},
        {"FIXED(-0.001)", "\"0.00\""},
        {"FIXED(2.5,0)", "\"3\""},
        {"FIXED(1E+15,0)", "\"1,000,000,000,000,000\""},
        {"FIXED(#N/A)", "#N/A"},
        {"FIXED(\"x\")", "#VALUE!"},
        {"FIXED(1234567.891,2,TRUE)", "\"1234567.89\""},
        {"FIXED(1.005,2)", "\"1.01\""},
        {"FIXED(1234.567,)", "\"1,234.57\""}, /* as if it were not there */
        {"FIXED(1234.567,,TRUE)", "\"1234.57\""},
        {"FIXED(1,\"x\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(dollar_)
{
    static const struct formula_case cases[] = {
        {"DOLLAR(1234.567)", "\"$1,234.57\""},
        {"DOLLAR(-1234.567,1)", "\"($1,234.6)\""},
        {"DOLLAR(-0.001)", "\"$0.00\""},
        {"DOLLAR(0.5)", "\"$0.50\""},
        {"DOLLAR(1234.567,0)", "\"$1,235\""},
        {"DOLLAR(-1234.567,-2)", "\"($1,200)\""},
        {"DOLLAR(#N/A)", "#N/A"},
        {"DOLLAR(\"x\")", "#VALUE!"},
        {"DOLLAR(1E+6)", "\"$1,000,000.00\""},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(numbervalue_)
{
    static const struct formula_case cases[] = {
        {"NUMBERVALUE(\"2.500,27\",\",\",\".\")", "2500.27"},
        {"NUMBERVALUE(\"3.5%\")", "0.035"},
        {"NUMBERVALUE(\"9%%\")", "0.0009"},
        {"NUMBERVALUE(\"\")", "0"},
        {"NUMBERVALUE(\"1 234\")", "1234"},
        {"NUMBERVALUE(\"1.2.3\")", "#VALUE!"},
        {"NUMBERVALUE(\"1.2,3\")", "#VALUE!"},
        {"NUMBERVALUE(\"x\")", "#VALUE!"},
        {"NUMBERVALUE(\"1\",\"\",\"\")", "#VALUE!"},
        {"NUMBERVALUE(\"1,234.5\")", "1234.5"},
        {"NUMBERVALUE(\"1.234,5\",\",\",\".\")", "1234.5"},
        {"NUMBERVALUE(\"5%%\")", "0.0005"},
        {"NUMBERVALUE(\"%\")", "#VALUE!"},
        {"NUMBERVALUE(\"%5\")", "#VALUE!"},
        {"NUMBERVALUE(\"-1.5e3\")", "-1500"},
        {"NUMBERVALUE(\"1.2,3\",\".\",\",\")", "#VALUE!"},
        {"NUMBERVALUE(#N/A)", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

/*      A       B
 *   1  a       1
 *   2          TRUE
 *   3  ""      x
 *   4  b       2.5
 */
static void fill(void)
{
    put("A1", "\"a\"");
    put("B1", "1");
    put("B2", "TRUE");
    put("A3", "\"\"");
    put("B3", "\"x\"");
    put("A4", "\"b\"");
    put("B4", "2.5");
}

START_TEST(areas)
{
    static const struct formula_case cases[] = {
        {"CONCAT(A1:B4)", "\"a1TRUExb2.5\""},
        {"CONCAT(A:A,\"-\",B:B)", "\"ab-1TRUEx2.5\""},
        {"CONCAT(Other!A:XFD)", "\"\""},
        {"CONCAT((A1,B3:B4))", "\"ax2.5\""},
        {"CONCATENATE(A1,B1)", "\"a1\""},
        {"CONCATENATE(A1:A4)", "#VALUE!"},
        {"TEXTJOIN(\",\",TRUE,A1:B4)", "\"a,1,TRUE,x,b,2.5\""},
        {"TEXTJOIN(\",\",FALSE,A1:B4)", "\"a,1,,TRUE,,x,b,2.5\""},
        {"TEXTJOIN(\",\",TRUE,A:B)", "\"a,1,TRUE,x,b,2.5\""},
        {"TEXTJOIN(\",\",FALSE,A:A)", "#VALUE!"},
        {"TEXTJOIN(\"\",FALSE,A:XFD)", "\"a1TRUExb2.5\""},
        {"TEXTJOIN(A5:A6,FALSE,A:A)", "\"ab\""},
        {"TEXTJOIN(A4:B4,TRUE,1,2,3)", "\"1b22.53\""},
        {"TEXTJOIN(\"-\",TRUE,(A1,B3:B4))", "\"a-x-2.5\""},
        {"TEXTJOIN((A1,A3),TRUE,1,2)", "#VALUE!"},
        {"LEN(A2)", "0"},
        {"LEFT(B2,2)", "\"TR\""},
        {"TEXT(B4,\"0.00\")", "\"2.50\""},
        {"VALUE(A2)", "0"},
        {"{=SUM(LEN(A1:B4))}", "11"},
        {"{=CONCAT(UPPER(A1:A4))}", "\"AB\""},
        {"SUMPRODUCT(LEN(A1:B4))", "11"},
    };
    fill();
    check_formulas(cases, array_count(cases));
    put("A2", "#N/A");
    static const struct formula_case errors[] = {
        {"CONCAT(A1:B4)", "#N/A"},
        {"TEXTJOIN(\",\",TRUE,A:A)", "#N/A"},
        {"TEXTJOIN(A2:B2,TRUE,1,2)", "#N/A"},
        {"LEN(A2)", "#N/A"},
    };
    check_formulas(errors, array_count(errors));
}
END_TEST

START_TEST(not_utf8)
{
    static const char bytes[] = {'a', (char)0xC3, (char)0xE4, 'b', (char)0xF0, (char)0x9F};
    static const struct formula_case cases[] = {
        {"LEN(A1)", "6"},
        {"LEFT(A1)", "\"a\""},
        {"MID(A1,4,1)", "\"b\""},
        {"FIND(\"b\",A1)", "4"},
        {"SEARCH(\"B\",A1)", "4"},
        {"LEN(UPPER(A1))", "6"},
        {"LEN(PROPER(A1))", "6"},
        {"LEN(A1&A1)", "12"},
        {"LEN(SUBSTITUTE(A1,\"b\",\"\"))", "5"},
        {"CODE(MID(A1,2,1))", "63"},
    };
    require(cell_set_value(book, book->sheets[0], place_of("A1"), value_text(bytes, sizeof bytes)));
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(days_from_1904)
{
    static const struct formula_case cases[] = {
        {"TEXT(0,\"yyyy-mm-dd\")", "\"1904-01-01\""},
        {"TEXT(43860,\"yyyy-mm-dd\")", "\"2024-01-31\""},
        {"TEXT(5,\"0\")", "\"5\""},
        {"TEXT(1.5,\"[h]:mm\")", "\"36:00\""},
        {"TEXT(\"2024-01-31\",\"d.m.yyyy\")", "\"31.1.2024\""},
        {"VALUE(\"2024-01-31\")", "43860"},
        {"VALUE(\"6:00\")", "0.25"},
    };
    book->is_1904 = true;
    check_formulas(cases, array_count(cases));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet/function_text");
    TCase *test = test_case(suite, "functions");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, left_);
    tcase_add_test(test, right_);
    tcase_add_test(test, mid_);
    tcase_add_test(test, len_);
    tcase_add_test(test, find_);
    tcase_add_test(test, search_);
    tcase_add_test(test, substitute_);
    tcase_add_test(test, replace_);
    tcase_add_test(test, trim_);
    tcase_add_test(test, upper_);
    tcase_add_test(test, lower_);
    tcase_add_test(test, proper_);
    tcase_add_test(test, concatenate_);
    tcase_add_test(test, concat_);
    tcase_add_test(test, textjoin_);
    tcase_add_test(test, text_);
    tcase_add_test(test, value_);
    tcase_add_test(test, exact_);
    tcase_add_test(test, rept_);
    tcase_add_test(test, char_);
    tcase_add_test(test, code_);
    tcase_add_test(test, unichar_);
    tcase_add_test(test, unicode_);
    tcase_add_test(test, clean_);
    tcase_add_test(test, codes_of_addresses);
    tcase_add_test(test, fixed_);
    tcase_add_test(test, dollar_);
    tcase_add_test(test, numbervalue_);
    tcase_add_test(test, areas);
    tcase_add_test(test, not_utf8);
    tcase_add_test(test, days_from_1904);
    return test_main(suite);
}
