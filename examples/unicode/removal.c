/* SPDX-License-Identifier: MIT */
#include "removal.h"

#include <string.h>

#include "complaint.h"

/* Neighbouring pages that are to go, not yet decommitted. */
struct pending {
    char *base;
    size_t size_bytes;
};

static bool flush(struct removal *removal, struct pending *pending)
{
    if (pending->size_bytes == 0)
        return true;
    if (steppe_decommit(pending->base, pending->size_bytes) != STEPPE_OK)
        return complain("pages cannot be given back: %s", steppe_last_message());
    removal->page_count += pending->size_bytes / steppe_page_bytes();
    removal->call_count++;
    pending->size_bytes = 0;
    return true;
}

static void clear_records(struct record *page, size_t count, uint16_t script)
{
    for (size_t i = 0; i < count; i++)
        if (page[i].is_used && page[i].script == script)
            page[i] = (struct record){0};
}

static bool remove_from_page(struct removal *removal, struct pending *pending, struct record *page,
                             uint16_t script)
{
    size_t count = steppe_page_bytes() / RECORD_BYTES;
    size_t going = 0, staying = 0;
    for (size_t i = 0; i < count; i++) {
        going += page[i].is_used && page[i].script == script;
        staying += page[i].is_used && page[i].script != script;
    }
    removal->character_count += going;
    if (going > 0 && staying == 0) {
        if (pending->size_bytes == 0)
            pending->base = (char *)page;
        pending->size_bytes += steppe_page_bytes();
        return true;
    }
    if (going > 0) {
        clear_records(page, count, script);
        removal->kept_page_count++;
    }
    return flush(removal, pending);
}

static bool remove_from_run(struct removal *removal, const steppe_run *run, uint16_t script)
{
    struct pending pending = {0};
    struct record *end = (struct record *)run->base + run->size_bytes / RECORD_BYTES;
    size_t step = steppe_page_bytes() / RECORD_BYTES;
    for (struct record *page = run->base; page < end; page += step)
        if (!remove_from_page(removal, &pending, page, script))
            return false;
    return flush(removal, &pending);
}

/* Decommitting inside the run in hand is fine: each step of the walk is a query of its own. */
bool removal_run(struct removal *removal, const struct table *table, uint16_t script)
{
    *removal = (struct removal){0};
    for (steppe_run run = steppe_first_run(table->records); run.size_bytes;
         run = steppe_next_run(run))
        if (run.state == STEPPE_COMMITTED && !remove_from_run(removal, &run, script))
            return false;
    return true;
}
