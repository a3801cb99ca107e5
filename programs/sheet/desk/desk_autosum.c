/* SPDX-License-Identifier: MIT */
/* desk_autosum.c - see desk_autosum.h. */
#include "sheet/desk/desk_autosum.h"

#include <stdio.h>

#include "sheet/desk/desk_typing.h"

static bool has_number(const struct desk *desk, struct position position)
{
    return grid_at(desk_sheet(desk)->grid, position)->kind == VALUE_NUMBER;
}

/* Numbers that end right before the cursor. false: there is none. */
static bool find_numbers(const struct desk *desk, bool is_above, struct area *area)
{
    struct position cursor = desk_cursor(desk), first = cursor;
    uint32_t *line = is_above ? &first.row : &first.column;
    while (*line > 0) {
        (*line)--;
        if (!has_number(desk, first)) {
            (*line)++;
            break;
        }
    }
    if (position_is(first, cursor))
        return false;
    struct position last = cursor;
    if (is_above)
        last.row--;
    else
        last.column--;
    *area = area_of(first, last);
    return true;
}

static void propose(struct desk *desk)
{
    char text[AREA_TEXT_BYTES + 8];
    struct area area;
    bool is_found = find_numbers(desk, true, &area) || find_numbers(desk, false, &area);
    snprintf(text, sizeof text, "=SUM(%s)", is_found ? area_name(area).text : "");
    desk_typing_begin(desk, DESK_EDITS, text);
    if (!is_found)
        desk->line.cursor--;
}

static bool is_blank_row(const struct desk *desk, struct area area, uint32_t row)
{
    struct grid_walk walk;
    area.first.row = area.last.row = row;
    grid_walk_begin(&walk, desk_sheet(desk)->grid, area, GRID_AS_THEY_LIE);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        if (cell->kind != VALUE_BLANK || cell->formula)
            return false;
    return true;
}

void desk_autosum(struct desk *desk)
{
    struct area area = desk_selection_used(desk);
    if (area_rows(area) < 2) {
        propose(desk);
        return;
    }
    struct position first = {area.last.row, area.first.column}, last = area.last;
    if (is_blank_row(desk, area, area.last.row))
        area.last.row--;
    else
        first.row = ++last.row;
    if (first.row >= ROWS) {
        desk_say(desk, true, "there is no row below it");
        return;
    }
    struct area numbers = area;
    numbers.last.column = numbers.first.column;
    desk_begin_step(desk);
    bool is_done = desk_do_line(desk, "type %s \"=SUM(%s)\"", position_name(first, 0).text,
                                area_name(numbers).text);
    if (is_done && first.column < last.column)
        is_done = desk_do_line(desk, "copy %s %s formulas", position_name(first, 0).text,
                               area_name(area_of(first, last)).text);
    if (desk_end_step(desk) && is_done)
        desk_say(desk, false, "sums are in %s", area_name(area_of(first, last)).text);
}
