/* SPDX-License-Identifier: MIT */
/* listing.c - the regions of a process, from its list of mappings: see listing.h. */
#include "map/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map/committed.h"
#include "map/maps.h"

enum {
    TEXT_BYTES = 1 << 16,  /* of the list at a time, and the longest line */
    IMAGE_REGIONS_MAX = 32 /* before its variables, looked at for the code of a file */
};

/* While the list is read. */
struct reading {
    struct listing *listing;
    const struct proc *proc;
    struct capture *capture;
    size_t reservation; /* the first that may hold what comes */
    size_t inside;      /* the last region is a part of this one; reservation_count: of none */
    struct problem *problem;
};

static bool say_no_memory(const struct reading *reading)
{
    return problem_say(reading->problem, "no memory for the regions of process %ld",
                       (long)reading->proc->pid);
}

/* The last region; NULL: there is none yet. Good until the next one is added. */
static struct region *last_region(const struct reading *reading)
{
    const struct capture *capture = reading->capture;
    return capture->region_count ? &capture->regions[capture->region_count - 1] : NULL;
}

/* What the program itself mapped, without a file and a name, for nobody else. */
static bool is_plain_memory(const struct mapping *mapping)
{
    return mapping->inode == 0 && mapping->name_bytes == 0 && mapping->protection[3] == 'p';
}

/* The part of a mapping before an address, and what is left of it. */
static struct mapping split(struct mapping *mapping, uint64_t end)
{
    struct mapping part = *mapping;
    part.end = end;
    mapping->offset_bytes += mapping->inode ? end - mapping->start : 0;
    mapping->start = end;
    return part;
}

static bool add_region(struct reading *reading, const struct mapping *mapping,
                       enum region_kind kind)
{
    struct region region = {
        .start = mapping->start,
        .end = mapping->end,
        .mapping_count = 1,
        .kind = kind,
        .name = capture_keep_text(reading->capture, mapping->name, mapping->name_bytes),
        .offset_bytes = mapping->offset_bytes,
        .device_major = mapping->device_major,
        .device_minor = mapping->device_minor,
        .inode = mapping->inode,
    };
    memcpy(region.protection, mapping->protection, sizeof region.protection);
    region.figures.committed_bytes =
        committed_rule(kind, mapping->protection) ? mapping->end - mapping->start : 0;
    reading->inside = reading->listing->reservation_count;
    if (region.name && capture_add_region(reading->capture, &region))
        return true;
    return say_no_memory(reading);
}

/* ---- variables ------------------------------------------------------------------------------- */

static bool is_code_of(const struct region *region, const struct region *data)
{
    return region->kind == REGION_CODE && region->protection[2] == 'x' &&
           region->inode == data->inode && region->device_major == data->device_major &&
           region->device_minor == data->device_minor;
}

/* Is the last region one of a program or library? Files of data have no code before them. Between
 * both something else may have found room. */
static bool is_of_image(const struct reading *reading)
{
    const struct capture *capture = reading->capture;
    const struct region *last = last_region(reading);
    if (!last->inode || last->protection[3] != 'p')
        return false;
    for (size_t i = 0; i < IMAGE_REGIONS_MAX && i < capture->region_count; i++)
        if (is_code_of(last - i, last))
            return true;
    return false;
}

/* Where the variables end that a mapping begins with; its start: it has none. */
static uint64_t end_of_variables(const struct reading *reading, const struct mapping *mapping)
{
    const struct region *last = last_region(reading);
    uint64_t end;
    if (!last || last->end != mapping->start || !is_plain_memory(mapping) ||
        mapping->protection[1] != 'w' || !is_of_image(reading))
        return mapping->start;
    if (images_end_of_variables(&reading->listing->images, reading->proc, last,
                                reading->capture->page_bytes, &end))
        return end < mapping->end ? end : mapping->end;
    bool is_likely = mapping->end - mapping->start <= IMAGE_GUESS_BYTES;
    return is_likely ? mapping->end : mapping->start;
}

static void join_protection(char *joined, const char *more)
{
    for (unsigned i = 0; i < 3; i++)
        if (joined[i] == '-')
            joined[i] = more[i];
}

/* What the library publishes lies in one file without a name, of which tables of gigabytes are
 * open as far as they are in use: a mapping for each part, in use or not, of the same file and in
 * its order. Somebody who looks wants to know of one thing. */
static bool continues_published(const struct region *last, const struct mapping *mapping)
{
    static const char name[] = "/memfd:steppe (deleted)";
    return last && last->kind == REGION_SHARED && strcmp(last->name, name) == 0 &&
           mapping->name_bytes == sizeof name - 1 &&
           !memcmp(mapping->name, name, sizeof name - 1) && last->end == mapping->start &&
           mapping->protection[3] == 's' && last->inode == mapping->inode &&
           last->device_major == mapping->device_major &&
           last->device_minor == mapping->device_minor &&
           last->offset_bytes + region_size_bytes(last) == mapping->offset_bytes;
}

static void extend_published(struct reading *reading, const struct mapping *mapping)
{
    struct region *last = last_region(reading);
    capture_extend_last(reading->capture, mapping->end);
    join_protection(last->protection, mapping->protection);
    last->mapping_count++;
}

static bool add_plain(struct reading *reading, const struct mapping *mapping)
{
    struct mapping left = *mapping;
    if (continues_published(last_region(reading), mapping)) {
        extend_published(reading, mapping);
        return true;
    }
    uint64_t end = end_of_variables(reading, mapping);
    if (end > mapping->start) {
        struct mapping variables = split(&left, end);
        if (!add_region(reading, &variables, REGION_DATA))
            return false;
    }
    return left.start == left.end || add_region(reading, &left, maps_kind_of(&left));
}

/* ---- reservations ---------------------------------------------------------------------------- */

/* Neighbouring mappings of one reservation are one region. */
static bool add_reserved(struct reading *reading, const struct mapping *mapping)
{
    struct capture *capture = reading->capture;
    const struct process_reservation *reservation =
        &reading->listing->reservations[reading->reservation];
    struct region *last = last_region(reading);
    if (reading->inside != reading->reservation || !last || last->end != mapping->start) {
        struct mapping named = *mapping;
        named.name = reservation->name;
        named.name_bytes = strlen(reservation->name);
        if (!add_region(reading, &named, REGION_STEPPE))
            return false;
        reading->inside = reading->reservation;
        return true;
    }
    capture_extend_last(capture, mapping->end);
    join_protection(last->protection, mapping->protection);
    last->mapping_count++;
    if (committed_rule(REGION_STEPPE, mapping->protection))
        last->figures.committed_bytes += mapping->end - mapping->start;
    return true;
}

/* The first reservation that ends behind an address; NULL: there is none. What is read comes in
 * order, so those before are done with. */
static const struct process_reservation *next_reservation(struct reading *reading, uint64_t address)
{
    const struct listing *listing = reading->listing;
    for (; reading->reservation < listing->reservation_count; reading->reservation++) {
        const struct process_reservation *next = &listing->reservations[reading->reservation];
        if (next->start + next->size_bytes > address)
            return next;
    }
    return NULL;
}

/* What the library reserves is plain memory: no list of reservations makes a file or a stack
 * one. */
static bool add_mapping(struct reading *reading, struct mapping mapping)
{
    while (mapping.start < mapping.end) {
        const struct process_reservation *next = next_reservation(reading, mapping.start);
        if (!next || next->start >= mapping.end || !is_plain_memory(&mapping))
            return add_plain(reading, &mapping);
        bool is_before = mapping.start < next->start;
        uint64_t end = is_before ? next->start : next->start + next->size_bytes;
        struct mapping part = split(&mapping, end < mapping.end ? end : mapping.end);
        if (!(is_before ? add_plain(reading, &part) : add_reserved(reading, &part)))
            return false;
    }
    return true;
}

static int by_start(const void *left, const void *right)
{
    const struct process_reservation *l = left, *r = right;
    return (l->start > r->start) - (l->start < r->start);
}

static bool is_sensible(const struct process_reservation *reservation, size_t page_bytes)
{
    uint64_t end;
    return reservation->size_bytes != 0 && reservation->start % page_bytes == 0 &&
           reservation->size_bytes % page_bytes == 0 &&
           !__builtin_add_overflow(reservation->start, reservation->size_bytes, &end);
}

/* In order, and those only that can be and do not overlap one before. */
static size_t sort_out(struct process_reservation *list, size_t count, size_t page_bytes)
{
    size_t kept = 0;
    uint64_t end = 0;
    qsort(list, count, sizeof *list, by_start);
    for (size_t i = 0; i < count; i++) {
        if (!is_sensible(&list[i], page_bytes) || list[i].start < end)
            continue;
        end = list[i].start + list[i].size_bytes;
        list[kept++] = list[i];
    }
    return kept;
}

static void free_reservations(struct process_reservation *reservations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)reservations[i].name); /* made in name_of */
    free(reservations);
}

/* Its own copy; NULL: out of memory. */
static char *name_of(const struct process_reservation *reservation)
{
    char *name;
    if (reservation->name && *reservation->name)
        return strdup(reservation->name);
    return asprintf(&name, "(no name), %s", human_bytes(reservation->size_bytes).text) >= 0 ? name
                                                                                            : NULL;
}

bool listing_set_reservations(struct listing *listing,
                              const struct process_reservation *reservations, size_t count)
{
    struct process_reservation *list = NULL;
    size_t kept = 0;
    if (count) {
        list = calloc(count, sizeof *list);
        if (!list)
            return false;
        memcpy(list, reservations, count * sizeof *list);
        kept = sort_out(list, count, (size_t)sysconf(_SC_PAGESIZE));
    }
    for (size_t named = 0; named < kept; named++) {
        list[named].name = name_of(&list[named]);
        if (!list[named].name) {
            free_reservations(list, named);
            return false;
        }
    }
    free_reservations(listing->reservations, listing->reservation_count);
    listing->reservations = list;
    listing->reservation_count = kept;
    return true;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* While maps is read mappings may grow and join: then a line may tell again of what the line before
 * told. */
static bool add_line(struct reading *reading, char *line, size_t line_bytes)
{
    const struct capture *capture = reading->capture;
    const struct region *last = last_region(reading);
    struct mapping mapping;
    if (!maps_read_line(line, line_bytes, &mapping) || mapping.start % capture->page_bytes ||
        mapping.end % capture->page_bytes)
        return problem_say(
            reading->problem, "process %ld: its list of mappings has a line that is none: \"%.*s\"",
            (long)reading->proc->pid, line_bytes < 160 ? (int)line_bytes : 160, line);
    uint64_t told = last ? last->end : 0;
    if (mapping.end <= told)
        return true;
    if (mapping.start < told)
        (void)split(&mapping, told);
    return add_mapping(reading, mapping);
}

/* All whole lines; what is left over goes to the beginning, and *bytes says how much that is. */
static bool add_lines(struct reading *reading, char *text, size_t *bytes)
{
    char *line = text, *end = text + *bytes, *line_end;
    while ((line_end = memchr(line, '\n', (size_t)(end - line)))) {
        if (!add_line(reading, line, (size_t)(line_end - line)))
            return false;
        line = line_end + 1;
    }
    *bytes = (size_t)(end - line);
    memmove(text, line, *bytes);
    if (*bytes < TEXT_BYTES)
        return true;
    return problem_say(reading->problem, "process %ld: its list of mappings has an endless line",
                       (long)reading->proc->pid);
}

static bool read_lines(struct reading *reading, int file)
{
    char *text = reading->listing->text;
    size_t bytes = 0;
    ssize_t got;
    while ((got = proc_read_some(file, text + bytes, TEXT_BYTES - bytes)) > 0) {
        bytes += (size_t)got;
        if (!add_lines(reading, text, &bytes))
            return false;
    }
    if (got < 0)
        return proc_say_unreadable(reading->proc, "maps", errno, reading->problem);
    return bytes == 0 || add_line(reading, text, bytes);
}

bool listing_read(struct listing *listing, const struct proc *proc, struct capture *capture,
                  struct problem *problem)
{
    struct reading reading = {listing, proc, capture, 0, listing->reservation_count, problem};
    if (!listing->text && !(listing->text = malloc(TEXT_BYTES)))
        return say_no_memory(&reading);
    int file = proc_open(proc, "maps");
    if (file < 0)
        return proc_say_unreadable(proc, "maps", errno, problem);
    bool is_read = read_lines(&reading, file);
    (void)close(file); /* only read */
    images_forget_unused(&listing->images);
    if (is_read)
        maps_settle_kinds(capture->regions, capture->region_count);
    return is_read;
}

void listing_free(struct listing *listing)
{
    free_reservations(listing->reservations, listing->reservation_count);
    images_free(&listing->images);
    free(listing->text);
    *listing = (struct listing){0};
}
