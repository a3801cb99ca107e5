/* SPDX-License-Identifier: MIT */
/*
 * slots_internal.h - what a collector of its own thread needs of slots.
 *
 * None of these may run while the slots are being freed.
 */
#ifndef STP_SLOTS_INTERNAL_H
#define STP_SLOTS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <steppe/slots.h>

/* Is it what steppe_slots_make returned, and alive? Any pointer will do: nothing is touched that
 * may not be there. */
bool stp_slots_is(const void *slots);

/* One piece of a collection: a look at page_max committed pages or fewer (0: all of them), in one
 * go and with users of these slots held up for that long.
 *
 * *cursor is 0 at the start of a round and says where the next piece begins; is_everything: a round
 * looks at all pages, else at those of groups in which slots were cleared since somebody last
 * looked. *page_count grows by the pages that went. *is_round_over: there is nothing behind, and
 * *cursor is 0 again. On an error the pages stay and the cursor goes past them: the round may go
 * on. slots are living ones. Remembers failures as steppe_slots_collect. */
steppe_status stp_slots_collect_piece(void *slots, size_t page_max, bool is_everything,
                                      uint64_t *cursor, size_t *page_count, bool *is_round_over);

/* Charge and limit of whichever is nearest to its limit: the slots' own, the budget they were
 * given, or the process's. *limit_bytes is STEPPE_NO_LIMIT when none has one. slots are living
 * ones. */
void stp_slots_pressure(const void *slots, uint64_t *charged_bytes, uint64_t *limit_bytes);

#endif
