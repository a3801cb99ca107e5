/* SPDX-License-Identifier: MIT */
#include "sheet/functions/indirect.h"

#include <string.h>

#include "sheet/book/book.h"

enum {
    CELLS_TEXT_MAX = 64, /* longer ones name no cells */
    SHEET_TEXT_MAX = 4 * SHEET_NAME_CHARACTERS_MAX
};

struct text {
    const char *at, *end;
};

static size_t left_of(struct text text)
{
    return (size_t)(text.end - text.at);
}

static bool starts_with(struct text text, char character)
{
    return text.at < text.end && *text.at == character;
}

/* ---- sheets -------------------------------------------------------------------------------------
 */

static bool is_word_character(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
           (character >= 'a' && character <= 'z') || character == '_' || character == '.' ||
           (unsigned char)character >= 0x80;
}

bool indirect_needs_quotes(const char *name, size_t name_bytes)
{
    char copy[CELLS_TEXT_MAX];
    struct area area;
    if (name_bytes == 0)
        return false;
    if ((name[0] >= '0' && name[0] <= '9') || name[0] == '.')
        return true;
    for (size_t i = 0; i < name_bytes; i++)
        if (!is_word_character(name[i]))
            return true;
    if (name_bytes >= sizeof copy)
        return false;
    memcpy(copy, name, name_bytes);
    copy[name_bytes] = '\0';
    return area_parse(copy, &area);
}

/* A name in quotes, which stand twice within it; goes on behind the '!'. */
static bool read_quoted(struct text *text, char *name, size_t *name_bytes)
{
    size_t length = 0;
    for (const char *at = text->at + 1; at < text->end; at++) {
        if (*at == '\'') {
            bool is_end = at + 1 == text->end || at[1] != '\'';
            if (is_end) {
                text->at = at + 1;
                break;
            }
            at++;
        }
        if (length == SHEET_TEXT_MAX)
            return false;
        name[length++] = *at;
    }
    *name_bytes = length;
    if (!starts_with(*text, '!'))
        return false;
    text->at++;
    return true;
}

/* The sheet in front of a '!', if there is one. false: it does not exist. */
static bool read_sheet(const struct book *book, struct text *text, const struct sheet **sheet)
{
    char quoted[SHEET_TEXT_MAX];
    const char *name = text->at;
    size_t name_bytes;
    if (starts_with(*text, '\'')) {
        name = quoted;
        if (!read_quoted(text, quoted, &name_bytes))
            return false;
    } else {
        const char *mark = memchr(text->at, '!', left_of(*text));
        if (!mark)
            return true;
        name_bytes = (size_t)(mark - text->at);
        text->at = mark + 1;
    }
    *sheet = book_find_sheet(book, name, name_bytes);
    return *sheet != NULL;
}

/* ---- R1C1 ---------------------------------------------------------------------------------------
 */

/* A digit's worth at most: nothing in the grid has so many. */
static const int64_t line_max = 100000000;

static bool read_number(struct text *text, int64_t *number)
{
    const char *start = text->at;
    *number = 0;
    for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++)
        if (*number < line_max)
            *number = *number * 10 + (*text->at - '0');
    return text->at > start;
}

/* What stands behind an R or C: a number, one relative to the cell in brackets, or nothing, which
 * is the cell's own line. Lines count from 0. */
static bool read_line(struct text *text, uint32_t own, uint32_t limit, uint32_t *line)
{
    int64_t number;
    if (starts_with(*text, '[')) {
        text->at++;
        int sign = starts_with(*text, '-') ? -1 : 1;
        text->at += starts_with(*text, '-') || starts_with(*text, '+');
        if (!read_number(text, &number) || !starts_with(*text, ']'))
            return false;
        text->at++;
        number = own + sign * number;
    } else if (read_number(text, &number)) {
        number--;
    } else {
        number = own;
    }
    if (number < 0 || number >= limit)
        return false;
    *line = (uint32_t)number;
    return true;
}

static bool take_letter(struct text *text, char letter)
{
    if (!starts_with(*text, letter) && !starts_with(*text, (char)(letter + ('a' - 'A'))))
        return false;
    text->at++;
    return true;
}

/* "R2C3", "R2", "C3". */
static bool read_lines(struct text *text, struct position own, struct area *area)
{
    bool has_row = take_letter(text, 'R');
    if (has_row && !read_line(text, own.row, ROWS, &area->first.row))
        return false;
    bool has_column = take_letter(text, 'C');
    if (has_column && !read_line(text, own.column, COLUMNS, &area->first.column))
        return false;
    area->last = area->first;
    if (!has_row) {
        area->first.row = 0;
        area->last.row = ROWS - 1;
    }
    if (!has_column) {
        area->first.column = 0;
        area->last.column = COLUMNS - 1;
    }
    return has_row || has_column;
}

static bool read_r1c1(struct text text, struct position own, struct area *area)
{
    struct area first, last;
    if (!read_lines(&text, own, &first))
        return false;
    last = first;
    if (starts_with(text, ':')) {
        text.at++;
        if (!read_lines(&text, own, &last))
            return false;
    }
    struct area all = area_of(first.first, last.first);
    struct area ends = area_of(first.last, last.last);
    *area = (struct area){all.first, ends.last};
    return text.at == text.end;
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

static bool read_a1(struct text text, struct area *area)
{
    char copy[CELLS_TEXT_MAX];
    if (left_of(text) >= sizeof copy)
        return false;
    memcpy(copy, text.at, left_of(text));
    copy[left_of(text)] = '\0';
    return area_parse(copy, area);
}

/* A name that stands for cells, and for nothing that had to be computed first. */
static bool read_name(const struct evaluation *evaluation, struct text text, sheet_id sheet,
                      struct reference *reference)
{
    const struct book *book = evaluation_book(evaluation);
    size_t token_count;
    name_id number = name_find(book->names, text.at, left_of(text), sheet);
    if (!number)
        number = name_find(book->names, text.at, left_of(text), SHEET_OWN);
    const struct name *name = number ? name_of(book->names, number) : NULL;
    if (!name || !name->formula)
        return false;
    const struct token *tokens = formula_tokens(book->formulas, name->formula, &token_count);
    if (token_count != 1 || (tokens->kind != TOKEN_CELL && tokens->kind != TOKEN_AREA))
        return false;
    reference->area = token_area(tokens, evaluation_cell(evaluation));
    reference->sheet = tokens->sheet == SHEET_OWN ? sheet : tokens->sheet;
    return book_sheet(book, reference->sheet) != NULL;
}

bool indirect_read(struct evaluation *evaluation, const char *text, size_t text_bytes, bool is_r1c1,
                   struct reference *reference)
{
    const struct book *book = evaluation_book(evaluation);
    const struct sheet *sheet = NULL;
    struct text left = {text, text + text_bytes};
    while (starts_with(left, ' '))
        left.at++;
    while (left.at < left.end && left.end[-1] == ' ')
        left.end--;
    if (!read_sheet(book, &left, &sheet))
        return false;
    reference->sheet = sheet ? sheet->id : evaluation_sheet(evaluation);
    if (is_r1c1 ? read_r1c1(left, evaluation_cell(evaluation), &reference->area)
                : read_a1(left, &reference->area))
        return true;
    return left_of(left) > 0 && read_name(evaluation, left, reference->sheet, reference);
}
