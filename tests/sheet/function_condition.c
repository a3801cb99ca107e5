/* SPDX-License-Identifier: MIT */
/* function_condition.c - SUMIF, COUNTIFS and their like. */
#include <stdlib.h>

#include "formulas.h"

/*        A       B      C        D
 *   1    apple   10     TRUE     1
 *   2    pear    20     FALSE    2
 *   3    Apple   x      1        3
 *   4            40     #N/A     4
 *   5    ""      50     7        5
 *   6    plum    -60    apple    6
 */
static void fill(void)
{
    static const char *const rows[][4] = {
        {"\"apple\"", "10", "TRUE", "1"}, {"\"pear\"", "20", "FALSE", "2"},
        {"\"Apple\"", "\"x\"", "1", "3"}, {"", "40", "#N/A", "4"},
        {"\"\"", "50", "7", "5"},         {"\"plum\"", "-60", "\"apple\"", "6"},
    };
    char name[8];
    for (unsigned i = 0; i < array_count(rows); i++) {
        (void)snprintf(name, sizeof name, "A%u", i + 1);
        put_row(name, 4, rows[i]);
    }
}

START_TEST(sumif)
{
    static const struct formula_case cases[] = {
        {"SUMIF(A1:A6,\"apple\",B1:B6)", "10"},
        {"SUMIF(A1:A6,\"apple\",D1:D6)", "4"},
        {"SUMIF(A1:A6,\"p*\",D1:D6)", "8"},
        {"SUMIF(A1:A6,\"<>apple\",D1:D6)", "17"},
        {"SUMIF(B1:B6,\">15\")", "110"},
        {"SUMIF(B1:B6,\"<=20\")", "-30"},
        {"SUMIF(B:B,20)", "20"},
        {"SUMIF(B:B,\"20\")", "20"},
        {"SUMIF(B1:B6,\">15\",D1)", "11"},
        {"SUMIF(B1:B6,\">15\",D1:D2)", "11"},
        {"SUMIF(B1:B6,\">15\",D3:F9)", "10"},
        {"SUMIF(A1:A6,\"apple\",C1:C6)", "1"},
        {"SUMIF(B1:B6,40,C1:C6)", "#N/A"},
        {"SUMIF(B1:B6,50,C1:C6)", "7"},
        {"SUMIF(C1:C6,#N/A,D1:D6)", "4"},
        {"SUMIF(C1:C6,TRUE,D1:D6)", "1"},
        {"SUMIF(A1:A6,\"\",D1:D6)", "9"},
        {"SUMIF(A1:A6,\"=\",D1:D6)", "4"},
        {"SUMIF(A1:A6,\"<>\",D1:D6)", "17"},
        {"SUMIF(A:A,\"=\",D:D)", "4"},
        {"SUMIF(A1:A6,\"nothing\",D1:D6)", "0"},
        {"SUMIF(#REF!,1)", "#REF!"},
        {"SUMIF(A1:A6,1,#NUM!)", "#NUM!"},
        {"SUMIF((A1:A2,A4),1)", "#VALUE!"},
        {"SUMIF(B1:B6,\">15\",)", "110"},
        {"SUM(SUMIF(B1:B6,{10,20}))", "30"},
        {"SUMIF(XFD:XFD,\"<>x\")", "0"},
        {"SUMIF(B1:D1,\">1\",B2)", "20"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(countif)
{
    static const struct formula_case cases[] = {
        {"COUNTIF(A1:A6,\"apple\")", "2"},
        {"COUNTIF(A1:A6,\"*pp*\")", "2"},
        {"COUNTIF(A1:A6,\"p??r\")", "1"},
        {"COUNTIF(A1:A6,\"*\")", "5"},
        {"COUNTIF(A1:A6,\"?*\")", "4"},
        {"COUNTIF(A1:A6,\"\")", "2"},
        {"COUNTIF(A1:A6,\"=\")", "1"},
        {"COUNTIF(A1:A6,\"<>\")", "5"},
        {"COUNTIF(A1:A6,\"<>apple\")", "4"},
        {"COUNTIF(B1:B6,\"<>20\")", "5"},
        {"COUNTIF(A:A,\"\")", "1048572"},
        {"COUNTIF(A:A,\"=\")", "1048571"},
        {"COUNTIF(A:A,\"<>apple\")", "1048574"},
        {"COUNTIF(A:XFD,\"<>apple\")", "17179869181"},
        {"COUNTIF(B1:B6,\">=20\")", "3"},
        {"COUNTIF(B1:B6,\"<0\")", "1"},
        {"COUNTIF(C1:C6,TRUE)", "1"},
        {"COUNTIF(C1:C6,1)", "1"},
        {"COUNTIF(C1:C6,#N/A)", "1"},
        {"COUNTIF(C1:C6,\"#N/A\")", "1"},
        {"COUNTIF(C1:C6,\">\"&0)", "2"},
        {"COUNTIF(C1:C6,F1)", "0"},
        {"COUNTIF(B1:D6,\">2\")", "9"},
        {"COUNTIF(#N/A,1)", "#N/A"},
        {"COUNTIF(5,5)", "#VALUE!"},
        {"COUNTIF((A1,A2),1)", "#VALUE!"},
        {"SUM(COUNTIF(A1:A6,{\"apple\",\"plum\"}))", "3"},
        {"COUNTIF(A1:A6,)", "0"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(averageif)
{
    static const struct formula_case cases[] = {
        {"AVERAGEIF(B1:B6,\">15\")", "36.6666666666667"},
        {"AVERAGEIF(A1:A6,\"apple\",D1:D6)", "2"},
        {"AVERAGEIF(A1:A6,\"apple\",B1:B6)", "10"},
        {"AVERAGEIF(A1:A6,\"none\",B1:B6)", "#DIV/0!"},
        {"AVERAGEIF(A3:A3,\"apple\",B3:B3)", "#DIV/0!"},
        {"AVERAGEIF(B1:B6,40,C1)", "#N/A"},
        {"AVERAGEIF(A1:A6,\"p*\",D1)", "4"},
        {"AVERAGEIF(#NULL!,\"p*\",D1)", "#NULL!"},
        {"AVERAGEIF(A:A,\"<>apple\",D:D)", "4.25"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(several_conditions)
{
    static const struct formula_case cases[] = {
        {"SUMIFS(D1:D6,A1:A6,\"apple\")", "4"},
        {"SUMIFS(D1:D6,A1:A6,\"apple\",B1:B6,10)", "1"},
        {"SUMIFS(D:D,B:B,\">=20\",B:B,\"<50\")", "6"},
        {"SUMIFS(D1:D6,A1:A6,\"<>\",B1:B6,\">0\")", "8"},
        {"SUMIFS(D1:D6,A1:A5,\"apple\")", "#VALUE!"},
        {"SUMIFS(D1:D6,A1:A6,\"x\",B1:B5,1)", "#VALUE!"},
        {"SUMIFS(C1:C6,B1:B6,40)", "#N/A"},
        {"SUMIFS(#REF!,B1:B6,40)", "#REF!"},
        {"SUMIFS(D1:D6,#NUM!,40)", "#NUM!"},
        {"SUMIFS(D1:D6,A1:A6,\"\",C1:C6,7)", "5"},
        {"COUNTIFS(A1:A6,\"apple\",D1:D6,\">1\")", "1"},
        {"COUNTIFS(A1:A6,\"\",B1:B6,\">0\")", "2"},
        {"COUNTIFS(A1:A6,\"<>apple\",B1:B6,\"<>20\")", "3"},
        {"COUNTIFS(A:A,\"<>apple\",B:B,\"<>20\")", "1048573"},
        {"COUNTIFS(A:A,\"\",B:B,\"\")", "1048570"},
        {"COUNTIFS(A:A,\"\",B:B,\"\",D:D,\"<>6\")", "1048570"},
        {"COUNTIFS(A1:A6,\"x\",B1:C6,1)", "#VALUE!"},
        {"COUNTIFS(A1:A6,\"apple\")", "2"},
        {"AVERAGEIFS(D1:D6,A1:A6,\"p*\",B1:B6,\">0\")", "2"},
        {"AVERAGEIFS(D1:D6,A1:A6,\"zzz\")", "#DIV/0!"},
        {"AVERAGEIFS(B1:B6,D1:D6,3)", "#DIV/0!"},
        {"AVERAGEIFS(D1:D6,A1:A6,\"p*\",B1:B4,\">0\")", "#VALUE!"},
        {"AVERAGEIFS(C1:C6,D1:D6,4)", "#N/A"},
        {"AVERAGEIFS(D1:D6,B1:B6,\">0\")", "3"},
        {"MINIFS(B1:B6,D1:D6,\">1\")", "-60"},
        {"MINIFS(B1:B6,D1:D6,\">1\",B1:B6,\">0\")", "20"},
        {"MINIFS(B1:B6,A1:A6,\"none\")", "0"},
        {"MINIFS(B1:B6,D1:D6,3)", "0"},
        {"MINIFS(C1:C6,D1:D6,4)", "#N/A"},
        {"MINIFS(B1:B6,D1:D5,3)", "#VALUE!"},
        {"MAXIFS(B1:B6,D1:D6,\"<6\")", "50"},
        {"MAXIFS(B1:B6,D1:D6,6)", "-60"},
        {"MAXIFS(B1:B6,D1:D6,9)", "0"},
        {"MAXIFS(B1:B6,A1:A6,\"<>\",D1:D6,\"<5\")", "20"},
        {"MAXIFS(B:B,D:D,\"<6\",C:C,TRUE)", "10"},
        {"MAXIFS(#DIV/0!,D1:D6,9)", "#DIV/0!"},
    };
    fill();
    check_formulas(cases, array_count(cases));
}
END_TEST

/* Every place of small areas with few values, against looking at each. */
START_TEST(against_looking_at_each_cell)
{
    enum { LINES = 12, ROUNDS = 300 };
    static const char *const criteria[] = {"", "=", "<>", "<>1", ">1", "1", "a", "<>a", "*", "<2"};
    uint64_t seed = 20240131;
    char formula[256];
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t row = 0; row < LINES; row++)
            for (uint32_t column = 0; column < 3; column++) {
                static const char *const texts[] = {"a", "b", ""};
                unsigned kind = (unsigned)random_below(&seed, 8);
                struct value value = kind < 3   ? value_blank()
                                     : kind < 6 ? value_number(kind - 3)
                                                : value_string(texts[random_below(&seed, 3)]);
                require(
                    cell_set_value(book, book->sheets[0], (struct position){row, column}, value));
            }
        const char *one = criteria[random_below(&seed, array_count(criteria))];
        const char *other = criteria[random_below(&seed, array_count(criteria))];
        double count = 0, sum = 0;
        for (unsigned row = 1; row <= LINES; row++) {
            (void)snprintf(formula, sizeof formula, "COUNTIF(A%u,\"%s\")*COUNTIF(B%u,\"%s\")", row,
                           one, row, other);
            bool holds = strcmp(result_in(formula, place_of("Z99")).text, "1") == 0;
            (void)snprintf(formula, sizeof formula, "SUMIF(C%u,\">=0\")", row);
            count += holds;
            sum += holds ? strtod(result_in(formula, place_of("Z99")).text, NULL) : 0;
        }
        (void)snprintf(formula, sizeof formula,
                       "COUNTIFS(A1:A12,\"%s\",B1:B12,\"%s\")*1000+SUMIFS(C1:C12,A1:A12,\"%s\","
                       "B1:B12,\"%s\")",
                       one, other, one, other);
        require(strtod(result_in(formula, place_of("Z99")).text, NULL) == count * 1000 + sum,
                "round %d of seed 20240131: %s", round, formula);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_condition");
    TCase *test = test_case(suite, "function_condition");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, sumif);
    tcase_add_test(test, countif);
    tcase_add_test(test, averageif);
    tcase_add_test(test, several_conditions);
    tcase_add_test(test, against_looking_at_each_cell);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
