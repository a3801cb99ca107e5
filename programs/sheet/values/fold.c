/* SPDX-License-Identifier: MIT */
/* fold.c - names in either case: see fold.h. */
#include "sheet/values/fold.h"

#include <string.h>
#include <utf8proc.h>

size_t fold_decode(const char *text, size_t text_bytes, uint32_t *character)
{
    utf8proc_int32_t found;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t length = utf8proc_iterate(bytes, text_bytes < 4 ? (int)text_bytes : 4, &found);
    *character = length > 0 ? (uint32_t)found : 0xFFFD;
    return length > 0 ? (size_t)length : 1;
}

/* The next character in small letters: bytes taken, bytes put. */
struct step {
    size_t taken, put;
    char small[4];
};

static struct step next(const char *text, size_t text_bytes)
{
    struct step step = {1, 1, {text[0]}};
    unsigned char first = (unsigned char)text[0];
    if (first < 0x80) {
        if (first >= 'A' && first <= 'Z')
            step.small[0] = (char)(first | 32);
        return step;
    }
    uint32_t character;
    step.taken = fold_decode(text, text_bytes, &character);
    if (step.taken > 1)
        step.put = (size_t)utf8proc_encode_char(utf8proc_tolower((utf8proc_int32_t)character),
                                                (utf8proc_uint8_t *)step.small);
    return step;
}

size_t fold_text(const char *text, size_t text_bytes, char *folded, size_t room_bytes)
{
    size_t put = 0;
    for (size_t at = 0; at < text_bytes;) {
        struct step step = next(text + at, text_bytes - at);
        if (step.put > room_bytes - put)
            return SIZE_MAX;
        memcpy(folded + put, step.small, step.put);
        put += step.put;
        at += step.taken;
    }
    return put;
}

bool fold_is(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    size_t a_at = 0, b_at = 0;
    while (a_at < a_bytes && b_at < b_bytes) {
        struct step one = next(a + a_at, a_bytes - a_at), other = next(b + b_at, b_bytes - b_at);
        if (one.put != other.put || memcmp(one.small, other.small, one.put) != 0)
            return false;
        a_at += one.taken;
        b_at += other.taken;
    }
    return a_at == a_bytes && b_at == b_bytes;
}
