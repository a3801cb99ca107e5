/* SPDX-License-Identifier: MIT */
/*
 * jump.c - which arguments of IF, IFERROR, IFNA and CHOOSE are evaluated.
 *
 * A condition of one value is taken from the stack and decides; the jumps then lead behind
 * the CALL. When it is an array (or, in an array formula, an area), it stays, and the CALL is noted
 * as pending: none of its jumps does anything, and the function's body gets all arguments and joins
 * them element by element. The innermost pending call is the last of the list, so a jump looks
 * there only; jumps of calls within its arguments are not of it.
 *
 *   token        one value                                      its CALL is pending, or gets so
 *   WHEN         pop; true: go on; false: leap, or, where       nothing
 *                there is no other choice, push FALSE, leave;
 *                an error: push it, leave
 *   OTHERWISE    leave                                          nothing
 *   ENSURE       no error (IFNA: no #N/A): leave; else go on,   nothing
 *                and the CALL gives the second argument
 *   PICK         pop; leap from PICK to PICK to the one         nothing
 *                wanted; none: push #VALUE!, leave
 *
 *   leap: to where extent says; leave: to behind the CALL
 */
#include "sheet/book/jump.h"

#include <string.h>

#include "sheet/book/evaluation.h"

static bool is_pending(const struct evaluation *evaluation, uint32_t call)
{
    if (!evaluation->pending_count)
        return false;
    const struct pending *last = &evaluation->pending[evaluation->pending_count - 1];
    return last->frame == evaluation->frame_count && last->call == call;
}

void jump_end(struct evaluation *evaluation, uint32_t call)
{
    if (is_pending(evaluation, call))
        evaluation->pending_count--;
}

bool jump_is(unsigned kind)
{
    return kind >= TOKEN_WHEN && kind <= TOKEN_PICK;
}

/* The CALL that a jump belongs to: formula.h says where jumps lead. */
static uint32_t call_of(const struct frame *frame, const struct token *jump, uint32_t at)
{
    uint32_t target = at + 1 + jump->extent;
    if (jump->kind == TOKEN_OTHERWISE || jump->kind == TOKEN_ENSURE)
        return target - 1;
    if (target < frame->token_count && frame->tokens[target].kind == TOKEN_CALL &&
        frame->tokens[target].function == jump->function)
        return target; /* none of these begins with a call of the same function */
    const struct token *before = &frame->tokens[target - 1];
    return before->kind == TOKEN_OTHERWISE ? target - 1 + before->extent : frame->token_count;
}

static void leap(struct frame *frame, uint32_t at, uint32_t extent)
{
    frame->at = at + 1 + extent;
}

static void leave(struct frame *frame, uint32_t call)
{
    frame->at = call + 1;
}

/* The value that decides, or false: the call is pending, by now or for long; or cells are needed.
 */
static bool take_condition(struct evaluation *evaluation, uint32_t call, struct value *value)
{
    struct operand *condition = evaluation_operands(evaluation, 1);
    if (!condition || is_pending(evaluation, call))
        return false;
    if (operand_is_many(condition, evaluation->in_array)) {
        if (evaluation->pending_count == PENDING_MAX)
            evaluation_end_for(evaluation, END_TOO_LARGE);
        else
            evaluation->pending[evaluation->pending_count++] =
                (struct pending){.frame = evaluation->frame_count, .call = call};
        return false;
    }
    *value = operand_value(evaluation, condition);
    return !evaluation_has_needs(evaluation);
}

static void do_when(struct evaluation *evaluation, const struct token *token, uint32_t at)
{
    struct frame *frame = evaluation_frame(evaluation);
    uint32_t call = call_of(frame, token, at);
    struct value condition;
    if (!take_condition(evaluation, call, &condition))
        return;
    condition = value_to_boolean(condition);
    if (condition.kind == VALUE_ERROR) {
        evaluation_replace(evaluation, 1, operand_of(condition));
        leave(frame, call);
        return;
    }
    bool is_last = at + 1 + token->extent == call;
    if (!condition.boolean && is_last) {
        evaluation_replace(evaluation, 1, operand_boolean(false));
        leave(frame, call);
        return;
    }
    evaluation->stack_count--;
    if (!condition.boolean)
        leap(frame, at, token->extent);
}

static void do_otherwise(struct evaluation *evaluation, const struct token *token, uint32_t at)
{
    struct frame *frame = evaluation_frame(evaluation);
    struct operand *chosen = evaluation_operands(evaluation, 1);
    if (!chosen || is_pending(evaluation, at + token->extent))
        return;
    if (chosen->kind == OPERAND_MISSING)
        *chosen = operand_number(0);
    leap(frame, at, token->extent);
}

static bool is_only_for_na(const struct token *jump)
{
    const struct function *function = function_of(jump->function);
    return function && strcmp(function->name, "IFNA") == 0;
}

static void do_ensure(struct evaluation *evaluation, const struct token *token, uint32_t at)
{
    struct frame *frame = evaluation_frame(evaluation);
    uint32_t call = call_of(frame, token, at);
    struct value value;
    if (!take_condition(evaluation, call, &value))
        return;
    evaluation_replace(evaluation, 1, operand_of(value));
    if (value.kind != VALUE_ERROR || (is_only_for_na(token) && value.error != ERROR_NA))
        leave(frame, call);
}

static void do_pick(struct evaluation *evaluation, const struct token *token, uint32_t at)
{
    struct frame *frame = evaluation_frame(evaluation);
    uint32_t call = call_of(frame, token, at);
    struct value wanted;
    if (!take_condition(evaluation, call, &wanted))
        return;
    wanted = value_to_number(wanted);
    uint32_t pick = at;
    double choice = 1;
    while (wanted.kind == VALUE_NUMBER && wanted.number >= choice + 1) {
        pick += 1 + frame->tokens[pick].extent;
        choice++;
        if (pick >= frame->token_count || frame->tokens[pick].kind != TOKEN_PICK)
            break;
    }
    bool is_there = wanted.kind == VALUE_NUMBER && wanted.number >= 1 &&
                    pick < frame->token_count && frame->tokens[pick].kind == TOKEN_PICK;
    if (is_there) {
        evaluation->stack_count--;
        frame->at = pick + 1;
        return;
    }
    evaluation_replace(evaluation, 1,
                       operand_of(wanted.kind == VALUE_ERROR ? wanted : value_error(ERROR_VALUE)));
    leave(frame, call);
}

void jump_do(struct evaluation *evaluation, const struct token *token, uint32_t at)
{
    if (token->kind == TOKEN_WHEN)
        do_when(evaluation, token, at);
    else if (token->kind == TOKEN_ENSURE)
        do_ensure(evaluation, token, at);
    else if (token->kind == TOKEN_OTHERWISE)
        do_otherwise(evaluation, token, at);
    else
        do_pick(evaluation, token, at);
}
