/* SPDX-License-Identifier: MIT */
/* exact.c - numbers that read back: see exact.h. */
#include "sheet/book/exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS_SURE = 15,
    DIGITS_ENOUGH = 17,
    DECIMALS_FAST = 9,
    PLAIN_EXPONENT_LEAST = -6,
    PLAIN_EXPONENT_MAX = 14 /* whole numbers of more digits are taken for names of things */
};

/* Digits with a point in front of the last decimals of them; zeros are put in front. */
static size_t print_decimals(uint64_t digits, unsigned decimals, char *text)
{
    char written[VALUE_NUMBER_BYTES], *end = written + sizeof written, *at = end;
    for (unsigned i = 0; i < decimals; i++, digits /= 10)
        *--at = (char)('0' + digits % 10);
    if (decimals)
        *--at = '.';
    do
        *--at = (char)('0' + digits % 10);
    while (digits /= 10);
    memcpy(text, at, (size_t)(end - at));
    return (size_t)(end - at);
}

/* Most numbers have few decimals. A whole number below 2^53 divided by a power of ten up to 10^22
 * is rounded once, as the text of it is when it is read: so if the division gives the number, the
 * text does. With at most 15 digits no shorter one can. A division takes its time; how far the
 * multiplied number is from a whole one says mostly that it is not worth it: two roundings make it
 * differ by less than a part in 2^51. 0: it is no such number. */
static size_t print_fast(double number, char *text)
{
    double power = 10;
    if (number < 1e15 && (double)(int64_t)number == number)
        return print_decimals((uint64_t)number, 0, text);
    for (unsigned decimals = 1; decimals <= DECIMALS_FAST; decimals++, power *= 10) {
        double scaled = number * power;
        if (!(scaled < 1e15))
            return 0;
        double digits = (double)(int64_t)(scaled + 0.5);
        if (fabs(scaled - digits) <= scaled * 0x1p-51 && digits / power == number)
            return print_decimals((uint64_t)digits, decimals, text);
    }
    return 0;
}

/* All digits of "d.dddE+xx" as one number, whatever the point looks like; and the exponent. */
static uint64_t take_apart(const char *text, int *exponent)
{
    uint64_t digits = 0;
    for (; *text && *text != 'E'; text++)
        if (*text >= '0' && *text <= '9')
            digits = digits * 10 + (uint64_t)(*text - '0');
    *exponent = *text ? atoi(text + 1) : 0;
    return digits;
}

static size_t print_digits(double number, int digit_count, char text[VALUE_NUMBER_BYTES])
{
    char written[VALUE_NUMBER_BYTES];
    int exponent;
    (void)snprintf(written, sizeof written, "%.*E", digit_count - 1, number);
    uint64_t digits = take_apart(written, &exponent);
    int decimals = digit_count - 1;
    for (; decimals > 0 && digits % 10 == 0; decimals--)
        digits /= 10;
    if (exponent >= PLAIN_EXPONENT_LEAST && exponent <= PLAIN_EXPONENT_MAX && exponent <= decimals)
        return print_decimals(digits, (unsigned)(decimals - exponent), text);
    size_t length = print_decimals(digits, (unsigned)decimals, text);
    int tail = snprintf(text + length, VALUE_NUMBER_BYTES - length, "E%c%02d",
                        exponent < 0 ? '-' : '+', abs(exponent));
    return length + (tail > 0 ? (size_t)tail : 0);
}

static bool reads_back(const char *text, size_t length, double number)
{
    double read;
    return value_parse_number(text, length, &read) && read == number;
}

size_t exact_print(double number, char text[VALUE_NUMBER_BYTES])
{
    size_t sign = number < 0;
    *text = '-';
    text += sign;
    number = fabs(number);
    size_t length = print_fast(number, text);
    for (int digits = DIGITS_SURE; !length; digits++) {
        size_t tried = print_digits(number, digits, text);
        if (digits == DIGITS_ENOUGH || reads_back(text, tried, number))
            length = tried;
    }
    text[length] = '\0';
    return sign + length;
}
