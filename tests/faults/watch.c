/* SPDX-License-Identifier: MIT */
/*
 * Watched reservations and lists of ranges, with every platform call failing in turn; and traps
 * that vanish, or are forbidden, while pages are committed. world.h says what is checked: marks are
 * never lost, and afterwards exactly what is written is told again.
 */
#include "world.h"

#include <errno.h>

#define WATCHED(way) .write_watch = true, .watch = (way), .enforces = true
#define MARKING .has_traps = true, .has_write_marks = true

static const struct machine machines[] = {
    {.name = "guard, marks", .mechanism = STEPPE_MECHANISM_GUARD, WATCHED("kernel"), MARKING},
    {.name = "uffd, marks", .mechanism = STEPPE_MECHANISM_UFFD, WATCHED("kernel"), MARKING},
    {.name = "guard, marks, 64 KiB pages",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .page_bytes = 64 * STEPPE_KIB,
     .on_fault = STEPPE_COMMIT,
     WATCHED("kernel"),
     MARKING},
    {.name = "uffd, marks, commits",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .on_fault = STEPPE_COMMIT,
     WATCHED("best"),
     MARKING},
    {.name = "mprotect, noted by faults", .mechanism = STEPPE_MECHANISM_MPROTECT, WATCHED("fault")},
    {.name = "guard, noted by faults, commits",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_COMMIT,
     WATCHED("fault")},
    {.name = "uffd, noted by faults",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     WATCHED("fault")},
    {.name = "uffd, lists",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .enforces = true},
    {.name = "mprotect, lists", .mechanism = STEPPE_MECHANISM_MPROTECT, .enforces = true},
};

/* Of which the first are noted by the kernel. */
enum { BY_KERNEL = 4, OPERATIONS_MAX = SPANS_MAX * 16 };

static size_t list_operations(const struct world *world, struct operation *operations)
{
    static const struct operation kinds[] = {
        {.verb = DECOMMIT_ALL},
        {.verb = WATCH_LOOK},
        {.verb = WATCH_COLLECT},
        {.verb = WATCH_CLEAR},
        {.verb = TOUCH, .access = STEPPE_ACCESS_WRITE},
        {.verb = TOUCH_BARE, .access = STEPPE_ACCESS_WRITE},
        {.verb = READY, .access = STEPPE_ACCESS_WRITE},
        {.verb = COMMIT},
        {.verb = PROTECT, .protection = STEPPE_READ_WRITE},
        {.verb = DECOMMIT},
        {.verb = RESET},
    };
    struct span spans[SPANS_MAX];
    size_t span_count = world_list_spans(world, spans), count = 0;
    for (size_t kind = 0; kind < array_count(kinds); kind++)
        for (size_t span = 0; span < span_count; span++) {
            bool is_watch = kinds[kind].verb == WATCH_LOOK || kinds[kind].verb == WATCH_COLLECT ||
                            kinds[kind].verb == WATCH_CLEAR;
            bool is_touch = kinds[kind].verb == TOUCH || kinds[kind].verb == TOUCH_BARE;
            if (is_watch && !world->machine->write_watch)
                continue;
            operations[count] = kinds[kind];
            operations[count].first = spans[span].first;
            operations[count++].count = is_touch ? 1 : spans[span].count;
        }
    operations[count++] = (struct operation){.verb = RELEASE, .count = world->page_count};
    return count;
}

static void run(size_t index, const struct campaign *campaign)
{
    static struct operation operations[OPERATIONS_MAX];
    struct world world;
    struct campaign paced = *campaign;
    world_open(&world, &machines[index / arrangement_count]);
    world_arrange(&world, &arrangements[index % arrangement_count]);
    paced.turn = index;
    world_try_all(&world, operations, list_operations(&world, operations), &paced);
    world_close(&world);
}

START_TEST(once)
{
    run((size_t)_i, &(struct campaign){.injection = FAIL_ONCE, .every = 2});
}
END_TEST

/* The errors by which the system says that traps are lost. */
START_TEST(once_lost)
{
    run((size_t)_i,
        &(struct campaign){.injection = FAIL_ONCE, .os_error = _i % 2 ? EBADF : EPERM, .every = 3});
}
END_TEST

START_TEST(torn)
{
    run((size_t)_i, &(struct campaign){.injection = FAIL_ONCE, .tears = true, .every = 3});
}
END_TEST

START_TEST(for_good)
{
    run((size_t)_i, &(struct campaign){.injection = FAIL_FOR_GOOD, .every = 4});
}
END_TEST

START_TEST(mappings_used_up)
{
    run((size_t)_i, &(struct campaign){.injection = LIMIT_MAPPINGS, .every = 4});
}
END_TEST

START_TEST(traps_forbidden)
{
    run((size_t)_i, &(struct campaign){.injection = LOSE_TRAPS});
}
END_TEST

/* Under guard: what missing pages are is not told by traps there. */
START_TEST(traps_gone)
{
    size_t machine = (size_t)_i / arrangement_count * 2;
    run(machine * arrangement_count + (size_t)_i % arrangement_count,
        &(struct campaign){.injection = FORGET_TRAPS});
}
END_TEST

START_TEST(traps_gone_and_forbidden)
{
    size_t machine = (size_t)_i / arrangement_count * 2;
    run(machine * arrangement_count + (size_t)_i % arrangement_count,
        &(struct campaign){.injection = FORGET_AND_LOSE_TRAPS});
}
END_TEST

int main(void)
{
    const int all = (int)(array_count(machines) * arrangement_count);
    const int by_kernel = (int)(BY_KERNEL * arrangement_count);
    Suite *suite = suite_create("watch");
    tcase_add_loop_test(test_case(suite, "once"), once, 0, all);
    tcase_add_loop_test(test_case(suite, "lost"), once_lost, 0, all);
    tcase_add_loop_test(test_case(suite, "torn"), torn, 0, all);
    tcase_add_loop_test(test_case(suite, "for good"), for_good, 0, all);
    tcase_add_loop_test(test_case(suite, "mappings"), mappings_used_up, 0, all);
    tcase_add_loop_test(test_case(suite, "forbidden"), traps_forbidden, 0, by_kernel);
    tcase_add_loop_test(test_case(suite, "gone"), traps_gone, 0, by_kernel / 2);
    tcase_add_loop_test(test_case(suite, "gone and forbidden"), traps_gone_and_forbidden, 0,
                        by_kernel / 2);
    return test_main(suite);
}
