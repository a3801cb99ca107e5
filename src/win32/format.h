/* SPDX-License-Identifier: MIT */
/*
 * format.h - the engine behind every printf of the library: formats by Microsoft's rules, given as
 * bytes or as wide characters, into a text that grows.
 */
#ifndef STEPPE_WIN32_FORMAT_H
#define STEPPE_WIN32_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* A text under construction. A unit is a byte (0 to 255) where the format is of bytes, and a wide
 * character where it is wide, so that one engine does for both. Owns units, unless they lie in the
 * text itself. */
struct w32_text {
    wchar_t *units;
    size_t count, room;
    wchar_t first_units[256];
};

void w32_text_open(struct w32_text *text);
void w32_text_close(struct w32_text *text);

/* Append to the text; 0, or an error number: EINVAL for a format that is refused (%n, or a null
 * pointer), EOVERFLOW beyond INT_MAX units, ENOMEM. arguments are used up as by vprintf. */
int w32_format_bytes(struct w32_text *text, const char *format, va_list arguments);
int w32_format_wide(struct w32_text *text, const wchar_t *format, va_list arguments);

/* Make bytes of the units, in place: how many there are. The text can only be closed afterwards. */
size_t w32_text_bytes_of_bytes(struct w32_text *text, char **bytes);
size_t w32_text_bytes_of_wide(struct w32_text *text, char **bytes);

#endif
