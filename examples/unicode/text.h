/* SPDX-License-Identifier: MIT */
/*
 * text.h - one data file, whole in memory, read line by line.
 *
 * The bytes never change after loading, so several readers may go through the same text, each with
 * its own cursor; a cursor is plain data, so a reader that was interrupted can go on.
 */
#ifndef UNICODE_TEXT_H
#define UNICODE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *path;
    char *bytes;
    size_t size_bytes;
};

/* A part of a text; not terminated. */
struct span {
    const char *first;
    size_t length;
};

struct cursor {
    size_t at;     /* where the next line begins */
    unsigned line; /* number of the line last read, from 1 */
};

enum text_next { TEXT_LINE, TEXT_END, TEXT_DAMAGED };

/* Load directory/name. False with a complaint when it is missing, unreadable or no text file. */
bool text_load(struct text *text, const char *directory, const char *name);
void text_free(struct text *text);

/* The next line without its end. TEXT_DAMAGED with a complaint: too long, a NUL byte, no end. */
enum text_next text_next(const struct text *text, struct cursor *cursor, struct span *line);

/* Cut off and return what stands before the separator, without blanks around it; the whole rest
 * when there is no separator, and the rest is empty then. */
struct span span_cut(struct span *rest, char separator);

struct span span_trim(struct span span);
bool span_is(struct span span, const char *word);
bool span_starts(struct span span, const char *word);
bool span_ends(struct span span, const char *word);

/* False when the span is not a plain number in range; nothing is stored then. */
bool span_code_point(struct span span, uint32_t *code_point);
bool span_decimal(struct span span, int64_t max, int64_t *number);

/* The span as a message can show it: cut short, and no byte that a terminal would obey. */
enum { SPAN_SHOWN_BYTES = 41 };
const char *span_shown(struct span span, char shown[SPAN_SHOWN_BYTES]);

#endif
