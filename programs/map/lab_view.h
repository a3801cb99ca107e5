/* SPDX-License-Identifier: MIT */
/*
 * lab_view.h - how the lab looks: a function from the model, and from what the user has chosen to
 * see of it, to a grid. Draws on no terminal, and changes nothing of the model.
 *
 *     title
 *     buttons              [ Use ] applies, ( Use ) does not
 *     index field          and what the last command had to say
 *     settings
 *     map                  zoomed and scrolled by struct tiles
 *     legend
 *     the page under the cursor, in words
 *     figures, budget
 *     log
 *     keys, or the command line, or how far a task is
 *
 * A cell of the map is a page, or several; near enough, a page takes several cells, one for each
 * structure on it (or for each eighth of the page, where there are more).
 */
#ifndef STEPPE_MAP_LAB_VIEW_H
#define STEPPE_MAP_LAB_VIEW_H

#include "map/lab.h"
#include "map/tiles.h"
#include "screen/grid.h"

enum {
    LAB_FIELD_BYTES = 128,
    LAB_COLUMNS_MIN = 76,
    LAB_ROWS_MIN = 15,
    LAB_COLUMNS_MAX = 1000,
    LAB_ROWS_MAX = 500,
    LAB_PIECES_MAX = 8, /* of a page that is shown in several cells */
};

enum lab_focus { LAB_ON_MAP, LAB_ON_INDEX, LAB_ON_BUDGET, LAB_ON_COMMAND };

/* A line of text being edited; ASCII. Invariant: cursor <= length < LAB_FIELD_BYTES, text[length]
 * is 0. */
struct lab_field {
    char text[LAB_FIELD_BYTES];
    size_t length, cursor;
    bool is_fresh; /* the first character typed replaces what is there */
};

void lab_field_set(struct lab_field *field, const char *text);

struct lab_view {
    int columns, rows;
    struct tiles tiles; /* of pages */
    bool is_automatic;  /* zoomed so that all is seen, as near as that goes */
    bool is_detailed;   /* a page takes several cells */
    uint64_t cursor;    /* a page */
    enum lab_focus focus;
    struct lab_field index, budget, command;
    bool shows_help;
    int help_row; /* the first one seen */
};

/* What can be clicked. */
enum lab_place {
    LAB_PLACE_NONE,
    LAB_PLACE_RESERVE,
    LAB_PLACE_USE,
    LAB_PLACE_CLEAR,
    LAB_PLACE_COLLECT,
    LAB_PLACE_RELEASE,
    LAB_PLACE_BACKGROUND,
    LAB_PLACE_INDEX,
    LAB_PLACE_STRATEGY,
    LAB_PLACE_GIVE_BACK,
    LAB_PLACE_MECHANISM,
    LAB_PLACE_BUDGET,
    LAB_PLACE_MAP,
    LAB_PLACES
};

struct lab_layout {
    struct screen_area places[LAB_PLACES];
    int legend_row, words_row, figures_row, figures_rows, log_row, log_rows, keys_row;
    int cell_columns; /* of a cell of the map, with the gap behind it */
    int pieces;       /* ... that a page is shown in; 0: a cell is one glyph */
};

void lab_view_open(struct lab_view *view, int columns, int rows);

/* Fit what is seen to the size of the screen and to the pages there are. To be called before the
 * functions below whenever either, or the view, has changed; tiles are arranged by it. */
struct lab_layout lab_view_arrange(struct lab_view *view, const struct lab *lab);

bool lab_view_is_too_small(const struct lab_view *view);

/* Draw all of it; the grid is as large as the view. *cursor_column: of the text cursor, or -1. */
void lab_view_draw(const struct lab_view *view, const struct lab *lab, struct screen_grid *grid,
                   int *cursor_column, int *cursor_row);

/* What lies at a cell of the screen, and which page, for LAB_PLACE_MAP. */
enum lab_place lab_view_find(const struct lab_view *view, const struct lab *lab, int column,
                             int row, uint64_t *page);

/* The cursor by so many cells, or rows of cells; nearer or farther by so many steps, or all. */
void lab_view_move(struct lab_view *view, const struct lab *lab, int64_t cells);
void lab_view_move_to(struct lab_view *view, const struct lab *lab, uint64_t page);
void lab_view_zoom(struct lab_view *view, const struct lab *lab, int steps);
void lab_view_fit(struct lab_view *view, const struct lab *lab);

/* What a key does to the help; false: it does not scroll it, or all of it is seen. */
bool lab_view_scroll_help(struct lab_view *view, uint32_t key);

/* The pages of the cell that the cursor is in. */
struct tiles_span lab_view_cell(const struct lab_view *view);

#endif
