/* SPDX-License-Identifier: MIT */
/*
 * bad_input.c - every public function with what it must refuse: the status is the one its comment
 * names, the thread can ask for it afterwards, and nothing at all has changed.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t page;
static uint8_t *world;    /* three reservations side by side, then a hole */
static uint8_t *released; /* was one, and is none */
static uint8_t *foreign;  /* a page of the test's own */
static steppe_budget *budget, *freed_budget;
static struct snapshot before;

enum { SIDE_PAGES = 16 };

static uint8_t *side(size_t number)
{
    return world + number * SIDE_PAGES * page;
}

/* A bit of everything, so that a change of anything shows. */
static void fill(uint8_t *base)
{
    require_ok(steppe_commit(base, 8 * page));
    for (size_t i = 0; i < 8; i++)
        memset(base + i * page, 0x50 + (int)i, page);
    require_ok(steppe_protect(base + page, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_protect(base + 2 * page, page, STEPPE_NO_ACCESS, NULL));
    require_ok(steppe_protect(base + 3 * page, page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
    require_ok(steppe_decommit(base + 5 * page, page));
}

static steppe_answer unwind(const steppe_fault *fault, void *context)
{
    (void)fault;
    (void)context;
    return STEPPE_UNWIND;
}

static void setup(void)
{
    page = steppe_page_bytes();
    size_t side_bytes = SIDE_PAGES * page;
    foreign = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    budget = steppe_budget_new(64 * page);
    /* Freed last: a budget made afterwards could get its address. */
    freed_budget = steppe_budget_new(77);
    require_ok(steppe_budget_free(freed_budget));
    world = free_area(4 * side_bytes, 0);
    require(reserve(side_bytes, options(.address = side(0))) == side(0));
    require(reserve(side_bytes, options(.address = side(1), .on_fault = STEPPE_COMMIT,
                                        .budget = budget)) == side(1));
    require(reserve(side_bytes, options(.address = side(2), .on_fault = STEPPE_ASK,
                                        .filter = unwind, .limit_bytes = 8 * page)) == side(2));
    released = reserve(side_bytes, NULL);
    for (size_t i = 0; i < 3; i++)
        fill(side(i));
    require_ok(steppe_release(released));
    before = snapshot_take();
}

static void teardown(void)
{
    require_same(&before);
}

/* ---- ranges -----------------------------------------------------------------------------------
 */

static steppe_status do_commit(void *address, size_t size_bytes)
{
    return steppe_commit(address, size_bytes);
}
static steppe_status do_commit_as(void *address, size_t size_bytes)
{
    return steppe_commit_as(address, size_bytes, STEPPE_READ_ONLY);
}
static steppe_status do_decommit(void *address, size_t size_bytes)
{
    return steppe_decommit(address, size_bytes);
}
static steppe_status do_protect(void *address, size_t size_bytes)
{
    return steppe_protect(address, size_bytes, STEPPE_READ_ONLY, NULL);
}
static steppe_status do_reset(void *address, size_t size_bytes)
{
    return steppe_reset(address, size_bytes);
}
static steppe_status do_ready_read(void *address, size_t size_bytes)
{
    return steppe_ready(address, size_bytes, STEPPE_ACCESS_READ);
}
static steppe_status do_ready_write(void *address, size_t size_bytes)
{
    return steppe_ready(address, size_bytes, STEPPE_ACCESS_WRITE);
}

static steppe_status do_watch_look(void *address, size_t size_bytes)
{
    void *told[1];
    size_t count = 1;
    return steppe_watch_look(address, size_bytes, told, &count);
}
static steppe_status do_watch_collect(void *address, size_t size_bytes)
{
    void *told[1];
    size_t count = 1;
    return steppe_watch_collect(address, size_bytes, told, &count);
}
static steppe_status do_watch_clear(void *address, size_t size_bytes)
{
    return steppe_watch_clear(address, size_bytes);
}

static const struct range_call {
    const char *name;
    steppe_status (*call)(void *address, size_t size_bytes);
} range_calls[] = {
    {"steppe_commit", do_commit},
    {"steppe_commit_as", do_commit_as},
    {"steppe_decommit", do_decommit},
    {"steppe_protect", do_protect},
    {"steppe_reset", do_reset},
    {"steppe_ready", do_ready_read},
    {"steppe_ready", do_ready_write},
    {"steppe_watch_look", do_watch_look},
    {"steppe_watch_collect", do_watch_collect},
    {"steppe_watch_clear", do_watch_clear},
};

static void refuse_range(const void *address, size_t size_bytes, steppe_status status)
{
    for (size_t i = 0; i < array_count(range_calls); i++) {
        steppe_status got = range_calls[i].call((void *)address, size_bytes);
        require_status_at(__FILE__, __LINE__, range_calls[i].name, got, status);
    }
}

START_TEST(ranges_of_no_size)
{
    refuse_range(side(0), 0, STEPPE_E_SIZE);
    refuse_range(side(1) + 5 * page + 1, 0, STEPPE_E_SIZE);
}
END_TEST

START_TEST(ranges_that_wrap_around)
{
    refuse_range(side(0), SIZE_MAX, STEPPE_E_SIZE);
    refuse_range(side(0) + page, SIZE_MAX - page, STEPPE_E_SIZE);
    refuse_range(side(0) + 1, (size_t)0 - (uintptr_t)side(0), STEPPE_E_SIZE);
    refuse_range((void *)UINTPTR_MAX, 2, STEPPE_E_SIZE);
}
END_TEST

START_TEST(ranges_that_only_wrap_when_rounded)
{
    /* Ends in the very last page: either of the two sentences is true of it. */
    for (size_t i = 0; i < array_count(range_calls); i++) {
        steppe_status got = range_calls[i].call(side(0), UINTPTR_MAX - (uintptr_t)side(0));
        require(got == STEPPE_E_SIZE || got == STEPPE_E_OUTSIDE, "%s gave %s", range_calls[i].name,
                steppe_status_name(got));
        require(steppe_last_status() == got);
    }
}
END_TEST

START_TEST(ranges_of_nobody)
{
    uint8_t on_the_stack = 0;
    const void *addresses[] = {NULL,
                               (void *)1,
                               (void *)(GRANULE - 1),
                               (void *)(GRANULE),
                               foreign,
                               &on_the_stack,
                               released,
                               side(3),
                               side(0) - 1};
    for (size_t i = 0; i < array_count(addresses); i++) {
        refuse_range(addresses[i], 1, STEPPE_E_NOT_RESERVED);
        refuse_range(addresses[i], 2 * page, STEPPE_E_NOT_RESERVED);
    }
    refuse_range((void *)((uintptr_t)1 << 63), page, STEPPE_E_NOT_RESERVED);
}
END_TEST

START_TEST(ranges_past_the_end)
{
    refuse_range(side(2) + SIDE_PAGES * page - 1, 2, STEPPE_E_OUTSIDE);
    refuse_range(side(2), SIDE_PAGES * page + 1, STEPPE_E_OUTSIDE);
    refuse_range(side(2) + page, 64 * STEPPE_MIB, STEPPE_E_OUTSIDE);
}
END_TEST

START_TEST(ranges_over_two_reservations)
{
    for (size_t i = 0; i < 2; i++) {
        refuse_range(side(i) + SIDE_PAGES * page - 1, 2, STEPPE_E_OUTSIDE);
        refuse_range(side(i), 2 * SIDE_PAGES * page, STEPPE_E_OUTSIDE);
        refuse_range(side(i) + 4 * page, SIDE_PAGES * page, STEPPE_E_OUTSIDE);
    }
    refuse_range(side(0), 3 * SIDE_PAGES * page, STEPPE_E_OUTSIDE);
}
END_TEST

START_TEST(messages_hold_the_figures)
{
    char address[32], size[32];
    for (size_t i = 0; i < array_count(range_calls); i++) {
        uint8_t *first = side(0) + 11 * page;
        size_t size_bytes = (100 + i) * page;
        require(range_calls[i].call(first, size_bytes) == STEPPE_E_OUTSIDE);
        snprintf(address, sizeof address, "0x%llx", (unsigned long long)(uintptr_t)first);
        snprintf(size, sizeof size, "%zu bytes", size_bytes);
        require(strstr(steppe_last_message(), address), "no %s", address);
        require(strstr(steppe_last_message(), size), "no %s", size);
    }
}
END_TEST

/* ---- values -----------------------------------------------------------------------------------
 */

static const steppe_protection no_protections[] = {
    6, 7, 8, 15, STEPPE_GUARD | STEPPE_NO_ACCESS, STEPPE_GUARD | 6, 0x20, 0x30, 0x100, UINT32_MAX,
};

START_TEST(protections_that_are_none)
{
    for (size_t i = 0; i < array_count(no_protections); i++) {
        steppe_protection old = 99;
        require_fails(steppe_commit_as(side(0), page, no_protections[i]), STEPPE_E_OPTION);
        require_fails(steppe_protect(side(0), page, no_protections[i], &old), STEPPE_E_OPTION);
        require_null(steppe_reserve(page, options(.protection = no_protections[i])),
                     STEPPE_E_OPTION);
        require(old == 99);
    }
}
END_TEST

START_TEST(accesses_that_are_none)
{
    const int values[] = {STEPPE_ACCESS_EXECUTE, 3, -1, INT32_MAX};
    for (size_t i = 0; i < array_count(values); i++)
        require_fails(steppe_ready(side(0), page, (steppe_access)values[i]), STEPPE_E_OPTION);
}
END_TEST

START_TEST(protect_of_pages_not_committed)
{
    steppe_protection old = 99;
    for (size_t i = 0; i < 3; i++) {
        require_fails(steppe_protect(side(i) + 8 * page, 1, STEPPE_READ_ONLY, &old),
                      STEPPE_E_NOT_COMMITTED);
        require_fails(steppe_protect(side(i), 6 * page, STEPPE_READ_WRITE, &old),
                      STEPPE_E_NOT_COMMITTED);
        require_fails(steppe_protect(side(i) + 6 * page, 3 * page, STEPPE_READ_ONLY, &old),
                      STEPPE_E_NOT_COMMITTED);
    }
    require(old == 99);
}
END_TEST

START_TEST(commits_beyond_a_limit)
{
    /* The reservation's own limit; 7 of 8 pages are charged. */
    require_fails(steppe_commit(side(2), 16 * page), STEPPE_E_BUDGET);
    require_fails(steppe_commit(side(2) + 8 * page, 2 * page), STEPPE_E_BUDGET);
    require_fails(steppe_commit_as(side(2) + 4 * page, 5 * page, STEPPE_NO_ACCESS),
                  STEPPE_E_BUDGET);
    require_fails(steppe_ready(side(2) + 4 * page, 5 * page, STEPPE_ACCESS_READ), STEPPE_E_BUDGET);
}
END_TEST

/* ---- reserve and release ----------------------------------------------------------------------
 */

START_TEST(reserve_with_bad_sizes_and_addresses)
{
    require_null(steppe_reserve(0, NULL), STEPPE_E_SIZE);
    require_null(steppe_reserve(0, options(.address = world)), STEPPE_E_SIZE);
    require_null(steppe_reserve(SIZE_MAX, NULL), STEPPE_E_SIZE);
    require_null(steppe_reserve(SIZE_MAX - page, options(.top_down = true)), STEPPE_E_SIZE);
    require_null(steppe_reserve(SIZE_MAX, options(.address = side(3))), STEPPE_E_SIZE);
    require_null(steppe_reserve(page, options(.address = (void *)1)), STEPPE_E_ADDRESS);
    require_null(steppe_reserve(page, options(.address = (void *)(GRANULE - 1))), STEPPE_E_ADDRESS);
    require_null(steppe_reserve(page, options(.address = (void *)((uintptr_t)1 << 63))),
                 STEPPE_E_ADDRESS);
    require_null(steppe_reserve(page, options(.address = side(0))), STEPPE_E_ADDRESS_IN_USE);
    require_null(steppe_reserve(page, options(.address = side(1) + 3)), STEPPE_E_ADDRESS_IN_USE);
    require_null(steppe_reserve(page, options(.address = foreign)), STEPPE_E_ADDRESS_IN_USE);
}
END_TEST

START_TEST(reserve_with_bad_options)
{
    const int policies[] = {3, -1, 99};
    for (size_t i = 0; i < array_count(policies); i++)
        require_null(steppe_reserve(page, options(.on_fault = (steppe_on_fault)policies[i])),
                     STEPPE_E_OPTION);
    require_null(steppe_reserve(page, options(.on_fault = STEPPE_ASK)), STEPPE_E_OPTION);
    require_null(steppe_reserve(page, options(.filter = unwind)), STEPPE_E_OPTION);
    require_null(steppe_reserve(page, options(.page_bytes = page - 1)), STEPPE_E_OPTION);
    require_null(steppe_reserve(page, options(.page_bytes = page / 2)), STEPPE_E_OPTION);
    require_null(steppe_reserve(page, options(.page_bytes = 4 * STEPPE_MIB)), STEPPE_E_OPTION);
    require_null(steppe_reserve(page, options(.page_bytes = SIZE_MAX)), STEPPE_E_OPTION);
    require_null(steppe_reserve(page, options(.huge_pages = (steppe_huge_pages)3)),
                 STEPPE_E_OPTION);
    require_null(steppe_reserve(page, options(.mechanism = (steppe_mechanism)4)),
                 STEPPE_E_MECHANISM);
    require_null(steppe_reserve(page, options(.mechanism = (steppe_mechanism)-1)),
                 STEPPE_E_MECHANISM);
    require_null(steppe_reserve(page, options(.budget = freed_budget)), STEPPE_E_NO_BUDGET);
}
END_TEST

START_TEST(release_of_what_is_no_base)
{
    uint8_t on_the_stack = 0;
    require_fails(steppe_release(NULL), STEPPE_E_NULL);
    const void *nobodys[] = {(void *)1, (void *)GRANULE, foreign,    &on_the_stack,
                             released,  side(3),         side(0) - 1};
    for (size_t i = 0; i < array_count(nobodys); i++)
        require_fails(steppe_release((void *)nobodys[i]), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_release((void *)UINTPTR_MAX), STEPPE_E_NOT_RESERVED);
    for (size_t i = 0; i < 3; i++) {
        require_fails(steppe_release(side(i) + page), STEPPE_E_NOT_BASE);
        require_fails(steppe_release(side(i) + SIDE_PAGES * page - 1), STEPPE_E_NOT_BASE);
    }
}
END_TEST

START_TEST(release_twice)
{
    uint8_t *base = reserve(page, NULL);
    require_ok(steppe_release(base));
    require_fails(steppe_release(base), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_release(base), STEPPE_E_NOT_RESERVED);
}
END_TEST

START_TEST(everything_after_the_release)
{
    refuse_range(released, page, STEPPE_E_NOT_RESERVED);
    require_fails(steppe_set_limit(released, 1), STEPPE_E_NOT_RESERVED);
    steppe_statistics statistics = {.fault_count = 99};
    require_fails(steppe_statistics_of(released, &statistics), STEPPE_E_NOT_RESERVED);
    require_equal(statistics.fault_count, 99);
    require(steppe_first_run(released).size_bytes == 0);
    uint8_t byte = 0;
    require_fails(steppe_probe_read(released, &byte, 1, NULL), STEPPE_E_UNMAPPED);
    require_fails(steppe_probe_write(released, &byte, 1, NULL), STEPPE_E_UNMAPPED);
    steppe_run run;
    require_ok(steppe_query(released, &run));
    require(run.state == STEPPE_FREE);
}
END_TEST

/* ---- budgets ----------------------------------------------------------------------------------
 */

static void refuse_budget(steppe_budget *bad)
{
    require_fails(steppe_budget_set_limit(bad, 1), STEPPE_E_NO_BUDGET);
    require(steppe_budget_limit_bytes(bad) == 0);
    require(steppe_last_status() == STEPPE_E_NO_BUDGET);
    require_fails(steppe_commit(side(0), 0), STEPPE_E_SIZE); /* another status between the two */
    require(steppe_budget_charged_bytes(bad) == 0);
    require(steppe_last_status() == STEPPE_E_NO_BUDGET);
    if (!bad)
        return;
    require_fails(steppe_budget_free(bad), STEPPE_E_NO_BUDGET);
    require_null(steppe_reserve(page, options(.budget = bad)), STEPPE_E_NO_BUDGET);
}

START_TEST(pointers_that_are_no_budget)
{
    uint64_t on_the_stack[32] = {1, 2, 3};
    uint8_t *on_the_heap = calloc(1, 512);
    void *const pointers[] = {NULL,
                              freed_budget,
                              (void *)8,
                              (void *)1,
                              on_the_stack,
                              on_the_heap,
                              (uint8_t *)budget + 1,
                              (uint8_t *)budget + 8,
                              (uint8_t *)steppe_process_budget() + 4,
                              foreign,
                              foreign + page - 1,
                              side(3),
                              side(0) + 9 * page,
                              side(0) + 2 * page,
                              released,
                              (void *)((uintptr_t)1 << 63),
                              (void *)UINTPTR_MAX};
    for (size_t i = 0; i < array_count(pointers); i++)
        refuse_budget(pointers[i]);
    free(on_the_heap);
}
END_TEST

START_TEST(budgets_that_cannot_be_freed)
{
    require_ok(steppe_budget_free(NULL));
    require_fails(steppe_budget_free(freed_budget), STEPPE_E_NO_BUDGET);
    require_fails(steppe_budget_free(budget), STEPPE_E_IN_USE);
    require_fails(steppe_budget_free(steppe_process_budget()), STEPPE_E_OPTION);
    require_equal(steppe_budget_limit_bytes(budget), 64 * page);
}
END_TEST

START_TEST(limits_of_nobody)
{
    uint8_t on_the_stack = 0;
    require_fails(steppe_set_limit(NULL, 1), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_set_limit(&on_the_stack, 1), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_set_limit(side(3), 1), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_set_limit((void *)UINTPTR_MAX, 1), STEPPE_E_NOT_RESERVED);
}
END_TEST

/* ---- looking ----------------------------------------------------------------------------------
 */

START_TEST(query_without_room_for_the_answer)
{
    require_fails(steppe_query(side(0), NULL), STEPPE_E_NULL);
    require_fails(steppe_query(NULL, NULL), STEPPE_E_NULL);
}
END_TEST

START_TEST(query_beyond_the_user_range)
{
    const uintptr_t addresses[] = {(uintptr_t)1 << 63, UINTPTR_MAX, UINTPTR_MAX - page + 1};
    for (size_t i = 0; i < array_count(addresses); i++) {
        steppe_run run = {.tag = 4711};
        require_fails(steppe_query((void *)addresses[i], &run), STEPPE_E_ADDRESS);
        require_equal(run.tag, 4711);
    }
}
END_TEST

START_TEST(statistics_of_nobody)
{
    uint8_t on_the_stack = 0;
    steppe_statistics statistics = {.commit_count = 4711};
    require_fails(steppe_statistics_of(side(0), NULL), STEPPE_E_NULL);
    require_fails(steppe_statistics_process(NULL), STEPPE_E_NULL);
    require_fails(steppe_statistics_of(NULL, &statistics), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_statistics_of(&on_the_stack, &statistics), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_statistics_of(side(3), &statistics), STEPPE_E_NOT_RESERVED);
    require_equal(statistics.commit_count, 4711);
}
END_TEST

START_TEST(walks_from_nowhere)
{
    uint8_t on_the_stack = 0;
    const void *addresses[] = {NULL,    (void *)1,   &on_the_stack,      foreign,
                               side(3), side(0) - 1, (void *)UINTPTR_MAX};
    for (size_t i = 0; i < array_count(addresses); i++)
        require(steppe_first_run(addresses[i]).size_bytes == 0);
    steppe_run nonsense = {.base = (void *)UINTPTR_MAX,
                           .size_bytes = SIZE_MAX,
                           .reservation = (void *)5,
                           .reservation_bytes = SIZE_MAX};
    require(steppe_next_run(nonsense).size_bytes == 0);
    require(steppe_next_run((steppe_run){0}).size_bytes == 0);
    steppe_reservation last = {.base = (void *)UINTPTR_MAX, .size_bytes = SIZE_MAX};
    require(steppe_next_reservation(last).size_bytes == 0);
}
END_TEST

START_TEST(probes_without_a_buffer)
{
    uint8_t buffer[16] = {0};
    require_fails(steppe_probe_read(side(0), NULL, 1, NULL), STEPPE_E_NULL);
    require_fails(steppe_probe_write(side(0), NULL, 1, NULL), STEPPE_E_NULL);
    require_fails(steppe_probe_read(side(0), buffer, SIZE_MAX, NULL), STEPPE_E_SIZE);
    require_fails(steppe_probe_write(side(0), buffer, SIZE_MAX - 1, NULL), STEPPE_E_SIZE);
    require_fails(steppe_probe_read((void *)UINTPTR_MAX, buffer, 2, NULL), STEPPE_E_SIZE);
    require_fails(steppe_probe_read(NULL, buffer, 1, NULL), STEPPE_E_UNMAPPED);
}
END_TEST

/* ---- the status of the thread -----------------------------------------------------------------
 */

static void *look_at_own_status(void *context)
{
    (void)context;
    bool clean = steppe_last_status() == STEPPE_OK && steppe_last_message()[0] == 0;
    steppe_commit(NULL, 0);
    return (void *)(uintptr_t)(clean && steppe_last_status() == STEPPE_E_SIZE);
}

START_TEST(last_status_belongs_to_the_thread_and_stays)
{
    require_fails(steppe_release(side(0) + page), STEPPE_E_NOT_BASE);
    pthread_t thread;
    void *as_expected = NULL;
    require(pthread_create(&thread, NULL, look_at_own_status, NULL) == 0);
    pthread_join(thread, &as_expected);
    require(as_expected, "the other thread saw this one's status, or none of its own");
    steppe_run run;
    require_ok(steppe_query(side(0), &run));
    require(steppe_last_status() == STEPPE_E_NOT_BASE, "a success has reset the status");
    require(strncmp(steppe_last_message(), "steppe_release:", 15) == 0);
}
END_TEST

/* ---- the suite --------------------------------------------------------------------------------
 */

int main(void)
{
    Suite *suite = suite_create("bad input");
    TCase *tests = test_case_catching(suite, "bad input");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, ranges_of_no_size);
    tcase_add_test(tests, ranges_that_wrap_around);
    tcase_add_test(tests, ranges_that_only_wrap_when_rounded);
    tcase_add_test(tests, ranges_of_nobody);
    tcase_add_test(tests, ranges_past_the_end);
    tcase_add_test(tests, ranges_over_two_reservations);
    tcase_add_test(tests, messages_hold_the_figures);
    tcase_add_test(tests, protections_that_are_none);
    tcase_add_test(tests, accesses_that_are_none);
    tcase_add_test(tests, protect_of_pages_not_committed);
    tcase_add_test(tests, commits_beyond_a_limit);
    tcase_add_test(tests, reserve_with_bad_sizes_and_addresses);
    tcase_add_test(tests, reserve_with_bad_options);
    tcase_add_test(tests, release_of_what_is_no_base);
    tcase_add_test(tests, release_twice);
    tcase_add_test(tests, everything_after_the_release);
    tcase_add_test(tests, pointers_that_are_no_budget);
    tcase_add_test(tests, budgets_that_cannot_be_freed);
    tcase_add_test(tests, limits_of_nobody);
    tcase_add_test(tests, query_without_room_for_the_answer);
    tcase_add_test(tests, query_beyond_the_user_range);
    tcase_add_test(tests, statistics_of_nobody);
    tcase_add_test(tests, walks_from_nowhere);
    tcase_add_test(tests, probes_without_a_buffer);
    tcase_add_test(tests, last_status_belongs_to_the_thread_and_stays);
    return test_main(suite);
}
