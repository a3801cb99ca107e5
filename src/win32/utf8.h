/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - between the wide characters of programs and the bytes of files and arguments, whatever
 * the locale is.
 *
 * A byte that is not UTF-8 becomes the character 0xDC00 + byte, and that becomes the byte again, so
 * that names of files come through unharmed.
 */
#ifndef STEPPE_WIN32_UTF8_H
#define STEPPE_WIN32_UTF8_H

#include <stddef.h>
#include <wchar.h>

enum { W32_UTF8_BYTES_MAX = 4 };

/* How many bytes the sequence that begins with this one should have; 1 for a byte that begins
 * none. */
size_t w32_utf8_length(unsigned char first);

/* Decode the character that begins at bytes, of which count (not 0) may be read; how many were. */
size_t w32_utf8_decode(const char *bytes, size_t count, wchar_t *character);

/* Encode a character; how many bytes were written. What is no character becomes U+FFFD. */
size_t w32_utf8_encode(wchar_t character, char bytes[W32_UTF8_BYTES_MAX]);

/* A whole string, in memory of malloc; NULL with errno. */
char *w32_utf8_from_wide(const wchar_t *text);
wchar_t *w32_utf8_to_wide(const char *text);

#endif
