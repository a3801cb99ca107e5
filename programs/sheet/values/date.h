/* SPDX-License-Identifier: MIT */
/*
 * date.h - days as numbers, as Excel counts them: 1 is 1900-01-01, 60 is 1900-02-29, which never
 * was, 61 is 1900-03-01; a part of a day is a fraction. 2958465 is 9999-12-31, the last one. In a
 * workbook of the other system (1904) the same day has a number 1462 smaller, 0 is 1904-01-01.
 *
 * No locale and no time zone; "now" is local time.
 */
#ifndef STEPPE_SHEET_DATE_H
#define STEPPE_SHEET_DATE_H

#include <stdbool.h>
#include <stdint.h>

enum { DATE_LAST = 2958465, DATE_1904 = 1462 };

struct date {
    int year, month, day; /* 1900.., 1..12, 1..31 */
    int hour, minute, second;
    int millisecond;
    int weekday; /* 0: Sunday */
};

/* The number of a day; months and days may lie outside of theirs and are carried over (month 14 is
 * February of the next year). false: before 1900 or behind 9999. */
bool date_to_number(int64_t year, int64_t month, int64_t day, double *number);
/* Taken apart, rounded to a millisecond. false: below 0 or from 9999-12-31 24:00 on. 0 is
 * 1900-01-00. */
bool date_from_number(double number, struct date *date);
bool date_is_leap_year(int year); /* 1900 is one here */
int date_days_in_month(int year, int month);
/* Local time now. */
double date_now(void);

#endif
