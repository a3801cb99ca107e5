/* SPDX-License-Identifier: MIT */
/* desk_model.c - what is chosen, moving about, and doing commands: see desk_model.h. */
#include "sheet/desk/desk_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "sheet/desk/desk_layout.h"

enum { COMMAND_BYTES = DESK_WORD_BYTES * 3, REGION_STEPS_MAX = 100000 };

void desk_say(struct desk *desk, bool is_bad_news, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(desk->message, sizeof desk->message, format, arguments);
    va_end(arguments);
    desk->is_bad_news = is_bad_news;
}

/* ---- begin and end -------------------------------------------------------------------------- */

struct desk *desk_new(struct book *book, struct journal *journal)
{
    struct desk *desk = calloc(1, sizeof *desk);
    struct edit *edit = desk ? edit_new(book, journal) : NULL;
    if (!edit) {
        free(desk);
        return NULL;
    }
    desk->book = book;
    desk->journal = journal;
    desk->edit = edit;
    desk->version = 1;
    desk->columns = 80;
    desk->rows = 24;
    return desk;
}

static void end_book(struct desk *desk, bool is_done)
{
    edit_free(desk->edit);
    if (desk->journal)
        journal_close(desk->journal, is_done);
    book_free(desk->book);
}

void desk_free(struct desk *desk)
{
    if (!desk)
        return;
    end_book(desk, desk->ends && !desk->is_gone);
    free(desk);
}

bool desk_take_book(struct desk *desk, struct book *book, struct journal *journal)
{
    struct edit *edit = edit_new(book, journal);
    if (!edit)
        return false;
    end_book(desk, true);
    desk->book = book;
    desk->journal = journal;
    desk->edit = edit;
    memset(desk->looks, 0, sizeof desk->looks);
    memset(&desk->clip, 0, sizeof desk->clip);
    memset(&desk->pointed, 0, sizeof desk->pointed);
    memset(&desk->repeat, 0, sizeof desk->repeat);
    desk->sums.sheet = desk->counts.sheet = 0;
    desk->mode = DESK_READY;
    desk_changed(desk);
    return true;
}

/* ---- sheets --------------------------------------------------------------------------------- */

struct sheet *desk_sheet(const struct desk *desk)
{
    size_t place = desk->book->active < desk->book->sheet_count ? desk->book->active : 0;
    return desk->book->sheets[place];
}

const char *desk_sheet_name(const struct desk *desk)
{
    return sheet_name(desk->book, desk_sheet(desk));
}

/* Where the file says; the first time. */
struct desk_look *desk_look(struct desk *desk)
{
    const struct sheet *sheet = desk_sheet(desk);
    struct desk_look *look = &desk->looks[sheet->id];
    if (!look->is_known) {
        look->cursor = look->anchor = look->end = sheet->cursor;
        look->top = sheet->frozen;
        look->is_known = true;
        desk_reveal(desk, look->cursor);
    }
    return look;
}

const struct desk_look *desk_look_at(const struct desk *desk)
{
    return &desk->looks[desk_sheet(desk)->id];
}

struct position desk_cursor(const struct desk *desk)
{
    return desk_look_at(desk)->cursor;
}

/* ---- what is chosen ------------------------------------------------------------------------- */

static struct area join(struct area a, struct area b)
{
    struct position first = {a.first.row < b.first.row ? a.first.row : b.first.row,
                             a.first.column < b.first.column ? a.first.column : b.first.column};
    struct position last = {a.last.row > b.last.row ? a.last.row : b.last.row,
                            a.last.column > b.last.column ? a.last.column : b.last.column};
    return (struct area){first, last};
}

/* Merges that one more makes it meet come in with the next round. */
static struct area with_merges(const struct sheet *sheet, struct area area)
{
    struct area common;
    bool has_grown = sheet->merge_count > 0 && sheet_meets_merge(sheet, area);
    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < sheet->merge_count; i++) {
            struct area merge = sheet->merges[i];
            if (!area_meet(area, merge, &common) ||
                (position_is(common.first, merge.first) && position_is(common.last, merge.last)))
                continue;
            area = join(area, merge);
            has_grown = true;
        }
    }
    return area;
}

struct area desk_selection(const struct desk *desk)
{
    const struct desk_look *look = desk_look_at(desk);
    struct area area = area_of(look->anchor, look->end);
    if (look->span == DESK_ROWS || look->span == DESK_SHEET) {
        area.first.column = 0;
        area.last.column = COLUMNS - 1;
    }
    if (look->span == DESK_COLUMNS || look->span == DESK_SHEET) {
        area.first.row = 0;
        area.last.row = ROWS - 1;
    }
    return look->span == DESK_CELLS ? with_merges(desk_sheet(desk), area) : area;
}

struct area desk_selection_used(const struct desk *desk)
{
    struct area area = desk_selection(desk), extent, common;
    if (desk_look_at(desk)->span == DESK_CELLS)
        return area;
    if (!grid_extent(desk_sheet(desk)->grid, &extent) || !area_meet(area, extent, &common))
        return area_of_one(area.first);
    return common;
}

static struct position out_of_merge(const struct sheet *sheet, struct position position)
{
    const struct area *merge = sheet_merge_at(sheet, position);
    return merge ? merge->first : position;
}

/* What is chosen has become another area: the cursor stays in it. */
static void settle_cursor(struct desk *desk)
{
    struct desk_look *look = desk_look(desk);
    const struct sheet *sheet = desk_sheet(desk);
    struct area chosen = desk_selection(desk);
    look->cursor = out_of_merge(sheet, look->cursor);
    if (!area_has(chosen, look->cursor))
        look->cursor =
            out_of_merge(sheet, area_has(chosen, look->anchor) ? look->anchor : chosen.first);
}

void desk_go_to_sheet(struct desk *desk, size_t place)
{
    if (place >= desk->book->sheet_count)
        return;
    desk->book->active = place;
    settle_cursor(desk); /* what was merged may have come apart meanwhile */
    desk->drags = false;
}

void desk_go_to(struct desk *desk, struct position position, bool extend)
{
    struct desk_look *look = desk_look(desk);
    if (position.row >= ROWS || position.column >= COLUMNS)
        return;
    if (extend) {
        look->end = position;
        settle_cursor(desk);
    } else {
        look->cursor = look->anchor = look->end = out_of_merge(desk_sheet(desk), position);
        look->span = DESK_CELLS;
    }
    desk_reveal(desk, look->end);
}

void desk_select(struct desk *desk, struct area area, enum desk_span span)
{
    struct desk_look *look = desk_look(desk);
    look->cursor = look->anchor = area.first;
    look->end = area.last;
    look->span = span;
    desk_reveal(desk, look->cursor);
}

void desk_go_within(struct desk *desk, struct position position)
{
    struct desk_look *look = desk_look(desk);
    look->cursor = out_of_merge(desk_sheet(desk), position);
    desk_reveal(desk, look->cursor);
}

/* ---- moving --------------------------------------------------------------------------------- */

/* To the next line that can be seen, count times; at the edge it stays. */
static uint32_t step_line(const struct line_spans *spans, uint32_t line, int count, uint32_t limit)
{
    bool is_back = count < 0;
    for (int i = is_back ? -count : count; i > 0; i--) {
        if (is_back && line == 0)
            break;
        uint32_t next = desk_layout_visible(spans, is_back ? line - 1 : line + 1, limit, is_back);
        if (next == limit)
            break;
        line = next;
    }
    return line;
}

struct position desk_step(const struct desk *desk, struct position start, int rows, int columns)
{
    const struct sheet *sheet = desk_sheet(desk);
    const struct area *merge = sheet_merge_at(sheet, start);
    if (merge && rows > 0)
        start.row = merge->last.row;
    if (merge && columns > 0)
        start.column = merge->last.column;
    start.row = step_line(&sheet->rows, start.row, rows, ROWS);
    start.column = step_line(&sheet->columns, start.column, columns, COLUMNS);
    return start;
}

void desk_move(struct desk *desk, int rows, int columns)
{
    desk_go_to(desk, desk_step(desk, desk_look(desk)->cursor, rows, columns), false);
}

static bool has_contents(const struct desk *desk, struct position position)
{
    const struct cell *cell = grid_at(desk_sheet(desk)->grid, position);
    return cell->kind != VALUE_BLANK || cell->formula;
}

static bool step_one(struct position *position, int row_step, int column_step)
{
    int64_t row = (int64_t)position->row + row_step;
    int64_t column = (int64_t)position->column + column_step;
    if (row < 0 || row >= ROWS || column < 0 || column >= COLUMNS)
        return false;
    *position = (struct position){(uint32_t)row, (uint32_t)column};
    return true;
}

/* Cells that have a style alone are no data. There may be as many as a line has cells, so they are
 * walked over once; backwards to the last one found. */
static bool next_contents(const struct desk *desk, struct position start, int row_step,
                          int column_step, struct position *found)
{
    const struct grid *grid = desk_sheet(desk)->grid;
    struct position end = start;
    struct grid_walk walk;
    bool is_found = false, is_back = row_step + column_step < 0;
    if (!grid_next_used(grid, start, row_step, column_step, found))
        return false;
    if (has_contents(desk, *found))
        return true;
    if (row_step)
        end.row = is_back ? 0 : ROWS - 1;
    else
        end.column = is_back ? 0 : COLUMNS - 1;
    grid_walk_begin(&walk, grid, area_of(*found, end), row_step ? GRID_BY_COLUMNS : GRID_BY_ROWS);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));) {
        if (cell->kind == VALUE_BLANK && !cell->formula)
            continue;
        *found = walk.position;
        is_found = true;
        if (!is_back)
            break;
    }
    return is_found;
}

struct position desk_edge(const struct desk *desk, struct position start, int row_step,
                          int column_step)
{
    struct position next = start, found;
    if (!step_one(&next, row_step, column_step))
        return start;
    if (has_contents(desk, start) && has_contents(desk, next)) {
        struct position last = next;
        while (step_one(&next, row_step, column_step) && has_contents(desk, next))
            last = next;
        return last;
    }
    if (next_contents(desk, start, row_step, column_step, &found))
        return found;
    return (struct position){.row = row_step ? (row_step < 0 ? 0 : ROWS - 1) : start.row,
                             .column =
                                 column_step ? (column_step < 0 ? 0 : COLUMNS - 1) : start.column};
}

/* Contents in an area, and where. */
static bool find_in(const struct desk *desk, struct area area, struct position *found)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, desk_sheet(desk)->grid, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        if (cell->kind != VALUE_BLANK || cell->formula) {
            *found = walk.position;
            return true;
        }
    return false;
}

/* One line more on a side, when there is something in it; along a column it is followed to its end.
 */
static bool grow(const struct desk *desk, struct area *area, int row_step, int column_step)
{
    struct area border = *area;
    struct position found;
    if (area->first.column > 0)
        border.first.column--;
    if (area->last.column < COLUMNS - 1)
        border.last.column++;
    if (area->first.row > 0)
        border.first.row--;
    if (area->last.row < ROWS - 1)
        border.last.row++;
    if ((row_step < 0 && area->first.row == 0) || (row_step > 0 && area->last.row == ROWS - 1) ||
        (column_step < 0 && area->first.column == 0) ||
        (column_step > 0 && area->last.column == COLUMNS - 1))
        return false;
    if (row_step)
        border.first.row = border.last.row = row_step < 0 ? border.first.row : border.last.row;
    else
        border.first.column = border.last.column =
            column_step < 0 ? border.first.column : border.last.column;
    if (!find_in(desk, border, &found))
        return false;
    struct position next = found, end = found;
    while (row_step && step_one(&next, row_step, 0) && has_contents(desk, next))
        end = next;
    *area = join(*area, area_of(found, end));
    return true;
}

struct area desk_region(const struct desk *desk)
{
    struct area area = area_of_one(desk_cursor(desk));
    bool has_grown = true;
    for (int i = 0; has_grown && i < REGION_STEPS_MAX; i++) {
        has_grown = grow(desk, &area, 1, 0);
        has_grown = grow(desk, &area, 0, 1) || has_grown;
        has_grown = grow(desk, &area, -1, 0) || has_grown;
        has_grown = grow(desk, &area, 0, -1) || has_grown;
    }
    return area;
}

/* ---- scrolling ------------------------------------------------------------------------------ */

/* How many cells of the screen are left for lines that scroll. */
static int space_for(const struct desk_layout *layout, bool is_columns)
{
    const struct desk_track *tracks = is_columns ? layout->across : layout->down;
    int count = is_columns ? layout->across_count : layout->down_count;
    int space = is_columns ? layout->cells.columns : layout->cells.rows;
    for (int i = 0; i < count && tracks[i].is_frozen; i++)
        space -= tracks[i].size;
    return space;
}

static uint32_t reveal_line(const struct desk *desk, const struct desk_layout *layout,
                            bool is_columns, uint32_t line)
{
    const struct desk_track *tracks = is_columns ? layout->across : layout->down;
    const struct desk_look *look = desk_look_at(desk);
    const struct sheet *sheet = desk_sheet(desk);
    int count = is_columns ? layout->across_count : layout->down_count;
    uint32_t top = is_columns ? look->top.column : look->top.row;
    uint32_t frozen = is_columns ? sheet->frozen.column : sheet->frozen.row;
    if (line < frozen)
        return top;
    if (line < top)
        return line;
    int wanted =
        is_columns ? desk_layout_width(sheet, line) : desk_layout_height(layout, desk, line);
    for (int i = 0; i < count; i++)
        if (tracks[i].line == line && (tracks[i].size >= wanted || line == top))
            return top;
    return desk_layout_first_for(layout, desk, is_columns, line, space_for(layout, is_columns));
}

void desk_reveal(struct desk *desk, struct position position)
{
    struct desk_look *look = &desk->looks[desk_sheet(desk)->id];
    const struct sheet *sheet = desk_sheet(desk);
    struct desk_layout layout;
    if (look->top.row < sheet->frozen.row)
        look->top.row = sheet->frozen.row;
    if (look->top.column < sheet->frozen.column)
        look->top.column = sheet->frozen.column;
    desk_layout_make(&layout, desk, desk->columns, desk->rows);
    if (layout.is_too_small)
        return;
    look->top.row = reveal_line(desk, &layout, false, position.row);
    /* The numbers may have become wider, and the room for columns smaller. */
    desk_layout_make(&layout, desk, desk->columns, desk->rows);
    look->top.column = reveal_line(desk, &layout, true, position.column);
}

void desk_scroll(struct desk *desk, int rows, int columns)
{
    struct desk_look *look = desk_look(desk);
    const struct sheet *sheet = desk_sheet(desk);
    look->top.row = step_line(&sheet->rows, look->top.row, rows, ROWS);
    look->top.column = step_line(&sheet->columns, look->top.column, columns, COLUMNS);
    if (look->top.row < sheet->frozen.row)
        look->top.row = sheet->frozen.row;
    if (look->top.column < sheet->frozen.column)
        look->top.column = sheet->frozen.column;
}

/* ---- changing ------------------------------------------------------------------------------- */

const struct progress *desk_begin_work(struct desk *desk, const char *doing)
{
    snprintf(desk->doing, sizeof desk->doing, "%s", doing);
    desk->done = desk->total = 0;
    return desk->progress.step ? &desk->progress : NULL;
}

void desk_end_work(struct desk *desk)
{
    desk->doing[0] = 0;
}

/* Sheets may have come, gone, or lost what the cursor stood on. */
void desk_changed(struct desk *desk)
{
    struct book *book = desk->book;
    desk->version++;
    if (book->active >= book->sheet_count)
        book->active = book->sheet_count - 1;
    struct desk_look *look = desk_look(desk);
    if (look->span == DESK_CELLS && position_is(look->end, look->anchor))
        look->cursor = look->anchor = look->end = out_of_merge(desk_sheet(desk), look->anchor);
    settle_cursor(desk);
    if (desk->clip.is_there && !book_sheet(book, desk->clip.sheet))
        desk->clip.is_there = false;
}

bool desk_do(struct desk *desk, const struct command *command)
{
    struct problem problem = {0};
    const struct progress *progress = desk_begin_work(desk, "working");
    bool is_done = edit_do(desk->edit, command, progress, &desk->changed_count, &problem);
    desk_end_work(desk);
    uint64_t hidden = edit_hidden_count(desk->edit);
    if (problem.text[0]) /* also of what was done, but not computed */
        desk_say(desk, true, "%s", problem.text);
    else if (hidden)
        desk_say(desk, true, "%s cell%s under it %s hidden: unmerging shows %s again",
                 human_count(hidden).text, hidden == 1 ? "" : "s", hidden == 1 ? "is" : "are",
                 hidden == 1 ? "it" : "them");
    desk_changed(desk);
    return is_done;
}

void desk_begin_step(struct desk *desk)
{
    edit_begin(desk->edit);
}

bool desk_end_step(struct desk *desk)
{
    struct problem problem = {0};
    const struct progress *progress = desk_begin_work(desk, "computing");
    bool is_computed = edit_end(desk->edit, progress, &problem);
    desk_end_work(desk);
    if (problem.text[0])
        desk_say(desk, true, "%s", problem.text);
    desk_changed(desk);
    return is_computed;
}

bool desk_do_line(struct desk *desk, const char *format, ...)
{
    char line[COMMAND_BYTES], sheet[4 * SHEET_NAME_CHARACTERS_MAX + 1];
    struct command command;
    struct problem problem = {0};
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof line) {
        desk_say(desk, true, "that is too long");
        return false;
    }
    /* A copy: texts move when memory is collected. */
    snprintf(sheet, sizeof sheet, "%s", desk_sheet_name(desk));
    if (!command_parse(&command, line, sheet, &problem)) {
        desk_say(desk, true, "%s", problem.text);
        return false;
    }
    bool is_done = desk_do(desk, &command);
    command_free(&command);
    return is_done;
}

const char *desk_quoted(const char *text, char quoted[DESK_WORD_BYTES])
{
    size_t used = 0;
    quoted[used++] = '"';
    for (; *text && used + 4 < DESK_WORD_BYTES; text++) {
        if (*text == '"')
            quoted[used++] = '"';
        if (*text == '\\' || *text == '\n')
            quoted[used++] = '\\';
        quoted[used++] = *text == '\n' ? 'n' : *text;
    }
    quoted[used++] = '"';
    quoted[used] = 0;
    return quoted;
}

/* ---- places as people write them ------------------------------------------------------------ */

static bool needs_quotes(const char *name)
{
    struct position position;
    struct area area;
    if ((*name >= '0' && *name <= '9') || position_read(name, &position, NULL) > 0 ||
        area_parse(name, &area))
        return true;
    for (; *name; name++)
        if (!((*name >= 'A' && *name <= 'Z') || (*name >= 'a' && *name <= 'z') ||
              (*name >= '0' && *name <= '9') || *name == '_' || (unsigned char)*name >= 0x80))
            return true;
    return false;
}

const char *desk_sheet_prefix(const struct desk *desk, const struct sheet *sheet,
                              char prefix[DESK_WORD_BYTES])
{
    const char *name = sheet_name(desk->book, sheet);
    size_t used = 0;
    bool is_quoted = needs_quotes(name);
    if (is_quoted)
        prefix[used++] = '\'';
    for (; *name && used + 4 < DESK_WORD_BYTES; name++) {
        if (*name == '\'')
            prefix[used++] = '\'';
        prefix[used++] = *name;
    }
    if (is_quoted)
        prefix[used++] = '\'';
    prefix[used++] = '!';
    prefix[used] = 0;
    return prefix;
}

static struct sheet *find_sheet(const struct desk *desk, const char *text, size_t length)
{
    char name[DESK_INPUT_BYTES];
    size_t count = 0;
    bool is_quoted = length >= 2 && text[0] == '\'' && text[length - 1] == '\'';
    for (size_t i = is_quoted; i < length - is_quoted && count < sizeof name; i++) {
        name[count++] = text[i];
        if (is_quoted && text[i] == '\'')
            i++;
    }
    return book_find_sheet(desk->book, name, count);
}

/* A name's meaning, when it is just a reference. */
static bool read_name(const struct desk *desk, const char *text, sheet_id *sheet, struct area *area)
{
    const struct book *book = desk->book;
    size_t count;
    name_id id = name_find(book->names, text, strlen(text), *sheet);
    if (!id)
        id = name_find(book->names, text, strlen(text), SHEET_OWN);
    const struct name *name = id ? name_of(book->names, id) : NULL;
    if (!name || !name->formula)
        return false;
    const struct token *tokens = formula_tokens(book->formulas, name->formula, &count);
    if (count != 1 || (tokens->kind != TOKEN_CELL && tokens->kind != TOKEN_AREA))
        return false;
    *area = token_area(tokens, (struct position){0, 0});
    if (tokens->sheet != SHEET_OWN)
        *sheet = tokens->sheet;
    return book_sheet(book, *sheet) != NULL;
}

bool desk_read_place(const struct desk *desk, const char *text, sheet_id *sheet, struct area *area,
                     struct problem *problem)
{
    const char *mark = strrchr(text, '!');
    *sheet = desk_sheet(desk)->id;
    if (mark) {
        const struct sheet *found = find_sheet(desk, text, (size_t)(mark - text));
        if (!found)
            return problem_say(problem, "there is no sheet called %.*s", (int)(mark - text), text);
        *sheet = found->id;
        text = mark + 1;
    }
    if (area_parse(text, area) || read_name(desk, text, sheet, area))
        return true;
    return problem_say(problem, "%s is neither a cell up to XFD1048576, an area nor a name of one",
                       text);
}

void desk_show_area(struct desk *desk, sheet_id sheet, struct area area)
{
    bool has_rows = area.first.column == 0 && area.last.column == COLUMNS - 1;
    bool has_columns = area.first.row == 0 && area.last.row == ROWS - 1;
    struct sheet *found = book_sheet(desk->book, sheet);
    if (!found)
        return;
    desk_go_to_sheet(desk, book_place_of(desk->book, found));
    if (area_is_one(area))
        desk_go_to(desk, area.first, false);
    else
        desk_select(desk, area,
                    has_rows && has_columns ? DESK_SHEET
                    : has_rows              ? DESK_ROWS
                    : has_columns           ? DESK_COLUMNS
                                            : DESK_CELLS);
}

void desk_ask(struct desk *desk, enum desk_question question, const char *text)
{
    desk->question = question;
    desk->mode = DESK_ASKS;
    desk->is_proposed = *text;
    desk->choice_count = SIZE_MAX;
    formula_line_begin(&desk->line, text);
}

style_id desk_style_at(const struct sheet *sheet, struct position position)
{
    const struct cell *cell = grid_at(sheet->grid, position);
    if (cell_is_used(cell))
        return cell->style;
    return sheet_style_of_lines(sheet, position);
}
