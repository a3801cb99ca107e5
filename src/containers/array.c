/* SPDX-License-Identifier: MIT */
/*
 * array.c - arrays that grow at their end.
 *
 * The descriptor ends where element 0 begins, so that the inline calls find its head there.
 *
 *     |<-- in use -->|<-- may be old -->|<-- reads zero -->|
 *     0            count              dirty            capacity          (in elements)
 *
 * Between calls: count <= capacity <= max; elements from count and from dirty on, whichever is
 * more, read zero as soon as they are committed. What is handed out is cleared up to dirty.
 */
#include <steppe/array.h>

#include <string.h>

#include "base/align.h"
#include "base/check.h"
#include "containers/array_internal.h"
#include "containers/growth.h"

struct array {
    struct stp_growth memory; /* first: that is how it is recognised */
    uint64_t element_max;
    size_t promised_bytes; /* by steppe_array_reserve: shrinking leaves so much */
    steppe_array_head_ head;
};

_Static_assert(offsetof(struct array, head) + sizeof(steppe_array_head_) == sizeof(struct array),
               "the head lies just below element 0");

/* ---- finding it ----------------------------------------------------------------------------- */

/* NULL when it is none. The pointer may be anything, so it is an address until it is known. */
static struct array *array_of(const void *elements)
{
    void *place = (void *)((uintptr_t)elements - sizeof(struct array));
    return stp_growth_is(place, STP_GROWTH_ARRAY) ? place : NULL;
}

bool stp_array_is(const void *elements)
{
    return array_of(elements) != NULL;
}

static struct array *find(const char *function, const void *elements)
{
    struct array *array = array_of(elements);
    if (!array)
        (void)stp_growth_fail_pointer(function, elements);
    return array;
}

static steppe_status fail_outside(const char *function, const struct array *array,
                                  uint64_t requested, uint64_t available, const char *note)
{
    return stp_growth_fail_request(function, STEPPE_E_OUTSIDE, array->memory.bytes, requested,
                                   available, note);
}

/* ---- elements ------------------------------------------------------------------------------- */

/* Of at most max elements, whose bytes fit into size_t. */
static size_t bytes_of(const struct array *array, uint64_t count)
{
    return (size_t)count * array->head.element_bytes;
}

static void *element(const struct array *array, uint64_t index)
{
    return array->memory.bytes + bytes_of(array, index);
}

/* What is committed has changed. */
static void note_capacity(struct array *array)
{
    uint64_t count = array->memory.committed_bytes / array->head.element_bytes;
    array->head.capacity = stp_min(count, array->element_max);
}

/* What lies behind has been decommitted: but for one cut in two, elements from there on read zero.
 */
static void note_clean(struct array *array)
{
    size_t committed_bytes = array->memory.committed_bytes, each = array->head.element_bytes;
    uint64_t touched_count = committed_bytes / each + (committed_bytes % each != 0);
    array->head.dirty = stp_min(array->head.dirty, touched_count);
}

/* ---- life ----------------------------------------------------------------------------------- */

static const char making[] = "steppe_array_new";

static steppe_status content_size(size_t element_bytes, uint64_t element_max, size_t *size_bytes)
{
    const char *note = !element_bytes ? "an element has no bytes"
                       : !element_max ? "the array would have no elements"
                                      : "more than the address space";
    if (element_bytes && element_max &&
        !__builtin_mul_overflow(element_bytes, element_max, size_bytes))
        return STEPPE_OK;
    return stp_growth_fail(making, STEPPE_E_SIZE, NULL, note);
}

void *steppe_array_make(size_t element_bytes, uint64_t element_max, const steppe_options *options)
{
    struct stp_growth memory;
    size_t size_bytes = 0;
    if (content_size(element_bytes, element_max, &size_bytes) != STEPPE_OK ||
        stp_growth_open(making, STP_GROWTH_ARRAY, size_bytes, options, &memory) != STEPPE_OK)
        return NULL;
    struct array *array = (struct array *)(void *)memory.bytes - 1;
    *array = (struct array){
        .memory = memory,
        .element_max = element_max,
        .head = {.element_bytes = element_bytes},
    };
    array->memory.self = &array->memory;
    return memory.bytes;
}

steppe_status steppe_array_free(void *elements)
{
    if (!elements)
        return STEPPE_OK;
    struct array *array = find("steppe_array_free", elements);
    return array ? stp_growth_close("steppe_array_free", &array->memory) : STEPPE_E_NOT_CONTAINER;
}

uint64_t steppe_array_capacity(const void *elements)
{
    const struct array *array = array_of(elements);
    return array ? array->head.capacity : 0;
}

uint64_t steppe_array_max(const void *elements)
{
    const struct array *array = array_of(elements);
    return array ? array->element_max : 0;
}

/* ---- growing -------------------------------------------------------------------------------- */

static steppe_status make_room(const char *function, struct array *array, uint64_t count)
{
    if (count <= array->head.capacity)
        return STEPPE_OK;
    steppe_status status = stp_growth_extend(function, &array->memory, bytes_of(array, count));
    note_capacity(array);
    return status;
}

/* Make new elements read zero. By hand, however many: that is cheaper than new pages (1 ms instead
 * of 25 for 64 MiB), and cannot fail. */
static void clear(struct array *array, uint64_t first, uint64_t end)
{
    end = stp_min(end, stp_max(array->head.count, array->head.dirty));
    if (first < end)
        memset(element(array, first), 0, bytes_of(array, end - first));
}

static const char beyond_max[] = "more elements than the array's max";

static steppe_status check_room(const char *function, const struct array *array, uint64_t count)
{
    if (count <= array->element_max - array->head.count)
        return STEPPE_OK;
    uint64_t wanted_count;
    if (__builtin_add_overflow(array->head.count, count, &wanted_count))
        wanted_count = UINT64_MAX;
    return fail_outside(function, array, wanted_count, array->element_max, beyond_max);
}

static void *append(const char *function, void *elements, uint64_t count)
{
    struct array *array = find(function, elements);
    if (!array || check_room(function, array, count) != STEPPE_OK)
        return NULL;
    uint64_t first = array->head.count, end = first + count;
    if (make_room(function, array, end) != STEPPE_OK)
        return NULL;
    clear(array, first, end);
    array->head.count = end;
    return element(array, first);
}

void *steppe_array_push_slowly_(void *elements)
{
    return append("steppe_array_push", elements, 1);
}

void *steppe_array_append_to(void *elements, uint64_t count)
{
    return append("steppe_array_append", elements, count);
}

void *steppe_array_insert_at(void *elements, uint64_t index, uint64_t count)
{
    static const char function[] = "steppe_array_insert";
    struct array *array = find(function, elements);
    if (!array)
        return NULL;
    uint64_t old_count = array->head.count;
    if (index > old_count) {
        (void)fail_outside(function, array, index, old_count, "the index is beyond the end");
        return NULL;
    }
    if (check_room(function, array, count) != STEPPE_OK ||
        make_room(function, array, old_count + count) != STEPPE_OK)
        return NULL;
    void *gap = element(array, index);
    memmove(element(array, index + count), gap, bytes_of(array, old_count - index));
    clear(array, index, index + count);
    array->head.count = old_count + count;
    return gap;
}

steppe_status steppe_array_reserve(void *elements, uint64_t count)
{
    static const char function[] = "steppe_array_reserve";
    struct array *array = find(function, elements);
    if (!array)
        return steppe_last_status();
    if (count > array->element_max)
        return fail_outside(function, array, count, array->element_max, beyond_max);
    size_t promised_bytes = bytes_of(array, count);
    steppe_status status = stp_growth_extend_exactly(function, &array->memory, promised_bytes);
    if (status != STEPPE_OK)
        return status;
    array->promised_bytes = stp_max(array->promised_bytes, promised_bytes);
    note_capacity(array);
    return STEPPE_OK;
}

/* ---- shrinking ------------------------------------------------------------------------------ */

/* So much at once is not kept for growing again: zeroing it would cost more than new pages, and
 * take memory where it was never touched. */
static bool give_back(struct array *array, size_t used_bytes, size_t dropped_bytes)
{
    enum { MUCH_BYTES = 64 << 20 };
    return dropped_bytes >= MUCH_BYTES
               ? stp_growth_give_back(&array->memory, used_bytes, array->promised_bytes)
               : stp_growth_settle(&array->memory, used_bytes, array->promised_bytes);
}

/* One element more than count stays: pop has promised its caller that. */
static void shrink(struct array *array, uint64_t count)
{
    uint64_t kept_count = stp_min(count + 1, array->element_max);
    size_t dropped_bytes = bytes_of(array, array->head.count - count);
    array->head.dirty = stp_max(array->head.dirty, array->head.count);
    array->head.count = count;
    if (!give_back(array, bytes_of(array, kept_count), dropped_bytes))
        return;
    note_capacity(array);
    note_clean(array);
}

void *steppe_array_pop_from(void *elements)
{
    static const char function[] = "steppe_array_pop";
    struct array *array = find(function, elements);
    if (!array)
        return NULL;
    if (!array->head.count) {
        (void)fail_outside(function, array, 1, 0, "the array is empty");
        return NULL;
    }
    shrink(array, array->head.count - 1);
    return element(array, array->head.count);
}

steppe_status steppe_array_resize(void *elements, uint64_t count)
{
    static const char function[] = "steppe_array_resize";
    struct array *array = find(function, elements);
    if (!array)
        return steppe_last_status();
    uint64_t old_count = array->head.count;
    if (count > old_count)
        return append(function, elements, count - old_count) ? STEPPE_OK : steppe_last_status();
    if (count < old_count)
        shrink(array, count);
    return STEPPE_OK;
}

steppe_status steppe_array_remove(void *elements, uint64_t index, uint64_t count)
{
    static const char function[] = "steppe_array_remove";
    struct array *array = find(function, elements);
    if (!array)
        return steppe_last_status();
    uint64_t old_count = array->head.count;
    if (index > old_count)
        return fail_outside(function, array, index, old_count, "the index is beyond the end");
    if (count > old_count - index)
        return fail_outside(function, array, count, old_count - index,
                            "so many elements are not there");
    if (!count)
        return STEPPE_OK;
    memmove(element(array, index), element(array, index + count),
            bytes_of(array, old_count - index - count));
    shrink(array, old_count - count);
    return STEPPE_OK;
}

steppe_status steppe_array_trim(void *elements)
{
    static const char function[] = "steppe_array_trim";
    struct array *array = find(function, elements);
    if (!array)
        return steppe_last_status();
    steppe_status status =
        stp_growth_cut(function, &array->memory, bytes_of(array, array->head.count));
    if (status != STEPPE_OK)
        return status;
    array->promised_bytes = 0;
    note_capacity(array);
    note_clean(array);
    return STEPPE_OK;
}
