/* SPDX-License-Identifier: MIT */
/*
 * csv_write.c - one sheet as text with separators, UTF-8, a line feed behind each line: see
 * workfile.h.
 *
 * Every line has as many fields as the sheet has columns in use, as programs that read tables want
 * it. For cells scattered far apart that would be a file of separators alone: where it had more
 * than PADDING_MAX of them behind the last cells of lines, lines end with their last cell.
 *
 * Numbers are written so that they read back the same, dates as ISO dates.
 */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/exact.h"
#include "sheet/number_format.h"
#include "sheet/print.h"
#include "sheet/sink.h"
#include "sheet/workfile.h"

enum { PADDING_MAX = 64 << 20, ROWS_A_STEP = 1024, STYLES = 65536 };

struct writing {
    struct sink sink;
    const struct book *book;
    const struct sheet *sheet;
    const struct csv_options *options;
    char separator, quote;
    bool is_special[256]; /* bytes that make a text want quotes */
    uint32_t columns;     /* of each line; 0: as many as it takes */
    struct position next; /* the field to be written next */
    bool is_empty;        /* nothing was written on this line yet */
    bool is_out_of_memory;
    uint8_t kinds[STYLES]; /* format_kind + 1 of each style; 0: not known yet */
};

/* ---- fields -----------------------------------------------------------------------------------
 */

static bool needs_quotes(const struct writing *writing, const char *text, size_t text_bytes)
{
    for (size_t i = 0; i < text_bytes; i++)
        if (writing->is_special[(unsigned char)text[i]])
            return true;
    return false;
}

/* Quotes around it, those inside twice. Texts are short: in pieces, for the longest ones are not.
 */
static void put_quoted(struct writing *writing, const char *text, size_t text_bytes)
{
    char quoted[2 * 512 + 2];
    sink_put_char(&writing->sink, writing->quote);
    for (size_t at = 0; at < text_bytes;) {
        size_t piece = text_bytes - at < 512 ? text_bytes - at : 512;
        size_t count =
            csv_write2(quoted, sizeof quoted, text + at, piece, (unsigned char)writing->quote);
        sink_put(&writing->sink, quoted + 1, count - 2); /* without its own two */
        at += piece;
    }
    sink_put_char(&writing->sink, writing->quote);
}

static void put_text(struct writing *writing, const char *text, size_t text_bytes)
{
    if (text_bytes == 0 || needs_quotes(writing, text, text_bytes)) /* empty is not blank */
        put_quoted(writing, text, text_bytes);
    else
        sink_put(&writing->sink, text, text_bytes);
}

static enum format_kind kind_of(struct writing *writing, style_id style)
{
    if (!writing->kinds[style])
        writing->kinds[style] =
            (uint8_t)(1 + number_format_kind(style_format(writing->book->styles, style)));
    return (enum format_kind)(writing->kinds[style] - 1);
}

/* NULL: it is written as a number. */
static const char *date_code(enum format_kind kind, double number)
{
    bool is_whole = number == (double)(int64_t)number;
    switch (kind) {
    case FORMAT_DATE:
    case FORMAT_DATE_TIME:
        return is_whole && kind == FORMAT_DATE ? "yyyy-mm-dd" : "yyyy-mm-dd hh:mm:ss";
    case FORMAT_TIME:
        return number < 1 ? "hh:mm:ss" : "[h]:mm:ss";
    default:
        return NULL;
    }
}

/* false: it is no date, or there is none for it. */
static bool put_date(struct writing *writing, double number, style_id style)
{
    struct formatted formatted;
    const char *code = date_code(kind_of(writing, style), number);
    if (!code)
        return false;
    number_format(&formatted, value_number(number), code, 0, writing->book->is_1904);
    if (!formatted.is_refused)
        put_text(writing, formatted.text, formatted.text_bytes);
    return !formatted.is_refused;
}

static void put_number(struct writing *writing, double number, style_id style)
{
    char text[VALUE_NUMBER_BYTES];
    bool may_be_date = style && number >= 0 && number < 1e9;
    if (!may_be_date || !put_date(writing, number, style))
        put_text(writing, text, exact_print(number, text));
}

static void put_value(struct writing *writing, struct value value, style_id style)
{
    const char *name;
    switch (value.kind) {
    case VALUE_NUMBER:
        put_number(writing, value.number, style);
        break;
    case VALUE_TEXT:
        put_text(writing, value.text, value.text_bytes);
        break;
    case VALUE_BOOLEAN:
        sink_put_string(&writing->sink, value.boolean ? "TRUE" : "FALSE");
        break;
    case VALUE_ERROR:
        name = value_error_name(value.error);
        put_text(writing, name, strlen(name));
        break;
    case VALUE_BLANK:
        break;
    }
}

static void put_formula(struct writing *writing, const struct cell *cell, struct position position)
{
    struct print_options options = {
        .book = writing->book, .sheet = writing->sheet->id, .cell = position};
    size_t token_count;
    const struct token *tokens =
        formula_tokens(writing->book->formulas, cell->formula, &token_count);
    char *text = print_formula(tokens, token_count, &options), *whole;
    if (!text || asprintf(&whole, "=%s", text) < 0) {
        free(text);
        writing->is_out_of_memory = true;
        return;
    }
    put_text(writing, whole, strlen(whole));
    free(text);
    free(whole);
}

static void put_cell(struct writing *writing, const struct cell *cell, struct position position)
{
    struct formatted formatted;
    if (cell->formula && writing->options->formulas) {
        put_formula(writing, cell, position);
    } else if (writing->options->shown) {
        cell_show(writing->book, writing->sheet, position, 0, &formatted);
        put_text(writing, formatted.text, formatted.text_bytes);
    } else {
        put_value(writing, cell_value(writing->book, cell), cell->style);
    }
}

/* ---- lines ------------------------------------------------------------------------------------
 */

static void put_separators(struct writing *writing, uint32_t count)
{
    while (count-- > 0)
        sink_put_char(&writing->sink, writing->separator);
}

/* A line of one empty field would be taken for no line: it gets quotes. */
static void end_line(struct writing *writing)
{
    if (writing->columns > 1 && writing->next.column < writing->columns)
        put_separators(writing, writing->columns - 1 - writing->next.column);
    if (writing->columns == 1 && writing->is_empty) {
        sink_put_char(&writing->sink, writing->quote);
        sink_put_char(&writing->sink, writing->quote);
    }
    sink_put_char(&writing->sink, '\n');
    writing->next = (struct position){.row = writing->next.row + 1};
    writing->is_empty = true;
}

static bool is_shown(const struct cell *cell)
{
    return cell->kind != VALUE_BLANK || cell->formula;
}

/* The last row and the last column with something in them; false: there is nothing. */
static bool find_last(const struct sheet *sheet, struct position *last)
{
    struct grid_walk walk;
    bool is_any = false;
    *last = (struct position){0, 0};
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (!is_shown(cell))
            continue;
        is_any = true;
        last->row = walk.position.row > last->row ? walk.position.row : last->row;
        last->column = walk.position.column > last->column ? walk.position.column : last->column;
    }
    return is_any;
}

/* Of lines with cells: their last columns, added up. */
static uint64_t ends_of(const struct sheet *sheet)
{
    struct grid_walk walk;
    struct position end = {0, 0};
    uint64_t ends = 0;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_BY_ROWS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (!is_shown(cell))
            continue;
        if (walk.position.row != end.row)
            ends += end.column;
        end = walk.position;
    }
    return ends + end.column;
}

/* How many columns all lines get: up to the last one with something in it. 0: that would be too
 * much padding. */
static uint32_t columns_of(const struct sheet *sheet, struct position last)
{
    uint64_t most = ((uint64_t)last.row + 1) * last.column;
    return most <= PADDING_MAX || most - ends_of(sheet) <= PADDING_MAX ? last.column + 1 : 0;
}

static bool put_sheet(struct writing *writing, const struct progress *progress,
                      struct problem *problem)
{
    struct grid_walk walk;
    struct position last;
    uint32_t told = 0;
    if (!find_last(writing->sheet, &last))
        return true;
    writing->columns = columns_of(writing->sheet, last);
    grid_walk_begin(&walk, writing->sheet->grid, area_of_all(), GRID_BY_ROWS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (!is_shown(cell))
            continue;
        while (writing->next.row < walk.position.row && !writing->sink.error)
            end_line(writing);
        put_separators(writing, walk.position.column - writing->next.column);
        writing->next.column = walk.position.column;
        put_cell(writing, cell, walk.position);
        writing->is_empty = false;
        if (writing->sink.error || writing->is_out_of_memory)
            return true; /* told at the end */
        if (walk.position.row - told >= ROWS_A_STEP &&
            !progress_step(progress, "writing", told = walk.position.row, 0))
            return problem_say(problem, "writing was cancelled");
    }
    end_line(writing);
    return true;
}

/* ---- all of it --------------------------------------------------------------------------------
 */

static const struct sheet *sheet_wanted(const struct book *book,
                                        const struct workfile_options *options,
                                        struct problem *problem)
{
    const struct sheet *sheet;
    if (!options->sheet)
        return book->sheets[book->active];
    sheet = book_find_sheet(book, options->sheet, strlen(options->sheet));
    if (!sheet)
        (void)problem_say(problem, "there is no sheet called %s", options->sheet);
    return sheet;
}

static void tell_losses(const struct book *book, const struct sheet *sheet, struct losses *losses)
{
    for (size_t place = 0; place < book->sheet_count; place++)
        if (book->sheets[place] != sheet)
            losses_add(losses, "other sheets", sheet_name(book, book->sheets[place]));
}

bool csv_write_sheet(const struct book *book, int descriptor,
                     const struct workfile_options *options, struct losses *losses,
                     struct problem *problem)
{
    const struct sheet *sheet = sheet_wanted(book, options, problem);
    if (!sheet)
        return false;
    if (options->csv.encoding != CSV_ENCODING_GUESS && options->csv.encoding != CSV_UTF8)
        return problem_say(problem, "CSV is written as UTF-8 alone");
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing)
        return problem_say(problem, "out of memory");
    writing->book = book;
    writing->sheet = sheet;
    writing->options = &options->csv;
    writing->separator = options->format == WORKFILE_TSV ? '\t' : ',';
    if (options->csv.separator)
        writing->separator = options->csv.separator;
    writing->quote = options->csv.quote ? options->csv.quote : '"';
    for (const char *special = (const char[]){writing->separator, writing->quote, '\n', '\r', 0};
         *special; special++)
        writing->is_special[(unsigned char)*special] = true;
    writing->is_empty = true;
    sink_begin(&writing->sink, descriptor);
    bool is_written = put_sheet(writing, options->progress, problem);
    if (is_written && writing->is_out_of_memory)
        is_written = problem_say(problem, "out of memory");
    if (is_written && !sink_end(&writing->sink))
        is_written = problem_say(problem, "%s", strerror(writing->sink.error));
    free(writing);
    if (is_written)
        tell_losses(book, sheet, losses);
    return is_written;
}
