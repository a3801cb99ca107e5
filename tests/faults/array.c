/* SPDX-License-Identifier: MIT */
/*
 * Arrays with every platform call failing in turn: after a refusal they are what they were, and go
 * on growing and shrinking.
 */
#include "container.h"

#include <stdlib.h>
#include <string.h>

struct layout {
    const char *name;
    size_t element_bytes, page_bytes;
    uint64_t count, max; /* to begin with; ever */
};

static const struct layout layouts[] = {
    {"24 bytes", 24, 0, 3000, 200000},
    {"5000 bytes", 5000, 0, 60, 4000},
    {"64 KiB pages", 24, 64 * STEPPE_KIB, 10000, 200000},
    {"huge pages", 5000, 0, 560, 20000},
};

struct subject {
    const struct machine *machine;
    const struct layout *layout;
    steppe_options options;
    uint8_t *elements;           /* NULL: not made yet, or freed */
    uint8_t *model;              /* of as many elements as ever */
    uint64_t count;              /* of the model */
    const struct change *change; /* to be made */
    uint8_t *given;              /* by the call, for new elements */
};

enum deed { MAKE, FREE, PUSH, APPEND, INSERT, REMOVE, RESIZE, RESERVE, TRIM, POP };

struct change {
    enum deed deed;
    const char *what, *function;
    int index_percent, count_percent; /* of the elements there are */
};

static const struct change changes[] = {
    {MAKE, "new", "steppe_array_new", 0, 0},
    {FREE, "free", "steppe_array_free", 0, 0},
    {PUSH, "push at the capacity", "steppe_array_push", 0, 0},
    {APPEND, "append", "steppe_array_append", 0, 60},
    {APPEND, "append much", "steppe_array_append", 0, 300},
    {INSERT, "insert", "steppe_array_insert", 30, 60},
    {REMOVE, "remove few", "steppe_array_remove", 10, 1},
    {REMOVE, "remove most", "steppe_array_remove", 5, 90},
    {RESIZE, "grow", "steppe_array_resize", 0, 200},
    {RESIZE, "shrink", "steppe_array_resize", 0, 10},
    {RESIZE, "empty", "steppe_array_resize", 0, 0},
    {RESERVE, "reserve", "steppe_array_reserve", 0, 350},
    {TRIM, "trim", "steppe_array_trim", 0, 0},
    {POP, "pop until pages go", "steppe_array_pop", 0, 0},
};

static uint64_t share(const struct subject *s, int percent)
{
    return s->layout->count * (uint64_t)percent / 100;
}

static size_t bytes_of(const struct subject *s, uint64_t count)
{
    return (size_t)count * s->layout->element_bytes;
}

static void write_elements(struct subject *s, uint64_t first, uint64_t end)
{
    for (uint64_t i = first; i < end; i++) {
        memset(s->model + bytes_of(s, i), (int)(i % 255 + 1), s->layout->element_bytes);
        memcpy(s->model + bytes_of(s, i), &i, sizeof i);
    }
    memcpy(s->elements + bytes_of(s, first), s->model + bytes_of(s, first),
           bytes_of(s, end - first));
}

/* ---- the calls ------------------------------------------------------------------------------- */

static void prepare(void *context)
{
    struct subject *s = context;
    if (s->change->deed != PUSH)
        return;
    uint64_t capacity = steppe_array_capacity(s->elements);
    must(steppe_array_resize(s->elements, capacity) == STEPPE_OK);
    write_elements(s, s->count, capacity);
    s->count = capacity;
}

static steppe_status as_status(const void *given)
{
    return given ? STEPPE_OK : steppe_last_status();
}

static void *make(const struct subject *s)
{
    return steppe_array_make(s->layout->element_bytes, s->layout->max, &s->options);
}

/* The model is told of each, for a call that never fails has no second try. */
static steppe_status pop_until_pages_go(struct subject *s)
{
    uint64_t failures = stp_sim_failure_count(), capacity = steppe_array_capacity(s->elements);
    while (s->count && steppe_array_capacity(s->elements) == capacity &&
           stp_sim_failure_count() == failures) {
        uint8_t *last = steppe_array_pop_from(s->elements);
        must(last == s->elements + bytes_of(s, s->count - 1));
        must(memcmp(last, s->model + bytes_of(s, --s->count), s->layout->element_bytes) == 0);
    }
    return STEPPE_OK;
}

static steppe_status run(void *context)
{
    struct subject *s = context;
    uint64_t count = share(s, s->change->count_percent);
    uint64_t index = share(s, s->change->index_percent);
    switch (s->change->deed) {
    case MAKE:
        return as_status(s->elements = make(s));
    case FREE:
        return steppe_array_free(s->elements);
    case PUSH:
        return as_status(s->given = steppe_array_push_to(s->elements));
    case APPEND:
        return as_status(s->given = steppe_array_append_to(s->elements, count));
    case INSERT:
        return as_status(s->given = steppe_array_insert_at(s->elements, index, count));
    case REMOVE:
        return steppe_array_remove(s->elements, index, count);
    case RESIZE:
        return steppe_array_resize(s->elements, count);
    case RESERVE:
        return steppe_array_reserve(s->elements, count);
    case TRIM:
        return steppe_array_trim(s->elements);
    case POP:
        return pop_until_pages_go(s);
    }
    return STEPPE_OK;
}

static unsigned refusals_of(enum deed deed)
{
    switch (deed) {
    case MAKE:
        return RESERVE_REFUSALS;
    case FREE:
        return RELEASE_REFUSALS;
    case TRIM:
        return DECOMMIT_REFUSALS;
    case REMOVE:
    case POP:
        return 0;
    default:
        return COMMIT_REFUSALS;
    }
}

/* ---- the model ------------------------------------------------------------------------------- */

static void model_new(struct subject *s, uint64_t index, uint64_t count)
{
    must(s->given == s->elements + bytes_of(s, index));
    memmove(s->model + bytes_of(s, index + count), s->model + bytes_of(s, index),
            bytes_of(s, s->count - index));
    memset(s->model + bytes_of(s, index), 0, bytes_of(s, count));
    s->count += count;
}

static void model_resize(struct subject *s, uint64_t count)
{
    if (count > s->count)
        memset(s->model + bytes_of(s, s->count), 0, bytes_of(s, count - s->count));
    s->count = count;
}

static void model(void *context)
{
    struct subject *s = context;
    uint64_t count = share(s, s->change->count_percent);
    uint64_t index = share(s, s->change->index_percent);
    switch (s->change->deed) {
    case FREE:
        must(steppe_array_free(s->elements) == STEPPE_E_NOT_CONTAINER);
        s->elements = NULL;
        break;
    case PUSH:
        model_new(s, s->count, 1);
        break;
    case APPEND:
        model_new(s, s->count, count);
        break;
    case INSERT:
        model_new(s, index, count);
        break;
    case REMOVE:
        s->count -= count;
        memmove(s->model + bytes_of(s, index), s->model + bytes_of(s, index + count),
                bytes_of(s, s->count - index));
        break;
    case RESIZE:
        model_resize(s, count);
        break;
    case RESERVE:
        must(steppe_array_capacity(s->elements) >= count);
        break;
    case MAKE:
    case TRIM:
    case POP:
        break;
    }
}

/* ---- checking -------------------------------------------------------------------------------- */

static size_t page_bytes_of(const struct subject *s)
{
    return s->layout->page_bytes ? s->layout->page_bytes : KERNEL_PAGE_BYTES;
}

/* The first page is the array's own. */
static void check_charge(const struct subject *s)
{
    uint64_t charged = process_charge();
    uint64_t content_bytes = charged - page_bytes_of(s);
    uint64_t capacity = content_bytes / s->layout->element_bytes;
    must(charge_of(s->elements - page_bytes_of(s)) == charged);
    must(steppe_budget_charged_bytes(s->options.budget) == charged);
    must(steppe_array_capacity(s->elements) ==
         (capacity < s->layout->max ? capacity : s->layout->max));
    must(content_bytes >= bytes_of(s, s->count));
}

static void check(const void *context, bool is_certain)
{
    const struct subject *s = context;
    (void)is_certain;
    if (!s->elements)
        return;
    must(steppe_array_count(s->elements) == s->count, "%llu, not %llu",
         (unsigned long long)steppe_array_count(s->elements), (unsigned long long)s->count);
    must(steppe_array_max(s->elements) == s->layout->max);
    must(memcmp(s->elements, s->model, bytes_of(s, s->count)) == 0);
    check_charge(s);
}

static void mend(void *context)
{
    const struct subject *s = context;
    if (s->elements)
        must(steppe_array_trim(s->elements) == STEPPE_OK);
}

/* What is grown into reads zero, whatever lay there. */
static void end(void *context)
{
    struct subject *s = context;
    uint64_t count = s->count + s->count / 2 + 10;
    if (!s->elements)
        return;
    if (count > s->layout->max)
        count = s->layout->max;
    must(steppe_array_resize(s->elements, count) == STEPPE_OK);
    model_resize(s, count);
    check(s, true);
    write_elements(s, 0, count);
    must(steppe_array_resize(s->elements, 1) == STEPPE_OK);
    must(steppe_array_trim(s->elements) == STEPPE_OK);
    s->count = 1;
    check(s, true);
    must(steppe_array_free(s->elements) == STEPPE_OK);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void begin(struct subject *s, const struct machine *machine, const struct layout *layout)
{
    *s = (struct subject){.machine = machine, .layout = layout};
    machine_start(machine);
    s->options = (steppe_options){.mechanism = machine->mechanism,
                                  .page_bytes = layout->page_bytes,
                                  .budget = steppe_budget_new(STEPPE_GIB)};
    s->model = calloc(layout->max, layout->element_bytes);
    require(s->model && s->options.budget);
}

/* With old contents behind the last element. */
static void fill(struct subject *s)
{
    uint64_t count = s->layout->count + s->layout->count / 5;
    s->elements = make(s);
    require(s->elements, "%s", steppe_last_message());
    require_ok(steppe_array_resize(s->elements, count));
    write_elements(s, 0, count);
    s->count = s->layout->count;
    require_ok(steppe_array_resize(s->elements, s->count));
}

static void try_change(struct subject *s, const struct change *change, size_t turn)
{
    char what[80];
    snprintf(what, sizeof what, "%s, %s", s->layout->name, change->what);
    s->change = change;
    container_try(s->machine,
                  &(struct container_call){.what = what,
                                           .function = change->function,
                                           .refusals = refusals_of(change->deed),
                                           .releases = change->deed == MAKE || change->deed == FREE,
                                           .prepare = prepare,
                                           .run = run,
                                           .model = model,
                                           .check = check,
                                           .mend = mend,
                                           .end = end},
                  s, turn);
}

START_TEST(every_call)
{
    struct subject subject;
    size_t machine = (size_t)_i / array_count(layouts), layout = (size_t)_i % array_count(layouts);
    begin(&subject, &container_machines[machine], &layouts[layout]);
    try_change(&subject, &changes[MAKE], (size_t)_i);
    fill(&subject);
    for (size_t i = 1; i < array_count(changes); i++)
        try_change(&subject, &changes[i], (size_t)_i + i);
    free(subject.model);
}
END_TEST

int main(void)
{
    const int all = (int)(container_machine_count * array_count(layouts));
    Suite *suite = suite_create("array");
    tcase_add_loop_test(test_case(suite, "every call fails"), every_call, 0, all);
    return test_main(suite);
}
