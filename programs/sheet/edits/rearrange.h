/* SPDX-License-Identifier: MIT */
/*
 * rearrange.h - moving cells: rows and columns that come in or go, an area
 * moved to another place, sorting, copying. Cells, styles, widths, merged
 * areas, names, and all references of all formulas follow.
 *
 * All of it goes through history.h. false: a sentence, and what has been done
 * until then stands in the open step: whoever calls goes back to his mark.
 */
#ifndef STEPPE_SHEET_REARRANGE_H
#define STEPPE_SHEET_REARRANGE_H

#include "sheet/book/book.h"
#include "sheet/book/shift.h"

struct history;

/* Insert or delete rows or columns, or move an area, as the shift says. What is
 * deleted, and what lies where an area is moved to, goes. false: cells would be
 * pushed over the edge ("row 1048576 is in use"), a merged area would be cut or
 * laid over, it was stopped, or memory was refused. */
bool rearrange(struct history *history, const struct shift *shift, struct problem *problem);

/* The sheet goes; references to it become #REF!, its own names go. */
bool rearrange_remove_sheet(struct history *history, struct sheet *sheet, struct problem *problem);

struct sort_key {
    uint32_t column; /* or row, when columns are sorted */
    bool descends;
};
enum { SORT_KEYS_MAX = 16 };
struct sort_options {
    struct sort_key keys[SORT_KEYS_MAX];
    size_t key_count;
    bool has_header; /* the first row stays */
    bool by_columns; /* columns are sorted, by the values in rows */
};
/* Sort the rows of an area: numbers, text, truths, errors, and blanks last, in
 * either direction; equal ones keep their order. Formulas in rows that move go
 * along as if copied, as in Excel. false also: the area meets a merged one, or
 * a key lies outside. line_count: how many rows there were to sort. */
bool rearrange_sort(struct history *history, struct sheet *sheet, struct area area,
                    const struct sort_options *options, uint64_t *line_count,
                    struct problem *problem);

/* Copy an area's cells to another, which is filled with them again and again;
 * one that is smaller gets as many as there are. Formulas keep their relative
 * words. The source may be of another sheet, and overlap. COPY_ALL copies
 * merged areas too. */
enum copy_what { COPY_ALL, COPY_VALUES, COPY_FORMULAS, COPY_FORMATS };
struct copy {
    struct sheet *from, *to;
    struct area area, to_area;
    enum copy_what what;
};
bool rearrange_copy(struct history *history, const struct copy *copy, struct problem *problem);

/* More cells than this are not filled at once, or given a format. */
enum { REARRANGE_CELLS_MAX = 1 << 24 };
/* Says why the last call of history.h failed. Always false. */
bool rearrange_say_failed(const struct history *history, struct problem *problem);

#endif
