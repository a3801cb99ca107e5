/* SPDX-License-Identifier: MIT */
/*
 * lab_use.c - putting structures to use: see lab_use.h.
 *
 * What may fault is touched under a STEPPE_TRY, so a refused touch ends the loop and not the lab.
 */
#include "map/lab_use.h"

#include "map/lab.h"

#include "screen/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    ALWAYS_BYTES = 1 << 24,
    PIECE_BYTES = 1 << 20, /* written without a look at the clock */
    PIECE_SLOTS = 64,
};

static bool has_memory(const struct lab *lab, uint64_t slot)
{
    uint64_t first_byte = slot * lab->options.slot_bytes;
    const uint8_t *at = lab->slots + first_byte, *end = at + lab->options.slot_bytes;
    for (steppe_run run; at < end; at = (const uint8_t *)run.base + run.size_bytes)
        if (steppe_query(at, &run) != STEPPE_OK || run.state != STEPPE_COMMITTED)
            return false;
    return true;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* One byte, by an access of its own: here a page faults that is not there. Memcheck knows that such
 * a page may be missing by the function's name. */
__attribute__((noinline)) static void store(volatile uint8_t *at, uint8_t value)
{
    *at = value;
}

/* Pages come one after the other, as they would for any program. */
static void touch_pages(const struct lab *lab, uint8_t *at, size_t size_bytes)
{
    size_t page_bytes = lab->page_bytes;
    for (uint8_t *end = at + size_bytes; at < end;
         at += page_bytes - ((uintptr_t)at & (page_bytes - 1)))
        store(at, 0);
}

/* A pattern again and again, the first time from so far inside it; neighbours are copies. */
static void fill(uint8_t *at, size_t size_bytes, const char *pattern, size_t length, size_t phase)
{
    size_t done = 0;
    for (; done < length && done < size_bytes; done++)
        at[done] = (uint8_t)pattern[(phase + done) % length];
    while (done < size_bytes) {
        size_t more = done < size_bytes - done ? done : size_bytes - done;
        if (more > STEPPE_KIB)
            more = STEPPE_KIB / length * length;
        memcpy(at + done, at, more);
        done += more;
    }
}

static bool is_over(int64_t end_ms)
{
    return end_ms != INT64_MAX && screen_clock_ms() >= end_ms;
}

/* false: it is time, in the middle of the structure. */
static bool write_on(const struct lab *lab, int64_t end_ms, volatile struct lab_use *use)
{
    char pattern[LAB_CONTENT_BYTES];
    uint64_t slot = use->next;
    size_t size_bytes = lab->options.slot_bytes;
    uint8_t *base = lab->slots + slot * size_bytes;
    int length = snprintf(pattern, sizeof pattern, "[slot %" PRIu64 " use %" PRIu64 "]", slot,
                          lab->use_count);
    while (use->written_bytes < size_bytes) {
        size_t from = use->written_bytes, more = size_bytes - from;
        more = more < PIECE_BYTES ? more : PIECE_BYTES;
        touch_pages(lab, base + from, more);
        fill(base + from, more, pattern, (size_t)length, from % (size_t)length);
        use->written_bytes = from + more;
        if (use->written_bytes < size_bytes && is_over(end_ms))
            return false;
    }
    use->written_bytes = 0;
    return true;
}

/* ---- using ---------------------------------------------------------------------------------- */

/* One structure. false: it is refused, or it is time. */
static bool use_next(struct lab *lab, int64_t end_ms, volatile struct lab_use *use)
{
    if (!use->written_bytes) {
        bool was_used = steppe_slots_in_use(lab->slots, use->next);
        if (!steppe_slots_use_at(lab->slots, use->next)) {
            use->status = steppe_last_status();
            return false;
        }
        if (was_used && (!lab->has_refused || has_memory(lab, use->next))) {
            use->kept++;
            use->next++;
            return true;
        }
    }
    if (!write_on(lab, end_ms, use))
        return false;
    use->used++;
    use->next++;
    return true;
}

static void use_until(struct lab *lab, struct human_range range, int64_t end_ms,
                      volatile struct lab_use *use)
{
    size_t written_bytes = 0;
    for (unsigned count = 1; use->next <= range.last; count++) {
        if (!use_next(lab, end_ms, use))
            return;
        written_bytes += lab->options.slot_bytes; /* small ones; large ones look for themselves */
        if (count % PIECE_SLOTS && written_bytes < PIECE_BYTES)
            continue;
        written_bytes = 0;
        if (is_over(end_ms))
            return;
    }
}

/* The fault leaves the loop at the structure that was refused; volatile is what is looked at then.
 */
void lab_use_piece(struct lab *lab, struct human_range range, int64_t end_ms, struct lab_use *use)
{
    volatile struct lab_use watched = *use;
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        use_until(lab, range, end_ms, &watched);
    }
    STEPPE_CAUGHT
    {
        watched.status = fault.reason;
        watched.is_touch = true;
        lab->has_refused = true;
    }
    *use = watched;
}

/* ---- room ----------------------------------------------------------------------------------- */

static uint64_t available_bytes(void)
{
    char line[128];
    uint64_t kib = UINT64_MAX >> 10;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib << 10;
}

/* Nobody's machine shall be brought down by a star. */
bool lab_use_is_affordable(struct lab *lab, const struct human_ranges *ranges)
{
    uint64_t slots = 0, bytes = 0, limit = steppe_budget_limit_bytes(lab->budget);
    for (size_t i = 0; i < ranges->count; i++) {
        uint64_t count = ranges->ranges[i].last - ranges->ranges[i].first + 1;
        slots += count <= LAB_USE_MAX ? count : LAB_USE_MAX + 1;
        bytes += count * lab->options.slot_bytes; /* fits: so does the whole, far below 2^64 */
    }
    if (slots > LAB_USE_MAX)
        return lab_say(lab, true, "more than %s structures at once; give a smaller range",
                       human_count(LAB_USE_MAX).text);
    if (bytes <= ALWAYS_BYTES)
        return true;
    uint64_t free_bytes = available_bytes() / 4 * 3;
    if (bytes <= free_bytes || limit <= free_bytes)
        return true;
    return lab_say(lab, true,
                   "that would write %s, and this machine has %s; set a budget, or give "
                   "a smaller range",
                   human_bytes(bytes).text, human_bytes(free_bytes).text);
}
