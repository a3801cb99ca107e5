/* SPDX-License-Identifier: MIT */
/* exact.c - numbers that read back: see exact.h. */
#include "sheet/exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DIGITS_SURE = 15,
    DIGITS_ENOUGH = 17,
    DECIMALS_FAST = 9,
    PLAIN_EXPONENT_LEAST = -6,
    PLAIN_EXPONENT_MAX = 14 /* whole numbers of more digits are taken for names of things */
};

static size_t print_whole(uint64_t number, char *text)
{
    char reversed[VALUE_NUMBER_BYTES];
    size_t count = 0, length = 0;
    do
        reversed[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        text[length++] = reversed[--count];
    return length;
}

/* Digits with a point in front of the last decimals of them; zeros are put in front. */
static size_t print_decimals(uint64_t digits, unsigned decimals, char *text)
{
    char whole[VALUE_NUMBER_BYTES];
    size_t count = print_whole(digits, whole), length = 0;
    for (size_t i = count > decimals ? count : decimals + 1; i > 0; i--) {
        if (i == decimals)
            text[length++] = '.';
        text[length++] = i > count ? '0' : whole[count - i];
    }
    return length;
}

/* Most numbers have few decimals. A whole number below 2^53 divided by a power of ten up to 10^22
 * is rounded once, as the text of it is when it is read: so if the division gives the number, the
 * text does. With at most 15 digits no shorter one can. 0: it is no such number. */
static size_t print_fast(double number, char *text)
{
    double power = 1;
    for (unsigned decimals = 0; decimals <= DECIMALS_FAST; decimals++, power *= 10) {
        double digits = rint(number * power);
        if (digits >= 1e15)
            return 0;
        if (digits / power == number)
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
