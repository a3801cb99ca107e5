/* SPDX-License-Identifier: MIT */
/* xlsx_strings.h - the shared strings of an XLSX file, by number. */
#ifndef STEPPE_SHEET_XLSX_STRINGS_H
#define STEPPE_SHEET_XLSX_STRINGS_H

#include "sheet/book/arrival.h"
#include "sheet/files/archive.h"

struct xlsx_strings {
    text_id *texts; /* held; an array of steppe/array.h, or NULL */
    uint64_t count;
};

/* false with a sentence. */
bool xlsx_strings_read(struct xlsx_strings *strings, struct arrival *arrival,
                       struct archive *archive, const char *part);
void xlsx_strings_free(struct xlsx_strings *strings, struct book *book);

#endif
