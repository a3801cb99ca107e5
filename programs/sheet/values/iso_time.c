/* SPDX-License-Identifier: MIT */
/* iso_time.c - dates of ISO 8601: see iso_time.h. */
#include "sheet/values/iso_time.h"

#include <stdint.h>

struct scan {
    const char *at, *end;
};

static bool take(struct scan *scan, char c)
{
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

static bool is_digit_next(const struct scan *scan)
{
    return scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9';
}

/* Up to nine digits. */
static bool take_number(struct scan *scan, int64_t *number)
{
    size_t count = 0;
    *number = 0;
    for (; is_digit_next(scan) && count < 9; count++)
        *number = *number * 10 + (*scan->at++ - '0');
    return count && !is_digit_next(scan);
}

/* ".25", of any length. */
static double take_fraction(struct scan *scan)
{
    double fraction = 0, unit = 1;
    if (!take(scan, '.') && !take(scan, ','))
        return 0;
    for (; is_digit_next(scan); scan->at++) {
        unit /= 10;
        fraction += unit * (*scan->at - '0');
    }
    return fraction;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t civil_days(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static bool take_date(struct scan *scan, bool is_1904, double *days)
{
    enum { DAYS_1899_TO_1970 = 25569, DAYS_1904_TO_1970 = 24107, YEAR_MAX = 9999 };
    int64_t year, month, day;
    bool is_before = take(scan, '-');
    if (!take_number(scan, &year) || !take(scan, '-') || !take_number(scan, &month) ||
        !take(scan, '-') || !take_number(scan, &day))
        return false;
    if (year > YEAR_MAX || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *days = (double)(civil_days(is_before ? -year : year, month, day) +
                     (is_1904 ? DAYS_1904_TO_1970 : DAYS_1899_TO_1970));
    return true;
}

static bool take_time(struct scan *scan, double *days)
{
    int64_t hour, minute, second = 0;
    if (!take_number(scan, &hour) || !take(scan, ':') || !take_number(scan, &minute))
        return false;
    if (take(scan, ':') && !take_number(scan, &second))
        return false;
    double seconds = (double)(hour * 3600 + minute * 60 + second) + take_fraction(scan);
    *days = seconds / 86400;
    return hour <= 24 && minute < 60 && second <= 60;
}

static void skip_zone(struct scan *scan)
{
    int64_t number;
    if (take(scan, 'Z') || !(take(scan, '+') || take(scan, '-')))
        return;
    if (take_number(scan, &number) && take(scan, ':'))
        (void)take_number(scan, &number);
}

bool iso_time_read(const char *text, size_t text_bytes, bool is_1904, double *days)
{
    struct scan scan = {text, text + text_bytes};
    double date = 0, time = 0;
    if (take_date(&scan, is_1904, &date)) {
        if ((take(&scan, 'T') || take(&scan, ' ')) && !take_time(&scan, &time))
            return false;
    } else {
        scan.at = text;
        (void)take(&scan, 'T'); /* may stand there */
        if (!take_time(&scan, &time))
            return false;
    }
    skip_zone(&scan);
    *days = date + time;
    return scan.at == scan.end;
}

/* How many seconds is one of those that the letter counts? 0: none that is sure. */
static double unit_seconds(char letter, bool is_time)
{
    switch (letter) {
    case 'W':
        return is_time ? 0 : 7 * 86400;
    case 'D':
        return is_time ? 0 : 86400;
    case 'H':
        return is_time ? 3600 : 0;
    case 'M':
        return is_time ? 60 : 0;
    case 'S':
        return is_time ? 1 : 0;
    default:
        return 0;
    }
}

bool iso_duration_read(const char *text, size_t text_bytes, double *days)
{
    struct scan scan = {text, text + text_bytes};
    bool is_negative = take(&scan, '-'), is_time = false, has_part = false;
    double seconds = 0;
    if (!take(&scan, 'P'))
        return false;
    while (scan.at < scan.end) {
        int64_t count;
        if (!is_time && take(&scan, 'T')) {
            is_time = true;
            continue;
        }
        if (!take_number(&scan, &count))
            return false;
        double amount = (double)count + take_fraction(&scan);
        double unit = scan.at < scan.end ? unit_seconds(*scan.at++, is_time) : 0;
        if (unit == 0 && amount != 0)
            return false;
        seconds += amount * unit;
        has_part = true;
    }
    *days = (is_negative ? -seconds : seconds) / 86400;
    return has_part;
}
