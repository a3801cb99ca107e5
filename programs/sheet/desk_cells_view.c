/* SPDX-License-Identifier: MIT */
/*
 * desk_cells_view.c - cells on the screen: see desk_cells_view.h.
 *
 * First every cell's paper, then the texts on top of it: a text that is too long for its cell runs
 * on over its neighbours while these are empty, and takes their paper. Numbers do not: they become
 * ####, for a part of a number is another number.
 */
#include "sheet/desk_cells_view.h"

#include <stdio.h>
#include <string.h>

#include "sheet/desk_paint.h"

enum { WISH_MAX = 120 };

struct painter {
    const struct desk *desk;
    struct screen_grid *grid;
    const struct desk_layout *layout;
    const struct sheet *sheet;
    struct area selection;
    struct formula_reference references[FORMULA_REFERENCES_MAX];
    bool is_ours[FORMULA_REFERENCES_MAX]; /* on this sheet */
    size_t reference_count;
    bool shows_selection;
};

/* ---- paper ---------------------------------------------------------------------------------- */

/* Does a reference's sheet, as written, mean the one on the screen? */
static bool is_of_sheet(const struct desk *desk, const struct formula_reference *reference)
{
    char name[4 * SHEET_NAME_CHARACTERS_MAX + 1];
    const char *text = desk->line.text + reference->sheet_start;
    size_t length = reference->sheet_end - reference->sheet_start, count = 0;
    const struct sheet *shown = desk_sheet(desk);
    if (length == 0)
        return desk->edited.sheet == shown->id;
    bool is_quoted = length >= 2 && text[0] == '\'';
    for (size_t i = is_quoted; i < length - is_quoted && count < sizeof name - 1; i++) {
        name[count++] = text[i];
        if (is_quoted && text[i] == '\'')
            i++;
    }
    return book_find_sheet(desk->book, name, count) == shown;
}

static void find_references(struct painter *painter)
{
    const struct desk *desk = painter->desk;
    if (desk->mode != DESK_ENTERS && desk->mode != DESK_EDITS)
        return;
    painter->reference_count = formula_line_references(&desk->line, painter->references);
    for (size_t i = 0; i < painter->reference_count; i++)
        painter->is_ours[i] = is_of_sheet(desk, &painter->references[i]);
}

/* What lies over a cell's own paper; false: nothing. */
static bool find_cover(const struct painter *painter, struct position position,
                       struct screen_style *cover)
{
    for (size_t i = 0; i < painter->reference_count; i++)
        if (painter->is_ours[i] && area_has(painter->references[i].area, position)) {
            *cover = (struct screen_style){.ink = SCREEN_BLACK, .paper = desk_paint_reference(i)};
            return true;
        }
    if (!painter->shows_selection)
        return false;
    const struct area *merge = sheet_merge_at(painter->sheet, position);
    struct position cursor = desk_cursor(painter->desk);
    if (position_is(cursor, position) || (merge && position_is(merge->first, cursor))) {
        *cover = desk_cursor_style;
        return true;
    }
    *cover = desk_chosen;
    return area_has(painter->selection, position) && !area_is_one(painter->selection);
}

static struct screen_style style_at(const struct painter *painter, struct position position,
                                    enum format_color color)
{
    struct screen_style cover;
    style_id id = desk_style_at(painter->sheet, position);
    struct screen_style style = desk_paint_cell(style_of(painter->desk->book->styles, id), color);
    if (!find_cover(painter, position, &cover))
        return style;
    cover.flags |= style.flags;
    return cover;
}

static void paint_paper(const struct painter *painter)
{
    const struct desk_layout *layout = painter->layout;
    for (int i = 0; i < layout->down_count; i++)
        for (int j = 0; j < layout->across_count; j++) {
            struct position position = {layout->down[i].line, layout->across[j].line};
            struct screen_style style = style_at(painter, position, FORMAT_NO_COLOR);
            style.flags &= (uint8_t) ~(SCREEN_UNDERLINE | SCREEN_DIM);
            screen_fill(painter->grid,
                        (struct screen_area){layout->across[j].at, layout->down[i].at,
                                             layout->across[j].size, 1},
                        ' ', style);
        }
}

/* ---- texts ---------------------------------------------------------------------------------- */

struct words {
    struct formatted shown;
    enum style_align align; /* never ALIGN_GENERAL */
    struct screen_style style;
    bool runs_on;
};

static enum style_align align_of(const struct cell *cell, const struct style *style,
                                 const struct formatted *shown)
{
    if (style->align != ALIGN_GENERAL)
        return (enum style_align)style->align;
    if (cell->kind == VALUE_BOOLEAN || cell->kind == VALUE_ERROR)
        return ALIGN_CENTER;
    return shown->fills ? ALIGN_RIGHT : ALIGN_LEFT;
}

/* Line ends within a cell: there is one line for it. */
static void join_lines(char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\r' || *text == '\t')
            *text = ' ';
}

static void fill_with_hashes(struct formatted *shown, int columns)
{
    size_t count = columns > 0 ? (size_t)columns : 0;
    if (count > FORMAT_TEXT_BYTES - 1)
        count = FORMAT_TEXT_BYTES - 1;
    memset(shown->text, '#', count);
    shown->text[count] = 0;
    shown->text_bytes = count;
}

/* false: the cell has nothing to show. room: its columns without the gap. */
static bool read_words(const struct painter *painter, struct position position, int room,
                       struct words *words)
{
    const struct book *book = painter->desk->book;
    const struct cell *cell = grid_at(painter->sheet->grid, position);
    if (cell->kind == VALUE_BLANK && !cell->formula)
        return false;
    cell_show(book, painter->sheet, position, room > 0 ? (size_t)room : 1, &words->shown);
    join_lines(words->shown.text);
    const struct style *style = style_of(book->styles, cell->style);
    words->align = align_of(cell, style, &words->shown);
    words->style = style_at(painter, position, words->shown.color);
    if (cell->flags & (CELL_KEPT_VALUE | CELL_STALE))
        words->style.flags |= SCREEN_DIM; /* not computed here, or not yet */
    words->runs_on = cell->kind == VALUE_TEXT && !words->shown.fills;
    bool is_too_long = !words->runs_on && screen_columns_of(words->shown.text) > room;
    if (words->shown.is_refused || is_too_long)
        fill_with_hashes(&words->shown, room);
    return words->shown.text[0] != 0;
}

/* Text from a column on, as far as it lies from left to below right, on the paper that is there. */
struct strip {
    int row, at, left, right;
    struct screen_style style;
};

static void put_on_paper(struct screen_grid *grid, int column, const struct strip *strip,
                         uint32_t glyph)
{
    if (column < 0 || column >= grid->columns || strip->row < 0 || strip->row >= grid->rows)
        return;
    const struct screen_cell *below =
        &grid->cells[(size_t)strip->row * (size_t)grid->columns + (size_t)column];
    struct screen_style style = strip->style;
    if (below->style.paper != strip->style.paper) { /* of a neighbour */
        style.paper = below->style.paper;
        if (style.paper)
            style.ink = below->style.ink ? below->style.ink : SCREEN_BLACK;
    }
    screen_put(grid, column, strip->row, glyph, style);
}

static void draw_strip(struct screen_grid *grid, const struct strip *strip, const char *text)
{
    char one[SCREEN_UTF8_BYTES_MAX + 1];
    uint32_t glyph;
    int at = strip->at;
    for (size_t length; at < strip->right && (length = screen_decode(text, &glyph)) != 0;
         text += length) {
        memcpy(one, text, length);
        one[length] = 0;
        int width = screen_columns_of(one);
        if (at >= strip->left && at + width <= strip->right && width > 0) {
            put_on_paper(grid, at, strip, glyph);
            if (width == 2)
                screen_put(grid, at + 1, strip->row, SCREEN_NO_GLYPH, strip->style);
        }
        at += width;
    }
}

/* Nothing in it, and of no merged area: a text may run on over it. */
static bool is_free(const struct painter *painter, struct position position)
{
    const struct cell *cell = grid_at(painter->sheet->grid, position);
    return cell->kind == VALUE_BLANK && !cell->formula && !sheet_merge_at(painter->sheet, position);
}

/* Is the track behind this one the line that comes next? */
static bool are_neighbours(const struct painter *painter, int left, int right)
{
    const struct desk_track *across = painter->layout->across;
    if (left < 0 || right >= painter->layout->across_count)
        return false;
    return desk_layout_visible(&painter->sheet->columns, across[left].line + 1, COLUMNS, false) ==
           across[right].line;
}

/* How far the text may go: over free neighbours, while it needs them. */
static void run_on(const struct painter *painter, uint32_t row, int first, int last, int wish,
                   enum style_align align, struct strip *strip)
{
    const struct desk_track *across = painter->layout->across;
    while (align == ALIGN_LEFT && strip->right - strip->left < wish &&
           are_neighbours(painter, last, last + 1) &&
           is_free(painter, (struct position){row, across[last + 1].line}))
        strip->right = across[last + 1].at + across[last + 1].size, last++;
    while (align == ALIGN_RIGHT && strip->right - strip->left < wish &&
           are_neighbours(painter, first - 1, first) &&
           is_free(painter, (struct position){row, across[first - 1].line}))
        strip->left = across[--first].at;
}

/* A cell's words over the tracks from first to last: one, or those of a merged area. */
static void draw_words(const struct painter *painter, int down, struct position position, int first,
                       int last)
{
    const struct desk_track *across = painter->layout->across;
    const struct desk_track *row = &painter->layout->down[down];
    struct words words;
    int left = across[first].at, right = across[last].at + across[last].size;
    int gap = right - left > 1;
    if (!read_words(painter, position, right - left - gap, &words))
        return;
    int wish = screen_columns_of(words.shown.text);
    struct strip strip = {.row = row->at, .left = left, .right = right, .style = words.style};
    bool is_shorter = wish <= right - left - gap;
    if (is_shorter)
        strip.right -= gap;
    else if (words.runs_on)
        run_on(painter, row->line, first, last, wish, words.align, &strip);
    switch (words.align) {
    case ALIGN_RIGHT:
        strip.at = strip.right - wish;
        break;
    case ALIGN_CENTER:
        strip.at = strip.left + (strip.right - strip.left - wish) / 2;
        if (strip.at < strip.left)
            strip.at = strip.left;
        break;
    default:
        strip.at = strip.left;
    }
    draw_strip(painter->grid, &strip, words.shown.text);
}

/* A text to the left of the window that runs on into it. */
static void draw_from_left(const struct painter *painter, int down, int first)
{
    const struct desk_track *row = &painter->layout->down[down];
    struct position start = {row->line, painter->layout->across[first].line}, found;
    struct words words;
    int before = 0;
    if (!is_free(painter, start) || !grid_next_used(painter->sheet->grid, start, 0, -1, &found) ||
        is_free(painter, found))
        return;
    for (uint32_t column = found.column; column < start.column; column++) {
        before += desk_layout_width(painter->sheet, column);
        if (before > FORMAT_TEXT_BYTES)
            return;
    }
    int room = desk_layout_width(painter->sheet, found.column);
    if (room == 0 || sheet_merge_at(painter->sheet, found) ||
        !read_words(painter, found, room - 1, &words) || !words.runs_on ||
        words.align != ALIGN_LEFT)
        return;
    int wish = screen_columns_of(words.shown.text);
    const struct desk_track *track = &painter->layout->across[first];
    if (wish <= before)
        return;
    struct strip strip = {.row = row->at,
                          .at = track->at - before,
                          .left = track->at,
                          .right = track->at + track->size,
                          .style = words.style};
    strip.style.paper = style_at(painter, start, FORMAT_NO_COLOR).paper;
    run_on(painter, row->line, first, first, wish - before, ALIGN_LEFT, &strip);
    draw_strip(painter->grid, &strip, words.shown.text);
}

/* The tracks that a merged area takes from this one on. */
static int last_of_merge(const struct painter *painter, const struct area *merge, int first)
{
    int last = first;
    while (last + 1 < painter->layout->across_count &&
           painter->layout->across[last + 1].line <= merge->last.column)
        last++;
    return last;
}

static bool is_first_row_of(const struct painter *painter, const struct area *merge, int down)
{
    return down == 0 || painter->layout->down[down - 1].line < merge->first.row;
}

static void draw_row(const struct painter *painter, int down)
{
    const struct desk_layout *layout = painter->layout;
    for (int i = 0; i < layout->across_count; i++) {
        struct position position = {layout->down[down].line, layout->across[i].line};
        const struct area *merge = sheet_merge_at(painter->sheet, position);
        if (!merge) {
            draw_words(painter, down, position, i, i);
            continue;
        }
        int last = last_of_merge(painter, merge, i);
        if (is_first_row_of(painter, merge, down))
            draw_words(painter, down, merge->first, i, last);
        i = last;
    }
    for (int i = 0; i < layout->across_count; i++)
        if (layout->across[i].line > 0 && !layout->across[i].is_frozen) {
            draw_from_left(painter, down, i);
            break;
        }
}

/* ---- letters and numbers -------------------------------------------------------------------- */

static void draw_headers(const struct painter *painter)
{
    const struct desk_layout *layout = painter->layout;
    screen_fill(painter->grid, (struct screen_area){0, 1, layout->columns, 1}, ' ', desk_header);
    screen_fill(painter->grid, layout->numbers, ' ', desk_header);
    for (int i = 0; i < layout->across_count; i++) {
        const struct desk_track *track = &layout->across[i];
        bool is_chosen = track->line >= painter->selection.first.column &&
                         track->line <= painter->selection.last.column;
        struct screen_style style = is_chosen ? desk_header_chosen : desk_header;
        struct position_text name = column_name(track->line);
        int width = (int)strlen(name.text);
        screen_fill(painter->grid, (struct screen_area){track->at, 1, track->size, 1}, ' ', style);
        if (width <= track->size)
            screen_text(painter->grid, track->at + (track->size - width) / 2, 1, width, style,
                        name.text);
    }
    for (int i = 0; i < layout->down_count; i++) {
        const struct desk_track *track = &layout->down[i];
        bool is_chosen = track->line >= painter->selection.first.row &&
                         track->line <= painter->selection.last.row;
        struct screen_style style = is_chosen ? desk_header_chosen : desk_header;
        char text[16];
        snprintf(text, sizeof text, "%u", track->line + 1);
        screen_fill(painter->grid, (struct screen_area){0, track->at, layout->numbers.columns, 1},
                    ' ', style);
        screen_text_right(painter->grid, layout->numbers.columns - 2, track->at, style, text);
    }
}

void desk_cells_view_draw(const struct desk *desk, struct screen_grid *grid,
                          const struct desk_layout *layout)
{
    struct painter painter = {
        .desk = desk, .grid = grid, .layout = layout, .sheet = desk_sheet(desk)};
    painter.selection = desk_selection(desk);
    bool is_typing = desk->mode == DESK_ENTERS || desk->mode == DESK_EDITS;
    painter.shows_selection = !is_typing || desk->edited.sheet == painter.sheet->id;
    find_references(&painter);
    draw_headers(&painter);
    paint_paper(&painter);
    for (int i = 0; i < layout->down_count; i++)
        draw_row(&painter, i);
}

int desk_cells_view_wish(const struct book *book, const struct sheet *sheet,
                         struct position position)
{
    struct formatted shown;
    cell_show(book, sheet, position, 0, &shown);
    join_lines(shown.text);
    int wish = screen_columns_of(shown.text);
    return wish > WISH_MAX ? WISH_MAX : wish;
}
