/* SPDX-License-Identifier: MIT */
/*
 * dense.h - what the questions about sequential first touch share.
 */
#ifndef BENCH_DENSE_H
#define BENCH_DENSE_H

#include "harness.h"

/* Every page of turn->size pages, in order. */
static inline void touch_in_order(const bench_contender *self, bench_turn *turn)
{
    size_t size_bytes = turn->size * steppe_page_bytes();
    char *memory = bench_take(self, turn, size_bytes);
    if (!memory)
        return;
    turn->values[0] = bench_touch_in_order(turn, memory);
    bench_give_back(self, memory, size_bytes);
}

#endif
