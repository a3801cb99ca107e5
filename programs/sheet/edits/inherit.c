/* SPDX-License-Identifier: MIT */
/*
 * inherit.c - see inherit.h. A walk must not meet cells that become used on the way: so many are
 * gathered, then put, and the walk begins anew behind them.
 */
#include "sheet/edits/inherit.h"

#include "sheet/edits/history.h"

enum { GATHERED_MAX = 1024 };

struct inheriting {
    struct history *history;
    struct sheet *sheet;
    bool is_columns;
    uint32_t source, first, last; /* lines */
    uint64_t done, total;
};

struct gathered {
    struct {
        uint32_t across; /* its place in the line */
        style_id style;
    } cells[GATHERED_MAX];
    size_t count;
};

static struct position place(const struct inheriting *inheriting, uint32_t line, uint32_t across)
{
    return inheriting->is_columns ? (struct position){across, line}
                                  : (struct position){line, across};
}

static struct area source_from(const struct inheriting *inheriting, uint32_t across)
{
    uint32_t last = inheriting->is_columns ? ROWS - 1 : COLUMNS - 1;
    return (struct area){place(inheriting, inheriting->source, across),
                         place(inheriting, inheriting->source, last)};
}

static void begin_walk(struct grid_walk *walk, const struct inheriting *inheriting, uint32_t across)
{
    grid_walk_begin(walk, inheriting->sheet->grid, source_from(inheriting, across),
                    inheriting->is_columns ? GRID_BY_COLUMNS : GRID_BY_ROWS);
}

/* Blank cells look like their lines: these are worth a cell only where they would look otherwise.
 */
static bool differs(const struct inheriting *inheriting, uint32_t across, style_id style)
{
    struct position position = place(inheriting, inheriting->first, across);
    return style && style != sheet_style_of_lines(inheriting->sheet, position);
}

static uint64_t count_styled(const struct inheriting *inheriting)
{
    struct grid_walk walk;
    uint64_t count = 0;
    begin_walk(&walk, inheriting, 0);
    for (const struct cell *cell; (cell = grid_walk_next(&walk));)
        count +=
            differs(inheriting, inheriting->is_columns ? walk.position.row : walk.position.column,
                    cell->style);
    return count;
}

static void gather(const struct inheriting *inheriting, uint32_t across, struct gathered *gathered)
{
    struct grid_walk walk;
    gathered->count = 0;
    begin_walk(&walk, inheriting, across);
    for (const struct cell *cell;
         gathered->count < GATHERED_MAX && (cell = grid_walk_next(&walk));) {
        uint32_t at = inheriting->is_columns ? walk.position.row : walk.position.column;
        if (!differs(inheriting, at, cell->style))
            continue;
        gathered->cells[gathered->count].across = at;
        gathered->cells[gathered->count++].style = cell->style;
    }
}

static bool put(struct inheriting *inheriting, const struct gathered *gathered)
{
    for (uint32_t line = inheriting->first; line <= inheriting->last; line++)
        for (size_t i = 0; i < gathered->count; i++) {
            struct cell cell = {.style = gathered->cells[i].style};
            struct position position = place(inheriting, line, gathered->cells[i].across);
            if (!history_step(inheriting->history, "formatting", ++inheriting->done,
                              inheriting->total) ||
                !history_put_cell(inheriting->history, inheriting->sheet, position, &cell))
                return false;
        }
    return true;
}

static bool inherit_cells(struct inheriting *inheriting)
{
    struct gathered gathered;
    uint32_t lines = inheriting->last - inheriting->first + 1;
    uint64_t count = count_styled(inheriting);
    inheriting->total = count * lines;
    if (count > INHERITED_CELLS_MAX / lines)
        return true;
    for (uint32_t across = 0; count > 0; count -= gathered.count) {
        gather(inheriting, across, &gathered);
        if (gathered.count == 0)
            break;
        if (!put(inheriting, &gathered))
            return false;
        across = gathered.cells[gathered.count - 1].across + 1;
        if (gathered.count < GATHERED_MAX)
            break;
    }
    return true;
}

static bool inherit_line(const struct inheriting *inheriting)
{
    const struct sheet *sheet = inheriting->sheet;
    const struct line_span *span =
        line_span_at(inheriting->is_columns ? &sheet->columns : &sheet->rows, inheriting->source);
    struct line_change change = {.sets_style = true, .style = span ? span->style : 0};
    return !change.style ||
           history_lines(inheriting->history, inheriting->sheet, inheriting->is_columns,
                         inheriting->first, inheriting->last, &change);
}

bool inherit_styles(struct history *history, struct sheet *sheet, const struct shift *shift)
{
    bool is_columns = shift->kind == SHIFT_INSERT_COLUMNS;
    uint32_t behind = (is_columns ? COLUMNS : ROWS) - shift->first;
    uint32_t count = shift->count < behind ? shift->count : behind;
    if (shift->first == 0 || count == 0)
        return true;
    struct inheriting inheriting = {.history = history,
                                    .sheet = sheet,
                                    .is_columns = is_columns,
                                    .source = shift->first - 1,
                                    .first = shift->first,
                                    .last = shift->first + count - 1};
    return inherit_line(&inheriting) && inherit_cells(&inheriting);
}
