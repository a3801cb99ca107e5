/* SPDX-License-Identifier: MIT */
/* operand.c - looking into what functions are given: evaluate.h. */
#include <string.h>

#include "sheet/book/evaluation.h"

enum {
    WORK_OF_WALKS = 4096, /* cells between two looks at whether to stop */
    LONG_ROWS = 1024      /* an area of fewer is kept whole */
};

struct operand operand_of(struct value value)
{
    return (struct operand){.kind = OPERAND_VALUE, .rows = 1, .columns = 1, .value = value};
}

struct operand operand_of_reference(sheet_id sheet, struct area area)
{
    return (struct operand){.kind = OPERAND_REFERENCE,
                            .rows = 1,
                            .columns = 1,
                            .reference = {.sheet = sheet, .area = area}};
}

struct operand operand_of_long_array(struct evaluation *evaluation, uint32_t rows, uint32_t columns,
                                     uint32_t stored_rows)
{
    struct operand array = {.kind = OPERAND_ARRAY,
                            .rows = rows,
                            .columns = columns,
                            .stored_rows = stored_rows < rows ? stored_rows : rows};
    uint64_t kept_count = (uint64_t)operand_kept_rows(&array) * columns;
    if (!rows || !columns || kept_count > ARRAY_CELLS_MAX ||
        (uint64_t)rows * columns > ARRAY_LONG_MAX)
        return operand_error(ERROR_NUM);
    array.array = evaluation_take(evaluation, kept_count * sizeof(struct value));
    return array.array ? array : operand_error(ERROR_NUM);
}

struct operand operand_of_array(struct evaluation *evaluation, uint32_t rows, uint32_t columns)
{
    return operand_of_long_array(evaluation, rows, columns, rows);
}

uint32_t operand_stored_rows(const struct operand *operand, uint32_t rows, uint32_t stored_rows)
{
    if (operand->kind != OPERAND_ARRAY || operand->rows == 1)
        return stored_rows; /* the same in all rows */
    /* Where it ends before the result does, #N/A begins. */
    uint32_t own_rows = operand->rows < rows ? operand->rows : operand->stored_rows;
    return own_rows > stored_rows ? own_rows : stored_rows;
}

struct operand operand_error(enum value_error error)
{
    return operand_of(value_error(error));
}

struct operand operand_number(double number)
{
    return operand_of(value_number(number));
}

struct operand operand_boolean(bool boolean)
{
    return operand_of(value_boolean(boolean));
}

/* ---- one value ----------------------------------------------------------------------------------
 */

struct value evaluation_read(struct evaluation *evaluation, sheet_id sheet,
                             struct position position)
{
    const struct sheet *read = evaluation_sheet_of(evaluation, sheet);
    if (!read)
        return value_error(ERROR_REF);
    const struct cell *cell = grid_at(read->grid, position);
    if (cell->flags & CELL_STALE) {
        evaluation_need(evaluation, sheet, position);
        return value_blank(); /* not an old error, at which many would stop looking */
    }
    return evaluation_cell_value(evaluation, cell);
}

/* The cell of an area that stands in the formula's row or column. */
static bool meet_own_lines(const struct evaluation *evaluation, struct area area,
                           struct position *met)
{
    struct position own = evaluation->cell;
    *met = area.first;
    if (area.first.column != area.last.column) {
        if (own.column < area.first.column || own.column > area.last.column)
            return false;
        met->column = own.column;
    }
    if (area.first.row != area.last.row) {
        if (own.row < area.first.row || own.row > area.last.row)
            return false;
        met->row = own.row;
    }
    /* Of a rectangle there is none: both would have to be given. */
    return area.first.column == area.last.column || area.first.row == area.last.row;
}

static struct value reference_value(struct evaluation *evaluation, const struct operand *operand)
{
    if (operand->rows != 1)
        return value_error(ERROR_VALUE);
    const struct reference *reference = &operand->reference;
    struct position position = reference->area.first;
    if (!area_is_one(reference->area) && !evaluation->in_array &&
        !meet_own_lines(evaluation, reference->area, &position))
        return value_error(ERROR_VALUE);
    return evaluation_read(evaluation, reference->sheet, position);
}

struct value operand_value(struct evaluation *evaluation, const struct operand *operand)
{
    switch (operand->kind) {
    case OPERAND_VALUE:
        return operand->value;
    case OPERAND_REFERENCE:
        return reference_value(evaluation, operand);
    case OPERAND_ARRAY:
        return operand->array[0];
    default:
        return value_blank();
    }
}

/* ---- elements -----------------------------------------------------------------------------------
 */

bool operand_size(const struct operand *operand, uint32_t *rows, uint32_t *columns)
{
    *rows = *columns = 1;
    if (operand->kind == OPERAND_ARRAY) {
        *rows = operand->rows;
        *columns = operand->columns;
    }
    if (operand->kind != OPERAND_REFERENCE)
        return true;
    if (operand->rows != 1)
        return false;
    *rows = area_rows(operand->reference.area);
    *columns = area_columns(operand->reference.area);
    return true;
}

/* One row counts for all, and one column. */
static bool settle_place(uint32_t rows, uint32_t columns, uint32_t *row, uint32_t *column)
{
    if (rows == 1)
        *row = 0;
    if (columns == 1)
        *column = 0;
    return *row < rows && *column < columns;
}

struct value operand_at(struct evaluation *evaluation, const struct operand *operand, uint32_t row,
                        uint32_t column)
{
    uint32_t rows, columns;
    if (operand->kind != OPERAND_REFERENCE)
        return operand_element(operand, row, column);
    if (!operand_size(operand, &rows, &columns))
        return value_error(ERROR_VALUE);
    if (!settle_place(rows, columns, &row, &column))
        return value_error(ERROR_NA);
    struct position first = operand->reference.area.first;
    return evaluation_read(evaluation, operand->reference.sheet,
                           (struct position){first.row + row, first.column + column});
}

struct value operand_element(const struct operand *operand, uint32_t row, uint32_t column)
{
    if (operand->kind == OPERAND_VALUE)
        return operand->value;
    if (operand->kind != OPERAND_ARRAY)
        return value_blank();
    if (!settle_place(operand->rows, operand->columns, &row, &column))
        return value_error(ERROR_NA);
    if (row > operand->stored_rows)
        row = operand->stored_rows;
    return operand->array[(size_t)row * operand->columns + column];
}

bool operand_is_many(const struct operand *operand, bool in_array)
{
    if (operand->kind == OPERAND_ARRAY)
        return true;
    return in_array && operand->kind == OPERAND_REFERENCE &&
           (operand->rows != 1 || !area_is_one(operand->reference.area));
}

/* The row behind the last one in use, of one column of an area. */
static uint32_t rows_to_last(const struct sheet *sheet, const struct area *area, uint32_t column)
{
    struct position last = {area->last.row, column}, found = last;
    if (!cell_is_used(grid_at(sheet->grid, last)) &&
        !grid_next_used(sheet->grid, last, -1, 0, &found))
        return 0;
    return found.row < area->first.row ? 0 : found.row - area->first.row + 1;
}

/* Rows of an area that may hold anything: the rest of A:A is not worth its memory. */
static uint32_t used_rows(const struct evaluation *evaluation, const struct operand *operand,
                          uint32_t rows)
{
    uint32_t used = 0;
    if (operand->kind != OPERAND_REFERENCE || rows < LONG_ROWS)
        return rows;
    const struct sheet *sheet = evaluation_sheet_of(evaluation, operand->reference.sheet);
    const struct area *area = &operand->reference.area;
    if (!sheet)
        return rows;
    for (uint32_t column = area->first.column; column <= area->last.column; column++) {
        uint32_t to_last = rows_to_last(sheet, area, column);
        used = to_last > used ? to_last : used;
    }
    return used;
}

struct operand operand_to_array(struct evaluation *evaluation, const struct operand *operand)
{
    uint32_t rows, columns;
    if (operand->kind == OPERAND_ARRAY)
        return *operand;
    if (!operand_size(operand, &rows, &columns))
        return operand_error(ERROR_VALUE);
    struct operand array =
        operand_of_long_array(evaluation, rows, columns, used_rows(evaluation, operand, rows));
    if (array.kind != OPERAND_ARRAY)
        return array;
    if (operand->kind != OPERAND_REFERENCE) {
        array.array[0] = operand_value(evaluation, operand);
        return array;
    }
    struct walk walk;
    walk_begin(&walk, evaluation, operand, WALK_ANY);
    while (walk_next(&walk))
        array.array[(size_t)walk.row * columns + walk.column] = walk.value;
    return array;
}

/* ---- walks --------------------------------------------------------------------------------------
 */

static const struct reference *reference_number(const struct operand *operand, uint32_t index)
{
    return operand->rows == 1 ? &operand->reference : &operand->references[index];
}

void walk_begin(struct walk *walk, struct evaluation *evaluation, const struct operand *operand,
                enum walk_order order)
{
    /* Not the whole of it: most is grid.c's, and set by grid_walk_begin. */
    walk->evaluation = evaluation;
    walk->operand = operand;
    walk->order = order;
    walk->next = walk->work = 0;
    walk->row = walk->column = 0;
    walk->is_open = false;
    walk->is_from_cell = operand->kind == OPERAND_REFERENCE || operand->kind == OPERAND_ARRAY;
    walk->cell = NULL;
    walk->sheet = NULL;
    walk->run = (struct grid_run){.count = 0};
}

static bool open_area(struct walk *walk)
{
    static const enum grid_order orders[] = {[WALK_ANY] = GRID_AS_THEY_LIE,
                                             [WALK_BY_COLUMNS] = GRID_BY_COLUMNS,
                                             [WALK_BY_ROWS] = GRID_BY_ROWS};
    if (walk->next == walk->operand->rows)
        return false;
    walk->reference = *reference_number(walk->operand, walk->next++);
    walk->sheet = evaluation_sheet_of(walk->evaluation, walk->reference.sheet);
    walk->is_open = walk->sheet != NULL;
    if (walk->is_open)
        grid_walk_begin(&walk->grid, walk->sheet->grid, walk->reference.area, orders[walk->order]);
    return true;
}

static bool found_cell(struct walk *walk, const struct cell *cell, struct position position)
{
    if (cell->flags & CELL_STALE) {
        evaluation_need(walk->evaluation, walk->reference.sheet, position);
        return false;
    }
    if (cell->kind == VALUE_BLANK)
        return false;
    walk->value = evaluation_cell_value(walk->evaluation, cell);
    walk->cell = cell;
    walk->row = position.row - walk->reference.area.first.row;
    walk->column = position.column - walk->reference.area.first.column;
    return true;
}

static bool is_stopped(struct walk *walk, uint32_t work)
{
    walk->work += work;
    if (walk->work < WORK_OF_WALKS)
        return false;
    walk->work = 0;
    return evaluation_is_stopped(walk->evaluation, WORK_OF_WALKS) ||
           steppe_array_count(walk->evaluation->needs) >= NEEDS_MAX;
}

static void close_area(struct walk *walk)
{
    walk->is_open = false;
    /* Many walks over little are work as well. */
    (void)evaluation_is_stopped(walk->evaluation, walk->work + 1);
    walk->work = 0;
}

/* The next cell of a run that is no blank. */
static bool next_of_run(struct walk *walk)
{
    while (walk->run.count > 0) {
        const struct cell *cell = walk->run.cells;
        walk->run.cells += walk->run.step;
        struct position position = walk->run.first;
        walk->run.first.row += walk->run.row_step;
        walk->run.first.column += walk->run.column_step;
        walk->run.count--;
        if (found_cell(walk, cell, position))
            return true;
    }
    return false;
}

static bool next_cell(struct walk *walk)
{
    for (;;) {
        if (next_of_run(walk))
            return true;
        if (!walk->is_open) {
            if (walk->evaluation->end != END_NONE || !open_area(walk))
                return false;
            if (walk->is_open)
                continue;
            walk->cell = NULL;
            walk->value = value_error(ERROR_REF);
            return true;
        }
        if (!grid_walk_next_run(&walk->grid, &walk->run))
            close_area(walk);
        else if (is_stopped(walk, walk->run.count))
            return false;
    }
}

static bool is_blank_at_end(const struct operand *array)
{
    if (array->stored_rows == array->rows)
        return false;
    const struct value *row = array->array + (size_t)array->stored_rows * array->columns;
    for (uint32_t column = 0; column < array->columns; column++)
        if (row[column].kind != VALUE_BLANK)
            return false;
    return true;
}

static bool next_element(struct walk *walk)
{
    const struct operand *operand = walk->operand;
    uint32_t count = operand->rows * operand->columns;
    if (is_blank_at_end(operand))
        count = operand->stored_rows * operand->columns;
    while (walk->next < count) {
        if (is_stopped(walk, 1))
            return false;
        uint32_t index = walk->next++;
        walk->row = index / operand->columns;
        walk->column = index % operand->columns;
        walk->value = operand_element(operand, walk->row, walk->column);
        if (walk->value.kind != VALUE_BLANK)
            return true;
    }
    return false;
}

static bool next_alone(struct walk *walk)
{
    if (walk->next++)
        return false;
    walk->value = walk->operand->kind == OPERAND_MISSING ? value_number(0) : walk->operand->value;
    return walk->value.kind != VALUE_BLANK;
}

bool walk_go_on(struct walk *walk)
{
    switch (walk->operand->kind) {
    case OPERAND_REFERENCE:
        return next_cell(walk);
    case OPERAND_ARRAY:
        return next_element(walk);
    default:
        return next_alone(walk);
    }
}

/* ---- totals -------------------------------------------------------------------------------------
 */

static bool add_direct(const struct evaluation *evaluation, struct total *total, struct value value)
{
    value = evaluation_number(evaluation, value);
    if (value.kind == VALUE_ERROR) {
        total->error = value;
        return false;
    }
    sum_add(&total->sum, value.number);
    total->count++;
    return true;
}

/* A cell that is no number; false: an error. */
static bool pass_cell(struct evaluation *evaluation, struct total *total, const struct cell *cell,
                      sheet_id sheet, struct position position)
{
    if (cell->flags & CELL_STALE)
        evaluation_need(evaluation, sheet, position);
    else if (cell->kind == VALUE_ERROR)
        total->error = value_error((enum value_error)cell->error);
    return total->error.kind != VALUE_ERROR;
}

static bool is_settled_number(const struct cell *cell)
{
    return cell->kind == VALUE_NUMBER && !(cell->flags & CELL_STALE);
}

/* Numbers from one on, up to what is none. Added up by themselves first: nothing of the loop has to
 * be in memory in between, which makes it twice as fast. */
static uint32_t add_numbers(struct sum *sum, const struct grid_run *run, uint32_t from)
{
    struct sum own = {0, 0};
    const struct cell *cell = run->cells + (size_t)from * run->step;
    for (; from < run->count && is_settled_number(cell); from++, cell += run->step)
        sum_add(&own, cell->number);
    sum_add(sum, own.total);
    sum->lost += own.lost;
    return from;
}

static bool total_of_run(struct evaluation *evaluation, const struct grid_run *run, sheet_id sheet,
                         struct total *total)
{
    for (uint32_t i = 0; i < run->count; i++) {
        uint32_t next = add_numbers(&total->sum, run, i);
        total->count += next - i;
        i = next;
        const struct cell *cell = run->cells + (size_t)i * run->step;
        struct position position = {run->first.row + i * run->row_step,
                                    run->first.column + i * run->column_step};
        if (i < run->count && !pass_cell(evaluation, total, cell, sheet, position))
            return false;
    }
    return true;
}

static bool total_of_area(struct evaluation *evaluation, const struct reference *reference,
                          struct total *total)
{
    const struct sheet *sheet = evaluation_sheet_of(evaluation, reference->sheet);
    struct grid_walk walk;
    struct grid_run run;
    uint64_t work = 1;
    if (!sheet) {
        total->error = value_error(ERROR_REF);
        return false;
    }
    grid_walk_begin(&walk, sheet->grid, reference->area, GRID_AS_THEY_LIE);
    for (; grid_walk_next_run(&walk, &run); work += run.count) {
        if (work >= WORK_OF_WALKS) {
            if (evaluation_is_stopped(evaluation, work))
                return true;
            work = 0;
        }
        if (!total_of_run(evaluation, &run, reference->sheet, total))
            return false;
    }
    (void)evaluation_is_stopped(evaluation, work); /* whoever comes next sees it */
    return true;
}

static bool total_of_array(struct evaluation *evaluation, const struct operand *operand,
                           struct total *total)
{
    size_t count = (size_t)operand_kept_rows(operand) * operand->columns;
    size_t stored_count = (size_t)operand->stored_rows * operand->columns;
    uint32_t alike_rows = operand->rows - operand->stored_rows;
    if (evaluation_is_stopped(evaluation, count))
        return true;
    for (size_t i = 0; i < count; i++) {
        const struct value *value = &operand->array[i];
        uint32_t times = i < stored_count ? 1 : alike_rows;
        if (value->kind == VALUE_NUMBER) {
            sum_add(&total->sum, value->number * times);
            total->count += times;
        } else if (value->kind == VALUE_ERROR) {
            total->error = *value;
            return false;
        }
    }
    return true;
}

bool operand_total(struct evaluation *evaluation, const struct operand *operand,
                   struct total *total)
{
    total->error = value_blank();
    switch (operand->kind) {
    case OPERAND_VALUE:
        return operand->value.kind == VALUE_BLANK || add_direct(evaluation, total, operand->value);
    case OPERAND_ARRAY:
        return total_of_array(evaluation, operand, total);
    case OPERAND_REFERENCE:
        for (uint32_t i = 0; i < operand->rows; i++)
            if (!total_of_area(evaluation, reference_number(operand, i), total))
                return false;
        return true;
    default:
        total->count++; /* written empty: a 0 */
        return true;
    }
}
