/* SPDX-License-Identifier: MIT */
/*
 * steppe/collector.h - a thread that gives pages back in the background.
 *
 *     steppe_collector *collector = steppe_collector_start(NULL);
 *     steppe_collector_add(collector, orders);           (slots of steppe/slots.h)
 *     ...
 *     steppe_collector_remove(collector, orders);        (always, before steppe_slots_free)
 *     steppe_collector_stop(collector);
 *
 * It sleeps, and collects when one of these comes true:
 *
 *   interval      so many milliseconds have passed since it last did
 *   budget        more than so much of a budget of the slots, of their limit, or of the process's
 *                 budget is charged; looked at ten times a second where there is a limit, and at
 *                 1,024 slots each time where there are more
 *   pressure      the system is short of memory: PSI (/proc/pressure/memory, or memory.pressure of
 *                 the control group), or the group's memory.high was reached (memory.events);
 *                 where the kernel lets them be read, once a second
 *
 * and then only looks at slots that were cleared in since it last did, by pieces of so many pages.
 * A piece begins when a processor has nothing else to do: a thread of idle priority (SCHED_IDLE)
 * gives leave. It is then done at the usual priority, in a fraction of a millisecond: who comes to
 * slots that it is at waits for no longer than that, also where all processors are busy. Who wants
 * no such thread pauses it, and calls steppe_collector_run where it suits: that looks at
 * everything, in the calling thread.
 *
 * States:   start --> WAITING <--> COLLECTING        WAITING <--> PAUSED       any --> stop
 *
 * Threads: any call from any thread, but for steppe_collector_stop: no other call may run or
 * follow. Signal handlers: none. After fork the child has no collector thread: its collector is
 * stopped, and steppe_collector_stop is all that may be called; other calls say
 * STEPPE_E_NOT_CONTAINER. A new one may be started there.
 */
#ifndef STEPPE_COLLECTOR_H
#define STEPPE_COLLECTOR_H

#include <steppe/slots.h>

STEPPE_BEGIN_DECLS

typedef struct steppe_collector steppe_collector;

/* Every field's zero is its default; {0} (in C++ {}) and a null pointer mean all defaults. */
typedef struct steppe_collector_options {
    uint32_t interval_ms;    /* 0: 1,000; UINT32_MAX: never by time */
    uint32_t budget_percent; /* collect when more of a budget is charged; 0: 80; over 100: never */
    uint32_t pressure_percent; /* or more of 10 seconds in which some task waited for memory ("some
                                  avg10"), or memory.high; 0: 10; over 100: never, for neither */
    size_t piece_pages;        /* looked at in one go, at the most; 0: 512 */
} steppe_collector_options;

/* Start one. Ownership: the caller's until steppe_collector_stop. options are copied. Two threads,
 * "steppe-collect" and "steppe-idle", which block all signals but those of faults.
 * Returns NULL with STEPPE_E_MEMORY, STEPPE_E_ADDRESS_SPACE, STEPPE_E_MAP_COUNT,
 * STEPPE_E_UNSUPPORTED (no threads here), STEPPE_E_SYSTEM. */
STEPPE_API steppe_collector *steppe_collector_start(const steppe_collector_options *options);

/* Stop it; returns when its threads are gone, after the piece it is at. (Where all processors are
 * busy one of idle priority may take a second for that.) What was added is merely forgotten. NULL
 * is fine. Errors: STEPPE_E_NOT_CONTAINER (not a living collector). */
STEPPE_API steppe_status steppe_collector_stop(steppe_collector *collector);

/* Have slots collected, and no more. Slots must be alive until they are removed: freed before, they
 * are mostly found out and dropped, but not while they are being looked at. After
 * steppe_collector_remove returns it looks at them no more; a piece of them that is under way is
 * waited for, no other. Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER (either), STEPPE_E_MEMORY,
 * STEPPE_E_IN_USE (added to this collector already), STEPPE_E_PROTECTION (a view of a file),
 * STEPPE_E_OUTSIDE (removed, but never added). */
STEPPE_API steppe_status steppe_collector_add(steppe_collector *collector, void *slots);
STEPPE_API steppe_status steppe_collector_remove(steppe_collector *collector, void *slots);

/* Do nothing of its own accord until steppe_collector_resume; when it returns the thread is at no
 * collection (it is interrupted after a piece). What it had not come to is looked at in some later
 * round, of whichever collector; after steppe_collector_remove and _stop, too. Twice is as once.
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER. */
STEPPE_API steppe_status steppe_collector_pause(steppe_collector *collector);
STEPPE_API steppe_status steppe_collector_resume(steppe_collector *collector);

/* Collect everything now, in the calling thread, by pieces as well; paused too. Slots added
 * meanwhile may be left out. *page_count (may be NULL): what went in this round. Where pages cannot
 * be given back it goes on behind them. Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER; the first
 * one of a collection. */
STEPPE_API steppe_status steppe_collector_run(steppe_collector *collector, uint64_t *page_count);

/* What it did since it was started. */
typedef struct steppe_collector_statistics {
    uint64_t round_count; /* in all, and begun because of ... */
    uint64_t interval_round_count, budget_round_count, pressure_round_count, asked_round_count;
    uint64_t page_count;   /* given back, by runs too */
    uint64_t busy_ns;      /* processor time of its thread, as of its last going to sleep */
    bool reads_pressure;   /* the kernel's figures can be read here */
    bool is_idle_priority; /* what gives leave has it; else pieces follow each other at once */
} steppe_collector_statistics;

/* Waits until both threads have begun. Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER. */
STEPPE_API steppe_status steppe_collector_statistics_of(steppe_collector *collector,
                                                        steppe_collector_statistics *statistics);

STEPPE_END_DECLS
#endif
