/* SPDX-License-Identifier: MIT */
/* formula.c - references in tokens, well-formed formulas, and formulas kept once: see formula.h. */
#include "sheet/book/formula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sheet/book/function.h"
#include "sheet/grid/pool.h"

/* ---- references ------------------------------------------------------------------------------ */

/* ROWS and COLUMNS are powers of two: modulo is a mask, of what has wrapped below zero as well. */
_Static_assert((ROWS & (ROWS - 1)) == 0 && (COLUMNS & (COLUMNS - 1)) == 0, "powers of two");

static uint32_t row_meant(uint32_t word, bool is_fixed, struct position cell)
{
    return is_fixed ? word : (word + cell.row) & (ROWS - 1);
}

static uint32_t column_meant(uint32_t word, bool is_fixed, struct position cell)
{
    return is_fixed ? word : (word + cell.column) & (COLUMNS - 1);
}

static uint32_t row_word(uint32_t row, bool is_fixed, struct position cell)
{
    return is_fixed ? row : (row - cell.row) & (ROWS - 1);
}

static uint16_t column_word(uint32_t column, bool is_fixed, struct position cell)
{
    return (uint16_t)((is_fixed ? column : column - cell.column) & (COLUMNS - 1));
}

struct area token_area(const struct token *token, struct position cell)
{
    unsigned flags = token->flags;
    struct position first = {row_meant(token->row, flags & TOKEN_FIXED_ROW, cell),
                             column_meant(token->column, flags & TOKEN_FIXED_COLUMN, cell)};
    if (token->kind == TOKEN_CELL)
        return area_of_one(first);
    struct position last = {
        row_meant(token->last_row, flags & TOKEN_FIXED_LAST_ROW, cell),
        column_meant(token->last_column, flags & TOKEN_FIXED_LAST_COLUMN, cell)};
    return area_of(first, last);
}

void token_set_area(struct token *token, struct area area, unsigned flags, struct position cell)
{
    if (flags & TOKEN_WHOLE_COLUMNS)
        flags |= TOKEN_FIXED_ROW | TOKEN_FIXED_LAST_ROW;
    if (flags & TOKEN_WHOLE_ROWS)
        flags |= TOKEN_FIXED_COLUMN | TOKEN_FIXED_LAST_COLUMN;
    token->bits = 0;
    token->row = row_word(area.first.row, flags & TOKEN_FIXED_ROW, cell);
    token->column = column_word(area.first.column, flags & TOKEN_FIXED_COLUMN, cell);
    if (token->kind == TOKEN_CELL) {
        token->flags = (uint8_t)(flags & (TOKEN_FIXED_ROW | TOKEN_FIXED_COLUMN));
        return;
    }
    token->flags = (uint8_t)flags;
    token->last_row = row_word(area.last.row, flags & TOKEN_FIXED_LAST_ROW, cell);
    token->last_column = column_word(area.last.column, flags & TOKEN_FIXED_LAST_COLUMN, cell);
}

/* ---- well-formed ----------------------------------------------------------------------------- */

/* A look over the tokens in their order: how many values would lie on the stack if jumps did
 * nothing, and which jumps are on their way. Those within a call's arguments end at the call, so
 * they lie in each other and the last begun ends first. */
struct check {
    const struct token *tokens;
    size_t token_count;
    size_t depth;
    size_t jump_count;
    struct {
        size_t call;  /* the token whose end it leads to, by way of others */
        size_t depth; /* where it stands: nothing below that may be taken before the call */
    } jumps[FORMULA_DEPTH_MAX];
};

static bool is_jump(const struct token *token)
{
    return token->kind >= TOKEN_WHEN && token->kind <= TOKEN_PICK;
}

static bool is_constant(const struct token *token)
{
    return token->kind >= TOKEN_NUMBER && token->kind <= TOKEN_ERROR;
}

/* The token in front of where a jump leads; SIZE_MAX: out. */
static size_t jump_end(const struct check *check, size_t at)
{
    uint32_t extent = check->tokens[at].extent;
    return extent && extent < check->token_count - at ? at + extent : SIZE_MAX;
}

/* The call that a jump belongs to: it leads behind it, or behind the OTHERWISE of the argument that
 * it passes over, which does. SIZE_MAX: neither. */
static size_t jump_call(const struct check *check, size_t at)
{
    size_t end = jump_end(check, at);
    if (end == SIZE_MAX)
        return SIZE_MAX;
    unsigned kind = check->tokens[at].kind;
    if (check->tokens[end].kind == TOKEN_OTHERWISE && (kind == TOKEN_WHEN || kind == TOKEN_PICK))
        end = jump_end(check, end);
    if (end == SIZE_MAX || check->tokens[end].kind != TOKEN_CALL)
        return SIZE_MAX;
    return check->tokens[end].function == check->tokens[at].function ? end : SIZE_MAX;
}

static bool begin_jump(struct check *check, size_t at)
{
    size_t call = jump_call(check, at), last = check->jump_count - 1;
    if (call == SIZE_MAX || !check->depth || check->jump_count == FORMULA_DEPTH_MAX)
        return false;
    if (check->jump_count &&
        (call > check->jumps[last].call || check->depth < check->jumps[last].depth))
        return false;
    check->jumps[check->jump_count].call = call;
    check->jumps[check->jump_count++].depth = check->depth;
    return true;
}

/* The depth under which the operands of a token must not lie. */
static size_t floor_of(const struct check *check)
{
    return check->jump_count ? check->jumps[check->jump_count - 1].depth : 0;
}

/* At a call: its jumps end, each of which stands behind one of its arguments. */
static bool end_jumps(struct check *check, size_t at)
{
    size_t arguments = check->tokens[at].count;
    while (check->jump_count && check->jumps[check->jump_count - 1].call == at) {
        size_t depth = check->jumps[--check->jump_count].depth;
        if (depth + arguments <= check->depth)
            return false;
    }
    return true;
}

static bool reference_is_valid(const struct token *token)
{
    bool is_first = token->row < ROWS && token->column < COLUMNS && token->sheet < SHEET_IDS_MAX;
    return is_first &&
           (token->kind == TOKEN_CELL || (token->last_row < ROWS && token->last_column < COLUMNS));
}

/* The constants of an array stand right in front of it. */
static bool array_is_valid(const struct check *check, size_t at, size_t *pop_count)
{
    const struct token *token = &check->tokens[at];
    size_t count = (size_t)token->count * token->columns;
    if (!token->count || !token->columns || count > at || count > FORMULA_DEPTH_MAX)
        return false;
    for (size_t i = at - count; i < at; i++)
        if (!is_constant(&check->tokens[i]))
            return false;
    *pop_count = count;
    return true;
}

/* What a token says is sense, and how many values it takes off the stack. */
static bool token_is_valid(const struct check *check, size_t at, size_t *pop_count)
{
    const struct token *token = &check->tokens[at];
    *pop_count = 0;
    switch (token->kind) {
    case TOKEN_NUMBER:
        return isfinite(token->number);
    case TOKEN_BOOLEAN:
        return token->truth <= 1;
    case TOKEN_ERROR:
        return token->error && token->error <= ERROR_COUNT;
    case TOKEN_CELL:
    case TOKEN_AREA:
        return reference_is_valid(token);
    case TOKEN_TEXT:
    case TOKEN_MISSING:
        return true;
    case TOKEN_NAME:
        return token->name != 0;
    case TOKEN_ARRAY:
        return array_is_valid(check, at, pop_count);
    case TOKEN_NEGATE ... TOKEN_PERCENT:
        *pop_count = 1;
        return true;
    case TOKEN_ADD ... TOKEN_MEET:
        *pop_count = 2;
        return true;
    case TOKEN_CALL:
        *pop_count = token->count;
        return token->count <= FORMULA_ARGUMENTS_MAX && function_of(token->function);
    case TOKEN_UNKNOWN:
        *pop_count = token->count;
        return token->count <= FORMULA_ARGUMENTS_MAX && token->text;
    case TOKEN_PARENTHESES: /* takes one and puts it back */
        *pop_count = 1;
        return true;
    default:
        return false;
    }
}

static bool check_token(struct check *check, size_t at)
{
    size_t pop_count;
    if (is_jump(&check->tokens[at]))
        return begin_jump(check, at);
    if (!token_is_valid(check, at, &pop_count))
        return false;
    if (check->tokens[at].kind == TOKEN_CALL && !end_jumps(check, at))
        return false;
    if (pop_count > check->depth || check->depth - pop_count < floor_of(check))
        return false;
    check->depth += 1 - pop_count;
    return check->depth <= FORMULA_DEPTH_MAX;
}

bool formula_is_valid(const struct token *tokens, size_t token_count)
{
    struct check check;
    check.tokens = tokens;
    check.token_count = token_count;
    check.depth = check.jump_count = 0;
    if (!token_count || token_count > FORMULA_TOKENS_MAX)
        return false;
    for (size_t at = 0; at < token_count; at++)
        if (!check_token(&check, at))
            return false;
    return check.depth == 1 && !check.jump_count;
}

/* ---- keeping --------------------------------------------------------------------------------- */

_Static_assert(sizeof(struct token) == 16, "no gaps: formulas are compared as bytes");

struct formula_pool {
    struct pool pool; /* of runs of tokens; a run's tag is its formula_flag */
    struct text_pool *texts;
    struct token *plain; /* room for one formula */
};

static bool holds_text(const struct token *token)
{
    return token->kind == TOKEN_TEXT || token->kind == TOKEN_UNKNOWN;
}

static void drop_texts(void *context, const void *units, size_t unit_count)
{
    struct formula_pool *pool = context;
    const struct token *tokens = units;
    for (size_t i = 0; i < unit_count; i++)
        if (holds_text(&tokens[i]))
            text_drop(pool->texts, tokens[i].text);
}

struct formula_pool *formula_pool_new(struct text_pool *texts, steppe_budget *budget)
{
    struct formula_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    struct pool_options options = {.name = "formulas",
                                   .unit_bytes = sizeof(struct token),
                                   .units_max = UINT64_C(1) << 30,
                                   .runs_max = UINT32_C(1) << 27,
                                   .budget = budget,
                                   .on_end = drop_texts,
                                   .context = pool};
    pool->texts = texts;
    pool->plain = calloc(FORMULA_TOKENS_MAX, sizeof *pool->plain);
    if (pool->plain && pool_open(&pool->pool, &options))
        return pool;
    free(pool->plain);
    free(pool);
    return NULL;
}

void formula_pool_free(struct formula_pool *pool)
{
    if (!pool)
        return;
    pool_close(&pool->pool);
    free(pool->plain);
    free(pool);
}

/* A word alone in its eight bytes, wherever in them it stands. */
static uint64_t bits_of(uint32_t word)
{
    uint64_t bits = 0;
    memcpy(&bits, &word, sizeof word);
    return bits;
}

/* The bytes that mean something, and zeros: formulas are the same when their bytes are. */
static struct token plain_token(const struct token *token)
{
    struct token plain = *token;
    switch (token->kind) {
    case TOKEN_AREA:
        return plain;
    case TOKEN_CELL:
        plain.last_row = plain.last_column = 0;
        return plain;
    case TOKEN_NUMBER:
        return (struct token){.kind = token->kind, .bits = token->bits};
    case TOKEN_TEXT:
    case TOKEN_BOOLEAN:
    case TOKEN_ERROR:
        return (struct token){.kind = token->kind, .bits = bits_of(token->text)};
    case TOKEN_NAME:
        return (struct token){
            .kind = token->kind, .sheet = token->sheet, .bits = bits_of(token->name)};
    case TOKEN_ARRAY:
    case TOKEN_CALL:
    case TOKEN_UNKNOWN:
    case TOKEN_WHEN ... TOKEN_PICK:
        return (struct token){
            .kind = token->kind, .count = token->count, .bits = bits_of(token->text)};
    default:
        return (struct token){.kind = token->kind};
    }
}

static unsigned flags_of(const struct token *token)
{
    switch (token->kind) {
    case TOKEN_CALL:
        return function_of(token->function)->flags & FUNCTION_IS_VOLATILE ? FORMULA_IS_VOLATILE : 0;
    case TOKEN_UNKNOWN:
        return FORMULA_HAS_UNKNOWN;
    case TOKEN_NAME:
        return FORMULA_HAS_NAME;
    default:
        return 0;
    }
}

static formula_id keep(struct formula_pool *pool, const struct token *tokens, size_t token_count,
                       unsigned flags)
{
    bool is_new;
    formula_id formula = pool_keep(&pool->pool, tokens, token_count, flags, &is_new);
    if (!formula || !is_new)
        return formula;
    for (size_t i = 0; i < token_count; i++)
        if (holds_text(&tokens[i]))
            text_hold(pool->texts, tokens[i].text);
    return formula;
}

formula_id formula_keep(struct formula_pool *pool, const struct token *tokens, size_t token_count)
{
    unsigned flags = 0;
    if (!formula_is_valid(tokens, token_count))
        return 0;
    for (size_t i = 0; i < token_count; i++) {
        pool->plain[i] = plain_token(&tokens[i]);
        flags |= flags_of(&tokens[i]);
    }
    return keep(pool, pool->plain, token_count, flags);
}

formula_id formula_as_array(struct formula_pool *pool, formula_id formula)
{
    size_t token_count;
    const struct token *tokens = formula_tokens(pool, formula, &token_count);
    unsigned flags = formula_flags(pool, formula);
    if (!token_count || flags & FORMULA_IS_ARRAY)
        return formula;
    formula_id array = keep(pool, tokens, token_count, flags | FORMULA_IS_ARRAY);
    if (array)
        formula_drop(pool, formula);
    return array;
}

void formula_hold(struct formula_pool *pool, formula_id formula)
{
    pool_hold(&pool->pool, formula);
}

void formula_drop(struct formula_pool *pool, formula_id formula)
{
    pool_drop(&pool->pool, formula);
}

const struct token *formula_tokens(const struct formula_pool *pool, formula_id formula,
                                   size_t *token_count)
{
    if (pool_has(&pool->pool, formula))
        return pool_units(&pool->pool, formula, token_count);
    *token_count = 0;
    return NULL;
}

unsigned formula_flags(const struct formula_pool *pool, formula_id formula)
{
    return pool_has(&pool->pool, formula) ? pool_tag(&pool->pool, formula) : 0;
}

/* ---- collecting, figures --------------------------------------------------------------------- */

uint64_t formula_collect(struct formula_pool *pool)
{
    return pool_collect(&pool->pool);
}

bool formula_wants_collection(const struct formula_pool *pool)
{
    enum { TOKENS_LEAST = (1 << 20) / sizeof(struct token) };
    return pool->pool.dead_units > TOKENS_LEAST && pool->pool.dead_units > pool->pool.held_units;
}

struct formula_statistics formula_statistics_of(const struct formula_pool *pool)
{
    return (struct formula_statistics){.held_count = pool->pool.held_count,
                                       .use_count = pool->pool.holder_count,
                                       .token_count = pool->pool.held_units,
                                       .committed_bytes = pool_committed_bytes(&pool->pool)};
}

bool formula_pool_is_valid(const struct formula_pool *pool)
{
    return pool_is_valid(&pool->pool);
}
