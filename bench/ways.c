/* SPDX-License-Identifier: MIT */
/*
 * ways.c - the ways to have memory that contenders share, and the touching of it.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef BENCH_HAS_LIBSIGSEGV
#include <sigsegv.h>
#endif

double bench_now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void bench_refuse(bench_turn *turn, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(turn->reason, sizeof turn->reason, format, arguments);
    va_end(arguments);
}

void bench_refuse_errno(bench_turn *turn, const char *what)
{
    bench_refuse(turn, "%s: %s", what, strerror(errno));
}

void bench_refuse_steppe(bench_turn *turn)
{
    bench_refuse(turn, "after %zu: %s", turn->done, steppe_status_text(steppe_last_status()));
}

void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- a handler of SIGSEGV that opens the page -------------------------------------------------
 */

/* The one memory whose pages are opened on touch, and the turn that is told when it fails. */
static struct {
    char *memory;
    size_t size_bytes;
    bench_turn *turn;
    struct sigaction before;
} opened;

static void open_page(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    size_t page_bytes = steppe_page_bytes();
    uintptr_t page = (uintptr_t)information->si_addr & ~(page_bytes - 1);
    bool is_ours = page - (uintptr_t)opened.memory < opened.size_bytes;
    if (is_ours && mprotect((void *)page, page_bytes, PROT_READ | PROT_WRITE) == 0)
        return;
    if (is_ours)
        bench_refuse(opened.turn, "dies after %zu: mprotect: %s", opened.turn->done,
                     strerror(errno));
    _exit(1);
}

static bool catch_by_hand(void)
{
    struct sigaction action = {.sa_sigaction = open_page, .sa_flags = SA_SIGINFO | SA_NODEFER};
    return sigaction(SIGSEGV, &action, &opened.before) == 0;
}

#ifdef BENCH_HAS_LIBSIGSEGV
static sigsegv_dispatcher dispatcher;
static void *ticket;

static int open_area_page(void *address, void *argument)
{
    (void)argument;
    size_t page_bytes = steppe_page_bytes();
    uintptr_t page = (uintptr_t)address & ~(page_bytes - 1);
    return mprotect((void *)page, page_bytes, PROT_READ | PROT_WRITE) == 0;
}

static int dispatch(void *address, int serious)
{
    (void)serious;
    return sigsegv_dispatch(&dispatcher, address);
}

static bool catch_by_libsigsegv(void)
{
    sigsegv_init(&dispatcher);
    ticket = sigsegv_register(&dispatcher, opened.memory, opened.size_bytes, open_area_page, NULL);
    return ticket && sigsegv_install_handler(dispatch) == 0;
}

static void release_libsigsegv(void)
{
    sigsegv_deinstall_handler();
    sigsegv_unregister(&dispatcher, ticket);
}
#else
static bool catch_by_libsigsegv(void)
{
    return false;
}

static void release_libsigsegv(void)
{
}
#endif

/* ---- userfaultfd by hand ----------------------------------------------------------------------
 *
 * The least there can be: what the kernel's own work costs. */

enum { SIGBUS_FEATURE = 1 << 7, USER_MODE_ONLY = 1 };

static int trap_file = -1;
static char *zeros;
static struct sigaction bus_before;

static void fill_page(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    size_t page_bytes = steppe_page_bytes();
    struct uffdio_copy copy = {.dst = (uintptr_t)information->si_addr & ~(page_bytes - 1),
                               .src = (uintptr_t)zeros,
                               .len = page_bytes,
                               .mode = UFFDIO_COPY_MODE_DONTWAKE};
    if (ioctl(trap_file, UFFDIO_COPY, &copy) != 0)
        _exit(1);
}

static bool open_traps(char *memory, size_t size_bytes)
{
    struct uffdio_api api = {.api = UFFD_API, .features = SIGBUS_FEATURE};
    struct uffdio_register range = {.range = {(uintptr_t)memory, size_bytes},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    trap_file = (int)syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
    return trap_file >= 0 && ioctl(trap_file, UFFDIO_API, &api) == 0 &&
           ioctl(trap_file, UFFDIO_REGISTER, &range) == 0;
}

static bool catch_missing(char *memory, size_t size_bytes)
{
    struct sigaction action = {.sa_sigaction = fill_page, .sa_flags = SA_SIGINFO | SA_NODEFER};
    zeros = zeros ? zeros : calloc(1, steppe_page_bytes());
    return zeros && open_traps(memory, size_bytes) && sigaction(SIGBUS, &action, &bus_before) == 0;
}

static void release_traps(void)
{
    if (sigaction(SIGBUS, &bus_before, NULL) != 0 || close(trap_file) != 0)
        bench_die("userfaultfd by hand");
}

/* ---- memory -----------------------------------------------------------------------------------
 */

static char *map(bench_turn *turn, size_t size_bytes, int protection, int advice)
{
    void *memory =
        mmap(NULL, size_bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        bench_refuse_errno(turn, "mmap");
        return NULL;
    }
    if (advice != MADV_NORMAL && madvise(memory, size_bytes, advice) != 0) {
        bench_refuse_errno(turn, "madvise");
        (void)munmap(memory, size_bytes);
        return NULL;
    }
    return memory;
}

static char *map_and_catch(bench_turn *turn, size_t size_bytes, bool (*catch)(void))
{
    char *memory = map(turn, size_bytes, PROT_NONE, MADV_NOHUGEPAGE);
    opened.memory = memory;
    opened.size_bytes = size_bytes;
    opened.turn = turn;
    if (memory && !catch ()) {
        bench_refuse(turn, "not built in: libsigsegv-dev is missing");
        (void)munmap(memory, size_bytes);
        return NULL;
    }
    return memory;
}

static char *map_and_trap(bench_turn *turn, size_t size_bytes)
{
    char *memory = map(turn, size_bytes, PROT_READ | PROT_WRITE, MADV_NOHUGEPAGE);
    if (!memory || catch_missing(memory, size_bytes))
        return memory;
    bench_refuse_errno(turn, "userfaultfd");
    (void)munmap(memory, size_bytes);
    return NULL;
}

static char *reserve(const bench_contender *self, bench_turn *turn, size_t size_bytes)
{
    steppe_mechanism asked = self->options.mechanism;
    if (!steppe_mechanism_is_available(asked)) {
        bench_refuse(turn, "not available here");
        return NULL;
    }
    char *memory = steppe_reserve(size_bytes, &self->options);
    if (!memory) {
        bench_refuse_steppe(turn);
        return NULL;
    }
    steppe_mechanism used = steppe_reservation_of(memory).mechanism;
    if (used != asked)
        (void)snprintf(turn->note, sizeof turn->note, "%s", steppe_mechanism_name(used));
    return memory;
}

char *bench_take(const bench_contender *self, bench_turn *turn, size_t size_bytes)
{
    char *memory = NULL;
    switch (self->way) {
    case BENCH_KERNEL:
        return map(turn, size_bytes, PROT_READ | PROT_WRITE, MADV_NOHUGEPAGE);
    case BENCH_KERNEL_HUGE:
        return map(turn, size_bytes, PROT_READ | PROT_WRITE, MADV_HUGEPAGE);
    case BENCH_NORESERVE:
        return map(turn, size_bytes, PROT_READ | PROT_WRITE, MADV_NORMAL);
    case BENCH_CALLOC:
        memory = calloc(1, size_bytes);
        if (!memory)
            bench_refuse_errno(turn, "calloc");
        return memory;
    case BENCH_SIGSEGV:
        return map_and_catch(turn, size_bytes, catch_by_hand);
    case BENCH_UFFD:
        return map_and_trap(turn, size_bytes);
    case BENCH_LIBSIGSEGV:
        return map_and_catch(turn, size_bytes, catch_by_libsigsegv);
    case BENCH_STEPPE:
        return reserve(self, turn, size_bytes);
    case BENCH_OTHER:
        break;
    }
    bench_refuse(turn, "no way to have memory");
    return NULL;
}

void bench_give_back(const bench_contender *self, char *memory, size_t size_bytes)
{
    if (self->way == BENCH_CALLOC) {
        free(memory);
        return;
    }
    if (self->way == BENCH_STEPPE) {
        if (steppe_release(memory) != STEPPE_OK)
            bench_die(steppe_last_message());
        return;
    }
    if (self->way == BENCH_SIGSEGV && sigaction(SIGSEGV, &opened.before, NULL) != 0)
        bench_die("sigaction");
    if (self->way == BENCH_LIBSIGSEGV)
        release_libsigsegv();
    if (self->way == BENCH_UFFD)
        release_traps();
    if (munmap(memory, size_bytes) != 0)
        bench_die("munmap");
}

/* ---- which pages ------------------------------------------------------------------------------
 */

uint64_t bench_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

/* Draws again where a page was drawn before. */
static void draw_pages(uint32_t *pages, size_t count, size_t of_pages)
{
    uint64_t *drawn = calloc((of_pages + 63) / 64, sizeof *drawn), state = 20260101;
    if (!drawn || of_pages > UINT32_MAX || count > of_pages)
        bench_die("random pages");
    for (size_t i = 0; i < count;) {
        uint32_t page = (uint32_t)((bench_random(&state) >> 32) * of_pages >> 32);
        if (drawn[page / 64] >> page % 64 & 1)
            continue;
        drawn[page / 64] |= UINT64_C(1) << page % 64;
        pages[i++] = page;
    }
    free(drawn);
}

const uint32_t *bench_random_pages(size_t count, size_t of_pages)
{
    static uint32_t *pages;
    static size_t last_count, last_of_pages;
    if (pages && last_count == count && last_of_pages == of_pages)
        return pages;
    free(pages);
    pages = malloc(count * sizeof *pages);
    if (!pages)
        bench_die("random pages");
    draw_pages(pages, count, of_pages);
    last_count = count;
    last_of_pages = of_pages;
    return pages;
}

/* ---- touching ---------------------------------------------------------------------------------
 */

static void touch_in_order(bench_turn *turn, volatile char *byte)
{
    size_t page_bytes = steppe_page_bytes(), count = turn->size;
    for (turn->done = 0; turn->done < count; turn->done++, byte += page_bytes)
        *byte = 1;
}

static void touch_at(bench_turn *turn, volatile char *memory, const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes(), count = turn->size;
    for (turn->done = 0; turn->done < count; turn->done++)
        memory[pages[turn->done] * page_bytes] = 1;
}

/* In order where there are no pages. */
static double touch(bench_turn *turn, char *memory, const uint32_t *pages)
{
    steppe_fault fault;
    double start = bench_now_s();
    STEPPE_TRY(&fault)
    {
        if (pages)
            touch_at(turn, memory, pages);
        else
            touch_in_order(turn, memory);
    }
    STEPPE_CAUGHT
    {
        bench_refuse(turn, "refused after %zu: %s", turn->done, steppe_status_text(fault.reason));
    }
    return bench_now_s() - start;
}

double bench_touch_in_order(bench_turn *turn, char *memory)
{
    return touch(turn, memory, NULL);
}

double bench_touch_at(bench_turn *turn, char *memory, const uint32_t *pages)
{
    return touch(turn, memory, pages);
}

double bench_commit_at(bench_turn *turn, char *memory, const uint32_t *pages)
{
    size_t page_bytes = steppe_page_bytes(), count = turn->size;
    double start = bench_now_s();
    for (turn->done = 0; turn->done < count; turn->done++)
        if (steppe_commit(memory + pages[turn->done] * page_bytes, 1) != STEPPE_OK) {
            bench_refuse(turn, "refused after %zu: %s", turn->done,
                         steppe_status_text(steppe_last_status()));
            break;
        }
    return bench_now_s() - start;
}
