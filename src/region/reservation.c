/* SPDX-License-Identifier: MIT */
#include "region/reservation.h"

#include <string.h>

#include "base/check.h"
#include "region/fork_hooks.h"
#include "region/gate.h"
#include "region/hooks.h"
#include "region/lock.h"
#include "region/protection.h"
#include "region/published.h"
#include "region/slab.h"

enum state { FREE, ALIVE, DYING };

/* Beyond it the kernel's own work is most of a fault: a huge page's worth of small ones, or a few
 * huge pages. */
enum { FAULT_AROUND_BYTES = 2 * 1024 * 1024, FAULT_AROUND_HUGE_BYTES = 8 * 1024 * 1024 };

enum { STACK_BYTES = 8 * 1024 }; /* of the thread's, that work under a lock may use */

enum {
    PIN_SHIFT = 24, /* which stripe counts a pin: by 16 MiB of address */
    FEW = 16        /* alignment wastes less than this part of the address space */
};

#define OBJECT_BYTES ((sizeof(struct stp_reservation) + 63) / 64 * 64)

static struct stp_slab reservations = {.object_bytes = OBJECT_BYTES};
static uint64_t released_counts[STP_COUNTS];
static uint32_t fork_hooks;
static _Thread_local unsigned fork_depth;

static enum state state_of(const struct stp_reservation *r)
{
    return (enum state)__atomic_load_n(&r->state, __ATOMIC_SEQ_CST);
}

static void set_state(struct stp_reservation *r, enum state state)
{
    __atomic_store_n(&r->state, (uint32_t)state, __ATOMIC_SEQ_CST);
}

/* Threads mostly work at a distance that is a power of two, or a multiple of one: the remainder
 * alone would have them meet in the same stripe for ever. */
static unsigned stripe_of(uint64_t number, unsigned stripe_count)
{
    number ^= number >> 32;
    number ^= number >> 16;
    number ^= number >> 8;
    number ^= number >> 4;
    return (unsigned)number & (stripe_count - 1);
}

/* ---- pins ----------------------------------------------------------------------------------- */

static uint32_t *pins_of(struct stp_reservation *r, uintptr_t address)
{
    return &r->stripes[stripe_of(address >> PIN_SHIFT, STP_STRIPES)].pins;
}

static void unpin(struct stp_reservation *r, uint32_t *pins)
{
    uint32_t before = __atomic_fetch_sub(pins, 1, __ATOMIC_SEQ_CST);
    STP_ASSERT(before > 0);
    if (before == 1 && state_of(r) == DYING)
        stp_platform_wake(pins, 1);
}

void stp_reservation_unpin(struct stp_reservation *r, uintptr_t address)
{
    unpin(r, pins_of(r, address));
}

/* The destroyer writes DYING and then reads the pins; we write a pin and then read the state: one
 * of the two sees the other. A descriptor that was recycled meanwhile is told by its range. */
struct stp_reservation *stp_reservation_pin(uintptr_t address)
{
    struct stp_reservation *r = stp_registry_find(address);
    if (!r)
        return NULL;
    uint32_t *pins = pins_of(r, address);
    __atomic_fetch_add(pins, 1, __ATOMIC_SEQ_CST);
    if (state_of(r) == ALIVE && r->base <= address && address < r->end)
        return r;
    unpin(r, pins);
    return NULL;
}

struct stp_reservation *stp_reservation_pin_next(uintptr_t address)
{
    for (uintptr_t unit; stp_registry_next(address, &unit);) {
        struct stp_reservation *r = stp_reservation_pin(unit);
        if (r && r->base >= address) {
            /* While it is being entered a later unit of it may be met first. */
            __atomic_fetch_add(pins_of(r, r->base), 1, __ATOMIC_SEQ_CST);
            stp_reservation_unpin(r, unit);
            return r;
        }
        address = r ? r->mapped_end : unit + STP_GRANULE_BYTES;
        if (r)
            stp_reservation_unpin(r, unit);
    }
    return NULL;
}

uintptr_t stp_reservation_skip_tail(uintptr_t address)
{
    uintptr_t granule = stp_round_down(address, STP_GRANULE_BYTES);
    struct stp_reservation *r = stp_reservation_pin(granule);
    if (!r)
        return address;
    uintptr_t end = address >= r->end && address < r->mapped_end ? r->mapped_end : address;
    stp_reservation_unpin(r, granule);
    return end;
}

static void wait_for_pins(struct stp_reservation *r)
{
    for (size_t stripe = 0; stripe < STP_STRIPES; stripe++) {
        uint32_t *pins = &r->stripes[stripe].pins;
        for (uint32_t now; (now = __atomic_load_n(pins, __ATOMIC_SEQ_CST));)
            stp_platform_wait(pins, now);
    }
}

/* ---- locks ---------------------------------------------------------------------------------- */

static uint32_t stripes_of(const struct stp_reservation *r, size_t first, size_t end)
{
    size_t first_unit = first >> r->unit_shift, last_unit = (end - 1) >> r->unit_shift;
    uint32_t stripes = 0;
    if (last_unit - first_unit >= r->stripe_count)
        return (uint32_t)((1u << r->stripe_count) - 1);
    for (size_t unit = first_unit; unit <= last_unit; unit++)
        stripes |= 1u << stripe_of(unit, r->stripe_count);
    return stripes;
}

void __attribute__((noinline)) stp_reservation_touch_stack(void)
{
    volatile char below[STACK_BYTES];
    for (size_t offset = 0; offset < sizeof below; offset += 1024)
        below[offset] = 0;
}

uint32_t stp_reservation_lock(struct stp_reservation *r, size_t first, size_t end)
{
    uint32_t stripes = stripes_of(r, first, end);
    for (unsigned stripe = 0; stripe < r->stripe_count; stripe++)
        if (stripes >> stripe & 1)
            stp_lock_take(&r->stripes[stripe].lock);
    return stripes;
}

bool stp_reservation_is_valid(const struct stp_reservation *r)
{
    size_t committed = stp_bit_tree_count(&r->map.committed, r->map.first, r->map.end);
    return stp_page_map_is_valid(&r->map) && stp_charge_bytes(&r->charge) == (uint64_t)committed
                                                                                 << r->page_shift;
}

void stp_reservation_unlock(struct stp_reservation *r, uint32_t stripes)
{
    STP_EXPENSIVE(r->stripe_count > 1 || stp_reservation_is_valid(r));
    for (unsigned stripe = 0; stripe < r->stripe_count; stripe++)
        if (stripes >> stripe & 1)
            stp_lock_give(&r->stripes[stripe].lock);
}

void stp_reservation_settle(struct stp_reservation *r, size_t page)
{
    uint32_t *lock = &r->stripes[stripe_of(page >> r->unit_shift, r->stripe_count)].lock;
    struct stp_signal_mask mask;
    if (!__atomic_load_n(lock, __ATOMIC_ACQUIRE))
        return;
    stp_reservation_touch_stack();
    stp_platform_signals_block(&mask);
    stp_lock_take(lock);
    stp_lock_give(lock);
    stp_platform_signals_restore(&mask);
}

static int act_locked(struct stp_reservation *r, int (*act)(struct stp_reservation *r))
{
    uint32_t stripes = stp_reservation_lock(r, r->map.first, r->map.end);
    int error = act(r);
    stp_reservation_unlock(r, stripes);
    return error;
}

/* Those made meanwhile may or may not be among them. */
static int for_all_locked(int (*act)(struct stp_reservation *r))
{
    uintptr_t at = 0;
    int error = 0;
    while (!error) {
        struct stp_reservation *r = stp_reservation_pin_next(at);
        if (!r)
            return 0;
        error = act_locked(r, act);
        at = r->mapped_end;
        stp_reservation_unpin(r, r->base);
    }
    return error;
}

/* The end of all traps. While they are in force markers can be put beneath them; then all traps go
 * in one instant, and no page is open that should be shut. When somebody cannot go over all traps
 * remain, which the others can live with.
 *
 * It is said before anybody goes over (traps_are_ending): from then on nobody sets traps, and
 * nobody maps a missing page afresh, which another thread may be about to write. No fork comes in
 * between: the child would keep a copy of the descriptor. Whoever waits here holds a pin and no
 * lock; forks take this lock when the gate is closed, so nobody waits for a pin then. */
static uint32_t end_lock;
static uint32_t traps_are_ending;

bool stp_reservation_traps_are_ending(void)
{
    return __atomic_load_n(&traps_are_ending, __ATOMIC_SEQ_CST);
}

static int leave_all_traps(void)
{
    int error = for_all_locked(stp_mechanism_leave_traps);
    if (error)
        return error;
    bool are_gone = stp_platform_traps_end();
    error = for_all_locked(stp_mechanism_leave_lost_traps);
    return error || !are_gone ? error : for_all_locked(stp_mechanism_forget_traps);
}

static int end_traps(void)
{
    stp_lock_take(&end_lock);
    __atomic_store_n(&traps_are_ending, 1, __ATOMIC_SEQ_CST);
    int error = leave_all_traps();
    __atomic_store_n(&traps_are_ending, 0, __ATOMIC_SEQ_CST);
    stp_lock_give(&end_lock);
    return error;
}

int stp_reservation_repair(struct stp_reservation *r)
{
    if (stp_reservation_traps_are_ending()) {
        stp_lock_take(&end_lock);
        stp_lock_give(&end_lock);
    }
    int error = act_locked(r, stp_mechanism_repair);
    if (error == STP_ERROR_FORBIDDEN)
        error = end_traps();
    return stp_reservation_mechanism(r) == &stp_mechanism_uffd ? error : 0;
}

/* ---- the page map --------------------------------------------------------------------------- */

int64_t stp_reservation_run_count(const struct stp_reservation *r, size_t first, size_t end)
{
    int64_t count = 0;
    for (size_t page = first; page < end; count++)
        page = stp_page_map_run_end(&r->map, page, end);
    return count;
}

/* What the kernel enforces by the protection of a mapping, where nothing is committed ... */
static steppe_protection enforced_on_gaps(const struct stp_reservation *r)
{
    return stp_reservation_mechanism(r)->maps_runs ? STEPPE_NO_ACCESS
                                                   : stp_protection_enforced(r->base_attribute);
}

/* ... and on any page. */
static steppe_protection enforced_on(const struct stp_reservation *r, size_t page)
{
    return stp_page_map_is_committed(&r->map, page)
               ? stp_protection_enforced(stp_page_map_attribute(&r->map, page))
               : enforced_on_gaps(r);
}

/* How often that changes from a page to the next, between the first's predecessor and the end. */
static int64_t edge_count(const struct stp_reservation *r, size_t first, size_t end)
{
    int64_t count = 0;
    size_t page = first > r->map.first ? first - 1 : first;
    size_t limit = end < r->map.end ? end + 1 : end;
    steppe_protection before = enforced_on(r, page);
    while ((page = stp_page_map_run_end(&r->map, page, limit)) < limit) {
        steppe_protection now = enforced_on(r, page);
        count += now != before;
        before = now;
    }
    return count;
}

int64_t stp_reservation_edge_count(const struct stp_reservation *r)
{
    return edge_count(r, r->map.first, r->map.end);
}

/* How often it would, if all those pages were protected so. */
static int64_t edge_count_after(const struct stp_reservation *r, size_t first, size_t end,
                                steppe_protection enforced)
{
    return (first > r->map.first && enforced_on(r, first - 1) != enforced) +
           (end < r->map.end && enforced_on(r, end) != enforced);
}

/* Are mappings made by other changes than those of chunks? Mostly not. */
static bool has_edges(const struct stp_reservation *r)
{
    return stp_reservation_mechanism(r)->maps_runs ||
           __atomic_load_n(&r->has_odd_pages, __ATOMIC_RELAXED);
}

/* Before pages are protected so, or made what gaps are. */
static void count_protection(struct stp_reservation *r, size_t first, size_t end,
                             steppe_protection enforced)
{
    if (has_edges(r))
        stp_mappings_add(&r->mappings,
                         edge_count_after(r, first, end, enforced) - edge_count(r, first, end));
}

static bool needs_none(const struct stp_reservation *r, size_t first, size_t end,
                       steppe_protection enforced)
{
    return edge_count_after(r, first, end, enforced) <= edge_count(r, first, end);
}

bool stp_reservation_may_protect(const struct stp_reservation *r, size_t first, size_t end,
                                 steppe_protection enforced)
{
    return stp_mappings_have_room() || needs_none(r, first, end, enforced);
}

bool stp_reservation_may_decommit(const struct stp_reservation *r, size_t first, size_t end)
{
    return stp_mappings_have_room_to_give_back() || needs_none(r, first, end, enforced_on_gaps(r));
}

void stp_reservation_record(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    steppe_protection enforced = stp_protection_enforced(attribute);
    if (enforced != stp_protection_enforced(r->base_attribute))
        __atomic_store_n(&r->has_odd_pages, true, __ATOMIC_RELAXED);
    count_protection(r, first, end, enforced);
    stp_page_map_set(&r->map, first, end, attribute);
    if (__atomic_load_n(&r->published, __ATOMIC_RELAXED)) /* set under these locks */
        stp_published_set(r, first, end);
}

void stp_reservation_forget(struct stp_reservation *r, size_t first, size_t end)
{
    count_protection(r, first, end, enforced_on_gaps(r));
    stp_page_map_clear(&r->map, first, end);
    if (__atomic_load_n(&r->published, __ATOMIC_RELAXED))
        stp_published_clear(r, first, end);
}

/* ---- figures -------------------------------------------------------------------------------- */

void stp_reservation_count(struct stp_reservation *r, size_t page, enum stp_count count,
                           uint64_t amount)
{
    struct stp_stripe *stripe = &r->stripes[stripe_of(page >> r->unit_shift, r->stripe_count)];
    __atomic_fetch_add(&stripe->counts[count], amount, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&r->published, __ATOMIC_SEQ_CST))
        stp_published_count(r, count);
}

uint64_t stp_reservation_counted(const struct stp_reservation *r, enum stp_count count)
{
    uint64_t sum = 0;
    for (size_t stripe = 0; stripe < STP_STRIPES; stripe++)
        sum += __atomic_load_n(&r->stripes[stripe].counts[count], __ATOMIC_RELAXED);
    return sum;
}

uint64_t stp_reservation_counted_released(enum stp_count count)
{
    return __atomic_load_n(&released_counts[count], __ATOMIC_RELAXED);
}

static void keep_counts(const struct stp_reservation *r)
{
    for (int count = 0; count < STP_COUNTS; count++)
        __atomic_fetch_add(&released_counts[count],
                           stp_reservation_counted(r, (enum stp_count)count), __ATOMIC_RELAXED);
}

/* ---- fork ----------------------------------------------------------------------------------- */

/* The child has only the thread that forked. So that it finds no lock taken by a thread it does not
 * have, no page map half changed and no reservation half made or ended, the gate is closed and
 * every lock is taken around the fork. */
static struct stp_gate life_gate;
static uint32_t fork_lock; /* one fork at a time */
static struct stp_signal_mask fork_mask;

static void for_each_stripe(void (*act)(uint32_t *lock))
{
    uintptr_t base = 0;
    struct stp_reservation *r;
    while ((r = stp_registry_next(base, &base))) {
        if (base == r->base)
            for (size_t stripe = 0; stripe < STP_STRIPES; stripe++)
                act(&r->stripes[stripe].lock);
        base = r->mapped_end;
    }
}

/* A stack that lies in a reservation must not fault while the locks are held, which is until the C
 * library's fork has returned to us in the child and we have set traps again there. */
static void __attribute__((noinline)) touch_stack_for_fork(void)
{
    volatile char above[STACK_BYTES];
    for (size_t offset = 0; offset < sizeof above; offset += 1024)
        above[offset] = 0;
    stp_reservation_touch_stack();
}

static void before_fork(void)
{
    struct stp_signal_mask mask;
    if (stp_fork_is_nested(&fork_depth, true))
        return;
    touch_stack_for_fork();
    stp_platform_signals_block(&mask);
    stp_lock_take(&fork_lock);
    stp_gate_close(&life_gate);
    stp_lock_take(&end_lock);
    stp_registry_lock_all();
    for_each_stripe(stp_lock_take);
    stp_lock_take(&reservations.lock);
    stp_budget_lock_all();
    stp_published_lock_all();
    fork_mask = mask;
}

static void open_after_fork(void)
{
    struct stp_signal_mask mask = fork_mask;
    stp_published_unlock_all();
    stp_budget_unlock_all();
    stp_lock_give(&reservations.lock);
    for_each_stripe(stp_lock_give);
    stp_registry_unlock_all();
    stp_lock_give(&end_lock);
    stp_gate_open(&life_gate);
    stp_lock_give(&fork_lock);
    stp_platform_signals_restore(&mask);
}

static void after_fork(void)
{
    if (!stp_fork_is_nested(&fork_depth, false))
        open_after_fork();
}

static void after_fork_in_child(void)
{
    uintptr_t base = 0;
    struct stp_reservation *r;
    if (stp_fork_is_nested(&fork_depth, false))
        return;
    stp_mechanism_after_fork();
    stp_published_after_fork();
    while ((r = stp_registry_next(base, &base))) {
        for (size_t stripe = 0; stripe < STP_STRIPES; stripe++)
            r->stripes[stripe].pins = 0; /* pins of threads that are not here */
        if (base == r->base) {
            stp_published_inherit(r); /* first: until then it means the parent's */
            stp_mechanism_after_fork_in(r);
        }
        base = r->mapped_end;
    }
    open_after_fork();
}

/* When the library is loaded; should that be refused, by the first reservation. (Not only then:
 * hooks that are set while another thread is in fork are not called in its child, which would find
 * a reservation half made, and locks that are taken.) */
int stp_reservation_handle_forks(void)
{
    const struct stp_fork_hooks hooks = {before_fork, after_fork, after_fork_in_child};
    return stp_fork_hooks_set(&fork_hooks, &hooks);
}

/* ---- publishing ----------------------------------------------------------------------------- */

static int describe(struct stp_reservation *r)
{
    stp_published_begin(r);
    return 0;
}

/* As around fork: no reservation is half made or half ended, and no fork comes in between. */
int stp_reservation_publish(void)
{
    struct stp_signal_mask mask;
    int error = stp_reservation_handle_forks();
    if (error)
        return error;
    stp_reservation_touch_stack();
    stp_platform_signals_block(&mask);
    stp_lock_take(&fork_lock);
    stp_gate_close(&life_gate);
    bool is_all_there = stp_published_is_complete(); /* whoever made it had this lock */
    error = stp_published_is_on() ? stp_platform_publish_check() : stp_published_open();
    if (!is_all_there && !error)
        error = for_all_locked(describe);
    stp_gate_open(&life_gate);
    stp_lock_give(&fork_lock);
    stp_platform_signals_restore(&mask);
    return error;
}

/* Read once. Where it cannot be had, memory works all the same. */
static void publish_if_asked(void)
{
    static bool was_read;
    if (__atomic_load_n(&was_read, __ATOMIC_ACQUIRE))
        return;
    const char *setting = stp_platform_setting("STEPPE_PUBLISH");
    if (setting && !strcmp(setting, "1"))
        (void)stp_reservation_publish(); /* benign: see above */
    __atomic_store_n(&was_read, true, __ATOMIC_RELEASE);
}

/* Not while another thread forks: its child may get the memory that says the handler is there, and
 * not the handler. */
int stp_reservation_arm(void)
{
    static bool is_armed;
    struct stp_signal_mask mask;
    if (__atomic_load_n(&is_armed, __ATOMIC_ACQUIRE))
        return 0;
    stp_platform_signals_block(&mask);
    stp_gate_enter(&life_gate);
    int error = stp_fault_arm();
    if (!error)
        __atomic_store_n(&is_armed, true, __ATOMIC_RELEASE);
    stp_gate_leave(&life_gate);
    stp_platform_signals_restore(&mask);
    return error;
}

static void __attribute__((constructor)) handle_forks_from_now_on(void)
{
    (void)stp_reservation_handle_forks(); /* benign: tried again */
}

/* ---- life ----------------------------------------------------------------------------------- */

static void return_descriptor(struct stp_reservation *r)
{
    set_state(r, FREE);
    stp_slab_return(&reservations, r);
}

/* Pages of a chunk, as a power of two; a page may be larger than the mechanism's chunk. */
static unsigned chunk_shift_of(const struct stp_reservation_request *request)
{
    return stp_log2(stp_max(stp_platform_facts()->table_span_bytes >> request->page_shift, 1));
}

static unsigned unit_shift_of(const struct stp_reservation_request *request)
{
    size_t pages = stp_mechanism_unit_bytes(request->size_bytes) >> request->page_shift;
    return stp_log2(stp_max(pages, STP_BIT_TREE_BLOCK));
}

/* Huge pages where faults make dense runs, or wherever they fit. A watch needs small ones. */
static void set_huge(struct stp_reservation *r, const steppe_options *options)
{
    bool possible = stp_platform_facts()->has_huge_pages && !options->write_watch &&
                    options->huge_pages != STEPPE_HUGE_NEVER;
    bool is_filled_by_faults = options->on_fault == STEPPE_COMMIT && !options->strict;
    r->huge_always = possible && options->huge_pages == STEPPE_HUGE_ALWAYS;
    /* Whole chunks committed for the sake of mappings are to take memory page by page. */
    r->huge = r->huge_always || (possible && is_filled_by_faults && !options->whole_chunks);
}

static size_t fault_around_of(const struct stp_reservation *r, const steppe_options *options)
{
    if (options->strict || options->write_watch)
        return 0;
    if (options->fault_around_bytes)
        return options->fault_around_bytes;
    return r->huge ? FAULT_AROUND_HUGE_BYTES : FAULT_AROUND_BYTES;
}

static void set_constants(struct stp_reservation *r, const struct stp_reservation_request *request,
                          uintptr_t base)
{
    const steppe_options *options = request->options;
    r->base = base;
    r->end = base + request->size_bytes;
    r->origin = stp_round_down(base, stp_platform_facts()->table_span_bytes);
    r->page_shift = request->page_shift;
    r->unit_shift = unit_shift_of(request);
    __atomic_store_n(&r->mechanism, request->mechanism, __ATOMIC_RELEASE);
    r->why = request->why;
    r->published = NULL;
    r->published_part = (struct stp_published_part){0};
    r->on_fault = options->on_fault;
    r->filter = options->filter;
    r->filter_context = options->filter_context;
    r->protection = options->protection;
    r->strict = options->strict;
    r->whole_chunks = options->whole_chunks && !options->strict;
    r->write_watch = options->write_watch;
    r->fault_around_bytes = fault_around_of(r, options);
    r->uffd_is_open = false;
    r->has_odd_pages = false;
    r->has_root = false;
    r->traps_may_remain = false;
    r->tag = options->tag;
    r->budget = options->budget;
    memset(r->name, 0, sizeof r->name);
    if (options->name)
        strncpy(r->name, options->name, sizeof r->name - 1);
    r->charge = (struct stp_charge){.limit_bytes = options->limit_bytes ? options->limit_bytes
                                                                        : STEPPE_NO_LIMIT};
    for (size_t stripe = 0; stripe < STP_STRIPES; stripe++)
        memset(r->stripes[stripe].counts, 0, sizeof r->stripes[stripe].counts);

    size_t last_unit = (stp_reservation_page(r, r->end - 1)) >> r->unit_shift;
    r->stripe_count = (unsigned)stp_min(STP_STRIPES, stp_power_of_two_above(last_unit + 1));
}

/* What is larger than a page table's span starts where one does: its chunks are whole then. What is
 * very large starts where the registry has few entries to write. */
static size_t alignment_for(const struct stp_reservation_request *request)
{
    size_t span = stp_platform_facts()->table_span_bytes;
    size_t alignment = stp_max(STP_GRANULE_BYTES, (size_t)1 << request->page_shift);
    if (request->size_bytes >= span)
        alignment = stp_max(span, alignment);
    if (request->size_bytes / STP_REGISTRY_TOP_BYTES >= FEW)
        return stp_max(STP_REGISTRY_TOP_BYTES, alignment);
    if (request->size_bytes / STP_REGISTRY_MIDDLE_BYTES >= FEW)
        return stp_max(STP_REGISTRY_MIDDLE_BYTES, alignment);
    return alignment;
}

/* Address space takes no memory: what the system calls a lack of memory is a lack of space. */
static steppe_status why_no_space(int os_error, size_t size_bytes)
{
    steppe_status status = stp_platform_diagnose(os_error, size_bytes);
    return status == STEPPE_E_MEMORY ? STEPPE_E_ADDRESS_SPACE : status;
}

static steppe_status reserve_space(struct stp_reservation *r,
                                   const struct stp_reservation_request *request,
                                   uint32_t *os_calls, int *os_error)
{
    uintptr_t mapped_bytes, whole_bytes, base;
    bool in_use = false;
    if (!stp_round_up(request->size_bytes, STP_GRANULE_BYTES, &mapped_bytes) ||
        !stp_add(mapped_bytes, request->lent_bytes, &whole_bytes))
        return STEPPE_E_SIZE;
    set_huge(r, request->options);
    bool is_huge_throughout = r->huge && request->mechanism != &stp_mechanism_uffd;
    r->reserve_flags = (request->options->dump ? STP_RESERVE_DUMP : 0u) |
                       (request->options->write_watch ? STP_RESERVE_SPARSE : 0u) |
                       (is_huge_throughout ? STP_RESERVE_HUGE : 0u);
    unsigned place = request->address             ? STP_RESERVE_FIXED
                     : request->options->top_down ? STP_RESERVE_TOP_DOWN
                                                  : 0;
    *os_error = stp_platform_reserve(request->address, whole_bytes, alignment_for(request),
                                     r->reserve_flags | place, &base, &in_use, os_calls);
    if (*os_error && in_use)
        return STEPPE_E_ADDRESS_IN_USE;
    if (*os_error)
        return why_no_space(*os_error, whole_bytes);
    r->mapped_end = base + mapped_bytes;
    r->lent_end = base + whole_bytes;
    set_constants(r, request, base);
    return STEPPE_OK;
}

static steppe_status build(struct stp_reservation *r, const struct stp_reservation_request *request,
                           int *os_error)
{
    uint32_t os_calls = 0;
    steppe_status status = reserve_space(r, request, &os_calls, os_error);
    if (status != STEPPE_OK)
        return status;
    *os_error = stp_page_map_create(&r->map, stp_reservation_page(r, r->base),
                                    stp_reservation_page(r, r->end - 1) + 1,
                                    chunk_shift_of(request), &os_calls);
    if (!*os_error) {
        *os_error = stp_watch_create(r, &os_calls);
        if (*os_error)
            stp_page_map_destroy(&r->map, &os_calls);
    }
    if (!*os_error) {
        stp_published_begin(r);
        set_state(r, ALIVE);
        *os_error = stp_registry_enter(r->base, r->mapped_end, r);
        if (!*os_error) {
            stp_reservation_count(r, r->map.first, STP_COUNT_OS_CALL, os_calls);
            stp_mappings_begin(&r->mappings,
                               request->mechanism == &stp_mechanism_uffd ? 0 : request->size_bytes);
            bool has_traps = r->uffd_is_open || r->notes_writes;
            if (has_traps && r->traps_age != stp_platform_traps_age())
                (void)act_locked(r, stp_mechanism_leave_lost_traps); /* while it was being made */
            return STEPPE_OK;
        }
        set_state(r, FREE);
        stp_published_end(r);
        stp_watch_destroy(r, &os_calls);
        stp_page_map_destroy(&r->map, &os_calls);
    }
    (void)stp_platform_release(r->base, r->lent_end - r->base); /* benign: address space only */
    return stp_platform_diagnose(*os_error, 0);
}

static steppe_status create(const struct stp_reservation_request *request, uintptr_t *base,
                            int *os_error)
{
    steppe_budget *budget = request->options->budget;
    if (!stp_budget_join(budget))
        return STEPPE_E_NO_BUDGET;
    struct stp_reservation *r = stp_slab_take(&reservations, os_error);
    steppe_status status = r ? build(r, request, os_error) : stp_platform_diagnose(*os_error, 0);
    if (status == STEPPE_OK) {
        *base = r->base; /* the descriptor itself may be another's as soon as we are out */
        return status;
    }
    if (r)
        return_descriptor(r);
    stp_budget_leave(budget);
    return status;
}

steppe_status stp_reservation_create(const struct stp_reservation_request *request, uintptr_t *base,
                                     int *os_error)
{
    struct stp_signal_mask mask;
    *os_error = stp_reservation_handle_forks();
    if (*os_error)
        return stp_platform_diagnose(*os_error, 0);
    publish_if_asked();
    stp_platform_signals_block(&mask);
    stp_gate_enter(&life_gate);
    steppe_status status = create(request, base, os_error);
    stp_gate_leave(&life_gate);
    stp_platform_signals_restore(&mask);
    return status;
}

/* The pin is held until the state has changed: without it another thread could end the reservation,
 * and a third take the descriptor for a new one, which we would then end. */
static bool begin_to_end(struct stp_reservation *r, uintptr_t pinned_at)
{
    uint32_t alive = ALIVE;
    bool is_ours = __atomic_compare_exchange_n(&r->state, &alive, DYING, false, __ATOMIC_SEQ_CST,
                                               __ATOMIC_SEQ_CST);
    stp_reservation_unpin(r, pinned_at);
    return is_ours;
}

static steppe_status destroy(struct stp_reservation *r, uintptr_t pinned_at, int *os_error)
{
    uint32_t os_calls = 1;
    if (!begin_to_end(r, pinned_at))
        return STEPPE_E_NOT_RESERVED;
    wait_for_pins(r);
    stp_registry_remove(r->base, r->mapped_end);
    stp_published_end(r);
    *os_error = stp_platform_release(r->base, r->lent_end - r->base);
    if (*os_error) {
        stp_published_begin(r);
        set_state(r, ALIVE);
        (void)stp_registry_enter(r->base, r->mapped_end, r); /* its tables are there: cannot fail */
        return stp_platform_diagnose(*os_error, 0);
    }
    stp_mappings_end(&r->mappings);
    stp_mappings_end(&r->lent_mappings);
    stp_budget_return(&r->charge, r->budget, stp_charge_bytes(&r->charge));
    stp_watch_destroy(r, &os_calls);
    stp_page_map_destroy(&r->map, &os_calls);
    stp_reservation_count(r, r->map.first, STP_COUNT_OS_CALL, os_calls);
    keep_counts(r);
    stp_published_process();
    if (r->budget)
        stp_published_budget(r->budget);
    stp_budget_leave(r->budget);
    return_descriptor(r);
    return STEPPE_OK;
}

steppe_status stp_reservation_destroy(struct stp_reservation *r, uintptr_t pinned_at, int *os_error)
{
    struct stp_signal_mask mask;
    *os_error = 0;
    stp_platform_signals_block(&mask);
    stp_gate_enter(&life_gate);
    steppe_status status = destroy(r, pinned_at, os_error);
    stp_gate_leave(&life_gate);
    stp_platform_signals_restore(&mask);
    return status;
}
