/* SPDX-License-Identifier: MIT */
/*
 * win32_model.c - the rules of the Win32 memory calls, each told once.
 */
#include "win32_model.h"

#include <string.h>

struct model_reservation model_reservations[MODEL_RESERVATIONS];
uintptr_t model_lowest, model_highest;

/* ---- looking ----------------------------------------------------------------------------------
 */

unsigned model_way(DWORD error)
{
    switch (error) {
    case ERROR_INVALID_PARAMETER:
        return CAN_BE_PARAMETER;
    case ERROR_INVALID_ADDRESS:
        return CAN_BE_ADDRESS;
    case ERROR_NOACCESS:
        return CAN_BE_NOACCESS;
    case ERROR_BAD_LENGTH:
        return CAN_BE_LENGTH;
    default:
        return CAN_BE_OTHER;
    }
}

uintptr_t model_end(const struct model_reservation *r)
{
    return r->base + r->page_count * MODEL_PAGE;
}

struct model_reservation *model_holder(uintptr_t address)
{
    for (size_t i = 0; i < MODEL_RESERVATIONS; i++) {
        struct model_reservation *r = &model_reservations[i];
        if (r->base && address >= r->base && address < model_end(r))
            return r;
    }
    return NULL;
}

struct model_page *model_page_at(uintptr_t address)
{
    struct model_reservation *r = model_holder(address);
    return r ? &r->pages[(address - r->base) / MODEL_PAGE] : NULL;
}

struct model_reservation *model_free_slot(void)
{
    for (size_t i = 0; i < MODEL_RESERVATIONS; i++) {
        if (!model_reservations[i].base)
            return &model_reservations[i];
    }
    return NULL;
}

size_t model_offset_of_byte(uintptr_t page_address, size_t which)
{
    if (which == 0)
        return 0;
    return which == 1 ? 64 + page_address / MODEL_PAGE * 61 % (MODEL_PAGE - 128) : MODEL_PAGE - 1;
}

static uintptr_t down(uintptr_t address, uintptr_t unit)
{
    return address / unit * unit;
}

static uintptr_t up(uintptr_t address, uintptr_t unit)
{
    return down(address + unit - 1, unit);
}

/* ---- asking -----------------------------------------------------------------------------------
 */

/* Caching is a matter of the whole reservation. */
static DWORD shown_protection(const struct model_reservation *r, const struct model_page *page)
{
    if (!page->committed)
        return 0;
    return page->protection | (r->protection & (PAGE_NOCACHE | PAGE_WRITECOMBINE));
}

static uintptr_t next_reservation(uintptr_t address)
{
    uintptr_t next = 0;
    for (size_t i = 0; i < MODEL_RESERVATIONS; i++) {
        uintptr_t base = model_reservations[i].base;
        if (base > address && (!next || base < next))
            next = base;
    }
    return next;
}

static MEMORY_BASIC_INFORMATION free_information(uintptr_t address)
{
    uintptr_t base = down(address, MODEL_PAGE), next = next_reservation(address);
    return (MEMORY_BASIC_INFORMATION){
        .BaseAddress = (void *)base,
        .RegionSize = next ? next - base : 0,
        .State = MEM_FREE,
        .Protect = PAGE_NOACCESS,
    };
}

MEMORY_BASIC_INFORMATION model_information(uintptr_t address)
{
    const struct model_reservation *r = model_holder(address);
    if (!r)
        return free_information(address);
    size_t first = (address - r->base) / MODEL_PAGE, end = first + 1;
    const struct model_page *page = &r->pages[first];
    while (end < r->page_count && r->pages[end].committed == page->committed &&
           r->pages[end].protection == page->protection)
        end++;
    return (MEMORY_BASIC_INFORMATION){
        .BaseAddress = (void *)down(address, MODEL_PAGE),
        .AllocationBase = (void *)r->base,
        .AllocationProtect = r->protection,
        .RegionSize = (end - first) * MODEL_PAGE,
        .State = page->committed ? MEM_COMMIT : MEM_RESERVE,
        .Protect = shown_protection(r, page),
        .Type = MEM_PRIVATE,
    };
}

/* ---- ranges -----------------------------------------------------------------------------------
 */

struct model_range model_outward(uintptr_t address, size_t size)
{
    return (struct model_range){down(address, MODEL_PAGE), up(address + size, MODEL_PAGE)};
}

struct model_range model_inward(uintptr_t address, size_t size)
{
    return (struct model_range){up(address, MODEL_PAGE), down(address + size, MODEL_PAGE)};
}

struct model_range model_reservation_range(uintptr_t address, size_t size)
{
    return (struct model_range){down(address, MODEL_GRANULE), up(address + size, MODEL_PAGE)};
}

static bool wraps(uintptr_t address, size_t size)
{
    return address + size < address || up(address + size, MODEL_PAGE) < address;
}

static bool is_in_one(struct model_range range)
{
    const struct model_reservation *r = model_holder(range.first);
    return r && range.end <= model_end(r);
}

static bool is_taken(struct model_range range)
{
    for (uintptr_t at = range.first; at < range.end; at += MODEL_PAGE) {
        if (model_holder(at))
            return true;
    }
    return false;
}

/* ---- VirtualAlloc -----------------------------------------------------------------------------
 */

static bool is_protection_valid(DWORD protection)
{
    static const DWORD bases[] = {PAGE_NOACCESS, PAGE_READONLY,     PAGE_READWRITE,
                                  PAGE_EXECUTE,  PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE};
    DWORD more = protection & ~(DWORD)0xff;
    if (more & ~(DWORD)(PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE))
        return false;
    bool is_base = false;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        is_base |= (protection & 0xff) == bases[i];
    /* At most one of the three, and none with PAGE_NOACCESS. */
    if (more & (more - 1))
        return false;
    return is_base && !(more && (protection & PAGE_NOACCESS));
}

static bool is_type_valid(DWORD type)
{
    const DWORD known = MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_TOP_DOWN | MEM_WRITE_WATCH;
    if (type & ~known || !(type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET)))
        return false;
    if (type & MEM_RESET && type != MEM_RESET)
        return false;
    return !(type & MEM_WRITE_WATCH) || type & MEM_RESERVE;
}

bool model_reserves(uintptr_t address, DWORD type)
{
    return type & MEM_RESERVE || (type & MEM_COMMIT && !address);
}

static unsigned judge_reset(uintptr_t address, size_t size)
{
    struct model_range inner = model_inward(address, size);
    if (is_in_one(model_outward(address, size)))
        return CAN_SUCCEED;
    /* Nobody is known to have asked what a page counts that the range only begins. */
    if (inner.first >= inner.end || is_in_one(inner))
        return CAN_SUCCEED | CAN_BE_ADDRESS;
    return CAN_BE_ADDRESS;
}

unsigned judge_alloc(uintptr_t address, size_t size, DWORD type, DWORD protection)
{
    unsigned ways = 0;
    if (size == 0)
        return CAN_BE_PARAMETER;
    if (!is_type_valid(type) || !is_protection_valid(protection))
        ways |= CAN_BE_PARAMETER;
    if (!address && type & MEM_RESET)
        ways |= CAN_BE_PARAMETER | CAN_BE_ADDRESS;
    else if (!address)
        ways |= size > model_highest ? CAN_BE_PARAMETER : 0;
    else if (address < model_lowest || wraps(address, size) || address + size > model_highest)
        ways |= CAN_BE_PARAMETER;
    else if (type & MEM_RESET)
        ways |= judge_reset(address, size);
    else if (type & MEM_RESERVE)
        ways |= is_taken(model_reservation_range(address, size)) ? CAN_BE_ADDRESS : 0;
    else
        ways |= is_in_one(model_outward(address, size)) ? 0 : CAN_BE_ADDRESS;
    if (ways & CAN_SUCCEED && ways & CAN_BE_PARAMETER)
        ways &= ~(unsigned)CAN_SUCCEED;
    return ways ? ways : CAN_SUCCEED;
}

static uint16_t without_cache(DWORD protection)
{
    return (uint16_t)(protection & ~(DWORD)(PAGE_NOCACHE | PAGE_WRITECOMBINE));
}

void model_reserve(struct model_range range, DWORD type, DWORD protection)
{
    struct model_reservation *r = model_free_slot();
    r->base = range.first;
    r->page_count = (range.end - range.first) / MODEL_PAGE;
    r->protection = protection;
    r->watched = (type & MEM_WRITE_WATCH) != 0;
    memset(r->pages, 0, sizeof r->pages);
    for (size_t page = 0; page < r->page_count; page++)
        r->pages[page].protection = without_cache(protection);
    if (type & MEM_COMMIT)
        model_commit(range, protection);
}

static void forget_contents(struct model_page *page)
{
    memset(page->bytes, 0, sizeof page->bytes);
    page->doubtful = 0;
    page->rewritten = false;
    page->mixed = false;
}

void model_commit(struct model_range range, DWORD protection)
{
    for (uintptr_t at = range.first; at < range.end; at += MODEL_PAGE) {
        struct model_page *page = model_page_at(at);
        if (!page->committed)
            forget_contents(page);
        page->committed = true;
        page->protection = without_cache(protection);
    }
}

void model_reset(struct model_range range)
{
    for (uintptr_t at = range.first; at < range.end; at += MODEL_PAGE) {
        struct model_page *page = model_page_at(at);
        if (!page->committed)
            continue;
        page->mixed = page->doubtful && (page->mixed || page->rewritten);
        page->rewritten = false;
        page->doubtful = (1 << MODEL_BYTES) - 1;
    }
}

/* ---- VirtualFree ------------------------------------------------------------------------------
 */

static unsigned judge_free_at(uintptr_t address, size_t size)
{
    const struct model_reservation *r = model_holder(address);
    if (!r) {
        /* Not settled: addresses that no memory can have, and sizes that wrap. */
        bool odd = address < MODEL_PAGE || wraps(address, size) || address + size > model_highest;
        return odd ? CAN_BE_PARAMETER | CAN_BE_ADDRESS : CAN_BE_ADDRESS;
    }
    if (size == 0)
        return address - r->base < MODEL_PAGE ? CAN_SUCCEED : CAN_BE_ADDRESS;
    if (wraps(address, size) || model_outward(address, size).end > model_end(r))
        return CAN_BE_PARAMETER;
    return CAN_SUCCEED;
}

unsigned judge_free(uintptr_t address, size_t size, DWORD type)
{
    if (type != MEM_DECOMMIT && type != MEM_RELEASE)
        return CAN_BE_PARAMETER;
    if (type == MEM_RELEASE && size != 0)
        return CAN_BE_PARAMETER;
    return judge_free_at(address, size);
}

void model_free(uintptr_t address, size_t size, DWORD type)
{
    struct model_reservation *r = model_holder(address);
    struct model_range range = model_outward(address, size);
    if (size == 0)
        range = (struct model_range){r->base, model_end(r)};
    for (uintptr_t at = range.first; at < range.end; at += MODEL_PAGE)
        model_page_at(at)->committed = false;
    if (type == MEM_RELEASE)
        r->base = 0;
}

/* ---- VirtualProtect ---------------------------------------------------------------------------
 */

static unsigned judge_protect_range(uintptr_t address, size_t size)
{
    const struct model_reservation *r = model_holder(address);
    if (wraps(address, size))
        return r ? CAN_BE_PARAMETER : CAN_BE_PARAMETER | CAN_BE_ADDRESS;
    if (address < MODEL_PAGE || address + size > model_highest)
        return CAN_BE_PARAMETER | CAN_BE_ADDRESS;
    if (!r)
        return CAN_BE_ADDRESS;
    struct model_range range = model_outward(address, size);
    if (range.end > model_end(r))
        return model_holder(model_end(r)) ? CAN_BE_PARAMETER | CAN_BE_ADDRESS : CAN_BE_ADDRESS;
    for (uintptr_t at = range.first; at < range.end; at += MODEL_PAGE) {
        if (!model_page_at(at)->committed)
            return CAN_BE_ADDRESS;
    }
    return CAN_SUCCEED;
}

unsigned judge_protect(uintptr_t address, size_t size, DWORD protection, bool has_old)
{
    unsigned ways = judge_protect_range(address, size);
    if (size == 0)
        ways = model_holder(address) ? CAN_BE_PARAMETER : CAN_BE_PARAMETER | CAN_BE_ADDRESS;
    if (!has_old)
        ways |= CAN_BE_NOACCESS;
    if (!is_protection_valid(protection))
        ways |= CAN_BE_PARAMETER;
    return ways == CAN_SUCCEED ? ways : ways & ~(unsigned)CAN_SUCCEED;
}

DWORD model_protect(uintptr_t address, size_t size, DWORD protection)
{
    struct model_range range = model_outward(address, size);
    DWORD old = shown_protection(model_holder(address), model_page_at(address));
    model_commit(range, protection);
    return old;
}

/* ---- write watch ------------------------------------------------------------------------------
 */

unsigned judge_watch(DWORD flags, uintptr_t address, size_t size, size_t count)
{
    const struct model_reservation *r = model_holder(address);
    if (flags & ~(DWORD)WRITE_WATCH_FLAG_RESET || size == 0 || count == 0)
        return CAN_BE_PARAMETER;
    if (!r || !r->watched || wraps(address, size))
        return CAN_BE_PARAMETER;
    return model_outward(address, size).end <= model_end(r) ? CAN_SUCCEED : CAN_BE_PARAMETER;
}

size_t model_watch(DWORD flags, struct model_range range, uintptr_t *pages, size_t count)
{
    size_t found = 0;
    for (uintptr_t at = range.first; at < range.end && found < count; at += MODEL_PAGE) {
        struct model_page *page = model_page_at(at);
        if (!page->dirty)
            continue;
        pages[found++] = at;
        if (flags & WRITE_WATCH_FLAG_RESET)
            page->dirty = false;
    }
    return found;
}

/* ---- accesses ---------------------------------------------------------------------------------
 */

static bool allows(DWORD protection, unsigned kind)
{
    DWORD base = protection & 0xff;
    if (kind == KIND_WRITE)
        return base == PAGE_READWRITE || base == PAGE_EXECUTE_READWRITE;
    if (kind == KIND_FETCH)
        return base >= PAGE_EXECUTE;
    return base != PAGE_NOACCESS;
}

unsigned judge_access(uintptr_t address, unsigned kind)
{
    const struct model_page *page = model_page_at(address);
    if (!page || !page->committed)
        return ACCESS_VIOLATES;
    bool allowed = allows(page->protection, kind);
    /* Which of the two comes first on a page that forbids the access anyway is not settled. */
    if (page->protection & PAGE_GUARD)
        return allowed ? ACCESS_HITS_GUARD : ACCESS_HITS_GUARD | ACCESS_VIOLATES;
    return allowed ? ACCESS_DONE : ACCESS_VIOLATES;
}

void model_wrote(uintptr_t page_address, size_t which, uint8_t value)
{
    struct model_page *page = model_page_at(page_address);
    page->bytes[which] = value;
    page->doubtful &= (uint8_t) ~(1 << which);
    page->rewritten = true;
    page->dirty = true;
}

void model_hit_guard(uintptr_t address)
{
    model_page_at(address)->protection &= (uint16_t)~PAGE_GUARD;
}

/* The page was dropped, with all that was not written since. */
static void found_dropped(struct model_page *page)
{
    for (size_t i = 0; i < MODEL_BYTES; i++) {
        if (page->doubtful >> i & 1)
            page->bytes[i] = 0;
    }
    page->doubtful = 0;
}

bool model_saw(uintptr_t page_address, size_t which, uint8_t value)
{
    struct model_page *page = model_page_at(page_address);
    bool is_doubtful = page->doubtful >> which & 1, is_old = value == page->bytes[which];
    if (is_old && is_doubtful && value != 0 && page->rewritten && !page->mixed)
        page->doubtful = 0; /* what was written since the reset keeps the whole page */
    if (is_old)
        return true;
    if (!is_doubtful || value != 0)
        return false;
    if (!page->mixed)
        found_dropped(page);
    page->bytes[which] = 0;
    return true;
}
