/* SPDX-License-Identifier: MIT */
/* gather.c - pieces of text: see gather.h. */
#include "sheet/book/gather.h"

#include <string.h>

void gather_add(struct gather *gather, const char *text, size_t text_bytes)
{
    size_t room = GATHER_BYTES_MAX - gather->size_bytes;
    if (text_bytes > room) {
        text_bytes = room;
        gather->is_cut = true;
    }
    memcpy(gather->bytes + gather->size_bytes, text, text_bytes);
    gather->size_bytes += text_bytes;
}

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Where character number count begins; the end when there are not so many. */
static size_t offset_of(const struct gather *gather, size_t count)
{
    size_t at = 0;
    for (; at < gather->size_bytes; at++)
        if (!is_inside(gather->bytes[at]) && count-- == 0)
            break;
    return at;
}

static void cut(struct gather *gather)
{
    if (gather->is_cut) {
        /* It may end within a character: without the last one it does not. */
        while (gather->size_bytes && is_inside(gather->bytes[gather->size_bytes - 1]))
            gather->size_bytes--;
        gather->size_bytes -= gather->size_bytes != 0;
    }
    if (gather->size_bytes <= TEXT_CHARACTERS_MAX)
        return;
    size_t end = offset_of(gather, TEXT_CHARACTERS_MAX);
    gather->is_cut = gather->is_cut || end < gather->size_bytes;
    gather->size_bytes = end;
}

static void leave_out_zeros(struct gather *gather)
{
    char *zero = memchr(gather->bytes, 0, gather->size_bytes);
    size_t kept = zero ? (size_t)(zero - gather->bytes) : gather->size_bytes;
    for (size_t at = kept; at < gather->size_bytes; at++)
        if (gather->bytes[at])
            gather->bytes[kept++] = gather->bytes[at];
    gather->size_bytes = kept;
}

struct value gather_text(struct gather *gather)
{
    leave_out_zeros(gather);
    cut(gather);
    gather->bytes[gather->size_bytes] = '\0';
    return value_text(gather->bytes, gather->size_bytes);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct value gather_trimmed(struct gather *gather)
{
    struct value text = gather_text(gather);
    while (text.text_bytes && is_space(text.text[0])) {
        text.text++;
        text.text_bytes--;
    }
    while (text.text_bytes && is_space(text.text[text.text_bytes - 1]))
        text.text_bytes--;
    return text;
}

/* ---- _x000D_ --------------------------------------------------------------------------------- */

enum { ESCAPE_BYTES = 7 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_escape(const char *at, size_t left, uint32_t *unit)
{
    *unit = 0;
    if (left < ESCAPE_BYTES || at[0] != '_' || at[1] != 'x' || at[6] != '_')
        return false;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return false;
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return true;
}

/* Never longer than its escape. */
static size_t put_character(char *at, uint32_t character)
{
    if (character < 0x80) {
        at[0] = (char)character;
        return character != 0;
    }
    if (character < 0x800) {
        at[0] = (char)(0xC0 | character >> 6);
        at[1] = (char)(0x80 | (character & 0x3F));
        return 2;
    }
    size_t length = character < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, character >>= 6)
        at[i] = (char)(0x80 | (character & 0x3F));
    at[0] = (char)((length == 3 ? 0xE0 : 0xF0) | character);
    return length;
}

/* One character, of one escape or of two that are surrogates. Returns the bytes it took. */
static size_t read_character(const char *at, size_t left, uint32_t *character)
{
    uint32_t low;
    if (!read_escape(at, left, character))
        return 0;
    if (*character < 0xD800 || *character > 0xDFFF)
        return ESCAPE_BYTES;
    if (*character < 0xDC00 && read_escape(at + ESCAPE_BYTES, left - ESCAPE_BYTES, &low) &&
        low >= 0xDC00 && low <= 0xDFFF) {
        *character = 0x10000 + ((*character - 0xD800) << 10) + (low - 0xDC00);
        return (size_t)2 * ESCAPE_BYTES;
    }
    *character = 0xFFFD;
    return ESCAPE_BYTES;
}

void gather_unescape(struct gather *gather)
{
    char *first = memmem(gather->bytes, gather->size_bytes, "_x", 2);
    if (!first)
        return;
    size_t at = (size_t)(first - gather->bytes), end = at;
    while (at < gather->size_bytes) {
        uint32_t character;
        size_t taken = read_character(gather->bytes + at, gather->size_bytes - at, &character);
        if (taken)
            end += put_character(gather->bytes + end, character);
        else
            gather->bytes[end++] = gather->bytes[at];
        at += taken ? taken : 1;
    }
    gather->size_bytes = end;
}
