/* SPDX-License-Identifier: MIT */
/* collect.c - giving back the pages of an array on which nothing is in use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <steppe/steppe.h>

enum { ITEMS = 50 };

/* Two on a page of 4 KiB. */
struct item {
    bool is_in_use;
    char text[2047];
};

static void show(const struct item *items)
{
    for (size_t page = 0; page < sizeof(struct item) * ITEMS; page += steppe_page_bytes()) {
        steppe_run run;
        if (steppe_query((const char *)items + page, &run) == STEPPE_OK)
            putchar(run.state == STEPPE_COMMITTED ? '#' : '.');
    }
    putchar('\n');
}

static void use(struct item *item, const char *text)
{
    item->is_in_use = true;
    strcpy(item->text, text);
}

int main(void)
{
    struct item *items = steppe_reserve(
        sizeof(struct item) * ITEMS, &(steppe_options){.on_fault = STEPPE_COMMIT, .strict = true});
    if (!items) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return EXIT_FAILURE;
    }
    steppe_collection all = {.base = items,
                             .structure_bytes = sizeof(struct item),
                             .count = ITEMS,
                             .flag_offset_bytes = offsetof(struct item, is_in_use),
                             .flag_bytes = sizeof(bool)};
    size_t page_count;
    show(items);
    use(&items[7], "seven");
    use(&items[46], "forty-six");
    show(items);
    items[46].is_in_use = false;
    show(items);
    if (steppe_collect(&all, 0, &page_count) != STEPPE_OK) {
        fprintf(stderr, "%s\n", steppe_last_message());
        return EXIT_FAILURE;
    }
    show(items);
    printf("%zu page given back; item 7 is still \"%s\"\n", page_count, items[7].text);
    return steppe_release(items) == STEPPE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
