/* SPDX-License-Identifier: MIT */
/*
 * random_operations.c - random operations on the library and on a naive model of it: an array with
 * one small record per page. After each operation status, charges, a few pages and a few bytes must
 * be those of the model; now and then everything is compared. With STEPPE_PUBLISH=1 what the
 * library publishes is compared with what it says, as well.
 *
 * Options and replay: tests/support/random.h.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../contract/description.h"
#include "../support/random.h"

enum {
    SLOT_COUNT = 6,
    BUDGET_COUNT = 3,
    WINDOW_COUNT_MAX = 3,
    ARENA_GRANULES = 1024, /* where reservations with an address go: 64 MiB */
    PAGE_COUNT_MAX = 5200, /* of a reservation without windows: all together stay far below
                              the 65,530 mappings of a default machine, however they are cut up */
    FULL_EVERY = 20000,
    DESCRIPTION_EVERY = 200,
    BYTES_PER_PAGE = 3,
    LIST_MAX = 40, /* ranges given back at once */
    TOLD_MAX = PAGE_COUNT_MAX + 64
};

/* ---- the model --------------------------------------------------------------------------------
 */

/* Three bytes of each page are followed: its first, one inside, its last. All others are zero. */
struct page {
    bool committed;
    bool is_marked; /* written since the marks were cleared; outlives the page's contents */
    uint8_t protection;
    uint8_t bytes[BYTES_PER_PAGE];
};

/* The pages that are ever touched of a reservation too large for an array. */
struct window {
    size_t first, count;
    struct page *pages;
};

enum filter_mode { FILTER_REPAIR, FILTER_UNWIND, FILTER_PASS_ON, FILTER_MODES };

struct slot {
    uint8_t *base; /* NULL: nothing reserved here */
    size_t page_bytes, page_count, window_count;
    struct window windows[WINDOW_COUNT_MAX];
    steppe_on_fault on_fault;
    steppe_protection protection;
    bool strict, has_filter, is_watched;
    enum filter_mode mode;
    int budget; /* -1: none */
    uint64_t limit, charge, tag;
    uint64_t calls_wanted, calls_seen; /* of the filter */
    uint64_t decommit_count;           /* ranges given back */
    steppe_status last_reason;         /* that the filter saw */
};

static struct slot slots[SLOT_COUNT];
static struct {
    steppe_budget *budget;
    uint64_t limit, charge;
} budgets[BUDGET_COUNT];
static uint64_t process_limit;

static uint8_t *arena;
static size_t system_page;
static int memory_file = -1; /* /proc/self/mem */
static int zeros = -1;       /* /dev/zero */
static bool choose_mechanisms, choose_watches;

/* ---- pages ------------------------------------------------------------------------------------
 */

static struct page *page_of(const struct slot *slot, size_t index)
{
    for (size_t i = 0; i < slot->window_count; i++) {
        const struct window *window = &slot->windows[i];
        if (index - window->first < window->count)
            return &window->pages[index - window->first];
    }
    return NULL;
}

static bool is_alike(const struct page *left, const struct page *right)
{
    bool left_committed = left && left->committed, right_committed = right && right->committed;
    return left_committed == right_committed &&
           (!left_committed || left->protection == right->protection);
}

/* The first page after index that differs; between windows everything is reserved. */
static size_t end_of_run(const struct slot *slot, size_t index)
{
    const struct page *page = page_of(slot, index);
    for (size_t i = 0; i < slot->window_count; i++) {
        const struct window *window = &slot->windows[i];
        size_t end = window->first + window->count;
        if (end <= index)
            continue;
        if (index < window->first)
            index = window->first;
        for (; index < end; index++) {
            if (!is_alike(page, &window->pages[index - window->first]))
                return index;
        }
        size_t next = i + 1 < slot->window_count ? slot->windows[i + 1].first : slot->page_count;
        if (next > end && page && page->committed)
            return end;
    }
    return slot->page_count;
}

static size_t offset_of_byte(const struct slot *slot, size_t index, size_t which)
{
    if (which == 0)
        return 0;
    return which == 1 ? 64 + index * 61 % (slot->page_bytes - 128) : slot->page_bytes - 1;
}

static bool allows(steppe_protection protection, steppe_access access)
{
    protection &= ~(steppe_protection)STEPPE_GUARD;
    if (access == STEPPE_ACCESS_WRITE)
        return protection == STEPPE_READ_WRITE || protection == STEPPE_EXECUTE_READ_WRITE;
    return protection != STEPPE_NO_ACCESS;
}

static uint64_t process_charge_wanted(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < SLOT_COUNT; i++)
        sum += slots[i].base ? slots[i].charge : 0;
    return sum;
}

/* Would this many more bytes pass every limit? */
static bool fits(const struct slot *slot, uint64_t bytes)
{
    if (bytes == 0)
        return true;
    if (slot->charge + bytes > slot->limit)
        return false;
    if (slot->budget >= 0 && budgets[slot->budget].charge + bytes > budgets[slot->budget].limit)
        return false;
    return process_charge_wanted() + bytes <= process_limit;
}

static void charge(struct slot *slot, int64_t bytes)
{
    slot->charge += (uint64_t)bytes;
    if (slot->budget >= 0)
        budgets[slot->budget].charge += (uint64_t)bytes;
}

static void commit_page(struct slot *slot, struct page *page, steppe_protection protection)
{
    if (!page->committed) {
        *page = (struct page){.committed = true, .is_marked = page->is_marked};
        charge(slot, (int64_t)slot->page_bytes);
    }
    page->protection = (uint8_t)protection;
}

static void decommit_page(struct slot *slot, struct page *page)
{
    if (!page->committed)
        return;
    *page = (struct page){.is_marked = page->is_marked};
    charge(slot, -(int64_t)slot->page_bytes);
}

/* ---- comparing --------------------------------------------------------------------------------
 */

static void compare_charges(void)
{
    uint64_t sum = process_charge_wanted();
    uint64_t is = steppe_budget_charged_bytes(steppe_process_budget());
    agree(is == sum, "%llu, not %llu", (unsigned long long)is, (unsigned long long)sum);
    for (size_t i = 0; i < BUDGET_COUNT; i++) {
        is = steppe_budget_charged_bytes(budgets[i].budget);
        agree(is == budgets[i].charge, "budget %zu: %llu, not %llu", i, (unsigned long long)is,
              (unsigned long long)budgets[i].charge);
    }
}

static void compare_page(const struct slot *slot, size_t index)
{
    steppe_run run;
    const struct page *page = page_of(slot, index);
    bool committed = page && page->committed;
    uint8_t *address = slot->base + index * slot->page_bytes;
    steppe_status status = steppe_query(address + below(slot->page_bytes), &run);
    agree(status == STEPPE_OK && run.base == address && run.owner == STEPPE_OWNER_STEPPE,
          "page %zu", index);
    agree(run.state == (committed ? STEPPE_COMMITTED : STEPPE_RESERVED), "page %zu is %s", index,
          steppe_state_name(run.state));
    agree(run.protection == (committed ? page->protection : (steppe_protection)STEPPE_NO_ACCESS),
          "page %zu is %s", index, steppe_protection_name(run.protection));
    size_t end = index + run.size_bytes / slot->page_bytes, wanted = end_of_run(slot, index);
    agree(end == wanted, "the run of page %zu ends at %zu, not %zu", index, end, wanted);
    agree(run.reservation == slot->base && run.tag == slot->tag);
    agree(run.reservation_bytes == slot->page_count * slot->page_bytes);
    agree(run.reservation_protection == slot->protection);
}

/* The kernel's way to the bytes: asks no policy and takes no guard off. */
static void compare_bytes(const struct slot *slot, size_t index)
{
    const struct page *page = page_of(slot, index);
    if (!page || !page->committed)
        return;
    uint8_t *address = slot->base + index * slot->page_bytes;
    bool plain = allows(page->protection, STEPPE_ACCESS_READ) && !(page->protection & STEPPE_GUARD);
    for (size_t i = 0; i < BYTES_PER_PAGE; i++) {
        uint8_t byte = 0;
        size_t offset = offset_of_byte(slot, index, i);
        if (plain)
            byte = load(address + offset);
        else if (memory_file < 0 ||
                 pread(memory_file, &byte, 1, (off_t)(uintptr_t)(address + offset)) != 1)
            continue;
        agree(byte == page->bytes[i], "page %zu, byte %zu: %#x, not %#x", index, offset, byte,
              page->bytes[i]);
    }
}

/* The marked pages from first to end, as many as fit: exactly these are to be told. */
static void compare_told(const struct slot *slot, size_t first, size_t end, void *const *told,
                         size_t told_count, size_t capacity)
{
    size_t found = 0;
    for (size_t i = 0; i < slot->window_count; i++) {
        const struct window *window = &slot->windows[i];
        for (size_t j = 0; j < window->count && found < capacity; j++) {
            size_t index = window->first + j;
            if (index < first || index >= end || !window->pages[j].is_marked)
                continue;
            agree(found < told_count, "page %zu was written and is not told", index);
            size_t is = (size_t)((uint8_t *)told[found] - slot->base) / slot->page_bytes;
            agree(told[found] == slot->base + index * slot->page_bytes,
                  "page %zu is told, not page %zu", is, index);
            found++;
        }
    }
    agree(found == told_count, "%zu pages are told, not %zu", told_count, found);
}

static void compare_marks(const struct slot *slot)
{
    static void *told[TOLD_MAX];
    size_t count = TOLD_MAX;
    if (!slot->is_watched)
        return;
    steppe_status status =
        steppe_watch_look(slot->base, slot->page_count * slot->page_bytes, told, &count);
    agree(status == STEPPE_OK, "%s", steppe_status_name(status));
    compare_told(slot, 0, slot->page_count, told, count, TOLD_MAX);
}

static void compare_slot(const struct slot *slot)
{
    size_t at = 0;
    for (steppe_run run = steppe_first_run(slot->base); run.size_bytes;
         run = steppe_next_run(run)) {
        agree(run.base == slot->base + at * slot->page_bytes, "walk at page %zu", at);
        compare_page(slot, at);
        at += run.size_bytes / slot->page_bytes;
    }
    agree(at == slot->page_count, "the walk ended at page %zu", at);
    for (size_t i = 0; i < slot->window_count; i++) {
        for (size_t j = 0; j < slot->windows[i].count; j++)
            compare_bytes(slot, slot->windows[i].first + j);
    }
    steppe_statistics statistics;
    agree(steppe_statistics_of(slot->base, &statistics) == STEPPE_OK);
    agree(statistics.committed_bytes == slot->charge, "%llu, not %llu",
          (unsigned long long)statistics.committed_bytes, (unsigned long long)slot->charge);
    agree(statistics.resident_bytes == UINT64_MAX || statistics.resident_bytes <= slot->charge);
    agree(statistics.fault_count == statistics.fault_commit_count + statistics.fault_resume_count +
                                        statistics.fault_unwind_count +
                                        statistics.fault_pass_count + statistics.fault_race_count +
                                        statistics.fault_note_count);
    agree(slot->is_watched || statistics.fault_note_count == 0);
    agree(statistics.decommit_count == slot->decommit_count, "%llu, not %llu",
          (unsigned long long)statistics.decommit_count, (unsigned long long)slot->decommit_count);
    compare_marks(slot);
}

static void compare_everything(void)
{
    size_t wanted = 0, found = 0;
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        if (!slots[i].base)
            continue;
        wanted++;
        compare_slot(&slots[i]);
    }
    for (steppe_reservation r = steppe_first_reservation(); r.size_bytes;
         r = steppe_next_reservation(r)) {
        struct slot *slot = NULL;
        for (size_t i = 0; i < SLOT_COUNT; i++)
            slot = slots[i].base == r.base ? &slots[i] : slot;
        agree(slot, "%p is in the walk", r.base);
        agree(r.committed_bytes == slot->charge && r.limit_bytes == slot->limit);
        agree(r.size_bytes == slot->page_count * slot->page_bytes && r.tag == slot->tag);
        agree(r.write_watch == slot->is_watched);
        found++;
    }
    agree(found == wanted, "%zu reservations, not %zu", found, wanted);
    compare_charges();
}

/* ---- choosing ---------------------------------------------------------------------------------
 */

static struct slot *some_slot(void)
{
    size_t start = below(SLOT_COUNT);
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot *slot = &slots[(start + i) % SLOT_COUNT];
        if (slot->base)
            return slot;
    }
    return NULL;
}

/* A page of a window, mostly near a border that an implementation may care for. */
static size_t some_page(const struct window *window, size_t page_bytes)
{
    size_t borders[] = {1, 16, 64, 512, 1024};
    if (one_in(3))
        return window->first + below(window->count);
    size_t unit = pick(borders);
    if (page_bytes != system_page)
        unit = 1 + unit * system_page / page_bytes;
    size_t at = below(window->count / unit + 1) * unit;
    at += below(5);
    at = at > 2 ? at - 2 : 0;
    return window->first + (at < window->count ? at : window->count - 1);
}

static size_t some_count(void)
{
    size_t counts[] = {1, 1, 1, 2, 3, 8, 15, 16, 17, 64, 100, 511, 512, 513, 1025};
    return pick(counts);
}

struct range {
    uint8_t *address;
    size_t size_bytes;
    size_t first, end; /* pages; end may lie past the last one */
};

static struct range make_range(const struct slot *slot, size_t first_byte, size_t end_byte)
{
    return (struct range){
        .address = slot->base + first_byte,
        .size_bytes = end_byte - first_byte,
        .first = first_byte / slot->page_bytes,
        .end = (end_byte + slot->page_bytes - 1) / slot->page_bytes,
    };
}

/* A range inside one window; without windows it may also run past the end. */
static struct range some_range(const struct slot *slot, size_t most)
{
    const struct window *window = &slot->windows[below(slot->window_count)];
    size_t first = some_page(window, slot->page_bytes);
    size_t count = some_count();
    if (count > most)
        count = most;
    size_t end = first + count;
    bool may_pass = slot->window_count == 1 && one_in(12);
    if (end > window->first + window->count && !may_pass)
        end = window->first + window->count;
    size_t first_byte = first * slot->page_bytes, end_byte = end * slot->page_bytes;
    if (one_in(3)) {
        size_t jitters[] = {1, slot->page_bytes / 2, slot->page_bytes - 1};
        first_byte += pick(jitters);
        end_byte -= slot->page_bytes - pick(jitters);
        if (end_byte <= first_byte)
            end_byte = first_byte + 1;
    }
    return make_range(slot, first_byte, end_byte);
}

static steppe_protection some_protection(void)
{
    const steppe_protection likely[] = {
        STEPPE_READ_WRITE,
        STEPPE_READ_WRITE,
        STEPPE_READ_WRITE,
        STEPPE_READ_ONLY,
        STEPPE_NO_ACCESS,
        STEPPE_EXECUTE_READ,
        STEPPE_EXECUTE_READ_WRITE,
        STEPPE_READ_WRITE | STEPPE_GUARD,
        STEPPE_READ_ONLY | STEPPE_GUARD,
    };
    return pick(likely);
}

/* ---- filters ----------------------------------------------------------------------------------
 */

static steppe_answer filter(const steppe_fault *fault, void *context)
{
    struct slot *slot = context;
    slot->calls_seen++;
    slot->last_reason = fault->reason;
    if (slot->mode != FILTER_REPAIR)
        return slot->mode == FILTER_UNWIND ? STEPPE_UNWIND : STEPPE_PASS_ON;
    steppe_status status = STEPPE_E_SYSTEM;
    if (fault->reason == STEPPE_E_NOT_COMMITTED)
        status = steppe_commit_as(fault->address, 1, STEPPE_READ_WRITE);
    if (fault->reason == STEPPE_E_PROTECTION)
        status = steppe_protect(fault->address, 1, STEPPE_READ_WRITE, NULL);
    if (fault->reason == STEPPE_E_GUARD)
        status = STEPPE_OK;
    return status == STEPPE_OK ? STEPPE_RESUME : STEPPE_UNWIND;
}

/* The same for the model: whether the access is tried again. */
static bool filter_repairs(struct slot *slot, struct page *page, steppe_status reason)
{
    slot->calls_wanted++;
    if (slot->mode != FILTER_REPAIR)
        return false;
    if (reason == STEPPE_E_GUARD)
        return true;
    if (reason == STEPPE_E_PROTECTION) {
        page->protection = STEPPE_READ_WRITE;
        return true;
    }
    if (reason != STEPPE_E_NOT_COMMITTED || !fits(slot, slot->page_bytes))
        return false;
    commit_page(slot, page, STEPPE_READ_WRITE);
    return true;
}

/* ---- touching ---------------------------------------------------------------------------------
 */

/* Pages that faults have committed, with what lay committed on both sides just before. */
struct faulted {
    size_t count;
    struct {
        size_t page, before, after;
    } pages[2];
};

static size_t committed_before(const struct slot *slot, size_t index)
{
    size_t count = 0;
    for (; index > count; count++) {
        const struct page *page = page_of(slot, index - count - 1);
        if (!page || !page->committed)
            break;
    }
    return count;
}

static size_t committed_after(const struct slot *slot, size_t index)
{
    size_t count = 0;
    for (; index + count + 1 < slot->page_count; count++) {
        const struct page *page = page_of(slot, index + count + 1);
        if (!page || !page->committed)
            break;
    }
    return count;
}

/* What the access of one page gives in the model, which it also brings about. */
static steppe_status model_access(struct slot *slot, size_t index, steppe_access access,
                                  struct faulted *faulted)
{
    struct page *page = page_of(slot, index);
    for (;;) {
        steppe_status reason = STEPPE_E_NOT_COMMITTED;
        if (page->committed) {
            if (page->protection & STEPPE_GUARD) {
                page->protection &= (uint8_t)~STEPPE_GUARD;
                reason = STEPPE_E_GUARD;
            } else if (allows(page->protection, access)) {
                return STEPPE_OK;
            } else {
                reason = STEPPE_E_PROTECTION;
            }
        }
        if (slot->on_fault == STEPPE_RAISE)
            return reason;
        if (slot->on_fault == STEPPE_COMMIT && reason == STEPPE_E_NOT_COMMITTED) {
            if (fits(slot, slot->page_bytes)) {
                size_t at = faulted->count++;
                faulted->pages[at].page = index;
                faulted->pages[at].before = committed_before(slot, index);
                faulted->pages[at].after = committed_after(slot, index);
                commit_page(slot, page, slot->protection);
                continue;
            }
            reason = STEPPE_E_BUDGET;
        }
        if (!slot->has_filter || !filter_repairs(slot, page, reason))
            return reason;
    }
}

static bool is_committed(const struct slot *slot, size_t index)
{
    steppe_run run;
    agree(steppe_query(slot->base + index * slot->page_bytes, &run) == STEPPE_OK);
    return run.state == STEPPE_COMMITTED;
}

/* Fault-around is free to commit neighbours within its bounds: look which, and hold it to them. */
static void learn_neighbours(struct slot *slot, const struct faulted *faulted)
{
    for (size_t i = 0; i < faulted->count && !slot->strict; i++) {
        size_t index = faulted->pages[i].page, ahead = 0, behind = 0;
        for (size_t at = index + 1; at < slot->page_count; at++, ahead++) {
            struct page *page = page_of(slot, at);
            if (!page || page->committed || !is_committed(slot, at))
                break;
            commit_page(slot, page, slot->protection);
        }
        for (size_t at = index; at > 0; at--, behind++) {
            struct page *page = page_of(slot, at - 1);
            if (!page || page->committed || !is_committed(slot, at - 1))
                break;
            commit_page(slot, page, slot->protection);
        }
        if (faulted->count > 1)
            continue;
        agree(ahead <= faulted->pages[i].before && behind <= faulted->pages[i].after,
              "page %zu took %zu ahead and %zu behind, with %zu before and %zu after it", index,
              ahead, behind, faulted->pages[i].before, faulted->pages[i].after);
    }
}

static steppe_status probe(const struct slot *slot, size_t offset, uint8_t *bytes, size_t count,
                           steppe_access access, size_t *done)
{
    uint8_t *address = slot->base + offset;
    if (access == STEPPE_ACCESS_WRITE)
        return steppe_probe_write(address, bytes, count, done);
    return steppe_probe_read(address, bytes, count, done);
}

static void write_byte(struct page *page, size_t which, uint8_t value)
{
    page->bytes[which] = value;
    page->is_marked = true;
}

static void check_filter(struct slot *slot)
{
    agree(slot->calls_seen == slot->calls_wanted, "the filter ran %llu times, not %llu",
          (unsigned long long)slot->calls_seen, (unsigned long long)slot->calls_wanted);
}

/* One byte of one page. */
static void touch_one(struct slot *slot, size_t index, size_t which, steppe_access access)
{
    struct faulted faulted = {0};
    uint8_t byte = (uint8_t)(1 + below(255)), value = byte;
    size_t done = 99;
    remember("probe %d of page %zu, byte %zu, in %p", access, index, which, (void *)slot->base);
    steppe_status wanted = model_access(slot, index, access, &faulted);
    steppe_status status =
        probe(slot, index * slot->page_bytes + offset_of_byte(slot, index, which), &byte, 1, access,
              &done);
    agree(status == wanted, "%s, not %s", steppe_status_name(status), steppe_status_name(wanted));
    agree(done == (status == STEPPE_OK), "%zu bytes done", done);
    struct page *page = page_of(slot, index);
    if (status == STEPPE_OK && access == STEPPE_ACCESS_WRITE)
        write_byte(page, which, value);
    if (status == STEPPE_OK)
        agree(byte == page->bytes[which], "%#x, not %#x", byte, page->bytes[which]);
    learn_neighbours(slot, &faulted);
}

/* The last byte of one page and the first of the next, in one call. */
static void touch_across(struct slot *slot, size_t index, steppe_access access)
{
    struct faulted faulted = {0};
    uint8_t bytes[2] = {(uint8_t)(1 + below(255)), (uint8_t)(1 + below(255))};
    uint8_t values[2] = {bytes[0], bytes[1]};
    size_t done = 99, done_wanted = 0;
    remember("probe %d across pages %zu and %zu in %p", access, index, index + 1,
             (void *)slot->base);
    steppe_status wanted = model_access(slot, index, access, &faulted);
    if (wanted == STEPPE_OK) {
        done_wanted = 1;
        wanted = model_access(slot, index + 1, access, &faulted);
        done_wanted += wanted == STEPPE_OK;
    }
    steppe_status status = probe(slot, (index + 1) * slot->page_bytes - 1, bytes, 2, access, &done);
    agree(status == wanted, "%s, not %s", steppe_status_name(status), steppe_status_name(wanted));
    agree(done == done_wanted, "%zu bytes done, not %zu", done, done_wanted);
    struct page *pages[2] = {page_of(slot, index), page_of(slot, index + 1)};
    const size_t which[2] = {BYTES_PER_PAGE - 1, 0};
    for (size_t i = 0; i < done; i++) {
        if (access == STEPPE_ACCESS_WRITE)
            write_byte(pages[i], which[i], values[i]);
        agree(bytes[i] == pages[i]->bytes[which[i]], "byte %zu: %#x", i, bytes[i]);
    }
    learn_neighbours(slot, &faulted);
}

/* The program's own store, where the model allows it without a question: a first one may be noted
 * by a fault that no probe stands around. */
static void store_one(struct slot *slot, size_t index, size_t which)
{
    struct page *page = page_of(slot, index);
    if (!page->committed || page->protection & STEPPE_GUARD ||
        !allows(page->protection, STEPPE_ACCESS_WRITE))
        return;
    uint8_t value = (uint8_t)below(256);
    remember("store to page %zu, byte %zu, in %p", index, which, (void *)slot->base);
    store(slot->base + index * slot->page_bytes + offset_of_byte(slot, index, which), value);
    write_byte(page, which, value);
}

static void do_touch(struct slot *slot)
{
    const struct window *window = &slot->windows[below(slot->window_count)];
    size_t index = some_page(window, slot->page_bytes);
    steppe_access access = one_in(3) ? STEPPE_ACCESS_READ : STEPPE_ACCESS_WRITE;
    size_t count = one_in(10) ? 1 + below(40) : 1; /* runs, so that fault-around has to do */
    bool backward = one_in(3);
    if (one_in(8) && index + 1 < window->first + window->count) {
        touch_across(slot, index, access);
    } else {
        bool stores = one_in(4);
        for (size_t i = 0; i < count && index - window->first < window->count; i++) {
            if (stores)
                store_one(slot, index, below(BYTES_PER_PAGE));
            else
                touch_one(slot, index, below(BYTES_PER_PAGE), access);
            index += backward ? -(size_t)1 : 1;
        }
    }
    check_filter(slot);
}

/* ---- operations -------------------------------------------------------------------------------
 */

static void agree_status(steppe_status status, steppe_status wanted)
{
    agree(status == wanted, "%s, not %s", steppe_status_name(status), steppe_status_name(wanted));
}

static uint64_t bytes_to_commit(const struct slot *slot, const struct range *range)
{
    uint64_t count = 0;
    for (size_t i = range->first; i < range->end; i++)
        count += !page_of(slot, i)->committed;
    return count * slot->page_bytes;
}

static void check_around(const struct slot *slot, const struct range *range)
{
    size_t last = range->end < slot->page_count ? range->end : slot->page_count;
    const size_t looks[] = {range->first, range->first ? range->first - 1 : 0, last - 1,
                            last < slot->page_count ? last : last - 1};
    size_t index = pick(looks);
    compare_page(slot, index);
    compare_bytes(slot, index);
    if (range->first < last)
        compare_bytes(slot, range->first + below(last - range->first));
}

static void do_commit(struct slot *slot)
{
    struct range range = some_range(slot, SIZE_MAX);
    bool own = one_in(2);
    steppe_protection protection = own ? some_protection() : slot->protection;
    remember("commit pages %zu..%zu of %p as %s", range.first, range.end, (void *)slot->base,
             steppe_protection_name(protection));
    steppe_status wanted = STEPPE_OK;
    if (range.end > slot->page_count)
        wanted = STEPPE_E_OUTSIDE;
    else if (!fits(slot, bytes_to_commit(slot, &range)))
        wanted = STEPPE_E_BUDGET;
    agree_status(own ? steppe_commit_as(range.address, range.size_bytes, protection)
                     : steppe_commit(range.address, range.size_bytes),
                 wanted);
    if (wanted == STEPPE_OK) {
        for (size_t i = range.first; i < range.end; i++)
            commit_page(slot, page_of(slot, i), protection);
    }
    check_around(slot, &range);
}

static void model_decommit(struct slot *slot, const struct range *range)
{
    for (size_t i = 0; i < slot->window_count; i++) {
        struct window *window = &slot->windows[i];
        for (size_t j = 0; j < window->count; j++) {
            if (window->first + j >= range->first && window->first + j < range->end)
                decommit_page(slot, &window->pages[j]);
        }
    }
    slot->decommit_count++;
}

/* Now and then everything. */
static struct range some_range_to_decommit(const struct slot *slot)
{
    if (one_in(40))
        return make_range(slot, 0, slot->page_count * slot->page_bytes);
    return some_range(slot, SIZE_MAX);
}

static void do_decommit(struct slot *slot)
{
    struct range range = some_range_to_decommit(slot);
    remember("decommit pages %zu..%zu of %p", range.first, range.end, (void *)slot->base);
    steppe_status wanted = range.end > slot->page_count ? STEPPE_E_OUTSIDE : STEPPE_OK;
    agree_status(steppe_decommit(range.address, range.size_bytes), wanted);
    if (wanted == STEPPE_OK)
        model_decommit(slot, &range);
    check_around(slot, &range);
}

/* A range of a list, the slot it lies in, and what it comes to. */
struct item {
    struct slot *slot;
    struct range range;
    steppe_status wanted;
};

static struct item make_item(struct slot *slot, struct range range)
{
    steppe_status wanted = range.end > slot->page_count ? STEPPE_E_OUTSIDE : STEPPE_OK;
    return (struct item){slot, range, wanted};
}

/* Moved by a part of itself: behind it without a gap, over its end, over its start, or the same. */
static struct item item_beside(const struct item *before)
{
    const struct slot *slot = before->slot;
    size_t size_bytes = before->range.size_bytes, end_bytes = slot->page_count * slot->page_bytes;
    size_t first_byte = (size_t)(before->range.address - slot->base);
    const size_t steps[] = {size_bytes, size_bytes, size_bytes / 2, 0};
    size_t step = pick(steps);
    if (one_in(4))
        first_byte -= first_byte < size_bytes / 2 ? first_byte : size_bytes / 2;
    else if (first_byte + step < end_bytes)
        first_byte += step;
    if (size_bytes > end_bytes - first_byte)
        size_bytes = end_bytes - first_byte;
    return make_item(before->slot, make_range(slot, first_byte, first_byte + size_bytes));
}

static struct item bad_item(struct slot *slot)
{
    static uint8_t foreign;
    struct item item = {slot, some_range(slot, 4), STEPPE_E_SIZE};
    size_t end_bytes = slot->page_count * slot->page_bytes;
    switch (below(4)) {
    case 0:
        item.range.size_bytes = 0;
        break;
    case 1:
        item.range.size_bytes = SIZE_MAX - below(1000);
        break;
    case 2:
        item.range.address = &foreign;
        item.range.size_bytes = 1;
        item.wanted = STEPPE_E_NOT_RESERVED;
        break;
    default: /* into what lies behind, another reservation perhaps */
        item.range = make_range(slot, end_bytes - 1, end_bytes + 1 + below(3 * GRANULE));
        item.wanted = STEPPE_E_OUTSIDE;
    }
    return item;
}

static size_t some_list(struct slot *slot, struct item *items)
{
    size_t count = 1 + below(one_in(4) ? LIST_MAX : 6);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && items[i - 1].wanted == STEPPE_OK && one_in(2)) {
            items[i] = item_beside(&items[i - 1]);
            continue;
        }
        if (one_in(3))
            slot = some_slot();
        bool is_bad = one_in(4 * count);
        items[i] = is_bad ? bad_item(slot) : make_item(slot, some_range_to_decommit(slot));
    }
    return count;
}

static void do_decommit_all(struct slot *slot)
{
    struct item items[LIST_MAX];
    steppe_range ranges[LIST_MAX];
    size_t count = some_list(slot, items), good = 0, done = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        ranges[i] = (steppe_range){items[i].range.address, items[i].range.size_bytes};
        remember("decommit, %zu of %zu, pages %zu..%zu of %p: %s", i, count, items[i].range.first,
                 items[i].range.end, (void *)items[i].slot->base,
                 steppe_status_name(items[i].wanted));
    }
    while (good < count && items[good].wanted == STEPPE_OK)
        good++;
    bool asks = !one_in(8);
    agree_status(steppe_decommit_all(ranges, count, asks ? &done : NULL),
                 good < count ? items[good].wanted : STEPPE_OK);
    agree(!asks || done == good, "%zu ranges done, not %zu", done, good);
    for (size_t i = 0; i < good; i++)
        model_decommit(items[i].slot, &items[i].range);
    for (size_t i = 0; i < count; i++) {
        if (items[i].wanted == STEPPE_OK)
            check_around(items[i].slot, &items[i].range);
    }
}

static void do_protect(struct slot *slot)
{
    struct range range = some_range(slot, SIZE_MAX);
    steppe_protection protection = some_protection(), old = 99;
    remember("protect pages %zu..%zu of %p as %s", range.first, range.end, (void *)slot->base,
             steppe_protection_name(protection));
    steppe_status wanted = range.end > slot->page_count ? STEPPE_E_OUTSIDE : STEPPE_OK;
    for (size_t i = range.first; i < range.end && wanted == STEPPE_OK; i++)
        wanted = page_of(slot, i)->committed ? STEPPE_OK : STEPPE_E_NOT_COMMITTED;
    steppe_protection old_wanted =
        wanted == STEPPE_OK ? page_of(slot, range.first)->protection : 99;
    agree_status(steppe_protect(range.address, range.size_bytes, protection, &old), wanted);
    agree(old == old_wanted, "%s, not %s", steppe_protection_name(old),
          steppe_protection_name(old_wanted));
    for (size_t i = range.first; i < range.end && wanted == STEPPE_OK; i++)
        page_of(slot, i)->protection = (uint8_t)protection;
    check_around(slot, &range);
}

static void do_reset(struct slot *slot)
{
    struct range range = some_range(slot, SIZE_MAX);
    remember("reset pages %zu..%zu of %p", range.first, range.end, (void *)slot->base);
    steppe_status wanted = range.end > slot->page_count ? STEPPE_E_OUTSIDE : STEPPE_OK;
    agree_status(steppe_reset(range.address, range.size_bytes), wanted);
    size_t offset = (size_t)(range.address - slot->base);
    size_t first = (offset + slot->page_bytes - 1) / slot->page_bytes;
    size_t end = (offset + range.size_bytes) / slot->page_bytes;
    /* Memory that was given back reads zero. */
    for (size_t i = first; i < end && wanted == STEPPE_OK; i++)
        memset(page_of(slot, i)->bytes, 0, BYTES_PER_PAGE);
    check_around(slot, &range);
}

/* A system call may write to a page that is ready. */
static void kernel_writes(struct slot *slot, size_t index)
{
    uint8_t *address = slot->base + index * slot->page_bytes + offset_of_byte(slot, index, 1);
    if (zeros < 0)
        return;
    ssize_t count = read(zeros, address, 1);
    agree(count == 1, "read(2) to page %zu: %s", index, strerror(errno));
    write_byte(page_of(slot, index), 1, 0);
}

/* Which refusals are true of it; the order among them is the library's. */
static void do_ready(struct slot *slot)
{
    struct range range = some_range(slot, 64);
    steppe_access access = one_in(2) ? STEPPE_ACCESS_READ : STEPPE_ACCESS_WRITE;
    remember("ready pages %zu..%zu of %p for %d", range.first, range.end, (void *)slot->base,
             access);
    steppe_status status = steppe_ready(range.address, range.size_bytes, access);
    if (range.end > slot->page_count) {
        agree_status(status, STEPPE_E_OUTSIDE);
        return;
    }
    bool guarded = false, forbidden = false;
    for (size_t i = range.first; i < range.end; i++) {
        const struct page *page = page_of(slot, i);
        steppe_protection protection = page->committed ? page->protection : slot->protection;
        guarded |= (protection & STEPPE_GUARD) != 0;
        forbidden |= !allows(protection, access);
    }
    bool refused = !fits(slot, bytes_to_commit(slot, &range));
    bool told = (status == STEPPE_E_GUARD && guarded) ||
                (status == STEPPE_E_PROTECTION && forbidden) ||
                (status == STEPPE_E_BUDGET && refused) ||
                (status == STEPPE_OK && !guarded && !forbidden && !refused);
    agree(told, "%s; guarded %d, forbidden %d, refused %d", steppe_status_name(status), guarded,
          forbidden, refused);
    for (size_t i = range.first; i < range.end && status == STEPPE_OK; i++) {
        struct page *page = page_of(slot, i);
        if (!page->committed)
            commit_page(slot, page, slot->protection);
        page->is_marked |= access == STEPPE_ACCESS_WRITE;
    }
    if (status == STEPPE_OK && access == STEPPE_ACCESS_WRITE)
        kernel_writes(slot, range.first + below(range.end - range.first));
    check_around(slot, &range);
}

/* ---- marks ------------------------------------------------------------------------------------
 */

/* Pages to look at: any, or all from one on. */
static struct range some_range_to_watch(const struct slot *slot)
{
    size_t end_byte = slot->page_count * slot->page_bytes;
    struct range range = some_range(slot, SIZE_MAX);
    if (one_in(3) && range.end <= slot->page_count)
        return make_range(slot, (size_t)(range.address - slot->base), end_byte);
    return one_in(10) ? make_range(slot, 0, end_byte) : range;
}

static void clear_marks(struct slot *slot, size_t first, size_t end)
{
    for (size_t i = 0; i < slot->window_count; i++) {
        struct window *window = &slot->windows[i];
        for (size_t j = 0; j < window->count; j++) {
            if (window->first + j >= first && window->first + j < end)
                window->pages[j].is_marked = false;
        }
    }
}

static void check_watch_status(const struct slot *slot, const struct range *range,
                               steppe_status status)
{
    bool is_outside = range->end > slot->page_count;
    bool told = (status == STEPPE_E_OUTSIDE && is_outside) ||
                (status == STEPPE_E_OPTION && !slot->is_watched) ||
                (status == STEPPE_OK && !is_outside && slot->is_watched);
    agree(told, "%s", steppe_status_name(status));
}

static void do_watch_clear(struct slot *slot)
{
    struct range range = some_range_to_watch(slot);
    remember("clear marks of pages %zu..%zu of %p", range.first, range.end, (void *)slot->base);
    steppe_status status = steppe_watch_clear(range.address, range.size_bytes);
    check_watch_status(slot, &range, status);
    if (status == STEPPE_OK)
        clear_marks(slot, range.first, range.end);
}

static void do_watch_tell(struct slot *slot, bool clears)
{
    static void *told[TOLD_MAX];
    const size_t capacities[] = {1, 2, 7, 63, 127, 128, 129, 1000, TOLD_MAX, TOLD_MAX, TOLD_MAX};
    struct range range = some_range_to_watch(slot);
    size_t capacity = pick(capacities), count = capacity;
    remember("%s %zu marks of pages %zu..%zu of %p", clears ? "collect" : "look at", capacity,
             range.first, range.end, (void *)slot->base);
    steppe_status status = clears
                               ? steppe_watch_collect(range.address, range.size_bytes, told, &count)
                               : steppe_watch_look(range.address, range.size_bytes, told, &count);
    check_watch_status(slot, &range, status);
    if (status != STEPPE_OK) {
        agree(count == capacity, "%zu, not %zu", count, capacity);
        return;
    }
    compare_told(slot, range.first, range.end, told, count, capacity);
    for (size_t i = 0; i < count && clears; i++)
        page_of(slot, (size_t)((uint8_t *)told[i] - slot->base) / slot->page_bytes)->is_marked =
            false;
}

static void do_watch(struct slot *slot)
{
    /* Others can only be refused. */
    if (!slot->is_watched && !one_in(20))
        slot = some_slot();
    uint64_t dice = below(8);
    if (dice < 1)
        do_watch_clear(slot);
    else
        do_watch_tell(slot, dice < 4);
}

static void do_query(struct slot *slot)
{
    size_t index = some_page(&slot->windows[below(slot->window_count)], slot->page_bytes);
    if (one_in(4))
        index = below(slot->page_count);
    remember("query page %zu of %p", index, (void *)slot->base);
    compare_page(slot, index);
    compare_bytes(slot, index);
}

/* Around the present charge, so that limits refuse now and then; mostly none. */
static uint64_t some_limit(uint64_t now)
{
    if (!one_in(4))
        return STEPPE_NO_LIMIT;
    uint64_t offset = below(40) * system_page / 2;
    if (one_in(8))
        return now > offset ? now - offset : 0;
    return now + offset + (one_in(3) ? 300 * system_page : 0);
}

static void do_limit(struct slot *slot)
{
    uint64_t limit;
    size_t which = below(3);
    if (which == 0) {
        limit = some_limit(slot->charge);
        remember("limit of %p: %llu", (void *)slot->base, (unsigned long long)limit);
        agree_status(steppe_set_limit(slot->base, limit), STEPPE_OK);
        slot->limit = limit;
        return;
    }
    if (which == 1) {
        size_t i = below(BUDGET_COUNT);
        limit = some_limit(budgets[i].charge);
        remember("limit of budget %zu: %llu", i, (unsigned long long)limit);
        agree_status(steppe_budget_set_limit(budgets[i].budget, limit), STEPPE_OK);
        budgets[i].limit = limit;
        return;
    }
    limit = some_limit(process_charge_wanted());
    remember("limit of the process: %llu", (unsigned long long)limit);
    agree_status(steppe_budget_set_limit(steppe_process_budget(), limit), STEPPE_OK);
    process_limit = limit;
}

/* ---- reserving --------------------------------------------------------------------------------
 */

static void cut_windows(struct slot *slot, bool huge)
{
    size_t chunk = 512 * system_page / slot->page_bytes;
    slot->window_count = huge ? WINDOW_COUNT_MAX : 1;
    for (size_t i = 0; i < slot->window_count; i++) {
        struct window *window = &slot->windows[i];
        window->count = huge ? 2 * chunk : slot->page_count;
        if (huge) {
            /* Each in a third of its own, around a border of 2 MiB. */
            size_t third = slot->page_count / WINDOW_COUNT_MAX;
            window->first = i * third + below(third / chunk - 3) * chunk + chunk / 2;
            if (i == 0 && one_in(2))
                window->first = 0;
            if (i == WINDOW_COUNT_MAX - 1 && one_in(2))
                window->first = slot->page_count - window->count;
        } else {
            window->first = 0;
        }
        window->pages = calloc(window->count, sizeof *window->pages);
        agree(window->pages);
    }
}

static size_t some_size(size_t page_bytes)
{
    size_t counts[] = {1,   2,   3,    15,   16,   17,   33,   500,           511,
                       512, 513, 1023, 1024, 1025, 2560, 5119, PAGE_COUNT_MAX};
    size_t count = pick(counts);
    if (page_bytes != system_page)
        count = 1 + count * system_page / page_bytes;
    return count * page_bytes - (one_in(3) ? below(page_bytes) : 0);
}

/* Whether a reservation of the model holds a part of these granules. */
static bool granules_taken(const uint8_t *first, const uint8_t *end)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        const struct slot *slot = &slots[i];
        size_t size_bytes = slot->page_count * slot->page_bytes;
        size_t whole = (size_bytes + GRANULE - 1) / GRANULE * GRANULE;
        if (slot->base && slot->base < end && first < slot->base + whole)
            return true;
    }
    return false;
}

static steppe_mechanism some_mechanism(void)
{
    steppe_mechanism mechanism = (steppe_mechanism)below(STEPPE_MECHANISM_UFFD + 1);
    return steppe_mechanism_is_available(mechanism) ? mechanism : STEPPE_MECHANISM_BEST;
}

static void choose_options(struct slot *slot, steppe_options *chosen)
{
    const size_t larger[] = {4 * system_page, GRANULE, 2 * STEPPE_MIB};
    const steppe_on_fault policies[] = {STEPPE_RAISE, STEPPE_COMMIT, STEPPE_COMMIT, STEPPE_COMMIT,
                                        STEPPE_ASK};
    slot->page_bytes = one_in(5) ? pick(larger) : system_page;
    slot->on_fault = pick(policies);
    slot->strict = one_in(2);
    slot->has_filter =
        slot->on_fault == STEPPE_ASK || (slot->on_fault == STEPPE_COMMIT && one_in(3));
    slot->mode = (enum filter_mode)below(FILTER_MODES);
    slot->protection = one_in(3) ? some_protection() : STEPPE_READ_WRITE;
    slot->budget = one_in(2) ? (int)below(BUDGET_COUNT) : -1;
    slot->limit = one_in(4) ? (1 + below(3000)) * system_page : STEPPE_NO_LIMIT;
    slot->is_watched = one_in(2);
    slot->tag = random_operation();
    *chosen = (steppe_options){
        .on_fault = slot->on_fault,
        .strict = slot->strict,
        .filter = slot->has_filter ? filter : NULL,
        .filter_context = slot,
        .protection = slot->protection,
        .budget = slot->budget >= 0 ? budgets[slot->budget].budget : NULL,
        .limit_bytes = slot->limit == STEPPE_NO_LIMIT ? 0 : slot->limit,
        .page_bytes = slot->page_bytes,
        .top_down = one_in(4),
        .write_watch = slot->is_watched,
        .tag = slot->tag,
        .name = "model",
    };
    if (choose_mechanisms)
        chosen->mechanism = some_mechanism();
    if (choose_watches)
        agree(setenv("STEPPE_WRITE_WATCH", one_in(2) ? "fault" : "kernel", 1) == 0);
}

static void do_reserve(struct slot *slot)
{
    steppe_options chosen;
    *slot = (struct slot){0};
    choose_options(slot, &chosen);
    bool huge = slot->page_bytes == system_page && one_in(6);
    if (huge)
        slot->strict = chosen.strict = true; /* fault-around could leave the windows */
    size_t size_bytes =
        huge ? (STEPPE_GIB << below(is_slow() ? 2 : 8)) : some_size(slot->page_bytes);
    size_t offset = 0;
    bool taken = false;
    if (!huge && slot->page_bytes == system_page && one_in(3)) {
        offset = below(ARENA_GRANULES) * GRANULE + (one_in(2) ? below(GRANULE) : 0);
        chosen.address = arena + offset;
        offset %= GRANULE;
        uint8_t *first = (uint8_t *)chosen.address - offset;
        taken = granules_taken(first, first + offset + size_bytes);
    }
    remember("reserve %#zx bytes, page %#zx, at %p, policy %d, %s%s%s", size_bytes,
             slot->page_bytes, chosen.address, slot->on_fault,
             steppe_protection_name(slot->protection), slot->strict ? ", strict" : "",
             slot->is_watched ? ", watched" : "");
    uint8_t *base = steppe_reserve(size_bytes, &chosen);
    if (taken) {
        agree(!base && steppe_last_status() == STEPPE_E_ADDRESS_IN_USE, "%p", (void *)base);
        return;
    }
    agree(base, "refused");
    agree((uintptr_t)base % GRANULE == 0, "%p", (void *)base);
    if (chosen.address)
        agree(base == (uint8_t *)chosen.address - offset, "%p", (void *)base);
    slot->page_count = (offset + size_bytes + slot->page_bytes - 1) / slot->page_bytes;
    agree(!granules_taken(base, base + slot->page_count * slot->page_bytes), "%p lies on another",
          (void *)base);
    slot->base = base;
    cut_windows(slot, huge);
    compare_page(slot, slot->page_count - 1);
    compare_page(slot, 0);
}

static void do_release(struct slot *slot)
{
    uint8_t *base = slot->base;
    remember("release %p", (void *)base);
    if (slot->page_count > 1)
        agree_status(steppe_release(base + slot->page_bytes), STEPPE_E_NOT_BASE);
    agree_status(steppe_release(base + below(slot->page_bytes)), STEPPE_OK);
    charge(slot, -(int64_t)slot->charge);
    slot->base = NULL;
    for (size_t i = 0; i < slot->window_count; i++)
        free(slot->windows[i].pages);
    agree_status(steppe_release(base), STEPPE_E_NOT_RESERVED);
    agree_status(steppe_commit(base, 1), STEPPE_E_NOT_RESERVED);
    agree_status(steppe_watch_clear(base, 1), STEPPE_E_NOT_RESERVED);
    agree(steppe_first_run(base).size_bytes == 0);
}

static void nonsense_about_marks(const struct slot *slot)
{
    void *told[1];
    size_t count = 1, none = 0, bytes = slot->page_bytes;
    uint8_t *base = slot->base;
    agree_status(steppe_watch_look(base, bytes, NULL, &count), STEPPE_E_NULL);
    agree_status(steppe_watch_collect(base, bytes, told, NULL), STEPPE_E_NULL);
    agree_status(steppe_watch_collect(base, bytes, told, &none), STEPPE_E_SIZE);
    agree_status(steppe_watch_look(base, 0, told, &count), STEPPE_E_SIZE);
    agree_status(steppe_watch_clear(base, SIZE_MAX), STEPPE_E_SIZE);
    agree(count == 1 && none == 0);
}

/* What must be refused whatever the state is. */
static void do_nonsense(struct slot *slot)
{
    size_t end = slot->page_count * slot->page_bytes;
    uint8_t *base = slot->base;
    remember("nonsense at %p", (void *)base);
    agree_status(steppe_commit(base + below(end), 0), STEPPE_E_SIZE);
    agree_status(steppe_decommit(base + below(end), SIZE_MAX), STEPPE_E_SIZE);
    agree_status(steppe_commit(base + end - 1, 2), STEPPE_E_OUTSIDE);
    agree_status(steppe_decommit(base + end - 1, 1 + below(GRANULE) + 1), STEPPE_E_OUTSIDE);
    agree_status(steppe_commit_as(base, 1, STEPPE_NO_ACCESS | STEPPE_GUARD), STEPPE_E_OPTION);
    agree_status(steppe_protect(base, 1, 6, NULL), STEPPE_E_OPTION);
    agree_status(steppe_decommit_all(NULL, 1, NULL), STEPPE_E_NULL);
    nonsense_about_marks(slot);
    agree(!steppe_reserve(1, options(.address = base + below(end))));
    agree(steppe_last_status() == STEPPE_E_ADDRESS_IN_USE);
    if (slot->budget >= 0)
        agree_status(steppe_budget_free(budgets[slot->budget].budget), STEPPE_E_IN_USE);
}

static void do_operation(void)
{
    struct slot *slot = &slots[below(SLOT_COUNT)];
    if (!slot->base && !one_in(3)) {
        do_reserve(slot);
        return;
    }
    slot = some_slot();
    if (!slot)
        return;
    uint64_t dice = below(1000);
    if (dice < 4)
        do_release(slot);
    else if (dice < 10)
        do_nonsense(slot);
    else if (dice < 30)
        do_limit(slot);
    else if (dice < 50)
        slot->mode = (enum filter_mode)below(FILTER_MODES);
    else if (dice < 150)
        do_query(slot);
    else if (dice < 180)
        do_ready(slot);
    else if (dice < 210)
        do_reset(slot);
    else if (dice < 290)
        do_protect(slot);
    else if (dice < 330)
        do_decommit_all(slot);
    else if (dice < 420)
        do_watch(slot);
    else if (dice < 530)
        do_decommit(slot);
    else if (dice < 680)
        do_commit(slot);
    else
        do_touch(slot);
}

/* ---- running ----------------------------------------------------------------------------------
 */

static bool is_published;

static void start(void)
{
    system_page = steppe_page_bytes();
    process_limit = STEPPE_NO_LIMIT;
    memory_file = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    arena = free_area((ARENA_GRANULES + PAGE_COUNT_MAX) * GRANULE, GRANULE);
    for (size_t i = 0; i < BUDGET_COUNT; i++) {
        budgets[i].budget = steppe_budget_new(STEPPE_NO_LIMIT);
        budgets[i].limit = STEPPE_NO_LIMIT;
        agree(budgets[i].budget);
    }
    choose_watches = !getenv("STEPPE_WRITE_WATCH");
    is_published = getenv("STEPPE_PUBLISH") && steppe_publish() == STEPPE_OK;
    choose_mechanisms = !getenv("STEPPE_MECHANISM");
}

static void finish(void)
{
    compare_everything();
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        if (slots[i].base)
            do_release(&slots[i]);
    }
    compare_everything();
    for (size_t i = 0; i < BUDGET_COUNT; i++)
        agree_status(steppe_budget_free(budgets[i].budget), STEPPE_OK);
}

static void operate(void)
{
    do_operation();
    compare_charges();
    if (is_published && random_operation() % DESCRIPTION_EVERY == 0)
        require_described();
}

int main(int argc, char **argv)
{
    static const struct random_test test = {
        .name = "random operations agree with the model",
        .compare_every = FULL_EVERY,
        .start = start,
        .operate = operate,
        .compare = compare_everything,
        .finish = finish,
    };
    return random_main(argc, argv, &test, NULL);
}
