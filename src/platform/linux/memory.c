/* SPDX-License-Identifier: MIT */
/* memory.c - address space and what lies in it: mmap, mprotect, madvise. */
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/align.h"
#include "base/check.h"
#include "platform/linux/linux.h"
#include "platform/platform.h"

/* Where reservations go that may go anywhere and not at the top: far from the heap below and from
 * the kernel's own choices above, upward from a start that differs from run to run. What has gone
 * is not soon replaced, so a pointer into it faults for long; but places come round, for whoever
 * keeps tables of all places ever used (registry.h) would need more and more. So each goes into a
 * window some hundred times its size:
 *
 *   window      4 GiB    32 GiB    256 GiB   2 TiB    the rest
 *   for up to   64 MiB   512 MiB   4 GiB     32 GiB   all
 *
 * and into a larger one while its own is full. */
#define LOW_FIRST ((uintptr_t)0x100000000000)
#define LOW_END ((uintptr_t)0x500000000000)
#define WINDOW_BYTES ((uintptr_t)4 << 30)

enum {
    START_SHIFT = 21,      /* the start is a multiple of 2 MiB */
    START_BITS = 21,       /* ... among two million: 4 TiB of the 64 */
    GAP_BYTES = 64 * 1024, /* never mapped, so that running off one reservation does not
                              quietly commit pages of the next */
    WINDOWS = 5,           /* the last is the rest */
    WINDOW_SHIFT = 3,      /* from one window to the next */
    WINDOW_PARTS = 64,     /* what it is for may take one of them */
    TRIES_MAX = 8,         /* places found taken before a window counts as full ... */
    SKIPS = 4,             /* ... the first of them one behind the other, the others further on */
    REST_TRIES_MAX = 64,   /* ... before the kernel chooses */
    PASSES = 64,           /* how often a full window is passed by before it is tried again */
    DISCARD_LIST = 128     /* ranges of one process_madvise; on the stack of a fault handler */
};

struct window {
    uintptr_t next;      /* 0: not started */
    uint32_t pass_count; /* while it is full */
};

static struct window windows[WINDOWS];

static int map(uintptr_t address, size_t size_bytes, int more_flags, uintptr_t *base)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | more_flags;
    void *mapped = mmap((void *)address, size_bytes, PROT_NONE, flags, -1, 0);
    if (mapped == MAP_FAILED)
        return errno;
    *base = (uintptr_t)mapped;
    return 0;
}

static void unmap(uintptr_t base, size_t size_bytes)
{
    int error = size_bytes ? munmap((void *)base, size_bytes) : 0;
    (void)error; /* benign: address space of ours that nobody knows of */
}

/* Kernels before 4.17 take MAP_FIXED_NOREPLACE for a hint: they may map elsewhere. */
static int map_at(uintptr_t address, size_t size_bytes, uintptr_t *base, uint32_t *os_calls)
{
    ++*os_calls;
    int error = map(address, size_bytes, MAP_FIXED_NOREPLACE, base);
    if (error || *base == address)
        return error;
    ++*os_calls;
    unmap(*base, size_bytes);
    return EEXIST;
}

static uintptr_t random_start(void)
{
    const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes, not aligned */
    uint64_t bits = 0;
    if (random)
        memcpy(&bits, random, sizeof bits);
    return LOW_FIRST + (bits >> (64 - START_BITS) << START_SHIFT);
}

static uintptr_t window_first(unsigned window)
{
    uintptr_t first = random_start();
    for (unsigned below = 0; below < window; below++)
        first += WINDOW_BYTES << (WINDOW_SHIFT * below);
    return first;
}

/* The rest begins where the others end, and comes round at the bottom. */
static uintptr_t window_end(unsigned window)
{
    return window + 1 < WINDOWS ? window_first(window + 1) : LOW_END;
}

static bool fits(uintptr_t first, uintptr_t end, size_t size_bytes, size_t alignment_bytes,
                 uintptr_t *place)
{
    return stp_round_up(first, alignment_bytes, place) && *place <= end &&
           size_bytes <= end - *place;
}

/* Claim the next place of a window; two threads never get the same. 0 when the size does not fit
 * there. */
static uintptr_t next_place(unsigned window, size_t size_bytes, size_t alignment_bytes)
{
    uintptr_t first = window_first(window), end = window_end(window), place, next;
    uintptr_t *cursor = &windows[window].next;
    uintptr_t now = __atomic_load_n(cursor, __ATOMIC_RELAXED);
    uintptr_t again = window + 1 < WINDOWS ? first : LOW_FIRST; /* most of what lay there is gone */
    do {
        if (!fits(now ? now : first, end, size_bytes, alignment_bytes, &place) &&
            !fits(again, end, size_bytes, alignment_bytes, &place))
            return 0;
        next = place + size_bytes + GAP_BYTES;
    } while (!__atomic_compare_exchange_n(cursor, &now, next, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return place;
}

static void go_on_at(unsigned window, uintptr_t place)
{
    uintptr_t *cursor = &windows[window].next;
    uintptr_t now = __atomic_load_n(cursor, __ATOMIC_RELAXED);
    while (place > now && place < LOW_END &&
           !__atomic_compare_exchange_n(cursor, &now, place, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        ;
}

/* Something lies at place: go on looking behind it. */
static void skip_mapping(unsigned window, uintptr_t place)
{
    struct stp_platform_mapping mapping;
    bool found;
    if (stp_platform_mapping_at(place, &mapping, &found) == 0 && found)
        go_on_at(window, mapping.end);
}

static int reserve_in(unsigned window, size_t size_bytes, size_t alignment_bytes, uintptr_t *base,
                      uint32_t *os_calls)
{
    bool is_rest = window + 1 == WINDOWS;
    uintptr_t stride = (window_end(window) - window_first(window)) / TRIES_MAX;
    int error = EEXIST;
    for (int try = 0; try < (is_rest ? REST_TRIES_MAX : TRIES_MAX) && error == EEXIST; try++) {
        uintptr_t place = next_place(window, size_bytes, alignment_bytes);
        if (!place)
            return EEXIST;
        error = map_at(place, size_bytes, base, os_calls);
        if (error == EEXIST && (is_rest || try < SKIPS))
            skip_mapping(window, place);
        else if (error == EEXIST)
            go_on_at(window, place + stride);
    }
    return error;
}

static bool is_passed_by(struct window *window)
{
    uint32_t count = __atomic_load_n(&window->pass_count, __ATOMIC_RELAXED);
    if (!count)
        return false;
    __atomic_store_n(&window->pass_count, count - 1, __ATOMIC_RELAXED);
    return true;
}

static int reserve_low(size_t size_bytes, size_t alignment_bytes, uintptr_t *base,
                       uint32_t *os_calls)
{
    size_t wanted = stp_max(size_bytes, alignment_bytes);
    int error = EEXIST;
    if (stp_platform_facts()->address_end < LOW_END || !stp_linux_low_addresses_are_usable())
        return error;
    for (unsigned window = 0; window < WINDOWS && error == EEXIST; window++) {
        bool is_rest = window + 1 == WINDOWS;
        uintptr_t most = (WINDOW_BYTES << (WINDOW_SHIFT * window)) / WINDOW_PARTS;
        if (!is_rest && (wanted > most || is_passed_by(&windows[window])))
            continue;
        error = reserve_in(window, size_bytes, alignment_bytes, base, os_calls);
        if (error == EEXIST)
            __atomic_store_n(&windows[window].pass_count, PASSES, __ATOMIC_RELAXED);
    }
    return error;
}

/* The kernel's choice is the highest hole. When it is not aligned, the aligned place below it is
 * mostly free too; otherwise map more than needed and cut. */
static int reserve_high(size_t size_bytes, size_t alignment_bytes, uintptr_t *base,
                        uint32_t *os_calls)
{
    uintptr_t found = 0, aligned;
    size_t more;
    ++*os_calls;
    int error = map(0, size_bytes, 0, &found);
    if (error || found % alignment_bytes == 0) {
        *base = found;
        return error;
    }
    ++*os_calls;
    unmap(found, size_bytes);
    if (map_at(stp_round_down(found, alignment_bytes), size_bytes, base, os_calls) == 0)
        return 0;
    if (!stp_add(size_bytes, alignment_bytes, &more))
        return ENOMEM;
    ++*os_calls;
    error = map(0, more, 0, &found);
    if (error)
        return error;
    aligned = stp_round_down(found + alignment_bytes - 1, alignment_bytes);
    *os_calls += 2;
    unmap(found, aligned - found);
    unmap(aligned + size_bytes, found + more - aligned - size_bytes);
    *base = aligned;
    return 0;
}

static int choose_place(uintptr_t address, size_t size_bytes, size_t alignment_bytes,
                        unsigned flags, uintptr_t *base, uint32_t *os_calls)
{
    if (flags & STP_RESERVE_FIXED)
        return map_at(address, size_bytes, base, os_calls);
    if (!(flags & STP_RESERVE_TOP_DOWN) &&
        reserve_low(size_bytes, alignment_bytes, base, os_calls) == 0)
        return 0;
    return reserve_high(size_bytes, alignment_bytes, base, os_calls);
}

/* A hint that the kernel may refuse without harm. */
static void advise(uintptr_t base, size_t size_bytes, int advice)
{
    int error = madvise((void *)base, size_bytes, advice);
    (void)error; /* benign: cores get larger, or the bookkeeping a few huge pages */
}

/* What a mapping keeps; the same for all of a reservation, for only then can its parts be joined.
 * Returns the number of calls. */
static uint32_t advise_for(uintptr_t base, size_t size_bytes, unsigned flags)
{
    bool shuns = flags & STP_RESERVE_SPARSE && stp_linux_huge_pages_always();
    uint32_t os_calls = 0;
    if (!(flags & STP_RESERVE_DUMP) && ++os_calls)
        advise(base, size_bytes, MADV_DONTDUMP);
    if ((shuns || flags & STP_RESERVE_SMALL) && ++os_calls)
        advise(base, size_bytes, MADV_NOHUGEPAGE);
    if (flags & STP_RESERVE_HUGE && ++os_calls)
        advise(base, size_bytes, MADV_HUGEPAGE);
    return os_calls;
}

int stp_platform_reserve(uintptr_t address, size_t size_bytes, size_t alignment_bytes,
                         unsigned flags, uintptr_t *base, bool *in_use, uint32_t *os_call_count)
{
    *in_use = false;
    int error = choose_place(address, size_bytes, alignment_bytes, flags, base, os_call_count);
    if (error) {
        *in_use = error == EEXIST && flags & STP_RESERVE_FIXED;
        return error;
    }
    *os_call_count += advise_for(*base, size_bytes, flags);
    return 0;
}

int stp_platform_release(uintptr_t base, size_t size_bytes)
{
    return munmap((void *)base, size_bytes) == 0 ? 0 : errno;
}

static int access_of(steppe_protection protection)
{
    if (protection & STEPPE_GUARD)
        return PROT_NONE;
    switch (protection) {
    case STEPPE_READ_WRITE:
        return PROT_READ | PROT_WRITE;
    case STEPPE_READ_ONLY:
        return PROT_READ;
    case STEPPE_EXECUTE: /* PROT_EXEC alone would use up a protection key and forbid reading */
    case STEPPE_EXECUTE_READ:
        return PROT_READ | PROT_EXEC;
    case STEPPE_EXECUTE_READ_WRITE:
        return PROT_READ | PROT_WRITE | PROT_EXEC;
    default:
        return PROT_NONE;
    }
}

int stp_platform_protect(uintptr_t base, size_t size_bytes, steppe_protection protection)
{
    return mprotect((void *)base, size_bytes, access_of(protection)) == 0 ? 0 : errno;
}

static int advise_or_fail(uintptr_t base, size_t size_bytes, int advice)
{
    return madvise((void *)base, size_bytes, advice) == 0 ? 0 : errno;
}

/* Locked memory (mlockall with MCL_FUTURE) refuses some advice. We do not keep pages locked: the
 * contract is that they go when they are given back. */
static int advise_unlocked(uintptr_t base, size_t size_bytes, int advice)
{
    int error = advise_or_fail(base, size_bytes, advice);
    if (error != EINVAL || munlock((void *)base, size_bytes) != 0)
        return error;
    return advise_or_fail(base, size_bytes, advice);
}

int stp_platform_discard(uintptr_t base, size_t size_bytes)
{
    return advise_unlocked(base, size_bytes, MADV_DONTNEED);
}

/* PIDFD_SELF, Linux 6.14; before, and where lists are refused, one call for each range. */
static int discard_list(const struct stp_platform_range *ranges, size_t range_count,
                        size_t *done_bytes)
{
    struct iovec list[DISCARD_LIST];
    for (size_t i = 0; i < range_count; i++)
        list[i] = (struct iovec){(void *)ranges[i].base, ranges[i].size_bytes};
    long done =
        syscall(SYS_process_madvise, STP_LINUX_PIDFD_SELF, list, range_count, MADV_DONTNEED, 0);
    *done_bytes = done > 0 ? (size_t)done : 0;
    return done < 0 ? errno : 0;
}

int stp_platform_discard_all(const struct stp_platform_range *ranges, size_t range_count,
                             size_t *done_count, uint32_t *os_call_count)
{
    static bool lacks_lists;
    *done_count = 0;
    while (*done_count < range_count && !__atomic_load_n(&lacks_lists, __ATOMIC_RELAXED)) {
        size_t done_bytes, wanted = stp_min(range_count - *done_count, DISCARD_LIST);
        ++*os_call_count;
        int error = discard_list(ranges + *done_count, wanted, &done_bytes);
        if (error && !done_bytes)
            __atomic_store_n(&lacks_lists, error != EINVAL, __ATOMIC_RELAXED);
        for (; *done_count < range_count && ranges[*done_count].size_bytes <= done_bytes;
             ++*done_count)
            done_bytes -= ranges[*done_count].size_bytes;
        /* One call does no more than 2 GiB less a page, and never all of a range that is larger. */
        if (error || done_bytes)
            break;
    }
    for (; *done_count < range_count; ++*done_count) {
        const struct stp_platform_range *range = &ranges[*done_count];
        ++*os_call_count;
        int error = stp_platform_discard(range->base, range->size_bytes);
        if (error)
            return error;
    }
    return 0;
}

void stp_platform_huge_pages(uintptr_t base, size_t size_bytes, bool on)
{
    advise(base, size_bytes, on ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

int stp_platform_renew(uintptr_t base, size_t size_bytes, unsigned flags)
{
    uintptr_t mapped;
    int error = map(base, size_bytes, MAP_FIXED, &mapped);
    /* When the kernel has unmapped before it failed there is a hole now; mapping into a hole needs
     * less, so once more. */
    if (error)
        error = map(base, size_bytes, MAP_FIXED, &mapped);
    if (error)
        return error;
    (void)advise_for(base, size_bytes, flags);
    return 0;
}

int stp_platform_guard_install(uintptr_t base, size_t size_bytes)
{
    return advise_unlocked(base, size_bytes, STP_LINUX_GUARD_INSTALL);
}

int stp_platform_guard_remove(uintptr_t base, size_t size_bytes)
{
    return advise_or_fail(base, size_bytes, STP_LINUX_GUARD_REMOVE);
}

/* A touch that would fault must not be tried: we may hold a lock. The kernel's own touch only
 * fails; so it does where sandboxes forbid that call, and then nobody knows. */
static int try_touch(uintptr_t page)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)page, 1};
    return syscall(SYS_process_vm_readv, getpid(), &here, 1, &there, 1, 0) < 0 ? errno : 0;
}

/* Before 5.14 the kernel cannot be asked: touch the pages. Adding nothing writes without changing.
 */
static int touch(uintptr_t base, size_t size_bytes, steppe_access access)
{
    size_t page_bytes = stp_platform_facts()->page_bytes;
    for (uintptr_t page = base; page < base + size_bytes; page += page_bytes) {
        int error = try_touch(page);
        if (error)
            return error;
        if (access == STEPPE_ACCESS_WRITE)
            __atomic_fetch_add((char *)page, 0, __ATOMIC_RELAXED);
    }
    return 0;
}

int stp_platform_populate(uintptr_t base, size_t size_bytes, steppe_access access)
{
    int error = advise_or_fail(base, size_bytes,
                               access == STEPPE_ACCESS_WRITE ? STP_LINUX_POPULATE_WRITE
                                                             : STP_LINUX_POPULATE_READ);
    return error == EINVAL ? touch(base, size_bytes, access) : error;
}

/* ---- why it failed -------------------------------------------------------------------------- */

static bool exceeds_address_limit(size_t size_bytes)
{
    struct rlimit limit;
    uint64_t used;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return false;
    if (!stp_linux_read_numbers("/proc/self/statm", &used, 1))
        return false;
    used *= stp_platform_facts()->page_bytes;
    return used > limit.rlim_cur || size_bytes > limit.rlim_cur - used;
}

/* Reading the map takes tens of milliseconds where it is full, and refusals come in rows: an answer
 * that took long holds for a while. */
static bool mappings_are_used_up(void)
{
    enum { SLOW_MS = 2, FRESH_MS = 100 };
    static uint64_t known; /* twice until when, in milliseconds, and the answer in the last bit */
    uint64_t now_ms = stp_platform_now_ns() / 1000000;
    uint64_t before = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (now_ms < before / 2)
        return before & 1;
    bool answer = stp_linux_mappings_are_used_up();
    uint64_t end_ms = stp_platform_now_ns() / 1000000;
    if (end_ms - now_ms >= SLOW_MS)
        __atomic_store_n(&known, 2 * (end_ms + FRESH_MS) + answer, __ATOMIC_RELAXED);
    return answer;
}

steppe_status stp_platform_diagnose(int os_error, size_t size_bytes)
{
    switch (os_error) {
    case EAGAIN: /* madvise tells the end of mappings so since 6.3; mmap tells RLIMIT_MEMLOCK so */
    case ENOMEM:
        if (mappings_are_used_up())
            return STEPPE_E_MAP_COUNT;
        return exceeds_address_limit(size_bytes) ? STEPPE_E_ADDRESS_SPACE : STEPPE_E_MEMORY;
    case ENOSYS:
    case ENOTSUP:
        return STEPPE_E_UNSUPPORTED;
    default:
        return STEPPE_E_SYSTEM;
    }
}
