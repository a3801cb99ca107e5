/* SPDX-License-Identifier: MIT */
/*
 * ranges.h - one property of code points, given as ranges: DerivedAge.txt, Scripts.txt.
 *
 * A line is "0041..005A ; Latin # comment". After loading, the ranges are sorted and do not
 * overlap.
 */
#ifndef UNICODE_RANGES_H
#define UNICODE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum {
    RANGES_NAMES_MAX = 512, /* Unicode 15 has 164 scripts */
    RANGES_NAME_BYTES = 32,
    RANGES_NO_VALUE = UINT16_MAX
};

struct range {
    uint32_t first, last;
    uint16_t value; /* a name's index, or an age as major * 256 + minor */
    unsigned line;  /* where it stands, for messages */
};

enum ranges_kind { RANGES_OF_AGES, RANGES_OF_NAMES };

struct ranges {
    struct text text;
    enum ranges_kind kind;
    struct range *list;
    size_t count, room;
    char (*names)[RANGES_NAME_BYTES]; /* RANGES_OF_NAMES only, in order of appearance */
    size_t name_count;
};

/* False with a complaint when the file is missing or damaged. */
bool ranges_load(struct ranges *ranges, enum ranges_kind kind, const char *directory,
                 const char *name);
void ranges_free(struct ranges *ranges);

/* The value of a code point, RANGES_NO_VALUE when it has none. *hint is where the last search ended
 * (0 at first): code points asked for in ascending order cost a step each. */
uint16_t ranges_value(const struct ranges *ranges, size_t *hint, uint32_t code_point);

/* How many code points have the value, and how many have any: counted from the file alone. */
uint64_t ranges_code_points_of(const struct ranges *ranges, uint16_t value);
uint64_t ranges_code_points(const struct ranges *ranges);

/* Index of a name, RANGES_NO_VALUE when the file does not have it. */
uint16_t ranges_name_index(const struct ranges *ranges, const char *name);

#endif
