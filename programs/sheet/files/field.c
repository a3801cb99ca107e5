/* SPDX-License-Identifier: MIT */
/* field.c - cells as fields of text: see field.h. */
#include "sheet/files/field.h"

#include <stdio.h>
#include <stdlib.h>

#include "sheet/book/exact.h"
#include "sheet/book/print.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };
#define DATE_BEYOND 1e9 /* days; [h] goes further than dates do */

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

/* To the millisecond, where there are some. Just under a day is 24:00:00, not the 00:00:00 that a
 * clock would show. NULL: it is written as a number. */
static const char *date_code(enum field_kind kind, double number)
{
    if (!(number >= 0 && number < DATE_BEYOND))
        return NULL;
    int64_t milliseconds = (int64_t)(number * DAY_MS + 0.5);
    bool is_whole = number == (double)(int64_t)number, has_parts = milliseconds % 1000 != 0;
    switch (kind) {
    case FIELD_DATE:
        if (is_whole)
            return "yyyy-mm-dd";
        /* fall through */
    case FIELD_DATE_TIME:
        return has_parts ? "yyyy-mm-dd hh:mm:ss.000" : "yyyy-mm-dd hh:mm:ss";
    case FIELD_DATE_T_TIME:
        return has_parts ? "yyyy-mm-dd\"T\"hh:mm:ss.000" : "yyyy-mm-dd\"T\"hh:mm:ss";
    case FIELD_TIME:
        if (milliseconds < DAY_MS)
            return has_parts ? "hh:mm:ss.000" : "hh:mm:ss";
        return has_parts ? "[h]:mm:ss.000" : "[h]:mm:ss";
    default:
        return NULL;
    }
}

enum field_kind field_kind_of(const char *code)
{
    switch (number_format_kind(code)) {
    case FORMAT_DATE:
        return FIELD_DATE;
    case FORMAT_DATE_TIME:
        return strstr(code, "\"T\"") ? FIELD_DATE_T_TIME : FIELD_DATE_TIME;
    case FORMAT_TIME:
        return FIELD_TIME;
    default:
        return FIELD_NUMBER;
    }
}

/* Where the comma is the decimal sign, the point stands between groups. */
static void set_decimal(char *text, size_t length, char decimal)
{
    for (size_t i = 0; decimal == ',' && i < length; i++)
        text[i] = (char)(text[i] == '.' ? ',' : text[i] == ',' ? '.' : text[i]);
}

size_t field_print_number(char text[FIELD_NUMBER_BYTES], double number, enum field_kind kind,
                          bool is_1904, char decimal)
{
    struct formatted formatted = {.is_refused = true};
    const char *code = date_code(kind, number);
    size_t length;
    if (code)
        number_format(&formatted, value_number(number), code, 0, is_1904);
    if (!formatted.is_refused && formatted.text_bytes < FIELD_NUMBER_BYTES) {
        length = formatted.text_bytes;
        memcpy(text, formatted.text, length + 1);
    } else {
        length = exact_print(number, text);
    }
    set_decimal(text, length, decimal);
    return length;
}

struct typed field_read(const char *text, size_t text_bytes)
{
    static const char *const formats[] = {NULL,     "0.0",     "0.00",    "0.000",
                                          "0.0000", "0.00000", "0.000000"};
    struct typed typed = typed_read(text, text_bytes, TYPED_CAREFUL);
    if (typed.value.kind != VALUE_NUMBER || typed.format || text[text_bytes - 1] != '0')
        return typed;
    const char *point = memchr(text, '.', text_bytes);
    size_t decimals = point ? (size_t)(text + text_bytes - point) - 1 : 0;
    if (decimals < sizeof formats / sizeof *formats && !memchr(text, 'E', text_bytes))
        typed.format = formats[decimals];
    return typed;
}

size_t field_print_look(char text[FIELD_NUMBER_BYTES], double number, const char *code,
                        char decimal, enum typed_dates dates)
{
    struct formatted formatted;
    number_format(&formatted, value_number(number), code, 0, false);
    size_t length = formatted.text_bytes;
    if (formatted.is_refused || length >= FIELD_NUMBER_BYTES)
        return 0;
    struct typed typed = field_read(formatted.text, length);
    bool is_date =
        typed.value.kind == VALUE_TEXT && typed_date(formatted.text, length, dates, &typed);
    if (typed.value.kind != VALUE_NUMBER || typed.value.number != number || !typed.format ||
        strcmp(typed.format, code) != 0)
        return 0;
    memcpy(text, formatted.text, length + 1);
    set_decimal(text, length, is_date ? '.' : decimal);
    return length;
}

static void put_number(struct sink *sink, const struct field_options *options, double number,
                       style_id style)
{
    char text[FIELD_NUMBER_BYTES];
    enum field_kind kind =
        style ? field_kind_of(style_format(options->book->styles, style)) : FIELD_NUMBER;
    field_put_text(sink, options, text,
                   field_print_number(text, number, kind, options->book->is_1904, '.'));
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

/* Formats that leave text as it is are all but a few; what they cut for its length is put back. */
struct value field_shown(const struct book *book, const struct cell *cell,
                         struct formatted *formatted)
{
    struct value value = cell_value(book, cell);
    number_format(formatted, value, style_format(book->styles, cell->style), 0, book->is_1904);
    bool is_cut = value.kind == VALUE_TEXT && value.text_bytes >= sizeof formatted->text &&
                  formatted->text_bytes >= sizeof formatted->text / 2;
    if (is_cut && memcmp(value.text, formatted->text, formatted->text_bytes) == 0)
        return value;
    return value_text(formatted->text, formatted->text_bytes);
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
        struct value shown = field_shown(options->book, cell, &formatted);
        field_put_text(sink, options, shown.text, shown.text_bytes);
    } else {
        field_put_value(sink, options, cell_value(options->book, cell), cell->style);
    }
    return true;
}
