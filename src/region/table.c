/* SPDX-License-Identifier: MIT */
#include "region/table.h"

#include "base/align.h"
#include "base/check.h"
#include "platform/platform.h"

enum { PIECE_BYTES_MIN = 64 * 1024 };

size_t stp_table_reserve_bytes(size_t size_bytes)
{
    uintptr_t rounded = 0;
    bool fits = stp_round_up(size_bytes, stp_platform_facts()->page_bytes, &rounded);
    STP_ASSERT(fits);
    return rounded;
}

void stp_table_init(struct stp_table *table, uintptr_t base, size_t size_bytes)
{
    size_t whole = stp_power_of_two_above(stp_max(size_bytes, PIECE_BYTES_MIN));
    size_t piece = stp_max(whole / STP_TABLE_PIECES, PIECE_BYTES_MIN);
    *table = (struct stp_table){
        .base = base,
        .size_bytes = stp_table_reserve_bytes(size_bytes),
        .piece_bytes = stp_platform_facts()->accounts_commit ? piece : whole,
    };
}

static int prepare_piece(struct stp_table *table, size_t piece, uint32_t *os_call_count)
{
    uint64_t *word = &table->present[piece / 64];
    uint64_t bit = (uint64_t)1 << (piece % 64);
    size_t offset = piece * table->piece_bytes;
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit)
        return 0;
    ++*os_call_count;
    int error = stp_platform_protect(table->base + offset,
                                     stp_min(table->piece_bytes, table->size_bytes - offset),
                                     STEPPE_READ_WRITE);
    if (!error)
        __atomic_fetch_or(word, bit, __ATOMIC_RELEASE);
    return error;
}

int stp_table_prepare(struct stp_table *table, size_t offset_bytes, size_t size_bytes,
                      uint32_t *os_call_count)
{
    STP_CHECK(size_bytes && offset_bytes + size_bytes <= table->size_bytes);
    size_t last = (offset_bytes + size_bytes - 1) / table->piece_bytes;
    for (size_t piece = offset_bytes / table->piece_bytes; piece <= last; piece++) {
        int error = prepare_piece(table, piece, os_call_count);
        if (error)
            return error;
    }
    return 0;
}
