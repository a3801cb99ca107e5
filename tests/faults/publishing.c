/* SPDX-License-Identifier: MIT */
/*
 * The description for other processes, with every platform call failing in turn: nothing else
 * depends on whether it could be had. What it says is never more than there is, and all of it
 * unless it says that memory was missing.
 */
#include "world.h"

#include <errno.h>
#include <string.h>

#include <steppe/publish.h>

enum { PAGE = 4096 };

/* ---- reading ----------------------------------------------------------------------------------
 */

static const steppe_published_header *header(void)
{
    return stp_sim_published();
}

static bool has_bit(uint64_t area, uint64_t bit)
{
    const uint64_t *words = (const void *)((const char *)stp_sim_published() + area);
    return words[bit / 64] >> bit % 64 & 1;
}

static const steppe_published_reservation *record_of(const void *base)
{
    const char *records = (const char *)stp_sim_published() + header()->reservations_at;
    for (uint64_t i = 0; i < header()->reservation_end; i++) {
        const steppe_published_reservation *record =
            (const void *)(records + i * header()->reservation_bytes);
        if (record->kind != STEPPE_PUBLISHED_UNUSED && record->base == (uintptr_t)base)
            return record;
    }
    return NULL;
}

static void check_pages(const uint8_t *base, size_t page_count, bool is_complete)
{
    for (size_t i = 0; i < page_count; i++) {
        steppe_run run;
        must(steppe_query(base + i * PAGE, &run) == STEPPE_OK);
        bool is_committed = run.state == STEPPE_COMMITTED;
        bool is_told = has_bit(header()->pages_at, (uintptr_t)(base + i * PAGE) / PAGE);
        must(!is_told || is_committed, "page %zu is told to be committed", i);
        must(!is_complete || is_told == is_committed, "page %zu is not told", i);
    }
}

/* Of every reservation, or of those that have a record. */
static void check_description(void)
{
    uint64_t described = 0;
    if (!header())
        return;
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r)) {
        const steppe_published_reservation *record = record_of(r.base);
        if (!record)
            continue;
        described++;
        must(record->size_bytes == r.size_bytes && record->tag == r.tag);
        must(record->charge.committed_bytes == r.committed_bytes, "%llu, not %llu",
             (unsigned long long)record->charge.committed_bytes,
             (unsigned long long)r.committed_bytes);
        must(record->mechanism == r.mechanism);
        check_pages(r.base, r.size_bytes / PAGE, !header()->missing_page_count);
    }
    must(described + header()->not_described_count + header()->inherited_count ==
         reservation_count());
    must(header()->charge.committed_bytes == process_charge());
}

/* ---- machines ---------------------------------------------------------------------------------
 */

static const struct machine machines[] = {
    {.name = "guard", .mechanism = STEPPE_MECHANISM_GUARD},
    {.name = "mprotect, commits",
     .mechanism = STEPPE_MECHANISM_MPROTECT,
     .on_fault = STEPPE_COMMIT,
     .budget_bytes = STEPPE_GIB},
    {.name = "uffd, commits",
     .mechanism = STEPPE_MECHANISM_UFFD,
     .has_traps = true,
     .on_fault = STEPPE_COMMIT,
     .enforces = true},
};

static void open_world(struct world *world, size_t index)
{
    world_open(world, &machines[index / arrangement_count]);
    world_arrange(world, &arrangements[index % arrangement_count]);
}

static void arm(enum injection injection, uint64_t n)
{
    if (injection == FAIL_ONCE)
        stp_sim_fail_call(n);
    else
        stp_sim_fail_every_after(n);
}

static void disarm(void)
{
    stp_sim_fail_call(0);
    stp_sim_fail_every_after(0);
}

/* ---- asking -----------------------------------------------------------------------------------
 */

struct asking {
    struct world *world;
    char *slots; /* or NULL: the world's check wants no others */
    enum injection injection;
};

static void check_all(const struct asking *asking, const char *when)
{
    check_description();
    if (!asking->slots)
        world_check(asking->world, EQUAL, when);
    else
        must(steppe_slots_count(asking->slots) == 2 && steppe_slots_next(asking->slots, 8) == 46);
}

static enum attempt ask(void *context, uint64_t n)
{
    const struct asking *asking = context;
    uint64_t failures = stp_sim_failure_count();
    arm(asking->injection, n);
    steppe_status status = steppe_publish();
    disarm();
    bool was_reached = stp_sim_failure_count() > failures;
    must(status == STEPPE_OK || was_reached, "%s", steppe_last_message());
    must((status == STEPPE_OK) == (header() != NULL));
    must(!stp_sim_signals_blocked());
    check_all(asking, "asked");
    must(steppe_publish() == STEPPE_OK && header());
    check_all(asking, "asked again");
    must(!asking->slots || (steppe_slots_use_at(asking->slots, 9) &&
                            steppe_slots_clear(asking->slots, 9) == STEPPE_OK));
    check_all(asking, "used");
    must(steppe_slots_free(asking->slots) == STEPPE_OK);
    must(steppe_release(asking->world->base) == STEPPE_OK);
    check_description();
    return was_reached ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

static void ask_failing(size_t index, enum injection injection)
{
    struct world world;
    open_world(&world, index);
    struct asking asking = {.world = &world, .injection = injection};
    require_equal(try_each("publish", ask, &asking), 0);
    asking.slots = steppe_slots_make(2048, 50, NULL);
    require(asking.slots);
    require(steppe_slots_use_at(asking.slots, 7) && steppe_slots_use_at(asking.slots, 46));
    require_equal(try_each("publish with slots", ask, &asking), 0);
    world_close(&world);
}

START_TEST(asking_once)
{
    ask_failing((size_t)_i, FAIL_ONCE);
}
END_TEST

START_TEST(asking_for_good)
{
    ask_failing((size_t)_i, FAIL_FOR_GOOD);
}
END_TEST

/* ---- by the environment -----------------------------------------------------------------------
 */

/* What is refused here is refused to the description, and not to the reservation. */
static enum attempt reserve_first(void *context, uint64_t n)
{
    uint64_t failures = stp_sim_failure_count();
    (void)context;
    arm(FAIL_ONCE, n);
    uint8_t *base = steppe_reserve(STEPPE_MIB, NULL);
    disarm();
    bool was_reached = stp_sim_failure_count() > failures;
    must(base || was_reached, "%s", steppe_last_message());
    if (was_reached && !strncmp(stp_sim_failed_call(), "publish", 7))
        must(base, "%s", steppe_last_message());
    if (!base)
        base = steppe_reserve(STEPPE_MIB, NULL);
    must(base && steppe_commit(base, 5 * PAGE) == STEPPE_OK);
    check_description();
    must(steppe_release(base) == STEPPE_OK);
    check_description();
    return was_reached ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

START_TEST(first_reserve)
{
    stp_sim_reset();
    stp_sim_set_setting("STEPPE_PUBLISH", "1");
    require_equal(try_each("first reserve", reserve_first, NULL), 0);
}
END_TEST

/* ---- operations -------------------------------------------------------------------------------
 */

/* All of them, in a fork's copy of the description: as everybody's operations. */
static void try_operations(size_t index, const struct campaign *campaign)
{
    static const struct operation kinds[] = {
        {.verb = COMMIT},
        {.verb = COMMIT_AS, .protection = STEPPE_READ_ONLY},
        {.verb = DECOMMIT},
        {.verb = DECOMMIT_ALL},
        {.verb = PROTECT, .protection = STEPPE_READ_ONLY},
        {.verb = READY, .access = STEPPE_ACCESS_WRITE},
        {.verb = TOUCH, .access = STEPPE_ACCESS_WRITE},
    };
    static struct operation operations[SPANS_MAX * array_count(kinds) + 1];
    struct span spans[SPANS_MAX];
    struct world world;
    struct campaign paced = *campaign;
    size_t count = 0;
    open_world(&world, index);
    require_ok(steppe_publish());
    size_t span_count = world_list_spans(&world, spans);
    for (size_t kind = 0; kind < array_count(kinds); kind++)
        for (size_t span = 0; span < span_count; span++) {
            operations[count] = kinds[kind];
            operations[count].first = spans[span].first;
            operations[count++].count = kinds[kind].verb == TOUCH ? 1 : spans[span].count;
        }
    operations[count++] = (struct operation){.verb = RELEASE, .count = world.page_count};
    paced.turn = index;
    world_try_all(&world, operations, count, &paced);
    world_close(&world);
}

START_TEST(operations_once)
{
    try_operations((size_t)_i, &(struct campaign){.injection = FAIL_ONCE, .every = 6});
}
END_TEST

START_TEST(operations_for_good)
{
    try_operations((size_t)_i, &(struct campaign){.injection = FAIL_FOR_GOOD, .every = 6});
}
END_TEST

/* A row of them with one failure, and the description after each. */
static enum attempt work(void *context, uint64_t n)
{
    struct world *world = context;
    uint64_t failures = stp_sim_failure_count();
    uint8_t *base = world->base;
    char *slots = steppe_slots_make(100, 100000, NULL);
    must(slots);
    arm(FAIL_ONCE, n);
    for (size_t step = 0; step < 12; step++) {
        (void)steppe_commit(base + step * 70 * PAGE, 40 * PAGE);
        check_description();
        (void)steppe_decommit(base + step * 35 * PAGE, 7 * PAGE);
        check_description();
        (void)steppe_slots_use_at(slots, step * 7000);
        (void)steppe_slots_clear(slots, step * 3500);
        check_description();
    }
    (void)steppe_slots_free(slots);
    check_description();
    disarm();
    return stp_sim_failure_count() > failures ? ATTEMPT_REACHED : ATTEMPT_ENDED_BEFORE;
}

START_TEST(described_after_each)
{
    struct world world;
    open_world(&world, (size_t)_i);
    require_ok(steppe_publish());
    require_equal(try_each("work", work, &world), 0);
    world_close(&world);
}
END_TEST

/* No page of the description is ever to be had: it is as good as none, and says so. */
START_TEST(no_memory_at_all)
{
    struct world world;
    world_open(&world, &machines[0]);
    require_ok(steppe_publish());
    stp_sim_refuse(_i ? "publish_page" : "publish_open");
    uint8_t *base = reserve(2 * STEPPE_GIB, NULL);
    require_ok(steppe_commit(base, STEPPE_GIB));
    char *slots = steppe_slots_make(100, 1000000, NULL);
    require(slots && steppe_slots_use_at(slots, 999999));
    require(header()->missing_page_count > 0);
    check_description();
    stp_sim_refuse(NULL);
    require(steppe_slots_use_at(slots, 3));
    require_ok(steppe_slots_free(slots));
    require_ok(steppe_release(base));
    check_description();
    world_close(&world);
}
END_TEST

int main(void)
{
    const int all = (int)(array_count(machines) * arrangement_count);
    Suite *suite = suite_create("publishing");
    tcase_add_loop_test(test_case(suite, "asking"), asking_once, 0, all);
    tcase_add_loop_test(test_case(suite, "asking, for good"), asking_for_good, 0, all);
    tcase_add_test(test_case(suite, "environment"), first_reserve);
    tcase_add_loop_test(test_case(suite, "operations"), operations_once, 0, all);
    tcase_add_loop_test(test_case(suite, "operations, for good"), operations_for_good, 0, all);
    tcase_add_loop_test(test_case(suite, "described"), described_after_each, 0, all);
    tcase_add_loop_test(test_case(suite, "no memory"), no_memory_at_all, 0, 2);
    return test_main(suite);
}
