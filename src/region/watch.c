/* SPDX-License-Identifier: MIT */
/* watch.c - making marks, fetching the kernel's, and telling them: steppe/watch.h. */
#include "region/watch.h"

#include <string.h>

#include <steppe/watch.h>

#include "base/check.h"
#include "base/status.h"
#include "region/protection.h"
#include "region/reservation.h"

enum {
    TURN_PAGES = 128, /* told between two locks, and kept on the stack meanwhile */
    RUNS = 128
};

/* ---- the tree ------------------------------------------------------------------------------- */

int stp_watch_prepare(struct stp_reservation *r, size_t first, size_t end, uint32_t *os_call_count)
{
    size_t first_word = first / 64, last_word = (end - 1) / 64;
    return stp_table_prepare(&r->watch.leaves, first_word * 8, (last_word - first_word + 1) * 8,
                             os_call_count);
}

void stp_watch_note(struct stp_reservation *r, size_t first, size_t end)
{
    stp_bit_tree_insert(&r->watch.written, first, end);
}

static void note_committed(struct stp_reservation *r, size_t first, size_t end)
{
    const struct stp_bit_tree *committed = &r->map.committed;
    size_t page = stp_bit_tree_next(committed, first, end);
    while (page < end) {
        size_t gap = stp_bit_tree_next_gap(committed, page, end);
        stp_watch_note(r, page, gap);
        page = stp_bit_tree_next(committed, gap, end);
    }
}

static int make_tree(struct stp_watch *watch, size_t page_end, uint32_t *os_calls)
{
    size_t upper = stp_table_reserve_bytes(stp_bit_tree_upper_bytes(page_end));
    size_t leaves = stp_table_reserve_bytes(stp_bit_tree_leaf_bytes(page_end));
    uintptr_t base;
    bool in_use;
    int error = stp_platform_reserve(0, upper + leaves, stp_platform_facts()->page_bytes,
                                     STP_RESERVE_TOP_DOWN | STP_RESERVE_DUMP | STP_RESERVE_SPARSE,
                                     &base, &in_use, os_calls);
    if (error)
        return error;
    ++*os_calls;
    error = stp_platform_protect(base, upper, STEPPE_READ_WRITE);
    if (error) {
        ++*os_calls;
        (void)stp_platform_release(base, upper + leaves); /* benign: address space */
        return error;
    }
    watch->memory = base;
    watch->memory_bytes = upper + leaves;
    stp_table_init(&watch->leaves, base + upper, stp_bit_tree_leaf_bytes(page_end));
    stp_bit_tree_init(&watch->written, page_end, (void *)(base + upper), (void *)base);
    return 0;
}

/* ---- the way -------------------------------------------------------------------------------- */

static bool setting_is(const char *name)
{
    const char *setting = stp_platform_setting("STEPPE_WRITE_WATCH");
    return setting && !strcmp(setting, name);
}

const char *stp_watch_wrong_setting(void)
{
    bool is_known = !stp_platform_setting("STEPPE_WRITE_WATCH") || setting_is("") ||
                    setting_is("fault") || setting_is("kernel") || setting_is("best");
    return is_known ? NULL : "STEPPE_WRITE_WATCH is neither fault, kernel nor best";
}

static int trap_writes(struct stp_reservation *r)
{
    stp_reservation_count(r, r->map.first, STP_COUNT_OS_CALL, 1);
    return stp_platform_trap(r->base, r->end - r->base, STP_TRAP_WRITES);
}

/* Under mprotect memory is given back by mapping afresh, which forgets traps. userfaultfd notes
 * writes by the same traps that hold pages shut; when it is refused it has replaced itself. */
static bool is_noted_by_kernel(struct stp_reservation *r)
{
    const struct stp_mechanism *mechanism = stp_reservation_mechanism(r);
    if (!stp_platform_facts()->has_write_marks || setting_is("fault"))
        return false;
    if (mechanism == &stp_mechanism_guard)
        return trap_writes(r) == 0;
    r->notes_writes = true;
    return mechanism == &stp_mechanism_uffd && mechanism->open(r) == 0;
}

/* userfaultfd makes its own. */
static bool needs_root(const struct stp_reservation *r)
{
    return stp_reservation_mechanism(r) != &stp_mechanism_uffd;
}

/* stp_mechanism_make_root, while nobody sees the reservation yet: later its page would be noted, or
 * committed clean. Only the first one, for where memory is locked the kernel fills all that becomes
 * writable. */
static int make_root(struct stp_reservation *r)
{
    size_t page_bytes = stp_platform_facts()->page_bytes;
    r->has_root = true;
    stp_reservation_count(r, r->map.first, STP_COUNT_OS_CALL, 4);
    if (stp_platform_protect(r->base, page_bytes, STEPPE_READ_WRITE) == 0 &&
        stp_platform_populate(r->base, page_bytes, STEPPE_ACCESS_WRITE) == 0)
        (void)stp_platform_discard(r->base, page_bytes); /* benign: a page, and zero */
    return stp_platform_protect(r->base, page_bytes, STEPPE_NO_ACCESS);
}

int stp_watch_create(struct stp_reservation *r, uint32_t *os_call_count)
{
    r->notes_writes = false;
    r->base_attribute = (uint8_t)(r->protection & ~(steppe_protection)STEPPE_GUARD);
    if (r->write_watch) {
        int error = make_tree(&r->watch, r->map.end, os_call_count);
        if (error)
            return error;
        error = needs_root(r) ? make_root(r) : 0;
        if (error) {
            stp_watch_destroy(r, os_call_count);
            return error;
        }
        r->traps_age = stp_platform_traps_age();
        r->notes_writes = is_noted_by_kernel(r);
    }
    r->base_attribute = stp_watch_attribute(r, r->base_attribute, false);
    return 0;
}

void stp_watch_destroy(struct stp_reservation *r, uint32_t *os_call_count)
{
    if (!r->write_watch)
        return;
    ++*os_call_count;
    (void)stp_platform_release(r->watch.memory, r->watch.memory_bytes); /* benign: address space */
}

uint8_t stp_watch_attribute(const struct stp_reservation *r, uint8_t protection, bool is_written)
{
    uint8_t given = stp_protection_given(protection);
    uint8_t unguarded = (uint8_t)(given & ~(unsigned)STEPPE_GUARD);
    bool is_clean = r->write_watch && !r->notes_writes && !is_written &&
                    stp_protection_permits(unguarded, STEPPE_ACCESS_WRITE);
    return is_clean ? given | STP_CLEAN : given;
}

void stp_watch_give_up(struct stp_reservation *r)
{
    note_committed(r, r->map.first, r->map.end);
    __atomic_store_n(&r->notes_writes, false, __ATOMIC_RELAXED);
}

static bool can_fetch(struct stp_reservation *r)
{
    struct stp_platform_written_run run;
    size_t count;
    uintptr_t next;
    stp_reservation_count(r, r->map.first, STP_COUNT_OS_CALL, 1);
    return stp_platform_written(r->base, stp_reservation_page_bytes(r), false, &run, 1, &count,
                                &next) == 0;
}

void stp_watch_repair(struct stp_reservation *r)
{
    bool has_traps = stp_reservation_mechanism(r) == &stp_mechanism_uffd || trap_writes(r) == 0;
    if (!has_traps || !can_fetch(r))
        stp_watch_give_up(r);
}

/* ---- the kernel's marks --------------------------------------------------------------------- */

/* Into the tree. It has marks on pages that are not committed as well: those are nobody's. After an
 * error nobody knows which marks the kernel has told, and to whom: everything counts as written. */
static int fetch(struct stp_reservation *r, size_t first, size_t end)
{
    struct stp_platform_written_run runs[RUNS];
    uintptr_t at = stp_reservation_address(r, first), limit = stp_reservation_address(r, end);
    while (at < limit) {
        size_t count;
        stp_reservation_count(r, first, STP_COUNT_OS_CALL, 1);
        int error = stp_platform_written(at, limit - at, true, runs, RUNS, &count, &at);
        if (error) {
            note_committed(r, first, end);
            return error;
        }
        for (size_t i = 0; i < count; i++)
            note_committed(r, stp_reservation_page(r, runs[i].first),
                           stp_reservation_page(r, runs[i].end - 1) + 1);
    }
    return 0;
}

static bool has_committed(const struct stp_reservation *r, size_t first, size_t end)
{
    return stp_bit_tree_next(&r->map.committed, first, end) < end;
}

static int fetch_if_noted(struct stp_reservation *r, size_t first, size_t end)
{
    return r->notes_writes && has_committed(r, first, end) ? fetch(r, first, end) : 0;
}

void stp_watch_keep(struct stp_reservation *r, size_t first, size_t end)
{
    if (r->write_watch)
        (void)fetch_if_noted(r, first, end); /* benign: all of it counts as written */
}

/* ---- by faults ------------------------------------------------------------------------------ */

/* Give committed pages, alike to the program, another attribute. */
static int change(struct stp_reservation *r, size_t first, size_t end, uint8_t attribute)
{
    uint32_t os_calls = 0;
    int error = stp_page_map_prepare(&r->map, first, end, attribute, &os_calls);
    stp_reservation_count(r, first, STP_COUNT_OS_CALL, os_calls);
    if (!error && !stp_reservation_may_protect(r, first, end, stp_protection_enforced(attribute)))
        error = STP_ERROR_MAPPINGS;
    if (!error)
        error = stp_reservation_mechanism(r)->protect(r, first, end, attribute);
    if (!error)
        stp_reservation_record(r, first, end, attribute);
    return error;
}

static int open_pages(struct stp_reservation *r, size_t first, size_t end)
{
    uint8_t given = stp_protection_given(stp_page_map_attribute(&r->map, first));
    int error = change(r, first, end, given);
    if (!error)
        stp_watch_note(r, first, end);
    return error;
}

int stp_watch_write(struct stp_reservation *r, size_t page)
{
    int error = stp_mappings_have_room() ? open_pages(r, page, page + 1) : STP_ERROR_MAPPINGS;
    bool lacks_mappings = error > 0 && stp_platform_diagnose(error, 0) == STEPPE_E_MAP_COUNT;
    return lacks_mappings ? STP_ERROR_MAPPINGS : error;
}

static bool is_clean(const struct stp_reservation *r, size_t page)
{
    return stp_page_map_is_committed(&r->map, page) &&
           stp_page_map_attribute(&r->map, page) & STP_CLEAN;
}

/* The run ends where a mapping of the kernel ends anyway: it joins what lies beside it. */
int stp_watch_write_around(struct stp_reservation *r, size_t page)
{
    const struct stp_page_map *map = &r->map;
    uint32_t stripes = stp_reservation_lock(r, map->first, map->end);
    int error = 0;
    if (is_clean(r, page)) {
        uint8_t attribute = stp_page_map_attribute(map, page);
        size_t first = page, end = stp_page_map_run_end(map, page, map->end);
        while (first > map->first && is_clean(r, first - 1) &&
               stp_page_map_attribute(map, first - 1) == attribute)
            first--;
        error = open_pages(r, first, end);
    }
    stp_reservation_unlock(r, stripes);
    return error;
}

/* From a page to be armed on: where the last such page ends, of those alike to the program. What
 * lies between them is armed already; it is protected with them in one call. */
static size_t armed_until(const struct stp_reservation *r, size_t page, size_t end, uint8_t armed)
{
    size_t stop = page;
    while (page < end) {
        struct stp_page_run run = stp_page_map_run(&r->map, page, end);
        if (!run.is_committed || stp_protection_given(run.attribute) != stp_protection_given(armed))
            break;
        page = run.end;
        stop = run.attribute == armed ? stop : page;
    }
    return stop;
}

/* Protect committed pages again whose next write is to be noted. */
static int arm(struct stp_reservation *r, size_t first, size_t end)
{
    int error = 0;
    for (size_t page = first, stop; page < end && !error; page = stop) {
        struct stp_page_run run = stp_page_map_run(&r->map, page, end);
        uint8_t armed = stp_watch_attribute(r, run.attribute, false);
        stop = run.end;
        if (!run.is_committed || armed == run.attribute)
            continue;
        stop = armed_until(r, page, end, armed);
        error = change(r, page, stop, armed);
    }
    return error;
}

/* ---- looking -------------------------------------------------------------------------------- */

struct request {
    const char *function;
    uintptr_t address;
    size_t size_bytes;
    uintptr_t at, end; /* still to be looked at */
};

/* What one look has found, all in one turn. It is copied to the program's array without a lock or a
 * pin, for that is memory which may fault, even in this reservation. */
struct turn {
    uintptr_t pages[TURN_PAGES];
    size_t count;
};

/* Pages of a pinned reservation, locked. */
struct visit {
    struct stp_reservation *reservation;
    uint32_t stripes;
    struct stp_signal_mask signals;
};

static steppe_status fail(const struct request *request, steppe_status status, int os_error,
                          const char *note)
{
    return stp_status_fail(&(struct stp_failure){
        .function = request->function,
        .status = status,
        .os_error = os_error,
        .address = request->address,
        .has_size = true,
        .size_bytes = request->size_bytes,
        .note = note,
    });
}

static steppe_status fail_with(const struct request *request, int os_error)
{
    return os_error == STP_ERROR_MAPPINGS
               ? fail(request, STEPPE_E_MAP_COUNT, 0, "that is the library's share of it")
               : fail(request, stp_platform_diagnose(os_error, 0), os_error, NULL);
}

static steppe_status begin(struct request *request)
{
    request->at = request->address;
    if (!request->size_bytes)
        return fail(request, STEPPE_E_SIZE, 0, "the size is zero");
    if (!stp_add(request->address, request->size_bytes, &request->end))
        return fail(request, STEPPE_E_SIZE, 0, "address plus size wraps around");
    return STEPPE_OK;
}

/* Pin the reservation that holds what is still to be looked at. */
static steppe_status pin(const struct request *request, struct stp_reservation **reservation)
{
    struct stp_reservation *r = stp_reservation_pin(request->at);
    if (!r)
        return fail(request, STEPPE_E_NOT_RESERVED, 0, NULL);
    bool is_outside = request->end > r->end, is_watched = r->write_watch;
    *reservation = r;
    if (!is_outside && is_watched)
        return STEPPE_OK;
    stp_reservation_unpin(r, request->at);
    return is_outside ? fail(request, STEPPE_E_OUTSIDE, 0, NULL)
                      : fail(request, STEPPE_E_OPTION, 0, "reserved without write_watch");
}

static struct visit enter(struct stp_reservation *r, size_t first, size_t end)
{
    struct visit visit = {.reservation = r};
    stp_reservation_touch_stack();
    stp_platform_signals_block(&visit.signals);
    visit.stripes = stp_reservation_lock(r, first, end);
    return visit;
}

static void leave(const struct visit *visit)
{
    stp_reservation_unlock(visit->reservation, visit->stripes);
    stp_platform_signals_restore(&visit->signals);
}

/* The kernel forgot to note writes, or will not tell. Signals are let in for a moment. */
static void mend(struct stp_reservation *r)
{
    struct stp_signal_mask signals;
    stp_reservation_touch_stack();
    stp_platform_signals_block(&signals);
    (void)stp_reservation_repair(r); /* benign: then writes are noted by faults */
    stp_platform_signals_restore(&signals);
}

/* The next page that may be marked. */
static size_t next_page(const struct stp_reservation *r, size_t first, size_t end)
{
    size_t page = stp_bit_tree_next(&r->watch.written, first, end);
    bool may_be_with_kernel = __atomic_load_n(&r->notes_writes, __ATOMIC_RELAXED);
    return may_be_with_kernel ? stp_bit_tree_next(&r->map.committed, first, page) : page;
}

/* Two units at a time: opening the kernel's file is a good part of a look, and a writer waits for
 * it no longer than some 50 us. */
static size_t turn_end(const struct stp_reservation *r, size_t page, size_t end)
{
    size_t unit_end = stp_reservation_unit_end(r, page);
    return stp_min(end, unit_end < end ? stp_reservation_unit_end(r, unit_end) : unit_end);
}

/* Marked pages of a turn; where the next look goes on. */
static size_t look_in_units(struct stp_reservation *r, size_t first, size_t end, size_t wanted,
                            struct turn *turn)
{
    struct visit visit = enter(r, first, end);
    int error = fetch_if_noted(r, first, end);
    size_t page = stp_bit_tree_next(&r->watch.written, first, end);
    while (page < end && turn->count < wanted) {
        turn->pages[turn->count++] = stp_reservation_address(r, page);
        page = stp_bit_tree_next(&r->watch.written, page + 1, end);
    }
    leave(&visit);
    if (error)
        mend(r);
    return page;
}

static steppe_status look(struct request *request, size_t wanted, struct turn *turn)
{
    struct stp_reservation *r;
    turn->count = 0;
    steppe_status status = pin(request, &r);
    if (status != STEPPE_OK)
        return status;
    uintptr_t pinned_at = request->at;
    size_t end = stp_reservation_page(r, request->end - 1) + 1;
    size_t page = next_page(r, stp_reservation_page(r, request->at), end);
    if (page < end)
        page = look_in_units(r, page, turn_end(r, page, end), wanted, turn);
    request->at = stp_min(stp_reservation_address(r, page), request->end);
    stp_reservation_unpin(r, pinned_at);
    return STEPPE_OK;
}

/* ---- clearing ------------------------------------------------------------------------------- */

/* All of them or none. Others between them may be armed although they are marked: they cost a fault
 * more. */
static int clear_locked(struct stp_reservation *r, const struct turn *turn)
{
    int error = arm(r, stp_reservation_page(r, turn->pages[0]),
                    stp_reservation_page(r, turn->pages[turn->count - 1]) + 1);
    for (size_t i = 0; i < turn->count && !error; i++) {
        size_t page = stp_reservation_page(r, turn->pages[i]);
        stp_bit_tree_remove(&r->watch.written, page, page + 1);
    }
    return error;
}

static steppe_status clear_told(const struct request *request, const struct turn *turn)
{
    struct stp_reservation *r;
    struct request told = *request;
    if (!turn->count)
        return STEPPE_OK;
    told.at = turn->pages[0];
    told.end = turn->pages[turn->count - 1] + 1;
    steppe_status status = pin(&told, &r);
    if (status != STEPPE_OK)
        return status;
    struct visit visit =
        enter(r, stp_reservation_page(r, told.at), stp_reservation_page(r, told.end - 1) + 1);
    int error = clear_locked(r, turn);
    leave(&visit);
    stp_reservation_unpin(r, told.at);
    return error ? fail_with(request, error) : STEPPE_OK;
}

/* Mark a page again that was told, but whose teller fails. */
static void put_back(const struct request *request, uintptr_t address)
{
    struct stp_reservation *r;
    struct request one = *request;
    uint32_t os_calls = 0;
    one.at = address;
    one.end = address + 1;
    if (pin(&one, &r) != STEPPE_OK)
        return;
    size_t page = stp_reservation_page(r, address);
    struct visit visit = enter(r, page, page + 1);
    if (stp_watch_prepare(r, page, page + 1, &os_calls) == 0)
        stp_watch_note(r, page, page + 1);
    leave(&visit);
    stp_reservation_unpin(r, address);
}

static int clear_in_units(struct stp_reservation *r, size_t first, size_t end)
{
    struct visit visit = enter(r, first, end);
    int fetch_error = fetch_if_noted(r, first, end), error = fetch_error;
    if (!error)
        error = arm(r, first, end);
    if (!error)
        stp_bit_tree_remove(&r->watch.written, first, end);
    leave(&visit);
    if (fetch_error)
        mend(r);
    return error;
}

/* The next turn of the request; once more after the kernel's marks could not be fetched. */
static steppe_status clear_next(struct request *request)
{
    struct stp_reservation *r = NULL; /* for compilers that do not see that a failure returns */
    steppe_status status = pin(request, &r);
    if (status != STEPPE_OK)
        return status;
    uintptr_t pinned_at = request->at;
    size_t end = stp_reservation_page(r, request->end - 1) + 1;
    size_t page = next_page(r, stp_reservation_page(r, request->at), end);
    size_t stop = page < end ? turn_end(r, page, end) : end;
    int error = page < end ? clear_in_units(r, page, stop) : 0;
    if (error)
        error = clear_in_units(r, page, stop);
    request->at = stp_min(stp_reservation_address(r, stop), request->end);
    stp_reservation_unpin(r, pinned_at);
    return error ? fail_with(request, error) : STEPPE_OK;
}

/* ---- the calls ------------------------------------------------------------------------------ */

static steppe_status tell(struct request *request, bool clears, void **pages, size_t *page_count)
{
    struct turn turn;
    if (!pages || !page_count)
        return fail(request, STEPPE_E_NULL, 0, NULL);
    size_t told = 0, capacity = *page_count;
    if (!capacity)
        return fail(request, STEPPE_E_SIZE, 0, "there is no room for a page");
    steppe_status status = begin(request);
    while (status == STEPPE_OK && request->at < request->end && told < capacity) {
        status = look(request, stp_min(capacity - told, TURN_PAGES), &turn);
        for (size_t i = 0; i < turn.count; i++)
            pages[told + i] = (void *)turn.pages[i];
        if (status == STEPPE_OK && clears)
            status = clear_told(request, &turn);
        told += status == STEPPE_OK ? turn.count : 0;
    }
    if (status == STEPPE_OK)
        *page_count = told;
    for (size_t i = 0; i < told && clears && status != STEPPE_OK; i++)
        put_back(request, (uintptr_t)pages[i]);
    return status;
}

steppe_status steppe_watch_look(void *address, size_t size_bytes, void **pages, size_t *page_count)
{
    struct request request = {"steppe_watch_look", (uintptr_t)address, size_bytes, 0, 0};
    return tell(&request, false, pages, page_count);
}

steppe_status steppe_watch_collect(void *address, size_t size_bytes, void **pages,
                                   size_t *page_count)
{
    struct request request = {"steppe_watch_collect", (uintptr_t)address, size_bytes, 0, 0};
    return tell(&request, true, pages, page_count);
}

steppe_status steppe_watch_clear(void *address, size_t size_bytes)
{
    struct request request = {"steppe_watch_clear", (uintptr_t)address, size_bytes, 0, 0};
    steppe_status status = begin(&request);
    while (status == STEPPE_OK && request.at < request.end)
        status = clear_next(&request);
    return status;
}
