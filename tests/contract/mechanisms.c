/* SPDX-License-Identifier: MIT */
/*
 * mechanisms.c - which mechanism is chosen and why; what becomes of memory when it is forbidden,
 * taken away or inherited; and what differs between them that nobody may notice: system calls,
 * signals, huge pages, kernel mappings.
 *
 * Sandboxes are real here: seccomp filters in the process of the test.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

/* Without a word to the library: some tests forbid things before its first use. */
static void setup_silently(void)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    catch_faults();
}

static void choose_best(void)
{
    setenv("STEPPE_MECHANISM", "best", 1);
}

/* Tests that name userfaultfd run in one of the rounds only. */
static bool is_round_of(const char *mechanism)
{
    const char *setting = getenv("STEPPE_MECHANISM");
    return !setting || !strcmp(setting, mechanism);
}

static bool has_uffd(void)
{
    return !is_valgrind() && steppe_mechanism_is_available(STEPPE_MECHANISM_UFFD);
}

#define need_uffd()                                                                                \
    do {                                                                                           \
        if (!is_round_of("uffd"))                                                                  \
            return;                                                                                \
        if (!has_uffd())                                                                           \
            skip_test("no userfaultfd here");                                                      \
    } while (0)

static bool is_charged_for_writable_memory(void)
{
    char text[16] = "";
    struct rlimit limit;
    int file = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        require(read(file, text, sizeof text - 1) >= 0);
        close(file);
    }
    return text[0] == '2' ||
           (getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY);
}

static steppe_mechanism mechanism_of(const void *base)
{
    return statistics_of(base).mechanism;
}

static bool why_says(const void *base, const char *part)
{
    return strstr(statistics_of(base).why, part) != NULL;
}

/* ---- sandboxes --------------------------------------------------------------------------------
 */

struct ban {
    long call;
    int argument; /* which one is looked at; -1: none */
    uint32_t value;
    int error;
};

enum { BANS_MAX = 8, BAN_STEPS = 5 };

/* false where the machine allows no filters. */
static bool forbid(const struct ban *bans, size_t count)
{
    struct sock_filter code[1 + BANS_MAX * BAN_STEPS + 1];
    size_t used = 0;
    require(count <= BANS_MAX);
    for (size_t i = 0; i < count; i++) {
        bool any = bans[i].argument < 0;
        size_t offset = any ? offsetof(struct seccomp_data, nr)
                            : offsetof(struct seccomp_data, args) + 8 * (size_t)bans[i].argument;
        code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                    offsetof(struct seccomp_data, nr));
        code[used++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)bans[i].call, 0, 3);
        code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
        code[used++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, any ? (uint32_t)bans[i].call : bans[i].value, 0, 1);
        code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
                                                    SECCOMP_RET_ERRNO | (uint32_t)bans[i].error);
    }
    code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = (unsigned short)used, .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static bool forbid_userfaultfd(int error)
{
    return forbid(&(struct ban){SYS_userfaultfd, -1, 0, error}, 1);
}

static bool forbid_markers(void)
{
    enum { INSTALL = 102, REMOVE = 103 };
    struct ban bans[] = {{SYS_madvise, 2, INSTALL, EINVAL}, {SYS_madvise, 2, REMOVE, EINVAL}};
    return forbid(bans, array_count(bans));
}

/* EINVAL: Linux before 5.14. */
static bool forbid_populating(int error)
{
    enum { POPULATE_READ = 22, POPULATE_WRITE = 23 };
    struct ban bans[] = {{SYS_madvise, 2, POPULATE_READ, error},
                         {SYS_madvise, 2, POPULATE_WRITE, error}};
    return forbid(bans, array_count(bans));
}

/* Which of the calls on the descriptor. */
enum { COPY = 1, ZEROPAGE = 2, REGISTER = 4, UNREGISTER = 8, API = 16, OPEN = 32 };

static bool forbid_calls(unsigned which, int error)
{
    static const struct {
        unsigned which;
        uint32_t request;
    } calls[] = {{COPY, (uint32_t)UFFDIO_COPY},
                 {ZEROPAGE, (uint32_t)UFFDIO_ZEROPAGE},
                 {REGISTER, (uint32_t)UFFDIO_REGISTER},
                 {UNREGISTER, (uint32_t)UFFDIO_UNREGISTER},
                 {API, (uint32_t)UFFDIO_API}};
    struct ban bans[BANS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < array_count(calls); i++)
        if (which & calls[i].which)
            bans[count++] = (struct ban){SYS_ioctl, 1, calls[i].request, error};
    if (which & OPEN)
        bans[count++] = (struct ban){SYS_userfaultfd, -1, 0, error};
    return forbid(bans, count);
}

/* ---- a model of one reservation ---------------------------------------------------------------
 */

enum { MODEL_PAGES = 2048, MODELS_MAX = 8 };

/* A page's first and last byte hold value; 0 when nothing was written since it was committed. */
struct model {
    uint8_t *base;
    size_t pages;
    bool commits_on_touch;
    bool is_committed[MODEL_PAGES];
    uint8_t value[MODEL_PAGES];
    uint8_t next;
};

static uint8_t *page_at(const struct model *m, size_t index)
{
    return m->base + index * page;
}

static void model_write(struct model *m, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        m->value[i] = (uint8_t)(1 + m->next++ % 250);
        store(page_at(m, i), m->value[i]);
        store(page_at(m, i) + page - 1, m->value[i]);
    }
}

static void model_commit(struct model *m, size_t first, size_t end)
{
    require_ok(steppe_commit(page_at(m, first), (end - first) * page));
    for (size_t i = first; i < end; i++)
        m->is_committed[i] = true;
}

static void model_forget(struct model *m, size_t first, size_t end)
{
    memset(m->is_committed + first, 0, (end - first) * sizeof(bool));
    memset(m->value + first, 0, end - first);
}

static void model_decommit(struct model *m, size_t first, size_t end)
{
    require_ok(steppe_decommit(page_at(m, first), (end - first) * page));
    model_forget(m, first, end);
}

static void model_decommit_all(struct model *m, size_t first, size_t end)
{
    steppe_range ranges[16];
    size_t part = (end - first + 15) / 16, count = 0, done = 99;
    for (size_t at = first; at < end; at += part)
        ranges[count++] =
            (steppe_range){page_at(m, at), (at + part < end ? part : end - at) * page / 2};
    for (size_t i = 0; i < count; i++)
        model_forget(
            m, (size_t)((uint8_t *)ranges[i].address - m->base) / page,
            ((size_t)((uint8_t *)ranges[i].address - m->base) + ranges[i].size_bytes + page - 1) /
                page);
    require_ok(steppe_decommit_all(ranges, count, &done));
    require_equal(done, count);
}

static void require_page(const struct model *m, size_t i)
{
    struct touch first = touch_read(page_at(m, i)), last = touch_read(page_at(m, i) + page - 1);
    require(!first.faulted && !last.faulted, "page %zu faults, signal %d code %d", i, first.signal,
            first.code);
    require(first.value == m->value[i] && last.value == m->value[i],
            "page %zu holds %d..%d, not %d", i, first.value, last.value, m->value[i]);
}

/* Each byte that is reset is old or zero. */
static void model_reset(struct model *m, size_t first, size_t end)
{
    require_ok(steppe_reset(page_at(m, first), (end - first) * page));
    for (size_t i = first; i < end; i++) {
        if (!m->is_committed[i])
            continue;
        struct touch touch = touch_read(page_at(m, i));
        require(!touch.faulted && (touch.value == 0 || touch.value == m->value[i]),
                "page %zu: %s %d", i, touch.faulted ? "faults" : "holds", touch.value);
        if (touch.value == 0)
            m->value[i] = 0;
    }
}

static void model_ready(struct model *m, size_t first, size_t end)
{
    require_ok(steppe_ready(page_at(m, first), (end - first) * page, STEPPE_ACCESS_WRITE));
    for (size_t i = first; i < end; i++)
        m->is_committed[i] = true;
}

static void model_protect(struct model *m, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (!m->is_committed[i])
            continue;
        require_ok(steppe_protect(page_at(m, i), page, STEPPE_NO_ACCESS, NULL));
        struct touch touch = touch_read(page_at(m, i));
        require(touch.faulted, "no-access page %zu was read", i);
        require_ok(steppe_protect(page_at(m, i), page, STEPPE_READ_WRITE, NULL));
        require_page(m, i);
    }
}

/* A touch: commits, and perhaps neighbours with it; or faults as SIGSEGV at the address. */
static void model_touch(struct model *m, size_t i)
{
    struct touch touch = touch_write(page_at(m, i) + 3, 0);
    if (m->is_committed[i] || m->commits_on_touch) {
        require(!touch.faulted, "page %zu faults, signal %d code %d", i, touch.signal, touch.code);
        m->is_committed[i] = true;
        return;
    }
    require(touch.faulted, "page %zu is not committed and was touched", i);
    require(touch.signal == SIGSEGV && touch.address == page_at(m, i) + 3, "signal %d address %p",
            touch.signal, touch.address);
    require(touch.code == SEGV_ACCERR || mechanism_of(m->base) == STEPPE_MECHANISM_GUARD, "code %d",
            touch.code);
}

/* What fault-around has committed beside. */
static void model_learn(struct model *m)
{
    for (steppe_run run = steppe_first_run(m->base); run.size_bytes; run = steppe_next_run(run)) {
        size_t first = (size_t)((uint8_t *)run.base - m->base) / page;
        for (size_t i = first; i < first + run.size_bytes / page && i < m->pages; i++)
            m->is_committed[i] = run.state == STEPPE_COMMITTED;
    }
}

static void require_model(struct model *m)
{
    size_t count = 0;
    size_t stride = TEST_UNDER_ASAN || is_slow() ? 61 : 1; /* to leave a handler is slow there */
    for (size_t i = 0; i < m->pages; i++) {
        steppe_run run;
        require_ok(steppe_query(page_at(m, i), &run));
        require(run.state == (m->is_committed[i] ? STEPPE_COMMITTED : STEPPE_RESERVED),
                "page %zu is %s", i, steppe_state_name(run.state));
        count += m->is_committed[i];
        if (m->is_committed[i])
            require_page(m, i);
        else if (!m->commits_on_touch && i % stride == 0)
            model_touch(m, i);
    }
    require_equal(charge_of(m->base), count * page);
    require_equal(charge_by_runs(m->base), count * page);
}

static struct model *model_make(steppe_mechanism mechanism, steppe_on_fault on_fault)
{
    static struct model models[MODELS_MAX];
    struct model *m = models;
    while (m < models + MODELS_MAX && m->base)
        m++;
    require(m < models + MODELS_MAX);
    *m = (struct model){.pages = MODEL_PAGES};
    m->commits_on_touch = on_fault == STEPPE_COMMIT;
    m->base = reserve(MODEL_PAGES * page, options(.mechanism = mechanism, .on_fault = on_fault));
    return m;
}

/* Something of everything: lone pages, a part of a chunk, whole chunks, a chunk with a hole.
 * Chunks are 512 pages where pages have 4 KiB; that is not needed for the tests to hold. */
static void model_fill(struct model *m)
{
    model_commit(m, 3, 4);
    model_commit(m, 10, 100);
    model_commit(m, 512, 1536);
    model_decommit(m, 1100, 1101);
    model_write(m, 3, 4);
    model_write(m, 10, 50);
    model_write(m, 512, 900);
    model_write(m, 1101, 1400);
}

static void model_free(struct model *m)
{
    require_ok(steppe_release(m->base));
    m->base = NULL;
}

static void random_step(struct model *m, uint64_t *random)
{
    size_t border = (size_t)1 << random_below(random, 11);
    size_t first = random_below(random, m->pages) / border * border;
    size_t end = first + 1 + random_below(random, border);
    end = end > m->pages ? m->pages : end;
    switch (random_below(random, 7)) {
    case 0:
    case 1:
        model_commit(m, first, end);
        break;
    case 2:
        model_decommit(m, first, end);
        break;
    case 3:
        model_reset(m, first, end);
        break;
    case 4:
        model_ready(m, first, end);
        break;
    case 5:
        model_touch(m, first);
        model_learn(m);
        break;
    default:
        model_decommit_all(m, first, end);
        break;
    }
    if (m->is_committed[first])
        model_write(m, first, first + 1);
}

static void random_steps(struct model *m, uint64_t seed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        random_step(m, &seed);
    require_model(m);
}

/* The contract in brief, over whatever was chosen. */
static void exercise(steppe_on_fault on_fault, uint64_t seed)
{
    struct model *m = model_make(STEPPE_MECHANISM_BEST, on_fault);
    model_fill(m);
    require_model(m);
    random_steps(m, seed, 60);
    model_free(m);
}

/* ---- choice -----------------------------------------------------------------------------------
 */

static steppe_mechanism expected(steppe_on_fault on_fault, size_t size_bytes)
{
    bool markers = steppe_mechanism_is_available(STEPPE_MECHANISM_GUARD);
    if (on_fault == STEPPE_RAISE && markers && size_bytes <= 4 * STEPPE_GIB)
        return STEPPE_MECHANISM_GUARD;
    if (steppe_mechanism_is_available(STEPPE_MECHANISM_UFFD))
        return STEPPE_MECHANISM_UFFD;
    return markers ? STEPPE_MECHANISM_GUARD : STEPPE_MECHANISM_MPROTECT;
}

static steppe_answer unwind(const steppe_fault *fault, void *context)
{
    (void)fault, (void)context;
    return STEPPE_UNWIND;
}

START_TEST(best_goes_by_policy_and_size)
{
    const size_t sizes[] = {1, 4 * STEPPE_GIB, 4 * STEPPE_GIB + 1, STEPPE_TIB};
    choose_best();
    if (is_charged_for_writable_memory() || is_slow())
        skip_test("writable memory is charged here, or a terabyte is too much");
    for (size_t i = 0; i < array_count(sizes); i++)
        for (steppe_on_fault on_fault = STEPPE_RAISE; on_fault <= STEPPE_ASK; on_fault++) {
            uint8_t *base =
                reserve(sizes[i], options(.on_fault = on_fault,
                                          .filter = on_fault == STEPPE_ASK ? unwind : NULL));
            require_equal(mechanism_of(base), expected(on_fault, sizes[i]));
            switch (mechanism_of(base)) {
            case STEPPE_MECHANISM_GUARD:
                require(why_says(base, "guard markers work here"));
                break;
            case STEPPE_MECHANISM_UFFD:
                require(why_says(base, "userfaultfd works here"));
                break;
            default:
                require(why_says(base, "no guard markers"));
            }
            require_ok(steppe_release(base));
        }
}
END_TEST

START_TEST(a_named_mechanism_is_that_one)
{
    for (steppe_mechanism m = STEPPE_MECHANISM_GUARD; m <= STEPPE_MECHANISM_UFFD; m++) {
        if (!steppe_mechanism_is_available(m)) {
            require_null(steppe_reserve(page, options(.mechanism = m)), STEPPE_E_MECHANISM);
            continue;
        }
        uint8_t *base = reserve(page, options(.mechanism = m));
        require(mechanism_of(base) == m && why_says(base, "asked for"));
        require_ok(steppe_release(base));
        setenv("STEPPE_MECHANISM", steppe_mechanism_name(m), 1);
        base = reserve(page, NULL);
        require(mechanism_of(base) == m && why_says(base, "STEPPE_MECHANISM asked for it"));
        require_ok(steppe_release(base));
        /* The environment moves BEST and nothing else. */
        base = reserve(page, options(.mechanism = STEPPE_MECHANISM_MPROTECT));
        require_equal(mechanism_of(base), STEPPE_MECHANISM_MPROTECT);
        require_ok(steppe_release(base));
    }
    require_null(steppe_reserve(page, options(.mechanism = (steppe_mechanism)4)),
                 STEPPE_E_MECHANISM);
    require_null(steppe_reserve(page, options(.mechanism = (steppe_mechanism)-1)),
                 STEPPE_E_MECHANISM);
    require(!steppe_mechanism_is_available((steppe_mechanism)4));
    require(!strcmp(steppe_mechanism_name((steppe_mechanism)4), "?"));
    require(!strcmp(steppe_mechanism_name(STEPPE_MECHANISM_UFFD), "uffd"));
    setenv("STEPPE_MECHANISM", "uffd ", 1);
    require_null(steppe_reserve(page, NULL), STEPPE_E_MECHANISM);
    setenv("STEPPE_MECHANISM", "", 1);
    reserve(page, NULL);
}
END_TEST

/* ---- forbidden before the library's first use -------------------------------------------------
 */

START_TEST(without_userfaultfd_the_next_one_is_taken)
{
    const int errors[] = {EPERM, ENOSYS, EACCES};
    if (!is_round_of("uffd") || is_valgrind())
        return;
    choose_best();
    if (!forbid_userfaultfd(errors[_i]))
        skip_test("no seccomp here");
    require(!steppe_mechanism_is_available(STEPPE_MECHANISM_UFFD));
    require(steppe_mechanism_is_available(STEPPE_MECHANISM_BEST));
    require_null(steppe_reserve(page, options(.mechanism = STEPPE_MECHANISM_UFFD)),
                 STEPPE_E_MECHANISM);
    uint8_t *base = reserve(STEPPE_GIB, options(.on_fault = STEPPE_COMMIT));
    bool markers = steppe_mechanism_is_available(STEPPE_MECHANISM_GUARD);
    if (!is_charged_for_writable_memory()) {
        require_equal(mechanism_of(base),
                      markers ? STEPPE_MECHANISM_GUARD : STEPPE_MECHANISM_MPROTECT);
        require(why_says(base, "userfaultfd is missing or forbidden"));
    }
    exercise(STEPPE_COMMIT, 1);
    exercise(STEPPE_RAISE, 2);
    setenv("STEPPE_MECHANISM", "uffd", 1);
    require_null(steppe_reserve(page, NULL), STEPPE_E_MECHANISM);
}
END_TEST

START_TEST(without_guard_markers_the_next_one_is_taken)
{
    if (!is_round_of("uffd") || is_valgrind())
        return;
    choose_best();
    if (!forbid_markers())
        skip_test("no seccomp here");
    require(!steppe_mechanism_is_available(STEPPE_MECHANISM_GUARD));
    require_null(steppe_reserve(page, options(.mechanism = STEPPE_MECHANISM_GUARD)),
                 STEPPE_E_MECHANISM);
    uint8_t *base = reserve(STEPPE_GIB, NULL);
    if (!is_charged_for_writable_memory()) {
        require_equal(mechanism_of(base), expected(STEPPE_RAISE, STEPPE_GIB));
        require(why_says(base, has_uffd() ? "userfaultfd works here" : "no guard markers"));
    }
    exercise(STEPPE_COMMIT, 3);
    exercise(STEPPE_RAISE, 4);
    if (!has_uffd())
        return;
    /* And taken away later, with no markers to fall back on. */
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    model_fill(m);
    require(forbid_calls(COPY | ZEROPAGE | REGISTER, EPERM));
    model_commit(m, 101, 102);
    require_equal(mechanism_of(m->base), STEPPE_MECHANISM_MPROTECT);
    random_steps(m, 5, 60);
}
END_TEST

START_TEST(without_both_pages_are_protected)
{
    if (!is_round_of("uffd") || is_valgrind())
        return;
    choose_best();
    if (!forbid_markers() || !forbid_userfaultfd(EPERM))
        skip_test("no seccomp here");
    uint8_t *base = reserve(STEPPE_GIB, options(.on_fault = STEPPE_COMMIT));
    require_equal(mechanism_of(base), STEPPE_MECHANISM_MPROTECT);
    if (!is_charged_for_writable_memory())
        require(why_says(base, "no guard markers") && why_says(base, "userfaultfd is missing"));
    exercise(STEPPE_COMMIT, 6);
    exercise(STEPPE_RAISE, 7);
}
END_TEST

START_TEST(where_writable_memory_is_charged_pages_are_protected)
{
    struct rlimit limit = {.rlim_cur = 4 * STEPPE_GIB, .rlim_max = 4 * STEPPE_GIB};
    if (!is_round_of("uffd") || is_slow() || TEST_UNDER_ASAN)
        return;
    choose_best();
    require(setrlimit(RLIMIT_DATA, &limit) == 0);
    uint8_t *raising = reserve(STEPPE_GIB, NULL);
    uint8_t *base = reserve(STEPPE_TIB, options(.on_fault = STEPPE_COMMIT));
    require_equal(mechanism_of(raising), STEPPE_MECHANISM_MPROTECT);
    require_equal(mechanism_of(base), STEPPE_MECHANISM_MPROTECT);
    require(why_says(base, "RLIMIT_DATA"));
    for (size_t i = 0; i < 100; i++)
        store(base + i * STEPPE_GIB, 1);
    exercise(STEPPE_COMMIT, 8);
}
END_TEST

/* ---- advice is refused ------------------------------------------------------------------------
 */

static void require_pages_as_queried(const uint8_t *base, size_t size_bytes, const char *when)
{
    for (size_t at = 0; at < size_bytes; at += page) {
        steppe_run run;
        char byte;
        require_ok(steppe_query(base + at, &run));
        bool is_read = steppe_probe_read(base + at, &byte, 1, NULL) == STEPPE_OK;
        require(is_read == (run.state == STEPPE_COMMITTED), "%s: offset %#zx is %s", when, at,
                steppe_state_name(run.state));
        require(!is_read || run.state != STEPPE_COMMITTED || byte == 0 || byte == 1);
    }
}

/* Whole chunks and parts of two more: mapping afresh is allowed, emptying the parts is not. */
START_TEST(what_cannot_be_decommitted_whole_stays_whole)
{
    static const int errors[] = {EPERM, ENOMEM};
    const size_t size = 16 * STEPPE_MIB, first = 3 * STEPPE_MIB / 2, count = 9 * STEPPE_MIB;
    uint8_t *base = reserve(size, NULL);
    struct ban bans[] = {{SYS_madvise, -1, 0, errors[_i]},
                         {SYS_process_madvise, -1, 0, errors[_i]}};
    require_ok(steppe_commit(base + page, 12 * STEPPE_MIB));
    memset(base + page, 1, 12 * STEPPE_MIB);
    if (!forbid(bans, array_count(bans)))
        skip_test("no seccomp here");
    steppe_status status = steppe_decommit(base + first, count);
    require_pages_as_queried(base, size, "after a decommit");
    for (size_t at = first; at < first + count && status != STEPPE_OK; at += page)
        require_equal(base[at], 1);
    (void)steppe_commit(base + first, count);
    require_pages_as_queried(base, size, "after a commit");
    (void)steppe_decommit(base + 4 * STEPPE_MIB, 2 * STEPPE_MIB);
    require_pages_as_queried(base, size, "after a decommit of a chunk");
}
END_TEST

/* ---- refused at the first commit --------------------------------------------------------------
 */

static void use_up_descriptors(void)
{
    struct rlimit limit = {.rlim_cur = 128, .rlim_max = 128};
    require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        ;
    require(errno == EMFILE);
}

enum { REFUSALS = 5 };

static bool refuse_by(int way)
{
    switch (way) {
    case 0:
        return forbid_userfaultfd(EPERM);
    case 1:
        return forbid_userfaultfd(ENOSYS);
    case 2:
        return forbid_calls(API, EPERM);
    case 3:
        return forbid_calls(REGISTER, EINVAL);
    default:
        use_up_descriptors();
        return true;
    }
}

START_TEST(what_is_refused_at_the_first_commit_is_replaced)
{
    need_uffd();
    if (_i == REFUSALS - 1 && TEST_UNDER_ASAN)
        skip_test("AddressSanitizer needs a descriptor of its own");
    struct model *calls = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    struct model *faults = model_make(STEPPE_MECHANISM_UFFD, STEPPE_COMMIT);
    struct model *readies = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    if (!refuse_by(_i))
        skip_test("no seccomp here");
    require_equal(mechanism_of(calls->base), STEPPE_MECHANISM_UFFD);
    model_decommit(calls, 0, 8); /* needs nothing */
    model_reset(calls, 0, 8);
    require_equal(mechanism_of(calls->base), STEPPE_MECHANISM_UFFD);
    require_fails(steppe_protect(calls->base, page, STEPPE_READ_ONLY, NULL),
                  STEPPE_E_NOT_COMMITTED);

    model_fill(calls);
    model_touch(faults, 7);
    model_ready(readies, 5, 9);
    const struct model *all[] = {calls, faults, readies};
    for (size_t i = 0; i < array_count(all); i++) {
        steppe_mechanism now = mechanism_of(all[i]->base);
        require(now == STEPPE_MECHANISM_GUARD || now == STEPPE_MECHANISM_MPROTECT);
        require(why_says(all[i]->base, "refused when it was needed"));
    }
    require_model(calls);
    require_model(faults);
    require_model(readies);
    random_steps(calls, 11, 60);
    random_steps(faults, 12, 60);
    random_steps(readies, 13, 60);
    model_free(calls);
    model_free(faults);
    model_free(readies);
}
END_TEST

/* ---- forbidden after the first commits --------------------------------------------------------
 */

static const unsigned banned_sets[] = {
    COPY | ZEROPAGE | REGISTER,
    COPY | ZEROPAGE | REGISTER | UNREGISTER | API | OPEN,
    COPY | ZEROPAGE,
    COPY,
    ZEROPAGE,
    REGISTER,
    UNREGISTER,
    UNREGISTER | REGISTER,
};

enum { FIRST_STEPS = 16 };

/* What is first done afterwards: each may be the one that notices. */
static void first_step(struct model *m, int which)
{
    switch (which) {
    case 0:
        model_commit(m, 4, 5);
        break;
    case 1:
        model_commit(m, 100, 300);
        break;
    case 2:
        model_commit(m, 1536, 2048);
        break;
    case 3:
        model_commit(m, 0, 2048);
        break;
    case 4:
        model_touch(m, 5);
        break;
    case 5:
        model_touch(m, 20);
        break;
    case 6:
        model_decommit(m, 3, 4);
        break;
    case 7:
        model_decommit(m, 600, 601);
        break;
    case 8:
        model_decommit(m, 512, 1024);
        break;
    case 9:
        model_decommit(m, 0, 2048);
        break;
    case 10:
        model_reset(m, 3, 60);
        break;
    case 11:
        model_reset(m, 0, 2048);
        break;
    case 12:
        model_ready(m, 3, 60);
        break;
    case 13:
        model_ready(m, 40, 600);
        break;
    case 14:
        model_protect(m, 505, 520);
        break;
    default:
        model_decommit_all(m, 2, 1040);
    }
}

static int forbid_and_go_on(void *context)
{
    int choice = *(int *)context;
    unsigned banned = banned_sets[choice / FIRST_STEPS];
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    struct model *other = model_make(STEPPE_MECHANISM_UFFD, STEPPE_COMMIT);
    model_fill(m);
    model_fill(other);
    if (!forbid_calls(banned, choice % 2 ? EPERM : ENOSYS))
        return 0;
    first_step(m, choice % FIRST_STEPS);
    require_model(m);
    random_steps(m, (uint64_t)choice, 25);
    first_step(other, choice % FIRST_STEPS);
    model_learn(other);
    random_steps(other, (uint64_t)choice, 25);
    if (banned & REGISTER && banned & COPY)
        require(mechanism_of(m->base) == STEPPE_MECHANISM_UFFD ||
                why_says(m->base, "forbidden or taken away later"));
    model_free(m);
    model_free(other);
    return 0;
}

START_TEST(what_is_forbidden_later_loses_nothing)
{
    need_uffd();
    for (int first = 0; first < FIRST_STEPS; first++) {
        int choice = _i * FIRST_STEPS + first;
        int status = run_child(forbid_and_go_on, &choice);
        require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "set %d, step %d: wait status %#x",
                _i, first, (unsigned)status);
    }
}
END_TEST

/* ---- fork -------------------------------------------------------------------------------------
 */

static int use_in_child(void *context)
{
    struct model *const *models = context;
    for (int i = 0; i < 2; i++) {
        require_model(models[i]);
        random_steps(models[i], 21 + (uint64_t)i, 40);
    }
    return 0;
}

static int use_in_grandchild(void *context)
{
    struct model *const *models = context;
    random_steps(models[0], 31, 20);
    model_commit(models[1], 1700, 1800);
    model_write(models[1], 1700, 1720);
    require_exits(run_child(use_in_child, context), 0);
    require_model(models[0]);
    require_model(models[1]);
    random_steps(models[0], 33, 20);
    return 0;
}

START_TEST(children_and_grandchildren_have_memory_of_their_own)
{
    need_uffd();
    struct model *models[] = {model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE),
                              model_make(STEPPE_MECHANISM_UFFD, STEPPE_COMMIT)};
    model_fill(models[0]);
    model_fill(models[1]);
    require_exits(run_child(use_in_child, models), 0);
    require_model(models[0]);
    require_model(models[1]);
    random_steps(models[0], 41, 20);
    require_exits(run_child(use_in_grandchild, models), 0);
    require_model(models[0]);
    require_model(models[1]);
    random_steps(models[1], 42, 20);
    require_equal(mechanism_of(models[0]->base), STEPPE_MECHANISM_UFFD);
}
END_TEST

START_TEST(a_child_that_may_not_set_traps_keeps_pages_shut)
{
    need_uffd();
    struct model *models[] = {model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE),
                              model_make(STEPPE_MECHANISM_UFFD, STEPPE_COMMIT)};
    model_fill(models[0]);
    model_fill(models[1]);
    bool done = _i == 0   ? forbid_userfaultfd(EPERM)
                : _i == 1 ? forbid_calls(COPY | ZEROPAGE | REGISTER, EPERM)
                : _i == 2 ? forbid_calls(API, ENOSYS)
                          : forbid_calls(COPY | ZEROPAGE, EPERM);
    if (!done)
        skip_test("no seccomp here");
    require_exits(run_child(use_in_child, models), 0);
    require_exits(run_child(use_in_grandchild, models), 0);
    require_model(models[0]);
    require_model(models[1]);
    random_steps(models[0], 51, 40);
}
END_TEST

enum { ISOLATED_COUNT = 40000 };

static int look_at_isolated(void *context)
{
    uint8_t *base = context, byte;
    for (size_t i = 0; i < ISOLATED_COUNT; i++)
        require(base[2 * i * page] == (uint8_t)(i | 1));
    for (size_t i = 0; i < ISOLATED_COUNT; i += 1000)
        require_fails(steppe_probe_read(base + (2 * i + 1) * page, &byte, 1, NULL),
                      STEPPE_E_NOT_COMMITTED);
    require_ok(steppe_commit(base + page, page));
    require(base[page] == 0);
    require_ok(steppe_decommit(base, 2 * ISOLATED_COUNT * page));
    require_equal(charge_of(base), 0);
    return 0;
}

/* More runs than the kernel has mappings: markers must do. */
START_TEST(a_child_without_traps_keeps_more_pages_apart_than_there_are_mappings)
{
    need_uffd();
    if (is_slow() || !steppe_mechanism_is_available(STEPPE_MECHANISM_GUARD))
        skip_test("needs guard markers, and patience");
    uint8_t *base = reserve(2 * ISOLATED_COUNT * page, options(.mechanism = STEPPE_MECHANISM_UFFD));
    for (size_t i = 0; i < ISOLATED_COUNT; i++) {
        require_ok(steppe_commit(base + 2 * i * page, page));
        base[2 * i * page] = (uint8_t)(i | 1);
    }
    if (!forbid_userfaultfd(EPERM))
        skip_test("no seccomp here");
    require_exits(run_child(look_at_isolated, base), 0);
    require_equal(mechanism_of(base), STEPPE_MECHANISM_UFFD);
}
END_TEST

static int use_without_populating(void *context)
{
    steppe_mechanism mechanism = *(steppe_mechanism *)context;
    if (!forbid_populating(EINVAL))
        return 0;
    struct model *calls = model_make(mechanism, STEPPE_RAISE);
    struct model *faults = model_make(mechanism, STEPPE_COMMIT);
    model_fill(calls);
    model_fill(faults);
    if (!forbid_calls(UNREGISTER | ZEROPAGE, EPERM))
        return 0;
    random_steps(calls, 61, 100);
    random_steps(faults, 62, 100);
    for (size_t at = 0; at < calls->pages; at += 7)
        if (calls->is_committed[at]) {
            require(madvise(page_at(calls, at), page, MADV_DONTNEED) == 0);
            calls->value[at] = 0;
        }
    random_steps(calls, 63, 100);
    model_free(calls);
    model_free(faults);
    return 0;
}

/* Nobody can be asked whether a page is there: it must not be taken for missing, and wiped. */
static int ready_without_asking(void *context)
{
    struct model *m = context;
    if (!forbid_calls(COPY | ZEROPAGE | REGISTER | UNREGISTER, EPERM) || !forbid_populating(EPERM))
        return 0;
    model_commit(m, 4, 5);
    (void)steppe_ready(page_at(m, 0), m->pages * page, STEPPE_ACCESS_READ); /* refused */
    model_learn(m);
    require_model(m);
    return 0;
}

START_TEST(contents_outlive_a_sandbox_that_forbids_all_questions)
{
    need_uffd();
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    model_fill(m);
    require_exits(run_child(ready_without_asking, m), 0);
}
END_TEST

START_TEST(pages_come_where_the_kernel_cannot_be_asked_for_them)
{
    steppe_mechanism mechanism = (steppe_mechanism)(STEPPE_MECHANISM_GUARD + _i);
    if (!is_round_of("uffd") || is_valgrind() || !steppe_mechanism_is_available(mechanism))
        return;
    require_exits(run_child(use_without_populating, &mechanism), 0);
}
END_TEST

/* ---- forbidden, with more pages apart than there are mappings ---------------------------------
 */

struct crowd {
    uint8_t *base, *other, *watched;
};

static bool is_shut(const uint8_t *at)
{
    uint8_t byte;
    return steppe_probe_read(at, &byte, 1, NULL) == STEPPE_E_NOT_COMMITTED;
}

static void require_crowd(const struct crowd *crowd)
{
    for (size_t i = 0; i < ISOLATED_COUNT; i++)
        require(crowd->base[2 * i * page] == (uint8_t)(i | 1), "page %zu", i);
    for (size_t i = 3; i < ISOLATED_COUNT; i += 97)
        require(is_shut(crowd->base + (2 * i + 1) * page), "page %zu", i);
    require_equal(load(crowd->other + 7 * page), 7);
    require_equal(charge_by_runs(crowd->other), charge_of(crowd->other));
    require_equal(load(crowd->watched + 3 * page), 3);
}

static int crowd_out(void *context)
{
    const struct crowd *crowd = context;
    size_t first = 2 * ISOLATED_COUNT, count = 4;
    void *written[4];
    if (!forbid_calls(COPY | ZEROPAGE | REGISTER | UNREGISTER, EPERM))
        return 0;
    require_ok(steppe_commit(crowd->base + first * page, page));
    require_equal(mechanism_of(crowd->base), STEPPE_MECHANISM_GUARD);
    require(why_says(crowd->base, "forbidden or taken away later"));
    require_crowd(crowd);
    for (size_t i = 1; i < ISOLATED_COUNT; i++) {
        require_ok(steppe_commit(crowd->base + (first + 2 * i) * page, page));
        store(crowd->base + (first + 2 * i) * page, 9);
    }
    require(statistics_of(crowd->base).vma_count < 1000, "%llu mappings",
            (unsigned long long)statistics_of(crowd->base).vma_count);
    require_crowd(crowd);
    require_ok(steppe_reset(crowd->base + first * page, page)); /* no traps are left in its way */
    require_equal(load(crowd->base + first * page), 0);
    store(crowd->other + 9 * page, 9);
    require_ok(steppe_decommit(crowd->other + 7 * page, page));
    require_equal(load(crowd->other + 7 * page), 0);
    require_ok(steppe_watch_clear(crowd->watched, 16 * page));
    store(crowd->watched + 3 * page, 4);
    require_ok(steppe_watch_collect(crowd->watched, 16 * page, written, &count));
    require_equal(count, 1);
    require(written[0] == crowd->watched + 3 * page);
    require_ok(steppe_decommit(crowd->base, 4 * ISOLATED_COUNT * page));
    require_equal(charge_of(crowd->base), 0);
    return 0;
}

START_TEST(more_pages_apart_than_there_are_mappings_outlive_their_traps)
{
    need_uffd();
    if (is_slow() || !steppe_mechanism_is_available(STEPPE_MECHANISM_GUARD))
        skip_test("needs guard markers, and patience");
    struct crowd crowd = {
        .base = reserve(4 * ISOLATED_COUNT * page, options(.mechanism = STEPPE_MECHANISM_UFFD)),
        .other = reserve(STEPPE_TIB, options(.mechanism = STEPPE_MECHANISM_UFFD,
                                             .on_fault = STEPPE_COMMIT, .strict = true)),
        .watched = reserve(16 * page,
                           options(.mechanism = _i ? STEPPE_MECHANISM_UFFD : STEPPE_MECHANISM_GUARD,
                                   .write_watch = true, .on_fault = STEPPE_COMMIT)),
    };
    for (size_t i = 0; i < ISOLATED_COUNT; i++) {
        require_ok(steppe_commit(crowd.base + 2 * i * page, page));
        crowd.base[2 * i * page] = (uint8_t)(i | 1);
    }
    store(crowd.other + 7 * page, 7);
    store(crowd.watched + 3 * page, 3);
    require_crowd(&crowd);
    require_exits(run_child(crowd_out, &crowd), 0);
    require_exits(run_child(crowd_out, &crowd), 0);
    require_crowd(&crowd);
}
END_TEST

/* ---- the descriptor, closed by somebody -------------------------------------------------------
 */

enum { NOT_FOUND = -1 };

static int find_descriptor(void)
{
    for (int file = 3; file < 1024; file++) {
        char path[64], target[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        if (!strcmp(target, "anon_inode:[userfaultfd]"))
            return file;
    }
    return NOT_FOUND;
}

static int other_file(int kind)
{
    int ends[2];
    switch (kind) {
    case 0:
        require(pipe(ends) == 0);
        return ends[0];
    case 1:
        return open("/dev/null", O_RDWR);
    case 2:
        return eventfd(7, EFD_NONBLOCK);
    case 3:
        return memfd_create("other", 0);
    case 4:
        return open("/", O_RDONLY | O_DIRECTORY);
    case 5:
        return socket(AF_UNIX, SOCK_STREAM, 0);
    case 6:
        return open("/dev/ptmx", O_RDWR | O_NOCTTY);
    default:
        return open("/dev/zero", O_RDWR);
    }
}

enum { OTHER_FILES = 8 };

/* Close it; the number then belongs to another file. */
static int replace_descriptor(int kind)
{
    int file = find_descriptor(), other = other_file(kind);
    require(file != NOT_FOUND);
    if (other < 0)
        return NOT_FOUND;
    require(dup2(other, file) == file);
    close(other);
    return file;
}

static struct stat stat_of(int file)
{
    struct stat status;
    require(fstat(file, &status) == 0, "descriptor %d: %s", file, strerror(errno));
    return status;
}

static void require_same_file(int file, const struct stat *before)
{
    struct stat now = stat_of(file);
    require(now.st_ino == before->st_ino && now.st_dev == before->st_dev &&
            now.st_rdev == before->st_rdev);
}

static void close_all_descriptors(void)
{
    if (close_range(3, ~0u, 0) != 0)
        for (int file = 3; file < 1024; file++)
            close(file);
}

/* Nobody traps them now: they are made. */
static void touch_between(const struct model *m)
{
    for (size_t i = 0; i < m->pages; i += 7)
        if (!m->is_committed[i])
            store(page_at(m, i), 0xee);
}

/* Those steps that ask the kernel for traps or pages, and so notice. */
static int close_and_go_on(void *context)
{
    static const int noticing[] = {0, 1, 2, 3, 7, 10, 13, 15};
    int choice = *(int *)context, number = NOT_FOUND;
    struct stat status;
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    struct model *other = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    model_fill(m);
    model_fill(other);
    int how = choice / (int)array_count(noticing);
    if (how == 0) {
        require(close(find_descriptor()) == 0);
    } else if (how == 1) {
        close_all_descriptors();
    } else {
        number = replace_descriptor(how - 2);
        if (number == NOT_FOUND)
            return 0;
        status = stat_of(number);
    }
    touch_between(m);
    touch_between(other);
    first_step(m, noticing[choice % (int)array_count(noticing)]);
    require_model(m);
    first_step(other, noticing[choice % (int)array_count(noticing)]);
    require_model(other);
    if (number != NOT_FOUND)
        require_same_file(number, &status);
    random_steps(m, (uint64_t)choice, 20);
    random_steps(other, (uint64_t)choice, 20);
    require_equal(mechanism_of(m->base), STEPPE_MECHANISM_UFFD);
    model_free(m);
    model_free(other);
    if (number != NOT_FOUND)
        require_same_file(number, &status);
    return 0;
}

START_TEST(a_descriptor_closed_by_somebody_is_opened_again)
{
    need_uffd();
    for (int first = 0; first < 8; first++) {
        int choice = _i * 8 + first;
        int status = run_child(close_and_go_on, &choice);
        require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "way %d, step %d: wait status %#x",
                _i, first, (unsigned)status);
    }
}
END_TEST

START_TEST(a_fault_finds_the_descriptor_closed)
{
    need_uffd();
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_COMMIT);
    struct model *whole = model_make(STEPPE_MECHANISM_UFFD, STEPPE_COMMIT);
    model_fill(m);
    model_fill(whole);
    require(close(find_descriptor()) == 0);
    touch_between(m);
    touch_between(whole);
    require_equal(charge_of(m->base), charge_by_runs(m->base));
    model_commit(whole, 200, 201);
    require_model(whole);
    model_commit(m, 1, 2);
    for (size_t i = 0; i < m->pages; i += 7)
        if (!m->is_committed[i]) {
            steppe_run run;
            require_ok(steppe_query(page_at(m, i), &run));
            if (run.state == STEPPE_RESERVED)
                require_equal(load(page_at(m, i)), 0);
        }
    model_learn(m);
    require_model(m);
}
END_TEST

static int number_is_untouched(void *context)
{
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    int number = *(int *)context;
    require(fcntl(number, F_GETFD) >= 0, "the child lost descriptor %d", number);
    model_fill(m);
    require(fcntl(number, F_GETFD) >= 0);
    require_model(m);
    return 0;
}

START_TEST(a_child_leaves_the_number_to_its_new_file)
{
    need_uffd();
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    model_fill(m);
    int number = replace_descriptor(_i);
    if (number == NOT_FOUND)
        skip_test("no such file here");
    struct stat status = stat_of(number);
    require_exits(run_child(number_is_untouched, &number), 0);
    require_same_file(number, &status);
    model_commit(m, 4, 5);
    require_model(m);
    require_exits(run_child(number_is_untouched, &number), 0);
    require_same_file(number, &status);
}
END_TEST

static int closed_in_child(void *context)
{
    struct model *m = context;
    require(find_descriptor() != NOT_FOUND);
    require_model(m);
    close_all_descriptors();
    model_commit(m, 4, 5);
    require_model(m);
    return 0;
}

START_TEST(a_child_closes_everything)
{
    need_uffd();
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    model_fill(m);
    require_exits(run_child(closed_in_child, m), 0);
    require_model(m);
    random_steps(m, 61, 40);
}
END_TEST

START_TEST(pages_that_the_program_empties_itself_read_zero)
{
    struct model *models[] = {model_make(STEPPE_MECHANISM_BEST, STEPPE_RAISE),
                              model_make(STEPPE_MECHANISM_BEST, STEPPE_COMMIT)};
    for (size_t i = 0; i < array_count(models); i++) {
        struct model *m = models[i];
        model_fill(m);
        for (size_t at = 0; at < m->pages; at++)
            if (m->is_committed[at]) {
                require(madvise(page_at(m, at), page, MADV_DONTNEED) == 0);
                m->value[at] = 0;
            }
        require_model(m);
        for (size_t at = 0; at < m->pages; at++)
            if (m->is_committed[at])
                require(madvise(page_at(m, at), page, MADV_DONTNEED) == 0);
        require_ok(steppe_ready(page_at(m, 10), 90 * page, STEPPE_ACCESS_WRITE));
        model_write(m, 10, 20);
        random_steps(m, 71, 60);
        model_free(m);
    }
}
END_TEST

/* The same, with nobody to put them back. */
START_TEST(pages_that_the_program_empties_itself_survive_a_sandbox)
{
    need_uffd();
    struct model *m = model_make(STEPPE_MECHANISM_UFFD, STEPPE_RAISE);
    model_fill(m);
    require(madvise(page_at(m, 20), 4 * page, MADV_DONTNEED) == 0);
    memset(m->value + 20, 0, 4);
    if (!forbid_calls(COPY | ZEROPAGE | REGISTER, EPERM))
        skip_test("no seccomp here");
    if (_i)
        model_commit(m, 4, 5);
    require_ok(steppe_ready(page_at(m, 22), 2 * page, STEPPE_ACCESS_WRITE));
    require_model(m);
    model_write(m, 20, 24);
    require_model(m);
}
END_TEST

/* ---- system calls -----------------------------------------------------------------------------
 */

static int file_of_pattern(size_t size_bytes)
{
    int file = memfd_create("pattern", MFD_CLOEXEC);
    uint8_t *bytes = malloc(size_bytes);
    require(file >= 0 && bytes);
    memset(bytes, 0x5c, size_bytes);
    require(write(file, bytes, size_bytes) == (ssize_t)size_bytes);
    free(bytes);
    return file;
}

/* The kernel writes to the range, and reads it. */
static void require_io(int file, uint8_t *address, size_t size_bytes)
{
    require_equal(pread(file, address, size_bytes, 0), size_bytes);
    require_bytes(address, size_bytes, 0x5c);
    require_equal(pwrite(file, address, size_bytes, (off_t)(16 * STEPPE_MIB)), size_bytes);
}

static void require_read_by_kernel(int file, uint8_t *address, size_t size_bytes, uint8_t value)
{
    uint8_t *copy = malloc(size_bytes);
    require_equal(pwrite(file, address, size_bytes, (off_t)(16 * STEPPE_MIB)), size_bytes);
    require_equal(pread(file, copy, size_bytes, (off_t)(16 * STEPPE_MIB)), size_bytes);
    require_bytes(copy, size_bytes, value);
    free(copy);
}

static void require_no_io(int file, uint8_t *address, size_t size_bytes)
{
    errno = 0;
    require(pread(file, address, size_bytes, 0) == -1 && errno == EFAULT);
    errno = 0;
    require(pwrite(file, address, size_bytes, (off_t)(16 * STEPPE_MIB)) == -1 && errno == EFAULT);
}

START_TEST(system_calls_work_on_what_is_committed)
{
    size_t sizes[] = {page,
                      2 * page,
                      GRANULE,
                      GRANULE + page,
                      CHUNK_FLOOR / 2,
                      CHUNK_FLOOR,
                      3 * CHUNK_FLOOR,
                      3 * CHUNK_FLOOR + 5 * page};
    int file = file_of_pattern(8 * CHUNK_FLOOR);
    for (size_t i = 0; i < array_count(sizes); i++) {
        size_t size_bytes = sizes[i];
        uint8_t *base =
            reserve(8 * CHUNK_FLOOR, options(.huge_pages = (steppe_huge_pages)(_i % 3)));
        require_no_io(file, base, page);
        require_ok(steppe_commit(base, size_bytes));
        require_read_by_kernel(file, base, size_bytes, 0);
        require_io(file, base, size_bytes);
        require_no_io(file, base + size_bytes, page);

        /* after a part of it went */
        require_ok(steppe_decommit(base + size_bytes - page, page));
        require_no_io(file, base + size_bytes - page, page);
        if (size_bytes > page)
            require_io(file, base, size_bytes - page);
        require_ok(steppe_commit(base, size_bytes));
        require_read_by_kernel(file, base + size_bytes - page, page, 0);
        require_io(file, base, size_bytes);

        /* after a reset */
        require_ok(steppe_reset(base, size_bytes));
        require_equal(pwrite(file, base, size_bytes, 0), size_bytes);
        require(lseek(file, 0, SEEK_SET) == 0);
        close(file);
        file = file_of_pattern(8 * CHUNK_FLOOR);
        require_io(file, base, size_bytes);

        /* shut and opened */
        require_ok(steppe_protect(base, size_bytes, STEPPE_NO_ACCESS, NULL));
        require_no_io(file, base, page);
        require_ok(steppe_protect(base, size_bytes, STEPPE_READ_WRITE, NULL));
        require_io(file, base, size_bytes);
        require_ok(steppe_release(base));
    }
    close(file);
}
END_TEST

/* A chunk shut by its protection loses a part before anything was ever touched. */
START_TEST(system_calls_work_on_what_was_shut_meanwhile)
{
    int file = file_of_pattern(8 * CHUNK_FLOOR);
    for (int was_written = 0; was_written < 2; was_written++) {
        uint8_t *base =
            reserve(8 * CHUNK_FLOOR, options(.huge_pages = (steppe_huge_pages)(_i % 3)));
        require_ok(steppe_commit(base, 4 * CHUNK_FLOOR));
        if (was_written)
            memset(base, 0x77, 4 * CHUNK_FLOOR);
        require_ok(steppe_protect(base, 2 * CHUNK_FLOOR, STEPPE_NO_ACCESS, NULL));
        require_ok(steppe_protect(base + 3 * CHUNK_FLOOR, page, STEPPE_READ_ONLY, NULL));
        require_ok(steppe_decommit(base + CHUNK_FLOOR / 2, page));
        require_ok(steppe_decommit(base + 3 * CHUNK_FLOOR + 4 * page, page));
        require_ok(steppe_protect(base, CHUNK_FLOOR / 2, STEPPE_READ_WRITE, NULL));
        require_read_by_kernel(file, base, CHUNK_FLOOR / 2, was_written ? 0x77 : 0);
        require_read_by_kernel(file, base + 3 * CHUNK_FLOOR, 4 * page, was_written ? 0x77 : 0);
        require_io(file, base, CHUNK_FLOOR / 2);
        errno = 0;
        require(pread(file, base + 3 * CHUNK_FLOOR, page, 0) == -1 && errno == EFAULT);
        require_ok(steppe_protect(base + 3 * CHUNK_FLOOR, page, STEPPE_READ_WRITE, NULL));
        require_io(file, base + 3 * CHUNK_FLOOR, 4 * page);
        require_ok(steppe_release(base));
    }
    close(file);
}
END_TEST

/* As others say it: futex, pipes, readiness by touching. */
START_TEST(ready_makes_system_calls_work)
{
    int file = file_of_pattern(CHUNK_FLOOR);
    uint8_t *base = reserve(4 * CHUNK_FLOOR, options(.on_fault = STEPPE_COMMIT));
    require_no_io(file, base, page);
    require_ok(steppe_ready(base, CHUNK_FLOOR, STEPPE_ACCESS_WRITE));
    require_io(file, base, CHUNK_FLOOR);
    require_ok(steppe_ready(base + 2 * CHUNK_FLOOR, 1, STEPPE_ACCESS_READ));
    require_read_by_kernel(file, base + 2 * CHUNK_FLOOR, page, 0);
    store(base + 3 * CHUNK_FLOOR, 9);
    require_read_by_kernel(file, base + 3 * CHUNK_FLOOR, 1, 9);
    /* What a read alone has committed can be written by the kernel, too. */
    require_equal(load(base + CHUNK_FLOOR + 100 * page), 0);
    require_io(file, base + CHUNK_FLOOR + 100 * page, page);
}
END_TEST

/* ---- signals ----------------------------------------------------------------------------------
 */

START_TEST(wild_touches_are_segmentation_faults)
{
    uint8_t *base = reserve(4 * CHUNK_FLOOR, NULL);
    for (int round = 0; round < 2; round++) {
        uint8_t *places[] = {base, base + 5, base + 3 * CHUNK_FLOOR - 1,
                             base + 4 * CHUNK_FLOOR - 1};
        for (size_t i = 0; i < array_count(places); i++) {
            struct touch touches[] = {touch_read(places[i]), touch_write(places[i], 1)};
            for (size_t k = 0; k < array_count(touches); k++)
                require(touches[k].faulted && touches[k].signal == SIGSEGV &&
                            (touches[k].code == SEGV_ACCERR ||
                             mechanism_of(base) == STEPPE_MECHANISM_GUARD) &&
                            touches[k].address == places[i],
                        "signal %d code %d at %p", touches[k].signal, touches[k].code,
                        touches[k].address);
        }
        require_ok(steppe_commit(base + CHUNK_FLOOR, page));
    }
    /* Guard markers and mprotect leave such faults to the program without a look. */
    if (mechanism_of(base) == STEPPE_MECHANISM_UFFD)
        require_equal(statistics_of(base).fault_pass_count, 16);
}
END_TEST

static int touch_wildly(void *context)
{
    load(context);
    return 0;
}

START_TEST(wild_touches_kill_by_a_segmentation_fault)
{
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    uint8_t *base = reserve(4 * CHUNK_FLOOR, NULL);
    require_killed(run_child(touch_wildly, base + 77), SIGSEGV);
    require_ok(steppe_commit(base + 8 * page, page));
    require_killed(run_child(touch_wildly, base + 77), SIGSEGV);
    require_exits(run_child(touch_wildly, base + 8 * page), 0);
}
END_TEST

static struct {
    volatile int calls, segv_calls, settled;
    steppe_fault fault;
} seen;
static sigjmp_buf way_out;

static void on_signal(int number, siginfo_t *info, void *context)
{
    seen.calls++;
    seen.segv_calls += number == SIGSEGV;
    if (steppe_take_fault(number, info, context, &seen.fault) == STEPPE_RESUME)
        seen.settled++;
    else
        siglongjmp(way_out, 1);
}

START_TEST(handlers_of_the_programs_own_take_faults)
{
    uint8_t *raising = reserve(4 * CHUNK_FLOOR, NULL);
    uint8_t *committing = reserve(4 * CHUNK_FLOOR, options(.on_fault = STEPPE_COMMIT));
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigfillset(&action.sa_mask);
    sigdelset(&action.sa_mask, SIGSEGV);
    sigdelset(&action.sa_mask, SIGBUS);
    require(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
    require_ok(steppe_commit(raising + 9 * page, page));
    store(committing + 5 * page + 1, 1);
    store(committing + 15 * page + 1, 2);
    require(seen.calls == 2 && seen.settled == 2);
    require(load(committing + 5 * page + 1) == 1 && load(committing + 15 * page + 1) == 2);
    if (sigsetjmp(way_out, 1) == 0)
        store(raising + 7 * page + 3, 1);
    require_equal(seen.calls, 3);
    require(seen.fault.reason == STEPPE_E_NOT_COMMITTED && seen.fault.reservation == raising);
    require(seen.fault.address == raising + 7 * page + 3 &&
            seen.fault.offset_bytes == 7 * page + 3);
}
END_TEST

/* ---- huge pages -------------------------------------------------------------------------------
 */

static bool system_has_huge_pages(void)
{
    char text[64] = "";
    int file = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    require(read(file, text, sizeof text - 1) >= 0);
    close(file);
    return !strstr(text, "[never]");
}

/* AnonHugePages of the mappings in the range. */
static size_t huge_bytes_of(const void *address, size_t size_bytes)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    require(maps);
    uintptr_t first = (uintptr_t)address, end = first + size_bytes, at = 0;
    size_t sum = 0;
    char line[1024];
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to, kilobytes;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            at = from;
        else if (at >= first && at < end && sscanf(line, "AnonHugePages: %lu", &kilobytes) == 1)
            sum += kilobytes * 1024;
    }
    fclose(maps);
    return sum;
}

enum { HUGE_TEST_BYTES = 64 * 1024 * 1024 };

START_TEST(huge_pages_come_as_asked)
{
    if (!system_has_huge_pages() || is_slow())
        skip_test("no huge pages here");
    for (steppe_huge_pages policy = STEPPE_HUGE_WHEN_DENSE; policy <= STEPPE_HUGE_ALWAYS;
         policy++) {
        uint8_t *faults =
            reserve(HUGE_TEST_BYTES, options(.on_fault = STEPPE_COMMIT, .huge_pages = policy));
        for (size_t i = 0; i < HUGE_TEST_BYTES; i += page)
            store(faults + i, (uint8_t)(i / page % 251));
        size_t huge_bytes = huge_bytes_of(faults, HUGE_TEST_BYTES);
        if (policy == STEPPE_HUGE_NEVER)
            require_equal(huge_bytes, 0);
        else
            require(huge_bytes >= 8 * CHUNK_FLOOR, "policy %d: %zu", policy, huge_bytes);
        for (size_t i = 0; i < HUGE_TEST_BYTES; i += page)
            require_equal(load(faults + i), i / page % 251);
        require_equal(charge_by_runs(faults), charge_of(faults));
        require_equal(charge_of(faults), HUGE_TEST_BYTES);
        require_ok(steppe_release(faults));

        uint8_t *calls = reserve(HUGE_TEST_BYTES, options(.huge_pages = policy));
        require_ok(steppe_commit(calls, HUGE_TEST_BYTES));
        memset(calls, 1, HUGE_TEST_BYTES);
        huge_bytes = huge_bytes_of(calls, HUGE_TEST_BYTES);
        if (policy == STEPPE_HUGE_ALWAYS)
            require(huge_bytes >= 8 * CHUNK_FLOOR, "%zu", huge_bytes);
        else
            require_equal(huge_bytes, 0);
        require_ok(steppe_release(calls));
    }
    /* Explicit commits in a reservation whose faults may have them. */
    uint8_t *both = reserve(HUGE_TEST_BYTES, options(.on_fault = STEPPE_COMMIT));
    require_ok(steppe_commit(both, HUGE_TEST_BYTES));
    memset(both, 1, HUGE_TEST_BYTES);
    if (mechanism_of(both) == STEPPE_MECHANISM_UFFD)
        require_equal(huge_bytes_of(both, HUGE_TEST_BYTES), 0);
}
END_TEST

START_TEST(a_part_of_a_huge_page_goes_alone)
{
    for (steppe_huge_pages policy = STEPPE_HUGE_WHEN_DENSE; policy <= STEPPE_HUGE_ALWAYS;
         policy++) {
        size_t pages = 16 * CHUNK_FLOOR / page;
        uint8_t *base =
            reserve(pages * page, options(.on_fault = STEPPE_COMMIT, .huge_pages = policy));
        uint64_t random = 81;
        bool *is_gone = calloc(pages, sizeof *is_gone);
        for (size_t i = 0; i < pages; i++)
            store_word(base + i * page, i + 1);
        size_t committed = pages;
        for (int i = 0; i < 200; i++) {
            size_t first = random_below(&random, pages), count = 1 + random_below(&random, 40);
            count = first + count > pages ? pages - first : count;
            require_ok(steppe_decommit(base + first * page, count * page));
            for (size_t k = first; k < first + count; k++) {
                committed -= !is_gone[k];
                is_gone[k] = true;
            }
        }
        require_equal(charge_of(base), committed * page);
        require_equal(resident_bytes_of(base, pages * page), committed * page);
        for (size_t i = 0; i < pages; i++) {
            steppe_run run;
            require_ok(steppe_query(base + i * page, &run));
            require_equal(run.state, is_gone[i] ? STEPPE_RESERVED : STEPPE_COMMITTED);
            if (!is_gone[i])
                require_equal(load_word(base + i * page), i + 1);
        }
        for (size_t i = 0; i < pages; i++)
            require_equal(load_word(base + i * page), is_gone[i] ? 0 : i + 1);
        require_ok(steppe_release(base));
        free(is_gone);
    }
}
END_TEST

/* ---- kernel mappings --------------------------------------------------------------------------
 */

START_TEST(isolated_pages_leave_mappings_to_others)
{
    if (is_slow() || !is_round_of("guard") ||
        !steppe_mechanism_is_available(STEPPE_MECHANISM_GUARD))
        return;
    enum { TOUCHES = 12000, RESERVATIONS = 3 };
    uint8_t *bases[RESERVATIONS];
    uint64_t random = 91, sum = 0;
    for (size_t i = 0; i < RESERVATIONS; i++)
        bases[i] = reserve(STEPPE_TIB, options(.on_fault = STEPPE_COMMIT, .strict = true,
                                               .mechanism = STEPPE_MECHANISM_GUARD));
    for (size_t i = 0; i < TOUCHES; i++) {
        uint8_t *base = bases[i < TOUCHES / 2 ? 0 : i % RESERVATIONS];
        store(base + random_below(&random, STEPPE_TIB / page) * page, 1);
    }
    for (size_t i = 0; i < RESERVATIONS; i++) {
        steppe_statistics s = statistics_of(bases[i]);
        require_equal(s.committed_bytes, charge_by_runs(bases[i]));
        require_equal(s.fault_page_count, s.fault_commit_count);
        sum += s.vma_count;
    }
    require(sum < mapping_count_max() / 2, "%llu mappings", (unsigned long long)sum);
    for (size_t i = 0; i < RESERVATIONS; i++)
        require_ok(steppe_release(bases[i]));
}
END_TEST

enum { SEPARATE_MAPPINGS = 5000 };

static void map_separately(void)
{
    for (size_t i = 0; i < SEPARATE_MAPPINGS; i++)
        require(mmap(NULL, page, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED,
                "mapping %zu: %s", i, strerror(errno));
}

START_TEST(under_mprotect_mappings_run_short_in_good_time)
{
    if (is_slow() || !is_round_of("mprotect"))
        return;
    size_t count_max = mapping_count_max();
    if (count_max > 200000)
        skip_test("too many mappings are allowed here");
    uint8_t *base = reserve(STEPPE_TIB, options(.mechanism = STEPPE_MECHANISM_MPROTECT));
    size_t done = 0;
    while (done < count_max && steppe_commit(base + 2 * done * page, page) == STEPPE_OK)
        done++;
    require(done > count_max / 4 && 2 * done <= count_max / 4 * 3 + 4, "%zu", done);
    require_fails(steppe_commit(base + 2 * done * page, page), STEPPE_E_MAP_COUNT);
    char figure[32];
    snprintf(figure, sizeof figure, "%zu", count_max - count_max / 4);
    require(strstr(steppe_last_message(), figure), "%s lacks %s", steppe_last_message(), figure);
    require(strstr(steppe_last_message(), "max_map_count"));
    require_equal(charge_of(base), done * page);
    require_equal(charge_by_runs(base), done * page);
    require(statistics_of(base).vma_count <= count_max / 4 * 3 + 2);

    /* Faults are refused as well, and can be caught. */
    uint8_t *faults = reserve(STEPPE_GIB, options(.on_fault = STEPPE_COMMIT, .strict = true,
                                                  .mechanism = STEPPE_MECHANISM_MPROTECT));
    require_fails(steppe_probe_write(faults + 9 * page, "x", 1, NULL), STEPPE_E_MAP_COUNT);
    require_equal(charge_of(faults), 0);
    /* What needs no mapping more goes on. */
    require_ok(steppe_commit(base, 3 * page));
    require_ok(steppe_decommit(base + page, page));
    map_separately();

    require_ok(steppe_decommit(base, 2 * done * page));
    for (size_t i = 0; i < 1000; i++)
        require_ok(steppe_commit(base + 2 * i * page, page));
    require_equal(charge_of(base), 1000 * page);
    store(faults + 9 * page, 1);
    require_ok(steppe_release(base));
}
END_TEST

static void use_up_mappings(size_t count_max)
{
    uint8_t *pages = mmap(NULL, 2 * count_max * page, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require(pages != MAP_FAILED);
    for (size_t i = 0; i < count_max; i++)
        if (mprotect(pages + 2 * i * page, page, PROT_READ) != 0)
            return;
}

/* Reading the process's map for each of them takes tens of milliseconds. */
START_TEST(refusals_in_a_row_are_quick_when_others_use_up_mappings)
{
    if (TEST_UNDER_ASAN)
        skip_test("AddressSanitizer ends when it gets no mapping");
    enum { ROW = 300, SLOWEST_MS = 3000 };
    if (is_slow() || !is_round_of("mprotect"))
        return;
    size_t count_max = mapping_count_max();
    if (count_max > 200000)
        skip_test("too many mappings are allowed here");
    uint8_t *base = reserve(STEPPE_GIB, options(.mechanism = STEPPE_MECHANISM_MPROTECT));
    require_ok(steppe_commit(base, 2 * ROW * page));
    use_up_mappings(count_max);
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (size_t i = 1; i < ROW; i++)
        require_fails(steppe_decommit(base + 2 * i * page, page), STEPPE_E_MAP_COUNT);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    long took_ms = (ended.tv_sec - began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) / 1000000;
    require(took_ms < SLOWEST_MS, "%ld ms", took_ms);
}
END_TEST

static size_t mappings_of(const void *base)
{
    return (size_t)statistics_of(base).vma_count;
}

/* What is cut into single pages and made whole again is one mapping again, though every page was
 * touched while it was alone. */
START_TEST(pages_that_join_share_a_mapping)
{
    enum { PAIRS = 2000 };
    uint8_t *base =
        reserve(STEPPE_GIB, options(.on_fault = _i ? STEPPE_COMMIT : STEPPE_RAISE, .strict = true));
    for (size_t half = 0; half < 2; half++)
        for (size_t i = 0; i < PAIRS; i++) {
            uint8_t *at = base + (2 * i + half) * page;
            if (!_i)
                require_ok(steppe_commit(at, page));
            store(at, 1);
        }
    require(mappings_of(base) <= 4, "%zu", mappings_of(base));
    for (size_t i = 0; i < PAIRS; i++)
        require_ok(steppe_protect(base + 2 * i * page, page, STEPPE_READ_ONLY, NULL));
    require(mappings_of(base) >= 2 * PAIRS - 1, "%zu", mappings_of(base));
    for (size_t i = 0; i < PAIRS; i++)
        require_ok(steppe_protect(base + 2 * i * page, page, STEPPE_READ_WRITE, NULL));
    require(mappings_of(base) <= 4, "%zu", mappings_of(base));
    for (size_t i = 0; i < PAIRS; i++)
        require_ok(steppe_decommit(base + 2 * i * page, page));
    for (size_t i = 0; i < PAIRS; i++)
        require_ok(steppe_commit(base + 2 * i * page, page));
    require(mappings_of(base) <= 4, "%zu", mappings_of(base));
}
END_TEST

static int come_and_go(void *context)
{
    uint8_t *base = context;
    for (size_t i = 1; i < 2000; i++) {
        require_ok(steppe_commit(base + i * 2 * STEPPE_MIB, 2 * STEPPE_MIB));
        store(base + i * 2 * STEPPE_MIB, 1);
        require_ok(steppe_decommit(base + i * 2 * STEPPE_MIB, 2 * STEPPE_MIB));
        require_ok(steppe_commit(base + i * 2 * page, page));
        store(base + i * 2 * page, 1);
        require_ok(steppe_decommit(base + i * 2 * page, page));
    }
    require(mappings_of(base) <= 8, "%zu", mappings_of(base));
    return 0;
}

START_TEST(what_is_given_back_joins_in_a_child_as_well)
{
    uint8_t *base = reserve(8 * STEPPE_GIB, NULL);
    require_ok(steppe_commit(base, page));
    store(base, 1);
    require_ok(steppe_decommit(base, page));
    require_exits(run_child(come_and_go, base), 0);
    require_exits(come_and_go(base), 0);
}
END_TEST

/* How often something can be done to every second page until mappings run short. */
static size_t alternate(uint8_t *base, size_t count_max, steppe_status (*act)(uint8_t *at))
{
    size_t done = 0;
    steppe_status status = STEPPE_OK;
    while (done < count_max && (status = act(base + (2 * done + 1) * page)) == STEPPE_OK)
        done++;
    require_equal(status, STEPPE_E_MAP_COUNT);
    require(strstr(steppe_last_message(), "max_map_count"), "%s", steppe_last_message());
    return done;
}

static steppe_status make_read_only(uint8_t *at)
{
    return steppe_protect(at, page, STEPPE_READ_ONLY, NULL);
}

static steppe_status commit_read_only(uint8_t *at)
{
    return steppe_commit_as(at, page, STEPPE_READ_ONLY);
}

static steppe_status give_back(uint8_t *at)
{
    return steppe_decommit(at, page);
}

static steppe_status give_two_back(uint8_t *at)
{
    size_t done;
    return steppe_decommit_all((steppe_range[]){{at, page}, {at, page}}, 2, &done);
}

static steppe_status take_guard_off(uint8_t *at)
{
    uint8_t byte;
    steppe_status status = steppe_probe_read(at, &byte, 1, NULL);
    return status == STEPPE_E_GUARD ? STEPPE_OK : status;
}

/* Whatever cuts mappings is refused in time, with nothing changed, and the rest goes on. */
START_TEST(protections_leave_mappings_to_others)
{
    if (is_slow())
        return;
    size_t count_max = mapping_count_max(), size_bytes = count_max * 2 * page;
    if (count_max > 200000)
        skip_test("too many mappings are allowed here");
    bool maps_runs = is_round_of("mprotect");
    enum { PROTECT, COMMIT_AS, DECOMMIT, DECOMMIT_ALL, GUARD };
    bool gives_back = _i == DECOMMIT || _i == DECOMMIT_ALL;
    if (_i == GUARD && TEST_UNDER_ASAN)
        return; /* tens of thousands of faults, and to leave a handler is slow there */
    uint8_t *base = reserve(size_bytes, NULL);
    if (_i == PROTECT || gives_back)
        require_ok(steppe_commit(base, size_bytes));
    if (_i == GUARD)
        require_ok(steppe_commit_as(base, size_bytes, STEPPE_READ_WRITE | STEPPE_GUARD));
    if (gives_back && !maps_runs) /* else a hole costs none */
        require_ok(steppe_protect(base, size_bytes, STEPPE_READ_ONLY, NULL));
    steppe_status (*const acts[])(uint8_t *) = {make_read_only, commit_read_only, give_back,
                                                give_two_back, take_guard_off};
    size_t done = alternate(base, count_max, acts[_i]);
    size_t most = gives_back ? count_max / 8 * 7 : count_max / 4 * 3;
    require(2 * done > count_max / 2 && 2 * done <= most + 8, "%zu", done);
    require(mappings_of(base) <= most + 8, "%zu", mappings_of(base));
    uint64_t charge = gives_back        ? size_bytes - done * page
                      : _i == COMMIT_AS ? done * page
                                        : size_bytes;
    require_equal(charge_of(base), charge);
    require_equal(charge_by_runs(base), charge);
    map_separately();
    require_ok(steppe_decommit(base, size_bytes));
    require(mappings_of(base) <= 4, "%zu", mappings_of(base));
    require_ok(steppe_commit(base + page, page));
    require_ok(steppe_release(base));
}
END_TEST

START_TEST(whole_chunks_go_on_when_mappings_run_short)
{
    if (is_slow() || !is_round_of("mprotect"))
        return;
    size_t count_max = mapping_count_max(), wanted = count_max / 2;
    if (count_max > 200000)
        skip_test("too many mappings are allowed here");
    uint8_t *base =
        reserve(16 * STEPPE_GIB, options(.mechanism = STEPPE_MECHANISM_MPROTECT,
                                         .whole_chunks = true, .on_fault = STEPPE_COMMIT));
    size_t pages = 16 * STEPPE_GIB / page, step = (pages / wanted - 1) | 1;
    for (size_t i = 0; i < wanted; i++) {
        uint8_t *at = base + i * step * page;
        if (i % 3)
            require_ok(steppe_commit(at, page));
        else
            store(at, 1);
        if (i % 4096 == 0)
            require_equal(charge_of(base), charge_by_runs(base));
    }
    require_equal(charge_of(base), charge_by_runs(base));
    require(charge_of(base) > wanted * page);
    require(statistics_of(base).vma_count < count_max / 4 * 3);
    for (size_t i = 0; i < wanted; i++)
        require_equal(load(base + i * step * page), i % 3 ? 0 : 1);
    steppe_statistics s = statistics_of(base);
    require(s.fault_page_count <= s.committed_bytes / page &&
            s.fault_page_count >= s.fault_commit_count);
    map_separately();
    require_ok(steppe_decommit(base, 16 * STEPPE_GIB));
    require_equal(charge_of(base), 0);
}
END_TEST

/* Chunks do not fit into the budget: pages, as long as there are mappings, and then the truth. */
START_TEST(whole_chunks_under_a_tight_budget)
{
    if (is_slow() || !is_round_of("mprotect"))
        return;
    size_t count_max = mapping_count_max();
    if (count_max > 200000)
        skip_test("too many mappings are allowed here");
    uint64_t limit = count_max * page;
    uint8_t *base = reserve(STEPPE_TIB, options(.mechanism = STEPPE_MECHANISM_MPROTECT,
                                                .whole_chunks = true, .limit_bytes = limit));
    size_t at = 0;
    steppe_status status;
    while ((status = steppe_commit(base + at, page)) == STEPPE_OK)
        at += 16 * CHUNK_FLOOR;
    bool is_full = charge_of(base) + page > limit;
    require_equal(status, is_full ? STEPPE_E_BUDGET : STEPPE_E_MAP_COUNT);
    require(charge_of(base) <= limit && charge_of(base) == charge_by_runs(base));
    require_ok(steppe_set_limit(base, charge_of(base)));
    require_fails(steppe_commit(base + at, page), STEPPE_E_BUDGET);
    require_ok(steppe_set_limit(base, STEPPE_NO_LIMIT));
    map_separately();
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------
 */

enum { THREADS = 4 };

struct worker {
    pthread_t thread;
    uint8_t *base;
    size_t index;
    uint64_t random;
    atomic_bool *stop;
    uint8_t *value;
    bool *is_committed;
    size_t rounds;
};

enum { SHARED_CHUNKS = 12 };

/* Page i of the first half belongs to thread i % THREADS; of the second half each thread has whole
 * chunks. Whoever owns a page is the only one to change it. */
static void work_on_page(struct worker *w, size_t pages)
{
    size_t i = random_below(&w->random, pages / THREADS) * THREADS + w->index;
    uint8_t *at = w->base + i * page;
    switch (random_below(&w->random, 4)) {
    case 0:
        require_ok(steppe_decommit(at, page));
        w->value[i] = 0;
        break;
    case 1:
        require_ok(steppe_commit(at, page));
        require_equal(load(at), w->value[i]);
        break;
    default:
        require_equal(load(at), w->value[i]);
        w->value[i] = (uint8_t)random_next(&w->random);
        store(at, w->value[i]);
    }
}

static void work_on_chunk(struct worker *w, size_t chunk)
{
    size_t chunk_pages = CHUNK_FLOOR / page;
    uint8_t *at = w->base + chunk * CHUNK_FLOOR;
    if (random_below(&w->random, 2))
        require_ok(steppe_commit(at, CHUNK_FLOOR));
    for (size_t i = 0; i < chunk_pages; i++) {
        require_equal(load(at + i * page), 0);
        store(at + i * page, (uint8_t)(i + w->index));
    }
    size_t hole = random_below(&w->random, chunk_pages);
    require_ok(steppe_decommit(at + hole * page, page));
    for (size_t i = 0; i < chunk_pages; i++)
        require_equal(load(at + i * page), i == hole ? 0 : (uint8_t)(i + w->index));
    require_ok(steppe_decommit(at, CHUNK_FLOOR));
}

static void *work(void *context)
{
    struct worker *w = context;
    size_t shared_pages = SHARED_CHUNKS * CHUNK_FLOOR / page;
    while (!atomic_load(w->stop)) {
        for (int i = 0; i < 64; i++)
            work_on_page(w, shared_pages);
        work_on_chunk(w, SHARED_CHUNKS + random_below(&w->random, 4) * THREADS + w->index);
        w->rounds++;
    }
    return NULL;
}

static int after_threads(void *context)
{
    uint8_t *base = context;
    child_require(charge_of(base) == charge_by_runs(base));
    for (steppe_run run = steppe_first_run(base); run.size_bytes; run = steppe_next_run(run))
        if (run.state == STEPPE_COMMITTED)
            for (size_t i = 0; i < run.size_bytes; i += page)
                load((uint8_t *)run.base + i);
    child_require(charge_of(base) == charge_by_runs(base));
    store(base + SHARED_CHUNKS * CHUNK_FLOOR, 1);
    child_require(steppe_decommit(base, SHARED_CHUNKS * CHUNK_FLOOR) == STEPPE_OK);
    for (size_t i = 0; i < CHUNK_FLOOR; i += page)
        child_require(load(base + i) == 0);
    return 0;
}

START_TEST(threads_change_neighbouring_pages)
{
    size_t chunks = SHARED_CHUNKS + 4 * THREADS;
    uint8_t *base =
        reserve(chunks * CHUNK_FLOOR, options(.on_fault = STEPPE_COMMIT, .strict = true));
    struct worker workers[THREADS];
    atomic_bool stop = false;
    uint8_t *value = calloc(1, SHARED_CHUNKS * CHUNK_FLOOR / page);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] =
            (struct worker){.base = base, .index = i, .random = i, .stop = &stop, .value = value};
        require(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < (is_slow() ? 3 : 20); i++) {
        require_exits(run_child(after_threads, base), 0);
        usleep(50000);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++)
        require(pthread_join(workers[i].thread, NULL) == 0);
    require_equal(charge_of(base), charge_by_runs(base));
    for (size_t i = 0; i < SHARED_CHUNKS * CHUNK_FLOOR / page; i++)
        require_equal(load(base + i * page), value[i]);
    free(value);
}
END_TEST

/* ------------------------------------------------------------------------------------------------
 */

int main(void)
{
    Suite *suite = suite_create("mechanisms");
    TCase *choice = test_case(suite, "choice");
    tcase_add_checked_fixture(choice, setup, NULL);
    tcase_add_test(choice, best_goes_by_policy_and_size);
    tcase_add_test(choice, a_named_mechanism_is_that_one);

    TCase *early = test_case(suite, "forbidden before the first use");
    tcase_add_checked_fixture(early, setup_silently, NULL);
    tcase_add_loop_test(early, without_userfaultfd_the_next_one_is_taken, 0, 3);
    tcase_add_test(early, without_guard_markers_the_next_one_is_taken);
    tcase_add_test(early, without_both_pages_are_protected);
    tcase_add_test(early, where_writable_memory_is_charged_pages_are_protected);

    TCase *late = test_case_catching(suite, "forbidden later");
    tcase_add_checked_fixture(late, setup, NULL);
    tcase_add_loop_test(late, what_cannot_be_decommitted_whole_stays_whole, 0, 2);
    tcase_add_loop_test(late, what_is_refused_at_the_first_commit_is_replaced, 0, REFUSALS);
    tcase_add_loop_test(late, what_is_forbidden_later_loses_nothing, 0,
                        (int)array_count(banned_sets));
    tcase_add_loop_test(late, pages_that_the_program_empties_itself_survive_a_sandbox, 0, 2);
    tcase_add_test(late, contents_outlive_a_sandbox_that_forbids_all_questions);
    tcase_add_loop_test(late, pages_come_where_the_kernel_cannot_be_asked_for_them, 0, 3);
    tcase_add_loop_test(late, more_pages_apart_than_there_are_mappings_outlive_their_traps, 0, 2);

    TCase *forks = test_case_catching(suite, "fork");
    tcase_add_checked_fixture(forks, setup, NULL);
    tcase_add_test(forks, children_and_grandchildren_have_memory_of_their_own);
    tcase_add_loop_test(forks, a_child_that_may_not_set_traps_keeps_pages_shut, 0, 4);
    tcase_add_test(forks, a_child_without_traps_keeps_more_pages_apart_than_there_are_mappings);

    TCase *closed = test_case_catching(suite, "closed descriptor");
    tcase_add_checked_fixture(closed, setup, NULL);
    tcase_add_loop_test(closed, a_descriptor_closed_by_somebody_is_opened_again, 0,
                        2 + OTHER_FILES);
    tcase_add_test(closed, a_fault_finds_the_descriptor_closed);
    tcase_add_loop_test(closed, a_child_leaves_the_number_to_its_new_file, 0, OTHER_FILES);
    tcase_add_test(closed, a_child_closes_everything);
    tcase_add_test(closed, pages_that_the_program_empties_itself_read_zero);

    TCase *system = test_case_catching(suite, "system calls");
    tcase_add_checked_fixture(system, setup, NULL);
    tcase_add_loop_test(system, system_calls_work_on_what_is_committed, 0, 3);
    tcase_add_loop_test(system, system_calls_work_on_what_was_shut_meanwhile, 0, 3);
    tcase_add_test(system, ready_makes_system_calls_work);
    tcase_add_test(system, wild_touches_are_segmentation_faults);

    TCase *plain = test_case(suite, "signals");
    tcase_add_checked_fixture(plain, setup, NULL);
    tcase_add_test(plain, wild_touches_kill_by_a_segmentation_fault);
    tcase_add_test(plain, handlers_of_the_programs_own_take_faults);

    TCase *huge = test_case(suite, "huge pages");
    tcase_add_checked_fixture(huge, setup, NULL);
    tcase_add_test(huge, huge_pages_come_as_asked);
    tcase_add_test(huge, a_part_of_a_huge_page_goes_alone);

    TCase *mappings = test_case(suite, "mappings");
    tcase_add_checked_fixture(mappings, setup, NULL);
    tcase_add_test(mappings, isolated_pages_leave_mappings_to_others);
    tcase_add_test(mappings, under_mprotect_mappings_run_short_in_good_time);
    tcase_add_test(mappings, refusals_in_a_row_are_quick_when_others_use_up_mappings);
    tcase_add_loop_test(mappings, pages_that_join_share_a_mapping, 0, 2);
    tcase_add_test(mappings, what_is_given_back_joins_in_a_child_as_well);
    tcase_add_loop_test(mappings, protections_leave_mappings_to_others, 0, 5);
    tcase_add_test(mappings, whole_chunks_go_on_when_mappings_run_short);
    tcase_add_test(mappings, whole_chunks_under_a_tight_budget);

    TCase *threads = test_case(suite, "threads");
    tcase_add_checked_fixture(threads, setup, NULL);
    tcase_add_test(threads, threads_change_neighbouring_pages);
    return test_main(suite);
}
