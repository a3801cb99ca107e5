/* SPDX-License-Identifier: MIT */
/*
 * slots_living.c - all slots that are alive, so that a fork finds none of them half-way.
 *
 * Before it all gates of all containers are closed, so no call is half-way in the child; there the
 * gates are opened again, and forget those who had come too late.
 */
#include "containers/slots_living.h"

#include "platform/platform.h"

enum { FORKS_UNHANDLED, FORKS_HANDLED };

static struct stp_slots *living;
static uint32_t living_lock, fork_state;

static void before_fork(void)
{
    stp_slot_gate_lock(&living_lock);
    for (struct stp_slots *s = living; s; s = s->next)
        for (size_t i = 0; i < STP_SLOT_GATES; i++)
            stp_slot_gate_close(&s->gates[i]);
}

static void after_fork_in_parent(void)
{
    for (struct stp_slots *s = living; s; s = s->next)
        for (size_t i = 0; i < STP_SLOT_GATES; i++)
            stp_slot_gate_open(&s->gates[i]);
    stp_slot_gate_unlock(&living_lock);
}

static void after_fork_in_child(void)
{
    for (struct stp_slots *s = living; s; s = s->next) {
        for (size_t i = 0; i < STP_SLOT_GATES; i++)
            stp_slot_gate_open_in_child(&s->gates[i]);
        s->is_batch_under_way = 0; /* by a thread that is not there */
    }
    __atomic_store_n(&living_lock, 0, __ATOMIC_SEQ_CST);
}

/* Once, after the first reservation, which has registered the region's: in the child those that
 * were registered first run first, and heads can be touched when ours do. Nobody waits for the
 * thread that registers: in the child of a fork at that very moment it would be for ever. */
int stp_slots_handle_forks(void)
{
    uint32_t seen = FORKS_UNHANDLED;
    if (!__atomic_compare_exchange_n(&fork_state, &seen, FORKS_HANDLED, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return 0;
    int error = stp_platform_at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (error)
        __atomic_store_n(&fork_state, FORKS_UNHANDLED, __ATOMIC_RELEASE);
    return error;
}

void stp_slots_enter_living(struct stp_slots *s)
{
    stp_slot_gate_lock(&living_lock);
    s->previous = NULL;
    s->next = living;
    if (living)
        living->previous = s;
    living = s;
    stp_slot_gate_unlock(&living_lock);
}

void stp_slots_leave_living(struct stp_slots *s)
{
    stp_slot_gate_lock(&living_lock);
    if (s->next)
        s->next->previous = s->previous;
    if (s->previous)
        s->previous->next = s->next;
    else
        living = s->next;
    stp_slot_gate_unlock(&living_lock);
}
