/* SPDX-License-Identifier: MIT */
/*
 * arrival.h - what comes out of a file into a workbook, for all who read files: sheets whose names
 * are not allowed here, formulas that cannot be read, widths in other units.
 *
 * Problems of the file are losses, and reading goes on; refused memory ends it.
 */
#ifndef STEPPE_SHEET_ARRIVAL_H
#define STEPPE_SHEET_ARRIVAL_H

#include "sheet/book/book.h"
#include "sheet/book/losses.h"
#include "sheet/book/parse.h"

enum { ARRIVAL_WHERE_BYTES = 192 };

struct arrival {
    struct book *book;
    struct losses *losses;
    struct problem *problem;
    const struct progress *progress;
    struct parsed *parsed; /* for arrival_formula */
};

/* false with a sentence. */
bool arrival_begin(struct arrival *arrival, struct book *book, struct losses *losses,
                   const struct progress *progress, struct problem *problem);
void arrival_end(struct arrival *arrival);

/* A sheet more, under another name if this one is not allowed or taken (a loss). NULL: there are
 * SHEETS_MAX (a loss too, and *is_refused is false), or memory was refused (with a sentence). */
struct sheet *arrival_sheet(struct arrival *arrival, const char *name, bool *is_refused);

/* "Sheet1!B7". */
void arrival_where(const struct arrival *arrival, const struct sheet *sheet,
                   struct position position, char where[ARRIVAL_WHERE_BYTES]);
/* One thing more that is not kept of a cell. */
void arrival_lose(struct arrival *arrival, const char *what, const struct sheet *sheet,
                  struct position position);

/* A formula of a cell, held by the caller. false: memory was refused (with a sentence). *formula 0:
 * it cannot be read, which is a loss. sheet NULL: of a name of the workbook, which is what. */
struct arrival_formula {
    const char *text;
    size_t text_bytes;
    const struct sheet *sheet;
    const char *name;
    struct position cell;
    enum parse_dialect dialect;
    bool is_array;
    bool may_unite; /* "A1:B2,D1:D2" without parentheses, as print areas are written */
};
bool arrival_formula(struct arrival *arrival, const struct arrival_formula *given,
                     formula_id *formula);

/* The same formula in another cell, with all its references to the same cells as before; held by
 * the caller. false: memory was refused (with a sentence). */
bool arrival_move_formula(struct arrival *arrival, formula_id formula, struct position from,
                          struct position to, formula_id *moved);

/* Define a name (of a sheet, or NULL) to be a formula, whose hold is taken over. false: memory was
 * refused. */
bool arrival_name(struct arrival *arrival, const char *name, size_t name_bytes,
                  const struct sheet *sheet, formula_id formula, bool is_hidden);

/* Merge an area, or count it among the losses. */
void arrival_merge(struct arrival *arrival, struct sheet *sheet, struct area area);

/* Always false, with a sentence. */
bool arrival_say_refused(const struct arrival *arrival);

/* Widths of columns, in characters, from pixels of 1/96 inch: Excel's, with five for the edges. */
double arrival_characters(double pixels);

#endif
