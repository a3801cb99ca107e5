/* SPDX-License-Identifier: MIT */
/*
 * cell.c - putting things into cells, and what cells say: see book.h.
 *
 * A cell holds its text and its formula. What comes is held before what goes is dropped, and all
 * that may be refused is asked for before anything is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/book/book.h"
#include "sheet/book/function.h"
#include "sheet/book/parse.h"
#include "sheet/book/print.h"
#include "sheet/book/recalculate.h"
#include "sheet/values/date.h"
#include "sheet/values/fold.h"
#include "sheet/values/number_format.h"
#include "sheet/values/typed.h"

/* ---- writing --------------------------------------------------------------------------------- */

static void drop_contents(struct book *book, const struct cell *cell)
{
    if (cell->kind == VALUE_TEXT)
        text_drop(book->texts, cell->text);
    if (cell->formula)
        formula_drop(book->formulas, cell->formula);
}

/* A value as a cell holds it; its text is kept by now. */
static uint64_t bits_of(struct value value, text_id text)
{
    struct cell cell = {.bits = 0};
    if (value.kind == VALUE_NUMBER)
        cell.number = value.number;
    if (value.kind == VALUE_TEXT)
        cell.text = text;
    if (value.kind == VALUE_BOOLEAN)
        cell.truth = value.boolean;
    if (value.kind == VALUE_ERROR)
        cell.error = value.error;
    return cell.bits;
}

/* Refusals of recalculate.c come to the same: all is stale at the next run. */
static void tell_changed(struct book *book, const struct sheet *sheet, struct area area)
{
    (void)recalculation_changed(book->recalculation, sheet->id, area);
}

/* text: held for the cell, when the value is text. */
static bool put(struct book *book, struct sheet *sheet, struct position position,
                struct value value, text_id text)
{
    struct cell *cell = grid_use(sheet->grid, position);
    if (!cell)
        return false;
    drop_contents(book, cell);
    cell->bits = bits_of(value, text);
    cell->formula = 0;
    cell->kind = (uint8_t)value.kind;
    cell->flags = 0;
    tell_changed(book, sheet, area_of_one(position));
    return true;
}

static bool is_empty_at(const struct sheet *sheet, struct position position)
{
    return !cell_is_used(grid_at(sheet->grid, position));
}

bool cell_set_value(struct book *book, struct sheet *sheet, struct position position,
                    struct value value)
{
    text_id text = 0;
    if (value.kind == VALUE_BLANK && is_empty_at(sheet, position))
        return true;
    if (value.kind == VALUE_TEXT) {
        text = text_keep(book->texts, value.text, value.text_bytes);
        if (!text)
            return false;
    }
    if (put(book, sheet, position, value, text))
        return true;
    text_drop(book->texts, text);
    return false;
}

bool cell_set_text(struct book *book, struct sheet *sheet, struct position position, text_id text)
{
    text_hold(book->texts, text);
    if (put(book, sheet, position, (struct value){.kind = VALUE_TEXT}, text))
        return true;
    text_drop(book->texts, text);
    return false;
}

static uint8_t formula_cell_flags(const struct book *book, formula_id formula, bool has_value)
{
    if (!has_value)
        return CELL_STALE;
    return formula_flags(book->formulas, formula) & FORMULA_HAS_UNKNOWN ? CELL_KEPT_VALUE : 0;
}

bool cell_set_formula(struct book *book, struct sheet *sheet, struct position position,
                      formula_id formula, const struct value *value)
{
    struct value known = value ? *value : value_blank();
    text_id text = 0;
    if (!formula)
        return cell_set_value(book, sheet, position, known);
    if (known.kind == VALUE_TEXT) {
        text = text_keep(book->texts, known.text, known.text_bytes);
        if (!text)
            return false;
    }
    struct cell *cell = grid_use(sheet->grid, position);
    if (!cell) {
        text_drop(book->texts, text);
        return false;
    }
    formula_hold(book->formulas, formula);
    drop_contents(book, cell);
    cell->bits = bits_of(known, text);
    cell->formula = formula;
    cell->kind = (uint8_t)known.kind;
    cell->flags = formula_cell_flags(book, formula, value != NULL);
    (void)recalculation_add(book->recalculation, sheet->id, position); /* see tell_changed */
    tell_changed(book, sheet, area_of_one(position));
    return true;
}

bool cell_set_style(struct book *book, struct sheet *sheet, struct position position,
                    style_id style)
{
    (void)book; /* styles are not counted */
    if (!style && is_empty_at(sheet, position))
        return true;
    struct cell *cell = grid_use(sheet->grid, position);
    if (!cell)
        return false;
    cell->style = style;
    return true;
}

bool cells_clear(struct book *book, struct sheet *sheet, struct area area, bool styles)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    for (const struct cell *found; (found = grid_walk_next(&walk)) != NULL;) {
        drop_contents(book, found);
        if (!styles)
            *(struct cell *)(uintptr_t)found = (struct cell){.style = found->style};
    }
    if (styles)
        grid_clear(sheet->grid, area);
    tell_changed(book, sheet, area);
    return true;
}

/* ---- what is typed --------------------------------------------------------------------------- */

static bool is_date(enum format_kind kind)
{
    return kind == FORMAT_DATE || kind == FORMAT_DATE_TIME;
}

/* How a formula's result is best shown, by the function that makes it; NULL: as General. */
static const char *format_of_call(const struct token *last)
{
    static const struct {
        const char *name, *format;
    } calls[] = {
        {"DATE", "yyyy-mm-dd"},  {"TODAY", "yyyy-mm-dd"},   {"DATEVALUE", "yyyy-mm-dd"},
        {"EDATE", "yyyy-mm-dd"}, {"EOMONTH", "yyyy-mm-dd"}, {"NOW", "yyyy-mm-dd hh:mm"},
        {"TIME", "hh:mm:ss"},    {"TIMEVALUE", "hh:mm:ss"}, {"WORKDAY", "yyyy-mm-dd"},
        {"PMT", "#,##0.00"},     {"IRR", "0.00%"},          {"RATE", "0.00%"},
    };
    const struct function *function = last->kind == TOKEN_CALL ? function_of(last->function) : NULL;
    for (size_t i = 0; function && i < sizeof calls / sizeof *calls; i++)
        if (!strcmp(function->name, calls[i].name))
            return calls[i].format;
    return NULL;
}

/* A formula that adds to, takes from or is another cell is shown as that is, when that is a date or
 * the like: the first reference counts, as in Excel. */
static const char *format_of_reference(const struct book *book, const struct token *tokens,
                                       size_t token_count, sheet_id own, struct position cell)
{
    for (size_t i = 0; i < token_count; i++) {
        if (tokens[i].kind == TOKEN_CALL)
            return NULL;
        if (tokens[i].kind != TOKEN_CELL)
            continue;
        const struct sheet *sheet = book_sheet(book, tokens[i].sheet ? tokens[i].sheet : own);
        if (!sheet)
            return NULL;
        const struct cell *found = grid_at(sheet->grid, token_area(&tokens[i], cell).first);
        return found->style ? style_format(book->styles, found->style) : NULL;
    }
    return NULL;
}

static const char *format_of_formula(const struct book *book, formula_id formula, sheet_id sheet,
                                     struct position cell)
{
    size_t token_count;
    const struct token *tokens = formula_tokens(book->formulas, formula, &token_count);
    const struct token *last = token_count ? &tokens[token_count - 1] : NULL;
    if (!last)
        return NULL;
    if (last->kind == TOKEN_CALL)
        return format_of_call(last);
    if (last->kind != TOKEN_CELL && last->kind != TOKEN_ADD && last->kind != TOKEN_SUBTRACT)
        return NULL;
    const char *format = format_of_reference(book, tokens, token_count, sheet, cell);
    /* A day less another is a number of days. */
    bool is_difference = last->kind == TOKEN_SUBTRACT && last[-1].kind == TOKEN_CELL;
    return format && is_difference && is_date(number_format_kind(format)) ? NULL : format;
}

/* The style that a cell has with the format, if it is one of General. false: refused. */
static bool style_wanted(struct book *book, style_id style, const char *format, style_id *wanted)
{
    *wanted = style;
    if (!format || number_format_kind(style_format(book->styles, style)) != FORMAT_GENERAL)
        return true;
    return style_with_format(book->styles, style, format, wanted);
}

/* The text between "{=" and "}", or behind "=". */
static formula_id read_formula(struct book *book, const struct sheet *sheet,
                               struct position position, const char *text, size_t text_bytes,
                               struct problem *problem)
{
    struct parse_options options = {.book = book, .sheet = sheet->id, .cell = position};
    struct parse_error error = {0};
    bool is_array = *text == '{';
    if (is_array) {
        text++;
        text_bytes -= 2;
    }
    formula_id formula = parse_and_keep(text, text_bytes, &options, &error);
    if (!formula) {
        (void)parse_say(problem, &error, is_array);
        return 0;
    }
    if (!is_array)
        return formula;
    formula_id array = formula_as_array(book->formulas, formula);
    if (array)
        return array;
    formula_drop(book->formulas, formula);
    (void)book_say_refused(book, problem);
    return 0;
}

static bool type_formula(struct book *book, struct sheet *sheet, struct position position,
                         const char *text, size_t text_bytes, struct problem *problem)
{
    formula_id formula = read_formula(book, sheet, position, text, text_bytes, problem);
    if (!formula)
        return false;
    const char *format = format_of_formula(book, formula, sheet->id, position);
    style_id style = grid_at(sheet->grid, position)->style, wanted;
    bool is_set = style_wanted(book, style, format, &wanted) &&
                  cell_set_formula(book, sheet, position, formula, NULL) &&
                  cell_set_style(book, sheet, position, wanted);
    formula_drop(book->formulas, formula); /* the cell has a hold of its own */
    return is_set || book_say_refused(book, problem);
}

/* As many as a cell may have? */
static bool is_short(const char *text, size_t text_bytes)
{
    size_t count = 0;
    uint32_t character;
    for (size_t at = 0; at < text_bytes; count++)
        at += fold_decode(text + at, text_bytes - at, &character);
    return count <= TEXT_CHARACTERS_MAX;
}

static bool type_value(struct book *book, struct sheet *sheet, struct position position,
                       const char *text, size_t text_bytes, struct problem *problem)
{
    style_id style = grid_at(sheet->grid, position)->style, wanted;
    struct typed typed = typed_read(text, text_bytes, TYPED_ALL);
    if (*text != '\'' && number_format_kind(style_format(book->styles, style)) == FORMAT_TEXT)
        typed = (struct typed){.value = value_text(text, text_bytes)};
    if (typed.value.kind == VALUE_TEXT && !is_short(typed.value.text, typed.value.text_bytes))
        return problem_say(problem, "a cell holds at most %d characters", TEXT_CHARACTERS_MAX);
    if (book->is_1904 && typed.format && is_date(number_format_kind(typed.format)) &&
        typed.value.kind == VALUE_NUMBER)
        typed.value.number -= DATE_1904;
    /* A cell that has got its value has room for its style. */
    if (style_wanted(book, style, typed.format, &wanted) &&
        cell_set_value(book, sheet, position, typed.value) &&
        cell_set_style(book, sheet, position, wanted))
        return true;
    return book_say_refused(book, problem);
}

/* A '=' alone is a text. */
static bool is_formula(const char *text, size_t text_bytes)
{
    if (text_bytes > 3 && text[0] == '{' && text[1] == '=' && text[text_bytes - 1] == '}')
        return true;
    return text_bytes > 1 && text[0] == '=';
}

bool cell_type(struct book *book, struct sheet *sheet, struct position position, const char *text,
               struct problem *problem)
{
    size_t text_bytes = strlen(text);
    style_id style = grid_at(sheet->grid, position)->style;
    if (!text_bytes)
        return cell_set_value(book, sheet, position, value_blank()) ||
               book_say_refused(book, problem);
    if (text_bytes > TEXT_BYTES_MAX)
        return problem_say(problem, "a cell holds at most %d characters", TEXT_CHARACTERS_MAX);
    if (is_formula(text, text_bytes) &&
        number_format_kind(style_format(book->styles, style)) != FORMAT_TEXT)
        return type_formula(book, sheet, position, text, text_bytes, problem);
    return type_value(book, sheet, position, text, text_bytes, problem);
}

/* ---- what a cell says ------------------------------------------------------------------------ */

struct value cell_value(const struct book *book, const struct cell *cell)
{
    switch (cell->kind) {
    case VALUE_NUMBER:
        return value_number(cell->number);
    case VALUE_TEXT:
        return text_value(book->texts, cell->text);
    case VALUE_BOOLEAN:
        return value_boolean(cell->truth != 0);
    case VALUE_ERROR:
        return value_error((enum value_error)cell->error);
    default:
        return value_blank();
    }
}

/* Two or three pieces as one text that is the caller's. */
static char *joined(const char *before, const char *text, size_t text_bytes, const char *behind)
{
    size_t before_bytes = strlen(before), behind_bytes = strlen(behind);
    char *whole = malloc(before_bytes + text_bytes + behind_bytes + 1);
    if (!whole)
        return NULL;
    char *end = mempcpy(whole, before, before_bytes);
    end = mempcpy(end, text, text_bytes);
    memcpy(end, behind, behind_bytes + 1);
    return whole;
}

static char *formula_source(const struct book *book, const struct sheet *sheet,
                            struct position position, formula_id formula)
{
    struct print_options options = {.book = book, .sheet = sheet->id, .cell = position};
    size_t token_count;
    const struct token *tokens = formula_tokens(book->formulas, formula, &token_count);
    char *text = print_formula(tokens, token_count, &options);
    if (!text)
        return NULL;
    bool is_array = formula_flags(book->formulas, formula) & FORMULA_IS_ARRAY;
    char *source = joined(is_array ? "{=" : "=", text, strlen(text), is_array ? "}" : "");
    free(text);
    return source;
}

/* Typed again, does the text make the same value? */
static bool reads_back(const struct book *book, const char *text, size_t text_bytes, double number,
                       bool is_a_date)
{
    struct value value = typed_read(text, text_bytes, TYPED_ALL).value;
    double shift = book->is_1904 && is_a_date ? DATE_1904 : 0;
    return value.kind == VALUE_NUMBER && value.number - shift == number;
}

/* Dates and percents as people write them, if nothing is lost by it; else the plain number. */
static char *number_source(const struct book *book, double number, const char *code)
{
    enum format_kind kind = number_format_kind(code);
    struct formatted formatted = {0};
    char plain[VALUE_NUMBER_BYTES];
    const char *style = kind == FORMAT_DATE        ? "yyyy-mm-dd"
                        : kind == FORMAT_DATE_TIME ? "yyyy-mm-dd hh:mm:ss"
                        : kind == FORMAT_TIME      ? "hh:mm:ss"
                                                   : NULL;
    if (kind == FORMAT_DATE && number != (double)(int64_t)number)
        style = "yyyy-mm-dd hh:mm:ss";
    if (style)
        number_format(&formatted, value_number(number), style, 0, book->is_1904);
    if (kind == FORMAT_PERCENT) {
        size_t length = value_print_number(number * 100, formatted.text);
        formatted.text[length] = '%';
        formatted.text[length + 1] = '\0';
        formatted.text_bytes = length + 1;
    }
    if (formatted.text_bytes &&
        reads_back(book, formatted.text, formatted.text_bytes, number, is_date(kind)))
        return joined("", formatted.text, formatted.text_bytes, "");
    return joined("", plain, value_print_number(number, plain), "");
}

/* A text that would be taken for something else has a ' in front. */
static char *text_source(const char *text, size_t text_bytes, const char *code)
{
    bool is_plain = number_format_kind(code) == FORMAT_TEXT
                        ? text_bytes && *text != '\''
                        : text_bytes && *text != '\'' && !is_formula(text, text_bytes) &&
                              typed_read(text, text_bytes, TYPED_ALL).value.kind == VALUE_TEXT;
    return joined(is_plain ? "" : "'", text, text_bytes, "");
}

char *cell_source(const struct book *book, const struct sheet *sheet, struct position position)
{
    const struct cell *cell = grid_at(sheet->grid, position);
    struct value value = cell_value(book, cell);
    const char *code = style_format(book->styles, cell->style), *name;
    if (cell->formula)
        return formula_source(book, sheet, position, cell->formula);
    switch (value.kind) {
    case VALUE_NUMBER:
        return number_source(book, value.number, code);
    case VALUE_TEXT:
        return text_source(value.text, value.text_bytes, code);
    case VALUE_BOOLEAN:
        name = value.boolean ? "TRUE" : "FALSE";
        return joined("", name, strlen(name), "");
    case VALUE_ERROR:
        name = value_error_name(value.error);
        return joined("", name, strlen(name), "");
    default:
        return joined("", "", 0, "");
    }
}

void cell_show(const struct book *book, const struct sheet *sheet, struct position position,
               size_t columns, struct formatted *result)
{
    const struct cell *cell = grid_at(sheet->grid, position);
    number_format(result, cell_value(book, cell), style_format(book->styles, cell->style), columns,
                  book->is_1904);
}
