/* SPDX-License-Identifier: MIT */
/* snapshot.c - captures in files: see snapshot.h. */
#include "map/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/outfile.h"
#include "map/output.h"
#include "common/room.h"

/* ---- saving ---------------------------------------------------------------------------------- */

static bool write_capture(FILE *stream, const void *context)
{
    return output_json(stream, context);
}

bool snapshot_save(const struct capture *capture, const char *path, struct problem *problem)
{
    return outfile_save(path, write_capture, capture, problem);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Where we are: "regions[7]" or "". */
struct reader {
    struct capture *capture;
    const char *path;
    struct problem *problem;
    char place[48];
};

static bool say_damaged(const struct reader *reader, const char *name, const char *what)
{
    return problem_say(reader->problem, "%s is damaged: %s%s%s %s", reader->path, reader->place,
                       *reader->place && *name ? "." : "", name, what);
}

static void enter(struct reader *reader, const char *list, size_t index)
{
    (void)snprintf(reader->place, sizeof reader->place, "%s[%zu]", list, index); /* may be cut */
}

static bool read_number(const struct reader *reader, const json_t *object, const char *name,
                        uint64_t *number)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return say_damaged(reader, name, "is not a number from 0 on");
    *number = (uint64_t)json_integer_value(value);
    return true;
}

/* A number, or null. */
static bool read_figure(const struct reader *reader, const json_t *object, const char *name,
                        uint64_t *figure)
{
    *figure = FIGURE_UNKNOWN;
    return json_is_null(json_object_get(object, name)) || read_number(reader, object, name, figure);
}

/* What older writers do not have. */
static bool read_optional(const struct reader *reader, const json_t *object, const char *name,
                          uint64_t *number)
{
    return !json_object_get(object, name) || read_number(reader, object, name, number);
}

static bool read_text(const struct reader *reader, const json_t *object, const char *name,
                      const char **text)
{
    *text = json_string_value(json_object_get(object, name));
    return *text || say_damaged(reader, name, "is not a text");
}

static bool read_address(const struct reader *reader, const json_t *object, const char *name,
                         uint64_t *address)
{
    const char *text;
    if (!read_text(reader, object, name, &text))
        return false;
    return (strncmp(text, "0x", 2) == 0 && region_read_address(text, address)) ||
           say_damaged(reader, name, "is not an address");
}

static bool read_time(const struct reader *reader, const json_t *object, const char *name,
                      uint64_t *time)
{
    const char *text;
    if (!read_text(reader, object, name, &text))
        return false;
    *time = 0;
    for (const char *digit = text; *digit; digit++)
        if (*digit < '0' || *digit > '9' || __builtin_mul_overflow(*time, 10, time) ||
            __builtin_add_overflow(*time, *digit - '0', time))
            return say_damaged(reader, name, "is not a time in nanoseconds");
    return *text || say_damaged(reader, name, "is not a time in nanoseconds");
}

static bool read_object(const struct reader *reader, const json_t *object, const char *name,
                        const json_t **found)
{
    *found = json_object_get(object, name);
    return json_is_object(*found) || say_damaged(reader, name, "is not an object");
}

static bool read_list(const struct reader *reader, const json_t *object, const char *name,
                      const json_t **found)
{
    *found = json_object_get(object, name);
    return json_is_array(*found) || say_damaged(reader, name, "is not a list");
}

static bool read_choice(const struct reader *reader, const json_t *object, const char *name,
                        const char *const *choices, unsigned *choice)
{
    const char *text;
    if (!read_text(reader, object, name, &text))
        return false;
    for (*choice = 0; choices[*choice]; ++*choice)
        if (strcmp(choices[*choice], text) == 0)
            return true;
    return say_damaged(reader, name, "has a value that is none of those there are");
}

static bool say_no_memory(const struct reader *reader)
{
    return problem_say(reader->problem, "%s: no memory for all of it", reader->path);
}

static bool keep_text(const struct reader *reader, const char *text, const char **kept)
{
    *kept = capture_keep_text(reader->capture, text, strlen(text));
    return *kept || say_no_memory(reader);
}

/* ---- the head -------------------------------------------------------------------------------- */

static bool read_kind(const struct reader *reader, const json_t *root)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    const char *kind = json_string_value(json_object_get(root, "kind"));
    const json_t *version = json_object_get(root, "version");
    if (!format || strcmp(format, "steppe-map") != 0)
        return problem_say(reader->problem, "%s is no snapshot: it was not written by steppe-map",
                           reader->path);
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return problem_say(reader->problem,
                           "%s is of another version of the format: this steppe-map reads version "
                           "1, it has %" JSON_INTEGER_FORMAT,
                           reader->path, json_integer_value(version));
    if (!kind || strcmp(kind, "process") != 0)
        return problem_say(reader->problem, "%s is no snapshot of a process: it is of kind \"%s\"",
                           reader->path, kind ? kind : "");
    return true;
}

static bool read_command(const struct reader *reader, const json_t *process)
{
    struct capture *capture = reader->capture;
    const json_t *command;
    if (!read_list(reader, process, "command", &command))
        return false;
    size_t count = json_array_size(command);
    capture->command = calloc(count + 1, sizeof *capture->command);
    if (!capture->command)
        return say_no_memory(reader);
    for (; capture->command_count < count; capture->command_count++) {
        const char *text = json_string_value(json_array_get(command, capture->command_count));
        if (!text)
            return say_damaged(reader, "process.command", "has something that is no text");
        if (!(capture->command[capture->command_count] = strdup(text)))
            return say_no_memory(reader);
    }
    return true;
}

static bool read_child(struct reader *reader, const json_t *object, struct child_process *child)
{
    uint64_t pid = 0, parent = 0, depth = 0;
    const char *name, *state;
    if (!json_is_object(object))
        return say_damaged(reader, "", "is not an object");
    if (!read_number(reader, object, "pid", &pid) ||
        !read_number(reader, object, "parent", &parent) ||
        !read_number(reader, object, "depth", &depth) ||
        !read_text(reader, object, "name", &name) || !read_text(reader, object, "state", &state) ||
        !read_figure(reader, object, "resident_bytes", &child->resident_bytes))
        return false;
    if (pid > INT_MAX || parent > INT_MAX || depth == 0 || depth > CHILDREN_MAX)
        return say_damaged(reader, "pid", "or parent or depth is too large");
    if (strlen(state) != 1 || state[0] < 32 || state[0] > 126)
        return say_damaged(reader, "state", "is not one letter");
    child->pid = (pid_t)pid;
    child->parent = (pid_t)parent;
    child->depth = (unsigned)depth;
    child->state = state[0];
    (void)snprintf(child->name, sizeof child->name, "%s", name); /* may be cut */
    return true;
}

/* Snapshots of before have none of this. */
static bool read_children(struct reader *reader, const json_t *process)
{
    const json_t *list = json_object_get(process, "children");
    if (!list || json_is_null(list))
        return true;
    if (!json_is_array(list) || json_array_size(list) > CHILDREN_MAX)
        return say_damaged(reader, "children", "is no list of 64 at the most");
    struct children *children = reader->capture->children = calloc(1, sizeof *children);
    if (!children)
        return say_no_memory(reader);
    children->is_cut = json_is_true(json_object_get(process, "children_are_cut"));
    for (; children->count < json_array_size(list); children->count++) {
        enter(reader, "process.children", children->count);
        if (!read_child(reader, json_array_get(list, children->count),
                        &children->list[children->count]))
            return false;
    }
    (void)strcpy(reader->place, "process");
    return true;
}

static bool read_process(struct reader *reader, const json_t *root)
{
    struct capture *capture = reader->capture;
    const json_t *process, *is_ended;
    const char *name, *state;
    uint64_t pid = 0, page_bytes = 0, thread = 0;
    if (!read_object(reader, root, "process", &process))
        return false;
    (void)strcpy(reader->place, "process");
    if (!read_number(reader, process, "pid", &pid) || !read_text(reader, process, "name", &name) ||
        !read_text(reader, process, "state", &state) ||
        !read_number(reader, process, "page_bytes", &page_bytes) || !read_command(reader, process))
        return false;
    is_ended = json_object_get(process, "is_ended");
    if (json_is_integer(json_object_get(process, "thread")) &&
        !read_number(reader, process, "thread", &thread))
        return false;
    if (pid > INT_MAX || thread > INT_MAX)
        return say_damaged(reader, "pid", "or thread is too large for the number of one");
    if (page_bytes < 512 || page_bytes > UINT64_C(1) << 30 || page_bytes & (page_bytes - 1))
        return say_damaged(reader, "page_bytes", "is not the size of a page");
    if (strlen(state) != 1 || state[0] < 32 || state[0] > 126)
        return say_damaged(reader, "state", "is not one letter");
    if (!json_is_boolean(is_ended))
        return say_damaged(reader, "is_ended", "is neither true nor false");
    if (!read_children(reader, process))
        return false;
    capture->pid = (pid_t)pid;
    capture->thread = (pid_t)thread;
    capture->page_bytes = (size_t)page_bytes;
    capture->state = state[0];
    capture->is_ended = json_is_true(is_ended);
    (void)snprintf(capture->name, sizeof capture->name, "%s", name); /* may be cut */
    reader->place[0] = '\0';
    return true;
}

static bool read_cost(struct reader *reader, const json_t *root)
{
    static const char *const regions_by[] = {"maps", "procmap_query", NULL};
    static const char *const pages_by[] = {"none", "pagemap", "pagemap_scan", NULL};
    struct capture_cost *cost = &reader->capture->cost;
    const json_t *object;
    unsigned by_regions, by_pages;
    if (!read_object(reader, root, "cost", &object))
        return false;
    (void)strcpy(reader->place, "cost");
    if (!read_number(reader, object, "refresh_ns", &cost->refresh_ns) ||
        !read_number(reader, object, "cpu_ns", &cost->cpu_ns) ||
        !read_optional(reader, object, "regions_cpu_ns", &cost->regions_cpu_ns) ||
        !read_optional(reader, object, "pages_cpu_ns", &cost->pages_cpu_ns) ||
        !read_optional(reader, object, "smaps_cpu_ns", &cost->smaps_cpu_ns) ||
        !read_choice(reader, object, "regions_by", regions_by, &by_regions) ||
        !read_choice(reader, object, "pages_by", pages_by, &by_pages))
        return false;
    cost->regions_by = (enum capture_regions_by)by_regions;
    cost->pages_by = (enum capture_pages_by)by_pages;
    reader->capture->is_cut = json_is_true(json_object_get(object, "pages_are_cut"));
    const json_t *why = json_object_get(object, "why_no_pages");
    if (!json_is_null(why) && !json_is_string(why))
        return say_damaged(reader, "why_no_pages", "is not a text");
    reader->place[0] = '\0';
    return json_is_null(why) || keep_text(reader, json_string_value(why), &cost->why_no_pages);
}

/* ---- regions --------------------------------------------------------------------------------- */

static bool read_protection(const struct reader *reader, const json_t *object, char *protection)
{
    static const char given[] = "rwxp", other[] = "---s";
    const char *text;
    if (!read_text(reader, object, "protection", &text))
        return false;
    for (unsigned i = 0; i < 4; i++)
        if (text[i] != given[i] && text[i] != other[i])
            return say_damaged(reader, "protection", "is not of the form rwxp");
    memcpy(protection, text, 4);
    return text[4] == '\0' || say_damaged(reader, "protection", "is not of the form rwxp");
}

static bool read_device(const struct reader *reader, const json_t *object, struct region *region)
{
    const char *text;
    char behind;
    if (!read_text(reader, object, "device", &text))
        return false;
    if (strlen(text) > 17 || strspn(text, "0123456789abcdef:") != strlen(text) ||
        sscanf(text, "%8" SCNx32 ":%8" SCNx32 "%c", &region->device_major, &region->device_minor,
               &behind) != 2)
        return say_damaged(reader, "device", "is not of the form 08:01");
    return true;
}

static bool check_figures(const struct reader *reader, const struct figures *figures)
{
#define CHECK(member, name, title)                                                                 \
    if (figure_is_known(figures->member) && figures->member > figures->reserved_bytes)             \
        return say_damaged(reader, name, "is more than the region has");
    FIGURES_LIST(CHECK)
#undef CHECK
    return true;
}

/* Regions have no reserved_bytes of their own: it is their size. */
static bool read_region_figures(const struct reader *reader, const json_t *object,
                                struct region *region)
{
    struct figures *figures = &region->figures;
    uint64_t size_bytes = 0;
    figures->reserved_bytes = region_size_bytes(region);
    if (!read_number(reader, object, "size_bytes", &size_bytes) ||
        !read_figure(reader, object, "committed_bytes", &figures->committed_bytes) ||
        !read_figure(reader, object, "resident_bytes", &figures->resident_bytes) ||
        !read_figure(reader, object, "dirty_bytes", &figures->dirty_bytes) ||
        !read_figure(reader, object, "swapped_bytes", &figures->swapped_bytes) ||
        !read_figure(reader, object, "huge_bytes", &figures->huge_bytes))
        return false;
    if (size_bytes != region_size_bytes(region))
        return say_damaged(reader, "size_bytes", "is not what lies between start and end");
    return check_figures(reader, figures);
}

static bool read_span(const struct reader *reader, const json_t *object, struct region *region)
{
    const struct capture *capture = reader->capture;
    uint64_t page_bytes = capture->page_bytes;
    if (!read_address(reader, object, "start", &region->start) ||
        !read_address(reader, object, "end", &region->end))
        return false;
    if (region->start >= region->end)
        return say_damaged(reader, "end", "does not lie behind its start");
    if (region->start % page_bytes || region->end % page_bytes)
        return say_damaged(reader, "start", "or its end is not at a page");
    if (capture->region_count && region->start < capture->regions[capture->region_count - 1].end)
        return say_damaged(reader, "start", "lies before the end of the region before");
    return true;
}

/* Missing in snapshots of before: then nothing is known. */
static void read_exactness(const json_t *object, struct region *region)
{
    const json_t *no_reserve = json_object_get(object, "is_no_reserve");
    region->is_committed_exact = json_is_true(json_object_get(object, "committed_is_exact"));
    if (json_is_boolean(no_reserve))
        region->charge = json_is_true(no_reserve) ? REGION_NOT_CHARGED : REGION_CHARGED;
}

static bool read_region(const struct reader *reader, const json_t *object)
{
    struct region region = {.mapping_count = 1};
    uint64_t mapping_count = 1;
    const char *kind, *name;
    if (!json_is_object(object))
        return say_damaged(reader, "", "is not an object");
    if (!read_span(reader, object, &region) || !read_text(reader, object, "kind", &kind) ||
        !read_protection(reader, object, region.protection) ||
        !read_text(reader, object, "name", &name) ||
        !read_number(reader, object, "offset_bytes", &region.offset_bytes) ||
        !read_device(reader, object, &region) ||
        !read_number(reader, object, "inode", &region.inode) ||
        !read_optional(reader, object, "mapping_count", &mapping_count) ||
        !read_region_figures(reader, object, &region) || !keep_text(reader, name, &region.name))
        return false;
    if (!region_kind_find(kind, &region.kind))
        return say_damaged(reader, "kind", "is none of those there are");
    if (mapping_count == 0 || mapping_count > UINT32_MAX)
        return say_damaged(reader, "mapping_count", "cannot be");
    region.mapping_count = (size_t)mapping_count;
    read_exactness(object, &region);
    return capture_add_region(reader->capture, &region) || say_no_memory(reader);
}

/* ---- pages ----------------------------------------------------------------------------------- */

struct page_sums {
    uint64_t end; /* one past the last page so far */
    uint64_t resident, dirty, swapped;
};

static bool are_possible(uint32_t flags)
{
    bool is_resident = flags & PAGE_RESIDENT;
    return flags != 0 && is_resident + !!(flags & PAGE_SWAPPED) + !!(flags & PAGE_ZERO) == 1 &&
           (is_resident || !(flags & PAGE_DIRTY));
}

static bool read_run(const struct reader *reader, const json_t *run, size_t region_index,
                     struct page_sums *sums)
{
    struct capture *capture = reader->capture;
    const struct region *region = &capture->regions[region_index];
    uint64_t pages = region_size_bytes(region) / capture->page_bytes;
    json_int_t first = json_integer_value(json_array_get(run, 0));
    json_int_t count = json_integer_value(json_array_get(run, 1));
    const char *letters = json_string_value(json_array_get(run, 2));
    uint32_t flags;
    if (json_array_size(run) != 3 || !json_is_integer(json_array_get(run, 0)) ||
        !json_is_integer(json_array_get(run, 1)) || !letters)
        return say_damaged(reader, "pages", "has a run that is not of the form [0,1,\"rd\"]");
    if (!page_flags_from_letters(letters, &flags) || !are_possible(flags))
        return say_damaged(reader, "pages", "has a run with letters that cannot be together");
    if (first < 0 || count <= 0 || (uint64_t)first < sums->end || (uint64_t)first > pages ||
        (uint64_t)count > pages - (uint64_t)first)
        return say_damaged(reader, "pages",
                           "has a run that is empty, out of order or not in the region");
    sums->end = (uint64_t)first + (uint64_t)count;
    sums->resident += flags & PAGE_RESIDENT ? (uint64_t)count : 0;
    sums->dirty += flags & PAGE_DIRTY ? (uint64_t)count : 0;
    sums->swapped += flags & PAGE_SWAPPED ? (uint64_t)count : 0;
    return capture_add_run(capture, region_index, (uint64_t)first, (uint64_t)count, flags) ||
           say_no_memory(reader);
}

static bool is_sum(uint64_t figure, uint64_t pages, size_t page_bytes)
{
    return !figure_is_known(figure) || figure == pages * page_bytes;
}

static bool check_sums(const struct reader *reader, const struct region *region,
                       const struct page_sums *sums)
{
    size_t page_bytes = reader->capture->page_bytes;
    if (reader->capture->is_cut)
        return true;
    if (!is_sum(region->figures.resident_bytes, sums->resident, page_bytes))
        return say_damaged(reader, "resident_bytes", "is not what its pages make");
    if (!is_sum(region->figures.dirty_bytes, sums->dirty, page_bytes))
        return say_damaged(reader, "dirty_bytes", "is not what its pages make");
    if (!is_sum(region->figures.swapped_bytes, sums->swapped, page_bytes))
        return say_damaged(reader, "swapped_bytes", "is not what its pages make");
    return true;
}

static bool read_pages(const struct reader *reader, const json_t *object)
{
    size_t index = reader->capture->region_count - 1;
    struct page_sums sums = {0};
    const json_t *pages, *run;
    size_t i;
    if (!read_list(reader, object, "pages", &pages))
        return false;
    json_array_foreach((json_t *)pages, i, run) /* the macro wants it so, and changes nothing */
        if (!read_run(reader, run, index, &sums)) return false;
    return check_sums(reader, &reader->capture->regions[index], &sums);
}

static bool read_regions(struct reader *reader, const json_t *root)
{
    const json_t *regions;
    if (!read_list(reader, root, "regions", &regions))
        return false;
    for (size_t i = 0; i < json_array_size(regions); i++) {
        const json_t *region = json_array_get(regions, i);
        enter(reader, "regions", i);
        if (!read_region(reader, region) || !read_pages(reader, region))
            return false;
    }
    reader->place[0] = '\0';
    return true;
}

/* ---- timeline and all ------------------------------------------------------------------------ */

static bool read_point(const struct reader *reader, const json_t *object)
{
    struct timeline_point point = {0};
    struct timeline *timeline = &reader->capture->timeline;
    if (!json_is_object(object))
        return say_damaged(reader, "", "is not an object");
    if (!read_time(reader, object, "unix_ns", &point.unix_ns) ||
        !read_number(reader, object, "region_count", &point.region_count) ||
        !read_figure(reader, object, "fault_count", &point.fault_count))
        return false;
#define READ(member, name, title)                                                                  \
    if (json_object_get(object, name) && !read_figure(reader, object, name, &point.totals.member)) \
        return false;
    FIGURES_LIST(READ)
#undef READ
    if (timeline->point_count &&
        timeline->points[timeline->point_count - 1].unix_ns > point.unix_ns)
        return say_damaged(reader, "unix_ns", "is before that of the point before");
    return timeline_add(timeline, &point) || say_no_memory(reader);
}

static bool read_timeline(struct reader *reader, const json_t *root)
{
    const json_t *points;
    if (!read_list(reader, root, "timeline", &points))
        return false;
    for (size_t i = 0; i < json_array_size(points); i++) {
        enter(reader, "timeline", i);
        if (!read_point(reader, json_array_get(points, i)))
            return false;
    }
    reader->place[0] = '\0';
    return true;
}

static bool read_steppe(const struct reader *reader, const json_t *root)
{
    json_t *steppe = json_object_get(root, "steppe");
    if (steppe && !json_is_null(steppe) && !json_is_object(steppe))
        return say_damaged(reader, "steppe", "is neither an object nor null");
    if (json_is_object(steppe))
        reader->capture->steppe = json_incref(steppe);
    return true;
}

static bool read_root(struct reader *reader, const json_t *root)
{
    const json_t *taken;
    if (!read_kind(reader, root) || !read_object(reader, root, "taken", &taken) ||
        !read_time(reader, taken, "unix_ns", &reader->capture->taken_unix_ns) ||
        !read_process(reader, root) || !read_cost(reader, root) || !read_regions(reader, root) ||
        !read_timeline(reader, root) || !read_steppe(reader, root))
        return false;
    capture_sum(reader->capture);
    return true;
}

bool snapshot_read(struct capture *capture, const char *bytes, size_t byte_count, const char *path,
                   struct problem *problem)
{
    struct reader reader = {.capture = capture, .path = path, .problem = problem};
    json_error_t error;
    json_t *root = json_loadb(bytes, byte_count, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return problem_say(problem, "%s is no snapshot, or damaged: line %d: %s", path, error.line,
                           error.text);
    bool is_read = read_root(&reader, root);
    json_decref(root);
    if (!is_read)
        capture_free(capture);
    return is_read;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* All there is, up to one byte more than may be; NULL with errno. */
static char *read_all(FILE *stream, size_t *byte_count)
{
    void *bytes = NULL;
    size_t capacity = 0, got = 0;
    bool has_room;
    *byte_count = 0;
    while ((has_room = room_make(&bytes, &capacity, *byte_count, 1)) &&
           *byte_count <= SNAPSHOT_BYTES_MAX &&
           (got = fread((char *)bytes + *byte_count, 1, capacity - *byte_count, stream)) > 0)
        *byte_count += got;
    if (!has_room) {
        free(bytes);
        errno = ENOMEM;
        return NULL;
    }
    if (*byte_count > SNAPSHOT_BYTES_MAX || !ferror(stream))
        return bytes;
    free(bytes);
    return NULL;
}

bool snapshot_load(struct capture *capture, const char *path, struct problem *problem)
{
    size_t byte_count;
    bool is_read;
    FILE *stream = fopen(path, "re");
    if (!stream)
        return problem_say(problem, "%s cannot be opened: %s", path, strerror(errno));
    char *bytes = read_all(stream, &byte_count);
    if (!bytes)
        is_read = problem_say(problem, "%s cannot be read: %s", path, strerror(errno));
    else if (byte_count > SNAPSHOT_BYTES_MAX)
        is_read = problem_say(problem, "%s is too large for a snapshot: more than %zu bytes", path,
                              SNAPSHOT_BYTES_MAX);
    else
        is_read = snapshot_read(capture, bytes, byte_count, path, problem);
    free(bytes);
    (void)fclose(stream); /* only read */
    return is_read;
}
