/* SPDX-License-Identifier: MIT */
/*
 * record.h - what the table holds for one code point.
 *
 * Every record has the same size and stands at the index of its code point, so a lookup is
 * table[code_point] and nothing else. 256 bytes divide every page size, so no record lies on two
 * pages. An all-zero record means "no character here".
 */
#ifndef UNICODE_RECORD_H
#define UNICODE_RECORD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CODE_POINT_COUNT = 0x110000, /* U+0000 to U+10FFFF */
    RECORD_BYTES = 256,
    RECORD_NAME_BYTES = 104, /* the longest name of Unicode 15 has 88 characters */
    RECORD_PARTS_MAX = 20,   /* the longest decomposition, of U+FDFA, has 18 code points */
    RECORD_TAG_BYTES = 10,   /* "noBreak", "isolated": why a decomposition is only compatible */
    RECORD_CATEGORY_BYTES = 3,
    RECORD_BIDI_BYTES = 4
};

struct record {
    int64_t numerator; /* numeric value; denominator 0: the character has none */
    uint32_t upper;    /* simple case mappings; 0: the character itself */
    uint32_t lower;
    uint32_t title;
    uint32_t parts[RECORD_PARTS_MAX]; /* decomposition mapping, one step */
    uint32_t denominator;
    uint16_t script; /* index into the names of struct ranges */
    uint16_t age;    /* Unicode version that brought it: major * 256 + minor */
    uint8_t part_count;
    uint8_t combining_class;
    bool is_used;
    bool is_mirrored;
    char category[RECORD_CATEGORY_BYTES];
    char bidi[RECORD_BIDI_BYTES];
    char tag[RECORD_TAG_BYTES];
    char name[RECORD_NAME_BYTES];
    uint8_t spare[19];
};

static_assert(sizeof(struct record) == RECORD_BYTES, "a record must divide every page size");
static_assert(RECORD_BYTES >= 128, "the demo promises records of at least 128 bytes");

#endif
