/* SPDX-License-Identifier: MIT */
/*
 * slots_layout.h - where slots, their pages, sheets, bits and gates lie: see slots.c.
 */
#ifndef STP_SLOTS_LAYOUT_H
#define STP_SLOTS_LAYOUT_H

#include <steppe/slots.h>

#include "base/align.h"
#include "containers/slot_bits.h"
#include "containers/slot_gate.h"

enum { STP_SLOT_GATES = 32 }; /* with the rest they fill one page */

struct stp_slots {
    struct stp_slot_gate gates[STP_SLOT_GATES];

    /* changes */
    uint64_t cleared_bytes, batch_bytes_now; /* BATCHED: since the last batch; when to take one */
    uint32_t is_batch_under_way;
    uint64_t next_page; /* where a limited collection goes on */
    uint64_t look;      /* where a look at dirty sheets does (slots_sweep.c) */
    uint64_t given_back_bytes, collection_count;
    struct stp_slots *previous, *next; /* of the living ones; under living_lock */
    bool is_ending;                    /* the same: its bookkeeping is going */

    /* constant */
    uint8_t *memory __attribute__((aligned(64))); /* slot 0 */
    uint8_t *base;
    uint64_t page_count;
    unsigned page_shift, bits_page_shift;
    unsigned sheet_shift; /* slots of a sheet */
    steppe_slots_commit commit;
    steppe_slots_give_back give_back;
    uint64_t batch_bytes;
    struct stp_slot_bits bits;
    uint64_t *dirty, *known, *record;
    void *bookkeeping;
    uint64_t magic;
    char filler[32] __attribute__((aligned(64)));
    steppe_slots_head_ head;
};

_Static_assert(offsetof(struct stp_slots, head) + sizeof(steppe_slots_head_) ==
                   sizeof(struct stp_slots),
               "the inline calls find the head just below slot 0");
_Static_assert(sizeof(struct stp_slots) <= 4096, "the head fills one page");

static inline struct stp_slots *stp_slots_at(const void *slots)
{
    return (struct stp_slots *)(uintptr_t)slots - 1;
}

static inline uint64_t stp_slots_page_bytes(const struct stp_slots *s)
{
    return (uint64_t)1 << s->page_shift;
}

static inline uint8_t *stp_slots_page_address(const struct stp_slots *s, uint64_t page)
{
    return s->memory + (page << s->page_shift);
}

static inline uint64_t stp_slots_first_page(const struct stp_slots *s, uint64_t slot)
{
    return slot * s->head.slot_bytes >> s->page_shift;
}

/* Of the last byte before a slot. */
static inline uint64_t stp_slots_last_page_before(const struct stp_slots *s, uint64_t slot)
{
    return (slot * s->head.slot_bytes - 1) >> s->page_shift;
}

/* The first slot that overlaps a page; where those end that overlap pages before one. */
static inline uint64_t stp_slots_first_on(const struct stp_slots *s, uint64_t page)
{
    return (page << s->page_shift) / s->head.slot_bytes;
}

static inline uint64_t stp_slots_end_before(const struct stp_slots *s, uint64_t page)
{
    uint64_t end = ((page << s->page_shift) - 1) / s->head.slot_bytes + 1;
    return end < s->head.slot_max ? end : s->head.slot_max;
}

static inline uint64_t stp_slots_sheet(const struct stp_slots *s, uint64_t slot)
{
    return slot >> s->sheet_shift;
}

static inline uint64_t stp_slots_sheet_first(const struct stp_slots *s, uint64_t sheet)
{
    return sheet << s->sheet_shift;
}

static inline uint64_t stp_slots_sheet_end(const struct stp_slots *s, uint64_t sheet)
{
    uint64_t end = (sheet + 1) << s->sheet_shift;
    return end < s->head.slot_max ? end : s->head.slot_max;
}

static inline uint64_t stp_slots_sheet_count(const struct stp_slots *s)
{
    return stp_slots_sheet(s, s->head.slot_max - 1) + 1;
}

static inline uint8_t *stp_slots_bits_address(const struct stp_slots *s, uint64_t sheet)
{
    return (uint8_t *)s->bits.used + (sheet << s->bits_page_shift);
}

static inline struct stp_slot_gate *stp_slots_gate(struct stp_slots *s, uint64_t sheet)
{
    return &s->gates[sheet % STP_SLOT_GATES];
}

static inline void stp_count(uint64_t *counter, uint64_t amount)
{
    __atomic_fetch_add(counter, amount, __ATOMIC_RELAXED);
}

static inline uint64_t stp_counted(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
