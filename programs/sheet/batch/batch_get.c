/* SPDX-License-Identifier: MIT */
/*
 * batch_get.c - get: cells on standard output, as lines of fields or as JSON.
 *
 * An area has all its lines and fields, blank ones too; whole columns and rows end with their last
 * cell in use. Where there would be more than PADDING_MAX blank fields, each line ends with its own
 * last cell.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sheet/batch/batch_range.h"
#include "sheet/files/field.h"
#include "sheet/files/json_put.h"

enum { PADDING_MAX = 64 << 20, CELLS_A_STEP = 16384 };

struct getting {
    struct batch *batch;
    struct book *book;
    struct evaluation *evaluation;
    struct field_options fields;
    struct sink sink;
    uint64_t done_cells;
};

static bool is_shown(const struct cell *cell)
{
    return cell->kind != VALUE_BLANK || cell->formula;
}

static enum batch_status fail(struct getting *getting, const char *what)
{
    (void)problem_say(&getting->batch->problem, "%s", what);
    return batch_failed(getting->batch);
}

/* After each cell. */
static enum batch_status go_on(struct getting *getting, bool is_put)
{
    if (!is_put) {
        (void)problem_out_of_memory(&getting->batch->problem);
        return BATCH_MEMORY;
    }
    if (++getting->done_cells % CELLS_A_STEP == 0 &&
        !progress_step(&getting->batch->progress, "printing", getting->done_cells, 0))
        return fail(getting, "printing was stopped");
    return getting->sink.error ? BATCH_FILE : BATCH_DONE; /* told at the end */
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void put_separators(struct getting *getting, uint32_t count)
{
    while (count-- > 0)
        sink_put_char(&getting->sink, getting->fields.separator);
}

/* To the last cell in use, where whole lines were asked for. false: there is none. */
static bool clip(const struct sheet *sheet, struct area *area)
{
    struct grid_walk walk;
    bool is_any = false, whole_columns = area_rows(*area) == ROWS;
    bool whole_rows = area_columns(*area) == COLUMNS;
    struct position last = area->first;
    if (!whole_columns && !whole_rows)
        return true;
    grid_walk_begin(&walk, sheet->grid, *area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (!is_shown(cell))
            continue;
        is_any = true;
        last.row = walk.position.row > last.row ? walk.position.row : last.row;
        last.column = walk.position.column > last.column ? walk.position.column : last.column;
    }
    if (whole_columns)
        area->last.row = last.row;
    if (whole_rows)
        area->last.column = last.column;
    return is_any;
}

struct line {
    struct area area;
    struct position next;
    bool is_padded;
};

static void end_line(struct getting *getting, struct line *line)
{
    if (line->is_padded && line->next.column <= line->area.last.column)
        put_separators(getting, line->area.last.column - line->next.column);
    sink_put_char(&getting->sink, '\n');
    line->next = (struct position){line->next.row + 1, line->area.first.column};
}

static enum batch_status put_area(struct getting *getting, const struct sheet *sheet,
                                  struct area area)
{
    struct grid_walk walk;
    enum batch_status status = BATCH_DONE;
    if (!clip(sheet, &area))
        return BATCH_DONE;
    struct line line = {area, area.first,
                        area_cells(area) - grid_count(sheet->grid, area) <= PADDING_MAX};
    grid_walk_begin(&walk, sheet->grid, area, GRID_BY_ROWS);
    for (const struct cell *cell; !status && (cell = grid_walk_next(&walk)) != NULL;) {
        if (!is_shown(cell))
            continue;
        while (line.next.row < walk.position.row)
            end_line(getting, &line);
        put_separators(getting, walk.position.column - line.next.column);
        line.next.column = walk.position.column;
        status = go_on(
            getting, field_put_cell(&getting->sink, &getting->fields, sheet, cell, walk.position));
    }
    while (!status && line.next.row <= area.last.row)
        end_line(getting, &line);
    return status;
}

static enum batch_status put_array(struct getting *getting, const struct operand *operand)
{
    enum batch_status status = BATCH_DONE;
    for (uint32_t row = 0; row < operand->rows && !status; row++) {
        for (uint32_t column = 0; column < operand->columns && !status; column++) {
            put_separators(getting, column > 0);
            field_put_value(&getting->sink, &getting->fields,
                            operand_at(getting->evaluation, operand, row, column), 0);
            status = go_on(getting, true);
        }
        sink_put_char(&getting->sink, '\n');
    }
    return status;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static enum batch_status put_json_area(struct getting *getting, const struct sheet *sheet,
                                       struct area area)
{
    struct grid_walk walk;
    enum batch_status status = BATCH_DONE;
    const char *comma = "\n";
    sink_put_string(&getting->sink, "{\"sheet\":");
    json_put_string(&getting->sink, sheet_name(getting->book, sheet));
    sink_put_string(&getting->sink, ",\"area\":\"");
    sink_put_string(&getting->sink, area_name(area).text);
    sink_put_string(&getting->sink, "\",\"cells\":[");
    grid_walk_begin(&walk, sheet->grid, area, GRID_BY_ROWS);
    for (const struct cell *cell; !status && (cell = grid_walk_next(&walk)) != NULL;) {
        if (!is_shown(cell))
            continue;
        sink_put_string(&getting->sink, comma);
        comma = ",\n";
        status = go_on(getting,
                       json_put_cell(&getting->sink, getting->book, sheet, cell, walk.position));
    }
    sink_put_string(&getting->sink, "]}");
    return status;
}

static enum batch_status put_json_array(struct getting *getting, const struct operand *operand)
{
    enum batch_status status = BATCH_DONE;
    for (uint32_t row = 0; row < operand->rows && !status; row++) {
        sink_put_string(&getting->sink, row ? ",\n[" : "[");
        for (uint32_t column = 0; column < operand->columns && !status; column++) {
            sink_put_string(&getting->sink, column ? ",{" : "{");
            json_put_value(&getting->sink, operand_at(getting->evaluation, operand, row, column));
            sink_put_string(&getting->sink, "}");
            status = go_on(getting, true);
        }
        sink_put_string(&getting->sink, "]");
    }
    return status;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

static enum batch_status put_reference(struct getting *getting, const struct reference *reference)
{
    const struct sheet *sheet = book_sheet(getting->book, reference->sheet);
    if (!sheet)
        return fail(getting, "it refers to a sheet that is gone");
    return getting->batch->options->json ? put_json_area(getting, sheet, reference->area)
                                         : put_area(getting, sheet, reference->area);
}

static enum batch_status put_references(struct getting *getting, const struct operand *operand)
{
    const struct reference *references =
        operand->rows == 1 ? &operand->reference : operand->references;
    enum batch_status status = BATCH_DONE;
    for (uint32_t i = 0; i < operand->rows && !status; i++) {
        if (getting->batch->options->json && i)
            sink_put_string(&getting->sink, ",");
        status = put_reference(getting, &references[i]);
    }
    return status;
}

/* A formula that says a cell means what is in it, whichever; but a range means its cells. */
static enum batch_status put_operand(struct getting *getting, struct operand *operand)
{
    bool is_reference = operand->kind == OPERAND_REFERENCE;
    if (operand->kind == OPERAND_VALUE || operand->kind == OPERAND_MISSING)
        operand->rows = operand->columns = 1;
    if (!getting->batch->options->json)
        return is_reference ? put_references(getting, operand) : put_array(getting, operand);
    sink_put_string(&getting->sink, is_reference ? ",\"areas\":[" : ",\"rows\":[");
    enum batch_status status =
        is_reference ? put_references(getting, operand) : put_json_array(getting, operand);
    sink_put_string(&getting->sink, "]}");
    return status;
}

static enum batch_status put_range(struct getting *getting, const struct sheet *sheet,
                                   const char *word, bool is_first)
{
    struct operand operand;
    enum batch_status status =
        batch_range(getting->batch, getting->evaluation, sheet, word, &operand);
    if (!status && getting->batch->options->json) {
        sink_put_string(&getting->sink, is_first ? "\n{\"range\":" : ",\n{\"range\":");
        json_put_string(&getting->sink, word);
    }
    return status ? status : put_operand(getting, &operand);
}

/* All of them are looked for before the first is printed: then there is all or nothing. */
static enum batch_status check_ranges(struct getting *getting, const struct sheet *sheet)
{
    const struct options *options = getting->batch->options;
    enum batch_status status = BATCH_DONE;
    for (size_t i = 0; i < options->word_count && !status; i++) {
        struct operand operand;
        status =
            batch_range(getting->batch, getting->evaluation, sheet, options->words[i], &operand);
    }
    return status;
}

static enum batch_status put_ranges(struct getting *getting, const struct sheet *sheet)
{
    const struct options *options = getting->batch->options;
    struct operand all = operand_of_reference(sheet->id, area_of_all());
    enum batch_status status = check_ranges(getting, sheet);
    if (status)
        return status;
    if (options->json)
        sink_put_string(&getting->sink,
                        "{\"format\":\"steppe-sheet-cells\",\"version\":1,\"ranges\":[");
    if (!options->word_count && options->json)
        sink_put_string(&getting->sink, "\n{\"range\":null");
    if (!options->word_count)
        status = put_operand(getting, &all);
    for (size_t i = 0; i < options->word_count && !status; i++)
        status = put_range(getting, sheet, options->words[i], i == 0);
    if (options->json)
        sink_put_string(&getting->sink, "\n]}\n");
    return status;
}

static enum batch_status get(struct getting *getting)
{
    struct batch *batch = getting->batch;
    const struct csv_options *csv = &batch->options->csv;
    const struct sheet *sheet = batch_sheet(batch, getting->book);
    if (!sheet)
        return BATCH_FILE;
    getting->evaluation = evaluation_new(getting->book);
    if (!getting->evaluation) {
        (void)book_say_refused(getting->book, &batch->problem);
        return BATCH_MEMORY;
    }
    getting->fields = (struct field_options){.book = getting->book,
                                             .separator = '\t',
                                             .quote = '"',
                                             .shown = csv->shown,
                                             .formulas = csv->formulas};
    if (batch->options->to == WORKFILE_CSV)
        getting->fields.separator = ',';
    if (batch->options->to_separator)
        getting->fields.separator = batch->options->to_separator;
    sink_begin(&getting->sink, STDOUT_FILENO, &batch->progress);
    enum batch_status status = put_ranges(getting, sheet);
    evaluation_free(getting->evaluation);
    if ((status == BATCH_DONE || getting->sink.error) && !sink_end(&getting->sink)) {
        (void)problem_say(&batch->problem, "standard output cannot be written to: %s",
                          strerror(getting->sink.error));
        return BATCH_FILE;
    }
    return status;
}

enum batch_status batch_get(struct batch *batch)
{
    struct getting *getting = calloc(1, sizeof *getting);
    if (!getting) {
        (void)problem_out_of_memory(&batch->problem);
        return BATCH_MEMORY;
    }
    getting->batch = batch;
    getting->book = batch_open(batch, batch->options->path);
    enum batch_status status = getting->book ? get(getting) : batch_failed(batch);
    if (getting->book)
        book_free(getting->book);
    free(getting);
    return status;
}
