/* SPDX-License-Identifier: MIT */
/*
 * replacement.h - a file that takes another one's place when it is complete, or never.
 *
 *             begin               commit: to disk, then renamed
 *    (none) ---------> beside it ------------------------------> in its place
 *                          | abandon, or a commit that fails
 *                          v
 *                       (none), and the old one is as it was
 *
 * It lies in the same folder, so that renaming is one step, with a name that begins with a point
 * and ends with "~". A symbolic link stays, and what it leads to is replaced. The old file's mode
 * is kept, and its owner, where that is allowed.
 */
#ifndef STEPPE_SHEET_REPLACEMENT_H
#define STEPPE_SHEET_REPLACEMENT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "common/problem.h"

struct replacement {
    char *path;     /* that it will have: no link */
    char *folder;   /* where both are */
    char *beside;   /* where it is now */
    int descriptor; /* open for writing; others may write to the path beside instead */
    bool may_replace;
    bool has_old;
    struct stat old;
};

/* false with a sentence: there is a file and it may not be replaced, it is a folder, or may not be
 * written to; or the folder does not let us, or is full. Then there is nothing to end. */
bool replacement_begin(struct replacement *replacement, const char *path, bool may_replace,
                       struct problem *problem);
/* Both end it. */
bool replacement_commit(struct replacement *replacement, struct problem *problem);
void replacement_abandon(struct replacement *replacement);

#endif
