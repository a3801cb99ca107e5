/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <inttypes.h>
#include <string.h>

#include "audit.h"
#include "complaint.h"
#include "kernel.h"
#include "removal.h"
#include "report.h"

enum { HAN_EXAMPLE = 0x6F22 /* the character that means "Han" */ };

/* Charge and physical memory, in the library's and in the kernel's words. */
struct holding {
    uint64_t charged_bytes, resident_bytes;
};

static struct holding holding_now(const struct table *table)
{
    return (struct holding){
        .charged_bytes = steppe_budget_charged_bytes(table->budget),
        .resident_bytes = table_resident_bytes(table),
    };
}

static void report_return(struct holding before, struct holding after, uint64_t page_count)
{
    struct figure pages = {"the pages given back", page_count * steppe_page_bytes()};
    report_figure("charge", "%s %s %s", report_bytes(before.charged_bytes), report_sign("→", "->"),
                  report_bytes(after.charged_bytes));
    audit_equal((struct figure){"the charge returned", before.charged_bytes - after.charged_bytes},
                pages);
    if (before.resident_bytes == 0) {
        audit_tick("%s bytes of charge returned", report_number(pages.value));
        return;
    }
    report_figure("resident", "%s %s %s", report_bytes(before.resident_bytes),
                  report_sign("→", "->"), report_bytes(after.resident_bytes));
    report_gap();
    audit_equal(
        (struct figure){"memory the kernel got back", before.resident_bytes - after.resident_bytes},
        pages);
    audit_tick("%s bytes of charge and the same of physical memory are back at once",
               report_number(pages.value));
}

static bool is_zero(const struct record *record)
{
    static const struct record zero;
    return memcmp(record, &zero, sizeof zero) == 0;
}

/* A decommitted page is no ruin: the next touch commits it anew, and it reads zero. */
static bool read_back(struct table *table)
{
    steppe_state before = table_state(table, HAN_EXAMPLE);
    uint64_t charged = steppe_budget_charged_bytes(table->budget);
    audit_true(before == STEPPE_RESERVED, "the page of U+%04X is %s after its decommit",
               HAN_EXAMPLE, steppe_state_name(before));
    bool reads_zero = is_zero(&table->records[HAN_EXAMPLE]);
    steppe_state after = table_state(table, HAN_EXAMPLE);
    uint64_t added = steppe_budget_charged_bytes(table->budget) - charged;
    audit_true(reads_zero, "the record of U+%04X is not zero after its decommit", HAN_EXAMPLE);
    audit_true(after == STEPPE_COMMITTED, "the page of U+%04X is %s after reading it", HAN_EXAMPLE,
               steppe_state_name(after));
    audit_equal((struct figure){"the charge for reading it", added},
                (struct figure){"one page", steppe_page_bytes()});
    audit_tick("table[U+%04X]: page %s; read: all zero, page %s anew, charge +%s bytes",
               HAN_EXAMPLE, steppe_state_name(before), steppe_state_name(after),
               report_number(added));
    if (steppe_decommit(&table->records[HAN_EXAMPLE], RECORD_BYTES) != STEPPE_OK)
        return complain("the page cannot be given back again: %s", steppe_last_message());
    return true;
}

bool chapter_removal(struct story *story)
{
    report_chapter(4, "Take a script out, give its memory back");
    const struct ranges *scripts = &story->dataset.scripts;
    uint16_t han = ranges_name_index(scripts, "Han");
    if (han == RANGES_NO_VALUE)
        return complain_at(scripts->text.path, 0, "the script Han is missing");
    map_remember(&story->map, &story->loading.table);

    struct removal removal;
    struct holding before = holding_now(&story->loading.table);
    double start = kernel_seconds();
    if (!removal_run(&removal, &story->loading.table, han))
        return false;
    double seconds = kernel_seconds() - start;
    struct holding after = holding_now(&story->loading.table);
    report_figure("removed", "Han: %s characters, in %s", report_number(removal.character_count),
                  report_time(seconds));
    report_figure("given back", "%s pages in %s calls of steppe_decommit",
                  report_number(removal.page_count), report_number(removal.call_count));
    report_figure("kept", "%s pages that hold characters of other scripts too",
                  report_number(removal.kept_page_count));
    audit_equal((struct figure){"the removal", removal.character_count},
                (struct figure){"Scripts.txt", ranges_code_points_of(scripts, han)});
    report_return(before, after, removal.page_count);
    if (!read_back(&story->loading.table))
        return false;
    table_audit(&story->loading.table);
    return true;
}
