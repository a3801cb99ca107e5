/* SPDX-License-Identifier: MIT */
/* problem.h - why something could not be done: one sentence for people, without a full stop. */
#ifndef STEPPE_COMMON_PROBLEM_H
#define STEPPE_COMMON_PROBLEM_H

#include <stdbool.h>

enum { PROBLEM_BYTES = 512 };

/* What a program may ask of one beside telling it: what it ends with, say. */
enum problem_kind {
    PROBLEM_ANY,
    PROBLEM_MEMORY /* refused: by a limit, or by the system */
};

struct problem {
    char text[PROBLEM_BYTES]; /* UTF-8 without control characters */
    enum problem_kind kind;
};

/* Write the sentence; where it is too long its middle goes, with " ... " in its place. problem may
 * be NULL. Always false, so that a function can end with "return problem_say(...)". Names that come
 * from outside may stand in it: control characters become question marks. */
bool problem_say(struct problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same of memory that was refused. */
bool problem_say_memory(struct problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool problem_out_of_memory(struct problem *problem); /* "out of memory" */

/* Put words in front of what it says: the name of a file, say. Its kind stays. */
bool problem_precede(struct problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
