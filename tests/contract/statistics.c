/* SPDX-License-Identifier: MIT */
/*
 * statistics.c - the figures against what was done, and against what the kernel says.
 */
#define _GNU_SOURCE 1

#include "../support/support.h"

#include <string.h>

static size_t page;

static void setup(void)
{
    page = steppe_page_bytes();
}

static steppe_statistics statistics_of_process(void)
{
    steppe_statistics statistics = {0};
    require_ok(steppe_statistics_process(&statistics));
    return statistics;
}

START_TEST(figures_of_a_fresh_reservation)
{
    uint8_t *base = reserve(5 * page + 1, NULL);
    steppe_statistics s = statistics_of(base + 3 * page);
    require_equal(s.reservation_count, 1);
    require_equal(s.reserved_bytes, 6 * page);
    require(s.committed_bytes == 0 && s.committed_peak_bytes == 0 && s.resident_bytes == 0);
    require(s.fault_count == 0 && s.commit_count == 0 && s.decommit_count == 0);
    require(s.refused_count == 0 && s.fault_page_count == 0);
    require_equal(s.vma_count, 1);
    require(s.os_call_count >= 1);
    require(s.mechanism != STEPPE_MECHANISM_BEST && s.mechanism <= STEPPE_MECHANISM_UFFD);
    require(s.why && strlen(s.why) > 3);
    require(s.chunk_bytes > 0 && s.chunk_bytes % page == 0, "%zu", s.chunk_bytes);
}
END_TEST

START_TEST(commits_are_counted)
{
    uint8_t *base = reserve(64 * page, options(.limit_bytes = 32 * page));
    require_ok(steppe_commit(base, 10 * page));
    require_ok(steppe_commit(base, 10 * page));
    require_ok(steppe_commit_as(base + 20 * page, 5 * page, STEPPE_READ_ONLY));
    require_ok(steppe_decommit(base, 8 * page));
    require_ok(steppe_decommit(base, 8 * page));
    require_ok(steppe_commit(base, 2 * page));
    require_fails(steppe_commit(base, 60 * page), STEPPE_E_BUDGET);
    require_fails(steppe_commit(base, 65 * page), STEPPE_E_OUTSIDE);
    require_fails(steppe_decommit(base, 65 * page), STEPPE_E_OUTSIDE);
    steppe_statistics s = statistics_of(base);
    require_equal(s.committed_bytes, 9 * page);
    require_equal(s.committed_peak_bytes, 15 * page);
    require_equal(s.commit_count, 4);
    require_equal(s.decommit_count, 2);
    require_equal(s.refused_count, 1);
    require_equal(s.fault_count, 0);
}
END_TEST

static steppe_answer answer_by_offset(const steppe_fault *fault, void *context)
{
    (void)context;
    switch (fault->offset_bytes / steppe_page_bytes()) {
    case 0:
        return STEPPE_UNWIND;
    case 1:
        return STEPPE_PASS_ON;
    default:
        steppe_commit(fault->address, 1);
        return STEPPE_RESUME;
    }
}

START_TEST(faults_are_counted_by_their_end)
{
    uint8_t byte = 0;
    uint8_t *base = reserve(64 * page, options(.on_fault = STEPPE_ASK, .filter = answer_by_offset));
    for (size_t i = 0; i < 3; i++)
        require_fails(steppe_probe_read(base, &byte, 1, NULL), STEPPE_E_NOT_COMMITTED);
    for (size_t i = 0; i < 2; i++)
        require_faults(touch_read(base + page), base + page);
    for (size_t i = 0; i < 4; i++)
        store(base + (2 + 2 * i) * page, 1);
    steppe_statistics s = statistics_of(base);
    require_equal(s.fault_unwind_count, 3);
    require_equal(s.fault_pass_count, 2);
    require_equal(s.fault_resume_count, 4);
    require_equal(s.fault_commit_count, 0);
    require_equal(s.fault_race_count, 0);
    require_equal(s.fault_count, 9);
    require_equal(s.committed_bytes, 4 * page);

    uint8_t *committing =
        reserve(64 * page, options(.on_fault = STEPPE_COMMIT, .limit_bytes = 9 * page));
    for (size_t i = 0; i < 9; i++)
        store(committing + i * page, 1);
    for (size_t i = 9; i < 12; i++)
        require_fails(steppe_probe_write(committing + i * page, &byte, 1, NULL), STEPPE_E_BUDGET);
    s = statistics_of(committing);
    require_equal(s.fault_page_count, 9);
    require(s.fault_commit_count >= 2 && s.fault_commit_count <= 9);
    require_equal(s.refused_count, 3);
    require_equal(s.fault_unwind_count, 3);
    require_equal(s.fault_count, s.fault_commit_count + s.fault_resume_count +
                                     s.fault_unwind_count + s.fault_pass_count +
                                     s.fault_race_count);
    require_equal(s.commit_count, 0);
}
END_TEST

START_TEST(resident_memory_is_what_the_kernel_says)
{
    size_t size_bytes = 4 * CHUNK_FLOOR;
    uint8_t *base = reserve(size_bytes, NULL);
    require_ok(steppe_commit(base, 3 * CHUNK_FLOOR));
    require_equal(statistics_of(base).resident_bytes, resident_bytes_of(base, size_bytes));
    for (size_t i = 0; i < 3 * CHUNK_FLOOR; i += 3 * page)
        store(base + i, 1);
    size_t resident = resident_bytes_of(base, size_bytes);
    require(resident >= CHUNK_FLOOR);
    require_equal(statistics_of(base).resident_bytes, resident);
    require_ok(steppe_decommit(base + page, 2 * CHUNK_FLOOR));
    require_equal(statistics_of(base).resident_bytes, resident_bytes_of(base, size_bytes));
    require_equal(statistics_of_process().resident_bytes, resident_bytes_of(base, size_bytes));
    require_ok(steppe_decommit(base, size_bytes));
    require_equal(statistics_of(base).resident_bytes, 0);
}
END_TEST

START_TEST(mappings_are_what_the_kernel_says)
{
    /* Others' mappings beside it, of the kind that merges, must not confuse the count. */
    uint8_t *area = free_area(8 * CHUNK_FLOOR, CHUNK_FLOOR);
    uint8_t *base = reserve(4 * CHUNK_FLOOR, options(.address = area + CHUNK_FLOOR));
    uint8_t *next = reserve(CHUNK_FLOOR, options(.address = area + 5 * CHUNK_FLOOR));
    uint64_t sum = statistics_of(next).vma_count;
    for (size_t i = 0; i < 20; i++) {
        require_ok(steppe_commit_as(base + i * 7 * page + i * i * page, page,
                                    i % 2 ? STEPPE_READ_ONLY : STEPPE_READ_WRITE));
        steppe_statistics s = statistics_of(base);
        require_equal(s.vma_count, mapping_count_of(base, 4 * CHUNK_FLOOR));
        require(statistics_of_process().vma_count <= s.vma_count + sum);
    }
}
END_TEST

START_TEST(sums_of_the_process)
{
    uint8_t *first = reserve(4 * page, NULL), *second = reserve(8 * page, NULL);
    require_ok(steppe_commit(first, page));
    require_ok(steppe_commit(second, 8 * page));
    steppe_statistics s = statistics_of_process();
    require_equal(s.reservation_count, 2);
    require_equal(s.reserved_bytes, 12 * page);
    require_equal(s.committed_bytes, 9 * page);
    require_equal(s.committed_peak_bytes, 9 * page);
    require_equal(s.commit_count, 2);
    require(s.mechanism == STEPPE_MECHANISM_BEST && !s.why && s.chunk_bytes == 0);
    require(s.bookkeeping_bytes > 0 && s.bookkeeping_bytes < 16 * STEPPE_MIB);
    uint64_t calls = s.os_call_count;
    require(calls >= statistics_of(first).os_call_count + statistics_of(second).os_call_count);

    require_ok(steppe_decommit(second, 4 * page));
    require_ok(steppe_release(second));
    s = statistics_of_process();
    require_equal(s.reservation_count, 1);
    require_equal(s.reserved_bytes, 4 * page);
    require_equal(s.committed_bytes, page);
    require_equal(s.committed_peak_bytes, 9 * page);
    /* Events outlive the reservation they happened in. */
    require_equal(s.commit_count, 2);
    require_equal(s.decommit_count, 1);
    require(s.os_call_count >= calls);
}
END_TEST

START_TEST(system_calls_are_counted)
{
    uint8_t *base = reserve(64 * page, NULL);
    uint64_t before = statistics_of(base).os_call_count;
    for (size_t i = 0; i < 10; i++)
        require_ok(steppe_commit(base + 2 * i * page, page));
    uint64_t after = statistics_of(base).os_call_count;
    require(after >= before + 10, "%llu calls for 10 commits",
            (unsigned long long)(after - before));
    steppe_run run;
    for (size_t i = 0; i < 100; i++)
        require_ok(steppe_query(base + i % 64 * page, &run));
    require_equal(statistics_of(base).os_call_count, after);
    require_fails(steppe_commit(base, 65 * page), STEPPE_E_OUTSIDE);
    require_equal(statistics_of(base).os_call_count, after);
}
END_TEST

START_TEST(peak_is_that_of_the_charge)
{
    uint8_t *base = reserve(
        64 * page, options(.on_fault = STEPPE_COMMIT, .strict = true, .limit_bytes = 20 * page));
    for (size_t i = 0; i < 12; i++)
        store(base + i * page, 1);
    require_ok(steppe_decommit(base, 64 * page));
    store(base, 1);
    require_fails(steppe_commit(base, 64 * page), STEPPE_E_BUDGET);
    steppe_statistics s = statistics_of(base);
    require_equal(s.committed_bytes, page);
    require_equal(s.committed_peak_bytes, 12 * page);
}
END_TEST

START_TEST(bookkeeping_grows_with_what_is_touched)
{
    if (is_slow())
        skip_test("too large for this build");
    uint8_t *base = steppe_reserve(STEPPE_TIB, NULL);
    if (!base)
        skip_test("no room for 1 TiB");
    uint64_t fresh = statistics_of(base).bookkeeping_bytes;
    require(fresh <= 64 * STEPPE_KIB, "%llu bytes", (unsigned long long)fresh);
    for (size_t i = 0; i < 100; i++)
        require_ok(steppe_commit(base + i * 10 * STEPPE_GIB, 1));
    uint64_t used = statistics_of(base).bookkeeping_bytes;
    require(used <= fresh + 100 * 32 * STEPPE_KIB, "%llu bytes", (unsigned long long)used);
}
END_TEST

START_TEST(bookkeeping_counts_the_marks_of_a_watch)
{
    uint64_t bytes[2];
    for (int watched = 0; watched < 2; watched++) {
        uint8_t *base =
            reserve(STEPPE_GIB, options(.write_watch = watched, .on_fault = STEPPE_COMMIT));
        for (size_t i = 0; i < 64; i++)
            store(base + i * 16 * STEPPE_MIB, 1);
        void *pages[64];
        size_t count = array_count(pages);
        if (watched)
            require_ok(steppe_watch_look(base, STEPPE_GIB, pages, &count));
        bytes[watched] = statistics_of(base).bookkeeping_bytes;
        require_ok(steppe_release(base));
    }
    require(bytes[1] > bytes[0], "%llu, %llu without", (unsigned long long)bytes[1],
            (unsigned long long)bytes[0]);
}
END_TEST

/* Places in address space come round, and so do the tables that find them. */
START_TEST(what_comes_and_goes_leaves_nothing)
{
    enum { ROUNDS = 20000, FIRST_ROUND = 8000 }; /* by then all places have been used once */
    uint64_t tables[2] = {0};
    if (is_slow())
        skip_test("too many rounds for this build");
    for (int round = 0; round < ROUNDS; round++) {
        uint8_t *base = reserve(STEPPE_MIB, NULL);
        require_ok(steppe_commit(base, page));
        store(base, 1);
        require_ok(steppe_release(base));
        steppe_statistics all;
        require_ok(round % FIRST_ROUND == 0 ? steppe_statistics_process(&all) : STEPPE_OK);
        if (round % FIRST_ROUND == 0)
            tables[round > 0] = all.bookkeeping_bytes;
    }
    require(tables[0] > 0 && tables[1] <= tables[0] + STEPPE_MIB, "%llu bytes, then %llu",
            (unsigned long long)tables[0], (unsigned long long)tables[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("statistics");
    TCase *tests = test_case_catching(suite, "statistics");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, figures_of_a_fresh_reservation);
    tcase_add_test(tests, commits_are_counted);
    tcase_add_test(tests, faults_are_counted_by_their_end);
    tcase_add_test(tests, resident_memory_is_what_the_kernel_says);
    tcase_add_test(tests, mappings_are_what_the_kernel_says);
    tcase_add_test(tests, sums_of_the_process);
    tcase_add_test(tests, system_calls_are_counted);
    tcase_add_test(tests, peak_is_that_of_the_charge);
    tcase_add_test(tests, bookkeeping_grows_with_what_is_touched);
    tcase_add_test(tests, bookkeeping_counts_the_marks_of_a_watch);
    tcase_add_test(tests, what_comes_and_goes_leaves_nothing);
    return test_main(suite);
}
