/* SPDX-License-Identifier: MIT */
/*
 * file_format.h - the format of docs/file-format.md: numbers, places, and what must hold of them.
 *
 *     0          4096                 data_offset                                      file_bytes
 *     | header   | extents, then zero | block | block | block | ...                             |
 *
 * Invariant: where an extent's bytes lie follows from the extents before it, and how large the file
 * is from all of them. So there is one file for one content, and nothing in it may be otherwise.
 */
#ifndef STP_FILE_FORMAT_H
#define STP_FILE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    STP_FILE_HEADER_BYTES = 4096,
    STP_FILE_USED_HEADER_BYTES = 96, /* the rest is zero */
    STP_FILE_EXTENT_BYTES = 32,
    STP_FILE_VERSION = 1,
    STP_FILE_SLOTS = 1,
    STP_FILE_ARRAY = 2,
    STP_FILE_ORDER = 0x01020304, /* in the byte order of the elements */
    STP_FILE_CHECKSUM_AT = 88,
    STP_FILE_BLOCK_MIN_BYTES = 4096,
    STP_FILE_BLOCK_MAX_BYTES = 2 << 20
};

static const uint8_t stp_file_magic[8] = {0x89, 'S', 'T', 'E', 'P', 'P', 'E', '\n'};

struct stp_file_header {
    uint32_t version, kind, order, block_bytes;
    uint64_t element_bytes, element_max, count;
    uint64_t extent_count, extent_offset, data_offset, file_bytes;
    uint64_t extent_checksum, checksum;
};

struct stp_file_extent {
    uint64_t first, count, offset, checksum;
};

/* ---- numbers -------------------------------------------------------------------------------- */

static inline void stp_file_put(uint8_t *bytes, uint64_t value, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t stp_file_take(const uint8_t *bytes, size_t size_bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size_bytes; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* order is the one number that lies as the machine has it. */
static inline void stp_file_put_header(uint8_t *bytes, const struct stp_file_header *header)
{
    memset(bytes, 0, STP_FILE_HEADER_BYTES);
    memcpy(bytes, stp_file_magic, sizeof stp_file_magic);
    stp_file_put(bytes + 8, header->version, 4);
    stp_file_put(bytes + 12, header->kind, 4);
    memcpy(bytes + 16, &header->order, 4);
    stp_file_put(bytes + 20, header->block_bytes, 4);
    const uint64_t numbers[] = {header->element_bytes, header->element_max,     header->count,
                                header->extent_count,  header->extent_offset,   header->data_offset,
                                header->file_bytes,    header->extent_checksum, header->checksum};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        stp_file_put(bytes + 24 + 8 * i, numbers[i], 8);
}

static inline void stp_file_take_header(const uint8_t *bytes, struct stp_file_header *header)
{
    uint64_t *numbers[] = {&header->element_bytes, &header->element_max,     &header->count,
                           &header->extent_count,  &header->extent_offset,   &header->data_offset,
                           &header->file_bytes,    &header->extent_checksum, &header->checksum};
    header->version = (uint32_t)stp_file_take(bytes + 8, 4);
    header->kind = (uint32_t)stp_file_take(bytes + 12, 4);
    memcpy(&header->order, bytes + 16, 4);
    header->block_bytes = (uint32_t)stp_file_take(bytes + 20, 4);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = stp_file_take(bytes + 24 + 8 * i, 8);
}

static inline void stp_file_put_extent(uint8_t *bytes, const struct stp_file_extent *extent)
{
    stp_file_put(bytes, extent->first, 8);
    stp_file_put(bytes + 8, extent->count, 8);
    stp_file_put(bytes + 16, extent->offset, 8);
    stp_file_put(bytes + 24, extent->checksum, 8);
}

static inline void stp_file_take_extent(const uint8_t *bytes, struct stp_file_extent *extent)
{
    extent->first = stp_file_take(bytes, 8);
    extent->count = stp_file_take(bytes + 8, 8);
    extent->offset = stp_file_take(bytes + 16, 8);
    extent->checksum = stp_file_take(bytes + 24, 8);
}

/* ---- places --------------------------------------------------------------------------------- */

/* Where the data begins behind so many extents; false when that is no number. */
static inline bool stp_file_data_offset(uint64_t extent_count, uint32_t block_bytes,
                                        uint64_t *offset)
{
    uint64_t end;
    if (__builtin_mul_overflow(extent_count, (uint64_t)STP_FILE_EXTENT_BYTES, &end) ||
        __builtin_add_overflow(end, (uint64_t)STP_FILE_HEADER_BYTES + block_bytes - 1, &end))
        return false;
    *offset = end & ~((uint64_t)block_bytes - 1);
    return true;
}

/* The places of extents, one after the other. */
struct stp_file_places {
    uint64_t element_bytes, element_max, data_offset;
    uint32_t block_bytes;
    uint64_t block_count, last_page; /* last_page only with block_count */
    uint64_t next_first;             /* the next extent begins behind it: they do not touch */
    uint64_t extent_count, count;    /* so far */
};

static inline struct stp_file_places stp_file_begin(const struct stp_file_header *header)
{
    return (struct stp_file_places){.element_bytes = header->element_bytes,
                                    .element_max = header->element_max,
                                    .data_offset = header->data_offset,
                                    .block_bytes = header->block_bytes};
}

/* The place of the next extent; false when it may not come next. element_bytes * element_max is at
 * most UINT64_MAX / 4. */
static inline bool stp_file_place(struct stp_file_places *places, uint64_t first, uint64_t count,
                                  uint64_t *offset)
{
    if (first < places->next_first || first >= places->element_max || !count ||
        count > places->element_max - first)
        return false;
    uint64_t first_byte = first * places->element_bytes;
    uint64_t end_byte = (first + count) * places->element_bytes;
    uint64_t page = first_byte / places->block_bytes;
    uint64_t last_page = (end_byte - 1) / places->block_bytes;
    bool shares_block = places->block_count && page == places->last_page;
    uint64_t block = places->block_count - shares_block;
    if (__builtin_mul_overflow(block, (uint64_t)places->block_bytes, offset) ||
        __builtin_add_overflow(*offset, places->data_offset + first_byte % places->block_bytes,
                               offset))
        return false;
    places->block_count = block + (last_page - page) + 1;
    places->last_page = last_page;
    places->next_first = first + count + 1;
    places->extent_count++;
    places->count += count;
    return true;
}

/* How large the file is; false when that is no number. */
static inline bool stp_file_end(const struct stp_file_places *places, uint64_t *file_bytes)
{
    return !__builtin_mul_overflow(places->block_count, (uint64_t)places->block_bytes,
                                   file_bytes) &&
           !__builtin_add_overflow(*file_bytes, places->data_offset, file_bytes);
}

/* Does the header hang together? What it says of extents is not looked at, nor the checksums. */
static inline bool stp_file_header_is_sound(const struct stp_file_header *header)
{
    uint64_t data_offset, all_bytes;
    uint32_t block = header->block_bytes;
    return block >= STP_FILE_BLOCK_MIN_BYTES && block <= STP_FILE_BLOCK_MAX_BYTES &&
           !(block & (block - 1)) && header->element_bytes && header->element_max &&
           !__builtin_mul_overflow(header->element_bytes, header->element_max, &all_bytes) &&
           all_bytes <= UINT64_MAX / 4 && header->count <= header->element_max &&
           header->extent_count <= header->count && !header->extent_count == !header->count &&
           header->extent_offset == STP_FILE_HEADER_BYTES &&
           stp_file_data_offset(header->extent_count, block, &data_offset) &&
           header->data_offset == data_offset && header->file_bytes >= data_offset;
}

#endif
