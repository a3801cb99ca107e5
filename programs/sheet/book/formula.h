/* SPDX-License-Identifier: MIT */
/*
 * formula.h - formulas as the program keeps them: tokens in the order of evaluation (operands
 * before their operator), relative to the cell they stand in.
 *
 * So =A1+1 in A2 and =A2+1 in A3 are the same formula, and kept once: a column of a million of them
 * costs its cells and no more.
 *
 *     text --- parse.h ---> tokens --- formula_keep ---> formula_id in cells
 *          <-- print.h ----
 *
 * Reference words: a relative row is kept as (row - row of the cell) modulo ROWS, a relative column
 * likewise modulo COLUMNS; fixed ones as they are. Copied over the edge of the grid they come in
 * again on the other side, as in Excel.
 *
 * Tokens:
 *
 *   NUMBER, TEXT, BOOLEAN, ERROR   push a constant
 *   MISSING                        push an argument left out: F(1,,2)
 *   CELL, AREA                     push a reference; sheet: SHEET_OWN or a sheet_id
 *   NAME                           push what a defined name means; sheet: whose, or SHEET_OWN
 *   ARRAY                          count rows, text columns: pop as many constants, push {1,2;3,4}
 *   NEGATE, PLUS, PERCENT          pop one, push one
 *   ADD .. NOT_EQUAL, RANGE, UNITE, MEET   pop two (the right one is on top), push one
 *   CALL                           pop count arguments, push what function number says
 *   UNKNOWN                        the same of a function that we do not have: text is its name
 *   PARENTHESES                    nothing: they were written there
 *   WHEN, OTHERWISE, ENSURE, PICK  jumps, for IF, IFERROR, IFNA, CHOOSE, which evaluate only what
 *                                  is needed. extent: how many tokens to pass over, itself not
 *                                  counted
 *
 *   IF(c,a,b)      c WHEN>b a OTHERWISE>end b OTHERWISE>end CALL IF 3 ...
 *   IF(c,a)        c WHEN>call a OTHERWISE>end CALL IF 2 ...
 *   IFERROR(x,y)   x ENSURE>end y CALL IFERROR 2 ...                          and IFNA
 *   CHOOSE(i,a,b)  i PICK>p a OTHERWISE>end p: PICK>call b OTHERWISE>end CALL CHOOSE 3 ...
 *
 * where >b leads to the first token of b, >p to the next PICK, >call to the CALL, and >end to the
 * token behind it. A jump's function is that of the CALL. For one condition the CALL is passed over
 * one way or the other (IFERROR's is not, when x is an error); for an array of them nothing is
 * passed over, and the CALL joins the choices element by element (evaluate.c). For counting what
 * is on the stack, jumps are nothing at all: so the CALL finds as many arguments as it says.
 *
 * A formula is well-formed when every token finds its operands on the stack, one is left at the
 * end, no jump leads out, and depth never passes FORMULA_DEPTH_MAX: formula_is_valid. Only such are
 * kept; nobody looks again.
 */
#ifndef STEPPE_SHEET_FORMULA_H
#define STEPPE_SHEET_FORMULA_H

#include <steppe/budget.h>

#include "sheet/grid/text.h"
#include "sheet/values/position.h"

enum {
    FORMULA_TEXT_MAX = 8192, /* characters, as Excel's */
    FORMULA_TOKENS_MAX = 8192,
    FORMULA_DEPTH_MAX = 1024, /* values on the stack, and parentheses within each other: 64 there */
    FORMULA_ARGUMENTS_MAX = 255
};

enum token_kind {
    TOKEN_NUMBER = 1,
    TOKEN_TEXT,
    TOKEN_BOOLEAN,
    TOKEN_ERROR,
    TOKEN_MISSING,
    TOKEN_CELL,
    TOKEN_AREA,
    TOKEN_NAME,
    TOKEN_ARRAY,
    TOKEN_NEGATE,
    TOKEN_PLUS,
    TOKEN_PERCENT,
    TOKEN_ADD,
    TOKEN_SUBTRACT,
    TOKEN_MULTIPLY,
    TOKEN_DIVIDE,
    TOKEN_POWER,
    TOKEN_JOIN,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_EQUAL,
    TOKEN_GREATER_EQUAL,
    TOKEN_GREATER,
    TOKEN_NOT_EQUAL,
    TOKEN_RANGE,
    TOKEN_UNITE,
    TOKEN_MEET,
    TOKEN_CALL,
    TOKEN_UNKNOWN,
    TOKEN_PARENTHESES,
    TOKEN_WHEN,
    TOKEN_OTHERWISE,
    TOKEN_ENSURE,
    TOKEN_PICK,
    TOKEN_KINDS
};

/* Which of an area's words are fixed; of a cell only the first two. */
enum token_flag {
    TOKEN_FIXED_ROW = 1,
    TOKEN_FIXED_COLUMN = 2,
    TOKEN_FIXED_LAST_ROW = 4,
    TOKEN_FIXED_LAST_COLUMN = 8,
    TOKEN_WHOLE_COLUMNS = 16, /* written A:C: rows are 0 and ROWS - 1, and fixed */
    TOKEN_WHOLE_ROWS = 32
};

/* A sheet's number, which never changes; not its place among the tabs (book.h). */
typedef uint16_t sheet_id;
enum { SHEET_OWN = 0, SHEET_IDS_MAX = 4096 };

struct token {
    uint8_t kind;
    uint8_t flags;
    uint16_t sheet; /* CELL, AREA, NAME: sheet_id */
    union {
        uint32_t count;  /* ARRAY: rows; CALL, UNKNOWN: arguments */
        uint32_t row;    /* CELL, AREA */
        uint32_t extent; /* WHEN, OTHERWISE, ENSURE, PICK: tokens to pass over */
    };
    union {
        double number;     /* NUMBER */
        uint64_t bits;     /* all of it */
        text_id text;      /* TEXT, UNKNOWN: held by the formula */
        uint32_t columns;  /* ARRAY */
        uint32_t truth;    /* BOOLEAN */
        uint32_t error;    /* ERROR */
        uint32_t name;     /* NAME: name_id (name.h) */
        uint32_t function; /* CALL, jumps: function_id (function.h) */
        struct {
            uint32_t last_row;
            uint16_t column, last_column; /* CELL: column alone */
        };
    };
};

/* What a reference means in a cell. An area's corners are put in order. */
struct area token_area(const struct token *token, struct position cell);
/* And back: the words for an area, the way flags say. */
void token_set_area(struct token *token, struct area area, unsigned flags, struct position cell);

bool formula_is_valid(const struct token *tokens, size_t token_count);

/* ---- all formulas of a workbook, each kept once ------------------------------------------------
 */

struct formula_pool;
typedef uint32_t formula_id; /* 0 is none */

struct formula_pool *formula_pool_new(struct text_pool *texts, steppe_budget *budget);
void formula_pool_free(struct formula_pool *pool);

/* Hold a formula. Texts in tokens are held by the caller, too, who keeps his hold. 0: memory was
 * refused, or the tokens are not well-formed. States, holding, and collecting are those of text.h.
 */
formula_id formula_keep(struct formula_pool *pool, const struct token *tokens, size_t token_count);
void formula_hold(struct formula_pool *pool, formula_id formula);
void formula_drop(struct formula_pool *pool, formula_id formula);
/* Good until the next formula_collect. */
const struct token *formula_tokens(const struct formula_pool *pool, formula_id formula,
                                   size_t *token_count);

enum formula_flag {
    FORMULA_IS_VOLATILE = 1, /* calls RAND, NOW, OFFSET ...: computed again with every change */
    FORMULA_HAS_UNKNOWN = 2, /* calls a function that we do not have: value and text are kept */
    FORMULA_HAS_NAME = 4,    /* uses a defined name */
    FORMULA_IS_ARRAY = 8     /* {=...}: all operators go over whole areas */
};
unsigned formula_flags(const struct formula_pool *pool, formula_id formula);
/* To be called right after formula_keep of a formula written in braces: returns the number of the
 * same formula as an array formula, in place of the one given, whose hold moves. 0: refused, and
 * the given one is still held. */
formula_id formula_as_array(struct formula_pool *pool, formula_id formula);

uint64_t formula_collect(struct formula_pool *pool);
bool formula_wants_collection(const struct formula_pool *pool);

struct formula_statistics {
    uint64_t held_count; /* different ones */
    uint64_t use_count;  /* cells and names that hold one */
    uint64_t token_count, committed_bytes;
};
struct formula_statistics formula_statistics_of(const struct formula_pool *pool);
bool formula_pool_is_valid(const struct formula_pool *pool); /* for tests: every invariant */

#endif
