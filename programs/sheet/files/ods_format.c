/* SPDX-License-Identifier: MIT */
/* ods_format.c - number formats of OpenDocument: see ods_format.h. */
#include "sheet/files/ods_format.h"

#include <stdint.h>
#include <string.h>

#include "sheet/files/xml.h"

enum { DIGITS_MAX = 30 };

static void put(struct ods_format *format, const char *text, size_t text_bytes)
{
    if (text_bytes >= sizeof format->code - format->size_bytes) {
        format->is_too_long = true;
        return;
    }
    memcpy(format->code + format->size_bytes, text, text_bytes);
    format->size_bytes += text_bytes;
    format->code[format->size_bytes] = '\0';
}

static void put_string(struct ods_format *format, const char *string)
{
    put(format, string, strlen(string));
}

static void put_many(struct ods_format *format, char c, int64_t count)
{
    while (count-- > 0)
        put(format, &c, 1);
}

static int64_t digits(const char *const *attributes, const char *name, int64_t otherwise)
{
    int64_t count = xml_number(attributes, name, otherwise);
    return count > DIGITS_MAX ? DIGITS_MAX : count;
}

static bool is_long(const char *const *attributes)
{
    const char *style = xml_attribute(attributes, "style");
    return style && strcmp(style, "long") == 0;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* "0", "00", "#,##0". */
static void put_integer(struct ods_format *format, int64_t least, bool is_grouped)
{
    int64_t width = is_grouped && least < 4 ? 4 : least;
    if (width < 1)
        width = 1;
    for (int64_t left = width; left > 0; left--) {
        put_many(format, left > least ? '#' : '0', 1);
        if (is_grouped && left > 1 && left % 3 == 1)
            put_many(format, ',', 1);
    }
}

/* A factor by which what is shown is divided: a comma for each thousand. */
static void put_factor(struct ods_format *format, const char *const *attributes)
{
    for (int64_t factor = xml_number(attributes, "display-factor", 1); factor >= 1000;
         factor /= 1000)
        put_many(format, ',', 1);
}

static void put_decimals(struct ods_format *format, const char *const *attributes)
{
    int64_t places = digits(attributes, "decimal-places", 0);
    int64_t least = digits(attributes, "min-decimal-places", places);
    if (xml_attribute(attributes, "decimal-replacement"))
        least = 0;
    if (places <= 0)
        return;
    put_many(format, '.', 1);
    put_many(format, '0', least < places ? least : places);
    put_many(format, '#', places - least);
}

static void put_number(struct ods_format *format, const char *const *attributes)
{
    bool is_grouped = xml_truth(attributes, "grouping", false);
    int64_t least = digits(attributes, "min-integer-digits", 0);
    if (!xml_attribute(attributes, "decimal-places") && !is_grouped && least <= 1) {
        put_string(format, "General");
        return;
    }
    format->integer_start = format->size_bytes;
    put_integer(format, least, is_grouped);
    format->integer_end = format->size_bytes;
    put_decimals(format, attributes);
    put_factor(format, attributes);
}

static void put_scientific(struct ods_format *format, const char *const *attributes)
{
    int64_t least = digits(attributes, "min-integer-digits", 1);
    int64_t interval = digits(attributes, "exponent-interval", 1);
    bool has_plus = xml_truth(attributes, "forced-exponent-sign", true);
    put_many(format, '#', interval - (least > 1 ? least : 1)); /* "##0" counts by thousands */
    put_integer(format, least, false);
    put_decimals(format, attributes);
    put_string(format, has_plus ? "E+" : "E-");
    int64_t exponent = digits(attributes, "min-exponent-digits", 2);
    put_many(format, '0', exponent > 0 ? exponent : 1);
}

/* Of a denominator that is no larger than so. */
static int64_t digits_of(int64_t number)
{
    int64_t count = 0;
    for (; number > 0; number /= 10)
        count++;
    return count;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void put_fraction(struct ods_format *format, const char *const *attributes)
{
    int64_t integer = digits(attributes, "min-integer-digits", -1);
    int64_t numerator = larger(digits(attributes, "min-numerator-digits", 1),
                               digits(attributes, "max-numerator-digits", 1));
    int64_t most = digits_of(xml_number(attributes, "max-denominator-value", 0));
    int64_t denominator = larger(digits(attributes, "min-denominator-digits", 1), most);
    const char *value = xml_attribute(attributes, "denominator-value");
    if (integer >= 0) {
        put_integer(format, integer, false);
        put_many(format, ' ', 1);
    }
    put_many(format, '?', larger(numerator, 1));
    put_many(format, '/', 1);
    if (value && xml_number(attributes, "denominator-value", 0) > 0)
        put_string(format, value);
    else
        put_many(format, '?', larger(denominator, 1));
}

/* ---- dates and times ------------------------------------------------------------------------- */

static void put_clock(struct ods_format *format, char letter, const char *const *attributes)
{
    bool is_elapsed = format->is_elapsed;
    format->is_elapsed = false;
    put_many(format, '[', is_elapsed);
    put_many(format, letter, is_long(attributes) ? 2 : 1);
    put_many(format, ']', is_elapsed);
    int64_t places = letter == 's' ? digits(attributes, "decimal-places", 0) : 0;
    if (places > 0) {
        put_many(format, '.', 1);
        put_many(format, '0', places);
    }
}

static void put_date_part(struct ods_format *format, const char *name,
                          const char *const *attributes)
{
    bool is_textual = xml_truth(attributes, "textual", false);
    const char *calendar = xml_attribute(attributes, "calendar");
    bool is_buddhist = calendar && strcmp(calendar, "buddhist") == 0;
    int length = is_long(attributes) ? 2 : 1;
    if (strcmp(name, "year") == 0)
        put_many(format, is_buddhist ? 'b' : 'y', 2 * length);
    else if (strcmp(name, "month") == 0)
        put_many(format, 'm', is_textual ? length + 2 : length);
    else if (strcmp(name, "day") == 0)
        put_many(format, 'd', length);
    else if (strcmp(name, "day-of-week") == 0)
        put_many(format, 'd', length + 2);
    else if (strcmp(name, "hours") == 0)
        put_clock(format, 'h', attributes);
    else if (strcmp(name, "minutes") == 0)
        put_clock(format, 'm', attributes);
    else if (strcmp(name, "seconds") == 0)
        put_clock(format, 's', attributes);
    else if (strcmp(name, "am-pm") == 0)
        put_string(format, "AM/PM");
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* What stands for itself in a code; all else goes in quotes. */
static bool is_plain(const struct ods_format *format, char c)
{
    return (c == '%' && format->is_percent) || strchr(" $-+/():!^&'~{}<>=", c);
}

static void put_quoted(struct ods_format *format, const char *text, size_t text_bytes)
{
    if (!text_bytes)
        return;
    put(format, "\"", 1);
    put(format, text, text_bytes);
    put(format, "\"", 1);
}

static void put_literal(struct ods_format *format, const char *text, size_t text_bytes)
{
    size_t start = 0; /* of what is to be quoted */
    for (size_t at = 0; at < text_bytes; at++) {
        bool is_quote = text[at] == '"', is_control = (unsigned char)text[at] < ' ';
        if (!is_quote && !is_control && !is_plain(format, text[at]))
            continue;
        put_quoted(format, text + start, at - start);
        put_many(format, '\\', is_quote);
        put_many(format, text[at], !is_control);
        start = at + 1;
    }
    put_quoted(format, text + start, text_bytes - start);
}

static bool is_digit(const struct ods_format *format, size_t at)
{
    return format->code[at] == '0' || format->code[at] == '#';
}

/* There are fewer digits than stand right of the text. */
static void widen_integer(struct ods_format *format, int64_t digit_count)
{
    for (; digit_count > 0 && !format->is_too_long; digit_count--) {
        if (format->size_bytes + 1 >= sizeof format->code) {
            format->is_too_long = true;
            return;
        }
        char *start = format->code + format->integer_start;
        memmove(start + 1, start, format->size_bytes - format->integer_start + 1);
        *start = '#';
        format->size_bytes++;
        format->integer_end++;
    }
}

/* Where a text stands that is so many digits left of the point. */
static size_t place_among_digits(const struct ods_format *format, int64_t *left)
{
    size_t at = format->integer_end;
    bool is_quoted = false; /* a text that is there already */
    for (; *left > 0 && at > format->integer_start; *left -= !is_quoted && is_digit(format, at)) {
        at--;
        is_quoted ^= format->code[at] == '"';
    }
    return at;
}

static void put_among_digits(struct ods_format *format, const char *text, size_t text_bytes)
{
    struct ods_format literal = {.size_bytes = 0};
    int64_t left = format->embedded_place;
    size_t at = place_among_digits(format, &left);
    if (left > 0 || at == format->integer_start) { /* and one left of it */
        widen_integer(format, (left < DIGITS_MAX ? left : DIGITS_MAX) + 1);
        left = format->embedded_place;
        at = place_among_digits(format, &left);
    }
    put_literal(&literal, text, text_bytes);
    if (literal.is_too_long || literal.size_bytes >= sizeof format->code - format->size_bytes) {
        format->is_too_long = true;
        return;
    }
    memmove(format->code + at + literal.size_bytes, format->code + at, format->size_bytes - at + 1);
    memcpy(format->code + at, literal.code, literal.size_bytes);
    format->size_bytes += literal.size_bytes;
    format->integer_end += literal.size_bytes;
}

/* One character, to fill what room there is. */
static void put_fill(struct ods_format *format, const char *text, size_t text_bytes)
{
    size_t size_bytes = 1;
    while (size_bytes < text_bytes && ((unsigned char)text[size_bytes] & 0xC0) == 0x80)
        size_bytes++;
    format->is_in_fill = false; /* it is one */
    put_many(format, '*', 1);
    put(format, text, size_bytes);
}

void ods_format_on_text(struct ods_format *format, const char *text, size_t text_bytes)
{
    if (format->is_in_embedded)
        put_among_digits(format, text, text_bytes);
    else if (format->is_in_fill)
        put_fill(format, text, text_bytes);
    else if (format->is_in_symbol)
        put(format, text, text_bytes);
    else if (format->is_in_text)
        put_literal(format, text, text_bytes);
}

/* ---- elements -------------------------------------------------------------------------------- */

bool ods_format_begin(struct ods_format *format, const char *name, const char *const *attributes)
{
    static const char *const styles[] = {"number-style", "percentage-style", "currency-style",
                                         "date-style",   "time-style",       "boolean-style",
                                         "text-style"};
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        if (strcmp(name, styles[i]) == 0) {
            *format = (struct ods_format){.is_percent = strcmp(name, "percentage-style") == 0,
                                          .is_elapsed =
                                              strcmp(name, "time-style") == 0 &&
                                              !xml_truth(attributes, "truncate-on-overflow", true)};
            return true;
        }
    return false;
}

static void put_color(struct ods_format *format, const char *color)
{
    static const struct {
        const char *value, *name;
    } colors[] = {{"#000000", "[Black]"}, {"#0000ff", "[Blue]"},    {"#00ffff", "[Cyan]"},
                  {"#00ff00", "[Green]"}, {"#ff00ff", "[Magenta]"}, {"#ff0000", "[Red]"},
                  {"#ffffff", "[White]"}, {"#ffff00", "[Yellow]"}};
    for (size_t i = 0; color && i < sizeof colors / sizeof *colors; i++)
        if (strcasecmp(color, colors[i].value) == 0)
            put_string(format, colors[i].name);
}

void ods_format_on_start(struct ods_format *format, const char *name, const char *const *attributes)
{
    if (strcmp(name, "number") == 0) {
        put_number(format, attributes);
    } else if (strcmp(name, "scientific-number") == 0) {
        put_scientific(format, attributes);
    } else if (strcmp(name, "fraction") == 0) {
        put_fraction(format, attributes);
    } else if (strcmp(name, "text") == 0) {
        format->is_in_text = true;
    } else if (strcmp(name, "embedded-text") == 0) {
        format->is_in_embedded = true;
        format->embedded_place = xml_number(attributes, "position", 0);
    } else if (strcmp(name, "fill-character") == 0) {
        format->is_in_fill = true;
    } else if (strcmp(name, "boolean") == 0) {
        put_string(format, "\"TRUE\";\"TRUE\";\"FALSE\"");
    } else if (strcmp(name, "currency-symbol") == 0) {
        format->is_in_symbol = true;
        put_string(format, "[$");
    } else if (strcmp(name, "text-content") == 0) {
        put_string(format, "@");
    } else if (strcmp(name, "text-properties") == 0) {
        put_color(format, xml_attribute(attributes, "color"));
    } else {
        put_date_part(format, name, attributes);
    }
}

void ods_format_on_end(struct ods_format *format, const char *name)
{
    if (strcmp(name, "text") == 0) {
        format->is_in_text = false;
    } else if (strcmp(name, "embedded-text") == 0) {
        format->is_in_embedded = false;
    } else if (strcmp(name, "fill-character") == 0) {
        format->is_in_fill = false;
    } else if (strcmp(name, "currency-symbol") == 0) {
        format->is_in_symbol = false;
        if (format->size_bytes >= 2 && strcmp(format->code + format->size_bytes - 2, "[$") == 0)
            format->code[format->size_bytes -= 2] = '\0'; /* whichever the country has */
        else
            put_string(format, "]");
    }
}

const char *ods_format_code(const struct ods_format *format)
{
    return format->is_too_long ? "General" : format->code;
}
