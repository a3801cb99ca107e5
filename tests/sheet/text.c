/* SPDX-License-Identifier: MIT */
/* text.c - the pool of texts, against a naive one, and with memory refused. */
#include "sheet/grid/text.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static struct text_pool *open_pool(steppe_budget *budget)
{
    struct text_pool *pool = text_pool_new(budget);
    require(pool, "%s", steppe_last_message());
    return pool;
}

static text_id keep(struct text_pool *pool, const char *text)
{
    text_id id = text_keep(pool, text, strlen(text));
    require(id, "%s", steppe_last_message());
    return id;
}

static void require_text(const struct text_pool *pool, text_id id, const char *text)
{
    size_t size_bytes;
    const char *bytes = text_bytes(pool, id, &size_bytes);
    require_equal(size_bytes, strlen(text));
    require(!memcmp(bytes, text, size_bytes + 1), "%s, not %s", bytes, text);
}

START_TEST(each_once)
{
    struct text_pool *pool = open_pool(NULL);
    text_id one = keep(pool, "one"), two = keep(pool, "two"), empty = keep(pool, "");
    require(one != two && one != empty && two != empty);
    require_equal(keep(pool, "one"), one);
    require_equal(text_keep(pool, "two and more", 3), two);
    require_equal(text_keep(pool, NULL, 0), empty);
    require(keep(pool, "One") != one, "case counts");
    require_text(pool, one, "one");
    require_text(pool, empty, "");
    require_text(pool, 0, "");
    require_text(pool, 12345, "");
    struct value value = text_value(pool, two);
    require(value.kind == VALUE_TEXT && value.text_bytes == 3 && !strcmp(value.text, "two"));
    require_equal(text_statistics_of(pool).held_count, 4);
    require(text_is_valid(pool));
    text_pool_free(pool);
    text_pool_free(NULL);
}
END_TEST

START_TEST(dead_and_again)
{
    struct text_pool *pool = open_pool(NULL);
    text_id a = keep(pool, "a"), b = keep(pool, "bb"), c = keep(pool, "ccc");
    text_hold(pool, b);
    text_drop(pool, b);
    text_drop(pool, a);
    require_equal(text_statistics_of(pool).held_count, 2);
    require_equal(keep(pool, "a"), a); /* not collected yet: the same */
    text_drop(pool, a);
    text_drop(pool, a); /* one too many does no harm */
    text_hold(pool, 0);
    text_drop(pool, 0);
    (void)text_collect(pool);
    require(text_is_valid(pool));
    require_text(pool, b, "bb");
    require_text(pool, c, "ccc");
    require_text(pool, a, "");
    require_equal(text_statistics_of(pool).dead_bytes, 0);
    require_equal(keep(pool, "something else"), a); /* numbers are used again */
    require_text(pool, b, "bb");
    text_pool_free(pool);
}
END_TEST

START_TEST(longest)
{
    struct text_pool *pool = open_pool(NULL);
    char *text = malloc(TEXT_BYTES_MAX + 1);
    require(text);
    memset(text, 'x', TEXT_BYTES_MAX);
    text[TEXT_BYTES_MAX] = '\0';
    text_id id = keep(pool, text);
    text_id shorter = text_keep(pool, text, TEXT_BYTES_MAX - 1);
    require(id != shorter);
    text_drop(pool, shorter);
    (void)text_collect(pool);
    require_text(pool, id, text);
    require(!text_keep(pool, text, SIZE_MAX));
    require(text_is_valid(pool));
    free(text);
    text_pool_free(pool);
}
END_TEST

/* Most of it dead: a collection is asked for, and gives the pages back. */
START_TEST(memory_comes_back)
{
    enum { COUNT = 100000 };
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    struct text_pool *pool = open_pool(budget);
    static text_id ids[COUNT];
    uint64_t empty_bytes = steppe_budget_charged_bytes(budget);
    char text[64];
    for (unsigned i = 0; i < COUNT; i++) {
        require(snprintf(text, sizeof text, "text number %u of many", i) > 0);
        ids[i] = keep(pool, text);
    }
    require_equal(text_statistics_of(pool).committed_bytes, steppe_budget_charged_bytes(budget));
    require(!text_wants_collection(pool));
    for (unsigned i = 0; i < COUNT; i++)
        if (i % 1000)
            text_drop(pool, ids[i]);
    require(text_wants_collection(pool));
    uint64_t before_bytes = steppe_budget_charged_bytes(budget);
    uint64_t back_bytes = text_collect(pool);
    require_equal(before_bytes - back_bytes, steppe_budget_charged_bytes(budget));
    require(!text_wants_collection(pool));
    require(text_is_valid(pool));
    for (unsigned i = 0; i < COUNT; i += 1000) {
        require(snprintf(text, sizeof text, "text number %u of many", i) > 0);
        require_text(pool, ids[i], text);
        text_drop(pool, ids[i]);
    }
    (void)text_collect(pool);
    require(steppe_budget_charged_bytes(budget) <= empty_bytes + 4 * steppe_page_bytes());
    text_pool_free(pool);
    require_equal(steppe_budget_charged_bytes(budget), 0);
    require_ok(steppe_budget_free(budget));
}
END_TEST

/* Bytes beside those of the texts themselves, in use and not ahead of it. */
START_TEST(what_a_text_costs)
{
    unsigned count = is_slow() ? 20000 : 500000;
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    struct text_pool *pool = open_pool(budget);
    uint64_t text_bytes = 0;
    char text[64];
    for (unsigned i = 0; i < count; i++) {
        text_bytes += (uint64_t)snprintf(text, sizeof text, "some text %u", i * 2654435761u);
        (void)keep(pool, text);
    }
    (void)text_collect(pool); /* nothing is dead: takes off what was committed ahead */
    uint64_t beside_bytes = steppe_budget_charged_bytes(budget) - text_bytes;
    require(beside_bytes <= 26 * (uint64_t)count + 8 * steppe_page_bytes(), "%g bytes for each",
            (double)beside_bytes / count);
    text_pool_free(pool);
    require_ok(steppe_budget_free(budget));
}
END_TEST

/* ---- against a naive pool ---------------------------------------------------------------------
 */

enum { MODEL_TEXTS = 700 };

static struct model {
    char text[24];
    text_id id; /* while it is held or dead */
    unsigned holders;
} model[MODEL_TEXTS];

/* Lengths from 0 on, many of them shorter than a number. */
static void fill_model(uint64_t *chance)
{
    memset(model, 0, sizeof model);
    for (unsigned i = 0; i < MODEL_TEXTS; i++) {
        char *end = model[i].text;
        for (unsigned rest = i; rest; rest /= 3)
            *end++ = (char)('a' + rest % 3);
        if (i % 5 == 0)
            memset(end, 'z', random_below(chance, 12));
    }
}

static void require_model(const struct text_pool *pool)
{
    uint64_t held_count = 0;
    require(text_is_valid(pool));
    for (unsigned i = 0; i < MODEL_TEXTS; i++)
        if (model[i].holders) {
            held_count++;
            require_text(pool, model[i].id, model[i].text);
        }
    require_equal(text_statistics_of(pool).held_count, held_count);
}

/* One holder more; with a limit at which memory is refused, nothing may change then. */
static void model_keep(struct text_pool *pool, struct model *entry)
{
    text_id id = text_keep(pool, entry->text, strlen(entry->text));
    if (!id) {
        require_equal(steppe_last_status(), STEPPE_E_BUDGET);
        require(!entry->id, "a text that is there needs no memory");
        return;
    }
    require(!entry->id || entry->id == id, "its number has changed");
    entry->id = id;
    entry->holders++;
}

static void model_collect(struct text_pool *pool)
{
    (void)text_collect(pool);
    for (unsigned i = 0; i < MODEL_TEXTS; i++)
        if (!model[i].holders)
            model[i].id = 0;
}

START_TEST(as_the_naive_one)
{
    uint64_t chance = (uint64_t)_i + 1;
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    struct text_pool *pool = open_pool(budget);
    fill_model(&chance);
    for (unsigned step = 0; step < (is_slow() ? 2000 : 20000); step++) {
        struct model *entry = &model[random_below(&chance, MODEL_TEXTS)];
        switch (random_below(&chance, 8)) {
        case 0:
        case 1:
        case 2:
            model_keep(pool, entry);
            break;
        case 3:
            if (entry->holders) {
                text_hold(pool, entry->id);
                entry->holders++;
            }
            break;
        case 4:
        case 5:
        case 6:
            if (entry->holders) {
                text_drop(pool, entry->id);
                entry->holders--;
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
    model_collect(pool);
    require_model(pool);
    text_pool_free(pool);
    require_equal(steppe_budget_charged_bytes(budget), 0);
    require_ok(steppe_budget_free(budget));
}
END_TEST

/* However little there is, what was kept before stays. */
START_TEST(refused)
{
    for (uint64_t pages = 0; pages < 40; pages++) {
        steppe_budget *budget = steppe_budget_new(pages * steppe_page_bytes());
        struct text_pool *pool = text_pool_new(budget);
        if (!pool) {
            require_equal(steppe_last_status(), STEPPE_E_BUDGET);
            require_equal(steppe_budget_charged_bytes(budget), 0);
            require_ok(steppe_budget_free(budget));
            continue;
        }
        unsigned kept = 0;
        char text[64];
        for (; kept < 100000; kept++) {
            require(snprintf(text, sizeof text, "text number %u of many", kept) > 0);
            if (!text_keep(pool, text, strlen(text)))
                break;
        }
        require(kept < 100000);
        require_equal(steppe_last_status(), STEPPE_E_BUDGET);
        require_equal(text_statistics_of(pool).held_count, kept);
        require(text_is_valid(pool));
        text_pool_free(pool);
        require_ok(steppe_budget_free(budget));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *plain = test_case(suite, "plain");
    tcase_add_test(plain, each_once);
    tcase_add_test(plain, dead_and_again);
    tcase_add_test(plain, longest);
    tcase_add_test(plain, memory_comes_back);
    tcase_add_test(plain, what_a_text_costs);
    tcase_add_test(plain, refused);
    TCase *random = test_case(suite, "random");
    tcase_add_loop_test(random, as_the_naive_one, 0, 8);
    return test_main(suite);
}
