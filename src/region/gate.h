/* SPDX-License-Identifier: MIT */
/*
 * gate.h - many may be inside at a time; closing it waits until nobody is, and keeps all out.
 *
 * Reservations are made and ended inside: those steps are long (a munmap), may run side by side,
 * and must not be cut in two by a fork, which would leave the child half a reservation.
 *
 * Asynchronous signals must be blocked by whoever is inside or has closed it.
 */
#ifndef STP_GATE_H
#define STP_GATE_H

#include "region/lock.h"

struct stp_gate {
    uint32_t closed;
    uint32_t inside;
};

static inline void stp_gate_leave(struct stp_gate *gate)
{
    uint32_t before = __atomic_fetch_sub(&gate->inside, 1, __ATOMIC_SEQ_CST);
    STP_ASSERT(before > 0);
    if (before == 1 && __atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST))
        stp_platform_wake(&gate->inside, 1);
}

/* Entering is told before the gate is looked at, and closing before the inside is: one of the two
 * sees the other. */
static inline void stp_gate_enter(struct stp_gate *gate)
{
    for (;;) {
        __atomic_fetch_add(&gate->inside, 1, __ATOMIC_SEQ_CST);
        if (!__atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST))
            return;
        stp_gate_leave(gate);
        stp_platform_wait(&gate->closed, 1);
    }
}

/* One closer at a time: the caller sees to that. */
static inline void stp_gate_close(struct stp_gate *gate)
{
    __atomic_store_n(&gate->closed, 1, __ATOMIC_SEQ_CST);
    for (uint32_t inside; (inside = __atomic_load_n(&gate->inside, __ATOMIC_SEQ_CST));)
        stp_platform_wait(&gate->inside, inside);
}

static inline void stp_gate_open(struct stp_gate *gate)
{
    __atomic_store_n(&gate->closed, 0, __ATOMIC_SEQ_CST);
    stp_platform_wake(&gate->closed, INT32_MAX);
}

#endif
