/* SPDX-License-Identifier: MIT */
/*
 * random.h - random operations on the library and on a naive model of it, which must agree. A test
 * states its operations and what to compare; this is the rest: the command line, the numbers that
 * chance gives, what was done before a mismatch, and the same again, with fewer operations.
 *
 *     PROGRAM [--seed N] [--operations N] [--only LIST] [--shrink] [--verbose]
 *
 * Every operation has random numbers of its own, made of the seed and its number, so that an
 * operation left out does not change the others. --shrink uses that to find few operations that
 * still fail, by a mismatch, a crash or without an end, and prints them as the LIST (17,403-405)
 * that --only takes. --verbose prints each operation before it is done. Seed 0 takes one from the
 * clock; the seed is printed. STEPPE_MODEL_OPERATIONS and STEPPE_MODEL_SEED are the same for
 * builds. Comes with TAP on standard output; 1 on a mismatch, 2 for options that are not
 * understood.
 */
#ifndef STEPPE_TESTS_RANDOM_H
#define STEPPE_TESTS_RANDOM_H

#include "support.h"

struct random_test {
    const char *name;         /* what TAP says */
    uint64_t operation_count; /* 0: as many as most tests have */
    uint64_t compare_every;   /* operations between two calls of compare; 0: none */
    void (*start)(void);
    void (*operate)(void); /* one operation, its numbers taken from below() and such */
    void (*compare)(void); /* everything */
    void (*finish)(void);  /* compares, and ends all there is */
    void (*tell)(void);    /* further lines after a mismatch, or NULL */
};

/* The whole of main. make_suite: what else the program tests, or NULL; with any option the random
 * operations are run alone, and without Check. */
int random_main(int argc, char **argv, const struct random_test *test, Suite *(*make_suite)(void));

/* ---- in an operation --------------------------------------------------------------------------
 */

/* What is about to be done; a mismatch prints the last of these. */
void remember(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* How the operation that was remembered last has ended. */
void remember_end(const char *text);

#define agree(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            mismatch(__FILE__, __LINE__, #condition, "" __VA_ARGS__);                              \
    } while (0)
#define agree_equal(left, right)                                                                   \
    do {                                                                                           \
        unsigned long long left_ = (unsigned long long)(left);                                     \
        unsigned long long right_ = (unsigned long long)(right);                                   \
        if (left_ != right_)                                                                       \
            mismatch(__FILE__, __LINE__, #left " == " #right, "%llu, not %llu", left_, right_);    \
    } while (0)
_Noreturn void mismatch(const char *file, int line, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

uint64_t random_operation(void); /* its number */

extern uint64_t random_state; /* of the operation's numbers */

static inline uint64_t below(uint64_t limit)
{
    return random_below(&random_state, limit);
}

static inline bool one_in(uint64_t count)
{
    return below(count) == 0;
}

#define pick(array) ((array)[below(array_count(array))])

/* An entry of an array of structures with a weight each, as often as its weight is of all. */
#define pick_weighted(array)                                                                       \
    ({                                                                                             \
        uint64_t sum_ = 0, at_ = 0;                                                                \
        for (size_t i_ = 0; i_ < array_count(array); i_++)                                         \
            sum_ += (array)[i_].weight;                                                            \
        uint64_t dice_ = below(sum_);                                                              \
        for (; dice_ >= (array)[at_].weight; at_++)                                                \
            dice_ -= (array)[at_].weight;                                                          \
        &(array)[at_];                                                                             \
    })

#endif
