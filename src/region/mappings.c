/* SPDX-License-Identifier: MIT */
#include "region/mappings.h"

#include "platform/platform.h"

static int64_t used;
static uint64_t reserved_bytes;

void stp_mappings_begin(struct stp_mappings *mappings, size_t size_bytes)
{
    *mappings = (struct stp_mappings){.size_bytes = size_bytes};
    __atomic_fetch_add(&reserved_bytes, size_bytes, __ATOMIC_RELAXED);
    stp_mappings_add(mappings, 1);
}

void stp_mappings_end(struct stp_mappings *mappings)
{
    stp_mappings_add(mappings, -mappings->count);
    __atomic_fetch_sub(&reserved_bytes, mappings->size_bytes, __ATOMIC_RELAXED);
    mappings->size_bytes = 0;
}

void stp_mappings_add(struct stp_mappings *mappings, int64_t change)
{
    if (!change)
        return;
    __atomic_fetch_add(&mappings->count, change, __ATOMIC_RELAXED);
    __atomic_fetch_add(&used, change, __ATOMIC_RELAXED);
}

static uint64_t max(void)
{
    return stp_platform_facts()->mapping_count_max;
}

uint64_t stp_mappings_count(void)
{
    int64_t now = __atomic_load_n(&used, __ATOMIC_RELAXED);
    return now > 0 ? (uint64_t)now : 0;
}

uint64_t stp_mappings_limit(void)
{
    return max() - max() / 4;
}

bool stp_mappings_have_room_for(int64_t count)
{
    return stp_mappings_count() + (uint64_t)count <= stp_mappings_limit();
}

bool stp_mappings_have_room(void)
{
    return stp_mappings_have_room_for(2);
}

bool stp_mappings_have_room_to_give_back(void)
{
    return stp_mappings_count() + 2 <= max() - max() / 8;
}

bool stp_mappings_are_short(void)
{
    return stp_mappings_count() >= max() / 4;
}

/* A group in the middle of untouched memory takes two mappings: itself, and what lies behind it. */
size_t stp_mappings_group_bytes(size_t least_bytes, size_t most_bytes)
{
    uint64_t now = stp_mappings_count();
    uint64_t room = now < max() / 2 ? max() / 2 - now : 1;
    size_t group = least_bytes;
    if (!stp_mappings_are_short())
        return least_bytes;
    while (group < most_bytes &&
           __atomic_load_n(&reserved_bytes, __ATOMIC_RELAXED) / group > room / 2)
        group *= 2;
    return group;
}
