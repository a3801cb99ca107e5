/* SPDX-License-Identifier: MIT */
/*
 * contender.h - a way of keeping the records, behind one interface, so that all are measured alike.
 */
#ifndef UNICODE_CONTENDER_H
#define UNICODE_CONTENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

/* What only the contender itself can tell. */
struct contender_figures {
    uint64_t committed_bytes; /* what it asked for and is charged with */
    uint64_t signal_count;    /* faults answered in user space */
};

struct contender {
    const char *name;
    const char *second_line; /* of its heading */
    /* NULL on failure, with a complaint. */
    void *(*open)(void);
    void (*insert)(void *self, uint32_t code_point, const struct record *record);
    /* The record of a code point that was inserted; NULL: this one keeps nothing. */
    const struct record *(*find)(void *self, uint32_t code_point);
    bool (*figures)(void *self, struct contender_figures *figures);
};

extern const struct contender contender_parser; /* keeps nothing: what reading costs by itself */
extern const struct contender contender_steppe;
extern const struct contender contender_steppe_strict;
extern const struct contender contender_dense;
extern const struct contender contender_hash;

#endif
