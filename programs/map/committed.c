/* SPDX-License-Identifier: MIT */
/* committed.c - what the system must find memory for: see committed.h. */
#include "map/committed.h"

#include <string.h>

bool committed_rule(enum region_kind kind, const char *protection)
{
    return kind == REGION_SHARED || (protection[3] == 'p' && protection[1] == 'w');
}

/* The kernel counts their pages when they come: one of gigabytes, nearly empty, commits it to
 * nothing. Other shared memory is counted as a whole when it is made. */
static bool is_counted_by_page(const struct region *region)
{
    return region->kind == REGION_SHARED &&
           (strncmp(region->name, "/memfd:", 7) == 0 || strncmp(region->name, "/dev/shm/", 9) == 0);
}

static uint64_t present_bytes(const struct region *region)
{
    const struct figures *figures = &region->figures;
    return figure_add(region->kind == REGION_SHARED ? figures->resident_bytes
                                                    : figures->dirty_bytes,
                      figures->swapped_bytes);
}

/* A region is one mapping, or a part of one: so its size is what the rule counts. One of several is
 * counted by its pages. */
void committed_settle_region(struct region *region)
{
    struct figures *figures = &region->figures;
    bool is_whole = committed_rule(region->kind, region->protection);
    bool is_by_page = is_counted_by_page(region) || region->charge == REGION_NOT_CHARGED;
    uint64_t present = present_bytes(region);
    figures->committed_bytes = is_whole ? region_size_bytes(region) : 0;
    region->is_committed_exact = is_whole && region->charge == REGION_CHARGED;
    if (is_whole && !is_by_page)
        return;
    /* Elsewhere private copies are committed; shared pages of files are not. */
    if (!is_whole && region->protection[3] != 'p')
        present = 0;
    if (figure_is_known(present) || is_counted_by_page(region))
        figures->committed_bytes = present;
    region->is_committed_exact = figure_is_known(present);
}

/* The sum of its mappings is there already, from the listing. */
static void settle_reservation(struct region *region, const struct process_reservation *reservation)
{
    uint64_t told = reservation->committed_bytes;
    if (region->kind != REGION_STEPPE || region->start != reservation->start ||
        region_size_bytes(region) != reservation->size_bytes || !figure_is_known(told))
        return;
    region->figures.committed_bytes =
        told < reservation->size_bytes ? told : reservation->size_bytes;
    region->is_committed_exact = true;
}

void committed_settle(struct capture *capture, const struct listing *listing)
{
    for (size_t i = 0; i < capture->region_count; i++) {
        struct region *region = &capture->regions[i];
        region->figures.reserved_bytes = region_size_bytes(region);
        if (region->kind != REGION_STEPPE)
            committed_settle_region(region);
    }
    for (size_t i = 0; i < listing->reservation_count; i++) {
        const struct process_reservation *reservation = &listing->reservations[i];
        size_t index = region_at(capture->regions, capture->region_count, reservation->start);
        if (index < capture->region_count)
            settle_reservation(&capture->regions[index], reservation);
    }
}
