/* SPDX-License-Identifier: MIT */
/*
 * Tokens stand behind their operands, text is written in between. So first the place where each
 * operand begins is found (start), and then the tree that is in that is walked with a stack of our
 * own: what is still to be written, last things first.
 */
#include "sheet/book/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/book/book.h"
#include "sheet/book/function.h"

struct task {
    uint32_t token;   /* whose operand is to be written, unless there is text */
    const char *text; /* a constant */
};

struct printer {
    const struct token *tokens;
    size_t token_count;
    const struct print_options *options;
    uint32_t *start; /* of each token's operand: the first token that belongs to it */
    struct task *tasks;
    size_t task_count, task_capacity;
    FILE *stream;
};

static bool is_jump(const struct token *token)
{
    return token->kind >= TOKEN_WHEN && token->kind <= TOKEN_PICK;
}

static uint32_t operand_count(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_CALL:
    case TOKEN_UNKNOWN:
        return token->count;
    case TOKEN_ARRAY:
        return token->count * token->columns;
    case TOKEN_NEGATE:
    case TOKEN_PLUS:
    case TOKEN_PERCENT:
    case TOKEN_PARENTHESES:
        return 1;
    default:
        return token->kind >= TOKEN_ADD && token->kind <= TOKEN_MEET ? 2 : 0;
    }
}

/* The last token of the operand that ends in front of a token: jumps are nobody's. */
static uint32_t operand_before(const struct printer *printer, uint32_t token)
{
    do
        token--;
    while (is_jump(&printer->tokens[token]));
    return token;
}

static void find_starts(struct printer *printer)
{
    for (uint32_t i = 0; i < printer->token_count; i++) {
        uint32_t first = i;
        printer->start[i] = i;
        if (is_jump(&printer->tokens[i]))
            continue;
        for (uint32_t n = operand_count(&printer->tokens[i]); n; n--)
            first = printer->start[operand_before(printer, first)];
        printer->start[i] = first;
    }
}

static bool push(struct printer *printer, struct task task)
{
    if (printer->task_count == printer->task_capacity) {
        size_t capacity = printer->task_capacity ? 2 * printer->task_capacity : 256;
        struct task *tasks = reallocarray(printer->tasks, capacity, sizeof *tasks);
        if (!tasks)
            return false;
        printer->tasks = tasks;
        printer->task_capacity = capacity;
    }
    printer->tasks[printer->task_count++] = task;
    return true;
}

static bool push_text(struct printer *printer, const char *text)
{
    return push(printer, (struct task){.text = text});
}

/* ---- leaves -------------------------------------------------------------------------------------
 */

static void print_quoted(FILE *stream, const char *text, size_t size_bytes, char quote)
{
    (void)fputc(quote, stream); /* errors are seen when the stream is closed */
    for (size_t i = 0; i < size_bytes; i++) {
        if (text[i] == quote)
            (void)fputc(quote, stream);
        (void)fputc(text[i], stream);
    }
    (void)fputc(quote, stream);
}

/* A sheet's name may go without quotes when it is a word that is no reference. */
static bool is_plain_name(const char *name)
{
    struct area area;
    if (!name_is_allowed(name, strlen(name)) || area_parse(name, &area))
        return false;
    return !strpbrk(name, "\\?");
}

/* False: the sheet is gone. */
static bool print_sheet(struct printer *printer, sheet_id id)
{
    if (id == SHEET_OWN)
        return true;
    const struct sheet *sheet = book_sheet(printer->options->book, id);
    if (!sheet) {
        (void)fputs(value_error_name(ERROR_REF), printer->stream);
        return false;
    }
    const char *name = sheet_name(printer->options->book, sheet);
    if (is_plain_name(name))
        (void)fputs(name, printer->stream);
    else
        print_quoted(printer->stream, name, strlen(name), '\'');
    (void)fputc('!', printer->stream);
    return true;
}

static unsigned fixed_of(unsigned flags, bool last)
{
    unsigned row = last ? TOKEN_FIXED_LAST_ROW : TOKEN_FIXED_ROW;
    unsigned column = last ? TOKEN_FIXED_LAST_COLUMN : TOKEN_FIXED_COLUMN;
    return (flags & row ? POSITION_FIXED_ROW : 0) | (flags & column ? POSITION_FIXED_COLUMN : 0);
}

static void print_lines(struct printer *printer, const struct token *token, struct area area)
{
    const char *first =
        token->flags & (token->flags & TOKEN_WHOLE_COLUMNS ? TOKEN_FIXED_COLUMN : TOKEN_FIXED_ROW)
            ? "$"
            : "";
    const char *last = token->flags & (token->flags & TOKEN_WHOLE_COLUMNS ? TOKEN_FIXED_LAST_COLUMN
                                                                          : TOKEN_FIXED_LAST_ROW)
                           ? "$"
                           : "";
    if (token->flags & TOKEN_WHOLE_COLUMNS)
        (void)fprintf(printer->stream, "%s%s:%s%s", first, column_name(area.first.column).text,
                      last, column_name(area.last.column).text);
    else
        (void)fprintf(printer->stream, "%s%u:%s%u", first, area.first.row + 1, last,
                      area.last.row + 1);
}

static void print_reference(struct printer *printer, const struct token *token)
{
    struct area area = token_area(token, printer->options->cell);
    if (!print_sheet(printer, token->sheet))
        return;
    if (token->flags & (TOKEN_WHOLE_COLUMNS | TOKEN_WHOLE_ROWS)) {
        print_lines(printer, token, area);
        return;
    }
    (void)fputs(position_name(area.first, fixed_of(token->flags, false)).text, printer->stream);
    if (token->kind == TOKEN_AREA)
        (void)fprintf(printer->stream, ":%s",
                      position_name(area.last, fixed_of(token->flags, true)).text);
}

static void print_text(struct printer *printer, text_id id, bool quoted)
{
    size_t size_bytes;
    const char *text = text_bytes(printer->options->book->texts, id, &size_bytes);
    if (quoted)
        print_quoted(printer->stream, text, size_bytes, '"');
    else
        (void)fwrite(text, 1, size_bytes, printer->stream);
}

static void print_name(struct printer *printer, const struct token *token)
{
    const struct name *name = name_of(printer->options->book->names, token->name);
    sheet_id sheet = token->sheet;
    /* Another sheet's own name means nothing here without it. */
    if (name && sheet == SHEET_OWN && name->sheet != printer->options->sheet)
        sheet = name->sheet;
    if (!print_sheet(printer, sheet))
        return;
    if (name)
        print_text(printer, name->text, false);
    else
        (void)fputs(value_error_name(ERROR_NAME), printer->stream);
}

static void print_number(struct printer *printer, double number)
{
    /* 17 digits where 15 do not give the number back. */
    char text[VALUE_NUMBER_BYTES];
    double back;
    size_t length = value_print_number(number, text);
    if (!value_parse_number(text, length, &back) || back != number)
        (void)snprintf(text, sizeof text, "%.17g", number);
    (void)fputs(text, printer->stream);
}

static void print_leaf(struct printer *printer, const struct token *token)
{
    switch (token->kind) {
    case TOKEN_NUMBER:
        print_number(printer, token->number);
        break;
    case TOKEN_TEXT:
        print_text(printer, token->text, true);
        break;
    case TOKEN_BOOLEAN:
        (void)fputs(token->truth ? "TRUE" : "FALSE", printer->stream);
        break;
    case TOKEN_ERROR:
        (void)fputs(value_error_name((enum value_error)token->error), printer->stream);
        break;
    case TOKEN_CELL:
    case TOKEN_AREA:
        print_reference(printer, token);
        break;
    case TOKEN_NAME:
        print_name(printer, token);
        break;
    default:
        break; /* TOKEN_MISSING is written as nothing */
    }
}

/* ---- the tree -----------------------------------------------------------------------------------
 */

static const char *operator_text(unsigned kind)
{
    static const char *const texts[TOKEN_KINDS] = {
        [TOKEN_NEGATE] = "-",      [TOKEN_PLUS] = "+",
        [TOKEN_PERCENT] = "%",     [TOKEN_ADD] = "+",
        [TOKEN_SUBTRACT] = "-",    [TOKEN_MULTIPLY] = "*",
        [TOKEN_DIVIDE] = "/",      [TOKEN_POWER] = "^",
        [TOKEN_JOIN] = "&",        [TOKEN_LESS] = "<",
        [TOKEN_EQUAL] = "=",       [TOKEN_GREATER] = ">",
        [TOKEN_LESS_EQUAL] = "<=", [TOKEN_RANGE] = ":",
        [TOKEN_UNITE] = ",",       [TOKEN_GREATER_EQUAL] = ">=",
        [TOKEN_MEET] = " ",        [TOKEN_NOT_EQUAL] = "<>",
    };
    return texts[kind];
}

static bool push_operand(struct printer *printer, uint32_t token)
{
    return push(printer, (struct task){.token = token});
}

static bool push_unary(struct printer *printer, uint32_t at)
{
    uint32_t operand = operand_before(printer, at);
    switch (printer->tokens[at].kind) {
    case TOKEN_PARENTHESES:
        return push_text(printer, ")") && push_operand(printer, operand) && push_text(printer, "(");
    case TOKEN_PERCENT:
        return push_text(printer, "%") && push_operand(printer, operand);
    default:
        return push_operand(printer, operand) &&
               push_text(printer, operator_text(printer->tokens[at].kind));
    }
}

static bool push_binary(struct printer *printer, uint32_t at)
{
    uint32_t right = operand_before(printer, at);
    uint32_t left = operand_before(printer, printer->start[right]);
    return push_operand(printer, right) &&
           push_text(printer, operator_text(printer->tokens[at].kind)) &&
           push_operand(printer, left);
}

/* Operands from the last to the first, with what stands between them; behind the n-th of them, from
 * 1, stands row_separator where n is a multiple of columns, else separator. */
static bool push_list(struct printer *printer, uint32_t at, uint32_t count, uint32_t columns,
                      const char *row_separator)
{
    uint32_t first = at;
    for (uint32_t n = count; n; n--) {
        uint32_t operand = operand_before(printer, first);
        if (!push_operand(printer, operand))
            return false;
        first = printer->start[operand];
        if (n > 1 && !push_text(printer, (n - 1) % columns ? "," : row_separator))
            return false;
    }
    return true;
}

static bool push_call(struct printer *printer, uint32_t at)
{
    const struct token *token = &printer->tokens[at];
    if (!push_text(printer, ")") || !push_list(printer, at, token->count, UINT32_MAX, ","))
        return false;
    /* The name comes first of all, so it can be written now. */
    if (token->kind == TOKEN_UNKNOWN) {
        print_text(printer, token->text, false);
    } else {
        const struct function *function = function_of(token->function);
        if (printer->options->for_file && function->flags & FUNCTION_IS_LATER)
            (void)fputs("_xlfn.", printer->stream);
        if (printer->options->for_file && function->flags & FUNCTION_IS_OF_SHEETS)
            (void)fputs("_xlfn._xlws.", printer->stream);
        (void)fputs(function->name, printer->stream);
    }
    return push_text(printer, "(");
}

static bool print_operand(struct printer *printer, uint32_t at)
{
    const struct token *token = &printer->tokens[at];
    switch (token->kind) {
    case TOKEN_CALL:
    case TOKEN_UNKNOWN:
        return push_call(printer, at);
    case TOKEN_ARRAY:
        return push_text(printer, "}") &&
               push_list(printer, at, token->count * token->columns, token->columns, ";") &&
               push_text(printer, "{");
    case TOKEN_NEGATE:
    case TOKEN_PLUS:
    case TOKEN_PERCENT:
    case TOKEN_PARENTHESES:
        return push_unary(printer, at);
    default:
        break;
    }
    if (token->kind >= TOKEN_ADD && token->kind <= TOKEN_MEET)
        return push_binary(printer, at);
    print_leaf(printer, token);
    return true;
}

static bool print_all(struct printer *printer)
{
    find_starts(printer);
    if (!push_operand(printer, (uint32_t)printer->token_count - 1))
        return false;
    while (printer->task_count) {
        struct task task = printer->tasks[--printer->task_count];
        if (task.text)
            (void)fputs(task.text, printer->stream);
        else if (!print_operand(printer, task.token))
            return false;
    }
    return true;
}

char *print_formula(const struct token *tokens, size_t token_count,
                    const struct print_options *options)
{
    char *text = NULL;
    size_t size_bytes = 0;
    struct printer printer = {.tokens = tokens, .token_count = token_count, .options = options};
    printer.start = calloc(token_count ? token_count : 1, sizeof *printer.start);
    printer.stream = open_memstream(&text, &size_bytes);
    bool is_printed = printer.start && printer.stream && (!token_count || print_all(&printer));
    if (printer.stream && fclose(printer.stream) != 0)
        is_printed = false;
    free(printer.start);
    free(printer.tasks);
    if (is_printed)
        return text;
    free(text);
    return NULL;
}
