/* SPDX-License-Identifier: MIT */
/*
 * slot_gate.h - many may be inside at a time; whoever closes it is alone.
 *
 *   closed   0 open, 1 closed, 2 closed and somebody may sleep until it opens
 *   inside   how many are in, or are finding out that they may not be
 *   waiting  how many came too late and wait until it opens
 *
 * Invariant: from the return of close to open, nobody is between enter and leave. Who enters tells
 * so and then looks whether it is closed; who closes says so and then looks whether anybody is
 * inside; all four in one order (SEQ_CST): one of the two sees the other. Who comes too late leaves
 * again, so a closer waits for those that were inside before it, and for no others.
 *
 * Whoever closes it lets those in first who wait: two threads that collect without a pause would
 * hand the gate to each other for ever. Nobody begins to wait at an open gate, so it takes no
 * longer than those who wait already.
 *
 * Whoever is inside a gate, or waits for it, enters and closes no other. Several are closed in
 * ascending order of address. So nobody waits in a circle.
 */
#ifndef STP_SLOT_GATE_H
#define STP_SLOT_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/platform.h"

struct stp_slot_gate {
    uint32_t closed;
    uint32_t inside;
    uint32_t waiting;
    /* Counted by those inside, here because the line is theirs at that moment. */
    uint64_t slot_count, commit_call_count, query_call_count;
} __attribute__((aligned(64)));

static inline void stp_slot_gate_leave(struct stp_slot_gate *gate)
{
    if (__atomic_fetch_sub(&gate->inside, 1, __ATOMIC_SEQ_CST) == 1 &&
        __atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST))
        stp_platform_wake(&gate->inside, 1);
}

static inline void stp_slot_gate_wait_until_open(struct stp_slot_gate *gate)
{
    for (uint32_t seen; (seen = __atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST)) != 0;) {
        if (seen == 2 || __atomic_compare_exchange_n(&gate->closed, &seen, 2, false,
                                                     __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
            stp_platform_wait(&gate->closed, 2);
    }
}

static inline bool stp_slot_gate_try_enter(struct stp_slot_gate *gate)
{
    __atomic_fetch_add(&gate->inside, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST))
        return true;
    stp_slot_gate_leave(gate);
    return false;
}

static inline void stp_slot_gate_enter(struct stp_slot_gate *gate)
{
    if (stp_slot_gate_try_enter(gate))
        return;
    __atomic_fetch_add(&gate->waiting, 1, __ATOMIC_SEQ_CST);
    do
        stp_slot_gate_wait_until_open(gate);
    while (!stp_slot_gate_try_enter(gate));
    if (__atomic_fetch_sub(&gate->waiting, 1, __ATOMIC_SEQ_CST) == 1)
        stp_platform_wake(&gate->waiting, INT32_MAX);
}

/* True: it is closed, by us. */
static inline bool stp_slot_gate_try_close(struct stp_slot_gate *gate)
{
    uint32_t open = 0, waiting = __atomic_load_n(&gate->waiting, __ATOMIC_SEQ_CST);
    if (!waiting)
        return __atomic_compare_exchange_n(&gate->closed, &open, 1, false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_RELAXED);
    if (!__atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST))
        stp_platform_wait(&gate->waiting, waiting);
    return false;
}

static inline void stp_slot_gate_close(struct stp_slot_gate *gate)
{
    while (!stp_slot_gate_try_close(gate))
        stp_slot_gate_wait_until_open(gate);
    for (uint32_t inside; (inside = __atomic_load_n(&gate->inside, __ATOMIC_SEQ_CST)) != 0;)
        stp_platform_wait(&gate->inside, inside);
}

static inline void stp_slot_gate_open(struct stp_slot_gate *gate)
{
    if (__atomic_exchange_n(&gate->closed, 0, __ATOMIC_SEQ_CST) == 2)
        stp_platform_wake(&gate->closed, INT32_MAX);
}

/* In a fork's child, whose only thread has closed it: nobody else is there. */
static inline void stp_slot_gate_open_in_child(struct stp_slot_gate *gate)
{
    __atomic_store_n(&gate->inside, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&gate->waiting, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&gate->closed, 0, __ATOMIC_SEQ_CST);
}

#endif
