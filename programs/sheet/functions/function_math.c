/* SPDX-License-Identifier: MIT */
/*
 * function_math.c - numbers: sums, powers, angles, chance. Rounding is in function_rounding.c.
 */
#include <math.h>

#include "sheet/book/evaluation.h"
#include "sheet/book/operator.h"

/* ---- sums and products --------------------------------------------------------------------------
 */

static struct operand do_sum(struct call *call)
{
    struct total total = {.count = 0};
    for (unsigned i = 0; i < call->argument_count; i++)
        if (!operand_total(call->evaluation, &call->arguments[i], &total))
            return operand_of(total.error);
    return operand_number(sum_result(&total.sum));
}

typedef void number_adder(void *context, double number);

/* Numbers of all arguments as SUM takes them; false: *error. */
static bool each_number(struct call *call, number_adder *add, void *context, struct value *error)
{
    struct walk walk;
    for (unsigned i = 0; i < call->argument_count; i++) {
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_ANY);
        while (walk_next(&walk)) {
            struct value value = walk.value;
            if (!walk.is_from_cell)
                value = evaluation_number(call->evaluation, value);
            if (value.kind == VALUE_ERROR) {
                *error = value;
                return false;
            }
            if (value.kind == VALUE_NUMBER)
                add(context, value.number);
        }
    }
    return true;
}

struct product {
    double product;
    uint64_t count;
};

static void add_factor(void *context, double number)
{
    struct product *product = context;
    product->product *= number;
    product->count++;
}

static struct operand do_product(struct call *call)
{
    struct product product = {.product = 1};
    struct value error;
    if (!each_number(call, add_factor, &product, &error))
        return operand_of(error);
    return operand_number(product.count ? product.product : 0);
}

static void add_square(void *context, double number)
{
    sum_add(context, number * number);
}

static struct operand do_sumsq(struct call *call)
{
    struct sum sum = {0};
    struct value error;
    if (!each_number(call, add_square, &sum, &error))
        return operand_of(error);
    return operand_number(sum_result(&sum));
}

/* ---- SUMPRODUCT and its like --------------------------------------------------------------------
 */

static bool are_same_size(const struct call *call)
{
    uint32_t rows, columns, other_rows, other_columns;
    if (!operand_size(&call->arguments[0], &rows, &columns))
        return false;
    for (unsigned i = 1; i < call->argument_count; i++)
        if (!operand_size(&call->arguments[i], &other_rows, &other_columns) || other_rows != rows ||
            other_columns != columns)
            return false;
    return true;
}

/* An error stands wherever it is, also beside an empty cell. */
static bool has_error(struct call *call, struct value *error)
{
    struct walk walk;
    for (unsigned i = 0; i < call->argument_count; i++) {
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_ANY);
        while (walk_next(&walk))
            if (walk.value.kind == VALUE_ERROR) {
                *error = walk.value;
                return true;
            }
    }
    return false;
}

/* What is no number counts as 0. */
static double factor_of(struct value value)
{
    return value.kind == VALUE_NUMBER ? value.number : 0;
}

static bool has_array(const struct call *call)
{
    for (unsigned i = 0; i < call->argument_count; i++)
        if (call->arguments[i].kind == OPERAND_ARRAY)
            return true;
    return false;
}

/* false: *error */
static bool check_arrays(const struct operand *arrays, unsigned count, struct value *error)
{
    for (unsigned i = 0; i < count; i++) {
        if (arrays[i].kind != OPERAND_ARRAY) {
            *error = arrays[i].value; /* too large */
            return false;
        }
        size_t kept_count = (size_t)operand_kept_rows(&arrays[i]) * arrays[i].columns;
        for (size_t k = 0; k < kept_count; k++)
            if (arrays[i].array[k].kind == VALUE_ERROR) {
                *error = arrays[i].array[k];
                return false;
            }
    }
    return true;
}

static double product_at(const struct operand *arrays, unsigned count, uint32_t row,
                         uint32_t column)
{
    double product = 1;
    for (unsigned i = 0; i < count && product != 0; i++)
        product *= factor_of(operand_element(&arrays[i], row, column));
    return product;
}

/* What is alike at the end of all is multiplied once. */
static struct operand sum_of_arrays(struct call *call)
{
    struct operand arrays[FORMULA_ARGUMENTS_MAX];
    unsigned count = call->argument_count;
    uint32_t stored_rows = 0;
    struct value error;
    struct sum sum = {0};
    arrays[0] = (struct operand){0}; /* gcc does not see that there is one */
    for (unsigned i = 0; i < count; i++)
        arrays[i] = operand_to_array(call->evaluation, &call->arguments[i]);
    if (!check_arrays(arrays, count, &error))
        return operand_of(error);
    uint32_t rows = arrays[0].rows, columns = arrays[0].columns;
    for (unsigned i = 0; i < count; i++)
        stored_rows = operand_stored_rows(&arrays[i], rows, stored_rows);
    if (rows == 1)
        stored_rows = 1;
    for (uint32_t row = 0; row < rows && row <= stored_rows; row++) {
        uint32_t times = row < stored_rows ? 1 : rows - stored_rows;
        if (evaluation_is_stopped(call->evaluation, columns))
            break;
        for (uint32_t column = 0; column < columns; column++)
            sum_add(&sum, product_at(arrays, count, row, column) * times);
    }
    return operand_number(sum_result(&sum));
}

/* Of single values text is not 0 but wrong. */
static bool has_single_text(struct call *call)
{
    uint32_t rows, columns;
    (void)operand_size(&call->arguments[0], &rows, &columns); /* of one size, all of them */
    if (rows != 1 || columns != 1)
        return false;
    for (unsigned i = 0; i < call->argument_count; i++)
        if (operand_at(call->evaluation, &call->arguments[i], 0, 0).kind == VALUE_TEXT)
            return true;
    return false;
}

static struct operand do_sumproduct(struct call *call)
{
    struct walk walk;
    struct sum sum = {0};
    struct value error;
    if (!are_same_size(call) || has_single_text(call))
        return operand_error(ERROR_VALUE);
    if (has_array(call))
        return sum_of_arrays(call);
    if (has_error(call, &error))
        return operand_of(error);
    walk_begin(&walk, call->evaluation, &call->arguments[0], WALK_ANY);
    while (walk_next(&walk)) {
        double product = factor_of(walk.value);
        for (unsigned i = 1; i < call->argument_count && product != 0; i++)
            product *=
                factor_of(operand_at(call->evaluation, &call->arguments[i], walk.row, walk.column));
        sum_add(&sum, product);
    }
    return operand_number(sum_result(&sum));
}

typedef double pair_term(double x, double y);

/* Over pairs of which both are numbers; which way they lie does not matter. */
static struct operand sum_pairs(struct call *call, pair_term *term)
{
    uint32_t rows, columns, other_rows, other_columns;
    uint64_t pair_count = 0;
    struct walk walk;
    struct sum sum = {0};
    struct value error;
    if (!operand_size(&call->arguments[0], &rows, &columns) ||
        !operand_size(&call->arguments[1], &other_rows, &other_columns) ||
        (uint64_t)rows * columns != (uint64_t)other_rows * other_columns)
        return operand_error(ERROR_NA);
    if (has_error(call, &error))
        return operand_of(error);
    walk_begin(&walk, call->evaluation, &call->arguments[0], WALK_ANY);
    while (walk_next(&walk)) {
        uint64_t place = (uint64_t)walk.row * columns + walk.column;
        struct value y =
            operand_at(call->evaluation, &call->arguments[1], (uint32_t)(place / other_columns),
                       (uint32_t)(place % other_columns));
        if (walk.value.kind != VALUE_NUMBER || y.kind != VALUE_NUMBER)
            continue;
        sum_add(&sum, term(walk.value.number, y.number));
        pair_count++;
    }
    return pair_count ? operand_number(sum_result(&sum)) : operand_error(ERROR_DIV0);
}

static double square_less_square(double x, double y)
{
    return x * x - y * y;
}

static double square_and_square(double x, double y)
{
    return x * x + y * y;
}

static double square_of_difference(double x, double y)
{
    return (x - y) * (x - y);
}

static struct operand do_sumx2my2(struct call *call)
{
    return sum_pairs(call, square_less_square);
}

static struct operand do_sumx2py2(struct call *call)
{
    return sum_pairs(call, square_and_square);
}

static struct operand do_sumxmy2(struct call *call)
{
    return sum_pairs(call, square_of_difference);
}

/* ---- one number ---------------------------------------------------------------------------------
 */

#define SIMPLE(name, expression)                                                                   \
    static struct operand name(struct call *call)                                                  \
    {                                                                                              \
        double x = call_number(call, 0);                                                           \
        return operand_number(expression);                                                         \
    }
/* #NUM! outside of where it is defined. */
#define SIMPLE_WHERE(name, condition, expression)                                                  \
    static struct operand name(struct call *call)                                                  \
    {                                                                                              \
        double x = call_number(call, 0);                                                           \
        return condition ? operand_number(expression) : operand_error(ERROR_NUM);                  \
    }
/* #DIV/0! where the expression divides by 0. */
#define SIMPLE_OVER(name, divisor)                                                                 \
    static struct operand name(struct call *call)                                                  \
    {                                                                                              \
        double x = call_number(call, 0);                                                           \
        return (divisor) == 0 ? operand_error(ERROR_DIV0) : operand_number(1 / (divisor));         \
    }

/* No angle of so many turns has any digits left. */
#define IS_ANGLE(x) (fabs(x) < 0x1p27)
/* The same, and #NUM! for what is too large for an angle. */
#define ANGLE_OVER(name, divisor)                                                                  \
    static struct operand name(struct call *call)                                                  \
    {                                                                                              \
        double x = call_number(call, 0);                                                           \
        if (!IS_ANGLE(x))                                                                          \
            return operand_error(ERROR_NUM);                                                       \
        return (divisor) == 0 ? operand_error(ERROR_DIV0) : operand_number(1 / (divisor));         \
    }

SIMPLE(do_abs, fabs(x))
SIMPLE(do_sign, (x > 0) - (x < 0))
SIMPLE(do_exp, exp(x))
SIMPLE_WHERE(do_sqrt, (x >= 0), sqrt(x))
SIMPLE_WHERE(do_sqrtpi, (x >= 0), sqrt(x *M_PI))
SIMPLE_WHERE(do_ln, (x > 0), log(x))
SIMPLE_WHERE(do_log10, (x > 0), log10(x))
SIMPLE_WHERE(do_sin, IS_ANGLE(x), sin(x))
SIMPLE_WHERE(do_cos, IS_ANGLE(x), cos(x))
SIMPLE_WHERE(do_tan, IS_ANGLE(x), tan(x))
SIMPLE_WHERE(do_asin, (fabs(x) <= 1), asin(x))
SIMPLE_WHERE(do_acos, (fabs(x) <= 1), acos(x))
SIMPLE(do_atan, atan(x))
SIMPLE(do_sinh, sinh(x))
SIMPLE(do_cosh, cosh(x))
SIMPLE(do_tanh, tanh(x))
SIMPLE(do_asinh, asinh(x))
SIMPLE_WHERE(do_acosh, (x >= 1), acosh(x))
SIMPLE_WHERE(do_atanh, (fabs(x) < 1), atanh(x))
ANGLE_OVER(do_cot, tan(x))
ANGLE_OVER(do_csc, sin(x))
ANGLE_OVER(do_sec, cos(x))
SIMPLE_OVER(do_coth, tanh(x))
SIMPLE_OVER(do_csch, sinh(x))
SIMPLE_OVER(do_sech, cosh(x))
SIMPLE(do_acot, M_PI_2 - atan(x))
SIMPLE_WHERE(do_acoth, (fabs(x) > 1), atanh(1 / x))
SIMPLE(do_degrees, x / M_PI * 180)
SIMPLE(do_radians, x / 180 * M_PI)

static struct operand do_pi(struct call *call)
{
    (void)call; /* takes nothing */
    return operand_number(M_PI);
}

static struct operand do_atan2(struct call *call)
{
    double x = call_number(call, 0), y = call_number(call, 1);
    if (x == 0 && y == 0)
        return operand_error(ERROR_DIV0);
    return operand_number(atan2(y, x));
}

static struct operand do_power(struct call *call)
{
    return operand_of(operator_power(call_number(call, 0), call_number(call, 1)));
}

static struct operand do_log(struct call *call)
{
    double x = call_number(call, 0), base = call_number_or(call, 1, 10);
    if (x <= 0 || base <= 0)
        return operand_error(ERROR_NUM);
    if (base == 1)
        return operand_error(ERROR_DIV0);
    if (base == 10)
        return operand_number(log10(x));
    return operand_number(base == 2 ? log2(x) : log(x) / log(base));
}

/* ---- whole numbers ------------------------------------------------------------------------------
 */

/* The sign is the divisor's. */
static struct operand do_mod(struct call *call)
{
    double number = call_number(call, 0), divisor = call_number(call, 1);
    if (divisor == 0)
        return operand_error(ERROR_DIV0);
    double quotient = floor(number / divisor);
    if (fabs(quotient) > 0x1p53)
        return operand_error(ERROR_NUM);
    double rest = operator_add(number, -quotient * divisor);
    /* The quotient may have been rounded up to a whole one. */
    if (rest != 0 && (rest < 0) != (divisor < 0))
        rest += divisor;
    return operand_number(rest);
}

static struct operand do_quotient(struct call *call)
{
    double divisor = call_number(call, 1);
    if (divisor == 0)
        return operand_error(ERROR_DIV0);
    return operand_number(trunc(call_number(call, 0) / divisor));
}

/* n (n-step) (n-2 step) ... */
static struct operand falling(double number, double step, double number_max)
{
    double product = 1;
    number = trunc(number);
    if (number < 0 || number > number_max)
        return operand_error(ERROR_NUM);
    for (; number > 1; number -= step)
        product *= number;
    return operand_number(product);
}

static struct operand do_fact(struct call *call)
{
    return falling(call_number(call, 0), 1, 170);
}

static struct operand do_factdouble(struct call *call)
{
    double number = trunc(call_number(call, 0));
    return number == -1 ? operand_number(1) : falling(number, 2, 300);
}

/* Exact as long as a double is; symmetric, so that there are at most half as many steps. */
static double choose(struct evaluation *evaluation, double n, double k)
{
    double result = 1;
    if (k > n - k)
        k = n - k;
    for (double i = 1; i <= k; i++) {
        if (!isfinite(result) || evaluation_is_stopped(evaluation, 1))
            break;
        double next = result * (n - k + i);
        result = next <= 0x1p53 ? next / i : result / i * (n - k + i);
    }
    return result < 0x1p53 ? rint(result) : result;
}

static struct operand do_combin(struct call *call)
{
    double n = call_number(call, 0), k = call_number(call, 1);
    if (n < 0 || k < 0 || k > n)
        return operand_error(ERROR_NUM);
    return operand_number(choose(call->evaluation, n, k));
}

static struct operand do_combina(struct call *call)
{
    double n = call_number(call, 0), k = call_number(call, 1);
    if (n < 0 || k < 0 || (n == 0 && k > 0))
        return operand_error(ERROR_NUM);
    return operand_number(k == 0 ? 1 : choose(call->evaluation, n + k - 1, k));
}

/* Ways to choose k of n in an order. */
static struct operand do_permut(struct call *call)
{
    double n = call_number(call, 0), k = call_number(call, 1), product = 1;
    if (n < 0 || k < 0 || k > n)
        return operand_error(ERROR_NUM);
    for (double i = 0; i < k && isfinite(product); i++) {
        if (evaluation_is_stopped(call->evaluation, 1))
            break;
        product *= n - i;
    }
    return operand_number(product);
}

static struct operand do_permutationa(struct call *call)
{
    double n = call_number(call, 0), k = call_number(call, 1);
    if (n < 0 || k < 0 || (n == 0 && k > 0))
        return operand_error(ERROR_NUM);
    return operand_number(pow(n, k));
}

struct multinomial {
    struct evaluation *evaluation;
    double sum, result;
    bool is_bad;
};

static void add_group(void *context, double number)
{
    struct multinomial *multinomial = context;
    number = trunc(number);
    multinomial->is_bad |= number < 0;
    if (multinomial->is_bad)
        return;
    multinomial->sum += number;
    multinomial->result *= choose(multinomial->evaluation, multinomial->sum, number);
}

/* Ways to part so many into groups of these sizes. */
static struct operand do_multinomial(struct call *call)
{
    struct multinomial multinomial = {.evaluation = call->evaluation, .result = 1};
    struct value error;
    if (!each_number(call, add_group, &multinomial, &error))
        return operand_of(error);
    return multinomial.is_bad ? operand_error(ERROR_NUM) : operand_number(multinomial.result);
}

/* A sum of powers: factors are the last argument. */
static struct operand do_seriessum(struct call *call)
{
    struct walk walk;
    struct sum sum = {0};
    double x = call_number(call, 0), power = call_number(call, 1);
    walk_begin(&walk, call->evaluation, &call->arguments[3], WALK_BY_ROWS);
    for (; walk_next(&walk); power += call_number(call, 2)) {
        if (walk.value.kind != VALUE_NUMBER)
            return walk.value.kind == VALUE_ERROR ? operand_of(walk.value)
                                                  : operand_error(ERROR_VALUE);
        sum_add(&sum, walk.value.number * pow(x, power));
    }
    return operand_number(sum_result(&sum));
}

static double greatest_divisor(double a, double b)
{
    while (b != 0) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

struct divisor {
    bool is_least_multiple, is_bad;
    double result;
    uint64_t count;
};

static void add_divisor(void *context, double number)
{
    struct divisor *divisor = context;
    number = trunc(number);
    divisor->is_bad |= number < 0 || number > 0x1p53;
    if (divisor->is_bad)
        return;
    double common = divisor->count++ ? greatest_divisor(divisor->result, number) : number;
    if (divisor->is_least_multiple && divisor->count > 1)
        common = common == 0 ? 0 : divisor->result / common * number;
    divisor->result = common;
    divisor->is_bad |= common > 0x1p53;
}

static struct operand find_divisor(struct call *call, bool is_least_multiple)
{
    struct divisor divisor = {.is_least_multiple = is_least_multiple};
    struct value error;
    if (!each_number(call, add_divisor, &divisor, &error))
        return operand_of(error);
    return divisor.is_bad ? operand_error(ERROR_NUM) : operand_number(divisor.result);
}

static struct operand do_gcd(struct call *call)
{
    return find_divisor(call, false);
}

static struct operand do_lcm(struct call *call)
{
    return find_divisor(call, true);
}

/* ---- chance -------------------------------------------------------------------------------------
 */

static double random_part(struct call *call)
{
    return (double)(evaluation_random(call->evaluation) >> 11) * 0x1p-53;
}

static struct operand do_rand(struct call *call)
{
    return operand_number(random_part(call));
}

static struct operand do_randbetween(struct call *call)
{
    double low = ceil(call_number(call, 0)), high = floor(call_number(call, 1));
    if (low > high)
        return operand_error(ERROR_NUM);
    double chosen = low + floor(random_part(call) * (high - low + 1));
    return operand_number(fmin(chosen, high));
}

static const struct function functions[] = {
    {"ABS", 1, 1, "n", do_abs, 0, "ABS(number)", "the number without its sign"},
    {"ACOS", 1, 1, "n", do_acos, 0, "ACOS(number)", "the angle with this cosine"},
    {"ACOSH", 1, 1, "n", do_acosh, 0, "ACOSH(number)", "inverse hyperbolic cosine"},
    {"ACOT", 1, 1, "n", do_acot, FUNCTION_IS_LATER, "ACOT(number)",
     "the angle with this cotangent"},
    {"ACOTH", 1, 1, "n", do_acoth, FUNCTION_IS_LATER, "ACOTH(number)",
     "inverse hyperbolic cotangent"},
    {"ASIN", 1, 1, "n", do_asin, 0, "ASIN(number)", "the angle with this sine"},
    {"ASINH", 1, 1, "n", do_asinh, 0, "ASINH(number)", "inverse hyperbolic sine"},
    {"ATAN", 1, 1, "n", do_atan, 0, "ATAN(number)", "the angle with this tangent"},
    {"ATAN2", 2, 2, "nn", do_atan2, 0, "ATAN2(x, y)", "the angle of the line to a point"},
    {"ATANH", 1, 1, "n", do_atanh, 0, "ATANH(number)", "inverse hyperbolic tangent"},
    {"COMBIN", 2, 2, "ii", do_combin, 0, "COMBIN(n, k)", "ways to choose k of n"},
    {"COMBINA", 2, 2, "ii", do_combina, FUNCTION_IS_LATER, "COMBINA(n, k)",
     "ways to choose k of n, each as often as one likes"},
    {"COS", 1, 1, "n", do_cos, 0, "COS(angle)", "cosine of an angle in radians"},
    {"COSH", 1, 1, "n", do_cosh, 0, "COSH(number)", "hyperbolic cosine"},
    {"COT", 1, 1, "n", do_cot, FUNCTION_IS_LATER, "COT(angle)", "cotangent of an angle in radians"},
    {"COTH", 1, 1, "n", do_coth, FUNCTION_IS_LATER, "COTH(number)", "hyperbolic cotangent"},
    {"CSC", 1, 1, "n", do_csc, FUNCTION_IS_LATER, "CSC(angle)", "cosecant of an angle in radians"},
    {"CSCH", 1, 1, "n", do_csch, FUNCTION_IS_LATER, "CSCH(number)", "hyperbolic cosecant"},
    {"DEGREES", 1, 1, "n", do_degrees, 0, "DEGREES(angle)", "an angle of radians in degrees"},
    {"EXP", 1, 1, "n", do_exp, 0, "EXP(number)", "e to a power"},
    {"FACT", 1, 1, "n", do_fact, 0, "FACT(number)",
     "the product of the numbers from 1 to this one"},
    {"FACTDOUBLE", 1, 1, "n", do_factdouble, 0, "FACTDOUBLE(number)",
     "the product of every other number down from this one"},
    {"GCD", 1, 255, "r*", do_gcd, 0, "GCD(number, ...)", "the greatest common divisor"},
    {"LCM", 1, 255, "r*", do_lcm, 0, "LCM(number, ...)", "the least common multiple"},
    {"LN", 1, 1, "n", do_ln, 0, "LN(number)", "natural logarithm"},
    {"LOG", 1, 2, "nn", do_log, 0, "LOG(number, base)", "logarithm, to base 10 unless said"},
    {"LOG10", 1, 1, "n", do_log10, 0, "LOG10(number)", "logarithm to base 10"},
    {"MOD", 2, 2, "nn", do_mod, 0, "MOD(number, divisor)", "what a division leaves over"},
    {"MULTINOMIAL", 1, 255, "r*", do_multinomial, 0, "MULTINOMIAL(number, ...)",
     "ways to part so many into groups"},
    {"PERMUT", 2, 2, "ii", do_permut, 0, "PERMUT(n, k)", "ways to choose k of n in an order"},
    {"PERMUTATIONA", 2, 2, "ii", do_permutationa, FUNCTION_IS_LATER, "PERMUTATIONA(n, k)",
     "the same, each as often as one likes"},
    {"PI", 0, 0, "", do_pi, 0, "PI()", "3.14159265358979"},
    {"POWER", 2, 2, "nn", do_power, 0, "POWER(base, exponent)", "a power, as ^"},
    {"PRODUCT", 1, 255, "r*", do_product, 0, "PRODUCT(number, ...)", "all numbers multiplied"},
    {"QUOTIENT", 2, 2, "nn", do_quotient, 0, "QUOTIENT(number, divisor)",
     "a division without what it leaves over"},
    {"RADIANS", 1, 1, "n", do_radians, 0, "RADIANS(angle)", "an angle of degrees in radians"},
    {"RAND", 0, 0, "", do_rand, FUNCTION_IS_VOLATILE, "RAND()",
     "a random number from 0 to below 1"},
    {"RANDBETWEEN", 2, 2, "nn", do_randbetween, FUNCTION_IS_VOLATILE, "RANDBETWEEN(low, high)",
     "a random whole number"},
    {"SEC", 1, 1, "n", do_sec, FUNCTION_IS_LATER, "SEC(angle)", "secant of an angle in radians"},
    {"SECH", 1, 1, "n", do_sech, FUNCTION_IS_LATER, "SECH(number)", "hyperbolic secant"},
    {"SERIESSUM", 4, 4, "nnnr", do_seriessum, 0, "SERIESSUM(x, power, step, factors)",
     "powers with factors added up"},
    {"SIGN", 1, 1, "n", do_sign, 0, "SIGN(number)", "1, 0 or -1"},
    {"SIN", 1, 1, "n", do_sin, 0, "SIN(angle)", "sine of an angle in radians"},
    {"SINH", 1, 1, "n", do_sinh, 0, "SINH(number)", "hyperbolic sine"},
    {"SQRT", 1, 1, "n", do_sqrt, 0, "SQRT(number)", "square root"},
    {"SQRTPI", 1, 1, "n", do_sqrtpi, 0, "SQRTPI(number)", "square root of the number times pi"},
    {"SUM", 1, 255, "r*", do_sum, 0, "SUM(number, ...)", "all numbers added up"},
    {"SUMPRODUCT", 1, 255, "r*", do_sumproduct, FUNCTION_TAKES_ARRAYS, "SUMPRODUCT(array, ...)",
     "products of what stands in the same place, added up"},
    {"SUMSQ", 1, 255, "r*", do_sumsq, 0, "SUMSQ(number, ...)", "squares added up"},
    {"SUMX2MY2", 2, 2, "rr", do_sumx2my2, FUNCTION_TAKES_ARRAYS, "SUMX2MY2(x, y)",
     "differences of squares added up"},
    {"SUMX2PY2", 2, 2, "rr", do_sumx2py2, FUNCTION_TAKES_ARRAYS, "SUMX2PY2(x, y)",
     "sums of squares added up"},
    {"SUMXMY2", 2, 2, "rr", do_sumxmy2, FUNCTION_TAKES_ARRAYS, "SUMXMY2(x, y)",
     "squares of differences added up"},
    {"TAN", 1, 1, "n", do_tan, 0, "TAN(angle)", "tangent of an angle in radians"},
    {"TANH", 1, 1, "n", do_tanh, 0, "TANH(number)", "hyperbolic tangent"},
};

const struct function_list function_math = {functions, sizeof functions / sizeof *functions};
