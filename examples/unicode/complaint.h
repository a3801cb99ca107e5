/* SPDX-License-Identifier: MIT */
/*
 * complaint.h - one clear line on standard error about what is wrong with the input.
 */
#ifndef UNICODE_COMPLAINT_H
#define UNICODE_COMPLAINT_H

#include <stdbool.h>

enum {
    EXIT_BAD_INPUT = 1,    /* data files or the machine */
    EXIT_USAGE = 2,        /* the command line */
    EXIT_CONTRADICTION = 3 /* two figures that must agree do not */
};

/* "unicode-table: PATH:LINE: ..."; line 0 leaves the number out. Always false, so that a parser can
 * return it. */
bool complain_at(const char *path, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "unicode-table: ..."; always false. */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
