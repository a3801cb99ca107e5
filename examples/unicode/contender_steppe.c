/* SPDX-License-Identifier: MIT */
#include "contender.h"

#include <steppe/steppe.h>

#include "complaint.h"
#include "table.h"

static void *open_with(bool strict)
{
    struct record *records =
        steppe_reserve(TABLE_RESERVED_BYTES, &(steppe_options){
                                                 .on_fault = STEPPE_COMMIT,
                                                 .strict = strict,
                                                 .name = strict ? "contest, strict" : "contest",
                                             });
    if (!records)
        complain("1 TiB cannot be reserved: %s", steppe_last_message());
    return records;
}

static void *open_adaptive(void)
{
    return open_with(false);
}

static void *open_strict(void)
{
    return open_with(true);
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
    steppe_statistics statistics;
    if (steppe_statistics_of(self, &statistics) != STEPPE_OK)
        return complain("no statistics: %s", steppe_last_message());
    *figures = (struct contender_figures){.committed_bytes = statistics.committed_bytes,
                                          .signal_count = statistics.fault_count};
    return true;
}

const struct contender contender_steppe = {
    .name = "Steppe",
    .second_line = "",
    .open = open_adaptive,
    .insert = insert,
    .find = find,
    .figures = figures,
};

const struct contender contender_steppe_strict = {
    .name = "Steppe",
    .second_line = "strict",
    .open = open_strict,
    .insert = insert,
    .find = find,
    .figures = figures,
};
