/* SPDX-License-Identifier: MIT */
/* timeline.c - totals over time. */
#include "map/timeline.h"

#include "support.h"

static struct timeline timeline;

static void teardown(void)
{
    timeline_free(&timeline);
}

static void add(uint64_t time)
{
    struct timeline_point point = {.unix_ns = time, .region_count = time};
    require(timeline_add(&timeline, &point));
}

START_TEST(the_beginning_and_the_last_are_never_lost)
{
    for (uint64_t i = 0; i < 10 * TIMELINE_POINT_MAX + 17; i++) {
        add(i);
        require(timeline.point_count <= TIMELINE_POINT_MAX);
        require_equal(timeline.points[0].unix_ns, 0);
        require_equal(timeline.points[timeline.point_count - 1].unix_ns, i);
    }
    require(timeline.point_count > TIMELINE_POINT_MAX / 4);
    for (size_t i = 1; i < timeline.point_count; i++)
        require(timeline.points[i - 1].unix_ns < timeline.points[i].unix_ns);
}
END_TEST

START_TEST(a_clock_set_back_does_not_turn_time)
{
    add(100);
    add(50);
    add(120);
    require_equal(timeline.points[1].unix_ns, 100);
    require_equal(timeline.points[1].region_count, 50);
    struct timeline copy = {0};
    require(timeline_copy(&copy, &timeline));
    require(copy.point_count == 3 && copy.points != timeline.points);
    require_equal(copy.points[2].unix_ns, 120);
    timeline_free(&copy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *points = test_case(suite, "points");
    tcase_add_checked_fixture(points, NULL, teardown);
    tcase_add_test(points, the_beginning_and_the_last_are_never_lost);
    tcase_add_test(points, a_clock_set_back_does_not_turn_time);
    return test_main(suite);
}
