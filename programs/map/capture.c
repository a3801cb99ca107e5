/* SPDX-License-Identifier: MIT */
/* capture.c - the memory of a process at one instant: see capture.h. */
#include "map/capture.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/room.h"

/* ---- texts ----------------------------------------------------------------------------------- */

/* Chunks that stay where they are, so that names can be pointed at. Those behind the current one
 * are empty and wait for their next use. */
struct text_chunk {
    struct text_chunk *next;
    size_t used, capacity;
    char bytes[];
};

struct text_pool {
    struct text_chunk *first, *current;
    const char *last; /* kept last: mappings of one file follow one another */
    size_t last_bytes;
};

enum { CHUNK_BYTES = 65536 };

static void free_pool(struct text_pool *pool)
{
    if (!pool)
        return;
    for (struct text_chunk *chunk = pool->first, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(pool);
}

static void clear_pool(struct text_pool *pool)
{
    if (!pool)
        return;
    for (struct text_chunk *chunk = pool->first; chunk; chunk = chunk->next)
        chunk->used = 0;
    pool->current = pool->first;
    pool->last = NULL;
}

static struct text_chunk *add_chunk(struct text_pool *pool, size_t bytes)
{
    size_t capacity = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES, all;
    if (__builtin_add_overflow(sizeof(struct text_chunk), capacity, &all))
        return NULL;
    struct text_chunk *chunk = malloc(all);
    if (!chunk)
        return NULL;
    *chunk = (struct text_chunk){.capacity = capacity};
    if (pool->current) {
        chunk->next = pool->current->next;
        pool->current->next = chunk;
    } else {
        pool->first = chunk;
    }
    pool->current = chunk;
    return chunk;
}

static char *take_bytes(struct text_pool *pool, size_t bytes)
{
    struct text_chunk *chunk = pool->current;
    while (chunk && chunk->capacity - chunk->used < bytes && chunk->next)
        chunk = pool->current = chunk->next;
    if (!chunk || chunk->capacity - chunk->used < bytes)
        chunk = add_chunk(pool, bytes);
    if (!chunk)
        return NULL;
    char *taken = chunk->bytes + chunk->used;
    chunk->used += bytes;
    return taken;
}

const char *capture_keep_text(struct capture *capture, const char *text, size_t text_bytes)
{
    if (text_bytes == 0)
        return "";
    if (!capture->texts && !(capture->texts = calloc(1, sizeof *capture->texts)))
        return NULL;
    struct text_pool *pool = capture->texts;
    if (pool->last && pool->last_bytes == text_bytes && memcmp(pool->last, text, text_bytes) == 0)
        return pool->last;
    char *kept = take_bytes(pool, text_bytes + 1);
    if (!kept)
        return NULL;
    memcpy(kept, text, text_bytes);
    kept[text_bytes] = '\0';
    pool->last = kept;
    pool->last_bytes = text_bytes;
    return kept;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void free_command(struct capture *capture)
{
    for (size_t i = 0; i < capture->command_count; i++)
        free(capture->command[i]);
    free(capture->command);
    capture->command = NULL;
    capture->command_count = 0;
}

void capture_free(struct capture *capture)
{
    free_command(capture);
    free(capture->children);
    free(capture->regions);
    free(capture->runs);
    timeline_free(&capture->timeline);
    json_decref(capture->steppe);
    free_pool(capture->texts);
    *capture = (struct capture){0};
}

void capture_clear(struct capture *capture)
{
    free_command(capture);
    timeline_free(&capture->timeline);
    json_decref(capture->steppe);
    clear_pool(capture->texts);
    *capture = (struct capture){
        .regions = capture->regions,
        .region_capacity = capture->region_capacity,
        .runs = capture->runs,
        .run_capacity = capture->run_capacity,
        .texts = capture->texts,
        .children = capture->children,
    };
    if (capture->children)
        *capture->children = (struct children){0};
}

static bool copy_command(struct capture *to, const struct capture *from)
{
    if (from->command_count == 0)
        return true;
    to->command = calloc(from->command_count + 1, sizeof *to->command);
    if (!to->command)
        return false;
    for (; to->command_count < from->command_count; to->command_count++)
        if (!(to->command[to->command_count] = strdup(from->command[to->command_count])))
            return false;
    return true;
}

static bool copy_regions(struct capture *to, const struct capture *from)
{
    if (from->region_count == 0)
        return true;
    to->regions = malloc(from->region_count * sizeof *to->regions);
    if (!to->regions)
        return false;
    to->region_capacity = from->region_count;
    for (; to->region_count < from->region_count; to->region_count++) {
        struct region *region = &to->regions[to->region_count];
        *region = from->regions[to->region_count];
        region->name = capture_keep_text(to, region->name, strlen(region->name));
        if (!region->name)
            return false;
    }
    return true;
}

static bool copy_runs(struct capture *to, const struct capture *from)
{
    if (from->run_count == 0)
        return true;
    to->runs = malloc(from->run_count * sizeof *to->runs);
    if (!to->runs)
        return false;
    memcpy(to->runs, from->runs, from->run_count * sizeof *to->runs);
    to->run_count = to->run_capacity = from->run_count;
    return true;
}

static bool copy_children(struct capture *to, const struct capture *from)
{
    if (!from->children)
        return true;
    to->children = malloc(sizeof *to->children);
    if (!to->children)
        return false;
    *to->children = *from->children;
    return true;
}

static bool copy_reason(struct capture *to, const struct capture *from)
{
    const char *reason = from->cost.why_no_pages;
    if (!reason)
        return true;
    to->cost.why_no_pages = capture_keep_text(to, reason, strlen(reason));
    return to->cost.why_no_pages;
}

bool capture_copy(struct capture *to, const struct capture *from)
{
    *to = *from;
    to->command = NULL;
    to->regions = NULL;
    to->runs = NULL;
    to->texts = NULL;
    to->children = NULL;
    to->command_count = to->region_count = to->region_capacity = 0;
    to->run_count = to->run_capacity = 0;
    to->timeline = (struct timeline){0};
    json_incref(to->steppe);
    if (copy_command(to, from) && copy_regions(to, from) && copy_runs(to, from) &&
        copy_reason(to, from) && copy_children(to, from) &&
        timeline_copy(&to->timeline, &from->timeline))
        return true;
    capture_free(to);
    return false;
}

/* ---- building -------------------------------------------------------------------------------- */

struct region *capture_add_region(struct capture *capture, const struct region *region)
{
    void *regions = capture->regions;
    if (!room_make(&regions, &capture->region_capacity, capture->region_count,
                   sizeof *capture->regions))
        return NULL;
    capture->regions = regions;
    assert(region->start < region->end);
    assert(capture->region_count == 0 ||
           capture->regions[capture->region_count - 1].end <= region->start);
    struct region *added = &capture->regions[capture->region_count++];
    *added = *region;
    added->first_page = capture->place_count;
    added->first_run = capture->run_count;
    added->run_count = 0;
    capture->place_count += region_size_bytes(region) / capture->page_bytes;
    return added;
}

void capture_extend_last(struct capture *capture, uint64_t end)
{
    struct region *last = &capture->regions[capture->region_count - 1];
    capture->place_count += (end - last->end) / capture->page_bytes;
    last->end = end;
}

static bool add_short_run(struct capture *capture, struct region *region, uint64_t first,
                          uint32_t count, uint32_t flags)
{
    struct page_run *last = region->run_count ? &capture->runs[capture->run_count - 1] : NULL;
    assert(!last || last->first + last->count <= first);
    if (last && last->flags == flags && last->first + last->count == first &&
        count <= UINT32_MAX - last->count) {
        last->count += count;
        return true;
    }
    if (capture->run_count == CAPTURE_RUN_MAX) {
        capture->is_cut = true;
        return true;
    }
    void *runs = capture->runs;
    if (!room_make(&runs, &capture->run_capacity, capture->run_count, sizeof *capture->runs))
        return false;
    capture->runs = runs;
    if (region->run_count == 0)
        region->first_run = capture->run_count;
    capture->runs[capture->run_count++] = (struct page_run){first, count, flags};
    region->run_count++;
    return true;
}

bool capture_add_run(struct capture *capture, size_t region_index, uint64_t page,
                     uint64_t page_count, uint32_t flags)
{
    struct region *region = &capture->regions[region_index];
    uint64_t first = region->first_page + page;
    while (page_count) {
        uint32_t count = page_count < UINT32_MAX ? (uint32_t)page_count : UINT32_MAX;
        if (!add_short_run(capture, region, first, count, flags))
            return false;
        first += count;
        page_count -= count;
    }
    return true;
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* The kernel gives nobody what lies below (vm.mmap_min_addr). */
#define LOWEST_ADDRESS UINT64_C(0x10000)

/* Above the middle of all addresses only the kernel has memory, though it shows a page of it to
 * programs: the room before that is no hole. */
#define USER_END (UINT64_C(1) << 63)

static void add_hole(struct capture_holes *holes, uint64_t start, uint64_t end)
{
    if (start >= end)
        return;
    holes->count++;
    holes->total_bytes += end - start;
    if (end - start > holes->largest_bytes) {
        holes->largest_bytes = end - start;
        holes->largest_start = start;
    }
}

static struct capture_holes find_holes(const struct capture *capture)
{
    struct capture_holes holes = {0};
    uint64_t end = LOWEST_ADDRESS;
    for (size_t i = 0; i < capture->region_count; i++) {
        const struct region *region = &capture->regions[i];
        if (region->start >= USER_END)
            break;
        add_hole(&holes, end, region->start);
        end = region->end > end ? region->end : end;
    }
    if (holes.total_bytes)
        holes.fragmentation = 1 - (double)holes.largest_bytes / (double)holes.total_bytes;
    return holes;
}

void capture_sum(struct capture *capture)
{
    size_t run = 0;
    capture->totals = (struct figures){0};
    memset(capture->kinds, 0, sizeof capture->kinds);
    memset(capture->kind_counts, 0, sizeof capture->kind_counts);
    capture->mapping_count = 0;
    capture->is_committed_exact = true;
    for (size_t i = 0; i < capture->region_count; i++) {
        struct region *region = &capture->regions[i];
        if (region->run_count == 0)
            region->first_run = run;
        run = region->first_run + region->run_count;
        figures_add(&capture->kinds[region->kind], &region->figures);
        capture->kind_counts[region->kind]++;
        capture->mapping_count += region->mapping_count;
        capture->is_committed_exact &= region->is_committed_exact;
    }
    for (size_t kind = 0; kind < REGION_KIND_COUNT; kind++)
        figures_add(&capture->totals, &capture->kinds[kind]);
    capture->holes = find_holes(capture);
}

/* ---- the invariants -------------------------------------------------------------------------- */

static bool check_region(const struct capture *capture, size_t index, struct problem *problem)
{
    const struct region *region = &capture->regions[index];
    uint64_t page = capture->page_bytes;
    if (region->start >= region->end || region->start % page || region->end % page)
        return problem_say(problem,
                           "region %zu (0x%" PRIx64 ") does not consist of whole pages of %" PRIu64
                           " bytes",
                           index, region->start, page);
    if (index > 0 && region->start < region[-1].end)
        return problem_say(problem,
                           "region %zu (0x%" PRIx64 ") overlaps the one before it, or is out of "
                           "order",
                           index, region->start);
    return true;
}

static bool check_runs(const struct capture *capture, size_t index, struct problem *problem)
{
    const struct region *region = &capture->regions[index];
    uint64_t place = region->first_page;
    uint64_t end = place + region_size_bytes(region) / capture->page_bytes;
    if (region->run_count > capture->run_count ||
        region->first_run > capture->run_count - region->run_count)
        return problem_say(problem, "region %zu has runs that are not there", index);
    for (size_t i = 0; i < region->run_count; i++) {
        const struct page_run *run = &capture->runs[region->first_run + i];
        if (run->first < place || run->count == 0 || run->first > end ||
            run->count > end - run->first || run->flags == 0 || run->flags > PAGE_FLAGS_ALL)
            return problem_say(problem,
                               "run %zu of region %zu (0x%" PRIx64 ") is empty, out of order or "
                               "not inside",
                               i, index, region->start);
        place = run->first + run->count;
    }
    return true;
}

bool capture_check(const struct capture *capture, struct problem *problem)
{
    uint64_t place = 0;
    size_t run = 0;
    if (capture->page_bytes == 0 || capture->page_bytes & (capture->page_bytes - 1))
        return problem_say(problem, "a page of %zu bytes is not a power of two",
                           capture->page_bytes);
    for (size_t i = 0; i < capture->region_count; i++) {
        const struct region *region = &capture->regions[i];
        if (!check_region(capture, i, problem))
            return false;
        if (region->first_page != place || region->first_run != run)
            return problem_say(problem, "region %zu does not count on", i);
        if (!check_runs(capture, i, problem))
            return false;
        place += region_size_bytes(region) / capture->page_bytes;
        run += region->run_count;
    }
    if (place != capture->place_count || run != capture->run_count)
        return problem_say(problem, "places or runs are left over");
    return true;
}

/* ---- looking --------------------------------------------------------------------------------- */

size_t capture_region_of_place(const struct capture *capture, uint64_t place)
{
    size_t low = 0, high = capture->region_count;
    if (place >= capture->place_count)
        return capture->region_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (capture->regions[middle].first_page <= place)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t capture_address_of_place(const struct capture *capture, uint64_t place)
{
    size_t index = capture_region_of_place(capture, place);
    if (index == capture->region_count)
        return 0;
    const struct region *region = &capture->regions[index];
    return region->start + (place - region->first_page) * capture->page_bytes;
}

bool capture_place_of_address(const struct capture *capture, uint64_t address, uint64_t *place)
{
    size_t index = region_at(capture->regions, capture->region_count, address);
    if (index == capture->region_count)
        return false;
    const struct region *region = &capture->regions[index];
    *place = region->first_page + (address - region->start) / capture->page_bytes;
    return true;
}

/* The first run that ends behind a place. */
static size_t run_at_or_after(const struct capture *capture, uint64_t place)
{
    size_t low = 0, high = capture->run_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct page_run *run = &capture->runs[middle];
        if (run->first + run->count > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

uint32_t capture_page_flags(const struct capture *capture, uint64_t place)
{
    size_t index = run_at_or_after(capture, place);
    if (index == capture->run_count || capture->runs[index].first > place)
        return 0;
    return capture->runs[index].flags;
}

static uint64_t smaller(uint64_t left, uint64_t right)
{
    return left < right ? left : right;
}

static uint64_t larger(uint64_t left, uint64_t right)
{
    return left > right ? left : right;
}

static void count_pages(struct page_cell *cell, uint32_t flags, uint64_t pages)
{
    cell->resident += flags & PAGE_RESIDENT ? pages : 0;
    cell->dirty += flags & PAGE_DIRTY ? pages : 0;
    cell->swapped += flags & PAGE_SWAPPED ? pages : 0;
    cell->zero += flags & PAGE_ZERO ? pages : 0;
    cell->huge += flags & PAGE_HUGE ? pages : 0;
    cell->of_file += flags & PAGE_OF_FILE ? pages : 0;
}

/* Where the last cell came to: the next goes on from there. */
struct walk {
    const struct capture *capture;
    size_t region, run;
};

static void count_runs(struct walk *walk, uint64_t first, uint64_t end, struct page_cell *cell)
{
    const struct capture *capture = walk->capture;
    for (; walk->run < capture->run_count; walk->run++) {
        const struct page_run *run = &capture->runs[walk->run];
        uint64_t run_end = run->first + run->count;
        if (run->first >= end)
            return;
        count_pages(cell, run->flags, smaller(run_end, end) - larger(run->first, first));
        if (run_end > end)
            return;
    }
}

static void count_regions(struct walk *walk, uint64_t first, uint64_t end, struct page_cell *cell)
{
    const struct capture *capture = walk->capture;
    uint64_t most = 0;
    for (; walk->region < capture->region_count; walk->region++) {
        const struct region *region = &capture->regions[walk->region];
        uint64_t region_end = region->first_page + region_size_bytes(region) / capture->page_bytes;
        if (region->first_page >= end)
            return;
        uint64_t part = smaller(region_end, end) - larger(region->first_page, first);
        if (part > most) {
            most = part;
            cell->region_index = walk->region;
        }
        cell->region_count++;
        if (region_end > end)
            return;
    }
}

void capture_fill_cells(const struct capture *capture, uint64_t first, uint64_t pages_per_cell,
                        uint64_t end, struct page_cell *cells, size_t cell_count)
{
    struct walk walk = {capture, capture_region_of_place(capture, first),
                        run_at_or_after(capture, first)};
    assert(pages_per_cell != 0);
    end = smaller(end, capture->place_count);
    for (size_t i = 0; i < cell_count; i++) {
        cells[i] = (struct page_cell){.region_index = capture->region_count};
        if (first >= end)
            continue;
        cells[i].page_count = smaller(pages_per_cell, end - first);
        uint64_t cell_end = first + cells[i].page_count;
        count_regions(&walk, first, cell_end, &cells[i]);
        count_runs(&walk, first, cell_end, &cells[i]);
        first = cell_end;
    }
}

/* ---- letters --------------------------------------------------------------------------------- */

static const char letters_of_flags[] = "rdszhf"; /* by the bits of enum page_flags */

bool capture_has_library(const struct capture *capture)
{
    static const char library[] = "/libsteppe.so";
    for (size_t i = 0; i < capture->region_count; i++) {
        const char *name = strrchr(capture->regions[i].name, '/');
        if (name && strncmp(name, library, sizeof library - 1) == 0)
            return true;
    }
    return false;
}

void page_flags_to_letters(uint32_t flags, char letters[7])
{
    for (unsigned bit = 0; letters_of_flags[bit]; bit++)
        if (flags >> bit & 1)
            *letters++ = letters_of_flags[bit];
    *letters = '\0';
}

bool page_flags_from_letters(const char *letters, uint32_t *flags)
{
    uint32_t read = 0;
    for (; *letters; letters++) {
        const char *letter = strchr(letters_of_flags, *letters);
        uint32_t flag = letter ? UINT32_C(1) << (letter - letters_of_flags) : 0;
        if (!flag || read & flag)
            return false;
        read |= flag;
    }
    *flags = read;
    return true;
}
