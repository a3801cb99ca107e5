/* SPDX-License-Identifier: MIT */
/*
 * function_split.c - texts taken apart at delimiters: TEXTBEFORE, TEXTAFTER, TEXTSPLIT.
 *
 * Delimiters may be several: the one that comes first counts, and of those the longest.
 */
#include <math.h>
#include <string.h>

#include "sheet/book/evaluation.h"
#include "sheet/values/fold.h"

struct delimiters {
    struct evaluation *evaluation;
    struct value *texts; /* the evaluation's */
    size_t count;
    bool folds_case;
};

struct found {
    uint32_t start, end; /* bytes */
};

static bool read_delimiters(struct delimiters *delimiters, struct call *call, unsigned i,
                            struct value *error)
{
    struct walk walk;
    char buffer[VALUE_NUMBER_BYTES];
    size_t count = 0;
    delimiters->evaluation = call->evaluation;
    delimiters->texts = NULL;
    delimiters->count = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass) {
            delimiters->texts =
                evaluation_take(call->evaluation, (count + 1) * sizeof *delimiters->texts);
            *error = value_error(ERROR_NUM);
            if (!delimiters->texts)
                return false;
        }
        walk_begin(&walk, call->evaluation, &call->arguments[i], WALK_BY_ROWS);
        while (walk_next(&walk)) {
            struct value text = value_to_text(walk.value, buffer);
            if (text.kind == VALUE_ERROR) {
                *error = text;
                return false;
            }
            count += !pass;
            if (pass)
                delimiters->texts[delimiters->count++] =
                    text.text == buffer
                        ? evaluation_text(call->evaluation, text.text, text.text_bytes)
                        : text;
        }
    }
    return true;
}

/* Of folded text a character may have another length: so one after the other. */
static bool begins_with(struct value text, uint32_t at, struct value start, bool folds_case,
                        uint32_t *end)
{
    uint32_t from = 0, character;
    if (!folds_case) {
        *end = at + start.text_bytes;
        return start.text_bytes <= text.text_bytes - at &&
               memcmp(text.text + at, start.text, start.text_bytes) == 0;
    }
    while (from < start.text_bytes && at < text.text_bytes) {
        size_t own = fold_decode(text.text + at, text.text_bytes - at, &character);
        size_t other = fold_decode(start.text + from, start.text_bytes - from, &character);
        if (!fold_is(text.text + at, own, start.text + from, other))
            return false;
        at += (uint32_t)own;
        from += (uint32_t)other;
    }
    *end = at;
    return from == start.text_bytes;
}

/* The next delimiter at or behind a byte. */
static bool find_next(const struct delimiters *delimiters, struct value text, uint32_t at,
                      struct found *found)
{
    for (; at < text.text_bytes; at++) {
        bool is_found = false;
        for (size_t i = 0; i < delimiters->count; i++) {
            uint32_t end;
            struct value delimiter = delimiters->texts[i];
            if (!delimiter.text_bytes ||
                !begins_with(text, at, delimiter, delimiters->folds_case, &end) ||
                (is_found && end <= found->end))
                continue;
            *found = (struct found){at, end};
            is_found = true;
        }
        if (is_found)
            return true;
        if (at % 4096 == 4095 && evaluation_is_stopped(delimiters->evaluation, delimiters->count))
            return false;
    }
    return false;
}

static bool whole_of(const struct call *call, unsigned i, double otherwise, double *whole,
                     struct value *error)
{
    *whole = otherwise;
    if (!call_has(call, i))
        return true;
    *error = evaluation_number(call->evaluation, call->arguments[i].value);
    *whole = trunc(error->kind == VALUE_NUMBER ? error->number : 0);
    return error->kind != VALUE_ERROR;
}

static size_t count_found(const struct delimiters *delimiters, struct value text)
{
    struct found found = {0, 0};
    size_t count = 0;
    for (uint32_t at = 0; find_next(delimiters, text, at, &found); at = found.end)
        count++;
    return count;
}

/* Where the instance wanted lies; the end of the text may be one, too. */
static bool find_instance(const struct delimiters *delimiters, struct value text, double instance,
                          bool end_counts, struct found *found)
{
    double count = (double)count_found(delimiters, text);
    if (instance < 0) {
        if (end_counts && -instance == count + 1) {
            *found = (struct found){0, 0};
            return true;
        }
        instance += count + 1;
    }
    if (instance < 1 || instance > count + end_counts)
        return false;
    *found = (struct found){text.text_bytes, text.text_bytes};
    uint32_t at = 0;
    for (; instance >= 1 && find_next(delimiters, text, at, found); instance--)
        at = found->end;
    if (instance >= 1)
        *found = (struct found){text.text_bytes, text.text_bytes};
    return true;
}

static bool has_empty(const struct delimiters *delimiters)
{
    for (size_t i = 0; i < delimiters->count; i++)
        if (!delimiters->texts[i].text_bytes)
            return true;
    return !delimiters->count;
}

static struct operand part_at(struct call *call, bool is_before)
{
    struct delimiters delimiters;
    struct value text = call->arguments[0].value, error;
    struct found found;
    double instance, folds_case, end_counts;
    if (!read_delimiters(&delimiters, call, 1, &error) ||
        !whole_of(call, 2, 1, &instance, &error) || !whole_of(call, 3, 0, &folds_case, &error) ||
        !whole_of(call, 4, 0, &end_counts, &error))
        return operand_of(error);
    if (instance == 0 || fabs(instance) > text.text_bytes + 1.0)
        return operand_error(ERROR_VALUE);
    delimiters.folds_case = folds_case != 0;
    if (has_empty(&delimiters)) {
        uint32_t at = instance > 0 ? 0 : text.text_bytes;
        found = (struct found){at, at};
    } else if (!find_instance(&delimiters, text, instance, end_counts != 0, &found)) {
        return call_has(call, 5) ? call->arguments[5] : operand_error(ERROR_NA);
    }
    return operand_of(is_before ? value_text(text.text, found.start)
                                : value_text(text.text + found.end, text.text_bytes - found.end));
}

static struct operand do_textbefore(struct call *call)
{
    return part_at(call, true);
}

static struct operand do_textafter(struct call *call)
{
    return part_at(call, false);
}

/* ---- TEXTSPLIT ----------------------------------------------------------------------------------
 */

struct split {
    struct delimiters columns, rows;
    bool ignores_empty;
};

/* Goes over a piece of the text up to the next delimiter, or its end. false: there is none. */
static bool next_piece(const struct delimiters *delimiters, struct value text, uint32_t *at,
                       bool ignores_empty, struct value *piece)
{
    while (*at <= text.text_bytes) {
        struct found found = {text.text_bytes, text.text_bytes + 1};
        uint32_t start = *at;
        if (!find_next(delimiters, text, start, &found))
            found = (struct found){text.text_bytes, text.text_bytes + 1};
        *at = found.end;
        *piece = value_text(text.text + start, found.start - start);
        if (piece->text_bytes || !ignores_empty)
            return true;
    }
    return false;
}

/* result NULL: the size is counted. */
static void split_text(const struct split *split, struct value text, struct operand *result,
                       uint64_t *rows, uint64_t *columns)
{
    struct value line, piece;
    *rows = *columns = 0;
    for (uint32_t at = 0; next_piece(&split->rows, text, &at, split->ignores_empty, &line);) {
        uint64_t column = 0;
        for (uint32_t in_line = 0;
             next_piece(&split->columns, line, &in_line, split->ignores_empty, &piece); column++)
            if (result)
                result->array[*rows * result->columns + column] = piece;
        *columns = column > *columns ? column : *columns;
        ++*rows;
        if (evaluation_is_stopped(split->columns.evaluation, 1))
            break;
    }
}

static struct operand do_textsplit(struct call *call)
{
    struct split split = {.rows.evaluation = call->evaluation};
    struct value text = operand_value(call->evaluation, &call->arguments[0]), error;
    struct value pad = value_error(ERROR_NA);
    char buffer[VALUE_NUMBER_BYTES];
    double ignores_empty, folds_case;
    uint64_t rows, columns;
    text = value_to_text(text, buffer);
    if (text.kind == VALUE_ERROR)
        return operand_of(text);
    if (text.text == buffer)
        text = evaluation_text(call->evaluation, buffer, text.text_bytes);
    split.columns.evaluation = call->evaluation;
    bool has_columns = call_has(call, 1), has_rows = call_has(call, 2);
    if ((has_columns && !read_delimiters(&split.columns, call, 1, &error)) ||
        (has_rows && !read_delimiters(&split.rows, call, 2, &error)) ||
        !whole_of(call, 3, 0, &ignores_empty, &error) || !whole_of(call, 4, 0, &folds_case, &error))
        return operand_of(error);
    if ((!has_columns && !has_rows) || (has_columns && has_empty(&split.columns)) ||
        (has_rows && has_empty(&split.rows)))
        return operand_error(ERROR_VALUE);
    if (call_has(call, 5))
        pad = operand_value(call->evaluation, &call->arguments[5]);
    split.ignores_empty = ignores_empty != 0;
    split.columns.folds_case = split.rows.folds_case = folds_case != 0;
    split_text(&split, text, NULL, &rows, &columns);
    if (!rows || !columns)
        return operand_error(ERROR_VALUE);
    struct operand result = operand_of_array(call->evaluation, (uint32_t)rows, (uint32_t)columns);
    if (result.kind != OPERAND_ARRAY)
        return result;
    for (uint64_t i = 0; i < rows * columns; i++)
        result.array[i] = pad;
    split_text(&split, text, &result, &rows, &columns);
    return result;
}

static const struct function functions[] = {
    {"TEXTAFTER", 2, 6, "trvvvv", do_textafter, FUNCTION_IS_LATER,
     "TEXTAFTER(text, delimiter, instance, any_case, to_end, otherwise)",
     "what stands behind a delimiter"},
    {"TEXTBEFORE", 2, 6, "trvvvv", do_textbefore, FUNCTION_IS_LATER,
     "TEXTBEFORE(text, delimiter, instance, any_case, to_end, otherwise)",
     "what stands in front of a delimiter"},
    {"TEXTSPLIT", 2, 6, "rrrvvv", do_textsplit, FUNCTION_IS_LATER,
     "TEXTSPLIT(text, columns, rows, skip_empty, any_case, pad)",
     "the pieces of a text between delimiters"},
};

const struct function_list function_split = {functions, sizeof functions / sizeof *functions};
