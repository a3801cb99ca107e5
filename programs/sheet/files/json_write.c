/* SPDX-License-Identifier: MIT */
/*
 * json_write.c - a workbook as JSON for other programs, docs/sheet-json.md.
 *
 * Written by hand, as a stream, one cell a line: as a tree of values a million cells would take a
 * hundred times their memory. Numbers read back the same; what is not asked for (formats, what is
 * shown) stands only where it says more than the value.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/book/print.h"
#include "sheet/files/json_put.h"
#include "sheet/files/workfile.h"

enum { JSON_VERSION = 1, PROGRESS_CELLS = 16384 };

struct writing {
    struct sink sink;
    const struct book *book;
    const struct progress *progress;
    uint64_t done_cells;
    bool is_out_of_memory, is_cancelled;
};

/* ---- values -----------------------------------------------------------------------------------
 */

static void put(struct writing *writing, const char *text)
{
    sink_put_string(&writing->sink, text);
}

static void put_truth(struct writing *writing, bool truth)
{
    put(writing, truth ? "true" : "false");
}

/* "=A1+1" */
static void put_formula(struct writing *writing, formula_id formula, sheet_id sheet,
                        struct position cell)
{
    struct print_options options = {.book = writing->book, .sheet = sheet, .cell = cell};
    size_t token_count;
    const struct token *tokens = formula_tokens(writing->book->formulas, formula, &token_count);
    char *text = print_formula(tokens, token_count, &options), *whole = NULL;
    if (text && asprintf(&whole, "=%s", text) >= 0)
        json_put_string(&writing->sink, whole);
    else
        writing->is_out_of_memory = true;
    free(text);
    free(whole);
}

/* ---- cells ------------------------------------------------------------------------------------
 */

/* Cells with nothing but a look are left out. */
static void put_cells(struct writing *writing, const struct sheet *sheet)
{
    struct grid_walk walk;
    const char *comma = "\n";
    put(writing, ",\"cells\":[");
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_BY_ROWS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (cell->kind == VALUE_BLANK && !cell->formula)
            continue;
        put(writing, comma);
        comma = ",\n";
        if (!json_put_cell(&writing->sink, writing->book, sheet, cell, walk.position))
            writing->is_out_of_memory = true;
        if (++writing->done_cells % PROGRESS_CELLS == 0 &&
            !progress_step(writing->progress, "writing", writing->done_cells, 0))
            writing->is_cancelled = true;
        if (writing->is_cancelled || writing->is_out_of_memory || writing->sink.error)
            return;
    }
    put(writing, "\n]");
}

/* ---- sheets -----------------------------------------------------------------------------------
 */

static void put_area(struct writing *writing, struct area area)
{
    put(writing, "\"");
    put(writing, area_name(area).text);
    put(writing, "\"");
}

static void put_spans(struct writing *writing, const char *title, const char *unit,
                      const struct line_spans *spans, bool is_columns)
{
    const char *comma = "";
    put(writing, title);
    for (size_t i = 0; i < spans->count; i++) {
        const struct line_span *span = &spans->spans[i];
        struct area area = {{span->first, 0}, {span->last, COLUMNS - 1}};
        if (is_columns)
            area = (struct area){{0, span->first}, {ROWS - 1, span->last}};
        if (span->size <= 0 && !span->is_hidden)
            continue;
        put(writing, comma);
        put(writing, "{\"lines\":");
        put_area(writing, area);
        put(writing, unit);
        if (span->size > 0)
            json_put_number(&writing->sink, span->size);
        else
            put(writing, "null");
        put(writing, ",\"is_hidden\":");
        put_truth(writing, span->is_hidden);
        put(writing, "}");
        comma = ",";
    }
    put(writing, "]");
}

static void put_merges(struct writing *writing, const struct sheet *sheet)
{
    put(writing, ",\"merges\":[");
    for (size_t i = 0; i < sheet->merge_count; i++) {
        put(writing, i ? "," : "");
        put_area(writing, sheet->merges[i]);
    }
    put(writing, "]");
}

static void put_sheet(struct writing *writing, const struct sheet *sheet)
{
    char frozen[96];
    put(writing, "{\"name\":");
    json_put_string(&writing->sink, sheet_name(writing->book, sheet));
    put(writing, ",\"is_hidden\":");
    put_truth(writing, sheet->is_hidden);
    (void)snprintf(frozen, sizeof frozen,
                   ",\"frozen_rows\":%" PRIu32 ",\"frozen_columns\":%" PRIu32 ",\"filter\":",
                   sheet->frozen.row, sheet->frozen.column);
    put(writing, frozen);
    if (sheet->has_filter)
        put_area(writing, sheet->filter);
    else
        put(writing, "null");
    put_merges(writing, sheet);
    put_spans(writing, ",\"columns\":[", ",\"width_characters\":", &sheet->columns, true);
    put_spans(writing, ",\"rows\":[", ",\"height_points\":", &sheet->rows, false);
    put_cells(writing, sheet);
    put(writing, "}");
}

/* ---- the workbook -----------------------------------------------------------------------------
 */

static void put_names(struct writing *writing)
{
    const struct book *book = writing->book;
    const char *comma = "";
    put(writing, "\"names\":[");
    for (uint32_t number = 1; number <= name_count(book->names); number++) {
        const struct name *name = name_of(book->names, number);
        const struct sheet *sheet = name->sheet ? book_sheet(book, name->sheet) : NULL;
        if (!name->formula || (name->sheet && !sheet))
            continue;
        put(writing, comma);
        put(writing, "{\"name\":");
        json_put_string(&writing->sink, text_bytes(book->texts, name->text, NULL));
        put(writing, ",\"sheet\":");
        if (sheet)
            json_put_string(&writing->sink, sheet_name(book, sheet));
        else
            put(writing, "null");
        put(writing, ",\"formula\":");
        put_formula(writing, name->formula, SHEET_OWN, (struct position){0, 0});
        put(writing, ",\"is_hidden\":");
        put_truth(writing, name->is_hidden);
        put(writing, "}");
        comma = ",";
    }
    put(writing, "]");
}

static void put_book(struct writing *writing, const struct sheet *alone)
{
    const struct book *book = writing->book;
    const char *comma = "\n";
    char head[96];
    (void)snprintf(head, sizeof head,
                   "{\"format\":\"steppe-sheet\",\"version\":%d,\"first_year\":%d,", JSON_VERSION,
                   book->is_1904 ? 1904 : 1900);
    put(writing, head);
    put_names(writing);
    put(writing, ",\"sheets\":[");
    for (size_t place = 0; place < book->sheet_count; place++) {
        if (alone && book->sheets[place] != alone)
            continue;
        put(writing, comma);
        comma = ",\n";
        put_sheet(writing, book->sheets[place]);
    }
    put(writing, "\n]}\n");
}

static bool write_all(struct writing *writing, const struct sheet *alone, struct problem *problem)
{
    put_book(writing, alone);
    if (writing->is_cancelled)
        return problem_say(problem, "writing was cancelled");
    if (writing->is_out_of_memory)
        return problem_out_of_memory(problem);
    return sink_end(&writing->sink) || problem_say(problem, "%s", strerror(writing->sink.error));
}

bool json_write(const struct book *book, int descriptor, const struct workfile_options *options,
                struct losses *losses, struct problem *problem)
{
    const struct sheet *alone = NULL;
    (void)losses; /* what is left out is not what a program asks for: docs/sheet-json.md */
    if (options->sheet) {
        alone = book_find_sheet(book, options->sheet, strlen(options->sheet));
        if (!alone)
            return problem_say(problem, "there is no sheet called %s", options->sheet);
    }
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing)
        return problem_out_of_memory(problem);
    writing->book = book;
    writing->progress = options->progress;
    sink_begin(&writing->sink, descriptor, options->progress);
    bool is_written = write_all(writing, alone, problem);
    free(writing);
    return is_written;
}
