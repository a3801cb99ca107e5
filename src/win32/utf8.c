/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SURROGATE_FIRST = 0xd800,
    SURROGATE_LAST = 0xdfff,
    STRAY_BYTE = 0xdc00, /* plus the byte */
    STRAY_FIRST = STRAY_BYTE + 0x80,
    STRAY_LAST = STRAY_BYTE + 0xff,
    CHARACTER_LAST = 0x10ffff,
    REPLACEMENT = 0xfffd
};

size_t w32_utf8_length(unsigned char first)
{
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    if (first >= 0xf0 && first <= 0xf4)
        return 4;
    return 1;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Longer than it must be, a surrogate, or beyond the last one. */
static bool is_forbidden(uint32_t value, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return value < least[length] || value > CHARACTER_LAST ||
           (value >= SURROGATE_FIRST && value <= SURROGATE_LAST);
}

static size_t decode_stray(unsigned char byte, wchar_t *character)
{
    *character = (wchar_t)(STRAY_BYTE + byte);
    return 1;
}

size_t w32_utf8_decode(const char *bytes, size_t count, wchar_t *character)
{
    unsigned char first = (unsigned char)bytes[0];
    if (first < 0x80) {
        *character = (wchar_t)first;
        return 1;
    }
    size_t length = w32_utf8_length(first);
    if (length == 1 || length > count)
        return decode_stray(first, character);

    uint32_t value = first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(bytes[i]))
            return decode_stray(first, character);
        value = value << 6 | ((unsigned char)bytes[i] & 0x3fu);
    }
    if (is_forbidden(value, length))
        return decode_stray(first, character);
    *character = (wchar_t)value;
    return length;
}

size_t w32_utf8_encode(wchar_t character, char bytes[W32_UTF8_BYTES_MAX])
{
    uint32_t value = (uint32_t)character;
    if (value >= STRAY_FIRST && value <= STRAY_LAST) {
        bytes[0] = (char)(value - STRAY_BYTE);
        return 1;
    }
    if (value > CHARACTER_LAST || (value >= SURROGATE_FIRST && value <= SURROGATE_LAST))
        value = REPLACEMENT;
    if (value < 0x80) {
        bytes[0] = (char)value;
        return 1;
    }

    size_t length = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (value & 0x3f));
        value >>= 6;
    }
    bytes[0] = (char)((0xf00u >> length & 0xf0u) | value);
    return length;
}

char *w32_utf8_from_wide(const wchar_t *text)
{
    size_t length = wcslen(text), size_bytes = 0;
    char *bytes = malloc(length * W32_UTF8_BYTES_MAX + 1);
    if (!bytes) {
        errno = ENOMEM;
        return NULL;
    }
    for (size_t i = 0; i < length; i++)
        size_bytes += w32_utf8_encode(text[i], bytes + size_bytes);
    bytes[size_bytes] = '\0';
    return bytes;
}

wchar_t *w32_utf8_to_wide(const char *text)
{
    size_t size_bytes = strlen(text), length = 0;
    wchar_t *wide = calloc(size_bytes + 1, sizeof *wide);
    if (!wide) {
        errno = ENOMEM;
        return NULL;
    }
    for (size_t at = 0; at < size_bytes; length++)
        at += w32_utf8_decode(text + at, size_bytes - at, &wide[length]);
    wide[length] = L'\0';
    return wide;
}
