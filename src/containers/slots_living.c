/* SPDX-License-Identifier: MIT */
/*
 * slots_living.c - all slots that are alive, so that a fork finds none of them half-way.
 *
 * Before it all gates of all containers are closed, so no call is half-way in the child; there the
 * gates are opened again, and forget those who had come too late.
 *
 * And so that a description of the library (region/published.h) has all of them.
 */
#include "containers/slots_living.h"

#include "region/fork_hooks.h"
#include "region/lock.h"
#include "region/published.h"
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

/* ---- publishing ----------------------------------------------------------------------------- */

static struct stp_published_slots description_of(const struct stp_slots *s)
{
    return (struct stp_published_slots){.reservation = s->base,
                                        .bookkeeping = s->bookkeeping,
                                        .base = (uintptr_t)s->memory,
                                        .slot_bytes = s->head.slot_bytes,
                                        .slot_max = s->head.slot_max};
}

/* Whoever changes bits from here on copies them as well. */
static bool begin_to_publish(struct stp_slots *s)
{
    struct stp_published_slots description = description_of(s);
    uint64_t at = stp_published_slots_begin(&description);
    __atomic_store_n(&s->bits.published_at, at, __ATOMIC_SEQ_CST);
    return at != 0;
}

static void end_publishing(struct stp_slots *s)
{
    struct stp_published_slots description = description_of(s);
    stp_published_slots_end(&description, s->bits.published_at & ~STP_SLOT_BITS_INHERITED);
    __atomic_store_n(&s->bits.published_at, 0, __ATOMIC_SEQ_CST);
}

/* Inside the sheet's gate its bits do not go. */
static void publish_sheet(struct stp_slots *s, uint64_t slot)
{
    uint64_t sheet = stp_slots_sheet(s, slot);
    struct stp_slot_gate *gate = stp_slots_gate(s, sheet);
    stp_slot_gate_enter(gate);
    if (stp_slot_bits_is_open(&s->bits, slot))
        stp_slot_bits_publish(&s->bits, stp_slots_sheet_first(s, sheet),
                              stp_slots_sheet_end(s, sheet));
    stp_slot_gate_leave(gate);
}

static void publish(struct stp_slots *s)
{
    uint64_t slot = 0, end = s->head.slot_max;
    if (s->is_ending || !stp_published_is_on() || !begin_to_publish(s))
        return;
    while ((slot = stp_slot_bits_next_open(&s->bits, slot, end)) < end) {
        publish_sheet(s, slot);
        slot = stp_slots_sheet_end(s, stp_slots_sheet(s, slot));
    }
}

void stp_slots_publish_living(void)
{
    lock_living();
    for (struct stp_slots *s = living; s; s = s->next)
        if (s->bits.published_at)
            stp_slot_bits_publish_inherited(&s->bits);
        else
            publish(s);
    unlock_living();
}

static void inherit(struct stp_slots *s)
{
    if (!stp_published_is_on())
        s->bits.published_at = 0;
    else if (s->bits.published_at)
        s->bits.published_at |= STP_SLOT_BITS_INHERITED;
}

/* ---- forks ---------------------------------------------------------------------------------- */

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
        inherit(s);
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
    publish(s);
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

void stp_slots_begin_to_end(struct stp_slots *s)
{
    lock_living();
    s->is_ending = true;
    end_publishing(s);
    unlock_living();
}

void stp_slots_do_not_end(struct stp_slots *s)
{
    lock_living();
    s->is_ending = false;
    publish(s);
    unlock_living();
}
