/* SPDX-License-Identifier: MIT */
/*
 * sim/traps.c - missing pages that fault, and noted writes: bits of the table.
 */
#include "platform/sim/state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { LOOK_PAGES = 16384 };

static struct sim_range trap_range(const char *call, uintptr_t base, size_t size_bytes)
{
    if (!stp_sim.facts.has_traps)
        stp_sim_violation("%s on a machine without traps", call);
    return stp_sim_range(call, base, size_bytes);
}

/* A fallible call on traps begins: the error to fail with, or 0. */
static int begin(const char *name, uintptr_t base, size_t size_bytes, long detail)
{
    int error = stp_sim_begin(name, base, size_bytes, detail);
    return error || !stp_sim.has_lost_traps ? error : EPERM;
}

/* The same traps again are none of anybody's business, as in Linux: who is told that traps are lost
 * sets them anew and cannot know which are left. */
static bool has_other_traps(struct sim_range range, uint16_t set)
{
    const struct sim_reservation *here = range.reservation;
    for (size_t i = range.first; i < range.end; i = stp_sim_run_end(here, i, SIM_TRAPS)) {
        uint16_t traps = stp_sim_bits(here, i) & SIM_TRAPS;
        if (traps && traps != set)
            return true;
    }
    return false;
}

static bool all_with(struct sim_range range, uint16_t bit)
{
    return stp_sim_bits(range.reservation, range.first) & bit &&
           stp_sim_run_end(range.reservation, range.first, bit) >= range.end;
}

/* What is present where writes begin to be noted counts as written. */
static void mark_present(struct sim_range range)
{
    const struct sim_reservation *here = range.reservation;
    for (size_t i = range.first, end; i < range.end; i = end) {
        end = stp_sim_run_end(here, i, SIM_PRESENT | SIM_NOTED);
        end = end < range.end ? end : range.end;
        if ((stp_sim_bits(here, i) & (SIM_PRESENT | SIM_NOTED)) == SIM_PRESENT)
            stp_sim_write((struct sim_range){range.reservation, i, end}, 0, SIM_WRITTEN);
    }
}

static void find_in(struct sim_range range)
{
    static unsigned char has_memory[LOOK_PAGES]; /* under our lock */
    const struct sim_reservation *here = range.reservation;
    size_t count = range.end - range.first;
    if (mincore((void *)(here->base + range.first * SIM_PAGE_BYTES), count * SIM_PAGE_BYTES,
                has_memory))
        stp_sim_violation("the real mincore failed: %s", strerror(errno));
    for (size_t i = 0; i < count; i++) {
        const unsigned char *next = memchr(has_memory + i, 1, count - i);
        if (!next)
            break;
        i = (size_t)(next - has_memory);
        stp_sim.physical_page_count++;
        stp_sim_write((struct sim_range){range.reservation, range.first + i, range.first + i + 1},
                      0, SIM_PRESENT);
    }
}

/* Plain accesses that the table allowed made pages as well, which only real memory knows of: they
 * must not be missing from now on. */
static void find_plain_pages(struct sim_range range)
{
    const struct sim_reservation *here = range.reservation;
    const uint16_t mask = SIM_MARKER | SIM_TRAPS | SIM_PRESENT;
    if (!here->was_open)
        range = stp_sim_changed_part(range);
    for (size_t i = range.first, end; i < range.end; i = end) {
        bool may_hide = !(stp_sim_bits(here, i) & mask);
        end = stp_sim_run_end(here, i, mask);
        end = end < range.end ? end : range.end;
        for (size_t piece = i, stop; may_hide && piece < end; piece = stop) {
            stop = end - piece > LOOK_PAGES ? piece + LOOK_PAGES : end;
            find_in((struct sim_range){range.reservation, piece, stop});
        }
    }
}

static int trap(struct sim_range range, uint16_t set)
{
    int error = stp_sim_fits(range, 0, set);
    if (!error)
        find_plain_pages(range);
    if (!error && set & SIM_NOTED)
        mark_present(range);
    if (!error)
        stp_sim_write(range, 0, set);
    return error;
}

int stp_platform_trap(uintptr_t base, size_t size_bytes, unsigned traps)
{
    int error = begin("trap", base, size_bytes, (long)traps);
    struct sim_range range = trap_range("trap", base, size_bytes);
    uint16_t set =
        (traps & STP_TRAP_MISSING ? SIM_TRAPPED : 0) | (traps & STP_TRAP_WRITES ? SIM_NOTED : 0);

    if (traps == 0 || traps & ~(unsigned)(STP_TRAP_MISSING | STP_TRAP_WRITES))
        stp_sim_violation("trap with 0x%x, which are no traps", traps);
    if (traps & STP_TRAP_WRITES && !stp_sim.facts.has_write_marks)
        stp_sim_violation("trap of writes on a machine without write marks");
    if (has_other_traps(range, set))
        stp_sim_violation("trap of 0x%zx + 0x%zx, where other traps are", base, size_bytes);
    return stp_sim_end(error ? error : trap(range, set));
}

int stp_platform_untrap(uintptr_t base, size_t size_bytes)
{
    int error = begin("untrap", base, size_bytes, -1);
    struct sim_range range = trap_range("untrap", base, size_bytes);

    return stp_sim_end(error ? error : stp_sim_change(range, SIM_TRAPS | SIM_WRITTEN, 0));
}

/* Up to the first page there is no memory for. A marker is not a missing page. */
static int fill_pages(struct sim_range range, enum stp_fill fill, uint32_t *os_call_count)
{
    for (size_t i = range.first; i < range.end; i++) {
        uint16_t page = stp_sim_bits(range.reservation, i);
        if (page & (SIM_PRESENT | SIM_MARKER)) {
            ++*os_call_count;
            continue;
        }
        if (!stp_sim_make_present(range.reservation, i, fill == STP_FILL_MEMORY))
            return ENOMEM;
    }
    return 0;
}

/* What plain pointers wrote where no page was, and nothing enforced that, is not there. */
static void drop_missing(struct sim_range range)
{
    const struct sim_reservation *here = range.reservation;
    const uint16_t mask = SIM_PRESENT | SIM_MARKER;
    for (size_t i = range.first, end; i < range.end; i = end) {
        end = stp_sim_run_end(here, i, mask);
        end = end < range.end ? end : range.end;
        if (!(stp_sim_bits(here, i) & mask))
            stp_sim_drop_contents((struct sim_range){range.reservation, i, end});
    }
}

int stp_platform_fill(uintptr_t base, size_t size_bytes, enum stp_fill fill,
                      uint32_t *os_call_count)
{
    int error = begin("fill", base, size_bytes, (long)fill);
    struct sim_range range = trap_range("fill", base, size_bytes);
    const bool is_injected = error && !stp_sim.has_lost_traps;

    if (fill != STP_FILL_ZEROS && fill != STP_FILL_MEMORY)
        stp_sim_violation("fill with %d", (int)fill);
    ++*os_call_count;
    if (!error && !all_with(range, SIM_TRAPPED))
        error = ENOENT;
    if (is_injected && stp_sim.tears && all_with(range, SIM_TRAPPED))
        range.end = range.first + (range.end - range.first) / 2;
    else if (error)
        return stp_sim_end(error);
    drop_missing(range);
    int own_error = fill_pages(range, fill, os_call_count);
    return stp_sim_end(error ? error : own_error);
}

static void forget(void)
{
    for (size_t at = 0; at < stp_sim.reservation_count; at++) {
        struct sim_reservation *here = &stp_sim.reservations[at];
        stp_sim_write((struct sim_range){here, 0, here->page_count}, SIM_TRAPS | SIM_WRITTEN, 0);
    }
}

void stp_sim_forget_traps(void)
{
    stp_sim_lock();
    forget();
    stp_sim_unlock();
}

/* The kernel took the traps at the fork, which cannot be seen here. */
int stp_platform_traps_after_fork(void)
{
    int error = begin("traps_after_fork", 0, 0, -1);
    if (!error && !stp_sim.facts.has_traps)
        error = ENOSYS;
    forget();
    return stp_sim_end(error);
}

bool stp_platform_traps_end(void)
{
    stp_sim_forget_traps();
    __atomic_fetch_add(&stp_sim.traps_age, 1, __ATOMIC_RELAXED);
    return true;
}

bool stp_platform_page_is_missing(int os_error)
{
    return os_error == EFAULT;
}

uint32_t stp_platform_traps_age(void)
{
    return __atomic_load_n(&stp_sim.traps_age, __ATOMIC_RELAXED);
}

bool stp_platform_traps_are_lost(int os_error)
{
    switch (os_error) {
    case EPERM:
    case EACCES:
    case ENOSYS:
    case EBADF:
    case ENOTTY:
    case EINVAL:
    case ENOENT:
        return true;
    default:
        return false;
    }
}

/* The next run of written pages from index on; first is the range's end when there is none. */
static struct sim_range next_written(struct sim_range range, size_t index)
{
    const struct sim_reservation *here = range.reservation;
    struct sim_range run = {range.reservation, index, range.end};
    if (index < range.end && !(stp_sim_bits(here, index) & SIM_WRITTEN))
        run.first = stp_sim_run_end(here, index, SIM_WRITTEN);
    if (run.first >= range.end)
        return (struct sim_range){range.reservation, range.end, range.end};
    run.end = stp_sim_run_end(here, run.first, SIM_WRITTEN);
    run.end = run.end < range.end ? run.end : range.end;
    return run;
}

static uintptr_t address_of(const struct sim_reservation *reservation, size_t index)
{
    return reservation->base + index * SIM_PAGE_BYTES;
}

/* Index behind the last page that was told. */
static size_t tell_written(struct sim_range range, bool clear,
                           struct stp_platform_written_run *runs, size_t capacity, size_t *count)
{
    size_t index = range.first;
    while (index < range.end && *count < capacity) {
        struct sim_range run = next_written(range, index);
        index = run.end;
        if (run.first == run.end)
            break;
        runs[*count].first = address_of(range.reservation, run.first);
        runs[(*count)++].end = address_of(range.reservation, run.end);
        if (clear)
            stp_sim_write(run, SIM_WRITTEN, 0);
    }
    return index;
}

int stp_platform_written(uintptr_t base, size_t size_bytes, bool clear,
                         struct stp_platform_written_run *runs, size_t capacity, size_t *count,
                         uintptr_t *next)
{
    int error = begin("written", base, size_bytes, clear);
    struct sim_range range = trap_range("written", base, size_bytes);

    if (!stp_sim.facts.has_write_marks)
        stp_sim_violation("written on a machine without write marks");
    *count = 0;
    *next = base;
    if (!error && !all_with(range, SIM_NOTED))
        error = EPERM; /* as PAGEMAP_SCAN says it */
    if (error)
        return stp_sim_end(error);
    if (capacity == 0 && clear)
        stp_sim_write(range, SIM_WRITTEN, 0);
    size_t end = capacity ? tell_written(range, clear, runs, capacity, count) : range.end;
    *next = address_of(range.reservation, end);
    return stp_sim_end(0);
}
