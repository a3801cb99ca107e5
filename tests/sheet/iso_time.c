/* SPDX-License-Identifier: MIT */
/* iso_time.c - dates and durations of ISO 8601, and text put together: what files are made of. */
#include "sheet/values/iso_time.h"

#include <string.h>

#include "sheet/book/gather.h"
#include "support.h"

START_TEST(times)
{
    static const struct {
        const char *text;
        double days;
    } cases[] = {{"1899-12-30", 0},
                 {"1899-12-29", -1},
                 {"1900-03-01", 61},
                 {"2024-02-29", 45351},
                 {"9999-12-31", 2958465},
                 {"-0001-01-01", -694324},
                 {"2024-01-31T12:00:00", 45322.5},
                 {"2024-01-31 18:00", 45322.75},
                 {"2024-01-31T12:00:00Z", 45322.5},
                 {"2024-01-31T12:00:00.000+02:00", 45322.5},
                 {"06:00:00", 0.25},
                 {"T06:00", 0.25},
                 {"00:00:00.5", 0.5 / 86400},
                 {"24:00:00", 1}};
    double days;
    for (size_t i = 0; i < array_count(cases); i++) {
        require(iso_time_read(cases[i].text, strlen(cases[i].text), false, &days), "%s",
                cases[i].text);
        require(days == cases[i].days, "%s: %.17g", cases[i].text, days);
    }
    require(iso_time_read("1904-01-01", 10, true, &days) && days == 0);
}
END_TEST

START_TEST(no_times)
{
    static const char *const texts[] = {"",
                                        "2024",
                                        "2024-13-01",
                                        "2024-00-01",
                                        "2024-01-32",
                                        "2024-01-01x",
                                        "2024-01-01T",
                                        "2024-01-01T25:00",
                                        "10000-01-01",
                                        "99999999999-01-01",
                                        "12:60",
                                        "12:00:61",
                                        "-12:00",
                                        "12",
                                        "2024-01-01T12:00:00+x"};
    double days;
    for (size_t i = 0; i < array_count(texts); i++)
        require(!iso_time_read(texts[i], strlen(texts[i]), false, &days), "%s", texts[i]);
}
END_TEST

START_TEST(durations)
{
    static const struct {
        const char *text;
        double days;
    } cases[] = {{"PT0S", 0},          {"PT12H", 0.5},
                 {"PT36H00M00S", 1.5}, {"-PT6H", -0.25},
                 {"P1DT12H", 1.5},     {"P2W", 14},
                 {"PT0.5H", 0.5 / 24}, {"PT0M43,2S", 0.0005},
                 {"P0Y0M1D", 1},       {"PT100000H", 1e5 / 24}};
    static const char *const wrong[] = {"", "P", "T1H", "PT", "P1Y", "P1M", "PT1X", "PTH", "1H"};
    double days;
    for (size_t i = 0; i < array_count(cases); i++) {
        require(iso_duration_read(cases[i].text, strlen(cases[i].text), &days), "%s",
                cases[i].text);
        require(days == cases[i].days, "%s: %.17g", cases[i].text, days);
    }
    for (size_t i = 0; i < array_count(wrong); i++)
        require(!iso_duration_read(wrong[i], strlen(wrong[i]), &days), "%s", wrong[i]);
}
END_TEST

static struct gather gather;

static void check_escapes(const char *text, const char *expected)
{
    gather_clear(&gather);
    gather_add(&gather, text, strlen(text));
    gather_unescape(&gather);
    struct value value = gather_text(&gather);
    require(strcmp(value.text, expected) == 0, "%s: %s", text, value.text);
    require_equal(value.text_bytes, strlen(expected));
}

START_TEST(escapes)
{
    check_escapes("", "");
    check_escapes("plain_x", "plain_x");
    check_escapes("a_x000D_b_x000a_", "a\rb\n");
    check_escapes("_x005F_x000D_", "_x000D_");
    check_escapes("_x00E4__x20AC_", "\xc3\xa4\xe2\x82\xac");
    check_escapes("_xD83D__xDE00_", "\xf0\x9f\x98\x80");
    check_escapes("_xD83D_x_xDE00_", "\xef\xbf\xbdx\xef\xbf\xbd");
    check_escapes("_x0000_a_x00_b_x12G4_c_x1234", "a_x00_b_x12G4_c_x1234");
}
END_TEST

START_TEST(cutting)
{
    /* Characters of two bytes, one too many; then bytes, so that the last is cut in two. */
    gather_clear(&gather);
    for (int i = 0; i <= TEXT_CHARACTERS_MAX; i++)
        gather_add(&gather, "\xc3\xa4", 2);
    require_equal(gather_text(&gather).text_bytes, 2 * TEXT_CHARACTERS_MAX);
    require(gather.is_cut);
    gather_clear(&gather);
    gather_add(&gather, "x", 1);
    for (int i = 0; i < TEXT_BYTES_MAX / 4 + 1; i++)
        gather_add(&gather, "\xf0\x9f\x98\x80", 4);
    struct value value = gather_text(&gather);
    require(gather.is_cut && value.text_bytes % 4 == 1);
    gather_clear(&gather);
    gather_add(&gather, " \n\tx y\r ", 8);
    value = gather_trimmed(&gather);
    require(value.text_bytes == 3 && memcmp(value.text, "x y", 3) == 0 && !gather.is_cut);
}
END_TEST

/* What counts are the characters, not how the file writes them. */
START_TEST(escapes_of_long_texts)
{
    gather_clear(&gather);
    for (int i = 0; i < TEXT_CHARACTERS_MAX; i++)
        gather_add(&gather, "_x0041_", 7);
    gather_unescape(&gather);
    require_equal(gather_text(&gather).text_bytes, TEXT_CHARACTERS_MAX);
    require(!gather.is_cut);
    gather_clear(&gather);
    for (int i = 0; i <= TEXT_CHARACTERS_MAX; i++)
        gather_add(&gather, "_x0041_", 7);
    gather_unescape(&gather);
    require_equal(gather_text(&gather).text_bytes, TEXT_CHARACTERS_MAX - 1);
    require(gather.is_cut);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iso_time");
    TCase *all = test_case(suite, "times and texts");
    tcase_add_test(all, times);
    tcase_add_test(all, no_times);
    tcase_add_test(all, durations);
    tcase_add_test(all, escapes);
    tcase_add_test(all, cutting);
    tcase_add_test(all, escapes_of_long_texts);
    return test_main(suite);
}
