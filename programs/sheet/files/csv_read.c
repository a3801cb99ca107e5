/* SPDX-License-Identifier: MIT */
/*
 * csv_read.c - text with separators into a sheet, as a stream: see workfile.h.
 *
 *     csv_input.h --- pieces of UTF-8 ---> libcsv --- fields, ends of lines ---> cells
 *
 * libcsv calls back for every field and cannot be stopped from there: who wants to stop says so,
 * and is left alone until the piece is done. A piece never makes more fields than it has bytes.
 */
#include <csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/book/parse.h"
#include "sheet/book/recalculate.h"
#include "sheet/files/csv_guess.h"
#include "sheet/files/csv_input.h"
#include "sheet/files/field.h"
#include "sheet/files/workfile.h"
#include "sheet/values/fold.h"
#include "sheet/values/number_format.h"

enum {
    FIELD_BYTES_MAX = 16 << 20, /* a field that has no end; cells hold far less */
    FIELD_BYTES_STEP = 65536,
    LOOKS_MAX = 24,
    HEADER_LINES_LOOKED_AT = 20,
    COMMA_COLUMNS_MAX = 256, /* in which decimal commas are looked for */
    COMMA_FIELDS_MIN = 3
};

/* A format that typed.h wants, and the style with it. */
struct look {
    const char *format;
    style_id style;
};

/* Of a column, below the first line: fields that are no whole numbers, and those of them that would
 * be numbers if the comma were the decimal sign. */
struct comma_count {
    uint32_t fields, commas;
};

struct reading {
    struct book *book;
    struct sheet *sheet;
    const struct csv_options *options;
    struct losses *losses;
    struct problem *problem;
    struct csv_dialect dialect;
    uint64_t row, column;    /* of the next field */
    bool is_behind_return;   /* a line feed now belongs to the carriage return */
    uint32_t first_columns;  /* of the first line, blank or not */
    bool has_returns;        /* the first line ends in both */
    bool is_refused;         /* no memory: the sentence comes later */
    uint64_t beyond_columns; /* fields that have no cell */
    uint64_t beyond_rows;    /* lines */
    struct look looks[LOOKS_MAX];
    struct comma_count comma_counts[COMMA_COLUMNS_MAX];
};

/* ---- fields -----------------------------------------------------------------------------------
 */

/* How much of a text a cell takes. */
static size_t cell_bytes(const char *text, size_t text_bytes)
{
    uint32_t character;
    size_t at = 0;
    if (text_bytes <= TEXT_CHARACTERS_MAX)
        return text_bytes;
    for (size_t count = 0; at < text_bytes && count < TEXT_CHARACTERS_MAX; count++)
        at += fold_decode(text + at, text_bytes - at, &character);
    return at;
}

static struct position_text where_of(const struct reading *reading)
{
    return position_name((struct position){(uint32_t)reading->row, (uint32_t)reading->column}, 0);
}

/* The style for a format; formats are constants, so the same one is the same pointer. */
static bool style_for(struct reading *reading, const char *format, style_id *style)
{
    size_t place = 0;
    for (; place < LOOKS_MAX - 1 && reading->looks[place].format; place++)
        if (reading->looks[place].format == format)
            break;
    struct look *look = &reading->looks[place];
    if (look->format != format) {
        if (!style_with_format(reading->book->styles, 0, format, &look->style))
            return false;
        look->format = format;
    }
    *style = look->style;
    return true;
}

static bool put_value(struct reading *reading, struct position position, struct typed typed)
{
    style_id style;
    if (!cell_set_value(reading->book, reading->sheet, position, typed.value))
        return false;
    if (!typed.format)
        return true;
    return style_for(reading, typed.format, &style) &&
           cell_set_style(reading->book, reading->sheet, position, style);
}

/* false: it is none that can be read; the field is text then. */
static bool put_formula(struct reading *reading, struct position position, const char *text,
                        size_t text_bytes)
{
    const struct parse_options options = {
        .book = reading->book, .sheet = reading->sheet->id, .cell = position};
    formula_id formula = parse_and_keep(text, text_bytes, &options, NULL);
    if (!formula) {
        losses_add(reading->losses, "formulas that cannot be read (kept as text)",
                   where_of(reading).text);
        return false;
    }
    if (!cell_set_formula(reading->book, reading->sheet, position, formula, NULL))
        reading->is_refused = true;
    formula_drop(reading->book->formulas, formula); /* the cell has a hold of its own */
    return true;
}

/* Where a comma is the decimal sign, points stand between groups, and a number is one when it would
 * be with the two exchanged. What has none of them is as ever. */
static struct typed read_comma(const char *text, size_t text_bytes)
{
    char changed[VALUE_NUMBER_BYTES];
    struct typed typed = field_read(text, text_bytes);
    if (text_bytes > sizeof changed ||
        !(memchr(text, ',', text_bytes) || memchr(text, '.', text_bytes)))
        return typed;
    for (size_t i = 0; i < text_bytes; i++)
        changed[i] = (char)(text[i] == ',' ? '.' : text[i] == '.' ? ',' : text[i]);
    typed = field_read(changed, text_bytes);
    if (typed.value.kind != VALUE_NUMBER)
        typed = (struct typed){.value = value_text(text, text_bytes)};
    return typed;
}

/* Nobody can know what one field means; a column of them is worth a word. Whole numbers tell
 * neither. */
static void count_commas(struct reading *reading, struct position position, struct typed typed)
{
    if (position.row == 0 || position.column >= COMMA_COLUMNS_MAX)
        return;
    struct comma_count *count = &reading->comma_counts[position.column];
    struct value value = typed.value;
    if (value.kind == VALUE_NUMBER && !typed.format && value.number == floor(value.number))
        return;
    count->fields++;
    if (value.kind == VALUE_TEXT && memchr(value.text, ',', value.text_bytes))
        count->commas += read_comma(value.text, value.text_bytes).value.kind == VALUE_NUMBER;
}

/* From 1; 0: there is none. Nine of ten are enough. */
static uint32_t find_comma_column(const struct reading *reading)
{
    for (uint32_t column = 0; column < COMMA_COLUMNS_MAX; column++) {
        struct comma_count count = reading->comma_counts[column];
        if (count.commas >= COMMA_FIELDS_MIN &&
            (uint64_t)count.commas * 10 >= (uint64_t)count.fields * 9)
            return column + 1;
    }
    return 0;
}

static struct typed read_value(struct reading *reading, const char *text, size_t text_bytes)
{
    const struct csv_options *options = reading->options;
    struct typed typed = {.value = value_text(text, text_bytes)};
    if (options->all_text)
        return typed;
    typed = options->decimal == ',' ? read_comma(text, text_bytes) : field_read(text, text_bytes);
    if (typed.value.kind == VALUE_TEXT)
        (void)typed_date(text, text_bytes, options->dates, &typed); /* else it stays text */
    return typed;
}

static void put_field(struct reading *reading, const char *text, size_t text_bytes)
{
    struct position position = {(uint32_t)reading->row, (uint32_t)reading->column};
    size_t kept = cell_bytes(text, text_bytes);
    if (kept < text_bytes)
        losses_add(reading->losses, "texts of more than 32,767 characters (cut)",
                   where_of(reading).text);
    if (reading->options->formulas && kept > 1 && *text == '=' &&
        put_formula(reading, position, text, kept))
        return;
    struct typed typed = read_value(reading, text, kept);
    if (!reading->options->all_text && !reading->options->decimal)
        count_commas(reading, position, typed);
    if (!put_value(reading, position, typed))
        reading->is_refused = true;
}

static void on_field(void *text, size_t text_bytes, void *context)
{
    struct reading *reading = context;
    reading->is_behind_return = false;
    if (!reading->is_refused && text_bytes > 0 && reading->row < ROWS) {
        if (reading->column < COLUMNS)
            put_field(reading, text, text_bytes);
        else
            reading->beyond_columns++;
    }
    reading->column++;
}

/* terminator: -1 at the end of the file. */
static void on_line_end(int terminator, void *context)
{
    struct reading *reading = context;
    bool is_second_half = terminator == '\n' && reading->is_behind_return;
    reading->is_behind_return = terminator == '\r';
    if (!is_second_half && reading->row == 0)
        reading->first_columns = reading->column < COLUMNS ? (uint32_t)reading->column : COLUMNS;
    reading->has_returns |= is_second_half && reading->row == 1;
    if (is_second_half)
        return;
    if (reading->row >= ROWS && reading->column > 0)
        reading->beyond_rows++;
    reading->row++;
    reading->column = 0;
}

/* ---- the stream -------------------------------------------------------------------------------
 */

static int is_never(unsigned char c)
{
    (void)c; /* spaces at a field's ends are the field's */
    return 0;
}

static bool begin_parser(struct csv_parser *parser)
{
    /* Lines without a field are rows, too. */
    if (csv_init(parser, CSV_REPALL_NL) != 0)
        return false;
    csv_set_space_func(parser, is_never);
    csv_set_blk_size(parser, FIELD_BYTES_STEP);
    return true;
}

static bool parse_piece(struct reading *reading, struct csv_parser *parser, const char *text,
                        size_t text_bytes)
{
    if (csv_parse(parser, text, text_bytes, on_field, on_line_end, reading) != text_bytes)
        return problem_say(reading->problem, "line %llu: %s", (unsigned long long)reading->row + 1,
                           csv_strerror(csv_error(parser)));
    if (reading->is_refused)
        return book_say_refused(reading->book, reading->problem);
    if (csv_get_buffer_size(parser) <= FIELD_BYTES_MAX)
        return true;
    return problem_say(reading->problem,
                       "line %llu: a field has more than %d MiB; a quote seems to be missing",
                       (unsigned long long)reading->row + 1, FIELD_BYTES_MAX >> 20);
}

static bool end_parser(struct reading *reading, struct csv_parser *parser)
{
    /* Asked to be strict it refuses to end in a quote, and has done nothing. */
    (void)csv_set_opts(parser, CSV_REPALL_NL | CSV_STRICT | CSV_STRICT_FINI);
    int result = csv_fini(parser, on_field, on_line_end, reading);
    if (result != 0 && csv_error(parser) == CSV_EPARSE) {
        losses_add(reading->losses, "unclosed quotes", where_of(reading).text);
        (void)csv_set_opts(parser, CSV_REPALL_NL);
        result = csv_fini(parser, on_field, on_line_end, reading);
    }
    if (result != 0)
        return problem_say(reading->problem, "its end cannot be read: %s",
                           csv_strerror(csv_error(parser)));
    return !reading->is_refused || book_say_refused(reading->book, reading->problem);
}

static char wanted_separator(const struct workfile_options *options)
{
    if (options->csv.separator)
        return options->csv.separator;
    return options->format == WORKFILE_TSV ? '\t' : '\0';
}

static bool read_pieces(struct reading *reading, struct csv_parser *parser, struct csv_input *input,
                        const struct workfile_options *options)
{
    const char *text;
    int64_t text_bytes;
    bool is_begun = false;
    while ((text_bytes = csv_input_next(input, &text, reading->problem)) > 0) {
        uint64_t done = csv_input_done_bytes(input), total = csv_input_total_bytes(input);
        if (!is_begun) {
            struct csv_dialect dialect = csv_guess(text, (size_t)text_bytes, done == total,
                                                   wanted_separator(options), options->csv.quote);
            csv_set_delim(parser, (unsigned char)dialect.separator);
            csv_set_quote(parser, (unsigned char)dialect.quote);
            reading->dialect = dialect;
            text += dialect.skip_bytes;
            text_bytes -= (int64_t)dialect.skip_bytes;
            is_begun = true;
        }
        if (!parse_piece(reading, parser, text, (size_t)text_bytes))
            return false;
        if (!progress_step(options->progress, "reading", done, total))
            return problem_say(reading->problem, "reading was cancelled");
    }
    return text_bytes == 0 && end_parser(reading, parser);
}

static void tell_losses(const struct reading *reading, const struct csv_input *input)
{
    uint64_t broken = csv_input_broken_count(input);
    if (reading->beyond_columns)
        losses_add_many(reading->losses, "fields beyond column XFD, the last", NULL,
                        reading->beyond_columns);
    if (reading->beyond_rows)
        losses_add_many(reading->losses, "lines beyond row 1,048,576, the last", NULL,
                        reading->beyond_rows);
    if (broken)
        losses_add_many(reading->losses, "characters that cannot be read in this encoding", NULL,
                        broken);
}

/* How to write it so that other programs do not see a difference. */
static void tell_found(const struct reading *reading, const struct csv_input *input,
                       struct csv_options *found)
{
    *found = *reading->options;
    found->separator = reading->dialect.separator;
    found->quote = reading->dialect.quote;
    found->encoding = csv_input_encoding(input);
    found->columns = reading->first_columns;
    found->keeps_looks = !reading->options->all_text;
    found->may_widen = true;
    found->has_mark = csv_input_has_mark(input);
    found->has_returns = reading->has_returns;
    found->comma_column = find_comma_column(reading);
}

static bool read_stream(struct reading *reading, const char *path,
                        const struct workfile_options *options)
{
    struct csv_parser parser;
    struct csv_input *input =
        csv_input_open(path, options->csv.encoding, options->progress, reading->problem);
    if (!input)
        return false;
    if (!begin_parser(&parser)) {
        csv_input_close(input);
        return problem_out_of_memory(reading->problem);
    }
    bool is_read = read_pieces(reading, &parser, input, options);
    tell_losses(reading, input);
    if (options->found)
        tell_found(reading, input, options->found);
    csv_free(&parser);
    csv_input_close(input);
    return is_read;
}

/* ---- titles -----------------------------------------------------------------------------------
 */

static bool is_text(const struct reading *reading, const struct cell *cell)
{
    if (cell->kind != VALUE_TEXT)
        return false;
    struct value value = cell_value(reading->book, cell);
    /* Where all is text, that which would not be has to be told apart here. */
    return typed_read(value.text, value.text_bytes, TYPED_CAREFUL).value.kind == VALUE_TEXT;
}

/* The first line's fields: all text, none empty, no two the same. */
static bool may_be_titles(const struct reading *reading, uint32_t columns)
{
    for (uint32_t column = 0; column < columns; column++) {
        const struct cell *cell =
            grid_at(reading->sheet->grid, (struct position){.column = column});
        if (!is_text(reading, cell))
            return false;
        for (uint32_t before = 0; before < column && columns <= 256; before++)
            if (grid_at(reading->sheet->grid, (struct position){.column = before})->text ==
                cell->text)
                return false;
    }
    return columns > 0;
}

/* Has a column more of other things than of text below its title? */
static bool has_figures(const struct reading *reading, uint32_t column)
{
    unsigned texts = 0, figures = 0;
    for (uint32_t row = 1; row <= HEADER_LINES_LOOKED_AT; row++) {
        const struct cell *cell = grid_at(reading->sheet->grid, (struct position){row, column});
        if (cell->kind == VALUE_BLANK && !cell->formula)
            continue;
        if (is_text(reading, cell))
            texts++;
        else
            figures++;
    }
    return figures > texts;
}

static bool has_titles(const struct reading *reading, const struct area *extent)
{
    uint32_t columns = extent->last.column + 1;
    if (reading->options->header != CSV_HEADER_GUESS)
        return reading->options->header == CSV_HEADER_YES;
    if (extent->first.row > 0 || extent->first.column > 0 || !may_be_titles(reading, columns))
        return false;
    for (uint32_t column = 0; column < columns; column++)
        if (has_figures(reading, column))
            return true;
    return false;
}

static bool mark_titles(struct reading *reading)
{
    struct area extent;
    struct style bold = {.flags = STYLE_BOLD};
    style_id id;
    if (!grid_extent(reading->sheet->grid, &extent) || !has_titles(reading, &extent))
        return true;
    if (!style_keep(reading->book->styles, &bold, &id))
        return book_say_refused(reading->book, reading->problem);
    struct grid_walk walk;
    struct area titles = {{0, 0}, {0, COLUMNS - 1}};
    grid_walk_begin(&walk, reading->sheet->grid, titles, GRID_BY_ROWS);
    while (grid_walk_next(&walk))
        (void)cell_set_style(reading->book, reading->sheet, walk.position,
                             id); /* used already: not refused */
    reading->sheet->frozen = (struct position){.row = 1};
    return true;
}

/* ---- all of it --------------------------------------------------------------------------------
 */

/* The file's name without what is in front of it and behind it, as far as sheets can be called so.
 */
static struct sheet *add_sheet(struct book *book, const char *path, struct problem *problem)
{
    char name[SHEET_NAME_CHARACTERS_MAX * 4 + 1];
    const char *from = strrchr(path, '/');
    from = from ? from + 1 : path;
    const char *dot = strrchr(from, '.');
    size_t name_bytes = dot && dot > from ? (size_t)(dot - from) : strlen(from), at = 0;
    for (size_t count = 0; at < name_bytes && count < SHEET_NAME_CHARACTERS_MAX; count++) {
        uint32_t character;
        at += fold_decode(from + at, name_bytes - at, &character);
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)at, from);
    if (strcmp(path, "-") != 0 && sheet_name_is_allowed(name, strlen(name), NULL))
        return book_add_sheet(book, name, SIZE_MAX, problem);
    return book_add_sheet(book, "Sheet1", SIZE_MAX, problem);
}

bool csv_read(struct book *book, const char *path, const struct workfile_options *options,
              struct losses *losses, struct problem *problem)
{
    struct sheet *sheet = add_sheet(book, path, problem);
    if (!sheet)
        return false;
    struct reading reading = {.book = book,
                              .sheet = sheet,
                              .options = &options->csv,
                              .losses = losses,
                              .problem = problem};
    recalculation_suspend(book->recalculation);
    bool is_read = read_stream(&reading, path, options) && mark_titles(&reading);
    (void)recalculation_resume(book->recalculation); /* refused: all is stale, which is right */
    return is_read;
}
