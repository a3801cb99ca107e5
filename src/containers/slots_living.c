/* SPDX-License-Identifier: MIT */
/*
 * slots_living.c - all slots that are alive, so that a fork finds none of them half-way.
 *
 * Before it all gates of all containers are closed, so no call is half-way in the child; there the
 * gates are opened again, and forget those who had come too late.
 */
#include "containers/slots_living.h"

#include "region/fork_hooks.h"
#include "region/lock.h"
#include "region/reservation.h"

static struct stp_slots *living;
static uint32_t living_lock, fork_hooks;
static struct stp_signal_mask signals; /* of whoever has the lock */
static _Thread_local unsigned fork_depth;

static void lock_living(void)
{
    struct stp_signal_mask before;
    stp_platform_signals_block(&before);
    stp_lock_take(&living_lock);
    signals = before;
}

static void unlock_living(void)
{
    struct stp_signal_mask before = signals;
    stp_lock_give(&living_lock);
    stp_platform_signals_restore(&before);
}

static void before_fork(void)
{
    if (stp_fork_is_nested(&fork_depth, true))
        return;
    lock_living();
    for (struct stp_slots *s = living; s; s = s->next)
        for (size_t i = 0; i < STP_SLOT_GATES; i++)
            stp_slot_gate_close(&s->gates[i]);
}

static void after_fork_in_parent(void)
{
    if (stp_fork_is_nested(&fork_depth, false))
        return;
    for (struct stp_slots *s = living; s; s = s->next)
        for (size_t i = 0; i < STP_SLOT_GATES; i++)
            stp_slot_gate_open(&s->gates[i]);
    unlock_living();
}

static void after_fork_in_child(void)
{
    if (stp_fork_is_nested(&fork_depth, false))
        return;
    for (struct stp_slots *s = living; s; s = s->next) {
        for (size_t i = 0; i < STP_SLOT_GATES; i++)
            stp_slot_gate_open_in_child(&s->gates[i]);
        s->is_batch_under_way = 0; /* by a thread that is not there */
    }
    unlock_living();
}

int stp_slots_handle_forks(void)
{
    const struct stp_fork_hooks hooks = {before_fork, after_fork_in_parent, after_fork_in_child};
    int error = stp_reservation_handle_forks();
    return error ? error : stp_fork_hooks_set(&fork_hooks, &hooks);
}

static void __attribute__((constructor)) handle_forks_from_now_on(void)
{
    (void)stp_slots_handle_forks(); /* benign: tried again by the first slots */
}

void stp_slots_enter_living(struct stp_slots *s)
{
    lock_living();
    s->previous = NULL;
    s->next = living;
    if (living)
        living->previous = s;
    living = s;
    unlock_living();
}

void stp_slots_leave_living(struct stp_slots *s)
{
    lock_living();
    if (s->next)
        s->next->previous = s->previous;
    if (s->previous)
        s->previous->next = s->next;
    else
        living = s->next;
    unlock_living();
}
