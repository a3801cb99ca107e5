/* SPDX-License-Identifier: MIT */
/* desk_table.h - sorting what is chosen, or the table around the cursor, and filtering it. */
#ifndef STEPPE_SHEET_DESK_TABLE_H
#define STEPPE_SHEET_DESK_TABLE_H

#include "sheet/desk/desk_model.h"

/* By the cursor's column; a first row of titles stays. */
void desk_table_sort_up(struct desk *desk);
void desk_table_sort_down(struct desk *desk);
/* What the question proposes: by the cursor's column, with " header" where a first row of titles
 * would stay. */
enum { DESK_SORT_KEYS_BYTES = 32 };
void desk_table_sort_proposal(const struct desk *desk, char keys[DESK_SORT_KEYS_BYTES]);
/* As the command has it: "+B -C header". */
void desk_table_sort_by(struct desk *desk, const char *keys);

/* A filter's area, or no more. */
void desk_table_filter(struct desk *desk);
/* Bring the figures of desk->filtered up to date, before they are drawn. */
void desk_table_count_filtered(struct desk *desk);
/* A list of the values in the cursor's column. */
void desk_table_filter_values(struct desk *desk);
/* Rows that fulfil a condition there (">=10"), besides those of other columns. */
void desk_table_show_rows(struct desk *desk, const char *condition);

#endif
