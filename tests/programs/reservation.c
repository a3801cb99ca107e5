/* SPDX-License-Identifier: MIT */
/* reservation.c - what was published, sound or not, taken to pieces. */
#include "map/reservation.h"

#include <jansson.h>

#include "support.h"

static json_t *steppe;
static struct reservation_list list;

static void read_text(const char *text)
{
    json_error_t error;
    steppe = json_loads(text, 0, &error);
    ck_assert_msg(steppe != NULL, "%s", error.text);
    require(reservation_list_read(&list, steppe));
}

static void teardown(void)
{
    reservation_list_free(&list);
    json_decref(steppe);
    steppe = NULL;
}

static const char sound[] =
    "{'reservations': ["
    "{'name': 'second', 'start': '0x200000', 'size_bytes': 65536, 'page_bytes': 4096,"
    " 'committed': [[0, 1], [3, 2]], 'limit_bytes': null, 'refused_count': 3},"
    "{'name': 'first', 'start': '0x100000', 'size_bytes': 65536, 'page_bytes': 4096,"
    " 'committed': [[1, 1]], 'committed_bytes': 4096, 'mechanism': 'uffd', 'policy': 'commit',"
    " 'slots': {'start': '0x101000', 'slot_bytes': 1000, 'slot_max': 50, 'slot_count': 2,"
    "           'in_use': [[0, 1], [4, 1]]}}]}";

static char *quoted(const char *text)
{
    static char copy[4096];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = copy; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return copy;
}

START_TEST(figures)
{
    read_text(quoted(sound));
    require_equal(list.count, 2);
    const struct reservation *first = &list.reservations[0], *second = &list.reservations[1];
    ck_assert_str_eq(first->name, "first");
    ck_assert_str_eq(second->name, "second");
    ck_assert_str_eq(second->mechanism, "");
    require_equal(first->committed_bytes, 4096);
    require_equal(second->committed_bytes, FIGURE_UNKNOWN);
    require_equal(second->limit_bytes, FIGURE_UNKNOWN);
    require_equal(second->refused_count, 3);
    require(first->has_slots && !second->has_slots);
    require_equal(first->slot_count, 2);
    require(reservation_at(&list, 0x100000) == first);
    require(reservation_at(&list, 0x10ffff) == first);
    require(!reservation_at(&list, 0x110000));
    require(!reservation_at(&list, 0xfffff));
    require(reservation_at(&list, 0x20ffff) == second);
    require(!reservation_at(&list, UINT64_MAX));
}
END_TEST

START_TEST(shares)
{
    read_text(quoted(sound));
    const struct reservation *first = &list.reservations[0], *second = &list.reservations[1];
    uint64_t from, to;
    require_equal(reservation_committed_in(second, 0x200000, 0x210000), 3 * 4096);
    require_equal(reservation_committed_in(second, 0x200800, 0x203800), 0x800 + 0x800);
    require_equal(reservation_committed_in(second, 0x201000, 0x203000), 0);
    require_equal(reservation_committed_in(second, 0x205000, 0x210000), 0);
    require_equal(reservation_used_in(second, 0x200000, 0x210000), 0);
    require_equal(reservation_used_in(first, 0x100000, 0x110000), 2000);
    require_equal(reservation_used_in(first, 0x101000, 0x102000), 1000 + 96);
    require_equal(reservation_used_in(first, 0x102000, 0x103000), 1000 - 96);
    require(reservation_slots_in(first, 0x101000, 0x102000, &from, &to) && from == 0 && to == 4);
    require(reservation_slots_in(first, 0x100000, 0x101001, &from, &to) && from == 0 && to == 0);
    require(reservation_slots_in(first, 0x10c000, 0x10e000, &from, &to) && from == 45 && to == 49);
    require(!reservation_slots_in(first, 0x100000, 0x101000, &from, &to));
    require(!reservation_slots_in(first, 0x10e000, 0x10f000, &from, &to));
    require(!reservation_slots_in(second, 0x200000, 0x201000, &from, &to));
}
END_TEST

START_TEST(what_does_not_fit_is_left_out)
{
    static const char *const texts[] = {
        "[]",
        "{}",
        "{'reservations': 7}",
        "{'reservations': [7, null, {}, []]}",
        "{'reservations': [{'start': '0x1000', 'size_bytes': 0, 'page_bytes': 4096}]}",
        "{'reservations': [{'start': '0x1000', 'size_bytes': -4096, 'page_bytes': 4096}]}",
        "{'reservations': [{'start': '0xfffffffffffff000', 'size_bytes': 8192, 'page_bytes': 1}]}",
        "{'reservations': [{'start': '0x1000', 'size_bytes': 4096, 'page_bytes': 0}]}",
        "{'reservations': [{'start': '0x1000', 'size_bytes': 4096, 'page_bytes': 8192}]}",
        "{'reservations': [{'start': 'here', 'size_bytes': 4096, 'page_bytes': 4096}]}",
        "{'reservations': [{'start': '0x1000', 'size_bytes': 4096, 'page_bytes': 4096,"
        " 'slots': {'start': '0x1000', 'slot_bytes': 0, 'slot_max': 1}}]}",
        "{'reservations': [{'start': '0x1000', 'size_bytes': 4096, 'page_bytes': 4096,"
        " 'slots': {'start': '0x1000', 'slot_bytes': 4096, 'slot_max': 2}}]}",
        "{'reservations': [{'start': '0x1000', 'size_bytes': 4096, 'page_bytes': 4096,"
        " 'slots': {'start': '0x1000', 'slot_bytes': 4611686018427387904,"
        " 'slot_max': 4611686018427387904}}]}",
    };
    read_text(quoted(texts[_i]));
    require_equal(list.count, 0);
    require(!reservation_at(&list, 0x1000));
}
END_TEST

START_TEST(runs_that_do_not_fit_are_left_out)
{
    read_text(quoted("{'reservations': [{'start': '0x10000', 'size_bytes': 65536,"
                     " 'page_bytes': 4096, 'committed': [[0, 1], 'x', [0, 1], [-1, 3], [2, 0],"
                     " [3, 14], [5, 1], [4, 1], [15, 1], [16, 1], [6, 9223372036854775807]]}]}"));
    require_equal(list.count, 1);
    require_equal(list.reservations[0].committed_count, 3);
    require_equal(reservation_committed_in(&list.reservations[0], 0, UINT64_MAX), 3 * 4096);
}
END_TEST

/* Only where it is plain whose bookkeeping was refused. */
START_TEST(refusals_of_the_bookkeeping)
{
    read_text(quoted("{'reservations': ["
                     "{'name': 'a', 'kind': 'slots', 'start': '0x100000', 'size_bytes': 4096,"
                     " 'page_bytes': 4096, 'refused_count': 1},"
                     "{'name': 'a', 'kind': 'slots-bits', 'start': '0x200000', 'size_bytes': 4096,"
                     " 'page_bytes': 4096, 'refused_count': 5},"
                     "{'name': 'b', 'kind': 'slots', 'start': '0x300000', 'size_bytes': 4096,"
                     " 'page_bytes': 4096, 'refused_count': 0},"
                     "{'name': 'b', 'kind': 'slots', 'start': '0x400000', 'size_bytes': 4096,"
                     " 'page_bytes': 4096, 'refused_count': 0},"
                     "{'name': 'b', 'kind': 'slots-bits', 'start': '0x500000', 'size_bytes': 4096,"
                     " 'page_bytes': 4096, 'refused_count': 7}]}"));
    require_equal(list.count, 5);
    require_equal(list.reservations[0].refused_count, 1);
    require_equal(list.reservations[0].bits_refused_count, 5);
    for (size_t i = 1; i < list.count; i++)
        require_equal(list.reservations[i].bits_refused_count, 0);
}
END_TEST

START_TEST(nothing)
{
    require(reservation_list_read(&list, NULL));
    require_equal(list.count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reservation");
    TCase *plain = test_case(suite, "plain");
    tcase_add_checked_fixture(plain, NULL, teardown);
    tcase_add_test(plain, figures);
    tcase_add_test(plain, shares);
    tcase_add_loop_test(plain, what_does_not_fit_is_left_out, 0, 13);
    tcase_add_test(plain, runs_that_do_not_fit_are_left_out);
    tcase_add_test(plain, refusals_of_the_bookkeeping);
    tcase_add_test(plain, nothing);
    return test_main(suite);
}
