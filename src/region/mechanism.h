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

/* Why pages are committed: what to expect of them. */
enum stp_want {
    STP_WANT_ZEROS,   /* a read, at once */
    STP_WANT_ADDRESS, /* perhaps nothing yet */
    STP_WANT_MEMORY,  /* a write, at once */
    STP_WANT_HUGE     /* writes to all of them: huge pages where they are allowed */
};

struct stp_pages {
    size_t first, end;
};

enum { STP_BATCH = 64 }; /* ranges decommitted in one go; they lie on a fault handler's stack */

struct stp_grant {
    size_t first, end; /* pages, none of them committed */
    uint8_t attribute;
    enum stp_want want;
};

/* Errors that no system has: our own limit on mappings; the kernel notes writes, which it would
 * forget; traps work here, but those set before are lost; traps are forbidden, and those set before
 * are perhaps still in force; all traps are being taken off just now. */
enum {
    STP_ERROR_MAPPINGS = -1,
    STP_ERROR_TRAPPED = -2,
    STP_ERROR_LOST = -3,
    STP_ERROR_FORBIDDEN = -4,
    STP_ERROR_ENDING = -5
};

struct stp_mechanism {
    steppe_mechanism id;
    bool maps_runs; /* a kernel mapping for every run of like pages */

    /* Be ready for commits; NULL: always is. When it cannot be, the error is returned, and mostly
     * the reservation has got another mechanism. */
    int (*open)(struct stp_reservation *reservation);

    /* Give the processor access to pages. */
    int (*commit)(struct stp_reservation *reservation, const struct stp_grant *grant);

    /* Undo a commit that succeeded and has not come into the page map. Failures are benign: they
     * leave a page accessible that the page map calls reserved, until its chunk is next
     * decommitted. */
    void (*take_back)(struct stp_reservation *reservation, const struct stp_grant *grant);

    /* Take pages away, committed or not: no access, no contents, zero when they come back. */
    int (*decommit)(struct stp_reservation *reservation, size_t first, size_t end);

    /* The same for several ranges, upward; *done_count of them, from the first on, were. NULL: one
     * by one will do. */
    int (*decommit_all)(struct stp_reservation *reservation, const struct stp_pages *ranges,
                        size_t range_count, size_t *done_count);

    /* Change the protection of pages that are all committed. */
    int (*protect)(struct stp_reservation *reservation, size_t first, size_t end,
                   uint8_t attribute);

    /* Drop the contents of what is committed, and nothing else. */
    int (*reset)(struct stp_reservation *reservation, size_t first, size_t end);

    /* A committed page faulted, or failed a system call, although its attribute allows the access:
     * mend that if it is the mechanism's doing. NULL: it never is. granted: the attribute of pages
     * that have been committed, and are not in the page map yet; NULL: there are none. */
    int (*revive)(struct stp_reservation *reservation, size_t first, size_t end,
                  const uint8_t *granted);
};

extern const struct stp_mechanism stp_mechanism_guard;
extern const struct stp_mechanism stp_mechanism_mprotect;
extern const struct stp_mechanism stp_mechanism_uffd;

/* The mechanism for a new reservation: the one its options name, or that of STEPPE_MECHANISM, or
 * the best here. NULL when that one is unknown or not available; *why says why in either case,
 * constant. */
const struct stp_mechanism *stp_mechanism_choose(const steppe_options *options, size_t size_bytes,
                                                 const char **why);

/* What to use instead of userfaultfd. */
const struct stp_mechanism *stp_mechanism_without_traps(void);

/* Bytes of a unit (reservation.h), the most that is ever prepared in one go. */
size_t stp_mechanism_unit_bytes(size_t size_bytes);

/* Is the error one after which stp_mechanism_repair may help? */
bool stp_mechanism_is_lost(const struct stp_reservation *reservation, int os_error);

/* Traps are gone or forbidden: set them again, or go over to another mechanism. Whatever was
 * committed stays. The caller holds all locks of the reservation. STP_ERROR_FORBIDDEN: that takes
 * the end of all traps in the process. */
int stp_mechanism_repair(struct stp_reservation *reservation);

/* Before and after stp_platform_traps_end, under the same locks: go over to another mechanism.
 * After it only where traps were set meanwhile, and are lost. */
int stp_mechanism_leave_traps(struct stp_reservation *reservation);
int stp_mechanism_leave_lost_traps(struct stp_reservation *reservation);
int stp_mechanism_forget_traps(struct stp_reservation *reservation); /* none remain anywhere */

/* Have guard markers, and sealed rows of chunks, keep shut what nothing else does: committed pages
 * and all others are accessible as their protections say. */
int stp_mechanism_guard_adopt(struct stp_reservation *reservation);

/* Map chunks afresh in which nothing is committed. Benign when it fails. */
void stp_mechanism_guard_renew_sealed(struct stp_reservation *reservation);

/* In a fork's child, under all locks: once, and then for each reservation. */
void stp_mechanism_after_fork(void);
void stp_mechanism_after_fork_in(struct stp_reservation *reservation);

/* ---- for the mechanisms: platform calls on pages of a reservation, counted ------------------ */

int stp_mechanism_call_protect(struct stp_reservation *reservation, size_t first, size_t end,
                               steppe_protection attribute);
int stp_mechanism_call_discard(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_renew(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_install(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_remove(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_trap(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_untrap(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_call_fill(struct stp_reservation *reservation, size_t first, size_t end,
                            enum stp_fill fill);

/* Give the committed pages of a range the protections that the page map records, after something
 * that changed them could not be finished. Failures are benign: they leave a page with less access
 * than it should have, and the next fault on it reports that. */
void stp_mechanism_restore(struct stp_reservation *reservation, size_t first, size_t end);

/* ---- steps that mechanisms share ------------------------------------------------------------ */

/* Chunks, and what is known of them: map->chunk_marks. */
size_t stp_mechanism_chunk(const struct stp_reservation *reservation, size_t page);
uint8_t stp_mechanism_mark(const struct stp_reservation *reservation, size_t chunk);
void stp_mechanism_set_marks(struct stp_reservation *reservation, size_t first_chunk,
                             size_t end_chunk, uint8_t mark);

/* How the number of mappings changes when these chunks, which have this mark, get another. */
int64_t stp_mechanism_growth(const struct stp_reservation *reservation, size_t first_chunk,
                             size_t end_chunk, uint8_t mark);

/* First chunk from chunk on, below end_chunk, with another mark. */
size_t stp_mechanism_alike_until(const struct stp_reservation *reservation, size_t chunk,
                                 size_t end_chunk);

/* Give chunks that have all one mark another, and count the mappings. */
void stp_mechanism_become(struct stp_reservation *reservation, size_t first_chunk, size_t end_chunk,
                          uint8_t mark);

/* The whole chunks of a range; what remains before and behind is part of a chunk each. Empty when
 * there is none. */
struct stp_pages stp_mechanism_whole_chunks(const struct stp_reservation *reservation, size_t first,
                                            size_t end);

/* In groups of how many pages to prepare memory now (mappings.h): whole chunks, inside a unit. */
size_t stp_mechanism_group_pages(const struct stp_reservation *reservation);

/* The protection where nothing is committed, under traps and markers: that of most pages, so that
 * committing one changes no mapping. Never a guard. */
uint8_t stp_mechanism_base(const struct stp_reservation *reservation);

/* Give the base protection to committed pages that have another. Only to those: others may be shut
 * by their protection alone. */
int stp_mechanism_level(struct stp_reservation *reservation, size_t first, size_t end);

/* Linux gives a mapping a root (anon_vma) with its first page, and joins only mappings of one root:
 * pages that are touched one by one would keep a mapping each, even once they are protected like
 * their neighbours again. So one page gets it before any mapping is cut, and is joined with the
 * rest, which inherits it: a page of the first commit, for nobody else may see one open. An error
 * is that commit's. */
int stp_mechanism_make_root(struct stp_reservation *reservation, const struct stp_grant *grant);

/* Act on the pages between committed ones, run by run, until that fails. */
typedef int stp_mechanism_act(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_for_gaps(struct stp_reservation *reservation, size_t first, size_t end,
                           stp_mechanism_act *act);

/* Discard from the first committed page on. */
int stp_mechanism_discard_committed(struct stp_reservation *reservation, size_t first, size_t end);

/* reset and revive of mechanisms that may have taken over traps (traps_may_remain). */
int stp_mechanism_reset(struct stp_reservation *reservation, size_t first, size_t end);
int stp_mechanism_revive(struct stp_reservation *reservation, size_t first, size_t end,
                         const uint8_t *granted);

/* Protect committed pages: one mprotect may come half way, and is undone then. */
int stp_mechanism_protect_all(struct stp_reservation *reservation, size_t first, size_t end,
                              uint8_t attribute);

/* The second way to take pages away, when mapping afresh or markers are refused. Shut first, empty
 * after: shutting can fail (it may need one more mapping) and can be undone, emptying cannot. */
int stp_mechanism_shut_and_empty(struct stp_reservation *reservation, size_t first, size_t end);

#endif
