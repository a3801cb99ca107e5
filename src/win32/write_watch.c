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
 * filter, which takes it too, runs in a signal handler. Watches are never freed, for a filter may
 * still hold one whose reservation is being released; they are used again.
 */
#include "write_watch.h"

#include <windows.h>

#include "last_error.h"
#include "linux/lock.h"
#include "linux/memory.h"
#include "range.h"
#include "tag.h"

enum { WRITTEN = 1, ARMED = 2 };

struct watch {
    w32_lock lock;
    bool is_used;        /* changed under watches_lock */
    uintptr_t base, end; /* equal while no reservation is watched */
    uint8_t *marks;      /* one byte a page */
    struct watch *next;
};

static struct watch *watches; /* all there ever were */
static w32_lock watches_lock;

/* ---- the list of watches -------------------------------------------------------------------- */

static struct watch *locked_watch_of(uintptr_t address, struct w32_signal_mask *before)
{
    struct watch *watch = __atomic_load_n(&watches, __ATOMIC_ACQUIRE);
    for (; watch; watch = watch->next) {
        w32_lock_take(&watch->lock, before);
        if (address - watch->base < watch->end - watch->base)
            return watch;
        w32_lock_give(&watch->lock, before);
    }
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

/* ---- fork: no other thread may be in the middle of a change ---------------------------------- */

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

/* ---- marks and stand-ins --------------------------------------------------------------------- */

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

static void set_armed(const struct watch *watch, uintptr_t first, uintptr_t end, bool is_armed)
{
    uint8_t *mark = mark_of(watch, first);
    for (uint8_t *last = mark_of(watch, end - 1); mark <= last; mark++)
        *mark = (uint8_t)(is_armed ? *mark | ARMED : *mark & ~ARMED);
}

/* The first write to an armed page. Where another thread was faster the access runs again: it
 * succeeds, or meets what is there now. */
static steppe_answer settle(const struct watch *watch, uintptr_t page)
{
    steppe_run run;
    if (page - watch->base >= watch->end - watch->base ||
        steppe_query((void *)page, &run) != STEPPE_OK || run.state != STEPPE_COMMITTED ||
        run.protection & STEPPE_GUARD || stand_in(run.protection) != run.protection)
        return STEPPE_RESUME;
    if (!(*mark_of(watch, page) & ARMED))
        return STEPPE_PASS_ON;
    steppe_status status =
        steppe_protect((void *)page, W32_PAGE_BYTES, stood_in_for(run.protection), NULL);
    if (status == STEPPE_OK)
        *mark_of(watch, page) = WRITTEN;
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

/* ---- reserve and forget ---------------------------------------------------------------------- */

static void begin_watching(struct watch *watch, uintptr_t base, size_t size_bytes, uint8_t *marks)
{
    struct w32_signal_mask before;
    w32_lock_take(&watch->lock, &before);
    watch->base = base;
    watch->end = base + size_bytes;
    watch->marks = marks;
    w32_lock_give(&watch->lock, &before);
}

void *w32_watch_reserve(size_t size_bytes, const steppe_options *given)
{
    steppe_options options = *given;
    struct watch *watch = use_watch();
    options.on_fault = STEPPE_ASK;
    options.filter = on_fault;
    options.filter_context = watch;
    void *base = watch ? steppe_reserve(size_bytes, &options) : NULL;
    size_t reserved_bytes = steppe_reservation_of(base).size_bytes;
    uint8_t *marks =
        base && guard_against_fork() ? w32_memory_map(reserved_bytes / W32_PAGE_BYTES) : NULL;
    if (marks) {
        begin_watching(watch, (uintptr_t)base, reserved_bytes, marks);
        return base;
    }
    if (base)
        (void)steppe_release(base);
    if (watch)
        return_watch(watch);
    return NULL;
}

void w32_watch_forget(void *base)
{
    struct w32_signal_mask before;
    struct watch *watch = locked_watch_of((uintptr_t)base, &before);
    if (!watch)
        return;
    uint8_t *marks = watch->marks;
    size_t count = (watch->end - watch->base) / W32_PAGE_BYTES;
    watch->base = watch->end = 0;
    watch->marks = NULL;
    w32_lock_give(&watch->lock, &before);
    w32_memory_unmap(marks, count);
    return_watch(watch);
}

/* ---- commit, protect, query ------------------------------------------------------------------ */

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

/* The run may hold a stand-in next to what it stands in for, and be shorter than what the program
 * made: join what it sees alike. */
static uintptr_t end_of_alike(const struct watch *watch, uintptr_t first, steppe_protection wanted)
{
    uintptr_t at = first;
    steppe_run run;
    while (at < watch->end && steppe_query((void *)at, &run) == STEPPE_OK &&
           run.state == STEPPE_COMMITTED) {
        uintptr_t end = at + run.size_bytes;
        for (; at < end; at += W32_PAGE_BYTES) {
            bool is_armed = *mark_of(watch, at) & ARMED;
            if ((is_armed ? stood_in_for(run.protection) : run.protection) != wanted)
                return at;
        }
    }
    return at;
}

void w32_watch_correct(steppe_run *run)
{
    struct w32_signal_mask before;
    uintptr_t base = (uintptr_t)run->base;
    struct watch *watch = locked_watch_of(base, &before);
    if (!watch)
        return;
    if (steppe_query(run->base, run) == STEPPE_OK && run->state == STEPPE_COMMITTED) {
        if (*mark_of(watch, base) & ARMED)
            run->protection = stood_in_for(run->protection);
        run->size_bytes = end_of_alike(watch, base, run->protection) - base;
    }
    w32_lock_give(&watch->lock, &before);
}

/* ---- the calls ------------------------------------------------------------------------------- */

static UINT fail(DWORD error)
{
    (void)w32_fail(error);
    return (UINT)-1;
}

/* The watch whose reservation holds all of the range, locked. */
static struct watch *locked_watch_of_range(uintptr_t base, size_t size_bytes,
                                           struct w32_signal_mask *before)
{
    if (!w32_range_is_user(base, size_bytes))
        return NULL;
    struct watch *watch = locked_watch_of(base, before);
    if (!watch || size_bytes <= watch->end - base)
        return watch;
    w32_lock_give(&watch->lock, before);
    return NULL;
}

/* Arm the writable pages of [first, end). A page armed though the call fails later is harmless. */
static steppe_status arm(const struct watch *watch, uintptr_t first, uintptr_t end)
{
    steppe_run run;
    for (uintptr_t at = first; at < end; at += run.size_bytes) {
        if (steppe_query((void *)at, &run) != STEPPE_OK)
            return STEPPE_E_SYSTEM;
        steppe_protection armed = stand_in(run.protection);
        if (run.state != STEPPE_COMMITTED || armed == run.protection)
            continue;
        if (run.size_bytes > end - at)
            run.size_bytes = end - at;
        steppe_status status = steppe_protect((void *)at, run.size_bytes, armed, NULL);
        if (status != STEPPE_OK)
            return status;
        set_armed(watch, at, at + run.size_bytes, true);
    }
    return STEPPE_OK;
}

static steppe_status reset(const struct watch *watch, uintptr_t first, uintptr_t end)
{
    steppe_status status = STEPPE_OK;
    uintptr_t at = first;
    while (at < end && status == STEPPE_OK) {
        uintptr_t run_end = at;
        while (run_end < end && *mark_of(watch, run_end) & WRITTEN)
            run_end += W32_PAGE_BYTES;
        if (run_end > at)
            status = arm(watch, at, run_end);
        at = run_end > at ? run_end : at + W32_PAGE_BYTES;
    }
    if (status != STEPPE_OK)
        return status;
    for (at = first; at < end; at += W32_PAGE_BYTES)
        *mark_of(watch, at) &= (uint8_t)~WRITTEN;
    return STEPPE_OK;
}

/* A part of a look: found addresses are kept here, for the program's array is memory that may
 * fault, even in this reservation, and must not be touched under the lock. */
struct look {
    bool resets;
    uintptr_t first, end; /* still to be scanned */
    size_t count;
    PVOID addresses[64];
};

static steppe_status look(struct look *look, size_t wanted)
{
    struct w32_signal_mask before;
    uintptr_t first = look->first, at = first;
    look->count = 0;
    if (wanted > ARRAYSIZE(look->addresses))
        wanted = ARRAYSIZE(look->addresses);
    struct watch *watch = locked_watch_of_range(first, look->end - first, &before);
    if (!watch)
        return STEPPE_E_NOT_RESERVED;
    for (; at < look->end && look->count < wanted; at += W32_PAGE_BYTES)
        if (*mark_of(watch, at) & WRITTEN)
            look->addresses[look->count++] = (void *)at;
    steppe_status status = look->resets ? reset(watch, first, at) : STEPPE_OK;
    w32_lock_give(&watch->lock, &before);
    look->first = at;
    return status;
}

UINT WINAPI GetWriteWatch(DWORD flags, PVOID base, SIZE_T size, PVOID *addresses, ULONG_PTR *count,
                          LPDWORD granularity)
{
    uintptr_t first = (uintptr_t)base;
    if (!addresses || !count || !granularity)
        return fail(ERROR_NOACCESS);
    if (flags & ~(DWORD)WRITE_WATCH_FLAG_RESET || !*count || !w32_range_is_user(first, size))
        return fail(ERROR_INVALID_PARAMETER);
    struct look part = {
        .resets = flags & WRITE_WATCH_FLAG_RESET,
        .first = w32_page_down(first),
        .end = w32_page_up(first + size),
    };
    size_t found = 0, most = *count;
    while (part.first < part.end && found < most) {
        steppe_status status = look(&part, most - found);
        if (status != STEPPE_OK) {
            if (status == STEPPE_E_NOT_RESERVED)
                return fail(ERROR_INVALID_PARAMETER);
            *count = found;
            return fail(w32_error_of(status, ERROR_INVALID_PARAMETER));
        }
        memcpy(addresses + found, part.addresses, part.count * sizeof *addresses);
        found += part.count;
    }
    *count = found;
    *granularity = W32_PAGE_BYTES;
    return 0;
}

UINT WINAPI ResetWriteWatch(LPVOID base, SIZE_T size)
{
    struct w32_signal_mask before;
    struct watch *watch = locked_watch_of_range((uintptr_t)base, size, &before);
    if (!watch)
        return fail(ERROR_INVALID_PARAMETER);
    steppe_status status =
        reset(watch, w32_page_down((uintptr_t)base), w32_page_up((uintptr_t)base + size));
    w32_lock_give(&watch->lock, &before);
    return status == STEPPE_OK ? 0 : fail(w32_error_of(status, ERROR_INVALID_PARAMETER));
}
