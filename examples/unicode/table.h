/* SPDX-License-Identifier: MIT */
/*
 * table.h - the table of all code points: one Steppe reservation, a plain C array.
 *
 * The reservation is a tebibyte, room for four billion records. Unicode ends at U+10FFFF, so only
 * the first 272 MiB can ever hold one; the rest shows that room costs nothing.
 */
#ifndef UNICODE_TABLE_H
#define UNICODE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <steppe/steppe.h>

#include "record.h"

#define TABLE_RESERVED_BYTES STEPPE_TIB
#define TABLE_USABLE_BYTES ((size_t)CODE_POINT_COUNT * RECORD_BYTES)

struct table {
    struct record *records; /* NULL: no table */
    steppe_budget *budget;  /* counts, and limits, what the records commit */
};

/* Reserve a table committed on fault. False with a complaint. filter may be NULL. */
bool table_reserve(struct table *table, const char *name, uint64_t limit_bytes,
                   steppe_filter filter, void *filter_context);

/* Give everything back. False with a complaint. */
bool table_release(struct table *table);

/* The record of a code point, NULL when there is no character. Never commits: a page that was not
 * committed cannot hold a record, so its state is asked first. */
const struct record *table_find(const struct table *table, uint32_t code_point);

steppe_state table_state(const struct table *table, uint32_t code_point);

/* Walk over all records in use without committing a page. */
typedef void (*table_visitor)(uint32_t code_point, struct record *record, void *context);
void table_visit(const struct table *table, table_visitor visitor, void *context);

/* A number that depends on every byte of every record in use and on its place. */
uint64_t table_fingerprint(const struct table *table);

/* Bytes of the pages that hold a record in use: what must be committed at the least. */
uint64_t table_needed_bytes(const struct table *table);

/* Bytes committed according to a walk over the runs. */
uint64_t table_committed_bytes(const struct table *table);

/* Ask everybody who can know about the table's memory - walk, statistics, budget, kernel - and
 * compare. Prints one line per agreement. */
void table_audit(const struct table *table);

/* Physical memory behind the table according to the kernel; 0 when it cannot be asked. */
uint64_t table_resident_bytes(const struct table *table);

/* The code point whose record lies at an offset. */
static inline uint32_t table_code_point_at(size_t offset_bytes)
{
    return (uint32_t)(offset_bytes / RECORD_BYTES);
}

#endif
