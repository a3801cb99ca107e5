/* SPDX-License-Identifier: MIT */
/*
 * sort.c - sorting the lines of an area: see rearrange.h.
 *
 * The values of the keys are read first, into an array; numbers of lines are
 * sorted by them, and then the lines are put into that order at once. Merging
 * halves keeps equal ones as they are, and takes a known number of steps,
 * whatever the values.
 */
#include <string.h>

#include <steppe/array.h>

#include "sheet/edits/history.h"
#include "sheet/edits/rearrange.h"

/* What is compared: a cell's contents. */
struct sort_value {
    uint64_t bits;
    uint8_t kind;
};

struct sort {
    struct history *history;
    struct book *book;
    const struct sort_options *options;
    struct sort_value *values; /* steppe_arrays: key_count for each line */
    uint32_t *order, *other;
    uint32_t line_count;
    uint64_t done;
};

/* ---- comparing ------------------------------------------------------------------------------- */

static struct value value_of(const struct sort *sort, const struct sort_value *value)
{
    struct cell cell = {.bits = value->bits, .kind = value->kind};
    return cell_value(sort->book, &cell);
}

static double number_of(const struct sort_value *value)
{
    double number;
    memcpy(&number, &value->bits, sizeof number);
    return number;
}

/* Blanks are behind everything, in either direction. */
static int compare_values(const struct sort *sort, const struct sort_value *a,
                          const struct sort_value *b, bool descends)
{
    int result;
    if (a->kind == VALUE_BLANK || b->kind == VALUE_BLANK)
        return (a->kind == VALUE_BLANK) - (b->kind == VALUE_BLANK);
    if (a->kind == VALUE_NUMBER && b->kind == VALUE_NUMBER)
        result = (number_of(a) > number_of(b)) - (number_of(a) < number_of(b));
    else
        result = value_compare(value_of(sort, a), value_of(sort, b));
    return descends ? -result : result;
}

static bool is_behind(const struct sort *sort, uint32_t a, uint32_t b)
{
    size_t key_count = sort->options->key_count;
    for (size_t key = 0; key < key_count; key++) {
        int result =
            compare_values(sort, &sort->values[a * key_count + key],
                           &sort->values[b * key_count + key], sort->options->keys[key].descends);
        if (result)
            return result > 0;
    }
    return false;
}

/* ---- sorting --------------------------------------------------------------------------------- */

/* Two runs that are in order, one behind the other, as one in other. */
static bool merge_runs(struct sort *sort, uint64_t first, uint64_t middle, uint64_t end)
{
    uint64_t left = first, right = middle;
    for (uint64_t at = first; at < end; at++) {
        bool takes_right = left == middle ||
                           (right < end && is_behind(sort, sort->order[left], sort->order[right]));
        sort->other[at] = sort->order[takes_right ? right++ : left++];
        if (!history_step(sort->history, "sorting", ++sort->done, 0))
            return false;
    }
    return true;
}

static bool merge_all(struct sort *sort)
{
    uint64_t count = sort->line_count;
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t first = 0; first < count; first += 2 * width) {
            uint64_t middle = first + width < count ? first + width : count;
            uint64_t end = middle + width < count ? middle + width : count;
            if (!merge_runs(sort, first, middle, end))
                return false;
        }
        uint32_t *sorted = sort->other;
        sort->other = sort->order;
        sort->order = sorted;
    }
    return true;
}

/* ---- the area -------------------------------------------------------------------------------- */

static uint32_t line_of(const struct sort *sort, struct position position)
{
    return sort->options->by_columns ? position.column : position.row;
}

static void read_key(struct sort *sort, const struct sheet *sheet, struct area area, size_t key)
{
    bool by_columns = sort->options->by_columns;
    uint32_t line = sort->options->keys[key].column, first = line_of(sort, area.first);
    struct grid_walk walk;
    *(by_columns ? &area.first.row : &area.first.column) = line;
    *(by_columns ? &area.last.row : &area.last.column) = line;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        uint64_t at = line_of(sort, walk.position) - first;
        sort->values[at * sort->options->key_count + key] =
            (struct sort_value){cell->bits, cell->kind};
    }
}

static bool open_sort(struct sort *sort)
{
    steppe_options memory = {.budget = sort->book->budget, .name = "sorting"};
    sort->values = steppe_array_new(struct sort_value, (uint64_t)SORT_KEYS_MAX * ROWS, &memory);
    sort->order = steppe_array_new(uint32_t, ROWS, &memory);
    sort->other = steppe_array_new(uint32_t, ROWS, &memory);
    return sort->values && sort->order && sort->other &&
           steppe_array_append(sort->values, sort->line_count * sort->options->key_count) &&
           steppe_array_append(sort->order, sort->line_count) &&
           steppe_array_append(sort->other, sort->line_count);
}

/* What is not needed any more when the order is known. They are arrays, or null. */
static void close_values(struct sort *sort)
{
    (void)steppe_array_free(sort->values);
    (void)steppe_array_free(sort->other);
    sort->values = NULL;
    sort->other = NULL;
}

static void close_sort(struct sort *sort)
{
    close_values(sort);
    (void)steppe_array_free(sort->order); /* it is one, or null */
}

static bool is_in_order(const struct sort *sort)
{
    for (uint32_t i = 0; i < sort->line_count; i++)
        if (sort->order[i] != i)
            return false;
    return true;
}

static bool sort_lines(struct sort *sort, struct sheet *sheet, struct area area)
{
    for (uint32_t i = 0; i < sort->line_count; i++)
        sort->order[i] = i;
    for (size_t key = 0; key < sort->options->key_count; key++)
        read_key(sort, sheet, area, key);
    if (!merge_all(sort))
        return false;
    if (is_in_order(sort))
        return true;
    struct carry_order order = {.area = area,
                                .order = sort->order,
                                .count = sort->line_count,
                                .by_columns = sort->options->by_columns};
    close_values(sort);
    history_restructure(sort->history);
    return history_order(sort->history, sheet, &order);
}

/* Lines behind the last one in use stay where they are. */
static bool clip(const struct sheet *sheet, struct area *area, const struct sort_options *options)
{
    struct area extent, used;
    if (options->has_header)
        ++*(options->by_columns ? &area->first.column : &area->first.row);
    if (area->first.row > area->last.row || area->first.column > area->last.column ||
        !grid_extent(sheet->grid, &extent) || !area_meet(extent, *area, &used))
        return false;
    if (options->by_columns)
        area->last.column = used.last.column;
    else
        area->last.row = used.last.row;
    return true;
}

static bool check_keys(struct area area, const struct sort_options *options,
                       struct problem *problem)
{
    uint32_t first = options->by_columns ? area.first.row : area.first.column;
    uint32_t last = options->by_columns ? area.last.row : area.last.column;
    for (size_t key = 0; key < options->key_count; key++) {
        uint32_t line = options->keys[key].column;
        if (line >= first && line <= last)
            continue;
        if (options->by_columns)
            return problem_say(problem, "row %u is not in %s", line + 1, area_name(area).text);
        return problem_say(problem, "column %s is not in %s", column_name(line).text,
                           area_name(area).text);
    }
    return true;
}

bool rearrange_sort(struct history *history, struct sheet *sheet, struct area area,
                    const struct sort_options *options, uint64_t *line_count,
                    struct problem *problem)
{
    struct sort sort = {.history = history, .book = history_book(history), .options = options};
    *line_count = 0;
    if (!check_keys(area, options, problem))
        return false;
    if (sheet_meets_merge(sheet, area))
        return problem_say(problem, "there are merged cells in %s, which cannot be sorted",
                           area_name(area).text);
    if (!clip(sheet, &area, options))
        return true;
    sort.line_count = options->by_columns ? area_columns(area) : area_rows(area);
    bool is_done = open_sort(&sort) && sort_lines(&sort, sheet, area);
    close_sort(&sort);
    *line_count = sort.line_count;
    return is_done || rearrange_say_failed(history, problem);
}
