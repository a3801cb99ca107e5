/* SPDX-License-Identifier: MIT */
/*
 * file.c - slots and arrays in files: steppe/file.h. The format is file_format.h's.
 *
 * Both directions are streams of bytes in the order of the file:
 *
 *     saving     elements -> data buffer -> blocks that are not zero       header last, when all
 *                runs     -> table buffer -> blocks                        checksums are known
 *     loading    table -> every number checked, nothing made yet
 *                table and data side by side, checked again -> elements
 *
 * Elements are copied to and from buffers even where the system could have them in place: only so
 * is what is written what was summed, do neighbours not in use stay out of the file, and do pages
 * come that the system would not fetch for us.
 *
 * The second look at the table is not trust in the first: whoever changes the file in between must
 * not lead us outside. Views look twice, too.
 */
#include <steppe/file.h>

#include <string.h>

#include "base/align.h"
#include "base/check.h"
#include "base/status.h"
#include "containers/file_format.h"
#include "containers/slots_internal.h"
#include "platform/platform.h"
#include "region/region_internal.h"

/* All of it static and inline: nothing to link. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Multiples of any system's page. */
#define DATA_BYTES STEPPE_MIB
#define TABLE_BYTES (STEPPE_MIB / 4)

/* Elements of either kind, being saved or loaded. */
struct content {
    const char *function; /* the public call */
    uint32_t kind;
    uint8_t *elements; /* not written to by saving */
    size_t element_bytes;
    uint64_t element_max, count;
};

/* ---- failures ------------------------------------------------------------------------------- */

static steppe_status fail(const char *function, steppe_status status, const char *note)
{
    return stp_status_fail(
        &(struct stp_failure){.function = function, .status = status, .note = note});
}

static steppe_status fail_file(const char *function, int os_error, const char *note)
{
    return stp_status_fail(&(struct stp_failure){
        .function = function, .status = STEPPE_E_FILE, .os_error = os_error, .note = note});
}

static steppe_status fail_size(const char *function, uint64_t wanted_bytes, uint64_t there_bytes)
{
    return stp_status_fail(&(struct stp_failure){.function = function,
                                                 .status = STEPPE_E_FOREIGN,
                                                 .has_request = true,
                                                 .requested = wanted_bytes,
                                                 .available = there_bytes,
                                                 .note = "elements of another size, in bytes"});
}

/* What failed inside is the public call's failure. */
static steppe_status fail_as(const char *function)
{
    struct stp_failure failure = stp_status_last();
    failure.function = function;
    return stp_status_fail(&failure);
}

static steppe_status damaged(const char *function, const char *note)
{
    return fail(function, STEPPE_E_DAMAGED, note);
}

/* ---- buffers -------------------------------------------------------------------------------- */

struct buffers {
    uintptr_t base;
    uint8_t *data, *table;
};

static steppe_status take_buffers(const char *function, struct buffers *buffers)
{
    size_t bytes = DATA_BYTES + TABLE_BYTES;
    uint32_t os_calls = 0;
    bool in_use;
    int error = stp_platform_reserve(0, bytes, STEPPE_MIB, 0, &buffers->base, &in_use, &os_calls);
    if (!error) {
        error = stp_platform_protect(buffers->base, bytes, STEPPE_READ_WRITE);
        if (error)
            (void)stp_platform_release(buffers->base, bytes); /* benign: address space only */
    }
    if (error)
        return stp_status_fail(&(struct stp_failure){.function = function,
                                                     .status = stp_platform_diagnose(error, bytes),
                                                     .os_error = error,
                                                     .note = "for buffers"});
    buffers->data = (uint8_t *)buffers->base;
    buffers->table = buffers->data + DATA_BYTES;
    return STEPPE_OK;
}

static void return_buffers(struct buffers *buffers)
{
    (void)stp_platform_release(buffers->base, DATA_BYTES + TABLE_BYTES); /* benign: as above */
}

static bool is_zero(const uint8_t *bytes, size_t size_bytes)
{
    return !*bytes && memcmp(bytes, bytes + 1, size_bytes - 1) == 0;
}

/* ---- writing in order ----------------------------------------------------------------------- */

/* The buffer's first byte belongs at offset, a multiple of a block. */
struct sink {
    const struct stp_platform_file *file;
    uint8_t *buffer;
    size_t buffer_bytes, used_bytes, block_bytes;
    uint64_t offset;
};

static struct sink sink_at(const struct stp_platform_file *file, uint8_t *buffer,
                           size_t buffer_bytes, size_t block_bytes, uint64_t offset)
{
    return (struct sink){.file = file,
                         .buffer = buffer,
                         .buffer_bytes = buffer_bytes,
                         .block_bytes = block_bytes,
                         .offset = offset};
}

static uint64_t sink_place(const struct sink *sink)
{
    return sink->offset + sink->used_bytes;
}

/* Blocks that are zero are in the new file already, and stay holes. */
static int sink_flush(struct sink *sink)
{
    size_t at = 0, end = sink->used_bytes;
    while (at < end) {
        size_t first = at, block = 0;
        for (; at < end; at += block) {
            block = stp_min(sink->block_bytes, end - at);
            if (is_zero(sink->buffer + at, block))
                break;
        }
        if (at > first) {
            int error = stp_platform_file_write(sink->file, sink->offset + first,
                                                sink->buffer + first, at - first);
            if (error)
                return error;
        }
        if (at < end)
            at += block;
    }
    sink->offset += sink->used_bytes;
    sink->used_bytes = 0;
    return 0;
}

/* Room for some of size_bytes, to be filled by the caller; *got_bytes is at least 1. */
static int sink_take(struct sink *sink, uint64_t size_bytes, uint8_t **room, size_t *got_bytes)
{
    if (sink->used_bytes == sink->buffer_bytes) {
        int error = sink_flush(sink);
        if (error)
            return error;
    }
    size_t left = sink->buffer_bytes - sink->used_bytes;
    *got_bytes = size_bytes < left ? (size_t)size_bytes : left;
    *room = sink->buffer + sink->used_bytes;
    sink->used_bytes += *got_bytes;
    return 0;
}

static int sink_put_zeros(struct sink *sink, uint64_t size_bytes)
{
    while (size_bytes) {
        uint8_t *room;
        size_t got_bytes;
        int error = sink_take(sink, size_bytes, &room, &got_bytes);
        if (error)
            return error;
        memset(room, 0, got_bytes);
        size_bytes -= got_bytes;
    }
    return 0;
}

/* ---- saving --------------------------------------------------------------------------------- */

struct save {
    XXH3_state_t table_sum; /* first: it is aligned to 64 bytes */
    struct content content;
    struct stp_platform_file file;
    struct buffers buffers;
    struct stp_file_header header;
    struct stp_file_places places;
    struct sink data, table;
    steppe_run known; /* what was last asked about the elements' pages */
};

/* The next elements in use at or above an index; no count when there are none. */
static steppe_slots_run next_run(const struct content *content, uint64_t index)
{
    if (content->kind == STP_FILE_SLOTS)
        return steppe_slots_next_run(content->elements, index);
    return (steppe_slots_run){.first = 0, .count = index ? 0 : content->count};
}

/* How many extents and blocks there will be. */
static steppe_status plan_file(struct save *save)
{
    const struct content *content = &save->content;
    struct stp_file_header *header = &save->header;
    *header = (struct stp_file_header){.version = STP_FILE_VERSION,
                                       .kind = content->kind,
                                       .order = STP_FILE_ORDER,
                                       .block_bytes = (uint32_t)steppe_page_bytes(),
                                       .element_bytes = content->element_bytes,
                                       .element_max = content->element_max,
                                       .extent_offset = STP_FILE_HEADER_BYTES};
    struct stp_file_places places = stp_file_begin(header);
    uint64_t offset;
    for (steppe_slots_run run = next_run(content, 0); run.count;
         run = next_run(content, run.first + run.count))
        if (!stp_file_place(&places, run.first, run.count, &offset))
            return fail(content->function, STEPPE_E_IN_USE, "slots were used or cleared meanwhile");
    header->extent_count = places.extent_count;
    header->count = places.count;
    bool fits =
        stp_file_data_offset(header->extent_count, header->block_bytes, &header->data_offset);
    places.data_offset = header->data_offset;
    fits = fits && stp_file_end(&places, &header->file_bytes);
    STP_ASSERT(fits); /* whatever is in memory does */
    return STEPPE_OK;
}

/* What lies in memory at an element's byte, and for how long it is the same. */
static steppe_status look(struct save *save, const uint8_t *address, size_t *size_bytes)
{
    steppe_run *known = &save->known;
    uintptr_t offset = (uintptr_t)address - (uintptr_t)known->base;
    if ((uintptr_t)address < (uintptr_t)known->base || offset >= known->size_bytes) {
        if (steppe_query(address, known) != STEPPE_OK)
            return fail_as(save->content.function);
        offset = (uintptr_t)address - (uintptr_t)known->base;
        if (known->state == STEPPE_COMMITTED &&
            (known->protection & STEPPE_GUARD || known->protection == STEPPE_NO_ACCESS ||
             known->owner != STEPPE_OWNER_STEPPE))
            return stp_status_fail(&(struct stp_failure){.function = save->content.function,
                                                         .status = STEPPE_E_PROTECTION,
                                                         .address = (uintptr_t)address});
    }
    *size_bytes = stp_min(*size_bytes, known->size_bytes - offset);
    return STEPPE_OK;
}

/* Only what is committed: touching the rest would commit it, or fault. */
static steppe_status copy_from_memory(struct save *save, uint8_t *room, const uint8_t *elements,
                                      size_t size_bytes)
{
    while (size_bytes) {
        size_t alike_bytes = size_bytes;
        steppe_status status = look(save, elements, &alike_bytes);
        if (status != STEPPE_OK)
            return status;
        if (save->known.state == STEPPE_COMMITTED)
            memcpy(room, elements, alike_bytes);
        else
            memset(room, 0, alike_bytes);
        room += alike_bytes;
        elements += alike_bytes;
        size_bytes -= alike_bytes;
    }
    return STEPPE_OK;
}

static const char writing[] = "writing it";

static steppe_status save_elements(struct save *save, struct stp_file_extent *extent)
{
    const struct content *content = &save->content;
    const uint8_t *elements = content->elements + extent->first * content->element_bytes;
    uint64_t left_bytes = extent->count * content->element_bytes;
    bool is_whole = true;
    XXH3_state_t sum;
    int error = sink_put_zeros(&save->data, extent->offset - sink_place(&save->data));
    while (!error && left_bytes) {
        uint8_t *room;
        size_t got_bytes;
        error = sink_take(&save->data, left_bytes, &room, &got_bytes);
        if (error)
            break;
        steppe_status status = copy_from_memory(save, room, elements, got_bytes);
        if (status != STEPPE_OK)
            return status;
        elements += got_bytes;
        left_bytes -= got_bytes;
        if (is_whole && !left_bytes) { /* most are small; a state costs more than they do */
            extent->checksum = XXH3_64bits(room, got_bytes);
            return STEPPE_OK;
        }
        if (is_whole)
            (void)XXH3_64bits_reset(&sum);
        (void)XXH3_64bits_update(&sum, room, got_bytes);
        is_whole = false;
    }
    if (error)
        return fail_file(content->function, error, writing);
    extent->checksum = XXH3_64bits_digest(&sum);
    return STEPPE_OK;
}

static int save_extent(struct save *save, const struct stp_file_extent *extent)
{
    uint8_t *room;
    size_t got_bytes; /* all: a buffer is a multiple of it */
    int error = sink_take(&save->table, STP_FILE_EXTENT_BYTES, &room, &got_bytes);
    if (error)
        return error;
    stp_file_put_extent(room, extent);
    (void)XXH3_64bits_update(&save->table_sum, room, got_bytes);
    return 0;
}

/* Zeros up to the first block. */
static int finish_table(struct save *save)
{
    static const uint8_t zeros[64];
    uint64_t left_bytes = save->header.data_offset - sink_place(&save->table);
    int error = sink_put_zeros(&save->table, left_bytes);
    if (error)
        return error;
    for (size_t some; left_bytes; left_bytes -= some) {
        some = stp_min((size_t)left_bytes, sizeof zeros);
        (void)XXH3_64bits_update(&save->table_sum, zeros, some);
    }
    save->header.extent_checksum = XXH3_64bits_digest(&save->table_sum);
    return sink_flush(&save->table);
}

static int save_header(struct save *save)
{
    uint8_t *bytes = save->buffers.table;
    stp_file_put_header(bytes, &save->header); /* its checksum is 0 yet */
    save->header.checksum = XXH3_64bits(bytes, STP_FILE_HEADER_BYTES);
    stp_file_put_header(bytes, &save->header);
    return stp_platform_file_write(&save->file, 0, bytes, STP_FILE_HEADER_BYTES);
}

static steppe_status save_runs(struct save *save)
{
    const struct content *content = &save->content;
    save->places = stp_file_begin(&save->header);
    for (steppe_slots_run run = next_run(content, 0); run.count;
         run = next_run(content, run.first + run.count)) {
        struct stp_file_extent extent = {.first = run.first, .count = run.count};
        uint64_t end;
        /* More than was planned must not get beyond the file. */
        if (!stp_file_place(&save->places, run.first, run.count, &extent.offset) ||
            !stp_file_end(&save->places, &end) || end > save->header.file_bytes ||
            save->places.extent_count > save->header.extent_count)
            break;
        steppe_status status = save_elements(save, &extent);
        if (status != STEPPE_OK)
            return status;
        int error = save_extent(save, &extent);
        if (error)
            return fail_file(content->function, error, writing);
    }
    uint64_t end;
    if (save->places.extent_count == save->header.extent_count &&
        save->places.count == save->header.count && stp_file_end(&save->places, &end) &&
        end == save->header.file_bytes && !next_run(content, save->places.next_first).count)
        return STEPPE_OK;
    return fail(content->function, STEPPE_E_IN_USE, "slots were used or cleared meanwhile");
}

static steppe_status write_file(struct save *save)
{
    size_t block_bytes = save->header.block_bytes;
    save->data =
        sink_at(&save->file, save->buffers.data, DATA_BYTES, block_bytes, save->header.data_offset);
    save->table = sink_at(&save->file, save->buffers.table, TABLE_BYTES, block_bytes,
                          save->header.extent_offset);
    (void)XXH3_64bits_reset(&save->table_sum);
    steppe_status status = save_runs(save);
    if (status != STEPPE_OK)
        return status;
    int error = sink_flush(&save->data);
    if (!error)
        error = finish_table(save);
    if (!error)
        error = save_header(save);
    if (!error)
        error = stp_platform_file_finish(&save->file);
    return error ? fail_file(save->content.function, error, writing) : STEPPE_OK;
}

static steppe_status save_to(struct save *save, const char *path)
{
    const char *function = save->content.function;
    bool is_other;
    if (!path)
        return fail(function, STEPPE_E_NULL, "the path");
    steppe_status status = plan_file(save);
    if (status == STEPPE_OK)
        status = take_buffers(function, &save->buffers);
    if (status != STEPPE_OK)
        return status;
    int error = stp_platform_file_replace(path, save->header.file_bytes, &save->file, &is_other);
    if (error) {
        status = fail_file(function, error, is_other ? "not a regular file" : "making it");
    } else {
        status = write_file(save);
        stp_platform_file_close(&save->file);
    }
    return_buffers(&save->buffers);
    if (status != STEPPE_OK)
        stp_status_tell_path(path);
    return status;
}

steppe_status steppe_slots_save(const void *slots, const char *path)
{
    static const char function[] = "steppe_slots_save";
    steppe_slots_statistics statistics;
    struct save save;
    if (steppe_slots_statistics_of(slots, &statistics) != STEPPE_OK)
        return fail_as(function);
    save.known = (steppe_run){0};
    if (stp_slots_is_view(slots)) /* in use is what is mapped: nobody need be asked */
        save.known = (steppe_run){.base = (void *)(uintptr_t)slots,
                                  .size_bytes = statistics.slot_bytes * statistics.slot_max,
                                  .state = STEPPE_COMMITTED};
    save.content = (struct content){.function = function,
                                    .kind = STP_FILE_SLOTS,
                                    .elements = (uint8_t *)(uintptr_t)slots,
                                    .element_bytes = statistics.slot_bytes,
                                    .element_max = statistics.slot_max};
    return save_to(&save, path);
}

steppe_status steppe_array_save(const void *array, const char *path)
{
    static const char function[] = "steppe_array_save";
    struct save save;
    if (!array)
        return fail(function, STEPPE_E_NULL, NULL);
    uint64_t element_max = steppe_array_max(array);
    if (!element_max)
        return stp_status_fail(&(struct stp_failure){
            .function = function, .status = STEPPE_E_NOT_CONTAINER, .address = (uintptr_t)array});
    const steppe_array_head_ *head = (const steppe_array_head_ *)array - 1;
    save.known = (steppe_run){0};
    save.content = (struct content){.function = function,
                                    .kind = STP_FILE_ARRAY,
                                    .elements = (uint8_t *)(uintptr_t)array,
                                    .element_bytes = head->element_bytes,
                                    .element_max = element_max,
                                    .count = head->count};
    return save_to(&save, path);
}

/* ---- reading in order ----------------------------------------------------------------------- */

/* Bytes from offset on, up to end. */
struct source {
    const struct stp_platform_file *file;
    const char *function;
    uint8_t *buffer;
    size_t buffer_bytes, at_bytes, filled_bytes;
    uint64_t offset, end; /* of what is not in the buffer yet */
};

static struct source source_at(const struct content *content, const struct stp_platform_file *file,
                               uint8_t *buffer, size_t buffer_bytes, uint64_t offset, uint64_t end)
{
    return (struct source){.file = file,
                           .function = content->function,
                           .buffer = buffer,
                           .buffer_bytes = buffer_bytes,
                           .offset = offset,
                           .end = end};
}

static uint64_t source_place(const struct source *source)
{
    return source->offset - (source->filled_bytes - source->at_bytes);
}

static steppe_status source_fill(struct source *source)
{
    uint64_t left = source->end - source->offset;
    size_t wanted = left < source->buffer_bytes ? (size_t)left : source->buffer_bytes, got;
    int error = stp_platform_file_read(source->file, source->offset, source->buffer, wanted, &got);
    if (error)
        return fail_file(source->function, error, "reading it");
    if (!wanted || got < wanted)
        return damaged(source->function, "it is cut off");
    source->offset += got;
    source->filled_bytes = got;
    source->at_bytes = 0;
    return STEPPE_OK;
}

/* The next of size_bytes, as many as there are in one piece; at least 1. */
static steppe_status source_take(struct source *source, uint64_t size_bytes, const uint8_t **bytes,
                                 size_t *got_bytes)
{
    if (source->at_bytes == source->filled_bytes) {
        steppe_status status = source_fill(source);
        if (status != STEPPE_OK)
            return status;
    }
    size_t left = source->filled_bytes - source->at_bytes;
    *got_bytes = size_bytes < left ? (size_t)size_bytes : left;
    *bytes = source->buffer + source->at_bytes;
    source->at_bytes += *got_bytes;
    return STEPPE_OK;
}

/* What nobody's bytes are is zero, up to a place in the file. */
static steppe_status source_pass_zeros(struct source *source, uint64_t place)
{
    while (source_place(source) < place) {
        const uint8_t *bytes;
        size_t got_bytes;
        steppe_status status =
            source_take(source, place - source_place(source), &bytes, &got_bytes);
        if (status != STEPPE_OK)
            return status;
        if (!is_zero(bytes, got_bytes))
            return damaged(source->function, "bytes between the elements");
    }
    return STEPPE_OK;
}

/* ---- loading -------------------------------------------------------------------------------- */

struct load {
    struct content content;
    const void *options; /* of either kind */
    bool commits;        /* pages are to be committed before they are written */
    bool reads_data;     /* not only the list of extents */
    uint64_t file_bytes;
    struct stp_platform_file file;
    struct buffers buffers;
    struct stp_file_header header;
};

static bool has_checksum(uint8_t *bytes, uint64_t checksum)
{
    memset(bytes + STP_FILE_CHECKSUM_AT, 0, 8);
    return XXH3_64bits(bytes, STP_FILE_HEADER_BYTES) == checksum;
}

/* Is it what the caller asks for? */
static steppe_status check_content(const struct load *load)
{
    const struct stp_file_header *header = &load->header;
    const char *note = NULL;
    if (header->version != STP_FILE_VERSION)
        note = "a version that is not known here";
    else if (header->order != STP_FILE_ORDER)
        note = "elements in the other byte order";
    else if (header->kind != load->content.kind)
        note = header->kind == STP_FILE_SLOTS ? "slots" : "an array, or something newer";
    else if (header->element_bytes != load->content.element_bytes)
        return fail_size(load->content.function, load->content.element_bytes,
                         header->element_bytes);
    return note ? fail(load->content.function, STEPPE_E_FOREIGN, note) : STEPPE_OK;
}

static steppe_status load_header(struct load *load)
{
    const char *function = load->content.function;
    uint8_t *bytes = load->buffers.table;
    size_t got_bytes;
    int error = stp_platform_file_read(&load->file, 0, bytes, STP_FILE_HEADER_BYTES, &got_bytes);
    if (error)
        return fail_file(function, error, "reading it");
    if (got_bytes < sizeof stp_file_magic ||
        memcmp(bytes, stp_file_magic, sizeof stp_file_magic) != 0)
        return fail(function, STEPPE_E_FOREIGN, "not a file of this library");
    if (got_bytes < STP_FILE_HEADER_BYTES)
        return damaged(function, "it is cut off");
    stp_file_take_header(bytes, &load->header);
    if (!has_checksum(bytes, load->header.checksum))
        return damaged(function, "the header");
    steppe_status status = check_content(load);
    if (status != STEPPE_OK)
        return status;
    if (!stp_file_header_is_sound(&load->header) ||
        !is_zero(bytes + STP_FILE_USED_HEADER_BYTES,
                 STP_FILE_HEADER_BYTES - STP_FILE_USED_HEADER_BYTES))
        return damaged(function, "the header");
    if (load->header.file_bytes != load->file_bytes)
        return damaged(function, load->file_bytes < load->header.file_bytes ? "it is cut off"
                                                                            : "it is too long");
    return STEPPE_OK;
}

/* Call visit (may be NULL) for every extent, having checked it; then see that they were all. */
static steppe_status each_extent(struct load *load,
                                 steppe_status (*visit)(struct load *load, struct source *data,
                                                        const struct stp_file_extent *extent))
{
    const struct stp_file_header *header = &load->header;
    const struct content *content = &load->content;
    struct stp_file_places places = stp_file_begin(header);
    struct source table = source_at(content, &load->file, load->buffers.table, TABLE_BYTES,
                                    header->extent_offset, header->data_offset);
    struct source data = source_at(content, &load->file, load->buffers.data, DATA_BYTES,
                                   header->data_offset, header->file_bytes);
    XXH3_state_t sum;
    const uint8_t *bytes;
    size_t got_bytes;
    uint64_t offset, end;
    (void)XXH3_64bits_reset(&sum);
    for (uint64_t i = 0; i < header->extent_count; i++) {
        struct stp_file_extent extent;
        /* In one piece: a buffer is a multiple of it. */
        steppe_status status = source_take(&table, STP_FILE_EXTENT_BYTES, &bytes, &got_bytes);
        if (status != STEPPE_OK)
            return status;
        STP_ASSERT(got_bytes == STP_FILE_EXTENT_BYTES);
        (void)XXH3_64bits_update(&sum, bytes, got_bytes);
        stp_file_take_extent(bytes, &extent);
        if (!stp_file_place(&places, extent.first, extent.count, &offset) ||
            (extent.first && header->kind == STP_FILE_ARRAY) || extent.offset != offset ||
            !stp_file_end(&places, &end) || end > header->file_bytes)
            return damaged(content->function, "the list of elements in use");
        if (visit)
            status = visit(load, &data, &extent);
        if (status != STEPPE_OK)
            return status;
    }
    while (source_place(&table) < header->data_offset) {
        steppe_status status = source_take(&table, UINT64_MAX, &bytes, &got_bytes);
        if (status != STEPPE_OK)
            return status;
        (void)XXH3_64bits_update(&sum, bytes, got_bytes);
    }
    if (XXH3_64bits_digest(&sum) != header->extent_checksum || places.count != header->count ||
        !stp_file_end(&places, &end) || end != header->file_bytes)
        return damaged(content->function, "the list of elements in use");
    return visit && load->reads_data ? source_pass_zeros(&data, header->file_bytes) : STEPPE_OK;
}

/* Elements that are in use: they read zero now. What is zero is not touched, so that its pages need
 * not be there. */
static steppe_status copy_to_memory(const struct load *load, uint8_t *elements,
                                    const uint8_t *bytes, size_t size_bytes)
{
    uintptr_t unit = steppe_page_bytes();
    size_t at = 0;
    while (at < size_bytes) {
        size_t first = at, some = 0;
        for (; at < size_bytes; at += some) {
            uintptr_t address = (uintptr_t)elements + at;
            some = stp_min(size_bytes - at, stp_round_down(address, unit) + unit - address);
            if (is_zero(bytes + at, some))
                break;
        }
        if (at > first) {
            if (load->commits && steppe_commit(elements + first, at - first) != STEPPE_OK)
                return fail_as(load->content.function);
            memcpy(elements + first, bytes + first, at - first);
        }
        if (at < size_bytes)
            at += some;
    }
    return STEPPE_OK;
}

static steppe_status use_elements(const struct load *load, const struct stp_file_extent *extent)
{
    uint8_t *elements = load->content.elements;
    if (load->content.kind == STP_FILE_ARRAY) {
        if (!steppe_array_append(elements, extent->count))
            return fail_as(load->content.function);
        return STEPPE_OK;
    }
    if (stp_slots_use_run(elements, extent->first, extent->count) != STEPPE_OK)
        return fail_as(load->content.function);
    return STEPPE_OK;
}

static steppe_status load_extent(struct load *load, struct source *data,
                                 const struct stp_file_extent *extent)
{
    const struct content *content = &load->content;
    uint8_t *elements = content->elements + extent->first * content->element_bytes;
    uint64_t left_bytes = extent->count * content->element_bytes, checksum = 0;
    bool is_whole = true;
    XXH3_state_t sum;
    steppe_status status = source_pass_zeros(data, extent->offset);
    if (status == STEPPE_OK)
        status = use_elements(load, extent);
    while (status == STEPPE_OK && left_bytes) {
        const uint8_t *bytes;
        size_t got_bytes;
        status = source_take(data, left_bytes, &bytes, &got_bytes);
        if (status != STEPPE_OK)
            return status;
        left_bytes -= got_bytes;
        if (is_whole && !left_bytes) {
            checksum = XXH3_64bits(bytes, got_bytes);
        } else {
            if (is_whole)
                (void)XXH3_64bits_reset(&sum);
            (void)XXH3_64bits_update(&sum, bytes, got_bytes);
            is_whole = false;
        }
        status = copy_to_memory(load, elements, bytes, got_bytes);
        elements += got_bytes;
    }
    if (status != STEPPE_OK)
        return status;
    if (!is_whole)
        checksum = XXH3_64bits_digest(&sum);
    return checksum == extent->checksum ? STEPPE_OK : damaged(content->function, "the elements");
}

/* ---- loading either kind -------------------------------------------------------------------- */

static void *make_container(const struct load *load)
{
    uint64_t element_max = load->header.element_max;
    void *made = load->content.kind == STP_FILE_SLOTS
                     ? steppe_slots_make(load->content.element_bytes, element_max, load->options)
                     : steppe_array_make(load->content.element_bytes, element_max, load->options);
    if (!made)
        (void)fail_as(load->content.function);
    return made;
}

/* The failure is the one to tell. */
static void unmake_container(const struct load *load)
{
    struct stp_failure failure = stp_status_last();
    steppe_status status = load->content.kind == STP_FILE_SLOTS
                               ? steppe_slots_free(load->content.elements)
                               : steppe_array_free(load->content.elements);
    (void)status; /* benign: refused, it is a container that nobody uses */
    stp_status_put_back(&failure);
}

static void *load_content(struct load *load)
{
    if (load_header(load) != STEPPE_OK || each_extent(load, NULL) != STEPPE_OK)
        return NULL;
    load->content.elements = make_container(load);
    if (!load->content.elements)
        return NULL;
    if (each_extent(load, load_extent) == STEPPE_OK)
        return load->content.elements;
    unmake_container(load);
    return NULL;
}

static void *load_from(struct load *load, const char *path, void *(*make)(struct load *load))
{
    const char *function = load->content.function;
    bool is_other;
    if (!path) {
        (void)fail(function, STEPPE_E_NULL, "the path");
        return NULL;
    }
    if (take_buffers(function, &load->buffers) != STEPPE_OK)
        return NULL;
    void *loaded = NULL;
    int error = stp_platform_file_open(path, &load->file, &load->file_bytes, &is_other);
    if (error) {
        (void)fail_file(function, error, is_other ? "not a regular file" : "opening it");
    } else {
        loaded = make(load);
        stp_platform_file_close(&load->file);
    }
    return_buffers(&load->buffers);
    if (!loaded)
        stp_status_tell_path(path);
    return loaded;
}

void *steppe_slots_load_from(size_t slot_bytes, const char *path,
                             const steppe_slots_options *options)
{
    struct load load;
    load.content = (struct content){
        .function = "steppe_slots_load", .kind = STP_FILE_SLOTS, .element_bytes = slot_bytes};
    load.options = options;
    load.commits = !options || options->commit == STEPPE_SLOTS_BY_FAULT;
    load.reads_data = true;
    return load_from(&load, path, load_content);
}

void *steppe_array_load_from(size_t element_bytes, const char *path, const steppe_options *options)
{
    struct load load;
    load.content = (struct content){
        .function = "steppe_array_load", .kind = STP_FILE_ARRAY, .element_bytes = element_bytes};
    load.options = options;
    load.commits = false;
    load.reads_data = true;
    return load_from(&load, path, load_content);
}

/* ---- views ---------------------------------------------------------------------------------- */

/*
 * Pages of the file are mapped at the places of their slots, and behind the last page of slots its
 * header and extents, which have the checksums for steppe_slots_verify:
 *
 *     memory     | slot 0 ...    |  ...     ... slots | header, extents |
 *     is of file   a block         nothing              from 0 to data_offset
 */
struct view {
    struct load load; /* first: what each_extent hands to visits */
    /* Bytes of slots to be mapped next, whole pages, and where they are in the file. */
    uint64_t first_byte, end_byte, offset;
    uint64_t mapping_count;
};

static uint64_t whole_pages(uint64_t size_bytes)
{
    uint64_t page_bytes = steppe_page_bytes();
    return (size_bytes + page_bytes - 1) / page_bytes * page_bytes;
}

static steppe_status map_pages(struct view *view, uint64_t first_byte, uint64_t size_bytes,
                               uint64_t offset)
{
    const struct load *load = &view->load;
    const char *function = load->content.function;
    view->mapping_count += STP_REGION_FILE_MAPPINGS;
    if (view->mapping_count > stp_platform_facts()->mapping_count_max / 4)
        return fail(function, STEPPE_E_MAP_COUNT, "too many runs of pages: load it");
    steppe_status status = stp_slots_map_in_view(load->content.elements, first_byte,
                                                 (size_t)size_bytes, &load->file, offset);
    return status == STEPPE_OK ? status : fail_as(function);
}

static steppe_status map_pending(struct view *view)
{
    uint64_t size_bytes = view->end_byte - view->first_byte;
    return size_bytes ? map_pages(view, view->first_byte, size_bytes, view->offset) : STEPPE_OK;
}

/* Neighbouring pages are neighbouring blocks, so they are mapped together. */
static steppe_status map_extent(struct load *load, struct source *data,
                                const struct stp_file_extent *extent)
{
    struct view *view = (struct view *)load;
    uint64_t first_byte = extent->first * load->content.element_bytes;
    uint64_t end_byte = first_byte + extent->count * load->content.element_bytes;
    uint64_t before_bytes = first_byte % steppe_page_bytes();
    (void)data;
    steppe_status status = use_elements(load, extent);
    if (status == STEPPE_OK && (!view->end_byte || first_byte - before_bytes > view->end_byte)) {
        status = map_pending(view);
        view->first_byte = first_byte - before_bytes;
        view->offset = extent->offset - before_bytes;
    }
    view->end_byte = whole_pages(end_byte);
    return status;
}

static steppe_status map_all(struct view *view)
{
    const struct stp_file_header *header = &view->load.header;
    uint64_t slots_bytes = whole_pages(header->element_bytes * header->element_max);
    steppe_status status = each_extent(&view->load, map_extent);
    if (status == STEPPE_OK)
        status = map_pending(view);
    return status == STEPPE_OK ? map_pages(view, slots_bytes, header->data_offset, 0) : status;
}

static void end_failed_view(const struct load *load)
{
    struct stp_failure failure = stp_status_last();
    (void)stp_slots_end_view(load->content.function, load->content.elements); /* benign: as above */
    stp_status_put_back(&failure);
}

static void *map_content(struct load *load)
{
    const char *function = load->content.function;
    const struct stp_file_header *header = &load->header;
    if (load_header(load) != STEPPE_OK || each_extent(load, NULL) != STEPPE_OK)
        return NULL;
    if (header->block_bytes % steppe_page_bytes()) {
        (void)fail(function, STEPPE_E_UNSUPPORTED, "its pages are smaller than ours: load it");
        return NULL;
    }
    load->content.elements = (uint8_t *)(uintptr_t)stp_slots_make_view(
        header->element_bytes, header->element_max, (size_t)header->data_offset);
    if (!load->content.elements) {
        (void)fail_as(function);
        return NULL;
    }
    if (map_all((struct view *)load) == STEPPE_OK)
        return load->content.elements;
    end_failed_view(load);
    return NULL;
}

const void *steppe_slots_map_from(size_t slot_bytes, const char *path)
{
    struct view view;
    view.load.content = (struct content){
        .function = "steppe_slots_map", .kind = STP_FILE_SLOTS, .element_bytes = slot_bytes};
    view.load.commits = view.load.reads_data = false;
    view.first_byte = view.end_byte = view.offset = view.mapping_count = 0;
    return load_from(&view.load, path, map_content);
}

static steppe_status require_view(const char *function, const void *slots)
{
    if (!slots)
        return fail(function, STEPPE_E_NULL, NULL);
    if (stp_slots_is(slots) && stp_slots_is_view(slots))
        return STEPPE_OK;
    return stp_status_fail(&(struct stp_failure){.function = function,
                                                 .status = STEPPE_E_NOT_CONTAINER,
                                                 .address = (uintptr_t)slots,
                                                 .note = "not a view of a file"});
}

/* There are as many runs as there were extents, whatever became of the file since. */
steppe_status steppe_slots_verify(const void *view)
{
    static const char function[] = "steppe_slots_verify";
    steppe_slots_statistics statistics;
    steppe_status status = require_view(function, view);
    if (status != STEPPE_OK)
        return status;
    if (steppe_slots_statistics_of(view, &statistics) != STEPPE_OK)
        return fail_as(function);
    const uint8_t *slots = view;
    const uint8_t *from =
        slots + whole_pages(statistics.slot_bytes * statistics.slot_max) + STP_FILE_HEADER_BYTES;
    for (steppe_slots_run run = steppe_slots_next_run(view, 0); run.count;
         run = steppe_slots_next_run(view, run.first + run.count)) {
        struct stp_file_extent extent;
        stp_file_take_extent(from, &extent);
        if (extent.first != run.first || extent.count != run.count ||
            XXH3_64bits(slots + run.first * statistics.slot_bytes,
                        run.count * statistics.slot_bytes) != extent.checksum)
            return damaged(function, "the elements, or their checksums");
        from += STP_FILE_EXTENT_BYTES;
    }
    return STEPPE_OK;
}

steppe_status steppe_slots_unmap(const void *view)
{
    static const char function[] = "steppe_slots_unmap";
    if (!view)
        return STEPPE_OK;
    steppe_status status = require_view(function, view);
    return status == STEPPE_OK ? stp_slots_end_view(function, view) : status;
}
