/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <stdio.h>

#include "audit.h"
#include "complaint.h"
#include "kernel.h"
#include "report.h"

enum { RESERVE_COST_MAX = 1 << 20 /* more than this for address space would not be "nothing" */ };

static uint64_t grown(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0;
}

static bool reserve(struct story *story)
{
    /* Twice, so that what asking costs by itself is paid before the first figure counts. */
    struct kernel_process before, after;
    bool is_known = kernel_process_now(&before) && kernel_process_now(&before);
    double start = kernel_seconds();
    if (!table_reserve(&story->loading.table, "unicode table", STEPPE_NO_LIMIT, NULL, NULL))
        return false;
    double seconds = kernel_seconds() - start;
    is_known = is_known && kernel_process_now(&after);
    report_figure("reserved", "%s in %s", report_bytes(TABLE_RESERVED_BYTES), report_time(seconds));
    if (!is_known)
        return true;
    uint64_t cost = grown(before.resident_bytes, after.resident_bytes) +
                    grown(before.page_table_bytes, after.page_table_bytes);
    report_figure("paid for it", "%s of memory, the library's first use and page tables included",
                  report_bytes(cost));
    audit_at_most((struct figure){"memory paid for the reservation", cost},
                  (struct figure){"the promise that it costs next to nothing", RESERVE_COST_MAX});
    return true;
}

/* Nothing limits this load, but the system itself may refuse (a container, strict overcommit). */
static bool fill(struct story *story)
{
    steppe_fault fault = {0};
    loading_start(&story->loading, &story->dataset);
    enum loading_end end = loading_run(&story->loading, &fault);
    if (end == LOADING_REFUSED)
        return complain("no memory for the record of U+%04X: %s", story->loading.reader.code_point,
                        steppe_status_text(fault.reason));
    return end == LOADING_DONE;
}

/* Fault-around commits ahead of a loop that runs through neighbouring pages. */
static void report_ahead(uint64_t committed_bytes, uint64_t resident_bytes)
{
    if (resident_bytes == 0 || resident_bytes >= committed_bytes)
        return;
    report_figure("", "(%s pages were committed ahead and not touched: no memory is behind them)",
                  report_number((committed_bytes - resident_bytes) / steppe_page_bytes()));
}

static bool report_memory(const struct story *story)
{
    steppe_statistics statistics;
    if (steppe_statistics_of(story->loading.table.records, &statistics) != STEPPE_OK)
        return complain("no statistics: %s", steppe_last_message());
    uint64_t pages = statistics.committed_bytes / steppe_page_bytes();
    uint64_t resident = table_resident_bytes(&story->loading.table);
    report_figure("committed", "%s in %s pages; the records lie on %s of them",
                  report_bytes(statistics.committed_bytes), report_number(pages),
                  report_number(story->needed_bytes / steppe_page_bytes()));
    report_figure("resident", "%s of physical memory", report_bytes(resident));
    report_ahead(statistics.committed_bytes, resident);
    report_figure("faults", "%s first touches reached Steppe, %s pages each on average",
                  report_number(statistics.fault_count),
                  report_number(statistics.fault_count ? pages / statistics.fault_count : 0));
    char mechanism[256];
    snprintf(mechanism, sizeof mechanism, "%s: %s", steppe_mechanism_name(statistics.mechanism),
             statistics.why ? statistics.why : "");
    report_wrapped("mechanism", mechanism);
    return true;
}

bool chapter_fill(struct story *story)
{
    report_chapter(1, "Reserve a tebibyte, read Unicode into it");
    report_say("One record of %d bytes for each code point, in a plain C array:", RECORD_BYTES);
    report_gap();
    report_say("  struct record *table = steppe_reserve(STEPPE_TIB,");
    report_say("                         &(steppe_options){ .on_fault = STEPPE_COMMIT });");
    report_say("  table[code_point] = record;");
    report_gap();
    if (!reserve(story))
        return false;
    report_say("Unicode ends at U+10FFFF, so only the first %s can ever hold a record.",
               report_bytes(TABLE_USABLE_BYTES));
    report_gap();

    double start = kernel_seconds();
    if (!fill(story))
        return false;
    double seconds = kernel_seconds() - start;
    story->fingerprint = table_fingerprint(&story->loading.table);
    story->needed_bytes = table_needed_bytes(&story->loading.table);
    report_figure("read", "%s characters in %s", report_number(story->loading.reader.count),
                  report_time(seconds));
    report_figure("left out", "surrogates and private use: code points that hold no character");
    if (!report_memory(story))
        return false;
    report_gap();
    table_audit(&story->loading.table);
    return true;
}
