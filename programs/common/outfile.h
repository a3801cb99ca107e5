/* SPDX-License-Identifier: MIT */
/* outfile.h - a file that is written: all of it or nothing. */
#ifndef STEPPE_COMMON_OUTFILE_H
#define STEPPE_COMMON_OUTFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "common/problem.h"

/* Writes to a stream. False: it could not; errno says why. */
typedef bool outfile_writer(FILE *stream, const void *context);

/* Let a writer write a file. It is written beside it and takes its name when it is complete and on
 * disk; a file that was there is replaced then. Only the owner may read it (mode 0600): what is
 * written here says which files a program uses and where its memory lies.
 * Something other than a plain file under that name (a pipe, /dev/stdout) is written to directly.
 * False with a sentence; a file that was there is as it was. */
bool outfile_save(const char *path, outfile_writer *write, const void *context,
                  struct problem *problem);

#endif
