/* SPDX-License-Identifier: MIT */
/*
 * threads.c - the Win32 calls from many threads: each on memory of its own, and all on the same:
 * commits made by exception handlers, handlers that come and go, guard pages, write watch, one
 * place for many reservations. Nothing here depends on who comes first.
 */
#define _GNU_SOURCE 1

#include "../support/crew.h"

#include <sched.h>
#include <string.h>

#include <windows.h>

enum { PAGES_MAX = 1024 };

static const size_t page = 4096;

UNWATCHED static uint32_t word_at(const uint8_t *address)
{
    return __atomic_load_n((const uint32_t *)(const void *)address, __ATOMIC_RELAXED);
}

/* Each thread counts in a cache line of its own in every page. */
static uint8_t *own_word(const struct worker *worker, size_t index)
{
    return worker->crew->base + index * page + 64 * (worker->number + 1);
}

static uint8_t *allocate(size_t page_count, DWORD type, DWORD protection)
{
    uint8_t *base = VirtualAlloc(NULL, page_count * page, type, protection);
    require(base, "last error %u", (unsigned)GetLastError());
    return base;
}

#define require_true(call) require((call), "last error %u", (unsigned)GetLastError())

static MEMORY_BASIC_INFORMATION query(const void *address)
{
    MEMORY_BASIC_INFORMATION m = {0};
    worker_require(VirtualQuery(address, &m, sizeof m) == sizeof m);
    return m;
}

/* ---- memory of one's own ----------------------------------------------------------------------
 */

/* Half of the threads make calls that fail with one error, half with another. */
static void fail_in_own_way(const struct worker *worker, uint8_t *base)
{
    SetLastError(1000 + (DWORD)worker->number);
    sched_yield();
    worker_require(GetLastError() == 1000 + worker->number);
    if (worker->number % 2) {
        worker_require(!VirtualAlloc(base, 0, MEM_COMMIT, PAGE_READWRITE));
        sched_yield();
        worker_require(GetLastError() == ERROR_INVALID_PARAMETER);
    } else {
        worker_require(!VirtualFree(base + page, 0, MEM_RELEASE));
        sched_yield();
        worker_require(GetLastError() == ERROR_INVALID_ADDRESS);
    }
}

static void use_one_reservation(struct worker *worker, uint8_t *base, size_t page_count)
{
    size_t first = random_below(&worker->random, page_count);
    size_t count = 1 + random_below(&worker->random, page_count - first);
    uint8_t *address = base + first * page;
    DWORD old = 0;
    worker_require(VirtualAlloc(address, count * page, MEM_COMMIT, PAGE_READWRITE) == address);
    store(address, (uint8_t)worker->number);
    store(address + count * page - 1, (uint8_t)worker->number);
    MEMORY_BASIC_INFORMATION m = query(address);
    worker_require(m.State == MEM_COMMIT && m.RegionSize == count * page);
    worker_require(m.AllocationBase == base && m.Protect == PAGE_READWRITE);
    worker_require(VirtualProtect(address, page, PAGE_READONLY, &old) && old == PAGE_READWRITE);
    worker_require(load(address) == worker->number);
    worker_require(load(address + count * page - 1) == worker->number);
    worker_require(VirtualFree(address, count * page, MEM_DECOMMIT));
    for (size_t i = 0; i < page_count; i += m.RegionSize / page) {
        m = query(base + i * page);
        worker_require(m.State == MEM_RESERVE && m.AllocationBase == base);
    }
}

static void keep_to_oneself(struct worker *worker)
{
    for (size_t i = 0; i < worker->crew->rounds; i++) {
        size_t page_count = 2 + random_below(&worker->random, 600);
        DWORD type = MEM_RESERVE | (i % 2 ? MEM_TOP_DOWN : 0);
        uint8_t *base = VirtualAlloc(NULL, page_count * page, type, PAGE_NOACCESS);
        worker_require(base != NULL);
        if (!base)
            return;
        for (size_t j = 0; j < 4; j++)
            use_one_reservation(worker, base, page_count);
        fail_in_own_way(worker, base);
        worker_require(VirtualFree(base, 0, MEM_RELEASE));
    }
}

START_TEST(reservations_and_errors_of_ones_own)
{
    struct crew crew = {.body = keep_to_oneself, .rounds = scaled(1500)};
    run_crew(&crew);
}
END_TEST

/* ---- one place --------------------------------------------------------------------------------
 */

/* Everybody asks for the same place, and then gives back the same reservation. */
static void reserve_the_place(struct worker *worker)
{
    struct crew *crew = worker->crew;
    for (size_t i = 0; i < crew->rounds; i++) {
        pthread_barrier_wait(&crew->barrier);
        void *got = VirtualAlloc(crew->base, 4 * page, MEM_RESERVE, PAGE_READWRITE);
        worker_require(got == crew->base || (!got && GetLastError() == ERROR_INVALID_ADDRESS));
        worker->count += got != NULL;
        pthread_barrier_wait(&crew->barrier);
        BOOL released = VirtualFree(crew->base, 0, MEM_RELEASE);
        worker_require(released || GetLastError() == ERROR_INVALID_ADDRESS);
        worker->count += released;
    }
}

START_TEST(a_place_is_reserved_once_and_released_once)
{
    struct crew crew = {.body = reserve_the_place, .rounds = scaled(2000)};
    /* Far from where the system puts what the threads themselves need. */
    crew.base = VirtualAlloc((void *)0x1230000000, page, MEM_RESERVE, PAGE_NOACCESS);
    if (!crew.base)
        crew.base = allocate(1, MEM_RESERVE, PAGE_NOACCESS);
    require_true(VirtualFree(crew.base, 0, MEM_RELEASE));
    require_equal(run_crew(&crew), 2 * crew.rounds);
}
END_TEST

/* ---- commits by handlers ----------------------------------------------------------------------
 */

static struct {
    uint8_t *base;
    size_t size_bytes;
    atomic_size_t commits;
} growing;

static LONG CALLBACK commit_the_page(EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *record = pointers->ExceptionRecord;
    uintptr_t address = (uintptr_t)record->ExceptionInformation[1];
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION ||
        address - (uintptr_t)growing.base >= growing.size_bytes)
        return EXCEPTION_CONTINUE_SEARCH;
    if (!VirtualAlloc((void *)address, 1, MEM_COMMIT, PAGE_READWRITE))
        return EXCEPTION_CONTINUE_SEARCH;
    atomic_fetch_add(&growing.commits, 1);
    return EXCEPTION_CONTINUE_EXECUTION;
}

static void *grow(struct crew *crew)
{
    crew->base = allocate(crew->page_count, MEM_RESERVE, PAGE_NOACCESS);
    growing.base = crew->base;
    growing.size_bytes = crew->page_count * page;
    atomic_store(&growing.commits, 0);
    void *handler = AddVectoredExceptionHandler(1, commit_the_page);
    require(handler);
    return handler;
}

/* Every page once, in an order of one's own; two run neck and neck. */
static void touch_every_page(struct worker *worker)
{
    size_t page_count = worker->crew->page_count;
    size_t step = worker->number < 2 ? 1 : 2 * random_below(&worker->random, 1000) + 1;
    size_t at = worker->number < 2 ? 0 : random_below(&worker->random, page_count);
    for (size_t i = 0; i < page_count; i++) {
        add_one(worker->crew->base + at * page + 64);
        at = (at + step) % page_count;
    }
}

START_TEST(handlers_commit_what_many_threads_touch)
{
    struct crew crew = {.body = touch_every_page, .page_count = is_slow() ? 256 : PAGES_MAX};
    void *handler = grow(&crew);
    for (size_t round = 0; round < scaled(40); round++) {
        size_t commits = atomic_load(&growing.commits);
        run_crew(&crew);
        require(atomic_load(&growing.commits) - commits >= crew.page_count);
        /* A page that was emptied by a second commit would have lost an addition. */
        for (size_t i = 0; i < crew.page_count; i++)
            require_equal(word_at(crew.base + i * page + 64), THREAD_COUNT);
        MEMORY_BASIC_INFORMATION m = query(crew.base);
        require(m.State == MEM_COMMIT && m.RegionSize == crew.page_count * page);
        require_true(VirtualFree(crew.base, 0, MEM_DECOMMIT));
    }
    require(RemoveVectoredExceptionHandler(handler));
    require_true(VirtualFree(crew.base, 0, MEM_RELEASE));
}
END_TEST

/* ---- handlers that come and go ----------------------------------------------------------------
 */

static LONG CALLBACK pass_on(EXCEPTION_POINTERS *pointers)
{
    (void)pointers;
    return EXCEPTION_CONTINUE_SEARCH;
}

static void come_and_go(struct worker *worker)
{
    while (atomic_load(&worker->crew->finished) < THREAD_COUNT / 2) {
        void *handlers[4];
        for (size_t i = 0; i < array_count(handlers); i++) {
            handlers[i] = AddVectoredExceptionHandler((ULONG)(i % 2), pass_on);
            worker_require(handlers[i] != NULL);
        }
        for (size_t i = 0; i < array_count(handlers); i++)
            worker_require(RemoveVectoredExceptionHandler(handlers[i]));
    }
}

/* Faults again and again in pages that nobody else touches. */
static void fault_in_own_pages(struct worker *worker)
{
    struct crew *crew = worker->crew;
    size_t own = crew->page_count / THREAD_COUNT;
    uint8_t *base = crew->base + worker->number * own * page;
    for (size_t i = 0; i < crew->rounds; i++) {
        uint8_t *address = base + random_below(&worker->random, own) * page;
        worker_require(VirtualFree(address, page, MEM_DECOMMIT));
        worker_require(add_one(address) == 0);
        worker_require(add_one(address) == 1);
    }
}

static void fault_or_come_and_go(struct worker *worker)
{
    if (worker->number % 2)
        come_and_go(worker);
    else
        fault_in_own_pages(worker);
}

START_TEST(handlers_come_and_go_beside_exceptions)
{
    struct crew crew = {
        .body = fault_or_come_and_go, .rounds = scaled(10000), .page_count = 60 * THREAD_COUNT};
    void *handler = grow(&crew);
    run_crew(&crew);
    require_equal(atomic_load(&growing.commits), THREAD_COUNT / 2 * crew.rounds);
    require(RemoveVectoredExceptionHandler(handler));
    require(!RemoveVectoredExceptionHandler(handler));
    require_true(VirtualFree(crew.base, 0, MEM_RELEASE));
}
END_TEST

/* ---- guard pages ------------------------------------------------------------------------------
 */

static struct {
    uint8_t *base;
    atomic_uint hits[PAGES_MAX];
} guarded;

static LONG CALLBACK count_guard(EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *record = pointers->ExceptionRecord;
    size_t offset = (size_t)record->ExceptionInformation[1] - (uintptr_t)guarded.base;
    if (record->ExceptionCode != STATUS_GUARD_PAGE_VIOLATION || offset / page >= PAGES_MAX)
        return EXCEPTION_CONTINUE_SEARCH;
    atomic_fetch_add(&guarded.hits[offset / page], 1);
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* One arms the guards, all run into them, one looks how often each was told. */
static void hit_guards(struct worker *worker)
{
    struct crew *crew = worker->crew;
    for (size_t round = 0; round < crew->rounds; round++) {
        DWORD old = 0;
        if (worker->number == 0)
            worker_require(VirtualProtect(crew->base, crew->page_count * page,
                                          PAGE_READWRITE | PAGE_GUARD, &old));
        pthread_barrier_wait(&crew->barrier);
        for (size_t i = 0; i < crew->page_count; i++)
            add_one(own_word(worker, i));
        pthread_barrier_wait(&crew->barrier);
        for (size_t i = 0; worker->number == 0 && i < crew->page_count; i++)
            worker_require(atomic_load(&guarded.hits[i]) == round + 1);
    }
}

START_TEST(one_thread_is_told_of_each_guard)
{
    struct crew crew = {.body = hit_guards, .rounds = scaled(400), .page_count = 64};
    crew.base = allocate(crew.page_count, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    guarded.base = crew.base;
    void *handler = AddVectoredExceptionHandler(1, count_guard);
    require(handler);
    run_crew(&crew);
    for (size_t i = 0; i < crew.page_count; i++) {
        for (size_t j = 0; j < THREAD_COUNT; j++)
            require_equal(word_at(own_word(&crew.workers[j], i)), crew.rounds);
    }
    MEMORY_BASIC_INFORMATION m = query(crew.base);
    require(m.Protect == PAGE_READWRITE && m.RegionSize == crew.page_count * page);
    require(RemoveVectoredExceptionHandler(handler));
    require_true(VirtualFree(crew.base, 0, MEM_RELEASE));
}
END_TEST

/* ---- write watch ------------------------------------------------------------------------------
 */

/* What a program keeps that copies the pages it is told of, and no others. */
static struct {
    uint32_t words[PAGES_MAX][THREAD_COUNT];
    size_t reports[PAGES_MAX];
} mirror;

static bool is_written(size_t index)
{
    return index % 7 != 0;
}

static size_t collect(struct crew *crew, size_t room)
{
    void *pages[PAGES_MAX];
    ULONG_PTR count = room;
    DWORD unit = 0;
    const uint8_t *last = NULL;
    worker_require(GetWriteWatch(WRITE_WATCH_FLAG_RESET, crew->base, crew->page_count * page, pages,
                                 &count, &unit) == 0);
    worker_require(count <= room && unit == page);
    for (size_t i = 0; i < count; i++) {
        size_t index = (size_t)((uint8_t *)pages[i] - crew->base) / page;
        worker_require((const uint8_t *)pages[i] > last && index < crew->page_count);
        if (index >= crew->page_count)
            return 0;
        last = pages[i];
        mirror.reports[index]++;
        for (size_t j = 0; j < THREAD_COUNT; j++)
            mirror.words[index][j] = word_at(own_word(&crew->workers[j], index));
    }
    return count;
}

static void write_or_collect(struct worker *worker)
{
    struct crew *crew = worker->crew;
    if (worker->number == 0) {
        while (atomic_load(&crew->finished) < THREAD_COUNT - 1)
            collect(crew, 1 + random_below(&worker->random, crew->page_count));
        return;
    }
    for (size_t i = 0; i < crew->rounds; i++) {
        size_t index = random_below(&worker->random, crew->page_count);
        if (i % 2)
            index %= 8; /* where all meet */
        if (!is_written(index))
            continue;
        worker_require(add_one(own_word(worker, index)) < crew->rounds);
        worker->count++;
    }
}

static void watch_writers(DWORD type, bool commits)
{
    struct crew crew = {.body = write_or_collect, .rounds = scaled(40000)};
    crew.page_count = is_slow() ? 128 : PAGES_MAX;
    memset(&mirror, 0, sizeof mirror);
    crew.base = allocate(crew.page_count, type, PAGE_READWRITE);
    if (commits)
        require_true(VirtualAlloc(crew.base, crew.page_count * page, MEM_COMMIT, PAGE_READWRITE));
    size_t written = run_crew(&crew);
    while (collect(&crew, 100) > 0)
        continue;
    size_t sum = 0;
    for (size_t i = 0; i < crew.page_count; i++) {
        require(is_written(i) || mirror.reports[i] == 0, "page %zu was never written", i);
        for (size_t j = 0; j < THREAD_COUNT; j++) {
            uint32_t word = word_at(own_word(&crew.workers[j], i));
            require(mirror.words[i][j] == word, "page %zu, thread %zu: a write was not told of", i,
                    j);
            sum += word;
        }
    }
    require_equal(sum, written);
    require_true(VirtualFree(crew.base, 0, MEM_RELEASE));
}

START_TEST(no_write_escapes_the_watch)
{
    watch_writers(MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, false);
}
END_TEST

START_TEST(no_write_to_pages_committed_later_escapes_the_watch)
{
    watch_writers(MEM_RESERVE | MEM_WRITE_WATCH, true);
}
END_TEST

/* ---- watches that come, go and change ---------------------------------------------------------
 */

/* One address for all: who gets it has a watch of its own, whoever released the one before. */
static void watch_in_turn(struct worker *worker)
{
    uint8_t *wanted = worker->crew->base;
    for (size_t i = 0; i < worker->crew->rounds; i++) {
        PVOID found[8];
        ULONG_PTR count = 8;
        DWORD granularity;
        uint8_t *base =
            VirtualAlloc(wanted, 8 * page, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
        if (!base)
            continue;
        worker_require(VirtualAlloc(base, 8 * page, MEM_COMMIT, PAGE_READWRITE) == base);
        store(base + page, 1);
        store(base + 3 * page, 1);
        worker_require(GetWriteWatch(0, base, 8 * page, found, &count, &granularity) == 0);
        worker_require(count == 2 && found[0] == base + page && found[1] == base + 3 * page);
        worker_require(VirtualFree(base, 0, MEM_RELEASE));
    }
}

START_TEST(an_address_is_watched_by_one_after_the_other)
{
    uint8_t *base = allocate(8, MEM_RESERVE, PAGE_NOACCESS);
    require_true(VirtualFree(base, 0, MEM_RELEASE));
    struct crew crew = {.body = watch_in_turn, .base = base, .rounds = is_slow() ? 200 : 10000};
    run_crew(&crew);
}
END_TEST

static void query_or_change(struct worker *worker)
{
    uint8_t *base = worker->crew->base;
    for (size_t i = 0; i < worker->crew->rounds; i++) {
        if (worker->number == 0) {
            worker_require(VirtualFree(base, page, MEM_DECOMMIT));
            worker_require(VirtualAlloc(base, page, MEM_COMMIT, PAGE_READWRITE) == base);
        } else {
            worker_require(query(base).RegionSize != 0);
        }
    }
}

START_TEST(a_watched_run_is_never_empty)
{
    uint8_t *base = allocate(16, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    struct crew crew = {.body = query_or_change, .base = base, .rounds = is_slow() ? 300 : 30000};
    run_crew(&crew);
    require_true(VirtualFree(base, 0, MEM_RELEASE));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = test_case(suite, "threads");
    tcase_add_test(tests, reservations_and_errors_of_ones_own);
    tcase_add_test(tests, a_place_is_reserved_once_and_released_once);
    tcase_add_test(tests, handlers_commit_what_many_threads_touch);
    tcase_add_test(tests, handlers_come_and_go_beside_exceptions);
    tcase_add_test(tests, one_thread_is_told_of_each_guard);
    tcase_add_test(tests, no_write_escapes_the_watch);
    tcase_add_test(tests, no_write_to_pages_committed_later_escapes_the_watch);
    tcase_add_test(tests, an_address_is_watched_by_one_after_the_other);
    tcase_add_test(tests, a_watched_run_is_never_empty);
    return test_main(suite);
}
