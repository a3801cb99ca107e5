/* SPDX-License-Identifier: MIT */
/*
 * evaluation.h - the inside of struct evaluation, for those who evaluate: evaluate.c, call.c,
 * jump.c, operand.c; functions do not look in here but for operand_is_many and its like.
 *
 * Why a formula's evaluation is at an end before its time:
 *
 *   END_NONE       it is not
 *   END_TOO_LARGE  more memory than one formula may have: it is #NUM!
 *   END_MEMORY     the budget has refused
 *   END_STOPPED    progress said so, or the limit on its work is passed
 */
#ifndef STEPPE_SHEET_EVALUATION_H
#define STEPPE_SHEET_EVALUATION_H

#include <steppe/arena.h>
#include <steppe/array.h>

#include "sheet/book/book.h"
#include "sheet/book/evaluate.h"
#include "sheet/book/function.h"

enum {
    /* Names that stand in names: so deep, and so many in all for one formula. */
    FRAMES_MAX = 64,
    NAME_USES_MAX = 16384,
    OPERANDS_MAX = 2 * FORMULA_DEPTH_MAX,
    PENDING_MAX = FORMULA_DEPTH_MAX,
    NEEDS_MAX = 1 << 20, /* with so many an evaluation may as well end */
    WORK_OF_A_STEP = 1 << 16
};

enum evaluation_end { END_NONE, END_TOO_LARGE, END_MEMORY, END_STOPPED };

/* A formula, or one that a name in it means. */
struct frame {
    const struct token *tokens;
    uint32_t token_count, at;
    uint32_t stack_base; /* what lies below belongs to the frame that asked for this one */
    sheet_id own_sheet;  /* what SHEET_OWN is */
    bool in_array;
};

/* A lazy function whose condition is an array. */
struct pending {
    uint32_t frame, call;
};

struct evaluation {
    struct book *book;
    steppe_arena *arena;
    bool arena_is_used;
    enum evaluation_end end;

    sheet_id sheet;
    struct position cell;
    bool in_array; /* of the token being done */

    struct operand stack[OPERANDS_MAX];
    uint32_t stack_count;
    struct frame frames[FRAMES_MAX];
    uint32_t frame_count, name_use_count;
    /* Of the first frame's tokens: those in the arguments of a function that takes arrays. Only
     * when there is such a function; a name's tokens are all evaluated so. */
    bool has_array_tokens;
    uint64_t array_tokens[FORMULA_TOKENS_MAX / 64];
    uint32_t starts[OPERANDS_MAX]; /* of operands, while they are found */
    struct pending pending[PENDING_MAX];
    uint32_t pending_count;

    struct place *needs; /* a steppe_array */

    const struct progress *progress;
    uint64_t work, work_asked, work_max; /* done; when progress was asked last */
    uint64_t random;
    struct keys *keys; /* NULL: nobody has asked for them */
};

void evaluation_need(struct evaluation *evaluation, sheet_id sheet, struct position position);

void evaluation_end_for(struct evaluation *evaluation, enum evaluation_end end);
/* Ready for another formula. */
void evaluation_renew(struct evaluation *evaluation);

static inline bool evaluation_has_needs(const struct evaluation *evaluation)
{
    return steppe_array_count(evaluation->needs) != 0;
}

static inline struct sheet *evaluation_sheet_of(const struct evaluation *evaluation, sheet_id sheet)
{
    return sheet < SHEET_IDS_MAX ? evaluation->book->by_id[sheet] : NULL;
}

static inline struct value evaluation_cell_value(const struct evaluation *evaluation,
                                                 const struct cell *cell)
{
    if (cell->kind == VALUE_NUMBER)
        return (struct value){.kind = VALUE_NUMBER, .number = cell->number};
    if (cell->kind == VALUE_BLANK)
        return (struct value){.kind = VALUE_BLANK};
    if (cell->kind == VALUE_TEXT)
        return text_value(evaluation->book->texts, cell->text);
    if (cell->kind == VALUE_BOOLEAN)
        return (struct value){.kind = VALUE_BOOLEAN, .boolean = cell->truth != 0};
    return value_error((enum value_error)cell->error);
}

/* ---- the stack ----------------------------------------------------------------------------------
 */

static inline bool evaluation_push(struct evaluation *evaluation, struct operand operand)
{
    if (evaluation->stack_count == OPERANDS_MAX) {
        evaluation_end_for(evaluation, END_TOO_LARGE);
        return false;
    }
    evaluation->stack[evaluation->stack_count++] = operand;
    return true;
}

static inline bool evaluation_push_value(struct evaluation *evaluation, struct value value)
{
    return evaluation_push(evaluation, operand_of(value));
}

static inline struct frame *evaluation_frame(struct evaluation *evaluation)
{
    return &evaluation->frames[evaluation->frame_count - 1];
}

/* The formula is well-formed, so they are there; a mistake in that ends the formula, and nothing
 * worse. */
static inline struct operand *evaluation_operands(struct evaluation *evaluation, uint32_t count)
{
    uint32_t base = evaluation_frame(evaluation)->stack_base;
    if (evaluation->stack_count - base < count || !count) {
        evaluation_end_for(evaluation, END_TOO_LARGE);
        return NULL;
    }
    return &evaluation->stack[evaluation->stack_count - count];
}

static inline void evaluation_replace(struct evaluation *evaluation, uint32_t count,
                                      struct operand operand)
{
    evaluation->stack_count -= count;
    (void)evaluation_push(evaluation,
                          operand); /* one went before, or none and then it may be full */
}

/* An area, array, or value as an array of its own: blanks where nothing is. .kind is OPERAND_VALUE
 * with an error when that cannot be. */
struct operand operand_to_array(struct evaluation *evaluation, const struct operand *operand);
/* An array whose rows from stored_rows on are all alike: to be filled are operand_kept_rows. */
struct operand operand_of_long_array(struct evaluation *evaluation, uint32_t rows, uint32_t columns,
                                     uint32_t stored_rows);
static inline uint32_t operand_kept_rows(const struct operand *array)
{
    return array->rows - array->stored_rows > 1 ? array->stored_rows + 1 : array->rows;
}
/* The stored rows of what is made of such operands, element by element, in so many rows: with
 * stored the largest so far, 0 at first. */
uint32_t operand_stored_rows(const struct operand *operand, uint32_t rows, uint32_t stored_rows);
/* Does it have to be taken element by element? */
bool operand_is_many(const struct operand *operand, bool in_array);
/* The element of an array, or of a value, for a place of a result; neither reads cells. */
struct value operand_element(const struct operand *operand, uint32_t row, uint32_t column);

#endif
