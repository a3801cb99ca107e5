/* SPDX-License-Identifier: MIT */
/* explorer_totals_view.c - the upper lines: see explorer_totals_view.h. */
#include "map/explorer_totals_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "map/explorer_children_view.h"
#include "map/explorer_look.h"
#include "map/output.h"

static const struct screen_style title_style = {SCREEN_WHITE, SCREEN_BLUE, SCREEN_BOLD};

/* An area but for its first column. */
static struct screen_area indented(struct screen_area area, int rows)
{
    return (struct screen_area){area.column + 1, area.row, area.columns - 1, rows};
}

/* ---- title ---------------------------------------------------------------------------------- */

static const char *state_text(const struct explorer *explorer)
{
    if (!explorer->target.process)
        return "snapshot";
    if (!target_is_live(&explorer->target))
        return "ended";
    return explorer->is_paused ? "paused" : "live";
}

/* How long the timeline is: ", watched 80 s". It is no age: of one that has ended it would be read
 * as the time since. */
static const char *span_text(const struct explorer *explorer, char *text, size_t bytes)
{
    const struct timeline *timeline = target_timeline(&explorer->target);
    bool has_ended = explorer->target.process && !target_is_live(&explorer->target);
    text[0] = 0;
    if (timeline->point_count > 1 && !has_ended) {
        const struct timeline_point *points = timeline->points;
        uint64_t ns = points[timeline->point_count - 1].unix_ns - points[0].unix_ns;
        snprintf(text, bytes, ", watched %" PRIu64 " s", ns / 1000000000);
    }
    return text;
}

/* State and cost, as long as there is room beside what is at the left. */
static void write_state(const struct explorer *explorer, int room, char *text, size_t bytes)
{
    const struct capture_cost *cost = &target_capture(&explorer->target)->cost;
    double refresh_ms = (double)cost->refresh_ns / 1e6, cpu_ms = (double)cost->cpu_ns / 1e6;
    const char *state = state_text(explorer);
    char span[32];
    snprintf(text, bytes, "%s%s  a look took %.1f ms, %.1f ms of processor ", state,
             span_text(explorer, span, sizeof span), refresh_ms, cpu_ms);
    if (screen_columns_of(text) > room)
        snprintf(text, bytes, "%s%s  look %.1f ms, cpu %.1f ms ", state, span, refresh_ms, cpu_ms);
    if (screen_columns_of(text) > room)
        snprintf(text, bytes, "%s  look %.1f ms ", state, refresh_ms);
    if (screen_columns_of(text) > room)
        snprintf(text, bytes, "%s ", state);
}

static void draw_title(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area area)
{
    const struct capture *capture = target_capture(&explorer->target);
    char left[EXPLORER_TEXT_BYTES], right[EXPLORER_TEXT_BYTES], thread[64] = "";
    if (capture->thread) /* its first thread has ended */
        snprintf(thread, sizeof thread, "thread %d shows  ", (int)capture->thread);
    snprintf(left, sizeof left, "steppe-map  %d  %s  %s", (int)capture->pid, capture->name, thread);
    write_state(explorer, area.columns - 1 - screen_columns_of(left), right, sizeof right);
    screen_fill(grid, area, ' ', title_style);
    screen_text(grid, 1, area.row, area.columns - 1 - screen_columns_of(right), title_style, left);
    screen_text_right(grid, area.columns - 1, area.row, title_style, right);
}

/* ---- totals --------------------------------------------------------------------------------- */

/* Where there is room the hint how it becomes exact stands behind it; elsewhere the last line has
 * the key. */
static void add_committed(const struct explorer *explorer, struct explorer_items *items,
                          bool is_narrow)
{
    const struct capture *capture = target_capture(&explorer->target);
    const char *hint = !is_narrow && explorer_can_be_exact(explorer) ? " (m: exact)" : "";
    struct human_text room;
    char text[EXPLORER_VALUE_BYTES];
    snprintf(text, sizeof text, "%s%s%s", explorer_bound(explorer, capture->is_committed_exact),
             figure_bytes_text(capture->totals.committed_bytes, &room), hint);
    explorer_items_add(items, explorer_bold, is_narrow ? "commit" : "committed", text);
}

static void draw_figures(const struct explorer *explorer, struct screen_grid *grid,
                         struct screen_area area)
{
    const struct figures *totals = &target_capture(&explorer->target)->totals;
    bool is_narrow = area.columns < EXPLORER_WIDE_ENOUGH;
    struct explorer_items items = {0};
    explorer_items_add_bytes(&items, explorer_bold, is_narrow ? "size" : "reserved",
                             totals->reserved_bytes);
    add_committed(explorer, &items, is_narrow);
    explorer_items_add_bytes(&items, explorer_bold, "resident", totals->resident_bytes);
    explorer_items_add_bytes(&items, explorer_bold, "dirty", totals->dirty_bytes);
    explorer_items_add_bytes(&items, explorer_bold, is_narrow ? "swap" : "swapped",
                             totals->swapped_bytes);
    (void)explorer_items_draw(&items, grid, indented(area, 1), 1); /* nothing follows */
}

static void draw_holes(const struct capture *capture, struct screen_grid *grid, int row,
                       int columns)
{
    const struct capture_holes *holes = &capture->holes;
    double percent = holes->fragmentation * 100;
    char text[EXPLORER_TEXT_BYTES];
    int used =
        snprintf(text, sizeof text, "%s regions of %s mappings; %s holes, largest %s",
                 human_count(capture->region_count).text, human_count(capture->mapping_count).text,
                 human_count(holes->count).text, human_bytes(holes->largest_bytes).text);
    char *rest = text + used;
    size_t rest_bytes = sizeof text - (size_t)used;
    snprintf(rest, rest_bytes, " at %#" PRIx64 "; fragmentation %.0f %%", holes->largest_start,
             percent);
    if (screen_columns_of(text) > columns - 1)
        snprintf(rest, rest_bytes, "; fragmentation %.0f %%", percent);
    if (screen_columns_of(text) > columns - 1)
        snprintf(rest, rest_bytes, "; %.0f %%", percent);
    screen_text(grid, 1, row, columns - 1, explorer_plain, text);
}

/* What leaves regions out: somebody who misses one looks for it. It stands where the holes are, so
 * that the legend stays where it was clicked on. */
static void draw_choice(const struct explorer *explorer, struct screen_grid *grid, int row,
                        int columns)
{
    enum { FILTER_COLUMNS = 24 };
    int at = 1, wide = screen_columns_of(explorer->filter);
    wide = wide < FILTER_COLUMNS ? wide : FILTER_COLUMNS;
    at += screen_format(grid, at, row, columns - at, explorer_warning, "%zu of %zu regions shown",
                        explorer->line_count, target_capture(&explorer->target)->region_count);
    if (*explorer->filter) {
        at += screen_text(grid, at, row, columns - at, explorer_warning, "  filter: \"");
        at += screen_text(grid, at, row, wide, explorer_warning, explorer->filter);
        at += screen_text(grid, at, row, columns - at, explorer_warning, "\"");
    }
    if (explorer->choice.only_resident)
        at += screen_text(grid, at, row, columns - at, explorer_warning, "  only resident");
    if (!explorer->choice.kinds)
        return;
    at += screen_text(grid, at, row, columns - at, explorer_warning, "  kind:");
    for (int kind = 0; kind < REGION_KIND_COUNT; kind++)
        if (explorer->choice.kinds >> kind & 1)
            at += screen_format(grid, at, row, columns - at, explorer_warning, " %s",
                                region_kind_name((enum region_kind)kind));
}

/* ---- the library ---------------------------------------------------------------------------- */

static void add_trouble(const struct explorer_library *library, struct explorer_items *items)
{
    if (library->left_out_count)
        explorer_items_add_count(items, explorer_warning, "not shown", library->left_out_count);
    if (library->is_partial)
        explorer_items_add(items, explorer_warning, "pages", "not all known");
}

/* The most important first: the last ones have no room on a narrow screen. */
static void draw_library(const struct explorer_library *library, struct screen_grid *grid,
                         struct screen_area area)
{
    struct explorer_items items = {0};
    struct human_text room, other;
    bool has_limit = figure_is_known(library->limit_bytes);
    if (library->is_silent && area.rows > 0)
        screen_text(grid, 1, area.row, area.columns - 1, explorer_warning, OUTPUT_SILENT_TEXT);
    if (!library->is_published || area.rows == 0)
        return;
    add_trouble(library, &items);
    explorer_items_add_count(&items, explorer_bold, "reservations", library->reservation_count);
    explorer_items_add_bytes(&items, explorer_bold, "reserved", library->reserved_bytes);
    if (has_limit)
        explorer_items_add_share(&items, explorer_bold, "committed",
                                 figure_bytes_text(library->committed_bytes, &room),
                                 figure_bytes_text(library->limit_bytes, &other));
    else
        explorer_items_add_bytes(&items, explorer_bold, "committed", library->committed_bytes);
    explorer_items_add_bytes(&items, explorer_bold, "peak", library->committed_peak_bytes);
    if (!has_limit)
        explorer_items_add(&items, explorer_bold, "process limit", "none");
    explorer_items_add_count(&items, explorer_bold, "faults", library->fault_count);
    explorer_items_add_count(&items, library->refused_count ? explorer_bad : explorer_bold,
                             "refused", library->refused_count);
    explorer_items_add_count(&items, explorer_bold, "OS calls", library->os_call_count);
    if (library->slot_max)
        explorer_items_add_share(&items, explorer_bold, "slots",
                                 figure_count_text(library->slot_count, &room),
                                 figure_count_text(library->slot_max, &other));
    explorer_items_add_count(&items, explorer_bold, "commits", library->commit_count);
    explorer_items_add_count(&items, explorer_bold, "decommits", library->decommit_count);
    int at = 2 + screen_text(grid, 1, area.row, area.columns, explorer_good, "Steppe:");
    (void)explorer_items_draw(&items, grid, indented(area, area.rows), at); /* nothing follows */
}

/* ---- kinds ---------------------------------------------------------------------------------- */

/* What lies between the captures stands where the kinds are: they do not choose in a difference. */
static void draw_difference_title(const struct explorer *explorer, struct screen_grid *grid,
                                  struct screen_area area)
{
    const struct difference *difference = &explorer->difference;
    uint64_t then = explorer->baseline.taken_unix_ns;
    uint64_t now = target_capture(&explorer->target)->taken_unix_ns;
    uint64_t seconds = now > then ? (now - then) / 1000000000 : 0;
    bool is_of_another = explorer_baseline_is_of_another(explorer);
    screen_format(grid, 1, area.row, area.columns - 1, explorer_bold,
                  "difference from %s%s, %s s ago: %zu came, %zu went, %zu changed",
                  is_of_another ? "another program, " : "the baseline",
                  is_of_another ? explorer->baseline.name : "", human_count(seconds).text,
                  difference->regions_came, difference->regions_went, difference->regions_changed);
}

static void draw_kinds(const struct explorer *explorer, struct screen_grid *grid,
                       const struct explorer_layout *layout)
{
    enum { ELLIPSIS = 0x2026 };
    int end = 0;
    for (size_t i = 0; i < layout->entry_count; i++) {
        const struct explorer_entry *entry = &layout->entries[i];
        struct screen_style style = explorer_look_of_kind(entry->kind);
        style.flags = explorer->choice.kinds >> entry->kind & 1 ? SCREEN_REVERSE : 0;
        end = entry->area.column + screen_text(grid, entry->area.column, entry->area.row,
                                               entry->area.columns, style, entry->text);
    }
    if (layout->is_legend_cut)
        screen_put(grid, end, layout->kinds.row, ELLIPSIS, explorer_dim);
}

void explorer_totals_view_draw(const struct explorer *explorer, struct screen_grid *grid,
                               const struct explorer_layout *layout)
{
    const struct capture *capture = target_capture(&explorer->target);
    struct screen_area totals = layout->totals;
    draw_title(explorer, grid, layout->title);
    draw_figures(explorer, grid, totals);
    if (explorer_leaves_out(explorer))
        draw_choice(explorer, grid, totals.row + 1, totals.columns);
    else
        draw_holes(capture, grid, totals.row + 1, totals.columns);
    if (explorer->shows_difference)
        draw_difference_title(explorer, grid, layout->kinds);
    else
        draw_kinds(explorer, grid, layout);
    draw_library(&explorer->library, grid, layout->library);
    explorer_children_view_draw_row(explorer, grid, layout->children);
}
