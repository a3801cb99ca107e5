/* SPDX-License-Identifier: MIT */
/*
 * lab.c - the lab's model: see lab.h.
 *
 * What faults is touched under a STEPPE_TRY; a guard page only by a probe, for where the pages are
 * committed by calls their faults are the program's own (STEPPE_RAISE), which no try catches.
 * Guards in the way of steppe_slots_clear go off before it: it would fault inside the library.
 */
#include "map/lab.h"

#include "map/lab_pages.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    ALWAYS_BYTES = 1 << 24,
    WAIT_STEP_NS = 2000000,
    NS_PER_MS = 1000000,
    EXPLAINED_BYTES = 160,
    LOW_BITS = 0xFFFFF,
    COUNTING_SHARE = 10,
    COUNTING_FREE_NS = 100000000
};

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

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- the log -------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t committed_bytes_of(const struct lab *lab)
{
    steppe_slots_statistics slots = {0};
    if (lab->slots)
        (void)steppe_slots_statistics_of(lab->slots, &slots); /* alive: cannot fail */
    return slots.committed_bytes;
}

/* What a call may change; the difference is what it did. */
struct counts {
    uint64_t committed_bytes, fault_count, os_call_count;
    bool is_complete; /* else only the first of them */
};

static struct counts counts_of(struct lab *lab, bool is_complete)
{
    steppe_statistics memory = {0};
    struct counts counts = {.committed_bytes = committed_bytes_of(lab), .is_complete = is_complete};
    if (!lab->slots || !is_complete)
        return counts;
    uint64_t start_ns = now_ns();
    (void)steppe_statistics_of(lab->slots, &memory); /* alive: cannot fail */
    lab->counting_ns += now_ns() - start_ns;
    counts.fault_count = memory.fault_count;
    counts.os_call_count = memory.os_call_count;
    return counts;
}

/* The library asks the kernel for some of its figures, which takes the longer the more there is. A
 * script of many lines shall not spend its time on that: a tenth of it, and a little to begin with.
 */
static struct counts counts_before(struct lab *lab)
{
    uint64_t allowed_ns = COUNTING_FREE_NS + (now_ns() - lab->opened_ns) / COUNTING_SHARE;
    return counts_of(lab, lab->counting_ns <= allowed_ns);
}

static struct lab_line *begin_line(struct lab *lab, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static struct lab_line *begin_line(struct lab *lab, const char *format, ...)
{
    struct lab_line *line = &lab->lines[lab->line_count++ % LAB_LOG_LINES];
    va_list arguments;
    *line = (struct lab_line){.number = lab->line_count};
    va_start(arguments, format);
    vsnprintf(line->call, sizeof line->call, format, arguments);
    va_end(arguments);
    return line;
}

static void end_line(struct lab_line *line, bool is_refused, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void end_line(struct lab_line *line, bool is_refused, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line->result, sizeof line->result, format, arguments);
    va_end(arguments);
    line->is_refused = is_refused;
}

static void add_effect(struct lab_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_effect(struct lab_line *line, const char *format, ...)
{
    size_t length = strlen(line->effect);
    va_list arguments;
    if (length)
        length += (size_t)snprintf(line->effect + length, sizeof line->effect - length, ", ");
    if (length >= sizeof line->effect)
        return;
    va_start(arguments, format);
    vsnprintf(line->effect + length, sizeof line->effect - length, format, arguments);
    va_end(arguments);
}

static void add_counts(struct lab *lab, struct lab_line *line, struct counts before)
{
    struct counts after = counts_of(lab, before.is_complete);
    uint64_t faults = after.fault_count - before.fault_count;
    uint64_t calls = after.os_call_count - before.os_call_count;
    uint64_t came = 0, went = 0;
    if (after.committed_bytes > before.committed_bytes)
        came = (after.committed_bytes - before.committed_bytes) / lab->page_bytes;
    else
        went = (before.committed_bytes - after.committed_bytes) / lab->page_bytes;
    if (faults)
        add_effect(line, "%" PRIu64 " fault%s", faults, plural(faults));
    if (came)
        add_effect(line, "%" PRIu64 " page%s committed", came, plural(came));
    if (went)
        add_effect(line, "%" PRIu64 " page%s given back", went, plural(went));
    if (calls)
        add_effect(line, "%" PRIu64 " OS call%s", calls, plural(calls));
    if (!line->effect[0])
        add_effect(line, "nothing changed");
}

const struct lab_line *lab_line_of(const struct lab *lab, uint64_t number)
{
    bool is_kept = number && number <= lab->line_count && lab->line_count - number < LAB_LOG_LINES;
    return is_kept ? &lab->lines[(number - 1) % LAB_LOG_LINES] : NULL;
}

/* The library's sentence without what it calls itself and the address: the lines are short. */
static bool say_refused(struct lab *lab, steppe_status status, const char *what,
                        const char *what_to_do)
{
    return lab_say(lab, true, "%s is refused: %s (%s); %s", what, steppe_status_text(status),
                   steppe_status_name(status), what_to_do);
}

static const char *advice_for(steppe_status status)
{
    switch (status) {
    case STEPPE_E_BUDGET:
        return "set a larger budget, or clear and collect";
    case STEPPE_E_MECHANISM:
        return "choose another mechanism, or best";
    case STEPPE_E_ADDRESS_SPACE:
    case STEPPE_E_SIZE:
        return "take fewer or smaller structures";
    case STEPPE_E_MAP_COUNT:
        return "clear and collect, or choose another mechanism";
    case STEPPE_E_MEMORY:
        return "clear and collect, or end other programs";
    case STEPPE_E_NOT_COMMITTED:
        return "use a structure on it first";
    default:
        return "see the log";
    }
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
    lab->opened_ns = now_ns();
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

static bool is_reserved(struct lab *lab)
{
    return lab->slots || lab_say(lab, true, "nothing is reserved; reserve first");
}

static bool collect_in_background(struct lab *lab)
{
    if (!lab->collector || !lab->slots)
        return true;
    struct lab_line *line = begin_line(lab, "steppe_collector_add(collector, slots)");
    steppe_status status = steppe_collector_add(lab->collector, lab->slots);
    end_line(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    return status == STEPPE_OK ||
           say_refused(lab, status, "background collection", advice_for(status));
}

static bool stop_collecting_in_background(struct lab *lab)
{
    if (!lab->collector || !lab->slots)
        return true;
    struct lab_line *line = begin_line(lab, "steppe_collector_remove(collector, slots)");
    steppe_status status = steppe_collector_remove(lab->collector, lab->slots);
    end_line(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    return status == STEPPE_OK ||
           say_refused(lab, status, "the end of background collection", advice_for(status));
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
    struct lab_line *line = begin_line(lab, "steppe_slots_make(%zu, %" PRIu64 ", &options)",
                                       lab->options.slot_bytes, lab->options.slot_max);
    lab->slots = steppe_slots_make(lab->options.slot_bytes, lab->options.slot_max, &options);
    if (!lab->slots) {
        steppe_status status = steppe_last_status();
        end_line(line, true, "NULL, %s", steppe_status_name(status));
        add_effect(line, "nothing changed");
        return say_refused(lab, status, "the reservation", advice_for(status));
    }
    lab->has_guards = lab->has_refused = false;
    end_line(line, false, "%p", (void *)lab->slots);
    add_effect(line, "%s pages reserved", human_count(lab->page_count).text);
    lab->noticed_bytes = 0;
    return collect_in_background(lab) &&
           lab_say(lab, false, "reserved %s, %s pages; nothing is committed",
                   human_bytes(lab->page_count * lab->page_bytes).text,
                   human_count(lab->page_count).text);
}

bool lab_release(struct lab *lab)
{
    if (!is_reserved(lab) || !stop_collecting_in_background(lab))
        return false;
    struct counts before = counts_before(lab);
    struct lab_line *line = begin_line(lab, "steppe_slots_free(slots)");
    steppe_status status = steppe_slots_free(lab->slots);
    end_line(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    if (status != STEPPE_OK)
        return say_refused(lab, status, "the release", "release again");
    lab->slots = NULL;
    add_effect(line, "all pages are free, %" PRIu64 " of them were committed",
               before.committed_bytes / lab->page_bytes);
    return lab_say(lab, false, "released: all pages are free");
}

/* ---- guards and touches --------------------------------------------------------------------- */

/* One byte of a page, by a probe: whatever is wrong there comes back as a status. */
static bool touch(struct lab *lab, uint64_t page, bool is_expected)
{
    char byte;
    struct counts before = counts_before(lab);
    struct lab_line *line = begin_line(lab, "steppe_probe_read(page %" PRIu64 ", &byte, 1)", page);
    steppe_status status = steppe_probe_read(lab->slots + page * lab->page_bytes, &byte, 1, NULL);
    end_line(line, status != STEPPE_OK && status != STEPPE_E_GUARD, "%s",
             steppe_status_name(status));
    if (status == STEPPE_E_GUARD)
        add_effect(line, "the guard goes off, once");
    add_counts(lab, line, before);
    if (status == STEPPE_E_GUARD)
        return lab_say(lab, false,
                       "page %" PRIu64 " was a guard: the touch faulted, and took the "
                       "guard off",
                       page);
    if (status != STEPPE_OK)
        return say_refused(lab, status, "the touch", advice_for(status));
    return is_expected || lab_say(lab, false, "page %" PRIu64 " was read: %s", page, line->effect);
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

static void trip_guards_of(struct lab *lab, struct human_range range)
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
    if (!is_reserved(lab) || !is_page(lab, page))
        return false;
    struct counts before = counts_before(lab);
    struct lab_line *line = begin_line(lab, "steppe_protect(page %" PRIu64 ", STEPPE_GUARD)", page);
    steppe_status status = steppe_protect(lab->slots + page * lab->page_bytes, lab->page_bytes,
                                          STEPPE_READ_WRITE | STEPPE_GUARD, NULL);
    end_line(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    if (status != STEPPE_OK) {
        add_effect(line, "nothing changed");
        return say_refused(lab, status, "the guard", advice_for(status));
    }
    lab->has_guards = true;
    add_counts(lab, line, before);
    return lab_say(lab, false, "page %" PRIu64 " is a guard: the next touch faults, once", page);
}

bool lab_touch(struct lab *lab, uint64_t page)
{
    return is_reserved(lab) && is_page(lab, page) && touch(lab, page, false);
}

/* ---- use ------------------------------------------------------------------------------------ */

/* How far a use came. Volatile where a fault may leave the loop. */
struct progress {
    uint64_t next, used, kept;
    steppe_status status;
    bool is_touch; /* the touch was refused, not the call */
};

static bool has_memory(const struct lab *lab, uint64_t slot)
{
    uint64_t first_byte = slot * lab->options.slot_bytes;
    const uint8_t *at = lab->slots + first_byte, *end = at + lab->options.slot_bytes;
    for (steppe_run run; at < end; at = (const uint8_t *)run.base + run.size_bytes)
        if (steppe_query(at, &run) != STEPPE_OK || run.state != STEPPE_COMMITTED)
            return false;
    return true;
}

/* One byte, by an access of its own: here a page faults that is not there. Memcheck knows that such
 * a page may be missing by the function's name. */
__attribute__((noinline)) static void store(volatile uint8_t *at, uint8_t value)
{
    *at = value;
}

/* Pages come one after the other, as they would for any program. */
static void touch_pages(const struct lab *lab, uint8_t *slot)
{
    size_t page_bytes = lab->page_bytes;
    uint8_t *end = slot + lab->options.slot_bytes;
    for (uint8_t *at = slot; at < end; at += page_bytes - ((uintptr_t)at & (page_bytes - 1)))
        store(at, 0);
}

/* Every byte; neighbours of the pattern are copies of it. */
static void fill(uint8_t *slot, size_t size_bytes, const char *pattern, size_t length)
{
    size_t done = length < size_bytes ? length : size_bytes;
    memcpy(slot, pattern, done);
    while (done < size_bytes) {
        size_t more = done < size_bytes - done ? done : size_bytes - done;
        if (more > STEPPE_KIB)
            more = STEPPE_KIB / length * length;
        memcpy(slot + done, slot, more);
        done += more;
    }
}

static void use_range(struct lab *lab, struct human_range range, volatile struct progress *progress)
{
    for (uint64_t i = range.first; i <= range.last; i++) {
        bool was_used = steppe_slots_in_use(lab->slots, i);
        uint8_t *slot = steppe_slots_use_at(lab->slots, i);
        progress->next = i;
        if (!slot) {
            progress->status = steppe_last_status();
            return;
        }
        if (was_used && (!lab->has_refused || has_memory(lab, i))) {
            progress->kept++;
            continue;
        }
        char pattern[LAB_CONTENT_BYTES];
        int length = snprintf(pattern, sizeof pattern, "[slot %" PRIu64 " use %" PRIu64 "]", i,
                              lab->use_count);
        touch_pages(lab, slot);
        fill(slot, lab->options.slot_bytes, pattern, (size_t)length);
        progress->used++;
    }
    progress->next = range.last + 1;
}

/* The fault leaves the loop at the structure that was refused. */
static void try_to_use(struct lab *lab, struct human_range range,
                       volatile struct progress *progress)
{
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        use_range(lab, range, progress);
    }
    STEPPE_CAUGHT
    {
        progress->status = fault.reason;
        progress->is_touch = true;
        lab->has_refused = true;
    }
}

static uint64_t available_bytes(void)
{
    char line[128];
    uint64_t kib = UINT64_MAX >> 10;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib << 10;
}

/* Nobody's machine shall be brought down by a star. */
static bool is_affordable(struct lab *lab, const struct human_ranges *ranges)
{
    uint64_t slots = 0, bytes = 0, limit = steppe_budget_limit_bytes(lab->budget);
    for (size_t i = 0; i < ranges->count; i++) {
        uint64_t count = ranges->ranges[i].last - ranges->ranges[i].first + 1;
        slots += count < LAB_USE_MAX ? count : LAB_USE_MAX + 1;
        bytes += count * lab->options.slot_bytes; /* fits: so does the whole, far below 2^64 */
    }
    if (slots > LAB_USE_MAX)
        return lab_say(lab, true, "more than %s structures at once; give a smaller range",
                       human_count(LAB_USE_MAX).text);
    if (bytes <= ALWAYS_BYTES)
        return true;
    uint64_t free_bytes = available_bytes() / 4 * 3;
    if (bytes <= free_bytes || limit <= free_bytes)
        return true;
    return lab_say(lab, true,
                   "that would write %s, and this machine has %s; set a budget, or give "
                   "a smaller range",
                   human_bytes(bytes).text, human_bytes(free_bytes).text);
}

static void log_use(struct lab *lab, struct human_range range, const struct progress *progress,
                    struct counts before)
{
    struct lab_line *line =
        range.first == range.last
            ? begin_line(lab, "steppe_slots_use(slots, %" PRIu64 ")", range.first)
            : begin_line(lab, "steppe_slots_use(slots, %" PRIu64 "..%" PRIu64 ")", range.first,
                         range.last);
    if (progress->status == STEPPE_OK || progress->is_touch)
        end_line(line, false, "0x...%05" PRIxPTR,
                 (uintptr_t)(lab->slots + range.first * lab->options.slot_bytes) & LOW_BITS);
    else
        end_line(line, true, "NULL at %" PRIu64 ", %s", progress->next,
                 steppe_status_name(progress->status));
    if (range.first != range.last && progress->used)
        add_effect(line, "%" PRIu64 " more in use", progress->used);
    if (progress->kept)
        add_effect(line,
                   range.first == range.last ? "in use already: kept"
                                             : "%" PRIu64 " in use already: kept",
                   progress->kept);
    add_counts(lab, line, before);
    if (!progress->is_touch)
        return;
    line = begin_line(lab, "touch of structure %" PRIu64, progress->next);
    end_line(line, true, "fault: %s", steppe_status_name(progress->status));
    add_effect(line, "it is in use all the same, without memory");
}

static bool say_use_refused(struct lab *lab, const struct progress *progress)
{
    char what[EXPLAINED_BYTES];
    if (!progress->is_touch) {
        snprintf(what, sizeof what, "the use of %" PRIu64, progress->next);
        return say_refused(lab, progress->status, what, advice_for(progress->status));
    }
    return lab_say(lab, true,
                   "the touch of %" PRIu64 " faulted (%s); it is in use without "
                   "memory: clear it, or use it again with more budget",
                   progress->next, steppe_status_name(progress->status));
}

bool lab_use(struct lab *lab, const struct human_ranges *ranges)
{
    uint64_t used = 0, kept = 0;
    if (!is_reserved(lab) || !is_affordable(lab, ranges))
        return false;
    lab->use_count++;
    for (size_t i = 0; i < ranges->count; i++) {
        struct human_range range = ranges->ranges[i];
        volatile struct progress watched = {0};
        trip_guards_of(lab, range);
        struct counts before = counts_before(lab);
        try_to_use(lab, range, &watched);
        struct progress progress = watched;
        log_use(lab, range, &progress, before);
        if (progress.status != STEPPE_OK)
            return say_use_refused(lab, &progress);
        used += progress.used;
        kept += progress.kept;
    }
    if (kept && !used && kept == 1)
        return lab_say(lab, false, "%" PRIu64 " was in use already: it is as it was",
                       ranges->ranges[0].first);
    if (kept)
        return lab_say(lab, false, "%s put to use, %s were in use already and are as they were",
                       human_count(used).text, human_count(kept).text);
    return lab_say(lab, false, "%s structure%s put to use and written", human_count(used).text,
                   plural(used));
}

/* ---- clear and collect ---------------------------------------------------------------------- */

static steppe_status clear_range(struct lab *lab, struct human_range range)
{
    bool is_one = range.first == range.last;
    uint64_t count = steppe_slots_count(lab->slots);
    struct counts before = counts_before(lab);
    struct lab_line *line =
        is_one ? begin_line(lab, "steppe_slots_clear(slots, %" PRIu64 ")", range.first)
               : begin_line(lab, "steppe_slots_clear_range(slots, %" PRIu64 ", %" PRIu64 ")",
                            range.first, range.last - range.first + 1);
    steppe_status status =
        is_one ? steppe_slots_clear(lab->slots, range.first)
               : steppe_slots_clear_range(lab->slots, range.first, range.last - range.first + 1);
    end_line(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    uint64_t cleared = count - steppe_slots_count(lab->slots);
    if (cleared)
        add_effect(line, "%" PRIu64 " cleared, zeroed", cleared);
    else
        add_effect(line, is_one ? "clear already" : "all clear already");
    if (cleared)
        add_counts(lab, line, before);
    return status;
}

static uint64_t given_back_bytes_of(const struct lab *lab)
{
    steppe_slots_statistics slots = {0};
    if (!lab->slots || steppe_slots_statistics_of(lab->slots, &slots) != STEPPE_OK)
        return 0;
    return slots.given_back_bytes;
}

bool lab_clear(struct lab *lab, const struct human_ranges *ranges)
{
    if (!is_reserved(lab))
        return false;
    uint64_t before = steppe_slots_count(lab->slots);
    uint64_t committed_bytes = committed_bytes_of(lab);
    for (size_t i = 0; i < ranges->count; i++) {
        trip_guards_of(lab, ranges->ranges[i]);
        steppe_status status = clear_range(lab, ranges->ranges[i]);
        if (status != STEPPE_OK)
            return say_refused(lab, status, "clearing", advice_for(status));
    }
    uint64_t cleared = before - steppe_slots_count(lab->slots);
    uint64_t left_bytes = committed_bytes_of(lab);
    lab->noticed_bytes = given_back_bytes_of(lab);
    if (!steppe_slots_count(lab->slots))
        lab->has_refused = false;
    if (!cleared)
        return lab_say(lab, false, "clear already: nothing changed");
    if (left_bytes < committed_bytes)
        return lab_say(lab, false, "%s cleared, %s given back", human_count(cleared).text,
                       human_bytes(committed_bytes - left_bytes).text);
    return lab_say(lab, false, "%s structure%s cleared; no page has gone yet",
                   human_count(cleared).text, plural(cleared));
}

bool lab_notice_background(struct lab *lab)
{
    uint64_t bytes = given_back_bytes_of(lab), before = lab->noticed_bytes;
    lab->noticed_bytes = bytes;
    if (!lab->collector || bytes <= before)
        return false;
    uint64_t pages = (bytes - before) / lab->page_bytes;
    struct lab_line *line = begin_line(lab, "in the background: steppe_slots_collect(slots)");
    end_line(line, false, "%s", steppe_status_name(STEPPE_OK));
    add_effect(line, "%s page%s given back", human_count(pages).text, plural(pages));
    (void)lab_say(lab, false, "in the background: %s page%s given back", human_count(pages).text,
                  plural(pages));
    return true;
}

bool lab_collect(struct lab *lab, size_t page_max)
{
    size_t page_count = 0;
    if (!is_reserved(lab))
        return false;
    struct counts before = counts_before(lab);
    struct lab_line *line = begin_line(lab, "steppe_slots_collect(slots, %zu, &count)", page_max);
    steppe_status status = steppe_slots_collect(lab->slots, page_max, &page_count);
    lab->noticed_bytes = given_back_bytes_of(lab);
    end_line(line, status != STEPPE_OK, "%s, count %zu", steppe_status_name(status), page_count);
    add_counts(lab, line, before);
    if (status != STEPPE_OK)
        return say_refused(lab, status, "collecting", advice_for(status));
    return lab_say(lab, false, "collected: %s page%s given back", human_count(page_count).text,
                   plural(page_count));
}

bool lab_wait_collected(struct lab *lab, uint64_t timeout_ms)
{
    const struct timespec step = {.tv_nsec = WAIT_STEP_NS};
    uint64_t start_ns = now_ns();
    if (!is_reserved(lab))
        return false;
    if (!lab->collector)
        return lab_say(lab, true, "background collection is off; turn it on first");
    for (;;) {
        uint64_t needed = lab_needed_bytes(lab), committed = committed_bytes_of(lab);
        if (committed <= needed)
            return lab_say(lab, false, "collected in the background: no page is left over");
        if ((now_ns() - start_ns) / NS_PER_MS >= timeout_ms)
            return lab_say(lab, true,
                           "after %" PRIu64 " ms %" PRIu64 " pages are still left over; "
                           "wait longer, or collect",
                           timeout_ms, (committed - needed) / lab->page_bytes);
        (void)nanosleep(&step, NULL); /* cut short: looked at sooner */
    }
}

/* ---- settings ------------------------------------------------------------------------------- */

bool lab_set_budget(struct lab *lab, uint64_t limit_bytes)
{
    bool has_limit = limit_bytes != STEPPE_NO_LIMIT;
    struct lab_line *line =
        has_limit ? begin_line(lab, "steppe_budget_set_limit(budget, %" PRIu64 ")", limit_bytes)
                  : begin_line(lab, "steppe_budget_set_limit(budget, STEPPE_NO_LIMIT)");
    steppe_status status = steppe_budget_set_limit(lab->budget, limit_bytes);
    uint64_t charged = steppe_budget_charged_bytes(lab->budget);
    end_line(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    add_effect(line, "%s charged", human_bytes(charged).text);
    if (status != STEPPE_OK)
        return say_refused(lab, status, "the budget", advice_for(status));
    lab->options.budget_bytes = limit_bytes;
    if (!has_limit)
        return lab_say(lab, false, "no budget: nothing is refused by it");
    if (charged > limit_bytes)
        return lab_say(lab, false, "budget %s: %s are charged already, nothing more is committed",
                       human_bytes(limit_bytes).text, human_bytes(charged).text);
    return lab_say(lab, false, "budget %s: another %s may be committed",
                   human_bytes(limit_bytes).text, human_bytes(limit_bytes - charged).text);
}

static bool start_collector(struct lab *lab)
{
    steppe_collector_options options = {.interval_ms = lab->options.interval_ms};
    struct lab_line *line = begin_line(lab, "steppe_collector_start(&options)");
    lab->collector = steppe_collector_start(&options);
    if (lab->collector) {
        end_line(line, false, "0x...%05" PRIxPTR, (uintptr_t)lab->collector & LOW_BITS);
        add_effect(line, "interval %" PRIu32 " ms",
                   options.interval_ms ? options.interval_ms : 1000);
        return true;
    }
    steppe_status status = steppe_last_status();
    end_line(line, true, "NULL, %s", steppe_status_name(status));
    return say_refused(lab, status, "background collection", advice_for(status));
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
        struct lab_line *line = begin_line(lab, "steppe_collector_stop(collector)");
        stop_collector(lab);
        end_line(line, false, "%s", steppe_status_name(STEPPE_OK));
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
    if (verb == LAB_COLLECT && !committed_bytes_of(lab))
        return "no page is committed; there is nothing to collect";
    return NULL;
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

struct lab_figures lab_figures_of(const struct lab *lab)
{
    steppe_statistics memory = {0};
    steppe_slots_statistics slots = {0};
    struct lab_figures figures = {
        .charged_bytes = steppe_budget_charged_bytes(lab->budget),
        .limit_bytes = steppe_budget_limit_bytes(lab->budget),
        .slot_max = lab->options.slot_max,
    };
    if (!lab->slots || steppe_statistics_of(lab->slots, &memory) != STEPPE_OK ||
        steppe_slots_statistics_of(lab->slots, &slots) != STEPPE_OK)
        return figures;
    figures.reserved_bytes = lab->page_count * lab->page_bytes;
    figures.committed_bytes = slots.committed_bytes;
    /* One page of the reservation is the library's, and was written. */
    figures.resident_bytes = memory.resident_bytes;
    if (memory.resident_bytes != UINT64_MAX)
        figures.resident_bytes -= memory.resident_bytes < steppe_page_bytes()
                                      ? memory.resident_bytes
                                      : steppe_page_bytes();
    figures.bookkeeping_bytes = slots.bookkeeping_bytes;
    figures.slot_count = slots.slot_count;
    figures.fault_count = memory.fault_count;
    figures.os_call_count = memory.os_call_count;
    figures.vma_count = memory.vma_count;
    figures.refused_count = memory.refused_count;
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
