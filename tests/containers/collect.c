/* SPDX-License-Identifier: MIT */
/*
 * collect.c - steppe_collect: every sentence of its header. Random arrays are in collect_model.c.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <steppe/arena.h>
#include <steppe/array.h>
#include <steppe/collect.h>
#include <steppe/slots.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

static bool is_committed(const void *address)
{
    steppe_run run;
    require_ok(steppe_query(address, &run));
    return run.state == STEPPE_COMMITTED;
}

static size_t collected(steppe_collection *collection, size_t page_max)
{
    size_t page_count = SIZE_MAX;
    require_ok(steppe_collect(collection, page_max, &page_count));
    return page_count;
}

/* Flags of one byte at the start of each structure. */
static steppe_collection flagged(void *base, size_t structure_bytes, size_t count)
{
    return (steppe_collection){
        .base = base, .structure_bytes = structure_bytes, .count = count, .flag_bytes = 1};
}

/* ---- the example ------------------------------------------------------------------------------
 */

struct item {
    bool in_use;
    char text[2047];
};

static void set_in_use(struct item *item, bool in_use)
{
    require_ok(steppe_commit(item, sizeof *item));
    item->in_use = in_use;
}

/* Fifty structures of 2 KiB, of which 7 and 46 are used, and 46 is cleared. */
START_TEST(the_sample)
{
    struct item *items = (struct item *)reserve(50 * sizeof(struct item), NULL);
    steppe_collection collection = flagged(items, sizeof *items, 50);
    set_in_use(&items[7], true);
    set_in_use(&items[46], true);
    strcpy(items[7].text, "seven");
    require_equal(charge_of(items), 2 * page);
    require_equal(collected(&collection, 0), 0);
    items[46].in_use = false;
    require_equal(collected(&collection, 0), 1);
    require(is_committed(&items[7]) && !is_committed(&items[46]));
    require(items[7].in_use && !strcmp(items[7].text, "seven"));
    require_equal(charge_of(items), page);
    items[7].in_use = false;
    require_equal(collected(&collection, 0), 1);
    require_equal(charge_of(items), 0);
    set_in_use(&items[46], true);
    require_equal(items[46].text[0], 0);
}
END_TEST

/* ---- across pages -----------------------------------------------------------------------------
 */

/* Whether a page would go if only structures that begin on it counted. */
static bool begins_nothing_in_use(const uint8_t *base, size_t structure_bytes, size_t page_index)
{
    size_t per_page = page / structure_bytes;
    for (size_t i = 0; i < per_page; i++)
        if (base[(page_index * per_page + i) * structure_bytes])
            return false;
    return true;
}

START_TEST(the_end_of_a_structure_in_use_keeps_its_page)
{
    size_t structure_bytes = page * 3 / 4;
    uint8_t *base = reserve(12 * page, NULL);
    steppe_collection collection = flagged(base, structure_bytes, 16);
    require_ok(steppe_commit(base, 12 * page));
    /* 1 lies on pages 0 and 1, and one a page would be counted as lying on page 1 alone. */
    base[1 * structure_bytes] = 1;
    memset(base + structure_bytes + 1, 0x5a, structure_bytes - 1);
    require(begins_nothing_in_use(base, structure_bytes, 0));
    require_equal(collected(&collection, 0), 10);
    require_run(base, base, 2 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_bytes(base + structure_bytes + 1, structure_bytes - 1, 0x5a);
}
END_TEST

START_TEST(structures_of_many_pages)
{
    enum { COUNT = 7 };
    size_t structure_bytes = 3 * STEPPE_MIB + 8 * page + 100;
    uint8_t *base = reserve(COUNT * structure_bytes, NULL);
    steppe_collection collection = flagged(base, structure_bytes, COUNT);
    collection.flag_offset_bytes = structure_bytes - 1;
    require_ok(steppe_commit(base, COUNT * structure_bytes));
    size_t all = charge_of(base) / page;
    for (size_t i = 0; i < COUNT; i++)
        base[i * structure_bytes + collection.flag_offset_bytes] = i == 3;
    size_t first = 3 * structure_bytes / page, end = (4 * structure_bytes - 1) / page + 1;
    /* The array ends within its last page. */
    require_equal(collected(&collection, 0), all - (end - first) - 1);
    require_run(base + first * page, base + first * page, (end - first) * page, STEPPE_COMMITTED,
                STEPPE_READ_WRITE);
    require_equal(base[4 * structure_bytes - 1], 1);
}
END_TEST

/* Its middle is committed, its flag is not, or the other way round. */
START_TEST(parts_of_a_structure)
{
    uint8_t *base = reserve(100 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    steppe_collection collection = flagged(base, 50 * page, 2);
    store(base + 20 * page, 1);
    store(base + 70 * page, 1);
    store(base + 50 * page, 1);
    require_equal(collected(&collection, 0), 1);
    require(!is_committed(base + 20 * page) && is_committed(base + 70 * page));
    require(is_committed(base + 50 * page) && !is_committed(base));
    store(base + 50 * page, 0);
    require_equal(collected(&collection, 0), 2);
    require_equal(charge_of(base), 0);
}
END_TEST

/* A flag across a border, of which one page is committed: the other byte counts as zero. */
START_TEST(half_a_flag)
{
    uint8_t *base = reserve(10 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    steppe_collection collection = {
        .base = base + 3 * page - 1, .structure_bytes = 2 * page, .count = 3, .flag_bytes = 2};
    require_ok(steppe_commit(base + 3 * page, page)); /* the second byte of structure 0's */
    store(base + 3 * page, 0);
    require_equal(collected(&collection, 0), 1);
    require_ok(steppe_commit(base + 3 * page, page));
    store(base + 3 * page, 1);
    require_equal(collected(&collection, 0), 0);
    require_equal(charge_of(base), page);
}
END_TEST

/* ---- what is not touched ----------------------------------------------------------------------
 */

static steppe_answer refuse(const steppe_fault *fault, void *context)
{
    (void)fault;
    ++*(int *)context;
    return STEPPE_PASS_ON;
}

START_TEST(nothing_is_committed_by_looking)
{
    int filter_calls = 0;
    const steppe_options every_policy[] = {
        {.on_fault = STEPPE_RAISE},
        {.on_fault = STEPPE_COMMIT},
        {.on_fault = STEPPE_COMMIT, .strict = true},
        {.on_fault = STEPPE_ASK, .filter = refuse, .filter_context = &filter_calls},
        {.on_fault = STEPPE_RAISE, .write_watch = true},
    };
    for (size_t i = 0; i < array_count(every_policy); i++) {
        for (size_t structure_bytes = 24; structure_bytes < 9 * page; structure_bytes *= 3) {
            uint8_t *base = reserve(600 * page, &every_policy[i]);
            steppe_collection collection = flagged(base, structure_bytes, 0);
            collection.count = 600 * page / structure_bytes;
            collection.flag_offset_bytes = structure_bytes - 1;
            for (size_t at = 3; at < 590; at += 1 + at / 7)
                require_ok(steppe_commit(base + at * page, page));
            memset(base + 3 * page, 1, page);
            uint64_t before = charge_of(base);
            size_t gone = collected(&collection, 0);
            require_equal(charge_of(base), before - gone * page);
            require_equal(charge_by_runs(base), charge_of(base));
            if (structure_bytes <= page) /* a flag lies on it */
                require(is_committed(base + 3 * page));
            require_equal(collected(&collection, 0), 0);
            require_ok(steppe_release(base));
        }
    }
    require_equal(filter_calls, 0);
}
END_TEST

struct asked {
    const uint8_t *base;
    size_t structure_bytes, call_count;
};

static bool never(const void *structure, size_t index, void *context)
{
    struct asked *asked = context;
    require(structure == asked->base + index * asked->structure_bytes);
    asked->call_count++;
    return load(structure) == 0xff;
}

/* Trillions of structures, and only those on committed pages are asked. */
START_TEST(runs_not_committed_are_passed_over)
{
    size_t size_bytes = is_slow() ? STEPPE_GIB : 4 * STEPPE_TIB;
    uint8_t *base = reserve(size_bytes, options(.on_fault = STEPPE_COMMIT, .strict = true));
    struct asked asked = {.base = base + 5, .structure_bytes = 96};
    steppe_collection collection = {.base = base + 5,
                                    .structure_bytes = 96,
                                    .count = (size_bytes - 5) / 96,
                                    .is_in_use = never,
                                    .context = &asked,
                                    .look_bytes = 1};
    for (size_t i = 1; i <= 100; i++)
        store(base + size_bytes / 128 * i, 1);
    uint64_t before = charge_of(base);
    require_equal(collected(&collection, 0), before / page);
    require_equal(charge_of(base), 0);
    require(asked.call_count <= before / page * (page / 96 + 2));
}
END_TEST

/* What cannot be read counts as in use, and goes when the flag is elsewhere and clear. */
START_TEST(pages_that_cannot_be_read)
{
    uint8_t *base = reserve(12 * page, NULL);
    steppe_collection collection = flagged(base, 3 * page, 4);
    require_ok(steppe_commit(base, 12 * page));
    require_ok(steppe_protect(base, page, STEPPE_NO_ACCESS, NULL));
    require_ok(steppe_protect(base + 4 * page, page, STEPPE_NO_ACCESS, NULL));
    require_ok(steppe_protect(base + 6 * page, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_protect(base + 9 * page, page, STEPPE_READ_ONLY | STEPPE_GUARD, NULL));
    require_equal(collected(&collection, 0), 6);
    require(is_committed(base) && is_committed(base + 2 * page));
    require(!is_committed(base + 3 * page) && !is_committed(base + 8 * page));
    require_run(base + 9 * page, base + 9 * page, page, STEPPE_COMMITTED,
                STEPPE_READ_ONLY | STEPPE_GUARD);
}
END_TEST

/* Pages with anything else on them are not ours to give. */
START_TEST(pages_partly_outside_the_array_stay)
{
    uint8_t *base = reserve(8 * page, NULL);
    steppe_collection collection = flagged(base + 1, 64, (5 * page - 1) / 64);
    require_ok(steppe_commit(base, 8 * page));
    require_equal(collected(&collection, 0), 3);
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_run(base + 4 * page, base + 4 * page, 4 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    collection = flagged(base + 5 * page + 1, 100, 30); /* all on one page */
    require_equal(collected(&collection, 0), 0);
    collection = flagged(base + 5 * page + 100, page, 1); /* on two, neither whole */
    require_equal(collected(&collection, 0), 0);
    collection = flagged(base + 5 * page, page, 1);
    require_equal(collected(&collection, 0), 1);
    collection = flagged(base + 6 * page, page, 0);
    require_equal(collected(&collection, 0), 0);
    require_equal(charge_of(base), 4 * page);
}
END_TEST

/* ---- how pages go -----------------------------------------------------------------------------
 */

/* A dead array is one decommit, also where it has been used here and there. */
START_TEST(what_goes_is_joined)
{
    size_t structure_bytes = 120, size_bytes = 8 * STEPPE_MIB;
    uint8_t *base = reserve(size_bytes, options(.on_fault = STEPPE_COMMIT, .strict = true));
    steppe_collection collection = flagged(base, structure_bytes, size_bytes / structure_bytes);
    require_ok(steppe_commit(base, size_bytes / structure_bytes * structure_bytes));
    size_t whole_pages = size_bytes / structure_bytes * structure_bytes / page;
    require_equal(collected(&collection, 0), whole_pages);
    require_equal(statistics_of(base).decommit_count, 1);
    for (size_t at = 1; at < 1000; at += 3)
        store(base + at * page, 0);
    require_ok(steppe_protect(base + 4 * page, page, STEPPE_READ_ONLY, NULL));
    require_equal(collected(&collection, 0), 333);
    require_equal(statistics_of(base).decommit_count, 2);
    require_equal(charge_by_runs(base), charge_of(base));
}
END_TEST

/* A gap belongs to a structure in use: others may commit it meanwhile, so it is not given back. */
START_TEST(a_gap_in_a_structure_in_use_is_left_alone)
{
    uint8_t *base = reserve(64 * page, NULL);
    steppe_collection collection = flagged(base, 16 * page, 4);
    collection.flag_offset_bytes = 10 * page;
    for (size_t at = 0; at < 64; at += 2)
        require_ok(steppe_commit(base + at * page, page));
    base[26 * page] = 1;
    require_equal(collected(&collection, 0), 24);
    for (size_t at = 16; at < 32; at++)
        require_equal(is_committed(base + at * page), at % 2 == 0);
    require_equal(statistics_of(base).decommit_count, 2);
}
END_TEST

START_TEST(what_went_reads_zero)
{
    uint8_t *base = reserve(20 * page, options(.on_fault = STEPPE_COMMIT));
    steppe_collection collection = flagged(base, 1000, 20 * page / 1000);
    memset(base, 7, 20 * page);
    for (size_t i = 0; i < collection.count; i++)
        base[i * 1000] = i < 12;
    size_t kept = (12 * 1000 - 1) / page + 1;
    require_equal(collected(&collection, 0), collection.count * 1000 / page - kept);
    require_bytes(base + kept * page, collection.count * 1000 / page * page - kept * page, 0);
    require_bytes(base + 11001, 999, 7);
}
END_TEST

START_TEST(limited_collections_go_round)
{
    uint8_t *base = reserve(30 * page, NULL);
    steppe_collection collection = flagged(base, page, 30);
    require_ok(steppe_commit(base, 30 * page));
    base[2 * page] = 1;
    require_equal(collected(&collection, 4), 4); /* 0, 1, 3, 4 */
    require_equal(collection.next_page, 5);
    require_run(base + 5 * page, base + 5 * page, 25 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_equal(collected(&collection, 25), 25); /* the last one is the array's */
    require_equal(collection.next_page, 0);
    require_equal(charge_of(base), page);
    /* Behind the last page comes the first one, in the same call. */
    require_ok(steppe_commit(base, 30 * page));
    collection.next_page = 28;
    require_equal(collected(&collection, 3), 3); /* 28, 29, 0 */
    require_equal(collection.next_page, 1);
    require(is_committed(base + page) && !is_committed(base + 29 * page));
    /* Fewer than were allowed: it has been all the way round. */
    collection.next_page = 20;
    require_equal(collected(&collection, 1000), 26);
    require_equal(charge_of(base), page);
    /* Without a limit all are looked at, whatever next_page says, and so they are when it says
     * nothing sensible. */
    require_ok(steppe_commit(base, 30 * page));
    collection.next_page = 29;
    require_equal(collected(&collection, 0), 29);
    require_ok(steppe_commit(base, 30 * page));
    collection.next_page = SIZE_MAX;
    require_equal(collected(&collection, 29), 29);
}
END_TEST

/* ---- callbacks --------------------------------------------------------------------------------
 */

static bool first_word_is_odd(const void *structure, size_t index, void *context)
{
    (void)index;
    ++*(size_t *)context;
    return load_word((const uint8_t *)structure + 8) % 2;
}

START_TEST(callbacks)
{
    size_t calls = 0;
    uint8_t *base = reserve(50 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    steppe_collection collection = {.base = base,
                                    .structure_bytes = 3000,
                                    .count = 50 * page / 3000,
                                    .is_in_use = first_word_is_odd,
                                    .context = &calls,
                                    .look_offset_bytes = 8,
                                    .look_bytes = 8};
    for (size_t i = 0; i < collection.count; i++)
        store_word(base + i * 3000 + 8, i == 20 ? 3 : 2);
    size_t first = 20 * 3000 / page, end = (21 * 3000 - 1) / page + 1;
    uint64_t before = charge_of(base);
    size_t gone = collected(&collection, 0);
    require(calls && calls <= collection.count);
    require_equal(charge_of(base), before - gone * page);
    for (size_t at = 0; at < collection.count * 3000 / page; at++)
        require_equal(is_committed(base + at * page), at >= first && at < end);
}
END_TEST

static bool must_not_be_asked(const void *structure, size_t index, void *context)
{
    (void)context;
    require(false, "asked for %zu at %p", index, structure);
    return false;
}

/* Not all that the callback would read is there: it is not asked, and nothing is lost. */
START_TEST(callbacks_are_not_asked_about_halves)
{
    uint8_t *base = reserve(9 * page, options(.on_fault = STEPPE_COMMIT, .strict = true));
    steppe_collection collection = {.base = base,
                                    .structure_bytes = 3 * page,
                                    .count = 3,
                                    .is_in_use = must_not_be_asked,
                                    .look_bytes = 3 * page};
    store(base, 1); /* one that was begun, and never got further than its first page */
    store(base + 5 * page, 0);
    require_equal(collected(&collection, 0), 1);
    require(is_committed(base) && !is_committed(base + page));
    store(base, 0);
    require_equal(collected(&collection, 0), 1);
    require_equal(charge_of(base), 0);
}
END_TEST

static size_t asked_count;

static bool count_and_say_used(const void *structure, size_t index, void *context)
{
    (void)structure;
    (void)index;
    (void)context;
    asked_count++;
    return true;
}

/* A structure that lies on many runs is asked about once, not once a run. */
START_TEST(a_large_structure_is_asked_about_once)
{
    enum { RUNS = 500 };
    uint8_t *base = reserve(2 * RUNS * page, NULL);
    steppe_collection collection = {.base = base,
                                    .structure_bytes = RUNS * page,
                                    .count = 2,
                                    .is_in_use = count_and_say_used,
                                    .look_bytes = RUNS * page};
    require_ok(steppe_commit(base, 2 * RUNS * page));
    for (size_t i = 0; i < 2 * RUNS; i += 2)
        require_ok(steppe_protect(base + i * page, page, STEPPE_READ_ONLY, NULL));
    for (size_t page_max = 0; page_max < 3; page_max += 2) {
        asked_count = 0;
        require_equal(collected(&collection, page_max), 0);
        require_equal(asked_count, 2);
    }
    require_ok(steppe_release(base));
}
END_TEST

static jmp_buf way_out;

static bool leave(const void *structure, size_t index, void *context)
{
    (void)structure, (void)context;
    if (index == 300)
        longjmp(way_out, 1);
    return index % 2;
}

START_TEST(callbacks_may_leave)
{
    uint8_t *base = reserve(400 * page, NULL);
    steppe_collection collection = {
        .base = base, .structure_bytes = page, .count = 400, .is_in_use = leave, .look_bytes = 1};
    require_ok(steppe_commit(base, 400 * page));
    if (setjmp(way_out) == 0) {
        steppe_collect(&collection, 0, NULL);
        require(false, "it came back");
    }
    require_equal(charge_of(base), charge_by_runs(base));
    require_ok(steppe_release(base)); /* would wait for ever */
}
END_TEST

/* ---- errors -----------------------------------------------------------------------------------
 */

static steppe_status collect_with(steppe_collection collection)
{
    size_t page_count = 5;
    steppe_status status = steppe_collect(&collection, 0, &page_count);
    require_equal(page_count, 0);
    return status;
}

#define require_refused(collection, status)                                                        \
    do {                                                                                           \
        require_equal(collect_with(collection), status);                                           \
        require_equal(steppe_last_status(), status);                                               \
        require(strstr(steppe_last_message(), "steppe_collect: "), "%s", steppe_last_message());   \
    } while (0)

START_TEST(wrong_arguments)
{
    uint8_t *base = reserve(4 * page, NULL);
    require_ok(steppe_commit(base, 4 * page));
    const steppe_collection good = flagged(base, 64, 4 * page / 64);
    struct snapshot before = snapshot_take();
    size_t page_count;
    require_fails(steppe_collect(NULL, 0, &page_count), STEPPE_E_NULL);
    steppe_collection bad = good;
    bad.base = NULL;
    require_refused(bad, STEPPE_E_NULL);
    bad = good, bad.structure_bytes = 0;
    require_refused(bad, STEPPE_E_SIZE);
    bad = good, bad.count = SIZE_MAX / 32;
    require_refused(bad, STEPPE_E_SIZE);
    bad = good, bad.count = (SIZE_MAX - (uintptr_t)base) / 64 + 1;
    require_refused(bad, STEPPE_E_SIZE);
    bad = good, bad.count++;
    require_refused(bad, STEPPE_E_OUTSIDE);
    bad = good, bad.base = base + 1;
    require_refused(bad, STEPPE_E_OUTSIDE);
    bad = good, bad.base = &page, bad.count = 1;
    require_refused(bad, STEPPE_E_NOT_RESERVED);
    const size_t wrong_flags[] = {0, 3, 5, 6, 7, 9, 16, SIZE_MAX};
    for (size_t i = 0; i < array_count(wrong_flags); i++) {
        bad = good, bad.flag_bytes = wrong_flags[i];
        require_refused(bad, STEPPE_E_OPTION);
    }
    bad = good, bad.flag_offset_bytes = 64;
    require_refused(bad, STEPPE_E_OPTION);
    bad = good, bad.flag_bytes = 8, bad.flag_offset_bytes = 57;
    require_refused(bad, STEPPE_E_OPTION);
    bad = good, bad.flag_offset_bytes = SIZE_MAX;
    require_refused(bad, STEPPE_E_OPTION);
    bad = good, bad.is_in_use = must_not_be_asked;
    require_refused(bad, STEPPE_E_OPTION);
    bad.flag_bytes = 0;
    require_refused(bad, STEPPE_E_OPTION);
    bad.look_offset_bytes = 64, bad.look_bytes = 1;
    require_refused(bad, STEPPE_E_OPTION);
    bad.look_offset_bytes = 60, bad.look_bytes = 5;
    require_refused(bad, STEPPE_E_OPTION);
    bad.look_offset_bytes = 1, bad.look_bytes = SIZE_MAX;
    require_refused(bad, STEPPE_E_OPTION);
    require_same(&before);
    bad = good;
    require_ok(steppe_collect(&bad, 0, NULL));
    require_equal(charge_of(base), 0);
}
END_TEST

struct ender {
    uint8_t *base;
    size_t at;
};

static bool end_it(const void *structure, size_t index, void *context)
{
    struct ender *ender = context;
    (void)structure;
    if (index == ender->at)
        require_ok(steppe_release(ender->base));
    return index % 2;
}

/* A decommit fails; here because somebody breaks the rules. */
/* Containers believe that their pages are there. */
START_TEST(containers_are_not_collected)
{
    uint32_t *array = steppe_array_new(uint32_t, 5000, NULL);
    uint32_t *slots = steppe_slots_new(uint32_t, 5000, NULL);
    steppe_arena *arena = steppe_arena_new(20 * page, options(.page_bytes = 2 * page));
    require(array && slots && arena && steppe_array_append(array, 5000));
    require(steppe_arena_take(arena, 20 * page, 1) && steppe_slots_use(slots, 4000));
    void *bases[] = {array, array + 1024, slots, slots + 4000, steppe_arena_base(arena)};
    for (size_t i = 0; i < array_count(bases); i++)
        require_refused(((steppe_collection){
                            .base = bases[i], .structure_bytes = 4, .count = 900, .flag_bytes = 4}),
                        STEPPE_E_IN_USE);
    require_ok(steppe_array_remove(array, 0, 1000));
    require_ok(steppe_array_free(array));
    require_ok(steppe_slots_free(slots));
    require_ok(steppe_arena_free(arena));
}
END_TEST

START_TEST(what_went_before_a_failure_is_counted)
{
    uint8_t *base = reserve(400 * page, NULL);
    struct ender ender = {base, 250};
    steppe_collection collection = {.base = base,
                                    .structure_bytes = page,
                                    .count = 400,
                                    .is_in_use = end_it,
                                    .look_bytes = 1,
                                    .context = &ender};
    size_t page_count;
    require_ok(steppe_commit(base, 400 * page));
    require_fails(steppe_collect(&collection, 0, &page_count), STEPPE_E_NOT_RESERVED);
    require(page_count > 0 && page_count <= 125);
    require_equal(collection.next_page, 2 * page_count);
}
END_TEST

/* ---- in odd places ----------------------------------------------------------------------------
 */

static struct {
    steppe_collection collection;
    steppe_status status;
    size_t page_count;
    volatile int calls;
} told;

static void on_signal(int number)
{
    (void)number;
    told.status = steppe_collect(&told.collection, 0, &told.page_count);
    told.calls++;
}

START_TEST(in_a_signal_handler)
{
    uint8_t *base = reserve(300 * page, NULL), *other = reserve(300 * page, NULL);
    struct sigaction action = {.sa_handler = on_signal};
    require(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
    told.collection = flagged(base, 300, 300 * page / 300);
    require_ok(steppe_commit(base, 300 * page));
    base[0] = 1;
    require(raise(SIGUSR1) == 0);
    require(told.calls == 1 && told.status == STEPPE_OK);
    require_equal(told.page_count, 299);
    /* At any moment of other calls, and of the collection of another array. */
    steppe_collection collection = flagged(other, 300, 300 * page / 300);
    for (int i = 0; i < (is_slow() ? 20 : 200); i++) {
        ualarm(200 + 13 * (unsigned)i, 0);
        while (told.calls < 2 + i) {
            require_ok(steppe_commit(other, 100 * page));
            require_equal(collected(&collection, 0), 100);
        }
        require(told.status == STEPPE_OK);
        require_ok(steppe_commit(base, (size_t)(1 + i) * page));
    }
    require_equal(base[0], 1);
}
END_TEST

/* A budget is short, and the filter makes room. */
static steppe_answer collect_and_retry(const steppe_fault *fault, void *context)
{
    size_t page_count;
    if (fault->reason != STEPPE_E_BUDGET)
        return STEPPE_PASS_ON;
    if (steppe_collect(context, 4, &page_count) != STEPPE_OK || !page_count)
        return STEPPE_PASS_ON;
    return STEPPE_COMMIT_AND_RESUME;
}

START_TEST(in_a_filter)
{
    enum { COUNT = 1000, SIZE = 700, LIVE = 40 };
    size_t limit_bytes = (LIVE * SIZE / page + 3) * page;
    steppe_collection collection = {.structure_bytes = SIZE, .count = COUNT, .flag_bytes = 1};
    uint8_t *base =
        reserve(COUNT * SIZE,
                options(.on_fault = STEPPE_COMMIT, .strict = true, .filter = collect_and_retry,
                        .filter_context = &collection, .limit_bytes = limit_bytes));
    collection.base = base;
    for (size_t i = 0; i < (is_slow() ? 3000 : 30000); i++) {
        uint8_t *in = base + i % COUNT * SIZE, *out = base + (i + COUNT - LIVE) % COUNT * SIZE;
        if (i >= LIVE) {
            require_bytes(out + 1, SIZE - 1, (uint8_t)(i - LIVE));
            store(out, 0);
        }
        store(in, 1);
        for (size_t byte = 1; byte < SIZE; byte++)
            store(in + byte, (uint8_t)i);
        require(charge_of(base) <= limit_bytes);
    }
}
END_TEST

/* ---- beside others ----------------------------------------------------------------------------
 */

struct entry {
    _Atomic uint32_t in_use;
    uint32_t words[300];
};

struct clearer {
    struct entry *entries;
    size_t count;
    atomic_size_t failed;
    atomic_bool stop;
};

/* Writes to every third entry, which stays in use, and clears the others one after the other. */
static void *use_and_clear(void *context)
{
    struct clearer *clearer = context;
    for (uint32_t round = 1; !atomic_load(&clearer->stop); round++) {
        for (size_t i = 0; i < clearer->count; i += 3) {
            uint32_t *word = &clearer->entries[i].words[i % 300];
            atomic_fetch_add(&clearer->failed, *word != round - 1);
            *word = round;
        }
        if (round % 3 && round < clearer->count) {
            struct entry *entry = &clearer->entries[round];
            memset(entry->words, 0xcc, sizeof entry->words);
            atomic_store_explicit(&entry->in_use, 0, memory_order_release);
        }
    }
    return NULL;
}

START_TEST(others_use_and_clear_meanwhile)
{
    size_t count = is_slow() ? 300 : 3000;
    struct entry *entries =
        (struct entry *)reserve(count * sizeof *entries, options(.on_fault = STEPPE_RAISE));
    struct clearer clearer = {.entries = entries, .count = count};
    steppe_collection collection = {.base = entries,
                                    .structure_bytes = sizeof *entries,
                                    .count = count,
                                    .flag_bytes = sizeof entries->in_use,
                                    .flag_offset_bytes = offsetof(struct entry, in_use)};
    require_ok(steppe_commit(entries, count * sizeof *entries));
    for (size_t i = 0; i < count; i++)
        atomic_store(&entries[i].in_use, 1);
    pthread_t thread;
    require(pthread_create(&thread, NULL, use_and_clear, &clearer) == 0);
    for (size_t i = 0; i < (is_slow() ? 200 : 3000); i++)
        (void)collected(&collection, i % 4);
    atomic_store(&clearer.stop, true);
    pthread_join(thread, NULL);
    require_equal(atomic_load(&clearer.failed), 0);
    (void)collected(&collection, 0);
    for (size_t i = 0; i < count; i += 3)
        require_equal(atomic_load(&entries[i].in_use), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("collect");
    TCase *all = test_case(suite, "all");
    tcase_add_checked_fixture(all, setup, NULL);
    tcase_add_test(all, the_sample);
    tcase_add_test(all, the_end_of_a_structure_in_use_keeps_its_page);
    tcase_add_test(all, structures_of_many_pages);
    tcase_add_test(all, parts_of_a_structure);
    tcase_add_test(all, half_a_flag);
    tcase_add_test(all, nothing_is_committed_by_looking);
    tcase_add_test(all, runs_not_committed_are_passed_over);
    tcase_add_test(all, pages_that_cannot_be_read);
    tcase_add_test(all, pages_partly_outside_the_array_stay);
    tcase_add_test(all, what_goes_is_joined);
    tcase_add_test(all, a_gap_in_a_structure_in_use_is_left_alone);
    tcase_add_test(all, what_went_reads_zero);
    tcase_add_test(all, limited_collections_go_round);
    tcase_add_test(all, callbacks);
    tcase_add_test(all, callbacks_are_not_asked_about_halves);
    tcase_add_test(all, a_large_structure_is_asked_about_once);
    tcase_add_test(all, callbacks_may_leave);
    tcase_add_test(all, wrong_arguments);
    tcase_add_test(all, containers_are_not_collected);
    tcase_add_test(all, what_went_before_a_failure_is_counted);
    tcase_add_test(all, in_a_signal_handler);
    tcase_add_test(all, in_a_filter);
    tcase_add_test(all, others_use_and_clear_meanwhile);
    return test_main(suite);
}
