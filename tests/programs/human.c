/* SPDX-License-Identifier: MIT */
/* human.c - figures as people write and read them. */
#include "common/human.h"

#include <string.h>

#include "support.h"

START_TEST(sizes_are_written)
{
    ck_assert_str_eq(human_bytes(0).text, "0 B");
    ck_assert_str_eq(human_bytes(1023).text, "1023 B");
    ck_assert_str_eq(human_bytes(1024).text, "1.0 KiB");
    ck_assert_str_eq(human_bytes(2047).text, "2.0 KiB");
    ck_assert_str_eq(human_bytes(3 * STEPPE_GIB / 2).text, "1.5 GiB");
    ck_assert_str_eq(human_bytes(UINT64_C(1) << 60).text, "1.0 EiB");
    ck_assert_str_eq(human_bytes(UINT64_MAX).text, "16.0 EiB");
    ck_assert_str_eq(human_bytes(UINT64_MAX - 1).text, "16.0 EiB");
    ck_assert_str_eq(human_bytes((UINT64_C(1) << 60) / 10 * 159).text, "15.9 EiB");
    ck_assert_str_eq(human_bytes(1024 + 51).text, "1.0 KiB");
    ck_assert_str_eq(human_bytes(1024 + 52).text, "1.1 KiB");
    /* No "1024.0 KiB": from 1023.95 on it is one of the next unit. */
    ck_assert_str_eq(human_bytes(STEPPE_MIB - 52).text, "1023.9 KiB");
    ck_assert_str_eq(human_bytes(STEPPE_MIB - 51).text, "1.0 MiB");
    ck_assert_str_eq(human_bytes(STEPPE_GIB - 1).text, "1.0 GiB");
    ck_assert_str_eq(human_bytes((UINT64_C(1) << 60) - 1).text, "1.0 EiB");
}
END_TEST

START_TEST(shares_are_written)
{
    ck_assert_str_eq(human_share(47 * STEPPE_MIB, 64 * STEPPE_MIB).text, "47.0 of 64.0 MiB");
    ck_assert_str_eq(human_share(12 * STEPPE_KIB, 64 * STEPPE_MIB).text, "12.0 KiB of 64.0 MiB");
    ck_assert_str_eq(human_share(0, 0).text, "0 of 0 B");
    ck_assert_str_eq(human_share(STEPPE_GIB - STEPPE_MIB, UINT64_MAX).text,
                     "1023.0 MiB of 16.0 EiB");
}
END_TEST

START_TEST(counts_are_written)
{
    ck_assert_str_eq(human_count(0).text, "0");
    ck_assert_str_eq(human_count(999).text, "999");
    ck_assert_str_eq(human_count(1000).text, "1,000");
    ck_assert_str_eq(human_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
}
END_TEST

static void require_size(const char *text, uint64_t expected)
{
    uint64_t bytes = ~expected;
    require(human_parse_size(text, &bytes), "'%s' is refused", text);
    require_equal(bytes, expected);
}

START_TEST(sizes_are_read)
{
    static const char *const wrong[] = {"",     "K",     "-1",   "1 K", "1KK",
                                        "1.5K", "16E",   "2^64", "3^2", "0x",
                                        "1Kx",  "1KiBx", "+1",   " 1",  "18446744073709551616"};
    uint64_t bytes = 77;
    require_size("0", 0);
    require_size("2048", 2048);
    require_size("2K", 2048);
    require_size("2kb", 2048);
    require_size("2KiB", 2048);
    require_size("7B", 7);
    require_size("1M", STEPPE_MIB);
    require_size("15E", UINT64_C(15) << 60);
    require_size("0x10", 16);
    require_size("2^34", UINT64_C(1) << 34);
    require_size("18446744073709551615", UINT64_MAX);
    for (size_t i = 0; i < array_count(wrong); i++)
        require(!human_parse_size(wrong[i], &bytes), "'%s' is taken", wrong[i]);
    require_equal(bytes, 77);
    require(!human_parse_number("2K", &bytes) && human_parse_number("2^3", &bytes) && bytes == 8);
}
END_TEST

static void require_ranges(const char *text, const char *expected)
{
    struct human_ranges ranges;
    char why[HUMAN_WHY_BYTES], got[512] = "";
    require(human_parse_ranges(text, 50, &ranges, why), "'%s': %s", text, why);
    for (size_t i = 0; i < ranges.count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%d-%d ", (int)ranges.ranges[i].first,
                 (int)ranges.ranges[i].last);
    ck_assert_str_eq(got, expected);
}

static void require_wrong(const char *text, const char *expected)
{
    struct human_ranges ranges;
    char why[HUMAN_WHY_BYTES];
    require(!human_parse_ranges(text, 50, &ranges, why), "'%s' is taken", text);
    require(strstr(why, expected), "'%s': %s", text, why);
    require(strstr(why, "; "), "'%s' says not what to do", why);
}

START_TEST(ranges_are_read)
{
    require_ranges("7", "7-7 ");
    require_ranges(" 40 - 46 ", "40-46 ");
    require_ranges("*", "0-49 ");
    require_ranges("1,5,9-12", "1-1 5-5 9-12 ");
    require_ranges("49,0", "49-49 0-0 ");
    require_wrong("", "no index");
    require_wrong("  ", "no index");
    require_wrong("x", "'x' is no index");
    require_wrong("7,", "'' is no index");
    require_wrong("7 8", "'7' is no index");
    require_wrong("-3", "'-3' is no index");
    require_wrong("3-", "'3-' is no index");
    require_wrong("**", "'**' is no index");
    require_wrong("1,*", "'*' is no index");
    require_wrong("50", "50 is out of range; the last index is 49");
    require_wrong("40-50", "50 is out of range");
    require_wrong("46-40", "46-40 runs backwards; write 40-46");
    require_wrong("99999999999999999999", "is no index");
    require_wrong("\033[31m", "'?[31m' is no index");
}
END_TEST

START_TEST(so_many_ranges_and_no_more)
{
    char text[4 * HUMAN_RANGES_MAX] = "1";
    for (int i = 1; i < HUMAN_RANGES_MAX; i++)
        strcat(text, ",1");
    struct human_ranges ranges;
    char why[HUMAN_WHY_BYTES];
    require(human_parse_ranges(text, 50, &ranges, why));
    require_equal(ranges.count, HUMAN_RANGES_MAX);
    strcat(text, ",1");
    require_wrong(text, "more than 64 ranges");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("human");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, sizes_are_written);
    tcase_add_test(plain, shares_are_written);
    tcase_add_test(plain, counts_are_written);
    tcase_add_test(plain, sizes_are_read);
    tcase_add_test(plain, ranges_are_read);
    tcase_add_test(plain, so_many_ranges_and_no_more);
    return test_main(suite);
}
