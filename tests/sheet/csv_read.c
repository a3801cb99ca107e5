/* SPDX-License-Identifier: MIT */
/* csv_read.c - text with separators: what it is taken for, and what is said of the rest. */
#include "files.h"
#include "sheet/files/csv_guess.h"
#include "sheet/files/csv_input.h"
#include "sheet/values/number_format.h"

static struct workfile_options plain = {.csv = {.header = CSV_HEADER_NO}};

static struct book *read_bytes(const void *bytes, size_t count,
                               const struct workfile_options *options)
{
    struct book *book = new_book();
    struct file_path path = put_file("table.csv", bytes, count);
    losses = (struct losses){0};
    require(csv_read(book, path.text, options, &losses, &problem), "%s", problem.text);
    return book;
}

/* A file's text, and what is in its sheet. */
static void check(const char *text, const struct workfile_options *options, const char *values)
{
    struct book *book = read_bytes(text, strlen(text), options);
    require_values(book, book->sheets[0], values);
    book_free(book);
}

/* ---- fields and lines -------------------------------------------------------------------------
 */

START_TEST(fields)
{
    check("", &plain, "");
    check("\n", &plain, "");
    check("1", &plain, "A1=1");
    check("a,b\nc,d\n", &plain, "A1='a' B1='b' A2='c' B2='d'");
    check("a,b\r\nc,d\r\n", &plain, "A1='a' B1='b' A2='c' B2='d'");
    check("a,b\rc,d", &plain, "A1='a' B1='b' A2='c' B2='d'");
    check("a,,c\n,,\n,x", &plain, "A1='a' C1='c' B3='x'");
    check("a\n\n\r\n\r\nb\n", &plain, "A1='a' A5='b'");
    check("a\r\r\nb", &plain, "A1='a' A3='b'");
    check(" a , b\t,c ", &plain, "A1=' a ' B1=' b\t' C1='c '");
    check("\"a,b\",\"c\"\"d\",\"e\nf\"\n", &plain, "A1='a,b' B1='c\"d' C1='e\nf'");
    check("a \"b\" c,5\" x", &plain, "A1='a \"b\" c' B1='5\" x'");
    check("\"a\",\"\",b\n\"\",\"\",\"\"", &plain, "A1='a' C1='b'");
}
END_TEST

START_TEST(field_values)
{
    check("12,1.5,-3,007,1e5,2E+05,TRUE,#N/A,+5,'12", &plain,
          "A1=12 B1=1.5 C1=-3 D1='007' E1='1e5' F1=200000 G1=TRUE H1=#N/A I1='+5' J1=''12'");
    check("1234567890123456,0.1,1/2,1.2.2024", &plain,
          "A1='1234567890123456' B1=0.1 C1='1/2' D1='1.2.2024'");
    struct book *book = read_bytes("2024-01-31,12:30,12%,2024-01-31 06:00:00", 40, &plain);
    require_values(book, book->sheets[0], "A1=45322 B1=0.5208333333333334 C1=0.12 D1=45322.25");
    struct formatted shown;
    cell_show(book, book->sheets[0], at("A1"), 0, &shown);
    require(strcmp(shown.text, "2024-01-31") == 0, "%s", shown.text);
    cell_show(book, book->sheets[0], at("C1"), 0, &shown);
    require(strcmp(shown.text, "12%") == 0, "%s", shown.text);
    book_free(book);
    struct workfile_options text = plain;
    text.csv.all_text = true;
    check("12,2024-01-31,TRUE,\"3\"", &text, "A1='12' B1='2024-01-31' C1='TRUE' D1='3'");
}
END_TEST

START_TEST(formulas)
{
    struct workfile_options options = plain;
    options.csv.formulas = true;
    check("1,=A1+1", &plain, "A1=1 B1='=A1+1'");
    struct book *book = read_bytes("1,=A1+1,=,=1+", 13, &options);
    require(book_recalculate(book, NULL, NULL, &problem), "%s", problem.text);
    require_values(book, book->sheets[0], "A1=1 B1=2 C1='=' D1='=1+'");
    require_losses("1 formula that cannot be read (kept as text) (D1)");
    book_free(book);
}
END_TEST

/* ---- separators and quotes --------------------------------------------------------------------
 */

START_TEST(separators)
{
    static const struct {
        const char *text;
        char separator;
    } cases[] = {
        {"a;b\n1;2\n", ';'},
        {"a\tb\n1\t2\n", '\t'},
        {"a|b|c\n1|2|3\n", '|'},
        {"a,b\n1,2\n", ','},
        {"1,5;2,5\n3,5;4,5\n", ';'}, /* decimal commas */
        {"name;amount\nx;1,50\ny;2,00\n", ';'},
        {"a,b\nx;y,1\nz,2\n", ','},
        {"a,\"x;y;z\"\nb,\"p;q;r\"\n", ','}, /* in quotes they do not count */
        {"one column\nof text\n", ','},
        {"Dear Sir, or\nMadam,\nhow, do; you do\n", ','},
        {"a;b,c,d", ','},
        {"a,b;c;d", ';'},
        {"", ','},
        {"\n\n\n", ','},
        {"a b,c\nd e,f\n\n\n", ','},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        struct csv_dialect dialect = csv_guess(cases[i].text, strlen(cases[i].text), true, 0, 0);
        require(dialect.separator == cases[i].separator, "%s: '%c'", cases[i].text,
                dialect.separator);
        require(dialect.quote == '"' && dialect.skip_bytes == 0, "%s", cases[i].text);
        dialect = csv_guess(cases[i].text, strlen(cases[i].text), true, ':', '~');
        require(dialect.separator == ':' && dialect.quote == '~');
    }
    check("sep=;\r\na;b,c\n", &plain, "A1='a' B1='b,c'");
    check("SEP=|\na|b\n", &plain, "A1='a' B1='b'");
    check("'a,b','c'\n'it''s',d\n", &plain, "A1='a,b' B1='c' A2='it's' B2='d'");
    check("'tis,x\n'a',y\n'b',z\n", &plain, "A1=''tis' B1='x' A2=''a'' B2='y' A3=''b'' B3='z'");
    struct workfile_options tabs = plain;
    tabs.format = WORKFILE_TSV;
    check("a,b\tc,d\n1,2\t3,4\n", &tabs, "A1='a,b' B1='c,d' A2='1,2' B2='3,4'");
    tabs.csv.separator = ',';
    check("a,b\tc\n", &tabs, "A1='a' B1='b\tc'");
}
END_TEST

/* The last line of a sample is cut off and does not count. */
START_TEST(cut_samples)
{
    static const char text[] = "a;b\nc;d\ne,f,g,h";
    require_equal(csv_guess(text, sizeof text - 1, false, 0, 0).separator, ';');
    require_equal(csv_guess("\"a;b;c\nd;e", 10, false, 0, 0).separator, ',');
}
END_TEST

/* ---- encodings --------------------------------------------------------------------------------
 */

static void check_bytes(const char *bytes, size_t count, enum csv_encoding encoding,
                        const char *values, const char *lost)
{
    struct workfile_options options = plain;
    options.csv.encoding = encoding;
    struct book *book = read_bytes(bytes, count, &options);
    require_values(book, book->sheets[0], values);
    require_losses(lost);
    book_free(book);
}
#define check_encoded(bytes, ...) check_bytes(bytes, sizeof bytes - 1, __VA_ARGS__)

START_TEST(encodings)
{
    enum csv_encoding guess = CSV_ENCODING_GUESS;
    check_encoded("\xEF\xBB\xBF"
                  "12,\xC3\xA4",
                  guess, "A1=12 B1='ä'", "");
    check_encoded("x,\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", guess, "A1='x' B1='ä€😀'", "");
    check_encoded("x,\xE4\x80\x99", guess, "A1='x' B1='䀙'", "");
    check_encoded("x,\xE4,\x80\x99", guess, "A1='x' B1='ä' C1='€™'", "");
    check_encoded("x,\x81\xFF", guess, "A1='x' B1='\xC2\x81ÿ'", "");
    check_encoded("\xFF\xFE"
                  "1\0,\0\xE4\0\n\0\x3D\xD8\x00\xDE",
                  guess, "A1=1 B1='ä' A2='😀'", "");
    check_encoded("\xFE\xFF\0"
                  "1\0,\0\xE4",
                  guess, "A1=1 B1='ä'", "");
    check_encoded("a\0,\0b\0\n\0", guess, "A1='a' B1='b'", "");
    check_encoded("\0a\0,\0b\0\n", guess, "A1='a' B1='b'", "");
    check_encoded("x,\xC3\xA4", CSV_LATIN1, "A1='x' B1='Ã¤'", "");
    check_encoded("x,\x80", CSV_LATIN1, "A1='x' B1='\xC2\x80'", "");
    check_encoded("x,\x80", CSV_WINDOWS, "A1='x' B1='€'", "");
    check_encoded("a\0,\0b\0", CSV_UTF16, "A1='a' B1='b'", "");
    /* Broken ones. */
    check_encoded("\xEF\xBB\xBFx,\xE4,\xC3", guess, "A1='x' B1='\uFFFD' C1='\uFFFD'",
                  "2 characters that cannot be read in this encoding");
    check_encoded("x,\xED\xA0\x80y", CSV_UTF8, "A1='x' B1='\uFFFD\uFFFD\uFFFDy'",
                  "3 characters that cannot be read in this encoding");
    check_encoded("x,a\0b", guess, "A1='x' B1='a\uFFFDb'",
                  "1 character that cannot be read in this encoding");
    check_encoded("\xFF\xFE\0\xDC"
                  "a\0\0\xD8"
                  "b\0c",
                  guess, "A1='\uFFFDa\uFFFDb\uFFFD'",
                  "3 characters that cannot be read in this encoding");
    check_encoded("\xFF\xFE", guess, "", "");
    check_encoded("\xFF", guess, "A1='ÿ'", "");
}
END_TEST

/* Characters that lie across the end of a piece, and bytes beyond ASCII that come late. */
START_TEST(pieces)
{
    enum { LENGTH = 70000 };
    static char text[LENGTH * 3];
    static const char *const characters[] = {"ä", "€", "😀"};
    for (size_t shift = 0; shift < 4; shift++)
        for (size_t which = 0; which < array_count(characters); which++) {
            size_t used = 0, bytes = strlen(characters[which]), count = 0;
            while (used < shift)
                text[used++] = '\n';
            for (; used < LENGTH; used += bytes) {
                memcpy(text + used, characters[which], bytes);
                text[used + bytes] = '\n';
                used++;
                count++;
            }
            struct book *book = read_bytes(text, used, &plain);
            require_losses("");
            require_equal(grid_count(book->sheets[0]->grid, area_of_all()), count);
            struct value last =
                cell_value(book, grid_at(book->sheets[0]->grid,
                                         (struct position){.row = (uint32_t)(count + shift - 1)}));
            require(last.kind == VALUE_TEXT && last.text_bytes == bytes &&
                    memcmp(last.text, characters[which], bytes) == 0);
            book_free(book);
        }
    memset(text, 'x', LENGTH);
    for (size_t i = 100; i < LENGTH; i += 100)
        text[i] = '\n';
    memcpy(text + LENGTH, "\n\xE4", 2);
    struct book *book = read_bytes(text, LENGTH + 2, &plain);
    require_losses("");
    struct area extent;
    require(grid_extent(book->sheets[0]->grid, &extent));
    struct value last = cell_value(book, grid_at(book->sheets[0]->grid, extent.last));
    require(last.text_bytes == 2 && memcmp(last.text, "ä", 2) == 0);
    book_free(book);
}
END_TEST

/* ---- titles -----------------------------------------------------------------------------------
 */

static bool has_titles(const char *text, struct csv_options csv)
{
    struct workfile_options options = {.csv = csv};
    struct book *book = read_bytes(text, strlen(text), &options);
    const struct sheet *sheet = book->sheets[0];
    bool is_frozen = sheet->frozen.row == 1 && sheet->frozen.column == 0;
    style_id style = grid_at(sheet->grid, (struct position){0, 0})->style;
    require_equal((style_of(book->styles, style)->flags & STYLE_BOLD) != 0, is_frozen);
    book_free(book);
    return is_frozen;
}

START_TEST(titles)
{
    struct csv_options guess = {0};
    require(has_titles("name,age\nAnn,5\nBob,6\n", guess));
    require(has_titles("day\n2024-01-01\n2024-01-02\n", guess));
    require(has_titles("a,b\n1,\n,2\n3,4\n", guess));
    require(!has_titles("name,age\nAnn,old\nBob,young\n", guess));
    require(!has_titles("1,2\n3,4\n", guess));
    require(!has_titles("a,a\n1,2\n", guess));
    require(!has_titles("name,5\nAnn,5\n", guess));
    require(!has_titles("\na,b\n1,2\n", guess));
    require(!has_titles("a,b\n", guess));
    require(!has_titles("", guess));
    require(has_titles("a,b\n1,2\n", (struct csv_options){.all_text = true}));
    require(has_titles("1,2\n3,4\n", (struct csv_options){.header = CSV_HEADER_YES}));
    require(!has_titles("a,b\n1,2\n", (struct csv_options){.header = CSV_HEADER_NO}));
}
END_TEST

/* ---- too much, and too bad --------------------------------------------------------------------
 */

START_TEST(beyond_the_grid)
{
    char *text = malloc(COLUMNS * 2 + 100);
    require(text);
    memset(text, ',', COLUMNS + 10);
    text[0] = 'x';
    memcpy(text + COLUMNS, "end,beyond,,more\n1,2", 20);
    struct workfile_options options = plain;
    options.csv.separator = ',';
    struct book *book = read_bytes(text, COLUMNS + 20, &options);
    require_values(book, book->sheets[0], "A1='x' XFD1='end' A2=1 B2=2");
    require_losses("2 fields beyond column XFD, the last");
    book_free(book);
    free(text);
    text = malloc(ROWS + 100);
    require(text);
    memset(text, '\n', ROWS + 100);
    text[0] = 'a';
    memcpy(text + ROWS, "z\nbeyond\n\nthis\n", 15);
    book = read_bytes(text, ROWS + 15, &options);
    require_values(book, book->sheets[0], "A1='a' A1048576='z'");
    require_losses("2 lines beyond row 1,048,576, the last");
    book_free(book);
    free(text);
}
END_TEST

START_TEST(long_texts)
{
    enum { LENGTH = 40000 };
    char *text = malloc(LENGTH * 2 + 10);
    require(text);
    memset(text, 'x', LENGTH);
    struct book *book = read_bytes(text, LENGTH, &plain);
    struct value value = cell_value(book, grid_at(book->sheets[0]->grid, at("A1")));
    require_equal(value.text_bytes, TEXT_CHARACTERS_MAX);
    require_losses("1 text of more than 32,767 characters (cut) (A1)");
    book_free(book);
    for (size_t i = 0; i < LENGTH; i++)
        memcpy(text + 2 * i, "ä", 2);
    book = read_bytes(text, 2 * TEXT_CHARACTERS_MAX, &plain);
    require_losses("");
    book_free(book);
    book = read_bytes(text, 2 * TEXT_CHARACTERS_MAX + 2, &plain);
    value = cell_value(book, grid_at(book->sheets[0]->grid, at("A1")));
    require_equal(value.text_bytes, 2 * TEXT_CHARACTERS_MAX);
    require_losses("1 text of more than 32,767 characters (cut) (A1)");
    book_free(book);
    free(text);
}
END_TEST

static bool fails(const char *name, const void *bytes, size_t count,
                  const struct workfile_options *options, const char *says)
{
    struct book *book = new_book();
    struct file_path path = put_file(name, bytes, count);
    bool is_read = csv_read(book, path.text, options, &losses, &problem);
    book_free(book);
    require(is_read || strstr(problem.text, says), "%s", problem.text);
    return !is_read;
}

START_TEST(open_quotes)
{
    struct book *book = read_bytes("a,\"b\nc,d\n", 9, &plain);
    require_values(book, book->sheets[0], "A1='a' B1='b\nc,d\n'");
    require_losses("1 unclosed quote (B1)");
    book_free(book);
    book = read_bytes("a,\"b\"", 5, &plain);
    require_values(book, book->sheets[0], "A1='a' B1='b'");
    require_losses("");
    book_free(book);
    size_t count = (size_t)20 << 20;
    char *text = malloc(count);
    require(text);
    memset(text, 'x', count);
    text[0] = '"';
    require(fails("open.csv", text, count, &plain, "line 1: a field has more than 16 MiB"));
    free(text);
}
END_TEST

static bool stop_at_once(void *context, const char *doing, uint64_t done, uint64_t total)
{
    unsigned *calls = context;
    require(strcmp(doing, "reading") == 0 && done > 0 && done <= total);
    return ++*calls < 3;
}

START_TEST(cancelling)
{
    unsigned calls = 0;
    struct progress progress = {.step = stop_at_once, .context = &calls};
    struct workfile_options options = {.progress = &progress};
    size_t count = 1 << 20;
    char *text = malloc(count);
    require(text);
    for (size_t i = 0; i < count; i++)
        text[i] = i % 10 == 9 ? '\n' : '7';
    require(fails("long.csv", text, count, &options, "cancelled"));
    require_equal(calls, 3);
    free(text);
}
END_TEST

START_TEST(refusals)
{
    struct book *book;
    size_t count = 3 << 20;
    char *text = malloc(count);
    require(text);
    for (size_t i = 0; i < count; i++)
        text[i] = (char)(i % 8 == 7 ? '\n' : 'a' + i * 2654435761 / 977 % 26);
    struct file_path path = put_file("big.csv", text, count);
    unsigned refused = 0;
    for (uint64_t limit_bytes = 1 << 20;; limit_bytes += 1 << 20) {
        book = book_new(limit_bytes, &problem);
        require(book, "%s", problem.text);
        bool is_read = csv_read(book, path.text, &plain, &losses, &problem);
        require(is_read || strstr(problem.text, "the limit on memory"), "%s", problem.text);
        refused += !is_read;
        book_free(book);
        if (is_read)
            break;
    }
    require(refused >= 2);
    free(text);
    book = new_book();
    require(!csv_read(book, file_path("missing.csv").text, &plain, &losses, &problem));
    require(strstr(problem.text, "missing.csv cannot be read: No such file"));
    book_free(book);
    book = new_book();
    require(!csv_read(book, files_folder, &plain, &losses, &problem));
    require(strstr(problem.text, "directory"), "%s", problem.text);
    book_free(book);
}
END_TEST

/* Whatever is in a file: it is read, or something is said. */
START_TEST(noise)
{
    static const char alphabet[] = "\",;\t|\n\r'=a1.0-\xC3\xA4\xFF\x80";
    uint64_t seed = 7;
    for (unsigned round = 0; round < 600; round++) {
        char text[200];
        size_t count = random_below(&seed, sizeof text);
        for (size_t i = 0; i < count; i++)
            text[i] = random_below(&seed, 20) == 0
                          ? (char)random_next(&seed)
                          : alphabet[random_below(&seed, sizeof alphabet - 1)];
        struct workfile_options options = {.csv = {.formulas = round % 2 == 0}};
        struct book *book = read_bytes(text, count, &options);
        if (round % 16 == 0) /* it looks at every bit of an empty grid, too */
            require(text_is_valid(book->texts) && grid_is_valid(book->sheets[0]->grid));
        book_free(book);
    }
}
END_TEST

/* ---- names, and standard input ----------------------------------------------------------------
 */

static void check_name(const char *file_name, const char *sheet_name_wanted)
{
    struct book *book = new_book();
    struct file_path path = put_file(file_name, "1", 1);
    require(csv_read(book, path.text, &plain, &losses, &problem), "%s", problem.text);
    require(strcmp(sheet_name(book, book->sheets[0]), sheet_name_wanted) == 0, "%s",
            sheet_name(book, book->sheets[0]));
    book_free(book);
}

START_TEST(sheet_names)
{
    check_name("table.csv", "table");
    check_name("a.b.csv", "a.b");
    check_name("plain", "plain");
    check_name(".csv", ".csv");
    check_name("[odd].csv", "Sheet1");
    check_name("'quoted'.csv", "Sheet1");
    check_name("1234567890123456789012345678901234567890.csv", "1234567890123456789012345678901");
}
END_TEST

START_TEST(standard_input)
{
    int ends[2], kept = dup(STDIN_FILENO);
    require(pipe(ends) == 0 && write(ends[1], "a;b\n1;2\n", 8) == 8 && close(ends[1]) == 0);
    require(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO && close(ends[0]) == 0);
    struct book *book = new_book();
    require(csv_read(book, "-", &plain, &losses, &problem), "%s", problem.text);
    require_values(book, book->sheets[0], "A1='a' B1='b' A2=1 B2=2");
    require(strcmp(sheet_name(book, book->sheets[0]), "Sheet1") == 0);
    book_free(book);
    require(dup2(kept, STDIN_FILENO) == STDIN_FILENO && close(kept) == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv_read");
    TCase *test = test_case(suite, "csv_read");
    tcase_add_checked_fixture(test, files_begin, files_end);
    tcase_add_test(test, fields);
    tcase_add_test(test, field_values);
    tcase_add_test(test, formulas);
    tcase_add_test(test, separators);
    tcase_add_test(test, cut_samples);
    tcase_add_test(test, encodings);
    tcase_add_test(test, pieces);
    tcase_add_test(test, titles);
    tcase_add_test(test, beyond_the_grid);
    tcase_add_test(test, long_texts);
    tcase_add_test(test, open_quotes);
    tcase_add_test(test, cancelling);
    tcase_add_test(test, refusals);
    tcase_add_test(test, noise);
    tcase_add_test(test, sheet_names);
    tcase_add_test(test, standard_input);
    return test_main(suite);
}
