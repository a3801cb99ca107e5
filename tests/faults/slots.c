/* SPDX-License-Identifier: MIT */
/*
 * Slots of every strategy and policy with every platform call failing in turn: a slot is in use or
 * clear, nothing in between, and what is charged is what the statistics say.
 */
#include "container.h"

#include <stdlib.h>
#include <string.h>

enum { SLOT_MAX = 70000, COMMITS = 4, POLICIES = 3 };

static const size_t slot_sizes[] = {24, 4096, 5000, 3 * KERNEL_PAGE_BYTES};

/* Slots that are looked at, in order. Sheets begin at 0, 32768 and 65536. */
static const uint64_t indices[] = {
    0,   1,   2,   3,    4,     5,     6,     7,     8,     9,     10,    11,    12,    13,
    300, 301, 302, 2000, 32766, 32767, 32768, 32769, 40000, 40001, 65535, 65536, 66000, 69999};
static const uint64_t used_first[] = {0, 1, 2, 5, 6, 7, 9, 10, 11, 12, 300, 301, 32766, 40000};

struct look {
    uint64_t index;
    uint8_t tag; /* 0: clear; else its bytes */
};

struct subject {
    const struct machine *machine;
    size_t slot_bytes;
    steppe_options memory;
    steppe_slots_options options;
    uint8_t *slots; /* NULL: not made yet, or freed */
    struct look looks[array_count(indices)];
    const struct change *change;
    uint8_t *given;                 /* by the call */
    uint8_t tag;                    /* that was given last */
    uint64_t abandoned_bytes;       /* by a failed make; container.c says whether it may */
    steppe_slots_statistics before; /* the call */
    uint64_t charged_before;        /* the same, also where there are no statistics */
};

enum deed { MAKE, FREE, USE, CLEAR, CLEAR_RANGE, COLLECT };

struct change {
    enum deed deed;
    const char *what, *function;
    uint64_t first, count;           /* count of COLLECT: the limit */
    uint64_t dead_first, dead_count; /* cleared before */
};

static const struct change changes[] = {
    {MAKE, "make", "steppe_slots_new", 0, 0, 0, 0},
    {FREE, "free", "steppe_slots_free", 0, 0, 0, 0},
    {USE, "use, far away", "steppe_slots_use", 2000, 1, 0, 0},
    {USE, "use, in a new sheet", "steppe_slots_use", 66000, 1, 0, 0},
    {USE, "use, in use already", "steppe_slots_use", 1, 1, 0, 0},
    {USE, "use, beside others", "steppe_slots_use", 3, 1, 0, 0},
    {USE, "use, across a border", "steppe_slots_use", 32767, 1, 0, 0},
    {USE, "use, after it was cleared", "steppe_slots_use", 5, 1, 0, 8},
    {CLEAR, "clear, between others", "steppe_slots_clear", 6, 1, 0, 0},
    {CLEAR, "clear, the last of a sheet", "steppe_slots_clear", 40000, 1, 0, 0},
    {CLEAR, "clear, clear already", "steppe_slots_clear", 13, 1, 0, 0},
    {CLEAR_RANGE, "clear some", "steppe_slots_clear_range", 1, 10, 0, 0},
    {CLEAR_RANGE, "clear all", "steppe_slots_clear_range", 0, SLOT_MAX, 0, 0},
    {COLLECT, "collect", "steppe_slots_collect", 0, 0, 1, 9},
    {COLLECT, "collect bits", "steppe_slots_collect", 0, 0, 301, 69000},
    {COLLECT, "collect 2 pages", "steppe_slots_collect", 0, 2, 1, 9},
    {COLLECT, "collect, nothing to do", "steppe_slots_collect", 0, 0, 0, 0},
};

static steppe_slots_statistics statistics(const struct subject *s)
{
    steppe_slots_statistics statistics;
    must(steppe_slots_statistics_of(s->slots, &statistics) == STEPPE_OK);
    return statistics;
}

static uint8_t *slot_at(const struct subject *s, uint64_t index)
{
    return s->slots + index * s->slot_bytes;
}

/* ---- the model ------------------------------------------------------------------------------- */

static struct look *look_of(struct subject *s, uint64_t index)
{
    struct look *look = s->looks;
    while (look->index != index)
        look++;
    return look;
}

static bool has_bytes(const uint8_t *bytes, size_t size_bytes, uint8_t tag)
{
    return bytes[0] == tag && memcmp(bytes, bytes + 1, size_bytes - 1) == 0;
}

static void model_use(struct subject *s, uint64_t index, uint8_t *slot)
{
    struct look *look = look_of(s, index);
    must(slot == slot_at(s, index));
    must(has_bytes(slot, s->slot_bytes, look->tag), "neither zero nor as it was");
    look->tag = ++s->tag;
    memset(slot, look->tag, s->slot_bytes);
}

static void use(struct subject *s, uint64_t index)
{
    uint8_t *slot = steppe_slots_use(s->slots, index);
    must(slot, "%s", steppe_last_message());
    model_use(s, index, slot);
}

static void model_clear(struct subject *s, uint64_t first, uint64_t count)
{
    for (size_t i = 0; i < array_count(indices); i++)
        if (s->looks[i].index - first < count)
            s->looks[i].tag = 0;
}

static uint64_t used_count(const struct subject *s)
{
    uint64_t count = 0;
    for (size_t i = 0; i < array_count(indices); i++)
        count += s->looks[i].tag != 0;
    return count;
}

/* Of the pages that slots in use overlap: all bytes of these were written. */
static uint64_t used_bytes(const struct subject *s)
{
    uint64_t pages = 0, decided = 0;
    for (size_t i = 0; i < array_count(indices); i++) {
        uint64_t page = s->looks[i].index * s->slot_bytes / KERNEL_PAGE_BYTES;
        uint64_t end = ((s->looks[i].index + 1) * s->slot_bytes - 1) / KERNEL_PAGE_BYTES + 1;
        if (!s->looks[i].tag)
            continue;
        page = page > decided ? page : decided;
        pages += end - page;
        decided = end;
    }
    return pages * KERNEL_PAGE_BYTES;
}

/* ---- the calls ------------------------------------------------------------------------------- */

static void prepare(void *context)
{
    struct subject *s = context;
    const struct change *change = s->change;
    if (!change->dead_count)
        return;
    must(steppe_slots_clear_range(s->slots, change->dead_first, change->dead_count) == STEPPE_OK);
    model_clear(s, change->dead_first, change->dead_count);
}

/* Refused or not: what went is counted. */
static steppe_status collect(const struct subject *s, size_t page_max, size_t *page_count)
{
    uint64_t before = statistics(s).committed_bytes;
    steppe_status status = steppe_slots_collect(s->slots, page_max, page_count);
    must(before - statistics(s).committed_bytes == *page_count * KERNEL_PAGE_BYTES);
    must(!page_max || *page_count <= page_max);
    return status;
}

static steppe_status run(void *context)
{
    struct subject *s = context;
    const struct change *change = s->change;
    size_t page_count;
    s->charged_before = process_charge();
    if (change->deed != MAKE && change->deed != FREE)
        s->before = statistics(s);
    switch (change->deed) {
    case MAKE:
        s->slots = steppe_slots_make(s->slot_bytes, SLOT_MAX, &s->options);
        return s->slots ? STEPPE_OK : steppe_last_status();
    case FREE:
        return steppe_slots_free(s->slots);
    case USE:
        s->given = steppe_slots_use_at(s->slots, change->first);
        return s->given ? STEPPE_OK : steppe_last_status();
    case CLEAR:
        return steppe_slots_clear(s->slots, change->first);
    case CLEAR_RANGE:
        return steppe_slots_clear_range(s->slots, change->first, change->count);
    case COLLECT:
        return collect(s, change->count, &page_count);
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
    case USE:
        return COMMIT_REFUSALS;
    case CLEAR:
    case CLEAR_RANGE:
        return 0;
    case COLLECT:
        return DECOMMIT_REFUSALS;
    }
    return 0;
}

static void model(void *context)
{
    struct subject *s = context;
    const struct change *change = s->change;
    switch (change->deed) {
    case MAKE:
        break;
    case COLLECT:
        must(change->count || statistics(s).committed_bytes == used_bytes(s));
        break;
    case FREE:
        must(steppe_slots_free(s->slots) == STEPPE_E_NOT_CONTAINER);
        s->slots = NULL;
        break;
    case USE:
        model_use(s, change->first, s->given);
        break;
    case CLEAR:
    case CLEAR_RANGE:
        model_clear(s, change->first, change->count);
        break;
    }
}

/* A refused use has committed nothing, but for a page of the record. */
static void check_refused_use(const struct subject *s)
{
    steppe_slots_statistics now = statistics(s);
    bool has_record = s->options.commit == STEPPE_SLOTS_BY_RECORD;
    uint64_t bookkeeping_bytes = s->before.bookkeeping_bytes;
    if (!*stp_sim_failed_call())
        return; /* a limit on mappings refuses to give back as well */
    must(now.committed_bytes == s->before.committed_bytes);
    must(now.bookkeeping_bytes == bookkeeping_bytes ||
         (has_record && now.bookkeeping_bytes == bookkeeping_bytes + KERNEL_PAGE_BYTES));
}

static void model_failed(void *context, bool is_certain)
{
    struct subject *s = context;
    if (s->change->deed == MAKE)
        s->abandoned_bytes = process_charge();
    if (s->change->deed == USE && is_certain)
        check_refused_use(s);
}

/* ---- checking -------------------------------------------------------------------------------- */

/* A clear slot's pages may be there or not; what is there reads zero. */
static void check_clear(const struct subject *s, uint64_t index)
{
    const uint8_t *at = slot_at(s, index), *end = at + s->slot_bytes;
    while (at < end) {
        steppe_run run;
        must(steppe_query(at, &run) == STEPPE_OK);
        const uint8_t *stop = (const uint8_t *)run.base + run.size_bytes;
        stop = stop < end ? stop : end;
        must(run.state != STEPPE_COMMITTED || has_bytes(at, (size_t)(stop - at), 0),
             "clear slot %llu is not zero", (unsigned long long)index);
        at = stop;
    }
}

static void check_slot(const struct subject *s, const struct look *look, bool is_certain)
{
    must(steppe_slots_in_use(s->slots, look->index) == (look->tag != 0), "slot %llu",
         (unsigned long long)look->index);
    if (look->tag)
        must(has_bytes(slot_at(s, look->index), s->slot_bytes, look->tag), "slot %llu has changed",
             (unsigned long long)look->index);
    else if (is_certain)
        check_clear(s, look->index);
}

static void check_order(const struct subject *s)
{
    uint64_t before = STEPPE_NO_SLOT;
    for (size_t i = 0; i < array_count(indices); i++) {
        uint64_t index = s->looks[i].index;
        if (!s->looks[i].tag)
            continue;
        must(steppe_slots_next(s->slots, before + 1) == index); /* from 0 at first */
        must(!index || steppe_slots_previous(s->slots, index - 1) == before);
        before = index;
    }
    must(steppe_slots_next(s->slots, before + 1) == STEPPE_NO_SLOT);
    must(steppe_slots_previous(s->slots, SLOT_MAX) == before);
}

static void check_charge(const struct subject *s)
{
    steppe_slots_statistics figures = statistics(s);
    uint64_t charged = process_charge() - s->abandoned_bytes;
    must(figures.slot_count == used_count(s) && steppe_slots_count(s->slots) == used_count(s));
    must(figures.slot_max == SLOT_MAX && figures.slot_bytes == s->slot_bytes);
    must(figures.committed_bytes + figures.bookkeeping_bytes == charged, "%llu + %llu, not %llu",
         (unsigned long long)figures.committed_bytes, (unsigned long long)figures.bookkeeping_bytes,
         (unsigned long long)charged);
    must(steppe_budget_charged_bytes(s->memory.budget) == process_charge());
    must(figures.committed_bytes >= used_bytes(s));
}

/* One of two reservations has gone: they can be freed once more, and nothing else. */
static bool is_half_freed(const struct subject *s)
{
    return s->change->deed == FREE && process_charge() != s->charged_before;
}

static void check(const void *context, bool is_certain)
{
    const struct subject *s = context;
    if (!s->slots)
        return;
    must(steppe_slots_max(s->slots) == SLOT_MAX, "they have ended");
    if (is_half_freed(s))
        return;
    for (size_t i = 0; i < array_count(indices); i++)
        check_slot(s, &s->looks[i], is_certain);
    check_order(s);
    check_charge(s);
}

/* Afterwards nothing is committed that no slot in use needs. */
static void collect_all(struct subject *s)
{
    size_t page_count;
    must(collect(s, 0, &page_count) == STEPPE_OK, "%s", steppe_last_message());
    must(statistics(s).committed_bytes == used_bytes(s), "%llu bytes, not %llu",
         (unsigned long long)statistics(s).committed_bytes, (unsigned long long)used_bytes(s));
}

static void mend(void *context)
{
    struct subject *s = context;
    if (s->slots)
        collect_all(s);
}

static void end(void *context)
{
    struct subject *s = context;
    if (!s->slots)
        return;
    collect_all(s);
    check(s, true);
    for (size_t i = 0; i < array_count(indices); i++)
        use(s, indices[i]);
    check(s, true);
    must(steppe_slots_clear_range(s->slots, 0, SLOT_MAX) == STEPPE_OK);
    model_clear(s, 0, SLOT_MAX);
    collect_all(s);
    check(s, true);
    must(steppe_slots_free(s->slots) == STEPPE_OK);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void begin(struct subject *s, size_t variant, const struct machine *machine)
{
    *s = (struct subject){.machine = machine};
    machine_start(machine);
    s->slot_bytes = slot_sizes[variant / POLICIES / COMMITS];
    s->memory =
        (steppe_options){.mechanism = machine->mechanism, .budget = steppe_budget_new(STEPPE_GIB)};
    s->options = (steppe_slots_options){
        .commit = (steppe_slots_commit)(variant % COMMITS),
        .give_back = (steppe_slots_give_back)(variant / COMMITS % POLICIES),
        .batch_bytes = 10 * s->slot_bytes, /* no clear but the largest gives a batch back */
        .memory = &s->memory};
    require(s->memory.budget);
    for (size_t i = 0; i < array_count(indices); i++)
        s->looks[i].index = indices[i];
}

static void fill(struct subject *s)
{
    s->slots = steppe_slots_make(s->slot_bytes, SLOT_MAX, &s->options);
    require(s->slots, "%s", steppe_last_message());
    for (size_t i = 0; i < array_count(used_first); i++)
        use(s, used_first[i]);
}

/* Pages wholly inside slots are given back instead of being cleared. */
static bool clears_what_stays(const struct subject *s, const struct change *change)
{
    bool is_clear = change->deed == CLEAR || change->deed == CLEAR_RANGE;
    return is_clear && s->options.give_back != STEPPE_SLOTS_COLLECTED &&
           s->slot_bytes * change->count > KERNEL_PAGE_BYTES;
}

static void try_change(struct subject *s, const struct change *change, size_t turn)
{
    static const char *const commits[] = {"by fault", "always", "after query", "by record"};
    static const char *const policies[] = {"batched", "at once", "collected"};
    char what[100];
    snprintf(what, sizeof what, "%zu bytes, %s, %s, %s", s->slot_bytes, commits[s->options.commit],
             policies[s->options.give_back], change->what);
    s->change = change;
    container_try(s->machine,
                  &(struct container_call){.what = what,
                                           .function = change->function,
                                           .refusals = refusals_of(change->deed),
                                           .releases = change->deed == MAKE || change->deed == FREE,
                                           .clears_what_stays = clears_what_stays(s, change),
                                           .prepare = prepare,
                                           .run = run,
                                           .model = model,
                                           .model_failed = model_failed,
                                           .check = check,
                                           .mend = mend,
                                           .end = end},
                  s, turn);
}

START_TEST(every_call)
{
    struct subject subject;
    begin(&subject, (size_t)_i, &container_machines[(size_t)_i % container_machine_count]);
    size_t turn = (size_t)_i + (size_t)_i / container_machine_count;
    try_change(&subject, &changes[MAKE], turn);
    fill(&subject);
    for (size_t i = FREE + 1; i < array_count(changes); i++)
        try_change(&subject, &changes[i], turn + i);
}
END_TEST

START_TEST(freeing)
{
    struct subject subject;
    begin(&subject, (size_t)_i, &container_machines[(size_t)_i % container_machine_count]);
    fill(&subject);
    try_change(&subject, &changes[FREE], (size_t)_i / container_machine_count);
}
END_TEST

int main(void)
{
    const int all = COMMITS * POLICIES * (int)array_count(slot_sizes);
    Suite *suite = suite_create("slots");
    TCase *fails = test_case(suite, "every call fails");
    tcase_add_loop_test(fails, every_call, 0, all);
    tcase_add_loop_test(fails, freeing, 0, all);
    return test_main(suite);
}
