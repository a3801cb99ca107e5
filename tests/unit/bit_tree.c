/* SPDX-License-Identifier: MIT */
/* bit_tree.c - the tree against a plain array of bits, at sizes around its levels' borders. */
#include "region/bit_tree.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { OPERATIONS = 20000 };

struct pair {
    struct stp_bit_tree tree;
    bool *naive;
    void *leaves, *upper;
};

static void pair_make(struct pair *pair, size_t size)
{
    pair->leaves = calloc(1, stp_bit_tree_leaf_bytes(size));
    pair->upper = calloc(1, stp_bit_tree_upper_bytes(size) + 1);
    pair->naive = calloc(size, sizeof *pair->naive);
    stp_bit_tree_init(&pair->tree, size, pair->leaves, pair->upper);
}

static void pair_free(struct pair *pair)
{
    free(pair->leaves);
    free(pair->upper);
    free(pair->naive);
}

static size_t naive_next(const bool *naive, size_t from, size_t end, bool value)
{
    while (from < end && naive[from] != value)
        from++;
    return from;
}

static size_t naive_run_before(const bool *naive, size_t index, size_t most)
{
    size_t run = 0;
    while (run < most && run < index && naive[index - run - 1])
        run++;
    return run;
}

static size_t naive_count(const bool *naive, size_t first, size_t end)
{
    size_t count = 0;
    for (size_t index = first; index < end; index++)
        count += naive[index];
    return count;
}

/* A range that likes the borders of words and of level-1 words. */
static void pick_range(uint64_t *random, size_t size, size_t *first, size_t *end)
{
    static const size_t borders[] = {1, 64, 4096};
    size_t border = borders[random_below(random, array_count(borders))];
    size_t length = 1 + random_below(random, random_below(random, 4) ? 3 * border : size);
    *first = random_below(random, size) / border * border;
    if (random_below(random, 2) && *first)
        --*first;
    *end = *first + length < size ? *first + length : size;
}

static void compare(const struct pair *pair, uint64_t *random)
{
    const struct stp_bit_tree *tree = &pair->tree;
    size_t first, end, most = 1 + random_below(random, 300);
    pick_range(random, tree->size, &first, &end);
    require_equal(stp_bit_tree_has(tree, first), pair->naive[first]);
    require_equal(stp_bit_tree_next(tree, first, end), naive_next(pair->naive, first, end, true));
    require_equal(stp_bit_tree_next_gap(tree, first, end),
                  naive_next(pair->naive, first, end, false));
    require_equal(stp_bit_tree_run_before(tree, first, most),
                  naive_run_before(pair->naive, first, most));
    require_equal(stp_bit_tree_count(tree, first, end), naive_count(pair->naive, first, end));
    size_t limit = first + most < tree->size ? first + most : tree->size;
    require_equal(stp_bit_tree_run_from(tree, first, most),
                  naive_next(pair->naive, first, limit, false) - first);
}

static void play(size_t size, uint64_t seed)
{
    struct pair pair;
    uint64_t random = seed;
    int operations = is_slow() ? OPERATIONS / 20 : OPERATIONS;
    pair_make(&pair, size);
    for (int operation = 0; operation < operations; operation++) {
        size_t first, end;
        bool value = random_below(&random, 2);
        pick_range(&random, size, &first, &end);
        if (value)
            stp_bit_tree_insert(&pair.tree, first, end);
        else
            stp_bit_tree_remove(&pair.tree, first, end);
        memset(pair.naive + first, value, end - first);
        compare(&pair, &random);
        if (operation % 64 == 0)
            require(stp_bit_tree_is_valid(&pair.tree), "size %zu seed %llu operation %d", size,
                    (unsigned long long)seed, operation);
    }
    pair_free(&pair);
}

START_TEST(agrees_with_an_array)
{
    static const size_t sizes[] = {1, 63, 64, 65, 4095, 4096, 4097, 9000, 262144, 270000};
    play(sizes[_i % 10], 1000 + (uint64_t)_i);
}
END_TEST

/* Leaves under a clear bit may be inaccessible memory: here they are wrong memory, so that reading
 * them shows. */
START_TEST(never_reads_an_absent_leaf)
{
    struct pair pair;
    size_t size = 100000;
    pair_make(&pair, size);
    memset(pair.leaves, 0xff, stp_bit_tree_leaf_bytes(size));
    require_equal(stp_bit_tree_count(&pair.tree, 0, size), 0);
    require_equal(stp_bit_tree_next(&pair.tree, 0, size), size);
    require_equal(stp_bit_tree_next_gap(&pair.tree, 777, size), 777);
    stp_bit_tree_insert(&pair.tree, 130, 131);
    require_equal(stp_bit_tree_count(&pair.tree, 0, size), 1);
    require_equal(stp_bit_tree_run_before(&pair.tree, 131, 64), 1);
    stp_bit_tree_remove(&pair.tree, 0, size);
    require_equal(stp_bit_tree_next(&pair.tree, 0, size), size);
    pair_free(&pair);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bit_tree");
    TCase *all = test_case(suite, "all");
    tcase_add_loop_test(all, agrees_with_an_array, 0, 10);
    tcase_add_test(all, never_reads_an_absent_leaf);
    return test_main(suite);
}
