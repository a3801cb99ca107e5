/* SPDX-License-Identifier: MIT */
/*
 * desk_clipboard.h - tables from and for other programs, as these have them: fields apart by tabs,
 * rows by line ends, in quotes where a field has one of these in it.
 */
#ifndef STEPPE_SHEET_DESK_CLIPBOARD_H
#define STEPPE_SHEET_DESK_CLIPBOARD_H

#include "sheet/desk/desk_model.h"

/* What is chosen, as it looks, to the terminal, if that takes it and it is not too long. */
void desk_clipboard_offer(const struct desk *desk);

/* The table of an area as text. The caller's to free; NULL: it is longer than that, or out of
 * memory. */
char *desk_clipboard_text(const struct desk *desk, struct area area, size_t bytes_max);

/* Type a table, from the cursor on; or, while something is typed, put the text in there. One step
 * to undo. */
void desk_clipboard_paste(struct desk *desk, const char *text);

#endif
