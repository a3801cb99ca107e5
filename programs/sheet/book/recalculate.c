/* SPDX-License-Identifier: MIT */
/*
 * recalculate.c - the list of what is stale: see recalculate.h.
 *
 * list: pieces of columns, in the order in which they became stale, which is mostly a good one to
 * compute them in. Up to followed, what refers to a piece's cells is stale and in the list as well.
 * A piece may hold cells that are not stale any more.
 *
 *   WHAT_LIST   the list has all stale cells
 *   WHAT_FLAGS  the cells know, and the list may not have them all: walk over everything
 *   WHAT_ALL    every formula is stale, whether its cell says so or not
 *
 * links_lost: what refers to what has to be found out anew before it is asked for.
 */
#include "sheet/book/recalculate.h"

#include <stdlib.h>

#include <steppe/array.h>

#include "sheet/book/computation.h"
#include "sheet/book/dependents.h"

struct piece {
    sheet_id sheet;
    uint16_t column;
    uint32_t first_row, last_row;
};

enum what_is_stale { WHAT_LIST, WHAT_FLAGS, WHAT_ALL };

struct recalculation {
    struct book *book;
    struct computation *computation;
    struct piece *list; /* a steppe_array */
    uint64_t followed;
    uint64_t computed_count;
    enum what_is_stale what;
    bool links_lost, is_suspended;
};

struct recalculation *recalculation_new(struct book *book, steppe_budget *budget)
{
    struct recalculation *recalculation = calloc(1, sizeof *recalculation);
    if (!recalculation)
        return NULL;
    recalculation->book = book;
    recalculation->computation = computation_new(book, budget);
    recalculation->list =
        steppe_array_new(struct piece, UINT64_C(1) << 34,
                         &(steppe_options){.budget = budget, .name = "stale formulas"});
    if (recalculation->computation && recalculation->list)
        return recalculation;
    recalculation_free(recalculation);
    return NULL;
}

void recalculation_free(struct recalculation *recalculation)
{
    if (!recalculation)
        return;
    computation_free(recalculation->computation);
    (void)steppe_array_free(recalculation->list); /* NULL is fine; else ours: nothing can fail */
    free(recalculation);
}

/* ---- the list -----------------------------------------------------------------------------------
 */

static struct area area_of_piece(const struct piece *piece)
{
    return (struct area){{piece->first_row, piece->column}, {piece->last_row, piece->column}};
}

static void clear_list(struct recalculation *recalculation)
{
    (void)steppe_array_resize(recalculation->list, 0); /* getting smaller */
    recalculation->followed = 0;
}

/* What there is no room for is lost, and so everything is stale. */
static bool lose(struct recalculation *recalculation)
{
    recalculation->what = WHAT_ALL;
    clear_list(recalculation);
    return false;
}

/* One cell more; from: pieces from there on may be made longer. */
static bool list_cell(struct recalculation *recalculation, uint64_t from, sheet_id sheet,
                      struct position cell)
{
    uint64_t count = steppe_array_count(recalculation->list);
    struct piece *last = count > from ? &recalculation->list[count - 1] : NULL;
    if (last && last->sheet == sheet && last->column == cell.column &&
        last->last_row + 1 == cell.row) {
        last->last_row++;
        return true;
    }
    struct piece *piece = steppe_array_push(recalculation->list);
    if (!piece)
        return lose(recalculation);
    *piece = (struct piece){.sheet = sheet,
                            .column = (uint16_t)cell.column,
                            .first_row = cell.row,
                            .last_row = cell.row};
    return true;
}

/* A cell found in a walk, or by grid_at, may be written to when it is in use. */
static void mark_cell(struct recalculation *recalculation, const struct dependents_hit *hit,
                      const struct cell *cell, struct position position)
{
    if (cell->formula != hit->formula || (cell->flags & CELL_STALE))
        return;
    ((struct cell *)cell)->flags |= CELL_STALE;
    (void)list_cell(recalculation, recalculation->followed, hit->sheet,
                    position); /* lost: what says so */
}

static void mark(void *context, const struct dependents_hit *hit)
{
    struct recalculation *recalculation = context;
    const struct sheet *sheet = book_sheet(recalculation->book, hit->sheet);
    if (!sheet || recalculation->what == WHAT_ALL)
        return;
    struct position first = {hit->first_row, hit->column}, last = {hit->last_row, hit->column};
    if (hit->first_row == hit->last_row) {
        mark_cell(recalculation, hit, grid_at(sheet->grid, first), first);
        return;
    }
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, (struct area){first, last}, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        mark_cell(recalculation, hit, cell, walk.position);
}

/* false: it has been lost, now or before. */
static bool follow(struct recalculation *recalculation)
{
    while (recalculation->followed < steppe_array_count(recalculation->list)) {
        struct piece piece = recalculation->list[recalculation->followed++];
        dependents_visit(recalculation->book->dependents, piece.sheet, area_of_piece(&piece), mark,
                         recalculation);
    }
    return recalculation->what != WHAT_ALL;
}

/* ---- finding out anew ---------------------------------------------------------------------------
 */

static bool renew_sheet(struct recalculation *recalculation, const struct sheet *sheet)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));) {
        if (!cell->formula)
            continue;
        if (!dependents_add(recalculation->book->dependents, sheet->id, walk.position))
            return false;
        if (recalculation->what == WHAT_LIST && (cell->flags & CELL_STALE))
            (void)list_cell(recalculation, 0, sheet->id, walk.position); /* lost: what says so */
    }
    return true;
}

/* All references, and the list out of the cells' own words. */
static bool renew(struct recalculation *recalculation)
{
    struct book *book = recalculation->book;
    bool was_all = recalculation->what == WHAT_ALL;
    dependents_clear(book->dependents);
    clear_list(recalculation);
    recalculation->links_lost = true;
    for (size_t i = 0; i < book->sheet_count; i++)
        if (!renew_sheet(recalculation, book->sheets[i]))
            return lose(recalculation);
    dependents_renewed(book->dependents);
    recalculation->links_lost = false;
    return follow(recalculation) || was_all;
}

static bool need_links(struct recalculation *recalculation)
{
    return !recalculation->links_lost || renew(recalculation);
}

/* ---- what happens to the workbook ---------------------------------------------------------------
 */

bool recalculation_changed(struct recalculation *recalculation, sheet_id sheet, struct area area)
{
    if (recalculation->is_suspended || recalculation->what == WHAT_ALL)
        return true;
    if (!need_links(recalculation))
        return false;
    dependents_visit(recalculation->book->dependents, sheet, area, mark, recalculation);
    return follow(recalculation);
}

bool recalculation_add(struct recalculation *recalculation, sheet_id sheet, struct position cell)
{
    struct book *book = recalculation->book;
    if (recalculation->is_suspended || recalculation->links_lost)
        return true;
    if (!dependents_add(book->dependents, sheet, cell)) {
        recalculation->links_lost = true;
        return lose(recalculation);
    }
    const struct sheet *of = book_sheet(book, sheet);
    bool is_stale = of && (grid_at(of->grid, cell)->flags & CELL_STALE);
    if (!is_stale || recalculation->what == WHAT_ALL)
        return true;
    /* What refers to this cell is told by recalculation_changed. */
    bool is_followed = recalculation->followed == steppe_array_count(recalculation->list);
    if (!list_cell(recalculation, 0, sheet, cell))
        return false;
    if (is_followed)
        recalculation->followed = steppe_array_count(recalculation->list);
    return true;
}

bool recalculation_names_changed(struct recalculation *recalculation)
{
    if (recalculation->is_suspended || recalculation->what == WHAT_ALL) {
        recalculation->links_lost = true;
        return true;
    }
    if (!need_links(recalculation))
        return false;
    dependents_visit_names(recalculation->book->dependents, mark, recalculation);
    bool is_followed = follow(recalculation);
    recalculation->links_lost = true; /* the names' meanings are among them */
    return is_followed;
}

void recalculation_suspend(struct recalculation *recalculation)
{
    recalculation->is_suspended = true;
}

bool recalculation_resume(struct recalculation *recalculation)
{
    recalculation->is_suspended = false;
    return renew(recalculation);
}

void recalculation_all(struct recalculation *recalculation)
{
    (void)lose(recalculation); /* always false */
}

void recalculation_forget(struct recalculation *recalculation)
{
    recalculation->links_lost = true;
    clear_list(recalculation); /* its places are those of before; flags have moved with cells */
}

/* ---- running ------------------------------------------------------------------------------------
 */

typedef bool cell_visitor(struct recalculation *recalculation, struct place place,
                          struct cell *cell);

/* Formulas of all sheets; false: visit said so. */
static bool each_formula(struct recalculation *recalculation, cell_visitor *visit)
{
    struct book *book = recalculation->book;
    for (size_t i = 0; i < book->sheet_count; i++) {
        struct grid_walk walk;
        grid_walk_begin(&walk, book->sheets[i]->grid, area_of_all(), GRID_AS_THEY_LIE);
        for (const struct cell *cell; (cell = grid_walk_next(&walk));) {
            struct place place = {.sheet = book->sheets[i]->id, .position = walk.position};
            if (cell->formula && !visit(recalculation, place, (struct cell *)cell))
                return false;
        }
    }
    return true;
}

static bool flag_formula(struct recalculation *recalculation, struct place place, struct cell *cell)
{
    (void)recalculation, (void)place; /* the cell alone counts */
    cell->flags |= CELL_STALE;
    return true;
}

/* Volatile formulas are stale at every run, and what depends on them. */
static void prepare(struct recalculation *recalculation)
{
    struct dependents *dependents = recalculation->book->dependents;
    if (recalculation->what != WHAT_ALL &&
        (recalculation->links_lost || dependents_wants_renewal(dependents)))
        (void)renew(recalculation); /* refused, everything is stale, and it goes on */
    if (recalculation->what != WHAT_ALL) {
        dependents_visit_volatile(dependents, mark, recalculation);
        (void)follow(recalculation); /* as above */
    }
    if (recalculation->what == WHAT_ALL) {
        (void)each_formula(recalculation, flag_formula); /* true */
        recalculation->what = WHAT_FLAGS;
    }
}

static enum computation_outcome compute_piece(struct recalculation *recalculation,
                                              const struct piece *piece)
{
    struct place place = {.sheet = piece->sheet, .position = {.column = piece->column}};
    for (uint32_t row = piece->first_row; row <= piece->last_row; row++) {
        place.position.row = row;
        enum computation_outcome outcome = computation_of(recalculation->computation, place);
        if (outcome != COMPUTATION_DONE)
            return outcome;
    }
    return COMPUTATION_DONE;
}

static enum computation_outcome compute_list(struct recalculation *recalculation)
{
    for (uint64_t i = 0; i < steppe_array_count(recalculation->list); i++) {
        enum computation_outcome outcome = compute_piece(recalculation, &recalculation->list[i]);
        if (outcome != COMPUTATION_DONE)
            return outcome;
    }
    return COMPUTATION_DONE;
}

static enum computation_outcome compute_sheet(struct recalculation *recalculation,
                                              const struct sheet *sheet)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));) {
        if (!(cell->flags & CELL_STALE))
            continue;
        enum computation_outcome outcome =
            computation_of(recalculation->computation,
                           (struct place){.sheet = sheet->id, .position = walk.position});
        if (outcome != COMPUTATION_DONE)
            return outcome;
    }
    return COMPUTATION_DONE;
}

static enum computation_outcome compute_all(struct recalculation *recalculation)
{
    enum computation_outcome outcome = COMPUTATION_DONE;
    const struct book *book = recalculation->book;
    for (size_t i = 0; i < book->sheet_count && outcome == COMPUTATION_DONE; i++)
        outcome = compute_sheet(recalculation, book->sheets[i]);
    return outcome;
}

static bool finish(struct recalculation *recalculation, enum computation_outcome outcome,
                   struct problem *problem)
{
    switch (outcome) {
    case COMPUTATION_DONE:
        clear_list(recalculation);
        recalculation->what = WHAT_LIST;
        return true;
    case COMPUTATION_REFUSED:
        return problem_say(problem, "computing stopped: %s", steppe_last_message());
    default:
        return problem_say(problem, "computing was stopped; what is left is done next time");
    }
}

bool recalculation_run(struct recalculation *recalculation, const struct progress *progress,
                       uint64_t *computed, struct problem *problem)
{
    if (computed)
        *computed = 0;
    if (recalculation->is_suspended)
        return problem_say(problem, "nothing is computed while a file is read");
    prepare(recalculation);
    computation_begin(recalculation->computation, progress,
                      recalculation_stale_count(recalculation));
    enum computation_outcome outcome =
        recalculation->what == WHAT_LIST ? compute_list(recalculation) : compute_all(recalculation);
    recalculation->computed_count += computation_count(recalculation->computation);
    if (computed)
        *computed = computation_count(recalculation->computation);
    return finish(recalculation, outcome, problem);
}

uint64_t recalculation_computed_count(const struct recalculation *recalculation)
{
    return recalculation->computed_count;
}

static uint64_t count_of_list(const struct recalculation *recalculation)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < steppe_array_count(recalculation->list); i++)
        count += recalculation->list[i].last_row - recalculation->list[i].first_row + 1;
    return count;
}

static uint64_t count_of_sheet(const struct sheet *sheet, bool all)
{
    uint64_t count = 0;
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        count += cell->formula && (all || (cell->flags & CELL_STALE));
    return count;
}

uint64_t recalculation_stale_count(const struct recalculation *recalculation)
{
    const struct book *book = recalculation->book;
    uint64_t count = 0;
    if (recalculation->what == WHAT_LIST)
        return count_of_list(recalculation);
    for (size_t i = 0; i < book->sheet_count; i++)
        count += count_of_sheet(book->sheets[i], recalculation->what == WHAT_ALL);
    return count;
}
