/* SPDX-License-Identifier: MIT */
/*
 * text.h - the texts of a workbook: each kept once, however many cells hold it, and known by a
 * number that never changes while somebody holds it.
 *
 *              text_keep, first           text_drop, last
 *   (nowhere) ------------------> held ------------------> dead -- text_collect --> (nowhere)
 *                  ^  |              ^                       |
 *                  +--+ keep, drop   +------- text_keep -----+
 *
 * Dead texts stay until their bytes are collected: the memory of the held ones is moved together
 * and the rest given back. So pointers to text are good until the next text_collect, and no longer.
 *
 * Memory: reservations of the library, charged to the budget given; one array of bytes, one of
 * records, one open hash table (pool.h): some 23 bytes for each text beside its own.
 */
#ifndef STEPPE_SHEET_TEXT_H
#define STEPPE_SHEET_TEXT_H

#include <steppe/budget.h>

#include "sheet/values/value.h"

struct text_pool;

/* A text's number; 0 is none. */
typedef uint32_t text_id;

/* NULL with the library's last status. */
struct text_pool *text_pool_new(steppe_budget *budget);
void text_pool_free(struct text_pool *pool);
/* The one it was given: for what belongs to the same workbook. */
steppe_budget *text_pool_budget(const struct text_pool *pool);

/* Hold a text: its number; 0: memory was refused (steppe_last_status), and nothing has changed.
 * text_bytes is at most TEXT_BYTES_MAX. The empty text has a number, too. */
text_id text_keep(struct text_pool *pool, const char *text, size_t text_bytes);
/* One holder more, one less, of a text that is held; 0 is fine. */
void text_hold(struct text_pool *pool, text_id text);
void text_drop(struct text_pool *pool, text_id text);

/* The bytes, with a 0 behind them; "" for 0. */
const char *text_bytes(const struct text_pool *pool, text_id text, size_t *size_bytes);
struct value text_value(const struct text_pool *pool, text_id text);

/* Give back the memory of dead texts; all pointers to texts end. Returns the bytes given back. */
uint64_t text_collect(struct text_pool *pool);
/* Would it be worth while: are more bytes dead than alive, and more than a MiB? */
bool text_wants_collection(const struct text_pool *pool);

struct text_statistics {
    uint64_t held_count, held_bytes, dead_bytes;
    uint64_t committed_bytes;
};
struct text_statistics text_statistics_of(const struct text_pool *pool);
bool text_is_valid(const struct text_pool *pool); /* for tests: every invariant */

#endif
