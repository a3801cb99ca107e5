/* SPDX-License-Identifier: MIT */
/* desk_fit.h - columns as wide as their contents. */
#ifndef STEPPE_SHEET_DESK_FIT_H
#define STEPPE_SHEET_DESK_FIT_H

#include "sheet/desk/desk_model.h"

/* Those that are chosen, by a command. */
void desk_fit_chosen(struct desk *desk);
void desk_fit_column(struct desk *desk, uint32_t column);
/* Those of a file that says nothing of widths, from what its first rows want; no step to undo. */
void desk_fit_guess(struct desk *desk);

#endif
