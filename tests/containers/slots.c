/* SPDX-License-Identifier: MIT */
/*
 * slots.c - what steppe/slots.h promises: every strategy with every policy, slots of all sizes,
 * what goes and what stays, searches at every border, refusals, wrong pointers, threads, forks.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define slots_options(...) (&(steppe_slots_options){__VA_ARGS__})

enum { STRATEGIES = 4, POLICIES = 3, WAYS = STRATEGIES * POLICIES, GROUP = 32768 };

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

/* ---- helpers ----------------------------------------------------------------------------------
 */

static uint8_t *make_with(size_t slot_bytes, uint64_t slot_max, const steppe_slots_options *with)
{
    uint8_t *slots = steppe_slots_make(slot_bytes, slot_max, with);
    require(slots, "%zu bytes, %llu slots", slot_bytes, (unsigned long long)slot_max);
    require_equal((uintptr_t)slots % page, 0);
    return slots;
}

static uint8_t *make_way(size_t slot_bytes, uint64_t slot_max, int way)
{
    return make_with(slot_bytes, slot_max,
                     slots_options(.commit = (steppe_slots_commit)(way / POLICIES),
                                   .give_back = (steppe_slots_give_back)(way % POLICIES),
                                   .memory = options(.strict = true)));
}

static bool is_by_fault(int way)
{
    return way / POLICIES == STEPPE_SLOTS_BY_FAULT;
}

static bool is_committed(const uint8_t *address)
{
    steppe_run run;
    require_ok(steppe_query(address, &run));
    return run.state == STEPPE_COMMITTED;
}

static steppe_slots_statistics figures(const void *slots)
{
    steppe_slots_statistics statistics;
    require_ok(steppe_slots_statistics_of(slots, &statistics));
    return statistics;
}

static size_t collect(void *slots)
{
    size_t count = 12345;
    require_ok(steppe_slots_collect(slots, 0, &count));
    return count;
}

static uint8_t *use(uint8_t *slots, uint64_t index)
{
    uint8_t *slot = steppe_slots_use(slots, index);
    require(slot, "slot %llu", (unsigned long long)index);
    return slot;
}

static uint8_t mark_of(uint64_t index)
{
    return (uint8_t)(1 + index % 251);
}

static void fill(uint8_t *slots, uint64_t index, size_t slot_bytes)
{
    memset(slots + index * slot_bytes, mark_of(index), slot_bytes);
}

static void require_filled(const uint8_t *slots, uint64_t index, size_t slot_bytes)
{
    require_bytes(slots + index * slot_bytes, slot_bytes, mark_of(index));
}

/* Has the page a part of a slot in use? */
static bool is_needed(const uint8_t *slots, size_t slot_bytes, uint64_t at)
{
    uint64_t first = at * page / slot_bytes, last = ((at + 1) * page - 1) / slot_bytes;
    for (uint64_t slot = first; slot <= last; slot++)
        if (steppe_slots_in_use(slots, slot))
            return true;
    return false;
}

/* After a collection exactly these are committed; with faults those that were touched. */
static void require_only_needed(const uint8_t *slots, size_t slot_bytes, uint64_t slot_max,
                                bool touched)
{
    uint64_t pages = (slot_bytes * slot_max - 1) / page + 1, needed = 0;
    for (uint64_t at = 0; at < pages; at++) {
        bool wanted = is_needed(slots, slot_bytes, at), is = is_committed(slots + at * page);
        require(is == wanted || (!is && !touched), "page %llu is %s", (unsigned long long)at,
                is ? "committed" : "reserved");
        needed += is;
    }
    require_equal(figures(slots).committed_bytes, needed * page);
}

static void require_charges(const void *slots)
{
    steppe_slots_statistics now = figures(slots);
    require_equal(now.committed_bytes + now.bookkeeping_bytes, process_charge());
    require_equal(now.slot_count, steppe_slots_count(slots));
}

static void end(void *slots)
{
    require_charges(slots);
    require_ok(steppe_slots_free(slots));
    require_equal(process_charge(), 0);
    require_equal(reservation_count(), 0);
}

/* ---- making -----------------------------------------------------------------------------------
 */

struct order {
    uint64_t amount, customer;
};

struct large {
    char bytes[4096];
};

struct nothing {
    char bytes[0];
};

START_TEST(as_in_the_header)
{
    struct order *orders = steppe_slots_new(struct order, UINT64_C(1) << 30, NULL);
    require(orders);
    require(steppe_slots_max(orders) == UINT64_C(1) << 30);
    struct order *order = steppe_slots_use(orders, 1000000);
    require(order == &orders[1000000] && order->amount == 0 && order->customer == 0);
    order->amount = 5;
    require(steppe_slots_use_at(orders, 77) == &orders[77]);
    uint64_t sum = 0, count = 0;
    for (uint64_t i = steppe_slots_next(orders, 0); i != STEPPE_NO_SLOT;
         i = steppe_slots_next(orders, i + 1)) {
        sum += i;
        count++;
    }
    require_equal(count, 2);
    require_equal(sum, 1000077);
    require_equal(steppe_slots_count(orders), 2);
    require(steppe_slots_get(orders, 1000000) == order);
    require_ok(steppe_slots_clear(orders, 1000000));
    require(!steppe_slots_get(orders, 1000000));
    require_equal(steppe_slots_count(orders), 1);
    end(orders);
}
END_TEST

START_TEST(making_is_refused)
{
    struct snapshot before = snapshot_take();
    require_null(steppe_slots_new(struct nothing, 5, NULL), STEPPE_E_SIZE);
    require_null(steppe_slots_new(int, 0, NULL), STEPPE_E_SIZE);
    require_null(steppe_slots_new(uint64_t, UINT64_MAX, NULL), STEPPE_E_SIZE);
    require_null(steppe_slots_new(uint8_t, UINT64_MAX, NULL), STEPPE_E_SIZE);
    require_null(steppe_slots_new(struct large, UINT64_C(1) << 51, NULL), STEPPE_E_SIZE);
    require_null(steppe_slots_new(struct large, UINT64_C(1) << 40, NULL), STEPPE_E_SIZE);
    require_null(steppe_slots_new(int, 5, slots_options(.commit = (steppe_slots_commit)4)),
                 STEPPE_E_OPTION);
    require_null(steppe_slots_new(int, 5, slots_options(.give_back = (steppe_slots_give_back)3)),
                 STEPPE_E_OPTION);
    const steppe_options wrong[] = {{.protection = STEPPE_READ_ONLY},
                                    {.on_fault = STEPPE_ASK},
                                    {.page_bytes = 12345},
                                    {.page_bytes = 4 * STEPPE_MIB},
                                    {.huge_pages = (steppe_huge_pages)7}};
    for (size_t i = 0; i < array_count(wrong); i++)
        require_null(steppe_slots_new(int, 5, slots_options(.memory = &wrong[i])), STEPPE_E_OPTION);
    steppe_options by_fault = {.on_fault = STEPPE_COMMIT};
    require_null(
        steppe_slots_new(int, 5, slots_options(.commit = STEPPE_SLOTS_ALWAYS, .memory = &by_fault)),
        STEPPE_E_OPTION);
    require_same(&before);
}
END_TEST

/* Whichever page is the first that does not fit. */
START_TEST(making_is_refused_by_a_budget)
{
    steppe_budget *budget = steppe_budget_new(0);
    struct snapshot before = snapshot_take();
    size_t pages = 0;
    void *slots = NULL;
    for (; !slots; pages++) {
        require_ok(steppe_budget_set_limit(budget, pages * page));
        slots = steppe_slots_new(int, 5, slots_options(.memory = options(.budget = budget)));
        if (!slots) {
            require_equal(steppe_last_status(), STEPPE_E_BUDGET);
            require(strstr(steppe_last_message(), "steppe_slots_new: ") == steppe_last_message());
            require(strstr(steppe_last_message(), "limit"));
        }
    }
    require_equal(steppe_budget_charged_bytes(budget), (pages - 1) * page);
    require_ok(steppe_slots_free(slots));
    require_ok(steppe_budget_set_limit(budget, 0));
    require_same(&before);
    require_null(steppe_slots_new(int, 5, slots_options(.memory = options(.limit_bytes = 1))),
                 STEPPE_E_BUDGET);
    require_equal(reservation_count(), 0);
    require_ok(steppe_budget_free(budget));
}
END_TEST

START_TEST(memory_options_arrive)
{
    uint8_t *place = free_area(64 * GRANULE, GRANULE);
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    uint8_t *slots = make_with(
        100, 1000,
        slots_options(.memory = options(.address = place, .budget = budget, .name = "table",
                                        .tag = 42, .limit_bytes = STEPPE_MIB)));
    steppe_reservation r = steppe_reservation_of(slots);
    require(r.base == place && r.budget == budget && r.tag == 42 && r.limit_bytes == STEPPE_MIB);
    require(strcmp(r.name, "table") == 0 && r.on_fault == STEPPE_COMMIT);
    store(use(slots, 999), 1);
    require_equal(steppe_budget_charged_bytes(budget), process_charge());
    end(slots);
    slots = make_with(100, 1000, slots_options(.commit = STEPPE_SLOTS_ALWAYS));
    require_equal(steppe_reservation_of(slots).on_fault, STEPPE_RAISE);
    end(slots);
    require_ok(steppe_budget_free(budget));
}
END_TEST

/* Larger pages: a page then has slots of many groups. */
START_TEST(large_pages)
{
    size_t large = STEPPE_MIB;
    for (int way = 0; way < WAYS; way++) {
        uint8_t *slots =
            make_with(2, 10 * GROUP * 32,
                      slots_options(.commit = (steppe_slots_commit)(way / POLICIES),
                                    .give_back = (steppe_slots_give_back)(way % POLICIES),
                                    .memory = options(.page_bytes = large, .strict = true)));
        for (uint64_t i = 5; i < 10 * GROUP * 32; i += GROUP / 2)
            store(use(slots, i), mark_of(i));
        require_equal(collect(slots), 0);
        require_equal(figures(slots).committed_bytes, 10 * GROUP * 32 * 2);
        for (uint64_t i = 5; i < 10 * GROUP * 32; i += GROUP / 2)
            if (i / (large / 2) != 7 || i % GROUP == 5)
                require_ok(steppe_slots_clear(slots, i));
        collect(slots);
        require_equal(figures(slots).committed_bytes, large);
        for (uint64_t i = 7 * large / 2; i < 8 * large / 2; i++)
            require_equal(load(slots + 2 * i), steppe_slots_in_use(slots, i) ? mark_of(i) : 0);
        end(slots);
    }
}
END_TEST

/* ---- using and clearing -----------------------------------------------------------------------
 */

static const size_t sizes[] = {1, 8, 24, 128, 2048, 2049, 4096, 5000, 12288, 3 << 20};

/* Slots whose neighbours, words, groups and pages all differ, some of them straddling. */
static uint64_t some_index(size_t i, uint64_t slot_max)
{
    const uint64_t fixed[] = {0,
                              1,
                              2,
                              63,
                              64,
                              65,
                              127,
                              GROUP - 2,
                              GROUP - 1,
                              GROUP,
                              GROUP + 1,
                              40000,
                              65535,
                              2 * GROUP,
                              2 * GROUP + 1,
                              3 * GROUP,
                              slot_max / 2,
                              slot_max - 65,
                              slot_max - 2,
                              slot_max - 1};
    return fixed[i % array_count(fixed)] % slot_max;
}

enum { INDICES = 20 };

START_TEST(every_strategy_and_policy)
{
    for (size_t size = 0; size < array_count(sizes); size++) {
        size_t bytes = sizes[size];
        uint64_t slot_max = 4 * GROUP + 77;
        uint8_t *slots = make_way(bytes, slot_max, _i);
        uint64_t start_bytes = figures(slots).bookkeeping_bytes;
        for (size_t i = 0; i < INDICES; i++) {
            uint64_t index = some_index(i, slot_max);
            require(!steppe_slots_get(slots, index) && !steppe_slots_in_use(slots, index));
            uint8_t *slot = use(slots, index);
            require(slot == slots + index * bytes);
            require(steppe_slots_get(slots, index) == slot);
            if (!is_by_fault(_i)) {
                require(is_committed(slot) && is_committed(slot + bytes - 1));
                require(is_committed(slot + bytes / 2));
            }
            require_bytes(slot, bytes, 0);
            fill(slots, index, bytes);
            require(use(slots, index) == slot); /* as it is */
        }
        for (size_t i = 0; i < INDICES; i++)
            require_filled(slots, some_index(i, slot_max), bytes);
        require_equal(steppe_slots_count(slots), INDICES);
        require_equal(collect(slots), 0);
        require_charges(slots);
        /* Every second one goes, and comes back zeroed. */
        for (size_t i = 0; i < INDICES; i += 2)
            require_ok(steppe_slots_clear(slots, some_index(i, slot_max)));
        require_equal(steppe_slots_count(slots), INDICES / 2);
        for (size_t i = 0; i < INDICES; i++) {
            uint64_t index = some_index(i, slot_max);
            require(steppe_slots_in_use(slots, index) == (i % 2 == 1));
            if (i % 2)
                require_filled(slots, index, bytes);
        }
        for (size_t i = 0; i < INDICES; i += 4)
            require_bytes(use(slots, some_index(i, slot_max)), bytes, 0);
        collect(slots);
        for (size_t i = 0; i < INDICES; i += 4)
            require_bytes(use(slots, some_index(i, slot_max)), bytes, 0);
        for (size_t i = 1; i < INDICES; i += 2)
            require_filled(slots, some_index(i, slot_max), bytes);
        for (size_t i = 0; i < INDICES; i++)
            fill(slots, some_index(i, slot_max), i % 2 || i % 4 == 0 ? bytes : 0);
        /* The rest in one. */
        require_ok(steppe_slots_clear_range(slots, 0, slot_max));
        require_equal(steppe_slots_count(slots), 0);
        require_equal(steppe_slots_next(slots, 0), STEPPE_NO_SLOT);
        if (_i % POLICIES == STEPPE_SLOTS_AT_ONCE) {
            require_equal(figures(slots).committed_bytes, 0);
            if (_i / POLICIES != STEPPE_SLOTS_BY_RECORD)
                require_equal(figures(slots).bookkeeping_bytes, start_bytes);
        }
        collect(slots);
        require_equal(figures(slots).committed_bytes, 0);
        if (_i / POLICIES != STEPPE_SLOTS_BY_RECORD)
            require_equal(figures(slots).bookkeeping_bytes, start_bytes);
        for (size_t i = 0; i < INDICES; i++)
            require_bytes(use(slots, some_index(i, slot_max)), bytes, 0);
        end(slots);
    }
}
END_TEST

/* The pages that stay are those that a slot in use overlaps, whatever the sizes. */
START_TEST(only_needed_pages_stay)
{
    uint64_t random = 17 + (uint64_t)_i;
    for (size_t size = 0; size < array_count(sizes) - 1; size++) {
        size_t bytes = sizes[size];
        uint64_t slot_max = 60 * page / bytes + 70;
        uint8_t *slots = make_way(bytes, slot_max, _i);
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < 20; i++) {
                uint64_t index = random_below(&random, slot_max);
                use(slots, index);
                fill(slots, index, bytes);
            }
            for (int i = 0; i < 8; i++) {
                uint64_t first = random_below(&random, slot_max);
                uint64_t most = slot_max - first < 30 ? slot_max - first : 30;
                require_ok(steppe_slots_clear_range(slots, first, random_below(&random, most + 1)));
                require_ok(steppe_slots_clear(slots, random_below(&random, slot_max)));
            }
            if (_i % POLICIES != STEPPE_SLOTS_AT_ONCE || round % 2)
                collect(slots);
            require_only_needed(slots, bytes, slot_max, true);
            require_equal(collect(slots), 0);
            for (uint64_t i = 0; i < slot_max; i++)
                if (steppe_slots_in_use(slots, i))
                    require_filled(slots, i, bytes);
        }
        end(slots);
    }
}
END_TEST

/* Fifty structures of 2 KiB; two to a page. */
START_TEST(fifty_structures)
{
    uint8_t *slots = make_way(2048, 50, _i);
    bool at_once = _i % POLICIES == STEPPE_SLOTS_AT_ONCE;
    memset(use(slots, 7), 7, 2048);
    memset(use(slots, 46), 46, 2048);
    require_equal(figures(slots).committed_bytes, 2 * page);
    require_ok(steppe_slots_clear(slots, 46));
    require_equal(collect(slots), at_once ? 0 : 1);
    require(!is_committed(slots + 46 * 2048));
    require(is_committed(slots + 7 * 2048));
    require_bytes(slots + 7 * 2048, 2048, 7);
    require_equal(figures(slots).committed_bytes, page);
    require_equal(figures(slots).given_back_bytes, page);
    /* A neighbour keeps the page; its own bytes are gone all the same. */
    memset(use(slots, 6), 6, 2048);
    require_ok(steppe_slots_clear(slots, 7));
    require_equal(collect(slots), 0);
    require_bytes(slots + 6 * 2048, 2048, 6);
    require_bytes(slots + 7 * 2048, 2048, 0);
    end(slots);
}
END_TEST

START_TEST(when_pages_come)
{
    size_t bytes = 3 * page;
    for (int way = 0; way < STRATEGIES; way++) {
        uint8_t *slots = make_way(bytes, 1000, way * POLICIES + STEPPE_SLOTS_COLLECTED);
        use(slots, 5);
        steppe_slots_statistics first = figures(slots);
        require_equal(first.committed_bytes, way == STEPPE_SLOTS_BY_FAULT ? 0 : bytes);
        require_equal(first.commit_call_count, way != STEPPE_SLOTS_BY_FAULT);
        require_equal(first.query_call_count, way == STEPPE_SLOTS_AFTER_QUERY);
        memset(slots + 5 * bytes, 1, bytes);
        require_ok(steppe_slots_clear(slots, 5));
        use(slots, 5);
        steppe_slots_statistics second = figures(slots);
        require_equal(second.commit_call_count, way == STEPPE_SLOTS_ALWAYS     ? 2
                                                : way == STEPPE_SLOTS_BY_FAULT ? 0
                                                                               : 1);
        require_equal(second.query_call_count, 2 * (way == STEPPE_SLOTS_AFTER_QUERY));
        require_ok(steppe_slots_clear(slots, 5));
        require_equal(collect(slots), 3);
        require_equal(figures(slots).collection_count, 1);
        require_equal(figures(slots).given_back_bytes, bytes);
        use(slots, 5);
        require_equal(figures(slots).committed_bytes, way == STEPPE_SLOTS_BY_FAULT ? 0 : bytes);
        require_bytes(slots + 5 * bytes, bytes, 0);
        end(slots);
    }
}
END_TEST

START_TEST(at_once)
{
    for (int way = STEPPE_SLOTS_AT_ONCE; way < WAYS; way += POLICIES) {
        /* Pages of their own, pages shared at both ends, many on one page. */
        const size_t bytes[] = {2 * page, 5000, 100, 3 << 20};
        for (size_t i = 0; i < array_count(bytes); i++) {
            uint8_t *slots = make_way(bytes[i], 1000, way);
            for (uint64_t slot = 10; slot < 20; slot++) {
                use(slots, slot);
                fill(slots, slot, bytes[i]);
            }
            for (uint64_t slot = 10; slot < 20; slot++) {
                require_ok(steppe_slots_clear(slots, slot));
                require_only_needed(slots, bytes[i], 1000, true);
                if (slot < 19)
                    require_filled(slots, slot + 1, bytes[i]);
            }
            require_equal(figures(slots).committed_bytes, 0);
            require_equal(collect(slots), 0);
            end(slots);
        }
    }
}
END_TEST

/* What was cleared and is still there goes before a budget refuses. */
START_TEST(a_batch_before_a_refusal)
{
    steppe_budget *budget = steppe_budget_new(STEPPE_MIB);
    require(budget);
    for (int commit = STEPPE_SLOTS_ALWAYS; commit <= STEPPE_SLOTS_BY_RECORD; commit++) {
        uint8_t *slots = make_with(
            16 * page, 1000,
            slots_options(.commit = (steppe_slots_commit)commit, .batch_bytes = STEPPE_GIB,
                          .memory = options(.budget = budget, .strict = true)));
        for (uint64_t i = 0; i < 500; i++) {
            use(slots, i);
            require_ok(steppe_slots_clear(slots, i));
        }
        require_equal(steppe_slots_count(slots), 0);
        require(figures(slots).collection_count > 10);
        end(slots);
    }
    require_ok(steppe_budget_free(budget));
}
END_TEST

START_TEST(a_refused_use_leaves_no_charge)
{
    for (int commit = STEPPE_SLOTS_ALWAYS; commit <= STEPPE_SLOTS_BY_RECORD; commit++) {
        steppe_budget *budget = steppe_budget_new(STEPPE_MIB);
        uint8_t *slots = make_with(4 * page, 1000,
                                   slots_options(.commit = (steppe_slots_commit)commit,
                                                 .memory = options(.budget = budget)));
        uint64_t charged = steppe_budget_charged_bytes(budget);
        require_ok(steppe_budget_set_limit(budget, charged + 3 * page));
        require_null(steppe_slots_use(slots, 5), STEPPE_E_BUDGET);
        require_equal(steppe_budget_charged_bytes(budget), charged);
        require(!steppe_slots_in_use(slots, 5));
        end(slots);
        require_ok(steppe_budget_free(budget));
    }
}
END_TEST

START_TEST(batched)
{
    size_t bytes = page;
    for (int way = STEPPE_SLOTS_BATCHED; way < WAYS; way += POLICIES) {
        uint8_t *slots =
            make_with(bytes, 100000,
                      slots_options(.commit = (steppe_slots_commit)(way / POLICIES),
                                    .batch_bytes = 100 * page, .memory = options(.strict = true)));
        for (uint64_t i = 0; i < 1000; i++)
            store(use(slots, i), 1);
        uint64_t calls = statistics_of(slots).os_call_count;
        for (int i = 0; i < 99; i++) {
            require_ok(steppe_slots_clear(slots, 0));
            use(slots, 0);
        }
        require_equal(statistics_of(slots).os_call_count, calls);
        require_equal(figures(slots).given_back_bytes, 0);
        require_equal(figures(slots).collection_count, 0);
        /* It looks, in vain, and looks less often then. */
        for (int i = 0; i < 10000; i++) {
            require_ok(steppe_slots_clear(slots, 0));
            use(slots, 0);
        }
        uint64_t looks = figures(slots).collection_count;
        require(looks > 3 && looks < 25, "%llu", (unsigned long long)looks);
        require(figures(slots).given_back_bytes <= looks * page);
        /* Once pages go again they go by batches. */
        for (uint64_t i = 0; i < 1000; i++)
            store(use(slots, i), 1);
        for (uint64_t i = 0; i < 1000; i++)
            require_ok(steppe_slots_clear(slots, i));
        for (uint64_t i = 0; i < 10000; i++)
            store(use(slots, i), 1);
        for (uint64_t i = 0; i < 10000; i++)
            require_ok(steppe_slots_clear(slots, i));
        require(figures(slots).committed_bytes <= 100 * page, "%llu",
                (unsigned long long)figures(slots).committed_bytes);
        end(slots);
    }
    /* By default 64 slots, but a MiB at the least and 16 at the most. */
    for (int large = 0; large < 3; large++) {
        size_t size = (const size_t[]){page, 64 * STEPPE_KIB, STEPPE_MIB}[large];
        uint64_t batch = (const uint64_t[]){STEPPE_MIB / page, 64, 16}[large];
        uint8_t *slots = make_with(size, 1000, slots_options(.memory = options(.strict = true)));
        for (uint64_t i = 0; i < 300; i++)
            store(use(slots, i), 1);
        for (uint64_t i = 0; i < batch - 1; i++)
            require_ok(steppe_slots_clear(slots, i));
        require_equal(figures(slots).given_back_bytes, 0);
        require_ok(steppe_slots_clear(slots, batch - 1));
        require_equal(figures(slots).given_back_bytes, batch * page);
        end(slots);
    }
}
END_TEST

START_TEST(collected)
{
    for (int way = STEPPE_SLOTS_COLLECTED; way < WAYS; way += POLICIES) {
        uint8_t *slots = make_way(3000, 3000, way);
        for (uint64_t i = 0; i < 3000; i++) {
            use(slots, i);
            fill(slots, i, 3000);
        }
        uint64_t committed = figures(slots).committed_bytes;
        require_ok(steppe_slots_clear_range(slots, 0, 3000));
        require_equal(figures(slots).committed_bytes, committed);
        require_equal(figures(slots).collection_count, 0);
        require_bytes(slots, 3000 * 3000, 0);
        /* In steps. */
        size_t count, sum = 0, calls = 0;
        do {
            require_ok(steppe_slots_collect(slots, 100, &count));
            require(count <= 100);
            sum += count;
            calls++;
        } while (count == 100);
        require_equal(sum, committed / page);
        require_equal(calls, committed / page / 100 + 1);
        require_equal(figures(slots).committed_bytes, 0);
        end(slots);
    }
}
END_TEST

/* A limited collection goes on where it stopped, and all the way round. */
START_TEST(rounds)
{
    uint8_t *slots =
        make_way(page, 200000, STEPPE_SLOTS_ALWAYS * POLICIES + STEPPE_SLOTS_COLLECTED);
    size_t count;
    for (uint64_t i = 0; i < 100; i++)
        use(slots, i * 1999);
    for (uint64_t i = 0; i < 100; i++)
        require_ok(steppe_slots_clear(slots, i * 1999));
    require_ok(steppe_slots_collect(slots, 40, &count));
    require_equal(count, 40);
    require(!is_committed(slots + 39 * 1999 * page) && is_committed(slots + 40 * 1999 * page));
    use(slots, 3);
    require_ok(steppe_slots_clear(slots, 3));
    require_ok(steppe_slots_collect(slots, 40, &count));
    require_equal(count, 40);
    require(is_committed(slots + 3 * page));
    require_ok(steppe_slots_collect(slots, 40, &count));
    require_equal(count, 21);
    require_equal(figures(slots).committed_bytes, 0);
    require_ok(steppe_slots_collect(slots, 40, &count));
    require_equal(count, 0);
    end(slots);
}
END_TEST

/* What faults committed around goes as well, in groups that nobody ever used. */
START_TEST(faults_around)
{
    uint8_t *slots = make_with(1, 40 * STEPPE_MIB, NULL);
    use(slots, 0);
    for (size_t i = 0; i < 20 * STEPPE_MIB; i += page)
        store(slots + i, 1);
    require(figures(slots).committed_bytes >= 20 * STEPPE_MIB);
    collect(slots);
    require_equal(figures(slots).committed_bytes, page);
    require_equal(load(slots), 1);
    end(slots);
}
END_TEST

/* Nothing is committed by asking. */
START_TEST(asking_costs_nothing)
{
    uint64_t slot_max = UINT64_C(1) << 36;
    for (int way = 0; way < WAYS; way++) {
        uint8_t *slots = make_way(8, slot_max, way);
        uint64_t charge = process_charge();
        for (uint64_t i = 0; i < slot_max; i += slot_max / 1000) {
            require(!steppe_slots_get(slots, i) && !steppe_slots_in_use(slots, i));
            require_ok(steppe_slots_clear(slots, i));
            require_equal(steppe_slots_first_free(slots, i), i);
            require_equal(steppe_slots_next(slots, i), STEPPE_NO_SLOT);
            require_equal(steppe_slots_previous(slots, i), STEPPE_NO_SLOT);
            require_equal(steppe_slots_next_run(slots, i).count, 0);
        }
        require_ok(steppe_slots_clear_range(slots, 0, slot_max));
        require_equal(collect(slots), 0);
        require_equal(process_charge(), charge);
        end(slots);
    }
}
END_TEST

/* ---- searching --------------------------------------------------------------------------------
 */

START_TEST(searching_at_borders)
{
    const uint64_t maxima[] = {1,
                               2,
                               63,
                               64,
                               65,
                               GROUP - 1,
                               GROUP,
                               GROUP + 1,
                               64 * GROUP,
                               64 * GROUP + 1,
                               UINT64_C(4096) * GROUP,
                               UINT64_C(4096) * GROUP + 3};
    for (size_t i = 0; i < array_count(maxima); i++) {
        uint64_t max = maxima[i];
        const uint64_t marks[] = {0,          1,       62,        63,         64,
                                  GROUP - 1,  GROUP,   GROUP + 1, 63 * GROUP, 64 * GROUP - 1,
                                  64 * GROUP, max / 2, max - 1};
        uint8_t *slots = make_way(1, max, STEPPE_SLOTS_ALWAYS * POLICIES + STEPPE_SLOTS_COLLECTED);
        require_equal(steppe_slots_max(slots), max);
        require_equal(steppe_slots_next(slots, 0), STEPPE_NO_SLOT);
        require_equal(steppe_slots_previous(slots, max - 1), STEPPE_NO_SLOT);
        for (size_t j = 0; j < array_count(marks); j++) {
            uint64_t mark = marks[j];
            if (mark >= max)
                continue;
            use(slots, mark);
            require_equal(steppe_slots_next(slots, 0), mark);
            require_equal(steppe_slots_next(slots, mark), mark);
            require_equal(steppe_slots_next(slots, mark + 1), STEPPE_NO_SLOT);
            require_equal(steppe_slots_previous(slots, UINT64_MAX - 1), mark);
            require_equal(steppe_slots_previous(slots, STEPPE_NO_SLOT), STEPPE_NO_SLOT);
            require_equal(steppe_slots_next(slots, STEPPE_NO_SLOT), STEPPE_NO_SLOT);
            require_equal(steppe_slots_previous(slots, mark), mark);
            if (mark)
                require_equal(steppe_slots_previous(slots, mark - 1), STEPPE_NO_SLOT);
            require_equal(steppe_slots_first_free(slots, mark),
                          mark + 1 < max ? mark + 1 : STEPPE_NO_SLOT);
            require_equal(steppe_slots_first_free(slots, 0), mark      ? 0
                                                             : max > 1 ? 1
                                                                       : STEPPE_NO_SLOT);
            steppe_slots_run run = steppe_slots_next_run(slots, 0);
            require(run.first == mark && run.count == 1);
            require_equal(steppe_slots_next_run(slots, mark + 1).count, 0);
            require_ok(steppe_slots_clear(slots, mark));
            if (j % 2)
                collect(slots);
        }
        require_equal(steppe_slots_next(slots, max), STEPPE_NO_SLOT);
        require_equal(steppe_slots_next(slots, UINT64_MAX), STEPPE_NO_SLOT);
        require_equal(steppe_slots_first_free(slots, max), STEPPE_NO_SLOT);
        require_equal(steppe_slots_first_free(slots, UINT64_MAX), STEPPE_NO_SLOT);
        require(!steppe_slots_in_use(slots, max) && !steppe_slots_get(slots, max));
        require(!steppe_slots_in_use(slots, UINT64_MAX) && !steppe_slots_get(slots, UINT64_MAX));
        require_null(steppe_slots_use(slots, max), STEPPE_E_OUTSIDE);
        require_null(steppe_slots_use(slots, UINT64_MAX), STEPPE_E_OUTSIDE);
        require_fails(steppe_slots_clear(slots, max), STEPPE_E_OUTSIDE);
        require_fails(steppe_slots_clear(slots, UINT64_MAX), STEPPE_E_OUTSIDE);
        require_fails(steppe_slots_clear_range(slots, 0, max + 1), STEPPE_E_OUTSIDE);
        require_fails(steppe_slots_clear_range(slots, 1, UINT64_MAX), STEPPE_E_OUTSIDE);
        require_fails(steppe_slots_clear_range(slots, max + 1, 0), STEPPE_E_OUTSIDE);
        require_ok(steppe_slots_clear_range(slots, max, 0));
        end(slots);
    }
}
END_TEST

START_TEST(runs)
{
    const steppe_slots_run wanted[] = {{0, 1},
                                       {2, 62},
                                       {65, 200},
                                       {GROUP - 3, 6},
                                       {GROUP + 5, GROUP},
                                       {5 * GROUP, 3 * GROUP},
                                       {100 * GROUP - 1, 1}};
    uint8_t *slots = make_way(1, 100 * GROUP, STEPPE_SLOTS_BY_RECORD * POLICIES);
    uint64_t sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < array_count(wanted); i++) {
        sum += wanted[i].count;
        for (uint64_t slot = 0; slot < wanted[i].count; slot++)
            use(slots, wanted[i].first + slot);
    }
    require_equal(steppe_slots_count(slots), sum);
    for (steppe_slots_run run = steppe_slots_next_run(slots, 0); run.count;
         run = steppe_slots_next_run(slots, run.first + run.count)) {
        require(run.first == wanted[count].first && run.count == wanted[count].count);
        require_equal(steppe_slots_first_free(slots, run.first),
                      run.first + run.count < 100 * GROUP ? run.first + run.count : STEPPE_NO_SLOT);
        require_equal(steppe_slots_previous(slots, run.first + run.count - 1),
                      run.first + run.count - 1);
        count++;
    }
    require_equal(count, array_count(wanted));
    require_equal(steppe_slots_previous(slots, 99 * GROUP), 8 * GROUP - 1);
    require_equal(steppe_slots_previous(slots, 5 * GROUP - 1), 2 * GROUP + 4);
    end(slots);
}
END_TEST

/* ---- refusals ---------------------------------------------------------------------------------
 */

START_TEST(budgets_refuse)
{
    for (int way = POLICIES; way < WAYS; way++) {
        for (size_t room = 0; room < 6; room++) {
            steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
            uint8_t *slots =
                make_with(5000, 1000000,
                          slots_options(.commit = (steppe_slots_commit)(way / POLICIES),
                                        .give_back = (steppe_slots_give_back)(way % POLICIES),
                                        .memory = options(.budget = budget)));
            uint64_t start = steppe_budget_charged_bytes(budget);
            require_ok(steppe_budget_set_limit(budget, start + room * page));
            uint64_t used = 0;
            while (steppe_slots_use(slots, used))
                fill(slots, used++, 5000);
            require_equal(steppe_last_status(), STEPPE_E_BUDGET);
            require(strncmp(steppe_last_message(), "steppe_slots_use: ", 18) == 0);
            require(strstr(steppe_last_message(), "limit"), "%s", steppe_last_message());
            require(!steppe_slots_in_use(slots, used));
            require_equal(steppe_slots_count(slots), used);
            require_null(steppe_slots_use(slots, 999999), STEPPE_E_BUDGET);
            require(!steppe_slots_in_use(slots, 999999));
            /* What was opened for nothing has been closed; the record stays. */
            if (!used && way / POLICIES != STEPPE_SLOTS_BY_RECORD)
                require_equal(steppe_budget_charged_bytes(budget), start);
            /* Usable: with room again it goes on. */
            for (uint64_t i = 0; i < used; i++)
                require_filled(slots, i, 5000);
            require_ok(steppe_budget_set_limit(budget, STEPPE_NO_LIMIT));
            require_bytes(use(slots, used), 5000, 0);
            require_bytes(use(slots, 999999), 5000, 0);
            require_ok(steppe_slots_clear_range(slots, 0, 1000000));
            collect(slots);
            require_equal(figures(slots).committed_bytes, 0);
            require_ok(steppe_slots_free(slots));
            require_equal(steppe_budget_charged_bytes(budget), 0);
            require_ok(steppe_budget_free(budget));
        }
    }
}
END_TEST

/* With faults the touch is refused, and not the call. */
START_TEST(budgets_refuse_the_touch)
{
    uint8_t *slots = make_with(page, 1000, NULL);
    steppe_fault fault;
    volatile bool is_caught = false;
    use(slots, 5);
    require_ok(steppe_budget_set_limit(steppe_process_budget(), process_charge()));
    use(slots, 6);
    STEPPE_TRY(&fault)
    {
        store(slots + 6 * page, 1);
    }
    STEPPE_CAUGHT
    {
        is_caught = fault.reason == STEPPE_E_BUDGET;
    }
    require(is_caught);
    /* Neither asking nor clearing needs room. */
    require_ok(steppe_slots_clear(slots, 6));
    require(!steppe_slots_get(slots, 999));
    require_equal(collect(slots), 0);
    require_ok(steppe_budget_set_limit(steppe_process_budget(), STEPPE_NO_LIMIT));
    end(slots);
}
END_TEST

START_TEST(wrong_pointers)
{
    static uint8_t mine[3 * 65536];
    uint8_t *aligned = (uint8_t *)(((uintptr_t)mine + 65535) / 65536 * 65536);
    uint8_t *other = reserve(20 * page, NULL);
    uint8_t *slots = make_with(100, 1000, NULL);
    size_t count = 5;
    steppe_slots_statistics statistics;
    require_ok(steppe_commit(other + page, 3 * page));
    uint8_t *const wrong[] = {mine + 1,
                              aligned + 8192,
                              other,
                              other + page,
                              other + 2 * page,
                              slots + page,
                              slots - page,
                              slots + 100,
                              slots - 1,
                              (uint8_t *)64,
                              (uint8_t *)4096,
                              (uint8_t *)UINTPTR_MAX,
                              (uint8_t *)(UINTPTR_MAX - 4095)};
    for (size_t i = 0; i < array_count(wrong); i++) {
        require_fails(steppe_slots_free(wrong[i]), STEPPE_E_NOT_CONTAINER);
        require_fails(steppe_slots_collect(wrong[i], 0, &count), STEPPE_E_NOT_CONTAINER);
        require_equal(count, 0);
        require_fails(steppe_slots_statistics_of(wrong[i], &statistics), STEPPE_E_NOT_CONTAINER);
        require_equal(steppe_slots_count(wrong[i]), 0);
        require_equal(steppe_slots_max(wrong[i]), 0);
    }
    /* The fast calls read what lies below. */
    uint8_t *const readable[] = {mine + 40001, aligned + 8192, other + 2 * page, slots + 640};
    use(slots, 0);
    store(slots, 0);
    for (size_t i = 0; i < array_count(readable); i++) {
        require_null(steppe_slots_use(readable[i], 0), STEPPE_E_NOT_CONTAINER);
        require_fails(steppe_slots_clear(readable[i], 0), STEPPE_E_NOT_CONTAINER);
        require_fails(steppe_slots_clear_range(readable[i], 0, 1), STEPPE_E_NOT_CONTAINER);
        require_equal(steppe_slots_next(readable[i], 0), STEPPE_NO_SLOT);
        require_equal(steppe_slots_previous(readable[i], 0), STEPPE_NO_SLOT);
        require_equal(steppe_slots_first_free(readable[i], 0), STEPPE_NO_SLOT);
        require_equal(steppe_slots_next_run(readable[i], 0).count, 0);
    }
    uint8_t *none = NULL;
    require_null(steppe_slots_use(none, 0), STEPPE_E_NULL);
    require_fails(steppe_slots_clear(none, 0), STEPPE_E_NULL);
    require_fails(steppe_slots_clear_range(none, 0, 1), STEPPE_E_NULL);
    require_fails(steppe_slots_collect(none, 0, &count), STEPPE_E_NULL);
    require_fails(steppe_slots_statistics_of(none, &statistics), STEPPE_E_NULL);
    require_fails(steppe_slots_statistics_of(slots, NULL), STEPPE_E_NULL);
    require_equal(steppe_slots_next(none, 0), STEPPE_NO_SLOT);
    require_equal(steppe_slots_count(none), 0);
    require_equal(steppe_slots_max(none), 0);
    require_ok(steppe_slots_free(none));
    require_ok(steppe_release(other));
    require_ok(steppe_slots_free(slots));
    require_fails(steppe_slots_free(slots), STEPPE_E_NOT_CONTAINER);
    require_equal(process_charge(), 0);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------
 */

enum { THREADS = 3, SLOTS_A_THREAD = 600 };

static struct {
    uint8_t *slots;
    size_t slot_bytes;
    uint64_t stride;
    uint32_t stop;
    int rounds;
} shared;

/* Threads share pages, words and groups, never slots. */
static uint64_t slot_of(uint64_t thread, uint64_t i)
{
    return (i * THREADS + thread) * shared.stride;
}

static void *use_and_clear(void *context)
{
    uint64_t thread = (uint64_t)(uintptr_t)context, random = thread + 1;
    static __thread bool in_use[SLOTS_A_THREAD];
    size_t bytes = shared.slot_bytes;
    for (int round = 0; round < shared.rounds; round++) {
        uint64_t i = random_below(&random, SLOTS_A_THREAD), slot = slot_of(thread, i);
        require(steppe_slots_in_use(shared.slots, slot) == in_use[i]);
        if (in_use[i]) {
            require_filled(shared.slots, slot, bytes);
            require(steppe_slots_clear(shared.slots, slot) == STEPPE_OK);
        } else {
            require_bytes(use(shared.slots, slot), bytes, 0);
            fill(shared.slots, slot, bytes);
        }
        in_use[i] = !in_use[i];
        if (round % 16 == 0) {
            uint64_t next = steppe_slots_next(shared.slots, random_below(&random, slot + 1));
            require(next != STEPPE_NO_SLOT || !in_use[i]);
            (void)steppe_slots_previous(shared.slots, slot);
            (void)steppe_slots_first_free(shared.slots, slot);
        }
    }
    for (uint64_t i = 0; i < SLOTS_A_THREAD; i++)
        if (in_use[i])
            require_filled(shared.slots, slot_of(thread, i), bytes);
    return NULL;
}

static void *keep_collecting(void *context)
{
    while (!__atomic_load_n(&shared.stop, __ATOMIC_ACQUIRE)) {
        require(steppe_slots_collect(shared.slots, context ? 100 : 0, NULL) == STEPPE_OK);
        sched_yield();
    }
    return NULL;
}

START_TEST(users_and_collectors)
{
    /* Small ones on shared pages; pages of their own; groups of their own; straddling. */
    const struct {
        size_t bytes;
        uint64_t stride;
    } kinds[] = {{24, 1}, {4096, 1}, {40, 5000}, {5000, 1}, {700, 97}};
    for (size_t kind = 0; kind < array_count(kinds); kind++) {
        pthread_t threads[THREADS], collectors[2];
        shared.slot_bytes = kinds[kind].bytes;
        shared.stride = kinds[kind].stride;
        shared.rounds = is_slow() ? 300 : 4000;
        shared.slots = make_way(shared.slot_bytes, slot_of(THREADS, SLOTS_A_THREAD) + 1, _i);
        __atomic_store_n(&shared.stop, 0, __ATOMIC_RELEASE);
        for (uintptr_t i = 0; i < 2; i++)
            require(!pthread_create(&collectors[i], NULL, keep_collecting, (void *)i));
        for (uintptr_t i = 0; i < THREADS; i++)
            require(!pthread_create(&threads[i], NULL, use_and_clear, (void *)i));
        for (size_t i = 0; i < THREADS; i++)
            require(!pthread_join(threads[i], NULL));
        __atomic_store_n(&shared.stop, 1, __ATOMIC_RELEASE);
        for (size_t i = 0; i < 2; i++)
            require(!pthread_join(collectors[i], NULL));
        uint64_t count = 0, sum = 0;
        for (uint64_t slot = steppe_slots_next(shared.slots, 0); slot != STEPPE_NO_SLOT;
             slot = steppe_slots_next(shared.slots, slot + 1))
            count++;
        for (steppe_slots_run run = steppe_slots_next_run(shared.slots, 0); run.count;
             run = steppe_slots_next_run(shared.slots, run.first + run.count))
            sum += run.count;
        require_equal(steppe_slots_count(shared.slots), count);
        require_equal(sum, count);
        collect(shared.slots);
        if (shared.stride == 1)
            require_only_needed(shared.slots, shared.slot_bytes, slot_of(THREADS, SLOTS_A_THREAD),
                                true);
        require_ok(steppe_slots_clear_range(shared.slots, 0, steppe_slots_max(shared.slots)));
        collect(shared.slots);
        require_equal(figures(shared.slots).committed_bytes, 0);
        end(shared.slots);
    }
}
END_TEST

/* Readers of bits that come and go: asked all the time, they never fault and never lie. */
static void *keep_asking(void *context)
{
    uint64_t random = (uint64_t)(uintptr_t)context;
    while (!__atomic_load_n(&shared.stop, __ATOMIC_ACQUIRE)) {
        uint64_t slot = random_below(&random, 64 * GROUP);
        (void)steppe_slots_get(shared.slots, slot);
        (void)steppe_slots_next(shared.slots, slot);
        require(steppe_slots_in_use(shared.slots, 64 * GROUP));
        require(!steppe_slots_in_use(shared.slots, 64 * GROUP + 1));
    }
    return NULL;
}

START_TEST(asking_while_bits_go)
{
    pthread_t askers[2];
    shared.slots = make_way(1, 65 * GROUP, _i * POLICIES + STEPPE_SLOTS_AT_ONCE);
    __atomic_store_n(&shared.stop, 0, __ATOMIC_RELEASE);
    use(shared.slots, 64 * GROUP);
    for (uintptr_t i = 0; i < 2; i++)
        require(!pthread_create(&askers[i], NULL, keep_asking, (void *)(i + 1)));
    for (uint64_t i = 0; i < (is_slow() ? 200 : 5000); i++) {
        use(shared.slots, i % 64 * GROUP);
        require_ok(steppe_slots_clear(shared.slots, i % 64 * GROUP));
    }
    __atomic_store_n(&shared.stop, 1, __ATOMIC_RELEASE);
    for (size_t i = 0; i < 2; i++)
        require(!pthread_join(askers[i], NULL));
    require_ok(steppe_slots_clear(shared.slots, 64 * GROUP));
    collect(shared.slots);
    steppe_slots_statistics now = figures(shared.slots);
    require_equal(now.committed_bytes, 0);
    require(now.bookkeeping_bytes <= 3 * page || _i == STEPPE_SLOTS_BY_RECORD, "%llu",
            (unsigned long long)now.bookkeeping_bytes);
    end(shared.slots);
}
END_TEST

/* ---- fork -------------------------------------------------------------------------------------
 */

static int in_child(void *context)
{
    uint8_t *slots = context;
    size_t bytes = shared.slot_bytes;
    uint64_t count = 0, slot_max = steppe_slots_max(slots);
    alarm(60);
    for (uint64_t slot = steppe_slots_next(slots, 0); slot != STEPPE_NO_SLOT;
         slot = steppe_slots_next(slots, slot + 1)) {
        /* In the midst of being filled, or zeroed: but there. */
        (void)load(slots + slot * bytes);
        count++;
    }
    child_require(count == steppe_slots_count(slots));
    child_require(steppe_slots_clear_range(slots, 0, slot_max) == STEPPE_OK);
    child_require(steppe_slots_collect(slots, 0, NULL) == STEPPE_OK);
    steppe_slots_statistics now;
    child_require(steppe_slots_statistics_of(slots, &now) == STEPPE_OK);
    child_require(now.committed_bytes == 0 && now.slot_count == 0);
    for (uint64_t i = 0; i < 100; i++) {
        uint8_t *slot = steppe_slots_use(slots, i * 3);
        child_require(slot);
        for (size_t at = 0; at < bytes; at++)
            child_require(load(slot + at) == 0);
        memset(slot, 1, bytes);
    }
    for (uint64_t i = 0; i < 100; i++)
        child_require(steppe_slots_clear(slots, i * 3) == STEPPE_OK);
    child_require(steppe_slots_free(slots) == STEPPE_OK);
    return 0;
}

START_TEST(fork_while_others_work)
{
    pthread_t threads[THREADS], collector;
    shared.slot_bytes = 700;
    shared.stride = 1;
    shared.rounds = is_slow() ? 1000 : 40000;
    shared.slots = make_way(700, slot_of(THREADS, SLOTS_A_THREAD) + 1, _i);
    uint8_t *another = make_way(100, 1000, _i);
    __atomic_store_n(&shared.stop, 0, __ATOMIC_RELEASE);
    require(!pthread_create(&collector, NULL, keep_collecting, NULL));
    for (uintptr_t i = 0; i < THREADS; i++)
        require(!pthread_create(&threads[i], NULL, use_and_clear, (void *)i));
    for (int i = 0; i < (is_slow() ? 3 : 25); i++)
        require_exits(run_child(in_child, shared.slots), 0);
    for (size_t i = 0; i < THREADS; i++)
        require(!pthread_join(threads[i], NULL));
    __atomic_store_n(&shared.stop, 1, __ATOMIC_RELEASE);
    require(!pthread_join(collector, NULL));
    require_ok(steppe_slots_free(another));
    end(shared.slots);
}
END_TEST

/* Many containers at a time, made and ended by several threads, with forks among it; but the very
 * first one before. */
static void *make_and_end(void *context)
{
    (void)context;
    for (int i = 0; i < (is_slow() ? 40 : 300); i++) {
        uint8_t *slots = steppe_slots_make(100, 1000, NULL);
        require(slots);
        store(use(slots, 5), 1);
        require(steppe_slots_clear(slots, 5) == STEPPE_OK);
        require(steppe_slots_free(slots) == STEPPE_OK);
    }
    return NULL;
}

static int make_one(void *context)
{
    (void)context;
    alarm(60);
    uint8_t *slots = steppe_slots_make(100, 1000, NULL);
    child_require(slots && steppe_slots_use(slots, 5));
    child_require(steppe_slots_free(slots) == STEPPE_OK);
    return 0;
}

START_TEST(fork_while_others_make)
{
    pthread_t threads[THREADS];
    make_one(NULL);
    for (uintptr_t i = 0; i < THREADS; i++)
        require(!pthread_create(&threads[i], NULL, make_and_end, NULL));
    for (int i = 0; i < (is_slow() ? 3 : 20); i++)
        require_exits(run_child(make_one, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        require(!pthread_join(threads[i], NULL));
    require_equal(reservation_count(), 0);
    require_equal(process_charge(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slots");
    TCase *plain = test_case(suite, "plain");
    tcase_add_checked_fixture(plain, setup, NULL);
    tcase_add_test(plain, as_in_the_header);
    tcase_add_test(plain, making_is_refused);
    tcase_add_test(plain, making_is_refused_by_a_budget);
    tcase_add_test(plain, memory_options_arrive);
    tcase_add_test(plain, large_pages);
    tcase_add_loop_test(plain, every_strategy_and_policy, 0, WAYS);
    tcase_add_loop_test(plain, only_needed_pages_stay, 0, WAYS);
    tcase_add_loop_test(plain, fifty_structures, 0, WAYS);
    tcase_add_test(plain, when_pages_come);
    tcase_add_test(plain, at_once);
    tcase_add_test(plain, batched);
    tcase_add_test(plain, a_batch_before_a_refusal);
    tcase_add_test(plain, a_refused_use_leaves_no_charge);
    tcase_add_test(plain, collected);
    tcase_add_test(plain, rounds);
    tcase_add_test(plain, faults_around);
    tcase_add_test(plain, asking_costs_nothing);
    tcase_add_test(plain, searching_at_borders);
    tcase_add_test(plain, runs);
    tcase_add_test(plain, budgets_refuse);
    tcase_add_test(plain, budgets_refuse_the_touch);
    tcase_add_test(plain, wrong_pointers);
    TCase *many = test_case(suite, "threads");
    tcase_add_checked_fixture(many, setup, NULL);
    tcase_add_loop_test(many, users_and_collectors, 0, WAYS);
    tcase_add_loop_test(many, asking_while_bits_go, 0, STRATEGIES);
    tcase_add_loop_test(many, fork_while_others_work, 0, WAYS);
    tcase_add_test(many, fork_while_others_make);
    return test_main(suite);
}
