/* SPDX-License-Identifier: MIT */
/*
 * book.c - a workbook and its sheets: see book.h.
 *
 * sheets[] is the order of the tabs, by_id[] what formulas mean. A number is given once: a sheet
 * that was taken out may come back under its own. A number may be promised to a name before there
 * is a sheet of it; the sheet gets it when it comes.
 */
#include "sheet/book/book.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/human.h"
#include "sheet/book/dependents.h"
#include "sheet/book/recalculate.h"
#include "sheet/book/sheet_references.h"
#include "sheet/values/fold.h"

/* ---- life ------------------------------------------------------------------------------------ */

bool book_say_refused(const struct book *book, struct problem *problem)
{
    steppe_status status = steppe_last_status();
    uint64_t limit_bytes = book ? steppe_budget_limit_bytes(book->budget) : STEPPE_NO_LIMIT;
    if (status == STEPPE_E_BUDGET && limit_bytes != STEPPE_NO_LIMIT)
        return problem_say_memory(problem, "the limit on memory, %s, is reached",
                                  human_bytes(limit_bytes).text);
    if (status == STEPPE_E_ADDRESS_SPACE)
        return problem_say_memory(problem,
                                  "no room for the addresses of a sheet, %s, of which only "
                                  "what is used takes memory; 'ulimit -v unlimited' gives it",
                                  human_bytes((uint64_t)ROWS * COLUMNS * GRID_CELL_BYTES).text);
    if (status == STEPPE_E_OUTSIDE)
        return problem_say(problem, "there are too many different styles, texts or formulas");
    return problem_say_memory(problem, "not enough memory: %s",
                              steppe_status_text(status == STEPPE_OK ? STEPPE_E_MEMORY : status));
}

/* In this order: each needs those before it. */
static bool open_parts(struct book *book, uint64_t memory_bytes)
{
    book->budget = steppe_budget_new(memory_bytes);
    if (book->budget)
        book->texts = text_pool_new(book->budget);
    if (book->texts)
        book->styles = style_pool_new(book->texts, book->budget);
    if (book->styles)
        book->formulas = formula_pool_new(book->texts, book->budget);
    if (book->formulas)
        book->names = name_table_new(book->texts, book->formulas);
    if (book->names)
        book->dependents = dependents_new(book, book->budget);
    if (book->dependents)
        book->recalculation = recalculation_new(book, book->budget);
    return book->recalculation != NULL;
}

struct book *book_new(uint64_t memory_bytes, struct problem *problem)
{
    struct book *book = calloc(1, sizeof *book);
    if (!book) {
        (void)problem_say_memory(problem, "not enough memory for a workbook");
        return NULL;
    }
    if (open_parts(book, memory_bytes))
        return book;
    (void)book_say_refused(book->budget ? book : NULL, problem);
    book_free(book);
    return NULL;
}

void book_free(struct book *book)
{
    if (!book)
        return;
    for (size_t place = 0; place < book->sheet_count; place++)
        sheet_free(book, book->sheets[place]);
    recalculation_free(book->recalculation);
    dependents_free(book->dependents);
    name_table_free(book->names);
    formula_pool_free(book->formulas);
    style_pool_free(book->styles);
    text_pool_free(book->texts);
    if (book->budget)
        (void)steppe_budget_free(book->budget); /* all that was charged to it is gone */
    free(book);
}

/* ---- finding sheets -------------------------------------------------------------------------- */

/* Of names that are the same but for case the same; 0: no sheet can be called so. */
static uint32_t hash_of_name(const char *name, size_t name_bytes)
{
    char folded[4 * 4 * SHEET_NAME_CHARACTERS_MAX];
    size_t folded_bytes = fold_text(name, name_bytes, folded, sizeof folded);
    if (!name_bytes || folded_bytes > sizeof folded)
        return 0;
    return (uint32_t)XXH3_64bits(folded, folded_bytes) | 1;
}

static bool has_name(const struct book *book, text_id text, const char *name, size_t name_bytes)
{
    size_t size_bytes;
    const char *bytes = text_bytes(book->texts, text, &size_bytes);
    return fold_is(bytes, size_bytes, name, name_bytes);
}

struct sheet *book_find_sheet(const struct book *book, const char *name, size_t name_bytes)
{
    uint32_t hash = hash_of_name(name, name_bytes);
    for (size_t place = 0; hash && place < book->sheet_count; place++) {
        struct sheet *sheet = book->sheets[place];
        if (sheet->private_.name_hash == hash && has_name(book, sheet->name, name, name_bytes))
            return sheet;
    }
    return NULL;
}

struct sheet *book_sheet(const struct book *book, sheet_id id)
{
    return id < SHEET_IDS_MAX ? book->by_id[id] : NULL;
}

size_t book_place_of(const struct book *book, const struct sheet *sheet)
{
    size_t place = 0;
    while (place < book->sheet_count && book->sheets[place] != sheet)
        place++;
    return place < book->sheet_count ? place : SIZE_MAX;
}

/* The number promised to a name; 0: none. */
static sheet_id find_promise(const struct book *book, const char *name, size_t name_bytes)
{
    uint32_t hash = hash_of_name(name, name_bytes);
    for (sheet_id id = 1; hash && id <= book->last_id; id++) {
        const struct sheet_promise *promise = &book->promises[id];
        if (promise->name && promise->name_hash == hash &&
            has_name(book, promise->name, name, name_bytes))
            return id;
    }
    return 0;
}

static sheet_id next_id(const struct book *book)
{
    return book->last_id + 1 < SHEET_IDS_MAX ? (sheet_id)(book->last_id + 1) : 0;
}

sheet_id book_sheet_number(struct book *book, const char *name, size_t name_bytes)
{
    const struct sheet *sheet = book_find_sheet(book, name, name_bytes);
    sheet_id id = sheet ? sheet->id : find_promise(book, name, name_bytes);
    uint32_t hash = hash_of_name(name, name_bytes);
    if (id || !hash || !next_id(book))
        return id;
    text_id kept = text_keep(book->texts, name, name_bytes);
    if (!kept)
        return 0;
    id = ++book->last_id;
    book->promises[id] = (struct sheet_promise){.name = kept, .name_hash = hash};
    return id;
}

/* ---- sheets that come and go ----------------------------------------------------------------- */

static bool name_is_free(const struct book *book, const char *name, const struct sheet *except,
                         struct problem *problem)
{
    size_t name_bytes = strlen(name);
    const struct sheet *other = book_find_sheet(book, name, name_bytes);
    if (!sheet_name_is_allowed(name, name_bytes, problem))
        return false;
    if (other && other != except)
        return problem_say(problem, "there is a sheet called %s already", sheet_name(book, other));
    return true;
}

/* Everything that may be refused. */
static struct sheet *make_sheet(struct book *book, const char *name)
{
    struct sheet *sheet = calloc(1, sizeof *sheet);
    if (!sheet)
        return NULL;
    sheet->columns.budget = sheet->rows.budget = book->budget;
    sheet->name = text_keep(book->texts, name, strlen(name));
    if (sheet->name)
        sheet->grid = grid_new(name, book->budget);
    if (sheet->grid)
        return sheet;
    sheet_free(book, sheet);
    return NULL;
}

static void put_in(struct book *book, struct sheet *sheet, size_t place)
{
    size_t at = place < book->sheet_count ? place : book->sheet_count;
    memmove(&book->sheets[at + 1], &book->sheets[at],
            (book->sheet_count - at) * sizeof *book->sheets);
    book->sheets[at] = sheet;
    if (book->sheet_count++ && at <= book->active)
        book->active++;
    book->by_id[sheet->id] = sheet;
}

size_t book_detach_sheet(struct book *book, const struct sheet *sheet)
{
    size_t at = book_place_of(book, sheet);
    book->sheet_count--;
    memmove(&book->sheets[at], &book->sheets[at + 1],
            (book->sheet_count - at) * sizeof *book->sheets);
    if (book->active > at || (book->active && book->active == book->sheet_count))
        book->active--;
    book->by_id[sheet->id] = NULL;
    return at;
}

struct sheet *book_add_sheet(struct book *book, const char *name, size_t place,
                             struct problem *problem)
{
    if (!name_is_free(book, name, NULL, problem))
        return NULL;
    sheet_id promised = find_promise(book, name, strlen(name));
    if (book->sheet_count == SHEETS_MAX || (!promised && !next_id(book))) {
        (void)problem_say(problem, "a workbook has at most %d sheets", SHEETS_MAX);
        return NULL;
    }
    struct sheet *sheet = make_sheet(book, name);
    if (!sheet) {
        (void)book_say_refused(book, problem);
        return NULL;
    }
    sheet->private_.name_hash = hash_of_name(name, strlen(name));
    sheet->id = promised ? promised : ++book->last_id;
    put_in(book, sheet, place);
    if (promised) {
        text_drop(book->texts, book->promises[promised].name);
        book->promises[promised] = (struct sheet_promise){0};
        /* It says itself that all is stale when memory is refused. */
        (void)recalculation_changed(book->recalculation, sheet->id, area_of_all());
    }
    return sheet;
}

bool book_rename_sheet(struct book *book, struct sheet *sheet, const char *name,
                       struct problem *problem)
{
    if (!name_is_free(book, name, sheet, problem))
        return false;
    text_id kept = text_keep(book->texts, name, strlen(name));
    if (!kept)
        return book_say_refused(book, problem);
    text_drop(book->texts, sheet->name);
    sheet->name = kept;
    sheet->private_.name_hash = hash_of_name(name, strlen(name));
    return true;
}

bool book_move_sheet(struct book *book, struct sheet *sheet, size_t place)
{
    const struct sheet *active = book->sheets[book->active];
    size_t at = book_place_of(book, sheet);
    if (at == SIZE_MAX || place >= book->sheet_count)
        return false;
    size_t low = at < place ? at : place;
    memmove(&book->sheets[low + (at > place)], &book->sheets[low + (at < place)],
            (at < place ? place - at : at - place) * sizeof *book->sheets);
    book->sheets[place] = sheet;
    book->active = book_place_of(book, active);
    return true;
}

bool book_take_sheet(struct book *book, struct sheet *sheet, const struct reference_notes *notes,
                     struct problem *problem)
{
    if (book->sheet_count == 1)
        return problem_say(problem, "the last sheet of a workbook has to stay");
    if (!sheet_references_end(book, sheet, notes))
        return book_say_refused(book, problem);
    (void)book_detach_sheet(book, sheet); /* its place is gone */
    recalculation_all(book->recalculation);
    recalculation_forget(book->recalculation);
    return true;
}

bool book_put_sheet(struct book *book, struct sheet *sheet, size_t place, struct problem *problem)
{
    if (book->sheet_count == SHEETS_MAX)
        return problem_say(problem, "a workbook has at most %d sheets", SHEETS_MAX);
    if (!name_is_free(book, sheet_name(book, sheet), NULL, problem))
        return false;
    put_in(book, sheet, place);
    recalculation_all(book->recalculation);
    recalculation_forget(book->recalculation);
    return true;
}

bool book_remove_sheet(struct book *book, struct sheet *sheet, struct problem *problem)
{
    if (!book_take_sheet(book, sheet, NULL, problem))
        return false;
    sheet_free(book, sheet);
    return true;
}

name_id book_define_name(struct book *book, const char *name, size_t name_bytes, sheet_id sheet,
                         formula_id formula)
{
    name_id defined = name_define(book->names, name, name_bytes, sheet, formula);
    if (defined) /* refused there, all is stale at the next run */
        (void)recalculation_names_changed(book->recalculation);
    return defined;
}

/* ---- computing, collecting ------------------------------------------------------------------- */

bool progress_step(const struct progress *progress, const char *doing, uint64_t done,
                   uint64_t total)
{
    return !progress || !progress->step || progress->step(progress->context, doing, done, total);
}

bool book_recalculate(struct book *book, const struct progress *progress, uint64_t *computed,
                      struct problem *problem)
{
    return recalculation_run(book->recalculation, progress, computed, problem);
}

void book_make_stale(struct book *book)
{
    recalculation_all(book->recalculation);
}

/* Formulas first: they hold texts. */
uint64_t book_collect(struct book *book)
{
    uint64_t before_bytes = steppe_budget_charged_bytes(book->budget);
    for (size_t place = 0; place < book->sheet_count; place++)
        (void)grid_collect(book->sheets[place]->grid);
    (void)formula_collect(book->formulas);
    (void)text_collect(book->texts);
    uint64_t after_bytes = steppe_budget_charged_bytes(book->budget);
    return before_bytes > after_bytes ? before_bytes - after_bytes : 0;
}

bool book_wants_collection(const struct book *book)
{
    return text_wants_collection(book->texts) || formula_wants_collection(book->formulas);
}

/* ---- figures --------------------------------------------------------------------------------- */

static void count_sheet(struct book_statistics *statistics, const struct sheet *sheet)
{
    struct grid_statistics grid = grid_statistics_of(sheet->grid);
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        statistics->used_cells++;
        statistics->formula_cells += cell->formula != 0;
    }
    statistics->cell_pages += grid.cell_bytes / steppe_page_bytes();
    statistics->packed_tiles += grid.packed_tiles;
    statistics->fault_count += grid.fault_count;
}

struct book_statistics book_statistics_of(const struct book *book)
{
    struct book_statistics statistics = {
        .different_formulas = formula_statistics_of(book->formulas).held_count,
        .different_texts = text_statistics_of(book->texts).held_count,
        .committed_bytes = steppe_budget_charged_bytes(book->budget),
        .limit_bytes = steppe_budget_limit_bytes(book->budget)};
    for (size_t place = 0; place < book->sheet_count; place++)
        count_sheet(&statistics, book->sheets[place]);
    return statistics;
}
