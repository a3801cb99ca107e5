/* SPDX-License-Identifier: MIT */
/*
 * fault_around.c - how far one fault reaches: as far as pays, never further than is allowed, and
 * every page of it is charged, counted and zero.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <pthread.h>

#include <stdlib.h>
#include <string.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

static bool is_committed(const uint8_t *address)
{
    steppe_run run;
    require_ok(steppe_query(address, &run));
    return run.state == STEPPE_COMMITTED;
}

static void require_figures(const uint8_t *base, size_t unit)
{
    steppe_statistics s = statistics_of(base);
    require_equal(s.committed_bytes, charge_by_runs(base));
    require_equal(s.committed_bytes, charge_of(base));
    require(s.fault_page_count >= s.fault_commit_count);
    require_equal(s.fault_page_count * unit, s.committed_bytes);
}

enum order { UPWARD, DOWNWARD, INTERLEAVED, BY_CHANCE, ORDERS };

/* The i-th page to be touched of count. */
static size_t nth(enum order order, size_t i, size_t count, uint64_t seed)
{
    enum { STREAMS = 4 };
    size_t part = count / STREAMS;
    switch (order) {
    case UPWARD:
        return i;
    case DOWNWARD:
        return count - 1 - i;
    case INTERLEAVED: /* the streams go alternately upward and downward */
        return i % STREAMS * part + (i % 2 ? part - 1 - i / STREAMS : i / STREAMS);
    default: /* an odd factor visits every page of a power of two once */
        return (i * 0x9e3779b1u + seed) % count;
    }
}

static void touch_all(enum order order, const steppe_options *wanted, size_t unit, size_t count)
{
    uint8_t *base = reserve(count * unit, wanted);
    bool reads = order % 2;
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = base + nth(order, i, count, 5) * unit;
        require_equal(load_word(at), 0);
        if (!reads || i % 3)
            store_word(at, 1 + (uint64_t)(at - base));
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = base + nth(order, i, count, 5) * unit;
        require_equal(load_word(at), reads && i % 3 == 0 ? 0 : 1 + (uint64_t)(at - base));
        require_equal(load(at + unit - 1), 0);
    }
    require_equal(charge_of(base), count * unit);
    require_figures(base, unit);
    steppe_statistics s = statistics_of(base);
    bool reaches =
        !wanted->strict && (!wanted->fault_around_bytes || wanted->fault_around_bytes >= 8 * unit);
    if (wanted->strict || (wanted->fault_around_bytes && wanted->fault_around_bytes < 2 * unit))
        require_equal(s.fault_commit_count, count);
    else if (reaches && order != BY_CHANCE && unit == page)
        require(s.fault_commit_count < count / 3, "%llu faults for %zu pages",
                (unsigned long long)s.fault_commit_count, count);
    require_ok(steppe_release(base));
}

START_TEST(all_orders_and_sizes)
{
    const size_t units[] = {page, 4 * page, 64 * STEPPE_KIB, STEPPE_MIB, 2 * STEPPE_MIB};
    const size_t arounds[] = {
        0, 1, 4096, 8192, 12345, 40 * 4096 + 1, 3 * STEPPE_MIB - 1, 64 * STEPPE_MIB};
    for (size_t u = 0; u < array_count(units); u++)
        for (size_t a = 0; a < array_count(arounds); a++)
            for (int strict = 0; strict < 2; strict++) {
                size_t count = units[u] <= 4 * page ? 4096 : units[u] < STEPPE_MIB ? 256 : 16;
                if (is_slow())
                    count /= 4;
                touch_all((enum order)_i,
                          options(.on_fault = STEPPE_COMMIT, .page_bytes = units[u],
                                  .fault_around_bytes = arounds[a], .strict = strict,
                                  .huge_pages = (steppe_huge_pages)(a % 3)),
                          units[u], count);
            }
}
END_TEST

START_TEST(lone_touches_commit_one_page)
{
    uint8_t *base = reserve(STEPPE_GIB, options(.on_fault = STEPPE_COMMIT));
    for (size_t i = 0; i < 200; i++) {
        store(base + i * 5 * STEPPE_MIB + i * page, 1);
        require_equal(charge_of(base), (i + 1) * page);
    }
    require_figures(base, page);
    require_equal(statistics_of(base).fault_commit_count, 200);
}
END_TEST

/* As many pages as the run has, in either direction; what lies behind a hole is another's. */
START_TEST(a_run_doubles)
{
    uint8_t *base = reserve(16 * CHUNK_FLOOR, options(.on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit(base + 100 * page, 8 * page));
    store(base + 108 * page, 1);
    require_equal(charge_of(base), 16 * page);
    require(is_committed(base + 115 * page) && !is_committed(base + 116 * page));
    store(base + 99 * page, 1);
    require(charge_of(base) > 17 * page && charge_of(base) <= 32 * page);
    require_run(base + 116 * page, base + 116 * page, 16 * CHUNK_FLOOR - 116 * page,
                STEPPE_RESERVED, STEPPE_NO_ACCESS);
    /* Up to the next committed page, and not over it. */
    require_ok(steppe_commit(base + 120 * page, page));
    uint64_t before = charge_of(base);
    store(base + 116 * page, 1);
    require_equal(charge_of(base), before + 4 * page);
    require(!is_committed(base + 121 * page));
}
END_TEST

START_TEST(never_beyond_the_reservation)
{
    for (size_t pages = 1; pages < 80; pages++) {
        uint8_t *base = reserve(pages * page, options(.on_fault = STEPPE_COMMIT));
        for (size_t i = 0; i < pages; i++)
            store(base + (pages % 2 ? i : pages - 1 - i) * page, 1);
        require_equal(charge_of(base), pages * page);
        require_figures(base, page);
        require_ok(steppe_release(base));
    }
    /* A neighbour is not touched, whoever lies next to it. */
    uint8_t *area = free_area(4 * CHUNK_FLOOR, CHUNK_FLOOR);
    uint8_t *low = reserve(CHUNK_FLOOR, options(.address = area, .on_fault = STEPPE_COMMIT));
    uint8_t *high =
        reserve(CHUNK_FLOOR, options(.address = area + CHUNK_FLOOR, .on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit(high, CHUNK_FLOOR / 2));
    store(low + CHUNK_FLOOR - page, 1);
    require(charge_of(low) <= CHUNK_FLOOR && charge_of(high) == CHUNK_FLOOR / 2);
    require_figures(low, page);
}
END_TEST

/* A unit is locked at a time: 16 MiB at least. */
START_TEST(never_beyond_the_unit)
{
    enum { UNIT = 16 * 1024 * 1024 };
    uint8_t *base = reserve(
        8 * UNIT, options(.on_fault = STEPPE_COMMIT, .fault_around_bytes = 64 * STEPPE_MIB));
    uint8_t *border = base + 2 * (size_t)UNIT;
    require_ok(steppe_commit(border - 4 * STEPPE_MIB, 4 * STEPPE_MIB - page));
    store(border - page, 1);
    require_equal(charge_of(base), 4 * STEPPE_MIB);
    require_ok(steppe_commit(border + page, 4 * STEPPE_MIB - page));
    store(border, 1);
    require(charge_of(base) == 8 * STEPPE_MIB || charge_of(base) > 8 * STEPPE_MIB);
    require_equal(charge_of(base), charge_by_runs(base));
    for (size_t i = 0; i < 8 * (size_t)UNIT; i += page)
        store(base + i, 1);
    require_equal(charge_of(base), 8 * (size_t)UNIT);
}
END_TEST

START_TEST(limits_are_reached_to_the_byte)
{
    for (size_t limit_pages = 1; limit_pages < 130; limit_pages += 1 + limit_pages / 16) {
        size_t pages = 512;
        steppe_budget *budget = steppe_budget_new(limit_pages * page);
        uint8_t *base =
            _i == 0 ? reserve(pages * page,
                              options(.on_fault = STEPPE_COMMIT, .limit_bytes = limit_pages * page))
                    : reserve(pages * page, options(.on_fault = STEPPE_COMMIT, .budget = budget));
        if (_i == 2)
            require_ok(steppe_budget_set_limit(budget, limit_pages * page + page - 1));
        for (size_t i = 0; i < limit_pages; i++) {
            require_ok(steppe_probe_write(base + i * page, "x", 1, NULL));
            require(charge_of(base) <= limit_pages * page);
        }
        require_equal(charge_of(base), limit_pages * page);
        for (size_t i = limit_pages; i < limit_pages + 3; i++)
            require_fails(steppe_probe_write(base + i * page, "x", 1, NULL), STEPPE_E_BUDGET);
        require_equal(charge_of(base), limit_pages * page);
        require_figures(base, page);
        require_equal(statistics_of(base).refused_count, 3);
        /* One page is given back, and one may come. */
        require_ok(steppe_decommit(base, page));
        require_ok(steppe_probe_write(base + (pages - 1) * page, "x", 1, NULL));
        require_fails(steppe_probe_write(base + 300 * page, "x", 1, NULL), STEPPE_E_BUDGET);
        require_ok(steppe_release(base));
        require_ok(steppe_budget_free(budget));
    }
}
END_TEST

/* Downward, by chance, and with several streams the whole limit can be used as well. */
START_TEST(limits_a_few_pages_ahead)
{
    for (size_t left = 1; left < 40; left++) {
        uint8_t *base = reserve(4 * CHUNK_FLOOR, options(.on_fault = STEPPE_COMMIT));
        require_ok(steppe_commit(base + CHUNK_FLOOR, CHUNK_FLOOR / 2));
        require_ok(steppe_set_limit(base, CHUNK_FLOOR / 2 + left * page));
        uint8_t *at = left % 2 ? base + CHUNK_FLOOR - page : base + CHUNK_FLOOR + CHUNK_FLOOR / 2;
        store(at, 1);
        require_equal(charge_of(base), CHUNK_FLOOR / 2 + left * page);
        require_equal(charge_by_runs(base), charge_of(base));
        require_equal(statistics_of(base).fault_commit_count, 1);
        require_equal(statistics_of(base).fault_page_count, left);
        require_fails(steppe_probe_write(base + 3 * CHUNK_FLOOR, "x", 1, NULL), STEPPE_E_BUDGET);
        require_ok(steppe_release(base));
    }
}
END_TEST

START_TEST(strict_commits_exactly_one)
{
    uint8_t *base = reserve(4 * CHUNK_FLOOR, options(.on_fault = STEPPE_COMMIT, .strict = true,
                                                     .fault_around_bytes = STEPPE_MIB));
    require_ok(steppe_commit(base, CHUNK_FLOOR));
    for (size_t i = 0; i < 300; i++) {
        store(base + CHUNK_FLOOR + i * page, 1);
        require_equal(charge_of(base), CHUNK_FLOOR + (i + 1) * page);
    }
    require_equal(statistics_of(base).fault_page_count, 300);
}
END_TEST

/* New pages get the reservation's protection, whoever reached them; others keep theirs. */
START_TEST(protections)
{
    uint8_t *base = reserve(4 * CHUNK_FLOOR,
                            options(.on_fault = STEPPE_COMMIT, .protection = STEPPE_READ_ONLY));
    for (size_t i = 0; i < 256; i++)
        require_equal(load(base + i * page), 0);
    require_fails(steppe_probe_write(base, "x", 1, NULL), STEPPE_E_PROTECTION);
    require_fails(steppe_probe_write(base + 300 * page, "x", 1, NULL), STEPPE_E_PROTECTION);
    require(charge_of(base) <= 600 * page && charge_of(base) >= 257 * page);
    require_equal(charge_of(base), charge_by_runs(base));

    uint8_t *mixed = reserve(4 * CHUNK_FLOOR, options(.on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit_as(mixed, 64 * page, STEPPE_READ_ONLY));
    require_ok(steppe_commit_as(mixed + 80 * page, page, STEPPE_NO_ACCESS));
    store(mixed + 64 * page, 1);
    require_run(mixed, mixed, 64 * page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_run(mixed + 64 * page, mixed + 64 * page, 16 * page, STEPPE_COMMITTED,
                STEPPE_READ_WRITE);
    require_run(mixed + 80 * page, mixed + 80 * page, page, STEPPE_COMMITTED, STEPPE_NO_ACCESS);
    require_ok(steppe_probe_write(mixed + 79 * page, "x", 1, NULL));
    require_fails(steppe_probe_read(mixed + 80 * page, (char[1]){0}, 1, NULL), STEPPE_E_PROTECTION);

    /* A reservation of guards: each page tells its own first access. */
    uint8_t *guards =
        reserve(4 * CHUNK_FLOOR,
                options(.on_fault = STEPPE_COMMIT, .protection = STEPPE_READ_WRITE | STEPPE_GUARD));
    for (size_t i = 0; i < 40; i++)
        require_fails(steppe_probe_write(guards + i * page, "x", 1, NULL), STEPPE_E_GUARD);
    for (size_t i = 0; i < 40; i++)
        require_ok(steppe_probe_write(guards + i * page, "x", 1, NULL));
    require_equal(charge_of(guards), charge_by_runs(guards));
}
END_TEST

/* Decommits between the touches: what was reached and given back reads zero again. */
START_TEST(against_a_model)
{
    enum { PAGES = 4096 };
    uint64_t random = 7 + (uint64_t)_i;
    uint8_t *base = reserve(PAGES * page, options(.on_fault = STEPPE_COMMIT,
                                                  .huge_pages = (steppe_huge_pages)(_i % 3)));
    uint64_t *values = calloc(PAGES, sizeof *values);
    for (int i = 0; i < (is_slow() ? 300 : 3000); i++) {
        size_t first = random_below(&random, PAGES), count = 1 + random_below(&random, 64);
        if (random_below(&random, 16) == 0)
            count *= 20;
        count = first + count > PAGES ? PAGES - first : count;
        bool down = random_below(&random, 2);
        unsigned what = (unsigned)random_below(&random, 5);
        if (what == 0) {
            require_ok(steppe_decommit(base + first * page, count * page));
            memset(values + first, 0, count * sizeof *values);
        }
        for (size_t k = 0; k < count && what; k++) {
            size_t at = down ? first + count - 1 - k : first + k;
            require_equal(load_word(base + at * page + 8 * (at % 64)), values[at]);
            if (what > 2)
                store_word(base + at * page + 8 * (at % 64), values[at] = random_next(&random));
        }
        if (i % 64 == 0)
            require_equal(charge_of(base), charge_by_runs(base));
    }
    for (size_t at = 0; at < PAGES; at++)
        require_equal(load_word(base + at * page + 8 * (at % 64)), values[at]);
    free(values);
}
END_TEST

/* ---- two at a time ----------------------------------------------------------------------------
 */

enum { PAIR_PAGES = 512 };

static struct {
    uint8_t *base;
    pthread_barrier_t barrier;
    int rounds;
} pair;

static void *touch_in_order(void *context)
{
    (void)context;
    for (int round = 0; round < pair.rounds; round++) {
        pthread_barrier_wait(&pair.barrier);
        for (size_t i = 0; i < PAIR_PAGES; i++)
            store(pair.base + i * page, 1);
        pthread_barrier_wait(&pair.barrier);
    }
    return NULL;
}

/* The other's faults open pages ahead of it one moment before the library's books say so. */
START_TEST(what_was_touched_is_committed)
{
    pthread_t thread;
    pair.base = reserve(PAIR_PAGES * page, options(.on_fault = STEPPE_COMMIT));
    pair.rounds = is_slow() ? 20 : 1000;
    require(pthread_barrier_init(&pair.barrier, NULL, 2) == 0);
    require(pthread_create(&thread, NULL, touch_in_order, NULL) == 0);
    for (int round = 0; round < pair.rounds; round++) {
        require_ok(steppe_decommit(pair.base, PAIR_PAGES * page));
        pthread_barrier_wait(&pair.barrier);
        for (size_t i = 0; i < PAIR_PAGES; i += 3) {
            steppe_run run;
            store(pair.base + i * page, 2);
            require_ok(steppe_query(pair.base + i * page, &run));
            require_equal(run.state, STEPPE_COMMITTED);
        }
        pthread_barrier_wait(&pair.barrier);
    }
    require(pthread_join(thread, NULL) == 0);
    pthread_barrier_destroy(&pair.barrier);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault_around");
    TCase *all = test_case(suite, "all");
    tcase_add_checked_fixture(all, setup, NULL);
    tcase_add_loop_test(all, all_orders_and_sizes, 0, ORDERS);
    tcase_add_test(all, lone_touches_commit_one_page);
    tcase_add_test(all, a_run_doubles);
    tcase_add_test(all, never_beyond_the_reservation);
    tcase_add_test(all, never_beyond_the_unit);
    tcase_add_loop_test(all, limits_are_reached_to_the_byte, 0, 3);
    tcase_add_test(all, limits_a_few_pages_ahead);
    tcase_add_test(all, strict_commits_exactly_one);
    tcase_add_test(all, protections);
    tcase_add_loop_test(all, against_a_model, 0, 6);
    tcase_add_test(all, what_was_touched_is_committed);
    return test_main(suite);
}
