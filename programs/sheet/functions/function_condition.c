/* SPDX-License-Identifier: MIT */
/*
 * function_condition.c - SUMIF, COUNTIFS and their like: areas of one shape, each with a condition;
 * what counts are the places where all conditions hold.
 *
 * Only used cells are looked at. To add up, the used cells of what is added are walked over, and
 * their neighbours in the other areas asked. To count, those of an area whose condition no empty
 * cell fulfils; where there is none, the places that fail are counted, which all have a used cell
 * in some area, and taken off the number of all places: COUNTIF(A:A,"") costs what column A holds.
 *
 * Where a condition asks for one value, and the same cells have been asked often, its places come
 * from a table (keys.h), and no other ones are looked at.
 */
#include "sheet/book/function.h"
#include "sheet/book/keys.h"
#include "sheet/functions/criterion.h"
#include "sheet/grid/sum.h"

enum { CONDITIONS_MAX = FORMULA_ARGUMENTS_MAX / 2 };

struct condition {
    const struct operand *area;
    struct criterion criterion;
};

struct conditions {
    struct evaluation *evaluation;
    uint32_t rows, columns; /* of every area */
    unsigned count;
    struct condition list[CONDITIONS_MAX];
};

/* ---- reading the arguments ----------------------------------------------------------------------
 */

/* Areas, and arrays in their place; a value is none. VALUE_BLANK: it is good. */
static struct value look_at_area(const struct operand *area, uint32_t *rows, uint32_t *columns)
{
    bool is_error = area->kind == OPERAND_VALUE && area->value.kind == VALUE_ERROR;
    if (is_error)
        return area->value;
    if ((area->kind != OPERAND_REFERENCE && area->kind != OPERAND_ARRAY) ||
        !operand_size(area, rows, columns))
        return value_error(ERROR_VALUE);
    return value_blank();
}

/* Not by an initializer: the list is long, and for few conditions never looked at. */
static void begin(struct conditions *conditions, const struct call *call)
{
    conditions->evaluation = call->evaluation;
    conditions->rows = conditions->columns = 0;
    conditions->count = 0;
}

/* An area and a condition from argument i on. */
static struct value add_condition(struct conditions *conditions, const struct call *call,
                                  unsigned i)
{
    uint32_t rows = 0, columns = 0;
    struct value bad = look_at_area(&call->arguments[i], &rows, &columns);
    if (bad.kind == VALUE_ERROR)
        return bad;
    if (conditions->count == 0) {
        conditions->rows = rows;
        conditions->columns = columns;
    }
    if (rows != conditions->rows || columns != conditions->columns)
        return value_error(ERROR_VALUE);
    struct value wanted = call_has(call, i + 1) ? call->arguments[i + 1].value : value_blank();
    conditions->list[conditions->count++] =
        (struct condition){.area = &call->arguments[i], .criterion = criterion_of(wanted)};
    return value_blank();
}

static struct value add_conditions(struct conditions *conditions, struct call *call, unsigned first)
{
    begin(conditions, call);
    if ((call->argument_count - first) % 2)
        return value_error(ERROR_VALUE);
    for (unsigned i = first; i < call->argument_count; i += 2) {
        struct value bad = add_condition(conditions, call, i);
        if (bad.kind == VALUE_ERROR)
            return bad;
    }
    return value_blank();
}

/* ---- the places ---------------------------------------------------------------------------------
 */

/* Whoever comes next sees that the evaluation is to end. */
static bool holds(const struct conditions *conditions, const struct condition *condition,
                  struct value value)
{
    if (condition->criterion.has_wildcards)
        (void)evaluation_is_stopped(conditions->evaluation,
                                    criterion_work(&condition->criterion, value));
    return criterion_holds(&condition->criterion, value);
}

/* Do the conditions below end hold at a place? One may be known to: skipped. */
static bool hold_at(const struct conditions *conditions, unsigned end, unsigned skipped,
                    uint32_t row, uint32_t column)
{
    for (unsigned i = 0; i < end; i++) {
        const struct condition *condition = &conditions->list[i];
        if (i == skipped)
            continue;
        struct value value = operand_at(conditions->evaluation, condition->area, row, column);
        if (!holds(conditions, condition, value))
            return false;
    }
    return true;
}

/* The places of condition i by a table. false: look at the cells. */
static bool find_places(const struct conditions *conditions, unsigned i, struct key_places *places)
{
    const struct condition *condition = &conditions->list[i];
    const struct criterion *criterion = &condition->criterion;
    struct keys *keys = evaluation_keys(conditions->evaluation);
    bool is_line = condition->area->kind == OPERAND_REFERENCE &&
                   (conditions->rows == 1 || conditions->columns == 1);
    if (!keys || !is_line || criterion->relation != CRITERION_EQUAL || criterion->has_wildcards ||
        criterion->takes_blank)
        return false;
    if (!keys_find(keys, &condition->area->reference, &criterion->value, places))
        return false;
    /* A number is also fulfilled by text that reads as it. */
    return criterion->value.kind != VALUE_NUMBER || !places->has_number_texts;
}

/* The first condition that has a table; the count of conditions: none has. */
static unsigned find_any_places(const struct conditions *conditions, struct key_places *places)
{
    unsigned i = 0;
    while (i < conditions->count && !find_places(conditions, i, places))
        i++;
    return i;
}

/* A place of condition i's: do the others hold there? */
static bool others_hold_at(const struct conditions *conditions, unsigned i, uint32_t place,
                           uint32_t *row, uint32_t *column)
{
    *row = conditions->columns == 1 ? place : 0;
    *column = conditions->columns == 1 ? 0 : place;
    return hold_at(conditions, conditions->count, i, *row, *column);
}

static uint64_t count_found(const struct conditions *conditions, unsigned i,
                            struct key_places *places)
{
    uint32_t row, column;
    uint64_t count = 0;
    if (places->place == KEYS_NOWHERE)
        return 0;
    do
        count += others_hold_at(conditions, i, places->place, &row, &column);
    while (!evaluation_is_stopped(conditions->evaluation, 1) && keys_next(places));
    return count;
}

static uint64_t count_failures(const struct conditions *conditions)
{
    struct walk walk;
    uint64_t failures = 0;
    for (unsigned i = 0; i < conditions->count; i++) {
        const struct condition *condition = &conditions->list[i];
        walk_begin(&walk, conditions->evaluation, condition->area, WALK_ANY);
        while (walk_next(&walk))
            /* Each place once: where the first condition fails. */
            if (!holds(conditions, condition, walk.value) &&
                hold_at(conditions, i, i, walk.row, walk.column))
                failures++;
    }
    return failures;
}

static uint64_t count_places(const struct conditions *conditions)
{
    struct walk walk;
    uint64_t count = 0;
    struct key_places places;
    unsigned i = find_any_places(conditions, &places);
    if (i < conditions->count)
        return count_found(conditions, i, &places);
    for (i = 0; i < conditions->count && conditions->list[i].criterion.takes_blank;)
        i++;
    if (i == conditions->count)
        return (uint64_t)conditions->rows * conditions->columns - count_failures(conditions);
    walk_begin(&walk, conditions->evaluation, conditions->list[i].area, WALK_ANY);
    while (walk_next(&walk))
        if (holds(conditions, &conditions->list[i], walk.value) &&
            hold_at(conditions, conditions->count, i, walk.row, walk.column))
            count++;
    return count;
}

/* The numbers at places where all conditions hold. */
struct tally {
    struct sum sum;
    uint64_t count;
    double least, most;
    struct value error; /* the first one met; VALUE_BLANK: none */
};

static bool tally_value(struct tally *tally, struct value value)
{
    if (value.kind == VALUE_ERROR) {
        tally->error = value;
        return false;
    }
    sum_add(&tally->sum, value.number);
    if (tally->count == 0 || value.number < tally->least)
        tally->least = value.number;
    if (tally->count == 0 || value.number > tally->most)
        tally->most = value.number;
    tally->count++;
    return true;
}

static void tally_found(struct tally *tally, const struct conditions *conditions,
                        const struct operand *values, unsigned i, struct key_places *places)
{
    uint32_t row, column;
    if (places->place == KEYS_NOWHERE)
        return;
    do {
        if (!others_hold_at(conditions, i, places->place, &row, &column))
            continue;
        struct value value = operand_at(conditions->evaluation, values, row, column);
        bool counts = value.kind == VALUE_NUMBER || value.kind == VALUE_ERROR;
        if (counts && !tally_value(tally, value))
            break;
    } while (!evaluation_is_stopped(conditions->evaluation, 1) && keys_next(places));
}

static bool has_shape(const struct conditions *conditions, const struct operand *values)
{
    uint32_t rows, columns;
    return operand_size(values, &rows, &columns) && rows == conditions->rows &&
           columns == conditions->columns;
}

static struct tally tally_places(const struct conditions *conditions, const struct operand *values)
{
    struct tally tally = {.error = value_blank()};
    struct key_places places;
    unsigned i =
        has_shape(conditions, values) ? find_any_places(conditions, &places) : conditions->count;
    if (i < conditions->count) {
        tally_found(&tally, conditions, values, i, &places);
        return tally;
    }
    struct walk walk;
    /* SUMIF of two arguments: what is walked over need not be read again. */
    bool is_own = values == conditions->list[0].area;
    walk_begin(&walk, conditions->evaluation, values, WALK_ANY);
    while (walk_next(&walk)) {
        if (walk.value.kind != VALUE_NUMBER && walk.value.kind != VALUE_ERROR)
            continue;
        if (is_own && !holds(conditions, &conditions->list[0], walk.value))
            continue;
        if (hold_at(conditions, conditions->count, is_own ? 0 : UINT32_MAX, walk.row,
                    walk.column) &&
            !tally_value(&tally, walk.value))
            break;
    }
    return tally;
}

/* ---- the functions ------------------------------------------------------------------------------
 */

typedef struct operand tally_result(const struct tally *tally);

static struct operand sum_of(const struct tally *tally)
{
    return operand_number(sum_result(&tally->sum));
}

static struct operand average_of(const struct tally *tally)
{
    if (tally->count == 0)
        return operand_error(ERROR_DIV0);
    return operand_number(sum_result(&tally->sum) / (double)tally->count);
}

static struct operand least_of(const struct tally *tally)
{
    return operand_number(tally->least);
}

static struct operand most_of(const struct tally *tally)
{
    return operand_number(tally->most);
}

static struct operand tally_all(const struct conditions *conditions, const struct operand *values,
                                tally_result *result)
{
    struct tally tally = tally_places(conditions, values);
    return tally.error.kind == VALUE_ERROR ? operand_of(tally.error) : result(&tally);
}

static uint32_t within(uint32_t first, uint32_t count, uint32_t limit)
{
    return count < limit - first ? first + count - 1 : limit - 1;
}

/* Of the third argument of SUMIF only the first cell counts; the shape is that of the first. */
static struct operand shape_like(const struct operand *values, uint32_t rows, uint32_t columns)
{
    if (values->kind != OPERAND_REFERENCE)
        return *values;
    struct position first = values->reference.area.first;
    struct area area = {first,
                        {within(first.row, rows, ROWS), within(first.column, columns, COLUMNS)}};
    return operand_of_reference(values->reference.sheet, area);
}

static struct operand tally_if(struct call *call, tally_result *result)
{
    struct conditions conditions;
    begin(&conditions, call);
    struct value bad = add_condition(&conditions, call, 0);
    if (bad.kind == VALUE_ERROR)
        return operand_of(bad);
    if (!call_has(call, 2))
        return tally_all(&conditions, &call->arguments[0], result);
    uint32_t rows, columns;
    bad = look_at_area(&call->arguments[2], &rows, &columns);
    if (bad.kind == VALUE_ERROR)
        return operand_of(bad);
    struct operand values = shape_like(&call->arguments[2], conditions.rows, conditions.columns);
    return tally_all(&conditions, &values, result);
}

static struct operand tally_ifs(struct call *call, tally_result *result)
{
    struct conditions conditions;
    uint32_t rows, columns;
    struct value bad = look_at_area(&call->arguments[0], &rows, &columns);
    if (bad.kind != VALUE_ERROR)
        bad = add_conditions(&conditions, call, 1);
    if (bad.kind == VALUE_ERROR)
        return operand_of(bad);
    if (rows != conditions.rows || columns != conditions.columns)
        return operand_error(ERROR_VALUE);
    return tally_all(&conditions, &call->arguments[0], result);
}

static struct operand do_sumif(struct call *call)
{
    return tally_if(call, sum_of);
}

static struct operand do_averageif(struct call *call)
{
    return tally_if(call, average_of);
}

static struct operand do_sumifs(struct call *call)
{
    return tally_ifs(call, sum_of);
}

static struct operand do_averageifs(struct call *call)
{
    return tally_ifs(call, average_of);
}

static struct operand do_minifs(struct call *call)
{
    return tally_ifs(call, least_of);
}

static struct operand do_maxifs(struct call *call)
{
    return tally_ifs(call, most_of);
}

static struct operand do_countifs(struct call *call)
{
    struct conditions conditions;
    struct value bad = add_conditions(&conditions, call, 0);
    return bad.kind == VALUE_ERROR ? operand_of(bad)
                                   : operand_number((double)count_places(&conditions));
}

static const struct function functions[] = {
    {"AVERAGEIF", 2, 3, "rer", do_averageif, FUNCTION_READS_BEYOND,
     "AVERAGEIF(area, condition, numbers)", "the average of the numbers where a condition holds"},
    {"AVERAGEIFS", 3, 255, "rre**", do_averageifs, 0, "AVERAGEIFS(numbers, area, condition, ...)",
     "the average of the numbers where all conditions hold"},
    {"COUNTIF", 2, 2, "re", do_countifs, 0, "COUNTIF(area, condition)",
     "how many cells fulfil a condition"},
    {"COUNTIFS", 2, 254, "re**", do_countifs, 0, "COUNTIFS(area, condition, ...)",
     "at how many places all conditions hold"},
    {"MAXIFS", 3, 255, "rre**", do_maxifs, FUNCTION_IS_LATER,
     "MAXIFS(numbers, area, condition, ...)", "the largest number where all conditions hold"},
    {"MINIFS", 3, 255, "rre**", do_minifs, FUNCTION_IS_LATER,
     "MINIFS(numbers, area, condition, ...)", "the smallest number where all conditions hold"},
    {"SUMIF", 2, 3, "rer", do_sumif, FUNCTION_READS_BEYOND, "SUMIF(area, condition, numbers)",
     "the sum of the numbers where a condition holds"},
    {"SUMIFS", 3, 255, "rre**", do_sumifs, 0, "SUMIFS(numbers, area, condition, ...)",
     "the sum of the numbers where all conditions hold"},
};

const struct function_list function_condition = {functions, sizeof functions / sizeof *functions};
