/* SPDX-License-Identifier: MIT */
/* linux.h - what the files of this folder share. Constants newer than the build machine's headers
 * are defined here by their numbers, and probed at run time. */
#ifndef STP_LINUX_H
#define STP_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STP_LINUX_POPULATE_READ = 22, /* MADV_, Linux 5.14 */
    STP_LINUX_POPULATE_WRITE = 23,
    STP_LINUX_GUARD_INSTALL = 102, /* MADV_, Linux 6.13 */
    STP_LINUX_GUARD_REMOVE = 103,
    STP_LINUX_PIDFD_SELF = -10000 /* Linux 6.14 */
};

/* A file read in pieces, without allocation: safe in fault handlers. */
struct stp_linux_reader {
    int file;
    size_t used, filled;
    char bytes[2048];
};

/* -1 with errno. Neither is a cancellation point. */
int stp_linux_open_file(const char *path);
void stp_linux_close_file(int file);

bool stp_linux_open(struct stp_linux_reader *reader, const char *path);
void stp_linux_close(struct stp_linux_reader *reader);

/* The next line without its newline, cut to what fits; false at the end. */
bool stp_linux_line(struct stp_linux_reader *reader, char *line, size_t line_bytes);

/* The first count numbers of a file; false when it cannot be read or has fewer. */
bool stp_linux_read_numbers(const char *path, uint64_t *numbers, size_t count);

/* Are the mappings of this process at the kernel's limit? Reads the whole map: slow. */
bool stp_linux_mappings_are_used_up(void);

/* May mappings lie outside what the kernel itself would choose? Under ThreadSanitizer they may not:
 * it has its shadow there. */
bool stp_linux_low_addresses_are_usable(void);

/* What the kernel knows of single pages: runs of pages alike, in time that grows with the page
 * tables and not with the range. Linux 6.7. */
struct stp_linux_page_region {
    uint64_t start, end, categories;
};

enum {
    STP_LINUX_PAGE_WRITTEN = 1 << 1,
    STP_LINUX_PAGE_PRESENT = 1 << 3,
    STP_LINUX_PAGE_SWAPPED = 1 << 4,
    STP_LINUX_PAGE_ZEROS = 1 << 5, /* the shared page: was read, never written */

    STP_LINUX_SCAN_CLEARS = 1,    /* PM_SCAN_WP_MATCHING */
    STP_LINUX_SCAN_ONLY_NOTED = 2 /* PM_SCAN_CHECK_WPASYNC: fail where writes are not noted */
};

struct stp_linux_page_scan {
    uint64_t size, flags, start, end, walk_end, regions, region_capacity, page_max;
    uint64_t inverted, all_of, any_of, told;
};

int stp_linux_scan_pages(int pagemap, struct stp_linux_page_scan *scan, size_t *found);

/* Does the kernel use huge pages without being asked? */
bool stp_linux_huge_pages_always(void);

/* What of userfaultfd this process may use now. */
void stp_linux_probe_traps(bool *has_traps, bool *has_write_marks);

#endif
