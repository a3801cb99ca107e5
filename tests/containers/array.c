/* SPDX-License-Identifier: MIT */
/*
 * array.c - what steppe/array.h promises, and random operations on arrays against naive copies.
 *
 * Options and replay of the random operations: tests/support/random.h.
 */
#define _GNU_SOURCE 1

#include "../support/random.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page;
static size_t much; /* more than memory, as far as the machine goes */

static void setup(void)
{
    page = steppe_page_bytes();
    much = is_valgrind() ? 8 * STEPPE_GIB : STEPPE_TIB;
}

static size_t whole_pages(size_t size_bytes)
{
    return (size_bytes + page - 1) / page * page;
}

/* What is committed for elements. */
static uint64_t committed_of(const void *array)
{
    return steppe_reservation_of(array).committed_bytes - page;
}

/* How much may stay committed when an array shrinks. */
static uint64_t left_at_most(uint64_t used)
{
    uint64_t twice = 2 * used + 64 * STEPPE_KIB, half_ahead = used + used / 2 + 2 * page;
    if (half_ahead > 4 * STEPPE_MIB)
        half_ahead += 2 * STEPPE_MIB; /* to the end of a huge page */
    return twice > half_ahead ? twice : half_ahead;
}

static uint64_t os_calls(const void *array)
{
    return statistics_of(array).os_call_count;
}

static void *make(size_t element_bytes, uint64_t max, const steppe_options *chosen)
{
    void *array = steppe_array_make(element_bytes, max, chosen);
    require(array, "no array of %llu elements of %zu bytes", (unsigned long long)max,
            element_bytes);
    return array;
}

/* ---- the calls ------------------------------------------------------------------------------ */

struct event {
    uint64_t number;
    char text[17];
};

START_TEST(as_in_the_header)
{
    struct event *events = steppe_array_new(struct event, much / 32, NULL);
    uint64_t sum = 0, wanted = 0;
    require(events);
    require_equal((uintptr_t)events % page, 0);
    require_equal(steppe_array_count(events), 0);
    require_equal(steppe_array_capacity(events), 0);
    require_equal(steppe_array_max(events), much / 32);
    require(steppe_array_end(events) == events);
    for (uint64_t i = 0; i < 10000; i++) {
        struct event *event = steppe_array_push(events);
        require(event == events + i && event->number == 0 && event->text[16] == 0);
        *event = (struct event){i, "an event"};
        wanted += i;
    }
    for (struct event *e = events; e != steppe_array_end(events); e++)
        sum += e->number;
    require_equal(sum, wanted);
    require_equal(steppe_array_count(events), 10000);
    require_ok(steppe_array_free(events));
    require_equal(reservation_count(), 0);
    require_equal(process_charge(), 0);
}
END_TEST

START_TEST(null_has_nothing)
{
    void *none = NULL;
    require_equal(steppe_array_count(NULL), 0);
    require_equal(steppe_array_capacity(NULL), 0);
    require_equal(steppe_array_max(NULL), 0);
    require_ok(steppe_array_free(NULL));
    require_null(steppe_array_push(none), STEPPE_E_NULL);
    require_null(steppe_array_append(none, 3), STEPPE_E_NULL);
    require_null(steppe_array_pop(none), STEPPE_E_NULL);
    require_null(steppe_array_insert(none, 0, 1), STEPPE_E_NULL);
    require_fails(steppe_array_resize(NULL, 1), STEPPE_E_NULL);
    require_fails(steppe_array_remove(NULL, 0, 1), STEPPE_E_NULL);
    require_fails(steppe_array_reserve(NULL, 1), STEPPE_E_NULL);
    require_fails(steppe_array_trim(NULL), STEPPE_E_NULL);
}
END_TEST

static void require_no_array(void *pointer)
{
    require_equal(steppe_array_capacity(pointer), 0);
    require_equal(steppe_array_max(pointer), 0);
    require_null(steppe_array_append(pointer, 1), STEPPE_E_NOT_CONTAINER);
    require_null(steppe_array_pop(pointer), STEPPE_E_NOT_CONTAINER);
    require_null(steppe_array_insert(pointer, 0, 1), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_array_resize(pointer, 1), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_array_remove(pointer, 0, 1), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_array_reserve(pointer, 1), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_array_trim(pointer), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_array_free(pointer), STEPPE_E_NOT_CONTAINER);
}

START_TEST(wrong_pointers)
{
    static uint64_t mine[64];
    uint8_t *array = make(8, 100000, NULL), *heap = malloc(100);
    require(steppe_array_append(array, 5000));
    const uintptr_t numbers[] = {1,
                                 8,
                                 63,
                                 64,
                                 100,
                                 page,
                                 page + 8,
                                 GRANULE,
                                 (uintptr_t)1 << 47,
                                 (uintptr_t)1 << 63,
                                 UINTPTR_MAX - 7,
                                 UINTPTR_MAX};
    for (size_t i = 0; i < array_count(numbers); i++)
        require_no_array((void *)numbers[i]);
    require_no_array(mine);
    require_no_array(heap);
    require_no_array(&array);
    require_no_array((void *)(uintptr_t)test_main);
    for (size_t i = 1; i < 200; i++) {
        require_no_array(array - i);
        require_no_array(array + i);
    }
    require_no_array(array - page);
    require_no_array(array + page);
    require_no_array(array + 50000 * page);
    require_equal(steppe_array_count(array), 5000);
    require_ok(steppe_array_free(array));
    require_no_array(array);
    free(heap);
}
END_TEST

START_TEST(reservations_that_are_no_array)
{
    uint8_t *array = make(8, 1000, NULL), *copy;
    steppe_arena *arena = steppe_arena_new(100 * page, NULL);
    uint8_t *plain = reserve(4 * page, NULL);
    require_no_array(plain);
    require_no_array(plain + page);
    require_ok(steppe_commit(plain, page));
    memset(plain, 0xff, page);
    require_no_array(plain + page);
    /* All that stands in front of an array, in another place. */
    memcpy(plain, array - page, page);
    require_no_array(plain + page);
    copy = array;
    memcpy(plain, &copy, sizeof copy);
    const steppe_protection others[] = {STEPPE_READ_ONLY, STEPPE_NO_ACCESS, STEPPE_EXECUTE_READ};
    for (size_t i = 0; i < array_count(others); i++) {
        require_ok(steppe_protect(plain, page, others[i], NULL));
        require_no_array(plain + page);
    }
    require_no_array(arena);
    require_no_array((uint8_t *)arena + page);
    require_ok(steppe_arena_free(arena));
    require_ok(steppe_array_free(array));
}
END_TEST

/* What one thread has found good another may end. */
static void *replace(void *context)
{
    void **array = context;
    require_ok(steppe_array_free(*array));
    /* Something else may lie there already. */
    (void)steppe_reserve(20 * page, options(.address = (uint8_t *)*array - page));
    return NULL;
}

START_TEST(ended_by_another_thread)
{
    pthread_t thread;
    void *array = make(1, page, NULL);
    require(steppe_array_append(array, 3) && steppe_array_pop(array));
    require(pthread_create(&thread, NULL, replace, &array) == 0 && pthread_join(thread, NULL) == 0);
    require_no_array(array);
}
END_TEST

/* More arrays in turn than are remembered as good. */
START_TEST(many_arrays)
{
    enum { COUNT = 100 };
    uint64_t *arrays[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        arrays[i] = make(8, 10 + i, NULL);
    for (uint64_t round = 0; round < 10; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            require_equal(steppe_array_max(arrays[i]), 10 + i);
            *steppe_array_append(arrays[i], 1) = i;
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        require_equal(steppe_array_count(arrays[i]), 10);
        require_equal(arrays[i][9], i);
        require_ok(steppe_array_free(arrays[i]));
        require_no_array(arrays[i]);
    }
}
END_TEST

START_TEST(sizes_that_are_refused)
{
    struct snapshot before = snapshot_take();
    struct nothing {
    };
    require_null(steppe_array_new(struct nothing, 10, NULL), STEPPE_E_SIZE);
    require_null(steppe_array_new(int, 0, NULL), STEPPE_E_SIZE);
    require_null(steppe_array_new(uint64_t, UINT64_MAX, NULL), STEPPE_E_SIZE);
    require_null(steppe_array_new(uint64_t, UINT64_MAX / 8, NULL), STEPPE_E_SIZE);
    require_null(steppe_array_new(uint64_t, (UINT64_MAX / 8) - page, NULL), STEPPE_E_SIZE);
    require_null(steppe_array_new(uint64_t, UINT64_C(1) << 61, NULL), STEPPE_E_SIZE);
    require_null(steppe_array_new(char, UINT64_MAX, NULL), STEPPE_E_SIZE);
    require_null(steppe_array_new(char, UINT64_MAX - page + 1, NULL), STEPPE_E_SIZE);
    require_null(steppe_array_new(char, UINT64_C(1) << 57, NULL), STEPPE_E_SIZE);
    require_same(&before);
}
END_TEST

static steppe_answer never_asked(const steppe_fault *fault, void *context)
{
    (void)fault, (void)context;
    return STEPPE_PASS_ON;
}

START_TEST(options_that_are_refused)
{
    struct snapshot before = snapshot_take();
    const steppe_options refused[] = {
        {.on_fault = STEPPE_COMMIT},
        {.on_fault = STEPPE_ASK, .filter = never_asked},
        {.filter = never_asked},
        {.protection = STEPPE_READ_ONLY},
        {.protection = STEPPE_NO_ACCESS},
        {.protection = STEPPE_EXECUTE_READ_WRITE},
        {.protection = STEPPE_READ_WRITE | STEPPE_GUARD},
        {.page_bytes = 3 * page},
        {.page_bytes = page / 2},
        {.page_bytes = 4 * STEPPE_MIB},
        {.page_bytes = (size_t)1 << 63},
        {.huge_pages = (steppe_huge_pages)7},
    };
    for (size_t i = 0; i < array_count(refused); i++)
        require_null(steppe_array_new(int, 10, &refused[i]), STEPPE_E_OPTION);
    require_null(steppe_array_new(int, 10, options(.mechanism = (steppe_mechanism)77)),
                 STEPPE_E_MECHANISM);
    require_same(&before);
}
END_TEST

START_TEST(options_that_are_kept)
{
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    uint8_t *hole = free_area(STEPPE_MIB, GRANULE);
    char *array = steppe_array_new(char, 100000,
                                   options(.address = hole, .budget = budget, .name = "letters",
                                           .tag = 77, .limit_bytes = 64 * page));
    require((uint8_t *)array == hole + page);
    steppe_reservation made = steppe_reservation_of(array);
    require(strcmp(made.name, "letters") == 0 && made.tag == 77 && made.budget == budget);
    require_equal(made.size_bytes, page + whole_pages(100000));
    require_equal(made.limit_bytes, 64 * page);
    require_equal(made.on_fault, STEPPE_RAISE);
    require_equal(steppe_budget_charged_bytes(budget), page);
    require_null(steppe_array_new(char, 1, options(.address = hole)), STEPPE_E_ADDRESS_IN_USE);
    require(steppe_array_push(array));
    require_equal(steppe_budget_charged_bytes(budget), 2 * page);
    require_ok(steppe_array_free(array));
    require_equal(steppe_budget_charged_bytes(budget), 0);
    require_ok(steppe_budget_free(budget));
}
END_TEST

START_TEST(larger_pages)
{
    for (size_t unit = 4 * page; unit <= 2 * STEPPE_MIB; unit *= 8) {
        uint16_t *array = steppe_array_new(uint16_t, 3 * STEPPE_MIB, options(.page_bytes = unit));
        require(array);
        require_equal((uintptr_t)array % unit, 0);
        require_equal(charge_of(array), unit);
        for (size_t i = 0; i < 3 * STEPPE_MIB; i++)
            *steppe_array_push(array) = (uint16_t)i;
        require_null(steppe_array_push(array), STEPPE_E_OUTSIDE);
        require_equal(array[3 * STEPPE_MIB - 1], (uint16_t)(3 * STEPPE_MIB - 1));
        require_ok(steppe_array_resize(array, 1));
        require_ok(steppe_array_trim(array));
        require_equal(charge_of(array), 2 * unit);
        require_ok(steppe_array_free(array));
    }
}
END_TEST

START_TEST(watched_arrays)
{
    void *told[8];
    size_t count = 8;
    uint8_t *array = steppe_array_new(uint8_t, 64 * page, options(.write_watch = true));
    if (!array)
        skip_test("%s", steppe_last_message());
    require(steppe_array_append(array, 10 * page));
    require_ok(steppe_watch_clear(array, 64 * page));
    array[3 * page] = 1;
    require_ok(steppe_watch_collect(array, 64 * page, told, &count));
    require(count == 1 && told[0] == array + 3 * page);
    require_ok(steppe_array_free(array));
}
END_TEST

/* ---- contents ------------------------------------------------------------------------------- */

START_TEST(new_elements_are_zero)
{
    const size_t sizes[] = {1, 3, 8, 24, 100, page - 1, page, page + 1, 3 * page, 5 * page + 7};
    size_t each = sizes[_i];
    uint64_t max = 40 * page / each + 7;
    uint8_t *array = make(each, max, NULL);
    for (int round = 0; round < 4; round++) {
        for (uint64_t i = 0; i < max; i++) {
            uint8_t *element = round % 2 ? steppe_array_push(array) : steppe_array_append(array, 1);
            require(element == array + i * each);
            require_bytes(element, each, 0);
            memset(element, 0xa5, each);
        }
        require_null(steppe_array_push(array), STEPPE_E_OUTSIDE);
        require_bytes(array, max * each, 0xa5);
        if (round == 1)
            require_ok(steppe_array_resize(array, 0));
        else if (round == 2)
            require_ok(steppe_array_remove(array, 0, max));
        else
            for (uint64_t i = max; i-- > 0;)
                require(steppe_array_pop(array) == array + i * each);
    }
    require_ok(steppe_array_resize(array, max));
    require_bytes(array, max * each, 0);
    memset(array, 0xa5, max * each);
    require_ok(steppe_array_resize(array, 3));
    require_ok(steppe_array_trim(array));
    require_ok(steppe_array_resize(array, max));
    require_bytes(array, 3 * each, 0xa5);
    require_bytes(array + 3 * each, (max - 3) * each, 0);
    require_ok(steppe_array_free(array));
}
END_TEST

START_TEST(insert_and_remove)
{
    int *array = steppe_array_new(int, 10, NULL);
    for (int i = 0; i < 6; i++)
        *steppe_array_push(array) = i;
    require(steppe_array_insert(array, 2, 3) == array + 2);
    const int inserted[] = {0, 1, 0, 0, 0, 2, 3, 4, 5};
    require(memcmp(array, inserted, sizeof inserted) == 0);
    array[2] = 7;
    require_ok(steppe_array_remove(array, 1, 2));
    const int removed[] = {0, 0, 0, 2, 3, 4, 5};
    require(memcmp(array, removed, sizeof removed) == 0);
    require_equal(steppe_array_count(array), 7);
    require(steppe_array_insert(array, 7, 1) == array + 7 && array[7] == 0);
    require(steppe_array_insert(array, 0, 2) == array && array[0] == 0 && array[9] == 0);
    require_equal(steppe_array_count(array), 10);

    struct snapshot before = snapshot_take();
    require_null(steppe_array_insert(array, 0, 1), STEPPE_E_OUTSIDE);
    require_null(steppe_array_insert(array, 11, 0), STEPPE_E_OUTSIDE);
    require_null(steppe_array_insert(array, UINT64_MAX, 1), STEPPE_E_OUTSIDE);
    require_null(steppe_array_insert(array, 5, UINT64_MAX), STEPPE_E_OUTSIDE);
    require(steppe_array_insert(array, 4, 0) == array + 4);
    require(steppe_array_insert(array, 10, 0) == array + 10);
    require(steppe_array_append(array, 0) == array + 10);
    require_ok(steppe_array_remove(array, 3, 0));
    require_ok(steppe_array_remove(array, 10, 0));
    require_fails(steppe_array_remove(array, 10, 1), STEPPE_E_OUTSIDE);
    require_fails(steppe_array_remove(array, 11, 0), STEPPE_E_OUTSIDE);
    require_fails(steppe_array_remove(array, 5, 6), STEPPE_E_OUTSIDE);
    require(strstr(steppe_last_message(), "asked for 6 of 5;"), "%s", steppe_last_message());
    require_fails(steppe_array_remove(array, 5, UINT64_MAX), STEPPE_E_OUTSIDE);
    require_fails(steppe_array_remove(array, UINT64_MAX, 2), STEPPE_E_OUTSIDE);
    require_same(&before);
    require_ok(steppe_array_free(array));
}
END_TEST

/* What the macros give a type to, for languages without them. */
START_TEST(by_functions)
{
    void *array = steppe_array_make(4, 10, NULL);
    require(array && steppe_array_push_to(array) == array);
    require(steppe_array_append_to(array, 2) == (uint8_t *)array + 4);
    require(steppe_array_insert_at(array, 1, 3) == (uint8_t *)array + 4);
    require(steppe_array_pop_from(array) == (uint8_t *)array + 20);
    require_equal(steppe_array_count(array), 5);
    require_ok(steppe_array_free(array));
}
END_TEST

START_TEST(max_is_the_end)
{
    const size_t sizes[] = {1, 8, 24, page, page + 1};
    for (size_t i = 0; i < array_count(sizes); i++) {
        uint64_t max = 2 * page / sizes[i] + 1;
        uint8_t *array = make(sizes[i], max, NULL);
        require(steppe_array_append(array, max) == array);
        require_equal(steppe_array_capacity(array), max);
        struct snapshot before = snapshot_take();
        require_null(steppe_array_push(array), STEPPE_E_OUTSIDE);
        require_null(steppe_array_append(array, 1), STEPPE_E_OUTSIDE);
        require_null(steppe_array_append(array, UINT64_MAX), STEPPE_E_OUTSIDE);
        require_null(steppe_array_append(array, UINT64_MAX - max + 1), STEPPE_E_OUTSIDE);
        require_null(steppe_array_insert(array, 0, 1), STEPPE_E_OUTSIDE);
        require_fails(steppe_array_resize(array, max + 1), STEPPE_E_OUTSIDE);
        require_fails(steppe_array_resize(array, UINT64_MAX), STEPPE_E_OUTSIDE);
        require_fails(steppe_array_reserve(array, max + 1), STEPPE_E_OUTSIDE);
        require_fails(steppe_array_reserve(array, UINT64_MAX), STEPPE_E_OUTSIDE);
        require_same(&before);
        require_ok(steppe_array_resize(array, max));
        require_ok(steppe_array_resize(array, 0));
        before = snapshot_take();
        require_null(steppe_array_pop(array), STEPPE_E_OUTSIDE);
        require_same(&before);
        require_ok(steppe_array_free(array));
    }
}
END_TEST

START_TEST(popped_stays_readable)
{
    const size_t sizes[] = {8, page, 40 * page, 300 * page};
    size_t each = sizes[_i];
    uint64_t count = 3000 * page / each;
    uint8_t *array = make(each, count, NULL);
    for (uint64_t i = 0; i < count; i++) {
        uint8_t *element = steppe_array_push(array);
        element[0] = element[each - 1] = (uint8_t)(1 + i % 250);
    }
    for (uint64_t i = count; i-- > 0;) {
        uint8_t *element = steppe_array_pop(array);
        require(element == array + i * each);
        require(element[0] == 1 + i % 250 && element[each - 1] == 1 + i % 250);
    }
    require_null(steppe_array_pop(array), STEPPE_E_OUTSIDE);
    require_ok(steppe_array_free(array));
}
END_TEST

static int child_goes_on(void *context)
{
    uint64_t *array = context;
    for (uint64_t i = 0; i < 100000; i++)
        *steppe_array_push(array) = i;
    child_require(array[9] == 9 && array[10 + 99999] == 99999);
    child_require(steppe_array_resize(array, 5) == STEPPE_OK);
    child_require(steppe_array_free(array) == STEPPE_OK);
    return 0;
}

START_TEST(the_child_of_a_fork)
{
    uint64_t *array = steppe_array_new(uint64_t, 1000000, NULL);
    for (uint64_t i = 0; i < 10; i++)
        *steppe_array_push(array) = i;
    require_exits(run_child(child_goes_on, array), 0);
    require_equal(steppe_array_count(array), 10);
    require(steppe_array_append(array, 100000));
    require_equal(array[10], 0);
    require_ok(steppe_array_free(array));
}
END_TEST

struct reading {
    const uint64_t *array;
    uint64_t count; /* atomic: how many are there to be read */
    uint64_t wrong_count;
};

static void *read_along(void *context)
{
    struct reading *reading = context;
    uint64_t count;
    do {
        count = __atomic_load_n(&reading->count, __ATOMIC_ACQUIRE);
        for (uint64_t i = 0; i < count; i += 1 + count / 1000)
            reading->wrong_count += reading->array[i] != i;
    } while (count != UINT64_C(2000000));
    return NULL;
}

START_TEST(others_read_meanwhile)
{
    uint64_t *array = steppe_array_new(uint64_t, UINT64_C(1) << 30, NULL);
    struct reading reading = {.array = array};
    pthread_t thread;
    require(pthread_create(&thread, NULL, read_along, &reading) == 0);
    for (uint64_t i = 0; i < 2000000; i++) {
        *steppe_array_push(array) = i;
        if (i % 1000 == 999)
            __atomic_store_n(&reading.count, i + 1, __ATOMIC_RELEASE);
    }
    require(pthread_join(thread, NULL) == 0);
    require_equal(reading.wrong_count, 0);
    require_ok(steppe_array_free(array));
}
END_TEST

/* ---- what is committed ---------------------------------------------------------------------- */

START_TEST(growing_commits_ahead)
{
    const size_t sizes[] = {1, 24, page + 1, 20 * page};
    size_t each = sizes[_i];
    uint64_t bytes = is_slow() ? 8 * STEPPE_MIB : 400 * STEPPE_MIB, count = bytes / each;
    uint8_t *array = make(each, much / each, NULL);
    uint64_t commits = statistics_of(array).commit_count;
    for (uint64_t i = 0, capacity = 0; i < count; i = capacity) {
        require_ok(steppe_array_resize(array, i + 1));
        uint64_t used = (i + 1) * each, committed = committed_of(array);
        uint64_t ahead = used / 2 < 64 * STEPPE_MIB ? used / 2 : 64 * STEPPE_MIB;
        require(committed >= whole_pages(used) && committed % page == 0);
        require(committed <= used + ahead + 2 * page + (used > 2 * STEPPE_MIB ? 2 * STEPPE_MIB : 0),
                "%llu for %llu", (unsigned long long)committed, (unsigned long long)used);
        capacity = steppe_array_capacity(array);
        require_equal(capacity, committed / each);
        uint64_t calls = os_calls(array);
        require(steppe_array_append(array, capacity - i - 1));
        require_equal(os_calls(array), calls);
    }
    commits = statistics_of(array).commit_count - commits;
    require(commits < 40, "%llu commits", (unsigned long long)commits);
    require_ok(steppe_array_free(array));
}
END_TEST

/* About one size, reached from below or from above, no system call is made. */
START_TEST(growing_and_shrinking_costs_no_call)
{
    static const uint64_t counts[] = {0, 1, 2, 10, 1000, 12345, 1000000};
    const size_t sizes[] = {1, 8, 100, page, 5 * page + 3, STEPPE_MIB};
    size_t each = sizes[_i];
    for (size_t c = 0; c < array_count(counts); c++) {
        uint64_t count = counts[c], step = 1 + count / 10;
        if (count * each > (is_slow() ? 4 : 200) * STEPPE_MIB)
            continue;
        for (int from_above = 0; from_above < 2; from_above++) {
            uint8_t *array = make(each, much / each, NULL);
            require_ok(steppe_array_resize(array, from_above ? 5 * (count + 1) : 0));
            require_ok(steppe_array_resize(array, count));
            require(steppe_array_append(array, step));
            require_ok(steppe_array_resize(array, count));
            uint64_t calls = os_calls(array);
            for (int round = 0; round < 5; round++) {
                for (uint64_t i = 0; i < step; i++)
                    require(steppe_array_push(array));
                for (uint64_t i = 0; i < step; i++)
                    require(steppe_array_pop(array));
                require(steppe_array_append(array, step));
                require_ok(steppe_array_remove(array, count / 2, step));
                require(steppe_array_insert(array, count / 2, step));
                require_ok(steppe_array_resize(array, count));
                require_ok(steppe_array_resize(array, count - count / 10));
                require_ok(steppe_array_resize(array, count));
            }
            require(os_calls(array) == calls, "%llu calls, %llu elements of %zu bytes",
                    (unsigned long long)(os_calls(array) - calls), (unsigned long long)count, each);
            require_ok(steppe_array_free(array));
        }
    }
}
END_TEST

START_TEST(shrinking_gives_back)
{
    uint64_t count = (is_slow() ? 2 : 20) * STEPPE_MIB / 8, decommits = 0;
    uint64_t *array = steppe_array_new(uint64_t, count, NULL);
    require(steppe_array_append(array, count));
    memset(array, 1, count * 8);
    while (steppe_array_count(array) > 0) {
        require(steppe_array_pop(array));
        if (steppe_array_count(array) % 1000 && steppe_array_count(array) > 2000)
            continue;
        uint64_t used = steppe_array_count(array) * 8;
        require(committed_of(array) <= left_at_most(used + 8), "%llu for %llu",
                (unsigned long long)committed_of(array), (unsigned long long)used);
    }
    decommits = statistics_of(array).decommit_count;
    require(decommits > 0 && decommits < 40, "%llu", (unsigned long long)decommits);
    require(is_valgrind() || resident_bytes_of(array, count * 8) <= 64 * STEPPE_KIB);
    require(steppe_array_append(array, count));
    require_bytes(array, count * 8, 0);
    require_ok(steppe_array_free(array));
}
END_TEST

/* So much is not zeroed, nor kept, for growing again. */
START_TEST(much_at_once_goes_at_once)
{
    enum { BEFORE_MIB = 400, AFTER_MIB = 300, ROOM_MIB = AFTER_MIB + 64 + 2 };
    uint8_t *array = make(1, UINT64_C(1) << 30, NULL);
    require_ok(steppe_array_resize(array, BEFORE_MIB * STEPPE_MIB));
    array[AFTER_MIB * STEPPE_MIB] = 1;
    array[BEFORE_MIB * STEPPE_MIB - 1] = 2;
    array[7] = 3;
    uint64_t calls = os_calls(array);
    require_ok(steppe_array_resize(array, (BEFORE_MIB - 63) * STEPPE_MIB));
    require_equal(os_calls(array), calls);
    require_ok(steppe_array_resize(array, BEFORE_MIB * STEPPE_MIB));
    require_ok(steppe_array_resize(array, AFTER_MIB * STEPPE_MIB));
    require(committed_of(array) <= ROOM_MIB * STEPPE_MIB);
    require(steppe_array_capacity(array) > AFTER_MIB * STEPPE_MIB);
    require_ok(steppe_array_resize(array, BEFORE_MIB * STEPPE_MIB));
    require_equal(array[7], 3);
    require_equal(array[AFTER_MIB * STEPPE_MIB], 0);
    require_equal(array[BEFORE_MIB * STEPPE_MIB - 1], 0);
    uint8_t *new = array + ROOM_MIB *STEPPE_MIB;
    require(is_valgrind() || resident_bytes_of(new, STEPPE_MIB) == 0);
    /* Promised. */
    require_ok(steppe_array_reserve(array, BEFORE_MIB * STEPPE_MIB - page));
    require_ok(steppe_array_remove(array, 0, 100 * STEPPE_MIB));
    require_ok(steppe_array_resize(array, 0));
    require(steppe_array_capacity(array) >= BEFORE_MIB * STEPPE_MIB - page);
    require_ok(steppe_array_free(array));
}
END_TEST

START_TEST(what_is_popped_stays_however_large)
{
    const size_t each = 80 * STEPPE_MIB;
    uint8_t *array = make(each, 4, NULL);
    for (int i = 0; i < 4; i++)
        *(uint8_t *)steppe_array_push(array) = (uint8_t)(i + 1);
    for (size_t i = 4; i-- > 0;) {
        uint8_t *element = steppe_array_pop(array);
        require(element == array + i * each);
        require_equal(element[0], i + 1);
        require_equal(element[each - 1], 0);
        require(committed_of(array) <= (i + 1) * each + 66 * STEPPE_MIB);
    }
    require_ok(steppe_array_free(array));
}
END_TEST

START_TEST(trim_gives_back_the_rest)
{
    const size_t sizes[] = {1, 8, page - 1, page, 3 * page + 5};
    for (size_t i = 0; i < array_count(sizes); i++) {
        size_t each = sizes[i];
        uint8_t *array = make(each, 100000, NULL);
        for (uint64_t count = 0; count < 50; count += 7) {
            require_ok(steppe_array_resize(array, count));
            memset(array, 3, count * each);
            require_ok(steppe_array_reserve(array, 1000));
            require_ok(steppe_array_trim(array));
            require_equal(committed_of(array), whole_pages(count * each));
            require_equal(steppe_array_capacity(array), whole_pages(count * each) / each);
            require_bytes(array, count * each, 3);
            uint64_t calls = os_calls(array);
            require_ok(steppe_array_trim(array));
            require_equal(os_calls(array), calls);
        }
        require_ok(steppe_array_free(array));
    }
}
END_TEST

START_TEST(reserved_stays)
{
    uint64_t *array = steppe_array_new(uint64_t, 1000000, NULL);
    require_ok(steppe_array_reserve(array, 100000));
    require_equal(steppe_array_count(array), 0);
    require_equal(committed_of(array), whole_pages(800000));
    require(steppe_array_capacity(array) >= 100000);
    require_ok(steppe_array_reserve(array, 10));
    uint64_t calls = os_calls(array);
    /* No more than there is. */
    require_ok(steppe_set_limit(array, 0));
    for (int round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < 100000; i++)
            *steppe_array_push(array) = i + 1;
        require_ok(steppe_array_resize(array, 0));
        require(steppe_array_append(array, 100000));
        require_bytes(array, 800000, 0);
        memset(array, 1, 800000);
        require_ok(steppe_array_remove(array, 0, 99999));
        require(steppe_array_insert(array, 0, 99999));
        require_bytes(array, 8 * 99999, 0);
        while (steppe_array_count(array))
            require(steppe_array_pop(array));
    }
    require_equal(os_calls(array), calls);
    require_ok(steppe_array_trim(array));
    require_equal(committed_of(array), 0);
    require_null(steppe_array_push(array), STEPPE_E_BUDGET);
    require_ok(steppe_set_limit(array, STEPPE_NO_LIMIT));
    /* Promised no longer. */
    require(steppe_array_append(array, 200000));
    require_ok(steppe_array_resize(array, 0));
    require(committed_of(array) < 200000);
    require_ok(steppe_array_free(array));
}
END_TEST

/* ---- budgets -------------------------------------------------------------------------------- */

START_TEST(creation_may_be_refused)
{
    steppe_budget *budget = steppe_budget_new(page - 1);
    struct snapshot before = snapshot_take();
    require_null(steppe_array_new(int, 1, options(.limit_bytes = page - 1)), STEPPE_E_BUDGET);
    require_null(steppe_array_new(int, 1, options(.budget = budget)), STEPPE_E_BUDGET);
    require(strstr(steppe_last_message(), "limit 4095 bytes, charged 0 bytes") || page != 4096);
    require_ok(steppe_budget_set_limit(steppe_process_budget(), 0));
    require_null(steppe_array_new(int, 1, NULL), STEPPE_E_BUDGET);
    require_ok(steppe_budget_set_limit(steppe_process_budget(), STEPPE_NO_LIMIT));
    require_same(&before);
    require_ok(steppe_budget_free(budget));
}
END_TEST

/* All that a limit allows can be had, by every call, and a refusal changes nothing. */
START_TEST(growing_may_be_refused)
{
    const size_t sizes[] = {1, 8, 24, page - 1, page, 2 * page + 1};
    size_t each = sizes[_i];
    for (size_t pages = 1; pages < 40; pages += 1 + pages / 4) {
        uint64_t count = 0, most = (pages - 1) * page / each;
        uint8_t *array = make(each, 1000 * page, options(.limit_bytes = pages * page)), *element;
        require_null(steppe_array_push(NULL), STEPPE_E_NULL); /* stays the last one */
        while (count < most) {
            element = count % 3 ? steppe_array_push(array) : steppe_array_append(array, 1);
            require(element == array + each * count);
            memset(element, 7, each);
            count++;
        }
        require_equal(steppe_last_status(), STEPPE_E_NULL);
        require_equal(steppe_array_count(array), most);
        struct snapshot before = snapshot_take();
        require_null(steppe_array_push(array), STEPPE_E_BUDGET);
        require(strstr(steppe_last_message(), "; limit "), "%s", steppe_last_message());
        require_null(steppe_array_append(array, 1), STEPPE_E_BUDGET);
        require_null(steppe_array_append(array, 100 * page), STEPPE_E_BUDGET);
        require_null(steppe_array_insert(array, most / 2, 1), STEPPE_E_BUDGET);
        require_fails(steppe_array_resize(array, most + 1), STEPPE_E_BUDGET);
        require_fails(steppe_array_reserve(array, most + 1), STEPPE_E_BUDGET);
        require_same(&before);
        require_bytes(array, most * each, 7);
        /* And in one. */
        require_ok(steppe_array_resize(array, 0));
        require_ok(steppe_array_resize(array, most));
        require_bytes(array, most * each, 0);
        require_ok(steppe_array_free(array));
    }
}
END_TEST

/* ---- random operations ---------------------------------------------------------------------- */

enum { SLOT_COUNT = 5 };

/* A naive copy. */
struct slot {
    uint8_t *array; /* NULL: none */
    uint8_t *copy;  /* of max elements */
    size_t each;
    uint64_t count, max, promised;
    uint64_t limit; /* its own */
    bool is_shared; /* charged to the budget too */
};

static struct slot slots[SLOT_COUNT];
static steppe_budget *budget;
static uint64_t budget_limit = STEPPE_NO_LIMIT;

static bool is_zero(const uint8_t *bytes, size_t size_bytes)
{
    return size_bytes == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size_bytes - 1) == 0);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Elements from first on: all of them if they are few, else some. */
static void compare_from(const struct slot *slot, uint64_t first)
{
    size_t each = slot->each;
    uint64_t bytes = (slot->count - first) * each;
    if (bytes <= 32 * STEPPE_KIB || one_in(1 + bytes / (8 * STEPPE_KIB))) {
        agree(memcmp(slot->array + first * each, slot->copy + first * each, bytes) == 0);
        return;
    }
    agree(memcmp(slot->array + first * each, slot->copy + first * each, 4096) == 0);
    for (int i = 0; i < 8; i++) {
        uint64_t offset = first * each + below(bytes - 256);
        agree(memcmp(slot->array + offset, slot->copy + offset, 256) == 0);
    }
    bytes = slot->count * each;
    agree(memcmp(slot->array + bytes - 256, slot->copy + bytes - 256, 256) == 0);
}

static void compare_figures(const struct slot *slot)
{
    uint64_t committed = committed_of(slot->array);
    agree(steppe_array_count(slot->array) == slot->count);
    agree(steppe_array_max(slot->array) == slot->max);
    agree(steppe_array_capacity(slot->array) == smaller(committed / slot->each, slot->max));
    agree(slot->count <= steppe_array_capacity(slot->array));
    agree(committed >= whole_pages(slot->promised * slot->each));
}

static void compare_shrunk(const struct slot *slot)
{
    uint64_t most = left_at_most((slot->count + 1) * slot->each);
    uint64_t promised = whole_pages(slot->promised * slot->each);
    agree(committed_of(slot->array) <= (most > promised ? most : promised));
}

/* New elements, on both sides. */
static void fill(struct slot *slot, uint64_t first, uint64_t count)
{
    size_t size_bytes = count * slot->each;
    uint8_t *bytes = slot->copy + first * slot->each;
    uint64_t word = random_next(&random_state), i;
    for (i = 0; i + 8 <= size_bytes; i += 8) {
        uint64_t mixed = (word + i) * UINT64_C(0x9e3779b97f4a7c15) | UINT64_C(0x0101010101010101);
        memcpy(bytes + i, &mixed, 8);
    }
    memset(bytes + i, (int)(word | 1), size_bytes - i);
    memcpy(slot->array + first * slot->each, bytes, size_bytes);
}

/* Elements at the end that are to be zero, and are made not to be. */
static void take_new(struct slot *slot, const void *got, uint64_t first, uint64_t count)
{
    agree(got == slot->array + first * slot->each);
    agree(is_zero(got, count * slot->each));
    fill(slot, first, count);
}

/* Must the array be able to have so many elements? */
static steppe_status expected(const struct slot *slot, uint64_t wanted)
{
    if (wanted > slot->max)
        return STEPPE_E_OUTSIDE;
    uint64_t committed = committed_of(slot->array), needed = whole_pages(wanted * slot->each);
    if (needed <= committed)
        return STEPPE_OK;
    if (page + needed > slot->limit)
        return STEPPE_E_BUDGET;
    if (slot->is_shared && steppe_budget_charged_bytes(budget) + needed - committed > budget_limit)
        return STEPPE_E_BUDGET;
    return STEPPE_OK;
}

static void agree_refused(const struct slot *slot, steppe_status wanted)
{
    agree(steppe_last_status() == wanted);
    compare_from(slot, slot->count - smaller(slot->count, 100));
}

static uint64_t some_count(const struct slot *slot)
{
    uint64_t room = slot->max - slot->count;
    switch (below(8)) {
    case 0:
        return 1 + below(1 + room);
    case 1:
        return 1 + below(1 + room / 4);
    case 2:
    case 3:
        return 1 + below(1 + page / slot->each);
    default:
        return below(4);
    }
}

static void do_push(struct slot *slot)
{
    uint64_t times = 1 + below(one_in(8) ? 200 : 4);
    remember("push %llu to %llu of %zu bytes", (unsigned long long)times,
             (unsigned long long)slot->count, slot->each);
    for (uint64_t i = 0; i < times; i++) {
        steppe_status wanted = expected(slot, slot->count + 1);
        void *got = steppe_array_push(slot->array);
        agree((got != NULL) == (wanted == STEPPE_OK));
        if (!got) {
            agree_refused(slot, wanted);
            return;
        }
        take_new(slot, got, slot->count, 1);
        slot->count++;
    }
}

static void do_append(struct slot *slot)
{
    uint64_t count = some_count(slot);
    bool resizes = one_in(2);
    remember("%s %llu to %llu of %zu bytes", resizes ? "resize up by" : "append",
             (unsigned long long)count, (unsigned long long)slot->count, slot->each);
    steppe_status wanted = expected(slot, slot->count + count);
    uint8_t *got = slot->array + slot->count * slot->each;
    if (resizes)
        got = steppe_array_resize(slot->array, slot->count + count) == STEPPE_OK ? got : NULL;
    else
        got = steppe_array_append(slot->array, count);
    agree((got != NULL) == (wanted == STEPPE_OK));
    if (!got) {
        agree_refused(slot, wanted);
        return;
    }
    take_new(slot, got, slot->count, count);
    slot->count += count;
}

static void do_insert(struct slot *slot)
{
    uint64_t count = some_count(slot), index = below(slot->count + 1);
    size_t each = slot->each;
    remember("insert %llu at %llu into %llu of %zu bytes", (unsigned long long)count,
             (unsigned long long)index, (unsigned long long)slot->count, each);
    steppe_status wanted = expected(slot, slot->count + count);
    uint8_t *got = steppe_array_insert(slot->array, index, count);
    agree((got != NULL) == (wanted == STEPPE_OK));
    if (!got) {
        agree_refused(slot, wanted);
        return;
    }
    memmove(slot->copy + (index + count) * each, slot->copy + index * each,
            (slot->count - index) * each);
    slot->count += count;
    take_new(slot, got, index, count);
    compare_from(slot, index);
}

static void do_remove(struct slot *slot)
{
    uint64_t index = below(slot->count + 1), rest = slot->count - index;
    uint64_t count = one_in(4) ? below(rest + 1) : smaller(rest, below(5));
    size_t each = slot->each;
    remember("remove %llu at %llu of %llu of %zu bytes", (unsigned long long)count,
             (unsigned long long)index, (unsigned long long)slot->count, each);
    agree(steppe_array_remove(slot->array, index, count) == STEPPE_OK);
    memmove(slot->copy + index * each, slot->copy + (index + count) * each, (rest - count) * each);
    slot->count -= count;
    compare_from(slot, index);
    if (count)
        compare_shrunk(slot);
}

static void do_pop(struct slot *slot)
{
    uint64_t times = 1 + below(one_in(8) ? 200 : 4);
    remember("pop %llu of %llu of %zu bytes", (unsigned long long)times,
             (unsigned long long)slot->count, slot->each);
    for (uint64_t i = 0; i < times; i++) {
        uint8_t *got = steppe_array_pop(slot->array);
        agree((got != NULL) == (slot->count > 0));
        if (!got)
            return;
        slot->count--;
        agree(got == slot->array + slot->count * slot->each);
        agree(memcmp(got, slot->copy + slot->count * slot->each, slot->each) == 0);
        compare_shrunk(slot);
    }
}

static void do_resize_down(struct slot *slot)
{
    uint64_t count = below(slot->count + 1);
    remember("resize %llu to %llu of %zu bytes", (unsigned long long)slot->count,
             (unsigned long long)count, slot->each);
    bool shrinks = count < slot->count;
    agree(steppe_array_resize(slot->array, count) == STEPPE_OK);
    slot->count = count;
    if (shrinks)
        compare_shrunk(slot);
    compare_from(slot, count - smaller(count, 100));
}

static void do_reserve(struct slot *slot)
{
    uint64_t count = one_in(3) ? below(slot->max + 2) : slot->count + below(100);
    remember("reserve %llu of %zu bytes", (unsigned long long)count, slot->each);
    steppe_status wanted = expected(slot, count);
    agree(steppe_array_reserve(slot->array, count) == wanted);
    if (wanted == STEPPE_OK && count > slot->promised)
        slot->promised = count;
}

static void do_trim(struct slot *slot)
{
    remember("trim %llu of %zu bytes", (unsigned long long)slot->count, slot->each);
    agree(steppe_array_trim(slot->array) == STEPPE_OK);
    agree(committed_of(slot->array) == whole_pages(slot->count * slot->each));
    slot->promised = 0;
    compare_from(slot, slot->count - smaller(slot->count, 100));
}

static uint64_t some_limit(uint64_t now)
{
    return one_in(3) ? STEPPE_NO_LIMIT : one_in(4) ? now / 2 : now + below(60) * page / 3;
}

static void do_limit(struct slot *slot)
{
    if (one_in(3)) {
        budget_limit = some_limit(steppe_budget_charged_bytes(budget));
        remember("limit of all %llu", (unsigned long long)budget_limit);
        agree(steppe_budget_set_limit(budget, budget_limit) == STEPPE_OK);
        return;
    }
    slot->limit = some_limit(page + committed_of(slot->array));
    remember("limit %llu", (unsigned long long)slot->limit);
    agree(steppe_set_limit(slot->array, slot->limit) == STEPPE_OK);
}

static void do_write(struct slot *slot)
{
    if (!slot->count)
        return;
    uint64_t index = below(slot->count);
    fill(slot, index, 1);
}

static void do_nonsense(struct slot *slot)
{
    uint8_t *array = slot->array;
    remember("nonsense");
    agree(!steppe_array_insert(array, slot->count + 1 + below(5), 1));
    agree(steppe_last_status() == STEPPE_E_OUTSIDE);
    agree(steppe_array_remove(array, below(slot->count + 1), slot->count + 1) == STEPPE_E_OUTSIDE);
    agree(steppe_array_resize(array, slot->max + 1 + below(5)) == STEPPE_E_OUTSIDE);
    agree(!steppe_array_pop(array + 1 + below(2 * page)));
    agree(steppe_last_status() == STEPPE_E_NOT_CONTAINER);
    agree(steppe_array_trim(array - 1 - below(2 * page)) == STEPPE_E_NOT_CONTAINER);
    agree(steppe_arena_reset((steppe_arena *)array, 0) == STEPPE_E_NOT_CONTAINER);
    agree(steppe_arena_reset((steppe_arena *)(array - page), 0) == STEPPE_E_NOT_CONTAINER);
}

static void do_make(struct slot *slot)
{
    const size_t sizes[] = {1,    2,        3,        8,        16,           24,       100,
                            1000, page - 1, page + 1, page + 8, 2 * page - 8, 3 * page, 13 * page};
    static const size_t bytes[] = {8 << 10,   40 << 10,  40 << 10, 40 << 10,
                                   100 << 10, 300 << 10, 1 << 20};
    size_t limit_bytes = one_in(100) ? 12 * STEPPE_MIB : pick(bytes);
    bool is_limited = one_in(3);
    *slot = (struct slot){.each = pick(sizes), .is_shared = one_in(2)};
    slot->max = 1 + below(1 + limit_bytes / slot->each);
    slot->limit = is_limited ? (2 + below(20)) * page : STEPPE_NO_LIMIT;
    remember("make %llu of %zu bytes%s", (unsigned long long)slot->max, slot->each,
             slot->is_shared ? ", shared" : "");
    bool fits = !slot->is_shared || steppe_budget_charged_bytes(budget) + page <= budget_limit;
    slot->array = steppe_array_make(slot->each, slot->max,
                                    options(.budget = slot->is_shared ? budget : NULL,
                                            .limit_bytes = is_limited ? slot->limit : 0,
                                            .huge_pages = (steppe_huge_pages)below(3)));
    agree((slot->array != NULL) == fits);
    if (!fits) {
        agree(steppe_last_status() == STEPPE_E_BUDGET);
        return;
    }
    slot->copy = malloc(slot->max * slot->each);
    agree(slot->copy);
}

static void do_free(struct slot *slot)
{
    remember("free %llu of %zu bytes", (unsigned long long)slot->count, slot->each);
    agree(memcmp(slot->array, slot->copy, slot->count * slot->each) == 0);
    agree(steppe_array_free(slot->array) == STEPPE_OK);
    agree(steppe_array_free(slot->array) == STEPPE_E_NOT_CONTAINER);
    free(slot->copy);
    slot->array = NULL;
}

static void do_operation(void)
{
    static const struct {
        void (*act)(struct slot *slot);
        unsigned weight;
    } acts[] = {{do_push, 200}, {do_append, 150}, {do_insert, 120}, {do_remove, 150},
                {do_pop, 150},  {do_reserve, 20}, {do_trim, 20},    {do_resize_down, 30},
                {do_limit, 15}, {do_write, 80},   {do_nonsense, 5}, {do_free, 4}};
    struct slot *slot = &slots[below(SLOT_COUNT)];
    if (!slot->array) {
        do_make(slot);
        return;
    }
    pick_weighted(acts)->act(slot);
    if (slot->array)
        compare_figures(slot);
}

static void start(void)
{
    setup();
    budget = steppe_budget_new(STEPPE_NO_LIMIT);
    agree(budget);
}

static void finish(void)
{
    for (size_t i = 0; i < SLOT_COUNT; i++)
        if (slots[i].array)
            do_free(&slots[i]);
    agree(process_charge() == 0 && steppe_budget_charged_bytes(budget) == 0);
    agree(steppe_budget_free(budget) == STEPPE_OK);
}

/* ---- running -------------------------------------------------------------------------------- */

static Suite *contract(void)
{
    Suite *suite = suite_create("array");
    TCase *calls = test_case(suite, "calls");
    tcase_add_checked_fixture(calls, setup, NULL);
    tcase_add_test(calls, as_in_the_header);
    tcase_add_test(calls, null_has_nothing);
    tcase_add_test(calls, wrong_pointers);
    tcase_add_test(calls, reservations_that_are_no_array);
    tcase_add_test(calls, ended_by_another_thread);
    tcase_add_test(calls, many_arrays);
    tcase_add_test(calls, sizes_that_are_refused);
    tcase_add_test(calls, options_that_are_refused);
    tcase_add_test(calls, options_that_are_kept);
    tcase_add_test(calls, larger_pages);
    tcase_add_test(calls, watched_arrays);
    TCase *contents = test_case(suite, "contents");
    tcase_add_checked_fixture(contents, setup, NULL);
    tcase_add_loop_test(contents, new_elements_are_zero, 0, 10);
    tcase_add_test(contents, insert_and_remove);
    tcase_add_test(contents, by_functions);
    tcase_add_test(contents, max_is_the_end);
    tcase_add_loop_test(contents, popped_stays_readable, 0, 4);
    tcase_add_test(contents, the_child_of_a_fork);
    tcase_add_test(contents, others_read_meanwhile);
    TCase *memory = test_case(suite, "memory");
    tcase_add_checked_fixture(memory, setup, NULL);
    tcase_add_loop_test(memory, growing_commits_ahead, 0, 4);
    tcase_add_loop_test(memory, growing_and_shrinking_costs_no_call, 0, 6);
    tcase_add_test(memory, shrinking_gives_back);
    tcase_add_test(memory, much_at_once_goes_at_once);
    tcase_add_test(memory, what_is_popped_stays_however_large);
    tcase_add_test(memory, trim_gives_back_the_rest);
    tcase_add_test(memory, reserved_stays);
    TCase *budgets = test_case(suite, "budgets");
    tcase_add_checked_fixture(budgets, setup, NULL);
    tcase_add_test(budgets, creation_may_be_refused);
    tcase_add_loop_test(budgets, growing_may_be_refused, 0, 6);
    return suite;
}

int main(int argc, char **argv)
{
    static const struct random_test test = {
        .name = "random operations agree with the model",
        .start = start,
        .operate = do_operation,
        .finish = finish,
    };
    return random_main(argc, argv, &test, contract);
}
