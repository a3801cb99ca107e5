/* SPDX-License-Identifier: MIT */
/*
 * evaluate.c - the machine that does a formula's tokens, one after the other, on a stack of
 * operands.
 *
 * It does not call itself: a name pushes a frame (its formula's tokens), at whose end the frame
 * below goes on with one operand more. Jumps lead forward only, so each frame ends.
 *
 * Needs. A stale cell that is read is noted. What is read after that may be wrong, and so may be
 * the way that is gone from there: so evaluation ends with EVALUATE_NEEDS at the next jump, before
 * the next function's body, and at the end of the formula; operators on the way there would be
 * reached with any value, and what they read is needed as well. The body of a function that has
 * begun is done to its end: SUM(A1:A9) notes all nine at once.
 */
#include <string.h>

#include "sheet/book/call.h"
#include "sheet/book/evaluation.h"
#include "sheet/book/jump.h"
#include "sheet/book/operator.h"
#include "sheet/book/reference.h"

/* ---- what is pushed -----------------------------------------------------------------------------
 */

static void push_reference(struct evaluation *evaluation, const struct token *token)
{
    sheet_id sheet =
        token->sheet == SHEET_OWN ? evaluation_frame(evaluation)->own_sheet : token->sheet;
    struct area area = token_area(token, evaluation->cell);
    if (!evaluation_sheet_of(evaluation, sheet))
        (void)evaluation_push_value(evaluation, value_error(ERROR_REF));
    else
        (void)evaluation_push(evaluation, operand_of_reference(sheet, area));
}

static void push_array(struct evaluation *evaluation, const struct token *token)
{
    uint64_t count = (uint64_t)token->count * token->columns;
    const struct operand *elements =
        count <= OPERANDS_MAX ? evaluation_operands(evaluation, (uint32_t)count) : NULL;
    if (!elements) {
        evaluation_end_for(evaluation, END_TOO_LARGE);
        return;
    }
    struct operand array = operand_of_array(evaluation, token->count, token->columns);
    for (uint32_t i = 0; array.kind == OPERAND_ARRAY && i < count; i++)
        array.array[i] = operand_value(evaluation, &elements[i]);
    evaluation_replace(evaluation, (uint32_t)count, array);
}

/* ---- names --------------------------------------------------------------------------------------
 */

static void push_frame(struct evaluation *evaluation, formula_id formula, sheet_id own_sheet,
                       bool in_array)
{
    size_t count;
    const struct token *tokens = formula_tokens(evaluation->book->formulas, formula, &count);
    evaluation->frames[evaluation->frame_count++] =
        (struct frame){.tokens = tokens,
                       .token_count = (uint32_t)count,
                       .stack_base = evaluation->stack_count,
                       .own_sheet = own_sheet,
                       .in_array = in_array};
}

/* A name's formula is evaluated as an array formula, whatever it stands in. */
static void do_name(struct evaluation *evaluation, const struct token *token)
{
    sheet_id sheet =
        token->sheet == SHEET_OWN ? evaluation_frame(evaluation)->own_sheet : token->sheet;
    const struct name *name = name_meaning(evaluation->book->names, token->name, sheet);
    if (!name || !name->formula) {
        (void)evaluation_push_value(evaluation, value_error(ERROR_NAME));
        return;
    }
    /* Names that mean each other, or very many. */
    if (evaluation->frame_count == FRAMES_MAX || ++evaluation->name_use_count > NAME_USES_MAX) {
        (void)evaluation_push_value(evaluation, value_error(ERROR_NUM));
        return;
    }
    push_frame(evaluation, name->formula, name->sheet == SHEET_OWN ? sheet : name->sheet, true);
}

/* ---- what is evaluated as in array formulas -----------------------------------------------------
 */

static bool takes_arrays(const struct token *token)
{
    if (token->kind != TOKEN_CALL)
        return false;
    const struct function *function = function_of(token->function);
    return function && (function->flags & FUNCTION_TAKES_ARRAYS);
}

static uint32_t pop_count_of(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_NEGATE:
    case TOKEN_PLUS:
    case TOKEN_PERCENT:
        return 1;
    case TOKEN_CALL:
    case TOKEN_UNKNOWN:
        return token->count;
    case TOKEN_ARRAY:
        return token->count * token->columns;
    default:
        return token->kind >= TOKEN_ADD && token->kind <= TOKEN_MEET ? 2 : 0;
    }
}

static void note_tokens(struct evaluation *evaluation, uint32_t first, uint32_t end)
{
    for (uint32_t at = first; at < end; at++)
        evaluation->array_tokens[at / 64] |= UINT64_C(1) << at % 64;
}

/* A look at the tokens in their order, on a stack of where each operand begins. */
static void find_array_tokens(struct evaluation *evaluation, const struct frame *frame)
{
    uint32_t depth = 0;
    memset(evaluation->array_tokens, 0, (frame->token_count + 63) / 64 * sizeof(uint64_t));
    for (uint32_t at = 0; at < frame->token_count; at++) {
        const struct token *token = &frame->tokens[at];
        if (jump_is(token->kind) || token->kind == TOKEN_PARENTHESES)
            continue;
        uint32_t pop_count = pop_count_of(token);
        uint32_t start = pop_count ? evaluation->starts[depth - pop_count] : at;
        if (takes_arrays(token))
            note_tokens(evaluation, start, at);
        depth -= pop_count;
        evaluation->starts[depth++] = start;
    }
}

static void settle_arrays(struct evaluation *evaluation, const struct frame *frame)
{
    evaluation->has_array_tokens = false;
    for (uint32_t at = 0; at < frame->token_count && !evaluation->has_array_tokens; at++)
        evaluation->has_array_tokens = takes_arrays(&frame->tokens[at]);
    if (evaluation->has_array_tokens)
        find_array_tokens(evaluation, frame);
}

static bool is_in_array(const struct evaluation *evaluation, const struct frame *frame, uint32_t at)
{
    if (frame->in_array)
        return true;
    return evaluation->has_array_tokens && (evaluation->array_tokens[at / 64] >> at % 64 & 1);
}

/* ---- the machine --------------------------------------------------------------------------------
 */

static void do_token(struct evaluation *evaluation, const struct token *token, uint32_t at)
{
    switch (token->kind) {
    case TOKEN_NUMBER:
        (void)evaluation_push_value(evaluation, value_number(token->number));
        break;
    case TOKEN_TEXT:
        (void)evaluation_push_value(evaluation, text_value(evaluation->book->texts, token->text));
        break;
    case TOKEN_BOOLEAN:
        (void)evaluation_push_value(evaluation, value_boolean(token->truth != 0));
        break;
    case TOKEN_ERROR:
        (void)evaluation_push_value(evaluation, value_error((enum value_error)token->error));
        break;
    case TOKEN_MISSING:
        (void)evaluation_push(evaluation,
                              (struct operand){.kind = OPERAND_MISSING, .rows = 1, .columns = 1});
        break;
    case TOKEN_CELL:
    case TOKEN_AREA:
        push_reference(evaluation, token);
        break;
    case TOKEN_NAME:
        do_name(evaluation, token);
        break;
    case TOKEN_ARRAY:
        push_array(evaluation, token);
        break;
    case TOKEN_NEGATE:
    case TOKEN_PLUS:
    case TOKEN_PERCENT:
        operator_do_unary(evaluation, (enum token_kind)token->kind);
        break;
    case TOKEN_RANGE:
    case TOKEN_UNITE:
    case TOKEN_MEET:
        reference_do(evaluation, (enum token_kind)token->kind);
        break;
    case TOKEN_CALL:
        call_do(evaluation, token, at);
        break;
    case TOKEN_UNKNOWN:
        call_do_unknown(evaluation, token);
        break;
    case TOKEN_PARENTHESES:
        break;
    default:
        if (jump_is(token->kind))
            jump_do(evaluation, token, at);
        else
            operator_do_binary(evaluation, (enum token_kind)token->kind);
    }
}

/* Is a way gone from here that may be the wrong one? */
static bool decides(unsigned kind)
{
    return kind == TOKEN_CALL || jump_is(kind);
}

/* Tokens until the first frame is at its end; false: before that, for whatever reason. */
static bool run(struct evaluation *evaluation)
{
    while (evaluation->frame_count) {
        struct frame *frame = evaluation_frame(evaluation);
        if (frame->at >= frame->token_count) {
            /* A name's operand is left to whoever used it. */
            if (evaluation->stack_count != frame->stack_base + 1)
                evaluation_end_for(evaluation, END_TOO_LARGE);
            evaluation->frame_count--;
            continue;
        }
        uint32_t at = frame->at++;
        const struct token *token = &frame->tokens[at];
        evaluation->in_array = is_in_array(evaluation, frame, at);
        do_token(evaluation, token, at);
        if (decides(token->kind) && evaluation_has_needs(evaluation))
            return false;
        if (evaluation_is_stopped(evaluation, 1))
            return false;
    }
    return true;
}

static void begin(struct evaluation *evaluation, formula_id formula, sheet_id sheet,
                  struct position cell)
{
    evaluation_renew(evaluation);
    evaluation->sheet = sheet;
    evaluation->cell = cell;
    bool in_array = formula_flags(evaluation->book->formulas, formula) & FORMULA_IS_ARRAY;
    push_frame(evaluation, formula, sheet, in_array);
    settle_arrays(evaluation, evaluation_frame(evaluation));
}

static enum evaluate_outcome outcome(struct evaluation *evaluation, struct operand *result)
{
    if (evaluation->end == END_STOPPED || evaluation->end == END_MEMORY)
        return EVALUATE_STOPPED;
    if (evaluation_has_needs(evaluation))
        return EVALUATE_NEEDS;
    if (evaluation->end == END_TOO_LARGE)
        *result = operand_error(ERROR_NUM);
    return EVALUATE_DONE;
}

enum evaluate_outcome evaluate_operand(struct evaluation *evaluation, formula_id formula,
                                       sheet_id sheet, struct position cell, struct operand *result)
{
    begin(evaluation, formula, sheet, cell);
    *result = operand_error(ERROR_NUM);
    if (run(evaluation) && evaluation->stack_count == 1)
        *result = evaluation->stack[0];
    return outcome(evaluation, result);
}

enum evaluate_outcome evaluate(struct evaluation *evaluation, formula_id formula, sheet_id sheet,
                               struct position cell, struct value *result)
{
    struct operand operand;
    enum evaluate_outcome first = evaluate_operand(evaluation, formula, sheet, cell, &operand);
    *result = value_error(ERROR_NUM);
    if (first != EVALUATE_DONE)
        return first;
    evaluation->in_array = formula_flags(evaluation->book->formulas, formula) & FORMULA_IS_ARRAY;
    if (operand.kind == OPERAND_MISSING)
        operand = operand_number(0);
    *result = operand_value(evaluation, &operand);
    if (result->kind == VALUE_BLANK)
        *result = value_number(0);
    return outcome(evaluation, &operand);
}
