/* SPDX-License-Identifier: MIT */
#include "containers/slot_bits.h"

#include "base/align.h"
#include "region/published.h"

#define FULL UINT64_MAX

static uint64_t load(const uint64_t *word)
{
    return steppe_slots_load_(word);
}

/* ---- words of bits -------------------------------------------------------------------------- */

/* The part of [first, end) that lies in a word, as a mask. */
static uint64_t mask_in_word(uint64_t word, uint64_t first, uint64_t end)
{
    uint64_t start = word * STP_WORD_BITS;
    uint64_t from = first > start ? FULL << (first - start) : FULL;
    return end - start >= STP_WORD_BITS ? from : from & ~(FULL << (end - start));
}

static uint64_t search(const uint64_t *words, uint64_t from, uint64_t end, uint64_t flip)
{
    if (from >= end)
        return end;
    uint64_t word = from / STP_WORD_BITS, last = (end - 1) / STP_WORD_BITS;
    uint64_t bits = (load(&words[word]) ^ flip) & FULL << (from % STP_WORD_BITS);
    while (!bits) {
        if (word == last)
            return end;
        bits = load(&words[++word]) ^ flip;
    }
    return stp_min(word * STP_WORD_BITS + (uint64_t)__builtin_ctzll(bits), end);
}

uint64_t stp_bits_next(const uint64_t *words, uint64_t from, uint64_t end)
{
    return search(words, from, end, 0);
}

bool stp_bits_are_set(const uint64_t *words, uint64_t first, uint64_t end)
{
    return search(words, first, end, FULL) == end;
}

/* The last bit set at or below one; false: none. */
static bool search_back(const uint64_t *words, uint64_t from, uint64_t *found)
{
    uint64_t word = from / STP_WORD_BITS;
    uint64_t bits = load(&words[word]) & FULL >> (STP_WORD_BITS - 1 - from % STP_WORD_BITS);
    while (!bits) {
        if (word == 0)
            return false;
        bits = load(&words[--word]);
    }
    *found = word * STP_WORD_BITS + STP_WORD_BITS - 1 - (uint64_t)__builtin_clzll(bits);
    return true;
}

void stp_bits_set(uint64_t *words, uint64_t first, uint64_t end)
{
    for (uint64_t at = first; at < end; at = (at / STP_WORD_BITS + 1) * STP_WORD_BITS) {
        uint64_t *word = &words[at / STP_WORD_BITS];
        uint64_t mask = mask_in_word(at / STP_WORD_BITS, first, end);
        if (~load(word) & mask)
            __atomic_fetch_or(word, mask, __ATOMIC_ACQ_REL);
    }
}

void stp_bits_clear(uint64_t *words, uint64_t first, uint64_t end)
{
    for (uint64_t at = first; at < end; at = (at / STP_WORD_BITS + 1) * STP_WORD_BITS) {
        uint64_t *word = &words[at / STP_WORD_BITS];
        uint64_t mask = mask_in_word(at / STP_WORD_BITS, first, end);
        if (load(word) & mask)
            __atomic_fetch_and(word, ~mask, __ATOMIC_SEQ_CST);
    }
}

/* ---- changing ------------------------------------------------------------------------------- */

bool stp_slot_bits_insert(struct stp_slot_bits *bits, uint64_t slot)
{
    uint64_t bit = (uint64_t)1 << (slot % STP_WORD_BITS);
    uint64_t *word = &bits->used[slot / STP_WORD_BITS];
    if (load(word) & bit || __atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST) & bit)
        return true;
    if (__atomic_load_n(&bits->published_at, __ATOMIC_SEQ_CST))
        stp_slot_bits_publish(bits, slot, slot + 1);
    return false;
}

void stp_slot_bits_remove(struct stp_slot_bits *bits, uint64_t first, uint64_t end)
{
    stp_bits_clear(bits->used, first, end);
    if (__atomic_load_n(&bits->published_at, __ATOMIC_SEQ_CST))
        stp_slot_bits_publish(bits, first, end);
}

/* By searching, which needs no gate. Others who change some meanwhile copy those themselves. */
void stp_slot_bits_publish_inherited(struct stp_slot_bits *bits)
{
    uint64_t was = __atomic_load_n(&bits->published_at, __ATOMIC_SEQ_CST);
    uint64_t at = was & ~STP_SLOT_BITS_INHERITED, slot = 0;
    if (was == at || !__atomic_compare_exchange_n(&bits->published_at, &was, at, false,
                                                  __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    stp_published_slots_again(at);
    while ((slot = stp_slot_bits_next(bits, slot, bits->slot_max)) < bits->slot_max) {
        stp_published_slots_word(at, bits->used, slot / STP_WORD_BITS);
        slot = (slot / STP_WORD_BITS + 1) * STP_WORD_BITS;
    }
}

void stp_slot_bits_publish(struct stp_slot_bits *bits, uint64_t first, uint64_t end)
{
    uint64_t at = __atomic_load_n(&bits->published_at, __ATOMIC_SEQ_CST);
    if (first >= end)
        return;
    if (at & STP_SLOT_BITS_INHERITED) {
        stp_slot_bits_publish_inherited(bits);
        at &= ~STP_SLOT_BITS_INHERITED;
    }
    for (uint64_t word = first / STP_WORD_BITS; at && word <= (end - 1) / STP_WORD_BITS; word++)
        stp_published_slots_word(at, bits->used, word);
}

static uint64_t group_end(uint64_t slot_end)
{
    return (slot_end + STP_SLOT_GROUP - 1) / STP_SLOT_GROUP;
}

/* Spans first: a search that is to see the group's bit must not pass over its word. */
void stp_slot_bits_open(struct stp_slot_bits *bits, uint64_t first, uint64_t end)
{
    uint64_t group = first / STP_SLOT_GROUP;
    stp_bits_set(bits->spans, group / STP_WORD_BITS, stp_slot_bits_words(group_end(end)));
    stp_bits_set(bits->groups, group, group_end(end));
}

void stp_slot_bits_close(struct stp_slot_bits *bits, uint64_t first, uint64_t end)
{
    stp_bits_clear(bits->groups, first / STP_SLOT_GROUP, group_end(end));
}

/* ---- searching ------------------------------------------------------------------------------ */

static uint64_t next_group(const struct stp_slot_bits *bits, uint64_t from, uint64_t end)
{
    uint64_t last_word = stp_slot_bits_words(end);
    while (from < end) {
        uint64_t word = from / STP_WORD_BITS;
        uint64_t word_end = stp_min((word + 1) * STP_WORD_BITS, end);
        uint64_t group = stp_bits_next(bits->groups, from, word_end);
        if (group < word_end)
            return group;
        from = stp_bits_next(bits->spans, word + 1, last_word) * STP_WORD_BITS;
    }
    return end;
}

uint64_t stp_slot_bits_next_open(const struct stp_slot_bits *bits, uint64_t from, uint64_t end)
{
    uint64_t group = next_group(bits, from / STP_SLOT_GROUP, group_end(end));
    uint64_t first = group * STP_SLOT_GROUP;
    return stp_min(stp_max(first, from), end);
}

uint64_t stp_slot_bits_next(const struct stp_slot_bits *bits, uint64_t from, uint64_t end)
{
    while (from < end) {
        uint64_t group = next_group(bits, from / STP_SLOT_GROUP, group_end(end));
        uint64_t first = group * STP_SLOT_GROUP;
        uint64_t stop = stp_min(first + STP_SLOT_GROUP, end);
        if (first >= end)
            return end;
        uint64_t slot = stp_bits_next(bits->used, from > first ? from : first, stop);
        if (slot < stop)
            return slot;
        from = stop;
    }
    return end;
}

uint64_t stp_slot_bits_next_clear(const struct stp_slot_bits *bits, uint64_t from, uint64_t end)
{
    while (from < end && stp_slot_bits_is_open(bits, from)) {
        uint64_t stop = stp_min((from / STP_SLOT_GROUP + 1) * STP_SLOT_GROUP, end);
        from = search(bits->used, from, stop, FULL);
        if (from < stop)
            return from;
    }
    return stp_min(from, end);
}

static bool previous_group(const struct stp_slot_bits *bits, uint64_t from, uint64_t *group)
{
    for (;;) {
        uint64_t word = from / STP_WORD_BITS, first = word * STP_WORD_BITS;
        uint64_t some = load(&bits->groups[word]) & mask_in_word(word, first, from + 1);
        if (some)
            return search_back(bits->groups, from, group);
        if (word == 0 || !search_back(bits->spans, word - 1, &word))
            return false;
        from = word * STP_WORD_BITS + STP_WORD_BITS - 1;
    }
}

uint64_t stp_slot_bits_previous(const struct stp_slot_bits *bits, uint64_t slot)
{
    uint64_t group = slot / STP_SLOT_GROUP;
    while (previous_group(bits, group, &group)) {
        uint64_t first = group * STP_SLOT_GROUP;
        uint64_t from = stp_min(slot, first + STP_SLOT_GROUP - 1) - first, found;
        /* From the group's own first word on: what lies before it may not be there. */
        if (search_back(&bits->used[first / STP_WORD_BITS], from, &found))
            return first + found;
        if (group-- == 0)
            break;
    }
    return STEPPE_NO_SLOT;
}
