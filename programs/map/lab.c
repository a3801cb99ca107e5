/* SPDX-License-Identifier: MIT */
/*
 * lab.c - the lab's model: see lab.h.
 *
 * A guard page is touched only by a probe, for where the pages are committed by calls their faults
 * are the program's own (STEPPE_RAISE), which no try catches. Guards in the way of a use or a clear
 * go off before it: steppe_slots_clear would fault inside the library.
 */
#include "map/lab.h"

#include "map/lab_log.h"
#include "map/lab_pages.h"

#include "screen/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOW_BITS = 0xFFFFF };

const struct lab_options lab_default_options = {
    .slot_max = 50,
    .slot_bytes = 2048,
    .give_back = STEPPE_SLOTS_COLLECTED,
    .budget_bytes = STEPPE_NO_LIMIT,
};

static const char *const strategies[] = {"by-fault", "always", "after-query", "by-record"};
static const char *const give_backs[] = {"batched", "at-once", "collected"};

enum {
    STRATEGY_COUNT = sizeof strategies / sizeof *strategies,
    GIVE_BACK_COUNT = sizeof give_backs / sizeof *give_backs,
};

/* ---- words ---------------------------------------------------------------------------------- */

bool lab_say(struct lab *lab, bool is_error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(lab->said, sizeof lab->said, format, arguments);
    va_end(arguments);
    lab->is_error = is_error;
    return !is_error;
}

const char *lab_strategy_name(steppe_slots_commit strategy)
{
    return (unsigned)strategy < STRATEGY_COUNT ? strategies[strategy] : NULL;
}

const char *lab_give_back_name(steppe_slots_give_back give_back)
{
    return (unsigned)give_back < GIVE_BACK_COUNT ? give_backs[give_back] : NULL;
}

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

bool lab_find_strategy(const char *name, steppe_slots_commit *strategy)
{
    int found = find_name(strategies, STRATEGY_COUNT, name);
    if (found >= 0)
        *strategy = (steppe_slots_commit)found;
    return found >= 0;
}

bool lab_find_give_back(const char *name, steppe_slots_give_back *give_back)
{
    int found = find_name(give_backs, GIVE_BACK_COUNT, name);
    if (found >= 0)
        *give_back = (steppe_slots_give_back)found;
    return found >= 0;
}

bool lab_find_mechanism(const char *name, steppe_mechanism *mechanism)
{
    for (int i = STEPPE_MECHANISM_BEST; i <= STEPPE_MECHANISM_UFFD; i++)
        if (strcmp(steppe_mechanism_name((steppe_mechanism)i), name) == 0) {
            *mechanism = (steppe_mechanism)i;
            return true;
        }
    return false;
}

const struct lab_line *lab_line_of(const struct lab *lab, uint64_t number)
{
    bool is_kept = number && number <= lab->line_count && lab->line_count - number < LAB_LOG_LINES;
    return is_kept ? &lab->lines[(number - 1) % LAB_LOG_LINES] : NULL;
}

/* ---- open and close ------------------------------------------------------------------------- */

bool lab_count_pages(const struct lab_options *options, size_t page_bytes, uint64_t *page_count,
                     const char **why)
{
    uint64_t bytes;
    *why = NULL;
    if (!options->slot_max)
        *why = "no structures: take at least one";
    else if (!options->slot_bytes)
        *why = "a structure of no bytes: take at least one byte";
    else if (page_bytes && (page_bytes & (page_bytes - 1)))
        *why = "a page is a power of two: 4K to 2M";
    else if (page_bytes < steppe_page_bytes() || page_bytes > 2 * STEPPE_MIB)
        *why = "a page is as large as the system's at least, and 2 MiB at the most";
    else if (__builtin_mul_overflow(options->slot_max, (uint64_t)options->slot_bytes, &bytes) ||
             bytes > UINT64_C(1) << 62)
        *why = "more bytes than there are addresses: take fewer or smaller structures";
    if (*why)
        return false;
    *page_count = bytes / page_bytes + (bytes % page_bytes != 0);
    return true;
}

bool lab_open(struct lab *lab, const struct lab_options *options)
{
    const char *why;
    *lab = (struct lab){.options = *options, .pagemap = -1};
    lab->page_bytes = options->page_bytes ? options->page_bytes : steppe_page_bytes();
    if (!lab_count_pages(options, lab->page_bytes, &lab->page_count, &why))
        return lab_say(lab, true, "%s", why);
    lab->opened_ms = screen_clock_ms();
    lab->lines = calloc(LAB_LOG_LINES, sizeof *lab->lines);
    lab->budget = steppe_budget_new(options->budget_bytes);
    if (!lab->lines || !lab->budget) {
        lab_close(lab);
        return lab_say(lab, true, "no memory for the lab itself; end other programs");
    }
    lab->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (options->is_background && !lab_set_background(lab, true)) {
        struct lab failed = *lab;
        lab_close(lab);
        return lab_say(lab, true, "%s", failed.said);
    }
    return lab_say(lab, false, "nothing is reserved yet");
}

static void stop_collector(struct lab *lab)
{
    (void)steppe_collector_stop(lab->collector); /* alive, or NULL: cannot fail */
    lab->collector = NULL;
}

void lab_close(struct lab *lab)
{
    if (lab->collector && lab->slots)
        (void)steppe_collector_remove(lab->collector, lab->slots); /* it ends in any case */
    stop_collector(lab);
    if (lab->slots)
        (void)steppe_slots_free(lab->slots); /* nothing else can be done about it */
    lab->slots = NULL;
    (void)steppe_budget_free(lab->budget);
    lab->budget = NULL;
    free(lab->lines);
    lab->lines = NULL;
    if (lab->pagemap >= 0)
        close(lab->pagemap);
    lab->pagemap = -1;
}

/* ---- reserve and release -------------------------------------------------------------------- */

bool lab_is_reserved(struct lab *lab)
{
    return lab->slots || lab_say(lab, true, "nothing is reserved; reserve first");
}

static bool collect_in_background(struct lab *lab)
{
    if (!lab->collector || !lab->slots)
        return true;
    struct lab_line *line = lab_log_begin(lab, "steppe_collector_add(collector, slots)");
    steppe_status status = steppe_collector_add(lab->collector, lab->slots);
    lab_log_end(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    return status == STEPPE_OK || lab_log_refusal(lab, status, "background collection");
}

static bool stop_collecting_in_background(struct lab *lab)
{
    if (!lab->collector || !lab->slots)
        return true;
    struct lab_line *line = lab_log_begin(lab, "steppe_collector_remove(collector, slots)");
    steppe_status status = steppe_collector_remove(lab->collector, lab->slots);
    lab_log_end(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    return status == STEPPE_OK || lab_log_refusal(lab, status, "the end of background collection");
}

/* Of structures and their bookkeeping, which is a reservation that the lab does not know: there are
 * no others. */
static uint64_t refused_in_process(void)
{
    steppe_statistics sum = {0};
    (void)steppe_statistics_process(&sum); /* cannot fail */
    return sum.refused_count;
}

bool lab_reserve(struct lab *lab)
{
    if (lab->slots)
        return lab_say(lab, true, "it is reserved already; release it first");
    steppe_options memory = {.mechanism = lab->options.mechanism,
                             .budget = lab->budget,
                             .page_bytes = lab->page_bytes,
                             .strict = lab->options.is_strict,
                             .name = "lab"};
    steppe_slots_options options = {
        .commit = lab->options.strategy, .give_back = lab->options.give_back, .memory = &memory};
    struct lab_line *line = lab_log_begin(lab, "steppe_slots_make(%zu, %" PRIu64 ", &options)",
                                          lab->options.slot_bytes, lab->options.slot_max);
    lab->refused_before = refused_in_process();
    lab->slots = steppe_slots_make(lab->options.slot_bytes, lab->options.slot_max, &options);
    if (!lab->slots) {
        steppe_status status = steppe_last_status();
        lab_log_end(line, true, "NULL, %s", steppe_status_name(status));
        lab_log_add(line, "nothing changed");
        return lab_log_refusal(lab, status, "the reservation");
    }
    lab->has_guards = lab->has_refused = false;
    lab_log_end(line, false, "%p", (void *)lab->slots);
    lab_log_add(line, "%s pages reserved", human_count(lab->page_count).text);
    lab->noticed_bytes = 0;
    return collect_in_background(lab) &&
           lab_say(lab, false, "reserved %s, %s pages; nothing is committed",
                   human_bytes(lab->page_count * lab->page_bytes).text,
                   human_count(lab->page_count).text);
}

bool lab_release(struct lab *lab)
{
    if (!lab_is_reserved(lab) || !stop_collecting_in_background(lab))
        return false;
    struct lab_counts before = lab_log_counts(lab);
    struct lab_line *line = lab_log_begin(lab, "steppe_slots_free(slots)");
    steppe_status status = steppe_slots_free(lab->slots);
    lab_log_end(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    if (status != STEPPE_OK)
        return lab_say(lab, true, "the release is refused: %s (%s); release again",
                       steppe_status_text(status), steppe_status_name(status));
    lab->slots = NULL;
    lab_log_add(line, "all pages are free, %" PRIu64 " of them were committed",
                before.committed_bytes / lab->page_bytes);
    return lab_say(lab, false, "released: all pages are free");
}

/* ---- guards and touches --------------------------------------------------------------------- */

/* One byte of a page, by a probe: whatever is wrong there comes back as a status. */
static bool touch(struct lab *lab, uint64_t page, bool is_expected)
{
    char byte;
    struct lab_counts before = lab_log_counts(lab);
    struct lab_line *line =
        lab_log_begin(lab, "steppe_probe_read(page %" PRIu64 ", &byte, 1)", page);
    steppe_status status = steppe_probe_read(lab->slots + page * lab->page_bytes, &byte, 1, NULL);
    lab_log_end(line, status != STEPPE_OK && status != STEPPE_E_GUARD, "%s",
                steppe_status_name(status));
    if (status == STEPPE_E_GUARD)
        lab_log_add(line, "the guard goes off, once");
    lab_log_add_changes(lab, line, before);
    if (status == STEPPE_E_GUARD)
        return lab_say(lab, false, "page %" PRIu64 " was a guard: that went off", page);
    if (status != STEPPE_OK)
        return lab_log_refusal(lab, status, "the touch");
    return is_expected || lab_say(lab, false, "page %" PRIu64 " read: %s", page, line->effect);
}

/* Let all guards between two pages go off. */
static void trip_guards(struct lab *lab, uint64_t first_page, uint64_t end_page)
{
    struct lab_walk walk;
    if (!lab->has_guards)
        return;
    lab_walk_begin(&walk, lab, first_page, end_page);
    for (struct lab_run run = lab_walk_from(&walk, first_page); run.count;
         run = lab_walk_from(&walk, run.first + run.count))
        for (uint64_t i = 0; run.is_guard && i < run.count; i++)
            (void)touch(lab, run.first + i, true); /* the log tells */
}

void lab_trip_guards(struct lab *lab, struct human_range range)
{
    uint64_t first_byte = range.first * lab->options.slot_bytes;
    uint64_t last_byte = range.last * lab->options.slot_bytes + lab->options.slot_bytes - 1;
    trip_guards(lab, first_byte / lab->page_bytes, last_byte / lab->page_bytes + 1);
}

static bool is_page(struct lab *lab, uint64_t page)
{
    return page < lab->page_count ||
           lab_say(lab, true, "page %" PRIu64 " is out of range; the last page is %" PRIu64, page,
                   lab->page_count - 1);
}

bool lab_guard(struct lab *lab, uint64_t page)
{
    if (!lab_is_reserved(lab) || !is_page(lab, page))
        return false;
    struct lab_counts before = lab_log_counts(lab);
    struct lab_line *line =
        lab_log_begin(lab, "steppe_protect(page %" PRIu64 ", STEPPE_GUARD)", page);
    steppe_status status = steppe_protect(lab->slots + page * lab->page_bytes, lab->page_bytes,
                                          STEPPE_READ_WRITE | STEPPE_GUARD, NULL);
    lab_log_end(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    if (status != STEPPE_OK) {
        lab_log_add(line, "nothing changed");
        return lab_log_refusal(lab, status, "the guard");
    }
    lab->has_guards = true;
    lab_log_add_changes(lab, line, before);
    return lab_say(lab, false, "page %" PRIu64 " is a guard: the next touch faults", page);
}

bool lab_touch(struct lab *lab, uint64_t page)
{
    return lab_is_reserved(lab) && is_page(lab, page) && touch(lab, page, false);
}

/* ---- settings ------------------------------------------------------------------------------- */

bool lab_set_budget(struct lab *lab, uint64_t limit_bytes)
{
    bool has_limit = limit_bytes != STEPPE_NO_LIMIT;
    struct lab_line *line =
        has_limit ? lab_log_begin(lab, "steppe_budget_set_limit(budget, %" PRIu64 ")", limit_bytes)
                  : lab_log_begin(lab, "steppe_budget_set_limit(budget, STEPPE_NO_LIMIT)");
    steppe_status status = steppe_budget_set_limit(lab->budget, limit_bytes);
    uint64_t charged = steppe_budget_charged_bytes(lab->budget);
    lab_log_end(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    lab_log_add(line, "%s charged", human_bytes(charged).text);
    if (status != STEPPE_OK)
        return lab_log_refusal(lab, status, "the budget");
    lab->options.budget_bytes = limit_bytes;
    if (!has_limit)
        return lab_say(lab, false, "no budget: nothing is refused by it");
    if (charged > limit_bytes)
        return lab_say(lab, false, "budget %s, but %s are charged", human_bytes(limit_bytes).text,
                       human_bytes(charged).text);
    return lab_say(lab, false, "budget %s, %s of it left", human_bytes(limit_bytes).text,
                   human_bytes(limit_bytes - charged).text);
}

static bool start_collector(struct lab *lab)
{
    steppe_collector_options options = {.interval_ms = lab->options.interval_ms};
    struct lab_line *line = lab_log_begin(lab, "steppe_collector_start(&options)");
    lab->collector = steppe_collector_start(&options);
    if (lab->collector) {
        lab_log_end(line, false, "0x...%05" PRIxPTR, (uintptr_t)lab->collector & LOW_BITS);
        lab_log_add(line, "interval %" PRIu32 " ms",
                    options.interval_ms ? options.interval_ms : 1000);
        return true;
    }
    steppe_status status = steppe_last_status();
    lab_log_end(line, true, "NULL, %s", steppe_status_name(status));
    return lab_log_refusal(lab, status, "background collection");
}

bool lab_set_background(struct lab *lab, bool is_on)
{
    if (is_on == (lab->collector != NULL))
        return lab_say(lab, false, "background collection is %s already", is_on ? "on" : "off");
    if (is_on && !start_collector(lab))
        return false;
    if (is_on && !collect_in_background(lab)) {
        stop_collector(lab);
        return false;
    }
    if (!is_on && !stop_collecting_in_background(lab))
        return false;
    if (!is_on) {
        struct lab_line *line = lab_log_begin(lab, "steppe_collector_stop(collector)");
        stop_collector(lab);
        lab_log_end(line, false, "%s", steppe_status_name(STEPPE_OK));
    }
    lab->options.is_background = is_on;
    return lab_say(lab, false, "background collection is %s", is_on ? "on" : "off");
}

static bool may_choose(struct lab *lab, const char *what)
{
    return !lab->slots ||
           lab_say(lab, true, "the %s is chosen at the reservation; release first", what);
}

bool lab_set_strategy(struct lab *lab, steppe_slots_commit strategy)
{
    if (!may_choose(lab, "strategy"))
        return false;
    lab->options.strategy = strategy;
    return lab_say(lab, false, "pages are committed %s", lab_strategy_name(strategy));
}

bool lab_set_give_back(struct lab *lab, steppe_slots_give_back give_back)
{
    if (!may_choose(lab, "give-back policy"))
        return false;
    lab->options.give_back = give_back;
    return lab_say(lab, false, "pages are given back %s", lab_give_back_name(give_back));
}

bool lab_set_mechanism(struct lab *lab, steppe_mechanism mechanism)
{
    if (!may_choose(lab, "mechanism"))
        return false;
    if (!steppe_mechanism_is_available(mechanism))
        return lab_say(lab, true,
                       "the mechanism %s does not work on this machine; choose another, "
                       "or best",
                       steppe_mechanism_name(mechanism));
    lab->options.mechanism = mechanism;
    return lab_say(lab, false, "the mechanism is %s", steppe_mechanism_name(mechanism));
}

/* ---- asking --------------------------------------------------------------------------------- */

static bool has_clear(const struct lab *lab, const struct human_ranges *ranges)
{
    for (size_t i = 0; ranges && i < ranges->count; i++)
        if (steppe_slots_first_free(lab->slots, ranges->ranges[i].first) <= ranges->ranges[i].last)
            return true;
    return false;
}

static bool has_used(const struct lab *lab, const struct human_ranges *ranges)
{
    for (size_t i = 0; ranges && i < ranges->count; i++)
        if (steppe_slots_next(lab->slots, ranges->ranges[i].first) <= ranges->ranges[i].last)
            return true;
    return false;
}

const char *lab_why_not(const struct lab *lab, enum lab_verb verb,
                        const struct human_ranges *ranges)
{
    if (lab_task_is_running(lab))
        return "something is being done; wait, or stop it by Ctrl-C or Esc";
    if (verb == LAB_BACKGROUND)
        return NULL;
    if (verb == LAB_RESERVE)
        return lab->slots ? "it is reserved already; release it first" : NULL;
    if (!lab->slots)
        return "nothing is reserved; reserve first";
    if (verb == LAB_USE && !lab->has_refused && !has_clear(lab, ranges))
        return "in use already; clear it first, or choose others";
    if (verb == LAB_CLEAR && !has_used(lab, ranges))
        return "clear already; use it first, or choose others";
    if (verb == LAB_COLLECT && !lab_committed_bytes(lab))
        return "no page is committed; there is nothing to collect";
    return NULL;
}

uint64_t lab_committed_bytes(const struct lab *lab)
{
    steppe_slots_statistics slots = {0};
    if (lab->slots)
        (void)steppe_slots_statistics_of(lab->slots, &slots); /* alive: cannot fail */
    return slots.committed_bytes;
}

uint64_t lab_given_back_bytes(const struct lab *lab)
{
    steppe_slots_statistics slots = {0};
    if (lab->slots)
        (void)steppe_slots_statistics_of(lab->slots, &slots); /* as above */
    return slots.given_back_bytes;
}

uint64_t lab_needed_bytes(const struct lab *lab)
{
    uint64_t pages = 0, next_page = 0;
    if (!lab->slots)
        return 0;
    for (steppe_slots_run run = steppe_slots_next_run(lab->slots, 0); run.count;
         run = steppe_slots_next_run(lab->slots, run.first + run.count)) {
        uint64_t first = run.first * lab->options.slot_bytes / lab->page_bytes;
        uint64_t end =
            ((run.first + run.count) * lab->options.slot_bytes - 1) / lab->page_bytes + 1;
        first = first > next_page ? first : next_page;
        pages += end - first;
        next_page = end;
    }
    return pages * lab->page_bytes;
}

bool lab_notice_background(struct lab *lab)
{
    uint64_t bytes = lab_given_back_bytes(lab), before = lab->noticed_bytes;
    lab->noticed_bytes = bytes;
    if (!lab->collector || bytes <= before)
        return false;
    uint64_t pages = (bytes - before) / lab->page_bytes;
    struct lab_line *line = lab_log_begin(lab, "in the background: steppe_slots_collect(slots)");
    lab_log_end(line, false, "%s", steppe_status_name(STEPPE_OK));
    lab_log_add(line, "%s page%s given back", human_count(pages).text, lab_log_plural(pages));
    (void)lab_say(lab, false, "in the background: %s page%s given back", human_count(pages).text,
                  lab_log_plural(pages));
    return true;
}

struct lab_figures lab_figures_of(const struct lab *lab)
{
    steppe_statistics memory = {0};
    steppe_slots_statistics slots = {0};
    struct lab_figures figures = {
        .charged_bytes = steppe_budget_charged_bytes(lab->budget),
        .limit_bytes = steppe_budget_limit_bytes(lab->budget),
        .process_charged_bytes = steppe_budget_charged_bytes(steppe_process_budget()),
        .slot_max = lab->options.slot_max,
    };
    if (!lab->slots || steppe_statistics_of(lab->slots, &memory) != STEPPE_OK ||
        steppe_slots_statistics_of(lab->slots, &slots) != STEPPE_OK)
        return figures;
    figures.reserved_bytes = lab->page_count * lab->page_bytes;
    figures.committed_bytes = slots.committed_bytes;
    figures.resident_bytes = memory.resident_bytes;
    if (memory.resident_bytes != UINT64_MAX) {
        uint64_t head_bytes = lab_head_resident_bytes(lab);
        figures.resident_bytes -=
            memory.resident_bytes < head_bytes ? memory.resident_bytes : head_bytes;
    }
    figures.bookkeeping_bytes = slots.bookkeeping_bytes;
    figures.slot_count = slots.slot_count;
    figures.fault_count = memory.fault_count;
    figures.os_call_count = memory.os_call_count;
    figures.vma_count = memory.vma_count;
    figures.refused_count = refused_in_process() - lab->refused_before;
    figures.given_back_bytes = slots.given_back_bytes;
    figures.collection_count = slots.collection_count;
    figures.mechanism = memory.mechanism;
    figures.why = memory.why;
    return figures;
}

static bool is_readable(const struct lab *lab, uint64_t slot)
{
    steppe_run run;
    return steppe_query(lab->slots + slot * lab->options.slot_bytes, &run) == STEPPE_OK &&
           run.state == STEPPE_COMMITTED && run.protection == STEPPE_READ_WRITE;
}

/* The first bytes; what a structure across a border has on its second page is not looked at. */
bool lab_content_of(const struct lab *lab, uint64_t slot, char *text, size_t size_bytes)
{
    if (!lab->slots || slot >= lab->options.slot_max || !steppe_slots_in_use(lab->slots, slot) ||
        !is_readable(lab, slot))
        return false;
    uint64_t first_byte = slot * lab->options.slot_bytes;
    size_t count = lab->options.slot_bytes,
           on_page = lab->page_bytes - first_byte % lab->page_bytes;
    count = count < on_page ? count : on_page;
    count = count < size_bytes - 1 ? count : size_bytes - 1;
    memcpy(text, lab->slots + first_byte, count);
    for (size_t i = 0; i < count; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = '.';
    text[count] = 0;
    char *end = strchr(text, ']'); /* the pattern once is enough */
    if (end)
        end[1] = 0;
    return true;
}
