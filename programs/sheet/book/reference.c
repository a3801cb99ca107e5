/* SPDX-License-Identifier: MIT */
#include "sheet/book/reference.h"

#include <string.h>

#include "sheet/book/evaluation.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static const struct reference *areas_of(const struct operand *operand)
{
    return operand->rows == 1 ? &operand->reference : operand->references;
}

/* Errors go before; anything that is no reference is #VALUE!. */
static bool are_references(struct evaluation *evaluation, const struct operand *pair)
{
    for (int i = 0; i < 2; i++) {
        if (pair[i].kind == OPERAND_REFERENCE)
            continue;
        struct value value = operand_value(evaluation, &pair[i]);
        evaluation_replace(
            evaluation, 2,
            operand_of(value.kind == VALUE_ERROR ? value : value_error(ERROR_VALUE)));
        return false;
    }
    return true;
}

static struct operand range_of(const struct operand *a, const struct operand *b)
{
    if (a->rows != 1 || b->rows != 1 || a->reference.sheet != b->reference.sheet)
        return operand_error(ERROR_VALUE);
    struct area low = a->reference.area, high = b->reference.area;
    struct area box = {
        .first = {low.first.row < high.first.row ? low.first.row : high.first.row,
                  low.first.column < high.first.column ? low.first.column : high.first.column},
        .last = {larger(low.last.row, high.last.row), larger(low.last.column, high.last.column)}};
    return operand_of_reference(a->reference.sheet, box);
}

static struct operand list_of(struct reference *areas, uint32_t count)
{
    if (count == 0)
        return operand_error(ERROR_NULL);
    if (count == 1)
        return operand_of_reference(areas[0].sheet, areas[0].area);
    return (struct operand){
        .kind = OPERAND_REFERENCE, .rows = count, .columns = 1, .references = areas};
}

static struct operand unite(struct evaluation *evaluation, const struct operand *a,
                            const struct operand *b)
{
    uint32_t count = a->rows + b->rows; /* each at most a formula's tokens */
    struct reference *areas = evaluation_take(evaluation, count * sizeof *areas);
    if (!areas)
        return operand_error(ERROR_NUM);
    memcpy(areas, areas_of(a), a->rows * sizeof *areas);
    memcpy(areas + a->rows, areas_of(b), b->rows * sizeof *areas);
    return list_of(areas, count);
}

static struct operand meet(struct evaluation *evaluation, const struct operand *a,
                           const struct operand *b)
{
    uint64_t count_max = (uint64_t)a->rows * b->rows;
    uint32_t count = 0;
    if (count_max > ARRAY_CELLS_MAX)
        return operand_error(ERROR_NUM);
    struct reference *areas = evaluation_take(evaluation, count_max * sizeof *areas);
    if (!areas)
        return operand_error(ERROR_NUM);
    for (uint32_t i = 0; i < a->rows; i++)
        for (uint32_t k = 0; k < b->rows; k++) {
            const struct reference *one = &areas_of(a)[i], *other = &areas_of(b)[k];
            if (one->sheet != other->sheet ||
                !area_meet(one->area, other->area, &areas[count].area))
                continue;
            areas[count++].sheet = one->sheet;
        }
    return list_of(areas, count);
}

void reference_do(struct evaluation *evaluation, enum token_kind kind)
{
    const struct operand *pair = evaluation_operands(evaluation, 2);
    if (!pair || !are_references(evaluation, pair))
        return;
    struct operand result = kind == TOKEN_RANGE   ? range_of(&pair[0], &pair[1])
                            : kind == TOKEN_UNITE ? unite(evaluation, &pair[0], &pair[1])
                                                  : meet(evaluation, &pair[0], &pair[1]);
    evaluation_replace(evaluation, 2, result);
}
