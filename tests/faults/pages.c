/* SPDX-License-Identifier: MIT */
/*
 * Commit, decommit, protect, reset, ready and release with every platform call failing in turn:
 * from many starting states, on ranges that hold, cross and split the mechanism's chunks, on
 * machines of many kinds. world.h says what is checked.
 */
#include "world.h"

#include <errno.h>

static const struct machine machines[] = {
    {.name = "guard", .mechanism = STEPPE_MECHANISM_GUARD},
    {.name = "mprotect", .mechanism = STEPPE_MECHANISM_MPROTECT, .enforces = true},
    {.name = "guard, kernel accounts",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .accounts_commit = true,
     .enforces = true},
    {.name = "mprotect, kernel accounts",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .accounts_commit = true},
    {.name = "uffd, kernel accounts",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .accounts_commit = true},
    {.name = "uffd", .mechanism = STEPPE_MECHANISM_UFFD, .has_traps = true, .enforces = true},
    {.name = "uffd without markers, 64 KiB pages",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .lacks_markers = true,
     .page_bytes = 64 * STEPPE_KIB},
    {.name = "guard, 64 KiB pages",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .page_bytes = 64 * STEPPE_KIB,
     .enforces = true},
    {.name = "mprotect, 64 KiB pages",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .page_bytes = 64 * STEPPE_KIB},
    {.name = "guard, 2 MiB pages",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .page_bytes = 2 * STEPPE_MIB,
     .size_bytes = 22 * STEPPE_MIB},
    {.name = "best without markers, small", .lacks_markers = true, .size_bytes = 5 * 4096},
    {.name = "best on an old kernel", .lacks_markers = true, .enforces = true},
    {.name = "uffd, 2 MiB pages",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .page_bytes = 2 * STEPPE_MIB,
     .size_bytes = 22 * STEPPE_MIB},
    {.name = "uffd, small",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .enforces = true,
     .size_bytes = 17 * 4096},
    {.name = "uffd, budget",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .budget_bytes = 500 * 4096,
     .page_bytes = 16 * STEPPE_KIB},
    {.name = "uffd, 16 GiB and few mappings",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .mapping_count_max = 4000,
     .size_bytes = 16 * STEPPE_GIB,
     .window_bytes = 5 * STEPPE_MIB},
    {.name = "uffd, read-only reservation",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .protection = STEPPE_READ_ONLY,
     .size_bytes = 5 * STEPPE_MIB},
    {.name = "guard, small", .mechanism = STEPPE_MECHANISM_GUARD, .size_bytes = 17 * 4096},
    {.name = "guard, budget",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .budget_bytes = 500 * 4096,
     .page_bytes = 16 * STEPPE_KIB},
    {.name = "mprotect, own limit",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .limit_bytes = 700 * 4096},
    {.name = "guard, 16 GiB and few mappings",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .mapping_count_max = 4000,
     .size_bytes = 16 * STEPPE_GIB,
     .window_bytes = 5 * STEPPE_MIB},
    {.name = "mprotect, read-only reservation",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .protection = STEPPE_READ_ONLY,
     .size_bytes = STEPPE_MIB},
};

/* Machines on which undoing and running out of mappings is looked at. */
static const size_t FEW_MACHINES = 9;

static const size_t uffd_machines[] = {4, 5, 6};

enum { OPERATIONS_MAX = SPANS_MAX * 16 };

static size_t list_operations(const struct world *world, struct operation *operations)
{
    static const struct operation kinds[] = {
        {.verb = COMMIT},
        {.verb = COMMIT_AS, .protection = STEPPE_READ_ONLY},
        {.verb = COMMIT_AS, .protection = STEPPE_READ_WRITE | STEPPE_GUARD},
        {.verb = COMMIT_AS, .protection = STEPPE_NO_ACCESS},
        {.verb = DECOMMIT},
        {.verb = PROTECT, .protection = STEPPE_READ_WRITE},
        {.verb = PROTECT, .protection = STEPPE_READ_ONLY},
        {.verb = PROTECT, .protection = STEPPE_EXECUTE_READ | STEPPE_GUARD},
        {.verb = PROTECT, .protection = STEPPE_NO_ACCESS},
        {.verb = RESET},
        {.verb = READY, .access = STEPPE_ACCESS_READ},
        {.verb = READY, .access = STEPPE_ACCESS_WRITE},
    };
    struct span spans[SPANS_MAX];
    size_t span_count = world_list_spans(world, spans);
    size_t count = 0;
    for (size_t kind = 0; kind < array_count(kinds); kind++)
        for (size_t span = 0; span < span_count; span++) {
            operations[count] = kinds[kind];
            operations[count].first = spans[span].first;
            operations[count++].count = spans[span].count;
        }
    operations[count++] = (struct operation){.verb = RELEASE, .count = world->page_count};
    return count;
}

static void run(size_t index, const struct campaign *campaign)
{
    static struct operation operations[OPERATIONS_MAX];
    const struct machine *machine = &machines[index / arrangement_count];
    struct world world;
    struct campaign paced = *campaign;
    world_open(&world, machine);
    world_arrange(&world, &arrangements[index % arrangement_count]);
    paced.turn = index;
    world_try_all(&world, operations, list_operations(&world, operations), &paced);
    world_close(&world);
}

/* Everything on the first machines; on others, and in slow builds, operations in turn. */
START_TEST(once)
{
    bool is_first = (size_t)_i < FEW_MACHINES * arrangement_count;
    unsigned every = is_slow() ? 4 : is_first ? 1 : 2;
    run((size_t)_i, &(struct campaign){.injection = FAIL_ONCE, .every = every});
}
END_TEST

/* The error that some kernels give instead, and one that nobody expects. */
START_TEST(once_with_other_errors)
{
    run((size_t)_i, &(struct campaign){
                        .injection = FAIL_ONCE, .os_error = _i % 2 ? EAGAIN : EPERM, .every = 3});
}
END_TEST

START_TEST(mappings_used_up)
{
    run((size_t)_i, &(struct campaign){.injection = LIMIT_MAPPINGS, .tears = _i % 2, .every = 2});
}
END_TEST

START_TEST(charge_used_up)
{
    static const size_t accounting[] = {2, 3, 4};
    size_t machine = accounting[(size_t)_i / arrangement_count];
    run(machine * arrangement_count + (size_t)_i % arrangement_count,
        &(struct campaign){.injection = LIMIT_CHARGE, .every = 2});
}
END_TEST

/* Kernels change mapping by mapping: what fails may have come half way. */
START_TEST(torn)
{
    run((size_t)_i, &(struct campaign){.injection = FAIL_ONCE, .tears = true, .every = 2});
}
END_TEST

/* Undoing fails as well: what the library says still holds, and the next success repairs the rest.
 */
START_TEST(for_good)
{
    run((size_t)_i, &(struct campaign){.injection = FAIL_FOR_GOOD, .every = 2});
}
END_TEST

/* Not under traps: there a commit is undone by a discard, which is among what is refused. */
static const size_t refusing[] = {0, 1, 2, 3, 7, 8};

static void run_refusing(size_t index, struct campaign campaign)
{
    campaign.injection = REFUSE;
    run(refusing[index / arrangement_count] * arrangement_count + index % arrangement_count,
        &campaign);
}

/* Sandboxes refuse whole kinds of calls, for good, and mappings may be used up besides. What undoes
 * is not refused: a failure leaves every page as it was, and the kernel agrees. */
START_TEST(refused)
{
    run_refusing((size_t)_i, (struct campaign){.every = 1});
}
END_TEST

START_TEST(refused_with_other_errors)
{
    run_refusing((size_t)_i, (struct campaign){.os_error = _i % 2 ? EAGAIN : EPERM, .every = 4});
}
END_TEST

/* Where all is committed no chunk is trapped, and nothing but a decommit finds that traps are
 * forbidden: then another mechanism does it. */
START_TEST(traps_forbidden_where_all_is_committed)
{
    const struct campaign campaign = {.injection = LOSE_TRAPS};
    const struct machine *machine = &machines[uffd_machines[_i / 2]];
    struct world world;
    world_open(&world, machine);
    world_fill(&world, 0, world.page_count);
    struct operation operation = {_i % 2 ? DECOMMIT_ALL : DECOMMIT, 5, 8, 0, 0};
    campaign_arm(&campaign, 1);
    require_ok(world_run(&world, &operation));
    world_model(&world, &operation);
    campaign_disarm(machine);
    world.was_failed = true;
    world_check(&world, EQUAL, "after a decommit without traps");
    world_close(&world);
}
END_TEST

int main(void)
{
    const int all = (int)(array_count(machines) * arrangement_count);
    const int few = (int)(FEW_MACHINES * arrangement_count);
    const int refused_count = (int)(array_count(refusing) * arrangement_count);
    Suite *suite = suite_create("pages");
    tcase_add_loop_test(test_case(suite, "once"), once, 0, all);
    tcase_add_loop_test(test_case(suite, "other errors"), once_with_other_errors, 0, few);
    tcase_add_loop_test(test_case(suite, "mappings"), mappings_used_up, 0, few);
    tcase_add_loop_test(test_case(suite, "charge"), charge_used_up, 0,
                        (int)(3 * arrangement_count));
    tcase_add_loop_test(test_case(suite, "torn"), torn, 0, few);
    tcase_add_loop_test(test_case(suite, "for good"), for_good, 0, few);
    tcase_add_loop_test(test_case(suite, "refused"), refused, 0, refused_count);
    tcase_add_loop_test(test_case(suite, "refused, other errors"), refused_with_other_errors, 0,
                        refused_count);
    tcase_add_loop_test(test_case(suite, "traps forbidden"), traps_forbidden_where_all_is_committed,
                        0, 2 * (int)array_count(uffd_machines));
    return test_main(suite);
}
