/* SPDX-License-Identifier: MIT */
/* slab.c - objects come and go, their memory stays, and garbage pointers are told apart. */
#include "region/slab.h"

#include <string.h>

#include "support.h"

enum { OBJECT_BYTES = 192, COUNT = 2000 };

static struct stp_slab slab = {.object_bytes = OBJECT_BYTES};
static char *objects[COUNT];

static char *take(void)
{
    int os_error;
    char *object = stp_slab_take(&slab, &os_error);
    require(object && os_error == 0);
    return object;
}

START_TEST(objects_are_distinct_and_stay)
{
    for (int i = 0; i < COUNT; i++) {
        objects[i] = take();
        memset(objects[i], i & 0xff, OBJECT_BYTES);
    }
    for (int i = 0; i < COUNT; i++)
        require_bytes(objects[i], OBJECT_BYTES, (uint8_t)(i & 0xff));
    for (int i = 0; i < COUNT; i += 2)
        stp_slab_return(&slab, objects[i]);
    for (int i = 0; i < COUNT; i++) {
        require_equal(stp_slab_holds(&slab, objects[i]), i % 2);
        require_bytes(objects[i], OBJECT_BYTES, (uint8_t)(i & 0xff));
    }
    for (int i = 0; i < COUNT; i += 2)
        objects[i] = take();
    for (int i = 0; i < COUNT; i++)
        require(stp_slab_holds(&slab, objects[i]));
}
END_TEST

START_TEST(garbage_is_told_apart)
{
    char *object = take();
    int on_the_stack;
    require(stp_slab_holds(&slab, object));
    require(!stp_slab_holds(&slab, object + 1));
    require(!stp_slab_holds(&slab, object + OBJECT_BYTES)); /* never taken */
    require(!stp_slab_holds(&slab, &on_the_stack));
    require(!stp_slab_holds(&slab, NULL));
    require(!stp_slab_holds(&slab, (void *)UINTPTR_MAX));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slab");
    TCase *all = test_case(suite, "all");
    tcase_add_test(all, objects_are_distinct_and_stay);
    tcase_add_test(all, garbage_is_told_apart);
    return test_main(suite);
}
