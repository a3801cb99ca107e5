/* SPDX-License-Identifier: MIT */
/*
 * publish.c - the description that other processes read is what the library's own calls say,
 * whatever happened before; and nobody pays who did not ask.
 */
#define _GNU_SOURCE 1

#include "description.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
    unsetenv("STEPPE_PUBLISH");
}

static void setup_published(void)
{
    setup();
    require_ok(steppe_publish());
}

/* ---- asking -----------------------------------------------------------------------------------
 */

START_TEST(nothing_is_opened_when_not_asked)
{
    uint8_t *base = reserve(16 * page, options(.on_fault = STEPPE_COMMIT));
    store(base, 1);
    void *slots = steppe_slots_make(100, 1000, NULL);
    require(steppe_slots_use_at(slots, 7));
    require_equal(description_file_count(getpid()), 0);
    require_ok(steppe_slots_free(slots));
}
END_TEST

START_TEST(asked_by_the_environment)
{
    setenv("STEPPE_PUBLISH", "1", 1);
    uint8_t *base = reserve(16 * page, options(.name = "cells", .tag = 7));
    require_ok(steppe_commit(base + page, 3 * page));
    require_equal(description_file_count(getpid()), 1);
    require_described();
    setenv("STEPPE_PUBLISH", "0", 1);
    require_ok(steppe_commit(base + 8 * page, page)); /* read once */
    require_described();
}
END_TEST

START_TEST(other_settings_mean_no)
{
    setenv("STEPPE_PUBLISH", "yes", 1);
    (void)reserve(16 * page, NULL);
    require_equal(description_file_count(getpid()), 0);
}
END_TEST

START_TEST(asked_again_nothing_changes)
{
    uint8_t *base = reserve(16 * page, NULL);
    require_ok(steppe_commit(base, page));
    require_ok(steppe_publish());
    require_equal(description_file_count(getpid()), 1);
    require_described();
}
END_TEST

/* The first reservation asks, and is refused a descriptor. */
START_TEST(memory_works_without)
{
    struct rlimit limit;
    uint8_t *warm = reserve(16 * page, options(.on_fault = STEPPE_COMMIT));
    store(warm, 1); /* opens what the mechanism needs */
    require(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
    require(setrlimit(RLIMIT_NOFILE, &none) == 0);
    require_fails(steppe_publish(), STEPPE_E_SYSTEM);
    uint8_t *base = reserve(16 * page, options(.on_fault = STEPPE_COMMIT));
    store(base + 3 * page, 1);
    require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    require_equal(description_file_count(getpid()), 0);
    require_ok(steppe_publish());
    require_described();
}
END_TEST

START_TEST(a_limit_on_files_does_not_kill)
{
    struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    require(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    require_fails(steppe_publish(), STEPPE_E_SYSTEM);
}
END_TEST

static size_t resident_bytes_of_published(void)
{
    struct description d;
    struct stat status;
    require(description_open(&d, getpid()) && fstat(d.file, &status) == 0);
    description_close(&d);
    return (size_t)status.st_blocks * 512;
}

/* What can be touched is filled then: to every page what is opened with it. */
START_TEST(locked_memory)
{
    const size_t part_bytes = 64 * STEPPE_KIB;
    uint8_t *base = reserve(16 * page, options(.mechanism = STEPPE_MECHANISM_MPROTECT));
    require_ok(steppe_publish());
    require_ok(steppe_commit(base, page));
    size_t before = resident_bytes_of_published();
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        skip_test("memory cannot be locked here");
    size_t locked = resident_bytes_of_published();
    require(locked <= before / page * part_bytes, "%zu bytes, not %zu", locked, before);
    uint8_t *more = reserve(16 * page, options(.mechanism = STEPPE_MECHANISM_MPROTECT));
    require_ok(steppe_commit(more, page));
    require_described();
    require_ok(steppe_commit(more, 16 * page));
    require_described();
    size_t after = resident_bytes_of_published(); /* what is opened now is not filled */
    require(after <= locked + 4 * page, "%zu bytes, not %zu", after, locked);
    require(munlockall() == 0);
}
END_TEST

START_TEST(published_in_locked_memory)
{
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        skip_test("memory cannot be locked here");
    steppe_status status = steppe_publish();
    if (status == STEPPE_E_MEMORY)
        skip_test("not as much memory can be locked here");
    require_ok(status);
    uint8_t *base = reserve(16 * page, options(.mechanism = STEPPE_MECHANISM_MPROTECT));
    require_ok(steppe_commit(base, page));
    require_described();
    require(resident_bytes_of_published() <= 8 * page);
    require(munlockall() == 0);
}
END_TEST

/* ---- what is described ------------------------------------------------------------------------
 */

START_TEST(commit_decommit_protect_release)
{
    uint8_t *base = reserve(1000 * page, options(.name = "one", .tag = 0x123456789abcdef));
    uint8_t *other = reserve(page, options(.name = "two", .limit_bytes = page));
    require_described();
    require_ok(steppe_commit(base, 1000 * page));
    require_described();
    require_ok(steppe_decommit(base + 10 * page, 5 * page));
    require_described();
    require_ok(steppe_commit_as(base + 12 * page, page, STEPPE_READ_ONLY));
    require_ok(steppe_protect(base + 500 * page, 70 * page, STEPPE_NO_ACCESS, NULL));
    require_ok(steppe_reset(base, 10 * page));
    require_ok(steppe_ready(base + 11 * page, page, STEPPE_ACCESS_WRITE));
    require_described();
    steppe_range ranges[] = {{base, page}, {base + 64 * page, 64 * page}, {base + page, page}};
    require_ok(steppe_decommit_all(ranges, array_count(ranges), NULL));
    require_described();
    require_ok(steppe_commit(other, page));
    require_ok(steppe_set_limit(other, 0));
    require_fails(steppe_commit_as(base + page, 0, STEPPE_READ_WRITE), STEPPE_E_SIZE);
    require_described();
    require_ok(steppe_release(base));
    require_described();
    require_ok(steppe_release(other));
    require_described();
}
END_TEST

START_TEST(neighbours_share_words)
{
    enum { COUNT = 8 };
    uint8_t *area = free_area(COUNT * GRANULE, GRANULE), *bases[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        bases[i] = reserve(GRANULE, options(.address = area + i * GRANULE));
        require_ok(steppe_commit(bases[i], GRANULE));
    }
    require_described();
    for (size_t i = 0; i < COUNT; i += 2)
        require_ok(steppe_release(bases[i]));
    require_described();
    require_ok(steppe_decommit(bases[1] + page, page));
    require_described();
}
END_TEST

START_TEST(faults_and_what_comes_with_them)
{
    uint8_t *around = reserve(64 * STEPPE_MIB, options(.on_fault = STEPPE_COMMIT));
    uint8_t *strict = reserve(64 * STEPPE_MIB, options(.on_fault = STEPPE_COMMIT, .strict = true));
    for (size_t i = 0; i < 3000; i++)
        store(around + i * page, 1);
    for (size_t i = 0; i < 300; i++)
        store(strict + i * 37 * page, 1);
    require_described();
    require_ok(steppe_commit_as(strict + page, page, STEPPE_READ_WRITE | STEPPE_GUARD));
    require_faults(touch_write(strict + page, 1), strict + page);
    require_described();
}
END_TEST

START_TEST(wide_units)
{
    uint8_t *base = reserve(40 * 64 * STEPPE_KIB,
                            options(.page_bytes = 64 * STEPPE_KIB, .on_fault = STEPPE_COMMIT));
    store(base + 64 * STEPPE_KIB * 3 + 5, 1);
    require_ok(steppe_commit(base + 64 * STEPPE_KIB * 30, 1));
    require_described();
}
END_TEST

START_TEST(terabytes_cost_what_is_committed)
{
    size_t size_bytes = is_valgrind() ? 4 * STEPPE_GIB : STEPPE_TIB;
    uint8_t *base = reserve(size_bytes, options(.on_fault = STEPPE_COMMIT, .strict = true));
    for (size_t i = 0; i < 16; i++)
        store(base + i * (size_bytes / 16), 1);
    require_described();
}
END_TEST

static size_t mapping_count_of_published(void)
{
    char line[512];
    size_t count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    require(maps);
    while (fgets(line, sizeof line, maps))
        count += strstr(line, STEPPE_PUBLISHED_LINK) != NULL;
    fclose(maps);
    return count;
}

/* Mappings are the process's: scattered pages must not take two each without end. */
START_TEST(scattered_pages_take_few_mappings)
{
    enum { PAGES = 2500, PARTS = 1024 };
    const size_t apart = 5 * STEPPE_GIB; /* never neighbours */
    if (is_valgrind() || TEST_UNDER_TSAN)
        skip_test("Valgrind and ThreadSanitizer have no room for so many terabytes");
    uint8_t *base = reserve(PAGES * apart, options(.on_fault = STEPPE_RAISE));
    for (size_t i = 0; i < PAGES; i++)
        require_ok(steppe_commit(base + i * apart, page));
    size_t count = mapping_count_of_published();
    require(count > PARTS && count < 2 * PARTS + PARTS / 4, "%zu", count);
    require_described();
}
END_TEST

START_TEST(budgets)
{
    steppe_budget *budget = steppe_budget_new(10 * page), *second = steppe_budget_new(page);
    uint8_t *one = reserve(16 * page, options(.budget = budget));
    uint8_t *two = reserve(16 * page, options(.budget = budget));
    uint8_t *three = reserve(16 * page, options(.budget = second));
    require_ok(steppe_commit(one, 4 * page));
    require_ok(steppe_commit(two, 6 * page));
    require_ok(steppe_commit(three, page));
    require_fails(steppe_commit(three, 2 * page), STEPPE_E_BUDGET);
    require_described();
    require_ok(steppe_budget_set_limit(budget, 5 * page));
    require_ok(steppe_budget_set_limit(steppe_process_budget(), STEPPE_GIB));
    require_ok(steppe_decommit(one, 4 * page));
    require_described();
    require_ok(steppe_release(three));
    require_ok(steppe_budget_free(second));
    second = steppe_budget_new(3 * page);
    three = reserve(16 * page, options(.budget = second));
    require_described();
    require_ok(steppe_release(two));
    require_described();
}
END_TEST

START_TEST(many_reservations)
{
    size_t count = is_slow() ? 300 : 3000;
    uint8_t **bases = calloc(count, sizeof *bases);
    require(bases);
    for (size_t i = 0; i < count; i++) {
        bases[i] = reserve(4 * page, options(.tag = i));
        require_ok(steppe_commit(bases[i] + i % 4 * page, page));
    }
    for (size_t i = 0; i < count; i += 3)
        require_ok(steppe_release(bases[i]));
    struct description d;
    require(description_open(&d, getpid()));
    require_equal(description_reservation_count(&d), reservation_count());
    require_equal(description_page_count(&d), count - (count + 2) / 3);
    description_close(&d);
    free(bases);
}
END_TEST

START_TEST(published_later)
{
    setup();
    steppe_budget *budget = steppe_budget_new(100 * page);
    uint8_t *base = reserve(1000 * page, options(.on_fault = STEPPE_COMMIT, .budget = budget));
    for (size_t i = 0; i < 20; i++)
        store(base + i * 7 * page, 1);
    uint8_t *gone = reserve(16 * page, NULL);
    require_ok(steppe_commit(gone, page));
    require_ok(steppe_release(gone));
    char *slots = steppe_slots_make(2048, 50, NULL);
    require(steppe_slots_use_at(slots, 7) && steppe_slots_use_at(slots, 46));
    require_ok(steppe_publish());
    require_described();
    require_slots_described(slots);
    store(base + 500 * page, 1);
    require_ok(steppe_slots_clear(slots, 46));
    require_described();
    require_slots_described(slots);
}
END_TEST

/* ---- slots ------------------------------------------------------------------------------------
 */

START_TEST(slots_of_every_strategy)
{
    for (int commit = STEPPE_SLOTS_ALWAYS; commit <= STEPPE_SLOTS_BY_RECORD; commit++) {
        steppe_slots_options how = {.commit = (steppe_slots_commit)commit,
                                    .give_back = (steppe_slots_give_back)(commit % 3)};
        uint64_t chance = (uint64_t)commit;
        char *slots = steppe_slots_make(100, 100000, &how);
        require(slots);
        require_slots_described(slots);
        for (int i = 0; i < 2000; i++) {
            uint64_t slot = random_below(&chance, 100000);
            if (random_below(&chance, 3))
                require(steppe_slots_use_at(slots, slot));
            else
                require_ok(steppe_slots_clear_range(
                    slots, slot, random_below(&chance, (100000 - slot) / 50 + 1)));
            if (i % 500 == 0) {
                require_ok(steppe_slots_collect(slots, 0, NULL));
                require_slots_described(slots);
            }
        }
        require_slots_described(slots);
        require_described();
        require_ok(steppe_slots_clear_range(slots, 0, 100000));
        require_ok(steppe_slots_collect(slots, 0, NULL));
        require_slots_described(slots);
        require_ok(steppe_slots_free(slots));
        require_described();
    }
}
END_TEST

/* An area that was used before begins empty. */
START_TEST(slots_come_and_go)
{
    void *slots[20] = {0};
    uint64_t chance = 1;
    for (int i = 0; i < 200; i++) {
        size_t n = random_below(&chance, array_count(slots));
        if (slots[n]) {
            require_slots_described(slots[n]);
            require_ok(steppe_slots_free(slots[n]));
            slots[n] = NULL;
            continue;
        }
        slots[n] = steppe_slots_make(8, 1 + random_below(&chance, 200000), NULL);
        require(slots[n]);
        for (int use = 0; use < 20; use++)
            require(
                steppe_slots_use_at(slots[n], random_below(&chance, steppe_slots_max(slots[n]))));
        require_slots_described(slots[n]);
    }
    require_described();
}
END_TEST

START_TEST(more_slots_than_the_file_has_room_for)
{
    if (is_valgrind())
        skip_test("Valgrind has no room for so many either");
    char *slots = steppe_slots_make(1, UINT64_C(1) << 36, NULL);
    require(slots && steppe_slots_use_at(slots, UINT64_C(1) << 35));
    struct description d;
    steppe_published_reservation record;
    require(description_open(&d, getpid()));
    require(description_find(&d, steppe_reservation_of(slots - 1).base, &record));
    require(record.kind == STEPPE_PUBLISHED_SLOTS && record.slots_bits_at == 0);
    description_close(&d);
    require_described();
    require_ok(steppe_slots_free(slots));
}
END_TEST

/* Areas fit without a page between them. */
START_TEST(two_containers_of_half_the_room)
{
    char *slots[2];
    if (is_valgrind())
        skip_test("Valgrind has no room for so many");
    for (size_t i = 0; i < array_count(slots); i++) {
        slots[i] = steppe_slots_make(1, UINT64_C(1) << 34, NULL);
        require(slots[i] && steppe_slots_use_at(slots[i], (UINT64_C(1) << 34) - 1));
        require_slots_described(slots[i]);
    }
    for (size_t i = 0; i < array_count(slots); i++) {
        struct description d;
        steppe_published_reservation record;
        require(description_open(&d, getpid()));
        require(description_find(&d, steppe_reservation_of(slots[i] - 1).base, &record));
        require(record.slots_bits_at != 0);
        description_close(&d);
        require_ok(steppe_slots_free(slots[i]));
    }
}
END_TEST

/* ---- other processes --------------------------------------------------------------------------
 */

struct shown {
    uint8_t *base;
    char *slots;
};

/* In a process that only reads: what the parent has, while the parent is stopped. */
static int read_stopped(void *context)
{
    const struct shown *shown = context;
    pid_t parent = getppid();
    struct description d;
    steppe_published_reservation record;
    child_require(kill(parent, SIGSTOP) == 0);
    bool is_there = description_open(&d, parent);
    bool is_found = is_there && description_find(&d, shown->base, &record);
    bool has_pages = is_found && description_has_page(&d, shown->base + 3 * page) &&
                     !description_has_page(&d, shown->base + 4 * page);
    bool has_slots = is_found &&
                     description_find(&d, steppe_reservation_of(shown->slots - 1).base, &record) &&
                     description_has_slot(&d, &record, 7) && !description_has_slot(&d, &record, 8);
    char byte = 0;
    bool is_shut = is_there && pwrite(d.file, &byte, 1, 0) < 0;
    child_require(kill(parent, SIGCONT) == 0);
    child_require(is_there && is_found && has_pages && has_slots && is_shut);
    return 0;
}

START_TEST(a_stopped_process_can_be_read)
{
    struct shown shown = {.base = reserve(16 * page, NULL),
                          .slots = steppe_slots_make(2048, 50, NULL)};
    require_ok(steppe_commit(shown.base + 3 * page, page));
    require(steppe_slots_use_at(shown.slots, 7));
    require_exits(run_child(read_stopped, &shown), 0);
}
END_TEST

/* Nobody can change it, nor cut it. */
START_TEST(others_cannot_write)
{
    char path[64];
    struct description d;
    require(description_open(&d, getpid()));
    snprintf(path, sizeof path, "/proc/self/fd/%d", d.file);
    int file = open(path, O_RDWR);
    if (file >= 0) {
        uint64_t word = 1;
        require(pwrite(file, &word, sizeof word, 0) < 0 && errno == EPERM);
        require(ftruncate(file, 0) < 0);
        require(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) < 0);
        require(mmap(NULL, page, PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED);
        close(file);
    }
    description_close(&d);
}
END_TEST

/* ---- forks ------------------------------------------------------------------------------------
 */

static bool is_described(const void *base)
{
    struct description d;
    steppe_published_reservation record;
    require(description_open(&d, getpid()));
    bool is_found = description_find(&d, base, &record);
    description_close(&d);
    return is_found;
}

static int ask_in_child(void *context)
{
    struct shown *shown = context;
    child_require(description_file_count(getpid()) == 1);
    require_described_but(reservation_count());
    child_require(resident_bytes_of_published() <= 16 * page);
    child_require(steppe_publish() == STEPPE_OK);
    require_described();
    require_slots_described(shown->slots);
    return 0;
}

static int fork_and_ask(void *context)
{
    require_exits(run_child(ask_in_child, context), 0);
    require_described_but(reservation_count());
    return 0;
}

static struct shown show(void)
{
    steppe_budget *budget = steppe_budget_new(STEPPE_NO_LIMIT);
    struct shown shown = {
        .base = reserve(is_valgrind() ? STEPPE_GIB : 64 * STEPPE_GIB,
                        options(.budget = budget, .on_fault = STEPPE_COMMIT, .strict = true)),
        .slots = steppe_slots_make(2048, 50, NULL)};
    store(shown.base + 3 * page, 1);
    store(shown.base + STEPPE_GIB - page, 1);
    require_ok(steppe_commit(shown.base, page));
    require(steppe_slots_use_at(shown.slots, 7) && steppe_slots_use_at(shown.slots, 46));
    return shown;
}

/* Who only runs another program has nothing to pay for. */
START_TEST(a_child_inherits_undescribed)
{
    struct shown shown = show();
    require_exits(run_child(ask_in_child, &shown), 0);
    require_exits(run_child(fork_and_ask, &shown), 0);
    require_described();
    require_slots_described(shown.slots);
}
END_TEST

/* The first change of each kind; all that was there before is described with it. */
enum change { COMMIT, DECOMMIT, TOUCH, PROTECT, LIMIT, REFUSAL, CHANGES };

static void change_one(uint8_t *base, int change)
{
    if (change == COMMIT)
        require_ok(steppe_commit(base + 8 * page, 3 * page));
    else if (change == DECOMMIT)
        require_ok(steppe_decommit(base + 3 * page, page));
    else if (change == TOUCH)
        store(base + 100 * page, 1);
    else if (change == PROTECT)
        require_ok(steppe_protect(base, page, STEPPE_READ_ONLY, NULL));
    else
        require_ok(steppe_set_limit(base, 3 * page));
    if (change == REFUSAL)
        require_fails(steppe_commit(base, 16 * page), STEPPE_E_BUDGET);
}

struct changing {
    struct shown shown;
    int change;
};

static int change_in_child(void *context)
{
    struct changing *changing = context;
    uint8_t *base = changing->shown.base;
    size_t count = reservation_count();
    change_one(base, changing->change);
    if (is_described(base)) {
        require_described_but(count - 1);
    } else {
        child_require(changing->change == PROTECT); /* nothing of it is described */
        require_described_but(count);
    }
    child_require(steppe_slots_clear(changing->shown.slots, 7) == STEPPE_OK);
    require_slots_described(changing->shown.slots);
    child_require(steppe_publish() == STEPPE_OK);
    require_described();
    return 0;
}

START_TEST(a_child_describes_what_changes)
{
    struct changing changing = {.shown = show(), .change = _i};
    require_exits(run_child(change_in_child, &changing), 0);
    require_described();
    require_slots_described(changing.shown.slots);
}
END_TEST

static int work_in_child(void *context)
{
    struct shown *shown = context;
    child_require(steppe_commit(shown->base + 8 * page, 3 * page) == STEPPE_OK);
    child_require(steppe_decommit(shown->base, page) == STEPPE_OK);
    child_require(steppe_slots_use_at(shown->slots, 30));
    require_described();
    require_slots_described(shown->slots);
    child_require(steppe_slots_clear(shown->slots, 7) == STEPPE_OK);
    void *more = steppe_slots_make(8, 1000, NULL);
    child_require(more && steppe_slots_use_at(more, 5));
    require_described();
    require_slots_described(shown->slots);
    require_slots_described(more);
    child_require(steppe_slots_free(shown->slots) == STEPPE_OK);
    require_described();
    return 0;
}

static int fork_again(void *context)
{
    require_exits(run_child(work_in_child, context), 0);
    return work_in_child(context);
}

START_TEST(a_child_describes_itself)
{
    struct shown shown = show();
    require_exits(run_child(work_in_child, &shown), 0);
    require_described();
    require_slots_described(shown.slots);
    require_exits(run_child(fork_again, &shown), 0);
    require_described();
    require_slots_described(shown.slots);
}
END_TEST

static int release_in_child(void *context)
{
    struct shown *shown = context;
    size_t count = reservation_count();
    child_require(steppe_release(shown->base) == STEPPE_OK);
    require_described_but(count - 1);
    child_require(steppe_slots_free(shown->slots) == STEPPE_OK);
    require_described_but(reservation_count());
    void *more = steppe_slots_make(8, 1000, NULL); /* where those were */
    child_require(more && steppe_slots_use_at(more, 5));
    require_slots_described(more);
    return 0;
}

START_TEST(a_child_ends_what_it_inherits)
{
    struct shown shown = show();
    require_exits(run_child(release_in_child, &shown), 0);
    require_described();
    require_slots_described(shown.slots);
}
END_TEST

/* A child without one works, and may ask again. */
static int work_without(void *context)
{
    struct shown *shown = context;
    struct rlimit *limit = (struct rlimit *)(shown + 1);
    child_require(setrlimit(RLIMIT_NOFILE, limit) == 0);
    child_require(description_file_count(getpid()) == 0);
    child_require(steppe_commit(shown->base + 8 * page, 3 * page) == STEPPE_OK);
    child_require(steppe_slots_use_at(shown->slots, 30));
    child_require(steppe_decommit(shown->base + 8 * page, page) == STEPPE_OK);
    child_require(steppe_publish() == STEPPE_OK);
    require_described();
    require_slots_described(shown->slots);
    return 0;
}

START_TEST(a_child_that_cannot_describe_itself)
{
    struct {
        struct shown shown;
        struct rlimit limit;
    } both = {.shown = {.base = reserve(16 * page, options(.mechanism = STEPPE_MECHANISM_MPROTECT)),
                        .slots = steppe_slots_make(2048, 50, NULL)}};
    require(getrlimit(RLIMIT_NOFILE, &both.limit) == 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = both.limit.rlim_max};
    require_ok(steppe_commit(both.shown.base, page));
    require(steppe_slots_use_at(both.shown.slots, 7));
    fflush(NULL);
    require(setrlimit(RLIMIT_NOFILE, &none) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(work_without(&both));
    require(setrlimit(RLIMIT_NOFILE, &both.limit) == 0);
    int status;
    require(waitpid(child, &status, 0) == child);
    require_exits(status, 0);
    require_described();
}
END_TEST

START_TEST(a_closed_descriptor_is_nobodys_harm)
{
    uint8_t *base = reserve(16 * page, options(.mechanism = STEPPE_MECHANISM_MPROTECT));
    for (int file = 3; file < 256; file++)
        (void)close(file);
    require_ok(steppe_commit(base, page));
    require_equal(description_file_count(getpid()), 0);
    require_fails(steppe_publish(), STEPPE_E_SYSTEM); /* no success that is none */
    pid_t child = fork();
    if (child == 0) {
        require_ok(steppe_commit(base + page, page));
        require_described();
        _exit(0);
    }
    int status;
    require(waitpid(child, &status, 0) == child);
    require_exits(status, 0);
}
END_TEST

START_TEST(exec_ends_it)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "ls -l /proc/self/fd | grep -q memfd:steppe", (char *)NULL);
        _exit(99);
    }
    int status;
    require(waitpid(child, &status, 0) == child);
    require_exits(status, 1);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------
 */

enum { THREADS = 4, SHARED_PAGES = 5000, SHARED_SLOTS = 4000 };

static struct {
    uint8_t *base;
    char *slots;
    steppe_budget *budget;
    int rounds;
} together;

/* Everybody changes the same pages, slots of the same words (no slot is two threads', as slots.h
 * wants it), and has reservations that come and go. */
static void *change(void *context)
{
    uint64_t chance = (uintptr_t)context, thread = chance - 1;
    for (int i = 0; i < together.rounds; i++) {
        size_t at = random_below(&chance, SHARED_PAGES);
        uint64_t slot = random_below(&chance, SHARED_SLOTS / THREADS) * THREADS + thread;
        size_t count = 1 + random_below(&chance, SHARED_PAGES - at) % 40;
        if (random_below(&chance, 2))
            require_ok(steppe_commit(together.base + at * page, count * page));
        else
            require_ok(steppe_decommit(together.base + at * page, count * page));
        if (random_below(&chance, 2))
            require(steppe_slots_use_at(together.slots, slot));
        else
            require_ok(steppe_slots_clear(together.slots, slot));
        if (i % 16 == 0) {
            uint8_t *own = reserve(4 * page, options(.budget = together.budget));
            require_ok(steppe_commit(own, 2 * page));
            require_ok(steppe_release(own));
        }
        if (i % 64 == 0) {
            void *slots = steppe_slots_make(8, 100, NULL);
            require(slots && steppe_slots_use_at(slots, 9));
            require_ok(steppe_slots_free(slots));
        }
    }
    return NULL;
}

static void change_together(void (*meanwhile)(void))
{
    pthread_t threads[THREADS];
    together.rounds = is_slow() ? 300 : 3000;
    together.budget = steppe_budget_new(STEPPE_NO_LIMIT);
    together.base = reserve(SHARED_PAGES * page, options(.budget = together.budget));
    together.slots = steppe_slots_make(100, SHARED_SLOTS, NULL);
    for (uintptr_t i = 0; i < THREADS; i++)
        require(pthread_create(&threads[i], NULL, change, (void *)(i + 1)) == 0);
    meanwhile();
    for (size_t i = 0; i < THREADS; i++)
        require(pthread_join(threads[i], NULL) == 0);
    require_described();
    require_slots_described(together.slots);
}

static void do_nothing(void)
{
}

START_TEST(threads_at_work)
{
    change_together(do_nothing);
}
END_TEST

static void publish_now(void)
{
    require_ok(steppe_publish());
}

static void *change_limits(void *over)
{
    for (uint64_t i = 0; !__atomic_load_n((uint32_t *)over, __ATOMIC_ACQUIRE); i++)
        require_ok(steppe_budget_set_limit(steppe_process_budget(), STEPPE_TIB + i % 2));
    return NULL;
}

static int publish_beside_limits(void *context)
{
    uint32_t over = 0;
    pthread_t thread;
    (void)context;
    child_require(pthread_create(&thread, NULL, change_limits, &over) == 0);
    child_require(steppe_publish() == STEPPE_OK);
    __atomic_store_n(&over, 1, __ATOMIC_RELEASE);
    child_require(pthread_join(thread, NULL) == 0);
    require_described();
    return 0;
}

/* Limits are changed under no lock of those who publish. */
START_TEST(published_while_limits_change)
{
    if (TEST_UNDER_TSAN)
        skip_test("ThreadSanitizer and threads of forked children");
    for (int i = 0; i < (is_slow() ? 5 : 150); i++)
        require_exits(run_child(publish_beside_limits, NULL), 0);
}
END_TEST

static void *publish_and_look(void *base)
{
    struct description d;
    steppe_published_reservation record;
    require_ok(steppe_publish());
    require(description_open(&d, getpid()) && description_find(&d, base, &record));
    description_close(&d);
    return NULL;
}

static int publish_twice_at_once(void *base)
{
    pthread_t threads[2];
    for (size_t i = 0; i < array_count(threads); i++)
        child_require(pthread_create(&threads[i], NULL, publish_and_look, base) == 0);
    for (size_t i = 0; i < array_count(threads); i++)
        child_require(pthread_join(threads[i], NULL) == 0);
    return 0;
}

/* Whoever is told that it is described finds it described, though another thread asked first. */
START_TEST(published_by_two_at_once)
{
    if (TEST_UNDER_TSAN)
        skip_test("ThreadSanitizer and threads of forked children");
    uint8_t *base = reserve(64 * page, NULL);
    for (size_t i = 0; i < 64; i += 2)
        require_ok(steppe_commit(base + i * page, page));
    for (int i = 0; i < (is_slow() ? 5 : 150); i++)
        require_exits(run_child(publish_twice_at_once, base), 0);
}
END_TEST

START_TEST(published_while_threads_work)
{
    setup();
    change_together(publish_now);
}
END_TEST

static int describe_in_child(void *context)
{
    (void)context;
    require_ok(steppe_publish());
    require_described();
    require_slots_described(together.slots);
    return 0;
}

/* Threads of the child find everything inherited, and change it at once. */
static int change_in_child_together(void *context)
{
    pthread_t threads[THREADS];
    (void)context;
    together.rounds = 40;
    for (uintptr_t i = 0; i < THREADS; i++)
        child_require(pthread_create(&threads[i], NULL, change, (void *)(i + 1)) == 0);
    for (size_t i = 0; i < THREADS; i++)
        child_require(pthread_join(threads[i], NULL) == 0);
    child_require(steppe_publish() == STEPPE_OK); /* what is described already stays as it is */
    require_described();
    require_slots_described(together.slots);
    return 0;
}

static void fork_meanwhile(void)
{
    for (int i = 0; i < (is_slow() ? 2 : 20); i++) {
        require_exits(run_child(describe_in_child, NULL), 0);
        require_exits(run_child(change_in_child_together, NULL), 0);
    }
}

START_TEST(forks_while_threads_work)
{
    if (TEST_UNDER_TSAN)
        skip_test("ThreadSanitizer and forks of many threads");
    change_together(fork_meanwhile);
}
END_TEST

/* One thread describes what the child inherited, and the others take it away before its eyes. */
enum { BLOCKS = 2000 };
static const size_t block_bytes = 128 * STEPPE_MIB; /* a page of the description each */

static void *take_away(void *context)
{
    size_t thread = (uintptr_t)context;
    struct description d;
    require(description_open(&d, getpid()));
    while (!description_has_page(&d, together.base)) /* the first one that is described */
        ;
    description_close(&d);
    for (size_t i = thread; i < BLOCKS; i += THREADS)
        require_ok(steppe_decommit(together.base + i * 7 % BLOCKS * block_bytes, page));
    return NULL;
}

static int describe_what_goes(void *context)
{
    pthread_t threads[THREADS];
    (void)context;
    for (uintptr_t i = 1; i < THREADS; i++)
        child_require(pthread_create(&threads[i], NULL, take_away, (void *)i) == 0);
    child_require(steppe_commit(together.base + page, page) == STEPPE_OK);
    for (size_t i = 1; i < THREADS; i++)
        child_require(pthread_join(threads[i], NULL) == 0);
    require_described();
    return 0;
}

START_TEST(described_while_it_goes)
{
    if (is_valgrind() || TEST_UNDER_TSAN)
        skip_test("Valgrind and ThreadSanitizer have no room for so much");
    together.base = reserve(BLOCKS * block_bytes, NULL);
    for (size_t i = 0; i < BLOCKS; i++)
        require_ok(steppe_commit(together.base + i * block_bytes, page));
    for (int i = 0; i < (is_slow() ? 3 : 15); i++)
        require_exits(run_child(describe_what_goes, NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("publish");
    TCase *asked = test_case(suite, "asking");
    tcase_add_checked_fixture(asked, setup, NULL);
    tcase_add_test(asked, nothing_is_opened_when_not_asked);
    tcase_add_test(asked, asked_by_the_environment);
    tcase_add_test(asked, other_settings_mean_no);
    tcase_add_test(asked, memory_works_without);
    tcase_add_test(asked, a_limit_on_files_does_not_kill);
    tcase_add_test(asked, locked_memory);
    tcase_add_test(asked, published_in_locked_memory);
    tcase_add_test(asked, published_later);
    tcase_add_test(asked, published_while_threads_work);
    tcase_add_test(asked, published_while_limits_change);
    tcase_add_test(asked, published_by_two_at_once);
    TCase *tests = test_case_catching(suite, "described");
    tcase_add_checked_fixture(tests, setup_published, NULL);
    tcase_add_test(tests, asked_again_nothing_changes);
    tcase_add_test(tests, commit_decommit_protect_release);
    tcase_add_test(tests, neighbours_share_words);
    tcase_add_test(tests, faults_and_what_comes_with_them);
    tcase_add_test(tests, wide_units);
    tcase_add_test(tests, terabytes_cost_what_is_committed);
    tcase_add_test(tests, scattered_pages_take_few_mappings);
    tcase_add_test(tests, budgets);
    tcase_add_test(tests, many_reservations);
    tcase_add_test(tests, slots_of_every_strategy);
    tcase_add_test(tests, slots_come_and_go);
    tcase_add_test(tests, more_slots_than_the_file_has_room_for);
    tcase_add_test(tests, two_containers_of_half_the_room);
    tcase_add_test(tests, a_stopped_process_can_be_read);
    tcase_add_test(tests, others_cannot_write);
    tcase_add_test(tests, a_child_inherits_undescribed);
    tcase_add_loop_test(tests, a_child_describes_what_changes, 0, CHANGES);
    tcase_add_test(tests, a_child_describes_itself);
    tcase_add_test(tests, a_child_ends_what_it_inherits);
    tcase_add_test(tests, a_child_that_cannot_describe_itself);
    tcase_add_test(tests, a_closed_descriptor_is_nobodys_harm);
    tcase_add_test(tests, exec_ends_it);
    tcase_add_test(tests, threads_at_work);
    tcase_add_test(tests, forks_while_threads_work);
    tcase_add_test(tests, described_while_it_goes);
    return test_main(suite);
}
