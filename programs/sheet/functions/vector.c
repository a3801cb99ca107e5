/* SPDX-License-Identifier: MIT */
#include "sheet/functions/vector.h"

#include <string.h>

#include "sheet/book/keys.h"
#include "sheet/functions/criterion.h"

/* ---- which cells -------------------------------------------------------------------------------
 */

bool vector_of(struct vector *vector, struct evaluation *evaluation, const struct operand *operand)
{
    uint32_t rows, columns;
    if (!operand_size(operand, &rows, &columns) || (rows != 1 && columns != 1))
        return false;
    return vector_of_line(vector, evaluation, operand, columns != 1, 0);
}

bool vector_of_line(struct vector *vector, struct evaluation *evaluation,
                    const struct operand *operand, bool is_row, uint32_t line)
{
    uint32_t rows, columns;
    if (!operand_size(operand, &rows, &columns))
        return false;
    *vector = (struct vector){.evaluation = evaluation,
                              .operand = *operand,
                              .line = line,
                              .count = is_row ? columns : rows,
                              .is_row = is_row};
    if (operand->kind != OPERAND_REFERENCE)
        return true;
    struct area *area = &vector->operand.reference.area;
    if (is_row)
        area->first.row = area->last.row = area->first.row + line;
    else
        area->first.column = area->last.column = area->first.column + line;
    vector->line = 0;
    return true;
}

struct value vector_at(const struct vector *vector, uint32_t index)
{
    if (index >= vector->count)
        return value_error(ERROR_NA);
    return operand_at(vector->evaluation, &vector->operand, vector->is_row ? vector->line : index,
                      vector->is_row ? index : vector->line);
}

/* ---- values in their order ----------------------------------------------------------------------
 */

/* Values from one place up to another that are not blank. */
struct scan {
    const struct vector *vector;
    struct operand part; /* of cells */
    struct walk walk;
    uint32_t first, next, last;
    uint32_t index; /* of the value just found */
    const struct value *value;
    struct value element; /* of an array: that value */
};

static void scan_begin(struct scan *scan, const struct vector *vector, uint32_t first,
                       uint32_t last)
{
    scan->vector = vector;
    scan->first = scan->next = first;
    scan->last = last;
    if (vector->operand.kind != OPERAND_REFERENCE)
        return;
    scan->part = vector->operand;
    struct area *area = &scan->part.reference.area;
    if (vector->is_row) {
        area->last.column = area->first.column + last;
        area->first.column += first;
    } else {
        area->last.row = area->first.row + last;
        area->first.row += first;
    }
    walk_begin(&scan->walk, vector->evaluation, &scan->part,
               vector->is_row ? WALK_BY_ROWS : WALK_BY_COLUMNS);
}

static bool scan_cells(struct scan *scan)
{
    struct walk *walk = &scan->walk;
    if (!walk_next(walk))
        return false;
    scan->index = scan->first + (scan->vector->is_row ? walk->column : walk->row);
    scan->value = &walk->value;
    return true;
}

static bool scan_next(struct scan *scan)
{
    if (scan->vector->operand.kind == OPERAND_REFERENCE)
        return scan_cells(scan);
    while (scan->next <= scan->last) {
        scan->index = scan->next++;
        scan->element = vector_at(scan->vector, scan->index);
        scan->value = &scan->element;
        if (scan->element.kind != VALUE_BLANK)
            return !evaluation_is_stopped(scan->vector->evaluation, 1);
    }
    return false;
}

/* ---- just like it -------------------------------------------------------------------------------
 */

static bool has_wildcards(struct value wanted)
{
    return wanted.kind == VALUE_TEXT && (memchr(wanted.text, '*', wanted.text_bytes) ||
                                         memchr(wanted.text, '?', wanted.text_bytes) ||
                                         memchr(wanted.text, '~', wanted.text_bytes));
}

static bool is_like(struct evaluation *evaluation, const struct value *value,
                    const struct value *wanted, bool by_wildcards)
{
    enum { STEPS_OF_A_LOOK = 64 };
    if (value->kind != wanted->kind)
        return false;
    if (value->kind == VALUE_NUMBER)
        return value->number == wanted->number;
    if (by_wildcards)
        (void)evaluation_is_stopped(evaluation, (uint64_t)value->text_bytes * wanted->text_bytes /
                                                    STEPS_OF_A_LOOK); /* seen at the next look */
    if (by_wildcards)
        return wildcard_matches(wanted->text, wanted->text_bytes, value->text, value->text_bytes);
    return value_compare(*value, *wanted) == 0;
}

/* By a table, where there is one. */
static bool find_by_keys(const struct vector *vector, const struct value *wanted, uint32_t *found)
{
    struct keys *keys = evaluation_keys(vector->evaluation);
    struct key_places places;
    if (!keys || vector->operand.kind != OPERAND_REFERENCE ||
        !keys_find(keys, &vector->operand.reference, wanted, &places))
        return false;
    (void)evaluation_is_stopped(vector->evaluation, 1); /* little work, but some */
    *found = places.place;
    return true;
}

uint32_t vector_find(const struct vector *vector, struct value wanted, unsigned flags)
{
    struct scan scan;
    uint32_t found = VECTOR_NOWHERE;
    bool by_wildcards = (flags & VECTOR_WILDCARDS) && has_wildcards(wanted);
    if (!by_wildcards && !(flags & VECTOR_LAST) && find_by_keys(vector, &wanted, &found))
        return found;
    scan_begin(&scan, vector, 0, vector->count - 1);
    while (scan_next(&scan)) {
        if (!is_like(vector->evaluation, scan.value, &wanted, by_wildcards))
            continue;
        found = scan.index;
        if (!(flags & VECTOR_LAST))
            break;
    }
    return found;
}

uint32_t vector_find_gap(const struct vector *vector, unsigned flags)
{
    struct scan scan;
    uint32_t next = 0, found = VECTOR_NOWHERE;
    scan_begin(&scan, vector, 0, vector->count - 1);
    while (scan_next(&scan)) {
        if (scan.index > next)
            found = flags & VECTOR_LAST ? scan.index - 1 : next;
        if (found != VECTOR_NOWHERE && !(flags & VECTOR_LAST))
            return found;
        next = scan.index + 1;
    }
    if (next < vector->count)
        found = flags & VECTOR_LAST ? vector->count - 1 : next;
    return found;
}

/* ---- or the next -------------------------------------------------------------------------------
 */

uint32_t vector_find_nearest(const struct vector *vector, struct value wanted, unsigned flags)
{
    struct scan scan;
    struct value nearest = wanted;
    uint32_t found = VECTOR_NOWHERE;
    int side = flags & VECTOR_SMALLER ? -1 : 1;
    bool takes_last = flags & VECTOR_LAST;
    scan_begin(&scan, vector, 0, vector->count - 1);
    while (scan_next(&scan)) {
        if (scan.value->kind != wanted.kind || value_compare(*scan.value, wanted) * side < 0)
            continue;
        int order = found == VECTOR_NOWHERE ? -1 : value_compare(*scan.value, nearest) * side;
        if (order > 0 || (order == 0 && !takes_last))
            continue;
        nearest = *scan.value;
        found = scan.index;
        if (!takes_last && value_compare(nearest, wanted) == 0)
            break;
    }
    return found;
}

/* ---- in order -----------------------------------------------------------------------------------
 */

enum { EQUALS_MAX = 1024 };

/* The first value of a kind in a part. */
static bool next_of_kind(struct scan *scan, const struct vector *vector, uint32_t first,
                         uint32_t last, enum value_kind kind)
{
    scan_begin(scan, vector, first, last);
    while (scan_next(scan))
        if (scan->value->kind == kind)
            return true;
    return false;
}

/* The last of those that are equal to the one found and follow it, before the end: one by one, and
 * when there are many, by halving. Values of other kinds do not part them. */
static uint32_t last_of_equals(const struct vector *vector, struct value wanted, uint32_t found,
                               uint32_t end)
{
    struct scan scan;
    unsigned steps = 0;
    scan_begin(&scan, vector, found, end - 1);
    for (; steps < EQUALS_MAX && scan_next(&scan); steps++) {
        if (scan.value->kind != wanted.kind)
            continue;
        if (value_compare(*scan.value, wanted) != 0)
            return found;
        found = scan.index;
    }
    for (uint32_t low = found + 1; steps == EQUALS_MAX && low < end;) {
        uint32_t middle = low + (end - low) / 2;
        bool is_equal = next_of_kind(&scan, vector, middle, end - 1, wanted.kind) &&
                        value_compare(*scan.value, wanted) == 0;
        if (is_equal) {
            found = scan.index;
            low = found + 1;
        } else {
            end = middle;
        }
    }
    return found;
}

/* Downwards it is looked at one by one, until one is smaller, as Excel does. */
static uint32_t find_descending(const struct vector *vector, struct value wanted)
{
    struct scan scan;
    uint32_t found = VECTOR_NOWHERE;
    scan_begin(&scan, vector, 0, vector->count - 1);
    while (scan_next(&scan)) {
        if (scan.value->kind != wanted.kind)
            continue;
        int order = value_compare(*scan.value, wanted);
        if (order < 0)
            break;
        found = scan.index;
        if (order == 0)
            break;
    }
    return found;
}

/* The steps are Excel's: only so what is in no order gives the same there and here. The middle of
 * an even number is the lower one; an equal one ends it; where all that is wanted's kind and not
 * before the middle is larger, it goes on below. */
uint32_t vector_find_sorted(const struct vector *vector, struct value wanted, unsigned flags)
{
    struct scan scan;
    uint32_t low = 0, end = vector->count, found = VECTOR_NOWHERE;
    if (flags & VECTOR_DESCENDING)
        return find_descending(vector, wanted);
    while (low < end) {
        uint32_t middle = low + (end - low - 1) / 2;
        if (!next_of_kind(&scan, vector, middle, end - 1, wanted.kind)) {
            end = middle;
            continue;
        }
        int order = value_compare(*scan.value, wanted);
        if (order == 0)
            return last_of_equals(vector, wanted, scan.index, end);
        if (order < 0) {
            found = scan.index;
            low = found + 1;
        } else {
            end = scan.index == end - 1 ? middle : scan.index;
        }
    }
    return found;
}
