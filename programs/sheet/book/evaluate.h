/* SPDX-License-Identifier: MIT */
/*
 * evaluate.h - computing one formula; and what functions (function.h) see of it.
 *
 * An operand is what lies on the stack and what functions take and give: a value, a reference
 * (areas of cells, not looked at yet), an array of values, or an argument left out.
 *
 * A cell whose formula is stale must not be read: evaluation goes on with anything in its place,
 * but notes the cell among its needs, and its result counts for nothing; recalculate.c computes
 * what was needed and evaluates again. So nothing here calls itself through cells, and a chain of a
 * million formulas takes no stack.
 *
 *     evaluate --> EVALUATE_DONE, result
 *              --> EVALUATE_NEEDS, evaluation_needs(): stale cells it came upon
 *              --> EVALUATE_STOPPED: the user has cancelled, or time or memory ran out
 *
 * Errors in values go up through operators and most functions, the first argument's first.
 *
 * Memory that a formula wants beyond a bound (arrays of more than ARRAY_CELLS_MAX values and the
 * like) makes it #NUM!; only what the workbook's budget refuses stops the evaluation.
 *
 * Whoever writes a function: read values with operand_* and walk_*, never the grid itself.
 */
#ifndef STEPPE_SHEET_EVALUATE_H
#define STEPPE_SHEET_EVALUATE_H

#include "sheet/book/formula.h"
#include "sheet/grid/grid.h"
#include "sheet/grid/sum.h"
#include "sheet/values/value.h"

struct book;
struct evaluation;
struct keys;
struct progress;

enum {
    ARRAY_CELLS_MAX = 1 << 24, /* that are kept */
    ARRAY_LONG_MAX = 1 << 26   /* with all those that are alike */
};

/* A reference to one area; several, united, are a list. */
struct reference {
    sheet_id sheet; /* never SHEET_OWN */
    struct area area;
};

enum operand_kind { OPERAND_VALUE, OPERAND_REFERENCE, OPERAND_ARRAY, OPERAND_MISSING };

struct operand {
    enum operand_kind kind;
    uint32_t rows, columns; /* ARRAY; of REFERENCE: how many areas, in rows */
    uint32_t stored_rows;   /* ARRAY: fewer than rows when all from there on are like that one: of
                               A:A no more is kept than what is in use, and one row of blanks */
    union {
        struct value value;
        struct reference reference;         /* REFERENCE with one area (rows is 1) */
        const struct reference *references; /* with more: evaluation's memory */
        struct value *array; /* by rows, in the evaluation's memory; read it with operand_at */
    };
};

/* ---- evaluating
 * ----------------------------------------------------------------------------------- */

enum evaluate_outcome { EVALUATE_DONE, EVALUATE_NEEDS, EVALUATE_STOPPED };

/* One for many formulas: its memory is used again. NULL: memory was refused. */
struct evaluation *evaluation_new(struct book *book);
void evaluation_free(struct evaluation *evaluation);

/* Whom to ask now and then whether to go on; NULL: nobody. work_max: of one formula, after which it
 * is stopped (0: as much as it takes): about the number of values looked at. */
void evaluation_set_progress(struct evaluation *evaluation, const struct progress *progress);
void evaluation_set_limit(struct evaluation *evaluation, uint64_t work_max);
/* To be called at the beginning of a recalculation, by those only who change nothing but stale
 * cells until they call it again: what many formulas look for in the same cells is found by tables
 * from now on (keys.h). */
void evaluation_renew_keys(struct evaluation *evaluation);
/* After EVALUATE_STOPPED: was it the budget? */
bool evaluation_lacks_memory(const struct evaluation *evaluation);

/* The value of a formula as it would be in a cell: one value, a blank as 0. The result's text is
 * good until the next call. */
enum evaluate_outcome evaluate(struct evaluation *evaluation, formula_id formula, sheet_id sheet,
                               struct position cell, struct value *result);
/* The same, and what the formula means when it is a reference or an array (a name's area, say). */
enum evaluate_outcome evaluate_operand(struct evaluation *evaluation, formula_id formula,
                                       sheet_id sheet, struct position cell,
                                       struct operand *result);
struct place {
    sheet_id sheet;
    struct position position;
};
/* After EVALUATE_NEEDS. At least one; some may be the same. */
const struct place *evaluation_needs(const struct evaluation *evaluation, size_t *need_count);

/* ---- for functions
 * -------------------------------------------------------------------------------- */

/* Memory for results, zeroed, good until the formula is done; NULL: refused, and then the function
 * returns anything (the evaluation is stopped). */
void *evaluation_take(struct evaluation *evaluation, size_t size_bytes);
/* Text put together; more than TEXT_BYTES_MAX becomes #VALUE!. */
struct value evaluation_text(struct evaluation *evaluation, const char *text, size_t text_bytes);

/* The same of bytes that evaluation_take has given: they are not copied. */
struct value evaluation_own_text(const char *text, size_t text_bytes);

struct book *evaluation_book(const struct evaluation *evaluation);
sheet_id evaluation_sheet(const struct evaluation *evaluation);
struct position evaluation_cell(const struct evaluation *evaluation);
/* In long loops: true when it is to end, with any result. work: how many steps since the last call;
 * walks count their own. */
bool evaluation_is_stopped(struct evaluation *evaluation, uint64_t work);

struct keys *evaluation_keys(const struct evaluation *evaluation); /* NULL: there are none */

uint64_t evaluation_random(struct evaluation *evaluation); /* 64 random bits */

/* A value as a number: value_to_number, but a date in a text is counted as the workbook does. */
struct value evaluation_number(const struct evaluation *evaluation, struct value value);

/* A cell's value; #REF! on a sheet that is gone. */
struct value evaluation_read(struct evaluation *evaluation, sheet_id sheet,
                             struct position position);

struct operand operand_of(struct value value);
struct operand operand_of_reference(sheet_id sheet, struct area area);
/* An array of blanks to be filled through .array; the error #NUM! as a value when it would be too
 * large or memory was refused: look at .kind. */
struct operand operand_of_array(struct evaluation *evaluation, uint32_t rows, uint32_t columns);

/* The one value of an operand: of a cell, its value; of an area of one row or column, the cell in
 * the formula's own column or row (#VALUE! where there is none; in an array formula the first one);
 * of an array its first; of what is missing, blank. */
struct value operand_value(struct evaluation *evaluation, const struct operand *operand);
/* Rows and columns of an area, an array, or a value (1, 1). false: several areas. */
bool operand_size(const struct operand *operand, uint32_t *rows, uint32_t *columns);
/* The value in a row and column of it, from 0; a value repeats everywhere, one row in all rows, one
 * column in all columns; beyond the end is #N/A. */
struct value operand_at(struct evaluation *evaluation, const struct operand *operand, uint32_t row,
                        uint32_t column);

/* Every value of an operand that is not blank: cells of its areas in the order asked for; elements
 * of an array by rows, whatever the order; a value itself; what was written empty as 0. The operand
 * stays where it is for as long as the walk.
 *
 *     struct walk walk;
 *     walk_begin(&walk, evaluation, &operand, WALK_ANY);
 *     while (walk_next(&walk))
 *         use(walk.value, walk.row, walk.column);
 */
enum walk_order { WALK_ANY, WALK_BY_COLUMNS, WALK_BY_ROWS };
struct walk {
    struct value value;
    uint32_t row, column; /* in its area or array, from 0 */
    bool is_from_cell; /* or an element of an array: functions treat text and truths in there unlike
                          those given directly */
    struct reference reference; /* the area, when from a cell of one */
    const struct cell *cell;    /* likewise; NULL: an array's or a value itself */
    /* The rest is operand.c's. */
    struct grid_run run; /* cells that are next; no more of them than there are */
    struct evaluation *evaluation;
    const struct operand *operand;
    struct grid_walk grid;
    const struct sheet *sheet;
    enum walk_order order;
    uint32_t next, work;
    bool is_open;
};
void walk_begin(struct walk *walk, struct evaluation *evaluation, const struct operand *operand,
                enum walk_order order);
bool walk_go_on(struct walk *walk); /* for walk_next alone */
/* A number that is not stale costs no call. */
static inline bool walk_next(struct walk *walk)
{
    const struct cell *cell = walk->run.cells;
    if (walk->run.count == 0 || cell->kind != VALUE_NUMBER || (cell->flags & CELL_STALE))
        return walk_go_on(walk);
    walk->value = (struct value){.kind = VALUE_NUMBER, .number = cell->number};
    walk->cell = cell;
    walk->row = walk->run.first.row - walk->reference.area.first.row;
    walk->column = walk->run.first.column - walk->reference.area.first.column;
    walk->run.first.row += walk->run.row_step;
    walk->run.first.column += walk->run.column_step;
    walk->run.cells += walk->run.step;
    walk->run.count--;
    return true;
}

/* Numbers of an operand added up, as SUM does: in cells and arrays numbers alone count; a truth or
 * text given directly counts when it is one, and is #VALUE! otherwise. The first error ends it. As
 * fast as memory is. sum and count go on from what is in them. */
struct total {
    struct sum sum;
    uint64_t count;
    struct value error; /* VALUE_BLANK: none */
};
/* false: an error */
bool operand_total(struct evaluation *evaluation, const struct operand *operand,
                   struct total *total);

#endif
