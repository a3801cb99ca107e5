/* SPDX-License-Identifier: MIT */
/* explorer.c - what is chosen, and how it stays chosen: see explorer.h. */
#include "map/explorer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen/terminal.h"

void explorer_say(struct explorer *explorer, bool is_bad_news, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(explorer->message, sizeof explorer->message, format, arguments);
    va_end(arguments);
    explorer->is_bad_news = is_bad_news;
}

const char *explorer_bound(const struct explorer *explorer, bool is_exact)
{
    return is_exact ? "" : explorer->is_ascii ? "<= " : "\u2264 ";
}

bool explorer_can_be_exact(const struct explorer *explorer)
{
    return target_is_live(&explorer->target) &&
           !target_capture(&explorer->target)->is_committed_exact;
}

/* ---- lines ---------------------------------------------------------------------------------- */

const struct difference_region *explorer_change(const struct explorer *explorer)
{
    if (!explorer->shows_difference || explorer->line >= explorer->difference.region_count)
        return NULL;
    return &explorer->difference.regions[explorer->line];
}

const struct region *explorer_region(const struct explorer *explorer)
{
    const struct difference_region *change = explorer_change(explorer);
    if (change)
        return difference_shown(change);
    if (explorer->shows_difference || explorer->line >= explorer->line_count)
        return NULL;
    return &target_capture(&explorer->target)->regions[explorer->chosen[explorer->line]];
}

const struct capture *explorer_map_capture(const struct explorer *explorer)
{
    const struct difference_region *change = explorer_change(explorer);
    bool is_gone = change && !change->after && !explorer->shows_all;
    return is_gone ? &explorer->baseline : target_capture(&explorer->target);
}

uint64_t explorer_map_base(const struct explorer *explorer)
{
    const struct region *region = explorer_region(explorer);
    return explorer->shows_all || !region ? 0 : region->first_page;
}

static uint64_t unit_count_of_map(const struct explorer *explorer)
{
    const struct capture *capture = explorer_map_capture(explorer);
    const struct region *region = explorer_region(explorer);
    if (explorer->shows_all)
        return capture->place_count;
    return region ? region_size_bytes(region) / capture->page_bytes : 0;
}

/* Out of memory: all lines are gone, and the message says so. */
static bool make_room_for_lines(struct explorer *explorer, size_t count)
{
    if (count <= explorer->chosen_capacity)
        return true;
    uint32_t *chosen = reallocarray(explorer->chosen, count, sizeof *chosen);
    if (!chosen)
        return false;
    explorer->chosen = chosen;
    explorer->chosen_capacity = count;
    return true;
}

static void list_lines(struct explorer *explorer)
{
    const struct capture *capture = target_capture(&explorer->target);
    explorer->choice.text = explorer->filter;
    explorer->line_count = 0;
    if (explorer->shows_difference) {
        explorer->line_count = explorer->difference.region_count;
        return;
    }
    if (!make_room_for_lines(explorer, capture->region_count)) {
        explorer_say(explorer, true, "out of memory: no regions are listed");
        return;
    }
    explorer->line_count =
        region_choose(capture->regions, capture->region_count, &explorer->choice, explorer->chosen);
}

static const struct region *region_of_line(const struct explorer *explorer, size_t line)
{
    if (explorer->shows_difference)
        return difference_shown(&explorer->difference.regions[line]);
    return &target_capture(&explorer->target)->regions[explorer->chosen[line]];
}

/* The line of the region that was chosen; if it is gone, the nearest above by address. */
static void find_line_again(struct explorer *explorer)
{
    uint64_t nearest = 0;
    size_t found = explorer->line_count;
    for (size_t line = 0; line < explorer->line_count; line++) {
        const struct region *region = region_of_line(explorer, line);
        if (explorer->chosen_id != 0 && region->id == explorer->chosen_id &&
            region->start == explorer->chosen_start) {
            explorer->line = line;
            return;
        }
        if (region->start <= explorer->chosen_start && region->start >= nearest) {
            nearest = region->start;
            found = line;
        }
    }
    explorer->line = found < explorer->line_count ? found : 0;
}

static void settle_map(struct explorer *explorer)
{
    if (explorer->line >= explorer->line_count)
        explorer->line = explorer->line_count ? explorer->line_count - 1 : 0;
    const struct region *region = explorer_region(explorer);
    if (region) {
        explorer->chosen_id = region->id;
        explorer->chosen_start = region->start;
    }
    if (!region || region->start != explorer->smaps.start)
        explorer->shows_smaps = false; /* they are another region's */
    tiles_resize(&explorer->tiles, unit_count_of_map(explorer), explorer->tiles.columns,
                 explorer->tiles.rows);
    uint64_t count = explorer->tiles.unit_count;
    if (explorer->page >= count)
        explorer->page = count ? count - 1 : 0;
}

void explorer_settle(struct explorer *explorer)
{
    list_lines(explorer);
    settle_map(explorer);
}

void explorer_go_to_line(struct explorer *explorer, size_t line)
{
    uint64_t before = explorer->chosen_start;
    if (line >= explorer->line_count)
        line = explorer->line_count ? explorer->line_count - 1 : 0;
    explorer->line = line;
    explorer->shows_smaps = false;
    const struct region *region = explorer_region(explorer);
    if (region && region->start != before && !explorer->shows_all) {
        explorer->page = 0;
        explorer->tiles =
            (struct tiles){.columns = explorer->tiles.columns, .rows = explorer->tiles.rows};
    }
    settle_map(explorer);
}

void explorer_go_to(struct explorer *explorer, size_t region_index, uint64_t address)
{
    const struct capture *capture = target_capture(&explorer->target);
    size_t line = 0;
    explorer->shows_difference = false;
    list_lines(explorer);
    while (line < explorer->line_count && explorer->chosen[line] != region_index)
        line++;
    if (line == explorer->line_count) { /* left out by the choice */
        explorer->choice = (struct region_choice){.order = explorer->choice.order};
        explorer->filter[0] = 0;
        list_lines(explorer);
        for (line = 0; line < explorer->line_count && explorer->chosen[line] != region_index;)
            line++;
    }
    explorer_go_to_line(explorer, line);
    const struct region *region = &capture->regions[region_index];
    if (address < region->start || address >= region->end)
        return;
    explorer->page = (address - region->start) / capture->page_bytes +
                     (explorer->shows_all ? region->first_page : 0);
    settle_map(explorer);
    tiles_reveal(&explorer->tiles, explorer->page);
}

bool explorer_leaves_out(const struct explorer *explorer)
{
    return !explorer->shows_difference &&
           (explorer->choice.kinds || explorer->choice.only_resident || *explorer->filter);
}

/* ---- pages that have something --------------------------------------------------------------- */

/* Everything is a place of the map's capture. Between two borders that follow one another all pages
 * are alike; of all that are known the nearest to `place` on its side is kept. */
struct border {
    uint64_t place;   /* looked from here */
    uint64_t nearest; /* UINT64_MAX: none yet */
    bool is_forwards;
};

static void take_border(struct border *border, uint64_t place)
{
    bool is_behind = border->is_forwards ? place > border->place : place < border->place;
    bool is_none = border->nearest == UINT64_MAX;
    bool is_nearer = border->is_forwards ? place < border->nearest : place > border->nearest;
    if (is_behind && (is_none || is_nearer))
        border->nearest = place;
}

/* The runs around a place: the first that ends behind it, and its neighbours. */
static void take_borders_of_runs(struct border *border, const struct capture *capture)
{
    size_t low = 0, high = capture->run_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (capture->runs[middle].first + capture->runs[middle].count <= border->place)
            low = middle + 1;
        else
            high = middle;
    }
    size_t first = low ? low - 1 : 0;
    for (size_t i = first; i < capture->run_count && i <= low + 1; i++) {
        take_border(border, capture->runs[i].first);
        take_border(border, capture->runs[i].first + capture->runs[i].count);
    }
}

static void take_borders_of_reservations(struct border *border, const struct explorer *explorer)
{
    const struct capture *capture = explorer_map_capture(explorer);
    const struct reservation_list *list = &explorer->reservations;
    for (size_t i = 0; i < list->count; i++) {
        const struct reservation *r = &list->reservations[i];
        for (size_t j = 0; j < r->committed_count; j++) {
            uint64_t place, start = r->start + r->committed[j].first * r->page_bytes;
            uint64_t last = start + (r->committed[j].count - 1) * r->page_bytes;
            if (capture_place_of_address(capture, start, &place))
                take_border(border, place);
            if (capture_place_of_address(capture, last, &place))
                take_border(border, place + 1);
        }
    }
}

static bool has_something(const struct explorer *explorer, uint64_t place)
{
    const struct capture *capture = explorer_map_capture(explorer);
    uint64_t address = capture_address_of_place(capture, place);
    const struct reservation *reservation = reservation_at(&explorer->reservations, address);
    return capture_page_flags(capture, place) != 0 ||
           (reservation && reservation_committed_in(reservation, address, address + 1) != 0);
}

bool explorer_find_used_page(const struct explorer *explorer, bool is_forwards, uint64_t *page)
{
    const struct capture *capture = explorer_map_capture(explorer);
    uint64_t base = explorer_map_base(explorer), end = base + explorer->tiles.unit_count;
    uint64_t place = base + explorer->page;
    for (;;) {
        struct border border = {place, UINT64_MAX, is_forwards};
        take_border(&border, base);
        take_borders_of_runs(&border, capture);
        take_borders_of_reservations(&border, explorer);
        if (border.nearest == UINT64_MAX || border.nearest < base || border.nearest >= end)
            return false;
        place = border.nearest;
        if (!has_something(explorer, place))
            continue;
        *page = place - base;
        return true;
    }
}

/* ---- looking again -------------------------------------------------------------------------- */

static void compare(struct explorer *explorer)
{
    struct problem problem;
    difference_free(&explorer->difference);
    if (explorer->baseline.page_bytes == 0 || !explorer->shows_difference)
        return;
    if (difference_make(&explorer->difference, &explorer->baseline,
                        target_capture(&explorer->target), &problem)) {
        difference_sort(explorer->difference.regions, explorer->difference.region_count,
                        explorer->difference_order, explorer->is_difference_reversed);
        return;
    }
    explorer->shows_difference = false;
    explorer_say(explorer, true, "%s", problem.text);
}

static void read_reservations(struct explorer *explorer)
{
    reservation_list_free(&explorer->reservations);
    if (!reservation_list_read(&explorer->reservations, target_steppe(&explorer->target)))
        explorer_say(explorer, true, "out of memory: reservations are not shown");
    explorer->library =
        explorer_library_read(target_steppe(&explorer->target), &explorer->reservations);
    /* What was published and could not be read is a problem of its own, and told as one. */
    explorer->library.is_silent = !explorer->library.is_published &&
                                  !*explorer->target.steppe_problem.text &&
                                  capture_has_library(target_capture(&explorer->target));
}

static void note_children(struct explorer *explorer)
{
    const struct children *children = target_capture(&explorer->target)->children;
    explorer->had_children |= children && children->count != 0;
}

static void find_everything_again(struct explorer *explorer)
{
    compare(explorer);
    read_reservations(explorer);
    note_children(explorer);
    list_lines(explorer);
    find_line_again(explorer);
    settle_map(explorer);
}

bool explorer_baseline_is_of_another(const struct explorer *explorer)
{
    return explorer->baseline.page_bytes != 0 &&
           explorer->baseline.exec_count != target_capture(&explorer->target)->exec_count;
}

/* What is shown has nothing to do any more with what was shown, and nobody asked for that. */
static void say_exec(struct explorer *explorer, const char *name_before)
{
    const struct capture *now = target_capture(&explorer->target);
    bool is_of_another = explorer_baseline_is_of_another(explorer);
    explorer_say(explorer, is_of_another, "exec: %ld is %s now, was %s%s", (long)now->pid,
                 now->name, name_before, is_of_another ? "; b: a new baseline" : "");
}

void explorer_refresh(struct explorer *explorer)
{
    struct problem problem;
    bool was_live = target_is_live(&explorer->target);
    uint32_t exec_count = target_capture(&explorer->target)->exec_count;
    char name[sizeof explorer->baseline.name];
    memcpy(name, target_capture(&explorer->target)->name, sizeof name);
    if (!was_live) {
        find_everything_again(explorer); /* the baseline may be new */
        return;
    }
    if (!target_refresh(&explorer->target, &problem))
        explorer_say(explorer, true, "%s%s", problem.text,
                     explorer->trail_count ? "; Backspace goes back" : "");
    else if (*explorer->target.steppe_problem.text)
        explorer_say(explorer, true, "%s", explorer->target.steppe_problem.text);
    else if (target_capture(&explorer->target)->exec_count != exec_count)
        say_exec(explorer, name);
    find_everything_again(explorer);
}

void explorer_change_place(struct explorer *explorer, struct explorer_place *place)
{
    struct explorer_place before = {explorer->target, explorer->baseline};
    difference_free(&explorer->difference); /* it points into both */
    explorer->shows_difference = explorer->shows_smaps = explorer->had_children = false;
    explorer->target = place->target;
    explorer->baseline = place->baseline;
    *place = before;
    explorer->line = explorer->top_line = 0;
    explorer->chosen_id = explorer->chosen_start = 0;
    explorer->page = 0;
    explorer->tiles = (struct tiles){
        .columns = explorer->tiles.columns, .rows = explorer->tiles.rows, .is_fitted = true};
    find_everything_again(explorer);
}

void explorer_place_free(struct explorer_place *place)
{
    capture_free(&place->baseline);
    target_close(&place->target);
}

bool explorer_begin(struct explorer *explorer, struct target *target, uint64_t interval_ms)
{
    explorer->target = *target;
    *target = (struct target){0};
    explorer->interval_ms = interval_ms;
    explorer->tiles.is_fitted = true;
    explorer->shows_letters = screen_wants_no_color();
    if (!make_room_for_lines(explorer, target_capture(&explorer->target)->region_count + 1)) {
        explorer_end(explorer);
        return false;
    }
    read_reservations(explorer);
    note_children(explorer);
    explorer_settle(explorer);
    return true;
}

void explorer_end(struct explorer *explorer)
{
    difference_free(&explorer->difference);
    capture_free(&explorer->baseline);
    reservation_list_free(&explorer->reservations);
    target_close(&explorer->target);
    while (explorer->trail_count)
        explorer_place_free(&explorer->trail[--explorer->trail_count]);
    free(explorer->chosen);
    *explorer = (struct explorer){0};
}
