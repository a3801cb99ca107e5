/* SPDX-License-Identifier: MIT */
/* fraction.h - numbers as fractions, as Excel finds them: 22/7 for pi, 2/7 for 0.3. */
#ifndef STEPPE_SHEET_FRACTION_H
#define STEPPE_SHEET_FRACTION_H

#include <stdint.h>

/* whole + above / below; above is less than below. */
struct fraction {
    double whole, above;
    uint32_t below;
};

/* Of a number that is finite and not below 0: with a denominator of no more than so many digits, or
 * with just this one, which is not 0. */
struct fraction fraction_of(double value, unsigned below_digits);
struct fraction fraction_below(double value, uint32_t below);

#endif
