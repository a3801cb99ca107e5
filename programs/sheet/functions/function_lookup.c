/* SPDX-License-Identifier: MIT */
/*
 * function_lookup.c - finding values (MATCH, VLOOKUP, XLOOKUP), choosing parts (INDEX, CHOOSE,
 * OFFSET, INDIRECT), and telling where cells are (ROW, ADDRESS).
 *
 * What is a part of a reference stays a reference: SUM(INDEX(A:C,0,2)), OFFSET(..):B9.
 */
#include <stdio.h>
#include <string.h>

#include "sheet/book/evaluation.h"
#include "sheet/functions/indirect.h"
#include "sheet/functions/vector.h"

/* ---- arguments ----------------------------------------------------------------------------------
 */

/* An argument of 'v' or 'e' as a whole number; what was left out is the one given. */
static struct value whole_or(const struct call *call, unsigned i, double otherwise)
{
    if (!call_has(call, i))
        return value_number(otherwise);
    struct value value = evaluation_number(call->evaluation, call->arguments[i].value);
    if (value.kind == VALUE_NUMBER)
        value.number = __builtin_trunc(value.number);
    return value;
}

static struct value truth_or(const struct call *call, unsigned i, bool otherwise)
{
    if (!call_has(call, i))
        return value_boolean(otherwise);
    return value_to_boolean(call->arguments[i].value);
}

/* What stands for an area or array must have a size: an error in its place is the result. */
static bool has_size(const struct operand *operand, uint32_t *rows, uint32_t *columns,
                     struct operand *bad)
{
    *bad = operand_error(ERROR_VALUE);
    if (operand->kind == OPERAND_VALUE && operand->value.kind == VALUE_ERROR) {
        *bad = *operand;
        return false;
    }
    return operand->kind != OPERAND_MISSING && operand_size(operand, rows, columns);
}

static bool is_reference(const struct operand *operand, struct operand *bad)
{
    uint32_t rows, columns;
    if (!has_size(operand, &rows, &columns, bad))
        return false;
    *bad = operand_error(ERROR_VALUE);
    return operand->kind == OPERAND_REFERENCE;
}

/* What is looked for: an empty cell counts as 0. */
static struct value wanted_of(const struct call *call)
{
    struct value wanted = call_has(call, 0) ? call->arguments[0].value : value_blank();
    return wanted.kind == VALUE_BLANK ? value_number(0) : wanted;
}

/* ---- parts --------------------------------------------------------------------------------------
 */

/* Rows and columns of something larger. */
struct part {
    uint32_t row, column, rows, columns;
};

static struct operand part_of(struct call *call, const struct operand *whole, struct part part)
{
    if (whole->kind == OPERAND_REFERENCE) {
        struct position first = whole->reference.area.first;
        first.row += part.row;
        first.column += part.column;
        struct area area = {first, {first.row + part.rows - 1, first.column + part.columns - 1}};
        return operand_of_reference(whole->reference.sheet, area);
    }
    if (part.rows == 1 && part.columns == 1)
        return operand_of(operand_at(call->evaluation, whole, part.row, part.column));
    struct operand result = operand_of_array(call->evaluation, part.rows, part.columns);
    for (uint32_t row = 0; result.kind == OPERAND_ARRAY && row < part.rows; row++) {
        if (evaluation_is_stopped(call->evaluation, part.columns))
            break;
        for (uint32_t column = 0; column < part.columns; column++)
            result.array[(size_t)row * part.columns + column] =
                operand_at(call->evaluation, whole, part.row + row, part.column + column);
    }
    return result;
}

/* ---- MATCH, VLOOKUP, HLOOKUP, LOOKUP ------------------------------------------------------------
 */

static struct operand do_match(struct call *call)
{
    struct operand bad;
    struct vector vector;
    uint32_t rows, columns, found;
    if (!has_size(&call->arguments[1], &rows, &columns, &bad))
        return bad;
    if (!vector_of(&vector, call->evaluation, &call->arguments[1]))
        return operand_error(ERROR_NA);
    double type = call_number_or(call, 2, 1);
    if (type == 0)
        found = vector_find(&vector, wanted_of(call), VECTOR_WILDCARDS);
    else
        found = vector_find_sorted(&vector, wanted_of(call), type < 0 ? VECTOR_DESCENDING : 0);
    return found == VECTOR_NOWHERE ? operand_error(ERROR_NA) : operand_number(found + 1.0);
}

/* In the first row of a table, or its first column. */
static struct operand look_up(struct call *call, bool in_row)
{
    const struct operand *table = &call->arguments[1];
    struct operand bad;
    struct vector vector;
    uint32_t rows, columns;
    int64_t line;
    if (!has_size(table, &rows, &columns, &bad))
        return bad;
    if (call_number(call, 2) < 1)
        return operand_error(ERROR_VALUE);
    if (!call_whole(call, 2, 1, in_row ? rows : columns, &line))
        return operand_error(ERROR_REF);
    (void)vector_of_line(&vector, call->evaluation, table, in_row, 0); /* it has a size */
    uint32_t found = call_truth_or(call, 3, true)
                         ? vector_find_sorted(&vector, wanted_of(call), 0)
                         : vector_find(&vector, wanted_of(call), VECTOR_WILDCARDS);
    if (found == VECTOR_NOWHERE)
        return operand_error(ERROR_NA);
    uint32_t other = (uint32_t)line - 1;
    return operand_of(
        operand_at(call->evaluation, table, in_row ? other : found, in_row ? found : other));
}

static struct operand do_vlookup(struct call *call)
{
    return look_up(call, false);
}

static struct operand do_hlookup(struct call *call)
{
    return look_up(call, true);
}

/* Where LOOKUP looks and what it gives: two lines, or the first and last one of a table, along its
 * longer side. */
static bool lines_of_lookup(struct call *call, struct vector *keys, struct vector *results,
                            struct operand *bad)
{
    const struct operand *table = &call->arguments[1];
    uint32_t rows, columns;
    if (!has_size(table, &rows, &columns, bad))
        return false;
    if (call_has(call, 2)) {
        uint32_t result_rows, result_columns;
        if (!has_size(&call->arguments[2], &result_rows, &result_columns, bad))
            return false;
        *bad = operand_error(ERROR_NA);
        return vector_of(keys, call->evaluation, table) &&
               vector_of(results, call->evaluation, &call->arguments[2]);
    }
    bool in_row = columns > rows;
    uint32_t last = in_row ? rows - 1 : columns - 1;
    return vector_of_line(keys, call->evaluation, table, in_row, 0) &&
           vector_of_line(results, call->evaluation, table, in_row, last);
}

static struct operand do_lookup(struct call *call)
{
    struct vector keys, results;
    struct operand bad;
    if (!lines_of_lookup(call, &keys, &results, &bad))
        return bad;
    uint32_t found = vector_find_sorted(&keys, wanted_of(call), 0);
    if (found == VECTOR_NOWHERE)
        return operand_error(ERROR_NA);
    return operand_of(vector_at(&results, found));
}

/* ---- XLOOKUP, XMATCH ----------------------------------------------------------------------------
 */

enum { MODE_EXACT = 0, MODE_SMALLER = -1, MODE_LARGER = 1, MODE_WILDCARDS = 2 };

/* match_mode and search_mode, from argument i on. Searching by halving is only a promise that
 * there is an order: here it is searched from the first on, which finds the same. */
static struct value read_modes(const struct call *call, unsigned i, int *mode, unsigned *flags)
{
    struct value match = whole_or(call, i, MODE_EXACT), search = whole_or(call, i + 1, 1);
    if (match.kind == VALUE_ERROR)
        return match;
    if (search.kind == VALUE_ERROR)
        return search;
    bool is_known = match.number >= MODE_SMALLER && match.number <= MODE_WILDCARDS &&
                    search.number >= -2 && search.number <= 2 && search.number != 0;
    if (!is_known)
        return value_error(ERROR_VALUE);
    *mode = (int)match.number;
    *flags = search.number == -1 ? VECTOR_LAST : 0;
    return value_blank();
}

static uint32_t find_by_mode(const struct call *call, const struct vector *vector, int mode,
                             unsigned flags)
{
    struct value wanted = call_has(call, 0) ? call->arguments[0].value : value_blank();
    if (wanted.kind == VALUE_BLANK)
        return vector_find_gap(vector, flags);
    if (mode == MODE_SMALLER || mode == MODE_LARGER)
        return vector_find_nearest(vector, wanted,
                                   flags | (mode == MODE_SMALLER ? VECTOR_SMALLER : 0));
    return vector_find(vector, wanted, flags | (mode == MODE_WILDCARDS ? VECTOR_WILDCARDS : 0));
}

/* false: bad is the result. VECTOR_NOWHERE may be found. */
static bool find_place(struct call *call, unsigned modes_at, struct vector *vector, uint32_t *found,
                       struct operand *bad)
{
    uint32_t rows, columns;
    unsigned flags = 0;
    int mode = MODE_EXACT;
    if (!has_size(&call->arguments[1], &rows, &columns, bad))
        return false;
    struct value wrong = read_modes(call, modes_at, &mode, &flags);
    if (wrong.kind == VALUE_ERROR) {
        *bad = operand_of(wrong);
        return false;
    }
    *bad = operand_error(ERROR_VALUE);
    if (!vector_of(vector, call->evaluation, &call->arguments[1]))
        return false;
    *found = find_by_mode(call, vector, mode, flags);
    return true;
}

static struct operand do_xmatch(struct call *call)
{
    struct vector vector;
    struct operand bad;
    uint32_t found;
    if (!find_place(call, 2, &vector, &found, &bad))
        return bad;
    return found == VECTOR_NOWHERE ? operand_error(ERROR_NA) : operand_number(found + 1.0);
}

static struct operand do_xlookup(struct call *call)
{
    const struct operand *results = &call->arguments[2];
    struct vector vector;
    struct operand bad;
    uint32_t rows, columns, found;
    if (!has_size(results, &rows, &columns, &bad))
        return bad;
    if (!find_place(call, 4, &vector, &found, &bad))
        return bad;
    /* A single cell may be a row or a column. */
    bool by_columns = vector.is_row || (vector.count == 1 && rows != 1);
    if ((by_columns ? columns : rows) != vector.count)
        return operand_error(ERROR_VALUE);
    if (found == VECTOR_NOWHERE)
        return call_has(call, 3) ? call->arguments[3] : operand_error(ERROR_NA);
    struct part part =
        by_columns ? (struct part){0, found, rows, 1} : (struct part){found, 0, 1, columns};
    return part_of(call, results, part);
}

/* ---- INDEX, CHOOSE, OFFSET, INDIRECT ------------------------------------------------------------
 */

/* Several areas: the one wanted. */
static bool choose_area(const struct call *call, struct operand *chosen, struct operand *bad)
{
    double number = call_number_or(call, 3, 1);
    uint32_t area_count = chosen->kind == OPERAND_REFERENCE ? chosen->rows : 1;
    *bad = operand_error(number < 1 ? ERROR_VALUE : ERROR_REF);
    if (!(number >= 1 && number <= area_count))
        return false;
    if (area_count > 1) {
        const struct reference *reference = &chosen->references[(uint32_t)number - 1];
        *chosen = operand_of_reference(reference->sheet, reference->area);
    }
    return true;
}

/* 0 is all of them. */
static bool choose_lines(double number, uint32_t count, uint32_t *first, uint32_t *chosen_count)
{
    if (number > count)
        return false;
    *first = number == 0 ? 0 : (uint32_t)number - 1;
    *chosen_count = number == 0 ? count : 1;
    return true;
}

static struct operand do_index(struct call *call)
{
    struct operand whole = call->arguments[0], bad;
    uint32_t rows, columns;
    struct part part;
    if (!choose_area(call, &whole, &bad) || !has_size(&whole, &rows, &columns, &bad))
        return bad;
    double row = call_number(call, 1), column = call_number_or(call, 2, 0);
    if (row < 0 || column < 0)
        return operand_error(ERROR_VALUE);
    /* One number alone goes along a row. */
    if (call->argument_count == 2 && rows == 1) {
        column = row;
        row = 0;
    }
    if (!choose_lines(row, rows, &part.row, &part.rows) ||
        !choose_lines(column, columns, &part.column, &part.columns))
        return operand_error(ERROR_REF);
    return part_of(call, &whole, part);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static struct value chosen_value(const struct operand *choices, unsigned count, uint32_t row,
                                 uint32_t column)
{
    struct value index = value_to_number(operand_element(&choices[0], row, column));
    if (index.kind == VALUE_ERROR)
        return index;
    if (!(index.number >= 1 && index.number < count))
        return value_error(ERROR_VALUE);
    struct value value = operand_element(&choices[(unsigned)index.number], row, column);
    return value.kind == VALUE_BLANK ? value_number(0) : value;
}

/* Cells are read, once. */
static struct operand settle(struct call *call, unsigned i)
{
    if (operand_is_many(&call->arguments[i], true))
        return operand_to_array(call->evaluation, &call->arguments[i]);
    return operand_of(operand_value(call->evaluation, &call->arguments[i]));
}

/* Of one index the choice is made by jumps (evaluate.c); here it is an array of them. */
static struct operand do_choose(struct call *call)
{
    struct operand choices[FORMULA_ARGUMENTS_MAX];
    unsigned count = call->argument_count;
    uint32_t rows = 1, columns = 1, stored_rows = 0;
    for (unsigned i = 0; i < count; i++) {
        choices[i] = settle(call, i);
        rows = larger(rows, choices[i].rows);
        columns = larger(columns, choices[i].columns);
    }
    for (unsigned i = 0; i < count; i++)
        stored_rows = operand_stored_rows(&choices[i], rows, stored_rows);
    struct operand result = operand_of_long_array(call->evaluation, rows, columns, stored_rows);
    if (result.kind != OPERAND_ARRAY)
        return result;
    for (uint32_t row = 0; row < operand_kept_rows(&result); row++) {
        if (evaluation_is_stopped(call->evaluation, columns))
            break;
        for (uint32_t column = 0; column < columns; column++)
            result.array[(size_t)row * columns + column] =
                chosen_value(choices, count, row, column);
    }
    return result;
}

/* Lines from one on, count of them, or up to it when the count is negative. 0: it is good. */
static enum value_error offset_lines(double from, struct value count, uint32_t limit,
                                     uint32_t *first, uint32_t *last)
{
    if (count.kind == VALUE_ERROR)
        return count.error;
    double to = from + count.number - 1;
    if (count.number < 0) {
        to = from;
        from += count.number + 1;
    }
    if (count.number == 0 || !(from >= 0 && to < limit))
        return ERROR_REF;
    *first = (uint32_t)from;
    *last = (uint32_t)to;
    return 0;
}

static struct operand do_offset(struct call *call)
{
    struct operand bad;
    if (!is_reference(&call->arguments[0], &bad))
        return bad;
    struct area own = call->arguments[0].reference.area, area;
    struct value rows = whole_or(call, 3, area_rows(own));
    struct value columns = whole_or(call, 4, area_columns(own));
    enum value_error error = offset_lines(own.first.row + call_number(call, 1), rows, ROWS,
                                          &area.first.row, &area.last.row);
    if (!error)
        error = offset_lines(own.first.column + call_number(call, 2), columns, COLUMNS,
                             &area.first.column, &area.last.column);
    if (error)
        return operand_error(error);
    return operand_of_reference(call->arguments[0].reference.sheet, area);
}

static struct operand do_indirect(struct call *call)
{
    struct value text = call->arguments[0].value;
    struct reference reference;
    bool is_r1c1 = !call_truth_or(call, 1, true);
    if (!indirect_read(call->evaluation, text.text, text.text_bytes, is_r1c1, &reference))
        return operand_error(ERROR_REF);
    return operand_of_reference(reference.sheet, reference.area);
}

static struct operand do_transpose(struct call *call)
{
    struct operand bad;
    uint32_t rows, columns;
    if (!has_size(&call->arguments[0], &rows, &columns, &bad))
        return bad;
    struct operand result = operand_of_array(call->evaluation, columns, rows);
    struct walk walk;
    if (result.kind != OPERAND_ARRAY)
        return result;
    walk_begin(&walk, call->evaluation, &call->arguments[0], WALK_ANY);
    while (walk_next(&walk))
        result.array[(size_t)walk.column * rows + walk.row] = walk.value;
    return result;
}

/* ---- ROW, COLUMN, ROWS, COLUMNS, AREAS ----------------------------------------------------------
 */

static struct operand numbers_from(struct call *call, uint32_t first, uint32_t rows,
                                   uint32_t columns)
{
    struct operand result = operand_of_array(call->evaluation, rows, columns);
    for (uint32_t i = 0; result.kind == OPERAND_ARRAY && i < rows * columns; i++)
        result.array[i] = value_number(first + i + 1.0);
    return result;
}

static struct operand do_row(struct call *call)
{
    struct operand bad;
    if (call->argument_count == 0)
        return operand_number(evaluation_cell(call->evaluation).row + 1.0);
    if (!is_reference(&call->arguments[0], &bad))
        return bad;
    struct area area = call->arguments[0].reference.area;
    if (area_rows(area) == 1)
        return operand_number(area.first.row + 1.0);
    return numbers_from(call, area.first.row, area_rows(area), 1);
}

static struct operand do_column(struct call *call)
{
    struct operand bad;
    if (call->argument_count == 0)
        return operand_number(evaluation_cell(call->evaluation).column + 1.0);
    if (!is_reference(&call->arguments[0], &bad))
        return bad;
    struct area area = call->arguments[0].reference.area;
    if (area_columns(area) == 1)
        return operand_number(area.first.column + 1.0);
    return numbers_from(call, area.first.column, 1, area_columns(area));
}

static struct operand do_rows(struct call *call)
{
    struct operand bad;
    uint32_t rows, columns;
    return has_size(&call->arguments[0], &rows, &columns, &bad) ? operand_number(rows) : bad;
}

static struct operand do_columns(struct call *call)
{
    struct operand bad;
    uint32_t rows, columns;
    return has_size(&call->arguments[0], &rows, &columns, &bad) ? operand_number(columns) : bad;
}

static struct operand do_areas(struct call *call)
{
    const struct operand *areas = &call->arguments[0];
    if (areas->kind == OPERAND_REFERENCE)
        return operand_number(areas->rows);
    bool is_error = areas->kind == OPERAND_VALUE && areas->value.kind == VALUE_ERROR;
    return is_error ? *areas : operand_error(ERROR_VALUE);
}

/* ---- ADDRESS, HYPERLINK -------------------------------------------------------------------------
 */

enum { ADDRESS_BYTES = 64 };

/* Relative lines stand in brackets, as they are. */
static size_t write_r1c1(char *text, struct position position, unsigned fixed)
{
    bool fixed_row = fixed & POSITION_FIXED_ROW, fixed_column = fixed & POSITION_FIXED_COLUMN;
    return (size_t)snprintf(text, ADDRESS_BYTES, "R%s%u%sC%s%u%s", fixed_row ? "" : "[",
                            position.row + 1, fixed_row ? "" : "]", fixed_column ? "" : "[",
                            position.column + 1, fixed_column ? "" : "]");
}

/* "[Book1]Sheet1" names a sheet of another workbook. */
static bool needs_quotes(struct value sheet)
{
    const char *end =
        sheet.text_bytes && sheet.text[0] == '[' ? memchr(sheet.text, ']', sheet.text_bytes) : NULL;
    if (!end)
        return indirect_needs_quotes(sheet.text, sheet.text_bytes);
    size_t book_bytes = (size_t)(end - sheet.text) - 1;
    return indirect_needs_quotes(sheet.text + 1, book_bytes) ||
           indirect_needs_quotes(end + 1, sheet.text_bytes - book_bytes - 2);
}

/* A sheet's name as it stands in front of a '!', and that. */
static size_t write_sheet(char *text, struct value sheet)
{
    size_t length = 0;
    bool is_quoted = needs_quotes(sheet);
    if (is_quoted)
        text[length++] = '\'';
    for (size_t i = 0; i < sheet.text_bytes; i++) {
        text[length++] = sheet.text[i];
        if (is_quoted && sheet.text[i] == '\'')
            text[length++] = '\'';
    }
    if (is_quoted)
        text[length++] = '\'';
    text[length++] = '!';
    return length;
}

static struct operand do_address(struct call *call)
{
    static const unsigned fixed_by_kind[] = {0, POSITION_FIXED_ROW | POSITION_FIXED_COLUMN,
                                             POSITION_FIXED_ROW, POSITION_FIXED_COLUMN, 0};
    enum { KINDS = 4 }; /* and once more, with the same meaning */
    struct value kind = whole_or(call, 2, 1), is_a1 = truth_or(call, 3, true);
    int64_t row, column;
    if (kind.kind == VALUE_ERROR || is_a1.kind == VALUE_ERROR)
        return operand_of(kind.kind == VALUE_ERROR ? kind : is_a1);
    if (!call_whole(call, 0, 1, ROWS, &row) || !call_whole(call, 1, 1, COLUMNS, &column) ||
        !(kind.number >= 1 && kind.number <= 2 * KINDS))
        return operand_error(ERROR_VALUE);
    struct position position = {(uint32_t)row - 1, (uint32_t)column - 1};
    unsigned fixed = fixed_by_kind[((unsigned)kind.number - 1) % KINDS + 1];
    struct value sheet = call->argument_count > 4 ? call->arguments[4].value : value_text("", 0);
    char *text = evaluation_take(call->evaluation, 2 * (size_t)sheet.text_bytes + ADDRESS_BYTES);
    if (!text)
        return operand_error(ERROR_NUM);
    size_t length = call->argument_count > 4 ? write_sheet(text, sheet) : 0;
    if (is_a1.boolean) {
        struct position_text name = position_name(position, fixed);
        strcpy(text + length, name.text);
        length += strlen(name.text);
    } else {
        length += write_r1c1(text + length, position, fixed);
    }
    return operand_of(evaluation_own_text(text, length));
}

static struct operand do_hyperlink(struct call *call)
{
    if (call->argument_count == 1)
        return call->arguments[0];
    return call_has(call, 1) ? call->arguments[1] : operand_number(0);
}

static const struct function functions[] = {
    {"ADDRESS", 2, 5, "iivvt", do_address, 0, "ADDRESS(row, column, fixed, a1, sheet)",
     "the name of a cell, as text"},
    {"AREAS", 1, 1, "r", do_areas, 0, "AREAS(reference)", "of how many areas a reference consists"},
    {"CHOOSE", 2, 255, "r*", do_choose, FUNCTION_IS_LAZY, "CHOOSE(index, first, second, ...)",
     "one of several, by its number"},
    {"COLUMN", 0, 1, "r", do_column, 0, "COLUMN(reference)", "the number of a column"},
    {"COLUMNS", 1, 1, "r", do_columns, 0, "COLUMNS(area)", "how many columns there are"},
    {"HLOOKUP", 3, 4, "vrib", do_hlookup, 0, "HLOOKUP(value, table, row, nearest)",
     "looks in the first row of a table, gives what is in another"},
    {"HYPERLINK", 1, 2, "tv", do_hyperlink, 0, "HYPERLINK(address, text)", "the text of a link"},
    {"INDEX", 2, 4, "riii", do_index, 0, "INDEX(area, row, column, which)",
     "a cell, row or column of an area"},
    {"INDIRECT", 1, 2, "tb", do_indirect, FUNCTION_IS_VOLATILE, "INDIRECT(text, a1)",
     "the cells that a text names"},
    {"LOOKUP", 2, 3, "vrr", do_lookup, FUNCTION_TAKES_ARRAYS, "LOOKUP(value, sorted, results)",
     "what stands beside the largest that is not larger"},
    {"MATCH", 2, 3, "vrn", do_match, 0, "MATCH(value, area, type)",
     "the place of a value in a row or column"},
    {"OFFSET", 3, 5, "riivv", do_offset, FUNCTION_IS_VOLATILE,
     "OFFSET(reference, rows, columns, height, width)", "cells so far away from others"},
    {"ROW", 0, 1, "r", do_row, 0, "ROW(reference)", "the number of a row"},
    {"ROWS", 1, 1, "r", do_rows, 0, "ROWS(area)", "how many rows there are"},
    {"TRANSPOSE", 1, 1, "r", do_transpose, FUNCTION_TAKES_ARRAYS, "TRANSPOSE(area)",
     "rows as columns, columns as rows"},
    {"VLOOKUP", 3, 4, "vrib", do_vlookup, 0, "VLOOKUP(value, table, column, nearest)",
     "looks in the first column of a table, gives what is in another"},
    {"XLOOKUP", 3, 6, "vrrrvv", do_xlookup, FUNCTION_IS_LATER,
     "XLOOKUP(value, area, results, otherwise, match, search)", "what stands beside a value found"},
    {"XMATCH", 2, 4, "vrvv", do_xmatch, FUNCTION_IS_LATER, "XMATCH(value, area, match, search)",
     "the place of a value in a row or column"},
};

const struct function_list function_lookup = {functions, sizeof functions / sizeof *functions};
