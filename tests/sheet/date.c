/* SPDX-License-Identifier: MIT */
/* date.c - days as numbers, against counting one by one and the C library. */
#include "sheet/values/date.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "support.h"

static bool is_leap(int year)
{
    return year == 1900 || (year % 4 == 0 && (year % 100 || year % 400 == 0));
}

/* Every day there is. */
START_TEST(all_days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1900, month = 1, day = 1, weekday = 0;
    for (int number = 1; number <= DATE_LAST; number++) {
        struct date date;
        double again;
        require(date_from_number(number, &date), "%d", number);
        require(date.year == year && date.month == month && date.day == day &&
                    date.weekday == weekday,
                "%d is %d-%d-%d, not %d-%d-%d", number, date.year, date.month, date.day, year,
                month, day);
        require(date_to_number(year, month, day, &again) && again == number, "%d", number);
        int length = lengths[month - 1] + (month == 2 && is_leap(year));
        require_equal(date_days_in_month(year, month), length);
        weekday = (weekday + 1) % 7;
        if (++day > length) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    require(year == 10000 && month == 1 && day == 1);
}
END_TEST

START_TEST(known_days)
{
    static const struct {
        int year, month, day, number;
    } days[] = {{1900, 1, 0, 0},          {1900, 1, 1, 1},      {1900, 2, 28, 59},
                {1900, 2, 29, 60},        {1900, 3, 1, 61},     {1904, 1, 1, 1462},
                {1970, 1, 1, 25569},      {2000, 2, 29, 36585}, {2024, 1, 31, 45322},
                {9999, 12, 31, DATE_LAST}};
    for (size_t i = 0; i < array_count(days); i++) {
        double number;
        require(date_to_number(days[i].year, days[i].month, days[i].day, &number));
        require(number == days[i].number, "%g, not %d", number, days[i].number);
    }
}
END_TEST

START_TEST(carried_over)
{
    double number, same;
    require(date_to_number(2024, 14, 1, &number) && date_to_number(2025, 2, 1, &same));
    require(number == same);
    require(date_to_number(2024, 0, 1, &number) && date_to_number(2023, 12, 1, &same));
    require(number == same);
    require(date_to_number(2024, -11, 1, &number) && date_to_number(2023, 1, 1, &same));
    require(number == same);
    require(date_to_number(2024, 3, 0, &number) && date_to_number(2024, 2, 29, &same));
    require(number == same);
    require(date_to_number(2024, 1, 1000, &number) && number == 45292 + 999);
    require(date_to_number(1899, 13, 1, &number) && number == 1);
    require(date_to_number(1900, 3, 0, &number) && number == 60);
    require(date_to_number(1900, 1, 61, &number) && number == 61);
}
END_TEST

START_TEST(outside)
{
    struct date date;
    double number;
    require(!date_to_number(1899, 12, 30, &number) && !date_to_number(1900, 1, -1, &number));
    require(!date_to_number(10000, 1, 1, &number) && !date_to_number(9999, 12, 32, &number));
    require(!date_to_number(INT64_MAX, 1, 1, &number) &&
            !date_to_number(2024, INT64_MIN, 1, &number));
    require(!date_to_number(2024, 1, INT64_MAX, &number) &&
            !date_to_number(INT64_MIN, 1, 1, &number));
    require(!date_from_number(-0.001, &date) && !date_from_number(DATE_LAST + 1.0, &date));
    require(!date_from_number(NAN, &date) && !date_from_number(1e300, &date));
    require(!date_from_number(DATE_LAST + 0.9999999999, &date)); /* rounded to the day after */
    require_equal(date_days_in_month(2024, 0), 0);
    require_equal(date_days_in_month(2024, 13), 0);
    require(date_is_leap_year(1900) && !date_is_leap_year(2100) && date_is_leap_year(2000));
}
END_TEST

/* Every second of a day, and every millisecond of some, near and far from day 0. */
START_TEST(times)
{
    static const int days[] = {0, 1, 45322, DATE_LAST};
    for (size_t i = 0; i < array_count(days); i++)
        for (int second = 0; second < 86400; second += is_slow() ? 97 : 1) {
            struct date date;
            int ms = i == 0 ? 0 : second * 37 % 1000;
            require(date_from_number(days[i] + (second * 1000.0 + ms) / 86400000.0, &date));
            require(date.hour == second / 3600 && date.minute == second / 60 % 60 &&
                        date.second == second % 60 && date.millisecond == ms,
                    "second %d.%03d of day %d: %d:%d:%d.%03d", second, ms, days[i], date.hour,
                    date.minute, date.second, date.millisecond);
        }
    struct date date;
    require(date_from_number(45321.9999999999, &date) && date.day == 31 && date.hour == 0);
}
END_TEST

START_TEST(now)
{
    struct date date;
    time_t before = time(NULL);
    double number = date_now();
    time_t after = time(NULL);
    struct tm tm;
    require(date_from_number(number, &date));
    /* Local time as mktime understands it; where clocks are set back it may mean two moments. */
    tm = (struct tm){.tm_year = date.year - 1900,
                     .tm_mon = date.month - 1,
                     .tm_mday = date.day,
                     .tm_hour = date.hour,
                     .tm_min = date.minute,
                     .tm_sec = date.second,
                     .tm_isdst = -1};
    time_t moment = mktime(&tm);
    require((moment >= before - 1 && moment <= after + 1) ||
                llabs((long long)(moment - before)) % 1800 <= 2,
            "%lld and %lld", (long long)moment, (long long)before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet/date");
    TCase *days = test_case(suite, "days");
    tcase_add_test(days, all_days);
    tcase_add_test(days, known_days);
    tcase_add_test(days, carried_over);
    tcase_add_test(days, outside);
    TCase *moments = test_case(suite, "times");
    tcase_add_test(moments, times);
    tcase_add_test(moments, now);
    return test_main(suite);
}
