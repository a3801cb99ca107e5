/* SPDX-License-Identifier: MIT */
/*
 * published.c - what a process publishes, read from outside: as it is, while it changes, and when
 * the description is damaged, torn, of another version, or made up to do harm.
 */
#define _GNU_SOURCE 1

#include "map/identity.h"
#include "map/published.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* ---- a live process ---------------------------------------------------------------------------
 */

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
    unsetenv("STEPPE_PUBLISH");
}

static const struct published_reservation *find(const struct published_description *d,
                                                const void *base)
{
    for (size_t i = 0; i < d->reservation_count; i++)
        if (d->reservations[i].base == (uintptr_t)base)
            return &d->reservations[i];
    return NULL;
}

static void require_runs(const struct published_runs *runs, const uint64_t (*wanted)[2],
                         size_t count)
{
    require_equal(runs->count, count);
    for (size_t i = 0; i < count; i++) {
        require_equal(runs->runs[i].first, wanted[i][0]);
        require_equal(runs->runs[i].count, wanted[i][1]);
    }
}

struct shown {
    pid_t process;
    uint8_t *base, *wide;
    char *slots;
};

static int look_at(void *context)
{
    const struct shown *shown = context;
    struct published *p = published_open(shown->process, NULL);
    enum published_state state = published_read(p);
    require(state == PUBLISHED_READ, "%d: %s", (int)state, published_problem(p));
    const struct published_description *d = published_description(p);
    const struct published_reservation *one = find(d, shown->base), *wide = find(d, shown->wide);
    const struct published_reservation *slots =
        find(d, steppe_reservation_of(shown->slots - 1).base);
    require(one && wide && slots);
    require(!strcmp(one->name, "gr?n"), "%s", one->name);
    require(one->tag == 7 && one->has_budget && one->budget.limit_bytes == 100 * page);
    require_equal(one->budget.committed_bytes, 5 * page);
    require(one->budget_number != 0);
    require_runs(&one->committed, (uint64_t[][2]){{1, 3}, {62, 2}}, 2);
    require_equal(wide->page_bytes, 64 * STEPPE_KIB);
    require_runs(&wide->committed, (uint64_t[][2]){{1, 2}}, 1);
    require(slots->has_slots && slots->has_slot_bits && slots->slot_bytes == 2048);
    require_equal(slots->slot_count, 3);
    require_runs(&slots->in_use, (uint64_t[][2]){{7, 2}, {46, 1}}, 2);
    require_equal(d->charge.committed_bytes, process_charge());
    require(!d->is_cut && !d->torn_count && !d->damaged_count && !d->not_described_count);
    require(published_read(p) == PUBLISHED_READ);
    published_close(p);
    return 0;
}

static struct shown show(void)
{
    struct shown shown = {.process = getpid()};
    steppe_budget *budget = steppe_budget_new(100 * page);
    shown.base = reserve(64 * page, options(.name = "gr\xfcn", .tag = 7, .budget = budget));
    shown.wide = reserve(10 * 64 * STEPPE_KIB, options(.page_bytes = 64 * STEPPE_KIB));
    shown.slots = steppe_slots_make(2048, 50, NULL);
    require_ok(steppe_commit(shown.base + page, 3 * page));
    require_ok(steppe_commit(shown.base + 62 * page, 2 * page));
    require_ok(steppe_commit(shown.wide + 64 * STEPPE_KIB, 128 * STEPPE_KIB));
    require(steppe_slots_use_at(shown.slots, 7) && steppe_slots_use_at(shown.slots, 8) &&
            steppe_slots_use_at(shown.slots, 46));
    return shown;
}

START_TEST(from_inside_and_outside)
{
    require_ok(steppe_publish());
    struct shown shown = show();
    (void)look_at(&shown);
    require_exits(run_child(look_at, &shown), 0);
}
END_TEST

START_TEST(nothing_published)
{
    (void)reserve(page, NULL);
    struct published *p = published_open(getpid(), NULL);
    require(published_read(p) == PUBLISHED_NONE && !published_description(p));
    require_ok(steppe_publish());
    require(published_read(p) == PUBLISHED_READ && published_description(p));
    published_close(p);
    published_close(NULL);
}
END_TEST

START_TEST(a_process_that_ends)
{
    require_ok(steppe_publish());
    int ready[2], go[2];
    char byte = 0;
    require(pipe(ready) == 0 && pipe(go) == 0);
    pid_t child = fork();
    if (child == 0) {
        (void)reserve(page, NULL);
        bool is_told = write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 1;
        execl("/bin/sleep", "sleep", "100", (char *)NULL);
        _exit(is_told);
    }
    require(read(ready[0], &byte, 1) == 1);
    struct published *p = published_open(child, NULL);
    require(published_read(p) == PUBLISHED_READ, "%s", published_problem(p));
    /* Another program under the same number, which publishes nothing. */
    require(fcntl(go[1], F_SETFD, FD_CLOEXEC) == 0 && write(go[1], &byte, 1) == 1);
    while (published_read(p) == PUBLISHED_READ)
        usleep(1000);
    require(published_read(p) == PUBLISHED_NONE);
    require(kill(child, SIGKILL) == 0);
    require(waitpid(child, NULL, 0) == child);
    require(published_read(p) == PUBLISHED_ENDED);
    require(published_description(p) != NULL); /* the last there was */
    published_close(p);
}
END_TEST

/* What it inherited does not count. */
START_TEST(a_child_is_not_its_parent)
{
    require_ok(steppe_publish());
    struct shown shown = show();
    int held = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
    require(held >= 0);
    pid_t child = fork();
    if (child == 0) {
        struct published *p = published_open(getpid(), NULL);
        child_require(steppe_commit(shown.base + 5 * page, page) == STEPPE_OK);
        child_require(published_read(p) == PUBLISHED_READ);
        const struct published_reservation *one = find(published_description(p), shown.base);
        child_require(one && one->committed.count == 3);
        published_close(p);
        _exit(0);
    }
    int status;
    require(waitpid(child, &status, 0) == child);
    require_exits(status, 0);
    (void)look_at(&shown);
    close(held);
}
END_TEST

static int look_at_inherited(void *context)
{
    const struct shown *shown = context;
    size_t count = reservation_count();
    struct published *p = published_open(getpid(), NULL);
    require(published_read(p) == PUBLISHED_READ, "%s", published_problem(p));
    require_equal(published_description(p)->inherited_count, count);
    require_equal(published_description(p)->reservation_count, 0);
    require_equal(published_description(p)->charge.committed_bytes, process_charge());
    child_require(steppe_commit(shown->base + 5 * page, page) == STEPPE_OK);
    require(published_read(p) == PUBLISHED_READ, "%s", published_problem(p));
    require_equal(published_description(p)->inherited_count, count - 1);
    json_t *json = published_json(published_description(p));
    require_equal(json_integer_value(json_object_get(json, "inherited_count")), count - 1);
    require_equal(json_integer_value(json_object_get(json, "reservation_count")), count);
    json_decref(json);
    published_close(p);
    return 0;
}

START_TEST(a_child_tells_that_it_inherited)
{
    require_ok(steppe_publish());
    struct shown shown = show();
    require_exits(run_child(look_at_inherited, &shown), 0);
}
END_TEST

/* A process's own, by what only it has; and without that (before Linux 6.9) its own all the same.
 */
START_TEST(identities)
{
    struct identity ours, parents;
    steppe_published_header header = {.process_id = (uint64_t)getpid()};
    require(identity_find("/proc", getpid(), &ours) && identity_find("/proc", getppid(), &parents));
    require(ours.process == (uint64_t)getpid() && ours.start != 0);
    require(!ours.serial || ours.serial != parents.serial);
    header.process_serial = ours.serial;
    header.process_start = ours.start;
    require(identity_has(&ours, &header) && !identity_has(&parents, &header));
    header.process_serial = 0;
    require(identity_has(&ours, &header) && !identity_has(&parents, &header));
    header.process_start = ours.start + 1;
    require(!identity_has(&ours, &header));
}
END_TEST

/* In a time namespace that is years ahead: what is read there of a process's start differs. */
static int publish_and_wait(void *context)
{
    int *ends = context;
    char byte = 0;
    uint8_t *base = reserve(16 * page, NULL);
    child_require(steppe_publish() == STEPPE_OK);
    child_require(steppe_commit(base, page) == STEPPE_OK);
    struct published *p = published_open(getppid(), NULL); /* the other way round */
    child_require(published_read(p) == PUBLISHED_READ);
    published_close(p);
    child_require(write(ends[1], &byte, 1) == 1);
    for (;;)
        pause();
}

static bool enter_another_time(void)
{
    static const char years[] = "monotonic 100000000 0\nboottime 100000000 0\n";
    if (unshare(CLONE_NEWTIME) != 0)
        return false;
    int file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    bool is_written = file >= 0 && write(file, years, sizeof years - 1) > 0;
    (void)close(file);
    return is_written;
}

START_TEST(in_another_time_namespace)
{
    int ends[2];
    char byte;
    if (!enter_another_time()) /* for children */
        skip_test("no time namespace is to be had here");
    require_ok(steppe_publish());
    require(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(publish_and_wait(ends));
    require(close(ends[1]) == 0 && read(ends[0], &byte, 1) == 1);
    struct published *p = published_open(child, NULL);
    require(published_read(p) == PUBLISHED_READ, "%s", published_problem(p));
    require_equal(published_description(p)->reservation_count, 1);
    struct identity identity;
    require(identity_find("/proc", child, &identity));
    require_equal(identity.start, 0);
    require(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    published_close(p);
}
END_TEST

START_TEST(as_json)
{
    require_ok(steppe_publish());
    struct shown shown = show();
    struct published *p = published_open(getpid(), NULL);
    require(published_read(p) == PUBLISHED_READ);
    json_t *steppe = published_json(published_description(p));
    require(steppe);
    json_t *list = json_object_get(steppe, "reservations"), *one;
    size_t index;
    bool has_one = false, has_slots = false;
    require_equal(json_array_size(list), reservation_count());
    require(json_is_null(json_object_get(steppe, "limit_bytes")));
    require_equal(json_integer_value(json_object_get(steppe, "committed_bytes")), process_charge());
    json_array_foreach(list, index, one)
    {
        char start[32], *text = json_dumps(json_object_get(one, "committed"), JSON_COMPACT);
        snprintf(start, sizeof start, "0x%llx", (unsigned long long)(uintptr_t)shown.base);
        if (!strcmp(json_string_value(json_object_get(one, "start")), start)) {
            has_one = true;
            require(!strcmp(text, "[[1,3],[62,2]]"), "%s", text);
            require(!strcmp(json_string_value(json_object_get(one, "policy")), "raise"));
            require(!strcmp(json_string_value(json_object_get(one, "protection")), "rw"));
            require(!strcmp(json_string_value(json_object_get(one, "tag")), "0x7"));
            require(json_is_object(json_object_get(one, "budget")));
            require(json_is_null(json_object_get(one, "slots")));
        }
        free(text);
        json_t *slots = json_object_get(one, "slots");
        if (!json_is_object(slots))
            continue;
        has_slots = true;
        text = json_dumps(json_object_get(slots, "in_use"), JSON_COMPACT);
        require(!strcmp(text, "[[7,2],[46,1]]"), "%s", text);
        require_equal(json_integer_value(json_object_get(slots, "slot_count")), 3);
        free(text);
    }
    require(has_one && has_slots);
    json_decref(steppe);
    published_close(p);
}
END_TEST

/* Reservations come and go while they are read: each that is told is of one piece. */
static atomic_bool is_over;

static void *come_and_go(void *context)
{
    char name[32];
    for (uint64_t tag = 1; !atomic_load(&is_over); tag++) {
        size_t pages = 16 * (1 + tag % 50);
        snprintf(name, sizeof name, "%llu pages", (unsigned long long)pages);
        uint8_t *base = reserve(pages * page, options(.tag = pages, .name = name));
        require_ok(steppe_commit(base, page));
        require_ok(steppe_release(base));
    }
    return context;
}

START_TEST(changes_meanwhile)
{
    pthread_t threads[2];
    require_ok(steppe_publish());
    for (size_t i = 0; i < array_count(threads); i++)
        require(pthread_create(&threads[i], NULL, come_and_go, NULL) == 0);
    struct published *p = published_open(getpid(), NULL);
    for (int look = 0; look < (is_slow() ? 100 : 1500); look++) {
        enum published_state state = published_read(p);
        require(state == PUBLISHED_READ, "%s", published_problem(p));
        const struct published_description *d = published_description(p);
        require_equal(d->damaged_count, 0);
        for (size_t i = 0; i < d->reservation_count; i++) {
            const struct published_reservation *r = &d->reservations[i];
            char name[32];
            snprintf(name, sizeof name, "%llu pages", (unsigned long long)r->tag);
            require(!strcmp(r->name, name), "%s, but tag %llu", r->name,
                    (unsigned long long)r->tag);
            require_equal(r->size_bytes, r->tag * page);
        }
    }
    atomic_store(&is_over, true);
    for (size_t i = 0; i < array_count(threads); i++)
        require(pthread_join(threads[i], NULL) == 0);
    published_close(p);
}
END_TEST

/* ---- made up ----------------------------------------------------------------------------------
 */

enum {
    BUDGETS_AT = 4096,
    RESERVATIONS_AT = 8192,
    PAGES_AT = 16384,
    PAGE_COUNT = 1 << 20,
    SLOTS_AT = PAGES_AT + PAGE_COUNT / 8,
    SLOTS_BYTES = 8192,
    FILE_BYTES = SLOTS_AT + SLOTS_BYTES,
    RECORDS = 4
};

/* A small description, of which everything is there. */
static union {
    uint8_t bytes[FILE_BYTES];
    uint64_t words[FILE_BYTES / 8];
    steppe_published_header header;
} made;

static steppe_published_reservation *record(size_t number)
{
    return (steppe_published_reservation *)(made.bytes + RESERVATIONS_AT) + number;
}

static void make(void)
{
    memset(&made, 0, sizeof made);
    made.header = (steppe_published_header){
        .magic = STEPPE_PUBLISHED_MAGIC,
        .version = STEPPE_PUBLISHED_VERSION,
        .header_bytes = sizeof(steppe_published_header),
        .budget_bytes = sizeof(steppe_published_budget),
        .reservation_bytes = sizeof(steppe_published_reservation),
        .process_id = 1,
        .page_bytes = 4096,
        .file_bytes = FILE_BYTES,
        .budgets_at = BUDGETS_AT,
        .budget_max = 4,
        .reservations_at = RESERVATIONS_AT,
        .reservation_max = 16,
        .pages_at = PAGES_AT,
        .page_count = PAGE_COUNT,
        .slots_at = SLOTS_AT,
        .slots_bytes = SLOTS_BYTES,
        .reservation_end = RECORDS,
        .charge = {4096, 8192, STEPPE_NO_LIMIT},
    };
    for (uint64_t i = 0; i < RECORDS; i++)
        *record(i) = (steppe_published_reservation){
            .sequence = 2,
            .kind = i == 2 ? STEPPE_PUBLISHED_SLOTS : STEPPE_PUBLISHED_PLAIN,
            .budget = 1,
            .base = (i + 1) << 24,
            .size_bytes = 1 << 22,
            .page_bytes = i == 1 ? 65536 : 4096,
            .name = "made",
            .slots_base = ((i + 1) << 24) + 4096,
            .slot_bytes = 100,
            .slot_max = 1000,
            .slots_bits_at = SLOTS_AT + 4096,
            .mechanism = STEPPE_MECHANISM_GUARD,
        };
    for (size_t word = 0; word < PAGE_COUNT / 64; word++)
        made.words[PAGES_AT / 8 + word] = 0xf00000000000000f;
    made.words[SLOTS_AT / 8 + 512] = 5;
}

static int put(size_t size_bytes)
{
    int file = memfd_create("made", MFD_CLOEXEC);
    require(file >= 0 && pwrite(file, made.bytes, size_bytes, 0) == (ssize_t)size_bytes);
    return file;
}

/* Whatever comes of it, it comes to an end, and what is told is sound. */
static enum published_state read_made(struct published *p, size_t size_bytes)
{
    int file = put(size_bytes);
    enum published_state state = published_read_file(p, file, NULL);
    close(file);
    if (state == PUBLISHED_FAILED)
        require(published_problem(p)[0]);
    if (state != PUBLISHED_READ)
        return state;
    const struct published_description *d = published_description(p);
    uint64_t end = 0;
    for (size_t i = 0; i < d->reservation_count; i++) {
        const struct published_reservation *r = &d->reservations[i];
        require(r->base >= end && r->size_bytes);
        end = r->base + r->size_bytes;
        uint64_t page_end = 0, slot_end = 0;
        for (size_t run = 0; run < r->committed.count; run++) {
            require(r->committed.runs[run].count && r->committed.runs[run].first >= page_end);
            page_end = r->committed.runs[run].first + r->committed.runs[run].count;
        }
        require(page_end <= r->size_bytes / r->page_bytes);
        for (size_t run = 0; run < r->in_use.count; run++) {
            require(r->in_use.runs[run].count && r->in_use.runs[run].first >= slot_end);
            slot_end = r->in_use.runs[run].first + r->in_use.runs[run].count;
        }
        require(slot_end <= r->slot_max);
    }
    json_t *json = published_json(d);
    require(json);
    json_decref(json);
    return state;
}

START_TEST(made_well)
{
    struct published *p = published_open(1, NULL);
    make();
    require(read_made(p, FILE_BYTES) == PUBLISHED_READ, "%s", published_problem(p));
    const struct published_description *d = published_description(p);
    require_equal(d->reservation_count, RECORDS);
    require(d->damaged_count == 0 && d->torn_count == 0 && !d->is_cut);
    require_equal(d->reservations[0].committed.count, 17);
    require_runs(&d->reservations[2].in_use, (uint64_t[][2]){{0, 1}, {2, 1}}, 2);
    /* Of the 16 pages in a unit some are committed. */
    require_equal(d->reservations[1].committed.runs[0].count, 1);
    published_close(p);
}
END_TEST

/* As if it had been found for such a process. */
static enum published_state read_for(uint64_t process, uint64_t serial, uint64_t start)
{
    struct published *p = published_open(1, NULL);
    int file = put(FILE_BYTES);
    enum published_state state = published_read_file(
        p, file, &(struct identity){.process = process, .serial = serial, .start = start});
    close(file);
    published_close(p);
    return state;
}

START_TEST(of_whom)
{
    make();
    made.header.process_start = 99;
    require(read_for(1, 0, 99) == PUBLISHED_READ);
    require(read_for(1, 7, 99) == PUBLISHED_READ);
    require(read_for(2, 0, 99) == PUBLISHED_NONE);
    require(read_for(1, 0, 98) == PUBLISHED_NONE);
    require(read_for(1, 0, 0) == PUBLISHED_READ); /* in another time namespace */
    made.header.process_serial = 7;
    require(read_for(1, 7, 98) == PUBLISHED_READ); /* which says more than its start */
    require(read_for(1, 8, 99) == PUBLISHED_NONE);
    require(read_for(2, 7, 99) == PUBLISHED_NONE);
    require(read_for(1, 0, 99) == PUBLISHED_READ);
    require(read_for(1, 0, 98) == PUBLISHED_NONE);
    made.header.process_start = 0; /* it did not know */
    made.header.process_serial = 0;
    require(read_for(1, 0, 99) == PUBLISHED_READ);
}
END_TEST

START_TEST(another_version)
{
    struct published *p = published_open(1, NULL);
    make();
    made.header.version = 7;
    require(read_made(p, FILE_BYTES) == PUBLISHED_FAILED);
    require(strstr(published_problem(p), "version 7"), "%s", published_problem(p));
    make();
    made.header.magic = 0;
    require(read_made(p, FILE_BYTES) == PUBLISHED_NONE);
    published_close(p);
}
END_TEST

START_TEST(torn)
{
    struct published *p = published_open(1, NULL);
    make();
    record(1)->sequence = 3;
    require(read_made(p, FILE_BYTES) == PUBLISHED_READ);
    require_equal(published_description(p)->torn_count, 1);
    require_equal(published_description(p)->reservation_count, RECORDS - 1);
    published_close(p);
}
END_TEST

/* Not each is tried as long as one would be. */
START_TEST(all_torn)
{
    struct published *p = published_open(1, NULL);
    make();
    made.header.reservations_at = UINT64_C(1) << 30;
    made.header.reservation_max = made.header.reservation_end = PUBLISHED_RESERVATION_MAX;
    record(0)->sequence = 3;
    int file = put(FILE_BYTES);
    off_t at = (off_t)made.header.reservations_at;
    for (size_t i = 0; i < PUBLISHED_RESERVATION_MAX; i++, at += sizeof *record(0))
        require(pwrite(file, record(0), sizeof *record(0), at) == sizeof *record(0));
    require(published_read_file(p, file, NULL) == PUBLISHED_READ, "%s", published_problem(p));
    require_equal(published_description(p)->torn_count, PUBLISHED_RESERVATION_MAX);
    close(file);
    published_close(p);
}
END_TEST

/* A unit is committed when any of its pages is; of every size, wherever its bits lie in words. */
START_TEST(units_of_every_size)
{
    struct published *p = published_open(1, NULL);
    for (uint64_t each = 1; each <= 256; each *= 2) {
        make();
        made.header.reservation_end = 1;
        record(0)->page_bytes = each * 4096;
        uint64_t *words = made.words + PAGES_AT / 8 + record(0)->base / 4096 / 64;
        for (size_t word = 0; word < 1024 / 64; word++)
            words[word] = 0;
        for (uint64_t unit = 0; unit < 1024 / each; unit++) /* 0, 1, 3, 4, 6, 7 ... by any bit */
            if (unit % 3 != 2)
                words[unit * each / 64 + unit % each / 64] |= UINT64_C(1)
                                                              << (unit * each + unit % each) % 64;
        require(read_made(p, FILE_BYTES) == PUBLISHED_READ, "%s", published_problem(p));
        const struct published_runs *runs = &published_description(p)->reservations[0].committed;
        require_equal(runs->count, (1024 / each + 2) / 3);
        for (size_t i = 0; i < runs->count; i++) {
            require_equal(runs->runs[i].first, 3 * i);
            require_equal(runs->runs[i].count, 3 * i + 1 < 1024 / each ? 2 : 1);
        }
    }
    published_close(p);
}
END_TEST

START_TEST(records_that_make_no_sense)
{
    struct published *p = published_open(1, NULL);
    make();
    record(1)->base = record(0)->base + 65536; /* overlaps */
    record(3)->size_bytes = UINT64_MAX & ~UINT64_C(4095);
    record(2)->slots_bits_at = FILE_BYTES - 8;
    memset(record(0)->name, 0xff, sizeof record(0)->name);
    record(0)->kind = 77;
    require(read_made(p, FILE_BYTES) == PUBLISHED_READ);
    const struct published_description *d = published_description(p);
    require_equal(d->damaged_count, 3);
    require_equal(d->reservation_count, 2);
    require(!d->reservations[1].has_slots);
    require_equal(d->reservations[0].kind, STEPPE_PUBLISHED_PLAIN);
    require_equal(strlen(d->reservations[0].name), STEPPE_PUBLISHED_NAME_BYTES - 1);
    require(d->reservations[0].name[5] == '?');
    published_close(p);
}
END_TEST

static const uint64_t extremes[] = {0,
                                    1,
                                    7,
                                    8,
                                    63,
                                    4095,
                                    4096,
                                    FILE_BYTES - 1,
                                    FILE_BYTES,
                                    FILE_BYTES + 1,
                                    SLOTS_AT,
                                    INT32_MAX,
                                    UINT32_MAX,
                                    UINT64_C(1) << 40,
                                    UINT64_C(1) << 47,
                                    INT64_MAX,
                                    UINT64_C(1) << 63,
                                    UINT64_MAX - 4095,
                                    UINT64_MAX - 1,
                                    UINT64_MAX};

/* Every field of the header, the budget and two records, of either width. */
START_TEST(extremes_everywhere)
{
    struct published *p = published_open(1, NULL);
    const size_t areas[][2] = {{0, sizeof(steppe_published_header)},
                               {BUDGETS_AT, sizeof(steppe_published_charge)},
                               {RESERVATIONS_AT, 184},
                               {RESERVATIONS_AT + 2 * sizeof(steppe_published_reservation), 184}};
    size_t readable = 0;
    for (size_t area = 0; area < array_count(areas); area++)
        for (size_t at = areas[area][0]; at < areas[area][0] + areas[area][1]; at += 4)
            for (size_t i = 0; i < array_count(extremes); i++) {
                size_t width = at % 8 ? 4 : 4 + i % 2 * 4;
                make();
                memcpy(made.bytes + at, &extremes[i], width);
                readable += read_made(p, FILE_BYTES) == PUBLISHED_READ;
            }
    require(readable > 100);
    published_close(p);
}
END_TEST

START_TEST(pairs_of_extremes)
{
    struct published *p = published_open(1, NULL);
    uint64_t chance = 1;
    for (int round = 0; round < (is_slow() ? 200 : 4000); round++) {
        make();
        for (uint64_t change = 0; change <= 1 + round % 5u; change++) {
            size_t at = random_below(&chance, 2) ? random_below(&chance, 32) * 8
                                                 : RESERVATIONS_AT + random_below(&chance, 256) * 8;
            made.words[at / 8] = extremes[random_below(&chance, array_count(extremes))];
        }
        made.header.magic = STEPPE_PUBLISHED_MAGIC;
        made.header.version = STEPPE_PUBLISHED_VERSION;
        (void)read_made(p, FILE_BYTES);
    }
    published_close(p);
}
END_TEST

START_TEST(random_bytes)
{
    struct published *p = published_open(1, NULL);
    uint64_t chance = 2;
    for (int round = 0; round < (is_slow() ? 50 : 500); round++) {
        if (round % 2)
            make();
        for (size_t i = 0; i < PAGES_AT / 8; i++)
            if (!(round % 2) || random_below(&chance, 100) == 0)
                made.words[i] = random_next(&chance);
        for (size_t i = PAGES_AT / 8; i < FILE_BYTES / 8; i++)
            made.words[i] = random_next(&chance) & random_next(&chance);
        made.header.magic = STEPPE_PUBLISHED_MAGIC;
        made.header.version = STEPPE_PUBLISHED_VERSION;
        if (round % 4 == 3) {
            make();
            for (size_t i = PAGES_AT / 8; i < FILE_BYTES / 8; i++)
                made.words[i] = random_next(&chance);
        }
        (void)read_made(p, FILE_BYTES);
    }
    published_close(p);
}
END_TEST

START_TEST(truncated)
{
    struct published *p = published_open(1, NULL);
    make();
    for (size_t size = 0; size < FILE_BYTES; size += size < PAGES_AT ? 64 : 8192)
        require(read_made(p, size) == PUBLISHED_FAILED);
    published_close(p);
}
END_TEST

/* A file that is cut while it is read: no signal, but a sentence, or less. */
static void *cut(void *context)
{
    int file = *(int *)context;
    while (!atomic_load(&is_over)) {
        require(ftruncate(file, RESERVATIONS_AT + 700) == 0);
        require(pwrite(file, made.bytes, FILE_BYTES, 0) == FILE_BYTES);
    }
    return NULL;
}

START_TEST(cut_meanwhile)
{
    pthread_t thread;
    struct published *p = published_open(1, NULL);
    make();
    int file = put(FILE_BYTES);
    require(pthread_create(&thread, NULL, cut, &file) == 0);
    for (int look = 0; look < (is_slow() ? 50 : 1000); look++)
        (void)published_read_file(p, file, NULL);
    atomic_store(&is_over, true);
    require(pthread_join(thread, NULL) == 0);
    close(file);
    published_close(p);
}
END_TEST

/* A million runs are told, and no more; a file of terabytes takes no longer. */
START_TEST(more_runs_than_anybody_wants)
{
    struct published *p = published_open(1, NULL);
    enum { WORDS = 1 << 16 };
    make();
    made.header.pages_at = UINT64_C(1) << 30;
    made.header.page_count = UINT64_C(1) << 42;
    record(0)->size_bytes = UINT64_C(1) << 50;
    made.header.reservation_end = 1;
    int file = put(FILE_BYTES);
    uint64_t *words = malloc(WORDS * sizeof *words);
    require(words && ftruncate(file, (INT64_C(1) << 30) + (INT64_C(1) << 39)) == 0);
    memset(words, 0x55, WORDS * sizeof *words);
    require(pwrite(file, words, WORDS * sizeof *words, (1 << 30) + (1 << 20)) > 0);
    require(published_read_file(p, file, NULL) == PUBLISHED_READ, "%s", published_problem(p));
    require(published_description(p)->is_cut);
    require_equal(published_description(p)->reservations[0].committed.count, PUBLISHED_RUN_MAX);
    free(words);
    close(file);
    published_close(p);
}
END_TEST

/* Every second page of the file is there: that is not looked at for ever. */
START_TEST(full_of_holes)
{
    struct published *p = published_open(1, NULL);
    make();
    made.header.pages_at = UINT64_C(1) << 30;
    made.header.page_count = UINT64_C(1) << 42;
    record(0)->size_bytes = UINT64_C(1) << 50;
    made.header.reservation_end = 1;
    int file = put(FILE_BYTES);
    require(ftruncate(file, (INT64_C(1) << 30) + (INT64_C(1) << 39)) == 0);
    for (int i = 0; i < 4000; i++)
        require(pwrite(file, "\1", 1, (1 << 30) + (off_t)i * 128 * 1024) == 1);
    require(published_read_file(p, file, NULL) == PUBLISHED_READ);
    require_equal(published_description(p)->reservations[0].committed.count,
                  4000 - 1); /* the first is below it */
    close(file);
    published_close(p);
}
END_TEST

START_TEST(other_files)
{
    struct published *p = published_open(1, NULL);
    int ends[2];
    require(pipe(ends) == 0);
    require(published_read_file(p, ends[0], NULL) == PUBLISHED_NONE);
    int null = open("/dev/null", O_RDONLY);
    require(published_read_file(p, null, NULL) == PUBLISHED_NONE);
    require(published_read_file(p, -1, NULL) == PUBLISHED_NONE);
    published_close(p);
}
END_TEST

/* A process made of files: a pipe that has the name, and a description of somebody else. */
START_TEST(found_among_others)
{
    char folder[] = "/tmp/steppe-published-XXXXXX", path[256], target[256];
    require(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/7", folder);
    require(mkdir(path, 0700) == 0);
    snprintf(path, sizeof path, "%s/7/stat", folder);
    FILE *stat_file = fopen(path, "w");
    require(stat_file);
    fprintf(stat_file, "7 (a) b) c) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 123456 1\n");
    fclose(stat_file);
    snprintf(path, sizeof path, "%s/7/fd", folder);
    require(mkdir(path, 0700) == 0);
    struct published *p = published_open(7, folder);
    require(published_read(p) == PUBLISHED_NONE);
    snprintf(target, sizeof target, "%s", STEPPE_PUBLISHED_LINK);
    snprintf(path, sizeof path, "%s/7/fd/3", folder);
    require(symlink(target, path) == 0); /* leads nowhere */
    require(published_read(p) == PUBLISHED_NONE);
    require(unlink(path) == 0);
    snprintf(path, sizeof path, "%s/7/fd", folder);
    require(rmdir(path) == 0);
    require(published_read(p) == PUBLISHED_ENDED);
    snprintf(path, sizeof path, "%s/7/stat", folder);
    require(unlink(path) == 0);
    require(published_read(p) == PUBLISHED_ENDED);
    snprintf(path, sizeof path, "%s/7", folder);
    require(rmdir(path) == 0 && rmdir(folder) == 0);
    published_close(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("published");
    TCase *live = test_case(suite, "live");
    tcase_add_checked_fixture(live, setup, NULL);
    tcase_add_test(live, from_inside_and_outside);
    tcase_add_test(live, nothing_published);
    tcase_add_test(live, a_process_that_ends);
    tcase_add_test(live, a_child_is_not_its_parent);
    tcase_add_test(live, a_child_tells_that_it_inherited);
    tcase_add_test(live, identities);
    tcase_add_test(live, in_another_time_namespace);
    tcase_add_test(live, as_json);
    tcase_add_test(live, changes_meanwhile);
    TCase *tests = test_case(suite, "made up");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, made_well);
    tcase_add_test(tests, of_whom);
    tcase_add_test(tests, another_version);
    tcase_add_test(tests, torn);
    tcase_add_test(tests, all_torn);
    tcase_add_test(tests, units_of_every_size);
    tcase_add_test(tests, records_that_make_no_sense);
    tcase_add_test(tests, extremes_everywhere);
    tcase_add_test(tests, pairs_of_extremes);
    tcase_add_test(tests, random_bytes);
    tcase_add_test(tests, truncated);
    tcase_add_test(tests, cut_meanwhile);
    tcase_add_test(tests, more_runs_than_anybody_wants);
    tcase_add_test(tests, full_of_holes);
    tcase_add_test(tests, other_files);
    tcase_add_test(tests, found_among_others);
    return test_main(suite);
}
