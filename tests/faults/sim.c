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

struct place {
    uintptr_t base;
    size_t page_count;
    unsigned flags;
};

static int do_something(const struct place *place, uint64_t *chance)
{
    size_t first = (size_t)random_below(chance, place->page_count);
    size_t count = 1 + (size_t)random_below(chance, place->page_count - first);
    uintptr_t base = place->base + first * PAGE;
    switch (random_below(chance, 7)) {
    case 0:
        return stp_platform_discard(base, count * PAGE);
    case 1:
        return stp_platform_renew(base, count * PAGE, place->flags);
    case 2:
        return stp_platform_guard_install(base, count * PAGE);
    case 3:
        return stp_platform_guard_remove(base, count * PAGE);
    default:
        return stp_platform_protect(base, count * PAGE, (steppe_protection)random_below(chance, 6));
    }
}

/* Mappings are counted while they change; count them from scratch beside that. */
START_TEST(counting_mappings)
{
    stp_sim_reset();
    struct place places[] = {
        {.page_count = 64}, {.page_count = 48, .flags = STP_RESERVE_DUMP}, {.page_count = 128}};
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
        require_equal(stp_platform_measure(GRANULE, places[2].base, &measured, &resident), 0);
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

static void waiting_for_nobody(uintptr_t base)
{
    uint32_t word = 2;
    (void)base;
    stp_platform_wait(&word, 1); /* changed already: returns */
    stp_platform_wait(&word, 2);
}

static void (*const violations[])(uintptr_t base) = {
    empty_range,       unaligned_range,    too_long_range, wrapping_range,  never_reserved,
    out_of_the_middle, no_such_protection, other_flags,    no_markers_here, waiting_for_nobody,
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
    TCase *faults = test_case(suite, "faults");
    tcase_add_test(faults, touching);
    tcase_add_test(faults, plain_accesses);
    tcase_add_loop_test_raise_signal(test_case(suite, "contract"), broken_contract, SIGABRT, 0,
                                     (int)array_count(violations));
    return test_main(suite);
}
