/* SPDX-License-Identifier: MIT */
/*
 * reservation.h - one reservation: its descriptor, its life, and its locks.
 *
 *              stp_reservation_create            stp_reservation_destroy
 *     FREE  ---------------------------> ALIVE ---------------------------> DYING ---> FREE
 *                                          ^                                  |
 *                                          +---- the kernel would not unmap --+
 *
 *   FREE   in the slab; nothing but the pins may be touched
 *   ALIVE  in the registry; everything above "changes" below is constant
 *   DYING  taken out of the registry; the destroyer waits until nobody holds a pin
 *
 * Pins keep a descriptor ALIVE: every use, a query as well, pins first (stp_reservation_pin), and
 * checks afterwards that what it pinned is alive and holds the address. A pin is no lock: it may be
 * held while a fault handler of the same thread pins again.
 *
 * Units. The pages are divided into units, aligned from the origin; a unit is locked by the stripe
 * that its number chooses (stripe_of). Whoever changes pages or their kernel state holds the
 * stripes of all units the range touches, taken in ascending order of stripe. A unit is a multiple
 * of the mechanism's chunk and of the page map's block. Pages of different units can be committed
 * by different threads at the same time: nothing in the library serializes them.
 */
#ifndef STP_RESERVATION_H
#define STP_RESERVATION_H

#include <steppe/region.h>

#include "base/align.h"
#include "region/budget.h"
#include "region/mappings.h"
#include "region/mechanism.h"
#include "region/page_map.h"
#include "region/registry.h"
#include "region/watch.h"

enum { STP_STRIPES = 16, STP_NAME_BYTES = 64 };

enum stp_count {
    STP_COUNT_FAULT_COMMIT,
    STP_COUNT_FAULT_RESUME,
    STP_COUNT_FAULT_UNWIND,
    STP_COUNT_FAULT_PASS,
    STP_COUNT_FAULT_RACE,
    STP_COUNT_FAULT_NOTE,
    STP_COUNT_FAULT_PAGE,
    STP_COUNT_OS_CALL,
    STP_COUNT_COMMIT,
    STP_COUNT_DECOMMIT,
    STP_COUNT_REFUSED,
    STP_COUNTS
};

/* What slots lie in it, for its description; under published.c's lock. */
struct stp_published_part {
    uint32_t kind;                                      /* steppe_published_kind; 0: plain */
    uint64_t slots_base, slot_bytes, slot_max, bits_at; /* as in steppe/publish.h */
};

/* Alone in its cache lines, so that threads on different stripes do not share any. */
struct stp_stripe {
    uint32_t lock;
    uint32_t pins;
    uint64_t counts[STP_COUNTS];
} __attribute__((aligned(64)));

struct stp_reservation {
    uint32_t state; /* enum stp_reservation_state */

    /* constant while ALIVE */
    uintptr_t base, end;  /* end: page-rounded */
    uintptr_t mapped_end; /* granule-rounded: the rest of the last granule is nobody's */
    uintptr_t lent_end;   /* what lies behind, up to here, is lent (region_internal.h) */
    uintptr_t origin;     /* page 0 starts here, at or below base */
    unsigned page_shift;
    unsigned unit_shift; /* pages of a unit */
    unsigned stripe_count;
    unsigned reserve_flags;
    steppe_on_fault on_fault;
    steppe_filter filter;
    void *filter_context;
    steppe_protection protection;
    bool strict;
    bool whole_chunks;
    bool huge, huge_always; /* where huge pages may be: in dense runs; wherever they fit */
    bool write_watch;
    uint8_t base_attribute;    /* stp_mechanism_base */
    size_t fault_around_bytes; /* 0 when strict */
    steppe_budget *budget;
    uint64_t tag;
    char name[STP_NAME_BYTES];

    /* changes */
    const struct stp_mechanism *mechanism; /* stp_reservation_mechanism: others may replace it */
    const char *why;
    struct steppe_published_reservation *published; /* NULL: not described (published.h) */
    struct stp_published_part published_part;
    bool uffd_is_open; /* mechanism_uffd.c */
    uint32_t uffd_lock;
    uint32_t traps_age; /* stp_platform_traps_age when all its traps were set */
    bool traps_may_remain;
    bool has_root;      /* stp_mechanism_make_root */
    bool has_odd_pages; /* some were committed or protected otherwise than by base_attribute */
    struct stp_mappings mappings, lent_mappings;
    struct stp_page_map map;
    struct stp_watch watch; /* with write_watch */
    bool notes_writes;      /* ... by the kernel (watch.h); never so again once it is not */
    /* Written by every commit: not in a cache line with what every fault reads. */
    struct stp_charge charge __attribute__((aligned(64)));
    struct stp_stripe stripes[STP_STRIPES];
};

/* What steppe_reserve was asked for, checked and rounded. The options' budget is never the
 * process's: to that everything is charged anyway. */
struct stp_reservation_request {
    uintptr_t address; /* 0: anywhere */
    size_t size_bytes; /* page-rounded, counted from address */
    size_t lent_bytes; /* behind them; then they are whole granules */
    unsigned page_shift;
    const struct stp_mechanism *mechanism;
    const char *why;
    const steppe_options *options;
};

/* Make one; on failure a status, *os_error, and nothing left behind. */
steppe_status stp_reservation_create(const struct stp_reservation_request *request, uintptr_t *base,
                                     int *os_error);

/* End one that the caller has pinned; the pin is gone afterwards, whatever the result.
 * STEPPE_E_NOT_RESERVED when another thread was faster. */
steppe_status stp_reservation_destroy(struct stp_reservation *reservation, uintptr_t pinned_at,
                                      int *os_error);

/* The living reservation whose pages hold the address, pinned; or NULL. Fault handlers: yes. */
struct stp_reservation *stp_reservation_pin(uintptr_t address);
void stp_reservation_unpin(struct stp_reservation *reservation, uintptr_t address);

/* The living reservation with the lowest base >= address, pinned at its base; or NULL. */
struct stp_reservation *stp_reservation_pin_next(uintptr_t address);

/* The rest of a reservation's last granule is mapped by us, and nobody's: where it ends; or address
 * itself when it is not in one. */
uintptr_t stp_reservation_skip_tail(uintptr_t address);

/* Pages and addresses. */
static inline size_t stp_reservation_page(const struct stp_reservation *r, uintptr_t address)
{
    return (address - r->origin) >> r->page_shift;
}

static inline uintptr_t stp_reservation_address(const struct stp_reservation *r, size_t page)
{
    return r->origin + (page << r->page_shift);
}

static inline size_t stp_reservation_page_bytes(const struct stp_reservation *r)
{
    return (size_t)1 << r->page_shift;
}

/* First page after the unit that holds page. */
static inline size_t stp_reservation_unit_end(const struct stp_reservation *r, size_t page)
{
    size_t unit_end = ((page >> r->unit_shift) + 1) << r->unit_shift;
    return stp_min(unit_end, r->map.end);
}

static inline size_t stp_reservation_unit_first(const struct stp_reservation *r, size_t page)
{
    return stp_max(page >> r->unit_shift << r->unit_shift, r->map.first);
}

/* It may be replaced while no unit is locked; never back. */
static inline const struct stp_mechanism *stp_reservation_mechanism(const struct stp_reservation *r)
{
    return __atomic_load_n(&r->mechanism, __ATOMIC_ACQUIRE);
}

/* Before a lock: the thread's stack may itself lie in the reservation, and a fault in it could not
 * be settled under the lock. */
void stp_reservation_touch_stack(void);

/* Lock the units of a range of a pinned reservation; returns the stripes taken, for the unlock.
 * Asynchronous signals must be blocked; in a fault handler they are. */
uint32_t stp_reservation_lock(struct stp_reservation *r, size_t first, size_t end);
void stp_reservation_unlock(struct stp_reservation *r, uint32_t stripes);

/* Wait until no call is half-way that changes the unit of a page: what the processor allows, the
 * page map then knows. Its lock must not be held. */
void stp_reservation_settle(struct stp_reservation *r, size_t page);

/* Have forks find no call half-way, and children mended, from now on; once is enough. An error of
 * the system. */
int stp_reservation_handle_forks(void);

/* Describe all reservations for other processes from now on (published.h); once is enough. An error
 * of the system. */
int stp_reservation_publish(void);

/* Have our fault handler called from now on (hooks.h); once is enough. An error of the system. */
int stp_reservation_arm(void);

/* Mend a mechanism that is lost (stp_mechanism_is_lost). Takes all locks of the reservation, and of
 * others, so the caller holds none; signals are blocked. */
int stp_reservation_repair(struct stp_reservation *r);

/* Enter into the page map what was done to pages, and count mappings. */
void stp_reservation_record(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute);
void stp_reservation_forget(struct stp_reservation *r, size_t first, size_t end);

/* Are all traps of the process being taken off just now? */
bool stp_reservation_traps_are_ending(void);

/* How often what the kernel enforces by protections changes from a page to the next. */
int64_t stp_reservation_edge_count(const struct stp_reservation *r);

/* Are there mappings left for giving pages, committed or not, this protection, or for decommitting
 * them? The caller holds their locks. */
bool stp_reservation_may_protect(const struct stp_reservation *r, size_t first, size_t end,
                                 steppe_protection enforced);
bool stp_reservation_may_decommit(const struct stp_reservation *r, size_t first, size_t end);

/* How many runs of like pages a range has. */
int64_t stp_reservation_run_count(const struct stp_reservation *r, size_t first, size_t end);

/* What holds whenever no unit is locked; only for reservations of one stripe, whose lock keeps all
 * changes out. */
bool stp_reservation_is_valid(const struct stp_reservation *r);

void stp_reservation_count(struct stp_reservation *r, size_t page, enum stp_count count,
                           uint64_t amount);
uint64_t stp_reservation_counted(const struct stp_reservation *r, enum stp_count count);

/* What released reservations had counted. */
uint64_t stp_reservation_counted_released(enum stp_count count);

#endif
