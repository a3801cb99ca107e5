/* SPDX-License-Identifier: MIT */
/* xlsx_extras.h - what an XLSX sheet has in files of its own, and what of it is not kept. */
#ifndef STEPPE_SHEET_XLSX_EXTRAS_H
#define STEPPE_SHEET_XLSX_EXTRAS_H

#include "sheet/book/arrival.h"
#include "sheet/files/archive.h"

/* Charts, pictures, comments, pivot tables ... of the file a sheet was read from. false with a
 * sentence: out of memory; what cannot be read is passed over. */
bool xlsx_extras_count(struct arrival *arrival, struct archive *archive, const char *part,
                       const struct sheet *sheet);

#endif
