/* SPDX-License-Identifier: MIT */
/* desk_fit.c - see desk_fit.h. */
#include "sheet/desk/desk_fit.h"

#include "sheet/desk/desk_cells_view.h"

enum {
    STEPS = 4096,
    GUESS_ROWS = 300,
    GUESS_COLUMNS = 256,
    GUESS_WIDTH_MIN = 6,
    GUESS_WIDTH_MAX = 36
};

/* false: stopped. */
static bool find_width(struct desk *desk, struct area area, const struct progress *progress,
                       int *width)
{
    const struct sheet *sheet = desk_sheet(desk);
    struct grid_walk walk;
    uint64_t looked = 0;
    *width = 0;
    grid_walk_begin(&walk, sheet->grid, area, GRID_AS_THEY_LIE);
    while (grid_walk_next(&walk)) {
        if (++looked % STEPS == 0 && !progress_step(progress, "measuring", looked, 0))
            return false;
        if (sheet_merge_at(sheet, walk.position))
            continue;
        int wish = desk_cells_view_wish(desk->book, sheet, walk.position);
        *width = wish > *width ? wish : *width;
    }
    return true;
}

/* false: stopped, or refused. */
static bool fit(struct desk *desk, uint32_t column)
{
    int width;
    struct area whole = {{0, column}, {ROWS - 1, column}};
    struct position_text name = column_name(column);
    const struct progress *progress = desk_begin_work(desk, "measuring");
    bool goes_on = find_width(desk, whole, progress, &width);
    desk_end_work(desk);
    return goes_on &&
           (width == 0 || desk_do_line(desk, "width %s:%s %d", name.text, name.text, width));
}

void desk_fit_column(struct desk *desk, uint32_t column)
{
    (void)fit(desk, column); /* it says so itself */
}

void desk_fit_chosen(struct desk *desk)
{
    struct area area = desk_selection_used(desk);
    desk_begin_step(desk);
    for (uint32_t column = area.first.column; column <= area.last.column; column++)
        if (!fit(desk, column))
            break;
    (void)desk_end_step(desk); /* widths alone: nothing is to be computed */
}

void desk_fit_guess(struct desk *desk)
{
    struct sheet *sheet = desk_sheet(desk);
    struct area extent;
    if (sheet->columns.count > 0 || !grid_extent(sheet->grid, &extent))
        return;
    sheet->has_guessed_widths = true;
    for (uint32_t column = 0; column <= extent.last.column && column < GUESS_COLUMNS; column++) {
        int width;
        struct area top = {{0, column}, {GUESS_ROWS - 1, column}};
        (void)find_width(desk, top, NULL, &width); /* nothing stops it */
        width = width > GUESS_WIDTH_MAX ? GUESS_WIDTH_MAX : width;
        struct line_span span = {.first = column,
                                 .last = column,
                                 .size = width < GUESS_WIDTH_MIN ? GUESS_WIDTH_MIN : width};
        if (!line_span_set(&sheet->columns, &span))
            return; /* the others are as all columns are */
    }
}
