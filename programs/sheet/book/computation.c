/* SPDX-License-Identifier: MIT */
/*
 * computation.c - the stack of computation.h.
 *
 * stack: cells to be computed, the uppermost first; a cell may stand there more than once, and is
 * passed over when it is no longer stale. path: where in the stack cells stand that have been
 * evaluated and wait; a cell is taken off the path when it is computed.
 *
 * A formula may need a million cells, and so may each of these: of what is needed only so much is
 * put on the stack as keeps it within STACK_MAX, but one at least. The formula finds the rest when
 * it is evaluated again.
 */
#include "sheet/book/computation.h"

#include <stdlib.h>

#include <steppe/array.h>

#include "sheet/book/formula.h"

enum {
    STACK_MAX = 1 << 20, /* cells, and one more for each on the path */
    ASK_EVERY = 4096     /* formulas between two calls of progress */
};

struct computation {
    struct book *book;
    struct evaluation *evaluation;
    struct place *stack; /* steppe_arrays */
    uint64_t *path;
    const struct progress *progress;
    struct progress own_progress; /* for the evaluation: says how far we are */
    uint64_t count, total;
};

static bool step(void *context, const char *doing, uint64_t done, uint64_t total)
{
    const struct computation *computation = context;
    (void)done, (void)total; /* of one formula */
    return progress_step(computation->progress, doing, computation->count, computation->total);
}

struct computation *computation_new(struct book *book, steppe_budget *budget)
{
    struct computation *computation = calloc(1, sizeof *computation);
    if (!computation)
        return NULL;
    computation->book = book;
    computation->own_progress = (struct progress){.step = step, .context = computation};
    computation->evaluation = evaluation_new(book);
    computation->stack =
        steppe_array_new(struct place, UINT64_C(1) << 33,
                         &(steppe_options){.budget = budget, .name = "computation: stack"});
    computation->path =
        steppe_array_new(uint64_t, UINT64_C(1) << 33,
                         &(steppe_options){.budget = budget, .name = "computation: path"});
    if (computation->evaluation && computation->stack && computation->path)
        return computation;
    computation_free(computation);
    return NULL;
}

void computation_free(struct computation *computation)
{
    if (!computation)
        return;
    evaluation_free(computation->evaluation);
    /* NULL is fine; else they are ours, and nothing can fail. */
    (void)steppe_array_free(computation->stack);
    (void)steppe_array_free(computation->path);
    free(computation);
}

void computation_begin(struct computation *computation, const struct progress *progress,
                       uint64_t total)
{
    computation->progress = progress;
    computation->total = total;
    computation->count = 0;
    evaluation_set_progress(computation->evaluation, progress ? &computation->own_progress : NULL);
    evaluation_renew_keys(computation->evaluation);
}

uint64_t computation_count(const struct computation *computation)
{
    return computation->count;
}

/* ---- cells --------------------------------------------------------------------------------------
 */

/* A cell that is there may be written to, as in a walk; NULL: it is not stale. */
static struct cell *stale_cell(const struct computation *computation, struct place place)
{
    const struct sheet *sheet = book_sheet(computation->book, place.sheet);
    struct cell *cell = sheet ? (struct cell *)grid_at(sheet->grid, place.position) : NULL;
    return cell && (cell->flags & CELL_STALE) ? cell : NULL;
}

static void settle(struct cell *cell)
{
    cell->flags &= (uint8_t) ~(CELL_STALE | CELL_ON_STACK);
}

static bool store(struct computation *computation, struct cell *cell, struct value value)
{
    struct text_pool *texts = computation->book->texts;
    text_id before = cell->kind == VALUE_TEXT ? cell->text : 0, text = 0;
    if (value.kind == VALUE_TEXT) {
        text = text_keep(texts, value.text, value.text_bytes);
        if (!text)
            return false;
    }
    cell->bits = 0;
    cell->kind = (uint8_t)value.kind;
    if (value.kind == VALUE_NUMBER)
        cell->number = value.number;
    else if (value.kind == VALUE_TEXT)
        cell->text = text;
    else if (value.kind == VALUE_BOOLEAN)
        cell->truth = value.boolean;
    else if (value.kind == VALUE_ERROR)
        cell->error = value.error;
    text_drop(texts, before);
    settle(cell);
    computation->count++;
    return true;
}

/* ---- stack and path -----------------------------------------------------------------------------
 */

static bool push(struct computation *computation, struct place place)
{
    struct place *pushed = steppe_array_push(computation->stack);
    if (pushed)
        *pushed = place;
    return pushed != NULL;
}

static bool push_needs(struct computation *computation)
{
    size_t count;
    const struct place *needs = evaluation_needs(computation->evaluation, &count);
    uint64_t depth = steppe_array_count(computation->stack);
    uint64_t room = depth < STACK_MAX ? STACK_MAX - depth : 1;
    if (count > room)
        count = room;
    /* What was read first is computed first: lists are read from the top, and mostly grow so. */
    while (count--)
        if (!push(computation, needs[count]))
            return false;
    return true;
}

static uint64_t top_of_path(const struct computation *computation)
{
    uint64_t count = steppe_array_count(computation->path);
    return count ? computation->path[count - 1] : UINT64_MAX;
}

static void pop(struct computation *computation)
{
    uint64_t depth = steppe_array_count(computation->stack);
    if (top_of_path(computation) == depth - 1)
        (void)steppe_array_pop(computation->path); /* it is there */
    (void)steppe_array_pop(computation->stack);
}

/* The uppermost cell waits for others from now on, if it did not before. */
static bool begin_wait(struct computation *computation, struct cell *cell)
{
    if (cell->flags & CELL_ON_STACK)
        return true;
    uint64_t *pushed = steppe_array_push(computation->path);
    if (!pushed)
        return false;
    *pushed = steppe_array_count(computation->stack) - 1;
    cell->flags |= CELL_ON_STACK;
    return true;
}

static void close_circle(struct computation *computation, const struct cell *met)
{
    bool is_closed = false;
    while (!is_closed && steppe_array_count(computation->path)) {
        struct cell *cell = stale_cell(computation, computation->stack[top_of_path(computation)]);
        (void)steppe_array_pop(computation->path); /* it is there */
        if (!cell)
            continue;
        is_closed = cell == met;
        (void)store(computation, cell, value_error(ERROR_CYCLE)); /* no text: not refused */
    }
}

/* Does the uppermost cell need one that waits for it? Then it is computed now, and the others. */
static bool find_circle(struct computation *computation)
{
    size_t count;
    const struct place *needs = evaluation_needs(computation->evaluation, &count);
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = stale_cell(computation, needs[i]);
        if (!cell || !(cell->flags & CELL_ON_STACK))
            continue;
        close_circle(computation, cell);
        return true;
    }
    return false;
}

static void give_up(struct computation *computation)
{
    while (steppe_array_count(computation->path)) {
        struct cell *cell = stale_cell(computation, computation->stack[top_of_path(computation)]);
        if (cell)
            cell->flags &= (uint8_t)~CELL_ON_STACK;
        (void)steppe_array_pop(computation->path); /* it is there */
    }
    (void)steppe_array_resize(computation->stack, 0); /* getting smaller */
}

/* ---- computing ----------------------------------------------------------------------------------
 */

static enum computation_outcome need(struct computation *computation, struct cell *cell)
{
    if (!begin_wait(computation, cell))
        return COMPUTATION_REFUSED;
    if (find_circle(computation) || push_needs(computation))
        return COMPUTATION_DONE;
    return COMPUTATION_REFUSED;
}

/* A formula that cannot be computed here keeps the value that came with it. */
static bool keeps_value(const struct cell *cell)
{
    return !cell->formula || (cell->flags & CELL_KEPT_VALUE);
}

static enum computation_outcome compute(struct computation *computation, struct place place,
                                        struct cell *cell)
{
    struct value value;
    if (keeps_value(cell)) {
        settle(cell);
        return COMPUTATION_DONE;
    }
    switch (evaluate(computation->evaluation, cell->formula, place.sheet, place.position, &value)) {
    case EVALUATE_DONE:
        return store(computation, cell, value) ? COMPUTATION_DONE : COMPUTATION_REFUSED;
    case EVALUATE_NEEDS:
        return need(computation, cell);
    default:
        return evaluation_lacks_memory(computation->evaluation) ? COMPUTATION_REFUSED
                                                                : COMPUTATION_STOPPED;
    }
}

static bool may_go_on(const struct computation *computation, uint64_t round)
{
    return round % ASK_EVERY != ASK_EVERY - 1 ||
           progress_step(computation->progress, "computing", computation->count,
                         computation->total);
}

enum computation_outcome computation_of(struct computation *computation, struct place place)
{
    enum computation_outcome outcome = COMPUTATION_DONE;
    if (!push(computation, place))
        return COMPUTATION_REFUSED;
    for (uint64_t round = computation->count;; round++) {
        uint64_t depth = steppe_array_count(computation->stack);
        if (!depth)
            return COMPUTATION_DONE;
        place = computation->stack[depth - 1];
        struct cell *cell = stale_cell(computation, place);
        if (!cell) {
            pop(computation);
            continue;
        }
        outcome =
            may_go_on(computation, round) ? compute(computation, place, cell) : COMPUTATION_STOPPED;
        if (outcome == COMPUTATION_DONE)
            continue;
        give_up(computation);
        return outcome;
    }
}
