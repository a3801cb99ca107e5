/* SPDX-License-Identifier: MIT */
/* shift.c - see shift.h. */
#include "sheet/book/shift.h"

#include <string.h>

#include "sheet/values/value.h"

/* ---- one line ---------------------------------------------------------------------------------
 */

static bool is_of_rows(const struct shift *shift)
{
    return shift->kind == SHIFT_INSERT_ROWS || shift->kind == SHIFT_DELETE_ROWS;
}

static bool is_insertion(const struct shift *shift)
{
    return shift->kind == SHIFT_INSERT_ROWS || shift->kind == SHIFT_INSERT_COLUMNS;
}

/* Where a row or column goes; false: nowhere. */
static bool shift_line(const struct shift *shift, uint32_t line, uint32_t *moved)
{
    uint32_t limit = is_of_rows(shift) ? ROWS : COLUMNS;
    *moved = line;
    if (line < shift->first)
        return true;
    if (is_insertion(shift)) {
        *moved = line + shift->count;
        return shift->count < limit - line;
    }
    if (line - shift->first < shift->count)
        return false;
    *moved = line - shift->count;
    return true;
}

/* The same of both ends of a range: it shrinks and stretches, and ends only as a whole. */
static bool shift_range(const struct shift *shift, uint32_t *first, uint32_t *last)
{
    uint32_t limit = is_of_rows(shift) ? ROWS : COLUMNS;
    uint32_t moved_first, moved_last;
    bool has_first = shift_line(shift, *first, &moved_first);
    bool has_last = shift_line(shift, *last, &moved_last);
    if (is_insertion(shift)) {
        if (!has_first)
            return false;
        if (!has_last)
            moved_last = limit - 1;
    } else {
        if (!has_first && !has_last)
            return false;
        if (!has_first)
            moved_first = shift->first;
        if (!has_last)
            moved_last = shift->first - 1; /* there is one: the range begins in front of it */
    }
    *first = moved_first;
    *last = moved_last;
    return true;
}

/* ---- positions --------------------------------------------------------------------------------
 */

static struct position carried(const struct shift *shift, struct position position)
{
    return (struct position){position.row - shift->area.first.row + shift->to.row,
                             position.column - shift->area.first.column + shift->to.column};
}

static struct area target_area(const struct shift *shift)
{
    return (struct area){shift->to, carried(shift, shift->area.last)};
}

bool shift_position(const struct shift *shift, struct position position, struct position *moved)
{
    *moved = position;
    switch (shift->kind) {
    case SHIFT_INSERT_ROWS:
    case SHIFT_DELETE_ROWS:
        return shift_line(shift, position.row, &moved->row);
    case SHIFT_INSERT_COLUMNS:
    case SHIFT_DELETE_COLUMNS:
        return shift_line(shift, position.column, &moved->column);
    case SHIFT_MOVE:
        if (area_has(shift->area, position)) {
            *moved = carried(shift, position);
            return true;
        }
        return shift->sheet != shift->to_sheet || !area_has(target_area(shift), position);
    case SHIFT_DELETE_SHEET:
        break;
    }
    return false;
}

/* ---- references -------------------------------------------------------------------------------
 */

struct meaning {
    sheet_id sheet; /* never SHEET_OWN */
    struct area area;
};

static bool holds(struct area outer, struct area inner)
{
    return area_has(outer, inner.first) && area_has(outer, inner.last);
}

/* Cells that are moved take the references to them along; what they are laid over is gone. An area
 * of which a part is moved stays what it is. */
static bool shift_moved(const struct shift *shift, struct meaning *meaning)
{
    if (meaning->sheet == shift->sheet && holds(shift->area, meaning->area)) {
        meaning->sheet = shift->to_sheet;
        meaning->area.first = carried(shift, meaning->area.first);
        meaning->area.last = carried(shift, meaning->area.last);
        return true;
    }
    return meaning->sheet != shift->to_sheet || !holds(target_area(shift), meaning->area);
}

/* false: what was referred to is gone. */
static bool shift_meaning(const struct shift *shift, unsigned flags, struct meaning *meaning)
{
    if (shift->kind == SHIFT_MOVE)
        return shift_moved(shift, meaning);
    if (meaning->sheet != shift->sheet)
        return true;
    if (shift->kind == SHIFT_DELETE_SHEET)
        return false;
    bool rows = is_of_rows(shift);
    if (flags & (rows ? TOKEN_WHOLE_COLUMNS : TOKEN_WHOLE_ROWS))
        return true; /* all rows are still all rows */
    struct area *area = &meaning->area;
    return rows ? shift_range(shift, &area->first.row, &area->last.row)
                : shift_range(shift, &area->first.column, &area->last.column);
}

/* One end of a reference, as written. */
static struct position corner_of(const struct token *token, bool last, struct position cell)
{
    bool is_last = last && token->kind == TOKEN_AREA;
    uint32_t row = is_last ? token->last_row : token->row;
    uint32_t column = is_last ? token->last_column : token->column;
    if (!(token->flags & (is_last ? TOKEN_FIXED_LAST_ROW : TOKEN_FIXED_ROW)))
        row = (row + cell.row) % ROWS;
    if (!(token->flags & (is_last ? TOKEN_FIXED_LAST_COLUMN : TOKEN_FIXED_COLUMN)))
        column = (column + cell.column) % COLUMNS;
    return (struct position){row, column};
}

static unsigned swapped(unsigned flags, unsigned a, unsigned b)
{
    return (flags & ~(a | b)) | (flags & a ? b : 0) | (flags & b ? a : 0);
}

/* token_area puts the corners in order; their dollars have to go with them. */
static unsigned ordered_flags(const struct token *token, struct position cell)
{
    struct position first = corner_of(token, false, cell), last = corner_of(token, true, cell);
    unsigned flags = token->flags;
    if (token->kind == TOKEN_AREA && first.row > last.row)
        flags = swapped(flags, TOKEN_FIXED_ROW, TOKEN_FIXED_LAST_ROW);
    if (token->kind == TOKEN_AREA && first.column > last.column)
        flags = swapped(flags, TOKEN_FIXED_COLUMN, TOKEN_FIXED_LAST_COLUMN);
    return flags;
}

/* Where the formula stands, before and after. */
struct stand {
    sheet_id sheet, moved_sheet;
    struct position cell, moved;
};

static struct token gone(void)
{
    return (struct token){.kind = TOKEN_ERROR, .error = ERROR_REF};
}

static struct token shift_reference(const struct shift *shift, const struct token *token,
                                    const struct stand *stand)
{
    struct token result = *token;
    struct meaning meaning = {token->sheet == SHEET_OWN ? stand->sheet : token->sheet,
                              token_area(token, stand->cell)};
    unsigned flags = ordered_flags(token, stand->cell);
    if (!shift_meaning(shift, flags, &meaning))
        return gone();
    bool was_own = token->sheet == SHEET_OWN;
    result.sheet = was_own && meaning.sheet == stand->moved_sheet ? SHEET_OWN : meaning.sheet;
    token_set_area(&result, meaning.area, flags, stand->moved);
    return result;
}

static struct token shift_token(const struct shift *shift, const struct token *token,
                                const struct stand *stand)
{
    if (token->kind == TOKEN_CELL || token->kind == TOKEN_AREA)
        return shift_reference(shift, token, stand);
    if (token->kind == TOKEN_NAME && shift->kind == SHIFT_DELETE_SHEET &&
        token->sheet == shift->sheet && token->sheet != SHEET_OWN)
        return gone();
    return *token;
}

bool shift_tokens(const struct shift *shift, struct token *tokens, size_t token_count,
                  sheet_id formula_sheet, struct position cell, sheet_id moved_sheet,
                  struct position moved)
{
    struct stand stand = {formula_sheet, moved_sheet, cell, moved};
    bool has_changed = false;
    for (size_t i = 0; i < token_count; i++) {
        struct token token = shift_token(shift, &tokens[i], &stand);
        if (memcmp(&token, &tokens[i], sizeof token) == 0)
            continue;
        tokens[i] = token;
        has_changed = true;
    }
    return has_changed;
}
