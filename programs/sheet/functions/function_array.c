/* SPDX-License-Identifier: MIT */
/*
 * function_array.c - arrays made, chosen from, sorted and joined: SEQUENCE, FILTER, SORT, VSTACK.
 *
 * Their results do not spill into other cells: in a cell of its own the first element is shown, and
 * within other functions all of them count. An array without elements is #CALC! in Excel, for which
 * there is #VALUE! here.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/book/evaluation.h"

/* Argument i as an array, areas too. false: *result is the error. */
static bool take_array(struct call *call, unsigned i, struct operand *array, struct operand *result)
{
    const struct operand *argument = &call->arguments[i];
    if (argument->kind == OPERAND_VALUE && argument->value.kind == VALUE_ERROR) {
        *result = *argument;
        return false;
    }
    *result = operand_error(ERROR_VALUE);
    if (argument->kind == OPERAND_MISSING)
        return false;
    *array = operand_to_array(call->evaluation, argument);
    *result = *array;
    return array->kind == OPERAND_ARRAY;
}

/* An argument of 'v' as a whole number. */
static bool take_whole(const struct call *call, unsigned i, double otherwise, double *whole,
                       struct operand *result)
{
    *whole = otherwise;
    if (!call_has(call, i))
        return true;
    struct value value = operand_value(call->evaluation, &call->arguments[i]);
    value = evaluation_number(call->evaluation, value);
    *result = operand_of(value);
    if (value.kind == VALUE_ERROR)
        return false;
    *whole = trunc(value.number);
    return true;
}

static bool take_truth(const struct call *call, unsigned i, bool *truth, struct operand *result)
{
    *truth = false;
    if (!call_has(call, i))
        return true;
    struct value value = value_to_boolean(operand_value(call->evaluation, &call->arguments[i]));
    *result = operand_of(value);
    *truth = value.kind == VALUE_BOOLEAN && value.boolean;
    return value.kind != VALUE_ERROR;
}

static struct operand new_array(struct call *call, double rows, double columns)
{
    if (!(rows >= 1 && columns >= 1 && rows <= UINT32_MAX && columns <= UINT32_MAX))
        return operand_error(ERROR_VALUE);
    return operand_of_array(call->evaluation, (uint32_t)rows, (uint32_t)columns);
}

static void set(struct operand *array, uint32_t row, uint32_t column, struct value value)
{
    array->array[(size_t)row * array->columns + column] = value;
}

/* Which rows and columns of an array, by number; NULL: all. */
static struct operand choose(struct call *call, const struct operand *from, const uint32_t *rows,
                             uint32_t row_count, const uint32_t *columns, uint32_t column_count)
{
    struct operand result = new_array(call, row_count, column_count);
    for (uint32_t row = 0; result.kind == OPERAND_ARRAY && row < row_count; row++) {
        if (evaluation_is_stopped(call->evaluation, column_count))
            break;
        for (uint32_t column = 0; column < column_count; column++)
            set(&result, row, column,
                operand_element(from, rows ? rows[row] : row, columns ? columns[column] : column));
    }
    return result;
}

static uint32_t *take_list(struct call *call, uint64_t count)
{
    return evaluation_take(call->evaluation, ((size_t)count + 1) * sizeof(uint32_t));
}

/* ---- made ---------------------------------------------------------------------------------------
 */

static struct operand do_sequence(struct call *call)
{
    double rows, columns;
    struct operand result;
    struct value start = value_number(1), step = value_number(1);
    if (!take_whole(call, 0, 1, &rows, &result) || !take_whole(call, 1, 1, &columns, &result))
        return result;
    if (call_has(call, 2))
        start = evaluation_number(call->evaluation, call->arguments[2].value);
    if (call_has(call, 3))
        step = evaluation_number(call->evaluation, call->arguments[3].value);
    if (start.kind == VALUE_ERROR || step.kind == VALUE_ERROR)
        return operand_of(start.kind == VALUE_ERROR ? start : step);
    result = new_array(call, rows, columns);
    size_t count = result.kind == OPERAND_ARRAY ? (size_t)result.rows * result.columns : 0;
    for (size_t i = 0; i < count; i++)
        result.array[i] = value_number(start.number + (double)i * step.number);
    return result;
}

static struct operand do_randarray(struct call *call)
{
    double rows, columns, low = 0, high = 1;
    bool is_whole;
    struct operand result;
    if (!take_whole(call, 0, 1, &rows, &result) || !take_whole(call, 1, 1, &columns, &result) ||
        !take_truth(call, 4, &is_whole, &result))
        return result;
    if (call_has(call, 2))
        low = call_number(call, 2);
    if (call_has(call, 3))
        high = call_number(call, 3);
    if (low > high || (is_whole && (low != floor(low) || high != floor(high))))
        return operand_error(ERROR_VALUE);
    result = new_array(call, rows, columns);
    size_t count = result.kind == OPERAND_ARRAY ? (size_t)result.rows * result.columns : 0;
    for (size_t i = 0; i < count; i++) {
        double part = (double)(evaluation_random(call->evaluation) >> 11) * 0x1p-53;
        double number = low + part * (high - low + is_whole);
        result.array[i] = value_number(is_whole ? fmin(floor(number), high) : number);
    }
    return result;
}

/* ---- chosen -------------------------------------------------------------------------------------
 */

static struct operand do_filter(struct call *call)
{
    struct operand array, wanted, result;
    if (!take_array(call, 0, &array, &result) || !take_array(call, 1, &wanted, &result))
        return result;
    bool by_rows = wanted.columns == 1 && wanted.rows == array.rows;
    if (!by_rows && !(wanted.rows == 1 && wanted.columns == array.columns))
        return operand_error(ERROR_VALUE);
    uint32_t count = by_rows ? array.rows : array.columns, kept = 0;
    uint32_t *lines = take_list(call, count);
    if (!lines)
        return operand_error(ERROR_NUM);
    for (uint32_t i = 0; i < count; i++) {
        struct value truth =
            value_to_boolean(operand_element(&wanted, by_rows ? i : 0, by_rows ? 0 : i));
        if (truth.kind == VALUE_ERROR)
            return operand_of(truth);
        if (truth.boolean)
            lines[kept++] = i;
    }
    if (!kept)
        return call_has(call, 2) ? call->arguments[2] : operand_error(ERROR_VALUE);
    return by_rows ? choose(call, &array, lines, kept, NULL, array.columns)
                   : choose(call, &array, NULL, array.rows, lines, kept);
}

/* The first or last so many lines, or, of DROP, the others. *first and *count before: all. */
static bool cut_lines(double wanted, bool is_drop, uint32_t *first, uint32_t *count)
{
    double all = *count, taken = fmin(fabs(wanted), all);
    double kept = is_drop ? all - taken : taken;
    bool from_front = (wanted > 0) != is_drop;
    *first = from_front ? 0 : (uint32_t)(all - kept);
    *count = (uint32_t)kept;
    return kept > 0;
}

static struct operand take_or_drop(struct call *call, bool is_drop)
{
    struct operand array, result;
    double rows, columns;
    if (!take_array(call, 0, &array, &result) || !take_whole(call, 1, 0, &rows, &result) ||
        !take_whole(call, 2, 0, &columns, &result))
        return result;
    uint32_t row = 0, column = 0, row_count = array.rows, column_count = array.columns;
    if (call_has(call, 1) && !cut_lines(rows, is_drop, &row, &row_count))
        return operand_error(ERROR_VALUE);
    if (call_has(call, 2) && !cut_lines(columns, is_drop, &column, &column_count))
        return operand_error(ERROR_VALUE);
    uint32_t *row_list = take_list(call, row_count), *column_list = take_list(call, column_count);
    if (!row_list || !column_list)
        return operand_error(ERROR_NUM);
    for (uint32_t i = 0; i < row_count; i++)
        row_list[i] = row + i;
    for (uint32_t i = 0; i < column_count; i++)
        column_list[i] = column + i;
    return choose(call, &array, row_list, row_count, column_list, column_count);
}

static struct operand do_take(struct call *call)
{
    return take_or_drop(call, false);
}

static struct operand do_drop(struct call *call)
{
    return take_or_drop(call, true);
}

/* Numbers of lines in all arguments but the first; from the end when below 0. */
static struct operand choose_lines(struct call *call, bool by_rows)
{
    struct operand array, result;
    struct walk walk;
    uint64_t count = 0;
    if (!take_array(call, 0, &array, &result))
        return result;
    uint32_t all = by_rows ? array.rows : array.columns, *lines = NULL;
    for (int pass = 0; pass < 2; pass++) {
        if (pass && !(lines = take_list(call, count)))
            return operand_error(ERROR_NUM);
        count = 0;
        for (unsigned i = 1; i < call->argument_count; i++) {
            walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_BY_ROWS);
            while (walk_next(&walk)) {
                struct value line = evaluation_number(call->evaluation, walk.value);
                if (line.kind == VALUE_ERROR)
                    return operand_of(line);
                double number = trunc(line.number);
                if (!(fabs(number) >= 1 && fabs(number) <= all))
                    return operand_error(ERROR_VALUE);
                if (pass)
                    lines[count] = (uint32_t)(number > 0 ? number - 1 : all + number);
                count++;
            }
        }
    }
    return by_rows ? choose(call, &array, lines, (uint32_t)count, NULL, array.columns)
                   : choose(call, &array, NULL, array.rows, lines, (uint32_t)count);
}

static struct operand do_chooserows(struct call *call)
{
    return choose_lines(call, true);
}

static struct operand do_choosecols(struct call *call)
{
    return choose_lines(call, false);
}

/* ---- sorted -------------------------------------------------------------------------------------
 *
 * Lines of an array, in the order of keys: of each a row or column of values, the first one first.
 */

enum { KEYS_MAX = 126 };

struct key {
    struct operand array;
    uint32_t line; /* of it */
    bool is_descending;
};

struct order {
    struct evaluation *evaluation;
    struct key keys[KEYS_MAX];
    unsigned key_count;
    bool by_rows; /* rows are sorted */
};

static struct value key_value(const struct order *order, unsigned key, uint32_t i)
{
    const struct key *at = &order->keys[key];
    return order->by_rows ? operand_element(&at->array, i, at->line)
                          : operand_element(&at->array, at->line, i);
}

/* Empty ones are last, whichever way. */
static int compare_lines(const struct order *order, uint32_t a, uint32_t b)
{
    for (unsigned key = 0; key < order->key_count; key++) {
        struct value left = key_value(order, key, a), right = key_value(order, key, b);
        bool left_blank = left.kind == VALUE_BLANK, right_blank = right.kind == VALUE_BLANK;
        int result = left_blank || right_blank        ? left_blank - right_blank
                     : order->keys[key].is_descending ? value_compare(right, left)
                                                      : value_compare(left, right);
        if (result)
            return result;
    }
    return 0;
}

/* Merging, so that equal ones stay as they stand. */
static void sort_lines(const struct order *order, uint32_t *lines, uint32_t *room, uint32_t count)
{
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t start = 0; start < count; start += 2 * width) {
            uint64_t middle = start + width < count ? start + width : count;
            uint64_t end = middle + width < count ? middle + width : count;
            uint64_t left = start, right = middle;
            for (uint64_t i = start; i < end; i++) {
                bool takes_left =
                    left < middle &&
                    (right >= end || compare_lines(order, lines[left], lines[right]) <= 0);
                room[i] = lines[takes_left ? left++ : right++];
            }
        }
        memcpy(lines, room, count * sizeof *lines);
        if (evaluation_is_stopped(order->evaluation, count))
            return;
    }
}

static struct operand sorted(struct call *call, const struct order *order,
                             const struct operand *array)
{
    uint32_t count = order->by_rows ? array->rows : array->columns;
    uint32_t *lines = take_list(call, count), *room = take_list(call, count);
    if (!lines || !room)
        return operand_error(ERROR_NUM);
    for (uint32_t i = 0; i < count; i++)
        lines[i] = i;
    sort_lines(order, lines, room, count);
    return order->by_rows ? choose(call, array, lines, count, NULL, array->columns)
                          : choose(call, array, NULL, array->rows, lines, count);
}

static struct operand do_sort(struct call *call)
{
    struct order order = {.evaluation = call->evaluation, .key_count = 1};
    struct operand array, result;
    double line, direction;
    bool by_columns;
    if (!take_array(call, 0, &array, &result) || !take_whole(call, 1, 1, &line, &result) ||
        !take_whole(call, 2, 1, &direction, &result) || !take_truth(call, 3, &by_columns, &result))
        return result;
    order.by_rows = !by_columns;
    if (!(line >= 1 && line <= (by_columns ? array.rows : array.columns)) || fabs(direction) != 1)
        return operand_error(ERROR_VALUE);
    order.keys[0] = (struct key){array, (uint32_t)line - 1, direction < 0};
    return sorted(call, &order, &array);
}

static struct operand do_sortby(struct call *call)
{
    struct order order = {.evaluation = call->evaluation};
    struct operand array, result;
    if (!take_array(call, 0, &array, &result))
        return result;
    for (unsigned i = 1; i < call->argument_count && order.key_count < KEYS_MAX; i += 2) {
        struct key key = {.line = 0};
        double direction;
        if (!take_array(call, i, &key.array, &result) ||
            !take_whole(call, i + 1, 1, &direction, &result))
            return result;
        bool by_rows = key.array.columns == 1 && key.array.rows == array.rows;
        bool by_columns = key.array.rows == 1 && key.array.columns == array.columns;
        bool is_alike = i == 1 || (order.by_rows ? by_rows : by_columns);
        if ((!by_rows && !by_columns) || !is_alike || fabs(direction) != 1)
            return operand_error(ERROR_VALUE);
        if (i == 1)
            order.by_rows = by_rows;
        key.is_descending = direction < 0;
        order.keys[order.key_count++] = key;
    }
    return sorted(call, &order, &array);
}

/* Lines that are there once, or each of them once: found by sorting. */
static struct operand do_unique(struct call *call)
{
    struct operand array, result;
    struct order order = {.evaluation = call->evaluation};
    bool by_columns, once;
    if (!take_array(call, 0, &array, &result) || !take_truth(call, 1, &by_columns, &result) ||
        !take_truth(call, 2, &once, &result))
        return result;
    order.by_rows = !by_columns;
    uint32_t count = by_columns ? array.columns : array.rows, kept = 0;
    order.key_count = by_columns ? array.rows : array.columns;
    if (order.key_count > KEYS_MAX)
        return operand_error(ERROR_NUM);
    for (unsigned i = 0; i < order.key_count; i++)
        order.keys[i] = (struct key){.array = array, .line = i};
    uint32_t *lines = take_list(call, count), *room = take_list(call, count);
    bool *is_kept = evaluation_take(call->evaluation, (size_t)count + 1);
    if (!lines || !room || !is_kept)
        return operand_error(ERROR_NUM);
    for (uint32_t i = 0; i < count; i++)
        lines[i] = i;
    sort_lines(&order, lines, room, count);
    for (uint32_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && compare_lines(&order, lines[i], lines[next]) == 0;)
            next++;
        is_kept[lines[i]] = !once || next == i + 1;
    }
    for (uint32_t i = 0; i < count; i++)
        if (is_kept[i])
            lines[kept++] = i;
    if (!kept)
        return operand_error(ERROR_VALUE);
    return by_columns ? choose(call, &array, NULL, array.rows, lines, kept)
                      : choose(call, &array, lines, kept, NULL, array.columns);
}

/* ---- joined -------------------------------------------------------------------------------------
 */

/* One below the other, or beside it; where one is shorter, #N/A. */
static struct operand stack(struct call *call, bool is_vertical)
{
    struct operand arrays[FORMULA_ARGUMENTS_MAX], result;
    uint64_t length = 0, width = 0, done = 0;
    for (unsigned i = 0; i < call->argument_count; i++) {
        const struct operand *argument = &call->arguments[i];
        arrays[i] = argument->kind == OPERAND_MISSING
                        ? operand_of(value_blank())
                        : operand_to_array(call->evaluation, argument);
        if (arrays[i].kind == OPERAND_VALUE && argument->kind == OPERAND_REFERENCE)
            return arrays[i];
        uint32_t rows = arrays[i].rows, columns = arrays[i].columns;
        length += is_vertical ? rows : columns;
        uint32_t across = is_vertical ? columns : rows;
        width = across > width ? across : width;
    }
    result = new_array(call, is_vertical ? (double)length : (double)width,
                       is_vertical ? (double)width : (double)length);
    if (result.kind != OPERAND_ARRAY)
        return result;
    for (unsigned i = 0; i < call->argument_count; i++) {
        uint32_t count = is_vertical ? arrays[i].rows : arrays[i].columns;
        uint32_t across = is_vertical ? arrays[i].columns : arrays[i].rows;
        for (uint32_t at = 0; at < count; at++)
            for (uint32_t k = 0; k < width; k++) {
                struct value value = k >= across   ? value_error(ERROR_NA)
                                     : is_vertical ? operand_element(&arrays[i], at, k)
                                                   : operand_element(&arrays[i], k, at);
                uint32_t line = (uint32_t)done + at;
                set(&result, is_vertical ? line : k, is_vertical ? k : line, value);
            }
        done += count;
        if (evaluation_is_stopped(call->evaluation, count * width))
            break;
    }
    return result;
}

static struct operand do_vstack(struct call *call)
{
    return stack(call, true);
}

static struct operand do_hstack(struct call *call)
{
    return stack(call, false);
}

enum { IGNORE_BLANKS = 1, IGNORE_ERRORS = 2 };

static struct operand to_line(struct call *call, bool is_row)
{
    struct operand array, result;
    double ignored;
    bool by_columns;
    if (!take_array(call, 0, &array, &result) || !take_whole(call, 1, 0, &ignored, &result) ||
        !take_truth(call, 2, &by_columns, &result))
        return result;
    if (!(ignored >= 0 && ignored <= 3))
        return operand_error(ERROR_VALUE);
    uint64_t all = (uint64_t)array.rows * array.columns, count = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass)
            result = new_array(call, is_row ? 1 : (double)count, is_row ? (double)count : 1);
        if (pass && result.kind != OPERAND_ARRAY)
            return result;
        count = 0;
        for (uint64_t i = 0; i < all; i++) {
            uint32_t row = (uint32_t)(by_columns ? i % array.rows : i / array.columns);
            uint32_t column = (uint32_t)(by_columns ? i / array.rows : i % array.columns);
            struct value value = operand_element(&array, row, column);
            if ((((int)ignored & IGNORE_BLANKS) && value.kind == VALUE_BLANK) ||
                (((int)ignored & IGNORE_ERRORS) && value.kind == VALUE_ERROR))
                continue;
            if (pass)
                result.array[count] = value;
            count++;
        }
        if (evaluation_is_stopped(call->evaluation, all))
            return operand_error(ERROR_NUM);
    }
    return result;
}

static struct operand do_torow(struct call *call)
{
    return to_line(call, true);
}

static struct operand do_tocol(struct call *call)
{
    return to_line(call, false);
}

/* A row or column in lines of so many elements. */
static struct operand wrap(struct call *call, bool in_rows)
{
    struct operand array, result;
    double width;
    struct value pad = value_error(ERROR_NA);
    if (!take_array(call, 0, &array, &result) || !take_whole(call, 1, 1, &width, &result))
        return result;
    if (call_has(call, 2))
        pad = operand_value(call->evaluation, &call->arguments[2]);
    if (array.rows != 1 && array.columns != 1)
        return operand_error(ERROR_VALUE);
    if (!(width >= 1))
        return operand_error(ERROR_NUM);
    uint32_t count = array.rows * array.columns;
    width = fmin(width, count);
    double lines = ceil(count / width);
    result = new_array(call, in_rows ? lines : width, in_rows ? width : lines);
    if (result.kind != OPERAND_ARRAY)
        return result;
    for (uint64_t i = 0; i < (uint64_t)result.rows * result.columns; i++) {
        uint32_t line = (uint32_t)(i / (uint64_t)width), at = (uint32_t)(i % (uint64_t)width);
        struct value value = i >= count ? pad
                                        : operand_element(&array, array.rows == 1 ? 0 : (uint32_t)i,
                                                          array.rows == 1 ? (uint32_t)i : 0);
        set(&result, in_rows ? line : at, in_rows ? at : line, value);
    }
    return result;
}

static struct operand do_wraprows(struct call *call)
{
    return wrap(call, true);
}

static struct operand do_wrapcols(struct call *call)
{
    return wrap(call, false);
}

static struct operand do_expand(struct call *call)
{
    struct operand array, result;
    double rows, columns;
    struct value pad = value_error(ERROR_NA);
    if (!take_array(call, 0, &array, &result) || !take_whole(call, 1, array.rows, &rows, &result) ||
        !take_whole(call, 2, array.columns, &columns, &result))
        return result;
    if (call_has(call, 3))
        pad = operand_value(call->evaluation, &call->arguments[3]);
    if (rows < array.rows || columns < array.columns)
        return operand_error(ERROR_VALUE);
    result = new_array(call, rows, columns);
    for (uint32_t row = 0; result.kind == OPERAND_ARRAY && row < result.rows; row++) {
        if (evaluation_is_stopped(call->evaluation, result.columns))
            break;
        for (uint32_t column = 0; column < result.columns; column++)
            set(&result, row, column,
                row < array.rows && column < array.columns ? operand_element(&array, row, column)
                                                           : pad);
    }
    return result;
}

#define LATER (FUNCTION_IS_LATER | FUNCTION_TAKES_ARRAYS)
#define OF_SHEETS (FUNCTION_IS_OF_SHEETS | FUNCTION_TAKES_ARRAYS)
static const struct function functions[] = {
    {"CHOOSECOLS", 2, 255, "rr*", do_choosecols, LATER, "CHOOSECOLS(array, column, ...)",
     "some columns of an array"},
    {"CHOOSEROWS", 2, 255, "rr*", do_chooserows, LATER, "CHOOSEROWS(array, row, ...)",
     "some rows of an array"},
    {"DROP", 2, 3, "rrr", do_drop, LATER, "DROP(array, rows, columns)",
     "an array without its first or last rows or columns"},
    {"EXPAND", 2, 4, "rrrr", do_expand, LATER, "EXPAND(array, rows, columns, pad)",
     "an array made larger"},
    {"FILTER", 2, 3, "rrr", do_filter, OF_SHEETS, "FILTER(array, wanted, otherwise)",
     "the rows or columns that are wanted"},
    {"HSTACK", 1, 254, "r*", do_hstack, LATER, "HSTACK(array, ...)", "arrays beside each other"},
    {"RANDARRAY", 0, 5, "rrnnr", do_randarray, FUNCTION_IS_LATER | FUNCTION_IS_VOLATILE,
     "RANDARRAY(rows, columns, low, high, whole)", "random numbers"},
    {"SEQUENCE", 1, 4, "rrvv", do_sequence, FUNCTION_IS_LATER,
     "SEQUENCE(rows, columns, start, step)", "numbers one after the other"},
    {"SORT", 1, 4, "rrrr", do_sort, OF_SHEETS, "SORT(array, line, direction, by_columns)",
     "the rows of an array in order"},
    {"SORTBY", 2, 253, "rr*", do_sortby, LATER, "SORTBY(array, keys, direction, ...)",
     "the rows of an array in the order of others"},
    {"TAKE", 2, 3, "rrr", do_take, LATER, "TAKE(array, rows, columns)",
     "the first or last rows or columns of an array"},
    {"TOCOL", 1, 3, "rrr", do_tocol, LATER, "TOCOL(array, ignored, by_columns)",
     "an array as one column"},
    {"TOROW", 1, 3, "rrr", do_torow, LATER, "TOROW(array, ignored, by_columns)",
     "an array as one row"},
    {"UNIQUE", 1, 3, "rrr", do_unique, LATER, "UNIQUE(array, by_columns, once)",
     "each row of an array once"},
    {"VSTACK", 1, 254, "r*", do_vstack, LATER, "VSTACK(array, ...)", "arrays one below the other"},
    {"WRAPCOLS", 2, 3, "rrr", do_wrapcols, LATER, "WRAPCOLS(line, length, pad)",
     "a row or column in several columns"},
    {"WRAPROWS", 2, 3, "rrr", do_wraprows, LATER, "WRAPROWS(line, length, pad)",
     "a row or column in several rows"},
};

const struct function_list function_array = {functions, sizeof functions / sizeof *functions};
