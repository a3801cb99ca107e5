/* SPDX-License-Identifier: MIT */
/*
 * slots_internal.h - what a collector of its own thread, and files, need of slots.
 *
 * None of these may run while the slots are being freed.
 */
#ifndef STP_SLOTS_INTERNAL_H
#define STP_SLOTS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <steppe/slots.h>

#include "platform/platform.h"

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

/* Put [first, first + slot_count) to use, all of them below slot_max: as steppe_slots_use for each,
 * with one commit a sheet at the most, and none in a view. After a refusal the first of them may be
 * in use, and bits be committed for none: who was refused ends the container. slots are living
 * ones. Failures are remembered for the caller to rename. */
steppe_status stp_slots_use_run(const void *slots, uint64_t first, uint64_t slot_count);

/* Slots to look at: what would change or end them is refused with STEPPE_E_PROTECTION, everything
 * else works. Neither they nor the more_bytes behind their pages, whole pages as well, are there
 * before stp_slots_map_in_view. Returns slot 0; failures as steppe_slots_make. */
const void *stp_slots_make_view(size_t slot_bytes, uint64_t slot_max, size_t more_bytes);

/* Is it a view? slots are living ones. */
bool stp_slots_is_view(const void *slots);

/* Map whole pages of a file at a byte counted from slot 0 of a living view (stp_region_map_file).
 */
steppe_status stp_slots_map_in_view(const void *view, uint64_t first_byte, size_t size_bytes,
                                    const struct stp_platform_file *file, uint64_t offset_bytes);

/* steppe_slots_free for a living view, told as function's. */
steppe_status stp_slots_end_view(const char *function, const void *view);

/* Charge and limit of whichever is nearest to its limit: the slots' own, the budget they were
 * given, or the process's. *limit_bytes is STEPPE_NO_LIMIT when none has one. slots are living
 * ones. */
void stp_slots_pressure(const void *slots, uint64_t *charged_bytes, uint64_t *limit_bytes);

#endif
