/* SPDX-License-Identifier: MIT */
/* lab_log.c - the lab's log: see lab_log.h. */
#include "map/lab_log.h"

#include "map/lab.h"

#include "screen/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { COUNTING_SHARE = 10, COUNTING_FREE_MS = 100 };

/* ---- counts --------------------------------------------------------------------------------- */

static struct lab_counts counts_of(struct lab *lab, bool is_complete)
{
    steppe_statistics memory = {0};
    struct lab_counts counts = {.committed_bytes = lab_committed_bytes(lab),
                                .is_complete = is_complete};
    if (!lab->slots || !is_complete)
        return counts;
    int64_t start_ms = screen_clock_ms();
    (void)steppe_statistics_of(lab->slots, &memory); /* alive: cannot fail */
    lab->counting_ms += screen_clock_ms() - start_ms;
    counts.fault_count = memory.fault_count;
    counts.os_call_count = memory.os_call_count;
    return counts;
}

/* A script of many lines shall not spend its time on that: a tenth of it, and a little to begin
 * with. */
struct lab_counts lab_log_counts(struct lab *lab)
{
    int64_t allowed_ms = COUNTING_FREE_MS + (screen_clock_ms() - lab->opened_ms) / COUNTING_SHARE;
    return counts_of(lab, lab->counting_ms <= allowed_ms);
}

const char *lab_log_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- lines ---------------------------------------------------------------------------------- */

struct lab_line *lab_log_begin(struct lab *lab, const char *format, ...)
{
    struct lab_line *line = &lab->lines[lab->line_count++ % LAB_LOG_LINES];
    va_list arguments;
    *line = (struct lab_line){.number = lab->line_count};
    va_start(arguments, format);
    vsnprintf(line->call, sizeof line->call, format, arguments);
    va_end(arguments);
    return line;
}

void lab_log_end(struct lab_line *line, bool is_refused, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line->result, sizeof line->result, format, arguments);
    va_end(arguments);
    line->is_refused = is_refused;
}

void lab_log_add(struct lab_line *line, const char *format, ...)
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

void lab_log_add_changes(struct lab *lab, struct lab_line *line, struct lab_counts before)
{
    struct lab_counts after = counts_of(lab, before.is_complete);
    uint64_t faults = after.fault_count - before.fault_count;
    uint64_t calls = after.os_call_count - before.os_call_count;
    uint64_t came = 0, went = 0;
    if (after.committed_bytes > before.committed_bytes)
        came = (after.committed_bytes - before.committed_bytes) / lab->page_bytes;
    else
        went = (before.committed_bytes - after.committed_bytes) / lab->page_bytes;
    if (faults)
        lab_log_add(line, "%" PRIu64 " fault%s", faults, lab_log_plural(faults));
    if (came)
        lab_log_add(line, "%" PRIu64 " page%s committed", came, lab_log_plural(came));
    if (went)
        lab_log_add(line, "%" PRIu64 " page%s given back", went, lab_log_plural(went));
    if (calls)
        lab_log_add(line, "%" PRIu64 " OS call%s", calls, lab_log_plural(calls));
    if (!line->effect[0])
        lab_log_add(line, "nothing changed");
}

/* ---- refusals ------------------------------------------------------------------------------- */

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

/* The library's sentence without what it calls itself and the address: the lines are short. */
bool lab_log_refusal(struct lab *lab, steppe_status status, const char *what)
{
    return lab_say(lab, true, "%s is refused: %s (%s); %s", what, steppe_status_text(status),
                   steppe_status_name(status), advice_for(status));
}
