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
    STP_LINUX_GUARD_REMOVE = 103
};

/* A file read in pieces, without allocation: safe in fault handlers. */
struct stp_linux_reader {
    int file;
    size_t used, filled;
    char bytes[2048];
};

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

/* Does the kernel use huge pages without being asked? */
bool stp_linux_huge_pages_always(void);

#endif
