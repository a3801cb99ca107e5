/* SPDX-License-Identifier: MIT */
/* mappings.c - the sharing of kernel mappings: limits, and groups that grow as they run short. */
#include "region/mappings.h"

#include "platform/platform.h"
#include "support.h"

static uint64_t max(void)
{
    return stp_platform_facts()->mapping_count_max;
}

START_TEST(counts_come_and_go_with_reservations)
{
    struct stp_mappings first, second;
    require_equal(stp_mappings_count(), 0);
    stp_mappings_begin(&first, STEPPE_GIB);
    stp_mappings_begin(&second, 0);
    require_equal(stp_mappings_count(), 2);
    stp_mappings_add(&first, 100);
    stp_mappings_add(&second, 10);
    stp_mappings_add(&first, -40);
    stp_mappings_add(&first, 0);
    require_equal(stp_mappings_count(), 72);
    stp_mappings_end(&first);
    require_equal(stp_mappings_count(), 11);
    stp_mappings_end(&second);
    require_equal(stp_mappings_count(), 0);
    require(first.count == 0 && first.size_bytes == 0);
    /* Counts that are off by some never show as a huge number. */
    stp_mappings_begin(&first, 0);
    stp_mappings_add(&first, -5);
    require_equal(stp_mappings_count(), 0);
    require(stp_mappings_have_room() && !stp_mappings_are_short());
    stp_mappings_end(&first);
    require_equal(stp_mappings_count(), 0);
}
END_TEST

START_TEST(limits_are_where_they_are_said_to_be)
{
    struct stp_mappings mappings;
    require_equal(stp_mappings_limit(), max() - max() / 4);
    stp_mappings_begin(&mappings, STEPPE_TIB);
    stp_mappings_add(&mappings, (int64_t)(max() / 4) - 2);
    require(!stp_mappings_are_short());
    stp_mappings_add(&mappings, 1);
    require(stp_mappings_are_short() && stp_mappings_have_room());
    stp_mappings_add(&mappings, (int64_t)stp_mappings_limit() - 2 - (int64_t)stp_mappings_count());
    require(stp_mappings_have_room());
    stp_mappings_add(&mappings, 1);
    require(!stp_mappings_have_room());
    stp_mappings_add(&mappings, (int64_t)(2 * max()));
    require(!stp_mappings_have_room());
    stp_mappings_end(&mappings);
    require(stp_mappings_have_room() && !stp_mappings_are_short());
}
END_TEST

/* Whoever touches everything, group by group, in groups of the size told just then, stays below
 * half of what the kernel allows. */
static void touch_everything(size_t least, size_t most, size_t size_bytes)
{
    struct stp_mappings mappings;
    uint64_t before = 0;
    stp_mappings_begin(&mappings, size_bytes);
    for (size_t done = 0; done < size_bytes;) {
        size_t group = stp_mappings_group_bytes(least, most);
        require(group >= least && group <= most && (group & (group - 1)) == 0, "%zu", group);
        if (!stp_mappings_are_short())
            require_equal(group, least);
        require(group >= before, "%zu after %llu", group, (unsigned long long)before);
        before = group;
        stp_mappings_add(&mappings, 2);
        done += group;
    }
    require(stp_mappings_count() <= max() / 2 + 2 || before == most, "%llu",
            (unsigned long long)stp_mappings_count());
    stp_mappings_end(&mappings);
}

START_TEST(groups_grow)
{
    if (max() > 1000000)
        skip_test("no limit on mappings here");
    touch_everything(2 * STEPPE_MIB, STEPPE_GIB, STEPPE_GIB);
    touch_everything(2 * STEPPE_MIB, STEPPE_GIB, 64 * STEPPE_GIB);
    touch_everything(2 * STEPPE_MIB, STEPPE_GIB, STEPPE_TIB);
    touch_everything(2 * STEPPE_MIB, 64 * STEPPE_GIB, 16 * STEPPE_TIB);
    touch_everything(2 * STEPPE_MIB, 2 * STEPPE_MIB, STEPPE_TIB);
    touch_everything(64 * STEPPE_KIB, 128 * STEPPE_MIB, STEPPE_TIB);
}
END_TEST

/* The same size for all, by the sum of what is reserved. */
START_TEST(shares_go_by_size)
{
    struct stp_mappings small, large;
    if (max() > 1000000)
        skip_test("no limit on mappings here");
    stp_mappings_begin(&small, STEPPE_GIB);
    stp_mappings_add(&small, (int64_t)(max() / 4));
    size_t alone = stp_mappings_group_bytes(2 * STEPPE_MIB, 16 * STEPPE_GIB);
    require_equal(alone, 2 * STEPPE_MIB);
    stp_mappings_begin(&large, 4 * STEPPE_TIB);
    size_t with_large = stp_mappings_group_bytes(2 * STEPPE_MIB, 16 * STEPPE_GIB);
    require(with_large > alone, "%zu", with_large);
    require(2 * (4 * STEPPE_TIB / with_large) <= max() / 4 + 4);
    require_equal(stp_mappings_group_bytes(2 * STEPPE_MIB, 4 * STEPPE_MIB), 4 * STEPPE_MIB);
    /* Beyond half the largest group is all there is. */
    stp_mappings_add(&large, (int64_t)(max() / 2));
    require_equal(stp_mappings_group_bytes(2 * STEPPE_MIB, 16 * STEPPE_GIB), 16 * STEPPE_GIB);
    stp_mappings_end(&large);
    require_equal(stp_mappings_group_bytes(2 * STEPPE_MIB, 16 * STEPPE_GIB), 2 * STEPPE_MIB);
    stp_mappings_end(&small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mappings");
    TCase *all = test_case(suite, "all");
    tcase_add_test(all, counts_come_and_go_with_reservations);
    tcase_add_test(all, limits_are_where_they_are_said_to_be);
    tcase_add_test(all, groups_grow);
    tcase_add_test(all, shares_go_by_size);
    return test_main(suite);
}
