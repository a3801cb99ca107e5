/* SPDX-License-Identifier: MIT */
/* csv_output.c - text in other encodings: see csv_output.h. */
#include "sheet/files/csv_output.h"

#include "sheet/files/csv_input.h"
#include "sheet/values/fold.h"

static char *put_unit(char *out, uint32_t unit, bool is_little)
{
    out[is_little ? 0 : 1] = (char)(unit & 0xFF);
    out[is_little ? 1 : 0] = (char)(unit >> 8);
    return out + 2;
}

static char *put_utf16(char *out, uint32_t character, bool is_little)
{
    if (character < 0x10000)
        return put_unit(out, character, is_little);
    character -= 0x10000;
    out = put_unit(out, 0xD800 + (character >> 10), is_little);
    return put_unit(out, 0xDC00 + (character & 0x3FF), is_little);
}

/* 0: the encoding has none. */
static unsigned char byte_for(uint32_t character, enum csv_encoding encoding)
{
    if (encoding == CSV_WINDOWS)
        for (unsigned byte = 0x80; byte < 0xA0; byte++)
            if (csv_input_windows((unsigned char)byte) == character)
                return (unsigned char)byte;
    bool is_same = encoding == CSV_LATIN1 || character < 0x80 || character >= 0xA0;
    return is_same && character < 0x100 ? (unsigned char)character : 0;
}

static char *put_character(struct csv_output *output, char *out, uint32_t character)
{
    if (output->encoding == CSV_UTF16 || output->encoding == CSV_UTF16_BIG)
        return put_utf16(out, character, output->encoding == CSV_UTF16);
    unsigned char byte = byte_for(character, output->encoding);
    output->lost_count += !byte;
    *out = (char)(byte ? byte : '?');
    return out + 1;
}

bool csv_output_has_all(enum csv_encoding encoding, const char *text, size_t text_bytes)
{
    uint32_t character = 1;
    if (encoding != CSV_LATIN1 && encoding != CSV_WINDOWS)
        return true;
    for (size_t at = 0; at < text_bytes && character; character = byte_for(character, encoding))
        at += fold_decode(text + at, text_bytes - at, &character);
    return character != 0;
}

/* What is there of a character, whether it is whole or will never be. */
static char *put_cut(struct csv_output *output, char *out)
{
    uint32_t character;
    (void)fold_decode(output->cut, output->cut_bytes, &character); /* U+FFFD: it is none */
    output->cut_bytes = 0;
    return put_character(output, out, character);
}

static size_t length_of(unsigned char first)
{
    if (first < 0xC0)
        return 1;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static char *put_byte(struct csv_output *output, char *out, char byte)
{
    bool goes_on = ((unsigned char)byte & 0xC0) == 0x80;
    if (output->cut_bytes && !goes_on)
        out = put_cut(output, out);
    output->cut[output->cut_bytes++] = byte;
    if (output->cut_bytes == length_of((unsigned char)output->cut[0]))
        out = put_cut(output, out);
    return out;
}

size_t csv_output_convert(void *context, const char *bytes, size_t count, char *out)
{
    struct csv_output *output = context;
    char *end = out;
    for (size_t i = 0; i < count; i++)
        end = put_byte(output, end, bytes[i]);
    if (count == 0 && output->cut_bytes)
        end = put_cut(output, end);
    return (size_t)(end - out);
}
