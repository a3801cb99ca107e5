/* SPDX-License-Identifier: MIT */
/*
 * ahead.h - reading ahead: a thread takes the next blocks from a source while its owner works on
 * those before. For sources that are work themselves, such as unpacking.
 */
#ifndef STEPPE_SHEET_AHEAD_H
#define STEPPE_SHEET_AHEAD_H

#include <stddef.h>
#include <stdint.h>

struct ahead;

/* Bytes read; 0: the end; below 0: it failed. After one of these two it is not called again. It is
 * called in another thread, which takes no signals but for its own faults. */
typedef int64_t ahead_source(void *context, void *buffer, size_t buffer_bytes);

/* Nobody but the source may touch what it reads from, until it has come to its end or ahead_free
 * has returned. NULL: there is no memory or no thread; then read without. */
struct ahead *ahead_new(ahead_source *source, void *context);
/* What the source would give, in its order; pieces may be of other sizes. */
int64_t ahead_read(struct ahead *ahead, void *buffer, size_t buffer_bytes);
void ahead_free(struct ahead *ahead); /* at any time; NULL is fine */

#endif
