/* SPDX-License-Identifier: MIT */
/* explorer_look.c - colours, letters, names, rows of figures: see explorer_look.h. */
#include "map/explorer_look.h"

#include <stdio.h>
#include <string.h>

enum { ELLIPSIS = 0x2026 };

const struct screen_style explorer_plain, explorer_bold = {.flags = SCREEN_BOLD},
                                          explorer_dim = {.ink = SCREEN_GRAY};
const struct screen_style explorer_good = {.ink = SCREEN_GREEN},
                          explorer_bad = {.ink = SCREEN_RED, .flags = SCREEN_BOLD},
                          explorer_warning = {.ink = SCREEN_YELLOW, .flags = SCREEN_BOLD};

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

char explorer_look_letter(enum region_kind kind)
{
    return kind_looks[kind].letter;
}

struct screen_style explorer_look_of_kind(enum region_kind kind)
{
    return (struct screen_style){.ink = kind_looks[kind].ink};
}

/* ---- names ---------------------------------------------------------------------------------- */

void explorer_look_name(struct screen_grid *grid, int column, int row, int columns,
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
    screen_put(grid, column, row, ELLIPSIS, style);
    screen_text(grid, column + 1, row, columns - 1, style, name);
}

/* How long a name is without " (deleted)". */
static size_t length_of_kept(const char *name)
{
    static const char gone[] = " (deleted)";
    size_t length = strlen(name), gone_length = sizeof gone - 1;
    bool is_gone = length > gone_length && strcmp(name + length - gone_length, gone) == 0;
    return is_gone ? length - gone_length : length;
}

void explorer_look_short_name(struct screen_grid *grid, int column, int row, int columns,
                              struct screen_style style, const char *name)
{
    const char *slash = strrchr(name, '/');
    bool is_short = screen_columns_of(name) <= columns;
    if (is_short || *name != '/' || !slash[1]) {
        screen_text(grid, column, row, columns, style, name);
        return;
    }
    screen_format(grid, column, row, columns, style, "%.*s", (int)length_of_kept(slash + 1),
                  slash + 1);
}

const char *explorer_look_region_name(const struct capture *capture, const struct region *region,
                                      char text[EXPLORER_TEXT_BYTES])
{
    if (*region->name)
        return region->name;
    size_t before = region_at(capture->regions, capture->region_count, region->start - 1);
    if (region->kind != REGION_DATA || before == capture->region_count ||
        !*capture->regions[before].name)
        return region_kind_name(region->kind);
    const char *file = capture->regions[before].name, *slash = strrchr(file, '/');
    snprintf(text, EXPLORER_TEXT_BYTES, "%s (variables)", slash ? slash + 1 : file);
    return text;
}

/* ---- figures -------------------------------------------------------------------------------- */

void explorer_items_add(struct explorer_items *items, struct screen_style style, const char *name,
                        const char *value)
{
    if (items->count == EXPLORER_ITEMS_MAX)
        return;
    size_t i = items->count++;
    items->items[i].name = name;
    items->items[i].style = style;
    snprintf(items->items[i].value, sizeof items->items[i].value, "%s", value);
}

void explorer_items_add_bytes(struct explorer_items *items, struct screen_style style,
                              const char *name, uint64_t bytes)
{
    struct human_text room;
    explorer_items_add(items, style, name, figure_bytes_text(bytes, &room));
}

void explorer_items_add_bounded(struct explorer_items *items, struct screen_style style,
                                const char *name, const char *bound, uint64_t bytes)
{
    struct human_text room;
    char text[EXPLORER_VALUE_BYTES];
    snprintf(text, sizeof text, "%s%s", figure_is_known(bytes) && bytes ? bound : "",
             figure_bytes_text(bytes, &room));
    explorer_items_add(items, style, name, text);
}

void explorer_items_add_count(struct explorer_items *items, struct screen_style style,
                              const char *name, uint64_t count)
{
    struct human_text room;
    explorer_items_add(items, style, name, figure_count_text(count, &room));
}

void explorer_items_add_share(struct explorer_items *items, struct screen_style style,
                              const char *name, const char *part, const char *whole)
{
    char text[EXPLORER_VALUE_BYTES];
    snprintf(text, sizeof text, "%s of %s", part, whole);
    explorer_items_add(items, style, name, text);
}

static int columns_of_item(const struct explorer_items *items, size_t i)
{
    return screen_columns_of(items->items[i].name) + 1 + screen_columns_of(items->items[i].value);
}

/* Where the next item begins. */
struct place {
    int column, row;
};

/* False: no row is left for an item of so many columns. */
static bool make_room(struct place *place, struct screen_area area, int columns)
{
    if (place->column > area.column && place->column + columns > area.column + area.columns)
        *place = (struct place){area.column, place->row + 1};
    return place->row < area.row + area.rows &&
           place->column + columns <= area.column + area.columns;
}

static bool all_fit(const struct explorer_items *items, struct screen_area area, int first_column,
                    int gap)
{
    struct place place = {first_column, area.row};
    for (size_t i = 0; i < items->count; i++) {
        int columns = columns_of_item(items, i);
        if (!make_room(&place, area, columns))
            return false;
        place.column += columns + gap;
    }
    return true;
}

int explorer_items_draw(const struct explorer_items *items, struct screen_grid *grid,
                        struct screen_area area, int first_column)
{
    struct place place = {first_column, area.row};
    int gap = all_fit(items, area, first_column, 2) ? 2 : 1;
    for (size_t i = 0; i < items->count; i++) {
        int columns = columns_of_item(items, i), before = place.column;
        if (!make_room(&place, area, columns))
            return before;
        int name_columns =
            screen_text(grid, place.column, place.row, columns, explorer_dim, items->items[i].name);
        screen_text(grid, place.column + name_columns + 1, place.row, columns,
                    items->items[i].style, items->items[i].value);
        place.column += columns + gap;
    }
    return place.column;
}
