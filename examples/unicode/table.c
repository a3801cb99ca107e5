/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "complaint.h"
#include "kernel.h"
#include "report.h"

bool table_reserve(struct table *table, const char *name, uint64_t limit_bytes,
                   steppe_filter filter, void *filter_context)
{
    *table = (struct table){.budget = steppe_budget_new(limit_bytes)};
    if (!table->budget)
        return complain("no budget: %s", steppe_last_message());
    table->records = steppe_reserve(TABLE_RESERVED_BYTES, &(steppe_options){
                                                              .on_fault = STEPPE_COMMIT,
                                                              .filter = filter,
                                                              .filter_context = filter_context,
                                                              .budget = table->budget,
                                                              .name = name,
                                                          });
    if (table->records)
        return true;
    complain("1 TiB cannot be reserved: %s%s", steppe_last_message(),
             steppe_last_status() == STEPPE_E_ADDRESS_SPACE
                 ? " (is the address space limited, ulimit -v?)"
                 : "");
    steppe_budget_free(table->budget);
    *table = (struct table){0};
    return false;
}

bool table_release(struct table *table)
{
    if (table->records && steppe_release(table->records) != STEPPE_OK)
        return complain("the table cannot be released: %s", steppe_last_message());
    if (steppe_budget_free(table->budget) != STEPPE_OK)
        return complain("the budget cannot be freed: %s", steppe_last_message());
    *table = (struct table){0};
    return true;
}

steppe_state table_state(const struct table *table, uint32_t code_point)
{
    steppe_run run;
    if (steppe_query(&table->records[code_point], &run) != STEPPE_OK)
        return STEPPE_FREE;
    return run.state;
}

const struct record *table_find(const struct table *table, uint32_t code_point)
{
    if (code_point >= CODE_POINT_COUNT || table_state(table, code_point) != STEPPE_COMMITTED)
        return NULL;
    const struct record *record = &table->records[code_point];
    return record->is_used ? record : NULL;
}

/* Pages and records divide each other, so a run holds whole records. */
static void visit_run(const struct table *table, const steppe_run *run, table_visitor visitor,
                      void *context)
{
    uint32_t first = table_code_point_at((size_t)((char *)run->base - (char *)table->records));
    size_t count = run->size_bytes / RECORD_BYTES;
    for (size_t i = 0; i < count && first + i < CODE_POINT_COUNT; i++)
        if (table->records[first + i].is_used)
            visitor(first + (uint32_t)i, &table->records[first + i], context);
}

void table_visit(const struct table *table, table_visitor visitor, void *context)
{
    for (steppe_run run = steppe_first_run(table->records); run.size_bytes;
         run = steppe_next_run(run))
        if (run.state == STEPPE_COMMITTED)
            visit_run(table, &run, visitor, context);
}

/* FNV-1a over the words of a record: cheap, and any changed bit shows. */
static void add_fingerprint(uint32_t code_point, struct record *record, void *context)
{
    uint64_t *sum = context;
    uint64_t words[RECORD_BYTES / sizeof(uint64_t)];
    memcpy(words, record, sizeof words);
    *sum = (*sum ^ code_point) * UINT64_C(0x100000001B3);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        *sum = (*sum ^ words[i]) * UINT64_C(0x100000001B3);
}

uint64_t table_fingerprint(const struct table *table)
{
    uint64_t sum = UINT64_C(0xCBF29CE484222325);
    table_visit(table, add_fingerprint, &sum);
    return sum;
}

struct needed {
    uint64_t page_count, page_last;
};

static void add_needed(uint32_t code_point, struct record *record, void *context)
{
    (void)record;
    struct needed *needed = context;
    uint64_t page = (uint64_t)code_point * RECORD_BYTES / steppe_page_bytes();
    if (page == needed->page_last)
        return;
    needed->page_count++;
    needed->page_last = page;
}

uint64_t table_needed_bytes(const struct table *table)
{
    struct needed needed = {.page_last = UINT64_MAX};
    table_visit(table, add_needed, &needed);
    return needed.page_count * steppe_page_bytes();
}

uint64_t table_committed_bytes(const struct table *table)
{
    uint64_t sum = 0;
    for (steppe_run run = steppe_first_run(table->records); run.size_bytes;
         run = steppe_next_run(run))
        sum += run.state == STEPPE_COMMITTED ? run.size_bytes : 0;
    return sum;
}

uint64_t table_resident_bytes(const struct table *table)
{
    struct kernel_mappings mappings;
    if (!kernel_mappings_of(table->records, TABLE_RESERVED_BYTES, &mappings))
        return 0;
    return mappings.resident_bytes;
}

/* ---- audit ----------------------------------------------------------------------------------- */

static bool present_in_runs(const struct table *table, uint64_t *present_bytes)
{
    *present_bytes = 0;
    for (steppe_run run = steppe_first_run(table->records); run.size_bytes;
         run = steppe_next_run(run)) {
        uint64_t some = 0;
        if (run.state != STEPPE_COMMITTED)
            continue;
        if (!kernel_present_bytes(run.base, run.size_bytes, &some))
            return false;
        *present_bytes += some;
    }
    return true;
}

static void audit_charge(const struct table *table, const steppe_statistics *statistics)
{
    uint64_t walk = table_committed_bytes(table);
    audit_equal((struct figure){"the walk over runs", walk},
                (struct figure){"steppe_statistics_of", statistics->committed_bytes});
    audit_equal(
        (struct figure){"the walk over runs", walk},
        (struct figure){"steppe_budget_charged_bytes", steppe_budget_charged_bytes(table->budget)});
    audit_equal((struct figure){"the size reserved", TABLE_RESERVED_BYTES},
                (struct figure){"steppe_statistics_of", statistics->reserved_bytes});
    audit_at_most((struct figure){"the pages with records", table_needed_bytes(table)},
                  (struct figure){"the walk over runs", walk});
    audit_tick("committed: walk over runs, statistics and budget all say %s bytes",
               report_number(walk));
}

/* Pages in swap leave both sums, at moments of their own: then only the bounds are compared. */
static void audit_residence(const struct table *table, const steppe_statistics *statistics)
{
    struct kernel_mappings mappings;
    struct kernel_pages pages;
    uint64_t present = 0;
    if (!present_in_runs(table, &present) ||
        !kernel_mappings_of(table->records, TABLE_RESERVED_BYTES, &mappings)) {
        report_say("(the kernel cannot be asked about pages here: no /proc)");
        return;
    }
    struct figure in_runs = {"pagemap over the committed runs", present};
    struct figure resident = {"smaps over the whole terabyte", mappings.resident_bytes};
    struct figure counted = {"steppe_statistics_of", statistics->resident_bytes};
    audit_at_most(in_runs, (struct figure){"the charge", statistics->committed_bytes});
    audit_at_most(resident, in_runs);
    audit_at_most(resident, counted);
    audit_at_most(counted, in_runs);
    audit_equal((struct figure){"steppe_statistics_of (mappings)", statistics->vma_count},
                (struct figure){"smaps (mappings)", mappings.count});
    if (mappings.swapped_bytes == 0 &&
        kernel_pages_of(table->records, TABLE_RESERVED_BYTES, &pages)) {
        struct figure anywhere = {"PAGEMAP_SCAN over the whole terabyte", pages.present_bytes};
        audit_equal(anywhere, in_runs);
        audit_equal(resident, (struct figure){"PAGEMAP_SCAN without the page of zeros",
                                              pages.present_bytes - pages.zero_bytes});
    }
    audit_tick("resident: the kernel holds %s bytes, none of them outside committed pages",
               report_number(mappings.resident_bytes));
}

void table_audit(const struct table *table)
{
    steppe_statistics statistics;
    steppe_status status = steppe_statistics_of(table->records, &statistics);
    if (!audit_true(status == STEPPE_OK, "no statistics: %s", steppe_last_message()))
        return;
    audit_charge(table, &statistics);
    audit_residence(table, &statistics);
}
