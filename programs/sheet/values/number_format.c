/* SPDX-License-Identifier: MIT */
/*
 * number_format.c - see number_format.h; codes are taken apart by format_code.c.
 *
 * Numbers are rounded as decimal text of 15 digits, halves away from zero: 1.005 is shown as 1.01,
 * though the double is a little less. What is rounded to 0 has no sign, but as a fraction.
 *
 * A section with a condition shows the sign of negative numbers, but for one that only negative
 * numbers can come to. Words are English, whatever language [$-407] names.
 */
#include "sheet/values/number_format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "sheet/values/date.h"
#include "sheet/values/decimal.h"
#include "sheet/values/fold.h"
#include "sheet/values/format_code.h"
#include "sheet/values/fraction.h"

/* ---- putting text down --------------------------------------------------------------------------
 */

struct writer {
    struct formatted *result;
    const struct format_token *fill; /* "*x" */
    size_t fill_at;
    bool is_full;
};

static void put(struct writer *writer, const char *text, size_t text_bytes)
{
    struct formatted *result = writer->result;
    size_t room_bytes = FORMAT_TEXT_BYTES - 1 - result->text_bytes;
    if (writer->is_full)
        return;
    if (text_bytes > room_bytes) {
        writer->is_full = true;
        text_bytes = room_bytes;
        while (text_bytes && ((unsigned char)text[text_bytes] & 0xC0) == 0x80)
            text_bytes--;
    }
    memcpy(result->text + result->text_bytes, text, text_bytes);
    result->text_bytes += text_bytes;
    result->text[result->text_bytes] = '\0';
}

static void put_letter(struct writer *writer, char letter)
{
    put(writer, &letter, 1);
}

static void put_string(struct writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

static void put_padded(struct writer *writer, int64_t number, unsigned digits)
{
    char text[32];
    int length =
        snprintf(text, sizeof text, "%0*lld", digits < 20 ? (int)digits : 20, (long long)number);
    if (length > 0)
        put(writer, text, (size_t)length);
}

static size_t width_of(const char *text, size_t text_bytes)
{
    size_t width = 0;
    for (size_t at = 0; at < text_bytes;) {
        uint32_t character;
        at += fold_decode(text + at, text_bytes - at, &character);
        int columns = utf8proc_charwidth((utf8proc_int32_t)character);
        width += columns > 0 ? (size_t)columns : 0;
    }
    return width;
}

/* Put in as many of the filling character as there is room for. */
static void fill(struct writer *writer, size_t columns)
{
    struct formatted *result = writer->result;
    if (!writer->fill || writer->is_full)
        return;
    size_t size_bytes = writer->fill->text_bytes;
    size_t each = width_of(writer->fill->text, size_bytes);
    size_t width = width_of(result->text, result->text_bytes);
    if (!each || !size_bytes || width >= columns)
        return;
    size_t count = (columns - width) / each;
    size_t room = (FORMAT_TEXT_BYTES - 1 - result->text_bytes) / size_bytes;
    count = count < room ? count : room;
    char *at = result->text + writer->fill_at;
    memmove(at + count * size_bytes, at, result->text_bytes - writer->fill_at + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(at + i * size_bytes, writer->fill->text, size_bytes);
    result->text_bytes += count * size_bytes;
}

/* What writes the same in every section. */
static void put_plain(struct writer *writer, const struct format_token *token)
{
    switch (token->kind) {
    case FORMAT_ROOM:
        put_letter(writer, ' ');
        break;
    case FORMAT_FILL:
        writer->fill = token;
        writer->fill_at = writer->result->text_bytes;
        break;
    case FORMAT_POINT:
        put_letter(writer, '.');
        break;
    default:
        put(writer, token->text, token->text_bytes);
        break;
    }
}

static void refuse(struct formatted *result)
{
    result->is_refused = true;
    result->text_bytes = 4;
    memcpy(result->text, "####", 5);
}

/* ---- numbers with digits ------------------------------------------------------------------------
 */

struct number {
    struct writer *writer;
    const struct format_section *section;
    struct decimal decimal;
    int exponent;
    unsigned whole_at, decimal_at; /* how many of the places are done */
    bool is_in_exponent, exponent_is_done, has_plus;
};

static void put_place(struct number *number, int place, char letter)
{
    bool is_zero = number->section->kind == FORMAT_SCIENTIFIC && !number->decimal.count;
    bool is_digit = place < number->decimal.point || letter == '0' || is_zero;
    if (!is_digit && letter == '#')
        return;
    put_letter(number->writer, is_digit ? decimal_digit(&number->decimal, place) : ' ');
    if (number->section->has_groups && place && place % 3 == 0)
        put_letter(number->writer, is_digit ? ',' : ' ');
}

/* Digits that no place is there for come before the first one. */
static void put_rest(struct number *number)
{
    int places = (int)number->section->whole_places;
    for (int place = number->decimal.point - 1; place >= places; place--)
        put_place(number, place, '0');
}

static void put_whole_digit(struct number *number, char letter)
{
    if (!number->whole_at)
        put_rest(number);
    number->whole_at++;
    put_place(number, (int)(number->section->whole_places - number->whole_at), letter);
}

static void put_decimal_digit(struct number *number, char letter)
{
    int index = number->decimal.point + (int)number->decimal_at;
    int place = -1 - (int)number->decimal_at++;
    if (index < number->decimal.count || letter == '0')
        put_letter(number->writer, decimal_digit(&number->decimal, place));
    else if (letter == '?')
        put_letter(number->writer, ' ');
}

static void put_exponent(struct number *number)
{
    if (number->exponent_is_done)
        return;
    if (number->exponent < 0 || number->has_plus)
        put_letter(number->writer, number->exponent < 0 ? '-' : '+');
    put_padded(number->writer, number->exponent < 0 ? -number->exponent : number->exponent,
               number->section->exponent_places);
    number->exponent_is_done = true;
}

static void put_number_token(struct number *number, const struct format_token *token)
{
    switch (token->kind) {
    case FORMAT_DIGIT:
        if (number->is_in_exponent)
            put_exponent(number);
        else if (number->whole_at < number->section->whole_places)
            put_whole_digit(number, (char)token->letter);
        else
            put_decimal_digit(number, (char)token->letter);
        break;
    case FORMAT_POINT:
        if (!number->section->whole_places)
            put_rest(number);
        put_letter(number->writer, '.');
        break;
    case FORMAT_EXPONENT:
        put_letter(number->writer, *token->text); /* E or e */
        number->has_plus = token->letter == '+';
        number->is_in_exponent = true;
        break;
    default:
        put_plain(number->writer, token);
        break;
    }
}

/* The exponent is a multiple of the number of places before the point: "##0.0E+0" counts by
 * thousands. Rounding may make one digit too many: then once more. */
static void set_exponent(struct number *number)
{
    const struct decimal given = number->decimal;
    int places = (int)number->section->whole_places, step = places ? places : 1;
    if (!given.count)
        return;
    int first = places ? given.point - 1 : given.point;
    number->exponent = (first >= 0 ? first / step : -((step - 1 - first) / step)) * step;
    for (int again = 0; again < 2; again++) {
        number->decimal = given;
        number->decimal.point -= number->exponent;
        decimal_round(&number->decimal, (int)number->section->decimal_places);
        if (number->decimal.point <= places)
            break;
        number->exponent += step;
    }
}

static void put_sign(struct writer *writer, bool is_negative)
{
    if (is_negative)
        put_letter(writer, '-');
}

static void write_digits(struct writer *writer, const struct format_section *section, double value,
                         bool shows_sign)
{
    struct number number = {.writer = writer, .section = section, .decimal = decimal_of(value)};
    bool has_digits = section->whole_places || section->decimal_places;
    if (section->kind != FORMAT_SCIENTIFIC) /* there "%" and "," are but what they look like */
        decimal_scale(&number.decimal, 2 * (int)section->percents - 3 * (int)section->thousands);
    if (section->kind == FORMAT_SCIENTIFIC)
        set_exponent(&number);
    else if (has_digits)
        decimal_round(&number.decimal, (int)section->decimal_places);
    put_sign(writer, shows_sign && value < 0 && (number.decimal.count || !has_digits));
    for (unsigned i = 0; i < section->token_count; i++)
        put_number_token(&number, &section->tokens[i]);
}

/* ---- fractions ----------------------------------------------------------------------------------
 */

/* Where there is no place for the whole, it is in the numerator. */
static struct fraction fraction_shown(const struct format_section *section, double value)
{
    struct fraction fraction = section->fixed ? fraction_below(value, section->fixed)
                                              : fraction_of(value, section->denominator_places);
    if (!section->whole_places) {
        fraction.above += fraction.whole * fraction.below;
        fraction.whole = 0;
    }
    return fraction;
}

/* A whole number in places of their own; is_left: as a denominator, blanks behind it. */
static void put_in_places(struct writer *writer, const struct format_token *tokens, unsigned places,
                          double value, bool is_left)
{
    char text[FORMAT_TEXT_BYTES];
    int printed = snprintf(text, sizeof text, "%.0f", value);
    unsigned length = printed > 0 && (size_t)printed < sizeof text ? (unsigned)printed : 0;
    unsigned missing = length < places ? places - length : 0;
    if (is_left)
        put(writer, text, length);
    for (unsigned i = 0; i < missing; i++) {
        char letter = (char)tokens[is_left ? length + i : i].letter;
        if (letter == '?' || (letter == '0' && is_left))
            put_letter(writer, ' ');
        else if (letter == '0')
            put_letter(writer, '0');
    }
    if (!is_left)
        put(writer, text, length);
}

static void put_blanks(struct writer *writer, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put_letter(writer, ' ');
}

static void write_fraction(struct writer *writer, const struct format_section *section,
                           double value, bool shows_sign)
{
    double scaled = fabs(value) * pow(100, section->percents) / pow(1000, section->thousands);
    struct fraction fraction = fraction_shown(section, isfinite(scaled) ? scaled : 0);
    if (!isfinite(scaled) || !isfinite(fraction.above)) {
        refuse(writer->result);
        return;
    }
    struct number whole = {
        .writer = writer, .section = section, .decimal = decimal_of(fraction.whole)};
    bool is_blank = section->whole_places && fraction.above == 0 &&
                    section->tokens[section->numerator].letter != '0';
    put_sign(writer, shows_sign && value < 0);
    for (unsigned i = 0; i < section->token_count; i++) {
        const struct format_token *token = &section->tokens[i];
        bool is_below = i >= section->denominator;
        if (token->kind == FORMAT_DIGIT && i < section->numerator) {
            /* A whole of 0 is only shown when nothing else is. */
            bool is_zero =
                is_blank && fraction.whole == 0 && whole.whole_at + 1 == section->whole_places;
            put_whole_digit(&whole, is_zero ? '0' : (char)token->letter);
        } else if (token->kind == FORMAT_DIGIT && i == section->numerator && is_blank) {
            put_blanks(writer, section->numerator_places);
        } else if (token->kind == FORMAT_DIGIT && i == section->numerator) {
            put_in_places(writer, token, section->numerator_places, fraction.above, false);
        } else if (token->kind == FORMAT_DIGIT && i == section->denominator && is_blank) {
            put_blanks(writer, section->denominator_places);
        } else if (token->kind == FORMAT_DIGIT && i == section->denominator) {
            put_in_places(writer, token, section->denominator_places, fraction.below, true);
        } else if (is_blank && (token->kind == FORMAT_SLASH || token->kind == FORMAT_FIXED)) {
            put_letter(writer, ' ');
        } else if (token->kind != FORMAT_DIGIT || (is_below && !section->denominator_places)) {
            put_plain(writer, token);
        }
    }
}

/* ---- dates --------------------------------------------------------------------------------------
 */

enum { MILLISECONDS_A_DAY = 86400000, SHORT_NAME = 3 };

struct moment {
    struct date date;
    int64_t elapsed_ms; /* since day 0 */
};

static int64_t rounding_ms(const struct format_section *section)
{
    static const int64_t units[] = {1000, 100, 10, 1};
    if (section->kind == FORMAT_DATE)
        return 1;
    return units[section->second_places < 3 ? section->second_places : 3];
}

/* Rounded to what is shown of a second; minutes and hours are cut then. */
static bool take_apart(const struct format_section *section, double number, struct moment *moment)
{
    if (!(number >= 0 && number < DATE_LAST + 1.0))
        return false;
    int64_t unit = rounding_ms(section), day = (int64_t)number;
    int64_t ms = llround((number - (double)day) * MILLISECONDS_A_DAY);
    ms = (ms + unit / 2) / unit * unit;
    if (ms >= MILLISECONDS_A_DAY) {
        ms = 0;
        day++;
    }
    if (!date_from_number((double)day, &moment->date))
        return false;
    moment->date.hour = (int)(ms / 3600000);
    moment->date.minute = (int)(ms / 60000 % 60);
    moment->date.second = (int)(ms / 1000 % 60);
    moment->date.millisecond = (int)(ms % 1000);
    moment->elapsed_ms = day * MILLISECONDS_A_DAY + ms;
    return true;
}

static void put_month(struct writer *writer, int month, unsigned letters)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    const char *name = names[month - 1];
    if (letters <= 2)
        put_padded(writer, month, letters);
    else
        put(writer, name, letters == 3 ? SHORT_NAME : letters == 5 ? 1 : strlen(name));
}

static void put_day(struct writer *writer, const struct date *date, unsigned letters)
{
    static const char *const names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};
    const char *name = names[date->weekday];
    if (letters <= 2)
        put_padded(writer, date->day, letters);
    else
        put(writer, name, letters == 3 ? SHORT_NAME : strlen(name));
}

static void put_year(struct writer *writer, int year, unsigned letters)
{
    if (letters <= 2)
        put_padded(writer, year % 100, 2);
    else
        put_padded(writer, year, 4);
}

static void put_half_day(struct writer *writer, const struct format_token *token, int hour)
{
    if (token->text_bytes == 3) /* A/P, as it is written */
        put_letter(writer, token->text[hour < 12 ? 0 : 2]);
    else
        put_string(writer, hour < 12 ? "AM" : "PM");
}

static void put_second_part(struct writer *writer, int ms, unsigned digits)
{
    static const int divisors[] = {1000, 100, 10, 1};
    unsigned shown = digits < 3 ? digits : 3;
    put_letter(writer, '.');
    put_padded(writer, ms / divisors[shown], shown);
    for (unsigned i = shown; i < digits && !writer->is_full; i++)
        put_letter(writer, '0');
}

static void put_elapsed(struct writer *writer, const struct format_token *token, int64_t ms)
{
    int64_t unit_ms = token->letter == 'h' ? 3600000 : token->letter == 'm' ? 60000 : 1000;
    put_padded(writer, ms / unit_ms, token->count);
}

static unsigned at_most_two(unsigned letters)
{
    return letters < 2 ? letters : 2;
}

static void put_date_token(struct writer *writer, const struct format_section *section,
                           const struct format_token *token, const struct moment *moment)
{
    const struct date *date = &moment->date;
    int hour = date->hour;
    if (section->has_half_day)
        hour = hour % 12 ? hour % 12 : 12;
    switch (token->kind) {
    case FORMAT_YEAR:
        put_year(writer, date->year, token->count);
        break;
    case FORMAT_BUDDHIST_YEAR:
        put_year(writer, date->year + 543, token->count);
        break;
    case FORMAT_MONTH:
        put_month(writer, date->month, token->count);
        break;
    case FORMAT_DAY:
        put_day(writer, date, token->count);
        break;
    case FORMAT_HOUR:
        put_padded(writer, hour, at_most_two(token->count));
        break;
    case FORMAT_MINUTE:
        put_padded(writer, date->minute, at_most_two(token->count));
        break;
    case FORMAT_SECOND:
        put_padded(writer, date->second, at_most_two(token->count));
        break;
    case FORMAT_SECOND_PART:
        put_second_part(writer, date->millisecond, token->count);
        break;
    case FORMAT_HALF_DAY:
        put_half_day(writer, token, date->hour);
        break;
    case FORMAT_ELAPSED:
        put_elapsed(writer, token, moment->elapsed_ms);
        break;
    default:
        put_plain(writer, token);
        break;
    }
}

static void write_date(struct writer *writer, const struct format_section *section, double value)
{
    struct moment moment;
    if (!take_apart(section, value, &moment)) {
        refuse(writer->result);
        return;
    }
    for (unsigned i = 0; i < section->token_count; i++)
        put_date_token(writer, section, &section->tokens[i], &moment);
}

/* ---- sections -----------------------------------------------------------------------------------
 */

static bool is_fulfilled(enum format_relation relation, double value, double limit)
{
    switch (relation) {
    case FORMAT_LESS:
        return value < limit;
    case FORMAT_LESS_EQUAL:
        return value <= limit;
    case FORMAT_EQUAL:
        return value == limit;
    case FORMAT_NOT_EQUAL:
        return value != limit;
    case FORMAT_GREATER_EQUAL:
        return value >= limit;
    case FORMAT_GREATER:
        return value > limit;
    case FORMAT_NO_CONDITION:
        break;
    }
    return true;
}

static bool takes_negatives_alone(enum format_relation relation, double limit)
{
    switch (relation) {
    case FORMAT_LESS:
        return limit <= 0;
    case FORMAT_LESS_EQUAL:
    case FORMAT_EQUAL:
        return limit < 0;
    default:
        return false;
    }
}

static bool leaves_negatives_alone(enum format_relation relation, double limit)
{
    return (relation == FORMAT_GREATER || relation == FORMAT_GREATER_EQUAL) && limit <= 0;
}

/* The section for a number; hides_sign: it writes negative numbers without theirs. */
static const struct format_section *choose(const struct format_code *code, double value,
                                           bool *hides_sign)
{
    const struct format_section *first = &code->sections[0], *second = &code->sections[1];
    unsigned count = code->section_count;
    enum format_relation relation = first->relation;
    *hides_sign = false;
    if (relation == FORMAT_NO_CONDITION && count > 1)
        relation = count == 2 ? FORMAT_GREATER_EQUAL : FORMAT_GREATER;
    if (count == 1 && relation == FORMAT_NO_CONDITION)
        return first;
    if (is_fulfilled(relation, value, first->limit)) {
        *hides_sign = takes_negatives_alone(relation, first->limit);
        return first;
    }
    if (count == 1)
        return NULL;
    bool is_second_last = count == 2 && second->relation == FORMAT_NO_CONDITION;
    double limit = second->limit;
    enum format_relation second_relation = second->relation;
    if (is_second_last) {
        *hides_sign = leaves_negatives_alone(relation, first->limit);
        return second;
    }
    if (second_relation == FORMAT_NO_CONDITION)
        second_relation = FORMAT_LESS;
    if (is_fulfilled(second_relation, value, limit)) {
        *hides_sign = takes_negatives_alone(second_relation, limit);
        return second;
    }
    return count > 2 ? &code->sections[2] : first;
}

/* As much as Excel shows of a number, however wide the cell is. */
enum { GENERAL_COLUMNS = 11 };

static size_t print_general(double number, size_t columns, char text[VALUE_NUMBER_BYTES])
{
    size_t most = GENERAL_COLUMNS + (number < 0);
    size_t length = columns ? 0 : value_print_number(number, text);
    if (length && length <= most)
        return length;
    return value_print_narrow(number, columns && columns < most ? columns : most, text);
}

static void write_general(struct formatted *result, double number, size_t columns)
{
    result->text_bytes = print_general(number, columns, result->text);
    if (!result->text_bytes)
        refuse(result);
}

/* General or @ among other things. */
static void write_among(struct writer *writer, const struct format_section *section, double value,
                        bool shows_sign)
{
    char text[VALUE_NUMBER_BYTES], general[VALUE_NUMBER_BYTES];
    size_t text_bytes = value_print_number(fabs(value), text);
    size_t general_bytes = print_general(fabs(value), 0, general);
    put_sign(writer, shows_sign && value < 0);
    for (unsigned i = 0; i < section->token_count; i++) {
        const struct format_token *token = &section->tokens[i];
        if (token->kind == FORMAT_AS_TEXT)
            put(writer, text, text_bytes);
        else if (token->kind == FORMAT_AS_GENERAL)
            put(writer, general, general_bytes);
        else
            put_plain(writer, token);
    }
}

static void write_section(struct writer *writer, const struct format_section *section, double value,
                          bool shows_sign)
{
    switch (section->kind) {
    case FORMAT_DATE:
    case FORMAT_TIME:
    case FORMAT_DATE_TIME:
        write_date(writer, section, shows_sign ? value : fabs(value));
        break;
    case FORMAT_FRACTION:
        write_fraction(writer, section, value, shows_sign);
        break;
    case FORMAT_GENERAL:
    case FORMAT_TEXT:
        write_among(writer, section, value, shows_sign);
        break;
    default:
        write_digits(writer, section, value, shows_sign);
        break;
    }
}

static bool is_date_kind(enum format_kind kind)
{
    return kind == FORMAT_DATE || kind == FORMAT_TIME || kind == FORMAT_DATE_TIME;
}

static void write_number(struct formatted *result, double number, const struct format_code *code,
                         size_t columns, bool is_1904)
{
    struct writer writer = {.result = result};
    bool hides_sign;
    const struct format_section *section = choose(code, number, &hides_sign);
    if (!section && code->section_count == 1) { /* its condition does not hold */
        write_general(result, number, columns);
        return;
    }
    if (!section) {
        refuse(result);
        return;
    }
    result->color = section->color;
    result->fills = section->kind != FORMAT_TEXT;
    if (section->kind == FORMAT_GENERAL && section->token_count == 1) {
        write_general(result, hides_sign ? fabs(number) : number, columns);
        return;
    }
    /* Where days count from 1904, dates and times below 0 are shown, with a sign. */
    if (is_1904 && is_date_kind(section->kind) && number < 0) {
        put_sign(&writer, !hides_sign);
        number = -number;
    }
    /* Hours that have passed are the same in both systems. */
    if (is_1904 && (section->kind == FORMAT_DATE || section->kind == FORMAT_DATE_TIME) &&
        number >= 0)
        number += DATE_1904;
    write_section(&writer, section, number, !hides_sign);
    fill(&writer, columns);
}

static void write_text(struct formatted *result, struct value text, const struct format_code *code,
                       size_t columns)
{
    struct writer writer = {.result = result};
    const struct format_section *section = NULL;
    if (code && code->has_text_section)
        section = &code->sections[code->section_count];
    else if (code && code->section_count == 1 && code->sections[0].kind == FORMAT_TEXT)
        section = &code->sections[0];
    if (!section) {
        put(&writer, text.text, text.text_bytes);
        return;
    }
    result->color = section->color;
    for (unsigned i = 0; i < section->token_count; i++) {
        const struct format_token *token = &section->tokens[i];
        if (token->kind == FORMAT_AS_TEXT || token->kind == FORMAT_AS_GENERAL)
            put(&writer, text.text, text.text_bytes);
        else
            put_plain(&writer, token);
    }
    fill(&writer, columns);
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

static bool is_general(const char *code)
{
    return !code || !*code || strcasecmp(code, "General") == 0;
}

void number_format(struct formatted *result, struct value value, const char *code, size_t columns,
                   bool is_1904)
{
    struct format_code parsed;
    struct writer writer = {.result = result};
    result->text[0] = '\0';
    result->text_bytes = 0;
    result->color = FORMAT_NO_COLOR;
    result->fills = value.kind == VALUE_NUMBER;
    result->is_refused = false;
    bool is_plain = is_general(code) || !format_code_parse(&parsed, code);
    switch (value.kind) {
    case VALUE_NUMBER:
        if (is_plain)
            write_general(result, value.number, columns);
        else
            write_number(result, value.number, &parsed, columns, is_1904);
        break;
    case VALUE_TEXT:
        write_text(result, value, is_plain ? NULL : &parsed, columns);
        break;
    case VALUE_BOOLEAN: /* a text, to codes */
        write_text(result, value_string(value.boolean ? "TRUE" : "FALSE"),
                   is_plain ? NULL : &parsed, columns);
        break;
    case VALUE_ERROR:
        put_string(&writer, value_error_name(value.error));
        break;
    case VALUE_BLANK:
        break;
    }
}

enum format_kind number_format_kind(const char *code)
{
    struct format_code parsed;
    if (is_general(code) || !format_code_parse(&parsed, code))
        return FORMAT_GENERAL;
    for (unsigned i = 0; i < parsed.section_count; i++)
        if (is_date_kind(parsed.sections[i].kind))
            return parsed.sections[i].kind;
    return parsed.sections[0].kind;
}

bool number_format_is_valid(const char *code)
{
    struct format_code parsed;
    return is_general(code) || format_code_parse(&parsed, code);
}
