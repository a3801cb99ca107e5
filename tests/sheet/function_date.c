/* SPDX-License-Identifier: MIT */
/*
 * function_date.c - dates, times and working days: what Excel documents, checked with Gnumeric and
 * LibreOffice where they agree with it.
 */
#include <stdlib.h>
#include <time.h>

#include "formulas.h"
#include "sheet/values/date.h"

START_TEST(date_)
{
    static const struct formula_case cases[] = {
        {"DATE(2024,1,31)", "45322"},
        {"DATE(99,1,1)", "36161"},
        {"DATE(1899,1,1)", "693598"},
        {"DATE(1900,1,0)", "0"},
        {"DATE(2024,14,1)", "45689"},
        {"DATE(2024,1,-5)", "45286"},
        {"DATE(10000,1,1)", "#NUM!"},
        {"DATE(-1,1,1)", "#NUM!"},
        {"DATE(2024.9,1.9,1.9)", "45292"},
        {"DATE(1900,2,29)", "60"},
        {"DATE(2024,2,30)", "45352"},
        {"DATE(2024,0,1)", "45261"},
        {"DATE(1904,1,1)", "1462"},
        {"DATE(0,1,1)", "1"},
        {"DATE(9999,12,31)", "2958465"},
        {"DATE(9999,12,32)", "#NUM!"},
        {"DATE(1900,1,-1)", "#NUM!"},
        {"DATE(\"x\",1,1)", "#VALUE!"},
        {"DATE(2024,#N/A,1)", "#N/A"},
        {"DATE(2024,1E+20,1)", "#NUM!"},
        {"DATE(,1,1)", "1"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(time_)
{
    static const struct formula_case cases[] = {
        {"TIME(12,30,15)", "0.521006944444444"},
        {"TIME(25,0,0)", "0.0416666666666667"},
        {"TIME(0,-1,0)", "#NUM!"},
        {"TIME(0,90,0)", "0.0625"},
        {"TIME(32768,0,0)", "#NUM!"},
        {"TIME(1,-30,0)", "0.0208333333333333"},
        {"TIME(0,0,0)", "0"},
        {"TIME(23,59,59)", "0.999988425925926"},
        {"TIME(24,0,0)", "0"},
        {"TIME(0,0,86399)", "#NUM!"},
        {"TIME(0,0,-1)", "#NUM!"},
        {"TIME(#N/A,0,0)", "#N/A"},
        {"TIME(\"12\",\"30\",\"0\")", "0.520833333333333"},
        {"TIME(1.9,0,0)", "0.0416666666666667"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(today_and_now)
{
    static const struct formula_case cases[] = {
        {"TODAY()=INT(NOW())", "TRUE"}, {"TODAY()>45000", "TRUE"},  {"YEAR(NOW())>=2024", "TRUE"},
        {"ISNUMBER(NOW())", "TRUE"},    {"NOW()>=TODAY()", "TRUE"}, {"NOW()-TODAY()<1", "TRUE"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(year_)
{
    static const struct formula_case cases[] = {
        {"YEAR(0)", "1900"},
        {"YEAR(-1)", "#NUM!"},
        {"YEAR(\"2024-01-31\")", "2024"},
        {"YEAR(TODAY())>2000", "TRUE"},
        {"YEAR(45322)", "2024"},
        {"YEAR(45322.99)", "2024"},
        {"YEAR(#N/A)", "#N/A"},
        {"YEAR(\"x\")", "#VALUE!"},
        {"YEAR(\"1/31/2024\")", "2024"},
        {"YEAR(2958465)", "9999"},
        {"YEAR(2958466)", "#NUM!"},
        {"SUM(YEAR({45322,45688}))", "4049"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(month_)
{
    static const struct formula_case cases[] = {
        {"MONTH(0)", "1"},      {"MONTH(45322)", "1"},   {"MONTH(60)", "2"},
        {"MONTH(-1)", "#NUM!"}, {"MONTH(#N/A)", "#N/A"}, {"MONTH(\"Feb 3, 2024\")", "2"},
        {"MONTH(Z99)", "1"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(day_)
{
    static const struct formula_case cases[] = {
        {"DAY(0)", "0"},           {"DAY(60)", "29"},
        {"DAY(2958466)", "#NUM!"}, {"DAY(45322)", "31"},
        {"DAY(1)", "1"},           {"DAY(-0.5)", "#NUM!"},
        {"DAY(#N/A)", "#N/A"},     {"DAY(\"2024-02-29\")", "29"},
        {"DAY(61)", "1"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(hour_)
{
    static const struct formula_case cases[] = {
        {"HOUR(0.75)", "18"},       {"HOUR(\"6:45 PM\")", "18"}, {"HOUR(-1)", "#NUM!"},
        {"HOUR(0.999999)", "0"},    {"HOUR(0.9999999)", "0"},    {"HOUR(0)", "0"},
        {"HOUR(0.5)", "12"},        {"HOUR(45322.75)", "18"},    {"HOUR(#N/A)", "#N/A"},
        {"HOUR(\"x\")", "#VALUE!"}, {"HOUR(TRUE)", "0"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(minute_)
{
    static const struct formula_case cases[] = {
        {"MINUTE(0.999999)", "0"},      {"MINUTE(45322.521)", "30"},  {"MINUTE(0.5)", "0"},
        {"MINUTE(\"12:45:30\")", "45"}, {"MINUTE(1/1440)", "1"},      {"MINUTE(-1)", "#NUM!"},
        {"MINUTE(#N/A)", "#N/A"},       {"MINUTE(\"x\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(second_)
{
    static const struct formula_case cases[] = {
        {"SECOND(0.999999)", "0"}, {"SECOND(45322.521)", "14"},    {"SECOND(\"12:30:15.7\")", "16"},
        {"SECOND(0.5)", "0"},      {"SECOND(\"12:45:30\")", "30"}, {"SECOND(1/86400)", "1"},
        {"SECOND(-1)", "#NUM!"},   {"SECOND(#N/A)", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(weekday_)
{
    static const struct formula_case cases[] = {
        {"WEEKDAY(1)", "1"},
        {"WEEKDAY(45322)", "4"},
        {"WEEKDAY(45322,2)", "3"},
        {"WEEKDAY(45322,3)", "2"},
        {"WEEKDAY(45322,11)", "3"},
        {"WEEKDAY(45322,17)", "4"},
        {"WEEKDAY(45322,4)", "#NUM!"},
        {"WEEKDAY(0)", "7"},
        {"WEEKDAY(45322,1)", "4"},
        {"WEEKDAY(45324,13)", "3"},
        {"WEEKDAY(45322,10)", "#NUM!"},
        {"WEEKDAY(45322,0)", "#NUM!"},
        {"WEEKDAY(-1)", "#NUM!"},
        {"WEEKDAY(#N/A)", "#N/A"},
        {"WEEKDAY(\"2024-01-31\",2)", "3"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(weeknum_)
{
    static const struct formula_case cases[] = {
        {"WEEKNUM(45322)", "5"},
        {"WEEKNUM(45322,2)", "5"},
        {"WEEKNUM(45322,21)", "5"},
        {"WEEKNUM(45322,11)", "5"},
        {"WEEKNUM(45322,14)", "5"},
        {"WEEKNUM(45322,3)", "#NUM!"},
        {"WEEKNUM(DATE(2023,1,1),2)", "1"},
        {"WEEKNUM(DATE(2021,1,1),21)", "53"},
        {"WEEKNUM(DATE(2024,1,1))", "1"},
        {"WEEKNUM(DATE(2024,12,31))", "53"},
        {"WEEKNUM(DATE(2023,1,1),1)", "1"},
        {"WEEKNUM(DATE(2024,12,31),21)", "1"},
        {"WEEKNUM(DATE(2024,1,7),2)", "1"},
        {"WEEKNUM(DATE(2024,1,7),17)", "2"},
        {"WEEKNUM(-1)", "#NUM!"},
        {"WEEKNUM(#N/A)", "#N/A"},
        {"WEEKNUM(45322,22)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(isoweeknum_)
{
    static const struct formula_case cases[] = {
        {"ISOWEEKNUM(DATE(2021,1,1))", "53"},
        {"ISOWEEKNUM(DATE(2024,12,30))", "1"},
        {"ISOWEEKNUM(1)", "52"},
        {"ISOWEEKNUM(DATE(2020,12,31))", "53"},
        {"ISOWEEKNUM(DATE(2016,1,3))", "53"},
        {"ISOWEEKNUM(DATE(2019,12,30))", "1"},
        {"ISOWEEKNUM(DATE(2024,7,1))", "27"},
        {"ISOWEEKNUM(-1)", "#NUM!"},
        {"ISOWEEKNUM(#N/A)", "#N/A"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(edate_)
{
    static const struct formula_case cases[] = {
        {"EDATE(DATE(2024,1,31),1)", "45351"},
        {"EDATE(DATE(2024,1,31),-2)", "45260"},
        {"EDATE(DATE(2024,1,31),1.9)", "45351"},
        {"EDATE(1,-1)", "#NUM!"},
        {"EDATE(DATE(2023,1,31),1)", "44985"},
        {"EDATE(DATE(2024,3,31),-1)", "45351"},
        {"EDATE(DATE(2024,2,29),12)", "45716"},
        {"EDATE(DATE(2024,1,15),0)", "45306"},
        {"EDATE(DATE(9999,12,1),1)", "#NUM!"},
        {"EDATE(\"x\",1)", "#VALUE!"},
        {"EDATE(#N/A,1)", "#N/A"},
        {"EDATE(DATE(2024,1,31)+0.75,1)", "45351"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(eomonth_)
{
    static const struct formula_case cases[] = {
        {"EOMONTH(DATE(2024,1,15),0)", "45322"},
        {"EOMONTH(DATE(2024,1,15),-1)", "45291"},
        {"EOMONTH(1,-1)", "#NUM!"},
        {"EOMONTH(DATE(2024,1,15),1)", "45351"},
        {"EOMONTH(DATE(2023,1,31),1)", "44985"},
        {"EOMONTH(DATE(2024,12,1),0)", "45657"},
        {"EOMONTH(DATE(9999,12,1),1)", "#NUM!"},
        {"EOMONTH(\"x\",1)", "#VALUE!"},
        {"EOMONTH(#N/A,0)", "#N/A"},
        {"EOMONTH(DATE(2024,3,31),-1.9)", "45351"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(datedif_)
{
    static const struct formula_case cases[] = {
        {"DATEDIF(DATE(2020,1,31),DATE(2024,3,1),\"Y\")", "4"},
        {"DATEDIF(DATE(2020,1,31),DATE(2024,3,1),\"M\")", "49"},
        {"DATEDIF(DATE(2020,1,31),DATE(2024,3,1),\"D\")", "1491"},
        {"DATEDIF(DATE(2020,1,31),DATE(2024,3,1),\"MD\")", "-1"},
        {"DATEDIF(DATE(2020,1,31),DATE(2024,3,1),\"YM\")", "1"},
        {"DATEDIF(DATE(2020,1,31),DATE(2024,3,1),\"YD\")", "30"},
        {"DATEDIF(DATE(2020,5,15),DATE(2024,3,1),\"YD\")", "291"},
        {"DATEDIF(DATE(2020,5,15),DATE(2024,3,1),\"md\")", "15"},
        {"DATEDIF(DATE(2024,5,15),DATE(2024,3,1),\"D\")", "#NUM!"},
        {"DATEDIF(DATE(2024,5,15),DATE(2024,6,1),\"X\")", "#NUM!"},
        {"DATEDIF(DATE(2024,1,31),DATE(2024,3,1),\"MD\")", "-1"},
        {"DATEDIF(DATE(2023,12,31),DATE(2024,2,29),\"YD\")", "60"},
        {"DATEDIF(DATE(2024,1,1),DATE(2024,1,1),\"D\")", "0"},
        {"DATEDIF(DATE(2023,3,15),DATE(2024,3,14),\"Y\")", "0"},
        {"DATEDIF(DATE(2023,3,15),DATE(2024,3,15),\"y\")", "1"},
        {"DATEDIF(DATE(2024,1,15),DATE(2024,3,14),\"m\")", "1"},
        {"DATEDIF(DATE(2024,1,15),DATE(2024,3,14),\"md\")", "28"},
        {"DATEDIF(DATE(2023,11,15),DATE(2024,3,14),\"ym\")", "3"},
        {"DATEDIF(DATE(2023,11,15),DATE(2024,3,14),\"yd\")", "120"},
        {"DATEDIF(#N/A,1,\"D\")", "#N/A"},
        {"DATEDIF(\"x\",1,\"D\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(days_)
{
    static const struct formula_case cases[] = {
        {"DAYS(DATE(2024,3,1),DATE(2024,2,1))", "29"},
        {"DAYS(\"2024-03-01\",\"2024-02-01\")", "29"},
        {"DAYS(1,2)", "-1"},
        {"DAYS(45322.9,45321.1)", "1"},
        {"DAYS(\"x\",1)", "#VALUE!"},
        {"DAYS(#N/A,1)", "#N/A"},
        {"DAYS(-1,1)", "#NUM!"},
        {"DAYS(DATE(2025,1,1),DATE(2024,1,1))", "366"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(days360_)
{
    static const struct formula_case cases[] = {
        {"DAYS360(DATE(2024,1,31),DATE(2024,3,31))", "60"},
        {"DAYS360(DATE(2024,1,30),DATE(2024,2,29))", "29"},
        {"DAYS360(DATE(2024,2,29),DATE(2024,3,31))", "30"},
        {"DAYS360(DATE(2024,2,29),DATE(2024,3,31),TRUE)", "31"},
        {"DAYS360(DATE(2024,3,31),DATE(2024,1,30))", "-60"},
        {"DAYS360(DATE(2023,2,28),DATE(2024,2,29))", "359"},
        {"DAYS360(DATE(2024,1,1),DATE(2025,1,1))", "360"},
        {"DAYS360(DATE(2024,1,31),DATE(2024,2,28))", "28"},
        {"DAYS360(DATE(2024,1,15),DATE(2024,1,31))", "16"},
        {"DAYS360(DATE(2024,1,15),DATE(2024,1,31),TRUE)", "15"},
        {"DAYS360(#N/A,1)", "#N/A"},
        {"DAYS360(-1,1)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(networkdays_)
{
    static const struct formula_case cases[] = {
        {"NETWORKDAYS(DATE(2024,1,1),DATE(2024,1,31))", "23"},
        {"NETWORKDAYS(DATE(2024,1,31),DATE(2024,1,1))", "-23"},
        {"NETWORKDAYS(DATE(2024,1,6),DATE(2024,1,7))", "0"},
        {"NETWORKDAYS(DATE(2024,1,1),DATE(2024,1,31),DATE(2024,1,1))", "22"},
        {"NETWORKDAYS(DATE(2024,1,1),DATE(2024,1,31),{45292,45293,45297,45292})", "21"},
        {"NETWORKDAYS(DATE(2024,1,5),DATE(2024,1,8))", "2"},
        {"NETWORKDAYS(DATE(2024,1,1),DATE(2024,12,31))", "262"},
        {"NETWORKDAYS(DATE(2024,1,1),DATE(2024,1,31),\"2024-01-02\")", "22"},
        {"NETWORKDAYS(DATE(2024,1,1),DATE(2024,1,31),\"x\")", "#VALUE!"},
        {"NETWORKDAYS(DATE(2024,1,1),DATE(2024,1,31),#N/A)", "#N/A"},
        {"NETWORKDAYS(#N/A,1)", "#N/A"},
        {"NETWORKDAYS(-1,1)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(networkdays_intl_)
{
    static const struct formula_case cases[] = {
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,31),7)", "23"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,31),\"0000011\")", "23"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,7))", "5"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,7),1)", "5"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,7),17)", "6"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,7),\"1000000\")", "6"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,7),\"1111111\")", "0"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,7),8)", "#NUM!"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,7),\"10\")", "#VALUE!"},
        {"NETWORKDAYS.INTL(DATE(2024,1,1),DATE(2024,1,7),11,{45293,45298})", "5"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(workday_)
{
    static const struct formula_case cases[] = {
        {"WORKDAY(DATE(2024,1,1),5)", "45299"},
        {"WORKDAY(DATE(2024,1,6),1)", "45299"},
        {"WORKDAY(DATE(2024,1,6),0)", "45297"},
        {"WORKDAY(DATE(2024,1,6),-1)", "45296"},
        {"WORKDAY(DATE(2024,1,1),5,{45293,45294})", "45301"},
        {"WORKDAY(DATE(2024,1,1),-1000000)", "#NUM!"},
        {"WORKDAY(DATE(2024,1,31),-5)", "45315"},
        {"WORKDAY(DATE(2024,1,5),1)", "45299"},
        {"WORKDAY(DATE(2024,1,1),260)", "45656"},
        {"WORKDAY(DATE(2024,1,8),-1,{45296,45295})", "45294"},
        {"WORKDAY(#N/A,1)", "#N/A"},
        {"WORKDAY(DATE(2024,1,1),1,#N/A)", "#N/A"},
        {"WORKDAY(2958465,1)", "#NUM!"},
        {"WORKDAY(DATE(2024,1,1),1E+20)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(workday_intl_)
{
    static const struct formula_case cases[] = {
        {"WORKDAY.INTL(DATE(2024,1,1),5,11)", "45297"},
        {"WORKDAY.INTL(DATE(2024,1,1),5,\"1111111\")", "#VALUE!"},
        {"WORKDAY.INTL(DATE(2024,1,1),1)", "45293"},
        {"WORKDAY.INTL(DATE(2024,1,5),1,7)", "45298"},
        {"WORKDAY.INTL(DATE(2024,1,5),1,\"0000111\")", "45299"},
        {"WORKDAY.INTL(DATE(2024,1,5),-3,\"1111110\")", "45277"},
        {"WORKDAY.INTL(DATE(2024,1,5),1,0)", "#NUM!"},
        {"WORKDAY.INTL(DATE(2024,1,5),1,\"x\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(yearfrac_)
{
    static const struct formula_case cases[] = {
        {"YEARFRAC(DATE(2024,1,1),DATE(2024,7,1))", "0.5"},
        {"YEARFRAC(DATE(2024,1,1),DATE(2024,7,1),1)", "0.497267759562842"},
        {"YEARFRAC(DATE(2024,1,1),DATE(2024,7,1),2)", "0.505555555555556"},
        {"YEARFRAC(DATE(2024,1,1),DATE(2024,7,1),3)", "0.498630136986301"},
        {"YEARFRAC(DATE(2024,1,1),DATE(2024,7,1),4)", "0.5"},
        {"YEARFRAC(DATE(2023,6,1),DATE(2024,7,1),1)", "1.08344733242134"},
        {"YEARFRAC(DATE(2020,1,1),DATE(2024,7,1),1)", "4.49644225506295"},
        {"YEARFRAC(DATE(2023,3,1),DATE(2024,3,1),1)", "1"},
        {"YEARFRAC(DATE(2024,2,29),DATE(2025,2,28),1)", "0.997267759562842"},
        {"YEARFRAC(DATE(2024,7,1),DATE(2024,1,1),1)", "0.497267759562842"},
        {"YEARFRAC(DATE(2024,1,1),DATE(2024,7,1),5)", "#NUM!"},
        {"YEARFRAC(DATE(2023,2,28),DATE(2024,2,29),0)", "1"},
        {"YEARFRAC(DATE(2023,2,28),DATE(2023,3,31),0)", "0.0861111111111111"},
        {"YEARFRAC(DATE(2024,1,31),DATE(2024,3,31))", "0.166666666666667"},
        {"YEARFRAC(DATE(2024,1,1),DATE(2024,1,1))", "0"},
        {"YEARFRAC(DATE(2023,12,31),DATE(2024,12,31),1)", "1"},
        {"YEARFRAC(DATE(2024,1,31),DATE(2024,7,31),4)", "0.5"},
        {"YEARFRAC(DATE(2000,1,1),DATE(2024,1,1),1)", "23.9980289093298"},
        {"YEARFRAC(#N/A,1)", "#N/A"},
        {"YEARFRAC(\"x\",1)", "#VALUE!"},
        {"YEARFRAC(DATE(2024,1,1),DATE(2024,7,1),-1)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(datevalue_)
{
    static const struct formula_case cases[] = {
        {"DATEVALUE(\"2024-01-31\")", "45322"},
        {"DATEVALUE(\"2024-01-31 12:30\")", "45322"},
        {"DATEVALUE(\"12:30\")", "0"},
        {"DATEVALUE(\"x\")", "#VALUE!"},
        {"DATEVALUE(45322)", "#VALUE!"},
        {"DATEVALUE(\"31-Jan-24\")", "45322"},
        {"DATEVALUE(\"1/31/2024\")", "45322"},
        {"DATEVALUE(\"Jan 31, 2024\")", "45322"},
        {"DATEVALUE(\"12\")", "#VALUE!"},
        {"DATEVALUE(\"2/30/2024\")", "#VALUE!"},
        {"DATEVALUE(#N/A)", "#N/A"},
        {"DATEVALUE(\"31.1.2024\")", "#VALUE!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(timevalue_)
{
    static const struct formula_case cases[] = {
        {"TIMEVALUE(\"12:30\")", "0.520833333333333"},
        {"TIMEVALUE(\"2024-01-31 12:30\")", "0.520833333333333"},
        {"TIMEVALUE(\"25:00\")", "0.0416666666666667"},
        {"TIMEVALUE(\"x\")", "#VALUE!"},
        {"TIMEVALUE(\"2024-01-31\")", "0"},
        {"TIMEVALUE(\"6:00\")", "0.25"},
        {"TIMEVALUE(\"6:00 PM\")", "0.75"},
        {"TIMEVALUE(\"12:30:15\")", "0.521006944444444"},
        {"TIMEVALUE(\"12\")", "#VALUE!"},
        {"TIMEVALUE(#N/A)", "#N/A"},
        {"TIMEVALUE(\"24:00\")", "0"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(cells)
{
    static const struct formula_case cases[] = {
        {"YEAR(A1)", "2024"},
        {"NETWORKDAYS(A1,A2)", "23"},
        {"NETWORKDAYS(A1,A2,B1:B3)", "21"},
        {"NETWORKDAYS(A1,A2,B1:B4)", "20"},
        {"NETWORKDAYS(A1,A2,B:B)", "#VALUE!"},
        {"NETWORKDAYS(A1,A2,B1:B5)", "#VALUE!"},
        {"NETWORKDAYS(A1,A2,B1:B6)", "#VALUE!"},
        {"NETWORKDAYS(A1,A2,B6)", "#VALUE!"},
        {"NETWORKDAYS(A1,A2,{\"2024-01-02\",\"2024-01-03\"})", "21"},
        {"WORKDAY(A1,1,{\"2024-01-02\",\"x\"})", "#VALUE!"},
        {"NETWORKDAYS(A1,A2,Other!A:A)", "23"},
        {"NETWORKDAYS(A1,A2,C1)", "#DIV/0!"},
        {"NETWORKDAYS(A1:A2,A2)", "#VALUE!"},
        {"NETWORKDAYS(A1,A2,)", "23"},
        {"WORKDAY(A1,1,B1:B4)", "45295"},
        {"WORKDAY(A1,-1,B1:B4)", "45289"},
        {"DAYS(A2,A1)", "30"},
        {"YEAR(C1)", "#DIV/0!"},
        {"{=SUM(MONTH(A1:A2))}", "2"},
        {"SUMPRODUCT(--(WEEKDAY(B1:B3,2)<6))", "3"},
    };
    put("A1", "45292");
    put("A2", "45322");
    put("B1", "45293");
    put("B2", "45294");
    put("B3", "45293");
    put("B4", "\"45296\""); /* a text that says a day is one */
    put("B5", "\"text\"");
    put("B6", "TRUE");
    put("C1", "#DIV/0!");
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(days_from_1904)
{
    static const struct formula_case cases[] = {
        {"DATE(2024,1,31)", "43860"},
        {"DATE(1904,1,1)", "0"},
        {"DATE(1903,12,31)", "#NUM!"},
        {"YEAR(0)", "1904"},
        {"DAY(43860)", "31"},
        {"WEEKDAY(43860)", "4"},
        {"EDATE(43860,1)", "43889"},
        {"EOMONTH(0,-1)", "#NUM!"},
        {"EOMONTH(0,0)", "30"},
        {"WORKDAY(43860,1)", "43861"},
        {"WORKDAY(43860,1,43861)", "43862"},
        {"NETWORKDAYS(43830,43860,43830)", "22"},
        {"DATEVALUE(\"2024-01-31\")", "43860"},
        {"TIMEVALUE(\"6:00\")", "0.25"},
        {"YEAR(2957003)", "9999"},
        {"YEAR(2957004)", "#NUM!"},
        {"YEAR(TODAY())=YEAR(NOW())", "TRUE"},
        {"YEAR(TODAY())>2023", "TRUE"},
        {"\"2024-01-31\"+0", "43860"},
        {"-\"2024-01-31\"", "-43860"},
        {"YEAR(\"2024-01-31\")", "2024"},
        {"SUM(\"2024-01-31\")", "43860"},
        {"\"12\"*2", "24"},
        {"\"6:00\"+0", "0.25"},
    };
    book->is_1904 = true;
    check_formulas(cases, array_count(cases));
}
END_TEST

/* Day by day. */
static int64_t count_slowly(int64_t from, int64_t to, const char *weekend, const int64_t *holidays)
{
    int64_t count = 0;
    for (int64_t day = from; day <= to; day++) {
        struct date date;
        require(date_from_number((double)day, &date));
        bool is_free = weekend[(date.weekday + 6) % 7] == '1';
        for (int i = 0; i < 4; i++)
            is_free |= holidays[i] == day;
        count += !is_free;
    }
    return count;
}

START_TEST(working_days_one_by_one)
{
    uint64_t random = 20240131;
    for (int round = 0; round < 300; round++) {
        char weekend[8] = "0000000", formula[200];
        int64_t from = 40 + (int64_t)random_below(&random, 60), holidays[4];
        int64_t to = from + (int64_t)random_below(&random, 100);
        for (int i = 0; i < 7; i++)
            weekend[i] = random_below(&random, 3) == 0 ? '1' : '0';
        for (int i = 0; i < 4; i++)
            holidays[i] = 30 + (int64_t)random_below(&random, 160);
        int64_t count = count_slowly(from, to, weekend, holidays);
        (void)snprintf(formula, sizeof formula,
                       "NETWORKDAYS.INTL(%lld,%lld,\"%s\",{%lld,%lld,%lld,%lld})", (long long)from,
                       (long long)to, weekend, (long long)holidays[0], (long long)holidays[1],
                       (long long)holidays[2], (long long)holidays[3]);
        struct formula_result result = result_in(formula, place_of("Z99"));
        require(strtoll(result.text, NULL, 10) == count, "round %d of seed 20240131: %s is %s",
                round, formula, result.text);
        /* And back: the first day with so many. */
        if (!count)
            continue;
        (void)snprintf(formula, sizeof formula,
                       "WORKDAY.INTL(%lld,%lld,\"%s\",{%lld,%lld,%lld,%lld})", (long long)from - 1,
                       (long long)count, weekend, (long long)holidays[0], (long long)holidays[1],
                       (long long)holidays[2], (long long)holidays[3]);
        result = result_in(formula, place_of("Z99"));
        int64_t day = strtoll(result.text, NULL, 10);
        require(day <= to && count_slowly(from, day, weekend, holidays) == count &&
                    count_slowly(from, day - 1, weekend, holidays) == count - 1,
                "round %d of seed 20240131: %s is %s", round, formula, result.text);
    }
}
END_TEST

/* Weeks of ISO 8601 against the C library's, days of all kinds of years. */
START_TEST(weeks_of_iso)
{
    for (int year = 1901; year <= 2100; year++)
        for (int day = 0; day < 14; day++) {
            char formula[64], week[8];
            struct tm tm = {
                .tm_year = year - 1900, .tm_mon = 11, .tm_mday = 25 + day, .tm_hour = 12};
            time_t moment = timegm(&tm);
            require(gmtime_r(&moment, &tm) && strftime(week, sizeof week, "%V", &tm));
            (void)snprintf(formula, sizeof formula, "ISOWEEKNUM(DATE(%d,12,%d))", year, 25 + day);
            struct formula_result result = result_in(formula, place_of("Z99"));
            require(atoi(result.text) == atoi(week), "%s is %s, not %s", formula, result.text,
                    week);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet/function_date");
    TCase *test = test_case(suite, "functions");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, date_);
    tcase_add_test(test, time_);
    tcase_add_test(test, today_and_now);
    tcase_add_test(test, year_);
    tcase_add_test(test, month_);
    tcase_add_test(test, day_);
    tcase_add_test(test, hour_);
    tcase_add_test(test, minute_);
    tcase_add_test(test, second_);
    tcase_add_test(test, weekday_);
    tcase_add_test(test, weeknum_);
    tcase_add_test(test, isoweeknum_);
    tcase_add_test(test, edate_);
    tcase_add_test(test, eomonth_);
    tcase_add_test(test, datedif_);
    tcase_add_test(test, days_);
    tcase_add_test(test, days360_);
    tcase_add_test(test, networkdays_);
    tcase_add_test(test, networkdays_intl_);
    tcase_add_test(test, workday_);
    tcase_add_test(test, workday_intl_);
    tcase_add_test(test, yearfrac_);
    tcase_add_test(test, datevalue_);
    tcase_add_test(test, timevalue_);
    tcase_add_test(test, cells);
    tcase_add_test(test, days_from_1904);
    tcase_add_test(test, working_days_one_by_one);
    tcase_add_test(test, weeks_of_iso);
    return test_main(suite);
}
