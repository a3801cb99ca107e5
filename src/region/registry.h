/* SPDX-License-Identifier: MIT */
/*
 * registry.h - from any address to the reservation that holds it, in three loads and without a
 * lock.
 *
 * A tree over the address space in units of 64 KiB (reservations start there, so a unit never holds
 * two):
 *
 *   top      4096 entries of 64 GiB
 *   middle   1024 entries of 64 MiB
 *   bottom   1024 entries of 64 KiB
 *
 * An entry is empty, a reservation that covers all of it, or a table one level down. So a
 * reservation of any size writes at most a few thousand entries, and costs at most four tables,
 * those at its two ends. Tables stay for ever: a reader never sees one go.
 *
 * Changes are made under the registry's lock, with asynchronous signals blocked by the caller;
 * readers see each entry before or after it.
 */
#ifndef STP_REGISTRY_H
#define STP_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

struct stp_reservation;

enum { STP_GRANULE_BYTES = 64 * 1024 };

/* What a middle and a top entry span: reservations that start there write fewer entries. */
#define STP_REGISTRY_MIDDLE_BYTES ((size_t)64 << 20)
#define STP_REGISTRY_TOP_BYTES ((size_t)64 << 30)

/* The reservation one of whose 64 KiB units holds the address, or NULL: the caller must still
 * compare with its exact end, and must pin it before reading anything that changes. Fault handlers:
 * yes. */
struct stp_reservation *stp_registry_find(uintptr_t address);

/* The first reservation with a unit at or above the address; *base gets that unit's address. NULL
 * when there is none. */
struct stp_reservation *stp_registry_next(uintptr_t address, uintptr_t *base);

/* Enter a reservation over [first, end), whole units, all empty; an OS error when there is no
 * memory for tables, and nothing entered. Take it out again; that cannot fail. */
int stp_registry_enter(uintptr_t first, uintptr_t end, struct stp_reservation *reservation);
void stp_registry_remove(uintptr_t first, uintptr_t end);

/* Bytes of all its tables. */
uint64_t stp_registry_bytes(void);

/* Around fork: keep changes out. */
void stp_registry_lock_all(void);
void stp_registry_unlock_all(void);

#endif
