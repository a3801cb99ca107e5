/* SPDX-License-Identifier: MIT */
/* maps.c - the process's own map: PROCMAP_QUERY and PAGEMAP_SCAN where the kernel has them, the
 * text files of /proc elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/align.h"
#include "platform/linux/linux.h"
#include "platform/platform.h"

/* ---- reading text --------------------------------------------------------------------------- */

/* System calls made directly: the C library's are cancellation points, and a thread cancelled here
 * would keep a lock or a pin for ever. */
static int open_file(const char *path)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

int stp_linux_open_file(const char *path)
{
    int file;
    do {
        file = open_file(path);
    } while (file < 0 && errno == EINTR);
    return file;
}

void stp_linux_close_file(int file)
{
    (void)syscall(SYS_close, file); /* benign: nothing is written to it */
}

bool stp_linux_open(struct stp_linux_reader *reader, const char *path)
{
    reader->used = reader->filled = 0;
    reader->file = stp_linux_open_file(path);
    return reader->file >= 0;
}

void stp_linux_close(struct stp_linux_reader *reader)
{
    stp_linux_close_file(reader->file);
}

static bool next_byte(struct stp_linux_reader *reader, char *byte)
{
    if (reader->used == reader->filled) {
        ssize_t got;
        do {
            got = syscall(SYS_read, reader->file, reader->bytes, sizeof reader->bytes);
        } while (got < 0 && errno == EINTR);
        if (got <= 0)
            return false;
        reader->used = 0;
        reader->filled = (size_t)got;
    }
    *byte = reader->bytes[reader->used++];
    return true;
}

bool stp_linux_line(struct stp_linux_reader *reader, char *line, size_t line_bytes)
{
    size_t length = 0;
    char byte;
    if (!next_byte(reader, &byte))
        return false;
    do {
        if (byte == '\n')
            break;
        if (length + 1 < line_bytes)
            line[length++] = byte;
    } while (next_byte(reader, &byte));
    line[length] = '\0';
    return true;
}

/* A number in base 10 or 16 at *text, which moves behind it; false when there is none. */
static bool take_number(const char **text, unsigned base, uint64_t *number)
{
    const char *at = *text;
    *number = 0;
    for (;; at++) {
        unsigned digit;
        if (*at >= '0' && *at <= '9')
            digit = (unsigned)(*at - '0');
        else if (base == 16 && *at >= 'a' && *at <= 'f')
            digit = (unsigned)(*at - 'a' + 10);
        else
            break;
        *number = *number * base + digit;
    }
    bool any = at != *text;
    *text = at;
    return any;
}

static void skip_blanks(const char **text)
{
    while (**text == ' ' || **text == '\t')
        ++*text;
}

bool stp_linux_read_numbers(const char *path, uint64_t *numbers, size_t count)
{
    struct stp_linux_reader reader;
    char line[256];
    if (!stp_linux_open(&reader, path))
        return false;
    bool read = stp_linux_line(&reader, line, sizeof line);
    stp_linux_close(&reader);
    const char *at = line;
    for (size_t i = 0; i < count && read; i++) {
        skip_blanks(&at);
        read = take_number(&at, 10, &numbers[i]);
    }
    return read;
}

bool stp_linux_mappings_are_used_up(void)
{
    enum { MARGIN = 16 }; /* some calls need a few at once */
    struct stp_linux_reader reader;
    char byte;
    uint64_t limit, count = 0;
    if (!stp_linux_read_numbers("/proc/sys/vm/max_map_count", &limit, 1) ||
        !stp_linux_open(&reader, "/proc/self/maps"))
        return false;
    while (next_byte(&reader, &byte))
        count += byte == '\n';
    stp_linux_close(&reader);
    return count + MARGIN >= limit;
}

/* ---- one mapping ---------------------------------------------------------------------------- */

/* A mapping as either source tells it. */
struct found {
    uintptr_t first, end;
    bool reads, writes, executes;
    bool is_file;
    char path[256];
};

static steppe_protection protection_of(const struct found *found)
{
    if (found->executes)
        return found->writes  ? STEPPE_EXECUTE_READ_WRITE
               : found->reads ? STEPPE_EXECUTE_READ
                              : STEPPE_EXECUTE;
    if (found->writes)
        return STEPPE_READ_WRITE;
    return found->reads ? STEPPE_READ_ONLY : STEPPE_NO_ACCESS;
}

/* The program itself: its data segments do not execute and have no telling name. */
static bool is_program(const char *path)
{
    char program[256];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0)
        return false;
    program[length] = '\0';
    return !strcmp(path, program);
}

/* "libm.so", "libm.so.6" */
static bool is_library(const char *name)
{
    const char *suffix = strstr(name, ".so");
    return suffix &&
           (suffix[3] == '\0' || (suffix[3] == '.' && suffix[4] >= '0' && suffix[4] <= '9'));
}

static steppe_owner owner_of(const struct found *found)
{
    if (!found->is_file)
        return STEPPE_OWNER_ANONYMOUS;
    const char *slash = strrchr(found->path, '/');
    const char *name = slash ? slash + 1 : found->path;
    bool is_image = found->executes || is_library(name) || is_program(found->path);
    return is_image ? STEPPE_OWNER_IMAGE : STEPPE_OWNER_FILE;
}

static void tell(const struct found *found, struct stp_platform_mapping *mapping)
{
    *mapping = (struct stp_platform_mapping){
        .first = found->first,
        .end = found->end,
        .protection = protection_of(found),
        .owner = owner_of(found),
    };
}

/* Linux 6.11: one ioctl instead of the text of all mappings. */
struct procmap_query {
    uint64_t size, query_flags, query_addr;
    uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
    uint32_t dev_major, dev_minor;
    uint32_t vma_name_size, build_id_size;
    uint64_t vma_name_addr, build_id_addr;
};

enum { QUERY_COVERING_OR_NEXT = 0x10 };
enum { VMA_READABLE = 1, VMA_WRITABLE = 2, VMA_EXECUTABLE = 4 };

#define PROCMAP_QUERY_CALL _IOWR('f', 17, struct procmap_query)

/* Not an error of the system: the address lies behind the last mapping. */
enum { NO_MAPPING = -1 };

/* 0, NO_MAPPING, ENOTTY on older kernels, or another error. */
static int ask_kernel(int maps, uintptr_t address, struct found *found)
{
    struct procmap_query query = {
        .size = sizeof query,
        .query_flags = QUERY_COVERING_OR_NEXT,
        .query_addr = address,
        .vma_name_size = sizeof found->path,
        .vma_name_addr = (uintptr_t)found->path,
    };
    found->path[0] = '\0';
    if (ioctl(maps, PROCMAP_QUERY_CALL, &query) != 0)
        return errno == ENOENT ? NO_MAPPING : errno;
    found->first = query.vma_start;
    found->end = query.vma_end;
    found->reads = query.vma_flags & VMA_READABLE;
    found->writes = query.vma_flags & VMA_WRITABLE;
    found->executes = query.vma_flags & VMA_EXECUTABLE;
    found->is_file = query.inode != 0;
    return 0;
}

/* "55e0-55f0 r-xp 00000000 fe:01 1234    /usr/bin/cat" */
static bool parse_mapping(const char *line, struct found *found)
{
    uint64_t first, end, ignored, inode;
    if (!take_number(&line, 16, &first) || *line++ != '-' || !take_number(&line, 16, &end))
        return false;
    skip_blanks(&line);
    if (strlen(line) < 4)
        return false;
    *found = (struct found){.first = first,
                            .end = end,
                            .reads = line[0] == 'r',
                            .writes = line[1] == 'w',
                            .executes = line[2] == 'x'};
    line += 4;
    skip_blanks(&line);
    (void)take_number(&line, 16, &ignored);
    skip_blanks(&line);
    line += strcspn(line, " ");
    skip_blanks(&line);
    found->is_file = take_number(&line, 10, &inode) && inode;
    skip_blanks(&line);
    strncpy(found->path, line, sizeof found->path - 1);
    return true;
}

static int search_text(uintptr_t address, struct found *found)
{
    struct stp_linux_reader reader;
    char line[512];
    int result = NO_MAPPING;
    if (!stp_linux_open(&reader, "/proc/self/maps"))
        return errno;
    while (result == NO_MAPPING && stp_linux_line(&reader, line, sizeof line))
        if (parse_mapping(line, found) && found->end > address)
            result = 0;
    stp_linux_close(&reader);
    return result;
}

static int find_mapping(uintptr_t address, struct found *found)
{
    struct stp_linux_reader reader;
    if (!stp_linux_open(&reader, "/proc/self/maps"))
        return errno;
    int error = ask_kernel(reader.file, address, found);
    stp_linux_close(&reader);
    return error == 0 || error == NO_MAPPING ? error : search_text(address, found);
}

int stp_platform_mapping_at(uintptr_t address, struct stp_platform_mapping *mapping, bool *found)
{
    struct found at;
    int error = find_mapping(address, &at);
    *found = error == 0;
    if (*found)
        tell(&at, mapping);
    return error == NO_MAPPING ? 0 : error;
}

/* ---- measuring ------------------------------------------------------------------------------ */

static int count_in_text(uintptr_t base, uintptr_t end, uint64_t *count)
{
    struct stp_linux_reader reader;
    struct found found;
    char line[512];
    *count = 0;
    if (!stp_linux_open(&reader, "/proc/self/maps"))
        return errno;
    while (stp_linux_line(&reader, line, sizeof line) && parse_mapping(line, &found) &&
           found.first < end)
        *count += found.end > base;
    stp_linux_close(&reader);
    return 0;
}

/* One call for each mapping in the range; the text would be read from the process's first one. */
static int count_mappings(uintptr_t base, uintptr_t end, uint64_t *count)
{
    struct stp_linux_reader reader;
    struct found found;
    int error = 0;
    *count = 0;
    if (!stp_linux_open(&reader, "/proc/self/maps"))
        return errno;
    for (uintptr_t at = base; at < end && !error; at = found.end) {
        error = ask_kernel(reader.file, at, &found);
        if (error || found.first >= end)
            break;
        ++*count;
    }
    stp_linux_close(&reader);
    return error && error != NO_MAPPING ? count_in_text(base, end, count) : 0;
}

/* PAGEMAP_SCAN, Linux 6.7. */
#define PAGEMAP_SCAN_CALL _IOWR('f', 16, struct stp_linux_page_scan)

int stp_linux_scan_pages(int pagemap, struct stp_linux_page_scan *scan, size_t *found)
{
    scan->size = sizeof *scan;
    int count = ioctl(pagemap, PAGEMAP_SCAN_CALL, scan);
    *found = count < 0 ? 0 : (size_t)count;
    return count < 0 ? errno : 0;
}

static int scan_resident(int pagemap, uintptr_t base, uintptr_t end, uint64_t *bytes)
{
    struct stp_linux_page_region regions[64] = {0}; /* for checkers that do not know the call */
    size_t found;
    *bytes = 0;
    while (base < end) {
        struct stp_linux_page_scan scan = {
            .start = base,
            .end = end,
            .regions = (uintptr_t)regions,
            .region_capacity = sizeof regions / sizeof *regions,
            .inverted = STP_LINUX_PAGE_ZEROS,
            .all_of = STP_LINUX_PAGE_PRESENT | STP_LINUX_PAGE_ZEROS,
            .told = STP_LINUX_PAGE_PRESENT,
        };
        int error = stp_linux_scan_pages(pagemap, &scan, &found);
        if (error)
            return error;
        for (size_t i = 0; i < found; i++)
            *bytes += regions[i].end - regions[i].start;
        base = scan.walk_end;
    }
    return 0;
}

/* "Rss:      12 kB" of the mappings that lie in the range. */
static int sum_smaps(uintptr_t base, uintptr_t end, uint64_t *bytes)
{
    struct stp_linux_reader reader;
    struct found found;
    char line[512];
    bool inside = false;
    *bytes = 0;
    if (!stp_linux_open(&reader, "/proc/self/smaps"))
        return errno;
    while (stp_linux_line(&reader, line, sizeof line)) {
        const char *at = line;
        uint64_t kib;
        if (!strncmp(line, "Rss:", 4)) {
            at += 4;
            skip_blanks(&at);
            if (inside && take_number(&at, 10, &kib))
                *bytes += kib * 1024;
        } else if (parse_mapping(line, &found)) {
            inside = found.first < end && found.end > base;
        }
    }
    stp_linux_close(&reader);
    return 0;
}

int stp_platform_measure(uintptr_t base, size_t size_bytes, uint64_t *mapping_count,
                         uint64_t *resident_bytes)
{
    struct stp_linux_reader reader;
    int error = mapping_count ? count_mappings(base, base + size_bytes, mapping_count) : 0;
    if (error)
        return error;
    error = ENOTTY;
    if (stp_linux_open(&reader, "/proc/self/pagemap")) {
        error = scan_resident(reader.file, base, base + size_bytes, resident_bytes);
        stp_linux_close(&reader);
    }
    return error ? sum_smaps(base, base + size_bytes, resident_bytes) : 0;
}
