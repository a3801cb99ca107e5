/* SPDX-License-Identifier: MIT */
/*
 * function_date.c - days, months and times of day; business days.
 *
 * All works on days of the 1900 system, whatever the workbook's: arguments are brought there, and
 * results back. A time of day is rounded to a second, and midnight comes before the day: HOUR of
 * 0.999999 is 0.
 */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "sheet/book/book.h"
#include "sheet/book/function.h"
#include "sheet/functions/numbers.h"
#include "sheet/values/date.h"
#include "sheet/values/number_format.h"
#include "sheet/values/typed.h"

enum { SECONDS_A_DAY = 86400, TIME_PART_MAX = 32767, CALENDAR_OFFSET = 1900 };

/* ---- days in and out ----------------------------------------------------------------------------
 */

static int64_t offset_of(const struct call *call)
{
    return evaluation_book(call->evaluation)->is_1904 ? DATE_1904 : 0;
}

/* Argument i as a day, its time cut off; false: there is no such day. */
static bool day_of(const struct call *call, unsigned i, int64_t *day)
{
    int64_t offset = offset_of(call);
    double number = floor(call_number(call, i));
    if (!(number >= 0 && number <= (double)(DATE_LAST - offset)))
        return false;
    *day = (int64_t)number + offset;
    return true;
}

static struct operand day_result(const struct call *call, int64_t day)
{
    day -= offset_of(call);
    return day < 0 ? operand_error(ERROR_NUM) : operand_number((double)day);
}

static bool date_of(const struct call *call, unsigned i, struct date *date)
{
    int64_t day;
    return day_of(call, i, &day) && date_from_number((double)day, date);
}

/* The day of a date that may lie outside of its month; false: outside of the calendar. */
static bool day_at(int64_t year, int64_t month, int64_t in_month, int64_t *day)
{
    double number;
    if (!date_to_number(year, month, in_month, &number))
        return false;
    *day = (int64_t)number;
    return true;
}

/* ---- DATE, TIME, NOW ----------------------------------------------------------------------------
 */

static struct operand do_date(struct call *call)
{
    int64_t year, month, in_month, day;
    if (!call_whole(call, 0, 0, 9999, &year) || !call_whole(call, 1, -1000000, 1000000, &month) ||
        !call_whole(call, 2, -10000000, 10000000, &in_month))
        return operand_error(ERROR_NUM);
    if (year < CALENDAR_OFFSET)
        year += CALENDAR_OFFSET;
    if (!day_at(year, month, in_month, &day))
        return operand_error(ERROR_NUM);
    return day_result(call, day);
}

static struct operand do_time(struct call *call)
{
    int64_t hour, minute, second;
    if (!call_whole(call, 0, -TIME_PART_MAX, TIME_PART_MAX, &hour) ||
        !call_whole(call, 1, -TIME_PART_MAX, TIME_PART_MAX, &minute) ||
        !call_whole(call, 2, -TIME_PART_MAX, TIME_PART_MAX, &second))
        return operand_error(ERROR_NUM);
    int64_t seconds = hour * 3600 + minute * 60 + second;
    if (seconds < 0)
        return operand_error(ERROR_NUM);
    return operand_number((double)(seconds % SECONDS_A_DAY) / SECONDS_A_DAY);
}

static struct operand do_now(struct call *call)
{
    return operand_number(date_now() - (double)offset_of(call));
}

static struct operand do_today(struct call *call)
{
    return operand_number(floor(date_now()) - (double)offset_of(call));
}

/* ---- parts of dates and times -------------------------------------------------------------------
 */

static struct operand do_year(struct call *call)
{
    struct date date;
    return date_of(call, 0, &date) ? operand_number(date.year) : operand_error(ERROR_NUM);
}

static struct operand do_month(struct call *call)
{
    struct date date;
    return date_of(call, 0, &date) ? operand_number(date.month) : operand_error(ERROR_NUM);
}

static struct operand do_day(struct call *call)
{
    struct date date;
    return date_of(call, 0, &date) ? operand_number(date.day) : operand_error(ERROR_NUM);
}

/* Seconds since midnight. */
static bool second_of_day(const struct call *call, int64_t *second)
{
    double number = call_number(call, 0);
    if (!(number >= 0 && number < DATE_LAST + 1.0))
        return false;
    *second = llround((number - floor(number)) * SECONDS_A_DAY) % SECONDS_A_DAY;
    return true;
}

static struct operand do_hour(struct call *call)
{
    int64_t second;
    return second_of_day(call, &second) ? operand_number((double)(second / 3600))
                                        : operand_error(ERROR_NUM);
}

static struct operand do_minute(struct call *call)
{
    int64_t second;
    return second_of_day(call, &second) ? operand_number((double)(second / 60 % 60))
                                        : operand_error(ERROR_NUM);
}

static struct operand do_second(struct call *call)
{
    int64_t second;
    return second_of_day(call, &second) ? operand_number((double)(second % 60))
                                        : operand_error(ERROR_NUM);
}

/* ---- weeks --------------------------------------------------------------------------------------
 */

/* 0: Monday, as Excel has it: day 1 is a Sunday. */
static int weekday_of(int64_t day)
{
    return (int)((day + 5) % 7);
}

/* Which day a week begins with, by the number that WEEKDAY and WEEKNUM take: 1 or 17 Sunday, 2 or
 * 11 Monday, 12 Tuesday, and so on to 16. */
static bool week_start(int64_t type, int *first)
{
    static const int starts[] = {[1] = 6, [2] = 0, [3] = 0};
    if (type >= 11 && type <= 17)
        *first = (int)type - 11;
    else if (type >= 1 && type <= 3)
        *first = starts[type];
    else
        return false;
    return true;
}

static struct operand do_weekday(struct call *call)
{
    int64_t day, type = 1;
    int first;
    if (!day_of(call, 0, &day) || (call_has(call, 1) && !call_whole(call, 1, 1, 17, &type)) ||
        !week_start(type, &first))
        return operand_error(ERROR_NUM);
    int weekday = (weekday_of(day) - first + 7) % 7;
    return operand_number(type == 3 ? weekday : weekday + 1);
}

static int day_of_year(int64_t day, int year)
{
    int64_t first;
    return day_at(year, 1, 1, &first) ? (int)(day - first) : 0; /* it is there */
}

static bool has_53_weeks(int first_weekday, bool is_leap)
{
    return first_weekday == 3 || (is_leap && first_weekday == 2);
}

/* ISO 8601: a week belongs to the year of its Thursday. */
static int iso_week(int64_t day, int year)
{
    int in_year = day_of_year(day, year), weekday = weekday_of(day);
    int first = ((weekday - in_year) % 7 + 7) % 7;
    int week = (in_year - weekday + 10) / 7;
    if (week == 0) {
        bool was_leap = year > CALENDAR_OFFSET && date_is_leap_year(year - 1);
        int first_before = (first - (was_leap ? 366 : 365) % 7 + 7) % 7;
        return has_53_weeks(first_before, was_leap) ? 53 : 52;
    }
    if (week == 53 && !has_53_weeks(first, date_is_leap_year(year)))
        return 1;
    return week;
}

static struct operand do_isoweeknum(struct call *call)
{
    int64_t day;
    struct date date;
    if (!day_of(call, 0, &day) || !date_of(call, 0, &date))
        return operand_error(ERROR_NUM);
    return operand_number(iso_week(day, date.year));
}

static struct operand do_weeknum(struct call *call)
{
    int64_t day, type = 1;
    int first;
    struct date date;
    if (!day_of(call, 0, &day) || !date_of(call, 0, &date) ||
        (call_has(call, 1) && !call_whole(call, 1, 1, 21, &type)))
        return operand_error(ERROR_NUM);
    if (type == 21)
        return operand_number(iso_week(day, date.year));
    if (type == 3 || !week_start(type, &first))
        return operand_error(ERROR_NUM);
    int in_year = day_of_year(day, date.year);
    int new_year = ((weekday_of(day) - in_year - first) % 7 + 7) % 7; /* its day in its week */
    return operand_number((in_year + new_year) / 7 + 1);
}

/* ---- months -------------------------------------------------------------------------------------
 */

/* Where so many months lead to; the day is that of the month's last if it has fewer. */
static bool add_months(const struct date *date, int64_t months, bool to_end, int64_t *day)
{
    int64_t first;
    struct date there;
    if (!day_at(date->year, date->month + months, 1, &first) ||
        !date_from_number((double)first, &there))
        return false;
    int last = date_days_in_month(there.year, there.month);
    int in_month = to_end || date->day > last ? last : date->day;
    return day_at(there.year, there.month, in_month, day);
}

static struct operand shift_months(struct call *call, bool to_end)
{
    struct date date;
    int64_t months, day;
    if (!date_of(call, 0, &date) || !call_whole(call, 1, -1000000, 1000000, &months) ||
        !add_months(&date, months, to_end, &day))
        return operand_error(ERROR_NUM);
    return day_result(call, day);
}

static struct operand do_edate(struct call *call)
{
    return shift_months(call, false);
}

static struct operand do_eomonth(struct call *call)
{
    return shift_months(call, true);
}

/* ---- differences --------------------------------------------------------------------------------
 */

static int64_t whole_months(const struct date *from, const struct date *to)
{
    return (to->year - from->year) * 12 + to->month - from->month - (to->day < from->day);
}

/* Days behind the last whole month. In a month shorter than the first date's day it may be below
 * 0, as in Excel. */
static int64_t days_beyond_months(const struct date *from, const struct date *to)
{
    if (to->day >= from->day)
        return to->day - from->day;
    int year = to->month == 1 ? to->year - 1 : to->year;
    int month = to->month == 1 ? 12 : to->month - 1;
    return to->day - from->day + date_days_in_month(year, month);
}

/* Days behind the last whole year. */
static bool days_beyond_years(const struct date *from, const struct date *to, int64_t to_day,
                              int64_t *days)
{
    bool is_later = to->month > from->month || (to->month == from->month && to->day >= from->day);
    int64_t start;
    if (!day_at(is_later ? to->year : to->year - 1, from->month, from->day, &start))
        return false;
    *days = to_day - start;
    return true;
}

static bool is_unit(struct value unit, const char *name)
{
    return unit.text_bytes == strlen(name) && strncasecmp(unit.text, name, strlen(name)) == 0;
}

static struct operand do_datedif(struct call *call)
{
    int64_t from_day, to_day, days;
    struct date from, to;
    struct value unit = call->arguments[2].value;
    if (!day_of(call, 0, &from_day) || !day_of(call, 1, &to_day) || from_day > to_day ||
        !date_of(call, 0, &from) || !date_of(call, 1, &to))
        return operand_error(ERROR_NUM);
    if (is_unit(unit, "D"))
        return operand_number((double)(to_day - from_day));
    if (is_unit(unit, "M"))
        return operand_number((double)whole_months(&from, &to));
    if (is_unit(unit, "Y"))
        return operand_number((double)(whole_months(&from, &to) / 12));
    if (is_unit(unit, "YM"))
        return operand_number((double)(whole_months(&from, &to) % 12));
    if (is_unit(unit, "MD"))
        return operand_number((double)days_beyond_months(&from, &to));
    if (is_unit(unit, "YD") && days_beyond_years(&from, &to, to_day, &days))
        return operand_number((double)days);
    return operand_error(ERROR_NUM);
}

static struct operand do_days(struct call *call)
{
    int64_t to, from;
    if (!day_of(call, 0, &to) || !day_of(call, 1, &from))
        return operand_error(ERROR_NUM);
    return operand_number((double)(to - from));
}

static bool is_last_of_february(const struct date *date)
{
    return date->month == 2 && date->day == date_days_in_month(date->year, 2);
}

static int64_t days_of_30(const struct date *from, int from_day, const struct date *to, int to_day)
{
    return (to->year - from->year) * 360 + (to->month - from->month) * 30 + to_day - from_day;
}

static int64_t days_european(const struct date *from, const struct date *to)
{
    return days_of_30(from, from->day < 30 ? from->day : 30, to, to->day < 30 ? to->day : 30);
}

/* By the American way. DAYS360 lets the end of February be a 30th, and a 31st after it one as well;
 * YEARFRAC the ends of two Februaries, but then not a 31st. */
static int64_t days_american(const struct date *from, const struct date *to, bool is_yearfrac)
{
    int from_day = from->day, to_day = to->day;
    if (is_last_of_february(from)) {
        from_day = 30;
        if (is_yearfrac && is_last_of_february(to))
            to_day = 30;
    }
    if (from_day > 30)
        from_day = 30;
    if (to_day == 31 && (is_yearfrac ? from->day : from_day) >= 30)
        to_day = 30;
    return days_of_30(from, from_day, to, to_day);
}

static struct operand do_days360(struct call *call)
{
    struct date from, to;
    if (!date_of(call, 0, &from) || !date_of(call, 1, &to))
        return operand_error(ERROR_NUM);
    return operand_number((double)(call_truth_or(call, 2, false)
                                       ? days_european(&from, &to)
                                       : days_american(&from, &to, false)));
}

static int days_in_year(int year)
{
    return date_is_leap_year(year) ? 366 : 365;
}

/* How many days a year has for actual days by actual years. Within a year: 366 when a 29th of
 * February lies in it; beyond, the average of all years touched. */
static double year_days(const struct date *from, int64_t from_day, const struct date *to,
                        int64_t to_day)
{
    if (from->year == to->year)
        return days_in_year(from->year);
    bool is_within_year =
        from->year + 1 == to->year &&
        (from->month > to->month || (from->month == to->month && from->day >= to->day));
    if (!is_within_year) {
        double days = 0;
        for (int year = from->year; year <= to->year; year++)
            days += days_in_year(year);
        return days / (to->year - from->year + 1);
    }
    int64_t leap_day = 0;
    bool has_leap_day =
        (date_is_leap_year(from->year) && day_at(from->year, 2, 29, &leap_day) &&
         from_day <= leap_day) ||
        (date_is_leap_year(to->year) && day_at(to->year, 2, 29, &leap_day) && to_day >= leap_day);
    return has_leap_day ? 366 : 365;
}

enum basis { BASIS_AMERICAN, BASIS_ACTUAL, BASIS_360, BASIS_365, BASIS_EUROPEAN };

static struct operand do_yearfrac(struct call *call)
{
    int64_t from_day, to_day, basis = BASIS_AMERICAN;
    unsigned first = 0, last = 1;
    struct date from, to;
    if (!day_of(call, 0, &from_day) || !day_of(call, 1, &to_day) ||
        (call_has(call, 2) && !call_whole(call, 2, BASIS_AMERICAN, BASIS_EUROPEAN, &basis)))
        return operand_error(ERROR_NUM);
    if (from_day > to_day) {
        int64_t day = from_day;
        from_day = to_day;
        to_day = day;
        first = 1;
        last = 0;
    }
    if (!date_of(call, first, &from) || !date_of(call, last, &to))
        return operand_error(ERROR_NUM);
    double days = (double)(to_day - from_day);
    switch (basis) {
    case BASIS_ACTUAL:
        return operand_number(days / year_days(&from, from_day, &to, to_day));
    case BASIS_360:
        return operand_number(days / 360);
    case BASIS_365:
        return operand_number(days / 365);
    case BASIS_EUROPEAN:
        return operand_number((double)days_european(&from, &to) / 360);
    default:
        return operand_number((double)days_american(&from, &to, true) / 360);
    }
}

/* ---- working days -------------------------------------------------------------------------------
 */

/* is_free: by weekday, 0 is Monday. Holidays: days that would be worked on else, in order, each
 * once. */
struct calendar {
    bool is_free[7];
    int week_days; /* worked on */
    double *holidays;
    size_t holiday_count;
    struct value error; /* VALUE_BLANK: none */
};

static void set_free(struct calendar *calendar, int weekday)
{
    calendar->week_days -= !calendar->is_free[weekday];
    calendar->is_free[weekday] = true;
}

/* "0000011": Monday to Sunday, 1 is free. */
static bool set_weekend_text(struct calendar *calendar, struct value text)
{
    if (text.text_bytes != 7)
        return false;
    for (int i = 0; i < 7; i++) {
        if (text.text[i] != '0' && text.text[i] != '1')
            return false;
        if (text.text[i] == '1')
            set_free(calendar, i);
    }
    return true;
}

/* 1: Saturday and Sunday, 2: Sunday and Monday, ...; 11: Sunday alone, 12: Monday ... */
static bool set_weekend_number(struct calendar *calendar, struct value value)
{
    if (value.kind != VALUE_NUMBER)
        return false;
    if (value.number >= 1 && value.number < 8) {
        int first = ((int)value.number + 4) % 7;
        set_free(calendar, first);
        set_free(calendar, (first + 1) % 7);
        return true;
    }
    if (value.number < 11 || value.number >= 18)
        return false;
    set_free(calendar, ((int)value.number - 11 + 6) % 7);
    return true;
}

/* A holiday may be a text that says a date; what is no day is wrong, also in a cell. */
static struct value holiday_of(struct call *call, struct value value)
{
    if (value.kind == VALUE_BOOLEAN)
        return value_error(ERROR_VALUE);
    value = evaluation_number(call->evaluation, value);
    if (value.kind == VALUE_NUMBER && !(value.number >= 0 && value.number < DATE_LAST + 1.0))
        return value_error(ERROR_NUM);
    return value;
}

static size_t count_holidays(struct calendar *calendar, struct call *call, unsigned i,
                             double *holidays)
{
    struct walk walk;
    size_t count = 0;
    walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_ANY);
    for (; walk_next(&walk); count++) {
        struct value value = holiday_of(call, walk.value);
        if (value.kind == VALUE_ERROR) {
            calendar->error = value;
            return 0;
        }
        if (holidays)
            holidays[count] = value.number;
    }
    return count;
}

static void add_holidays(struct calendar *calendar, struct call *call, unsigned i)
{
    double offset = (double)offset_of(call);
    size_t kept = 0, count = count_holidays(calendar, call, i, NULL);
    if (!count)
        return;
    double *holidays = evaluation_take(call->evaluation, count * sizeof *holidays);
    if (!holidays) {
        calendar->error = value_error(ERROR_NUM);
        return;
    }
    count = count_holidays(calendar, call, i, holidays);
    numbers_sort(call->evaluation, holidays, count);
    for (size_t n = 0; n < count; n++) {
        double day = floor(holidays[n]) + offset;
        bool is_new = !kept || holidays[kept - 1] != day;
        if (day >= 0 && day <= DATE_LAST && is_new && !calendar->is_free[weekday_of((int64_t)day)])
            holidays[kept++] = day;
    }
    calendar->holidays = holidays;
    calendar->holiday_count = kept;
}

/* weekend, holidays: which arguments; 0: it takes none. */
static bool take_calendar(struct calendar *calendar, struct call *call, unsigned weekend,
                          unsigned holidays)
{
    *calendar = (struct calendar){.week_days = 7, .error = value_blank()};
    struct value value = value_number(1);
    if (weekend && call_has(call, weekend))
        value = operand_value(call->evaluation, &call->arguments[weekend]);
    bool is_good = value.kind == VALUE_TEXT ? set_weekend_text(calendar, value)
                                            : set_weekend_number(calendar, value);
    if (!is_good) {
        calendar->error = value_error(value.kind == VALUE_TEXT ? ERROR_VALUE : ERROR_NUM);
        return false;
    }
    if (call_has(call, holidays))
        add_holidays(calendar, call, holidays);
    return calendar->error.kind != VALUE_ERROR;
}

/* Holidays before a day. */
static size_t holidays_before(const struct calendar *calendar, int64_t day)
{
    size_t low = 0, high = calendar->holiday_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->holidays[middle] < (double)day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Both days belong to it; 0 when the first is behind the last. */
static int64_t count_working(const struct calendar *calendar, int64_t first, int64_t last)
{
    if (first > last)
        return 0;
    int64_t days = last - first + 1, count = days / 7 * calendar->week_days;
    for (int64_t day = last - days % 7 + 1; day <= last; day++)
        count += !calendar->is_free[weekday_of(day)];
    return count -
           (int64_t)(holidays_before(calendar, last + 1) - holidays_before(calendar, first));
}

static struct operand network_days(struct call *call, unsigned weekend, unsigned holidays)
{
    int64_t from, to;
    struct calendar calendar;
    if (!day_of(call, 0, &from) || !day_of(call, 1, &to))
        return operand_error(ERROR_NUM);
    if (!take_calendar(&calendar, call, weekend, holidays))
        return operand_of(calendar.error);
    if (from > to)
        return operand_number(-(double)count_working(&calendar, to, from));
    return operand_number((double)count_working(&calendar, from, to));
}

static struct operand do_networkdays(struct call *call)
{
    return network_days(call, 0, 2);
}

static struct operand do_networkdays_intl(struct call *call)
{
    return network_days(call, 2, 3);
}

/* The working day so many behind, or before, a day; -1: there is none in the calendar. */
static int64_t find_working(const struct calendar *calendar, int64_t day, int64_t count)
{
    int64_t low, high;
    if (count > 0) {
        low = day + 1;
        high = DATE_LAST;
        if (count_working(calendar, low, high) < count)
            return -1;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (count_working(calendar, day + 1, middle) >= count)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
    low = 0;
    high = day - 1;
    if (count_working(calendar, low, high) < -count)
        return -1;
    while (low < high) {
        int64_t middle = high - (high - low) / 2;
        if (count_working(calendar, middle, day - 1) >= -count)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static struct operand work_day(struct call *call, unsigned weekend, unsigned holidays)
{
    int64_t day, count;
    struct calendar calendar;
    if (!day_of(call, 0, &day) || !call_whole(call, 1, -DATE_LAST, DATE_LAST, &count))
        return operand_error(ERROR_NUM);
    if (!take_calendar(&calendar, call, weekend, holidays))
        return operand_of(calendar.error);
    if (!calendar.week_days)
        return operand_error(ERROR_VALUE);
    if (count == 0)
        return day_result(call, day);
    day = find_working(&calendar, day, count);
    return day < 0 ? operand_error(ERROR_NUM) : day_result(call, day);
}

static struct operand do_workday(struct call *call)
{
    return work_day(call, 0, 2);
}

static struct operand do_workday_intl(struct call *call)
{
    return work_day(call, 2, 3);
}

/* ---- texts --------------------------------------------------------------------------------------
 */

/* The moment that a text says; numbers that are none are none. */
static bool read_moment(const struct call *call, double *number)
{
    struct value text = call->arguments[0].value;
    if (!typed_number(text.text, text.text_bytes, number))
        return false;
    struct typed typed = typed_read(text.text, text.text_bytes, TYPED_ALL);
    if (!typed.format)
        return false;
    switch (number_format_kind(typed.format)) {
    case FORMAT_DATE:
    case FORMAT_TIME:
    case FORMAT_DATE_TIME:
        return true;
    default:
        return false;
    }
}

static struct operand do_datevalue(struct call *call)
{
    double number;
    if (!read_moment(call, &number))
        return operand_error(ERROR_VALUE);
    int64_t day = (int64_t)number; /* 0 for a time alone */
    return day ? day_result(call, day) : operand_number(0);
}

static struct operand do_timevalue(struct call *call)
{
    double number;
    if (!read_moment(call, &number))
        return operand_error(ERROR_VALUE);
    /* The day has taken digits of the time: milliseconds are left. */
    double part = number - floor(number);
    return operand_number(number < 1 ? part : rint(part * 86400000) / 86400000);
}

/* ---- the table ----------------------------------------------------------------------------------
 */

static const struct function functions[] = {
    {"DATE", 3, 3, "iii", do_date, 0, "DATE(year, month, day)", "the date of a day"},
    {"DATEDIF", 3, 3, "nnt", do_datedif, 0, "DATEDIF(from, to, unit)",
     "whole years, months or days between: Y, M, D, YM, MD, YD"},
    {"DATEVALUE", 1, 1, "t", do_datevalue, 0, "DATEVALUE(text)", "the date that a text says"},
    {"DAY", 1, 1, "n", do_day, 0, "DAY(date)", "the day of the month"},
    {"DAYS", 2, 2, "nn", do_days, FUNCTION_IS_LATER, "DAYS(to, from)", "the days between"},
    {"DAYS360", 2, 3, "nnb", do_days360, 0, "DAYS360(from, to, european)",
     "the days between, with months of 30"},
    {"EDATE", 2, 2, "ni", do_edate, 0, "EDATE(date, months)", "the date some months later"},
    {"EOMONTH", 2, 2, "ni", do_eomonth, 0, "EOMONTH(date, months)",
     "the last day of the month some months later"},
    {"HOUR", 1, 1, "n", do_hour, 0, "HOUR(time)", "the hour, 0 to 23"},
    {"ISOWEEKNUM", 1, 1, "n", do_isoweeknum, FUNCTION_IS_LATER, "ISOWEEKNUM(date)",
     "the week of the year by ISO 8601"},
    {"MINUTE", 1, 1, "n", do_minute, 0, "MINUTE(time)", "the minute, 0 to 59"},
    {"MONTH", 1, 1, "n", do_month, 0, "MONTH(date)", "the month, 1 to 12"},
    {"NETWORKDAYS", 2, 3, "nnr", do_networkdays, 0, "NETWORKDAYS(from, to, holidays)",
     "the working days between, both included"},
    {"NETWORKDAYS.INTL", 2, 4, "nnvr", do_networkdays_intl, 0,
     "NETWORKDAYS.INTL(from, to, weekend, holidays)", "the same, with weekends of one's own"},
    {"NOW", 0, 0, "", do_now, FUNCTION_IS_VOLATILE, "NOW()", "the date and time now"},
    {"SECOND", 1, 1, "n", do_second, 0, "SECOND(time)", "the second, 0 to 59"},
    {"TIME", 3, 3, "iii", do_time, 0, "TIME(hour, minute, second)", "a time of day"},
    {"TIMEVALUE", 1, 1, "t", do_timevalue, 0, "TIMEVALUE(text)", "the time that a text says"},
    {"TODAY", 0, 0, "", do_today, FUNCTION_IS_VOLATILE, "TODAY()", "the date now"},
    {"WEEKDAY", 1, 2, "ni", do_weekday, 0, "WEEKDAY(date, kind)",
     "the day of the week, 1 is Sunday"},
    {"WEEKNUM", 1, 2, "ni", do_weeknum, 0, "WEEKNUM(date, kind)", "the week of the year"},
    {"WORKDAY", 2, 3, "nir", do_workday, 0, "WORKDAY(from, days, holidays)",
     "the date some working days later"},
    {"WORKDAY.INTL", 2, 4, "nivr", do_workday_intl, 0,
     "WORKDAY.INTL(from, days, weekend, holidays)", "the same, with weekends of one's own"},
    {"YEAR", 1, 1, "n", do_year, 0, "YEAR(date)", "the year"},
    {"YEARFRAC", 2, 3, "nni", do_yearfrac, 0, "YEARFRAC(from, to, basis)",
     "the time between in years"},
};

const struct function_list function_date = {functions, sizeof functions / sizeof *functions};
