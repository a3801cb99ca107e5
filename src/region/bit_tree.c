/* SPDX-License-Identifier: MIT */
#include "region/bit_tree.h"

#include "base/align.h"
#include "base/check.h"
#include "region/lock.h"

enum { WORD_BITS = 64, WORD_SHIFT = 6 };
#define FULL UINT64_MAX

/* Acquire and release order a level after the one below it: who sees an any bit may read the word
 * it stands for. */
static uint64_t load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static bool bit_of(const uint64_t *words, size_t index)
{
    return load(&words[index >> WORD_SHIFT]) >> (index % WORD_BITS) & 1;
}

static size_t words_for(size_t bits)
{
    return (bits >> WORD_SHIFT) + (bits % WORD_BITS != 0);
}

/* The bits of a word that fall in [first, end), both relative to the word's first bit. */
static uint64_t mask_of(size_t first, size_t end)
{
    uint64_t from = FULL << first;
    return end >= WORD_BITS ? from : from & ~(FULL << end);
}

/* The part of [first, end) that lies in a word, as a mask. */
static uint64_t mask_in_word(size_t word, size_t first, size_t end)
{
    size_t start = word << WORD_SHIFT;
    return mask_of(first > start ? first - start : 0, stp_min(end - start, WORD_BITS));
}

size_t stp_bit_tree_leaf_bytes(size_t size)
{
    return words_for(size) * sizeof(uint64_t);
}

size_t stp_bit_tree_upper_bytes(size_t size)
{
    size_t words = 0, count = words_for(size);
    do {
        count = words_for(count);
        words += count;
    } while (count > 1);
    return 2 * words * sizeof(uint64_t);
}

void stp_bit_tree_init(struct stp_bit_tree *tree, size_t size, void *leaves, void *upper)
{
    uint64_t *next = upper;
    size_t count = words_for(size);
    *tree = (struct stp_bit_tree){.size = size, .height = 1};
    tree->any[0] = tree->all[0] = leaves;
    do {
        count = words_for(count);
        STP_ASSERT(tree->height < STP_BIT_TREE_LEVELS);
        tree->any[tree->height] = next;
        tree->all[tree->height] = next + count;
        next += 2 * count;
        tree->height++;
    } while (count > 1);
}

/* A leaf word, without reading one that is not there yet. */
static uint64_t leaf(const struct stp_bit_tree *tree, size_t word)
{
    return bit_of(tree->any[1], word) ? load(&tree->any[0][word]) : 0;
}

bool stp_bit_tree_has(const struct stp_bit_tree *tree, size_t index)
{
    STP_CHECK(index < tree->size);
    return leaf(tree, index >> WORD_SHIFT) >> (index % WORD_BITS) & 1;
}

/* ---- searching ------------------------------------------------------------------------------ */

/* A word as a search sees it: of members as it is, of gaps inverted. */
static uint64_t view(const struct stp_bit_tree *tree, bool gaps, unsigned level, size_t word)
{
    if (level == 0)
        return gaps ? ~leaf(tree, word) : leaf(tree, word);
    return gaps ? ~load(&tree->all[level][word]) : load(&tree->any[level][word]);
}

/* Words of a level. */
static size_t level_words(const struct stp_bit_tree *tree, unsigned level)
{
    size_t count = words_for(tree->size);
    while (level--)
        count = words_for(count);
    return count;
}

/* Smallest index >= from at the level whose view is set; SIZE_MAX when there is none. Climbs until
 * a word has a bit to the right of where it came from, then goes down along first bits. A change
 * under way may have taken the bit on the way down: then the search goes on behind it. */
static size_t search(const struct stp_bit_tree *tree, bool gaps, unsigned target, size_t from)
{
    unsigned level = target;
    size_t index = from;
    for (;;) {
        size_t word = index >> WORD_SHIFT;
        if (word >= level_words(tree, level))
            return SIZE_MAX;
        uint64_t bits = view(tree, gaps, level, word) & FULL << (index % WORD_BITS);
        if (bits) {
            index = (word << WORD_SHIFT) + (size_t)__builtin_ctzll(bits);
            if (level == target)
                return index;
            level--;
            index <<= WORD_SHIFT;
            continue;
        }
        if (level + 1 == tree->height)
            return SIZE_MAX;
        level++;
        index = word + 1;
    }
}

size_t stp_bit_tree_next(const struct stp_bit_tree *tree, size_t from, size_t end)
{
    return from >= end ? end : stp_min(search(tree, false, 0, from), end);
}

size_t stp_bit_tree_next_gap(const struct stp_bit_tree *tree, size_t from, size_t end)
{
    return from >= end ? end : stp_min(search(tree, true, 0, from), end);
}

size_t stp_bit_tree_run_from(const struct stp_bit_tree *tree, size_t index, size_t most)
{
    size_t end = index + stp_min(most, tree->size - index);
    return stp_bit_tree_next_gap(tree, index, end) - index;
}

/* Word by word: callers look back a few thousand indices at most. */
static size_t alike_before(const struct stp_bit_tree *tree, bool gaps, size_t index, size_t most)
{
    size_t run = 0;
    most = stp_min(most, index);
    while (run < most) {
        size_t last = index - run - 1, in_word = last % WORD_BITS + 1;
        uint64_t others = ~view(tree, gaps, 0, last >> WORD_SHIFT) << (WORD_BITS - in_word);
        size_t step = others ? (size_t)__builtin_clzll(others) : in_word;
        step = stp_min(step, in_word);
        run += step;
        if (step < in_word)
            break;
    }
    return stp_min(run, most);
}

size_t stp_bit_tree_run_before(const struct stp_bit_tree *tree, size_t index, size_t most)
{
    return alike_before(tree, false, index, most);
}

size_t stp_bit_tree_gap_before(const struct stp_bit_tree *tree, size_t index, size_t most)
{
    return alike_before(tree, true, index, most);
}

size_t stp_bit_tree_count(const struct stp_bit_tree *tree, size_t first, size_t end)
{
    size_t count = 0;
    if (first >= end)
        return 0;
    size_t last_word = (end - 1) >> WORD_SHIFT;
    size_t word = first >> WORD_SHIFT;
    while (word <= last_word) {
        count += (size_t)__builtin_popcountll(leaf(tree, word) & mask_in_word(word, first, end));
        word = search(tree, false, 1, word + 1);
    }
    return count;
}

/* ---- changing ------------------------------------------------------------------------------- */

static void put_bit(uint64_t *words, size_t index, bool value)
{
    uint64_t *word = &words[index >> WORD_SHIFT];
    uint64_t bit = (uint64_t)1 << (index % WORD_BITS);
    uint64_t now = load(word);
    uint64_t next = value ? now | bit : now & ~bit;
    if (next != now)
        store(word, next);
}

/* Make a level's two bits for one word of the level below true again; returns whether either bit
 * changed, for only then can the level above be wrong. */
static bool settle(struct stp_bit_tree *tree, unsigned level, size_t word)
{
    bool any = load(&tree->any[level - 1][word]) != 0;
    bool all = load(&tree->all[level - 1][word]) == FULL;
    if (bit_of(tree->any[level], word) == any && bit_of(tree->all[level], word) == all)
        return false;
    put_bit(tree->any[level], word, any);
    put_bit(tree->all[level], word, all);
    return true;
}

/* Settle levels >= 2 over the words of level 1 that hold [first_word, last_word] of level 0. The
 * words of level 1 are ours, so reading them before taking the lock is sound; the lock is for the
 * shared words above. */
static void settle_upper(struct stp_bit_tree *tree, size_t first_word, size_t last_word)
{
    size_t first = first_word >> WORD_SHIFT, last = last_word >> WORD_SHIFT;
    bool changed = true;
    if (tree->height <= 2)
        return;
    stp_lock_take(&tree->lock);
    for (unsigned level = 2; level < tree->height && changed; level++) {
        changed = false;
        for (size_t word = first; word <= last; word++)
            changed |= settle(tree, level, word);
        first >>= WORD_SHIFT;
        last >>= WORD_SHIFT;
    }
    stp_lock_give(&tree->lock);
}

/* Would settle_upper change anything for one word of level 1? Spares isolated changes the lock. */
static bool upper_is_settled(const struct stp_bit_tree *tree, size_t word)
{
    return bit_of(tree->any[2], word) == (load(&tree->any[1][word]) != 0) &&
           bit_of(tree->all[2], word) == (load(&tree->all[1][word]) == FULL);
}

static void settle_all(struct stp_bit_tree *tree, size_t first_word, size_t last_word)
{
    size_t first = first_word >> WORD_SHIFT;
    if (tree->height <= 2)
        return;
    if (first == last_word >> WORD_SHIFT && upper_is_settled(tree, first))
        return;
    settle_upper(tree, first_word, last_word);
}

void stp_bit_tree_insert(struct stp_bit_tree *tree, size_t first, size_t end)
{
    if (first >= end)
        return;
    STP_CHECK(end <= tree->size);
    size_t first_word = first >> WORD_SHIFT, last_word = (end - 1) >> WORD_SHIFT;
    bool changed = false;
    for (size_t word = first_word; word <= last_word; word++) {
        store(&tree->any[0][word], leaf(tree, word) | mask_in_word(word, first, end));
        changed |= settle(tree, 1, word);
    }
    if (changed)
        settle_all(tree, first_word, last_word);
}

void stp_bit_tree_remove(struct stp_bit_tree *tree, size_t first, size_t end)
{
    if (first >= end)
        return;
    STP_CHECK(end <= tree->size);
    size_t first_word = first >> WORD_SHIFT, last_word = (end - 1) >> WORD_SHIFT;
    size_t touched_first = SIZE_MAX, touched_last = 0;
    size_t word = first_word;
    while (word <= last_word) {
        uint64_t now = leaf(tree, word);
        uint64_t next = now & ~mask_in_word(word, first, end);
        if (next != now) {
            store(&tree->any[0][word], next);
            if (settle(tree, 1, word)) {
                touched_first = stp_min(touched_first, word);
                touched_last = word;
            }
        }
        word = search(tree, false, 1, word + 1);
    }
    if (touched_first <= touched_last)
        settle_all(tree, touched_first, touched_last);
}

bool stp_bit_tree_is_valid(const struct stp_bit_tree *tree)
{
    for (unsigned level = 1; level < tree->height; level++) {
        size_t words = level_words(tree, level - 1);
        for (size_t word = 0; word < words; word++) {
            uint64_t any = level == 1 ? leaf(tree, word) : load(&tree->any[level - 1][word]);
            uint64_t all = level == 1 ? any : load(&tree->all[level - 1][word]);
            if (bit_of(tree->any[level], word) != (any != 0))
                return false;
            if (bit_of(tree->all[level], word) != (all == FULL))
                return false;
        }
    }
    return true;
}
