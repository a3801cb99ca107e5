/* SPDX-License-Identifier: MIT */
/* query.c - the state of any address, and the walks. */
#include <steppe/region.h>

#include <string.h>

#include "base/status.h"
#include "region/protection.h"
#include "region/reservation.h"

/* Pages alike to the program: written or not (region/watch.h) is no difference. */
static struct stp_page_run run_given(const struct stp_reservation *r, size_t page)
{
    struct stp_page_run run = stp_page_map_run(&r->map, page, r->map.end), next = run;
    uint8_t given = stp_protection_given(run.attribute);
    while (r->write_watch && run.is_committed && next.is_committed &&
           stp_protection_given(next.attribute) == given) {
        run.end = next.end;
        if (run.end == r->map.end)
            break;
        next = stp_page_map_run(&r->map, run.end, r->map.end);
    }
    run.attribute = given;
    return run;
}

/* Pages are opened before the page map says so, and often neighbours of the one that was asked for.
 * Whoever has touched such a page, or has written it, must not be told that it is not there. */
static struct stp_page_run settled_run(struct stp_reservation *r, size_t page)
{
    struct stp_page_run run = run_given(r, page);
    if (run.is_committed)
        return run;
    stp_reservation_settle(r, page);
    return stp_page_map_is_committed(&r->map, page) ? run_given(r, page) : run;
}

static void query_ours(struct stp_reservation *r, uintptr_t address, steppe_run *run)
{
    size_t page = stp_reservation_page(r, address);
    struct stp_page_run alike = settled_run(r, page);
    uintptr_t base = stp_reservation_address(r, page);
    *run = (steppe_run){
        .base = (void *)base,
        .size_bytes = stp_reservation_address(r, alike.end) - base,
        .state = alike.is_committed ? STEPPE_COMMITTED : STEPPE_RESERVED,
        .protection = alike.is_committed ? alike.attribute : STEPPE_NO_ACCESS,
        .owner = STEPPE_OWNER_STEPPE,
        .reservation = (void *)r->base,
        .reservation_bytes = r->end - r->base,
        .reservation_protection = r->protection,
        .tag = r->tag,
    };
}

/* The lowest base of a reservation above the address, or the end of the address space. */
static uintptr_t next_reservation_base(uintptr_t address)
{
    struct stp_reservation *r = stp_reservation_pin_next(address);
    if (!r)
        return stp_platform_facts()->address_end;
    uintptr_t base = r->base;
    stp_reservation_unpin(r, base);
    return base;
}

static int query_foreign(uintptr_t address, steppe_run *run)
{
    uintptr_t base = stp_round_down(address, stp_platform_facts()->page_bytes);
    uintptr_t start = stp_reservation_skip_tail(base);
    uintptr_t limit = next_reservation_base(start);
    struct stp_platform_mapping mapping = {.first = limit, .end = limit};
    bool found = false;
    if (start < limit) {
        int error = stp_platform_mapping_at(start, &mapping, &found);
        if (error)
            return error;
    }
    bool is_mapped = found && start == base && mapping.first <= base;
    uintptr_t end = is_mapped ? mapping.end : found ? mapping.first : limit;
    *run = (steppe_run){
        .base = (void *)base,
        .size_bytes = (end < limit ? end : limit) - base,
        .state = STEPPE_FREE,
        .protection = STEPPE_NO_ACCESS,
    };
    if (!is_mapped)
        return 0;
    bool is_bare =
        mapping.protection == STEPPE_NO_ACCESS && mapping.owner == STEPPE_OWNER_ANONYMOUS;
    run->state = is_bare ? STEPPE_RESERVED : STEPPE_COMMITTED;
    run->protection = mapping.protection;
    run->owner = mapping.owner;
    run->mapping = (void *)mapping.first;
    return 0;
}

static steppe_status fail(steppe_status status, uintptr_t address, int os_error)
{
    return stp_status_fail(&(struct stp_failure){
        .function = "steppe_query", .status = status, .address = address, .os_error = os_error});
}

steppe_status steppe_query(const void *pointer, steppe_run *run)
{
    uintptr_t address = (uintptr_t)pointer;
    if (!run)
        return fail(STEPPE_E_NULL, address, 0);
    steppe_run
        answer; /* *run may lie in memory that faults, and a jump would leave the pin behind */
    struct stp_reservation *r = stp_reservation_pin(address);
    if (r) {
        query_ours(r, address, &answer);
        stp_reservation_unpin(r, address);
        *run = answer;
        return STEPPE_OK;
    }
    if (address >= stp_platform_facts()->address_end)
        return fail(STEPPE_E_ADDRESS, address, 0);
    int error = query_foreign(address, &answer);
    if (error)
        return fail(STEPPE_E_SYSTEM, address, error);
    *run = answer;
    return STEPPE_OK;
}

steppe_run steppe_first_run(const void *address)
{
    steppe_run run = {.size_bytes = 0};
    struct stp_reservation *r = stp_reservation_pin((uintptr_t)address);
    if (!r)
        return run;
    query_ours(r, r->base, &run);
    stp_reservation_unpin(r, (uintptr_t)address);
    return run;
}

steppe_run steppe_next_run(steppe_run run)
{
    steppe_run none = {.size_bytes = 0};
    uintptr_t next = (uintptr_t)run.base + run.size_bytes;
    if (!run.reservation || next >= (uintptr_t)run.reservation + run.reservation_bytes)
        return none;
    struct stp_reservation *r = stp_reservation_pin(next);
    if (!r)
        return none;
    if (r->base == (uintptr_t)run.reservation)
        query_ours(r, next, &none);
    stp_reservation_unpin(r, next);
    return none;
}

/* ---- reservations ------------------------------------------------------------------- */

static steppe_reservation describe(const struct stp_reservation *r)
{
    steppe_reservation description = {
        .base = (void *)r->base,
        .size_bytes = r->end - r->base,
        .page_bytes = stp_reservation_page_bytes(r),
        .committed_bytes = stp_charge_bytes(&r->charge),
        .limit_bytes = stp_charge_limit(&r->charge),
        .on_fault = r->on_fault,
        .protection = r->protection,
        .mechanism = stp_reservation_mechanism(r)->id,
        .budget = r->budget,
        .strict = r->strict,
        .write_watch = r->write_watch,
        .tag = r->tag,
    };
    memcpy(description.name, r->name, sizeof description.name);
    return description;
}

static steppe_reservation next_from(uintptr_t address)
{
    steppe_reservation description = {.size_bytes = 0};
    struct stp_reservation *r = stp_reservation_pin_next(address);
    if (!r)
        return description;
    description = describe(r);
    stp_reservation_unpin(r, r->base);
    return description;
}

steppe_reservation steppe_reservation_of(const void *address)
{
    steppe_reservation description = {.size_bytes = 0};
    struct stp_reservation *r = stp_reservation_pin((uintptr_t)address);
    if (!r)
        return description;
    description = describe(r);
    stp_reservation_unpin(r, (uintptr_t)address);
    return description;
}

steppe_reservation steppe_first_reservation(void)
{
    return next_from(0);
}

steppe_reservation steppe_next_reservation(steppe_reservation reservation)
{
    return next_from((uintptr_t)reservation.base + reservation.size_bytes);
}
