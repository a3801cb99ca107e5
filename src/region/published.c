/* SPDX-License-Identifier: MIT */
/*
 * published.c - see published.h, and steppe/publish.h for the format.
 *
 * Bits of pages are indexed by address, so that no reservation needs an area: those of the whole
 * address space are 4 GiB of a file that is all holes at first.
 *
 * Memory for a page of the file is asked for before the first write to it (have_memory), for a
 * write that the system cannot serve would be a fault. Which pages have memory is noted in private
 * memory: what lies in the file we do not believe.
 *
 * The file is opened part by part, for a program that locks its memory (mlockall) gets all that can
 * be touched. A part that lies alone costs two mappings. So parts are small as long as few were
 * opened, and large when many were: never more than some 6,000 mappings.
 */
#include "region/published.h"

#include <string.h>

#include "base/check.h"
#include "region/lock.h"

enum {
    BUDGET_MAX = 1024,
    RESERVATION_MAX = 64 * 1024,
    AREA_MAX = 4096, /* of slots */
    WORD_BITS = 64,
    PART_BYTES = 64 << 10,      /* what is opened at once: the bits of 2 GiB, pages of 4 KiB */
    LARGE_PART_BYTES = 4 << 20, /* ... and when SMALL_PARTS_MAX have been */
    SMALL_PARTS_MAX = 1024
};

#define SLOTS_BYTES (UINT64_C(4) << 30)

_Static_assert(sizeof(steppe_published_header) == 320, "as steppe/publish.h says");
_Static_assert(sizeof(steppe_published_budget) == 64, "as steppe/publish.h says");
_Static_assert(sizeof(steppe_published_reservation) == 512, "as steppe/publish.h says");
_Static_assert((int)STP_COUNTS == (int)STEPPE_PUBLISHED_COUNTS, "one list of counts");
_Static_assert((int)STP_COUNT_FAULT_NOTE == (int)STEPPE_PUBLISHED_FAULT_NOTE, "in one order");
_Static_assert((int)STP_COUNT_REFUSED == (int)STEPPE_PUBLISHED_REFUSED, "in one order");
_Static_assert((int)STP_NAME_BYTES == (int)STEPPE_PUBLISHED_NAME_BYTES, "names fit");

/* Set when nothing can fail any more: budgets are looked at by whoever changes them, under no lock
 * of ours. */
static uint32_t is_on;

/* Constant while it is on. */
static struct {
    uintptr_t base; /* 0: there is none */
    uint64_t file_bytes, budgets_at, reservations_at, pages_at, slots_at;
    uint64_t page_count;
    unsigned page_shift;
    uint8_t *has_memory; /* one byte a page of the file, and behind them ... */
    uint8_t *is_open;    /* ... one a part */
    size_t notes_bytes;
} file;

static uint32_t small_part_count; /* opened; about so many, for nobody counts exactly */

/* Changes, under the lock. */
static uint32_t lock;
static const void *holder; /* of the lock: this_thread of one; NULL */
static _Thread_local char this_thread;
static uint64_t used_records[RESERVATION_MAX / WORD_BITS];
static uint64_t used_budgets[BUDGET_MAX / WORD_BITS];
static uint64_t not_described_count, inherited_count;
static struct area {
    uint64_t at, bytes;
    uintptr_t reservation, bookkeeping; /* addresses in them */
} areas[AREA_MAX];                      /* ascending */
static size_t area_count;

/* Counted by whoever misses it. */
static uint64_t missing_page_count;

/* The record of those for which there was none: nobody reads it. So the process's figures and their
 * budgets' follow what they do as well. */
static steppe_published_reservation nowhere;

/* Nobody's record: that of those that wait for theirs. */
static steppe_published_reservation inherited;

bool stp_published_is_on(void)
{
    return __atomic_load_n(&is_on, __ATOMIC_SEQ_CST) != 0;
}

bool stp_published_is_complete(void)
{
    return stp_published_is_on() && __atomic_load_n(&inherited_count, __ATOMIC_SEQ_CST) == 0;
}

uint64_t stp_published_bytes(void)
{
    return file.file_bytes;
}

static void *at(uint64_t offset)
{
    return (void *)(__atomic_load_n(&file.base, __ATOMIC_ACQUIRE) + offset);
}

static steppe_published_header *header(void)
{
    return at(0);
}

static void take_lock(void)
{
    stp_lock_take(&lock);
    __atomic_store_n(&holder, &this_thread, __ATOMIC_RELAXED);
}

static void give_lock(void)
{
    __atomic_store_n(&holder, NULL, __ATOMIC_RELAXED);
    stp_lock_give(&lock);
}

/* True only in the thread itself, so nothing is ordered by it. */
static bool have_lock(void)
{
    return __atomic_load_n(&holder, __ATOMIC_RELAXED) == &this_thread;
}

/* ---- memory of the file --------------------------------------------------------------------- */

static void store(uint64_t *to, uint64_t value)
{
    __atomic_store_n(to, value, __ATOMIC_SEQ_CST);
}

static uint64_t load(const uint64_t *from)
{
    return __atomic_load_n(from, __ATOMIC_SEQ_CST);
}

static bool has_memory(uint64_t offset)
{
    return __atomic_load_n(&file.has_memory[offset >> file.page_shift], __ATOMIC_RELAXED);
}

static int open_part(uint64_t offset)
{
    bool is_large = __atomic_load_n(&small_part_count, __ATOMIC_RELAXED) >= SMALL_PARTS_MAX;
    uint64_t bytes = is_large ? LARGE_PART_BYTES : PART_BYTES, base = offset / bytes * bytes;
    int error = stp_platform_publish_open((uintptr_t)at(base), bytes);
    if (error)
        return error;
    for (uint64_t part = base / PART_BYTES; part < (base + bytes) / PART_BYTES; part++)
        __atomic_store_n(&file.is_open[part], 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&small_part_count, !is_large, __ATOMIC_RELAXED);
    return 0;
}

/* Two threads may do the same at once. */
static int get_memory(uint64_t offset)
{
    uint64_t page = offset >> file.page_shift;
    int error = 0;
    if (!__atomic_load_n(&file.is_open[offset / PART_BYTES], __ATOMIC_RELAXED))
        error = open_part(offset);
    if (error)
        return error;
    error = stp_platform_publish_page((uintptr_t)at(page << file.page_shift));
    if (!error)
        __atomic_store_n(&file.has_memory[page], 1, __ATOMIC_RELAXED);
    return error;
}

static bool have_memory(uint64_t offset)
{
    if (has_memory(offset) || get_memory(offset) == 0)
        return true;
    store(&header()->missing_page_count,
          __atomic_add_fetch(&missing_page_count, 1, __ATOMIC_RELAXED));
    return false;
}

static void store_inherited(uint64_t count)
{
    store(&inherited_count, count);
    store(&header()->inherited_count, count);
}

/* ---- making it ------------------------------------------------------------------------------ */

static uint64_t round_to_parts(uint64_t offset)
{
    return (offset + LARGE_PART_BYTES - 1) / LARGE_PART_BYTES * LARGE_PART_BYTES;
}

static void lay_out(void)
{
    const struct stp_platform_facts *facts = stp_platform_facts();
    file.page_shift = stp_log2(facts->page_bytes);
    file.page_count = (facts->address_end - 1) / facts->page_bytes + 1;
    file.budgets_at = facts->page_bytes;
    file.reservations_at =
        round_to_parts(file.budgets_at + BUDGET_MAX * sizeof(steppe_published_budget));
    file.pages_at = round_to_parts(file.reservations_at +
                                   RESERVATION_MAX * sizeof(steppe_published_reservation));
    file.slots_at = round_to_parts(file.pages_at + file.page_count / 8 + sizeof(uint64_t));
    file.file_bytes = file.slots_at + SLOTS_BYTES;
    size_t notes = (file.file_bytes >> file.page_shift) + file.file_bytes / PART_BYTES;
    file.notes_bytes = stp_round_down(notes + facts->page_bytes - 1, facts->page_bytes);
}

static int make_notes(uintptr_t *notes)
{
    uint32_t os_calls = 0;
    bool in_use;
    size_t page_bytes = stp_platform_facts()->page_bytes, bytes = file.notes_bytes;
    int error =
        stp_platform_reserve(0, bytes, page_bytes, STP_RESERVE_SPARSE, notes, &in_use, &os_calls);
    if (error)
        return error;
    error = stp_platform_protect(*notes, bytes, STEPPE_READ_WRITE);
    if (error)
        (void)stp_platform_release(*notes, bytes); /* benign: address space only */
    return error;
}

/* Of a file that is mapped. The magic last: who finds it finds the rest. */
static int write_header(void)
{
    steppe_published_header *h = header();
    int error = get_memory(0);
    if (error)
        return error;
    h->version = STEPPE_PUBLISHED_VERSION;
    h->header_bytes = sizeof *h;
    h->budget_bytes = sizeof(steppe_published_budget);
    h->reservation_bytes = sizeof(steppe_published_reservation);
    h->process_id = stp_platform_process();
    h->process_start = stp_platform_process_start();
    h->process_serial = stp_platform_process_serial();
    h->page_bytes = stp_platform_facts()->page_bytes;
    h->file_bytes = file.file_bytes;
    h->budgets_at = file.budgets_at;
    h->budget_max = BUDGET_MAX;
    h->reservations_at = file.reservations_at;
    h->reservation_max = RESERVATION_MAX;
    h->pages_at = file.pages_at;
    h->page_count = file.page_count;
    h->slots_at = file.slots_at;
    h->slots_bytes = SLOTS_BYTES;
    __atomic_store_n(&h->magic, STEPPE_PUBLISHED_MAGIC, __ATOMIC_RELEASE);
    return 0;
}

/* On from here, though nobody has a record yet. What of the process changed just before is copied
 * now. */
static int make_file(uintptr_t in_place_of)
{
    uintptr_t base;
    int error = stp_platform_publish(file.file_bytes, in_place_of, &base);
    if (error)
        return error;
    __atomic_store_n(&file.base, base, __ATOMIC_SEQ_CST);
    error = write_header();
    if (!error) {
        __atomic_store_n(&is_on, 1, __ATOMIC_SEQ_CST);
        stp_published_process();
        return 0;
    }
    __atomic_store_n(&file.base, 0, __ATOMIC_SEQ_CST);
    stp_platform_unpublish(base, file.file_bytes);
    stp_platform_publish_forget();
    return error;
}

/* Budgets keep their numbers: in a child that published no more, and is asked again. */
static void forget_records(void)
{
    memset(used_records, 0, sizeof used_records);
    not_described_count = 0;
    missing_page_count = 0;
    inherited_count = 0;
    small_part_count = 0;
}

int stp_published_open(void)
{
    uintptr_t notes;
    if (stp_published_is_on())
        return 0;
    lay_out();
    int error = make_notes(&notes);
    if (error)
        return error;
    forget_records();
    area_count = 0;
    file.has_memory = (uint8_t *)notes;
    file.is_open = file.has_memory + (file.file_bytes >> file.page_shift);
    error = make_file(0);
    if (error)
        (void)stp_platform_release(notes, file.notes_bytes); /* benign: address space only */
    return error;
}

/* ---- figures -------------------------------------------------------------------------------- */

static uint64_t peak_of(const struct stp_charge *charge)
{
    uint64_t now = load(&charge->charged_bytes), peak = load(&charge->peak_bytes);
    return now > peak ? now : peak;
}

static void copy_charge(steppe_published_charge *to, const struct stp_charge *charge)
{
    uint64_t now, peak, limit;
    do {
        now = load(&charge->charged_bytes);
        peak = peak_of(charge);
        limit = load(&charge->limit_bytes);
        store(&to->committed_bytes, now);
        store(&to->committed_peak_bytes, peak);
        store(&to->limit_bytes, limit);
    } while (now != load(&charge->charged_bytes) || peak != peak_of(charge) ||
             limit != load(&charge->limit_bytes));
}

static uint64_t counted(const struct stp_reservation *r, enum stp_count count)
{
    uint64_t sum = 0;
    for (size_t stripe = 0; stripe < r->stripe_count; stripe++)
        sum += load(&r->stripes[stripe].counts[count]);
    return sum;
}

static void copy_count(const struct stp_reservation *r, steppe_published_reservation *record,
                       enum stp_count count)
{
    uint64_t sum;
    do {
        sum = counted(r, count);
        store(&record->counts[count], sum);
    } while (sum != counted(r, count));
}

static void copy_released(steppe_published_header *h, enum stp_count count)
{
    uint64_t sum;
    do {
        sum = stp_reservation_counted_released(count);
        store(&h->released_counts[count], sum);
    } while (sum != stp_reservation_counted_released(count));
}

static void copy_mechanism(const struct stp_reservation *r, steppe_published_reservation *record)
{
    uint32_t id;
    do {
        id = (uint32_t)stp_reservation_mechanism(r)->id;
        __atomic_store_n(&record->mechanism, id, __ATOMIC_SEQ_CST);
    } while (id != (uint32_t)stp_reservation_mechanism(r)->id);
}

void stp_published_process(void)
{
    if (!stp_published_is_on())
        return;
    copy_charge(&header()->charge, &steppe_process_budget()->charge);
    for (int count = 0; count < STP_COUNTS; count++)
        copy_released(header(), (enum stp_count)count);
}

static steppe_published_budget *budget_record(uint32_t number)
{
    return (steppe_published_budget *)at(file.budgets_at) + (number - 1);
}

void stp_published_budget(const struct steppe_budget *budget)
{
    uint32_t number = __atomic_load_n(&budget->published, __ATOMIC_SEQ_CST);
    if (!stp_published_is_on())
        return;
    if (budget == steppe_process_budget())
        copy_charge(&header()->charge, &budget->charge);
    else if (number &&
             have_memory(file.budgets_at + (number - 1) * sizeof(steppe_published_budget)))
        copy_charge(&budget_record(number)->charge, &budget->charge);
}

static void copy_own_figures(const struct stp_reservation *r, steppe_published_reservation *record)
{
    copy_charge(&record->charge, &r->charge);
    copy_mechanism(r, record);
}

static void copy_figures(const struct stp_reservation *r, steppe_published_reservation *record)
{
    copy_own_figures(r, record);
    if (r->budget)
        stp_published_budget(r->budget);
    copy_charge(&header()->charge, &steppe_process_budget()->charge);
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* The lowest one that is free, taken; or max. */
static size_t take_number(uint64_t *used, size_t max)
{
    for (size_t word = 0; word < max / WORD_BITS; word++) {
        if (used[word] == UINT64_MAX)
            continue;
        unsigned bit = (unsigned)__builtin_ctzll(~used[word]);
        used[word] |= UINT64_C(1) << bit;
        return word * WORD_BITS + bit;
    }
    return max;
}

static void give_number(uint64_t *used, size_t number)
{
    used[number / WORD_BITS] &= ~(UINT64_C(1) << number % WORD_BITS);
}

/* Under the lock. It is registered with a reservation that lives, so it does. */
static uint32_t number_budget(struct steppe_budget *budget)
{
    if (!budget || budget->published)
        return budget ? budget->published : 0;
    size_t number = take_number(used_budgets, BUDGET_MAX);
    if (number == BUDGET_MAX)
        return 0;
    __atomic_store_n(&budget->published, (uint32_t)number + 1, __ATOMIC_SEQ_CST);
    return budget->published;
}

void stp_published_end_budget(struct steppe_budget *budget)
{
    if (!budget->published)
        return;
    take_lock();
    give_number(used_budgets, budget->published - 1);
    budget->published = 0;
    give_lock();
}

/* ---- bits of pages -------------------------------------------------------------------------- */

static void write_bits(uint64_t *words, uint64_t first, uint64_t end, bool on)
{
    for (uint64_t bit = first; bit < end;) {
        uint64_t word = bit / WORD_BITS, stop = stp_min((word + 1) * WORD_BITS, end);
        uint64_t mask = UINT64_MAX >> (WORD_BITS - (stop - bit)) << bit % WORD_BITS;
        if (on)
            __atomic_fetch_or(&words[word], mask, __ATOMIC_SEQ_CST);
        else
            __atomic_fetch_and(&words[word], ~mask, __ATOMIC_SEQ_CST);
        bit = stop;
    }
}

/* A page of the file that has no memory reads zero already. */
static void write_pages(const struct stp_reservation *r, size_t first, size_t end, bool on)
{
    const uint64_t bits_per_page = UINT64_C(8) << file.page_shift;
    uint64_t bit = stp_reservation_address(r, first) >> file.page_shift;
    uint64_t last = stp_reservation_address(r, end) >> file.page_shift;
    uint64_t *words = at(file.pages_at);
    STP_CHECK(last <= file.page_count);
    while (bit < last) {
        uint64_t stop = stp_min((bit / bits_per_page + 1) * bits_per_page, last);
        uint64_t offset = file.pages_at + bit / 8;
        if (on ? have_memory(offset) : has_memory(offset))
            write_bits(words, bit, stop, on);
        bit = stop;
    }
}

static void write_all_pages(const struct stp_reservation *r, bool on)
{
    const struct stp_bit_tree *committed = &r->map.committed;
    size_t page = r->map.first;
    while ((page = stp_bit_tree_next(committed, page, r->map.end)) < r->map.end) {
        size_t stop = stp_bit_tree_next_gap(committed, page, r->map.end);
        write_pages(r, page, stop, on);
        page = stop;
    }
}

/* Which of up to 64 pages are committed. */
static uint64_t committed_among(const struct stp_reservation *r, size_t first, size_t end)
{
    const struct stp_bit_tree *committed = &r->map.committed;
    uint64_t mask = 0;
    for (size_t page = first; (page = stp_bit_tree_next(committed, page, end)) < end;) {
        size_t stop = stp_bit_tree_next_gap(committed, page, end);
        mask |= UINT64_MAX >> (WORD_BITS - (stop - page)) << (page - first);
        page = stop;
    }
    return mask;
}

static void write_among(const struct stp_reservation *r, size_t first, uint64_t mask, bool on)
{
    while (mask) {
        unsigned low = (unsigned)__builtin_ctzll(mask);
        uint64_t above = ~(mask >> low);
        unsigned count = above ? (unsigned)__builtin_ctzll(above) : WORD_BITS;
        write_pages(r, first + low, first + low + count, on);
        mask &= ~(UINT64_MAX >> (WORD_BITS - count) << low);
    }
}

/* Until they are what was copied. Nothing of them was set before but by others who change them
 * now: what these clear they clear themselves. */
static void copy_among(const struct stp_reservation *r, size_t first, size_t end)
{
    uint64_t written = 0, now;
    while ((now = committed_among(r, first, end)) != written) {
        write_among(r, first, written & ~now, false);
        write_among(r, first, now & ~written, true);
        written = now;
        __sync_synchronize(); /* what others have changed since is seen by the next look */
    }
}

/* While others may change them. */
static void copy_all_pages(const struct stp_reservation *r)
{
    const struct stp_bit_tree *committed = &r->map.committed;
    size_t page = r->map.first;
    while ((page = stp_bit_tree_next(committed, page, r->map.end)) < r->map.end) {
        size_t stop = stp_min((page / WORD_BITS + 1) * WORD_BITS, r->map.end);
        copy_among(r, page, stop);
        page = stop;
    }
}

/* ---- records -------------------------------------------------------------------------------- */

static uint64_t record_offset(size_t number)
{
    return file.reservations_at + number * sizeof(steppe_published_reservation);
}

static size_t number_of(const steppe_published_reservation *record)
{
    return (size_t)(record - (const steppe_published_reservation *)at(file.reservations_at));
}

/* Around writes to the constant part, under the lock. */
static void open_record(steppe_published_reservation *record)
{
    store(&record->sequence, record->sequence | 1);
    __sync_synchronize(); /* what follows is not seen before it */
}

static void close_record(steppe_published_reservation *record)
{
    store(&record->sequence, record->sequence + 1);
}

static void copy_all_figures(const struct stp_reservation *r, steppe_published_reservation *record)
{
    for (int count = 0; count < STP_COUNTS; count++)
        copy_count(r, record, (enum stp_count)count);
    copy_own_figures(r, record);
}

static void fill_in(steppe_published_reservation *record, const struct stp_reservation *r,
                    uint32_t budget)
{
    const struct stp_published_part *part = &r->published_part;
    open_record(record);
    record->kind = part->kind ? part->kind : STEPPE_PUBLISHED_PLAIN;
    record->on_fault = r->on_fault;
    record->protection = r->protection;
    record->budget = budget;
    record->base = r->base;
    record->size_bytes = r->end - r->base;
    record->page_bytes = stp_reservation_page_bytes(r);
    record->tag = r->tag;
    memcpy(record->name, r->name, sizeof record->name);
    record->slots_base = part->slots_base;
    record->slot_bytes = part->slot_bytes;
    record->slot_max = part->slot_max;
    record->slots_bits_at = part->bits_at;
    copy_all_figures(r, record); /* nobody is to see those of whose record it was */
    close_record(record);
}

/* From the pointer on others write bits and figures as well; what they wrote before is seen. */
static void describe(struct stp_reservation *r, steppe_published_reservation *record,
                     uint32_t budget)
{
    fill_in(record, r, budget);
    __atomic_store_n(&r->published, record, __ATOMIC_SEQ_CST);
    copy_all_figures(r, record);
    copy_figures(r, record);
}

/* Under the lock. */
static steppe_published_reservation *take_record(void)
{
    size_t number = take_number(used_records, RESERVATION_MAX);
    if (number < RESERVATION_MAX && have_memory(record_offset(number))) {
        if (header()->reservation_end <= number)
            store(&header()->reservation_end, number + 1);
        return at(record_offset(number));
    }
    if (number < RESERVATION_MAX)
        give_number(used_records, number);
    store(&header()->not_described_count, ++not_described_count);
    return &nowhere;
}

static void begin(struct stp_reservation *r)
{
    if (__atomic_load_n(&r->published, __ATOMIC_SEQ_CST) == &inherited)
        store_inherited(inherited_count - 1);
    describe(r, take_record(), number_budget(r->budget));
}

void stp_published_begin(struct stp_reservation *r)
{
    if (!stp_published_is_on())
        return;
    take_lock();
    if (!r->published || r->published == &inherited) {
        begin(r);
        write_all_pages(r, true);
    }
    give_lock();
}

/* Under the lock, and any or no locks of its units. */
static void begin_inherited(struct stp_reservation *r)
{
    if (__atomic_load_n(&r->published, __ATOMIC_SEQ_CST) != &inherited)
        return;
    begin(r);
    copy_all_pages(r);
}

/* The record of one that changes; NULL: this thread has faulted with the lock, on a stack that lies
 * in it perhaps. Then it stays inherited, until it changes once more. */
static steppe_published_reservation *record_of(const struct stp_reservation *r)
{
    struct stp_signal_mask mask;
    steppe_published_reservation *record = __atomic_load_n(&r->published, __ATOMIC_SEQ_CST);
    if (record != &inherited)
        return record;
    if (have_lock())
        return NULL;
    stp_platform_signals_block(&mask);
    take_lock();
    begin_inherited((struct stp_reservation *)(uintptr_t)r); /* who asks for it changes it */
    give_lock();
    stp_platform_signals_restore(&mask);
    return __atomic_load_n(&r->published, __ATOMIC_SEQ_CST);
}

void stp_published_end(struct stp_reservation *r)
{
    steppe_published_reservation *record = __atomic_load_n(&r->published, __ATOMIC_SEQ_CST);
    if (!record)
        return;
    if (record != &inherited)
        write_all_pages(r, false);
    take_lock();
    if (record == &inherited) {
        store_inherited(inherited_count - 1);
    } else {
        open_record(record);
        record->kind = STEPPE_PUBLISHED_UNUSED;
        close_record(record);
    }
    if (record == &nowhere)
        store(&header()->not_described_count, --not_described_count);
    else if (record != &inherited)
        give_number(used_records, number_of(record));
    __atomic_store_n(&r->published, NULL, __ATOMIC_SEQ_CST);
    give_lock();
}

/* ---- changes -------------------------------------------------------------------------------- */

void stp_published_set(const struct stp_reservation *r, size_t first, size_t end)
{
    if (record_of(r))
        write_pages(r, first, end, true);
}

void stp_published_clear(const struct stp_reservation *r, size_t first, size_t end)
{
    if (!record_of(r))
        return;
    __sync_synchronize(); /* whoever copies them, and asks for memory now, then sees the change */
    write_pages(r, first, end, false);
}

void stp_published_figures(const struct stp_reservation *r)
{
    steppe_published_reservation *record = record_of(r);
    if (record)
        copy_figures(r, record);
}

void stp_published_count(const struct stp_reservation *r, enum stp_count count)
{
    steppe_published_reservation *record = record_of(r);
    if (record)
        copy_count(r, record, count);
}

/* ---- slots ---------------------------------------------------------------------------------- */

static uint64_t area_bytes(uint64_t slot_max)
{
    return (((slot_max - 1) / 8 >> file.page_shift) + 1) << file.page_shift;
}

/* The lowest gap that is large enough; 0 when there is none. */
static uint64_t take_area(const struct stp_published_slots *slots)
{
    uint64_t bytes = area_bytes(slots->slot_max);
    uint64_t place = file.slots_at;
    size_t index = 0;
    if (area_count == AREA_MAX)
        return 0;
    while (index < area_count && areas[index].at - place < bytes)
        place = areas[index].at + areas[index].bytes, index++;
    if (bytes > file.slots_at + SLOTS_BYTES - place)
        return 0;
    memmove(&areas[index + 1], &areas[index], (area_count - index) * sizeof *areas);
    areas[index] = (struct area){.at = place,
                                 .bytes = bytes,
                                 .reservation = (uintptr_t)slots->reservation,
                                 .bookkeeping = (uintptr_t)slots->bookkeeping};
    area_count++;
    return place;
}

static size_t find_area(uint64_t place)
{
    size_t index = 0;
    while (index < area_count && areas[index].at != place)
        index++;
    STP_ASSERT(index < area_count);
    return index;
}

static void give_area(uint64_t place)
{
    size_t index = find_area(place);
    for (uint64_t page = place; page < place + areas[index].bytes; page += 1u << file.page_shift)
        if (has_memory(page))
            memset(at(page), 0, (size_t)1 << file.page_shift);
    area_count--;
    memmove(&areas[index], &areas[index + 1], (area_count - index) * sizeof *areas);
}

/* Pinned, or NULL. */
static struct stp_reservation *pin_described(uintptr_t address)
{
    struct stp_reservation *r = stp_reservation_pin(address);
    if (r && !__atomic_load_n(&r->published, __ATOMIC_SEQ_CST)) {
        stp_reservation_unpin(r, address);
        return NULL;
    }
    return r;
}

/* Under the lock. */
static void mark(const void *address, const struct stp_published_part *part)
{
    struct stp_reservation *r = pin_described((uintptr_t)address);
    if (!r)
        return;
    steppe_published_reservation *record = r->published;
    r->published_part = *part;
    if (record != &inherited) {
        open_record(record);
        record->kind = part->kind;
        record->slots_base = part->slots_base;
        record->slot_bytes = part->slot_bytes;
        record->slot_max = part->slot_max;
        record->slots_bits_at = part->bits_at;
        close_record(record);
    }
    stp_reservation_unpin(r, (uintptr_t)address);
}

uint64_t stp_published_slots_begin(const struct stp_published_slots *slots)
{
    if (!stp_published_is_on())
        return 0;
    take_lock();
    uint64_t place = take_area(slots);
    mark(slots->reservation, &(struct stp_published_part){.kind = STEPPE_PUBLISHED_SLOTS,
                                                          .slots_base = slots->base,
                                                          .slot_bytes = slots->slot_bytes,
                                                          .slot_max = slots->slot_max,
                                                          .bits_at = place});
    mark(slots->bookkeeping, &(struct stp_published_part){.kind = STEPPE_PUBLISHED_SLOTS_BITS});
    give_lock();
    return place;
}

/* Under the lock. */
static void begin_inherited_at(uintptr_t address)
{
    struct stp_reservation *r = pin_described(address);
    if (!r)
        return;
    begin_inherited(r);
    stp_reservation_unpin(r, address);
}

void stp_published_slots_again(uint64_t place)
{
    struct stp_signal_mask mask;
    if (have_lock()) /* as in record_of */
        return;
    stp_platform_signals_block(&mask);
    take_lock();
    size_t index = find_area(place);
    begin_inherited_at(areas[index].reservation);
    begin_inherited_at(areas[index].bookkeeping);
    give_lock();
    stp_platform_signals_restore(&mask);
}

void stp_published_slots_end(const struct stp_published_slots *slots, uint64_t place)
{
    if (!stp_published_is_on())
        return;
    take_lock();
    mark(slots->reservation, &(struct stp_published_part){.kind = STEPPE_PUBLISHED_PLAIN});
    if (place)
        give_area(place);
    give_lock();
}

void stp_published_slots_word(uint64_t place, const uint64_t *bits, uint64_t word)
{
    uint64_t offset = place + word * sizeof(uint64_t), now;
    if (!stp_published_is_on())
        return;
    if (load(&bits[word]) ? !have_memory(offset) : !has_memory(offset))
        return;
    do {
        now = load(&bits[word]);
        store(at(offset), now);
    } while (now != load(&bits[word]));
}

/* ---- around fork ---------------------------------------------------------------------------- */

void stp_published_lock_all(void)
{
    take_lock();
}

void stp_published_unlock_all(void)
{
    give_lock();
}

/* What is mapped is the parent's: another file takes its place, or nothing does. */
void stp_published_after_fork(void)
{
    uintptr_t base = file.base;
    if (!base)
        return;
    stp_platform_publish_forget();
    __atomic_store_n(&is_on, 0, __ATOMIC_SEQ_CST);
    forget_records();
    int error = stp_platform_discard((uintptr_t)file.has_memory, file.notes_bytes);
    if (!error)
        error = make_file(base);
    if (!error)
        return;
    __atomic_store_n(&file.base, 0, __ATOMIC_SEQ_CST);
    stp_platform_unpublish(base, file.file_bytes);
    (void)stp_platform_release((uintptr_t)file.has_memory, file.notes_bytes); /* as above */
}

/* Also what the parent had inherited itself, or had no record for. */
void stp_published_inherit(struct stp_reservation *r)
{
    bool is_inherited = stp_published_is_on() && r->published;
    r->published = is_inherited ? &inherited : NULL;
    if (is_inherited)
        store_inherited(inherited_count + 1);
}
