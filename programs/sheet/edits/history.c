/* SPDX-License-Identifier: MIT */
/*
 * history.c - see history.h.
 *
 *    records  | step | step | step | step to redo | step to redo | of the open
 * step | steps    [0]    [1]    [2]    [done_count]   [3]
 *
 * Orders lie the same way in an array of their own. The open step stands behind
 * those to redo until it is closed: a command that is refused leaves them.
 */
#include "sheet/edits/history.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/array.h>

#include "sheet/book/recalculate.h"
#include "sheet/edits/record.h"

enum {
    /* From so many cells in one step on, to compute everything is cheaper than to
       find out what. */
    CELLS_MANY = 200000,
    WALK_STEP = 1 << 16
};

struct step {
    uint64_t first_record, first_order;
    uint64_t number; /* of the workbook as it is after it; no other has it */
    struct place place;
};

struct history {
    struct book *book;
    struct record *records; /* steppe_arrays */
    uint32_t *orders;
    struct step *steps;
    uint64_t done_count; /* steps; those behind are to redo */
    uint64_t last_number, first_number;
    bool is_open;
    uint64_t open_record, open_order; /* where the open step begins */
    uint64_t cell_count;              /* changed since history_begin */
    uint64_t merge_from;              /* records from here on may be made longer */
    const struct progress *progress;
    struct progress own_progress;
    uint64_t failed_count; /* records that history_roll_back has seen go */
    bool was_refused, was_stopped;
};

/* ---- life ------------------------------------------------------------------------------------ */

static bool ask(void *context, const char *doing, uint64_t done, uint64_t total)
{
    struct history *history = context;
    if (!progress_step(history->progress, doing, done, total))
        history->was_stopped = true;
    return !history->was_stopped;
}

struct history *history_new(struct book *book)
{
    steppe_options memory = {.budget = book->budget, .name = "undo"};
    struct history *history = calloc(1, sizeof *history);
    if (!history)
        return NULL;
    history->book = book;
    history->own_progress = (struct progress){ask, history};
    history->records = steppe_array_new(struct record, UINT64_C(1) << 32, &memory);
    if (history->records)
        history->orders = steppe_array_new(uint32_t, UINT64_C(1) << 36, &memory);
    if (history->orders)
        history->steps = steppe_array_new(struct step, UINT64_C(1) << 32, &memory);
    if (history->steps)
        return history;
    history_free(history);
    return NULL;
}

static void drop_records(struct history *history, uint64_t first, uint64_t end)
{
    for (uint64_t i = first; i < end; i++)
        record_drop(history->book, &history->records[i]);
}

void history_free(struct history *history)
{
    if (!history)
        return;
    drop_records(history, 0, steppe_array_count(history->records));
    /* They are arrays, or null. */
    (void)steppe_array_free(history->records);
    (void)steppe_array_free(history->orders);
    (void)steppe_array_free(history->steps);
    free(history);
}

struct book *history_book(const struct history *history)
{
    return history->book;
}

uint64_t history_committed_bytes(const struct history *history)
{
    return steppe_array_capacity(history->records) * sizeof *history->records +
           steppe_array_capacity(history->orders) * sizeof *history->orders +
           steppe_array_capacity(history->steps) * sizeof *history->steps;
}

/* ---- forgetting ------------------------------------------------------------------------------ */

static uint64_t records_end(const struct history *history)
{
    return steppe_array_count(history->records);
}

static uint64_t first_record_of(const struct history *history, uint64_t step)
{
    return step < steppe_array_count(history->steps) ? history->steps[step].first_record
                                                     : history->open_record;
}

static uint64_t first_order_of(const struct history *history, uint64_t step)
{
    return step < steppe_array_count(history->steps) ? history->steps[step].first_order
                                                     : history->open_order;
}

/* Steps from first to end go. Removing from an array is never refused. */
static void forget(struct history *history, uint64_t first, uint64_t end)
{
    uint64_t record = first_record_of(history, first), order = first_order_of(history, first);
    uint64_t record_count = first_record_of(history, end) - record;
    uint64_t order_count = first_order_of(history, end) - order;
    drop_records(history, record, record + record_count);
    (void)steppe_array_remove(history->records, record, record_count);
    (void)steppe_array_remove(history->orders, order, order_count);
    (void)steppe_array_remove(history->steps, first, end - first);
    for (uint64_t i = first; i < steppe_array_count(history->steps); i++) {
        history->steps[i].first_record -= record_count;
        history->steps[i].first_order -= order_count;
    }
    history->open_record -= record_count;
    history->open_order -= order_count;
    history->merge_from -= record_count;
}

static void forget_oldest(struct history *history, uint64_t count)
{
    history->first_number = history->steps[count - 1].number;
    forget(history, 0, count);
    history->done_count -= count;
}

/* Is it worth while: does this hold more than what is wanted by the open step? */
static bool is_much(const struct history *history, uint64_t records)
{
    uint64_t open_records = records_end(history) - history->open_record;
    if (open_records < history->failed_count)
        open_records = history->failed_count;
    return records && records >= open_records;
}

/* Refused, they keep what they have. The steps keep it anyway: the open one will need it. */
static void trim(struct history *history)
{
    (void)steppe_array_trim(history->records);
    (void)steppe_array_trim(history->orders);
}

bool history_make_room(struct history *history)
{
    uint64_t older = (history->done_count + 1) / 2;
    uint64_t redo_records = history->open_record - first_record_of(history, history->done_count);
    if (is_much(history, redo_records))
        forget(history, history->done_count, steppe_array_count(history->steps));
    else if (older && is_much(history, first_record_of(history, older)))
        forget_oldest(history, older);
    else
        return false;
    trim(history);
    return true;
}

void history_forget(struct history *history)
{
    history->first_number = history_state(history);
    forget(history, 0, steppe_array_count(history->steps));
    history->done_count = 0;
    trim(history);
}

/* ---- records --------------------------------------------------------------------------------- */

static bool refuse(struct history *history)
{
    history->was_refused = true;
    return false;
}

static struct record *add(struct history *history, enum record_kind kind, sheet_id sheet)
{
    struct record *record = steppe_array_push(history->records);
    while (!record && history_make_room(history))
        record = steppe_array_push(history->records);
    if (!record) {
        (void)refuse(history);
        return NULL;
    }
    record->kind = (uint8_t)kind;
    record->sheet = sheet;
    return record;
}

static void take_off(struct history *history)
{
    (void)steppe_array_pop(history->records); /* there is one */
}

static bool exchange(struct history *history, struct record *record, uint64_t first_order)
{
    if (record_exchange(history->book, record, history->orders + first_order,
                        &history->own_progress))
        return true;
    return history->was_stopped ? false : refuse(history);
}

/* Do what the last record says. false: it is off again, with what it held. */
static bool carry_out(struct history *history)
{
    struct record *record = &history->records[records_end(history) - 1];
    if (exchange(history, record, history->open_order))
        return true;
    record_drop(history->book, record);
    take_off(history);
    return false;
}

/* ---- steps ----------------------------------------------------------------------------------- */

void history_begin(struct history *history)
{
    history->is_open = true;
    history->open_record = history->merge_from = records_end(history);
    history->open_order = steppe_array_count(history->orders);
    history->cell_count = 0;
}

bool history_is_open(const struct history *history)
{
    return history->is_open;
}

void history_set_progress(struct history *history, const struct progress *progress)
{
    history->progress = progress;
    history->was_refused = history->was_stopped = false;
    history->failed_count = 0;
}

const struct progress *history_progress(struct history *history)
{
    return &history->own_progress;
}

bool history_step(struct history *history, const char *doing, uint64_t done, uint64_t total)
{
    return done % WALK_STEP != 0 || ask(history, doing, done, total);
}

struct history_mark history_here(struct history *history)
{
    history->merge_from = records_end(history);
    return (struct history_mark){records_end(history) - history->open_record,
                                 steppe_array_count(history->orders) - history->open_order,
                                 history->cell_count};
}

uint64_t history_cells_since(const struct history *history, struct history_mark mark)
{
    return history->cell_count - mark.cell_count;
}

/* Exchange records from the last to the first: they were exchanged just now the
 * other way. */
static void exchange_back(struct history *history, uint64_t first, uint64_t end,
                          uint64_t first_order)
{
    uint64_t limit_bytes = carry_lift_limit(history->book);
    while (end-- > first) /* no limit is left */
        (void)record_exchange(history->book, &history->records[end], history->orders + first_order,
                              NULL);
    carry_set_limit(history->book, limit_bytes);
}

void history_roll_back(struct history *history, struct history_mark mark)
{
    uint64_t first = history->open_record + mark.record_count;
    exchange_back(history, first, records_end(history), history->open_order);
    drop_records(history, first, records_end(history));
    history->failed_count = records_end(history) - first;
    /* Fewer are never refused. */
    (void)steppe_array_resize(history->records, first);
    (void)steppe_array_resize(history->orders, history->open_order + mark.order_count);
    history->cell_count = mark.cell_count;
}

bool history_was_refused(const struct history *history)
{
    return history->was_refused;
}

bool history_was_stopped(const struct history *history)
{
    return history->was_stopped;
}

/* From now on it is one of the steps, and behind it lies nothing. */
static void close_step(struct history *history)
{
    history->open_record = history->merge_from = records_end(history);
    history->open_order = steppe_array_count(history->orders);
}

/* It is done, and cannot be undone. */
static void forget_all(struct history *history)
{
    drop_records(history, 0, records_end(history));
    /* Fewer are never refused. */
    (void)steppe_array_resize(history->records, 0);
    (void)steppe_array_resize(history->orders, 0);
    history->first_number = history->last_number;
}

bool history_commit(struct history *history, struct place place)
{
    history->is_open = false;
    if (records_end(history) == history->open_record)
        return false;
    forget(history, history->done_count, steppe_array_count(history->steps));
    struct step *step = steppe_array_push(history->steps);
    while (!step && history->done_count) {
        forget_oldest(history, (history->done_count + 1) / 2);
        step = steppe_array_push(history->steps);
    }
    history->last_number++;
    if (step) {
        *step = (struct step){.first_record = history->open_record,
                              .first_order = history->open_order,
                              .number = history->last_number,
                              .place = place};
        history->done_count++;
    } else {
        forget_all(history);
    }
    close_step(history);
    return true;
}

/* ---- undo, redo ------------------------------------------------------------------------------ */

/* Before many cells change, or some come to lie elsewhere, everything becomes
 * stale at once. */
static void prepare(struct history *history, uint64_t first, uint64_t end)
{
    bool restructures = false;
    for (uint64_t i = first; i < end && !restructures; i++)
        restructures = record_restructures(&history->records[i]);
    if (restructures)
        history_restructure(history);
    else if (end - first > CELLS_MANY)
        recalculation_all(history->book->recalculation);
}

static bool exchange_step(struct history *history, uint64_t step, bool backward)
{
    uint64_t first = first_record_of(history, step), end = first_record_of(history, step + 1);
    uint64_t first_order = first_order_of(history, step), count = end - first;
    prepare(history, first, end);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = backward ? end - 1 - i : first + i;
        if (history_step(history, backward ? "undoing" : "redoing", i, count) &&
            exchange(history, &history->records[at], first_order))
            continue;
        uint64_t limit_bytes = carry_lift_limit(history->book);
        while (i-- > 0) /* what was exchanged, once more, from the last on; no limit
                           is left */
            (void)record_exchange(history->book,
                                  &history->records[backward ? end - 1 - i : first + i],
                                  history->orders + first_order, NULL);
        carry_set_limit(history->book, limit_bytes);
        return false;
    }
    return true;
}

bool history_undo(struct history *history, struct place *place)
{
    if (!history->done_count || !exchange_step(history, history->done_count - 1, true))
        return false;
    *place = history->steps[--history->done_count].place;
    return true;
}

bool history_redo(struct history *history, struct place *place)
{
    if (!history_redo_count(history) || !exchange_step(history, history->done_count, false))
        return false;
    *place = history->steps[history->done_count++].place;
    return true;
}

size_t history_undo_count(const struct history *history)
{
    return (size_t)history->done_count;
}

size_t history_redo_count(const struct history *history)
{
    return (size_t)(steppe_array_count(history->steps) - history->done_count);
}

uint64_t history_state(const struct history *history)
{
    return history->done_count ? history->steps[history->done_count - 1].number
                               : history->first_number;
}

void history_restructure(struct history *history)
{
    recalculation_all(history->book->recalculation);
    recalculation_forget(history->book->recalculation);
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void hold_contents(const struct history *history, const struct cell *cell)
{
    if (cell->kind == VALUE_TEXT)
        text_hold(history->book->texts, cell->text);
    formula_hold(history->book->formulas, cell->formula);
}

static void count_cell(struct history *history)
{
    if (++history->cell_count == CELLS_MANY)
        recalculation_all(history->book->recalculation);
}

bool history_note_cell(struct history *history, const struct sheet *sheet, struct position position)
{
    struct record *record = add(history, RECORD_CELL, sheet->id);
    if (!record)
        return false;
    record->position = position;
    record->cell = *grid_at(sheet->grid, position);
    hold_contents(history, &record->cell);
    count_cell(history);
    return true;
}

bool history_put_cell(struct history *history, struct sheet *sheet, struct position position,
                      const struct cell *contents)
{
    if (!cell_is_used(contents) && !cell_is_used(grid_at(sheet->grid, position)))
        return true;
    struct record *record = add(history, RECORD_CELL, sheet->id);
    if (!record)
        return false;
    record->position = position;
    record->cell = *contents;
    hold_contents(history, contents);
    count_cell(history);
    return carry_out(history);
}

/* The record takes over what the cell held. */
static bool clear_cell(struct history *history, const struct sheet *sheet, struct position position,
                       struct cell *cell, bool contents, bool formats)
{
    struct cell kept = {.bits = 0};
    if (!contents)
        kept = *cell;
    kept.style = formats ? 0 : cell->style;
    if (kept.style == cell->style && kept.kind == cell->kind && kept.formula == cell->formula)
        return true;
    struct record *record = add(history, RECORD_CELL, sheet->id);
    if (!record)
        return false;
    record->position = position;
    record->cell = *cell;
    if (!contents)
        hold_contents(history, cell);
    *cell = kept;
    count_cell(history);
    return true;
}

bool history_clear(struct history *history, struct sheet *sheet, struct area area,
                   const struct area *except, bool contents, bool formats)
{
    struct grid_walk walk;
    uint64_t done = 0;
    bool goes_on = true;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; goes_on && (cell = grid_walk_next(&walk)) != NULL;)
        goes_on = (except && area_has(*except, walk.position)) ||
                  (history_step(history, "clearing", ++done, 0) &&
                   clear_cell(history, sheet, walk.position, (struct cell *)(uintptr_t)cell,
                              contents, formats));
    /* Refused there, everything is stale. */
    if (contents)
        (void)recalculation_changed(history->book->recalculation, sheet->id, area);
    return goes_on;
}

/* The last record, if it can take in the cell: below its run, with the same
 * formulas. */
static struct record *run_above(struct history *history, const struct sheet *sheet,
                                struct position position, formula_id old, formula_id formula)
{
    uint64_t end = records_end(history);
    struct record *last = end > history->merge_from ? &history->records[end - 1] : NULL;
    if (!last || last->kind != RECORD_FORMULA || last->sheet != sheet->id ||
        last->run.formula != old || last->run.first.column != position.column ||
        last->run.first.row + last->count != position.row)
        return NULL;
    return grid_at(sheet->grid, last->run.first)->formula == formula ? last : NULL;
}

bool history_put_formula(struct history *history, struct sheet *sheet, struct position position,
                         formula_id formula)
{
    struct cell *cell = (struct cell *)(uintptr_t)grid_at(sheet->grid, position);
    struct record *record = run_above(history, sheet, position, cell->formula, formula);
    if (!record) {
        record = add(history, RECORD_FORMULA, sheet->id);
        if (!record)
            return false;
        record->run.first = position;
        record->run.formula = cell->formula;
        record->count = 0;
    }
    record->count++;
    cell->formula = formula;
    cell->flags |= CELL_STALE;
    history->cell_count++;
    return true;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* How a line is, and up to which other ones are alike, or last. */
static struct line_span piece_at(const struct line_spans *spans, uint32_t line, uint32_t last)
{
    struct line_span piece = {.first = line, .last = last};
    size_t low = 0, high = spans->count;
    while (low < high) { /* the first that ends at the line or behind it */
        size_t middle = low + (high - low) / 2;
        if (spans->spans[middle].last < line)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == spans->count)
        return piece;
    if (spans->spans[low].first > line) {
        if (spans->spans[low].first <= last)
            piece.last = spans->spans[low].first - 1;
        return piece;
    }
    piece = spans->spans[low];
    piece.first = line;
    piece.last = piece.last < last ? piece.last : last;
    return piece;
}

static struct line_span changed_piece(const struct line_span *piece,
                                      const struct line_change *change)
{
    struct line_span changed = *piece;
    if (change->sets_size)
        changed.size = change->size;
    if (change->sets_hidden)
        changed.is_hidden = change->is_hidden;
    if (change->sets_style)
        changed.style = change->style;
    return changed;
}

static bool change_piece(struct history *history, struct sheet *sheet, bool columns,
                         const struct line_span *old, const struct line_span *changed)
{
    struct record *record = add(history, RECORD_LINES, sheet->id);
    if (!record)
        return false;
    record->flags =
        (uint8_t)((columns ? RECORD_IS_COLUMNS : 0) | (old->is_hidden ? RECORD_WAS_HIDDEN : 0) |
                  (changed->is_hidden ? RECORD_IS_HIDDEN : 0));
    record->styles[0] = old->style;
    record->styles[1] = changed->style;
    record->lines.first = old->first;
    record->lines.last = old->last;
    record->lines.sizes[0] = old->size;
    record->lines.sizes[1] = changed->size;
    return carry_out(history);
}

bool history_lines(struct history *history, struct sheet *sheet, bool columns, uint32_t first,
                   uint32_t last, const struct line_change *change)
{
    const struct line_spans *spans = columns ? &sheet->columns : &sheet->rows;
    for (uint64_t line = first; line <= last;) {
        struct line_span old = piece_at(spans, (uint32_t)line, last);
        struct line_span changed = changed_piece(&old, change);
        if (columns && (old.size != changed.size || old.is_hidden != changed.is_hidden))
            sheet->has_guessed_widths = false; /* somebody chose one */
        bool is_same = old.size == changed.size && old.is_hidden == changed.is_hidden &&
                       old.style == changed.style;
        line = (uint64_t)old.last + 1;
        if ((!is_same || change->notes_all) &&
            !change_piece(history, sheet, columns, &old, &changed))
            return false;
    }
    return true;
}

/* ---- merges, freezing, filter ---------------------------------------------------------------- */

bool history_merge(struct history *history, struct sheet *sheet, struct area area)
{
    struct record *record = add(history, RECORD_MERGE, sheet->id);
    if (!record)
        return false;
    record->area = area;
    return carry_out(history);
}

bool history_unmerge(struct history *history, struct sheet *sheet, struct area area)
{
    struct area common;
    bool meets = sheet_meets_merge(sheet, area);
    uint64_t first = records_end(history) - history->open_record;
    for (size_t i = 0; meets && i < sheet->merge_count; i++) {
        if (!area_meet(sheet->merges[i], area, &common))
            continue;
        struct record *record = add(history, RECORD_MERGE, sheet->id);
        if (!record) { /* nothing has been done yet: the records go */
            (void)steppe_array_resize(history->records, history->open_record + first);
            return false;
        }
        record->area = sheet->merges[i];
    }
    if (meets)
        (void)sheet_unmerge(sheet, area); /* those, and no others */
    return true;
}

bool history_freeze(struct history *history, struct sheet *sheet, struct position frozen)
{
    struct record *record = add(history, RECORD_FROZEN, sheet->id);
    if (!record)
        return false;
    record->position = frozen;
    return carry_out(history);
}

bool history_filter(struct history *history, struct sheet *sheet, const struct area *area)
{
    struct record *record = add(history, RECORD_FILTER, sheet->id);
    if (!record)
        return false;
    if (area)
        record->area = *area;
    record->flags = (uint8_t)(area ? RECORD_HAS_FILTER : 0);
    return carry_out(history);
}

/* ---- names ----------------------------------------------------------------------------------- */

/* One of a single sheet is defined already. */
static name_id number_of(struct history *history, const char *name, size_t name_bytes,
                         sheet_id sheet)
{
    struct name_table *names = history->book->names;
    return sheet == SHEET_OWN ? name_number(names, name, name_bytes, SHEET_OWN)
                              : name_find(names, name, name_bytes, sheet);
}

bool history_name(struct history *history, const char *name, size_t name_bytes, sheet_id sheet,
                  formula_id formula)
{
    struct book *book = history->book;
    name_id number = number_of(history, name, name_bytes, sheet);
    text_id text = number ? text_keep(book->texts, name, name_bytes) : 0;
    struct record *record = text ? add(history, RECORD_NAME, sheet) : NULL;
    if (!record) {
        text_drop(book->texts, text);
        formula_drop(book->formulas, formula);
        return refuse(history);
    }
    record->name.number = number;
    record->name.formula = formula;
    record->name.text = text;
    return carry_out(history);
}

/* ---- moving ---------------------------------------------------------------------------------- */

bool history_shift(struct history *history, const struct shift *shift)
{
    struct record *record = add(history, RECORD_SHIFT, shift->sheet);
    if (!record)
        return false;
    record_set_shift(record, shift);
    return carry_out(history);
}

bool history_order(struct history *history, struct sheet *sheet, const struct carry_order *order)
{
    struct record *record = add(history, RECORD_ORDER, sheet->id);
    uint32_t *copy = record ? steppe_array_append(history->orders, order->count) : NULL;
    while (record && !copy && history_make_room(history)) {
        record = &history->records[records_end(history) - 1];
        copy = steppe_array_append(history->orders, order->count);
    }
    if (!copy) {
        if (record)
            take_off(history);
        return refuse(history);
    }
    memcpy(copy, order->order, order->count * sizeof *copy);
    record->area = order->area;
    record->count = order->count;
    record->flags = (uint8_t)(order->by_columns ? RECORD_IS_COLUMNS : 0);
    record->order_at = (uint64_t)(copy - history->orders) - history->open_order;
    if (carry_out(history))
        return true;
    (void)steppe_array_resize(history->orders, steppe_array_count(history->orders) - order->count);
    return false;
}

/* ---- sheets ---------------------------------------------------------------------------------- */

struct sheet *history_add_sheet(struct history *history, const char *name, size_t place,
                                struct problem *problem)
{
    struct book *book = history->book;
    struct record *record = add(history, RECORD_SHEET, SHEET_OWN);
    if (!record) {
        (void)book_say_refused(book, problem);
        return NULL;
    }
    sheet_id last_id = book->last_id;
    struct sheet *sheet = book_add_sheet(book, name, place, problem);
    if (!sheet) {
        take_off(history);
        return NULL;
    }
    record->sheet = sheet->id;
    record->flags = RECORD_IS_DONE | (sheet->id <= last_id ? RECORD_IS_PROMISED : 0);
    return sheet;
}

bool history_remove_sheet(struct history *history, struct sheet *sheet)
{
    struct record *record = add(history, RECORD_SHEET, sheet->id);
    if (!record)
        return false;
    record->flags = RECORD_IS_DONE; /* it is there */
    return carry_out(history);
}

bool history_rename_sheet(struct history *history, struct sheet *sheet, const char *name,
                          struct problem *problem)
{
    struct book *book = history->book;
    struct record *record = add(history, RECORD_SHEET_NAME, sheet->id);
    if (!record)
        return book_say_refused(book, problem);
    record->text = sheet->name;
    text_hold(book->texts, sheet->name);
    if (book_rename_sheet(book, sheet, name, problem))
        return true;
    text_drop(book->texts, record->text);
    take_off(history);
    return false;
}

bool history_move_sheet(struct history *history, struct sheet *sheet, size_t place)
{
    struct record *record = add(history, RECORD_SHEET_PLACE, sheet->id);
    if (!record)
        return false;
    record->count = (uint32_t)place;
    return carry_out(history);
}
