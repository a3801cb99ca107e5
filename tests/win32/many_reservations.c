/* SPDX-License-Identifier: MIT */
/*
 * many_reservations.c - the Win32 calls with as many reservations, and as many separate committed
 * pages, as a large program has.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <stdlib.h>
#include <string.h>

#include <windows.h>

enum { COUNT_MAX = 20000, TOP_DOWN_EVERY = 3, COMMIT_EVERY = 4 };

static const size_t page = 4096;

struct made {
    uint8_t *base;
    size_t size_bytes;
    bool committed; /* the second page only */
    bool found;
};

static struct made made[COUNT_MAX];
static size_t made_count;

static bool guard_mechanism_works(void)
{
    const char *mechanism = getenv("STEPPE_MECHANISM");
    if (mechanism && strcmp(mechanism, "guard") != 0 && strcmp(mechanism, "auto") != 0)
        return false;
    return steppe_mechanism_is_available(STEPPE_MECHANISM_GUARD);
}

/* A reservation takes a mapping, and some for what is known of it; a committed page in its middle
 * takes two more where protections are the kernel's. */
static size_t count_wanted(void)
{
    size_t most = mapping_count_max() / (guard_mechanism_works() ? 3 : 5);
    if (is_slow())
        return 500;
    return most < COUNT_MAX ? most : COUNT_MAX;
}

#define require_true(call) require((call), "last error %u", (unsigned)GetLastError())

static MEMORY_BASIC_INFORMATION query(const void *address)
{
    MEMORY_BASIC_INFORMATION m = {0};
    require(VirtualQuery(address, &m, sizeof m) == sizeof m, "%p: last error %u", address,
            (unsigned)GetLastError());
    return m;
}

/* ---- making them ------------------------------------------------------------------------------
 */

static void make_one(size_t index, uint64_t *random)
{
    size_t pages = 16 + random_below(random, 256 - 16 + 1);
    DWORD type = MEM_RESERVE | (index % TOP_DOWN_EVERY == 0 ? MEM_TOP_DOWN : 0);
    struct made *one = &made[index];
    *one = (struct made){.size_bytes = pages * page};
    one->base = VirtualAlloc(NULL, one->size_bytes, type, PAGE_READWRITE);
    require(one->base, "number %zu: last error %u", index, (unsigned)GetLastError());
    require((uintptr_t)one->base % GRANULE == 0);
    if (index % COMMIT_EVERY != 0)
        return;
    require_true(VirtualAlloc(one->base + page, page, MEM_COMMIT, PAGE_READWRITE));
    store(one->base + page, (uint8_t)(1 + index % 255));
    one->committed = true;
}

static void make_all(void)
{
    uint64_t random = 1;
    for (made_count = 0; made_count < count_wanted(); made_count++)
        make_one(made_count, &random);
}

static void shuffle(void)
{
    uint64_t random = 2;
    for (size_t i = made_count; i > 1; i--) {
        size_t other = random_below(&random, i);
        struct made one = made[i - 1];
        made[i - 1] = made[other];
        made[other] = one;
    }
}

static int by_base(const void *left, const void *right)
{
    const struct made *a = left, *b = right;
    return a->base < b->base ? -1 : a->base > b->base;
}

/* In random order, with a look at each and at what stays behind. */
static void release_all(void)
{
    shuffle();
    for (size_t i = 0; i < made_count; i++) {
        require(query(made[i].base).AllocationBase == made[i].base);
        require_true(VirtualFree(made[i].base, 0, MEM_RELEASE));
        require(query(made[i].base).AllocationBase != made[i].base);
        require(!VirtualFree(made[i].base, 0, MEM_RELEASE) &&
                GetLastError() == ERROR_INVALID_ADDRESS);
    }
    made_count = 0;
}

/* ---- looking at them --------------------------------------------------------------------------
 */

static void require_one(const struct made *one)
{
    MEMORY_BASIC_INFORMATION m = query(one->base);
    require(m.AllocationBase == one->base && m.State == MEM_RESERVE);
    require_equal(m.RegionSize, one->committed ? page : one->size_bytes);
    if (!one->committed)
        return;
    m = query(one->base + page);
    require(m.State == MEM_COMMIT && m.RegionSize == page && m.Protect == PAGE_READWRITE);
    m = query(one->base + 2 * page);
    require(m.State == MEM_RESERVE && m.RegionSize == one->size_bytes - 2 * page);
}

/* The place of a run among the sorted reservations; the tail of each is one run. */
static void mark_found(const MEMORY_BASIC_INFORMATION *m)
{
    struct made key = {.base = m->AllocationBase};
    struct made *one = bsearch(&key, made, made_count, sizeof key, by_base);
    if (!one)
        return;
    uint8_t *end = (uint8_t *)m->BaseAddress + m->RegionSize;
    require(m->Type == MEM_PRIVATE && m->AllocationProtect == PAGE_READWRITE);
    require(end <= one->base + one->size_bytes);
    if (end == one->base + one->size_bytes)
        one->found = true;
}

/* Every run of the address space; how many. */
static size_t walk(void)
{
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    size_t runs = 0;
    uintptr_t at = 0, highest = (uintptr_t)system.lpMaximumApplicationAddress;
    while (at < highest) {
        MEMORY_BASIC_INFORMATION m = query((void *)at);
        require((uintptr_t)m.BaseAddress == at && m.RegionSize >= page && m.RegionSize % page == 0);
        require(m.State == MEM_COMMIT || m.State == MEM_RESERVE || m.State == MEM_FREE);
        mark_found(&m);
        at += m.RegionSize;
        require(++runs < 1000000);
    }
    return runs;
}

START_TEST(each_of_many_is_there)
{
    make_all();
    for (size_t i = 0; i < made_count; i++)
        require_one(&made[i]);
    for (size_t i = 0; i < made_count; i++) {
        if (made[i].committed)
            require_equal(load(made[i].base + page), 1 + i % 255);
    }
    release_all();
}
END_TEST

START_TEST(a_walk_over_the_address_space_finds_each)
{
    make_all();
    qsort(made, made_count, sizeof *made, by_base);
    for (size_t i = 1; i < made_count; i++)
        require(made[i - 1].base + made[i - 1].size_bytes <= made[i].base);
    size_t runs = walk();
    require(runs > made_count);
    for (size_t i = 0; i < made_count; i++)
        require(made[i].found, "%p was not found", (void *)made[i].base);
    release_all();
    size_t runs_left = walk();
    require(runs_left < runs);
}
END_TEST

START_TEST(from_the_top_lies_above_the_others)
{
    uint8_t *lowest = (uint8_t *)UINTPTR_MAX, *highest = NULL;
    if (TEST_UNDER_TSAN)
        skip_test("ThreadSanitizer leaves no room at the top");
    make_all();
    for (size_t i = 0; i < made_count; i++) {
        if (i % TOP_DOWN_EVERY == 0)
            lowest = made[i].base < lowest ? made[i].base : lowest;
        else
            highest = made[i].base > highest ? made[i].base : highest;
    }
    require(highest < lowest, "%p lies above %p", (void *)highest, (void *)lowest);
    release_all();
}
END_TEST

/* ---- separate pages ---------------------------------------------------------------------------
 */

enum { ISOLATED_MAX = 200000, TOUCH_EVERY = 16 };

static void commit_isolated(uint8_t *base, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t *address = base + 2 * i * page;
        void *committed = VirtualAlloc(address, page, MEM_COMMIT, PAGE_READWRITE);
        require(committed == address, "page %zu: last error %u", i, (unsigned)GetLastError());
        if (i % TOUCH_EVERY == 0)
            store(address, (uint8_t)(1 + i % 255));
    }
}

static void require_isolated(const uint8_t *base, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *address = base + 2 * i * page;
        MEMORY_BASIC_INFORMATION m = query(address);
        require(m.State == MEM_COMMIT && m.RegionSize == page && m.AllocationBase == base);
        m = query(address + page);
        require(m.State == MEM_RESERVE && m.RegionSize == page);
        if (i % TOUCH_EVERY == 0)
            require_equal(load(address), 1 + i % 255);
    }
}

/* Each would need a mapping of its own, and so would each gap. */
START_TEST(more_separate_pages_than_the_kernel_has_mappings)
{
    size_t count = is_slow() ? 2000 : ISOLATED_MAX;
    if (!guard_mechanism_works())
        skip_test("the mechanism mprotect needs two mappings for each page");
    if (!is_slow() && count <= mapping_count_max() / 2)
        skip_test("this kernel allows %zu mappings", mapping_count_max());
    uint8_t *base = VirtualAlloc(NULL, 2 * count * page, MEM_RESERVE, PAGE_READWRITE);
    require(base);
    commit_isolated(base, count);
    require_isolated(base, count);
    require_true(VirtualFree(base, 0, MEM_DECOMMIT));
    require_equal(query(base).RegionSize, 2 * count * page);
    require_true(VirtualFree(base, 0, MEM_RELEASE));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("many reservations");
    TCase *tests = test_case(suite, "many reservations");
    tcase_add_test(tests, each_of_many_is_there);
    tcase_add_test(tests, a_walk_over_the_address_space_finds_each);
    tcase_add_test(tests, from_the_top_lies_above_the_others);
    tcase_add_test(tests, more_separate_pages_than_the_kernel_has_mappings);
    return test_main(suite);
}
