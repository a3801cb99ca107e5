/* SPDX-License-Identifier: MIT */
/* explorer_layout.c - rows, columns and the legend: see explorer_layout.h. */
#include "map/explorer_layout.h"

#include <stdio.h>

#include "map/explorer_children.h"
#include "map/explorer_look.h"
#include "screen/terminal.h"

enum { WIDE_COLUMNS = 132, FRAME = 2, NOT_TO_SORT_BY = -1 };

/* From so many rows on; what is below has less, or nothing. */
enum { ROWS_FOR_CURVES = 30, ROWS_FOR_SPARKS = 24, ROWS_FOR_WORDS = 16 };

static struct screen_area inside(struct screen_area area)
{
    return (struct screen_area){area.column + 1, area.row + 1, area.columns - FRAME,
                                area.rows - FRAME};
}

/* ---- rows ----------------------------------------------------------------------------------- */

static int timeline_rows(int rows)
{
    return rows >= ROWS_FOR_CURVES ? 3 : rows >= ROWS_FOR_SPARKS ? 1 : 0;
}

static int library_rows(const struct explorer *explorer, int rows)
{
    const struct explorer_library *library = &explorer->library;
    if ((!library->is_published && !library->is_silent) || rows < ROWS_FOR_WORDS)
        return 0;
    return library->is_published && rows >= ROWS_FOR_SPARKS ? 2 : 1;
}

static int children_rows(const struct explorer *explorer, int rows)
{
    return rows >= ROWS_FOR_WORDS && (explorer->had_children || explorer->trail_count);
}

/* Side by side where there is room. */
static void part_list_and_map(struct explorer_layout *layout, int first, int rows)
{
    int columns = layout->title.columns;
    if (columns >= WIDE_COLUMNS) {
        int list_columns = columns * 11 / 20;
        layout->list = (struct screen_area){0, first, list_columns - 1, rows};
        layout->map =
            inside((struct screen_area){list_columns, first, columns - list_columns, rows});
        return;
    }
    int list_rows = rows / 2;
    layout->list = (struct screen_area){0, first, columns, list_rows};
    layout->map = inside((struct screen_area){0, first + list_rows, columns, rows - list_rows});
}

static void place_rows(struct explorer_layout *layout, const struct explorer *explorer, int columns,
                       int rows)
{
    struct screen_area *above[] = {&layout->title, &layout->totals, &layout->kinds,
                                   &layout->library, &layout->children};
    const int above_rows[] = {1, 2, 1, library_rows(explorer, rows), children_rows(explorer, rows)};
    struct screen_area *below[] = {&layout->words, &layout->timeline, &layout->keys};
    const int below_rows[] = {rows >= ROWS_FOR_WORDS ? 3 : 2, timeline_rows(rows), 1};
    int first = 0, end = rows - below_rows[0] - below_rows[1] - below_rows[2];
    for (size_t i = 0; i < sizeof above / sizeof *above; first += above_rows[i++])
        *above[i] = (struct screen_area){0, first, columns, above_rows[i]};
    part_list_and_map(layout, first, end - first);
    for (size_t i = 0; i < sizeof below / sizeof *below; end += below_rows[i++])
        *below[i] = (struct screen_area){0, end, columns, below_rows[i]};
}

/* ---- columns of the list -------------------------------------------------------------------- */

enum { LETTER_COLUMNS = 2, NAME_COLUMNS_MIN = 14, ADDRESS_COLUMNS = 16, ROOMY_COLUMNS = 100 };

struct column_plan {
    enum explorer_column_what what;
    const char *title;
    int columns; /* without the free one behind */
    bool is_right, may_go;
    int order;
};

static const struct column_plan of_regions[] = {
    {EXPLORER_COLUMN_ADDRESS, "address", 12, false, false, REGION_BY_ADDRESS},
    {EXPLORER_COLUMN_ACCESS, "may", 4, false, false, NOT_TO_SORT_BY},
    {EXPLORER_COLUMN_SIZE, "size", 10, true, false, REGION_BY_RESERVED},
    {EXPLORER_COLUMN_RESIDENT, "resident", 10, true, false, REGION_BY_RESIDENT},
    {EXPLORER_COLUMN_COMMITTED, "committed", 10, true, true, REGION_BY_COMMITTED},
    {EXPLORER_COLUMN_DIRTY, "dirty", 10, true, true, REGION_BY_DIRTY},
    {EXPLORER_COLUMN_SWAPPED, "swapped", 10, true, true, REGION_BY_SWAPPED},
    {EXPLORER_COLUMN_NAME, "name", 0, false, false, REGION_BY_NAME},
};

static const struct column_plan of_a_difference[] = {
    {EXPLORER_COLUMN_ADDRESS, "address", 12, false, false, DIFFERENCE_BY_ADDRESS},
    {EXPLORER_COLUMN_CHANGE, "change", 7, false, false, NOT_TO_SORT_BY},
    {EXPLORER_COLUMN_RESIDENT_CHANGE, "resident", 11, true, false, DIFFERENCE_BY_RESIDENT},
    {EXPLORER_COLUMN_COMMITTED_CHANGE, "committed", 11, true, false, NOT_TO_SORT_BY},
    {EXPLORER_COLUMN_SIZE, "size", 10, true, true, NOT_TO_SORT_BY},
    {EXPLORER_COLUMN_NAME, "name", 0, false, false, NOT_TO_SORT_BY},
};

static const size_t of_regions_count = sizeof of_regions / sizeof *of_regions;
static const size_t of_a_difference_count = sizeof of_a_difference / sizeof *of_a_difference;
_Static_assert(sizeof of_regions / sizeof *of_regions <= EXPLORER_LIST_COLUMNS_MAX &&
                   sizeof of_a_difference / sizeof *of_a_difference <= EXPLORER_LIST_COLUMNS_MAX,
               "a list has room for all of its columns");

/* The highest addresses have 16 digits, nearly all others 12. */
static int columns_of_plan(const struct column_plan *plan, int list_columns)
{
    bool is_roomy = plan->what == EXPLORER_COLUMN_ADDRESS && list_columns >= ROOMY_COLUMNS;
    return (is_roomy ? ADDRESS_COLUMNS : plan->columns) + 1;
}

/* How many of those that may go stay, from the left, so that names have room. */
static int count_staying(const struct column_plan *plans, size_t count, int list_columns)
{
    int room = list_columns - LETTER_COLUMNS - NAME_COLUMNS_MIN, staying = 0;
    for (size_t i = 0; i + 1 < count; i++)
        room -= plans[i].may_go ? 0 : columns_of_plan(&plans[i], list_columns);
    for (size_t i = 0; i + 1 < count; i++) {
        if (!plans[i].may_go)
            continue;
        room -= columns_of_plan(&plans[i], list_columns);
        staying += room >= 0;
    }
    return staying;
}

static void place_columns(struct explorer_layout *layout, bool shows_difference)
{
    const struct column_plan *plans = shows_difference ? of_a_difference : of_regions;
    size_t count = shows_difference ? of_a_difference_count : of_regions_count;
    const struct screen_area *list = &layout->list;
    int at = list->column + LETTER_COLUMNS, end = list->column + list->columns;
    int staying = count_staying(plans, count, list->columns);
    for (size_t i = 0; i < count; i++) {
        const struct column_plan *plan = &plans[i];
        bool is_last = i + 1 == count;
        if (plan->may_go && staying-- <= 0)
            continue;
        int columns = is_last ? end - at : columns_of_plan(plan, list->columns);
        layout->columns[layout->column_count++] = (struct explorer_column){
            .what = plan->what,
            .title = plan->title,
            .area = {at, list->row, columns, 1},
            .is_right = plan->is_right,
            .order = plan->order,
        };
        at += columns;
    }
}

/* ---- the legend of kinds -------------------------------------------------------------------- */

/* From the most that is told of a kind to the least. */
struct legend_style {
    bool is_short, has_counts;
    int gap;
};

static const char *name_of_kind(enum region_kind kind, bool is_short)
{
    static const char *const short_names[REGION_KIND_COUNT] = {
        [REGION_SHARED] = "shm",
        [REGION_ANONYMOUS] = "anon",
        [REGION_RESERVED] = "res",
        [REGION_SPECIAL] = "spec",
    };
    return is_short && short_names[kind] ? short_names[kind] : region_kind_name(kind);
}

static void write_entry(const struct capture *capture, enum region_kind kind,
                        const struct legend_style *style, char text[EXPLORER_ENTRY_BYTES])
{
    const char *name = name_of_kind(kind, style->is_short);
    char letter = explorer_look_letter(kind);
    if (style->has_counts)
        snprintf(text, EXPLORER_ENTRY_BYTES, "%c %s %zu", letter, name, capture->kind_counts[kind]);
    else
        snprintf(text, EXPLORER_ENTRY_BYTES, "%c %s", letter, name);
}

enum region_kind explorer_layout_kind(int place)
{
    if (place == 0)
        return REGION_STEPPE;
    return (enum region_kind)(place <= REGION_STEPPE ? place - 1 : place);
}

/* False: not all kinds fit. */
static bool place_legend(struct explorer_layout *layout, const struct explorer *explorer,
                         const struct legend_style *style)
{
    const struct capture *capture = target_capture(&explorer->target);
    int at = 1, end = layout->kinds.columns;
    layout->entry_count = 0;
    for (int i = 0; i < REGION_KIND_COUNT; i++) {
        enum region_kind kind = explorer_layout_kind(i);
        struct explorer_entry entry = {.kind = kind};
        bool is_chosen = explorer->choice.kinds >> kind & 1;
        if (capture->kind_counts[kind] == 0 && !is_chosen)
            continue;
        write_entry(capture, entry.kind, style, entry.text);
        int columns = screen_columns_of(entry.text);
        if (at + columns > end)
            return false;
        entry.area = (struct screen_area){at, layout->kinds.row, columns, 1};
        layout->entries[layout->entry_count++] = entry;
        at += columns + style->gap;
    }
    return true;
}

static void place_kinds(struct explorer_layout *layout, const struct explorer *explorer)
{
    static const struct legend_style styles[] = {
        {false, true, 2}, {true, true, 2}, {true, true, 1}, {true, false, 2}, {true, false, 1},
    };
    if (explorer->shows_difference) /* what lies between the captures stands there */
        return;
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        if (place_legend(layout, explorer, &styles[i]))
            return;
    const struct screen_area *last = &layout->entries[layout->entry_count - 1].area;
    layout->is_legend_cut = true;
    if (last->column + last->columns >= layout->kinds.columns) /* no room for the ellipsis */
        layout->entry_count--;
}

/* ---- the last line -------------------------------------------------------------------------- */

/* Keys that are of use now stand further to the front: a narrow line is cut. */
struct key_plan {
    struct explorer_key key;
    bool is_left_out;
};

static void place_keys(struct explorer_layout *layout, const struct explorer *explorer)
{
    bool can_be_exact = explorer_can_be_exact(explorer);
    bool has_others = explorer_children_entry_count(explorer) != 0;
    const struct key_plan plans[] = {
        {{.key = '?', .name = "?", .meaning = "help"}, false},
        {{.key = 'q', .name = "q", .meaning = "quit"}, false},
        {{.key = SCREEN_KEY_TAB, .name = "Tab", .meaning = "list/map"}, false},
        {{.key = '+', .name = "+-0", .meaning = "zoom"}, false},
        {{.key = 'm', .name = "m", .meaning = "exact"}, !can_be_exact},
        {{.key = 'c', .name = "c", .meaning = "children"}, !has_others},
        {{.key = '.', .name = ".,", .meaning = "next"}, false},
        {{.key = '/', .name = "/", .meaning = "find"}, false},
        {{.key = 'f', .name = "f", .meaning = "filter"}, false},
        {{.key = 's', .name = "s", .meaning = "sort"}, false},
        {{.key = 'b', .name = "b", .meaning = "baseline"}, false},
        {{.key = 'd', .name = "d", .meaning = "difference"}, false},
        {{.key = 'k', .name = "k", .meaning = "kind"}, false},
        {{.key = 'a', .name = "a", .meaning = "all"}, false},
        {{.key = 'w', .name = "w", .meaning = "save"}, false},
        {{.key = 'h', .name = "h", .meaning = "html"}, false},
        {{.key = 'm', .name = "m", .meaning = "smaps"}, can_be_exact},
        {{.key = 'p', .name = "p", .meaning = "pause"}, false},
    };
    _Static_assert(sizeof plans / sizeof *plans <= EXPLORER_KEYS_MAX, "there is room for all keys");
    int at = 1;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        const struct explorer_key *key = &plans[i].key;
        int columns = screen_columns_of(key->name) + 1 + screen_columns_of(key->meaning);
        if (plans[i].is_left_out)
            continue;
        if (at + columns > layout->keys.columns)
            return;
        struct explorer_key *named = &layout->named[layout->named_count++];
        *named = *key;
        named->area = (struct screen_area){at, layout->keys.row, columns, 1};
        at += columns + 2;
    }
}

struct explorer_layout explorer_layout(const struct explorer *explorer, int columns, int rows)
{
    struct explorer_layout layout = {0};
    if (columns < EXPLORER_COLUMNS_MIN || rows < EXPLORER_ROWS_MIN) {
        layout.is_too_small = true;
        return layout;
    }
    place_rows(&layout, explorer, columns, rows);
    place_columns(&layout, explorer->shows_difference);
    place_kinds(&layout, explorer);
    if (!explorer->prompt && !*explorer->message) /* these stand there instead */
        place_keys(&layout, explorer);
    return layout;
}

/* ---- under the mouse ------------------------------------------------------------------------ */

static struct explorer_hit hit_list(const struct explorer_layout *layout, int column, int row)
{
    if (row > layout->list.row)
        return (struct explorer_hit){.what = EXPLORER_HIT_LINE, .row = row - layout->list.row - 1};
    for (size_t i = 0; i < layout->column_count; i++)
        if (screen_area_has(layout->columns[i].area, column, row))
            return (struct explorer_hit){.what = EXPLORER_HIT_TITLE,
                                         .order = layout->columns[i].order};
    return (struct explorer_hit){.what = EXPLORER_HIT_NOTHING};
}

struct explorer_hit explorer_layout_hit(const struct explorer_layout *layout, int column, int row)
{
    if (screen_area_has(layout->list, column, row))
        return hit_list(layout, column, row);
    if (screen_area_has(layout->map, column, row))
        return (struct explorer_hit){.what = EXPLORER_HIT_CELL,
                                     .column = column - layout->map.column,
                                     .row = row - layout->map.row};
    if (screen_area_has(layout->children, column, row))
        return (struct explorer_hit){.what = EXPLORER_HIT_KEY, .key = 'c'};
    for (size_t i = 0; i < layout->entry_count; i++)
        if (screen_area_has(layout->entries[i].area, column, row))
            return (struct explorer_hit){.what = EXPLORER_HIT_KIND,
                                         .kind = layout->entries[i].kind};
    for (size_t i = 0; i < layout->named_count; i++)
        if (screen_area_has(layout->named[i].area, column, row))
            return (struct explorer_hit){.what = EXPLORER_HIT_KEY, .key = layout->named[i].key};
    return (struct explorer_hit){.what = EXPLORER_HIT_NOTHING};
}
