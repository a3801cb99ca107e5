/* SPDX-License-Identifier: MIT */
/*
 * audit.h - figures from different sources that must agree.
 *
 * Every comparison is counted; one that fails is printed at once with both figures, and makes the
 * program's exit status EXIT_CONTRADICTION.
 */
#ifndef UNICODE_AUDIT_H
#define UNICODE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

/* One figure and who says so. */
struct figure {
    const char *source;
    uint64_t value;
};

bool audit_equal(struct figure left, struct figure right);
bool audit_at_most(struct figure small, struct figure large);
bool audit_true(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print a line with a tick when all comparisons since the last tick held. */
void audit_tick(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t audit_comparison_count(void);
uint64_t audit_contradiction_count(void);

#endif
