/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KERNEL_PAGE = 4096,
    WORDS_BYTES = 900,
    ATTEMPTS_MAX = 100000,
    FAILURES_MAX = 12,
    LIST_MAX = 5
};

/* ---- words of forked copies ------------------------------------------------------------------ */

/* Shared with the copies. */
static struct {
    char words[WORDS_BYTES];
    uint64_t leaks_wanted, bytes_wanted;
} * shared;

static bool is_copy;

static void make_shared(void)
{
    if (shared)
        return;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(shared != MAP_FAILED);
}

void must_failed(const char *file, int line, const char *condition, const char *format, ...)
{
    char words[WORDS_BYTES / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (!is_copy)
        require_failed(file, line, condition, "%s", words);
    const char *name = strrchr(file, '/');
    snprintf(shared->words, sizeof shared->words, "%s:%d: %s:%s [failed call: %s; last: %s]",
             name ? name + 1 : file, line, condition, words, stp_sim_failed_call(),
             steppe_last_message());
    _exit(1);
}

unsigned try_each(const char *what, enum attempt (*attempt)(void *context, uint64_t n),
                  void *context)
{
    unsigned failed_count = 0;
    make_shared();
    /* Far along, look at fewer: thousands of equal calls one after the other teach nothing new. */
    for (uint64_t n = 1; n < ATTEMPTS_MAX; n += 1 + n / 16) {
        shared->words[0] = '\0';
        fflush(NULL);
        pid_t copy = fork();
        require(copy >= 0);
        if (copy == 0) {
            is_copy = true;
            _exit(attempt(context, n) == ATTEMPT_REACHED ? 0 : 2);
        }
        int status;
        require(waitpid(copy, &status, 0) == copy);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
            return failed_count;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            continue;
        failed_count++;
        if (WIFSIGNALED(status))
            snprintf(shared->words, sizeof shared->words, "killed by signal %d", WTERMSIG(status));
        dprintf(STDOUT_FILENO, "# %s, n = %llu: %s\n", what, (unsigned long long)n, shared->words);
        if (failed_count == 3)
            return failed_count;
    }
    return failed_count;
}

struct left left_now(void)
{
    return (struct left){stp_sim_leaks(), stp_sim_reserved_bytes(), process_charge(),
                         reservation_count()};
}

/* ---- making ---------------------------------------------------------------------------------- */

static const uint64_t FIXED_BASE =
    UINT64_C(0x300000030000); /* three granules past a chunk's edge */
static const size_t DEFAULT_BYTES = 2 * CHUNK_FLOOR + 37 * KERNEL_PAGE;

static uint8_t *place(const struct machine *machine)
{
    return (uint8_t *)(uintptr_t)(machine->page_bytes > GRANULE
                                      ? FIXED_BASE & ~(machine->page_bytes - 1)
                                      : FIXED_BASE);
}

static void choose_window(struct world *world)
{
    size_t chunk_bytes = statistics_of(world->base).chunk_bytes;
    if (chunk_bytes < world->page_bytes)
        chunk_bytes = CHUNK_FLOOR > world->page_bytes ? CHUNK_FLOOR : world->page_bytes;
    uintptr_t start = (uintptr_t)world->base;
    size_t bytes = world->size_bytes;
    if (world->machine->window_bytes) {
        /* Around an edge in the middle of the reservation. */
        start = ((start + bytes / 2) & ~(chunk_bytes - 1)) - 64 * world->page_bytes;
        bytes = world->machine->window_bytes;
    }
    uintptr_t edge = (start + chunk_bytes - 1) & ~(chunk_bytes - 1);
    world->window = (uint8_t *)start;
    world->page_count = bytes / world->page_bytes;
    world->chunk_pages = chunk_bytes / world->page_bytes;
    world->first_edge = (edge - start) / world->page_bytes;
    world->pages = calloc(world->page_count, sizeof *world->pages);
    world->resident = malloc(world->page_count * world->page_bytes / KERNEL_PAGE);
    world->told = calloc(world->page_count, sizeof *world->told);
    require(world->pages && world->resident && world->told);
}

/* A kernel that has neither markers nor traps is left to mprotect. */
static void check_mechanism(const struct machine *machine, steppe_mechanism mechanism)
{
    if (machine->mechanism != STEPPE_MECHANISM_BEST)
        require_equal(mechanism, machine->mechanism);
    else if (machine->lacks_markers && !machine->has_traps)
        require_equal(mechanism, STEPPE_MECHANISM_MPROTECT);
}

void machine_start(const struct machine *machine)
{
    stp_sim_reset();
    stp_sim_enforce(machine->enforces);
    stp_sim_facts()->has_guard_markers = !machine->lacks_markers;
    stp_sim_facts()->has_traps = machine->has_traps;
    stp_sim_facts()->has_write_marks = machine->has_write_marks;
    stp_sim_set_setting("STEPPE_WRITE_WATCH", machine->watch);
    stp_sim_facts()->accounts_commit = machine->accounts_commit;
    if (machine->mapping_count_max)
        stp_sim_facts()->mapping_count_max = machine->mapping_count_max;
}

void world_open(struct world *world, const struct machine *machine)
{
    make_shared();
    machine_start(machine);
    *world = (struct world){.machine = machine, .chance = 1};
    world->page_bytes = machine->page_bytes ? machine->page_bytes : KERNEL_PAGE;
    if (machine->budget_bytes)
        world->budget = steppe_budget_new(machine->budget_bytes);
    world->base = reserve(machine->size_bytes ? machine->size_bytes : DEFAULT_BYTES,
                          &(steppe_options){
                              .address = place(machine),
                              .mechanism = machine->mechanism,
                              .page_bytes = machine->page_bytes,
                              .on_fault = machine->on_fault,
                              .strict = machine->strict,
                              .write_watch = machine->write_watch,
                              .filter = machine->filter,
                              .filter_context = world,
                              .protection = machine->protection,
                              .budget = world->budget,
                              .limit_bytes = machine->limit_bytes,
                          });
    steppe_reservation reservation;
    require(find_reservation(world->base, &reservation));
    world->size_bytes = reservation.size_bytes;
    check_mechanism(machine, reservation.mechanism);
    choose_window(world);
}

void world_close(struct world *world)
{
    free(world->pages);
    free(world->resident);
    free(world->told);
}

/* ---- the model ------------------------------------------------------------------------------- */

static uint64_t pattern(const struct world *world, size_t page, uint8_t tag)
{
    (void)world;
    return tag ? (page + 1) * UINT64_C(0x9e3779b97f4a7c15) + tag : 0;
}

static uint8_t *page_address(const struct world *world, size_t page)
{
    return world->window + page * world->page_bytes;
}

static bool allows(const struct page *page, steppe_access access)
{
    if (!page->is_committed || page->protection & STEPPE_GUARD)
        return false;
    switch (page->protection) {
    case STEPPE_READ_WRITE:
        return access != STEPPE_ACCESS_EXECUTE;
    case STEPPE_READ_ONLY:
        return access == STEPPE_ACCESS_READ;
    case STEPPE_EXECUTE: /* readable, as on x86 */
    case STEPPE_EXECUTE_READ:
        return access != STEPPE_ACCESS_WRITE;
    case STEPPE_EXECUTE_READ_WRITE:
        return true;
    default:
        return false;
    }
}

/* Under traps a page that can be read by nobody need not be present. */
static void note_protection(struct page *page)
{
    if (!allows(page, STEPPE_ACCESS_READ))
        page->may_be_missing = true;
}

static size_t committed_count(const struct world *world, size_t first, size_t count)
{
    size_t committed = 0;
    for (size_t page = first; page < first + count; page++)
        committed += world->pages[page].is_committed;
    return committed;
}

static uint64_t charge(const struct world *world)
{
    return (uint64_t)committed_count(world, 0, world->page_count) * world->page_bytes;
}

static steppe_status expected_commit(const struct world *world, const struct operation *operation)
{
    uint64_t more =
        (operation->count - committed_count(world, operation->first, operation->count)) *
        (uint64_t)world->page_bytes;
    uint64_t limit = STEPPE_NO_LIMIT;
    if (world->machine->limit_bytes)
        limit = world->machine->limit_bytes;
    if (world->budget && steppe_budget_limit_bytes(world->budget) < limit)
        limit = steppe_budget_limit_bytes(world->budget);
    return more && charge(world) + more > limit ? STEPPE_E_BUDGET : STEPPE_OK;
}

static steppe_status expected_ready(const struct world *world, const struct operation *operation)
{
    struct page fresh = {.is_committed = true, .protection = world->machine->protection};
    for (size_t page = operation->first; page < operation->first + operation->count; page++) {
        const struct page *now = &world->pages[page];
        const struct page *then = now->is_committed ? now : &fresh;
        if (then->protection & STEPPE_GUARD)
            return STEPPE_E_GUARD;
        if (!allows(then, operation->access))
            return STEPPE_E_PROTECTION;
    }
    return expected_commit(world, operation);
}

static steppe_status expected_touch(const struct world *world, const struct operation *operation)
{
    const struct page *page = &world->pages[operation->first];
    steppe_status reason = STEPPE_E_NOT_COMMITTED;
    if (allows(page, operation->access))
        return STEPPE_OK;
    if (page->is_committed)
        reason = page->protection & STEPPE_GUARD ? STEPPE_E_GUARD : STEPPE_E_PROTECTION;
    if (world->machine->on_fault == STEPPE_RAISE)
        return (steppe_status)PASSED_ON;
    if (reason == STEPPE_E_NOT_COMMITTED) {
        struct page fresh = {.is_committed = true, .protection = world->machine->protection};
        reason = expected_commit(world, operation);
        if (reason == STEPPE_OK && !allows(&fresh, operation->access))
            reason = fresh.protection & STEPPE_GUARD ? STEPPE_E_GUARD : STEPPE_E_PROTECTION;
    }
    if (reason != STEPPE_OK && operation->verb == TOUCH_BARE)
        return (steppe_status)PASSED_ON;
    return reason;
}

steppe_status world_expected(const struct world *world, const struct operation *operation)
{
    switch (operation->verb) {
    case COMMIT:
    case COMMIT_AS:
        return expected_commit(world, operation);
    case PROTECT:
        return committed_count(world, operation->first, operation->count) == operation->count
                   ? STEPPE_OK
                   : STEPPE_E_NOT_COMMITTED;
    case READY:
        return expected_ready(world, operation);
    case TOUCH:
    case TOUCH_BARE:
        return expected_touch(world, operation);
    default:
        return STEPPE_OK;
    }
}

static void model_commit(struct page *page, steppe_protection protection, bool keeps_protection)
{
    if (page->is_committed && keeps_protection)
        return;
    if (!page->is_committed)
        *page = (struct page){.is_committed = true,
                              .is_marked = page->is_marked,
                              .may_be_marked = page->may_be_marked};
    page->protection = protection;
    note_protection(page);
}

/* A touched guard page loses its guard, whatever becomes of the access. */
static void model_touch(struct world *world, const struct operation *operation)
{
    struct page *page = &world->pages[operation->first];
    if (!page->is_committed && world->machine->on_fault != STEPPE_RAISE) {
        if (expected_commit(world, operation) == STEPPE_OK)
            model_commit(page, world->machine->protection, true);
        if (page->is_committed && !allows(page, operation->access))
            page->protection &= ~(steppe_protection)STEPPE_GUARD;
    } else if (page->is_committed) {
        page->protection &= ~(steppe_protection)STEPPE_GUARD;
    }
}

static void model_decommit(struct page *page)
{
    *page = (struct page){.is_marked = page->is_marked, .may_be_marked = page->may_be_marked};
}

/* The second half, both quarters of the first, the third quarter once more, the first page again.
 */
static size_t list_to_decommit(const struct operation *operation, struct span *spans)
{
    const size_t first = operation->first, count = operation->count, half = count / 2;
    const struct span all[LIST_MAX] = {{first + half, count - half},
                                       {first, half / 2},
                                       {first + half / 2, half - half / 2},
                                       {first + half, half / 2},
                                       {first, 1}};
    size_t listed = 0;
    for (size_t i = 0; i < LIST_MAX; i++) {
        if (all[i].count)
            spans[listed++] = all[i];
    }
    return listed;
}

static void model_decommit_list(struct world *world, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t page = 0; page < spans[i].count; page++)
            model_decommit(&world->pages[spans[i].first + page]);
    }
}

void world_model(struct world *world, const struct operation *operation)
{
    struct page *page = &world->pages[operation->first];
    struct page *end = page + operation->count;
    if (operation->verb == TOUCH || operation->verb == TOUCH_BARE) {
        bool is_write = operation->access == STEPPE_ACCESS_WRITE &&
                        world_expected(world, operation) == STEPPE_OK;
        model_touch(world, operation);
        page->is_marked |= is_write;
        return;
    }
    if (operation->verb == DECOMMIT_ALL) {
        struct span spans[LIST_MAX];
        model_decommit_list(world, spans, list_to_decommit(operation, spans));
        return;
    }
    for (; page < end; page++) {
        switch (operation->verb) {
        case COMMIT:
            model_commit(page, world->machine->protection, false);
            break;
        case COMMIT_AS:
            model_commit(page, operation->protection, false);
            break;
        case READY:
            model_commit(page, world->machine->protection, true);
            page->is_marked |= operation->access == STEPPE_ACCESS_WRITE;
            break;
        case DECOMMIT:
            model_decommit(page);
            break;
        case WATCH_COLLECT:
        case WATCH_CLEAR:
            page->is_marked = page->may_be_marked = false;
            break;
        case PROTECT:
            page->protection = operation->protection;
            note_protection(page);
            break;
        case RESET:
            page->may_be_zero = true;
            break;
        default:
            break;
        }
    }
}

/* ---- running --------------------------------------------------------------------------------- */

static steppe_status status_of_touch(enum stp_sim_outcome outcome)
{
    switch (outcome) {
    case STP_SIM_DONE:
        return STEPPE_OK;
    case STP_SIM_PASSED_ON:
    case STP_SIM_UNHANDLED:
        return (steppe_status)PASSED_ON;
    case STP_SIM_LOOP:
        return (steppe_status)LOOPED;
    case STP_SIM_NO_MEMORY:
        break;
    }
    return (steppe_status)OUT_OF_MEMORY;
}

static steppe_status touch_in_try(uint8_t *address, steppe_access access)
{
    volatile steppe_status status = STEPPE_OK;
    steppe_fault fault;
    STEPPE_TRY(&fault)
    {
        status = status_of_touch(stp_sim_touch(address, access));
    }
    STEPPE_CAUGHT
    {
        must(fault.address == address, "%p, not %p", fault.address, (void *)address);
        must(fault.access == access);
        status = fault.reason;
    }
    return status;
}

static steppe_status decommit_list(struct world *world, const struct operation *operation)
{
    struct span spans[LIST_MAX];
    steppe_range ranges[LIST_MAX];
    size_t count = list_to_decommit(operation, spans);
    for (size_t i = 0; i < count; i++)
        ranges[i] =
            (steppe_range){page_address(world, spans[i].first), spans[i].count * world->page_bytes};
    steppe_status status = steppe_decommit_all(ranges, count, &world->done_count);
    must((world->done_count == count) == (status == STEPPE_OK) && world->done_count <= count,
         "%zu of %zu ranges are done", world->done_count, count);
    return status;
}

static steppe_status tell(struct world *world, const struct operation *operation)
{
    size_t told_count = world->page_count;
    uint8_t *address = page_address(world, operation->first);
    size_t size_bytes = operation->count * world->page_bytes;
    steppe_status status =
        operation->verb == WATCH_LOOK
            ? steppe_watch_look(address, size_bytes, world->told, &told_count)
            : steppe_watch_collect(address, size_bytes, world->told, &told_count);
    world->told_count = told_count;
    must(status == STEPPE_OK || told_count == world->page_count);
    return status;
}

steppe_status world_run(struct world *world, const struct operation *operation)
{
    uint8_t *address = page_address(world, operation->first);
    size_t size_bytes = operation->count * world->page_bytes;
    switch (operation->verb) {
    case COMMIT:
        return steppe_commit(address, size_bytes);
    case COMMIT_AS:
        return steppe_commit_as(address, size_bytes, operation->protection);
    case DECOMMIT:
        return steppe_decommit(address, size_bytes);
    case DECOMMIT_ALL:
        return decommit_list(world, operation);
    case WATCH_LOOK:
    case WATCH_COLLECT:
        return tell(world, operation);
    case WATCH_CLEAR:
        return steppe_watch_clear(address, size_bytes);
    case PROTECT:
        return steppe_protect(address, size_bytes, operation->protection, NULL);
    case RESET:
        return steppe_reset(address, size_bytes);
    case READY:
        return steppe_ready(address, size_bytes, operation->access);
    case RELEASE:
        return steppe_release(world->base);
    case TOUCH:
        return touch_in_try(address + 123, operation->access);
    case TOUCH_BARE:
        return status_of_touch(stp_sim_touch(address + 123, operation->access));
    }
    abort();
}

void world_do(struct world *world, struct operation operation)
{
    steppe_status status = world_run(world, &operation);
    must(status == STEPPE_OK, "%s, while arranging", steppe_status_name(status));
    world_model(world, &operation);
}

/* Three words of a page stand for all of its bytes. */
static const size_t WORD_PLACES = 3;

static size_t word_offset(const struct world *world, size_t place)
{
    return place == 0 ? 0 : place == 1 ? world->page_bytes / 2 + 8 : world->page_bytes - 8;
}

void world_fill(struct world *world, size_t first, size_t count)
{
    world_do(world, (struct operation){COMMIT_AS, first, count, STEPPE_READ_WRITE, 0});
    for (size_t page = first; page < first + count; page++) {
        world->pages[page].tag = (uint8_t)(1 + page % 200);
        world->pages[page].is_marked = true;
        uint64_t word = pattern(world, page, world->pages[page].tag);
        for (size_t i = 0; i < WORD_PLACES; i++)
            memcpy(page_address(world, page) + word_offset(world, i), &word, sizeof word);
    }
}

/* ---- starting states ------------------------------------------------------------------------- */

static void arrange_nothing(struct world *world)
{
    (void)world;
}

/* How much may be committed at the start, so that budgets leave some room. */
static size_t committable(const struct world *world)
{
    uint64_t limit = world->machine->budget_bytes ? world->machine->budget_bytes : UINT64_MAX;
    if (world->machine->limit_bytes && world->machine->limit_bytes < limit)
        limit = world->machine->limit_bytes;
    uint64_t pages = limit / world->page_bytes / 2;
    return pages < world->page_count ? (size_t)pages : world->page_count;
}

static void arrange_full(struct world *world)
{
    world_fill(world, 0, committable(world));
}

/* Every third page of the first chunks, and pairs at their edges. */
static void arrange_scattered(struct world *world)
{
    size_t end = committable(world);
    for (size_t page = 0; page<end; page += end> 200 ? 19 : 3)
        world_fill(world, page, 1);
    for (size_t edge = world->first_edge; edge + 1 < end; edge += world->chunk_pages)
        if (edge > 0)
            world_fill(world, edge - 1, 2);
}

/* One long run across edges, with every protection in it. */
static void arrange_protections(struct world *world)
{
    static const steppe_protection protections[] = {
        STEPPE_READ_ONLY,    STEPPE_NO_ACCESS,          STEPPE_READ_WRITE | STEPPE_GUARD,
        STEPPE_EXECUTE_READ, STEPPE_EXECUTE_READ_WRITE, STEPPE_READ_ONLY | STEPPE_GUARD,
        STEPPE_EXECUTE,
    };
    size_t end = committable(world);
    size_t first = world->first_edge > 4 ? world->first_edge - 4 : 0;
    if (first + 2 >= end)
        first = 0;
    world_fill(world, first, end - first);
    for (size_t i = 0; i < 4 * array_count(protections); i++) {
        size_t page = first + i * (end - first) / (4 * array_count(protections));
        world_do(world, (struct operation){PROTECT, page, 1 + i % 2 * (page + 1 < end),
                                           protections[i % array_count(protections)], 0});
    }
}

/* Touched and empty again. */
static void arrange_emptied(struct world *world)
{
    size_t end = committable(world);
    world_fill(world, 0, end);
    world_do(world, (struct operation){DECOMMIT, 0, end, 0, 0});
}

/* Empty pages while the kernel refuses the first call made for it: a mechanism with a second way
 * takes it, and must remember. */
static void decommit_the_hard_way(struct world *world, size_t first, size_t count)
{
    struct operation operation = {DECOMMIT, first, count, 0, 0};
    if (first + count > committable(world))
        return;
    stp_sim_fail_call(1);
    world->was_failed = true;
    steppe_status status = world_run(world, &operation);
    stp_sim_fail_call(0);
    if (status == STEPPE_OK)
        world_model(world, &operation);
}

/* Traces of earlier refusals in every chunk, with other protections beside them. */
static void arrange_patched(struct world *world)
{
    size_t end = committable(world), edge = world->first_edge, chunk = world->chunk_pages;
    world_fill(world, 0, end);
    decommit_the_hard_way(world, 2, 3);
    decommit_the_hard_way(world, edge + 6, 9);
    decommit_the_hard_way(world, edge + chunk / 2, 2);
    decommit_the_hard_way(world, edge + chunk, 20);
    for (size_t page = 1; page < end; page += 1 + end / 9)
        if (world->pages[page].is_committed)
            world_do(world, (struct operation){PROTECT, page, 1, STEPPE_READ_ONLY, 0});
    if (edge + 8 < end)
        world_fill(world, edge + 7, 1);
}

/* All emptied the hard way, and a little committed again. */
static void arrange_patched_whole(struct world *world)
{
    size_t end = committable(world);
    world_fill(world, 0, end);
    decommit_the_hard_way(world, 0, end);
    world_fill(world, end / 3, 1);
    world_do(world, (struct operation){COMMIT_AS, end / 2, 1, STEPPE_READ_ONLY, 0});
}

static void arrange_random(struct world *world)
{
    static const steppe_protection protections[] = {
        STEPPE_READ_WRITE, STEPPE_READ_ONLY, STEPPE_NO_ACCESS, STEPPE_READ_WRITE | STEPPE_GUARD};
    size_t end = committable(world);
    for (int step = 0; step < 60; step++) {
        size_t first = (size_t)random_below(&world->chance, end);
        size_t most = step % 4 == 0 ? end - first : 1 + (end - first) / 50;
        size_t count = 1 + (size_t)random_below(&world->chance, most);
        steppe_protection protection =
            protections[random_below(&world->chance, array_count(protections))];
        switch (random_below(&world->chance, 4)) {
        case 0:
            world_fill(world, first, count);
            break;
        case 1:
            world_do(world, (struct operation){COMMIT_AS, first, count, protection, 0});
            break;
        case 2:
            world_do(world, (struct operation){DECOMMIT, first, count, 0, 0});
            break;
        default:
            if (committed_count(world, first, count) == count)
                world_do(world, (struct operation){PROTECT, first, count, protection, 0});
        }
    }
}

const struct arrangement arrangements[] = {
    {"nothing", arrange_nothing},     {"full", arrange_full},
    {"scattered", arrange_scattered}, {"protections", arrange_protections},
    {"emptied", arrange_emptied},     {"random", arrange_random},
    {"patched", arrange_patched},     {"patched whole", arrange_patched_whole},
};
const size_t arrangement_count = array_count(arrangements);

void world_arrange(struct world *world, const struct arrangement *arrangement)
{
    world->arrangement = arrangement->name;
    arrangement->arrange(world);
}

/* ---- ranges ---------------------------------------------------------------------------------- */

static size_t add_span(struct span *spans, size_t count, const struct world *world, size_t first,
                       size_t pages)
{
    if (first >= world->page_count || pages == 0)
        return count;
    if (pages > world->page_count - first)
        pages = world->page_count - first;
    for (size_t i = 0; i < count; i++)
        if (spans[i].first == first && spans[i].count == pages)
            return count;
    spans[count] = (struct span){first, pages};
    return count + 1;
}

size_t world_list_spans(const struct world *world, struct span *spans)
{
    const size_t edge = world->first_edge, chunk = world->chunk_pages;
    size_t count = 0;
    count = add_span(spans, count, world, 0, 1);
    count = add_span(spans, count, world, world->page_count - 1, 1);
    count = add_span(spans, count, world, 0, world->page_count);
    count = add_span(spans, count, world, edge ? edge - 1 : 0, 2);
    count = add_span(spans, count, world, edge, chunk);
    count = add_span(spans, count, world, edge + chunk / 2, 1);
    count = add_span(spans, count, world, edge + 5, chunk > 10 ? chunk - 10 : 1);
    count = add_span(spans, count, world, edge > 3 ? edge - 3 : 0, chunk + 6);
    count = add_span(spans, count, world, edge + chunk / 2, chunk);
    count = add_span(spans, count, world, edge + 8, 16);
    return count;
}

/* ---- checking -------------------------------------------------------------------------------- */

/* Pages without memory behind them read zero; reading them all would cost a fault for each. */
static void look_for_memory(struct world *world)
{
    require(mincore(world->window, world->page_count * world->page_bytes, world->resident) == 0);
}

static bool has_memory(const struct world *world, size_t index)
{
    size_t parts = world->page_bytes / KERNEL_PAGE;
    return memchr(world->resident + index * parts, 1, parts) != NULL;
}

static void check_contents(const struct world *world, size_t index, const char *when)
{
    const struct page *page = &world->pages[index];
    uint64_t wanted = page->is_committed ? pattern(world, index, page->tag) : 0;
    if (wanted == 0 && !has_memory(world, index))
        return;
    for (size_t i = 0; i < WORD_PLACES; i++) {
        uint64_t word;
        bool is_there =
            stp_sim_peek(page_address(world, index) + word_offset(world, i), &word, sizeof word);
        must(is_there);
        if (page->may_be_zero && word == 0)
            continue;
        must(word == wanted, "%s: page %zu holds %#llx, not %#llx", when, index,
             (unsigned long long)word, (unsigned long long)wanted);
    }
}

static bool may_be_missing(const struct world *world, size_t index)
{
    return world->machine->mechanism == STEPPE_MECHANISM_UFFD &&
           (world->was_failed || world->pages[index].may_be_missing);
}

/* Refused although it should be allowed: only for want of the page, and only until it is touched.
 */
static bool comes_with_a_touch(const struct world *world, size_t index, const uint8_t *address,
                               steppe_access access)
{
    struct stp_sim_page page = stp_sim_page(address);
    return may_be_missing(world, index) && page.is_trapped && !page.is_present &&
           stp_sim_touch(address, access) == STP_SIM_DONE;
}

/* What nobody has committed has no memory. */
static void check_presence(const struct world *world, size_t index, const char *when)
{
    const uint8_t *address = page_address(world, index);
    if (world->machine->mechanism != STEPPE_MECHANISM_UFFD || world->pages[index].is_committed)
        return;
    for (size_t part = 0; part < world->page_bytes; part += KERNEL_PAGE)
        must(!stp_sim_page(address + part).is_present, "%s: page %zu is present", when, index);
}

/* A write that the kernel allows is noted there, or counts as written already; one that it refuses
 * is noted by the fault. */
static bool is_to_be_noted(const struct world *world, size_t index, bool kernel, bool wanted)
{
    if (!world->machine->write_watch || !wanted)
        return false;
    bool is_noted = stp_sim_page(page_address(world, index)).notes_writes;
    must(!kernel || is_noted || world->pages[index].is_told, "page %zu: a write would be forgotten",
         index);
    return !kernel;
}

static void check_kernel(const struct world *world, size_t index, const char *when)
{
    static const steppe_access accesses[] = {STEPPE_ACCESS_READ, STEPPE_ACCESS_WRITE,
                                             STEPPE_ACCESS_EXECUTE};
    const uint8_t *address = page_address(world, index);
    for (size_t part = 0; part < world->page_bytes; part += KERNEL_PAGE) {
        for (size_t i = 0; i < array_count(accesses); i++) {
            bool kernel = stp_sim_allowed(address + part) >> accesses[i] & 1;
            bool wanted = allows(&world->pages[index], accesses[i]);
            if (accesses[i] == STEPPE_ACCESS_WRITE && is_to_be_noted(world, index, kernel, wanted))
                continue;
            if (wanted && !kernel)
                kernel = comes_with_a_touch(world, index, address + part, accesses[i]);
            must(kernel == wanted, "%s: page %zu (%s, %s): the kernel %s a %s", when, index,
                 world->pages[index].is_committed ? "committed" : "reserved",
                 steppe_protection_name(world->pages[index].protection),
                 kernel ? "allows" : "refuses", steppe_access_name(accesses[i]));
        }
    }
}

static bool is_alike(const struct page *a, const struct page *b)
{
    return a->is_committed == b->is_committed &&
           (!a->is_committed || a->protection == b->protection);
}

static const struct page OUTSIDE = {0};

/* The model's page at an offset in the reservation. */
static const struct page *model_page(const struct world *world, size_t offset)
{
    size_t before = (size_t)(world->window - world->base);
    if (offset < before || offset - before >= world->page_count * world->page_bytes)
        return &OUTSIDE;
    return &world->pages[(offset - before) / world->page_bytes];
}

static void check_run(const struct world *world, const steppe_run *run, const char *when)
{
    size_t offset = (size_t)((uint8_t *)run->base - world->base);
    size_t end = offset + run->size_bytes;
    const struct page *first = model_page(world, offset);
    must(run->size_bytes % world->page_bytes == 0 && end <= world->size_bytes);
    must(run->owner == STEPPE_OWNER_STEPPE && run->reservation == world->base);
    must((run->state == STEPPE_COMMITTED) == first->is_committed && run->state != STEPPE_FREE,
         "%s: at offset %#zx: %s", when, offset, steppe_state_name(run->state));
    must(!first->is_committed || run->protection == first->protection,
         "%s: at offset %#zx: %s, not %s", when, offset, steppe_protection_name(run->protection),
         steppe_protection_name(first->protection));
    must(end == world->size_bytes || !is_alike(first, model_page(world, end)),
         "%s: the run at offset %#zx ends at %#zx, too early", when, offset, end);
    /* Outside the window everything is alike; no need to go page by page through gigabytes. */
    size_t window = (size_t)(world->window - world->base);
    size_t window_end = window + world->page_count * world->page_bytes;
    for (size_t at = offset > window ? offset : window; at < end && at < window_end;
         at += world->page_bytes)
        must(is_alike(first, model_page(world, at)), "%s: the run at offset %#zx is wrong at %#zx",
             when, offset, at);
}

static void check_walk(const struct world *world, const char *when)
{
    size_t sum = 0;
    for (steppe_run run = steppe_first_run(world->base); run.size_bytes;
         run = steppe_next_run(run)) {
        must(run.base == world->base + sum, "%s: the walk jumps at %#zx", when, sum);
        check_run(world, &run, when);
        sum += run.size_bytes;
    }
    must(sum == world->size_bytes, "%s: the walk ends at %#zx", when, sum);
}

static void check_query(const struct world *world, size_t index, const char *when)
{
    const struct page *page = &world->pages[index];
    steppe_run run;
    must(steppe_query(page_address(world, index) + 7, &run) == STEPPE_OK);
    must(run.base == page_address(world, index) &&
             (run.state == STEPPE_COMMITTED) == page->is_committed &&
             (!page->is_committed || run.protection == page->protection),
         "%s: page %zu: query says %s, %s", when, index, steppe_state_name(run.state),
         steppe_protection_name(run.protection));
}

static void check_charges(const struct world *world, const char *when)
{
    uint64_t wanted = charge(world);
    uint64_t own = statistics_of(world->base).committed_bytes;
    must(own == wanted, "%s: charged %llu, not %llu", when, (unsigned long long)own,
         (unsigned long long)wanted);
    must(charge_of(world->base) == wanted, "%s", when);
    must(process_charge() == wanted, "%s: the process is charged %llu, not %llu", when,
         (unsigned long long)process_charge(), (unsigned long long)wanted);
    if (world->budget)
        must(steppe_budget_charged_bytes(world->budget) == wanted, "%s", when);
}

static bool may_tell_more(const struct world *world)
{
    return world->was_failed || (world->is_copy && world->machine->has_write_marks);
}

/* All that were written are told; more only where a failure allows it. */
static void check_told(struct world *world, size_t first, size_t end, const char *when)
{
    size_t at = 0;
    for (size_t index = first; index < end; index++) {
        struct page *page = &world->pages[index];
        bool is_told = at < world->told_count && world->told[at] == page_address(world, index);
        page->is_told = is_told;
        must(is_told || !page->is_marked, "%s: page %zu was written and is not told", when, index);
        must(!is_told || page->is_marked || page->may_be_marked || may_tell_more(world),
             "%s: page %zu was not written and is told", when, index);
        at += is_told;
    }
    must(at == world->told_count, "%s: %zu pages are told, not %zu", when, world->told_count, at);
}

static void check_marks(struct world *world, const char *when)
{
    struct operation look = {WATCH_LOOK, 0, world->page_count, 0, 0};
    if (!world->machine->write_watch)
        return;
    steppe_status status = world_run(world, &look);
    must(status == STEPPE_OK, "%s: %s", when, steppe_status_name(status));
    check_told(world, 0, world->page_count, when);
}

void world_check(struct world *world, enum strictness strictness, const char *when)
{
    must(!stp_sim_signals_blocked(), "%s", when);
    check_marks(world, when);
    check_charges(world, when);
    check_walk(world, when);
    look_for_memory(world);
    for (size_t page = 0; page < world->page_count; page++) {
        check_query(world, page, when);
        if (strictness == LIBRARY_ONLY)
            continue;
        check_presence(world, page, when);
        check_kernel(world, page, when);
        check_contents(world, page, when);
    }
}

/* ---- failing --------------------------------------------------------------------------------- */

struct trial {
    struct world *world;
    const struct operation *operation;
    const struct campaign *campaign;
};

/* What sandboxes refuse, by the names of platform calls. */
#define ADVICE "discard discard_all guard_install guard_remove populate"

enum { NO_LIMIT = -1 };

/* Those that undo are never among them: then all is as it was after a failure. The mappings that
 * are left come besides, where memory is given back: a commit that is refused half way may need
 * some for its undoing. */
static const struct {
    const char *calls;
    int mappings_left;
} refusals[] = {
    {ADVICE, NO_LIMIT},
    {"guard_install", NO_LIMIT},
    {ADVICE " renew", NO_LIMIT},
    {ADVICE, 0},
    {"guard_install", 0},
    {"discard discard_all", NO_LIMIT},
    {"renew", 0},
    {"guard_install discard discard_all", 1},
    {"guard_install renew", 0},
    {"guard_remove", NO_LIMIT},
    {"discard discard_all", 0},
    {"guard_install renew", NO_LIMIT},
    {"guard_install", 1},
    {ADVICE, 2},
    {"discard discard_all renew", NO_LIMIT},
    {"guard_remove renew", 1},
};

static void refuse(uint64_t n)
{
    if (n > array_count(refusals))
        return;
    stp_sim_refuse(refusals[n - 1].calls);
    if (refusals[n - 1].mappings_left != NO_LIMIT)
        stp_sim_facts()->mapping_count_max =
            stp_sim_mapping_count() + (uint64_t)refusals[n - 1].mappings_left;
}

void campaign_arm(const struct campaign *campaign, uint64_t n)
{
    stp_sim_set_error(campaign->os_error ? campaign->os_error : ENOMEM);
    stp_sim_tear(campaign->tears);
    switch (campaign->injection) {
    case FAIL_ONCE:
        stp_sim_fail_call(n);
        break;
    case FAIL_FOR_GOOD:
        stp_sim_fail_every_after(n);
        break;
    case LIMIT_MAPPINGS:
        stp_sim_facts()->mapping_count_max = stp_sim_mapping_count() + n - 1;
        break;
    case LIMIT_CHARGE:
        stp_sim_set_charged_page_max(stp_sim_charged_page_count() + n - 1);
        break;
    case LOSE_TRAPS:
        stp_sim_lose_traps(n == 1);
        break;
    case FORGET_AND_LOSE_TRAPS:
        stp_sim_lose_traps(n == 1);
        __attribute__((fallthrough));
    case FORGET_TRAPS:
        if (n == 1)
            stp_sim_forget_traps();
        break;
    case REFUSE:
        refuse(n);
        break;
    }
}

static void lift_limit(const struct machine *machine)
{
    stp_sim_facts()->mapping_count_max =
        machine->mapping_count_max ? machine->mapping_count_max : UINT64_MAX;
}

void campaign_disarm(const struct machine *machine)
{
    stp_sim_fail_call(0);
    stp_sim_fail_every_after(0);
    stp_sim_tear(false);
    stp_sim_lose_traps(false);
    stp_sim_refuse(NULL);
    lift_limit(machine);
    stp_sim_set_charged_page_max(UINT64_MAX);
}

/* Which statuses the operation's comment lists for a refusal by the system. */
static bool is_documented(const struct trial *trial, steppe_status status)
{
    switch (trial->operation->verb) {
    case RESET:
        return status == STEPPE_E_SYSTEM;
    case WATCH_LOOK:
        return false;
    case TOUCH_BARE:
        return status == (steppe_status)PASSED_ON;
    case TOUCH:
        if (trial->world->machine->on_fault == STEPPE_RAISE)
            return status == (steppe_status)PASSED_ON;
        /* The filter's own commit was refused; the fault's reason is what it was. */
        if (trial->world->machine->on_fault == STEPPE_ASK)
            return status == STEPPE_E_NOT_COMMITTED || status == STEPPE_E_GUARD ||
                   status == STEPPE_E_MEMORY || status == STEPPE_E_MAP_COUNT ||
                   status == STEPPE_E_SYSTEM;
        __attribute__((fallthrough));
    default:
        return status == STEPPE_E_MEMORY || status == STEPPE_E_MAP_COUNT ||
               status == STEPPE_E_SYSTEM;
    }
}

static bool is_touch(const struct operation *operation)
{
    return operation->verb == TOUCH || operation->verb == TOUCH_BARE;
}

/* Fault-around commits more than was touched: ask the library how much, and hold it to what it
 * says. Pages must lie in one run with the touched one. */
static void adopt_fault_around(struct world *world, size_t touched)
{
    size_t first = touched, end = touched;
    while (end < world->page_count) {
        steppe_run run;
        must(steppe_query(page_address(world, end), &run) == STEPPE_OK);
        if (run.state != STEPPE_COMMITTED)
            break;
        model_commit(&world->pages[end++], world->machine->protection, true);
    }
    while (first > 0) {
        steppe_run run;
        must(steppe_query(page_address(world, first - 1), &run) == STEPPE_OK);
        if (run.state != STEPPE_COMMITTED)
            break;
        model_commit(&world->pages[--first], world->machine->protection, true);
    }
}

static bool commits_around(const struct world *world)
{
    return world->machine->on_fault == STEPPE_COMMIT && !world->machine->strict;
}

static void model_outcome(struct world *world, const struct operation *operation,
                          steppe_status status)
{
    if (status != STEPPE_OK && !is_touch(operation))
        return;
    bool was_committed = world->pages[operation->first].is_committed;
    world_model(world, operation);
    if (is_touch(operation) && commits_around(world) && !was_committed &&
        world->pages[operation->first].is_committed)
        adopt_fault_around(world, operation->first);
}

/* A touch that is refused with or without the failure may have come to its commit, or to taking the
 * guard off, or not. */
static bool came_to_nothing(const struct world *world, const struct operation *operation)
{
    const struct page *before = &world->pages[operation->first];
    steppe_run run;
    must(steppe_query(page_address(world, operation->first), &run) == STEPPE_OK);
    return (run.state == STEPPE_COMMITTED) == before->is_committed &&
           (!before->is_committed || run.protection == before->protection);
}

static void check_present(const struct world *world, const struct operation *operation)
{
    const uint8_t *address = page_address(world, operation->first);
    for (size_t at = 0; at < operation->count * world->page_bytes; at += KERNEL_PAGE)
        must(stp_sim_page(address + at).is_present, "offset %#zx is not there", at);
}

static void check_left_behind(const struct world *world)
{
    if (world->budget)
        must(steppe_budget_free(world->budget) == STEPPE_OK);
    must(process_charge() == 0);
    must(!stp_sim_signals_blocked());
    /* Nobody can give back what the kernel does not take. */
    if (strcmp(stp_sim_failed_call(), "release") == 0)
        return;
    must(stp_sim_leaks() == shared->leaks_wanted, "%llu reservations left, not %llu",
         (unsigned long long)stp_sim_leaks(), (unsigned long long)shared->leaks_wanted);
    must(stp_sim_reserved_bytes() == shared->bytes_wanted);
}

static void write_one(struct world *world, size_t index)
{
    struct page *page = &world->pages[index];
    if (!allows(page, STEPPE_ACCESS_WRITE))
        return;
    must(stp_sim_touch(page_address(world, index), STEPPE_ACCESS_WRITE) == STP_SIM_DONE);
    page->is_marked = true;
}

/* Whatever has happened: from here on exactly what is written is told. */
static void check_next_marks(struct world *world, const struct operation *operation)
{
    struct operation clear = {WATCH_CLEAR, 0, world->page_count, 0, 0};
    if (!world->machine->write_watch || operation->verb == RELEASE)
        return;
    steppe_status status = world_run(world, &clear);
    must(status == STEPPE_OK, "%s", steppe_status_name(status));
    world_model(world, &clear);
    world->was_failed = world->is_copy = false;
    check_marks(world, "after all marks were cleared");
    write_one(world, operation->first);
    write_one(world, operation->first + operation->count / 2);
    write_one(world, world->page_count - 1);
    check_marks(world, "after a few writes at the end");
}

static void finish(struct world *world, const struct operation *operation)
{
    check_next_marks(world, operation);
    if (operation->verb != RELEASE)
        must(steppe_release(world->base) == STEPPE_OK);
    check_left_behind(world);
}

/* A refused release must leave a working reservation, a granted one nothing. */
static void check_after(struct world *world, const struct operation *operation,
                        steppe_status status, const char *when)
{
    if (operation->verb == RELEASE && status == STEPPE_OK)
        return;
    world_check(world, EQUAL, when);
    if (operation->verb == READY && status == STEPPE_OK)
        check_present(world, operation);
}

static void run_to_success(const struct trial *trial, const char *when)
{
    steppe_status wanted = world_expected(trial->world, trial->operation);
    steppe_status status = world_run(trial->world, trial->operation);
    must(status == wanted, "%s: %s (%d), not %s", when, steppe_status_name(status), (int)status,
         steppe_status_name(wanted));
    model_outcome(trial->world, trial->operation, status);
    check_after(trial->world, trial->operation, status, when);
}

static bool is_limit(const struct campaign *campaign)
{
    return campaign->injection == LIMIT_MAPPINGS || campaign->injection == LIMIT_CHARGE;
}

static bool was_reached(const struct campaign *campaign, uint64_t failures_before, uint64_t n,
                        steppe_status status, steppe_status wanted)
{
    if (campaign->injection == REFUSE)
        return n <= array_count(refusals);
    return is_limit(campaign) ? status != wanted : stp_sim_failure_count() > failures_before;
}

static bool is_loss(const struct campaign *campaign)
{
    return campaign->injection >= LOSE_TRAPS && campaign->injection <= FORGET_AND_LOSE_TRAPS;
}

static bool loses_traps(const struct campaign *campaign, uint64_t n)
{
    return is_loss(campaign) && n == 1;
}

static steppe_mechanism mechanism_of(const struct world *world)
{
    steppe_reservation reservation;
    must(find_reservation(world->base, &reservation));
    return reservation.mechanism;
}

static bool is_about_traps(const struct trial *trial)
{
    const struct world *world = trial->world;
    if (is_loss(trial->campaign))
        return true;
    if (world->machine->mechanism != STEPPE_MECHANISM_UFFD || trial->operation->verb == RELEASE)
        return false;
    int error = trial->campaign->os_error;
    return (error && stp_platform_traps_are_lost(error)) ||
           mechanism_of(world) != STEPPE_MECHANISM_UFFD;
}

static bool gives_back(const struct operation *operation)
{
    return operation->verb == DECOMMIT || operation->verb == DECOMMIT_ALL;
}

/* When the kernel's marks cannot be had, pages are noted by faults, and the rest of the calls fails
 * in vain. */
static bool is_collected_anew(const struct trial *trial)
{
    return trial->operation->verb == WATCH_COLLECT && trial->world->machine->has_write_marks &&
           trial->campaign->injection == FAIL_FOR_GOOD;
}

static bool is_about_marks(const struct trial *trial)
{
    const char *call = stp_sim_failed_call();
    enum verb verb = trial->operation->verb;
    if (!trial->world->machine->write_watch)
        return false;
    if (verb == WATCH_LOOK || verb == WATCH_CLEAR || is_touch(trial->operation))
        return true;
    return is_collected_anew(trial) || strcmp(call, "written") == 0 || strcmp(call, "trap") == 0;
}

/* Failures that an operation may survive, each for a reason:
 *   renew, guard_install, and protect where there are markers
 *                decommit has a second way, which may only cost more
 *   release      of the page map, after the reservation itself is gone: address space stays behind
 *   populate     making present pages that a fault commits, or that a commit expects to be used
 *                soon, is a hint; only steppe_ready promises it, and fills what is missing where
 *                missing pages are trapped
 *   fill         decommit makes the pages beside its range present before they are trapped; what
 *                stays missing comes with the first touch
 *   fault-around a wide commit that is refused is tried again for the touched page alone
 *   untrap, discard  of a commit of whole chunks under traps: they are filled instead
 *   written, trap
 *                of a watched reservation: all that is committed counts as written
 *   protect      of a first write: it is noted with its neighbours; of a clear: it tries again
 *   publish_...  what others read is not complete then, and says so
 *   anything     of a kind that is refused altogether: there may be another way
 *   anything     under traps: when the error says that they are lost they are set again, or another
 *                mechanism takes their place; as it does when they cannot be had at first */
static bool is_benign(const struct trial *trial)
{
    const char *call = stp_sim_failed_call();
    if (is_about_traps(trial) || is_about_marks(trial) || trial->campaign->injection == REFUSE)
        return true;
    if (strncmp(call, "publish", strlen("publish")) == 0)
        return true;
    if (strcmp(call, "populate") == 0)
        return trial->operation->verb != READY ||
               trial->world->machine->mechanism == STEPPE_MECHANISM_UFFD;
    if (strcmp(call, "fill") == 0 && gives_back(trial->operation))
        return true;
    bool is_uffd = trial->world->machine->mechanism == STEPPE_MECHANISM_UFFD;
    if (is_uffd && (strcmp(call, "untrap") == 0 || strcmp(call, "discard") == 0))
        return trial->operation->verb == COMMIT || trial->operation->verb == COMMIT_AS ||
               trial->operation->verb == READY || is_touch(trial->operation);
    bool is_guard = trial->world->machine->mechanism == STEPPE_MECHANISM_GUARD;
    if (is_guard && strcmp(call, "protect") == 0 && gives_back(trial->operation))
        return true;
    if (strcmp(call, "renew") == 0 || strcmp(call, "guard_install") == 0)
        return gives_back(trial->operation);
    if (strcmp(call, "release") == 0)
        return trial->operation->verb == RELEASE;
    return is_touch(trial->operation) && commits_around(trial->world);
}

/* A decommit that is refused half way, and cannot be undone either, has emptied pages, and so has a
 * reset; nothing else may lose a byte, and the next call that succeeds sets right what the kernel
 * allows. */
static void allow_for_loss(struct world *world, const struct operation *operation)
{
    bool may_lose = gives_back(operation) || operation->verb == RESET;
    for (size_t i = 0; may_lose && i < operation->count; i++)
        world->pages[operation->first + i].may_be_zero = true;
}

static void check_words(const struct trial *trial, steppe_status status)
{
    if (is_touch(trial->operation))
        return;
    must(steppe_last_status() == status);
    must(strncmp(steppe_last_message(), "steppe_", 7) == 0);
}

/* What the operation did before it failed, as its comment says. */
static void model_part(struct world *world, const struct operation *operation)
{
    struct span spans[LIST_MAX];
    if (operation->verb == DECOMMIT_ALL) {
        list_to_decommit(operation, spans);
        model_decommit_list(world, spans, world->done_count);
    }
    for (size_t i = 0; i < operation->count && operation->verb == WATCH_CLEAR; i++) {
        struct page *page = &world->pages[operation->first + i];
        page->may_be_marked |= page->is_marked;
        page->is_marked = false;
    }
}

static bool is_undone(const struct trial *trial)
{
    return trial->campaign->injection != FAIL_FOR_GOOD;
}

static enum attempt attempt(void *context, uint64_t n)
{
    const struct trial *trial = context;
    struct world *world = trial->world;
    steppe_status wanted = world_expected(world, trial->operation);
    uint64_t failures_before = stp_sim_failure_count();
    world->is_copy = true;

    campaign_arm(trial->campaign, n);
    if (trial->campaign->injection == REFUSE && !gives_back(trial->operation))
        lift_limit(world->machine);
    steppe_status status = world_run(world, trial->operation);
    campaign_disarm(world->machine);
    bool has_lost_traps = loses_traps(trial->campaign, n);
    world->was_failed |= stp_sim_failure_count() > failures_before || has_lost_traps ||
                         is_limit(trial->campaign) || trial->campaign->injection == REFUSE;

    if (!has_lost_traps && !was_reached(trial->campaign, failures_before, n, status, wanted)) {
        must(status == wanted, "%s (%d), not %s", steppe_status_name(status), (int)status,
             steppe_status_name(wanted));
        bool is_certain = wanted == STEPPE_OK || !is_limit(trial->campaign);
        if (is_certain || !came_to_nothing(world, trial->operation))
            model_outcome(world, trial->operation, status);
        check_after(world, trial->operation, status, "without a failure");
        finish(world, trial->operation);
        return ATTEMPT_ENDED_BEFORE;
    }
    if (status == wanted) {
        must(wanted != STEPPE_OK || is_benign(trial), "the failure was swallowed");
        if (wanted == STEPPE_OK || !came_to_nothing(world, trial->operation))
            model_outcome(world, trial->operation, status);
        if (is_undone(trial))
            check_after(world, trial->operation, status, "after a failure that does not matter");
    } else {
        must(is_documented(trial, status), "%s (%d)", steppe_status_name(status), (int)status);
        check_words(trial, status);
        if (trial->operation->verb == RESET)
            allow_for_loss(world, trial->operation);
        model_part(world, trial->operation);
        world_check(world, is_undone(trial) ? EQUAL : LIBRARY_ONLY, "after the failure");
        if (!is_undone(trial))
            allow_for_loss(world, trial->operation);
        /* A touch of a page that could not be shut again finds it open: nothing to repeat. */
        if (is_undone(trial) || !is_touch(trial->operation))
            run_to_success(trial, "once more");
    }
    finish(world, trial->operation);
    return ATTEMPT_REACHED;
}

/* What a release leaves behind when nothing fails: the library's own tables. */
static void learn_leaks(const struct world *world)
{
    pid_t copy = fork();
    require(copy >= 0);
    if (copy == 0) {
        is_copy = true;
        must(steppe_release(world->base) == STEPPE_OK);
        shared->leaks_wanted = stp_sim_leaks();
        shared->bytes_wanted = stp_sim_reserved_bytes();
        _exit(0);
    }
    int status;
    require(waitpid(copy, &status, 0) == copy);
    require_exits(status, 0);
}

static const char *verb_name(enum verb verb)
{
    static const char *const names[] = {
        [COMMIT] = "commit",
        [COMMIT_AS] = "commit_as",
        [DECOMMIT] = "decommit",
        [PROTECT] = "protect",
        [RESET] = "reset",
        [READY] = "ready",
        [RELEASE] = "release",
        [TOUCH] = "touch",
        [TOUCH_BARE] = "touch without try",
        [DECOMMIT_ALL] = "decommit_all",
        [WATCH_LOOK] = "watch_look",
        [WATCH_COLLECT] = "watch_collect",
        [WATCH_CLEAR] = "watch_clear",
    };
    return names[verb];
}

/* All is much; every sixth, beginning elsewhere in each world, meets everything somewhere. With
 * AddressSanitizer, which looks for something else and is slow, fewer. */
size_t campaign_stride(const struct campaign *campaign)
{
    const char *wish = getenv("STEPPE_FAULT_TESTS");
    size_t every = campaign->every ? campaign->every : 1;
    if (wish && strcmp(wish, "all") == 0)
        return 1;
    return every * (is_slow() ? 61 : TEST_UNDER_ASAN ? 17 : 6);
}

void world_try_all(struct world *world, const struct operation *operations, size_t count,
                   const struct campaign *campaign)
{
    unsigned failed_count = 0;
    learn_leaks(world);
    world_check(world, EQUAL, "before anything fails");
    size_t every = campaign_stride(campaign);
    for (size_t i = campaign->turn % every; i < count && failed_count < FAILURES_MAX; i += every) {
        const struct operation *operation = &operations[i];
        struct trial trial = {world, operation, campaign};
        char what[200];
        snprintf(what, sizeof what, "%s, %s: %s pages %zu..%zu of %zu (edge %zu, chunk %zu)%s%s%s",
                 world->machine->name, world->arrangement, verb_name(operation->verb),
                 operation->first, operation->first + operation->count - 1, world->page_count,
                 world->first_edge, world->chunk_pages,
                 operation->verb == COMMIT_AS || operation->verb == PROTECT ? " " : "",
                 operation->verb == COMMIT_AS || operation->verb == PROTECT
                     ? steppe_protection_name(operation->protection)
                     : "",
                 operation->access == STEPPE_ACCESS_WRITE ? " write" : "");
        failed_count += try_each(what, attempt, &trial);
    }
    require(failed_count == 0, "%u attempts broke the contract, see above", failed_count);
}
