/* SPDX-License-Identifier: MIT */
/*
 * rearrange.c - see rearrange.h: lines that come in or go, areas that move,
 * sheets that go.
 *
 * In this order, so that each can be taken back by its opposite:
 *
 *    what would be lost goes, each cell, line and merge on its own
 *    what is left moves (history_shift), which loses nothing
 *    freezing, filter, names, and all formulas whose words change follow
 *
 * Sorting and copying: sort.c, copy.c.
 */
#include "sheet/edits/rearrange.h"

#include <stdlib.h>
#include <string.h>

#include "sheet/edits/history.h"

bool rearrange_say_failed(const struct history *history, struct problem *problem)
{
    if (history_was_stopped(history))
        return problem_say(problem, "it was stopped; nothing has changed");
    return book_say_refused(history_book(history), problem);
}

/* ---- what a shift does ----------------------------------------------------------------------- */

static bool is_of_rows(const struct shift *shift)
{
    return shift->kind == SHIFT_INSERT_ROWS || shift->kind == SHIFT_DELETE_ROWS;
}

static bool is_insertion(const struct shift *shift)
{
    return shift->kind == SHIFT_INSERT_ROWS || shift->kind == SHIFT_INSERT_COLUMNS;
}

static uint32_t line_limit(const struct shift *shift)
{
    return is_of_rows(shift) ? ROWS : COLUMNS;
}

/* Whole rows or columns. */
static struct area lines_area(const struct shift *shift, uint32_t first, uint32_t last)
{
    struct area area = area_of_all();
    *(is_of_rows(shift) ? &area.first.row : &area.first.column) = first;
    *(is_of_rows(shift) ? &area.last.row : &area.last.column) = last;
    return area;
}

static struct area target_of(const struct shift *shift)
{
    struct position last = {shift->to.row + area_rows(shift->area) - 1,
                            shift->to.column + area_columns(shift->area) - 1};
    return (struct area){shift->to, last};
}

/* Where a cell was that is at a position now. */
static struct position position_before(const struct shift *shift, sheet_id sheet,
                                       struct position position, sheet_id *sheet_before)
{
    uint32_t *line = is_of_rows(shift) ? &position.row : &position.column;
    *sheet_before = sheet;
    if (shift->kind == SHIFT_DELETE_SHEET)
        return position;
    if (shift->kind == SHIFT_MOVE) {
        if (sheet != shift->to_sheet || !area_has(target_of(shift), position))
            return position;
        *sheet_before = shift->sheet;
        return (struct position){position.row - shift->to.row + shift->area.first.row,
                                 position.column - shift->to.column + shift->area.first.column};
    }
    if (sheet == shift->sheet && *line >= shift->first)
        *line += is_insertion(shift) ? 0 - shift->count : shift->count;
    return position;
}

/* ---- formulas and names follow --------------------------------------------------------------- */

struct following {
    struct history *history;
    struct book *book;
    const struct shift *shift;
    struct token *tokens; /* room for one formula */
    uint64_t formula_count;
};

/* The formula of the changed tokens. 0: refused. */
static formula_id keep_changed(const struct following *following, size_t token_count,
                               unsigned flags)
{
    struct formula_pool *formulas = following->book->formulas;
    formula_id plain = formula_keep(formulas, following->tokens, token_count);
    if (!plain || !(flags & FORMULA_IS_ARRAY))
        return plain;
    formula_id array = formula_as_array(formulas, plain);
    if (!array)
        formula_drop(formulas, plain);
    return array;
}

static bool follow_cell(const struct following *following, struct sheet *sheet,
                        struct position position, formula_id formula)
{
    const struct shift *shift = following->shift;
    struct formula_pool *formulas = following->book->formulas;
    sheet_id sheet_before;
    struct position before = position_before(shift, sheet->id, position, &sheet_before);
    size_t token_count;
    const struct token *tokens = formula_tokens(formulas, formula, &token_count);
    memcpy(following->tokens, tokens, token_count * sizeof *tokens);
    if (!shift_tokens(shift, following->tokens, token_count, sheet_before, before, sheet->id,
                      position))
        return true;
    formula_id changed = keep_changed(following, token_count, formula_flags(formulas, formula));
    if (!changed)
        return book_say_refused(following->book, NULL);
    if (history_put_formula(following->history, sheet, position, changed))
        return true;
    formula_drop(formulas, changed);
    return false;
}

static bool follow_sheet(struct following *following, struct sheet *sheet)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area_of_all(), GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (!cell->formula)
            continue;
        if (!history_step(following->history, "changing references", ++following->formula_count,
                          0) ||
            !follow_cell(following, sheet, walk.position, cell->formula))
            return false;
    }
    return true;
}

static bool is_fixed(const struct token *token)
{
    unsigned fixed = TOKEN_FIXED_ROW | TOKEN_FIXED_COLUMN;
    if (token->kind == TOKEN_AREA)
        fixed |= TOKEN_FIXED_LAST_ROW | TOKEN_FIXED_LAST_COLUMN;
    return (token->kind == TOKEN_CELL || token->kind == TOKEN_AREA) &&
           (token->flags & fixed) == fixed;
}

/* In a name what is relative depends on the cell that uses it, and means no
 * cell yet: it stays; but not when its sheet goes. */
static bool shift_name(const struct following *following, const struct name *name,
                       size_t token_count)
{
    struct position nowhere = {0, 0};
    bool has_changed = false;
    for (size_t i = 0; i < token_count; i++)
        if (is_fixed(&following->tokens[i]) || following->shift->kind == SHIFT_DELETE_SHEET)
            has_changed |= shift_tokens(following->shift, &following->tokens[i], 1, name->sheet,
                                        nowhere, name->sheet, nowhere);
    return has_changed;
}

static bool follow_name(const struct following *following, name_id number)
{
    struct book *book = following->book;
    struct name name = *name_of(book->names, number);
    size_t token_count, size_bytes;
    if (!name.formula)
        return true;
    const struct token *tokens = formula_tokens(book->formulas, name.formula, &token_count);
    bool goes =
        following->shift->kind == SHIFT_DELETE_SHEET && name.sheet == following->shift->sheet;
    memcpy(following->tokens, tokens, token_count * sizeof *tokens);
    if (!goes && !shift_name(following, &name, token_count))
        return true;
    formula_id changed =
        goes ? 0
             : keep_changed(following, token_count, formula_flags(book->formulas, name.formula));
    const char *text = text_bytes(book->texts, name.text, &size_bytes);
    return (goes || changed) &&
           history_name(following->history, text, size_bytes, name.sheet, changed);
}

static bool follow(struct history *history, const struct shift *shift)
{
    struct book *book = history_book(history);
    struct following following = {.history = history, .book = book, .shift = shift};
    bool goes_on = true;
    following.tokens = calloc(FORMULA_TOKENS_MAX, sizeof *following.tokens);
    if (!following.tokens)
        return false;
    for (name_id name = 1; goes_on && name <= name_count(book->names); name++)
        goes_on = follow_name(&following, name);
    for (size_t place = 0; goes_on && place < book->sheet_count; place++)
        if (shift->kind != SHIFT_DELETE_SHEET || book->sheets[place]->id != shift->sheet)
            goes_on = follow_sheet(&following, book->sheets[place]);
    free(following.tokens);
    return goes_on;
}

/* A fixed reference to an area, as a formula would have it. false: the area is
 * gone. */
static bool shift_area(const struct shift *shift, sheet_id sheet, struct area *area)
{
    struct position nowhere = {0, 0};
    struct token token = {.kind = TOKEN_AREA, .sheet = sheet};
    unsigned fixed =
        TOKEN_FIXED_ROW | TOKEN_FIXED_COLUMN | TOKEN_FIXED_LAST_ROW | TOKEN_FIXED_LAST_COLUMN;
    token_set_area(&token, *area, fixed, nowhere);
    (void)shift_tokens(shift, &token, 1, SHEET_OWN, nowhere, SHEET_OWN, nowhere);
    if (token.kind != TOKEN_AREA || token.sheet != sheet)
        return false;
    *area = token_area(&token, nowhere);
    return true;
}

static bool follow_filter(struct history *history, const struct shift *shift, struct sheet *sheet)
{
    struct area area = sheet->filter;
    if (!sheet->has_filter)
        return true;
    if (!shift_area(shift, sheet->id, &area))
        return history_filter(history, sheet, NULL);
    if (position_is(area.first, sheet->filter.first) && position_is(area.last, sheet->filter.last))
        return true;
    return history_filter(history, sheet, &area);
}

/* As many lines stay as there are of those that stayed; lines that come in
 * among them, too. */
static bool follow_frozen(struct history *history, const struct shift *shift, struct sheet *sheet)
{
    struct position frozen = sheet->frozen;
    uint32_t *line = is_of_rows(shift) ? &frozen.row : &frozen.column;
    if (*line <= shift->first)
        return true;
    if (is_insertion(shift))
        *line =
            shift->count < line_limit(shift) - *line ? *line + shift->count : line_limit(shift) - 1;
    else
        *line = *line - shift->first > shift->count ? *line - shift->count : shift->first;
    return history_freeze(history, sheet, frozen);
}

/* ---- what would be lost ---------------------------------------------------------------------- */

static bool lines_are_used(const struct sheet *sheet, struct area area, struct position *where)
{
    struct grid_walk walk;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk)) != NULL;) {
        if (cell->kind == VALUE_BLANK && !cell->formula)
            continue;
        *where = walk.position;
        return true;
    }
    return false;
}

/* The lines at the end, whose place others take. */
static bool check_edge(const struct shift *shift, const struct sheet *sheet,
                       struct problem *problem)
{
    struct area area = lines_area(shift, line_limit(shift) - shift->count, line_limit(shift) - 1);
    struct position where;
    if (lines_are_used(sheet, area, &where)) {
        if (is_of_rows(shift))
            return problem_say(problem, "row %u is in use, and would be pushed over the edge",
                               where.row + 1);
        return problem_say(problem, "column %s is in use, and would be pushed over the edge",
                           column_name(where.column).text);
    }
    for (size_t i = 0; i < sheet->merge_count; i++) {
        struct area merge = sheet->merges[i];
        uint32_t last = is_of_rows(shift) ? merge.last.row : merge.last.column;
        if (last >= shift->first && last >= line_limit(shift) - shift->count)
            return problem_say(problem, "the merged area %s would be pushed over the edge",
                               area_name(merge).text);
    }
    return true;
}

static bool lose_lines(struct history *history, const struct shift *shift, struct sheet *sheet,
                       uint32_t first, bool notes_all)
{
    struct line_change nothing = {
        .sets_size = true, .sets_hidden = true, .sets_style = true, .notes_all = notes_all};
    uint32_t last = first + shift->count - 1;
    return history_clear(history, sheet, lines_area(shift, first, last), NULL, true, true) &&
           history_lines(history, sheet, !is_of_rows(shift), first, last, &nothing);
}

/* What is left of a merge, of which lines go. false: it goes as a whole, or one
 * cell is left. */
static bool rest_of_merge(const struct shift *shift, struct area *merge)
{
    uint32_t end = shift->first + shift->count;
    uint32_t *first = is_of_rows(shift) ? &merge->first.row : &merge->first.column;
    uint32_t *last = is_of_rows(shift) ? &merge->last.row : &merge->last.column;
    if (*first >= shift->first && *last < end)
        return false;
    if (*first >= shift->first)
        *first = end;
    else if (*last < end)
        *last = shift->first - 1;
    return !area_is_one(*merge);
}

/* Merges with an end among the lines that go are cut, before these go. */
static bool cut_merges(struct history *history, const struct shift *shift, struct sheet *sheet)
{
    struct area lines = lines_area(shift, shift->first, shift->first + shift->count - 1);
    struct area common;
    bool goes_on = true;
    for (size_t i = sheet->merge_count; goes_on && i-- > 0;) {
        struct area merge = sheet->merges[i], rest = merge;
        if (!area_meet(merge, lines, &common))
            continue;
        uint32_t first = is_of_rows(shift) ? merge.first.row : merge.first.column;
        uint32_t last = is_of_rows(shift) ? merge.last.row : merge.last.column;
        if (first < shift->first && last >= shift->first + shift->count)
            continue; /* it reaches over them, and only gets shorter */
        bool has_rest = rest_of_merge(shift, &rest);
        /* The last merge takes the place of the one that ends: it has been looked
         * at. */
        goes_on = history_unmerge(history, sheet, merge) &&
                  (!has_rest || history_merge(history, sheet, rest));
    }
    return goes_on;
}

/* One that reaches over them may become one cell. */
static bool end_merges_of_one(struct history *history, const struct shift *shift,
                              struct sheet *sheet)
{
    for (size_t i = sheet->merge_count; i-- > 0;) {
        struct area merge = sheet->merges[i];
        bool rows = is_of_rows(shift);
        uint32_t first = rows ? merge.first.row : merge.first.column;
        uint32_t last = rows ? merge.last.row : merge.last.column;
        uint32_t across = rows ? area_columns(merge) : area_rows(merge);
        if (first < shift->first && last >= shift->first + shift->count && across == 1 &&
            last - first == shift->count && !history_unmerge(history, sheet, merge))
            return false;
    }
    return true;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool insert_lines(struct history *history, const struct shift *shift, struct sheet *sheet)
{
    return lose_lines(history, shift, sheet, line_limit(shift) - shift->count, false) &&
           history_shift(history, shift);
}

static bool delete_lines(struct history *history, const struct shift *shift, struct sheet *sheet)
{
    return cut_merges(history, shift, sheet) && end_merges_of_one(history, shift, sheet) &&
           lose_lines(history, shift, sheet, shift->first, true) && history_shift(history, shift);
}

static bool shift_lines(struct history *history, const struct shift *given, struct sheet *sheet,
                        struct problem *problem)
{
    struct shift shift = *given;
    uint32_t behind = shift.first < line_limit(&shift) ? line_limit(&shift) - shift.first : 0;
    if (shift.count > behind)
        shift.count = behind;
    if (!shift.count)
        return true;
    if (is_insertion(&shift) && !check_edge(&shift, sheet, problem))
        return false;
    history_restructure(history);
    bool is_done = (is_insertion(&shift) ? insert_lines(history, &shift, sheet)
                                         : delete_lines(history, &shift, sheet)) &&
                   follow_frozen(history, &shift, sheet) && follow_filter(history, &shift, sheet) &&
                   follow(history, &shift);
    return is_done || rearrange_say_failed(history, problem);
}

/* ---- an area that moves ---------------------------------------------------------------------- */

static bool is_inside(struct area outer, struct area inner)
{
    return area_has(outer, inner.first) && area_has(outer, inner.last);
}

/* Merges go along as a whole, and nothing is laid over others. */
static bool check_merges(const struct shift *shift, const struct sheet *from,
                         const struct sheet *to, struct problem *problem)
{
    struct area common, target = target_of(shift);
    for (size_t i = 0; i < from->merge_count; i++)
        if (area_meet(from->merges[i], shift->area, &common) &&
            !is_inside(shift->area, from->merges[i]))
            return problem_say(problem, "the merged area %s would be cut",
                               area_name(from->merges[i]).text);
    for (size_t i = 0; i < to->merge_count; i++)
        if (area_meet(to->merges[i], target, &common) &&
            !(from == to && is_inside(shift->area, to->merges[i])))
            return problem_say(problem, "there is a merged area, %s, where it would come to lie",
                               area_name(to->merges[i]).text);
    return true;
}

static struct area moved_area(const struct shift *shift, struct area area)
{
    uint32_t rows = shift->to.row - shift->area.first.row;
    uint32_t columns = shift->to.column - shift->area.first.column;
    area.first.row += rows;
    area.last.row += rows;
    area.first.column += columns;
    area.last.column += columns;
    return area;
}

/* All end where they are before the first begins anew: they may lie over each
 * other. */
static bool move_merges(struct history *history, const struct shift *shift, struct sheet *from,
                        struct sheet *to)
{
    struct area common;
    size_t count = 0;
    for (size_t i = 0; i < from->merge_count; i++)
        count += area_meet(from->merges[i], shift->area, &common);
    struct area *moved = count ? malloc(count * sizeof *moved) : NULL; /* MERGES_MAX at the most */
    if (!count)
        return true;
    if (!moved)
        return false;
    count = 0;
    for (size_t i = 0; i < from->merge_count; i++)
        if (area_meet(from->merges[i], shift->area, &common))
            moved[count++] = moved_area(shift, from->merges[i]);
    bool goes_on = history_unmerge(history, from, shift->area);
    for (size_t i = 0; goes_on && i < count; i++)
        goes_on = history_merge(history, to, moved[i]);
    free(moved);
    return goes_on;
}

static bool move_cells(struct history *history, const struct shift *shift, struct sheet *from,
                       struct sheet *to)
{
    return move_merges(history, shift, from, to) &&
           history_clear(history, to, target_of(shift), from == to ? &shift->area : NULL, true,
                         true) &&
           history_shift(history, shift) && follow(history, shift);
}

static bool move_area(struct history *history, const struct shift *shift, struct problem *problem)
{
    struct book *book = history_book(history);
    struct sheet *from = book_sheet(book, shift->sheet), *to = book_sheet(book, shift->to_sheet);
    if (area_rows(shift->area) > ROWS - shift->to.row ||
        area_columns(shift->area) > COLUMNS - shift->to.column)
        return problem_say(problem, "from %s on there is not enough room for %s",
                           position_name(shift->to, 0).text, area_name(shift->area).text);
    if (from == to && position_is(shift->area.first, shift->to))
        return true;
    if (!check_merges(shift, from, to, problem))
        return false;
    history_restructure(history);
    return move_cells(history, shift, from, to) || rearrange_say_failed(history, problem);
}

/* ---- for others ------------------------------------------------------------------------------ */

bool rearrange(struct history *history, const struct shift *shift, struct problem *problem)
{
    if (shift->kind == SHIFT_MOVE)
        return move_area(history, shift, problem);
    return shift_lines(history, shift, book_sheet(history_book(history), shift->sheet), problem);
}

bool rearrange_remove_sheet(struct history *history, struct sheet *sheet, struct problem *problem)
{
    struct shift shift = {.kind = SHIFT_DELETE_SHEET, .sheet = sheet->id};
    if (history_book(history)->sheet_count == 1)
        return problem_say(problem, "the last sheet of a workbook has to stay");
    history_restructure(history);
    return (follow(history, &shift) && history_remove_sheet(history, sheet)) ||
           rearrange_say_failed(history, problem);
}
