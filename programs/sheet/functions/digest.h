/* SPDX-License-Identifier: MIT */
/*
 * digest.h - what SUBTOTAL, AGGREGATE, DSUM and their like tell of numbers that come one by one:
 * eleven things, by the numbers that SUBTOTAL has for them.
 */
#ifndef STEPPE_SHEET_DIGEST_H
#define STEPPE_SHEET_DIGEST_H

#include "sheet/book/function.h"

enum digest_kind {
    DIGEST_AVERAGE = 1,
    DIGEST_COUNT = 2,      /* of numbers */
    DIGEST_COUNT_USED = 3, /* of all that is not empty */
    DIGEST_MOST = 4,
    DIGEST_LEAST = 5,
    DIGEST_PRODUCT = 6,
    DIGEST_DEVIATION = 7, /* of a sample */
    DIGEST_DEVIATION_OF_ALL = 8,
    DIGEST_SUM = 9,
    DIGEST_VARIANCE = 10,
    DIGEST_VARIANCE_OF_ALL = 11
};

/* All 0 at the start. */
struct digest {
    uint64_t count, used_count;
    struct sum sum;
    double product, least, most;
    double mean, squares; /* Welford: of differences from the mean */
};

/* A value that is not blank; what is no number counts among those used. */
void digest_add(struct digest *digest, struct value value);
/* #DIV/0! where there are too few numbers. */
struct operand digest_result(const struct digest *digest, enum digest_kind kind);

#endif
