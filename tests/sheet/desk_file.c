/* SPDX-License-Identifier: MIT */
/* desk_file.c - opening and saving on the screen, without a terminal. */
#include "sheet/desk/desk_file.h"

#include <locale.h>

#include "files.h"

static struct desk *desk;

static void begin(void)
{
    files_begin();
    require(setlocale(LC_CTYPE, "C.UTF-8"));
    struct book *book = desk_file_new_book(STEPPE_NO_LIMIT, &problem);
    require(book, "%s", problem.text);
    desk = desk_new(book, NULL);
    require(desk);
    desk->is_journaled = true;
}

static void end(void)
{
    desk_free(desk);
    files_end();
}

static void require_text(struct file_path path, const char *expected)
{
    char *text = take_file(path.text, NULL);
    require(strcmp(text, expected) == 0, "%s, not %s", text, expected);
    free(text);
}

static void edit(const char *line)
{
    require(edit_line(desk->edit, line, "table", NULL, &problem), "%s", problem.text);
}

/* To be written as it was read, but for what was changed; elsewhere with commas, and UTF-8. */
START_TEST(a_table_stays_as_it_was)
{
    static const char before[] = "\xEF\xBB\xBF"
                                 "a;12.50;\r\nb;5%;\r\n";
    struct file_path path = put_file("table.csv", before, sizeof before - 1);
    require(desk_file_open(desk, path.text, &problem), "%s", problem.text);
    edit("type A2 c");
    desk_file_save(desk);
    require_text(path, "\xEF\xBB\xBF"
                       "a;12.50;\r\nc;5%;\r\n");
    struct file_path other = file_path("other.csv");
    desk_file_save_as(desk, other.text);
    require_text(other, "a,12.50\nc,5%\n");
    edit("type A2 d");
    desk_file_save(desk);
    require_text(other, "a,12.50\nd,5%\n");
}
END_TEST

/* Once it was saved under another name it is that table. */
START_TEST(another_name)
{
    struct file_path path = put_file("table.csv", "a;1\nb;2\n", 8), other = file_path("other.csv");
    desk->file.csv.encoding = CSV_LATIN1; /* as --encoding says, of what is read */
    require(desk_file_open(desk, path.text, &problem), "%s", problem.text);
    edit("type A2 \xE2\x86\x92");
    desk_file_save_as(desk, other.text);
    require_text(other, "a,1\n\xE2\x86\x92,2\n");
    edit("type B2 3");
    desk_file_save(desk);
    require_text(other, "a,1\n\xE2\x86\x92,3\n");
    require_text(path, "a;1\nb;2\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("desk_file");
    TCase *test = test_case(suite, "desk_file");
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, a_table_stays_as_it_was);
    tcase_add_test(test, another_name);
    return test_main(suite);
}
