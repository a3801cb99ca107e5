/* SPDX-License-Identifier: MIT */
/*
 * watch.c - what watch.h says, under every mechanism (STEPPE_MECHANISM), by faults and, where there
 * is such a thing, by the kernel (STEPPE_WRITE_WATCH): every test runs once for each.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const ways[] = {"fault", "kernel"};

static size_t page;

static void choose(const char *way)
{
    require(setenv("STEPPE_WRITE_WATCH", way, 1) == 0);
    page = steppe_page_bytes();
}

static void choose_way(int number)
{
    choose(ways[number]);
}

#define reserve_watched(size_bytes, ...)                                                           \
    reserve((size_bytes), options(.write_watch = true, __VA_ARGS__))

static uint8_t *watched(size_t page_count)
{
    uint8_t *base = reserve_watched(page_count * page, .name = "watched");
    require_ok(steppe_commit(base, page_count * page));
    return base;
}

/* ---- comparing --------------------------------------------------------------------------------
 */

enum { TOLD_MAX = 4096 };

/* The pages told are just those whose numbers the text lists, in one-digit steps: "0 3 7". */
static void require_told_at(int line, uint8_t *base, size_t unit, void *const *pages, size_t count,
                            const char *wanted)
{
    size_t i = 0;
    for (char *end; *wanted; wanted = end + strspn(end, " "), i++) {
        size_t number = strtoul(wanted, &end, 10);
        require(i < count, "line %d: page %zu is missing", line, number);
        require(pages[i] == base + number * unit, "line %d: %zu, not %zu", line,
                (size_t)((uint8_t *)pages[i] - base) / unit, number);
    }
    require(i == count, "line %d: page %zu as well", line,
            i < count ? (size_t)((uint8_t *)pages[i] - base) / unit : 0);
}

static void require_look_at(int line, uint8_t *base, size_t page_count, const char *wanted)
{
    void *pages[TOLD_MAX];
    size_t count = TOLD_MAX;
    require_ok(steppe_watch_look(base, page_count * page, pages, &count));
    require_told_at(line, base, page, pages, count, wanted);
}

static void require_collect_at(int line, uint8_t *base, size_t page_count, const char *wanted)
{
    void *pages[TOLD_MAX];
    size_t count = TOLD_MAX;
    require_look_at(line, base, page_count, wanted);
    require_ok(steppe_watch_collect(base, page_count * page, pages, &count));
    require_told_at(line, base, page, pages, count, wanted);
    require_look_at(line, base, page_count, "");
}

#define require_look(base, page_count, wanted)                                                     \
    require_look_at(__LINE__, (base), (page_count), (wanted))
#define require_collect(base, page_count, wanted)                                                  \
    require_collect_at(__LINE__, (base), (page_count), (wanted))

/* ---- writes -----------------------------------------------------------------------------------
 */

START_TEST(stores_are_told_and_reads_are_not)
{
    choose_way(_i);
    uint8_t *base = watched(16);
    require_look(base, 16, "");
    for (size_t i = 0; i < 16; i++)
        require(load(base + i * page) == 0);
    require_look(base, 16, "");
    store(base + 3 * page, 1);
    store(base + 8 * page - 1, 0);
    require_collect(base, 16, "3 7");
    store(base + 3 * page, 1); /* what was there already */
    store(base, 1);
    store(base + 16 * page - 1, 1);
    require_collect(base, 16, "0 3 15");
    require(load(base + 3 * page) == 1 && load(base + 16 * page - 1) == 1);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(pages_committed_by_faults)
{
    choose_way(_i);
    uint8_t *base = reserve_watched(2048 * page, .on_fault = STEPPE_COMMIT);
    for (size_t i = 0; i < 8; i++)
        require(load(base + i * page) == 0);
    store(base + 8 * page, 1);
    store(base + 2 * page, 1);
    store(base + 2047 * page, 1);
    require_collect(base, 2048, "2 8 2047");
    require_equal(charge_of(base), 10 * page);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(only_the_range_asked_about)
{
    choose_way(_i);
    uint8_t *base = watched(16);
    for (size_t i = 2; i < 6; i++)
        store(base + i * page, 1);
    require_look(base + 3 * page, 2, "0 1");
    require_collect(base + 3 * page, 2, "0 1");
    require_look(base, 16, "2 5");
    void *told[4];
    size_t count = 4;
    require_ok(steppe_watch_look(base + 3 * page - 1, 2, told, &count)); /* two pages */
    require(count == 1 && told[0] == base + 2 * page);
    require_ok(steppe_watch_clear(base + 3 * page - 1, 1));
    require_look(base, 16, "5");
    require_ok(steppe_watch_clear(base, 16 * page));
    require_look(base, 16, "");
    store(base + 5 * page, 1);
    require_look(base, 16, "5");
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(a_full_buffer_goes_on_behind_the_last_page)
{
    choose_way(_i);
    enum { PAGES = 6000 };
    uint8_t *base = watched(PAGES);
    static bool is_written[PAGES];
    uint64_t chance = 5;
    memset(is_written, 0, sizeof is_written);
    for (size_t i = 0; i < 1500; i++) {
        size_t number = random_below(&chance, PAGES);
        is_written[number] = true;
        store(base + number * page, 1);
    }
    static const size_t rooms[] = {1, 7, 128, 129, 1000};
    size_t at = 0, turn = 0;
    void *told[1000];
    while (at < PAGES) {
        size_t room = rooms[turn++ % array_count(rooms)], count = room;
        require_ok(steppe_watch_collect(base + at * page, (PAGES - at) * page, told, &count));
        for (size_t i = 0; i < count; i++) {
            size_t number = (size_t)((uint8_t *)told[i] - base) / page;
            for (; at < number; at++)
                require(!is_written[at], "page %zu was not told", at);
            require(at == number && is_written[at]);
            at++;
        }
        for (; count < room && at < PAGES; at++)
            require(!is_written[at], "page %zu was not told", at);
    }
    require_look(base, PAGES, "");
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(dense_pages_of_many_units)
{
    choose_way(_i);
    size_t count = 3 * TOLD_MAX, told = 0;
    void **pages = calloc(count + 1, sizeof *pages);
    uint8_t *base = watched(count);
    for (size_t i = 0; i < count; i++)
        store(base + i * page, (uint8_t)i);
    size_t room = count + 1;
    require_ok(steppe_watch_collect(base, count * page, pages, &room));
    require_equal(room, count);
    for (size_t i = 0; i < count; i++)
        told += pages[i] == base + i * page;
    require_equal(told, count);
    require_look(base, count, "");
    for (size_t i = 0; i < count; i++)
        require(load(base + i * page) == (uint8_t)i);
    free(pages);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(the_buffer_may_lie_in_the_range)
{
    choose_way(_i);
    uint8_t *base = watched(16);
    store(base + 5 * page, 1);
    void **pages = (void **)(base + page);
    size_t *count = (size_t *)(base + 2 * page);
    *count = 100;
    require_ok(steppe_watch_collect(base, 16 * page, pages, count));
    require(*count >= 2 && *count <= 3 && pages[*count - 1] == base + 5 * page);
    require_ok(steppe_release(base));
}
END_TEST

/* ---- what happens to pages --------------------------------------------------------------------
 */

START_TEST(marks_survive_decommit_reset_and_protections)
{
    choose_way(_i);
    uint8_t *base = watched(16);
    for (size_t i = 0; i < 6; i++)
        store(base + i * page, 0x11);
    require_ok(steppe_decommit(base, page));
    require_ok(steppe_decommit(base + page, page));
    require_ok(steppe_commit(base + page, page));
    require_ok(steppe_reset(base + 2 * page, page));
    require_ok(steppe_protect(base + 3 * page, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_protect(base + 4 * page, page, STEPPE_NO_ACCESS, NULL));
    require_ok(steppe_protect(base + 4 * page, page, STEPPE_READ_WRITE, NULL));
    require_ok(steppe_commit_as(base + 5 * page, page, STEPPE_EXECUTE_READ));
    require_collect(base, 16, "0 1 2 3 4 5");
    require(load(base + page) == 0);
    require(load(base + 3 * page) == 0x11 && load(base + 4 * page) == 0x11);
    require_look(base, 16, "");
    store(base + page, 1);
    store(base + 4 * page, 1);
    require_collect(base, 16, "1 4");
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(whole_chunks_come_and_go)
{
    choose_way(_i);
    size_t count = 4 * CHUNK_FLOOR / page;
    uint8_t *base = watched(count);
    for (int round = 0; round < 3; round++) {
        store(base + page, 1);
        store(base + (count - 1) * page, 1);
        require_ok(steppe_decommit(base, count * page));
        require_ok(steppe_commit(base, count * page));
        require(load(base + page) == 0);
        void *told[3];
        size_t told_count = 3;
        require_ok(steppe_watch_collect(base, count * page, told, &told_count));
        require(told_count == 2 && told[0] == base + page && told[1] == base + (count - 1) * page);
        require_look(base, count, "");
    }
    store(base + 2 * page, 1);
    require_look(base, count, "2");
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(protections_are_told_as_given)
{
    choose_way(_i);
    uint8_t *base = watched(16);
    steppe_protection old;
    store(base + 4 * page, 1);
    require_run(base, base, 16 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_run(base + 4 * page, base + 4 * page, 12 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_ok(steppe_protect(base, page, STEPPE_EXECUTE_READ_WRITE, &old));
    require_equal(old, STEPPE_READ_WRITE);
    require_ok(steppe_protect(base, page, STEPPE_READ_ONLY, &old));
    require_equal(old, STEPPE_EXECUTE_READ_WRITE);
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_ONLY);
    require_ok(steppe_protect(base, page, STEPPE_READ_WRITE, &old));
    require_equal(old, STEPPE_READ_ONLY);
    require_run(base, base, 16 * page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_ok(steppe_commit(base, 16 * page));
    require_look(base, 16, "4");
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(a_write_that_is_refused_is_none)
{
    choose_way(_i);
    uint8_t *base = watched(8);
    require_ok(steppe_protect(base, page, STEPPE_READ_ONLY, NULL));
    require_ok(steppe_protect(base + page, page, STEPPE_NO_ACCESS, NULL));
    require_faults(touch_write(base, 1), base);
    require_faults(touch_write(base + page, 1), base + page);
    require_ok(steppe_decommit(base + 2 * page, page));
    require_faults(touch_write(base + 2 * page, 1), base + 2 * page);
    require_look(base, 8, "");
    require_ok(steppe_protect(base, page, STEPPE_READ_WRITE, NULL));
    store(base, 1);
    require_look(base, 8, "0");
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(a_write_that_commits_what_may_not_be_written_is_none)
{
    static const steppe_protection protections[] = {STEPPE_READ_ONLY, STEPPE_EXECUTE_READ,
                                                    STEPPE_READ_WRITE | STEPPE_GUARD};
    for (size_t i = 0; i < array_count(protections); i++) {
        choose_way(_i);
        uint8_t *base = reserve_watched(4 * STEPPE_MIB, .on_fault = STEPPE_COMMIT,
                                        .protection = protections[i]);
        require_faults(touch_write(base + 2 * page, 1), base + 2 * page);
        require_look(base, 8, "");
        require_ok(steppe_release(base));
    }
}
END_TEST

START_TEST(ready_writes_where_only_new_pages_are_guarded)
{
    choose_way(_i);
    uint8_t *base = reserve_watched(STEPPE_MIB, .protection = STEPPE_READ_WRITE | STEPPE_GUARD);
    require_ok(steppe_commit_as(base, page, STEPPE_READ_WRITE));
    require_ok(steppe_ready(base, page, STEPPE_ACCESS_WRITE));
    require_look(base, 8, "0");
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(guards_come_first)
{
    choose_way(_i);
    uint8_t *base = watched(8);
    require_ok(steppe_protect(base, 2 * page, STEPPE_READ_WRITE | STEPPE_GUARD, NULL));
    require_faults(touch_write(base, 1), base);
    require_look(base, 8, "");
    require_run(base, base, page, STEPPE_COMMITTED, STEPPE_READ_WRITE);
    require_touchable(touch_write(base, 1));
    require_look(base, 8, "0");
    require_faults(touch_read(base + page), base + page);
    require_touchable(touch_read(base + page));
    require_collect(base, 8, "0");
    require_touchable(touch_write(base + page, 1));
    require_look(base, 8, "1");
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(ready_is_a_write_when_it_says_so)
{
    choose_way(_i);
    uint8_t *base = reserve_watched(16 * page, .on_fault = STEPPE_COMMIT);
    int ends[2];
    require(pipe(ends) == 0 && write(ends[1], "abcdef", 6) == 6);
    require_ok(steppe_ready(base, 2 * page, STEPPE_ACCESS_READ));
    require_look(base, 16, "");
    require(load(base + 4 * page) == 0);
    require_ok(steppe_ready(base + 3 * page, 3 * page, STEPPE_ACCESS_WRITE));
    require(read(ends[0], base + 4 * page, 3) == 3 && load(base + 4 * page) == 'a');
    require_collect(base, 16, "3 4 5");
    require_ok(steppe_ready(base + 4 * page, page, STEPPE_ACCESS_WRITE));
    require(read(ends[0], base + 4 * page, 3) == 3 && load(base + 4 * page) == 'd');
    require_collect(base, 16, "4");
    require(close(ends[0]) == 0 && close(ends[1]) == 0);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(large_pages)
{
    choose_way(_i);
    size_t unit = 4 * page;
    uint8_t *base = reserve_watched(16 * unit, .page_bytes = unit);
    void *told[16];
    size_t count = 16;
    require_ok(steppe_commit(base, 16 * unit));
    store(base + 3 * unit + page, 1);
    store(base + 3 * unit + 3 * page, 1);
    store(base + 9 * unit, 1);
    require_ok(steppe_watch_collect(base + page, 15 * unit, told, &count));
    require_told_at(__LINE__, base, unit, told, count, "3 9");
    count = 16;
    require_ok(steppe_watch_look(base, 16 * unit, told, &count));
    require_equal(count, 0);
    store(base + 10 * unit - 1, 1);
    count = 1;
    require_ok(steppe_watch_look(base, 16 * unit, told, &count));
    require(count == 1 && told[0] == base + 9 * unit);
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(a_new_reservation_starts_clean)
{
    choose_way(_i);
    uint8_t *base = watched(16);
    memset(base, 1, 16 * page);
    require_ok(steppe_release(base));
    uint8_t *again = reserve_watched(16 * page, .address = base);
    require_ok(steppe_commit(again, 16 * page));
    require_look(again, 16, "");
    require_ok(steppe_release(again));
}
END_TEST

/* ---- when mappings run out --------------------------------------------------------------------
 */

START_TEST(more_isolated_writes_than_mappings)
{
    choose_way(_i);
    size_t count = 2 * mapping_count_max(), written = 0;
    if (is_slow() || count > 200000)
        skip_test("it would take too long");
    uint8_t *base = watched(count);
    for (size_t i = 0; i < count; i += 2)
        store(base + i * page, 1);
    void **pages = calloc(count, sizeof *pages);
    size_t told = count;
    require_ok(steppe_watch_look(base, count * page, pages, &told));
    for (size_t i = 0; i < told; i++)
        written += (size_t)((uint8_t *)pages[i] - base) / page % 2 == 0;
    require_equal(written, count / 2);
    require_ok(steppe_watch_clear(base, count * page));
    require_look(base, count, "");
    store(base + page, 1);
    require_look(base, 2, "1");
    free(pages);
    require_ok(steppe_release(base));
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------
 */

enum { WRITERS = 3, PAGES_EACH = 64, STRIDE = 5 };

struct race {
    uint8_t *base;
    atomic_bool stop;
    uint32_t written[WRITERS][PAGES_EACH]; /* how often: the page holds the same number */
};

struct writer {
    struct race *race;
    size_t number;
};

static uint8_t *page_of(const struct race *race, size_t writer, size_t which)
{
    return race->base + (which * WRITERS + writer) * STRIDE * page;
}

static void *write_on(void *context)
{
    struct writer *writer = context;
    struct race *race = writer->race;
    uint64_t chance = writer->number;
    for (unsigned round = 0; !atomic_load(&race->stop); round++) {
        size_t which = random_below(&chance, PAGES_EACH);
        uint32_t *word = (uint32_t *)page_of(race, writer->number, which);
        __atomic_store_n(word, ++race->written[writer->number][which], __ATOMIC_RELEASE);
    }
    return NULL;
}

/* What a collector saves of each page told is the page itself, in the end. */
static size_t save(struct race *race, size_t page_count, uint8_t *saved)
{
    void *told[50];
    size_t at = 0, sum = 0;
    while (at < page_count) {
        size_t count = array_count(told);
        require_ok(
            steppe_watch_collect(race->base + at * page, (page_count - at) * page, told, &count));
        for (size_t i = 0; i < count; i++) {
            at = (size_t)((uint8_t *)told[i] - race->base) / page;
            require(at % STRIDE == 0, "page %zu was never written", at);
            uint32_t word = __atomic_load_n((uint32_t *)told[i], __ATOMIC_ACQUIRE);
            memcpy(saved + at * sizeof word, &word, sizeof word);
        }
        sum += count;
        at = count < array_count(told) ? page_count : at + 1;
    }
    return sum;
}

START_TEST(no_write_is_lost)
{
    choose_way(_i);
    size_t page_count = PAGES_EACH * WRITERS * STRIDE;
    struct race race = {.base = reserve_watched(page_count * page, .on_fault = STEPPE_COMMIT)};
    uint8_t *saved = calloc(page_count, sizeof(uint32_t));
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){&race, i};
        require(pthread_create(&threads[i], NULL, write_on, &writers[i]) == 0);
    }
    const size_t enough = is_slow() ? 2000 : 50000;
    size_t told = 0;
    while (told < enough)
        told += save(&race, page_count, saved);
    atomic_store(&race.stop, true);
    for (size_t i = 0; i < WRITERS; i++)
        require(pthread_join(threads[i], NULL) == 0);
    told += save(&race, page_count, saved);
    for (size_t i = 0; i < WRITERS; i++)
        for (size_t which = 0; which < PAGES_EACH; which++) {
            size_t number = (size_t)(page_of(&race, i, which) - race.base) / page;
            uint32_t word;
            memcpy(&word, saved + number * sizeof word, sizeof word);
            require(word == race.written[i][which], "page %zu: %u saved, %u written", number, word,
                    race.written[i][which]);
        }
    require_equal(save(&race, page_count, saved), 0);
    free(saved);
    require_ok(steppe_release(race.base));
}
END_TEST

/* ---- fork -------------------------------------------------------------------------------------
 */

static int look_in_child(void *context)
{
    uint8_t *base = context;
    void *told[16];
    size_t count = 16;
    bool has_two = false, has_five = false;
    child_require(steppe_watch_look(base, 16 * page, told, &count) == STEPPE_OK);
    for (size_t i = 0; i < count; i++)
        has_two |= told[i] == base + 2 * page;
    child_require(has_two);
    child_require(steppe_watch_clear(base, 16 * page) == STEPPE_OK);
    store(base + 5 * page, 1);
    store(base + 1 * page, 1);
    count = 16;
    child_require(steppe_watch_collect(base, 16 * page, told, &count) == STEPPE_OK);
    for (size_t i = 0; i < count; i++)
        has_five |= told[i] == base + 5 * page;
    child_require(count == 2 && has_five);
    child_require(steppe_decommit(base, 16 * page) == STEPPE_OK);
    return 0;
}

START_TEST(parent_and_child_have_marks_each)
{
    choose_way(_i);
    uint8_t *base = watched(16);
    store(base + page, 1);
    require_collect(base, 16, "1");
    store(base + 2 * page, 1);
    require_exits(run_child(look_in_child, base), 0);
    require_look(base, 16, "2");
    store(base + 3 * page, 1);
    require_collect(base, 16, "2 3");
    require_ok(steppe_release(base));
}
END_TEST

/* ---- when the kernel's way ends ---------------------------------------------------------------
 */

/* As daemons do that close whatever they find. */
static int close_everything(void *context)
{
    uint8_t *base = context;
    void *told[16];
    size_t count = 16;
    bool has_three = false;
    store(base + 2 * page, 1);
    for (int file = 3; file < 1024; file++)
        (void)close(file);
    store(base + 3 * page, 1);
    child_require(steppe_watch_collect(base, 16 * page, told, &count) == STEPPE_OK);
    for (size_t i = 0; i < count; i++)
        has_three |= told[i] == base + 3 * page;
    child_require(has_three);
    child_require(steppe_watch_clear(base, 16 * page) == STEPPE_OK);
    store(base + 4 * page, 1);
    count = 16;
    child_require(steppe_watch_collect(base, 16 * page, told, &count) == STEPPE_OK);
    child_require(count == 1 && told[0] == base + 4 * page);
    return 0;
}

START_TEST(descriptors_closed_by_others)
{
    choose_way(_i);
    uint8_t *base = watched(16);
    require_exits(run_child(close_everything, base), 0);
    require_ok(steppe_release(base));
}
END_TEST

/* ---- bad arguments ----------------------------------------------------------------------------
 */

START_TEST(bad_arguments)
{
    choose_way(_i);
    uint8_t *base = watched(16), *plain = reserve(16 * page, NULL);
    void *told[4];
    size_t count = 4, none = 0;
    store(base, 1);
    require_fails(steppe_watch_look(base, page, NULL, &count), STEPPE_E_NULL);
    require_fails(steppe_watch_look(base, page, told, NULL), STEPPE_E_NULL);
    require_fails(steppe_watch_look(base, 0, told, &count), STEPPE_E_SIZE);
    require_fails(steppe_watch_look(base, page, told, &none), STEPPE_E_SIZE);
    require_fails(steppe_watch_look(base, SIZE_MAX, told, &count), STEPPE_E_SIZE);
    require_fails(steppe_watch_look(NULL, page, told, &count), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_watch_look(base, 16 * page + 1, told, &count), STEPPE_E_OUTSIDE);
    require_fails(steppe_watch_look(plain, page, told, &count), STEPPE_E_OPTION);
    require_fails(steppe_watch_collect(base, page, NULL, &count), STEPPE_E_NULL);
    require_fails(steppe_watch_collect(base, page, told, NULL), STEPPE_E_NULL);
    require_fails(steppe_watch_collect(base, 0, told, &count), STEPPE_E_SIZE);
    require_fails(steppe_watch_collect(base, page, told, &none), STEPPE_E_SIZE);
    require_fails(steppe_watch_collect(base, SIZE_MAX, told, &count), STEPPE_E_SIZE);
    require_fails(steppe_watch_collect(NULL, page, told, &count), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_watch_collect(base, 16 * page + 1, told, &count), STEPPE_E_OUTSIDE);
    require_fails(steppe_watch_collect(plain, page, told, &count), STEPPE_E_OPTION);
    require_fails(steppe_watch_clear(base, 0), STEPPE_E_SIZE);
    require_fails(steppe_watch_clear(base, SIZE_MAX), STEPPE_E_SIZE);
    require_fails(steppe_watch_clear(NULL, page), STEPPE_E_NOT_RESERVED);
    require_fails(steppe_watch_clear(base, 16 * page + 1), STEPPE_E_OUTSIDE);
    require_fails(steppe_watch_clear(plain, page), STEPPE_E_OPTION);
    require_equal(count, 4);
    require_look(base, 16, "0");
    require_ok(steppe_release(plain));
    require_ok(steppe_release(base));
    require_fails(steppe_watch_clear(base, page), STEPPE_E_NOT_RESERVED);
}
END_TEST

START_TEST(an_unknown_way)
{
    choose("magic");
    require_null(steppe_reserve(page, options(.write_watch = true)), STEPPE_E_OPTION);
    require_ok(steppe_release(reserve(page, NULL)));
    choose("");
    require_ok(steppe_release(reserve_watched(page, .strict = true)));
}
END_TEST

START_TEST(figures)
{
    choose("fault");
    uint8_t *base = watched(16);
    for (size_t i = 0; i < 3; i++)
        store(base + i * page, 1);
    store(base, 2);
    steppe_statistics s = statistics_of(base);
    require_equal(s.fault_note_count, 3);
    require_equal(s.fault_count, 3);
    require(steppe_reservation_of(base).write_watch);
    require_ok(steppe_release(base));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch");
    TCase *tests = test_case_catching(suite, "write watch");
    const TTest *const both_ways[] = {
        stores_are_told_and_reads_are_not,
        pages_committed_by_faults,
        only_the_range_asked_about,
        a_full_buffer_goes_on_behind_the_last_page,
        dense_pages_of_many_units,
        the_buffer_may_lie_in_the_range,
        marks_survive_decommit_reset_and_protections,
        whole_chunks_come_and_go,
        protections_are_told_as_given,
        a_write_that_is_refused_is_none,
        a_write_that_commits_what_may_not_be_written_is_none,
        ready_writes_where_only_new_pages_are_guarded,
        guards_come_first,
        ready_is_a_write_when_it_says_so,
        large_pages,
        a_new_reservation_starts_clean,
        more_isolated_writes_than_mappings,
        no_write_is_lost,
        parent_and_child_have_marks_each,
        descriptors_closed_by_others,
        bad_arguments,
    };
    for (size_t i = 0; i < array_count(both_ways); i++)
        tcase_add_loop_test(tests, both_ways[i], 0, (int)array_count(ways));
    tcase_add_test(tests, an_unknown_way);
    tcase_add_test(tests, figures);
    return test_main(suite);
}
