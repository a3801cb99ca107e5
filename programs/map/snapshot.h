/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - captures in files, as docs/map-format.md has it. A snapshot is what --json writes.
 */
#ifndef STEPPE_MAP_SNAPSHOT_H
#define STEPPE_MAP_SNAPSHOT_H

#include "map/capture.h"
#include "common/problem.h"

/* Write a capture to a file: all of it or nothing. It is written beside the file and takes its name
 * when it is complete and on disk; a file that was there is replaced then. Only the owner may read
 * it (mode 0600): it says which files a program uses and where its memory lies.
 * Something other than a plain file under that name (a pipe, /dev/stdout) is written to directly.
 * False with a sentence; the file is as it was. */
bool snapshot_save(const struct capture *capture, const char *path, struct problem *problem);

/* Read one. capture is {0} before. Everything is checked; figures that follow from others (totals,
 * kinds, holes) are worked out anew. False with a sentence that names the file and the first thing
 * wrong: not there, no snapshot of steppe-map, another kind or version, damaged; capture is {0}.
 * Larger than SNAPSHOT_BYTES_MAX is refused. */
bool snapshot_load(struct capture *capture, const char *path, struct problem *problem);
#define SNAPSHOT_BYTES_MAX ((size_t)256 << 20)

/* The same from bytes in memory; path stands in the sentences only. */
bool snapshot_read(struct capture *capture, const char *bytes, size_t byte_count, const char *path,
                   struct problem *problem);

#endif
