/* SPDX-License-Identifier: MIT */
#include "region/mechanism.h"

#include <string.h>

#include "base/align.h"
#include "region/protection.h"
#include "region/reservation.h"

/* Every unit of a reservation touched, alternately at that, takes a third of the mappings the
 * kernel allows a process: the rest is for other reservations and for the program. */
enum { UNITS_SHARE = 6, UNIT_BYTES = 16 * 1024 * 1024 };

/* Preparing all chunks of so much for markers takes some 30 ms and 8 MiB of page tables. */
#define MARKERS_BYTES ((uint64_t)4 << 30)

static const struct stp_platform_facts *facts(void)
{
    return stp_platform_facts();
}

/* Markers and traps hold pages shut in memory that is writable, as far as the kernel knows. */
static const char *why_writable_memory_is_dear(void)
{
    return facts()->accounts_commit
               ? "the kernel charges writable memory (vm.overcommit_memory=2 or RLIMIT_DATA), so "
                 "only what is committed may be writable"
               : NULL;
}

static bool is_available(steppe_mechanism mechanism)
{
    switch (mechanism) {
    case STEPPE_MECHANISM_GUARD:
        return facts()->has_guard_markers;
    case STEPPE_MECHANISM_UFFD:
        return facts()->has_traps;
    default:
        return mechanism == STEPPE_MECHANISM_MPROTECT;
    }
}

/* Where pages are committed by faults, traps cost least: nothing is prepared. Where they are
 * committed by calls, a marker is taken off faster than a page is filled, and no handler of ours is
 * needed (a trapped page is told by SIGBUS, which somebody must turn into the usual SIGSEGV);
 * unless so much is reserved that preparing chunks for markers might cost more. */
static const struct stp_mechanism *best(const steppe_options *options, size_t size_bytes,
                                        const char **why)
{
    *why = why_writable_memory_is_dear();
    if (*why)
        return &stp_mechanism_mprotect;
    if (options->on_fault == STEPPE_RAISE && facts()->has_guard_markers &&
        size_bytes <= MARKERS_BYTES) {
        *why = "guard markers work here, and suit up to 4 GiB whose pages are committed by calls";
        return &stp_mechanism_guard;
    }
    if (facts()->has_traps) {
        *why = "userfaultfd works here: a page takes no kernel mapping and no preparation";
        return &stp_mechanism_uffd;
    }
    if (facts()->has_guard_markers) {
        *why = "guard markers work here, and userfaultfd is missing or forbidden";
        return &stp_mechanism_guard;
    }
    *why = "the kernel has no guard markers (Linux 6.13 brought them), and userfaultfd is missing "
           "or forbidden";
    return &stp_mechanism_mprotect;
}

static const struct stp_mechanism *by_id(steppe_mechanism mechanism)
{
    switch (mechanism) {
    case STEPPE_MECHANISM_GUARD:
        return &stp_mechanism_guard;
    case STEPPE_MECHANISM_UFFD:
        return &stp_mechanism_uffd;
    default:
        return &stp_mechanism_mprotect;
    }
}

static const char *why_not(steppe_mechanism mechanism)
{
    switch (mechanism) {
    case STEPPE_MECHANISM_GUARD:
        return "guard markers need Linux 6.13 or newer";
    case STEPPE_MECHANISM_UFFD:
        return "userfaultfd needs Linux 5.11 or newer, and may be forbidden by a sandbox";
    default:
        return "not one of the mechanisms";
    }
}

static const struct stp_mechanism *named(steppe_mechanism wanted, const char *asked,
                                         const char **why)
{
    bool is_there = is_available(wanted);
    *why = is_there ? asked : why_not(wanted);
    return is_there ? by_id(wanted) : NULL;
}

static bool is_name_of(const char *setting, steppe_mechanism mechanism)
{
    return !strcmp(setting, steppe_mechanism_name(mechanism));
}

const struct stp_mechanism *stp_mechanism_choose(const steppe_options *options, size_t size_bytes,
                                                 const char **why)
{
    if (options->mechanism != STEPPE_MECHANISM_BEST)
        return named(options->mechanism, "asked for", why);
    const char *setting = stp_platform_setting("STEPPE_MECHANISM");
    if (!setting || !*setting || is_name_of(setting, STEPPE_MECHANISM_BEST))
        return best(options, size_bytes, why);
    for (steppe_mechanism m = STEPPE_MECHANISM_GUARD; m <= STEPPE_MECHANISM_UFFD; m++)
        if (is_name_of(setting, m))
            return named(m, "STEPPE_MECHANISM asked for it", why);
    *why = "STEPPE_MECHANISM is neither guard, mprotect, uffd nor best";
    return NULL;
}

const struct stp_mechanism *stp_mechanism_without_traps(void)
{
    bool markers = facts()->has_guard_markers && !facts()->accounts_commit;
    return markers ? &stp_mechanism_guard : &stp_mechanism_mprotect;
}

size_t stp_mechanism_unit_bytes(size_t size_bytes)
{
    uint64_t units_max = facts()->mapping_count_max / UNITS_SHARE;
    size_t unit = UNIT_BYTES;
    while (size_bytes / unit > units_max + 1)
        unit *= 2;
    return unit;
}

bool steppe_mechanism_is_available(steppe_mechanism mechanism)
{
    if (!facts()->has_memory)
        return false;
    return mechanism == STEPPE_MECHANISM_BEST || is_available(mechanism);
}

const char *steppe_mechanism_name(steppe_mechanism mechanism)
{
    static const char *const names[] = {"best", "guard", "mprotect", "uffd"};
    return (unsigned)mechanism < sizeof names / sizeof *names ? names[mechanism] : "?";
}

/* ---- counted platform calls ----------------------------------------------------------------- */

static size_t bytes(const struct stp_reservation *r, size_t first, size_t end)
{
    return (end - first) << r->page_shift;
}

int stp_mechanism_call_protect(struct stp_reservation *r, size_t first, size_t end,
                               steppe_protection attribute)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return stp_platform_protect(stp_reservation_address(r, first), bytes(r, first, end),
                                stp_protection_enforced(attribute));
}

int stp_mechanism_call_discard(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return stp_platform_discard(stp_reservation_address(r, first), bytes(r, first, end));
}

int stp_mechanism_call_renew(struct stp_reservation *r, size_t first, size_t end)
{
    if (r->notes_writes)
        return STP_ERROR_TRAPPED;
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 2);
    return stp_platform_renew(stp_reservation_address(r, first), bytes(r, first, end),
                              r->reserve_flags);
}

int stp_mechanism_call_install(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return stp_platform_guard_install(stp_reservation_address(r, first), bytes(r, first, end));
}

int stp_mechanism_call_remove(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return stp_platform_guard_remove(stp_reservation_address(r, first), bytes(r, first, end));
}

/* A call that had to begin anew does not know of the traps set before. */
static int unless_lost(const struct stp_reservation *r, int error)
{
    bool is_lost = r->uffd_is_open && r->traps_age != stp_platform_traps_age();
    return !error && is_lost ? STP_ERROR_LOST : error;
}

int stp_mechanism_call_trap(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return unless_lost(
        r, stp_platform_trap(stp_reservation_address(r, first), bytes(r, first, end),
                             STP_TRAP_MISSING | (r->notes_writes ? STP_TRAP_WRITES : 0)));
}

int stp_mechanism_call_untrap(struct stp_reservation *r, size_t first, size_t end)
{
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
    return unless_lost(
        r, stp_platform_untrap(stp_reservation_address(r, first), bytes(r, first, end)));
}

int stp_mechanism_call_fill(struct stp_reservation *r, size_t first, size_t end, enum stp_fill fill)
{
    uint32_t os_calls = 0;
    int error =
        stp_platform_fill(stp_reservation_address(r, first), bytes(r, first, end), fill, &os_calls);
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, os_calls);
    return error;
}

void stp_mechanism_restore(struct stp_reservation *r, size_t first, size_t end)
{
    const struct stp_page_map *map = &r->map;
    size_t page = stp_bit_tree_next(&map->committed, first, end);
    while (page < end) {
        size_t run_end = stp_page_map_run_end(map, page, end);
        (void)stp_mechanism_call_protect(r, page, run_end, stp_page_map_attribute(map, page));
        page = stp_bit_tree_next(&map->committed, run_end, end);
    }
}

int stp_mechanism_protect_all(struct stp_reservation *r, size_t first, size_t end,
                              uint8_t attribute)
{
    int error = stp_mechanism_call_protect(r, first, end, attribute);
    if (error)
        stp_mechanism_restore(r, first, end);
    return error;
}

int stp_mechanism_shut_and_empty(struct stp_reservation *r, size_t first, size_t end)
{
    int error = stp_mechanism_call_protect(r, first, end, STEPPE_NO_ACCESS);
    if (!error)
        error = stp_mechanism_call_discard(r, first, end);
    if (error)
        stp_mechanism_restore(r, first, end);
    return error;
}

/* ---- chunks and bases ----------------------------------------------------------------------- */

size_t stp_mechanism_chunk(const struct stp_reservation *r, size_t page)
{
    return page >> r->map.chunk_shift;
}

uint8_t stp_mechanism_mark(const struct stp_reservation *r, size_t chunk)
{
    return __atomic_load_n(&r->map.chunk_marks[chunk], __ATOMIC_RELAXED);
}

/* Neighbours read it while they count mappings, without our lock. */
void stp_mechanism_set_marks(struct stp_reservation *r, size_t first_chunk, size_t end_chunk,
                             uint8_t mark)
{
    for (size_t chunk = first_chunk; chunk < end_chunk; chunk++)
        __atomic_store_n(&r->map.chunk_marks[chunk], mark, __ATOMIC_RELAXED);
}

int64_t stp_mechanism_growth(const struct stp_reservation *r, size_t first_chunk, size_t end_chunk,
                             uint8_t mark)
{
    int64_t growth = 0;
    if (first_chunk > stp_mechanism_chunk(r, r->map.first))
        growth += stp_mechanism_mark(r, first_chunk - 1) == mark ? 1 : -1;
    if (end_chunk < r->map.chunk_count)
        growth += stp_mechanism_mark(r, end_chunk) == mark ? 1 : -1;
    return growth;
}

size_t stp_mechanism_alike_until(const struct stp_reservation *r, size_t chunk, size_t end_chunk)
{
    uint8_t mark = stp_mechanism_mark(r, chunk);
    while (chunk < end_chunk && stp_mechanism_mark(r, chunk) == mark)
        chunk++;
    return chunk;
}

void stp_mechanism_become(struct stp_reservation *r, size_t first_chunk, size_t end_chunk,
                          uint8_t mark)
{
    uint8_t before = stp_mechanism_mark(r, first_chunk);
    stp_mappings_add(&r->mappings, stp_mechanism_growth(r, first_chunk, end_chunk, before));
    stp_mechanism_set_marks(r, first_chunk, end_chunk, mark);
}

struct stp_pages stp_mechanism_whole_chunks(const struct stp_reservation *r, size_t first,
                                            size_t end)
{
    size_t head = stp_mechanism_chunk(r, first), tail = stp_mechanism_chunk(r, end - 1);
    size_t head_first = stp_page_map_chunk_first(&r->map, head);
    size_t head_end = stp_page_map_chunk_end(&r->map, head);
    size_t tail_first = stp_page_map_chunk_first(&r->map, tail);
    size_t tail_end = stp_page_map_chunk_end(&r->map, tail);
    bool head_is_whole = first == head_first && end >= head_end;
    bool tail_is_whole = end == tail_end && first <= tail_first;
    struct stp_pages whole = {.first = head_is_whole ? first : stp_min(end, head_end)};
    whole.end = tail_is_whole ? end : stp_max(whole.first, tail_first);
    return whole;
}

size_t stp_mechanism_group_pages(const struct stp_reservation *r)
{
    size_t chunk_bytes = (size_t)1 << (r->map.chunk_shift + r->page_shift);
    size_t unit_bytes = (size_t)1 << (r->unit_shift + r->page_shift);
    return stp_mappings_group_bytes(chunk_bytes, unit_bytes) >> r->page_shift;
}

uint8_t stp_mechanism_base(const struct stp_reservation *r)
{
    return r->base_attribute;
}

int stp_mechanism_level(struct stp_reservation *r, size_t first, size_t end)
{
    const struct stp_page_map *map = &r->map;
    uint8_t base = stp_mechanism_base(r);
    int error = 0;
    size_t page = stp_bit_tree_next(&map->committed, first, stp_max(first, end));
    while (page < end && !error) {
        size_t run_end = stp_page_map_run_end(map, page, end);
        if (stp_page_map_attribute(map, page) != base)
            error = stp_mechanism_call_protect(r, page, run_end, base);
        page = stp_bit_tree_next(&map->committed, run_end, end);
    }
    return error;
}

enum { ROOT_BYTES_MIN = 128 * 1024 }; /* smaller ones have too few pages to make it worthwhile */

/* Nor does it help where the kernel charges writable memory: it marks what was so for ever. */
static bool needs_root(const struct stp_reservation *r, const struct stp_grant *grant)
{
    return r->end - r->base > ROOT_BYTES_MIN && !facts()->accounts_commit &&
           stp_protection_enforced(grant->attribute) == STEPPE_READ_WRITE;
}

int stp_mechanism_make_root(struct stp_reservation *r, const struct stp_grant *grant)
{
    size_t page = grant->first;
    if (__atomic_load_n(&r->has_root, __ATOMIC_RELAXED) || !needs_root(r, grant) ||
        __atomic_exchange_n(&r->has_root, true, __ATOMIC_RELAXED))
        return 0;
    int error = stp_mechanism_call_protect(r, page, page + 1, STEPPE_READ_WRITE);
    if (error)
        return error;
    stp_reservation_count(r, page, STP_COUNT_OS_CALL, 1);
    error = stp_platform_populate(stp_reservation_address(r, page), facts()->page_bytes,
                                  STEPPE_ACCESS_WRITE);
    if (!error)
        error = stp_mechanism_call_protect(r, page, page + 1, STEPPE_NO_ACCESS);
    if (error)
        (void)stp_mechanism_shut_and_empty(r, page, page + 1);
    return error;
}

int stp_mechanism_for_gaps(struct stp_reservation *r, size_t first, size_t end,
                           stp_mechanism_act *act)
{
    const struct stp_bit_tree *committed = &r->map.committed;
    size_t page = stp_bit_tree_next_gap(committed, first, end);
    int error = 0;
    while (page < end && !error) {
        size_t stop = stp_bit_tree_next(committed, page, end);
        error = act(r, page, stop);
        page = stp_bit_tree_next_gap(committed, stop, end);
    }
    return error;
}

int stp_mechanism_discard_committed(struct stp_reservation *r, size_t first, size_t end)
{
    first = stp_bit_tree_next(&r->map.committed, first, end);
    return first < end ? stp_mechanism_call_discard(r, first, end) : 0;
}

/* ---- when traps are lost -------------------------------------------------------------------- */

/* Where traps of userfaultfd are left from before, what is emptied could never be touched again:
 * then only the contents may go, and they may stay as well. */
int stp_mechanism_reset(struct stp_reservation *r, size_t first, size_t end)
{
    return r->traps_may_remain ? 0 : stp_mechanism_discard_committed(r, first, end);
}

/* When nobody can tell the access is tried again: mostly another thread was faster. */
static bool is_missing(uintptr_t address, size_t page_bytes)
{
    return stp_platform_page_is_missing(
        stp_platform_populate(address, page_bytes, STEPPE_ACCESS_READ));
}

static int map_afresh(struct stp_reservation *r, uintptr_t address, size_t page_bytes,
                      uint8_t attribute)
{
    if (!stp_mappings_have_room())
        return STP_ERROR_MAPPINGS;
    int error = stp_platform_renew(address, page_bytes, r->reserve_flags);
    if (!error)
        error = stp_platform_protect(address, page_bytes, stp_protection_enforced(attribute));
    stp_mappings_add(&r->mappings, 2); /* at the most: its traps differ from its neighbours' */
    return error;
}

/* Where traps are left a page that the program has emptied itself is missing for ever. One mapped
 * afresh has none, and nothing is lost with it: but when all traps end at this very moment, and
 * another thread writes to it. Pages of the system's size: others are present. */
static int revive_page(struct stp_reservation *r, size_t page, uint8_t attribute)
{
    size_t page_bytes = stp_platform_facts()->page_bytes;
    uintptr_t end = stp_reservation_address(r, page + 1);
    int error = 0;
    if (attribute & STEPPE_GUARD ||
        !stp_protection_permits(stp_protection_given(attribute), STEPPE_ACCESS_READ))
        return 0;
    for (uintptr_t at = stp_reservation_address(r, page); at < end && !error; at += page_bytes)
        if (is_missing(at, page_bytes))
            error = stp_reservation_traps_are_ending() ? STP_ERROR_ENDING
                                                       : map_afresh(r, at, page_bytes, attribute);
    return error;
}

int stp_mechanism_revive(struct stp_reservation *r, size_t first, size_t end,
                         const uint8_t *granted)
{
    int error = 0;
    for (size_t page = first; r->traps_may_remain && page < end && !error; page++)
        if (stp_page_map_is_committed(&r->map, page))
            error = revive_page(r, page, stp_page_map_attribute(&r->map, page));
        else if (granted)
            error = revive_page(r, page, *granted);
    return error;
}

bool stp_mechanism_is_lost(const struct stp_reservation *r, int os_error)
{
    bool has_traps = stp_reservation_mechanism(r) == &stp_mechanism_uffd;
    if (os_error == STP_ERROR_ENDING)
        return true;
    return os_error && has_traps &&
           (os_error == STP_ERROR_LOST || stp_platform_traps_are_lost(os_error));
}
