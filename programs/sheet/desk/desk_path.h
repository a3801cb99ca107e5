/* SPDX-License-Identifier: MIT */
/* desk_path.h - names of files as people write them. */
#ifndef STEPPE_SHEET_DESK_PATH_H
#define STEPPE_SHEET_DESK_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* "~/x" in the home directory; anything else as it is. false: it has no room. */
bool desk_path_expand(const char *path, char *expanded, size_t size_bytes);

/* Go on with a path as far as all files that begin with it do alike; a '/' behind a directory.
 * Returns how many there are; 0 leaves it as it is, and so does what has no room. */
size_t desk_path_complete(char *path, size_t size_bytes);

#endif
