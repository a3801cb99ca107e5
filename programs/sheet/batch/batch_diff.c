/* SPDX-License-Identifier: MIT */
/*
 * batch_diff.c - diff: two workbooks, cell by cell: values and formulas, not how they look.
 *
 * Sheets belong together by their names, and those of two workbooks of one sheet each whatever
 * their names. Cells of both are walked by rows side by side, so time and memory go with what is
 * in use.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sheet/batch/batch.h"
#include "sheet/files/field.h"
#include "sheet/files/json_put.h"

enum { CELLS_A_STEP = 16384 };

/* One of the two. */
struct side {
    struct book *book;
    const struct sheet *sheet;
    struct field_options fields;
    struct grid_walk walk;
    const struct cell *cell; /* the walk's next; NULL: it is over */
};

struct comparison {
    struct batch *batch;
    struct side before, after;
    uint64_t count, done_cells;
    bool is_out_of_memory, is_stopped;
    struct sink sink;
};

/* ---- telling --------------------------------------------------------------------------------- */

static bool is_silent(const struct comparison *comparison)
{
    return comparison->batch->options->quiet;
}

static void put_field(struct comparison *comparison, const char *text)
{
    field_put_text(&comparison->sink, &comparison->before.fields, text, strlen(text));
}

static void begin_line(struct comparison *comparison, const char *sheet, const char *cell,
                       const char *what)
{
    put_field(comparison, sheet);
    sink_put_char(&comparison->sink, '\t');
    sink_put_string(&comparison->sink, cell);
    sink_put_char(&comparison->sink, '\t');
    sink_put_string(&comparison->sink, what);
    sink_put_char(&comparison->sink, '\t');
}

static void put_side(struct comparison *comparison, const struct side *side,
                     const struct cell *cell, bool formulas)
{
    struct field_options fields = side->fields;
    fields.formulas = formulas;
    bool is_there = cell && (!formulas || cell->formula);
    if (is_there &&
        !field_put_cell(&comparison->sink, &fields, side->sheet, cell, side->walk.position))
        comparison->is_out_of_memory = true;
}

/* Of the first one: the only sheets of two tables are called like their files, and are one here. */
static const char *name_of_sheet(const struct comparison *comparison)
{
    return sheet_name(comparison->before.book, comparison->before.sheet);
}

static void tell_cell_text(struct comparison *comparison, const struct cell *before,
                           const struct cell *after, bool formulas)
{
    const struct side *at = before ? &comparison->before : &comparison->after;
    begin_line(comparison, name_of_sheet(comparison), position_name(at->walk.position, 0).text,
               formulas ? "formula" : "value");
    put_side(comparison, &comparison->before, before, formulas);
    sink_put_char(&comparison->sink, '\t');
    put_side(comparison, &comparison->after, after, formulas);
    sink_put_char(&comparison->sink, '\n');
}

static void put_json_side(struct comparison *comparison, const char *member,
                          const struct side *side, const struct cell *cell)
{
    sink_put_string(&comparison->sink, member);
    if (!cell)
        sink_put_string(&comparison->sink, "null");
    else if (!json_put_cell(&comparison->sink, side->book, side->sheet, cell, side->walk.position))
        comparison->is_out_of_memory = true;
}

static void begin_json(struct comparison *comparison, const char *sheet)
{
    sink_put_string(&comparison->sink, comparison->count ? ",\n{\"sheet\":" : "\n{\"sheet\":");
    json_put_string(&comparison->sink, sheet);
}

static void tell_cell_json(struct comparison *comparison, const struct cell *before,
                           const struct cell *after, bool value, bool formula)
{
    const struct side *at = before ? &comparison->before : &comparison->after;
    begin_json(comparison, name_of_sheet(comparison));
    sink_put_string(&comparison->sink, ",\"cell\":\"");
    sink_put_string(&comparison->sink, position_name(at->walk.position, 0).text);
    sink_put_string(&comparison->sink,
                    value ? "\",\"value_differs\":true" : "\",\"value_differs\":false");
    sink_put_string(&comparison->sink,
                    formula ? ",\"formula_differs\":true" : ",\"formula_differs\":false");
    put_json_side(comparison, ",\"before\":", &comparison->before, before);
    put_json_side(comparison, ",\"after\":", &comparison->after, after);
    sink_put_char(&comparison->sink, '}');
}

/* A sheet that only one of them has. */
static void tell_sheet(struct comparison *comparison, const struct side *side,
                       const struct sheet *sheet)
{
    bool was_there = side == &comparison->before;
    const char *name = sheet_name(side->book, sheet);
    if (is_silent(comparison)) {
        /* the count alone */
    } else if (comparison->batch->options->json) {
        begin_json(comparison, name);
        sink_put_string(&comparison->sink,
                        was_there ? ",\"only_in\":\"before\"}" : ",\"only_in\":\"after\"}");
    } else {
        begin_line(comparison, name, "", "sheet");
        sink_put_string(&comparison->sink, was_there ? "there\t\n" : "\tthere\n");
    }
    comparison->count++;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static bool values_differ(const struct comparison *comparison, const struct cell *before,
                          const struct cell *after)
{
    struct value a = before ? cell_value(comparison->before.book, before) : value_blank();
    struct value b = after ? cell_value(comparison->after.book, after) : value_blank();
    double tolerance = comparison->batch->options->tolerance;
    if (a.kind != VALUE_NUMBER || b.kind != VALUE_NUMBER || a.number == b.number)
        return !value_is(a, b);
    double size = fmax(1, fmax(fabs(a.number), fabs(b.number)));
    return !(fabs(a.number - b.number) <= tolerance * size);
}

static bool formulas_differ(struct comparison *comparison, const struct cell *before,
                            const struct cell *after)
{
    bool was = before && before->formula, is = after && after->formula;
    if (comparison->batch->options->values || (!was && !is))
        return false;
    if (was != is)
        return true;
    const struct side *a = &comparison->before, *b = &comparison->after;
    char *text = field_formula(a->book, a->sheet, before->formula, a->walk.position);
    char *other = field_formula(b->book, b->sheet, after->formula, b->walk.position);
    bool differ = false;
    if (text && other)
        differ = strcmp(text, other) != 0;
    else
        comparison->is_out_of_memory = true;
    free(text);
    free(other);
    return differ;
}

/* NULL: there is none at this place. */
static void compare_cells(struct comparison *comparison, const struct cell *before,
                          const struct cell *after)
{
    bool are_formulas = before && after && before->formula && after->formula;
    bool value = !(are_formulas && comparison->batch->options->typed) &&
                 values_differ(comparison, before, after);
    bool formula = formulas_differ(comparison, before, after);
    if (!value && !formula)
        return;
    if (is_silent(comparison)) {
        /* the count alone */
    } else if (comparison->batch->options->json) {
        tell_cell_json(comparison, before, after, value, formula);
    } else {
        if (formula)
            tell_cell_text(comparison, before, after, true);
        if (value)
            tell_cell_text(comparison, before, after, false);
    }
    comparison->count++;
}

/* ---- sheets ---------------------------------------------------------------------------------- */

/* What only looks different is no cell here. */
static void next_cell(struct side *side)
{
    do
        side->cell = grid_walk_next(&side->walk);
    while (side->cell && side->cell->kind == VALUE_BLANK && !side->cell->formula);
}

static void begin_sheet(struct side *side, const struct sheet *sheet)
{
    side->sheet = sheet;
    grid_walk_begin(&side->walk, sheet->grid, area_of_all(), GRID_BY_ROWS);
    next_cell(side);
}

/* < 0: the first one's next cell comes before the second one's. */
static int order(const struct side *a, const struct side *b)
{
    struct position one = a->walk.position, other = b->walk.position;
    if (!a->cell || !b->cell)
        return a->cell ? -1 : 1;
    if (one.row != other.row)
        return one.row < other.row ? -1 : 1;
    return (one.column > other.column) - (one.column < other.column);
}

static bool must_end(struct comparison *comparison)
{
    if (++comparison->done_cells % CELLS_A_STEP == 0 &&
        !progress_step(&comparison->batch->progress, "comparing", comparison->done_cells, 0))
        comparison->is_stopped = true;
    return comparison->is_stopped || comparison->is_out_of_memory || comparison->sink.error ||
           (is_silent(comparison) && comparison->count);
}

static void compare_sheets(struct comparison *comparison, const struct sheet *sheet,
                           const struct sheet *other)
{
    struct side *before = &comparison->before, *after = &comparison->after;
    begin_sheet(before, sheet);
    begin_sheet(after, other);
    while ((before->cell || after->cell) && !must_end(comparison)) {
        int which = order(before, after);
        compare_cells(comparison, which <= 0 ? before->cell : NULL,
                      which >= 0 ? after->cell : NULL);
        if (which <= 0)
            next_cell(before);
        if (which >= 0)
            next_cell(after);
    }
}

static const struct sheet *find_sheet(const struct book *book, const char *name)
{
    return book_find_sheet(book, name, strlen(name));
}

static enum batch_status say_no_sheet(struct comparison *comparison, const char *path)
{
    const struct options *options = comparison->batch->options;
    (void)problem_say(&comparison->batch->problem, "%s: there is no sheet called '%s'", path,
                      options->sheet);
    return BATCH_FILE;
}

static enum batch_status compare_one(struct comparison *comparison)
{
    const struct options *options = comparison->batch->options;
    const struct sheet *sheet = find_sheet(comparison->before.book, options->sheet);
    const struct sheet *other = find_sheet(comparison->after.book, options->sheet);
    if (!sheet)
        return say_no_sheet(comparison, options->path);
    if (!other)
        return say_no_sheet(comparison, options->other_path);
    compare_sheets(comparison, sheet, other);
    return BATCH_DONE;
}

static void compare_all(struct comparison *comparison)
{
    const struct book *book = comparison->before.book, *other = comparison->after.book;
    if (book->sheet_count == 1 && other->sheet_count == 1) {
        compare_sheets(comparison, book->sheets[0], other->sheets[0]);
        return;
    }
    for (size_t place = 0; place < book->sheet_count && !comparison->is_stopped; place++) {
        const struct sheet *sheet = book->sheets[place];
        const struct sheet *same = find_sheet(other, sheet_name(book, sheet));
        if (same)
            compare_sheets(comparison, sheet, same);
        else
            tell_sheet(comparison, &comparison->before, sheet);
    }
    for (size_t place = 0; place < other->sheet_count && !comparison->is_stopped; place++)
        if (!find_sheet(book, sheet_name(other, other->sheets[place])))
            tell_sheet(comparison, &comparison->after, other->sheets[place]);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static enum batch_status finish(struct comparison *comparison)
{
    struct batch *batch = comparison->batch;
    if (batch->options->json && !is_silent(comparison)) {
        sink_put_string(&comparison->sink, "\n],\"count\":");
        json_put_count(&comparison->sink, comparison->count);
        sink_put_string(&comparison->sink, "}\n");
    }
    if (comparison->is_stopped)
        (void)problem_say(&batch->problem, "comparing was stopped");
    else if (comparison->is_out_of_memory)
        (void)problem_out_of_memory(&batch->problem);
    if (*batch->problem.text)
        return batch_failed(batch);
    if (!sink_end(&comparison->sink)) {
        (void)problem_say(&batch->problem, "standard output cannot be written to: %s",
                          strerror(comparison->sink.error));
        return BATCH_FILE;
    }
    return comparison->count ? BATCH_DIFFERENT : BATCH_DONE;
}

static enum batch_status compare(struct comparison *comparison)
{
    const struct options *options = comparison->batch->options;
    comparison->before.fields =
        (struct field_options){.book = comparison->before.book, .separator = '\t', .quote = '"'};
    comparison->after.fields =
        (struct field_options){.book = comparison->after.book, .separator = '\t', .quote = '"'};
    sink_begin(&comparison->sink, STDOUT_FILENO, &comparison->batch->progress);
    if (options->json && !is_silent(comparison))
        sink_put_string(&comparison->sink,
                        "{\"format\":\"steppe-sheet-diff\",\"version\":1,\"differences\":[");
    if (options->sheet) {
        enum batch_status status = compare_one(comparison);
        return status ? status : finish(comparison);
    }
    compare_all(comparison);
    return finish(comparison);
}

enum batch_status batch_diff(struct batch *batch)
{
    struct comparison *comparison = calloc(1, sizeof *comparison);
    if (!comparison) {
        (void)problem_out_of_memory(&batch->problem);
        return BATCH_MEMORY;
    }
    comparison->batch = batch;
    comparison->before.book = batch_open(batch, batch->options->path);
    if (comparison->before.book)
        comparison->after.book = batch_open(batch, batch->options->other_path);
    enum batch_status status = comparison->after.book ? compare(comparison) : batch_failed(batch);
    if (comparison->after.book)
        book_free(comparison->after.book);
    if (comparison->before.book)
        book_free(comparison->before.book);
    free(comparison);
    return status;
}
