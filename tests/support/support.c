/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The sanitizers' own SIGSEGV handler would stand where the tests expect the default action. */
#if TEST_UNDER_ASAN
const char *__asan_default_options(void);
__attribute__((visibility("default"), used)) const char *__asan_default_options(void)
{
    return "handle_segv=0:handle_sigbus=0:allow_user_segv_handler=1";
}
#endif
#if TEST_UNDER_TSAN
const char *__tsan_default_options(void);
__attribute__((visibility("default"), used)) const char *__tsan_default_options(void)
{
    return "handle_segv=0:handle_sigbus=0:die_after_fork=0";
}
#endif

/* ---- running ----------------------------------------------------------------------------------
 */

enum { TIMEOUT_SECONDS = 240, TIMEOUT_SECONDS_SLOW = 1800 };

int test_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed_count = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

TCase *test_case(Suite *suite, const char *name)
{
    TCase *test_case = tcase_create(name);
    tcase_set_timeout(test_case, is_slow() ? TIMEOUT_SECONDS_SLOW : TIMEOUT_SECONDS);
    suite_add_tcase(suite, test_case);
    return test_case;
}

TCase *test_case_catching(Suite *suite, const char *name)
{
    TCase *catching = test_case(suite, name);
    tcase_add_checked_fixture(catching, catch_faults, NULL);
    return catching;
}

void test_skipped(const char *test, const char *format, ...)
{
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    /* One write, so that the line stays whole between the lines of the runner. */
    dprintf(STDOUT_FILENO, "# SKIP %s: %s\n", test, reason);
}

bool is_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return getenv("RUNNING_ON_VALGRIND") || (preload && strstr(preload, "vgpreload"));
}

bool is_slow(void)
{
    return TEST_UNDER_TSAN || is_valgrind() || getenv("STEPPE_TEST_SMALL");
}

/* ---- asserting --------------------------------------------------------------------------------
 */

void require_failed(const char *file, int line, const char *condition, const char *format, ...)
{
    char figures[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(figures, sizeof figures, format, arguments);
    va_end(arguments);
    _ck_assert_failed(file, line, condition, "%s%s [last: %s]", condition, figures,
                      steppe_last_message());
    abort();
}

static bool message_names(const char *call)
{
    size_t name_length = strcspn(call, "(");
    const char *message = steppe_last_message();
    return strncmp(message, call, name_length) == 0 && message[name_length] == ':';
}

static void require_told(const char *file, int line, const char *call, steppe_status wanted)
{
    if (steppe_last_status() != wanted)
        require_failed(file, line, call, ": last status %s, not %s",
                       steppe_status_name(steppe_last_status()), steppe_status_name(wanted));
    if (!strstr(steppe_last_message(), steppe_status_text(wanted)))
        require_failed(file, line, call, ": message without the sentence of %s",
                       steppe_status_name(wanted));
    if (!message_names(call))
        require_failed(file, line, call, ": message does not begin with the function's name");
}

void require_status_at(const char *file, int line, const char *call, steppe_status got,
                       steppe_status wanted)
{
    if (got != wanted)
        require_failed(file, line, call, " gave %s, not %s", steppe_status_name(got),
                       steppe_status_name(wanted));
    if (wanted != STEPPE_OK)
        require_told(file, line, call, wanted);
}

void require_null_at(const char *file, int line, const char *call, const void *got,
                     steppe_status wanted)
{
    if (got)
        require_failed(file, line, call, " gave %p instead of %s", got, steppe_status_name(wanted));
    require_told(file, line, call, wanted);
}

uint8_t *reserve_at(const char *file, int line, size_t size_bytes, const steppe_options *options)
{
    uint8_t *base = steppe_reserve(size_bytes, options);
    if (!base)
        require_failed(file, line, "steppe_reserve", " of %zu bytes", size_bytes);
    return base;
}

steppe_run require_run_at(const char *file, int line, const void *address, const void *base,
                          size_t size_bytes, steppe_state state, steppe_protection protection)
{
    steppe_run run = {0};
    steppe_status status = steppe_query(address, &run);
    if (status != STEPPE_OK)
        require_failed(file, line, "steppe_query", " of %p gave %s", address,
                       steppe_status_name(status));
    if (run.base != base || run.size_bytes != size_bytes || run.state != state ||
        run.protection != protection)
        require_failed(file, line, "steppe_query", " of %p gave %p %#zx %s %s, not %p %#zx %s %s",
                       address, run.base, run.size_bytes, steppe_state_name(run.state),
                       steppe_protection_name(run.protection), base, size_bytes,
                       steppe_state_name(state), steppe_protection_name(protection));
    return run;
}

NO_SANITIZER void require_bytes_at(const char *file, int line, const void *address,
                                   size_t size_bytes, uint8_t value)
{
    const volatile uint8_t *bytes = address;
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] != value)
            require_failed(file, line, "bytes", " differ at %p + %#zx: %#x, not %#x", address, i,
                           bytes[i], value);
    }
}

/* ---- touching ---------------------------------------------------------------------------------
 */

static __thread sigjmp_buf touch_jump;
static __thread volatile sig_atomic_t touch_is_open;
static __thread volatile struct touch touch_seen;

static void catcher(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (!touch_is_open) {
        /* Not a fault a test asked for: let it happen again, and kill. */
        signal(number, SIG_DFL);
        return;
    }
    touch_is_open = 0;
    touch_seen.faulted = true;
    touch_seen.signal = number;
    touch_seen.code = info->si_code;
    touch_seen.address = info->si_addr;
    siglongjmp(touch_jump, 1);
}

void catch_faults(void)
{
    struct sigaction action = {.sa_sigaction = catcher, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

static struct touch touch_do(void (*access)(void *, uint8_t), void *address, uint8_t value)
{
    touch_seen = (struct touch){0};
    if (sigsetjmp(touch_jump, 1) == 0) {
        touch_is_open = 1;
        access(address, value);
    }
    touch_is_open = 0;
    return touch_seen;
}

static void access_read(void *address, uint8_t value)
{
    (void)value;
    touch_seen.value = load(address);
}

static void access_write(void *address, uint8_t value)
{
    store(address, value);
}

static void access_execute(void *address, uint8_t value)
{
    (void)value;
    call_code(address);
}

struct touch touch_read(const void *address)
{
    return touch_do(access_read, (void *)address, 0);
}

struct touch touch_write(void *address, uint8_t value)
{
    return touch_do(access_write, address, value);
}

struct touch touch_execute(void *address)
{
    return touch_do(access_execute, address, 0);
}

struct loose_word {
    uint64_t word;
} __attribute__((packed, may_alias));

NO_SANITIZER uint8_t load(const void *address)
{
    return *(const volatile uint8_t *)address;
}

NO_SANITIZER void store(void *address, uint8_t value)
{
    *(volatile uint8_t *)address = value;
}

NO_SANITIZER uint64_t load_word(const void *address)
{
    return ((const volatile struct loose_word *)address)->word;
}

NO_SANITIZER void store_word(void *address, uint64_t value)
{
    ((volatile struct loose_word *)address)->word = value;
}

NO_SANITIZER void call_code(void *address)
{
    void (*volatile code)(void) = (void (*)(void))(uintptr_t)address;
    code();
}

bool put_return(void *address)
{
#if defined(__x86_64__) || defined(__i386__)
    store(address, 0xc3);
#elif defined(__aarch64__)
    *(volatile uint32_t *)address = UINT32_C(0xd65f03c0);
#else
    (void)address;
    return false;
#endif
    __builtin___clear_cache((char *)address, (char *)address + 8);
    return true;
}

/* ---- the kernel's side ------------------------------------------------------------------------
 */

static size_t resident_by_pagemap(int file, const void *address, size_t size_bytes)
{
    size_t page = steppe_page_bytes(), resident = 0;
    uint64_t entries[512];
    uintptr_t first = (uintptr_t)address / page, count = size_bytes / page;
    for (uintptr_t done = 0; done < count;) {
        size_t batch = count - done < array_count(entries) ? count - done : array_count(entries);
        ssize_t got = pread(file, entries, batch * sizeof *entries,
                            (off_t)((first + done) * sizeof *entries));
        require(got == (ssize_t)(batch * sizeof *entries), "pagemap: %s", strerror(errno));
        for (size_t i = 0; i < batch; i++)
            resident += (entries[i] >> 63) * page;
        done += batch;
    }
    return resident;
}

static size_t resident_by_mincore(const void *address, size_t size_bytes)
{
    size_t page = steppe_page_bytes(), resident = 0;
    unsigned char present[512];
    for (size_t done = 0; done < size_bytes;) {
        size_t left = size_bytes - done, most = array_count(present) * page;
        size_t batch = left < most ? left : most;
        int failed = mincore((char *)address + done, batch, present);
        require(failed == 0, "mincore: %s", strerror(errno));
        for (size_t i = 0; i < batch / page; i++)
            resident += (present[i] & 1) * page;
        done += batch;
    }
    return resident;
}

/* PAGEMAP_SCAN (Linux 6.7) knows the shared page of zeros, which is nobody's memory. */
static bool resident_by_scan(int file, const void *address, size_t size_bytes, size_t *resident)
{
    enum { PRESENT = 1 << 3, ZEROS = 1 << 5 };
    struct {
        uint64_t first, end, categories;
    } runs[64];
    struct {
        uint64_t size, flags, start, end, walk_end, runs, run_count, page_max;
        uint64_t inverted, all_of, any_of, told;
    } scan = {.size = sizeof scan,
              .start = (uintptr_t)address,
              .end = (uintptr_t)address + size_bytes,
              .runs = (uintptr_t)runs,
              .run_count = array_count(runs),
              .inverted = ZEROS,
              .all_of = PRESENT | ZEROS,
              .told = PRESENT};
    *resident = 0;
    for (; scan.start < scan.end; scan.start = scan.walk_end) {
        int count = ioctl(file, _IOWR('f', 16, scan), &scan);
        if (count < 0)
            return false;
        for (int i = 0; i < count; i++)
            *resident += runs[i].end - runs[i].first;
    }
    return true;
}

size_t resident_bytes_of(const void *address, size_t size_bytes)
{
    int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    size_t resident;
    if (file < 0)
        return resident_by_mincore(address, size_bytes);
    if (!resident_by_scan(file, address, size_bytes, &resident))
        resident = resident_by_pagemap(file, address, size_bytes);
    close(file);
    return resident;
}

/* Reads a whole file of /proc without the heap, which would move what is measured. */
static size_t read_proc(const char *path, char *buffer, size_t buffer_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    size_t length = 0;
    for (;;) {
        ssize_t got = read(file, buffer + length, buffer_bytes - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    close(file);
    buffer[length] = 0;
    return length;
}

size_t anonymous_bytes_of_process(void)
{
    static char text[8192];
    read_proc("/proc/self/smaps_rollup", text, sizeof text);
    const char *line = strstr(text, "\nAnonymous:");
    return line ? strtoull(line + strlen("\nAnonymous:"), NULL, 10) * 1024 : 0;
}

size_t mapping_count_of(const void *address, size_t size_bytes)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    require(maps, "/proc/self/maps: %s", strerror(errno));
    uintptr_t first = (uintptr_t)address, end = first + size_bytes;
    size_t count = 0;
    char line[1024];
    while (fgets(line, sizeof line, maps)) {
        char *rest = NULL;
        uintptr_t from = strtoull(line, &rest, 16), to = strtoull(rest + 1, NULL, 16);
        count += from < end && to > first;
    }
    fclose(maps);
    return count;
}

size_t mapping_count_max(void)
{
    static char text[64];
    return read_proc("/proc/sys/vm/max_map_count", text, sizeof text) ? strtoull(text, NULL, 10)
                                                                      : SIZE_MAX;
}

/* Far from where the kernel, the library and the tools place anything by themselves: a hole that is
 * left open is where the next mapping of anybody would go. */
static uintptr_t area_hint(void)
{
    if (sizeof(void *) < 8)
        return 0;
    if (is_valgrind())
        return (uintptr_t)UINT64_C(0x1000000000);
    return (uintptr_t)(TEST_UNDER_TSAN ? UINT64_C(0x7e9000000000) : UINT64_C(0x680000000000));
}

uint8_t *free_area(size_t size_bytes, size_t alignment)
{
    static uintptr_t next;
    if (alignment < GRANULE)
        alignment = GRANULE;
    size_t whole_bytes = size_bytes + 2 * alignment + 2 * GRANULE;
    void *hole = mmap((void *)(area_hint() + next), whole_bytes, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require(hole != MAP_FAILED, "mmap of %zu: %s", whole_bytes, strerror(errno));
    munmap(hole, whole_bytes);
    next += whole_bytes + CHUNK_FLOOR;
    uintptr_t lowest = (uintptr_t)hole + GRANULE;
    return (uint8_t *)((lowest + alignment - 1) / alignment * alignment);
}

/* ---- the library's side -----------------------------------------------------------------------
 */

uint64_t process_charge(void)
{
    return steppe_budget_charged_bytes(steppe_process_budget());
}

bool find_reservation(const void *base, steppe_reservation *found)
{
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r)) {
        if (r.base != base)
            continue;
        *found = r;
        return true;
    }
    return false;
}

uint64_t charge_of(const void *address)
{
    steppe_run run = steppe_first_run(address);
    steppe_reservation reservation;
    require(find_reservation(run.reservation, &reservation), "%p is in no reservation", address);
    return reservation.committed_bytes;
}

uint64_t charge_by_runs(const void *address)
{
    uint64_t charge = 0;
    for (steppe_run run = steppe_first_run(address); run.size_bytes; run = steppe_next_run(run))
        charge += run.state == STEPPE_COMMITTED ? run.size_bytes : 0;
    return charge;
}

steppe_statistics statistics_of(const void *address)
{
    steppe_statistics statistics = {0};
    require_ok(steppe_statistics_of(address, &statistics));
    return statistics;
}

size_t reservation_count(void)
{
    size_t count = 0;
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r))
        count++;
    return count;
}

static void snapshot_add(struct snapshot *snapshot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void snapshot_add(struct snapshot *snapshot, const char *format, ...)
{
    enum { LINE_BYTES = 512 };
    size_t used = snapshot->text ? strlen(snapshot->text) : 0;
    if (used + LINE_BYTES > snapshot->size_bytes) {
        snapshot->size_bytes = 2 * (used + LINE_BYTES);
        snapshot->text = realloc(snapshot->text, snapshot->size_bytes);
        require(snapshot->text);
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(snapshot->text + used, LINE_BYTES, format, arguments);
    va_end(arguments);
}

/* Through /proc/self/mem, which also reads pages without access and takes no guard off. */
static uint64_t hash_bytes(int memory, const steppe_run *run)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    static uint8_t buffer[65536];
    for (size_t done = 0; done < run->size_bytes;) {
        size_t left = run->size_bytes - done;
        ssize_t got = pread(memory, buffer, left < sizeof buffer ? left : sizeof buffer,
                            (off_t)((uintptr_t)run->base + done));
        if (got <= 0)
            return 0;
        for (ssize_t i = 0; i < got; i++)
            hash = (hash ^ buffer[i]) * UINT64_C(0x100000001b3);
        done += (size_t)got;
    }
    return hash;
}

static void snapshot_reservation(struct snapshot *snapshot, const steppe_reservation *reservation,
                                 int memory)
{
    snapshot_add(snapshot,
                 "%p +%zx page %zx charge %llu limit %llu policy %d %s %d %p %d %llx %s\n",
                 reservation->base, reservation->size_bytes, reservation->page_bytes,
                 (unsigned long long)reservation->committed_bytes,
                 (unsigned long long)reservation->limit_bytes, reservation->on_fault,
                 steppe_protection_name(reservation->protection), reservation->mechanism,
                 (void *)reservation->budget, reservation->strict,
                 (unsigned long long)reservation->tag, reservation->name);
    if (reservation->budget)
        snapshot_add(snapshot, "  budget %llu of %llu\n",
                     (unsigned long long)steppe_budget_charged_bytes(reservation->budget),
                     (unsigned long long)steppe_budget_limit_bytes(reservation->budget));
    for (steppe_run run = steppe_first_run(reservation->base); run.size_bytes;
         run = steppe_next_run(run))
        snapshot_add(snapshot, "  %p +%zx %s %s owner %d of %p +%zx %x %llx bytes %llx\n", run.base,
                     run.size_bytes, steppe_state_name(run.state),
                     steppe_protection_name(run.protection), run.owner, run.reservation,
                     run.reservation_bytes, run.reservation_protection, (unsigned long long)run.tag,
                     run.state == STEPPE_COMMITTED && memory >= 0
                         ? (unsigned long long)hash_bytes(memory, &run)
                         : 0);
}

struct snapshot snapshot_take(void)
{
    struct snapshot snapshot = {0};
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    snapshot_add(&snapshot, "process charge %llu of %llu\n", (unsigned long long)process_charge(),
                 (unsigned long long)steppe_budget_limit_bytes(steppe_process_budget()));
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r))
        snapshot_reservation(&snapshot, &r, memory);
    if (memory >= 0)
        close(memory);
    return snapshot;
}

/* The line in which two texts part. */
static void line_of_difference(const char *text, const char *other, char *line, size_t line_bytes)
{
    size_t start = 0, i = 0;
    for (; text[i] && text[i] == other[i]; i++) {
        if (text[i] == '\n')
            start = i + 1;
    }
    snprintf(line, line_bytes, "%.*s", (int)strcspn(text + start, "\n"), text + start);
}

void require_same_at(const char *file, int line, struct snapshot *before)
{
    struct snapshot after = snapshot_take();
    if (strcmp(before->text, after.text) != 0) {
        char was[400], is[400];
        line_of_difference(before->text, after.text, was, sizeof was);
        line_of_difference(after.text, before->text, is, sizeof is);
        require_failed(file, line, "nothing changed", ":\n  was %s\n  is  %s", was, is);
    }
    free(after.text);
    free(before->text);
    *before = (struct snapshot){0};
}

/* ---- children ---------------------------------------------------------------------------------
 */

int run_child(int (*body)(void *context), void *context)
{
    fflush(NULL);
    pid_t child = fork();
    require(child >= 0, "fork: %s", strerror(errno));
    if (child == 0)
        _exit(body(context));
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        require(errno == EINTR, "waitpid: %s", strerror(errno));
    return status;
}

void child_failed(const char *file, int line, const char *condition)
{
    dprintf(STDOUT_FILENO, "# in a child, %s:%d: %s [last: %s]\n", file, line, condition,
            steppe_last_message());
    _exit(99);
}
