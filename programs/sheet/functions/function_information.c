/* SPDX-License-Identifier: MIT */
/* function_information.c - what kind of thing a value is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/book/evaluation.h"
#include "sheet/book/print.h"

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
    value = evaluation_number(call->evaluation, value);
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

static struct operand do_formulatext(struct call *call)
{
    const struct reference *area = first_area(call);
    struct book *book = evaluation_book(call->evaluation);
    if (!area)
        return operand_error(ERROR_VALUE);
    const struct sheet *sheet = evaluation_sheet_of(call->evaluation, area->sheet);
    if (!sheet)
        return operand_error(ERROR_REF);
    formula_id formula = grid_at(sheet->grid, area->area.first)->formula;
    if (!formula)
        return operand_error(ERROR_NA);
    size_t count;
    const struct token *tokens = formula_tokens(book->formulas, formula, &count);
    char *text = print_formula(
        tokens, count,
        &(struct print_options){.book = book, .sheet = area->sheet, .cell = area->area.first});
    bool is_array = formula_flags(book->formulas, formula) & FORMULA_IS_ARRAY;
    char *whole = NULL;
    int length = text ? asprintf(&whole, is_array ? "{=%s}" : "=%s", text) : -1;
    struct operand result = operand_error(ERROR_NA);
    if (length >= 0 && (size_t)length <= FORMULA_TEXT_MAX)
        result = operand_of(evaluation_text(call->evaluation, whole, (size_t)length));
    if (length >= 0)
        free(whole);
    free(text);
    return result;
}

/* From 1, in the order of the tabs; 0: it is gone. */
static size_t tab_of(const struct book *book, sheet_id sheet)
{
    for (size_t i = 0; i < book->sheet_count; i++)
        if (book->sheets[i]->id == sheet)
            return i + 1;
    return 0;
}

/* A text is a sheet's name. */
static struct operand do_sheet(struct call *call)
{
    struct book *book = evaluation_book(call->evaluation);
    const struct reference *area = call->argument_count ? first_area(call) : NULL;
    sheet_id sheet = area ? area->sheet : evaluation_sheet(call->evaluation);
    if (call->argument_count && !area) {
        struct value name = operand_value(call->evaluation, &call->arguments[0]);
        if (name.kind == VALUE_ERROR)
            return operand_of(name);
        const struct sheet *found =
            name.kind == VALUE_TEXT ? book_find_sheet(book, name.text, name.text_bytes) : NULL;
        if (!found)
            return operand_error(ERROR_NA);
        sheet = found->id;
    }
    size_t tab = tab_of(book, sheet);
    return tab ? operand_number((double)tab) : operand_error(ERROR_REF);
}

static struct operand do_sheets(struct call *call)
{
    if (!call->argument_count)
        return operand_number((double)evaluation_book(call->evaluation)->sheet_count);
    return first_area(call) ? operand_number(1) : operand_error(ERROR_VALUE);
}

static const struct function functions[] = {
    {"ERROR.TYPE", 1, 1, "e", do_error_type, 0, "ERROR.TYPE(error)",
     "the number of an error: 1 #NULL!, 2 #DIV/0! ... 7 #N/A"},
    {"FORMULATEXT", 1, 1, "r", do_formulatext, FUNCTION_IS_LATER, "FORMULATEXT(cell)",
     "the formula of a cell, as text"},
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
    {"SHEET", 0, 1, "r", do_sheet, FUNCTION_IS_LATER, "SHEET(reference)",
     "the number of a sheet, by the order of tabs"},
    {"SHEETS", 0, 1, "r", do_sheets, FUNCTION_IS_LATER, "SHEETS(reference)",
     "how many sheets there are"},
    {"T", 1, 1, "r", do_t, 0, "T(value)", "text as it is, all else as \"\""},
    {"TYPE", 1, 1, "r", do_type, 0, "TYPE(value)",
     "1 a number, 2 text, 4 a truth, 16 an error, 64 an array"},
};

const struct function_list function_information = {functions, sizeof functions / sizeof *functions};
