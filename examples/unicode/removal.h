/* SPDX-License-Identifier: MIT */
/*
 * removal.h - take all characters of one script out of a table and give back what they alone held.
 */
#ifndef UNICODE_REMOVAL_H
#define UNICODE_REMOVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "table.h"

struct removal {
    uint64_t character_count; /* taken out */
    uint64_t page_count;      /* decommitted: they held nothing else */
    uint64_t kept_page_count; /* shared with other scripts: records cleared, page kept */
    uint64_t call_count;      /* neighbouring pages go in one call */
};

/* False with a complaint when a decommit fails. */
bool removal_run(struct removal *removal, const struct table *table, uint16_t script);

#endif
