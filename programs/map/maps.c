/* SPDX-License-Identifier: MIT */
/* maps.c - the text of /proc/PID/maps: see maps.h. */
#include "map/maps.h"

#include <string.h>

/* ---- lines ----------------------------------------------------------------------------------- */

/* What is left of a line. */
struct rest {
    const char *at, *end;
};

/* One more than the digit; 0: none. A table, for most of a refresh goes through here. */
static const unsigned char digits[256] = {
    ['0'] = 1, ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

static bool take_hexadecimal(struct rest *rest, uint64_t *number)
{
    const char *at = rest->at, *end = rest->end;
    uint64_t read = 0;
    unsigned digit;
    for (; at < end && (digit = digits[(unsigned char)*at]) != 0; at++) {
        if (read >> 60)
            return false;
        read = read << 4 | (digit - 1);
    }
    bool is_taken = at > rest->at;
    *number = read;
    rest->at = at;
    return is_taken;
}

static bool take_decimal(struct rest *rest, uint64_t *number)
{
    const char *first = rest->at;
    uint64_t read = 0;
    for (; rest->at < rest->end; rest->at++) {
        unsigned digit = (unsigned)*rest->at - '0';
        if (digit > 9)
            break;
        if (__builtin_mul_overflow(read, 10, &read) || __builtin_add_overflow(read, digit, &read))
            return false;
    }
    *number = read;
    return rest->at > first;
}

static bool take_letter(struct rest *rest, char letter)
{
    if (rest->at == rest->end || *rest->at != letter)
        return false;
    rest->at++;
    return true;
}

static bool take_protection(struct rest *rest, char protection[5])
{
    static const char given[] = "rwxp", other[] = "---s";
    if (rest->end - rest->at < 4)
        return false;
    for (unsigned i = 0; i < 4; i++, rest->at++) {
        if (*rest->at != given[i] && *rest->at != other[i])
            return false;
        protection[i] = *rest->at;
    }
    protection[4] = '\0';
    return true;
}

static bool take_device(struct rest *rest, struct mapping *mapping)
{
    uint64_t major, minor;
    if (!take_hexadecimal(rest, &major) || !take_letter(rest, ':') ||
        !take_hexadecimal(rest, &minor) || major > UINT32_MAX || minor > UINT32_MAX)
        return false;
    mapping->device_major = (uint32_t)major;
    mapping->device_minor = (uint32_t)minor;
    return true;
}

static size_t put_line_ends(char *name, size_t name_bytes)
{
    static const char escape[] = "\\012";
    size_t kept = 0;
    if (!memmem(name, name_bytes, escape, 4))
        return name_bytes;
    for (size_t i = 0; i < name_bytes; kept++) {
        bool is_escape = name_bytes - i >= 4 && memcmp(name + i, escape, 4) == 0;
        name[kept] = name[i];
        if (is_escape)
            name[kept] = '\n';
        i += is_escape ? 4 : 1;
    }
    return kept;
}

/* "55e0-55f0 r-xp 00000000 fe:01 1234    /usr/bin/cat" */
bool maps_read_line(char *line, size_t line_bytes, struct mapping *mapping)
{
    struct rest rest = {line, line + line_bytes};
    if (!take_hexadecimal(&rest, &mapping->start) || !take_letter(&rest, '-') ||
        !take_hexadecimal(&rest, &mapping->end) || !take_letter(&rest, ' ') ||
        !take_protection(&rest, mapping->protection) || !take_letter(&rest, ' ') ||
        !take_hexadecimal(&rest, &mapping->offset_bytes) || !take_letter(&rest, ' ') ||
        !take_device(&rest, mapping) || !take_letter(&rest, ' ') ||
        !take_decimal(&rest, &mapping->inode) || mapping->start >= mapping->end)
        return false;
    if (rest.at < rest.end && *rest.at != ' ')
        return false;
    while (take_letter(&rest, ' '))
        ;
    size_t name_at = (size_t)(rest.at - line);
    if (memchr(line + name_at, '\0', line_bytes - name_at))
        return false;
    mapping->name = rest.at;
    mapping->name_bytes = put_line_ends(line + name_at, line_bytes - name_at);
    return true;
}

/* ---- kinds ----------------------------------------------------------------------------------- */

static bool begins_with(const char *name, size_t name_bytes, const char *beginning)
{
    size_t bytes = strlen(beginning);
    return name_bytes >= bytes && memcmp(name, beginning, bytes) == 0;
}

static bool begins_with_one_of(const struct mapping *mapping, const char *const *beginnings)
{
    for (; *beginnings; beginnings++)
        if (begins_with(mapping->name, mapping->name_bytes, *beginnings))
            return true;
    return false;
}

/* Names in brackets that say something. Those of [anon:...] are chosen by the program; glibc names
 * what malloc and threads use when it is told to (glibc.mem.decorate_maps). */
static const char *const heap_names[] = {"[heap]", "[anon: glibc: malloc", NULL};
static const char *const stack_names[] = {"[stack", "[anon: glibc: pthread stack", NULL};
static const char *const memory_names[] = {"[anon:", NULL};
static const char *const shared_names[] = {
    "/memfd:", "/dev/zero", "/dev/shm/", "/SYSV", "[anon_shmem:", "/anon_hugepage", NULL,
};

/* Names without a file, where they are private. */
static const char *const nameless[] = {"/dev/zero", "/anon_hugepage", NULL};

static enum region_kind kind_of_file(const struct mapping *mapping)
{
    bool is_shared = mapping->protection[3] == 's';
    if (!is_shared && begins_with_one_of(mapping, nameless))
        return REGION_ANONYMOUS;
    if (is_shared)
        return begins_with_one_of(mapping, shared_names) ? REGION_SHARED : REGION_FILE;
    if (mapping->protection[2] == 'x')
        return REGION_CODE;
    return mapping->protection[1] == 'w' ? REGION_DATA : REGION_FILE;
}

enum region_kind maps_kind_of(const struct mapping *mapping)
{
    bool is_shared = mapping->protection[3] == 's';
    bool is_named = mapping->name_bytes != 0;
    bool has_path = is_named && mapping->name[0] == '/';
    if (is_named && !has_path && !begins_with_one_of(mapping, memory_names) &&
        !begins_with_one_of(mapping, heap_names) && !begins_with_one_of(mapping, stack_names) &&
        !begins_with_one_of(mapping, shared_names))
        return REGION_SPECIAL;
    if (memcmp(mapping->protection, "---", 3) == 0)
        return REGION_RESERVED;
    if (begins_with_one_of(mapping, heap_names))
        return REGION_HEAP;
    if (begins_with_one_of(mapping, stack_names))
        return REGION_STACK;
    if (has_path || mapping->inode)
        return kind_of_file(mapping);
    return is_shared ? REGION_SHARED : REGION_ANONYMOUS;
}

static bool same_file(const struct region *left, const struct region *right)
{
    return left->inode != 0 && left->inode == right->inode &&
           left->device_major == right->device_major && left->device_minor == right->device_minor;
}

/* One past the last of the regions of one file that follow one another. */
static size_t image_end(const struct region *regions, size_t region_count, size_t first)
{
    size_t end = first + 1;
    while (end < region_count && same_file(&regions[first], &regions[end]))
        end++;
    return end;
}

static bool has_code(const struct region *regions, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (regions[i].kind == REGION_CODE)
            return true;
    return false;
}

/* The loader maps variables at once and takes writing off their beginning later: the file goes on
 * from one to the other without a step. */
static bool is_relocated(const struct region *region, const struct region *next)
{
    return next->kind == REGION_DATA && region->end == next->start &&
           region->offset_bytes + region_size_bytes(region) == next->offset_bytes;
}

static void settle_image(struct region *regions, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (regions[i].kind != REGION_FILE || regions[i].protection[3] == 's')
            continue;
        regions[i].kind =
            i + 1 < end && is_relocated(&regions[i], &regions[i + 1]) ? REGION_DATA : REGION_CODE;
    }
}

void maps_settle_kinds(struct region *regions, size_t region_count)
{
    for (size_t first = 0, end; first < region_count; first = end) {
        end = first + 1;
        if (regions[first].inode == 0)
            continue;
        end = image_end(regions, region_count, first);
        if (has_code(regions, first, end))
            settle_image(regions, first, end);
    }
}
