/* SPDX-License-Identifier: MIT */
/* difference.c - what lies between two captures: see difference.h. */
#include "map/difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/room.h"

const char *difference_change_name(enum difference_change change)
{
    static const char *const names[] = {"came", "went", "changed"};
    return (unsigned)change < 3 ? names[change] : "?";
}

const struct region *difference_shown(const struct difference_region *region)
{
    return region->after ? region->after : region->before;
}

/* ---- resident pages of a region, one stretch after another ----------------------------------- */

struct stretch {
    uint64_t start, end; /* addresses */
};

struct pages {
    const struct capture *capture;
    const struct region *region; /* NULL: no pages */
    size_t next;
};

static struct stretch stretch_of(const struct pages *pages, const struct page_run *run)
{
    uint64_t page_bytes = pages->capture->page_bytes;
    uint64_t start = pages->region->start + (run->first - pages->region->first_page) * page_bytes;
    return (struct stretch){start, start + run->count * page_bytes};
}

/* The next stretch; false: there are no more. Runs that differ in other flags are joined. */
static bool next_stretch(struct pages *pages, struct stretch *stretch)
{
    bool has_any = false;
    while (pages->region && pages->next < pages->region->run_count) {
        const struct page_run *run = &pages->capture->runs[pages->region->first_run + pages->next];
        struct stretch next = stretch_of(pages, run);
        bool is_resident = run->flags & PAGE_RESIDENT;
        if (has_any && (!is_resident || next.start != stretch->end))
            return true;
        pages->next++;
        if (!is_resident)
            continue;
        stretch->end = next.end;
        if (!has_any)
            stretch->start = next.start;
        has_any = true;
    }
    return has_any;
}

/* ---- lists ----------------------------------------------------------------------------------- */

struct run_list {
    struct difference_run *runs;
    size_t count, capacity;
};

/* While two captures are compared. */
struct comparing {
    struct difference *difference;
    struct run_list came, went;
    size_t region_capacity;
};

static bool add_run(struct run_list *list, uint64_t start, uint64_t end, size_t page_bytes,
                    uint64_t *pages)
{
    void *runs = list->runs;
    if (!room_make(&runs, &list->capacity, list->count, sizeof *list->runs))
        return false;
    list->runs = runs;
    uint64_t count = (end - start) / page_bytes;
    list->runs[list->count++] = (struct difference_run){start, count};
    *pages += count;
    return true;
}

/* What of the pages lies in none of the others. */
static bool add_missing(struct run_list *list, struct pages pages, struct pages others,
                        uint64_t *page_count)
{
    struct stretch stretch, other = {0, 0};
    size_t page_bytes = pages.capture->page_bytes;
    bool has_other = next_stretch(&others, &other);
    while (next_stretch(&pages, &stretch)) {
        while (stretch.start < stretch.end) {
            while (has_other && other.end <= stretch.start)
                has_other = next_stretch(&others, &other);
            uint64_t end = has_other && other.start < stretch.end ? other.start : stretch.end;
            if (end > stretch.start && !add_run(list, stretch.start, end, page_bytes, page_count))
                return false;
            stretch.start = end < stretch.end ? other.end : end;
        }
    }
    return true;
}

/* ---- regions --------------------------------------------------------------------------------- */

static bool same_figures(const struct figures *left, const struct figures *right)
{
#define SAME(member, name, title) left->member == right->member &&
    return FIGURES_LIST(SAME) true;
#undef SAME
}

static bool same_region(const struct region *left, const struct region *right)
{
    return left->start == right->start && left->end == right->end && left->kind == right->kind &&
           strcmp(left->protection, right->protection) == 0 &&
           same_figures(&left->figures, &right->figures);
}

static void count_region(struct difference *difference, enum difference_change change)
{
    difference->regions_came += change == DIFFERENCE_CAME;
    difference->regions_went += change == DIFFERENCE_WENT;
    difference->regions_changed += change == DIFFERENCE_CHANGED;
}

static bool add_region(struct comparing *comparing, const struct region *before,
                       const struct region *after)
{
    struct difference *difference = comparing->difference;
    struct difference_region region = {
        .change = !before ? DIFFERENCE_CAME
                  : after ? DIFFERENCE_CHANGED
                          : DIFFERENCE_WENT,
        .before = before,
        .after = after,
        .first_came = comparing->came.count,
        .first_went = comparing->went.count,
    };
    struct pages old = {difference->before, before, 0}, new = {difference->after, after, 0};
    if (!add_missing(&comparing->came, new, old, &region.pages_came) ||
        !add_missing(&comparing->went, old, new, &region.pages_went))
        return false;
    region.came_count = comparing->came.count - region.first_came;
    region.went_count = comparing->went.count - region.first_went;
    if (before && after && region.pages_came == 0 && region.pages_went == 0 &&
        same_region(before, after))
        return true;
    void *regions = difference->regions;
    if (!room_make(&regions, &comparing->region_capacity, difference->region_count,
                   sizeof *difference->regions))
        return false;
    difference->regions = regions;
    difference->regions[difference->region_count++] = region;
    difference->pages_came += region.pages_came;
    difference->pages_went += region.pages_went;
    count_region(difference, region.change);
    return true;
}

static bool is_nameless(const struct region *region)
{
    return region->inode == 0 && !*region->name && region->kind != REGION_SHARED;
}

/* Memory without a file or name may have become a stack, or have been reserved only. */
static bool same_memory(const struct region *left, const struct region *right)
{
    if (is_nameless(left) && is_nameless(right))
        return true;
    return left->kind == right->kind && left->inode == right->inode &&
           left->device_major == right->device_major && left->device_minor == right->device_minor &&
           strcmp(left->name, right->name) == 0;
}

/* The first region from *old on that overlaps and is the same memory. Those passed over went. */
static const struct region *find_before(const struct capture *before, size_t old,
                                        const struct region *region)
{
    for (size_t i = old; i < before->region_count && before->regions[i].start < region->end; i++)
        if (before->regions[i].end > region->start && same_memory(&before->regions[i], region))
            return &before->regions[i];
    return NULL;
}

static bool add_went_until(struct comparing *comparing, size_t *old, size_t end)
{
    for (; *old < end; ++*old)
        if (!add_region(comparing, &comparing->difference->before->regions[*old], NULL))
            return false;
    return true;
}

static bool compare_all(struct comparing *comparing)
{
    const struct capture *before = comparing->difference->before;
    const struct capture *after = comparing->difference->after;
    size_t old = 0;
    for (size_t i = 0; i < after->region_count; i++) {
        const struct region *region = &after->regions[i];
        size_t gone = region_at_or_after(before->regions, before->region_count, region->start);
        if (!add_went_until(comparing, &old, gone))
            return false;
        const struct region *found = find_before(before, old, region);
        if (found && !add_went_until(comparing, &old, (size_t)(found - before->regions)))
            return false;
        if (!add_region(comparing, found, region))
            return false;
        old += found != NULL;
    }
    return add_went_until(comparing, &old, before->region_count);
}

static int by_address(const void *left, const void *right)
{
    const struct difference_region *l = left, *r = right;
    uint64_t start = difference_shown(l)->start, other = difference_shown(r)->start;
    if (start != other)
        return start > other ? 1 : -1;
    return (r->change == DIFFERENCE_WENT) - (l->change == DIFFERENCE_WENT);
}

/* ---- orders ---------------------------------------------------------------------------------- */

struct figures difference_figures_before(const struct difference_region *region)
{
    return region->before ? region->before->figures : (struct figures){0};
}

struct figures difference_figures_after(const struct difference_region *region)
{
    return region->after ? region->after->figures : (struct figures){0};
}

/* Larger changes are smaller numbers here, so that they come first. */
static int by_change(uint64_t before, uint64_t after, uint64_t other_before, uint64_t other_after)
{
    bool is_known = figure_is_known(before) && figure_is_known(after);
    bool is_other_known = figure_is_known(other_before) && figure_is_known(other_after);
    if (!is_known || !is_other_known)
        return is_other_known - is_known;
    uint64_t size = after > before ? after - before : before - after;
    uint64_t other =
        other_after > other_before ? other_after - other_before : other_before - other_after;
    if (size != other)
        return size > other ? -1 : 1;
    return (other_after > other_before) - (after > before);
}

static int by_resident(const void *left, const void *right)
{
    const struct difference_region *l = left, *r = right;
    struct figures before = difference_figures_before(l), after = difference_figures_after(l);
    struct figures other_before = difference_figures_before(r);
    struct figures other_after = difference_figures_after(r);
    int order = by_change(before.resident_bytes, after.resident_bytes, other_before.resident_bytes,
                          other_after.resident_bytes);
    if (order == 0)
        order = by_change(before.committed_bytes, after.committed_bytes,
                          other_before.committed_bytes, other_after.committed_bytes);
    return order ? order : by_address(left, right);
}

void difference_sort(struct difference_region *regions, size_t region_count,
                     enum difference_order order, bool is_reversed)
{
    if (region_count == 0)
        return;
    qsort(regions, region_count, sizeof *regions,
          order == DIFFERENCE_BY_ADDRESS ? by_address : by_resident);
    for (size_t i = 0; is_reversed && i < region_count / 2; i++) {
        struct difference_region first = regions[i];
        regions[i] = regions[region_count - 1 - i];
        regions[region_count - 1 - i] = first;
    }
}

const char *difference_bytes_text(uint64_t before, uint64_t after, struct human_text *room)
{
    if (!figure_is_known(before) || !figure_is_known(after))
        return "?";
    if (before == after)
        return "0 B";
    struct human_text bytes = human_bytes(after > before ? after - before : before - after);
    int used =
        snprintf(room->text, sizeof room->text, "%c%s", after > before ? '+' : '-', bytes.text);
    return used > 0 && (size_t)used < sizeof room->text ? room->text : "?";
}

/* ---------------------------------------------------------------------------------------------- */

bool difference_make(struct difference *difference, const struct capture *before,
                     const struct capture *after, struct problem *problem)
{
    *difference = (struct difference){.before = before, .after = after};
    struct comparing comparing = {.difference = difference};
    if (before->page_bytes != after->page_bytes)
        return problem_say(problem, "pages of %zu bytes cannot be compared with pages of %zu bytes",
                           before->page_bytes, after->page_bytes);
    bool is_done = compare_all(&comparing);
    difference->came = comparing.came.runs;
    difference->came_count = comparing.came.count;
    difference->went = comparing.went.runs;
    difference->went_count = comparing.went.count;
    if (!is_done) {
        difference_free(difference);
        return problem_say(problem, "no memory for the difference");
    }
    difference_sort(difference->regions, difference->region_count, DIFFERENCE_BY_ADDRESS, false);
    return true;
}

void difference_free(struct difference *difference)
{
    free(difference->regions);
    free(difference->came);
    free(difference->went);
    *difference = (struct difference){0};
}
