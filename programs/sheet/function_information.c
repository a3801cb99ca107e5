/* SPDX-License-Identifier: MIT */
/* function_information.c - what kind of thing a value is. */
#include <math.h>

#include "sheet/evaluation.h"

/* What is written empty is blank here. */
static struct value value_of(const struct call *call)
{
    const struct operand *argument = &call->arguments[0];
    return argument->kind == OPERAND_VALUE ? argument->value : value_blank();
}

static enum value_kind kind_of(const struct call *call)
{
    return value_of(call).kind;
}

static struct operand do_isblank(struct call *call)
{
    return operand_boolean(kind_of(call) == VALUE_BLANK);
}

static struct operand do_iserror(struct call *call)
{
    return operand_boolean(kind_of(call) == VALUE_ERROR);
}

static bool is_na(const struct call *call)
{
    struct value value = value_of(call);
    return value.kind == VALUE_ERROR && value.error == ERROR_NA;
}

static struct operand do_iserr(struct call *call)
{
    return operand_boolean(kind_of(call) == VALUE_ERROR && !is_na(call));
}

static struct operand do_isna(struct call *call)
{
    return operand_boolean(is_na(call));
}

static struct operand do_isnumber(struct call *call)
{
    return operand_boolean(kind_of(call) == VALUE_NUMBER);
}

static struct operand do_istext(struct call *call)
{
    return operand_boolean(kind_of(call) == VALUE_TEXT);
}

static struct operand do_isnontext(struct call *call)
{
    return operand_boolean(kind_of(call) != VALUE_TEXT);
}

static struct operand do_islogical(struct call *call)
{
    return operand_boolean(kind_of(call) == VALUE_BOOLEAN);
}

static struct operand do_isref(struct call *call)
{
    return operand_boolean(call->arguments[0].kind == OPERAND_REFERENCE);
}

/* Text that reads as a number is one, truths are none. */
static struct operand parity(struct call *call, double wanted)
{
    struct value value = value_of(call);
    if (value.kind == VALUE_BOOLEAN)
        return operand_error(ERROR_VALUE);
    value = value_to_number(value);
    if (value.kind == VALUE_ERROR)
        return operand_of(value);
    return operand_boolean(fmod(trunc(fabs(value.number)), 2) == wanted);
}

static struct operand do_iseven(struct call *call)
{
    return parity(call, 0);
}

static struct operand do_isodd(struct call *call)
{
    return parity(call, 1);
}

static const struct reference *first_area(const struct call *call)
{
    const struct operand *argument = &call->arguments[0];
    if (argument->kind != OPERAND_REFERENCE)
        return NULL;
    return argument->rows == 1 ? &argument->reference : argument->references;
}

static struct operand do_isformula(struct call *call)
{
    const struct reference *area = first_area(call);
    if (!area)
        return operand_error(ERROR_VALUE);
    const struct sheet *sheet = evaluation_sheet_of(call->evaluation, area->sheet);
    if (!sheet)
        return operand_error(ERROR_REF);
    return operand_boolean(grid_at(sheet->grid, area->area.first)->formula != 0);
}

static struct operand do_na(struct call *call)
{
    (void)call; /* takes nothing */
    return operand_error(ERROR_NA);
}

/* Of an area the first cell. */
static struct value first_value(struct call *call)
{
    const struct reference *area = first_area(call);
    if (area)
        return evaluation_read(call->evaluation, area->sheet, area->area.first);
    return operand_value(call->evaluation, &call->arguments[0]);
}

static struct operand do_n(struct call *call)
{
    struct value value = first_value(call);
    if (value.kind == VALUE_ERROR || value.kind == VALUE_NUMBER)
        return operand_of(value);
    return operand_number(value.kind == VALUE_BOOLEAN && value.boolean);
}

static struct operand do_t(struct call *call)
{
    struct value value = first_value(call);
    if (value.kind == VALUE_ERROR || value.kind == VALUE_TEXT)
        return operand_of(value);
    return operand_of(value_text("", 0));
}

enum { TYPE_NUMBER = 1, TYPE_TEXT = 2, TYPE_TRUTH = 4, TYPE_ERROR = 16, TYPE_ARRAY = 64 };

static struct operand do_type(struct call *call)
{
    static const double types[] = {[VALUE_BLANK] = TYPE_NUMBER,
                                   [VALUE_NUMBER] = TYPE_NUMBER,
                                   [VALUE_TEXT] = TYPE_TEXT,
                                   [VALUE_BOOLEAN] = TYPE_TRUTH,
                                   [VALUE_ERROR] = TYPE_ERROR};
    if (operand_is_many(&call->arguments[0], true))
        return operand_number(TYPE_ARRAY);
    return operand_number(types[operand_value(call->evaluation, &call->arguments[0]).kind]);
}

/* #CYCLE! is #REF! to the rest of the world. */
static struct operand do_error_type(struct call *call)
{
    struct value value = value_of(call);
    if (value.kind != VALUE_ERROR)
        return operand_error(ERROR_NA);
    return operand_number(value.error == ERROR_CYCLE ? ERROR_REF : value.error);
}

static const struct function functions[] = {
    {"ERROR.TYPE", 1, 1, "e", do_error_type, 0, "ERROR.TYPE(error)",
     "the number of an error: 1 #NULL!, 2 #DIV/0! ... 7 #N/A"},
    {"ISBLANK", 1, 1, "e", do_isblank, 0, "ISBLANK(value)", "true for an empty cell"},
    {"ISERR", 1, 1, "e", do_iserr, 0, "ISERR(value)", "true for any error but #N/A"},
    {"ISERROR", 1, 1, "e", do_iserror, 0, "ISERROR(value)", "true for any error"},
    {"ISEVEN", 1, 1, "v", do_iseven, 0, "ISEVEN(number)", "true for an even number"},
    {"ISFORMULA", 1, 1, "r", do_isformula, FUNCTION_IS_LATER, "ISFORMULA(cell)",
     "true for a cell with a formula"},
    {"ISLOGICAL", 1, 1, "e", do_islogical, 0, "ISLOGICAL(value)", "true for TRUE and FALSE"},
    {"ISNA", 1, 1, "e", do_isna, 0, "ISNA(value)", "true for #N/A"},
    {"ISNONTEXT", 1, 1, "e", do_isnontext, 0, "ISNONTEXT(value)", "true for what is no text"},
    {"ISNUMBER", 1, 1, "e", do_isnumber, 0, "ISNUMBER(value)", "true for a number"},
    {"ISODD", 1, 1, "v", do_isodd, 0, "ISODD(number)", "true for an odd number"},
    {"ISREF", 1, 1, "r", do_isref, 0, "ISREF(value)", "true for a reference"},
    {"ISTEXT", 1, 1, "e", do_istext, 0, "ISTEXT(value)", "true for text"},
    {"N", 1, 1, "r", do_n, 0, "N(value)", "a number as it is, TRUE as 1, text as 0"},
    {"NA", 0, 0, "", do_na, 0, "NA()", "the error #N/A"},
    {"T", 1, 1, "r", do_t, 0, "T(value)", "text as it is, all else as \"\""},
    {"TYPE", 1, 1, "r", do_type, 0, "TYPE(value)",
     "1 a number, 2 text, 4 a truth, 16 an error, 64 an array"},
};

const struct function_list function_information = {functions, sizeof functions / sizeof *functions};
