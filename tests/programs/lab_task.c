/* SPDX-License-Identifier: MIT */
/* lab_task.c - the lab's long verbs in pieces: what is left when they are stopped, and what is said
 * meanwhile. A step of 0 ms is one piece, so nothing here depends on how fast the machine is. */
#include "map/lab.h"

#include "screen/clock.h"

#include <stdlib.h>
#include <string.h>

#include "map/lab_command.h"
#include "one_lab.h"
#include "support.h"

enum { MANY = 3000, MANY_BYTES = 1 << 16, CLEARED_AT_ONCE = (1 << 24) / MANY_BYTES };

static void open_lab(const struct lab_options *options)
{
    require(lab_open(&lab, options), "%s", lab.said);
    require(lab_reserve(&lab), "%s", lab.said);
}

/* 3,000 structures of 64 KiB, to be cleared in 12 pieces and collected in 3. */
static void open_many(void)
{
    struct lab_options options = lab_default_options;
    options.slot_max = MANY;
    options.slot_bytes = MANY_BYTES;
    open_lab(&options);
}

static void begin_use(const char *text)
{
    struct human_ranges ranges = ranges_of(text);
    require(lab_task_use(&lab, &ranges), "%s", lab.said);
}

static void begin_clear(const char *text)
{
    struct human_ranges ranges = ranges_of(text);
    require(lab_task_clear(&lab, &ranges), "%s", lab.said);
}

static void finish(void)
{
    require(lab_task_finish(&lab), "%s", lab.said);
    require(!lab_task_is_running(&lab));
}

static void step(void)
{
    lab_task_step(&lab, 0);
}

static void require_said(const char *words)
{
    require(!lab.is_error && strstr(lab.said, words), "said: %s", lab.said);
}

static void require_effect(const char *words)
{
    const struct lab_line *line = lab_line_of(&lab, lab.line_count);
    require(line && strstr(line->effect, words), "effect: %s", line ? line->effect : "no line");
}

static void require_text(const char *expected)
{
    char text[LAB_TASK_TEXT_BYTES];
    lab_task_text(&lab, text);
    ck_assert_str_eq(text, expected);
}

static uint64_t slots_in_use(void)
{
    return lab_figures_of(&lab).slot_count;
}

/* ---- use ------------------------------------------------------------------------------------ */

START_TEST(a_use_is_stopped)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 1000;
    options.strategy = (steppe_slots_commit)_i;
    open_lab(&options);
    uint64_t lines = lab.line_count;
    begin_use("*");
    require(lab_task_is_running(&lab));
    require_text("using 0 of 1,000");
    require(lab_why_not(&lab, LAB_RELEASE, NULL) && lab_why_not(&lab, LAB_BACKGROUND, NULL));
    struct human_ranges ranges = ranges_of("1");
    require(!lab_task_use(&lab, &ranges) && strstr(lab.said, "being done"), "%s", lab.said);
    lab.is_error = false;
    step();
    step();
    uint64_t used = slots_in_use();
    require(used && used < 1000, "%d", (int)used);
    require(lab_task_share(&lab) == (double)used / 1000);
    require_equal(lab.line_count, lines); /* it is one line, when it ends */
    lab_task_stop(&lab);
    require(!lab_task_is_running(&lab));
    require_equal(slots_in_use(), used);
    char said[64];
    snprintf(said, sizeof said, "stopped after %d structures", (int)used);
    ck_assert_str_eq(lab.said, said);
    require_equal(lab.line_count, lines + 1);
    snprintf(said, sizeof said, "%d more in use, stopped before %d", (int)used, (int)used);
    require_effect(said);
    require_text("");
    char text[LAB_CONTENT_BYTES];
    require(lab_content_of(&lab, used - 1, text, sizeof text));
    require(!lab_content_of(&lab, used, text, sizeof text));
    /* The rest, with what is there as it was. */
    begin_use("*");
    finish();
    require_equal(slots_in_use(), 1000);
    require_said("were in use already");
    require(lab_content_of(&lab, used - 1, text, sizeof text));
    require(strstr(text, "use 1]"), "%s", text);
    teardown();
}
END_TEST

START_TEST(ranges_of_a_use_are_a_line_each)
{
    open_lab(&lab_default_options);
    uint64_t lines = lab.line_count;
    begin_use("1-3,7,20-29");
    step();
    while (lab_task_is_running(&lab))
        step();
    require_said("14 structures put to use");
    require_equal(lab.line_count, lines + 3);
    begin_use("3-5");
    lab_task_stop(&lab);
    ck_assert_str_eq(lab.said, "stopped after 0 structures");
    require_effect("stopped before 3");
    begin_use("7");
    finish();
    require_said("7 was in use already");
    teardown();
}
END_TEST

/* It is written piece by piece, as if it were written at once; left half-way it is in use. */
START_TEST(a_large_structure_is_stopped)
{
    static const char pattern[] = "[slot 1 use 1]";
    struct lab_options options = lab_default_options;
    size_t size_bytes = 5 * STEPPE_MIB + 123, period = sizeof pattern - 1;
    options.slot_max = 3;
    options.slot_bytes = size_bytes;
    open_lab(&options);
    begin_use("1,0");
    step();
    require(lab_task_is_running(&lab));
    require_text("using 0 of 2, 1.0 MiB of it");
    double share = lab_task_share(&lab);
    step();
    require(lab_task_share(&lab) > share);
    while (lab.task.range == 0)
        step();
    for (size_t i = 0; i < size_bytes; i++)
        require(lab.slots[size_bytes + i] == (uint8_t)pattern[i % period], "%zu", i);
    uint64_t written_bytes = lab.task.use.written_bytes;
    require(written_bytes && written_bytes < size_bytes);
    lab_task_stop(&lab);
    ck_assert_str_eq(lab.said, "stopped after 1 structure, and a part of 0");
    require_effect("stopped in 0");
    require_equal(slots_in_use(), 2);
    require(steppe_slots_in_use(lab.slots, 0));
    /* Used again it is written to its end. */
    require(!lab_why_not(&lab, LAB_USE, &(struct human_ranges){.ranges = {{0, 0}}, .count = 1}));
    begin_use("0");
    finish();
    require_said("1 structure put to use");
    require_equal(lab.slots[0], '[');
    require(lab.slots[size_bytes - 1] != 0);
    teardown();
}
END_TEST

START_TEST(a_budget_ends_a_use_in_pieces)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 1000;
    options.budget_bytes = STEPPE_MIB;
    options.is_strict = true;
    open_lab(&options);
    begin_use("*");
    while (lab_task_is_running(&lab))
        step();
    require(lab.is_error && strstr(lab.said, "faulted (STEPPE_E_BUDGET)"), "%s", lab.said);
    require_equal(lab_figures_of(&lab).refused_count, 1);
    require(slots_in_use() > 400 && slots_in_use() < 512, "%d", (int)slots_in_use());
    teardown();
}
END_TEST

START_TEST(as_many_as_are_allowed)
{
    if (is_valgrind())
        skip_test("Memcheck has no such address space");
    struct lab_options options = lab_default_options;
    options.slot_bytes = 8;
    options.slot_max = LAB_USE_MAX + 1;
    options.budget_bytes = 10 * STEPPE_MIB; /* or it might be more than this machine has */
    open_lab(&options);
    struct human_ranges ranges = ranges_of("*");
    require(!lab_task_use(&lab, &ranges) && strstr(lab.said, "at once"), "%s", lab.said);
    begin_use("0-134217727");
    lab_task_stop(&lab);
    teardown();
}
END_TEST

/* ---- clear and collect ---------------------------------------------------------------------- */

START_TEST(a_clear_is_stopped)
{
    open_many();
    begin_use("*");
    finish();
    begin_clear("*");
    require_text("clearing 0 of 3,000");
    step();
    step();
    require_text("clearing 512 of 3,000");
    require_equal(slots_in_use(), MANY - 2 * CLEARED_AT_ONCE);
    lab_task_stop(&lab);
    ck_assert_str_eq(lab.said, "stopped after 512 structures");
    require_effect("in 2 calls, 512 cleared, zeroed, stopped before 512");
    require_equal(slots_in_use(), MANY - 2 * CLEARED_AT_ONCE);
    require(!steppe_slots_in_use(lab.slots, 511) && steppe_slots_in_use(lab.slots, 512));
    /* What is clear costs no piece. */
    begin_clear("*");
    step();
    require_text("clearing 768 of 3,000");
    while (lab_task_is_running(&lab))
        step();
    require_said("2,488 structures cleared; no page has gone yet");
    require_equal(slots_in_use(), 0);
    require_effect("in 10 calls, 2488 cleared");
    begin_clear("*");
    step();
    require(!lab_task_is_running(&lab));
    require_said("clear already");
    require_effect("all clear already");
    teardown();
}
END_TEST

START_TEST(a_clear_at_once_gives_back_in_pieces)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 20000;
    options.slot_bytes = 6000; /* across pages, and across pieces */
    options.give_back = STEPPE_SLOTS_AT_ONCE;
    open_lab(&options);
    begin_use("*");
    finish();
    begin_clear("1-19998");
    step();
    require(lab_task_is_running(&lab));
    while (lab_task_is_running(&lab))
        step();
    require_equal(slots_in_use(), 2);
    require_equal(lab_figures_of(&lab).committed_bytes, lab_needed_bytes(&lab));
    teardown();
}
END_TEST

START_TEST(a_collection_is_stopped)
{
    open_many();
    uint64_t page_count = (uint64_t)MANY * MANY_BYTES / 4096, piece = (1 << 26) / 4096;
    begin_use("*");
    finish();
    begin_clear("*");
    finish();
    require(lab_task_collect(&lab, 0));
    require_text("collecting 0 of 48,000 pages");
    step();
    require_text("collecting 16,384 of 48,000 pages");
    require_equal(lab_figures_of(&lab).committed_bytes, (page_count - piece) * 4096);
    lab_task_stop(&lab);
    ck_assert_str_eq(lab.said, "stopped after 16,384 pages given back");
    require_effect("stopped, 16384 pages given back");
    require_equal(lab_figures_of(&lab).given_back_bytes, piece * 4096);
    require(lab_task_collect(&lab, 0));
    while (lab_task_is_running(&lab))
        step();
    require_said("collected: 31,616 pages given back");
    require_equal(lab_figures_of(&lab).committed_bytes, 0);
    require_effect("in 2 calls");
    teardown();
}
END_TEST

START_TEST(a_collection_of_so_many)
{
    open_many();
    begin_use("*");
    finish();
    begin_clear("1-2998");
    finish();
    require(lab_task_collect(&lab, 20000));
    require_text("collecting 0 of 20,000 pages");
    while (lab_task_is_running(&lab))
        step();
    require_said("collected: 20,000 pages given back");
    /* One call says more than there are: it goes all the way round. */
    require(lab_task_collect(&lab, 40000));
    while (lab_task_is_running(&lab))
        step();
    require_said("collected: 27,968 pages given back");
    require_equal(lab_figures_of(&lab).committed_bytes, 2 * MANY_BYTES);
    require_equal(lab_needed_bytes(&lab), 2 * MANY_BYTES);
    teardown();
}
END_TEST

/* ---- wait ----------------------------------------------------------------------------------- */

START_TEST(a_wait_is_stopped)
{
    struct lab_options options = lab_default_options;
    options.is_strict = true;
    options.is_background = true;
    options.interval_ms = 1000000; /* never, here */
    open_lab(&options);
    begin_use("0-9");
    finish();
    begin_clear("0-7");
    finish();
    require(lab_task_wait(&lab, UINT64_MAX));
    step();
    require(lab_task_is_running(&lab));
    require_text("waiting for 0 of 4 pages");
    lab_task_stop(&lab);
    require_said("stopped after ");
    require_said("4 pages are left over");
    require(lab_task_wait(&lab, 0));
    require(!lab_task_finish(&lab) && strstr(lab.said, "still left over"), "%s", lab.said);
    teardown();
}
END_TEST

/* ---- by keys -------------------------------------------------------------------------------- */

static struct lab_session session;

static void key(uint32_t code)
{
    lab_command_key(&session, code);
}

static void press(const char *keys)
{
    for (; *keys; keys++)
        key((unsigned char)*keys);
}

/* Nobody is so fast that this many are done in one step. */
static void begin_by_keys(void)
{
    struct lab_options options = lab_default_options;
    options.slot_bytes = 8;
    options.slot_max = LAB_USE_MAX;
    session = (struct lab_session){.output = stderr, .has_screen = true};
    require(lab_open(&session.lab, &options), "%s", session.lab.said);
    lab_view_open(&session.view, 80, 24);
    press("rb256M\r*u"); /* a budget, or it might be more than this machine has */
    require(lab_task_is_running(&session.lab), "%s", session.lab.said);
}

static void require_shows(const char *words)
{
    char *text = NULL;
    size_t size_bytes;
    FILE *file = open_memstream(&text, &size_bytes);
    require(file && lab_command_show(&session, file) && fclose(file) == 0);
    require(strstr(text, words), "'%s' is not in:\n%s", words, text);
    free(text);
}

START_TEST(only_some_keys_do_anything)
{
    if (is_valgrind())
        skip_test("Memcheck has no such address space");
    begin_by_keys();
    struct screen_event click = {
        .kind = SCREEN_MOUSE, .button = SCREEN_BUTTON_LEFT, .column = 2, .row = 1};
    uint64_t lines = session.lab.line_count, cursor = session.view.cursor;
    require_shows("Ctrl-C or Esc stops");
    require_shows("( Reserve ) ( Use ) ( Clear ) ( Collect ) ( Release ) ( Background: off )");
    press("rclosvmabgt?:i\r 9");
    lab_command_mouse(&session, &click);
    require(lab_task_is_running(&session.lab) && !session.wants_quit && !session.view.shows_help);
    require(!lab_command_run(&session, "release") && session.lab.slots);
    require_equal(session.lab.line_count, lines);
    key(SCREEN_KEY_RIGHT);
    require(session.view.cursor > cursor);
    key(SCREEN_KEY_ESCAPE);
    require(!lab_task_is_running(&session.lab) && !session.wants_quit);
    require(strstr(session.lab.said, "stopped after "), "%s", session.lab.said);
    require_shows("stopped after ");
    press("u");
    require(lab_task_is_running(&session.lab));
    key(3); /* Ctrl-C */
    require(!lab_task_is_running(&session.lab) && !session.wants_quit);
    key(3);
    require(session.wants_quit);
    session.wants_quit = false;
    press("uq");
    require(!lab_task_is_running(&session.lab) && session.wants_quit);
    lab_close(&session.lab);
}
END_TEST

/* Who presses Ctrl-C as the last row says, and is a moment late, does not want to lose it all. */
START_TEST(control_c_may_come_too_late)
{
    struct lab_options options = lab_default_options;
    options.slot_max = 1000;
    session = (struct lab_session){.output = stderr, .has_screen = true};
    require(lab_open(&session.lab, &options), "%s", session.lab.said);
    lab_view_open(&session.view, 80, 24);
    press("r");
    for (int i = 0; i < 2; i++) {
        struct human_ranges ranges = {.count = 1, .ranges = {{0, 999}}};
        require(lab_task_use(&session.lab, &ranges), "%s", session.lab.said);
        while (lab_task_is_running(&session.lab))
            lab_task_step(&session.lab, 0);
        if (i == 1)
            key(SCREEN_KEY_RIGHT); /* seen, and gone on */
        key(3);
        require_equal(session.wants_quit, i == 1);
        require(i == 1 || strstr(session.lab.said, "Ctrl-C again ends"), "%s", session.lab.said);
        if (i == 0)
            key(3);
        require(session.wants_quit);
        session.wants_quit = false;
        press(":clear *\r");
        require(!lab_task_is_running(&session.lab), "%s", session.lab.said);
    }
    key(3); /* what took no time shows nothing to be stopped */
    require(session.wants_quit);
    lab_close(&session.lab);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lab_task");
    TCase *plain = test_case(suite, "plain");
    tcase_add_loop_test(plain, a_use_is_stopped, 0, 4);
    tcase_add_test(plain, ranges_of_a_use_are_a_line_each);
    tcase_add_test(plain, a_large_structure_is_stopped);
    tcase_add_test(plain, a_budget_ends_a_use_in_pieces);
    tcase_add_test(plain, as_many_as_are_allowed);
    tcase_add_test(plain, a_clear_is_stopped);
    tcase_add_test(plain, a_clear_at_once_gives_back_in_pieces);
    tcase_add_test(plain, a_collection_is_stopped);
    tcase_add_test(plain, a_collection_of_so_many);
    tcase_add_test(plain, a_wait_is_stopped);
    tcase_add_test(plain, only_some_keys_do_anything);
    tcase_add_test(plain, control_c_may_come_too_late);
    return test_main(suite);
}
