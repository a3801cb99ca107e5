/* SPDX-License-Identifier: MIT */
/* print.h - tokens to the text of a formula, as it would be typed, without a '=' in front. */
#ifndef STEPPE_SHEET_PRINT_H
#define STEPPE_SHEET_PRINT_H

#include "sheet/book/formula.h"

struct book;

struct print_options {
    const struct book *book;
    sheet_id sheet; /* where the formula stands: references to it go without its name */
    struct position cell;
    bool for_file; /* "_xlfn." before functions that came after Excel 2007 */
};

/* The caller's to free; NULL: out of memory. Parsed again it is the same formula; spaces of the
 * original are lost. */
char *print_formula(const struct token *tokens, size_t token_count,
                    const struct print_options *options);

#endif
