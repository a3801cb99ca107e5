/* SPDX-License-Identifier: MIT */
/* lab.c - the lab's model, under every strategy and mechanism. */
#include "map/lab.h"

#include "map/lab_pages.h"

#include <string.h>

#include "one_lab.h"
#include "support.h"

static void open_lab(const struct lab_options *options)
{
    require(lab_open(&lab, options), "%s", lab.said);
}

static bool use(const char *text)
{
    struct human_ranges ranges = ranges_of(text);
    return lab_task_use(&lab, &ranges) && lab_task_finish(&lab);
}

static bool clear(const char *text)
{
    struct human_ranges ranges = ranges_of(text);
    return lab_task_clear(&lab, &ranges) && lab_task_finish(&lab);
}

static bool collect(void)
{
    return lab_task_collect(&lab, 0) && lab_task_finish(&lab);
}

static bool wait_collected(uint64_t timeout_ms)
{
    return lab_task_wait(&lab, timeout_ms) && lab_task_finish(&lab);
}

#define require_does(call) require((call), "%s", lab.said)
#define require_refuses(call, words)                                                               \
    do {                                                                                           \
        require(!(call), "done: %s", lab.said);                                                    \
        require(lab.is_error &&strstr(lab.said, (words)), "said: %s", lab.said);                   \
        require(strstr(lab.said, "; "), "says not what to do: %s", lab.said);                      \
    } while (0)

/* The letters of all pages. */
static void require_pages(const char *expected)
{
    struct lab_span spans[256];
    char letters[257] = "";
    require(lab.page_count < array_count(letters));
    size_t count = lab_spans(&lab, 0, 1, spans, array_count(spans));
    for (size_t i = 0; i < count; i++)
        letters[i] = lab_letter_of(&spans[i], lab.slots != NULL);
    ck_assert_str_eq(letters, expected);
}

/* ---- the story ------------------------------------------------------------------------------ */

static void tell_story(const struct lab_options *options)
{
    open_lab(options);
    require_pages("_________________________");
    require_does(lab_reserve(&lab));
    require_pages(".........................");
    require_does(use("7"));
    require_does(use("46"));
    require_pages("...R...................R.");
    require_equal(lab_figures_of(&lab).committed_bytes, 8192);
    require_does(clear("46"));
    require_pages("...R...................r.");
    require_equal(lab_figures_of(&lab).committed_bytes, 8192);
    require_does(collect());
    require_pages("...R.....................");
    require_equal(lab_figures_of(&lab).committed_bytes, 4096);
    require_does(lab_release(&lab));
    require_pages("_________________________");
    teardown();
}

START_TEST(the_story)
{
    steppe_mechanism mechanism = (steppe_mechanism)(_i / 4);
    if (!steppe_mechanism_is_available(mechanism))
        skip_test("no mechanism %s here", steppe_mechanism_name(mechanism));
    struct lab_options options = lab_default_options;
    options.mechanism = mechanism;
    options.strategy = (steppe_slots_commit)(_i % 4);
    tell_story(&options);
}
END_TEST

START_TEST(at_once_pages_go_by_themselves)
{
    struct lab_options options = lab_default_options;
    options.give_back = STEPPE_SLOTS_AT_ONCE;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("46,47"));
    require_does(clear("46"));
    require_pages(".......................R.");
    require_does(clear("47"));
    require_pages(".........................");
    require(strstr(lab.said, "given back"), "%s", lab.said);
    teardown();
}
END_TEST

START_TEST(contents_are_kept)
{
    char text[LAB_CONTENT_BYTES];
    open_lab(&lab_default_options);
    require_does(lab_reserve(&lab));
    require(!lab_content_of(&lab, 46, text, sizeof text));
    require_does(use("46,47"));
    require(lab_content_of(&lab, 46, text, sizeof text));
    ck_assert_str_eq(text, "[slot 46 use 1]");
    require_bytes_at(__FILE__, __LINE__, lab.slots + 47 * 2048, 1, '[');
    require_equal(lab.slots[48 * 2048 - 1], (uint8_t) "[slot 47 use 1]"[2047 % 15]);
    require_does(use("46"));
    require(strstr(lab.said, "already"), "%s", lab.said);
    require(lab_content_of(&lab, 46, text, sizeof text));
    ck_assert_str_eq(text, "[slot 46 use 1]");
    require_does(clear("46"));
    require_does(collect());
    require(lab_content_of(&lab, 47, text, sizeof text));
    ck_assert_str_eq(text, "[slot 47 use 1]");
    require(!lab_content_of(&lab, 46, text, sizeof text));
    require_does(clear("46"));
    require(strstr(lab.said, "clear already"), "%s", lab.said);
    teardown();
}
END_TEST

START_TEST(structures_across_pages)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 4;
    options.slot_bytes = 6000;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("1"));
    require_pages(".RR...");
    require_does(use("2"));
    require_pages(".RRRR.");
    require_does(clear("1"));
    require_does(collect());
    require_pages("..RRR.");
    struct lab_span span = lab_span_of(&lab, 2, 1);
    require_equal(span.slot_first, 1);
    require_equal(span.slot_count, 2);
    require_equal(span.slots_in_use, 1);
    teardown();
}
END_TEST

START_TEST(larger_pages)
{
    struct lab_options options = lab_default_options;
    options.page_bytes = 16384;
    open_lab(&options);
    require_equal(lab.page_count, 7);
    require_does(lab_reserve(&lab));
    require_equal(lab_figures_of(&lab).resident_bytes, 0);
    require_does(use("8-15"));
    require_pages(".R.....");
    /* The page before them is the library's, and as large. */
    require_equal(lab_figures_of(&lab).resident_bytes, 16384);
    require_does(clear("8-15"));
    require_does(collect());
    require_pages(".......");
    teardown();
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------- */

static void make_room_for(uint64_t pages)
{
    uint64_t charged = lab_figures_of(&lab).charged_bytes;
    require_does(lab_set_budget(&lab, charged + pages * 4096));
}

START_TEST(a_budget_refuses_the_touch)
{
    struct lab_options options = lab_default_options;
    options.is_strict = true;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("49"));
    make_room_for(2);
    require_refuses(use("0-9"), "the touch of 4 faulted");
    require(strstr(lab.said, "STEPPE_E_BUDGET") && strstr(lab.said, "without memory"), "%s",
            lab.said);
    require_pages("RRx.....................R");
    require_equal(lab_figures_of(&lab).refused_count, 1);
    require(lab_line_of(&lab, lab.line_count)->is_refused);
    require(!lab_why_not(&lab, LAB_USE, &(struct human_ranges){.ranges = {{4, 4}}, .count = 1}));
    make_room_for(1);
    require_does(use("4"));
    require_pages("RRR.....................R");
    require_does(lab_set_budget(&lab, STEPPE_NO_LIMIT));
    require_does(use("0-9"));
    require_pages("RRRRR...................R");
    teardown();
}
END_TEST

START_TEST(a_budget_refuses_the_call)
{
    struct lab_options options = lab_default_options;
    options.strategy = STEPPE_SLOTS_BY_RECORD;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("49"));
    make_room_for(1);
    require_refuses(use("0-9"), "the use of 2 is refused");
    require_pages("R.......................R");
    require_equal(steppe_slots_count(lab.slots), 3);
    require_does(clear("0,1"));
    require_does(collect());
    require_does(use("2"));
    teardown();
}
END_TEST

START_TEST(refusals_of_the_bookkeeping_count)
{
    struct lab_options options = lab_default_options;
    options.is_strict = true;
    options.slot_max = 100000; /* the bits of 0 and 50,000 are on two pages */
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("0"));
    make_room_for(0);
    require_refuses(use("50000"), "STEPPE_E_BUDGET");
    require_equal(lab_figures_of(&lab).slot_count, 1); /* no bit, so nothing was touched */
    require_equal(lab_figures_of(&lab).refused_count, 1);
    require_does(lab_set_budget(&lab, STEPPE_NO_LIMIT));
    require_does(lab_release(&lab));
    require_does(lab_reserve(&lab));
    require_equal(lab_figures_of(&lab).refused_count, 0);
    teardown();
}
END_TEST

START_TEST(a_reservation_may_be_refused)
{
    struct lab_options options = lab_default_options;
    options.budget_bytes = 0;
    open_lab(&options);
    require_refuses(lab_reserve(&lab), "STEPPE_E_BUDGET");
    require(!lab.slots);
    require_does(lab_set_budget(&lab, STEPPE_NO_LIMIT));
    require_does(lab_reserve(&lab));
    teardown();
}
END_TEST

START_TEST(verbs_in_the_wrong_state)
{
    open_lab(&lab_default_options);
    require_refuses(use("1"), "nothing is reserved");
    require_refuses(clear("1"), "nothing is reserved");
    require_refuses(collect(), "nothing is reserved");
    require_refuses(lab_release(&lab), "nothing is reserved");
    require_refuses(lab_guard(&lab, 0), "nothing is reserved");
    require_refuses(lab_touch(&lab, 0), "nothing is reserved");
    require_refuses(wait_collected(1), "nothing is reserved");
    require_does(lab_reserve(&lab));
    require_refuses(lab_reserve(&lab), "reserved already");
    require_refuses(lab_set_strategy(&lab, STEPPE_SLOTS_ALWAYS), "release first");
    require_refuses(lab_set_give_back(&lab, STEPPE_SLOTS_AT_ONCE), "release first");
    require_refuses(lab_set_mechanism(&lab, STEPPE_MECHANISM_BEST), "release first");
    require_refuses(lab_guard(&lab, 25), "out of range; the last page is 24");
    require_refuses(lab_guard(&lab, 3), "STEPPE_E_NOT_COMMITTED");
    require_refuses(wait_collected(1), "off");
    teardown();
}
END_TEST

START_TEST(what_applies)
{
    open_lab(&lab_default_options);
    struct human_ranges seven = ranges_of("7"), some = ranges_of("7-8");
    require(!lab_why_not(&lab, LAB_RESERVE, NULL));
    require(lab_why_not(&lab, LAB_USE, &seven) && lab_why_not(&lab, LAB_RELEASE, NULL));
    require_does(lab_reserve(&lab));
    require(lab_why_not(&lab, LAB_RESERVE, NULL) && !lab_why_not(&lab, LAB_RELEASE, NULL));
    require(!lab_why_not(&lab, LAB_USE, &seven) && lab_why_not(&lab, LAB_CLEAR, &seven));
    require(lab_why_not(&lab, LAB_COLLECT, NULL));
    require_does(use("7"));
    require(lab_why_not(&lab, LAB_USE, &seven) && !lab_why_not(&lab, LAB_CLEAR, &seven));
    require(!lab_why_not(&lab, LAB_USE, &some) && !lab_why_not(&lab, LAB_CLEAR, &some));
    require(!lab_why_not(&lab, LAB_COLLECT, NULL));
    teardown();
}
END_TEST

START_TEST(a_star_does_not_bring_the_machine_down)
{
    if (is_valgrind())
        skip_test("Memcheck has no such address space");
    struct lab_options options = lab_default_options;
    options.slot_max = UINT64_C(1) << 34;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_refuses(use("*"), "structures at once");
    options.slot_bytes = STEPPE_TIB;
    options.slot_max = 3;
    lab_close(&lab);
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_refuses(use("*"), "this machine has");
    /* With a budget it is refused when that is full. */
    make_room_for(20);
    require_refuses(use("1"), "STEPPE_E_BUDGET");
    require_does(lab_release(&lab));
    teardown();
}
END_TEST

START_TEST(impossible_options)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 0;
    require(!lab_open(&lab, &options) && strstr(lab.said, "no structures"), "%s", lab.said);
    options.slot_max = UINT64_C(1) << 62;
    require(!lab_open(&lab, &options) && strstr(lab.said, "addresses"), "%s", lab.said);
    options = lab_default_options;
    options.page_bytes = 5000;
    require(!lab_open(&lab, &options) && strstr(lab.said, "power of two"), "%s", lab.said);
    options.page_bytes = 1024;
    require(!lab_open(&lab, &options) && strstr(lab.said, "system's"), "%s", lab.said);
    /* As many addresses as there are, but no processor has them all. */
    options = lab_default_options;
    options.slot_max = UINT64_C(1) << 48;
    open_lab(&options);
    require_refuses(lab_reserve(&lab), "refused");
    teardown();
}
END_TEST

/* ---- guards, touches ------------------------------------------------------------------------ */

START_TEST(guards_go_off)
{
    if (is_valgrind())
        skip_test("under Memcheck no fault of RAISE comes back to a probe");
    struct lab_options options = lab_default_options;
    options.strategy = (steppe_slots_commit)_i;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("46,47"));
    require_does(lab_guard(&lab, 23));
    require_pages(".......................G.");
    char text[LAB_CONTENT_BYTES];
    require(!lab_content_of(&lab, 46, text, sizeof text));
    require_does(lab_touch(&lab, 23));
    require(strstr(lab.said, "guard"), "%s", lab.said);
    require_pages(".......................R.");
    /* Clearing would fault inside the library. */
    require_does(lab_guard(&lab, 23));
    require_does(clear("46"));
    require_pages(".......................R.");
    require_does(lab_guard(&lab, 23));
    require_does(use("46"));
    require_pages(".......................R.");
    require_does(lab_guard(&lab, 23));
    require_does(clear("46-47"));
    require_does(lab_guard(&lab, 23));
    require_pages(".......................g.");
    require_does(collect());
    require_pages(".........................");
    teardown();
}
END_TEST

START_TEST(a_touch_commits_or_is_refused)
{
    if (is_valgrind())
        skip_test("under Memcheck no fault of RAISE comes back to a probe");
    struct lab_options options = lab_default_options;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(lab_touch(&lab, 5));
    require(lab_span_of(&lab, 5, 1).committed_pages == 1);
    lab_close(&lab);
    options.strategy = STEPPE_SLOTS_ALWAYS;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_refuses(lab_touch(&lab, 5), "STEPPE_E_NOT_COMMITTED");
    require_pages(".........................");
    teardown();
}
END_TEST

/* ---- background ----------------------------------------------------------------------------- */

START_TEST(background)
{
    struct lab_options options = lab_default_options;
    options.is_background = true;
    options.interval_ms = 1;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("7,46"));
    require_does(clear("46"));
    require_does(wait_collected(60000));
    require_pages("...R.....................");
    lab.noticed_bytes = 0; /* the clear may have seen it go already */
    require(lab_notice_background(&lab));
    ck_assert_str_eq(lab.said, "in the background: 1 page given back");
    ck_assert_str_eq(lab_line_of(&lab, lab.line_count)->effect, "1 page given back");
    require(!lab_notice_background(&lab));
    require_does(lab_set_background(&lab, false));
    require_does(lab_set_background(&lab, false));
    require_does(clear("7"));
    require_pages("...r.....................");
    require_does(lab_set_background(&lab, true));
    require_does(lab_release(&lab));
    require_does(lab_reserve(&lab));
    teardown();
}
END_TEST

/* ---- many ----------------------------------------------------------------------------------- */

START_TEST(spans_of_huge_arrays)
{
    if (is_valgrind())
        skip_test("Memcheck has no such address space");
    struct lab_options options = lab_default_options;
    options.slot_max = UINT64_C(1) << 34;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("0,9,17179869183,1000000000-1000000999"));
    struct lab_span spans[64];
    size_t count = lab_spans(&lab, 0, lab.page_count / 64, spans, array_count(spans));
    require_equal(count, 64);
    uint64_t used = 0, committed = 0, resident = 0;
    for (size_t i = 0; i < count; i++) {
        require(!spans[i].is_estimate);
        used += spans[i].slots_in_use;
        committed += spans[i].committed_pages;
        resident += spans[i].resident_pages;
    }
    struct lab_figures figures = lab_figures_of(&lab);
    require_equal(used, 1003);
    require_equal(committed * 4096, figures.committed_bytes);
    require_equal(resident * 4096, figures.resident_bytes);
    require_equal(lab_needed_bytes(&lab), 503 * 4096);
    teardown();
}
END_TEST

/* Page by page, spans and walks say the same. */
START_TEST(walks_agree_with_pages)
{
    uint64_t random = 7;
    struct lab_options options = lab_default_options;
    options.slot_max = 4000;
    options.is_strict = true;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    for (int i = 0; i < 700; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d", (int)random_below(&random, 4000));
        require_does(use(text));
    }
    static struct lab_walk walk;
    uint64_t next = 0, resident = 0;
    lab_walk_begin(&walk, &lab, 0, lab.page_count);
    for (struct lab_run run = lab_walk_from(&walk, 0); run.count;
         run = lab_walk_from(&walk, run.first + run.count)) {
        require_equal(run.first, next);
        next += run.count;
        for (uint64_t page = run.first; page < next; page++) {
            uint8_t *at = lab.slots + page * 4096;
            steppe_run truth;
            require_ok(steppe_query(at, &truth));
            require_equal(run.is_committed, truth.state == STEPPE_COMMITTED);
            if (!is_valgrind()) /* which does not know how that is asked */
                require_equal(run.is_resident, resident_bytes_of(at, 4096) != 0);
            resident += run.is_resident;
        }
    }
    require_equal(next, lab.page_count);
    struct lab_span all = lab_span_of(&lab, 0, lab.page_count);
    require(!all.is_estimate);
    require_equal(all.resident_pages, resident);
    require_equal(all.slots_in_use, steppe_slots_count(lab.slots));
    require_equal(resident * 4096, lab_figures_of(&lab).resident_bytes);
    teardown();
}
END_TEST

static uint64_t count_in_use(const struct lab_span *span)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < span->slot_count; i++)
        count += steppe_slots_in_use(lab.slots, span->slot_first + i);
    return count;
}

/* Structures on two pages count on both, also where runs of them go over many spans. */
START_TEST(spans_agree_with_structures)
{
    static struct lab_span spans[1000];
    uint64_t random = 11;
    struct lab_options options = lab_default_options;
    options.slot_max = 600;
    options.slot_bytes = 6000;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    require_does(use("100-250"));
    for (int i = 0; i < 200; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d", (int)random_below(&random, 600));
        require_does(random_below(&random, 3) ? use(text) : clear(text));
    }
    for (uint64_t each = 1; each < 900; each += each / 2 + 1) {
        size_t count = lab_spans(&lab, 0, each, spans, array_count(spans));
        for (size_t i = 0; i < count; i++)
            require_equal(spans[i].slots_in_use, count_in_use(&spans[i]));
    }
    teardown();
}
END_TEST

/* Where there are very many runs a part of them stands for all. */
START_TEST(many_runs_are_estimated)
{
    struct lab_options options = lab_default_options;
    options.slot_bytes = 4096;
    options.slot_max = 6000;
    options.is_strict = true;
    open_lab(&options);
    require_does(lab_reserve(&lab));
    for (uint64_t i = 0; i < options.slot_max; i += 2) {
        char text[32];
        snprintf(text, sizeof text, "%d", (int)i);
        require_does(use(text));
    }
    struct lab_span span = lab_span_of(&lab, 0, lab.page_count);
    require(span.is_estimate);
    require(span.committed_pages >= 2990 && span.committed_pages <= 3010, "%d",
            (int)span.committed_pages);
    require(span.slots_in_use >= 2990 && span.slots_in_use <= 3010, "%d", (int)span.slots_in_use);
    teardown();
}
END_TEST

START_TEST(the_log_keeps_the_last)
{
    open_lab(&lab_default_options);
    require_does(lab_reserve(&lab));
    require_does(use("7"));
    const struct lab_line *line = lab_line_of(&lab, 2);
    require(line);
    ck_assert_str_eq(line->call, "steppe_slots_use(slots, 7)");
    require(strstr(line->effect, "1 fault, 1 page committed"), "%s", line->effect);
    for (int i = 0; i < LAB_LOG_LINES; i++)
        require_does(use("7"));
    require(!lab_line_of(&lab, 2) && !lab_line_of(&lab, 0));
    require(lab_line_of(&lab, 3) && lab_line_of(&lab, 3)->number == 3);
    require(!lab_line_of(&lab, lab.line_count + 1));
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lab");
    TCase *plain = test_case(suite, "plain");
    tcase_add_loop_test(plain, the_story, 0, 16);
    tcase_add_test(plain, at_once_pages_go_by_themselves);
    tcase_add_test(plain, contents_are_kept);
    tcase_add_test(plain, structures_across_pages);
    tcase_add_test(plain, larger_pages);
    tcase_add_test(plain, a_budget_refuses_the_touch);
    tcase_add_test(plain, a_budget_refuses_the_call);
    tcase_add_test(plain, refusals_of_the_bookkeeping_count);
    tcase_add_test(plain, a_reservation_may_be_refused);
    tcase_add_test(plain, verbs_in_the_wrong_state);
    tcase_add_test(plain, what_applies);
    tcase_add_test(plain, a_star_does_not_bring_the_machine_down);
    tcase_add_test(plain, impossible_options);
    tcase_add_loop_test(plain, guards_go_off, 0, 4);
    tcase_add_test(plain, a_touch_commits_or_is_refused);
    tcase_add_test(plain, background);
    tcase_add_test(plain, spans_of_huge_arrays);
    tcase_add_test(plain, walks_agree_with_pages);
    tcase_add_test(plain, spans_agree_with_structures);
    tcase_add_test(plain, many_runs_are_estimated);
    tcase_add_test(plain, the_log_keeps_the_last);
    return test_main(suite);
}
