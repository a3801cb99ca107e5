/* SPDX-License-Identifier: MIT */
/*
 * collect.c - which pages of an array hold nothing in use, and giving those back.
 *
 * Pages and structures are two divisions of the same bytes, and neither fits into the other:
 *
 *     pages       |       0       |       1       |       2       |       3       |
 *     structures   |  0  |  1  |  2  |  3  |  4  |  5  |  6  |  7  |  8  |  9  |
 *
 * The textbook's way is to go from page to page, take the structures that begin on it, as many as
 * fit on a page, and free the page when those are clear. With structures of half a page that is
 * right by luck: none lies across a border. With others it looks at 3 and 4 and frees page 1 above,
 * with the end of 2 and the beginning of 5, which may be in use; and where a structure is larger
 * than a page none fits, none is looked at, and its middle is freed. Nor does it say what happens
 * when a flag lies on another page than the one in question, and that is not committed.
 *
 * So it is done the other way round. What decides is the next structure in use: pages in front of
 * it go, pages it lies on stay, and the search goes on with the first structure that lies on the
 * page behind it. Main invariant, for every run of committed pages (collect_run):
 *
 *     run.first <= at <= run.end     pages below at are decided: they stay, or are in the batch;
 *                                    every structure that overlaps one in the batch is clear
 *
 * What may be read. The flag of a structure may lie on another run than the page in question.
 * Whether an address is committed is asked of the library and remembered (known), until pages are
 * decommitted; it is never found out by a touch, which would commit it under STEPPE_COMMIT. After
 * pages went, flags on them are not committed, so their structures still count as clear: they are.
 */
#include <steppe/collect.h>

#include "base/align.h"
#include "base/status.h"
#include "containers/array_internal.h"
#include "containers/growth.h"
#include "containers/slots_internal.h"

enum {
    BATCH = 64, /* ranges to decommit in one call: what the kernel takes at a time */
    /* Pages not committed between two that go, up to so many bytes, are given back with them: one
     * range costs less than two. Not more: others may be at work there, and would wait. */
    BRIDGE_BYTES = 2 << 20
};

static const size_t NONE = SIZE_MAX;

struct walk {
    steppe_collection what;
    uintptr_t base;
    void *reservation;
    size_t page_bytes;
    uintptr_t first, end; /* the pages that lie wholly in the array */
    size_t look_offset_bytes, look_bytes;
    bool is_aligned; /* every flag is */

    steppe_run known; /* an answer that still holds; of no bytes: none */
    /* Structures found clear that lie on other runs too: what says so may have gone. NONE: no such.
     */
    size_t last_clear;               /* the last one of a run */
    size_t first_clear;              /* the first one of all, where a limited collection ends */
    size_t start_index;              /* which that would be */
    size_t last_used;                /* found in use: it stays so, for its pages do not go */
    uintptr_t gap_first, gap_end;    /* the last run that is not committed */
    steppe_range batch[BATCH];       /* what goes next ... */
    size_t batch_page_counts[BATCH]; /* ... and how much of it is committed */
    size_t batch_count;
    size_t page_count; /* gone */
    size_t page_left;  /* may still go; SIZE_MAX: all */
    bool is_stopped;   /* the limit is reached, or a decommit failed ... */
    uintptr_t stop;    /* ... here */
    steppe_status status;
};

/* ---- arguments ------------------------------------------------------------------------------ */

static steppe_status fail(const steppe_collection *collection, steppe_status status,
                          const char *note)
{
    return stp_status_fail(&(struct stp_failure){
        .function = "steppe_collect",
        .status = status,
        .address = collection ? (uintptr_t)collection->base : 0,
        .note = note,
    });
}

static bool lies_inside(size_t offset_bytes, size_t size_bytes, size_t structure_bytes)
{
    return offset_bytes < structure_bytes && size_bytes <= structure_bytes - offset_bytes;
}

static const char *wrong_option(const steppe_collection *c)
{
    if (!c->flag_bytes == !c->is_in_use)
        return "either flag_bytes or is_in_use says what is in use";
    if (c->is_in_use && !c->look_bytes)
        return "look_bytes is 0: how much of a structure does is_in_use read?";
    if (c->is_in_use)
        return lies_inside(c->look_offset_bytes, c->look_bytes, c->structure_bytes)
                   ? NULL
                   : "what is looked at is not inside the structure";
    if (c->flag_bytes > 8 || !stp_is_power_of_two(c->flag_bytes))
        return "flag_bytes is not 1, 2, 4 or 8";
    if (!lies_inside(c->flag_offset_bytes, c->flag_bytes, c->structure_bytes))
        return "the flag is not inside the structure";
    return NULL;
}

/* *end: of the array. */
static steppe_status check(const steppe_collection *c, uintptr_t *end)
{
    size_t size_bytes;
    if (!c->base)
        return fail(c, STEPPE_E_NULL, "base is null");
    if (!c->structure_bytes)
        return fail(c, STEPPE_E_SIZE, "a structure has no bytes");
    if (__builtin_mul_overflow(c->structure_bytes, c->count, &size_bytes) ||
        !stp_add((uintptr_t)c->base, size_bytes, end))
        return fail(c, STEPPE_E_SIZE, "more than the address space");
    const char *wrong = wrong_option(c);
    return wrong ? fail(c, STEPPE_E_OPTION, wrong) : STEPPE_OK;
}

static void tell_where_to_look(struct walk *walk)
{
    const steppe_collection *c = &walk->what;
    if (c->is_in_use) {
        walk->look_offset_bytes = c->look_offset_bytes;
        walk->look_bytes = c->look_bytes;
        return;
    }
    walk->look_offset_bytes = c->flag_offset_bytes;
    walk->look_bytes = c->flag_bytes;
    walk->is_aligned = (walk->base + c->flag_offset_bytes) % c->flag_bytes == 0 &&
                       c->structure_bytes % c->flag_bytes == 0;
}

/* A container's own pages, which it believes to be there. What it makes begins a page behind its
 * reservation's base. */
static bool is_of_container(const steppe_reservation *r)
{
    const uint8_t *first = (const uint8_t *)r->base + r->page_bytes;
    return stp_growth_look(r->base, STP_GROWTH_ARENA) || stp_array_is(first) || stp_slots_is(first);
}

/* Arguments that check() has passed, and an array that is not empty. */
static steppe_status begin(struct walk *walk, uintptr_t end)
{
    steppe_reservation r = steppe_reservation_of(walk->what.base);
    if (!r.size_bytes)
        return fail(&walk->what, STEPPE_E_NOT_RESERVED, NULL);
    if (end > (uintptr_t)r.base + r.size_bytes)
        return fail(&walk->what, STEPPE_E_OUTSIDE, "the array is longer than its reservation");
    if (is_of_container(&r))
        return fail(&walk->what, STEPPE_E_IN_USE,
                    "a container gives back its pages itself: steppe_slots_collect, _array_trim, "
                    "_arena_reset");
    walk->base = (uintptr_t)walk->what.base;
    walk->reservation = r.base;
    walk->page_bytes = r.page_bytes;
    walk->end = stp_round_down(end, r.page_bytes);
    if (!stp_round_up(walk->base, r.page_bytes, &walk->first) || walk->first > walk->end)
        walk->first = walk->end; /* not one whole page */
    tell_where_to_look(walk);
    return STEPPE_OK;
}

/* ---- what may be read ----------------------------------------------------------------------- */

static bool is_known(const struct walk *walk, uintptr_t address)
{
    return address - (uintptr_t)walk->known.base < walk->known.size_bytes;
}

static uintptr_t known_end(const struct walk *walk)
{
    return (uintptr_t)walk->known.base + walk->known.size_bytes;
}

/* Afterwards the address is known. What the program has released meanwhile, against the rules, is
 * at least not touched. */
static void learn(struct walk *walk, uintptr_t address)
{
    if (is_known(walk, address))
        return;
    if (steppe_query((const void *)address, &walk->known) == STEPPE_OK &&
        walk->known.reservation == walk->reservation)
        return;
    walk->known = (steppe_run){.base = (void *)stp_round_down(address, walk->page_bytes),
                               .size_bytes = walk->page_bytes,
                               .state = STEPPE_RESERVED};
}

static bool is_committed(const steppe_run *run)
{
    return run->state == STEPPE_COMMITTED;
}

static bool is_readable(const steppe_run *run)
{
    return is_committed(run) && run->protection != STEPPE_NO_ACCESS &&
           !(run->protection & STEPPE_GUARD);
}

/* ---- structures ----------------------------------------------------------------------------- */

static uintptr_t structure_at(const struct walk *walk, size_t index)
{
    return walk->base + index * walk->what.structure_bytes;
}

static size_t index_of(const struct walk *walk, uintptr_t address)
{
    return (address - walk->base) / walk->what.structure_bytes;
}

static uintptr_t look_at(const struct walk *walk, size_t index)
{
    return structure_at(walk, index) + walk->look_offset_bytes;
}

static bool any_set(uintptr_t first, uintptr_t end)
{
    const unsigned char *bytes = (const unsigned char *)first;
    for (size_t i = 0; i < end - first; i++)
        if (bytes[i])
            return true;
    return false;
}

/* Acquire: whoever clears an aligned flag by a release store has written all he ever will. */
#define PASS_CLEAR(type)                                                                           \
    while (i < count && !__atomic_load_n((const type *)(flag + i * stride), __ATOMIC_ACQUIRE))     \
    i++

/* Of count flags, all readable, the first one that is set; count when none is. */
static size_t first_set(const struct walk *walk, uintptr_t flag, size_t count)
{
    size_t stride = walk->what.structure_bytes, i = 0;
    switch (walk->is_aligned ? walk->look_bytes : 0) {
    case 1:
        PASS_CLEAR(uint8_t);
        break;
    case 2:
        PASS_CLEAR(uint16_t);
        break;
    case 4:
        PASS_CLEAR(uint32_t);
        break;
    case 8:
        PASS_CLEAR(uint64_t);
        break;
    default:
        while (i < count && !any_set(flag + i * stride, flag + i * stride + walk->look_bytes))
            i++;
    }
    return i;
}

/* The same of structures whose looked-at bytes are all readable. */
static size_t first_in_use(const struct walk *walk, size_t index, size_t count)
{
    const steppe_collection *c = &walk->what;
    if (!c->is_in_use)
        return first_set(walk, look_at(walk, index), count);
    size_t i = 0;
    while (i < count &&
           !c->is_in_use((const void *)structure_at(walk, index + i), index + i, c->context))
        i++;
    return i;
}

/* Of structures from index on, below end, how many have all their looked-at bytes on the known run,
 * and that readable. */
static size_t open_count(const struct walk *walk, size_t index, size_t end)
{
    uintptr_t look = look_at(walk, index);
    if (!is_readable(&walk->known) || !is_known(walk, look) ||
        known_end(walk) - look < walk->look_bytes)
        return 0;
    size_t more = (known_end(walk) - look - walk->look_bytes) / walk->what.structure_bytes;
    return stp_min(end - index, more + 1);
}

/* The looked-at bytes are not all on one readable run. Those not committed count as zero; the
 * others cannot be shown to a callback then, which would read on, so whatever is not zero keeps the
 * structure. What cannot be read does so too. */
static bool is_in_use(struct walk *walk, size_t index)
{
    uintptr_t at = look_at(walk, index), end = at + walk->look_bytes, stop;
    bool is_whole = true, is_set = false;
    if (index == walk->last_clear || index == walk->first_clear)
        return false;
    if (index == walk->last_used) /* may lie on many runs, and all of it is looked at */
        return true;
    for (; at < end; at = stop) {
        learn(walk, at);
        stop = end - at < known_end(walk) - at ? end : known_end(walk);
        if (is_committed(&walk->known) && !is_readable(&walk->known))
            return true;
        is_whole &= is_committed(&walk->known);
        is_set |= is_committed(&walk->known) && any_set(at, stop);
    }
    return is_whole ? first_in_use(walk, index, 1) == 0 : is_set;
}

/* The first structure in use from index on, below end; end when there is none. */
static size_t next_in_use(struct walk *walk, size_t index, size_t end)
{
    size_t first = index;
    while (index < end) {
        learn(walk, look_at(walk, index));
        size_t count = open_count(walk, index, end);
        size_t clear_count = first_in_use(walk, index, count);
        index += clear_count;
        if (clear_count < count || (!count && is_in_use(walk, index)))
            break;
        index += !count;
    }
    if (index == end)
        walk->last_clear = end - 1;
    else
        walk->last_used = index;
    if (index > first && first == walk->start_index)
        walk->first_clear = first;
    return index;
}

/* ---- pages that go -------------------------------------------------------------------------- */

/* Told under the name of this call; the figures are those of the decommit. */
static steppe_status fail_as_decommit(steppe_status status)
{
    struct stp_failure failure = stp_status_last();
    failure.function = "steppe_collect";
    stp_status_put_back(&failure);
    return status;
}

static void stop_at(struct walk *walk, uintptr_t address)
{
    walk->is_stopped = true;
    walk->stop = address;
}

static void give_back_batch(struct walk *walk)
{
    size_t done = 0;
    if (!walk->batch_count)
        return;
    steppe_status status = steppe_decommit_all(walk->batch, walk->batch_count, &done);
    for (size_t i = 0; i < done; i++)
        walk->page_count += walk->batch_page_counts[i];
    if (status != STEPPE_OK) {
        walk->status = fail_as_decommit(status);
        stop_at(walk, (uintptr_t)walk->batch[done].address);
    }
    walk->batch_count = 0;
    walk->known.size_bytes = 0;
}

/* Does a range that begins at first go on where the batch ends? The pages between may be a gap that
 * ends there: a structure in use on one of them would overlap a neighbour of the gap, for its flag
 * is committed; and both neighbours go. */
static bool continues_batch(const struct walk *walk, uintptr_t first)
{
    if (!walk->batch_count)
        return false;
    const steppe_range *last = &walk->batch[walk->batch_count - 1];
    uintptr_t end = (uintptr_t)last->address + last->size_bytes;
    return end == first || (end == walk->gap_first && first == walk->gap_end &&
                            first - end <= (uintptr_t)BRIDGE_BYTES);
}

static void put_into_batch(struct walk *walk, uintptr_t first, uintptr_t end)
{
    size_t page_count = (end - first) / walk->page_bytes;
    if (continues_batch(walk, first)) {
        steppe_range *last = &walk->batch[walk->batch_count - 1];
        last->size_bytes = end - (uintptr_t)last->address;
        walk->batch_page_counts[walk->batch_count - 1] += page_count;
        return;
    }
    if (walk->batch_count == BATCH)
        give_back_batch(walk);
    if (walk->status != STEPPE_OK)
        return;
    walk->batch[walk->batch_count] = (steppe_range){(void *)first, end - first};
    walk->batch_page_counts[walk->batch_count++] = page_count;
}

static void let_go(struct walk *walk, uintptr_t first, uintptr_t end)
{
    size_t page_count = stp_min((end - first) / walk->page_bytes, walk->page_left);
    end = first + page_count * walk->page_bytes;
    if (!page_count)
        return;
    if (walk->page_left != NONE)
        walk->page_left -= page_count;
    if (!walk->page_left)
        stop_at(walk, end);
    put_into_batch(walk, first, end);
}

/* ---- runs ----------------------------------------------------------------------------------- */

static void collect_run(struct walk *walk, uintptr_t first, uintptr_t end)
{
    uintptr_t at = first;
    size_t index_end = index_of(walk, end - 1) + 1;
    while (at < end && !walk->is_stopped) {
        size_t used = next_in_use(walk, index_of(walk, at), index_end);
        if (used == index_end) {
            let_go(walk, at, end);
            return;
        }
        uintptr_t page = stp_round_down(structure_at(walk, used), walk->page_bytes);
        if (page > at)
            let_go(walk, at, page);
        at = stp_round_down(structure_at(walk, used + 1) - 1, walk->page_bytes) + walk->page_bytes;
    }
}

/* Pages from first to end. */
static void collect_part(struct walk *walk, uintptr_t first, uintptr_t end)
{
    steppe_run run = {0};
    if (first < end && (steppe_query((const void *)first, &run) != STEPPE_OK ||
                        run.reservation != walk->reservation))
        run.size_bytes = 0; /* released meanwhile, against the rules */
    for (; run.size_bytes && (uintptr_t)run.base < end && !walk->is_stopped;
         run = steppe_next_run(run)) {
        uintptr_t run_first = (uintptr_t)run.base;
        if (is_committed(&run)) {
            collect_run(walk, run_first, run_first + stp_min(run.size_bytes, end - run_first));
        } else {
            walk->gap_first = run_first;
            walk->gap_end = run_first + run.size_bytes;
        }
    }
    give_back_batch(walk);
}

/* A limited collection goes round: from where the last one stopped to there again. */
static void collect_round(struct walk *walk)
{
    uintptr_t start = walk->first;
    bool is_limited = walk->page_left != NONE;
    if (is_limited && walk->what.next_page < (walk->end - walk->first) / walk->page_bytes)
        start += walk->what.next_page * walk->page_bytes;
    walk->last_clear = walk->first_clear = walk->last_used = NONE;
    walk->start_index = index_of(walk, start);
    collect_part(walk, start, walk->end);
    if (!walk->is_stopped)
        collect_part(walk, walk->first, start);
}

static size_t page_to_go_on(const struct walk *walk)
{
    return walk->is_stopped && walk->stop < walk->end
               ? (walk->stop - walk->first) / walk->page_bytes
               : 0;
}

steppe_status steppe_collect(steppe_collection *collection, size_t page_max, size_t *page_count)
{
    uintptr_t end = 0; /* for compilers that do not see that a failure returns */
    if (page_count)
        *page_count = 0;
    if (!collection)
        return fail(NULL, STEPPE_E_NULL, "collection is null");
    struct walk walk = {
        .what = *collection, .page_left = page_max ? page_max : NONE, .status = STEPPE_OK};
    steppe_status status = check(&walk.what, &end);
    if (status != STEPPE_OK || !walk.what.count)
        return status;
    status = begin(&walk, end);
    if (status != STEPPE_OK)
        return status;
    collect_round(&walk);
    collection->next_page = page_to_go_on(&walk);
    if (page_count)
        *page_count = walk.page_count;
    return walk.status;
}
