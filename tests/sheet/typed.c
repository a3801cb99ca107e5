/* SPDX-License-Identifier: MIT */
/* typed.c - what people type and files hold, as values and formats. */
#include "sheet/values/typed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/values/date.h"
#include "support.h"

/* number NAN: the text stays text. */
struct expected {
    const char *text;
    double number;
    const char *format;
};

static struct typed read_exactly(const char *text, enum typed_rules rules)
{
    /* Behind the bytes given lies nothing: reading on is seen by sanitizers. */
    size_t size_bytes = strlen(text);
    char *copy = malloc(size_bytes ? size_bytes : 1);
    require(copy != NULL);
    memcpy(copy, text, size_bytes);
    struct typed typed = typed_read(copy, size_bytes, rules);
    if (typed.value.kind == VALUE_TEXT) {
        require(typed.value.text >= copy &&
                typed.value.text + typed.value.text_bytes == copy + size_bytes);
        typed.value.text = text + (typed.value.text - copy);
    }
    free(copy);
    return typed;
}

static void require_typed(const struct expected *expected, enum typed_rules rules)
{
    struct typed typed = read_exactly(expected->text, rules);
    if (isnan(expected->number)) {
        require(typed.value.kind == VALUE_TEXT && !typed.format, "%s: kind %d, format %s",
                expected->text, typed.value.kind, typed.format ? typed.format : "none");
        require(!strcmp(typed.value.text, expected->text), "%s", expected->text);
        return;
    }
    require(typed.value.kind == VALUE_NUMBER, "%s: kind %d", expected->text, typed.value.kind);
    require(typed.value.number == expected->number, "%s: %.17g, not %.17g", expected->text,
            typed.value.number, expected->number);
    const char *wanted = expected->format ? expected->format : "none";
    const char *got = typed.format ? typed.format : "none";
    require(!strcmp(got, wanted), "%s: %s, not %s", expected->text, got, wanted);
}

#define MINUTES(minutes) ((minutes) / 1440.0)

static const struct expected by_people[] = {
    {"12", 12, NULL},
    {" 12 ", 12, NULL},
    {"007", 7, NULL},
    {"-0", 0, NULL},
    {"+5", 5, NULL},
    {"- 5", -5, NULL},
    {"5-", -5, NULL},
    {"(5)", -5, NULL},
    {".5", .5, NULL},
    {"5.", 5, NULL},
    {"1e5", 1e5, "0.00E+00"},
    {"1E-07", 1e-7, "0.00E+00"},
    {"12345678901234567890", 12345678901234567890.0, NULL},
    {"12%", .12, "0%"},
    {"12.3%", .123, "0.00%"},
    {"5 %", .05, "0%"},
    {"-1.5%", -.015, "0.00%"},
    {"1e1%", .1, "0%"},
    {"1,234", 1234, "#,##0"},
    {"1,234.5", 1234.5, "#,##0.00"},
    {"-1,234,567.25", -1234567.25, "#,##0.00"},
    {"$5", 5, "\"$\"#,##0"},
    {"-$5.25", -5.25, "\"$\"#,##0.00"},
    {"($1,000)", -1000, "\"$\"#,##0"},
    {"5 \u20ac", 5, "#,##0 \"\u20ac\""},
    {"\u20ac5.5", 5.5, "\"\u20ac\"#,##0.00"},
    {"\u00a3 7", 7, "\"\u00a3\"#,##0"},
    {"5\u00a5", 5, "#,##0 \"\u00a5\""},
    {"0 1/2", .5, "# ?/?"},
    {"-1 3/4", -1.75, "# ?/?"},
    {"2 15/16", 2.9375, "# ?\?/?\?"},
    {"3 1/128", 3.0078125, "# ?\?\?/?\?\?"},
    {"2024-01-31", 45322, "yyyy-mm-dd"},
    {"2024-1-31", 45322, "yyyy-mm-dd"},
    {"2024/1/31", 45322, "yyyy/mm/dd"},
    {"1/31/2024", 45322, "m/d/yyyy"},
    {"1/31/24", 45322, "m/d/yyyy"},
    {"1-31-2024", 45322, "m/d/yyyy"},
    {"31.1.2024", 45322, "d.m.yyyy"},
    {"31.01.24", 45322, "dd.mm.yyyy"},
    {"Jan 31, 2024", 45322, "d-mmm-yy"},
    {"31-Jan-24", 45322, "d-mmm-yy"},
    {"31 january 2024", 45322, "d-mmm-yy"},
    {"sept 3 2024", 45538, "d-mmm-yy"},
    {"May 2024", 45413, "mmm-yy"},
    {"Jan-32", 11689, "mmm-yy"},
    {"1/2024", 45292, "mmm-yy"},
    {"2024-01", 45292, "mmm-yy"},
    {"1/1/29", 47119, "m/d/yyyy"},
    {"1/1/30", 10959, "m/d/yyyy"},
    {"2/29/1900", 60, "m/d/yyyy"},
    {"1900-01-01", 1, "yyyy-mm-dd"},
    {"9999-12-31", DATE_LAST, "yyyy-mm-dd"},
    {"12:30", MINUTES(750), "hh:mm"},
    {"9:05", MINUTES(545), "h:mm"},
    {"12:30:15", 45015 / 86400.0, "hh:mm:ss"},
    {"12:30:15.25", 45015.25 / 86400, "hh:mm:ss.000"},
    {"12:30.5", 750.5 / 86400, "mm:ss.0"},
    {"1:30 PM", MINUTES(810), "h:mm AM/PM"},
    {"12 AM", 0, "h:mm AM/PM"},
    {"12:00:01 pm", 43201 / 86400.0, "h:mm:ss AM/PM"},
    {"25:00", MINUTES(1500), "[h]:mm"},
    {"100:30:15", 361815 / 86400.0, "[h]:mm:ss"},
    {"2024-01-31 12:30:15", 45322 + 45015 / 86400.0, "yyyy-mm-dd hh:mm:ss"},
    {"2024-01-31T12:30", 45322 + MINUTES(750), "yyyy-mm-dd\"T\"hh:mm"},
    {"1/31/2024 6:00 PM", 45322.75, "m/d/yyyy h:mm"},
    {"31.01.2024 06:00", 45322.25, "dd.mm.yyyy hh:mm"},
    /* Text: */
    {"abc", NAN, NULL},
    {"12abc", NAN, NULL},
    {"1,23", NAN, NULL},
    {"1,2345", NAN, NULL},
    {",123", NAN, NULL},
    {"12,34,567", NAN, NULL},
    {"1.2.3.4", NAN, NULL},
    {"1e", NAN, NULL},
    {"1e999", NAN, NULL},
    {"--5", NAN, NULL},
    {"-5-", NAN, NULL},
    {"$$5", NAN, NULL},
    {"$5%", NAN, NULL},
    {"5%%", NAN, NULL},
    {"$", NAN, NULL},
    {"-", NAN, NULL},
    {".", NAN, NULL},
    {"()", NAN, NULL},
    {"(", NAN, NULL},
    {" ", NAN, NULL},
    {"0x10", NAN, NULL},
    {"inf", NAN, NULL},
    {"nan", NAN, NULL},
    {"1 1/0", NAN, NULL},
    {"1-2", NAN, NULL},
    {"2/30/2024", NAN, NULL},
    {"31/1/2024", NAN, NULL},
    {"13/1/2024", NAN, NULL},
    {"2023-02-29", NAN, NULL},
    {"1/1/1899", NAN, NULL},
    {"1/2-2024", NAN, NULL},
    {"1/1/10000", NAN, NULL},
    {"1/1/123", NAN, NULL},
    {"Jan", NAN, NULL},
    {"Janu 5", NAN, NULL},
    {"Jan Feb", NAN, NULL},
    {"12:60", NAN, NULL},
    {"12:30:60", NAN, NULL},
    {"12:", NAN, NULL},
    {":30", NAN, NULL},
    {"13 PM", NAN, NULL},
    {"1 P", NAN, NULL},
    {"2024-01-31 25:00", NAN, NULL},
    {"2024-01-31T", NAN, NULL},
    {"2024-01-31 ", 45322, "yyyy-mm-dd"},
    {"10000:00", NAN, NULL},
};

/* Files: what is not here is as with people. */
static const struct expected by_files[] = {
    {"12", 12, NULL},
    {"-12.50", -12.5, NULL},
    {" 12", 12, NULL},
    {"0", 0, NULL},
    {"0.1", .1, NULL},
    {"0.30000000000000004", 0.1 + 0.2, NULL},
    {"1e-05", 1e-5, NULL},
    {"1.5e10", 1.5e10, NULL},
    {"123456789012345", 123456789012345, NULL},
    {"12%", .12, "0%"},
    {"12.5%", .125, "0.0%"},
    {"12.345%", .12345, "0.000%"},
    {"1,234.5", 1234.5, "#,##0.0"},
    {"$5", 5, "\"$\"#,##0"},
    {"-$5.25", -5.25, "\"$\"#,##0.00"},
    {"5 \u20ac", 5, "#,##0 \"\u20ac\""},
    {"2024-01-31", 45322, "yyyy-mm-dd"},
    {"2024-01-31 12:30", 45322 + MINUTES(750), "yyyy-mm-dd hh:mm"},
    {"2024-01-31T12:30:15.250", 45322 + 45015.25 / 86400, "yyyy-mm-dd\"T\"hh:mm:ss.000"},
    {"12:30", MINUTES(750), "hh:mm"},
    {"9:05:00", MINUTES(545), "h:mm:ss"},
    {"1:30 PM", MINUTES(810), "h:mm AM/PM"},
    {"25:00", MINUTES(1500), "[h]:mm"},
    {"007", NAN, NULL},
    {"-01", NAN, NULL},
    {"+5", NAN, NULL},
    {"(5)", NAN, NULL},
    {"5-", NAN, NULL},
    {"- 5", NAN, NULL},
    {"2E5", NAN, NULL},
    {"1234567890123456", NAN, NULL},
    {"0 1/2", NAN, NULL},
    {"$ 5", NAN, NULL},
    {"$-5", NAN, NULL},
    {"5 %", NAN, NULL},
    {"1/31/2024", NAN, NULL},
    {"1/2", NAN, NULL},
    {"31.1.2024", NAN, NULL},
    {"2024-1-31", NAN, NULL},
    {"2024-01", NAN, NULL},
    {"2024/01/31", NAN, NULL},
    {"Jan 31, 2024", NAN, NULL},
    {"31-Jan-24", NAN, NULL},
    {"MARCH1", NAN, NULL},
    {"16:9", NAN, NULL},
    {"12:30.5", NAN, NULL},
    {"12:30:15.25", NAN, NULL},
    {"01:30 PM", NAN, NULL},
    {"1:30 pm", NAN, NULL},
    {"2024-01-31 9:00", NAN, NULL},
    {"2024-01-31  09:00", NAN, NULL},
    {"'12", NAN, NULL},
    {"true", NAN, NULL},
};

START_TEST(people)
{
    for (size_t i = 0; i < array_count(by_people); i++)
        require_typed(&by_people[i], TYPED_ALL);
}
END_TEST

START_TEST(files)
{
    for (size_t i = 0; i < array_count(by_files); i++)
        require_typed(&by_files[i], TYPED_CAREFUL);
}
END_TEST

/* Dates without a year are this year's. */
START_TEST(this_year)
{
    struct date date;
    const char *const texts[] = {"1/31", "Jan 31", "31-Jan", "31 January"};
    for (size_t i = 0; i < array_count(texts); i++) {
        struct date before, after;
        require(date_from_number(date_now(), &before));
        struct typed typed = read_exactly(texts[i], TYPED_ALL);
        require(date_from_number(date_now(), &after));
        require(typed.value.kind == VALUE_NUMBER && !strcmp(typed.format, "d-mmm"), "%s", texts[i]);
        require(date_from_number(typed.value.number, &date));
        require(date.month == 1 && date.day == 31 && date.year >= before.year &&
                date.year <= after.year);
    }
}
END_TEST

START_TEST(words)
{
    struct typed typed = read_exactly("true", TYPED_ALL);
    require(typed.value.kind == VALUE_BOOLEAN && typed.value.boolean);
    typed = read_exactly(" False ", TYPED_ALL);
    require(typed.value.kind == VALUE_BOOLEAN && !typed.value.boolean);
    typed = read_exactly("FALSE", TYPED_CAREFUL);
    require(typed.value.kind == VALUE_BOOLEAN && !typed.value.boolean);
    typed = read_exactly("#n/a", TYPED_ALL);
    require(typed.value.kind == VALUE_ERROR && typed.value.error == ERROR_NA);
    typed = read_exactly("#DIV/0!", TYPED_CAREFUL);
    require(typed.value.kind == VALUE_ERROR && typed.value.error == ERROR_DIV0);
    typed = read_exactly("#what", TYPED_ALL);
    require(typed.value.kind == VALUE_TEXT);
    typed = read_exactly("", TYPED_ALL);
    require(typed.value.kind == VALUE_BLANK && !typed.format);
    typed = read_exactly("'12", TYPED_ALL);
    require(typed.value.kind == VALUE_TEXT && !strncmp(typed.value.text, "12", 2));
    require_equal(typed.value.text_bytes, 2);
    typed = read_exactly("'", TYPED_ALL);
    require(typed.value.kind == VALUE_TEXT && typed.value.text_bytes == 0);
}
END_TEST

START_TEST(numbers_for_functions)
{
    static const struct expected expected[] = {
        {"12", 12, NULL},           {" 1,234.5 ", 1234.5, NULL},
        {"12%", .12, NULL},         {"$5", 5, NULL},
        {"1 1/2", 1.5, NULL},       {"2024-01-31", 45322, NULL},
        {"6:00", .25, NULL},        {"1/31/2024", 45322, NULL},
        {"31-Jan-24", 45322, NULL}, {"", NAN, NULL},
        {" ", NAN, NULL},           {"'12", NAN, NULL},
        {"TRUE", NAN, NULL},        {"#N/A", NAN, NULL},
        {"x", NAN, NULL},           {"31.1.2024", NAN, NULL}};
    for (size_t i = 0; i < array_count(expected); i++) {
        double number = -1;
        bool is_number = typed_number(expected[i].text, strlen(expected[i].text), &number);
        require(is_number == !isnan(expected[i].number), "%s", expected[i].text);
        require(!is_number || number == expected[i].number, "%s: %g", expected[i].text, number);
    }
}
END_TEST

/* Whatever is given: no crash, and text points into it. */
START_TEST(anything)
{
    static const char letters[] = "0123456789-+.,/: $%()eEaApPmMTJanFeb'#\xe2\x82\xac\xff";
    uint64_t random = 20240131;
    char text[48];
    for (int round = 0; round < (is_slow() ? 3000 : 200000); round++) {
        size_t count = random_below(&random, sizeof text - 1);
        for (size_t i = 0; i < count; i++)
            text[i] = letters[random_below(&random, sizeof letters - 1)];
        text[count] = '\0';
        struct typed all = read_exactly(text, TYPED_ALL);
        struct typed careful = read_exactly(text, TYPED_CAREFUL);
        /* What the careful ones take for a number is one to people, the same one. */
        require(careful.value.kind != VALUE_NUMBER ||
                    (all.value.kind == VALUE_NUMBER && all.value.number == careful.value.number),
                "%s", text);
    }
    /* Long ones. */
    static char digits[70000];
    memset(digits, '9', sizeof digits - 1);
    require(read_exactly(digits, TYPED_ALL).value.kind == VALUE_TEXT);
    require(read_exactly(digits + sizeof digits - 301, TYPED_ALL).value.kind == VALUE_NUMBER);
    memset(digits, ' ', sizeof digits - 2);
    digits[sizeof digits - 2] = '7';
    require(read_exactly(digits, TYPED_ALL).value.number == 7);
}
END_TEST

START_TEST(dates_in_order)
{
    static const struct {
        const char *text;
        enum typed_dates dates;
        double number; /* 0: it is none */
        const char *format;
    } expected[] = {
        {"31.12.2024", TYPED_DATES_DMY, 45657, "dd.mm.yyyy"},
        {"31/12/24", TYPED_DATES_DMY, 45657, "dd/mm/yy"},
        {"1-2-2024", TYPED_DATES_DMY, 45323, "d-m-yyyy"},
        {"12/31/2024", TYPED_DATES_MDY, 45657, "mm/dd/yyyy"},
        {"2/1/24", TYPED_DATES_MDY, 45323, "m/d/yy"},
        {"2024/12/31", TYPED_DATES_YMD, 45657, "yyyy/mm/dd"},
        {"24.2.1", TYPED_DATES_YMD, 45323, "yy.m.d"},
        {"31.12.2024", TYPED_DATES_ISO, 0, NULL},
        {"31.12.2024", TYPED_DATES_MDY, 0, NULL},
        {"31.12.2024", TYPED_DATES_YMD, 0, NULL},
        {"31.12", TYPED_DATES_DMY, 0, NULL},
        {"31.12.", TYPED_DATES_DMY, 0, NULL},
        {"31.12/2024", TYPED_DATES_DMY, 0, NULL},
        {"31.12.2024 ", TYPED_DATES_DMY, 0, NULL},
        {"31.12.2024.", TYPED_DATES_DMY, 0, NULL},
        {"31.12.124", TYPED_DATES_DMY, 0, NULL},
        {"1.02.2024", TYPED_DATES_DMY, 0, NULL},
        {"29.02.2023", TYPED_DATES_DMY, 0, NULL},
        {"0.1.2024", TYPED_DATES_DMY, 0, NULL},
        {"031.12.2024", TYPED_DATES_DMY, 0, NULL},
        {"..", TYPED_DATES_DMY, 0, NULL},
        {"", TYPED_DATES_DMY, 0, NULL},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct typed typed = {0};
        bool is_date =
            typed_date(expected[i].text, strlen(expected[i].text), expected[i].dates, &typed);
        require(is_date == (expected[i].number > 0), "%s", expected[i].text);
        if (!is_date)
            continue;
        require(typed.value.kind == VALUE_NUMBER && typed.value.number == expected[i].number, "%s",
                expected[i].text);
        require(strcmp(typed.format, expected[i].format) == 0, "%s", expected[i].text);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("sheet/typed");
    TCase *cases = test_case(suite, "typed");
    tcase_add_test(cases, people);
    tcase_add_test(cases, files);
    tcase_add_test(cases, this_year);
    tcase_add_test(cases, words);
    tcase_add_test(cases, dates_in_order);
    tcase_add_test(cases, numbers_for_functions);
    tcase_add_test(cases, anything);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
