/* SPDX-License-Identifier: MIT */
/*
 * support.h - what the tests share: asserting with the library's own words, touching memory that
 * may not be there, looking at the kernel's side of a page, and comparing the whole state before
 * and after a call that must change nothing.
 *
 * require() costs nothing while it holds (Check's own macros write a file on every success), so it
 * may stand in loops of millions.
 */
#ifndef STEPPE_TESTS_SUPPORT_H
#define STEPPE_TESTS_SUPPORT_H

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <steppe/steppe.h>

#if defined(__SANITIZE_ADDRESS__)
#define TEST_UNDER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define TEST_UNDER_TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(TEST_UNDER_ASAN)
#define TEST_UNDER_ASAN 1
#endif
#if __has_feature(thread_sanitizer) && !defined(TEST_UNDER_TSAN)
#define TEST_UNDER_TSAN 1
#endif
#endif
#ifndef TEST_UNDER_ASAN
#define TEST_UNDER_ASAN 0
#endif
#ifndef TEST_UNDER_TSAN
#define TEST_UNDER_TSAN 0
#endif

#define NO_SANITIZER __attribute__((no_sanitize("address", "thread", "undefined"), noinline))

#define GRANULE ((size_t)65536)
#define CHUNK_FLOOR (2 * STEPPE_MIB)

#define array_count(array) (sizeof(array) / sizeof *(array))

/* A reservation's options, written where they are used. */
#define options(...) (&(steppe_options){__VA_ARGS__})

/* ---- running ----------------------------------------------------------------------------------
 */

/* Run the suite with TAP on standard output; the exit status of the program. */
int test_main(Suite *suite);

/* A test case with a timeout that only a hang reaches. */
TCase *test_case(Suite *suite, const char *name);

/* The same, and every test of it starts with catch_faults(). */
TCase *test_case_catching(Suite *suite, const char *name);

/* Leave a test that cannot run here, and say why. */
#define skip_test(...)                                                                             \
    do {                                                                                           \
        test_skipped(__func__, __VA_ARGS__);                                                       \
        return;                                                                                    \
    } while (0)
void test_skipped(const char *test, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Valgrind, ThreadSanitizer, or STEPPE_TEST_SMALL in the environment: the same test with smaller
 * figures. */
bool is_slow(void);
bool is_valgrind(void);

/* ---- asserting --------------------------------------------------------------------------------
 */

#define require(condition, ...)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            require_failed(__FILE__, __LINE__, #condition, " " __VA_ARGS__);                       \
    } while (0)
_Noreturn void require_failed(const char *file, int line, const char *condition, const char *format,
                              ...) __attribute__((format(printf, 4, 5)));

#define require_equal(left, right)                                                                 \
    do {                                                                                           \
        unsigned long long left_ = (unsigned long long)(left);                                     \
        unsigned long long right_ = (unsigned long long)(right);                                   \
        if (left_ != right_)                                                                       \
            require_failed(__FILE__, __LINE__, #left " == " #right,                                \
                           "%llu (%#llx), not %llu (%#llx)", left_, left_, right_, right_);        \
    } while (0)

/* The call succeeds. */
#define require_ok(call) require_status_at(__FILE__, __LINE__, #call, (call), STEPPE_OK)

/* The call is refused with just this status, steppe_last_status says the same, and
 * steppe_last_message names the function and holds the status's sentence. */
#define require_fails(call, status) require_status_at(__FILE__, __LINE__, #call, (call), (status))
#define require_null(call, status) require_null_at(__FILE__, __LINE__, #call, (call), (status))
void require_status_at(const char *file, int line, const char *call, steppe_status got,
                       steppe_status wanted);
void require_null_at(const char *file, int line, const char *call, const void *got,
                     steppe_status wanted);

/* steppe_reserve that must succeed. */
#define reserve(size_bytes, ...) reserve_at(__FILE__, __LINE__, (size_bytes), __VA_ARGS__)
uint8_t *reserve_at(const char *file, int line, size_t size_bytes, const steppe_options *options);

/* steppe_query of the address gives this run. */
#define require_run(address, base, size_bytes, state, protection)                                  \
    require_run_at(__FILE__, __LINE__, (address), (base), (size_bytes), (state), (protection))
steppe_run require_run_at(const char *file, int line, const void *address, const void *base,
                          size_t size_bytes, steppe_state state, steppe_protection protection);

/* Every byte of the range has the value. */
#define require_bytes(address, size_bytes, value)                                                  \
    require_bytes_at(__FILE__, __LINE__, (address), (size_bytes), (value))
void require_bytes_at(const char *file, int line, const void *address, size_t size_bytes,
                      uint8_t value);

/* ---- touching ---------------------------------------------------------------------------------
 */

struct touch {
    bool faulted;
    uint8_t value; /* read, when it did not fault */
    int signal;    /* the rest: what the handler before ours was given */
    int code;
    void *address;
};

/* Install the handler that touches need. Call before the first armed reservation, so that it is the
 * "previous handler" of the library; a fault outside a touch still kills. */
void catch_faults(void);

struct touch touch_read(const void *address);
struct touch touch_write(void *address, uint8_t value);
struct touch touch_execute(void *address);

#define require_touchable(touch_)                                                                  \
    do {                                                                                           \
        struct touch did_ = (touch_);                                                              \
        require(!did_.faulted, "faulted at %p, signal %d, code %d", did_.address, did_.signal,     \
                did_.code);                                                                        \
    } while (0)
/* The touch reached the previous handler with this exact address. */
#define require_faults(touch_, where)                                                              \
    do {                                                                                           \
        struct touch did_ = (touch_);                                                              \
        require(did_.faulted, "the access succeeded");                                             \
        require(did_.signal == SIGSEGV && did_.address == (void *)(where),                         \
                "signal %d at %p instead of %p", did_.signal, did_.address, (void *)(where));      \
    } while (0)

/* Plain accesses that no compiler takes away, joins or looks into. */
uint8_t load(const void *address);
void store(void *address, uint8_t value);
uint64_t load_word(const void *address); /* of any alignment */
void store_word(void *address, uint64_t value);
void call_code(void *address);

/* Store a "return" instruction and make it visible; false where this machine's is not known. */
bool put_return(void *address);

/* ---- the kernel's side ------------------------------------------------------------------------
 */

size_t resident_bytes_of(const void *address, size_t size_bytes);
size_t anonymous_bytes_of_process(void); /* 0 where the kernel does not tell */
size_t mapping_count_of(const void *address, size_t size_bytes);
size_t mapping_count_max(void);

/* A hole of this size that starts at a multiple of alignment and has a free granule on both sides.
 */
uint8_t *free_area(size_t size_bytes, size_t alignment);

/* ---- the library's side -----------------------------------------------------------------------
 */

uint64_t process_charge(void);
uint64_t charge_of(const void *address);      /* by the walk over reservations */
uint64_t charge_by_runs(const void *address); /* by the walk over runs */
bool find_reservation(const void *base, steppe_reservation *found);
steppe_statistics statistics_of(const void *address);
size_t reservation_count(void);

/* Everything there is to see as text: reservations, runs, charges, and the bytes of every committed
 * page, read without faulting. */
struct snapshot {
    char *text;
    size_t size_bytes;
};
struct snapshot snapshot_take(void);
#define require_same(before) require_same_at(__FILE__, __LINE__, (before))
void require_same_at(const char *file, int line, struct snapshot *before); /* and frees it */

/* ---- children ---------------------------------------------------------------------------------
 */

/* Run body in a forked child, which exits with its result; the wait status. */
int run_child(int (*body)(void *context), void *context);
#define require_exits(wait_status, code)                                                           \
    do {                                                                                           \
        int status_ = (wait_status);                                                               \
        require(WIFEXITED(status_) && WEXITSTATUS(status_) == (code), "wait status %#x",           \
                (unsigned)status_);                                                                \
    } while (0)
#define require_killed(wait_status, signal_)                                                       \
    do {                                                                                           \
        int status_ = (wait_status);                                                               \
        require(WIFSIGNALED(status_) && WTERMSIG(status_) == (signal_), "wait status %#x",         \
                (unsigned)status_);                                                                \
    } while (0)

/* In a child: a condition, or the child ends with 99 and says where. */
#define child_require(condition)                                                                   \
    do {                                                                                           \
        if (!(condition))                                                                          \
            child_failed(__FILE__, __LINE__, #condition);                                          \
    } while (0)
_Noreturn void child_failed(const char *file, int line, const char *condition);

/* ---- chance -----------------------------------------------------------------------------------
 */

/* A small generator that gives the same numbers everywhere. */
static inline uint64_t random_next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
    return random_next(state) % limit;
}

#endif
