/* SPDX-License-Identifier: MIT */
/*
 * commit.h - committing pages: count what is new, charge it, make the kernel hold it, record it.
 *
 * In this order, so that each step can be taken back when a later one fails: bookkeeping memory,
 * charge, kernel, page map. Used by explicit commits and by the fault handler alike.
 */
#ifndef STP_COMMIT_H
#define STP_COMMIT_H

#include "region/reservation.h"

struct stp_commit {
    struct stp_reservation *reservation;
    size_t first, end; /* pages */
    uint8_t attribute;
    enum stp_want want;
    bool gaps_only;    /* pages committed already keep their attribute */
    bool make_present; /* ... and all pages are made present for access */
    steppe_access access;
};

/* Why a commit was refused. */
struct stp_refusal {
    steppe_status status;
    int os_error;
    bool may_be_repaired;  /* by stp_reservation_repair, without locks; then try once more */
    steppe_budget *budget; /* with STEPPE_E_BUDGET; NULL: the reservation's own limit */
};

/* Commit pages, whatever state they are in. The caller holds the locks of their units. All or
 * nothing. Fault handlers: yes. */
steppe_status stp_commit_pages(const struct stp_commit *commit, struct stp_refusal *refusal);

/* Is every page of [first, end) committed with this attribute already? No lock needed. */
bool stp_commit_is_done(const struct stp_reservation *r, size_t first, size_t end,
                        uint8_t attribute);

#endif
