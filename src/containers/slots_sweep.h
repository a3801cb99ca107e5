/* SPDX-License-Identifier: MIT */
/* slots_sweep.h - giving back the pages, and the bits, of slots that are clear. */
#ifndef STP_SLOTS_SWEEP_H
#define STP_SLOTS_SWEEP_H

#include "base/status.h"
#include "containers/slots_layout.h"

enum { STP_SWEEP_RANGES = 128 };

/* A look over the pages [page, end): page is how far it has come. */
struct stp_sweep {
    struct stp_slots *slots;
    uint64_t page, end;
    uint64_t gone_max, look_max; /* pages that may go yet; committed ones to be looked at yet */
    uint64_t gone;
    bool is_counted;      /* among the collections; counts itself when it closes a gate */
    steppe_status status; /* of the first refusal, which failure tells */
    struct stp_failure failure;
    steppe_range ranges[STP_SWEEP_RANGES];
    size_t range_count;
};

/* One without limits. */
void stp_sweep_begin(struct stp_sweep *sweep, struct stp_slots *slots, uint64_t page, uint64_t end);
void stp_sweep_count(struct stp_sweep *sweep);
bool stp_sweep_is_limited_out(const struct stp_sweep *sweep);

/* The pages, and the bits of sheets that have slots on them. */
void stp_sweep_pages(struct stp_sweep *sweep);

/* Only the bits of a sheet. */
void stp_sweep_bits(struct stp_sweep *sweep, uint64_t sheet);

/* Sheets in which slots were cleared. Without a limit all of them; with one, one at a time, the one
 * first that somebody began and left; *cursor is the first sheet that may still be begun. */
void stp_sweep_dirty(struct stp_sweep *sweep, uint64_t *cursor);

/* False: stp_sweep_dirty would find nothing. A few loads: of very many sheets none is asked. */
bool stp_slots_may_be_dirty(const struct stp_slots *slots);

/* ---- also for those that clear -------------------------------------------------------------- */

/* Slots of sheets in which somebody is to look. */
void stp_slots_note_dirty(struct stp_slots *slots, uint64_t first_slot, uint64_t slot_end);

/* Before pages go: who trusts the record must never find it ahead of them. */
void stp_slots_forget_pages(struct stp_slots *slots, uint64_t first, uint64_t end);

/* The first committed page in [page, end), or end, and where its run ends. */
uint64_t stp_slots_next_committed(const struct stp_slots *slots, uint64_t page, uint64_t end,
                                  uint64_t *run_end);

/* Has a sheet no slot in use? To be told for certain, with its gate closed. */
bool stp_slots_sheet_is_empty(const struct stp_slots *slots, uint64_t sheet);

#endif
