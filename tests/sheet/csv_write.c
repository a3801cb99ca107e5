/* SPDX-License-Identifier: MIT */
/* csv_write.c - a sheet as text with separators, and what is read from that again. */
#include "files.h"
#include "sheet/values/number_format.h"

static struct book *book;
static struct sheet *sheet;
static struct workfile_options options;

static void begin(void)
{
    files_begin();
    book = new_book();
    sheet = book_add_sheet(book, "One", SIZE_MAX, &problem);
    require(sheet, "%s", problem.text);
    options = (struct workfile_options){.format = WORKFILE_CSV};
}

static void end(void)
{
    book_free(book);
    files_end();
}

static char *written(size_t *count)
{
    struct file_path path = file_path("out.csv");
    int file = open(path.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(file >= 0);
    losses = (struct losses){0};
    require(csv_write_sheet(book, file, &options, &losses, &problem), "%s", problem.text);
    require(close(file) == 0);
    return take_file(path.text, count);
}

static void check(const char *expected)
{
    char *text = written(NULL);
    require(strcmp(text, expected) == 0, "%s, not %s", text, expected);
    free(text);
}

static void set_style(const char *name, const char *code)
{
    style_id style;
    require(style_with_format(book->styles, 0, code, &style));
    require(cell_set_style(book, sheet, at(name), style));
}

START_TEST(fields)
{
    check("");
    require(cell_set_style(book, sheet, at("Z99"), 0));
    type(book, sheet, "A1", "1");
    check("1\n");
    type(book, sheet, "C2", "x, y");
    check("1,,\n,,\"x, y\"\n");
    type(book, sheet, "B4", "say \"so\"");
    check("1,,\n,,\"x, y\"\n,,\n,\"say \"\"so\"\"\",\n");
    type(book, sheet, "C2", "TRUE");
    type(book, sheet, "B4", "two\nlines");
    type(book, sheet, "A2", "#N/A");
    require(cell_set_value(book, sheet, at("A3"), value_text("", 0)));
    check("1,,\n#N/A,,TRUE\n\"\",,\n,\"two\nlines\",\n");
}
END_TEST

START_TEST(one_column)
{
    type(book, sheet, "A2", "x");
    type(book, sheet, "A4", "y");
    check("\"\"\nx\n\"\"\ny\n");
}
END_TEST

START_TEST(styled_cells_are_nothing)
{
    set_style("XFD1048576", "0.00");
    check("");
    type(book, sheet, "B1", "1");
    check(",1\n");
}
END_TEST

START_TEST(dialects)
{
    type(book, sheet, "A1", "a;b");
    type(book, sheet, "B1", "c\td");
    type(book, sheet, "C1", "e,f");
    type(book, sheet, "D1", "it's \"x\"");
    check("a;b,c\td,\"e,f\",\"it's \"\"x\"\"\"\n");
    options.csv.separator = ';';
    check("\"a;b\";c\td;e,f;\"it's \"\"x\"\"\"\n");
    options.csv.separator = 0;
    options.format = WORKFILE_TSV;
    check("a;b\t\"c\td\"\te,f\t\"it's \"\"x\"\"\"\n");
    options.format = WORKFILE_CSV;
    options.csv.quote = '\'';
    check("a;b,c\td,'e,f','it''s \"x\"'\n");
    options.csv = (struct csv_options){.has_mark = true, .has_returns = true};
    check("\xEF\xBB\xBF"
          "a;b,c\td,\"e,f\",\"it's \"\"x\"\"\"\r\n");
}
END_TEST

START_TEST(numbers)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "0"},
        {12, "12"},
        {-12.5, "-12.5"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e15, "1E+15"},
        {123456789012345, "123456789012345"},
        {9007199254740992, "9.007199254740992E+15"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {1e-7, "0.0000001"},
        {1.5e-6, "0.0000015"},
        {1.2345678901234567e-6, "0.0000012345678901234567"},
        {1.5e-10, "1.5E-10"},
        {1e300, "1E+300"},
        {5e-324, "4.94065645841247E-324"},
        {1.7976931348623157e308, "1.7976931348623157E+308"},
        {1234.5678, "1234.5678"},
        {99999.999999999, "99999.999999999"},
        {999999999999999.9, "999999999999999.9"},
    };
    char text[VALUE_NUMBER_BYTES];
    for (size_t i = 0; i < array_count(cases); i++) {
        size_t length = exact_print(cases[i].number, text);
        require(strcmp(text, cases[i].text) == 0, "%s, not %s", text, cases[i].text);
        require_equal(length, strlen(text));
    }
    uint64_t seed = 3;
    for (unsigned i = 0; i < 300000; i++) {
        uint64_t bits = random_next(&seed);
        double number, read;
        memcpy(&number, &bits, sizeof number);
        if (i % 3 == 1)
            number = (double)(bits % 1000000007) / 1000;
        if (i % 3 == 2)
            number = (double)(int64_t)bits / 1e6;
        if (!__builtin_isfinite(number))
            continue;
        size_t length = exact_print(number, text);
        require(length < sizeof text && length == strlen(text));
        require(value_parse_number(text, length, &read) && read == number, "%a %s", number, text);
    }
}
END_TEST

START_TEST(dates)
{
    type(book, sheet, "A1", "2024-01-31");
    type(book, sheet, "B1", "2024-01-31 12:30:15");
    type(book, sheet, "C1", "12:30");
    type(book, sheet, "D1", "12%");
    type(book, sheet, "E1", "36:00:00");
    type(book, sheet, "F1", "1,234.5");
    check("2024-01-31,2024-01-31 12:30:15,12:30:00,0.12,36:00:00,1234.5\n");
    require(cell_set_value(book, sheet, at("A1"), value_number(45322.75)));
    require(cell_set_value(book, sheet, at("B1"), value_number(-5)));
    require(cell_set_value(book, sheet, at("C1"), value_number(1e12)));
    check("2024-01-31 18:00:00,-5,1000000000000,0.12,36:00:00,1234.5\n");
    type(book, sheet, "A1", "2024-01-31 12:30:15.250");
    type(book, sheet, "E1", "12:30:15.007");
    require(cell_set_style(book, sheet, at("D1"), 0));
    type(book, sheet, "D1", "2024-01-31T12:30:15.5");
    require(cell_set_value(book, sheet, at("B1"), value_number(45322.5 + 1e-10)));
    require(cell_set_value(book, sheet, at("C1"), value_number(0.9999999999)));
    check("2024-01-31 12:30:15.250,2024-01-31 12:00:00,24:00:00,"
          "2024-01-31T12:30:15.500,12:30:15.007,1234.5\n");
    require(cell_set_style(book, sheet, at("D1"), 0));
    type(book, sheet, "D1", "12%");
    require(cell_set_value(book, sheet, at("A1"), value_number(45322)));
    require(cell_set_value(book, sheet, at("B1"), value_number(-5)));
    require(cell_set_value(book, sheet, at("C1"), value_number(1e12)));
    require(cell_set_value(book, sheet, at("E1"), value_number(1.5)));
    options.csv.shown = true;
    set_style("D1", "0.0%");
    set_style("E1", "0.00");
    check("2024-01-31,####,####,12.0%,1.50,\"1,234.50\"\n");
}
END_TEST

START_TEST(dates_of_1904)
{
    book->is_1904 = true;
    type(book, sheet, "A1", "2024-01-31");
    check("2024-01-31\n");
    require_equal((uint64_t)cell_value(book, grid_at(sheet->grid, at("A1"))).number, 45322 - 1462);
}
END_TEST

START_TEST(formulas)
{
    type(book, sheet, "A1", "2");
    type(book, sheet, "B1", "=A1*3");
    type(book, sheet, "C1", "=SUM(A1,B1)");
    require(book_recalculate(book, NULL, NULL, &problem));
    check("2,6,8\n");
    options.csv.formulas = true;
    check("2,=A1*3,\"=SUM(A1,B1)\"\n");
}
END_TEST

START_TEST(sheets)
{
    struct sheet *two = book_add_sheet(book, "Two", SIZE_MAX, &problem);
    require(two);
    type(book, sheet, "A1", "1");
    type(book, two, "A1", "2");
    check("1\n");
    require_losses("1 other sheet (Two)");
    book->active = 1;
    check("2\n");
    require_losses("1 other sheet (One)");
    options.sheet = "one";
    check("1\n");
    options.sheet = "three";
    require(!csv_write_sheet(book, STDOUT_FILENO, &options, &losses, &problem));
    require(strcmp(problem.text, "there is no sheet called three") == 0);
}
END_TEST

/* Two cells in the corners are no file of 17,179,869,183 commas. */
START_TEST(corners)
{
    size_t count;
    type(book, sheet, "A1", "1");
    type(book, sheet, "XFD1048576", "2");
    char *text = written(&count);
    require_equal(count, 1 + ROWS + (COLUMNS - 1) + 1);
    require(memcmp(text, "1\n\n\n", 4) == 0 && strcmp(text + count - 3, ",2\n") == 0);
    free(text);
}
END_TEST

START_TEST(disk_full)
{
    int file = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        skip_test("there is no /dev/full");
    type(book, sheet, "A1", "1");
    require(!csv_write_sheet(book, file, &options, &losses, &problem));
    require(strstr(problem.text, "No space left"), "%s", problem.text);
    type(book, sheet, "A1000000", "1");
    require(!csv_write_sheet(book, file, &options, &losses, &problem));
    require(close(file) == 0);
}
END_TEST

static bool stop(void *context, const char *doing, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return strcmp(doing, "writing") == 0 && ++*(unsigned *)context < 3;
}

START_TEST(cancelling)
{
    unsigned calls = 0;
    struct progress progress = {stop, &calls};
    options.progress = &progress;
    for (uint32_t row = 0; row < 10000; row++)
        require(cell_set_value(book, sheet, (struct position){row, 0}, value_number(row)));
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
    require(!csv_write_sheet(book, file, &options, &losses, &problem));
    require(strstr(problem.text, "cancelled"));
    require_equal(calls, 3);
    require(close(file) == 0);
}
END_TEST

/* ---- and back ---------------------------------------------------------------------------------
 */

static struct value random_value(uint64_t *seed, char *text)
{
    static const char *const words[] = {"a",  "b c", "x\"y\"", "1,2",  "p\nq", "r\r\ns", "ä€😀",
                                        "--", "a;b", "\"",     "'q'",  "\t",   "a|b",    "=1+",
                                        "e",  "#no", "TRUEx",  "12 m", " z ",  "007",    "+1"};
    double number;
    uint64_t bits = random_next(seed);
    switch (random_below(seed, 5)) {
    case 0:
        return value_number((double)(int64_t)(bits % 100000) - 50000);
    case 1:
        memcpy(&number, &bits, sizeof number);
        return __builtin_isfinite(number) ? value_number(number) : value_number(0.25);
    case 2:
        return value_boolean(bits & 1);
    case 3:
        return value_error((enum value_error)(1 + bits % ERROR_NA));
    default:
        strcpy(text, words[bits % array_count(words)]);
        return value_string(text);
    }
}

START_TEST(round_trips)
{
    uint64_t seed = 11;
    static const char marks[] = {',', ';', '\t', '|'};
    for (unsigned round = 0; round < 300; round++) {
        struct book *copy = new_book(), *kept = book;
        char text[32];
        book = new_book();
        sheet = book_add_sheet(book, "One", SIZE_MAX, &problem);
        for (unsigned i = 0; i < 60; i++) {
            struct position position = {(uint32_t)random_below(&seed, 12),
                                        (uint32_t)random_below(&seed, 8)};
            require(cell_set_value(book, sheet, position, random_value(&seed, text)));
        }
        options.csv.separator = marks[round % array_count(marks)];
        free(written(NULL));
        options.csv.header = CSV_HEADER_NO;
        options.csv.quote = '"';
        require(csv_read(copy, file_path("out.csv").text, &options, &losses, &problem));
        char *expected = values_of(book, sheet), *got = values_of(copy, copy->sheets[0]);
        require(strcmp(expected, got) == 0, "round %u: %s, not %s", round, got, expected);
        free(expected);
        free(got);
        book_free(copy);
        book_free(book);
        book = kept;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_write");
    TCase *test = test_case(suite, "csv_write");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, fields);
    tcase_add_test(test, one_column);
    tcase_add_test(test, styled_cells_are_nothing);
    tcase_add_test(test, dialects);
    tcase_add_test(test, numbers);
    tcase_add_test(test, dates);
    tcase_add_test(test, dates_of_1904);
    tcase_add_test(test, formulas);
    tcase_add_test(test, sheets);
    tcase_add_test(test, corners);
    tcase_add_test(test, disk_full);
    tcase_add_test(test, cancelling);
    tcase_add_test(test, round_trips);
    return test_main(suite);
}
