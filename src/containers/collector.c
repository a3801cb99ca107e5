/* SPDX-License-Identifier: MIT */
/*
 * collector.c - a thread that collects slots, by pieces, when time, a budget or the system says so.
 *
 * A round goes over all slots that were added, piece by piece. There are two kinds: those of the
 * thread, which look at what was cleared in only, and those that steppe_collector_run makes in the
 * thread of its caller, which look at everything. (Were they made by the collector's thread,
 * whoever waits for one would wait for a thread that works when nobody else wants to.)
 *
 * There are two threads. Who uses slots waits while a piece has their gates closed; so a piece must
 * not be done at idle priority, the obvious way: preempted in the middle, it would keep them closed
 * until nobody else wants the processor (3 seconds were seen). The thread that collects is like any
 * other. Before each piece of its own it asks the pacer for leave, whose priority is idle and who
 * does nothing else: the answer means that a processor has nothing better to do. The pacer takes no
 * lock, ever, for the same reason.
 *
 *             due: interval, budget, pressure                     run
 *   WAITING ----------------------------------> COLLECTING     WAITING, PAUSED ----> ASKED
 *      ^ ^                                        |   |           ^                    |
 *      | +--- the round is over, or gives way <---+   |           +---- it is over ----+
 *      |                     resume                   | pause
 *      +------------------------------- PAUSED <------+
 *
 *   WAITING     round NO_ROUND; the thread sleeps on the bell, with a timeout
 *   COLLECTING  round OF_THREAD; between two pieces it is over when somebody pauses, stops or runs
 *   ASKED       round OF_CALLER; the thread waits, others that run wait; goes on to its end
 *   PAUSED      is_paused; the thread begins no round
 *
 * Invariants. Everything but the constants is read and written under the lock, which is never held
 * while slots are collected, so nobody waits for it longer than for a few loads:
 *
 *   1. One round at a time, one piece at a time: piece is the slots it looks at, NULL between two.
 *   2. Slots are looked at only while they are piece, or under the lock while they are entered. So
 *      when steppe_collector_remove has taken them out and seen piece differ, nobody looks at them.
 *   3. The thread looks at is_paused after every piece and before every round, under the lock. So
 *      when steppe_collector_pause has set it and seen no piece of the thread's, none will come.
 *   4. Whatever somebody may wait for rings the bell after it changed. The bell is read under the
 *      lock before sleeping: no change is missed.
 *
 * So remove, pause and run wait for one piece of the thread at the most, and stop for one as well.
 *
 * fork. A child has no such thread, and its copy of a lock may be taken by nobody: all that is done
 * with a collector there is to forget it. The list of the living is changed by single stores and is
 * whole at any moment; the child frees its lock. What slots need in a child is their own affair.
 */
#include <steppe/collector.h>

#include <string.h>

#include "base/align.h"
#include "base/check.h"
#include "base/status.h"
#include "containers/slots_internal.h"
#include "containers/slots_sweep.h"
#include "platform/platform.h"
#include "region/fork_hooks.h"
#include "region/lock.h"

enum {
    INTERVAL_MS = 1000,
    BUDGET_PERCENT = 80,
    PRESSURE_PERCENT = 10,
    PIECE_PAGES = 512,
    BUDGET_POLL_MS = 100,    /* a limit may be reached at any moment; looking is a few loads */
    BUDGET_POLL_MAX = 1024,  /* slots asked at a time: asking all of very many takes a processor */
    PRESSURE_POLL_MS = 1000, /* the kernel's figures change every two seconds; reading is slow */
    FIRST_CAPACITY = 64
};

static const uint32_t FOR_EVER = UINT32_MAX;
static const uint64_t NS_PER_MS = 1000000;

struct entry {
    void *slots;
    uint64_t cursor;
    bool is_pending; /* in this round */
};

/* Grown by copying; its head goes with it, for a fork's child may see either. */
struct table {
    size_t size_bytes, capacity;
    struct entry entries[];
};

enum round { NO_ROUND, OF_THREAD, OF_CALLER };

enum reason { NOT_DUE, INTERVAL, BUDGET, PRESSURE, ASKED, REASONS };

struct steppe_collector {
    /* constant */
    steppe_collector_options options;
    uint32_t age; /* of the process */
    struct stp_platform_thread thread, pacer;

    struct steppe_collector *next; /* of the living; under the list's lock */

    uint32_t bell; /* counts changes */

    /* Of the thread and the pacer, without the lock: the pacer is asked, has begun and granted. */
    uint32_t asked, granted, pacer_has_begun;
    bool is_idle_priority;

    uint32_t lock; /* of all that follows */
    struct table *table;
    size_t entry_count;
    size_t pending;    /* entries below are not in this round, or no more */
    size_t next_asked; /* for its budgets */
    enum round round;
    void *piece;
    size_t run_count; /* calls of steppe_collector_run under way */
    bool is_paused, is_stopping;
    bool has_begun; /* the thread; what follows is known */
    bool reads_pressure;
    uint64_t last_round_ns, last_pressure_ns;
    uint64_t high_count; /* as last read */
    uint64_t round_counts[REASONS];
    uint64_t page_count, busy_ns;
};

/* ---- lock and bell -------------------------------------------------------------------------- */

static void ring(steppe_collector *c)
{
    __atomic_fetch_add(&c->bell, 1, __ATOMIC_RELEASE);
    stp_platform_wake(&c->bell, INT32_MAX);
}

/* Called with the lock, and returns with it: until the bell rings, or for no reason. */
static void await_bell(steppe_collector *c, uint32_t timeout_ms)
{
    uint32_t heard = __atomic_load_n(&c->bell, __ATOMIC_ACQUIRE);
    stp_lock_give(&c->lock);
    if (timeout_ms == FOR_EVER)
        stp_platform_wait(&c->bell, heard);
    else
        stp_platform_wait_for(&c->bell, heard, timeout_ms);
    stp_lock_take(&c->lock);
}

/* ---- the living ----------------------------------------------------------------------------- */

static struct {
    uint32_t lock;
    uint32_t age; /* of the process: grows in a fork's child */
    steppe_collector *first;
} living;

static uint32_t fork_hooks;

static void after_fork_in_child(void)
{
    living.age++;
    living.lock = 0;
}

/* Takes no lock before a fork, so it need not stand in any order to those of other layers. */
static int handle_forks(void)
{
    const struct stp_fork_hooks hooks = {.in_child = after_fork_in_child};
    return stp_fork_hooks_set(&fork_hooks, &hooks);
}

static void __attribute__((constructor)) handle_forks_from_now_on(void)
{
    (void)handle_forks(); /* benign: tried again by the first collector */
}

static void enter_living(steppe_collector *c)
{
    stp_lock_take(&living.lock);
    c->next = living.first;
    __atomic_store_n(&living.first, c, __ATOMIC_RELEASE);
    stp_lock_give(&living.lock);
}

/* The link that points to it, NULL when it is not alive; under the list's lock. */
static steppe_collector **link_to(const steppe_collector *c)
{
    steppe_collector **link = &living.first;
    while (*link && *link != c)
        link = &(*link)->next;
    return *link ? link : NULL;
}

static bool is_living(const steppe_collector *c)
{
    stp_lock_take(&living.lock);
    bool is_found = link_to(c) != NULL;
    stp_lock_give(&living.lock);
    return is_found;
}

/* Only one of those who try is told that it was alive. */
static bool leave_living(const steppe_collector *c)
{
    stp_lock_take(&living.lock);
    steppe_collector **link = link_to(c);
    if (link)
        __atomic_store_n(link, c->next, __ATOMIC_RELEASE);
    stp_lock_give(&living.lock);
    return link != NULL;
}

/* ---- memory --------------------------------------------------------------------------------- */

static int map(size_t size_bytes, void **memory)
{
    uintptr_t base;
    bool in_use;
    uint32_t os_calls = 0;
    size_t page_bytes = stp_platform_facts()->page_bytes;
    int error = stp_platform_reserve(0, size_bytes, page_bytes, STP_RESERVE_DUMP, &base, &in_use,
                                     &os_calls);
    if (error)
        return error;
    error = stp_platform_protect(base, size_bytes, STEPPE_READ_WRITE);
    if (error)
        (void)stp_platform_release(base, size_bytes); /* benign: address space without access */
    else
        *memory = (void *)base;
    return error;
}

static void unmap(void *memory, size_t size_bytes)
{
    (void)stp_platform_release((uintptr_t)memory, size_bytes); /* benign: a few pages stay behind */
}

static size_t collector_bytes(void)
{
    uintptr_t size_bytes = 0;
    STP_ASSERT(
        stp_round_up(sizeof(steppe_collector), stp_platform_facts()->page_bytes, &size_bytes));
    return size_bytes;
}

/* A table for as many entries or a few more. */
static int make_table(size_t capacity, struct table **table)
{
    size_t size_bytes;
    void *memory;
    if (__builtin_mul_overflow(capacity, sizeof(struct entry), &size_bytes) ||
        !stp_add(size_bytes, sizeof(struct table), &size_bytes) ||
        !stp_round_up(size_bytes, stp_platform_facts()->page_bytes, &size_bytes))
        return -1;
    int error = map(size_bytes, &memory);
    if (error)
        return error;
    *table = memory;
    (*table)->size_bytes = size_bytes;
    (*table)->capacity = (size_bytes - sizeof(struct table)) / sizeof(struct entry);
    return 0;
}

static bool make_room(steppe_collector *c)
{
    struct table *before = c->table, *table;
    if (c->entry_count < before->capacity)
        return true;
    if (make_table(2 * before->capacity, &table) != 0)
        return false;
    memcpy(table->entries, before->entries, c->entry_count * sizeof(struct entry));
    __atomic_store_n(&c->table, table, __ATOMIC_RELEASE);
    unmap(before, before->size_bytes);
    return true;
}

/* ---- entries -------------------------------------------------------------------------------- */

static struct entry *find(steppe_collector *c, const void *slots)
{
    if (c->pending < c->entry_count && c->table->entries[c->pending].slots == slots)
        return &c->table->entries[c->pending]; /* most likely: its piece is done */
    for (size_t i = 0; i < c->entry_count; i++)
        if (c->table->entries[i].slots == slots)
            return &c->table->entries[i];
    return NULL;
}

static void take_out(steppe_collector *c, struct entry *entry)
{
    c->pending = stp_min(c->pending, (size_t)(entry - c->table->entries));
    *entry = c->table->entries[--c->entry_count];
}

/* Slots that were freed before they were removed, against the rules, are dropped; so they are if
 * they are not freed at this very moment. */
static void drop_dead(steppe_collector *c)
{
    for (size_t i = 0; i < c->entry_count;)
        if (stp_slots_is(c->table->entries[i].slots))
            i++;
        else
            take_out(c, &c->table->entries[i]);
}

/* ---- rounds --------------------------------------------------------------------------------- */

struct round_result {
    uint64_t page_count;
    steppe_status status; /* the first that was none of STEPPE_OK ... */
    struct stp_failure failure;
};

static void begin_round(steppe_collector *c, enum round round, enum reason reason)
{
    STP_CHECK(c->round == NO_ROUND && !c->piece);
    c->round = round;
    c->round_counts[reason]++;
    drop_dead(c);
    c->pending = 0;
    for (size_t i = 0; i < c->entry_count; i++) {
        struct entry *entry = &c->table->entries[i];
        entry->is_pending =
            round == OF_CALLER || stp_slots_may_be_dirty(stp_slots_at(entry->slots));
        entry->cursor = 0;
    }
}

static void end_round(steppe_collector *c)
{
    c->round = NO_ROUND;
    c->last_round_ns = stp_platform_now_ns();
    ring(c);
}

static struct entry *next_pending(steppe_collector *c)
{
    for (; c->pending < c->entry_count; c->pending++)
        if (c->table->entries[c->pending].is_pending)
            return &c->table->entries[c->pending];
    return NULL;
}

static void note(struct round_result *result, steppe_status status, size_t page_count)
{
    result->page_count += page_count;
    if (status == STEPPE_OK || result->status != STEPPE_OK)
        return;
    result->status = status;
    result->failure = stp_status_last();
}

/* The lock is given away for the piece: afterwards the entry may lie elsewhere, or nowhere. */
static void collect_piece(steppe_collector *c, const struct entry *pending,
                          struct round_result *result)
{
    struct entry entry = *pending;
    size_t page_count = 0;
    bool is_over = true;
    c->piece = entry.slots;
    stp_lock_give(&c->lock);
    steppe_status status =
        stp_slots_collect_piece(entry.slots, c->options.piece_pages, c->round == OF_CALLER,
                                &entry.cursor, &page_count, &is_over);
    note(result, status, page_count);
    stp_lock_take(&c->lock);
    c->piece = NULL;
    c->page_count += page_count;
    struct entry *now = find(c, entry.slots);
    if (now) {
        now->cursor = entry.cursor;
        now->is_pending = !is_over;
    }
    ring(c);
}

/* ---- the thread ----------------------------------------------------------------------------- */

/* Somebody wants the collector for himself. */
static bool must_give_way(const steppe_collector *c)
{
    return c->is_paused || c->is_stopping || c->run_count;
}

static void ask_pacer(steppe_collector *c)
{
    __atomic_fetch_add(&c->asked, 1, __ATOMIC_RELEASE);
    stp_platform_wake(&c->asked, 1);
}

/* Until the pacer has said yes, or somebody wants the collector for himself. */
static void await_leave(steppe_collector *c)
{
    ask_pacer(c);
    while (__atomic_load_n(&c->granted, __ATOMIC_ACQUIRE) != c->asked && !must_give_way(c))
        await_bell(c, FOR_EVER);
}

static void collect_in_thread(steppe_collector *c, enum reason reason)
{
    struct round_result result = {.status = STEPPE_OK}; /* pages that stay are looked at again */
    struct entry *entry;
    begin_round(c, OF_THREAD, reason);
    while (next_pending(c)) {
        await_leave(c);
        if (must_give_way(c) || !(entry = next_pending(c)))
            break;
        collect_piece(c, entry, &result);
    }
    end_round(c);
}

/* charged > limit * percent / 100, exactly, for any figures. */
static bool is_beyond(uint64_t charged, uint64_t limit, uint32_t percent)
{
    return charged > limit / 100 * percent + limit % 100 * percent / 100;
}

/* NULL: they were dead, and are dropped. */
static const struct entry *next_to_ask(steppe_collector *c)
{
    if (c->next_asked >= c->entry_count)
        c->next_asked = 0;
    struct entry *entry = &c->table->entries[c->next_asked];
    if (stp_slots_is(entry->slots)) {
        c->next_asked++;
        return entry;
    }
    take_out(c, entry);
    return NULL;
}

/* *is_limited: there is, or may be, a limit that may be reached one day. */
static bool is_budget_short(steppe_collector *c, bool *is_limited)
{
    bool is_short = false;
    *is_limited = c->entry_count > BUDGET_POLL_MAX;
    if (c->options.budget_percent > 100)
        return false;
    for (size_t i = stp_min(c->entry_count, BUDGET_POLL_MAX); i && !is_short; i--) {
        uint64_t charged_bytes, limit_bytes;
        const struct entry *entry = next_to_ask(c);
        if (!entry)
            continue;
        stp_slots_pressure(entry->slots, &charged_bytes, &limit_bytes);
        *is_limited |= limit_bytes != STEPPE_NO_LIMIT;
        is_short = limit_bytes != STEPPE_NO_LIMIT &&
                   is_beyond(charged_bytes, limit_bytes, c->options.budget_percent);
    }
    return is_short;
}

/* The files are read without the lock. */
static bool is_memory_short(steppe_collector *c, uint64_t now_ns)
{
    struct stp_platform_pressure pressure;
    if (c->options.pressure_percent > 100 || !c->reads_pressure ||
        now_ns - c->last_pressure_ns < PRESSURE_POLL_MS * NS_PER_MS)
        return false;
    c->last_pressure_ns = now_ns;
    stp_lock_give(&c->lock);
    int error = stp_platform_pressure(&pressure);
    stp_lock_take(&c->lock);
    if (error)
        return false;
    bool is_short = pressure.waiting_percent >= c->options.pressure_percent ||
                    pressure.high_count > c->high_count;
    c->high_count = pressure.high_count;
    return is_short;
}

/* Milliseconds until so many have passed since a moment; 0: they have. */
static uint32_t time_left_ms(uint64_t since_ns, uint32_t interval_ms, uint64_t now_ns)
{
    uint64_t passed_ms = (now_ns - since_ns) / NS_PER_MS;
    return passed_ms >= interval_ms ? 0 : interval_ms - (uint32_t)passed_ms;
}

static bool has_passed(uint64_t since_ns, uint32_t interval_ms, uint64_t now_ns)
{
    return time_left_ms(since_ns, interval_ms, now_ns) == 0;
}

/* When to look again, if nobody rings. */
static uint32_t time_to_sleep_ms(const steppe_collector *c, bool is_limited, uint64_t now_ns)
{
    const steppe_collector_options *options = &c->options;
    size_t sleep_ms = FOR_EVER;
    if (options->interval_ms != UINT32_MAX)
        sleep_ms = time_left_ms(c->last_round_ns, options->interval_ms, now_ns);
    if (options->budget_percent <= 100)
        sleep_ms = stp_min(sleep_ms, is_limited ? BUDGET_POLL_MS : PRESSURE_POLL_MS);
    if (options->pressure_percent <= 100 && c->reads_pressure)
        sleep_ms = stp_min(sleep_ms, PRESSURE_POLL_MS);
    return (uint32_t)sleep_ms;
}

/* Why a round is to begin now; or else for how long to sleep. A budget that is short mostly stays
 * so: it is no reason to begin round after round. */
static enum reason find_reason(steppe_collector *c, uint32_t *sleep_ms)
{
    uint64_t now_ns = stp_platform_now_ns();
    bool is_limited = false;
    *sleep_ms = FOR_EVER;
    if (must_give_way(c) || !c->entry_count)
        return NOT_DUE; /* until the bell tells of a change */
    bool is_short = is_memory_short(c, now_ns);
    if (must_give_way(c))
        return NOT_DUE;
    if (is_short)
        return PRESSURE;
    if (is_budget_short(c, &is_limited) && has_passed(c->last_round_ns, BUDGET_POLL_MS, now_ns))
        return BUDGET;
    if (c->options.interval_ms != UINT32_MAX &&
        has_passed(c->last_round_ns, c->options.interval_ms, now_ns))
        return INTERVAL;
    *sleep_ms = time_to_sleep_ms(c, is_limited, now_ns);
    return NOT_DUE;
}

static void begin_thread(steppe_collector *c)
{
    struct stp_platform_pressure pressure;
    bool reads_pressure = stp_platform_pressure(&pressure) == 0;
    stp_lock_take(&c->lock);
    c->reads_pressure = reads_pressure;
    c->high_count = pressure.high_count;
    c->last_round_ns = c->last_pressure_ns = stp_platform_now_ns();
    c->has_begun = true;
    ring(c);
}

static void run_thread(void *context)
{
    steppe_collector *c = context;
    uint32_t sleep_ms;
    begin_thread(c);
    while (!c->is_stopping) {
        enum reason reason = find_reason(c, &sleep_ms);
        if (reason != NOT_DUE)
            collect_in_thread(c, reason);
        c->busy_ns = stp_platform_worked_ns();
        if (reason == NOT_DUE && !c->is_stopping)
            await_bell(c, sleep_ms);
    }
    stp_lock_give(&c->lock);
}

/* Leave is given when this thread comes to run. It ends when it is asked by who stops. */
static void run_pacer(void *context)
{
    steppe_collector *c = context;
    c->is_idle_priority = stp_platform_thread_be_idle();
    __atomic_store_n(&c->pacer_has_begun, 1, __ATOMIC_RELEASE);
    ring(c);
    while (!__atomic_load_n(&c->is_stopping, __ATOMIC_ACQUIRE)) {
        uint32_t asked = __atomic_load_n(&c->asked, __ATOMIC_ACQUIRE);
        if (asked == c->granted) {
            stp_platform_wait(&c->asked, asked);
            continue;
        }
        __atomic_store_n(&c->granted, asked, __ATOMIC_RELEASE);
        ring(c);
    }
}

/* ---- start and stop ------------------------------------------------------------------------- */

static steppe_status fail(const char *function, const void *address, steppe_status status,
                          int os_error, const char *note)
{
    return stp_status_fail(&(struct stp_failure){.function = function,
                                                 .status = status,
                                                 .os_error = os_error,
                                                 .address = (uintptr_t)address,
                                                 .note = note});
}

static steppe_collector_options resolve(const steppe_collector_options *given)
{
    steppe_collector_options options = {0};
    if (given)
        options = *given;
    if (!options.interval_ms)
        options.interval_ms = INTERVAL_MS;
    if (!options.budget_percent)
        options.budget_percent = BUDGET_PERCENT;
    if (!options.pressure_percent)
        options.pressure_percent = PRESSURE_PERCENT;
    if (!options.piece_pages)
        options.piece_pages = PIECE_PAGES;
    return options;
}

static void end_memory(steppe_collector *c)
{
    if (c->table)
        unmap(c->table, c->table->size_bytes);
    unmap(c, collector_bytes());
}

static void stop_pacer(steppe_collector *c)
{
    __atomic_store_n(&c->is_stopping, true, __ATOMIC_RELEASE);
    ask_pacer(c);
    stp_platform_thread_join(&c->pacer);
}

static int start_threads(steppe_collector *c)
{
    int error = stp_platform_thread_start(&c->pacer);
    if (error)
        return error;
    error = stp_platform_thread_start(&c->thread);
    if (error)
        stop_pacer(c);
    return error;
}

static int make(const steppe_collector_options *options, steppe_collector **made)
{
    void *memory;
    int error = handle_forks();
    if (!error)
        error = map(collector_bytes(), &memory);
    if (error)
        return error;
    steppe_collector *c = memory;
    c->options = *options;
    c->age = living.age;
    c->thread =
        (struct stp_platform_thread){.body = run_thread, .context = c, .name = "steppe-collect"};
    c->pacer = (struct stp_platform_thread){.body = run_pacer, .context = c, .name = "steppe-idle"};
    error = make_table(FIRST_CAPACITY, &c->table);
    if (!error)
        error = start_threads(c);
    if (error)
        end_memory(c);
    *made = c;
    return error;
}

steppe_collector *steppe_collector_start(const steppe_collector_options *options)
{
    static const char function[] = "steppe_collector_start";
    steppe_collector_options wanted = resolve(options);
    steppe_collector *c;
    if (!stp_platform_facts()->has_memory) {
        fail(function, NULL, STEPPE_E_UNSUPPORTED, 0, NULL);
        return NULL;
    }
    int error = make(&wanted, &c);
    if (error) {
        fail(function, NULL, stp_platform_diagnose(error, 0), error, NULL);
        return NULL;
    }
    enter_living(c);
    return c;
}

static void stop_threads(steppe_collector *c)
{
    stp_lock_take(&c->lock);
    __atomic_store_n(&c->is_stopping, true, __ATOMIC_RELEASE);
    ring(c);
    stp_lock_give(&c->lock);
    stp_platform_thread_join(&c->thread);
    stop_pacer(c);
}

steppe_status steppe_collector_stop(steppe_collector *collector)
{
    if (!collector)
        return STEPPE_OK;
    if (!leave_living(collector))
        return fail("steppe_collector_stop", collector, STEPPE_E_NOT_CONTAINER, 0, NULL);
    if (collector->age == living.age) /* else the thread is the parent's */
        stop_threads(collector);
    end_memory(collector);
    return STEPPE_OK;
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* Takes the lock of a living collector that has a thread. */
static steppe_status enter(const char *function, steppe_collector *c)
{
    if (!c)
        return fail(function, NULL, STEPPE_E_NULL, 0, "collector is null");
    if (!is_living(c))
        return fail(function, c, STEPPE_E_NOT_CONTAINER, 0, "not a collector");
    if (c->age != living.age)
        return fail(function, c, STEPPE_E_NOT_CONTAINER, 0, "its thread stayed in the parent");
    stp_lock_take(&c->lock);
    return STEPPE_OK;
}

static steppe_status add_locked(steppe_collector *c, void *slots)
{
    static const char function[] = "steppe_collector_add";
    if (find(c, slots))
        return fail(function, slots, STEPPE_E_IN_USE, 0, "added already");
    if (!make_room(c))
        return fail(function, slots, STEPPE_E_MEMORY, 0, NULL);
    c->table->entries[c->entry_count++] = (struct entry){.slots = slots};
    ring(c);
    return STEPPE_OK;
}

steppe_status steppe_collector_add(steppe_collector *collector, void *slots)
{
    static const char function[] = "steppe_collector_add";
    steppe_status status = enter(function, collector);
    if (status != STEPPE_OK)
        return status;
    if (!slots)
        status = fail(function, NULL, STEPPE_E_NULL, 0, "slots is null");
    else if (!stp_slots_is(slots))
        status = fail(function, slots, STEPPE_E_NOT_CONTAINER, 0, "not living slots");
    else if (stp_slots_is_view(slots))
        status = fail(function, slots, STEPPE_E_PROTECTION, 0, "a view of a file");
    else
        status = add_locked(collector, slots);
    stp_lock_give(&collector->lock);
    return status;
}

static steppe_status remove_locked(steppe_collector *c, void *slots)
{
    static const char function[] = "steppe_collector_remove";
    struct entry *entry = find(c, slots);
    if (!entry && !stp_slots_is(slots))
        return fail(function, slots, STEPPE_E_NOT_CONTAINER, 0, "not living slots");
    if (!entry)
        return fail(function, slots, STEPPE_E_OUTSIDE, 0, "never added");
    take_out(c, entry);
    while (c->piece == slots)
        await_bell(c, FOR_EVER);
    return STEPPE_OK;
}

steppe_status steppe_collector_remove(steppe_collector *collector, void *slots)
{
    static const char function[] = "steppe_collector_remove";
    steppe_status status = enter(function, collector);
    if (status != STEPPE_OK)
        return status;
    status = slots ? remove_locked(collector, slots)
                   : fail(function, NULL, STEPPE_E_NULL, 0, "slots is null");
    stp_lock_give(&collector->lock);
    return status;
}

steppe_status steppe_collector_pause(steppe_collector *collector)
{
    steppe_status status = enter("steppe_collector_pause", collector);
    if (status != STEPPE_OK)
        return status;
    collector->is_paused = true;
    while (collector->round == OF_THREAD)
        await_bell(collector, FOR_EVER);
    stp_lock_give(&collector->lock);
    return STEPPE_OK;
}

steppe_status steppe_collector_resume(steppe_collector *collector)
{
    steppe_status status = enter("steppe_collector_resume", collector);
    if (status != STEPPE_OK)
        return status;
    collector->is_paused = false;
    ring(collector);
    stp_lock_give(&collector->lock);
    return STEPPE_OK;
}

static void collect_in_caller(steppe_collector *c, struct round_result *result)
{
    struct entry *entry;
    c->run_count++;
    while (c->round != NO_ROUND)
        await_bell(c, FOR_EVER);
    begin_round(c, OF_CALLER, ASKED);
    while ((entry = next_pending(c)))
        collect_piece(c, entry, result);
    c->run_count--;
    end_round(c);
}

steppe_status steppe_collector_run(steppe_collector *collector, uint64_t *page_count)
{
    struct round_result result = {.status = STEPPE_OK};
    if (page_count)
        *page_count = 0;
    steppe_status status = enter("steppe_collector_run", collector);
    if (status != STEPPE_OK)
        return status;
    collect_in_caller(collector, &result);
    stp_lock_give(&collector->lock);
    if (page_count)
        *page_count = result.page_count;
    if (result.status == STEPPE_OK)
        return STEPPE_OK;
    result.failure.function = "steppe_collector_run";
    stp_status_put_back(&result.failure);
    return result.status;
}

static steppe_collector_statistics figures(const steppe_collector *c)
{
    steppe_collector_statistics statistics = {
        .interval_round_count = c->round_counts[INTERVAL],
        .budget_round_count = c->round_counts[BUDGET],
        .pressure_round_count = c->round_counts[PRESSURE],
        .asked_round_count = c->round_counts[ASKED],
        .page_count = c->page_count,
        .busy_ns = c->busy_ns,
        .reads_pressure = c->reads_pressure,
        .is_idle_priority = c->is_idle_priority,
    };
    for (size_t i = 0; i < REASONS; i++)
        statistics.round_count += c->round_counts[i];
    return statistics;
}

steppe_status steppe_collector_statistics_of(steppe_collector *collector,
                                             steppe_collector_statistics *statistics)
{
    static const char function[] = "steppe_collector_statistics_of";
    if (!statistics)
        return fail(function, collector, STEPPE_E_NULL, 0, "statistics is null");
    steppe_status status = enter(function, collector);
    if (status != STEPPE_OK)
        return status;
    while (!collector->has_begun || !__atomic_load_n(&collector->pacer_has_begun, __ATOMIC_ACQUIRE))
        await_bell(collector, FOR_EVER);
    steppe_collector_statistics told = figures(collector);
    stp_lock_give(&collector->lock);
    *statistics = told;
    return STEPPE_OK;
}
