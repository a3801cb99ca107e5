/* SPDX-License-Identifier: MIT */
/*
 * sum.h - adding up very many numbers without losing the small ones beside the large: what each
 * addition rounds away is added up beside it (Neumaier).
 */
#ifndef STEPPE_SHEET_SUM_H
#define STEPPE_SHEET_SUM_H

#include <math.h>

struct sum {
    double total, lost; /* both 0 at the start */
};

static inline void sum_add(struct sum *sum, double number)
{
    double total = sum->total + number;
    if (fabs(sum->total) >= fabs(number))
        sum->lost += (sum->total - total) + number;
    else
        sum->lost += (number - total) + sum->total;
    sum->total = total;
}

/* Infinite or NaN when the total has ever been. */
static inline double sum_result(const struct sum *sum)
{
    return sum->total + sum->lost;
}

#endif
