/* SPDX-License-Identifier: MIT */
/* desk_change.h - changing cells, lines and sheets, for the table of desk_action.h and answers. */
#ifndef STEPPE_SHEET_DESK_CHANGE_H
#define STEPPE_SHEET_DESK_CHANGE_H

#include "sheet/desk/desk_model.h"

void desk_change_copy(struct desk *desk);
void desk_change_cut(struct desk *desk);
void desk_change_paste(struct desk *desk);
void desk_change_paste_as(struct desk *desk);
void desk_change_clear(struct desk *desk);
void desk_change_clear_formats(struct desk *desk);
void desk_change_clear_all(struct desk *desk);
void desk_change_fill_down(struct desk *desk);
void desk_change_fill_right(struct desk *desk);
void desk_change_fill_series(struct desk *desk);
void desk_change_undo(struct desk *desk);
void desk_change_redo(struct desk *desk);
void desk_change_insert_rows(struct desk *desk);
void desk_change_insert_columns(struct desk *desk);
void desk_change_delete_rows(struct desk *desk);
void desk_change_delete_columns(struct desk *desk);
/* Lists of the four, and of the two; of lines that are chosen as such, at once. */
void desk_change_lines(struct desk *desk);
void desk_change_delete_lines(struct desk *desk);
void desk_change_hide_rows(struct desk *desk);
void desk_change_hide_columns(struct desk *desk);
void desk_change_unhide(struct desk *desk);
void desk_change_wider(struct desk *desk);
void desk_change_narrower(struct desk *desk);
void desk_change_merge(struct desk *desk);
void desk_change_unmerge(struct desk *desk);
void desk_change_freeze(struct desk *desk);
void desk_change_remove_sheet(struct desk *desk);
void desk_change_calculate(struct desk *desk);
void desk_change_manual(struct desk *desk);
/* The columns, or the rows, that are chosen, as commands have them: "B:D", "3:5". */
struct area_text desk_change_columns(const struct desk *desk);
struct area_text desk_change_rows(const struct desk *desk);

#endif
