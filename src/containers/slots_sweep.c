/* SPDX-License-Identifier: MIT */
/*
 * slots_sweep.c - pages and bits of slots are given back: see slots.c for why none goes that is
 * needed.
 */
#include "containers/slots_sweep.h"

#define BITE_BYTES (32 * STEPPE_MIB) /* given back with gates closed: some milliseconds */

void stp_sweep_begin(struct stp_sweep *sweep, struct stp_slots *s, uint64_t page, uint64_t end)
{
    sweep->slots = s;
    sweep->page = page;
    sweep->end = end;
    sweep->gone_max = sweep->look_max = UINT64_MAX;
    sweep->gone = 0;
    sweep->is_counted = false;
    sweep->status = STEPPE_OK;
    sweep->range_count = 0;
}

void stp_sweep_count(struct stp_sweep *sweep)
{
    if (!sweep->is_counted)
        stp_count(&sweep->slots->collection_count, 1);
    sweep->is_counted = true;
}

static void note_refusal(struct stp_sweep *sweep, steppe_status status)
{
    if (sweep->status == STEPPE_OK)
        sweep->failure = stp_status_last();
    if (sweep->status == STEPPE_OK)
        sweep->status = status;
}

void stp_slots_note_dirty(struct stp_slots *s, uint64_t first_slot, uint64_t slot_end)
{
    stp_bits_set(s->dirty, stp_slots_sheet(s, first_slot), stp_slots_sheet(s, slot_end - 1) + 1);
}

void stp_slots_forget_pages(struct stp_slots *s, uint64_t first, uint64_t end)
{
    if (s->commit != STEPPE_SLOTS_BY_RECORD)
        return;
    uint64_t bits_per_page = (uint64_t)8 << s->bits_page_shift;
    while (first < end) {
        uint64_t stop = stp_min((first / bits_per_page + 1) * bits_per_page, end);
        if (stp_bits_are_set(s->known, first / bits_per_page, first / bits_per_page + 1))
            stp_bits_clear(s->record, first, stop);
        first = stop;
    }
}

static void note_refused_range(struct stp_slots *s, const steppe_range *range)
{
    uint64_t page = (uint64_t)((uint8_t *)range->address - s->memory) >> s->page_shift;
    uint64_t end = page + (range->size_bytes >> s->page_shift);
    stp_slots_note_dirty(s, stp_slots_first_on(s, page), stp_slots_end_before(s, end));
}

/* Give back what was gathered; what is refused is passed over, and looked at again some time. */
static void flush(struct stp_sweep *sweep)
{
    struct stp_slots *s = sweep->slots;
    for (size_t i = 0; i < sweep->range_count;) {
        size_t done, end;
        steppe_status status =
            steppe_decommit_all(sweep->ranges + i, sweep->range_count - i, &done);
        for (end = i + done; i < end; i++) {
            sweep->gone += sweep->ranges[i].size_bytes >> s->page_shift;
            stp_count(&s->given_back_bytes, sweep->ranges[i].size_bytes);
        }
        if (status == STEPPE_OK)
            continue;
        note_refusal(sweep, status);
        note_refused_range(s, &sweep->ranges[i]);
        i++;
    }
    sweep->range_count = 0;
}

static void gather(struct stp_sweep *sweep, uint64_t first, uint64_t end)
{
    struct stp_slots *s = sweep->slots;
    if (sweep->range_count == STP_SWEEP_RANGES)
        flush(sweep);
    stp_slots_forget_pages(s, first, end);
    sweep->gone_max -= end - first;
    sweep->ranges[sweep->range_count++] =
        (steppe_range){stp_slots_page_address(s, first), (end - first) << s->page_shift};
}

/* Committed pages: gather those that no slot in use overlaps. Returns how far it came. */
static uint64_t look_at_run(struct stp_sweep *sweep, uint64_t page, uint64_t end)
{
    struct stp_slots *s = sweep->slots;
    uint64_t slot_end = stp_slots_end_before(s, end);
    while (page < end && sweep->gone_max) {
        uint64_t slot = stp_slot_bits_next(&s->bits, stp_slots_first_on(s, page), slot_end);
        uint64_t dead_end = slot < slot_end ? stp_slots_first_page(s, slot) : end;
        if (dead_end > page) {
            uint64_t stop = page + stp_min(dead_end - page, sweep->gone_max);
            gather(sweep, page, stop);
            page = stop;
        }
        if (page == dead_end || dead_end < page)
            page =
                slot < slot_end ? stp_min(stp_slots_last_page_before(s, slot + 1) + 1, end) : page;
    }
    return page;
}

uint64_t stp_slots_next_committed(const struct stp_slots *s, uint64_t page, uint64_t end,
                                  uint64_t *run_end)
{
    while (page < end) {
        steppe_run run;
        if (steppe_query(stp_slots_page_address(s, page), &run) != STEPPE_OK)
            break;
        *run_end = stp_min(page + (run.size_bytes >> s->page_shift), end);
        if (run.state == STEPPE_COMMITTED)
            return page;
        page = *run_end;
    }
    return end;
}

/* The same for pages of used bits, which are sheets. */
static uint64_t next_sheet_with_bits(const struct stp_slots *s, uint64_t sheet, uint64_t end,
                                     uint64_t *run_end)
{
    while (sheet < end) {
        steppe_run run;
        if (steppe_query(stp_slots_bits_address(s, sheet), &run) != STEPPE_OK)
            break;
        *run_end = stp_min(sheet + (run.size_bytes >> s->bits_page_shift), end);
        if (run.state == STEPPE_COMMITTED)
            return sheet;
        sheet = *run_end;
    }
    return end;
}

static void look_at_pages(struct stp_sweep *sweep, uint64_t end)
{
    struct stp_slots *s = sweep->slots;
    uint64_t run_end, run_first, looked_at = 0;
    while (sweep->page < end && sweep->gone_max && looked_at < sweep->look_max) {
        run_first = stp_slots_next_committed(s, sweep->page, end, &run_end);
        sweep->page = run_first;
        if (run_first == end)
            break;
        run_end = run_first + stp_min(run_end - run_first, sweep->look_max - looked_at);
        sweep->page = look_at_run(sweep, run_first, run_end);
        looked_at += sweep->page - run_first;
    }
    flush(sweep);
    sweep->look_max -= stp_max(looked_at, 1); /* so that a look at nothing comes to an end, too */
}

bool stp_slots_sheet_is_empty(const struct stp_slots *s, uint64_t sheet)
{
    uint64_t end = stp_slots_sheet_end(s, sheet);
    return stp_slot_bits_next(&s->bits, stp_slots_sheet_first(s, sheet), end) == end;
}

static void drop_bits(struct stp_sweep *sweep, uint64_t first, uint64_t end)
{
    struct stp_slots *s = sweep->slots;
    if (first == end)
        return;
    stp_slot_bits_close(&s->bits, stp_slots_sheet_first(s, first), end << s->sheet_shift);
    steppe_status status =
        steppe_decommit(stp_slots_bits_address(s, first), (end - first) << s->bits_page_shift);
    if (status != STEPPE_OK)
        note_refusal(sweep, status); /* they are zero, and stay until somebody looks again */
}

/* Give back the bits of sheets without a slot in use. */
static void look_at_bits(struct stp_sweep *sweep, uint64_t sheet, uint64_t end)
{
    struct stp_slots *s = sweep->slots;
    uint64_t run_end;
    while ((sheet = next_sheet_with_bits(s, sheet, end, &run_end)) < end) {
        uint64_t first = sheet;
        for (; sheet < run_end; sheet++) {
            if (stp_slots_sheet_is_empty(s, sheet))
                continue;
            drop_bits(sweep, first, sheet);
            first = sheet + 1;
        }
        drop_bits(sweep, first, run_end);
    }
}

static bool is_among(size_t gate, uint64_t first_sheet, uint64_t sheets)
{
    return (gate + STP_SLOT_GATES - first_sheet % STP_SLOT_GATES) % STP_SLOT_GATES < sheets;
}

/* With the gates closed of all sheets that have a slot on the pages [sweep->page, end), or which
 * are in [sheet, sheet_stop) where there are no pages. */
static void bite(struct stp_sweep *sweep, uint64_t end, uint64_t sheet, uint64_t sheet_stop)
{
    struct stp_slots *s = sweep->slots;
    stp_sweep_count(sweep);
    for (size_t i = 0; i < STP_SLOT_GATES; i++)
        if (is_among(i, sheet, sheet_stop - sheet))
            stp_slot_gate_close(&s->gates[i]);
    look_at_pages(sweep, end);
    look_at_bits(sweep, sheet, sheet_stop);
    for (size_t i = 0; i < STP_SLOT_GATES; i++)
        if (is_among(i, sheet, sheet_stop - sheet))
            stp_slot_gate_open(&s->gates[i]);
}

void stp_sweep_bits(struct stp_sweep *sweep, uint64_t sheet)
{
    bite(sweep, sweep->page, sheet, sheet + 1);
}

/* The next page that is committed, or the first one of a sheet that has bits, if that is nearer. */
static uint64_t next_place(const struct stp_slots *s, uint64_t page, uint64_t end)
{
    uint64_t run_end;
    uint64_t place = stp_slots_next_committed(s, page, end, &run_end);
    uint64_t sheet = stp_slots_sheet(s, stp_slots_first_on(s, page));
    if (stp_slots_first_page(s, stp_slots_sheet_first(s, sheet)) < page)
        sheet++;
    sheet = next_sheet_with_bits(s, sheet, stp_slots_sheet_count(s), &run_end);
    if (sheet < stp_slots_sheet_count(s))
        place = stp_min(place, stp_slots_first_page(s, stp_slots_sheet_first(s, sheet)));
    return stp_max(place, page);
}

/* Not further than the next border of a bite, so that each goes back in one piece. */
static uint64_t end_of_bite(const struct stp_slots *s, uint64_t page, uint64_t end)
{
    uintptr_t address = (uintptr_t)stp_slots_page_address(s, page);
    uintptr_t border = stp_round_down(address, BITE_BYTES) + BITE_BYTES;
    return stp_min(page + ((border - address) >> s->page_shift), end);
}

bool stp_sweep_is_limited_out(const struct stp_sweep *sweep)
{
    return !sweep->gone_max || !sweep->look_max;
}

void stp_sweep_pages(struct stp_sweep *sweep)
{
    const struct stp_slots *s = sweep->slots;
    while (sweep->page < sweep->end && !stp_sweep_is_limited_out(sweep)) {
        sweep->page = next_place(s, sweep->page, sweep->end);
        if (sweep->page >= sweep->end)
            break;
        uint64_t end = end_of_bite(s, sweep->page, sweep->end);
        uint64_t slot_end = stp_slots_end_before(s, end);
        bite(sweep, end, stp_slots_sheet(s, stp_slots_first_on(s, sweep->page)),
             stp_slots_sheet(s, slot_end - 1) + 1);
    }
}

/* The pages that slots of sheets overlap. */
static void aim_at_sheets(struct stp_sweep *sweep, uint64_t sheet, uint64_t end)
{
    const struct stp_slots *s = sweep->slots;
    sweep->page = stp_slots_first_page(s, stp_slots_sheet_first(s, sheet));
    sweep->end = stp_slots_last_page_before(s, stp_slots_sheet_end(s, end - 1)) + 1;
}

/* ---- dirty sheets --------------------------------------------------------------------------- */

/* How far the limited look at a sheet has come is known to the slots, not to who looks: he may be
 * interrupted for ever, and whoever comes next goes on. One look at a time; several may be at it.
 *
 *   0                none was begun
 *   2 * sheet + 1    at the sheet's first page, which may be another sheet's, too
 *   2 * page + 2     inside a sheet: a page behind its first one, so its first byte is the sheet's
 *
 * and above that a count of changes: who has looked at the pages from one place to another moves it
 * on only if it still stands where he read it, and is not another look that has come there. */
enum { PLACE_BITS = 48 };

static const uint64_t PLACE_MASK = ((uint64_t)1 << PLACE_BITS) - 1;

static bool move_look(struct stp_slots *s, uint64_t seen, uint64_t place)
{
    uint64_t moved = ((seen & ~PLACE_MASK) + PLACE_MASK + 1) | place;
    return __atomic_compare_exchange_n(&s->look, &seen, moved, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static bool is_inside(uint64_t place)
{
    return place % 2 == 0;
}

static uint64_t sheet_of(const struct stp_slots *s, uint64_t place)
{
    return is_inside(place) ? stp_slots_sheet(s, stp_slots_first_on(s, place / 2 - 1)) : place / 2;
}

/* With the gate closed, so that nobody clears in between, and a fork sees both or neither. The bit
 * goes before the look: what is cleared during it sets it again. */
static bool begin_look(struct stp_slots *s, uint64_t seen, uint64_t sheet)
{
    struct stp_slot_gate *gate = stp_slots_gate(s, sheet);
    stp_slot_gate_close(gate);
    stp_bits_clear(s->dirty, sheet, sheet + 1);
    bool has_begun = move_look(s, seen, 2 * sheet + 1);
    if (!has_begun)
        stp_bits_set(s->dirty, sheet, sheet + 1);
    stp_slot_gate_open(gate);
    return has_begun;
}

static void go_on_looking(struct stp_sweep *sweep, uint64_t seen)
{
    uint64_t place = seen & PLACE_MASK, sheet = sheet_of(sweep->slots, place);
    aim_at_sheets(sweep, sheet, sheet + 1);
    if (is_inside(place))
        sweep->page = place / 2 - 1;
    stp_sweep_pages(sweep);
    (void)move_look(sweep->slots, seen, sweep->page < sweep->end ? 2 * sweep->page + 2 : 0);
}

static void look_at_some(struct stp_sweep *sweep, uint64_t *cursor)
{
    struct stp_slots *s = sweep->slots;
    while (!stp_sweep_is_limited_out(sweep)) {
        uint64_t seen = __atomic_load_n(&s->look, __ATOMIC_ACQUIRE);
        if (seen & PLACE_MASK) {
            go_on_looking(sweep, seen);
            continue;
        }
        uint64_t sheet = stp_bits_next(s->dirty, *cursor, stp_slots_sheet_count(s));
        if (sheet == stp_slots_sheet_count(s))
            return;
        if (begin_look(s, seen, sheet))
            *cursor = sheet + 1; /* once a round: so it ends, however much is cleared meanwhile */
    }
}

/* The sheet is dirty again instead. */
static void give_up_look(struct stp_slots *s)
{
    uint64_t seen = __atomic_load_n(&s->look, __ATOMIC_ACQUIRE);
    if (!(seen & PLACE_MASK))
        return;
    uint64_t sheet = sheet_of(s, seen & PLACE_MASK);
    stp_bits_set(s->dirty, sheet, sheet + 1);
    (void)move_look(s, seen, 0);
}

static void look_at_all(struct stp_sweep *sweep)
{
    struct stp_slots *s = sweep->slots;
    uint64_t sheet_count = stp_slots_sheet_count(s), end = 0;
    give_up_look(s);
    for (;;) {
        uint64_t sheet = stp_bits_next(s->dirty, end, sheet_count);
        if (sheet == sheet_count)
            return;
        /* As in begin_look. */
        for (end = sheet; end < sheet_count && stp_bits_are_set(s->dirty, end, end + 1); end++)
            stp_bits_clear(s->dirty, end, end + 1);
        aim_at_sheets(sweep, sheet, end);
        stp_sweep_pages(sweep);
    }
}

void stp_sweep_dirty(struct stp_sweep *sweep, uint64_t *cursor)
{
    if (sweep->look_max == UINT64_MAX)
        look_at_all(sweep);
    else
        look_at_some(sweep, cursor);
}

bool stp_slots_may_be_dirty(const struct stp_slots *s)
{
    enum { SHEETS_ASKED_MAX = 4096 };
    uint64_t sheet_count = stp_slots_sheet_count(s);
    return sheet_count > SHEETS_ASKED_MAX ||
           (__atomic_load_n(&s->look, __ATOMIC_RELAXED) & PLACE_MASK) ||
           stp_bits_next(s->dirty, 0, sheet_count) < sheet_count;
}
