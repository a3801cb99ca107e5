/* SPDX-License-Identifier: MIT */
/*
 * heat.h - one contender measured once, in a process of its own.
 *
 * A child process per measurement keeps the contenders from finding each other's warm heap, and its
 * figures are differences between two moments of that child, so what it inherited cancels out.
 */
#ifndef UNICODE_HEAT_H
#define UNICODE_HEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contender.h"
#include "dataset.h"

struct heat {
    uint64_t address_space_bytes, resident_bytes, page_table_bytes;
    uint64_t mapping_count, fault_count;
    struct contender_figures own;
    uint64_t fingerprint; /* of what the lookups found: equal for all that keep records */
    double load_seconds, lookup_seconds;
};

/* The same random list of code points for everybody. */
struct lookups {
    const uint32_t *code_points;
    size_t count;
};

/* False with a complaint when the child failed. */
bool heat_run(struct heat *heat, const struct contender *contender, const struct dataset *dataset,
              const struct lookups *lookups);

#endif
