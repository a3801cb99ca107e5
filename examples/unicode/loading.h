/* SPDX-License-Identifier: MIT */
/*
 * loading.h - filling a table from a data set, able to go on after a refusal.
 *
 * Everything the loop changes lives here, outside of the function that may be left by a fault, so
 * the place where it stopped is still known afterwards.
 */
#ifndef UNICODE_LOADING_H
#define UNICODE_LOADING_H

#include <stdbool.h>

#include "dataset.h"
#include "reader.h"
#include "table.h"

struct loading {
    struct table table;
    struct reader reader;
};

/* How a run of the loop ended. */
enum loading_end {
    LOADING_DONE,
    LOADING_REFUSED, /* a commit was refused; the fault tells which and why. Run it again to go on
                      */
    LOADING_FAILED   /* the data is damaged; a complaint has been made */
};

/* Begin at the first character; the table is the caller's. */
void loading_start(struct loading *loading, const struct dataset *dataset);

enum loading_end loading_run(struct loading *loading, steppe_fault *fault);

#endif
