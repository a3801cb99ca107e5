/* SPDX-License-Identifier: MIT */
/* maps.h - the text of /proc/PID/maps, and what kind of memory its lines tell of. */
#ifndef STEPPE_MAP_MAPS_H
#define STEPPE_MAP_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/region.h"

/* One line. The name is not terminated: it lies in the line. */
struct mapping {
    uint64_t start, end;
    uint64_t offset_bytes, inode;
    uint32_t device_major, device_minor;
    char protection[5];
    const char *name;
    size_t name_bytes;
};

/* Read a line without its line end. "\012" in a name, which is how the kernel writes a line end
 * there, becomes one, in place. (A name with these four characters in it looks the same; nobody can
 * tell.) False: it is no line of maps. */
bool maps_read_line(char *line, size_t line_bytes, struct mapping *mapping);

/* What a mapping is, as far as its own line tells: maps_settle knows the neighbours. */
enum region_kind maps_kind_of(const struct mapping *mapping);

/* Kinds that neighbours decide: the constants of a program beside its code, and its read-only
 * relocations beside its data. Variables without a file: images.h. */
void maps_settle_kinds(struct region *regions, size_t region_count);

#endif
