/* SPDX-License-Identifier: MIT */
/*
 * traps.c - userfaultfd: pages that are not there fault, and writes are noted.
 *
 * One descriptor serves the process. Missing pages are told by SIGBUS to the thread that touches
 * them (UFFD_FEATURE_SIGBUS); nobody ever reads from the descriptor, so there is no thread to do
 * it, and none to wait for. It is opened at the first trap and lives as long as the process: when
 * it is closed the kernel forgets all traps, and missing pages are made silently. Somebody else who
 * closes it, as daemons do that close whatever they find, is noticed at the next call only.
 *
 * A child of fork inherits the descriptor, but it means the parent's memory: using it there would
 * change the parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/align.h"
#include "platform/linux/linux.h"
#include "platform/platform.h"

enum {
    NO_DESCRIPTOR = -1,
    DESCRIPTOR_FIRST = 100, /* away from the numbers that programs choose for themselves */
    SOURCE_BYTES = 2 * 1024 * 1024,
    TRIES_MAX = 1000 /* the kernel's "again", without progress */
};

#define FEATURE_WP_UNPOPULATED (UINT64_C(1) << 13) /* Linux 6.4 */
#define FEATURE_WP_ASYNC (UINT64_C(1) << 15)       /* Linux 6.7 */
#define USER_MODE_ONLY 1                           /* Linux 5.11 */

static const char link_text[] = "anon_inode:[userfaultfd]"; /* in /proc/self/fd */

static int descriptor = NO_DESCRIPTOR;
static uint32_t age; /* how often it was found closed */
static ino_t inode;
static uintptr_t source; /* of UFFDIO_COPY: read-only, the kernel's one page of zeros all over */
static uintptr_t canary; /* a trapped page that nobody touches: it tells whether traps are there */

/* ---- the descriptor ------------------------------------------------------------------------- */

/* Before Linux 6.7 the kernel does not know how to note writes, and refuses what it does not know.
 */
static int shake_hands(int file, bool *notes)
{
    struct uffdio_api api = {.api = UFFD_API,
                             .features =
                                 UFFD_FEATURE_SIGBUS | FEATURE_WP_UNPOPULATED | FEATURE_WP_ASYNC};
    *notes = ioctl(file, UFFDIO_API, &api) == 0;
    if (*notes)
        return 0;
    api = (struct uffdio_api){.api = UFFD_API, .features = UFFD_FEATURE_SIGBUS};
    return ioctl(file, UFFDIO_API, &api) == 0 ? 0 : errno;
}

static int open_descriptor(int *file, bool *notes)
{
    int low = (int)syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
    if (low < 0)
        return errno;
    int error = shake_hands(low, notes);
    int high = error ? -1 : fcntl(low, F_DUPFD_CLOEXEC, DESCRIPTOR_FIRST);
    if (error || high >= 0)
        stp_linux_close_file(low);
    *file = high >= 0 ? high : low;
    return error;
}

static int make_source(void)
{
    if (__atomic_load_n(&source, __ATOMIC_ACQUIRE))
        return 0;
    void *zeros =
        mmap(NULL, SOURCE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (zeros == MAP_FAILED)
        return errno;
    (void)madvise(zeros, SOURCE_BYTES, MADV_NOHUGEPAGE); /* benign: a little slower */
    (void)madvise(zeros, SOURCE_BYTES, STP_LINUX_POPULATE_READ);
    uintptr_t none = 0;
    if (!__atomic_compare_exchange_n(&source, &none, (uintptr_t)zeros, false, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED))
        (void)munmap(zeros, SOURCE_BYTES); /* another thread was faster */
    return 0;
}

static void remember_inode(int file)
{
    struct stat status;
    if (fstat(file, &status) == 0)
        __atomic_store_n(&inode, status.st_ino, __ATOMIC_RELAXED);
}

/* Empty, and trapped by this descriptor. Benign when it cannot be had. */
static void set_canary(int file)
{
    size_t page_bytes = stp_platform_facts()->page_bytes;
    void *page = mmap(NULL, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return;
    struct uffdio_register registration = {.range = {.start = (uintptr_t)page, .len = page_bytes},
                                           .mode = UFFDIO_REGISTER_MODE_MISSING};
    bool is_trapped = ioctl(file, UFFDIO_REGISTER, &registration) == 0;
    if (!is_trapped || madvise(page, page_bytes, STP_LINUX_POPULATE_READ) == 0) {
        (void)munmap(page, page_bytes); /* there already, where memory is locked */
        return;
    }
    uintptr_t before = __atomic_exchange_n(&canary, (uintptr_t)page, __ATOMIC_ACQ_REL);
    if (before)
        (void)munmap((void *)before, page_bytes);
}

static int ensure_descriptor(void)
{
    int file = NO_DESCRIPTOR, none = NO_DESCRIPTOR;
    bool notes;
    if (__atomic_load_n(&descriptor, __ATOMIC_ACQUIRE) != NO_DESCRIPTOR)
        return 0;
    int error = make_source();
    if (!error)
        error = open_descriptor(&file, &notes);
    if (error)
        return error;
    if (__atomic_compare_exchange_n(&descriptor, &none, file, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
        remember_inode(file);
        set_canary(file);
    } else
        stp_linux_close_file(file); /* another thread was faster */
    return 0;
}

/* Somebody closed it, and may have got its number for another file: it is not ours to close. */
static bool forget_descriptor(int file, int error)
{
    if (error != EBADF && error != ENOTTY)
        return false;
    if (__atomic_compare_exchange_n(&descriptor, &file, NO_DESCRIPTOR, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED))
        __atomic_fetch_add(&age, 1, __ATOMIC_ACQ_REL);
    return true;
}

/* A call on a descriptor that was closed goes to a new one, which knows of no traps. */
static int call(unsigned long request, void *arguments)
{
    for (int try = 0;; try++) {
        int error = ensure_descriptor();
        if (error)
            return error;
        int file = __atomic_load_n(&descriptor, __ATOMIC_ACQUIRE);
        if (ioctl(file, request, arguments) == 0)
            return 0;
        error = errno;
        if (!forget_descriptor(file, error) || try)
            return error;
    }
}

uint32_t stp_platform_traps_age(void)
{
    return __atomic_load_n(&age, __ATOMIC_ACQUIRE);
}

/* Is the number still that of our file? Asked without using it. */
static bool is_ours(int file)
{
    char path[32], target[sizeof link_text];
    struct stat status;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    ssize_t length = readlink(path, target, sizeof target);
    return length == sizeof link_text - 1 && !memcmp(target, link_text, sizeof link_text - 1) &&
           fstat(file, &status) == 0 && status.st_ino == __atomic_load_n(&inode, __ATOMIC_RELAXED);
}

int stp_platform_traps_after_fork(void)
{
    int file = __atomic_exchange_n(&descriptor, NO_DESCRIPTOR, __ATOMIC_ACQ_REL);
    if (file != NO_DESCRIPTOR && is_ours(file))
        stp_linux_close_file(file);
    else if (file != NO_DESCRIPTOR) /* what the parent has not noticed yet */
        __atomic_fetch_add(&age, 1, __ATOMIC_ACQ_REL);
    return file == NO_DESCRIPTOR ? 0 : ensure_descriptor();
}

static bool canary_lives(void)
{
    uintptr_t page = __atomic_load_n(&canary, __ATOMIC_ACQUIRE);
    return !page ||
           madvise((void *)page, stp_platform_facts()->page_bytes, STP_LINUX_POPULATE_READ) != 0;
}

/* What age says is never newer than what the kernel knows. */
bool stp_platform_traps_end(void)
{
    int file = __atomic_exchange_n(&descriptor, NO_DESCRIPTOR, __ATOMIC_ACQ_REL);
    if (file == NO_DESCRIPTOR)
        return false; /* closed by somebody, who may have kept a copy */
    __atomic_fetch_add(&age, 1, __ATOMIC_ACQ_REL);
    if (is_ours(file))
        stp_linux_close_file(file);
    return !canary_lives();
}

bool stp_platform_page_is_missing(int os_error)
{
    return os_error == EFAULT;
}

bool stp_platform_traps_are_lost(int os_error)
{
    switch (os_error) {
    case EPERM: /* what seccomp filters mostly say */
    case EACCES:
    case ENOSYS:
    case EBADF: /* closed, and no other to be had */
    case EMFILE:
    case EINVAL:
    case ENOENT: /* the range is not trapped: closed by somebody, and opened again by us */
        return true;
    default:
        return false;
    }
}

/* ---- traps ---------------------------------------------------------------------------------- */

int stp_platform_trap(uintptr_t base, size_t size_bytes, unsigned traps)
{
    struct uffdio_register registration = {
        .range = {.start = base, .len = size_bytes},
        .mode = (traps & STP_TRAP_MISSING ? UFFDIO_REGISTER_MODE_MISSING : 0) |
                (traps & STP_TRAP_WRITES ? UFFDIO_REGISTER_MODE_WP : 0)};
    return call(UFFDIO_REGISTER, &registration);
}

int stp_platform_untrap(uintptr_t base, size_t size_bytes)
{
    struct uffdio_range range = {.start = base, .len = size_bytes};
    return call(UFFDIO_UNREGISTER, &range);
}

/* One call: 0, or the error; *done_bytes were filled in either case. */
static int fill_once(uintptr_t base, size_t size_bytes, enum stp_fill fill, size_t *done_bytes)
{
    int64_t done;
    int error;
    if (fill == STP_FILL_MEMORY) {
        struct uffdio_copy copy = {.dst = base,
                                   .src = __atomic_load_n(&source, __ATOMIC_ACQUIRE),
                                   .len = stp_min(size_bytes, SOURCE_BYTES),
                                   .mode = UFFDIO_COPY_MODE_DONTWAKE};
        error = call(UFFDIO_COPY, &copy);
        done = copy.copy;
    } else {
        struct uffdio_zeropage zeros = {.range = {.start = base, .len = size_bytes},
                                        .mode = UFFDIO_ZEROPAGE_MODE_DONTWAKE};
        error = call(UFFDIO_ZEROPAGE, &zeros);
        done = zeros.zeropage;
    }
    *done_bytes = done > 0 ? (size_t)done : 0;
    return error;
}

/* The kernel fills no further than the mapping it began in, and stops at a page that is present. */
int stp_platform_fill(uintptr_t base, size_t size_bytes, enum stp_fill fill,
                      uint32_t *os_call_count)
{
    size_t page_bytes = stp_platform_facts()->page_bytes;
    uintptr_t end = base + size_bytes;
    size_t part = size_bytes;
    int tries = 0;
    while (base < end) {
        size_t done;
        part = stp_min(part, end - base);
        ++*os_call_count;
        int error = fill_once(base, part, fill, &done);
        base += done;
        tries = done ? 0 : tries + 1;
        if (!error || done)
            part = size_bytes;
        else if (error == EEXIST)
            base += page_bytes;
        else if (error == ENOENT && part > page_bytes)
            part = stp_round_down(part / 2 + page_bytes - 1, page_bytes);
        else if (error != EAGAIN || tries > TRIES_MAX)
            return error;
    }
    return 0;
}

/* ---- noted writes ---------------------------------------------------------------------------
 *
 * To the kernel a page that is not there, in a page table that is, counts as written too: it is not
 * write-protected. And the page of zeros, which reading maps. */

enum { REGIONS = 64 }; /* on the stack, which may be a handler's */

static int open_pages(void)
{
    return stp_linux_open_file("/proc/self/pagemap");
}

static bool can_scan(void)
{
    struct stp_linux_page_scan nothing = {.all_of = STP_LINUX_PAGE_WRITTEN,
                                          .told = STP_LINUX_PAGE_WRITTEN};
    size_t found;
    int file = open_pages();
    if (file < 0)
        return false;
    int error = stp_linux_scan_pages(file, &nothing, &found);
    stp_linux_close_file(file);
    return !error;
}

static int scan(int file, uintptr_t end, bool clear, struct stp_platform_written_run *runs,
                size_t capacity, size_t *count, uintptr_t *next)
{
    struct stp_linux_page_region regions[REGIONS];
    while (*next < end && (!capacity || *count < capacity)) {
        size_t found;
        struct stp_linux_page_scan arguments = {
            .flags = (clear ? STP_LINUX_SCAN_CLEARS : 0) | STP_LINUX_SCAN_ONLY_NOTED,
            .start = *next,
            .end = end,
            .regions = capacity ? (uintptr_t)regions : 0,
            .region_capacity = stp_min(capacity - *count, REGIONS),
            .inverted = STP_LINUX_PAGE_ZEROS,
            .all_of = STP_LINUX_PAGE_WRITTEN | STP_LINUX_PAGE_ZEROS,
            .any_of = STP_LINUX_PAGE_PRESENT | STP_LINUX_PAGE_SWAPPED,
            .told = STP_LINUX_PAGE_WRITTEN};
        int error = stp_linux_scan_pages(file, &arguments, &found);
        if (error)
            return error;
        for (size_t i = 0; i < found; i++, ++*count)
            runs[*count] = (struct stp_platform_written_run){regions[i].start, regions[i].end};
        *next = arguments.walk_end;
    }
    return 0;
}

int stp_platform_written(uintptr_t base, size_t size_bytes, bool clear,
                         struct stp_platform_written_run *runs, size_t capacity, size_t *count,
                         uintptr_t *next)
{
    *count = 0;
    *next = base;
    int file = open_pages();
    if (file < 0)
        return errno;
    int error = scan(file, base + size_bytes, clear, runs, capacity, count, next);
    stp_linux_close_file(file);
    return error;
}

void stp_linux_probe_traps(bool *has_traps, bool *has_write_marks)
{
    int file = NO_DESCRIPTOR;
    bool notes = false;
    int error = open_descriptor(&file, &notes);
    if (!error)
        stp_linux_close_file(file);
    *has_traps = !error || error == EMFILE || error == ENFILE; /* that is of the moment */
    *has_write_marks = notes && can_scan();
}
