/* SPDX-License-Identifier: MIT */
/*
 * mechanism_mprotect.c - every run of pages is a kernel mapping of its own protection.
 *
 *   not committed: PROT_NONE, no contents         committed: the protection of its attribute
 *
 * Works everywhere and is the only choice in containers that forbid the others and on kernels
 * before 5.11. Its price: an isolated page costs two mappings, so vm.max_map_count ends it after
 * some 24,500 of them (mappings.h), with STEPPE_E_MAP_COUNT and nothing changed; or pages are
 * committed by whole chunks before that (options.whole_chunks).
 */
#include "region/mechanism.h"

#include "region/protection.h"
#include "region/reservation.h"

static void mprotect_take_back(struct stp_reservation *r, const struct stp_grant *grant)
{
    (void)stp_mechanism_call_protect(r, grant->first, grant->end, STEPPE_NO_ACCESS);
    /* another thread may have written meanwhile */
    (void)stp_mechanism_call_discard(r, grant->first, grant->end);
}

/* Mappings more, when a run that is not committed becomes so. */
static int64_t growth(const struct stp_reservation *r, const struct stp_grant *grant)
{
    size_t first = grant->first, end = grant->end;
    bool joins_left = first > r->map.first && stp_page_map_is_committed(&r->map, first - 1) &&
                      stp_page_map_attribute(&r->map, first - 1) == grant->attribute;
    bool joins_right = end < r->map.end && stp_page_map_is_committed(&r->map, end) &&
                       stp_page_map_attribute(&r->map, end) == grant->attribute;
    return 2 - 2 * joins_left - 2 * joins_right;
}

static int mprotect_commit(struct stp_reservation *r, const struct stp_grant *grant)
{
    if (!stp_mappings_have_room() && growth(r, grant) > 0)
        return STP_ERROR_MAPPINGS;
    int error = stp_mechanism_call_protect(r, grant->first, grant->end, grant->attribute);
    if (error)
        mprotect_take_back(r, grant); /* it may have come half way */
    return error;
}

/* Mapping afresh, because only that joins mappings again: a page that held contents and is merely
 * shut keeps a mapping of its own for ever, and the limit would be reached by pages long gone. It
 * also returns the kernel's own charge, where there is one. */
static int mprotect_decommit(struct stp_reservation *r, size_t first, size_t end)
{
    first = stp_bit_tree_next(&r->map.committed, first, end);
    if (first == end)
        return 0;
    return stp_mechanism_call_renew(r, first, end) == 0
               ? 0
               : stp_mechanism_shut_and_empty(r, first, end);
}

/* Where traps of userfaultfd are left from before, what is emptied could never be touched again:
 * then only the contents may go, and they may stay as well. */
static int mprotect_reset(struct stp_reservation *r, size_t first, size_t end)
{
    return r->traps_may_remain ? 0 : stp_mechanism_discard_committed(r, first, end);
}

static bool is_missing(uintptr_t address, size_t page_bytes)
{
    int error = stp_platform_populate(address, page_bytes, STEPPE_ACCESS_READ);
    return error && stp_platform_diagnose(error, 0) == STEPPE_E_SYSTEM;
}

/* Where traps are left a page that the program has emptied itself is missing for ever. One mapped
 * afresh has none, and nothing is lost with it. Pages of the system's size: others are present. */
static int revive_page(struct stp_reservation *r, size_t page)
{
    size_t page_bytes = stp_platform_facts()->page_bytes;
    uint8_t attribute = stp_page_map_attribute(&r->map, page);
    uintptr_t end = stp_reservation_address(r, page + 1);
    int error = 0;
    if (attribute & STEPPE_GUARD ||
        !stp_protection_permits(stp_protection_given(attribute), STEPPE_ACCESS_READ))
        return 0;
    for (uintptr_t at = stp_reservation_address(r, page); at < end && !error; at += page_bytes) {
        if (!is_missing(at, page_bytes))
            continue;
        error = stp_platform_renew(at, page_bytes, r->reserve_flags);
        if (!error)
            error = stp_platform_protect(at, page_bytes, stp_protection_enforced(attribute));
    }
    return error;
}

static int mprotect_revive(struct stp_reservation *r, size_t first, size_t end)
{
    int error = 0;
    for (size_t page = first; r->traps_may_remain && page < end && !error; page++)
        if (stp_page_map_is_committed(&r->map, page))
            error = revive_page(r, page);
    return error;
}

const struct stp_mechanism stp_mechanism_mprotect = {
    .id = STEPPE_MECHANISM_MPROTECT,
    .maps_runs = true,
    .commit = mprotect_commit,
    .take_back = mprotect_take_back,
    .decommit = mprotect_decommit,
    .protect = stp_mechanism_protect_all,
    .reset = mprotect_reset,
    .revive = mprotect_revive,
};
