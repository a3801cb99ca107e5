/* SPDX-License-Identifier: MIT */
/*
 * function_notation.c - numbers written otherwise: to other bases, in Roman letters.
 *
 * Binary, octal and hexadecimal numbers of BIN2DEC and its like have at most ten digits, of which
 * the first bit is the sign: FFFFFFFFFF is -1.
 */
#include <math.h>
#include <string.h>

#include "sheet/book/function.h"

enum { DIGITS_MAX = 10, BASE_MAX = 36, LENGTH_MAX = 255, ROMAN_MAX = 3999, NUMBER_BYTES = 320 };

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* -1: none. */
static int digit_of(char c, int base)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - ('a' - 'A'));
    const char *found = c ? strchr(digits, c) : NULL;
    return found && found - digits < base ? (int)(found - digits) : -1;
}

static struct operand text_result(struct call *call, const char *text, size_t text_bytes)
{
    return operand_of(evaluation_text(call->evaluation, text, text_bytes));
}

/* ---- BIN2DEC and its like -----------------------------------------------------------------------
 *
 * A notation is told by how many bits a digit has: 1, 3 or 4; 0 is decimal.
 */

static int64_t limit_of(int bits)
{
    return INT64_C(1) << (bits * DIGITS_MAX - 1);
}

/* A truth is no number here. */
static bool read_decimal(const struct call *call, int64_t *number, struct value *error)
{
    struct value value = call->arguments[0].value;
    *error = value_error(ERROR_VALUE);
    if (call->arguments[0].kind == OPERAND_MISSING)
        value = value_number(0);
    if (value.kind == VALUE_BOOLEAN)
        return false;
    value = evaluation_number(call->evaluation, value);
    if (value.kind == VALUE_ERROR)
        return false;
    *error = value_error(ERROR_NUM);
    *number = fabs(value.number) < 0x1p52 ? (int64_t)value.number : 0;
    return fabs(value.number) < 0x1p52;
}

static bool read_digits(const struct call *call, int bits, int64_t *number, struct value *error)
{
    char buffer[VALUE_NUMBER_BYTES];
    struct value text = call->arguments[0].value;
    *error = value_error(ERROR_VALUE);
    *number = 0;
    if (call->arguments[0].kind == OPERAND_MISSING || text.kind == VALUE_BLANK)
        return true;
    if (text.kind == VALUE_BOOLEAN)
        return false;
    text = value_to_text(text, buffer);
    *error = value_error(ERROR_NUM);
    if (text.text_bytes > DIGITS_MAX)
        return false;
    for (uint32_t i = 0; i < text.text_bytes; i++) {
        int digit = digit_of(text.text[i], 1 << bits);
        if (digit < 0)
            return false;
        *number = *number << bits | digit;
    }
    if (*number >= limit_of(bits))
        *number -= 2 * limit_of(bits);
    return true;
}

static struct operand write_digits(struct call *call, int64_t number, int bits)
{
    char text[DIGITS_MAX];
    size_t first = DIGITS_MAX, least = 1;
    int64_t places;
    if (number < -limit_of(bits) || number >= limit_of(bits))
        return operand_error(ERROR_NUM);
    if (call_has(call, 1)) {
        struct value wanted = evaluation_number(call->evaluation, call->arguments[1].value);
        if (wanted.kind == VALUE_ERROR)
            return operand_of(wanted);
        places = fabs(wanted.number) < 100 ? (int64_t)wanted.number : 0;
        if (places < 1 || places > DIGITS_MAX)
            return operand_error(ERROR_NUM);
        least = number < 0 ? DIGITS_MAX : (size_t)places;
    }
    if (number < 0)
        number += 2 * limit_of(bits);
    for (; number || DIGITS_MAX - first < least; number >>= bits) {
        if (call_has(call, 1) && DIGITS_MAX - first == least)
            return operand_error(ERROR_NUM); /* it has more digits than that */
        text[--first] = digits[number & ((1 << bits) - 1)];
    }
    return text_result(call, text + first, DIGITS_MAX - first);
}

static struct operand convert(struct call *call, int from, int to)
{
    int64_t number;
    struct value error;
    bool is_read =
        from ? read_digits(call, from, &number, &error) : read_decimal(call, &number, &error);
    if (!is_read)
        return operand_of(error);
    return to ? write_digits(call, number, to) : operand_number((double)number);
}

#define CONVERSION(name, from, to)                                                                 \
    static struct operand name(struct call *call)                                                  \
    {                                                                                              \
        return convert(call, from, to);                                                            \
    }

CONVERSION(do_bin2dec, 1, 0)
CONVERSION(do_bin2hex, 1, 4)
CONVERSION(do_bin2oct, 1, 3)
CONVERSION(do_dec2bin, 0, 1)
CONVERSION(do_dec2hex, 0, 4)
CONVERSION(do_dec2oct, 0, 3)
CONVERSION(do_hex2bin, 4, 1)
CONVERSION(do_hex2dec, 4, 0)
CONVERSION(do_hex2oct, 4, 3)
CONVERSION(do_oct2bin, 3, 1)
CONVERSION(do_oct2dec, 3, 0)
CONVERSION(do_oct2hex, 3, 4)

/* ---- any base -----------------------------------------------------------------------------------
 */

static struct operand do_base(struct call *call)
{
    char text[NUMBER_BYTES];
    size_t first = sizeof text;
    int64_t base, length = 0;
    double number = call_number(call, 0);
    bool is_good = number >= 0 && number < 0x1p53 && call_whole(call, 1, 2, BASE_MAX, &base) &&
                   (!call_has(call, 2) || call_whole(call, 2, 0, LENGTH_MAX, &length));
    if (!is_good)
        return operand_error(ERROR_NUM);
    for (int64_t left = (int64_t)number; left || first == sizeof text; left /= base)
        text[--first] = digits[left % base];
    while (sizeof text - first < (size_t)length)
        text[--first] = '0';
    return text_result(call, text + first, sizeof text - first);
}

static struct operand do_decimal(struct call *call)
{
    struct value text = call->arguments[0].value;
    int64_t base;
    double number = 0;
    if (!call_whole(call, 1, 2, BASE_MAX, &base))
        return operand_error(ERROR_NUM);
    if (text.text_bytes > LENGTH_MAX)
        return operand_error(ERROR_VALUE);
    for (uint32_t i = 0; i < text.text_bytes; i++) {
        int digit = digit_of(text.text[i], (int)base);
        if (digit < 0)
            return operand_error(ERROR_NUM);
        number = number * (double)base + digit;
    }
    return operand_number(number);
}

/* ---- Roman --------------------------------------------------------------------------------------
 */

static const struct {
    char letter;
    int worth;
} letters[] = {{'M', 1000}, {'D', 500}, {'C', 100}, {'L', 50}, {'X', 10}, {'V', 5}, {'I', 1}};

enum { LETTER_COUNT = 7 };

/* Fours and nines are one letter taken off another. Each form above 0 lets the one taken off be
 * smaller by a letter more, where what is left is enough: 999 is CMXCIX, LMVLIV, XMIX, VMIV, IM. */
static size_t write_four_or_nine(char *text, int *number, int at, int larger, int64_t form)
{
    int smaller = at;
    for (int64_t step = 0; step < form && smaller + 1 < LETTER_COUNT; step++) {
        if (letters[larger].worth - letters[smaller + 1].worth > *number)
            break;
        smaller++;
    }
    text[0] = letters[smaller].letter;
    text[1] = letters[larger].letter;
    *number -= letters[larger].worth - letters[smaller].worth;
    return 2;
}

static struct operand do_roman(struct call *call)
{
    char text[64];
    size_t length = 0;
    int64_t whole, form = 0;
    struct value wanted = call_has(call, 1) ? call->arguments[1].value : value_number(0);
    if (wanted.kind == VALUE_BOOLEAN)
        wanted = value_number(wanted.boolean ? 0 : 4);
    wanted = evaluation_number(call->evaluation, wanted);
    if (wanted.kind == VALUE_ERROR)
        return operand_of(wanted);
    if (!call_whole(call, 0, 0, ROMAN_MAX, &whole) || !(wanted.number >= 0 && wanted.number < 5))
        return operand_error(ERROR_VALUE);
    form = (int64_t)wanted.number;
    int number = (int)whole;
    /* By tens: letters for 1000, 100, 10, 1, and those for the fives before them. */
    for (int at = 0; at < LETTER_COUNT; at += 2) {
        int count = number / letters[at].worth;
        if (count % 5 == 4) {
            length +=
                write_four_or_nine(text + length, &number, at, count == 4 ? at - 1 : at - 2, form);
            count = number / letters[at].worth;
        }
        if (count > 4)
            text[length++] = letters[at - 1].letter;
        for (int i = 0; i < count % 5; i++)
            text[length++] = letters[at].letter;
        number %= letters[at].worth;
    }
    return text_result(call, text, length);
}

static int worth_of(char c)
{
    for (int i = 0; i < LETTER_COUNT; i++)
        if (letters[i].letter == c || letters[i].letter + ('a' - 'A') == c)
            return letters[i].worth;
    return 0;
}

/* A letter in front of a larger one is taken off. */
static struct operand do_arabic(struct call *call)
{
    struct value text = call->arguments[0].value;
    int64_t number = 0;
    if (text.text_bytes > LENGTH_MAX)
        return operand_error(ERROR_VALUE);
    while (text.text_bytes && text.text[text.text_bytes - 1] == ' ')
        text.text_bytes--;
    uint32_t at = 0;
    while (at < text.text_bytes && text.text[at] == ' ')
        at++;
    bool is_negative = at < text.text_bytes && text.text[at] == '-';
    for (at += is_negative; at < text.text_bytes; at++) {
        int worth = worth_of(text.text[at]);
        int next = at + 1 < text.text_bytes ? worth_of(text.text[at + 1]) : 0;
        if (!worth)
            return operand_error(ERROR_VALUE);
        number += worth < next ? -worth : worth;
    }
    return operand_number((double)(is_negative ? -number : number));
}

static const struct function functions[] = {
    {"ARABIC", 1, 1, "t", do_arabic, FUNCTION_IS_LATER, "ARABIC(text)",
     "the number that Roman letters say"},
    {"BASE", 2, 3, "nii", do_base, FUNCTION_IS_LATER, "BASE(number, base, length)",
     "a number written to a base"},
    {"BIN2DEC", 1, 1, "v", do_bin2dec, 0, "BIN2DEC(binary)", "a binary number as a number"},
    {"BIN2HEX", 1, 2, "vv", do_bin2hex, 0, "BIN2HEX(binary, places)", "binary to hexadecimal"},
    {"BIN2OCT", 1, 2, "vv", do_bin2oct, 0, "BIN2OCT(binary, places)", "binary to octal"},
    {"DEC2BIN", 1, 2, "vv", do_dec2bin, 0, "DEC2BIN(number, places)", "a number in binary"},
    {"DEC2HEX", 1, 2, "vv", do_dec2hex, 0, "DEC2HEX(number, places)", "a number in hexadecimal"},
    {"DEC2OCT", 1, 2, "vv", do_dec2oct, 0, "DEC2OCT(number, places)", "a number in octal"},
    {"DECIMAL", 2, 2, "ti", do_decimal, FUNCTION_IS_LATER, "DECIMAL(text, base)",
     "the number that a text to a base says"},
    {"HEX2BIN", 1, 2, "vv", do_hex2bin, 0, "HEX2BIN(hexadecimal, places)", "hexadecimal to binary"},
    {"HEX2DEC", 1, 1, "v", do_hex2dec, 0, "HEX2DEC(hexadecimal)",
     "a hexadecimal number as a number"},
    {"HEX2OCT", 1, 2, "vv", do_hex2oct, 0, "HEX2OCT(hexadecimal, places)", "hexadecimal to octal"},
    {"OCT2BIN", 1, 2, "vv", do_oct2bin, 0, "OCT2BIN(octal, places)", "octal to binary"},
    {"OCT2DEC", 1, 1, "v", do_oct2dec, 0, "OCT2DEC(octal)", "an octal number as a number"},
    {"OCT2HEX", 1, 2, "vv", do_oct2hex, 0, "OCT2HEX(octal, places)", "octal to hexadecimal"},
    {"ROMAN", 1, 2, "iv", do_roman, 0, "ROMAN(number, form)", "a number in Roman letters"},
};

const struct function_list function_notation = {functions, sizeof functions / sizeof *functions};
