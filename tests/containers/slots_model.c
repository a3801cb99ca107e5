/* SPDX-License-Identifier: MIT */
/*
 * slots_model.c - random operations on slots and on a naive model of them: for each slot whether it
 * is in use, and what lies in it. After each operation status, figures and a few slots must be
 * those of the model; now and then everything is compared, the pages included.
 *
 * Options and replay: tests/support/random.h.
 */
#define _GNU_SOURCE 1

#include <stdlib.h>
#include <string.h>

#include "../support/random.h"

enum {
    TABLE_COUNT = 4,
    SLOTS_MAX = 6000, /* that are ever used of a table: lies in windows of a larger one */
    WINDOW_MAX = 4,
    GROUP = 32768,
    CHARGES_EVERY = 64,
    FULL_EVERY = 20000,
    RUN_MAX = 300
};

/* ---- the model --------------------------------------------------------------------------------
 */

/* A slot's bytes are all alike: mark, 0 where it was not written since it was cleared. */
struct slot {
    bool is_in_use;
    uint8_t mark;
};

struct window {
    uint64_t first, count;
    struct slot *slots;
};

struct table {
    uint8_t *memory; /* NULL: none */
    size_t slot_bytes;
    uint64_t slot_max, in_use;
    size_t window_count;
    struct window windows[WINDOW_MAX];
    steppe_slots_commit commit;
    steppe_slots_give_back give_back;
    bool is_collected; /* nothing was cleared or touched since a whole collection */
    bool has_budget;
};

static struct table tables[TABLE_COUNT];
static steppe_budget *budget;
static size_t page;
static bool choose_mechanisms;

/* ---- slots ------------------------------------------------------------------------------------
 */

static struct slot *slot_at(const struct table *table, uint64_t index)
{
    for (size_t i = 0; i < table->window_count; i++) {
        const struct window *window = &table->windows[i];
        if (index - window->first < window->count)
            return &window->slots[index - window->first];
    }
    return NULL;
}

static bool is_in_use(const struct table *table, uint64_t index)
{
    const struct slot *slot = slot_at(table, index);
    return slot && slot->is_in_use;
}

static uint8_t *address_of(const struct table *table, uint64_t index)
{
    return table->memory + index * table->slot_bytes;
}

/* The next slot at or above index whose state is wanted, as the model has it. */
static uint64_t model_next(const struct table *table, uint64_t index, bool wanted)
{
    while (index < table->slot_max) {
        if (is_in_use(table, index) == wanted)
            return index;
        index++;
        if (slot_at(table, index))
            continue;
        if (!wanted)
            return index < table->slot_max ? index : STEPPE_NO_SLOT;
        uint64_t nearest = STEPPE_NO_SLOT;
        for (size_t i = 0; i < table->window_count; i++)
            if (table->windows[i].first >= index && table->windows[i].first < nearest)
                nearest = table->windows[i].first;
        index = nearest;
    }
    return STEPPE_NO_SLOT;
}

static uint64_t model_previous(const struct table *table, uint64_t index)
{
    uint64_t best = STEPPE_NO_SLOT;
    for (size_t i = 0; i < table->window_count; i++) {
        const struct window *window = &table->windows[i];
        for (uint64_t at = window->count; at > 0; at--) {
            uint64_t slot = window->first + at - 1;
            if (slot > index || !window->slots[at - 1].is_in_use)
                continue;
            if (best == STEPPE_NO_SLOT || slot > best)
                best = slot;
            break;
        }
    }
    return best;
}

static bool is_committed(const struct table *table, uint64_t at)
{
    steppe_run run;
    agree(steppe_query(table->memory + at * page, &run) == STEPPE_OK);
    return run.state == STEPPE_COMMITTED;
}

static bool is_needed(const struct table *table, uint64_t at)
{
    uint64_t last = ((at + 1) * page - 1) / table->slot_bytes;
    for (uint64_t slot = at * page / table->slot_bytes; slot <= last; slot++)
        if (is_in_use(table, slot))
            return true;
    return false;
}

/* ---- comparing --------------------------------------------------------------------------------
 */

static void compare_slot(const struct table *table, uint64_t index)
{
    const struct slot *slot = slot_at(table, index);
    uint8_t *address = address_of(table, index);
    bool in_use = slot && slot->is_in_use;
    agree(steppe_slots_in_use(table->memory, index) == in_use, "slot %llu",
          (unsigned long long)index);
    agree(steppe_slots_get(table->memory, index) == (in_use ? address : NULL));
    if (!in_use)
        return;
    const size_t looks[] = {0, table->slot_bytes / 2, table->slot_bytes - 1};
    for (size_t i = 0; i < array_count(looks); i++)
        agree(load(address + looks[i]) == slot->mark, "slot %llu, byte %zu: %d, not %d",
              (unsigned long long)index, looks[i], load(address + looks[i]), slot->mark);
}

/* What is clear reads zero where it is committed; the pages are those that slots in use need, or
 * more before a collection. */
static void compare_page(const struct table *table, uint64_t at)
{
    bool committed = is_committed(table, at), needed = is_needed(table, at);
    if (table->commit != STEPPE_SLOTS_BY_FAULT)
        agree(committed || !needed, "page %llu went", (unsigned long long)at);
    if (table->is_collected)
        agree(!committed || needed, "page %llu stayed", (unsigned long long)at);
    if (!committed)
        return;
    for (int i = 0; i < 3; i++) {
        uint64_t byte = at * page + below(page), slot = byte / table->slot_bytes;
        if (slot < table->slot_max && !is_in_use(table, slot))
            agree(load(table->memory + byte) == 0, "byte %llu of the clear slot %llu",
                  (unsigned long long)byte, (unsigned long long)slot);
    }
}

static void compare_figures(const struct table *table)
{
    steppe_slots_statistics now;
    agree(steppe_slots_statistics_of(table->memory, &now) == STEPPE_OK);
    agree_equal(now.slot_count, table->in_use);
    agree_equal(steppe_slots_count(table->memory), table->in_use);
    agree_equal(now.slot_max, table->slot_max);
    agree_equal(now.slot_bytes, table->slot_bytes);
}

static void compare_searches(const struct table *table, uint64_t index)
{
    uint64_t next = model_next(table, index, true);
    agree_equal(steppe_slots_next(table->memory, index), next);
    agree_equal(steppe_slots_first_free(table->memory, index), model_next(table, index, false));
    agree_equal(steppe_slots_previous(table->memory, index), model_previous(table, index));
    steppe_slots_run run = steppe_slots_next_run(table->memory, index);
    uint64_t stop = next == STEPPE_NO_SLOT ? next : model_next(table, next, false);
    if (next == STEPPE_NO_SLOT)
        agree_equal(run.count, 0);
    else
        agree(run.first == next &&
                  run.count == (stop == STEPPE_NO_SLOT ? table->slot_max : stop) - next,
              "%llu and %llu on", (unsigned long long)run.first, (unsigned long long)run.count);
}

static void compare_table(const struct table *table)
{
    compare_figures(table);
    for (size_t i = 0; i < table->window_count; i++) {
        const struct window *window = &table->windows[i];
        uint64_t end = window->first + window->count;
        for (uint64_t slot = window->first; slot < end; slot++)
            compare_slot(table, slot);
        uint64_t first_page = window->first * table->slot_bytes / page;
        for (uint64_t at = first_page; at <= (end * table->slot_bytes - 1) / page; at++)
            compare_page(table, at);
    }
    uint64_t count = 0;
    for (uint64_t slot = steppe_slots_next(table->memory, 0); slot != STEPPE_NO_SLOT;
         slot = steppe_slots_next(table->memory, slot + 1))
        count++;
    agree_equal(count, table->in_use);
}

static void compare_charges(void)
{
    uint64_t sum = 0, of_budget = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        steppe_slots_statistics now;
        if (!tables[i].memory)
            continue;
        agree(steppe_slots_statistics_of(tables[i].memory, &now) == STEPPE_OK);
        sum += now.committed_bytes + now.bookkeeping_bytes;
        of_budget += tables[i].has_budget ? now.committed_bytes + now.bookkeeping_bytes : 0;
    }
    agree_equal(steppe_budget_charged_bytes(steppe_process_budget()), sum);
    agree_equal(steppe_budget_charged_bytes(budget), of_budget);
}

static void compare_everything(void)
{
    size_t wanted = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (!tables[i].memory)
            continue;
        wanted += 2;
        compare_table(&tables[i]);
    }
    agree_equal(reservation_count(), wanted);
    compare_charges();
}

/* ---- choosing ---------------------------------------------------------------------------------
 */

static const struct window *some_window(const struct table *table)
{
    return &table->windows[below(table->window_count)];
}

/* Mostly near a border of words, groups, pages or windows. */
static uint64_t some_index(const struct table *table)
{
    const struct window *window = some_window(table);
    uint64_t on_page = page / table->slot_bytes ? page / table->slot_bytes : 1;
    const uint64_t units[] = {64, GROUP, on_page, window->count};
    if (one_in(2))
        return window->first + below(window->count);
    uint64_t unit = pick(units);
    uint64_t border = (window->first + below(window->count)) / unit * unit + below(3);
    border = border ? border - 1 : 0;
    return border - window->first < window->count ? border : window->first + below(window->count);
}

static uint64_t run_from(const struct table *table, uint64_t index)
{
    const uint64_t counts[] = {0, 1, 2, 3, 17, 63, 64, 65, RUN_MAX};
    uint64_t count = 1 + pick(counts);
    if (count * table->slot_bytes > STEPPE_MIB)
        count = 1 + STEPPE_MIB / table->slot_bytes / 4;
    const struct window *window = table->windows;
    while (index - window->first >= window->count)
        window++;
    uint64_t left = window->first + window->count - index;
    return count < left ? count : left;
}

/* ---- operations -------------------------------------------------------------------------------
 */

/* Whether a refusal may be the budget's; only then is one allowed. */
static bool may_be_refused(const struct table *table)
{
    return table->has_budget && steppe_budget_limit_bytes(budget) != STEPPE_NO_LIMIT;
}

static void touch(struct table *table, uint64_t index)
{
    struct slot *slot = slot_at(table, index);
    if (may_be_refused(table) && table->commit == STEPPE_SLOTS_BY_FAULT)
        return;
    slot->mark = one_in(8) ? 0 : (uint8_t)(1 + below(255));
    memset(address_of(table, index), slot->mark, table->slot_bytes);
}

static void use_one(struct table *table, uint64_t index)
{
    struct slot *slot = slot_at(table, index);
    uint8_t *address = address_of(table, index);
    uint8_t *got = steppe_slots_use(table->memory, index);
    if (!got) {
        agree(steppe_last_status() == STEPPE_E_BUDGET && may_be_refused(table));
        agree(strncmp(steppe_last_message(), "steppe_slots_use:", 17) == 0);
        compare_slot(table, index);
        return;
    }
    agree(got == address);
    table->in_use += !slot->is_in_use;
    slot->is_in_use = true;
    bool has_pages = table->commit != STEPPE_SLOTS_BY_FAULT;
    if (has_pages)
        agree(is_committed(table, index * table->slot_bytes / page) &&
              is_committed(table, ((index + 1) * table->slot_bytes - 1) / page));
    if (has_pages || !may_be_refused(table))
        compare_slot(table, index);
    if (one_in(4))
        return;
    touch(table, index);
    if (table->commit == STEPPE_SLOTS_BY_FAULT) /* with neighbours, maybe */
        table->is_collected = false;
}

static void do_use(struct table *table)
{
    uint64_t index = some_index(table);
    uint64_t count = one_in(10) ? run_from(table, index) : 1;
    remember("use %llu slots from %llu of %p", (unsigned long long)count, (unsigned long long)index,
             (void *)table->memory);
    for (uint64_t i = 0; i < count; i++)
        use_one(table, index + i);
}

static void model_clear(struct table *table, uint64_t first, uint64_t end)
{
    for (size_t i = 0; i < table->window_count; i++) {
        struct window *window = &table->windows[i];
        for (uint64_t at = 0; at < window->count; at++) {
            struct slot *slot = &window->slots[at];
            if (window->first + at < first || window->first + at >= end || !slot->is_in_use)
                continue;
            *slot = (struct slot){0};
            table->in_use--;
            table->is_collected = false;
        }
    }
}

static void do_clear(struct table *table)
{
    uint64_t index = some_index(table);
    if (one_in(3)) { /* one that is in use, if there is any */
        uint64_t next = steppe_slots_next(table->memory, index);
        index = next == STEPPE_NO_SLOT ? index : next;
    }
    remember("clear %llu of %p", (unsigned long long)index, (void *)table->memory);
    agree(steppe_slots_clear(table->memory, index) == STEPPE_OK);
    model_clear(table, index, index + 1);
    compare_slot(table, index);
}

static void do_clear_range(struct table *table)
{
    uint64_t first = some_index(table), count = run_from(table, first);
    if (one_in(10)) { /* across windows */
        first = below(table->slot_max);
        count = below(table->slot_max - first + 1);
    }
    remember("clear %llu slots from %llu of %p", (unsigned long long)count,
             (unsigned long long)first, (void *)table->memory);
    agree(steppe_slots_clear_range(table->memory, first, count) == STEPPE_OK);
    model_clear(table, first, first + count);
    compare_slot(table, first);
}

static void check_collected(const struct table *table)
{
    for (int i = 0; i < 4; i++)
        compare_page(table, some_index(table) * table->slot_bytes / page);
}

static void do_collect(struct table *table)
{
    size_t most = one_in(2) ? 0 : 1 + below(20), count = 99;
    steppe_slots_statistics before, after;
    agree(steppe_slots_statistics_of(table->memory, &before) == STEPPE_OK);
    agree(steppe_slots_collect(table->memory, most, &count) == STEPPE_OK);
    agree(steppe_slots_statistics_of(table->memory, &after) == STEPPE_OK);
    remember("collect %zu of %p: %zu", most, (void *)table->memory, count);
    agree(!most || count <= most);
    agree_equal(before.committed_bytes - after.committed_bytes, count * page);
    agree_equal(after.given_back_bytes - before.given_back_bytes, count * page);
    agree(after.bookkeeping_bytes <= before.bookkeeping_bytes);
    bool is_whole = !most || count < most;
    table->is_collected |= is_whole;
    check_collected(table);
    if (is_whole && table->in_use == 0)
        agree_equal(after.committed_bytes, 0);
}

static void do_touch(struct table *table)
{
    uint64_t slot = steppe_slots_next(table->memory, some_index(table));
    if (slot == STEPPE_NO_SLOT)
        return;
    remember("write %llu of %p", (unsigned long long)slot, (void *)table->memory);
    compare_slot(table, slot);
    touch(table, slot);
    table->is_collected &= table->commit != STEPPE_SLOTS_BY_FAULT;
}

static void do_limit(void)
{
    uint64_t limit = STEPPE_NO_LIMIT;
    if (one_in(3))
        limit = steppe_budget_charged_bytes(budget) + below(30) * page;
    /* Where faults commit, the model's own touches would be refused: not while there is one. */
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (tables[i].memory && tables[i].has_budget && tables[i].commit == STEPPE_SLOTS_BY_FAULT)
            limit = STEPPE_NO_LIMIT;
    remember("limit of the budget: %llu", (unsigned long long)limit);
    agree(steppe_budget_set_limit(budget, limit) == STEPPE_OK);
}

static void do_nonsense(struct table *table)
{
    uint64_t max = table->slot_max;
    remember("nonsense at %p", (void *)table->memory);
    agree(!steppe_slots_use(table->memory, max + below(1000)));
    agree(steppe_last_status() == STEPPE_E_OUTSIDE);
    agree(steppe_slots_clear(table->memory, max) == STEPPE_E_OUTSIDE);
    agree(steppe_slots_clear_range(table->memory, below(max), max + 1) == STEPPE_E_OUTSIDE);
    agree(!steppe_slots_get(table->memory, max) && !steppe_slots_in_use(table->memory, max));
    agree(steppe_slots_next(table->memory, max) == STEPPE_NO_SLOT);
    agree(steppe_slots_free(table->memory + page) == STEPPE_E_NOT_CONTAINER);
    agree(!steppe_slots_make(0, 1, NULL) && !steppe_slots_make(1, 0, NULL));
}

/* ---- making -----------------------------------------------------------------------------------
 */

static void cut_windows(struct table *table)
{
    table->window_count = table->slot_max < 2 * WINDOW_MAX ? 1 : 1 + below(WINDOW_MAX);
    uint64_t part = table->slot_max / table->window_count;
    uint64_t most = SLOTS_MAX / table->window_count;
    if (most * table->slot_bytes > 8 * STEPPE_MIB)
        most = 1 + 8 * STEPPE_MIB / table->slot_bytes;
    for (size_t i = 0; i < table->window_count; i++) {
        struct window *window = &table->windows[i];
        window->count = part < most ? part : most;
        uint64_t room = part - window->count;
        /* Around a border of groups, or anywhere. */
        uint64_t offset = one_in(2) ? room / GROUP * GROUP : below(room + 1);
        if (offset > window->count / 2 && one_in(2))
            offset -= window->count / 2;
        window->first = i * part + offset;
        window->slots = calloc(window->count, sizeof *window->slots);
        agree(window->slots);
    }
    table->windows[0].first = one_in(2) ? 0 : table->windows[0].first;
}

static void do_make(struct table *table)
{
    const size_t sizes[] = {1, 3, 8, 24, 100, 128, 1000, 2048, 2049, 4096, 5000, 12288, 300000};
    const uint64_t maxima[] = {1, 50, 64, 1000, GROUP, GROUP + 5, 3 * GROUP - 1, 100 * GROUP + 7};
    *table = (struct table){.slot_bytes = pick(sizes), .slot_max = pick(maxima)};
    table->commit = (steppe_slots_commit)below(4);
    table->give_back = (steppe_slots_give_back)below(3);
    table->has_budget = one_in(2) && steppe_budget_limit_bytes(budget) == STEPPE_NO_LIMIT;
    steppe_options memory = {.budget = table->has_budget ? budget : NULL,
                             .strict = one_in(2),
                             .name = "model",
                             .write_watch = one_in(8)};
    if (choose_mechanisms) {
        memory.mechanism = (steppe_mechanism)below(STEPPE_MECHANISM_UFFD + 1);
        if (!steppe_mechanism_is_available(memory.mechanism))
            memory.mechanism = STEPPE_MECHANISM_BEST;
    }
    steppe_slots_options chosen = {.commit = table->commit,
                                   .give_back = table->give_back,
                                   .batch_bytes = one_in(2) ? 1 + below(50 * page) : 0,
                                   .memory = &memory};
    remember("make %llu slots of %zu bytes, strategy %d, policy %d",
             (unsigned long long)table->slot_max, table->slot_bytes, chosen.commit,
             chosen.give_back);
    table->memory = steppe_slots_make(table->slot_bytes, table->slot_max, &chosen);
    agree(table->memory);
    table->is_collected = true;
    cut_windows(table);
    compare_figures(table);
}

static void do_free(struct table *table)
{
    remember("free %p", (void *)table->memory);
    agree(steppe_slots_free(table->memory) == STEPPE_OK);
    agree(steppe_slots_free(table->memory) == STEPPE_E_NOT_CONTAINER);
    for (size_t i = 0; i < table->window_count; i++)
        free(table->windows[i].slots);
    *table = (struct table){0};
}

static void do_operation(void)
{
    struct table *table = &tables[below(TABLE_COUNT)];
    uint64_t dice = below(1000);
    if (!table->memory)
        do_make(table);
    else if (dice < 2)
        do_free(table);
    else if (dice < 10)
        do_nonsense(table);
    else if (dice < 20)
        do_limit();
    else if (dice < 420)
        do_use(table);
    else if (dice < 640)
        do_clear(table);
    else if (dice < 700)
        do_clear_range(table);
    else if (dice < 720)
        do_collect(table);
    else if (dice < 820)
        do_touch(table);
    else if (dice < 840)
        compare_searches(table, some_index(table));
    else
        compare_slot(table, some_index(table));
}

/* ---- running ----------------------------------------------------------------------------------
 */

static void start(void)
{
    page = steppe_page_bytes();
    budget = steppe_budget_new(STEPPE_NO_LIMIT);
    agree(budget);
    choose_mechanisms = !getenv("STEPPE_MECHANISM");
}

static void finish(void)
{
    compare_everything();
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (tables[i].memory)
            do_free(&tables[i]);
    }
    compare_everything();
    agree(steppe_budget_free(budget) == STEPPE_OK);
}

static void operate(void)
{
    do_operation();
    if (random_operation() % CHARGES_EVERY == 0)
        compare_charges();
}

int main(int argc, char **argv)
{
    static const struct random_test test = {
        .name = "random operations agree with the model",
        .compare_every = FULL_EVERY,
        .start = start,
        .operate = operate,
        .compare = compare_everything,
        .finish = finish,
    };
    return random_main(argc, argv, &test, NULL);
}
