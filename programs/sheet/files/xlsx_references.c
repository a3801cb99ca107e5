/* SPDX-License-Identifier: MIT */
/*
 * xlsx_references.c - see xlsx_references.h.
 *
 * A walk over the formula's text, which knows as much of it as is needed: texts, names, what stands
 * in brackets. All else goes through as it is.
 */
#include "sheet/files/xlsx_references.h"

#include <stdlib.h>
#include <string.h>

enum { RESOLVED_BYTES_MAX = 1 << 20 }; /* a formula may name 255 sheets in ten bytes, and again */

struct resolving {
    struct arrival *arrival;
    const struct xlsx_tables *tables;
    const struct xlsx_tables_place *place;
    const char *at, *end;
    FILE *stream; /* what fails is seen when it is closed */
    bool has_changed;
    unsigned through_sheets; /* references that were */
};

static bool is_letter(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           (unsigned char)c >= 0x80 || (c && strchr("_.\\?", c));
}

static const char *word_end(const struct resolving *resolving, const char *at)
{
    while (at < resolving->end && is_letter(*at))
        at++;
    return at;
}

static bool is_at(const struct resolving *resolving, const char *at, char c)
{
    return at < resolving->end && *at == c;
}

static void put_to(struct resolving *resolving, const char *to)
{
    (void)fwrite(resolving->at, 1, (size_t)(to - resolving->at), resolving->stream);
    resolving->at = to;
}

/* ---- through several sheets -------------------------------------------------------------------
 */

/* "Jan", or what stands between quotes, where one within stands twice. */
struct span {
    const char *first, *last; /* names, with their ends */
    const char *first_end, *last_end;
};

static struct sheet *find_sheet(const struct resolving *resolving, const char *name,
                                const char *name_end)
{
    char plain[4 * SHEET_NAME_CHARACTERS_MAX + 1];
    size_t length = 0;
    for (; name < name_end; name++) {
        if (length == sizeof plain)
            return NULL;
        plain[length++] = *name;
        name += *name == '\'' && name + 1 < name_end && name[1] == '\'';
    }
    return book_find_sheet(resolving->arrival->book, plain, length);
}

static void put_sheet(FILE *stream, const char *name)
{
    (void)fputc('\'', stream);
    for (; *name; name++) {
        if (*name == '\'')
            (void)fputc('\'', stream);
        (void)fputc(*name, stream);
    }
    (void)fputs("'!", stream);
}

/* "$B$2", "A:C", "B2:B9". */
static const char *reference_end(const struct resolving *resolving, const char *at)
{
    const char *start = at;
    for (; at < resolving->end && (is_letter(*at) || *at == '$' || *at == ':'); at++)
        if (*at == ':' && at == start)
            break;
    return at;
}

/* false: it is none. reference: behind the "!". */
static bool put_span(struct resolving *resolving, const struct span *span, const char *reference)
{
    const struct book *book = resolving->arrival->book;
    const struct sheet *first = find_sheet(resolving, span->first, span->first_end);
    const struct sheet *last = find_sheet(resolving, span->last, span->last_end);
    const char *end = reference_end(resolving, reference);
    if (!first || !last || end == reference || ftell(resolving->stream) > RESOLVED_BYTES_MAX)
        return false;
    size_t from = book_place_of(book, first), to = book_place_of(book, last);
    if (from > to) {
        size_t other = from;
        from = to;
        to = other;
    }
    for (size_t place = from; place <= to; place++) {
        (void)fputc(place == from ? '(' : ',', resolving->stream);
        put_sheet(resolving->stream, sheet_name(book, book->sheets[place]));
        (void)fwrite(reference, 1, (size_t)(end - reference), resolving->stream);
    }
    (void)fputc(')', resolving->stream);
    resolving->at = end;
    resolving->through_sheets++;
    return resolving->has_changed = true;
}

/* ---- pieces of the formula --------------------------------------------------------------------
 */

static void resolve_text(struct resolving *resolving)
{
    const char *start = resolving->at;
    const char *end = memchr(start + 1, '"', (size_t)(resolving->end - start - 1));
    put_to(resolving, end ? end + 1 : resolving->end); /* one within stands twice: two texts here */
}

/* 'Sheet one'!A1, 'Jan 1:Mar 1'!A1 */
static void resolve_quoted(struct resolving *resolving)
{
    const char *start = resolving->at + 1, *end = start;
    while (end < resolving->end && (*end != '\'' || is_at(resolving, end + 1, '\'')))
        end += *end == '\'' ? 2 : 1;
    if (end >= resolving->end) {
        put_to(resolving, resolving->end);
        return;
    }
    const char *colon = memchr(start, ':', (size_t)(end - start));
    if (colon && is_at(resolving, end + 1, '!') &&
        put_span(resolving, &(struct span){start, colon + 1, colon, end}, end + 2))
        return;
    put_to(resolving, end + 1);
}

static bool resolve_table(struct resolving *resolving, const char *name_end)
{
    struct xlsx_tables_text text = {.name = resolving->at,
                                    .name_bytes = (size_t)(name_end - resolving->at),
                                    .at = name_end,
                                    .end = resolving->end};
    if (!xlsx_tables_put(resolving->tables, resolving->place, &text, resolving->stream))
        return false;
    resolving->at = text.at;
    return resolving->has_changed = true;
}

/* A function, a sheet's name, several sheets', a table's, or any other word. */
static void resolve_word(struct resolving *resolving)
{
    const char *start = resolving->at, *end = word_end(resolving, start), *next = end;
    if (is_at(resolving, end, ':'))
        next = word_end(resolving, end + 1);
    if (next > end + 1 && is_at(resolving, next, '!') &&
        put_span(resolving, &(struct span){start, end + 1, end, next}, next + 1))
        return;
    if (!is_at(resolving, end, '(') && !is_at(resolving, end, '!') && resolve_table(resolving, end))
        return;
    put_to(resolving, end);
}

/* "[@Price]" in the table itself; or "[1]Sheet1!A1", of another workbook. */
static void resolve_bracket(struct resolving *resolving)
{
    static const char own[] = "[0]!"; /* of this workbook, so that its names are meant */
    const char *next = resolving->at + 1;
    size_t left = (size_t)(resolving->end - resolving->at);
    bool is_number = next < resolving->end && *next >= '0' && *next <= '9';
    if (left > sizeof own - 1 && memcmp(resolving->at, own, sizeof own - 1) == 0) {
        resolving->at += sizeof own - 1;
        resolving->has_changed = true;
        return;
    }
    if (!is_number && resolve_table(resolving, resolving->at))
        return;
    const char *end = memchr(resolving->at, ']', (size_t)(resolving->end - resolving->at));
    put_to(resolving, end ? end + 1 : resolving->end);
}

static void resolve_all(struct resolving *resolving)
{
    while (resolving->at < resolving->end) {
        char c = *resolving->at;
        if (c == '"')
            resolve_text(resolving);
        else if (c == '\'')
            resolve_quoted(resolving);
        else if (c == '[')
            resolve_bracket(resolving);
        else if (c == '!') /* a name of a sheet is behind it, or a reference */
            put_to(resolving, word_end(resolving, resolving->at + 1));
        else if (is_letter(c))
            resolve_word(resolving);
        else
            put_to(resolving, resolving->at + 1);
    }
}

static void tell(const struct resolving *resolving)
{
    static const char what[] = "references through several sheets";
    if (!resolving->through_sheets)
        return;
    if (resolving->place->sheet)
        arrival_lose(resolving->arrival, what, resolving->place->sheet, resolving->place->cell);
    else
        losses_add(resolving->arrival->losses, what, NULL);
}

/* Most formulas have nothing of it, and tell so by their letters. */
static bool may_have_some(struct value formula)
{
    const char *mark = memchr(formula.text, '!', formula.text_bytes);
    size_t before = mark ? (size_t)(mark - formula.text) : 0;
    return mark && (memchr(formula.text, ':', before) || memchr(formula.text, '[', before));
}

bool xlsx_references_resolve(struct arrival *arrival, const struct xlsx_tables *tables,
                             const struct xlsx_tables_place *place, struct value formula,
                             char **resolved)
{
    size_t size_bytes;
    struct resolving resolving = {.arrival = arrival,
                                  .tables = tables,
                                  .place = place,
                                  .at = formula.text,
                                  .end = formula.text + formula.text_bytes};
    *resolved = NULL;
    if (!xlsx_tables_count(tables) && !may_have_some(formula))
        return true;
    resolving.stream = open_memstream(resolved, &size_bytes);
    if (!resolving.stream)
        return problem_out_of_memory(arrival->problem);
    resolve_all(&resolving);
    bool failed = ferror(resolving.stream) != 0;
    failed = fclose(resolving.stream) != 0 || failed;
    if (failed || !resolving.has_changed) {
        free(*resolved);
        *resolved = NULL;
    }
    if (failed)
        return problem_out_of_memory(arrival->problem);
    tell(&resolving);
    return true;
}
