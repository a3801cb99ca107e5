/* SPDX-License-Identifier: MIT */
/*
 * bits.c - a set of numbers with summaries: see bits.h.
 *
 * Invariant: a bit of level k + 1 is set if and only if its word of level k is not 0, and then the
 * page of that word is committed. The levels lie one behind the other, level 0 first, and behind
 * them a bit for each page, that says whether it is committed; for their own pages it does.
 */
#include "sheet/grid/bits.h"

enum { WORD_BITS = 64, WORD_SHIFT = 6 };

/* ---- pages ---------------------------------------------------------------------------------- */

/* The number of a word among all words of the reservation. */
static uint64_t flat(const struct bits *bits, unsigned level, uint64_t word)
{
    return (uint64_t)(bits->levels[level] - bits->levels[0]) + word;
}

static bool page_is_there(const struct bits *bits, uint64_t page)
{
    return bits->pages[page >> WORD_SHIFT] >> (page % WORD_BITS) & 1;
}

uint64_t bits_word_at(const struct bits *bits, unsigned level, uint64_t word)
{
    uint64_t page = flat(bits, level, word) >> bits->page_shift;
    return page_is_there(bits, page) ? bits->levels[level][word] : 0;
}

static size_t page_bytes(const struct bits *bits)
{
    return sizeof(uint64_t) << bits->page_shift;
}

static bool commit_page(struct bits *bits, uint64_t page)
{
    if (page_is_there(bits, page))
        return true;
    if (steppe_commit(bits->levels[0] + (page << bits->page_shift), page_bytes(bits)) != STEPPE_OK)
        return false;
    bits->pages[page >> WORD_SHIFT] |= UINT64_C(1) << page % WORD_BITS;
    return true;
}

bool bits_prepare(struct bits *bits, uint64_t number)
{
    uint64_t word = number >> WORD_SHIFT;
    for (unsigned level = 0; level < bits->level_count; level++, word >>= WORD_SHIFT)
        if (!commit_page(bits, flat(bits, level, word) >> bits->page_shift))
            return false;
    return true;
}

/* ---- making --------------------------------------------------------------------------------- */

bool bits_make(struct bits *bits, uint64_t size, const steppe_options *options)
{
    uint64_t starts[BITS_LEVELS_MAX], words = 0, left = size;
    *bits = (struct bits){.size = size};
    do {
        left = (left + WORD_BITS - 1) / WORD_BITS;
        starts[bits->level_count] = words;
        bits->words[bits->level_count++] = left;
        words += left;
    } while (left > 1 && bits->level_count < BITS_LEVELS_MAX);

    size_t page = steppe_page_bytes(), page_words = page / sizeof(uint64_t);
    bits->page_shift = (unsigned)__builtin_ctzll(page_words);
    /* Behind the levels: a bit for each page, of these bits too. One word more than enough. */
    uint64_t own_words = words / page_words / WORD_BITS + 2;
    bits->page_count = (words + own_words + page_words - 1) / page_words;

    steppe_options own = *options;
    own.on_fault = STEPPE_RAISE;
    own.huge_pages = STEPPE_HUGE_NEVER;
    uint64_t *base = steppe_reserve((words + own_words) * sizeof(uint64_t), &own);
    if (!base)
        return false;
    for (unsigned level = 0; level < bits->level_count; level++)
        bits->levels[level] = base + starts[level];
    bits->pages = base + words;
    if (steppe_commit(bits->pages, own_words * sizeof(uint64_t)) != STEPPE_OK) {
        bits_end(bits);
        return false;
    }
    for (uint64_t i = words >> bits->page_shift; i < bits->page_count; i++)
        bits->pages[i >> WORD_SHIFT] |= UINT64_C(1) << i % WORD_BITS;
    return true;
}

void bits_end(struct bits *bits)
{
    if (bits->levels[0])
        (void)steppe_release(bits->levels[0]); /* there is nobody to tell */
    *bits = (struct bits){0};
}

/* ---- members -------------------------------------------------------------------------------- */

void bits_add(struct bits *bits, uint64_t number)
{
    for (unsigned level = 0; level < bits->level_count; level++, number >>= WORD_SHIFT) {
        uint64_t *word = &bits->levels[level][number >> WORD_SHIFT], before = *word;
        *word |= UINT64_C(1) << number % WORD_BITS;
        if (before)
            return;
    }
}

void bits_remove(struct bits *bits, uint64_t number)
{
    if (!bits_has(bits, number))
        return;
    for (unsigned level = 0; level < bits->level_count; level++, number >>= WORD_SHIFT) {
        uint64_t *word = &bits->levels[level][number >> WORD_SHIFT];
        *word &= ~(UINT64_C(1) << number % WORD_BITS);
        if (*word)
            return;
    }
}

static unsigned first_bit(uint64_t word)
{
    return (unsigned)__builtin_ctzll(word);
}

static unsigned last_bit(uint64_t word)
{
    return 63u - (unsigned)__builtin_clzll(word);
}

/* From a bit that is set down to the first, or last, one below it on the bottom level. */
static uint64_t first_below(const struct bits *bits, unsigned level, unsigned bottom,
                            uint64_t number)
{
    while (level-- > bottom)
        number = number << WORD_SHIFT | first_bit(bits->levels[level][number]);
    return number;
}

static uint64_t last_below(const struct bits *bits, unsigned level, unsigned bottom,
                           uint64_t number)
{
    while (level-- > bottom)
        number = number << WORD_SHIFT | last_bit(bits->levels[level][number]);
    return number;
}

uint64_t bits_next_at(const struct bits *bits, unsigned bottom, uint64_t number)
{
    for (unsigned level = bottom; level < bits->level_count; level++) {
        uint64_t index = number >> WORD_SHIFT;
        if (index >= bits->words[level])
            return BITS_NONE;
        uint64_t word = bits_word_at(bits, level, index) & UINT64_MAX << number % WORD_BITS;
        if (word)
            return first_below(bits, level, bottom, index << WORD_SHIFT | first_bit(word));
        number = index + 1;
    }
    return BITS_NONE;
}

uint64_t bits_previous_at(const struct bits *bits, unsigned bottom, uint64_t number)
{
    for (unsigned level = bottom; level < bits->level_count; level++) {
        uint64_t index = number >> WORD_SHIFT;
        uint64_t word = bits_word_at(bits, level, index) & UINT64_MAX >> (63 - number % WORD_BITS);
        if (word)
            return last_below(bits, level, bottom, index << WORD_SHIFT | last_bit(word));
        if (index == 0)
            return BITS_NONE;
        number = index - 1;
    }
    return BITS_NONE;
}

uint64_t bits_next(const struct bits *bits, uint64_t number)
{
    return bits_next_at(bits, 0, number);
}

uint64_t bits_previous(const struct bits *bits, uint64_t number)
{
    return bits_previous_at(bits, 0, number < bits->size ? number : bits->size - 1);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool page_is_empty(const struct bits *bits, uint64_t page)
{
    const uint64_t *words = bits->levels[0] + (page << bits->page_shift);
    for (size_t i = 0; i < (size_t)1 << bits->page_shift; i++)
        if (words[i])
            return false;
    return true;
}

uint64_t bits_collect(struct bits *bits)
{
    uint64_t count = 0;
    for (uint64_t page = 0; page < bits->page_count; page++) {
        if (!page_is_there(bits, page) || !page_is_empty(bits, page))
            continue;
        if (steppe_decommit(bits->levels[0] + (page << bits->page_shift), page_bytes(bits)) !=
            STEPPE_OK)
            continue; /* it stays, and is as good as before */
        bits->pages[page >> WORD_SHIFT] &= ~(UINT64_C(1) << page % WORD_BITS);
        count++;
    }
    return count;
}

uint64_t bits_committed_bytes(const struct bits *bits)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i <= (bits->page_count - 1) / WORD_BITS; i++)
        count += (unsigned)__builtin_popcountll(bits->pages[i]);
    return count * page_bytes(bits);
}

bool bits_is_valid(const struct bits *bits)
{
    for (uint64_t page = 0; page < bits->page_count; page++) {
        steppe_run run;
        if (steppe_query(bits->levels[0] + (page << bits->page_shift), &run) != STEPPE_OK ||
            (run.state == STEPPE_COMMITTED) != page_is_there(bits, page))
            return false;
    }
    for (unsigned level = 1; level < bits->level_count; level++)
        for (uint64_t word = 0; word < bits->words[level - 1]; word++) {
            bool is_told = bits_word_at(bits, level, word >> WORD_SHIFT) >> word % WORD_BITS & 1;
            if (is_told != (bits_word_at(bits, level - 1, word) != 0))
                return false;
        }
    return true;
}
