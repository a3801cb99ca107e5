/* SPDX-License-Identifier: MIT */
/*
 * xml_encoding.c - see xml_encoding.h.
 *
 * Expat wants to know of each byte what it is: a character, the first of so many bytes (-2, -3),
 * or nothing. That is asked of iconv byte by byte. Encodings in which bytes of ASCII may be
 * something else (UTF-7, ISO-2022, EBCDIC) cannot be told in this way, and are refused.
 */
#include "sheet/files/xml_encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NO_CHARACTER = -1, INCOMPLETE = -2, CHARACTER_BYTES_MAX = 3, CHARACTER_MAX = 0xFFFF };

static const char *const UTF32 =
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "UTF-32LE" : "UTF-32BE";

/* One character of so many bytes, NO_CHARACTER, or INCOMPLETE: there must be more bytes. */
static int decode(iconv_t converter, const char *bytes, size_t count)
{
    char input[CHARACTER_BYTES_MAX];
    uint32_t characters[CHARACTER_BYTES_MAX];
    char *from = input, *to = (char *)characters;
    size_t from_bytes = count, to_bytes = sizeof characters;
    memcpy(input, bytes, count);
    (void)iconv(converter, NULL, NULL, NULL, NULL); /* to its beginning: cannot fail */
    size_t result = iconv(converter, &from, &from_bytes, &to, &to_bytes);
    if (result == (size_t)-1)
        return errno == EINVAL ? INCOMPLETE : NO_CHARACTER;
    bool is_one = to_bytes == sizeof characters - sizeof *characters;
    return is_one && characters[0] <= CHARACTER_MAX ? (int)characters[0] : NO_CHARACTER;
}

/* How many bytes begin with this one: 2 or 3. Of these some must be a character. */
static int sequence_bytes(iconv_t converter, int first)
{
    for (int second = 0x21; second < 0xFF; second++) {
        const char bytes[2] = {(char)first, (char)second};
        if (decode(converter, bytes, sizeof bytes) >= 0)
            return 2;
    }
    return 3;
}

/* Other than these, each byte of ASCII must be its character. */
static bool may_differ(int byte)
{
    return byte < ' ' ? !strchr("\t\n\r", byte) : byte == 127 || strchr("$@\\^`{}~", byte) != NULL;
}

static bool fill_map(iconv_t converter, int map[256])
{
    for (int byte = 0; byte < 256; byte++) {
        char one = (char)byte;
        map[byte] = decode(converter, &one, 1);
        if (byte < 128 && (map[byte] == INCOMPLETE || (map[byte] != byte && !may_differ(byte))))
            return false;
        if (map[byte] == INCOMPLETE)
            map[byte] = -sequence_bytes(converter, byte);
    }
    return true;
}

struct encoding {
    iconv_t converter;
    int map[256];
};

/* As many bytes as the map says are there. */
static int convert(void *context, const char *bytes)
{
    const struct encoding *encoding = context;
    int character = decode(encoding->converter, bytes, 2);
    if (character == INCOMPLETE && encoding->map[(unsigned char)*bytes] == -3)
        character = decode(encoding->converter, bytes, 3);
    return character >= 0 ? character : NO_CHARACTER;
}

static void release(void *context)
{
    struct encoding *encoding = context;
    (void)iconv_close(encoding->converter); /* it is open: cannot fail */
    free(encoding);
}

int xml_encoding_find(void *context, const char *name, XML_Encoding *found)
{
    (void)context;
    struct encoding *encoding = malloc(sizeof *encoding);
    if (!encoding)
        return XML_STATUS_ERROR;
    encoding->converter = iconv_open(UTF32, name);
    if (encoding->converter == (iconv_t)-1) {
        free(encoding);
        return XML_STATUS_ERROR;
    }
    if (!fill_map(encoding->converter, encoding->map)) {
        release(encoding);
        return XML_STATUS_ERROR;
    }
    memcpy(found->map, encoding->map, sizeof found->map);
    found->data = encoding;
    found->convert = convert;
    found->release = release;
    return XML_STATUS_OK;
}
