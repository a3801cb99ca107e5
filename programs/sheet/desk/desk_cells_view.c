/* SPDX-License-Identifier: MIT */
/*
 * desk_cells_view.c - cells on the screen: see desk_cells_view.h.
 *
 * First every cell's paper, then the texts on top of it: a text that is too long for its cell runs
 * on over its neighbours while these are empty, and takes their paper. Numbers do not: they become
 * ####, for a part of a number is another number.
 */
#include "sheet/desk/desk_cells_view.h"

#include <stdio.h>
#include <string.h>

#include "sheet/desk/desk_paint.h"
#include "sheet/desk/desk_wrap.h"

enum { WISH_MAX = 120, ELLIPSIS = 0x2026, ELLIPSIS_COLUMNS_MIN = 4 };

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
    if (area_has(painter->selection, position) && !area_is_one(painter->selection))
        return true;
    const struct desk *desk = painter->desk;
    *cover = desk_copied;
    return desk->clip.is_there && desk->clip.sheet == painter->sheet->id &&
           area_has(desk->clip.area, position);
}

/* A line below what is frozen. */
static bool is_last_frozen(const struct painter *painter, struct position position)
{
    return position.row + 1 == painter->sheet->frozen.row;
}

static struct screen_style style_at(const struct painter *painter, struct position position,
                                    enum format_color color)
{
    struct screen_style cover;
    style_id id = desk_style_at(painter->sheet, position);
    struct screen_style style = desk_paint_cell(style_of(painter->desk->book->styles, id), color);
    if (is_last_frozen(painter, position))
        style.flags |= SCREEN_UNDERLINE;
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
            if (!is_last_frozen(painter, position))
                style.flags &= (uint8_t)~SCREEN_UNDERLINE;
            style.flags &= (uint8_t) ~(SCREEN_ITALIC | SCREEN_DIM);
            screen_fill(painter->grid,
                        (struct screen_area){layout->across[j].at, layout->down[i].at,
                                             layout->across[j].size, layout->down[i].size},
                        ' ', style);
        }
}

/* ---- texts ---------------------------------------------------------------------------------- */

struct words {
    struct formatted shown;
    enum style_align align; /* never ALIGN_GENERAL */
    struct screen_style style;
    bool runs_on, is_wrapped;
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

/* Columns without the gap, and rows. */
struct room {
    int columns, rows;
    int whole_columns; /* also of what is beyond the edge of the screen */
};

/* A part of a number is another number: at the edge of the screen it is left out. */
static void shorten(struct formatted *shown, const struct room *room)
{
    int wish = screen_columns_of(shown->text);
    if (shown->is_refused || wish > room->whole_columns)
        fill_with_hashes(shown, room->columns);
    else if (wish > room->columns)
        snprintf(shown->text, sizeof shown->text, "\u2026");
}

/* false: the cell has nothing to show. */
static bool read_words(const struct painter *painter, struct position position,
                       const struct room *room, struct words *words)
{
    const struct book *book = painter->desk->book;
    const struct cell *cell = grid_at(painter->sheet->grid, position);
    if (cell->kind == VALUE_BLANK && !cell->formula)
        return false;
    cell_show(book, painter->sheet, position,
              room->whole_columns > 0 ? (size_t)room->whole_columns : 1, &words->shown);
    const struct style *style = style_of(book->styles, cell->style);
    bool is_text = cell->kind == VALUE_TEXT && !words->shown.fills;
    words->is_wrapped = is_text && room->rows > 1 && style->flags & STYLE_WRAP;
    if (!words->is_wrapped)
        join_lines(words->shown.text);
    words->align = align_of(cell, style, &words->shown);
    words->style = style_at(painter, position, words->shown.color);
    if (cell->flags & (CELL_KEPT_VALUE | CELL_STALE))
        words->style.flags |= SCREEN_DIM; /* not computed here, or not yet */
    words->runs_on = is_text && !(style->flags & STYLE_WRAP);
    if (!is_text)
        shorten(&words->shown, room);
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
    uint32_t glyph;
    int at = strip->at, last = -1; /* last: where a mark goes */
    for (size_t length; at <= strip->right && (length = screen_decode(text, &glyph)) != 0;
         text += length) {
        int width = screen_width_of(&glyph);
        bool is_inside = at >= strip->left && at + width <= strip->right;
        if (width > 0)
            last = is_inside ? at : -1;
        if (width == 0 && last >= 0)
            screen_put_mark(grid, last, strip->row, glyph);
        if (is_inside && width > 0)
            put_on_paper(grid, at, strip, glyph);
        if (is_inside && width == 2)
            put_on_paper(grid, at + 1, strip, SCREEN_NO_GLYPH);
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

static void draw_aligned(const struct painter *painter, struct strip *strip, enum style_align align,
                         const char *text)
{
    int wish = screen_columns_of(text);
    switch (align) {
    case ALIGN_RIGHT:
        strip->at = strip->right - wish;
        break;
    case ALIGN_CENTER:
        strip->at = strip->left + (strip->right - strip->left - wish) / 2;
        if (strip->at < strip->left)
            strip->at = strip->left;
        break;
    default:
        strip->at = strip->left;
    }
    draw_strip(painter->grid, strip, text);
}

/* Lines, one below the other; what has no room in the last one is cut off. */
static void draw_wrapped(const struct painter *painter, struct strip strip, int rows,
                         struct words *words)
{
    char *text = words->shown.text;
    for (size_t next; rows > 0 && *text; text += next, rows--, strip.row++) {
        size_t end = desk_wrap_line(text, strip.right - strip.left, &next);
        bool is_cut = rows == 1 && text[next];
        char behind = text[end];
        if (!is_cut)
            text[end] = 0;
        else
            join_lines(text);
        draw_aligned(painter, &strip, words->align, text);
        if (!is_cut)
            text[end] = behind;
    }
}

/* The tracks that a cell's words have: one each way, or those of a merged area. */
struct place_of_words {
    int first, last, down, last_down;
};

static int whole_width(const struct painter *painter, struct position position)
{
    const struct area *merge = sheet_merge_at(painter->sheet, position);
    uint32_t column = merge ? merge->first.column : position.column;
    uint32_t last = merge ? merge->last.column : position.column;
    int width = 0;
    for (; column <= last && width < FORMAT_TEXT_BYTES; column++)
        width += desk_layout_width(painter->sheet, column);
    return width;
}

static void draw_words(const struct painter *painter, struct position position,
                       const struct place_of_words *place)
{
    const struct desk_track *across = painter->layout->across;
    const struct desk_track *row = &painter->layout->down[place->down];
    const struct desk_track *last_row = &painter->layout->down[place->last_down];
    struct words words;
    int left = across[place->first].at, right = across[place->last].at + across[place->last].size;
    int gap = right - left > 1, rows = last_row->at + last_row->size - row->at;
    struct room room = {right - left - gap, rows, whole_width(painter, position) - gap};
    if (!read_words(painter, position, &room, &words))
        return;
    int wish = screen_columns_of(words.shown.text);
    struct strip strip = {.row = row->at, .left = left, .right = right, .style = words.style};
    bool is_shorter = wish <= right - left - gap;
    if (is_shorter || words.is_wrapped)
        strip.right -= gap;
    else if (words.runs_on)
        run_on(painter, row->line, place->first, place->last, wish + gap, words.align, &strip);
    if (words.is_wrapped) {
        draw_wrapped(painter, strip, rows, &words);
        return;
    }
    bool has_gap = strip.right < painter->grid->columns; /* behind it comes another text */
    bool is_cut = words.align == ALIGN_LEFT && !is_shorter &&
                  wish > strip.right - strip.left - has_gap &&
                  strip.right - strip.left >= ELLIPSIS_COLUMNS_MIN;
    strip.right -= is_cut && has_gap;
    draw_aligned(painter, &strip, words.align, words.shown.text);
    if (is_cut)
        put_on_paper(painter->grid, strip.right - 1, &strip, ELLIPSIS);
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
    int width = desk_layout_width(painter->sheet, found.column);
    struct room room = {width - 1, 1, width - 1};
    if (width == 0 || sheet_merge_at(painter->sheet, found) ||
        !read_words(painter, found, &room, &words) || !words.runs_on || words.align != ALIGN_LEFT)
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

static int last_row_of_merge(const struct painter *painter, const struct area *merge, int first)
{
    int last = first;
    while (last + 1 < painter->layout->down_count &&
           painter->layout->down[last + 1].line <= merge->last.row)
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
            draw_words(painter, position, &(struct place_of_words){i, i, down, down});
            continue;
        }
        struct place_of_words place = {i, last_of_merge(painter, merge, i), down,
                                       last_row_of_merge(painter, merge, down)};
        if (is_first_row_of(painter, merge, down))
            draw_words(painter, merge->first, &place);
        i = place.last;
    }
    int first = 0; /* that scrolls */
    while (first < layout->across_count && layout->across[first].is_frozen)
        first++;
    if (first < layout->across_count && layout->across[first].line > 0 &&
        !are_neighbours(painter, first - 1, first))
        draw_from_left(painter, down, first);
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
        screen_fill(painter->grid,
                    (struct screen_area){0, track->at, layout->numbers.columns, track->size}, ' ',
                    style);
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
