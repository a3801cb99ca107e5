/* SPDX-License-Identifier: MIT */
/*
 * mechanism.h - how the kernel is made to hold what the page map says.
 *
 * Main invariant, whenever no unit of the range is locked: the kernel allows an access to a page
 * exactly when the page map says committed and the attribute allows it.
 *
 * A mechanism acts before the page map is changed, under the locks of all units of the range. Each
 * call either succeeds or leaves pages as they were: contents, protection, everything.
 */
#ifndef STP_MECHANISM_H
#define STP_MECHANISM_H

#include <steppe/region.h>

#include "platform/platform.h"

struct stp_reservation;

struct stp_mechanism {
    steppe_mechanism id;

    /* Give the processor access to pages of which none is committed. */
    int (*commit)(struct stp_reservation *reservation, size_t first, size_t end, uint8_t attribute);

    /* Undo a commit that succeeded and has not come into the page map. Failures are benign: they
     * leave a page accessible that the page map calls reserved, until its chunk is next
     * decommitted. */
    void (*take_back)(struct stp_reservation *reservation, size_t first, size_t end,
                      uint8_t attribute);

    /* Take pages away, committed or not: no access, no contents, zero when they come back. */
    int (*decommit)(struct stp_reservation *reservation, size_t first, size_t end);

    /* Change the protection of pages that are all committed. */
    int (*protect)(struct stp_reservation *reservation, size_t first, size_t end,
                   uint8_t attribute);
};

extern const struct stp_mechanism stp_mechanism_guard;
extern const struct stp_mechanism stp_mechanism_mprotect;

/* The mechanism for a new reservation: the one named, or that of STEPPE_MECHANISM, or the best
 * here. NULL when that one is unknown or not available; *why says why in either case, constant. */
const struct stp_mechanism *stp_mechanism_choose(steppe_mechanism wanted, const char **why);

/* The unit in which a mechanism prepares memory, for a reservation of this size. */
size_t stp_mechanism_chunk_bytes(size_t size_bytes);

/* ---- for the mechanisms: platform calls on pages of a reservation, counted ------------------ */

int stp_mechanism_call_protect(struct stp_reservation *reservation, size_t first, size_t end,
                               steppe_protection protection);
int stp_mechanism_call_discard(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_renew(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_install(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_remove(struct stp_reservation *reservation, size_t first, size_t end);

/* Give the committed pages of a range the protections that the page map records, after something
 * that changed them could not be finished. Failures are benign: they leave a page with less access
 * than it should have, and the next fault on it reports that. */
void stp_mechanism_restore(struct stp_reservation *reservation, size_t first, size_t end);

/* ---- steps that mechanisms share ------------------------------------------------------------ */

/* Protect committed pages: one mprotect may come half way, and is undone then. */
int stp_mechanism_protect_all(struct stp_reservation *reservation, size_t first, size_t end,
                              uint8_t attribute);

/* The second way to take pages away, when mapping afresh or markers are refused. Shut first, empty
 * after: shutting can fail (it may need one more mapping) and can be undone, emptying cannot. */
int stp_mechanism_shut_and_empty(struct stp_reservation *reservation, size_t first, size_t end);

#endif
