/* SPDX-License-Identifier: MIT */
/*
 * steppe/slots.h - a sparse array: any index at any time, paid for by the slots in use.
 *
 * The container is the array. What steppe_slots_new returns points to slot 0; slots[i] is plain C,
 * at full speed, at an address that never changes; and the same pointer is what all calls take:
 *
 *     struct order *orders = steppe_slots_new(struct order, UINT64_C(1) << 30, NULL);
 *     struct order *order = steppe_slots_use(orders, id);   (zeroed, and in use from now on)
 *     order->amount = 5;
 *     ...
 *     steppe_slots_clear(orders, id);                       (its page goes when it can)
 *     for (uint64_t i = steppe_slots_next(orders, 0); i != STEPPE_NO_SLOT;
 *          i = steppe_slots_next(orders, i + 1))
 *         print(&orders[i]);
 *     steppe_slots_free(orders);
 *
 * Downward it ends as well, for behind slot 0 i - 1 is STEPPE_NO_SLOT:
 *
 *     for (uint64_t i = steppe_slots_previous(orders, steppe_slots_max(orders) - 1);
 *          i != STEPPE_NO_SLOT; i = steppe_slots_previous(orders, i - 1))
 *         print(&orders[i]);
 *
 * States of a slot:
 *
 *                  steppe_slots_use
 *     clear      ------------------->   in use
 *     (not to    <-------------------   (its bytes are the program's;
 *      touch)      steppe_slots_clear    zero at first)
 *
 * States of a page, which may hold parts of many slots:
 *
 *     reserved ---- a slot on it is used ----> committed ---- every slot that overlaps it is clear,
 *        ^                                         |          and somebody gives back
 *        +-----------------------------------------+
 *
 * When pages are committed is one of four strategies (commit), when they are given back one of
 * three (give_back). To a program that touches only slots in use they differ in cost (./run bench
 * strategies), and in where a budget refuses: STEPPE_SLOTS_BY_FAULT, the default and the fastest,
 * commits at the touch, which faults when it is refused (catch it by STEPPE_TRY); with the others
 * steppe_slots_use returns NULL, and touching cannot fail. With a budget or a limit take
 * STEPPE_SLOTS_BY_RECORD, and this:
 *
 *     struct order *order = steppe_slots_use(orders, id);
 *     if (!order && steppe_last_status() == STEPPE_E_BUDGET) {
 *         clear_old_ones(orders);
 *         steppe_slots_collect(orders, 0, NULL);            (a collector may be waited for instead)
 *         order = steppe_slots_use(orders, id);
 *     }
 *
 * (Only STEPPE_SLOTS_COLLECTED needs the collection, and large batches: others give back before a
 * use is refused.) A slot whose touch was refused is in use all the same, and wants clearing;
 * steppe_fault.reason tells why, for a touch is no call that fails.
 *
 * A large slot_max costs little: address space, and 1 MiB of bookkeeping for each 2^37, charged at
 * once. Take one that will do for ever. Slots cost some 66 KiB with their first one in use.
 *
 * Take it for tables far larger than memory with few entries: records by number, cells of a sheet,
 * pages of a guest, objects by handle. Take steppe_array for what grows at its end, a hash table
 * for keys that are no numbers. Entries scattered so that each lies on a page of its own cost a
 * page each: give neighbours neighbouring indices.
 *
 * Threads. Every call but steppe_slots_free may be made from any thread at any time, also while
 * another collects. Two threads must not use or clear the same slot at the same time, and nobody
 * may touch a slot that is clear: it may fault or commit a page, its page may go under the touch,
 * and what was written there is lost, or found by the next use. Signal handlers: none of the calls;
 * touching slots in use is fine. A fork waits until no call is half-way, so a handler that may have
 * interrupted one must not fork (but for _Fork); the child has its own copy, which works.
 *
 * A view of a file (steppe_slots_map in file.h) is slots, too, to be looked at: what would change
 * or end it fails with STEPPE_E_PROTECTION.
 */
#ifndef STEPPE_SLOTS_H
#define STEPPE_SLOTS_H

#include <steppe/region.h>

STEPPE_BEGIN_DECLS

/* What steppe_slots_next, _previous and _first_free return when there is none. */
#define STEPPE_NO_SLOT UINT64_MAX

/* When are the pages of a slot committed? */
typedef enum steppe_slots_commit {
    STEPPE_SLOTS_BY_FAULT = 0,    /* when they are touched. steppe_slots_use commits nothing, so a
                                     budget refuses the touch and not the call */
    STEPPE_SLOTS_ALWAYS = 1,      /* steppe_slots_use commits, whether it is necessary or not */
    STEPPE_SLOTS_AFTER_QUERY = 2, /* ... asks steppe_query, and commits what is not */
    STEPPE_SLOTS_BY_RECORD = 3    /* ... keeps a record of what is committed, a bit a page */
} steppe_slots_commit;

/* When are pages without a slot in use given back? */
typedef enum steppe_slots_give_back {
    STEPPE_SLOTS_BATCHED = 0,  /* by steppe_slots_clear, when enough may have come together: a slot
                                  cleared and used again costs no system call. While looking gives
                                  little back it looks less often, down to a 16th as often */
    STEPPE_SLOTS_AT_ONCE = 1,  /* by the steppe_slots_clear that clears the last slot of a page */
    STEPPE_SLOTS_COLLECTED = 2 /* only by steppe_slots_collect, or a collector (collector.h) */
} steppe_slots_give_back;

/* Every field's zero is its default; {0} (in C++ {}) and a null pointer mean all defaults. */
typedef struct steppe_slots_options {
    steppe_slots_commit commit;
    steppe_slots_give_back give_back;
    size_t batch_bytes; /* BATCHED: look for pages to give back when slots of so many bytes
                           have been cleared since, and before steppe_slots_use is refused by
                           a budget; 0: 64 slots, but from 1 to 16 MiB */
    const steppe_options *memory; /* of the slots' reservation: budget, limit, name, tag, mechanism,
                                     huge_pages, strict, dump, write_watch ... Its on_fault is the
                                     strategy's (STEPPE_COMMIT, which may have a filter, or
                                     STEPPE_RAISE) and may be left alone; protection must be
                                     STEPPE_READ_WRITE. Slot 0 lies a page behind its base.

                                     limit_bytes counts slots, and the page below slot 0.

                                     The bits that say what is in use are a reservation of their
                                     own, of the same name, tag and budget, and without a limit: 4
                                     KiB for each 32,768 slots among which one is in use, and from
                                     the start 2 bits for each 32,768. A record takes 4 KiB for each
                                     128 MiB of slots that were ever used */
} steppe_slots_options;

/* steppe_slots_new(struct order, max, &options): steppe_slots_make by the type. Variadic, because
 * options may be a compound literal, whose commas no brackets protect. */
#define steppe_slots_new(type, slot_max, ...)                                                      \
    ((type *)steppe_slots_make(sizeof(type), (slot_max), __VA_ARGS__))

/* Make an array of slot_max slots, all clear.
 *
 * Ownership: the caller's until steppe_slots_free. options are copied; the budget must live as
 * long. Threads: any. Signal handlers: no. Returns slot 0, aligned to a page, or NULL with
 * STEPPE_E_SIZE (a slot of no bytes, no slots, or more than the address space), STEPPE_E_OPTION, or
 * one of steppe_reserve and steppe_commit, told as steppe_slots_new's. Nothing is left behind. Like
 * calloc of the whole, if that were possible. */
STEPPE_API void *steppe_slots_make(size_t slot_bytes, uint64_t slot_max,
                                   const steppe_slots_options *options);

/* End it: all its memory goes, its charge is returned. NULL is fine.
 * Threads: no other call on it may run or follow. Signal handlers: no.
 * Errors: STEPPE_E_NOT_CONTAINER (not the start of living slots); those of steppe_release: nothing
 * is lost, but they are good for nothing else than to be freed again. */
STEPPE_API steppe_status steppe_slots_free(void *slots);

/* steppe_slots_use(orders, id): steppe_slots_use_at with the pointer's type. */
#define steppe_slots_use(slots, index) STEPPE_TYPED(slots, steppe_slots_use_at((slots), (index)))

/* Put a slot to use and return it: zeroed when it was clear, as it is when it was in use already.
 * With any strategy but STEPPE_SLOTS_BY_FAULT its pages are committed when this returns; with that
 * one they come, or are refused, when they are touched.
 * Returns NULL with STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, STEPPE_E_OUTSIDE (index), or an error of
 * steppe_commit, told as steppe_slots_use's: the slot is then as it was. Like this call, the clears
 * and the searches below find out that a pointer is no container by reading just below it: memory
 * must be there. The others take any pointer. */
STEPPE_API void *steppe_slots_use_at(void *slots, uint64_t index);

/* The slot if it is in use, else NULL; also NULL for an index beyond the last slot. slots are
 * living ones, not NULL. No status is set. Commits nothing, and never fails; but a collection may
 * take the bits of slots that are all clear just when they are asked about: then 4 KiB of them come
 * back until the next whole collection. If in that moment somebody else has used up the budget,
 * this, and the searches below, wait until it has 4 KiB. */
#define steppe_slots_get(slots, index) STEPPE_TYPED(slots, steppe_slots_get_at((slots), (index)))

/* Is the slot in use? false beyond the last one. */
static inline bool steppe_slots_in_use(const void *slots, uint64_t index);

/* Clear a slot, or count of them from first on: their bytes are zeroed, and pages are given back as
 * the policy says. What is clear already stays so. A page that could not be given back stays
 * committed, and is looked at again by the next collection: that is no error. A large slot is
 * zeroed by giving back the pages wholly inside it, at once if that is the policy, or where they
 * are more than a batch. Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, STEPPE_E_OUTSIDE; nothing
 * has changed then. */
STEPPE_API steppe_status steppe_slots_clear(void *slots, uint64_t index);
STEPPE_API steppe_status steppe_slots_clear_range(void *slots, uint64_t first, uint64_t count);

/* The first slot in use at or above an index, the last at or below it, the first that is clear at
 * or above it; STEPPE_NO_SLOT when there is none, for STEPPE_NO_SLOT itself, or when slots are no
 * living container. Time goes with
 * the slots in use, not with those passed over. While other threads use and clear slots, each is
 * told as it was before or after. */
STEPPE_API uint64_t steppe_slots_next(const void *slots, uint64_t index);
STEPPE_API uint64_t steppe_slots_previous(const void *slots, uint64_t index);
STEPPE_API uint64_t steppe_slots_first_free(const void *slots, uint64_t index);

typedef struct steppe_slots_run {
    uint64_t first, count;
} steppe_slots_run;

/* The next run of slots in use at or above an index; count is 0 when there is none:
 *     for (steppe_slots_run run = steppe_slots_next_run(slots, 0); run.count;
 *          run = steppe_slots_next_run(slots, run.first + run.count)) */
STEPPE_API steppe_slots_run steppe_slots_next_run(const void *slots, uint64_t index);

/* How many slots are in use, and how many there are. 0 for what is no living container. */
STEPPE_API uint64_t steppe_slots_count(const void *slots);
STEPPE_API uint64_t steppe_slots_max(const void *slots);

/* Decommit the pages that no slot in use overlaps, and the bits of slots that are all clear;
 * page_max pages of slots at most (0: all). *page_count (may be NULL) says how many went. A limited
 * call goes on where the one before stopped, behind the last page at the first one: when fewer went
 * than were allowed, it has been all the way round. Commits nothing; looks at no slot, only at
 * bits, and passes over what is not committed. Users of slots wait for the 32 MiB that it is at, no
 * more. Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, those of steppe_decommit_all, the first one:
 * what could be given back has been, and is counted. */
STEPPE_API steppe_status steppe_slots_collect(void *slots, size_t page_max, size_t *page_count);

typedef struct steppe_slots_statistics {
    uint64_t slot_count, slot_max; /* in use, in all */
    size_t slot_bytes;
    uint64_t committed_bytes;   /* of slots */
    uint64_t bookkeeping_bytes; /* of the rest: with committed_bytes all that is charged */
    uint64_t commit_call_count; /* by steppe_slots_use, of the slots' pages */
    uint64_t query_call_count;
    uint64_t given_back_bytes; /* of slots, since it was made */
    uint64_t collection_count; /* looks for pages to give back, whoever asked for them */
} steppe_slots_statistics;

/* Figures; while others use and clear slots they need not fit together.
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER. */
STEPPE_API steppe_status steppe_slots_statistics_of(const void *slots,
                                                    steppe_slots_statistics *statistics);

/* ---- not to be called directly -------------------------------------------------------------- */

/* What the inline calls read; it lies just below slot 0. */
typedef struct steppe_slots_head_ {
    const uint64_t *groups; /* a bit for 1 << STEPPE_SLOTS_GROUP_SHIFT_ slots; 0: all are clear, and
                               their bits may not be there */
    const uint64_t *bits;   /* one a slot: in use */
    uint64_t slot_max;
    size_t slot_bytes;
} steppe_slots_head_;

enum { STEPPE_SLOTS_GROUP_SHIFT_ = 15 };

#if defined(__SANITIZE_THREAD__)
#define STEPPE_SLOTS_NO_TSAN_ 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STEPPE_SLOTS_NO_TSAN_ 1
#endif
#endif

#ifdef STEPPE_SLOTS_NO_TSAN_
/* ThreadSanitizer holds a lock of its own during an atomic load. If that faults, for the bits went
 * just then, the fault handler would wait for it for ever. */
__attribute__((no_sanitize("thread"), noinline, unused)) static uint64_t steppe_slots_load_(
    const uint64_t *word)
{
    return *(const volatile uint64_t *)word;
}
#else
static inline uint64_t steppe_slots_load_(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
#endif

/* The order of the two loads does not matter (the bits of a group that is closed read zero), and
 * without the expectations the usual way jumps, which takes a tenth more. */
static inline bool steppe_slots_in_use(const void *slots, uint64_t index)
{
    const steppe_slots_head_ *head = (const steppe_slots_head_ *)slots - 1;
    uint64_t group = index >> STEPPE_SLOTS_GROUP_SHIFT_;
    if (__builtin_expect(index >= head->slot_max, 0))
        return false;
    if (__builtin_expect(!(steppe_slots_load_(&head->groups[group >> 6]) >> (group & 63) & 1), 0))
        return false;
    return steppe_slots_load_(&head->bits[index >> 6]) >> (index & 63) & 1;
}

static inline void *steppe_slots_get_at(const void *slots, uint64_t index)
{
    const steppe_slots_head_ *head = (const steppe_slots_head_ *)slots - 1;
    return steppe_slots_in_use(slots, index)
               ? (char *)(uintptr_t)slots + (size_t)index * head->slot_bytes
               : NULL;
}

STEPPE_END_DECLS
#endif
