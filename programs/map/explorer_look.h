/* SPDX-License-Identifier: MIT */
/* explorer_look.h - how things of process mode look, whichever part of the screen shows them. */
#ifndef STEPPE_MAP_EXPLORER_LOOK_H
#define STEPPE_MAP_EXPLORER_LOOK_H

#include "map/capture.h"
#include "screen/grid.h"

enum { EXPLORER_WIDE_ENOUGH = 90, EXPLORER_TEXT_BYTES = 512 };

extern const struct screen_style explorer_plain, explorer_bold, explorer_dim, explorer_good,
    explorer_bad, explorer_warning;

/* The colour and the letter of a kind: colours alone would not tell them apart for everybody. */
char explorer_look_letter(enum region_kind kind);
struct screen_style explorer_look_of_kind(enum region_kind kind);

/* Names come from outside; what is too long keeps its end, which tells more of a path than its
 * beginning. */
void explorer_look_name(struct screen_grid *grid, int column, int row, int columns,
                        struct screen_style style, const char *name);

/* For a narrow column: of a path that is too long without its folders, and without what the kernel
 * says behind it of a file that is gone. */
void explorer_look_short_name(struct screen_grid *grid, int column, int row, int columns,
                              struct screen_style style, const char *name);

/* A region's name. What has none is called by its kind; the variables of a program or library that
 * begin as zeros, by the file they lie behind. capture is the one that has the region. */
const char *explorer_look_region_name(const struct capture *capture, const struct region *region,
                                      char text[EXPLORER_TEXT_BYTES]);

/* Figures with their names, one after the other, on the next row where one does not fit: none is
 * ever cut. Starts as {0}; those behind EXPLORER_ITEMS_MAX are left out. */
enum { EXPLORER_ITEMS_MAX = 16, EXPLORER_VALUE_BYTES = 2 * HUMAN_TEXT_BYTES + 8 };

struct explorer_items {
    struct {
        const char *name; /* not copied */
        char value[EXPLORER_VALUE_BYTES];
        struct screen_style style; /* of the value */
    } items[EXPLORER_ITEMS_MAX];
    size_t count;
};

void explorer_items_add(struct explorer_items *items, struct screen_style style, const char *name,
                        const char *value);
void explorer_items_add_bytes(struct explorer_items *items, struct screen_style style,
                              const char *name, uint64_t bytes);

/* The same behind a bound: "<= 4.0 KiB"; none stands before an unknown figure, or 0. */
void explorer_items_add_bounded(struct explorer_items *items, struct screen_style style,
                                const char *name, const char *bound, uint64_t bytes);
void explorer_items_add_count(struct explorer_items *items, struct screen_style style,
                              const char *name, uint64_t count);

/* "1 of 50", of whatever unit. */
void explorer_items_add_share(struct explorer_items *items, struct screen_style style,
                              const char *name, const char *part, const char *whole);

/* Into an area, from a column of its first row on: two columns apart where that fits, else one.
 * What does not fit even so is left out from the end. Returns the column where another one would
 * begin. */
int explorer_items_draw(const struct explorer_items *items, struct screen_grid *grid,
                        struct screen_area area, int first_column);

#endif
