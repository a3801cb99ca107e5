/* SPDX-License-Identifier: MIT */
/* json_write.c - a workbook as JSON, read back by another parser (jansson). */
#include <jansson.h>

#include "files.h"

static struct book *book;
static struct sheet *sheet;
static struct workfile_options options;

static void begin(void)
{
    files_begin();
    book = new_book();
    sheet = book_add_sheet(book, "One", SIZE_MAX, &problem);
    require(sheet, "%s", problem.text);
    options = (struct workfile_options){.format = WORKFILE_JSON};
}

static void end(void)
{
    book_free(book);
    files_end();
}

static json_t *written(void)
{
    struct file_path path = file_path("out.json");
    json_error_t error;
    int file = open(path.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(file >= 0);
    require(json_write(book, file, &options, &losses, &problem), "%s", problem.text);
    require(close(file) == 0);
    json_t *json = json_load_file(path.text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    require(json, "line %d: %s", error.line, error.text);
    require(strcmp(json_string_value(json_object_get(json, "format")), "steppe-sheet") == 0);
    require_equal(json_integer_value(json_object_get(json, "version")), 1);
    return json;
}

static json_t *sheet_at(json_t *json, size_t place)
{
    return json_array_get(json_object_get(json, "sheets"), place);
}

/* The members of a cell as one line of JSON. */
static void require_cell(json_t *of_sheet, size_t index, const char *expected)
{
    json_t *cell = json_array_get(json_object_get(of_sheet, "cells"), index);
    char *text = json_dumps(cell, JSON_COMPACT | JSON_REAL_PRECISION(17));
    require(text && strcmp(text, expected) == 0, "%s, not %s", text, expected);
    free(text);
}

START_TEST(cells)
{
    type(book, sheet, "A1", "12");
    type(book, sheet, "B1", "=A1*2");
    type(book, sheet, "C1", "TRUE");
    type(book, sheet, "D1", "=1/0");
    type(book, sheet, "E1", "2024-01-31");
    require(
        cell_set_value(book, sheet, at("A2"), value_text("q\"b\\n\nt\t\x01\x7F\xC3\xA4\xFF", 13)));
    require(cell_set_value(book, sheet, at("B2"), value_number(0.1 + 0.2)));
    type(book, sheet, "C2", "{=SUM(A1:B1*2)}");
    type(book, sheet, "D2", "=unknown(1)");
    require(book_recalculate(book, NULL, NULL, &problem));
    json_t *json = written(), *one = sheet_at(json, 0);
    require_equal(json_array_size(json_object_get(one, "cells")), 9);
    require_cell(one, 0, "{\"cell\":\"A1\",\"kind\":\"number\",\"value\":12}");
    require_cell(one, 1,
                 "{\"cell\":\"B1\",\"kind\":\"number\",\"value\":24,\"formula\":\"=A1*2\"}");
    require_cell(one, 2, "{\"cell\":\"C1\",\"kind\":\"boolean\",\"value\":true}");
    require_cell(one, 3,
                 "{\"cell\":\"D1\",\"kind\":\"error\",\"value\":\"#DIV/0!\",\"formula\":\"=1/0\"}");
    require_cell(one, 4,
                 "{\"cell\":\"E1\",\"kind\":\"number\",\"value\":45322,\"format\":\"yyyy-mm-dd\","
                 "\"shown\":\"2024-01-31\"}");
    require_cell(one, 5,
                 "{\"cell\":\"A2\",\"kind\":\"text\",\"value\":"
                 "\"q\\\"b\\\\n\\nt\\t\\u0001\x7F\xC3\xA4\xEF\xBF\xBD\"}");
    require_cell(one, 6, "{\"cell\":\"B2\",\"kind\":\"number\",\"value\":0.30000000000000004}");
    require_cell(one, 7,
                 "{\"cell\":\"C2\",\"kind\":\"number\",\"value\":72,\"formula\":"
                 "\"=SUM(A1:B1*2)\",\"is_array\":true}");
    json_decref(json);
}
END_TEST

START_TEST(sheets)
{
    struct sheet *two = book_add_sheet(book, "Two \"x\"", SIZE_MAX, &problem);
    require(two);
    two->is_hidden = true;
    sheet->frozen = (struct position){2, 1};
    sheet->has_filter = true;
    require(area_parse("A1:C9", &sheet->filter));
    require(sheet_merge(sheet, area_of(at("B2"), at("C3"))));
    struct line_span wide = {.first = 0, .last = 2, .size = 12.5};
    struct line_span hidden = {.first = 4, .last = 4, .is_hidden = true};
    require(line_span_set(&sheet->columns, &wide) && line_span_set(&sheet->rows, &hidden));
    type(book, two, "XFD1048576", "end");
    json_t *json = written(), *one = sheet_at(json, 0), *other = sheet_at(json, 1);
    require_equal(json_array_size(json_object_get(json, "sheets")), 2);
    char *text = json_dumps(one, JSON_COMPACT);
    require(strcmp(text, "{\"name\":\"One\",\"is_hidden\":false,\"frozen_rows\":2,"
                         "\"frozen_columns\":1,\"filter\":\"A1:C9\",\"merges\":[\"B2:C3\"],"
                         "\"columns\":[{\"lines\":\"A:C\",\"width_characters\":12.5,"
                         "\"is_hidden\":false}],\"rows\":[{\"lines\":\"5:5\",\"height_points\":"
                         "null,\"is_hidden\":true}],\"cells\":[]}") == 0,
            "%s", text);
    free(text);
    require(strcmp(json_string_value(json_object_get(other, "name")), "Two \"x\"") == 0);
    require(json_is_true(json_object_get(other, "is_hidden")));
    require(json_is_null(json_object_get(other, "filter")));
    require_cell(other, 0, "{\"cell\":\"XFD1048576\",\"kind\":\"text\",\"value\":\"end\"}");
    json_decref(json);
    options.sheet = "two \"X\"";
    json = written();
    require_equal(json_array_size(json_object_get(json, "sheets")), 1);
    json_decref(json);
    options.sheet = "none";
    require(!json_write(book, STDOUT_FILENO, &options, &losses, &problem));
    require(strstr(problem.text, "no sheet called none"));
}
END_TEST

START_TEST(names)
{
    char *text;
    type(book, sheet, "A1", "=Total");
    json_t *json = written();
    require_equal(json_array_size(json_object_get(json, "names")), 0);
    json_decref(json);
    type(book, sheet, "B7", "=One!$A$1*2");
    formula_id formula = grid_at(sheet->grid, at("B7"))->formula;
    formula_hold(book->formulas, formula);
    require(name_define(book->names, "Total", 5, SHEET_OWN, formula));
    formula_hold(book->formulas, formula);
    require(name_define(book->names, "Own", 3, sheet->id, formula));
    book->is_1904 = true;
    json = written();
    require_equal(json_integer_value(json_object_get(json, "first_year")), 1904);
    text = json_dumps(json_object_get(json, "names"), JSON_COMPACT);
    require(strstr(text, "{\"name\":\"Total\",\"sheet\":null,\"formula\":\"="), "%s", text);
    require(strstr(text, "{\"name\":\"Own\",\"sheet\":\"One\",\"formula\":\"="), "%s", text);
    free(text);
    json_decref(json);
}
END_TEST

static bool stop(void *context, const char *doing, uint64_t done, uint64_t total)
{
    (void)context;
    (void)total;
    return strcmp(doing, "writing") != 0 || done < 20000;
}

START_TEST(failures)
{
    struct progress progress = {.step = stop};
    for (uint32_t row = 0; row < 40000; row++)
        require(cell_set_value(book, sheet, (struct position){row, 0}, value_number(row)));
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full >= 0) {
        require(!json_write(book, full, &options, &losses, &problem));
        require(strstr(problem.text, "No space left"), "%s", problem.text);
        require(close(full) == 0);
    }
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);
    options.progress = &progress;
    require(!json_write(book, file, &options, &losses, &problem));
    require(strstr(problem.text, "cancelled"));
    require(close(file) == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_write");
    TCase *test = test_case(suite, "json_write");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, cells);
    tcase_add_test(test, sheets);
    tcase_add_test(test, names);
    tcase_add_test(test, failures);
    return test_main(suite);
}
