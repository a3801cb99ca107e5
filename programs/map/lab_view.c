/* SPDX-License-Identifier: MIT */
/* lab_view.c - how the lab looks: see lab_view.h. */
#include "map/lab_view.h"

#include "map/lab_pages.h"
#include "screen/scroll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TITLE_ROW,
    BUTTON_ROW,
    INDEX_ROW,
    SETTING_ROW,
    MAP_TITLE_ROW,
    MAP_ROW,
    /* Below the map: legend, two of words, budget, title of the log, keys; and the figures. */
    ROWS_BELOW_MAP = 6,
    FIGURES_ROWS = 3,
    FIGURES_ROWS_MIN = 2, /* the last is left out where there are fewer rows than these */
    ROWS_FOR_FIGURES = 28,
    PROGRESS_COLUMNS = 14,
    LOG_ROWS_MIN = 4,
    LABEL_COLUMNS_MIN = 4,
    INDEX_COLUMNS = 22,
    GAUGE_COLUMNS = 24,
    WORDS_BYTES = 512,
    CONTENTS_MAX = 2, /* of structures, shown beside each other */
};

static const struct screen_style plain = {0}, dim = {.ink = SCREEN_GRAY},
                                 bold = {.flags = SCREEN_BOLD},
                                 title_style = {.flags = SCREEN_REVERSE},
                                 error_style = {.ink = SCREEN_RED, .flags = SCREEN_BOLD},
                                 field_style = {.flags = SCREEN_UNDERLINE},
                                 enabled_style = {.ink = SCREEN_SKY, .flags = SCREEN_BOLD},
                                 gauge_style = {.ink = SCREEN_ORANGE};

/* How a page looks, or a part of one: glyphs differ, not only colours. */
enum look { RESERVED, COMMITTED, RESIDENT, GUARD, LOOKS };

static const struct {
    uint32_t clear, used;
    struct screen_style style;
} looks[LOOKS] = {
    [RESERVED] = {0x00B7, 0x00D7, {.ink = SCREEN_GRAY}},
    [COMMITTED] = {0x2591, 0x2593, {.ink = SCREEN_SKY}},
    [RESIDENT] = {0x2592, 0x2588, {.ink = SCREEN_GREEN}},
    [GUARD] = {'!', 'G', {.ink = SCREEN_RED, .flags = SCREEN_BOLD}},
};

static const struct screen_style used_style = {.ink = SCREEN_YELLOW};

/* ---- the view's state ----------------------------------------------------------------------- */

void lab_field_set(struct lab_field *field, const char *text)
{
    size_t length = strlen(text);
    if (length >= sizeof field->text)
        length = sizeof field->text - 1;
    memcpy(field->text, text, length);
    field->text[length] = 0;
    field->length = field->cursor = length;
    field->is_fresh = false;
}

void lab_view_open(struct lab_view *view, int columns, int rows)
{
    *view = (struct lab_view){.columns = columns, .rows = rows, .is_automatic = true};
    lab_field_set(&view->index, "0");
}

bool lab_view_is_too_small(const struct lab_view *view)
{
    return view->columns < LAB_COLUMNS_MIN || view->rows < LAB_ROWS_MIN;
}

static int pieces_of(const struct lab *lab)
{
    size_t slots = lab->page_bytes / lab->options.slot_bytes +
                   (lab->page_bytes % lab->options.slot_bytes != 0);
    return slots < LAB_PIECES_MAX ? (int)slots : LAB_PIECES_MAX;
}

static int label_columns(const struct lab *lab)
{
    int length = (int)strlen(human_count(lab->page_count - 1).text) + 1;
    return length > LABEL_COLUMNS_MIN ? length : LABEL_COLUMNS_MIN;
}

/* Rows that so many cells take. */
static uint64_t rows_of(uint64_t cells, int columns)
{
    uint64_t each_row = (uint64_t)columns;
    return each_row ? cells / each_row + (cells % each_row != 0) : UINT64_MAX;
}

/* ... when each page is shown in its pieces. */
static uint64_t rows_in_detail(const struct lab *lab, int columns)
{
    return rows_of(lab->page_count, columns / (pieces_of(lab) + 1));
}

/* The map takes what it needs, the log the rest. */
static void share_rows(struct lab_view *view, const struct lab *lab, struct lab_layout *layout)
{
    struct screen_area *map = &layout->places[LAB_PLACE_MAP];
    layout->figures_rows = view->rows < ROWS_FOR_FIGURES ? FIGURES_ROWS_MIN : FIGURES_ROWS;
    int room = view->rows - MAP_ROW - ROWS_BELOW_MAP - layout->figures_rows;
    int log_rows = room / 3 > LOG_ROWS_MIN ? room / 3 : LOG_ROWS_MIN;
    int most = room - log_rows;
    *map = (struct screen_area){label_columns(lab), MAP_ROW, 0, most > 1 ? most : 1};
    map->columns = view->columns - map->column > 0 ? view->columns - map->column : 0;
    uint64_t needed = rows_in_detail(lab, map->columns);
    if (view->is_automatic)
        view->is_detailed = needed <= (uint64_t)map->rows;
    if (!view->is_detailed)
        needed = rows_of(lab->page_count, map->columns);
    if (view->is_automatic && needed < (uint64_t)map->rows)
        map->rows = (int)needed;
    layout->legend_row = map->row + map->rows;
    layout->words_row = layout->legend_row + 1;
    layout->figures_row = layout->words_row + 2;
    layout->log_row = layout->figures_row + layout->figures_rows + 1;
    layout->keys_row = view->rows - 1;
    layout->log_rows = layout->keys_row - layout->log_row - 1;
}

static const char *const buttons[] = {
    [LAB_PLACE_RESERVE] = "Reserve", [LAB_PLACE_USE] = "Use",         [LAB_PLACE_CLEAR] = "Clear",
    [LAB_PLACE_COLLECT] = "Collect", [LAB_PLACE_RELEASE] = "Release",
};

/* Of the key that does the same. */
static const int mnemonics[] = {
    [LAB_PLACE_RESERVE] = 0, [LAB_PLACE_USE] = 0,     [LAB_PLACE_CLEAR] = 0,
    [LAB_PLACE_COLLECT] = 1, [LAB_PLACE_RELEASE] = 2, [LAB_PLACE_BACKGROUND] = 1,
};

static const char *button_text(const struct lab *lab, enum lab_place place)
{
    if (place == LAB_PLACE_BACKGROUND)
        return lab->collector ? "Background: on" : "Background: off";
    return buttons[place];
}

static void place_buttons(const struct lab *lab, struct lab_layout *layout)
{
    int column = 1;
    for (int i = LAB_PLACE_RESERVE; i <= LAB_PLACE_BACKGROUND; i++) {
        int columns = (int)strlen(button_text(lab, (enum lab_place)i)) + 4;
        layout->places[i] = (struct screen_area){column, BUTTON_ROW, columns, 1};
        column += columns + 1;
    }
}

static void place_settings(const struct lab_view *view, struct lab_layout *layout)
{
    int third = (view->columns - 1) / 3;
    layout->places[LAB_PLACE_INDEX] = (struct screen_area){8, INDEX_ROW, INDEX_COLUMNS, 1};
    layout->places[LAB_PLACE_STRATEGY] = (struct screen_area){1, SETTING_ROW, third - 1, 1};
    layout->places[LAB_PLACE_GIVE_BACK] =
        (struct screen_area){1 + third, SETTING_ROW, third - 1, 1};
    layout->places[LAB_PLACE_MECHANISM] =
        (struct screen_area){1 + 2 * third, SETTING_ROW, third - 1, 1};
    layout->places[LAB_PLACE_BUDGET] =
        (struct screen_area){0, layout->figures_row + layout->figures_rows, view->columns, 1};
}

struct lab_layout lab_view_arrange(struct lab_view *view, const struct lab *lab)
{
    struct lab_layout layout = {0};
    share_rows(view, lab, &layout);
    place_buttons(lab, &layout);
    place_settings(view, &layout);
    layout.pieces = view->is_detailed ? pieces_of(lab) : 0;
    layout.cell_columns = layout.pieces ? layout.pieces + 1 : 1;
    if (view->is_detailed) {
        view->tiles.is_fitted = false;
        view->tiles.units_per_cell = 1;
    } else if (view->is_automatic) {
        view->tiles.is_fitted = true;
    }
    const struct screen_area *map = &layout.places[LAB_PLACE_MAP];
    tiles_resize(&view->tiles, lab->page_count, map->columns / layout.cell_columns, map->rows);
    if (view->cursor >= lab->page_count)
        view->cursor = lab->page_count - 1;
    return layout;
}

struct tiles_span lab_view_cell(const struct lab_view *view)
{
    uint64_t each = view->tiles.units_per_cell, first = view->cursor / each * each;
    uint64_t left = view->tiles.unit_count - first;
    return (struct tiles_span){first, left < each ? left : each};
}

void lab_view_move_to(struct lab_view *view, const struct lab *lab, uint64_t page)
{
    (void)lab_view_arrange(view, lab); /* for the tiles */
    view->cursor = page < lab->page_count ? page : lab->page_count - 1;
    tiles_reveal(&view->tiles, view->cursor);
}

void lab_view_move(struct lab_view *view, const struct lab *lab, int64_t cells)
{
    uint64_t each = view->tiles.units_per_cell, distance;
    uint64_t count = cells < 0 ? 0 - (uint64_t)cells : (uint64_t)cells;
    if (__builtin_mul_overflow(count, each, &distance))
        distance = UINT64_MAX;
    uint64_t first = lab_view_cell(view).first, last = lab->page_count - 1;
    if (cells < 0)
        lab_view_move_to(view, lab, first > distance ? first - distance : 0);
    else
        lab_view_move_to(view, lab, last - first > distance ? first + distance : last);
}

void lab_view_fit(struct lab_view *view, const struct lab *lab)
{
    view->is_automatic = true;
    view->tiles.first = 0;
    (void)lab_view_arrange(view, lab);
    tiles_reveal(&view->tiles, view->cursor);
}

static void zoom_in(struct lab_view *view, const struct lab *lab)
{
    if (view->tiles.units_per_cell > 1) {
        tiles_zoom(&view->tiles, 1, view->cursor);
        return;
    }
    view->is_detailed = true;
    (void)lab_view_arrange(view, lab);
}

static void zoom_out(struct lab_view *view, const struct lab *lab)
{
    if (!view->is_detailed) {
        tiles_zoom(&view->tiles, -1, view->cursor);
        return;
    }
    view->is_detailed = false;
    (void)lab_view_arrange(view, lab);
}

void lab_view_zoom(struct lab_view *view, const struct lab *lab, int steps)
{
    (void)lab_view_arrange(view, lab);
    view->is_automatic = false;
    for (; steps > 0; steps--)
        zoom_in(view, lab);
    for (; steps < 0; steps++)
        zoom_out(view, lab);
    (void)lab_view_arrange(view, lab);
    tiles_reveal(&view->tiles, view->cursor);
}

enum lab_place lab_view_find(const struct lab_view *view, const struct lab *lab, int column,
                             int row, uint64_t *page)
{
    struct lab_view seen = *view;
    struct lab_layout layout = lab_view_arrange(&seen, lab);
    for (int i = LAB_PLACE_NONE + 1; i < LAB_PLACES; i++) {
        struct screen_area area = layout.places[i];
        if (!screen_area_has(area, column, row))
            continue;
        if (i != LAB_PLACE_MAP)
            return (enum lab_place)i;
        struct tiles_span span = tiles_span_at(
            &seen.tiles, (column - area.column) / layout.cell_columns, row - area.row);
        *page = span.first;
        return span.count ? LAB_PLACE_MAP : LAB_PLACE_NONE;
    }
    return LAB_PLACE_NONE;
}

/* ---- the upper rows ------------------------------------------------------------------------- */

static void draw_title(const struct lab_view *view, const struct lab *lab, struct screen_grid *grid)
{
    uint64_t each = lab->page_bytes / lab->options.slot_bytes;
    char to_a_page[48] = "";
    if (each > 1 && lab->page_bytes % lab->options.slot_bytes == 0)
        snprintf(to_a_page, sizeof to_a_page, "%s to ", human_count(each).text);
    screen_fill(grid, (struct screen_area){0, TITLE_ROW, view->columns, 1}, ' ', title_style);
    screen_format(grid, 1, TITLE_ROW, view->columns - 9, title_style,
                  "lab   %s structure%s of %s byte%s, %sa page of %s bytes",
                  human_count(lab->options.slot_max).text, lab->options.slot_max == 1 ? "" : "s",
                  human_count(lab->options.slot_bytes).text,
                  lab->options.slot_bytes == 1 ? "" : "s", to_a_page,
                  human_count(lab->page_bytes).text);
    screen_text_right(grid, view->columns - 2, TITLE_ROW, title_style, "? help");
}

static bool parse_index(const struct lab_view *view, const struct lab *lab,
                        struct human_ranges *ranges, char why[HUMAN_WHY_BYTES])
{
    return human_parse_ranges(view->index.text, lab->options.slot_max, ranges, why);
}

static bool applies(const struct lab *lab, enum lab_place place, const struct human_ranges *ranges)
{
    bool wants_index = place == LAB_PLACE_USE || place == LAB_PLACE_CLEAR;
    enum lab_verb verb = (enum lab_verb)(LAB_RESERVE + (place - LAB_PLACE_RESERVE));
    if (wants_index && !ranges)
        return false;
    return lab_why_not(lab, verb, ranges) == NULL;
}

static void draw_buttons(const struct lab *lab, const struct lab_layout *layout,
                         const struct human_ranges *ranges, struct screen_grid *grid)
{
    for (int i = LAB_PLACE_RESERVE; i <= LAB_PLACE_BACKGROUND; i++) {
        struct screen_area area = layout->places[i];
        bool is_enabled = applies(lab, (enum lab_place)i, ranges);
        struct screen_style style = is_enabled ? enabled_style : dim;
        const char *text = button_text(lab, (enum lab_place)i);
        if (!is_enabled)
            style.flags |= SCREEN_DIM;
        screen_format(grid, area.column, area.row, area.columns, style,
                      is_enabled ? "[ %s ]" : "( %s )", text);
        style.flags |= SCREEN_UNDERLINE;
        screen_put(grid, area.column + 2 + mnemonics[i], area.row,
                   (unsigned char)text[mnemonics[i]], style);
    }
}

/* The end of a long text is what is being typed. */
static int draw_field(struct screen_grid *grid, struct screen_area area,
                      const struct lab_field *field, struct screen_style style)
{
    size_t room = (size_t)(area.columns > 1 ? area.columns - 1 : 1);
    size_t from = field->cursor > room ? field->cursor - room : 0;
    char shown[LAB_FIELD_BYTES];
    snprintf(shown, sizeof shown, "%.*s", area.columns, field->text + from);
    screen_fill(grid, area, ' ', style);
    screen_text(grid, area.column, area.row, area.columns, style, shown);
    return area.column + (int)(field->cursor - from);
}

/* What was wrong, as much of it as there is room for: without what to do about it and without who
 * was refused, which both stand above the calls. */
static void draw_reason(struct screen_grid *grid, int column, int row, int room, const char *said)
{
    static const char is_refused[] = " is refused: ";
    char reason[LAB_SAID_BYTES];
    size_t length = strcspn(said, ";");
    snprintf(reason, sizeof reason, "%.*s", (int)length, said);
    const char *shown = reason, *refused = strstr(reason, is_refused);
    if (refused && (int)length > room)
        shown = refused + sizeof " is " - 1;
    char *status = strrchr(reason, '(');
    if (status && status > shown + 1 && screen_columns_of(shown) > room)
        status[-1] = 0; /* its name; the sentence says the same */
    screen_text(grid, column, row, room, error_style, shown);
}

static void draw_index(const struct lab_view *view, const struct lab *lab,
                       const struct lab_layout *layout, const char *why, struct screen_grid *grid)
{
    struct screen_area area = layout->places[LAB_PLACE_INDEX];
    int behind = area.column + area.columns + 2, room = view->columns - behind;
    screen_text(grid, 1, area.row, 7, plain, "Index:");
    screen_put(grid, area.column - 1, area.row, '[', plain);
    screen_put(grid, area.column + area.columns, area.row, ']', plain);
    draw_field(grid, area, &view->index, view->focus == LAB_ON_INDEX ? field_style : plain);
    if (lab_task_is_running(lab))
        screen_text(grid, behind, area.row, room, bold, "busy ...");
    else if (why)
        screen_text(grid, behind, area.row, room, error_style, why);
    else if (lab->is_error)
        draw_reason(grid, behind, area.row, room, lab->said);
    else
        screen_text(grid, behind, area.row, room, bold, lab->said);
}

static void draw_setting(struct screen_grid *grid, struct screen_area area, bool is_enabled,
                         char key, const char *name, const char *value)
{
    if (is_enabled)
        screen_format(grid, area.column, area.row, area.columns, plain, "%c %s: %s", key, name,
                      value);
    else
        screen_format(grid, area.column, area.row, area.columns, dim, "  %s: %s", name, value);
}

static void draw_settings(const struct lab *lab, const struct lab_layout *layout,
                          const struct lab_figures *figures, struct screen_grid *grid)
{
    bool is_open = !lab->slots;
    char mechanism[48];
    snprintf(mechanism, sizeof mechanism, "%s", steppe_mechanism_name(lab->options.mechanism));
    if (lab->slots && figures->mechanism != lab->options.mechanism)
        snprintf(mechanism, sizeof mechanism, "%s (%s)",
                 steppe_mechanism_name(lab->options.mechanism),
                 steppe_mechanism_name(figures->mechanism));
    draw_setting(grid, layout->places[LAB_PLACE_STRATEGY], is_open, 's', "commit",
                 lab_strategy_name(lab->options.strategy));
    draw_setting(grid, layout->places[LAB_PLACE_GIVE_BACK], is_open, 'v', "give back",
                 lab_give_back_name(lab->options.give_back));
    draw_setting(grid, layout->places[LAB_PLACE_MECHANISM], is_open, 'm', "mechanism", mechanism);
}

/* ---- the map -------------------------------------------------------------------------------- */

static void draw_rule(struct screen_grid *grid, int row, const char *text)
{
    screen_fill(grid, (struct screen_area){0, row, grid->columns, 1}, 0x2500, dim);
    if (*text)
        screen_format(grid, 2, row, grid->columns - 4, plain, " %s ", text);
}

static void draw_map_title(const struct lab_view *view, const struct lab *lab,
                           const struct lab_layout *layout, struct screen_grid *grid)
{
    const struct tiles *tiles = &view->tiles;
    uint64_t each = tiles->units_per_cell, room, last;
    char cells[64], title[192];
    if (__builtin_mul_overflow((uint64_t)tiles->columns * (uint64_t)tiles->rows, each, &room) ||
        room > lab->page_count - tiles->first)
        room = lab->page_count - tiles->first;
    last = tiles->first + (room ? room - 1 : 0);
    if (layout->pieces > 1)
        snprintf(cells, sizeof cells, "%d cells a page", layout->pieces);
    else
        snprintf(cells, sizeof cells, "%s page%s a cell", human_count(each).text,
                 each == 1 ? "" : "s");
    snprintf(title, sizeof title, "pages %s..%s of %s, %s", human_count(tiles->first).text,
             human_count(last).text, human_count(lab->page_count).text, cells);
    draw_rule(grid, MAP_TITLE_ROW, title);
}

static enum look look_of(const struct lab_span *span)
{
    if (span->guard_pages)
        return GUARD;
    if (span->resident_pages)
        return RESIDENT;
    return span->committed_pages ? COMMITTED : RESERVED;
}

static struct screen_cell piece_cell(enum look look, bool is_used)
{
    struct screen_style style = looks[look].style;
    if (is_used && look != GUARD)
        style = used_style;
    return (struct screen_cell){.glyph = is_used ? looks[look].used : looks[look].clear,
                                .style = style};
}

/* One glyph for pages and the structures on them: a bar for the share in use, or what pages are. */
static struct screen_cell cell_of(const struct lab_span *span)
{
    enum look look = look_of(span);
    if (!span->slots_in_use || look == GUARD || look == RESERVED)
        return piece_cell(look, span->slots_in_use != 0);
    uint64_t eighths = (uint64_t)((double)span->slots_in_use * 8.0 / (double)span->slot_count);
    if (eighths < 2)
        eighths = 2; /* the lowest bar is a dot in ASCII, as is what is reserved */
    return (struct screen_cell){.glyph = 0x2580 + (uint32_t)(eighths < 8 ? eighths : 8),
                                .style = used_style};
}

static void put_cell(struct screen_grid *grid, int column, int row, struct screen_cell cell,
                     bool is_cursor)
{
    if (is_cursor)
        cell.style.flags |= SCREEN_REVERSE;
    screen_put(grid, column, row, cell.glyph, cell.style);
}

static void draw_pieces(const struct lab *lab, const struct lab_span *span, int pieces,
                        struct screen_grid *grid, int column, int row)
{
    uint64_t base = span->first * lab->page_bytes;
    for (int i = 0; i < pieces; i++) {
        uint64_t first = base + lab->page_bytes * (uint64_t)i / (uint64_t)pieces;
        uint64_t end = base + lab->page_bytes * ((uint64_t)i + 1) / (uint64_t)pieces;
        put_cell(grid, column + i, row,
                 piece_cell(look_of(span), lab_is_used_between(lab, first, end)), false);
    }
}

/* By reversing, and by '>' before it where there is a gap. */
static void mark_cursor(struct screen_grid *grid, const struct lab_layout *layout, int column,
                        int row)
{
    for (int i = 0; i < (layout->pieces ? layout->pieces : 1); i++) {
        int at = row * grid->columns + column + i;
        if (column + i < grid->columns && row < grid->rows)
            grid->cells[at].style.flags ^= SCREEN_REVERSE;
    }
    if (layout->pieces)
        screen_put(grid, column - 1, row, '>', bold);
}

static void draw_labels(const struct lab_view *view, const struct lab_layout *layout,
                        struct screen_grid *grid)
{
    struct screen_area map = layout->places[LAB_PLACE_MAP];
    for (int row = 0; row < map.rows; row++) {
        struct tiles_span span = tiles_span_at(&view->tiles, 0, row);
        if (span.count)
            screen_text_right(grid, map.column - 2, map.row + row, dim,
                              human_count(span.first).text);
    }
}

static void draw_map(const struct lab_view *view, const struct lab *lab,
                     const struct lab_layout *layout, struct screen_grid *grid)
{
    struct screen_area map = layout->places[LAB_PLACE_MAP];
    const struct tiles *tiles = &view->tiles;
    int column, row;
    size_t room = (size_t)tiles->columns * (size_t)tiles->rows;
    struct lab_span *spans = calloc(room + 1, sizeof *spans);
    draw_map_title(view, lab, layout, grid);
    draw_labels(view, layout, grid);
    if (!lab->slots)
        screen_text(grid, map.column, map.row, map.columns, dim,
                    "free: nothing is reserved yet. Press r, or click Reserve.");
    size_t count =
        spans && lab->slots ? lab_spans(lab, tiles->first, tiles->units_per_cell, spans, room) : 0;
    for (size_t i = 0; i < count; i++) {
        column = map.column + (int)(i % (size_t)tiles->columns) * layout->cell_columns;
        row = map.row + (int)(i / (size_t)tiles->columns);
        if (layout->pieces)
            draw_pieces(lab, &spans[i], layout->pieces, grid, column, row);
        else
            put_cell(grid, column, row, cell_of(&spans[i]), false);
    }
    if (count && tiles_find(tiles, view->cursor, &column, &row))
        mark_cursor(grid, layout, map.column + column * layout->cell_columns, map.row + row);
    free(spans);
}

static int draw_sample(struct screen_grid *grid, int column, int row, struct screen_cell cell,
                       const char *text)
{
    put_cell(grid, column, row, cell, false);
    return column + 2 +
           screen_text(grid, column + 2, row, grid->columns - column - 2, plain, text) + 2;
}

static void draw_legend(const struct lab_layout *layout, struct screen_grid *grid)
{
    static const char *const names[LOOKS] = {"reserved", "committed", "resident", "guard"};
    int row = layout->legend_row, column = 1;
    for (int i = 0; i < LOOKS; i++)
        column = draw_sample(grid, column, row, piece_cell((enum look)i, false), names[i]);
    column = draw_sample(grid, column, row, piece_cell(RESIDENT, true), "in use");
    if (!layout->pieces)
        column = draw_sample(grid, column, row,
                             (struct screen_cell){.glyph = 0x2584, .style = used_style}, "partly");
    (void)draw_sample(grid, column, row, piece_cell(RESERVED, true), "in use, no memory");
}

/* ---- words ---------------------------------------------------------------------------------- */

static const char *page_words(const struct lab *lab, const struct lab_span *span)
{
    static const char *const words[LOOKS] = {"reserved", "committed, no memory behind it yet",
                                             "committed, resident", "committed, a guard"};
    return lab->slots ? words[look_of(span)] : "free";
}

static size_t append(char *text, size_t length, const char *more)
{
    return length + (size_t)snprintf(text + length, length < WORDS_BYTES ? WORDS_BYTES - length : 0,
                                     "%s", more);
}

/* "46 [slot 46 use 2]", of the first few in use. */
static void list_used(const struct lab *lab, const struct lab_span *span, char text[WORDS_BYTES])
{
    uint64_t slot = span->slot_first, end = span->slot_first + span->slot_count;
    size_t length = strlen(text);
    for (int i = 0; i < CONTENTS_MAX && length < WORDS_BYTES; i++, slot++) {
        char one[128], content[LAB_CONTENT_BYTES] = "no memory, or not to be read";
        slot = steppe_slots_next(lab->slots, slot);
        if (slot >= end)
            return;
        (void)lab_content_of(lab, slot, content, sizeof content); /* else the words above stay */
        snprintf(one, sizeof one, "%s %" PRIu64 " holds %s", i ? ";" : ":", slot, content);
        length = append(text, length, one);
    }
    if (span->slots_in_use > CONTENTS_MAX && length < WORDS_BYTES)
        append(text, length, " ...");
}

static void describe_slots(const struct lab *lab, const struct lab_span *span,
                           char text[WORDS_BYTES])
{
    uint64_t last = span->slot_first + span->slot_count - 1;
    const char *about = span->is_estimate ? "about " : "";
    if (span->slot_count == 1)
        snprintf(text, WORDS_BYTES, "slot %" PRIu64 ": %s", last,
                 span->slots_in_use ? "in use" : "clear");
    else
        snprintf(text, WORDS_BYTES, "slots %s %s %s: %s%s in use",
                 human_count(span->slot_first).text, span->slot_count == 2 ? "and" : "to",
                 human_count(last).text, about,
                 span->slots_in_use ? human_count(span->slots_in_use).text : "none");
    if (span->slots_in_use && lab->slots)
        list_used(lab, span, text);
}

static void draw_page_words(const struct lab *lab, uint64_t page, struct screen_grid *grid, int row)
{
    char text[WORDS_BYTES];
    struct lab_span span = lab_span_of(lab, page, 1);
    uint64_t first = page * lab->page_bytes;
    screen_format(grid, 1, row, grid->columns - 1, bold,
                  "page %s, bytes %" PRIu64 "..%" PRIu64 ": %s", human_count(page).text, first,
                  first + lab->page_bytes - 1, page_words(lab, &span));
    describe_slots(lab, &span, text);
    screen_text(grid, 1, row + 1, grid->columns - 1, plain, text);
}

static void draw_cell_words(const struct lab *lab, struct tiles_span cell, struct screen_grid *grid,
                            int row)
{
    char text[WORDS_BYTES];
    struct lab_span span = lab_span_of(lab, cell.first, cell.count);
    screen_format(grid, 1, row, grid->columns - 1, bold,
                  "pages %s..%s: %s%s committed, %s resident, %s guards",
                  human_count(cell.first).text, human_count(cell.first + cell.count - 1).text,
                  span.is_estimate ? "about " : "", human_count(span.committed_pages).text,
                  human_count(span.resident_pages).text, human_count(span.guard_pages).text);
    describe_slots(lab, &span, text);
    screen_text(grid, 1, row + 1, grid->columns - 1, plain, text);
}

static void draw_words(const struct lab_view *view, const struct lab *lab,
                       const struct lab_layout *layout, struct screen_grid *grid)
{
    struct tiles_span cell = lab_view_cell(view);
    if (cell.count == 1)
        draw_page_words(lab, cell.first, grid, layout->words_row);
    else
        draw_cell_words(lab, cell, grid, layout->words_row);
}

/* ---- figures -------------------------------------------------------------------------------- */

/* One figure behind others, if all of it has room: half a figure would be another one. */
static void add_figure(char *text, size_t columns, const char *name, struct human_text value)
{
    size_t length = strlen(text), more = strlen(name) + strlen(value.text) + 1;
    size_t gap = length ? 2 : 0;
    if (length + gap + more > columns || length + gap + more >= WORDS_BYTES)
        return;
    snprintf(text + length, WORDS_BYTES - length, "%*s%s %s", (int)gap, "", name, value.text);
}

/* UINT64_MAX: the kernel does not tell. */
static struct human_text figure_text(uint64_t value, struct human_text (*text_of)(uint64_t))
{
    return value == UINT64_MAX ? (struct human_text){"unknown"} : text_of(value);
}

static void draw_figures(const struct lab_figures *figures, const struct lab_layout *layout,
                         struct screen_grid *grid)
{
    char sizes[WORDS_BYTES] = "", counts[WORDS_BYTES] = "", rest[WORDS_BYTES] = "";
    size_t columns = (size_t)grid->columns - 1;
    bool is_roomy = layout->figures_rows > FIGURES_ROWS_MIN;
    add_figure(sizes, columns, "reserved", human_bytes(figures->reserved_bytes));
    add_figure(sizes, columns, "committed", human_bytes(figures->committed_bytes));
    add_figure(sizes, columns, "resident", figure_text(figures->resident_bytes, human_bytes));
    add_figure(is_roomy ? rest : sizes, columns, "bookkeeping",
               human_bytes(figures->bookkeeping_bytes));
    add_figure(counts, columns, "slots in use", human_count(figures->slot_count));
    add_figure(counts, columns, "faults", human_count(figures->fault_count));
    add_figure(counts, columns, "OS calls", human_count(figures->os_call_count));
    add_figure(counts, columns, "VMAs", figure_text(figures->vma_count, human_count));
    add_figure(counts, columns, "refused", human_count(figures->refused_count));
    add_figure(is_roomy ? rest : counts, columns, "given back",
               human_bytes(figures->given_back_bytes));
    add_figure(rest, columns, "process charged", human_bytes(figures->process_charged_bytes));
    add_figure(rest, columns, "collections", human_count(figures->collection_count));
    screen_text(grid, 1, layout->figures_row, (int)columns, plain, sizes);
    screen_text(grid, 1, layout->figures_row + 1, (int)columns, plain, counts);
    if (is_roomy)
        screen_text(grid, 1, layout->figures_row + 2, (int)columns, plain, rest);
}

static void draw_gauge(const struct lab_figures *figures, struct screen_grid *grid, int row)
{
    if (figures->limit_bytes == STEPPE_NO_LIMIT) {
        screen_format(grid, 1, row, grid->columns - 1, plain,
                      "budget none, %s charged (b sets one)",
                      human_bytes(figures->charged_bytes).text);
        return;
    }
    double share =
        figures->limit_bytes ? (double)figures->charged_bytes / (double)figures->limit_bytes : 1;
    int full = share >= 1 ? GAUGE_COLUMNS : (int)(share * GAUGE_COLUMNS);
    screen_text(grid, 1, row, 8, plain, "budget [");
    screen_fill(grid, (struct screen_area){9, row, full, 1}, 0x2588, gauge_style);
    screen_fill(grid, (struct screen_area){9 + full, row, GAUGE_COLUMNS - full, 1}, 0x00B7, dim);
    screen_format(grid, 9 + GAUGE_COLUMNS, row, grid->columns - 9 - GAUGE_COLUMNS, plain,
                  "] %s of %s charged%s", human_bytes(figures->charged_bytes).text,
                  human_bytes(figures->limit_bytes).text,
                  figures->charged_bytes >= figures->limit_bytes ? ": FULL" : "");
}

/* What was wrong, on two rows if it must be; returns how many below the title it took. */
static int draw_error(const char *text, int row, struct screen_grid *grid)
{
    char first[LAB_SAID_BYTES];
    size_t room = (size_t)(grid->columns - 6), length = strlen(text);
    draw_rule(grid, row, "");
    if (length <= room) {
        screen_format(grid, 2, row, grid->columns - 4, error_style, " %s ", text);
        return 0;
    }
    while (room > 0 && text[room] != ' ')
        room--;
    snprintf(first, sizeof first, "%.*s", (int)room, text);
    screen_format(grid, 2, row, grid->columns - 4, error_style, " %s ", first);
    screen_text(grid, 2, row + 1, grid->columns - 3, error_style, text + room);
    return 1;
}

static void draw_line(const struct lab_line *line, int row, struct screen_grid *grid)
{
    int column = 1 + screen_format(grid, 1, row, grid->columns - 1, plain, "%s = ", line->call);
    column += screen_text(grid, column, row, grid->columns - column,
                          line->is_refused ? error_style : bold, line->result);
    screen_text(grid, column + 2, row, grid->columns - column - 2, dim, line->effect);
}

static void draw_log(const struct lab *lab, const struct lab_layout *layout,
                     struct screen_grid *grid)
{
    int row = layout->log_row + 1, end = layout->log_row + 1 + layout->log_rows;
    if (lab->is_error)
        row += draw_error(lab->said, layout->log_row, grid);
    else
        draw_rule(grid, layout->log_row, "calls");
    uint64_t rows = end > row ? (uint64_t)(end - row) : 0;
    uint64_t number = lab->line_count > rows ? lab->line_count - rows + 1 : 1;
    for (; number <= lab->line_count; row++, number++) {
        const struct lab_line *line = lab_line_of(lab, number);
        if (line)
            draw_line(line, row, grid);
    }
}

static void draw_keys(const struct lab_view *view, const struct lab_layout *layout,
                      struct screen_grid *grid)
{
    static const char *const keys[] = {
        [LAB_ON_MAP] = "r u c o l a  arrows page  + - 0 zoom  Tab index  b budget  : command  ? q",
        [LAB_ON_INDEX] = "7  40-46  1,5,9-12  *   Enter use  u c o l buttons  Tab map",
        [LAB_ON_BUDGET] = "a size (100K, 2M) or none   Enter set   Esc leave it",
        [LAB_ON_COMMAND] = "", /* it is typed here */
    };
    screen_text(grid, 1, layout->keys_row, grid->columns - 1, dim, keys[view->focus]);
}

static void draw_progress(const struct lab *lab, const struct lab_layout *layout,
                          struct screen_grid *grid)
{
    char text[LAB_TASK_TEXT_BYTES];
    int row = layout->keys_row;
    double share = lab_task_share(lab);
    lab_task_text(lab, text);
    int column = 2 + screen_format(grid, 1, row, grid->columns - 1, bold, "%s", text);
    if (share >= 0) {
        int full = (int)(share * PROGRESS_COLUMNS);
        screen_put(grid, column, row, '[', plain);
        screen_fill(grid, (struct screen_area){column + 1, row, full, 1}, 0x2588, gauge_style);
        screen_fill(grid, (struct screen_area){column + 1 + full, row, PROGRESS_COLUMNS - full, 1},
                    0x00B7, dim);
        screen_put(grid, column + 1 + PROGRESS_COLUMNS, row, ']', plain);
        column += PROGRESS_COLUMNS + 3;
    }
    screen_text(grid, column, row, grid->columns - column, bold, "Ctrl-C or Esc stops");
}

/* ---- help ----------------------------------------------------------------------------------- */

static const char *const help[] = {
    "r  Reserve the array: addresses, no memory",
    "u  Use the structures of the index field, and write all their bytes",
    "c  Clear them: zeroed; their pages go when nothing on them is in use",
    "o  cOllect: give back pages without a structure in use",
    "l  reLease: all pages are free again",
    "a  automatic background collection, on and off",
    "b  set a budget: what exceeds it is refused before your eyes",
    "s v m  strategy of commit, give-back policy, mechanism (while released)",
    "Tab i 1-9 *  index field: 7, 40-46, 1,5,9-12, *;  Enter uses",
    "arrows Home End PgUp PgDn  the page under the cursor;  Space: its slots",
    "+ - 0  zoom, all;  wheel: zoom;  g guard, t touch the page under the cursor",
    "mouse  buttons, settings, page;  twice on a page: use it, or clear it",
    ":  a command of scripts (use 3, expect committed 8K, json FILE, ...)",
    "Ctrl-C Esc  stop what takes long;  q  quit (so does Ctrl-C, else)",
};

enum { HELP_ROWS = sizeof help / sizeof *help };

static int help_rows_seen(const struct lab_view *view)
{
    int room = view->rows - 2 > 0 ? view->rows - 2 : 0;
    return room < HELP_ROWS ? room : HELP_ROWS;
}

static int first_help_row(const struct lab_view *view)
{
    int last = HELP_ROWS - help_rows_seen(view);
    int row = view->help_row < last ? view->help_row : last;
    return row > 0 ? row : 0;
}

bool lab_view_scroll_help(struct lab_view *view, uint32_t key)
{
    int seen = help_rows_seen(view), top = first_help_row(view);
    if (seen == HELP_ROWS || !screen_scroll(key, seen - 1, HELP_ROWS, &top))
        return false;
    view->help_row = top;
    view->help_row = first_help_row(view);
    return true;
}

static void draw_help(const struct lab_view *view, struct screen_grid *grid)
{
    int count = help_rows_seen(view), first = first_help_row(view), columns = LAB_COLUMNS_MIN - 2;
    struct screen_area area = {(grid->columns - columns) / 2, (grid->rows - count - 2) / 2, columns,
                               count + 2};
    screen_fill(grid, area, ' ', plain);
    screen_frame(grid, area, bold, "help");
    for (int i = 0; i < count; i++)
        screen_text(grid, area.column + 2, area.row + 1 + i, columns - 4, plain, help[first + i]);
    int last_row = area.row + count + 1;
    if (count == HELP_ROWS)
        screen_text_right(grid, area.column + columns - 3, last_row, bold, " any key closes this ");
    else
        screen_format(grid, area.column + 2, last_row, columns - 4, bold,
                      " %d to %d of %d: arrows, PgUp, PgDn; any other key closes this ", first + 1,
                      first + count, HELP_ROWS);
}

static void draw_too_small(const struct lab_view *view, struct screen_grid *grid)
{
    screen_format(grid, 0, 0, view->columns, bold, "%dx%d is too small", view->columns, view->rows);
    screen_format(grid, 0, 1, view->columns, plain, "%dx%d needed", LAB_COLUMNS_MIN, LAB_ROWS_MIN);
    screen_text(grid, 0, 2, view->columns, plain, "q quits");
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void draw_focus(const struct lab_view *view, const struct lab_layout *layout,
                       struct screen_grid *grid, int *cursor_column, int *cursor_row)
{
    struct screen_area area = layout->places[LAB_PLACE_INDEX];
    const struct lab_field *field = &view->index;
    struct screen_style style = field_style;
    if (view->focus == LAB_ON_MAP)
        return;
    if (view->focus == LAB_ON_BUDGET) {
        int row = layout->places[LAB_PLACE_BUDGET].row;
        screen_fill(grid, (struct screen_area){0, row, grid->columns, 1}, ' ', plain);
        screen_text(grid, 1, row, 8, bold, "budget:");
        area = (struct screen_area){9, row, INDEX_COLUMNS, 1};
        field = &view->budget;
    } else if (view->focus == LAB_ON_COMMAND) {
        int row = layout->keys_row;
        screen_fill(grid, (struct screen_area){0, row, grid->columns, 1}, ' ', plain);
        screen_put(grid, 1, row, ':', bold);
        area = (struct screen_area){2, row, grid->columns - 3, 1};
        field = &view->command;
        style = plain;
    }
    *cursor_column = draw_field(grid, area, field, style);
    *cursor_row = area.row;
}

void lab_view_draw(const struct lab_view *view, const struct lab *lab, struct screen_grid *grid,
                   int *cursor_column, int *cursor_row)
{
    struct lab_view seen = *view;
    struct human_ranges ranges;
    char why[HUMAN_WHY_BYTES];
    *cursor_column = *cursor_row = -1;
    screen_clear(grid);
    if (lab_view_is_too_small(view)) {
        draw_too_small(view, grid);
        return;
    }
    struct lab_layout layout = lab_view_arrange(&seen, lab);
    bool is_index = parse_index(view, lab, &ranges, why);
    struct lab_figures figures = lab_figures_of(lab);
    draw_title(&seen, lab, grid);
    draw_buttons(lab, &layout, is_index ? &ranges : NULL, grid);
    draw_index(&seen, lab, &layout, is_index ? NULL : why, grid);
    draw_settings(lab, &layout, &figures, grid);
    draw_map(&seen, lab, &layout, grid);
    draw_legend(&layout, grid);
    draw_words(&seen, lab, &layout, grid);
    draw_figures(&figures, &layout, grid);
    draw_gauge(&figures, grid, layout.places[LAB_PLACE_BUDGET].row);
    draw_log(lab, &layout, grid);
    if (lab_task_is_running(lab)) {
        draw_progress(lab, &layout, grid);
    } else {
        draw_keys(&seen, &layout, grid);
        draw_focus(&seen, &layout, grid, cursor_column, cursor_row);
    }
    if (view->shows_help) {
        draw_help(&seen, grid);
        *cursor_column = -1;
    }
}
