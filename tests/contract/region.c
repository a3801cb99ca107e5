/* SPDX-License-Identifier: MIT */
/*
 * region.c - reserve, commit, decommit, protect, reset, ready, query, release: what region.h says,
 * and with it what the Windows calls do. Runs under every mechanism (STEPPE_MECHANISM).
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

static uint8_t *reserve_committed(size_t size_bytes)
{
    uint8_t *base = reserve(size_bytes, NULL);
    require_ok(steppe_commit(base, size_bytes));
    return base;
}

static const steppe_protection all_protections[] = {
    STEPPE_READ_WRITE, STEPPE_READ_ONLY,    STEPPE_NO_ACCESS,
    STEPPE_EXECUTE,    STEPPE_EXECUTE_READ, STEPPE_EXECUTE_READ_WRITE,
};

/* ---- reserve ----------------------------------------------------------------------------------
 */

START_TEST(reserve_rounds_the_size_to_pages)
{
    const size_t sizes[] = {1, page - 1, page, page + 1, GRANULE, GRANULE + 1, 3 * STEPPE_MIB + 7};
    for (size_t i = 0; i < array_count(sizes); i++) {
        uint8_t *base = reserve(sizes[i], NULL);
        size_t rounded = (sizes[i] + page - 1) / page * page;
        require((uintptr_t)base % GRANULE == 0, "base %p", (void *)base);
        steppe_run run = require_run(base, base, rounded, STEPPE_RESERVED, STEPPE_NO_ACCESS);
        require(run.owner == STEPPE_OWNER_STEPPE && run.reservation == base);
        require_equal(run.reservation_bytes, rounded);
        require_equal(charge_of(base), 0);
        require_ok(steppe_release(base));
    }
}
END_TEST

START_TEST(reserve_rounds_the_address_down_and_the_size_grows)
{
    const struct {
        size_t offset, size_bytes, base, rounded;
    } cases[] = {
        {1, 1, 0, page},
        {GRANULE / 2, 1, 0, GRANULE / 2 + page},
        {0x10, page, 0, 2 * page},
        {GRANULE, 2 * page, GRANULE, 2 * page},
        {GRANULE - 1, 3 * page, 0, GRANULE + 3 * page},
        {page + 0x10, 7 * page, 0, 9 * page},
        {GRANULE + 0x80, GRANULE, GRANULE, GRANULE + page},
    };
    uint8_t *area = free_area(STEPPE_MIB, 0);
    for (size_t i = 0; i < array_count(cases); i++) {
        uint8_t *base = reserve(cases[i].size_bytes, options(.address = area + cases[i].offset));
        require(base == area + cases[i].base, "case %zu: %p", i, (void *)base);
        require_run(base, base, cases[i].rounded, STEPPE_RESERVED, STEPPE_NO_ACCESS);
        require_ok(steppe_release(base));
    }
}
END_TEST

START_TEST(rest_of_the_last_granule_stays_free_but_cannot_be_had)
{
    if (page >= GRANULE)
        skip_test("a page is as large as a granule");
    uint8_t *area = free_area(4 * GRANULE, 0);
    uint8_t *first = reserve(3 * page, options(.address = area));
    require(first == area);
    const size_t taken[][2] = {
        {3 * page, page}, {GRANULE / 2, page}, {GRANULE - page, 2 * page}, {GRANULE - 1, 1}};
    for (size_t i = 0; i < array_count(taken); i++) {
        require_null(steppe_reserve(taken[i][1], options(.address = area + taken[i][0])),
                     STEPPE_E_ADDRESS_IN_USE);
        require_fails(steppe_commit(area + taken[i][0], taken[i][1]), STEPPE_E_NOT_RESERVED);
    }
    uint8_t *second = reserve(page, options(.address = area + GRANULE));
    require(second == area + GRANULE);
    steppe_run tail = require_run(area + 3 * page, area + 3 * page, GRANULE - 3 * page, STEPPE_FREE,
                                  STEPPE_NO_ACCESS);
    require(tail.owner == STEPPE_OWNER_NONE && !tail.reservation && tail.reservation_bytes == 0);
    require_faults(touch_read(area + 3 * page), area + 3 * page);
    require_ok(steppe_release(first));
    /* With the first gone its whole granule can be had again. */
    require(reserve(GRANULE, options(.address = area)) == area);
}
END_TEST

START_TEST(library_never_chooses_the_rest_of_a_granule)
{
    enum { COUNT = 200 };
    uint8_t *bases[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        bases[i] = reserve(page, i % 2 ? options(.top_down = true) : NULL);
    for (size_t i = 0; i < COUNT; i++) {
        require((uintptr_t)bases[i] % GRANULE == 0);
        for (size_t j = 0; j < i; j++)
            require((uintptr_t)bases[i] / GRANULE != (uintptr_t)bases[j] / GRANULE);
    }
}
END_TEST

START_TEST(address_in_use_is_refused)
{
    uint8_t *area = free_area(8 * GRANULE, 0);
    reserve(GRANULE, options(.address = area + 2 * GRANULE));
    void *foreign = mmap(area + 5 * GRANULE, page, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    require(foreign == area + 5 * GRANULE);
    struct snapshot before = snapshot_take();
    const size_t taken[][2] = {
        {2 * GRANULE, page},        {2 * GRANULE + page, page}, {GRANULE, GRANULE + 1},
        {GRANULE, 4 * GRANULE},     {4 * GRANULE, GRANULE + 1}, {5 * GRANULE, page},
        {5 * GRANULE + page, page}, {0, 8 * GRANULE},
    };
    for (size_t i = 0; i < array_count(taken); i++)
        require_null(steppe_reserve(taken[i][1], options(.address = area + taken[i][0])),
                     STEPPE_E_ADDRESS_IN_USE);
    require_same(&before);
    /* Nothing was left behind in the holes. */
    require(reserve(2 * GRANULE, options(.address = area)) == area);
    require(reserve(2 * GRANULE, options(.address = area + 3 * GRANULE)) == area + 3 * GRANULE);
    require(reserve(2 * GRANULE, options(.address = area + 6 * GRANULE)) == area + 6 * GRANULE);
    munmap(foreign, page);
}
END_TEST

START_TEST(top_down_lies_above_the_default_place)
{
    uint8_t *low = reserve(GRANULE, NULL);
    uint8_t *top = reserve(GRANULE + GRANULE / 2 + 1, options(.top_down = true));
    uint8_t *next = reserve(GRANULE, options(.top_down = true));
    require((uintptr_t)top % GRANULE == 0 && (uintptr_t)next % GRANULE == 0);
    require(top > low && next > low, "%p, then %p and %p", (void *)low, (void *)top, (void *)next);
    size_t rounded = (GRANULE + GRANULE / 2 + page) / page * page;
    require_run(top, top, rounded, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_ok(steppe_commit(top, rounded));
    require_touchable(touch_write(top, 1));
}
END_TEST

START_TEST(top_down_with_an_address_takes_the_address)
{
    uint8_t *area = free_area(GRANULE, 0);
    require(reserve(GRANULE, options(.address = area, .top_down = true)) == area);
}
END_TEST

START_TEST(sizes_beyond_the_address_space_are_refused)
{
    struct snapshot before = snapshot_take();
    require_null(steppe_reserve(0, NULL), STEPPE_E_SIZE);
    require_null(steppe_reserve(SIZE_MAX, NULL), STEPPE_E_SIZE);
    require_null(steppe_reserve((size_t)1 << 62, NULL), STEPPE_E_SIZE);
    uint8_t *area = free_area(GRANULE, 0);
    require_null(steppe_reserve(SIZE_MAX, options(.address = area)), STEPPE_E_SIZE);
    require_null(steppe_reserve(SIZE_MAX - (uintptr_t)area, options(.address = area)),
                 STEPPE_E_SIZE);
    require_same(&before);
}
END_TEST

START_TEST(no_room_is_told_from_a_bad_size)
{
    if (sizeof(void *) < 8 || TEST_UNDER_TSAN)
        skip_test("the address space of this build is too special");
    /* As large as the user range of x86-64, without what the program itself needs. */
    size_t nearly_all = ((size_t)1 << 47) - 16 * STEPPE_MIB;
    require_null(steppe_reserve(nearly_all, NULL), STEPPE_E_ADDRESS_SPACE);
}
END_TEST

START_TEST(address_space_limit_of_the_process_is_told)
{
    if (TEST_UNDER_ASAN || TEST_UNDER_TSAN || is_valgrind())
        skip_test("this build needs its own terabytes");
    reserve(GRANULE, NULL);
    struct snapshot before = snapshot_take();
    struct rlimit limit = {.rlim_cur = STEPPE_GIB, .rlim_max = STEPPE_GIB};
    require(setrlimit(RLIMIT_AS, &limit) == 0);
    require_null(steppe_reserve(2 * STEPPE_GIB, NULL), STEPPE_E_ADDRESS_SPACE);
    require_same(&before);
}
END_TEST

START_TEST(addresses_a_program_may_not_use_are_refused)
{
    const uintptr_t addresses[] = {1, page, GRANULE - 1, (uintptr_t)1 << 63,
                                   UINTPTR_MAX - 4 * GRANULE};
    for (size_t i = 0; i < array_count(addresses); i++)
        require_null(steppe_reserve(page, options(.address = (void *)addresses[i])),
                     STEPPE_E_ADDRESS);
}
END_TEST

START_TEST(reservation_keeps_what_it_was_given)
{
    char name[100];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    steppe_budget *budget = steppe_budget_new(STEPPE_MIB);
    require(budget);
    uint8_t *base =
        reserve(5 * page + 1, options(.strict = true, .on_fault = STEPPE_COMMIT,
                                      .protection = STEPPE_EXECUTE_READ_WRITE, .budget = budget,
                                      .limit_bytes = 12345, .name = name, .tag = UINT64_MAX - 7));
    memset(name, 'x', sizeof name - 1);
    steppe_reservation r;
    require(find_reservation(base, &r));
    require_equal(r.size_bytes, 6 * page);
    require_equal(r.page_bytes, page);
    require_equal(r.limit_bytes, 12345);
    require_equal(r.tag, UINT64_MAX - 7);
    require(r.strict && r.on_fault == STEPPE_COMMIT && r.budget == budget);
    require(r.protection == STEPPE_EXECUTE_READ_WRITE);
    require(r.mechanism != STEPPE_MECHANISM_BEST && r.mechanism <= STEPPE_MECHANISM_UFFD);
    require(strlen(r.name) == 63 && strspn(r.name, "n") == 63, "name \"%s\"", r.name);
    steppe_run run;
    require_ok(steppe_query(base + page, &run));
    require_equal(run.tag, UINT64_MAX - 7);
    require(run.reservation_protection == STEPPE_EXECUTE_READ_WRITE);
    require_ok(steppe_release(base));
    require_ok(steppe_budget_free(budget));
}
END_TEST

START_TEST(defaults_are_the_zeros)
{
    uint8_t *bases[] = {reserve(page, NULL), reserve(page, options(0))};
    for (size_t i = 0; i < array_count(bases); i++) {
        steppe_reservation r;
        require(find_reservation(bases[i], &r));
        require(r.on_fault == STEPPE_RAISE && !r.strict && !r.budget && r.tag == 0);
        require(r.protection == STEPPE_READ_WRITE && r.page_bytes == page);
        require(r.limit_bytes == UINT64_MAX && r.name[0] == 0);
    }
}
END_TEST

START_TEST(mechanism_of_the_environment_is_used)
{
    const char *wanted = getenv("STEPPE_MECHANISM");
    if (!wanted || !*wanted)
        skip_test("STEPPE_MECHANISM is not set");
    steppe_reservation r;
    require(find_reservation(reserve(page, NULL), &r));
    require(strcmp(steppe_mechanism_name(r.mechanism), wanted) == 0, "%s",
            steppe_mechanism_name(r.mechanism));
}
END_TEST

START_TEST(named_mechanism_beats_the_environment)
{
    const steppe_mechanism mechanisms[] = {STEPPE_MECHANISM_GUARD, STEPPE_MECHANISM_MPROTECT,
                                           STEPPE_MECHANISM_UFFD};
    for (size_t i = 0; i < array_count(mechanisms); i++) {
        setenv("STEPPE_MECHANISM", steppe_mechanism_name(mechanisms[i == 0]), 1);
        if (!steppe_mechanism_is_available(mechanisms[i])) {
            require_null(steppe_reserve(page, options(.mechanism = mechanisms[i])),
                         STEPPE_E_MECHANISM);
            continue;
        }
        steppe_reservation r;
        require(find_reservation(reserve(page, options(.mechanism = mechanisms[i])), &r));
        require(r.mechanism == mechanisms[i]);
        require(statistics_of(r.base).mechanism == mechanisms[i]);
    }
    require(steppe_mechanism_is_available(STEPPE_MECHANISM_BEST));
    require(steppe_mechanism_is_available(STEPPE_MECHANISM_MPROTECT));
    require(!steppe_mechanism_is_available((steppe_mechanism)99));
}
END_TEST

START_TEST(unknown_mechanisms_are_refused)
{
    require_null(steppe_reserve(page, options(.mechanism = (steppe_mechanism)99)),
                 STEPPE_E_MECHANISM);
    setenv("STEPPE_MECHANISM", "magic", 1);
    require_null(steppe_reserve(page, NULL), STEPPE_E_MECHANISM);
    require(reserve(page, options(.mechanism = STEPPE_MECHANISM_MPROTECT)));
    require_equal(reservation_count(), 1);
}
END_TEST

/* ---- commit -----------------------------------------------------------------------------------
 */

START_TEST(commit_rounds_to_pages)
{
    const struct {
        size_t offset, size_bytes, first, count;
    } cases[] = {
        {2 * page + page / 2, page + page / 2, 2, 2}, /* the 2 KiB + 6 KiB of the sample */
        {16 * page - 1, 2, 15, 2},
        {32 * page + 1, page - 1, 32, 1},
        {48 * page + 1, page, 48, 2},
        {64 * page + page - 1, 1, 64, 1},
        {254 * page + 5, 1, 254, 1},
        {256 * page - 1, 1, 255, 1},
    };
    uint64_t charge = 0;
    uint8_t *base = reserve(256 * page, NULL);
    for (size_t i = 0; i < array_count(cases); i++) {
        require_ok(steppe_commit(base + cases[i].offset, cases[i].size_bytes));
        steppe_run run;
        require_ok(steppe_query(base + cases[i].first * page, &run));
        require(run.state == STEPPE_COMMITTED, "case %zu", i);
        if (cases[i].first + cases[i].count < 255)
            require(run.size_bytes == cases[i].count * page, "case %zu", i);
        if (cases[i].first < 254)
            require_run(base + (cases[i].first - 1) * page, base + (cases[i].first - 1) * page,
                        page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
        charge += cases[i].count * page;
        require_equal(charge_of(base), charge);
        require_equal(process_charge(), charge);
        require_bytes(base + cases[i].first * page, cases[i].count * page, 0);
    }
    require_fails(steppe_commit(base + 256 * page - 1, 2), STEPPE_E_OUTSIDE);
    require_fails(steppe_commit(base, 256 * page + 1), STEPPE_E_OUTSIDE);
    require_equal(charge_of(base), charge);
}
END_TEST

START_TEST(commit_over_two_reservations_changes_neither)
{
    uint8_t *area = free_area(4 * GRANULE, 0);
    reserve(GRANULE, options(.address = area));
    reserve(GRANULE, options(.address = area + 2 * GRANULE));
    reserve(GRANULE, options(.address = area + GRANULE));
    struct snapshot before = snapshot_take();
    require_fails(steppe_commit(area + 4 * page, GRANULE), STEPPE_E_OUTSIDE);
    require_fails(steppe_commit(area + GRANULE - page, page + 1), STEPPE_E_OUTSIDE);
    require_fails(steppe_commit(area + GRANULE - 1, 2), STEPPE_E_OUTSIDE);
    require_fails(steppe_commit_as(area, 3 * GRANULE, STEPPE_READ_ONLY), STEPPE_E_OUTSIDE);
    require_same(&before);
    require_ok(steppe_commit(area + GRANULE - page, page));
    require_ok(steppe_commit(area + GRANULE, page));
    /* Alike and side by side, but two runs: a run never joins two reservations. */
    steppe_run last = require_run(area + GRANULE - page, area + GRANULE - page, page,
                                  STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require(last.reservation == area);
    steppe_run first =
        require_run(area + GRANULE, area + GRANULE, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require(first.reservation == area + GRANULE);
}
END_TEST

START_TEST(commit_beside_a_reservation_is_refused)
{
    uint8_t *area = free_area(3 * GRANULE, 0);
    uint8_t *base = reserve(GRANULE, options(.address = area + GRANULE));
    struct snapshot before = snapshot_take();
    require_fails(steppe_commit(base - 1, 2), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_commit(base - page, 2 * page), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_commit(base + GRANULE, 1), STEPPE_E_NOT_RESERVED);
    require_same(&before);
}
END_TEST

START_TEST(recommit_keeps_bytes_and_takes_the_new_protection)
{
    uint8_t *base = reserve(8 * page, NULL);
    require_ok(steppe_commit(base, 2 * page));
    memset(base, 0x5c, 2 * page);
    require_ok(steppe_commit(base, 4 * page));
    require_bytes(base, 2 * page, 0x5c);
    require_bytes(base + 2 * page, 2 * page, 0);
    require_run(base, base, 4 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_equal(charge_of(base), 4 * page);

    require_ok(steppe_commit_as(base + page, page, STEPPE_READ_ONLY));
    require_run(base + page, base + page, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require(touch_read(base + page).value == 0x5c);
    require_faults(touch_write(base + page, 1), base + page);

    require_ok(steppe_commit_as(base, 8 * page, STEPPE_EXECUTE_READ_WRITE));
    require_run(base, base, 8 * page, STEPPE_COMMITTED, STEPPE_EXECUTE_READ_WRITE);
    require_touchable(touch_write(base + page, 0x5c));

    require_ok(steppe_commit_as(base, page, STEPPE_NO_ACCESS));
    require_faults(touch_read(base), base);
    require_ok(steppe_commit(base, page));
    require_bytes(base, 2 * page, 0x5c);
    require_equal(charge_of(base), 8 * page);
}
END_TEST

START_TEST(commit_gives_the_protection_of_the_reservation)
{
    for (size_t i = 0; i < array_count(all_protections); i++) {
        uint8_t *base = reserve(4 * page, options(.protection = all_protections[i]));
        require_run(base, base, 4 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
        require_ok(steppe_commit(base + page, page));
        require_run(base + page, base + page, page, STEPPE_COMMITTED, all_protections[i]);
        require_equal(charge_of(base), page);
        /* The reservation's protection stays the reservation's, whatever its pages get. */
        require_ok(steppe_commit_as(base, 4 * page, STEPPE_READ_WRITE));
        steppe_run run = require_run(base, base, 4 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
        require(run.reservation_protection == all_protections[i]);
        require_ok(steppe_commit(base, page));
        require_ok(steppe_query(base, &run));
        require(run.protection == all_protections[i]);
        require_ok(steppe_release(base));
    }
}
END_TEST

START_TEST(uncommitted_pages_fault_and_committed_ones_do_not)
{
    uint8_t *base = reserve(8 * page, NULL);
    require_faults(touch_read(base + 3 * page + 17), base + 3 * page + 17);
    require_faults(touch_write(base + 3 * page + 18, 1), base + 3 * page + 18);
    require_ok(steppe_commit(base + 3 * page, page));
    require_touchable(touch_write(base + 3 * page, 0x42));
    require_touchable(touch_write(base + 4 * page - 1, 0x43));
    require_faults(touch_read(base + 3 * page - 1), base + 3 * page - 1);
    require_faults(touch_read(base + 4 * page), base + 4 * page);
}
END_TEST

/* ---- decommit ---------------------------------------------------------------------------------
 */

START_TEST(decommit_takes_whole_pages)
{
    uint8_t *base = reserve_committed(16 * page);
    memset(base, 0x66, 16 * page);
    require_ok(steppe_decommit(base + 2 * page - 1, 2));
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_run(base + page, base + page, 2 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_run(base + 3 * page, base + 3 * page, 13 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_faults(touch_read(base + page), base + page);
    require_faults(touch_read(base + 3 * page - 1), base + 3 * page - 1);
    require_ok(steppe_decommit(base + 5 * page + 16, 1));
    require_run(base + 5 * page, base + 5 * page, page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_ok(steppe_decommit(base + 8 * page + 1, page));
    require_run(base + 8 * page, base + 8 * page, 2 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_ok(steppe_decommit(base + 16 * page - 1, 1));
    require_equal(charge_of(base), 10 * page);
    require_bytes(base, page, 0x66);
    require_bytes(base + 3 * page, 2 * page, 0x66);
    require_bytes(base + 6 * page, 2 * page, 0x66);
    require_bytes(base + 10 * page, 5 * page, 0x66);
    require_fails(steppe_decommit(base + 16 * page - 1, 2), STEPPE_E_OUTSIDE);
    require_fails(steppe_decommit(base + 16 * page, 1), STEPPE_E_NOT_RESERVED);
    require_equal(charge_of(base), 10 * page);
}
END_TEST

START_TEST(decommit_of_what_is_not_committed_is_fine)
{
    uint8_t *base = reserve(16 * page, NULL);
    require_ok(steppe_decommit(base, 16 * page));
    require_ok(steppe_commit(base + 4 * page, 2 * page));
    require_ok(steppe_decommit(base + 3 * page, 8 * page));
    require_ok(steppe_decommit(base + 3 * page, 8 * page));
    require_run(base, base, 16 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_equal(charge_of(base), 0);
    require_equal(process_charge(), 0);
}
END_TEST

/* Two reservations of a granule, one behind the other, committed and full of a value. */
static uint8_t *two_neighbours(uint8_t value)
{
    uint8_t *area = free_area(2 * GRANULE, 0);
    for (size_t i = 0; i < 2; i++) {
        uint8_t *base = reserve(GRANULE, options(.address = area + i * GRANULE));
        require_ok(steppe_commit(base, GRANULE));
        memset(base, value, GRANULE);
    }
    return area;
}

START_TEST(decommit_over_two_reservations_changes_neither)
{
    uint8_t *area = two_neighbours(0x21);
    struct snapshot before = snapshot_take();
    require_fails(steppe_decommit(area + GRANULE - page, 2 * page), STEPPE_E_OUTSIDE);
    require_fails(steppe_decommit(area, 2 * GRANULE), STEPPE_E_OUTSIDE);
    require_same(&before);
    require_bytes(area, 2 * GRANULE, 0x21);
}
END_TEST

START_TEST(recommitted_pages_read_zero)
{
    enum { ROUNDS = 3 };
    uint8_t *base = reserve_committed(8 * page);
    for (size_t i = 0; i < ROUNDS; i++) {
        memset(base, 0xa0 + (int)i, 8 * page);
        require_ok(steppe_decommit(base + 2 * page, 3 * page));
        require_ok(steppe_commit(base + 2 * page, 3 * page));
        require_bytes(base + 2 * page, 3 * page, 0);
        require_bytes(base, 2 * page, (uint8_t)(0xa0 + i));
        require_bytes(base + 5 * page, 3 * page, (uint8_t)(0xa0 + i));
    }
    /* Also where the page could not be written, or read, when it went. */
    require_ok(steppe_protect(base, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_protect(base + page, page, STEPPE_NO_ACCESS, NULL));
    require_ok(steppe_protect(base + 5 * page, page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
    require_ok(steppe_decommit(base, 8 * page));
    require_ok(steppe_commit(base, 8 * page));
    require_run(base, base, 8 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_bytes(base, 8 * page, 0);
}
END_TEST

START_TEST(decommit_gives_physical_memory_back_at_once)
{
    size_t size_bytes = 8 * STEPPE_MIB;
    uint8_t *base = reserve_committed(size_bytes);
    memset(base, 0x77, size_bytes);
    require_equal(resident_bytes_of(base, size_bytes), size_bytes);
    require_equal(statistics_of(base).resident_bytes, size_bytes);
    require_ok(steppe_decommit(base + page, 3 * STEPPE_MIB));
    require_equal(resident_bytes_of(base + page, 3 * STEPPE_MIB), 0);
    require_equal(resident_bytes_of(base, size_bytes), size_bytes - 3 * STEPPE_MIB);
    require_bytes(base, page, 0x77);
    require_bytes(base + page + 3 * STEPPE_MIB, size_bytes - 3 * STEPPE_MIB - page, 0x77);
    require_ok(steppe_decommit(base, size_bytes));
    require_equal(resident_bytes_of(base, size_bytes), 0);
}
END_TEST

/* Offsets around the borders that implementations care for. */
static const struct border {
    size_t border;
    int first_page, page_count;
} border_ranges[] = {
    {CHUNK_FLOOR, -1, 1},     {CHUNK_FLOOR, 0, 1},      {CHUNK_FLOOR, -1, 2},
    {2 * CHUNK_FLOOR, -2, 4}, {CHUNK_FLOOR, 0, 512},    {CHUNK_FLOOR, 0, 513},
    {CHUNK_FLOOR, -1, 514},   {GRANULE, -1, 2},         {GRANULE, 0, 16},
    {GRANULE, -1, 17},        {3 * CHUNK_FLOOR, -1, 2},
};

START_TEST(commit_and_decommit_across_borders)
{
    size_t size_bytes = 4 * CHUNK_FLOOR;
    for (size_t align = GRANULE; align <= CHUNK_FLOOR; align = align * CHUNK_FLOOR / GRANULE) {
        /* Once with the borders at multiples of 2 MiB of addresses, once of offsets only. */
        uint8_t *area = free_area(size_bytes + GRANULE, CHUNK_FLOOR);
        uint8_t *base =
            reserve(size_bytes, options(.address = area + (align == GRANULE) * GRANULE));
        for (size_t i = 0; i < array_count(border_ranges); i++) {
            const struct border *range = &border_ranges[i];
            size_t bytes = (size_t)range->page_count * page;
            uint8_t *first = base + range->border + range->first_page * (ptrdiff_t)page;
            require_ok(steppe_commit(first, bytes));
            require_run(first, first, bytes, STEPPE_COMMITTED, STEPPE_READ_WRITE);
            require_equal(charge_by_runs(base), bytes);
            memset(first, 0x3c, bytes);
            require_faults(touch_read(first - 1), first - 1);
            require_faults(touch_write(first + bytes, 1), first + bytes);
            require_ok(steppe_decommit(first + page / 2, bytes - page / 2));
            require_run(base, base, size_bytes, STEPPE_RESERVED, STEPPE_NO_ACCESS);
            require_equal(resident_bytes_of(base, size_bytes), 0);
        }
        for (size_t i = 0; i < array_count(border_ranges); i++) {
            const struct border *range = &border_ranges[i];
            size_t bytes = (size_t)range->page_count * page;
            uint8_t *first = base + range->border + range->first_page * (ptrdiff_t)page;
            require_ok(steppe_commit(base, size_bytes));
            memset(base, 0x3d, size_bytes);
            require_ok(steppe_decommit(first, bytes));
            require_equal(charge_of(base), size_bytes - bytes);
            require_bytes(base, (size_t)(first - base), 0x3d);
            require_bytes(first + bytes, (size_t)(base + size_bytes - first - bytes), 0x3d);
            require_faults(touch_read(first), first);
            require_faults(touch_read(first + bytes - 1), first + bytes - 1);
            require_ok(steppe_commit(first, bytes));
            require_bytes(first, bytes, 0);
        }
        require_ok(steppe_release(base));
    }
}
END_TEST

/* ---- protect ----------------------------------------------------------------------------------
 */

START_TEST(protect_gives_the_old_protection_of_the_first_page)
{
    steppe_protection old = 99;
    uint8_t *base = reserve_committed(8 * page);
    memset(base, 0x66, 8 * page);
    require_ok(steppe_protect(base, page, STEPPE_READ_ONLY, &old));
    require(old == STEPPE_READ_WRITE);
    require(touch_read(base).value == 0x66);
    require_faults(touch_write(base, 1), base);
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_run(base + page, base + page, 7 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_ok(steppe_protect(base, page, STEPPE_READ_WRITE, &old));
    require(old == STEPPE_READ_ONLY);
    require_touchable(touch_write(base, 0x66));

    require_ok(steppe_protect(base + 2 * page - 1, 2, STEPPE_READ_ONLY, NULL));
    require_run(base + page, base + page, 2 * page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_run(base + 3 * page, base + 3 * page, 5 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);

    require_ok(steppe_protect(base, 4 * page, STEPPE_NO_ACCESS, &old));
    require(old == STEPPE_READ_WRITE);
    require_ok(steppe_protect(base, 4 * page, STEPPE_EXECUTE_READ, &old));
    require(old == STEPPE_NO_ACCESS);
    require_ok(steppe_protect(base + page, page, STEPPE_READ_WRITE | STEPPE_GUARD, &old));
    require(old == STEPPE_EXECUTE_READ);
    require_ok(steppe_protect(base + page, 3 * page, STEPPE_READ_WRITE, &old));
    require(old == (STEPPE_READ_WRITE | STEPPE_GUARD));
    require_bytes(base, 8 * page, 0x66);
    require_equal(charge_of(base), 8 * page);
}
END_TEST

START_TEST(protect_is_all_or_nothing)
{
    uint8_t *area = free_area(2 * GRANULE, 0);
    uint8_t *base = reserve(GRANULE, options(.address = area));
    uint8_t *other = reserve(GRANULE, options(.address = area + GRANULE));
    require_ok(steppe_commit(base, GRANULE));
    require_ok(steppe_commit(other, GRANULE));
    require_ok(steppe_decommit(base + 5 * page, page));
    struct snapshot before = snapshot_take();
    steppe_protection old = 77;
    require_fails(steppe_protect(base, GRANULE, STEPPE_READ_ONLY, &old), STEPPE_E_NOT_COMMITTED);
    require_fails(steppe_protect(base + 4 * page, page + 1, STEPPE_READ_ONLY, &old),
                  STEPPE_E_NOT_COMMITTED);
    require_fails(steppe_protect(base + 5 * page, 1, STEPPE_READ_ONLY, &old),
                  STEPPE_E_NOT_COMMITTED);
    require_fails(steppe_protect(base + GRANULE - page, 2 * page, STEPPE_READ_ONLY, &old),
                  STEPPE_E_OUTSIDE);
    require_fails(steppe_protect(other + GRANULE - 1, 2, STEPPE_READ_ONLY, &old), STEPPE_E_OUTSIDE);
    require_fails(steppe_protect(other + GRANULE, 1, STEPPE_READ_ONLY, &old),
                  STEPPE_E_NOT_RESERVED);
    require(old == 77, "the old protection was written by a failed call");
    require_same(&before);
    require_touchable(touch_write(base, 1));
    require_touchable(touch_write(base + GRANULE - 1, 1));
    require_touchable(touch_write(other, 1));
}
END_TEST

static void require_allowed(uint8_t *address, bool reads, bool writes, bool runs)
{
    struct touch read = touch_read(address + 1);
    require(read.faulted != reads && (reads || read.address == address + 1));
    struct touch write = touch_write(address + 2, 9);
    require(write.faulted != writes && (writes || write.address == address + 2));
    struct touch run = touch_execute(address);
    require(run.faulted != runs && (runs || run.address == address));
}

START_TEST(every_protection_allows_what_its_name_says)
{
    uint8_t *base = reserve(page, NULL);
    require_ok(steppe_commit(base, page));
    if (!put_return(base))
        skip_test("no return instruction known for this machine");
    const struct {
        steppe_protection protection;
        bool reads, writes, runs;
    } cases[] = {
        {STEPPE_READ_WRITE, true, true, false},
        {STEPPE_READ_ONLY, true, false, false},
        {STEPPE_NO_ACCESS, false, false, false},
        {STEPPE_EXECUTE_READ, true, false, true},
        {STEPPE_EXECUTE_READ_WRITE, true, true, true},
#if defined(__x86_64__) || defined(__i386__)
        {STEPPE_EXECUTE, true, false, true},
#endif
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        for (size_t j = 0; j < array_count(cases); j++) {
            require_ok(steppe_protect(base, page, cases[i].protection, NULL));
            require_allowed(base, cases[i].reads, cases[i].writes, cases[i].runs);
            require_ok(steppe_commit_as(base, page, cases[j].protection));
            require_allowed(base, cases[j].reads, cases[j].writes, cases[j].runs);
        }
    }
}
END_TEST

START_TEST(guard_pages_fault_once_each)
{
    uint8_t *base = reserve_committed(4 * page);
    memset(base, 0x31, 4 * page);
    require_ok(steppe_protect(base, 4 * page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
    require_run(base, base, 4 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE | STEPPE_GUARD);
    require_faults(touch_read(base + page + 7), base + page + 7);
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_WRITE | STEPPE_GUARD);
    require_run(base + page, base + page, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_run(base + 2 * page, base + 2 * page, 2 * page, STEPPE_COMMITTED,
                STEPPE_READ_WRITE | STEPPE_GUARD);
    require(touch_read(base + page + 7).value == 0x31);
    require_faults(touch_write(base + 3 * page, 1), base + 3 * page);
    require(touch_read(base + 3 * page).value == 0x31);
    require_faults(touch_write(base + 2 * page, 1), base + 2 * page);
    require_faults(touch_write(base, 1), base);
    require_run(base, base, 4 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_bytes(base, 4 * page, 0x31);
    require_equal(charge_of(base), 4 * page);
    /* Once more: the guard can be set again, also by committing. */
    require_ok(steppe_commit_as(base, page, STEPPE_READ_ONLY | STEPPE_GUARD));
    require_faults(touch_read(base), base);
    require(touch_read(base).value == 0x31);
    require_faults(touch_write(base, 1), base);
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
}
END_TEST

START_TEST(guard_of_the_reservation_applies_once_committed)
{
    uint8_t *base = reserve(4 * page, options(.protection = STEPPE_READ_WRITE | STEPPE_GUARD));
    require_faults(touch_read(base), base);
    require_run(base, base, 4 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_ok(steppe_commit_as(base, page, STEPPE_READ_WRITE));
    require_touchable(touch_read(base));
    require_ok(steppe_commit(base + page, page));
    require_run(base + page, base + page, page, STEPPE_COMMITTED, STEPPE_READ_WRITE | STEPPE_GUARD);
    require_faults(touch_write(base + page, 1), base + page);
    require_touchable(touch_write(base + page, 1));
}
END_TEST

START_TEST(no_access_keeps_contents_and_charge)
{
    uint8_t *base = reserve_committed(4 * page);
    memset(base, 0x19, 4 * page);
    require_ok(steppe_protect(base + page, 2 * page, STEPPE_NO_ACCESS, NULL));
    require_faults(touch_read(base + page), base + page);
    require_faults(touch_write(base + 3 * page - 1, 1), base + 3 * page - 1);
    require_run(base + page, base + page, 2 * page, STEPPE_COMMITTED, STEPPE_NO_ACCESS);
    require_equal(charge_of(base), 4 * page);
    require_ok(steppe_protect(base + page, 2 * page, STEPPE_READ_WRITE, NULL));
    require_bytes(base, 4 * page, 0x19);
}
END_TEST

/* ---- reset ------------------------------------------------------------------------------------
 */

static void require_old_or_zero(const uint8_t *bytes, size_t size_bytes, uint8_t old)
{
    for (size_t i = 0; i < size_bytes; i++)
        require(bytes[i] == old || bytes[i] == 0, "byte %zu is %#x", i, bytes[i]);
}

START_TEST(reset_rounds_inward)
{
    uint8_t *base = reserve_committed(8 * page);
    memset(base, 0x55, 8 * page);
    require_ok(steppe_reset(base + 1, page - 1));
    require_ok(steppe_reset(base, page - 1));
    require_ok(steppe_reset(base + page / 2, page));
    require_ok(steppe_reset(base + page / 2, 1));
    require_bytes(base, 8 * page, 0x55);
    require_equal(resident_bytes_of(base, 8 * page), 8 * page);
    require_ok(steppe_reset(base + page - 1, 2 * page + 2));
    require_bytes(base, page, 0x55);
    require_old_or_zero(base + page, 2 * page, 0x55);
    require_bytes(base + 3 * page, 5 * page, 0x55);
}
END_TEST

START_TEST(reset_gives_memory_back_and_keeps_the_state)
{
    uint8_t *base = reserve(16 * page, NULL);
    require_ok(steppe_commit(base, 8 * page));
    memset(base, 0x56, 8 * page);
    require_ok(steppe_protect(base + 2 * page, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_protect(base + 3 * page, page, STEPPE_NO_ACCESS, NULL));
    require_ok(steppe_protect(base + 4 * page, page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
    require_ok(steppe_reset(base + page, 10 * page));
    require_equal(resident_bytes_of(base + page, 15 * page), 0);
    require_equal(charge_of(base), 8 * page);
    require_run(base, base, 2 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_run(base + 2 * page, base + 2 * page, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_run(base + 3 * page, base + 3 * page, page, STEPPE_COMMITTED, STEPPE_NO_ACCESS);
    require_run(base + 4 * page, base + 4 * page, page, STEPPE_COMMITTED,
                STEPPE_READ_WRITE | STEPPE_GUARD);
    require_run(base + 5 * page, base + 5 * page, 3 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_run(base + 8 * page, base + 8 * page, 8 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_bytes(base, page, 0x56);
    require_old_or_zero(base + page, page, 0x56);
    require_touchable(touch_write(base + page, 0x99));
    require(touch_read(base + page).value == 0x99);
    require_faults(touch_write(base + 2 * page, 1), base + 2 * page);
    require_faults(touch_read(base + 3 * page), base + 3 * page);
    require_faults(touch_read(base + 4 * page), base + 4 * page);
    require_faults(touch_read(base + 8 * page), base + 8 * page);
}
END_TEST

START_TEST(reset_stays_in_one_reservation)
{
    uint8_t *area = two_neighbours(0x21);
    struct snapshot before = snapshot_take();
    require_fails(steppe_reset(area + GRANULE - page, 2 * page), STEPPE_E_OUTSIDE);
    require_fails(steppe_reset(area + 2 * GRANULE, page), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_reset(area, 0), STEPPE_E_SIZE);
    require_same(&before);
}
END_TEST

/* ---- ready and the kernel ---------------------------------------------------------------------
 */

/* A file of size_bytes, every byte 0x5a; -1 where there are no memory files. */
static int file_of(size_t size_bytes)
{
    int file = memfd_create("contract", MFD_CLOEXEC);
    require(file >= 0, "memfd_create: %s", strerror(errno));
    uint8_t *bytes = malloc(size_bytes);
    require(bytes);
    memset(bytes, 0x5a, size_bytes);
    require(write(file, bytes, size_bytes) == (ssize_t)size_bytes);
    free(bytes);
    return file;
}

static ssize_t read_into(int file, void *address, size_t size_bytes)
{
    return pread(file, address, size_bytes, 0);
}

START_TEST(the_kernel_never_faults_for_us)
{
    int file = file_of(16 * page);
    const steppe_on_fault policies[] = {STEPPE_RAISE, STEPPE_COMMIT};
    for (size_t i = 0; i < array_count(policies); i++) {
        uint8_t *base = reserve(16 * page, options(.on_fault = policies[i]));
        require(read_into(file, base, 16 * page) == -1 && errno == EFAULT, "errno %d", errno);
        require(pwrite(file, base, 16 * page, 0) == -1 && errno == EFAULT, "errno %d", errno);
        require_equal(charge_of(base), 0);
        require_ok(steppe_commit(base, 16 * page));
        require(read_into(file, base, 16 * page) == (ssize_t)(16 * page), "errno %d", errno);
        require_bytes(base, 16 * page, 0x5a);
        require_ok(steppe_release(base));
    }
    close(file);
}
END_TEST

START_TEST(ready_makes_a_range_fit_for_system_calls)
{
    int file = file_of(16 * page);
    uint8_t *base = reserve(32 * page, options(.on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit(base + 3 * page, page));
    memset(base + 3 * page, 0x11, page);
    require_ok(steppe_ready(base + page / 2, 16 * page, STEPPE_ACCESS_WRITE));
    require_run(base, base, 17 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_equal(charge_of(base), 17 * page);
    require_equal(resident_bytes_of(base, 17 * page), 17 * page);
    require_bytes(base + 3 * page, page, 0x11);
    require(read_into(file, base + page / 2, 16 * page) == (ssize_t)(16 * page), "errno %d", errno);
    require_bytes(base + page / 2, 16 * page, 0x5a);

    require_ok(steppe_ready(base + 16 * page, 16 * page, STEPPE_ACCESS_READ));
    require_equal(charge_of(base), 32 * page);
    require(pwrite(file, base, 32 * page, 0) == (ssize_t)(32 * page), "errno %d", errno);
    close(file);
}
END_TEST

START_TEST(ready_respects_protections)
{
    uint8_t *base = reserve(16 * page, NULL);
    require_ok(steppe_commit_as(base + 2 * page, page, STEPPE_READ_ONLY));
    require_ok(steppe_commit_as(base + 4 * page, page, STEPPE_NO_ACCESS));
    require_ok(steppe_commit_as(base + 6 * page, page, STEPPE_READ_WRITE | STEPPE_GUARD));
    struct snapshot before = snapshot_take();
    require_fails(steppe_ready(base, 3 * page, STEPPE_ACCESS_WRITE), STEPPE_E_PROTECTION);
    require_fails(steppe_ready(base + 3 * page, 2 * page, STEPPE_ACCESS_READ), STEPPE_E_PROTECTION);
    require_fails(steppe_ready(base + 3 * page, 2 * page, STEPPE_ACCESS_WRITE),
                  STEPPE_E_PROTECTION);
    require_fails(steppe_ready(base + 5 * page, 2 * page, STEPPE_ACCESS_READ), STEPPE_E_GUARD);
    require_fails(steppe_ready(base + 5 * page, 2 * page, STEPPE_ACCESS_WRITE), STEPPE_E_GUARD);
    require_fails(steppe_ready(base, page, STEPPE_ACCESS_EXECUTE), STEPPE_E_OPTION);
    require_fails(steppe_ready(base, page, (steppe_access)7), STEPPE_E_OPTION);
    require_fails(steppe_ready(base + 15 * page, page + 1, STEPPE_ACCESS_READ), STEPPE_E_OUTSIDE);
    require_same(&before);
    require_ok(steppe_ready(base, 3 * page, STEPPE_ACCESS_READ));
    require_run(base + 2 * page, base + 2 * page, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
}
END_TEST

START_TEST(ready_of_new_pages_goes_by_the_protection_of_the_reservation)
{
    uint8_t *base = reserve(4 * page, options(.protection = STEPPE_READ_ONLY));
    struct snapshot before = snapshot_take();
    require_fails(steppe_ready(base, page, STEPPE_ACCESS_WRITE), STEPPE_E_PROTECTION);
    require_same(&before);
    require_ok(steppe_ready(base, page, STEPPE_ACCESS_READ));
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
}
END_TEST

/* ---- query ------------------------------------------------------------------------------------
 */

START_TEST(query_inside_runs)
{
    uint8_t *base = reserve(256 * page, options(.protection = STEPPE_EXECUTE_READ, .tag = 42));
    require_ok(steppe_commit_as(base + 16 * page, 8 * page, STEPPE_READ_WRITE));
    const struct {
        size_t offset, base, count;
        steppe_state state;
    } cases[] = {
        {0, 0, 16, STEPPE_RESERVED},
        {5 * page + 0x432, 5, 11, STEPPE_RESERVED},
        {16 * page - 1, 15, 1, STEPPE_RESERVED},
        {16 * page, 16, 8, STEPPE_COMMITTED},
        {18 * page + 0x345, 18, 6, STEPPE_COMMITTED},
        {24 * page - 1, 23, 1, STEPPE_COMMITTED},
        {24 * page, 24, 232, STEPPE_RESERVED},
        {256 * page - 1, 255, 1, STEPPE_RESERVED},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        steppe_run run =
            require_run(base + cases[i].offset, base + cases[i].base * page, cases[i].count * page,
                        cases[i].state,
                        cases[i].state == STEPPE_COMMITTED ? STEPPE_READ_WRITE : STEPPE_NO_ACCESS);
        require(run.reservation == base && run.owner == STEPPE_OWNER_STEPPE && run.tag == 42);
        require(run.reservation_protection == STEPPE_EXECUTE_READ);
        require_equal(run.reservation_bytes, 256 * page);
    }
}
END_TEST

START_TEST(runs_join_when_alike)
{
    uint8_t *base = reserve(16 * page, NULL);
    require_ok(steppe_commit(base + page, page));
    require_ok(steppe_commit(base + 2 * page, page));
    require_ok(steppe_commit_as(base + 3 * page, page, STEPPE_READ_ONLY));
    require_run(base, base, page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_run(base + page, base + page, 2 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_run(base + 3 * page, base + 3 * page, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_run(base + 4 * page, base + 4 * page, 12 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_ok(steppe_protect(base + 3 * page, page, STEPPE_READ_WRITE, NULL));
    require_run(base + page, base + page, 3 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_ok(steppe_decommit(base + 2 * page, page));
    require_run(base + page, base + page, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_run(base + 2 * page, base + 2 * page, page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_run(base + 3 * page, base + 3 * page, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    /* Committed without access and reserved both fault, and are still two runs. */
    require_ok(steppe_commit_as(base + 4 * page, page, STEPPE_NO_ACCESS));
    require_run(base + 4 * page, base + 4 * page, page, STEPPE_COMMITTED, STEPPE_NO_ACCESS);
}
END_TEST

static int a_function_to_point_at(void)
{
    return 1;
}

static steppe_run require_foreign(const void *address, steppe_owner owner, steppe_state state,
                                  steppe_protection protection)
{
    steppe_run run = {0};
    require_ok(steppe_query(address, &run));
    require(run.owner == owner && run.state == state && run.protection == protection,
            "%p: owner %d, %s, %s", address, run.owner, steppe_state_name(run.state),
            steppe_protection_name(run.protection));
    require(!run.reservation && run.reservation_bytes == 0 && run.tag == 0);
    require(run.reservation_protection == 0);
    require(run.base == (void *)((uintptr_t)address / page * page) && run.size_bytes >= page);
    return run;
}

START_TEST(query_of_memory_of_others)
{
    char on_the_stack = 0;
    char *on_the_heap = malloc(1000);
    require_foreign(&on_the_stack, STEPPE_OWNER_ANONYMOUS, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_foreign(on_the_heap, STEPPE_OWNER_ANONYMOUS, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_foreign((void *)(uintptr_t)a_function_to_point_at, STEPPE_OWNER_IMAGE, STEPPE_COMMITTED,
                    STEPPE_EXECUTE_READ);
    require_foreign((void *)(uintptr_t)qsort, STEPPE_OWNER_IMAGE, STEPPE_COMMITTED,
                    STEPPE_EXECUTE_READ);
    free(on_the_heap);
}
END_TEST

START_TEST(query_of_mappings_of_others)
{
    int file = file_of(4 * page);
    uint8_t *area = free_area(64 * page, 0);
    const struct {
        int protection, flags, file;
        steppe_owner owner;
        steppe_state state;
        steppe_protection seen;
    } cases[] = {
        {PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, STEPPE_OWNER_ANONYMOUS,
         STEPPE_COMMITTED, STEPPE_READ_WRITE},
        {PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, STEPPE_OWNER_ANONYMOUS, STEPPE_COMMITTED,
         STEPPE_READ_ONLY},
        {PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, STEPPE_OWNER_ANONYMOUS, STEPPE_RESERVED,
         STEPPE_NO_ACCESS},
        {PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, STEPPE_OWNER_ANONYMOUS,
         STEPPE_COMMITTED, STEPPE_EXECUTE_READ},
        {PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
         STEPPE_OWNER_ANONYMOUS, STEPPE_COMMITTED, STEPPE_EXECUTE_READ_WRITE},
        {PROT_READ | PROT_WRITE, MAP_SHARED, file, STEPPE_OWNER_FILE, STEPPE_COMMITTED,
         STEPPE_READ_WRITE},
        {PROT_READ, MAP_PRIVATE, file, STEPPE_OWNER_FILE, STEPPE_COMMITTED, STEPPE_READ_ONLY},
        {PROT_NONE, MAP_SHARED, file, STEPPE_OWNER_FILE, STEPPE_COMMITTED, STEPPE_NO_ACCESS},
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        void *mapping = mmap(area + 8 * page, 4 * page, cases[i].protection,
                             cases[i].flags | MAP_FIXED, cases[i].file, 0);
        require(mapping == area + 8 * page, "case %zu: %s", i, strerror(errno));
        steppe_run run =
            require_foreign(area + 9 * page + 5, cases[i].owner, cases[i].state, cases[i].seen);
        require(run.base == area + 9 * page && run.size_bytes == 3 * page, "case %zu", i);
        munmap(mapping, 4 * page);
    }
    close(file);
}
END_TEST

START_TEST(free_runs_end_at_the_next_mapping_of_anybody)
{
    uint8_t *area = free_area(8 * GRANULE, 0);
    require(mmap(area + GRANULE, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
            area + GRANULE);
    uint8_t *base = reserve(GRANULE, options(.address = area + 3 * GRANULE));
    require(base == area + 3 * GRANULE);
    steppe_run run = require_run(area, area, GRANULE, STEPPE_FREE, STEPPE_NO_ACCESS);
    require(run.owner == STEPPE_OWNER_NONE && !run.reservation);
    require_run(area + 2 * page + 9, area + 2 * page, GRANULE - 2 * page, STEPPE_FREE,
                STEPPE_NO_ACCESS);
    require_run(area + GRANULE + page, area + GRANULE + page, 2 * GRANULE - page, STEPPE_FREE,
                STEPPE_NO_ACCESS);
    require_run(base - 1, base - page, page, STEPPE_FREE, STEPPE_NO_ACCESS);
    munmap(area + GRANULE, page);
}
END_TEST

START_TEST(query_does_not_join_others_across_a_reservation)
{
    /* Two foreign pages without access beside a reservation look like one mapping to the kernel. */
    uint8_t *area = free_area(3 * GRANULE, 0);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    require(reserve(GRANULE, options(.address = area + GRANULE)) == area + GRANULE);
    require(mmap(area, GRANULE, PROT_NONE, flags, -1, 0) == area);
    require(mmap(area + 2 * GRANULE, GRANULE, PROT_NONE, flags, -1, 0) == area + 2 * GRANULE);
    steppe_run below = {0};
    require_ok(steppe_query(area, &below));
    require(below.base == area && below.size_bytes == GRANULE, "%#zx", below.size_bytes);
    require(below.owner == STEPPE_OWNER_ANONYMOUS && below.state == STEPPE_RESERVED);
    require_run(area + GRANULE, area + GRANULE, GRANULE, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    steppe_run above = {0};
    require_ok(steppe_query(area + 2 * GRANULE + page, &above));
    require(above.base == area + 2 * GRANULE + page && above.owner == STEPPE_OWNER_ANONYMOUS);
    munmap(area, GRANULE);
    munmap(area + 2 * GRANULE, GRANULE);
}
END_TEST

START_TEST(query_of_addresses_no_program_may_use)
{
    const uintptr_t addresses[] = {(uintptr_t)1 << 63, UINTPTR_MAX, UINTPTR_MAX - page};
    for (size_t i = 0; i < array_count(addresses); i++) {
        steppe_run run = {.size_bytes = 12345, .tag = 67};
        require_fails(steppe_query((void *)addresses[i], &run), STEPPE_E_ADDRESS);
        require(run.size_bytes == 12345 && run.tag == 67, "the run was written");
    }
}
END_TEST

START_TEST(walk_of_the_whole_address_space_ends)
{
    uint8_t *base = reserve(GRANULE, NULL);
    bool seen_base = false, seen_code = false;
    uintptr_t address = GRANULE, code = (uintptr_t)a_function_to_point_at;
    steppe_run run;
    size_t step_count = 0;
    while (steppe_query((void *)address, &run) == STEPPE_OK) {
        require((uintptr_t)run.base == address && run.size_bytes >= page && step_count++ < 1000000);
        seen_base |= run.base == base && run.owner == STEPPE_OWNER_STEPPE;
        seen_code |= code - address < run.size_bytes && run.owner == STEPPE_OWNER_IMAGE;
        require(address + run.size_bytes > address, "the run at %#zx wraps", (size_t)address);
        address += run.size_bytes;
    }
    require(steppe_last_status() == STEPPE_E_ADDRESS);
    require(address >= (uintptr_t)&run, "the walk ended below the stack, at %#zx", (size_t)address);
    require(seen_base && seen_code);
}
END_TEST

START_TEST(walk_of_runs_equals_page_by_page)
{
    uint64_t random = 1;
    size_t page_count = 3 * CHUNK_FLOOR / page;
    uint8_t *base = reserve(page_count * page, NULL);
    for (size_t i = 0; i < 400; i++) {
        size_t first = random_below(&random, page_count);
        size_t count = 1 + random_below(&random, page_count - first < 40 ? page_count - first : 40);
        if (random_below(&random, 3) == 0)
            require_ok(steppe_decommit(base + first * page, count * page));
        else
            require_ok(steppe_commit_as(base + first * page, count * page,
                                        all_protections[random_below(&random, 6)]));
    }
    size_t at = 0, committed_bytes = 0;
    for (steppe_run run = steppe_first_run(base + 17 * page + 3); run.size_bytes;
         run = steppe_next_run(run)) {
        require(run.base == base + at * page, "gap at page %zu", at);
        for (size_t i = 0; i < run.size_bytes / page; i++, at++)
            require_run(base + at * page + at % page, base + at * page, run.size_bytes - i * page,
                        run.state, run.protection);
        committed_bytes += run.state == STEPPE_COMMITTED ? run.size_bytes : 0;
        steppe_run after = steppe_next_run(run);
        require(!after.size_bytes || after.state != run.state || after.protection != run.protection,
                "two runs alike in a row at page %zu", at);
    }
    require_equal(at, page_count);
    require_equal(committed_bytes, charge_of(base));
}
END_TEST

START_TEST(walks_end_when_there_is_nothing)
{
    char on_the_stack = 0;
    require(steppe_first_run(&on_the_stack).size_bytes == 0);
    require(steppe_first_run(NULL).size_bytes == 0);
    require(steppe_first_reservation().size_bytes == 0);
    uint8_t *base = reserve_committed(4 * page);
    steppe_run run = steppe_first_run(base + page);
    require(run.base == base && run.size_bytes == 4 * page);
    steppe_run end = steppe_next_run(run);
    require(end.size_bytes == 0);
    require(steppe_next_run(end).size_bytes == 0);
    require_ok(steppe_decommit(base + page, page));
    run = steppe_first_run(base);
    require(run.size_bytes == page);
    require_ok(steppe_release(base));
    require(steppe_next_run(run).size_bytes == 0, "a walk went on in a released reservation");
    require(steppe_first_run(base).size_bytes == 0);
}
END_TEST

static int compare_addresses(const void *left, const void *right)
{
    const uint8_t *const *a = left, *const *b = right;
    return (*a > *b) - (*a < *b);
}

START_TEST(walk_over_reservations_is_complete_and_in_order)
{
    enum { COUNT = 50 };
    uint8_t *bases[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        bases[i] = reserve((1 + i % 5) * GRANULE,
                           options(.tag = i + 1, .top_down = i % 3 == 0, .name = "walked"));
    qsort(bases, COUNT, sizeof *bases, compare_addresses);
    size_t i = 0;
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r), i++) {
        require(i < COUNT && r.base == bases[i], "number %zu is %p", i, r.base);
        require(strcmp(r.name, "walked") == 0);
    }
    require_equal(i, COUNT);
    /* Releasing where the walk stands does not end it. */
    i = 0;
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r), i++)
        require_ok(steppe_release(r.base));
    require_equal(i, COUNT);
    require_equal(reservation_count(), 0);
}
END_TEST

/* ---- larger pages -----------------------------------------------------------------------------
 */

START_TEST(larger_pages_round_everything)
{
    size_t large = GRANULE;
    uint8_t *base = reserve(5 * large + 1, options(.page_bytes = large));
    require_run(base, base, 6 * large, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_ok(steppe_commit(base + large + 1, 1));
    require_run(base + large + page + 5, base + large, large, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_equal(charge_of(base), large);
    require_ok(steppe_commit(base + 3 * large - 1, 2));
    require_run(base, base, large, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_run(base + large, base + large, 3 * large, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    memset(base + large, 0x44, 3 * large);
    steppe_protection old;
    require_ok(steppe_protect(base + 2 * large + page, 1, STEPPE_READ_ONLY, &old));
    require_run(base + 2 * large, base + 2 * large, large, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_faults(touch_write(base + 2 * large, 1), base + 2 * large);
    require_faults(touch_write(base + 3 * large - 1, 1), base + 3 * large - 1);
    require_touchable(touch_write(base + 3 * large, 0x44));
    require_ok(steppe_reset(base + large + page, 2 * large - page - 1));
    require_bytes(base + large, 3 * large, 0x44);
    require_ok(steppe_decommit(base + large + page, 1));
    require_run(base, base, 2 * large, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_equal(resident_bytes_of(base, 2 * large), 0);
    require_equal(charge_of(base), 2 * large);
    require_fails(steppe_release(base + large), STEPPE_E_NOT_BASE);
    require_ok(steppe_release(base + large - 1));
}
END_TEST

START_TEST(larger_guard_pages_are_one_shot_as_a_whole)
{
    size_t large = GRANULE;
    uint8_t *base = reserve(2 * large, options(.page_bytes = large));
    require_ok(steppe_commit_as(base, 2 * large, STEPPE_READ_WRITE | STEPPE_GUARD));
    require_faults(touch_read(base + 3 * page), base + 3 * page);
    require_run(base, base, large, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_touchable(touch_write(base + large - 1, 1));
    require_faults(touch_read(base + large), base + large);
}
END_TEST

START_TEST(largest_pages)
{
    size_t large = 2 * STEPPE_MIB;
    uint8_t *base = reserve(2 * large + 1, options(.page_bytes = large));
    require_run(base, base, 3 * large, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_ok(steppe_commit(base + large + large / 2, 1));
    require_run(base + 2 * large - 1, base + large, large, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_faults(touch_read(base + large - 1), base + large - 1);
    require_touchable(touch_write(base + large, 1));
    require_touchable(touch_write(base + 2 * large - 1, 1));
    require_faults(touch_read(base + 2 * large), base + 2 * large);
}
END_TEST

START_TEST(page_sizes_out_of_range_are_refused)
{
    const size_t sizes[] = {1, page / 2, page - 1, page + 1, 3 * page, 4 * STEPPE_MIB, SIZE_MAX};
    for (size_t i = 0; i < array_count(sizes); i++)
        require_null(steppe_reserve(page, options(.page_bytes = sizes[i])), STEPPE_E_OPTION);
    require(reserve(page, options(.page_bytes = page)));
}
END_TEST

/* ---- release ----------------------------------------------------------------------------------
 */

START_TEST(release_takes_any_address_in_the_first_page)
{
    const size_t offsets[] = {0, 1, page / 2, page - 1};
    for (size_t i = 0; i < array_count(offsets); i++) {
        uint8_t *base = reserve_committed(32 * page);
        struct snapshot before = snapshot_take();
        require_fails(steppe_release(base + page), STEPPE_E_NOT_BASE);
        require_fails(steppe_release(base + page + 1), STEPPE_E_NOT_BASE);
        require_fails(steppe_release(base + 16 * page), STEPPE_E_NOT_BASE);
        require_fails(steppe_release(base + 32 * page - 1), STEPPE_E_NOT_BASE);
        require_fails(steppe_release(base + 32 * page), STEPPE_E_NOT_RESERVED);
        require_same(&before);
        require_ok(steppe_release(base + offsets[i]));
        require_fails(steppe_release(base + offsets[i]), STEPPE_E_NOT_RESERVED);
        require_equal(process_charge(), 0);
    }
}
END_TEST

START_TEST(released_memory_is_free)
{
    uint8_t *area = free_area(4 * GRANULE, 0);
    uint8_t *base = reserve(2 * GRANULE + 1, options(.address = area));
    require_ok(steppe_commit(base, GRANULE));
    memset(base, 0x12, GRANULE);
    require_ok(steppe_release(base));
    steppe_run run = {0};
    require_ok(steppe_query(base, &run));
    require(run.state == STEPPE_FREE && run.owner == STEPPE_OWNER_NONE && !run.reservation);
    require(run.size_bytes >= 4 * GRANULE);
    require_equal(mapping_count_of(base, 3 * GRANULE), 0);
    struct touch touched = touch_read(base);
    require(touched.faulted && touched.code == SEGV_MAPERR && touched.address == base);
    require(reserve(3 * GRANULE, options(.address = area)) == area);
    require_ok(steppe_commit(area, 3 * GRANULE));
    require_bytes(area, 3 * GRANULE, 0);
}
END_TEST

START_TEST(reserve_and_release_leave_nothing_behind)
{
    reserve(GRANULE, NULL);
    struct snapshot before = snapshot_take();
    size_t mappings = mapping_count_of(NULL, SIZE_MAX);
    for (size_t i = 0; i < 3000; i++) {
        uint8_t *base = reserve(1 + i * 977 % (3 * STEPPE_MIB), NULL);
        require_ok(steppe_commit(base, 1));
        *base = 1;
        require_ok(steppe_release(base));
    }
    require_same(&before);
    size_t mappings_now = mapping_count_of(NULL, SIZE_MAX);
    require(mappings_now <= mappings + 8, "%zu mappings grew to %zu", mappings, mappings_now);
}
END_TEST

/* ---- large figures ----------------------------------------------------------------------------
 */

static void use_huge(size_t size_bytes, size_t count)
{
    if (is_slow())
        skip_test("too large for this build");
    uint8_t *base = steppe_reserve(size_bytes, NULL);
    if (!base && steppe_last_status() == STEPPE_E_ADDRESS_SPACE)
        skip_test("the address space has no room for %zu TiB", size_bytes / STEPPE_TIB);
    require(base);
    for (size_t i = 0; i < count; i++) {
        uint8_t *address = base + size_bytes / count * i;
        require_ok(steppe_commit(address + 5 * page - 1, 2));
        memset(address + 4 * page, 0x40 + (int)i, 2 * page);
    }
    require_ok(steppe_commit(base + size_bytes - 1, 1));
    base[size_bytes - 1] = 0x99;
    require_equal(charge_of(base), (2 * count + 1) * page);
    for (size_t i = 0; i < count; i++) {
        uint8_t *address = base + size_bytes / count * i;
        require_run(address, address, 4 * page, STEPPE_RESERVED, STEPPE_NO_ACCESS);
        require_run(address + 4 * page, address + 4 * page, 2 * page, STEPPE_COMMITTED,
                    STEPPE_READ_WRITE);
        require_bytes(address + 4 * page, 2 * page, (uint8_t)(0x40 + i));
        require_faults(touch_read(address + 6 * page), address + 6 * page);
    }
    size_t run_count = 0;
    for (steppe_run run = steppe_first_run(base); run.size_bytes; run = steppe_next_run(run))
        run_count++;
    require_equal(run_count, 2 * count + 2);
    require_ok(steppe_decommit(base, size_bytes));
    require_run(base, base, size_bytes, STEPPE_RESERVED, STEPPE_NO_ACCESS);
    require_equal(charge_of(base), 0);
    require_ok(steppe_release(base));
}

START_TEST(one_tebibyte)
{
    use_huge(STEPPE_TIB, 64);
}
END_TEST

START_TEST(sixty_four_tebibytes)
{
    use_huge(64 * STEPPE_TIB, 8);
}
END_TEST

START_TEST(huge_reservation_costs_next_to_nothing)
{
    if (is_slow() || TEST_UNDER_ASAN)
        skip_test("the figures of this build are those of its tool");
    require_ok(steppe_release(reserve(GRANULE, NULL)));
    anonymous_bytes_of_process(); /* its own first touches */
    size_t before = anonymous_bytes_of_process();
    if (before == 0)
        skip_test("no /proc/self/smaps_rollup");
    uint8_t *base = reserve(STEPPE_TIB, NULL);
    size_t after = anonymous_bytes_of_process();
    require(after <= before + 64 * STEPPE_KIB, "%zu bytes more", after - before);
    require_equal(mapping_count_of(base, STEPPE_TIB), 1);
    require(statistics_of(base).bookkeeping_bytes <= 64 * STEPPE_KIB);
}
END_TEST

static void commit_isolated(size_t count, size_t stride)
{
    uint8_t *base = reserve(count * stride, NULL);
    for (size_t i = 0; i < count; i++) {
        require_ok(steppe_commit(base + i * stride, page));
        base[i * stride] = (uint8_t)(i | 1);
    }
    require_equal(charge_of(base), count * page);
    require_equal(charge_by_runs(base), count * page);
    for (size_t i = 0; i < count; i++)
        require(base[i * stride] == (uint8_t)(i | 1));
    for (size_t i = 0; i < count; i += 2)
        require_ok(steppe_decommit(base + i * stride, page));
    require_equal(charge_by_runs(base), count / 2 * page);
    for (size_t i = 1; i < count; i += 2)
        require(base[i * stride] == (uint8_t)(i | 1));
    require_ok(steppe_release(base));
}

static steppe_mechanism mechanism_of(const void *address)
{
    return statistics_of(address).mechanism;
}

START_TEST(thirty_thousand_isolated_commits)
{
    /* Where each costs two mappings they come as far as reservations may take mappings. */
    bool maps_runs = mechanism_of(reserve(page, NULL)) == STEPPE_MECHANISM_MPROTECT;
    size_t count = is_slow() ? 1000 : maps_runs ? 24000 : 30000;
    if (mapping_count_max() < 2 * count + 1000)
        skip_test("vm.max_map_count is %zu", mapping_count_max());
    commit_isolated(count, 2 * page);
    commit_isolated(count, 512 * STEPPE_KIB + page);
}
END_TEST

START_TEST(used_up_mappings_are_told_and_change_nothing)
{
    if (is_slow() || TEST_UNDER_ASAN)
        skip_test("this build needs mappings of its own");
    if (mapping_count_max() > 100000)
        skip_test("vm.max_map_count is %zu", mapping_count_max());
    size_t count = mapping_count_max(), done = 0;
    uint8_t *spare = reserve_committed(3 * page);
    memset(spare, 0x3e, 3 * page);
    uint8_t *base = reserve(count * 2 * page, options(.mechanism = STEPPE_MECHANISM_MPROTECT));
    steppe_status status = STEPPE_OK;
    for (; done < count && status == STEPPE_OK; done += status == STEPPE_OK)
        status = steppe_commit(base + done * 2 * page, page);
    require(status == STEPPE_E_MAP_COUNT, "%s after %zu commits", steppe_status_name(status), done);
    require(done > count / 3, "already after %zu", done);
    require(done < count * 2 / 5, "not before %zu: too late for the program's own mappings", done);
    require(strstr(steppe_last_message(), "mappings, and may use"), "%s", steppe_last_message());
    require_fails(steppe_commit(base + done * 2 * page, page), STEPPE_E_MAP_COUNT);
    require_equal(charge_by_runs(base), done * page);
    require_equal(charge_of(base), done * page);
    require_faults(touch_read(base + done * 2 * page), base + done * 2 * page);
    /* Taking the middle out of a run needs mappings too: it works, or nothing happens. */
    status = steppe_decommit(spare + page, page);
    require(status == STEPPE_OK || status == STEPPE_E_MAP_COUNT, "%s", steppe_status_name(status));
    if (status == STEPPE_E_MAP_COUNT) {
        require_run(spare, spare, 3 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
        require_bytes(spare, 3 * page, 0x3e);
    }
    require_ok(steppe_decommit(base, 200 * page));
    require_ok(steppe_commit(base + done * 2 * page, page));
    require_touchable(touch_write(base + done * 2 * page, 1));
    require_ok(steppe_decommit(spare + page, page));
    require_ok(steppe_release(base));
}
END_TEST

/* ---- cancellation -----------------------------------------------------------------------------
 */

static uint8_t *shared_base;

static void *commit_while_cancelled(void *call)
{
    void *pages[16];
    size_t page_count = array_count(pages);
    pthread_cancel(pthread_self());
    switch (*(int *)call) {
    case 0:
        steppe_commit(shared_base, page);
        break;
    case 1:
        store(shared_base, 1);
        break;
    case 2:
        steppe_watch_collect(shared_base, 16 * page, pages, &page_count);
        break;
    default:
        steppe_decommit(shared_base, page);
    }
    pthread_testcancel();
    return NULL;
}

static void *commit_next(void *unused)
{
    (void)unused;
    return steppe_commit(shared_base + 2 * page, page) == STEPPE_OK ? shared_base : NULL;
}

/* A thread that dies in the middle would keep the locks, and the next one would wait for ever. */
START_TEST(pending_cancellation_waits_until_the_library_is_done)
{
    if (TEST_UNDER_ASAN)
        skip_test("the tool stumbles over the stack of a cancelled thread, in its own code");
    shared_base = reserve(STEPPE_MIB, options(.on_fault = STEPPE_COMMIT, .write_watch = _i >= 2));
    if (_i >= 2)
        store(shared_base, 1);
    pthread_t thread;
    void *result;
    require(pthread_create(&thread, NULL, commit_while_cancelled, &_i) == 0);
    require(pthread_join(thread, &result) == 0);
    require(result == PTHREAD_CANCELED);
    require(pthread_create(&thread, NULL, commit_next, NULL) == 0);
    require(pthread_join(thread, &result) == 0);
    require(result == shared_base);
}
END_TEST

START_TEST(five_thousand_reservations)
{
    size_t count = is_slow() ? 500 : 5000;
    uint8_t **bases = calloc(count, sizeof *bases);
    require(bases);
    for (size_t i = 0; i < count; i++) {
        bases[i] = reserve(GRANULE + i % 3 * page, options(.tag = i));
        require_ok(steppe_commit(bases[i] + page, 1));
        store_word(bases[i] + page, i);
    }
    require_equal(reservation_count(), count);
    require_equal(process_charge(), count * page);
    uint64_t random = 5;
    for (size_t left = count; left > 0; left--) {
        size_t i = random_below(&random, left);
        steppe_run run;
        require_ok(steppe_query(bases[i] + GRANULE - 1, &run));
        require(run.reservation == bases[i] && run.tag == load_word(bases[i] + page));
        require_ok(steppe_release(bases[i]));
        require_ok(steppe_query(bases[i], &run));
        require(run.reservation != bases[i]);
        bases[i] = bases[left - 1];
    }
    require_equal(reservation_count(), 0);
    require_equal(process_charge(), 0);
    free(bases);
}
END_TEST

/* ---- the suite --------------------------------------------------------------------------------
 */

static void add_reserve(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "reserve");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, reserve_rounds_the_size_to_pages);
    tcase_add_test(tests, reserve_rounds_the_address_down_and_the_size_grows);
    tcase_add_test(tests, rest_of_the_last_granule_stays_free_but_cannot_be_had);
    tcase_add_test(tests, library_never_chooses_the_rest_of_a_granule);
    tcase_add_test(tests, address_in_use_is_refused);
    tcase_add_test(tests, top_down_lies_above_the_default_place);
    tcase_add_test(tests, top_down_with_an_address_takes_the_address);
    tcase_add_test(tests, sizes_beyond_the_address_space_are_refused);
    tcase_add_test(tests, no_room_is_told_from_a_bad_size);
    tcase_add_test(tests, address_space_limit_of_the_process_is_told);
    tcase_add_test(tests, addresses_a_program_may_not_use_are_refused);
    tcase_add_test(tests, reservation_keeps_what_it_was_given);
    tcase_add_test(tests, defaults_are_the_zeros);
    tcase_add_test(tests, mechanism_of_the_environment_is_used);
    tcase_add_test(tests, named_mechanism_beats_the_environment);
    tcase_add_test(tests, unknown_mechanisms_are_refused);
}

static void add_commit(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "commit and decommit");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, commit_rounds_to_pages);
    tcase_add_test(tests, commit_over_two_reservations_changes_neither);
    tcase_add_test(tests, commit_beside_a_reservation_is_refused);
    tcase_add_test(tests, recommit_keeps_bytes_and_takes_the_new_protection);
    tcase_add_test(tests, commit_gives_the_protection_of_the_reservation);
    tcase_add_test(tests, uncommitted_pages_fault_and_committed_ones_do_not);
    tcase_add_test(tests, decommit_takes_whole_pages);
    tcase_add_test(tests, decommit_of_what_is_not_committed_is_fine);
    tcase_add_test(tests, decommit_over_two_reservations_changes_neither);
    tcase_add_test(tests, recommitted_pages_read_zero);
    tcase_add_test(tests, decommit_gives_physical_memory_back_at_once);
    tcase_add_test(tests, commit_and_decommit_across_borders);
}

static void add_protect(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "protect, reset, ready");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, protect_gives_the_old_protection_of_the_first_page);
    tcase_add_test(tests, protect_is_all_or_nothing);
    tcase_add_test(tests, every_protection_allows_what_its_name_says);
    tcase_add_test(tests, guard_pages_fault_once_each);
    tcase_add_test(tests, guard_of_the_reservation_applies_once_committed);
    tcase_add_test(tests, no_access_keeps_contents_and_charge);
    tcase_add_test(tests, reset_rounds_inward);
    tcase_add_test(tests, reset_gives_memory_back_and_keeps_the_state);
    tcase_add_test(tests, reset_stays_in_one_reservation);
    tcase_add_test(tests, the_kernel_never_faults_for_us);
    tcase_add_test(tests, ready_makes_a_range_fit_for_system_calls);
    tcase_add_test(tests, ready_respects_protections);
    tcase_add_test(tests, ready_of_new_pages_goes_by_the_protection_of_the_reservation);
}

START_TEST(reservation_of_any_address_in_it)
{
    size_t size = 5 * page;
    uint8_t *base = reserve(size, options(.name = "of", .tag = 7, .limit_bytes = 9 * page));
    require_ok(steppe_commit(base + page, page));
    for (size_t offset = 0; offset < size; offset += page - 1) {
        steppe_reservation found = steppe_reservation_of(base + offset);
        require(found.base == base && found.size_bytes == size && found.tag == 7);
        require_equal(found.committed_bytes, page);
        require_equal(found.limit_bytes, 9 * page);
        require(!strcmp(found.name, "of"));
    }
    require_equal(steppe_reservation_of(base + size).size_bytes, 0);
    require_equal(steppe_reservation_of(&size).size_bytes, 0);
    require_equal(steppe_reservation_of(NULL).size_bytes, 0);
    require_ok(steppe_release(base));
    require_equal(steppe_reservation_of(base).size_bytes, 0);
}
END_TEST

static void add_query(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "query and walks");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, reservation_of_any_address_in_it);
    tcase_add_test(tests, query_inside_runs);
    tcase_add_test(tests, runs_join_when_alike);
    tcase_add_test(tests, query_of_memory_of_others);
    tcase_add_test(tests, query_of_mappings_of_others);
    tcase_add_test(tests, free_runs_end_at_the_next_mapping_of_anybody);
    tcase_add_test(tests, query_does_not_join_others_across_a_reservation);
    tcase_add_test(tests, query_of_addresses_no_program_may_use);
    tcase_add_test(tests, walk_of_the_whole_address_space_ends);
    tcase_add_test(tests, walk_of_runs_equals_page_by_page);
    tcase_add_test(tests, walks_end_when_there_is_nothing);
    tcase_add_test(tests, walk_over_reservations_is_complete_and_in_order);
}

static void add_rest(Suite *suite)
{
    TCase *tests = test_case_catching(suite, "larger pages, release, large figures");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, larger_pages_round_everything);
    tcase_add_test(tests, larger_guard_pages_are_one_shot_as_a_whole);
    tcase_add_test(tests, largest_pages);
    tcase_add_test(tests, page_sizes_out_of_range_are_refused);
    tcase_add_test(tests, release_takes_any_address_in_the_first_page);
    tcase_add_test(tests, released_memory_is_free);
    tcase_add_test(tests, reserve_and_release_leave_nothing_behind);
    tcase_add_test(tests, one_tebibyte);
    tcase_add_test(tests, sixty_four_tebibytes);
    tcase_add_test(tests, huge_reservation_costs_next_to_nothing);
    tcase_add_test(tests, thirty_thousand_isolated_commits);
    tcase_add_test(tests, used_up_mappings_are_told_and_change_nothing);
    tcase_add_test(tests, five_thousand_reservations);
    tcase_add_loop_test(tests, pending_cancellation_waits_until_the_library_is_done, 0, 4);
}

int main(void)
{
    Suite *suite = suite_create("region");
    add_reserve(suite);
    add_commit(suite);
    add_protect(suite);
    add_query(suite);
    add_rest(suite);
    return test_main(suite);
}
