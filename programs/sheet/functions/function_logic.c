/* SPDX-License-Identifier: MIT */
/*
 * function_logic.c - IF and the like, AND and the like.
 *
 * IF, IFERROR and IFNA are called only for arrays, and when an error is to be replaced: else jumps
 * pass over the call (evaluate.c). They join what they are given element by element.
 */
#include "sheet/book/evaluation.h"
#include "sheet/book/operator.h"

/* ---- IF, IFERROR, IFNA --------------------------------------------------------------------------
 */

/* Cells are read; one cell is a value, an area an array. What was left out is 0. */
static struct operand settle(struct call *call, unsigned i)
{
    if (!call_has(call, i))
        return operand_number(0);
    const struct operand *argument = &call->arguments[i];
    if (operand_is_many(argument, true))
        return operand_to_array(call->evaluation, argument);
    return operand_of(operand_value(call->evaluation, argument));
}

struct choices {
    struct operand decides, first, second;
};
typedef const struct operand *chooser(const struct choices *choices, struct value *decisive,
                                      enum value_error only);

static uint32_t largest(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t ab = a > b ? a : b;
    return ab > c ? ab : c;
}

/* An empty cell chosen is a 0 by then. */
static struct value chosen_value(const struct operand *operand, uint32_t row, uint32_t column)
{
    struct value value = operand_element(operand, row, column);
    return value.kind == VALUE_BLANK ? value_number(0) : value;
}

static struct operand join(struct call *call, const struct choices *choices, chooser *choose,
                           enum value_error only)
{
    const struct operand *a = &choices->decides, *b = &choices->first, *c = &choices->second;
    uint32_t rows = largest(a->rows, b->rows, c->rows);
    uint32_t stored_rows =
        operand_stored_rows(c, rows, operand_stored_rows(b, rows, operand_stored_rows(a, rows, 0)));
    struct operand result = operand_of_long_array(
        call->evaluation, rows, largest(a->columns, b->columns, c->columns), stored_rows);
    if (result.kind != OPERAND_ARRAY)
        return result;
    struct value *value = result.array;
    for (uint32_t row = 0; row < operand_kept_rows(&result); row++) {
        if (evaluation_is_stopped(call->evaluation, result.columns))
            break;
        for (uint32_t column = 0; column < result.columns; column++) {
            struct value decisive = operand_element(a, row, column);
            const struct operand *chosen = choose(choices, &decisive, only);
            *value++ = chosen ? chosen_value(chosen, row, column) : decisive;
        }
    }
    return result;
}

static const struct operand *choose_if(const struct choices *choices, struct value *decisive,
                                       enum value_error only)
{
    (void)only; /* IFERROR's */
    *decisive = value_to_boolean(*decisive);
    if (decisive->kind == VALUE_ERROR)
        return NULL;
    return decisive->boolean ? &choices->first : &choices->second;
}

static struct operand do_if(struct call *call)
{
    struct choices choices = {.decides = settle(call, 0),
                              .first = settle(call, 1),
                              .second = call->argument_count > 2 ? settle(call, 2)
                                                                 : operand_boolean(false)};
    return join(call, &choices, choose_if, 0);
}

/* only: the one error that is replaced; 0: any. */
static const struct operand *choose_sound(const struct choices *choices, struct value *decisive,
                                          enum value_error only)
{
    bool is_replaced = decisive->kind == VALUE_ERROR && (!only || decisive->error == only);
    return is_replaced ? &choices->first : &choices->decides;
}

static struct operand replace_error(struct call *call, enum value_error only)
{
    const struct operand *given = &call->arguments[0];
    /* One value comes here because it is such an error. */
    if (given->kind == OPERAND_VALUE)
        return call_has(call, 1) ? call->arguments[1] : operand_number(0);
    struct choices choices = {.decides = settle(call, 0), .first = settle(call, 1)};
    choices.second = operand_number(0);
    return join(call, &choices, choose_sound, only);
}

static struct operand do_iferror(struct call *call)
{
    return replace_error(call, 0);
}

static struct operand do_ifna(struct call *call)
{
    return replace_error(call, ERROR_NA);
}

/* ---- IFS, SWITCH: their arguments are evaluated all
 * -----------------------------------------------
 */

static struct operand or_zero(const struct operand *operand)
{
    return operand->kind == OPERAND_MISSING ? operand_number(0) : *operand;
}

static struct operand do_ifs(struct call *call)
{
    if (call->argument_count % 2)
        return operand_error(ERROR_NA);
    for (unsigned i = 0; i < call->argument_count; i += 2) {
        struct value condition =
            value_to_boolean(operand_value(call->evaluation, &call->arguments[i]));
        if (condition.kind == VALUE_ERROR)
            return operand_of(condition);
        if (condition.boolean)
            return or_zero(&call->arguments[i + 1]);
    }
    return operand_error(ERROR_NA);
}

static bool is_case(struct value wanted, struct value value)
{
    /* Text is no number here, whatever it reads as. */
    bool is_alike =
        wanted.kind == value.kind || wanted.kind == VALUE_BLANK || value.kind == VALUE_BLANK;
    return is_alike && operator_compare(wanted, value) == 0;
}

static struct operand do_switch(struct call *call)
{
    struct value wanted = operand_value(call->evaluation, &call->arguments[0]);
    if (wanted.kind == VALUE_ERROR)
        return operand_of(wanted);
    unsigned i = 1;
    for (; i + 1 < call->argument_count; i += 2) {
        struct value value = operand_value(call->evaluation, &call->arguments[i]);
        if (value.kind == VALUE_ERROR)
            return operand_of(value);
        if (is_case(wanted, value))
            return or_zero(&call->arguments[i + 1]);
    }
    return i < call->argument_count ? or_zero(&call->arguments[i]) : operand_error(ERROR_NA);
}

/* ---- AND, OR, XOR, NOT --------------------------------------------------------------------------
 */

struct tally {
    uint64_t true_count, false_count;
    struct value error; /* VALUE_BLANK: none */
};

/* Text in cells is passed over; given directly it must read as a truth. */
static bool count_value(struct tally *tally, struct value value, bool is_from_cell)
{
    if (value.kind == VALUE_TEXT && is_from_cell)
        return true;
    value = value_to_boolean(value);
    if (value.kind == VALUE_ERROR) {
        tally->error = value;
        return false;
    }
    if (value.boolean)
        tally->true_count++;
    else
        tally->false_count++;
    return true;
}

static struct tally count_truths(struct call *call)
{
    struct tally tally = {.error = value_blank()};
    struct walk walk;
    for (unsigned i = 0; i < call->argument_count; i++) {
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_ANY);
        while (walk_next(&walk))
            if (!count_value(&tally, walk.value, walk.is_from_cell))
                return tally;
    }
    if (!tally.true_count && !tally.false_count)
        tally.error = value_error(ERROR_VALUE);
    return tally;
}

static struct operand tell(const struct tally *tally, bool result)
{
    return tally->error.kind == VALUE_ERROR ? operand_of(tally->error) : operand_boolean(result);
}

static struct operand do_and(struct call *call)
{
    struct tally tally = count_truths(call);
    return tell(&tally, !tally.false_count);
}

static struct operand do_or(struct call *call)
{
    struct tally tally = count_truths(call);
    return tell(&tally, tally.true_count);
}

static struct operand do_xor(struct call *call)
{
    struct tally tally = count_truths(call);
    return tell(&tally, tally.true_count % 2);
}

static struct operand do_not(struct call *call)
{
    return operand_boolean(!call->arguments[0].value.boolean);
}

static struct operand do_true(struct call *call)
{
    (void)call; /* takes nothing */
    return operand_boolean(true);
}

static struct operand do_false(struct call *call)
{
    (void)call; /* takes nothing */
    return operand_boolean(false);
}

static const struct function functions[] = {
    {"AND", 1, 255, "r*", do_and, 0, "AND(truth, ...)", "true when all are"},
    {"FALSE", 0, 0, "", do_false, 0, "FALSE()", "the truth false"},
    {"IF", 2, 3, "rrr", do_if, FUNCTION_IS_LAZY, "IF(condition, then, otherwise)",
     "one of two, as the condition says"},
    {"IFERROR", 2, 2, "rr", do_iferror, FUNCTION_IS_LAZY, "IFERROR(value, otherwise)",
     "the value, or something else where it is an error"},
    {"IFNA", 2, 2, "rr", do_ifna, FUNCTION_IS_LAZY | FUNCTION_IS_LATER, "IFNA(value, otherwise)",
     "the value, or something else where it is #N/A"},
    {"IFS", 2, 254, "ee**", do_ifs, FUNCTION_IS_LATER, "IFS(condition, value, ...)",
     "the value behind the first condition that is true"},
    {"NOT", 1, 1, "b", do_not, 0, "NOT(truth)", "the contrary"},
    {"OR", 1, 255, "r*", do_or, 0, "OR(truth, ...)", "true when any is"},
    {"SWITCH", 3, 255, "eee**", do_switch, FUNCTION_IS_LATER,
     "SWITCH(value, case, result, ..., otherwise)", "the result behind the case that is the value"},
    {"TRUE", 0, 0, "", do_true, 0, "TRUE()", "the truth true"},
    {"XOR", 1, 255, "r*", do_xor, FUNCTION_IS_LATER, "XOR(truth, ...)",
     "true when an odd number of them is"},
};

const struct function_list function_logic = {functions, sizeof functions / sizeof *functions};
