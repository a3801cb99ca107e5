/* SPDX-License-Identifier: MIT */
/*
 * distribution.c - see distribution.h.
 *
 * Powers, exponentials and gamma functions of large numbers cancel each other: what is left is
 * computed the way C. Loader has described for Poisson and binomial probabilities ("Fast and
 * Accurate Computation of Binomial Probabilities", 2000), from Stirling's series and the deviance.
 * Sums over that are power series or continued fractions (Lentz), whichever is short.
 */
#include "sheet/functions/distribution.h"

#include <float.h>
#include <math.h>

enum { TERMS_MAX = 1000000, STEPS_MAX = 1200, NEWTON_MAX = 60 };

static const double half_log_of_two_pi = 0.918938533204672741780329736406;

/* ---- normal -------------------------------------------------------------------------------------
 */

struct tails distribution_normal(double z)
{
    return (struct tails){erfc(-z * M_SQRT1_2) / 2, erfc(z * M_SQRT1_2) / 2};
}

double distribution_normal_density(double z)
{
    return exp(-z * z / 2 - half_log_of_two_pi);
}

/* Newton on the logarithm, which is concave: from the left it never steps over the root. */
double distribution_normal_inverse(double probability)
{
    bool is_upper = probability > 0.5;
    double part = is_upper ? 1 - probability : probability, z = -sqrt(-2 * log(2 * part));
    for (int i = 0; i < NEWTON_MAX; i++) {
        double lower = distribution_normal(z).lower;
        double step = (log(lower) - log(part)) * lower / distribution_normal_density(z);
        z -= step;
        if (!(fabs(step) > fabs(z) * DBL_EPSILON))
            break;
    }
    return is_upper ? -z : z;
}

/* ---- what gamma functions leave -----------------------------------------------------------------
 */

/* log(n!) less Stirling's formula. */
static double stirling_error(double n)
{
    double square = n * n;
    if (n <= 16)
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - half_log_of_two_pi;
    return (1.0 / 12 -
            (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) /
                square) /
           n;
}

/* x log(x / mean) + mean - x, also where these are nearly the same. */
static double deviance(double x, double mean)
{
    double difference = x - mean, part = difference / (x + mean);
    if (!(fabs(difference) < 0.1 * (x + mean)))
        return x * log(x / mean) + mean - x;
    double sum = difference * part, term = 2 * x * part;
    for (int i = 1; i < STEPS_MAX; i++) {
        term *= part * part;
        double next = sum + term / (2 * i + 1);
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

/* mean^x e^-mean / x!, for any x. */
double distribution_poisson_at(double x, double mean)
{
    if (mean == 0)
        return x == 0;
    if (x == 0)
        return exp(-mean);
    return exp(-stirling_error(x) - deviance(x, mean) - half_log_of_two_pi) / sqrt(x);
}

/* n! / (x! rest!) p^x q^rest, for any x; n is both, of which the smaller would lose its digits in
 * a difference. */
static double binomial_at(double x, double rest, double p, double q)
{
    double n = x + rest;
    if (p == 0 || q == 0)
        return p == 0 ? x == 0 : rest == 0;
    if (x == 0)
        return n == 0 ? 1 : exp(p < 0.1 ? -deviance(n, n * q) - n * p : n * log(q));
    if (rest == 0)
        return exp(q < 0.1 ? -deviance(n, n * p) - n * q : n * log(p));
    double exponent = stirling_error(n) - stirling_error(x) - stirling_error(rest) -
                      deviance(x, n * p) - deviance(rest, n * q) - half_log_of_two_pi;
    return exp(exponent) * sqrt(n / x / rest);
}

double distribution_binomial_at(double count, double trials, double probability)
{
    return binomial_at(count, trials - count, probability, 1 - probability);
}

/* ---- gamma --------------------------------------------------------------------------------------
 */

static double gamma_series(double shape, double x)
{
    double term = 1, sum = 1;
    for (int i = 1; i < TERMS_MAX && term > sum * DBL_EPSILON / 4; i++) {
        term *= x / (shape + i);
        sum += term;
    }
    return sum;
}

/* Lentz: a continued fraction from its front on. */
struct fraction {
    double value, c, d;
};

static struct fraction fraction_begin(double first)
{
    double value = first == 0 ? DBL_MIN : first;
    return (struct fraction){value, value, 0};
}

/* One more numerator and denominator; false: nothing changes any more. */
static bool fraction_add(struct fraction *fraction, double a, double b)
{
    double d = b + a * fraction->d, c = b + a / fraction->c;
    fraction->d = 1 / (d == 0 ? DBL_MIN : d);
    fraction->c = c == 0 ? DBL_MIN : c;
    double change = fraction->c * fraction->d;
    fraction->value *= change;
    return fabs(change - 1) > DBL_EPSILON;
}

static double gamma_fraction(double shape, double x)
{
    struct fraction fraction = fraction_begin(x + 1 - shape);
    for (int i = 1; i < TERMS_MAX; i++)
        if (!fraction_add(&fraction, i * (shape - i), x + 2 * i + 1 - shape))
            break;
    return fraction.value;
}

struct tails distribution_gamma(double shape, double x)
{
    if (x <= 0)
        return (struct tails){0, 1};
    if (isinf(x))
        return (struct tails){1, 0};
    double factor = distribution_poisson_at(shape, x);
    if (x < shape + 1) {
        double lower = fmin(factor * gamma_series(shape, x), 1);
        return (struct tails){lower, 1 - lower};
    }
    double upper = fmin(factor * shape / gamma_fraction(shape, x), 1);
    return (struct tails){1 - upper, upper};
}

double distribution_gamma_density(double shape, double x)
{
    if (x == 0)
        return shape < 1 ? INFINITY : shape == 1;
    return shape < 1 ? distribution_poisson_at(shape, x) * shape / x
                     : distribution_poisson_at(shape - 1, x);
}

/* ---- beta ---------------------------------------------------------------------------------------
 */

static double beta_fraction(double a, double b, double x)
{
    struct fraction fraction = fraction_begin(1);
    for (int i = 0; i < TERMS_MAX; i++) {
        double at = a + 2.0 * i;
        double even = i ? i * (b - i) * x / ((at - 1) * at) : 0;
        if (i && !fraction_add(&fraction, even, 1))
            break;
        if (!fraction_add(&fraction, -(a + i) * (a + b + i) * x / (at * (at + 1)), 1) && i)
            break;
    }
    return 1 / fraction.value;
}

/* x^a y^b / B(a, b) */
static double beta_factor(double a, double b, double x, double y)
{
    return binomial_at(a, b, x, y) * a * (b / (a + b));
}

struct tails distribution_beta(double a, double b, double x, double y)
{
    if (x <= 0 || y <= 0)
        return x <= 0 ? (struct tails){0, 1} : (struct tails){1, 0};
    double factor = beta_factor(a, b, x, y);
    if (x < (a + 1) / (a + b + 2)) {
        double lower = fmin(factor * beta_fraction(a, b, x) / a, 1);
        return (struct tails){lower, 1 - lower};
    }
    double upper = fmin(factor * beta_fraction(b, a, y) / b, 1);
    return (struct tails){1 - upper, upper};
}

double distribution_beta_density(double a, double b, double x, double y)
{
    if (x > 0 && y > 0)
        return beta_factor(a, b, x, y) / x / y;
    double shape = x > 0 ? b : a, other = x > 0 ? a : b;
    return shape < 1 ? INFINITY : shape == 1 ? other : 0;
}

/* ---- t, F ---------------------------------------------------------------------------------------
 */

struct tails distribution_t(double t, double freedom)
{
    double square = t * t;
    double x = freedom / (freedom + square), y = square / (freedom + square);
    double side = distribution_beta(freedom / 2, 0.5, x, y).lower / 2;
    return t > 0 ? (struct tails){1 - side, side} : (struct tails){side, 1 - side};
}

double distribution_t_density(double t, double freedom)
{
    double half = freedom / 2, part = t * t / freedom;
    double gammas = stirling_error(half + 0.5) - stirling_error(half) - deviance(half, half + 0.5);
    return exp(gammas - half * log1p(part) - half_log_of_two_pi) / sqrt(1 + part);
}

struct tails distribution_f(double f, double freedom, double other)
{
    if (f <= 0)
        return (struct tails){0, 1};
    double part = freedom * f, all = part + other;
    if (isinf(all))
        return (struct tails){1, 0};
    return distribution_beta(freedom / 2, other / 2, part / all, other / all);
}

/* ---- inverses -----------------------------------------------------------------------------------
 */

struct search {
    distribution_function *function;
    const void *context;
    double probability;
    bool is_upper;
};

/* Below 0 left of the place, above it right of it. */
static double distance_at(const struct search *search, double x)
{
    struct tails tails = search->function(search->context, x);
    return search->is_upper ? search->probability - tails.upper : tails.lower - search->probability;
}

/* Where the function is steep or flat by orders of magnitude halving alone is sure: so two secants
 * in a row that do not halve what is left are followed by a halving. */
static double narrow(const struct search *search, double low, double high)
{
    double low_distance = distance_at(search, low), high_distance = distance_at(search, high);
    for (int i = 0; i < STEPS_MAX && high - low > fabs(low) * DBL_EPSILON; i++) {
        double middle = low + (high - low) / 2;
        double secant = low - low_distance * (high - low) / (high_distance - low_distance);
        bool is_halving = i % 3 == 2 || !(secant > low && secant < high);
        double x = is_halving ? middle : secant, distance = distance_at(search, x);
        if (distance == 0)
            return x;
        if (x == low || x == high || isnan(distance))
            break;
        if (distance < 0) {
            low = x;
            low_distance = distance;
            high_distance = is_halving ? high_distance : high_distance / 2;
        } else {
            high = x;
            high_distance = distance;
            low_distance = is_halving ? low_distance : low_distance / 2;
        }
    }
    return fabs(low_distance) < fabs(high_distance) ? low : high;
}

double distribution_inverse(distribution_function *function, const void *context,
                            double probability, bool is_upper, double low, double high)
{
    struct search search = {function, context, probability, is_upper};
    double step = 1;
    if (distance_at(&search, low) >= 0)
        return low;
    if (isinf(high)) {
        for (high = low + step; distance_at(&search, high) < 0 && step < 1e300; high = low + step)
            step *= 4;
        if (!(distance_at(&search, high) >= 0))
            return NAN;
    }
    return narrow(&search, low, high);
}
