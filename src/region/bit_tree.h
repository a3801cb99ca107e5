/* SPDX-License-Identifier: MIT */
/*
 * bit_tree.h - a set of indices with next and previous member, and next and previous gap, in
 * O(log64 size), whatever lies between.
 *
 *   level 0   one bit per index: is it a member?                                  the leaves
 *   level n   two bits per word of level n-1:  any: is a bit of it set?
 *                                              all: are all 64 set?
 *   top       one word; there are always two levels at least
 *
 * Main invariant, between calls: for every level n >= 1 and word w of level n-1,
 * bit w of any[n] == (any[n-1][w] != 0), and bit w of all[n] == (all[n-1][w] == ~0); level 0's any
 * and all are the same words.
 *
 * A leaf word whose any bit is clear is never read: the caller may leave its memory inaccessible
 * until it first sets an index there.
 *
 * Threads. Indices are owned in blocks of STP_BIT_TREE_BLOCK, aligned: calls that change indices of
 * different blocks may run at the same time, the caller excludes those of the same block. Levels 0
 * and 1 of a block are its owner's alone (that is what the size of a block comes from); the words
 * above are shared and change under a small lock. Readers need no lock: during a change they see
 * each index before or after it.
 */
#ifndef STP_BIT_TREE_H
#define STP_BIT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STP_BIT_TREE_BLOCK = 64 * 64,
    STP_BIT_TREE_LEVELS = 7, /* 64^7 indices: more than there are pages */
};

struct stp_bit_tree {
    size_t size;     /* indices 0 .. size-1 */
    unsigned height; /* number of levels */
    uint32_t lock;   /* of levels >= 2 */
    uint64_t *any[STP_BIT_TREE_LEVELS];
    uint64_t *all[STP_BIT_TREE_LEVELS]; /* all[0] == any[0] */
};

/* Bytes for the leaves, and for all levels above them. */
size_t stp_bit_tree_leaf_bytes(size_t size);
size_t stp_bit_tree_upper_bytes(size_t size);

/* An empty set over zeroed memory; upper must be accessible, leaves may wait. */
void stp_bit_tree_init(struct stp_bit_tree *tree, size_t size, void *leaves, void *upper);

bool stp_bit_tree_has(const struct stp_bit_tree *tree, size_t index);

/* Put in, take out, count members of [first, end). Leaves of what is put in must be accessible. */
void stp_bit_tree_insert(struct stp_bit_tree *tree, size_t first, size_t end);
void stp_bit_tree_remove(struct stp_bit_tree *tree, size_t first, size_t end);
size_t stp_bit_tree_count(const struct stp_bit_tree *tree, size_t first, size_t end);

/* Smallest member (gap) in [from, end), or end. */
size_t stp_bit_tree_next(const struct stp_bit_tree *tree, size_t from, size_t end);
size_t stp_bit_tree_next_gap(const struct stp_bit_tree *tree, size_t from, size_t end);

/* How many members lie in an unbroken run that ends just before index (starts at index), looking at
 * no more than most. */
size_t stp_bit_tree_run_before(const struct stp_bit_tree *tree, size_t index, size_t most);
size_t stp_bit_tree_run_from(const struct stp_bit_tree *tree, size_t index, size_t most);

/* How many gaps lie in an unbroken run that ends just before index, looking at no more than most.
 */
size_t stp_bit_tree_gap_before(const struct stp_bit_tree *tree, size_t index, size_t most);

/* The main invariant, checked word by word; only when nothing is under way. */
bool stp_bit_tree_is_valid(const struct stp_bit_tree *tree);

#endif
