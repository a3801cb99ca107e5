/* SPDX-License-Identifier: MIT */
/*
 * function_database.c - DSUM and its like: what a column of a table comes to, in the records that
 * fulfil conditions.
 *
 * A table has titles in its first row. So have conditions; each row below is one set of them, which
 * all have to hold, and a record that fulfils any set counts. A condition that is a text with no
 * operator in front asks for texts that begin with it: the one difference from COUNTIF. What is
 * empty asks for nothing.
 */
#include <math.h>
#include <string.h>

#include "sheet/functions/criterion.h"
#include "sheet/functions/digest.h"

/* A condition on a column of the table. */
struct condition {
    uint32_t column;
    bool is_there; /* false: everything fulfils it */
    struct criterion criterion;
};

struct table {
    struct evaluation *evaluation;
    const struct operand *records, *wanted;
    uint32_t rows, columns; /* used rows, titles counted */
    uint32_t field;         /* FIELD_NONE: records as such */
    struct condition *conditions;
    uint32_t set_count, condition_count; /* of each set */
    struct value error;                  /* VALUE_BLANK: none */
};

static const uint32_t FIELD_NONE = UINT32_MAX;

enum { CONDITIONS_MAX = 1 << 20 };

static bool has_cells(const struct operand *operand, uint32_t *rows, uint32_t *columns,
                      struct value *error)
{
    *error = operand->kind == OPERAND_VALUE && operand->value.kind == VALUE_ERROR
                 ? operand->value
                 : value_error(ERROR_VALUE);
    bool is_area = operand->kind == OPERAND_REFERENCE || operand->kind == OPERAND_ARRAY;
    if (!is_area || !operand_size(operand, rows, columns))
        return false;
    *error = value_blank();
    return true;
}

/* Rows up to the last one in use: A:D is no longer than what it holds. */
static uint32_t used_rows(struct evaluation *evaluation, const struct operand *operand)
{
    struct walk walk;
    uint32_t rows = 0;
    walk_begin(&walk, evaluation, operand, WALK_ANY);
    while (walk_next(&walk))
        if (walk.row >= rows)
            rows = walk.row + 1;
    return rows;
}

/* Titles may be numbers: 2024 is found by "2024". */
static bool find_title(const struct table *table, struct value wanted, uint32_t *column)
{
    char buffer[VALUE_NUMBER_BYTES], wanted_buffer[VALUE_NUMBER_BYTES];
    wanted = value_to_text(wanted, wanted_buffer);
    if (wanted.kind != VALUE_TEXT || !wanted.text_bytes)
        return false;
    for (*column = 0; *column < table->columns; ++*column) {
        struct value title = operand_at(table->evaluation, table->records, 0, *column);
        title = value_to_text(title, buffer);
        if (title.kind == VALUE_TEXT && value_compare(title, wanted) == 0)
            return true;
    }
    return false;
}

/* A column by its title, or its number from 1. */
static bool find_column(const struct table *table, struct value wanted, uint32_t *column)
{
    if (wanted.kind != VALUE_NUMBER)
        return wanted.kind == VALUE_TEXT && find_title(table, wanted, column);
    bool is_there = wanted.number >= 1 && wanted.number < (double)table->columns + 1;
    *column = is_there ? (uint32_t)wanted.number - 1 : 0;
    return is_there;
}

/* "App" as "App*". */
static struct criterion beginning_with(struct evaluation *evaluation, struct value text)
{
    struct criterion criterion = criterion_of(text);
    bool has_operator = text.text_bytes && strchr("=<>", text.text[0]);
    if (criterion.value.kind != VALUE_TEXT || has_operator)
        return criterion;
    char *pattern = evaluation_take(evaluation, (size_t)text.text_bytes + 1);
    if (!pattern)
        return criterion;
    memcpy(pattern, text.text, text.text_bytes);
    pattern[text.text_bytes] = '*';
    criterion.value = value_text(pattern, (size_t)text.text_bytes + 1);
    criterion.has_wildcards = true;
    return criterion;
}

static struct condition condition_at(const struct table *table, uint32_t row, uint32_t column)
{
    struct condition condition = {.is_there = false};
    struct value title = operand_at(table->evaluation, table->wanted, 0, column);
    struct value value = operand_at(table->evaluation, table->wanted, row, column);
    bool is_empty = value.kind == VALUE_BLANK || (value.kind == VALUE_TEXT && !value.text_bytes);
    if (is_empty || !find_title(table, title, &condition.column))
        return condition;
    condition.is_there = true;
    condition.criterion =
        value.kind == VALUE_TEXT ? beginning_with(table->evaluation, value) : criterion_of(value);
    return condition;
}

static bool read_conditions(struct table *table)
{
    uint32_t rows, columns;
    if (!has_cells(table->wanted, &rows, &columns, &table->error))
        return false;
    uint32_t used = used_rows(table->evaluation, table->wanted);
    /* An empty row among them asks for nothing, which all fulfil; those below the last in use are
     * there when the area says so. */
    table->set_count = rows <= used ? rows - 1 : used ? used : 1;
    table->condition_count = columns;
    uint64_t count = (uint64_t)table->set_count * columns;
    table->error = value_error(rows < 2 ? ERROR_VALUE : ERROR_NUM);
    if (rows < 2 || count > CONDITIONS_MAX)
        return false;
    table->conditions =
        evaluation_take(table->evaluation, (size_t)(count + 1) * sizeof *table->conditions);
    if (!table->conditions)
        return false;
    for (uint32_t row = 0; row < table->set_count; row++)
        for (uint32_t column = 0; column < columns; column++)
            table->conditions[(size_t)row * columns + column] =
                condition_at(table, row + 1, column);
    table->error = value_blank();
    return true;
}

/* Arguments: the table, the field, the conditions. */
static bool read_table(struct table *table, struct call *call, bool needs_field)
{
    uint32_t rows;
    *table = (struct table){.evaluation = call->evaluation,
                            .records = &call->arguments[0],
                            .wanted = &call->arguments[2],
                            .field = FIELD_NONE};
    if (!has_cells(table->records, &rows, &table->columns, &table->error))
        return false;
    table->rows = used_rows(call->evaluation, table->records);
    struct value field = operand_value(call->evaluation, &call->arguments[1]);
    if (field.kind == VALUE_ERROR) {
        table->error = field;
        return false;
    }
    if ((field.kind != VALUE_BLANK || needs_field) && !find_column(table, field, &table->field)) {
        table->error = value_error(ERROR_VALUE);
        return false;
    }
    return read_conditions(table);
}

static bool set_holds(const struct table *table, uint32_t set, uint32_t row)
{
    const struct condition *conditions = table->conditions + (size_t)set * table->condition_count;
    for (uint32_t i = 0; i < table->condition_count; i++) {
        if (!conditions[i].is_there)
            continue;
        struct value value =
            operand_at(table->evaluation, table->records, row, conditions[i].column);
        (void)evaluation_is_stopped(table->evaluation,
                                    criterion_work(&conditions[i].criterion, value));
        if (!criterion_holds(&conditions[i].criterion, value))
            return false;
    }
    return true;
}

static bool is_wanted(const struct table *table, uint32_t row)
{
    for (uint32_t set = 0; set < table->set_count; set++)
        if (set_holds(table, set, row))
            return true;
    return false;
}

/* The value of the field in the next record from *row on; goes behind it. */
static bool next_value(const struct table *table, uint32_t *row, struct value *value)
{
    while (*row < table->rows && !evaluation_is_stopped(table->evaluation, 1)) {
        uint32_t at = (*row)++;
        if (!is_wanted(table, at))
            continue;
        *value = table->field == FIELD_NONE
                     ? value_number(0)
                     : operand_at(table->evaluation, table->records, at, table->field);
        return true;
    }
    return false;
}

static struct operand digest_field(struct call *call, enum digest_kind kind, bool needs_field)
{
    struct table table;
    struct digest digest = {0};
    struct value value;
    bool counts_only = kind == DIGEST_COUNT || kind == DIGEST_COUNT_USED;
    if (!read_table(&table, call, needs_field))
        return operand_of(table.error);
    for (uint32_t row = 1; next_value(&table, &row, &value);) {
        if (value.kind == VALUE_ERROR && !counts_only)
            return operand_of(value);
        if (value.kind != VALUE_BLANK)
            digest_add(&digest, value);
    }
    return digest_result(&digest, kind);
}

#define DIGEST(name, kind, needs_field)                                                            \
    static struct operand name(struct call *call)                                                  \
    {                                                                                              \
        return digest_field(call, kind, needs_field);                                              \
    }

DIGEST(do_daverage, DIGEST_AVERAGE, true)
DIGEST(do_dcount, DIGEST_COUNT, false)
DIGEST(do_dcounta, DIGEST_COUNT_USED, false)
DIGEST(do_dmax, DIGEST_MOST, true)
DIGEST(do_dmin, DIGEST_LEAST, true)
DIGEST(do_dproduct, DIGEST_PRODUCT, true)
DIGEST(do_dstdev, DIGEST_DEVIATION, true)
DIGEST(do_dstdevp, DIGEST_DEVIATION_OF_ALL, true)
DIGEST(do_dsum, DIGEST_SUM, true)
DIGEST(do_dvar, DIGEST_VARIANCE, true)
DIGEST(do_dvarp, DIGEST_VARIANCE_OF_ALL, true)

static struct operand do_dget(struct call *call)
{
    struct table table;
    struct value value, other;
    uint32_t row = 1;
    if (!read_table(&table, call, true))
        return operand_of(table.error);
    if (!next_value(&table, &row, &value))
        return operand_error(ERROR_VALUE);
    return next_value(&table, &row, &other) ? operand_error(ERROR_NUM) : operand_of(value);
}

#define TABLE "(table, field, conditions)"
static const struct function functions[] = {
    {"DAVERAGE", 3, 3, "rrr", do_daverage, 0, "DAVERAGE" TABLE,
     "the average of a column in records that fulfil conditions"},
    {"DCOUNT", 3, 3, "rrr", do_dcount, 0, "DCOUNT" TABLE,
     "how many numbers there are in such records"},
    {"DCOUNTA", 3, 3, "rrr", do_dcounta, 0, "DCOUNTA" TABLE,
     "how many values there are in such records"},
    {"DGET", 3, 3, "rrr", do_dget, 0, "DGET" TABLE, "the value in the one such record"},
    {"DMAX", 3, 3, "rrr", do_dmax, 0, "DMAX" TABLE, "the largest number in such records"},
    {"DMIN", 3, 3, "rrr", do_dmin, 0, "DMIN" TABLE, "the smallest number in such records"},
    {"DPRODUCT", 3, 3, "rrr", do_dproduct, 0, "DPRODUCT" TABLE, "their numbers multiplied"},
    {"DSTDEV", 3, 3, "rrr", do_dstdev, 0, "DSTDEV" TABLE,
     "the standard deviation of a sample in such records"},
    {"DSTDEVP", 3, 3, "rrr", do_dstdevp, 0, "DSTDEVP" TABLE,
     "the standard deviation of everything in such records"},
    {"DSUM", 3, 3, "rrr", do_dsum, 0, "DSUM" TABLE, "the sum of a column in such records"},
    {"DVAR", 3, 3, "rrr", do_dvar, 0, "DVAR" TABLE, "the variance of a sample in such records"},
    {"DVARP", 3, 3, "rrr", do_dvarp, 0, "DVARP" TABLE,
     "the variance of everything in such records"},
};

const struct function_list function_database = {functions, sizeof functions / sizeof *functions};
