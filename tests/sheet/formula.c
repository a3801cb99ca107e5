/* SPDX-License-Identifier: MIT */
/* formula.c - words of references, well-formed formulas, and the pool of them. */
#include "sheet/book/formula.h"

#include <math.h>
#include <string.h>

#include "sheet/book/function.h"
#include "support.h"

static struct text_pool *texts;
static struct formula_pool *formulas;

static void open_pools(void)
{
    texts = text_pool_new(NULL);
    require(texts);
    formulas = formula_pool_new(texts, NULL);
    require(formulas);
}

static void close_pools(void)
{
    formula_pool_free(formulas);
    text_pool_free(texts);
    formula_pool_free(NULL);
}

/* ---- tokens -----------------------------------------------------------------------------------
 */

static struct token number(double value)
{
    return (struct token){.kind = TOKEN_NUMBER, .number = value};
}

static struct token plain(enum token_kind kind)
{
    return (struct token){.kind = (uint8_t)kind};
}

static uint32_t function(const char *name)
{
    int found = function_find(name, strlen(name));
    require(found >= 0, "%s", name);
    return (uint32_t)found;
}

static struct token call(const char *name, uint32_t count)
{
    return (struct token){.kind = TOKEN_CALL, .count = count, .function = function(name)};
}

static struct token jump(enum token_kind kind, const char *name, uint32_t extent)
{
    return (struct token){.kind = (uint8_t)kind, .extent = extent, .function = function(name)};
}

static struct token text(text_id id)
{
    return (struct token){.kind = TOKEN_TEXT, .text = id};
}

#define is_valid(...)                                                                              \
    formula_is_valid((const struct token[]){__VA_ARGS__},                                          \
                     sizeof((const struct token[]){__VA_ARGS__}) / sizeof(struct token))

/* ---- references -------------------------------------------------------------------------------
 */

static void require_area(struct area got, struct area wanted)
{
    require(position_is(got.first, wanted.first) && position_is(got.last, wanted.last),
            "%s, not %s", area_name(got).text, area_name(wanted).text);
}

START_TEST(words)
{
    struct token token = {.kind = TOKEN_CELL};
    struct position cell = {10, 10};
    token_set_area(&token, area_of_one((struct position){9, 12}), 0, cell);
    require_area(token_area(&token, cell), area_of_one((struct position){9, 12}));
    /* Copied, it moves with its cell, and over the edge comes in on the other side. */
    require_area(token_area(&token, (struct position){11, 10}),
                 area_of_one((struct position){10, 12}));
    require_area(token_area(&token, (struct position){0, COLUMNS - 1}),
                 area_of_one((struct position){ROWS - 1, 1}));
    token_set_area(&token, area_of_one((struct position){9, 12}), TOKEN_FIXED_ROW, cell);
    require_area(token_area(&token, (struct position){0, 11}),
                 area_of_one((struct position){9, 13}));
    require_equal(token.flags, TOKEN_FIXED_ROW);

    token = (struct token){.kind = TOKEN_AREA};
    token_set_area(&token, (struct area){{0, 0}, {10, 0}}, TOKEN_FIXED_ROW, cell); /* A$1:A11 */
    require_area(token_area(&token, (struct position){20, 11}), (struct area){{0, 1}, {20, 1}});
    token_set_area(&token, (struct area){{9, 0}, {10, 0}}, TOKEN_FIXED_LAST_ROW,
                   cell); /* A10:A$11 */
    require_area(token_area(&token, (struct position){30, 10}), (struct area){{10, 0}, {29, 0}});

    token_set_area(&token, (struct area){{0, 3}, {ROWS - 1, 4}}, TOKEN_WHOLE_COLUMNS, cell);
    require_area(token_area(&token, (struct position){500, 11}),
                 (struct area){{0, 4}, {ROWS - 1, 5}});
    token_set_area(&token, (struct area){{3, 0}, {4, COLUMNS - 1}},
                   TOKEN_WHOLE_ROWS | TOKEN_FIXED_ROW, cell);
    require_area(token_area(&token, (struct position){11, 500}),
                 (struct area){{3, 0}, {5, COLUMNS - 1}});
}
END_TEST

START_TEST(words_and_back)
{
    uint64_t chance = 5;
    for (int round = 0; round < 20000; round++) {
        struct position at[3];
        for (size_t i = 0; i < array_count(at); i++)
            at[i] = (struct position){(uint32_t)random_below(&chance, ROWS),
                                      (uint32_t)random_below(&chance, COLUMNS)};
        struct area area = area_of(at[0], at[1]);
        struct token token = {.kind = TOKEN_AREA};
        token_set_area(&token, area, (unsigned)random_below(&chance, 16), at[2]);
        require_area(token_area(&token, at[2]), area);
        token.kind = TOKEN_CELL;
        token_set_area(&token, area_of_one(at[0]), (unsigned)random_below(&chance, 4), at[2]);
        require_area(token_area(&token, at[2]), area_of_one(at[0]));
        require(is_valid(token));
    }
}
END_TEST

/* ---- well-formed ------------------------------------------------------------------------------
 */

START_TEST(right)
{
    struct token one = number(1), add = plain(TOKEN_ADD);
    require(is_valid(one));
    require(is_valid(one, one, add));
    require(is_valid(one, plain(TOKEN_NEGATE), plain(TOKEN_PARENTHESES)));
    require(is_valid(one, one, one, call("SUM", 3)));
    require(is_valid(call("RAND", 0)));
    require(is_valid(one, plain(TOKEN_MISSING), call("SUM", 2)));
    require(is_valid(one, one, (struct token){.kind = TOKEN_UNKNOWN, .count = 2, .text = 3}));
    require(is_valid(one, one, one, one,
                     (struct token){.kind = TOKEN_ARRAY, .count = 2, .columns = 2}));
    require(is_valid((struct token){.kind = TOKEN_BOOLEAN, .truth = 1}));
    require(is_valid((struct token){.kind = TOKEN_ERROR, .error = ERROR_CYCLE}));
    require(is_valid((struct token){.kind = TOKEN_NAME, .name = 7}));
}
END_TEST

START_TEST(wrong)
{
    struct token one = number(1), add = plain(TOKEN_ADD);
    require(!formula_is_valid(NULL, 0));
    require(!is_valid(add));
    require(!is_valid(one, add));
    require(!is_valid(one, one));
    require(!is_valid(plain(TOKEN_PARENTHESES), one));
    require(!is_valid(plain(0)) && !is_valid(plain(TOKEN_KINDS)) && !is_valid(plain(255)));
    require(!is_valid(number(INFINITY)) && !is_valid(number(NAN)));
    require(!is_valid((struct token){.kind = TOKEN_BOOLEAN, .truth = 2}));
    require(!is_valid((struct token){.kind = TOKEN_ERROR}));
    require(!is_valid((struct token){.kind = TOKEN_ERROR, .error = ERROR_COUNT + 1}));
    require(!is_valid((struct token){.kind = TOKEN_NAME}));
    require(!is_valid((struct token){.kind = TOKEN_CELL, .row = ROWS}));
    require(!is_valid((struct token){.kind = TOKEN_CELL, .column = COLUMNS}));
    require(!is_valid((struct token){.kind = TOKEN_CELL, .sheet = SHEET_IDS_MAX}));
    require(!is_valid((struct token){.kind = TOKEN_AREA, .last_row = ROWS}));
    require(!is_valid((struct token){.kind = TOKEN_AREA, .last_column = COLUMNS}));
    require(!is_valid(one, one, call("SUM", 3)));
    require(!is_valid(one, (struct token){.kind = TOKEN_CALL, .count = 1, .function = 1 << 30}));
    require(!is_valid(one, (struct token){.kind = TOKEN_UNKNOWN, .count = 1}));
    require(!is_valid((struct token){.kind = TOKEN_CALL, .count = UINT32_MAX}));
    require(!is_valid(one, (struct token){.kind = TOKEN_ARRAY, .count = 1, .columns = 2}));
    require(!is_valid(one, (struct token){.kind = TOKEN_ARRAY, .count = 0, .columns = 0}));
    require(!is_valid(one,
                      (struct token){.kind = TOKEN_ARRAY, .count = 1u << 31, .columns = 1u << 31}));
    require(!is_valid((struct token){.kind = TOKEN_CELL},
                      (struct token){.kind = TOKEN_ARRAY, .count = 1, .columns = 1}));
}
END_TEST

START_TEST(jumps)
{
    struct token one = number(1), add = plain(TOKEN_ADD);
    struct token when = jump(TOKEN_WHEN, "IF", 2);
    struct token out = jump(TOKEN_OTHERWISE, "IF", 3), end = jump(TOKEN_OTHERWISE, "IF", 1);
    require(is_valid(one, when, one, out, one, end, call("IF", 3)));
    require(is_valid(one, jump(TOKEN_WHEN, "IF", 3), one, end, call("IF", 2)));
    require(is_valid(one, jump(TOKEN_ENSURE, "IFERROR", 3), one,
                     jump(TOKEN_OTHERWISE, "IFERROR", 1), call("IFERROR", 2)));
    require(is_valid(one, jump(TOKEN_PICK, "CHOOSE", 2), one, jump(TOKEN_OTHERWISE, "CHOOSE", 4),
                     jump(TOKEN_PICK, "CHOOSE", 3), one, jump(TOKEN_OTHERWISE, "CHOOSE", 1),
                     call("CHOOSE", 3)));
    /* One in another, and operators around. */
    require(is_valid(one, one, when, one, jump(TOKEN_OTHERWISE, "IF", 9), one, when, one, out, one,
                     end, call("IF", 3), end, call("IF", 3), add));

    require(!is_valid(when, one, out, one, end, call("IF", 3)), "nothing to jump by");
    require(!is_valid(one, jump(TOKEN_WHEN, "IF", 0), one, out, one, end, call("IF", 3)));
    require(!is_valid(one, jump(TOKEN_WHEN, "IF", 1), one, out, one, end, call("IF", 3)));
    require(!is_valid(one, jump(TOKEN_WHEN, "IF", 99), one, out, one, end, call("IF", 3)));
    require(!is_valid(one, jump(TOKEN_WHEN, "IF", UINT32_MAX), one, end, call("IF", 2)));
    require(!is_valid(one, when, one, out, one, end, call("SUM", 3)), "another function's call");
    require(!is_valid(one, when, one, out, one, end, call("IF", 2), add), "not its argument");
    require(!is_valid(one, when, one, add, one, end, call("IF", 2)), "takes what decided");
    require(!is_valid(one, jump(TOKEN_WHEN, "IF", 3), one, end, one), "no call at its end");
    /* Two that cross. */
    require(!is_valid(one, when, one, jump(TOKEN_OTHERWISE, "IF", 9), one, when, one, out, one,
                      jump(TOKEN_OTHERWISE, "IF", 3), call("IF", 3), end, call("IF", 3)));
}
END_TEST

START_TEST(too_deep)
{
    static struct token tokens[FORMULA_TOKENS_MAX + 1];
    size_t count = 0;
    for (; count < FORMULA_DEPTH_MAX; count++)
        tokens[count] = number((double)count);
    for (size_t i = 1; i < FORMULA_DEPTH_MAX; i++)
        tokens[count++] = plain(TOKEN_ADD);
    require(formula_is_valid(tokens, count));
    memmove(tokens + 1, tokens, count * sizeof *tokens);
    tokens[count + 1] = plain(TOKEN_ADD);
    require(!formula_is_valid(tokens, count + 2), "one more on the stack");
    for (size_t i = 1; i <= FORMULA_TOKENS_MAX; i++)
        tokens[i] = plain(TOKEN_NEGATE);
    require(formula_is_valid(tokens, FORMULA_TOKENS_MAX));
    require(!formula_is_valid(tokens, FORMULA_TOKENS_MAX + 1));
}
END_TEST

/* Whatever bytes come: an answer, and what is called well-formed finds its operands. */
START_TEST(any_tokens)
{
    uint64_t chance = (uint64_t)_i + 1, valid_count = 0;
    for (unsigned round = 0; round < 100000; round++) {
        struct token tokens[12];
        size_t count = 1 + random_below(&chance, array_count(tokens)), depth = 0;
        for (size_t i = 0; i < count; i++) {
            tokens[i] = (struct token){.kind = (uint8_t)random_below(&chance, TOKEN_KINDS + 1),
                                       .count = (uint32_t)random_below(&chance, 5)};
            tokens[i].bits = random_below(&chance, 4);
            if (random_below(&chance, 2))
                tokens[i] = number(1);
        }
        if (!formula_is_valid(tokens, count))
            continue;
        valid_count++;
        for (size_t i = 0; i < count; i++) {
            size_t pops = 0, kind = tokens[i].kind;
            if (kind >= TOKEN_WHEN)
                continue;
            if (kind == TOKEN_CALL || kind == TOKEN_UNKNOWN)
                pops = tokens[i].count;
            else if (kind == TOKEN_ARRAY)
                pops = (size_t)tokens[i].count * tokens[i].columns;
            else if (kind >= TOKEN_ADD && kind <= TOKEN_MEET)
                pops = 2;
            else if ((kind >= TOKEN_NEGATE && kind <= TOKEN_PERCENT) || kind == TOKEN_PARENTHESES)
                pops = 1;
            require(pops <= depth);
            depth += 1 - pops;
        }
        require_equal(depth, 1);
    }
    require(valid_count > 100);
}
END_TEST

/* ---- the pool ---------------------------------------------------------------------------------
 */

static formula_id keep(const struct token *tokens, size_t count)
{
    formula_id formula = formula_keep(formulas, tokens, count);
    require(formula, "%s", steppe_last_message());
    return formula;
}

START_TEST(each_once)
{
    struct token a[] = {number(1), number(2), plain(TOKEN_ADD)};
    struct token b[] = {number(1), number(2), plain(TOKEN_SUBTRACT)};
    formula_id sum = keep(a, 3), difference = keep(b, 3);
    require(sum != difference);
    require_equal(keep(a, 3), sum);
    /* What a token does not use does not count. */
    a[2].bits = 99;
    a[2].sheet = 4;
    a[0].count = 5;
    a[0].flags = 1;
    require_equal(keep(a, 3), sum);
    size_t count;
    const struct token *tokens = formula_tokens(formulas, sum, &count);
    require(count == 3 && tokens[2].kind == TOKEN_ADD && tokens[1].number == 2 && !tokens[2].bits);
    struct token cell = {.kind = TOKEN_CELL, .row = 3, .column = 4, .last_row = 5};
    formula_id reference = keep(&cell, 1);
    cell.last_row = 0;
    cell.last_column = 7;
    require_equal(keep(&cell, 1), reference);
    cell.sheet = 1;
    require(keep(&cell, 1) != reference);
    require(!formula_keep(formulas, a, 2), "not well-formed");
    require(!formula_tokens(formulas, 0, &count) && !count);
    require(!formula_tokens(formulas, 999, &count) && !formula_flags(formulas, 999));
    require_equal(formula_statistics_of(formulas).held_count, 4);
    require_equal(formula_statistics_of(formulas).use_count, 7);
    require(formula_pool_is_valid(formulas));
}
END_TEST

START_TEST(flags)
{
    struct token random = call("RAND", 0), name = {.kind = TOKEN_NAME, .name = 1};
    struct token unknown = {.kind = TOKEN_UNKNOWN, .text = text_keep(texts, "FOO", 3)};
    struct token all[] = {random, name, unknown, call("SUM", 3)};
    struct token one = number(1);
    require_equal(formula_flags(formulas, keep(&one, 1)), 0);
    require_equal(formula_flags(formulas, keep(&random, 1)), FORMULA_IS_VOLATILE);
    require_equal(formula_flags(formulas, keep(&name, 1)), FORMULA_HAS_NAME);
    require_equal(formula_flags(formulas, keep(&unknown, 1)), FORMULA_HAS_UNKNOWN);
    formula_id formula = keep(all, 4);
    unsigned three = FORMULA_IS_VOLATILE | FORMULA_HAS_NAME | FORMULA_HAS_UNKNOWN;
    require_equal(formula_flags(formulas, formula), three);

    formula_hold(formulas, formula); /* two holds: one moves */
    formula_id array = formula_as_array(formulas, formula);
    require(array && array != formula);
    require_equal(formula_flags(formulas, array), three | FORMULA_IS_ARRAY);
    require_equal(formula_as_array(formulas, array), array);
    formula_drop(formulas, array);
    require_equal(keep(all, 4), formula);
    formula_drop(formulas, formula);
    formula_drop(formulas, formula);
    (void)formula_collect(formulas);
    size_t count;
    require(!formula_tokens(formulas, formula, &count) && !formula_tokens(formulas, array, &count));
    require(formula_pool_is_valid(formulas));
}
END_TEST

/* A formula holds its texts until it is collected, dead or not. */
START_TEST(texts_are_held)
{
    text_id id = text_keep(texts, "held", 4);
    struct token token = text(id);
    formula_id formula = keep(&token, 1), array;
    formula_hold(formulas, formula);
    array = formula_as_array(formulas, formula);
    require(array && array != formula);
    text_drop(texts, id);
    formula_drop(formulas, formula);
    (void)text_collect(texts);
    require(!strcmp(text_bytes(texts, id, NULL), "held"));
    require_equal(keep(&token, 1), formula);
    formula_drop(formulas, formula);
    (void)formula_collect(formulas);
    (void)text_collect(texts);
    require(!strcmp(text_bytes(texts, id, NULL), "held"), "the array formula has it");
    formula_drop(formulas, array);
    (void)formula_collect(formulas);
    (void)text_collect(texts);
    require_equal(text_statistics_of(texts).held_count, 0);
    require(text_is_valid(texts));
}
END_TEST

/* ---- against a naive pool ---------------------------------------------------------------------
 */

enum { MODEL_FORMULAS = 400 };

static struct model {
    formula_id id; /* 0: neither held nor dead */
    unsigned holders;
} model[MODEL_FORMULAS];

/* Formula number i of the model: 1&"text i"&"text i"... of some length. */
static size_t model_tokens(unsigned i, struct token tokens[64])
{
    char name[16];
    size_t count = 0;
    tokens[count++] = number(i % 7);
    for (unsigned rest = i % 13; rest; rest--) {
        int length = snprintf(name, sizeof name, "text %u", i / 2);
        tokens[count++] = text(text_keep(texts, name, (size_t)length));
        tokens[count++] = plain(TOKEN_JOIN);
    }
    tokens[count++] = number(i);
    tokens[count++] = plain(TOKEN_ADD);
    return count;
}

static void drop_texts(const struct token *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tokens[i].kind == TOKEN_TEXT)
            text_drop(texts, tokens[i].text);
}

static void require_model(const struct formula_pool *pool)
{
    struct token wanted[64];
    uint64_t held_count = 0, use_count = 0;
    require(formula_pool_is_valid(pool) && text_is_valid(texts));
    for (unsigned i = 0; i < MODEL_FORMULAS; i++) {
        size_t wanted_count = model_tokens(i, wanted), count;
        drop_texts(wanted, wanted_count);
        held_count += model[i].holders != 0;
        use_count += model[i].holders;
        if (!model[i].holders)
            continue;
        const struct token *tokens = formula_tokens(pool, model[i].id, &count);
        require_equal(count, wanted_count);
        require(!memcmp(tokens, wanted, count * sizeof *tokens));
    }
    require_equal(formula_statistics_of(pool).held_count, held_count);
    require_equal(formula_statistics_of(pool).use_count, use_count);
}

static void model_keep(struct formula_pool *pool, unsigned i)
{
    struct token tokens[64];
    size_t count = model_tokens(i, tokens);
    formula_id id = formula_keep(pool, tokens, count);
    drop_texts(tokens, count);
    if (!id) {
        require_equal(steppe_last_status(), STEPPE_E_BUDGET);
        require(!model[i].id, "a formula that is there needs no memory");
        return;
    }
    require(!model[i].id || model[i].id == id, "its number has changed");
    model[i].id = id;
    model[i].holders++;
}

static void model_collect(struct formula_pool *pool)
{
    (void)formula_collect(pool);
    (void)text_collect(texts);
    for (unsigned i = 0; i < MODEL_FORMULAS; i++)
        if (!model[i].holders)
            model[i].id = 0;
}

START_TEST(as_the_naive_one)
{
    uint64_t chance = (uint64_t)_i + 100;
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    struct formula_pool *pool = formula_pool_new(texts, budget);
    require(pool);
    memset(model, 0, sizeof model);
    for (unsigned step = 0; step < (is_slow() ? 2000 : 20000); step++) {
        unsigned i = (unsigned)random_below(&chance, MODEL_FORMULAS);
        switch (random_below(&chance, 6)) {
        case 0:
        case 1:
            model_keep(pool, i);
            break;
        case 2:
            if (model[i].holders++)
                formula_hold(pool, model[i].id);
            else
                model[i].holders = 0;
            break;
        case 3:
        case 4:
            if (model[i].holders) {
                formula_drop(pool, model[i].id);
                model[i].holders--;
            }
            break;
        default:
            if (!random_below(&chance, 20))
                model_collect(pool);
            if (!random_below(&chance, 20))
                require_ok(steppe_budget_set_limit(budget, random_below(&chance, 2)
                                                               ? steppe_budget_charged_bytes(budget)
                                                               : STEPPE_NO_LIMIT));
        }
        if (step % 500 == 0)
            require_model(pool);
    }
    require_model(pool);
    for (unsigned i = 0; i < MODEL_FORMULAS; i++)
        for (; model[i].holders; model[i].holders--)
            formula_drop(pool, model[i].id);
    model_collect(pool);
    require_model(pool);
    require_equal(text_statistics_of(texts).held_count, 0);
    formula_pool_free(pool);
    require_equal(steppe_budget_charged_bytes(budget), 0);
    require_ok(steppe_budget_free(budget));
}
END_TEST

START_TEST(refused)
{
    for (uint64_t pages = 0; pages < 30; pages++) {
        steppe_budget *budget = steppe_budget_new(pages * steppe_page_bytes());
        struct formula_pool *pool = formula_pool_new(texts, budget);
        unsigned kept = 0;
        for (; pool && kept < 100000; kept++) {
            struct token tokens[] = {number(kept), plain(TOKEN_NEGATE)};
            if (!formula_keep(pool, tokens, 2))
                break;
        }
        require(kept < 100000);
        require_equal(steppe_last_status(), STEPPE_E_BUDGET);
        if (pool) {
            require_equal(formula_statistics_of(pool).held_count, kept);
            require(formula_pool_is_valid(pool));
        }
        formula_pool_free(pool);
        require_equal(steppe_budget_charged_bytes(budget), 0);
        require_ok(steppe_budget_free(budget));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("formula");
    TCase *tokens = test_case(suite, "tokens");
    tcase_add_test(tokens, words);
    tcase_add_test(tokens, words_and_back);
    tcase_add_test(tokens, right);
    tcase_add_test(tokens, wrong);
    tcase_add_test(tokens, jumps);
    tcase_add_test(tokens, too_deep);
    tcase_add_loop_test(tokens, any_tokens, 0, 4);
    TCase *pool = test_case(suite, "pool");
    tcase_add_checked_fixture(pool, open_pools, close_pools);
    tcase_add_test(pool, each_once);
    tcase_add_test(pool, flags);
    tcase_add_test(pool, texts_are_held);
    tcase_add_test(pool, refused);
    tcase_add_loop_test(pool, as_the_naive_one, 0, 6);
    return test_main(suite);
}
