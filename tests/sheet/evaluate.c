/* SPDX-License-Identifier: MIT */
/* evaluate.c - operators, references, arrays, jumps, names, needs and limits. */
#include "sheet/book/evaluate.h"

#include <stdarg.h>

#include "formulas.h"
#include "random.h"
#include "sheet/book/function.h"

START_TEST(operators)
{
    static const struct formula_case cases[] = {
        {"1+2*3", "7"},
        {"-2^2", "4"},
        {"2^3^2", "64"},
        {"10%", "0.1"},
        {"-5%", "-0.05"},
        {"1/4", "0.25"},
        {"1/0", "#DIV/0!"},
        {"0/0", "#DIV/0!"},
        {"0^0", "#NUM!"},
        {"0^-1", "#DIV/0!"},
        {"0^2", "0"},
        {"(-8)^(1/3)", "-2"},
        {"(-8)^0.4", "#NUM!"},
        {"10^400", "#NUM!"},
        {"1E308*10", "#NUM!"},
        {"\"a\"&1&TRUE", "\"a1TRUE\""},
        {"1&\"\"", "\"1\""},
        {"\"3\"+\"4\"", "7"},
        {"\"x\"+1", "#VALUE!"},
        {"TRUE+TRUE", "2"},
        {"-TRUE", "-1"},
        {"+\"x\"", "\"x\""},
        {"-\"x\"", "#VALUE!"},
        {"-0", "0"},
        {"#N/A+1/0", "#N/A"},
        {"1/0+#N/A", "#DIV/0!"},
        {"\"x\"+#N/A", "#VALUE!"},
        {"#N/A&\"x\"", "#N/A"},
        {"-#NULL!", "#NULL!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(comparisons)
{
    static const struct formula_case cases[] = {
        {"1<2", "TRUE"},          {"2<=2", "TRUE"},        {"3>=4", "FALSE"},
        {"1<>1", "FALSE"},        {"\"a\"=\"A\"", "TRUE"}, {"\"a\"<\"B\"", "TRUE"},
        {"9<\"1\"", "TRUE"},      {"\"z\"<FALSE", "TRUE"}, {"FALSE<TRUE", "TRUE"},
        {"1=TRUE", "FALSE"},      {"\"1\"=1", "FALSE"},    {"#N/A=#N/A", "#N/A"},
        {"1=#DIV/0!", "#DIV/0!"}, {"A1=0", "TRUE"},        {"A1=\"\"", "TRUE"},
        {"A1=FALSE", "TRUE"},     {"A1=A2", "TRUE"},       {"A1<1", "TRUE"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

/* People count in tens. */
START_TEST(fifteen_digits)
{
    static const struct formula_case cases[] = {
        {"0.5-0.4-0.1", "0"},
        {"1.1-1-0.1", "0"},
        {"0.1+0.2-0.3", "0"},
        {"0.1+0.2=0.3", "TRUE"},
        {"0.1+0.2>0.3", "FALSE"},
        {"1-0.9=0.1", "TRUE"},
        {"9007199254740991-9007199254740990", "1"},
        {"9007199254740991=9007199254740990", "FALSE"},
        {"1.00000000000001-1>0", "TRUE"},
        {"9.99999999999999=9.99999999999998", "FALSE"},
        {"1E-300-5E-301>0", "TRUE"},
        {"1E-300=2E-300", "FALSE"},
        {"0=1E-300", "FALSE"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(references)
{
    put("A1", "1");
    put("A2", "2");
    put("A3", "3");
    put("B1", "\"text\"");
    put("B2", "TRUE");
    put("B3", "#N/A");
    put_on(book->sheets[1], place_of("C3"), "33");
    static const struct formula_case cases[] = {
        {"A1+A3", "4"},         {"A9", "0"},
        {"A9&\"\"", "\"\""},    {"B1", "\"text\""},
        {"B2+1", "2"},          {"B3", "#N/A"},
        {"Other!C3", "33"},     {"A1:A3", "#VALUE!"},
        {"A1:A3 A2:B2", "2"},   {"A1:A2 A3:B3", "#NULL!"},
        {"(A1,A2)", "#VALUE!"}, {"1:1 B:B", "\"text\""},
        {"5:A1", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases) - 1);
    /* The cell in the formula's own row or column. */
    require(strcmp(result_in("A1:A3*10", place_of("F2")).text, "20") == 0);
    require(strcmp(result_in("A1:A3*10", place_of("F4")).text, "#VALUE!") == 0);
    require(strcmp(result_in("A1:B1&\"!\"", place_of("B7")).text, "\"text!\"") == 0);
    require(strcmp(result_in("A:A", place_of("C3")).text, "3") == 0);
    require(strcmp(result_in("A1:B3", place_of("B7")).text, "#VALUE!") == 0);
}
END_TEST

START_TEST(array_formulas)
{
    put("A1", "1");
    put("A2", "2");
    put("A3", "3");
    static const struct formula_case cases[] = {
        {"{=A1:A3*10}", "10"},
        {"{1,2;3,4}", "1"},
        {"{=AND(A1:A3>0)}", "TRUE"},
        {"{=AND(A1:A3>1)}", "FALSE"},
        {"{=XOR(A1:A3>1)}", "FALSE"},
        {"{=XOR(IF(A1:A3>1,TRUE,FALSE),TRUE)}", "TRUE"},
        {"{=OR(A1:A3={9;9;3})}", "TRUE"},
        {"OR({1,2,3}=3)", "TRUE"},
        {"OR({1,2,3}={3;4})", "TRUE"},
        {"OR({1,2,3}=4)", "FALSE"},
        {"AND({1,2,3}+{1,2}>0)", "#N/A"},
        {"AND(NOT({TRUE,TRUE}))", "FALSE"},
        {"AND(NOT({TRUE,FALSE}))", "FALSE"},
        {"AND(NOT({FALSE,FALSE}))", "TRUE"},
        {"AND(-{1,2}<0)", "TRUE"},
        {"{=AND(ISERR_LIKE)}", "#NAME?"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(jumps)
{
    put("A1", "1");
    put("B1", "1/0");
    static const struct formula_case cases[] = {
        {"IF(TRUE,1,2)", "1"},
        {"IF(FALSE,1,2)", "2"},
        {"IF(FALSE,1)", "FALSE"},
        {"IF(TRUE,1)", "1"},
        {"IF(TRUE,,5)", "0"},
        {"IF(FALSE,5,)", "0"},
        {"IF(#N/A,1,2)", "#N/A"},
        {"IF(\"x\",1,2)", "#VALUE!"},
        {"IF(\"true\",1,2)", "1"},
        {"IF(A9,1,2)", "2"},
        {"IF(TRUE,1,1/0)", "1"},
        {"IF(FALSE,1,TRUE())", "TRUE"},
        {"IF(IF(TRUE,FALSE,TRUE),1,IF(TRUE,3,4))+IF(FALSE,10,20)", "23"},
        {"1+IF(A1=1,IF(A1=2,\"x\",10),5)", "11"},
        {"IFERROR(1/0,7)", "7"},
        {"IFERROR(3,1/0)", "3"},
        {"IFERROR(B1,\"bad\")", "\"bad\""},
        {"IFERROR(1/0,)", "0"},
        {"IFNA(1/0,7)", "#DIV/0!"},
        {"IFNA(#N/A,7)", "7"},
        {"IFERROR(IFNA(#N/A,1/0),IF(TRUE,8,9))", "8"},
        {"IFS(FALSE,1,TRUE,2)", "2"},
        {"IFS(FALSE,1)", "#N/A"},
        {"IFS(#NUM!,1)", "#NUM!"},
        {"IFS(TRUE,2,FALSE,1/0)", "2"},
        {"SWITCH(2,1,\"a\",2,\"b\")", "\"b\""},
        {"SWITCH(9,1,\"a\",2,\"b\")", "#N/A"},
        {"SWITCH(9,1,\"a\",2,\"b\",\"c\")", "\"c\""},
        {"SWITCH(\"B\",\"b\",1/0,3)", "#DIV/0!"},
        {"SWITCH(1/0,1,2,3)", "#DIV/0!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

/* A reference that a jump leaves is one still. */
START_TEST(choices_are_references)
{
    put("A1", "TRUE");
    put("A2", "FALSE");
    put("A3", "\"TRUE\"");
    static const struct formula_case cases[] = {
        {"OR(IF(TRUE,A2:A3,A1))", "FALSE"},
        {"OR(IF(FALSE,A2:A3,A1))", "TRUE"},
        {"IF(TRUE,A1:A2,A3) A2:B2", "FALSE"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(truths)
{
    put("A1", "TRUE");
    put("A2", "\"FALSE\"");
    put("A3", "0");
    put("B1", "\"x\"");
    put("B2", "#NUM!");
    static const struct formula_case cases[] = {
        {"AND(TRUE,1)", "TRUE"},   {"AND(TRUE,0)", "FALSE"},  {"AND(A1:A2)", "TRUE"},
        {"AND(A1:A3)", "FALSE"},   {"AND(B1)", "#VALUE!"},    {"AND(\"x\")", "#VALUE!"},
        {"AND(\"true\")", "TRUE"}, {"AND(C1:C9)", "#VALUE!"}, {"OR(B1,TRUE)", "TRUE"},
        {"OR(A3,B2)", "#NUM!"},    {"OR(A1,B2)", "#NUM!"},    {"XOR(TRUE,TRUE)", "FALSE"},
        {"XOR(1,1,1)", "TRUE"},    {"NOT(0)", "TRUE"},        {"NOT(\"x\")", "#VALUE!"},
        {"NOT(B2)", "#NUM!"},      {"TRUE()", "TRUE"},        {"FALSE()", "FALSE"},
        {"AND(TRUE,)", "FALSE"},   {"NOT(A9)", "TRUE"},       {"AND(A1,A9)", "TRUE"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static void define(const char *name, const char *formula)
{
    name_id defined = name_define(book->names, name, strlen(name), SHEET_OWN,
                                  keep_formula(formula, (struct position){0, 0}));
    require(defined);
}

START_TEST(names)
{
    put("A1", "1");
    put("A2", "2");
    define("Both", "Sheet1!$A$1:$A$2");
    define("Beside", "Sheet1!A1"); /* relative: the cell itself */
    define("Twice", "Both*2");
    define("Itself", "Itself+1");
    define("Ping", "Pong");
    define("Pong", "Ping");
    static const struct formula_case cases[] = {
        {"AND(Both)", "TRUE"},     {"OR(Twice=4)", "TRUE"}, {"Unknown_one", "#NAME?"},
        {"Itself", "#NUM!"},       {"Ping", "#NUM!"},       {"Both A2:B2", "2"},
        {"NOSUCH(1,2)", "#NAME?"}, {"NOSUCH()", "#NAME?"},
    };
    check_formulas(cases, array_count(cases));
    require(strcmp(result_in("Both", place_of("F2")).text, "2") == 0);
}
END_TEST

/* 2^60 uses of a name. */
START_TEST(bomb_of_names)
{
    char name[16], formula[64];
    define("n0", "1");
    for (int i = 1; i <= 60; i++) {
        (void)snprintf(name, sizeof name, "n_%d", i);
        (void)snprintf(formula, sizeof formula, i == 1 ? "1+1" : "n_%d+n_%d", i - 1, i - 1);
        define(name, formula);
    }
    require(strcmp(result_in("n_3", place_of("A1")).text, "8") == 0);
    require(strcmp(result_in("n_60", place_of("A1")).text, "#NUM!") == 0);
}
END_TEST

static enum evaluate_outcome outcome_of(const char *text, size_t *need_count)
{
    struct value value;
    formula_id formula = keep_formula(text, place_of("Z99"));
    enum evaluate_outcome outcome =
        evaluate(evaluation, formula, book->sheets[0]->id, place_of("Z99"), &value);
    formula_drop(book->formulas, formula);
    (void)evaluation_needs(evaluation, need_count);
    return outcome;
}

START_TEST(needs)
{
    size_t count;
    put("A1", "=B1");
    put("A2", "=B1");
    put("A3", "=B1");
    put("C1", "5");
    /* Operators read on, jumps and functions wait. */
    require(outcome_of("A1+A2*A3", &count) == EVALUATE_NEEDS && count == 3);
    require(outcome_of("IF(A1,A2,A3)", &count) == EVALUATE_NEEDS && count == 1);
    require(outcome_of("AND(A1:A3)", &count) == EVALUATE_NEEDS && count == 3);
    require(outcome_of("AND(A1+1,A2:A3)", &count) == EVALUATE_NEEDS && count == 1);
    require(outcome_of("IF(C1=5,C1,A1)", &count) == EVALUATE_DONE && count == 0);
    require(outcome_of("IF(C1=4,A1,C1)", &count) == EVALUATE_DONE);
    require(outcome_of("IFERROR(C1,A1)", &count) == EVALUATE_DONE);
    require(outcome_of("A3", &count) == EVALUATE_NEEDS && count == 1);
    const struct place *place = evaluation_needs(evaluation, &count);
    require(place->sheet == book->sheets[0]->id && position_is(place->position, place_of("A3")));
    require(outcome_of("C1", &count) == EVALUATE_DONE && count == 0);
}
END_TEST

static bool never(void *context, const char *doing, uint64_t done, uint64_t total)
{
    (void)doing, (void)done, (void)total;
    ++*(int *)context;
    return false;
}

START_TEST(limits)
{
    size_t count;
    int asked = 0;
    struct progress progress = {.step = never, .context = &asked};
    for (uint32_t row = 0; row < 100; row++)
        require(
            cell_set_value(book, book->sheets[0], (struct position){row, 0}, value_number(row)));
    put("A200000", "1"); /* of whole columns what is in use is kept */
    evaluation_set_limit(evaluation, 50);
    require(outcome_of("AND({1,2,3})", &count) == EVALUATE_DONE);
    require(outcome_of("AND(A:A)", &count) == EVALUATE_STOPPED);
    require(!evaluation_lacks_memory(evaluation));
    evaluation_set_limit(evaluation, 0);
    evaluation_set_progress(evaluation, &progress);
    require(outcome_of("1+1", &count) == EVALUATE_DONE);
    require_equal(asked, 0);
    /* Also where the work is in arrays. */
    formula_id formula =
        formula_as_array(book->formulas, keep_formula("AND(A:A+A:A>0)", place_of("Z99")));
    struct value value;
    require(evaluate(evaluation, formula, book->sheets[0]->id, place_of("Z99"), &value) ==
            EVALUATE_STOPPED);
    require(asked >= 1);
    formula_drop(book->formulas, formula);
    evaluation_set_progress(evaluation, NULL);
    /* Too large for an array, and the budget has no room. */
    require(strcmp(result_in("{=AND(A:XFD+1)}", place_of("A1")).text, "#NUM!") == 0);
    require_ok(
        steppe_budget_set_limit(book->budget, steppe_budget_charged_bytes(book->budget) + 4096));
    formula = formula_as_array(book->formulas, keep_formula("AND(A:A+1)", place_of("Z99")));
    require(evaluate(evaluation, formula, book->sheets[0]->id, place_of("Z99"), &value) ==
            EVALUATE_STOPPED);
    require(evaluation_lacks_memory(evaluation));
    require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
    require(evaluate(evaluation, formula, book->sheets[0]->id, place_of("Z99"), &value) ==
            EVALUATE_DONE);
    formula_drop(book->formulas, formula);
}
END_TEST

START_TEST(long_texts)
{
    char text[TEXT_CHARACTERS_MAX + 1];
    memset(text, 'x', sizeof text);
    require(cell_set_value(book, book->sheets[0], place_of("A1"),
                           value_text(text, TEXT_CHARACTERS_MAX)));
    require(strcmp(result_in("(A1&\"\")=A1", place_of("B1")).text, "TRUE") == 0);
    require(strcmp(result_in("A1&\"y\"", place_of("B1")).text, "#VALUE!") == 0);
}
END_TEST

/* Every function can be found by what it is called, and says what it takes. */
START_TEST(table)
{
    require(function_count() > 0);
    require(!function_of((function_id)function_count()));
    for (function_id i = 0; i < function_count(); i++) {
        const struct function *function = function_of(i);
        char lower[64];
        size_t length = strlen(function->name);
        require(length < sizeof lower);
        for (size_t k = 0; k <= length; k++)
            lower[k] =
                (char)(function->name[k] >= 'A' && function->name[k] <= 'Z' ? function->name[k] + 32
                                                                            : function->name[k]);
        require(function_find(function->name, length) == (int)i, "%s", function->name);
        require(function_find(lower, length) == (int)i, "%s", function->name);
        require(function_find(function->name, length - 1) != (int)i);
        require(i == 0 || strcmp(function_of(i - 1)->name, function->name) < 0, "%s twice",
                function->name);
        require(function->least <= function->most && function->body && function->usage &&
                    function->says,
                "%s", function->name);
        unsigned most = function->most == 255 ? function->least + 2U : function->most;
        for (unsigned k = 0; k < most; k++)
            require(strchr("nitbver", function_letter(function, k)), "%s", function->name);
        require(strspn(function->takes, "nitbver*") == strlen(function->takes), "%s",
                function->name);
        size_t letters = strcspn(function->takes, "*");
        require(function->takes[letters] == '*' || letters == function->most, "%s", function->name);
    }
    require(function_find("", 0) < 0 && function_find("NOSUCH", 6) < 0);
    require(function_find("IF\0", 3) < 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("evaluate");
    TCase *test = test_case(suite, "evaluate");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, operators);
    tcase_add_test(test, comparisons);
    tcase_add_test(test, fifteen_digits);
    tcase_add_test(test, references);
    tcase_add_test(test, array_formulas);
    tcase_add_test(test, jumps);
    tcase_add_test(test, choices_are_references);
    tcase_add_test(test, truths);
    tcase_add_test(test, names);
    tcase_add_test(test, bomb_of_names);
    tcase_add_test(test, needs);
    tcase_add_test(test, limits);
    tcase_add_test(test, long_texts);
    tcase_add_test(test, table);
    return suite;
}

/* ---- at random: any formula gives a value, in any cell ------------------------------------------
 */

static char text[4096];
static size_t text_length;

__attribute__((format(printf, 1, 2))) static void write_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text + text_length, sizeof text - text_length, format, arguments);
    va_end(arguments);
    text_length += (size_t)length;
    if (text_length >= sizeof text)
        text_length = sizeof text - 1; /* cut: then it is no formula */
}

static void write_operand(void)
{
    static const char *const operands[] = {"0",
                                           "1",
                                           "-1",
                                           "2.5",
                                           "1E300",
                                           "40000",
                                           "\"text\"",
                                           "\"\"",
                                           "\"12\"",
                                           "TRUE",
                                           "FALSE",
                                           "#N/A",
                                           "#DIV/0!",
                                           "A1",
                                           "$B$2",
                                           "C3",
                                           "D4",
                                           "Z99",
                                           "A1:C3",
                                           "A1:A9",
                                           "A1:J1",
                                           "B:B",
                                           "2:2",
                                           "Other!A1:B2",
                                           "Name",
                                           "Nothing",
                                           "{1,2,3}",
                                           "{1;2;3}",
                                           "{1,\"x\";TRUE,#NUM!}",
                                           "A1048576",
                                           "(A1,B2)",
                                           "A1:B2 B2:C3",
                                           "XFD1:XFD1048576"};
    write_text("%s", pick(operands));
}

static void write_expression(unsigned depth);

static void write_call(unsigned depth)
{
    const struct function *function = function_of((function_id)below(function_count()));
    unsigned most = function->most < function->least + 3U ? function->most : function->least + 3U;
    unsigned count = function->least + (unsigned)below(most - function->least + 1);
    write_text("%s(", function->name);
    for (unsigned i = 0; i < count; i++) {
        write_text(i ? "," : "");
        if (!one_in(20))
            write_expression(depth - 1);
    }
    write_text(")");
}

static void write_expression(unsigned depth)
{
    static const char *const signs[] = {"+", "-", "*", "/", "^", "&", "<", "=", ">=", "<>"};
    if (!depth || one_in(4)) {
        write_operand();
        return;
    }
    switch (below(6)) {
    case 0:
        write_text("-(");
        write_expression(depth - 1);
        write_text(")%s", one_in(2) ? "%" : "");
        break;
    case 1:
        write_text("(");
        write_expression(depth - 1);
        write_text(")%s(", pick(signs));
        write_expression(depth - 1);
        write_text(")");
        break;
    default:
        write_call(depth);
    }
}

static void start(void)
{
    formulas_begin();
    define("Name", "Sheet1!$A$1:$B$3");
    put("A1", "1");
    put("A2", "\"text\"");
    put("B1", "2.5");
    put("B2", "TRUE");
    put("C3", "#NUM!");
    put("A9", "-7");
    put("D1", "\"12\"");
    put("J1", "44000");
    put_on(book->sheets[1], place_of("A1"), "3");
    evaluation_set_limit(evaluation, 1000000);
}

static void operate(void)
{
    struct position cell = one_in(2) ? place_of("F2") : place_of("XFD1048576");
    struct parse_options options = {.book = book, .sheet = book->sheets[0]->id, .cell = cell};
    struct operand operand;
    struct value value;
    text_length = 0;
    write_expression(1 + (unsigned)below(4));
    remember("%s in %s", text, position_name(cell, 0).text);
    formula_id formula = parse_and_keep(text, text_length, &options, NULL);
    if (!formula)
        return;
    if (one_in(2))
        formula = formula_as_array(book->formulas, formula);
    agree(evaluate(evaluation, formula, options.sheet, cell, &value) != EVALUATE_NEEDS);
    agree(value.kind != VALUE_BLANK && value.kind <= VALUE_ERROR);
    agree(value.kind != VALUE_NUMBER || (value.number - value.number == 0));
    agree(value.kind != VALUE_ERROR || (value.error >= ERROR_NULL && value.error <= ERROR_COUNT));
    agree(value.kind != VALUE_TEXT || value.text_bytes <= TEXT_BYTES_MAX);
    agree(evaluate_operand(evaluation, formula, options.sheet, cell, &operand) != EVALUATE_NEEDS);
    formula_drop(book->formulas, formula);
    if (one_in(1000))
        (void)book_collect(book);
}

int main(int argc, char **argv)
{
    static const struct random_test test = {.name = "any formula gives a value",
                                            .operation_count = 8000,
                                            .start = start,
                                            .operate = operate,
                                            .finish = formulas_end};
    return random_main(argc, argv, &test, make_suite);
}
