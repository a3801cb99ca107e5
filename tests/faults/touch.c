/* SPDX-License-Identifier: MIT */
/*
 * Faults with every platform call failing in turn: under each policy, strict and with fault-around,
 * on guard pages, with filters that commit, with budgets; unwound, passed on, and resumed.
 */
#include "world.h"

#include <errno.h>

/* The filter of STEPPE_ASK: what STEPPE_COMMIT would do, made by hand. */
static steppe_answer commit_it(const steppe_fault *fault, void *context)
{
    const struct world *world = context;
    must(stp_sim_signals_blocked());
    must(fault->reservation == world->base);
    must(fault->offset_bytes == (size_t)((uint8_t *)fault->address - world->base));
    if (fault->reason != STEPPE_E_NOT_COMMITTED)
        return STEPPE_UNWIND;
    return steppe_commit(fault->address, 1) == STEPPE_OK ? STEPPE_RESUME : STEPPE_UNWIND;
}

static steppe_answer unwind(const steppe_fault *fault, void *context)
{
    (void)fault;
    (void)context;
    return STEPPE_UNWIND;
}

static const struct machine machines[] = {
    {.name = "guard, strict",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_COMMIT,
     .strict = true},
    {.name = "mprotect, strict",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .on_fault = STEPPE_COMMIT,
     .strict = true,
     .enforces = true},
    {.name = "guard, around",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_COMMIT,
     .enforces = true},
    {.name = "mprotect, around", .mechanism = STEPPE_MECHANISM_MPROTECT, .on_fault = STEPPE_COMMIT},
    {.name = "guard, around, kernel accounts",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_COMMIT,
     .accounts_commit = true},
    {.name = "mprotect, around, kernel accounts",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .on_fault = STEPPE_COMMIT,
     .accounts_commit = true},
    {.name = "guard, around, 64 KiB pages",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_COMMIT,
     .page_bytes = 64 * STEPPE_KIB},
    {.name = "guard, around, budget",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_COMMIT,
     .budget_bytes = 300 * 4096},
    {.name = "mprotect, strict, own limit, a filter",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .on_fault = STEPPE_COMMIT,
     .strict = true,
     .filter = unwind,
     .limit_bytes = 300 * 4096},
    {.name = "guard, asks",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_ASK,
     .filter = commit_it},
    {.name = "mprotect, asks",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .on_fault = STEPPE_ASK,
     .filter = commit_it,
     .enforces = true},
    {.name = "guard, raises", .mechanism = STEPPE_MECHANISM_GUARD},
    {.name = "uffd, strict",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .on_fault = STEPPE_COMMIT,
     .strict = true,
     .enforces = true},
    {.name = "uffd, around",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .on_fault = STEPPE_COMMIT},
    {.name = "uffd without markers, around, kernel accounts",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .lacks_markers = true,
     .on_fault = STEPPE_COMMIT,
     .accounts_commit = true},
    {.name = "uffd, around, 64 KiB pages, budget",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .on_fault = STEPPE_COMMIT,
     .page_bytes = 64 * STEPPE_KIB,
     .budget_bytes = 300 * 16 * 4096},
    {.name = "uffd, asks",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .on_fault = STEPPE_ASK,
     .filter = commit_it},
    {.name = "uffd, raises", .mechanism = STEPPE_MECHANISM_UFFD, .has_traps = true},
    {.name = "uffd, strict, read-only",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .on_fault = STEPPE_COMMIT,
     .strict = true,
     .protection = STEPPE_READ_ONLY},
    {.name = "best on an old kernel, around",
     .lacks_markers = true,
     .on_fault = STEPPE_COMMIT,
     .enforces = true},
    {.name = "guard, strict, read-only",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_COMMIT,
     .strict = true,
     .protection = STEPPE_READ_ONLY},
    {.name = "guard, around, 16 GiB and few mappings",
     .mechanism = STEPPE_MECHANISM_GUARD,
     .on_fault = STEPPE_COMMIT,
     .mapping_count_max = 4000,
     .size_bytes = 16 * STEPPE_GIB,
     .window_bytes = 5 * STEPPE_MIB},
};

enum { PAGES_MAX = 64, OPERATIONS_MAX = 6 * PAGES_MAX };

/* Ends, edges, and one page of every kind there is, with its neighbours. */
static size_t list_pages(const struct world *world, size_t *pages)
{
    const size_t edge = world->first_edge, chunk = world->chunk_pages;
    const size_t fixed[] = {0,           world->page_count - 1, edge ? edge - 1 : 0,
                            edge,        edge + chunk / 2,      edge + chunk - 1,
                            edge + chunk};
    size_t count = 0;
    for (size_t i = 0; i < array_count(fixed); i++)
        if (fixed[i] < world->page_count)
            pages[count++] = fixed[i];
    for (size_t page = 1; page < world->page_count && count < PAGES_MAX; page++) {
        const struct page *left = &world->pages[page - 1], *here = &world->pages[page];
        bool differs =
            left->is_committed != here->is_committed || left->protection != here->protection;
        if (differs && (page % 3 == 0 || here->protection != STEPPE_READ_WRITE))
            pages[count++] = page;
    }
    return count;
}

static size_t list_operations(const struct world *world, struct operation *operations)
{
    size_t pages[PAGES_MAX];
    size_t page_count = list_pages(world, pages);
    size_t count = 0;
    for (size_t i = 0; i < page_count; i++)
        for (steppe_access access = STEPPE_ACCESS_READ; access <= STEPPE_ACCESS_EXECUTE; access++) {
            operations[count++] = (struct operation){TOUCH, pages[i], 1, 0, access};
            operations[count++] = (struct operation){TOUCH_BARE, pages[i], 1, 0, access};
        }
    return count;
}

static void run(size_t index, const struct campaign *campaign)
{
    static struct operation operations[OPERATIONS_MAX];
    struct campaign paced = *campaign;
    struct world world;
    world_open(&world, &machines[index / arrangement_count]);
    world_arrange(&world, &arrangements[index % arrangement_count]);
    paced.turn = index;
    world_try_all(&world, operations, list_operations(&world, operations), &paced);
    world_close(&world);
}

START_TEST(once)
{
    run((size_t)_i, &(struct campaign){.injection = FAIL_ONCE});
}
END_TEST

START_TEST(once_unexpected)
{
    run((size_t)_i, &(struct campaign){.injection = FAIL_ONCE, .os_error = EPERM, .every = 5});
}
END_TEST

START_TEST(mappings_used_up)
{
    run((size_t)_i, &(struct campaign){.injection = LIMIT_MAPPINGS, .every = 3});
}
END_TEST

START_TEST(for_good)
{
    run((size_t)_i, &(struct campaign){.injection = FAIL_FOR_GOOD, .every = 3});
}
END_TEST

/* ---- a filter that makes room ---------------------------------------------------------------- */

struct collecting {
    uint8_t *base;
    unsigned asked_count;
    steppe_status reason;
    steppe_budget *budget;
    bool raises_limit;
};

static steppe_answer collect(const steppe_fault *fault, void *context)
{
    struct collecting *collecting = context;
    collecting->asked_count++;
    collecting->reason = fault->reason;
    collecting->budget = fault->budget;
    if (fault->reason != STEPPE_E_BUDGET)
        return STEPPE_UNWIND;
    steppe_status status = collecting->raises_limit
                               ? steppe_budget_set_limit(fault->budget, 20 * 4096)
                               : steppe_decommit(collecting->base, 4 * 4096);
    return status == STEPPE_OK ? STEPPE_RESUME : STEPPE_UNWIND;
}

struct making_room {
    struct collecting collecting;
    steppe_mechanism mechanism;
    uint64_t n;
};

/* A budget of ten pages, all used, and a touch of an eleventh. */
static enum attempt make_room(void *context, uint64_t n)
{
    struct collecting *collecting = &((struct making_room *)context)->collecting;
    steppe_budget *budget = steppe_budget_new(10 * 4096);
    uint8_t *base =
        reserve(STEPPE_MIB,
                options(.on_fault = STEPPE_COMMIT, .filter = collect, .filter_context = collecting,
                        .budget = budget, .mechanism = ((struct making_room *)context)->mechanism));
    collecting->base = base;
    must(steppe_commit(base, 10 * 4096) == STEPPE_OK);
    base[0] = 1;

    uint64_t before = stp_sim_failure_count();
    volatile enum stp_sim_outcome outcome = STP_SIM_PASSED_ON;
    volatile bool was_caught = false;
    steppe_fault fault;
    stp_sim_fail_call(n);
    STEPPE_TRY(&fault)
    {
        outcome = stp_sim_touch(base + 10 * 4096, STEPPE_ACCESS_WRITE);
    }
    STEPPE_CAUGHT
    {
        was_caught = true;
    }
    stp_sim_fail_call(0);
    bool was_reached = stp_sim_failure_count() > before;

    must(!stp_sim_signals_blocked());
    must(collecting->asked_count >= 1);
    must(was_reached || !was_caught);
    must(was_caught || outcome == STP_SIM_DONE, "outcome %d", (int)outcome);
    must(was_reached || collecting->budget == budget);
    uint64_t charged = steppe_budget_charged_bytes(budget);
    must(charged == statistics_of(base).committed_bytes && charged == charge_by_runs(base));
    must(!was_caught || fault.reason == STEPPE_E_BUDGET || fault.reason == STEPPE_E_MEMORY, "%s",
         steppe_status_name(fault.reason));
    must(stp_sim_touch(base + 10 * 4096, STEPPE_ACCESS_WRITE) == STP_SIM_DONE);
    must(steppe_release(base) == STEPPE_OK && steppe_budget_free(budget) == STEPPE_OK);
    return was_reached ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

START_TEST(filter_makes_room)
{
    static const steppe_mechanism mechanisms[] = {STEPPE_MECHANISM_GUARD, STEPPE_MECHANISM_MPROTECT,
                                                  STEPPE_MECHANISM_UFFD};
    stp_sim_reset();
    stp_sim_facts()->has_traps = true;
    struct making_room making_room = {
        .collecting = {.raises_limit = _i & 1},
        .mechanism = mechanisms[_i / 2],
    };
    require_equal(try_each("a filter makes room", make_room, &making_room), 0);
}
END_TEST

/* ---- answers --------------------------------------------------------------------------------- */

static steppe_answer answer(const steppe_fault *fault, void *context)
{
    (void)fault;
    return *(steppe_answer *)context;
}

/* Resuming without a change faults again and again; passing on and nonsense reach the previous
 * handler; and a try is needed for unwinding. */
START_TEST(answers)
{
    stp_sim_reset();
    steppe_answer given = STEPPE_RESUME;
    uint8_t *base = reserve(
        STEPPE_MIB, options(.on_fault = STEPPE_ASK, .filter = answer, .filter_context = &given));
    require_equal(stp_sim_touch(base, STEPPE_ACCESS_READ), STP_SIM_LOOP);
    given = STEPPE_PASS_ON;
    require_equal(stp_sim_touch(base, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);
    given = (steppe_answer)77;
    require_equal(stp_sim_touch(base, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);
    given = STEPPE_UNWIND;
    require_equal(stp_sim_touch(base, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);

    volatile int caught_count = 0;
    steppe_fault outer, inner;
    STEPPE_TRY(&outer)
    {
        STEPPE_TRY(&inner)
        {
            stp_sim_touch(base + 5, STEPPE_ACCESS_WRITE);
            require(false, "not unwound");
        }
        STEPPE_CAUGHT
        {
            caught_count++;
            require(inner.address == base + 5 && inner.offset_bytes == 5);
            require(!stp_sim_signals_blocked());
            stp_sim_touch(base + 4096, STEPPE_ACCESS_READ);
            require(false, "not unwound");
        }
    }
    STEPPE_CAUGHT
    {
        caught_count++;
        require(outer.address == base + 4096);
    }
    require_equal(caught_count, 2);
    require_equal(stp_sim_unwind_count(), 2);
    given = STEPPE_PASS_ON;
    STEPPE_TRY(&outer)
    {
        require_equal(stp_sim_touch(base, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);
    }
    STEPPE_CAUGHT
    {
        require(false, "a fault that was passed on was caught");
    }
}
END_TEST

/* Memory that is not ours, and memory that was, goes to the previous handler, tried or not. */
START_TEST(not_ours)
{
    stp_sim_reset();
    uint8_t *base = reserve(STEPPE_MIB, options(.on_fault = STEPPE_COMMIT));
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        require_equal(stp_sim_touch((void *)64, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);
        require_equal(stp_sim_touch(base + STEPPE_MIB, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);
        require_equal(stp_sim_touch(base - 1, STEPPE_ACCESS_WRITE), STP_SIM_PASSED_ON);
        require_ok(steppe_release(base));
        require_equal(stp_sim_touch(base, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);
    }
    STEPPE_CAUGHT
    {
        require(false, "a fault that is not ours was caught");
    }
}
END_TEST

int main(void)
{
    const int all = (int)(array_count(machines) * arrangement_count);
    Suite *suite = suite_create("touch");
    tcase_add_loop_test(test_case(suite, "once"), once, 0, all);
    tcase_add_loop_test(test_case(suite, "unexpected error"), once_unexpected, 0, all);
    tcase_add_loop_test(test_case(suite, "mappings"), mappings_used_up, 0, all);
    tcase_add_loop_test(test_case(suite, "for good"), for_good, 0, all);
    tcase_add_loop_test(test_case(suite, "filter makes room"), filter_makes_room, 0, 6);
    TCase *policy = test_case(suite, "policy");
    tcase_add_test(policy, answers);
    tcase_add_test(policy, not_ours);
    return test_main(suite);
}
