/* SPDX-License-Identifier: MIT */
/* desk_wrap.h - a text over several lines of the screen: at spaces, and in a word that is longer
 * than a line. */
#ifndef STEPPE_SHEET_DESK_WRAP_H
#define STEPPE_SHEET_DESK_WRAP_H

#include <stddef.h>

/* The bytes of the first line, of so many columns; *next: where the one behind it begins, at the
 * text's end when there is none. At least one character is in it. */
size_t desk_wrap_line(const char *text, int columns, size_t *next);

/* How many lines there are; no more than limit are counted. */
int desk_wrap_count(const char *text, int columns, int limit);

#endif
