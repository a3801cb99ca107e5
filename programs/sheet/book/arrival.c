/* SPDX-License-Identifier: MIT */
/* arrival.c - out of files into workbooks: see arrival.h. */
#include "sheet/book/arrival.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool arrival_begin(struct arrival *arrival, struct book *book, struct losses *losses,
                   const struct progress *progress, struct problem *problem)
{
    *arrival =
        (struct arrival){.book = book, .losses = losses, .progress = progress, .problem = problem};
    arrival->parsed = malloc(sizeof *arrival->parsed);
    return arrival->parsed || problem_out_of_memory(problem);
}

void arrival_end(struct arrival *arrival)
{
    free(arrival->parsed);
    arrival->parsed = NULL;
}

bool arrival_say_refused(const struct arrival *arrival)
{
    return book_say_refused(arrival->book, arrival->problem);
}

/* ---- sheets ---------------------------------------------------------------------------------- */

enum { NAME_ROOM_BYTES = 4 * SHEET_NAME_CHARACTERS_MAX + 1, TRIES_MAX = 2 * SHEETS_MAX };

static size_t character_bytes(const char *at)
{
    size_t length = 1;
    while (((unsigned char)at[length] & 0xC0) == 0x80)
        length++;
    return length;
}

/* So many characters of it, without those that are not allowed. Returns the bytes. */
static size_t tame_name(const char *name, size_t character_count, char tamed[NAME_ROOM_BYTES])
{
    size_t size_bytes = 0;
    while (*name && character_count--) {
        size_t length = character_bytes(name);
        if (length > 4 || size_bytes + length >= NAME_ROOM_BYTES)
            break;
        memcpy(tamed + size_bytes, name, length);
        if (length == 1 && ((unsigned char)*name < 32 || strchr("\\/?*[]:'", *name)))
            tamed[size_bytes] = '_';
        size_bytes += length;
        name += length;
    }
    tamed[size_bytes] = '\0';
    return size_bytes;
}

static bool is_free(const struct arrival *arrival, const char *name)
{
    struct problem ignored;
    return sheet_name_is_allowed(name, strlen(name), &ignored) &&
           !book_find_sheet(arrival->book, name, strlen(name));
}

/* "Name", "Name (2)", "Name (3)" ... "Sheet 7". */
static bool find_name(const struct arrival *arrival, const char *name, char found[NAME_ROOM_BYTES])
{
    enum { TAIL_BYTES = 8 };
    char tail[TAIL_BYTES];
    if (tame_name(name, SHEET_NAME_CHARACTERS_MAX, found) && is_free(arrival, found))
        return true;
    for (unsigned i = 2; i < TRIES_MAX; i++) {
        int length = snprintf(tail, sizeof tail, " (%u)", i);
        size_t size_bytes =
            tame_name(*name ? name : "Sheet", SHEET_NAME_CHARACTERS_MAX - (size_t)length, found);
        memcpy(found + size_bytes, tail, (size_t)length + 1);
        if (is_free(arrival, found))
            return true;
    }
    return false;
}

struct sheet *arrival_sheet(struct arrival *arrival, const char *name, bool *is_refused)
{
    struct book *book = arrival->book;
    char other[NAME_ROOM_BYTES];
    *is_refused = false;
    if (book->sheet_count == SHEETS_MAX) {
        losses_add(arrival->losses, "sheets beyond the 255th", name);
        return NULL;
    }
    if (!is_free(arrival, name)) {
        losses_add(arrival->losses, "names of sheets that are not allowed or taken", name);
        if (!find_name(arrival, name, other)) {
            losses_add(arrival->losses, "sheets without a name", name);
            return NULL;
        }
        name = other;
    }
    struct sheet *sheet = book_add_sheet(book, name, SIZE_MAX, arrival->problem);
    *is_refused = !sheet;
    return sheet;
}

/* ---- losses ---------------------------------------------------------------------------------- */

void arrival_where(const struct arrival *arrival, const struct sheet *sheet,
                   struct position position, char where[ARRIVAL_WHERE_BYTES])
{
    (void)snprintf(where, ARRIVAL_WHERE_BYTES, "%s!%s", sheet_name(arrival->book, sheet),
                   position_name(position, 0).text);
}

void arrival_lose(struct arrival *arrival, const char *what, const struct sheet *sheet,
                  struct position position)
{
    char where[ARRIVAL_WHERE_BYTES];
    arrival_where(arrival, sheet, position, where);
    losses_add(arrival->losses, what, where);
}

/* ---- formulas -------------------------------------------------------------------------------- */

static void lose_formula(struct arrival *arrival, const struct arrival_formula *given)
{
    char where[ARRIVAL_WHERE_BYTES], why[2 * ARRIVAL_WHERE_BYTES];
    if (given->name)
        (void)snprintf(where, sizeof where, "%s", given->name);
    else
        arrival_where(arrival, given->sheet, given->cell, where);
    (void)snprintf(why, sizeof why, "%s: %s", where, arrival->parsed->error_text);
    losses_add(arrival->losses,
               given->name ? "names that mean nothing here" : "formulas that cannot be read", why);
}

static bool keep_parsed(struct arrival *arrival, bool is_array, formula_id *formula)
{
    struct book *book = arrival->book;
    struct parsed *parsed = arrival->parsed;
    formula_id kept = formula_keep(book->formulas, parsed->tokens, parsed->token_count);
    parse_drop(parsed, book);
    if (kept && is_array) {
        formula_id array = formula_as_array(book->formulas, kept);
        if (!array)
            formula_drop(book->formulas, kept);
        kept = array;
    }
    *formula = kept;
    return kept || arrival_say_refused(arrival);
}

/* In parentheses a ',' unites. */
static bool parse_united(struct arrival *arrival, const struct arrival_formula *given,
                         const struct parse_options *options)
{
    char *text;
    if (!memchr(given->text, ',', given->text_bytes) ||
        asprintf(&text, "(%.*s)", (int)given->text_bytes, given->text) < 0)
        return false;
    bool is_parsed = parse_formula(arrival->parsed, text, strlen(text), options);
    free(text);
    return is_parsed;
}

bool arrival_formula(struct arrival *arrival, const struct arrival_formula *given,
                     formula_id *formula)
{
    struct parse_options options = {.book = arrival->book,
                                    .sheet = given->sheet ? given->sheet->id : SHEET_OWN,
                                    .cell = given->cell,
                                    .dialect = given->dialect,
                                    .sheets_may_come = given->dialect == PARSE_OPEN_FORMULA};
    *formula = 0;
    if (parse_formula(arrival->parsed, given->text, given->text_bytes, &options) ||
        (given->may_unite && parse_united(arrival, given, &options)))
        return keep_parsed(arrival, given->is_array, formula);
    if (arrival->parsed->lacks_memory)
        return arrival_say_refused(arrival);
    lose_formula(arrival, given);
    return true;
}

bool arrival_move_formula(struct arrival *arrival, formula_id formula, struct position from,
                          struct position to, formula_id *moved)
{
    struct formula_pool *pool = arrival->book->formulas;
    struct token *tokens = arrival->parsed->tokens;
    size_t token_count;
    const struct token *given = formula_tokens(pool, formula, &token_count);
    bool is_array = formula_flags(pool, formula) & FORMULA_IS_ARRAY;
    memcpy(tokens, given, token_count * sizeof *tokens);
    for (size_t i = 0; i < token_count; i++)
        if (tokens[i].kind == TOKEN_CELL || tokens[i].kind == TOKEN_AREA)
            token_set_area(&tokens[i], token_area(&tokens[i], from), tokens[i].flags, to);
    *moved = formula_keep(pool, tokens, token_count);
    formula_id array = *moved && is_array ? formula_as_array(pool, *moved) : *moved;
    if (!array)
        formula_drop(pool, *moved);
    *moved = array;
    return array || arrival_say_refused(arrival);
}

bool arrival_name(struct arrival *arrival, const char *name, size_t name_bytes,
                  const struct sheet *sheet, formula_id formula, bool is_hidden)
{
    struct name_table *names = arrival->book->names;
    name_id id = 0;
    if (name_is_allowed(name, name_bytes) && name_count(names) < NAMES_MAX) {
        id = name_define(names, name, name_bytes, sheet ? sheet->id : SHEET_OWN, formula);
        if (!id) {
            formula_drop(arrival->book->formulas, formula);
            return arrival_say_refused(arrival);
        }
        if (is_hidden)
            name_hide(names, id, true);
        return true;
    }
    formula_drop(arrival->book->formulas, formula);
    losses_add(arrival->losses, "names that are not allowed", name);
    return true;
}

void arrival_merge(struct arrival *arrival, struct sheet *sheet, struct area area)
{
    if (!area_is_one(area) && !sheet_merge(sheet, area))
        arrival_lose(arrival, "merged areas that meet others or are too many", sheet, area.first);
}

/* ---- widths ---------------------------------------------------------------------------------- */

double arrival_characters(double pixels)
{
    enum { DIGIT_PIXELS = 7, EDGE_PIXELS = 5, CHARACTERS_MAX = 255 };
    if (!(pixels > 0))
        return 0;
    double characters = pixels >= DIGIT_PIXELS + EDGE_PIXELS
                            ? (pixels - EDGE_PIXELS) / DIGIT_PIXELS
                            : pixels / (DIGIT_PIXELS + EDGE_PIXELS);
    if (characters > CHARACTERS_MAX)
        return CHARACTERS_MAX;
    return round(characters * 100) / 100;
}
