/* SPDX-License-Identifier: MIT */
/*
 * explorer_layout.h - where things of process mode are on a screen of some size, and what lies
 * under the mouse. A pure function of the explorer: the view draws what it says where it says, and
 * a click finds the same there.
 */
#ifndef STEPPE_MAP_EXPLORER_LAYOUT_H
#define STEPPE_MAP_EXPLORER_LAYOUT_H

#include "map/explorer.h"

enum {
    EXPLORER_COLUMNS_MIN = 64,
    EXPLORER_ROWS_MIN = 13,
    EXPLORER_LIST_COLUMNS_MAX = 8,
    EXPLORER_KEYS_MAX = 20,
    EXPLORER_ENTRY_BYTES = 32
};

enum explorer_column_what {
    EXPLORER_COLUMN_ADDRESS,
    EXPLORER_COLUMN_ACCESS,
    EXPLORER_COLUMN_CHANGE,
    EXPLORER_COLUMN_SIZE,
    EXPLORER_COLUMN_RESIDENT,
    EXPLORER_COLUMN_COMMITTED,
    EXPLORER_COLUMN_DIRTY,
    EXPLORER_COLUMN_SWAPPED,
    EXPLORER_COLUMN_RESIDENT_CHANGE,
    EXPLORER_COLUMN_COMMITTED_CHANGE,
    EXPLORER_COLUMN_NAME
};

/* A column of the list. */
struct explorer_column {
    enum explorer_column_what what;
    const char *title;
    struct screen_area area; /* of its title; the last column of it stays free, but for the mark of
                                what the list is sorted by */
    bool is_right;           /* figures end at the right */
    int order;               /* region_order, in a difference difference_order; -1: none */
};

/* An entry of the legend of kinds. */
struct explorer_entry {
    struct screen_area area;
    enum region_kind kind;
    char text[EXPLORER_ENTRY_BYTES];
};

/* A key that the last line names. */
struct explorer_key {
    struct screen_area area;
    const char *name, *meaning;
    uint32_t key;
};

struct explorer_layout {
    bool is_too_small;
    struct screen_area title, totals, kinds, library, children, list, map, words, timeline, keys;
    struct explorer_column columns[EXPLORER_LIST_COLUMNS_MAX];
    size_t column_count;
    struct explorer_entry entries[REGION_KIND_COUNT];
    size_t entry_count;
    bool is_legend_cut; /* behind the last entry stands an ellipsis */
    struct explorer_key named[EXPLORER_KEYS_MAX];
    size_t named_count;
};

/* list: a line of titles above the lines. map: inside its frame. An area of no rows is not shown.
 */
struct explorer_layout explorer_layout(const struct explorer *explorer, int columns, int rows);

enum explorer_hit_what {
    EXPLORER_HIT_NOTHING,
    EXPLORER_HIT_TITLE, /* order: region_order or difference_order, -1: not to be sorted by */
    EXPLORER_HIT_LINE,  /* row: of the list below its titles, though no line may be there */
    EXPLORER_HIT_CELL,  /* column, row: of the map, though no page may be there */
    EXPLORER_HIT_KIND,
    EXPLORER_HIT_KEY
};

struct explorer_hit {
    enum explorer_hit_what what;
    int order, column, row;
    enum region_kind kind;
    uint32_t key;
};

/* The kinds in the order of the legend: reservations of Steppe come first, then as they are
 * numbered. place is below REGION_KIND_COUNT. */
enum region_kind explorer_layout_kind(int place);

/* What is at a cell of the screen. */
struct explorer_hit explorer_layout_hit(const struct explorer_layout *layout, int column, int row);

#endif
