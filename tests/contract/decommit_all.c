/* SPDX-License-Identifier: MIT */
/*
 * decommit_all.c - lists of ranges against decommits one by one: the same pages, the same charge,
 * and on failure everything before the bad range and nothing behind it.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

enum { RESERVATIONS = 3, PAGES = 3000 };

static uint8_t *bases[RESERVATIONS];
static steppe_budget *budget;
static bool committed[RESERVATIONS][PAGES];

static void make_reservations(void)
{
    memset(committed, 0, sizeof committed);
    budget = steppe_budget_new(STEPPE_NO_LIMIT);
    for (size_t r = 0; r < RESERVATIONS; r++)
        bases[r] = reserve(PAGES * page, options(.on_fault = r == 1 ? STEPPE_COMMIT : STEPPE_RAISE,
                                                 .strict = true, .budget = budget));
}

static void commit_by_chance(uint64_t *random)
{
    for (int i = 0; i < 12; i++) {
        size_t r = random_below(random, RESERVATIONS), first = random_below(random, PAGES);
        size_t end = first + 1 + random_below(random, i % 4 ? 40 : 1500);
        end = end > PAGES ? PAGES : end;
        require_ok(steppe_commit(bases[r] + first * page, (end - first) * page));
        for (size_t at = first; at < end; at++) {
            if (!committed[r][at])
                require_equal(load(bases[r] + at * page), 0);
            store(bases[r] + at * page, (uint8_t)(1 + at % 250));
            committed[r][at] = true;
        }
    }
}

static steppe_range random_range(uint64_t *random, const steppe_range *before)
{
    size_t r = random_below(random, RESERVATIONS), size_bytes = PAGES * page;
    size_t from = random_below(random, size_bytes), length = 1 + random_below(random, 20 * page);
    if (random_below(random, 8) == 0)
        length *= 50;
    switch (random_below(random, 6)) {
    case 0: /* the one before again */
        return *before;
    case 1: /* its neighbour */
        r = (size_t)((size_t)((uint8_t *)before->address - bases[0]) < size_bytes   ? 0
                     : (size_t)((uint8_t *)before->address - bases[1]) < size_bytes ? 1
                                                                                    : 2);
        from = (size_t)((uint8_t *)before->address - bases[r]) + before->size_bytes;
        from = from < size_bytes ? from : 0;
        break;
    case 2:
        from = from / page * page;
        length = (length + page - 1) / page * page;
        break;
    default:
        break;
    }
    length = from + length > size_bytes ? size_bytes - from : length;
    return (steppe_range){bases[r] + from, length};
}

static void forget(const steppe_range *range)
{
    for (size_t r = 0; r < RESERVATIONS; r++) {
        size_t offset = (size_t)((uint8_t *)range->address - bases[r]);
        if (offset < PAGES * page)
            for (size_t at = offset / page; at * page < offset + range->size_bytes; at++)
                committed[r][at] = false;
    }
}

/* Without a touch that might commit. */
static void require_as_in_model(void)
{
    uint64_t sum = 0;
    for (size_t r = 0; r < RESERVATIONS; r++) {
        uint64_t count = 0;
        for (size_t at = 0; at < PAGES; at++) {
            steppe_run run;
            require_ok(steppe_query(bases[r] + at * page, &run));
            require(run.state == (committed[r][at] ? STEPPE_COMMITTED : STEPPE_RESERVED),
                    "page %zu of %zu is %s", at, r, steppe_state_name(run.state));
            if (committed[r][at])
                require_equal(load(bases[r] + at * page), 1 + at % 250);
            count += committed[r][at];
        }
        require_equal(charge_of(bases[r]), count * page);
        require_equal(resident_bytes_of(bases[r], PAGES * page), count * page);
        sum += count * page;
    }
    require_equal(steppe_budget_charged_bytes(budget), sum);
    require_equal(process_charge(), sum);
}

static const steppe_status bad_statuses[] = {STEPPE_E_SIZE, STEPPE_E_SIZE, STEPPE_E_NOT_RESERVED,
                                             STEPPE_E_OUTSIDE, STEPPE_E_OUTSIDE};

static steppe_range bad_range(size_t kind)
{
    static uint8_t mine;
    const steppe_range bad[] = {{bases[0] + 5 * page, 0},
                                {bases[1] + 7, SIZE_MAX - 100},
                                {&mine, 1},
                                {bases[2] + page, PAGES * page},
                                {bases[0], 4096 * PAGES * page}};
    return bad[kind];
}

START_TEST(random_lists)
{
    enum { RANGES_MAX = 400 };
    static steppe_range list[RANGES_MAX];
    uint64_t random = 1 + (uint64_t)_i;
    make_reservations();
    for (int round = 0; round < (is_slow() ? 4 : 25); round++) {
        commit_by_chance(&random);
        size_t count = 1 + random_below(&random, RANGES_MAX), bad = count, done = 12345;
        steppe_status status = STEPPE_OK;
        uint64_t counted = 0, now = 0;
        steppe_range before = {bases[0], page};
        for (size_t i = 0; i < count; i++)
            before = list[i] = random_range(&random, &before);
        if (round % 2) {
            bad = random_below(&random, count);
            size_t kind = random_below(&random, array_count(bad_statuses));
            list[bad] = bad_range(kind);
            status = bad_statuses[kind];
        }
        for (size_t i = 0; i < bad; i++)
            forget(&list[i]);
        for (size_t r = 0; r < RESERVATIONS; r++)
            counted += statistics_of(bases[r]).decommit_count;
        if (status == STEPPE_OK)
            require_ok(steppe_decommit_all(list, count, &done));
        else
            require_fails(steppe_decommit_all(list, count, &done), status);
        require_equal(done, bad);
        for (size_t r = 0; r < RESERVATIONS; r++)
            now += statistics_of(bases[r]).decommit_count;
        require_equal(now, counted + bad);
        require_as_in_model();
    }
    /* What went reads zero. */
    for (size_t r = 0; r < RESERVATIONS; r++) {
        require_ok(steppe_commit(bases[r], PAGES * page));
        for (size_t at = 0; at < PAGES; at++)
            require_equal(load(bases[r] + at * page), committed[r][at] ? 1 + at % 250 : 0);
        require_ok(steppe_release(bases[r]));
    }
    require_equal(process_charge(), 0);
}
END_TEST

START_TEST(empty_lists_and_null)
{
    size_t done = 77;
    uint8_t *base = reserve(8 * page, NULL);
    require_ok(steppe_commit(base, 8 * page));
    require_ok(steppe_decommit_all(NULL, 0, &done));
    require_equal(done, 0);
    require_ok(steppe_decommit_all(NULL, 0, NULL));
    done = 77;
    require_fails(steppe_decommit_all(NULL, 1, &done), STEPPE_E_NULL);
    require_equal(done, 0);
    require_fails(steppe_decommit_all(NULL, 3, NULL), STEPPE_E_NULL);
    steppe_range one = {base + page, 1}, nothing = {NULL, 1}, empty = {base, 0};
    require_fails(steppe_decommit_all(&nothing, 1, &done), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_decommit_all(&empty, 1, NULL), STEPPE_E_SIZE);
    require_ok(steppe_decommit_all(&one, 1, NULL));
    require_ok(steppe_decommit_all(&one, 1, &done));
    require_equal(done, 1);
    require_equal(charge_of(base), 7 * page);
    require_equal(statistics_of(base).decommit_count, 2);
}
END_TEST

/* The list is joined, batched, and far longer than a batch. */
START_TEST(big_lists)
{
    size_t count = is_slow() ? 5000 : 100000, done;
    steppe_range *list = malloc(count * sizeof *list);
    uint8_t *base = reserve(2 * count * page, options(.on_fault = STEPPE_COMMIT));
    bool few_mappings = statistics_of(base).mechanism == STEPPE_MECHANISM_MPROTECT;
    require(list);
    for (int spread = 1; spread <= (few_mappings ? 1 : 2); spread++) {
        for (int backward = 0; backward < 2; backward++) {
            for (size_t i = 0; i < count; i++) {
                store(base + spread * i * page, 1);
                list[backward ? count - 1 - i : i] = (steppe_range){base + spread * i * page, page};
            }
            require_ok(steppe_decommit_all(list, count, &done));
            require_equal(done, count);
            require_ok(steppe_decommit(base, 2 * count * page));
            require_equal(charge_of(base), 0);
        }
        for (size_t i = 0; i < count; i++)
            store(base + spread * i * page, 1);
        list[count - 10].size_bytes = 0;
        require_fails(steppe_decommit_all(list, count, &done), STEPPE_E_SIZE);
        require_equal(done, count - 10);
        require_equal(load(list[count - 9].address), 1);
        require_equal(load(list[count - 11].address), 0);
    }
    free(list);
}
END_TEST

/* More than one system call gives back. */
START_TEST(large_ranges)
{
    uint8_t *base = reserve(32 * STEPPE_GIB, options(.on_fault = STEPPE_COMMIT));
    steppe_range list[] = {{base, page},
                           {base + STEPPE_GIB, 5 * STEPPE_GIB},
                           {base + 8 * STEPPE_GIB, 3 * STEPPE_GIB},
                           {base + 12 * STEPPE_GIB, page}};
    size_t done;
    for (size_t i = 0; i < array_count(list); i++) {
        store(list[i].address, 1);
        store((uint8_t *)list[i].address + list[i].size_bytes - 1, 1);
    }
    require_ok(steppe_decommit_all(list, array_count(list), &done));
    require_equal(done, array_count(list));
    for (size_t i = 0; i < array_count(list); i++) {
        require_equal(load(list[i].address), 0);
        require_equal(load((uint8_t *)list[i].address + list[i].size_bytes - 1), 0);
    }
}
END_TEST

START_TEST(the_list_may_lie_in_the_memory)
{
    size_t done, count = 200;
    uint8_t *base = reserve(1000 * page, options(.on_fault = STEPPE_COMMIT));
    uint8_t *place = reserve(100 * page, options(.on_fault = STEPPE_COMMIT));
    steppe_range *list = (steppe_range *)place;
    for (size_t i = 0; i < count; i++) {
        list[i] = (steppe_range){base + 4 * i * page, 2 * page};
        memset(list[i].address, 1, 2 * page);
    }
    /* Given back itself, last of all. */
    list[count - 1] = (steppe_range){place, 1};
    require_ok(steppe_decommit_all(list, count, &done));
    require_equal(done, count);
    require_equal(load(place), 0);
    /* A list of zeros that a fault commits while it is read. */
    require_fails(steppe_decommit_all((steppe_range *)(place + 50 * page), 10, &done),
                  STEPPE_E_SIZE);
    require_equal(done, 0);
}
END_TEST

/* To read the list may be refused and unwound: nothing stays locked or held behind. */
START_TEST(reading_the_list_may_be_unwound)
{
    uint8_t *base = reserve(1000 * page, NULL);
    uint8_t *place = reserve(
        100 * page, options(.on_fault = STEPPE_COMMIT, .strict = true, .limit_bytes = page));
    size_t count = 2 * page / sizeof(steppe_range);
    steppe_range *list = (steppe_range *)place;
    steppe_fault fault;
    volatile bool is_caught = false;
    require_ok(steppe_commit(base, 1000 * page));
    for (size_t i = 0; i < count / 2; i++)
        list[i] = (steppe_range){base + 2 * i * page, page};
    STEPPE_TRY(&fault)
    {
        steppe_decommit_all(list, count, NULL);
    }
    STEPPE_CAUGHT
    {
        is_caught = true;
        require_equal(fault.reason, STEPPE_E_BUDGET);
    }
    require(is_caught);
    require_equal(charge_of(base), charge_by_runs(base));
    require_ok(steppe_decommit(base, 1000 * page));
    require_ok(steppe_release(base)); /* would wait for ever */
    require_ok(steppe_release(place));
}
END_TEST

static struct {
    steppe_range *list;
    size_t count;
    steppe_status status;
    size_t done;
    volatile int calls;
} told;

static void on_signal(int number)
{
    (void)number;
    told.status = steppe_decommit_all(told.list, told.count, &told.done);
    told.calls++;
}

START_TEST(in_a_signal_handler)
{
    uint8_t *base = reserve(1000 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    steppe_range list[300];
    for (size_t i = 0; i < array_count(list); i++)
        list[i] = (steppe_range){base + 2 * i * page, page + 1};
    told.list = list;
    told.count = array_count(list);
    struct sigaction action = {.sa_handler = on_signal};
    require(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
    memset(base, 1, 700 * page);
    require(raise(SIGUSR1) == 0);
    require(told.calls == 1 && told.status == STEPPE_OK && told.done == array_count(list));
    require_equal(charge_of(base), 100 * page);
    /* At any moment of other calls. */
    for (int i = 0; i < (is_slow() ? 20 : 200); i++) {
        ualarm(200 + 13 * (unsigned)i, 0);
        while (told.calls < 2 + i) {
            require_ok(steppe_commit(base, 50 * page));
            store(base + 700 * page, 1);
            require_ok(steppe_decommit(base, 400 * page));
        }
        require(told.status == STEPPE_OK && told.done == array_count(list));
    }
    require_equal(charge_of(base), charge_by_runs(base));
}
END_TEST

START_TEST(protections_are_levelled)
{
    size_t done;
    uint8_t *base = reserve(2048 * page, NULL);
    steppe_range list[] = {{base + 5 * page, page},
                           {base + 3 * page, page},
                           {base + 4 * page, 4 * page},
                           {base + 600 * page, 600 * page},
                           {base + 600 * page, page}};
    require_ok(steppe_commit(base, 2048 * page));
    memset(base, 3, 2048 * page);
    require_ok(steppe_protect(base + 3 * page, 3 * page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_protect(base + 6 * page, 2 * page, STEPPE_NO_ACCESS, NULL));
    require_ok(steppe_protect(base + 800 * page, 2 * page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
    require_ok(steppe_protect(base + 1199 * page, 2 * page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_decommit_all(list, array_count(list), &done));
    require_equal(done, array_count(list));
    require_equal(charge_of(base), (2048 - 5 - 600) * page);
    require_ok(steppe_commit(base, 1199 * page));
    require_bytes(base + 3 * page, 5 * page, 0);
    require_bytes(base + 600 * page, 599 * page, 0);
    require_bytes(base + 8 * page, 592 * page, 3);
    require_bytes(base + 1200 * page, 848 * page, 3);
    memset(base, 4, 1199 * page);
    require_fails(steppe_probe_write(base + 1200 * page, "x", 1, NULL), STEPPE_E_PROTECTION);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decommit_all");
    TCase *all = test_case(suite, "all");
    tcase_add_checked_fixture(all, setup, NULL);
    tcase_add_loop_test(all, random_lists, 0, 4);
    tcase_add_test(all, empty_lists_and_null);
    tcase_add_test(all, big_lists);
    tcase_add_test(all, large_ranges);
    tcase_add_test(all, the_list_may_lie_in_the_memory);
    tcase_add_test(all, reading_the_list_may_be_unwound);
    tcase_add_test(all, in_a_signal_handler);
    tcase_add_test(all, protections_are_levelled);
    return test_main(suite);
}
