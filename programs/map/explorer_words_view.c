/* SPDX-License-Identifier: MIT */
/* explorer_words_view.c - what is chosen, in words: see explorer_words_view.h. */
#include "map/explorer_words_view.h"

#include <inttypes.h>
#include <stdio.h>

#include "map/explorer_look.h"

static const char *words_of_flags(uint32_t flags, bool is_committed, bool is_narrow, char *text,
                                  size_t bytes)
{
    const char *dirty = is_narrow ? ", dirty" : ", dirty (private to the process)";
    if (flags & PAGE_SWAPPED)
        snprintf(text, bytes, "swapped out");
    else if (flags & PAGE_RESIDENT)
        snprintf(text, bytes, "resident%s%s%s", flags & PAGE_DIRTY ? dirty : "",
                 flags & PAGE_OF_FILE ? ", of a file or shared" : "",
                 flags & PAGE_HUGE ? ", part of a huge page" : "");
    else if (flags & PAGE_ZERO)
        snprintf(text, bytes, "read only so far: the shared page of zeros");
    else
        snprintf(text, bytes, "%s", is_committed ? "committed, not touched" : "nothing is there");
    return text;
}

/* The region under the map's cursor; NULL: none. */
static const struct region *region_of_words(const struct explorer *explorer)
{
    const struct capture *capture = explorer_map_capture(explorer);
    uint64_t place = explorer_map_base(explorer) + explorer->page;
    size_t index = capture_region_of_place(capture, place);
    return index == capture->region_count ? NULL : &capture->regions[index];
}

/* The name comes first and has all the room the rest leaves: the list cuts it off. */
static void draw_name_words(const struct explorer *explorer, const struct region *region,
                            struct screen_grid *grid, int row, int columns)
{
    char rest[EXPLORER_TEXT_BYTES], how[EXPLORER_TEXT_BYTES / 4] = "",
                                                              room_for_name[EXPLORER_TEXT_BYTES];
    const struct reservation *reservation = reservation_at(&explorer->reservations, region->start);
    const char *name =
        *region->name || region->kind == REGION_DATA
            ? explorer_look_region_name(explorer_map_capture(explorer), region, room_for_name)
            : "(no name)";
    if (reservation)
        snprintf(how, sizeof how, " (%s, %s)", reservation->mechanism, reservation->policy);
    snprintf(rest, sizeof rest, "  %s%s %s %" PRIx64 "..%" PRIx64, region_kind_name(region->kind),
             how, region->protection, region->start, region->end);
    int wide = screen_columns_of(name), room = columns - screen_columns_of(rest);
    wide = wide < room ? wide : room;
    explorer_look_name(grid, 1, row, wide, explorer_bold, name);
    screen_text(grid, 1 + wide, row, columns - wide, explorer_plain, rest);
}

/* What the list has no column for on a narrow screen comes first. */
static void add_figures(const struct region *region, const char *bound,
                        struct explorer_items *items)
{
    const struct figures *figures = &region->figures;
    explorer_items_add_bytes(items, explorer_plain, "swapped", figures->swapped_bytes);
    explorer_items_add_bytes(items, explorer_plain, "dirty", figures->dirty_bytes);
    explorer_items_add_bytes(items, explorer_plain, "resident", figures->resident_bytes);
    explorer_items_add_bounded(items, explorer_plain, "committed", bound, figures->committed_bytes);
    explorer_items_add_bytes(items, explorer_plain, "size", figures->reserved_bytes);
    if (figures->huge_bytes)
        explorer_items_add_bytes(items, explorer_plain, "huge pages", figures->huge_bytes);
}

static void draw_change_words(const struct difference_region *change, struct screen_grid *grid,
                              int row, int columns)
{
    struct figures before = difference_figures_before(change);
    struct figures after = difference_figures_after(change);
    struct human_text room, other;
    screen_format(
        grid, 1, row, columns, explorer_plain, "%s: resident %s -> %s, pages +%s -%s, swapped %s",
        difference_change_name(change->change), figure_bytes_text(before.resident_bytes, &room),
        figure_bytes_text(after.resident_bytes, &other), human_count(change->pages_came).text,
        human_count(change->pages_went).text,
        figure_bytes_text(after.swapped_bytes, &(struct human_text){""}));
}

static int append_slots(const struct reservation *reservation, uint64_t address, size_t page_bytes,
                        char *text, size_t bytes)
{
    uint64_t first, last;
    if (!reservation_slots_in(reservation, address, address + page_bytes, &first, &last))
        return 0;
    uint64_t used = reservation_used_in(reservation, address, address + page_bytes);
    return snprintf(text, bytes, "; slots %s..%s, %s bytes in use", human_count(first).text,
                    human_count(last).text, human_count(used).text);
}

static void draw_page_words(const struct explorer *explorer, struct screen_grid *grid, int row,
                            int columns)
{
    const struct capture *capture = explorer_map_capture(explorer);
    uint64_t place = explorer_map_base(explorer) + explorer->page;
    uint64_t address = capture_address_of_place(capture, place);
    const struct reservation *reservation = reservation_at(&explorer->reservations, address);
    char words[EXPLORER_TEXT_BYTES], slots[EXPLORER_TEXT_BYTES] = "";
    bool is_committed =
        reservation && reservation_committed_in(reservation, address, address + 1) != 0;
    if (reservation)
        append_slots(reservation, address, capture->page_bytes, slots, sizeof slots);
    words_of_flags(capture_page_flags(capture, place), is_committed, columns < EXPLORER_WIDE_ENOUGH,
                   words, sizeof words);
    screen_format(grid, 1, row, columns, explorer_plain, "page %s at %#" PRIx64 ": %s%s",
                  human_count(explorer->page).text, address, words, slots);
}

/* Who is refused a slot is refused it whichever had no page, the slots or their bookkeeping. */
static void add_refused(const struct reservation *r, struct screen_style style,
                        struct explorer_items *items)
{
    struct human_text room;
    char text[EXPLORER_VALUE_BYTES];
    if (r->bits_refused_count == 0) {
        explorer_items_add_count(items, style, "refused", r->refused_count);
        return;
    }
    snprintf(text, sizeof text, "%s + %s of its bits", figure_count_text(r->refused_count, &room),
             human_count(r->bits_refused_count).text);
    explorer_items_add(items, style, "refused", text);
}

/* Its name, its mechanism and its policy are on the line above. The most important first: a narrow
 * screen has no room for the last ones, and who was refused looks for the budget. */
static void add_reservation(const struct reservation *r, struct explorer_items *items)
{
    struct human_text room, other;
    bool is_refused =
        (figure_is_known(r->refused_count) && r->refused_count > 0) || r->bits_refused_count > 0;
    explorer_items_add_bytes(items, explorer_plain, "committed", r->committed_bytes);
    if (figure_is_known(r->budget_limit_bytes))
        explorer_items_add_share(items, explorer_plain, "budget",
                                 figure_bytes_text(r->charged_bytes, &room),
                                 figure_bytes_text(r->budget_limit_bytes, &other));
    if (figure_is_known(r->limit_bytes))
        explorer_items_add_bytes(items, explorer_plain, "limit", r->limit_bytes);
    if (is_refused)
        add_refused(r, explorer_bad, items);
    if (r->has_slots)
        explorer_items_add_share(items, explorer_plain, "slots",
                                 figure_count_text(r->slot_count, &room),
                                 figure_count_text(r->slot_max, &other));
    explorer_items_add_bytes(items, explorer_plain, "peak", r->committed_peak_bytes);
    explorer_items_add_count(items, explorer_plain, "faults", r->fault_count);
    if (!is_refused)
        explorer_items_add_count(items, explorer_plain, "refused", r->refused_count);
    explorer_items_add_count(items, explorer_plain, "OS calls", r->os_call_count);
}

static void add_smaps(const struct smaps *smaps, struct explorer_items *items)
{
    explorer_items_add_bytes(items, explorer_plain, "rss", smaps->rss_bytes);
    explorer_items_add_bytes(items, explorer_plain, "pss", smaps->pss_bytes);
    explorer_items_add_bytes(items, explorer_plain, "shared", smaps->shared_clean_bytes);
    explorer_items_add_bytes(items, explorer_plain, "dirty", smaps->private_dirty_bytes);
    explorer_items_add_bytes(items, explorer_plain, "swap", smaps->swap_bytes);
}

/* The flags are for those who know them: they may be cut. */
static void draw_smaps(const struct smaps *smaps, struct screen_grid *grid, struct screen_area area)
{
    struct explorer_items items = {0};
    add_smaps(smaps, &items);
    int at = 2 + screen_text(grid, 1, area.row, area.columns, explorer_good, "smaps");
    at = explorer_items_draw(&items, grid, area, at);
    screen_text(grid, at, area.row, area.column + area.columns - at, explorer_dim, smaps->flags);
}

static void draw_second_row(const struct explorer *explorer, const struct region *region,
                            struct screen_grid *grid, int row, int columns)
{
    struct screen_area area = {1, row, columns, 1};
    struct explorer_items items = {0};
    const struct region *chosen = explorer_region(explorer);
    const struct reservation *reservation =
        chosen && explorer->focus == EXPLORER_LIST
            ? reservation_at(&explorer->reservations, chosen->start)
            : NULL;
    if (explorer->shows_smaps)
        draw_smaps(&explorer->smaps, grid, area);
    else if (explorer_change(explorer) && !explorer->shows_all)
        draw_change_words(explorer_change(explorer), grid, row, columns);
    else if (reservation)
        add_reservation(reservation, &items);
    else
        add_figures(region, explorer_bound(explorer, region->is_committed_exact), &items);
    (void)explorer_items_draw(&items, grid, area, 1); /* nothing follows */
}

void explorer_words_view_draw(const struct explorer *explorer, struct screen_grid *grid,
                              struct screen_area area)
{
    int columns = area.columns - 2, last = area.row + area.rows - 1;
    bool is_short = area.rows < 3;
    const struct region *region = region_of_words(explorer);
    if (explorer->tiles.unit_count == 0 || !region)
        return;
    draw_name_words(explorer, region, grid, area.row, columns);
    if (!is_short || explorer->focus == EXPLORER_LIST)
        draw_second_row(explorer, region, grid, area.row + 1, columns);
    if (!is_short || explorer->focus == EXPLORER_MAP)
        draw_page_words(explorer, grid, last, columns);
}
