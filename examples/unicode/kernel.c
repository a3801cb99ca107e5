/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <steppe/base.h>

enum { LINE_BYTES = 512, ENTRIES_AT_A_TIME = 512, REGIONS_AT_A_TIME = 64 };

/* ---- smaps ----------------------------------------------------------------------------------- */

static bool is_in_kib(const char *line, const char *name, uint64_t *sum_bytes)
{
    size_t length = strlen(name);
    uint64_t kib = 0;
    if (strncmp(line, name, length) != 0 || sscanf(line + length, "%" SCNu64, &kib) != 1)
        return false;
    *sum_bytes += kib * 1024;
    return true;
}

bool kernel_mappings_of(const void *base, size_t size_bytes, struct kernel_mappings *mappings)
{
    uintptr_t first = (uintptr_t)base, end = first + size_bytes;
    FILE *file = fopen("/proc/self/smaps", "re");
    if (!file)
        return false;
    *mappings = (struct kernel_mappings){0};
    bool is_ours = false;
    char line[LINE_BYTES];
    while (fgets(line, sizeof line, file)) {
        uintptr_t from, to;
        char mode[8];
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to, mode) == 3) {
            is_ours = from < end && to > first;
            mappings->count += is_ours;
        } else if (is_ours && !is_in_kib(line, "Rss:", &mappings->resident_bytes)) {
            is_in_kib(line, "Swap:", &mappings->swapped_bytes);
        }
    }
    bool is_read = !ferror(file);
    return fclose(file) == 0 && is_read;
}

/* ---- pagemap --------------------------------------------------------------------------------- */

static bool read_exactly(int file, void *buffer, size_t size_bytes, off_t offset)
{
    size_t done = 0;
    while (done < size_bytes) {
        ssize_t got = pread(file, (char *)buffer + done, size_bytes - done, offset + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool count_present(int file, uintptr_t first_page, size_t page_count, uint64_t *count)
{
    uint64_t entries[ENTRIES_AT_A_TIME];
    while (page_count > 0) {
        size_t some = page_count < ENTRIES_AT_A_TIME ? page_count : ENTRIES_AT_A_TIME;
        if (!read_exactly(file, entries, some * sizeof *entries,
                          (off_t)(first_page * sizeof *entries)))
            return false;
        for (size_t i = 0; i < some; i++)
            *count += entries[i] >> 63;
        first_page += some;
        page_count -= some;
    }
    return true;
}

bool kernel_present_bytes(const void *base, size_t size_bytes, uint64_t *present_bytes)
{
    size_t page = steppe_page_bytes();
    int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    uint64_t count = 0;
    bool is_read = count_present(file, (uintptr_t)base / page, size_bytes / page, &count);
    *present_bytes = count * page;
    return close(file) == 0 && is_read;
}

/* ---- PAGEMAP_SCAN ---------------------------------------------------------------------------- */

/* Named here because the kernel headers of many systems are older than their kernel. */
struct scan_region {
    uint64_t start, end, categories;
};

struct scan_request {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_REQUEST _IOWR('f', 16, struct scan_request)
#define SCAN_PRESENT ((uint64_t)1 << 3)
#define SCAN_ZERO ((uint64_t)1 << 5)

static bool scan(int file, uintptr_t first, uintptr_t end, struct kernel_pages *pages)
{
    struct scan_region regions[REGIONS_AT_A_TIME];
    while (first < end) {
        struct scan_request request = {
            .size = sizeof request,
            .start = first,
            .end = end,
            .vec = (uintptr_t)regions,
            .vec_len = REGIONS_AT_A_TIME,
            .category_mask = SCAN_PRESENT,
            .return_mask = SCAN_PRESENT | SCAN_ZERO,
        };
        int count = ioctl(file, SCAN_REQUEST, &request);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 || request.walk_end <= first)
            return false;
        for (int i = 0; i < count; i++) {
            uint64_t size = regions[i].end - regions[i].start;
            pages->present_bytes += size;
            pages->zero_bytes += regions[i].categories & SCAN_ZERO ? size : 0;
        }
        first = request.walk_end;
    }
    return true;
}

bool kernel_pages_of(const void *base, size_t size_bytes, struct kernel_pages *pages)
{
    int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    *pages = (struct kernel_pages){0};
    bool is_read = scan(file, (uintptr_t)base, (uintptr_t)base + size_bytes, pages);
    return close(file) == 0 && is_read;
}

/* ---- the process ----------------------------------------------------------------------------- */

static bool read_lines(const char *path, struct kernel_process *process, bool count_lines)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    char line[LINE_BYTES];
    while (fgets(line, sizeof line, file)) {
        process->mapping_count += count_lines;
        if (!is_in_kib(line, "VmSize:", &process->address_space_bytes) &&
            !is_in_kib(line, "VmPTE:", &process->page_table_bytes))
            is_in_kib(line, "Rss:", &process->resident_bytes);
    }
    bool is_read = !ferror(file);
    return fclose(file) == 0 && is_read;
}

bool kernel_process_now(struct kernel_process *process)
{
    *process = (struct kernel_process){0};
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return false;
    process->fault_count = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
    return read_lines("/proc/self/status", process, false) &&
           read_lines("/proc/self/smaps_rollup", process, false) &&
           read_lines("/proc/self/maps", process, true);
}

double kernel_seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
