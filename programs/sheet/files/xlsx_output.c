/* SPDX-License-Identifier: MIT */
/* xlsx_output.c - XML in a buffer: see xlsx_output.h. */
#include "sheet/files/xlsx_output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sheet/book/exact.h"
#include "sheet/values/fold.h"

void output_put(struct xlsx_output *output, const char *bytes, size_t count)
{
    if (count > sizeof output->bytes - output->used)
        return; /* cannot be: see the room above */
    memcpy(output->bytes + output->used, bytes, count);
    output->used += count;
}

void output_string(struct xlsx_output *output, const char *string)
{
    output_put(output, string, strlen(string));
}

void output_format(struct xlsx_output *output, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < sizeof text)
        output_put(output, text, (size_t)length);
}

void output_number(struct xlsx_output *output, double number)
{
    char text[VALUE_NUMBER_BYTES];
    output_put(output, text, exact_print(number, text));
}

void output_whole(struct xlsx_output *output, uint64_t number)
{
    char text[VALUE_NUMBER_BYTES];
    size_t at = sizeof text;
    do
        text[--at] = (char)('0' + number % 10);
    while (number /= 10);
    output_put(output, text + at, sizeof text - at);
}

/* ---- text -------------------------------------------------------------------------------------
 */

/* ASCII that stands for itself in XML, and is not the start of something like "_x0041_". */
static bool is_plain(unsigned char c)
{
    return c >= 32 && c < 127 && c != '&' && c != '<' && c != '>' && c != '"' && c != '_';
}

static bool is_hexadecimal(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* "_x0041_" would be read as "A". */
static bool looks_escaped(const char *text, size_t text_bytes)
{
    if (text_bytes < 7 || text[1] != 'x' || text[6] != '_')
        return false;
    return is_hexadecimal(text[2]) && is_hexadecimal(text[3]) && is_hexadecimal(text[4]) &&
           is_hexadecimal(text[5]);
}

/* What is written for a character; NULL: its number. */
static const char *escape_of(const char *text, size_t text_bytes)
{
    switch (*text) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;"; /* a plain one would be a space in an attribute */
    case '\t':
        return "&#9;";
    case '_':
        return looks_escaped(text, text_bytes) ? "_x005F_" : "_";
    default:
        return NULL;
    }
}

static size_t put_ascii(struct xlsx_output *output, const char *text, size_t text_bytes)
{
    const char *escape = escape_of(text, text_bytes);
    if (escape)
        output_string(output, escape);
    else
        output_format(output, "_x%04X_", (unsigned)(unsigned char)*text);
    return 1;
}

/* One character beyond ASCII; its bytes. */
static size_t put_character(struct xlsx_output *output, const char *text, size_t text_bytes)
{
    uint32_t character;
    size_t bytes = fold_decode(text, text_bytes, &character);
    if (character == 0xFFFE || character == 0xFFFF)
        output_format(output, "_x%04X_", character);
    else if (bytes == 1)
        output_string(output, "\xEF\xBF\xBD"); /* no UTF-8: U+FFFD */
    else
        output_put(output, text, bytes);
    return bytes;
}

void output_text(struct xlsx_output *output, const char *text, size_t text_bytes)
{
    size_t at = 0;
    while (at < text_bytes) {
        size_t plain = at;
        while (plain < text_bytes && is_plain((unsigned char)text[plain]))
            plain++;
        output_put(output, text + at, plain - at);
        at = plain;
        if (at == text_bytes)
            return;
        if ((unsigned char)text[at] >= 128)
            at += put_character(output, text + at, text_bytes - at);
        else
            at += put_ascii(output, text + at, text_bytes - at);
    }
}
