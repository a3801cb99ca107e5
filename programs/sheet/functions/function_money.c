/* SPDX-License-Identifier: MIT */
/*
 * function_money.c - loans and savings, what series of payments are worth, depreciation.
 *
 * What one pays is negative, what one gets positive. A payment is made at the end of each period,
 * or with "due" at its beginning.
 */
#include <math.h>

#include "sheet/book/function.h"
#include "sheet/functions/numbers.h"
#include "sheet/functions/root.h"
#include "sheet/grid/sum.h"

/* ---- loans: so much in the beginning, the same payment each period, so much at the end ----------
 */

struct loan {
    double rate, periods, payment, present, future;
    bool is_due; /* payments are made at the beginning of periods */
};

/* (1 + rate)^periods - 1, also of small rates. */
static double growth_less_one(double rate, double periods)
{
    if (rate > -1)
        return expm1(periods * log1p(rate));
    return pow(1 + rate, periods) - 1;
}

/* What a payment of 1 in each period comes to at the end. */
static double savings_of(const struct loan *loan, double periods)
{
    if (loan->rate == 0)
        return periods;
    return (1 + loan->rate * loan->is_due) * growth_less_one(loan->rate, periods) / loan->rate;
}

/* (1 + rate)^periods: not what is left of growth_less_one by adding 1 where that is small. */
static double growth_of(double rate, double periods)
{
    double less_one = growth_less_one(rate, periods);
    return less_one < -0.5 && rate > -1 ? exp(periods * log1p(rate)) : less_one + 1;
}

/* What is left after some periods: the negative of what is owed. */
static double future_after(const struct loan *loan, double periods)
{
    return -(loan->present * growth_of(loan->rate, periods) +
             loan->payment * savings_of(loan, periods));
}

static double payment_of(const struct loan *loan)
{
    double growth = growth_of(loan->rate, loan->periods);
    return -(loan->present * growth + loan->future) / savings_of(loan, loan->periods);
}

static struct operand do_pmt(struct call *call)
{
    struct loan loan = {.rate = call_number(call, 0),
                        .periods = call_number(call, 1),
                        .present = call_number(call, 2),
                        .future = call_number_or(call, 3, 0),
                        .is_due = call_number_or(call, 4, 0) != 0};
    return loan.periods == 0 ? operand_error(ERROR_NUM) : operand_number(payment_of(&loan));
}

static struct operand do_fv(struct call *call)
{
    struct loan loan = {.rate = call_number(call, 0),
                        .payment = call_number(call, 2),
                        .present = call_number_or(call, 3, 0),
                        .is_due = call_number_or(call, 4, 0) != 0};
    return operand_number(future_after(&loan, call_number(call, 1)));
}

static struct operand do_pv(struct call *call)
{
    struct loan loan = {.rate = call_number(call, 0),
                        .periods = call_number(call, 1),
                        .payment = call_number(call, 2),
                        .future = call_number_or(call, 3, 0),
                        .is_due = call_number_or(call, 4, 0) != 0};
    double growth = growth_of(loan.rate, loan.periods);
    double savings = savings_of(&loan, loan.periods);
    return operand_number(-(loan.future + loan.payment * savings) / growth);
}

static struct operand do_nper(struct call *call)
{
    double rate = call_number(call, 0), payment = call_number(call, 1);
    double present = call_number(call, 2), future = call_number_or(call, 3, 0);
    if (rate == 0)
        return payment == 0 ? operand_error(ERROR_NUM)
                            : operand_number(-(present + future) / payment);
    if (call_number_or(call, 4, 0) != 0)
        payment *= 1 + rate;
    double quotient = (payment - future * rate) / (payment + present * rate);
    if (!(quotient > 0 && rate > -1))
        return operand_error(ERROR_NUM);
    return operand_number(log(quotient) / log1p(rate));
}

static double balance_at(void *context, double rate)
{
    struct loan loan = *(const struct loan *)context;
    loan.rate = rate;
    return loan.future - future_after(&loan, loan.periods);
}

static struct operand do_rate(struct call *call)
{
    struct loan loan = {.periods = call_number(call, 0),
                        .payment = call_number(call, 1),
                        .present = call_number(call, 2),
                        .future = call_number_or(call, 3, 0),
                        .is_due = call_number_or(call, 4, 0) != 0};
    double rate;
    if (loan.periods <= 0 || !root_find(balance_at, &loan, call_number_or(call, 5, 0.1), &rate))
        return operand_error(ERROR_NUM);
    return operand_number(rate);
}

/* What a payment pays back, and what of it is interest, are not differences of the payment and what
 * is owed, which are nearly the same at high rates: written out, with g = (1 + rate)^periods,
 *
 *   paid back in period k   -(present + future) rate (1 + rate)^(k-1) / (g - 1)
 *   interest                rate (present ((1 + rate)^(k-1) - g) + future ((1 + rate)^(k-1) - 1)) /
 *                           (g - 1)
 *
 * Paid when due, all is worth a period less, and the first payment has no interest in it. */
static double paid_in(const struct loan *loan, double period)
{
    if (loan->rate == 0 || (loan->is_due && period < 2))
        return loan->payment;
    double growth = growth_of(loan->rate, period - 1);
    double paid = -(loan->present + loan->future) * loan->rate * growth /
                  growth_less_one(loan->rate, loan->periods);
    return loan->is_due ? paid / (1 + loan->rate) : paid;
}

/* What the formula above has between its brackets, divided by what is below the line. At rates
 * above 0 both are divided by g: there nearly nothing is paid back, and g is very large. */
static double owed_in(const struct loan *loan, double period)
{
    double left = loan->periods - period + 1;
    if (loan->rate > 0)
        return -(loan->present * growth_less_one(loan->rate, -left) -
                 loan->future * growth_of(loan->rate, -left) *
                     growth_less_one(loan->rate, 1 - period)) /
               growth_less_one(loan->rate, -loan->periods);
    return (loan->future * growth_less_one(loan->rate, period - 1) -
            loan->present * growth_of(loan->rate, period - 1) * growth_less_one(loan->rate, left)) /
           growth_less_one(loan->rate, loan->periods);
}

static double interest_in(const struct loan *loan, double period)
{
    if (loan->rate == 0 || (loan->is_due && period < 2))
        return 0;
    double interest = loan->rate * owed_in(loan, period);
    return loan->is_due ? interest / (1 + loan->rate) : interest;
}

/* Arguments of IPMT and PPMT: the period is the second. */
static bool read_period(const struct call *call, struct loan *loan, double *period)
{
    *period = call_number(call, 1);
    *loan = (struct loan){.rate = call_number(call, 0),
                          .periods = call_number(call, 2),
                          .present = call_number(call, 3),
                          .future = call_number_or(call, 4, 0),
                          .is_due = call_number_or(call, 5, 0) != 0};
    if (!(*period >= 1 && *period < loan->periods + 1))
        return false;
    loan->payment = payment_of(loan);
    return isfinite(loan->payment);
}

static struct operand do_ipmt(struct call *call)
{
    struct loan loan;
    double period;
    if (!read_period(call, &loan, &period))
        return operand_error(ERROR_NUM);
    return operand_number(interest_in(&loan, period));
}

static struct operand do_ppmt(struct call *call)
{
    struct loan loan;
    double period;
    if (!read_period(call, &loan, &period))
        return operand_error(ERROR_NUM);
    return operand_number(paid_in(&loan, period));
}

enum { INTERESTS_MAX = 4096 };

/* The parts of a series whose terms grow by the rate. */
static double paid_from(const struct loan *loan, double first, double last)
{
    double at_once = loan->is_due && first < 2 ? loan->payment : 0;
    double from = at_once != 0 ? 2 : first;
    if (last < from)
        return at_once;
    double series = loan->present * growth_of(loan->rate, from - 1) *
                    growth_less_one(loan->rate, last - from + 1) /
                    growth_less_one(loan->rate, loan->periods);
    return at_once - (loan->is_due ? series / (1 + loan->rate) : series);
}

/* Of few periods added up; of very many what is paid back is taken off what is paid. */
static double interest_from(const struct loan *loan, double first, double last)
{
    struct sum sum = {0, 0};
    if (last - first >= INTERESTS_MAX)
        return loan->payment * (last - first + 1) - paid_from(loan, first, last);
    for (double period = first; period <= last; period++)
        sum_add(&sum, interest_in(loan, period));
    return sum_result(&sum);
}

/* What is paid back from one period to another, and of interest. */
static struct operand paid_back(struct call *call, bool is_interest)
{
    struct loan loan = {.rate = call_number(call, 0),
                        .periods = call_number(call, 1),
                        .present = call_number(call, 2),
                        .is_due = call_number(call, 5) == 1};
    double first = ceil(call_number(call, 3)), last = floor(call_number(call, 4));
    bool is_good = loan.rate > 0 && loan.periods > 0 && loan.present > 0 && first >= 1 &&
                   last >= first && last <= loan.periods &&
                   (loan.is_due || call_number(call, 5) == 0);
    if (!is_good)
        return operand_error(ERROR_NUM);
    loan.payment = payment_of(&loan);
    if (!isfinite(loan.payment))
        return operand_error(ERROR_NUM);
    return operand_number(is_interest ? interest_from(&loan, first, last)
                                      : paid_from(&loan, first, last));
}

static struct operand do_cumprinc(struct call *call)
{
    return paid_back(call, false);
}

static struct operand do_cumipmt(struct call *call)
{
    return paid_back(call, true);
}

static struct operand do_effect(struct call *call)
{
    double rate = call_number(call, 0), periods = call_number(call, 1);
    if (!(rate > 0 && periods >= 1))
        return operand_error(ERROR_NUM);
    return operand_number(growth_less_one(rate / periods, periods));
}

static struct operand do_nominal(struct call *call)
{
    double rate = call_number(call, 0), periods = call_number(call, 1);
    if (!(rate > 0 && periods >= 1))
        return operand_error(ERROR_NUM);
    return operand_number(periods * growth_less_one(rate, 1 / periods));
}

/* ---- series of payments, one each period --------------------------------------------------------
 */

static struct operand do_npv(struct call *call)
{
    struct numbers numbers;
    struct sum sum = {0, 0};
    double rate = call_number(call, 0), period = 1;
    if (rate == -1)
        return operand_error(ERROR_DIV0);
    numbers_begin(&numbers, call, 1, call->argument_count, NUMBERS_BY_ROWS);
    for (; numbers_next(&numbers); period++)
        sum_add(&sum, numbers.number / pow(1 + rate, period));
    return numbers.error.kind == VALUE_ERROR ? operand_of(numbers.error)
                                             : operand_number(sum_result(&sum));
}

struct series {
    struct evaluation *evaluation;
    const double *payments;
    const double *years; /* since the first one; NULL: a period each */
    size_t count;
};

static double worth_at(void *context, double rate)
{
    const struct series *series = context;
    double factor = 1 / (1 + rate), worth = 0;
    if (evaluation_is_stopped(series->evaluation, series->count))
        return NAN;
    for (size_t i = series->count; i-- > 0;)
        worth = worth * factor + series->payments[i];
    return worth;
}

static double worth_by_years(void *context, double rate)
{
    const struct series *series = context;
    struct sum worth = {0, 0};
    double growth = log1p(rate);
    if (evaluation_is_stopped(series->evaluation, series->count))
        return NAN;
    for (size_t i = 0; i < series->count; i++)
        sum_add(&worth, series->payments[i] * exp(-series->years[i] * growth));
    return sum_result(&worth);
}

/* Without something paid and something got there is no rate. */
static bool goes_both_ways(const struct series *series)
{
    bool pays = false, gets = false;
    for (size_t i = 0; i < series->count; i++) {
        pays |= series->payments[i] < 0;
        gets |= series->payments[i] > 0;
    }
    return pays && gets;
}

static struct operand rate_of(const struct series *series, double guess)
{
    struct series copy = *series;
    double rate;
    bool is_found = goes_both_ways(series) &&
                    root_find(series->years ? worth_by_years : worth_at, &copy, guess, &rate);
    return is_found ? operand_number(rate) : operand_error(ERROR_NUM);
}

static struct operand do_irr(struct call *call)
{
    struct number_list list = numbers_take(call, 0, 1, NUMBERS_BY_ROWS);
    struct series series = {
        .evaluation = call->evaluation, .payments = list.numbers, .count = list.count};
    if (list.error.kind == VALUE_ERROR)
        return operand_of(list.error);
    return rate_of(&series, call_number_or(call, 1, 0.1));
}

static struct operand do_mirr(struct call *call)
{
    struct number_list list = numbers_take(call, 0, 1, NUMBERS_BY_ROWS);
    struct sum paid = {0, 0}, got = {0, 0};
    double paid_rate = call_number(call, 1), got_rate = call_number(call, 2);
    if (list.error.kind == VALUE_ERROR)
        return operand_of(list.error);
    for (size_t i = 0; i < list.count; i++) {
        if (list.numbers[i] < 0)
            sum_add(&paid, list.numbers[i] * pow(1 + paid_rate, -(double)i));
        else
            sum_add(&got, list.numbers[i] * pow(1 + got_rate, (double)(list.count - 1 - i)));
    }
    if (sum_result(&paid) == 0 || sum_result(&got) == 0)
        return operand_error(ERROR_DIV0);
    double factor = -sum_result(&got) / sum_result(&paid);
    return operand_number(pow(factor, 1 / (double)(list.count - 1)) - 1);
}

/* ---- series of payments on days -----------------------------------------------------------------
 */

static struct value find_error(struct call *call, const struct operand *operand)
{
    struct walk walk;
    walk_begin(&walk, call->evaluation, operand, WALK_ANY);
    while (walk_next(&walk))
        if (walk.value.kind == VALUE_ERROR)
            return walk.value;
    return value_blank();
}

static struct value check_size(const struct operand *operand, uint64_t *cells, uint32_t *columns)
{
    uint32_t rows;
    if (operand->kind == OPERAND_VALUE && operand->value.kind == VALUE_ERROR)
        return operand->value;
    if (operand->kind == OPERAND_MISSING || !operand_size(operand, &rows, columns))
        return value_error(ERROR_VALUE);
    *cells = (uint64_t)rows * *columns;
    return value_blank();
}

static size_t count_values(struct call *call, const struct operand *operand)
{
    struct walk walk;
    size_t count = 0;
    walk_begin(&walk, call->evaluation, operand, WALK_ANY);
    while (walk_next(&walk))
        count++;
    return count;
}

/* Days of a payment, and it; an error, #VALUE! for what is no number. A day may be a text. */
static struct value read_payment(const struct evaluation *evaluation, struct value payment,
                                 struct value day, double *payments, double *days)
{
    if (day.kind == VALUE_TEXT)
        day = evaluation_number(evaluation, day);
    if (payment.kind == VALUE_ERROR)
        return payment;
    if (day.kind == VALUE_ERROR)
        return day;
    if (payment.kind != VALUE_NUMBER || (day.kind != VALUE_NUMBER && day.kind != VALUE_BLANK))
        return value_error(ERROR_VALUE);
    *payments = payment.number;
    *days = day.kind == VALUE_NUMBER ? floor(day.number) : 0;
    return *days < 0 ? value_error(ERROR_NUM) : value_blank();
}

/* Arguments i and i + 1: payments and their days, as many. Where both are empty there is none. */
static struct value read_series(struct call *call, unsigned i, struct series *series)
{
    const struct operand *amounts = &call->arguments[i], *dates = &call->arguments[i + 1];
    uint64_t amount_cells = 0, date_cells = 0; /* gcc does not see that they are set */
    uint32_t amount_columns, date_columns;
    struct value bad = find_error(call, amounts);
    if (bad.kind != VALUE_ERROR)
        bad = find_error(call, dates);
    if (bad.kind != VALUE_ERROR)
        bad = check_size(amounts, &amount_cells, &amount_columns);
    if (bad.kind != VALUE_ERROR)
        bad = check_size(dates, &date_cells, &date_columns);
    if (bad.kind == VALUE_ERROR)
        return bad;
    size_t count = count_values(call, amounts);
    if (amount_cells != date_cells || count == 0 || count_values(call, dates) > count)
        return value_error(ERROR_NUM);
    double *payments = evaluation_take(call->evaluation, count * sizeof *payments);
    double *days = evaluation_take(call->evaluation, count * sizeof *days);
    if (!payments || !days)
        return value_error(ERROR_NUM);
    struct walk walk;
    size_t done = 0;
    walk_begin(&walk, call->evaluation, amounts, WALK_BY_ROWS);
    for (; done < count && walk_next(&walk); done++) {
        uint64_t at = (uint64_t)walk.row * amount_columns + walk.column;
        struct value day = operand_at(call->evaluation, dates, (uint32_t)(at / date_columns),
                                      (uint32_t)(at % date_columns));
        bad = read_payment(call->evaluation, walk.value, day, &payments[done], &days[done]);
        if (bad.kind == VALUE_ERROR)
            return bad;
        if (days[done] < days[0])
            return value_error(ERROR_NUM);
    }
    for (size_t k = done; k-- > 0;)
        days[k] = (days[k] - days[0]) / 365;
    *series = (struct series){call->evaluation, payments, days, done};
    return value_blank();
}

static struct operand do_xnpv(struct call *call)
{
    struct series series;
    double rate = call_number(call, 0);
    struct value bad = read_series(call, 1, &series);
    if (bad.kind == VALUE_ERROR)
        return operand_of(bad);
    return rate > -1 ? operand_number(worth_by_years(&series, rate)) : operand_error(ERROR_NUM);
}

static struct operand do_xirr(struct call *call)
{
    struct series series;
    struct value bad = read_series(call, 0, &series);
    if (bad.kind == VALUE_ERROR)
        return operand_of(bad);
    return rate_of(&series, call_number_or(call, 2, 0.1));
}

/* ---- depreciation -------------------------------------------------------------------------------
 */

static struct operand do_sln(struct call *call)
{
    double life = call_number(call, 2);
    if (life == 0)
        return operand_error(ERROR_DIV0);
    return operand_number((call_number(call, 0) - call_number(call, 1)) / life);
}

static struct operand do_syd(struct call *call)
{
    double life = call_number(call, 2), period = call_number(call, 3);
    if (!(life > 0 && period > 0 && period <= life && call_number(call, 1) >= 0))
        return operand_error(ERROR_NUM);
    double falls = call_number(call, 0) - call_number(call, 1);
    return operand_number(falls * (life - period + 1) * 2 / (life * (life + 1)));
}

/* Of what it is worth still, always the same part, rounded to three digits; the first year may have
 * fewer months, and then there is one more in the end. */
static struct operand do_db(struct call *call)
{
    double cost = call_number(call, 0), salvage = call_number(call, 1);
    double life = call_number(call, 2), period = call_number(call, 3);
    double months = call_number_or(call, 4, 12);
    double last = months < 12 ? life + 1 : life;
    bool is_good = cost >= 0 && salvage >= 0 && life > 0 && period >= 1 && period <= last &&
                   months >= 1 && months <= 12;
    if (!is_good)
        return operand_error(ERROR_NUM);
    if (cost == 0)
        return operand_number(0);
    double part = round((1 - pow(salvage / cost, 1 / life)) * 1000) / 1000;
    double first = cost * part * months / 12;
    if (period < 2)
        return operand_number(first);
    double lost = (cost - first) * pow(1 - part, period - 2) * part;
    return operand_number(period > life ? lost * (12 - months) / 12 : lost);
}

static struct operand do_ddb(struct call *call)
{
    double cost = call_number(call, 0), salvage = call_number(call, 1);
    double life = call_number(call, 2), period = call_number(call, 3);
    double factor = call_number_or(call, 4, 2);
    bool is_good =
        cost >= 0 && salvage >= 0 && life > 0 && period > 0 && period <= life && factor > 0;
    if (!is_good)
        return operand_error(ERROR_NUM);
    double part = fmin(factor / life, 1);
    double before = cost * pow(1 - part, period - 1); /* 0^0 is 1: all of it, in the first */
    return operand_number(fmax(fmin(before * part, before - salvage), 0));
}

/* Year by year, evenly from where that is more unless it says otherwise; of the first and the last
 * year a part. */
static struct operand do_vdb(struct call *call)
{
    double cost = call_number(call, 0), salvage = call_number(call, 1);
    double life = call_number(call, 2), start = call_number(call, 3), end = call_number(call, 4);
    double factor = call_number_or(call, 5, 2), left = cost;
    bool stays = call_truth_or(call, 6, false);
    struct sum sum = {0, 0};
    bool is_good = cost >= 0 && salvage >= 0 && life > 0 && start >= 0 && end >= start &&
                   end <= life && factor >= 0;
    if (!is_good)
        return operand_error(ERROR_NUM);
    for (double year = 1; year < end + 1; year++) {
        double room = fmax(left - salvage, 0);
        double falls = fmin(left * fmin(factor / life, 1), room);
        double evenly = fmin(room / (life - year + 1), room);
        if (!stays && evenly > falls)
            falls = evenly;
        double part = fmin(end, year) - fmax(start, year - 1);
        sum_add(&sum, falls * fmax(part, 0));
        left -= falls;
        if (evaluation_is_stopped(call->evaluation, 1))
            break;
    }
    return operand_number(sum_result(&sum));
}

/* ---- rates --------------------------------------------------------------------------------------
 */

static struct operand do_ispmt(struct call *call)
{
    double periods = call_number(call, 2);
    if (periods == 0)
        return operand_error(ERROR_DIV0);
    return operand_number(call_number(call, 3) * call_number(call, 0) *
                          (call_number(call, 1) / periods - 1));
}

static struct operand do_fvschedule(struct call *call)
{
    struct walk walk;
    double worth = call_number(call, 0);
    walk_begin(&walk, call->evaluation, &call->arguments[1], WALK_ANY);
    while (walk_next(&walk)) {
        if (walk.value.kind != VALUE_NUMBER)
            return walk.value.kind == VALUE_ERROR ? operand_of(walk.value)
                                                  : operand_error(ERROR_VALUE);
        worth *= 1 + walk.value.number;
    }
    return operand_number(worth);
}

static struct operand do_rri(struct call *call)
{
    double periods = call_number(call, 0), present = call_number(call, 1);
    if (!(periods > 0) || present == 0)
        return operand_error(ERROR_NUM);
    return operand_number(pow(call_number(call, 2) / present, 1 / periods) - 1);
}

static struct operand do_pduration(struct call *call)
{
    double rate = call_number(call, 0), present = call_number(call, 1);
    double future = call_number(call, 2);
    if (!(rate > 0 && present > 0 && future > 0))
        return operand_error(ERROR_NUM);
    return operand_number((log(future) - log(present)) / log1p(rate));
}

/* Prices as 1.02, which means 1 and 2/16: what is behind the point is taken for so many parts. */
static bool read_parts(const struct call *call, double *parts, double *scale,
                       enum value_error *error)
{
    *parts = trunc(call_number(call, 1));
    *error = call_number(call, 1) < 0 ? ERROR_NUM : ERROR_DIV0;
    *scale = pow(10, ceil(log10(*parts)));
    return *parts >= 1;
}

static struct operand do_dollarde(struct call *call)
{
    double parts, scale, whole;
    enum value_error error;
    if (!read_parts(call, &parts, &scale, &error))
        return operand_error(error);
    double rest = modf(call_number(call, 0), &whole);
    return operand_number(whole + rest * scale / parts);
}

static struct operand do_dollarfr(struct call *call)
{
    double parts, scale, whole;
    enum value_error error;
    if (!read_parts(call, &parts, &scale, &error))
        return operand_error(error);
    double rest = modf(call_number(call, 0), &whole);
    return operand_number(whole + rest * parts / scale);
}

static const struct function functions[] = {
    {"CUMIPMT", 6, 6, "nnniin", do_cumipmt, 0, "CUMIPMT(rate, periods, present, first, last, due)",
     "the interest paid from one period to another"},
    {"CUMPRINC", 6, 6, "nnniin", do_cumprinc, 0,
     "CUMPRINC(rate, periods, present, first, last, due)",
     "what is paid back from one period to another"},
    {"DB", 4, 5, "nnnii", do_db, 0, "DB(cost, salvage, life, period, months)",
     "depreciation by a fixed part of what is left"},
    {"DDB", 4, 5, "nnnnn", do_ddb, 0, "DDB(cost, salvage, life, period, factor)",
     "depreciation by twice the even part of what is left"},
    {"DOLLARDE", 2, 2, "nn", do_dollarde, 0, "DOLLARDE(price, parts)",
     "a price in parts as a decimal number"},
    {"DOLLARFR", 2, 2, "nn", do_dollarfr, 0, "DOLLARFR(price, parts)", "a decimal price in parts"},
    {"EFFECT", 2, 2, "ni", do_effect, 0, "EFFECT(rate, periods)",
     "the rate of a year, with interest on interest"},
    {"FV", 3, 5, "nnnnn", do_fv, 0, "FV(rate, periods, payment, present, due)",
     "what payments come to at the end"},
    {"FVSCHEDULE", 2, 2, "nr", do_fvschedule, 0, "FVSCHEDULE(present, rates)",
     "what something is worth after interest at several rates"},
    {"IPMT", 4, 6, "nnnnnn", do_ipmt, 0, "IPMT(rate, period, periods, present, future, due)",
     "the interest in a payment"},
    {"IRR", 1, 2, "rn", do_irr, 0, "IRR(payments, guess)",
     "the rate at which payments are worth nothing"},
    {"ISPMT", 4, 4, "nnnn", do_ispmt, 0, "ISPMT(rate, period, periods, present)",
     "the interest where always the same is paid back"},
    {"MIRR", 3, 3, "rnn", do_mirr, 0, "MIRR(payments, rate, other)",
     "the rate of payments that are financed and invested at others"},
    {"NOMINAL", 2, 2, "ni", do_nominal, 0, "NOMINAL(rate, periods)",
     "the rate of a year, without interest on interest"},
    {"NPER", 3, 5, "nnnnn", do_nper, 0, "NPER(rate, payment, present, future, due)",
     "how many payments there are"},
    {"NPV", 2, 255, "nr*", do_npv, 0, "NPV(rate, payment, ...)",
     "what payments are worth one period before the first"},
    {"PDURATION", 3, 3, "nnn", do_pduration, FUNCTION_IS_LATER, "PDURATION(rate, present, future)",
     "how many periods it takes to be worth so much"},
    {"PMT", 3, 5, "nnnnn", do_pmt, 0, "PMT(rate, periods, present, future, due)",
     "the payment of each period"},
    {"PPMT", 4, 6, "nnnnnn", do_ppmt, 0, "PPMT(rate, period, periods, present, future, due)",
     "what is paid back with a payment"},
    {"PV", 3, 5, "nnnnn", do_pv, 0, "PV(rate, periods, payment, future, due)",
     "what payments are worth now"},
    {"RATE", 3, 6, "nnnnnn", do_rate, 0, "RATE(periods, payment, present, future, due, guess)",
     "the interest of a period"},
    {"RRI", 3, 3, "nnn", do_rri, FUNCTION_IS_LATER, "RRI(periods, present, future)",
     "the rate at which something grows"},
    {"SLN", 3, 3, "nnn", do_sln, 0, "SLN(cost, salvage, life)", "depreciation by even parts"},
    {"SYD", 4, 4, "nnnn", do_syd, 0, "SYD(cost, salvage, life, period)",
     "depreciation by parts that get smaller evenly"},
    {"VDB", 5, 7, "nnnnnnb", do_vdb, 0, "VDB(cost, salvage, life, start, end, factor, stays)",
     "depreciation between two periods, evenly from where that is more"},
    {"XIRR", 2, 3, "rrn", do_xirr, 0, "XIRR(payments, days, guess)",
     "the rate at which payments on days are worth nothing"},
    {"XNPV", 3, 3, "nrr", do_xnpv, 0, "XNPV(rate, payments, days)",
     "what payments are worth on the day of the first"},
};

const struct function_list function_money = {functions, sizeof functions / sizeof *functions};
