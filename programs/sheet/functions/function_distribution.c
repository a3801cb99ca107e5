/* SPDX-License-Identifier: MIT */
/*
 * function_distribution.c - NORM.DIST, T.INV, BINOMDIST and their like. Most stand here twice or
 * more: Excel has given them new names, and other arguments.
 *
 * Degrees of freedom, counts and trials are whole numbers, cut.
 */
#include <math.h>

#include "sheet/book/function.h"
#include "sheet/functions/distribution.h"
#include "sheet/grid/sum.h"

static const double freedom_max = 1e10;

static double at(const struct call *call, unsigned i)
{
    return call_number(call, i);
}

static bool is_truth(const struct call *call, unsigned i)
{
    return call->arguments[i].value.boolean;
}

static struct operand number_where(bool is_good, double number)
{
    return is_good ? operand_number(number) : operand_error(ERROR_NUM);
}

static bool is_probability(double p)
{
    return p >= 0 && p <= 1;
}

/* ---- normal -------------------------------------------------------------------------------------
 */

static double normal(double x, double mean, double deviation, bool is_cumulative)
{
    double z = (x - mean) / deviation;
    return is_cumulative ? distribution_normal(z).lower
                         : distribution_normal_density(z) / deviation;
}

static struct operand do_norm_dist(struct call *call)
{
    return number_where(at(call, 2) > 0,
                        normal(at(call, 0), at(call, 1), at(call, 2), is_truth(call, 3)));
}

static struct operand do_normsdist(struct call *call)
{
    return operand_number(distribution_normal(at(call, 0)).lower);
}

static struct operand do_norm_s_dist(struct call *call)
{
    return operand_number(normal(at(call, 0), 0, 1, is_truth(call, 1)));
}

static struct operand normal_inverse(double p, double mean, double deviation)
{
    if (!(p > 0 && p < 1 && deviation > 0))
        return operand_error(ERROR_NUM);
    return operand_number(mean + deviation * distribution_normal_inverse(p));
}

static struct operand do_norm_inv(struct call *call)
{
    return normal_inverse(at(call, 0), at(call, 1), at(call, 2));
}

static struct operand do_norm_s_inv(struct call *call)
{
    return normal_inverse(at(call, 0), 0, 1);
}

static struct operand do_phi(struct call *call)
{
    return operand_number(distribution_normal_density(at(call, 0)));
}

static struct operand do_gauss(struct call *call)
{
    return operand_number(erf(at(call, 0) * M_SQRT1_2) / 2);
}

static struct operand do_standardize(struct call *call)
{
    return number_where(at(call, 2) > 0, (at(call, 0) - at(call, 1)) / at(call, 2));
}

static struct operand do_lognorm_dist(struct call *call)
{
    double x = at(call, 0);
    bool is_cumulative = call->argument_count < 4 || is_truth(call, 3);
    if (!(x > 0 && at(call, 2) > 0))
        return operand_error(ERROR_NUM);
    double result = normal(log(x), at(call, 1), at(call, 2), is_cumulative);
    return operand_number(is_cumulative ? result : result / x);
}

static struct operand do_lognorm_inv(struct call *call)
{
    struct operand result = normal_inverse(at(call, 0), at(call, 1), at(call, 2));
    return result.value.kind == VALUE_ERROR ? result : operand_number(exp(result.value.number));
}

static struct operand do_confidence(struct call *call)
{
    double alpha = at(call, 0), size = at(call, 2);
    if (!(alpha > 0 && alpha < 1 && at(call, 1) > 0 && size >= 1))
        return operand_error(ERROR_NUM);
    return operand_number(-distribution_normal_inverse(alpha / 2) * at(call, 1) / sqrt(size));
}

/* ---- error function -----------------------------------------------------------------------------
 */

static struct operand do_erf(struct call *call)
{
    double from = at(call, 0);
    if (call->argument_count == 1)
        return operand_number(erf(from));
    return operand_number(erf(at(call, 1)) - erf(from));
}

static struct operand do_erfc(struct call *call)
{
    return operand_number(erfc(at(call, 0)));
}

static struct operand do_fisher(struct call *call)
{
    return number_where(fabs(at(call, 0)) < 1, atanh(at(call, 0)));
}

static struct operand do_fisherinv(struct call *call)
{
    return operand_number(tanh(at(call, 0)));
}

/* ---- gamma, chi-squared, exponential, Weibull ---------------------------------------------------
 */

static struct operand do_gamma(struct call *call)
{
    double x = at(call, 0);
    return number_where(x > 0 || x != floor(x), tgamma(x));
}

static struct operand do_gammaln(struct call *call)
{
    return number_where(at(call, 0) > 0, lgamma(at(call, 0)));
}

static struct operand do_gamma_dist(struct call *call)
{
    double x = at(call, 0), shape = at(call, 1), scale = at(call, 2);
    if (!(x >= 0 && shape > 0 && scale > 0))
        return operand_error(ERROR_NUM);
    return operand_number(is_truth(call, 3) ? distribution_gamma(shape, x / scale).lower
                                            : distribution_gamma_density(shape, x / scale) / scale);
}

static struct tails gamma_tails(const void *context, double x)
{
    return distribution_gamma(*(const double *)context, x);
}

static double gamma_inverse(double p, bool is_upper, double shape)
{
    return distribution_inverse(gamma_tails, &shape, p, is_upper, 0, INFINITY);
}

static struct operand do_gamma_inv(struct call *call)
{
    double p = at(call, 0), shape = at(call, 1), scale = at(call, 2);
    if (!(is_probability(p) && p < 1 && shape > 0 && scale > 0))
        return operand_error(ERROR_NUM);
    return operand_number(gamma_inverse(p, false, shape) * scale);
}

static bool is_freedom(double freedom)
{
    return freedom >= 1 && freedom <= freedom_max;
}

static struct operand do_chidist(struct call *call)
{
    return number_where(at(call, 0) >= 0 && is_freedom(at(call, 1)),
                        distribution_gamma(at(call, 1) / 2, at(call, 0) / 2).upper);
}

static struct operand do_chisq_dist(struct call *call)
{
    double half = at(call, 1) / 2, x = at(call, 0) / 2;
    if (!(x >= 0 && is_freedom(at(call, 1))))
        return operand_error(ERROR_NUM);
    return operand_number(is_truth(call, 2) ? distribution_gamma(half, x).lower
                                            : distribution_gamma_density(half, x) / 2);
}

static struct operand chi_inverse(struct call *call, bool is_upper)
{
    double p = at(call, 0);
    if (!(is_probability(p) && (is_upper ? p > 0 : p < 1) && is_freedom(at(call, 1))))
        return operand_error(ERROR_NUM);
    return operand_number(2 * gamma_inverse(p, is_upper, at(call, 1) / 2));
}

static struct operand do_chiinv(struct call *call)
{
    return chi_inverse(call, true);
}

static struct operand do_chisq_inv(struct call *call)
{
    return chi_inverse(call, false);
}

static struct operand do_expon_dist(struct call *call)
{
    double x = at(call, 0), rate = at(call, 1);
    return number_where(x >= 0 && rate > 0,
                        is_truth(call, 2) ? -expm1(-rate * x) : rate * exp(-rate * x));
}

static struct operand do_weibull_dist(struct call *call)
{
    double x = at(call, 0), shape = at(call, 1), scale = at(call, 2);
    double power = pow(x / scale, shape);
    if (!(x >= 0 && shape > 0 && scale > 0))
        return operand_error(ERROR_NUM);
    return operand_number(is_truth(call, 3)
                              ? -expm1(-power)
                              : shape / scale * pow(x / scale, shape - 1) * exp(-power));
}

/* ---- beta, t, F ---------------------------------------------------------------------------------
 */

struct beta {
    double a, b, low, high;
};

static bool read_beta(const struct call *call, unsigned bounds, struct beta *beta)
{
    *beta = (struct beta){at(call, 1), at(call, 2), call_number_or(call, bounds, 0),
                          call_number_or(call, bounds + 1, 1)};
    return beta->a > 0 && beta->b > 0 && beta->low < beta->high;
}

static struct operand beta_at(struct call *call, unsigned bounds, bool is_cumulative)
{
    struct beta beta;
    double x = at(call, 0);
    if (!read_beta(call, bounds, &beta) || !(x >= beta.low && x <= beta.high))
        return operand_error(ERROR_NUM);
    double width = beta.high - beta.low;
    double part = (x - beta.low) / width, rest = (beta.high - x) / width;
    return operand_number(is_cumulative
                              ? distribution_beta(beta.a, beta.b, part, rest).lower
                              : distribution_beta_density(beta.a, beta.b, part, rest) / width);
}

static struct operand do_betadist(struct call *call)
{
    return beta_at(call, 3, true);
}

static struct operand do_beta_dist(struct call *call)
{
    return beta_at(call, 4, is_truth(call, 3));
}

static struct tails beta_tails(const void *context, double x)
{
    const struct beta *beta = context;
    return distribution_beta(beta->a, beta->b, x, 1 - x);
}

static struct operand do_beta_inv(struct call *call)
{
    struct beta beta;
    double p = at(call, 0);
    if (!read_beta(call, 3, &beta) || !(p > 0 && p <= 1))
        return operand_error(ERROR_NUM);
    double part = p == 1 ? 1 : distribution_inverse(beta_tails, &beta, p, false, 0, 1);
    return operand_number(beta.low + part * (beta.high - beta.low));
}

static struct operand do_tdist(struct call *call)
{
    double t = at(call, 0), sides = at(call, 2);
    bool is_good = t >= 0 && is_freedom(at(call, 1)) && (sides == 1 || sides == 2);
    return number_where(is_good, sides * distribution_t(t, at(call, 1)).upper);
}

static struct operand do_t_dist(struct call *call)
{
    return number_where(is_freedom(at(call, 1)),
                        is_truth(call, 2) ? distribution_t(at(call, 0), at(call, 1)).lower
                                          : distribution_t_density(at(call, 0), at(call, 1)));
}

static struct operand do_t_dist_rt(struct call *call)
{
    return number_where(is_freedom(at(call, 1)), distribution_t(at(call, 0), at(call, 1)).upper);
}

static struct operand do_t_dist_2t(struct call *call)
{
    return number_where(at(call, 0) >= 0 && is_freedom(at(call, 1)),
                        2 * distribution_t(at(call, 0), at(call, 1)).upper);
}

static struct tails t_tails(const void *context, double t)
{
    return distribution_t(t, *(const double *)context);
}

/* Where the upper side is p, at most a half. */
static double t_inverse(double p, double freedom)
{
    return distribution_inverse(t_tails, &freedom, p, true, 0, INFINITY);
}

static struct operand do_t_inv(struct call *call)
{
    double p = at(call, 0);
    if (!(p > 0 && p < 1 && is_freedom(at(call, 1))))
        return operand_error(ERROR_NUM);
    return operand_number(p < 0.5 ? -t_inverse(p, at(call, 1)) : t_inverse(1 - p, at(call, 1)));
}

static struct operand do_t_inv_2t(struct call *call)
{
    double p = at(call, 0);
    if (!(p > 0 && p <= 1 && is_freedom(at(call, 1))))
        return operand_error(ERROR_NUM);
    return operand_number(t_inverse(p / 2, at(call, 1)));
}

static struct operand do_confidence_t(struct call *call)
{
    double alpha = at(call, 0), size = at(call, 2);
    if (!(alpha > 0 && alpha < 1 && at(call, 1) > 0 && size >= 1))
        return operand_error(ERROR_NUM);
    if (size < 2)
        return operand_error(ERROR_DIV0);
    return operand_number(t_inverse(alpha / 2, size - 1) * at(call, 1) / sqrt(size));
}

static bool are_freedoms(const struct call *call)
{
    return is_freedom(at(call, 1)) && is_freedom(at(call, 2));
}

static struct operand do_fdist(struct call *call)
{
    return number_where(at(call, 0) >= 0 && are_freedoms(call),
                        distribution_f(at(call, 0), at(call, 1), at(call, 2)).upper);
}

static double f_density(double f, double freedom, double other)
{
    double part = freedom * f, all = part + other;
    double density = distribution_beta_density(freedom / 2, other / 2, part / all, other / all);
    return density * (freedom / all) * (other / all);
}

static struct operand do_f_dist(struct call *call)
{
    double f = at(call, 0);
    return number_where(f >= 0 && are_freedoms(call),
                        is_truth(call, 3) ? distribution_f(f, at(call, 1), at(call, 2)).lower
                                          : f_density(f, at(call, 1), at(call, 2)));
}

struct freedoms {
    double freedom, other;
};

static struct tails f_tails(const void *context, double f)
{
    const struct freedoms *freedoms = context;
    return distribution_f(f, freedoms->freedom, freedoms->other);
}

static struct operand f_inverse(struct call *call, bool is_upper)
{
    double p = at(call, 0);
    struct freedoms freedoms = {at(call, 1), at(call, 2)};
    if (!(is_probability(p) && (is_upper ? p > 0 : p < 1) && are_freedoms(call)))
        return operand_error(ERROR_NUM);
    return operand_number(distribution_inverse(f_tails, &freedoms, p, is_upper, 0, INFINITY));
}

static struct operand do_finv(struct call *call)
{
    return f_inverse(call, true);
}

static struct operand do_f_inv(struct call *call)
{
    return f_inverse(call, false);
}

/* ---- of whole numbers ---------------------------------------------------------------------------
 */

static struct operand do_poisson_dist(struct call *call)
{
    double count = at(call, 0), mean = at(call, 1);
    if (!(count >= 0 && mean >= 0))
        return operand_error(ERROR_NUM);
    if (!is_truth(call, 2))
        return operand_number(distribution_poisson_at(count, mean));
    return operand_number(distribution_gamma(count + 1, mean).upper);
}

/* At most so many successes. */
static double binomial_up_to(double count, double trials, double p)
{
    if (count < 0 || count >= trials)
        return count >= trials;
    return distribution_beta(trials - count, count + 1, 1 - p, p).lower;
}

static struct operand do_binom_dist(struct call *call)
{
    double count = at(call, 0), trials = at(call, 1), p = at(call, 2);
    if (!(count >= 0 && count <= trials && is_probability(p)))
        return operand_error(ERROR_NUM);
    return operand_number(is_truth(call, 3) ? binomial_up_to(count, trials, p)
                                            : distribution_binomial_at(count, trials, p));
}

static struct operand do_binom_dist_range(struct call *call)
{
    double trials = at(call, 0), p = at(call, 1), low = at(call, 2);
    double high = call_number_or(call, 3, low);
    if (!(trials >= 0 && is_probability(p) && low >= 0 && low <= trials && high >= low &&
          high <= trials))
        return operand_error(ERROR_NUM);
    if (low == high)
        return operand_number(distribution_binomial_at(low, trials, p));
    return operand_number(binomial_up_to(high, trials, p) - binomial_up_to(low - 1, trials, p));
}

/* The smallest count that is reached with a probability. */
static struct operand do_binom_inv(struct call *call)
{
    double trials = at(call, 0), p = at(call, 1), alpha = at(call, 2);
    if (!(trials >= 0 && trials <= 0x1p52 && is_probability(p) && is_probability(alpha)))
        return operand_error(ERROR_NUM);
    double low = 0, high = trials;
    while (low < high && alpha < 1) {
        double middle = floor((low + high) / 2);
        if (binomial_up_to(middle, trials, p) >= alpha)
            high = middle;
        else
            low = middle + 1;
    }
    return operand_number(high);
}

static struct operand do_negbinom_dist(struct call *call)
{
    double failures = at(call, 0), successes = at(call, 1), p = at(call, 2);
    bool is_cumulative = call->argument_count > 3 && is_truth(call, 3);
    if (!(failures >= 0 && successes >= 1 && is_probability(p)))
        return operand_error(ERROR_NUM);
    if (is_cumulative)
        return operand_number(distribution_beta(successes, failures + 1, p, 1 - p).lower);
    double all = failures + successes;
    return operand_number(distribution_binomial_at(successes, all, p) * successes / all);
}

struct sample {
    double size, successes, all; /* of all, so many would be successes */
};

static double hypergeometric_at(const struct sample *sample, double count)
{
    double p = sample->size / sample->all;
    return distribution_binomial_at(count, sample->successes, p) *
           distribution_binomial_at(sample->size - count, sample->all - sample->successes, p) /
           distribution_binomial_at(sample->size, sample->all, p);
}

/* Each from the one above it, until what comes adds nothing. */
static double hypergeometric_up_to(struct call *call, const struct sample *sample, double count,
                                   double least)
{
    double term = hypergeometric_at(sample, count);
    struct sum sum = {term, 0};
    for (; count > least && term > 0 && !evaluation_is_stopped(call->evaluation, 1); count--) {
        term *=
            count / (sample->successes - count + 1) *
            ((sample->all - sample->successes - sample->size + count) / (sample->size - count + 1));
        sum_add(&sum, term);
        if (term < sum_result(&sum) * 1e-20)
            break;
    }
    return fmin(sum_result(&sum), 1);
}

static struct operand do_hypgeom_dist(struct call *call)
{
    double count = at(call, 0);
    struct sample sample = {at(call, 1), at(call, 2), at(call, 3)};
    bool is_cumulative = call->argument_count > 4 && is_truth(call, 4);
    double least = fmax(0, sample.size + sample.successes - sample.all);
    bool is_good = sample.all > 0 && sample.size > 0 && sample.size <= sample.all &&
                   sample.successes > 0 && sample.successes <= sample.all && count >= least &&
                   count <= sample.size && count <= sample.successes;
    if (!is_good)
        return operand_error(ERROR_NUM);
    return operand_number(is_cumulative ? hypergeometric_up_to(call, &sample, count, least)
                                        : hypergeometric_at(&sample, count));
}

static const struct function functions[] = {
    {"BETA.DIST", 4, 6, "nnnbnn", do_beta_dist, FUNCTION_IS_LATER,
     "BETA.DIST(x, a, b, cumulative, low, high)", "the beta distribution"},
    {"BETA.INV", 3, 5, "nnnnn", do_beta_inv, FUNCTION_IS_LATER, "BETA.INV(p, a, b, low, high)",
     "where the beta distribution reaches a probability"},
    {"BETADIST", 3, 5, "nnnnn", do_betadist, 0, "BETADIST(x, a, b, low, high)",
     "the beta distribution, cumulative"},
    {"BETAINV", 3, 5, "nnnnn", do_beta_inv, 0, "BETAINV(p, a, b, low, high)",
     "where the beta distribution reaches a probability"},
    {"BINOM.DIST", 4, 4, "iinb", do_binom_dist, FUNCTION_IS_LATER,
     "BINOM.DIST(count, trials, p, cumulative)", "the binomial distribution"},
    {"BINOM.DIST.RANGE", 3, 4, "inii", do_binom_dist_range, FUNCTION_IS_LATER,
     "BINOM.DIST.RANGE(trials, p, from, to)", "how probable so many successes are"},
    {"BINOM.INV", 3, 3, "inn", do_binom_inv, FUNCTION_IS_LATER, "BINOM.INV(trials, p, alpha)",
     "the number of successes that is not passed with a probability"},
    {"BINOMDIST", 4, 4, "iinb", do_binom_dist, 0, "BINOMDIST(count, trials, p, cumulative)",
     "the binomial distribution"},
    {"CHIDIST", 2, 2, "ni", do_chidist, 0, "CHIDIST(x, freedom)",
     "the chi-squared distribution above x"},
    {"CHIINV", 2, 2, "ni", do_chiinv, 0, "CHIINV(p, freedom)",
     "above where a probability of the chi-squared distribution lies"},
    {"CHISQ.DIST", 3, 3, "nib", do_chisq_dist, FUNCTION_IS_LATER,
     "CHISQ.DIST(x, freedom, cumulative)", "the chi-squared distribution"},
    {"CHISQ.DIST.RT", 2, 2, "ni", do_chidist, FUNCTION_IS_LATER, "CHISQ.DIST.RT(x, freedom)",
     "the chi-squared distribution above x"},
    {"CHISQ.INV", 2, 2, "ni", do_chisq_inv, FUNCTION_IS_LATER, "CHISQ.INV(p, freedom)",
     "where the chi-squared distribution reaches a probability"},
    {"CHISQ.INV.RT", 2, 2, "ni", do_chiinv, FUNCTION_IS_LATER, "CHISQ.INV.RT(p, freedom)",
     "above where a probability of the chi-squared distribution lies"},
    {"CONFIDENCE", 3, 3, "nni", do_confidence, 0, "CONFIDENCE(alpha, deviation, size)",
     "how far the mean may lie from that of a sample"},
    {"CONFIDENCE.NORM", 3, 3, "nni", do_confidence, FUNCTION_IS_LATER,
     "CONFIDENCE.NORM(alpha, deviation, size)", "how far the mean may lie from that of a sample"},
    {"CONFIDENCE.T", 3, 3, "nni", do_confidence_t, FUNCTION_IS_LATER,
     "CONFIDENCE.T(alpha, deviation, size)", "the same, by Student's t"},
    {"CRITBINOM", 3, 3, "inn", do_binom_inv, 0, "CRITBINOM(trials, p, alpha)",
     "the number of successes that is not passed with a probability"},
    {"ERF", 1, 2, "nn", do_erf, 0, "ERF(from, to)", "the error function, from 0 or between two"},
    {"ERF.PRECISE", 1, 1, "n", do_erf, FUNCTION_IS_LATER, "ERF.PRECISE(x)", "the error function"},
    {"ERFC", 1, 1, "n", do_erfc, 0, "ERFC(x)", "1 less the error function"},
    {"ERFC.PRECISE", 1, 1, "n", do_erfc, FUNCTION_IS_LATER, "ERFC.PRECISE(x)",
     "1 less the error function"},
    {"EXPON.DIST", 3, 3, "nnb", do_expon_dist, FUNCTION_IS_LATER, "EXPON.DIST(x, rate, cumulative)",
     "the exponential distribution"},
    {"EXPONDIST", 3, 3, "nnb", do_expon_dist, 0, "EXPONDIST(x, rate, cumulative)",
     "the exponential distribution"},
    {"F.DIST", 4, 4, "niib", do_f_dist, FUNCTION_IS_LATER, "F.DIST(x, freedom, other, cumulative)",
     "the F distribution"},
    {"F.DIST.RT", 3, 3, "nii", do_fdist, FUNCTION_IS_LATER, "F.DIST.RT(x, freedom, other)",
     "the F distribution above x"},
    {"F.INV", 3, 3, "nii", do_f_inv, FUNCTION_IS_LATER, "F.INV(p, freedom, other)",
     "where the F distribution reaches a probability"},
    {"F.INV.RT", 3, 3, "nii", do_finv, FUNCTION_IS_LATER, "F.INV.RT(p, freedom, other)",
     "above where a probability of the F distribution lies"},
    {"FDIST", 3, 3, "nii", do_fdist, 0, "FDIST(x, freedom, other)", "the F distribution above x"},
    {"FINV", 3, 3, "nii", do_finv, 0, "FINV(p, freedom, other)",
     "above where a probability of the F distribution lies"},
    {"FISHER", 1, 1, "n", do_fisher, 0, "FISHER(x)", "Fisher's transformation"},
    {"FISHERINV", 1, 1, "n", do_fisherinv, 0, "FISHERINV(y)", "and back"},
    {"GAMMA", 1, 1, "n", do_gamma, FUNCTION_IS_LATER, "GAMMA(x)", "the gamma function"},
    {"GAMMA.DIST", 4, 4, "nnnb", do_gamma_dist, FUNCTION_IS_LATER,
     "GAMMA.DIST(x, shape, scale, cumulative)", "the gamma distribution"},
    {"GAMMA.INV", 3, 3, "nnn", do_gamma_inv, FUNCTION_IS_LATER, "GAMMA.INV(p, shape, scale)",
     "where the gamma distribution reaches a probability"},
    {"GAMMADIST", 4, 4, "nnnb", do_gamma_dist, 0, "GAMMADIST(x, shape, scale, cumulative)",
     "the gamma distribution"},
    {"GAMMAINV", 3, 3, "nnn", do_gamma_inv, 0, "GAMMAINV(p, shape, scale)",
     "where the gamma distribution reaches a probability"},
    {"GAMMALN", 1, 1, "n", do_gammaln, 0, "GAMMALN(x)", "the logarithm of the gamma function"},
    {"GAMMALN.PRECISE", 1, 1, "n", do_gammaln, FUNCTION_IS_LATER, "GAMMALN.PRECISE(x)",
     "the logarithm of the gamma function"},
    {"GAUSS", 1, 1, "n", do_gauss, FUNCTION_IS_LATER, "GAUSS(z)",
     "the standard normal distribution from 0 to z"},
    {"HYPGEOM.DIST", 5, 5, "iiiib", do_hypgeom_dist, FUNCTION_IS_LATER,
     "HYPGEOM.DIST(count, sample, successes, all, cumulative)", "the hypergeometric distribution"},
    {"HYPGEOMDIST", 4, 4, "iiii", do_hypgeom_dist, 0, "HYPGEOMDIST(count, sample, successes, all)",
     "the hypergeometric distribution"},
    {"LOGINV", 3, 3, "nnn", do_lognorm_inv, 0, "LOGINV(p, mean, deviation)",
     "where the lognormal distribution reaches a probability"},
    {"LOGNORM.DIST", 4, 4, "nnnb", do_lognorm_dist, FUNCTION_IS_LATER,
     "LOGNORM.DIST(x, mean, deviation, cumulative)", "the lognormal distribution"},
    {"LOGNORM.INV", 3, 3, "nnn", do_lognorm_inv, FUNCTION_IS_LATER,
     "LOGNORM.INV(p, mean, deviation)", "where the lognormal distribution reaches a probability"},
    {"LOGNORMDIST", 3, 3, "nnn", do_lognorm_dist, 0, "LOGNORMDIST(x, mean, deviation)",
     "the lognormal distribution, cumulative"},
    {"NEGBINOM.DIST", 4, 4, "iinb", do_negbinom_dist, FUNCTION_IS_LATER,
     "NEGBINOM.DIST(failures, successes, p, cumulative)", "the negative binomial distribution"},
    {"NEGBINOMDIST", 3, 3, "iin", do_negbinom_dist, 0, "NEGBINOMDIST(failures, successes, p)",
     "the negative binomial distribution"},
    {"NORM.DIST", 4, 4, "nnnb", do_norm_dist, FUNCTION_IS_LATER,
     "NORM.DIST(x, mean, deviation, cumulative)", "the normal distribution"},
    {"NORM.INV", 3, 3, "nnn", do_norm_inv, FUNCTION_IS_LATER, "NORM.INV(p, mean, deviation)",
     "where the normal distribution reaches a probability"},
    {"NORM.S.DIST", 2, 2, "nb", do_norm_s_dist, FUNCTION_IS_LATER, "NORM.S.DIST(z, cumulative)",
     "the standard normal distribution"},
    {"NORM.S.INV", 1, 1, "n", do_norm_s_inv, FUNCTION_IS_LATER, "NORM.S.INV(p)",
     "where the standard normal distribution reaches a probability"},
    {"NORMDIST", 4, 4, "nnnb", do_norm_dist, 0, "NORMDIST(x, mean, deviation, cumulative)",
     "the normal distribution"},
    {"NORMINV", 3, 3, "nnn", do_norm_inv, 0, "NORMINV(p, mean, deviation)",
     "where the normal distribution reaches a probability"},
    {"NORMSDIST", 1, 1, "n", do_normsdist, 0, "NORMSDIST(z)",
     "the standard normal distribution, cumulative"},
    {"NORMSINV", 1, 1, "n", do_norm_s_inv, 0, "NORMSINV(p)",
     "where the standard normal distribution reaches a probability"},
    {"PHI", 1, 1, "n", do_phi, FUNCTION_IS_LATER, "PHI(z)",
     "the density of the standard normal distribution"},
    {"POISSON", 3, 3, "inb", do_poisson_dist, 0, "POISSON(count, mean, cumulative)",
     "the Poisson distribution"},
    {"POISSON.DIST", 3, 3, "inb", do_poisson_dist, FUNCTION_IS_LATER,
     "POISSON.DIST(count, mean, cumulative)", "the Poisson distribution"},
    {"STANDARDIZE", 3, 3, "nnn", do_standardize, 0, "STANDARDIZE(x, mean, deviation)",
     "how many standard deviations from the mean"},
    {"T.DIST", 3, 3, "nib", do_t_dist, FUNCTION_IS_LATER, "T.DIST(t, freedom, cumulative)",
     "Student's t distribution"},
    {"T.DIST.2T", 2, 2, "ni", do_t_dist_2t, FUNCTION_IS_LATER, "T.DIST.2T(t, freedom)",
     "Student's t distribution outside of -t and t"},
    {"T.DIST.RT", 2, 2, "ni", do_t_dist_rt, FUNCTION_IS_LATER, "T.DIST.RT(t, freedom)",
     "Student's t distribution above t"},
    {"T.INV", 2, 2, "ni", do_t_inv, FUNCTION_IS_LATER, "T.INV(p, freedom)",
     "where Student's t distribution reaches a probability"},
    {"T.INV.2T", 2, 2, "ni", do_t_inv_2t, FUNCTION_IS_LATER, "T.INV.2T(p, freedom)",
     "outside of which a probability of Student's t distribution lies"},
    {"TDIST", 3, 3, "nii", do_tdist, 0, "TDIST(t, freedom, sides)",
     "Student's t distribution above t, or outside of -t and t"},
    {"TINV", 2, 2, "ni", do_t_inv_2t, 0, "TINV(p, freedom)",
     "outside of which a probability of Student's t distribution lies"},
    {"WEIBULL", 4, 4, "nnnb", do_weibull_dist, 0, "WEIBULL(x, shape, scale, cumulative)",
     "the Weibull distribution"},
    {"WEIBULL.DIST", 4, 4, "nnnb", do_weibull_dist, FUNCTION_IS_LATER,
     "WEIBULL.DIST(x, shape, scale, cumulative)", "the Weibull distribution"},
};

const struct function_list function_distribution = {functions,
                                                    sizeof functions / sizeof *functions};
