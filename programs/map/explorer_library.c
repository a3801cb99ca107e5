/* SPDX-License-Identifier: MIT */
/* explorer_library.c - sums of the library: see explorer_library.h. */
#include "map/explorer_library.h"

#include <jansson.h>

/* It may come from a file that somebody has written: any member may be missing or of another type.
 */
static uint64_t number_of(const json_t *steppe, const char *name)
{
    const json_t *member = json_object_get(steppe, name);
    json_int_t number = json_integer_value(member);
    return json_is_integer(member) && number >= 0 ? (uint64_t)number : FIGURE_UNKNOWN;
}

/* What is missing counts nothing: these members tell of trouble. */
static uint64_t trouble_of(const json_t *steppe, const char *name)
{
    uint64_t number = number_of(steppe, name);
    return figure_is_known(number) ? number : 0;
}

static void add_reservations(struct explorer_library *library, const struct reservation_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct reservation *one = &list->reservations[i];
        library->reserved_bytes = figure_add(library->reserved_bytes, one->size_bytes);
        if (!one->has_slots)
            continue;
        library->slot_count = figure_add(library->slot_count, one->slot_count);
        library->slot_max = figure_add(library->slot_max, one->slot_max);
    }
}

struct explorer_library explorer_library_read(const json_t *steppe,
                                              const struct reservation_list *list)
{
    struct explorer_library library = {.is_published = json_is_object(steppe)};
    if (!library.is_published)
        return library;
    library.reservation_count = number_of(steppe, "reservation_count");
    if (!figure_is_known(library.reservation_count))
        library.reservation_count = list->count;
    library.committed_bytes = number_of(steppe, "committed_bytes");
    library.committed_peak_bytes = number_of(steppe, "committed_peak_bytes");
    library.limit_bytes = number_of(steppe, "limit_bytes");
    library.fault_count = number_of(steppe, "fault_count");
    library.commit_count = number_of(steppe, "commit_count");
    library.decommit_count = number_of(steppe, "decommit_count");
    library.refused_count = number_of(steppe, "refused_count");
    library.os_call_count = number_of(steppe, "os_call_count");
    library.left_out_count = figure_add(
        trouble_of(steppe, "not_described_count"),
        figure_add(trouble_of(steppe, "torn_count"), trouble_of(steppe, "damaged_count")));
    library.is_partial = trouble_of(steppe, "missing_page_count") != 0 ||
                         json_is_true(json_object_get(steppe, "is_cut"));
    add_reservations(&library, list);
    return library;
}
