/* SPDX-License-Identifier: MIT */
/* function_lookup.c - MATCH, VLOOKUP, INDEX, OFFSET, INDIRECT, ADDRESS and their like. */
#include "formulas.h"

/*        A    B        C      D       E
 *   1    10   apple    TRUE   50      a
 *   2    20   Banana   FALSE  40
 *   3    30   cherry          30      b
 *   4    30   date     #N/A   20
 *   5    40   "10"     5      10      c
 */
static void fill(void)
{
    static const char *const rows[][5] = {
        {"10", "\"apple\"", "TRUE", "50", "\"a\""}, {"20", "\"Banana\"", "FALSE", "40", ""},
        {"30", "\"cherry\"", "", "30", "\"b\""},    {"30", "\"date\"", "#N/A", "20", ""},
        {"40", "\"10\"", "5", "10", "\"c\""},
    };
    char name[8];
    for (unsigned i = 0; i < array_count(rows); i++) {
        (void)snprintf(name, sizeof name, "A%u", i + 1);
        put_row(name, 5, rows[i]);
    }
}

START_TEST(match)
{
    static const struct formula_case cases[] = {
        {"MATCH(20,A1:A5,0)", "2"},
        {"MATCH(30,A1:A5,0)", "3"},
        {"MATCH(30,A1:A5)", "4"},
        {"MATCH(30,A1:A5,1)", "4"},
        {"MATCH(35,A1:A5)", "4"},
        {"MATCH(99,A1:A5)", "5"},
        {"MATCH(5,A1:A5)", "#N/A"},
        {"MATCH(35,A1:A5,0)", "#N/A"},
        {"MATCH(35,D1:D5,-1)", "2"},
        {"MATCH(30,D1:D5,-1)", "3"},
        {"MATCH(51,D1:D5,-1)", "#N/A"},
        {"MATCH(1,D1:D5,-1)", "5"},
        {"MATCH(\"BANANA\",B1:B5,0)", "2"},
        {"MATCH(\"c*\",B1:B5,0)", "3"},
        {"MATCH(\"?ate\",B:B,0)", "4"},
        {"MATCH(\"~?ate\",B:B,0)", "#N/A"},
        {"MATCH(10,B1:B5,0)", "#N/A"},
        {"MATCH(\"10\",A1:A5,0)", "#N/A"},
        {"MATCH(TRUE,C1:C5,0)", "1"},
        {"MATCH(1,C1:C5,0)", "#N/A"},
        {"MATCH(5,C1:C5,0)", "5"},
        {"MATCH(#N/A,C1:C5,0)", "#N/A"},
        {"MATCH(1E+300,A:A)", "5"},
        {"MATCH(\"zzz\",B:B)", "5"},
        {"MATCH(1E+300,C:C)", "5"},
        {"MATCH(30,A:A,0)", "3"},
        {"MATCH(\"b\",A3:E3,0)", "5"},
        {"MATCH(30,3:3,0)", "1"},
        {"MATCH(20,A1:B5,0)", "#N/A"},
        {"MATCH(2,{1,2,3},0)", "2"},
        {"MATCH(2.5,{1;2;3})", "2"},
        {"MATCH(2,{3,2,1},-1)", "2"},
        {"MATCH(A9,A1:A5,0)", "#N/A"},
        {"MATCH(20,A1:A5,)", "2"},
        {"MATCH(20,#REF!,0)", "#REF!"},
        {"MATCH(20,A1:A5,\"x\")", "#VALUE!"},
        {"MATCH(1,{0,FALSE,\"a\",1},0)", "4"},
        {"MATCH(0.3,{0.1,0.3},0)", "2"},
        {"{=MATCH(3,IF(A1:A5=40,3,0),0)}", "5"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(vlookup)
{
    static const struct formula_case cases[] = {
        {"VLOOKUP(20,A1:D5,2,FALSE)", "\"Banana\""},
        {"VLOOKUP(20,A1:D5,4,0)", "40"},
        {"VLOOKUP(30,A1:B5,2)", "\"date\""},
        {"VLOOKUP(30,A1:B5,2,FALSE)", "\"cherry\""},
        {"VLOOKUP(35,A:B,2,TRUE)", "\"date\""},
        {"VLOOKUP(9,A:B,2)", "#N/A"},
        {"VLOOKUP(9,A:B,2,FALSE)", "#N/A"},
        {"VLOOKUP(20,A:B,3,FALSE)", "#REF!"},
        {"VLOOKUP(20,A:B,0,FALSE)", "#VALUE!"},
        {"VLOOKUP(20,A:B,-1)", "#VALUE!"},
        {"VLOOKUP(20,A:B,2.9,FALSE)", "\"Banana\""},
        {"VLOOKUP(20,A:B,\"x\",FALSE)", "#VALUE!"},
        {"VLOOKUP(\"ch*\",B1:D5,3,FALSE)", "30"},
        {"VLOOKUP(\"CHERRY\",B1:D5,3,FALSE)", "30"},
        {"VLOOKUP(30,A1:C5,3,FALSE)", "0"},
        {"VLOOKUP(30,A1:C5,3,FALSE)&\"\"", "\"\""},
        {"VLOOKUP(30,A1:C5,3)", "#N/A"},
        {"VLOOKUP(#DIV/0!,A1:C5,3)", "#DIV/0!"},
        {"VLOOKUP(1,#NULL!,1)", "#NULL!"},
        {"VLOOKUP(2,{1,\"a\";2,\"b\"},2,FALSE)", "\"b\""},
        {"VLOOKUP(20,A1:D5,2,)", "\"Banana\""},
        {"VLOOKUP(A9,A1:D5,2,FALSE)", "#N/A"},
        {"HLOOKUP(50,A1:D5,2,FALSE)", "40"},
        {"HLOOKUP(\"apple\",A1:D5,3,FALSE)", "\"cherry\""},
        {"HLOOKUP(\"apple\",A1:D5,6,FALSE)", "#REF!"},
        {"HLOOKUP(\"apple\",A1:D5,0,FALSE)", "#VALUE!"},
        {"HLOOKUP(11,1:5,5,TRUE)", "40"},
        {"HLOOKUP(1,{1,2;3,4},2)", "3"},
        {"HLOOKUP(2.5,{1,2;3,4},2)", "4"},
        {"HLOOKUP(0,{1,2;3,4},2)", "#N/A"},
        {"HLOOKUP(\"~\",A1:D5,1,FALSE)", "#N/A"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(lookup)
{
    static const struct formula_case cases[] = {
        {"LOOKUP(20,A1:A5,B1:B5)", "\"Banana\""},
        {"LOOKUP(25,A1:A5,B1:B5)", "\"Banana\""},
        {"LOOKUP(5,A1:A5,B1:B5)", "#N/A"},
        {"LOOKUP(99,A:A)", "40"},
        {"LOOKUP(25,A1:D5)", "40"},
        {"LOOKUP(25,A1:B5)", "\"Banana\""},
        {"LOOKUP(2,{1,2,3;4,5,6})", "5"},
        {"LOOKUP(2,{1,2;3,4;5,6})", "2"},
        {"LOOKUP(2,1/(A1:A5<35),B1:B5)", "\"date\""},
        {"LOOKUP(2,1/(B1:B5<>\"\"),A1:A5)", "40"},
        {"LOOKUP(9.99E+307,A:A)", "40"},
        {"LOOKUP(\"zzz\",E:E)", "\"c\""},
        {"LOOKUP(20,A1:A5,{1,2,3,4,5})", "2"},
        {"LOOKUP(99,A1:A5,A1:A2)", "#N/A"},
        {"LOOKUP(99,A1:B5,A1:B2)", "#N/A"},
        {"LOOKUP(#NUM!,A1:A5)", "#NUM!"},
        {"LOOKUP(1,#REF!)", "#REF!"},
        {"LOOKUP(1,A1:A2,#NAME?)", "#NAME?"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(xlookup)
{
    static const struct formula_case cases[] = {
        {"XLOOKUP(20,A1:A5,B1:B5)", "\"Banana\""},
        {"XLOOKUP(30,A1:A5,B1:B5)", "\"cherry\""},
        {"XLOOKUP(30,A1:A5,B1:B5,,0,-1)", "\"date\""},
        {"XLOOKUP(31,A1:A5,B1:B5)", "#N/A"},
        {"XLOOKUP(31,A1:A5,B1:B5,\"none\")", "\"none\""},
        {"XLOOKUP(31,A1:A5,B1:B5,,-1)", "\"cherry\""},
        {"XLOOKUP(31,A1:A5,B1:B5,,-1,-1)", "\"date\""},
        {"XLOOKUP(31,A1:A5,B1:B5,,1)", "\"10\""},
        {"XLOOKUP(35,D1:D5,A1:A5,,-1)", "30"},
        {"XLOOKUP(5,D1:D5,A1:A5,\"-\",-1)", "\"-\""},
        {"XLOOKUP(99,D1:D5,A1:A5,\"-\",1)", "\"-\""},
        {"XLOOKUP(\"?at*\",B1:B5,A1:A5,,2)", "30"},
        {"XLOOKUP(\"?at*\",B1:B5,A1:A5)", "#N/A"},
        {"XLOOKUP(30,A1:A5,B1:B5,,0,2)", "\"cherry\""},
        {"XLOOKUP(20,D1:D5,B1:B5,,0,-2)", "\"date\""},
        {"SUM(XLOOKUP(20,A1:A5,C1:D5))", "40"},
        {"SUM(XLOOKUP(10,A1:A5,D1:D5):XLOOKUP(30,A1:A5,D1:D5))", "120"},
        {"XLOOKUP(\"b\",A3:E3,A5:E5)", "\"c\""},
        {"XLOOKUP(20,A1:A5,B1:B4)", "#VALUE!"},
        {"XLOOKUP(20,A1:B5,B1:B5)", "#VALUE!"},
        {"XLOOKUP(20,A1:A5,B1:B5,,3)", "#VALUE!"},
        {"XLOOKUP(20,A1:A5,B1:B5,,0,0)", "#VALUE!"},
        {"XLOOKUP(20,A1:A5,B1:B5,,\"x\")", "#VALUE!"},
        {"XLOOKUP(F9,E1:E5,A1:A5)", "20"},
        {"XLOOKUP(F9,E1:E5,A1:A5,,,-1)", "30"},
        {"XLOOKUP(F9,A1:A5,B1:B5)", "#N/A"},
        {"XLOOKUP(#NUM!,A1:A5,B1:B5)", "#NUM!"},
        {"XLOOKUP(1,#REF!,B1:B5)", "#REF!"},
        {"XLOOKUP(1,{1,2},{\"x\",\"y\"})", "\"x\""},
        {"XLOOKUP(\"banana\",B1:B1048576,A1:A1048576)", "20"},
        {"XMATCH(30,A1:A5)", "3"},
        {"XMATCH(30,A1:A5,0,-1)", "4"},
        {"XMATCH(25,A1:A5,-1)", "2"},
        {"XMATCH(25,A1:A5,1)", "3"},
        {"XMATCH(\"*rr*\",B1:B5,2)", "3"},
        {"XMATCH(1,A1:A5)", "#N/A"},
        {"XMATCH(1,A1:B5)", "#VALUE!"},
        {"XMATCH(F9,A:A)", "6"},
        {"XMATCH(F9,A:A,0,-1)", "1048576"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(index_)
{
    static const struct formula_case cases[] = {
        {"INDEX(A1:D5,2,2)", "\"Banana\""},
        {"INDEX(A1:D5,2,4)", "40"},
        {"INDEX(A1:A5,3)", "30"},
        {"INDEX(A1:D1,4)", "50"},
        {"INDEX(A1:D1,1,4)", "50"},
        {"INDEX(A1:D1,2,4)", "#REF!"},
        {"INDEX(A1:A5,6)", "#REF!"},
        {"INDEX(A1:D5,1,5)", "#REF!"},
        {"INDEX(A1:D5,-1,1)", "#VALUE!"},
        {"INDEX(A1:D5,1,\"x\")", "#VALUE!"},
        {"INDEX(A1:A5,2.9)", "20"},
        {"SUM(INDEX(A1:D5,0,1))", "130"},
        {"SUM(INDEX(A1:D5,,4))", "150"},
        {"SUM(INDEX(A1:D5,5,0))", "55"},
        {"SUM(INDEX(A1:D5,2))", "60"},
        {"SUM(INDEX({1,2;3,4},2,0))", "7"},
        {"SUM(INDEX({1,2;3,4},0,1))", "4"},
        {"INDEX({1,2;3,4},2,1)", "3"},
        {"INDEX((A1:A2,D1:D5),3,1,2)", "30"},
        {"INDEX((A1:A2,D1:D5),3,1,1)", "#REF!"},
        {"INDEX((A1:A2,D1:D5),1,1,3)", "#REF!"},
        {"INDEX((A1:A2,D1:D5),1,1,0)", "#VALUE!"},
        {"SUM(A1:INDEX(A:A,3))", "60"},
        {"SUM(INDEX(A1:A5,2):INDEX(D1:D5,3))", "120"},
        {"INDEX(7,1,1)", "7"},
        {"INDEX(#NUM!,1,1)", "#NUM!"},
        {"INDEX(A1:D5,#DIV/0!,1)", "#DIV/0!"},
        {"INDEX(C1:C5,3)", "0"},
        {"INDEX(B1:B5,MATCH(20,A1:A5,0))", "\"Banana\""},
        {"INDEX(A:A,1048576)", "0"},
        {"INDEX(A:A,1E+15)", "#REF!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(choose)
{
    static const struct formula_case cases[] = {
        {"CHOOSE(1,\"a\",\"b\")", "\"a\""},
        {"CHOOSE(2,\"a\",\"b\")", "\"b\""},
        {"CHOOSE(2.9,\"a\",\"b\")", "\"b\""},
        {"CHOOSE(3,\"a\",\"b\")", "#VALUE!"},
        {"CHOOSE(0,\"a\",\"b\")", "#VALUE!"},
        {"CHOOSE(0.9,\"a\",\"b\")", "#VALUE!"},
        {"CHOOSE(\"x\",1,2)", "#VALUE!"},
        {"CHOOSE(#N/A,1,2)", "#N/A"},
        {"CHOOSE(1,5,1/0)", "5"},
        {"CHOOSE(2,1/0,)", "0"},
        {"SUM(CHOOSE(2,A1:A2,D1:D2))", "90"},
        {"SUM(A1:CHOOSE(2,A2,A3))", "60"},
        {"SUM(CHOOSE({1,2},10,20))", "30"},
        {"SUM(CHOOSE({1,2},A1:A5,D1:D5))", "280"},
        {"VLOOKUP(40,CHOOSE({1,2},D1:D5,B1:B5),2,FALSE)", "\"Banana\""},
        {"VLOOKUP(\"BANANA\",CHOOSE({1,2},B1:B5,A1:A5),2,0)", "20"},
        {"CHOOSE({3,1},7,8)", "#VALUE!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(offset)
{
    static const struct formula_case cases[] = {
        {"OFFSET(A1,1,1)", "\"Banana\""},
        {"OFFSET(A1,0,3)", "50"},
        {"SUM(OFFSET(A1,0,0,3))", "60"},
        {"SUM(OFFSET(A1,0,0,3,1))", "60"},
        {"SUM(OFFSET(A1:A2,1,0))", "50"},
        {"SUM(OFFSET(A5,0,0,-2,1))", "70"},
        {"SUM(OFFSET(D3,0,0,-2,-4))", "120"},
        {"SUM(OFFSET(A1:A2,0,3,,1))", "90"},
        {"OFFSET(A1,-1,0)", "#REF!"},
        {"OFFSET(A1,0,-1)", "#REF!"},
        {"OFFSET(A1,1048576,0)", "#REF!"},
        {"OFFSET(A1,0,0,0,1)", "#REF!"},
        {"OFFSET(A1,0,0,1,0)", "#REF!"},
        {"OFFSET(A1,0,0,1,99999)", "#REF!"},
        {"OFFSET(A1,1E+300,0)", "#REF!"},
        {"OFFSET(A1,0,0,-1E+300)", "#REF!"},
        {"OFFSET(A1,1,,)", "20"},
        {"OFFSET(A1,1.9,0)", "20"},
        {"OFFSET(A1,\"x\",0)", "#VALUE!"},
        {"OFFSET(A1,0,0,\"x\")", "#VALUE!"},
        {"OFFSET(5,0,0)", "#VALUE!"},
        {"OFFSET(#NULL!,0,0)", "#NULL!"},
        {"OFFSET(C3,0,0)", "0"},
        {"SUM(A1:OFFSET(A1,2,0))", "60"},
        {"ROWS(OFFSET(A1,0,0,5,2))", "5"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(indirect)
{
    static const struct formula_case cases[] = {
        {"INDIRECT(\"A2\")", "20"},
        {"INDIRECT(\"$a$2\")", "20"},
        {"SUM(INDIRECT(\"A1:A3\"))", "60"},
        {"SUM(INDIRECT(\"A\"&1&\":A\"&2))", "30"},
        {"SUM(INDIRECT(\"A:A\"))", "130"},
        {"SUM(INDIRECT(\"2:2\"))", "60"},
        {"INDIRECT(\"Sheet1!A2\")", "20"},
        {"INDIRECT(\"'Sheet1'!A2\")", "20"},
        {"INDIRECT(\"sheet1!A2\")", "20"},
        {"INDIRECT(\"Other!B2\")", "7"},
        {"INDIRECT(\"'My ''own'' sheet'!A1\")", "8"},
        {"INDIRECT(\"My 'own' sheet!A1\")", "8"},
        {"INDIRECT(\"Nosheet!A1\")", "#REF!"},
        {"INDIRECT(\"'Sheet1!A1\")", "#REF!"},
        {"INDIRECT(\"'Sheet1'A1\")", "#REF!"},
        {"INDIRECT(\"Sheet1!\")", "#REF!"},
        {"INDIRECT(\"!A1\")", "#REF!"},
        {"INDIRECT(\"[book.xlsx]Sheet1!A1\")", "#REF!"},
        {"INDIRECT(\"\")", "#REF!"},
        {"INDIRECT(\"1\")", "#REF!"},
        {"INDIRECT(\"XFE1\")", "#REF!"},
        {"INDIRECT(\"A1048577\")", "#REF!"},
        {"INDIRECT(\"A1+1\")", "#REF!"},
        {"INDIRECT(\"nothing\")", "#REF!"},
        {"INDIRECT(#N/A)", "#N/A"},
        {"INDIRECT(F9)", "#REF!"},
        {"INDIRECT(\"R2C1\",FALSE)", "20"},
        {"INDIRECT(\"r2c1\",0)", "20"},
        {"INDIRECT(\"R[-999]C[-701]\",FALSE)", "10"},
        {"INDIRECT(\"R2C[-700]\",FALSE)", "\"Banana\""},
        {"SUM(INDIRECT(\"R1C1:R3C1\",FALSE))", "60"},
        {"SUM(INDIRECT(\"R3C1:R1C1\",FALSE))", "60"},
        {"SUM(INDIRECT(\"C1\",FALSE))", "130"},
        {"SUM(INDIRECT(\"C1:C2\",FALSE))", "130"},
        {"SUM(INDIRECT(\"R2\",FALSE))", "60"},
        {"SUM(INDIRECT(\"R1:R2\",FALSE))", "120"},
        {"INDIRECT(\"Sheet1!R2C1\",FALSE)", "20"},
        {"INDIRECT(\"R0C1\",FALSE)", "#REF!"},
        {"INDIRECT(\"R[-9999]C1\",FALSE)", "#REF!"},
        {"INDIRECT(\"R99999999999999999999C1\",FALSE)", "#REF!"},
        {"INDIRECT(\"R[2C1\",FALSE)", "#REF!"},
        {"INDIRECT(\"R1C1x\",FALSE)", "#REF!"},
        {"INDIRECT(\"A1\",FALSE)", "#REF!"},
        {"SUM(INDIRECT(\"Tens\"))", "130"},
        {"SUM(INDIRECT(\"Sheet1!tens\"))", "130"},
        {"INDIRECT(\"Computed\")", "#REF!"},
        {"ROWS(INDIRECT(\"1:\"&3))", "3"},
        {"INDIRECT(REPT(\"a\",32767))", "#REF!"},
        {"INDIRECT(REPT(\"'\",32767)&\"!A1\")", "#VALUE!"},
        {"INDIRECT(REPT(\"'\",32001)&\"!A1\")", "#REF!"},
        {"INDIRECT(REPT(\"1\",64)&\":2\")", "#REF!"},
        {"INDIRECT(\"R\"&REPT(\"9\",9999)&\"C1\",FALSE)", "#REF!"},
        {"INDIRECT(\" A2 \")", "20"},
    };
    struct problem problem;
    fill();
    require(book_add_sheet(book, "My 'own' sheet", SIZE_MAX, &problem), "%s", problem.text);
    put_on(book->sheets[1], place_of("B2"), "7");
    put_on(book->sheets[2], place_of("A1"), "8");
    require(name_define(book->names, "Tens", 4, SHEET_OWN,
                        keep_formula("Sheet1!$A$1:$A$5", place_of("A1"))));
    require(name_define(book->names, "Computed", 8, SHEET_OWN,
                        keep_formula("Sheet1!$A$1+1", place_of("A1"))));
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(places)
{
    static const struct formula_case cases[] = {
        {"ROW()", "1000"},
        {"COLUMN()", "702"},
        {"ROW(B7)", "7"},
        {"COLUMN(B7)", "2"},
        {"ROW(B7:C9)", "7"},
        {"SUMPRODUCT(ROW(B7:C9))", "24"},
        {"SUMPRODUCT(COLUMN(B7:D9))", "9"},
        {"{=SUM(ROW(A1:A4))}", "10"},
        {"ROW(A:C)", "1"},
        {"COLUMN(3:5)", "1"},
        {"ROW(5)", "#VALUE!"},
        {"COLUMN(\"A1\")", "#VALUE!"},
        {"ROW(#REF!)", "#REF!"},
        {"ROW((A1,A2))", "#VALUE!"},
        {"ROWS(A1:C5)", "5"},
        {"ROWS(A:A)", "1048576"},
        {"ROWS(A1)", "1"},
        {"ROWS({1,2;3,4})", "2"},
        {"ROWS(5)", "1"},
        {"ROWS(#N/A)", "#N/A"},
        {"ROWS((A1,A2))", "#VALUE!"},
        {"COLUMNS(A1:C5)", "3"},
        {"COLUMNS(1:1)", "16384"},
        {"COLUMNS(A1)", "1"},
        {"COLUMNS({1,2,9;3,4,9})", "3"},
        {"COLUMNS(\"x\")", "1"},
        {"COLUMNS(#NUM!)", "#NUM!"},
        {"AREAS(A1)", "1"},
        {"AREAS((A1,B2:B3))", "2"},
        {"AREAS((A1,B2:B3,C4))", "3"},
        {"AREAS(A1:B5 B2:C9)", "1"},
        {"AREAS(5)", "#VALUE!"},
        {"AREAS(#NULL!)", "#NULL!"},
        {"SUMPRODUCT(TRANSPOSE({1,2,3}),{1;2;3})", "14"},
        {"INDEX(TRANSPOSE(A1:B5),2,3)", "\"cherry\""},
        {"ROWS(TRANSPOSE(A1:B5))", "2"},
        {"TRANSPOSE(7)", "7"},
        {"TRANSPOSE(#N/A)", "#N/A"},
        {"ROWS(TRANSPOSE(A:Z))", "#NUM!"},
        {"TRANSPOSE((A1,A2))", "#VALUE!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(addresses)
{
    static const struct formula_case cases[] = {
        {"ADDRESS(2,3)", "\"$C$2\""},
        {"ADDRESS(2,3,1)", "\"$C$2\""},
        {"ADDRESS(2,3,2)", "\"C$2\""},
        {"ADDRESS(2,3,3)", "\"$C2\""},
        {"ADDRESS(2,3,4)", "\"C2\""},
        {"ADDRESS(2,3,5)", "\"$C$2\""},
        {"ADDRESS(2,3,7)", "\"$C2\""},
        {"ADDRESS(2,3,9)", "#VALUE!"},
        {"ADDRESS(2,3,0)", "#VALUE!"},
        {"ADDRESS(2,3,,)", "\"$C$2\""},
        {"ADDRESS(2,3,1,FALSE)", "\"R2C3\""},
        {"ADDRESS(2,3,2,FALSE)", "\"R2C[3]\""},
        {"ADDRESS(2,3,3,0)", "\"R[2]C3\""},
        {"ADDRESS(2,3,4,FALSE)", "\"R[2]C[3]\""},
        {"ADDRESS(2,3,1,TRUE,\"Data\")", "\"Data!$C$2\""},
        {"ADDRESS(2,3,4,,\"My data\")", "\"'My data'!C2\""},
        {"ADDRESS(2,3,4,,\"It's\")", "\"'It''s'!C2\""},
        {"ADDRESS(2,3,4,FALSE,\"Data\")", "\"Data!R[2]C[3]\""},
        {"ADDRESS(1,1,4,TRUE,\"A1\")", "\"'A1'!A1\""},
        {"ADDRESS(1,1,4,TRUE,\"2024\")", "\"'2024'!A1\""},
        {"ADDRESS(1,1,4,TRUE,\"\")", "\"!A1\""},
        {"ADDRESS(2,3,3,TRUE,\"[Book1]Sheet1\")", "\"[Book1]Sheet1!$C2\""},
        {"ADDRESS(2,3,3,TRUE,\"[Book1]My sheet\")", "\"'[Book1]My sheet'!$C2\""},
        {"ADDRESS(2,3,3,TRUE,\"[my book]S\")", "\"'[my book]S'!$C2\""},
        {"ADDRESS(1048576,16384,4)", "\"XFD1048576\""},
        {"ADDRESS(1048577,1)", "#VALUE!"},
        {"ADDRESS(1,16385)", "#VALUE!"},
        {"ADDRESS(0,1)", "#VALUE!"},
        {"ADDRESS(1,-1)", "#VALUE!"},
        {"ADDRESS(\"x\",1)", "#VALUE!"},
        {"ADDRESS(1,#NUM!)", "#NUM!"},
        {"LEN(ADDRESS(1,1,4,TRUE,REPT(\"'\",1000)))", "2005"},
        {"ADDRESS(1,1,4,TRUE,REPT(\"'\",20000))", "#VALUE!"},
        {"ADDRESS(1,1,#DIV/0!)", "#DIV/0!"},
        {"ADDRESS(1.9,1)", "\"$A$1\""},
        {"INDIRECT(ADDRESS(2,1))", "20"},
        {"HYPERLINK(\"http://example.org\",\"here\")", "\"here\""},
        {"HYPERLINK(\"http://example.org\")", "\"http://example.org\""},
        {"HYPERLINK(\"x\",5)", "5"},
        {"HYPERLINK(\"x\",A2)", "20"},
        {"HYPERLINK(\"x\",#N/A)", "#N/A"},
        {"HYPERLINK(#NUM!,1)", "#NUM!"},
        {"HYPERLINK(\"x\",)", "0"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

/* In no order, as Excel has computed them. */
START_TEST(halving_without_order)
{
    static const char *const keys[] = {"\"INTEGRAL\"", "\"DOUBLE\"",      "\"BLANK\"", "\"STRING\"",
                                       "\"REF\"",      "\"AREA (rows)\"", ""};
    static const struct formula_case cases[] = {
        {"HLOOKUP(\"STRING\",B6:H7,2,TRUE)", "4"},
        {"LOOKUP(\"DOUBLE\",C6:G6,C7:G7)", "2"},
        {"MATCH(2,{1,2,2,2,3},1)", "4"},
        {"MATCH(2,{1,2,2},1)", "3"},
        {"MATCH(0,{1,2},1)", "#N/A"},
        {"MATCH(\"black\",{\"black\";\"red\";\"green\";\"yellow\"},-1)", "1"},
        {"MATCH(\"green\",{\"black\";\"red\";\"green\";\"yellow\"},-1)", "#N/A"},
        {"MATCH(3,{9,5,\"x\",2,7},-1)", "2"},
        {"MATCH(5,{9,5,5,2},-1)", "2"},
    };
    put_row("B6", array_count(keys), keys);
    for (unsigned i = 0; i < array_count(keys); i++) {
        char number[4];
        (void)snprintf(number, sizeof number, "%u", i + 1);
        put_row((const char *[]){"B7", "C7", "D7", "E7", "F7", "G7", "H7"}[i], 1,
                (const char *const[]){number});
    }
    check_formulas(cases, array_count(cases));
    /* More equal ones than are looked at one by one. */
    for (uint32_t row = 0; row < 5000; row++)
        require(cell_set_value(book, book->sheets[1], (struct position){row, 0},
                               value_number(row < 4000 ? 7 : 8)));
    require(strcmp(result_in("MATCH(7,Other!A:A,1)", place_of("Z99")).text, "4000") == 0);
    require(strcmp(result_in("MATCH(8,Other!A:A,1)", place_of("Z99")).text, "5000") == 0);
}
END_TEST

/* In order, with holes and other kinds between: halving finds what looking at each finds. */
START_TEST(halving)
{
    enum { LINES = 200, ROUNDS = 60, ASKED = 30 };
    uint64_t seed = 77;
    char formula[64], expected[32];
    for (int round = 0; round < ROUNDS; round++) {
        double number = 0, numbers[LINES];
        bool is_there[LINES];
        for (uint32_t row = 0; row < LINES; row++) {
            unsigned kind = (unsigned)random_below(&seed, 6);
            number += (double)random_below(&seed, 3);
            numbers[row] = number;
            is_there[row] = kind > 2;
            struct value value = kind == 0   ? value_blank()
                                 : kind == 1 ? value_string("text")
                                 : kind == 2 ? value_error(ERROR_NUM)
                                             : value_number(number);
            require(cell_set_value(book, book->sheets[0], (struct position){row, 0}, value));
        }
        for (int i = 0; i < ASKED; i++) {
            double wanted = (double)random_below(&seed, 2 * LINES) - 3;
            int found = -1;
            for (int row = 0; row < LINES; row++)
                if (is_there[row] && numbers[row] <= wanted)
                    found = row;
            (void)snprintf(formula, sizeof formula, "MATCH(%.0f,A%s)", wanted,
                           i % 2 ? ":A" : "1:A200");
            (void)snprintf(expected, sizeof expected, "%d", found + 1);
            struct formula_result result = result_in(formula, place_of("Z99"));
            require(strcmp(result.text, found < 0 ? "#N/A" : expected) == 0,
                    "seed 77, round %d: %s is %s, not %s", round, formula, result.text, expected);
        }
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_lookup");
    TCase *test = test_case(suite, "function_lookup");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, match);
    tcase_add_test(test, vlookup);
    tcase_add_test(test, lookup);
    tcase_add_test(test, xlookup);
    tcase_add_test(test, index_);
    tcase_add_test(test, choose);
    tcase_add_test(test, offset);
    tcase_add_test(test, indirect);
    tcase_add_test(test, places);
    tcase_add_test(test, addresses);
    tcase_add_test(test, halving_without_order);
    tcase_add_test(test, halving);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
