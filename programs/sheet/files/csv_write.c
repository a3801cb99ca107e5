/* SPDX-License-Identifier: MIT */
/*
 * csv_write.c - one sheet as text with separators, by default in UTF-8 and with a line feed behind
 * each line: see workfile.h.
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

#include "sheet/files/csv_output.h"
#include "sheet/files/field.h"
#include "sheet/values/number_format.h"

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
    uint8_t kinds[STYLES]; /* field_kind + 1 of each style; 0: not known yet */
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

static enum field_kind kind_of(struct writing *writing, style_id style)
{
    if (!writing->kinds[style])
        writing->kinds[style] =
            (uint8_t)(1 + field_kind_of(style_format(writing->book->styles, style)));
    return (enum field_kind)(writing->kinds[style] - 1);
}

static void put_number(struct writing *writing, double number, style_id style)
{
    char text[FIELD_NUMBER_BYTES];
    char decimal = writing->options->decimal;
    size_t length = 0;
    if (style && writing->options->keeps_looks && !writing->book->is_1904)
        length = field_print_look(text, number, style_format(writing->book->styles, style), decimal,
                                  writing->options->dates);
    if (!length)
        length = field_print_number(text, number, style ? kind_of(writing, style) : FIELD_NUMBER,
                                    writing->book->is_1904, decimal);
    put_text(writing, text, length);
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
    char *text = field_formula(writing->book, writing->sheet, cell->formula, position);
    size_t brace = text && *text == '{'; /* an array formula is read back without */
    if (text)
        put_text(writing, text + brace, strlen(text) - 2 * brace);
    else
        writing->is_out_of_memory = true;
    free(text);
}

static void put_cell(struct writing *writing, const struct cell *cell, struct position position)
{
    struct formatted formatted;
    if (cell->formula && writing->options->formulas) {
        put_formula(writing, cell, position);
    } else if (writing->options->shown) {
        struct value shown = field_shown(writing->book, cell, &formatted);
        put_text(writing, shown.text, shown.text_bytes);
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
    sink_put_string(&writing->sink, writing->options->has_returns ? "\r\n" : "\n");
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
    if (writing->columns && writing->columns < writing->options->columns)
        writing->columns = writing->options->columns;
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

static bool fits(const struct book *book, const struct sheet *sheet, enum csv_encoding encoding)
{
    struct grid_walk walk;
    bool has_all = true;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; has_all && (cell = grid_walk_next(&walk)) != NULL;) {
        struct value value = cell_value(book, cell);
        if (value.kind == VALUE_TEXT)
            has_all = csv_output_has_all(encoding, value.text, value.text_bytes);
    }
    return has_all;
}

static enum csv_encoding encoding_for(const struct book *book, const struct sheet *sheet,
                                      const struct csv_options *options, struct losses *losses)
{
    bool is_narrow = options->encoding == CSV_LATIN1 || options->encoding == CSV_WINDOWS;
    if (!is_narrow || !options->may_widen || fits(book, sheet, options->encoding))
        return options->encoding;
    losses_add(losses, "the encoding, which has not all characters (now UTF-8)",
               sheet_name(book, sheet));
    return CSV_UTF8;
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
    struct csv_output output = {.encoding = encoding_for(book, sheet, &options->csv, losses)};
    struct writing *writing = calloc(1, sizeof *writing);
    if (!writing)
        return problem_out_of_memory(problem);
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
    sink_begin(&writing->sink, descriptor, options->progress);
    if (output.encoding != CSV_ENCODING_GUESS && output.encoding != CSV_UTF8)
        sink_set_filter(&writing->sink, csv_output_convert, &output);
    if (options->csv.has_mark)
        sink_put_string(&writing->sink, "\xEF\xBB\xBF");
    bool is_written = put_sheet(writing, options->progress, problem);
    if (is_written && writing->is_out_of_memory)
        is_written = problem_out_of_memory(problem);
    if (is_written && !sink_end(&writing->sink))
        is_written = problem_say(problem, "%s", strerror(writing->sink.error));
    free(writing);
    if (is_written)
        tell_losses(book, sheet, losses);
    if (is_written && output.lost_count)
        losses_add_many(losses, "characters that this encoding does not have ('?')",
                        sheet_name(book, sheet), output.lost_count);
    return is_written;
}
