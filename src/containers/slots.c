/* SPDX-License-Identifier: MIT */
/*
 * slots.c - a sparse array: steppe/slots.h.
 *
 * Vocabulary. Two reservations:
 *
 *   slots         | head | slot 0 | slot 1 | ...               head: struct stp_slots, up to slot 0
 *   bookkeeping   | groups, spans, dirty, known | used bits | record
 *                   committed from the start       when they are needed
 *
 *   sheet     the slots whose used bits fill one page: 32,768 where that has 4 KiB
 *   page      of the slots' reservation, counted from slot 0. It may hold parts of slots of two
 *             sheets; of more where options.page_bytes is large
 *   dirty     one bit a sheet: a slot of it was cleared since somebody looked for pages to go
 *   record    STEPPE_SLOTS_BY_RECORD: one bit a page of slots: it is committed, for certain
 *   known     one bit a page of the record: it is committed
 *   gate      each sheet has one (slot_gate.h), and shares it with others
 *
 * Who changes slots is inside the gate of their sheet; who gives pages back (slots_sweep.c) has
 * closed the gates of all sheets that have a slot on these pages:
 *
 *                  use: open_sheet             use: insert
 *     sheet CLOSED ---------------> OPEN  slot CLEAR ------> IN USE    page committed by
 *        ^                            |     ^                   |        use: commit_slots, touch
 *        +--- collect: drop_bits -----+     +-- clear: remove --+        given back by
 *             (all its slots clear)            (its bytes zero)          collect, clear
 *
 * What holds while a gate is closed and all its sheets' others are, too:
 *
 *   1. A slot in use has its pages committed (not with STEPPE_SLOTS_BY_FAULT).
 *   2. The bytes of a clear slot read zero, or are not committed.
 *   3. An OPEN sheet's used bits are committed; a CLOSED one's slots are all clear.
 *
 * Why no page goes that is needed. Use commits pages and sets its bit inside the gate of its slot's
 * sheet. Collect looks at the bits of every slot that overlaps a page, and gives the page back,
 * with the gates of all those slots' sheets closed; so it runs before the whole of such a use, or
 * after it. That holds for slots that lie across a border of sheets, for slots of thousands of
 * pages, and for the bits' own pages, whose slots are one sheet. Clear zeroes, and gives back pages
 * wholly inside the slots it clears, while their bits are still set: no collection takes those
 * pages, and nobody else has bytes on them.
 *
 * Searches and the inline calls enter no gate: that would double their cost. One may have seen that
 * a sheet is open, and read its bits after they went. The bookkeeping's policy is therefore to
 * commit on touch: it reads zero, which is the truth, and leaves a page that the next whole
 * collection takes. When a budget is full just then, it waits until there is room (wait_for_room).
 *
 * The tempting way is a flag in a word of each sheet that users look at after they have set their
 * bit, which spares them one atomic operation. But then the word must be there before a collection
 * may look at a page that a fault committed, or that lies across a border; and a user who has not
 * set its bit yet is unknown to whoever gives back the page of bits.
 *
 * Forks: slots_living.c.
 *
 * A view of a file (file.c) has its slots not in its reservation, but in the space lent behind it
 * (region_internal.h): nothing there is ever committed, and nothing of it is given back.
 *
 *   slots         | nothing | head | slot 0 | slot 1 | ... | more that the file has
 *                   a granule      | lent
 */
#include "containers/slots_internal.h"

#include <string.h>

#include "base/check.h"
#include "base/status.h"
#include "containers/slots_living.h"
#include "containers/slots_sweep.h"
#include "platform/platform.h"
#include "region/region_internal.h"

enum {
    BATCH_SLOTS = 64,
    BATCH_MAX_BYTES = 16 << 20, /* but for what the program asks for */
    BATCH_GROWTH = 16           /* to which multiple a batch grows that gives back little */
};

#define MAGIC UINT64_C(0x51075eed51075eed)
#define VIEW_MAGIC UINT64_C(0x71e3751075eed5ed) /* only to be looked at */

/* ---- finding -------------------------------------------------------------------------------- */

static steppe_status fail(const char *function, const void *slots, steppe_status status,
                          const char *note)
{
    return stp_status_fail(&(struct stp_failure){
        .function = function, .status = status, .address = (uintptr_t)slots, .note = note});
}

static steppe_status fail_outside(const char *function, const struct stp_slots *s,
                                  uint64_t requested, const char *note)
{
    return stp_status_fail(&(struct stp_failure){.function = function,
                                                 .status = STEPPE_E_OUTSIDE,
                                                 .address = (uintptr_t)s->memory,
                                                 .has_request = true,
                                                 .requested = requested,
                                                 .available = s->head.slot_max,
                                                 .note = note});
}

/* What failed inside a public call is that call's failure, with the figures it has. */
static steppe_status fail_as(const char *function, struct stp_failure failure)
{
    failure.function = function;
    return stp_status_fail(&failure);
}

static bool has_magic(const struct stp_slots *s)
{
    return (s->magic == MAGIC || s->magic == VIEW_MAGIC) && s->memory == (const uint8_t *)(s + 1);
}

bool stp_slots_is(const void *slots)
{
    steppe_run run;
    uintptr_t address = (uintptr_t)slots;
    if (address % steppe_page_bytes() || address < sizeof(struct stp_slots))
        return false;
    const void *head = (const void *)(address - sizeof(struct stp_slots));
    if (!steppe_reservation_of(head).size_bytes || steppe_query(head, &run) != STEPPE_OK ||
        run.state != STEPPE_COMMITTED || run.protection != STEPPE_READ_WRITE)
        return false;
    return has_magic(stp_slots_at(slots));
}

bool stp_slots_is_view(const void *slots)
{
    return stp_slots_at(slots)->magic == VIEW_MAGIC;
}

static steppe_status require_living(const char *function, const void *slots)
{
    if (!slots)
        return fail(function, slots, STEPPE_E_NULL, NULL);
    return stp_slots_is(slots) ? STEPPE_OK : fail(function, slots, STEPPE_E_NOT_CONTAINER, NULL);
}

static steppe_status fail_view(const char *function, const void *slots)
{
    return fail(function, slots, STEPPE_E_PROTECTION, "a view of a file");
}

/* For calls that change or end them. */
static steppe_status require_own(const char *function, const void *slots)
{
    steppe_status status = require_living(function, slots);
    if (status == STEPPE_OK && stp_slots_is_view(slots))
        return fail_view(function, slots);
    return status;
}

/* The same in no time: memory that is no container must at least be there. */
static steppe_status require_magic(const char *function, const void *slots)
{
    if (!slots)
        return fail(function, slots, STEPPE_E_NULL, NULL);
    if ((uintptr_t)slots % 64 || !has_magic(stp_slots_at(slots)))
        return fail(function, slots, STEPPE_E_NOT_CONTAINER, NULL);
    return stp_slots_is_view(slots) ? fail_view(function, slots) : STEPPE_OK;
}

static bool is_magic(const void *slots)
{
    return slots && (uintptr_t)slots % 64 == 0 && has_magic(stp_slots_at(slots));
}

/* ---- making --------------------------------------------------------------------------------- */

static const char public_make[] = "steppe_slots_new";

/* What is to be made, checked. */
struct plan {
    steppe_slots_options options;
    steppe_options memory;
    size_t page_bytes;
    size_t head_bytes, whole_bytes; /* of the slots' reservation */
    size_t lead_bytes, lent_bytes;  /* of a view's: before the head, behind the whole; else 0 */
    uint64_t page_count;
    size_t fixed_bytes, bits_bytes, record_bytes; /* of the bookkeeping */
    uint64_t group_words, span_words, dirty_words, known_words;
};

static steppe_status wrong_option(const struct plan *plan)
{
    const steppe_slots_options *options = &plan->options;
    bool commits_by_fault = options->commit == STEPPE_SLOTS_BY_FAULT;
    const char *wrong = NULL;
    if ((unsigned)options->commit > STEPPE_SLOTS_BY_RECORD)
        wrong = "commit is not a strategy";
    else if ((unsigned)options->give_back > STEPPE_SLOTS_COLLECTED)
        wrong = "give_back is not a policy";
    else if (plan->memory.protection != STEPPE_READ_WRITE)
        wrong = "slots are for reading and writing";
    else if (plan->memory.on_fault != STEPPE_RAISE &&
             (!commits_by_fault || plan->memory.on_fault != STEPPE_COMMIT))
        wrong = "on_fault follows from the strategy";
    else if (!stp_is_power_of_two(plan->page_bytes) || plan->page_bytes < steppe_page_bytes() ||
             plan->page_bytes > 2 * STEPPE_MIB)
        wrong = "page_bytes is not a power of two from the system's page to 2 MiB";
    return wrong ? fail(public_make, NULL, STEPPE_E_OPTION, wrong) : STEPPE_OK;
}

static steppe_status fail_size(size_t slot_bytes, const char *note)
{
    return stp_status_fail(&(struct stp_failure){.function = public_make,
                                                 .status = STEPPE_E_SIZE,
                                                 .has_size = true,
                                                 .size_bytes = slot_bytes,
                                                 .note = note});
}

/* Bytes of the bookkeeping's parts; the slots fit into the address space already, so all of them
 * together do: an eighth of a byte a slot, and an eighth a page. */
static void plan_bookkeeping(struct plan *plan, uint64_t slot_max)
{
    size_t page = steppe_page_bytes();
    uint64_t group_count = slot_max / STP_SLOT_GROUP + 1;
    uint64_t record_words = stp_slot_bits_words(plan->page_count);
    bool has_record = plan->options.commit == STEPPE_SLOTS_BY_RECORD;
    plan->group_words = stp_slot_bits_words(group_count + page / 8);
    plan->span_words = stp_slot_bits_words(plan->group_words);
    plan->dirty_words = plan->group_words;
    plan->bits_bytes = (slot_max / 8 / page + 1) * page;
    plan->record_bytes = has_record ? (record_words * 8 / page + 1) * page : 0;
    plan->known_words = stp_slot_bits_words(plan->record_bytes / page);
    uint64_t words = plan->group_words + plan->span_words + plan->dirty_words + plan->known_words;
    plan->fixed_bytes = (words * 8 / page + 1) * page;
}

static steppe_status make_plan(struct plan *plan, size_t slot_bytes, uint64_t slot_max)
{
    size_t slots_bytes;
    if (!slot_bytes || !slot_max)
        return fail_size(slot_bytes, slot_max ? "a slot of no bytes" : "no slots");
    if (__builtin_mul_overflow(slot_bytes, slot_max, &slots_bytes) || slots_bytes > SIZE_MAX / 4)
        return fail_size(slot_bytes, "more than the address space");
    steppe_status status = wrong_option(plan);
    if (status != STEPPE_OK)
        return status;
    plan->head_bytes = stp_max(plan->page_bytes, steppe_page_bytes());
    plan->page_count = (slots_bytes - 1) / plan->page_bytes + 1;
    plan->whole_bytes = plan->head_bytes + plan->page_count * plan->page_bytes;
    plan_bookkeeping(plan, slot_max);
    return STEPPE_OK;
}

/* Asked when a page of bits that went under a reader may not come back for it (see above). */
static steppe_answer wait_for_room(const steppe_fault *fault, void *context)
{
    (void)fault;
    (void)context;
    return STEPPE_RESUME;
}

static uint8_t *reserve_bookkeeping(const struct plan *plan)
{
    const steppe_options *memory = &plan->memory;
    steppe_options options = {.top_down = memory->top_down,
                              .strict = true,
                              .huge_pages = STEPPE_HUGE_NEVER,
                              .dump = memory->dump,
                              .on_fault = STEPPE_COMMIT,
                              .filter = wait_for_room,
                              .mechanism = memory->mechanism,
                              .budget = memory->budget,
                              .name = memory->name,
                              .tag = memory->tag};
    size_t bytes = plan->fixed_bytes + plan->bits_bytes + plan->record_bytes;
    uint8_t *base = steppe_reserve(bytes, &options);
    if (!base)
        return NULL;
    if (steppe_commit(base, plan->fixed_bytes) == STEPPE_OK)
        return base;
    struct stp_failure failure = stp_status_last();
    (void)steppe_release(base); /* benign: the first failure is the one to tell */
    stp_status_put_back(&failure);
    return NULL;
}

/* Slots are lent, and what is lent begins behind a granule. */
static steppe_status plan_view(struct plan *plan, size_t more_bytes)
{
    size_t slots_bytes = plan->whole_bytes - plan->head_bytes;
    plan->whole_bytes = steppe_granularity_bytes();
    plan->lead_bytes = plan->whole_bytes - plan->head_bytes;
    return stp_add(slots_bytes, more_bytes, &plan->lent_bytes)
               ? STEPPE_OK
               : fail_size(more_bytes, "more than the address space");
}

static uint8_t *reserve_slots(const struct plan *plan)
{
    steppe_options options = plan->memory;
    options.on_fault = plan->options.commit == STEPPE_SLOTS_BY_FAULT ? STEPPE_COMMIT : STEPPE_RAISE;
    uint8_t *base = stp_region_reserve(plan->whole_bytes, plan->lent_bytes, &options);
    if (!base)
        return NULL;
    /* With an address that is no multiple of 64 KiB the base lies below it, and the size grew. */
    if (steppe_commit(base + plan->lead_bytes, plan->head_bytes) == STEPPE_OK)
        return base;
    struct stp_failure failure = stp_status_last();
    (void)steppe_release(base); /* benign: as above */
    stp_status_put_back(&failure);
    return NULL;
}

static struct stp_slots *fill_in(const struct plan *plan, uint8_t *base, uint8_t *bookkeeping,
                                 size_t slot_bytes, uint64_t slot_max)
{
    uint8_t *memory = base + plan->lead_bytes + plan->head_bytes;
    struct stp_slots *s = stp_slots_at(memory);
    uint64_t *words = (uint64_t *)bookkeeping;
    size_t enough = stp_min(slot_bytes, BATCH_MAX_BYTES / BATCH_SLOTS) * BATCH_SLOTS;
    s->memory = memory;
    s->base = base;
    s->page_count = plan->page_count;
    s->page_shift = stp_log2(plan->page_bytes);
    s->bits_page_shift = stp_log2(steppe_page_bytes());
    s->sheet_shift = s->bits_page_shift + 3;
    s->commit = plan->options.commit;
    s->give_back = plan->options.give_back;
    s->batch_bytes =
        plan->options.batch_bytes ? plan->options.batch_bytes : stp_max(STEPPE_MIB, enough);
    s->batch_bytes_now = s->batch_bytes;
    s->bookkeeping = bookkeeping;
    s->bits.groups = words;
    s->bits.spans = words + plan->group_words;
    s->dirty = s->bits.spans + plan->span_words;
    s->known = s->dirty + plan->dirty_words;
    s->bits.used = (uint64_t *)(bookkeeping + plan->fixed_bytes);
    s->record = (uint64_t *)(bookkeeping + plan->fixed_bytes + plan->bits_bytes);
    s->bits.slot_max = slot_max;
    s->head = (steppe_slots_head_){.groups = s->bits.groups,
                                   .bits = s->bits.used,
                                   .slot_max = slot_max,
                                   .slot_bytes = slot_bytes};
    s->magic = plan->lent_bytes ? VIEW_MAGIC : MAGIC;
    return s;
}

static steppe_status release_both(uint8_t *base, void *bookkeeping)
{
    steppe_status status = steppe_release(base);
    steppe_status also = bookkeeping ? steppe_release(bookkeeping) : STEPPE_OK;
    return status != STEPPE_OK ? status : also;
}

static void *make(const struct plan *plan, size_t slot_bytes, uint64_t slot_max)
{
    uint8_t *base = reserve_slots(plan);
    if (!base)
        return NULL;
    uint8_t *bookkeeping = reserve_bookkeeping(plan);
    int os_error = bookkeeping ? stp_slots_handle_forks() : 0;
    if (bookkeeping && !os_error) {
        struct stp_slots *s = fill_in(plan, base, bookkeeping, slot_bytes, slot_max);
        stp_slots_enter_living(s);
        return s->memory;
    }
    struct stp_failure failure = stp_status_last();
    if (os_error)
        failure = (struct stp_failure){.status = stp_platform_diagnose(os_error, 0),
                                       .os_error = os_error};
    (void)release_both(base, bookkeeping); /* benign: as above */
    stp_status_put_back(&failure);
    return NULL;
}

void *steppe_slots_make(size_t slot_bytes, uint64_t slot_max, const steppe_slots_options *options)
{
    struct plan plan = {.page_bytes = steppe_page_bytes()};
    if (options)
        plan.options = *options;
    if (plan.options.memory)
        plan.memory = *plan.options.memory;
    if (plan.memory.page_bytes)
        plan.page_bytes = plan.memory.page_bytes;
    if (make_plan(&plan, slot_bytes, slot_max) != STEPPE_OK)
        return NULL;
    void *slots = make(&plan, slot_bytes, slot_max);
    if (!slots)
        (void)fail_as(public_make, stp_status_last());
    return slots;
}

const void *stp_slots_make_view(size_t slot_bytes, uint64_t slot_max, size_t more_bytes)
{
    struct plan plan = {.page_bytes = steppe_page_bytes()};
    plan.options.give_back = STEPPE_SLOTS_COLLECTED;
    plan.options.commit = STEPPE_SLOTS_ALWAYS;
    if (make_plan(&plan, slot_bytes, slot_max) != STEPPE_OK ||
        plan_view(&plan, more_bytes) != STEPPE_OK)
        return NULL;
    return make(&plan, slot_bytes, slot_max);
}

static steppe_status end(const char *function, struct stp_slots *s)
{
    stp_slots_begin_to_end(s);
    /* The head goes last: when that is refused it still tells whoever tries again what is left. */
    steppe_status status = s->bookkeeping ? steppe_release(s->bookkeeping) : STEPPE_OK;
    if (status != STEPPE_OK) {
        struct stp_failure failure = stp_status_last();
        stp_slots_do_not_end(s);
        return fail_as(function, failure);
    }
    s->bookkeeping = NULL;
    stp_slots_leave_living(s);
    status = steppe_release(s->base);
    if (status == STEPPE_OK)
        return STEPPE_OK;
    stp_slots_enter_living(s);
    return fail_as(function, stp_status_last());
}

steppe_status steppe_slots_free(void *slots)
{
    static const char function[] = "steppe_slots_free";
    if (!slots)
        return STEPPE_OK;
    steppe_status status = require_own(function, slots);
    return status == STEPPE_OK ? end(function, stp_slots_at(slots)) : status;
}

steppe_status stp_slots_end_view(const char *function, const void *view)
{
    return end(function, stp_slots_at(view));
}

steppe_status stp_slots_map_in_view(const void *view, uint64_t first_byte, size_t size_bytes,
                                    const struct stp_platform_file *file, uint64_t offset_bytes)
{
    const struct stp_slots *s = stp_slots_at(view);
    return stp_region_map_file(s->base, s->memory + first_byte, size_bytes, file, offset_bytes);
}

/* ---- batches -------------------------------------------------------------------------------- */

/* A batch that gives back less than half of what was cleared makes the next one wait longer: then
 * slots are mostly cleared and used again, or lie beside others that stay in use. */
static void take_batch(struct stp_slots *s)
{
    struct stp_failure failure = stp_status_last();
    struct stp_sweep sweep;
    uint64_t cursor = 0;
    uint64_t cleared = __atomic_exchange_n(&s->cleared_bytes, 0, __ATOMIC_RELAXED);
    uint64_t now = stp_counted(&s->batch_bytes_now);
    stp_sweep_begin(&sweep, s, 0, s->page_count);
    stp_sweep_dirty(&sweep, &cursor);
    bool gave_little = sweep.gone << s->page_shift < cleared / 2;
    if (!gave_little)
        now = s->batch_bytes;
    else if (now < s->batch_bytes * BATCH_GROWTH)
        now *= 2;
    __atomic_store_n(&s->batch_bytes_now, now, __ATOMIC_RELAXED);
    stp_status_put_back(&failure); /* benign: as above */
}

/* Before a budget refuses: what was cleared may be enough. */
static bool take_batch_early(struct stp_slots *s)
{
    if (s->give_back != STEPPE_SLOTS_BATCHED || !stp_counted(&s->cleared_bytes) ||
        __atomic_exchange_n(&s->is_batch_under_way, 1, __ATOMIC_ACQUIRE))
        return false;
    take_batch(s);
    __atomic_store_n(&s->is_batch_under_way, 0, __ATOMIC_RELEASE);
    return true;
}

/* ---- use ------------------------------------------------------------------------------------ */

/* The bits of a slot's sheet; *opened when they were not there. */
static steppe_status open_sheet(struct stp_slots *s, uint64_t slot, bool *opened)
{
    if (stp_slot_bits_is_open(&s->bits, slot))
        return STEPPE_OK;
    uint64_t sheet = stp_slots_sheet(s, slot);
    steppe_status status =
        steppe_commit(stp_slots_bits_address(s, sheet), (size_t)1 << s->bits_page_shift);
    if (status != STEPPE_OK)
        return status;
    *opened = true;
    stp_slot_bits_open(&s->bits, stp_slots_sheet_first(s, sheet), (sheet + 1) << s->sheet_shift);
    return STEPPE_OK;
}

static steppe_status commit_pages(struct stp_slots *s, struct stp_slot_gate *gate, uint64_t first,
                                  uint64_t end)
{
    stp_count(&gate->commit_call_count, 1);
    return steppe_commit(stp_slots_page_address(s, first), (end - first) << s->page_shift);
}

static steppe_status commit_after_query(struct stp_slots *s, struct stp_slot_gate *gate,
                                        uint64_t first, uint64_t end)
{
    for (uint64_t page = first; page < end;) {
        steppe_run run;
        stp_count(&gate->query_call_count, 1);
        steppe_status status = steppe_query(stp_slots_page_address(s, page), &run);
        if (status != STEPPE_OK)
            return status;
        if (run.state != STEPPE_COMMITTED)
            return commit_pages(s, gate, first, end);
        page += run.size_bytes >> s->page_shift;
    }
    return STEPPE_OK;
}

/* The part of the record that tells about pages. */
static bool is_known(const struct stp_slots *s, uint64_t first, uint64_t end)
{
    uint64_t bits_per_page = (uint64_t)8 << s->bits_page_shift;
    return stp_bits_are_set(s->known, first / bits_per_page, (end - 1) / bits_per_page + 1);
}

static steppe_status know(struct stp_slots *s, uint64_t first, uint64_t end)
{
    uint64_t bits_per_page = (uint64_t)8 << s->bits_page_shift;
    uint64_t known_first = first / bits_per_page, known_end = (end - 1) / bits_per_page + 1;
    if (is_known(s, first, end))
        return STEPPE_OK;
    steppe_status status = steppe_commit((uint8_t *)s->record + (known_first << s->bits_page_shift),
                                         (known_end - known_first) << s->bits_page_shift);
    if (status == STEPPE_OK)
        stp_bits_set(s->known, known_first, known_end);
    return status;
}

static steppe_status commit_by_record(struct stp_slots *s, struct stp_slot_gate *gate,
                                      uint64_t first, uint64_t end)
{
    if (is_known(s, first, end) && stp_bits_are_set(s->record, first, end))
        return STEPPE_OK;
    steppe_status status = commit_pages(s, gate, first, end);
    if (status != STEPPE_OK)
        return status;
    struct stp_failure failure = stp_status_last();
    if (know(s, first, end) == STEPPE_OK)
        stp_bits_set(s->record, first, end);
    else
        stp_status_put_back(&failure); /* benign: the next use commits once more */
    return STEPPE_OK;
}

static steppe_status commit_slots(struct stp_slots *s, struct stp_slot_gate *gate,
                                  uint64_t first_slot, uint64_t slot_end)
{
    uint64_t first = stp_slots_first_page(s, first_slot);
    uint64_t end = stp_slots_last_page_before(s, slot_end) + 1;
    switch (s->commit) {
    case STEPPE_SLOTS_ALWAYS:
        return commit_pages(s, gate, first, end);
    case STEPPE_SLOTS_AFTER_QUERY:
        return commit_after_query(s, gate, first, end);
    case STEPPE_SLOTS_BY_RECORD:
        return commit_by_record(s, gate, first, end);
    case STEPPE_SLOTS_BY_FAULT:
        break;
    }
    return STEPPE_OK;
}

/* A use that was refused has opened the sheet for nothing. */
static void close_sheet(struct stp_slots *s, uint64_t sheet)
{
    struct stp_failure failure = stp_status_last();
    struct stp_sweep sweep;
    stp_sweep_begin(&sweep, s, 0, 0);
    sweep.is_counted = true;
    stp_sweep_bits(&sweep, sheet);
    stp_status_put_back(&failure);
}

static steppe_status use(struct stp_slots *s, uint64_t index)
{
    struct stp_slot_gate *gate = stp_slots_gate(s, stp_slots_sheet(s, index));
    bool opened = false;
    stp_slot_gate_enter(gate);
    steppe_status status = open_sheet(s, index, &opened);
    if (status == STEPPE_OK)
        status = commit_slots(s, gate, index, index + 1);
    if (status == STEPPE_OK && !stp_slot_bits_insert(&s->bits, index))
        stp_count(&gate->slot_count, 1);
    stp_slot_gate_leave(gate);
    if (status != STEPPE_OK && opened)
        close_sheet(s, stp_slots_sheet(s, index));
    return status;
}

void *steppe_slots_use_at(void *slots, uint64_t index)
{
    static const char function[] = "steppe_slots_use";
    if (require_magic(function, slots) != STEPPE_OK)
        return NULL;
    struct stp_slots *s = stp_slots_at(slots);
    if (index >= s->head.slot_max) {
        fail_outside(function, s, index, "the index is not below slot_max");
        return NULL;
    }
    struct stp_failure failure = stp_status_last();
    steppe_status status = use(s, index);
    if (status == STEPPE_E_BUDGET && take_batch_early(s)) {
        status = use(s, index);
        if (status == STEPPE_OK)
            stp_status_put_back(&failure);
    }
    if (status == STEPPE_OK)
        return s->memory + (size_t)index * s->head.slot_bytes;
    fail_as(function, stp_status_last());
    return NULL;
}

static steppe_status use_in_sheet(struct stp_slots *s, uint64_t first, uint64_t end)
{
    struct stp_slot_gate *gate = stp_slots_gate(s, stp_slots_sheet(s, first));
    uint64_t used_count = 0;
    bool opened = false;
    stp_slot_gate_enter(gate);
    steppe_status status = open_sheet(s, first, &opened);
    if (status == STEPPE_OK && s->magic != VIEW_MAGIC)
        status = commit_slots(s, gate, first, end);
    for (uint64_t slot = first; status == STEPPE_OK && slot < end; slot++)
        used_count += !stp_slot_bits_insert(&s->bits, slot);
    stp_count(&gate->slot_count, used_count);
    stp_slot_gate_leave(gate);
    return status;
}

steppe_status stp_slots_use_run(const void *slots, uint64_t first, uint64_t slot_count)
{
    struct stp_slots *s = stp_slots_at(slots);
    steppe_status status = STEPPE_OK;
    uint64_t end = first + slot_count;
    while (status == STEPPE_OK && first < end) {
        uint64_t stop = stp_min(stp_slots_sheet_end(s, stp_slots_sheet(s, first)), end);
        status = use_in_sheet(s, first, stop);
        first = stop;
    }
    return status;
}

/* ---- clear ---------------------------------------------------------------------------------- */

/* Only what is committed: the rest reads zero when it is. Pages of slots in use are, unless faults
 * commit them; a neighbour's fault may add one meanwhile, which is zero. */
static void zero(struct stp_slots *s, uint64_t first_byte, uint64_t end_byte)
{
    if (s->commit != STEPPE_SLOTS_BY_FAULT) {
        memset(s->memory + first_byte, 0, end_byte - first_byte);
        return;
    }
    uint64_t page = first_byte >> s->page_shift, run_end;
    uint64_t end = ((end_byte - 1) >> s->page_shift) + 1;
    while (first_byte < end_byte &&
           (page = stp_slots_next_committed(s, page, end, &run_end)) < end) {
        uint64_t from = stp_max(page << s->page_shift, first_byte);
        memset(s->memory + from, 0, stp_min(run_end << s->page_shift, end_byte) - from);
        page = run_end;
    }
}

static uint64_t committed_pages(const struct stp_slots *s, uint64_t page, uint64_t end)
{
    uint64_t pages = 0, run_end;
    if (s->commit != STEPPE_SLOTS_BY_FAULT)
        return end - page;
    for (; (page = stp_slots_next_committed(s, page, end, &run_end)) < end; page = run_end)
        pages += run_end - page;
    return pages;
}

/* How much must lie in whole pages inside cleared slots to go back instead of being zeroed. */
static uint64_t bytes_worth_giving_back(const struct stp_slots *s)
{
    switch (s->give_back) {
    case STEPPE_SLOTS_AT_ONCE:
        return stp_slots_page_bytes(s);
    case STEPPE_SLOTS_BATCHED:
        return stp_max(s->batch_bytes, stp_slots_page_bytes(s));
    case STEPPE_SLOTS_COLLECTED:
        break;
    }
    return UINT64_MAX;
}

/* Slots in use, about to be cleared, are emptied while their bits still keep collections away. */
static void empty(struct stp_slots *s, uint64_t first, uint64_t end)
{
    uint64_t first_byte = first * s->head.slot_bytes, end_byte = end * s->head.slot_bytes;
    uint64_t page = (first_byte + stp_slots_page_bytes(s) - 1) >> s->page_shift;
    uint64_t page_end = end_byte >> s->page_shift;
    if (page >= page_end || (page_end - page) << s->page_shift < bytes_worth_giving_back(s)) {
        zero(s, first_byte, end_byte);
        return;
    }
    uint64_t pages = committed_pages(s, page, page_end);
    stp_slots_forget_pages(s, page, page_end);
    struct stp_failure failure = stp_status_last();
    if (steppe_decommit(stp_slots_page_address(s, page), (page_end - page) << s->page_shift) !=
        STEPPE_OK) {
        stp_status_put_back(&failure); /* benign: they stay, and are zero */
        zero(s, first_byte, end_byte);
        return;
    }
    stp_count(&s->given_back_bytes, pages << s->page_shift);
    if (first_byte < page << s->page_shift)
        zero(s, first_byte, page << s->page_shift);
    if (page_end << s->page_shift < end_byte)
        zero(s, page_end << s->page_shift, end_byte);
}

/* Slots of one sheet; returns how many were in use. */
static uint64_t clear_in_sheet(struct stp_slots *s, uint64_t first, uint64_t end)
{
    struct stp_slot_gate *gate = stp_slots_gate(s, stp_slots_sheet(s, first));
    uint64_t cleared = 0;
    stp_slot_gate_enter(gate);
    while ((first = stp_slot_bits_next(&s->bits, first, end)) < end) {
        uint64_t stop = stp_slot_bits_next_clear(&s->bits, first, end);
        empty(s, first, stop);
        stp_slot_bits_remove(&s->bits, first, stop);
        stp_slots_note_dirty(s, first, stop);
        cleared += stop - first;
        first = stop;
    }
    stp_count(&gate->slot_count, -cleared);
    stp_slot_gate_leave(gate);
    return cleared;
}

/* A look without closing a gate: is it worth to close some? */
static bool may_be_dead(const struct stp_slots *s, uint64_t page)
{
    uint64_t end = stp_slots_end_before(s, page + 1);
    return stp_slot_bits_next(&s->bits, stp_slots_first_on(s, page), end) == end;
}

static void sweep_one_page(struct stp_sweep *sweep, uint64_t page)
{
    if (!may_be_dead(sweep->slots, page))
        return;
    sweep->page = page;
    sweep->end = page + 1;
    stp_sweep_pages(sweep);
}

/* Whole pages inside the slots have gone already (empty), those at their ends have not; unless
 * there were slots in between that are in use no more than these. */
static void give_back_at_once(struct stp_slots *s, uint64_t first, uint64_t end)
{
    struct stp_failure failure = stp_status_last();
    struct stp_sweep sweep;
    uint64_t page = stp_slots_first_page(s, first), last = stp_slots_last_page_before(s, end);
    uint64_t sheet = stp_slots_sheet(s, first);
    stp_sweep_begin(&sweep, s, page, last + 1);
    if (end - first > 1) {
        stp_sweep_pages(&sweep);
    } else {
        sweep_one_page(&sweep, page);
        if (last != page)
            sweep_one_page(&sweep, last);
    }
    if (stp_slot_bits_is_open(&s->bits, first) && stp_slots_sheet_is_empty(s, sheet))
        stp_sweep_bits(&sweep, sheet);
    stp_status_put_back(&failure); /* benign: what was refused stays dirty */
}

static void give_back_batched(struct stp_slots *s, uint64_t bytes)
{
    uint64_t cleared = __atomic_add_fetch(&s->cleared_bytes, bytes, __ATOMIC_RELAXED);
    if (cleared < stp_counted(&s->batch_bytes_now))
        return;
    if (__atomic_exchange_n(&s->is_batch_under_way, 1, __ATOMIC_ACQUIRE))
        return;
    take_batch(s);
    __atomic_store_n(&s->is_batch_under_way, 0, __ATOMIC_RELEASE);
}

static steppe_status clear_slots(const char *function, void *slots, uint64_t first,
                                 uint64_t slot_count)
{
    steppe_status status = require_magic(function, slots);
    if (status != STEPPE_OK)
        return status;
    struct stp_slots *s = stp_slots_at(slots);
    if (first > s->head.slot_max || slot_count > s->head.slot_max - first)
        return fail_outside(function, s, first > s->head.slot_max ? first : slot_count,
                            "slots beyond the last one");
    uint64_t end = first + slot_count, cleared = 0, slot = first;
    while ((slot = stp_slot_bits_next(&s->bits, slot, end)) < end) {
        uint64_t stop = stp_min(stp_slots_sheet_end(s, stp_slots_sheet(s, slot)), end);
        cleared += clear_in_sheet(s, slot, stop);
        slot = stop;
    }
    if (cleared && s->give_back == STEPPE_SLOTS_AT_ONCE)
        give_back_at_once(s, first, end);
    if (cleared && s->give_back == STEPPE_SLOTS_BATCHED)
        give_back_batched(s, cleared * s->head.slot_bytes);
    return STEPPE_OK;
}

steppe_status steppe_slots_clear(void *slots, uint64_t index)
{
    return clear_slots("steppe_slots_clear", slots, index, 1);
}

steppe_status steppe_slots_clear_range(void *slots, uint64_t first, uint64_t slot_count)
{
    return clear_slots("steppe_slots_clear_range", slots, first, slot_count);
}

/* ---- collect ------------------------------------------------------------------------------- */

static steppe_status finish_sweep(const struct stp_sweep *sweep)
{
    return sweep->status == STEPPE_OK ? STEPPE_OK : fail_as("steppe_slots_collect", sweep->failure);
}

/* From where the last one stopped to the end, and from the beginning to there. */
static void collect_limited(struct stp_sweep *sweep, size_t page_max)
{
    struct stp_slots *s = sweep->slots;
    uint64_t start = __atomic_load_n(&s->next_page, __ATOMIC_RELAXED);
    sweep->gone_max = page_max;
    sweep->page = start;
    stp_sweep_pages(sweep);
    if (!stp_sweep_is_limited_out(sweep)) {
        sweep->page = 0;
        sweep->end = start;
        stp_sweep_pages(sweep);
    }
    __atomic_store_n(&s->next_page, sweep->page, __ATOMIC_RELAXED);
}

steppe_status steppe_slots_collect(void *slots, size_t page_max, size_t *page_count)
{
    struct stp_sweep sweep;
    if (page_count)
        *page_count = 0;
    steppe_status status = require_own("steppe_slots_collect", slots);
    if (status != STEPPE_OK)
        return status;
    struct stp_slots *s = stp_slots_at(slots);
    stp_sweep_begin(&sweep, s, 0, s->page_count);
    stp_sweep_count(&sweep);
    if (page_max) {
        collect_limited(&sweep, page_max);
    } else {
        stp_bits_clear(s->dirty, 0, stp_slots_sheet_count(s));
        stp_sweep_pages(&sweep);
    }
    if (page_count)
        *page_count = sweep.gone;
    return finish_sweep(&sweep);
}

steppe_status stp_slots_collect_piece(void *slots, size_t page_max, bool is_everything,
                                      uint64_t *cursor, size_t *page_count, bool *is_round_over)
{
    struct stp_slots *s = stp_slots_at(slots);
    struct stp_sweep sweep;
    stp_sweep_begin(&sweep, s, *cursor, s->page_count);
    if (page_max)
        sweep.look_max = page_max;
    if (is_everything) {
        stp_sweep_pages(&sweep);
        *cursor = sweep.page;
        *is_round_over = sweep.page >= s->page_count;
    } else {
        stp_sweep_dirty(&sweep, cursor);
        *is_round_over = !stp_sweep_is_limited_out(&sweep);
    }
    if (*is_round_over)
        *cursor = 0;
    *page_count += sweep.gone;
    return finish_sweep(&sweep);
}

/* ---- searching ------------------------------------------------------------------------------ */

uint64_t steppe_slots_next(const void *slots, uint64_t index)
{
    if (!is_magic(slots))
        return STEPPE_NO_SLOT;
    const struct stp_slots *s = stp_slots_at(slots);
    uint64_t slot = stp_slot_bits_next(&s->bits, index, s->head.slot_max);
    return slot < s->head.slot_max ? slot : STEPPE_NO_SLOT;
}

uint64_t steppe_slots_previous(const void *slots, uint64_t index)
{
    if (index == STEPPE_NO_SLOT || !is_magic(slots))
        return STEPPE_NO_SLOT;
    const struct stp_slots *s = stp_slots_at(slots);
    return stp_slot_bits_previous(&s->bits, stp_min(index, s->head.slot_max - 1));
}

uint64_t steppe_slots_first_free(const void *slots, uint64_t index)
{
    if (!is_magic(slots))
        return STEPPE_NO_SLOT;
    const struct stp_slots *s = stp_slots_at(slots);
    uint64_t slot = stp_slot_bits_next_clear(&s->bits, index, s->head.slot_max);
    return slot < s->head.slot_max && index < s->head.slot_max ? slot : STEPPE_NO_SLOT;
}

steppe_slots_run steppe_slots_next_run(const void *slots, uint64_t index)
{
    uint64_t first = steppe_slots_next(slots, index);
    if (first == STEPPE_NO_SLOT)
        return (steppe_slots_run){.first = STEPPE_NO_SLOT, .count = 0};
    const struct stp_slots *s = stp_slots_at(slots);
    uint64_t end = stp_slot_bits_next_clear(&s->bits, first + 1, s->head.slot_max);
    return (steppe_slots_run){.first = first, .count = end - first};
}

/* ---- figures -------------------------------------------------------------------------------- */

static uint64_t slots_in_use(const struct stp_slots *s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < STP_SLOT_GATES; i++)
        sum += stp_counted(&s->gates[i].slot_count);
    return sum;
}

uint64_t steppe_slots_count(const void *slots)
{
    return stp_slots_is(slots) ? slots_in_use(stp_slots_at(slots)) : 0;
}

uint64_t steppe_slots_max(const void *slots)
{
    return stp_slots_is(slots) ? stp_slots_at(slots)->head.slot_max : 0;
}

steppe_status steppe_slots_statistics_of(const void *slots, steppe_slots_statistics *statistics)
{
    static const char function[] = "steppe_slots_statistics_of";
    steppe_status status = require_living(function, slots);
    if (status != STEPPE_OK)
        return status;
    if (!statistics)
        return fail(function, slots, STEPPE_E_NULL, NULL);
    const struct stp_slots *s = stp_slots_at(slots);
    uint64_t charged_bytes = steppe_reservation_of(s->base).committed_bytes;
    uint64_t head_bytes = stp_min(s->memory - s->base, charged_bytes); /* a view's is less */
    *statistics = (steppe_slots_statistics){
        .slot_count = slots_in_use(s),
        .slot_max = s->head.slot_max,
        .slot_bytes = s->head.slot_bytes,
        .committed_bytes = charged_bytes - head_bytes,
        .bookkeeping_bytes = steppe_reservation_of(s->bookkeeping).committed_bytes + head_bytes,
        .given_back_bytes = stp_counted(&s->given_back_bytes),
        .collection_count = stp_counted(&s->collection_count),
    };
    for (size_t i = 0; i < STP_SLOT_GATES; i++) {
        statistics->commit_call_count += stp_counted(&s->gates[i].commit_call_count);
        statistics->query_call_count += stp_counted(&s->gates[i].query_call_count);
    }
    return STEPPE_OK;
}

/* The nearer one of two: charge in relation to limit, without a product that overflows. */
static void take_if_nearer(uint64_t charged, uint64_t limit, uint64_t *charged_bytes,
                           uint64_t *limit_bytes)
{
    if (limit == STEPPE_NO_LIMIT)
        return;
    bool is_nearer = *limit_bytes == STEPPE_NO_LIMIT || (double)charged * (double)*limit_bytes >
                                                            (double)*charged_bytes * (double)limit;
    if (!is_nearer)
        return;
    *charged_bytes = charged;
    *limit_bytes = limit;
}

void stp_slots_pressure(const void *slots, uint64_t *charged_bytes, uint64_t *limit_bytes)
{
    steppe_reservation r = steppe_reservation_of(stp_slots_at(slots)->base);
    steppe_budget *process = steppe_process_budget();
    *charged_bytes = r.committed_bytes;
    *limit_bytes = STEPPE_NO_LIMIT;
    take_if_nearer(r.committed_bytes, r.limit_bytes, charged_bytes, limit_bytes);
    if (r.budget)
        take_if_nearer(steppe_budget_charged_bytes(r.budget), steppe_budget_limit_bytes(r.budget),
                       charged_bytes, limit_bytes);
    take_if_nearer(steppe_budget_charged_bytes(process), steppe_budget_limit_bytes(process),
                   charged_bytes, limit_bytes);
}
