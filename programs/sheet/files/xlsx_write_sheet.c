/* SPDX-License-Identifier: MIT */
/*
 * xlsx_write_sheet.c - xl/worksheets/sheetN.xml: a walk over the sheet's cells by rows, as a
 * stream.
 *
 *    head -> columns -> rows ------------> filter -> merges -> tail -> end
 *                       |  ^
 *              open row |  | no cell left in it
 *                       v  |
 *                      cells
 *
 * Rows come from two sides, each in order: cells, and spans of rows that are hidden or high. Texts
 * stand in their cells (inlineStr): a table of shared ones would have to be in memory, and what is
 * repeated costs nothing in an archive.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/book/print.h"
#include "sheet/files/xlsx_output.h"

enum { DIGIT_PIXELS = 7, PADDING_PIXELS = 5, PROGRESS_CELLS = 16384 };

enum stage { STAGE_HEAD, STAGE_COLUMNS, STAGE_ROWS, STAGE_FILTER, STAGE_MERGES, STAGE_END };

struct xlsx_sheet_part {
    struct xlsx_job *job;
    const struct sheet *sheet;
    bool is_active;
    enum stage stage;
    size_t next; /* column span or merge */
    /* Rows: */
    struct grid_walk walk;
    const struct cell *cell; /* the next one, at the walk's position; NULL: none left */
    size_t row_span;         /* the next one that has rows left */
    uint32_t hidden_from; /* rows from here to the grid's end are hidden; ROWS: see hidden_tail */
    uint32_t row;         /* to be written next; while it is open: the one */
    bool is_row_open;
};

/* Where rows begin that are hidden to the grid's end and nothing more. Their being hidden is made
 * the default (zeroHeight): then those before, which are not, are put down one by one, and these
 * not. ROWS: there are none, or too many before. */
static uint32_t hidden_tail(const struct line_spans *rows)
{
    enum { BEFORE_MAX = 65536 };
    const struct line_span *last = rows->count ? &rows->spans[rows->count - 1] : NULL;
    if (!last || last->last != ROWS - 1 || !last->is_hidden || last->size != 0 || last->style)
        return ROWS;
    return last->first <= BEFORE_MAX ? last->first : ROWS;
}

struct xlsx_sheet_part *xlsx_sheet_part_new(struct xlsx_job *job, const struct sheet *sheet,
                                            bool is_active)
{
    struct xlsx_sheet_part *part = calloc(1, sizeof *part);
    if (!part)
        return NULL;
    part->job = job;
    part->sheet = sheet;
    part->is_active = is_active;
    part->hidden_from = hidden_tail(&sheet->rows);
    return part;
}

void xlsx_sheet_part_free(struct xlsx_sheet_part *part)
{
    free(part);
}

/* ---- head -------------------------------------------------------------------------------------
 */

static void put_view(const struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    struct position frozen = part->sheet->frozen;
    const char *pane = frozen.row && frozen.column ? "bottomRight"
                       : frozen.row                ? "bottomLeft"
                                                   : "topRight";
    struct position_text cursor = position_name(part->sheet->cursor, 0);
    output_string(output, "<sheetViews><sheetView");
    output_string(output, part->is_active ? " tabSelected=\"1\"" : "");
    output_string(output, " workbookViewId=\"0\">");
    if (frozen.row || frozen.column) {
        output_string(output, "<pane");
        if (frozen.column)
            output_format(output, " xSplit=\"%u\"", frozen.column);
        if (frozen.row)
            output_format(output, " ySplit=\"%u\"", frozen.row);
        output_format(output, " topLeftCell=\"%s\" activePane=\"%s\" state=\"frozen\"/>",
                      position_name(frozen, 0).text, pane);
        output_format(output, "<selection pane=\"%s\"", pane);
    } else {
        output_string(output, "<selection");
    }
    output_format(output, " activeCell=\"%s\" sqref=\"%s\"/></sheetView></sheetViews>", cursor.text,
                  cursor.text);
}

static void put_head(const struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    struct area extent;
    output_string(output, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
                          "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/"
                          "2006/main\">");
    if (grid_extent(part->sheet->grid, &extent)) {
        output_format(output, "<dimension ref=\"%s", position_name(extent.first, 0).text);
        if (!area_is_one(extent))
            output_format(output, ":%s", position_name(extent.last, 0).text);
        output_string(output, "\"/>");
    }
    put_view(part, output);
    output_string(output, "<sheetFormatPr defaultRowHeight=\"15\"");
    output_string(output, part->hidden_from < ROWS ? " zeroHeight=\"1\"/>" : "/>");
}

/* ---- columns ----------------------------------------------------------------------------------
 */

/* Of so many digits, with the pixels around them, as ECMA-376 (18.3.1.13) counts. Less than a digit
 * is that part of one with its pixels (arrival_characters). */
static double file_width(double characters)
{
    double pixels = rint(characters >= 1 ? characters * DIGIT_PIXELS + PADDING_PIXELS
                                         : characters * (DIGIT_PIXELS + PADDING_PIXELS));
    return trunc(pixels / DIGIT_PIXELS * 256) / 256;
}

static void put_column(const struct xlsx_sheet_part *part, struct xlsx_output *output,
                       const struct line_span *span)
{
    output_format(output, "<col min=\"%u\" max=\"%u\" width=\"", span->first + 1, span->last + 1);
    output_number(output, span->size > 0 ? file_width(span->size) : 9.140625);
    output_string(output, span->size > 0 ? "\" customWidth=\"1\"" : "\"");
    output_string(output, span->is_hidden ? " hidden=\"1\"" : "");
    if (span->style)
        output_format(output, " style=\"%u\"",
                      xlsx_style_part_number(part->job->styles, span->style));
    output_string(output, "/>");
}

static bool put_columns(struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    const struct line_spans *columns = &part->sheet->columns;
    if (part->next == 0)
        output_string(output, columns->count ? "<cols>" : "");
    while (part->next < columns->count && output->used < OUTPUT_STEP_BYTES)
        put_column(part, output, &columns->spans[part->next++]);
    if (part->next < columns->count)
        return true;
    output_string(output, columns->count ? "</cols>" : "");
    return false;
}

/* ---- cells ------------------------------------------------------------------------------------
 */

char *xlsx_formula_text(struct xlsx_job *job, formula_id formula, sheet_id sheet,
                        struct position cell, const char *where)
{
    struct print_options options = {
        .book = job->book, .sheet = sheet, .cell = cell, .for_file = true};
    size_t token_count, characters = 0;
    const struct token *tokens = formula_tokens(job->book->formulas, formula, &token_count);
    char *text = print_formula(tokens, token_count, &options);
    if (!text) {
        job->is_out_of_memory = true;
        return NULL;
    }
    for (const char *at = text; *at; at++)
        characters += ((unsigned char)*at & 0xC0) != 0x80;
    if (characters <= FORMULA_TEXT_MAX)
        return text;
    free(text);
    losses_add(job->losses, "formulas of more than 8,192 characters (their values are kept)",
               where);
    return NULL;
}

static void put_formula(struct xlsx_sheet_part *part, struct xlsx_output *output,
                        const struct cell *cell, struct position position)
{
    struct position_text name = position_name(position, 0);
    const struct book *book = part->job->book;
    char *text = xlsx_formula_text(part->job, cell->formula, part->sheet->id, position, name.text);
    if (!text)
        return;
    if (formula_flags(book->formulas, cell->formula) & FORMULA_IS_ARRAY)
        output_format(output, "<f t=\"array\" ref=\"%s\">", name.text);
    else
        output_string(output, "<f>");
    output_text(output, text, strlen(text));
    output_string(output, "</f>");
    free(text);
}

/* Before or behind it, or in it, stand spaces that XML readers would take away. */
static bool needs_preserving(const char *text, size_t text_bytes)
{
    return text_bytes &&
           (text[0] == ' ' || text[text_bytes - 1] == ' ' || text[0] == '\n' || text[0] == '\t' ||
            text[text_bytes - 1] == '\n' || text[text_bytes - 1] == '\t');
}

static void put_inline_text(struct xlsx_output *output, const char *text, size_t text_bytes)
{
    output_string(output, needs_preserving(text, text_bytes) ? "<is><t xml:space=\"preserve\">"
                                                             : "<is><t>");
    output_text(output, text, text_bytes);
    output_string(output, "</t></is>");
}

static const char *type_of(const struct cell *cell)
{
    switch (cell->kind) {
    case VALUE_TEXT:
        return cell->formula ? " t=\"str\"" : " t=\"inlineStr\"";
    case VALUE_BOOLEAN:
        return " t=\"b\"";
    case VALUE_ERROR:
        return " t=\"e\"";
    default:
        return "";
    }
}

/* Others do not know our eighth. */
static const char *error_text(enum value_error error)
{
    return value_error_name(error == ERROR_CYCLE ? ERROR_REF : error);
}

static void put_value(struct xlsx_output *output, struct value value, bool is_formula)
{
    if (value.kind == VALUE_TEXT && !is_formula) {
        put_inline_text(output, value.text, value.text_bytes);
        return;
    }
    if (value.kind == VALUE_BLANK)
        return;
    output_string(output, "<v>");
    if (value.kind == VALUE_NUMBER)
        output_number(output, value.number);
    else if (value.kind == VALUE_TEXT)
        output_text(output, value.text, value.text_bytes);
    else if (value.kind == VALUE_BOOLEAN)
        output_string(output, value.boolean ? "1" : "0");
    else
        output_string(output, error_text(value.error));
    output_string(output, "</v>");
}

static void put_name(struct xlsx_output *output, struct position position)
{
    char letters[4];
    size_t at = sizeof letters;
    for (uint32_t rest = position.column + 1; rest > 0; rest = (rest - 1) / 26)
        letters[--at] = (char)('A' + (rest - 1) % 26);
    output_put(output, letters + at, sizeof letters - at);
    output_whole(output, position.row + 1);
}

static void put_cell(struct xlsx_sheet_part *part, struct xlsx_output *output,
                     const struct cell *cell, struct position position)
{
    uint32_t style = xlsx_style_part_number(part->job->styles, cell->style);
    output_string(output, "<c r=\"");
    put_name(output, position);
    output_string(output, "\"");
    if (style) {
        output_string(output, " s=\"");
        output_whole(output, style);
        output_string(output, "\"");
    }
    output_string(output, type_of(cell));
    if (cell->kind == VALUE_BLANK && !cell->formula) {
        output_string(output, "/>");
        return;
    }
    output_string(output, ">");
    if (cell->formula)
        put_formula(part, output, cell, position);
    put_value(output, cell_value(part->job->book, cell), cell->formula != 0);
    output_string(output, "</c>");
}

/* ---- rows -------------------------------------------------------------------------------------
 */

static void go_on(struct xlsx_sheet_part *part)
{
    struct xlsx_job *job = part->job;
    part->cell = grid_walk_next(&part->walk);
    job->done_cells += part->cell != NULL;
    if (job->done_cells % PROGRESS_CELLS == 0 && part->cell &&
        !progress_step(job->progress, "writing", job->done_cells, job->total_cells))
        job->is_cancelled = true;
}

static void begin_rows(struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    output_string(output, "<sheetData>");
    grid_walk_begin(&part->walk, part->sheet->grid, area_of_all(), GRID_BY_ROWS);
    go_on(part);
}

/* The next row that has a cell or a span; ROWS: there is none. */
static uint32_t next_row(struct xlsx_sheet_part *part)
{
    const struct line_spans *rows = &part->sheet->rows;
    uint32_t row = part->cell ? part->walk.position.row : ROWS;
    if (part->hidden_from < ROWS)
        return part->row < part->hidden_from ? part->row : row;
    while (part->row_span < rows->count && rows->spans[part->row_span].last < part->row)
        part->row_span++;
    if (part->row_span == rows->count)
        return row;
    uint32_t first = rows->spans[part->row_span].first;
    first = first < part->row ? part->row : first;
    return first < row ? first : row;
}

static void open_row(struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    const struct line_span *span = line_span_at(&part->sheet->rows, part->row);
    output_string(output, "<row r=\"");
    output_whole(output, part->row + 1);
    output_string(output, "\"");
    if (span && span->style)
        output_format(output, " s=\"%u\" customFormat=\"1\"",
                      xlsx_style_part_number(part->job->styles, span->style));
    if (span && span->size > 0) {
        output_string(output, " ht=\"");
        output_number(output, span->size);
        output_string(output, "\" customHeight=\"1\"");
    }
    output_string(output, span && span->is_hidden ? " hidden=\"1\">" : ">");
    part->is_row_open = true;
}

/* A row's start, a cell or a row's end. false: there are none left. */
static bool put_row_item(struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    if (part->is_row_open && part->cell && part->walk.position.row == part->row) {
        put_cell(part, output, part->cell, part->walk.position);
        go_on(part);
        return true;
    }
    if (part->is_row_open) {
        output_string(output, "</row>");
        part->is_row_open = false;
        part->row++;
    }
    part->row = next_row(part);
    if (part->row == ROWS)
        return false;
    open_row(part, output);
    return true;
}

static bool put_rows(struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    while (output->used < OUTPUT_STEP_BYTES && !part->job->is_cancelled &&
           !part->job->is_out_of_memory)
        if (!put_row_item(part, output)) {
            output_string(output, "</sheetData>");
            return false;
        }
    return true;
}

/* ---- the rest ---------------------------------------------------------------------------------
 */

static void put_reference(struct xlsx_output *output, struct area area)
{
    put_name(output, area.first);
    output_string(output, ":");
    put_name(output, area.last);
}

static void put_filter(const struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    if (!part->sheet->has_filter)
        return;
    output_string(output, "<autoFilter ref=\"");
    put_reference(output, part->sheet->filter);
    output_string(output, "\"/>");
}

static bool put_merges(struct xlsx_sheet_part *part, struct xlsx_output *output)
{
    const struct sheet *sheet = part->sheet;
    if (part->next == 0 && sheet->merge_count)
        output_format(output, "<mergeCells count=\"%zu\">", sheet->merge_count);
    while (part->next < sheet->merge_count && output->used < OUTPUT_STEP_BYTES) {
        output_string(output, "<mergeCell ref=\"");
        put_reference(output, sheet->merges[part->next++]);
        output_string(output, "\"/>");
    }
    if (part->next < sheet->merge_count)
        return true;
    output_string(output, sheet->merge_count ? "</mergeCells>" : "");
    return false;
}

bool xlsx_sheet_part_produce(void *context, struct xlsx_output *output)
{
    struct xlsx_sheet_part *part = context;
    bool has_more = false;
    switch (part->stage) {
    case STAGE_HEAD:
        put_head(part, output);
        break;
    case STAGE_COLUMNS:
        has_more = put_columns(part, output);
        if (!has_more)
            begin_rows(part, output);
        break;
    case STAGE_ROWS:
        has_more = put_rows(part, output);
        break;
    case STAGE_FILTER:
        put_filter(part, output);
        break;
    case STAGE_MERGES:
        has_more = put_merges(part, output);
        if (!has_more)
            output_string(output, "<pageMargins left=\"0.7\" right=\"0.7\" top=\"0.75\" "
                                  "bottom=\"0.75\" header=\"0.3\" footer=\"0.3\"/></worksheet>");
        break;
    case STAGE_END:
        return false;
    }
    if (!has_more) {
        part->stage++;
        part->next = 0;
    }
    return true;
}
