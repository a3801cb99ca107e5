/* SPDX-License-Identifier: MIT */
/* report.c - the page of a capture as text: what is escaped, and what happens to errors. */
#include "map/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "support.h"

static const char data_begins[] = "<script type=\"application/json\" id=\"data\">";
static const char data_ends[] = "</script>";

static char *page_of(const char *json, size_t json_bytes)
{
    char *page = NULL;
    size_t page_bytes = 0;
    FILE *out = open_memstream(&page, &page_bytes);
    require(out);
    require(report_write(out, json, json_bytes));
    require(fclose(out) == 0);
    require(page && strlen(page) == page_bytes);
    return page;
}

/* The data as it stands in the page, up to the first thing that ends it for a browser. */
static char *data_of(const char *json, size_t json_bytes)
{
    char *page = page_of(json, json_bytes);
    char *begin = strstr(page, data_begins);
    require(begin);
    begin += strlen(data_begins);
    char *end = strstr(begin, data_ends);
    require(end);
    char *data = strndup(begin, (size_t)(end - begin));
    require(data);
    free(page);
    return data;
}

static void require_data(const char *json, size_t json_bytes, const char *expected)
{
    char *data = data_of(json, json_bytes);
    ck_assert_str_eq(data, expected);
    free(data);
}

#define require_becomes(json, expected) require_data((json), sizeof(json) - 1, (expected))

START_TEST(plain_text_stays)
{
    require_becomes("", "");
    require_becomes("{\"format\":\"steppe-map\"}", "{\"format\":\"steppe-map\"}");
    require_becomes("\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 &amp; > ' \\u003c\"",
                    "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 &amp; > ' \\u003c\"");
}
END_TEST

START_TEST(nothing_ends_the_element)
{
    require_becomes("\"</script><script>alert(1)</script>\"",
                    "\"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>\"");
    require_becomes("\"</SCRIPT \"", "\"\\u003c/SCRIPT \"");
    require_becomes("\"<!-- <script>\"", "\"\\u003c!-- \\u003cscript>\"");
    require_becomes("<", "\\u003c");
}
END_TEST

START_TEST(line_ends_of_javascript)
{
    require_becomes("\xe2\x80\xa8", "\\u2028");
    require_becomes("a\xe2\x80\xa9z", "a\\u2029z");
    require_becomes("\xe2\x80\xa7", "\xe2\x80\xa7");
}
END_TEST

#define BROKEN "\xef\xbf\xbd"

START_TEST(broken_utf8)
{
    require_becomes("\xff", BROKEN);
    require_becomes("a\x80z", "a" BROKEN "z");
    require_becomes("\xc3", BROKEN);
    require_becomes("\xc3<", BROKEN "\\u003c");
    require_becomes("\xe2\x82", BROKEN BROKEN);
    require_becomes("\xc0\xbc", BROKEN BROKEN);            /* "<", overlong */
    require_becomes("\xe0\x80\xbc", BROKEN BROKEN BROKEN); /* and longer */
    require_becomes("\xed\xa0\x80", BROKEN BROKEN BROKEN); /* a surrogate */
    require_becomes("\xf0\x8f\xbf\xbf", BROKEN BROKEN BROKEN BROKEN);
    require_becomes("\xf4\x90\x80\x80", BROKEN BROKEN BROKEN BROKEN); /* beyond U+10FFFF */
    require_becomes("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
    require_becomes("a\0z", "a" BROKEN "z");
}
END_TEST

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Whatever the bytes are: no "<", and bytes above ASCII only as lead and continuations. */
START_TEST(whatever_the_bytes)
{
    uint64_t random = (uint64_t)_i + 1;
    char json[512];
    for (size_t i = 0; i < sizeof json; i++)
        json[i] = (char)(random_below(&random, 3) ? 0x80 + random_below(&random, 128)
                                                  : random_below(&random, 128));
    char *data = data_of(json, sizeof json);
    require(!strchr(data, '<'));
    for (const char *at = data; *at;) {
        size_t length = 1;
        require(!is_continuation(*at));
        while (is_continuation(at[length]))
            length++;
        require(length <= 4 && ((unsigned char)*at < 0x80) == (length == 1));
        at += length;
    }
    free(data);
}
END_TEST

START_TEST(a_page_around_it)
{
    char *page = page_of("{}", 2);
    require(strncmp(page, "<!doctype html>\n", 16) == 0);
    require(strstr(page, "default-src 'none'; script-src 'sha256-"));
    require(!strstr(page, "@POLICY@") && !strstr(page, "@STYLE@") && !strstr(page, "@SCRIPT@"));
    require(!strstr(page, "src=\"") && !strstr(page, "href=\"http"));
    const char *end = strstr(page, "</html>\n");
    require(end && !end[8]);
    free(page);
}
END_TEST

START_TEST(a_full_disk)
{
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip_test("no /dev/full");
    errno = 0;
    require(!report_write(full, "{}", 2));
    require_equal(errno, ENOSPC);
    (void)fclose(full); /* says ENOSPC again */
}
END_TEST

START_TEST(an_error_from_before)
{
    FILE *out = fopen("/dev/null", "r");
    require(out);
    require(!report_write(out, "{}", 2));
    require(errno != 0);
    require(fclose(out) == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *text = test_case(suite, "text");
    tcase_add_test(text, plain_text_stays);
    tcase_add_test(text, nothing_ends_the_element);
    tcase_add_test(text, line_ends_of_javascript);
    tcase_add_test(text, broken_utf8);
    tcase_add_loop_test(text, whatever_the_bytes, 0, 50);
    tcase_add_test(text, a_page_around_it);
    TCase *errors = test_case(suite, "errors");
    tcase_add_test(errors, a_full_disk);
    tcase_add_test(errors, an_error_from_before);
    return test_main(suite);
}
