/* SPDX-License-Identifier: MIT */
/*
 * steppe/array.h - an array that grows at its end and never moves.
 *
 * The container is the array: what steppe_array_new returns points to element 0, and the same
 * pointer is what all calls take. Pointers to elements stay good for as long as their elements are.
 *
 *     struct event *events = steppe_array_new(struct event, UINT64_C(1) << 32, NULL);
 *     *steppe_array_push(events) = event;                        (NULL when memory is refused)
 *     for (struct event *e = events; e != steppe_array_end(events); e++)
 *         print(e);
 *     steppe_array_free(events);
 *
 *     |<-- count -->|<-- committed ahead -->|<-- reserved only ------------------------------->|
 *     0           count                 capacity                                              max
 *
 * Growing commits ahead, half as much again, up to 64 MiB at a time, and by huge pages where the
 * array is large enough for them (options.huge_pages is STEPPE_HUGE_ALWAYS for one that may reach
 * 64 MiB, unless it is STEPPE_HUGE_NEVER). When so much is refused it commits what is needed.
 * Shrinking gives back when twice the count is committed, and when 64 MiB go at once, and leaves
 * what growing to the count would have committed: so growing and shrinking about one size, by less
 * than that, costs no system call.
 *
 * Elements beyond count are nobody's: they read old contents, zero, or fault. The pages are the
 * array's: nobody else may decommit or protect them. Elements are moved as bytes; in C++ they must
 * be trivially copyable, which the compiler checks.
 *
 * A pointer that is no living array is told with STEPPE_E_NOT_CONTAINER by all calls but three:
 * steppe_array_count, _end and _push are as fast as for an array of one's own, and trust it.
 *
 * Take it wherever realloc would copy, or would move what others point to. Take steppe_slots for
 * indices with gaps. An array that stays under a few pages is better off with malloc: this one
 * costs a reservation, some 36 KiB of tables.
 *
 * Threads: as a plain array: calls that change it (push, pop, resize, insert, remove, reserve,
 * trim) by one thread at a time; others may read and write elements below count meanwhile. Signal
 * handlers: none of the calls; touching elements is fine.
 */
#ifndef STEPPE_ARRAY_H
#define STEPPE_ARRAY_H

#include <steppe/region.h>

/* Elements are moved as bytes, and end without anybody being told. */
#ifdef __cplusplus
#include <type_traits>
template <typename element> struct steppe_array_element_ {
    static_assert(std::is_trivially_copyable<element>::value,
                  "elements of a steppe_array must be trivially copyable");
    enum : size_t { bytes = sizeof(element) };
};
#define STEPPE_ARRAY_ELEMENT_BYTES_(type) (steppe_array_element_<type>::bytes)
#else
#define STEPPE_ARRAY_ELEMENT_BYTES_(type) sizeof(type)
#endif

STEPPE_BEGIN_DECLS

/* Make an empty array of at most element_max elements: steppe_array_new(struct event, max,
 * options).
 *
 * options: of its reservation (NULL: all defaults): budget, limit, name, tag, mechanism, huge_pages
 * ...; on_fault must be STEPPE_RAISE, protection STEPPE_READ_WRITE. They are copied; a budget must
 * live as long. One page more than the elements need is reserved, below element 0, and committed at
 * once: limits count it.
 * Ownership: the caller's until steppe_array_free. Threads: any.
 * Returns element 0, aligned to a page, or NULL with STEPPE_E_SIZE (an element of no bytes, no
 * elements, or more than the address space), STEPPE_E_OPTION, or one of steppe_reserve and
 * steppe_commit. Nothing is left behind. */
STEPPE_API void *steppe_array_make(size_t element_bytes, uint64_t element_max,
                                   const steppe_options *options);
/* Variadic, because options may be a compound literal, whose commas no brackets protect. */
#define steppe_array_new(type, element_max, ...)                                                   \
    ((type *)steppe_array_make(STEPPE_ARRAY_ELEMENT_BYTES_(type), (element_max), __VA_ARGS__))

/* End it. NULL is fine. Errors: STEPPE_E_NOT_CONTAINER; those of steppe_release. */
STEPPE_API steppe_status steppe_array_free(void *array);

/* How many elements may be before the next system call, how many may ever be; 0 for what is no
 * living array. How many there are; 0 for NULL. */
STEPPE_API uint64_t steppe_array_capacity(const void *array);
STEPPE_API uint64_t steppe_array_max(const void *array);
static inline uint64_t steppe_array_count(const void *array);

/* Behind the last element. Evaluates array twice. */
#define steppe_array_end(array) ((array) + steppe_array_count(array))

/* One element more, zeroed. Returns it, or NULL with STEPPE_E_NULL, STEPPE_E_OUTSIDE (count is
 * max), or an error of steppe_commit: nothing has changed. */
#define steppe_array_push(array) STEPPE_TYPED(array, steppe_array_push_to(array))

/* count elements more, zeroed; none is fine. Returns the first of them; otherwise as
 * steppe_array_push, and STEPPE_E_NOT_CONTAINER. */
STEPPE_API void *steppe_array_append_to(void *array, uint64_t count);
#define steppe_array_append(array, count)                                                          \
    STEPPE_TYPED(array, steppe_array_append_to((array), (count)))

/* Take the last element off. Returns it: it stays readable until the array is changed again; NULL
 * with STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, STEPPE_E_OUTSIDE (there is none). */
STEPPE_API void *steppe_array_pop_from(void *array);
#define steppe_array_pop(array) STEPPE_TYPED(array, steppe_array_pop_from(array))

/* Have exactly count elements: new ones are zeroed, those beyond are gone.
 * Errors: as steppe_array_append. */
STEPPE_API steppe_status steppe_array_resize(void *array, uint64_t count);

/* Make room for count zeroed elements at index, which is at most the array's count: those from
 * there on move up. Returns the first of them, or NULL as steppe_array_append, also with
 * STEPPE_E_OUTSIDE for the index. */
STEPPE_API void *steppe_array_insert_at(void *array, uint64_t index, uint64_t count);
#define steppe_array_insert(array, index, count)                                                   \
    STEPPE_TYPED(array, steppe_array_insert_at((array), (index), (count)))

/* Take count elements at index out, none is fine: those behind move down.
 * Errors: STEPPE_E_NULL, STEPPE_E_NOT_CONTAINER, STEPPE_E_OUTSIDE; nothing has changed. */
STEPPE_API steppe_status steppe_array_remove(void *array, uint64_t index, uint64_t count);

/* Commit for count elements in all, so that growing to there cannot be refused. It stays so until
 * steppe_array_trim: shrinking leaves it. Errors: as steppe_array_append. */
STEPPE_API steppe_status steppe_array_reserve(void *array, uint64_t count);

/* Give back every page behind the last element, reserved ones too. Errors: STEPPE_E_NULL,
 * STEPPE_E_NOT_CONTAINER, those of steppe_decommit: nothing has changed. */
STEPPE_API steppe_status steppe_array_trim(void *array);

/* ---- not to be called directly -------------------------------------------------------------- */

/* What the inline calls read and write; it lies just below element 0. */
typedef struct steppe_array_head_ {
    uint64_t count, capacity;
    size_t element_bytes;
    uint64_t dirty; /* elements from count to here may hold old contents */
} steppe_array_head_;

static inline uint64_t steppe_array_count(const void *array)
{
    return array ? ((const steppe_array_head_ *)array - 1)->count : 0;
}

STEPPE_API void *steppe_array_push_slowly_(void *array);
static inline void *steppe_array_push_to(void *array)
{
    steppe_array_head_ *head;
    if (!array)
        return steppe_array_push_slowly_(array);
    head = (steppe_array_head_ *)array - 1;
    if (head->count >= head->capacity || head->count < head->dirty)
        return steppe_array_push_slowly_(array);
    return (char *)array + (size_t)head->count++ * head->element_bytes;
}

STEPPE_END_DECLS
#endif
