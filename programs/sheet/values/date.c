/* SPDX-License-Identifier: MIT */
/*
 * Days are counted by the civil calendar from 1900-03-01 on, and one more before it, for the day
 * that Lotus 1-2-3 invented and everybody has kept since.
 */
#include "sheet/values/date.h"

#include <math.h>
#include <time.h>

enum {
    DAYS_400_YEARS = 146097,
    NUMBER_OF_1970 = 25569,
    NUMBER_OF_NO_DAY = 60, /* 1900-02-29 */
    MILLISECONDS_A_DAY = 86400000
};

/* Days since 1970-01-01 of a day of the proleptic Gregorian calendar; years begin in March, so that
 * the leap day comes last. */
static int64_t civil_days(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_400_YEARS + day_of_era - 719468;
}

static void civil_from_days(int64_t days, struct date *date)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - (DAYS_400_YEARS - 1)) / DAYS_400_YEARS;
    int64_t day_of_era = days - era * DAYS_400_YEARS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    date->day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    date->month = (int)(shifted + (shifted < 10 ? 3 : -9));
    date->year = (int)(year_of_era + era * 400 + (date->month <= 2));
}

bool date_to_number(int64_t year, int64_t month, int64_t day, double *number)
{
    enum { SANE = 10000000 };
    if (year < -SANE || year > SANE || month < -SANE || month > SANE || day < -SANE || day > SANE)
        return false;
    int64_t months = year * 12 + month - 1;
    year = (months >= 0 ? months : months - 11) / 12;
    month = months - year * 12 + 1;
    int64_t first = civil_days(year, month, 1) + NUMBER_OF_1970;
    if (first <= NUMBER_OF_NO_DAY)
        first--; /* January and February of 1900 lie before the day that never was */
    int64_t result = first + day - 1;
    if (result < 0 || result > DATE_LAST)
        return false;
    *number = (double)result;
    return true;
}

static void set_day(int64_t number, struct date *date)
{
    /* Day 1, a Monday in truth, is a Sunday here, and so on up to the day that never was. */
    date->weekday = (int)((number + 6) % 7);
    if (number == NUMBER_OF_NO_DAY) {
        date->year = 1900;
        date->month = 2;
        date->day = 29;
    } else if (number == 0) {
        date->year = 1900;
        date->month = 1;
        date->day = 0;
    } else {
        civil_from_days(number - NUMBER_OF_1970 + (number < NUMBER_OF_NO_DAY), date);
    }
}

bool date_from_number(double number, struct date *date)
{
    if (!(number >= 0 && number < DATE_LAST + 1.0))
        return false;
    int64_t day = (int64_t)number;
    int64_t ms = llround((number - (double)day) * MILLISECONDS_A_DAY);
    /* 0.5 ms of a fraction are noise of the double: 15 digits, of which a date takes 5. */
    if (ms == MILLISECONDS_A_DAY) {
        ms = 0;
        day++;
    }
    if (day > DATE_LAST)
        return false;
    set_day(day, date);
    date->millisecond = (int)(ms % 1000);
    date->second = (int)(ms / 1000 % 60);
    date->minute = (int)(ms / 60000 % 60);
    date->hour = (int)(ms / 3600000);
    return true;
}

bool date_is_leap_year(int year)
{
    return year == 1900 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

int date_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12)
        return 0;
    return days[month - 1] + (month == 2 && date_is_leap_year(year));
}

double date_now(void)
{
    struct timespec now;
    struct tm local;
    double day;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || !localtime_r(&now.tv_sec, &local) ||
        !date_to_number(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, &day))
        return 0;
    double seconds =
        local.tm_hour * 3600.0 + local.tm_min * 60.0 + local.tm_sec + (double)now.tv_nsec / 1e9;
    return day + floor(seconds * 100) / 8640000;
}
