/* SPDX-License-Identifier: MIT */
/*
 * Collecting an array of the program's own with every platform call failing in turn: pages with
 * something in use stay, what went is counted, and the next call goes on with what could not go.
 */
#include "container.h"

#include <stdlib.h>
#include <string.h>

enum { LOW = 1, HIGH = 254 }; /* the bytes of structures in use */

struct layout {
    const char *name;
    size_t structure_bytes, count;
    size_t base_bytes; /* where the array begins in its reservation */
    bool has_callback;
    size_t page_max;
};

static const struct layout layouts[] = {
    {"a page each", 4096, 400, 0, false, 0},
    {"a page each, by callback", 4096, 400, 0, true, 0},
    {"24 bytes", 24, 40000, 100, false, 0},
    {"5000 bytes", 5000, 300, 1000, false, 0},
    {"5000 bytes, by callback", 5000, 300, 0, true, 40},
    {"12288 bytes, 7 pages at a time", 12288, 200, 0, false, 7},
    {"a page each, 150 pages at a time", 4096, 400, 0, false, 150},
};

struct subject {
    const struct machine *machine;
    const struct layout *layout;
    uint8_t *base; /* of the reservation */
    size_t size_bytes;
    bool *in_use, *stays; /* structures, pages */
    steppe_collection collection;
    size_t going_count; /* pages that are to go in all */
    size_t gone_count;  /* have gone */
};

static uint8_t *structure_at(const struct subject *s, size_t index)
{
    return s->base + s->layout->base_bytes + index * s->layout->structure_bytes;
}

static uint8_t byte_of(size_t index)
{
    return (uint8_t)(LOW + index % HIGH);
}

static bool is_in_use(const void *structure, size_t index, void *context)
{
    (void)index;
    (void)context;
    return *(const uint8_t *)structure != 0;
}

/* ---- the model ------------------------------------------------------------------------------- */

/* Runs of clear structures of every length, at the borders too. */
static void choose_in_use(struct subject *s)
{
    uint64_t chance = 7;
    size_t per_page = KERNEL_PAGE_BYTES / s->layout->structure_bytes + 1;
    for (size_t i = 0; i < s->layout->count;) {
        size_t used = 1 + random_below(&chance, per_page);
        size_t clear = random_below(&chance, 4 * per_page);
        for (size_t end = i + used; i < end && i < s->layout->count; i++)
            s->in_use[i] = true;
        i += clear;
    }
}

/* The pages that lie wholly in the array and that nothing in use overlaps go. */
static void model_pages(struct subject *s)
{
    size_t first = (s->layout->base_bytes + KERNEL_PAGE_BYTES - 1) / KERNEL_PAGE_BYTES;
    size_t end_bytes = s->layout->base_bytes + s->layout->count * s->layout->structure_bytes;
    size_t end = end_bytes / KERNEL_PAGE_BYTES;
    memset(s->stays, true, s->size_bytes / KERNEL_PAGE_BYTES);
    for (size_t page = first; page < end; page++)
        s->stays[page] = false;
    for (size_t i = 0; i < s->layout->count; i++) {
        size_t from = s->layout->base_bytes + i * s->layout->structure_bytes;
        size_t last = (from + s->layout->structure_bytes - 1) / KERNEL_PAGE_BYTES;
        for (size_t page = from / KERNEL_PAGE_BYTES; page <= last && s->in_use[i]; page++)
            s->stays[page] = true;
    }
    for (size_t page = first; page < end; page++)
        s->going_count += !s->stays[page];
}

/* ---- the call -------------------------------------------------------------------------------- */

static uint64_t charge(const struct subject *s)
{
    return steppe_reservation_of(s->base).committed_bytes;
}

static steppe_status run(void *context)
{
    struct subject *s = context;
    size_t page_count = SIZE_MAX;
    uint64_t before = charge(s);
    steppe_status status = steppe_collect(&s->collection, s->layout->page_max, &page_count);
    must(before - charge(s) == page_count * KERNEL_PAGE_BYTES, "%zu pages counted", page_count);
    must(!s->layout->page_max || page_count <= s->layout->page_max);
    s->gone_count += page_count;
    return status;
}

static void model(void *context)
{
    struct subject *s = context;
    must(s->layout->page_max || s->gone_count == s->going_count, "%zu of %zu pages", s->gone_count,
         s->going_count);
}

static bool is_committed(const uint8_t *address)
{
    steppe_run run;
    must(steppe_query(address, &run) == STEPPE_OK);
    return run.state == STEPPE_COMMITTED;
}

/* Pages that may be shut, though committed, would be read by the next call. */
static void mend(struct subject *s)
{
    for (size_t page = 0; page < s->size_bytes / KERNEL_PAGE_BYTES; page++) {
        uint8_t *address = s->base + page * KERNEL_PAGE_BYTES;
        if (s->stays[page] || !is_committed(address))
            continue;
        must(steppe_decommit(address, KERNEL_PAGE_BYTES) == STEPPE_OK);
        s->gone_count++;
    }
}

/* A limited call goes on with a page that could not go. */
static void model_failed(void *context, bool is_certain)
{
    struct subject *s = context;
    size_t first = (s->layout->base_bytes + KERNEL_PAGE_BYTES - 1) / KERNEL_PAGE_BYTES;
    size_t page = first + s->collection.next_page;
    must(s->gone_count < s->going_count);
    must(!s->stays[page], "page %zu would not go", page);
    must(is_committed(s->base + page * KERNEL_PAGE_BYTES), "page %zu has gone", page);
    if (!is_certain)
        mend(s);
}

/* ---- checking -------------------------------------------------------------------------------- */

static bool has_bytes(const uint8_t *bytes, size_t size_bytes, uint8_t value)
{
    return bytes[0] == value && memcmp(bytes, bytes + 1, size_bytes - 1) == 0;
}

static void check(const void *context, bool is_certain)
{
    const struct subject *s = context;
    (void)is_certain;
    must(process_charge() == charge(s) && charge_by_runs(s->base) == charge(s));
    must(charge(s) == s->size_bytes - s->gone_count * KERNEL_PAGE_BYTES);
    for (size_t i = 0; i < s->layout->count; i++)
        must(!s->in_use[i] || has_bytes(structure_at(s, i), s->layout->structure_bytes, byte_of(i)),
             "structure %zu has changed", i);
    for (size_t page = 0; page < s->size_bytes / KERNEL_PAGE_BYTES; page++)
        must(!s->stays[page] || is_committed(s->base + page * KERNEL_PAGE_BYTES));
}

/* The rest goes, and comes again as zero. */
static void end(void *context)
{
    struct subject *s = context;
    size_t page_count;
    must(steppe_collect(&s->collection, 0, &page_count) == STEPPE_OK);
    s->gone_count += page_count;
    check(s, true);
    must(s->gone_count == s->going_count, "%zu of %zu pages", s->gone_count, s->going_count);
    must(steppe_commit(s->base, s->size_bytes) == STEPPE_OK);
    for (size_t page = 0; page < s->size_bytes / KERNEL_PAGE_BYTES; page++)
        must(s->stays[page] || has_bytes(s->base + page * KERNEL_PAGE_BYTES, KERNEL_PAGE_BYTES, 0));
    must(steppe_release(s->base) == STEPPE_OK);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void begin(struct subject *s, const struct machine *machine, const struct layout *layout)
{
    size_t bytes = layout->base_bytes + layout->structure_bytes * layout->count;
    *s = (struct subject){.machine = machine, .layout = layout};
    machine_start(machine);
    s->size_bytes = (bytes / KERNEL_PAGE_BYTES + 3) * KERNEL_PAGE_BYTES;
    s->base = reserve(s->size_bytes, options(.mechanism = machine->mechanism));
    require_ok(steppe_commit(s->base, s->size_bytes));
    s->in_use = calloc(layout->count, sizeof *s->in_use);
    s->stays = calloc(s->size_bytes / KERNEL_PAGE_BYTES, sizeof *s->stays);
    require(s->in_use && s->stays);
    choose_in_use(s);
    model_pages(s);
    for (size_t i = 0; i < layout->count; i++)
        if (s->in_use[i])
            memset(structure_at(s, i), byte_of(i), layout->structure_bytes);
    s->collection = (steppe_collection){.base = structure_at(s, 0),
                                        .structure_bytes = layout->structure_bytes,
                                        .count = layout->count,
                                        .flag_bytes = layout->has_callback ? 0 : 1,
                                        .is_in_use = layout->has_callback ? is_in_use : NULL,
                                        .look_bytes = layout->has_callback ? 1 : 0};
}

START_TEST(collect)
{
    struct subject subject;
    size_t machine = (size_t)_i / array_count(layouts), layout = (size_t)_i % array_count(layouts);
    begin(&subject, &container_machines[machine], &layouts[layout]);
    container_try(subject.machine,
                  &(struct container_call){.what = layouts[layout].name,
                                           .function = "steppe_collect",
                                           .refusals = DECOMMIT_REFUSALS,
                                           .run = run,
                                           .model = model,
                                           .model_failed = model_failed,
                                           .check = check,
                                           .end = end},
                  &subject, (size_t)_i);
    free(subject.in_use);
    free(subject.stays);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("collect");
    tcase_add_loop_test(test_case(suite, "every call fails"), collect, 0,
                        (int)(container_machine_count * array_count(layouts)));
    return test_main(suite);
}
