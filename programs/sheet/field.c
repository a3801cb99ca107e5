/* SPDX-License-Identifier: MIT */
/* field.c - cells as fields of text: see field.h. */
#include "sheet/field.h"

#include <stdio.h>
#include <stdlib.h>

#include "sheet/exact.h"
#include "sheet/number_format.h"
#include "sheet/print.h"

void field_put_text(struct sink *sink, const struct field_options *options, const char *text,
                    size_t text_bytes)
{
    bool needs_quotes = false;
    for (size_t i = 0; i < text_bytes && !needs_quotes; i++)
        needs_quotes = text[i] == options->separator || text[i] == options->quote ||
                       text[i] == '\n' || text[i] == '\r';
    if (!needs_quotes) {
        sink_put(sink, text, text_bytes);
        return;
    }
    sink_put_char(sink, options->quote);
    for (size_t i = 0; i < text_bytes; i++) {
        if (text[i] == options->quote)
            sink_put_char(sink, options->quote);
        sink_put_char(sink, text[i]);
    }
    sink_put_char(sink, options->quote);
}

/* NULL: it is written as a number. */
static const char *date_code(const char *format, double number)
{
    bool is_whole = number == (double)(int64_t)number;
    switch (number_format_kind(format)) {
    case FORMAT_DATE:
        return is_whole ? "yyyy-mm-dd" : "yyyy-mm-dd hh:mm:ss";
    case FORMAT_DATE_TIME:
        return "yyyy-mm-dd hh:mm:ss";
    case FORMAT_TIME:
        return number < 1 ? "hh:mm:ss" : "[h]:mm:ss";
    default:
        return NULL;
    }
}

static void put_number(struct sink *sink, const struct field_options *options, double number,
                       style_id style)
{
    char text[VALUE_NUMBER_BYTES];
    const char *code = NULL;
    struct formatted formatted = {.is_refused = true};
    if (style && number >= 0 && number < 1e9)
        code = date_code(style_format(options->book->styles, style), number);
    if (code)
        number_format(&formatted, value_number(number), code, 0, options->book->is_1904);
    if (formatted.is_refused)
        field_put_text(sink, options, text, exact_print(number, text));
    else
        field_put_text(sink, options, formatted.text, formatted.text_bytes);
}

void field_put_value(struct sink *sink, const struct field_options *options, struct value value,
                     style_id style)
{
    switch (value.kind) {
    case VALUE_NUMBER:
        put_number(sink, options, value.number, style);
        break;
    case VALUE_TEXT:
        field_put_text(sink, options, value.text, value.text_bytes);
        break;
    case VALUE_BOOLEAN:
        sink_put_string(sink, value.boolean ? "TRUE" : "FALSE");
        break;
    case VALUE_ERROR:
        sink_put_string(sink, value_error_name(value.error));
        break;
    case VALUE_BLANK:
        break;
    }
}

char *field_formula(const struct book *book, const struct sheet *sheet, formula_id formula,
                    struct position position)
{
    struct print_options options = {.book = book, .sheet = sheet->id, .cell = position};
    bool is_array = formula_flags(book->formulas, formula) & FORMULA_IS_ARRAY;
    size_t token_count;
    const struct token *tokens = formula_tokens(book->formulas, formula, &token_count);
    char *text = print_formula(tokens, token_count, &options), *whole;
    if (!text || asprintf(&whole, is_array ? "{=%s}" : "=%s", text) < 0)
        whole = NULL;
    free(text);
    return whole;
}

bool field_put_cell(struct sink *sink, const struct field_options *options,
                    const struct sheet *sheet, const struct cell *cell, struct position position)
{
    struct formatted formatted;
    if (cell->formula && options->formulas) {
        char *text = field_formula(options->book, sheet, cell->formula, position);
        if (!text)
            return false;
        field_put_text(sink, options, text, strlen(text));
        free(text);
    } else if (options->shown) {
        cell_show(options->book, sheet, position, 0, &formatted);
        field_put_text(sink, options, formatted.text, formatted.text_bytes);
    } else {
        field_put_value(sink, options, cell_value(options->book, cell), cell->style);
    }
    return true;
}
