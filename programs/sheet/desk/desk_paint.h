/* SPDX-License-Identifier: MIT */
/* desk_paint.h - how things on the screen of a sheet look, whichever part shows them. */
#ifndef STEPPE_SHEET_DESK_PAINT_H
#define STEPPE_SHEET_DESK_PAINT_H

#include "screen/grid.h"
#include "sheet/book/book.h"
#include "sheet/values/number_format.h"

extern const struct screen_style desk_plain, desk_bold, desk_dim, desk_good, desk_bad, desk_header,
    desk_header_chosen, desk_chosen, desk_copied, desk_cursor_style, desk_tab, desk_tab_active;

/* Of references in a formula that is being typed, one after the other; as ink in the formula, as
 * paper in the sheet. */
uint8_t desk_paint_reference(size_t number);

/* A cell's own colours and letters, with what its number format wants. */
struct screen_style desk_paint_cell(const struct style *style, enum format_color color);

#endif
