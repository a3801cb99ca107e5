/* SPDX-License-Identifier: MIT */
/* ods_format.c - number formats of OpenDocument: see ods_format.h. */
#include "sheet/ods_format.h"

#include <stdint.h>
#include <string.h>

#include "sheet/xml.h"

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
    put_integer(format, least, is_grouped);
    put_decimals(format, attributes);
    put_factor(format, attributes);
}

static void put_scientific(struct ods_format *format, const char *const *attributes)
{
    put_integer(format, digits(attributes, "min-integer-digits", 1), false);
    put_decimals(format, attributes);
    put_string(format, "E+");
    int64_t exponent = digits(attributes, "min-exponent-digits", 2);
    put_many(format, '0', exponent > 0 ? exponent : 1);
}

static void put_fraction(struct ods_format *format, const char *const *attributes)
{
    int64_t integer = digits(attributes, "min-integer-digits", -1);
    int64_t numerator = digits(attributes, "min-numerator-digits", 1);
    int64_t denominator = digits(attributes, "min-denominator-digits", 1);
    const char *value = xml_attribute(attributes, "denominator-value");
    if (integer >= 0) {
        put_integer(format, integer, false);
        put_many(format, ' ', 1);
    }
    put_many(format, '?', numerator > 0 ? numerator : 1);
    put_many(format, '/', 1);
    if (value && xml_number(attributes, "denominator-value", 0) > 0)
        put_string(format, value);
    else
        put_many(format, '?', denominator > 0 ? denominator : 1);
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
    int length = is_long(attributes) ? 2 : 1;
    if (strcmp(name, "year") == 0)
        put_many(format, 'y', 2 * length);
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

void ods_format_on_text(struct ods_format *format, const char *text, size_t text_bytes)
{
    if (format->is_in_symbol)
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
    if (format->is_too_long || strcmp(format->code, "General") == 0)
        return "";
    return format->code;
}
