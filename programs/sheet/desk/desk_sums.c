/* SPDX-License-Identifier: MIT */
/* desk_sums.c - sums of an area by and by: see desk_sums.h. */
#include "sheet/desk/desk_sums.h"

#include <math.h>
#include <string.h>

void desk_sums_want(struct desk_sums *sums, const struct sheet *sheet, struct area area,
                    uint64_t version)
{
    bool is_same = sums->sheet == sheet->id && sums->version == version &&
                   position_is(sums->area.first, area.first) &&
                   position_is(sums->area.last, area.last);
    if (is_same)
        return;
    memset(sums, 0, sizeof *sums);
    sums->sheet = sheet->id;
    sums->area = area;
    sums->version = version;
    sums->least = INFINITY;
    sums->greatest = -INFINITY;
    grid_walk_begin(&sums->walk, sheet->grid, area, GRID_AS_THEY_LIE);
}

/* With a second number for what the first has no digits for (Neumaier): 0.1 a thousand times is
 * 100. */
static void add(struct desk_sums *sums, double number)
{
    double sum = sums->sum + number;
    sums->correction +=
        fabs(sums->sum) >= fabs(number) ? (sums->sum - sum) + number : (number - sum) + sums->sum;
    sums->sum = sum;
    sums->numbers++;
    sums->least = number < sums->least ? number : sums->least;
    sums->greatest = number > sums->greatest ? number : sums->greatest;
}

bool desk_sums_step(struct desk_sums *sums, uint64_t cells_max)
{
    if (!sums->sheet || sums->is_done)
        return false;
    for (uint64_t i = 0; i < cells_max; i++) {
        const struct cell *cell = grid_walk_next(&sums->walk);
        if (!cell) {
            sums->sum += sums->correction;
            sums->correction = 0;
            sums->is_done = true;
            return false;
        }
        sums->used += cell->kind != VALUE_BLANK || cell->formula;
        sums->formulas += cell->formula != 0;
        sums->errors += cell->kind == VALUE_ERROR;
        if (cell->kind == VALUE_NUMBER)
            add(sums, cell->number);
    }
    return true;
}
