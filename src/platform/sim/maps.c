/* SPDX-License-Identifier: MIT */
/*
 * sim/maps.c - the simulated kernel's map: only what was reserved through the platform.
 */
#include "platform/sim/state.h"

/* Does a mapping go on from the last page of one reservation to the first one of the next? */
static bool touches_alike(const struct sim_reservation *low, const struct sim_reservation *high)
{
    return low->base + low->page_count * SIM_PAGE_BYTES == high->base &&
           stp_sim_key(low, stp_sim_bits(low, low->page_count - 1)) ==
               stp_sim_key(high, stp_sim_bits(high, 0));
}

/* Where the mapping of a page starts: kernels join neighbours, whoever reserved them. */
static uintptr_t mapping_first(size_t at, size_t index)
{
    const struct sim_reservation *here = &stp_sim.reservations[at];
    for (;;) {
        while (index > 0 && (here->pages[index - 1] & SIM_KEY) == (here->pages[index] & SIM_KEY))
            index--;
        if (index > 0 || at == 0)
            return here->base + index * SIM_PAGE_BYTES;
        const struct sim_reservation *low = here - 1;
        if (!touches_alike(low, here))
            return here->base;
        at--;
        here = low;
        index = low->page_count - 1;
    }
}

static uintptr_t mapping_end(size_t at, size_t index)
{
    const struct sim_reservation *here = &stp_sim.reservations[at];
    for (;;) {
        index = stp_sim_run_end(here, index, SIM_KEY);
        if (index < here->page_count || at + 1 == stp_sim.reservation_count)
            return here->base + index * SIM_PAGE_BYTES;
        const struct sim_reservation *high = here + 1;
        if (!touches_alike(here, high))
            return here->base + index * SIM_PAGE_BYTES;
        at++;
        here = high;
        index = 0;
    }
}

int stp_platform_mapping_at(uintptr_t address, struct stp_platform_mapping *mapping, bool *found)
{
    int error = stp_sim_begin("mapping_at", address, 0, -1);
    if (error)
        return stp_sim_end(error);
    size_t at = stp_sim_index_above(address);
    *found = at < stp_sim.reservation_count;
    if (!*found)
        return stp_sim_end(0);
    const struct sim_reservation *here = &stp_sim.reservations[at];
    size_t index = address > here->base ? (address - here->base) / SIM_PAGE_BYTES : 0;
    *mapping = (struct stp_platform_mapping){
        .first = mapping_first(at, index),
        .end = mapping_end(at, index),
        .protection = stp_sim_protection(stp_sim_bits(here, index)),
        .owner = STEPPE_OWNER_ANONYMOUS,
    };
    return stp_sim_end(0);
}

static uint64_t present_count(const struct sim_reservation *reservation, size_t first, size_t end)
{
    uint64_t count = 0;
    for (size_t i = first; i < end; i++) {
        if (i < reservation->changed_first)
            i = reservation->changed_first;
        if (i >= end || i >= reservation->changed_end)
            break;
        count += (reservation->pages[i] & SIM_PRESENT) != 0;
    }
    return count;
}

/* Counts one reservation's part of a range. A run that goes on from the reservation before is not
 * counted again. */
static void measure_one(size_t at, uintptr_t base, uintptr_t end, uint64_t *mapping_count,
                        uint64_t *resident_bytes)
{
    const struct sim_reservation *here = &stp_sim.reservations[at];
    uintptr_t here_end = here->base + here->page_count * SIM_PAGE_BYTES;
    size_t first = base > here->base ? (base - here->base) / SIM_PAGE_BYTES : 0;
    size_t last = ((end < here_end ? end : here_end) - here->base - 1) / SIM_PAGE_BYTES + 1;

    *resident_bytes += present_count(here, first, last) * SIM_PAGE_BYTES;
    const struct sim_reservation *low = here - 1;
    if (first == 0 && at > 0 && base < here->base && touches_alike(low, here))
        first = stp_sim_run_end(here, 0, SIM_KEY);
    while (first < last) {
        ++*mapping_count;
        first = stp_sim_run_end(here, first, SIM_KEY);
    }
}

int stp_platform_measure(uintptr_t base, size_t size_bytes, uint64_t *mapping_count,
                         uint64_t *resident_bytes)
{
    int error = stp_sim_begin("measure", base, size_bytes, -1);
    if (error)
        return stp_sim_end(error);
    if (size_bytes == 0 || size_bytes > UINTPTR_MAX - base)
        stp_sim_violation("measure of an empty or wrapping range");
    uint64_t uncounted;
    mapping_count = mapping_count ? mapping_count : &uncounted;
    *mapping_count = 0;
    *resident_bytes = 0;
    for (size_t at = stp_sim_index_above(base); at < stp_sim.reservation_count; at++) {
        if (stp_sim.reservations[at].base >= base + size_bytes)
            break;
        measure_one(at, base, base + size_bytes, mapping_count, resident_bytes);
    }
    return stp_sim_end(0);
}

struct stp_sim_page stp_sim_page(const void *address)
{
    struct stp_sim_page page = {.protection = STEPPE_NO_ACCESS};

    stp_sim_lock();
    const struct sim_reservation *here = stp_sim_find((uintptr_t)address);
    if (here) {
        uint16_t bits = stp_sim_bits(here, ((uintptr_t)address - here->base) / SIM_PAGE_BYTES);
        page.is_reserved = true;
        page.protection = stp_sim_protection(bits);
        page.has_marker = bits & SIM_MARKER;
        page.is_present = bits & SIM_PRESENT;
        page.is_charged = bits & SIM_CHARGED;
        page.is_trapped = bits & SIM_TRAPPED;
        page.notes_writes = bits & SIM_NOTED;
    }
    stp_sim_unlock();
    return page;
}

unsigned stp_sim_allowed(const void *address)
{
    unsigned allowed = 0;

    stp_sim_lock();
    const struct sim_reservation *here = stp_sim_find((uintptr_t)address);
    if (here) {
        uint16_t bits = stp_sim_bits(here, ((uintptr_t)address - here->base) / SIM_PAGE_BYTES);
        for (steppe_access access = STEPPE_ACCESS_READ; access <= STEPPE_ACCESS_EXECUTE; access++)
            allowed |= (unsigned)stp_sim_page_allows(bits, access) << access;
    }
    stp_sim_unlock();
    return allowed;
}
