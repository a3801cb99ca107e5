/* SPDX-License-Identifier: MIT */
/*
 * typed.c - text as an amount (a number with signs, groups, percent, currency), a fraction, or a
 * moment (date, time, both). Each is tried in turn on the whole text; none looks at a text twice.
 *
 * Where parts of a date could mean two things the American order counts, as everywhere in formulas;
 * points between them mean day, month, year, but only for people: to functions "1.2.2024" is no
 * date.
 */
#include "sheet/values/typed.h"

#include <string.h>
#include <strings.h>

#include "sheet/values/date.h"

enum {
    AMOUNT_BYTES = 400,      /* of digits; longer ones are text */
    WHOLE_DIGITS_MAX = 15,   /* more of them are lost in a double */
    FRACTION_DIGITS_MAX = 9, /* of each part */
    DECIMALS_KNOWN = 6,      /* with formats of their own */
    HOURS_MAX = 9999,
    DATE_PARTS = 3,
    CENTURY_CHANGES = 30 /* 29 is 2029, 30 is 1930 */
};

struct scan {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool has_more(const struct scan *scan)
{
    return scan->at < scan->end;
}

static bool is_at(const struct scan *scan, char c)
{
    return has_more(scan) && *scan->at == c;
}

static bool take(struct scan *scan, char c)
{
    if (!is_at(scan, c))
        return false;
    scan->at++;
    return true;
}

static size_t skip_spaces(struct scan *scan)
{
    const char *start = scan->at;
    while (is_at(scan, ' '))
        scan->at++;
    return (size_t)(scan->at - start);
}

static struct scan trimmed(const char *text, size_t text_bytes)
{
    struct scan scan = {text, text + text_bytes};
    (void)skip_spaces(&scan); /* how many does not matter */
    while (scan.at < scan.end && scan.end[-1] == ' ')
        scan.end--;
    return scan;
}

/* Up to so many digits; how many there were, 0: none, or too many. */
static int take_number(struct scan *scan, int digits_max, int64_t *number)
{
    int digits = 0;
    *number = 0;
    for (; has_more(scan) && is_digit(*scan->at); scan->at++) {
        if (digits++ == digits_max)
            return 0;
        *number = *number * 10 + (*scan->at - '0');
    }
    return digits;
}

/* ---- amounts ------------------------------------------------------------------------------------
 */

enum currency { NO_CURRENCY, DOLLAR, EURO, POUND, YEN, CURRENCY_COUNT };

struct amount {
    double number;
    int whole_digits, decimals;
    enum currency currency;
    bool is_negative, is_percent, has_groups, has_point, has_exponent;
    bool symbol_is_behind;
    bool is_unusual; /* a number to people, but written otherwise by programs */
};

struct digits {
    char text[AMOUNT_BYTES + 8]; /* and "e-2" */
    size_t count;
};

static bool keep(struct digits *digits, char c)
{
    if (digits->count == AMOUNT_BYTES)
        return false;
    digits->text[digits->count++] = c;
    return true;
}

static enum currency take_currency(struct scan *scan)
{
    static const char *const symbols[CURRENCY_COUNT] = {
        [DOLLAR] = "$", [EURO] = "\u20ac", [POUND] = "\u00a3", [YEN] = "\u00a5"};
    for (enum currency i = DOLLAR; i < CURRENCY_COUNT; i++) {
        size_t size_bytes = strlen(symbols[i]);
        if ((size_t)(scan->end - scan->at) >= size_bytes &&
            memcmp(scan->at, symbols[i], size_bytes) == 0) {
            scan->at += size_bytes;
            return i;
        }
    }
    return NO_CURRENCY;
}

/* Sign and symbol in either order. */
static void take_front(struct scan *scan, struct amount *amount)
{
    bool has_sign = amount->is_negative; /* brackets */
    for (;;) {
        if (!has_sign && (is_at(scan, '-') || is_at(scan, '+'))) {
            amount->is_negative = *scan->at == '-';
            amount->is_unusual |= *scan->at == '+' || amount->currency != NO_CURRENCY;
            has_sign = true;
            scan->at++;
        } else if (amount->currency != NO_CURRENCY ||
                   (amount->currency = take_currency(scan)) == NO_CURRENCY) {
            return;
        }
        if (skip_spaces(scan))
            amount->is_unusual = true;
    }
}

/* Digits before the point: "1234", or in groups of three. */
static bool take_whole(struct scan *scan, struct amount *amount, struct digits *digits)
{
    int run = 0;
    bool is_zero_first = is_at(scan, '0');
    for (; has_more(scan); scan->at++) {
        if (is_digit(*scan->at)) {
            run++;
            amount->whole_digits++;
            if (!keep(digits, *scan->at))
                return false;
        } else if (*scan->at == ',' && run) {
            if (amount->has_groups ? run != 3 : run > 3)
                return false;
            amount->has_groups = true;
            run = 0;
        } else {
            break;
        }
    }
    amount->is_unusual |= is_zero_first && amount->whole_digits > 1;
    return !amount->has_groups || run == 3;
}

static bool take_decimals(struct scan *scan, struct amount *amount, struct digits *digits)
{
    if (!take(scan, '.'))
        return amount->whole_digits != 0;
    amount->has_point = true;
    if (!keep(digits, '.'))
        return false;
    for (; has_more(scan) && is_digit(*scan->at); scan->at++) {
        amount->decimals++;
        if (!keep(digits, *scan->at))
            return false;
    }
    return amount->whole_digits + amount->decimals != 0;
}

static bool take_exponent(struct scan *scan, struct amount *amount, struct digits *digits)
{
    struct scan ahead = *scan;
    if (!take(&ahead, 'e') && !take(&ahead, 'E'))
        return true;
    bool has_sign = is_at(&ahead, '-') || is_at(&ahead, '+');
    if (has_sign)
        ahead.at++;
    if (!has_more(&ahead) || !is_digit(*ahead.at))
        return false;
    amount->has_exponent = true;
    /* "2E5" may as well be the name of something; programs write 2E+05 or 2.0e5. */
    amount->is_unusual |= !has_sign && !amount->has_point;
    while (has_more(&ahead) && is_digit(*ahead.at))
        ahead.at++;
    for (; scan->at < ahead.at; scan->at++)
        if (!keep(digits, *scan->at))
            return false;
    return true;
}

static bool take_behind(struct scan *scan, struct amount *amount, bool has_front_sign)
{
    while (has_more(scan)) {
        size_t spaces = skip_spaces(scan);
        if (!amount->is_percent && take(scan, '%')) {
            amount->is_percent = true;
            amount->is_unusual |= spaces != 0;
        } else if (!has_front_sign && !amount->is_negative && take(scan, '-')) {
            amount->is_negative = amount->is_unusual = true;
        } else if (amount->currency == NO_CURRENCY &&
                   (amount->currency = take_currency(scan)) != NO_CURRENCY) {
            amount->symbol_is_behind = true;
            amount->is_unusual |= spaces > 1;
        } else {
            return false;
        }
    }
    return !(amount->is_percent && amount->currency != NO_CURRENCY);
}

/* Hundredths go into the exponent: 12.3% is 0.123 and not what 12.3 / 100 is rounded to. */
static bool convert(struct amount *amount, struct digits *digits)
{
    bool divides = amount->is_percent && amount->has_exponent;
    if (amount->is_percent && !divides) {
        memcpy(digits->text + digits->count, "e-2", 3);
        digits->count += 3;
    }
    if (!value_parse_number(digits->text, digits->count, &amount->number))
        return false;
    if (divides)
        amount->number /= 100;
    if (amount->is_negative && amount->number != 0)
        amount->number = -amount->number;
    return true;
}

static bool scan_amount(struct scan scan, struct amount *amount)
{
    struct digits digits;
    digits.count = 0;
    *amount = (struct amount){0};
    if (scan.end - scan.at > 2 && *scan.at == '(' && scan.end[-1] == ')') {
        scan.at++;
        scan.end--;
        amount->is_negative = amount->is_unusual = true;
    }
    const char *front = scan.at;
    take_front(&scan, amount);
    bool has_front = scan.at != front;
    if (!take_whole(&scan, amount, &digits) || !take_decimals(&scan, amount, &digits) ||
        !take_exponent(&scan, amount, &digits) || !take_behind(&scan, amount, has_front))
        return false;
    return convert(amount, &digits);
}

static bool is_amount_careful(const struct amount *amount)
{
    if (amount->is_unusual)
        return false;
    return amount->has_point || amount->has_exponent || amount->whole_digits <= WHOLE_DIGITS_MAX;
}

static const char *format_of_decimals(const char *const *formats, int decimals,
                                      enum typed_rules rules)
{
    if (rules == TYPED_ALL)
        return formats[decimals ? 2 : 0];
    return formats[decimals < DECIMALS_KNOWN ? decimals : DECIMALS_KNOWN];
}

static const char *amount_format(const struct amount *amount, enum typed_rules rules)
{
    static const char *const percents[] = {"0%",      "0.0%",     "0.00%",    "0.000%",
                                           "0.0000%", "0.00000%", "0.000000%"};
    static const char *const groups[] = {"#,##0",      "#,##0.0",     "#,##0.00",    "#,##0.000",
                                         "#,##0.0000", "#,##0.00000", "#,##0.000000"};
    static const char *const in_front[CURRENCY_COUNT][2] = {
        [DOLLAR] = {"\"$\"#,##0", "\"$\"#,##0.00"},
        [EURO] = {"\"\u20ac\"#,##0", "\"\u20ac\"#,##0.00"},
        [POUND] = {"\"\u00a3\"#,##0", "\"\u00a3\"#,##0.00"},
        [YEN] = {"\"\u00a5\"#,##0", "\"\u00a5\"#,##0.00"}};
    static const char *const behind[CURRENCY_COUNT][2] = {
        [DOLLAR] = {"#,##0 \"$\"", "#,##0.00 \"$\""},
        [EURO] = {"#,##0 \"\u20ac\"", "#,##0.00 \"\u20ac\""},
        [POUND] = {"#,##0 \"\u00a3\"", "#,##0.00 \"\u00a3\""},
        [YEN] = {"#,##0 \"\u00a5\"", "#,##0.00 \"\u00a5\""}};
    if (amount->is_percent)
        return format_of_decimals(percents, amount->decimals, rules);
    if (amount->currency != NO_CURRENCY)
        return (amount->symbol_is_behind ? behind
                                         : in_front)[amount->currency][amount->decimals != 0];
    if (amount->has_exponent)
        return rules == TYPED_ALL ? "0.00E+00" : NULL;
    return amount->has_groups ? format_of_decimals(groups, amount->decimals, rules) : NULL;
}

/* ---- fractions: "1 3/4" -------------------------------------------------------------------------
 */

static bool scan_fraction(struct scan scan, double *number, const char **format)
{
    int64_t whole, above, below;
    bool is_negative = take(&scan, '-');
    if (!take_number(&scan, FRACTION_DIGITS_MAX, &whole) || !skip_spaces(&scan) ||
        !take_number(&scan, FRACTION_DIGITS_MAX, &above) || !take(&scan, '/'))
        return false;
    int digits = take_number(&scan, FRACTION_DIGITS_MAX, &below);
    if (!digits || has_more(&scan) || !below)
        return false;
    *number = (double)(whole * below + above) / (double)below;
    if (is_negative && *number != 0)
        *number = -*number;
    *format = digits == 1 ? "# ?/?" : digits == 2 ? "# ?\?/??" : "# ??\?/???";
    return true;
}

/* ---- times --------------------------------------------------------------------------------------
 */

struct clock {
    double seconds;
    int64_t hour, minute;
    int hour_digits, decimals;
    bool has_minutes, has_seconds, is_of_12, is_minutes; /* "12:30.5": no hours */
    bool is_unusual;
};

static bool take_half(struct scan *scan, struct clock *clock)
{
    struct scan ahead = *scan;
    size_t spaces = skip_spaces(&ahead);
    if (!has_more(&ahead) || !strchr("aApP", *ahead.at))
        return true;
    bool is_afternoon = *ahead.at == 'p' || *ahead.at == 'P';
    clock->is_unusual |=
        spaces != 1 || !clock->has_minutes || clock->hour_digits != 1 + (clock->hour > 9);
    clock->is_unusual |= *ahead.at > 'Z';
    ahead.at++;
    if (take(&ahead, 'm'))
        clock->is_unusual = true;
    else if (!take(&ahead, 'M'))
        return false;
    if (clock->hour > 12)
        return false;
    clock->is_of_12 = true;
    clock->hour = clock->hour % 12 + (is_afternoon ? 12 : 0);
    *scan = ahead;
    return true;
}

/* The second after its point; digits beyond those of a double do not matter. */
static void take_second_part(struct scan *scan, struct clock *clock, int64_t whole)
{
    double unit = 1, part = 0;
    for (; has_more(scan) && is_digit(*scan->at); scan->at++)
        if (clock->decimals++ < 12) {
            unit *= 10;
            part = part * 10 + (*scan->at - '0');
        }
    clock->seconds = (double)whole + part / unit;
}

/* ":30", and ":15.5" behind it. */
static bool take_parts(struct scan *scan, struct clock *clock)
{
    int64_t second;
    int digits = take_number(scan, 2, &clock->minute);
    if (!digits || clock->minute > 59)
        return false;
    clock->is_unusual |= digits != 2;
    clock->has_minutes = true;
    if (take(scan, '.')) { /* minutes and seconds, then */
        clock->is_minutes = clock->is_unusual = clock->has_seconds = true;
        if (clock->hour > 59)
            return false;
        second = clock->minute;
        clock->minute = clock->hour;
        clock->hour = 0;
        take_second_part(scan, clock, second);
        return true;
    }
    if (!take(scan, ':'))
        return true;
    digits = take_number(scan, 2, &second);
    if (!digits || second > 59)
        return false;
    clock->is_unusual |= digits != 2;
    clock->has_seconds = true;
    clock->seconds = (double)second;
    if (take(scan, '.'))
        take_second_part(scan, clock, second);
    return true;
}

static bool take_clock(struct scan *scan, struct clock *clock)
{
    *clock = (struct clock){0};
    clock->hour_digits = take_number(scan, 4, &clock->hour);
    if (!clock->hour_digits || clock->hour > HOURS_MAX)
        return false;
    if (take(scan, ':') && !take_parts(scan, clock))
        return false;
    if (!clock->is_minutes && !take_half(scan, clock))
        return false;
    /* Digits that the format will not show are not lost in files. */
    clock->is_unusual |= clock->decimals != 0 && clock->decimals != 3;
    return clock->has_minutes || clock->is_of_12;
}

static double clock_seconds(const struct clock *clock)
{
    return (double)(clock->hour * 3600 + clock->minute * 60) + clock->seconds;
}

static const char *clock_format(const struct clock *clock)
{
    if (clock->is_minutes)
        return "mm:ss.0";
    if (clock->is_of_12)
        return clock->has_seconds ? "h:mm:ss AM/PM" : "h:mm AM/PM";
    if (clock->hour > 23)
        return clock->has_seconds ? "[h]:mm:ss" : "[h]:mm";
    if (clock->decimals)
        return "hh:mm:ss.000";
    if (clock->hour_digits == 1)
        return clock->has_seconds ? "h:mm:ss" : "h:mm";
    return clock->has_seconds ? "hh:mm:ss" : "hh:mm";
}

/* ---- dates --------------------------------------------------------------------------------------
 */

enum date_shape { SHAPE_ISO, SHAPE_YEAR_FIRST, SHAPE_AMERICAN, SHAPE_POINTS, SHAPE_NAMED };

struct part {
    int64_t number;
    int digits;     /* 0: the name of a month */
    char separator; /* before it */
};

struct day {
    double number;
    enum date_shape shape;
    const char *format;
};

static bool take_month_name(struct scan *scan, int64_t *month)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    const char *start = scan->at;
    while (has_more(scan) && is_letter(*scan->at))
        scan->at++;
    size_t size_bytes = (size_t)(scan->at - start);
    for (int i = 0; i < 12; i++) {
        bool is_short = size_bytes == 3 || (i == 8 && size_bytes == 4);
        if ((is_short || size_bytes == strlen(names[i])) &&
            strncasecmp(start, names[i], size_bytes) == 0) {
            *month = i + 1;
            return true;
        }
    }
    return false;
}

/* A '-', '/', '.', ',' or nothing, spaces around: what stands for it, 0 for nothing at all. */
static char take_separator(struct scan *scan)
{
    char separator = skip_spaces(scan) ? ' ' : '\0';
    if (has_more(scan) && strchr("-/.,", *scan->at)) {
        separator = *scan->at++;
        (void)skip_spaces(scan); /* "Jan 31, 2024" */
    }
    return separator;
}

static bool take_part(struct scan *scan, struct part *part)
{
    if (!has_more(scan))
        return false;
    if (is_letter(*scan->at)) {
        part->digits = 0;
        return take_month_name(scan, &part->number);
    }
    part->digits = take_number(scan, 4, &part->number);
    return part->digits && !is_at(scan, ':'); /* that is a time's */
}

static int take_date_parts(struct scan *scan, struct part parts[DATE_PARTS])
{
    int count = 0;
    while (count < DATE_PARTS) {
        struct scan ahead = *scan;
        parts[count].separator = take_separator(&ahead);
        if ((count && !parts[count].separator) || !take_part(&ahead, &parts[count]))
            break;
        *scan = ahead;
        count++;
    }
    return count;
}

static bool is_year(const struct part *part)
{
    return part->digits == 4 || part->digits == 2 || part->digits == 1;
}

static int64_t year_of(const struct part *part)
{
    if (part->digits == 4)
        return part->number;
    return part->number + (part->number < CENTURY_CHANGES ? 2000 : 1900);
}

static int64_t year_now(void)
{
    struct date now;
    return date_from_number(date_now(), &now) ? now.year : 1900;
}

static bool set_day(struct day *day, int64_t year, int64_t month, int64_t in_month)
{
    if (year < 1900 || year > 9999 || month < 1 || month > 12 || in_month < 1 ||
        in_month > date_days_in_month((int)year, (int)month))
        return false;
    return date_to_number(year, month, in_month, &day->number);
}

static bool three_numbers(const struct part *p, struct day *day)
{
    char separator = p[1].separator;
    if (separator != p[2].separator || !strchr("-/.", separator))
        return false;
    if (p[0].digits == 4) {
        bool is_iso = separator == '-' && p[1].digits == 2 && p[2].digits == 2;
        day->shape = is_iso ? SHAPE_ISO : SHAPE_YEAR_FIRST;
        day->format = separator == '-' ? "yyyy-mm-dd" : "yyyy/mm/dd";
        return separator != '.' && set_day(day, p[0].number, p[1].number, p[2].number);
    }
    if (!is_year(&p[2]))
        return false;
    if (separator == '.') {
        day->shape = SHAPE_POINTS;
        day->format = p[0].digits == 2 && p[1].digits == 2 ? "dd.mm.yyyy" : "d.m.yyyy";
        return set_day(day, year_of(&p[2]), p[1].number, p[0].number);
    }
    day->shape = SHAPE_AMERICAN;
    day->format = "m/d/yyyy";
    return set_day(day, year_of(&p[2]), p[0].number, p[1].number);
}

static bool two_numbers(const struct part *p, struct day *day)
{
    char separator = p[1].separator;
    day->shape = SHAPE_AMERICAN;
    day->format = "mmm-yy";
    if (p[0].digits == 4 && (separator == '-' || separator == '/'))
        return p[1].digits <= 2 && set_day(day, p[0].number, p[1].number, 1);
    if (separator != '/')
        return false;
    if (p[1].digits == 4)
        return set_day(day, p[1].number, p[0].number, 1);
    day->format = "d-mmm";
    return set_day(day, year_now(), p[0].number, p[1].number);
}

static bool with_name(const struct part *p, int count, struct day *day)
{
    day->shape = SHAPE_NAMED;
    day->format = "d-mmm-yy";
    if (count == 3 && !p[0].digits && p[1].digits && is_year(&p[2]))
        return set_day(day, year_of(&p[2]), p[0].number, p[1].number);
    if (count == 3 && p[0].digits && !p[1].digits && is_year(&p[2]))
        return set_day(day, year_of(&p[2]), p[1].number, p[0].number);
    if (count != 2)
        return false;
    day->format = "d-mmm";
    if (p[0].digits && !p[1].digits)
        return set_day(day, year_now(), p[1].number, p[0].number);
    if (p[0].digits || !p[1].digits)
        return false;
    if (p[1].digits <= 2 && set_day(day, year_now(), p[0].number, p[1].number))
        return true;
    day->format = "mmm-yy";
    return is_year(&p[1]) && set_day(day, year_of(&p[1]), p[0].number, 1);
}

static bool take_day(struct scan *scan, struct day *day)
{
    struct part parts[DATE_PARTS];
    if (!has_more(scan) || !(is_digit(*scan->at) || is_letter(*scan->at)))
        return false;
    int count = take_date_parts(scan, parts);
    for (int i = 0; i < count; i++)
        if (!parts[i].digits)
            return with_name(parts, count, day);
    if (count == 3)
        return three_numbers(parts, day);
    return count == 2 && two_numbers(parts, day);
}

/* ---- dates in a known order
 * -----------------------------------------------------------------------
 */

/* "01.2.2024" would not be written back so. */
static bool day_format(const struct part *day, const struct part *month, const struct part *year,
                       char separator, enum typed_dates dates, const char **format)
{
#define LOOKS(sign)                                                                                \
    {                                                                                              \
        [TYPED_DATES_DMY] = {{"d" sign "m" sign "yy", "d" sign "m" sign "yyyy"},                   \
                             {"dd" sign "mm" sign "yy", "dd" sign "mm" sign "yyyy"}},              \
        [TYPED_DATES_MDY] = {{"m" sign "d" sign "yy", "m" sign "d" sign "yyyy"},                   \
                             {"mm" sign "dd" sign "yy", "mm" sign "dd" sign "yyyy"}},              \
        [TYPED_DATES_YMD] = {                                                                      \
            {"yy" sign "m" sign "d", "yyyy" sign "m" sign "d"},                                    \
            {"yy" sign "mm" sign "dd", "yyyy" sign "mm" sign "dd"}                                 \
        }                                                                                          \
    }
    static const char *const formats[][TYPED_DATES_YMD + 1][2][2] = {LOOKS("."), LOOKS("/"),
                                                                     LOOKS("-")};
#undef LOOKS
    bool is_padded = day->digits == 2 && month->digits == 2;
    bool has_zero =
        (day->digits == 2 && day->number < 10) || (month->digits == 2 && month->number < 10);
    size_t sign = separator == '.' ? 0 : separator == '/' ? 1 : 2;
    *format = formats[sign][dates][is_padded][year->digits == 4];
    return is_padded || !has_zero;
}

bool typed_date(const char *text, size_t text_bytes, enum typed_dates dates, struct typed *typed)
{
    static const struct {
        unsigned year, month, day;
    } places[] = {[TYPED_DATES_DMY] = {2, 1, 0},
                  [TYPED_DATES_MDY] = {2, 0, 1},
                  [TYPED_DATES_YMD] = {0, 1, 2}};
    struct scan scan = {text, text + text_bytes};
    struct part parts[DATE_PARTS] = {0};
    struct day found = {0};
    if (dates == TYPED_DATES_ISO)
        return false;
    for (int i = 0; i < DATE_PARTS; i++) {
        if (i > 0 && has_more(&scan))
            parts[i].separator = *scan.at++;
        parts[i].digits = take_number(&scan, 4, &parts[i].number);
    }
    const struct part *year = &parts[places[dates].year], *month = &parts[places[dates].month],
                      *day = &parts[places[dates].day];
    char separator = parts[1].separator;
    if (has_more(&scan) || !separator || !strchr("./-", separator) ||
        parts[2].separator != separator || (year->digits != 2 && year->digits != 4) ||
        !month->digits || month->digits > 2 || !day->digits || day->digits > 2 ||
        !set_day(&found, year_of(year), month->number, day->number) ||
        !day_format(day, month, year, separator, dates, &found.format))
        return false;
    *typed = (struct typed){value_number(found.number), found.format};
    return true;
}

/* ---- moments ------------------------------------------------------------------------------------
 */

struct moment {
    double number;
    const char *format;
    enum date_shape shape;
    bool has_day, is_unusual;
};

static const char *moment_format(const struct day *day, const struct clock *clock, bool has_t)
{
    static const char *const iso[2][3] = {
        {"yyyy-mm-dd hh:mm", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd hh:mm:ss.000"},
        {"yyyy-mm-dd\"T\"hh:mm", "yyyy-mm-dd\"T\"hh:mm:ss", "yyyy-mm-dd\"T\"hh:mm:ss.000"}};
    if (day->shape == SHAPE_ISO)
        return iso[has_t][clock->decimals ? 2 : clock->has_seconds];
    return day->shape == SHAPE_POINTS ? "dd.mm.yyyy hh:mm" : "m/d/yyyy h:mm";
}

static bool scan_moment(struct scan scan, struct moment *moment)
{
    struct scan start = scan;
    struct day day;
    struct clock clock;
    if (!take_day(&scan, &day)) {
        if (!take_clock(&start, &clock) || has_more(&start))
            return false;
        *moment = (struct moment){.number = clock_seconds(&clock) / 86400,
                                  .format = clock_format(&clock),
                                  .shape = SHAPE_ISO,
                                  .is_unusual = clock.is_unusual};
        return true;
    }
    *moment = (struct moment){
        .number = day.number, .format = day.format, .shape = day.shape, .has_day = true};
    if (!has_more(&scan))
        return true;
    bool has_t = take(&scan, 'T');
    size_t spaces = has_t ? 1 : skip_spaces(&scan);
    if (!spaces || !take_clock(&scan, &clock) || has_more(&scan) || clock.hour > 23)
        return false;
    moment->is_unusual =
        spaces != 1 || clock.is_unusual || clock.is_of_12 || clock.hour_digits != 2;
    moment->number = (day.number * 86400 + clock_seconds(&clock)) / 86400;
    moment->format = moment_format(&day, &clock, has_t);
    return moment->number < DATE_LAST + 1.0;
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

static bool is_word(const char *text, size_t text_bytes, const char *word, enum typed_rules rules)
{
    if (text_bytes != strlen(word))
        return false;
    return rules == TYPED_ALL ? strncasecmp(text, word, text_bytes) == 0
                              : memcmp(text, word, text_bytes) == 0;
}

static bool read_word(const char *text, size_t text_bytes, enum typed_rules rules,
                      struct value *value)
{
    enum value_error error;
    if (is_word(text, text_bytes, "TRUE", rules) || is_word(text, text_bytes, "FALSE", rules)) {
        *value = value_boolean(*text == 'T' || *text == 't');
        return true;
    }
    if (*text != '#' || !value_error_parse(text, text_bytes, &error))
        return false;
    *value = value_error(error);
    return true;
}

static bool read_number(struct scan scan, enum typed_rules rules, struct typed *typed)
{
    struct amount amount;
    struct moment moment;
    double number;
    if (scan_amount(scan, &amount)) {
        if (rules == TYPED_CAREFUL && !is_amount_careful(&amount))
            return false;
        *typed = (struct typed){value_number(amount.number), amount_format(&amount, rules)};
        return true;
    }
    if (rules == TYPED_ALL && scan_fraction(scan, &number, &typed->format)) {
        typed->value = value_number(number);
        return true;
    }
    if (!scan_moment(scan, &moment) ||
        (rules == TYPED_CAREFUL && (moment.is_unusual || moment.shape != SHAPE_ISO)))
        return false;
    *typed = (struct typed){value_number(moment.number), moment.format};
    return true;
}

/* Most texts are none of all that, and tell so by their first letter. */
static bool may_be_number(struct scan scan, enum typed_rules rules)
{
    if (!has_more(&scan))
        return false;
    unsigned char first = (unsigned char)*scan.at;
    if (first >= 0x80 || strchr("0123456789-.$", first))
        return true;
    return rules == TYPED_ALL && (is_letter((char)first) || first == '+' || first == '(');
}

struct typed typed_read(const char *text, size_t text_bytes, enum typed_rules rules)
{
    struct typed typed = {.value = value_blank()};
    if (!text_bytes)
        return typed;
    if (rules == TYPED_ALL && *text == '\'')
        return (struct typed){.value = value_text(text + 1, text_bytes - 1)};
    struct scan scan = trimmed(text, text_bytes);
    if (may_be_number(scan, rules) && read_number(scan, rules, &typed))
        return typed;
    if (has_more(&scan) && read_word(scan.at, (size_t)(scan.end - scan.at), rules, &typed.value))
        return typed;
    return (struct typed){.value = value_text(text, text_bytes)};
}

bool typed_number_in(const char *text, size_t text_bytes, bool is_1904, double *number)
{
    struct amount amount;
    struct moment moment;
    const char *format;
    struct scan scan = trimmed(text, text_bytes);
    if (!may_be_number(scan, TYPED_ALL))
        return false;
    if (scan_amount(scan, &amount)) {
        *number = amount.number;
        return true;
    }
    if (scan_fraction(scan, number, &format))
        return true;
    if (!scan_moment(scan, &moment) || moment.shape == SHAPE_POINTS)
        return false;
    *number = moment.number - (is_1904 && moment.has_day ? DATE_1904 : 0);
    return true;
}

bool typed_number(const char *text, size_t text_bytes, double *number)
{
    return typed_number_in(text, text_bytes, false, number);
}
