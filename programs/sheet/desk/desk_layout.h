/* SPDX-License-Identifier: MIT */
/*
 * desk_layout.h - where everything is on a screen of some size:
 *
 *     B7          | =SUM(B1:B6)                      what is typed, or what the cell holds
 *              A         B         C                 letters
 *         1                                          the sheet; frozen lines first
 *     Sheet1  Sheet2                   book.xlsx *   tabs, the file
 *     READY   sum ...                  memory        status
 *     F1 Help  ^S Save ...                           keys to click on
 *
 * Time goes with the screen, not with the sheet.
 */
#ifndef STEPPE_SHEET_DESK_LAYOUT_H
#define STEPPE_SHEET_DESK_LAYOUT_H

#include "screen/grid.h"
#include "sheet/desk/desk_model.h"
#include "sheet/values/number_format.h"

enum {
    DESK_COLUMNS_MIN = 24,
    DESK_ROWS_MIN = 8,
    DESK_TRACKS_MAX = 512,
    DESK_TABS_MAX = 64,
    DESK_HINTS_MAX = 24,
    DESK_NAME_COLUMNS = 12 /* of the cell's name in the first row, and what stands behind it */
};

/* A row or column of the sheet that can be seen. */
struct desk_track {
    uint32_t line;
    int at, size;
    bool is_frozen;
};

struct desk_layout {
    bool is_too_small;
    int columns, rows;
    struct screen_area input, letters, numbers, cells;
    int tabs_row, status_row, hints_row;
    struct desk_track across[DESK_TRACKS_MAX], down[DESK_TRACKS_MAX];
    int across_count, down_count;
    struct {
        size_t place;
        int at, size;
    } tabs[DESK_TABS_MAX];
    int tab_count, tabs_end;
    struct {
        int action; /* desk_action.h */
        int at, size;
    } hints[DESK_HINTS_MAX];
    int hint_count;
    struct screen_area list; /* what is around a list, help, the map */
};

void desk_layout_make(struct desk_layout *layout, const struct desk *desk, int columns, int rows);

/* How many columns of the screen one of the sheet takes; 0: it is hidden. */
int desk_layout_width(const struct sheet *sheet, uint32_t column);
/* How many rows of the screen one of the sheet takes: those of the wrapped texts in the layout's
 * columns, or, for one that was made higher, as many as have room; 0: it is hidden. */
int desk_layout_height(const struct desk_layout *layout, const struct desk *desk, uint32_t row);
/* The text of a cell that is wrapped; false: it is not. */
bool desk_layout_wrapped(const struct desk *desk, struct position position,
                         struct formatted *shown);
/* The first line from here on that is not hidden, forwards or backwards; limit: there is none. */
uint32_t desk_layout_visible(const struct line_spans *spans, uint32_t line, uint32_t limit,
                             bool is_backwards);
/* The first line to be shown, so that one is the last of so many cells of the screen. */
uint32_t desk_layout_first_for(const struct desk_layout *layout, const struct desk *desk,
                               bool is_columns, uint32_t line, int space);

/* Which cell is at a place of the screen; false: none. */
bool desk_layout_cell_at(const struct desk_layout *layout, int column, int row,
                         struct position *position);
/* Which line, by its header or further along; -1: none. */
int desk_layout_across_at(const struct desk_layout *layout, int column);
int desk_layout_down_at(const struct desk_layout *layout, int row);

/* Rows that a list's title takes, and those for its entries. */
int desk_layout_title_rows(const struct desk_layout *layout, const struct desk *desk);
int desk_layout_list_rows(const struct desk_layout *layout, const struct desk *desk);

#endif
