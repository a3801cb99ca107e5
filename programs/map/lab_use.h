/* SPDX-License-Identifier: MIT */
/*
 * lab_use.h - putting structures to use and writing all their bytes, so that their pages come.
 *
 * This may take as long as there is memory, so it is done in pieces; what has been done is all in
 * struct lab_use. Also a single large structure is written in pieces.
 */
#ifndef STEPPE_MAP_LAB_USE_H
#define STEPPE_MAP_LAB_USE_H

#include "common/human.h"

#include <steppe/base.h>

struct lab;

#define LAB_USE_MAX (UINT64_C(1) << 27) /* structures in one command: seconds, not hours */

/* How far a use of a range came. Starts as {.next = first}. */
struct lab_use {
    uint64_t next;        /* the structure it is at; one behind the last: all are done */
    size_t written_bytes; /* of that one; 0: it is not in use yet */
    uint64_t used, kept;  /* done; of these were in use already, and are as they were */
    steppe_status status; /* anything but OK: next is refused */
    bool is_touch;        /* the touch of it was refused, not the call */
};

/* Go on until the range is done, one is refused, or it is end_ms by screen_clock_ms (INT64_MAX: no
 * matter when). A refused touch leaves the structure in use without memory, and says so in
 * lab->has_refused. No guard may be in the way. */
void lab_use_piece(struct lab *lab, struct human_range range, int64_t end_ms, struct lab_use *use);

/* Has the machine room for so much? Else lab->said says what to do. */
bool lab_use_is_affordable(struct lab *lab, const struct human_ranges *ranges);

#endif
