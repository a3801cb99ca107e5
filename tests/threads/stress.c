/* SPDX-License-Identifier: MIT */
/*
 * stress.c - many threads on the same and on different reservations, and signal handlers in
 * between. Nothing here depends on who comes first; what must hold is looked at when all have come
 * home: runs, charges, budgets and statistics agree, and no write was lost.
 */
#define _GNU_SOURCE 1

#include "../support/crew.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

/* Runs, charge, budget and statistics tell the same. */
static void require_agreement(const uint8_t *base)
{
    steppe_reservation reservation;
    require(find_reservation(base, &reservation));
    uint64_t charge = charge_by_runs(base);
    require_equal(reservation.committed_bytes, charge);
    require_equal(statistics_of(base).committed_bytes, charge);
    if (reservation.budget)
        require_equal(steppe_budget_charged_bytes(reservation.budget), charge);
}

static void require_process_agreement(void)
{
    uint64_t sum = 0;
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r)) {
        require_agreement(r.base);
        sum += r.committed_bytes;
    }
    require_equal(process_charge(), sum);
    steppe_statistics statistics;
    require_ok(steppe_statistics_process(&statistics));
    require_equal(statistics.committed_bytes, sum);
    require(statistics.committed_peak_bytes >= sum);
}

/* ---- the same pages ----------------------------------------------------------------------------
 */

/* Every page once, in an order of one's own. */
static void touch_every_page(struct worker *worker)
{
    struct crew *crew = worker->crew;
    size_t step = worker->number < 2 ? 1 : 2 * random_below(&worker->random, 1000) + 1;
    size_t at = random_below(&worker->random, crew->page_count);
    if (worker->number < 2)
        at = 0; /* two run neck and neck from the start */
    for (size_t i = 0; i < crew->page_count; i++) {
        add_one(crew->base + at * page + 64);
        at = (at + step) % crew->page_count;
    }
}

static void touch_same_pages(bool strict)
{
    struct crew crew = {.body = touch_every_page, .page_count = is_slow() ? 256 : 2048};
    crew.base =
        reserve(crew.page_count * page, options(.on_fault = STEPPE_COMMIT, .strict = strict));
    size_t rounds = scaled(40);
    for (size_t round = 0; round < rounds; round++) {
        run_crew(&crew);
        /* Committed twice would mean zeroed twice, and an addition lost. */
        for (size_t i = 0; i < crew.page_count; i++)
            require_equal(add_one(crew.base + i * page + 64), THREAD_COUNT);
        require_equal(charge_of(crew.base), crew.page_count * page);
        require_agreement(crew.base);
        steppe_statistics s = statistics_of(crew.base);
        require_equal(s.fault_page_count, (round + 1) * crew.page_count);
        require_equal(s.fault_count, s.fault_commit_count + s.fault_race_count);
        require_equal(s.committed_peak_bytes, crew.page_count * page);
        require_ok(steppe_decommit(crew.base, crew.page_count * page));
    }
}

START_TEST(same_pages_are_committed_once)
{
    touch_same_pages(true);
}
END_TEST

START_TEST(same_pages_with_fault_around_are_committed_once)
{
    touch_same_pages(false);
}
END_TEST

/* ---- limits -----------------------------------------------------------------------------------
 */

static void commit_until_refused(struct worker *worker)
{
    struct crew *crew = worker->crew;
    for (size_t i = worker->number; i < crew->page_count; i += THREAD_COUNT) {
        steppe_status status = worker->number % 2
                                   ? steppe_commit(crew->base + i * page, page)
                                   : steppe_probe_write(crew->base + i * page, "x", 1, NULL);
        worker_require(status == STEPPE_OK || status == STEPPE_E_BUDGET);
        worker->count += status == STEPPE_OK;
    }
}

START_TEST(limits_are_exact_under_contention)
{
    for (size_t round = 0; round < scaled(60); round++) {
        size_t limit = 100 + round;
        struct crew crew = {.body = commit_until_refused, .page_count = 600};
        crew.budget = steppe_budget_new(limit * page);
        crew.base = reserve(crew.page_count * page, options(.on_fault = STEPPE_COMMIT,
                                                            .strict = true, .budget = crew.budget));
        require_equal(run_crew(&crew), limit);
        require_equal(steppe_budget_charged_bytes(crew.budget), limit * page);
        require_agreement(crew.base);
        require_equal(process_charge(), limit * page);
        require_ok(steppe_release(crew.base));
        require_ok(steppe_budget_free(crew.budget));
    }
}
END_TEST

/* ---- everything on one reservation ------------------------------------------------------------
 */

static void look_around(struct crew *crew, const uint8_t *address)
{
    steppe_run run;
    worker_require(steppe_query(address, &run) == STEPPE_OK);
    worker_require(run.reservation == crew->base && run.size_bytes >= page);
    size_t steps = 0;
    uint8_t *at = crew->base;
    for (run = steppe_first_run(address); run.size_bytes; run = steppe_next_run(run)) {
        worker_require(run.base == at && steps++ <= crew->page_count);
        at += run.size_bytes;
    }
    worker_require(at == crew->base + crew->page_count * page);
}

static void do_anything(struct worker *worker)
{
    static const steppe_protection protections[] = {
        STEPPE_READ_WRITE, STEPPE_READ_ONLY, STEPPE_NO_ACCESS, STEPPE_READ_WRITE | STEPPE_GUARD};
    struct crew *crew = worker->crew;
    for (size_t i = 0; i < crew->rounds; i++) {
        size_t first = random_below(&worker->random, crew->page_count);
        size_t most = crew->page_count - first < 24 ? crew->page_count - first : 24;
        size_t count = 1 + random_below(&worker->random, most);
        uint8_t *address = crew->base + first * page, byte = 0;
        /* Writers have a byte each, so that only the library's own work is shared. */
        uint8_t *mine = address + 64 * (1 + worker->number);
        steppe_protection old = 0;
        steppe_status status = STEPPE_OK;
        switch (random_below(&worker->random, 12)) {
        case 0:
        case 1:
            status = steppe_commit(address, count * page);
            worker_require(status == STEPPE_OK);
            break;
        case 2:
            status = steppe_commit_as(address, count * page, protections[i % 4]);
            worker_require(status == STEPPE_OK);
            break;
        case 3:
        case 4:
            worker_require(steppe_decommit(address, count * page) == STEPPE_OK);
            break;
        case 5:
            status = steppe_protect(address, count * page, protections[i % 4], &old);
            worker_require(status == STEPPE_OK || status == STEPPE_E_NOT_COMMITTED);
            break;
        case 6:
            worker_require(steppe_reset(address, count * page) == STEPPE_OK);
            break;
        case 7:
            if (i % 16 == 0)
                look_around(crew, address);
            break;
        case 8:
            status = steppe_ready(address, page, STEPPE_ACCESS_WRITE);
            worker_require(status == STEPPE_OK || status == STEPPE_E_PROTECTION ||
                           status == STEPPE_E_GUARD);
            break;
        case 9:
            status = steppe_probe_read(mine, &byte, 1, NULL);
            worker_require(status == STEPPE_OK || status == STEPPE_E_PROTECTION ||
                           status == STEPPE_E_GUARD);
            break;
        default:
            status = steppe_probe_write(mine, "y", 1, NULL);
            worker_require(status == STEPPE_OK || status == STEPPE_E_PROTECTION ||
                           status == STEPPE_E_GUARD);
            break;
        }
    }
}

START_TEST(anything_at_once_on_one_reservation)
{
    struct crew crew = {.body = do_anything, .rounds = scaled(20000)};
    crew.budget = steppe_budget_new(STEPPE_NO_LIMIT);
    crew.page_count = (is_slow() ? STEPPE_MIB : 3 * CHUNK_FLOOR) / page;
    crew.base =
        reserve(crew.page_count * page, options(.on_fault = STEPPE_COMMIT, .budget = crew.budget));
    run_crew(&crew);
    require_process_agreement();
    require_ok(steppe_commit(crew.base, crew.page_count * page));
    require_equal(charge_of(crew.base), crew.page_count * page);
    require_ok(steppe_decommit(crew.base, crew.page_count * page));
    require_equal(process_charge(), 0);
    require_equal(resident_bytes_of(crew.base, crew.page_count * page), 0);
}
END_TEST

/* One changes a page as fast as it can, another asks about it, the rest stay out of the way: what
 * lies between two looks at the same page is a few instructions wide. */
static void change_or_ask(struct worker *worker)
{
    struct crew *crew = worker->crew;
    uint8_t *end = crew->base + crew->page_count * page;
    for (size_t i = 0; worker->number == 0 && i < crew->rounds; i++) {
        worker_require(steppe_commit_as(crew->base, page, i % 2) == STEPPE_OK);
        worker_require(steppe_decommit(crew->base, page) == STEPPE_OK);
    }
    while (worker->number == 1 && !atomic_load(&crew->stop)) {
        steppe_run run;
        worker_require(steppe_query(crew->base, &run) == STEPPE_OK && run.base == crew->base);
        worker_require(run.size_bytes >= page && crew->base + run.size_bytes <= end);
        worker_require(run.state == STEPPE_COMMITTED ? run.protection <= STEPPE_READ_ONLY
                                                     : run.protection == STEPPE_NO_ACCESS);
    }
    if (worker->number == 0)
        atomic_store(&crew->stop, true);
}

START_TEST(queries_beside_changes_always_give_a_run)
{
    struct crew crew = {.body = change_or_ask, .rounds = scaled(200000), .page_count = 6};
    crew.base = reserve(crew.page_count * page, NULL);
    run_crew(&crew);
    require_equal(charge_by_runs(crew.base), 0);
    require_process_agreement();
}
END_TEST

/* ---- one's own part of a shared reservation ---------------------------------------------------
 */

/* Neighbours share chunks, locks and bookkeeping, but nobody else touches these pages. */
static void keep_own_pages(struct worker *worker)
{
    enum { OWN = 37 };
    struct crew *crew = worker->crew;
    uint8_t *own = crew->base + worker->number * OWN * page;
    uint8_t model[OWN] = {0};
    for (size_t i = 0; i < crew->rounds; i++) {
        size_t at = random_below(&worker->random, OWN);
        uint8_t *address = own + at * page, byte = 0;
        switch (random_below(&worker->random, 4)) {
        case 0:
            worker_require(steppe_decommit(address, 1) == STEPPE_OK);
            model[at] = 0;
            break;
        case 1:
            worker_require(steppe_commit(address, 1) == STEPPE_OK);
            break;
        case 2:
            model[at] = (uint8_t)(1 + i % 255);
            worker_require(steppe_probe_write(address, &model[at], 1, NULL) == STEPPE_OK);
            break;
        default:
            worker_require(steppe_probe_read(address, &byte, 1, NULL) == STEPPE_OK);
            worker_require(byte == model[at]);
            break;
        }
    }
}

START_TEST(neighbours_do_not_lose_each_others_bytes)
{
    struct crew crew = {.body = keep_own_pages, .rounds = scaled(30000)};
    /* One part lies across the border of two chunks. */
    uint8_t *area = free_area(3 * CHUNK_FLOOR, CHUNK_FLOOR);
    uint8_t *base = reserve(2 * CHUNK_FLOOR,
                            options(.address = area, .on_fault = STEPPE_COMMIT, .strict = true));
    crew.base = base + CHUNK_FLOOR - 100 * page;
    run_crew(&crew);
    require_process_agreement();
}
END_TEST

/* ---- reserving and releasing beside everything else -------------------------------------------
 */

static void reserve_and_release(struct worker *worker)
{
    struct crew *crew = worker->crew;
    for (size_t i = 0; i < crew->rounds; i++) {
        size_t size_bytes = (1 + random_below(&worker->random, 100)) * page;
        uint8_t *base =
            steppe_reserve(size_bytes, options(.on_fault = STEPPE_COMMIT, .budget = crew->budget,
                                               .top_down = i % 2, .tag = i));
        worker_require(base != NULL);
        if (!base)
            return;
        worker_require(load(base) == 0);
        store(base, (uint8_t)i);
        store(base + size_bytes - 1, (uint8_t)i);
        steppe_run run;
        worker_require(steppe_query(base + size_bytes - 1, &run) == STEPPE_OK);
        worker_require(run.reservation == base && run.tag == i);
        worker_require(load(base) == (uint8_t)i && load(base + size_bytes - 1) == (uint8_t)i);
        worker_require(steppe_release(base) == STEPPE_OK);
    }
}

static void watch_and_fault_elsewhere(struct worker *worker)
{
    struct crew *crew = worker->crew;
    for (size_t i = 0; i < crew->rounds; i++) {
        size_t at = random_below(&worker->random, crew->page_count);
        add_one(crew->base + at * page + 64 * worker->number);
        if (i % 8 == 0)
            worker_require(steppe_decommit(crew->base + at * page, page) == STEPPE_OK);
        if (i % 64 == 0) {
            const uint8_t *last = NULL;
            for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
                 r = steppe_next_reservation(r)) {
                worker_require((uint8_t *)r.base > last);
                last = r.base;
            }
            worker_require(last >= crew->base);
        }
    }
}

static void half_and_half(struct worker *worker)
{
    if (worker->number % 2)
        reserve_and_release(worker);
    else
        watch_and_fault_elsewhere(worker);
}

START_TEST(reserving_and_releasing_beside_faults_and_walks)
{
    struct crew crew = {.body = half_and_half, .rounds = scaled(5000), .page_count = 700};
    crew.base = reserve(crew.page_count * page, options(.on_fault = STEPPE_COMMIT));
    crew.budget = steppe_budget_new(STEPPE_NO_LIMIT);
    run_crew(&crew);
    require_equal(reservation_count(), 1);
    require_equal(steppe_budget_charged_bytes(crew.budget), 0);
    require_ok(steppe_budget_free(crew.budget));
    require_process_agreement();
}
END_TEST

/* Two threads release the same reservation: one of them wins, just one. */
static void release_shared(struct worker *worker)
{
    worker->count = steppe_release(worker->crew->base) == STEPPE_OK;
}

START_TEST(a_reservation_is_released_once)
{
    for (size_t i = 0; i < scaled(200); i++) {
        struct crew crew = {.body = release_shared, .base = reserve(4 * page, NULL)};
        require_ok(steppe_commit(crew.base, page));
        require_equal(run_crew(&crew), 1);
        require_equal(process_charge(), 0);
    }
}
END_TEST

/* ---- filters and tries ------------------------------------------------------------------------
 */

static atomic_size_t filter_calls;

static steppe_answer odd_pages_only(const steppe_fault *fault, void *context)
{
    (void)context;
    atomic_fetch_add(&filter_calls, 1);
    if (fault->offset_bytes / page % 2 == 0)
        return STEPPE_UNWIND;
    return steppe_commit(fault->address, 1) == STEPPE_OK ? STEPPE_RESUME : STEPPE_PASS_ON;
}

static bool add_or_refuse(uint8_t *address)
{
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        add_one(address);
    }
    STEPPE_CAUGHT
    {
        worker_require(fault.address == address && fault.reason == STEPPE_E_NOT_COMMITTED);
        return false;
    }
    return true;
}

static void ask_the_filter(struct worker *worker)
{
    struct crew *crew = worker->crew;
    for (size_t i = 0; i < crew->rounds; i++) {
        size_t at = random_below(&worker->random, crew->page_count);
        bool added = add_or_refuse(crew->base + at * page);
        worker_require(added == (at % 2 == 1));
        worker->count += added;
    }
}

START_TEST(filters_and_tries_of_many_threads)
{
    struct crew crew = {.body = ask_the_filter, .rounds = scaled(8000), .page_count = 512};
    crew.base =
        reserve(crew.page_count * page, options(.on_fault = STEPPE_ASK, .filter = odd_pages_only));
    size_t added = run_crew(&crew), found = 0;
    for (size_t i = 1; i < crew.page_count; i += 2)
        found += add_one(crew.base + i * page);
    require_equal(found, added);
    require(atomic_load(&filter_calls) > 0);
    require_equal(charge_of(crew.base), crew.page_count / 2 * page);
    require_process_agreement();
}
END_TEST

/* A filter that makes room for everybody while everybody needs room. */
static steppe_answer collect_and_resume(const steppe_fault *fault, void *context)
{
    uint8_t *base = fault->reservation;
    size_t *clock = context;
    if (fault->reason != STEPPE_E_BUDGET)
        return STEPPE_PASS_ON;
    size_t at = __atomic_fetch_add(clock, 8, __ATOMIC_RELAXED) % 512;
    return steppe_decommit(base + at * page, 8 * page) == STEPPE_OK ? STEPPE_RESUME
                                                                    : STEPPE_PASS_ON;
}

static void touch_at_random(struct worker *worker)
{
    struct crew *crew = worker->crew;
    for (size_t i = 0; i < crew->rounds; i++)
        add_one(crew->base + random_below(&worker->random, crew->page_count) * page);
}

START_TEST(filters_that_make_room_for_many_threads)
{
    size_t clock = 0;
    struct crew crew = {.body = touch_at_random, .rounds = scaled(10000), .page_count = 512};
    crew.base =
        reserve(crew.page_count * page,
                options(.on_fault = STEPPE_COMMIT, .strict = true, .filter = collect_and_resume,
                        .filter_context = &clock, .limit_bytes = 64 * page));
    run_crew(&crew);
    require(charge_of(crew.base) <= 64 * page);
    require_process_agreement();
}
END_TEST

/* ---- signal handlers in between ---------------------------------------------------------------
 */

static uint8_t *storm_base;
static atomic_size_t storm_count, calm_rounds;
enum { STORM_PAGES = 64 };

/* All a handler may do, in the reservation that the interrupted thread may be working on. */
static void storm(int number)
{
    (void)number;
    if (TEST_UNDER_TSAN) {
        /* The tool calls handlers with everything blocked, faults included. */
        sigset_t faults;
        sigemptyset(&faults);
        sigaddset(&faults, SIGSEGV);
        pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
    }
    size_t count = atomic_fetch_add(&storm_count, 1);
    uint8_t *address = storm_base + (count * 7) % STORM_PAGES * page;
    add_one(address);
    if (count % 3 == 0)
        steppe_decommit(address, page);
    if (count % 5 == 0)
        steppe_commit(address, page);
    steppe_run run;
    if (count % 7 == 0)
        steppe_query(address, &run);
}

static void calm_reservation(size_t round)
{
    atomic_fetch_add(&calm_rounds, 1);
    size_t first = round * 13 % STORM_PAGES;
    size_t count = 1 + round % 8;
    if (first + count > STORM_PAGES)
        count = STORM_PAGES - first;
    require(steppe_commit(storm_base + first * page, count * page) == STEPPE_OK);
    add_one(storm_base + first * page + 64);
    require(steppe_decommit(storm_base + first * page, count * page) == STEPPE_OK);
    if (round % 50 != 0)
        return;
    uint8_t *own = reserve(4 * page, options(.on_fault = STEPPE_COMMIT));
    add_one(own);
    require_ok(steppe_release(own));
}

/* ThreadSanitizer holds signals back, and runs their handlers later with SIGBUS blocked; a fault
 * that userfaultfd tells by a blocked signal kills. */
#define skip_where_bus_is_blocked()                                                                \
    do {                                                                                           \
        const char *mechanism = getenv("STEPPE_MECHANISM");                                        \
        if (TEST_UNDER_TSAN && mechanism && !strcmp(mechanism, "uffd"))                            \
            skip_test("ThreadSanitizer runs handlers with SIGBUS blocked");                        \
    } while (0)

START_TEST(timer_signals_that_fault_in_the_same_reservation)
{
    skip_where_bus_is_blocked();
    struct sigaction action = {.sa_handler = storm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    storm_base = reserve(STORM_PAGES * page, options(.on_fault = STEPPE_COMMIT));
    /* Not so often that a slow machine does nothing but handle them. */
    suseconds_t interval = is_slow() ? 10000 : 500;
    struct itimerval often = {.it_interval = {.tv_usec = interval},
                              .it_value = {.tv_usec = interval}};
    require(setitimer(ITIMER_REAL, &often, NULL) == 0);
    size_t wanted = is_slow() ? 20 : 2000;
    for (size_t round = 0; atomic_load(&storm_count) < wanted; round++)
        calm_reservation(round);
    struct itimerval never = {0};
    setitimer(ITIMER_REAL, &never, NULL);
    require_process_agreement();
}
END_TEST

struct sender {
    pthread_t target;
    atomic_bool stop;
};

/* The next signal goes out when the last one was handled and the target has finished a round since:
 * sent any faster, there is always one waiting, and the target gets nothing else done. */
static void *send_signals(void *context)
{
    struct sender *sender = context;
    uint64_t random = 1;
    while (!atomic_load(&sender->stop)) {
        size_t storms = atomic_load(&storm_count), rounds = atomic_load(&calm_rounds);
        pthread_kill(sender->target, SIGUSR1);
        while (!atomic_load(&sender->stop) &&
               (atomic_load(&storm_count) == storms || atomic_load(&calm_rounds) == rounds))
            sched_yield();
        for (volatile uint64_t delay = random_below(&random, 4000); delay > 0; delay--)
            continue; /* so that it comes at another place of the next round */
    }
    return NULL;
}

START_TEST(a_storm_of_signals_that_fault_in_the_same_reservation)
{
    skip_where_bus_is_blocked();
    struct sigaction action = {.sa_handler = storm, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    storm_base = reserve(STORM_PAGES * page, options(.on_fault = STEPPE_COMMIT));
    struct sender sender = {.target = pthread_self()};
    pthread_t thread;
    require(pthread_create(&thread, NULL, send_signals, &sender) == 0);
    size_t wanted = is_slow() ? 50 : 4000;
    for (size_t round = 0; atomic_load(&storm_count) < wanted || round < scaled(5000); round++)
        calm_reservation(round);
    atomic_store(&sender.stop, true);
    pthread_join(thread, NULL);
    require_process_agreement();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stress");
    TCase *tests = test_case_catching(suite, "stress");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, same_pages_are_committed_once);
    tcase_add_test(tests, same_pages_with_fault_around_are_committed_once);
    tcase_add_test(tests, limits_are_exact_under_contention);
    tcase_add_test(tests, anything_at_once_on_one_reservation);
    tcase_add_test(tests, queries_beside_changes_always_give_a_run);
    tcase_add_test(tests, neighbours_do_not_lose_each_others_bytes);
    tcase_add_test(tests, reserving_and_releasing_beside_faults_and_walks);
    tcase_add_test(tests, a_reservation_is_released_once);
    tcase_add_test(tests, filters_and_tries_of_many_threads);
    tcase_add_test(tests, filters_that_make_room_for_many_threads);
    tcase_add_test(tests, timer_signals_that_fault_in_the_same_reservation);
    tcase_add_test(tests, a_storm_of_signals_that_fault_in_the_same_reservation);
    return test_main(suite);
}
