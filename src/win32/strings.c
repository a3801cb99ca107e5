/* SPDX-License-Identifier: MIT */
/* strings.c - what tchar.h needs beside printf and the C library: strings whose buffers have a
 * size, and wide characters on streams of bytes. */
#include <steppe_win32_text.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <wctype.h>

#include "utf8.h"

/* A count that means all, and not _TRUNCATE. */
#define EVERYTHING (SIZE_MAX - 1)

/* ---- copying ------------------------------------------------------------------------------- */

static errno_t refuse(int error)
{
    errno = error;
    return error;
}

static size_t length_within(const char *string, size_t count)
{
    size_t length = 0;
    while (length < count && string[length])
        length++;
    return length;
}

static size_t length_within_w(const wchar_t *string, size_t count)
{
    size_t length = 0;
    while (length < count && string[length])
        length++;
    return length;
}

/* Whether length characters and a zero fit where there is this much room, or may be cut to it:
 * then *kept is how many go there. */
static bool fits(size_t length, size_t room, size_t count, size_t *kept)
{
    bool is_cut = length >= room;
    *kept = is_cut ? room - 1 : length;
    return !is_cut || count == _TRUNCATE;
}

/* Put source behind the first at characters. */
static errno_t put(char *buffer, size_t size, size_t at, const char *source, size_t count)
{
    if (!source || at == size) {
        buffer[0] = '\0';
        return refuse(EINVAL);
    }
    size_t length = length_within(source, count);
    size_t kept;
    if (!fits(length, size - at, count, &kept)) {
        buffer[0] = '\0';
        return refuse(ERANGE);
    }
    memcpy(buffer + at, source, kept);
    buffer[at + kept] = '\0';
    return kept < length ? STRUNCATE : 0;
}

static errno_t put_w(wchar_t *buffer, size_t size, size_t at, const wchar_t *source, size_t count)
{
    if (!source || at == size) {
        buffer[0] = L'\0';
        return refuse(EINVAL);
    }
    size_t length = length_within_w(source, count);
    size_t kept;
    if (!fits(length, size - at, count, &kept)) {
        buffer[0] = L'\0';
        return refuse(ERANGE);
    }
    wmemcpy(buffer + at, source, kept);
    buffer[at + kept] = L'\0';
    return kept < length ? STRUNCATE : 0;
}

errno_t steppe_win32_strncpy_s(char *buffer, size_t size, const char *source, size_t count)
{
    return buffer && size ? put(buffer, size, 0, source, count) : refuse(EINVAL);
}

errno_t steppe_win32_strncpy_s_w(wchar_t *buffer, size_t size, const wchar_t *source, size_t count)
{
    return buffer && size ? put_w(buffer, size, 0, source, count) : refuse(EINVAL);
}

errno_t steppe_win32_strcpy_s(char *buffer, size_t size, const char *source)
{
    return steppe_win32_strncpy_s(buffer, size, source, EVERYTHING);
}

errno_t steppe_win32_strcpy_s_w(wchar_t *buffer, size_t size, const wchar_t *source)
{
    return steppe_win32_strncpy_s_w(buffer, size, source, EVERYTHING);
}

errno_t steppe_win32_strncat_s(char *buffer, size_t size, const char *source, size_t count)
{
    if (!buffer || !size)
        return refuse(EINVAL);
    return put(buffer, size, length_within(buffer, size), source, count);
}

errno_t steppe_win32_strncat_s_w(wchar_t *buffer, size_t size, const wchar_t *source, size_t count)
{
    if (!buffer || !size)
        return refuse(EINVAL);
    return put_w(buffer, size, length_within_w(buffer, size), source, count);
}

errno_t steppe_win32_strcat_s(char *buffer, size_t size, const char *source)
{
    return steppe_win32_strncat_s(buffer, size, source, EVERYTHING);
}

errno_t steppe_win32_strcat_s_w(wchar_t *buffer, size_t size, const wchar_t *source)
{
    return steppe_win32_strncat_s_w(buffer, size, source, EVERYTHING);
}

char *steppe_win32_strdup(const char *source)
{
    if (!source)
        return NULL;
    size_t size_bytes = strlen(source) + 1;
    char *copy = malloc(size_bytes);
    if (!copy) {
        errno = ENOMEM;
        return NULL;
    }
    return memcpy(copy, source, size_bytes);
}

wchar_t *steppe_win32_strdup_w(const wchar_t *source)
{
    if (!source)
        return NULL;
    size_t size = wcslen(source) + 1;
    wchar_t *copy = calloc(size, sizeof *copy);
    if (!copy) {
        errno = ENOMEM;
        return NULL;
    }
    return wmemcpy(copy, source, size);
}

/* ---- comparing ----------------------------------------------------------------------------- */

int steppe_win32_strnicmp(const char *left, const char *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int difference = tolower((unsigned char)left[i]) - tolower((unsigned char)right[i]);
        if (difference || !left[i])
            return difference;
    }
    return 0;
}

int steppe_win32_strnicmp_w(const wchar_t *left, const wchar_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wint_t lower_left = towlower((wint_t)left[i]), lower_right = towlower((wint_t)right[i]);
        if (lower_left != lower_right)
            return lower_left < lower_right ? -1 : 1;
        if (!left[i])
            return 0;
    }
    return 0;
}

int steppe_win32_stricmp(const char *left, const char *right)
{
    return steppe_win32_strnicmp(left, right, SIZE_MAX);
}

int steppe_win32_stricmp_w(const wchar_t *left, const wchar_t *right)
{
    return steppe_win32_strnicmp_w(left, right, SIZE_MAX);
}

/* ---- numbers ------------------------------------------------------------------------------- */

static int nearest_int(long value)
{
    if (value >= INT_MIN && value <= INT_MAX)
        return (int)value;
    errno = ERANGE;
    return value < 0 ? INT_MIN : INT_MAX;
}

int steppe_win32_atoi(const char *text)
{
    return text ? nearest_int(strtol(text, NULL, 10)) : 0;
}

int steppe_win32_atoi_w(const wchar_t *text)
{
    return text ? nearest_int(wcstol(text, NULL, 10)) : 0;
}

/* ---- streams ------------------------------------------------------------------------------- */

char *steppe_win32_narrow(const wchar_t *text)
{
    if (text)
        return w32_utf8_from_wide(text);
    errno = EINVAL;
    return NULL;
}

int steppe_win32_fputs_w(const wchar_t *text, FILE *stream)
{
    char *bytes = steppe_win32_narrow(text);
    if (!bytes)
        return -1;
    int result = fputs(bytes, stream);
    free(bytes);
    return result < 0 ? -1 : 0;
}

int steppe_win32_puts_w(const wchar_t *text)
{
    char *bytes = steppe_win32_narrow(text);
    if (!bytes)
        return -1;
    int result = puts(bytes);
    free(bytes);
    return result < 0 ? -1 : 0;
}

wint_t steppe_win32_putc_w(wchar_t character, FILE *stream)
{
    char bytes[W32_UTF8_BYTES_MAX];
    size_t size_bytes = w32_utf8_encode(character, bytes);
    return fwrite(bytes, 1, size_bytes, stream) == size_bytes ? (wint_t)character : WEOF;
}

/* Read the bytes that should follow the first one; how many there are in all. */
static size_t read_sequence(FILE *stream, char bytes[W32_UTF8_BYTES_MAX])
{
    size_t count = 1, length = w32_utf8_length((unsigned char)bytes[0]);
    while (count < length) {
        int next = getc(stream);
        if (next == EOF)
            break;
        if ((next & 0xc0) != 0x80) {
            ungetc(next, stream);
            break;
        }
        bytes[count++] = (char)next;
    }
    return count;
}

wint_t steppe_win32_getc_w(FILE *stream)
{
    int first = getc(stream);
    if (first == EOF)
        return WEOF;
    char bytes[W32_UTF8_BYTES_MAX] = {(char)first};
    size_t count = read_sequence(stream, bytes);
    wchar_t character;
    size_t used = w32_utf8_decode(bytes, count, &character);
    bool is_utf8 = used == count && (count > 1 || first < 0x80);
    return is_utf8 ? (wint_t)character : 0xfffd;
}

wchar_t *steppe_win32_fgets_w(wchar_t *buffer, int count, FILE *stream)
{
    if (!buffer || count <= 0 || !stream) {
        errno = EINVAL;
        return NULL;
    }
    int length = 0;
    while (length < count - 1) {
        wint_t character = steppe_win32_getc_w(stream);
        if (character == WEOF)
            break;
        buffer[length++] = (wchar_t)character;
        if (character == L'\n')
            break;
    }
    buffer[length] = L'\0';
    return length > 0 || count == 1 ? buffer : NULL;
}
