/* SPDX-License-Identifier: MIT */
#include "sheet/values/value.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "sheet/values/typed.h"

struct value value_blank(void)
{
    return (struct value){.kind = VALUE_BLANK};
}

struct value value_number(double number)
{
    if (!isfinite(number))
        return value_error(ERROR_NUM);
    return (struct value){.kind = VALUE_NUMBER, .number = number};
}

struct value value_boolean(bool boolean)
{
    return (struct value){.kind = VALUE_BOOLEAN, .boolean = boolean};
}

struct value value_error(enum value_error error)
{
    return (struct value){.kind = VALUE_ERROR, .error = error};
}

struct value value_text(const char *text, size_t text_bytes)
{
    if (text_bytes > TEXT_BYTES_MAX)
        return value_error(ERROR_VALUE);
    return (struct value){.kind = VALUE_TEXT, .text = text, .text_bytes = (uint32_t)text_bytes};
}

struct value value_string(const char *string)
{
    return value_text(string, strlen(string));
}

/* ---- errors -------------------------------------------------------------------------------------
 */

static const char *const error_names[ERROR_COUNT + 1] = {
    [ERROR_NULL] = "#NULL!", [ERROR_DIV0] = "#DIV/0!", [ERROR_VALUE] = "#VALUE!",
    [ERROR_REF] = "#REF!",   [ERROR_NAME] = "#NAME?",  [ERROR_NUM] = "#NUM!",
    [ERROR_NA] = "#N/A",     [ERROR_CYCLE] = "#CYCLE!"};

const char *value_error_name(enum value_error error)
{
    return error >= ERROR_NULL && error <= ERROR_COUNT ? error_names[error] : "#VALUE!";
}

bool value_error_parse(const char *text, size_t text_bytes, enum value_error *error)
{
    for (int i = ERROR_NULL; i <= ERROR_COUNT; i++)
        if (strlen(error_names[i]) == text_bytes &&
            strncasecmp(text, error_names[i], text_bytes) == 0) {
            *error = (enum value_error)i;
            return true;
        }
    return false;
}

/* ---- numbers as text ----------------------------------------------------------------------------
 */

enum {
    DIGITS_MAX = 15,      /* of Excel's numbers */
    EXPONENT_LARGE = 21,  /* from here on 1E+21 */
    PLAIN_BYTES_MAX = 21, /* "0.0000000001", but not longer ones */
    NARROW_MAX = 11       /* characters that General shows in a cell */
};

/* A number as digits, without zeros at the end, and the place of the point: 0.d1d2d3 * 10^point. */
struct digits {
    char digits[DIGITS_MAX + 2];
    int count, point;
};

static struct digits digits_of(double number, int digit_max)
{
    char text[VALUE_NUMBER_BYTES];
    struct digits result = {.count = digit_max};
    (void)snprintf(text, sizeof text, "%.*e", digit_max - 1, fabs(number));
    result.digits[0] = text[0];
    memcpy(result.digits + 1, text + 2, (size_t)digit_max - 1);
    const char *exponent = strchr(text, 'e');
    result.point = exponent ? atoi(exponent + 1) + 1 : 1;
    while (result.count > 1 && result.digits[result.count - 1] == '0')
        result.count--;
    return result;
}

static size_t print_plain(const struct digits *digits, bool is_negative, char *text)
{
    size_t length = 0;
    if (is_negative)
        text[length++] = '-';
    if (digits->point <= 0)
        text[length++] = '0';
    for (int i = 0; i < digits->point; i++)
        text[length++] = i < digits->count ? digits->digits[i] : '0';
    if (digits->point < digits->count) {
        text[length++] = '.';
        for (int i = digits->point; i < digits->count; i++)
            text[length++] = i < 0 ? '0' : digits->digits[i];
    }
    text[length] = '\0';
    return length;
}

static size_t print_scientific(const struct digits *digits, bool is_negative, char *text)
{
    int exponent = digits->point - 1;
    int length = snprintf(text, VALUE_NUMBER_BYTES, "%s%c%s%.*sE%c%02d", is_negative ? "-" : "",
                          digits->digits[0], digits->count > 1 ? "." : "", digits->count - 1,
                          digits->digits + 1, exponent < 0 ? '-' : '+', abs(exponent));
    return length > 0 ? (size_t)length : 0;
}

static int plain_bytes(const struct digits *digits)
{
    if (digits->point <= 0)
        return 2 - digits->point + digits->count;
    return digits->count > digits->point ? digits->count + 1 : digits->point;
}

static bool is_plain(const struct digits *digits)
{
    return digits->point <= EXPONENT_LARGE && plain_bytes(digits) <= PLAIN_BYTES_MAX;
}

static size_t print_integer(int64_t number, char text[VALUE_NUMBER_BYTES])
{
    char reversed[VALUE_NUMBER_BYTES];
    size_t count = 0, length = 0;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do
        reversed[count++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        text[length++] = '-';
    while (count)
        text[length++] = reversed[--count];
    text[length] = '\0';
    return length;
}

size_t value_print_number(double number, char text[VALUE_NUMBER_BYTES])
{
    if (fabs(number) < 1e15 && number == (double)(int64_t)number)
        return print_integer((int64_t)number, text);
    struct digits digits = digits_of(number, DIGITS_MAX);
    return is_plain(&digits) ? print_plain(&digits, number < 0, text)
                             : print_scientific(&digits, number < 0, text);
}

/* Fewer and fewer digits, until it fits in; the last way out for less than 1 is 0 or 1. */
size_t value_print_narrow(double number, size_t columns, char text[VALUE_NUMBER_BYTES])
{
    size_t room = columns && columns < NARROW_MAX ? columns : NARROW_MAX;
    bool is_negative = number < 0;
    size_t sign = is_negative, widest = columns ? columns : room + sign;
    if (number == 0)
        return print_integer(0, text);
    int whole_digits = digits_of(number, DIGITS_MAX).point;
    for (int count = DIGITS_MAX; count; count--) {
        struct digits digits = digits_of(number, count);
        bool is_cut = whole_digits > count; /* plain digits would be wrong */
        bool is_small = digits.point < -3;
        size_t plain = (size_t)plain_bytes(&digits);
        if (!is_cut && !is_small && plain <= room && sign + plain <= widest)
            return print_plain(&digits, is_negative, text);
        size_t length = print_scientific(&digits, is_negative, text);
        bool is_large = digits.point > (int)room;
        if ((is_large || is_small) && length <= widest && length - sign <= room)
            return length;
    }
    int64_t rounded = fabs(number) < 1 ? llround(number) : 0;
    if (fabs(number) < 1 && 1 + (size_t)(rounded < 0) <= widest)
        return print_integer(rounded, text);
    text[0] = '\0';
    return 0;
}

/* ---- text as numbers ----------------------------------------------------------------------------
 */

enum { NUMBER_TEXT_MAX = 400, EXACT_POWER_MAX = 22 };

static locale_t plain_locale(void)
{
    static locale_t plain;
    if (!plain)
        plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return plain;
}

/* What a text that looks like a number consists of. */
struct decimal {
    uint64_t mantissa;
    int digit_count, exponent;
    bool is_negative, is_exact; /* all digits are in the mantissa */
};

static const char *scan_digits(const char *at, const char *end, struct decimal *decimal,
                               int exponent_step)
{
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        decimal->digit_count++;
        if (decimal->mantissa > (UINT64_MAX - 9) / 10) {
            decimal->is_exact = false;
            continue;
        }
        decimal->mantissa = decimal->mantissa * 10 + (uint64_t)(*at - '0');
        decimal->exponent += exponent_step;
    }
    return at;
}

static const char *scan_exponent(const char *at, const char *end, struct decimal *decimal)
{
    int sign = 1, exponent = 0;
    if (at < end && (*at == '+' || *at == '-'))
        sign = *at++ == '-' ? -1 : 1;
    if (at == end)
        return NULL;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        if (exponent < 100000)
            exponent = exponent * 10 + (*at - '0');
    decimal->exponent += sign * exponent;
    return at;
}

static bool scan_decimal(const char *text, const char *end, struct decimal *decimal)
{
    *decimal = (struct decimal){.is_exact = true};
    if (text < end && (*text == '-' || *text == '+'))
        decimal->is_negative = *text++ == '-';
    text = scan_digits(text, end, decimal, 0);
    if (text < end && *text == '.')
        text = scan_digits(text + 1, end, decimal, -1);
    if (!decimal->digit_count)
        return false;
    if (text < end && (*text == 'e' || *text == 'E'))
        text = scan_exponent(text + 1, end, decimal);
    return text == end;
}

/* A mantissa and a power of ten that are both exact give the exact number by one rounding. */
static bool is_simple(const struct decimal *decimal)
{
    return decimal->is_exact && decimal->mantissa < UINT64_C(1) << 53 &&
           abs(decimal->exponent) <= EXACT_POWER_MAX;
}

static double simple_number(const struct decimal *decimal)
{
    static const double powers[EXACT_POWER_MAX + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double number = (double)decimal->mantissa;
    number = decimal->exponent < 0 ? number / powers[-decimal->exponent]
                                   : number * powers[decimal->exponent];
    return decimal->is_negative ? -number : number;
}

bool value_parse_number(const char *text, size_t text_bytes, double *number)
{
    const char *end = text + text_bytes;
    char copy[NUMBER_TEXT_MAX + 1];
    struct decimal decimal;
    while (text < end && *text == ' ')
        text++;
    while (text < end && end[-1] == ' ')
        end--;
    if (end - text > NUMBER_TEXT_MAX || !scan_decimal(text, end, &decimal))
        return false;
    if (is_simple(&decimal)) {
        *number = simple_number(&decimal);
        return true;
    }
    memcpy(copy, text, (size_t)(end - text));
    copy[end - text] = '\0';
    double read = strtod_l(copy, NULL, plain_locale());
    if (!isfinite(read))
        return false;
    *number = read;
    return true;
}

/* ---- conversions --------------------------------------------------------------------------------
 */

struct value value_to_number(struct value value)
{
    double number;
    switch (value.kind) {
    case VALUE_BLANK:
        return value_number(0);
    case VALUE_BOOLEAN:
        return value_number(value.boolean);
    case VALUE_TEXT:
        return typed_number(value.text, value.text_bytes, &number) ? value_number(number)
                                                                   : value_error(ERROR_VALUE);
    case VALUE_NUMBER:
    case VALUE_ERROR:
        break;
    }
    return value;
}

static bool is_word(struct value value, const char *word)
{
    return value.text_bytes == strlen(word) && strncasecmp(value.text, word, value.text_bytes) == 0;
}

struct value value_to_boolean(struct value value)
{
    switch (value.kind) {
    case VALUE_BLANK:
        return value_boolean(false);
    case VALUE_NUMBER:
        return value_boolean(value.number != 0);
    case VALUE_TEXT:
        if (is_word(value, "TRUE") || is_word(value, "FALSE"))
            return value_boolean(is_word(value, "TRUE"));
        return value_error(ERROR_VALUE);
    case VALUE_BOOLEAN:
    case VALUE_ERROR:
        break;
    }
    return value;
}

struct value value_to_text(struct value value, char buffer[VALUE_NUMBER_BYTES])
{
    switch (value.kind) {
    case VALUE_BLANK:
        return value_text("", 0);
    case VALUE_NUMBER:
        return value_text(buffer, value_print_number(value.number, buffer));
    case VALUE_BOOLEAN:
        return value_string(value.boolean ? "TRUE" : "FALSE");
    case VALUE_TEXT:
    case VALUE_ERROR:
        break;
    }
    return value;
}

/* ---- order --------------------------------------------------------------------------------------
 */

/* The next character, folded to lower case; broken UTF-8 counts byte by byte. */
static int32_t next_folded(const char **text, const char *end)
{
    unsigned char first = (unsigned char)**text;
    if (first < 0x80) {
        ++*text;
        return first >= 'A' && first <= 'Z' ? first + ('a' - 'A') : first;
    }
    utf8proc_int32_t character;
    utf8proc_ssize_t size =
        utf8proc_iterate((const utf8proc_uint8_t *)*text, end - *text, &character);
    if (size <= 0) {
        ++*text;
        return first;
    }
    *text += size;
    return utf8proc_tolower(character);
}

int value_compare_text(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    const char *a_end = a + a_bytes, *b_end = b + b_bytes;
    while (a < a_end && b < b_end) {
        int32_t a_next = next_folded(&a, a_end), b_next = next_folded(&b, b_end);
        if (a_next != b_next)
            return a_next < b_next ? -1 : 1;
    }
    return (a < a_end) - (b < b_end);
}

/* What a blank counts as beside another value. */
static struct value blank_beside(enum value_kind kind)
{
    switch (kind) {
    case VALUE_TEXT:
        return value_text("", 0);
    case VALUE_BOOLEAN:
        return value_boolean(false);
    case VALUE_NUMBER:
    case VALUE_BLANK:
    case VALUE_ERROR:
        break;
    }
    return value_number(0);
}

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

int value_compare(struct value a, struct value b)
{
    static const int rank[] = {[VALUE_BLANK] = 0,
                               [VALUE_NUMBER] = 1,
                               [VALUE_TEXT] = 2,
                               [VALUE_BOOLEAN] = 3,
                               [VALUE_ERROR] = 4};
    if (a.kind == VALUE_BLANK)
        a = blank_beside(b.kind);
    if (b.kind == VALUE_BLANK)
        b = blank_beside(a.kind);
    if (a.kind != b.kind)
        return rank[a.kind] < rank[b.kind] ? -1 : 1;
    switch (a.kind) {
    case VALUE_NUMBER:
        return compare_numbers(a.number, b.number);
    case VALUE_TEXT:
        return value_compare_text(a.text, a.text_bytes, b.text, b.text_bytes);
    case VALUE_BOOLEAN:
        return a.boolean - b.boolean;
    case VALUE_ERROR:
        return (int)a.error - (int)b.error;
    case VALUE_BLANK:
        break;
    }
    return 0;
}

bool value_is(struct value a, struct value b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case VALUE_NUMBER:
        return a.number == b.number;
    case VALUE_TEXT:
        return a.text_bytes == b.text_bytes && memcmp(a.text, b.text, a.text_bytes) == 0;
    case VALUE_BOOLEAN:
        return a.boolean == b.boolean;
    case VALUE_ERROR:
        return a.error == b.error;
    case VALUE_BLANK:
        break;
    }
    return true;
}
