/* SPDX-License-Identifier: MIT */
/*
 * archive.h - reading the files in a zip archive, one after the other, without ever having more of
 * one than a buffer in memory; and never more of it than is sane.
 *
 * Archives come from anywhere. Names are compared, never used as paths. A file may not unpack to
 * more than ARCHIVE_FILE_BYTES_MAX, all that is read of one archive to more than ARCHIVE_BYTES_MAX,
 * nor to more than ARCHIVE_RATIO_MAX times what is packed (once beyond the first 16 MiB): then it
 * is a bomb, and reading fails with a sentence that says so.
 */
#ifndef STEPPE_SHEET_ARCHIVE_H
#define STEPPE_SHEET_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"

#define ARCHIVE_FILE_BYTES_MAX (UINT64_C(16) << 30)
#define ARCHIVE_BYTES_MAX (UINT64_C(32) << 30)
enum { ARCHIVE_RATIO_MAX = 1000, ARCHIVE_FILES_MAX = 65536 };

struct archive;
struct archive_file;

/* NULL with a sentence: not there, not allowed, no zip archive, damaged, encrypted. */
struct archive *archive_open(const char *path, struct problem *problem);
void archive_close(struct archive *archive);
bool archive_has(const struct archive *archive, const char *name); /* case does not count */
size_t archive_count(const struct archive *archive);
const char *archive_name(const struct archive *archive, size_t index);

/* One open at a time for an archive, and until it is closed nothing else may be asked of that: a
 * large one is unpacked ahead of its reader, by a thread. NULL with a sentence. */
struct archive_file *archive_file_open(struct archive *archive, const char *name,
                                       struct problem *problem);
/* Bytes read; 0: the end; -1 with a sentence: damaged (a wrong checksum too), or a bomb. */
int64_t archive_file_read(struct archive_file *file, void *buffer, size_t buffer_bytes,
                          struct problem *problem);
uint64_t archive_file_size_bytes(const struct archive_file *file); /* as the archive says */
void archive_file_close(struct archive_file *file);

#endif
