/* SPDX-License-Identifier: MIT */
/* desk_layout.c - places on the screen: see desk_layout.h. */
#include "sheet/desk/desk_layout.h"

#include <stdio.h>

#include "sheet/desk/desk_action.h"
#include "sheet/desk/desk_wrap.h"

enum {
    WIDTH_DEFAULT = 11, /* a date in figures, and the gap */
    WIDTH_MAX = 256,
    HEIGHT_MAX = 10,
    LINE_POINTS = 15, /* of one line of text in a file */
    LINE_SPARE_POINTS = 3,
    GUTTER_MIN = 5,
    LIST_COLUMNS = 76,
    LIST_FRAME = 2,
    LIST_SIDES = 4,
    TITLE_ROWS_MAX = 4,
    TITLE_COLUMNS_MAX = 40
};

/* One for the gap: a number must not touch the text to the right of it. */
int desk_layout_width(const struct sheet *sheet, uint32_t column)
{
    const struct line_span *span = line_span_at(&sheet->columns, column);
    if (span && span->is_hidden)
        return 0;
    if (!span || !(span->size > 0))
        return WIDTH_DEFAULT;
    return span->size >= WIDTH_MAX ? WIDTH_MAX : (int)(span->size + 0.5) + 1;
}

uint32_t desk_layout_visible(const struct line_spans *spans, uint32_t line, uint32_t limit,
                             bool is_backwards)
{
    while (line < limit) {
        const struct line_span *span = line_span_at(spans, line);
        if (!span || !span->is_hidden)
            return line;
        if (is_backwards && span->first == 0)
            return limit;
        line = is_backwards ? span->first - 1 : span->last + 1;
    }
    return limit;
}

bool desk_layout_wrapped(const struct desk *desk, struct position position, struct formatted *shown)
{
    const struct sheet *sheet = desk_sheet(desk);
    const struct cell *cell = grid_at(sheet->grid, position);
    if (cell->kind != VALUE_TEXT ||
        !(style_of(desk->book->styles, cell->style)->flags & STYLE_WRAP))
        return false;
    cell_show(desk->book, sheet, position, 0, shown);
    return !shown->fills;
}

/* A merged area's text has all its rows, and makes none higher. */
static int wrapped_height(const struct desk_layout *layout, const struct desk *desk, uint32_t row)
{
    const struct sheet *sheet = desk_sheet(desk);
    int height = 1;
    for (int i = 0; i < layout->across_count; i++) {
        struct position position = {row, layout->across[i].line};
        struct formatted shown;
        int width = desk_layout_width(sheet, position.column) - 1;
        if (!desk_layout_wrapped(desk, position, &shown) || sheet_merge_at(sheet, position))
            continue;
        int lines = desk_wrap_count(shown.text, width, HEIGHT_MAX);
        height = lines > height ? lines : height;
    }
    return height;
}

/* Programs write heights in points, of their own letters: a row of one line stays one, a wrapped
 * text is seen whole. */
int desk_layout_height(const struct desk_layout *layout, const struct desk *desk, uint32_t row)
{
    const struct line_span *span = line_span_at(&desk_sheet(desk)->rows, row);
    int limit = layout->cells.rows / 2 < HEIGHT_MAX ? layout->cells.rows / 2 : HEIGHT_MAX;
    double points = span && span->size > 0 ? span->size + LINE_SPARE_POINTS : 0;
    if (span && span->is_hidden)
        return 0;
    int given = points >= HEIGHT_MAX * LINE_POINTS ? HEIGHT_MAX : (int)points / LINE_POINTS;
    int wanted = given == 1 ? 1 : wrapped_height(layout, desk, row);
    wanted = given > wanted ? given : wanted;
    return wanted > limit ? (limit > 1 ? limit : 1) : wanted;
}

static int size_of(const struct desk_layout *layout, const struct desk *desk, bool is_columns,
                   uint32_t line)
{
    return is_columns ? desk_layout_width(desk_sheet(desk), line)
                      : desk_layout_height(layout, desk, line);
}

uint32_t desk_layout_first_for(const struct desk_layout *layout, const struct desk *desk,
                               bool is_columns, uint32_t line, int space)
{
    const struct sheet *sheet = desk_sheet(desk);
    const struct line_spans *spans = is_columns ? &sheet->columns : &sheet->rows;
    uint32_t limit = is_columns ? COLUMNS : ROWS, first = line;
    int used = size_of(layout, desk, is_columns, line);
    while (first > 0) {
        uint32_t next = desk_layout_visible(spans, first - 1, limit, true);
        int size = next < limit ? size_of(layout, desk, is_columns, next) : 0;
        if (next == limit || used + size > space)
            break;
        used += size;
        first = next;
    }
    return first;
}

/* ---- rows and columns ----------------------------------------------------------------------- */

struct range {
    uint32_t first, end;
    bool is_frozen;
};

struct tracks {
    struct desk_track *tracks;
    int count, at, end;
};

/* Lines from first to below last, as far as there is room. */
static void add_tracks(struct tracks *tracks, const struct desk_layout *layout,
                       const struct desk *desk, bool is_columns, struct range range)
{
    const struct sheet *sheet = desk_sheet(desk);
    const struct line_spans *spans = is_columns ? &sheet->columns : &sheet->rows;
    uint32_t line = desk_layout_visible(spans, range.first, range.end, false);
    while (line < range.end && tracks->at < tracks->end && tracks->count < DESK_TRACKS_MAX) {
        int size = size_of(layout, desk, is_columns, line);
        if (size > tracks->end - tracks->at)
            size = tracks->end - tracks->at;
        tracks->tracks[tracks->count++] = (struct desk_track){
            .line = line, .at = tracks->at, .size = size, .is_frozen = range.is_frozen};
        tracks->at += size;
        line = desk_layout_visible(spans, line + 1, range.end, false);
    }
}

/* Frozen lines take two thirds at the most, or nothing else could be seen. */
static int make_tracks(struct desk_track *all, const struct desk_layout *layout,
                       const struct desk *desk, bool is_columns)
{
    const struct sheet *sheet = desk_sheet(desk);
    const struct desk_look *look = desk_look_at(desk);
    struct screen_area cells = layout->cells;
    uint32_t frozen = is_columns ? sheet->frozen.column : sheet->frozen.row;
    uint32_t top = is_columns ? look->top.column : look->top.row;
    uint32_t limit = is_columns ? COLUMNS : ROWS;
    int start = is_columns ? cells.column : cells.row;
    int space = is_columns ? cells.columns : cells.rows;
    struct tracks tracks = {.tracks = all, .at = start, .end = start + space * 2 / 3};
    add_tracks(&tracks, layout, desk, is_columns, (struct range){.end = frozen, .is_frozen = true});
    tracks.end = start + space;
    add_tracks(&tracks, layout, desk, is_columns,
               (struct range){.first = top < frozen ? frozen : top, .end = limit});
    return tracks.count;
}

static int digits_of(uint32_t number)
{
    int digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits;
}

/* Rows first as if no text were wrapped: which columns there are decides on heights, and the last
 * row's number on how much room columns have. */
static void make_cells(struct desk_layout *layout, const struct desk *desk)
{
    int rows = layout->tabs_row - 2;
    layout->cells = (struct screen_area){0, 2, layout->columns, rows};
    layout->down_count = make_tracks(layout->down, layout, desk, false);
    uint32_t last = layout->down_count ? layout->down[layout->down_count - 1].line : 0;
    int gutter = digits_of(last + 1) + 2;
    if (gutter < GUTTER_MIN)
        gutter = GUTTER_MIN;
    layout->cells.column = gutter;
    layout->cells.columns = layout->columns - gutter;
    layout->numbers = (struct screen_area){0, 2, gutter, rows};
    layout->letters = (struct screen_area){gutter, 1, layout->cells.columns, 1};
    layout->across_count = make_tracks(layout->across, layout, desk, true);
    layout->down_count = make_tracks(layout->down, layout, desk, false);
}

/* ---- tabs and hints ------------------------------------------------------------------------- */

/* As many as fit, with the active one among them. */
static void make_tabs(struct desk_layout *layout, const struct desk *desk)
{
    const struct book *book = desk->book;
    int space = layout->columns -
                (layout->columns > 2 * TITLE_COLUMNS_MAX ? TITLE_COLUMNS_MAX : layout->columns / 3);
    size_t first = book->active;
    for (int used = 0; first > 0; first--) {
        used += screen_columns_of(sheet_name(book, book->sheets[first])) + 2;
        if (used + screen_columns_of(sheet_name(book, book->sheets[first - 1])) + 2 > space)
            break;
    }
    int at = 0;
    for (size_t i = first; i < book->sheet_count && layout->tab_count < DESK_TABS_MAX; i++) {
        if (book->sheets[i]->is_hidden && i != book->active)
            continue;
        int size = screen_columns_of(sheet_name(book, book->sheets[i])) + 2;
        if (at + size > space && at > 0)
            break;
        layout->tabs[layout->tab_count].place = i;
        layout->tabs[layout->tab_count].at = at;
        layout->tabs[layout->tab_count++].size = size < space ? size : space;
        at += size < space ? size : space;
    }
    layout->tabs_end = at;
}

static void make_hints(struct desk_layout *layout)
{
    int at = 1;
    for (int i = 0; i < desk_action_count() && layout->hint_count < DESK_HINTS_MAX; i++) {
        const struct desk_action *action = desk_action_of(i);
        if (!action->hint)
            continue;
        int size = screen_columns_of(desk_action_key(action)) + 1 + screen_columns_of(action->hint);
        if (at + size >= layout->columns)
            continue;
        layout->hints[layout->hint_count].action = i;
        layout->hints[layout->hint_count].at = at;
        layout->hints[layout->hint_count++].size = size;
        at += size + 2;
    }
}

static void make_list(struct desk_layout *layout)
{
    int columns = layout->columns < LIST_COLUMNS ? layout->columns : LIST_COLUMNS;
    int rows = layout->hints_row - 1;
    layout->list = (struct screen_area){(layout->columns - columns) / 2, 1, columns, rows};
}

void desk_layout_make(struct desk_layout *layout, const struct desk *desk, int columns, int rows)
{
    layout->columns = columns;
    layout->rows = rows;
    layout->across_count = layout->down_count = layout->tab_count = layout->hint_count = 0;
    layout->is_too_small = columns < DESK_COLUMNS_MIN || rows < DESK_ROWS_MIN;
    if (layout->is_too_small)
        return;
    layout->hints_row = rows - 1;
    layout->status_row = rows - 2;
    layout->tabs_row = rows - 3;
    layout->input = (struct screen_area){DESK_NAME_COLUMNS, 0, columns - DESK_NAME_COLUMNS, 1};
    make_cells(layout, desk);
    make_tabs(layout, desk);
    make_hints(layout);
    make_list(layout);
}

int desk_layout_title_rows(const struct desk_layout *layout, const struct desk *desk)
{
    int room = layout->list.columns - LIST_SIDES;
    int rows = desk_wrap_count(desk->list.title, room, TITLE_ROWS_MAX);
    return rows < 1 ? 1 : rows;
}

int desk_layout_list_rows(const struct desk_layout *layout, const struct desk *desk)
{
    int rows = layout->list.rows - LIST_FRAME - 1 - desk_layout_title_rows(layout, desk);
    return rows < 1 ? 1 : rows;
}

/* ---- back ----------------------------------------------------------------------------------- */

static int track_at(const struct desk_track *tracks, int count, int at)
{
    for (int i = 0; i < count; i++)
        if (at >= tracks[i].at && at < tracks[i].at + tracks[i].size)
            return (int)tracks[i].line;
    return -1;
}

int desk_layout_across_at(const struct desk_layout *layout, int column)
{
    return track_at(layout->across, layout->across_count, column);
}

int desk_layout_down_at(const struct desk_layout *layout, int row)
{
    return track_at(layout->down, layout->down_count, row);
}

bool desk_layout_cell_at(const struct desk_layout *layout, int column, int row,
                         struct position *position)
{
    int across = desk_layout_across_at(layout, column), down = desk_layout_down_at(layout, row);
    if (across < 0 || down < 0)
        return false;
    *position = (struct position){.row = (uint32_t)down, .column = (uint32_t)across};
    return true;
}
