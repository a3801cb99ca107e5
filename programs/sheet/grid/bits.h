/* SPDX-License-Identifier: MIT */
/*
 * bits.h - a set of numbers, a bit each, with summaries above: the next member is found in a few
 * steps however far away it is.
 *
 *    level 2                    one bit for each word of level 1 that is not 0
 *    level 1      one bit for each word of level 0 that is not 0
 *    level 0      one bit a number
 *
 * All levels lie in one reservation of the library, and a page of it is committed when a number on
 * it is added for the first time: a set of 2^26 numbers reserves 8 MiB, and costs 8 KiB while its
 * members are neighbours. What is not committed holds no member, and is not looked at.
 *
 * Everything that may be refused is in bits_prepare; after it adding cannot fail. Adding and
 * removing may be done in a fault's filter.
 */
#ifndef STEPPE_SHEET_BITS_H
#define STEPPE_SHEET_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include <steppe/region.h>

#define BITS_NONE UINT64_MAX

enum { BITS_LEVELS_MAX = 7 };

struct bits {
    uint64_t *levels[BITS_LEVELS_MAX];
    uint64_t words[BITS_LEVELS_MAX]; /* of each level */
    unsigned level_count;
    unsigned page_shift; /* a word's number >> this: the number of its page */
    uint64_t *pages;     /* a bit for each page of the reservation: committed */
    uint64_t page_count;
    uint64_t size; /* members are below it */
};

/* Make an empty set of numbers below size. options: budget and name of its reservation. false, with
 * the library's last status: refused. */
bool bits_make(struct bits *bits, uint64_t size, const steppe_options *options);
void bits_end(struct bits *bits); /* one that was never made, all zero, is fine */

/* Commit what adding this number needs. false: refused, see steppe_last_status. */
bool bits_prepare(struct bits *bits, uint64_t number);
/* Put a number in (after bits_prepare), take one out: one that is in or out already is fine. */
void bits_add(struct bits *bits, uint64_t number);
void bits_remove(struct bits *bits, uint64_t number);

/* The first member from number on, the last one up to it; BITS_NONE. */
uint64_t bits_next(const struct bits *bits, uint64_t number);
uint64_t bits_previous(const struct bits *bits, uint64_t number);

/* The same on a level above: the next word of the level below that is not 0, the previous one. */
uint64_t bits_next_at(const struct bits *bits, unsigned level, uint64_t number);
uint64_t bits_previous_at(const struct bits *bits, unsigned level, uint64_t number);
/* A word of a level; 0 where none is committed. */
uint64_t bits_word_at(const struct bits *bits, unsigned level, uint64_t word);

/* Give back pages without a bit. Returns how many. */
uint64_t bits_collect(struct bits *bits);
uint64_t bits_committed_bytes(const struct bits *bits);
bool bits_is_valid(const struct bits *bits); /* every summary says what is below it */

/* 64 numbers at once: a word of level 0. */
static inline uint64_t bits_word(const struct bits *bits, uint64_t word)
{
    uint64_t page = word >> bits->page_shift;
    return bits->pages[page >> 6] >> (page & 63) & 1 ? bits->levels[0][word] : 0;
}

static inline bool bits_has(const struct bits *bits, uint64_t number)
{
    return bits_word(bits, number >> 6) >> (number & 63) & 1;
}

#endif
