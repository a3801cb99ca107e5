/* SPDX-License-Identifier: MIT */
/*
 * arena.c - what steppe/arena.h promises, and random operations on arenas against a list of what
 * was taken.
 *
 * Options and replay of the random operations: tests/support/random.h.
 */
#define _GNU_SOURCE 1

#include "../support/random.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define HAS_MEMCHECK 1
#endif
#endif
#if TEST_UNDER_ASAN
#include <sanitizer/asan_interface.h>
#endif

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

static uint64_t os_calls(const steppe_arena *arena)
{
    return statistics_of(arena).os_call_count;
}

static steppe_arena *make(size_t max_bytes, const steppe_options *chosen)
{
    steppe_arena *arena = steppe_arena_new(max_bytes, chosen);
    require(arena, "no arena of %zu bytes", max_bytes);
    require_equal(steppe_arena_taken_bytes(arena), 0);
    require_equal(steppe_arena_committed_bytes(arena), 0);
    return arena;
}

/* Takes that must succeed. */
static uint8_t *take(steppe_arena *arena, size_t size_bytes, size_t alignment_bytes)
{
    uint8_t *taken = steppe_arena_take(arena, size_bytes, alignment_bytes);
    size_t alignment = alignment_bytes ? alignment_bytes : _Alignof(max_align_t);
    require(taken, "%zu bytes by %zu", size_bytes, alignment_bytes);
    require_equal((uintptr_t)taken % alignment, 0);
    require_bytes(taken, size_bytes, 0);
    return taken;
}

/* ---- the calls ------------------------------------------------------------------------------ */

struct node {
    struct node *next;
    char letter;
};

START_TEST(as_in_the_header)
{
    steppe_arena *arena = steppe_arena_new(much, NULL);
    require(arena);
    struct node *node = steppe_arena_make(arena, struct node, 1);
    require(node && !node->next && (uintptr_t)node % _Alignof(struct node) == 0);
    node->letter = 'a';
    steppe_arena_mark mark = steppe_arena_here(arena);
    char *text = steppe_arena_take(arena, 1000, 1);
    require(text == (char *)(node + 1));
    memset(text, 'x', 1000);
    require_equal(steppe_arena_taken_bytes(arena), sizeof *node + 1000);
    require_ok(steppe_arena_return(arena, mark));
    require_equal(steppe_arena_taken_bytes(arena), sizeof *node);
    require(node->letter == 'a');
    require(take(arena, 3 * STEPPE_MIB, 1) == (uint8_t *)text);
    require_ok(steppe_arena_reset(arena, STEPPE_MIB));
    require_equal(steppe_arena_taken_bytes(arena), 0);
    require_equal(steppe_arena_committed_bytes(arena), STEPPE_MIB);
    require_equal(charge_of(arena), STEPPE_MIB + page);
    require_ok(steppe_arena_free(arena));
    require_equal(reservation_count(), 0);
    require_equal(process_charge(), 0);
}
END_TEST

static void require_no_arena(void *pointer, steppe_status status)
{
    steppe_arena *arena = pointer;
    steppe_arena_mark mark = {0};
    require_equal(steppe_arena_taken_bytes(arena), 0);
    require_equal(steppe_arena_committed_bytes(arena), 0);
    require_equal(steppe_arena_here(arena).taken_bytes, 0);
    require_null(steppe_arena_take(arena, 1, 1), status);
    require_null(steppe_arena_make(arena, int, 1), status);
    require_null(steppe_arena_make(arena, int, SIZE_MAX), status);
    require_fails(steppe_arena_return(arena, mark), status);
    require_fails(steppe_arena_reset(arena, 0), status);
    if (arena)
        require_fails(steppe_arena_free(arena), status);
}

START_TEST(wrong_pointers)
{
    static uint64_t mine[64];
    uint8_t *heap = malloc(100);
    steppe_arena *arena = make(100 * page, NULL);
    uint8_t *taken = take(arena, 10 * page, 1);
    require_no_arena(NULL, STEPPE_E_NULL);
    require_ok(steppe_arena_free(NULL));
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
        require_no_arena((void *)numbers[i], STEPPE_E_NOT_CONTAINER);
    require_no_arena(mine, STEPPE_E_NOT_CONTAINER);
    require_no_arena(heap, STEPPE_E_NOT_CONTAINER);
    require_no_arena((void *)(uintptr_t)test_main, STEPPE_E_NOT_CONTAINER);
    for (size_t i = 1; i < page; i += 1 + i / 8) {
        require_no_arena((uint8_t *)arena + i, STEPPE_E_NOT_CONTAINER);
        require_no_arena((uint8_t *)arena - i, STEPPE_E_NOT_CONTAINER);
    }
    require_no_arena(taken, STEPPE_E_NOT_CONTAINER);
    require_no_arena(taken + 50 * page, STEPPE_E_NOT_CONTAINER);
    require_ok(steppe_arena_free(arena));
    require_no_arena(arena, STEPPE_E_NOT_CONTAINER);
    free(heap);
}
END_TEST

START_TEST(reservations_that_are_no_arena)
{
    uint64_t *array = steppe_array_new(uint64_t, 1000, NULL);
    uint8_t *plain = reserve(4 * page, NULL);
    steppe_arena *arena = make(100 * page, NULL);
    require_no_arena(plain, STEPPE_E_NOT_CONTAINER);
    require_ok(steppe_commit(plain, page));
    require_no_arena(plain, STEPPE_E_NOT_CONTAINER);
    memcpy(plain, arena, page);
    require_no_arena(plain, STEPPE_E_NOT_CONTAINER);
    const steppe_protection others[] = {STEPPE_READ_ONLY, STEPPE_NO_ACCESS, STEPPE_EXECUTE_READ};
    for (size_t i = 0; i < array_count(others); i++) {
        require_ok(steppe_protect(plain, page, others[i], NULL));
        require_no_arena(plain, STEPPE_E_NOT_CONTAINER);
    }
    require_no_arena(array, STEPPE_E_NOT_CONTAINER);
    require_no_arena((uint8_t *)array - page, STEPPE_E_NOT_CONTAINER);
    require_ok(steppe_arena_free(arena));
    require_ok(steppe_array_free(array));
}
END_TEST

static void *replace(void *context)
{
    steppe_arena **arena = context;
    require_ok(steppe_arena_free(*arena));
    /* Something else may lie there already. */
    (void)steppe_reserve(20 * page, options(.address = *arena));
    return NULL;
}

START_TEST(ended_by_another_thread)
{
    pthread_t thread;
    steppe_arena *arena = make(10 * page, NULL);
    take(arena, 1, 1);
    require(pthread_create(&thread, NULL, replace, &arena) == 0 && pthread_join(thread, NULL) == 0);
    require_no_arena(arena, STEPPE_E_NOT_CONTAINER);
}
END_TEST

START_TEST(creation_that_is_refused)
{
    struct snapshot before = snapshot_take();
    const steppe_options refused[] = {
        {.on_fault = STEPPE_COMMIT},
        {.protection = STEPPE_READ_ONLY},
        {.protection = STEPPE_EXECUTE},
        {.protection = STEPPE_READ_WRITE | STEPPE_GUARD},
        {.page_bytes = 3 * page},
        {.page_bytes = 4 * STEPPE_MIB},
        {.huge_pages = (steppe_huge_pages)7},
    };
    for (size_t i = 0; i < array_count(refused); i++)
        require_null(steppe_arena_new(1, &refused[i]), STEPPE_E_OPTION);
    require_null(steppe_arena_new(0, NULL), STEPPE_E_SIZE);
    require_null(steppe_arena_new(SIZE_MAX, NULL), STEPPE_E_SIZE);
    require_null(steppe_arena_new(SIZE_MAX - page, NULL), STEPPE_E_SIZE);
    require_null(steppe_arena_new(SIZE_MAX - 2 * page, NULL), STEPPE_E_SIZE);
    require_null(steppe_arena_new((size_t)1 << 57, NULL), STEPPE_E_SIZE);
    require_null(steppe_arena_new(1, options(.limit_bytes = page - 1)), STEPPE_E_BUDGET);
    require_null(steppe_arena_new(1, options(.mechanism = (steppe_mechanism)77)),
                 STEPPE_E_MECHANISM);
    require_same(&before);
}
END_TEST

START_TEST(takes_that_are_refused)
{
    steppe_arena *arena = make(10 * page + 1, NULL); /* rounded up */
    take(arena, 100, 1);
    struct snapshot before = snapshot_take();
    require_null(steppe_arena_make(arena, int, SIZE_MAX), STEPPE_E_SIZE);
    require_null(steppe_arena_make(arena, int, SIZE_MAX / 4 + 1), STEPPE_E_SIZE);
    require_null(steppe_arena_make(arena, int, SIZE_MAX / 4), STEPPE_E_OUTSIDE);
    require_null(steppe_arena_take(arena, 1, 3), STEPPE_E_OPTION);
    require_null(steppe_arena_take(arena, 1, 2 * page), STEPPE_E_OPTION);
    require_null(steppe_arena_take(arena, 1, SIZE_MAX), STEPPE_E_OPTION);
    require_null(steppe_arena_take(arena, 1, (size_t)1 << 63), STEPPE_E_OPTION);
    require_null(steppe_arena_take(arena, 11 * page - 99, 1), STEPPE_E_OUTSIDE);
    require_null(steppe_arena_take(arena, 10 * page + 1, page), STEPPE_E_OUTSIDE);
    require_null(steppe_arena_take(arena, SIZE_MAX, 1), STEPPE_E_OUTSIDE);
    require_null(steppe_arena_take(arena, SIZE_MAX - 50, 1), STEPPE_E_OUTSIDE);
    require_same(&before);
    take(arena, 11 * page - 100, 1);
    require_null(steppe_arena_take(arena, 1, 1), STEPPE_E_OUTSIDE);
    require_equal(steppe_arena_taken_bytes(arena), 11 * page);
    require_ok(steppe_arena_free(arena));
}
END_TEST

START_TEST(pieces_of_no_bytes)
{
    steppe_arena *arena = make(2 * page, NULL);
    uint8_t *base = steppe_arena_base(arena);
    require(base == take(arena, 0, 1) && base == (void *)steppe_arena_make(arena, int, 0));
    require_equal(steppe_arena_taken_bytes(arena), 0);
    require(take(arena, 3, 1) == base && take(arena, 0, 8) == base + 8);
    require_equal(steppe_arena_taken_bytes(arena), 8);
    require(take(arena, 2 * page - 8, 1) == base + 8 && take(arena, 0, 1) == base + 2 * page);
    require(!steppe_arena_base(NULL) && !steppe_arena_base((steppe_arena *)(void *)base));
    require_ok(steppe_arena_free(arena));
}
END_TEST

START_TEST(alignments)
{
    steppe_arena *arena = make(STEPPE_GIB, NULL);
    size_t wanted = 0;
    for (size_t alignment = 0; alignment <= page; alignment = alignment ? 2 * alignment : 1) {
        for (size_t size = 1; size < 3000; size += 1 + size / 3) {
            size_t unit = alignment ? alignment : _Alignof(max_align_t);
            wanted = (wanted + unit - 1) / unit * unit + size;
            memset(take(arena, size, alignment), 0xff, size);
            require_equal(steppe_arena_taken_bytes(arena), wanted);
        }
    }
    require_ok(steppe_arena_free(arena));
    arena = make(STEPPE_GIB, options(.page_bytes = STEPPE_MIB));
    take(arena, 1, 1);
    take(arena, 1, STEPPE_MIB);
    require_null(steppe_arena_take(arena, 1, 2 * STEPPE_MIB), STEPPE_E_OPTION);
    require_equal(steppe_arena_committed_bytes(arena) % STEPPE_MIB, 0);
    require_ok(steppe_arena_free(arena));
}
END_TEST

START_TEST(marks_are_returned_to)
{
    steppe_arena *arena = make(STEPPE_GIB, NULL), *other = make(STEPPE_GIB, NULL);
    steppe_arena_mark marks[20];
    uint8_t *taken[20];
    for (size_t i = 0; i < 20; i++) {
        marks[i] = steppe_arena_here(arena);
        taken[i] = take(arena, 1000 * (i + 1), 1);
        memset(taken[i], (int)i + 1, 1000 * (i + 1));
    }
    uint64_t calls = os_calls(arena), committed = steppe_arena_committed_bytes(arena);
    for (size_t i = 20; i-- > 5;)
        require_ok(steppe_arena_return(arena, marks[i]));
    require_ok(steppe_arena_return(arena, marks[5])); /* it is where that left it */
    require_fails(steppe_arena_return(arena, marks[6]), STEPPE_E_OUTSIDE);
    require_fails(steppe_arena_return(other, marks[1]), STEPPE_E_OUTSIDE);
    for (size_t i = 0; i < 5; i++)
        require_bytes(taken[i], 1000 * (i + 1), (uint8_t)(i + 1));
    /* Zero again, also where it was never used. */
    require(take(arena, 6000, 1) == taken[5]);
    require_ok(steppe_arena_return(arena, marks[0]));
    require(take(arena, committed, 1) == taken[0]);
    require_equal(os_calls(arena), calls);
    require_ok(steppe_arena_free(arena));
    require_ok(steppe_arena_free(other));
}
END_TEST

START_TEST(resets)
{
    steppe_arena *arena = make(STEPPE_GIB, NULL);
    const size_t keeps[] = {0, 1, page, page + 1, 20 * page, SIZE_MAX};
    for (size_t i = 0; i < array_count(keeps); i++) {
        for (int round = 0; round < 2; round++) {
            memset(take(arena, 50 * page + 5, 1), 0xee, 50 * page + 5);
            size_t before = steppe_arena_committed_bytes(arena);
            require_ok(steppe_arena_reset(arena, keeps[i]));
            require_equal(steppe_arena_taken_bytes(arena), 0);
            require_equal(steppe_arena_committed_bytes(arena),
                          keeps[i] == SIZE_MAX ? before : whole_pages(keeps[i]));
            require_equal(charge_of(arena), steppe_arena_committed_bytes(arena) + page);
        }
    }
    uint64_t calls = os_calls(arena);
    for (int round = 0; round < 10; round++) {
        memset(take(arena, 50 * page, 1), 0xee, 50 * page);
        require_ok(steppe_arena_reset(arena, 60 * page));
    }
    require_equal(os_calls(arena), calls);
    require_ok(steppe_arena_reset(arena, 3 * page)); /* keeps no more than there was */
    require_ok(steppe_arena_reset(arena, 9 * page));
    require_equal(steppe_arena_committed_bytes(arena), 3 * page);
    require_ok(steppe_arena_free(arena));
}
END_TEST

/* A large piece that was not touched again has no memory, and reads zero all the same. */
START_TEST(large_pieces_are_given_back)
{
    size_t large = 70 * STEPPE_MIB;
    if (is_slow())
        skip_test("takes long here");
    steppe_arena *arena = make(STEPPE_GIB, NULL);
    for (size_t offset = 0; offset < 2 * page; offset += page - 100) {
        if (offset)
            take(arena, offset, 1);
        uint8_t *taken = steppe_arena_take(arena, large, 1);
        memset(taken, 0xdd, large);
        require_ok(steppe_arena_reset(arena, SIZE_MAX));
        if (offset)
            take(arena, offset, 1);
        require(steppe_arena_take(arena, large - 200, 1) == taken);
        require(resident_bytes_of(taken, large) < 4 * STEPPE_MIB);
        require_bytes(taken, large - 200, 0);
        require_bytes(take(arena, 300, 1), 300, 0);
        require_equal(charge_of(arena), steppe_arena_committed_bytes(arena) + page);
        require_ok(steppe_arena_reset(arena, SIZE_MAX));
    }
    /* A limit that was lowered meanwhile refuses that: what went is gone, the arena is well. */
    take(arena, 100, 1);
    memset(take(arena, large, 1), 0xcc, large);
    steppe_arena_mark mark = {100};
    require_ok(steppe_arena_return(arena, mark));
    require_ok(steppe_set_limit(arena, STEPPE_MIB));
    require_null(steppe_arena_take(arena, large, 1), STEPPE_E_BUDGET);
    require_equal(steppe_arena_taken_bytes(arena), 100);
    require_equal(charge_of(arena), steppe_arena_committed_bytes(arena) + page);
    take(arena, STEPPE_MIB - 2 * page, 1);
    require_null(steppe_arena_take(arena, large, 1), STEPPE_E_BUDGET);
    require_ok(steppe_set_limit(arena, STEPPE_NO_LIMIT));
    take(arena, large, 1);
    require_ok(steppe_arena_free(arena));
}
END_TEST

START_TEST(growing_commits_ahead)
{
    steppe_arena *arena = make(much, NULL);
    uint64_t commits = statistics_of(arena).commit_count;
    size_t whole = is_slow() ? 8 * STEPPE_MIB : 400 * STEPPE_MIB, committed = 0;
    while (steppe_arena_taken_bytes(arena) < whole) {
        require(steppe_arena_take(arena, 10000, 0));
        if (steppe_arena_committed_bytes(arena) == committed)
            continue;
        committed = steppe_arena_committed_bytes(arena);
        size_t used = steppe_arena_taken_bytes(arena);
        size_t ahead = used / 2 < 64 * STEPPE_MIB ? used / 2 : 64 * STEPPE_MIB;
        require(committed <= used + ahead + 2 * page + (used > 2 * STEPPE_MIB ? 2 * STEPPE_MIB : 0),
                "%zu for %zu", committed, used);
    }
    commits = statistics_of(arena).commit_count - commits;
    require(commits < 40, "%llu commits", (unsigned long long)commits);
    require_ok(steppe_arena_free(arena));
}
END_TEST

START_TEST(growing_may_be_refused)
{
    for (size_t pages = 2; pages < 50; pages += 1 + pages / 4) {
        steppe_arena *arena = make(STEPPE_GIB, options(.limit_bytes = pages * page));
        require_null(steppe_arena_take(NULL, 1, 1), STEPPE_E_NULL); /* stays the last one */
        for (size_t taken = 0; taken < (pages - 1) * page; taken += 64)
            memset(take(arena, 64, 64), 1, 64);
        require_equal(steppe_last_status(), STEPPE_E_NULL);
        struct snapshot before = snapshot_take();
        require_null(steppe_arena_take(arena, 1, 1), STEPPE_E_BUDGET);
        require(strstr(steppe_last_message(), "; limit "), "%s", steppe_last_message());
        require_null(steppe_arena_make(arena, int, 1), STEPPE_E_BUDGET);
        require_null(steppe_arena_take(arena, 100 * page, page), STEPPE_E_BUDGET);
        require_same(&before);
        require_ok(steppe_arena_reset(arena, SIZE_MAX));
        take(arena, (pages - 1) * page, 1);
        require_ok(steppe_arena_free(arena));
    }
}
END_TEST

static int child_goes_on(void *context)
{
    steppe_arena *arena = context;
    for (int i = 0; i < 1000; i++)
        child_require(steppe_arena_take(arena, 1000, 0) != NULL);
    child_require(steppe_arena_reset(arena, 0) == STEPPE_OK);
    child_require(steppe_arena_free(arena) == STEPPE_OK);
    return 0;
}

START_TEST(the_child_of_a_fork)
{
    steppe_arena *arena = make(STEPPE_GIB, NULL);
    uint8_t *taken = take(arena, 100, 1);
    memset(taken, 9, 100);
    require_exits(run_child(child_goes_on, arena), 0);
    require_bytes(taken, 100, 9);
    take(arena, 100000, 1);
    require_ok(steppe_arena_free(arena));
}
END_TEST

/* ---- poison --------------------------------------------------------------------------------- */

/* Does the one that watches forbid the byte? */
static bool is_forbidden(const void *address)
{
#if TEST_UNDER_ASAN
    return __asan_address_is_poisoned(address);
#elif HAS_MEMCHECK
    VALGRIND_DISABLE_ERROR_REPORTING;
    bool forbidden = VALGRIND_CHECK_MEM_IS_ADDRESSABLE(address, 1) != 0;
    VALGRIND_ENABLE_ERROR_REPORTING;
    return forbidden;
#else
    (void)address;
    return false;
#endif
}

static void require_forbidden(const uint8_t *first, size_t size_bytes, bool forbidden)
{
    for (size_t i = 0; i<size_bytes; i += i> 64 && size_bytes - i > 64 ? 37 : 1)
        require(is_forbidden(first + i) == forbidden, "byte %zu of %zu, %d", i, size_bytes,
                forbidden);
}

START_TEST(what_is_not_taken_is_poisoned)
{
    if (!TEST_UNDER_ASAN && !is_valgrind())
        skip_test("nobody watches");
    steppe_arena *arena = make(STEPPE_GIB, NULL);
    uint8_t *first = take(arena, 5, 1), *second = take(arena, 100, 64);
    require_forbidden(first, 5, false);
    require_forbidden(first + 5, 59, true);
    require_forbidden(second, 100, false);
    require_forbidden(second + 100, page - 164, true);
    steppe_arena_mark mark = steppe_arena_here(arena);
    uint8_t *third = take(arena, 20 * page, 1);
    size_t committed = steppe_arena_committed_bytes(arena);
    require_forbidden(third, 20 * page, false);
    require_forbidden(third + 20 * page, committed - steppe_arena_taken_bytes(arena), true);
    require_ok(steppe_arena_return(arena, mark));
    require_forbidden(second, 100, false);
    require_forbidden(third, 20 * page, true);
    require_ok(steppe_arena_reset(arena, 3 * page));
    require_forbidden(first, 3 * page, true);
    if (TEST_UNDER_ASAN) /* Valgrind knows itself that nothing is there */
        require_forbidden(first + 3 * page, committed - 3 * page, false);
    require(take(arena, 10 * page, 1) == first);
    require_forbidden(first, 10 * page, false);
    require_ok(steppe_arena_free(arena));
    uint8_t *again = reserve(40 * page, options(.address = arena));
    require_ok(steppe_commit(again, 40 * page));
    require_forbidden(again, 40 * page, false);
    require_ok(steppe_release(again));
}
END_TEST

/* ---- random operations ---------------------------------------------------------------------- */

enum { SLOT_COUNT = 5, PIECE_MAX = 2000, MARK_MAX = 50 };

struct piece {
    uint8_t *bytes;
    size_t size_bytes;
    uint64_t word; /* what it was filled with */
};

/* What was taken, in order; marks with how much that was. */
struct slot {
    steppe_arena *arena; /* NULL: none */
    size_t max_bytes, taken_bytes;
    struct piece pieces[PIECE_MAX];
    size_t piece_count;
    struct {
        steppe_arena_mark mark;
        size_t piece_count;
    } marks[MARK_MAX];
    size_t mark_count;
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

/* The bytes of a piece go by where they lie in it. */
static void fill(struct piece *piece)
{
    size_t i;
    piece->word = random_next(&random_state) | UINT64_C(0x0101010101010101);
    for (i = 0; i + 8 <= piece->size_bytes; i += 8) {
        uint64_t word = piece->word + i * 2;
        memcpy(piece->bytes + i, &word, 8);
    }
    memset(piece->bytes + i, (int)(piece->word & 0xff), piece->size_bytes - i);
}

static void compare_piece(const struct piece *piece)
{
    size_t i;
    bool same = true;
    for (i = 0; i + 8 <= piece->size_bytes; i += 8) {
        uint64_t word;
        memcpy(&word, piece->bytes + i, 8);
        same &= word == piece->word + i * 2;
    }
    for (; i < piece->size_bytes; i++)
        same &= piece->bytes[i] == (uint8_t)piece->word;
    agree(same);
}

static void compare_pieces(const struct slot *slot, size_t first)
{
    for (size_t i = first; i < slot->piece_count; i++)
        compare_piece(&slot->pieces[i]);
}

static void compare_figures(const struct slot *slot)
{
    uint64_t committed = steppe_arena_committed_bytes(slot->arena);
    agree(steppe_arena_taken_bytes(slot->arena) == slot->taken_bytes);
    agree(steppe_arena_here(slot->arena).taken_bytes == slot->taken_bytes);
    agree(committed >= slot->taken_bytes && committed <= slot->max_bytes);
    agree(steppe_reservation_of(slot->arena).committed_bytes == committed + page);
    if (slot->piece_count) {
        compare_piece(&slot->pieces[slot->piece_count - 1]);
        compare_piece(&slot->pieces[below(slot->piece_count)]);
    }
}

static steppe_status expected(const struct slot *slot, size_t end_bytes)
{
    if (end_bytes > slot->max_bytes)
        return STEPPE_E_OUTSIDE;
    uint64_t committed = steppe_arena_committed_bytes(slot->arena);
    uint64_t needed = whole_pages(end_bytes);
    if (needed <= committed)
        return STEPPE_OK;
    if (page + needed > slot->limit)
        return STEPPE_E_BUDGET;
    if (slot->is_shared && steppe_budget_charged_bytes(budget) + needed - committed > budget_limit)
        return STEPPE_E_BUDGET;
    return STEPPE_OK;
}

static size_t some_size(void)
{
    switch (below(12)) {
    case 0:
        return 1 + below(3 * page);
    case 1:
        return one_in(20) ? 1 + below(one_in(20) ? 6 * STEPPE_MIB : 100 * page) : page;
    case 2:
    case 3:
        return 1 + below(1000);
    default:
        return 1 + below(64);
    }
}

static void do_take(struct slot *slot)
{
    const size_t some[] = {0, 1, 1, 4, 8, 8, 16, 64, page};
    size_t alignment = one_in(10) ? (size_t)1 << below(13) : pick(some);
    size_t size = some_size(), unit = alignment ? alignment : _Alignof(max_align_t);
    size_t first = (slot->taken_bytes + unit - 1) / unit * unit;
    if (slot->piece_count == PIECE_MAX)
        return;
    remember("take %zu by %zu behind %zu", size, alignment, slot->taken_bytes);
    steppe_status wanted = expected(slot, first + size);
    uint8_t *got = one_in(3) ? steppe_arena_take_array(slot->arena, 1, alignment, size)
                             : steppe_arena_take(slot->arena, size, alignment);
    agree((got != NULL) == (wanted == STEPPE_OK));
    if (!got) {
        agree(steppe_last_status() == wanted);
        return;
    }
    agree(got == (uint8_t *)slot->arena + page + first);
    agree(is_zero(got, size));
    struct piece *piece = &slot->pieces[slot->piece_count++];
    *piece = (struct piece){.bytes = got, .size_bytes = size};
    slot->taken_bytes = first + size;
    fill(piece);
}

static void do_mark(struct slot *slot)
{
    if (slot->mark_count == MARK_MAX)
        return;
    slot->marks[slot->mark_count].mark = steppe_arena_here(slot->arena);
    slot->marks[slot->mark_count++].piece_count = slot->piece_count;
}

static void do_return(struct slot *slot)
{
    if (!slot->mark_count)
        return;
    size_t which = one_in(3) ? below(slot->mark_count) : slot->mark_count - 1;
    steppe_arena_mark mark = slot->marks[which].mark;
    remember("return to %zu", mark.taken_bytes);
    compare_pieces(slot, slot->marks[which].piece_count);
    agree(steppe_arena_return(slot->arena, mark) == STEPPE_OK);
    slot->piece_count = slot->marks[which].piece_count;
    slot->mark_count = which;
    slot->taken_bytes = mark.taken_bytes;
}

static void do_reset(struct slot *slot)
{
    size_t before = steppe_arena_committed_bytes(slot->arena);
    size_t keep = one_in(3) ? SIZE_MAX : one_in(3) ? 0 : below(before + 2 * page);
    remember("reset %zu of %zu", keep, before);
    compare_pieces(slot, 0);
    agree(steppe_arena_reset(slot->arena, keep) == STEPPE_OK);
    slot->piece_count = slot->mark_count = slot->taken_bytes = 0;
    agree(steppe_arena_committed_bytes(slot->arena) ==
          (keep >= before ? before : whole_pages(keep)));
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
    slot->limit = some_limit(page + steppe_arena_committed_bytes(slot->arena));
    remember("limit %llu", (unsigned long long)slot->limit);
    agree(steppe_set_limit(slot->arena, slot->limit) == STEPPE_OK);
}

static void do_nonsense(struct slot *slot)
{
    steppe_arena *inside = (steppe_arena *)((uint8_t *)slot->arena + 1 + below(2 * page));
    steppe_arena_mark ahead = {slot->taken_bytes + 1 + below(1000)};
    remember("nonsense");
    agree(steppe_arena_return(slot->arena, ahead) == STEPPE_E_OUTSIDE);
    agree(steppe_arena_take(slot->arena, 0, 1));
    agree(!steppe_arena_take(slot->arena, 1, 3) && steppe_last_status() == STEPPE_E_OPTION);
    agree(!steppe_arena_take(slot->arena, slot->max_bytes + 1, 1));
    agree(steppe_last_status() == STEPPE_E_OUTSIDE);
    agree(steppe_arena_reset(inside, 0) == STEPPE_E_NOT_CONTAINER);
    agree(steppe_array_free(slot->arena) == STEPPE_E_NOT_CONTAINER);
    agree(steppe_array_free((uint8_t *)slot->arena + page) == STEPPE_E_NOT_CONTAINER);
}

static void do_make(struct slot *slot)
{
    static const size_t sizes[] = {1, 8 << 10, 40 << 10, 300 << 10, 2 << 20, 12 << 20, 100 << 20};
    bool is_limited = one_in(3);
    slot->max_bytes = 1 + below(pick(sizes));
    slot->is_shared = one_in(2);
    slot->limit = is_limited ? (2 + below(20)) * page : STEPPE_NO_LIMIT;
    slot->piece_count = slot->mark_count = slot->taken_bytes = 0;
    remember("make %zu%s", slot->max_bytes, slot->is_shared ? ", shared" : "");
    bool fits = !slot->is_shared || steppe_budget_charged_bytes(budget) + page <= budget_limit;
    slot->arena =
        steppe_arena_new(slot->max_bytes, options(.budget = slot->is_shared ? budget : NULL,
                                                  .limit_bytes = is_limited ? slot->limit : 0,
                                                  .huge_pages = (steppe_huge_pages)below(3)));
    slot->max_bytes = whole_pages(slot->max_bytes);
    agree((slot->arena != NULL) == fits);
    agree(fits || steppe_last_status() == STEPPE_E_BUDGET);
}

static void do_free(struct slot *slot)
{
    remember("free with %zu", slot->taken_bytes);
    compare_pieces(slot, 0);
    agree(steppe_arena_free(slot->arena) == STEPPE_OK);
    agree(steppe_arena_free(slot->arena) == STEPPE_E_NOT_CONTAINER);
    slot->arena = NULL;
}

static void do_operation(void)
{
    static const struct {
        void (*act)(struct slot *slot);
        unsigned weight;
    } acts[] = {{do_take, 800}, {do_mark, 80},    {do_return, 80}, {do_reset, 15},
                {do_limit, 15}, {do_nonsense, 5}, {do_free, 4}};
    struct slot *slot = &slots[below(SLOT_COUNT)];
    if (!slot->arena) {
        do_make(slot);
        return;
    }
    pick_weighted(acts)->act(slot);
    if (slot->arena)
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
        if (slots[i].arena)
            do_free(&slots[i]);
    agree(process_charge() == 0 && steppe_budget_charged_bytes(budget) == 0);
    agree(steppe_budget_free(budget) == STEPPE_OK);
}

/* ---- running -------------------------------------------------------------------------------- */

static Suite *contract(void)
{
    Suite *suite = suite_create("arena");
    TCase *calls = test_case(suite, "calls");
    tcase_add_checked_fixture(calls, setup, NULL);
    tcase_add_test(calls, as_in_the_header);
    tcase_add_test(calls, wrong_pointers);
    tcase_add_test(calls, reservations_that_are_no_arena);
    tcase_add_test(calls, ended_by_another_thread);
    tcase_add_test(calls, creation_that_is_refused);
    tcase_add_test(calls, takes_that_are_refused);
    tcase_add_test(calls, pieces_of_no_bytes);
    tcase_add_test(calls, alignments);
    tcase_add_test(calls, marks_are_returned_to);
    tcase_add_test(calls, resets);
    tcase_add_test(calls, large_pieces_are_given_back);
    tcase_add_test(calls, growing_commits_ahead);
    tcase_add_test(calls, growing_may_be_refused);
    tcase_add_test(calls, the_child_of_a_fork);
    tcase_add_test(calls, what_is_not_taken_is_poisoned);
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
