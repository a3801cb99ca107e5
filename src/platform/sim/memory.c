/* SPDX-License-Identifier: MIT */
/*
 * sim/memory.c - reservations on real memory, with the page table of a kernel beside them.
 *
 * Every change goes through stp_sim_change(): it works out what the kernel would need for the new
 * state, refuses before anything has changed, and only then writes the table.
 */
#include "platform/sim/state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Where reservations lie when the caller does not say. Far from programs, libraries and stacks, and
 * from the shadows of sanitizers. */
static const uintptr_t LOWEST = (uintptr_t)0x200000000000;
static const uintptr_t HIGHEST = (uintptr_t)0x600000000000;

static const int NO_KEY = -1;

/* Flags that a kernel keeps with a mapping. */
static const unsigned KEPT_FLAGS = STP_RESERVE_DUMP | STP_RESERVE_SPARSE | STP_RESERVE_HUGE;

/* ---- the table ------------------------------------------------------------------------------- */

static uintptr_t end_of(const struct sim_reservation *reservation)
{
    return reservation->base + reservation->page_count * SIM_PAGE_BYTES;
}

size_t stp_sim_index_above(uintptr_t address)
{
    size_t low = 0, high = stp_sim.reservation_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (end_of(&stp_sim.reservations[middle]) > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct sim_reservation *stp_sim_find(uintptr_t address)
{
    size_t at = stp_sim_index_above(address);
    if (at == stp_sim.reservation_count || stp_sim.reservations[at].base > address)
        return NULL;
    return &stp_sim.reservations[at];
}

size_t stp_sim_run_end(const struct sim_reservation *reservation, size_t index, uint16_t mask)
{
    const uint64_t ones = UINT64_C(0x0001000100010001);
    uint16_t key = reservation->pages[index] & mask;

    if (key == 0 && index < reservation->changed_first)
        index = reservation->changed_first;
    for (;;) {
        if (key == 0 && index >= reservation->changed_end)
            return reservation->page_count;
        /* Four pages at a time: reservations of terabytes are mostly one run. */
        while (index + 4 <= reservation->page_count) {
            uint64_t word;
            memcpy(&word, reservation->pages + index, sizeof word);
            if ((word & (ones * mask)) != ones * key)
                break;
            index += 4;
        }
        if (index == reservation->page_count || (reservation->pages[index] & mask) != key)
            return index;
        index++;
    }
}

static const uint16_t protection_bits[] = {
    [STEPPE_READ_WRITE] = SIM_READ | SIM_WRITE,
    [STEPPE_READ_ONLY] = SIM_READ,
    [STEPPE_NO_ACCESS] = 0,
    [STEPPE_EXECUTE] = SIM_EXECUTE,
    [STEPPE_EXECUTE_READ] = SIM_READ | SIM_EXECUTE,
    [STEPPE_EXECUTE_READ_WRITE] = SIM_READ | SIM_WRITE | SIM_EXECUTE,
};

steppe_protection stp_sim_protection(uint16_t page)
{
    steppe_protection protection = STEPPE_READ_WRITE;
    while (protection_bits[protection] != (page & SIM_ACCESS))
        protection++;
    return protection;
}

bool stp_sim_is_trap(uint16_t page)
{
    return page & SIM_TRAPPED && !(page & SIM_PRESENT);
}

static bool protection_allows(uint16_t page, steppe_access access)
{
    switch (access) {
    case STEPPE_ACCESS_READ: /* executable pages can be read, as on x86 */
        return page & (SIM_READ | SIM_EXECUTE);
    case STEPPE_ACCESS_WRITE:
        return page & SIM_WRITE;
    case STEPPE_ACCESS_EXECUTE:
        return page & SIM_EXECUTE;
    }
    return false;
}

bool stp_sim_page_allows(uint16_t page, steppe_access access)
{
    return !(page & SIM_MARKER) && protection_allows(page, access) && !stp_sim_is_trap(page);
}

int stp_sim_key(const struct sim_reservation *reservation, uint16_t page)
{
    return (page & SIM_KEY) | (int)(reservation->flags & STP_RESERVE_DUMP) << 16;
}

static int key_at(uintptr_t address)
{
    const struct sim_reservation *here = stp_sim_find(address);
    return here ? stp_sim_key(here, stp_sim_bits(here, (address - here->base) / SIM_PAGE_BYTES))
                : NO_KEY;
}

static bool starts(int key, int key_before)
{
    return key != NO_KEY && key != key_before;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

struct sim_range stp_sim_range(const char *call, uintptr_t base, size_t size_bytes)
{
    if (size_bytes == 0)
        stp_sim_violation("%s of an empty range at 0x%zx", call, base);
    if (base % SIM_PAGE_BYTES || size_bytes % SIM_PAGE_BYTES)
        stp_sim_violation("%s of 0x%zx + 0x%zx, which is not page-aligned", call, base, size_bytes);
    if (size_bytes > UINTPTR_MAX - base)
        stp_sim_violation("%s of 0x%zx + 0x%zx, which wraps", call, base, size_bytes);
    struct sim_reservation *here = stp_sim_find(base);
    if (!here)
        stp_sim_violation("%s of 0x%zx, which nothing has reserved", call, base);
    if (base + size_bytes > end_of(here)) {
        stp_sim_violation("%s of 0x%zx + 0x%zx, past the end of its reservation", call, base,
                          size_bytes);
    }
    size_t first = (base - here->base) / SIM_PAGE_BYTES;
    return (struct sim_range){here, first, first + size_bytes / SIM_PAGE_BYTES};
}

static uint16_t changed(uint16_t page, uint16_t clear, uint16_t set)
{
    return (uint16_t)((page & ~clear) | set);
}

/* How many mappings there will be more (less) when every page of the range is changed. */
static int64_t mapping_growth(struct sim_range range, uint16_t clear, uint16_t set)
{
    const struct sim_reservation *here = range.reservation;
    int key = key_at(here->base + range.first * SIM_PAGE_BYTES - 1);
    int new_key = key;
    int64_t growth = 0;

    for (size_t i = range.first; i < range.end; i = stp_sim_run_end(here, i, SIM_KEY)) {
        uint16_t page = stp_sim_bits(here, i);
        int run_key = stp_sim_key(here, page);
        int new_run_key = stp_sim_key(here, changed(page, clear, set));
        growth += starts(new_run_key, new_key) - starts(run_key, key);
        key = run_key;
        new_key = new_run_key;
    }
    int behind = key_at(here->base + range.end * SIM_PAGE_BYTES);
    return growth + starts(behind, new_key) - starts(behind, key);
}

struct sim_range stp_sim_changed_part(struct sim_range range)
{
    const struct sim_reservation *here = range.reservation;
    if (range.first < here->changed_first)
        range.first = here->changed_first;
    if (range.end > here->changed_end)
        range.end = here->changed_end;
    return range;
}

static uint64_t pages_with(struct sim_range range, uint16_t bit)
{
    const struct sim_reservation *here = range.reservation;
    struct sim_range part = stp_sim_changed_part(range);
    uint64_t different_count = 0;
    for (size_t i = part.first; i < part.end; i++)
        different_count += (here->pages[i] & bit) != 0;
    return here->common & bit ? range.end - range.first - different_count : different_count;
}

static bool too_many_mappings(int64_t growth)
{
    return growth > 0 && stp_sim.mapping_count + (uint64_t)growth > stp_sim.facts.mapping_count_max;
}

static int real_protection(uint16_t page)
{
    if (page & SIM_MARKER || stp_sim_is_trap(page))
        return PROT_NONE;
    bool must_note = page & SIM_NOTED && !(page & SIM_WRITTEN);
    return (protection_allows(page, STEPPE_ACCESS_READ) ? PROT_READ : 0) |
           (page & SIM_WRITE && !must_note ? PROT_WRITE : 0) | (page & SIM_EXECUTE ? PROT_EXEC : 0);
}

/* Just behind the run of pages with one real protection. */
static size_t real_run_end(struct sim_range range)
{
    const struct sim_reservation *here = range.reservation;
    int protection = real_protection(stp_sim_bits(here, range.first));
    size_t i = range.first;
    while (i < range.end && real_protection(stp_sim_bits(here, i)) == protection)
        i = stp_sim_run_end(here, i, SIM_ACCESS | SIM_MARKER | SIM_TRAPS | SIM_CONTENTS);
    return i < range.end ? i : range.end;
}

void stp_sim_enforce_range(struct sim_range range)
{
    const struct sim_reservation *here = range.reservation;
    if (!stp_sim.enforces)
        return;
    for (size_t end; range.first < range.end; range.first = end) {
        end = real_run_end(range);
        if (mprotect((void *)(here->base + range.first * SIM_PAGE_BYTES),
                     (end - range.first) * SIM_PAGE_BYTES,
                     real_protection(stp_sim_bits(here, range.first))))
            stp_sim_violation("the real mprotect failed: %s", strerror(errno));
    }
}

static void note_changed(struct sim_range range)
{
    struct sim_reservation *here = range.reservation;
    if (range.first < here->changed_first)
        here->changed_first = range.first;
    if (range.end > here->changed_end)
        here->changed_end = range.end;
}

/* What is the same for all pages, as far as it is, goes into common. */
static void write_entries(struct sim_range range, uint16_t clear, uint16_t set)
{
    struct sim_reservation *here = range.reservation;
    const uint16_t common = here->common;
    if (range.first == 0 && range.end == here->page_count && !(set & SIM_CONTENTS))
        here->common = changed(common, clear, set);
    here->was_open |= (here->common & SIM_ACCESS) != 0;
    if (changed(common, clear, set) == here->common)
        range = stp_sim_changed_part(range);
    else
        note_changed(range);
    for (size_t i = range.first; i < range.end; i++)
        here->pages[i] = changed(here->pages[i] ^ common, clear, set) ^ here->common;
}

void stp_sim_write(struct sim_range range, uint16_t clear, uint16_t set)
{
    stp_sim.mapping_count += (uint64_t)mapping_growth(range, clear, set);
    if (clear & SIM_PRESENT)
        stp_sim.physical_page_count -= pages_with(range, SIM_PRESENT);
    if (set & SIM_CHARGED)
        stp_sim.charged_page_count += range.end - range.first - pages_with(range, SIM_CHARGED);
    else if (clear & SIM_CHARGED)
        stp_sim.charged_page_count -= pages_with(range, SIM_CHARGED);
    write_entries(range, clear, set);
    stp_sim_enforce_range(range);
}

bool stp_sim_make_present(struct sim_reservation *reservation, size_t index, bool is_written)
{
    struct sim_range range = {reservation, index, index + 1};
    uint16_t page = stp_sim_bits(reservation, index);
    uint16_t set = SIM_PRESENT | (is_written && page & SIM_NOTED ? SIM_WRITTEN : 0);

    if ((page & set) == set)
        return true;
    if (!(page & SIM_PRESENT)) {
        if (stp_sim.physical_page_count >= stp_sim.physical_page_max)
            return false;
        stp_sim.physical_page_count++;
    }
    note_changed(range);
    reservation->pages[index] |= set;
    stp_sim_enforce_range(range);
    return true;
}

int stp_sim_fits(struct sim_range range, uint16_t clear, uint16_t set)
{
    if (too_many_mappings(mapping_growth(range, clear, set)))
        return ENOMEM;
    if (set & SIM_CHARGED) {
        uint64_t more = range.end - range.first - pages_with(range, SIM_CHARGED);
        if (more > stp_sim.charged_page_max ||
            stp_sim.charged_page_count > stp_sim.charged_page_max - more)
            return ENOMEM;
    }
    return 0;
}

int stp_sim_change(struct sim_range range, uint16_t clear, uint16_t set)
{
    int error = stp_sim_fits(range, clear, set);
    if (!error)
        stp_sim_write(range, clear, set);
    return error;
}

void stp_sim_drop_contents(struct sim_range range)
{
    void *base = (void *)(range.reservation->base + range.first * SIM_PAGE_BYTES);
    if (madvise(base, (range.end - range.first) * SIM_PAGE_BYTES, MADV_DONTNEED))
        stp_sim_violation("the real madvise failed: %s", strerror(errno));
}

/* A kernel goes from mapping to mapping and stops at one that it cannot split: where tests want to
 * see that, a refused protect has changed the mappings before. */
static void tear_protect(struct sim_range range, uint16_t set, bool must_fit)
{
    const size_t end = range.end;
    struct sim_range done = {range.reservation, range.first, range.first};
    if (!stp_sim.tears)
        return;
    for (size_t i = stp_sim_run_end(range.reservation, range.first, SIM_KEY); i < end;
         i = stp_sim_run_end(range.reservation, i, SIM_KEY)) {
        range.end = i;
        if (!must_fit || !too_many_mappings(mapping_growth(range, SIM_ACCESS, set)))
            done = range;
    }
    if (done.first < done.end)
        stp_sim_write(done, SIM_ACCESS, set);
}

/* ... and stops making markers where it finds no memory for a page table. */
static void tear_install(struct sim_range range)
{
    range.end = range.first + (range.end - range.first) / 2;
    if (!stp_sim.tears || range.first == range.end)
        return;
    stp_sim_drop_contents(range);
    stp_sim_write(range, SIM_CONTENTS, SIM_MARKER);
}

/* ---- the calls ------------------------------------------------------------------------------- */

static uintptr_t aligned_up(uintptr_t address, size_t alignment_bytes)
{
    return (address + alignment_bytes - 1) & ~(uintptr_t)(alignment_bytes - 1);
}

static bool lowest_free(size_t size_bytes, size_t alignment_bytes, uintptr_t *address)
{
    uintptr_t free = aligned_up(LOWEST, alignment_bytes);
    for (size_t at = stp_sim_index_above(free); at < stp_sim.reservation_count; at++) {
        if (stp_sim.reservations[at].base >= free + size_bytes)
            break;
        free = aligned_up(end_of(&stp_sim.reservations[at]), alignment_bytes);
    }
    *address = free;
    return free <= HIGHEST && size_bytes <= HIGHEST - free;
}

static bool highest_free(size_t size_bytes, size_t alignment_bytes, uintptr_t *address)
{
    uintptr_t top = HIGHEST;
    for (size_t at = stp_sim_index_above(HIGHEST - 1) + 1; at-- > 0;) {
        if (top < LOWEST + size_bytes)
            return false;
        *address = (top - size_bytes) & ~(uintptr_t)(alignment_bytes - 1);
        if (at < stp_sim.reservation_count && stp_sim.reservations[at].base < top) {
            if (end_of(&stp_sim.reservations[at]) <= *address)
                return *address >= LOWEST;
            top = stp_sim.reservations[at].base;
        }
    }
    if (top < LOWEST + size_bytes)
        return false;
    *address = (top - size_bytes) & ~(uintptr_t)(alignment_bytes - 1);
    return *address >= LOWEST;
}

/* Real memory at the address, or, where something of the process lies there and the caller did not
 * insist, anywhere. */
static int map_memory(uintptr_t *address, size_t size_bytes, size_t alignment_bytes, bool is_fixed)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    const int protection = stp_sim.enforces ? PROT_NONE : PROT_READ | PROT_WRITE;
    void *memory =
        mmap((void *)*address, size_bytes, protection, flags | MAP_FIXED_NOREPLACE, -1, 0);

    if (memory != MAP_FAILED && (uintptr_t)memory != *address) {
        munmap(memory, size_bytes);
        errno = EEXIST;
        memory = MAP_FAILED;
    }
    if (memory == MAP_FAILED && is_fixed)
        return errno;
    if (memory == MAP_FAILED) {
        memory = mmap(NULL, size_bytes + alignment_bytes, protection, flags, -1, 0);
        if (memory == MAP_FAILED)
            return errno;
        *address = aligned_up((uintptr_t)memory, alignment_bytes);
        munmap((void *)(*address + size_bytes), (uintptr_t)memory + alignment_bytes - *address);
        if (*address != (uintptr_t)memory)
            munmap(memory, *address - (uintptr_t)memory);
    }
    /* A test that touches one byte should not pay for two million. */
    madvise((void *)*address, size_bytes, MADV_NOHUGEPAGE);
    return 0;
}

static bool is_occupied(uintptr_t address, size_t size_bytes)
{
    size_t at = stp_sim_index_above(address);
    return at < stp_sim.reservation_count && stp_sim.reservations[at].base < address + size_bytes;
}

static int64_t insertion_growth(uintptr_t address, size_t size_bytes, int key)
{
    int behind = key_at(address + size_bytes);
    return starts(key, key_at(address - 1)) + starts(behind, key) - starts(behind, NO_KEY);
}

static void insert(struct sim_reservation reservation)
{
    size_t at = stp_sim_index_above(reservation.base);
    if (stp_sim.reservation_count == SIM_RESERVATION_MAX)
        stp_sim_violation("more than %d reservations", SIM_RESERVATION_MAX);
    memmove(&stp_sim.reservations[at + 1], &stp_sim.reservations[at],
            (stp_sim.reservation_count - at) * sizeof reservation);
    stp_sim.reservations[at] = reservation;
    stp_sim.reservation_count++;
    stp_sim.reserved_bytes += reservation.page_count * SIM_PAGE_BYTES;
}

/* What reserve gives, and renew. */
static uint16_t fresh_bits(unsigned flags)
{
    if (flags & STP_RESERVE_HUGE)
        return SIM_HUGE;
    return flags & (STP_RESERVE_SPARSE | STP_RESERVE_SMALL) ? SIM_NO_HUGE : 0;
}

static int reserve(uintptr_t address, size_t size_bytes, size_t alignment_bytes, unsigned flags,
                   uintptr_t *base, bool *in_use)
{
    const bool is_fixed = flags & STP_RESERVE_FIXED;
    const struct sim_reservation kind = {.flags = flags & KEPT_FLAGS};
    const int key = stp_sim_key(&kind, fresh_bits(flags));

    if (size_bytes > stp_sim.address_space_max ||
        stp_sim.reserved_bytes > stp_sim.address_space_max - size_bytes)
        return ENOMEM;
    if (is_fixed && is_occupied(address, size_bytes)) {
        *in_use = true;
        return EEXIST;
    }
    if (!is_fixed &&
        !(flags & STP_RESERVE_TOP_DOWN ? highest_free(size_bytes, alignment_bytes, &address)
                                       : lowest_free(size_bytes, alignment_bytes, &address)))
        return ENOMEM;
    int64_t growth = insertion_growth(address, size_bytes, key);
    if (too_many_mappings(growth))
        return ENOMEM;
    size_t table_bytes = aligned_up(size_bytes / SIM_PAGE_BYTES * sizeof(uint16_t), SIM_PAGE_BYTES);
    void *table = mmap(NULL, table_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table == MAP_FAILED)
        return ENOMEM;
    int error = map_memory(&address, size_bytes, alignment_bytes, is_fixed);
    if (error) {
        munmap(table, table_bytes);
        *in_use = is_fixed && error == EEXIST;
        return error;
    }
    stp_sim.mapping_count += (uint64_t)insertion_growth(address, size_bytes, key);
    insert((struct sim_reservation){
        .base = address,
        .page_count = size_bytes / SIM_PAGE_BYTES,
        .pages = table,
        .common = fresh_bits(flags),
        .table = table,
        .table_bytes = table_bytes,
        .changed_first = size_bytes / SIM_PAGE_BYTES,
        .flags = flags & KEPT_FLAGS,
        .number = ++stp_sim.reservations_made,
    });
    *base = address;
    return 0;
}

int stp_platform_reserve(uintptr_t address, size_t size_bytes, size_t alignment_bytes,
                         unsigned flags, uintptr_t *base, bool *in_use, uint32_t *os_call_count)
{
    int error = stp_sim_begin("reserve", address, size_bytes, (long)flags);

    if (size_bytes == 0 || size_bytes % SIM_PAGE_BYTES)
        stp_sim_violation("reserve of 0x%zx bytes, not a number of pages", size_bytes);
    if (alignment_bytes < SIM_PAGE_BYTES || alignment_bytes & (alignment_bytes - 1))
        stp_sim_violation("reserve with alignment 0x%zx", alignment_bytes);
    if (flags & ~(STP_RESERVE_FIXED | STP_RESERVE_TOP_DOWN | KEPT_FLAGS))
        stp_sim_violation("reserve with unknown flags 0x%x", flags);
    if (flags & STP_RESERVE_FIXED &&
        (address % SIM_PAGE_BYTES || address < stp_sim.facts.address_first ||
         size_bytes > stp_sim.facts.address_end - address))
        stp_sim_violation("reserve at 0x%zx + 0x%zx, outside the range", address, size_bytes);
    *in_use = false;
    ++*os_call_count;
    return stp_sim_end(error ? error
                             : reserve(address, size_bytes, alignment_bytes, flags, base, in_use));
}

/* Mappings more (less) when the range is gone. */
static int64_t removal_growth(struct sim_range range)
{
    const struct sim_reservation *here = range.reservation;
    int key = key_at(here->base + range.first * SIM_PAGE_BYTES - 1);
    int64_t growth = 0;

    for (size_t i = range.first; i < range.end; i = stp_sim_run_end(here, i, SIM_KEY)) {
        int run_key = stp_sim_key(here, stp_sim_bits(here, i));
        growth -= starts(run_key, key);
        key = run_key;
    }
    int behind = key_at(here->base + range.end * SIM_PAGE_BYTES);
    return growth + starts(behind, NO_KEY) - starts(behind, key);
}

static void remove_range(struct sim_range range)
{
    struct sim_reservation *here = range.reservation;
    size_t count = range.end - range.first;

    stp_sim.mapping_count += (uint64_t)removal_growth(range);
    stp_sim.physical_page_count -= pages_with(range, SIM_PRESENT);
    stp_sim.charged_page_count -= pages_with(range, SIM_CHARGED);
    stp_sim.reserved_bytes -= count * SIM_PAGE_BYTES;
    if (munmap((void *)(here->base + range.first * SIM_PAGE_BYTES), count * SIM_PAGE_BYTES))
        stp_sim_violation("the real munmap failed: %s", strerror(errno));
    here->page_count -= count;
    if (range.first == 0) {
        here->base += count * SIM_PAGE_BYTES;
        here->pages += count;
        here->changed_first -= here->changed_first < count ? here->changed_first : count;
        here->changed_end -= here->changed_end < count ? here->changed_end : count;
    }
    if (here->changed_first > here->page_count)
        here->changed_first = here->page_count;
    if (here->changed_end > here->page_count)
        here->changed_end = here->page_count;
    if (here->page_count == 0) {
        size_t at = (size_t)(here - stp_sim.reservations);
        munmap(here->table, here->table_bytes);
        stp_sim.reservation_count--;
        memmove(here, here + 1, (stp_sim.reservation_count - at) * sizeof *here);
    }
}

int stp_platform_release(uintptr_t base, size_t size_bytes)
{
    int error = stp_sim_begin("release", base, size_bytes, -1);
    struct sim_range range = stp_sim_range("release", base, size_bytes);

    if (range.first != 0 && range.end != range.reservation->page_count) {
        stp_sim_violation("release from the middle of a reservation: 0x%zx + 0x%zx", base,
                          size_bytes);
    }
    if (!error && too_many_mappings(removal_growth(range)))
        error = ENOMEM;
    if (!error)
        remove_range(range);
    return stp_sim_end(error);
}

void stp_sim_drop_all(void)
{
    while (stp_sim.reservation_count) {
        struct sim_reservation *last = &stp_sim.reservations[stp_sim.reservation_count - 1];
        remove_range((struct sim_range){last, 0, last->page_count});
    }
}

int stp_platform_protect(uintptr_t base, size_t size_bytes, steppe_protection protection)
{
    int error = stp_sim_begin("protect", base, size_bytes, (long)protection);
    struct sim_range range = stp_sim_range("protect", base, size_bytes);

    if ((protection & ~(unsigned)STEPPE_GUARD) > STEPPE_EXECUTE_READ_WRITE)
        stp_sim_violation("protect with 0x%x, which is no protection", protection);
    uint16_t set = protection & STEPPE_GUARD ? 0 : protection_bits[protection];
    if (set & SIM_WRITE && stp_sim.facts.accounts_commit)
        set |= SIM_CHARGED;
    bool is_injected = error;
    if (!error)
        error = stp_sim_change(range, SIM_ACCESS, set);
    if (error)
        tear_protect(range, set, !is_injected);
    return stp_sim_end(error);
}

static int discard(struct sim_range range)
{
    stp_sim_drop_contents(range);
    return stp_sim_change(range, SIM_CONTENTS, 0);
}

int stp_platform_discard(uintptr_t base, size_t size_bytes)
{
    int error = stp_sim_begin("discard", base, size_bytes, -1);
    struct sim_range range = stp_sim_range("discard", base, size_bytes);

    return stp_sim_end(error ? error : discard(range));
}

int stp_platform_discard_all(const struct stp_platform_range *ranges, size_t range_count,
                             size_t *done_count, uint32_t *os_call_count)
{
    *done_count = 0;
    if (range_count == 0)
        return 0;
    int error =
        stp_sim_begin("discard_all", ranges[0].base, ranges[0].size_bytes, (long)range_count);
    size_t wanted = !error ? range_count : stp_sim.tears ? range_count / 2 : 0;

    ++*os_call_count;
    for (size_t i = 0; i < range_count; i++)
        (void)stp_sim_range("discard_all", ranges[i].base, ranges[i].size_bytes);
    for (; *done_count < wanted; ++*done_count) {
        const struct stp_platform_range *range = &ranges[*done_count];
        /* Contents are in no mapping's key: this cannot fail. */
        (void)discard(stp_sim_range("discard_all", range->base, range->size_bytes));
    }
    return stp_sim_end(error);
}

int stp_platform_renew(uintptr_t base, size_t size_bytes, unsigned flags)
{
    int error = stp_sim_begin("renew", base, size_bytes, (long)flags);
    struct sim_range range = stp_sim_range("renew", base, size_bytes);
    const uint16_t clear =
        SIM_ACCESS | SIM_MARKER | SIM_CHARGED | SIM_TRAPS | SIM_ADVICE | SIM_CONTENTS;

    if ((flags & ~(unsigned)STP_RESERVE_SMALL) != range.reservation->flags)
        stp_sim_violation("renew with flags 0x%x, other than the reservation's", flags);
    if (!error)
        error = stp_sim_change(range, clear, fresh_bits(flags));
    if (!error)
        stp_sim_drop_contents(range);
    return stp_sim_end(error);
}

static struct sim_range checked_guard_range(const char *call, uintptr_t base, size_t size_bytes)
{
    if (!stp_sim.facts.has_guard_markers)
        stp_sim_violation("%s on a machine without guard markers", call);
    return stp_sim_range(call, base, size_bytes);
}

int stp_platform_guard_install(uintptr_t base, size_t size_bytes)
{
    int error = stp_sim_begin("guard_install", base, size_bytes, -1);
    struct sim_range range = checked_guard_range("guard_install", base, size_bytes);

    if (error) {
        tear_install(range);
        return stp_sim_end(error);
    }
    stp_sim_drop_contents(range);
    return stp_sim_end(stp_sim_change(range, SIM_CONTENTS, SIM_MARKER));
}

int stp_platform_guard_remove(uintptr_t base, size_t size_bytes)
{
    int error = stp_sim_begin("guard_remove", base, size_bytes, -1);
    struct sim_range range = checked_guard_range("guard_remove", base, size_bytes);

    return stp_sim_end(error ? error : stp_sim_change(range, SIM_MARKER, 0));
}

/* What keeps an access from making a page present. */
static int refusal(uint16_t page, steppe_access access)
{
    if (stp_sim_page_allows(page, access))
        return 0;
    return page & SIM_MARKER || protection_allows(page, access) ? EFAULT : EINVAL;
}

int stp_platform_populate(uintptr_t base, size_t size_bytes, steppe_access access)
{
    int error = stp_sim_begin("populate", base, size_bytes, (long)access);
    struct sim_range range = stp_sim_range("populate", base, size_bytes);
    const bool is_write = access == STEPPE_ACCESS_WRITE;

    if (access != STEPPE_ACCESS_READ && !is_write)
        stp_sim_violation("populate for access %d", (int)access);
    /* Pages present before the refusal stay so, as in a kernel. */
    for (size_t i = range.first; !error && i < range.end; i++) {
        error = refusal(stp_sim_bits(range.reservation, i), access);
        if (!error && !stp_sim_make_present(range.reservation, i, is_write))
            error = ENOMEM;
    }
    return stp_sim_end(error);
}

/* A hint that needs more mappings than there may be is one that the kernel ignores. */
void stp_platform_huge_pages(uintptr_t base, size_t size_bytes, bool on)
{
    stp_sim_lock();
    struct sim_range range = stp_sim_range("huge_pages", base, size_bytes);
    (void)stp_sim_change(range, SIM_ADVICE, on ? SIM_HUGE : SIM_NO_HUGE);
    stp_sim_unlock();
}

steppe_status stp_platform_diagnose(int os_error, size_t size_bytes)
{
    switch (os_error) {
    case ENOMEM:
    case EAGAIN:
        break;
    case ENOSYS:
    case EOPNOTSUPP:
        return STEPPE_E_UNSUPPORTED;
    default:
        return STEPPE_E_SYSTEM;
    }
    /* One change can need two mappings more. */
    if (stp_sim.facts.mapping_count_max - stp_sim.mapping_count < 2 ||
        stp_sim.mapping_count > stp_sim.facts.mapping_count_max)
        return STEPPE_E_MAP_COUNT;
    if (size_bytes > HIGHEST - LOWEST || size_bytes > stp_sim.address_space_max ||
        stp_sim.reserved_bytes > stp_sim.address_space_max - size_bytes)
        return STEPPE_E_ADDRESS_SPACE;
    return STEPPE_E_MEMORY;
}

bool stp_sim_peek(const void *address, void *buffer, size_t size_bytes)
{
    uintptr_t base = (uintptr_t)address;

    stp_sim_lock();
    const struct sim_reservation *here = stp_sim_find(base);
    bool is_inside = here && size_bytes <= end_of(here) - base;
    if (is_inside && size_bytes) {
        size_t first = (base - here->base) / SIM_PAGE_BYTES;
        size_t end = (base + size_bytes - 1 - here->base) / SIM_PAGE_BYTES + 1;
        if (stp_sim.enforces) {
            mprotect((void *)(here->base + first * SIM_PAGE_BYTES), (end - first) * SIM_PAGE_BYTES,
                     PROT_READ);
        }
        memcpy(buffer, address, size_bytes);
        stp_sim_enforce_range((struct sim_range){(struct sim_reservation *)here, first, end});
    }
    stp_sim_unlock();
    return is_inside;
}
