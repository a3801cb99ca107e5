/* SPDX-License-Identifier: MIT */
/*
 * region.h - a region: what lies from one address of a process to another, of one kind. Mostly one
 * mapping of the kernel; a reservation of Steppe is one region, of however many mappings it is
 * made.
 */
#ifndef STEPPE_MAP_REGION_H
#define STEPPE_MAP_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/human.h"
#include "common/problem.h"

/* X(NAME, "name", "what it is"): the enum and the names are made from this list. */
#define REGION_KIND_LIST(X)                                                                        \
    X(REGION_CODE, "code", "programs and libraries: code, and what is constant in them")           \
    X(REGION_DATA, "data", "programs and libraries: variables; private copies of files")           \
    X(REGION_HEAP, "heap", "the heap that grows by brk, and memory malloc has named")              \
    X(REGION_STACK, "stack", "the stack of the first thread, and those found of others")           \
    X(REGION_FILE, "file", "files mapped, shared or read only")                                    \
    X(REGION_SHARED, "shared", "shared memory without a file on disk")                             \
    X(REGION_ANONYMOUS, "anonymous", "private memory without a file")                              \
    X(REGION_RESERVED, "reserved", "addresses taken that allow no access")                         \
    X(REGION_STEPPE, "steppe", "a reservation of Steppe")                                          \
    X(REGION_SPECIAL, "special", "made by the kernel, and of devices that are no files")

enum region_kind {
#define REGION_KIND_ENUM_(name, text, meaning) name,
    REGION_KIND_LIST(REGION_KIND_ENUM_)
#undef REGION_KIND_ENUM_
        REGION_KIND_COUNT
};

const char *region_kind_name(enum region_kind kind);
const char *region_kind_meaning(enum region_kind kind);
bool region_kind_find(const char *name, enum region_kind *kind);

/* A figure nobody could find out. Never add or compare one without looking: figure_add. */
#define FIGURE_UNKNOWN UINT64_MAX

static inline bool figure_is_known(uint64_t figure)
{
    return figure != FIGURE_UNKNOWN;
}

/* The sum; unknown where one of both is. Stops short of the largest number. */
uint64_t figure_add(uint64_t left, uint64_t right);

/* "4.0 KiB" (human_bytes), "1,024" (human_count), or "?". Written into room, which need not be
 * used.
 */
const char *figure_bytes_text(uint64_t figure, struct human_text *room);
const char *figure_count_text(uint64_t figure, struct human_text *room);

/* All but reserved_bytes may be FIGURE_UNKNOWN. */
struct figures {
    uint64_t reserved_bytes;  /* address space */
    uint64_t committed_bytes; /* what the system must find memory for when all of it is used:
                                 private memory that may be written, shared memory (of files in
                                 memory what is there: they are counted by page), private copies
                                 elsewhere; of a reservation what the library says. May be an
                                 upper bound: committed.h */
    uint64_t resident_bytes; /* in memory now; the shared page of zeros is nobody's and not in it */
    uint64_t dirty_bytes;    /* of these: private to the process, no file has them */
    uint64_t swapped_bytes;
    uint64_t huge_bytes; /* of resident_bytes: mapped as huge pages */
};

/* X(MEMBER, "name", "short title"), for tables, outputs and sorting. */
#define FIGURES_LIST(X)                                                                            \
    X(reserved_bytes, "reserved_bytes", "reserved")                                                \
    X(committed_bytes, "committed_bytes", "committed")                                             \
    X(resident_bytes, "resident_bytes", "resident")                                                \
    X(dirty_bytes, "dirty_bytes", "dirty")                                                         \
    X(swapped_bytes, "swapped_bytes", "swapped")                                                   \
    X(huge_bytes, "huge_bytes", "huge")

void figures_add(struct figures *sum, const struct figures *more);

/* Does the kernel count the size of a mapping against its commit limit? Told by smaps alone
 * (committed.h). */
enum region_charge {
    REGION_CHARGE_UNKNOWN,
    REGION_CHARGED,
    REGION_NOT_CHARGED /* mapped with MAP_NORESERVE */
};

struct region {
    uint64_t start, end; /* addresses; start < end, both multiples of the page */
    uint64_t id;         /* the same in the next refresh while it is the same region, though it
                            grows or shrinks; never 0 in a live capture, 0 in a loaded one */
    uint64_t first_page; /* pages of all regions before this one: see capture.h, "places" */
    size_t first_run;    /* its runs of pages: capture->runs[first_run ... + run_count) */
    size_t run_count;
    size_t mapping_count; /* kernel mappings in it: 1, but for reservations */
    enum region_kind kind;
    char protection[5]; /* "rw-p" as in /proc/PID/maps; of several mappings the letters any has */
    const char *name;   /* path, "[heap]", the reservation's name; "" without one. UTF-8 is not
                           certain, control characters neither. Owned by the capture */
    uint64_t offset_bytes; /* in the file */
    uint32_t device_major, device_minor;
    uint64_t inode; /* 0: no file */
    enum region_charge charge;
    bool is_committed_exact; /* else figures.committed_bytes is an upper bound, or unknown; false in
                                a loaded capture that does not say */
    struct figures figures;
};

static inline uint64_t region_size_bytes(const struct region *region)
{
    return region->end - region->start;
}

enum region_order {
    REGION_BY_ADDRESS,
    REGION_BY_RESERVED, /* largest first, as all figures; unknown ones last */
    REGION_BY_COMMITTED,
    REGION_BY_RESIDENT,
    REGION_BY_DIRTY,
    REGION_BY_SWAPPED,
    REGION_BY_HUGE,
    REGION_BY_KIND,
    REGION_BY_NAME,
    REGION_ORDER_COUNT
};

/* "address", "reserved", ... "name". */
const char *region_order_name(enum region_order order);
bool region_order_find(const char *name, enum region_order *order);

/* Which regions, in which order. {0}: all by address. */
struct region_choice {
    enum region_order order;
    bool is_reversed;
    uint32_t kinds;       /* bits 1 << kind; 0: all kinds */
    const char *text;     /* in the name, the kind or the protection, whatever the case; NULL or "":
                             any */
    bool only_resident;   /* that have a page in memory or swapped (or unknown) */
    uint64_t least_bytes; /* of address space */
};

bool region_matches(const struct region *region, const struct region_choice *choice);

/* The indices of the regions chosen, in order. indices has room for region_count. Returns how many.
 * Equal ones stay in address order. */
size_t region_choose(const struct region *regions, size_t region_count,
                     const struct region_choice *choice, uint32_t *indices);

/* The region that holds an address, by bisection; region_count: none. */
size_t region_at(const struct region *regions, size_t region_count, uint64_t address);

/* The first region that ends behind an address: the one that holds it, or the next. */
size_t region_at_or_after(const struct region *regions, size_t region_count, uint64_t address);

/* What somebody typed into a search field: an address (0x..., or hexadecimal digits of 4 places and
 * more), else text.
 * Found: the index and, for an address, *address (else the region's start). An address in a hole
 * finds the next region behind it, or the last; a text finds the region of just that name first,
 * then those whose name begins with it, then those that have it anywhere; each time the next one
 * after the region `from`, and round; from SIZE_MAX: the first of all. False, with a sentence:
 * nothing found, or not to be understood. */
bool region_search(const struct region *regions, size_t region_count, const char *typed,
                   size_t from, size_t *index, uint64_t *address, struct problem *problem);

/* "0x7f0012340000" or "7f0012340000" as a number; false: it is none, or too large. */
bool region_read_address(const char *text, uint64_t *address);

#endif
