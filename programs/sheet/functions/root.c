/* SPDX-License-Identifier: MIT */
#include "sheet/functions/root.h"

#include <math.h>

enum {
    SECANTS_MAX = 50,
    HALVINGS_MAX = 120,
    SEARCHES_MAX = 260, /* on each side */
    NEARER_MAX = 16
};

static const double search_step = 0.05; /* of the logarithm of 1 + rate: up to 440000, or -1 */
static const double nearness = 1e-14;
static const double flatness = 1e-7; /* so near, two equal values are but rounding */

struct root {
    root_function *function;
    void *context;
};

static double value_at(const struct root *root, double rate)
{
    return root->function(root->context, rate);
}

static bool changes_sign(double a, double b)
{
    return (a <= 0 && b >= 0) || (a >= 0 && b <= 0);
}

/* A step may have ended where everything is flat: around a root the sign changes. */
static bool is_root(const struct root *root, double rate)
{
    double aside = 1e-8 * (1 + fabs(rate));
    double below = value_at(root, rate - fmin(aside, (1 + rate) / 2));
    double above = value_at(root, rate + aside);
    return isfinite(below) && isfinite(above) && changes_sign(below, above);
}

static bool follow_secants(const struct root *root, double guess, double *rate)
{
    double last = guess, next = guess + 0.01 * (1 + guess);
    double last_value = value_at(root, last), next_value = value_at(root, next);
    for (int i = 0; i < SECANTS_MAX; i++) {
        if (!isfinite(last_value) || !isfinite(next_value))
            return false;
        if (next_value == 0 || fabs(next - last) <= nearness * (1 + fabs(next))) {
            *rate = next;
            return is_root(root, next);
        }
        double step = next_value * (next - last) / (next_value - last_value);
        if (!isfinite(step)) {
            *rate = next;
            return fabs(next - last) <= flatness * (1 + fabs(next)) && is_root(root, next);
        }
        last = next;
        last_value = next_value;
        next = next - step > -1 ? next - step : (next - 1) / 2;
        next_value = value_at(root, next);
    }
    return false;
}

static double halve(const struct root *root, double low, double high)
{
    double low_value = value_at(root, low);
    for (int i = 0; i < HALVINGS_MAX && high - low > nearness * (1 + fabs(low)); i++) {
        double middle = low + (high - low) / 2, value = value_at(root, middle);
        if (changes_sign(low_value, value)) {
            high = middle;
        } else {
            low = middle;
            low_value = value;
        }
    }
    return low + (high - low) / 2;
}

/* Away from the guess, one step on either side. */
struct side {
    double rate, value;
};

static bool step_aside(const struct root *root, struct side *side, double rate, double *found)
{
    struct side next = {rate, value_at(root, rate)};
    bool is_between =
        isfinite(side->value) && isfinite(next.value) && changes_sign(side->value, next.value);
    if (is_between)
        *found = halve(root, fmin(side->rate, rate), fmax(side->rate, rate));
    *side = next;
    return is_between;
}

static bool search(const struct root *root, double guess, double *rate)
{
    double start = log1p(guess);
    struct side below = {guess, value_at(root, guess)}, above = below;
    for (int i = 1; i <= SEARCHES_MAX; i++)
        if (step_aside(root, &below, expm1(start - i * search_step), rate) ||
            step_aside(root, &above, expm1(start + i * search_step), rate))
            return true;
    return false;
}

bool root_find(root_function *function, void *context, double guess, double *rate)
{
    struct root root = {function, context};
    if (!(guess > -1) || !isfinite(guess))
        return false;
    /* Of very many periods nothing can be said at the usual guess, but nearer to 0. */
    for (int i = 0; i < NEARER_MAX && !isfinite(value_at(&root, guess)); i++)
        guess /= 4;
    return follow_secants(&root, guess, rate) || search(&root, guess, rate);
}
