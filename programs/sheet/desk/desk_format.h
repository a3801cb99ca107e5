/* SPDX-License-Identifier: MIT */
/* desk_format.h - how what is chosen looks: number formats, letters, alignment. */
#ifndef STEPPE_SHEET_DESK_FORMAT_H
#define STEPPE_SHEET_DESK_FORMAT_H

#include "sheet/desk/desk_model.h"

/* A list of number formats, with what the cursor's number looks like in each. */
void desk_format_choose(struct desk *desk);
void desk_format_more_decimals(struct desk *desk);
void desk_format_fewer_decimals(struct desk *desk);
/* On, or off where the cursor's cell has it. */
void desk_format_bold(struct desk *desk);
void desk_format_italic(struct desk *desk);
void desk_format_underline(struct desk *desk);
void desk_format_strike(struct desk *desk);
void desk_format_wrap(struct desk *desk);
/* A list of them. */
void desk_format_align(struct desk *desk);

#endif
