/* SPDX-License-Identifier: MIT */
/*
 * sheet_references.c - see sheet_references.h.
 *
 * Two walks over all formulas: the first makes what they become, each different formula once; the
 * second puts it in, and cannot be refused.
 */
#include "sheet/book/sheet_references.h"

#include <stdlib.h>
#include <string.h>

#include <steppe/array.h>

#include "sheet/book/recalculate.h"
#include "sheet/book/shift.h"

/* For each formula what it becomes: itself, when it does not mean the sheet; 0: not asked yet. The
 * new ones are held here, so that nothing is refused when they are put in. */
struct replacement {
    struct book *book;
    const struct sheet *sheet;
    const struct reference_notes *notes;
    formula_id *became;   /* a steppe_array */
    struct token *tokens; /* room for one formula */
};

static bool means_sheet(const struct replacement *replacement, const struct token *tokens,
                        size_t token_count)
{
    for (size_t i = 0; i < token_count; i++)
        if ((tokens[i].kind == TOKEN_CELL || tokens[i].kind == TOKEN_AREA ||
             tokens[i].kind == TOKEN_NAME) &&
            tokens[i].sheet == replacement->sheet->id)
            return true;
    return false;
}

static formula_id make_replacement(struct replacement *replacement, formula_id formula)
{
    struct formula_pool *formulas = replacement->book->formulas;
    struct shift shift = {.kind = SHIFT_DELETE_SHEET, .sheet = replacement->sheet->id};
    struct position nowhere = {0, 0}; /* what refers to another sheet does so from anywhere */
    size_t token_count;
    const struct token *tokens = formula_tokens(formulas, formula, &token_count);
    if (!means_sheet(replacement, tokens, token_count))
        return formula;
    memcpy(replacement->tokens, tokens, token_count * sizeof *tokens);
    (void)shift_tokens(&shift, replacement->tokens, token_count, SHEET_OWN, nowhere, SHEET_OWN,
                       nowhere);
    formula_id plain = formula_keep(formulas, replacement->tokens, token_count);
    if (!plain || !(formula_flags(formulas, formula) & FORMULA_IS_ARRAY))
        return plain;
    formula_id array = formula_as_array(formulas, plain);
    if (!array)
        formula_drop(formulas, plain);
    return array;
}

static bool prepare_formula(struct replacement *replacement, formula_id formula)
{
    uint64_t count = steppe_array_count(replacement->became);
    if (formula >= count &&
        steppe_array_resize(replacement->became, (uint64_t)formula + 1) != STEPPE_OK)
        return false;
    if (!replacement->became[formula])
        replacement->became[formula] = make_replacement(replacement, formula);
    return replacement->became[formula] != 0;
}

static bool prepare_sheet(struct replacement *replacement, const struct sheet *sheet)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;)
        if (cell->formula && !prepare_formula(replacement, cell->formula))
            return false;
    return true;
}

static bool prepare(struct replacement *replacement)
{
    const struct book *book = replacement->book;
    for (size_t place = 0; place < book->sheet_count; place++)
        if (book->sheets[place] != replacement->sheet &&
            !prepare_sheet(replacement, book->sheets[place]))
            return false;
    for (name_id name = 1; name <= name_count(book->names); name++) {
        formula_id formula = name_of(book->names, name)->formula;
        if (formula && !prepare_formula(replacement, formula))
            return false;
    }
    return true;
}

static void put_formula(const struct replacement *replacement, const struct sheet *sheet,
                        struct position position, struct cell *cell)
{
    const struct reference_notes *notes = replacement->notes;
    struct book *book = replacement->book;
    formula_id old = cell->formula;
    formula_hold(book->formulas, replacement->became[old]);
    cell->formula = replacement->became[old];
    cell->flags |= CELL_STALE;
    if (notes && notes->formula)
        notes->formula(notes->context, sheet->id, position, old);
    formula_drop(book->formulas, old);
}

/* The cells are those that prepare_sheet has seen. */
static void put_into_sheet(const struct replacement *replacement, const struct sheet *sheet)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;)
        if (cell->formula && replacement->became[cell->formula] != cell->formula)
            put_formula(replacement, sheet, walk.position, (struct cell *)(uintptr_t)cell);
}

/* Names of the sheet alone go. Nothing can be refused: name and text are there. */
static void put_into_name(const struct replacement *replacement, name_id number)
{
    const struct reference_notes *notes = replacement->notes;
    struct book *book = replacement->book;
    struct name name = *name_of(book->names, number);
    formula_id became = name.formula ? replacement->became[name.formula] : 0;
    size_t size_bytes;
    if (name.sheet == replacement->sheet->id)
        became = 0;
    if (became == name.formula)
        return;
    if (notes && notes->name)
        notes->name(notes->context, number, name.formula);
    const char *text = text_bytes(book->texts, name.text, &size_bytes);
    formula_hold(book->formulas, became);
    if (!name_define(book->names, text, size_bytes, name.sheet, became))
        formula_drop(book->formulas, became);
}

static void put_all(const struct replacement *replacement)
{
    const struct book *book = replacement->book;
    for (size_t place = 0; place < book->sheet_count; place++)
        if (book->sheets[place] != replacement->sheet)
            put_into_sheet(replacement, book->sheets[place]);
    for (name_id name = 1; name <= name_count(book->names); name++)
        put_into_name(replacement, name);
}

static bool open_replacement(struct replacement *replacement)
{
    steppe_options memory = {.budget = replacement->book->budget, .name = "formulas that change"};
    replacement->became = steppe_array_new(formula_id, UINT64_C(1) << 32, &memory);
    replacement->tokens = calloc(FORMULA_TOKENS_MAX, sizeof *replacement->tokens);
    return replacement->became && replacement->tokens;
}

static void close_replacement(struct replacement *replacement)
{
    uint64_t count = steppe_array_count(replacement->became);
    for (uint64_t formula = 0; formula < count; formula++)
        if (replacement->became[formula] != formula)
            formula_drop(replacement->book->formulas, replacement->became[formula]);
    (void)steppe_array_free(replacement->became); /* it is one, or null */
    free(replacement->tokens);
}

bool sheet_references_end(struct book *book, const struct sheet *sheet,
                          const struct reference_notes *notes)
{
    struct replacement replacement = {.book = book, .sheet = sheet, .notes = notes};
    bool is_ready = open_replacement(&replacement) && prepare(&replacement);
    if (is_ready)
        put_all(&replacement);
    close_replacement(&replacement);
    return is_ready;
}
