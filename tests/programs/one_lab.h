/* SPDX-License-Identifier: MIT */
/* one_lab.h - the lab that a test has, which is gone without a trace at its end. */
#ifndef STEPPE_TESTS_ONE_LAB_H
#define STEPPE_TESTS_ONE_LAB_H

#include "map/lab.h"
#include "support.h"

static struct lab lab;

static void teardown(void)
{
    lab_close(&lab);
    require_equal(process_charge(), 0);
}

static struct human_ranges ranges_of(const char *text)
{
    struct human_ranges ranges;
    char why[HUMAN_WHY_BYTES];
    require(human_parse_ranges(text, lab.options.slot_max, &ranges, why), "%s", why);
    return ranges;
}

#endif
