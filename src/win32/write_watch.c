/* SPDX-License-Identifier: MIT */
/*
 * write_watch.c - pages written since the last look, by their first write's fault.
 *
 * A page of a watched reservation has two marks:
 *
 *   WRITTEN  it was written since it was reserved or last reset
 *   ARMED    the program gave it a writable protection, and the read-only counterpart stands in
 *            for it, so that a write will fault
 *
 *               commit, protect with a writable protection (arm)
 *      plain  ----------------------------------------------------->  ARMED
 *             <-----------------------------------------------------
 *                 a write (on_fault): + WRITTEN, the real protection
 *                 commit, protect with another protection
 *
 *   reset (GetWriteWatch, ResetWriteWatch): - WRITTEN; a plain writable page is armed.
 *
 * ARMED is about committed pages only: decommitting leaves it, and the next commit sets it anew.
 * It is true of every committed page that is not ARMED: the kernel enforces what the program gave
 * it; and of every writable one that is not ARMED: it is WRITTEN. A page armed though it is WRITTEN
 * already costs a fault, and no more.
 *
 * Marks and protections are changed together under the watch's lock, held with signals blocked: the
 * filter, which takes it too, runs in a signal handler. Only decommitting, releasing and hitting a
 * guard go past it, so what was found out under it may have changed all the same.
 *
 * A watch is found by its reservation's tag, whose number is never used twice: by address one might
 * find that of a reservation released a moment ago. Watches are never freed, for a filter may still
 * hold one; they are used again.
 */
#include "write_watch.h"

#include <windows.h>

#include "last_error.h"
#include "linux/lock.h"
#include "linux/memory.h"
#include "pointer.h"
#include "range.h"
#include "tag.h"

enum { WRITTEN = 1, ARMED = 2 };

/* Looking for written pages goes by parts; a turn of it holds the lock over so many at most, and
 * finds so many pages. */
enum { PART_BYTES = 2 * 1024 * 1024, TURN_PARTS = 4096, TURN_PAGES = 64 };

enum { NUMBERS_MAX = 1 << 26 };

struct watch {
    w32_lock lock;
    bool is_used;         /* changed under watches_lock */
    uint64_t tag;         /* of the reservation watched; 0: none */
    uintptr_t base, end;  /* equal: none */
    uint8_t *marks;       /* one byte a page */
    uint8_t *has_written; /* one byte a part: may a page of it be WRITTEN? */
    struct watch *next;
};

static struct watch *watches;        /* all there ever were */
static struct watch **watch_numbers; /* by number of the reservation; paid for by use */
static w32_lock watches_lock;

/* ---- finding ----------------------------------------------------------------------------------
 */

static struct watch *locked_watch_with(uint64_t tag, struct w32_signal_mask *before)
{
    struct watch **numbers = __atomic_load_n(&watch_numbers, __ATOMIC_ACQUIRE);
    if (!numbers || !w32_tag_is_watched(tag) || w32_tag_number(tag) >= NUMBERS_MAX)
        return NULL;
    struct watch *watch = __atomic_load_n(&numbers[w32_tag_number(tag)], __ATOMIC_ACQUIRE);
    if (!watch)
        return NULL;
    w32_lock_take(&watch->lock, before);
    if (watch->tag == tag)
        return watch;
    w32_lock_give(&watch->lock, before);
    return NULL;
}

static struct watch *locked_watch_of(uintptr_t address, struct w32_signal_mask *before)
{
    return locked_watch_with(steppe_reservation_of((const void *)address).tag, before);
}

/* The watch whose reservation holds all of the range. */
static struct watch *locked_watch_of_range(uintptr_t base, size_t size_bytes,
                                           struct w32_signal_mask *before)
{
    struct watch *watch = locked_watch_of(base, before);
    if (!watch || size_bytes <= watch->end - base)
        return watch;
    w32_lock_give(&watch->lock, before);
    return NULL;
}

static struct watch *add_watch(void)
{
    struct watch *watch = w32_memory_map(sizeof *watch);
    if (!watch)
        return NULL;
    watch->next = watches;
    __atomic_store_n(&watches, watch, __ATOMIC_RELEASE);
    return watch;
}

static struct watch *use_watch(void)
{
    struct w32_signal_mask before;
    w32_lock_take(&watches_lock, &before);
    if (!watch_numbers)
        __atomic_store_n(&watch_numbers, w32_memory_map(NUMBERS_MAX * sizeof *watch_numbers),
                         __ATOMIC_RELEASE);
    struct watch *watch = watches;
    while (watch && watch->is_used)
        watch = watch->next;
    if (!watch)
        watch = add_watch();
    if (watch)
        watch->is_used = true;
    w32_lock_give(&watches_lock, &before);
    return watch;
}

static void return_watch(struct watch *watch)
{
    struct w32_signal_mask before;
    w32_lock_take(&watches_lock, &before);
    watch->is_used = false;
    w32_lock_give(&watches_lock, &before);
}

/* ---- fork: no other thread may be in the middle of a change -----------------------------------
 */

static struct w32_signal_mask mask_before_fork;

static void before_fork(void)
{
    struct w32_signal_mask ignored;
    w32_lock_take(&watches_lock, &mask_before_fork);
    for (struct watch *watch = watches; watch; watch = watch->next)
        w32_lock_take(&watch->lock, &ignored);
}

static void after_fork(void)
{
    for (struct watch *watch = watches; watch; watch = watch->next)
        w32_lock_give(&watch->lock, NULL);
    w32_lock_give(&watches_lock, &mask_before_fork);
}

/* Once, and after the library's own, so that ours are taken while its calls still work. */
static bool guard_against_fork(void)
{
    static int error = -1;
    struct w32_signal_mask before;
    w32_lock_take(&watches_lock, &before);
    if (error)
        error = w32_at_fork(before_fork, after_fork);
    bool is_guarded = !error;
    w32_lock_give(&watches_lock, &before);
    return is_guarded;
}

/* ---- marks and stand-ins ----------------------------------------------------------------------
 */

/* What refuses writes and allows the rest; the protection itself if it refuses them anyway. */
static steppe_protection stand_in(steppe_protection protection)
{
    steppe_protection guard = protection & STEPPE_GUARD;
    switch (protection & ~(steppe_protection)STEPPE_GUARD) {
    case STEPPE_READ_WRITE:
        return STEPPE_READ_ONLY | guard;
    case STEPPE_EXECUTE_READ_WRITE:
        return STEPPE_EXECUTE_READ | guard;
    default:
        return protection;
    }
}

static steppe_protection stood_in_for(steppe_protection protection)
{
    steppe_protection guard = protection & STEPPE_GUARD;
    bool executes = (protection & ~(steppe_protection)STEPPE_GUARD) == STEPPE_EXECUTE_READ;
    return (executes ? STEPPE_EXECUTE_READ_WRITE : STEPPE_READ_WRITE) | guard;
}

static uint8_t *mark_of(const struct watch *watch, uintptr_t address)
{
    return &watch->marks[(address - watch->base) / W32_PAGE_BYTES];
}

static uint8_t *part_of(const struct watch *watch, uintptr_t address)
{
    return &watch->has_written[(address - watch->base) / PART_BYTES];
}

static uintptr_t end_of_part(const struct watch *watch, uintptr_t address)
{
    uintptr_t end = address + PART_BYTES - (address - watch->base) % PART_BYTES;
    return min(end, watch->end);
}

static void set_armed(const struct watch *watch, uintptr_t first, uintptr_t end, bool is_armed)
{
    uint8_t *mark = mark_of(watch, first);
    for (uint8_t *last = mark_of(watch, end - 1); mark <= last; mark++)
        *mark = (uint8_t)(is_armed ? *mark | ARMED : *mark & ~ARMED);
}

static void set_written(const struct watch *watch, uintptr_t first, uintptr_t end)
{
    for (uintptr_t at = first; at < end; at += W32_PAGE_BYTES) {
        *mark_of(watch, at) = WRITTEN;
        *part_of(watch, at) = true;
    }
}

/* ---- the first write to an armed page ---------------------------------------------------------
 */

static steppe_status open_pages(const struct watch *watch, uintptr_t first, uintptr_t end,
                                steppe_protection armed)
{
    steppe_status status = steppe_protect((void *)first, end - first, stood_in_for(armed), NULL);
    if (status == STEPPE_OK)
        set_written(watch, first, end);
    return status;
}

/* The kernel has no mapping left for a single page. Its whole armed neighbourhood needs none: it
 * joins what lies beside it. Pages not written are reported then, which nobody misses. */
static steppe_status open_neighbours(const struct watch *watch, const steppe_run *run)
{
    uintptr_t first = (uintptr_t)run->base, end = first + run->size_bytes;
    steppe_status status = open_pages(watch, first, end, run->protection);
    while (status == STEPPE_E_MAP_COUNT && first > watch->base &&
           *mark_of(watch, first - W32_PAGE_BYTES) & ARMED)
        first -= W32_PAGE_BYTES;
    return status == STEPPE_E_MAP_COUNT ? open_pages(watch, first, end, run->protection) : status;
}

/* Where another thread was faster the access runs again: it succeeds, or meets what is there now.
 */
static steppe_answer settle(const struct watch *watch, uintptr_t page)
{
    steppe_run run;
    if (page - watch->base >= watch->end - watch->base ||
        steppe_query((void *)page, &run) != STEPPE_OK || run.state != STEPPE_COMMITTED ||
        run.protection & STEPPE_GUARD || stand_in(run.protection) != run.protection)
        return STEPPE_RESUME;
    if (!(*mark_of(watch, page) & ARMED))
        return STEPPE_PASS_ON;
    steppe_status status = open_pages(watch, page, page + W32_PAGE_BYTES, run.protection);
    if (status == STEPPE_E_MAP_COUNT)
        status = open_neighbours(watch, &run);
    bool is_settled = status == STEPPE_OK || status == STEPPE_E_NOT_COMMITTED;
    return is_settled ? STEPPE_RESUME : STEPPE_PASS_ON;
}

/* Every other fault is the program's. */
static steppe_answer on_fault(const steppe_fault *fault, void *context)
{
    struct watch *watch = context;
    struct w32_signal_mask before;
    if (fault->reason != STEPPE_E_PROTECTION || fault->access != STEPPE_ACCESS_WRITE)
        return STEPPE_PASS_ON;
    w32_lock_take(&watch->lock, &before);
    steppe_answer answer = settle(watch, w32_page_down((uintptr_t)fault->address));
    w32_lock_give(&watch->lock, &before);
    return answer;
}

/* ---- reserve and forget -----------------------------------------------------------------------
 */

/* Marks, and behind them what is known of parts. */
static size_t record_bytes(size_t size_bytes)
{
    return size_bytes / W32_PAGE_BYTES + size_bytes / PART_BYTES + 1;
}

static void begin_watching(struct watch *watch, const steppe_reservation *reservation,
                           uint8_t *record)
{
    struct w32_signal_mask before;
    w32_lock_take(&watch->lock, &before);
    watch->tag = reservation->tag;
    watch->base = (uintptr_t)reservation->base;
    watch->end = watch->base + reservation->size_bytes;
    watch->marks = record;
    watch->has_written = record + reservation->size_bytes / W32_PAGE_BYTES;
    w32_lock_give(&watch->lock, &before);
    __atomic_store_n(&watch_numbers[w32_tag_number(reservation->tag)], watch, __ATOMIC_RELEASE);
}

static steppe_status reserve_with(struct watch *watch, size_t size_bytes,
                                  const steppe_options *given, void **base)
{
    steppe_options options = *given;
    options.on_fault = STEPPE_ASK;
    options.filter = on_fault;
    options.filter_context = watch;
    *base = steppe_reserve(size_bytes, &options);
    if (!*base)
        return steppe_last_status();
    steppe_reservation reservation = steppe_reservation_of(*base);
    uint8_t *record =
        guard_against_fork() ? w32_memory_map(record_bytes(reservation.size_bytes)) : NULL;
    if (record) {
        begin_watching(watch, &reservation, record);
        return STEPPE_OK;
    }
    (void)steppe_release(*base);
    return STEPPE_E_MEMORY;
}

steppe_status w32_watch_reserve(size_t size_bytes, const steppe_options *options, void **base)
{
    struct watch *watch = use_watch();
    if (!watch)
        return STEPPE_E_MEMORY;
    bool is_possible = watch_numbers && w32_tag_number(options->tag) < NUMBERS_MAX;
    steppe_status status =
        is_possible ? reserve_with(watch, size_bytes, options, base) : STEPPE_E_MEMORY;
    if (status != STEPPE_OK)
        return_watch(watch);
    return status;
}

void w32_watch_forget(uint64_t tag)
{
    struct w32_signal_mask before;
    struct watch *watch = locked_watch_with(tag, &before);
    if (!watch)
        return;
    uint8_t *record = watch->marks;
    size_t size_bytes = watch->end - watch->base;
    watch->tag = 0;
    watch->base = watch->end = 0;
    watch->marks = watch->has_written = NULL;
    w32_lock_give(&watch->lock, &before);
    __atomic_store_n(&watch_numbers[w32_tag_number(tag)], NULL, __ATOMIC_RELEASE);
    w32_memory_unmap(record, record_bytes(size_bytes));
    return_watch(watch);
}

/* ---- commit, protect, query -------------------------------------------------------------------
 */

typedef steppe_status change_function(void *address, size_t size_bytes,
                                      steppe_protection protection, steppe_protection *old);

static steppe_status apply_commit(void *address, size_t size_bytes, steppe_protection protection,
                                  steppe_protection *old)
{
    (void)old;
    return steppe_commit_as(address, size_bytes, protection);
}

/* Arming in one call for all pages, WRITTEN or not, keeps the call all or nothing. */
static steppe_status change(void *address, size_t size_bytes, steppe_protection protection,
                            steppe_protection *old, change_function *apply)
{
    struct w32_signal_mask before;
    uintptr_t first = w32_page_down((uintptr_t)address);
    uintptr_t end = w32_page_up((uintptr_t)address + size_bytes);
    struct watch *watch = locked_watch_of(first, &before);
    if (!watch)
        return STEPPE_E_NOT_RESERVED;
    bool was_armed = *mark_of(watch, first) & ARMED;
    steppe_status status = apply(address, size_bytes, stand_in(protection), old);
    if (status == STEPPE_OK) {
        set_armed(watch, first, end, stand_in(protection) != protection);
        if (old && was_armed)
            *old = stood_in_for(*old);
    }
    w32_lock_give(&watch->lock, &before);
    return status;
}

steppe_status w32_watch_commit(void *address, size_t size_bytes, steppe_protection protection)
{
    return change(address, size_bytes, protection, NULL, apply_commit);
}

steppe_status w32_watch_protect(void *address, size_t size_bytes, steppe_protection protection,
                                steppe_protection *old)
{
    return change(address, size_bytes, protection, old, steppe_protect);
}

static uintptr_t end_of_run(const steppe_run *run)
{
    return (uintptr_t)run->base + run->size_bytes;
}

/* Where the pages of the run, alike in the kernel, stop being wanted. */
static uintptr_t end_of_wanted(const struct watch *watch, const steppe_run *run,
                               steppe_protection wanted)
{
    uintptr_t at = (uintptr_t)run->base, end = min(end_of_run(run), watch->end);
    while (at < end) {
        bool is_armed = *mark_of(watch, at) & ARMED;
        if ((is_armed ? stood_in_for(run->protection) : run->protection) != wanted)
            return at;
        at += W32_PAGE_BYTES;
    }
    return at;
}

/* The run may hold a stand-in next to what it stands in for, and be shorter than what the program
 * made: join what it sees alike. The first page is alike with itself, whatever happens meanwhile.
 */
void w32_watch_correct(steppe_run *run)
{
    struct w32_signal_mask before;
    uintptr_t base = (uintptr_t)run->base;
    struct watch *watch = locked_watch_with(run->tag, &before);
    if (!watch)
        return;
    steppe_run next;
    if (steppe_query(run->base, &next) == STEPPE_OK && next.tag == run->tag)
        *run = next;
    next = *run;
    if (run->state == STEPPE_COMMITTED && *mark_of(watch, base) & ARMED)
        run->protection = stood_in_for(run->protection);
    uintptr_t end = end_of_run(run), alike = end;
    while (run->state == STEPPE_COMMITTED && next.state == STEPPE_COMMITTED) {
        alike = end_of_wanted(watch, &next, run->protection);
        if (alike < end_of_run(&next) || alike >= watch->end ||
            steppe_query((const void *)alike, &next) != STEPPE_OK)
            break;
    }
    run->size_bytes = alike - base;
    w32_lock_give(&watch->lock, &before);
}

/* ---- resetting --------------------------------------------------------------------------------
 */

/* Arm the writable pages of [first, end). A page armed though the call fails later is harmless; one
 * that is decommitted meanwhile is looked at again. */
static steppe_status arm(const struct watch *watch, uintptr_t first, uintptr_t end)
{
    steppe_run run;
    for (uintptr_t at = first; at < end;) {
        if (steppe_query((void *)at, &run) != STEPPE_OK)
            return STEPPE_E_SYSTEM;
        uintptr_t run_end = min(end, end_of_run(&run));
        steppe_protection armed = stand_in(run.protection);
        if (run.state != STEPPE_COMMITTED || armed == run.protection) {
            at = run_end;
            continue;
        }
        steppe_status status = steppe_protect((void *)at, run_end - at, armed, NULL);
        if (status == STEPPE_E_NOT_COMMITTED)
            continue;
        if (status != STEPPE_OK)
            return status;
        set_armed(watch, at, run_end, true);
        at = run_end;
    }
    return STEPPE_OK;
}

static steppe_status reset_run(const struct watch *watch, uintptr_t first, uintptr_t end)
{
    steppe_status status = arm(watch, first, end);
    if (status != STEPPE_OK)
        return status;
    for (uintptr_t at = first; at < end; at += W32_PAGE_BYTES)
        *mark_of(watch, at) &= (uint8_t)~WRITTEN;
    return STEPPE_OK;
}

/* Of [first, end), all in one part. */
static steppe_status reset_in_part(const struct watch *watch, uintptr_t first, uintptr_t end)
{
    bool is_whole = (first - watch->base) % PART_BYTES == 0 && end == end_of_part(watch, first);
    for (uintptr_t at = first; at < end;) {
        uintptr_t run_end = at;
        while (run_end < end && *mark_of(watch, run_end) & WRITTEN)
            run_end += W32_PAGE_BYTES;
        steppe_status status = run_end > at ? reset_run(watch, at, run_end) : STEPPE_OK;
        if (status != STEPPE_OK)
            return status;
        at = run_end + W32_PAGE_BYTES;
    }
    if (is_whole)
        *part_of(watch, first) = false;
    return STEPPE_OK;
}

static steppe_status reset(const struct watch *watch, uintptr_t first, uintptr_t end)
{
    for (uintptr_t at = first; at < end;) {
        uintptr_t part_end = min(end, end_of_part(watch, at));
        steppe_status status = *part_of(watch, at) ? reset_in_part(watch, at, part_end) : STEPPE_OK;
        if (status != STEPPE_OK)
            return status;
        at = part_end;
    }
    return STEPPE_OK;
}

/* ---- the calls --------------------------------------------------------------------------------
 */

static UINT fail(DWORD error)
{
    (void)w32_fail(error);
    return (UINT)-1;
}

static UINT fail_with(steppe_status status)
{
    bool is_unwatched = status == STEPPE_E_NOT_RESERVED;
    return fail(is_unwatched ? ERROR_INVALID_PARAMETER
                             : w32_error_of(status, ERROR_INVALID_PARAMETER));
}

/* One turn. What is found is kept here: the program's array is memory that may fault, even in this
 * reservation, and must not be touched under the lock. */
struct turn {
    uintptr_t at, end; /* still to be looked at */
    size_t count;
    PVOID addresses[TURN_PAGES];
};

/* Add the written pages of a part; where it stopped. */
static uintptr_t look_in_part(const struct watch *watch, struct turn *turn, size_t wanted,
                              uintptr_t at)
{
    uintptr_t end = min(turn->end, end_of_part(watch, at));
    if (!*part_of(watch, at))
        return end;
    for (; at < end && turn->count < wanted; at += W32_PAGE_BYTES)
        if (*mark_of(watch, at) & WRITTEN)
            turn->addresses[turn->count++] = (void *)at;
    return at;
}

static steppe_status look(struct turn *turn, size_t wanted)
{
    struct w32_signal_mask before;
    turn->count = 0;
    struct watch *watch = locked_watch_of_range(turn->at, turn->end - turn->at, &before);
    if (!watch)
        return STEPPE_E_NOT_RESERVED;
    wanted = min(wanted, TURN_PAGES);
    for (int part = 0; part < TURN_PARTS && turn->at < turn->end && turn->count < wanted; part++)
        turn->at = look_in_part(watch, turn, wanted, turn->at);
    w32_lock_give(&watch->lock, &before);
    return STEPPE_OK;
}

/* Only what was found and told: others may have been written meanwhile. */
static steppe_status reset_found(const struct turn *turn)
{
    struct w32_signal_mask before;
    steppe_status status = STEPPE_OK;
    struct watch *watch = locked_watch_of((uintptr_t)turn->addresses[0], &before);
    if (!watch)
        return STEPPE_E_NOT_RESERVED;
    for (size_t i = 0; i < turn->count && status == STEPPE_OK; i++) {
        uintptr_t first = (uintptr_t)turn->addresses[i], end = first + W32_PAGE_BYTES;
        while (i + 1 < turn->count && (uintptr_t)turn->addresses[i + 1] == end) {
            end += W32_PAGE_BYTES;
            i++;
        }
        status = reset_run(watch, first, end);
    }
    w32_lock_give(&watch->lock, &before);
    return status;
}

static DWORD tell(PVOID *addresses, const struct turn *turn)
{
    size_t size_bytes = turn->count * sizeof *addresses;
    bool is_told = steppe_probe_write(addresses, turn->addresses, size_bytes, NULL) == STEPPE_OK;
    return is_told ? ERROR_SUCCESS : ERROR_NOACCESS;
}

static UINT look_for_all(DWORD flags, struct turn turn, PVOID *addresses, ULONG_PTR *count)
{
    size_t found = 0, most = *count;
    while (turn.at < turn.end && found < most) {
        steppe_status status = look(&turn, most - found);
        if (status != STEPPE_OK)
            return fail_with(status);
        DWORD error = tell(addresses + found, &turn);
        if (error)
            return fail(error);
        if (turn.count && flags & WRITE_WATCH_FLAG_RESET)
            status = reset_found(&turn);
        if (status != STEPPE_OK) {
            *count = found;
            return fail_with(status);
        }
        found += turn.count;
    }
    *count = found;
    return 0;
}

UINT WINAPI GetWriteWatch(DWORD flags, PVOID base, SIZE_T size, PVOID *addresses, ULONG_PTR *count,
                          LPDWORD granularity)
{
    const DWORD page_bytes = W32_PAGE_BYTES;
    uintptr_t first = (uintptr_t)base;
    if (flags & ~(DWORD)WRITE_WATCH_FLAG_RESET)
        return fail(ERROR_INVALID_PARAMETER);
    if (!w32_pointer_is_writable(count, sizeof *count))
        return fail(ERROR_NOACCESS);
    if (!*count || !w32_range_is_user(first, size))
        return fail(ERROR_INVALID_PARAMETER);
    if (!w32_tag_is_watched(steppe_reservation_of(base).tag))
        return fail(ERROR_INVALID_PARAMETER);
    if (!addresses || !w32_pointer_is_writable(granularity, sizeof *granularity))
        return fail(ERROR_NOACCESS);
    struct turn turn = {.at = w32_page_down(first), .end = w32_page_up(first + size)};
    if (look_for_all(flags, turn, addresses, count) != 0)
        return (UINT)-1;
    (void)steppe_probe_write(granularity, &page_bytes, sizeof page_bytes, NULL);
    return 0;
}

static steppe_status reset_turn(uintptr_t *at, uintptr_t end)
{
    struct w32_signal_mask before;
    struct watch *watch = locked_watch_of_range(*at, end - *at, &before);
    if (!watch)
        return STEPPE_E_NOT_RESERVED;
    uintptr_t turn_end = min(end, *at + (uintptr_t)TURN_PARTS * PART_BYTES);
    steppe_status status = reset(watch, *at, turn_end);
    w32_lock_give(&watch->lock, &before);
    *at = turn_end;
    return status;
}

UINT WINAPI ResetWriteWatch(LPVOID base, SIZE_T size)
{
    uintptr_t first = (uintptr_t)base;
    if (!w32_range_is_user(first, size))
        return fail(ERROR_INVALID_PARAMETER);
    uintptr_t at = w32_page_down(first), end = w32_page_up(first + size);
    while (at < end) {
        steppe_status status = reset_turn(&at, end);
        if (status != STEPPE_OK)
            return fail_with(status);
    }
    return 0;
}
