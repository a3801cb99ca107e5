/* SPDX-License-Identifier: MIT */
/*
 * human.h - figures as people write and read them: sizes ("2K", "4.0 KiB"), counts ("1,000,000"),
 * and lists of indices ("7", "40-46", "1,5,9-12", "*"). No locale is asked.
 */
#ifndef STEPPE_COMMON_HUMAN_H
#define STEPPE_COMMON_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HUMAN_TEXT_BYTES = 32, HUMAN_WHY_BYTES = 128, HUMAN_RANGES_MAX = 64 };

/* Returned by value, to stand as human_bytes(n).text among the arguments of a call. */
struct human_text {
    char text[HUMAN_TEXT_BYTES];
};

/* "512 B", "4.0 KiB", "1.5 GiB": rounded to the nearest tenth, as the report does; up to
 * "16.0 EiB". What would be 1024.0 is 1.0 of the next unit. */
struct human_text human_bytes(uint64_t bytes);

/* "47.0 of 64.0 MiB"; "12.0 KiB of 64.0 MiB" where the units differ. */
struct human_text human_share(uint64_t part_bytes, uint64_t whole_bytes);

/* "1,234,567". */
struct human_text human_count(uint64_t count);

/* The whole text is a number: decimal, hexadecimal with 0x, or a power of two ("2^34"). false: it
 * is not, or is not below 2^64. */
bool human_parse_number(const char *text, uint64_t *number);

/* The whole text is a size: a number, and B, K, M, G, T, P or E (powers of 1,024; KB and KiB are
 * the same) in either case behind it. false: it is not, or is not below 2^64. */
bool human_parse_size(const char *text, uint64_t *bytes);

/* Indices from first to last, both included. */
struct human_range {
    uint64_t first, last;
};

struct human_ranges {
    struct human_range ranges[HUMAN_RANGES_MAX];
    size_t count;
};

/* A list of indices below a limit (which is not 0); spaces may stand around its parts; "*" alone is
 * all of them. false: why says what was wrong and what to write, as "what; what to do"; *ranges is
 * then of no use. */
bool human_parse_ranges(const char *text, uint64_t limit, struct human_ranges *ranges,
                        char why[HUMAN_WHY_BYTES]);

#endif
