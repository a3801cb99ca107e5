/* SPDX-License-Identifier: MIT */
#include "sheet/functions/digest.h"

#include <math.h>

void digest_add(struct digest *digest, struct value value)
{
    digest->used_count++;
    if (value.kind != VALUE_NUMBER)
        return;
    double number = value.number, difference = number - digest->mean;
    sum_add(&digest->sum, number);
    digest->product = digest->count ? digest->product * number : number;
    digest->least = digest->count ? fmin(digest->least, number) : number;
    digest->most = digest->count ? fmax(digest->most, number) : number;
    digest->count++;
    digest->mean += difference / (double)digest->count;
    digest->squares += difference * (number - digest->mean);
}

static struct operand mean_of(const struct digest *digest)
{
    if (!digest->count)
        return operand_error(ERROR_DIV0);
    return operand_number(sum_result(&digest->sum) / (double)digest->count);
}

static struct operand variance_of(const struct digest *digest, uint64_t less, bool is_root)
{
    if (digest->count <= less)
        return operand_error(ERROR_DIV0);
    double variance = digest->squares / (double)(digest->count - less);
    return operand_number(is_root ? sqrt(variance) : variance);
}

struct operand digest_result(const struct digest *digest, enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_AVERAGE:
        return mean_of(digest);
    case DIGEST_COUNT:
        return operand_number((double)digest->count);
    case DIGEST_COUNT_USED:
        return operand_number((double)digest->used_count);
    case DIGEST_MOST:
        return operand_number(digest->most);
    case DIGEST_LEAST:
        return operand_number(digest->least);
    case DIGEST_PRODUCT:
        return operand_number(digest->product);
    case DIGEST_DEVIATION:
        return variance_of(digest, 1, true);
    case DIGEST_DEVIATION_OF_ALL:
        return variance_of(digest, 0, true);
    case DIGEST_SUM:
        return operand_number(sum_result(&digest->sum));
    case DIGEST_VARIANCE:
        return variance_of(digest, 1, false);
    case DIGEST_VARIANCE_OF_ALL:
        break;
    }
    return variance_of(digest, 0, false);
}
