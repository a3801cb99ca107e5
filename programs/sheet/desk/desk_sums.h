/* SPDX-License-Identifier: MIT */
/*
 * desk_sums.h - sum, average and count of an area, found a piece at a time while nobody types: ten
 * million cells must not make the cursor slow.
 *
 *     desk_sums_want --> (begun anew when it is another area, or cells have changed)
 *         desk_sums_step, desk_sums_step ... --> is_done
 */
#ifndef STEPPE_SHEET_DESK_SUMS_H
#define STEPPE_SHEET_DESK_SUMS_H

#include "sheet/book/book.h"

struct desk_sums {
    sheet_id sheet; /* 0: nothing was wanted yet */
    struct area area;
    uint64_t version;
    bool is_done;
    uint64_t used, numbers, formulas, errors;
    double sum, correction, least, greatest;
    struct grid_walk walk;
};

void desk_sums_want(struct desk_sums *sums, const struct sheet *sheet, struct area area,
                    uint64_t version);
/* Look at so many cells more. true: there are more to come. */
bool desk_sums_step(struct desk_sums *sums, uint64_t cells_max);

#endif
