/* SPDX-License-Identifier: MIT */
/*
 * watch.h - noting which pages of a reservation are written (steppe/watch.h).
 *
 * The marks are a bit tree of pages, watch.written, whatever the state of the page. How a write
 * comes into it:
 *
 *   by faults      a writable page not written has STP_CLEAN in its attribute: the kernel refuses
 *                  writes. The fault of the first one takes that off and makes the mark.
 *   by the kernel  (r->notes_writes) it keeps marks of its own, which are fetched into the tree
 *                  whenever somebody looks, and before contents, and with them its marks, go away.
 *
 * Main invariant, whenever no unit is locked: every committed page whose attribute lets the program
 * write, without STP_CLEAN, is in the tree, or the kernel notes writes. So a page may be STP_CLEAN
 * and in the tree: that costs a fault, and no more.
 *
 * The way is chosen when the reservation is made. From the kernel's the change is to the other one
 * only, under all locks: everything committed is in the tree then.
 *
 * The leaves of the tree are prepared with every commit, so that making a mark cannot fail.
 */
#ifndef STP_WATCH_H
#define STP_WATCH_H

#include "region/bit_tree.h"
#include "region/table.h"

struct stp_reservation;

struct stp_watch {
    struct stp_bit_tree written;
    struct stp_table leaves;
    uintptr_t memory;
    size_t memory_bytes;
};

/* What is wrong with STEPPE_WRITE_WATCH; NULL: nothing. Constant. [calm] */
const char *stp_watch_wrong_setting(void);

/* For a reservation being made whose page map is there: choose the way; 0 or an OS error, and
 * nothing left behind. Reservations without a watch are fine. */
int stp_watch_create(struct stp_reservation *reservation, uint32_t *os_call_count);
void stp_watch_destroy(struct stp_reservation *reservation, uint32_t *os_call_count);

/* The attribute with which a page is committed that the program gives this protection. */
uint8_t stp_watch_attribute(const struct stp_reservation *reservation, uint8_t protection,
                            bool is_written);

/* The rest: under the locks of all units of the range. */

/* Before pages are committed. Returns an OS error. */
int stp_watch_prepare(struct stp_reservation *reservation, size_t first, size_t end,
                      uint32_t *os_call_count);

/* Make marks of committed pages. */
void stp_watch_note(struct stp_reservation *reservation, size_t first, size_t end);

/* Before contents go away: fetch the kernel's marks. */
void stp_watch_keep(struct stp_reservation *reservation, size_t first, size_t end);

/* The first write to an STP_CLEAN page. Returns an OS error; STP_ERROR_MAPPINGS when there are none
 * to be had for a page alone. */
int stp_watch_write(struct stp_reservation *reservation, size_t page);

/* The same for all STP_CLEAN pages around it, which takes no mapping. Without locks; signals are
 * blocked. 0 also where the page is STP_CLEAN no more. */
int stp_watch_write_around(struct stp_reservation *reservation, size_t page);

/* Under all locks: let the kernel note writes again after it forgot; or note them by faults from
 * now on. */
void stp_watch_repair(struct stp_reservation *reservation);
void stp_watch_give_up(struct stp_reservation *reservation);

#endif
