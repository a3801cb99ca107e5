/* SPDX-License-Identifier: MIT */
/* human.c - figures for people: see human.h. */
#include "common/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char units[] = "BKMGTPE";

/* ---- writing -------------------------------------------------------------------------------- */

/* In tenths of a unit, to the nearest; the whole and the rest apart, for ten times the bytes need
 * not fit. */
static uint64_t tenths_of(uint64_t bytes, size_t unit)
{
    size_t shift = 10 * unit;
    uint64_t one = UINT64_C(1) << shift, rest = bytes & (one - 1);
    return (bytes >> shift) * 10 + ((rest * 10 + one / 2) >> shift);
}

struct human_text human_bytes(uint64_t bytes)
{
    struct human_text text;
    size_t unit = 1;
    if (bytes < 1024) {
        snprintf(text.text, sizeof text.text, "%" PRIu64 " B", bytes);
        return text;
    }
    while (unit < sizeof units - 2 && tenths_of(bytes, unit) >= 10240)
        unit++;
    uint64_t tenths = tenths_of(bytes, unit);
    snprintf(text.text, sizeof text.text, "%" PRIu64 ".%" PRIu64 " %ciB", tenths / 10, tenths % 10,
             units[unit]);
    return text;
}

struct human_text human_share(uint64_t part_bytes, uint64_t whole_bytes)
{
    struct human_text part = human_bytes(part_bytes), whole = human_bytes(whole_bytes), text;
    char *unit = strchr(part.text, ' ');
    if (strcmp(unit, strchr(whole.text, ' ')) == 0)
        *unit = 0;
    /* Both are at most "1023.9 KiB": there is room. */
    (void)snprintf(text.text, sizeof text.text, "%.12s of %.12s", part.text, whole.text);
    return text;
}

struct human_text human_count(uint64_t count)
{
    struct human_text text;
    char digits[HUMAN_TEXT_BYTES];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count), used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text.text[used++] = ',';
        text.text[used++] = digits[i];
    }
    text.text[used] = 0;
    return text;
}

/* ---- reading -------------------------------------------------------------------------------- */

static int digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return 16;
}

/* Digits at *text, which is moved behind them; false: none, or too many. */
static bool take_digits(const char **text, unsigned base, uint64_t *number)
{
    const char *at = *text;
    uint64_t value = 0;
    for (; (unsigned)digit_of(*at) < base; at++)
        if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit_of(*at), &value))
            return false;
    bool is_any = at != *text;
    *text = at;
    *number = value;
    return is_any;
}

static bool take_number(const char **text, uint64_t *number)
{
    if ((*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X')) {
        *text += 2;
        return take_digits(text, 16, number);
    }
    if (!take_digits(text, 10, number))
        return false;
    if (**text != '^')
        return true;
    uint64_t power;
    ++*text;
    if (*number != 2 || !take_digits(text, 10, &power) || power > 63)
        return false;
    *number = UINT64_C(1) << power;
    return true;
}

bool human_parse_number(const char *text, uint64_t *number)
{
    uint64_t value;
    if (!take_number(&text, &value) || *text)
        return false;
    *number = value;
    return true;
}

static bool is_letter(char character, char capital)
{
    return character == capital || character == capital - 'A' + 'a';
}

bool human_parse_size(const char *text, uint64_t *bytes)
{
    uint64_t value;
    if (!take_number(&text, &value))
        return false;
    for (size_t unit = 1; unit < sizeof units - 1; unit++) {
        if (!is_letter(*text, units[unit]))
            continue;
        text++;
        if (value > UINT64_MAX >> (10 * unit))
            return false;
        value <<= 10 * unit;
        if (is_letter(text[0], 'I') && is_letter(text[1], 'B'))
            text++;
        break;
    }
    if (is_letter(*text, 'B'))
        text++;
    if (*text)
        return false;
    *bytes = value;
    return true;
}

/* ---- ranges --------------------------------------------------------------------------------- */

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

/* One part of the text, as far as it may be shown in a message. */
static void explain(char why[HUMAN_WHY_BYTES], const char *part)
{
    char shown[24];
    size_t length = strcspn(part, ", \t");
    if (length >= sizeof shown)
        length = sizeof shown - 1;
    memcpy(shown, part, length);
    shown[length] = 0;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)shown[i] < ' ' || (unsigned char)shown[i] > '~')
            shown[i] = '?';
    snprintf(why, HUMAN_WHY_BYTES, "'%s' is no index; write 7, 40-46, 1,5,9-12 or *", shown);
}

static bool check_range(struct human_range range, uint64_t limit, char why[HUMAN_WHY_BYTES])
{
    if (range.last < range.first) {
        snprintf(why, HUMAN_WHY_BYTES,
                 "%" PRIu64 "-%" PRIu64 " runs backwards; write %" PRIu64 "-%" PRIu64, range.first,
                 range.last, range.last, range.first);
        return false;
    }
    if (range.last < limit)
        return true;
    snprintf(why, HUMAN_WHY_BYTES, "%" PRIu64 " is out of range; the last index is %" PRIu64,
             range.last, limit - 1);
    return false;
}

static bool take_range(const char **text, struct human_range *range, char why[HUMAN_WHY_BYTES])
{
    const char *part = *text = skip_spaces(*text);
    bool is_good = take_number(text, &range->first);
    range->last = range->first;
    *text = skip_spaces(*text);
    if (is_good && **text == '-') {
        *text = skip_spaces(*text + 1);
        is_good = take_number(text, &range->last);
        *text = skip_spaces(*text);
    }
    if (is_good && (**text == ',' || !**text))
        return true;
    explain(why, part);
    return false;
}

bool human_parse_ranges(const char *text, uint64_t limit, struct human_ranges *ranges,
                        char why[HUMAN_WHY_BYTES])
{
    ranges->count = 0;
    text = skip_spaces(text);
    if (!*text) {
        snprintf(why, HUMAN_WHY_BYTES, "no index; write 7, 40-46, 1,5,9-12 or *");
        return false;
    }
    if (*text == '*' && !*skip_spaces(text + 1)) {
        ranges->ranges[ranges->count++] = (struct human_range){0, limit - 1};
        return true;
    }
    for (;; text++) {
        if (ranges->count == HUMAN_RANGES_MAX) {
            snprintf(why, HUMAN_WHY_BYTES, "more than %d ranges; do it in parts", HUMAN_RANGES_MAX);
            return false;
        }
        struct human_range *range = &ranges->ranges[ranges->count++];
        if (!take_range(&text, range, why) || !check_range(*range, limit, why))
            return false;
        if (!*text)
            return true;
    }
}
