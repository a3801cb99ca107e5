/* SPDX-License-Identifier: MIT */
/* facts.c - what the running kernel can do. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/align.h"
#include "platform/linux/linux.h"
#include "platform/platform.h"

#define ADDRESS_FIRST ((uintptr_t)64 * 1024)

#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/enabled"

/* ThreadSanitizer's runtime, there when the program was built with it. */
extern void __tsan_init(void) __attribute__((weak));

static struct stp_platform_facts facts;
static bool huge_pages_always;
static pthread_once_t probed = PTHREAD_ONCE_INIT;

/* A marker on one page must be accepted; whether it also works is the kernel's promise. */
static bool probe_guard_markers(size_t page_bytes)
{
    void *page = mmap(NULL, page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    /* After mlockall markers would be refused on this page, though not on ours. */
    (void)munlock(page, page_bytes);
    bool works = madvise(page, page_bytes, STP_LINUX_GUARD_INSTALL) == 0 &&
                 madvise(page, page_bytes, STP_LINUX_GUARD_REMOVE) == 0;
    (void)munmap(page, page_bytes); /* benign: one page of address space */
    return works;
}

/* User space ends at the power of two above the stack, which the kernel puts at its top; the last
 * page is never given out. */
static uintptr_t find_address_end(size_t page_bytes)
{
    char on_this_stack; /* of whatever thread: the fallback */
    uintptr_t on_first_stack = getauxval(AT_RANDOM);
    uintptr_t high = on_first_stack ? on_first_stack : (uintptr_t)&on_this_stack;
    return stp_power_of_two_above(high) - page_bytes;
}

static bool file_has(const char *path, const char *text)
{
    struct stp_linux_reader reader;
    char line[128];
    if (!stp_linux_open(&reader, path))
        return false;
    bool has = stp_linux_line(&reader, line, sizeof line) && strstr(line, text);
    stp_linux_close(&reader);
    return has;
}

/* RLIMIT_DATA counts what is writable, touched or not. */
static bool limits_data(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

static void probe(void)
{
    uint64_t number;
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    facts.page_bytes = page_bytes;
    facts.table_span_bytes = page_bytes * (page_bytes / sizeof(uint64_t));
    facts.address_first = ADDRESS_FIRST;
    facts.address_end = find_address_end(page_bytes);
    facts.mapping_count_max =
        stp_linux_read_numbers("/proc/sys/vm/max_map_count", &number, 1) ? number : 65530;
    facts.has_memory = true;
    facts.has_faults = true;
    facts.has_guard_markers = probe_guard_markers(page_bytes);
    facts.accounts_commit =
        limits_data() ||
        (stp_linux_read_numbers("/proc/sys/vm/overcommit_memory", &number, 1) && number == 2);
    stp_linux_probe_traps(&facts.has_traps, &facts.has_write_marks);
    huge_pages_always = file_has(HUGE_PAGES, "[always]");
    facts.has_huge_pages = huge_pages_always || file_has(HUGE_PAGES, "[madvise]");
}

const struct stp_platform_facts *stp_platform_facts(void)
{
    (void)pthread_once(&probed, probe); /* cannot fail with these arguments */
    return &facts;
}

bool stp_linux_huge_pages_always(void)
{
    (void)stp_platform_facts();
    return huge_pages_always;
}

bool stp_linux_low_addresses_are_usable(void)
{
    return !__tsan_init;
}

const char *stp_platform_setting(const char *name)
{
    return secure_getenv(name);
}
