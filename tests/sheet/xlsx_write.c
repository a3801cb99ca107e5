/* SPDX-License-Identifier: MIT */
/* xlsx_write.c - workbooks as XLSX, and what our own reader makes of them; others are asked in
 * compare/. */
#include <math.h>

#include "files.h"
#include "sheet/book/parse.h"
#include "sheet/files/archive.h"
#include "sheet/files/xml.h"
#include "sheet/values/date.h"
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
    options = (struct workfile_options){.format = WORKFILE_XLSX};
}

static void end(void)
{
    book_free(book);
    files_end();
}

static bool count_element(void *context, const char *name, const char *const *attributes)
{
    (void)attributes;
    *(size_t *)context += strcmp(name, "c") == 0;
    return true;
}

static bool pass_end(void *context, const char *name)
{
    (void)context;
    (void)name;
    return true;
}

/* Every part is well-formed; how many cells there are in all. */
static size_t check_parts(const char *path)
{
    size_t cells = 0;
    struct archive *archive = archive_open(path, &problem);
    require(archive, "%s", problem.text);
    for (size_t i = 0; i < archive_count(archive); i++) {
        struct xml_handler handler = {count_element, pass_end, NULL, &cells};
        require(xml_read_archive(archive, archive_name(archive, i), &handler, NULL, "reading",
                                 &problem),
                "%s", problem.text);
    }
    archive_close(archive);
    return cells;
}

/* The caller's to free. */
static char *part_text(const char *path, const char *name)
{
    enum { TEXT_BYTES = 65536 };
    char *text = calloc(1, TEXT_BYTES);
    struct archive *archive = archive_open(path, &problem);
    require(text && archive, "%s", problem.text);
    struct archive_file *file = archive_file_open(archive, name, &problem);
    require(file && archive_file_read(file, text, TEXT_BYTES - 1, &problem) > 0, "%s",
            problem.text);
    archive_close(archive);
    return text;
}

static struct book *written_and_read(void)
{
    struct file_path path = file_path("out.xlsx");
    struct book *copy = new_book();
    (void)unlink(path.text);
    losses = (struct losses){0};
    require(xlsx_write(book, path.text, &options, &losses, &problem), "%s", problem.text);
    (void)check_parts(path.text);
    struct losses read = {0};
    require(xlsx_read(copy, path.text, &options, &read, &problem), "%s", problem.text);
    char *text = losses_text(&read);
    require(strcmp(text, "") == 0, "%s", text);
    free(text);
    return copy;
}

static void require_same_sheet(const struct book *copy, size_t place)
{
    char *expected = values_of(book, book->sheets[place]);
    char *got = values_of(copy, copy->sheets[place]);
    require(strcmp(expected, got) == 0, "%s, not %s", got, expected);
    free(expected);
    free(got);
}

static void require_source(const struct book *copy, size_t place, const char *name,
                           const char *expected)
{
    char *source = cell_source(copy, copy->sheets[place], at(name));
    require(source && strcmp(source, expected) == 0, "%s: %s, not %s", name, source, expected);
    free(source);
}

/* ---- cells ------------------------------------------------------------------------------------
 */

START_TEST(values)
{
    type(book, sheet, "A1", "1");
    type(book, sheet, "C1", "-2.5");
    type(book, sheet, "B2", "text");
    type(book, sheet, "A3", "TRUE");
    type(book, sheet, "B3", "FALSE");
    for (enum value_error error = ERROR_NULL; error <= ERROR_NA; error++)
        require(cell_set_value(book, sheet, (struct position){3, error}, value_error(error)));
    require(cell_set_value(book, sheet, at("A5"), value_number(0.1 + 0.2)));
    require(cell_set_value(book, sheet, at("B5"), value_number(5e-324)));
    require(cell_set_value(book, sheet, at("C5"), value_number(1.7976931348623157e308)));
    require(cell_set_value(book, sheet, at("XFD1048576"), value_number(1.0 / 3)));
    struct book *copy = written_and_read();
    require_same_sheet(copy, 0);
    book_free(copy);
    require_losses("");
}
END_TEST

START_TEST(nothing_at_all)
{
    struct book *copy = written_and_read();
    require_same_sheet(copy, 0);
    require(strcmp(sheet_name(copy, copy->sheets[0]), "One") == 0);
    book_free(copy);
    struct book *none = new_book();
    require(!xlsx_write(none, file_path("none.xlsx").text, &options, &losses, &problem));
    require(strstr(problem.text, "no sheet"));
    book_free(none);
}
END_TEST

START_TEST(odd_texts)
{
    static const char *const texts[] = {
        " ",    "  x  ",        "a\nb",    "\n",       "a\tb",    "\t",      "<&>\"'",       "]]>",
        "ä€😀",  "_x0041_",      "_x0041",  "__x0041_", "_x005F_", "_X0041_", "\x01\x02\x1F", "a\rb",
        "\r\n", "\xEF\xBF\xBF", "\x7F",    "=1+1",     "'quoted", "007",     "TRUE",         "#N/A",
        "{=x}", "&lt;",         "\xC2\x80"};
    for (uint32_t i = 0; i < array_count(texts); i++)
        require(cell_set_value(book, sheet, (struct position){i, 0}, value_string(texts[i])));
    char *longest = malloc(TEXT_BYTES_MAX);
    require(longest);
    memset(longest, '\x01', 4000);
    require(cell_set_value(book, sheet, at("B1"), value_text(longest, 4000)));
    for (size_t i = 0; i < TEXT_CHARACTERS_MAX; i++)
        memcpy(longest + 4 * i, "😀", 4);
    require(cell_set_value(book, sheet, at("B2"), value_text(longest, TEXT_BYTES_MAX)));
    free(longest);
    struct book *copy = written_and_read();
    require_same_sheet(copy, 0);
    book_free(copy);
}
END_TEST

START_TEST(formulas_and_results)
{
    static const char *const cells[][2] = {
        {"A1", "2"},
        {"A2", "=A1*3"},
        {"A3", "=\"a<\"&A1&\" \"\"b\"\"\""},
        {"A4", "=A1>1"},
        {"A5", "=1/0"},
        {"A6", "=NA()"},
        {"A7", "=SUM($A$1:A2,Two!B7,'It''s <3>'!C:C)"},
        {"A8", "{=SUM(A1:A2*2)}"},
        {"A9", "=IF(A1=2,\"\",1)"},
        {"A10", "=0.1+0.2"},
        {"A11", "=XLOOKUP(2,A1:A2,A1:A2)"},
        {"A12", "=unknown(A1)"},
        {"A13", "=Total+1"},
        {"A14", "=IFS(A1>1,TRUE)"},
    };
    struct sheet *two = book_add_sheet(book, "Two", SIZE_MAX, &problem);
    struct sheet *three = book_add_sheet(book, "It's <3>", SIZE_MAX, &problem);
    require(two && three);
    type(book, two, "B7", "100");
    type(book, three, "C9", "1000");
    struct parse_options parsing = {.book = book};
    formula_id formula = parse_and_keep("One!$A$1*10", 11, &parsing, NULL);
    require(formula && name_define(book->names, "Total", 5, SHEET_OWN, formula));
    for (size_t i = 0; i < array_count(cells); i++)
        type(book, sheet, cells[i][0], cells[i][1]);
    require(book_recalculate(book, NULL, NULL, &problem));
    struct book *copy = written_and_read();
    require_equal(copy->sheet_count, 3);
    for (size_t place = 0; place < 3; place++)
        require_same_sheet(copy, place);
    for (size_t i = 0; i < array_count(cells); i++)
        require_source(copy, 0, cells[i][0], cells[i][1]);
    book_free(copy);
    require_losses("");
}
END_TEST

/* A result of a circle is nothing that others know; one that was never computed has none. */
START_TEST(odd_results)
{
    book->is_manual = true;
    type(book, sheet, "A1", "=A2");
    type(book, sheet, "A2", "=A1");
    require(book_recalculate(book, NULL, NULL, &problem));
    type(book, sheet, "B1", "=1+1");
    struct book *copy = written_and_read();
    require(copy->is_manual);
    require_source(copy, 0, "A1", "=A2");
    require_source(copy, 0, "B1", "=1+1");
    require_equal(cell_value(copy, grid_at(copy->sheets[0]->grid, at("A1"))).error, ERROR_REF);
    require(book_recalculate(copy, NULL, NULL, &problem));
    require_equal(cell_value(copy, grid_at(copy->sheets[0]->grid, at("A1"))).error, ERROR_CYCLE);
    require(cell_value(copy, grid_at(copy->sheets[0]->grid, at("B1"))).number == 2);
    book_free(copy);
}
END_TEST

/* ---- looks ------------------------------------------------------------------------------------
 */

static void set_style(const char *name, struct style style, const char *code)
{
    style_id id;
    require(style_keep(book->styles, &style, &id));
    require(style_with_format(book->styles, id, code, &id));
    require(cell_set_style(book, sheet, at(name), id));
}

static void require_style(const struct book *copy, const char *name)
{
    style_id ours = grid_at(sheet->grid, at(name))->style;
    style_id theirs = grid_at(copy->sheets[0]->grid, at(name))->style;
    struct style expected = *style_of(book->styles, ours), got = *style_of(copy->styles, theirs);
    require(strcmp(style_format(book->styles, ours), style_format(copy->styles, theirs)) == 0,
            "%s: %s, not %s", name, style_format(copy->styles, theirs),
            style_format(book->styles, ours));
    require(expected.flags == got.flags && expected.align == got.align && expected.ink == got.ink &&
                expected.paper == got.paper,
            "%s: flags %#x ink %06x paper %06x align %u", name, got.flags, got.ink, got.paper,
            got.align);
}

START_TEST(styles)
{
    static const char *const names[] = {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"};
    set_style("A1", (struct style){.flags = STYLE_BOLD}, "0.00");
    set_style("A2", (struct style){.flags = STYLE_ITALIC | STYLE_UNDERLINE}, "yyyy-mm-dd");
    set_style("A3", (struct style){.flags = STYLE_STRIKE | STYLE_WRAP}, "General");
    set_style("A4", (struct style){.flags = STYLE_HAS_INK, .ink = 0xFF0080},
              "[Red]-0.00;\"x<&>\"@");
    set_style("A5", (struct style){.flags = STYLE_HAS_PAPER, .paper = 0x00FF00}, "#,##0.00 \"€\"");
    set_style("A6",
              (struct style){.flags = STYLE_BOLD | STYLE_HAS_INK | STYLE_HAS_PAPER,
                             .ink = 0x010203,
                             .paper = 0xFFFFFE,
                             .align = ALIGN_CENTER},
              "@");
    set_style("A7", (struct style){.align = ALIGN_RIGHT}, "mm-dd-yy");
    set_style("A8", (struct style){.align = ALIGN_LEFT}, "[h]:mm:ss");
    type(book, sheet, "A1", "1.5");
    type(book, sheet, "B1", "plain");
    struct book *copy = written_and_read();
    for (size_t i = 0; i < array_count(names); i++)
        require_style(copy, names[i]);
    require_style(copy, "B1");
    book_free(copy);
}
END_TEST

START_TEST(many_styles)
{
    for (uint32_t i = 0; i < 3000; i++) {
        style_id id;
        struct style style = {.flags = STYLE_HAS_INK | STYLE_HAS_PAPER,
                              .ink = 1 + i * 5,
                              .paper = 1 + i * 77,
                              .align = (uint8_t)(i % 4)};
        require(style_keep(book->styles, &style, &id));
        require(cell_set_style(book, sheet, (struct position){i, i % 7}, id));
    }
    struct book *copy = written_and_read();
    for (uint32_t i = 0; i < 3000; i++)
        require_style(copy, position_name((struct position){i, i % 7}, 0).text);
    book_free(copy);
}
END_TEST

START_TEST(lines)
{
    style_id style;
    struct style bold = {.flags = STYLE_BOLD};
    require(style_keep(book->styles, &bold, &style));
    struct line_span columns[] = {{0, 2, 12, false, 0},
                                  {5, 5, 0, true, 0},
                                  {6, 9, 30, true, style},
                                  {12, 12, 0.25, false, 0},
                                  {COLUMNS - 1, COLUMNS - 1, 3, false, 0}};
    struct line_span rows[] = {{0, 0, 33, false, 0},
                               {4, 6, 0, true, 0},
                               {8, 8, 20.25, true, style},
                               {10, 10, 1, false, 0},
                               {ROWS - 1, ROWS - 1, 40, false, 0}};
    for (size_t i = 0; i < array_count(columns); i++)
        require(line_span_set(&sheet->columns, &columns[i]) &&
                line_span_set(&sheet->rows, &rows[i]));
    type(book, sheet, "B6", "in a hidden row");
    type(book, sheet, "B8", "between");
    struct book *copy = written_and_read();
    const struct sheet *got = copy->sheets[0];
    require_same_sheet(copy, 0);
    require_equal(got->columns.count, array_count(columns));
    require_equal(got->rows.count, array_count(rows));
    for (size_t i = 0; i < array_count(columns); i++) {
        const struct line_span *span = &got->columns.spans[i];
        require(span->first == columns[i].first && span->last == columns[i].last &&
                    span->is_hidden == columns[i].is_hidden &&
                    (columns[i].size == 0 || fabs(span->size - columns[i].size) < 0.01) &&
                    (span->style != 0) == (columns[i].style != 0),
                "columns %zu: %u-%u %g", i, span->first, span->last, span->size);
        span = &got->rows.spans[i];
        require(span->first == rows[i].first && span->last == rows[i].last &&
                    span->is_hidden == rows[i].is_hidden && span->size == rows[i].size &&
                    (span->style != 0) == (rows[i].style != 0),
                "rows %zu: %u-%u %g", i, span->first, span->last, span->size);
    }
    book_free(copy);
}
END_TEST

/* Formats that have a number are written as it: 14 is a date in the reader's way. */
START_TEST(formats_by_number)
{
    static const struct {
        const char *code, *xml;
    } cases[] = {{"m/d/yyyy", "numFmtId=\"14\""},
                 {"0.00%", "numFmtId=\"10\""},
                 {"mm-dd-yy", "formatCode=\"mm-dd-yy\""}, /* another name of 14 */
                 {"\"$\"#,##0_);(\"$\"#,##0)", "formatCode=\"&quot;$&quot;#,##0_)"},
                 {"0.000", "formatCode=\"0.000\""}};
    for (size_t i = 0; i < array_count(cases); i++) {
        style_id style;
        type(book, sheet, "A1", "1");
        require(style_with_format(book->styles, 0, cases[i].code, &style) &&
                cell_set_style(book, sheet, at("A1"), style));
        struct book *copy = written_and_read();
        require(strcmp(style_format(copy->styles, grid_at(copy->sheets[0]->grid, at("A1"))->style),
                       cases[i].code) == 0);
        book_free(copy);
        char *xml = part_text(file_path("out.xlsx").text, "xl/styles.xml");
        require(strstr(xml, cases[i].xml), "%s", xml);
        require(!strstr(xml, "<numFmts count=\"0\""));
        free(xml);
    }
}
END_TEST

/* Rows that are hidden to the end of the grid are a default: a million of them cost nothing. */
START_TEST(hidden_to_the_end)
{
    struct line_span rows[] = {{2, 2, 20, false, 0}, {4, ROWS - 1, 0, true, 0}};
    for (size_t i = 0; i < array_count(rows); i++)
        require(line_span_set(&sheet->rows, &rows[i]));
    type(book, sheet, "A1", "seen");
    type(book, sheet, "B9", "hidden");
    struct book *copy = written_and_read();
    require_same_sheet(copy, 0);
    const struct line_spans *got = &copy->sheets[0]->rows;
    require_equal(got->count, array_count(rows));
    for (size_t i = 0; i < array_count(rows); i++)
        require(got->spans[i].first == rows[i].first && got->spans[i].last == rows[i].last &&
                got->spans[i].is_hidden == rows[i].is_hidden);
    book_free(copy);
    struct stat facts;
    require(stat(file_path("out.xlsx").text, &facts) == 0 && facts.st_size < 10000, "%ld",
            (long)facts.st_size);
}
END_TEST

/* ---- sheets -----------------------------------------------------------------------------------
 */

START_TEST(sheets)
{
    static const struct position frozen[] = {{1, 0}, {0, 2}, {3, 4}, {0, 0}};
    static const char *const names[] = {"Frozen", "A&B <\"c\">", "Größe €", "It's"};
    for (size_t i = 0; i < array_count(frozen); i++) {
        struct sheet *other = book_add_sheet(book, names[i], SIZE_MAX, &problem);
        require(other, "%s", problem.text);
        other->frozen = frozen[i];
        other->is_hidden = i == 1;
        other->cursor = (struct position){10 + (uint32_t)i, 7};
        other->has_filter = i == 0 || i == 3;
        if (other->has_filter)
            require(area_parse("B2:D20", &other->filter));
    }
    require(sheet_merge(sheet, area_of(at("A1"), at("C2"))));
    require(sheet_merge(sheet, area_of(at("E5"), at("E9"))));
    type(book, sheet, "A1", "merged");
    book->active = 3;
    struct book *copy = written_and_read();
    require_equal(copy->sheet_count, 5);
    require_equal(copy->active, 3);
    for (size_t place = 0; place < 5; place++) {
        const struct sheet *expected = book->sheets[place], *got = copy->sheets[place];
        require(strcmp(sheet_name(book, expected), sheet_name(copy, got)) == 0);
        require(position_is(expected->frozen, got->frozen));
        require(position_is(expected->cursor, got->cursor), "%s",
                position_name(got->cursor, 0).text);
        require_equal(expected->is_hidden, got->is_hidden);
        require_equal(expected->has_filter, got->has_filter);
        require(!got->has_filter || area_cells(got->filter) == 57);
    }
    require_equal(copy->sheets[0]->merge_count, 2);
    require(sheet_merge_at(copy->sheets[0], at("B2")) && sheet_merge_at(copy->sheets[0], at("E9")));
    require_equal(copy->is_1904, false);
    book_free(copy);
}
END_TEST

START_TEST(many_merges_and_columns)
{
    for (uint32_t i = 0; i < 20000; i++)
        require(sheet_merge(sheet, (struct area){{i * 2, 0}, {i * 2, 1}}));
    for (uint32_t i = 0; i < COLUMNS; i++) {
        struct line_span span = {i, i, 5 + i % 9, i % 2 == 0, 0};
        require(line_span_set(&sheet->columns, &span));
    }
    struct book *copy = written_and_read();
    require_equal(copy->sheets[0]->merge_count, 20000);
    require_equal(copy->sheets[0]->columns.count, COLUMNS);
    book_free(copy);
}
END_TEST

START_TEST(names)
{
    static const char *const formulas[] = {"One!$A$1", "SUM(One!$A:$A)*2", "\"<&>\"", "One!A1"};
    struct parse_options parsing = {.book = book};
    type(book, sheet, "A1", "5");
    for (size_t i = 0; i < array_count(formulas); i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "Name.%zu", i);
        formula_id formula = parse_and_keep(formulas[i], strlen(formulas[i]), &parsing, NULL);
        require(formula);
        name_id id =
            name_define(book->names, name, strlen(name), i == 1 ? sheet->id : SHEET_OWN, formula);
        require(id);
        name_hide(book->names, id, i == 2);
    }
    type(book, sheet, "B1", "=Name.0+Name.1");
    require(book_recalculate(book, NULL, NULL, &problem));
    struct book *copy = written_and_read();
    require_same_sheet(copy, 0);
    require(name_find(copy->names, "name.0", 6, SHEET_OWN));
    require(name_find(copy->names, "name.1", 6, copy->sheets[0]->id));
    require(!name_find(copy->names, "name.1", 6, SHEET_OWN));
    name_id hidden = name_find(copy->names, "name.2", 6, SHEET_OWN);
    require(hidden && name_of(copy->names, hidden)->is_hidden);
    require(book_recalculate(copy, NULL, NULL, &problem));
    require_same_sheet(copy, 0);
    book_free(copy);
}
END_TEST

START_TEST(dates_of_1904)
{
    book->is_1904 = true;
    type(book, sheet, "A1", "2024-01-31");
    struct book *copy = written_and_read();
    require(copy->is_1904);
    require_same_sheet(copy, 0);
    struct formatted shown;
    cell_show(copy, copy->sheets[0], at("A1"), 0, &shown);
    require(strcmp(shown.text, "2024-01-31") == 0, "%s", shown.text);
    book_free(copy);
}
END_TEST

/* ---- sizes ------------------------------------------------------------------------------------
 */

START_TEST(large)
{
    const uint32_t rows = is_slow() ? 2000 : 30000;
    uint64_t seed = 3;
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 0; column < 10; column++)
            require(cell_set_value(book, sheet, (struct position){row, column},
                                   value_number((double)random_below(&seed, 1000000) / 100)));
    for (unsigned i = 0; i < 2000; i++)
        require(cell_set_value(book, sheet,
                               (struct position){(uint32_t)random_below(&seed, ROWS),
                                                 (uint32_t)random_below(&seed, COLUMNS)},
                               value_string("far away")));
    struct book *copy = written_and_read();
    require_same_sheet(copy, 0);
    require_equal(check_parts(file_path("out.xlsx").text), grid_count(sheet->grid, area_of_all()));
    book_free(copy);
    /* The same workbook is the same file. */
    struct file_path again = file_path("again.xlsx");
    require(xlsx_write(book, again.text, &options, &losses, &problem));
    size_t first_bytes, second_bytes;
    char *first = take_file(file_path("out.xlsx").text, &first_bytes);
    char *second = take_file(again.text, &second_bytes);
    require(first_bytes == second_bytes && memcmp(first, second, first_bytes) == 0);
    free(first);
    free(second);
}
END_TEST

START_TEST(long_formulas)
{
    char *text = malloc(30000);
    require(text);
    size_t used = 0;
    text[used++] = '=';
    for (unsigned i = 0; i < 500; i++)
        used += (size_t)sprintf(text + used, "%sB1", i ? "+" : "");
    type(book, sheet, "A1", text);
    struct sheet *other = book_add_sheet(book, "A sheet with quite a long name", 0, &problem);
    require(other);
    type(book, sheet, "A2", "=B1");
    struct parse_options parsing = {.book = book, .sheet = other->id};
    used = 0;
    for (unsigned i = 0; i < 500; i++)
        used += (size_t)sprintf(text + used, "%sOne!B1", i ? "+" : "");
    formula_id formula = parse_and_keep(text, used, &parsing, NULL);
    require(formula);
    require(cell_set_formula(book, other, at("A1"), formula, &(struct value){0}));
    require(book_rename_sheet(book, sheet, "Quite another name, and long", &problem));
    formula_drop(book->formulas, formula);
    free(text);
    struct book *copy = written_and_read();
    require_losses("1 formula of more than 8,192 characters (their values are kept) (A1)");
    book_free(copy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xlsx_write");
    TCase *test = test_case(suite, "xlsx_write");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, values);
    tcase_add_test(test, nothing_at_all);
    tcase_add_test(test, odd_texts);
    tcase_add_test(test, formulas_and_results);
    tcase_add_test(test, odd_results);
    tcase_add_test(test, styles);
    tcase_add_test(test, many_styles);
    tcase_add_test(test, lines);
    tcase_add_test(test, hidden_to_the_end);
    tcase_add_test(test, formats_by_number);
    tcase_add_test(test, sheets);
    tcase_add_test(test, many_merges_and_columns);
    tcase_add_test(test, names);
    tcase_add_test(test, dates_of_1904);
    tcase_add_test(test, large);
    tcase_add_test(test, long_formulas);
    return test_main(suite);
}
