/* SPDX-License-Identifier: MIT */
/* explorer_view.c - drawing: title, totals, kinds, list, map, words, timeline, keys, help. */
#include "map/explorer_view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/human.h"

enum {
    LINE_BYTES = 512,
    FULL_GLYPH = 0x2588,
    CURSOR_GLYPH = 0x25C6,
    EMPTY_CURSOR_GLYPH = 0xD7,
    WIDE_ENOUGH = 90
};

static const struct screen_style plain, bold = {.flags = SCREEN_BOLD}, dim = {.ink = SCREEN_GRAY};
static const struct screen_style title_style = {SCREEN_WHITE, SCREEN_BLUE, SCREEN_BOLD};
static const struct screen_style bad_style = {SCREEN_RED, SCREEN_DEFAULT, SCREEN_BOLD};
static const struct screen_style good_style = {SCREEN_GREEN, SCREEN_DEFAULT, 0};

/* The colour and the letter of a kind: colours alone would not tell them apart for everybody. */
static const struct {
    uint8_t ink;
    char letter;
} kind_looks[REGION_KIND_COUNT] = {
    [REGION_CODE] = {SCREEN_BLUE, 'C'},       [REGION_DATA] = {SCREEN_SKY, 'D'},
    [REGION_HEAP] = {SCREEN_ORANGE, 'H'},     [REGION_STACK] = {SCREEN_YELLOW, 'K'},
    [REGION_FILE] = {SCREEN_PURPLE, 'F'},     [REGION_SHARED] = {SCREEN_RED, 'S'},
    [REGION_ANONYMOUS] = {SCREEN_GREEN, 'A'}, [REGION_RESERVED] = {SCREEN_GRAY, 'R'},
    [REGION_STEPPE] = {SCREEN_WHITE, 'T'},    [REGION_SPECIAL] = {SCREEN_DARK, 'X'},
};

static struct screen_style style_of_kind(enum region_kind kind)
{
    return (struct screen_style){.ink = kind_looks[kind].ink};
}

/* Names come from outside; a path keeps its end, which tells more than its beginning. */
static void draw_name(struct screen_grid *grid, int column, int row, int columns,
                      struct screen_style style, const char *name)
{
    int wide = screen_columns_of(name);
    if (wide <= columns || columns < 4) {
        screen_text(grid, column, row, columns, style, name);
        return;
    }
    int skip = wide - columns + 1;
    uint32_t glyph;
    for (size_t length; skip > 0 && (length = screen_decode(name, &glyph)) != 0; skip--)
        name += length; /* wide characters leave a column free: no harm */
    screen_put(grid, column, row, 0x2026, style);
    screen_text(grid, column + 1, row, columns - 1, style, name);
}

/* ---- title and totals ----------------------------------------------------------------------- */

static const char *state_text(const struct explorer *explorer)
{
    if (!explorer->target.process)
        return "snapshot";
    if (!target_is_live(&explorer->target))
        return "ended";
    return explorer->is_paused ? "paused" : "live";
}

/* How long the timeline is: " for 80 s". */
static const char *span_text(const struct explorer *explorer, char *text, size_t bytes)
{
    const struct timeline *timeline = target_timeline(&explorer->target);
    text[0] = 0;
    if (timeline->point_count > 1) {
        const struct timeline_point *points = timeline->points;
        uint64_t ns = points[timeline->point_count - 1].unix_ns - points[0].unix_ns;
        snprintf(text, bytes, " for %" PRIu64 " s", ns / 1000000000);
    }
    return text;
}

static void draw_title(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area area)
{
    const struct capture *capture = target_capture(&explorer->target);
    char right[LINE_BYTES], span[32];
    snprintf(right, sizeof right, "%s%s  a look took %.1f ms, %.1f ms of processor ",
             state_text(explorer), span_text(explorer, span, sizeof span),
             (double)capture->cost.refresh_ns / 1e6, (double)capture->cost.cpu_ns / 1e6);
    int right_columns = screen_columns_of(right);
    screen_fill(grid, area, ' ', title_style);
    int room = area.columns - right_columns - 2;
    screen_format(grid, 1, area.row, room, title_style, "steppe-map  %d  %s", (int)capture->pid,
                  capture->name);
    screen_text_right(grid, area.columns - 1, area.row, title_style, right);
}

static int draw_figure(struct screen_grid *grid, int column, int row, int columns,
                       struct screen_style style, const char *name, uint64_t bytes)
{
    struct human_text room;
    int drawn = screen_format(grid, column, row, columns, dim, "%s ", name);
    drawn += screen_text(grid, column + drawn, row, columns - drawn, style,
                         figure_bytes_text(bytes, &room));
    return column + drawn + (grid->columns < WIDE_ENOUGH ? 1 : 2);
}

static void draw_totals(const struct explorer *explorer, struct screen_grid *grid,
                        struct screen_area area)
{
    const struct capture *capture = target_capture(&explorer->target);
    const struct figures *totals = &capture->totals;
    struct human_text room, other;
    int at = 1, row = area.row, end = area.columns;
    bool is_narrow = end < WIDE_ENOUGH;
    char where[LINE_BYTES] = "";
    if (!is_narrow)
        snprintf(where, sizeof where, " at %#" PRIx64, capture->holes.largest_start);
    at = draw_figure(grid, at, row, end - at, bold, is_narrow ? "size" : "reserved",
                     totals->reserved_bytes);
    at = draw_figure(grid, at, row, end - at, bold, is_narrow ? "commit" : "committed",
                     totals->committed_bytes);
    at = draw_figure(grid, at, row, end - at, bold, "resident", totals->resident_bytes);
    at = draw_figure(grid, at, row, end - at, bold, "dirty", totals->dirty_bytes);
    draw_figure(grid, at, row, end - at, bold, "swapped", totals->swapped_bytes);
    screen_format(grid, 1, row + 1, end - 1, plain,
                  "%s regions of %s mappings; %s holes, largest %s%s; fragmentation %.0f %%",
                  figure_count_text(capture->region_count, &room),
                  human_count(capture->mapping_count).text, human_count(capture->holes.count).text,
                  figure_bytes_text(capture->holes.largest_bytes, &other), where,
                  capture->holes.fragmentation * 100);
}

/* What lies between the captures stands where the kinds are: they do not choose in a difference. */
static void draw_difference_title(const struct explorer *explorer, struct screen_grid *grid,
                                  struct screen_area area)
{
    const struct difference *difference = &explorer->difference;
    uint64_t then = explorer->baseline.taken_unix_ns;
    uint64_t now = target_capture(&explorer->target)->taken_unix_ns;
    uint64_t seconds = now > then ? (now - then) / 1000000000 : 0;
    screen_format(grid, 1, area.row, area.columns - 1, bold,
                  "difference from the baseline, %s s ago: %zu came, %zu went, %zu changed",
                  human_count(seconds).text, difference->regions_came, difference->regions_went,
                  difference->regions_changed);
}

/* What leaves regions out comes first: somebody who misses one looks for it. Returns the column
 * behind. */
static int draw_choice(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area area)
{
    enum { FILTER_COLUMNS = 24 };
    struct screen_style style = {.ink = SCREEN_YELLOW, .flags = SCREEN_BOLD};
    int at = 1, row = area.row, end = area.columns;
    if (!explorer_leaves_out(explorer))
        return at;
    at += screen_format(grid, at, row, end - at, style, "%zu shown", explorer->line_count) + 2;
    if (*explorer->filter) {
        int wide = screen_columns_of(explorer->filter);
        wide = wide < FILTER_COLUMNS ? wide : FILTER_COLUMNS;
        at += screen_text(grid, at, row, end - at, style, "filter: \"");
        at += screen_text(grid, at, row, wide, style, explorer->filter);
        at += screen_text(grid, at, row, end - at, style, "\"") + 2;
    }
    if (explorer->choice.only_resident)
        at += screen_text(grid, at, row, end - at, style, "only resident") + 2;
    if (explorer->choice.kinds) {
        int kind = __builtin_ctz(explorer->choice.kinds);
        at += screen_format(grid, at, row, end - at, style, "kind: %s",
                            region_kind_name((enum region_kind)kind)) +
              2;
    }
    return at;
}

static void draw_kinds(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area area)
{
    const struct capture *capture = target_capture(&explorer->target);
    if (explorer->shows_difference) {
        draw_difference_title(explorer, grid, area);
        return;
    }
    int at = draw_choice(explorer, grid, area);
    for (int i = 0; i < REGION_KIND_COUNT; i++) {
        int kind = i == 0 ? REGION_STEPPE : i <= REGION_STEPPE ? i - 1 : i; /* ours come first */
        char text[LINE_BYTES];
        bool is_chosen = explorer->choice.kinds >> kind & 1;
        if (capture->kind_counts[kind] == 0 && !is_chosen)
            continue;
        snprintf(text, sizeof text, "%c %s %zu", kind_looks[kind].letter,
                 region_kind_name((enum region_kind)kind), capture->kind_counts[kind]);
        if (at + screen_columns_of(text) > area.columns)
            break;
        struct screen_style style = style_of_kind((enum region_kind)kind);
        style.flags = is_chosen ? SCREEN_REVERSE : 0;
        at += screen_text(grid, at, area.row, area.columns - at, style, text) + 2;
    }
}

/* ---- list ----------------------------------------------------------------------------------- */

/* Columns from left to right; figures go from the right end of the list when room is short. */
enum { START_COLUMNS = 15, FIGURE_COLUMNS = 11, FIGURES_MAX = 5, NAME_COLUMNS_MIN = 12 };

static int figures_shown(int columns)
{
    int room = columns - 2 - START_COLUMNS - 6 - NAME_COLUMNS_MIN;
    int count = room / FIGURE_COLUMNS;
    return count < 1 ? 1 : count > FIGURES_MAX ? FIGURES_MAX : count;
}

static uint64_t figure_at(const struct figures *figures, int i)
{
    const uint64_t all[FIGURES_MAX] = {figures->reserved_bytes, figures->resident_bytes,
                                       figures->committed_bytes, figures->dirty_bytes,
                                       figures->swapped_bytes};
    return all[i];
}

static const struct screen_style titles_style = {.ink = SCREEN_GRAY, .flags = SCREEN_UNDERLINE};

/* The title of what the list is sorted by is reversed, with a mark behind it. */
static void draw_list_title(struct screen_grid *grid, int column, int row, bool is_sorted,
                            bool is_falling, const char *title)
{
    struct screen_style style = titles_style;
    style.flags |= is_sorted ? SCREEN_REVERSE : 0;
    int wide = screen_text(grid, column, row, grid->columns - column, style, title);
    if (is_sorted)
        screen_put(grid, column + wide, row, is_falling ? 'v' : '^', style);
}

/* The same with its last letter at a column. */
static void draw_list_title_right(struct screen_grid *grid, int last_column, int row,
                                  bool is_sorted, bool is_falling, const char *title)
{
    draw_list_title(grid, last_column + 1 - screen_columns_of(title), row, is_sorted, is_falling,
                    title);
}

/* A difference: address, change, and from there on figures as in the other list. */
enum { CHANGE_COLUMNS = 8, DELTAS_MAX = 3 };

static int deltas_shown(int columns)
{
    int room = columns - 2 - START_COLUMNS - CHANGE_COLUMNS - NAME_COLUMNS_MIN;
    return room / FIGURE_COLUMNS >= DELTAS_MAX ? DELTAS_MAX : DELTAS_MAX - 1;
}

static void draw_difference_titles(const struct explorer *explorer, struct screen_grid *grid,
                                   struct screen_area area)
{
    bool is_by_address = explorer->difference_order == DIFFERENCE_BY_ADDRESS;
    bool is_reversed = explorer->is_difference_reversed;
    int at = area.column + 2, shown = deltas_shown(area.columns);
    screen_fill(grid, (struct screen_area){area.column, area.row, area.columns, 1}, ' ',
                titles_style);
    draw_list_title(grid, at, area.row, is_by_address, is_reversed, "address");
    at += START_COLUMNS;
    draw_list_title(grid, at, area.row, false, false, "change");
    at += CHANGE_COLUMNS;
    draw_list_title_right(grid, at + FIGURE_COLUMNS - 2, area.row, !is_by_address, !is_reversed,
                          "resident");
    at += FIGURE_COLUMNS;
    draw_list_title_right(grid, at + FIGURE_COLUMNS - 2, area.row, false, false, "committed");
    at += FIGURE_COLUMNS;
    if (shown == DELTAS_MAX) {
        draw_list_title_right(grid, at + FIGURE_COLUMNS - 2, area.row, false, false, "size");
        at += FIGURE_COLUMNS;
    }
    draw_list_title(grid, at + 1, area.row, false, false, "name");
}

static void draw_list_titles(const struct explorer *explorer, struct screen_grid *grid,
                             struct screen_area area)
{
    static const struct {
        const char *title;
        enum region_order order;
    } titles[FIGURES_MAX] = {
        {"size", REGION_BY_RESERVED},       {"resident", REGION_BY_RESIDENT},
        {"committed", REGION_BY_COMMITTED}, {"dirty", REGION_BY_DIRTY},
        {"swapped", REGION_BY_SWAPPED},
    };
    const struct region_choice *choice = &explorer->choice;
    struct screen_style style = titles_style;
    int at = area.column + 2, shown = figures_shown(area.columns);
    screen_fill(grid, (struct screen_area){area.column, area.row, area.columns, 1}, ' ', style);
    draw_list_title(grid, at, area.row, choice->order == REGION_BY_ADDRESS, choice->is_reversed,
                    "address");
    at += START_COLUMNS;
    screen_text(grid, at, area.row, 6, style, "access");
    at += 6;
    for (int i = 0; i < shown; i++, at += FIGURE_COLUMNS)
        draw_list_title_right(grid, at + FIGURE_COLUMNS - 2, area.row,
                              choice->order == titles[i].order, !choice->is_reversed,
                              titles[i].title);
    draw_list_title(grid, at + 1, area.row, choice->order == REGION_BY_NAME, choice->is_reversed,
                    "name");
}

static void draw_delta(struct screen_grid *grid, int last_column, int row, uint64_t before,
                       uint64_t after)
{
    struct human_text room;
    screen_text_right(grid, last_column, row, before == after ? dim : plain,
                      difference_bytes_text(before, after, &room));
}

/* Returns the column behind. */
static int draw_change(const struct difference_region *change, struct screen_grid *grid, int at,
                       int row, int shown)
{
    struct figures before = difference_figures_before(change);
    struct figures after = difference_figures_after(change);
    struct human_text room;
    static const uint8_t inks[] = {SCREEN_GREEN, SCREEN_ORANGE, SCREEN_SKY};
    struct screen_style style = {.ink = inks[change->change], .flags = SCREEN_BOLD};
    screen_format(grid, at, row, START_COLUMNS - 1, plain, "%012" PRIx64,
                  difference_shown(change)->start);
    at += START_COLUMNS;
    screen_text(grid, at, row, CHANGE_COLUMNS - 1, style, difference_change_name(change->change));
    at += CHANGE_COLUMNS;
    draw_delta(grid, at + FIGURE_COLUMNS - 2, row, before.resident_bytes, after.resident_bytes);
    at += FIGURE_COLUMNS;
    draw_delta(grid, at + FIGURE_COLUMNS - 2, row, before.committed_bytes, after.committed_bytes);
    at += FIGURE_COLUMNS;
    if (shown < DELTAS_MAX)
        return at;
    screen_text_right(grid, at + FIGURE_COLUMNS - 2, row, plain,
                      figure_bytes_text(region_size_bytes(difference_shown(change)), &room));
    return at + FIGURE_COLUMNS;
}

/* Returns the column behind. */
static int draw_region_figures(const struct region *region, struct screen_grid *grid, int at,
                               int row, int shown)
{
    struct human_text room;
    screen_format(grid, at, row, START_COLUMNS - 1, plain, "%012" PRIx64, region->start);
    at += START_COLUMNS;
    screen_text(grid, at, row, 5, dim, region->protection);
    at += 6;
    for (int i = 0; i < shown; i++, at += FIGURE_COLUMNS) {
        uint64_t figure = figure_at(&region->figures, i);
        screen_text_right(grid, at + FIGURE_COLUMNS - 2, row, figure == 0 ? dim : plain,
                          figure_bytes_text(figure, &room));
    }
    return at;
}

static void draw_line(const struct explorer *explorer, struct screen_grid *grid,
                      struct screen_area area, size_t line, int row)
{
    const struct difference_region *change =
        explorer->shows_difference ? &explorer->difference.regions[line] : NULL;
    const struct region *region =
        change ? difference_shown(change)
               : &target_capture(&explorer->target)->regions[explorer->chosen[line]];
    int at = area.column, end = area.column + area.columns;
    screen_put(grid, at, row, (unsigned char)kind_looks[region->kind].letter,
               style_of_kind(region->kind));
    at += 2;
    if (change)
        at = draw_change(change, grid, at, row, deltas_shown(area.columns));
    else
        at = draw_region_figures(region, grid, at, row, figures_shown(area.columns));
    const char *name = *region->name ? region->name : region_kind_name(region->kind);
    draw_name(grid, at + 1, row, end - at - 1, *region->name ? plain : dim, name);
}

/* One look for the whole line: reversed colours would be a patchwork. */
static void mark_line(const struct explorer *explorer, struct screen_grid *grid,
                      struct screen_area area, int row)
{
    bool has_focus = explorer->focus == EXPLORER_LIST;
    struct screen_style style = {.flags = has_focus ? SCREEN_REVERSE : SCREEN_UNDERLINE};
    for (int column = area.column; column < area.column + area.columns; column++)
        grid->cells[row * grid->columns + column].style = style;
}

static void scroll_list(struct explorer *explorer, size_t rows)
{
    if (explorer->line < explorer->top_line)
        explorer->top_line = explorer->line;
    if (explorer->line >= explorer->top_line + rows)
        explorer->top_line = explorer->line - rows + 1;
    if (explorer->top_line + rows > explorer->line_count)
        explorer->top_line = explorer->line_count > rows ? explorer->line_count - rows : 0;
}

static void draw_list(struct explorer *explorer, struct screen_grid *grid, struct screen_area area)
{
    size_t rows = (size_t)(area.rows - 1);
    scroll_list(explorer, rows);
    if (explorer->shows_difference)
        draw_difference_titles(explorer, grid, area);
    else
        draw_list_titles(explorer, grid, area);
    if (explorer->line_count == 0)
        screen_text(grid, area.column + 2, area.row + 1, area.columns - 2, dim,
                    explorer->shows_difference
                        ? "nothing came, went or changed"
                        : "no region is so (f: filter, k: kinds, r: resident)");
    for (size_t i = 0; i < rows && explorer->top_line + i < explorer->line_count; i++) {
        int row = area.row + 1 + (int)i;
        draw_line(explorer, grid, area, explorer->top_line + i, row);
        if (explorer->top_line + i == explorer->line)
            mark_line(explorer, grid, area, row);
    }
}

/* ---- map ------------------------------------------------------------------------------------ */

/* What a cell is said to be: the first of these that any of its pages is. */
enum tile_sort {
    TILE_CAME,
    TILE_WENT,
    TILE_SWAPPED,
    TILE_USED, /* a slot in use is there */
    TILE_DIRTY,
    TILE_RESIDENT,
    TILE_COMMITTED,
    TILE_ZERO,
    TILE_EMPTY,
    TILE_SORTS
};

static const struct {
    uint8_t ink;
    char letter;
    const char *name;
} tile_looks[TILE_SORTS] = {
    [TILE_CAME] = {SCREEN_GREEN, '+', "came"},
    [TILE_WENT] = {SCREEN_RED, '-', "went"},
    [TILE_SWAPPED] = {SCREEN_PURPLE, 's', "swapped"},
    [TILE_USED] = {SCREEN_YELLOW, 'u', "slots in use"},
    [TILE_DIRTY] = {SCREEN_ORANGE, 'd', "dirty"},
    [TILE_RESIDENT] = {SCREEN_GREEN, 'r', "resident"},
    [TILE_COMMITTED] = {SCREEN_SKY, 'c', "committed"},
    [TILE_ZERO] = {SCREEN_GRAY, 'z', "zeros"},
    [TILE_EMPTY] = {SCREEN_DARK, '.', "nothing"},
};

struct tile {
    enum tile_sort sort;
    uint64_t part, of; /* pages of that sort */
};

/* Pages of the runs [first, first + count) that lie in a cell; runs are in order. */
static uint64_t pages_of_runs(const struct difference_run *runs, size_t first, size_t count,
                              uint64_t start, uint64_t end, size_t page_bytes)
{
    uint64_t sum = 0;
    size_t low = first, high = first + count; /* the first run that ends behind start */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].address + runs[middle].page_count * page_bytes <= start)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < first + count && runs[i].address < end; i++) {
        uint64_t last = runs[i].address + runs[i].page_count * page_bytes;
        uint64_t from = runs[i].address > start ? runs[i].address : start;
        sum += ((last < end ? last : end) - from) / page_bytes;
    }
    return sum;
}

static void tell_change(const struct explorer *explorer, uint64_t start, uint64_t end,
                        struct tile *tile)
{
    const struct difference *difference = &explorer->difference;
    const struct difference_region *change = explorer_change(explorer);
    size_t page_bytes = explorer_map_capture(explorer)->page_bytes;
    if (!change || explorer->shows_all)
        return;
    uint64_t came = pages_of_runs(difference->came, change->first_came, change->came_count, start,
                                  end, page_bytes);
    uint64_t went = pages_of_runs(difference->went, change->first_went, change->went_count, start,
                                  end, page_bytes);
    if (came)
        *tile = (struct tile){TILE_CAME, came, tile->of};
    else if (went)
        *tile = (struct tile){TILE_WENT, went, tile->of};
}

static void tell_reservation(const struct explorer *explorer, uint64_t start, uint64_t end,
                             struct tile *tile)
{
    const struct reservation *reservation = reservation_at(&explorer->reservations, start);
    uint64_t page_bytes = explorer_map_capture(explorer)->page_bytes;
    if (!reservation)
        return;
    uint64_t used_bytes = reservation_used_in(reservation, start, end);
    uint64_t bytes = reservation_committed_in(reservation, start, end);
    if (used_bytes && tile->sort > TILE_USED)
        *tile = (struct tile){TILE_USED, (used_bytes + page_bytes - 1) / page_bytes, tile->of};
    else if (bytes && tile->sort > TILE_COMMITTED)
        *tile = (struct tile){TILE_COMMITTED, (bytes + page_bytes - 1) / page_bytes, tile->of};
}

static struct tile tile_of(const struct page_cell *cell)
{
    struct tile tile = {.sort = TILE_EMPTY, .of = cell->page_count};
    if (cell->swapped)
        tile.sort = TILE_SWAPPED, tile.part = cell->swapped;
    else if (cell->dirty)
        tile.sort = TILE_DIRTY, tile.part = cell->resident;
    else if (cell->resident)
        tile.sort = TILE_RESIDENT, tile.part = cell->resident;
    else if (cell->zero)
        tile.sort = TILE_ZERO, tile.part = cell->zero;
    return tile;
}

static uint32_t glyph_of(const struct tile *tile, bool has_letters)
{
    char letter = tile_looks[tile->sort].letter;
    if (has_letters || tile->sort == TILE_CAME || tile->sort == TILE_WENT)
        return (uint32_t)(tile->part == tile->of && letter >= 'a' ? letter - 'a' + 'A' : letter);
    if (tile->sort == TILE_EMPTY)
        return 0xB7;
    if (tile->part >= tile->of)
        return FULL_GLYPH;
    return tile->part >= tile->of / 2 ? 0x2593 : tile->part >= tile->of / 8 ? 0x2592 : 0x2591;
}

static struct screen_style style_of_tile(const struct explorer *explorer, const struct tile *tile,
                                         const struct page_cell *cell)
{
    struct screen_style style = {.ink = tile_looks[tile->sort].ink};
    const struct capture *capture = explorer_map_capture(explorer);
    if (explorer->shows_all && tile->sort == TILE_EMPTY &&
        cell->region_index < capture->region_count)
        style.ink = kind_looks[capture->regions[cell->region_index].kind].ink;
    return style;
}

/* The cell keeps its glyph: it may be the only one with something in it. A full block reversed
 * would look like a hole, and a dot reversed like something, so these two become others. */
static uint32_t mark_cursor(uint32_t glyph, bool has_focus, struct screen_style *style)
{
    bool is_full = glyph == FULL_GLYPH, is_empty = glyph == 0xB7;
    if (has_focus || (!is_full && !is_empty))
        style->flags |= SCREEN_REVERSE;
    style->flags |= has_focus ? SCREEN_BOLD : 0;
    return is_full ? CURSOR_GLYPH : is_empty ? EMPTY_CURSOR_GLYPH : glyph;
}

static void draw_cell(const struct explorer *explorer, struct screen_grid *grid,
                      struct screen_area area, const struct page_cell *cell, int column, int row)
{
    const struct capture *capture = explorer_map_capture(explorer);
    struct tiles_span span = tiles_span_at(&explorer->tiles, column, row);
    uint64_t base = explorer_map_base(explorer);
    uint64_t start = capture_address_of_place(capture, base + span.first);
    uint64_t end =
        capture_address_of_place(capture, base + span.first + span.count - 1) + capture->page_bytes;
    struct tile tile = tile_of(cell);
    if (explorer->reservations.count)
        tell_reservation(explorer, start, end, &tile);
    if (explorer->shows_difference)
        tell_change(explorer, start, end, &tile);
    uint32_t glyph = glyph_of(&tile, explorer->shows_letters);
    struct screen_style style = style_of_tile(explorer, &tile, cell);
    if (explorer->page >= span.first && explorer->page - span.first < span.count)
        glyph = mark_cursor(glyph, explorer->focus == EXPLORER_MAP, &style);
    screen_put(grid, area.column + column, area.row + row, glyph, style);
}

static void draw_cells(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area area)
{
    const struct tiles *tiles = &explorer->tiles;
    size_t count = (size_t)area.columns * (size_t)area.rows;
    uint64_t base = explorer_map_base(explorer);
    struct page_cell *cells = calloc(count, sizeof *cells);
    if (!cells) {
        screen_text(grid, area.column, area.row, area.columns, bad_style, "out of memory");
        return;
    }
    capture_fill_cells(explorer_map_capture(explorer), base + tiles->first, tiles->units_per_cell,
                       base + tiles->unit_count, cells, count);
    for (int row = 0; row < area.rows; row++)
        for (int column = 0; column < area.columns; column++) {
            const struct page_cell *cell = &cells[row * area.columns + column];
            if (cell->page_count)
                draw_cell(explorer, grid, area, cell, column, row);
        }
    free(cells);
}

static void draw_legend(const struct explorer *explorer, struct screen_grid *grid,
                        struct screen_area frame)
{
    int at = frame.column + 2, row = frame.row + frame.rows - 1;
    for (int sort = 0; sort < TILE_SORTS; sort++) {
        bool is_change = sort == TILE_CAME || sort == TILE_WENT;
        if (is_change != explorer->shows_difference && is_change)
            continue;
        bool is_steppe = sort == TILE_COMMITTED || sort == TILE_USED;
        if (is_steppe && !explorer->reservations.count)
            continue;
        char text[LINE_BYTES];
        struct tile whole = {.sort = (enum tile_sort)sort, .part = 1, .of = 1};
        int room = frame.column + frame.columns - 1 - at;
        snprintf(text, sizeof text, " %s ", tile_looks[sort].name);
        if (screen_columns_of(text) + 1 > room)
            break;
        screen_put(grid, at, row, glyph_of(&whole, explorer->shows_letters),
                   (struct screen_style){.ink = tile_looks[sort].ink});
        at += 1 + screen_text(grid, at + 1, row, room - 1, dim, text);
    }
}

static void draw_map(struct explorer *explorer, struct screen_grid *grid, struct screen_area area)
{
    struct screen_area frame = {area.column - 1, area.row - 1, area.columns + 2, area.rows + 2};
    const struct capture *capture = explorer_map_capture(explorer);
    struct human_text room;
    char title[LINE_BYTES];
    tiles_resize(&explorer->tiles, explorer->tiles.unit_count, area.columns, area.rows);
    uint64_t each = explorer->tiles.units_per_cell;
    snprintf(title, sizeof title, "%s: %s %s, %s a cell",
             explorer->shows_all ? "all regions" : "this region",
             human_count(explorer->tiles.unit_count).text,
             explorer->tiles.unit_count == 1 ? "page" : "pages",
             each == 1 ? "one" : figure_bytes_text(each * capture->page_bytes, &room));
    screen_frame(grid, frame, explorer->focus == EXPLORER_MAP ? bold : dim, title);
    if (capture->cost.why_no_pages)
        screen_text(grid, area.column, area.row, area.columns, dim, capture->cost.why_no_pages);
    else if (explorer->tiles.unit_count)
        draw_cells(explorer, grid, area);
    draw_legend(explorer, grid, frame);
}

/* ---- words ---------------------------------------------------------------------------------- */

static const char *words_of_flags(uint32_t flags, bool is_committed, char *text, size_t bytes)
{
    if (flags & PAGE_SWAPPED)
        snprintf(text, bytes, "swapped out");
    else if (flags & PAGE_RESIDENT)
        snprintf(text, bytes, "resident%s%s%s",
                 flags & PAGE_DIRTY ? ", dirty (private to the process)" : "",
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
static void draw_name_words(const struct region *region, struct screen_grid *grid, int row,
                            int columns)
{
    char rest[LINE_BYTES];
    const char *name = *region->name ? region->name : "(no name)";
    snprintf(rest, sizeof rest, "  %s %s %" PRIx64 "..%" PRIx64, region_kind_name(region->kind),
             region->protection, region->start, region->end);
    int wide = screen_columns_of(name), room = columns - screen_columns_of(rest);
    wide = wide < room ? wide : room;
    draw_name(grid, 1, row, wide, bold, name);
    screen_text(grid, 1 + wide, row, columns - wide, plain, rest);
}

/* What the list has no column for on a narrow screen comes first. */
static void draw_figure_words(const struct figures *figures, struct screen_grid *grid, int row,
                              int columns)
{
    struct human_text reserved, committed, resident, dirty, swapped;
    screen_format(grid, 1, row, columns, plain,
                  "swapped %s  dirty %s  resident %s  committed %s  size %s",
                  figure_bytes_text(figures->swapped_bytes, &swapped),
                  figure_bytes_text(figures->dirty_bytes, &dirty),
                  figure_bytes_text(figures->resident_bytes, &resident),
                  figure_bytes_text(figures->committed_bytes, &committed),
                  figure_bytes_text(figures->reserved_bytes, &reserved));
}

static void draw_change_words(const struct difference_region *change, struct screen_grid *grid,
                              int row, int columns)
{
    struct figures before = difference_figures_before(change);
    struct figures after = difference_figures_after(change);
    struct human_text room, other;
    screen_format(grid, 1, row, columns, plain, "%s: resident %s -> %s, pages +%s -%s, swapped %s",
                  difference_change_name(change->change),
                  figure_bytes_text(before.resident_bytes, &room),
                  figure_bytes_text(after.resident_bytes, &other),
                  human_count(change->pages_came).text, human_count(change->pages_went).text,
                  figure_bytes_text(after.swapped_bytes, &(struct human_text){""}));
}

static int append_slots(const struct reservation *reservation, uint64_t address, size_t page_bytes,
                        char *text, size_t bytes)
{
    uint64_t first, last;
    if (!reservation_slots_in(reservation, address, address + page_bytes, &first, &last))
        return 0;
    uint64_t used = reservation_used_in(reservation, address, address + page_bytes);
    return snprintf(text, bytes, "; slots %" PRIu64 "..%" PRIu64 ", %" PRIu64 " bytes in use",
                    first, last, used);
}

static void draw_page_words(const struct explorer *explorer, struct screen_grid *grid, int row,
                            int columns)
{
    const struct capture *capture = explorer_map_capture(explorer);
    uint64_t place = explorer_map_base(explorer) + explorer->page;
    uint64_t address = capture_address_of_place(capture, place);
    const struct reservation *reservation = reservation_at(&explorer->reservations, address);
    char words[LINE_BYTES], slots[LINE_BYTES] = "";
    bool is_committed =
        reservation && reservation_committed_in(reservation, address, address + 1) != 0;
    if (reservation)
        append_slots(reservation, address, capture->page_bytes, slots, sizeof slots);
    words_of_flags(capture_page_flags(capture, place), is_committed, words, sizeof words);
    screen_format(grid, 1, row, columns, plain, "page %" PRIu64 " at %#" PRIx64 ": %s%s",
                  explorer->page, address, words, slots);
}

static int append(char *text, size_t bytes, int used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What does not fit is left out: it is for one line of a screen. */
static int append(char *text, size_t bytes, int used, const char *format, ...)
{
    va_list arguments;
    if (used < 0 || (size_t)used >= bytes)
        return used;
    va_start(arguments, format);
    int more = vsnprintf(text + used, bytes - (size_t)used, format, arguments);
    va_end(arguments);
    return more < 0 ? used : used + more;
}

static void draw_reservation_words(const struct explorer *explorer, struct screen_grid *grid,
                                   int row, int columns)
{
    const struct region *region = explorer_region(explorer);
    const struct reservation *r =
        region ? reservation_at(&explorer->reservations, region->start) : NULL;
    struct human_text room, other;
    char text[LINE_BYTES];
    if (!r)
        return;
    int used = snprintf(text, sizeof text, "%s by %s, policy %s: committed %s, peak %s", r->name,
                        r->mechanism, r->policy, figure_bytes_text(r->committed_bytes, &room),
                        figure_bytes_text(r->committed_peak_bytes, &other));
    if (r->has_slots)
        used =
            append(text, sizeof text, used, ", %s of %s slots in use",
                   figure_count_text(r->slot_count, &room), figure_count_text(r->slot_max, &other));
    if (figure_is_known(r->limit_bytes))
        used = append(text, sizeof text, used, ", limit %s", human_bytes(r->limit_bytes).text);
    if (figure_is_known(r->budget_limit_bytes))
        used = append(text, sizeof text, used, ", budget %s of %s",
                      figure_bytes_text(r->charged_bytes, &room),
                      human_bytes(r->budget_limit_bytes).text);
    (void)append(text, sizeof text, used, ", %s faults, %s refused",
                 figure_count_text(r->fault_count, &room),
                 figure_count_text(r->refused_count, &other));
    screen_text(grid, 1, row, columns, good_style, text);
}

static void draw_smaps(const struct explorer *explorer, struct screen_grid *grid, int row,
                       int columns)
{
    const struct smaps *smaps = &explorer->smaps;
    struct human_text rss, pss, shared, private, swap;
    screen_format(grid, 1, row, columns, good_style,
                  "smaps %" PRIx64 ": rss %s, pss %s, shared %s, private dirty %s, swap %s  %s",
                  smaps->start, figure_bytes_text(smaps->rss_bytes, &rss),
                  figure_bytes_text(smaps->pss_bytes, &pss),
                  figure_bytes_text(smaps->shared_clean_bytes, &shared),
                  figure_bytes_text(smaps->private_dirty_bytes, &private),
                  figure_bytes_text(smaps->swap_bytes, &swap), smaps->flags);
}

static void draw_words(const struct explorer *explorer, struct screen_grid *grid,
                       struct screen_area area)
{
    int columns = area.columns - 2, second = area.row + 1;
    const struct region *region = region_of_words(explorer);
    if (explorer->tiles.unit_count == 0 || !region)
        return;
    draw_name_words(region, grid, area.row, columns);
    if (explorer->shows_smaps)
        draw_smaps(explorer, grid, second, columns);
    else if (explorer_change(explorer) && !explorer->shows_all)
        draw_change_words(explorer_change(explorer), grid, second, columns);
    else if (explorer->focus == EXPLORER_LIST && explorer->reservations.count &&
             explorer_region(explorer) && explorer_region(explorer)->kind == REGION_STEPPE)
        draw_reservation_words(explorer, grid, second, columns);
    else
        draw_figure_words(&region->figures, grid, second, columns);
    draw_page_words(explorer, grid, area.row + 2, columns);
}

/* ---- timeline ------------------------------------------------------------------------------- */

struct curve {
    const char *name;
    size_t offset; /* in struct figures */
    uint8_t ink;
};

/* The largest of some points; FIGURE_UNKNOWN: it is known of none. */
static uint64_t peak_of(const struct timeline *timeline, size_t first, size_t end, size_t offset)
{
    uint64_t peak = FIGURE_UNKNOWN;
    for (size_t i = first; i < end; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&timeline->points[i].totals + offset, sizeof value);
        if (figure_is_known(value) && (!figure_is_known(peak) || value > peak))
            peak = value;
    }
    return peak;
}

/* All there is, from the beginning: where there are more points than columns a column shows the
 * peak of several. */
static void draw_curve(const struct timeline *timeline, struct screen_grid *grid, int row,
                       int columns, const struct curve *curve)
{
    enum { LABEL = 38 };
    struct human_text latest_room, most_room;
    size_t count = timeline->point_count, room = (size_t)(columns - LABEL - 1);
    size_t shown = count < room ? count : room;
    uint64_t most = peak_of(timeline, 0, count, curve->offset);
    uint64_t latest = count ? peak_of(timeline, count - 1, count, curve->offset) : FIGURE_UNKNOWN;
    screen_format(grid, 1, row, LABEL - 1, dim, "%-9s %10s  peak %s", curve->name,
                  figure_bytes_text(latest, &latest_room), figure_bytes_text(most, &most_room));
    for (size_t i = 0; i < shown; i++) {
        uint64_t peak =
            peak_of(timeline, i * count / shown, (i + 1) * count / shown, curve->offset);
        if (!figure_is_known(peak))
            continue;
        uint32_t eighth = most ? (uint32_t)((double)peak / (double)most * 7 + 0.5) : 0;
        screen_put(grid, LABEL + (int)i, row, 0x2581 + eighth,
                   (struct screen_style){.ink = curve->ink});
    }
}

static void draw_timeline(const struct explorer *explorer, struct screen_grid *grid,
                          struct screen_area area)
{
    const struct timeline *timeline = target_timeline(&explorer->target);
    static const struct curve curves[] = {
        {"committed", offsetof(struct figures, committed_bytes), SCREEN_SKY},
        {"resident", offsetof(struct figures, resident_bytes), SCREEN_GREEN},
        {"dirty", offsetof(struct figures, dirty_bytes), SCREEN_ORANGE},
    };
    for (int i = 0; i < area.rows; i++)
        draw_curve(timeline, grid, area.row + i, area.columns, &curves[i]);
}

/* ---- the last line, and help ---------------------------------------------------------------- */

static const char *const prompts[] = {
    [EXPLORER_ASKS_FILTER] = "filter (name, kind, access; C-u Enter: none; Esc: keep): ",
    [EXPLORER_ASKS_FIND] = "find an address or a name: ",
    [EXPLORER_ASKS_SAVE] = "save a snapshot to the file: ",
    [EXPLORER_ASKS_HTML] = "write a report to the file: ",
};

/* Long input shows its end, where the cursor is. Returns the cursor's column. */
static int draw_prompt(const struct explorer *explorer, struct screen_grid *grid, int row,
                       int columns)
{
    int at = 1 + screen_text(grid, 1, row, columns - 1, bold, prompts[explorer->prompt]);
    const char *input = explorer->input;
    uint32_t glyph;
    while (*input && screen_columns_of(input) > columns - at - 2)
        input += screen_decode(input, &glyph);
    return at + screen_text(grid, at, row, columns - at - 1, plain, input);
}

static void draw_keys(struct screen_grid *grid, int row, int columns)
{
    static const char *const keys[][2] = {
        {"?", "help"},     {"q", "quit"},       {"Tab", "list/map"}, {"+-0", "zoom"},
        {".,", "next"},    {"/", "find"},       {"f", "filter"},     {"s", "sort"},
        {"b", "baseline"}, {"d", "difference"}, {"k", "kind"},       {"a", "all"},
        {"w", "save"},     {"h", "html"},       {"m", "smaps"},      {"p", "pause"},
    };
    int at = 1;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int wide = (int)(strlen(keys[i][0]) + strlen(keys[i][1]) + 1);
        if (at + wide > columns)
            break;
        at += 1 + screen_text(grid, at, row, columns - at, bold, keys[i][0]);
        at += 2 + screen_text(grid, at, row, columns - at, dim, keys[i][1]);
    }
}

static void draw_help(struct screen_grid *grid)
{
    static const char *const lines[] = {
        "up down PgUp PgDn Home End   move in the list, or in the map",
        "Tab, Enter                   between list and map",
        "+ - 0                        nearer, farther, fit; the wheel",
        "a                            map of all, or of this one",
        "l                            letters instead of shades",
        ". ,                          next, previous used pages",
        "/ n                          find address or name; next",
        "f k r                        filter, kinds, only resident",
        "s S                          sort by next column, reverse",
        "b d                          baseline; difference from it",
        "w h                          save a snapshot; HTML report",
        "m                            smaps of this region (slow)",
        "p                            pause, and go on",
        "q                            quit",
        "",
        "reserved: addresses. committed: the kernel must back it.",
        "resident: in memory. dirty: private copies.",
        "any key: back",
    };
    enum { LINES = sizeof lines / sizeof *lines, WIDTH = 66 };
    int columns = grid->columns < WIDTH + 4 ? grid->columns : WIDTH + 4;
    int rows = grid->rows < LINES + 2 ? grid->rows : LINES + 2;
    struct screen_area area = {(grid->columns - columns) / 2, (grid->rows - rows) / 2, columns,
                               rows};
    screen_fill(grid, area, ' ', plain);
    screen_frame(grid, area, bold, "keys");
    for (int i = 0; i < rows - 2; i++)
        screen_text(grid, area.column + 2, area.row + 1 + i, columns - 4, plain, lines[i]);
}

static void draw_last_line(const struct explorer *explorer, struct screen_grid *grid,
                           struct screen_area area)
{
    if (*explorer->message)
        screen_text(grid, 1, area.row, area.columns - 1,
                    explorer->is_bad_news ? bad_style : good_style, explorer->message);
    else
        draw_keys(grid, area.row, area.columns);
}

void explorer_view_draw(struct explorer *explorer, struct screen_grid *grid, int *cursor_column,
                        int *cursor_row)
{
    struct explorer_layout layout = explorer_layout(grid->columns, grid->rows);
    *cursor_column = *cursor_row = -1;
    screen_clear(grid);
    if (layout.is_too_small) {
        screen_format(grid, 0, 0, grid->columns, plain, "too small: %d x %d cells are needed",
                      EXPLORER_COLUMNS_MIN, EXPLORER_ROWS_MIN);
        return;
    }
    draw_title(explorer, grid, layout.title);
    draw_totals(explorer, grid, layout.totals);
    draw_kinds(explorer, grid, layout.kinds);
    draw_list(explorer, grid, layout.list);
    draw_map(explorer, grid, layout.map);
    draw_words(explorer, grid, layout.words);
    draw_timeline(explorer, grid, layout.timeline);
    if (explorer->prompt) {
        *cursor_column = draw_prompt(explorer, grid, layout.keys.row, layout.keys.columns);
        *cursor_row = layout.keys.row;
    } else
        draw_last_line(explorer, grid, layout.keys);
    if (explorer->shows_help)
        draw_help(grid);
}
