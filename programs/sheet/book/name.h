/* SPDX-License-Identifier: MIT */
/*
 * name.h - defined names: a formula under a name, of the whole workbook or of one sheet.
 *
 * A formula that uses a name holds its number; the number stays when the name is defined anew,
 * taken away or defined later: it then means something else, or #NAME?. What is found by its text
 * is the sheet's own name before the workbook's.
 */
#ifndef STEPPE_SHEET_NAME_H
#define STEPPE_SHEET_NAME_H

#include "sheet/book/formula.h"

typedef uint32_t name_id; /* 0 is none */
enum { NAME_CHARACTERS_MAX = 255, NAMES_MAX = 65535 };

struct name {
    text_id text;
    sheet_id sheet;     /* SHEET_OWN: the workbook's */
    formula_id formula; /* 0: not defined now */
    bool is_hidden;     /* not shown in lists: _xlnm.Print_Area and the like */
};

struct name_table;

struct name_table *name_table_new(struct text_pool *texts, struct formula_pool *formulas);
void name_table_free(struct name_table *table);

/* Letters, digits, '_', '.', '\\', '?', beginning with a letter, '_' or '\\'; no reference (A1,
 * R1C1), not TRUE or FALSE. */
bool name_is_allowed(const char *text, size_t text_bytes);

/* The name's number as a formula on a sheet means it: made, not defined, when there is none yet
 * (then of the workbook). 0: refused. */
name_id name_number(struct name_table *table, const char *text, size_t text_bytes, sheet_id sheet);
/* Exactly this one; 0: there is none, or it is not defined. */
name_id name_find(const struct name_table *table, const char *text, size_t text_bytes,
                  sheet_id sheet);
/* Define, or with formula 0 take away; takes over the caller's hold of the formula. 0: refused, and
 * the hold is still the caller's; or there is none to take away. */
name_id name_define(struct name_table *table, const char *text, size_t text_bytes, sheet_id sheet,
                    formula_id formula);
/* Names that begin with "_xlnm." are hidden from the first; others when somebody says so. */
void name_hide(struct name_table *table, name_id name, bool is_hidden);
/* What a number means; NULL: no such number. A number made for the workbook finds a definition of
 * it; the sheet's own one, which came later, has to be looked up with name_meaning. */
const struct name *name_of(const struct name_table *table, name_id name);
/* The definition that a formula on a sheet means by this number; NULL: none is defined. */
const struct name *name_meaning(const struct name_table *table, name_id name, sheet_id sheet);
size_t name_count(const struct name_table *table); /* numbers go from 1 to this */

#endif
