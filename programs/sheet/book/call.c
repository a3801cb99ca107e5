/* SPDX-License-Identifier: MIT */
/* call.c - calling functions: arguments as function.h says, and element by element for arrays. */
#include "sheet/book/call.h"

#include "sheet/book/evaluation.h"
#include "sheet/book/jump.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static struct value convert(struct value value, char letter, struct evaluation *evaluation)
{
    switch (letter) {
    case 'n':
        return evaluation_number(evaluation, value);
    case 'i':
        value = evaluation_number(evaluation, value);
        if (value.kind == VALUE_NUMBER)
            value.number = __builtin_trunc(value.number);
        return value;
    case 't':
        if (value.kind != VALUE_TEXT && value.kind != VALUE_ERROR) {
            char buffer[VALUE_NUMBER_BYTES];
            value = value_to_text(value, buffer);
            return value.kind == VALUE_TEXT
                       ? evaluation_text(evaluation, value.text, value.text_bytes)
                       : value;
        }
        return value;
    case 'b':
        return value_to_boolean(value);
    default:
        return value;
    }
}

/* false: the call's result is the error that *operand has become. */
static bool convert_argument(struct evaluation *evaluation, struct operand *operand, char letter)
{
    if (letter == 'r')
        return true;
    if (operand->kind == OPERAND_MISSING && (letter == 'v' || letter == 'e'))
        return true;
    struct value value = convert(operand_value(evaluation, operand), letter, evaluation);
    *operand = operand_of(value);
    return value.kind != VALUE_ERROR || letter == 'e';
}

static bool convert_arguments(struct evaluation *evaluation, const struct function *function,
                              struct operand *arguments, uint32_t count, uint32_t *failed)
{
    bool is_good = true;
    for (uint32_t i = 0; i < count; i++)
        if (!convert_argument(evaluation, &arguments[i], function_letter(function, i)) && is_good) {
            /* The others are looked at all the same: what they need is found now. */
            *failed = i;
            is_good = false;
        }
    return is_good;
}

static struct operand call_once(struct evaluation *evaluation, const struct function *function,
                                struct operand *arguments, uint32_t count)
{
    uint32_t failed = 0; /* gcc does not see that it is set */
    if (!convert_arguments(evaluation, function, arguments, count, &failed))
        return arguments[failed];
    if (evaluation_has_needs(evaluation) || evaluation->end != END_NONE)
        return operand_of(value_blank());
    struct call call = {.evaluation = evaluation, .arguments = arguments, .argument_count = count};
    return function->body(&call);
}

/* Arguments that are to be taken element by element become arrays. */
static bool spread(struct evaluation *evaluation, const struct function *function,
                   struct operand *arguments, uint32_t count, uint32_t *rows, uint32_t *columns)
{
    bool is_spread = false;
    *rows = *columns = 1;
    for (uint32_t i = 0; i < count; i++) {
        if (function_letter(function, i) == 'r' ||
            !operand_is_many(&arguments[i], evaluation->in_array))
            continue;
        arguments[i] = operand_to_array(evaluation, &arguments[i]);
        *rows = larger(*rows, arguments[i].rows);
        *columns = larger(*columns, arguments[i].columns);
        is_spread |= arguments[i].kind == OPERAND_ARRAY;
    }
    return is_spread;
}

static void choose_element(struct operand *element, const struct operand *arguments,
                           const struct function *function, uint32_t count, uint32_t row,
                           uint32_t column)
{
    for (uint32_t i = 0; i < count; i++)
        element[i] = arguments[i].kind == OPERAND_ARRAY && function_letter(function, i) != 'r'
                         ? operand_of(operand_element(&arguments[i], row, column))
                         : arguments[i];
}

static struct operand call_many(struct evaluation *evaluation, const struct function *function,
                                const struct operand *arguments, uint32_t count, uint32_t rows,
                                uint32_t columns)
{
    struct operand element[FORMULA_ARGUMENTS_MAX];
    uint32_t stored_rows = 0;
    for (uint32_t i = 0; i < count; i++)
        if (function_letter(function, i) != 'r')
            stored_rows = operand_stored_rows(&arguments[i], rows, stored_rows);
    struct operand result = operand_of_long_array(evaluation, rows, columns, stored_rows);
    if (result.kind != OPERAND_ARRAY)
        return result;
    for (uint32_t row = 0; row < operand_kept_rows(&result); row++)
        for (uint32_t column = 0; column < columns; column++) {
            if (evaluation_is_stopped(evaluation, 1) || evaluation_has_needs(evaluation))
                return result;
            choose_element(element, arguments, function, count, row, column);
            struct operand one = call_once(evaluation, function, element, count);
            result.array[(size_t)row * columns + column] = operand_value(evaluation, &one);
        }
    return result;
}

void call_do(struct evaluation *evaluation, const struct token *token, uint32_t at)
{
    const struct function *function = function_of(token->function);
    uint32_t count = token->count, rows, columns;
    struct operand *arguments = count ? evaluation_operands(evaluation, count) : evaluation->stack;
    jump_end(evaluation, at);
    if (!function || !arguments || count > FORMULA_ARGUMENTS_MAX) {
        evaluation_end_for(evaluation, END_TOO_LARGE);
        return;
    }
    struct operand result = spread(evaluation, function, arguments, count, &rows, &columns)
                                ? call_many(evaluation, function, arguments, count, rows, columns)
                                : call_once(evaluation, function, arguments, count);
    evaluation_replace(evaluation, count, result);
}

void call_do_unknown(struct evaluation *evaluation, const struct token *token)
{
    if (token->count && !evaluation_operands(evaluation, token->count))
        return;
    evaluation_replace(evaluation, token->count, operand_error(ERROR_NAME));
}
