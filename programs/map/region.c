/* SPDX-License-Identifier: MIT */
/* region.c - kinds, orders and searches: see region.h. */
#include "map/region.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *meaning;
} kinds[REGION_KIND_COUNT] = {
#define KIND(kind, name, meaning) [kind] = {name, meaning},
    REGION_KIND_LIST(KIND)
#undef KIND
};

const char *region_kind_name(enum region_kind kind)
{
    return (unsigned)kind < REGION_KIND_COUNT ? kinds[kind].name : "?";
}

const char *region_kind_meaning(enum region_kind kind)
{
    return (unsigned)kind < REGION_KIND_COUNT ? kinds[kind].meaning : "?";
}

bool region_kind_find(const char *name, enum region_kind *kind)
{
    for (unsigned i = 0; i < REGION_KIND_COUNT; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            *kind = (enum region_kind)i;
            return true;
        }
    }
    return false;
}

static const char *const orders[REGION_ORDER_COUNT] = {
    [REGION_BY_ADDRESS] = "address",     [REGION_BY_RESERVED] = "reserved",
    [REGION_BY_COMMITTED] = "committed", [REGION_BY_RESIDENT] = "resident",
    [REGION_BY_DIRTY] = "dirty",         [REGION_BY_SWAPPED] = "swapped",
    [REGION_BY_HUGE] = "huge",           [REGION_BY_KIND] = "kind",
    [REGION_BY_NAME] = "name",
};

const char *region_order_name(enum region_order order)
{
    return (unsigned)order < REGION_ORDER_COUNT ? orders[order] : "?";
}

bool region_order_find(const char *name, enum region_order *order)
{
    for (unsigned i = 0; i < REGION_ORDER_COUNT; i++) {
        if (strcmp(name, orders[i]) == 0) {
            *order = (enum region_order)i;
            return true;
        }
    }
    return false;
}

uint64_t figure_add(uint64_t left, uint64_t right)
{
    uint64_t sum;
    if (!figure_is_known(left) || !figure_is_known(right))
        return FIGURE_UNKNOWN;
    return __builtin_add_overflow(left, right, &sum) || sum == FIGURE_UNKNOWN ? FIGURE_UNKNOWN - 1
                                                                              : sum;
}

const char *figure_bytes_text(uint64_t figure, struct human_text *room)
{
    if (!figure_is_known(figure))
        return "?";
    *room = human_bytes(figure);
    return room->text;
}

const char *figure_count_text(uint64_t figure, struct human_text *room)
{
    if (!figure_is_known(figure))
        return "?";
    *room = human_count(figure);
    return room->text;
}

void figures_add(struct figures *sum, const struct figures *more)
{
#define ADD(member, name, title) sum->member = figure_add(sum->member, more->member);
    FIGURES_LIST(ADD)
#undef ADD
}

static bool has_text(const struct region *region, const char *text)
{
    return strcasestr(region->name, text) || strcasestr(region_kind_name(region->kind), text) ||
           strcasestr(region->protection, text);
}

bool region_matches(const struct region *region, const struct region_choice *choice)
{
    if (choice->kinds && !(choice->kinds >> region->kind & 1))
        return false;
    if (region_size_bytes(region) < choice->least_bytes)
        return false;
    if (choice->only_resident && region->figures.resident_bytes == 0 &&
        region->figures.swapped_bytes == 0)
        return false;
    return !choice->text || !*choice->text || has_text(region, choice->text);
}

/* ---- order ----------------------------------------------------------------------------------- */

struct sorting {
    const struct region *regions;
    enum region_order order;
    bool is_reversed;
};

static uint64_t figure_of(const struct figures *figures, enum region_order order)
{
    switch (order) {
    case REGION_BY_RESERVED:
        return figures->reserved_bytes;
    case REGION_BY_COMMITTED:
        return figures->committed_bytes;
    case REGION_BY_RESIDENT:
        return figures->resident_bytes;
    case REGION_BY_DIRTY:
        return figures->dirty_bytes;
    case REGION_BY_SWAPPED:
        return figures->swapped_bytes;
    case REGION_BY_HUGE:
        return figures->huge_bytes;
    default:
        return 0;
    }
}

static int compare_figures(uint64_t left, uint64_t right)
{
    if (left == right)
        return 0;
    if (!figure_is_known(left) || !figure_is_known(right))
        return figure_is_known(left) ? -1 : 1;
    return left > right ? -1 : 1;
}

/* Regions without a name come behind those with one. */
static int compare_names(const char *left, const char *right)
{
    if (!*left || !*right)
        return (*left == '\0') - (*right == '\0');
    return strcmp(left, right);
}

static int compare_regions(const struct region *left, const struct region *right,
                           enum region_order order)
{
    switch (order) {
    case REGION_BY_ADDRESS:
        return (left->start > right->start) - (left->start < right->start);
    case REGION_BY_KIND:
        return (left->kind > right->kind) - (left->kind < right->kind);
    case REGION_BY_NAME:
        return compare_names(left->name, right->name);
    default:
        return compare_figures(figure_of(&left->figures, order), figure_of(&right->figures, order));
    }
}

static int compare(const void *left, const void *right, void *context)
{
    const struct sorting *sorting = context;
    uint32_t l = *(const uint32_t *)left, r = *(const uint32_t *)right;
    int order = compare_regions(&sorting->regions[l], &sorting->regions[r], sorting->order);
    if (order != 0)
        return sorting->is_reversed ? -order : order;
    return (l > r) - (l < r);
}

size_t region_choose(const struct region *regions, size_t region_count,
                     const struct region_choice *choice, uint32_t *indices)
{
    size_t chosen = 0;
    for (size_t i = 0; i < region_count; i++)
        if (region_matches(&regions[i], choice))
            indices[chosen++] = (uint32_t)i;
    if (choice->order == REGION_BY_ADDRESS && !choice->is_reversed)
        return chosen;
    struct sorting sorting = {regions, choice->order, choice->is_reversed};
    qsort_r(indices, chosen, sizeof *indices, compare, &sorting);
    return chosen;
}

/* ---- search ---------------------------------------------------------------------------------- */

size_t region_at_or_after(const struct region *regions, size_t region_count, uint64_t address)
{
    size_t low = 0, high = region_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (regions[middle].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

size_t region_at(const struct region *regions, size_t region_count, uint64_t address)
{
    size_t index = region_at_or_after(regions, region_count, address);
    return index < region_count && regions[index].start <= address ? index : region_count;
}

static int digit_of(char letter)
{
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

bool region_read_address(const char *text, uint64_t *address)
{
    uint64_t number = 0;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2;
    if (!*text)
        return false;
    for (; *text; text++) {
        int digit = digit_of(*text);
        if (digit < 0 || number >> 60)
            return false;
        number = number << 4 | (uint64_t)digit;
    }
    *address = number;
    return true;
}

/* "cafe" may be a name as well, and "7f00" is rather an address. */
static bool looks_like_address(const char *text)
{
    uint64_t ignored;
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X')
               ? true
               : strlen(text) >= 4 && region_read_address(text, &ignored);
}

/* How well a text fits, the best first. */
enum fit { FIT_EXACT, FIT_BEGINNING, FIT_ANYWHERE, FIT_NONE };

static enum fit fit_of(const struct region *region, const char *text)
{
    if (strcasecmp(region->name, text) == 0)
        return FIT_EXACT;
    if (strncasecmp(region->name, text, strlen(text)) == 0)
        return FIT_BEGINNING;
    return has_text(region, text) ? FIT_ANYWHERE : FIT_NONE;
}

static bool find_fit(const struct region *regions, size_t region_count, const char *text,
                     enum fit fit, size_t first, size_t *index)
{
    for (size_t i = first; i < region_count; i++)
        if (fit_of(&regions[i], text) == fit) {
            *index = i;
            return true;
        }
    return false;
}

/* Those that fit alike follow one another by address, and round. */
static bool find_text(const struct region *regions, size_t region_count, const char *text,
                      size_t from, size_t *index)
{
    enum fit fit = from < region_count ? fit_of(&regions[from], text) : FIT_NONE;
    if (fit != FIT_NONE && find_fit(regions, region_count, text, fit, from + 1, index))
        return true;
    for (unsigned i = 0; i < FIT_NONE; i++) {
        fit = fit >= FIT_ANYWHERE ? FIT_EXACT : fit + 1;
        if (find_fit(regions, region_count, text, fit, 0, index))
            return true;
    }
    return false;
}

static bool find_address(const struct region *regions, size_t region_count, uint64_t address,
                         size_t *index)
{
    size_t at = region_at_or_after(regions, region_count, address);
    *index = at < region_count ? at : region_count - 1;
    return true;
}

bool region_search(const struct region *regions, size_t region_count, const char *typed,
                   size_t from, size_t *index, uint64_t *address, struct problem *problem)
{
    if (region_count == 0)
        return problem_say(problem, "there are no regions to search");
    if (!*typed)
        return problem_say(problem, "type an address, or a part of a name");
    if (looks_like_address(typed)) {
        if (region_read_address(typed, address))
            return find_address(regions, region_count, *address, index);
        return problem_say(problem, "\"%s\" is not an address: 0x and up to 16 digits 0-9 a-f",
                           typed);
    }
    if (!find_text(regions, region_count, typed, from, index))
        return problem_say(problem, "no region has \"%s\" in its name, kind or protection", typed);
    *address = regions[*index].start;
    return true;
}
