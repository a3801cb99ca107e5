/* SPDX-License-Identifier: MIT */
/*
 * csv_guess.h - what separates the fields of a text, and what its quotes are, by its beginning.
 *
 * A separator is what most lines have the same number of. Where two do equally well: the tab before
 * ';' before '|' before ',', for the last ones stand in texts and amounts more often than the first
 * ones. A first line "sep=;" decides, as in Excel, and is passed over.
 */
#ifndef STEPPE_SHEET_CSV_GUESS_H
#define STEPPE_SHEET_CSV_GUESS_H

#include <stdbool.h>
#include <stddef.h>

struct csv_dialect {
    char separator, quote;
    size_t skip_bytes; /* of the line with "sep=" */
};

/* is_all: the text is not cut off. What is given (not 0) is not guessed. */
struct csv_dialect csv_guess(const char *text, size_t text_bytes, bool is_all, char separator,
                             char quote);

#endif
