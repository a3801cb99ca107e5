/* SPDX-License-Identifier: MIT */
/*
 * A parser by operator strengths (Pratt): an operand, then operators as long as they bind at least
 * as strongly as whoever asked wants. Operands are emitted before their operator, so nothing has to
 * be moved, and no tree is built.
 *
 * It calls itself for right operands, parentheses and arguments only; how deep is counted (nest),
 * and a chain of operators of one strength is a loop.
 */
#include "sheet/book/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sheet/book/book.h"
#include "sheet/book/function.h"

/* From the weakest. An operator's right operand is read one stronger: all go from left to right. */
enum strength {
    STRENGTH_COMPARE = 1,
    STRENGTH_JOIN,
    STRENGTH_ADD,
    STRENGTH_MULTIPLY,
    STRENGTH_POWER,
    STRENGTH_PERCENT,
    STRENGTH_PREFIX,
    STRENGTH_UNITE,
    STRENGTH_MEET,
    STRENGTH_RANGE
};

enum { NEST_MAX = 256, WORD_BYTES_MAX = 1024 };

struct parser {
    const char *text;
    size_t size_bytes, at;
    const struct parse_options *options;
    struct parsed *parsed;
    unsigned nest;
    bool comma_unites;
};

static bool fail_at(struct parser *parser, size_t offset, const char *sentence)
{
    parser->parsed->error_offset = offset;
    (void)snprintf(parser->parsed->error_text, sizeof parser->parsed->error_text, "%s", sentence);
    return false;
}

static bool fail(struct parser *parser, const char *sentence)
{
    return fail_at(parser, parser->at, sentence);
}

static bool lack_memory(struct parser *parser, size_t offset, const char *sentence)
{
    parser->parsed->lacks_memory = true;
    return fail_at(parser, offset, sentence);
}

static bool emit(struct parser *parser, struct token token)
{
    struct parsed *parsed = parser->parsed;
    if (parsed->token_count == FORMULA_TOKENS_MAX)
        return fail(parser, "the formula is too long");
    parsed->tokens[parsed->token_count++] = token;
    return true;
}

static bool emit_kind(struct parser *parser, enum token_kind kind)
{
    return emit(parser, (struct token){.kind = (uint8_t)kind});
}

static char peek(const struct parser *parser, size_t ahead)
{
    size_t at = parser->at + ahead;
    return at < parser->size_bytes ? parser->text[at] : '\0';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of characters beyond ASCII are letters. */
static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '\\' ||
           (unsigned char)c >= 0x80;
}

static bool is_word(char c)
{
    return is_letter(c) || is_digit(c) || c == '.' || c == '?';
}

static bool skip_spaces(struct parser *parser)
{
    size_t start = parser->at;
    while (is_space(peek(parser, 0)))
        parser->at++;
    return parser->at != start;
}

static bool take(struct parser *parser, char c)
{
    if (peek(parser, 0) != c)
        return false;
    parser->at++;
    return true;
}

static bool is_open_formula(const struct parser *parser)
{
    return parser->options->dialect == PARSE_OPEN_FORMULA;
}

static char argument_separator(const struct parser *parser)
{
    return is_open_formula(parser) ? ';' : ',';
}

static bool parse_strength(struct parser *parser, enum strength least);

/* ---- constants ----------------------------------------------------------------------------------
 */

static bool emit_number(struct parser *parser, double number)
{
    return emit(parser, (struct token){.kind = TOKEN_NUMBER, .number = number});
}

static size_t number_length(const struct parser *parser)
{
    size_t length = 0;
    while (is_digit(peek(parser, length)))
        length++;
    if (peek(parser, length) == '.') {
        length++;
        while (is_digit(peek(parser, length)))
            length++;
    }
    char e = peek(parser, length);
    if (e != 'e' && e != 'E')
        return length;
    size_t exponent = length + 1;
    if (peek(parser, exponent) == '+' || peek(parser, exponent) == '-')
        exponent++;
    if (!is_digit(peek(parser, exponent)))
        return length;
    while (is_digit(peek(parser, exponent)))
        exponent++;
    return exponent;
}

static bool read_number(struct parser *parser, double *number)
{
    size_t length = number_length(parser);
    if (!value_parse_number(parser->text + parser->at, length, number))
        return fail(parser, "this is no number, or one too large");
    parser->at += length;
    return true;
}

/* A text in double quotes, which stand twice within it. The text is held. */
static bool read_text(struct parser *parser, text_id *text)
{
    char *copy = malloc(parser->size_bytes - parser->at + 1);
    size_t length = 0, start = parser->at++;
    if (!copy)
        return lack_memory(parser, start, "out of memory");
    for (;; parser->at++) {
        if (parser->at >= parser->size_bytes) {
            free(copy);
            return fail_at(parser, start, "the text that begins here has no closing \"");
        }
        if (peek(parser, 0) == '"' && peek(parser, 1) != '"')
            break;
        if (peek(parser, 0) == '"')
            parser->at++;
        copy[length++] = peek(parser, 0);
    }
    parser->at++;
    *text = length <= TEXT_BYTES_MAX ? text_keep(parser->options->book->texts, copy, length) : 0;
    free(copy);
    return *text || lack_memory(parser, start, "no memory is left for this text");
}

static bool parse_text(struct parser *parser)
{
    text_id text = 0; /* gcc does not see that it is set */
    if (!read_text(parser, &text))
        return false;
    if (emit(parser, (struct token){.kind = TOKEN_TEXT, .text = text}))
        return true;
    text_drop(parser->options->book->texts, text);
    return false;
}

static size_t error_length(const struct parser *parser)
{
    for (int error = 1; error <= ERROR_COUNT; error++) {
        const char *name = value_error_name((enum value_error)error);
        size_t length = strlen(name);
        if (length <= parser->size_bytes - parser->at &&
            strncasecmp(parser->text + parser->at, name, length) == 0)
            return length;
    }
    return 0;
}

static bool parse_error_value(struct parser *parser)
{
    size_t length = error_length(parser);
    enum value_error error;
    if (!length || !value_error_parse(parser->text + parser->at, length, &error))
        return fail(parser, "after '#' an error is expected, such as #N/A");
    parser->at += length;
    /* Sheets that are gone leave #REF!A1 behind: the rest means nothing. */
    if (error == ERROR_REF)
        while (is_word(peek(parser, 0)) || peek(parser, 0) == '$')
            parser->at++;
    return emit(parser, (struct token){.kind = TOKEN_ERROR, .error = error});
}

static bool take_word(struct parser *parser, const char *word)
{
    size_t length = strlen(word);
    if (length > parser->size_bytes - parser->at ||
        strncasecmp(parser->text + parser->at, word, length) != 0 || is_word(peek(parser, length)))
        return false;
    parser->at += length;
    return true;
}

static bool parse_array_element(struct parser *parser)
{
    skip_spaces(parser);
    char c = peek(parser, 0);
    if (c == '"')
        return parse_text(parser);
    if (c == '#')
        return parse_error_value(parser);
    if (take_word(parser, "TRUE"))
        return emit(parser, (struct token){.kind = TOKEN_BOOLEAN, .truth = 1});
    if (take_word(parser, "FALSE"))
        return emit(parser, (struct token){.kind = TOKEN_BOOLEAN});
    bool is_negative = take(parser, '-');
    if (!is_negative)
        (void)take(parser, '+'); /* says nothing */
    double number;
    if (!is_digit(peek(parser, 0)) && peek(parser, 0) != '.')
        return fail(parser, "an array {...} holds constants only");
    return read_number(parser, &number) && emit_number(parser, is_negative ? -number : number);
}

static bool parse_array(struct parser *parser)
{
    char next_column = is_open_formula(parser) ? ';' : ',';
    char next_row = is_open_formula(parser) ? '|' : ';';
    uint32_t rows = 0, columns = 0;
    parser->at++;
    do {
        uint32_t count = 0;
        do {
            if (!parse_array_element(parser))
                return false;
            count++;
            skip_spaces(parser);
        } while (take(parser, next_column));
        if (rows && count != columns)
            return fail(parser, "the rows of an array {...} must be of one length");
        columns = count;
        rows++;
    } while (take(parser, next_row));
    if (!take(parser, '}'))
        return fail(parser, "expected '}'");
    return emit(parser, (struct token){.kind = TOKEN_ARRAY, .count = rows, .columns = columns});
}

/* ---- references ---------------------------------------------------------------------------------
 */

static bool emit_area(struct parser *parser, sheet_id sheet, struct area area, unsigned flags)
{
    struct token token = {.kind = TOKEN_AREA, .sheet = sheet};
    token_set_area(&token, area, flags, parser->options->cell);
    return emit(parser, token);
}

static bool emit_cell(struct parser *parser, sheet_id sheet, struct position position,
                      unsigned fixed)
{
    struct token token = {.kind = TOKEN_CELL, .sheet = sheet};
    token_set_area(&token, area_of_one(position), fixed, parser->options->cell);
    return emit(parser, token);
}

struct corner {
    struct position position;
    unsigned fixed;
};

/* The corners may be written in any order, and each word keeps its dollar. */
static bool emit_corners(struct parser *parser, sheet_id sheet, struct corner a, struct corner b)
{
    unsigned flags = 0;
    bool rows_swap = b.position.row < a.position.row;
    bool columns_swap = b.position.column < a.position.column;
    unsigned top = rows_swap ? b.fixed : a.fixed, bottom = rows_swap ? a.fixed : b.fixed;
    unsigned left = columns_swap ? b.fixed : a.fixed, right = columns_swap ? a.fixed : b.fixed;
    if (top & POSITION_FIXED_ROW)
        flags |= TOKEN_FIXED_ROW;
    if (bottom & POSITION_FIXED_ROW)
        flags |= TOKEN_FIXED_LAST_ROW;
    if (left & POSITION_FIXED_COLUMN)
        flags |= TOKEN_FIXED_COLUMN;
    if (right & POSITION_FIXED_COLUMN)
        flags |= TOKEN_FIXED_LAST_COLUMN;
    return emit_area(parser, sheet, area_of(a.position, b.position), flags);
}

static size_t read_corner(const struct parser *parser, size_t ahead, struct corner *corner)
{
    char word[POSITION_TEXT_BYTES + 2];
    size_t length = 0;
    while (length < sizeof word - 1 &&
           (is_word(peek(parser, ahead + length)) || peek(parser, ahead + length) == '$')) {
        word[length] = peek(parser, ahead + length);
        length++;
    }
    word[length] = '\0';
    size_t used = position_read(word, &corner->position, &corner->fixed);
    return used == length ? used : 0;
}

/* "$C" or "$3" without the rest of a position: a whole column or row. */
static size_t read_column_word(const struct parser *parser, size_t ahead, struct corner *corner)
{
    char word[8];
    size_t length = 0, dollar = peek(parser, ahead) == '$';
    while (length < sizeof word - 1 && is_letter(peek(parser, ahead + dollar + length))) {
        word[length] = peek(parser, ahead + dollar + length);
        length++;
    }
    word[length] = '\0';
    if (!length || column_read(word, &corner->position.column) != length ||
        is_word(peek(parser, ahead + dollar + length)))
        return 0;
    corner->fixed = dollar ? POSITION_FIXED_COLUMN : 0;
    return dollar + length;
}

static size_t read_row_word(const struct parser *parser, size_t ahead, struct corner *corner)
{
    size_t dollar = peek(parser, ahead) == '$', length = dollar;
    uint32_t row = 0;
    while (is_digit(peek(parser, ahead + length)) && row <= ROWS)
        row = row * 10 + (uint32_t)(peek(parser, ahead + length++) - '0');
    if (!row || row > ROWS || is_word(peek(parser, ahead + length)))
        return 0;
    corner->position.row = row - 1;
    corner->fixed = dollar ? POSITION_FIXED_ROW : 0;
    return length;
}

typedef size_t word_reader(const struct parser *parser, size_t ahead, struct corner *corner);

/* How many characters lead to what stands behind a ':', blanks included; 0: there is none. Printed
 * they are not there, so 'L : Y' has to mean the columns that 'L:Y' means. */
static size_t read_colon(const struct parser *parser, size_t ahead)
{
    size_t length = 0;
    while (is_space(peek(parser, ahead + length)))
        length++;
    if (peek(parser, ahead + length++) != ':')
        return 0;
    while (is_space(peek(parser, ahead + length)))
        length++;
    return length;
}

static size_t read_two_words(const struct parser *parser, word_reader *read, struct corner *a,
                             struct corner *b)
{
    size_t length = read(parser, 0, a);
    size_t colon = length ? read_colon(parser, length) : 0;
    size_t second = colon ? read(parser, length + colon, b) : 0;
    if (!second || peek(parser, length + colon + second) == '(')
        return 0;
    return length + colon + second;
}

/* A:C, 3:5. *done: there was one, and it was emitted, or that failed (false is returned). */
static bool parse_whole_lines(struct parser *parser, sheet_id sheet, bool *done)
{
    struct corner a = {0}, b = {0};
    size_t length = read_two_words(parser, read_column_word, &a, &b);
    unsigned flags = TOKEN_WHOLE_COLUMNS;
    if (!length) {
        length = read_two_words(parser, read_row_word, &a, &b);
        flags = TOKEN_WHOLE_ROWS;
    }
    *done = length != 0;
    if (!length)
        return true;
    bool is_columns = flags == TOKEN_WHOLE_COLUMNS;
    bool swap =
        is_columns ? b.position.column < a.position.column : b.position.row < a.position.row;
    struct corner first = swap ? b : a, last = swap ? a : b;
    if (is_columns) {
        first.position.row = 0;
        last.position.row = ROWS - 1;
        flags |= TOKEN_FIXED_ROW | TOKEN_FIXED_LAST_ROW;
        flags |= first.fixed ? TOKEN_FIXED_COLUMN : 0;
        flags |= last.fixed ? TOKEN_FIXED_LAST_COLUMN : 0;
    } else {
        first.position.column = 0;
        last.position.column = COLUMNS - 1;
        flags |= TOKEN_FIXED_COLUMN | TOKEN_FIXED_LAST_COLUMN;
        flags |= first.fixed ? TOKEN_FIXED_ROW : 0;
        flags |= last.fixed ? TOKEN_FIXED_LAST_ROW : 0;
    }
    if (!emit_area(parser, sheet, (struct area){first.position, last.position}, flags))
        return false;
    parser->at += length;
    return true;
}

/* A1, A1:B2. *done as above. */
static bool parse_cells(struct parser *parser, sheet_id sheet, bool *done)
{
    struct corner a, b;
    size_t length = read_corner(parser, 0, &a);
    *done = length && peek(parser, length) != '(' && peek(parser, length) != '!';
    if (!*done)
        return true;
    size_t colon = read_colon(parser, length);
    size_t second = colon ? read_corner(parser, length + colon, &b) : 0;
    char behind = peek(parser, length + colon + second);
    if (second && behind != '(' && behind != '!') {
        if (!emit_corners(parser, sheet, a, b))
            return false;
        parser->at += length + colon + second;
        return true;
    }
    if (!emit_cell(parser, sheet, a.position, a.fixed))
        return false;
    parser->at += length;
    return true;
}

static bool parse_reference(struct parser *parser, sheet_id sheet, bool *done)
{
    return parse_whole_lines(parser, sheet, done) && (*done || parse_cells(parser, sheet, done));
}

/* A name in single quotes, which stand twice within it. */
static bool read_quoted(struct parser *parser, char *word, size_t *length)
{
    size_t start = parser->at++;
    *length = 0;
    for (;; parser->at++) {
        if (parser->at >= parser->size_bytes)
            return fail_at(parser, start, "the sheet's name that begins here has no closing '");
        if (peek(parser, 0) == '\'' && peek(parser, 1) != '\'')
            break;
        if (peek(parser, 0) == '\'')
            parser->at++;
        if (*length == WORD_BYTES_MAX)
            return fail_at(parser, start, "no sheet has so long a name");
        word[(*length)++] = peek(parser, 0);
    }
    parser->at++;
    return true;
}

static bool find_sheet(struct parser *parser, const char *name, size_t length, size_t offset,
                       sheet_id *sheet)
{
    struct book *book = parser->options->book;
    if (memchr(name, '[', length))
        return fail_at(parser, offset, "other workbooks cannot be referred to");
    if (memchr(name, ':', length))
        return fail_at(parser, offset, "references through several sheets are not supported");
    const struct sheet *found = book_find_sheet(book, name, length);
    if (found) {
        *sheet = found->id;
        return true;
    }
    *sheet = parser->options->sheets_may_come ? book_sheet_number(book, name, length) : SHEET_OWN;
    if (*sheet != SHEET_OWN)
        return true;
    struct parsed *parsed = parser->parsed;
    parsed->error_offset = offset;
    (void)snprintf(parsed->error_text, sizeof parsed->error_text, "there is no sheet '%.*s'",
                   (int)(length < 64 ? length : 64), name);
    return false;
}

/* What follows a sheet's name and its '!'. */
static bool parse_on_sheet(struct parser *parser, const char *name, size_t length, size_t offset)
{
    sheet_id sheet;
    if (!find_sheet(parser, name, length, offset, &sheet))
        return false;
    if (peek(parser, 0) == '#')
        return parse_error_value(parser);
    bool done;
    if (!parse_reference(parser, sheet, &done))
        return false;
    if (done)
        return true;
    size_t start = parser->at;
    while (is_word(peek(parser, 0)))
        parser->at++;
    name_id id = name_is_allowed(parser->text + start, parser->at - start)
                     ? name_number(parser->options->book->names, parser->text + start,
                                   parser->at - start, sheet)
                     : 0;
    if (!id)
        return fail_at(parser, start, "behind the sheet's name a reference is expected");
    return emit(parser, (struct token){.kind = TOKEN_NAME, .sheet = sheet, .name = id});
}

static bool parse_quoted(struct parser *parser)
{
    char name[WORD_BYTES_MAX + 1];
    size_t length, offset = parser->at;
    if (!read_quoted(parser, name, &length))
        return false;
    if (!take(parser, '!'))
        return fail(parser, "behind a sheet's name '!' is expected");
    return parse_on_sheet(parser, name, length, offset);
}

/* ---- [.A1:$Sheet.B2]
 * ------------------------------------------------------------------------------ */

/* The sheet in front of a '.', or none. */
static bool read_bracket_sheet(struct parser *parser, sheet_id *sheet)
{
    char name[WORD_BYTES_MAX + 1];
    size_t length = 0, offset = parser->at;
    *sheet = SHEET_OWN;
    (void)take(parser, '$'); /* fixed or not, a sheet is a sheet */
    if (take(parser, '.'))
        return true;
    if (peek(parser, 0) == '\'') {
        if (!read_quoted(parser, name, &length))
            return false;
    } else {
        while (parser->at < parser->size_bytes && !strchr(".:]", peek(parser, 0)) &&
               length < WORD_BYTES_MAX)
            name[length++] = parser->text[parser->at++];
    }
    if (!take(parser, '.'))
        return fail(parser, "expected '.' behind the sheet's name");
    return find_sheet(parser, name, length, offset, sheet);
}

static bool is_lost_reference(struct parser *parser)
{
    const char *end = memchr(parser->text + parser->at, ']', parser->size_bytes - parser->at);
    size_t length = end ? (size_t)(end - parser->text) - parser->at : 0;
    if (!end || !memmem(parser->text + parser->at, length, "#REF!", 5))
        return false;
    parser->at += length + 1;
    return true;
}

static bool emit_bracket_lines(struct parser *parser, sheet_id sheet, bool *done)
{
    /* [.A:.C] has a point in front of its second word, which parse_whole_lines does not expect. */
    struct corner a = {0}, b = {0};
    size_t first = read_column_word(parser, 0, &a);
    word_reader *read = read_column_word;
    if (!first || peek(parser, first) != ':') {
        read = read_row_word;
        first = read_row_word(parser, 0, &a);
    }
    *done = false;
    if (!first || peek(parser, first) != ':')
        return true;
    size_t point = peek(parser, first + 1) == '.';
    size_t second = read(parser, first + 1 + point, &b);
    if (!second)
        return true;
    *done = true;
    unsigned flags = read == read_column_word
                         ? TOKEN_WHOLE_COLUMNS | TOKEN_FIXED_ROW | TOKEN_FIXED_LAST_ROW
                         : TOKEN_WHOLE_ROWS | TOKEN_FIXED_COLUMN | TOKEN_FIXED_LAST_COLUMN;
    if (read == read_column_word) {
        a.position.row = 0;
        b.position.row = ROWS - 1;
        flags |= (a.fixed ? TOKEN_FIXED_COLUMN : 0) | (b.fixed ? TOKEN_FIXED_LAST_COLUMN : 0);
    } else {
        a.position.column = 0;
        b.position.column = COLUMNS - 1;
        flags |= (a.fixed ? TOKEN_FIXED_ROW : 0) | (b.fixed ? TOKEN_FIXED_LAST_ROW : 0);
    }
    parser->at += first + 1 + point + second;
    return emit_area(parser, sheet, area_of(a.position, b.position), flags);
}

static bool parse_bracket_corners(struct parser *parser, sheet_id sheet)
{
    struct corner a, b;
    size_t length = read_corner(parser, 0, &a);
    sheet_id second_sheet = sheet;
    if (!length)
        return fail(parser, "expected a reference such as [.A1]");
    parser->at += length;
    if (!take(parser, ':'))
        return emit_cell(parser, sheet, a.position, a.fixed);
    if (!read_bracket_sheet(parser, &second_sheet))
        return false;
    if (second_sheet != SHEET_OWN && second_sheet != sheet)
        return fail(parser, "references through several sheets are not supported");
    length = read_corner(parser, 0, &b);
    if (!length)
        return fail(parser, "expected the other corner of the area");
    parser->at += length;
    return emit_corners(parser, sheet, a, b);
}

static bool parse_bracket(struct parser *parser)
{
    sheet_id sheet;
    bool done;
    parser->at++;
    if (is_lost_reference(parser))
        return emit(parser, (struct token){.kind = TOKEN_ERROR, .error = ERROR_REF});
    if (!read_bracket_sheet(parser, &sheet) || !emit_bracket_lines(parser, sheet, &done))
        return false;
    if (!done && !parse_bracket_corners(parser, sheet))
        return false;
    return take(parser, ']') || fail(parser, "expected ']'");
}

/* ---- functions
 * ------------------------------------------------------------------------------------ */

/* Prefixes by which files mark functions that came later. */
static void skip_prefix(const char **name, size_t *length)
{
    static const char *const prefixes[] = {
        "_xlfn._xlws.",     "_xlfn.",
        "_xlws.",           "COM.MICROSOFT.",
        "ORG.LIBREOFFICE.", "ORG.OPENOFFICE.",
        "ORG.GNUMERIC.",    "_xlfngnumeric.",
        "_xlfnodf.",        "COM.SUN.STAR.SHEET.ADDIN.ANALYSIS.GET"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t prefix = strlen(prefixes[i]);
        if (*length > prefix && strncasecmp(*name, prefixes[i], prefix) == 0) {
            *name += prefix;
            *length -= prefix;
            return;
        }
    }
}

/* What OpenDocument calls by another name, or by one that Excel has for something else. */
static void translate_name(const char **name, size_t *length)
{
    static const char *const names[][2] = {
        {"CEILING", "CEILING.MATH"},
        {"FLOOR", "FLOOR.MATH"},
        {"CHISQDIST", "CHISQ.DIST"},
        {"CHISQINV", "CHISQ.INV"},
        {"FDIST", "F.DIST"},
        {"FINV", "F.INV"},
        {"LEGACY.CHIDIST", "CHIDIST"},
        {"LEGACY.CHIINV", "CHIINV"},
        {"LEGACY.CHITEST", "CHITEST"},
        {"LEGACY.FDIST", "FDIST"},
        {"LEGACY.FINV", "FINV"},
        {"LEGACY.NORMSDIST", "NORMSDIST"},
        {"LEGACY.NORMSINV", "NORMSINV"},
        {"LEGACY.TDIST", "TDIST"},
        {"SKEWP", "SKEW.P"},
        {"B", "BINOM.DIST.RANGE"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (*length == strlen(names[i][0]) && strncasecmp(*name, names[i][0], *length) == 0) {
            *name = names[i][1];
            *length = strlen(names[i][1]);
            return;
        }
}

/* How a lazy function's arguments are parted by jumps. */
enum laziness { EAGER, LAZY_IF, LAZY_ERROR, LAZY_CHOOSE };

static enum laziness laziness_of(const struct function *function)
{
    if (!function || !(function->flags & FUNCTION_IS_LAZY))
        return EAGER;
    if (strcmp(function->name, "IF") == 0)
        return LAZY_IF;
    return strcmp(function->name, "CHOOSE") == 0 ? LAZY_CHOOSE : LAZY_ERROR;
}

/* A lazy call while its arguments are read: the jump whose target is behind the argument being read
 * (next), and a list of those that lead behind the call, each of which holds the one before it in
 * its extent until the end is known. */
struct jumps {
    enum laziness laziness;
    function_id function;
    size_t next, last_to_end;
};
static const size_t NO_JUMP = SIZE_MAX;

static bool emit_jump(struct parser *parser, enum token_kind kind, function_id function)
{
    return emit(parser, (struct token){.kind = (uint8_t)kind, .function = function});
}

static void land_next(struct parser *parser, struct jumps *jumps)
{
    if (jumps->next == NO_JUMP)
        return;
    parser->parsed->tokens[jumps->next].extent =
        (uint32_t)(parser->parsed->token_count - jumps->next - 1);
    jumps->next = NO_JUMP;
}

static bool jump_to_end(struct parser *parser, struct jumps *jumps, enum token_kind kind)
{
    size_t at = parser->parsed->token_count;
    if (!emit_jump(parser, kind, jumps->function))
        return false;
    parser->parsed->tokens[at].extent = (uint32_t)jumps->last_to_end; /* cut of NO_JUMP is kept */
    jumps->last_to_end = at;
    return true;
}

static void land_at_end(struct parser *parser, struct jumps *jumps)
{
    struct token *tokens = parser->parsed->tokens;
    size_t end = parser->parsed->token_count, at = jumps->last_to_end;
    while (at != NO_JUMP) {
        uint32_t before = tokens[at].extent;
        tokens[at].extent = (uint32_t)(end - at - 1);
        at = before == (uint32_t)NO_JUMP ? NO_JUMP : before;
    }
}

/* Behind argument number index (from 0), of which more follow or not. */
static bool part_arguments(struct parser *parser, struct jumps *jumps, unsigned index,
                           bool more_follow)
{
    size_t at = parser->parsed->token_count;
    switch (jumps->laziness) {
    case EAGER:
        return true;
    case LAZY_ERROR:
        return !more_follow || index || jump_to_end(parser, jumps, TOKEN_ENSURE);
    case LAZY_IF:
        if (index == 0) {
            if (!more_follow)
                return true;
            jumps->next = at;
            return emit_jump(parser, TOKEN_WHEN, jumps->function);
        }
        break;
    case LAZY_CHOOSE:
        if (index == 0) {
            jumps->next = at;
            return emit_jump(parser, TOKEN_PICK, jumps->function);
        }
        break;
    }
    if (!jump_to_end(parser, jumps, TOKEN_OTHERWISE))
        return false;
    land_next(parser, jumps);
    if (jumps->laziness != LAZY_CHOOSE || !more_follow)
        return true;
    jumps->next = parser->parsed->token_count;
    return emit_jump(parser, TOKEN_PICK, jumps->function);
}

static bool parse_argument(struct parser *parser, bool *is_written)
{
    skip_spaces(parser);
    char c = peek(parser, 0);
    *is_written = c != argument_separator(parser) && c != ')';
    if (!*is_written)
        return emit_kind(parser, TOKEN_MISSING);
    return parse_strength(parser, STRENGTH_COMPARE);
}

static bool wrong_count(struct parser *parser, const struct function *function, size_t offset)
{
    struct parsed *parsed = parser->parsed;
    parsed->error_offset = offset;
    (void)snprintf(parsed->error_text, sizeof parsed->error_text,
                   "%s has too few or too many arguments; it is %s", function->name,
                   function->usage ? function->usage : function->name);
    return false;
}

static bool parse_arguments(struct parser *parser, struct jumps *jumps, unsigned *count)
{
    bool is_written, more_follow;
    *count = 0;
    skip_spaces(parser);
    if (take(parser, ')'))
        return true;
    do {
        if (*count == FORMULA_ARGUMENTS_MAX)
            return fail(parser, "more than 255 arguments");
        if (!parse_argument(parser, &is_written))
            return false;
        skip_spaces(parser);
        more_follow = take(parser, argument_separator(parser));
        if (!part_arguments(parser, jumps, *count, more_follow))
            return false;
        ++*count;
    } while (more_follow);
    if (peek(parser, 0) == ';')
        return fail(parser, "arguments stand apart by commas");
    return take(parser, ')') || fail(parser, "expected ')' or another argument");
}

static bool emit_unknown(struct parser *parser, const char *name, size_t length, unsigned count)
{
    text_id text = text_keep(parser->options->book->texts, name, length);
    if (!text)
        return lack_memory(parser, parser->at, "no memory is left for this name");
    if (emit(parser, (struct token){.kind = TOKEN_UNKNOWN, .count = count, .text = text}))
        return true;
    text_drop(parser->options->book->texts, text);
    return false;
}

/* The name has been read, and the '(' behind it. */
static bool parse_call(struct parser *parser, const char *name, size_t length, size_t offset)
{
    const char *written = name;
    size_t written_length = length;
    skip_prefix(&name, &length);
    if (is_open_formula(parser) && name == written)
        translate_name(&name, &length);
    int found = function_find(name, length);
    const struct function *function = found < 0 ? NULL : function_of((function_id)found);
    struct jumps jumps = {.laziness = laziness_of(function),
                          .function = found < 0 ? 0 : (function_id)found,
                          .next = NO_JUMP,
                          .last_to_end = NO_JUMP};
    bool comma_united = parser->comma_unites;
    unsigned count;
    parser->comma_unites = false;
    bool is_parsed = parse_arguments(parser, &jumps, &count);
    parser->comma_unites = comma_united;
    if (!is_parsed)
        return false;
    if (!function)
        return emit_unknown(parser, written, written_length, count);
    if (count < function->least || (function->most != 255 && count > function->most))
        return wrong_count(parser, function, offset);
    land_next(parser, &jumps);
    if (!emit(parser,
              (struct token){.kind = TOKEN_CALL, .count = count, .function = (function_id)found}))
        return false;
    land_at_end(parser, &jumps);
    return true;
}

/* ---- operands
 * ------------------------------------------------------------------------------------- */

static bool parse_name(struct parser *parser, const char *word, size_t length, size_t offset)
{
    if (!name_is_allowed(word, length))
        return fail_at(parser, offset, "this is neither a reference nor a name");
    name_id name = name_number(parser->options->book->names, word, length, parser->options->sheet);
    if (!name)
        return lack_memory(parser, offset, "no memory is left for this name");
    return emit(parser, (struct token){.kind = TOKEN_NAME, .name = name});
}

static bool parse_word(struct parser *parser)
{
    size_t offset = parser->at, length = 0;
    const char *word = parser->text + offset;
    while (is_word(peek(parser, length)))
        length++;
    if (!length)
        return fail(parser, parser->at < parser->size_bytes
                                ? "a number, text, reference or function is expected here"
                                : "the formula ends where an operand is expected");
    parser->at += length;
    if (take(parser, '('))
        return parse_call(parser, word, length, offset);
    if (take(parser, '!'))
        return parse_on_sheet(parser, word, length, offset);
    if (peek(parser, 0) == '[')
        return fail(parser, "references to tables are not supported");
    parser->at = offset;
    if (take_word(parser, "TRUE"))
        return emit(parser, (struct token){.kind = TOKEN_BOOLEAN, .truth = 1});
    if (take_word(parser, "FALSE"))
        return emit(parser, (struct token){.kind = TOKEN_BOOLEAN});
    parser->at = offset + length;
    return parse_name(parser, word, length, offset);
}

static bool parse_parentheses(struct parser *parser)
{
    bool comma_united = parser->comma_unites;
    parser->at++;
    parser->comma_unites = true;
    bool is_parsed = parse_strength(parser, STRENGTH_COMPARE);
    parser->comma_unites = comma_united;
    if (!is_parsed)
        return false;
    skip_spaces(parser);
    return (take(parser, ')') || fail(parser, "expected ')'")) &&
           emit_kind(parser, TOKEN_PARENTHESES);
}

static bool parse_prefix(struct parser *parser, enum token_kind kind)
{
    parser->at++;
    return parse_strength(parser, STRENGTH_PREFIX) && emit_kind(parser, kind);
}

/* Some programs write names that begin with a digit without quotes: 28Fri!A1. */
static bool is_sheet_ahead(const struct parser *parser)
{
    size_t length = 0;
    while (is_word(peek(parser, length)))
        length++;
    return length && peek(parser, length) == '!' && !is_open_formula(parser);
}

static bool parse_operand(struct parser *parser)
{
    bool done;
    skip_spaces(parser);
    char c = peek(parser, 0);
    if (c == '-' || c == '+')
        return parse_prefix(parser, c == '-' ? TOKEN_NEGATE : TOKEN_PLUS);
    if (c == '@') { /* "the value in this row": what is meant without it, too */
        parser->at++;
        return parse_strength(parser, STRENGTH_PREFIX);
    }
    switch (c) {
    case '(':
        return parse_parentheses(parser);
    case '"':
        return parse_text(parser);
    case '#':
        return parse_error_value(parser);
    case '{':
        return parse_array(parser);
    case '\'':
        return parse_quoted(parser);
    case '[':
        return is_open_formula(parser) ? parse_bracket(parser)
                                       : fail(parser, "other workbooks cannot be referred to");
    default:
        break;
    }
    if (!is_open_formula(parser)) {
        if (!parse_reference(parser, SHEET_OWN, &done) || done)
            return done;
    }
    if (is_sheet_ahead(parser))
        return parse_word(parser);
    if (is_digit(c) || (c == '.' && is_digit(peek(parser, 1)))) {
        double number;
        return read_number(parser, &number) && emit_number(parser, number);
    }
    return parse_word(parser);
}

/* ---- operators
 * ------------------------------------------------------------------------------------ */

struct infix {
    enum token_kind kind;
    enum strength strength;
    size_t length;
};

static struct infix compare_operator(char c, char next)
{
    struct infix found = {.strength = STRENGTH_COMPARE, .length = 1};
    if (c == '=') {
        found.kind = TOKEN_EQUAL;
        return found;
    }
    found.kind = c == '<' ? TOKEN_LESS : TOKEN_GREATER;
    if (next != '=' && !(c == '<' && next == '>'))
        return found;
    found.length = 2;
    if (next == '>')
        found.kind = TOKEN_NOT_EQUAL;
    else
        found.kind = c == '<' ? TOKEN_LESS_EQUAL : TOKEN_GREATER_EQUAL;
    return found;
}

static bool gives_reference(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_CELL:
    case TOKEN_AREA:
    case TOKEN_NAME:
    case TOKEN_RANGE:
    case TOKEN_MEET:
    case TOKEN_UNITE:
    case TOKEN_UNKNOWN:
    case TOKEN_PARENTHESES:
    case TOKEN_CALL:
        return true;
    case TOKEN_ERROR:
        return token->error == ERROR_REF;
    default:
        return false;
    }
}

static bool begins_reference(char c)
{
    return is_letter(c) || c == '$' || c == '(' || c == '\'' || c == '#';
}

/* Length 0: none. A space is an operator only between references. */
static struct infix infix_here(const struct parser *parser, bool after_space)
{
    char c = peek(parser, 0);
    switch (c) {
    case '+':
        return (struct infix){TOKEN_ADD, STRENGTH_ADD, 1};
    case '-':
        return (struct infix){TOKEN_SUBTRACT, STRENGTH_ADD, 1};
    case '*':
        return (struct infix){TOKEN_MULTIPLY, STRENGTH_MULTIPLY, 1};
    case '/':
        return (struct infix){TOKEN_DIVIDE, STRENGTH_MULTIPLY, 1};
    case '^':
        return (struct infix){TOKEN_POWER, STRENGTH_POWER, 1};
    case '&':
        return (struct infix){TOKEN_JOIN, STRENGTH_JOIN, 1};
    case '%':
        return (struct infix){TOKEN_PERCENT, STRENGTH_PERCENT, 1};
    case ':':
        return (struct infix){TOKEN_RANGE, STRENGTH_RANGE, 1};
    case '<':
    case '>':
    case '=':
        return compare_operator(c, peek(parser, 1));
    case '~':
        if (is_open_formula(parser))
            return (struct infix){TOKEN_UNITE, STRENGTH_UNITE, 1};
        break;
    case '!':
        if (is_open_formula(parser))
            return (struct infix){TOKEN_MEET, STRENGTH_MEET, 1};
        break;
    case ',':
        if (parser->comma_unites && !is_open_formula(parser))
            return (struct infix){TOKEN_UNITE, STRENGTH_UNITE, 1};
        break;
    default:
        break;
    }
    const struct parsed *parsed = parser->parsed;
    if (after_space && !is_open_formula(parser) && begins_reference(c) && parsed->token_count &&
        gives_reference(&parsed->tokens[parsed->token_count - 1]))
        return (struct infix){TOKEN_MEET, STRENGTH_MEET, 0};
    return (struct infix){0};
}

static bool joins_references(enum token_kind kind)
{
    return kind >= TOKEN_RANGE && kind <= TOKEN_MEET;
}

static bool is_reference_before(struct parser *parser)
{
    const struct parsed *parsed = parser->parsed;
    return gives_reference(&parsed->tokens[parsed->token_count - 1]) ||
           fail(parser, "':', ' ' and ',' join references only");
}

/* '~' needs no parentheses where a ',' does: then the formula gets them. */
static bool close_union(struct parser *parser)
{
    if (!is_open_formula(parser) || parser->comma_unites)
        return true;
    skip_spaces(parser);
    return peek(parser, 0) == '~' || emit_kind(parser, TOKEN_PARENTHESES);
}

static bool parse_infix(struct parser *parser, struct infix infix)
{
    bool joins = joins_references(infix.kind);
    if (joins && !is_reference_before(parser))
        return false;
    parser->at += infix.length;
    if (infix.kind != TOKEN_PERCENT && !parse_strength(parser, (enum strength)(infix.strength + 1)))
        return false;
    if (joins && !is_reference_before(parser))
        return false;
    return emit_kind(parser, infix.kind) && (infix.kind != TOKEN_UNITE || close_union(parser));
}

static bool parse_operators(struct parser *parser, enum strength least)
{
    for (;;) {
        size_t start = parser->at;
        bool after_space = skip_spaces(parser);
        struct infix infix = infix_here(parser, after_space);
        if (!infix.kind || infix.strength < least) {
            parser->at = start;
            return true;
        }
        if (!parse_infix(parser, infix))
            return false;
    }
}

static bool parse_strength(struct parser *parser, enum strength least)
{
    if (parser->nest == NEST_MAX)
        return fail(parser, "too many parentheses and functions within each other");
    parser->nest++;
    bool is_parsed = parse_operand(parser) && parse_operators(parser, least);
    parser->nest--;
    return is_parsed;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static void skip_front(struct parser *parser)
{
    skip_spaces(parser);
    if (is_open_formula(parser))
        for (size_t i = 0; i < 2; i++) {
            const char *prefix = i ? "oooc:" : "of:";
            size_t length = strlen(prefix);
            if (length <= parser->size_bytes - parser->at &&
                strncasecmp(parser->text + parser->at, prefix, length) == 0)
                parser->at += length;
        }
    (void)take(parser, '='); /* may be left out */
}

static size_t character_count(const char *text, size_t size_bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < size_bytes; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static bool parse_whole(struct parser *parser)
{
    if (character_count(parser->text, parser->size_bytes) > FORMULA_TEXT_MAX)
        return fail(parser, "the formula has more than 8192 characters");
    skip_front(parser);
    if (!parse_strength(parser, STRENGTH_COMPARE))
        return false;
    skip_spaces(parser);
    if (parser->at != parser->size_bytes)
        return fail(parser, peek(parser, 0) == ')' ? "this ')' has no '('"
                                                   : "an operator is expected here");
    return formula_is_valid(parser->parsed->tokens, parser->parsed->token_count) ||
           fail(parser, "the formula is too deep");
}

bool parse_formula(struct parsed *parsed, const char *text, size_t text_bytes,
                   const struct parse_options *options)
{
    struct parser parser = {
        .text = text, .size_bytes = text_bytes, .options = options, .parsed = parsed};
    parsed->token_count = 0;
    parsed->error_offset = 0;
    parsed->error_text[0] = '\0';
    parsed->lacks_memory = false;
    if (parse_whole(&parser))
        return true;
    parse_drop(parsed, options->book);
    return false;
}

void parse_drop(struct parsed *parsed, struct book *book)
{
    for (size_t i = 0; i < parsed->token_count; i++)
        if (parsed->tokens[i].kind == TOKEN_TEXT || parsed->tokens[i].kind == TOKEN_UNKNOWN)
            text_drop(book->texts, parsed->tokens[i].text);
    parsed->token_count = 0;
}

static void tell_error(struct parse_error *error, size_t offset, const char *sentence,
                       bool lacks_memory)
{
    if (!error)
        return;
    error->offset = offset;
    error->lacks_memory = lacks_memory;
    (void)snprintf(error->text, sizeof error->text, "%s", sentence);
}

formula_id parse_and_keep(const char *text, size_t text_bytes, const struct parse_options *options,
                          struct parse_error *error)
{
    struct parsed *parsed = malloc(sizeof *parsed);
    formula_id formula = 0;
    if (!parsed) {
        tell_error(error, 0, "out of memory", true);
        return 0;
    }
    if (parse_formula(parsed, text, text_bytes, options)) {
        formula = formula_keep(options->book->formulas, parsed->tokens, parsed->token_count);
        if (!formula)
            tell_error(error, 0, "no memory is left for this formula", true);
        parse_drop(parsed, options->book);
    } else {
        tell_error(error, parsed->error_offset, parsed->error_text, parsed->lacks_memory);
    }
    free(parsed);
    return formula;
}

bool parse_say(struct problem *problem, const struct parse_error *error, size_t bytes_before)
{
    if (error->lacks_memory)
        return problem_say_memory(problem, "%s", error->text);
    return problem_say(problem, "character %zu: %s", error->offset + bytes_before + 1, error->text);
}
