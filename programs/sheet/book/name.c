/* SPDX-License-Identifier: MIT */
/*
 * name.c - defined names: see name.h.
 *
 * A pool (pool.h) of keys, the sheet's number and the name in small letters, of which none is ever
 * let go: so their numbers go from 1 without gaps, and names[number] is what the number stands for.
 */
#include "sheet/book/name.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "sheet/grid/pool.h"
#include "sheet/values/fold.h"

enum { NAME_BYTES_MAX = 4 * NAME_CHARACTERS_MAX };

struct name_table {
    struct pool keys;
    struct name *names; /* [0] is nobody's */
    struct text_pool *texts;
    struct formula_pool *formulas;
    size_t own_count; /* defined names of single sheets */
};

/* ---- life ------------------------------------------------------------------------------------ */

struct name_table *name_table_new(struct text_pool *texts, struct formula_pool *formulas)
{
    struct pool_options options = {.name = "names",
                                   .unit_bytes = 1,
                                   .units_max = UINT64_C(1) << 28,
                                   .runs_max = NAMES_MAX,
                                   .budget = text_pool_budget(texts)};
    steppe_options memory = {.budget = options.budget, .name = options.name};
    struct name_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->texts = texts;
    table->formulas = formulas;
    if (pool_open(&table->keys, &options))
        table->names = steppe_array_new(struct name, NAMES_MAX + 1, &memory);
    if (table->names && steppe_array_push(table->names))
        return table;
    name_table_free(table);
    return NULL;
}

void name_table_free(struct name_table *table)
{
    if (!table)
        return;
    pool_close(&table->keys);
    (void)steppe_array_free(table->names); /* it is one, or null */
    free(table);
}

/* ---- what may be a name ---------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t character)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)character);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static bool may_begin(uint32_t character)
{
    return character == '_' || character == '\\' || is_letter(character);
}

static bool may_follow(uint32_t character)
{
    if (may_begin(character) || character == '.' || character == '?')
        return true;
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)character);
    return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_NO;
}

static bool is_cell(const char *text, size_t text_bytes)
{
    char copy[POSITION_TEXT_BYTES] = {0};
    struct position position;
    if (text_bytes >= sizeof copy)
        return false;
    memcpy(copy, text, text_bytes);
    return position_read(copy, &position, NULL) == text_bytes;
}

/* R, C, R1, C1, R1C1: what the other way of writing references takes for one. */
static bool is_row_and_column(const char *text, size_t text_bytes)
{
    size_t at = 0;
    if (at < text_bytes && (text[at] | 32) == 'r')
        for (at++; at < text_bytes && is_digit(text[at]);)
            at++;
    if (at < text_bytes && (text[at] | 32) == 'c')
        for (at++; at < text_bytes && is_digit(text[at]);)
            at++;
    return at == text_bytes;
}

bool name_is_allowed(const char *text, size_t text_bytes)
{
    size_t character_count = 0;
    uint32_t character;
    if (!text_bytes || text_bytes > NAME_BYTES_MAX)
        return false;
    for (size_t at = 0; at < text_bytes; character_count++) {
        at += fold_decode(text + at, text_bytes - at, &character);
        if (!(character_count ? may_follow(character) : may_begin(character)))
            return false;
    }
    return character_count <= NAME_CHARACTERS_MAX && !is_cell(text, text_bytes) &&
           !is_row_and_column(text, text_bytes) && !fold_is(text, text_bytes, "true", 4) &&
           !fold_is(text, text_bytes, "false", 5);
}

/* ---- finding --------------------------------------------------------------------------------- */

struct key {
    size_t size_bytes; /* 0: too long to be one */
    char bytes[sizeof(sheet_id) + NAME_BYTES_MAX];
};

static void make_key(struct key *key, const char *text, size_t text_bytes, sheet_id sheet)
{
    memcpy(key->bytes, &sheet, sizeof sheet);
    size_t folded_bytes = fold_text(text, text_bytes, key->bytes + sizeof sheet, NAME_BYTES_MAX);
    key->size_bytes = folded_bytes <= NAME_BYTES_MAX ? sizeof sheet + folded_bytes : 0;
}

static name_id find(const struct name_table *table, const char *text, size_t text_bytes,
                    sheet_id sheet)
{
    struct key key;
    make_key(&key, text, text_bytes, sheet);
    return key.size_bytes ? pool_find(&table->keys, key.bytes, key.size_bytes, 0) : 0;
}

static bool is_defined(const struct name_table *table, name_id name)
{
    return name && table->names[name].formula;
}

name_id name_find(const struct name_table *table, const char *text, size_t text_bytes,
                  sheet_id sheet)
{
    name_id name = find(table, text, text_bytes, sheet);
    return is_defined(table, name) ? name : 0;
}

const struct name *name_of(const struct name_table *table, name_id name)
{
    return name && name < steppe_array_count(table->names) ? &table->names[name] : NULL;
}

size_t name_count(const struct name_table *table)
{
    return steppe_array_count(table->names) - 1;
}

/* The one of the same text that another sheet, or the workbook, has. */
static const struct name *namesake(const struct name_table *table, const struct name *name,
                                   sheet_id sheet)
{
    size_t size_bytes;
    const char *text = text_bytes(table->texts, name->text, &size_bytes);
    name_id found = name_find(table, text, size_bytes, sheet);
    return found ? &table->names[found] : NULL;
}

const struct name *name_meaning(const struct name_table *table, name_id name, sheet_id sheet)
{
    const struct name *meant = name_of(table, name);
    if (!meant)
        return NULL;
    if (meant->sheet == SHEET_OWN && sheet != SHEET_OWN && table->own_count) {
        const struct name *own = namesake(table, meant, sheet);
        if (own)
            return own;
    }
    if (meant->formula)
        return meant;
    return meant->sheet == SHEET_OWN ? NULL : namesake(table, meant, SHEET_OWN);
}

/* ---- making ---------------------------------------------------------------------------------- */

static bool begins_hidden(const char *text, size_t text_bytes)
{
    static const char prefix[] = "_xlnm.";
    return text_bytes >= sizeof prefix - 1 &&
           fold_is(text, sizeof prefix - 1, prefix, sizeof prefix - 1);
}

/* A name that is not there. The array takes it before the pool does, which cannot be undone. */
static name_id add(struct name_table *table, const struct key *key, const char *text,
                   size_t text_bytes, sheet_id sheet)
{
    text_id kept = text_keep(table->texts, text, text_bytes);
    struct name *name = kept ? steppe_array_push(table->names) : NULL;
    name_id number = 0;
    if (name)
        number = pool_keep(&table->keys, key->bytes, key->size_bytes, 0, NULL);
    if (number) {
        *name = (struct name){
            .text = kept, .sheet = sheet, .is_hidden = begins_hidden(text, text_bytes)};
        return number;
    }
    if (name)
        (void)steppe_array_pop(table->names);
    text_drop(table->texts, kept);
    return 0;
}

static name_id find_or_add(struct name_table *table, const char *text, size_t text_bytes,
                           sheet_id sheet)
{
    struct key key;
    make_key(&key, text, text_bytes, sheet);
    if (!key.size_bytes)
        return 0;
    name_id name = pool_find(&table->keys, key.bytes, key.size_bytes, 0);
    return name ? name : add(table, &key, text, text_bytes, sheet);
}

name_id name_number(struct name_table *table, const char *text, size_t text_bytes, sheet_id sheet)
{
    if (sheet != SHEET_OWN && table->own_count) {
        name_id own = name_find(table, text, text_bytes, sheet);
        if (own)
            return own;
    }
    return find_or_add(table, text, text_bytes, SHEET_OWN);
}

/* It is spelled as its last definition was. */
static bool spell(struct name_table *table, struct name *name, const char *text, size_t text_bytes)
{
    text_id kept = text_keep(table->texts, text, text_bytes);
    if (!kept)
        return false;
    text_drop(table->texts, name->text);
    name->text = kept;
    return true;
}

name_id name_define(struct name_table *table, const char *text, size_t text_bytes, sheet_id sheet,
                    formula_id formula)
{
    name_id number = formula ? find_or_add(table, text, text_bytes, sheet)
                             : find(table, text, text_bytes, sheet);
    struct name *name = number ? &table->names[number] : NULL;
    if (!name || (formula && !spell(table, name, text, text_bytes)))
        return 0;
    if (sheet != SHEET_OWN) {
        table->own_count += formula != 0;
        table->own_count -= name->formula != 0;
    }
    formula_drop(table->formulas, name->formula);
    name->formula = formula;
    return number;
}

void name_hide(struct name_table *table, name_id name, bool is_hidden)
{
    if (name_of(table, name))
        table->names[name].is_hidden = is_hidden;
}
