/* SPDX-License-Identifier: MIT */
/*
 * shift.h - what becomes of references when rows or columns come in or go, cells are moved, or a
 * sheet goes.
 *
 * Inserting moves what lies behind, and stretches areas that it falls into; deleting shrinks areas,
 * and turns what lies wholly inside into #REF!. Fixed and relative references are treated alike.
 * Moving cells (cut and paste) changes every reference to them, and none of theirs to others.
 */
#ifndef STEPPE_SHEET_SHIFT_H
#define STEPPE_SHEET_SHIFT_H

#include "sheet/book/formula.h"

enum shift_kind {
    SHIFT_INSERT_ROWS,
    SHIFT_DELETE_ROWS,
    SHIFT_INSERT_COLUMNS,
    SHIFT_DELETE_COLUMNS,
    SHIFT_MOVE,        /* an area of one sheet to another place, perhaps of another sheet */
    SHIFT_DELETE_SHEET /* references to it become #REF! */
};

struct shift {
    enum shift_kind kind;
    sheet_id sheet;        /* the one that changes; MOVE: from where */
    uint32_t first, count; /* rows or columns */
    struct area area;      /* MOVE: from where */
    sheet_id to_sheet;     /* MOVE */
    struct position to;    /* MOVE: of its upper left corner */
};

/* Where a cell of the sheet goes; false: it is deleted, or pushed over the edge. */
bool shift_position(const struct shift *shift, struct position position, struct position *moved);

/* A formula's tokens after it. formula_sheet and cell: where the formula stands before; moved:
 * where it stands afterwards (the same, unless the shift moves it as well). Returns whether any
 * token changed; tokens are changed in place, their number stays. */
bool shift_tokens(const struct shift *shift, struct token *tokens, size_t token_count,
                  sheet_id formula_sheet, struct position cell, sheet_id moved_sheet,
                  struct position moved);

#endif
