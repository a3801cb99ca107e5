/* SPDX-License-Identifier: MIT */
/* batch_stat.c - stat: what is in a workbook, and what memory it takes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/human.h"
#include "sheet/batch/batch.h"
#include "sheet/files/json_put.h"

struct sheet_figures {
    const struct sheet *sheet;
    struct area extent;
    bool is_any;
    uint64_t cells, formulas, texts, numbers, errors;
    struct grid_statistics grid;
};

static struct sheet_figures look_at(const struct sheet *sheet)
{
    struct sheet_figures figures = {.sheet = sheet, .grid = grid_statistics_of(sheet->grid)};
    struct grid_walk walk;
    figures.is_any = grid_extent(sheet->grid, &figures.extent);
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        figures.cells++;
        figures.formulas += cell->formula != 0;
        figures.texts += cell->kind == VALUE_TEXT;
        figures.numbers += cell->kind == VALUE_NUMBER;
        figures.errors += cell->kind == VALUE_ERROR;
    }
    return figures;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void say_count(const char *what, uint64_t count)
{
    printf("%-22s %s\n", what, human_count(count).text);
}

static void say_bytes(const char *what, uint64_t bytes)
{
    printf("%-22s %s\n", what, human_bytes(bytes).text);
}

static void say_sheet(const struct book *book, const struct sheet_figures *figures)
{
    struct problem name; /* for its way with control characters */
    (void)problem_say(&name, "%s", sheet_name(book, figures->sheet));
    printf("\n%s%s\n", name.text, figures->sheet->is_hidden ? " (hidden)" : "");
    printf("  %-20s %s\n", "area in use",
           figures->is_any ? area_name(figures->extent).text : "none");
    printf("  %-20s %s\n", "cells in use", human_count(figures->cells).text);
    printf("  %-20s %s\n", "numbers", human_count(figures->numbers).text);
    printf("  %-20s %s\n", "texts", human_count(figures->texts).text);
    printf("  %-20s %s\n", "errors", human_count(figures->errors).text);
    printf("  %-20s %s\n", "formulas", human_count(figures->formulas).text);
    printf("  %-20s %s\n", "pages committed", human_count(figures->grid.open_tiles).text);
    printf("  %-20s %s, with %s cells\n", "pages packed",
           human_count(figures->grid.packed_tiles).text,
           human_count(figures->grid.packed_cells).text);
    printf("  %-20s %s\n", "cells, reserved", human_bytes(figures->grid.reserved_bytes).text);
    printf("  %-20s %s\n", "cells, committed", human_bytes(figures->grid.cell_bytes).text);
    printf("  %-20s %s\n", "besides, committed", human_bytes(figures->grid.bookkeeping_bytes).text);
}

static void say_text(const struct book *book)
{
    struct book_statistics statistics = book_statistics_of(book);
    struct formula_statistics formulas = formula_statistics_of(book->formulas);
    struct text_statistics texts = text_statistics_of(book->texts);
    say_count("sheets", book->sheet_count);
    say_count("cells in use", statistics.used_cells);
    say_count("formulas", statistics.formula_cells);
    say_count("different formulas", statistics.different_formulas);
    say_count("different texts", statistics.different_texts);
    say_count("styles", style_count(book->styles));
    say_bytes("committed", statistics.committed_bytes);
    if (statistics.limit_bytes != STEPPE_NO_LIMIT)
        say_bytes("limit", statistics.limit_bytes);
    say_bytes("formulas, committed", formulas.committed_bytes);
    say_bytes("texts, committed", texts.committed_bytes);
    say_count("faults that committed", statistics.fault_count);
    for (size_t place = 0; place < book->sheet_count; place++) {
        struct sheet_figures figures = look_at(book->sheets[place]);
        say_sheet(book, &figures);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void put_member(struct sink *sink, const char *member, uint64_t count)
{
    sink_put_string(sink, ",\"");
    sink_put_string(sink, member);
    sink_put_string(sink, "\":");
    json_put_count(sink, count);
}

static void put_sheet(struct sink *sink, const struct book *book,
                      const struct sheet_figures *figures)
{
    sink_put_string(sink, "{\"name\":");
    json_put_string(sink, sheet_name(book, figures->sheet));
    sink_put_string(sink, ",\"is_hidden\":");
    sink_put_string(sink, figures->sheet->is_hidden ? "true" : "false");
    sink_put_string(sink, ",\"area\":");
    if (figures->is_any)
        json_put_string(sink, area_name(figures->extent).text);
    else
        sink_put_string(sink, "null");
    put_member(sink, "cells", figures->cells);
    put_member(sink, "numbers", figures->numbers);
    put_member(sink, "texts", figures->texts);
    put_member(sink, "errors", figures->errors);
    put_member(sink, "formulas", figures->formulas);
    put_member(sink, "open_tiles", figures->grid.open_tiles);
    put_member(sink, "packed_tiles", figures->grid.packed_tiles);
    put_member(sink, "packed_cells", figures->grid.packed_cells);
    put_member(sink, "reserved_bytes", figures->grid.reserved_bytes);
    put_member(sink, "cell_bytes", figures->grid.cell_bytes);
    put_member(sink, "bookkeeping_bytes", figures->grid.bookkeeping_bytes);
    put_member(sink, "faults", figures->grid.fault_count);
    sink_put_char(sink, '}');
}

static void put_json(struct sink *sink, const struct book *book)
{
    struct book_statistics statistics = book_statistics_of(book);
    struct formula_statistics formulas = formula_statistics_of(book->formulas);
    struct text_statistics texts = text_statistics_of(book->texts);
    sink_put_string(sink, "{\"format\":\"steppe-sheet-stat\",\"version\":1");
    put_member(sink, "cells", statistics.used_cells);
    put_member(sink, "formulas", statistics.formula_cells);
    put_member(sink, "different_formulas", statistics.different_formulas);
    put_member(sink, "different_texts", statistics.different_texts);
    put_member(sink, "styles", style_count(book->styles));
    put_member(sink, "committed_bytes", statistics.committed_bytes);
    if (statistics.limit_bytes != STEPPE_NO_LIMIT)
        put_member(sink, "limit_bytes", statistics.limit_bytes);
    else
        sink_put_string(sink, ",\"limit_bytes\":null");
    put_member(sink, "formula_bytes", formulas.committed_bytes);
    put_member(sink, "text_bytes", texts.committed_bytes);
    put_member(sink, "faults", statistics.fault_count);
    sink_put_string(sink, ",\"sheets\":[");
    for (size_t place = 0; place < book->sheet_count; place++) {
        struct sheet_figures figures = look_at(book->sheets[place]);
        sink_put_string(sink, place ? ",\n" : "\n");
        put_sheet(sink, book, &figures);
    }
    sink_put_string(sink, "\n]}\n");
}

static enum batch_status say_json(struct batch *batch, const struct book *book)
{
    struct sink *sink = malloc(sizeof *sink);
    if (!sink) {
        (void)problem_out_of_memory(&batch->problem);
        return BATCH_MEMORY;
    }
    sink_begin(sink, STDOUT_FILENO, &batch->progress);
    put_json(sink, book);
    enum batch_status status = sink_end(sink) ? BATCH_DONE : BATCH_FILE;
    if (status)
        (void)problem_say(&batch->problem, "standard output cannot be written to: %s",
                          strerror(sink->error));
    free(sink);
    return status;
}

enum batch_status batch_stat(struct batch *batch)
{
    enum batch_status status;
    struct book *book = batch_open(batch, batch->options->path);
    if (!book)
        return batch_failed(batch);
    if (batch->options->json) {
        status = say_json(batch, book);
    } else {
        say_text(book);
        status = batch_end_output(batch, stdout);
    }
    book_free(book);
    return status;
}
