/* SPDX-License-Identifier: MIT */
/* reservation.c - what was published, taken to pieces: see reservation.h. */
#include "map/reservation.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= 0 ? (uint64_t)number : FIGURE_UNKNOWN;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static bool address_of(const json_t *object, const char *name, uint64_t *address)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && region_read_address(text, address);
}

/* ---- runs ----------------------------------------------------------------------------------- */

static bool read_run(const json_t *pair, uint64_t from, uint64_t end, struct reservation_run *run)
{
    const json_t *first = json_array_get(pair, 0), *count = json_array_get(pair, 1);
    if (!json_is_integer(first) || !json_is_integer(count))
        return false;
    run->first = (uint64_t)json_integer_value(first);
    run->count = (uint64_t)json_integer_value(count);
    return run->first >= from && run->first < end && run->count > 0 &&
           run->count <= end - run->first;
}

/* Those in order, within [0, end). False: out of memory. */
static bool read_runs(const json_t *array, uint64_t end, struct reservation_run **runs,
                      size_t *run_count)
{
    size_t count = json_array_size(array);
    uint64_t from = 0;
    *run_count = 0;
    *runs = calloc(count + 1, sizeof **runs);
    if (!*runs)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct reservation_run run;
        if (!read_run(json_array_get(array, i), from, end, &run))
            continue;
        (*runs)[(*run_count)++] = run;
        from = run.first + run.count;
    }
    return true;
}

/* The first run that ends behind a place. */
static size_t run_behind(const struct reservation_run *runs, size_t count, uint64_t place)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].first + runs[middle].count > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Bytes of [start, end) that lie in runs of units of so many bytes, which begin at base. */
static uint64_t bytes_in(const struct reservation_run *runs, size_t count, uint64_t base,
                         uint64_t unit_bytes, uint64_t start, uint64_t end)
{
    uint64_t sum = 0;
    if (end <= base)
        return 0;
    start = start > base ? start : base;
    for (size_t i = run_behind(runs, count, (start - base) / unit_bytes); i < count; i++) {
        uint64_t first = base + runs[i].first * unit_bytes;
        uint64_t last = first + runs[i].count * unit_bytes;
        if (first >= end)
            break;
        sum += (last < end ? last : end) - (first > start ? first : start);
    }
    return sum;
}

/* ---- one reservation ------------------------------------------------------------------------ */

/* So that no address worked out from slots or pages runs over. */
static bool is_sound(const struct reservation *r)
{
    uint64_t end, slots_bytes, slots_end;
    if (__builtin_add_overflow(r->start, r->size_bytes, &end) || r->size_bytes == 0 ||
        r->page_bytes == 0 || r->page_bytes > r->size_bytes)
        return false;
    if (!r->has_slots)
        return true;
    return r->slot_bytes != 0 &&
           !__builtin_mul_overflow(r->slot_bytes, r->slot_max, &slots_bytes) &&
           !__builtin_add_overflow(r->slots_start, slots_bytes, &slots_end) &&
           r->slots_start >= r->start && slots_end <= end;
}

static bool read_figures(const json_t *object, struct reservation *r)
{
    const json_t *slots = json_object_get(object, "slots");
    const json_t *budget = json_object_get(object, "budget");
    *r = (struct reservation){
        .name = text_of(object, "name"),
        .kind = text_of(object, "kind"),
        .mechanism = text_of(object, "mechanism"),
        .policy = text_of(object, "policy"),
        .size_bytes = number_of(object, "size_bytes"),
        .page_bytes = number_of(object, "page_bytes"),
        .committed_bytes = number_of(object, "committed_bytes"),
        .committed_peak_bytes = number_of(object, "committed_peak_bytes"),
        .limit_bytes = number_of(object, "limit_bytes"),
        .charged_bytes = number_of(budget, "charged_bytes"),
        .budget_limit_bytes = number_of(budget, "limit_bytes"),
        .fault_count = number_of(object, "fault_count"),
        .commit_count = number_of(object, "commit_count"),
        .decommit_count = number_of(object, "decommit_count"),
        .refused_count = number_of(object, "refused_count"),
        .os_call_count = number_of(object, "os_call_count"),
        .has_slots = json_is_object(slots),
        .slot_bytes = number_of(slots, "slot_bytes"),
        .slot_max = number_of(slots, "slot_max"),
        .slot_count = number_of(slots, "slot_count"),
    };
    return address_of(object, "start", &r->start) &&
           (!r->has_slots || address_of(slots, "start", &r->slots_start)) && is_sound(r);
}

static void free_runs(struct reservation *r)
{
    free(r->committed);
    free(r->in_use);
}

static bool read_all_runs(const json_t *object, struct reservation *r)
{
    const json_t *slots = json_object_get(object, "slots");
    uint64_t page_count = r->size_bytes / r->page_bytes;
    return read_runs(json_object_get(object, "committed"), page_count, &r->committed,
                     &r->committed_count) &&
           read_runs(json_object_get(slots, "in_use"), r->has_slots ? r->slot_max : 0, &r->in_use,
                     &r->in_use_count);
}

static int by_start(const void *left, const void *right)
{
    const struct reservation *a = left, *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

/* The only one that has a kind and a name; NULL: none, or several. */
static struct reservation *only_one(const struct reservation_list *list, const char *kind,
                                    const char *name)
{
    struct reservation *found = NULL;
    for (size_t i = 0; i < list->count; i++) {
        struct reservation *r = &list->reservations[i];
        if (strcmp(r->kind, kind) != 0 || strcmp(r->name, name) != 0)
            continue;
        if (found)
            return NULL;
        found = r;
    }
    return found;
}

/* Slots and their bookkeeping have one name. Who uses a slot is refused whichever of both has no
 * page for it. Few are ever refused, so time does not grow with the square of the list. */
static void note_bits_refused(const struct reservation_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct reservation *bits = &list->reservations[i];
        if (strcmp(bits->kind, "slots-bits") != 0 || !figure_is_known(bits->refused_count) ||
            bits->refused_count == 0 || only_one(list, bits->kind, bits->name) != bits)
            continue;
        struct reservation *slots = only_one(list, "slots", bits->name);
        if (slots)
            slots->bits_refused_count = bits->refused_count;
    }
}

bool reservation_list_read(struct reservation_list *list, const json_t *steppe)
{
    const json_t *array = json_object_get(steppe, "reservations");
    size_t count = json_array_size(array);
    struct reservation *reservations = calloc(count + 1, sizeof *reservations);
    *list = (struct reservation_list){.reservations = reservations};
    if (!reservations)
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(array, i);
        struct reservation *r = &reservations[list->count];
        if (!read_figures(object, r))
            continue;
        list->count++;
        if (!read_all_runs(object, r)) {
            reservation_list_free(list);
            return false;
        }
    }
    qsort(reservations, list->count, sizeof *reservations, by_start);
    note_bits_refused(list);
    return true;
}

void reservation_list_free(struct reservation_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_runs(&list->reservations[i]);
    free(list->reservations);
    *list = (struct reservation_list){0};
}

/* ---- asking --------------------------------------------------------------------------------- */

const struct reservation *reservation_at(const struct reservation_list *list, uint64_t address)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->reservations[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct reservation *r = &list->reservations[low - 1];
    return address - r->start < r->size_bytes ? r : NULL;
}

uint64_t reservation_committed_in(const struct reservation *r, uint64_t start, uint64_t end)
{
    return bytes_in(r->committed, r->committed_count, r->start, r->page_bytes, start, end);
}

uint64_t reservation_used_in(const struct reservation *r, uint64_t start, uint64_t end)
{
    if (!r->has_slots)
        return 0;
    return bytes_in(r->in_use, r->in_use_count, r->slots_start, r->slot_bytes, start, end);
}

bool reservation_slots_in(const struct reservation *r, uint64_t start, uint64_t end,
                          uint64_t *first, uint64_t *last)
{
    if (!r->has_slots || r->slot_max == 0 || end <= r->slots_start || end <= start)
        return false;
    *first = start > r->slots_start ? (start - r->slots_start) / r->slot_bytes : 0;
    *last = (end - 1 - r->slots_start) / r->slot_bytes;
    if (*first >= r->slot_max)
        return false;
    if (*last >= r->slot_max)
        *last = r->slot_max - 1;
    return true;
}
