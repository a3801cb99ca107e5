/* SPDX-License-Identifier: MIT */
/* value.c - values: printed, read, converted, compared. */
#include "sheet/values/value.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static double chance_double(uint64_t *random)
{
    union {
        uint64_t bits;
        double number;
    } made;
    do
        made.bits = random_next(random);
    while (!isfinite(made.number));
    return made.number;
}

START_TEST(making)
{
    require(value_number(INFINITY).error == ERROR_NUM && value_number(NAN).kind == VALUE_ERROR);
    require(value_number(-DBL_MAX).kind == VALUE_NUMBER);
    require_equal(value_string("abc").text_bytes, 3);
    require(value_text("x", TEXT_BYTES_MAX + (size_t)1).error == ERROR_VALUE);
    require(value_blank().kind == VALUE_BLANK && value_boolean(true).boolean);
}
END_TEST

START_TEST(errors)
{
    for (int i = ERROR_NULL; i <= ERROR_COUNT; i++) {
        enum value_error error;
        const char *name = value_error_name((enum value_error)i);
        require(value_error_parse(name, strlen(name), &error) && (int)error == i, "%s", name);
        require(!value_error_parse(name, strlen(name) - 1, &error), "%s", name);
    }
    enum value_error error;
    require(value_error_parse("#div/0!", 7, &error) && error == ERROR_DIV0);
    require(!value_error_parse("", 0, &error) && !value_error_parse("#N/A ", 5, &error));
    require(!strcmp(value_error_name((enum value_error)99), "#VALUE!"));
}
END_TEST

/* ---- numbers as text ----------------------------------------------------------------------------
 */

static const struct {
    double number;
    const char *text;
} printed[] = {
    {0, "0"},
    {-0.0, "0"},
    {1, "1"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {0.1 + 0.2, "0.3"},
    {1.0 / 3, "0.333333333333333"},
    {-2.0 / 3, "-0.666666666666667"},
    {100000, "100000"},
    {1e15, "1000000000000000"},
    {123456789012345678.0, "123456789012346000"},
    {1e20, "100000000000000000000"},
    {1e21, "1E+21"},
    {-1.5e300, "-1.5E+300"},
    {0.0001, "0.0001"},
    {1e-10, "0.0000000001"},
    {1.23456789012345e-8, "1.23456789012345E-08"},
    {1e-300, "1E-300"},
    {DBL_MAX, "1.79769313486232E+308"},
    {999999999999999, "999999999999999"},
    {0.9999999999999999, "1"},
    {1234567.891, "1234567.891"},
};

START_TEST(printing)
{
    char text[VALUE_NUMBER_BYTES];
    for (size_t i = 0; i < array_count(printed); i++) {
        size_t length = value_print_number(printed[i].number, text);
        require(!strcmp(text, printed[i].text), "%s, not %s", text, printed[i].text);
        require_equal(length, strlen(text));
    }
}
END_TEST

/* Any number is printed in its room, and read again is the same to 15 digits. */
START_TEST(printing_and_reading)
{
    uint64_t random = 15;
    char text[VALUE_NUMBER_BYTES], expected[VALUE_NUMBER_BYTES + 8];
    for (int round = 0; round < (is_slow() ? 3000 : 200000); round++) {
        double number = chance_double(&random), again;
        if (round % 2)
            number = (double)(int64_t)random_next(&random) / pow(10, (double)(round % 25));
        size_t length = value_print_number(number, text);
        require(length < VALUE_NUMBER_BYTES && strlen(text) == length, "%.17g", number);
        (void)snprintf(expected, sizeof expected, "%.14e", number);
        double rounded = strtod(expected, NULL);
        if (!isfinite(rounded))
            continue;
        require(value_parse_number(text, length, &again), "%s", text);
        require(again == rounded, "%.17g as %s is %.17g", number, text, again);
    }
}
END_TEST

static const struct {
    double number;
    size_t columns;
    const char *text; /* "": it does not fit in */
} narrow[] = {
    {0, 1, "0"},
    {1.0 / 3, 20, "0.333333333"},
    {1.0 / 3, 5, "0.333"},
    {1.0 / 3, 2, "0"},
    {-1.0 / 3, 6, "-0.333"},
    {2.0 / 3, 1, "1"},
    {-2.0 / 3, 1, ""},
    {99999.9, 6, "100000"},
    {99999.9, 5, "1E+05"},
    {123456, 5, "1E+05"},
    {123456, 4, ""},
    {12345678901.0, 20, "12345678901"},
    {123456789012.0, 20, "1.23457E+11"},
    {-123456789012.0, 20, "-1.23457E+11"},
    {0.0001234567, 20, "0.000123457"},
    {0.00001234567, 20, "1.23457E-05"},
    {0.00001234567, 4, "0"},
    {1234567.123456789, 20, "1234567.123"},
    {-12, 2, ""},
    {1e100, 6, "1E+100"},
    {1e100, 5, ""},
};

START_TEST(narrow_cells)
{
    char text[VALUE_NUMBER_BYTES];
    for (size_t i = 0; i < array_count(narrow); i++) {
        size_t length = value_print_narrow(narrow[i].number, narrow[i].columns, text);
        require(!strcmp(text, narrow[i].text), "%g in %zu: %s, not %s", narrow[i].number,
                narrow[i].columns, text, narrow[i].text);
        require_equal(length, strlen(text));
    }
    uint64_t random = 11;
    for (int round = 0; round < (is_slow() ? 3000 : 100000); round++) {
        double number = chance_double(&random), again;
        if (round % 2)
            number = (double)(int64_t)random_next(&random) / pow(10, (double)(round % 30));
        size_t columns = 1 + random_below(&random, 15);
        size_t length = value_print_narrow(number, columns, text);
        require(length <= columns && strlen(text) == length);
        if (!length || fabs(number) > 1e307) /* which may be rounded to what is no double */
            continue;
        require(value_parse_number(text, length, &again), "%s", text);
        /* Whole digits are never lost. */
        require(fabs(number - again) <= fabs(number) * 0.51 || fabs(number - again) < 1, "%g as %s",
                number, text);
    }
}
END_TEST

/* ---- text as numbers ----------------------------------------------------------------------------
 */

START_TEST(reading)
{
    static const struct {
        const char *text;
        double number;
    } good[] = {{"12", 12},
                {" -1.5e3 ", -1500},
                {"+7", 7},
                {".5", .5},
                {"5.", 5},
                {"1E-5", 1e-5},
                {"1e+5", 1e5},
                {"0", 0},
                {"00012", 12},
                {"0.1", 0.1},
                {"1e-400", 0},
                {"1.7976931348623157e308", DBL_MAX},
                {"5e-324", 5e-324},
                {"9007199254740993", 9007199254740992.0},
                {"123456789012345678901234567890", 123456789012345678901234567890.0}};
    static const char *const bad[] = {"",    " ",   "-",     ".",   "e5",  "1e",    "1e+", "1 2",
                                      "1,2", "0x1", "1e999", "inf", "nan", "1.2.3", "--1", "+-1",
                                      "1%",  "$1",  "1e5.0", "1\t", "\n1", "1e 5"};
    double number;
    for (size_t i = 0; i < array_count(good); i++) {
        require(value_parse_number(good[i].text, strlen(good[i].text), &number), "%s",
                good[i].text);
        require(number == good[i].number, "%s: %.17g", good[i].text, number);
    }
    for (size_t i = 0; i < array_count(bad); i++)
        require(!value_parse_number(bad[i], strlen(bad[i]), &number), "%s", bad[i]);
}
END_TEST

/* As strtod of the C library has it, to the last bit. */
START_TEST(reading_exactly)
{
    uint64_t random = 17;
    char text[64];
    for (int round = 0; round < (is_slow() ? 3000 : 200000); round++) {
        double number, expected;
        int digits = 1 + (int)random_below(&random, 20);
        (void)snprintf(text, sizeof text, "%.*e", digits, chance_double(&random));
        if (round % 3 == 0)
            (void)snprintf(text, sizeof text, "%lld.%020llu", (long long)random_next(&random) >> 20,
                           (unsigned long long)random_next(&random) >> 4);
        expected = strtod(text, NULL);
        require(value_parse_number(text, strlen(text), &number) == isfinite(expected), "%s", text);
        require(!isfinite(expected) || number == expected, "%s: %.17g", text, number);
    }
}
END_TEST

/* ---- conversions --------------------------------------------------------------------------------
 */

START_TEST(conversions)
{
    char buffer[VALUE_NUMBER_BYTES];
    require(value_is(value_to_number(value_blank()), value_number(0)));
    require(value_is(value_to_number(value_boolean(true)), value_number(1)));
    require(value_is(value_to_number(value_string("12%")), value_number(.12)));
    require(value_is(value_to_number(value_string("")), value_error(ERROR_VALUE)));
    require(value_is(value_to_number(value_string("x")), value_error(ERROR_VALUE)));
    require(value_is(value_to_number(value_error(ERROR_NA)), value_error(ERROR_NA)));
    require(value_is(value_to_boolean(value_blank()), value_boolean(false)));
    require(value_is(value_to_boolean(value_number(-2)), value_boolean(true)));
    require(value_is(value_to_boolean(value_string("true")), value_boolean(true)));
    require(value_is(value_to_boolean(value_string("False")), value_boolean(false)));
    require(value_is(value_to_boolean(value_string("1")), value_error(ERROR_VALUE)));
    require(value_is(value_to_boolean(value_error(ERROR_NUM)), value_error(ERROR_NUM)));
    require(value_is(value_to_text(value_blank(), buffer), value_string("")));
    require(value_is(value_to_text(value_number(-1.5), buffer), value_string("-1.5")));
    require(value_is(value_to_text(value_boolean(false), buffer), value_string("FALSE")));
    require(value_is(value_to_text(value_string("x"), buffer), value_string("x")));
    require(value_is(value_to_text(value_error(ERROR_REF), buffer), value_error(ERROR_REF)));
}
END_TEST

START_TEST(sameness)
{
    require(value_is(value_blank(), value_blank()) && !value_is(value_blank(), value_number(0)));
    require(value_is(value_string("a"), value_string("a")));
    require(!value_is(value_string("a"), value_string("A")));
    require(!value_is(value_string("1"), value_number(1)));
    require(!value_is(value_error(ERROR_NA), value_error(ERROR_NUM)));
    require(!value_is(value_boolean(true), value_boolean(false)));
}
END_TEST

/* ---- order --------------------------------------------------------------------------------------
 */

START_TEST(order_of_kinds)
{
    /* In order; what is joined by 0 is the same. */
    const struct value values[] = {
        value_number(-1),       value_number(0),      value_number(1.5),   value_string(""),
        value_string("9"),      value_string("a"),    value_string("ab"),  value_string("B"),
        value_string("\u00e4"), value_boolean(false), value_boolean(true), value_error(ERROR_NULL),
        value_error(ERROR_NA)};
    for (size_t i = 0; i < array_count(values); i++)
        for (size_t j = 0; j < array_count(values); j++) {
            int order = value_compare(values[i], values[j]);
            require((order > 0) - (order < 0) == (i > j) - (i < j), "%zu and %zu: %d", i, j, order);
        }
    require(value_compare(value_blank(), value_number(0)) == 0);
    require(value_compare(value_blank(), value_number(-1)) > 0);
    require(value_compare(value_blank(), value_string("")) == 0);
    require(value_compare(value_string("a"), value_blank()) > 0);
    require(value_compare(value_blank(), value_boolean(false)) == 0);
    require(value_compare(value_blank(), value_boolean(true)) < 0);
    require(value_compare(value_blank(), value_blank()) == 0);
    require(value_compare(value_string("\u00c4x"), value_string("\u00e4X")) == 0);
    require(value_compare(value_string("STRA\u1e9eE"), value_string("stra\u00dfe")) == 0);
}
END_TEST

/* Bytes that are no text have an order as well, the same from both sides. */
START_TEST(order_of_anything)
{
    uint64_t random = 7;
    static const char letters[] = "aAbB\xc3\xa4\x84\xff\xe2\x82\xac";
    for (int round = 0; round < (is_slow() ? 3000 : 100000); round++) {
        char texts[3][8];
        size_t sizes[3];
        for (int i = 0; i < 3; i++) {
            sizes[i] = random_below(&random, 8);
            for (size_t at = 0; at < sizes[i]; at++)
                texts[i][at] = letters[random_below(&random, sizeof letters - 1)];
        }
        int ab = value_compare_text(texts[0], sizes[0], texts[1], sizes[1]);
        int ba = value_compare_text(texts[1], sizes[1], texts[0], sizes[0]);
        int bc = value_compare_text(texts[1], sizes[1], texts[2], sizes[2]);
        int ac = value_compare_text(texts[0], sizes[0], texts[2], sizes[2]);
        require((ab > 0) == (ba < 0) && (ab < 0) == (ba > 0));
        require(!(ab <= 0 && bc <= 0) || ac <= 0);
        require(value_compare_text(texts[0], sizes[0], texts[0], sizes[0]) == 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet/value");
    TCase *values = test_case(suite, "values");
    tcase_add_test(values, making);
    tcase_add_test(values, errors);
    tcase_add_test(values, conversions);
    tcase_add_test(values, sameness);
    TCase *numbers = test_case(suite, "numbers");
    tcase_add_test(numbers, printing);
    tcase_add_test(numbers, printing_and_reading);
    tcase_add_test(numbers, narrow_cells);
    tcase_add_test(numbers, reading);
    tcase_add_test(numbers, reading_exactly);
    TCase *orders = test_case(suite, "order");
    tcase_add_test(orders, order_of_kinds);
    tcase_add_test(orders, order_of_anything);
    return test_main(suite);
}
