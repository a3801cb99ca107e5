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

static int mprotect_commit(struct stp_reservation *r, const struct stp_grant *grant)
{
    int error = stp_mechanism_make_root(r, grant);
    if (error)
        return error;
    error = stp_mechanism_call_protect(r, grant->first, grant->end, grant->attribute);
    if (error)
        mprotect_take_back(r, grant); /* it may have come half way */
    return error;
}

/* What is taken away must join what lies beside it, or the limit would be reached by pages long
 * gone. Pages that are shut join others of their root; where there is none, only what is mapped
 * afresh joins, and what never held contents. Mapping afresh also returns the kernel's own charge.
 */
static int mprotect_decommit(struct stp_reservation *r, size_t first, size_t end)
{
    bool is_shut_first = r->has_root && !stp_platform_facts()->accounts_commit;
    first = stp_bit_tree_next(&r->map.committed, first, end);
    if (first == end || (is_shut_first && stp_mechanism_shut_and_empty(r, first, end) == 0))
        return 0;
    return stp_mechanism_call_renew(r, first, end) == 0
               ? 0
               : stp_mechanism_shut_and_empty(r, first, end);
}

const struct stp_mechanism stp_mechanism_mprotect = {
    .id = STEPPE_MECHANISM_MPROTECT,
    .maps_runs = true,
    .commit = mprotect_commit,
    .take_back = mprotect_take_back,
    .decommit = mprotect_decommit,
    .protect = stp_mechanism_protect_all,
    .reset = stp_mechanism_reset,
    .revive = stp_mechanism_revive,
};
