/* SPDX-License-Identifier: MIT */
/*
 * batch_calc.c - calc: all formulas computed anew, and how that compares with what the file had.
 *
 *   read as it is --> remember each formula's value --> compute all --> look at each again
 *
 * Formulas that depend on the time or on chance (volatile ones, and what refers to them) differ
 * each time: they are counted apart. Those with functions that we do not have keep the file's
 * value.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <steppe/array.h>

#include "common/human.h"
#include "sheet/batch/batch.h"
#include "sheet/book/recalculate.h"
#include "sheet/files/field.h"
#include "sheet/files/json_put.h"

enum { LISTED_MAX = 1000 }; /* cells that are listed; all are counted */

/* The program writes 15 digits, others 17 or 15; sums end in other digits by another order. */
#define TOLERANCE_DEFAULT 1e-9

/* A formula's cell as the file had it. */
struct known {
    struct position position;
    uint64_t bits;
    sheet_id sheet;
    uint8_t kind;
    bool was_stale, is_volatile;
};

struct calculation {
    struct batch *batch;
    struct book *book;
    struct known *known; /* an array of the library */
    text_id *unknown;    /* the same: names of functions that are not known, many times each */
    text_id first_unknown;
    uint64_t unknowns; /* different ones */
    double tolerance;
    uint64_t formulas, computed, changed, new_values, volatiles, kept, errors;
    uint64_t listed;
    struct field_options fields;
    struct sink sink;
};

static enum batch_status refused(struct calculation *calculation)
{
    (void)book_say_refused(calculation->book, &calculation->batch->problem);
    return BATCH_MEMORY;
}

/* ---- before ---------------------------------------------------------------------------------- */

/* What depends on volatile formulas is found by saying that they have changed. */
static void mark_volatile(struct book *book, const struct sheet *sheet)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;)
        if (cell->formula && (formula_flags(book->formulas, cell->formula) & FORMULA_IS_VOLATILE))
            (void)recalculation_changed(book->recalculation, sheet->id,
                                        area_of_one(walk.position)); /* refused: all are stale */
}

/* Texts are held, that their numbers go on meaning them. */
static bool remember_sheet(struct calculation *calculation, const struct sheet *sheet)
{
    struct book *book = calculation->book;
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (!cell->formula)
            continue;
        struct known *known = steppe_array_push(calculation->known);
        if (!known)
            return false;
        *known = (struct known){.position = walk.position,
                                .bits = cell->bits,
                                .sheet = sheet->id,
                                .kind = cell->kind,
                                .was_stale = cell->flags & CELL_STALE};
        if (cell->kind == VALUE_TEXT)
            text_hold(book->texts, cell->text);
    }
    return true;
}

static void note_volatile(struct calculation *calculation)
{
    for (struct known *known = calculation->known; known != steppe_array_end(calculation->known);
         known++) {
        const struct sheet *sheet = book_sheet(calculation->book, known->sheet);
        const struct cell *cell = grid_at(sheet->grid, known->position);
        known->is_volatile =
            !known->was_stale &&
            ((cell->flags & CELL_STALE) ||
             (formula_flags(calculation->book->formulas, cell->formula) & FORMULA_IS_VOLATILE));
    }
}

static bool note_unknown(struct calculation *calculation, formula_id formula)
{
    size_t token_count;
    const struct token *tokens = formula_tokens(calculation->book->formulas, formula, &token_count);
    for (size_t i = 0; i < token_count; i++) {
        uint64_t count = steppe_array_count(calculation->unknown);
        if (tokens[i].kind != TOKEN_UNKNOWN ||
            (count && calculation->unknown[count - 1] == tokens[i].text))
            continue;
        text_id *name = steppe_array_push(calculation->unknown);
        if (!name)
            return false;
        *name = tokens[i].text;
    }
    return true;
}

static int compare_texts(const void *a, const void *b)
{
    text_id one = *(const text_id *)a, other = *(const text_id *)b;
    return (one > other) - (one < other);
}

/* Which functions are not known. */
static bool note_unknowns(struct calculation *calculation)
{
    struct book *book = calculation->book;
    for (const struct known *known = calculation->known;
         known != steppe_array_end(calculation->known); known++) {
        const struct cell *cell = grid_at(book_sheet(book, known->sheet)->grid, known->position);
        if ((formula_flags(book->formulas, cell->formula) & FORMULA_HAS_UNKNOWN) &&
            !note_unknown(calculation, cell->formula))
            return false;
    }
    uint64_t count = steppe_array_count(calculation->unknown);
    if (!count)
        return true;
    calculation->first_unknown = calculation->unknown[0];
    qsort(calculation->unknown, count, sizeof *calculation->unknown, compare_texts);
    for (uint64_t i = 0; i < count; i++)
        calculation->unknowns += !i || calculation->unknown[i] != calculation->unknown[i - 1];
    return true;
}

static enum batch_status remember(struct calculation *calculation)
{
    struct book *book = calculation->book;
    calculation->known =
        steppe_array_new(struct known, UINT64_C(1) << 34,
                         &(steppe_options){.budget = book->budget, .name = "values before"});
    calculation->unknown =
        steppe_array_new(text_id, UINT64_C(1) << 34,
                         &(steppe_options){.budget = book->budget, .name = "unknown functions"});
    if (!calculation->known || !calculation->unknown)
        return refused(calculation);
    for (size_t place = 0; place < book->sheet_count; place++)
        if (!remember_sheet(calculation, book->sheets[place]))
            return refused(calculation);
    if (!note_unknowns(calculation))
        return refused(calculation);
    for (size_t place = 0; place < book->sheet_count; place++)
        mark_volatile(book, book->sheets[place]);
    note_volatile(calculation);
    return BATCH_DONE;
}

/* ---- after ----------------------------------------------------------------------------------- */

static struct value value_before(const struct calculation *calculation, const struct known *known)
{
    struct cell cell = {.bits = known->bits, .kind = known->kind};
    return cell_value(calculation->book, &cell);
}

static bool is_near(double a, double b, double tolerance)
{
    double size = fmax(1, fmax(fabs(a), fabs(b)));
    return a == b || fabs(a - b) <= tolerance * size;
}

static bool is_same(struct value a, struct value b, double tolerance)
{
    if (a.kind == VALUE_NUMBER && b.kind == VALUE_NUMBER)
        return is_near(a.number, b.number, tolerance);
    return value_is(a, b);
}

static void list_text(struct calculation *calculation, const struct sheet *sheet,
                      const struct known *known, const struct cell *cell)
{
    struct sink *sink = &calculation->sink;
    const char *name = sheet_name(calculation->book, sheet);
    field_put_text(sink, &calculation->fields, name, strlen(name));
    sink_put_char(sink, '\t');
    sink_put_string(sink, position_name(known->position, 0).text);
    sink_put_char(sink, '\t');
    field_put_value(sink, &calculation->fields, value_before(calculation, known), cell->style);
    sink_put_char(sink, '\t');
    field_put_value(sink, &calculation->fields, cell_value(calculation->book, cell), cell->style);
    sink_put_char(sink, '\n');
}

static void list_json(struct calculation *calculation, const struct sheet *sheet,
                      const struct known *known, const struct cell *cell)
{
    struct sink *sink = &calculation->sink;
    sink_put_string(sink, calculation->listed ? ",\n{\"sheet\":" : "\n{\"sheet\":");
    json_put_string(sink, sheet_name(calculation->book, sheet));
    sink_put_string(sink, ",\"cell\":\"");
    sink_put_string(sink, position_name(known->position, 0).text);
    sink_put_string(sink, "\",\"before\":{");
    json_put_value(sink, value_before(calculation, known));
    sink_put_string(sink, "},\"after\":{");
    json_put_value(sink, cell_value(calculation->book, cell));
    sink_put_string(sink, "}}");
}

static void look_at(struct calculation *calculation, const struct known *known)
{
    const struct options *options = calculation->batch->options;
    const struct sheet *sheet = book_sheet(calculation->book, known->sheet);
    const struct cell *cell = grid_at(sheet->grid, known->position);
    calculation->formulas++;
    calculation->errors += cell->kind == VALUE_ERROR;
    calculation->kept += (cell->flags & CELL_KEPT_VALUE) != 0;
    if (known->was_stale) {
        calculation->new_values++;
        return;
    }
    if (known->is_volatile) {
        calculation->volatiles++;
        return;
    }
    if (is_same(value_before(calculation, known), cell_value(calculation->book, cell),
                calculation->tolerance))
        return;
    calculation->changed++;
    if (calculation->listed == LISTED_MAX || (!options->check && !options->json))
        return;
    if (options->json)
        list_json(calculation, sheet, known, cell);
    else
        list_text(calculation, sheet, known, cell);
    calculation->listed++;
}

struct figure {
    const char *text, *member;
    uint64_t count;
};

static void tell_unknown_text(struct calculation *calculation, const char *name)
{
    sink_put_string(&calculation->sink, "functions not known\t");
    json_put_count(&calculation->sink, calculation->unknowns);
    sink_put_char(&calculation->sink, '\t');
    field_put_text(&calculation->sink, &calculation->fields, name, strlen(name));
    sink_put_char(&calculation->sink, '\n');
}

static void tell_unknown_json(struct calculation *calculation, const char *name)
{
    sink_put_string(&calculation->sink, ",\"unknown_functions\":{\"count\":");
    json_put_count(&calculation->sink, calculation->unknowns);
    sink_put_string(&calculation->sink, ",\"first\":");
    json_put_string(&calculation->sink, name);
    sink_put_char(&calculation->sink, '}');
}

/* name: of the first function that is not known; NULL: there is none. */
static void tell_text(struct calculation *calculation, const struct figure *figures, size_t count,
                      const char *name)
{
    for (size_t i = 0; i < count; i++) {
        sink_put_string(&calculation->sink, figures[i].text);
        sink_put_char(&calculation->sink, '\t');
        json_put_count(&calculation->sink, figures[i].count);
        sink_put_char(&calculation->sink, '\n');
    }
    if (name)
        tell_unknown_text(calculation, name);
}

static void tell_json(struct calculation *calculation, const struct figure *figures, size_t count,
                      const char *name)
{
    sink_put_string(&calculation->sink, "\n]");
    for (size_t i = 0; i < count; i++) {
        sink_put_string(&calculation->sink, ",\"");
        sink_put_string(&calculation->sink, figures[i].member);
        sink_put_string(&calculation->sink, "\":");
        json_put_count(&calculation->sink, figures[i].count);
    }
    if (name)
        tell_unknown_json(calculation, name);
    sink_put_string(&calculation->sink, "}\n");
}

static enum batch_status tell(struct calculation *calculation)
{
    bool is_json = calculation->batch->options->json;
    sink_begin(&calculation->sink, fileno(batch_figures(calculation->batch)),
               &calculation->batch->progress);
    if (is_json)
        sink_put_string(&calculation->sink,
                        "{\"format\":\"steppe-sheet-calc\",\"version\":1,\"cells\":[");
    for (const struct known *known = calculation->known;
         known != steppe_array_end(calculation->known); known++)
        look_at(calculation, known);
    const struct figure figures[] = {
        {"formulas", "formulas", calculation->formulas},
        {"changed", "changed", calculation->changed},
        {"without a value before", "without_value", calculation->new_values},
        {"by time or chance", "by_time_or_chance", calculation->volatiles},
        {"kept as they were", "kept", calculation->kept},
        {"errors", "errors", calculation->errors},
    };
    const char *unknown = NULL;
    size_t size_bytes;
    if (calculation->unknowns)
        unknown = text_bytes(calculation->book->texts, calculation->first_unknown, &size_bytes);
    (is_json ? tell_json : tell_text)(calculation, figures, sizeof figures / sizeof *figures,
                                      unknown);
    if (sink_end(&calculation->sink))
        return BATCH_DONE;
    (void)problem_say(&calculation->batch->problem, "standard output cannot be written to: %s",
                      strerror(calculation->sink.error));
    return BATCH_FILE;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static enum batch_status calculate(struct calculation *calculation)
{
    struct batch *batch = calculation->batch;
    enum batch_status status = remember(calculation);
    if (status)
        return status;
    book_make_stale(calculation->book);
    if (!book_recalculate(calculation->book, &batch->progress, &calculation->computed,
                          &batch->problem))
        return batch_failed(batch);
    if (batch->options->output)
        status = batch_write(batch, calculation->book);
    if (!status)
        status = tell(calculation);
    return status == BATCH_DONE && batch->options->check && calculation->changed ? BATCH_DIFFERENT
                                                                                 : status;
}

enum batch_status batch_calc(struct batch *batch)
{
    struct calculation *calculation = calloc(1, sizeof *calculation);
    if (!calculation) {
        (void)problem_out_of_memory(&batch->problem);
        return BATCH_MEMORY;
    }
    calculation->batch = batch;
    calculation->tolerance =
        batch->options->has_tolerance ? batch->options->tolerance : TOLERANCE_DEFAULT;
    calculation->book = batch_open_as_it_is(batch, batch->options->path);
    calculation->fields =
        (struct field_options){.book = calculation->book, .separator = '\t', .quote = '"'};
    enum batch_status status = calculation->book ? calculate(calculation) : batch_failed(batch);
    if (calculation->known)
        (void)steppe_array_free(calculation->known); /* it is ours */
    if (calculation->unknown)
        (void)steppe_array_free(calculation->unknown); /* and this */
    if (calculation->book)
        book_free(calculation->book);
    free(calculation);
    return status;
}
