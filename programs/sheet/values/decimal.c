/* SPDX-License-Identifier: MIT */
/* decimal.c - see decimal.h. */
#include "sheet/values/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sheet/values/value.h"

static void trim(struct decimal *decimal)
{
    while (decimal->count && decimal->digits[decimal->count - 1] == '0')
        decimal->count--;
    if (!decimal->count)
        decimal->point = 0;
}

struct decimal decimal_of(double number)
{
    char text[VALUE_NUMBER_BYTES];
    struct decimal decimal = {.count = DECIMAL_DIGITS};
    (void)snprintf(text, sizeof text, "%.*e", DECIMAL_DIGITS - 1, fabs(number)); /* fits always */
    decimal.digits[0] = text[0];
    memcpy(decimal.digits + 1, text + 2, DECIMAL_DIGITS - 1);
    /* The exponent by hand: "e+05". */
    const char *at = text + DECIMAL_DIGITS + 1;
    int exponent = 0;
    for (const char *digit = at + 2; *digit; digit++)
        exponent = exponent * 10 + (*digit - '0');
    decimal.point = (at[1] == '-' ? -exponent : exponent) + 1;
    trim(&decimal);
    return decimal;
}

void decimal_scale(struct decimal *decimal, int powers)
{
    if (decimal->count)
        decimal->point += powers;
}

void decimal_round(struct decimal *decimal, int places)
{
    int keep = decimal->point + places;
    if (keep >= decimal->count)
        return;
    bool is_up = keep >= 0 && decimal->digits[keep] >= '5';
    decimal->count = keep > 0 ? keep : 0;
    while (is_up && decimal->count && decimal->digits[decimal->count - 1] == '9')
        decimal->count--;
    if (is_up && decimal->count) {
        decimal->digits[decimal->count - 1]++;
    } else if (is_up) {
        decimal->digits[decimal->count++] = '1';
        decimal->point = (keep > 0 ? decimal->point : -places) + 1;
    }
    trim(decimal);
}

char decimal_digit(const struct decimal *decimal, int place)
{
    int index = decimal->point - 1 - place;
    return index >= 0 && index < decimal->count ? decimal->digits[index] : '0';
}
