/* SPDX-License-Identifier: MIT */
/*
 * lab_task.c - verbs in pieces: see lab_task.h.
 *
 * A line of the log stands for all pieces of a range, so it is written when the range is done, or
 * is left. Tempting is a clear or a collection in pieces for everybody; but a script says
 * "collect", and shall see that call, not twenty. So pieces are for steps only.
 */
#include "map/lab_task.h"

#include "map/lab.h"

#include "screen/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum {
    LOW_BITS = 0xFFFFF,
    EXPLAINED_BYTES = 160,
    CLEAR_PIECE_BYTES = 1 << 24,
    COLLECT_PIECE_BYTES = 1 << 26,
    LARGE_SLOT_BYTES = 1 << 20,
    WAIT_STEP_NS = 2000000,
};

#define NO_END INT64_MAX

static bool is_over(int64_t end_ms)
{
    return end_ms != NO_END && screen_clock_ms() >= end_ms;
}

bool lab_task_is_running(const struct lab *lab)
{
    return lab->task.kind != LAB_TASK_NONE;
}

static bool may_begin(struct lab *lab)
{
    if (lab_task_is_running(lab))
        return lab_say(lab, true, "something is being done; wait, or stop it first");
    if (!lab_is_reserved(lab))
        return false;
    lab->is_error = false; /* what was said last is of another one */
    return true;
}

/* ---- ranges --------------------------------------------------------------------------------- */

static struct human_range range_of(const struct lab_task *task)
{
    return task->ranges.ranges[task->range];
}

static uint64_t count_of(struct human_range range)
{
    return range.last - range.first + 1;
}

static void begin_ranges(struct lab *lab, enum lab_task_kind kind,
                         const struct human_ranges *ranges)
{
    lab->task = (struct lab_task){.kind = kind, .ranges = *ranges};
    lab->task.slots_before = steppe_slots_count(lab->slots);
    lab->task.committed_before = lab_committed_bytes(lab);
    for (size_t i = 0; i < ranges->count; i++)
        lab->task.total += count_of(ranges->ranges[i]);
}

static void begin_range(struct lab *lab)
{
    struct lab_task *task = &lab->task;
    struct human_range range = range_of(task);
    lab_trip_guards(lab, range);
    task->use = (struct lab_use){.next = range.first};
    task->next = range.first;
    task->call_count = 0;
    task->range_slots_before = steppe_slots_count(lab->slots);
    task->before = lab_log_counts(lab);
}

/* false: that was the last. */
static bool begin_next_range(struct lab *lab)
{
    struct lab_task *task = &lab->task;
    task->passed += count_of(range_of(task));
    if (task->range + 1 == task->ranges.count)
        return false;
    task->range++;
    begin_range(lab);
    return true;
}

static void end(struct lab *lab)
{
    lab->task.kind = LAB_TASK_NONE;
}

/* ---- use ------------------------------------------------------------------------------------ */

static struct lab_line *begin_use_line(struct lab *lab, struct human_range range)
{
    if (range.first == range.last)
        return lab_log_begin(lab, "steppe_slots_use(slots, %" PRIu64 ")", range.first);
    return lab_log_begin(lab, "steppe_slots_use(slots, %" PRIu64 "..%" PRIu64 ")", range.first,
                         range.last);
}

static void log_touch(struct lab *lab, const struct lab_use *use)
{
    struct lab_line *line = lab_log_begin(lab, "touch of structure %" PRIu64, use->next);
    lab_log_end(line, true, "fault: %s", steppe_status_name(use->status));
    lab_log_add(line, "it is in use all the same, without memory");
}

static void log_use(struct lab *lab, bool is_stopped)
{
    const struct lab_use *use = &lab->task.use;
    struct human_range range = range_of(&lab->task);
    struct lab_line *line = begin_use_line(lab, range);
    bool is_one = range.first == range.last;
    if (use->status == STEPPE_OK || use->is_touch)
        lab_log_end(line, false, "0x...%05" PRIxPTR,
                    (uintptr_t)(lab->slots + range.first * lab->options.slot_bytes) & LOW_BITS);
    else
        lab_log_end(line, true, "NULL at %" PRIu64 ", %s", use->next,
                    steppe_status_name(use->status));
    if (!is_one && use->used)
        lab_log_add(line, "%" PRIu64 " more in use", use->used);
    if (use->kept)
        lab_log_add(line, is_one ? "in use already: kept" : "%" PRIu64 " in use already: kept",
                    use->kept);
    if (is_stopped)
        lab_log_add(line, use->written_bytes ? "stopped in %" PRIu64 : "stopped before %" PRIu64,
                    use->next);
    lab_log_add_changes(lab, line, lab->task.before);
    if (use->is_touch)
        log_touch(lab, use);
}

static bool say_use_refused(struct lab *lab, const struct lab_use *use)
{
    char what[EXPLAINED_BYTES];
    if (!use->is_touch) {
        snprintf(what, sizeof what, "the use of %" PRIu64, use->next);
        return lab_log_refusal(lab, use->status, what);
    }
    return lab_say(lab, true,
                   "the touch of %" PRIu64 " faulted (%s); it is in use without "
                   "memory: clear it, or use it again with more budget",
                   use->next, steppe_status_name(use->status));
}

static bool say_used(struct lab *lab)
{
    uint64_t used = lab->task.used, kept = lab->task.kept;
    if (kept == 1 && !used)
        return lab_say(lab, false, "%" PRIu64 " was in use already: it is as it was",
                       lab->task.ranges.ranges[0].first);
    if (kept)
        return lab_say(lab, false, "%s put to use, %s were in use already", human_count(used).text,
                       human_count(kept).text);
    return lab_say(lab, false, "%s structure%s put to use and written", human_count(used).text,
                   lab_log_plural(used));
}

static void add_used(struct lab_task *task)
{
    task->used += task->use.used;
    task->kept += task->use.kept;
}

static void step_use(struct lab *lab, int64_t end_ms)
{
    struct lab_task *task = &lab->task;
    do {
        struct human_range range = range_of(task);
        lab_use_piece(lab, range, end_ms, &task->use);
        if (task->use.status == STEPPE_OK && task->use.next <= range.last)
            return; /* it is time */
        log_use(lab, false);
        if (task->use.status != STEPPE_OK) {
            end(lab);
            (void)say_use_refused(lab, &task->use); /* false: is_error says so as well */
            return;
        }
        add_used(task);
    } while (begin_next_range(lab));
    end(lab);
    (void)say_used(lab); /* true */
}

/* One that is written in part is looked at again when it is used again, as a refused one is. */
static void stop_use(struct lab *lab)
{
    struct lab_task *task = &lab->task;
    char kept[EXPLAINED_BYTES] = "";
    log_use(lab, true);
    add_used(task);
    uint64_t count = task->used + task->kept;
    if (task->kept)
        snprintf(kept, sizeof kept, ", %s in use before", human_count(task->kept).text);
    if (task->use.written_bytes) {
        lab->has_refused = true;
        (void)lab_say(lab, false, "stopped after %s structure%s%s, and a part of %" PRIu64,
                      human_count(count).text, lab_log_plural(count), kept, task->use.next);
        return;
    }
    (void)lab_say(lab, false, "stopped after %s structure%s%s", human_count(count).text,
                  lab_log_plural(count), kept);
}

bool lab_task_use(struct lab *lab, const struct human_ranges *ranges)
{
    if (!may_begin(lab) || !lab_use_is_affordable(lab, ranges))
        return false;
    lab->use_count++;
    begin_ranges(lab, LAB_TASK_USE, ranges);
    begin_range(lab);
    return true;
}

/* ---- clear ---------------------------------------------------------------------------------- */

static steppe_status clear_structures(struct lab *lab, uint64_t first, uint64_t count)
{
    lab->task.call_count++;
    return count == 1 ? steppe_slots_clear(lab->slots, first)
                      : steppe_slots_clear_range(lab->slots, first, count);
}

static uint64_t clear_piece(const struct lab *lab, int64_t end_ms)
{
    uint64_t count = CLEAR_PIECE_BYTES / lab->options.slot_bytes;
    if (end_ms == NO_END)
        return UINT64_MAX;
    return count ? count : 1;
}

/* To the end of the range, or as long as there is time. Between pieces what is clear is passed
 * over: there may be very much of it. */
static steppe_status clear_on(struct lab *lab, int64_t end_ms)
{
    struct lab_task *task = &lab->task;
    struct human_range range = range_of(task);
    uint64_t piece = clear_piece(lab, end_ms);
    do {
        uint64_t used = steppe_slots_next(lab->slots, task->next);
        if (task->call_count && used > range.last) {
            task->next = range.last + 1;
            return STEPPE_OK;
        }
        if (count_of(range) > piece && used <= range.last)
            task->next = used;
        uint64_t count = range.last - task->next + 1;
        if (used <= range.last && count > piece)
            count = piece;
        steppe_status status = clear_structures(lab, task->next, count);
        if (status != STEPPE_OK)
            return status;
        task->next += count;
    } while (task->next <= range.last && !is_over(end_ms));
    return STEPPE_OK;
}

static struct lab_line *begin_clear_line(struct lab *lab)
{
    struct human_range range = range_of(&lab->task);
    if (range.first == range.last)
        return lab_log_begin(lab, "steppe_slots_clear(slots, %" PRIu64 ")", range.first);
    if (lab->task.call_count == 1)
        return lab_log_begin(lab, "steppe_slots_clear_range(slots, %" PRIu64 ", %" PRIu64 ")",
                             range.first, count_of(range));
    return lab_log_begin(lab, "steppe_slots_clear_range(slots, %" PRIu64 "..%" PRIu64 ")",
                         range.first, range.last);
}

static void log_clear(struct lab *lab, steppe_status status, bool is_stopped)
{
    struct lab_task *task = &lab->task;
    struct human_range range = range_of(task);
    struct lab_line *line = begin_clear_line(lab);
    uint64_t cleared = task->range_slots_before - steppe_slots_count(lab->slots);
    lab_log_end(line, status != STEPPE_OK, "%s", steppe_status_name(status));
    if (task->call_count > 1)
        lab_log_add(line, "in %" PRIu64 " calls", task->call_count);
    if (cleared)
        lab_log_add(line, "%" PRIu64 " cleared, zeroed", cleared);
    else
        lab_log_add(line, range.first == range.last ? "clear already" : "all clear already");
    if (is_stopped)
        lab_log_add(line, "stopped before %" PRIu64, task->next);
    if (cleared)
        lab_log_add_changes(lab, line, task->before);
}

static void end_clear(struct lab *lab)
{
    end(lab);
    lab->noticed_bytes = lab_given_back_bytes(lab);
    if (!steppe_slots_count(lab->slots))
        lab->has_refused = false;
}

static bool say_cleared(struct lab *lab)
{
    uint64_t cleared = lab->task.slots_before - steppe_slots_count(lab->slots);
    uint64_t committed_bytes = lab->task.committed_before, left_bytes = lab_committed_bytes(lab);
    if (!cleared)
        return lab_say(lab, false, "clear already: nothing changed");
    if (left_bytes < committed_bytes)
        return lab_say(lab, false, "%s cleared, %s given back", human_count(cleared).text,
                       human_bytes(committed_bytes - left_bytes).text);
    return lab_say(lab, false, "%s structure%s cleared; no page has gone yet",
                   human_count(cleared).text, lab_log_plural(cleared));
}

static void step_clear(struct lab *lab, int64_t end_ms)
{
    struct lab_task *task = &lab->task;
    do {
        steppe_status status = clear_on(lab, end_ms);
        if (status == STEPPE_OK && task->next <= range_of(task).last)
            return; /* it is time */
        log_clear(lab, status, false);
        if (status != STEPPE_OK) {
            end_clear(lab);
            (void)lab_log_refusal(lab, status, "clearing"); /* false */
            return;
        }
    } while (begin_next_range(lab));
    end_clear(lab);
    (void)say_cleared(lab); /* true */
}

static void stop_clear(struct lab *lab)
{
    log_clear(lab, STEPPE_OK, true);
    end_clear(lab);
    uint64_t cleared = lab->task.slots_before - steppe_slots_count(lab->slots);
    (void)lab_say(lab, false, "stopped after %s structure%s", human_count(cleared).text,
                  lab_log_plural(cleared));
}

bool lab_task_clear(struct lab *lab, const struct human_ranges *ranges)
{
    if (!may_begin(lab))
        return false;
    begin_ranges(lab, LAB_TASK_CLEAR, ranges);
    begin_range(lab);
    return true;
}

/* ---- collect -------------------------------------------------------------------------------- */

/* How many pages the next call may give back; 0: all there are, and that is the last call. */
static size_t next_page_max(const struct lab *lab, int64_t end_ms, bool *is_last)
{
    const struct lab_task *task = &lab->task;
    size_t piece = COLLECT_PIECE_BYTES / lab->page_bytes;
    uint64_t committed = lab_committed_bytes(lab) / lab->page_bytes;
    size_t left = task->page_max ? task->page_max - task->pages : 0;
    *is_last = end_ms == NO_END || committed <= piece || (left && left <= piece);
    return *is_last ? left : piece;
}

/* true: there is more to do, but it is time. */
static bool collect_on(struct lab *lab, int64_t end_ms, steppe_status *status)
{
    struct lab_task *task = &lab->task;
    bool is_last;
    do {
        size_t page_max = next_page_max(lab, end_ms, &is_last), count = 0;
        *status = steppe_slots_collect(lab->slots, page_max, &count);
        task->call_count++;
        task->pages += count;
        if (*status != STEPPE_OK || is_last)
            return false;
        /* All the way round. Without a limit a last call follows, for bits that pages left behind.
         */
        if (count < page_max) {
            end_ms = NO_END;
            if (task->page_max)
                return false;
        }
    } while (!is_over(end_ms));
    return true;
}

static void log_collect(struct lab *lab, steppe_status status, bool is_stopped)
{
    const struct lab_task *task = &lab->task;
    struct lab_line *line = lab_log_begin(
        lab, "steppe_slots_collect(slots, %zu, &count)",
        task->call_count == 1 ? task->page_max : COLLECT_PIECE_BYTES / lab->page_bytes);
    lab_log_end(line, status != STEPPE_OK, "%s, count %" PRIu64, steppe_status_name(status),
                task->pages);
    if (task->call_count > 1)
        lab_log_add(line, "in %" PRIu64 " calls", task->call_count);
    if (is_stopped)
        lab_log_add(line, "stopped");
    lab_log_add_changes(lab, line, task->before);
    lab->noticed_bytes = lab_given_back_bytes(lab);
}

static void step_collect(struct lab *lab, int64_t end_ms)
{
    steppe_status status;
    uint64_t pages;
    if (collect_on(lab, end_ms, &status))
        return;
    pages = lab->task.pages;
    log_collect(lab, status, false);
    end(lab);
    if (status != STEPPE_OK)
        (void)lab_log_refusal(lab, status, "collecting"); /* false */
    else
        (void)lab_say(lab, false, "collected: %s page%s given back", human_count(pages).text,
                      lab_log_plural(pages));
}

static void stop_collect(struct lab *lab)
{
    uint64_t pages = lab->task.pages;
    log_collect(lab, STEPPE_OK, true);
    (void)lab_say(lab, false, "stopped after %s page%s given back", human_count(pages).text,
                  lab_log_plural(pages));
}

/* Pages that are committed, and that no structure in use needs. */
static uint64_t pages_left_over(const struct lab *lab)
{
    uint64_t needed = lab_needed_bytes(lab), committed = lab_committed_bytes(lab);
    return committed > needed ? (committed - needed) / lab->page_bytes : 0;
}

bool lab_task_collect(struct lab *lab, size_t page_max)
{
    if (!may_begin(lab))
        return false;
    uint64_t total = pages_left_over(lab);
    lab->task = (struct lab_task){.kind = LAB_TASK_COLLECT, .page_max = page_max};
    lab->task.total = page_max && page_max < total ? page_max : total;
    lab->task.before = lab_log_counts(lab);
    return true;
}

/* ---- wait ----------------------------------------------------------------------------------- */

static uint64_t waited_ms(const struct lab *lab)
{
    return (uint64_t)(screen_clock_ms() - lab->task.start_ms);
}

static void look_whether_collected(struct lab *lab)
{
    uint64_t pages = pages_left_over(lab);
    if (!pages) {
        end(lab);
        (void)lab_say(lab, false, "collected in the background: no page is left over");
    } else if (waited_ms(lab) >= lab->task.timeout_ms) {
        end(lab);
        (void)lab_say(lab, true,
                      "after %" PRIu64 " ms %" PRIu64 " page%s still left over; "
                      "wait longer, or collect",
                      lab->task.timeout_ms, pages, pages == 1 ? " is" : "s are");
    }
}

static void stop_wait(struct lab *lab)
{
    uint64_t pages = pages_left_over(lab), ms = waited_ms(lab);
    (void)lab_say(lab, false, "stopped after %" PRIu64 " ms: %s page%s left over", ms,
                  human_count(pages).text, pages == 1 ? " is" : "s are");
}

bool lab_task_wait(struct lab *lab, uint64_t timeout_ms)
{
    if (!may_begin(lab))
        return false;
    if (!lab->collector)
        return lab_say(lab, true, "background collection is off; turn it on first");
    lab->task = (struct lab_task){
        .kind = LAB_TASK_WAIT, .timeout_ms = timeout_ms, .start_ms = screen_clock_ms()};
    lab->task.total = pages_left_over(lab);
    return true;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static void go_on(struct lab *lab, int64_t end_ms)
{
    switch (lab->task.kind) {
    case LAB_TASK_USE:
        step_use(lab, end_ms);
        break;
    case LAB_TASK_CLEAR:
        step_clear(lab, end_ms);
        break;
    case LAB_TASK_COLLECT:
        step_collect(lab, end_ms);
        break;
    case LAB_TASK_WAIT:
        look_whether_collected(lab);
        break;
    case LAB_TASK_NONE:
        break;
    }
}

void lab_task_step(struct lab *lab, uint32_t ms)
{
    if (!lab_task_is_running(lab))
        return;
    go_on(lab, screen_clock_ms() + ms);
    lab->task.has_just_ended = lab->task.was_shown && !lab_task_is_running(lab);
    lab->task.was_shown = true;
}

bool lab_task_finish(struct lab *lab)
{
    const struct timespec pause = {.tv_nsec = WAIT_STEP_NS};
    go_on(lab, NO_END);
    while (lab_task_is_running(lab)) { /* only waiting has no end of its own */
        (void)nanosleep(&pause, NULL); /* cut short: looked at sooner */
        go_on(lab, NO_END);
    }
    return !lab->is_error;
}

void lab_task_stop(struct lab *lab)
{
    switch (lab->task.kind) {
    case LAB_TASK_USE:
        stop_use(lab);
        break;
    case LAB_TASK_CLEAR:
        stop_clear(lab);
        break;
    case LAB_TASK_COLLECT:
        stop_collect(lab);
        break;
    case LAB_TASK_WAIT:
        stop_wait(lab);
        break;
    case LAB_TASK_NONE:
        break;
    }
    end(lab);
}

/* ---- for the view --------------------------------------------------------------------------- */

static uint64_t done_of(const struct lab *lab)
{
    const struct lab_task *task = &lab->task;
    uint64_t left;
    switch (task->kind) {
    case LAB_TASK_USE:
        return task->passed + task->use.next - range_of(task).first;
    case LAB_TASK_CLEAR:
        return task->passed + task->next - range_of(task).first;
    case LAB_TASK_COLLECT:
        return task->pages;
    case LAB_TASK_WAIT:
        left = pages_left_over(lab);
        return left < task->total ? task->total - left : 0;
    case LAB_TASK_NONE:
        break;
    }
    return 0;
}

void lab_task_text(const struct lab *lab, char text[LAB_TASK_TEXT_BYTES])
{
    static const char *const words[] = {"", "using", "clearing", "collecting", "waiting for"};
    const struct lab_task *task = &lab->task;
    text[0] = 0;
    if (!lab_task_is_running(lab))
        return;
    int length =
        snprintf(text, LAB_TASK_TEXT_BYTES, "%s %s of %s%s", words[task->kind],
                 human_count(done_of(lab)).text, human_count(task->total).text,
                 task->kind == LAB_TASK_COLLECT || task->kind == LAB_TASK_WAIT ? " pages" : "");
    if (task->kind == LAB_TASK_USE && lab->options.slot_bytes >= LARGE_SLOT_BYTES)
        snprintf(text + length, (size_t)(LAB_TASK_TEXT_BYTES - length), ", %s of it",
                 human_bytes(task->use.written_bytes).text);
}

double lab_task_share(const struct lab *lab)
{
    const struct lab_task *task = &lab->task;
    double done = (double)done_of(lab);
    if (!task->total)
        return -1;
    if (task->kind == LAB_TASK_USE)
        done += (double)task->use.written_bytes / (double)lab->options.slot_bytes;
    return done < (double)task->total ? done / (double)task->total : 1;
}
