/* SPDX-License-Identifier: MIT */
/*
 * published.h - the library's description of itself, for other processes (steppe/publish.h).
 *
 * It is a copy, never looked at by us: so nothing depends on whether it could be had, and a fork's
 * child makes its own afresh. r->published is what everybody looks at who has nothing to describe:
 *
 *   NULL        nobody asked, or the file could not be had
 *   inherited   in a fork's child: not described yet. Whoever changes something of it describes it
 *               first, all of it (stp_published_set and those behind it); most children never do
 *   a record    it is described there
 *
 * How the copy is kept right without a lock of its own:
 *
 *   bits of pages   changed under the locks of their unit, as the page map is; several reservations
 *                   may share a word, so by atomic or and and. Who describes what was inherited has
                   one of these locks or none: it copies them as figures are copied
 *   figures, slots  copied after they were changed, and again until they are still what was copied.
 *                   Whoever copies last has looked after its copy, and whoever changes anything
 *                   copies later: so the last copy is of the last change
 *   records         begun and ended under one lock; readers go by their sequence
 */
#ifndef STP_PUBLISHED_H
#define STP_PUBLISHED_H

#include <steppe/publish.h>

#include "region/reservation.h"

bool stp_published_is_on(void);
bool stp_published_is_complete(void); /* ... and nothing inherited waits to be described */
uint64_t stp_published_bytes(void);   /* of address space that it takes or would have taken */

/* Make the description, empty but for the process; an error of the system. Then
 * stp_published_begin is for all reservations there are. Not concurrently with itself, nor with
 * reservations that are made or ended. [calm] */
int stp_published_open(void);

/* Describe a reservation from now on: all it has, under all its locks, or before others find it.
 * Nothing when the description is off, or has it; when it is full the reservation is counted and no
 * more. */
void stp_published_begin(struct stp_reservation *r);

/* Nobody is to find it there any more; before its addresses may be another's. */
void stp_published_end(struct stp_reservation *r);

/* Only with r->published. Pages became committed, or not; its charge, limit or mechanism changed,
 * that of its budget and of the process with it; something was counted. Fault handlers: yes. */
void stp_published_set(const struct stp_reservation *r, size_t first, size_t end);
void stp_published_clear(const struct stp_reservation *r, size_t first, size_t end);
void stp_published_figures(const struct stp_reservation *r);
void stp_published_count(const struct stp_reservation *r, enum stp_count count);

/* The same of what is no reservation's; nothing when the description is off. */
void stp_published_process(void);
void stp_published_budget(const struct steppe_budget *budget);
void stp_published_end_budget(struct steppe_budget *budget);

/* ---- slots ---------------------------------------------------------------------------------- */

struct stp_published_slots {
    const void *reservation, *bookkeeping; /* addresses in them */
    uintptr_t base;                        /* of slot 0 */
    uint64_t slot_bytes, slot_max;
};

/* Describe slots: where their bits are to go, for stp_published_slots_word, or 0 for nowhere. It
 * stays so in a fork's child, though nothing is there before it is copied. Not in fault handlers.
 */
uint64_t stp_published_slots_begin(const struct stp_published_slots *slots);

/* Describe their reservations, if they are inherited; their bits are about to follow. */
void stp_published_slots_again(uint64_t at);

void stp_published_slots_end(const struct stp_published_slots *slots, uint64_t at);

/* A word of bits has changed. */
void stp_published_slots_word(uint64_t at, const uint64_t *bits, uint64_t word);

/* ---- around fork ---------------------------------------------------------------------------- */

void stp_published_lock_all(void);
void stp_published_unlock_all(void);

/* In the child, under all locks; then stp_published_inherit is for all reservations. */
void stp_published_after_fork(void);
void stp_published_inherit(struct stp_reservation *r);

#endif
