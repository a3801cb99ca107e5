/* SPDX-License-Identifier: MIT */
/*
 * collector.c - the thread that gives pages back: what starts a round, what stops one, and that
 * nobody who uses slots meanwhile ever notices. Nothing is timed: what must happen is waited for.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <steppe/collector.h>

enum { NEVER = 101, PATIENCE_MS = 120000 };

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

struct record {
    uint64_t words[64];
};

#define wait_until(condition)                                                                      \
    do {                                                                                           \
        for (int waited_ms_ = 0; !(condition); waited_ms_++) {                                     \
            require(waited_ms_ < PATIENCE_MS, "waited for " #condition);                           \
            usleep(1000);                                                                          \
        }                                                                                          \
    } while (0)

/* Of a thread that is to begin rounds for one reason, or for none. */
#define start(...) start_at(&(steppe_collector_options){__VA_ARGS__})
#define NO_REASON .interval_ms = UINT32_MAX, .budget_percent = NEVER, .pressure_percent = NEVER

static steppe_collector *start_at(const steppe_collector_options *options)
{
    steppe_collector *collector = steppe_collector_start(options);
    require(collector);
    return collector;
}

static steppe_collector_statistics figures_of(steppe_collector *collector)
{
    steppe_collector_statistics statistics;
    require_ok(steppe_collector_statistics_of(collector, &statistics));
    require_equal(statistics.round_count,
                  statistics.interval_round_count + statistics.budget_round_count +
                      statistics.pressure_round_count + statistics.asked_round_count);
    return statistics;
}

static struct record *make_records(uint64_t count, const steppe_options *memory)
{
    struct record *records =
        steppe_slots_new(struct record, count,
                         &(steppe_slots_options){.give_back = STEPPE_SLOTS_COLLECTED,
                                                 .commit = STEPPE_SLOTS_BY_RECORD,
                                                 .memory = memory});
    require(records);
    return records;
}

static uint64_t committed_bytes_of(const void *slots)
{
    steppe_slots_statistics statistics;
    require_ok(steppe_slots_statistics_of(slots, &statistics));
    return statistics.committed_bytes;
}

static void use_and_clear(struct record *records, uint64_t first, uint64_t end)
{
    for (uint64_t i = first; i < end; i++) {
        struct record *record = steppe_slots_use(records, i);
        require(record == &records[i]);
        record->words[5] = i;
    }
    for (uint64_t i = first; i < end; i++)
        require_ok(steppe_slots_clear(records, i));
}

/* ---- reasons ----------------------------------------------------------------------------------
 */

START_TEST(by_time)
{
    steppe_collector *collector =
        start(.interval_ms = 5, .budget_percent = NEVER, .pressure_percent = NEVER);
    struct record *records = make_records(1 << 20, NULL);
    require_ok(steppe_collector_add(collector, records));
    struct record *kept = steppe_slots_use(records, 1000);
    kept->words[0] = 77;
    for (int round = 0; round < 3; round++) {
        use_and_clear(records, 0, 100);
        wait_until(committed_bytes_of(records) == page);
    }
    require_equal(kept->words[0], 77);
    steppe_collector_statistics figures = figures_of(collector);
    require(figures.interval_round_count >= 3);
    require_equal(figures.interval_round_count, figures.round_count);
    require(figures.page_count >= 3 * 100 * sizeof(struct record) / page);
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(records));
}
END_TEST

START_TEST(defaults)
{
    steppe_collector *collector = steppe_collector_start(NULL);
    struct record *records = make_records(1 << 20, NULL);
    require(collector);
    require_ok(steppe_collector_add(collector, records));
    use_and_clear(records, 0, 100);
    wait_until(committed_bytes_of(records) == 0);
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(records));
}
END_TEST

static void require_by_budget(struct record *records, uint64_t used_bytes)
{
    steppe_collector *collector =
        start(.interval_ms = UINT32_MAX, .budget_percent = 50, .pressure_percent = NEVER);
    require_ok(steppe_collector_add(collector, records));
    use_and_clear(records, 0, used_bytes / sizeof(struct record));
    wait_until(committed_bytes_of(records) == 0);
    steppe_collector_statistics figures = figures_of(collector);
    require(figures.budget_round_count > 0);
    require_equal(figures.budget_round_count, figures.round_count);
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(records));
}

START_TEST(by_budget)
{
    steppe_budget *budget = steppe_budget_new(400 * page);
    require_by_budget(make_records(1 << 20, options(.budget = budget)), 300 * page);
    require_ok(steppe_budget_free(budget));
    require_by_budget(make_records(1 << 20, options(.limit_bytes = 400 * page)), 300 * page);
    require_ok(steppe_budget_set_limit(steppe_process_budget(), 400 * page));
    require_by_budget(make_records(1 << 20, NULL), 300 * page);
    require_ok(steppe_budget_set_limit(steppe_process_budget(), STEPPE_NO_LIMIT));
}
END_TEST

START_TEST(a_limit_may_come_later)
{
    steppe_collector *collector =
        start(.interval_ms = UINT32_MAX, .budget_percent = 50, .pressure_percent = NEVER);
    struct record *records = make_records(1 << 20, NULL);
    require_ok(steppe_collector_add(collector, records));
    use_and_clear(records, 0, 1000);
    require_equal(figures_of(collector).round_count, 0);
    require_ok(steppe_set_limit(records, 10 * page));
    wait_until(committed_bytes_of(records) == 0);
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(records));
}
END_TEST

START_TEST(when_asked)
{
    steppe_collector *collector = start(NO_REASON, .piece_pages = 3);
    struct record *records = make_records(1 << 20, NULL), *others = make_records(1 << 12, NULL);
    uint64_t page_count = 5;
    require_ok(steppe_collector_run(collector, &page_count));
    require_equal(page_count, 0);
    require_ok(steppe_collector_add(collector, records));
    require_ok(steppe_collector_add(collector, others));
    use_and_clear(records, 0, 1000);
    use_and_clear(others, 100, 200);
    uint64_t committed_bytes = committed_bytes_of(records) + committed_bytes_of(others);
    require(committed_bytes >= 1100 * sizeof(struct record));
    require_ok(steppe_collector_run(collector, &page_count));
    require_equal(page_count, committed_bytes / page);
    require_equal(committed_bytes_of(records) + committed_bytes_of(others), 0);
    require_ok(steppe_collector_run(collector, NULL));
    steppe_collector_statistics figures = figures_of(collector);
    require_equal(figures.asked_round_count, 3);
    require_equal(figures.round_count, 3);
    require_equal(figures.page_count, page_count);
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(records));
    require_ok(steppe_slots_free(others));
}
END_TEST

/* ---- pressure ---------------------------------------------------------------------------------
 */

static void write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    child_require(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
}

#define child_wait_until(condition)                                                                \
    do {                                                                                           \
        for (int waited_ms_ = 0; !(condition); waited_ms_++) {                                     \
            child_require(waited_ms_ < PATIENCE_MS);                                               \
            usleep(1000);                                                                          \
        }                                                                                          \
    } while (0)

static void calm_files(const char *folder)
{
    char path[256];
    snprintf(path, sizeof path, "%s/pressure", folder);
    write_file(path, "some avg10=0.00 avg60=99.00 avg300=99.00 total=1\n"
                     "full avg10=99.00 avg60=99.00 avg300=99.00 total=1\n");
    snprintf(path, sizeof path, "%s/cgroup", folder);
    write_file(path, "9:memory:/elsewhere\n0::/one/two\n");
    snprintf(path, sizeof path, "%s/fs/one", folder);
    (void)mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/fs/one/two", folder);
    (void)mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/fs/one/two/memory.pressure", folder);
    write_file(path, "some avg10=9.99 avg60=0.00 avg300=0.00 total=1\n");
    snprintf(path, sizeof path, "%s/fs/one/two/memory.events", folder);
    write_file(path, "low 9\nhigh 3\nmax 7\n");
}

/* In a namespace of its own the kernel's files are ours to write. */
static bool mount_fakes(const char *folder)
{
    char path[256], own[64];
    snprintf(path, sizeof path, "%s/fs", folder);
    if (mkdir(path, 0700) != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    calm_files(folder);
    if (mount(path, "/sys/fs/cgroup", NULL, MS_BIND, NULL) != 0)
        return false;
    snprintf(path, sizeof path, "%s/pressure", folder);
    if (mount(path, "/proc/pressure/memory", NULL, MS_BIND, NULL) != 0)
        return false;
    snprintf(path, sizeof path, "%s/cgroup", folder);
    snprintf(own, sizeof own, "/proc/%d/cgroup", (int)getpid());
    return mount(path, own, NULL, MS_BIND, NULL) == 0;
}

enum { CANNOT_MOUNT = 77 };

struct pressed {
    const char *folder, *file, *text;
};

static int press(void *context)
{
    struct pressed *pressed = context;
    char path[256];
    if (!mount_fakes(pressed->folder))
        return CANNOT_MOUNT;
    steppe_collector *collector =
        start(.interval_ms = UINT32_MAX, .budget_percent = NEVER, .pressure_percent = 10);
    struct record *records = make_records(1 << 20, NULL);
    child_require(steppe_collector_add(collector, records) == STEPPE_OK);
    child_require(figures_of(collector).reads_pressure);
    use_and_clear(records, 0, 1000);
    usleep(1500000); /* it would be wrong to begin a round, at any time */
    child_require(figures_of(collector).round_count == 0);
    child_require(committed_bytes_of(records) > 0);
    snprintf(path, sizeof path, "%s/%s", pressed->folder, pressed->file);
    write_file(path, pressed->text);
    child_wait_until(committed_bytes_of(records) == 0);
    child_require(figures_of(collector).pressure_round_count > 0);
    child_require(steppe_collector_stop(collector) == STEPPE_OK);
    return 0;
}

static void remove_folder(const char *folder)
{
    static const char *const names[] = {"fs/one/two/memory.pressure",
                                        "fs/one/two/memory.events",
                                        "fs/one/two",
                                        "fs/one",
                                        "fs",
                                        "pressure",
                                        "cgroup",
                                        "."};
    char path[256];
    for (size_t i = 0; i < array_count(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(i + 1 < array_count(names) ? path : folder);
    }
}

static const struct pressed every_pressure[] = {
    {.file = "pressure", .text = "some avg10=10.00 avg60=0.00 avg300=0.00 total=2\n"},
    {.file = "fs/one/two/memory.pressure",
     .text = "some avg10=55.10 avg60=0.00 avg300=0.00 total=2\n"},
    {.file = "fs/one/two/memory.events", .text = "low 9\nhigh 4\nmax 7\n"},
};

START_TEST(by_pressure)
{
    char folder[] = "/tmp/steppe-pressure-XXXXXX";
    struct pressed pressed = every_pressure[_i];
    require(mkdtemp(folder));
    pressed.folder = folder;
    int status = run_child(press, &pressed);
    remove_folder(folder);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT)
        skip_test("the kernel's files cannot be replaced here");
    require_exits(status, 0);
}
END_TEST

START_TEST(pressure_is_read_where_it_can_be)
{
    steppe_collector *collector = start(NO_REASON);
    bool is_readable = access("/proc/pressure/memory", R_OK) == 0;
    require(figures_of(collector).reads_pressure || !is_readable);
    require_ok(steppe_collector_stop(collector));
}
END_TEST

/* ---- the thread -------------------------------------------------------------------------------
 */

/* Its number, 0 when there is none. */
static int find_thread(const char *name)
{
    DIR *tasks = opendir("/proc/self/task");
    int found = 0;
    require(tasks);
    for (struct dirent *task; !found && (task = readdir(tasks));) {
        char path[300], comm[64] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "re");
        if (!file)
            continue;
        if (fgets(comm, sizeof comm, file) && !strncmp(comm, name, strlen(name)))
            found = atoi(task->d_name);
        fclose(file);
    }
    closedir(tasks);
    return found;
}

static uint64_t blocked_signals(int thread)
{
    char path[64], line[256];
    unsigned long long blocked = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", thread);
    FILE *file = fopen(path, "re");
    require(file);
    while (fgets(line, sizeof line, file) && sscanf(line, "SigBlk: %llx", &blocked) != 1)
        continue;
    fclose(file);
    return blocked;
}

/* How often it came to run. */
static uint64_t turns_of(int thread)
{
    char path[64], line[256];
    unsigned long long turns, sum = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", thread);
    FILE *file = fopen(path, "re");
    require(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "voluntary_ctxt_switches: %llu", &turns) == 1 ||
            sscanf(line, "nonvoluntary_ctxt_switches: %llu", &turns) == 1)
            sum += turns;
    fclose(file);
    return sum;
}

static void require_quiet(int thread)
{
    uint64_t blocked = blocked_signals(thread), faults = UINT64_C(1) << (SIGSEGV - 1);
    faults |= UINT64_C(1) << (SIGBUS - 1);
    require_equal(blocked & faults, 0);
    require(blocked & UINT64_C(1) << (SIGINT - 1) && blocked & UINT64_C(1) << (SIGPROF - 1));
}

/* Whoever is at slots, and is waited for, must not be of idle priority. */
START_TEST(the_threads)
{
    if (is_valgrind())
        skip_test("the tool has schedules and masks of its own");
    sigset_t all, before;
    sigfillset(&all);
    require(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    steppe_collector *collector = start(NO_REASON);
    require(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    steppe_collector_statistics figures = figures_of(collector);
    int thread = find_thread("steppe-collect"), pacer = find_thread("steppe-idle");
    require(thread && pacer);
    require_equal(sched_getscheduler(thread), SCHED_OTHER);
    require_equal(figures.is_idle_priority, sched_getscheduler(pacer) == SCHED_IDLE);
    require_quiet(thread);
    require_quiet(pacer);
    require_ok(steppe_collector_stop(collector));
    require(!find_thread("steppe-collect") && !find_thread("steppe-idle"));
}
END_TEST

START_TEST(many_collectors_and_many_slots)
{
    enum { COLLECTORS = 8, SLOTS = 200 };
    steppe_collector *collectors[COLLECTORS];
    struct record *slots[SLOTS];
    for (size_t i = 0; i < COLLECTORS; i++)
        collectors[i] = start(.interval_ms = 1 + (uint32_t)i, .piece_pages = 1);
    for (size_t i = 0; i < SLOTS; i++) {
        slots[i] = make_records(1000, NULL);
        use_and_clear(slots[i], i, i + 20);
        require_ok(steppe_collector_add(collectors[i % COLLECTORS], slots[i]));
        require_ok(steppe_collector_add(collectors[(i + 3) % COLLECTORS], slots[i]));
    }
    for (size_t i = 0; i < SLOTS; i++)
        wait_until(committed_bytes_of(slots[i]) == 0);
    for (size_t i = 0; i < COLLECTORS; i++)
        require_ok(steppe_collector_stop(collectors[i]));
    for (size_t i = 0; i < SLOTS; i++)
        require_ok(steppe_slots_free(slots[i]));
}
END_TEST

/* ---- pause, remove, stop ----------------------------------------------------------------------
 */

START_TEST(nothing_while_paused)
{
    steppe_collector *collector = start(.interval_ms = 1);
    struct record *records = make_records(1 << 20, NULL);
    uint64_t page_count;
    require_ok(steppe_collector_add(collector, records));
    for (int i = 0; i < 20; i++) {
        require_ok(steppe_collector_pause(collector));
        uint64_t rounds = figures_of(collector).round_count;
        use_and_clear(records, 0, 300);
        uint64_t committed_bytes = committed_bytes_of(records);
        require(committed_bytes >= 300 * sizeof(struct record));
        usleep(5000);
        require_equal(committed_bytes_of(records), committed_bytes);
        require_equal(figures_of(collector).round_count, rounds);
        if (i % 2) {
            require_ok(steppe_collector_pause(collector));
            require_ok(steppe_collector_run(collector, &page_count));
            require_equal(page_count, committed_bytes / page);
            require_equal(figures_of(collector).round_count, rounds + 1);
        }
        require_ok(steppe_collector_resume(collector));
        wait_until(committed_bytes_of(records) == 0);
    }
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(records));
}
END_TEST

/* ---- rounds that are interrupted --------------------------------------------------------------
 */

/* Slots of a page each, whose first sheet takes a collector many pieces; and one more sheet. Not
 * more pieces than that: each takes a leave, which takes long where all processors are busy. */
enum { PIECES = 300, BEYOND = 600000 };

static steppe_collector *start_slowly(void)
{
    return start(.interval_ms = 1, .budget_percent = NEVER, .pressure_percent = NEVER,
                 .piece_pages = 1);
}

static uint8_t *make_pages(steppe_slots_give_back give_back)
{
    uint8_t *slots = steppe_slots_make(page, BEYOND + 1,
                                       &(steppe_slots_options){.give_back = give_back,
                                                               .commit = STEPPE_SLOTS_ALWAYS,
                                                               .batch_bytes = (PIECES + 1) * page});
    require(slots);
    return slots;
}

/* Slots that were cleared, and looked at in part: the collector is paused in the middle. */
static uint8_t *interrupt(steppe_collector *collector, steppe_slots_give_back give_back)
{
    for (;;) {
        uint8_t *slots = make_pages(give_back);
        for (uint64_t i = 0; i < PIECES; i++)
            require(steppe_slots_use_at(slots, i));
        require_ok(steppe_slots_clear_range(slots, 0, PIECES));
        require_equal(committed_bytes_of(slots), PIECES * page);
        require_ok(steppe_collector_add(collector, slots));
        require_ok(steppe_collector_resume(collector));
        for (int i = 0; committed_bytes_of(slots) == PIECES * page; i++) {
            require(i < 20 * PATIENCE_MS);
            usleep(50); /* it must not be through with all of it */
        }
        require_ok(steppe_collector_pause(collector));
        if (committed_bytes_of(slots) > 0)
            return slots;
        require_ok(steppe_collector_remove(collector, slots));
        require_ok(steppe_slots_free(slots));
    }
}

/* What was looked at is not looked at again for ever. */
static void require_peace(steppe_collector *collector, const void *slots)
{
    steppe_slots_statistics before, after;
    uint64_t rounds = figures_of(collector).round_count;
    wait_until(figures_of(collector).round_count >= rounds + 3);
    require_ok(steppe_slots_statistics_of(slots, &before));
    wait_until(figures_of(collector).round_count >= rounds + 8);
    require_ok(steppe_slots_statistics_of(slots, &after));
    require_equal(after.collection_count, before.collection_count);
}

static void end_in_peace(steppe_collector *collector, void *slots)
{
    require_peace(collector, slots);
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(slots));
}

START_TEST(paused_and_resumed)
{
    steppe_collector *collector = start_slowly();
    uint8_t *slots = interrupt(collector, STEPPE_SLOTS_COLLECTED);
    require_ok(steppe_collector_resume(collector));
    wait_until(committed_bytes_of(slots) == 0);
    end_in_peace(collector, slots);
}
END_TEST

START_TEST(removed_and_added)
{
    steppe_collector *collector = start_slowly();
    uint8_t *slots = interrupt(collector, STEPPE_SLOTS_COLLECTED);
    require_ok(steppe_collector_remove(collector, slots));
    require_ok(steppe_collector_resume(collector));
    require_ok(steppe_collector_add(collector, slots));
    wait_until(committed_bytes_of(slots) == 0);
    end_in_peace(collector, slots);
}
END_TEST

START_TEST(stopped_and_another_started)
{
    steppe_collector *collector = start_slowly();
    uint8_t *slots = interrupt(collector, STEPPE_SLOTS_COLLECTED);
    require_ok(steppe_collector_stop(collector));
    collector = start_slowly();
    require_ok(steppe_collector_add(collector, slots));
    wait_until(committed_bytes_of(slots) == 0);
    end_in_peace(collector, slots);
}
END_TEST

/* More is cleared while a sheet is half looked at: before the place where it goes on, and behind.
 */
START_TEST(cleared_again_meanwhile)
{
    steppe_collector *collector = start_slowly();
    uint8_t *slots = interrupt(collector, STEPPE_SLOTS_COLLECTED);
    require(steppe_slots_use_at(slots, 0) && steppe_slots_use_at(slots, PIECES - 1));
    require_ok(steppe_slots_clear(slots, 0));
    require_ok(steppe_slots_clear(slots, PIECES - 1));
    require_ok(steppe_collector_resume(collector));
    wait_until(committed_bytes_of(slots) == 0);
    end_in_peace(collector, slots);
}
END_TEST

START_TEST(two_at_once)
{
    steppe_collector *collector = start_slowly(), *other = start_slowly();
    uint8_t *slots = interrupt(collector, STEPPE_SLOTS_COLLECTED);
    require_ok(steppe_collector_add(other, slots));
    wait_until(committed_bytes_of(slots) < PIECES / 2 * page);
    require_ok(steppe_collector_resume(collector));
    require_ok(steppe_collector_stop(other));
    wait_until(committed_bytes_of(slots) == 0);
    end_in_peace(collector, slots);
}
END_TEST

/* What a collector left is a batch's as well. */
START_TEST(left_to_a_batch)
{
    steppe_collector *collector = start_slowly();
    uint8_t *slots = interrupt(collector, STEPPE_SLOTS_BATCHED);
    require_ok(steppe_collector_stop(collector));
    require(steppe_slots_use_at(slots, BEYOND));
    require_ok(steppe_slots_clear(slots, BEYOND));
    require_equal(committed_bytes_of(slots), 0);
    require_ok(steppe_slots_free(slots));
}
END_TEST

static int child_goes_on(void *context)
{
    uint8_t *slots = context;
    steppe_collector *own = steppe_collector_start(&(steppe_collector_options){.interval_ms = 1});
    child_require(own && steppe_collector_add(own, slots) == STEPPE_OK);
    child_wait_until(committed_bytes_of(slots) == 0);
    child_require(steppe_collector_stop(own) == STEPPE_OK);
    return 0;
}

START_TEST(forked_in_the_middle)
{
    if (TEST_UNDER_TSAN || TEST_UNDER_ASAN)
        skip_test("it does not bear threads in the child of many threads");
    steppe_collector *collector = start_slowly();
    uint8_t *slots = interrupt(collector, STEPPE_SLOTS_COLLECTED);
    require_exits(run_child(child_goes_on, slots), 0);
    require_ok(steppe_collector_resume(collector));
    require_exits(run_child(child_goes_on, slots), 0);
    wait_until(committed_bytes_of(slots) == 0);
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(slots));
}
END_TEST

/* Rounds with nothing to look at ask for no leave. */
START_TEST(rounds_of_the_idle)
{
    if (is_valgrind())
        skip_test("the tool runs one thread at a time");
    enum { SLOTS = 50 };
    steppe_collector *collector = start_slowly();
    struct record *slots[SLOTS];
    for (size_t i = 0; i < SLOTS; i++) {
        slots[i] = make_records(1000, NULL);
        require(steppe_slots_use(slots[i], i));
        require_ok(steppe_collector_add(collector, slots[i]));
    }
    uint64_t rounds = figures_of(collector).round_count;
    wait_until(figures_of(collector).round_count >= rounds + 2);
    uint64_t leaves = turns_of(find_thread("steppe-idle"));
    wait_until(figures_of(collector).round_count >= rounds + 12);
    require(turns_of(find_thread("steppe-idle")) < leaves + SLOTS);
    require_ok(steppe_collector_stop(collector));
    for (size_t i = 0; i < SLOTS; i++)
        require_ok(steppe_slots_free(slots[i]));
}
END_TEST

/* What was removed may go at once. */
START_TEST(remove_and_free)
{
    steppe_collector *collector = start(.interval_ms = 1, .piece_pages = 2);
    for (int i = 0; i < (is_slow() ? 50 : 500); i++) {
        struct record *records = make_records(100000, NULL);
        require_ok(steppe_collector_add(collector, records));
        use_and_clear(records, 0, 100 + 7 * (uint64_t)(i % 50));
        if (i % 4 == 0)
            sched_yield();
        if (i % 4 == 1)
            usleep(1000);
        require_ok(steppe_collector_remove(collector, records));
        require_ok(steppe_slots_free(records));
    }
    require_ok(steppe_collector_stop(collector));
}
END_TEST

START_TEST(stop_in_the_middle)
{
    for (int i = 0; i < (is_slow() ? 20 : 200); i++) {
        steppe_collector *collector = start(.interval_ms = 1, .piece_pages = 1);
        struct record *records = make_records(1 << 20, NULL);
        require_ok(steppe_collector_add(collector, records));
        use_and_clear(records, 0, 300);
        if (i % 3)
            usleep((useconds_t)i * 10);
        require_ok(steppe_collector_stop(collector));
        require_ok(steppe_slots_free(records));
    }
    require(!find_thread("steppe-collect") && !find_thread("steppe-idle"));
}
END_TEST

/* Against the rules, but nothing that is not there is looked at. */
START_TEST(freed_without_being_removed)
{
    steppe_collector *collector = start(.interval_ms = 1);
    struct record *records = make_records(1000, NULL), *others = make_records(1000, NULL);
    require_ok(steppe_collector_add(collector, records));
    require_ok(steppe_collector_add(collector, others));
    require_ok(steppe_collector_pause(collector));
    require_ok(steppe_slots_free(records));
    require_ok(steppe_collector_resume(collector));
    use_and_clear(others, 0, 100);
    wait_until(committed_bytes_of(others) == 0);
    require_fails(steppe_collector_remove(collector, records), STEPPE_E_NOT_CONTAINER);
    require_ok(steppe_collector_stop(collector));
}
END_TEST

START_TEST(wrong_arguments)
{
    steppe_collector *collector = start(NO_REASON), *other = start(NO_REASON);
    struct record *records = make_records(1000, NULL);
    steppe_collector_statistics statistics;
    uint64_t page_count = 5;
    void *nothing = malloc(5000);
    steppe_collector *none = nothing;
    require(nothing);
    require_fails(steppe_collector_add(NULL, records), STEPPE_E_NULL);
    require_fails(steppe_collector_add(collector, NULL), STEPPE_E_NULL);
    require_fails(steppe_collector_add(none, records), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_add(collector, nothing), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_add(collector, records + 1), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_remove(NULL, records), STEPPE_E_NULL);
    require_fails(steppe_collector_remove(collector, NULL), STEPPE_E_NULL);
    require_fails(steppe_collector_remove(none, records), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_remove(collector, nothing), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_remove(collector, records), STEPPE_E_OUTSIDE);
    require_ok(steppe_collector_add(collector, records));
    require_fails(steppe_collector_add(collector, records), STEPPE_E_IN_USE);
    require_ok(steppe_collector_add(other, records));
    require_ok(steppe_collector_remove(collector, records));
    require_fails(steppe_collector_remove(collector, records), STEPPE_E_OUTSIDE);
    require_fails(steppe_collector_pause(NULL), STEPPE_E_NULL);
    require_fails(steppe_collector_pause(none), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_resume(NULL), STEPPE_E_NULL);
    require_fails(steppe_collector_resume(none), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_run(NULL, &page_count), STEPPE_E_NULL);
    require_equal(page_count, 0);
    require_fails(steppe_collector_run(none, NULL), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_statistics_of(NULL, &statistics), STEPPE_E_NULL);
    require_fails(steppe_collector_statistics_of(collector, NULL), STEPPE_E_NULL);
    require_fails(steppe_collector_statistics_of(none, &statistics), STEPPE_E_NOT_CONTAINER);
    require_ok(steppe_collector_stop(NULL));
    require_fails(steppe_collector_stop(none), STEPPE_E_NOT_CONTAINER);
    require_ok(steppe_collector_stop(collector));
    require_fails(steppe_collector_stop(collector), STEPPE_E_NOT_CONTAINER);
    require_fails(steppe_collector_run(collector, NULL), STEPPE_E_NOT_CONTAINER);
    require_ok(steppe_collector_stop(other));
    require_ok(steppe_slots_free(records));
    free(nothing);
}
END_TEST

/* ---- beside those who use the slots -----------------------------------------------------------
 */

enum { WRITERS = 3, OWN = 400 };

struct writer {
    struct record *records;
    uint64_t first, random;
    size_t rounds;
    atomic_size_t *failed;
    atomic_bool *stop;
};

/* Its own slots lie between those of others, so that all share pages. */
static void *use_own_slots(void *context)
{
    struct writer *writer = context;
    uint64_t model[OWN] = {0};
    for (size_t i = 0; i < writer->rounds && !atomic_load(writer->stop); i++) {
        size_t at = random_below(&writer->random, OWN);
        uint64_t index = writer->first + at * WRITERS, word = random_below(&writer->random, 64);
        struct record *record = &writer->records[index];
        bool is_right = steppe_slots_in_use(writer->records, index) == (model[at] != 0);
        if (model[at] && random_below(&writer->random, 2)) {
            for (size_t k = 0; k < 64; k++)
                is_right &= record->words[k] == model[at];
            is_right &= steppe_slots_clear(writer->records, index) == STEPPE_OK;
            model[at] = 0;
        } else if (model[at]) {
            is_right &= record->words[word] == model[at];
        } else {
            is_right &= steppe_slots_use(writer->records, index) == record;
            for (size_t k = 0; k < 64; k++) {
                is_right &= record->words[k] == 0;
                record->words[k] = i + 1;
            }
            model[at] = i + 1;
        }
        atomic_fetch_add(writer->failed, !is_right);
    }
    for (size_t at = 0; at < OWN; at++)
        (void)steppe_slots_clear(writer->records, writer->first + at * WRITERS);
    return NULL;
}

static void run_writers(struct record *records, steppe_collector *collector, size_t rounds)
{
    pthread_t threads[WRITERS];
    struct writer writers[WRITERS];
    atomic_size_t failed = 0;
    atomic_bool stop = false;
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.records = records,
                                     .first = i,
                                     .random = i + 1,
                                     .rounds = rounds,
                                     .failed = &failed,
                                     .stop = &stop};
        require(pthread_create(&threads[i], NULL, use_own_slots, &writers[i]) == 0);
    }
    for (int i = 0; i < 50; i++) {
        require_ok(steppe_collector_run(collector, NULL));
        usleep(100);
        if (i % 5 == 0)
            require_ok(steppe_collector_pause(collector));
        if (i % 5 == 1)
            require_ok(steppe_collector_resume(collector));
        if (i % 5 == 2)
            require_ok(steppe_collector_remove(collector, records));
        if (i % 5 == 3)
            require_ok(steppe_collector_add(collector, records));
    }
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    require_equal(atomic_load(&failed), 0);
    wait_until(committed_bytes_of(records) == 0);
}

START_TEST(writers_lose_nothing)
{
    static const steppe_slots_commit commits[] = {STEPPE_SLOTS_BY_FAULT, STEPPE_SLOTS_ALWAYS,
                                                  STEPPE_SLOTS_AFTER_QUERY, STEPPE_SLOTS_BY_RECORD};
    steppe_collector *collector = start(.interval_ms = 1, .piece_pages = 16);
    steppe_slots_options slots_options = {.commit = commits[_i],
                                          .give_back = STEPPE_SLOTS_COLLECTED,
                                          .memory = options(.strict = true)};
    struct record *records = steppe_slots_new(struct record, 1 << 16, &slots_options);
    require(records);
    require_ok(steppe_collector_add(collector, records));
    run_writers(records, collector, is_slow() ? 5000 : 100000);
    require(figures_of(collector).page_count > 0);
    require_ok(steppe_collector_stop(collector));
    require_ok(steppe_slots_free(records));
}
END_TEST

/* Calls from everywhere, on one collector. */
struct caller {
    steppe_collector *collector;
    struct record *records; /* its own */
    uint64_t random;
    atomic_size_t *failed;
};

static void *call_at_random(void *context)
{
    struct caller *caller = context;
    bool is_added = false;
    for (int i = 0; i < (is_slow() ? 300 : 3000); i++) {
        steppe_collector_statistics statistics;
        bool is_right = true;
        switch (random_below(&caller->random, 6)) {
        case 0:
            is_right = (steppe_collector_add(caller->collector, caller->records) == STEPPE_OK) ==
                       !is_added;
            is_added = true;
            break;
        case 1:
            is_right = (steppe_collector_remove(caller->collector, caller->records) == STEPPE_OK) ==
                       is_added;
            is_added = false;
            break;
        case 2:
            is_right = steppe_collector_run(caller->collector, NULL) == STEPPE_OK;
            break;
        case 3:
            is_right = steppe_collector_pause(caller->collector) == STEPPE_OK;
            break;
        case 4:
            is_right = steppe_collector_resume(caller->collector) == STEPPE_OK;
            break;
        default:
            use_and_clear(caller->records, 0, 30);
            is_right = steppe_collector_statistics_of(caller->collector, &statistics) == STEPPE_OK;
            break;
        }
        atomic_fetch_add(caller->failed, !is_right);
    }
    if (is_added)
        (void)steppe_collector_remove(caller->collector, caller->records);
    atomic_fetch_add(caller->failed, steppe_slots_free(caller->records) != STEPPE_OK);
    return NULL;
}

START_TEST(calls_from_any_thread)
{
    steppe_collector *collector = start(.interval_ms = 1, .piece_pages = 1);
    pthread_t threads[WRITERS];
    struct caller callers[WRITERS];
    atomic_size_t failed = 0;
    for (size_t i = 0; i < WRITERS; i++) {
        callers[i] = (struct caller){collector, make_records(1000, NULL), i, &failed};
        require(pthread_create(&threads[i], NULL, call_at_random, &callers[i]) == 0);
    }
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    require_equal(atomic_load(&failed), 0);
    require_ok(steppe_collector_stop(collector));
}
END_TEST

/* ---- fork -------------------------------------------------------------------------------------
 */

struct shared {
    steppe_collector *collector;
    struct record *records;
};

static int child_of_a_collector(void *context)
{
    struct shared *shared = context;
    steppe_collector_statistics statistics;
    child_require(steppe_collector_run(shared->collector, NULL) == STEPPE_E_NOT_CONTAINER);
    child_require(steppe_collector_pause(shared->collector) == STEPPE_E_NOT_CONTAINER);
    child_require(steppe_collector_add(shared->collector, shared->records) ==
                  STEPPE_E_NOT_CONTAINER);
    child_require(steppe_collector_statistics_of(shared->collector, &statistics) ==
                  STEPPE_E_NOT_CONTAINER);
    /* One of its own, for slots it has inherited. */
    steppe_collector *own = steppe_collector_start(&(steppe_collector_options){.interval_ms = 1});
    child_require(own && steppe_collector_add(own, shared->records) == STEPPE_OK);
    child_require(shared->records[70000].words[0] == 70000);
    for (uint64_t i = 0; i < 300; i++) {
        struct record *record = steppe_slots_use(shared->records, i);
        child_require(record);
        record->words[0] = i;
        child_require(steppe_slots_clear(shared->records, i) == STEPPE_OK);
    }
    child_wait_until(committed_bytes_of(shared->records) == page);
    child_require(steppe_collector_stop(shared->collector) == STEPPE_OK);
    child_require(steppe_collector_stop(shared->collector) == STEPPE_E_NOT_CONTAINER);
    child_require(steppe_collector_stop(own) == STEPPE_OK);
    child_require(shared->records[70000].words[0] == 70000);
    child_require(steppe_slots_free(shared->records) == STEPPE_OK);
    return 0;
}

/* At any moment of rounds and of calls. */
START_TEST(forked_children_have_no_collector)
{
    steppe_collector *collector = start(.interval_ms = 1, .piece_pages = 4);
    struct record *records = make_records(100000, NULL), *busy = make_records(100000, NULL);
    struct record *kept = steppe_slots_use(records, 70000);
    struct shared shared = {collector, records};
    atomic_size_t failed = 0;
    atomic_bool stop = false;
    struct writer writer = {busy, 0, 1, SIZE_MAX, &failed, &stop};
    pthread_t thread;
    kept->words[0] = 70000;
    require_ok(steppe_collector_add(collector, records));
    require_ok(steppe_collector_add(collector, busy));
    require(pthread_create(&thread, NULL, use_own_slots, &writer) == 0);
    /* The sanitizers' own locks do not bear threads in the child of many threads. */
    bool may_fork = !TEST_UNDER_TSAN && !TEST_UNDER_ASAN;
    for (int i = 0; i < (is_slow() ? 5 : 100) && may_fork; i++)
        require_exits(run_child(child_of_a_collector, &shared), 0);
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    require_equal(atomic_load(&failed), 0);
    use_and_clear(records, 0, 100);
    wait_until(committed_bytes_of(records) == page);
    require_equal(kept->words[0], 70000);
    require_ok(steppe_collector_stop(collector));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("collector");
    TCase *tests = test_case(suite, "collector");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, by_time);
    tcase_add_test(tests, defaults);
    tcase_add_test(tests, by_budget);
    tcase_add_test(tests, a_limit_may_come_later);
    tcase_add_test(tests, when_asked);
    tcase_add_loop_test(tests, by_pressure, 0, (int)array_count(every_pressure));
    tcase_add_test(tests, pressure_is_read_where_it_can_be);
    tcase_add_test(tests, the_threads);
    tcase_add_test(tests, many_collectors_and_many_slots);
    tcase_add_test(tests, nothing_while_paused);
    tcase_add_test(tests, paused_and_resumed);
    tcase_add_test(tests, removed_and_added);
    tcase_add_test(tests, stopped_and_another_started);
    tcase_add_test(tests, cleared_again_meanwhile);
    tcase_add_test(tests, two_at_once);
    tcase_add_test(tests, left_to_a_batch);
    tcase_add_test(tests, forked_in_the_middle);
    tcase_add_test(tests, rounds_of_the_idle);
    tcase_add_test(tests, remove_and_free);
    tcase_add_test(tests, stop_in_the_middle);
    tcase_add_test(tests, freed_without_being_removed);
    tcase_add_test(tests, wrong_arguments);
    tcase_add_loop_test(tests, writers_lose_nothing, 0, 4);
    tcase_add_test(tests, calls_from_any_thread);
    tcase_add_test(tests, forked_children_have_no_collector);
    return test_main(suite);
}
