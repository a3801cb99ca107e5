/* SPDX-License-Identifier: MIT */
#include "contender.h"

#include <stdlib.h>

#include "complaint.h"

/* Linux gives untouched pages of a large calloc no memory either, as long as it may overcommit; the
 * whole size is asked for, and charged where it may not. */
static void *open_array(void)
{
    struct record *records = calloc(CODE_POINT_COUNT, sizeof *records);
    if (!records)
        complain("no memory for a dense array of all code points");
    return records;
}

static void insert(void *self, uint32_t code_point, const struct record *record)
{
    struct record *records = self;
    records[code_point] = *record;
}

static const struct record *find(void *self, uint32_t code_point)
{
    const struct record *records = self;
    return &records[code_point];
}

static bool figures(void *self, struct contender_figures *figures)
{
    (void)self;
    *figures = (struct contender_figures){.committed_bytes =
                                              (uint64_t)CODE_POINT_COUNT * sizeof(struct record)};
    return true;
}

const struct contender contender_dense = {
    .name = "calloc",
    .second_line = "array",
    .open = open_array,
    .insert = insert,
    .find = find,
    .figures = figures,
};
