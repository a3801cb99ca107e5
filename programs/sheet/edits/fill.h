/* SPDX-License-Identifier: MIT */
/*
 * fill.h - going on with a series: what stands in some cells decides what comes
 * behind them.
 *
 *    1 3          5 7 9           numbers: by the difference of the last two;
 * one alone repeats a date       the next days; by months or years when the
 * last two are on the same day Q1  Item 03  Q2  Item 04     a number at the
 * end, by one or the last difference; Q4 -> Q1 Mon  March   Tue  April English
 * names of days and months, long or short, of any case formulas     as copied
 *    all else     again and again, as also what is mixed
 */
#ifndef STEPPE_SHEET_FILL_H
#define STEPPE_SHEET_FILL_H

#include "sheet/book/book.h"

struct history;

/* Go on from area to the rest of to, which has area at one of its corners or
 * edges: down or up for each column, then right or left for each row. false: a
 * sentence; what has been done stands in the open step (history.h). */
bool fill_series(struct history *history, struct sheet *sheet, struct area area, struct area to,
                 struct problem *problem);

#endif
