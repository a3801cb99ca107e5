/* SPDX-License-Identifier: MIT */
/*
 * The simulated platform itself: what the other tests of this folder rest on.
 */
#include "world.h"

#include <errno.h>
#include <string.h>

enum { PAGE = 4096 };

static uintptr_t take(size_t page_count, unsigned flags)
{
    uintptr_t base = 0;
    bool in_use;
    uint32_t os_calls = 0;
    require_equal(
        stp_platform_reserve(0, page_count * PAGE, GRANULE, flags, &base, &in_use, &os_calls), 0);
    require(base % GRANULE == 0 && os_calls > 0);
    return base;
}

START_TEST(choosing_places)
{
    stp_sim_reset();
    uintptr_t low = take(3, 0), next = take(1, 0);
    uintptr_t high = take(3, STP_RESERVE_TOP_DOWN), below = take(20, STP_RESERVE_TOP_DOWN);
    require(low < next && next < below && below < high);

    /* What was given back is the first to be taken again. */
    require_equal(stp_platform_release(low, 3 * PAGE), 0);
    require_equal(take(16, 0), low);
    require_equal(stp_platform_release(high, 3 * PAGE), 0);
    require_equal(take(2, STP_RESERVE_TOP_DOWN), high);

    uintptr_t base;
    bool in_use;
    uint32_t os_calls = 0;
    require(stp_platform_reserve(below, PAGE, GRANULE, STP_RESERVE_FIXED, &base, &in_use,
                                 &os_calls) != 0);
    require(in_use);

    /* Head, tail, rest. */
    require_equal(stp_platform_release(below, PAGE), 0);
    require_equal(stp_platform_release(below + 19 * PAGE, PAGE), 0);
    require(!stp_sim_page((void *)below).is_reserved);
    require(stp_sim_page((void *)(below + PAGE)).is_reserved);
    require_equal(stp_sim_leaks(), 4);
    require_equal(stp_platform_release(below + PAGE, 18 * PAGE), 0);
    require_equal(stp_sim_leaks(), 3);
}
END_TEST

START_TEST(same_addresses_every_time)
{
    stp_sim_reset();
    uintptr_t first = take(100, 0), second = take(100, STP_RESERVE_TOP_DOWN);
    stp_sim_reset();
    require_equal(take(100, 0), first);
    require_equal(take(100, STP_RESERVE_TOP_DOWN), second);
}
END_TEST

static uint8_t byte_at(uintptr_t address)
{
    uint8_t byte = 0xee;
    require(stp_sim_peek((void *)address, &byte, 1));
    return byte;
}

START_TEST(rules_of_the_kernel)
{
    stp_sim_reset();
    stp_sim_enforce(_i);
    uintptr_t base = take(8, 0);
    require_equal(stp_sim_allowed((void *)base), 0);
    require_equal(stp_platform_protect(base, 4 * PAGE, STEPPE_READ_WRITE), 0);
    *(volatile uint8_t *)base = 5;

    /* protect keeps contents and markers */
    require_equal(stp_platform_protect(base, PAGE, STEPPE_NO_ACCESS), 0);
    require_equal(byte_at(base), 5);
    require_equal(stp_platform_guard_install(base + PAGE, PAGE), 0);
    require_equal(stp_platform_protect(base, 2 * PAGE, STEPPE_READ_ONLY), 0);
    require_equal(byte_at(base), 5);
    require(stp_sim_page((void *)(base + PAGE)).has_marker);
    require_equal(stp_sim_allowed((void *)(base + PAGE)), 0);
    require_equal(stp_sim_allowed((void *)base), 1U << STEPPE_ACCESS_READ);

    /* populate needs access */
    require_equal(stp_platform_populate(base, 2 * PAGE, STEPPE_ACCESS_READ), EFAULT);
    require_equal(stp_platform_populate(base, PAGE, STEPPE_ACCESS_WRITE), EINVAL);
    require_equal(stp_platform_populate(base, PAGE, STEPPE_ACCESS_READ), 0);
    require(stp_sim_page((void *)base).is_present);
    require_equal(stp_platform_populate(base + 3 * PAGE, 2 * PAGE, STEPPE_ACCESS_READ), EINVAL);
    require(stp_sim_page((void *)(base + 3 * PAGE)).is_present);

    /* discard zeroes and keeps the rest */
    require_equal(stp_platform_discard(base, 2 * PAGE), 0);
    require_equal(byte_at(base), 0);
    require(!stp_sim_page((void *)base).is_present);
    require(stp_sim_page((void *)(base + PAGE)).has_marker);
    require_equal(stp_sim_page((void *)base).protection, STEPPE_READ_ONLY);

    /* markers drop contents, and take nothing else away */
    require_equal(stp_platform_protect(base, 2 * PAGE, STEPPE_READ_WRITE), 0);
    *(volatile uint8_t *)base = 6;
    require_equal(stp_platform_guard_remove(base, 2 * PAGE), 0);
    require_equal(byte_at(base), 6);
    require_equal(stp_platform_guard_install(base, PAGE), 0);
    require_equal(byte_at(base), 0);

    /* renew is a new reservation */
    *(volatile uint8_t *)(base + PAGE) = 7;
    require_equal(stp_platform_renew(base, 2 * PAGE, 0), 0);
    require_equal(byte_at(base + PAGE), 0);
    require(!stp_sim_page((void *)base).has_marker);
    require_equal(stp_sim_allowed((void *)(base + PAGE)), 0);
    require_equal(stp_sim_mapping_count(), 3);
}
END_TEST

static uint64_t mappings_by_walk(void)
{
    uint64_t count = 0;
    uintptr_t address = 0;
    for (;; count++) {
        struct stp_platform_mapping mapping;
        bool found;
        require_equal(stp_platform_mapping_at(address, &mapping, &found), 0);
        if (!found)
            return count;
        require(mapping.first >= address && mapping.end > mapping.first);
        address = mapping.end;
    }
}

/* ---- traps ----------------------------------------------------------------------------------- */

enum { ALLOWS_READ = 1 << STEPPE_ACCESS_READ, ALLOWS_WRITE = 1 << STEPPE_ACCESS_WRITE };

static void has_traps(void)
{
    stp_sim_facts()->has_traps = true;
    stp_sim_facts()->has_write_marks = true;
}

static unsigned allowed(uintptr_t address)
{
    return stp_sim_allowed((void *)address);
}

static bool is_present(uintptr_t address)
{
    return stp_sim_page((void *)address).is_present;
}

static int fill(uintptr_t base, size_t page_count, enum stp_fill how)
{
    uint32_t os_calls = 0;
    int error = stp_platform_fill(base, page_count * PAGE, how, &os_calls);
    require(os_calls > 0);
    return error;
}

static void touch_writes(uintptr_t address)
{
    require_equal(stp_sim_touch((void *)address, STEPPE_ACCESS_WRITE), STP_SIM_DONE);
}

/* The pages as bits, lowest first; asked with room for so many runs at a time. */
static uint64_t written(uintptr_t base, size_t page_count, bool clear, size_t capacity)
{
    struct stp_platform_written_run runs[64];
    uintptr_t at = base, end = base + page_count * PAGE;
    uint64_t bits = 0;
    while (at < end) {
        size_t count;
        uintptr_t next;
        require_equal(stp_platform_written(at, end - at, clear, runs, capacity, &count, &next), 0);
        require(count <= capacity && next > at && next <= end);
        require(count == capacity || next == end);
        for (size_t i = 0; i < count; at = runs[i++].end) {
            require(runs[i].first >= at && runs[i].end > runs[i].first && runs[i].end <= next);
            for (uintptr_t page = runs[i].first; page < runs[i].end; page += PAGE)
                bits |= UINT64_C(1) << (page - base) / PAGE;
        }
        at = next;
    }
    return bits;
}

START_TEST(no_traps_by_default)
{
    stp_sim_reset();
    const struct stp_platform_facts *facts = stp_platform_facts();
    require(!facts->has_traps && !facts->has_write_marks && !facts->has_huge_pages);
    require_equal(stp_platform_traps_after_fork(), ENOSYS);
}
END_TEST

START_TEST(missing_pages)
{
    stp_sim_reset();
    stp_sim_enforce(_i);
    has_traps();
    uintptr_t base = take(8, 0);
    require_equal(stp_platform_protect(base, 8 * PAGE, STEPPE_EXECUTE_READ_WRITE), 0);
    touch_writes(base);
    *(volatile uint8_t *)base = 5;

    /* What is present stays; what is missing refuses everything. */
    require_equal(stp_platform_trap(base, 4 * PAGE, STP_TRAP_MISSING), 0);
    require(stp_sim_page((void *)base).is_trapped && !stp_sim_page((void *)base).notes_writes);
    require(!stp_sim_page((void *)(base + 4 * PAGE)).is_trapped);
    require_equal(allowed(base), 7);
    require_equal(allowed(base + PAGE), 0);
    require_equal(allowed(base + 4 * PAGE), 7);
    require_equal(stp_sim_touch((void *)(base + PAGE), STEPPE_ACCESS_READ), STP_SIM_UNHANDLED);
    require_equal(stp_platform_populate(base, 2 * PAGE, STEPPE_ACCESS_READ), EFAULT);
    require(!is_present(base + PAGE));
    require_equal(stp_platform_populate(base, PAGE, STEPPE_ACCESS_WRITE), 0);

    /* Filling makes zeros, of pages that are missing only, whatever protection says. */
    uint32_t os_calls = 0;
    require_equal(stp_platform_fill(base, 2 * PAGE, STP_FILL_ZEROS, &os_calls), 0);
    require_equal(os_calls, 2);
    require(byte_at(base) == 5 && byte_at(base + PAGE) == 0);
    require_equal(allowed(base + PAGE), 7);
    require_equal(stp_platform_protect(base + 2 * PAGE, PAGE, STEPPE_NO_ACCESS), 0);
    require_equal(fill(base + 2 * PAGE, 1, STP_FILL_MEMORY), 0);
    require(is_present(base + 2 * PAGE) && allowed(base + 2 * PAGE) == 0);
    require_equal(stp_platform_protect(base + 2 * PAGE, PAGE, STEPPE_READ_ONLY), 0);
    require_equal(allowed(base + 2 * PAGE), ALLOWS_READ);

    /* Discarded pages are missing again, and protecting them changes nothing about that. */
    require_equal(stp_platform_discard(base, PAGE), 0);
    require(byte_at(base) == 0 && allowed(base) == 0);
    require_equal(stp_platform_protect(base, PAGE, STEPPE_READ_WRITE), 0);
    require(allowed(base) == 0 && stp_sim_page((void *)base).is_trapped);
    require_equal(stp_platform_populate(base, PAGE, STEPPE_ACCESS_READ), EFAULT);
    require_equal(stp_platform_protect(base, PAGE, STEPPE_NO_ACCESS), 0);
    require_equal(stp_platform_populate(base, PAGE, STEPPE_ACCESS_READ), EINVAL);

    /* Without traps they are what protection says; and so nothing can be filled. */
    require_equal(stp_platform_untrap(base, 2 * PAGE), 0);
    require_equal(stp_platform_untrap(base, PAGE), 0);
    require_equal(stp_platform_protect(base, PAGE, STEPPE_READ_WRITE), 0);
    require_equal(allowed(base), ALLOWS_READ | ALLOWS_WRITE);
    require_equal(fill(base, 1, STP_FILL_ZEROS), ENOENT);
    require_equal(fill(base + 3 * PAGE, 2, STP_FILL_ZEROS), ENOENT);
    require(!is_present(base + 3 * PAGE));

    /* A new reservation has none either. */
    require_equal(stp_platform_renew(base, 8 * PAGE, 0), 0);
    require(!stp_sim_page((void *)(base + 3 * PAGE)).is_trapped);
    require_equal(stp_platform_protect(base, 8 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(allowed(base + 3 * PAGE), ALLOWS_READ | ALLOWS_WRITE);
}
END_TEST

/* A marker says no wherever it is, and is nothing missing. */
START_TEST(traps_and_markers)
{
    stp_sim_reset();
    has_traps();
    uintptr_t base = take(4, 0);
    require_equal(stp_platform_protect(base, 4 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_platform_trap(base, 4 * PAGE, STP_TRAP_MISSING), 0);
    require_equal(fill(base, 2, STP_FILL_MEMORY), 0);
    require_equal(stp_platform_guard_install(base, PAGE), 0);
    require_equal(allowed(base), 0);
    require_equal(fill(base, 1, STP_FILL_MEMORY), 0);
    require(!is_present(base) && stp_sim_page((void *)base).has_marker);
    require(stp_sim_page((void *)base).is_trapped);
    require_equal(stp_platform_guard_remove(base, PAGE), 0);
    require_equal(allowed(base), 0);
    require_equal(fill(base, 1, STP_FILL_MEMORY), 0);
    require_equal(allowed(base), ALLOWS_READ | ALLOWS_WRITE);
}
END_TEST

/* Where protections are not enforced, plain accesses see no traps; what they wrote is gone. */
START_TEST(filling_what_plain_pointers_wrote)
{
    stp_sim_reset();
    has_traps();
    uintptr_t base = take(2, 0);
    require_equal(stp_platform_protect(base, 2 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_platform_trap(base, 2 * PAGE, STP_TRAP_MISSING), 0);
    *(volatile uint8_t *)base = 7;
    require_equal(fill(base, 2, STP_FILL_ZEROS), 0);
    require_equal(byte_at(base), 0);
}
END_TEST

/* Before there are traps plain accesses make pages, where they are allowed. */
START_TEST(trapping_what_plain_pointers_wrote)
{
    stp_sim_reset();
    has_traps();
    const size_t count = 40000, far = 39000;
    uintptr_t base = take(count, 0);
    require_equal(stp_platform_protect(base, count * PAGE, STEPPE_READ_WRITE), 0);
    *(volatile uint8_t *)(base + PAGE) = 7;
    *(volatile uint8_t *)(base + far * PAGE) = 8;
    require_equal(stp_platform_protect(base, count * PAGE, STEPPE_NO_ACCESS), 0);
    require_equal(stp_platform_trap(base, count * PAGE, STP_TRAP_MISSING | STP_TRAP_WRITES), 0);
    require(!is_present(base) && is_present(base + PAGE) && is_present(base + far * PAGE));
    require_equal(written(base, 64, false, 2), 2);
    require_equal(fill(base, count, STP_FILL_ZEROS), 0);
    require(byte_at(base + PAGE) == 7 && byte_at(base + far * PAGE) == 8);
}
END_TEST

START_TEST(filling_without_memory)
{
    stp_sim_reset();
    has_traps();
    uintptr_t base = take(4, 0);
    require_equal(stp_platform_trap(base, 4 * PAGE, STP_TRAP_MISSING), 0);
    stp_sim_set_physical_page_max(2);
    require_equal(fill(base, 4, STP_FILL_ZEROS), ENOMEM);
    require(is_present(base + PAGE) && !is_present(base + 2 * PAGE));
    require_equal(stp_platform_discard(base, PAGE), 0);
    require_equal(fill(base + 3 * PAGE, 1, STP_FILL_ZEROS), 0);
}
END_TEST

/* Traps set mappings apart, and so does advice; a hint there is no mapping for is ignored. */
START_TEST(traps_and_mappings)
{
    stp_sim_reset();
    has_traps();
    uintptr_t base = take(16, 0);
    require_equal(stp_sim_mapping_count(), 1);
    require_equal(stp_platform_trap(base + PAGE, PAGE, STP_TRAP_MISSING), 0);
    require_equal(stp_sim_mapping_count(), 3);
    require_equal(stp_platform_trap(base + 2 * PAGE, PAGE, STP_TRAP_WRITES), 0);
    require_equal(stp_sim_mapping_count(), 4);
    stp_sim_facts()->mapping_count_max = 4;
    require_equal(stp_platform_trap(base + 4 * PAGE, PAGE, STP_TRAP_MISSING), ENOMEM);
    require(!stp_sim_page((void *)(base + 4 * PAGE)).is_trapped);
    stp_platform_huge_pages(base + 4 * PAGE, PAGE, true);
    require_equal(stp_sim_mapping_count(), 4);
    stp_sim_facts()->mapping_count_max = UINT64_MAX;
    require_equal(stp_platform_untrap(base, 4 * PAGE), 0);
    require_equal(stp_sim_mapping_count(), 1);

    uint64_t calls = stp_sim_call_count();
    stp_platform_huge_pages(base + 4 * PAGE, PAGE, true);
    require_equal(stp_sim_call_count(), calls);
    require_equal(stp_sim_mapping_count(), 3);
    stp_platform_huge_pages(base + 5 * PAGE, PAGE, false);
    require_equal(stp_sim_mapping_count(), 4);
    require_equal(stp_platform_renew(base + 4 * PAGE, 2 * PAGE, 0), 0);
    require_equal(stp_sim_mapping_count(), 1);

    /* Neighbours by what was asked at first, and later. */
    uintptr_t huge = take(16, STP_RESERVE_HUGE);
    require_equal(huge, base + 16 * PAGE);
    require_equal(stp_sim_mapping_count(), 2);
    stp_platform_huge_pages(base, 16 * PAGE, true);
    require_equal(stp_sim_mapping_count(), 1);
    stp_platform_huge_pages(huge + PAGE, PAGE, false);
    require_equal(stp_sim_mapping_count(), 3);
    require_equal(stp_platform_renew(huge, 2 * PAGE, STP_RESERVE_HUGE), 0);
    require_equal(stp_sim_mapping_count(), 1);
    take(16, STP_RESERVE_SPARSE);
    require_equal(stp_sim_mapping_count(), 2);
}
END_TEST

/* What befalls a whole reservation, however large, costs no memory and is no less true. */
START_TEST(large_reservations)
{
    stp_sim_reset();
    has_traps();
    const size_t count = (is_slow() ? STEPPE_GIB : STEPPE_TIB) / PAGE;
    uintptr_t base = take(count, 0), middle = base + count / 2 * PAGE;
    require_equal(stp_platform_protect(base, count * PAGE, STEPPE_READ_WRITE), 0);
    touch_writes(base + PAGE);
    require_equal(stp_platform_trap(base, count * PAGE, STP_TRAP_MISSING | STP_TRAP_WRITES), 0);
    require_equal(stp_sim_mapping_count(), 1);
    require_equal(allowed(base), 0);
    require_equal(allowed(base + PAGE), ALLOWS_READ | ALLOWS_WRITE);
    require_equal(fill(middle, 3, STP_FILL_MEMORY), 0);
    require_equal(stp_platform_protect(middle, 2 * PAGE, STEPPE_READ_ONLY), 0);
    require_equal(stp_platform_untrap(middle + PAGE, PAGE), 0);
    require_equal(allowed(middle - PAGE), 0);
    require_equal(allowed(middle), ALLOWS_READ);
    require_equal(allowed(middle + 2 * PAGE), ALLOWS_READ | ALLOWS_WRITE);
    require_equal(stp_sim_mapping_count(), 4);
    require_equal(mappings_by_walk(), 4);
    stp_sim_forget_traps();
    require_equal(stp_sim_mapping_count(), 3);
    require_equal(stp_platform_protect(base, count * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_sim_mapping_count(), 1);
    require_equal(allowed(middle - PAGE), ALLOWS_READ | ALLOWS_WRITE);
    uint64_t resident;
    require_equal(stp_platform_measure(base, count * PAGE, NULL, &resident), 0);
    require_equal(resident, 4 * PAGE);
    require_equal(stp_platform_release(base, PAGE), 0);
    require(is_present(base + PAGE) && is_present(middle + 2 * PAGE));
}
END_TEST

START_TEST(losing_traps)
{
    stp_sim_reset();
    stp_sim_enforce(true);
    has_traps();
    uintptr_t base = take(4, 0);
    require_equal(stp_platform_protect(base, 4 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_platform_trap(base, 2 * PAGE, STP_TRAP_MISSING | STP_TRAP_WRITES), 0);

    struct stp_platform_written_run run;
    size_t count;
    uintptr_t next;
    stp_sim_lose_traps(true);
    require_equal(fill(base, 1, STP_FILL_ZEROS), EPERM);
    require_equal(stp_platform_trap(base + 2 * PAGE, PAGE, STP_TRAP_MISSING), EPERM);
    require_equal(stp_platform_untrap(base, PAGE), EPERM);
    require_equal(stp_platform_written(base, PAGE, false, &run, 1, &count, &next), EPERM);
    require(!is_present(base) && allowed(base) == 0 && allowed(base + 2 * PAGE) != 0);
    stp_sim_lose_traps(false);
    require_equal(fill(base, 1, STP_FILL_ZEROS), 0);

    /* Vanished: real memory can be used, and neither filled nor asked for writes. */
    stp_sim_forget_traps();
    require(!stp_sim_page((void *)base).is_trapped && !stp_sim_page((void *)base).notes_writes);
    require_equal(allowed(base + PAGE), ALLOWS_READ | ALLOWS_WRITE);
    *(volatile uint8_t *)(base + PAGE) = 1;
    require_equal(fill(base, 1, STP_FILL_ZEROS), ENOENT);
    require_equal(stp_platform_written(base, PAGE, false, &run, 1, &count, &next), EPERM);
    require_equal(stp_platform_trap(base, 2 * PAGE, STP_TRAP_MISSING), 0);

    /* After a fork there are none, and new ones when the system allows. */
    require_equal(stp_platform_traps_after_fork(), 0);
    require(!stp_sim_page((void *)base).is_trapped);
    stp_sim_lose_traps(true);
    require_equal(stp_platform_traps_after_fork(), EPERM);

    static const int lost[] = {EPERM, EBADF, ENOSYS, ENOENT}, kept[] = {0, ENOMEM, EAGAIN, EEXIST};
    for (size_t i = 0; i < array_count(lost); i++)
        require(stp_platform_traps_are_lost(lost[i]) && !stp_platform_traps_are_lost(kept[i]));
}
END_TEST

START_TEST(noted_writes)
{
    stp_sim_reset();
    stp_sim_enforce(_i);
    has_traps();
    uintptr_t base = take(16, 0);
    require_equal(stp_platform_protect(base, 16 * PAGE, STEPPE_READ_WRITE), 0);
    touch_writes(base);
    require_equal(stp_sim_touch((void *)(base + PAGE), STEPPE_ACCESS_READ), STP_SIM_DONE);
    require_equal(stp_platform_trap(base, 16 * PAGE, STP_TRAP_WRITES), 0);
    require(stp_sim_page((void *)base).notes_writes && !stp_sim_page((void *)base).is_trapped);

    /* What was present counts; reading does not. */
    touch_writes(base + 15 * PAGE);
    require_equal(stp_sim_touch((void *)(base + 3 * PAGE), STEPPE_ACCESS_READ), STP_SIM_DONE);
    require_equal(stp_platform_populate(base + 4 * PAGE, PAGE, STEPPE_ACCESS_READ), 0);
    require_equal(stp_platform_populate(base + 6 * PAGE, 2 * PAGE, STEPPE_ACCESS_WRITE), 0);
    for (size_t capacity = 1; capacity < 5; capacity++)
        require_equal(written(base, 16, false, capacity), 0x80c3);
    require_equal(written(base, 7, false, 3), 0x43);
    require_equal(written(base + 2 * PAGE, 4, false, 3), 0);

    /* Told once; only what was told is cleared. */
    struct stp_platform_written_run run;
    size_t count;
    uintptr_t next;
    require_equal(stp_platform_written(base, 16 * PAGE, true, &run, 1, &count, &next), 0);
    require(count == 1 && run.first == base && run.end == base + 2 * PAGE && next == run.end);
    require_equal(written(base, 16, true, 2), 0x80c0);
    require_equal(written(base, 16, true, 2), 0);
    touch_writes(base);
    touch_writes(base + 2 * PAGE);
    require_equal(stp_platform_written(base, 2 * PAGE, false, NULL, 0, &count, &next), 0);
    require(count == 0 && next == base + 2 * PAGE);
    require_equal(written(base, 16, false, 2), 5);
    require_equal(stp_platform_written(base, 2 * PAGE, true, NULL, 0, &count, &next), 0);
    require_equal(written(base, 16, false, 2), 4);

    /* Dropped contents were not written; nor are they by a later read. */
    require_equal(stp_platform_discard(base, 16 * PAGE), 0);
    require_equal(stp_platform_populate(base, 16 * PAGE, STEPPE_ACCESS_READ), 0);
    require_equal(written(base, 16, false, 2), 0);
}
END_TEST

START_TEST(noted_fills)
{
    stp_sim_reset();
    has_traps();
    uintptr_t base = take(8, 0);
    require_equal(stp_platform_protect(base, 8 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_platform_trap(base, 8 * PAGE, STP_TRAP_MISSING | STP_TRAP_WRITES), 0);
    require_equal(fill(base, 2, STP_FILL_ZEROS), 0);
    require_equal(fill(base + 2 * PAGE, 2, STP_FILL_MEMORY), 0);
    require_equal(written(base, 8, true, 4), 0xc);
    require_equal(fill(base, 5, STP_FILL_MEMORY), 0);
    require_equal(written(base, 8, false, 4), 0x10);
    touch_writes(base);
    require_equal(written(base, 8, false, 4), 0x11);

    /* The same traps again change nothing, where they are. */
    require_equal(written(base, 8, true, 4), 0x11);
    require_equal(stp_platform_untrap(base, PAGE), 0);
    require_equal(stp_platform_trap(base, 8 * PAGE, STP_TRAP_MISSING | STP_TRAP_WRITES), 0);
    require_equal(written(base, 8, true, 4), 1);
    require_equal(stp_sim_mapping_count(), 1);

    /* Set again, on a reservation of which every page is there. */
    require_equal(stp_platform_untrap(base, 8 * PAGE), 0);
    require_equal(stp_platform_populate(base, 8 * PAGE, STEPPE_ACCESS_READ), 0);
    require_equal(stp_platform_trap(base, 8 * PAGE, STP_TRAP_WRITES), 0);
    require_equal(written(base, 8, false, 4), 0xff);
    require_equal(written(base, 2, true, 4), 3);
    touch_writes(base);
    require_equal(written(base, 8, true, 4), 0xfd);
    touch_writes(base + PAGE);
    require_equal(written(base, 8, true, 4), 2);
}
END_TEST

START_TEST(discarding_lists)
{
    stp_sim_reset();
    uintptr_t base = take(8, 0), other = take(2, 0);
    require_equal(stp_platform_protect(base, 8 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_platform_protect(other, 2 * PAGE, STEPPE_READ_WRITE), 0);
    const struct stp_platform_range ranges[] = {
        {base, PAGE}, {base + 2 * PAGE, 2 * PAGE}, {other, PAGE}, {base + 7 * PAGE, PAGE}};
    for (int kind = 0; kind < 3; kind++) {
        require_equal(stp_platform_populate(base, 8 * PAGE, STEPPE_ACCESS_WRITE), 0);
        require_equal(stp_platform_populate(other, 2 * PAGE, STEPPE_ACCESS_WRITE), 0);
        *(volatile uint8_t *)base = 3;
        size_t done = 77;
        uint32_t os_calls = 0;
        uint64_t calls = stp_sim_call_count();
        stp_sim_fail_call(kind == 0 ? 0 : 1);
        stp_sim_tear(kind == 2);
        require_equal(stp_platform_discard_all(ranges, 4, &done, &os_calls), kind ? ENOMEM : 0);
        require_equal(done, kind == 0 ? 4 : kind == 1 ? 0 : 2);
        require(os_calls > 0 && stp_sim_call_count() == calls + 1);
        require(is_present(base + PAGE) && is_present(other + PAGE));
        require_equal(byte_at(base), kind == 1 ? 3 : 0);
        require_equal(is_present(base + 3 * PAGE), kind == 1);
        require_equal(is_present(other), kind != 0);
        require_equal(is_present(base + 7 * PAGE), kind != 0);
    }
    require(strcmp(stp_sim_failed_call(), "discard_all") == 0);
}
END_TEST

static void require_failing(const char *name, int error)
{
    require_equal(error, EAGAIN);
    require(strcmp(stp_sim_failed_call(), name) == 0, "%s, not %s", stp_sim_failed_call(), name);
}

START_TEST(failing_traps)
{
    stp_sim_reset();
    has_traps();
    uintptr_t base = take(4, 0), next;
    struct stp_platform_written_run run;
    size_t count;
    require_equal(stp_platform_trap(base, 2 * PAGE, STP_TRAP_MISSING | STP_TRAP_WRITES), 0);
    stp_sim_set_error(EAGAIN);
    stp_sim_fail_every_after(1);
    require_failing("trap", stp_platform_trap(base + 2 * PAGE, PAGE, STP_TRAP_MISSING));
    require_failing("untrap", stp_platform_untrap(base, PAGE));
    require_failing("fill", fill(base, 2, STP_FILL_ZEROS));
    require_failing("written", stp_platform_written(base, PAGE, true, &run, 1, &count, &next));
    require_equal(stp_sim_failure_count(), 4);
    require(!stp_sim_page((void *)(base + 2 * PAGE)).is_trapped);
    require(stp_sim_page((void *)base).is_trapped && !is_present(base));

    stp_sim_tear(true);
    require_failing("fill", fill(base, 2, STP_FILL_ZEROS));
    require(is_present(base) && !is_present(base + PAGE));
    require_failing("traps_after_fork", stp_platform_traps_after_fork());
    require(!stp_sim_page((void *)base).is_trapped);
}
END_TEST

/* ---- mappings -------------------------------------------------------------------------------- */

struct place {
    uintptr_t base;
    size_t page_count;
    unsigned flags;
};

/* Traps where none are; what is trapped in part loses its traps instead. */
static int trap_or_untrap(uintptr_t base, size_t count, uint64_t *chance)
{
    unsigned traps = 1 + (unsigned)random_below(chance, 3);
    for (size_t i = 0; i < count; i++) {
        struct stp_sim_page page = stp_sim_page((void *)(base + i * PAGE));
        if (page.is_trapped || page.notes_writes)
            return stp_platform_untrap(base, count * PAGE);
    }
    return stp_platform_trap(base, count * PAGE, traps);
}

static int do_something(const struct place *place, uint64_t *chance)
{
    size_t first = (size_t)random_below(chance, place->page_count);
    size_t count = 1 + (size_t)random_below(chance, place->page_count - first);
    uintptr_t base = place->base + first * PAGE;
    switch (random_below(chance, 10)) {
    case 0:
        return stp_platform_discard(base, count * PAGE);
    case 1:
        return stp_platform_renew(base, count * PAGE, place->flags);
    case 2:
        return stp_platform_guard_install(base, count * PAGE);
    case 3:
        return stp_platform_guard_remove(base, count * PAGE);
    case 4:
        return trap_or_untrap(base, count, chance);
    case 5:
        stp_platform_huge_pages(base, count * PAGE, random_below(chance, 2));
        return 0;
    default:
        return stp_platform_protect(base, count * PAGE, (steppe_protection)random_below(chance, 6));
    }
}

/* Mappings are counted while they change; count them from scratch beside that. */
START_TEST(counting_mappings)
{
    stp_sim_reset();
    struct place places[] = {{.page_count = 64},
                             {.page_count = 48, .flags = STP_RESERVE_DUMP},
                             {.page_count = 16, .flags = STP_RESERVE_HUGE},
                             {.page_count = 16, .flags = STP_RESERVE_SPARSE},
                             {.page_count = 128}};
    has_traps();
    uint64_t chance = 7;
    for (size_t i = 0; i < array_count(places); i++)
        places[i].base = take(places[i].page_count, places[i].flags);

    for (int step = 0; step < (is_slow() ? 500 : 20000); step++) {
        const struct place *place = &places[random_below(&chance, array_count(places))];
        stp_sim_facts()->accounts_commit = random_below(&chance, 2);
        stp_sim_facts()->mapping_count_max = random_below(&chance, 4) ? UINT64_MAX : 20;
        uint64_t before = stp_sim_mapping_count();
        int error = do_something(place, &chance);
        require(error == 0 || (error == ENOMEM && stp_sim_facts()->mapping_count_max == 20));
        require(error == 0 || stp_sim_mapping_count() == before);
        require_equal(mappings_by_walk(), stp_sim_mapping_count());
        uint64_t measured, resident;
        require_equal(stp_platform_measure(GRANULE, places[4].base, &measured, &resident), 0);
        require(measured <= stp_sim_mapping_count());
    }
}
END_TEST

START_TEST(limits)
{
    stp_sim_reset();
    uintptr_t base = take(8, 0);
    stp_sim_facts()->mapping_count_max = 2;
    require_equal(stp_platform_protect(base + PAGE, PAGE, STEPPE_READ_WRITE), ENOMEM);
    require_equal(stp_platform_diagnose(ENOMEM, PAGE), STEPPE_E_MAP_COUNT);
    require_equal(stp_platform_protect(base, PAGE, STEPPE_READ_WRITE), 0);
    stp_sim_facts()->mapping_count_max = UINT64_MAX;

    stp_sim_set_physical_page_max(1);
    require_equal(stp_platform_protect(base, 2 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_sim_touch((void *)base, STEPPE_ACCESS_WRITE), STP_SIM_DONE);
    require_equal(stp_sim_touch((void *)(base + PAGE), STEPPE_ACCESS_WRITE), STP_SIM_NO_MEMORY);
    require_equal(stp_platform_populate(base + PAGE, PAGE, STEPPE_ACCESS_WRITE), ENOMEM);
    require_equal(stp_platform_diagnose(ENOMEM, PAGE), STEPPE_E_MEMORY);

    stp_sim_facts()->accounts_commit = true;
    stp_sim_set_charged_page_max(2);
    require_equal(stp_platform_protect(base + 3 * PAGE, 3 * PAGE, STEPPE_READ_WRITE), ENOMEM);
    require_equal(stp_platform_protect(base + 3 * PAGE, 2 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_platform_protect(base + 3 * PAGE, 2 * PAGE, STEPPE_NO_ACCESS), 0);
    require_equal(stp_platform_protect(base + 5 * PAGE, PAGE, STEPPE_READ_WRITE), ENOMEM);
    require_equal(stp_platform_renew(base + 3 * PAGE, PAGE, 0), 0);
    require_equal(stp_platform_protect(base + 5 * PAGE, PAGE, STEPPE_READ_WRITE), 0);

    uintptr_t other;
    bool in_use;
    uint32_t os_calls = 0;
    stp_sim_set_address_space_max(9 * PAGE);
    require_equal(stp_platform_reserve(0, 2 * PAGE, PAGE, 0, &other, &in_use, &os_calls), ENOMEM);
    require_equal(stp_platform_diagnose(ENOMEM, 2 * PAGE), STEPPE_E_ADDRESS_SPACE);
    require(!in_use);
}
END_TEST

START_TEST(failing_calls)
{
    stp_sim_reset();
    uintptr_t base = take(4, 0);
    stp_sim_fail_call(2);
    require_equal(stp_platform_protect(base, PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_platform_protect(base, PAGE, STEPPE_READ_ONLY), ENOMEM);
    require_equal(stp_platform_protect(base, 2 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_sim_failure_count(), 1);
    require(strcmp(stp_sim_failed_call(), "protect") == 0);

    stp_sim_set_error(EAGAIN);
    stp_sim_fail_every_after(2);
    require_equal(stp_platform_discard(base, PAGE), 0);
    require_equal(stp_platform_discard(base, PAGE), EAGAIN);
    require_equal(stp_platform_release(base, 4 * PAGE), EAGAIN);
    stp_sim_fail_every_after(0);

    stp_sim_tear(true);
    stp_sim_fail_call(1);
    require_equal(stp_platform_protect(base, 3 * PAGE, STEPPE_READ_ONLY), EAGAIN);
    require_equal(stp_sim_page((void *)base).protection, STEPPE_READ_ONLY);
    require_equal(stp_sim_page((void *)(base + PAGE)).protection, STEPPE_READ_ONLY);
    require_equal(stp_sim_page((void *)(base + 2 * PAGE)).protection, STEPPE_NO_ACCESS);
    stp_sim_fail_call(1);
    require_equal(stp_platform_guard_install(base, 2 * PAGE), EAGAIN);
    require(stp_sim_page((void *)base).has_marker);
    require(!stp_sim_page((void *)(base + PAGE)).has_marker);
}
END_TEST

/* ---- faults ---------------------------------------------------------------------------------- */

static sigjmp_buf way_out;

/* Commits on a write, leaves on an execute, passes on what is nobody's, and else does nothing. */
static enum stp_verdict handle(const struct stp_platform_fault *fault)
{
    require(stp_sim_signals_blocked());
    if (!fault->is_mapped)
        return STP_VERDICT_PASS_ON;
    if (fault->access == STEPPE_ACCESS_EXECUTE)
        stp_platform_fault_leave(fault, NULL, &way_out);
    if (fault->access == STEPPE_ACCESS_WRITE)
        require_equal(
            stp_platform_protect(fault->address & ~(uintptr_t)(PAGE - 1), PAGE, STEPPE_READ_WRITE),
            0);
    return STP_VERDICT_RESUME;
}

START_TEST(touching)
{
    stp_sim_reset();
    uintptr_t base = take(4, 0);
    void *byte = (void *)(base + 99);
    require_equal(stp_sim_touch(byte, STEPPE_ACCESS_READ), STP_SIM_UNHANDLED);
    require_equal(stp_platform_faults_install(handle), 0);
    require_equal(stp_sim_touch(byte, STEPPE_ACCESS_READ), STP_SIM_LOOP);
    require_equal(stp_sim_touch((void *)64, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);
    require_equal(stp_sim_touch(byte, STEPPE_ACCESS_WRITE), STP_SIM_DONE);
    require_equal(stp_sim_touch(byte, STEPPE_ACCESS_READ), STP_SIM_DONE);
    require(stp_sim_page(byte).is_present);
    if (sigsetjmp(way_out, 0) == 0) {
        stp_sim_touch(byte, STEPPE_ACCESS_EXECUTE);
        require(false, "the handler was not left");
    }
    require_equal(stp_sim_unwind_count(), 1);
    require(!stp_sim_signals_blocked());
}
END_TEST

/* With protections enforced, plain accesses take the same way. */
START_TEST(plain_accesses)
{
    stp_sim_reset();
    stp_sim_enforce(true);
    uintptr_t base = take(4, 0);
    require_equal(stp_platform_faults_install(handle), 0);
    store((void *)(base + 5000), 8);
    require_equal(load((void *)(base + 5000)), 8);
    require_equal(stp_sim_fault_count(), 1);
    require_equal(stp_sim_page((void *)(base + 5000)).protection, STEPPE_READ_WRITE);
    require(!stp_sim_signals_blocked());
}
END_TEST

/* Fills what is missing, after the first fault. */
static enum stp_verdict fill_it(const struct stp_platform_fault *fault)
{
    require(fault->is_mapped);
    if (stp_sim_fault_count() > 1)
        require_equal(fill(fault->address & ~(uintptr_t)(PAGE - 1), 1, STP_FILL_ZEROS), 0);
    return stp_sim_fault_count() > 1 ? STP_VERDICT_RESUME : STP_VERDICT_PASS_ON_REFUSED;
}

START_TEST(trapped_accesses)
{
    stp_sim_reset();
    stp_sim_enforce(true);
    has_traps();
    uintptr_t base = take(4, 0);
    require_equal(stp_platform_faults_install(fill_it), 0);
    require_equal(stp_platform_protect(base, 4 * PAGE, STEPPE_READ_WRITE), 0);
    require_equal(stp_platform_trap(base, 4 * PAGE, STP_TRAP_MISSING | STP_TRAP_WRITES), 0);
    require_equal(stp_sim_touch((void *)base, STEPPE_ACCESS_READ), STP_SIM_PASSED_ON);
    require_equal(stp_sim_touch((void *)base, STEPPE_ACCESS_READ), STP_SIM_DONE);
    require_equal(stp_sim_fault_count(), 2);

    /* Plain accesses: one fault where the page is missing, none that anybody sees where a write is
     * noted. */
    require_equal(load((void *)(base + PAGE)), 0);
    require_equal(stp_sim_fault_count(), 3);
    require_equal(written(base, 4, true, 4), 0);
    store((void *)(base + PAGE), 4);
    require_equal(written(base, 4, true, 4), 2);
    store((void *)(base + PAGE), 5);
    require_equal(written(base, 4, false, 4), 2);
    require_equal(stp_sim_fault_count(), 3);
    require_equal(stp_platform_discard(base + PAGE, PAGE), 0);
    store((void *)(base + PAGE), 6);
    require_equal(stp_sim_fault_count(), 4);
    require_equal(written(base, 4, false, 4), 2);
    require_equal(byte_at(base + PAGE), 6);
}
END_TEST

/* ---- broken contracts ------------------------------------------------------------------------ */

static void empty_range(uintptr_t base)
{
    stp_platform_protect(base, 0, STEPPE_READ_WRITE);
}

static void unaligned_range(uintptr_t base)
{
    stp_platform_discard(base + 1, PAGE);
}

static void too_long_range(uintptr_t base)
{
    stp_platform_protect(base, 5 * PAGE, STEPPE_READ_WRITE);
}

static void wrapping_range(uintptr_t base)
{
    stp_platform_discard(base, 0 - (size_t)PAGE);
}

static void never_reserved(uintptr_t base)
{
    stp_platform_renew(base - 100 * PAGE, PAGE, 0);
}

static void out_of_the_middle(uintptr_t base)
{
    stp_platform_release(base + PAGE, PAGE);
}

static void no_such_protection(uintptr_t base)
{
    stp_platform_protect(base, PAGE, 6);
}

static void other_flags(uintptr_t base)
{
    stp_platform_renew(base, PAGE, STP_RESERVE_DUMP);
}

static void no_markers_here(uintptr_t base)
{
    stp_sim_facts()->has_guard_markers = false;
    stp_platform_guard_remove(base, PAGE);
}

static void no_traps_here(uintptr_t base)
{
    stp_platform_untrap(base, PAGE);
}

static void nothing_to_fill_here(uintptr_t base)
{
    fill(base, 1, STP_FILL_ZEROS);
}

static void no_marks_here(uintptr_t base)
{
    stp_sim_facts()->has_traps = true;
    stp_platform_trap(base, PAGE, STP_TRAP_WRITES);
}

static void no_written_here(uintptr_t base)
{
    size_t count;
    uintptr_t next;
    stp_sim_facts()->has_traps = true;
    stp_platform_written(base, PAGE, true, NULL, 0, &count, &next);
}

static void no_such_traps(uintptr_t base)
{
    has_traps();
    stp_platform_trap(base, PAGE, 4);
}

static void trapped_twice(uintptr_t base)
{
    has_traps();
    require_equal(stp_platform_trap(base + 2 * PAGE, PAGE, STP_TRAP_WRITES), 0);
    stp_platform_trap(base, 4 * PAGE, STP_TRAP_MISSING);
}

static void list_with_an_empty_range(uintptr_t base)
{
    size_t done;
    uint32_t os_calls = 0;
    stp_platform_discard_all((struct stp_platform_range[]){{base, PAGE}, {base, 0}}, 2, &done,
                             &os_calls);
}

static void waiting_for_nobody(uintptr_t base)
{
    uint32_t word = 2;
    (void)base;
    stp_platform_wait(&word, 1); /* changed already: returns */
    stp_platform_wait(&word, 2);
}

static void (*const violations[])(uintptr_t base) = {
    empty_range,
    unaligned_range,
    too_long_range,
    wrapping_range,
    never_reserved,
    out_of_the_middle,
    no_such_protection,
    other_flags,
    no_markers_here,
    waiting_for_nobody,
    no_traps_here,
    nothing_to_fill_here,
    no_marks_here,
    no_written_here,
    no_such_traps,
    trapped_twice,
    list_with_an_empty_range,
};

START_TEST(broken_contract)
{
    stp_sim_reset();
    violations[_i](take(4, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim");
    TCase *memory = test_case(suite, "memory");
    tcase_add_test(memory, choosing_places);
    tcase_add_test(memory, same_addresses_every_time);
    tcase_add_loop_test(memory, rules_of_the_kernel, 0, 2);
    tcase_add_test(memory, counting_mappings);
    tcase_add_test(memory, limits);
    tcase_add_test(memory, failing_calls);
    TCase *traps = test_case(suite, "traps");
    tcase_add_test(traps, no_traps_by_default);
    tcase_add_loop_test(traps, missing_pages, 0, 2);
    tcase_add_test(traps, traps_and_markers);
    tcase_add_test(traps, filling_what_plain_pointers_wrote);
    tcase_add_test(traps, trapping_what_plain_pointers_wrote);
    tcase_add_test(traps, filling_without_memory);
    tcase_add_test(traps, traps_and_mappings);
    tcase_add_test(traps, large_reservations);
    tcase_add_test(traps, losing_traps);
    tcase_add_loop_test(traps, noted_writes, 0, 2);
    tcase_add_test(traps, noted_fills);
    tcase_add_test(traps, discarding_lists);
    tcase_add_test(traps, failing_traps);
    TCase *faults = test_case(suite, "faults");
    tcase_add_test(faults, touching);
    tcase_add_test(faults, plain_accesses);
    tcase_add_test(faults, trapped_accesses);
    tcase_add_loop_test_raise_signal(test_case(suite, "contract"), broken_contract, SIGABRT, 0,
                                     (int)array_count(violations));
    return test_main(suite);
}
