/* SPDX-License-Identifier: MIT */
/* lab_command.c - what keys, the mouse and words do to the lab: see lab_command.h. */
#include "map/lab_command.h"

#include "map/lab_pages.h"
#include "map/lab_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LETTERS_PER_LINE = 64,
    WHEEL_STEPS = 1,
    WAIT_MS = 10000,
    WORD_BYTES = 160,
    SCREENS_BYTES_MAX = 512, /* of a message that names a value */
    CONTROL_C = 3,
    CONTROL_U = 21,
};

/* ---- words ---------------------------------------------------------------------------------- */

/* A command's arguments, without spaces around them. Invariant: text ends in a 0. */
struct words {
    const char *at;
};

/* The next word; false: there is none, or it is too long to be one. */
static bool take_word(struct words *words, char word[WORD_BYTES])
{
    words->at += strspn(words->at, " \t");
    size_t length = strcspn(words->at, " \t");
    if (!length || length >= WORD_BYTES)
        return false;
    memcpy(word, words->at, length);
    word[length] = 0;
    words->at += length;
    words->at += strspn(words->at, " \t");
    return true;
}

static bool is_at_end(struct lab_session *session, const struct words *words)
{
    return !*words->at ||
           lab_say(&session->lab, true, "'%.60s' is too much; leave it out", words->at);
}

static bool take_nothing(struct lab_session *session, struct words words)
{
    return is_at_end(session, &words);
}

/* One word and nothing else. what: for the message. */
static bool take_only(struct lab_session *session, struct words *words, char word[WORD_BYTES],
                      const char *what)
{
    if (!take_word(words, word))
        return lab_say(&session->lab, true, "%s is missing; write it behind the command", what);
    return is_at_end(session, words);
}

static bool take_ranges(struct lab_session *session, struct words words,
                        struct human_ranges *ranges)
{
    char why[HUMAN_WHY_BYTES];
    return human_parse_ranges(words.at, session->lab.options.slot_max, ranges, why) ||
           lab_say(&session->lab, true, "%s", why);
}

static bool take_page(struct lab_session *session, struct words words, uint64_t *page)
{
    char word[WORD_BYTES];
    return take_only(session, &words, word, "the page") &&
           (human_parse_number(word, page) ||
            lab_say(&session->lab, true, "'%.60s' is no page; write a number", word));
}

/* ---- verbs ---------------------------------------------------------------------------------- */

/* A script waits; a screen goes on with what takes longer than a moment. */
static bool go_on(struct lab_session *session, bool is_begun)
{
    struct lab *lab = &session->lab;
    if (!is_begun)
        return false;
    if (!session->has_screen)
        return lab_task_finish(lab);
    lab_task_step(lab, LAB_TASK_STEP_MS);
    return !lab->is_error;
}

static bool run_reserve(struct lab_session *session, struct words words)
{
    return take_nothing(session, words) && lab_reserve(&session->lab);
}

static bool run_release(struct lab_session *session, struct words words)
{
    return take_nothing(session, words) && lab_release(&session->lab);
}

static bool run_use(struct lab_session *session, struct words words)
{
    struct human_ranges ranges;
    return take_ranges(session, words, &ranges) &&
           go_on(session, lab_task_use(&session->lab, &ranges));
}

static bool run_clear(struct lab_session *session, struct words words)
{
    struct human_ranges ranges;
    return take_ranges(session, words, &ranges) &&
           go_on(session, lab_task_clear(&session->lab, &ranges));
}

static bool run_collect(struct lab_session *session, struct words words)
{
    uint64_t pages = 0;
    if (*words.at && !take_page(session, words, &pages))
        return false;
    if (*words.at && !pages)
        return lab_say(&session->lab, true, "0 pages are none; leave it out to collect all");
    return go_on(session, lab_task_collect(&session->lab, pages));
}

static bool run_guard(struct lab_session *session, struct words words)
{
    uint64_t page;
    return take_page(session, words, &page) && lab_guard(&session->lab, page);
}

static bool run_touch(struct lab_session *session, struct words words)
{
    uint64_t page;
    return take_page(session, words, &page) && lab_touch(&session->lab, page);
}

static bool run_wait(struct lab_session *session, struct words words)
{
    char word[WORD_BYTES];
    uint64_t timeout_ms = WAIT_MS;
    if (take_word(&words, word) && !human_parse_number(word, &timeout_ms))
        return lab_say(&session->lab, true, "'%.60s' is no time; write milliseconds", word);
    return is_at_end(session, &words) && go_on(session, lab_task_wait(&session->lab, timeout_ms));
}

/* ---- settings ------------------------------------------------------------------------------- */

static bool run_budget(struct lab_session *session, struct words words)
{
    char word[WORD_BYTES];
    uint64_t limit_bytes = STEPPE_NO_LIMIT;
    if (!take_only(session, &words, word, "the budget"))
        return false;
    if (strcmp(word, "none") != 0 &&
        (!human_parse_size(word, &limit_bytes) || limit_bytes == STEPPE_NO_LIMIT))
        return lab_say(&session->lab, true, "'%.60s' is no size; write 100K, 2M or none", word);
    return lab_set_budget(&session->lab, limit_bytes);
}

static bool run_strategy(struct lab_session *session, struct words words)
{
    char word[WORD_BYTES];
    steppe_slots_commit strategy;
    if (!take_only(session, &words, word, "the strategy"))
        return false;
    if (!lab_find_strategy(word, &strategy))
        return lab_say(&session->lab, true,
                       "'%.60s' is no strategy; write by-fault, always, after-query or by-record",
                       word);
    return lab_set_strategy(&session->lab, strategy);
}

static bool run_give_back(struct lab_session *session, struct words words)
{
    char word[WORD_BYTES];
    steppe_slots_give_back give_back;
    if (!take_only(session, &words, word, "the give-back policy"))
        return false;
    if (!lab_find_give_back(word, &give_back))
        return lab_say(&session->lab, true,
                       "'%.60s' is no give-back policy; write batched, at-once or collected", word);
    return lab_set_give_back(&session->lab, give_back);
}

static bool run_mechanism(struct lab_session *session, struct words words)
{
    char word[WORD_BYTES];
    steppe_mechanism mechanism;
    if (!take_only(session, &words, word, "the mechanism"))
        return false;
    if (!lab_find_mechanism(word, &mechanism))
        return lab_say(&session->lab, true,
                       "'%.60s' is no mechanism; write best, guard, mprotect or uffd", word);
    return lab_set_mechanism(&session->lab, mechanism);
}

static bool run_background(struct lab_session *session, struct words words)
{
    char word[WORD_BYTES];
    if (!take_only(session, &words, word, "on or off"))
        return false;
    bool is_on = strcmp(word, "on") == 0;
    if (!is_on && strcmp(word, "off") != 0)
        return lab_say(&session->lab, true, "'%.60s' is neither; write on or off", word);
    return lab_set_background(&session->lab, is_on);
}

/* ---- the view ------------------------------------------------------------------------------- */

static bool run_zoom(struct lab_session *session, struct words words)
{
    char word[WORD_BYTES];
    uint64_t each;
    struct lab_view *view = &session->view;
    if (!take_only(session, &words, word, "in, out, or pages a cell"))
        return false;
    if (strcmp(word, "in") == 0 || strcmp(word, "out") == 0) {
        lab_view_zoom(view, &session->lab, word[0] == 'i' ? 1 : -1);
        return true;
    }
    if (!human_parse_number(word, &each) || !each || (each & (each - 1)))
        return lab_say(&session->lab, true,
                       "'%.60s' is no zoom; write in, out, or pages a cell, a power of two", word);
    lab_view_fit(view, &session->lab);
    while (view->is_detailed)
        lab_view_zoom(view, &session->lab, -1);
    while (view->tiles.units_per_cell > each)
        lab_view_zoom(view, &session->lab, 1);
    return true;
}

static bool run_fit(struct lab_session *session, struct words words)
{
    if (!take_nothing(session, words))
        return false;
    lab_view_fit(&session->view, &session->lab);
    return true;
}

static bool run_cursor(struct lab_session *session, struct words words)
{
    uint64_t page;
    if (!take_page(session, words, &page))
        return false;
    if (page >= session->lab.page_count)
        return lab_say(&session->lab, true,
                       "page %" PRIu64 " is out of range; the last is %" PRIu64, page,
                       session->lab.page_count - 1);
    lab_view_move_to(&session->view, &session->lab, page);
    return true;
}

/* ---- printing ------------------------------------------------------------------------------- */

static bool may_print(struct lab_session *session)
{
    return !session->has_screen ||
           lab_say(&session->lab, true,
                   "it would be printed over the screen; name a file, or write "
                   "it in a script");
}

static bool check_written(struct lab_session *session)
{
    return (fflush(session->output) == 0 && !ferror(session->output)) ||
           lab_say(&session->lab, true, "the output cannot be written; look for room, or a reader");
}

bool lab_command_show(struct lab_session *session, FILE *output)
{
    struct screen_grid grid = {0};
    int column, row;
    if (!screen_grid_resize(&grid, session->view.columns, session->view.rows))
        return false;
    lab_view_draw(&session->view, &session->lab, &grid, &column, &row);
    if (session->is_ascii)
        screen_grid_to_ascii(&grid);
    char *text = screen_grid_text(&grid);
    bool is_written = text && fputs(text, output) != EOF && fflush(output) == 0;
    free(text);
    screen_grid_free(&grid);
    return is_written;
}

static bool run_show(struct lab_session *session, struct words words)
{
    if (!take_nothing(session, words) || !may_print(session))
        return false;
    if (lab_command_show(session, session->output))
        return true;
    return check_written(session) && lab_say(&session->lab, true,
                                             "no memory to show it; end "
                                             "other programs");
}

/* The first page from one on that may be anything else than what nobody uses: committed, or with a
 * structure in use on it. */
static uint64_t next_busy_page(const struct lab *lab, uint64_t page)
{
    struct lab_walk walk;
    if (!lab->slots || page >= lab->page_count)
        return lab->page_count;
    lab_walk_begin(&walk, lab, page, lab->page_count);
    struct lab_run run = lab_walk_from(&walk, page);
    uint64_t slot = steppe_slots_next(lab->slots, page * lab->page_bytes / lab->options.slot_bytes);
    uint64_t used =
        slot == STEPPE_NO_SLOT ? lab->page_count : slot * lab->options.slot_bytes / lab->page_bytes;
    uint64_t committed = page + (run.is_committed ? 0 : run.count);
    return committed < used ? committed : used;
}

static size_t letters_from(const struct lab *lab, uint64_t page, char line[LETTERS_PER_LINE + 1])
{
    struct lab_span spans[LETTERS_PER_LINE];
    size_t count = lab_spans(lab, page, 1, spans, LETTERS_PER_LINE);
    for (size_t i = 0; i < count; i++)
        line[i] = lab_letter_of(&spans[i], lab->slots != NULL);
    line[count] = 0;
    return count;
}

/* Lines that are alike are said in one, and where nothing is they are not even looked at: nobody
 * reads a billion. */
static bool print_letters(struct lab_session *session)
{
    const struct lab *lab = &session->lab;
    char line[LETTERS_PER_LINE + 1], last[LETTERS_PER_LINE + 1] = "";
    bool was_alike = false;
    for (uint64_t page = 0; page < lab->page_count;) {
        size_t count = letters_from(lab, page, line);
        bool is_alike = strcmp(line, last) == 0;
        if (!is_alike)
            fprintf(session->output, "%10" PRIu64 "  %s\n", page, line);
        else if (!was_alike)
            fprintf(session->output, "%10s\n", "*");
        page += count;
        was_alike = is_alike;
        memcpy(last, line, sizeof last);
        uint64_t busy = is_alike ? next_busy_page(lab, page) : page;
        if (busy > page)
            page += (busy - page) / LETTERS_PER_LINE * LETTERS_PER_LINE;
    }
    return check_written(session);
}

static bool run_map(struct lab_session *session, struct words words)
{
    return take_nothing(session, words) && may_print(session) && print_letters(session);
}

static bool run_print(struct lab_session *session, struct words words)
{
    if (!may_print(session))
        return false;
    fprintf(session->output, "%s\n", words.at);
    return check_written(session);
}

/* To a file, or where everything goes. */
static bool report(struct lab_session *session, struct words words,
                   const char *(*write)(const struct lab *, FILE *))
{
    struct lab *lab = &session->lab;
    if (!*words.at) {
        const char *why = may_print(session) ? write(lab, session->output) : lab->said;
        return !why || (why != lab->said && lab_say(lab, true, "%s; look for room", why));
    }
    FILE *file = fopen(words.at, "we");
    if (!file)
        return lab_say(lab, true, "%.100s cannot be opened (%s); name another file", words.at,
                       strerror(errno));
    const char *why = write(lab, file);
    if (fclose(file) != 0 && !why)
        why = "it cannot be written";
    return why ? lab_say(lab, true, "%.100s: %s; look for room", words.at, why)
               : lab_say(lab, false, "%.100s is written", words.at);
}

static bool run_json(struct lab_session *session, struct words words)
{
    return report(session, words, lab_report_json);
}

static bool run_csv(struct lab_session *session, struct words words)
{
    return report(session, words, lab_report_csv);
}

static bool run_html(struct lab_session *session, struct words words)
{
    struct lab *lab = &session->lab;
    struct problem problem;
    if (!*words.at)
        return lab_say(lab, true, "html needs a file; write: html FILE");
    if (!lab_report_html(lab, words.at, &problem))
        return lab_say(lab, true, "%.200s; name another file", problem.text);
    return lab_say(lab, false, "%.100s is written", words.at);
}

/* ---- figures -------------------------------------------------------------------------------- */

struct figure {
    const char *name;
    bool is_size;
    uint64_t value;
};

enum { FIGURES = 21 };

static void list_figures(const struct lab *lab, struct figure list[FIGURES])
{
    struct lab_figures figures = lab_figures_of(lab);
    uint64_t page = lab->page_bytes;
    const struct figure all[FIGURES] = {
        {"reserved", true, figures.reserved_bytes},
        {"committed", true, figures.committed_bytes},
        {"resident", true, figures.resident_bytes},
        {"needed", true, lab_needed_bytes(lab)},
        {"bookkeeping", true, figures.bookkeeping_bytes},
        {"slots-in-use", false, figures.slot_count},
        {"slots", false, lab->options.slot_max},
        {"slot-size", true, lab->options.slot_bytes},
        {"page-size", true, page},
        {"pages", false, lab->page_count},
        {"committed-pages", false, figures.committed_bytes / page},
        {"faults", false, figures.fault_count},
        {"os-calls", false, figures.os_call_count},
        {"vmas", false, figures.vma_count},
        {"refused", false, figures.refused_count},
        {"given-back", true, figures.given_back_bytes},
        {"collections", false, figures.collection_count},
        {"charged", true, figures.charged_bytes},
        {"budget", true, figures.limit_bytes},
        {"process-charged", true, figures.process_charged_bytes},
        {"calls", false, lab->line_count},
    };
    memcpy(list, all, sizeof all);
}

static const char *value_text(const struct figure *figure, char text[WORD_BYTES])
{
    if (figure->value == UINT64_MAX)
        return "none";
    snprintf(text, WORD_BYTES, "%" PRIu64, figure->value);
    return text;
}

static bool run_figures(struct lab_session *session, struct words words)
{
    struct figure list[FIGURES];
    char text[WORD_BYTES];
    if (!take_nothing(session, words) || !may_print(session))
        return false;
    list_figures(&session->lab, list);
    for (int i = 0; i < FIGURES; i++)
        fprintf(session->output, "%s %s\n", list[i].name, value_text(&list[i], text));
    return check_written(session);
}

static bool expect_equal(struct lab_session *session, const char *what, const char *is,
                         const char *wanted)
{
    return strcmp(is, wanted) == 0 ||
           lab_say(&session->lab, true,
                   "%.60s is %.60s, not %.60s; mend the script, or what it "
                   "tests",
                   what, is, wanted);
}

static bool expect_figure(struct lab_session *session, const char *name, const char *wanted)
{
    struct figure list[FIGURES];
    char is[WORD_BYTES], number[WORD_BYTES];
    uint64_t value;
    list_figures(&session->lab, list);
    for (int i = 0; i < FIGURES; i++) {
        if (strcmp(list[i].name, name) != 0)
            continue;
        bool is_none = strcmp(wanted, "none") == 0;
        if (!is_none && !human_parse_size(wanted, &value))
            return lab_say(&session->lab, true,
                           "'%.60s' is no value; write a number, a size or "
                           "none",
                           wanted);
        snprintf(number, sizeof number, "%" PRIu64, is_none ? 0 : value);
        return expect_equal(session, name, value_text(&list[i], is), is_none ? "none" : number);
    }
    return lab_say(&session->lab, true,
                   "'%.60s' is no figure; the command figures lists them, and "
                   "there are slot N, page N, strategy, give-back, mechanism, "
                   "background",
                   name);
}

static bool expect_slot(struct lab_session *session, struct words *words)
{
    char index[WORD_BYTES], wanted[WORD_BYTES], what[2 * WORD_BYTES];
    const struct lab *lab = &session->lab;
    uint64_t slot;
    if (!take_word(words, index) || !take_only(session, words, wanted, "in-use or clear"))
        return lab_say(&session->lab, true, "incomplete; write: expect slot N in-use (or clear)");
    if (!human_parse_number(index, &slot) || slot >= lab->options.slot_max)
        return lab_say(&session->lab, true, "'%.60s' is no slot; write 0 to %" PRIu64, index,
                       lab->options.slot_max - 1);
    if (strcmp(wanted, "in-use") != 0 && strcmp(wanted, "clear") != 0)
        return lab_say(&session->lab, true, "'%.60s' is neither; write in-use or clear", wanted);
    snprintf(what, sizeof what, "slot %s", index);
    bool is_used = lab->slots && steppe_slots_in_use(lab->slots, slot);
    return expect_equal(session, what, is_used ? "in-use" : "clear", wanted);
}

static bool expect_page(struct lab_session *session, struct words *words)
{
    static const char *const states[] = {"free", "reserved", "committed", "resident", "guard"};
    char index[WORD_BYTES], wanted[WORD_BYTES], what[2 * WORD_BYTES];
    const struct lab *lab = &session->lab;
    uint64_t page;
    if (!take_word(words, index) || !take_only(session, words, wanted, "a state"))
        return lab_say(&session->lab, true, "incomplete; write: expect page N STATE");
    if (!human_parse_number(index, &page) || page >= lab->page_count)
        return lab_say(&session->lab, true, "'%.60s' is no page; write 0 to %" PRIu64, index,
                       lab->page_count - 1);
    bool is_known = false;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        is_known = is_known || strcmp(states[i], wanted) == 0;
    if (!is_known)
        return lab_say(&session->lab, true,
                       "'%.60s' is no state; write free, reserved, committed, "
                       "resident or guard",
                       wanted);
    struct lab_span span = lab_span_of(lab, page, 1);
    const char *state = !lab->slots            ? "free"
                        : span.guard_pages     ? "guard"
                        : span.resident_pages  ? "resident"
                        : span.committed_pages ? "committed"
                                               : "reserved";
    snprintf(what, sizeof what, "page %s", index);
    return expect_equal(session, what, state, wanted);
}

static bool run_expect(struct lab_session *session, struct words words)
{
    char name[WORD_BYTES], wanted[WORD_BYTES];
    const struct lab *lab = &session->lab;
    if (!take_word(&words, name))
        return lab_say(&session->lab, true, "what is missing; write expect NAME VALUE");
    if (strcmp(name, "slot") == 0)
        return expect_slot(session, &words);
    if (strcmp(name, "page") == 0)
        return expect_page(session, &words);
    if (!take_only(session, &words, wanted, "the value"))
        return false;
    if (strcmp(name, "strategy") == 0)
        return expect_equal(session, name, lab_strategy_name(lab->options.strategy), wanted);
    if (strcmp(name, "give-back") == 0)
        return expect_equal(session, name, lab_give_back_name(lab->options.give_back), wanted);
    if (strcmp(name, "background") == 0)
        return expect_equal(session, name, lab->collector ? "on" : "off", wanted);
    if (strcmp(name, "mechanism") == 0)
        return expect_equal(session, name,
                            steppe_mechanism_name(lab->slots ? lab_figures_of(lab).mechanism
                                                             : lab->options.mechanism),
                            wanted);
    return expect_figure(session, name, wanted);
}

static bool run_refused(struct lab_session *session, struct words words);

static bool run_quit(struct lab_session *session, struct words words)
{
    if (!take_nothing(session, words))
        return false;
    session->wants_quit = true;
    return true;
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    bool (*run)(struct lab_session *session, struct words words);
    bool can_be_refused; /* by the library, not by our own grammar */
} commands[] = {
    {"reserve", run_reserve, true},
    {"use", run_use, true},
    {"clear", run_clear, true},
    {"collect", run_collect, true},
    {"release", run_release, true},
    {"budget", run_budget, false},
    {"strategy", run_strategy, true},
    {"give-back", run_give_back, true},
    {"mechanism", run_mechanism, true},
    {"background", run_background, true},
    {"wait-collected", run_wait, true},
    {"guard", run_guard, true},
    {"touch", run_touch, true},
    {"zoom", run_zoom, false},
    {"fit", run_fit, false},
    {"cursor", run_cursor, false},
    {"show", run_show, false},
    {"map", run_map, false},
    {"figures", run_figures, false},
    {"json", run_json, false},
    {"csv", run_csv, false},
    {"html", run_html, false},
    {"expect", run_expect, false},
    {"refused", run_refused, false},
    {"print", run_print, false},
    {"quit", run_quit, false},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int find_command(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return i;
    return -1;
}

/* The command that follows must fail. */
static bool run_refused(struct lab_session *session, struct words words)
{
    char name[WORD_BYTES];
    if (session->has_screen)
        return lab_say(&session->lab, true, "refused is for scripts; write the command itself");
    int found = take_word(&words, name) ? find_command(name) : -1;
    if (found < 0 || !commands[found].can_be_refused)
        return lab_say(&session->lab, true,
                       "no command that can be refused; write refused use 3, "
                       "or another verb");
    if (commands[found].run(session, words))
        return lab_say(&session->lab, true, "%s was not refused; mend the script, or what it tests",
                       name);
    session->lab.is_error = false;
    return true;
}

static bool check_text(struct lab_session *session, const char *line)
{
    for (size_t i = 0; line[i]; i++)
        if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 127)
            return lab_say(&session->lab, true,
                           "a control character (%d) in the line; write plain text", line[i]);
    return true;
}

bool lab_command_run(struct lab_session *session, const char *line)
{
    char text[SCREENS_BYTES_MAX * 8], name[WORD_BYTES];
    size_t length = strlen(line);
    if (length >= sizeof text)
        return lab_say(&session->lab, true, "the line is longer than %zu characters; shorten it",
                       sizeof text - 1);
    memcpy(text, line, length + 1);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        text[--length] = 0;
    struct words words = {text + strspn(text, " \t")};
    if (!*words.at || *words.at == '#')
        return true;
    if (!check_text(session, text))
        return false;
    if (!take_word(&words, name))
        return lab_say(&session->lab, true, "the first word is no command; see docs/map-lab.md");
    int found = find_command(name);
    if (found < 0)
        return lab_say(&session->lab, true,
                       "unknown command '%.60s'; write reserve, use, clear, "
                       "collect, release, or see docs/map-lab.md",
                       name);
    if (lab_task_is_running(&session->lab))
        return lab_say(&session->lab, true, "something is being done; wait, or stop it first");
    session->lab.is_error = false;
    return commands[found].run(session, words);
}

/* ---- buttons -------------------------------------------------------------------------------- */

static bool parse_index(struct lab_session *session, struct human_ranges *ranges)
{
    char why[HUMAN_WHY_BYTES];
    return human_parse_ranges(session->view.index.text, session->lab.options.slot_max, ranges,
                              why) ||
           lab_say(&session->lab, true, "%s", why);
}

/* Where something was done is where one wants to look. */
static void look_at(struct lab_session *session, const struct human_ranges *ranges)
{
    const struct lab *lab = &session->lab;
    lab_view_move_to(&session->view, lab,
                     ranges->ranges[0].first * lab->options.slot_bytes / lab->page_bytes);
}

/* To use what is in use does no harm, and tells by itself what there is to tell: so the key says
 * what the command "use" says. */
static const char *why_not_pressed(const struct lab *lab, enum lab_verb verb,
                                   const struct human_ranges *ranges)
{
    bool can_say_itself = verb == LAB_USE && lab->slots && !lab_task_is_running(lab);
    return can_say_itself ? NULL : lab_why_not(lab, verb, ranges);
}

/* A button does exactly what applies. */
static void press(struct lab_session *session, enum lab_verb verb)
{
    struct lab *lab = &session->lab;
    struct human_ranges ranges = {.count = 0};
    if ((verb == LAB_USE || verb == LAB_CLEAR) && !parse_index(session, &ranges))
        return;
    const char *why = why_not_pressed(lab, verb, &ranges);
    if (why) {
        (void)lab_say(lab, true, "%s", why);
        return;
    }
    bool done = false;
    switch (verb) {
    case LAB_RESERVE:
        done = lab_reserve(lab);
        break;
    case LAB_USE:
        done = go_on(session, lab_task_use(lab, &ranges));
        break;
    case LAB_CLEAR:
        done = go_on(session, lab_task_clear(lab, &ranges));
        break;
    case LAB_COLLECT:
        done = go_on(session, lab_task_collect(lab, 0));
        break;
    case LAB_RELEASE:
        done = lab_release(lab);
        break;
    case LAB_BACKGROUND:
        done = lab_set_background(lab, lab->collector == NULL);
        break;
    }
    (void)done; /* lab->said tells */
    session->view.index.is_fresh = true;
    if (ranges.count)
        look_at(session, &ranges);
}

static void next_strategy(struct lab_session *session)
{
    steppe_slots_commit next = session->lab.options.strategy + 1;
    (void)lab_set_strategy(&session->lab, lab_strategy_name(next) ? next : STEPPE_SLOTS_BY_FAULT);
}

static void next_give_back(struct lab_session *session)
{
    steppe_slots_give_back next = session->lab.options.give_back + 1;
    (void)lab_set_give_back(&session->lab, lab_give_back_name(next) ? next : STEPPE_SLOTS_BATCHED);
}

/* Those that do not work here are passed over. */
static void next_mechanism(struct lab_session *session)
{
    steppe_mechanism next = session->lab.options.mechanism;
    do
        next = next < STEPPE_MECHANISM_UFFD ? next + 1 : STEPPE_MECHANISM_BEST;
    while (next != STEPPE_MECHANISM_BEST && !steppe_mechanism_is_available(next));
    (void)lab_set_mechanism(&session->lab, next);
}

/* ---- fields --------------------------------------------------------------------------------- */

static void insert(struct lab_field *field, char character)
{
    if (field->is_fresh)
        lab_field_set(field, "");
    if (field->length + 1 >= sizeof field->text)
        return;
    memmove(field->text + field->cursor + 1, field->text + field->cursor,
            field->length - field->cursor + 1);
    field->text[field->cursor++] = character;
    field->length++;
}

static void erase(struct lab_field *field, size_t at)
{
    if (at >= field->length)
        return;
    memmove(field->text + at, field->text + at + 1, field->length - at);
    field->length--;
    if (field->cursor > at)
        field->cursor--;
}

/* Keys that every field knows; false: it is none of them. */
static bool edit_known(struct lab_field *field, uint32_t key)
{
    switch (key) {
    case SCREEN_KEY_LEFT:
        field->cursor -= field->cursor > 0;
        return true;
    case SCREEN_KEY_RIGHT:
        field->cursor += field->cursor < field->length;
        return true;
    case SCREEN_KEY_HOME:
        field->cursor = 0;
        return true;
    case SCREEN_KEY_END:
        field->cursor = field->length;
        return true;
    case SCREEN_KEY_BACKSPACE:
        if (field->cursor)
            erase(field, field->cursor - 1);
        return true;
    case SCREEN_KEY_DELETE:
        erase(field, field->cursor);
        return true;
    case CONTROL_U:
        lab_field_set(field, "");
        return true;
    default:
        return false;
    }
}

static bool edit(struct lab_field *field, uint32_t key)
{
    bool is_known = edit_known(field, key);
    if (is_known)
        field->is_fresh = false;
    return is_known;
}

static bool is_index_character(uint32_t key)
{
    return (key >= '0' && key <= '9') || key == '-' || key == ',' || key == '*' || key == '^';
}

static void begin_index(struct lab_session *session, uint32_t key)
{
    session->view.focus = LAB_ON_INDEX;
    lab_field_set(&session->view.index, "");
    insert(&session->view.index, (char)key);
}

static void begin_field(struct lab_session *session, enum lab_focus focus)
{
    session->view.focus = focus;
    lab_field_set(focus == LAB_ON_BUDGET ? &session->view.budget : &session->view.command, "");
}

/* A line is typed to its end, and done then; whether it did is in lab->said. */
static void finish_field(struct lab_session *session)
{
    char line[LAB_FIELD_BYTES + sizeof "budget "];
    struct lab_view *view = &session->view;
    bool is_budget = view->focus == LAB_ON_BUDGET;
    snprintf(line, sizeof line, "%s%s", is_budget ? "budget " : "",
             is_budget ? view->budget.text : view->command.text);
    view->focus = LAB_ON_MAP;
    (void)lab_command_run(session, line);
}

static void key_in_line(struct lab_session *session, struct lab_field *field, uint32_t key)
{
    if (key == SCREEN_KEY_ESCAPE || key == SCREEN_KEY_TAB)
        session->view.focus = LAB_ON_MAP;
    else if (key == SCREEN_KEY_ENTER)
        finish_field(session);
    else if (!edit(field, key) && key >= ' ' && key < 127)
        insert(field, (char)key);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static bool key_for_view(struct lab_session *session, uint32_t key)
{
    struct lab_view *view = &session->view;
    const struct lab *lab = &session->lab;
    int64_t columns = view->tiles.columns > 0 ? view->tiles.columns : 1;
    switch (key) {
    case SCREEN_KEY_LEFT:
        lab_view_move(view, lab, -1);
        return true;
    case SCREEN_KEY_RIGHT:
        lab_view_move(view, lab, 1);
        return true;
    case SCREEN_KEY_UP:
        lab_view_move(view, lab, -columns);
        return true;
    case SCREEN_KEY_DOWN:
        lab_view_move(view, lab, columns);
        return true;
    case SCREEN_KEY_HOME:
        lab_view_move_to(view, lab, 0);
        return true;
    case SCREEN_KEY_END:
        lab_view_move_to(view, lab, lab->page_count - 1);
        return true;
    case SCREEN_KEY_PAGE_UP:
        lab_view_move(view, lab, -columns * view->tiles.rows);
        return true;
    case SCREEN_KEY_PAGE_DOWN:
        lab_view_move(view, lab, columns * view->tiles.rows);
        return true;
    case '+':
    case '=':
        lab_view_zoom(view, lab, 1);
        return true;
    case '-':
    case '_':
        lab_view_zoom(view, lab, -1);
        return true;
    case '0':
    case 'f':
        lab_view_fit(view, lab);
        return true;
    default:
        return false;
    }
}

/* The structures on the pages under the cursor, into the field. */
static void take_slots_of_cursor(struct lab_session *session)
{
    char text[64];
    struct tiles_span cell = lab_view_cell(&session->view);
    struct lab_span span = lab_span_of(&session->lab, cell.first, cell.count);
    if (span.slot_count == 1)
        snprintf(text, sizeof text, "%" PRIu64, span.slot_first);
    else
        snprintf(text, sizeof text, "%" PRIu64 "-%" PRIu64, span.slot_first,
                 span.slot_first + span.slot_count - 1);
    lab_field_set(&session->view.index, text);
}

static bool key_for_verb(struct lab_session *session, uint32_t key)
{
    static const struct {
        char key;
        enum lab_verb verb;
    } verbs[] = {
        {'r', LAB_RESERVE}, {'u', LAB_USE},     {'c', LAB_CLEAR},
        {'o', LAB_COLLECT}, {'l', LAB_RELEASE}, {'a', LAB_BACKGROUND},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (key == (unsigned char)verbs[i].key) {
            press(session, verbs[i].verb);
            return true;
        }
    return false;
}

static void key_for_rest(struct lab_session *session, uint32_t key)
{
    struct lab_view *view = &session->view;
    switch (key) {
    case 's':
        next_strategy(session);
        break;
    case 'v':
        next_give_back(session);
        break;
    case 'm':
        next_mechanism(session);
        break;
    case 'b':
        begin_field(session, LAB_ON_BUDGET);
        break;
    case ':':
        begin_field(session, LAB_ON_COMMAND);
        break;
    case 'g':
        (void)lab_guard(&session->lab, view->cursor); /* lab->said tells; so below */
        break;
    case 't':
        (void)lab_touch(&session->lab, view->cursor);
        break;
    case ' ':
        take_slots_of_cursor(session);
        break;
    case SCREEN_KEY_ENTER:
        press(session, LAB_USE);
        break;
    case SCREEN_KEY_TAB:
    case SCREEN_KEY_BACK_TAB:
    case 'i':
        view->focus = view->focus == LAB_ON_INDEX ? LAB_ON_MAP : LAB_ON_INDEX;
        view->index.is_fresh = true;
        break;
    case SCREEN_KEY_ESCAPE:
        view->focus = LAB_ON_MAP;
        break;
    case '?':
    case 'h':
    case SCREEN_KEY_F1:
        view->shows_help = true;
        view->help_row = 0;
        break;
    case 'q':
        session->wants_quit = true;
        break;
    default:
        if (is_index_character(key))
            begin_index(session, key);
    }
}

/* One may look around meanwhile. */
static void key_while_busy(struct lab_session *session, uint32_t key)
{
    session->wants_quit = key == 'q';
    if (key == CONTROL_C || key == SCREEN_KEY_ESCAPE || key == 'q')
        lab_task_stop(&session->lab);
    else
        (void)key_for_view(session, key); /* others do nothing */
}

/* Too late: it was to stop what has ended of itself meanwhile, not all that was done. */
static void press_control_c(struct lab_session *session, bool is_too_late)
{
    session->wants_quit = !is_too_late;
    if (is_too_late)
        (void)lab_say(&session->lab, false, "it had ended already; Ctrl-C again ends the program");
}

void lab_command_key(struct lab_session *session, uint32_t key)
{
    struct lab_view *view = &session->view;
    (void)lab_view_arrange(view, &session->lab); /* for the tiles */
    if (lab_task_is_running(&session->lab)) {
        key_while_busy(session, key);
        return;
    }
    bool is_too_late = session->lab.task.has_just_ended;
    session->lab.task.has_just_ended = false;
    if (key == CONTROL_C) {
        press_control_c(session, is_too_late);
        return;
    }
    if (view->shows_help) {
        view->shows_help = lab_view_scroll_help(view, key);
        return;
    }
    if (view->focus == LAB_ON_BUDGET || view->focus == LAB_ON_COMMAND) {
        key_in_line(session, view->focus == LAB_ON_BUDGET ? &view->budget : &view->command, key);
        return;
    }
    if (view->focus == LAB_ON_INDEX && edit(&view->index, key))
        return;
    if (view->focus == LAB_ON_INDEX && is_index_character(key)) {
        insert(&view->index, (char)key);
        return;
    }
    if (key_for_view(session, key) || key_for_verb(session, key))
        return;
    key_for_rest(session, key);
}

/* ---- the mouse ------------------------------------------------------------------------------ */

/* Twice on a page: use what is clear on it, or clear it; on many pages: look nearer. */
static void click_twice(struct lab_session *session)
{
    struct lab *lab = &session->lab;
    struct human_ranges ranges;
    if (lab_view_cell(&session->view).count > 1) {
        lab_view_zoom(&session->view, lab, 1);
        return;
    }
    take_slots_of_cursor(session);
    if (parse_index(session, &ranges))
        press(session, lab_why_not(lab, LAB_USE, &ranges) ? LAB_CLEAR : LAB_USE);
}

static void click(struct lab_session *session, enum lab_place place, uint64_t page, bool is_double)
{
    struct lab_view *view = &session->view;
    if (lab_task_is_running(&session->lab)) { /* one may look around meanwhile */
        if (place == LAB_PLACE_MAP)
            lab_view_move_to(view, &session->lab, page);
        return;
    }
    view->focus = LAB_ON_MAP;
    switch (place) {
    case LAB_PLACE_RESERVE:
    case LAB_PLACE_USE:
    case LAB_PLACE_CLEAR:
    case LAB_PLACE_COLLECT:
    case LAB_PLACE_RELEASE:
    case LAB_PLACE_BACKGROUND:
        press(session, (enum lab_verb)(LAB_RESERVE + (place - LAB_PLACE_RESERVE)));
        break;
    case LAB_PLACE_INDEX:
        view->focus = LAB_ON_INDEX;
        view->index.is_fresh = true;
        break;
    case LAB_PLACE_STRATEGY:
        next_strategy(session);
        break;
    case LAB_PLACE_GIVE_BACK:
        next_give_back(session);
        break;
    case LAB_PLACE_MECHANISM:
        next_mechanism(session);
        break;
    case LAB_PLACE_BUDGET:
        begin_field(session, LAB_ON_BUDGET);
        break;
    case LAB_PLACE_MAP:
        lab_view_move_to(view, &session->lab, page);
        if (is_double)
            click_twice(session);
        break;
    case LAB_PLACE_NONE:
    case LAB_PLACES:
        break;
    }
}

void lab_command_mouse(struct lab_session *session, const struct screen_event *event)
{
    struct lab_view *view = &session->view;
    uint64_t page = 0;
    bool is_click = event->button == SCREEN_BUTTON_LEFT || event->button == SCREEN_BUTTON_DOUBLE;
    bool is_wheel = event->button == SCREEN_WHEEL_UP || event->button == SCREEN_WHEEL_DOWN;
    if (view->shows_help) {
        view->shows_help = !is_click;
        if (is_wheel) /* where all is seen it does nothing */
            (void)lab_view_scroll_help(view, event->button == SCREEN_WHEEL_UP ? SCREEN_KEY_UP
                                                                              : SCREEN_KEY_DOWN);
        return;
    }
    (void)lab_view_arrange(view, &session->lab); /* for the tiles */
    enum lab_place place = lab_view_find(view, &session->lab, event->column, event->row, &page);
    if (is_click) {
        click(session, place, page, event->button == SCREEN_BUTTON_DOUBLE);
        return;
    }
    if (!is_wheel)
        return;
    if (place == LAB_PLACE_MAP)
        view->cursor = page;
    lab_view_zoom(view, &session->lab,
                  event->button == SCREEN_WHEEL_UP ? WHEEL_STEPS : -WHEEL_STEPS);
}
