/* SPDX-License-Identifier: MIT */
/* fraction.c - see fraction.h. */
#include "sheet/values/fraction.h"

#include <math.h>

enum { DENOMINATOR_DIGITS_MAX = 7 };

/* By a continued fraction, up to the last denominator that is not too large, all in doubles: not
 * the nearest there is, but what Excel shows: 22/7 for pi, 2/7 for 0.3, and 1 1/3 for 1.3. */
static void find_fraction(double part, uint32_t below_max, struct fraction *fraction)
{
    const double nothing_left = 5e-8;
    double above_before = 1, below_before = 0, above = 0, below = 1, rest = part;
    while (rest >= nothing_left) {
        rest = 1 / rest;
        double whole = floor(rest);
        double next_above = whole * above + above_before, next_below = whole * below + below_before;
        if (next_below > below_max)
            break;
        above_before = above;
        below_before = below;
        above = next_above;
        below = next_below;
        rest -= whole;
    }
    fraction->above = above;
    fraction->below = (uint32_t)below;
}

struct fraction fraction_of(double value, unsigned below_digits)
{
    struct fraction fraction = {.whole = floor(value), .below = 1};
    uint32_t below_max = 1;
    for (unsigned i = 0; i < below_digits && i < DENOMINATOR_DIGITS_MAX; i++)
        below_max *= 10;
    find_fraction(value - fraction.whole, below_max - 1, &fraction);
    if (fraction.above >= fraction.below)
        fraction = (struct fraction){.whole = fraction.whole + 1, .below = 1};
    return fraction;
}

struct fraction fraction_below(double value, uint32_t below)
{
    struct fraction fraction = {.whole = floor(value), .below = below};
    fraction.above = floor((value - fraction.whole) * below + 0.5);
    if (fraction.above >= below)
        fraction = (struct fraction){.whole = fraction.whole + 1, .below = below};
    return fraction;
}
