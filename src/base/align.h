/* SPDX-License-Identifier: MIT */
/* align.h - rounding and checked sums of addresses and sizes. Units are powers of two. */
#ifndef STP_ALIGN_H
#define STP_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool stp_is_power_of_two(size_t value)
{
    return value && !(value & (value - 1));
}

static inline uintptr_t stp_round_down(uintptr_t value, size_t unit)
{
    return value & ~((uintptr_t)unit - 1);
}

/* False when the result does not fit; *result is untouched then. */
static inline bool stp_round_up(uintptr_t value, size_t unit, uintptr_t *result)
{
    uintptr_t sum;
    if (__builtin_add_overflow(value, (uintptr_t)unit - 1, &sum))
        return false;
    *result = stp_round_down(sum, unit);
    return true;
}

static inline bool stp_add(uintptr_t a, uintptr_t b, uintptr_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

static inline size_t stp_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t stp_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Exponent of a power of two. */
static inline unsigned stp_log2(size_t value)
{
    return (unsigned)__builtin_ctzl(value);
}

/* Smallest power of two >= value; value is at most half the address space. */
static inline size_t stp_power_of_two_above(size_t value)
{
    return value <= 1 ? 1 : (size_t)1 << (64 - __builtin_clzl(value - 1));
}

#endif
