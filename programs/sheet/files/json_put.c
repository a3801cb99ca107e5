/* SPDX-License-Identifier: MIT */
/* json_put.c - pieces of JSON: see json_put.h. */
#include "sheet/files/json_put.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sheet/book/exact.h"
#include "sheet/files/field.h"
#include "sheet/values/fold.h"

/* One character that does not stand for itself; its bytes. */
static size_t put_character(struct sink *sink, const char *text, size_t text_bytes)
{
    char escape[8];
    uint32_t character;
    size_t bytes = fold_decode(text, text_bytes, &character);
    if (character == '"' || character == '\\')
        (void)snprintf(escape, sizeof escape, "\\%c", (int)character);
    else if (character == '\n')
        (void)snprintf(escape, sizeof escape, "\\n");
    else if (character < 32 || character == 127)
        (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)character);
    else if (bytes == 1)
        (void)snprintf(escape, sizeof escape, "\xef\xbf\xbd"); /* no UTF-8: U+FFFD */
    else
        (void)snprintf(escape, sizeof escape, "%.*s", (int)bytes, text);
    sink_put_string(sink, escape);
    return bytes;
}

static bool is_plain(unsigned char c)
{
    return c >= 32 && c < 127 && c != '"' && c != '\\';
}

void json_put_text(struct sink *sink, const char *text, size_t text_bytes)
{
    size_t at = 0;
    sink_put_char(sink, '"');
    while (at < text_bytes) {
        size_t plain = at;
        while (plain < text_bytes && is_plain((unsigned char)text[plain]))
            plain++;
        sink_put(sink, text + at, plain - at);
        at = plain;
        if (at < text_bytes)
            at += put_character(sink, text + at, text_bytes - at);
    }
    sink_put_char(sink, '"');
}

void json_put_string(struct sink *sink, const char *string)
{
    json_put_text(sink, string, strlen(string));
}

void json_put_number(struct sink *sink, double number)
{
    char text[VALUE_NUMBER_BYTES];
    sink_put(sink, text, exact_print(number, text));
}

void json_put_count(struct sink *sink, uint64_t count)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, count);
    sink_put_string(sink, text);
}

void json_put_value(struct sink *sink, struct value value)
{
    switch (value.kind) {
    case VALUE_NUMBER:
        sink_put_string(sink, "\"kind\":\"number\",\"value\":");
        json_put_number(sink, value.number);
        break;
    case VALUE_TEXT:
        sink_put_string(sink, "\"kind\":\"text\",\"value\":");
        json_put_text(sink, value.text, value.text_bytes);
        break;
    case VALUE_BOOLEAN:
        sink_put_string(sink, "\"kind\":\"boolean\",\"value\":");
        sink_put_string(sink, value.boolean ? "true" : "false");
        break;
    case VALUE_ERROR:
        sink_put_string(sink, "\"kind\":\"error\",\"value\":");
        json_put_string(sink, value_error_name(value.error));
        break;
    case VALUE_BLANK:
        sink_put_string(sink, "\"kind\":\"blank\",\"value\":null");
        break;
    }
}

static bool put_formula(struct sink *sink, const struct book *book, const struct sheet *sheet,
                        const struct cell *cell, struct position position)
{
    bool is_array = formula_flags(book->formulas, cell->formula) & FORMULA_IS_ARRAY;
    char *text = field_formula(book, sheet, cell->formula, position);
    if (!text)
        return false;
    size_t brace = is_array; /* "{=A1:A3*2}" */
    sink_put_string(sink, ",\"formula\":");
    json_put_text(sink, text + brace, strlen(text) - 2 * brace);
    if (is_array)
        sink_put_string(sink, ",\"is_array\":true");
    free(text);
    return true;
}

bool json_put_cell(struct sink *sink, const struct book *book, const struct sheet *sheet,
                   const struct cell *cell, struct position position)
{
    const char *code = style_format(book->styles, cell->style);
    sink_put_string(sink, "{\"cell\":\"");
    sink_put_string(sink, position_name(position, 0).text);
    sink_put_string(sink, "\",");
    json_put_value(sink, cell_value(book, cell));
    if (cell->formula && !put_formula(sink, book, sheet, cell, position))
        return false;
    if (strcmp(code, "General") != 0) {
        struct formatted formatted;
        struct value shown = field_shown(book, cell, &formatted);
        sink_put_string(sink, ",\"format\":");
        json_put_string(sink, code);
        sink_put_string(sink, ",\"shown\":");
        json_put_text(sink, shown.text, shown.text_bytes);
    }
    sink_put_char(sink, '}');
    return true;
}
