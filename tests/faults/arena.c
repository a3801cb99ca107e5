/* SPDX-License-Identifier: MIT */
/*
 * Arenas with every platform call failing in turn: what was taken stays, and what is taken next
 * reads zero.
 */
#include "container.h"

#include <string.h>

enum {
    PIECES_MAX = 64,
    WRITTEN_BYTES = 10000 /* of a large piece, at its beginning */
};

/* From here on old contents are given back rather than cleared. */
static const size_t RENEWED_BYTES = 64 * STEPPE_MIB;

struct piece {
    uint8_t *bytes;
    size_t size_bytes;
    uint8_t tag;
};

enum deed { NEW, FREE, TAKE, MAKE, RETURN_TO, RESET_TO };

struct change {
    enum deed deed;
    const char *what, *function;
    size_t size_bytes;  /* to take, to keep */
    size_t dirty_bytes; /* taken and returned before */
};

static const struct change changes[] = {
    {NEW, "new", "steppe_arena_new", 0, 0},
    {FREE, "free", "steppe_arena_free", 0, 0},
    {TAKE, "take a little", "steppe_arena_take", 100, 0},
    {TAKE, "take more", "steppe_arena_take", 300000, 0},
    {TAKE, "take much", "steppe_arena_take", 7000000, 0},
    {TAKE, "take what is old and new", "steppe_arena_take", 900000, 500000},
    {TAKE, "take large old pages", "steppe_arena_take", 64 * STEPPE_MIB + 20000, 65 * STEPPE_MIB},
    {MAKE, "make", "steppe_arena_make", 80000, 30000},
    {RETURN_TO, "return", "steppe_arena_return", 0, 0},
    {RESET_TO, "reset", "steppe_arena_reset", 0, 0},
    {RESET_TO, "reset to the half", "steppe_arena_reset", 150000, 0},
    {RESET_TO, "reset all of much", "steppe_arena_reset", 0, 6000000},
    {RESET_TO, "reset, keep all", "steppe_arena_reset", SIZE_MAX, 0},
};

struct subject {
    const struct machine *machine;
    steppe_options options;
    steppe_arena *arena; /* NULL: not made yet, or freed */
    struct piece pieces[PIECES_MAX];
    size_t piece_count;
    size_t taken_bytes;
    steppe_arena_mark mark; /* behind half of the pieces */
    const struct change *change;
    uint8_t *given; /* by the call */
};

static bool has_bytes(const uint8_t *bytes, size_t size_bytes, uint8_t tag)
{
    return bytes[0] == tag && memcmp(bytes, bytes + 1, size_bytes - 1) == 0;
}

/* Most pages of large pieces were never touched, and stay so: where nothing was written they are
 * looked at here and there. */
static void check_zero(const uint8_t *bytes, size_t size_bytes)
{
    size_t dense_bytes = size_bytes < RENEWED_BYTES ? size_bytes : 2 * WRITTEN_BYTES;
    must(has_bytes(bytes, dense_bytes, 0), "not zero");
    for (size_t at = dense_bytes; at < size_bytes; at += 37 * KERNEL_PAGE_BYTES / 3)
        must(bytes[at] == 0, "not zero at %#zx", at);
    must(bytes[size_bytes - 1] == 0, "not zero at the end");
}

static void adopt(struct subject *s, uint8_t *bytes, size_t size_bytes)
{
    struct piece *piece = &s->pieces[s->piece_count++];
    *piece = (struct piece){bytes, size_bytes, (uint8_t)(s->piece_count * 5)};
    check_zero(bytes, size_bytes);
    if (size_bytes < RENEWED_BYTES)
        memset(bytes, piece->tag, size_bytes);
    else
        piece->tag = 0;
    s->taken_bytes = steppe_arena_taken_bytes(s->arena);
}

static void take(struct subject *s, size_t size_bytes, size_t alignment_bytes)
{
    uint8_t *bytes = steppe_arena_take(s->arena, size_bytes, alignment_bytes);
    must(bytes, "%s", steppe_last_message());
    must((uintptr_t)bytes % alignment_bytes == 0);
    adopt(s, bytes, size_bytes);
}

/* ---- the calls ------------------------------------------------------------------------------- */

static void prepare(void *context)
{
    struct subject *s = context;
    size_t dirty_bytes = s->change->dirty_bytes;
    if (!dirty_bytes)
        return;
    steppe_arena_mark mark = steppe_arena_here(s->arena);
    uint8_t *bytes = steppe_arena_take(s->arena, dirty_bytes, 1);
    must(bytes, "%s", steppe_last_message());
    memset(bytes, 0xee, dirty_bytes < RENEWED_BYTES ? dirty_bytes : WRITTEN_BYTES);
    bytes[dirty_bytes - 1] = 0xee;
    must(steppe_arena_return(s->arena, mark) == STEPPE_OK);
}

static steppe_status as_status(const void *given)
{
    return given ? STEPPE_OK : steppe_last_status();
}

static steppe_status run(void *context)
{
    struct subject *s = context;
    switch (s->change->deed) {
    case NEW:
        return as_status(s->arena = steppe_arena_new(STEPPE_GIB, &s->options));
    case FREE:
        return steppe_arena_free(s->arena);
    case TAKE:
        return as_status(s->given = steppe_arena_take(s->arena, s->change->size_bytes, 8));
    case MAKE:
        return as_status(
            s->given = (uint8_t *)steppe_arena_make(s->arena, uint64_t, s->change->size_bytes / 8));
    case RETURN_TO:
        return steppe_arena_return(s->arena, s->mark);
    case RESET_TO:
        return steppe_arena_reset(s->arena, s->change->size_bytes);
    }
    return STEPPE_OK;
}

static unsigned refusals_of(enum deed deed)
{
    switch (deed) {
    case NEW:
        return RESERVE_REFUSALS;
    case FREE:
        return RELEASE_REFUSALS;
    case TAKE:
    case MAKE:
        return COMMIT_REFUSALS;
    case RETURN_TO:
        return 0;
    case RESET_TO:
        return DECOMMIT_REFUSALS;
    }
    return 0;
}

/* ---- the model ------------------------------------------------------------------------------- */

static void model_return(struct subject *s, size_t taken_bytes)
{
    const uint8_t *end = (const uint8_t *)s->arena + KERNEL_PAGE_BYTES + taken_bytes;
    while (s->piece_count && s->pieces[s->piece_count - 1].bytes >= end)
        s->piece_count--;
    s->taken_bytes = taken_bytes;
}

static size_t whole_pages(size_t size_bytes)
{
    return (size_bytes + KERNEL_PAGE_BYTES - 1) / KERNEL_PAGE_BYTES * KERNEL_PAGE_BYTES;
}

static void model(void *context)
{
    struct subject *s = context;
    size_t size_bytes = s->change->size_bytes;
    switch (s->change->deed) {
    case NEW:
        break;
    case FREE:
        must(steppe_arena_free(s->arena) == STEPPE_E_NOT_CONTAINER);
        s->arena = NULL;
        break;
    case TAKE:
    case MAKE:
        adopt(s, s->given, size_bytes);
        break;
    case RETURN_TO:
        model_return(s, s->mark.taken_bytes);
        break;
    case RESET_TO:
        model_return(s, 0);
        must(size_bytes == SIZE_MAX ||
             steppe_arena_committed_bytes(s->arena) <= whole_pages(size_bytes));
        break;
    }
}

/* All is given back, but pages stay. */
static void model_failed(void *context, bool is_certain)
{
    struct subject *s = context;
    (void)is_certain;
    if (s->change->deed == RESET_TO)
        model_return(s, 0);
}

/* ---- checking -------------------------------------------------------------------------------- */

static void check(const void *context, bool is_certain)
{
    const struct subject *s = context;
    if (!s->arena)
        return;
    uint64_t charged = process_charge();
    uint64_t needed = steppe_arena_committed_bytes(s->arena) + KERNEL_PAGE_BYTES;
    must(steppe_arena_taken_bytes(s->arena) == s->taken_bytes);
    must(steppe_arena_here(s->arena).taken_bytes == s->taken_bytes);
    must(steppe_arena_committed_bytes(s->arena) >= s->taken_bytes);
    must(is_certain ? charged == needed : charged >= needed, "%llu charged, %llu needed",
         (unsigned long long)charged, (unsigned long long)needed);
    must(charge_of(s->arena) == charged);
    must(steppe_budget_charged_bytes(s->options.budget) == charged);
    for (size_t i = 0; i < s->piece_count; i++)
        if (s->pieces[i].tag)
            must(has_bytes(s->pieces[i].bytes, s->pieces[i].size_bytes, s->pieces[i].tag),
                 "piece %zu has changed", i);
}

/* Nothing less than this makes sure that all pages are given back. */
static void mend(void *context)
{
    struct subject *s = context;
    if (!s->arena)
        return;
    must(steppe_arena_reset(s->arena, 0) == STEPPE_OK);
    model_return(s, 0);
}

static void end(void *context)
{
    struct subject *s = context;
    if (!s->arena)
        return;
    take(s, 5000, 64);
    take(s, 1000000, 4096);
    check(s, true);
    must(steppe_arena_reset(s->arena, 0) == STEPPE_OK);
    model_return(s, 0);
    take(s, 300000, 1);
    check(s, true);
    must(steppe_arena_free(s->arena) == STEPPE_OK);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void fill(struct subject *s)
{
    static const size_t sizes[] = {1, 100, 5000, 4096, 24, 60000, 3, 100000};
    s->arena = steppe_arena_new(STEPPE_GIB, &s->options);
    require(s->arena, "%s", steppe_last_message());
    for (size_t i = 0; i < array_count(sizes); i++) {
        if (i == array_count(sizes) / 2)
            s->mark = steppe_arena_here(s->arena);
        take(s, sizes[i], (size_t)1 << i);
    }
}

static void try_change(struct subject *s, const struct change *change, size_t turn)
{
    s->change = change;
    container_try(s->machine,
                  &(struct container_call){.what = change->what,
                                           .function = change->function,
                                           .refusals = refusals_of(change->deed),
                                           .releases = change->deed == NEW || change->deed == FREE,
                                           .clears_what_stays = change->size_bytes >= RENEWED_BYTES,
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
    struct subject subject = {.machine = &container_machines[_i]};
    machine_start(subject.machine);
    subject.options = (steppe_options){.mechanism = subject.machine->mechanism,
                                       .budget = steppe_budget_new(STEPPE_GIB)};
    require(subject.options.budget);
    try_change(&subject, &changes[NEW], (size_t)_i);
    fill(&subject);
    for (size_t i = 1; i < array_count(changes); i++)
        try_change(&subject, &changes[i], (size_t)_i + i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arena");
    tcase_add_loop_test(test_case(suite, "every call fails"), every_call, 0,
                        (int)container_machine_count);
    return test_main(suite);
}
