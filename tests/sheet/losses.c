/* SPDX-License-Identifier: MIT */
/* losses.c - what is not kept: counting it, and saying so. */
#include "sheet/book/losses.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

static void require_text(const struct losses *losses, const char *expected)
{
    char *text = losses_text(losses);
    require(text && strcmp(text, expected) == 0, "%s, not %s", text, expected);
    free(text);
}

START_TEST(kinds_and_places)
{
    struct losses losses = {0};
    require_text(&losses, "");
    losses_add(&losses, "charts", "Sheet1");
    require_text(&losses, "1 chart (Sheet1)");
    losses_add(&losses, "charts", "Sheet2");
    losses_add(&losses, "pictures", NULL);
    losses_add_many(&losses, "charts", "Sheet3", 1998);
    losses_add_many(&losses, "nothing", "nowhere", 0);
    require_equal(losses.count, 2);
    require_text(&losses, "2,000 charts (Sheet1), 1 picture");
    losses_add(NULL, "charts", NULL);
}
END_TEST

START_TEST(one_and_many)
{
    static const char *const words[][2] = {
        {"pictures", "picture"},
        {"boxes", "box"},
        {"searches", "search"},
        {"queries", "query"},
        {"cells with borders", "cell with borders"},
        {"formulas that cannot be read", "formula that cannot be read"},
        {"groups of rows or columns", "group of rows or columns"},
        {"data validations", "data validation"},
        {"sheets beyond the 255th", "sheet beyond the 255th"},
        {"data", "data"},
    };
    for (size_t i = 0; i < array_count(words); i++) {
        struct losses losses = {0};
        char expected[LOSS_TEXT_BYTES + 8];
        losses_add(&losses, words[i][0], NULL);
        (void)snprintf(expected, sizeof expected, "1 %s", words[i][1]);
        require_text(&losses, expected);
        losses_add(&losses, words[i][0], NULL);
        (void)snprintf(expected, sizeof expected, "2 %s", words[i][0]);
        require_text(&losses, expected);
    }
}
END_TEST

START_TEST(more_kinds_than_places)
{
    struct losses losses = {0};
    char name[32];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "kind %d", i);
        losses_add(&losses, name, "here");
    }
    require_equal(losses.count, LOSSES_MAX);
    require(strcmp(losses.losses[LOSSES_MAX - 1].what, "other things") == 0);
    require_equal(losses.losses[LOSSES_MAX - 1].count, 100 - (LOSSES_MAX - 1));
    require(strcmp(losses.losses[LOSSES_MAX - 2].what, "kind 62") == 0);
    losses_add(&losses, "kind 0", NULL);
    require_equal(losses.losses[0].count, 2);
    losses_add_many(&losses, "kind 0", NULL, UINT64_MAX);
    require_equal(losses.losses[0].count, UINT64_MAX);
}
END_TEST

START_TEST(joining)
{
    struct losses a = {0}, b = {0};
    losses_add(&a, "charts", "A");
    losses_add_many(&b, "charts", "B", 2);
    losses_add(&b, "macros", "");
    losses_join(&a, &b);
    require_text(&a, "3 charts (A), 1 macro");
}
END_TEST

START_TEST(texts_from_outside)
{
    struct losses losses = {0};
    char name[300];
    losses_add(&losses, "charts",
               "a\nb\x1b[1m\xc2\x9b"
               "c\xc3\xa4\x7f");
    require_text(&losses, "1 chart (a?b?[1m??c\xc3\xa4?)");
    /* Cut at the end of a character, also where it would fall into one. */
    for (size_t front = 0; front < 3; front++) {
        memset(name, 'x', front);
        for (size_t i = 0; i < 90; i++)
            memcpy(name + front + 3 * i, "\xe2\x82\xac", 3);
        name[front + 3 * 90] = '\0';
        losses = (struct losses){0};
        losses_add(&losses, "signs", name);
        size_t length = strlen(losses.losses[0].where);
        require(length < LOSS_TEXT_BYTES && length >= LOSS_TEXT_BYTES - 4);
        require_equal((length - front) % 3, 0);
        require(strncmp(losses.losses[0].where, name, length) == 0);
    }
    /* The same long name is the same kind. */
    memset(name, 'y', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    losses_add(&losses, name, NULL);
    losses_add(&losses, name, NULL);
    require_equal(losses.count, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("losses");
    TCase *all = test_case(suite, "losses");
    tcase_add_test(all, kinds_and_places);
    tcase_add_test(all, one_and_many);
    tcase_add_test(all, more_kinds_than_places);
    tcase_add_test(all, joining);
    tcase_add_test(all, texts_from_outside);
    return test_main(suite);
}
