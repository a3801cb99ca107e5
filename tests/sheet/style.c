/* SPDX-License-Identifier: MIT */
/* style.c - ways to look, each kept once. */
#include "sheet/grid/style.h"

#include <string.h>

#include "support.h"

static struct text_pool *texts;
static struct style_pool *styles;

static void open_pools(void)
{
    texts = text_pool_new(NULL);
    require(texts);
    styles = style_pool_new(texts, NULL);
    require(styles);
}

static void close_pools(void)
{
    style_pool_free(styles);
    text_pool_free(texts);
    style_pool_free(NULL);
}

static style_id keep(const struct style *style)
{
    style_id id = 0;
    require(style_keep(styles, style, &id), "%s", steppe_last_message());
    return id;
}

START_TEST(each_once)
{
    require_equal(style_count(styles), 1);
    require_equal(keep(&(struct style){0}), 0);
    style_id bold = keep(&(struct style){.flags = STYLE_BOLD});
    style_id red = keep(&(struct style){.flags = STYLE_HAS_INK, .ink = 0xFF0000});
    require(bold && red && bold != red);
    require_equal(keep(&(struct style){.flags = STYLE_BOLD}), bold);
    require_equal(keep(&(struct style){.flags = STYLE_BOLD, .ink = 0x123456}), bold);
    require_equal(style_of(styles, red)->ink, 0xFF0000);
    require_equal(style_of(styles, bold)->flags, STYLE_BOLD);
    require_equal(style_of(styles, 4711)->flags, 0);
    require_equal(style_count(styles), 3);
}
END_TEST

START_TEST(formats)
{
    style_id bold = keep(&(struct style){.flags = STYLE_BOLD}), percent, same, general;
    require(!strcmp(style_format(styles, bold), "General"));
    require(style_with_format(styles, bold, "0.00%", &percent));
    require(percent != bold && !strcmp(style_format(styles, percent), "0.00%"));
    require_equal(style_of(styles, percent)->flags, STYLE_BOLD);
    require(style_with_format(styles, bold, "0.00%", &same) && same == percent);
    require(style_with_format(styles, percent, "GENERAL", &general) && general == bold);
    require(style_with_format(styles, percent, "", &general) && general == bold);
    require(style_with_format(styles, 0, "General", &general) && general == 0);
    require(style_with_format(styles, 0, "General0", &general) && general != 0);
    /* Nobody but the styles holds the codes now. */
    (void)text_collect(texts);
    require(!strcmp(style_format(styles, percent), "0.00%"));
    require_equal(text_statistics_of(texts).held_count, 2);
}
END_TEST

START_TEST(too_many)
{
    style_id id = 0;
    for (unsigned i = 1; i < 65535; i++) {
        require(style_keep(styles, &(struct style){.flags = STYLE_HAS_INK, .ink = i}, &id));
        require_equal(id, i);
    }
    require(!style_keep(styles, &(struct style){.flags = STYLE_HAS_INK, .ink = 65535}, &id));
    require_equal(steppe_last_status(), STEPPE_E_OUTSIDE);
    require_equal(style_count(styles), 65535);
    require_equal(keep(&(struct style){.flags = STYLE_HAS_INK, .ink = 65534}), 65534);
    require_equal(style_of(styles, 65535)->flags, 0);
}
END_TEST

START_TEST(refused)
{
    steppe_budget *budget = steppe_budget_new(0);
    require(!style_pool_new(texts, budget));
    require_equal(steppe_last_status(), STEPPE_E_BUDGET);
    require_ok(steppe_budget_set_limit(budget, STEPPE_NO_LIMIT));
    struct style_pool *pool = style_pool_new(texts, budget);
    require(pool);
    require_ok(steppe_budget_set_limit(budget, steppe_budget_charged_bytes(budget)));
    style_id id = 0;
    size_t count = 1;
    for (; count < 65535; count++)
        if (!style_keep(pool, &(struct style){.flags = STYLE_HAS_INK, .ink = (uint32_t)count}, &id))
            break;
    require(count < 65535);
    require_equal(steppe_last_status(), STEPPE_E_BUDGET);
    require_equal(style_count(pool), count);
    require_ok(steppe_budget_set_limit(budget, STEPPE_NO_LIMIT));
    require(style_keep(pool, &(struct style){.flags = STYLE_HAS_INK, .ink = (uint32_t)count}, &id));
    require_equal(id, count);
    style_pool_free(pool);
    require_ok(steppe_budget_free(budget));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("style");
    TCase *plain = test_case(suite, "plain");
    tcase_add_checked_fixture(plain, open_pools, close_pools);
    tcase_add_test(plain, each_once);
    tcase_add_test(plain, formats);
    tcase_add_test(plain, too_many);
    tcase_add_test(plain, refused);
    return test_main(suite);
}
