/* SPDX-License-Identifier: MIT */
/* problem.h - why something could not be done: one sentence for people, without a full stop. */
#ifndef STEPPE_COMMON_PROBLEM_H
#define STEPPE_COMMON_PROBLEM_H

#include <stdbool.h>

enum { PROBLEM_BYTES = 512 };

struct problem {
    char text[PROBLEM_BYTES]; /* UTF-8 without control characters */
};

/* Write the sentence; it is cut where it is too long. problem may be NULL. Always false, so that a
 * function can end with "return problem_say(...)". Names that come from outside may stand in it:
 * control characters become question marks. */
bool problem_say(struct problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
