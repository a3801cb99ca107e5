/* SPDX-License-Identifier: MIT */
/*
 * function_complex.c - complex numbers, which are texts: "3+4i", "-j", "2.5".
 *
 * A text that is no such number is #NUM!, a truth #VALUE!, and so are 'i' and 'j' in one formula.
 * What is empty is 0. Parts are written with 15 digits.
 */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "sheet/book/function.h"

typedef double complex number;

/* Not real + imaginary * I, which makes NaN of what is infinite; CMPLX is not everywhere. A complex
 * number lies in memory as its two parts. */
static number number_of(double real, double imaginary)
{
    double parts[2] = {real, imaginary};
    number result;
    memcpy(&result, parts, sizeof result);
    return result;
}

/* Of the letter: '\0' when there was none. */
struct read {
    number value;
    char letter;
    struct value error;
};

/* "+4", "-", "" in front of the letter. */
static bool read_factor(const char *text, size_t text_bytes, double *factor)
{
    bool has_digits = text_bytes && ((text[text_bytes - 1] >= '0' && text[text_bytes - 1] <= '9') ||
                                     text[text_bytes - 1] == '.');
    if (has_digits)
        return value_parse_number(text, text_bytes, factor);
    *factor = text_bytes && text[0] == '-' ? -1 : 1;
    return text_bytes == 0 || (text_bytes == 1 && (text[0] == '-' || text[0] == '+'));
}

/* Where the imaginary part begins: at the last sign that is no exponent's. */
static size_t imaginary_start(const char *text, size_t text_bytes)
{
    for (size_t i = text_bytes; i-- > 1;)
        if ((text[i] == '+' || text[i] == '-') && text[i - 1] != 'E' && text[i - 1] != 'e')
            return i;
    return 0;
}

static bool read_text(const char *text, size_t text_bytes, struct read *read)
{
    double real = 0, imaginary;
    char last = text_bytes ? text[text_bytes - 1] : '\0';
    if (memchr(text, ' ', text_bytes))
        return false;
    if (last != 'i' && last != 'j') {
        read->value = 0;
        if (text_bytes == 0 || !value_parse_number(text, text_bytes, &real))
            return false;
        read->value = real;
        return true;
    }
    read->letter = last;
    size_t start = imaginary_start(text, text_bytes - 1);
    if (!read_factor(text + start, text_bytes - 1 - start, &imaginary) ||
        (start && !value_parse_number(text, start, &real)))
        return false;
    read->value = number_of(real, imaginary);
    return true;
}

static bool read_value(struct value value, struct read *read)
{
    read->letter = '\0';
    read->value = 0;
    read->error = value;
    switch (value.kind) {
    case VALUE_BLANK:
        return true;
    case VALUE_NUMBER:
        read->value = value.number;
        return true;
    case VALUE_TEXT:
        read->error = value_error(ERROR_NUM);
        return read_text(value.text, value.text_bytes, read);
    case VALUE_BOOLEAN:
        read->error = value_error(ERROR_VALUE);
        return false;
    case VALUE_ERROR:
        break;
    }
    return false;
}

static bool read_argument(const struct call *call, unsigned i, struct read *read)
{
    const struct operand *argument = &call->arguments[i];
    return read_value(argument->kind == OPERAND_MISSING ? value_blank() : argument->value, read);
}

/* Both with one letter, or one of them without. */
static bool join_letters(struct read *read, const struct read *other)
{
    if (read->letter && other->letter && read->letter != other->letter) {
        read->error = value_error(ERROR_VALUE);
        return false;
    }
    read->letter = other->letter ? other->letter : read->letter;
    return true;
}

static struct operand write_number(struct call *call, number value, char letter)
{
    char text[2 * VALUE_NUMBER_BYTES + 4], part[VALUE_NUMBER_BYTES];
    size_t length = 0;
    double real = creal(value), imaginary = cimag(value);
    if (!isfinite(real) || !isfinite(imaginary))
        return operand_error(ERROR_NUM);
    if (real != 0 || imaginary == 0)
        length = value_print_number(real == 0 ? 0 : real, text);
    if (imaginary != 0) {
        if (length && imaginary > 0)
            text[length++] = '+';
        if (imaginary == -1)
            text[length++] = '-';
        size_t part_bytes = fabs(imaginary) == 1 ? 0 : value_print_number(imaginary, part);
        memcpy(text + length, part, part_bytes);
        length += part_bytes;
        text[length++] = letter ? letter : 'i';
    }
    return operand_of(evaluation_text(call->evaluation, text, length));
}

static struct operand do_complex(struct call *call)
{
    struct value letter = value_text("i", 1);
    if (call_has(call, 2))
        letter = call->arguments[2].value;
    bool is_good = letter.text_bytes == 0 ||
                   (letter.text_bytes == 1 && (letter.text[0] == 'i' || letter.text[0] == 'j'));
    if (!is_good)
        return operand_error(ERROR_VALUE);
    return write_number(call, number_of(call_number(call, 0), call_number(call, 1)),
                        letter.text_bytes ? letter.text[0] : 'i');
}

/* ---- of one number ------------------------------------------------------------------------------
 */

#define TELLS(name, expression)                                                                    \
    static struct operand name(struct call *call)                                                  \
    {                                                                                              \
        struct read read;                                                                          \
        if (!read_argument(call, 0, &read))                                                        \
            return operand_of(read.error);                                                         \
        number z = read.value;                                                                     \
        return operand_number(expression);                                                         \
    }

TELLS(do_imabs, cabs(z))
TELLS(do_imaginary, cimag(z))
TELLS(do_imreal, creal(z))

static struct operand do_imargument(struct call *call)
{
    struct read read;
    if (!read_argument(call, 0, &read))
        return operand_of(read.error);
    return read.value == 0 ? operand_error(ERROR_DIV0) : operand_number(carg(read.value));
}

/* cos(z)/sin(z) would lose what is small beside the other part; and near 0 the difference of cosh
 * and cos would lose all of it, so that it is written as squares there. */
static number cotangent(number z)
{
    double x = 2 * creal(z), y = 2 * cimag(z);
    double divisor =
        cabs(z) < 0.5 ? 2 * (pow(sinh(y / 2), 2) + pow(sin(x / 2), 2)) : cosh(y) - cos(x);
    return isinf(divisor) ? number_of(0, y > 0 ? -1 : 1)
                          : number_of(sin(x) / divisor, -sinh(y) / divisor);
}

/* #NUM! where it is not defined. */
#define GIVES(name, is_defined, expression)                                                        \
    static struct operand name(struct call *call)                                                  \
    {                                                                                              \
        struct read read;                                                                          \
        if (!read_argument(call, 0, &read))                                                        \
            return operand_of(read.error);                                                         \
        number z = read.value;                                                                     \
        return is_defined ? write_number(call, expression, read.letter)                            \
                          : operand_error(ERROR_NUM);                                              \
    }

GIVES(do_imconjugate, true, conj(z))
GIVES(do_imcos, true, ccos(z))
GIVES(do_imcosh, true, ccosh(z))
GIVES(do_imcot, (z != 0), cotangent(z))
GIVES(do_imcsc, (z != 0), 1 / csin(z))
GIVES(do_imcsch, (z != 0), 1 / csinh(z))
GIVES(do_imexp, true, cexp(z))
GIVES(do_imln, (z != 0), clog(z))
GIVES(do_imlog10, (z != 0), clog(z) / M_LN10)
GIVES(do_imlog2, (z != 0), clog(z) / M_LN2)
GIVES(do_imsec, true, 1 / ccos(z))
GIVES(do_imsech, true, 1 / ccosh(z))
GIVES(do_imsin, true, csin(z))
GIVES(do_imsinh, true, csinh(z))
GIVES(do_imsqrt, true, csqrt(z))
GIVES(do_imtan, true, ctan(z))

/* By size and angle; of whole exponents by multiplying, so that (1+i)^2 is 2i. */
static number power_of(number base, double exponent)
{
    enum { MULTIPLIED_MAX = 64 };
    number result = 1;
    if (exponent != floor(exponent) || fabs(exponent) > MULTIPLIED_MAX)
        return pow(cabs(base), exponent) * cexp(I * exponent * carg(base));
    for (double i = 0; i < fabs(exponent); i++)
        result *= base;
    return exponent < 0 ? 1 / result : result;
}

static struct operand do_impower(struct call *call)
{
    struct read read;
    double exponent = call_number(call, 1);
    if (!read_argument(call, 0, &read))
        return operand_of(read.error);
    if (read.value == 0 && exponent <= 0)
        return operand_error(ERROR_NUM);
    return write_number(call, power_of(read.value, exponent), read.letter);
}

/* ---- of several ---------------------------------------------------------------------------------
 */

static struct operand combine_two(struct call *call, bool is_quotient)
{
    struct read a, b;
    if (!read_argument(call, 0, &a))
        return operand_of(a.error);
    if (!read_argument(call, 1, &b))
        return operand_of(b.error);
    if (!join_letters(&a, &b))
        return operand_of(a.error);
    if (is_quotient && b.value == 0)
        return operand_error(ERROR_NUM);
    return write_number(call, is_quotient ? a.value / b.value : a.value - b.value, a.letter);
}

static struct operand do_imdiv(struct call *call)
{
    return combine_two(call, true);
}

static struct operand do_imsub(struct call *call)
{
    return combine_two(call, false);
}

static struct operand combine_all(struct call *call, bool is_product)
{
    struct read all = {.value = is_product}, read;
    struct walk walk;
    for (unsigned i = 0; i < call->argument_count; i++) {
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_BY_ROWS);
        while (walk_next(&walk)) {
            if (!read_value(walk.value, &read))
                return operand_of(read.error);
            if (!join_letters(&all, &read))
                return operand_of(all.error);
            all.value = is_product ? all.value * read.value : all.value + read.value;
        }
    }
    return write_number(call, all.value, all.letter);
}

static struct operand do_improduct(struct call *call)
{
    return combine_all(call, true);
}

static struct operand do_imsum(struct call *call)
{
    return combine_all(call, false);
}

static const struct function functions[] = {
    {"COMPLEX", 2, 3, "nnt", do_complex, 0, "COMPLEX(real, imaginary, letter)",
     "a complex number as text"},
    {"IMABS", 1, 1, "v", do_imabs, 0, "IMABS(z)", "how far from 0"},
    {"IMAGINARY", 1, 1, "v", do_imaginary, 0, "IMAGINARY(z)", "the imaginary part"},
    {"IMARGUMENT", 1, 1, "v", do_imargument, 0, "IMARGUMENT(z)", "the angle"},
    {"IMCONJUGATE", 1, 1, "v", do_imconjugate, 0, "IMCONJUGATE(z)",
     "the imaginary part the other way"},
    {"IMCOS", 1, 1, "v", do_imcos, 0, "IMCOS(z)", "cosine of a complex number"},
    {"IMCOSH", 1, 1, "v", do_imcosh, FUNCTION_IS_LATER, "IMCOSH(z)",
     "hyperbolic cosine of a complex number"},
    {"IMCOT", 1, 1, "v", do_imcot, FUNCTION_IS_LATER, "IMCOT(z)", "cotangent of a complex number"},
    {"IMCSC", 1, 1, "v", do_imcsc, FUNCTION_IS_LATER, "IMCSC(z)", "cosecant of a complex number"},
    {"IMCSCH", 1, 1, "v", do_imcsch, FUNCTION_IS_LATER, "IMCSCH(z)",
     "hyperbolic cosecant of a complex number"},
    {"IMDIV", 2, 2, "vv", do_imdiv, 0, "IMDIV(z, divisor)", "a quotient of complex numbers"},
    {"IMEXP", 1, 1, "v", do_imexp, 0, "IMEXP(z)", "e to a complex power"},
    {"IMLN", 1, 1, "v", do_imln, 0, "IMLN(z)", "natural logarithm of a complex number"},
    {"IMLOG10", 1, 1, "v", do_imlog10, 0, "IMLOG10(z)", "its logarithm to base 10"},
    {"IMLOG2", 1, 1, "v", do_imlog2, 0, "IMLOG2(z)", "its logarithm to base 2"},
    {"IMPOWER", 2, 2, "vn", do_impower, 0, "IMPOWER(z, exponent)", "a complex number to a power"},
    {"IMPRODUCT", 1, 255, "r*", do_improduct, 0, "IMPRODUCT(z, ...)", "complex numbers multiplied"},
    {"IMREAL", 1, 1, "v", do_imreal, 0, "IMREAL(z)", "the real part"},
    {"IMSEC", 1, 1, "v", do_imsec, FUNCTION_IS_LATER, "IMSEC(z)", "secant of a complex number"},
    {"IMSECH", 1, 1, "v", do_imsech, FUNCTION_IS_LATER, "IMSECH(z)",
     "hyperbolic secant of a complex number"},
    {"IMSIN", 1, 1, "v", do_imsin, 0, "IMSIN(z)", "sine of a complex number"},
    {"IMSINH", 1, 1, "v", do_imsinh, FUNCTION_IS_LATER, "IMSINH(z)",
     "hyperbolic sine of a complex number"},
    {"IMSQRT", 1, 1, "v", do_imsqrt, 0, "IMSQRT(z)", "square root of a complex number"},
    {"IMSUB", 2, 2, "vv", do_imsub, 0, "IMSUB(z, other)", "a difference of complex numbers"},
    {"IMSUM", 1, 255, "r*", do_imsum, 0, "IMSUM(z, ...)", "complex numbers added up"},
    {"IMTAN", 1, 1, "v", do_imtan, FUNCTION_IS_LATER, "IMTAN(z)", "tangent of a complex number"},
};

const struct function_list function_complex = {functions, sizeof functions / sizeof *functions};
