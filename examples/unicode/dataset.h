/* SPDX-License-Identifier: MIT */
/*
 * dataset.h - the three files of the Unicode Character Database, in memory.
 *
 * UnicodeData.txt stays text: readers parse it anew each time they fill a table, so that every way
 * of keeping the records is fed by the same work.
 */
#ifndef UNICODE_DATASET_H
#define UNICODE_DATASET_H

#include <stdbool.h>

#include "ranges.h"
#include "text.h"

struct dataset {
    struct text characters; /* UnicodeData.txt */
    struct ranges ages;     /* DerivedAge.txt */
    struct ranges scripts;  /* Scripts.txt */
};

/* False with a complaint when a file is missing or damaged. */
bool dataset_load(struct dataset *dataset, const char *directory);
void dataset_free(struct dataset *dataset);

#endif
