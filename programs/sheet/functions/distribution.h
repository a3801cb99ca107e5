/* SPDX-License-Identifier: MIT */
/*
 * distribution.h - probabilities: how much of something random lies below a value, and above it.
 *
 * Both sides are told, as the smaller one may have no digits left in 1 less the other. Arguments
 * are good: whoever calls has looked. Where nothing can be said the result is NaN.
 */
#ifndef STEPPE_SHEET_DISTRIBUTION_H
#define STEPPE_SHEET_DISTRIBUTION_H

#include <stdbool.h>

struct tails {
    double lower, upper; /* at or below; above */
};

struct tails distribution_normal(double z);
double distribution_normal_density(double z);
double distribution_normal_inverse(double probability); /* above 0, below 1 */

/* The incomplete gamma function, regularized: shape > 0, x >= 0. */
struct tails distribution_gamma(double shape, double x);
double distribution_gamma_density(double shape, double x);
/* The incomplete beta function, regularized: a, b > 0; x and y, which is 1 - x, from 0 to 1. */
struct tails distribution_beta(double a, double b, double x, double y);
double distribution_beta_density(double a, double b, double x, double y);

struct tails distribution_t(double t, double freedom);
double distribution_t_density(double t, double freedom);
struct tails distribution_f(double f, double freedom, double other);

/* Of whole numbers: one by one. */
double distribution_poisson_at(double count, double mean);
double distribution_binomial_at(double count, double trials, double probability);

/* Where a side reaches a probability: the lower one, or the upper one. From low on up, where high
 * is infinite as far as it takes. */
typedef struct tails distribution_function(const void *context, double x);
double distribution_inverse(distribution_function *function, const void *context,
                            double probability, bool is_upper, double low, double high);

#endif
