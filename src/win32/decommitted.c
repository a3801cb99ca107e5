/* SPDX-License-Identifier: MIT */
/*
 * decommitted.c - a reserved page is not like another that was decommitted from another protection.
 *
 * VirtualQuery tells no protection of reserved pages, yet ends their run where the protection that
 * they last had changes; for a page never committed that is the reservation's. (The conformance
 * scenario 51 has a line that shows it.) Nothing else depends on this file.
 *
 * Most programs commit with the protection they reserved with. So bytes are kept, one a page, only
 * for a reservation in which pages with another protection were decommitted: 0 for the
 * reservation's own protection, else the protection and 1. They say something of pages that are
 * reserved, and are written while the pages are still committed; a decommit that fails does no
 * harm.
 */
#include "decommitted.h"

#include <windows.h>

#include "linux/lock.h"
#include "linux/memory.h"
#include "range.h"
#include "tag.h"

enum { NUMBERS_MAX = 1 << 26 }; /* later reservations keep nothing */

/* Of every reservation by its number; paid for by use. */
static uint8_t **kept;
static uint32_t last_number;
static w32_lock lock; /* of kept and what it points to */

uint32_t w32_decommitted_number(void)
{
    return __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED);
}

static uint8_t **place_of(uint64_t tag)
{
    uint8_t **base = __atomic_load_n(&kept, __ATOMIC_ACQUIRE);
    uint32_t number = w32_tag_number(tag);
    return base && number < NUMBERS_MAX ? &base[number] : NULL;
}

static bool has_kept(uint64_t tag)
{
    uint8_t **place = w32_tag_is_ours(tag) ? place_of(tag) : NULL;
    return place && __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

/* ---- under the lock -------------------------------------------------------------------------- */

/* Without memory nothing is kept: a run is told longer then. */
static uint8_t *bytes_of(const steppe_reservation *reservation)
{
    if (!kept)
        __atomic_store_n(&kept, w32_memory_map(NUMBERS_MAX * sizeof *kept), __ATOMIC_RELEASE);
    uint8_t **place = place_of(reservation->tag);
    if (place && !*place)
        __atomic_store_n(place, w32_memory_map(reservation->size_bytes / W32_PAGE_BYTES),
                         __ATOMIC_RELEASE);
    return place ? *place : NULL;
}

static void keep(const steppe_reservation *reservation, const steppe_run *run, uintptr_t end)
{
    uintptr_t base = (uintptr_t)reservation->base, first = (uintptr_t)run->base;
    struct w32_signal_mask before;
    w32_lock_take(&lock, &before);
    uint8_t *bytes = bytes_of(reservation);
    uint8_t value = run->protection == reservation->protection ? 0 : (uint8_t)(run->protection + 1);
    if (bytes)
        memset(bytes + (first - base) / W32_PAGE_BYTES, value, (end - first) / W32_PAGE_BYTES);
    w32_lock_give(&lock, &before);
}

/* ---- the calls ------------------------------------------------------------------------------- */

static void note_run(const steppe_reservation *reservation, const steppe_run *run, uintptr_t end)
{
    bool is_ordinary = run->protection == reservation->protection && !has_kept(reservation->tag);
    if (run->state == STEPPE_COMMITTED && !is_ordinary)
        keep(reservation, run, end);
}

void w32_decommitted_note(const steppe_reservation *reservation, void *address, size_t size_bytes)
{
    uintptr_t base = (uintptr_t)reservation->base;
    uintptr_t first = w32_page_down((uintptr_t)address);
    uintptr_t end = w32_page_up((uintptr_t)address + size_bytes);
    if (!w32_tag_is_ours(reservation->tag) || end > base + reservation->size_bytes)
        return;
    for (uintptr_t at = first; at < end;) {
        steppe_run run;
        if (steppe_query((const void *)at, &run) != STEPPE_OK || !run.reservation)
            return;
        uintptr_t run_end = min(end, at + run.size_bytes);
        note_run(reservation, &run, run_end);
        at = run_end;
    }
}

static size_t alike(const uint8_t *bytes, size_t count)
{
    size_t i = 1;
    while (i < count && bytes[i] == bytes[0])
        i++;
    return i;
}

void w32_decommitted_shorten(steppe_run *run)
{
    struct w32_signal_mask before;
    if (run->state != STEPPE_RESERVED || !has_kept(run->tag))
        return;
    w32_lock_take(&lock, &before);
    uint8_t *bytes = *place_of(run->tag);
    size_t first = ((uintptr_t)run->base - (uintptr_t)run->reservation) / W32_PAGE_BYTES;
    if (bytes)
        run->size_bytes = alike(bytes + first, run->size_bytes / W32_PAGE_BYTES) * W32_PAGE_BYTES;
    w32_lock_give(&lock, &before);
}

void w32_decommitted_forget(const steppe_reservation *reservation)
{
    struct w32_signal_mask before;
    if (!has_kept(reservation->tag))
        return;
    w32_lock_take(&lock, &before);
    uint8_t **place = place_of(reservation->tag);
    uint8_t *bytes = *place;
    __atomic_store_n(place, NULL, __ATOMIC_RELEASE);
    w32_lock_give(&lock, &before);
    if (bytes)
        w32_memory_unmap(bytes, reservation->size_bytes / W32_PAGE_BYTES);
}
