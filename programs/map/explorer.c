/* SPDX-License-Identifier: MIT */
/* explorer.c - what is chosen, and how it stays chosen: see explorer.h. */
#include "map/explorer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void explorer_say(struct explorer *explorer, bool is_bad_news, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(explorer->message, sizeof explorer->message, format, arguments);
    va_end(arguments);
    explorer->is_bad_news = is_bad_news;
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

/* ---- looking again -------------------------------------------------------------------------- */

static void compare(struct explorer *explorer)
{
    struct problem problem;
    difference_free(&explorer->difference);
    if (explorer->baseline.page_bytes == 0 || !explorer->shows_difference)
        return;
    if (difference_make(&explorer->difference, &explorer->baseline,
                        target_capture(&explorer->target), &problem))
        return;
    explorer->shows_difference = false;
    explorer_say(explorer, true, "%s", problem.text);
}

static void read_reservations(struct explorer *explorer)
{
    reservation_list_free(&explorer->reservations);
    if (!reservation_list_read(&explorer->reservations, target_steppe(&explorer->target)))
        explorer_say(explorer, true, "out of memory: reservations are not shown");
}

static void find_everything_again(struct explorer *explorer)
{
    compare(explorer);
    read_reservations(explorer);
    list_lines(explorer);
    find_line_again(explorer);
    settle_map(explorer);
}

void explorer_refresh(struct explorer *explorer)
{
    struct problem problem;
    bool was_live = target_is_live(&explorer->target);
    if (!was_live) {
        find_everything_again(explorer); /* the baseline may be new */
        return;
    }
    if (!target_refresh(&explorer->target, &problem))
        explorer_say(explorer, true, "%s", problem.text);
    else if (*explorer->target.steppe_problem.text)
        explorer_say(explorer, true, "%s", explorer->target.steppe_problem.text);
    find_everything_again(explorer);
}

bool explorer_begin(struct explorer *explorer, struct target *target, uint64_t interval_ms)
{
    explorer->target = *target;
    *target = (struct target){0};
    explorer->interval_ms = interval_ms;
    explorer->tiles.is_fitted = true;
    if (!make_room_for_lines(explorer, target_capture(&explorer->target)->region_count + 1)) {
        explorer_end(explorer);
        return false;
    }
    read_reservations(explorer);
    explorer_settle(explorer);
    return true;
}

void explorer_end(struct explorer *explorer)
{
    difference_free(&explorer->difference);
    capture_free(&explorer->baseline);
    reservation_list_free(&explorer->reservations);
    target_close(&explorer->target);
    free(explorer->chosen);
    *explorer = (struct explorer){0};
}

/* ---- layout --------------------------------------------------------------------------------- */

enum { WIDE_COLUMNS = 132, TALL_ROWS = 30, FRAME = 2 };

static struct screen_area inside(struct screen_area area)
{
    return (struct screen_area){area.column + 1, area.row + 1, area.columns - FRAME,
                                area.rows - FRAME};
}

struct explorer_layout explorer_layout(int columns, int rows)
{
    struct explorer_layout layout = {0};
    if (columns < EXPLORER_COLUMNS_MIN || rows < EXPLORER_ROWS_MIN) {
        layout.is_too_small = true;
        return layout;
    }
    bool is_tall = rows >= TALL_ROWS, is_wide = columns >= WIDE_COLUMNS;
    int timeline_rows = is_tall ? 3 : 0;
    int first = 4, last = rows - 4 - timeline_rows; /* two lines of words, one of keys */
    int between = last - first + 1;
    layout.title = (struct screen_area){0, 0, columns, 1};
    layout.totals = (struct screen_area){0, 1, columns, 2};
    layout.kinds = (struct screen_area){0, 3, columns, 1};
    layout.words = (struct screen_area){0, last + 1, columns, 2};
    layout.timeline = (struct screen_area){0, last + 3, columns, timeline_rows};
    layout.keys = (struct screen_area){0, rows - 1, columns, 1};
    if (is_wide) {
        int list_columns = columns * 11 / 20;
        layout.list = (struct screen_area){0, first, list_columns - 1, between};
        layout.map =
            inside((struct screen_area){list_columns, first, columns - list_columns, between});
        return layout;
    }
    int list_rows = between / 2;
    layout.list = (struct screen_area){0, first, columns, list_rows};
    layout.map = inside((struct screen_area){0, first + list_rows, columns, between - list_rows});
    return layout;
}
