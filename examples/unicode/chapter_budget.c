/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <inttypes.h>
#include <stdlib.h>

#include "audit.h"
#include "complaint.h"
#include "report.h"

#define RAISE_BYTES (UINT64_C(4) << 20)

static uint64_t whole_pages(uint64_t bytes)
{
    return bytes - bytes % steppe_page_bytes();
}

/* A quarter of what the table needs, and no multiple of a page: the rest must stay unused. */
static uint64_t choose_limit(const struct story *story)
{
    const uint64_t round = 1000000;
    uint64_t limit = story->needed_bytes / 4;
    return limit < round ? limit : limit - limit % round;
}

static void audit_loaded(const struct story *story, const struct loading *loading)
{
    audit_true(loading->reader.state == READER_AT_END,
               "the load under a budget did not reach the end");
    audit_true(table_fingerprint(&loading->table) == story->fingerprint,
               "the table loaded under a budget differs from the first");
}

static void audit_refusal(const struct loading *loading, const steppe_fault *fault, uint64_t limit)
{
    uint64_t charged = steppe_budget_charged_bytes(loading->table.budget);
    audit_true(fault->reason == STEPPE_E_BUDGET, "the load stopped with %s",
               steppe_status_name(fault->reason));
    audit_true(fault->budget == loading->table.budget, "another budget refused");
    audit_equal((struct figure){"the charge at the refusal", charged},
                (struct figure){"the limit in whole pages", whole_pages(limit)});
    audit_true(table_code_point_at(fault->offset_bytes) == loading->reader.code_point,
               "the fault lies at U+%04" PRIX32 ", the reader stands at U+%04" PRIX32,
               table_code_point_at(fault->offset_bytes), loading->reader.code_point);
    audit_tick("refused at the byte: %s charged, the limit of %s in whole pages",
               report_number(charged), report_number(limit));
}

/* First way: let the refusal unwind, then decide, then go on. */
static bool catch_and_go_on(const struct story *story, struct loading *loading, uint64_t limit)
{
    if (!table_reserve(&loading->table, "under a budget", limit, NULL, NULL))
        return false;
    report_say("%sCaught.%s STEPPE_TRY (&fault) { load(table); } STEPPE_CAUGHT { ... }",
               report_bold(), report_plain());
    steppe_fault fault = {0};
    loading_start(loading, &story->dataset);
    enum loading_end end = loading_run(loading, &fault);
    if (!audit_true(end == LOADING_REFUSED, "a budget of %s held the whole table",
                    report_bytes(limit)))
        return table_release(&loading->table);
    report_figure("stopped", "at U+%04" PRIX32 " %s", loading->reader.code_point,
                  loading->reader.record.name);
    report_figure("reason", "%s: %s", steppe_status_name(fault.reason),
                  steppe_status_text(fault.reason));
    audit_refusal(loading, &fault, limit);

    if (steppe_budget_set_limit(loading->table.budget, STEPPE_NO_LIMIT) != STEPPE_OK)
        return complain("the limit cannot be raised: %s", steppe_last_message());
    end = loading_run(loading, &fault);
    audit_true(end == LOADING_DONE, "refused again without a limit: %s",
               steppe_status_text(fault.reason));
    audit_loaded(story, loading);
    audit_tick("limit lifted, loading went on from there: %s characters, equal to the first table",
               report_number(loading->reader.count));
    return table_release(&loading->table);
}

/* Second way: a filter raises the limit at the faulting instruction. */
static steppe_answer raise_limit(const steppe_fault *fault, void *context)
{
    unsigned *raise_count = context;
    if (fault->reason != STEPPE_E_BUDGET || !fault->budget)
        return STEPPE_UNWIND;
    uint64_t limit = steppe_budget_limit_bytes(fault->budget);
    if (steppe_budget_set_limit(fault->budget, limit + RAISE_BYTES) != STEPPE_OK)
        return STEPPE_UNWIND;
    ++*raise_count;
    return STEPPE_RESUME;
}

/* A budget that is exact leaves only one possible number of refusals. */
static void audit_raises(const struct loading *loading, uint64_t limit, unsigned raise_count)
{
    uint64_t charged = steppe_budget_charged_bytes(loading->table.budget);
    uint64_t expected = 0;
    for (; whole_pages(limit) < charged; limit += RAISE_BYTES)
        expected++;
    audit_equal((struct figure){"the count of the filter's raises", raise_count},
                (struct figure){"the charge at the end", expected});
    audit_at_most((struct figure){"the charge at the end", charged},
                  (struct figure){"the limit", steppe_budget_limit_bytes(loading->table.budget)});
}

static bool raise_and_resume(const struct story *story, struct loading *loading, uint64_t limit)
{
    unsigned raise_count = 0;
    if (!table_reserve(&loading->table, "with a filter", limit, raise_limit, &raise_count))
        return false;
    report_say("%sResumed.%s A filter raises the limit by %s and answers STEPPE_RESUME.",
               report_bold(), report_plain(), report_bytes(RAISE_BYTES));
    steppe_fault fault = {0};
    loading_start(loading, &story->dataset);
    enum loading_end end = loading_run(loading, &fault);
    audit_true(end == LOADING_DONE, "refused in spite of the filter: %s",
               steppe_status_text(fault.reason));
    audit_loaded(story, loading);
    audit_raises(loading, limit, raise_count);
    audit_tick("refused and raised %u times; the loading loop never noticed, the table is equal",
               raise_count);
    table_audit(&loading->table);
    return table_release(&loading->table);
}

bool chapter_budget(struct story *story)
{
    report_chapter(5, "Stay under a budget, survive a refusal");
    uint64_t limit = choose_limit(story);
    report_say("The same load again, into a reservation that may commit %s bytes:",
               report_number(limit));
    report_gap();
    struct loading *loading = calloc(1, sizeof *loading);
    if (!loading)
        return complain("no memory for a second load");
    bool is_done = catch_and_go_on(story, loading, limit);
    report_gap();
    is_done = is_done && raise_and_resume(story, loading, limit);
    free(loading);
    return is_done;
}
