/* SPDX-License-Identifier: MIT */
/*
 * ods_format.h - number formats of OpenDocument (<number:date-style> and its like) as format codes.
 *
 *   <number:number-style style:name="N2">
 *     <number:number number:decimal-places="2" number:min-integer-digits="1"/>       0.00
 */
#ifndef STEPPE_SHEET_ODS_FORMAT_H
#define STEPPE_SHEET_ODS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ODS_FORMAT_BYTES = 256 };

/* One style's own code; what <style:map> joins to it is ods_styles.c's. */
struct ods_format {
    char code[ODS_FORMAT_BYTES]; /* with its 0 */
    size_t size_bytes;
    bool is_too_long; /* then it is of no use */
    bool is_percent;  /* of the style itself: a % in its texts counts */
    bool is_elapsed;  /* the first of hours, minutes, seconds goes on beyond its turn: [h] */
    bool is_in_text, is_in_symbol, is_in_fill;
    bool is_in_embedded;               /* a text between digits, */
    int64_t embedded_place;            /* so many of them left of the point; */
    size_t integer_start, integer_end; /* where those are */
};

/* Is it one? Then its code begins. */
bool ods_format_begin(struct ods_format *format, const char *name, const char *const *attributes);
/* For each element and text within. */
void ods_format_on_start(struct ods_format *format, const char *name,
                         const char *const *attributes);
void ods_format_on_text(struct ods_format *format, const char *text, size_t text_bytes);
void ods_format_on_end(struct ods_format *format, const char *name);
/* The code; "" for one that shows nothing. */
const char *ods_format_code(const struct ods_format *format);

#endif
