/* SPDX-License-Identifier: MIT */
/*
 * A collector with every platform call failing in turn. It is started anew in each forked copy, for
 * a copy has no thread but one; and it sleeps for ever, so that only the test's thread calls the
 * platform.
 */
#include "container.h"

#include <string.h>

enum {
    SLOT_BYTES = KERNEL_PAGE_BYTES,
    SLOT_MAX = 1000,
    FIRST_ENTRIES = 170, /* as many as its first table holds, a page */
    ENTRIES = FIRST_ENTRIES + 2
};

enum deed { START, STOP, ADD, REMOVE, RUN };

struct change {
    enum deed deed;
    const char *what, *function;
    size_t entry_count; /* added before */
};

static const struct change changes[] = {
    {START, "start", "steppe_collector_start", 0},
    {STOP, "stop", "steppe_collector_stop", 3},
    {ADD, "add the first", "steppe_collector_add", 0},
    {ADD, "add, the table grows", "steppe_collector_add", FIRST_ENTRIES},
    {REMOVE, "remove", "steppe_collector_remove", 5},
    {RUN, "run", "steppe_collector_run", 4},
};

struct subject {
    const struct machine *machine;
    const struct change *change;
    void *slots[ENTRIES];
    size_t entry_count;          /* added to the collector */
    steppe_collector *collector; /* NULL: not started yet, or stopped */
};

static const steppe_collector_options asleep = {
    .interval_ms = UINT32_MAX, .budget_percent = 101, .pressure_percent = 101, .piece_pages = 3};

static uint64_t committed_bytes(const struct subject *s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < ENTRIES; i++) {
        steppe_slots_statistics statistics;
        must(steppe_slots_statistics_of(s->slots[i], &statistics) == STEPPE_OK);
        bytes += statistics.committed_bytes;
    }
    return bytes;
}

/* ---- the calls ------------------------------------------------------------------------------- */

static void start(struct subject *s)
{
    steppe_collector_statistics statistics;
    s->collector = steppe_collector_start(&asleep);
    must(s->collector, "%s", steppe_last_message());
    /* Waits until the thread has begun: from then on it calls nothing. */
    must(steppe_collector_statistics_of(s->collector, &statistics) == STEPPE_OK);
}

static void add(struct subject *s, size_t count)
{
    for (; s->entry_count < count; s->entry_count++)
        must(steppe_collector_add(s->collector, s->slots[s->entry_count]) == STEPPE_OK);
}

/* Three pages in use, six that may go, on both sides of them. */
static void use_and_clear(const struct subject *s, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (uint64_t index = 0; index < 9; index++) {
            uint8_t *slot = steppe_slots_use_at(s->slots[i], index);
            must(slot, "%s", steppe_last_message());
            memset(slot, 7, SLOT_BYTES);
        }
        must(steppe_slots_clear_range(s->slots[i], 0, 3) == STEPPE_OK);
        must(steppe_slots_clear_range(s->slots[i], 6, 3) == STEPPE_OK);
    }
}

static void prepare(void *context)
{
    struct subject *s = context;
    if (s->change->deed == START)
        return;
    start(s);
    add(s, s->change->entry_count);
    if (s->change->deed == RUN)
        use_and_clear(s, s->entry_count);
}

static steppe_status collect(const struct subject *s)
{
    uint64_t page_count = UINT64_MAX, before = committed_bytes(s);
    steppe_status status = steppe_collector_run(s->collector, &page_count);
    must(before - committed_bytes(s) == page_count * KERNEL_PAGE_BYTES);
    return status;
}

static steppe_status run(void *context)
{
    struct subject *s = context;
    switch (s->change->deed) {
    case START:
        s->collector = steppe_collector_start(&asleep);
        return s->collector ? STEPPE_OK : steppe_last_status();
    case STOP:
        return steppe_collector_stop(s->collector);
    case ADD:
        return steppe_collector_add(s->collector, s->slots[s->entry_count]);
    case REMOVE:
        return steppe_collector_remove(s->collector, s->slots[2]);
    case RUN:
        return collect(s);
    }
    return STEPPE_OK;
}

static unsigned refusals_of(enum deed deed)
{
    switch (deed) {
    case START:
        return STATUS_BIT(STEPPE_E_MEMORY) | STATUS_BIT(STEPPE_E_ADDRESS_SPACE) |
               STATUS_BIT(STEPPE_E_MAP_COUNT) | STATUS_BIT(STEPPE_E_SYSTEM);
    case ADD:
        return STATUS_BIT(STEPPE_E_MEMORY);
    case RUN:
        return DECOMMIT_REFUSALS;
    case STOP:
    case REMOVE:
        return 0;
    }
    return 0;
}

/* ---- the model ------------------------------------------------------------------------------- */

static void model(void *context)
{
    struct subject *s = context;
    steppe_collector_statistics statistics;
    switch (s->change->deed) {
    case START:
        must(steppe_collector_statistics_of(s->collector, &statistics) == STEPPE_OK);
        break;
    case STOP:
        must(steppe_collector_stop(s->collector) == STEPPE_E_NOT_CONTAINER);
        s->collector = NULL;
        break;
    case ADD:
        must(steppe_collector_add(s->collector, s->slots[s->entry_count]) == STEPPE_E_IN_USE);
        s->entry_count++;
        break;
    case REMOVE:
        must(steppe_collector_remove(s->collector, s->slots[2]) == STEPPE_E_OUTSIDE);
        must(steppe_collector_add(s->collector, s->slots[2]) == STEPPE_OK);
        break;
    case RUN:
        must(committed_bytes(s) == s->entry_count * 3 * SLOT_BYTES);
        break;
    }
}

static void model_failed(void *context, bool is_certain)
{
    struct subject *s = context;
    (void)is_certain;
    if (s->change->deed != ADD)
        return;
    must(steppe_collector_remove(s->collector, s->slots[s->entry_count]) == STEPPE_E_OUTSIDE);
}

/* ---- checking -------------------------------------------------------------------------------- */

static void check(const void *context, bool is_certain)
{
    const struct subject *s = context;
    uint64_t charged = 0;
    (void)is_certain;
    for (size_t i = 0; i < ENTRIES; i++) {
        steppe_slots_statistics statistics;
        must(steppe_slots_statistics_of(s->slots[i], &statistics) == STEPPE_OK);
        charged += statistics.committed_bytes + statistics.bookkeeping_bytes;
        for (uint64_t index = steppe_slots_next(s->slots[i], 0); index != STEPPE_NO_SLOT;
             index = steppe_slots_next(s->slots[i], index + 1)) {
            const uint8_t *slot = steppe_slots_get_at(s->slots[i], index);
            must(slot[0] == 7 && memcmp(slot, slot + 1, SLOT_BYTES - 1) == 0);
        }
    }
    must(process_charge() == charged);
}

/* All that was added is collected, nothing else is. */
static void end(void *context)
{
    struct subject *s = context;
    if (!s->collector) {
        start(s);
        s->entry_count = 0;
    }
    use_and_clear(s, s->entry_count + 1);
    must(collect(s) == STEPPE_OK, "%s", steppe_last_message());
    must(committed_bytes(s) == (s->entry_count * 3 + 9) * SLOT_BYTES);
    check(s, true);
    for (size_t i = 0; i < s->entry_count; i++)
        must(steppe_collector_remove(s->collector, s->slots[i]) == STEPPE_OK);
    must(steppe_collector_stop(s->collector) == STEPPE_OK);
    for (size_t i = 0; i < ENTRIES; i++)
        must(steppe_slots_free(s->slots[i]) == STEPPE_OK);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void fill(struct subject *s)
{
    const steppe_options memory = {.mechanism = s->machine->mechanism};
    for (size_t i = 0; i < ENTRIES; i++) {
        s->slots[i] = steppe_slots_make(SLOT_BYTES, SLOT_MAX,
                                        &(steppe_slots_options){.commit = STEPPE_SLOTS_ALWAYS,
                                                                .give_back = STEPPE_SLOTS_COLLECTED,
                                                                .memory = &memory});
        require(s->slots[i], "%s", steppe_last_message());
    }
}

START_TEST(every_call)
{
    struct subject subject = {.machine = &container_machines[_i]};
    machine_start(subject.machine);
    stp_sim_allow_threads(true);
    fill(&subject);
    for (size_t i = 0; i < array_count(changes); i++) {
        subject.change = &changes[i];
        container_try(subject.machine,
                      &(struct container_call){.what = changes[i].what,
                                               .function = changes[i].function,
                                               .refusals = refusals_of(changes[i].deed),
                                               .releases = changes[i].deed == START,
                                               .prepare = prepare,
                                               .run = run,
                                               .model = model,
                                               .model_failed = model_failed,
                                               .check = check,
                                               .end = end},
                      &subject, (size_t)_i + i);
    }
}
END_TEST

START_TEST(no_threads)
{
    machine_start(&container_machines[_i]);
    require_null(steppe_collector_start(&asleep), STEPPE_E_UNSUPPORTED);
    uint64_t leaks = stp_sim_leaks();
    require_null(steppe_collector_start(&asleep), STEPPE_E_UNSUPPORTED);
    require_equal(stp_sim_leaks(), leaks);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("collector");
    TCase *all = test_case(suite, "every call fails");
    tcase_add_loop_test(all, every_call, 0, (int)container_machine_count);
    tcase_add_loop_test(all, no_threads, 0, (int)container_machine_count);
    return test_main(suite);
}
