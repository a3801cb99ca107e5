/* SPDX-License-Identifier: MIT */
/*
 * table.h - a large zeroed array of which only the pieces that are written exist.
 *
 * Where writable memory is free until touched the whole array is made writable on first use: the
 * kernel then pays page by page. Where the kernel charges what becomes writable
 * (facts->accounts_commit) it is made writable piece by piece, so that the bookkeeping of a
 * reservation is never charged for pages nobody touched.
 *
 *   piece absent --stp_table_prepare--> piece present       (no way back but releasing the array)
 *
 * Reading an absent piece faults: readers must know from elsewhere that something was written
 * there.
 */
#ifndef STP_TABLE_H
#define STP_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum { STP_TABLE_PIECES = 128 }; /* bounds the kernel mappings one array can be split into */

struct stp_table {
    uintptr_t base; /* page-aligned part of a stp_platform_reserve */
    size_t size_bytes;
    size_t piece_bytes;
    uint64_t present[STP_TABLE_PIECES / 64];
};

/* Bytes of address space to set aside for an array: whole pages. */
size_t stp_table_reserve_bytes(size_t size_bytes);

void stp_table_init(struct stp_table *table, uintptr_t base, size_t size_bytes);

/* Make [offset, offset + size) present. Threads: any, also on the same piece. Fault handlers: yes.
 * Returns an OS error; pieces made present by a call that failed stay so. */
int stp_table_prepare(struct stp_table *table, size_t offset_bytes, size_t size_bytes,
                      uint32_t *os_call_count);

#endif
